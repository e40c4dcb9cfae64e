/* SPDX-License-Identifier: Apache-2.0 */
#include "web/script_url.h"

#include "base/scan.h"
#include "web/script_line.h"
#include "web/utf8.h"

#include <string.h>

/* The next '/' or '\' from `at` on; the length when there is none. */
static size_t find_slash(struct cnil_str script, size_t at)
{
    if (at >= script.len)
        return script.len;
    return (size_t)(cnil_scan_two(script.ptr + at, script.ptr + script.len, '/', '\\') - script.ptr);
}

/* The value of `count` hexadecimal digits at `at`; false: they are not there. */
static bool read_hex(struct cnil_str script, size_t at, size_t count, uint32_t *value)
{
    *value = 0;
    if (script.len - at < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int digit = cnil_hex_value(script.ptr[at + i]);

        if (digit < 0)
            return false;
        *value = *value * 16 + (uint32_t)digit;
    }
    return true;
}

/* "u{2f}": the digits between the braces. */
static size_t read_braces(struct cnil_str script, size_t at, uint32_t *value)
{
    size_t end = at + 2, from;

    while (end < script.len && script.ptr[end] == '0')
        end++;
    from = end;
    while (end < script.len && end < from + 8 && cnil_hex_value(script.ptr[end]) >= 0)
        end++;
    if (end == at + 2 || end >= script.len || script.ptr[end] != '}')
        return 0;
    read_hex(script, from, end - from, value);
    return end + 1 - at;
}

/* One character of a string literal: how many bytes it is written in. 0: the string may not go on with it. */
static size_t read_character(struct cnil_str script, size_t at, uint32_t *value)
{
    size_t len;

    *value = (unsigned char)script.ptr[at];
    if (script.ptr[at] != '\\')
        return 1;
    if (++at == script.len)
        return 0;
    switch (script.ptr[at]) {
    case '/':
        *value = '/';
        return 2;
    case 'x':
        return read_hex(script, at + 1, 2, value) ? 4 : 0;
    case 'u':
        if (read_hex(script, at + 1, 4, value))
            return 6;
        len = at + 1 < script.len && script.ptr[at + 1] == '{' ? read_braces(script, at, value) : 0;
        return len > 0 ? len + 1 : 0;
    default:
        return 0;
    }
}

static bool is_slash_at(struct cnil_str script, size_t at, size_t *len)
{
    uint32_t value;

    if (at >= script.len)
        return false;
    *len = read_character(script, at, &value);
    return *len > 0 && value == '/';
}

/* Not a comment: what stands before it opens a string, ends a scheme or assigns. */
static bool may_begin(struct cnil_str script, size_t at)
{
    static const struct cnil_str escapes[] = { CNIL_STR_INIT("x3a"), CNIL_STR_INIT("%3a"), CNIL_STR_INIT("03a"),
                                               CNIL_STR_INIT("x22"), CNIL_STR_INIT("x27"), CNIL_STR_INIT("022"),
                                               CNIL_STR_INIT("027"), CNIL_STR_INIT("%22"), CNIL_STR_INIT("%27"),
                                               CNIL_STR_INIT("%3d") };
    struct cnil_str before = cnil_str_slice(script, at < 3 ? 0 : at - 3, at);

    if (at == 0)
        return false;
    if (memchr(":\"'`=(}", script.ptr[at - 1], 7) != NULL)
        return true;
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
        if (cnil_str_equal_nocase(before, escapes[i]))
            return true;
    return false;
}

/* Bytes that a URL goes on with as they are; what else a string may hold ends it. */
static bool is_plain(char c)
{
    static const bool ends[128] = {
        ['"'] = true, ['\''] = true, ['`'] = true, ['<'] = true, ['>'] = true,   ['\\'] = true,
        ['{'] = true, ['}'] = true,  ['|'] = true, ['^'] = true, ['\x7f'] = true
    };
    unsigned char byte = (unsigned char)c;

    return byte >= 0x80 || (byte > ' ' && !ends[byte]);
}

