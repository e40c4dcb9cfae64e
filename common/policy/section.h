/* SPDX-License-Identifier: Apache-2.0
 * The sections of a policy file, one function each: reads, checks, fills. Mistakes are told through the reader; what is
 * wrong stays at its default. Part of the loader. */
#ifndef CNIL_POLICY_SECTION_H
#define CNIL_POLICY_SECTION_H

#include "policy/policy.h"
#include "policy/reader.h"
#include "policy/rules.h"

/* The defaults of "{}", before any section is read. */
void cnil_section_defaults(struct cnil_policy *policy);

/* Every section but services; `root` is the document, known to be an object. The purposes are read before what names
 * them. `rules` gets what the matcher will index; its patterns are owned by the caller. */
void cnil_section_general(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy);
void cnil_section_consent(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy);
void cnil_section_trackers(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy,
                           struct cnil_rules *rules);
void cnil_section_cookies(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy,
                          struct cnil_rules *rules);

#endif
