/* SPDX-License-Identifier: Apache-2.0
 * What visitors read, one file a language (policy/texts/<tag>.def). UTF-8, not escaped.
 *
 * "{}" in a text is a gap, for a name or a number. A text with "|" in it is counted: it has one form for each way in
 * which its language counts (policy/language.h), and the gap of each is the number. */
#ifndef CNIL_POLICY_TEXTS_H
#define CNIL_POLICY_TEXTS_H

#include "base/buffer.h"
#include "policy/language.h"

enum cnil_text {
#define TEXT(symbol, words) CNIL_TEXT_##symbol,
#include "policy/texts/fr.def"
#undef TEXT
    CNIL_TEXTS /* how many there are */
};

/* The text in `language`; where nobody wrote it yet, in English, then in French. */
struct cnil_str cnil_text(enum cnil_text text, enum cnil_language language);

/* The language that cnil_text() gives the text in. */
enum cnil_language cnil_text_language(enum cnil_text text, enum cnil_language language);

/* The form of a counted text for `number`; the whole of another one. */
struct cnil_str cnil_text_form(struct cnil_str words, enum cnil_language language, uint64_t number);

/* The name of a text in a policy: its symbol in lower case. */
enum { CNIL_TEXT_NAME_SIZE = 40 };
void cnil_text_name(enum cnil_text text, char name[CNIL_TEXT_NAME_SIZE]);

/* The text that names a country; false: there is none for this code. */
bool cnil_text_country(struct cnil_str code, enum cnil_text *text);

/* The counted text for a unit of time as the catalogue writes it ("months", "day"); false: there is none. */
bool cnil_text_unit(struct cnil_str word, enum cnil_text *text);

#endif
