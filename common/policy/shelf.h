/* SPDX-License-Identifier: Apache-2.0
 * The compiled filter lists that the policies of one configuration name: a file is mapped and checked once, however
 * many of them name it. For the one thread that reads a configuration. */
#ifndef CNIL_POLICY_SHELF_H
#define CNIL_POLICY_SHELF_H

#include "policy/filter_list.h"

struct cnil_shelf;

struct cnil_shelf *cnil_shelf_new(void);        /* NULL without memory */
void cnil_shelf_free(struct cnil_shelf *shelf); /* what it has given out stays; NULL is fine */

/* As cnil_filter_list_load(). A file that was put in the place of the one on the shelf is loaded. `shelf` NULL: every
 * one is. The caller frees what it gets, as often as it gets it. */
struct cnil_filter_list *cnil_shelf_list(struct cnil_shelf *shelf, const char *path, struct cnil_errors *errors);

#endif
