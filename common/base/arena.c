/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 4096, ALIGNMENT = _Alignof(max_align_t) };

struct block {
    struct block *older;
    size_t size; /* of `bytes` */
    size_t used;
    _Alignas(max_align_t) char bytes[];
};

struct cnil_arena {
    struct block *newest;
    size_t limit;
    size_t used;
};

void cnil_arena_allow(struct cnil_arena *arena, size_t more)
{
    arena->limit += more;
}

struct cnil_arena *cnil_arena_new(size_t limit)
{
    struct cnil_arena *arena = calloc(1, sizeof(*arena));

    if (arena != NULL)
        arena->limit = limit;
    return arena;
}

static void free_newest(struct cnil_arena *arena)
{
    struct block *older = arena->newest->older;

    free(arena->newest);
    arena->newest = older;
}

void cnil_arena_free(struct cnil_arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->newest != NULL)
        free_newest(arena);
    free(arena);
}

void cnil_arena_reset(struct cnil_arena *arena)
{
    if (arena->newest == NULL)
        return;
    while (arena->newest->older != NULL)
        free_newest(arena);
    if (arena->newest->size > BLOCK_SIZE) /* one large piece must not be kept for good */
        free_newest(arena);
    else
        arena->newest->used = 0;
    arena->used = 0;
}

static bool grow(struct cnil_arena *arena, size_t size)
{
    size_t wanted = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct block *block = malloc(sizeof(*block) + wanted);

    if (block == NULL)
        return false;
    block->older = arena->newest;
    block->size = wanted;
    block->used = 0;
    arena->newest = block;
    return true;
}

void *cnil_arena_alloc(struct cnil_arena *arena, size_t size)
{
    char *bytes;

    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size > arena->limit - arena->used)
        return NULL;
    if ((arena->newest == NULL || arena->newest->size - arena->newest->used < size) && !grow(arena, size))
        return NULL;
    bytes = arena->newest->bytes + arena->newest->used;
    arena->newest->used += size;
    arena->used += size;
    return memset(bytes, 0, size);
}

void *cnil_arena_array(struct cnil_arena *arena, size_t count, size_t size)
{
    size_t bytes;

    return __builtin_mul_overflow(count, size, &bytes) ? NULL : cnil_arena_alloc(arena, bytes);
}

struct cnil_str cnil_arena_copy(struct cnil_arena *arena, struct cnil_str str)
{
    char *bytes = str.len < SIZE_MAX ? cnil_arena_alloc(arena, str.len + 1) : NULL;

    if (bytes == NULL)
        return CNIL_STR_EMPTY;
    if (str.len > 0)
        memcpy(bytes, str.ptr, str.len);
    return (struct cnil_str){ bytes, str.len };
}

struct cnil_str cnil_arena_print(struct cnil_arena *arena, const char *format, ...)
{
    va_list args;
    char *bytes;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    bytes = len >= 0 ? cnil_arena_alloc(arena, (size_t)len + 1) : NULL;
    if (bytes == NULL)
        return CNIL_STR_EMPTY;
    va_start(args, format);
    vsnprintf(bytes, (size_t)len + 1, format, args);
    va_end(args);
    return (struct cnil_str){ bytes, (size_t)len };
}

size_t cnil_arena_used(const struct cnil_arena *arena)
{
    return arena->used;
}
