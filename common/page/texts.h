/* SPDX-License-Identifier: Apache-2.0
 * What visitors read, one file a language (page/texts_*.def). */
#ifndef CNIL_PAGE_TEXTS_H
#define CNIL_PAGE_TEXTS_H

#include "base/str.h"

enum cnil_text {
#define TEXT(symbol, words) CNIL_TEXT_##symbol,
#include "page/texts_fr.def"
#undef TEXT
    CNIL_TEXTS /* how many there are */
};

/* The text in `language` ("fr", "en"); French for a language that nobody wrote. UTF-8, not escaped. */
struct cnil_str cnil_text(enum cnil_text text, struct cnil_str language);

#endif
