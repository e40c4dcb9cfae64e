/* SPDX-License-Identifier: Apache-2.0
 * The catalogue (conf/catalogue/) as the build has compiled it (scripts/compile-catalogue.c): constants, indexes and
 * all, that every policy and every process shares. Loading a policy builds what that policy adds, no more. */
#ifndef CNIL_POLICY_BUILT_IN_H
#define CNIL_POLICY_BUILT_IN_H

#include "policy/container.h"
#include "policy/host_table.h"
#include "policy/literal_set.h"
#include "policy/name_table.h"
#include "policy/target.h"

struct cnil_built_in {
    const struct cnil_service *services; /* as in a policy of the built-in purposes that says nothing of them */
    size_t service_count;
    size_t purpose_count;                  /* the built-in purposes: every policy has them as its first bits */
    const struct cnil_host_entry *hosts;   /* of all services, one after the other; each leads to a cnil_target */
    const struct cnil_name_entry *cookies; /* the same, to a cnil_cookie_target; behind them those that are exempt */
    struct cnil_host_table host_table;     /* of kind CNIL_LAYER_CATALOGUE; an owner is its service's index + 1 */
    struct cnil_name_table cookie_table;   /* of the kinds CATALOGUE and EXEMPT; the same */
    size_t signature_count;
    struct cnil_literal_set signature_set; /* each leads to a cnil_literal_target */
    struct cnil_container_index containers;
    unsigned char digest[64]; /* SHA-256 of the catalogue's text, and of the known domains' */
};

extern const struct cnil_built_in cnil_built_in; /* made by the build */

#endif
