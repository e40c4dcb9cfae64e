/* SPDX-License-Identifier: Apache-2.0 */
#include "web/utf8.h"

uint32_t cnil_utf8_next(struct cnil_str *rest, bool *valid)
{
    unsigned char first = (unsigned char)rest->ptr[0];
    unsigned char lowest = 0x80, highest = 0xBF; /* of the second byte: no overlong form, no surrogate, no > U+10FFFF */
    size_t need, at;
    uint32_t code_point;

    *valid = true;
    if (first < 0x80) {
        *rest = cnil_str_slice(*rest, 1, rest->len);
        return first;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        need = 1;
        code_point = first & 0x1F;
    } else if (first >= 0xE0 && first <= 0xEF) {
        need = 2;
        code_point = first & 0x0F;
        lowest = first == 0xE0 ? 0xA0 : lowest;
        highest = first == 0xED ? 0x9F : highest;
    } else if (first >= 0xF0 && first <= 0xF4) {
        need = 3;
        code_point = first & 0x07;
        lowest = first == 0xF0 ? 0x90 : lowest;
        highest = first == 0xF4 ? 0x8F : highest;
    } else {
        need = 0;
        code_point = CNIL_UTF8_REPLACEMENT;
        *valid = false;
    }
    for (at = 1; at <= need; at++) {
        unsigned char byte = at < rest->len ? (unsigned char)rest->ptr[at] : 0;

        if (byte < lowest || byte > highest) {
            *valid = false;
            code_point = CNIL_UTF8_REPLACEMENT;
            break;
        }
        code_point = code_point << 6 | (byte & 0x3F);
        lowest = 0x80;
        highest = 0xBF;
    }
    *rest = cnil_str_slice(*rest, at, rest->len);
    return code_point;
}

size_t cnil_utf8_write(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

struct cnil_str cnil_utf8_cut(struct cnil_str text, size_t limit)
{
    if (text.len <= limit)
        return text;
    while (limit > 0 && ((unsigned char)text.ptr[limit] & 0xc0) == 0x80)
        limit--;
    return cnil_str_slice(text, 0, limit);
}
