/* SPDX-License-Identifier: Apache-2.0
 * Would a browser run a <script>? */
#ifndef CNIL_PAGE_SCRIPT_H
#define CNIL_PAGE_SCRIPT_H

#include "base/str.h"

/* The values of a script's attributes, decoded; pointer NULL where an attribute is missing. */
struct cnil_script_type {
    struct cnil_str type;
    struct cnil_str language;
};

/* HTML standard, "prepare the script element": classic and module scripts run, data blocks, import maps and speculation
 * rules do not. */
bool cnil_script_runs(const struct cnil_script_type *type);

#endif
