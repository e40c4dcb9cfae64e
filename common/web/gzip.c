/* SPDX-License-Identifier: Apache-2.0 */
#include "web/gzip.h"

#include <stdint.h>
#include <zlib.h>

enum { BLOCK = 16 * 1024, GZIP_WINDOW = 15 + 16, MEMORY = 8, WHOLE = 1000 };

/* A long text is compressed in less time, and hardly worse. */
enum { LONG_TEXT = 256 * 1024, LEVEL_OF_LONG = 4 };

/* The weight of an element of Accept-Encoding, in thousandths (RFC 9110, 12.4.2); what cannot be read weighs nothing.
 */
static unsigned weight_of(struct cnil_str parameters)
{
    struct cnil_str value = cnil_str_trim(parameters);
    unsigned weight, unit = WHOLE;

    if (value.len == 0)
        return WHOLE;
    if (!cnil_str_starts_with_nocase(value, CNIL_STR("q=")) || value.len < 3 || !cnil_is_digit(value.ptr[2]))
        return 0;
    weight = WHOLE * (unsigned)(value.ptr[2] - '0');
    if (value.len > 3 && value.ptr[3] != '.')
        return 0;
    for (size_t i = 4; i < value.len && unit > 1; i++) {
        if (!cnil_is_digit(value.ptr[i]))
            return 0;
        unit /= 10;
        weight += unit * (unsigned)(value.ptr[i] - '0');
    }
    return weight < WHOLE ? weight : WHOLE;
}

bool cnil_gzip_is_accepted(struct cnil_headers headers)
{
    unsigned gzip = 0, identity = 0, any = 0;
    bool has_gzip = false;

    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str rest = headers.list[i].value, element;

        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Accept-Encoding")))
            continue;
        while (cnil_header_list_next(&rest, &element)) {
            struct cnil_str coding = cnil_str_trim(cnil_str_cut(&element, ';'));
            unsigned weight = weight_of(element);

            if (cnil_str_equal_nocase(coding, CNIL_STR("gzip")) || cnil_str_equal_nocase(coding, CNIL_STR("x-gzip"))) {
                gzip = weight;
                has_gzip = true;
            } else if (cnil_str_equal_nocase(coding, CNIL_STR("identity"))) {
                identity = weight;
            } else if (cnil_str_equal(coding, CNIL_STR("*"))) {
                any = weight;
            }
        }
    }
    gzip = has_gzip ? gzip : any;
    return gzip > 0 && gzip >= identity;
}

void cnil_gzip_write(struct cnil_str text, struct cnil_buffer *out)
{
    z_stream zlib = { .next_in = (unsigned char *)(uintptr_t)text.ptr, .avail_in = (uInt)text.len };
    unsigned char block[BLOCK];
    int result = Z_OK, level = text.len < LONG_TEXT ? Z_DEFAULT_COMPRESSION : LEVEL_OF_LONG;

    if (text.len > UINT32_MAX || cnil_buffer_status(out) != CNIL_OK) {
        out->status = cnil_buffer_status(out) != CNIL_OK ? out->status : CNIL_TOO_LARGE;
        return;
    }
    if (deflateInit2(&zlib, level, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        out->status = CNIL_NO_MEMORY;
        return;
    }
    while (result == Z_OK && cnil_buffer_status(out) == CNIL_OK) {
        zlib.next_out = block;
        zlib.avail_out = sizeof(block);
        result = deflate(&zlib, Z_FINISH);
        cnil_buffer_append(out, (struct cnil_str){ (const char *)block, sizeof(block) - zlib.avail_out });
    }
    deflateEnd(&zlib);
}
