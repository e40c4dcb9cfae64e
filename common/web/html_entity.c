/* SPDX-License-Identifier: Apache-2.0 */
#include "web/html_entity.h"

#include <stdint.h>
#include <string.h>

static const struct entity {
    char name[32]; /* none is longer than 31 */
    char text[7];
    unsigned char bare; /* valid without a semicolon, as in the web's early days */
} entities[] = {
#define ENTITY(name, text, bare) { name, text, bare },
#include "web/html_entities.def"
#undef ENTITY
};

#define COUNT (sizeof(entities) / sizeof(entities[0]))

/* Where the rows begin, from `low` on, whose byte `at` is `byte` or more; all rows agree on the bytes before. */
static size_t lower_bound(size_t low, size_t high, size_t at, unsigned byte)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if ((unsigned char)entities[middle].name[at] < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* 13.2.5.73: the longest name that `text` (after the '&') starts with. Returns its length, with the semicolon if there
 * is one, or 0. */
static size_t find_named(struct cnil_str text, const struct entity **found)
{
    size_t low = 0, high = COUNT, len = 0;

    for (size_t i = 0; i < text.len; i++) {
        unsigned byte = (unsigned char)text.ptr[i];

        if (!cnil_is_alpha(text.ptr[i]) && !cnil_is_digit(text.ptr[i])) {
            if (byte == ';' && i > 0 && entities[low].name[i] == '\0') {
                *found = &entities[low];
                len = i + 1;
            }
            return len;
        }
        low = lower_bound(low, high, i, byte);
        high = lower_bound(low, high, i, byte + 1);
        if (low == high)
            return len;
        if (entities[low].name[i + 1] == '\0' && entities[low].bare) { /* the shortest name sorts first */
            *found = &entities[low];
            len = i + 1;
        }
    }
    return len;
}

static void append_code_point(struct cnil_buffer *out, uint32_t code)
{
    char utf8[4];
    size_t len;

    if (code < 0x80) {
        utf8[0] = (char)code;
        len = 1;
    } else if (code < 0x800) {
        utf8[0] = (char)(0xc0 | code >> 6);
        len = 2;
    } else if (code < 0x10000) {
        utf8[0] = (char)(0xe0 | code >> 12);
        len = 3;
    } else {
        utf8[0] = (char)(0xf0 | code >> 18);
        len = 4;
    }
    for (size_t i = 1; i < len; i++)
        utf8[i] = (char)(0x80 | (code >> (6 * (len - 1 - i)) & 0x3f));
    cnil_buffer_append(out, (struct cnil_str){ utf8, len });
}

/* 13.2.5.80 */
static uint32_t code_point_of_reference(uint32_t code)
{
    static const uint16_t windows_1252[] = {
        0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
    };

    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0xfffd;
    return code >= 0x80 && code <= 0x9f ? windows_1252[code - 0x80] : code;
}

/* 13.2.5.75 to 13.2.5.80, `text` starts after "&#". Returns how many bytes of it were read, 0: no reference. */
static size_t decode_numeric(struct cnil_str text, struct cnil_buffer *out)
{
    bool hexadecimal = text.len > 0 && (text.ptr[0] == 'x' || text.ptr[0] == 'X');
    size_t start = hexadecimal ? 1 : 0;
    size_t i = start;
    uint32_t code = 0;

    for (; i < text.len; i++) {
        int digit = cnil_hex_value(text.ptr[i]);

        if (digit < 0 || (digit > 9 && !hexadecimal))
            break;
        if (code <= 0x10ffff) /* past it stays past it */
            code = code * (hexadecimal ? 16 : 10) + (uint32_t)digit;
    }
    if (i == start)
        return 0;
    append_code_point(out, code_point_of_reference(code));
    return i < text.len && text.ptr[i] == ';' ? i + 1 : i;
}

/* 13.2.5.72, `text` starts after the '&'. */
static size_t decode_named_or_numeric(struct cnil_str text, bool in_attribute, struct cnil_buffer *out)
{
    const struct entity *entity;
    size_t len;

    if (cnil_str_starts_with(text, CNIL_STR("amp;"))) { /* nearly all that stand in URLs */
        cnil_buffer_append_byte(out, '&');
        return 4;
    }
    if (text.len > 0 && text.ptr[0] == '#') {
        len = decode_numeric(cnil_str_slice(text, 1, text.len), out);
        return len > 0 ? len + 1 : 0;
    }
    len = find_named(text, &entity);
    if (len == 0)
        return 0;
    /* "?a=1&copy=2" was never meant as a reference (13.2.5.73). */
    if (in_attribute && text.ptr[len - 1] != ';' && len < text.len &&
        (text.ptr[len] == '=' || cnil_is_alpha(text.ptr[len]) || cnil_is_digit(text.ptr[len])))
        return 0;
    cnil_buffer_append(out, cnil_str_from(entity->text));
    return len;
}

size_t cnil_html_decode_reference(struct cnil_str text, bool in_attribute, struct cnil_buffer *out)
{
    size_t len = decode_named_or_numeric(cnil_str_slice(text, 1, text.len), in_attribute, out);

    if (len == 0)
        cnil_buffer_append_byte(out, '&');
    return len + 1;
}

void cnil_html_decode(struct cnil_str text, bool in_attribute, struct cnil_buffer *out)
{
    while (text.len > 0) {
        size_t at = cnil_str_find_byte(text, '&');

        cnil_buffer_append(out, cnil_str_slice(text, 0, at));
        if (at == text.len)
            return;
        text = cnil_str_slice(text, at, text.len);
        text = cnil_str_slice(text, cnil_html_decode_reference(text, in_attribute, out), text.len);
    }
}

void cnil_html_escape(struct cnil_str text, struct cnil_buffer *out)
{
    size_t plain = 0;

    for (size_t i = 0; i < text.len; i++) {
        struct cnil_str reference;

        switch (text.ptr[i]) {
        case '&':
            reference = CNIL_STR("&amp;");
            break;
        case '<':
            reference = CNIL_STR("&lt;");
            break;
        case '>':
            reference = CNIL_STR("&gt;");
            break;
        case '"':
            reference = CNIL_STR("&quot;");
            break;
        case '\'':
            reference = CNIL_STR("&#39;");
            break;
        default:
            continue;
        }
        cnil_buffer_append(out, cnil_str_slice(text, plain, i));
        cnil_buffer_append(out, reference);
        plain = i + 1;
    }
    cnil_buffer_append(out, cnil_str_slice(text, plain, text.len));
}
