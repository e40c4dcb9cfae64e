/* SPDX-License-Identifier: Apache-2.0
 * Answers tests/css/compare.mjs: for each sheet ("LENGTH\n" and its bytes on standard input) the URLs that the scanner
 * finds, as lines "USE HEXADECIMAL", and an empty line. In pieces of a few bytes and whole; that both say the same, and
 * that the pieces make up the sheet, is checked here. */
#include "../support/pieces.h"
#include "web/css.h"

#include <string.h>

enum { LIMIT = 16 * 1024 * 1024 };

static void scan(struct cnil_str css, size_t step, struct cnil_buffer *urls)
{
    static const char *const uses[] = { "image", "font", "style" };
    struct cnil_css_scanner *scanner = cnil_css_scanner_new();
    struct cnil_css_token token;
    size_t at = 0, seen = 0;
    bool more = true;

    need(scanner != NULL, "no memory");
    do {
        size_t to = at + step < css.len ? at + step : css.len;

        cnil_css_scanner_feed(scanner, cnil_str_slice(css, at, to), to == css.len ? CNIL_CSS_END : CNIL_CSS_MORE);
        for (;;) {
            need(cnil_css_scanner_next(scanner, &token, &more) == CNIL_OK, "no memory");
            if (!more)
                break;
            need(memcmp(token.raw.ptr, css.ptr + seen, token.raw.len) == 0, "the pieces are not the sheet");
            seen += token.raw.len;
            if (token.kind != CNIL_CSS_URL)
                continue;
            cnil_buffer_print(urls, "%s ", uses[token.use]);
            for (size_t i = 0; i < token.value.len; i++)
                cnil_buffer_print(urls, "%02x", (unsigned char)token.value.ptr[i]);
            cnil_buffer_append_byte(urls, '\n');
        }
        at = to;
    } while (at < css.len);
    need(seen == css.len, "some of the sheet is missing");
    cnil_css_scanner_free(scanner);
}

int main(void)
{
    answer_texts(scan, LIMIT);
    return 0;
}
