/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/literal_set.h"

#include <string.h>

enum { STRIDE_MAX = 8 };

/* A text is looked at every `stride` bytes. Wherever a literal stands, one of these places is among its first `stride`
 * bytes, so the four bytes at each of them are indexed; a literal must be that long: stride + 3. */
struct window {
    const struct cnil_literal *literal;
    size_t offset; /* into the literal */
    struct window *next;
};

struct slot {
    uint32_t bytes;
    struct window *first; /* NULL: free */
};

struct cnil_literal_set {
    uint64_t bitmap[65536 / 64];
    struct slot *slots;
    size_t mask;
    size_t stride; /* 0: the set is empty */
};

static uint32_t bytes_at(const char *at)
{
    uint32_t bytes;

    memcpy(&bytes, at, sizeof(bytes));
    return bytes;
}

static uint32_t hash_of(uint32_t bytes)
{
    return bytes * 2654435761u >> 16; /* Knuth's multiplicative hash: the high bits are the mixed ones */
}

static struct slot *find_slot(const struct cnil_literal_set *set, uint32_t bytes)
{
    size_t at = hash_of(bytes) & set->mask;

    while (set->slots[at].first != NULL && set->slots[at].bytes != bytes)
        at = (at + 1) & set->mask;
    return &set->slots[at];
}

static void insert(struct cnil_literal_set *set, struct window *window)
{
    uint32_t bytes = bytes_at(window->literal->text.ptr + window->offset);
    struct slot *slot = find_slot(set, bytes);

    slot->bytes = bytes;
    window->next = slot->first;
    slot->first = window;
    set->bitmap[hash_of(bytes) / 64] |= (uint64_t)1 << hash_of(bytes) % 64;
}

static size_t stride_of(const struct cnil_literal *literals, size_t count)
{
    size_t stride = count > 0 ? STRIDE_MAX : 0;

    for (size_t i = 0; i < count; i++)
        if (literals[i].text.len < stride + CNIL_LITERAL_MIN - 1)
            stride = literals[i].text.len - (CNIL_LITERAL_MIN - 1);
    return stride;
}

struct cnil_literal_set *cnil_literal_set_new(struct cnil_arena *arena, const struct cnil_literal *literals,
                                              size_t count)
{
    struct cnil_literal_set *set = cnil_arena_alloc(arena, sizeof(*set));
    struct window *windows;
    size_t size = 16;

    if (set == NULL)
        return NULL;
    set->stride = stride_of(literals, count);
    while (size < 2 * count * set->stride)
        size *= 2;
    set->mask = size - 1;
    set->slots = cnil_arena_array(arena, size, sizeof(*set->slots));
    windows = cnil_arena_array(arena, count * set->stride, sizeof(*windows));
    if (set->slots == NULL || windows == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        for (size_t offset = 0; offset < set->stride; offset++, windows++) {
            *windows = (struct window){ .literal = &literals[i], .offset = offset };
            insert(set, windows);
        }
    }
    return set;
}

void cnil_literal_set_find(const struct cnil_literal_set *set, struct cnil_str text,
                           void (*found)(const struct cnil_literal *literal, size_t at, void *data), void *data)
{
    if (set->stride == 0)
        return;
    for (size_t i = 0; i + CNIL_LITERAL_MIN <= text.len; i += set->stride) {
        uint32_t bytes = bytes_at(text.ptr + i);
        uint32_t hash = hash_of(bytes);

        if ((set->bitmap[hash / 64] >> hash % 64 & 1) == 0)
            continue;
        for (const struct window *window = find_slot(set, bytes)->first; window != NULL; window = window->next)
            if (window->offset <= i &&
                cnil_str_starts_with(cnil_str_slice(text, i - window->offset, text.len), window->literal->text))
                found(window->literal, i - window->offset, data);
    }
}
