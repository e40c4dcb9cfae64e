/* SPDX-License-Identifier: Apache-2.0 */
#include "web/data_url.h"

#include "web/form.h"

static bool is_escape(struct cnil_str text, size_t at)
{
    return text.ptr[at] == '%' && at + 2 < text.len && cnil_hex_value(text.ptr[at + 1]) >= 0 &&
           cnil_hex_value(text.ptr[at + 2]) >= 0;
}

void cnil_percent_decode(struct cnil_str text, struct cnil_buffer *out)
{
    size_t from = 0, at = 0;

    while (at < text.len) {
        if (!is_escape(text, at)) {
            at++;
            continue;
        }
        cnil_buffer_append(out, cnil_str_slice(text, from, at));
        cnil_buffer_append_byte(out, (char)(cnil_hex_value(text.ptr[at + 1]) * 16 + cnil_hex_value(text.ptr[at + 2])));
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

/* "data:" HEAD "," BODY and what is behind it, the fragment. */
struct parts {
    struct cnil_str head, body;
    bool is_base64;
};

static bool split(struct cnil_str href, struct parts *parts)
{
    static const struct cnil_str base64 = CNIL_STR_INIT("base64");
    struct cnil_str rest = cnil_str_slice(href, 0, cnil_str_find_byte(href, '#')), last;
    size_t comma = cnil_str_find_byte(rest, ',');

    if (!cnil_str_starts_with_nocase(rest, CNIL_STR("data:")) || comma == rest.len)
        return false;
    parts->head = last = cnil_str_slice(rest, 5, comma);
    parts->body = cnil_str_slice(rest, comma + 1, rest.len);
    while (cnil_str_find_byte(last, ';') < last.len)
        cnil_str_cut(&last, ';');
    parts->is_base64 = last.len < parts->head.len && cnil_str_equal_nocase(cnil_str_trim(last), base64);
    return true;
}

static void read_body(const struct parts *parts, struct cnil_buffer *body)
{
    size_t from = body->len;

    cnil_percent_decode(parts->body, body);
    if (parts->is_base64 && body->len > from)
        body->len = from + decode_base64(body->ptr + from, body->len - from);
}

bool cnil_data_url_read(struct cnil_str href, struct cnil_str *type, struct cnil_str *parameters,
                        struct cnil_buffer *body)
{
    struct parts parts;

    if (!split(href, &parts))
        return false;
    read_body(&parts, body);
    *parameters = parts.head;
    *type = cnil_str_trim(cnil_str_cut(parameters, ';'));
    return true;
}

/* The length of what stands for the first `bytes` bytes. */
static size_t encoded_length(struct cnil_str text, size_t bytes)
{
    size_t at = 0;

    for (; bytes > 0 && at < text.len; bytes--)
        at += is_escape(text, at) ? 3 : 1;
    return at;
}

static void write_base64(struct cnil_str bytes, struct cnil_buffer *out)
{
    size_t from = out->len;

    cnil_base64url(bytes, out);
    for (size_t i = from; i < out->len; i++)
        out->ptr[i] = out->ptr[i] == '-' ? '+' : out->ptr[i] == '_' ? '/' : out->ptr[i];
    cnil_buffer_append(out, cnil_str_slice(CNIL_STR("=="), 0, (3 - bytes.len % 3) % 3));
}

static void insert_in_base64(const struct parts *parts, size_t at, struct cnil_str text, struct cnil_buffer *out)
{
    struct cnil_buffer body, whole;

    cnil_buffer_init(&body, parts->body.len);
    cnil_buffer_init(&whole, parts->body.len + text.len);
    read_body(parts, &body);
    cnil_buffer_append(&whole, cnil_str_slice(cnil_buffer_str(&body), 0, at));
    cnil_buffer_append(&whole, text);
    cnil_buffer_append(&whole, cnil_str_slice(cnil_buffer_str(&body), at, body.len));
    if (cnil_buffer_status(&body) == CNIL_OK && cnil_buffer_status(&whole) == CNIL_OK)
        write_base64(cnil_buffer_str(&whole), out);
    else
        out->status = CNIL_NO_MEMORY;
    cnil_buffer_free(&body);
    cnil_buffer_free(&whole);
}

void cnil_data_url_insert(struct cnil_str href, size_t at, struct cnil_str text, struct cnil_buffer *out)
{
    struct parts parts;
    size_t before, end;

    if (!split(href, &parts))
        return;
    before = (size_t)(parts.body.ptr - href.ptr);
    end = before + parts.body.len;
    if (parts.is_base64) {
        cnil_buffer_append(out, cnil_str_slice(href, 0, before));
        insert_in_base64(&parts, at, text, out);
    } else {
        at = before + encoded_length(parts.body, at);
        cnil_buffer_append(out, cnil_str_slice(href, 0, at));
        cnil_form_encode(text, out);
        cnil_buffer_append(out, cnil_str_slice(href, at, end));
    }
    cnil_buffer_append(out, cnil_str_slice(href, end, href.len));
}
