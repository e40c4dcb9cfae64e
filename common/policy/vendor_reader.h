/* SPDX-License-Identifier: Apache-2.0
 * Reads `consent.modes`. Its header has Jansson's types through the reader. */
#ifndef CNIL_POLICY_VENDOR_READER_H
#define CNIL_POLICY_VENDOR_READER_H

#include "policy/policy.h"
#include "policy/reader.h"

/* Reads the member "modes" of `consent` into `policy->signals`; the purposes must be there. */
void cnil_vendor_reader_modes(struct cnil_reader *reader, const struct cnil_node *consent, struct cnil_policy *policy);

#endif
