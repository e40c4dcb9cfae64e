/* SPDX-License-Identifier: Apache-2.0
 * UTF-8 as the Encoding standard decodes it. */
#ifndef CNIL_WEB_UTF8_H
#define CNIL_WEB_UTF8_H

#include "base/str.h"

#include <stdint.h>

#define CNIL_UTF8_REPLACEMENT 0xFFFDu

/* Takes one code point off `*rest`, which must not be empty. A sequence that is not UTF-8 gives U+FFFD, once for each
 * maximal part of it, and sets `*valid` false. */
uint32_t cnil_utf8_next(struct cnil_str *rest, bool *valid);

/* At most `limit` bytes of `text`, not cut within a code point. */
struct cnil_str cnil_utf8_cut(struct cnil_str text, size_t limit);

/* Writes a code point, 1 to 4 bytes; returns how many. */
size_t cnil_utf8_write(uint32_t code_point, char out[4]);

#endif
