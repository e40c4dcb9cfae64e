/* SPDX-License-Identifier: Apache-2.0 */
#include "web/form.h"

#include "web/utf8.h"

#include <stdint.h>

/* Takes one decoded byte off `*text`, which is not empty. */
static char take_byte(struct cnil_str *text)
{
    char c = text->ptr[0];
    size_t len = 1;

    if (c == '+') {
        c = ' ';
    } else if (c == '%' && text->len > 2 && cnil_hex_value(text->ptr[1]) >= 0 && cnil_hex_value(text->ptr[2]) >= 0) {
        c = (char)(cnil_hex_value(text->ptr[1]) << 4 | cnil_hex_value(text->ptr[2]));
        len = 3;
    }
    *text = cnil_str_slice(*text, len, text->len);
    return c;
}

static bool decodes_to(struct cnil_str encoded, struct cnil_str text)
{
    size_t at = 0;

    while (encoded.len > 0 && at < text.len && take_byte(&encoded) == text.ptr[at])
        at++;
    return encoded.len == 0 && at == text.len;
}

static bool decode(struct cnil_str encoded, struct cnil_arena *arena, struct cnil_str *text)
{
    char *out = cnil_arena_alloc(arena, encoded.len);
    size_t len = 0;

    *text = CNIL_STR_EMPTY;
    if (out == NULL)
        return false;
    while (encoded.len > 0)
        out[len++] = take_byte(&encoded);
    *text = (struct cnil_str){ out, len };
    return true;
}

bool cnil_form_value(struct cnil_str body, struct cnil_str name, struct cnil_arena *arena, struct cnil_str *value)
{
    while (body.len > 0) {
        struct cnil_str field = cnil_str_cut(&body, '&');
        size_t equals = cnil_str_find_byte(field, '=');

        if (field.len > 0 && decodes_to(cnil_str_slice(field, 0, equals), name))
            return decode(cnil_str_slice(field, equals + 1, field.len), arena, value);
    }
    return false;
}

bool cnil_form_next(struct cnil_str *body, struct cnil_arena *arena, struct cnil_str *name, struct cnil_str *value)
{
    struct cnil_str field = CNIL_STR_EMPTY;

    *name = CNIL_STR("");
    while (body->len > 0 && field.len == 0)
        field = cnil_str_cut(body, '&');
    if (field.len == 0)
        return false;
    if (decode(cnil_str_cut(&field, '='), arena, name) && decode(field, arena, value))
        return true;
    *name = CNIL_STR_EMPTY;
    return false;
}

void cnil_form_encode(struct cnil_str text, struct cnil_buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (cnil_is_alpha(c) || cnil_is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '/')
            cnil_buffer_append_byte(out, c);
        else
            cnil_buffer_print(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

void cnil_json_string(struct cnil_str text, struct cnil_buffer *out)
{
    cnil_buffer_append_byte(out, '"');
    while (text.len > 0) {
        size_t run = 0;
        uint32_t code_point;
        struct cnil_str one;
        bool valid;

        while (run < text.len && text.ptr[run] >= ' ' && text.ptr[run] < 0x7F && text.ptr[run] != '"' &&
               text.ptr[run] != '\\')
            run++;
        cnil_buffer_append(out, cnil_str_slice(text, 0, run));
        text = cnil_str_slice(text, run, text.len);
        if (text.len == 0)
            break;
        one = text;
        code_point = cnil_utf8_next(&text, &valid);
        one.len -= text.len;
        if (code_point == '"' || code_point == '\\')
            cnil_buffer_print(out, "\\%c", (char)code_point);
        else if (!valid || code_point < ' ' || code_point == 0x7F || code_point == 0x2028 || code_point == 0x2029)
            cnil_buffer_print(out, "\\u%04x", (unsigned)code_point);
        else
            cnil_buffer_append(out, one);
    }
    cnil_buffer_append_byte(out, '"');
}

void cnil_base64url(struct cnil_str bytes, struct cnil_buffer *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t group = 0;

        for (size_t j = 0; j < 3; j++)
            group = group << 8 | (j < left ? (unsigned char)bytes.ptr[i + j] : 0);
        for (size_t j = 0; j <= left; j++)
            cnil_buffer_append_byte(out, digits[group >> (18 - 6 * j) & 63]);
    }
}
