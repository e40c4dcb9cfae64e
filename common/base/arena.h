/* SPDX-License-Identifier: Apache-2.0
 * Memory that is given out piece by piece and freed all at once.
 *
 * An arena belongs to one exchange or one policy and is not shared by threads while it grows. */
#ifndef CNIL_BASE_ARENA_H
#define CNIL_BASE_ARENA_H

#include "base/str.h"

struct cnil_arena;

/* `limit`: how many bytes it may hold in all. NULL when there is no memory. */
struct cnil_arena *cnil_arena_new(size_t limit);
void cnil_arena_free(struct cnil_arena *arena); /* NULL is fine */

/* Lets it hold so much more. */
void cnil_arena_allow(struct cnil_arena *arena, size_t more);

/* Takes back all that was given out; keeps one block of memory for what comes. */
void cnil_arena_reset(struct cnil_arena *arena);

/* Zeroed, aligned for any type; NULL past the limit or without memory. `size` 0 gives a valid pointer. */
void *cnil_arena_alloc(struct cnil_arena *arena, size_t size);

/* As cnil_arena_alloc() for `count` elements of `size` bytes; an overflow gives NULL. */
void *cnil_arena_array(struct cnil_arena *arena, size_t count, size_t size);

/* A copy that ends with a NUL (not counted in its length). On failure its pointer is NULL, also for an empty `str`. */
struct cnil_str cnil_arena_copy(struct cnil_arena *arena, struct cnil_str str);

/* Like sprintf() into the arena; pointer NULL on failure. */
struct cnil_str cnil_arena_print(struct cnil_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes given out so far, for statements about memory. */
size_t cnil_arena_used(const struct cnil_arena *arena);

#endif
