/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/json_place.h"

#include <stdint.h>
#include <string.h>

struct scan {
    const char *at, *end;
};

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && cnil_is_space(*scan->at))
        scan->at++;
}

/* Over a string, from its opening quote. Returns what stands between the quotes, escapes untouched. */
static struct cnil_str skip_string(struct scan *scan)
{
    const char *start = ++scan->at;
    const char *close;

    while (scan->at < scan->end && *scan->at != '"')
        scan->at += *scan->at == '\\' ? 2 : 1;
    if (scan->at > scan->end)
        scan->at = scan->end;
    close = scan->at;
    if (scan->at < scan->end)
        scan->at++;
    return (struct cnil_str){ start, (size_t)(close - start) };
}

static void skip_value(struct scan *scan)
{
    size_t depth = 0;

    do {
        skip_space(scan);
        if (scan->at == scan->end)
            return;
        switch (*scan->at) {
        case '"':
            skip_string(scan);
            break;
        case '{':
        case '[':
            depth++;
            scan->at++;
            break;
        case '}':
        case ']':
            depth--;
            scan->at++;
            break;
        case ',':
        case ':':
            scan->at++;
            break;
        default: /* a number or a word */
            while (scan->at < scan->end && memchr(",:]} \t\r\n", *scan->at, 8) == NULL)
                scan->at++;
        }
    } while (depth > 0);
}

/* ---- names: a raw JSON string against one reference token of a pointer, both decoded on the way ---- */

static unsigned take_hex(struct cnil_str *raw)
{
    unsigned value = 0;

    for (int i = 0; i < 4 && raw->len > 0; i++) {
        value = value << 4 | (unsigned)cnil_hex_value(*raw->ptr);
        *raw = cnil_str_slice(*raw, 1, raw->len);
    }
    return value;
}

static size_t write_utf8(unsigned code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* Takes one character off a raw JSON string; its UTF-8 bytes into `out`, their number back. */
static size_t take_character(struct cnil_str *raw, char out[4])
{
    static const char escapes[] = "b\bf\fn\nr\rt\t";
    char byte = *raw->ptr;
    const char *escape;
    unsigned code;

    *raw = cnil_str_slice(*raw, 1, raw->len);
    if (byte != '\\' || raw->len == 0) {
        out[0] = byte;
        return 1;
    }
    byte = *raw->ptr;
    *raw = cnil_str_slice(*raw, 1, raw->len);
    if (byte != 'u') {
        escape = strchr("bfnrt", byte) != NULL ? strchr(escapes, byte) : NULL;
        out[0] = escape != NULL ? escape[1] : byte;
        return 1;
    }
    code = take_hex(raw);
    if (code >= 0xd800 && code < 0xdc00 && raw->len >= 6) { /* the first half of a surrogate pair */
        *raw = cnil_str_slice(*raw, 2, raw->len);
        code = 0x10000 + ((code - 0xd800) << 10) + (take_hex(raw) - 0xdc00);
    }
    return write_utf8(code, out);
}

static bool name_is(struct cnil_str raw, struct cnil_str token)
{
    while (raw.len > 0) {
        char bytes[4];
        size_t count = take_character(&raw, bytes);

        for (size_t i = 0; i < count; i++) {
            char wanted;

            if (token.len == 0)
                return false;
            wanted = *token.ptr;
            token = cnil_str_slice(token, 1, token.len);
            if (wanted == '~' && token.len > 0) { /* RFC 6901: ~0 is "~", ~1 is "/" */
                wanted = *token.ptr == '1' ? '/' : '~';
                token = cnil_str_slice(token, 1, token.len);
            }
            if (bytes[i] != wanted)
                return false;
        }
    }
    return token.len == 0;
}

/* ---- the way down ---- */

static bool enter_object(struct scan *scan, struct cnil_str token, const char **name_at)
{
    scan->at++;
    for (;;) {
        skip_space(scan);
        if (scan->at == scan->end || *scan->at != '"')
            return false;
        *name_at = scan->at;
        if (name_is(skip_string(scan), token)) {
            skip_space(scan);
            if (scan->at < scan->end)
                scan->at++; /* the colon */
            skip_space(scan);
            return true;
        }
        skip_space(scan);
        if (scan->at < scan->end)
            scan->at++;
        skip_value(scan);
        skip_space(scan);
        if (scan->at == scan->end || *scan->at != ',')
            return false;
        scan->at++;
    }
}

static bool enter_array(struct scan *scan, struct cnil_str token)
{
    size_t index = 0;

    for (size_t i = 0; i < token.len; i++) {
        if (!cnil_is_digit(token.ptr[i]) || index > SIZE_MAX / 10 - 1)
            return false;
        index = index * 10 + (size_t)(token.ptr[i] - '0');
    }
    scan->at++;
    for (;; index--) {
        skip_space(scan);
        if (scan->at == scan->end || *scan->at == ']')
            return false;
        if (index == 0)
            return true;
        skip_value(scan);
        skip_space(scan);
        if (scan->at == scan->end || *scan->at != ',')
            return false;
        scan->at++;
    }
}

struct cnil_json_place cnil_json_place_at(struct cnil_str text, size_t offset)
{
    struct cnil_json_place place = { 1, 1 };

    for (size_t i = 0; i < offset && i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if ((text.ptr[i] & 0xC0) != 0x80) { /* the first byte of a character */
            place.column++;
        }
    }
    return place;
}

bool cnil_json_place(struct cnil_str text, struct cnil_str pointer, bool key, struct cnil_json_place *place)
{
    struct scan scan = { text.ptr, text.ptr + text.len };
    const char *name_at = NULL;

    skip_space(&scan);
    cnil_str_cut(&pointer, '/'); /* what stands before the first "/" is empty */
    while (pointer.ptr != NULL) {
        struct cnil_str token = cnil_str_cut(&pointer, '/');

        name_at = NULL;
        if (scan.at == scan.end)
            return false;
        if (*scan.at == '{') {
            if (!enter_object(&scan, token, &name_at))
                return false;
        } else if (*scan.at != '[' || !enter_array(&scan, token)) {
            return false;
        }
    }
    *place = cnil_json_place_at(text, (size_t)((key && name_at != NULL ? name_at : scan.at) - text.ptr));
    return true;
}
