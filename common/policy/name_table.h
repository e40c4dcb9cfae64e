/* SPDX-License-Identifier: Apache-2.0
 * From a cookie's name, exact or by its beginning, to a value: one hash table; prefixes are probed at the lengths that
 * some prefix has. */
#ifndef CNIL_POLICY_NAME_TABLE_H
#define CNIL_POLICY_NAME_TABLE_H

#include "base/arena.h"

#include <stdint.h>

struct cnil_name_entry {
    struct cnil_str name;
    bool prefix;
    unsigned kind; /* the caller's; lower than CNIL_NAME_KINDS */
    const void *value;
    struct cnil_name_entry *next; /* of the same name; set by the table */
};

enum { CNIL_NAME_KINDS = 4 };

struct cnil_name_table; /* in the arena */

/* Indexes `entries` (which the table keeps and links); NULL without memory. */
struct cnil_name_table *cnil_name_table_new(struct cnil_arena *arena, struct cnil_name_entry *entries, size_t count);

/* For each kind the entry that matches `name` best (an exact one, else the longest prefix; of equals the first), or
 * NULL. */
void cnil_name_table_find(const struct cnil_name_table *table, struct cnil_str name,
                          const struct cnil_name_entry *best[CNIL_NAME_KINDS]);

#endif
