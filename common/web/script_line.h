/* SPDX-License-Identifier: Apache-2.0
 * Where a line of a script ends (ECMA-262, 12.3). */
#ifndef CNIL_WEB_SCRIPT_LINE_H
#define CNIL_WEB_SCRIPT_LINE_H

#include "base/str.h"

/* How many bytes (UTF-8) of `rest` end a line; 0: it does not begin with such. A carriage return is one by itself. */
static inline size_t cnil_script_line_end(struct cnil_str rest)
{
    if (rest.len > 0 && (rest.ptr[0] == '\n' || rest.ptr[0] == '\r'))
        return 1;
    return cnil_str_starts_with(rest, CNIL_STR("\xe2\x80\xa8")) || cnil_str_starts_with(rest, CNIL_STR("\xe2\x80\xa9"))
               ? 3
               : 0;
}

#endif
