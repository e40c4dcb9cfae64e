/* SPDX-License-Identifier: Apache-2.0
 * What visitors read, one file a language (page/texts_*.def). UTF-8, not escaped. */
#ifndef CNIL_PAGE_TEXTS_H
#define CNIL_PAGE_TEXTS_H

#include "base/buffer.h"

#include <stdint.h>

enum cnil_text {
#define TEXT(symbol, words) CNIL_TEXT_##symbol,
#include "page/texts_fr.def"
#undef TEXT
    CNIL_TEXTS /* how many there are */
};

/* The text in `language` ("fr", "en"); French for a language that nobody wrote. */
struct cnil_str cnil_text(enum cnil_text text, struct cnil_str language);

/* A country's name; its code when there is no name for it. */
struct cnil_str cnil_text_country(struct cnil_str code, struct cnil_str language);

/* One word of a cookie's lifetime as the catalogue writes it ("13 months", "session"); one that nobody knows stays. */
struct cnil_str cnil_text_lifetime_word(struct cnil_str word, struct cnil_str language);

/* Appends the day of `seconds` since 1970, in UTC: "24 novembre 2026". */
void cnil_text_date(int64_t seconds, struct cnil_str language, struct cnil_buffer *out);

#endif
