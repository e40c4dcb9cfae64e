/* SPDX-License-Identifier: Apache-2.0 */
#include "page/texts.h"

static const struct cnil_str french[] = {
#define TEXT(symbol, words) [CNIL_TEXT_##symbol] = CNIL_STR_INIT(words),
#include "page/texts_fr.def"
#undef TEXT
};

static const struct cnil_str english[] = {
#define TEXT(symbol, words) [CNIL_TEXT_##symbol] = CNIL_STR_INIT(words),
#include "page/texts_en.def"
#undef TEXT
};

_Static_assert(sizeof(french) == sizeof(english) && sizeof(french) == CNIL_TEXTS * sizeof(struct cnil_str),
               "a language lacks a text");

struct cnil_str cnil_text(enum cnil_text text, struct cnil_str language)
{
    return cnil_str_equal(language, CNIL_STR("en")) ? english[text] : french[text];
}
