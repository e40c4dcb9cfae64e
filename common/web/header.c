/* SPDX-License-Identifier: Apache-2.0 */
#include "web/header.h"

#include <string.h>

const struct cnil_header *cnil_headers_find(struct cnil_headers headers, struct cnil_str name)
{
    for (size_t i = 0; i < headers.count; i++)
        if (cnil_str_equal_nocase(headers.list[i].name, name))
            return &headers.list[i];
    return NULL;
}

struct cnil_str cnil_headers_value(struct cnil_headers headers, struct cnil_str name)
{
    const struct cnil_header *header = cnil_headers_find(headers, name);

    return header != NULL ? header->value : CNIL_STR_EMPTY;
}

/* Length of the quoted string that `text` begins with, quotes included; 0 when it is not closed. */
static size_t closed_len(struct cnil_str text)
{
    size_t at = 1;

    while (at < text.len && text.ptr[at] != '"')
        at += text.ptr[at] == '\\' ? 2 : 1;
    return at < text.len ? at + 1 : 0;
}

/* The same; to the end when it is not closed. */
static size_t quoted_len(struct cnil_str text)
{
    size_t len = closed_len(text);

    return len > 0 ? len : text.len;
}

/* Length of what stands before the first comma outside of a quoted string. */
static size_t until_comma(struct cnil_str text)
{
    size_t at = 0;

    while (at < text.len && text.ptr[at] != ',')
        at += text.ptr[at] == '"' ? quoted_len(cnil_str_slice(text, at, text.len)) : 1;
    return at;
}

/* Cuts `*rest` at the separator that stands at `at`, if any; returns what stands before, trimmed. */
static struct cnil_str take(struct cnil_str *rest, size_t at)
{
    struct cnil_str head = cnil_str_slice(*rest, 0, at);

    *rest = cnil_str_slice(*rest, at + 1, rest->len);
    return cnil_str_trim(head);
}

bool cnil_header_list_next(struct cnil_str *rest, struct cnil_str *element)
{
    while (rest->len > 0) {
        *element = take(rest, until_comma(*rest));
        if (element->len > 0)
            return true;
    }
    return false;
}

/* ---- structured fields (RFC 8941) ---- */

static bool take_byte(struct cnil_str *rest, char c)
{
    if (rest->len == 0 || rest->ptr[0] != c)
        return false;
    *rest = cnil_str_slice(*rest, 1, rest->len);
    return true;
}

static size_t take_digits(struct cnil_str *rest)
{
    size_t count = 0;

    while (count < rest->len && cnil_is_digit(rest->ptr[count]))
        count++;
    *rest = cnil_str_slice(*rest, count, rest->len);
    return count;
}

static bool is_of_key(char c, bool is_first)
{
    return (c >= 'a' && c <= 'z') || c == '*' || (!is_first && (cnil_is_digit(c) || c == '_' || c == '-' || c == '.'));
}

static bool take_key(struct cnil_str *rest)
{
    size_t at = 0;

    while (at < rest->len && is_of_key(rest->ptr[at], at == 0))
        at++;
    *rest = cnil_str_slice(*rest, at, rest->len);
    return at > 0;
}

static bool is_of_token(char c)
{
    return cnil_is_alpha(c) || cnil_is_digit(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~:/", c) != NULL);
}

/* The rest of a string, behind its first quote. */
static bool take_string(struct cnil_str *rest)
{
    for (size_t at = 0; at < rest->len; at++) {
        if (rest->ptr[at] == '"') {
            *rest = cnil_str_slice(*rest, at + 1, rest->len);
            return true;
        }
        if (rest->ptr[at] == '\\' && (++at == rest->len || (rest->ptr[at] != '"' && rest->ptr[at] != '\\')))
            return false;
        if (rest->ptr[at] < ' ' || rest->ptr[at] > '~')
            return false;
    }
    return false;
}

static bool take_number(struct cnil_str *rest)
{
    size_t whole, part;

    take_byte(rest, '-');
    whole = take_digits(rest);
    if (!take_byte(rest, '.'))
        return whole > 0 && whole <= 15;
    part = take_digits(rest);
    return whole > 0 && whole <= 12 && part > 0 && part <= 3;
}

static bool take_bare_item(struct cnil_str *rest)
{
    char c = rest->len > 0 ? rest->ptr[0] : '\0';
    size_t at = 1;

    if (c == '-' || cnil_is_digit(c))
        return take_number(rest);
    if (take_byte(rest, '"'))
        return take_string(rest);
    if (take_byte(rest, '?'))
        return take_byte(rest, '0') || take_byte(rest, '1');
    if (!cnil_is_alpha(c) && c != '*')
        return false;
    while (at < rest->len && is_of_token(rest->ptr[at]))
        at++;
    *rest = cnil_str_slice(*rest, at, rest->len);
    return true;
}

static void skip_spaces(struct cnil_str *rest)
{
    while (take_byte(rest, ' '))
        continue;
}

static bool take_parameters(struct cnil_str *rest)
{
    while (take_byte(rest, ';')) {
        skip_spaces(rest);
        if (!take_key(rest) || (take_byte(rest, '=') && !take_bare_item(rest)))
            return false;
    }
    return true;
}

static bool take_inner_list(struct cnil_str *rest)
{
    for (;;) {
        skip_spaces(rest);
        if (take_byte(rest, ')'))
            return true;
        if (!take_bare_item(rest) || !take_parameters(rest) ||
            (rest->len > 0 && rest->ptr[0] != ' ' && rest->ptr[0] != ')'))
            return false;
    }
}

bool cnil_header_is_dictionary(struct cnil_str value)
{
    struct cnil_str rest = cnil_str_trim(value);

    do {
        rest = cnil_str_trim(rest);
        if (!take_key(&rest))
            return false;
        if (take_byte(&rest, '=') && !(take_byte(&rest, '(') ? take_inner_list(&rest) : take_bare_item(&rest)))
            return false;
        if (!take_parameters(&rest))
            return false;
        rest = cnil_str_trim(rest);
    } while (take_byte(&rest, ','));
    return rest.len == 0;
}

bool cnil_headers_have_directive(struct cnil_headers headers, struct cnil_str directive)
{
    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str rest = headers.list[i].value, word;

        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Cache-Control")))
            continue;
        while (cnil_header_list_next(&rest, &word)) {
            if (cnil_str_equal_nocase(word, directive))
                return true;
        }
    }
    return false;
}

