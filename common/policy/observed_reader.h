/* SPDX-License-Identifier: Apache-2.0
 * Reads the file that `site.observed` names. Its header has Jansson's types through the reader. */
#ifndef CNIL_POLICY_OBSERVED_READER_H
#define CNIL_POLICY_OBSERVED_READER_H

#include "policy/reader.h"
#include "policy/rules.h"

/* Services, purposes and the rules of `trackers` must be there. What is wrong with the file is told of the value that
 * names it. */
void cnil_observed_reader_read(struct cnil_reader *reader, const struct cnil_node *root, const struct cnil_rules *rules,
                               struct cnil_policy *policy);

#endif
