/* SPDX-License-Identifier: Apache-2.0 */
#include "web/json.h"

#include "base/arena.h"
#include "web/utf8.h"

/* Length of the string that `text` begins with, quotes included; to the end when it is not closed. */
static size_t string_len(struct cnil_str text)
{
    size_t at = 1;

    while (at < text.len && text.ptr[at] != '"')
        at += text.ptr[at] == '\\' ? 2 : 1;
    return at < text.len ? at + 1 : text.len;
}

bool cnil_json_next(struct cnil_str *rest, struct cnil_str *value)
{
    while (rest->len > 0) {
        size_t at = 0, depth = 0;

        while (at < rest->len && (rest->ptr[at] != ',' || depth > 0)) {
            char c = rest->ptr[at];

            if (c == '{' || c == '[')
                depth++;
            else if ((c == '}' || c == ']') && depth > 0)
                depth--;
            at += c == '"' ? string_len(cnil_str_slice(*rest, at, rest->len)) : 1;
        }
        *value = cnil_str_trim(cnil_str_slice(*rest, 0, at));
        *rest = cnil_str_slice(*rest, at + 1, rest->len);
        if (value->len > 0)
            return true;
    }
    return false;
}

bool cnil_json_string_next(struct cnil_str *rest, struct cnil_json_string *string)
{
    size_t from = cnil_str_find_byte(*rest, '"'), len, at;
    bool closed;

    if (from == rest->len)
        return false;
    *rest = cnil_str_slice(*rest, from, rest->len);
    len = string_len(*rest);
    closed = len > 1 && rest->ptr[len - 1] == '"';
    string->raw = cnil_str_slice(*rest, 1, closed ? len - 1 : len);
    *rest = cnil_str_slice(*rest, len, rest->len);
    for (at = 0; at < rest->len && cnil_is_space(rest->ptr[at]); at++)
        ;
    string->is_key = at < rest->len && rest->ptr[at] == ':';
    return true;
}

/* Takes "XXXX", the digits of a \u escape, off `*rest`; false: there are no four. */
static bool take_unit(struct cnil_str *rest, uint32_t *unit)
{
    *unit = 0;
    if (rest->len < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        int digit = cnil_hex_value(rest->ptr[i]);

        if (digit < 0)
            return false;
        *unit = *unit << 4 | (uint32_t)digit;
    }
    *rest = cnil_str_slice(*rest, 4, rest->len);
    return true;
}

static uint32_t take_code_point(struct cnil_str *rest)
{
    struct cnil_str behind;
    uint32_t high, low;

    if (!take_unit(rest, &high))
        return CNIL_UTF8_REPLACEMENT;
    if (high < 0xD800 || high > 0xDFFF)
        return high;
    behind = cnil_str_slice(*rest, 2, rest->len);
    if (high > 0xDBFF || !cnil_str_starts_with(*rest, CNIL_STR("\\u")) || !take_unit(&behind, &low) || low < 0xDC00 ||
        low > 0xDFFF)
        return CNIL_UTF8_REPLACEMENT;
    *rest = behind;
    return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

struct cnil_str cnil_json_decode(struct cnil_str raw, struct cnil_arena *arena)
{
    char *out = cnil_arena_alloc(arena, 2 * raw.len + 1); /* a broken "\u" is U+FFFD, of three bytes */
    size_t len = 0;

    if (out == NULL)
        return CNIL_STR_EMPTY;
    while (raw.len > 0) {
        char c = raw.ptr[0];

        raw = cnil_str_slice(raw, 1, raw.len);
        if (c != '\\' || raw.len == 0) {
            out[len++] = c;
            continue;
        }
        c = raw.ptr[0];
        raw = cnil_str_slice(raw, 1, raw.len);
        if (c == 'u')
            len += cnil_utf8_write(take_code_point(&raw), &out[len]);
        else
            out[len++] = c == 'n'   ? '\n'
                         : c == 't' ? '\t'
                         : c == 'r' ? '\r'
                         : c == 'b' ? '\b'
                         : c == 'f' ? '\f'
                         : c == 'v' ? '\v'
                                    : c;
    }
    return (struct cnil_str){ out, len };
}