bool cnil_headers_are_private(struct cnil_headers headers)
{
    return cnil_headers_have_directive(headers, CNIL_STR("private")) ||
           cnil_headers_have_directive(headers, CNIL_STR("no-store"));
}

/* Without its quotes; browsers take single ones too, some of them. */
static struct cnil_str unquote(struct cnil_str text)
{
    if (text.len == 0 || (text.ptr[0] != '"' && text.ptr[0] != '\''))
        return text;
    if (text.len >= 2 && text.ptr[text.len - 1] == text.ptr[0])
        text.len--;
    return cnil_str_slice(text, 1, text.len);
}

/* Length of what stands before the first `stop` of a link. Browsers take "<" to ">" for one piece wherever it stands,
 * and Firefox reads on behind a quote that nothing closes. */
static size_t until_in_link(struct cnil_str text, char stop)
{
    size_t at = 0;

    while (at < text.len && text.ptr[at] != stop) {
        struct cnil_str here = cnil_str_slice(text, at, text.len);
        size_t len = 0;

        if (here.ptr[0] == '"')
            len = closed_len(here);
        else if (here.ptr[0] == '<' && cnil_str_find_byte(here, '>') < here.len)
            len = cnil_str_find_byte(here, '>') + 1;
        at += len > 0 ? len : 1;
    }
    return at;
}

/* The first of a name counts (RFC 8288, 3.3); an empty one may be none in a browser's eyes, so it gives way. */
static void link_parameter(struct cnil_link *link, struct cnil_str parameter)
{
    size_t equals = cnil_str_find_byte(parameter, '=');
    struct cnil_str name = cnil_str_trim(cnil_str_slice(parameter, 0, equals));
    struct cnil_str value = unquote(cnil_str_trim(cnil_str_slice(parameter, equals + 1, parameter.len)));

    if (cnil_str_equal_nocase(name, CNIL_STR("rel")) && link->rel.len == 0)
        link->rel = value;
    else if (cnil_str_equal_nocase(name, CNIL_STR("as")) && link->as.len == 0)
        link->as = value;
    else if (cnil_str_equal_nocase(name, CNIL_STR("imagesrcset")) && link->imagesrcset.len == 0)
        link->imagesrcset = value;
}

bool cnil_link_next(struct cnil_str *rest, struct cnil_link *link)
{
    while (rest->len > 0) {
        size_t at = 0, end;
        struct cnil_str parameters;

        while (at < rest->len && (cnil_is_space(rest->ptr[at]) || rest->ptr[at] == ','))
            at++;
        *rest = cnil_str_slice(*rest, at, rest->len);
        if (rest->len == 0)
            return false;
        if (rest->ptr[0] != '<') { /* not a link: browsers pass over it */
            take(rest, until_in_link(*rest, ','));
            continue;
        }
        end = cnil_str_find_byte(*rest, '>');
        *link = (struct cnil_link){ .target = cnil_str_slice(*rest, 1, end) };
        parameters = cnil_str_slice(*rest, end + 1, rest->len);
        end = rest->len - parameters.len + until_in_link(parameters, ',');
        parameters = cnil_str_slice(*rest, rest->len - parameters.len, end);
        link->raw = take(rest, end);
        while (parameters.len > 0)
            link_parameter(link, take(&parameters, until_in_link(parameters, ';')));
        return true;
    }
    return false;
}

bool cnil_etag_next(struct cnil_str *rest, struct cnil_etag *etag)
{
    struct cnil_str raw;

    while (cnil_header_list_next(rest, &raw)) {
        struct cnil_str quoted = raw;

        *etag = (struct cnil_etag){ .raw = raw };
        if (cnil_str_equal(raw, CNIL_STR("*"))) {
            etag->opaque = raw;
            return true;
        }
        etag->weak = cnil_str_starts_with(raw, CNIL_STR("W/"));
        if (etag->weak)
            quoted = cnil_str_slice(raw, 2, raw.len);
        if (quoted.len >= 2 && quoted.ptr[0] == '"' && quoted.ptr[quoted.len - 1] == '"') {
            etag->opaque = cnil_str_slice(quoted, 1, quoted.len - 1);
            return true;
        }
    }
    return false;
}
