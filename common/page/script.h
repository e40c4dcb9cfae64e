/* SPDX-License-Identifier: Apache-2.0
 * Would a browser act on a <script>? */
#ifndef CNIL_PAGE_SCRIPT_H
#define CNIL_PAGE_SCRIPT_H

#include "base/str.h"

/* The values of a script's attributes, decoded; pointer NULL where an attribute is missing. */
struct cnil_script_type {
    struct cnil_str type;
    struct cnil_str language;
};

/* HTML standard, "prepare the script element": all but data blocks. Import maps and speculation rules run nothing
 * themselves, but make a browser fetch. */
bool cnil_script_runs(const struct cnil_script_type *type);

#endif
