/* SPDX-License-Identifier: Apache-2.0
 * Another consent manager in the page: two banners contradict each other. Known ones are told by how their scripts are
 * written into pages. */
#ifndef CNIL_PAGE_MANAGER_H
#define CNIL_PAGE_MANAGER_H

#include "base/str.h"

enum { CNIL_MANAGER_REACH = 4096 }; /* of a script's text: what loads a manager stands at its beginning */

/* The name of the manager that this address of a script (as written), or the beginning of this script's text, loads;
 * empty: none that is known. */
struct cnil_str cnil_manager_find(struct cnil_str text);

#endif
