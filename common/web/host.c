/* SPDX-License-Identifier: Apache-2.0 */
#include "web/host.h"

#include "web/idna.h"
#include "web/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ADDRESS_ROOM = 48, IDNA_ROOM = 1024 };

/* Forbidden host code points (3.2) but NUL, TAB, LF and CR. */
static const bool forbidden[256] = {
    [' '] = true, ['#'] = true, ['/'] = true,  [':'] = true, ['<'] = true, ['>'] = true, ['?'] = true,
    ['@'] = true, ['['] = true, ['\\'] = true, [']'] = true, ['^'] = true, ['|'] = true,
};

static bool is_forbidden_in_domain(char c)
{
    return forbidden[(unsigned char)c] || (unsigned char)c <= 0x1F || c == '%' || c == 0x7F;
}

static bool is_forbidden_in_opaque_host(char c)
{
    return forbidden[(unsigned char)c] || c == '\0' || c == '\t' || c == '\n' || c == '\r';
}

static size_t write_ipv4(uint32_t address, char *out)
{
    return (size_t)snprintf(out, ADDRESS_ROOM, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
                            address & 255);
}

/* 3.5, "IPv4 number parser". Saturates: what is too large is refused by the caller. */
static bool ipv4_number(struct cnil_str text, uint64_t *number)
{
    unsigned radix = 10;

    *number = 0;
    if (text.len == 0)
        return false;
    if (cnil_str_starts_with_nocase(text, CNIL_STR("0x"))) {
        text = cnil_str_slice(text, 2, text.len);
        radix = 16;
    } else if (text.len >= 2 && text.ptr[0] == '0') {
        text = cnil_str_slice(text, 1, text.len);
        radix = 8;
    }
    for (size_t i = 0; i < text.len; i++) {
        int digit = cnil_hex_value(text.ptr[i]);

        if (digit < 0 || (unsigned)digit >= radix)
            return false;
        if (*number <= UINT32_MAX)
            *number = *number * radix + (unsigned)digit;
    }
    return true;
}

/* 3.5, "ends in a number checker". */
static bool ends_in_number(struct cnil_str host)
{
    uint64_t number;
    size_t from;

    if (host.len > 0 && host.ptr[host.len - 1] == '.')
        host.len--;
    for (from = host.len; from > 0 && host.ptr[from - 1] != '.'; from--)
        ;
    host = cnil_str_slice(host, from, host.len);
    if (host.len == 0 || !cnil_is_digit(host.ptr[0]))
        return false;
    if (ipv4_number(host, &number))
        return true;
    for (size_t i = 0; i < host.len; i++)
        if (!cnil_is_digit(host.ptr[i]))
            return false;
    return true;
}

/* 3.5, "IPv4 parser". */
static bool ipv4_parse(struct cnil_str host, uint32_t *address)
{
    uint64_t number = 0, sum = 0;
    unsigned parts = 0;

    if (host.len > 0 && host.ptr[host.len - 1] == '.')
        host.len--;
    while (host.ptr != NULL) {
        struct cnil_str part = cnil_str_cut(&host, '.');

        if (parts > 0) { /* one more part follows: the one before was a byte */
            if (number > 255)
                return false;
            sum += number << 8 * (4 - parts);
        }
        if (++parts > 4 || !ipv4_number(part, &number))
            return false;
    }
    if (number >= UINT64_C(1) << 8 * (5 - parts))
        return false;
    *address = (uint32_t)(sum + number);
    return true;
}

