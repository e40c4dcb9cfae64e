/* SPDX-License-Identifier: Apache-2.0
 * Builds lists of header edits. Failure is sticky, as in base/buffer.h. */
#ifndef CNIL_EXCHANGE_EDITS_H
#define CNIL_EXCHANGE_EDITS_H

#include "cnil.h"

struct cnil_arena;

struct cnil_editor {
    struct cnil_arena *arena;
    struct cnil_edit *list;
    size_t count, size;
    enum cnil_status status;
};

void cnil_edits_begin(struct cnil_editor *editor, struct cnil_arena *arena);
void cnil_edits_remove(struct cnil_editor *editor, struct cnil_headers headers, size_t index);
void cnil_edits_remove_all(struct cnil_editor *editor, struct cnil_headers headers, struct cnil_str name);
void cnil_edits_replace(struct cnil_editor *editor, struct cnil_headers headers, size_t index, struct cnil_str value);
void cnil_edits_add(struct cnil_editor *editor, struct cnil_str name, struct cnil_str value);

/* A value whose pointer is NULL could not be made for lack of memory: that fails the list. */
CNIL_MUST_USE enum cnil_status cnil_edits_end(const struct cnil_editor *editor, struct cnil_edits *edits);

#endif
