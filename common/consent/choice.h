/* SPDX-License-Identifier: Apache-2.0
 * The visitor's choice: the cookie that keeps it (`eu-consent`, rule C18), its MAC, and the question whether it allows
 * a verdict. Anything forged, truncated, expired, oversized or of another consent hash is "no choice". */
#ifndef CNIL_CONSENT_CHOICE_H
#define CNIL_CONSENT_CHOICE_H

#include "base/buffer.h"
#include "policy/matcher.h"
#include "policy/policy.h"
#include "web/header.h"

#define CNIL_CHOICE_COOKIE "eu-consent"

enum cnil_choice_state {
    CNIL_CHOICE_NONE,    /* not asked yet, or not valid any more: nothing is granted */
    CNIL_CHOICE_REFUSED, /* nothing is granted; a withdrawal is a recorded refusal */
    CNIL_CHOICE_GRANTED  /* at least one purpose is granted */
};

struct cnil_choice {
    enum cnil_choice_state state;
    cnil_purposes granted;
    int64_t minutes; /* when it was made, minutes since 1970 */
};

/* A secret key for MACs. `id` tells keys apart ("k=" in the cookie). */
struct cnil_key {
    unsigned char bytes[32];
    unsigned id;
};

/* Reads the choice out of the value of one `eu-consent` cookie. `key` may be NULL (audit without state): then a choice
 * whose MAC cannot be checked still counts as made, for what audit computes. `now`: seconds since 1970. */
void cnil_choice_read(struct cnil_str value, const struct cnil_policy *policy, const struct cnil_key *key, int64_t now,
                      struct cnil_choice *choice);

/* Reads it out of all Cookie fields of a request (HTTP/2 may send several). Of several `eu-consent` cookies the newest
 * valid one counts, so that two cookies of different scope cannot loop the banner. */
void cnil_choice_from_headers(struct cnil_headers headers, const struct cnil_policy *policy, const struct cnil_key *key,
                              int64_t now, struct cnil_choice *choice);

/* Appends the cookie's value ("v=1&t=...&m=..."). */
void cnil_choice_write(const struct cnil_choice *choice, const struct cnil_policy *policy, const struct cnil_key *key,
                       struct cnil_buffer *out);

/* May what `verdict` is about pass? */
bool cnil_choice_allows(const struct cnil_choice *choice, const struct cnil_verdict *verdict);

/* Stable word for logs and variables: "none", "refused", "accepted" (every purpose), or the granted purposes' ids
 * joined by "+"; written into `out`. */
void cnil_choice_word(const struct cnil_choice *choice, const struct cnil_policy *policy, struct cnil_buffer *out);

/* Sets `choice` from the words of the command line or a form: "none", "refuse", "withdraw", "accept", or purpose ids
 * joined by ",". False: a word nobody knows. */
bool cnil_choice_from_word(struct cnil_str word, const struct cnil_policy *policy, int64_t now,
                           struct cnil_choice *choice);

#endif