/* The dotted end of an IPv6 address, which fills two pieces. */
static bool ipv6_dotted_end(struct cnil_str text, uint16_t pieces[2])
{
    uint32_t address = 0;

    for (int i = 0; i < 4; i++) {
        struct cnil_str part = cnil_str_cut(&text, '.');
        unsigned byte = 0;

        if (part.len == 0 || part.len > 3 || (part.len > 1 && part.ptr[0] == '0') || (i < 3) != (text.ptr != NULL))
            return false;
        for (size_t at = 0; at < part.len; at++) {
            if (!cnil_is_digit(part.ptr[at]))
                return false;
            byte = byte * 10 + (unsigned)(part.ptr[at] - '0');
        }
        if (byte > 255)
            return false;
        address = address << 8 | byte;
    }
    pieces[0] = (uint16_t)(address >> 16);
    pieces[1] = (uint16_t)address;
    return true;
}

/* 3.5, "IPv6 parser". `text` is what stands between the brackets. */
static bool ipv6_parse(struct cnil_str text, uint16_t pieces[8])
{
    size_t at = 0, from;
    int count = 0, compressed = -1;

    memset(pieces, 0, 8 * sizeof(*pieces));
    if (text.len > 0 && text.ptr[0] == ':') {
        if (text.len < 2 || text.ptr[1] != ':')
            return false;
        at = 2;
        compressed = 0;
    }
    while (at < text.len) {
        unsigned value = 0;

        if (count == 8)
            return false;
        if (text.ptr[at] == ':') {
            if (compressed >= 0)
                return false;
            at++;
            compressed = count;
            continue;
        }
        for (from = at; at < text.len && at - from < 4 && cnil_hex_value(text.ptr[at]) >= 0; at++)
            value = value << 4 | (unsigned)cnil_hex_value(text.ptr[at]);
        if (at < text.len && text.ptr[at] == '.') {
            if (at == from || count > 6 || !ipv6_dotted_end(cnil_str_slice(text, from, text.len), pieces + count))
                return false;
            count += 2;
            break;
        }
        pieces[count++] = (uint16_t)value;
        if (at < text.len) {
            if (text.ptr[at] != ':' || at + 1 == text.len)
                return false;
            at++;
        }
    }
    if (compressed < 0)
        return count == 8;
    if (count == 8) /* "::" stood for nothing */
        return false;
    memmove(pieces + 8 - (count - compressed), pieces + compressed, (size_t)(count - compressed) * sizeof(*pieces));
    memset(pieces + compressed, 0, (size_t)(8 - count) * sizeof(*pieces));
    return true;
}

/* 3.6, "IPv6 serializer", with its brackets. */
static size_t write_ipv6(const uint16_t pieces[8], char *out)
{
    int compress = -1, longest = 1;
    size_t len = 0;

    for (int i = 0; i < 8; i++) {
        int run = 0;

        while (i + run < 8 && pieces[i + run] == 0)
            run++;
        if (run > longest) {
            longest = run;
            compress = i;
        }
    }
    out[len++] = '[';
    for (int i = 0; i < 8; i++) {
        if (i == compress) {
            out[len++] = ':';
            if (i == 0)
                out[len++] = ':';
            i += longest - 1;
            continue;
        }
        len += (size_t)snprintf(out + len, 5, "%x", pieces[i]);
        if (i < 7)
            out[len++] = ':';
    }
    out[len++] = ']';
    return len;
}

/* Percent-decodes and folds ASCII case in one pass; tells whether the result is plain ASCII. */
static size_t decode(struct cnil_str input, char *out, bool *ascii)
{
    unsigned char seen = 0;
    size_t len = 0;

    for (size_t i = 0; i < input.len; i++) {
        char c = input.ptr[i];

        if (c == '%' && input.len - i > 2 && cnil_hex_value(input.ptr[i + 1]) >= 0 &&
            cnil_hex_value(input.ptr[i + 2]) >= 0) {
            c = (char)(cnil_hex_value(input.ptr[i + 1]) << 4 | cnil_hex_value(input.ptr[i + 2]));
            i += 2;
        }
        seen |= (unsigned char)c;
        out[len++] = cnil_lower(c);
    }
    *ascii = seen < 0x80;
    return len;
}

