/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/edits.h"

#include "base/arena.h"

#include <string.h>

void cnil_edits_begin(struct cnil_editor *editor, struct cnil_arena *arena)
{
    *editor = (struct cnil_editor){ .arena = arena };
}

static void push(struct cnil_editor *editor, struct cnil_edit edit)
{
    struct cnil_edit *grown;

    if (editor->status != CNIL_OK)
        return;
    if (editor->count == editor->size) {
        size_t size = editor->size > 0 ? editor->size * 2 : 16;

        grown = cnil_arena_array(editor->arena, size, sizeof(*grown));
        if (grown == NULL) {
            editor->status = CNIL_NO_MEMORY;
            return;
        }
        if (editor->count > 0)
            memcpy(grown, editor->list, editor->count * sizeof(*grown));
        editor->list = grown;
        editor->size = size;
    }
    editor->list[editor->count++] = edit;
}

void cnil_edits_remove(struct cnil_editor *editor, struct cnil_headers headers, size_t index)
{
    push(editor, (struct cnil_edit){ CNIL_EDIT_REMOVE, index, headers.list[index].name, CNIL_STR_EMPTY });
}

void cnil_edits_remove_all(struct cnil_editor *editor, struct cnil_headers headers, struct cnil_str name)
{
    for (size_t i = 0; i < headers.count; i++) {
        if (cnil_str_equal_nocase(headers.list[i].name, name))
            cnil_edits_remove(editor, headers, i);
    }
}

void cnil_edits_replace(struct cnil_editor *editor, struct cnil_headers headers, size_t index, struct cnil_str value)
{
    if (value.ptr == NULL)
        editor->status = CNIL_NO_MEMORY;
    push(editor, (struct cnil_edit){ CNIL_EDIT_REPLACE, index, headers.list[index].name, value });
}

void cnil_edits_add(struct cnil_editor *editor, struct cnil_str name, struct cnil_str value)
{
    if (value.ptr == NULL)
        editor->status = CNIL_NO_MEMORY;
    push(editor, (struct cnil_edit){ CNIL_EDIT_ADD, 0, name, value });
}

enum cnil_status cnil_edits_end(const struct cnil_editor *editor, struct cnil_edits *edits)
{
    *edits = (struct cnil_edits){ editor->list, editor->count };
    if (editor->status != CNIL_OK)
        *edits = (struct cnil_edits){ NULL, 0 };
    return editor->status;
}

const struct cnil_edit *cnil_edits_find(struct cnil_edits edits, size_t index)
{
    for (size_t i = edits.count; i > 0; i--)
        if (edits.list[i - 1].kind != CNIL_EDIT_ADD && edits.list[i - 1].index == index)
            return &edits.list[i - 1];
    return NULL;
}
