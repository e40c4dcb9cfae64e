/* SPDX-License-Identifier: Apache-2.0 */
#include "web/prescan.h"

/* A place in the bytes; past their end the search is over. */
struct cursor {
    struct cnil_str bytes;
    size_t at;
};

static bool is_over(const struct cursor *cursor)
{
    return cursor->at >= cursor->bytes.len;
}

static char peek(const struct cursor *cursor)
{
    return is_over(cursor) ? '\0' : cursor->bytes.ptr[cursor->at];
}

static struct cnil_str rest(const struct cursor *cursor)
{
    return cnil_str_slice(cursor->bytes, cursor->at, cursor->bytes.len);
}

static void skip_past(struct cursor *cursor, struct cnil_str text)
{
    cursor->at += cnil_str_find(rest(cursor), text) + text.len;
}

/* "Get an attribute": false where the tag ends. */
static bool next_attribute(struct cursor *cursor, struct cnil_str *name, struct cnil_str *value)
{
    size_t from;
    char quote;

    while (cnil_is_space(peek(cursor)) || peek(cursor) == '/')
        cursor->at++;
    *value = CNIL_STR_EMPTY;
    from = cursor->at;
    if (is_over(cursor) || peek(cursor) == '>')
        return false;
    while (!is_over(cursor) && !cnil_is_space(peek(cursor)) && peek(cursor) != '/' && peek(cursor) != '>' &&
           (peek(cursor) != '=' || cursor->at == from))
        cursor->at++;
    *name = cnil_str_slice(cursor->bytes, from, cursor->at);
    while (cnil_is_space(peek(cursor)))
        cursor->at++;
    if (peek(cursor) != '=')
        return true;
    cursor->at++;
    while (cnil_is_space(peek(cursor)))
        cursor->at++;
    quote = peek(cursor);
    from = cursor->at;
    if (quote == '"' || quote == '\'') {
        cursor->at++;
        from++;
        while (!is_over(cursor) && peek(cursor) != quote)
            cursor->at++;
        *value = cnil_str_slice(cursor->bytes, from, cursor->at++);
        return true;
    }
    while (!is_over(cursor) && !cnil_is_space(peek(cursor)) && peek(cursor) != '>')
        cursor->at++;
    *value = cnil_str_slice(cursor->bytes, from, cursor->at);
    return true;
}

/* 13.2.3.2, "extract a character encoding from a meta element"; pointer NULL: there is none. */
static struct cnil_str charset_of_content(struct cnil_str content)
{
    struct cursor cursor = { content, 0 };
    size_t from = 0;

    while (!is_over(&cursor) && !cnil_str_starts_with_nocase(rest(&cursor), CNIL_STR("charset")))
        cursor.at++;
    cursor.at += 7;
    while (cnil_is_space(peek(&cursor)))
        cursor.at++;
    if (peek(&cursor) != '=')
        return is_over(&cursor) ? CNIL_STR_EMPTY : charset_of_content(rest(&cursor));
    cursor.at++;
    while (cnil_is_space(peek(&cursor)))
        cursor.at++;
    from = cursor.at;
    if (peek(&cursor) == '"' || peek(&cursor) == '\'') {
        struct cnil_str quoted = cnil_str_slice(content, from + 1, content.len);
        size_t end = cnil_str_find_byte(quoted, peek(&cursor));

        return end < quoted.len ? cnil_str_slice(quoted, 0, end) : CNIL_STR_EMPTY;
    }
    while (!is_over(&cursor) && !cnil_is_space(peek(&cursor)) && peek(&cursor) != ';')
        cursor.at++;
    return cnil_str_slice(content, from, cursor.at);
}

/* Declared in bytes that read like ASCII, UTF-16 means UTF-8. */
static enum cnil_charset declared(struct cnil_str label)
{
    enum cnil_charset charset = cnil_charset_of(label);

    return charset == CNIL_CHARSET_UTF_16LE || charset == CNIL_CHARSET_UTF_16BE ? CNIL_CHARSET_LIKE_ASCII : charset;
}

static enum cnil_charset read_meta(struct cursor *cursor, struct cnil_str *declaring)
{
    struct cnil_str name, value, label = CNIL_STR_EMPTY;
    bool is_pragma = false, needs_pragma = false, has_equiv = false, has_content = false, has_charset = false;

    while (next_attribute(cursor, &name, &value)) {
        if (cnil_str_equal_nocase(name, CNIL_STR("http-equiv")) && !has_equiv) {
            has_equiv = true;
            is_pragma = cnil_str_equal_nocase(value, CNIL_STR("content-type"));
        } else if (cnil_str_equal_nocase(name, CNIL_STR("content")) && !has_content) {
            has_content = true;
            if (label.ptr == NULL) {
                label = charset_of_content(value);
                needs_pragma = label.ptr != NULL;
            }
        } else if (cnil_str_equal_nocase(name, CNIL_STR("charset")) && !has_charset) {
            has_charset = true;
            label = value;
            needs_pragma = false;
        }
    }
    *declaring = label;
    return needs_pragma && !is_pragma ? CNIL_CHARSET_UNKNOWN : declared(label);
}

/* Does body begin with this tag? */
static bool opens_body(struct cnil_str name)
{
    static const struct cnil_str head[] = {
        CNIL_STR_INIT("html"),  CNIL_STR_INIT("head"),     CNIL_STR_INIT("title"),  CNIL_STR_INIT("meta"),
        CNIL_STR_INIT("link"),  CNIL_STR_INIT("base"),     CNIL_STR_INIT("script"), CNIL_STR_INIT("noscript"),
        CNIL_STR_INIT("style"), CNIL_STR_INIT("template"), CNIL_STR_INIT("object"),
    };

    for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
        if (cnil_str_equal_nocase(name, head[i]))
            return false;
    return true;
}

