/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/host_table.h"

#include "base/hash.h"

/* From the last byte to the first. */
struct walk {
    uint64_t hash; /* of host[at..end], and of "*" behind it where that is not the host's end */
    size_t at, end;
};

static uint32_t hash_of(struct cnil_str host)
{
    uint64_t hash = CNIL_HASH_SEED;

    for (size_t i = host.len; i > 0; i--)
        hash = cnil_hash_roll(hash, host.ptr[i - 1]);
    return cnil_hash_fold(hash);
}

/* Is it `host`, or with `any` that with "*" behind it? */
static bool is_named(struct cnil_str name, struct cnil_str host, bool any)
{
    return name.len == host.len + any && cnil_str_starts_with(name, host) && (!any || name.ptr[host.len] == '*');
}

/* The index of the slot that `host` has, or would have. */
static size_t find_slot(const struct cnil_host_slot *slots, size_t mask, const struct cnil_host_entry *entries,
                        uint32_t hash, struct cnil_str host, bool any)
{
    size_t at = hash & mask;

    while (slots[at].first != 0 && (slots[at].hash != hash || !is_named(entries[slots[at].first - 1].host, host, any)))
        at = (at + 1) & mask;
    return at;
}

static void insert(struct cnil_host_slot *slots, size_t mask, struct cnil_host_entry *entries, size_t index)
{
    struct cnil_host_entry *entry = &entries[index];
    uint32_t hash = hash_of(entry->host);
    struct cnil_host_slot *slot = &slots[find_slot(slots, mask, entries, hash, entry->host, false)];
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

static size_t label_before(struct cnil_str host, size_t end)
{
    while (end > 0 && host.ptr[end - 1] != '.')
        end--;
    return end;
}

/* Where the end of a host begins that "*" stands for: "com", "cat", a country, or "co" or "com" of one. 0: it has no
 * such end, or nothing before it. As page/assets/table.js. */
static size_t country_of(struct cnil_str host)
{
    size_t at = label_before(host, host.len), above = at > 0 ? label_before(host, at - 1) : 0;
    struct cnil_str last = cnil_str_slice(host, at, host.len), second = cnil_str_slice(host, above, at);

    if (cnil_str_equal(last, CNIL_STR("com")) || cnil_str_equal(last, CNIL_STR("cat")))
        return at;
    if (last.len != 2 || !cnil_is_alpha(last.ptr[0]) || !cnil_is_alpha(last.ptr[1]))
        return 0;
    return above > 0 && (cnil_str_equal(second, CNIL_STR("co.")) || cnil_str_equal(second, CNIL_STR("com."))) ? above
                                                                                                              : at;
}

static struct walk walk_from(size_t end)
{
    return (struct walk){ CNIL_HASH_SEED, end, end };
}

/* Of the names with "*" in the place of that end; where the host has none it is at its end from the beginning. */
static struct walk walk_of_any(struct cnil_str host)
{
    size_t country = country_of(host);

    return (struct walk){ cnil_hash_roll(CNIL_HASH_SEED, '*'), country, country };
}

/* The number of the first entry of where `walk` stands; 0: there is none. */
static uint32_t first_of(const struct cnil_host_table *table, struct cnil_str host, const struct walk *walk)
{
    struct cnil_str name = cnil_str_slice(host, walk->at, walk->end);

    return table
        ->slots[find_slot(table->slots, table->mask, table->entries, cnil_hash_fold(walk->hash), name,
                          walk->end < host.len)]
        .first;
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

static void keep_best_of(const struct cnil_host_table *table, struct cnil_str host, const struct walk *walk,
                         struct cnil_str path, const struct cnil_host_entry *best[CNIL_HOST_KINDS])
{
    keep_best(table, first_of(table, host, walk), NULL, path, best);
    if (table->below != NULL)
        keep_best(table->below, first_of(table->below, host, walk), table->hidden, path, best);
}

void cnil_host_table_find(const struct cnil_host_table *table, struct cnil_str host, struct cnil_str path,
                          const struct cnil_host_entry *best[CNIL_HOST_KINDS])
{
    struct walk walk = walk_from(host.len), any = walk_of_any(host);

    for (size_t kind = 0; kind < CNIL_HOST_KINDS; kind++)
        best[kind] = NULL;
    while (next_suffix(host, &walk)) {
        if (walk.at < any.at && next_suffix(host, &any)) /* to the same label */
            keep_best_of(table, host, &any, path, best);
        keep_best_of(table, host, &walk, path, best);
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

static void visit_all_of(const struct cnil_host_table *table, struct cnil_str host, const struct walk *walk,
                         void (*visit)(const struct cnil_host_entry *entry, void *data), void *data)
{
    visit_all(table, first_of(table, host, walk), NULL, visit, data);
    if (table->below != NULL)
        visit_all(table->below, first_of(table->below, host, walk), table->hidden, visit, data);
}

void cnil_host_table_each(const struct cnil_host_table *table, struct cnil_str host,
                          void (*visit)(const struct cnil_host_entry *entry, void *data), void *data)
{
    struct walk walk = walk_from(host.len), any = walk_of_any(host);

    while (next_suffix(host, &walk)) {
        if (walk.at < any.at && next_suffix(host, &any))
            visit_all_of(table, host, &any, visit, data);
        visit_all_of(table, host, &walk, visit, data);
    }
}
