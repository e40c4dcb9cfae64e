/* SPDX-License-Identifier: Apache-2.0
 * The services of a policy: those of the catalogue (policy/built_in.h), with what the policy adds and overrides.
 * Part of the loader: its header has Jansson's types through the reader. */
#ifndef CNIL_POLICY_CATALOGUE_H
#define CNIL_POLICY_CATALOGUE_H

#include "policy/policy.h"
#include "policy/reader.h"

/* Sets policy->services and policy->overlay: the catalogue, with the policy's own `services` (`node` NULL: it has none)
 * over it. The purposes and the preset of `policy` must be there. False: no memory, or a mistake was told. */
bool cnil_catalogue_read(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_policy *policy);

#endif
