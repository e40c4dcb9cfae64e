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

/* A text is looked at every `stride` bytes. Wherever a literal stands, one of these places is among its first `stride`
 * bytes, so the four bytes at each of them are indexed; a literal must be that long: stride + 3. */
struct cnil_literal_window {
    uint32_t literal; /* its index */
    uint32_t offset;  /* into the literal */
    uint32_t next;    /* of the same bytes: index + 1; 0: none */
};

struct cnil_literal_slot {
    uint32_t bytes; /* the first one lowest */
    uint32_t first; /* index + 1 of a window; 0: free */
};

enum { CNIL_LITERAL_BITMAP = 65536 / 64 };

/* Laid open for the build alone, which writes the catalogue's as a constant (policy/built_in.h). */
struct cnil_literal_set {
    uint64_t bitmap[CNIL_LITERAL_BITMAP];
    const struct cnil_literal *literals;
    const struct cnil_literal_window *windows;
    const struct cnil_literal_slot *slots;
    size_t mask;
    size_t stride; /* 0: the set is empty */
};

/* Indexes `literals` (which the set keeps); in the arena. NULL without memory. */
struct cnil_literal_set *cnil_literal_set_new(struct cnil_arena *arena, const struct cnil_literal *literals,
                                              size_t count);

/* Calls `found` once for every place where a literal stands; `at` is its offset. The places come in the order of the
 * text, but for those that overlap. */
void cnil_literal_set_find(const struct cnil_literal_set *set, struct cnil_str text,
                           void (*found)(const struct cnil_literal *literal, size_t at, void *data), void *data);

#endif