/* What follows "//", up to what cannot belong to it: where that stands. */
static size_t read_rest(struct cnil_str script, size_t at, struct cnil_buffer *url)
{
    while (at < script.len && url->len < CNIL_SCRIPT_URL_MAX) {
        size_t from = at, len;
        uint32_t value;
        char bytes[4];

        while (at < script.len && is_plain(script.ptr[at]) && at - from < CNIL_SCRIPT_URL_MAX)
            at++;
        cnil_buffer_append(url, cnil_str_slice(script, from, at));
        if (at == script.len || script.ptr[at] != '\\')
            break;
        len = read_character(script, at, &value);
        if (len == 0 || value > 0x10ffff || (value < 0x80 && !is_plain((char)value)))
            break;
        cnil_buffer_append(url, (struct cnil_str){ bytes, cnil_utf8_write(value, bytes) });
        at += len;
    }
    return at;
}

/* A slash of a path, a division or an expression, as most are: none follows. */
static inline bool is_alone(struct cnil_str script, size_t at)
{
    return script.ptr[at] == '/' && (at + 1 == script.len || (script.ptr[at + 1] != '/' && script.ptr[at + 1] != '\\'));
}

bool cnil_script_url_next(struct cnil_str script, size_t *at, struct cnil_buffer *url)
{
    while ((*at = find_slash(script, *at)) < script.len) {
        size_t from = *at, first, second;

        if (is_alone(script, from)) {
            *at += 1;
            continue;
        }
        if (!is_slash_at(script, from, &first)) {
            *at += script.ptr[from] == '\\' && from + 1 < script.len ? 2 : 1; /* "\\/" is no slash */
            continue;
        }
        *at += first;
        if (!is_slash_at(script, *at, &second) || !may_begin(script, from))
            continue;
        cnil_buffer_clear(url);
        cnil_buffer_append(url, CNIL_STR("//"));
        *at = read_rest(script, *at + second, url);
        return true;
    }
    return false;
}

/* What a backslash and `c` mean. */
static char escaped(char c)
{
    static const char escapes[][2] = { { '0', '\0' }, { 'b', '\b' }, { 'f', '\f' }, { 'n', '\n' },
                                       { 'r', '\r' }, { 't', '\t' }, { 'v', '\v' } };

    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
        if (escapes[i][0] == c)
            return escapes[i][1];
    return c;
}

/* "\ud83d\ude00": the second half of a character, where the first was read. */
static size_t read_second_half(struct cnil_str rest, uint32_t *value)
{
    uint32_t half;
    size_t len = rest.len > 0 && *value >= 0xd800 && *value < 0xdc00 ? read_character(rest, 0, &half) : 0;

    if (len < 2 || half < 0xdc00 || half > 0xdfff)
        return 0;
    *value = 0x10000 + ((*value - 0xd800) << 10) + (half - 0xdc00);
    return len;
}

/* What a backslash begins: how many bytes it is written in. */
static size_t decode_escape(struct cnil_str text, struct cnil_buffer *out)
{
    struct cnil_str rest = cnil_str_slice(text, 1, text.len);
    size_t line = cnil_str_starts_with(rest, CNIL_STR("\r\n")) ? 2 : cnil_script_line_end(rest), len;
    uint32_t value;
    char bytes[4];

    if (line > 0) /* it means nothing */
        return 1 + line;
    len = read_character(text, 0, &value);
    if (len == 0 || value > 0x10ffff) {
        cnil_buffer_append_byte(out, escaped(text.ptr[1]));
        return 2;
    }
    len += read_second_half(cnil_str_slice(text, len, text.len), &value);
    cnil_buffer_append(out, (struct cnil_str){ bytes, cnil_utf8_write(value, bytes) });
    return len;
}

void cnil_script_string_decode(struct cnil_str text, struct cnil_buffer *out)
{
    while (text.len > 0) {
        size_t plain = cnil_str_find_byte(text, '\\');

        cnil_buffer_append(out, cnil_str_slice(text, 0, plain));
        text = cnil_str_slice(text, plain, text.len);
        if (text.len < 2)
            return;
        text = cnil_str_slice(text, decode_escape(text, out), text.len);
    }
}
