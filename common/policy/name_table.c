/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/name_table.h"

enum { LONGEST_PREFIX = 255 }; /* longer ones are cut: no cookie's name is that long by accident */

struct slot {
    uint64_t hash;
    struct cnil_name_entry *first; /* NULL: free */
};

struct cnil_name_table {
    struct slot *slots;
    size_t mask;
    bool has_prefix_of[LONGEST_PREFIX + 1]; /* by length */
};

static const uint64_t SEED = 0xcbf29ce484222325u; /* FNV-1a */

static uint64_t roll(uint64_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * 0x100000001b3u;
}

static struct slot *find_slot(const struct cnil_name_table *table, uint64_t hash, struct cnil_str name, bool prefix)
{
    size_t at = (hash ^ hash >> 32) & table->mask;

    while (table->slots[at].first != NULL &&
           (table->slots[at].hash != hash || table->slots[at].first->prefix != prefix ||
            !cnil_str_equal(table->slots[at].first->name, name)))
        at = (at + 1) & table->mask;
    return &table->slots[at];
}

static void insert(struct cnil_name_table *table, struct cnil_name_entry *entry)
{
    uint64_t hash = SEED;
    struct slot *slot;
    struct cnil_name_entry **link;

    if (entry->prefix && entry->name.len > LONGEST_PREFIX)
        entry->name.len = LONGEST_PREFIX;
    for (size_t i = 0; i < entry->name.len; i++)
        hash = roll(hash, entry->name.ptr[i]);
    slot = find_slot(table, hash, entry->name, entry->prefix);
    slot->hash = hash;
    link = &slot->first;
    while (*link != NULL)
        link = &(*link)->next;
    *link = entry;
    if (entry->prefix)
        table->has_prefix_of[entry->name.len] = true;
}

struct cnil_name_table *cnil_name_table_new(struct cnil_arena *arena, struct cnil_name_entry *entries, size_t count)
{
    struct cnil_name_table *table = cnil_arena_alloc(arena, sizeof(*table));
    size_t size = 16;

    while (size < 2 * count)
        size *= 2;
    if (table == NULL)
        return NULL;
    table->mask = size - 1;
    table->slots = cnil_arena_array(arena, size, sizeof(*table->slots));
    if (table->slots == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        insert(table, &entries[i]);
    return table;
}

static void keep_best(const struct cnil_name_entry *entry, const struct cnil_name_entry *best[CNIL_NAME_KINDS])
{
    unsigned seen = 0; /* kinds of this name that were met already: the first counts */

    for (; entry != NULL; entry = entry->next) {
        if ((seen & 1u << entry->kind) == 0)
            best[entry->kind] = entry;
        seen |= 1u << entry->kind;
    }
}

void cnil_name_table_find(const struct cnil_name_table *table, struct cnil_str name,
                          const struct cnil_name_entry *best[CNIL_NAME_KINDS])
{
    uint64_t hash = SEED;

    for (size_t kind = 0; kind < CNIL_NAME_KINDS; kind++)
        best[kind] = NULL;
    for (size_t len = 1; len <= name.len; len++) {
        hash = roll(hash, name.ptr[len - 1]);
        if (len <= LONGEST_PREFIX && table->has_prefix_of[len])
            keep_best(find_slot(table, hash, cnil_str_slice(name, 0, len), true)->first, best);
    }
    keep_best(find_slot(table, hash, name, false)->first, best);
}
