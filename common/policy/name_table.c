/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/name_table.h"

#include "base/hash.h"

/* The index of the slot that `name` has, or would have. */
static size_t find_slot(const struct cnil_name_slot *slots, size_t mask, const struct cnil_name_entry *entries,
                        uint32_t hash, struct cnil_str name, bool prefix)
{
    size_t at = hash & mask;

    while (slots[at].first != 0 && (slots[at].hash != hash || entries[slots[at].first - 1].prefix != prefix ||
                                    !cnil_str_equal(entries[slots[at].first - 1].name, name)))
        at = (at + 1) & mask;
    return at;
}

static void insert(struct cnil_name_table *table, struct cnil_name_slot *slots, struct cnil_name_entry *entries,
                   size_t index)
{
    struct cnil_name_entry *entry = &entries[index];
    struct cnil_name_slot *slot;
    uint32_t hash, *link;

    if (entry->prefix && entry->name.len > CNIL_NAME_LONGEST_PREFIX)
        entry->name.len = CNIL_NAME_LONGEST_PREFIX;
    hash = cnil_hash_fold(cnil_hash_bytes(CNIL_HASH_SEED, entry->name.ptr, entry->name.len));
    slot = &slots[find_slot(slots, table->mask, entries, hash, entry->name, entry->prefix)];
    slot->hash = hash;
    link = &slot->first;
    while (*link != 0)
        link = &entries[*link - 1].next;
    *link = (uint32_t)index + 1;
    if (entry->prefix)
        table->has_prefix_of[entry->name.len] = true;
}

struct cnil_name_table *cnil_name_table_new(struct cnil_arena *arena, struct cnil_name_entry *entries, size_t count)
{
    struct cnil_name_table *table = cnil_arena_alloc(arena, sizeof(*table));
    struct cnil_name_slot *slots;
    size_t size = 16;

    while (size < 2 * count)
        size *= 2;
    slots = cnil_arena_array(arena, size, sizeof(*slots));
    if (table == NULL || slots == NULL)
        return NULL;
    table->entries = entries;
    table->slots = slots;
    table->mask = size - 1;
    for (size_t i = 0; i < count; i++)
        insert(table, slots, entries, i);
    return table;
}

void cnil_name_table_lay(struct cnil_name_table *table, const struct cnil_name_table *below, const bool *hidden)
{
    table->below = below;
    table->hidden = hidden;
}

static void keep_best(const struct cnil_name_table *table, const bool *hidden, uint64_t hash, struct cnil_str name,
                      bool prefix, const struct cnil_name_entry *best[CNIL_NAME_KINDS])
{
    size_t slot = find_slot(table->slots, table->mask, table->entries, cnil_hash_fold(hash), name, prefix);
    uint32_t number = table->slots[slot].first;
    unsigned seen = 0; /* kinds of this name that were met already: the first counts */

    while (number != 0) {
        const struct cnil_name_entry *entry = &table->entries[number - 1];

        number = entry->next;
        if ((seen & 1u << entry->kind) != 0 || (hidden != NULL && hidden[entry->owner]))
            continue;
        seen |= 1u << entry->kind;
        best[entry->kind] = entry;
    }
}

void cnil_name_table_find(const struct cnil_name_table *table, struct cnil_str name,
                          const struct cnil_name_entry *best[CNIL_NAME_KINDS])
{
    const struct cnil_name_table *below = table->below;
    uint64_t hash = CNIL_HASH_SEED;

    for (size_t kind = 0; kind < CNIL_NAME_KINDS; kind++)
        best[kind] = NULL;
    for (size_t len = 1; len <= name.len; len++) {
        struct cnil_str start = cnil_str_slice(name, 0, len);

        hash = cnil_hash_roll(hash, name.ptr[len - 1]);
        if (len > CNIL_NAME_LONGEST_PREFIX)
            continue;
        if (table->has_prefix_of[len])
            keep_best(table, NULL, hash, start, true, best);
        if (below != NULL && below->has_prefix_of[len])
            keep_best(below, table->hidden, hash, start, true, best);
    }
    keep_best(table, NULL, hash, name, false, best);
    if (below != NULL)
        keep_best(below, table->hidden, hash, name, false, best);
}
