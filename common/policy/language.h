/* SPDX-License-Identifier: Apache-2.0
 * The languages that visitors are spoken to in: their tags, their direction, how they count, and which one is meant. */
#ifndef CNIL_POLICY_LANGUAGE_H
#define CNIL_POLICY_LANGUAGE_H

#include "web/header.h"

#include <stdint.h>

enum cnil_language {
#define LANGUAGE(symbol, tag, name, direction, plural) CNIL_LANGUAGE_##symbol,
#include "policy/languages.def"
#undef LANGUAGE
    CNIL_LANGUAGES /* how many there are */
};

typedef uint64_t cnil_languages; /* a set: bit i is language i */
_Static_assert(CNIL_LANGUAGES < 64, "a bit each");

struct cnil_str cnil_language_tag(enum cnil_language language);       /* "fr" */
struct cnil_str cnil_language_name(enum cnil_language language);      /* "français" */
struct cnil_str cnil_language_direction(enum cnil_language language); /* "ltr", "rtl": the value of `dir` */

/* What stands between the items of a list, between a name and what is said of it, at the end of a sentence, and between
 * a colon and what comes after it. */
struct cnil_language_marks {
    struct cnil_str list, comma, stop, space;
};
const struct cnil_language_marks *cnil_language_marks(enum cnil_language language);

/* The language of exactly this tag, whatever its case; false: there is none. */
bool cnil_language_find(struct cnil_str tag, enum cnil_language *language);

/* The one of `offered` that a tag or range asks for, as RFC 4647, 3.4 looks it up: "de-CH" is served by "de"; and "no"
 * and "nn" by "nb". False, and `*language` as it was: by none. "*" asks for nothing. */
bool cnil_language_lookup(struct cnil_str range, cnil_languages offered, enum cnil_language *language);

/* The one of `offered` that the fields Accept-Language, put together, ask for most; false: for none. */
bool cnil_language_accepted(struct cnil_headers headers, cnil_languages offered, enum cnil_language *language);

/* How many forms a text with a number has ("{} jour|{} jours": two), and which of them `number` takes, from 0: the
 * plural categories of whole numbers that CLDR has for the language, in its order (zero, one, two, few, many, other).
 */
unsigned cnil_language_forms(enum cnil_language language);
unsigned cnil_language_form(enum cnil_language language, uint64_t number);

#endif
