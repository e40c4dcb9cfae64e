/* SPDX-License-Identifier: Apache-2.0
 * The questions that `cnil explain -` reads: one JSON object a line, {"url": ..., "page": ..., "type": ...}. */
#ifndef CNIL_CLI_QUESTION_H
#define CNIL_CLI_QUESTION_H

#include "base/arena.h"

struct question {
    struct cnil_str url;
    struct cnil_str page; /* pointer NULL: not given */
    struct cnil_str type; /* pointer NULL: not given */
};

/* Reads `line` into `question`, whose strings live in `arena`. NULL, or what is wrong with the line. A half of a
 * surrogate pair that stands alone is read as U+FFFD, as browsers do with the URLs of scripts. */
const char *question_read(struct cnil_str line, struct cnil_arena *arena, struct question *question);

#endif
