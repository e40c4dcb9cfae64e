/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/literal_set.h"

#include <endian.h>
#include <string.h>

enum { STRIDE_MAX = 8 };

static uint32_t bytes_at(const char *at)
{
    uint32_t bytes;

    memcpy(&bytes, at, sizeof(bytes));
    return le32toh(bytes);
}

static uint32_t hash_of(uint32_t bytes)
{
    return bytes * 2654435761u >> 16; /* Knuth's multiplicative hash: the high bits are the mixed ones */
}

static size_t find_slot(const struct cnil_literal_slot *slots, size_t mask, uint32_t bytes)
{
    size_t at = hash_of(bytes) & mask;

    while (slots[at].first != 0 && slots[at].bytes != bytes)
        at = (at + 1) & mask;
    return at;
}

static void insert(struct cnil_literal_set *set, struct cnil_literal_slot *slots, struct cnil_literal_window *windows,
                   size_t index)
{
    struct cnil_literal_window *window = &windows[index];
    uint32_t bytes = bytes_at(set->literals[window->literal].text.ptr + window->offset);
    struct cnil_literal_slot *slot = &slots[find_slot(slots, set->mask, bytes)];

    slot->bytes = bytes;
    window->next = slot->first;
    slot->first = (uint32_t)index + 1;
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
    struct cnil_literal_slot *slots;
    struct cnil_literal_window *windows;
    size_t size = 16;

    if (set == NULL)
        return NULL;
    set->literals = literals;
    set->stride = stride_of(literals, count);
    while (size < 2 * count * set->stride)
        size *= 2;
    set->mask = size - 1;
    slots = cnil_arena_array(arena, size, sizeof(*slots));
    windows = cnil_arena_array(arena, count * set->stride, sizeof(*windows));
    if (slots == NULL || windows == NULL)
        return NULL;
    set->slots = slots;
    set->windows = windows;
    for (size_t i = 0; i < count * set->stride; i++) {
        windows[i].literal = (uint32_t)(i / set->stride);
        windows[i].offset = (uint32_t)(i % set->stride);
        insert(set, slots, windows, i);
    }
    return set;
}

void cnil_literal_set_find(const struct cnil_literal_set *set, struct cnil_str text,
                           void (*found)(const struct cnil_literal *literal, size_t at, void *data), void *data)
{
    const uint64_t *bitmap = set->bitmap;
    size_t stride = set->stride;

    if (stride == 0 || text.len < CNIL_LITERAL_MIN)
        return;
    for (size_t i = 0, end = text.len - CNIL_LITERAL_MIN; i <= end; i += stride) {
        uint32_t bytes = bytes_at(text.ptr + i);
        uint32_t hash = hash_of(bytes);

        if ((bitmap[hash / 64] >> hash % 64 & 1) == 0)
            continue;
        for (uint32_t at = set->slots[find_slot(set->slots, set->mask, bytes)].first; at != 0;) {
            const struct cnil_literal_window *window = &set->windows[at - 1];
            const struct cnil_literal *literal = &set->literals[window->literal];

            at = window->next;
            if (window->offset <= i &&
                cnil_str_starts_with(cnil_str_slice(text, i - window->offset, text.len), literal->text))
                found(literal, i - window->offset, data);
        }
    }
}
