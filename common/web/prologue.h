/* SPDX-License-Identifier: Apache-2.0
 * The beginning of a script: where can another script stand before it, in the same line, so that it stays what it is?
 */
#ifndef CNIL_WEB_PROLOGUE_H
#define CNIL_WEB_PROLOGUE_H

#include "base/str.h"

struct cnil_prologue {
    size_t mark;      /* bytes of a byte order mark, which must stay first */
    bool is_strict;   /* its directives say "use strict", which counts only as long as they stand first */
    bool is_hashbang; /* "#!" follows, which is a comment nowhere else; "//" is one everywhere */
};

/* Reads what a script begins with (UTF-8). `whole`: there is nothing behind `text`, or nobody wants to know. False:
 * more bytes are needed. More bytes never change what was found. */
bool cnil_prologue_read(struct cnil_str text, bool whole, struct cnil_prologue *prologue);

#endif
