/* SPDX-License-Identifier: Apache-2.0
 * Is what a policy writes on the two buttons that accept and refuse fair (rule C5): does neither say the opposite in
 * words that are known, can both be read, and is neither made less of than the other? */
#ifndef CNIL_POLICY_ANSWER_H
#define CNIL_POLICY_ANSWER_H

#include "base/buffer.h"
#include "policy/language.h"

enum { CNIL_ANSWER_MOST = 40 /* characters */ };

/* Each returns true, or writes what is wrong into `fault`, as a sentence that begins after the text's name: "must ...".
 * Three look at one text, given in that language; the last at both answers. */
bool cnil_answer_accepts(struct cnil_str words, enum cnil_language language, struct cnil_buffer *fault);
bool cnil_answer_refuses(struct cnil_str words, enum cnil_language language, struct cnil_buffer *fault);
bool cnil_answer_withdraws(struct cnil_str words, struct cnil_buffer *fault);
bool cnil_answers_are_alike(struct cnil_str accept, struct cnil_str refuse, struct cnil_buffer *fault);

#endif