static enum cnil_status write_domain(struct cnil_str input, char *out, size_t *len, enum cnil_host_kind *kind)
{
    uint32_t address;
    bool ascii;

    *len = decode(input, out, &ascii);
    if (!ascii) { /* browsers take a name of plain ASCII as it is, whatever "xn--" stands before */
        char name[IDNA_ROOM];
        enum cnil_status status;

        if (memchr(out, '\0', *len) != NULL)
            return CNIL_INVALID;
        status = cnil_idna_to_ascii((struct cnil_str){ out, *len }, name, sizeof(name), len);
        if (status != CNIL_OK)
            return status;
        memcpy(out, name, *len);
    }
    if (*len == 0)
        return CNIL_INVALID;
    for (size_t i = 0; i < *len; i++)
        if (is_forbidden_in_domain(out[i]))
            return CNIL_INVALID;
    *kind = CNIL_HOST_DOMAIN;
    if (ends_in_number((struct cnil_str){ out, *len })) {
        if (!ipv4_parse((struct cnil_str){ out, *len }, &address))
            return CNIL_INVALID;
        *kind = CNIL_HOST_IPV4;
        *len = write_ipv4(address, out);
    }
    return CNIL_OK;
}

/* 3.5, "opaque-host parser". */
static enum cnil_status write_opaque(struct cnil_str input, char *out, size_t *len, enum cnil_host_kind *kind)
{
    *kind = CNIL_HOST_OPAQUE;
    *len = 0;
    while (input.len > 0) {
        bool valid;
        char bytes[4];
        uint32_t code_point = cnil_utf8_next(&input, &valid);
        size_t count = cnil_utf8_write(code_point, bytes);

        if (code_point < 0x80 && is_forbidden_in_opaque_host(bytes[0]))
            return CNIL_INVALID;
        for (size_t i = 0; i < count; i++) {
            if (code_point <= 0x1F || code_point > 0x7E)
                *len += (size_t)snprintf(out + *len, 4, "%%%02X", (unsigned char)bytes[i]);
            else
                out[(*len)++] = bytes[i];
        }
    }
    return CNIL_OK;
}

/* Percent-encoded or not ASCII: the name goes through decoding and UTS 46. */
static bool is_plain(struct cnil_str input)
{
    for (size_t i = 0; i < input.len; i++)
        if (input.ptr[i] == '%' || (unsigned char)input.ptr[i] >= 0x80)
            return false;
    return true;
}

size_t cnil_host_room(struct cnil_str input, bool special)
{
    if (is_plain(input))
        return ADDRESS_ROOM + input.len;
    return special ? ADDRESS_ROOM + IDNA_ROOM + input.len : ADDRESS_ROOM + 9 * input.len;
}

enum cnil_status cnil_host_write(struct cnil_str input, bool special, char *out, size_t *len, enum cnil_host_kind *kind)
{
    uint16_t pieces[8];

    if (input.len > 0 && input.ptr[0] == '[') {
        if (input.ptr[input.len - 1] != ']' || !ipv6_parse(cnil_str_slice(input, 1, input.len - 1), pieces))
            return CNIL_INVALID;
        *kind = CNIL_HOST_IPV6;
        *len = write_ipv6(pieces, out);
        return CNIL_OK;
    }
    return special ? write_domain(input, out, len, kind) : write_opaque(input, out, len, kind);
}

enum cnil_status cnil_host_parse(struct cnil_str input, struct cnil_arena *arena, struct cnil_str *host,
                                 enum cnil_host_kind *kind)
{
    enum cnil_status status;
    char *out;
    size_t len;

    if (input.len == 0)
        return CNIL_INVALID;
    out = cnil_arena_alloc(arena, cnil_host_room(input, true));
    if (out == NULL)
        return CNIL_NO_MEMORY;
    status = cnil_host_write(input, true, out, &len, kind);
    if (status == CNIL_OK)
        *host = (struct cnil_str){ out, len };
    return status;
}
