/* SPDX-License-Identifier: Apache-2.0
 * Which of many literals does a text hold? One pass whatever their number, that looks at one place in some: the four
 * bytes there are looked up in a bitmap that stays in the processor's cache, then in a table, then compared. Case
 * matters. */
#ifndef CNIL_POLICY_LITERAL_SET_H
#define CNIL_POLICY_LITERAL_SET_H

#include "base/arena.h"

#include <stdint.h>

enum { CNIL_LITERAL_MIN = 4 };

struct cnil_literal {
    struct cnil_str text; /* at least CNIL_LITERAL_MIN bytes; the shortest one decides how fast the pass is */
    const void *value;
};

struct cnil_literal_set; /* in the arena */

/* Indexes `literals` (which the set keeps); NULL without memory. */
struct cnil_literal_set *cnil_literal_set_new(struct cnil_arena *arena, const struct cnil_literal *literals,
                                              size_t count);

/* Calls `found` once for every place where a literal stands; `at` is its offset. The places come in the order of the
 * text, but for those that overlap. */
void cnil_literal_set_find(const struct cnil_literal_set *set, struct cnil_str text,
                           void (*found)(const struct cnil_literal *literal, size_t at, void *data), void *data);

#endif
