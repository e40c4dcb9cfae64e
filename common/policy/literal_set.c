/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/literal_set.h"

#include <string.h>

struct slot {
    uint32_t window;
    struct cnil_literal *first; /* NULL: free */
};

struct cnil_literal_set {
    uint64_t bitmap[65536 / 64];
    struct slot *slots;
    size_t mask;
    size_t count;
};

static uint32_t window_at(const char *at)
{
    uint32_t window;

    memcpy(&window, at, sizeof(window));
    return window;
}

static uint32_t hash_of(uint32_t window)
{
    return window * 2654435761u >> 16; /* Knuth's multiplicative hash: the high bits are the mixed ones */
}

static struct slot *find_slot(const struct cnil_literal_set *set, uint32_t window)
{
    size_t at = hash_of(window) & set->mask;

    while (set->slots[at].first != NULL && set->slots[at].window != window)
        at = (at + 1) & set->mask;
    return &set->slots[at];
}

struct cnil_literal_set *cnil_literal_set_new(struct cnil_arena *arena, struct cnil_literal *literals, size_t count)
{
    struct cnil_literal_set *set = cnil_arena_alloc(arena, sizeof(*set));
    size_t size = 16;

    while (size < 2 * count)
        size *= 2;
    if (set == NULL)
        return NULL;
    set->count = count;
    set->mask = size - 1;
    set->slots = cnil_arena_array(arena, size, sizeof(*set->slots));
    if (set->slots == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        uint32_t window = window_at(literals[i].text.ptr);
        struct slot *slot = find_slot(set, window);

        slot->window = window;
        literals[i].next = slot->first;
        slot->first = &literals[i];
        set->bitmap[hash_of(window) / 64] |= (uint64_t)1 << hash_of(window) % 64;
    }
    return set;
}

void cnil_literal_set_find(const struct cnil_literal_set *set, struct cnil_str text,
                           void (*found)(const struct cnil_literal *literal, size_t at, void *data), void *data)
{
    if (set->count == 0)
        return;
    for (size_t i = 0; i + CNIL_LITERAL_MIN <= text.len; i++) {
        uint32_t window = window_at(text.ptr + i);
        uint32_t hash = hash_of(window);
        const struct cnil_literal *literal;

        if ((set->bitmap[hash / 64] >> hash % 64 & 1) == 0)
            continue;
        for (literal = find_slot(set, window)->first; literal != NULL; literal = literal->next)
            if (cnil_str_starts_with(cnil_str_slice(text, i, text.len), literal->text))
                found(literal, i, data);
    }
}
