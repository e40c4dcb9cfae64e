/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/host_table.h"

struct slot {
    uint64_t hash;
    struct cnil_host_entry *first; /* NULL: free */
};

struct cnil_host_table {
    struct slot *slots;
    size_t mask;
};

/* FNV-1a, from the last byte to the first, so that the hash of a suffix is on the way to that of the whole. */
struct walk {
    uint64_t hash; /* of host[at..] */
    size_t at;
};

static const uint64_t SEED = 0xcbf29ce484222325u;

static uint64_t roll(uint64_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * 0x100000001b3u;
}

static uint64_t hash_of(struct cnil_str host)
{
    uint64_t hash = SEED;

    for (size_t i = host.len; i > 0; i--)
        hash = roll(hash, host.ptr[i - 1]);
    return hash;
}

static struct slot *find_slot(const struct cnil_host_table *table, uint64_t hash, struct cnil_str host)
{
    size_t at = (hash ^ hash >> 32) & table->mask;

    while (table->slots[at].first != NULL &&
           (table->slots[at].hash != hash || !cnil_str_equal(table->slots[at].first->host, host)))
        at = (at + 1) & table->mask;
    return &table->slots[at];
}

static void insert(struct cnil_host_table *table, struct cnil_host_entry *entry)
{
    uint64_t hash = hash_of(entry->host);
    struct slot *slot = find_slot(table, hash, entry->host);
    struct cnil_host_entry **link = &slot->first;

    slot->hash = hash;
    while (*link != NULL && (*link)->path.len >= entry->path.len)
        link = &(*link)->next;
    entry->next = *link;
    *link = entry;
}

struct cnil_host_table *cnil_host_table_new(struct cnil_arena *arena, struct cnil_host_entry *entries, size_t count)
{
    struct cnil_host_table *table = cnil_arena_alloc(arena, sizeof(*table));
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

static void keep_best(const struct cnil_host_entry *entry, struct cnil_str path,
                      const struct cnil_host_entry *best[CNIL_HOST_KINDS])
{
    unsigned seen = 0; /* kinds of this host that matched already, with a longer path */

    for (; entry != NULL; entry = entry->next) {
        if ((seen & 1u << entry->kind) == 0 && cnil_str_starts_with(path, entry->path)) {
            seen |= 1u << entry->kind;
            best[entry->kind] = entry;
        }
    }
}

/* Goes to the next longer rest of `host` that begins at a label, from its last label to the whole: `*first` gets the
 * entries of that rest. False past the whole. */
static bool next_suffix(const struct cnil_host_table *table, struct cnil_str host, struct walk *walk,
                        const struct cnil_host_entry **first)
{
    while (walk->at > 0) {
        walk->hash = roll(walk->hash, host.ptr[--walk->at]);
        if (walk->at == 0 || host.ptr[walk->at - 1] == '.') {
            *first = find_slot(table, walk->hash, cnil_str_slice(host, walk->at, host.len))->first;
            return true;
        }
    }
    return false;
}

void cnil_host_table_find(const struct cnil_host_table *table, struct cnil_str host, struct cnil_str path,
                          const struct cnil_host_entry *best[CNIL_HOST_KINDS])
{
    struct walk walk = { SEED, host.len };
    const struct cnil_host_entry *first;

    for (size_t kind = 0; kind < CNIL_HOST_KINDS; kind++)
        best[kind] = NULL;
    while (next_suffix(table, host, &walk, &first))
        keep_best(first, path, best);
}

void cnil_host_table_each(const struct cnil_host_table *table, struct cnil_str host,
                          void (*visit)(const struct cnil_host_entry *entry, void *data), void *data)
{
    struct walk walk = { SEED, host.len };
    const struct cnil_host_entry *entry;

    while (next_suffix(table, host, &walk, &entry))
        for (; entry != NULL; entry = entry->next)
            visit(entry, data);
}
