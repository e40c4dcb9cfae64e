/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/host_table.h"

#include "base/hash.h"

/* From the last byte to the first. */
struct walk {
    uint64_t hash; /* of host[at..] */
    size_t at;
};

static uint32_t hash_of(struct cnil_str host)
{
    uint64_t hash = CNIL_HASH_SEED;

    for (size_t i = host.len; i > 0; i--)
        hash = cnil_hash_roll(hash, host.ptr[i - 1]);
    return cnil_hash_fold(hash);
}

/* The index of the slot that `host` has, or would have. */
static size_t find_slot(const struct cnil_host_slot *slots, size_t mask, const struct cnil_host_entry *entries,
                        uint32_t hash, struct cnil_str host)
{
    size_t at = hash & mask;

    while (slots[at].first != 0 && (slots[at].hash != hash || !cnil_str_equal(entries[slots[at].first - 1].host, host)))
        at = (at + 1) & mask;
    return at;
}

static void insert(struct cnil_host_slot *slots, size_t mask, struct cnil_host_entry *entries, size_t index)
{
    struct cnil_host_entry *entry = &entries[index];
    uint32_t hash = hash_of(entry->host);
    struct cnil_host_slot *slot = &slots[find_slot(slots, mask, entries, hash, entry->host)];
    uint32_t *link = &slot->first;

    slot->hash = hash;
    while (*link != 0 && entries[*link - 1].path.len >= entry->path.len)
        link = &entries[*link - 1].next;
    entry->next = *link;
    *link = (uint32_t)index + 1;
}

struct cnil_host_table *cnil_host_table_new(struct cnil_arena *arena, struct cnil_host_entry *entries, size_t count)
{
    struct cnil_host_table *table = cnil_arena_alloc(arena, sizeof(*table));
    struct cnil_host_slot *slots;
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
        insert(slots, table->mask, entries, i);
    return table;
}

void cnil_host_table_lay(struct cnil_host_table *table, const struct cnil_host_table *below, const bool *hidden)
{
    table->below = below;
    table->hidden = hidden;
}

/* Goes to the next longer rest of `host` that begins at a label, from its last label to the whole. False past the
 * whole. */
static bool next_suffix(struct cnil_str host, struct walk *walk)
{
    while (walk->at > 0) {
        walk->hash = cnil_hash_roll(walk->hash, host.ptr[--walk->at]);
        if (walk->at == 0 || host.ptr[walk->at - 1] == '.')
            return true;
    }
    return false;
}

/* The number of the first entry of `host`; 0: there is none. */
static uint32_t first_of(const struct cnil_host_table *table, uint32_t hash, struct cnil_str host)
{
    return table->slots[find_slot(table->slots, table->mask, table->entries, hash, host)].first;
}

static void keep_best(const struct cnil_host_table *table, uint32_t number, const bool *hidden, struct cnil_str path,
                      const struct cnil_host_entry *best[CNIL_HOST_KINDS])
{
    unsigned seen = 0; /* kinds of this host that matched already, with a longer path */

    while (number != 0) {
        const struct cnil_host_entry *entry = &table->entries[number - 1];

        number = entry->next;
        if ((seen & 1u << entry->kind) != 0 || (hidden != NULL && hidden[entry->owner]) ||
            !cnil_str_starts_with(path, entry->path))
            continue;
        seen |= 1u << entry->kind;
        best[entry->kind] = entry;
    }
}

void cnil_host_table_find(const struct cnil_host_table *table, struct cnil_str host, struct cnil_str path,
                          const struct cnil_host_entry *best[CNIL_HOST_KINDS])
{
    struct walk walk = { CNIL_HASH_SEED, host.len };

    for (size_t kind = 0; kind < CNIL_HOST_KINDS; kind++)
        best[kind] = NULL;
    while (next_suffix(host, &walk)) {
        struct cnil_str rest = cnil_str_slice(host, walk.at, host.len);
        uint32_t hash = cnil_hash_fold(walk.hash);

        keep_best(table, first_of(table, hash, rest), NULL, path, best);
        if (table->below != NULL)
            keep_best(table->below, first_of(table->below, hash, rest), table->hidden, path, best);
    }
}

static void visit_all(const struct cnil_host_table *table, uint32_t number, const bool *hidden,
                      void (*visit)(const struct cnil_host_entry *entry, void *data), void *data)
{
    while (number != 0) {
        const struct cnil_host_entry *entry = &table->entries[number - 1];

        number = entry->next;
        if (hidden == NULL || !hidden[entry->owner])
            visit(entry, data);
    }
}

void cnil_host_table_each(const struct cnil_host_table *table, struct cnil_str host,
                          void (*visit)(const struct cnil_host_entry *entry, void *data), void *data)
{
    struct walk walk = { CNIL_HASH_SEED, host.len };

    while (next_suffix(host, &walk)) {
        struct cnil_str rest = cnil_str_slice(host, walk.at, host.len);
        uint32_t hash = cnil_hash_fold(walk.hash);

        visit_all(table, first_of(table, hash, rest), NULL, visit, data);
        if (table->below != NULL)
            visit_all(table->below, first_of(table->below, hash, rest), table->hidden, visit, data);
    }
}
