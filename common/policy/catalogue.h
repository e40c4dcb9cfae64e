/* SPDX-License-Identifier: Apache-2.0
 * The catalogue of services (conf/catalogue/, built into the binary), with what a policy adds and overrides.
 * Part of the loader: its header has Jansson's types through the reader. */
#ifndef CNIL_POLICY_CATALOGUE_H
#define CNIL_POLICY_CATALOGUE_H

#include "policy/policy.h"
#include "policy/reader.h"

/* The JSON text: one array of services. */
struct cnil_str cnil_catalogue_text(void);

/* Reads the catalogue into policy->services, then the policy's own `services` (`node` NULL: it has none) over it. The
 * purposes of `policy` must be there. False: no memory, or a mistake was told. */
bool cnil_catalogue_read(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_policy *policy);

/* Reads one purpose id or, an array, several; false when a mistake was told. */
bool cnil_catalogue_purposes(struct cnil_reader *reader, const struct cnil_node *node, const struct cnil_policy *policy,
                             cnil_purposes *out);

/* Reads the `paths` of a cookie. */
void cnil_catalogue_paths(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_cookie_facts *facts);

#endif
