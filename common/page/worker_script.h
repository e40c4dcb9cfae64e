/* SPDX-License-Identifier: Apache-2.0
 * What a worker's script imports. `import()` is syntax that no script can stand before, and workers have no import map:
 * so its first argument goes through a function of the guard's (common/page/assets/table.js), and what an import or
 * export statement names becomes "about:invalid" where it is held back. Nothing else changes. */
#ifndef CNIL_PAGE_WORKER_SCRIPT_H
#define CNIL_PAGE_WORKER_SCRIPT_H

#include "page/judge.h"
#include "page/style.h"

/* The function, of a worker's global scope: gives the address that is to be imported in place of its argument. */
#define CNIL_WORKER_SCRIPT_LEAD "cnilLead"

struct cnil_worker_script;

/* `judge` must outlive it; `in_comment`: the script begins within the comment of a line. NULL without memory. */
struct cnil_worker_script *cnil_worker_script_new(struct cnil_judge *judge, bool in_comment);
void cnil_worker_script_free(struct cnil_worker_script *script); /* NULL is fine */

/* Lends `chunk` until cnil_worker_script_next() gives false. `last`: nothing comes behind it. */
void cnil_worker_script_feed(struct cnil_worker_script *script, struct cnil_str chunk, bool last);

/* Gives the next piece; the raws of all pieces are the input; that of what is put between two bytes is empty. */
CNIL_MUST_USE enum cnil_status cnil_worker_script_next(struct cnil_worker_script *script,
                                                       struct cnil_style_piece *piece, bool *more);

/* The bytes of earlier chunks that are held back; valid until the next call. */
struct cnil_str cnil_worker_script_waiting(const struct cnil_worker_script *script);

#endif
