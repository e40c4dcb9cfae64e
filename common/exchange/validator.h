/* SPDX-License-Identifier: Apache-2.0
 * Entity tags of rewritten documents: W/"<origin's>-c<8 hex>". The suffix is taken off on the way in and put on again
 * on the way out, so that a browser's copy is good only as long as everything that shaped it (decision 0004). */
#ifndef CNIL_EXCHANGE_VALIDATOR_H
#define CNIL_EXCHANGE_VALIDATOR_H

#include "cnil.h"
#include "consent/choice.h"

struct cnil_arena;

/* What a suffix can be for one exchange: the origin's tag may be strong or weak, and the suffix says which it was. */
struct cnil_validators {
    uint32_t strong, weak;
    bool matched; /* a tag of the request carried a current suffix: a 304 confirms a document that we rewrote */
};

/* `language`: what the request asks for; what the page itself asks for is the origin's to tag. */
void cnil_validator_init(struct cnil_validators *validators, const struct cnil_policy *policy,
                         enum cnil_language language, const struct cnil_choice *choice, enum cnil_insertion insertion,
                         enum cnil_insertion guard_insertion);

enum cnil_validator_use {
    CNIL_VALIDATOR_NAVIGATION, /* If-None-Match: a tag without our suffix is of a copy that was never rewritten: dropped
                                */
    CNIL_VALIDATOR_FETCH,      /* If-None-Match: such a tag is kept */
    CNIL_VALIDATOR_STATE       /* If-Match: asks for the origin's state, so any suffix of ours comes off */
};

/* The value of If-None-Match or If-Match as the origin must see it. `*changed` tells whether it differs; empty: no tag
 * is left. Pointer NULL without memory. */
struct cnil_str cnil_validator_inward(struct cnil_validators *validators, struct cnil_str value,
                                      enum cnil_validator_use use, struct cnil_arena *arena, bool *changed);

/* Does a tag in `value` carry a suffix of ours, current or not? */
bool cnil_validator_is_ours(struct cnil_str value);

/* The ETag to send for the origin's. Pointer NULL without memory; `value` itself when it is no entity tag. */
struct cnil_str cnil_validator_outward(const struct cnil_validators *validators, struct cnil_str value,
                                       struct cnil_arena *arena);

#endif
