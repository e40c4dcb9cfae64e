/* SPDX-License-Identifier: Apache-2.0
 * "Did you mean": the known word that a mistyped one is nearest to. */
#ifndef CNIL_POLICY_WORD_H
#define CNIL_POLICY_WORD_H

#include "base/str.h"

/* The word of `known` (ends with NULL) that `word` was probably meant to be: within one edit (a letter changed, added,
 * left out, or two swapped) and one more for every three letters, case ignored. NULL: none is near enough. */
const char *cnil_word_nearest(struct cnil_str word, const char *const known[]);

#endif
