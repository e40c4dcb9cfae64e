/* SPDX-License-Identifier: Apache-2.0 */
#include "web/data_url.h"

void cnil_percent_decode(struct cnil_str text, struct cnil_buffer *out)
{
    size_t from = 0, at = 0;

    while (at < text.len) {
        int high = -1, low = -1;

        if (text.ptr[at] == '%' && at + 2 < text.len) {
            high = cnil_hex_value(text.ptr[at + 1]);
            low = cnil_hex_value(text.ptr[at + 2]);
        }
        if (high < 0 || low < 0) {
            at++;
            continue;
        }
        cnil_buffer_append(out, cnil_str_slice(text, from, at));
        cnil_buffer_append_byte(out, (char)(high * 16 + low));
        at += 3;
        from = at;
    }
    cnil_buffer_append(out, cnil_str_slice(text, from, text.len));
}

/* 0 to 63; -1: none of the alphabet. */
static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (cnil_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Infra standard, "forgiving-base64 decode", in place and more forgiving: what is no digit is skipped. */
static size_t decode_base64(char *bytes, size_t len)
{
    unsigned value = 0, bits = 0;
    size_t to = 0;

    for (size_t i = 0; i < len; i++) {
        int digit = digit_of(bytes[i]);

        if (digit < 0)
            continue;
        value = (value << 6 | (unsigned)digit) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[to++] = (char)(value >> bits & 0xff);
        }
    }
    return to;
}

bool cnil_data_url_read(struct cnil_str href, struct cnil_str *type, struct cnil_str *parameters,
                        struct cnil_buffer *body)
{
    static const struct cnil_str base64 = CNIL_STR_INIT("base64");
    struct cnil_str rest = cnil_str_slice(href, 0, cnil_str_find_byte(href, '#')), head, last;
    size_t comma, from = body->len;

    if (!cnil_str_starts_with_nocase(rest, CNIL_STR("data:")))
        return false;
    comma = cnil_str_find_byte(rest, ',');
    if (comma == rest.len)
        return false;
    head = cnil_str_slice(rest, 5, comma);
    cnil_percent_decode(cnil_str_slice(rest, comma + 1, rest.len), body);
    last = head;
    while (cnil_str_find_byte(last, ';') < last.len)
        cnil_str_cut(&last, ';');
    if (last.len < head.len && cnil_str_equal_nocase(cnil_str_trim(last), base64) && body->len > from)
        body->len = from + decode_base64(body->ptr + from, body->len - from);
    *parameters = head;
    *type = cnil_str_trim(cnil_str_cut(parameters, ';'));
    return true;
}
