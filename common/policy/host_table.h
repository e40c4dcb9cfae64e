/* SPDX-License-Identifier: Apache-2.0
 * From a host (and every host below it) with a path prefix to a value: one hash table, probed at each dot of a host
 * while its hash is rolled from right to left. A table may lie over another one: both are asked in one walk. */
#ifndef CNIL_POLICY_HOST_TABLE_H
#define CNIL_POLICY_HOST_TABLE_H

#include "base/arena.h"

#include <stdint.h>

struct cnil_host_entry {
    struct cnil_str host, path; /* serialised host, or "google.*": under .com and every country's domain; a path
                                 * prefix, empty for every path */
    unsigned kind;              /* the caller's; lower than CNIL_HOST_KINDS */
    unsigned owner;             /* the caller's; whom cnil_host_table_lay() may hide. 0: nobody */
    const void *value;
    uint32_t next; /* of the same host, longest path first: its index + 1, 0 for none; set by the table */
};

enum { CNIL_HOST_KINDS = 5 };

struct cnil_host_slot {
    uint32_t hash;
    uint32_t first; /* index + 1 of an entry; 0: free */
};

/* Laid open for the build alone, which writes the catalogue's as a constant (policy/built_in.h). */
struct cnil_host_table {
    const struct cnil_host_entry *entries;
    const struct cnil_host_slot *slots;
    size_t mask;
    const struct cnil_host_table *below; /* NULL: none */
    const bool *hidden;                  /* of `below`, by owner; NULL: none is */
};

/* Indexes `entries` (which the table keeps and links); in the arena. NULL without memory. */
struct cnil_host_table *cnil_host_table_new(struct cnil_arena *arena, struct cnil_host_entry *entries, size_t count);

/* Lays `table` over `below`, whose entries must be of other kinds; `hidden` (NULL: nobody) says by owner which of them
 * are passed over. Both must live as long as `table`. */
void cnil_host_table_lay(struct cnil_host_table *table, const struct cnil_host_table *below, const bool *hidden);

/* For each kind the entry that matches `host` and `path` best (the longest host, then one without "*", then the longest
 * path, then the first), or NULL. `host` without trailing dot. */
void cnil_host_table_find(const struct cnil_host_table *table, struct cnil_str host, struct cnil_str path,
                          const struct cnil_host_entry *best[CNIL_HOST_KINDS]);

/* Calls `visit` for every entry of `host` and the hosts above it, whatever its path, the shortest host first. */
void cnil_host_table_each(const struct cnil_host_table *table, struct cnil_str host,
                          void (*visit)(const struct cnil_host_entry *entry, void *data), void *data);

#endif
