/* SPDX-License-Identifier: Apache-2.0
 * From a host (and every host below it) with a path prefix to a value: one hash table, probed at each dot of a host
 * while its hash is rolled from right to left. */
#ifndef CNIL_POLICY_HOST_TABLE_H
#define CNIL_POLICY_HOST_TABLE_H

#include "base/arena.h"

#include <stdint.h>

struct cnil_host_entry {
    struct cnil_str host, path; /* serialised host; a path prefix, empty for every path */
    unsigned kind;              /* the caller's; lower than CNIL_HOST_KINDS */
    const void *value;
    struct cnil_host_entry *next; /* of the same host, longest path first; set by the table */
};

enum { CNIL_HOST_KINDS = 5 };

struct cnil_host_table; /* in the arena */

/* Indexes `entries` (which the table keeps and links); NULL without memory. */
struct cnil_host_table *cnil_host_table_new(struct cnil_arena *arena, struct cnil_host_entry *entries, size_t count);

/* For each kind the entry that matches `host` and `path` best (the longest host, then the longest path, then the
 * first), or NULL. `host` without trailing dot. */
void cnil_host_table_find(const struct cnil_host_table *table, struct cnil_str host, struct cnil_str path,
                          const struct cnil_host_entry *best[CNIL_HOST_KINDS]);

/* Calls `visit` for every entry of `host` and the hosts above it, whatever its path, the shortest host first. */
void cnil_host_table_each(const struct cnil_host_table *table, struct cnil_str host,
                          void (*visit)(const struct cnil_host_entry *entry, void *data), void *data);

#endif