/* "Get an XML encoding". True when the declaration ends within the bytes. */
static bool read_declaration(struct cnil_str bytes, enum cnil_charset *charset, struct cnil_str *declaring)
{
    size_t end = cnil_str_find_byte(bytes, '>');
    struct cursor cursor = { cnil_str_slice(bytes, 0, end), 0 };
    struct cnil_str label;
    char quote;

    *charset = CNIL_CHARSET_UNKNOWN;
    *declaring = CNIL_STR_EMPTY;
    if (!cnil_str_starts_with(bytes, CNIL_STR("<?xml")))
        return bytes.len >= 5 || !cnil_str_starts_with(CNIL_STR("<?xml"), bytes);
    skip_past(&cursor, CNIL_STR("encoding"));
    while (!is_over(&cursor) && (unsigned char)peek(&cursor) <= ' ')
        cursor.at++;
    if (peek(&cursor) != '=')
        return end < bytes.len;
    cursor.at++;
    while (!is_over(&cursor) && (unsigned char)peek(&cursor) <= ' ')
        cursor.at++;
    quote = peek(&cursor);
    cursor.at++;
    label = rest(&cursor);
    *declaring = cnil_str_slice(label, 0, cnil_str_find_byte(label, quote));
    if (quote == '"' || quote == '\'')
        *charset = declared(*declaring);
    return end < bytes.len;
}

/* UTF-16 without a mark, which browsers know by "<?x". */
static bool is_utf16(struct cnil_str bytes, bool whole, enum cnil_charset *charset, bool *decided)
{
    static const char le[6] = "<\0?\0x", be[6] = "\0<\0?\0x";
    struct cnil_str patterns[2] = { { le, 6 }, { be, 6 } };

    *decided = true;
    for (size_t i = 0; i < 2; i++) {
        *charset = i == 0 ? CNIL_CHARSET_UTF_16LE : CNIL_CHARSET_UTF_16BE;
        if (cnil_str_starts_with(bytes, patterns[i]))
            return true;
        if (!whole && bytes.len < 6 && cnil_str_starts_with(patterns[i], bytes))
            *decided = false;
    }
    *charset = CNIL_CHARSET_UNKNOWN;
    return false;
}

bool cnil_prescan_xml(struct cnil_str bytes, bool whole, enum cnil_charset *charset)
{
    struct cnil_str label;
    bool decided;

    if (is_utf16(bytes, whole, charset, &decided))
        return true;
    return (read_declaration(bytes, charset, &label) && decided) || whole;
}

/* Of a start or an end tag. */
static bool begins_tag(struct cnil_str text)
{
    size_t name = text.len > 1 && text.ptr[1] == '/' ? 2 : 1;

    return name < text.len && cnil_is_alpha(text.ptr[name]);
}

/* The name of the tag at the cursor, with the "/" of an end tag; goes behind it. */
static struct cnil_str read_name(struct cursor *cursor)
{
    size_t from = ++cursor->at;

    while (!is_over(cursor) && !cnil_is_space(peek(cursor)) && peek(cursor) != '>' &&
           (peek(cursor) != '/' || cursor->at == from))
        cursor->at++;
    return cnil_str_slice(cursor->bytes, from, cursor->at);
}

bool cnil_prescan_html(struct cnil_str bytes, bool whole, enum cnil_charset *charset, struct cnil_str *label)
{
    struct cursor cursor = { bytes, 0 };
    enum cnil_charset fallback;
    struct cnil_str of_fallback;
    bool decided;

    *label = CNIL_STR_EMPTY;
    if (is_utf16(bytes, whole, charset, &decided))
        return true;
    if (!decided || (!read_declaration(bytes, &fallback, &of_fallback) && !whole))
        return false;
    while (!is_over(&cursor)) {
        struct cnil_str name, value, here;

        cursor.at += cnil_str_find_byte(rest(&cursor), '<');
        here = rest(&cursor);
        if (cnil_str_starts_with(here, CNIL_STR("<!--"))) {
            cursor.at += 2; /* its dashes may be those of the end, too */
            skip_past(&cursor, CNIL_STR("-->"));
        } else if (begins_tag(here)) {
            name = read_name(&cursor);
            if (is_over(&cursor))
                break;
            if (cnil_str_equal_nocase(name, CNIL_STR("meta"))) {
                *charset = read_meta(&cursor, label);
                if (is_over(&cursor))
                    break;
                if (*charset != CNIL_CHARSET_UNKNOWN)
                    return true;
            } else if (name.ptr[0] != '/' && opens_body(name)) {
                *charset = fallback;
                *label = of_fallback;
                return true;
            }
            while (next_attribute(&cursor, &name, &value))
                continue;
        } else if (here.len > 1 && (here.ptr[1] == '!' || here.ptr[1] == '/' || here.ptr[1] == '?')) {
            cursor.at += cnil_str_find_byte(here, '>');
        } else {
            cursor.at++;
        }
    }
    *charset = fallback;
    *label = of_fallback;
    return whole;
}

bool cnil_prescan_css(struct cnil_str bytes, bool whole, struct cnil_str *label)
{
    static const struct cnil_str begin = CNIL_STR_INIT("@charset \"");
    struct cnil_str rest = cnil_str_slice(bytes, begin.len, bytes.len);
    size_t end = cnil_str_find_byte(rest, '"');

    *label = CNIL_STR_EMPTY;
    if (!cnil_str_starts_with(bytes, begin))
        return whole || !cnil_str_starts_with(begin, bytes);
    if (end + 1 >= rest.len)
        return whole;
    if (rest.ptr[end + 1] == ';')
        *label = cnil_str_slice(rest, 0, end);
    return true;
}
