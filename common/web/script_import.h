/* SPDX-License-Identifier: Apache-2.0
 * Finds where a script imports in a stream of its bytes (UTF-8): calls of import(), import.source() and import.defer(),
 * and what import and export statements name (ECMA-262, 12 and 16.2). Tokens and brackets alone, no grammar: whether a
 * slash divides, or "{" opens a block, is told by the token before. What is no script in the end (a string that a line
 * ends, a bracket that none opened) ends the search, so that nothing behind it is taken for what it is not.
 *
 * What is found does not depend on how the bytes were cut. Nothing is held or copied. common/page/assets/table.js reads
 * scripts in the same way, but has all of one, so that it takes a call back that has no end. */
#ifndef CNIL_WEB_SCRIPT_IMPORT_H
#define CNIL_WEB_SCRIPT_IMPORT_H

#include "base/str.h"

enum { CNIL_SCRIPT_BRACKETS = 1024 /* open at one time; more end the search */ };

enum cnil_script_import {
    CNIL_SCRIPT_CALL_OPENS,  /* behind the "(" of import() */
    CNIL_SCRIPT_CALL_CLOSES, /* behind its first argument: before a "," or its ")" */
    CNIL_SCRIPT_NAME_OPENS,  /* behind the quote before what a statement imports from */
    CNIL_SCRIPT_NAME_CLOSES  /* before the quote that ends it, or before the line end that should not be there */
};

struct cnil_script_imports; /* one script at a time; not shared by threads */

/* `in_comment`: it begins within the comment of a line, such as "#!". NULL without memory. */
struct cnil_script_imports *cnil_script_imports_new(bool in_comment);
void cnil_script_imports_free(struct cnil_script_imports *imports); /* NULL is fine */

/* Goes on from `*at` of a chunk (0 at first) to the next place, leaves it in `*at` and says what is there. False: the
 * chunk is read to its end. */
bool cnil_script_imports_next(struct cnil_script_imports *imports, struct cnil_str chunk, size_t *at,
                              enum cnil_script_import *found);

#endif
