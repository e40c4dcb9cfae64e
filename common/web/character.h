/* SPDX-License-Identifier: Apache-2.0
 * What a code point looks like, as far as words on a page depend on it. */
#ifndef CNIL_WEB_CHARACTER_H
#define CNIL_WEB_CHARACTER_H

#include "base/str.h"

#include <stdint.h>

/* Does it leave a mark? White space, controls, default-ignorable characters and the blanks of some scripts do not. */
bool cnil_character_is_visible(uint32_t code_point);

enum cnil_script {
    CNIL_SCRIPT_NONE /* digits, punctuation */,
    CNIL_SCRIPT_LATIN,
    CNIL_SCRIPT_GREEK,
    CNIL_SCRIPT_CYRILLIC,
    CNIL_SCRIPT_HEBREW,
    CNIL_SCRIPT_ARABIC,
    CNIL_SCRIPT_ASIAN /* Kana, Han, Hangul: written together */
};

/* Is it an ordinary letter, digit, space or punctuation mark of the scripts above, which a font shows as it shows its
 * neighbours? Not: symbols, small, bold or struck-out letters, marks that join others, what cannot be seen. */
bool cnil_character_is_plain(uint32_t code_point, enum cnil_script *script);

bool cnil_character_is_letter(uint32_t code_point); /* or a digit; of what is plain */

/* Its small letter, with a dot on each i and no σ of its own at the end of a word; itself where it has none, or is of
 * none of the scripts above. */
uint32_t cnil_character_fold(uint32_t code_point);

bool cnil_character_is_capital(uint32_t code_point); /* of the scripts above */

/* The letter that a folded letter and the mark after it make, as ordinary text has it; 0 where they make none. The
 * marks of Arabic that may be left out are. */
uint32_t cnil_character_compose(uint32_t letter, uint32_t mark);

/* Is it an accent, a vowel mark or a part of a syllable, which makes a character with what is before it? */
bool cnil_character_is_part(uint32_t code_point);

/* Does the text hold a character that leaves a mark? */
bool cnil_text_is_visible(struct cnil_str text);

#endif
