/* SPDX-License-Identifier: Apache-2.0 */
#include "page/worker_script.h"

#include "base/limits.h"
#include "web/script_import.h"
#include "web/script_url.h"

#include <stdlib.h>

struct cnil_worker_script {
    struct cnil_judge *judge; /* the caller's */
    struct cnil_script_imports *scanner;
    struct cnil_str chunk;
    bool is_last;
    size_t at;                     /* of the chunk is given out or in `waits` */
    size_t end;                    /* … is scanned */
    bool is_found;                 /* there is a place there, which is not dealt with */
    enum cnil_script_import found; /* … this one */
    struct cnil_str put;           /* goes where we are, before anything else */

    bool in_name;             /* of what a statement imports from */
    bool is_given;            /* … it is decided, … */
    bool drops;               /* … and what follows of it does not leave */
    struct cnil_buffer waits; /* of it, over the border of a chunk */
    struct cnil_buffer text;  /* what it means */
};

struct cnil_worker_script *cnil_worker_script_new(struct cnil_judge *judge, bool in_comment)
{
    struct cnil_worker_script *script = calloc(1, sizeof(*script));

    if (script == NULL)
        return NULL;
    script->judge = judge;
    script->scanner = cnil_script_imports_new(in_comment);
    cnil_buffer_init(&script->waits, CNIL_LIMIT_URL);
    cnil_buffer_init(&script->text, CNIL_LIMIT_URL);
    if (script->scanner == NULL) {
        cnil_worker_script_free(script);
        return NULL;
    }
    return script;
}

void cnil_worker_script_free(struct cnil_worker_script *script)
{
    if (script == NULL)
        return;
    cnil_script_imports_free(script->scanner);
    cnil_buffer_free(&script->waits);
    cnil_buffer_free(&script->text);
    free(script);
}

void cnil_worker_script_feed(struct cnil_worker_script *script, struct cnil_str chunk, bool last)
{
    script->chunk = chunk;
    script->is_last = last;
    script->at = script->end = 0;
}

struct cnil_str cnil_worker_script_waiting(const struct cnil_worker_script *script)
{
    return script->is_given ? CNIL_STR_EMPTY : cnil_buffer_str(&script->waits);
}

static enum cnil_status judge(struct cnil_worker_script *script, struct cnil_str name, bool is_open, bool *held)
{
    static const struct cnil_element_use use = { .resource = CNIL_RESOURCE_SCRIPT };
    enum cnil_status status;

    cnil_buffer_clear(&script->text);
    cnil_script_string_decode(name, &script->text);
    status = cnil_buffer_status(&script->text);
    return status == CNIL_OK ? cnil_judge_url(script->judge, cnil_buffer_str(&script->text), is_open, &use,
                                              CNIL_STR("worker import"), held)
                             : status;
}

/* More of a name. A long one is decided on its beginning; one that never ends runs nowhere. */
static enum cnil_status take_name(struct cnil_worker_script *script, struct cnil_str more,
                                  struct cnil_style_piece *piece)
{
    size_t room = CNIL_LIMIT_URL - script->waits.len;
    bool is_long = more.len > room, is_decided = is_long || script->is_found;
    enum cnil_status status = CNIL_OK;

    more = cnil_str_slice(more, 0, room);
    piece->raw = more;
    if (script->waits.len > 0 || !(is_decided || script->is_last)) {
        cnil_buffer_append(&script->waits, more);
        status = cnil_buffer_status(&script->waits);
        piece->raw = is_decided || script->is_last ? cnil_buffer_str(&script->waits) : CNIL_STR_EMPTY;
    }
    if (status == CNIL_OK && is_decided) {
        piece->put = CNIL_STR("about:invalid");
        status = judge(script, piece->raw, is_long, &piece->is_held);
    }
    if (status == CNIL_OK) {
        script->is_given = is_decided || script->is_last;
        script->drops = piece->is_held;
        script->at += more.len;
    }
    return status;
}

static void take_place(struct cnil_worker_script *script)
{
    static const struct cnil_str opened = CNIL_STR_INIT(CNIL_WORKER_SCRIPT_LEAD "("), closed = CNIL_STR_INIT(")");

    script->is_found = false;
    script->in_name = script->found == CNIL_SCRIPT_NAME_OPENS;
    script->is_given = script->drops = false;
    cnil_buffer_clear(&script->waits);
    if (script->found == CNIL_SCRIPT_CALL_OPENS || script->found == CNIL_SCRIPT_CALL_CLOSES)
        script->put = script->found == CNIL_SCRIPT_CALL_OPENS ? opened : closed;
}

enum cnil_status cnil_worker_script_next(struct cnil_worker_script *script, struct cnil_style_piece *piece, bool *more)
{
    enum cnil_status status = CNIL_OK;

    *more = false;
    while (status == CNIL_OK && !*more) {
        bool is_name = script->in_name && !script->is_given;

        *piece = (struct cnil_style_piece){ .raw = cnil_str_slice(script->chunk, script->at, script->end) };
        if (script->put.len > 0) {
            *piece = (struct cnil_style_piece){ .is_held = true, .put = script->put };
            script->put = CNIL_STR_EMPTY;
        } else if (is_name && (piece->raw.len > 0 ||
                               (script->waits.len > 0 &&
                                (script->is_found || (script->is_last && script->end == script->chunk.len))))) {
            status = take_name(script, piece->raw, piece);
        } else if (piece->raw.len > 0) {
            piece->is_held = script->drops;
            script->at = script->end;
        } else if (script->is_found) {
            take_place(script);
        } else if (script->end < script->chunk.len) {
            script->is_found = cnil_script_imports_next(script->scanner, script->chunk, &script->end, &script->found);
        } else {
            return CNIL_OK;
        }
        *more = status == CNIL_OK && (piece->raw.len > 0 || piece->is_held);
    }
    return status;
}
