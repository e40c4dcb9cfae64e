/* SPDX-License-Identifier: Apache-2.0
 * The cookies of well-known software that need no consent (exempt_cookies.def). What a policy exempts by itself, with a
 * ground, is in policy/policy.h. */
#ifndef CNIL_POLICY_EXEMPT_H
#define CNIL_POLICY_EXEMPT_H

#include "base/str.h"

#include <stdbool.h>

struct cnil_exempt_class {
    struct cnil_str rule; /* for verdicts */
    unsigned days;        /* as long as such a cookie needs to live */
};

struct cnil_exempt {
    struct cnil_str name;
    bool prefix;
    bool hex; /* with `prefix`: 32 hexadecimal digits or more must follow, and nothing else */
    const struct cnil_exempt_class *class;
};

/* All of them, in the order of exempt_cookies.def. */
extern const struct cnil_exempt cnil_exempts[];
const struct cnil_exempt *cnil_exempt_all(size_t *count);

/* Is `name`, which begins like that of `exempt`, one of its cookies? */
bool cnil_exempt_covers(const struct cnil_exempt *exempt, struct cnil_str name);

#endif
