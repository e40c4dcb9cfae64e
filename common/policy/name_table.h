/* SPDX-License-Identifier: Apache-2.0
 * From a cookie's name, exact or by its beginning, to a value: one hash table; prefixes are probed at the lengths that
 * some prefix has. A table may lie over another one: both are asked in one pass. */
#ifndef CNIL_POLICY_NAME_TABLE_H
#define CNIL_POLICY_NAME_TABLE_H

#include "base/arena.h"

#include <stdint.h>

struct cnil_name_entry {
    struct cnil_str name;
    bool prefix;
    unsigned kind;  /* the caller's; lower than CNIL_NAME_KINDS */
    unsigned owner; /* the caller's; whom cnil_name_table_lay() may hide. 0: nobody */
    const void *value;
    uint32_t next; /* of the same name: its index + 1, 0 for none; set by the table */
};

enum {
    CNIL_NAME_KINDS = 4,
    CNIL_NAME_LONGEST_PREFIX = 255 /* longer ones are cut: no cookie's name is that long by accident */
};

struct cnil_name_slot {
    uint32_t hash;
    uint32_t first; /* index + 1 of an entry; 0: free */
};

/* Laid open for the build alone, which writes the catalogue's as a constant (policy/built_in.h). */
struct cnil_name_table {
    const struct cnil_name_entry *entries;
    const struct cnil_name_slot *slots;
    size_t mask;
    bool has_prefix_of[CNIL_NAME_LONGEST_PREFIX + 1]; /* by length */
    const struct cnil_name_table *below;              /* NULL: none */
    const bool *hidden;                               /* of `below`, by owner; NULL: none is */
};

/* Indexes `entries` (which the table keeps and links); in the arena. NULL without memory. */
struct cnil_name_table *cnil_name_table_new(struct cnil_arena *arena, struct cnil_name_entry *entries, size_t count);

/* Lays `table` over `below`, whose entries must be of other kinds; `hidden` (NULL: nobody) says by owner which of them
 * are passed over. Both must live as long as `table`. */
void cnil_name_table_lay(struct cnil_name_table *table, const struct cnil_name_table *below, const bool *hidden);

/* For each kind the entry that matches `name` best (an exact one, else the longest prefix; of equals the first), or
 * NULL. */
void cnil_name_table_find(const struct cnil_name_table *table, struct cnil_str name,
                          const struct cnil_name_entry *best[CNIL_NAME_KINDS]);

#endif
