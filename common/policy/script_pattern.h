/* SPDX-License-Identifier: Apache-2.0
 * Expressions that PCRE2 and JavaScript read alike, so that the guard can be told them. */
#ifndef CNIL_POLICY_SCRIPT_PATTERN_H
#define CNIL_POLICY_SCRIPT_PATTERN_H

#include "base/str.h"

/* Does `text`, which PCRE2 takes, mean the same in JavaScript's RegExp of every URL, without a group that repeats what
 * repeats without end? Then `*no_case` says whether it begins with "(?i)", which must be left out there and become a
 * flag. Conservative: what is rare, or differs between versions, counts as read otherwise. docs/POLICY.md lists what is
 * alike. */
bool cnil_script_pattern(struct cnil_str text, bool *no_case);

#define CNIL_SCRIPT_PATTERN_NO_CASE CNIL_STR("(?i)")

#endif
