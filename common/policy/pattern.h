/* SPDX-License-Identifier: Apache-2.0
 * PCRE2 patterns of a policy or the catalogue. */
#ifndef CNIL_POLICY_PATTERN_H
#define CNIL_POLICY_PATTERN_H

#include "policy/reader.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Compiles what stands at `node`; NULL: a mistake was told, or there is no memory. */
pcre2_code *cnil_pattern_compile(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str text);

/* For all matches: a pattern may not stop the server. NULL without memory. */
pcre2_match_context *cnil_pattern_limits(void);

/* A pattern that cannot be run to its end counts as a match: held back rather than let through. */
bool cnil_pattern_matches(const pcre2_code *code, pcre2_match_context *limits, struct cnil_str text);

#endif
