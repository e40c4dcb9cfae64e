/* SPDX-License-Identifier: Apache-2.0
 * The visitor's choice: the cookie that keeps it (`eu-consent`, rule C18), its MAC, and the question whether it allows
 * a verdict. Anything forged, truncated, expired, oversized or of another consent hash is "no choice". */
#ifndef CNIL_CONSENT_CHOICE_H
#define CNIL_CONSENT_CHOICE_H

#include "base/buffer.h"
#include "base/limits.h"
#include "policy/matcher.h"
#include "policy/policy.h"
#include "web/header.h"

#define CNIL_CHOICE_COOKIE "eu-consent"

enum cnil_choice_state {
    CNIL_CHOICE_NONE,    /* not asked yet, or not valid any more: nothing is granted */
    CNIL_CHOICE_REFUSED, /* nothing is granted; a withdrawal is a recorded refusal */
    CNIL_CHOICE_GRANTED  /* at least one purpose or service is granted */
};

enum cnil_choice_source { /* of the choice in a cookie */
                          CNIL_SOURCE_DEVICE,
                          CNIL_SOURCE_SITE, /* of an account, as the site told it */
                          CNIL_SOURCE_HERE  /* of an account, made on this device */
};

enum cnil_choice_account {                       /* of the choice that counts */
                           CNIL_ACCOUNT_NONE,    /* nobody is signed in, as far as the site said */
                           CNIL_ACCOUNT_IN,      /* somebody is; the account has no choice, the device's counts */
                           CNIL_ACCOUNT_APPLIES, /* it is the account's */
                           CNIL_ACCOUNT_YIELDS   /* … but for what this device, or its browser, has refused since */
};

struct cnil_choice {
    enum cnil_choice_state state;
    cnil_purposes granted;
    int64_t minutes; /* when it was made, minutes since 1970; 0 with a signal */
    bool is_signal;  /* refused by a signal of the browser (Sec-GPC, DNT): nothing was chosen, nothing is kept */
    const struct cnil_service *services[CNIL_LIMIT_CHOICE_SERVICES]; /* granted though not all of their purposes are,
                                                                        in the order of the policy */
    size_t service_count;
    bool opposes;    /* exempt audience measurement, in every state (rule C24) */
    int64_t opposed; /* when, minutes since 1970; 0: a signal of the browser opposes it, nothing is kept */
    enum cnil_choice_source source;
    enum cnil_choice_account account;
    bool is_news;                    /* the account's has come to this device, where no page has told it yet */
    const struct cnil_service *once; /* granted for one view of a page, in every state; NULL: none */
};

/* A secret key for MACs. `id` tells keys apart ("k=" in the cookie). */
struct cnil_key {
    unsigned char bytes[32];
    unsigned id;
    const struct cnil_key *previous; /* what was made with it still counts, until it is gone; NULL */
};

/* An opposition holds for as long as a cookie of that measurement may live: its end would let it begin anew. */
enum { CNIL_OPPOSITION_DAYS = CNIL_AUDIENCE_DAYS };

/* Reads the choice out of the value of one `eu-consent` cookie, and the opposition, which stands in it also where there
 * is no choice, or one that counts no more: another list of third parties says nothing of it. `key` may be NULL (audit
 * without state): then a choice whose MAC cannot be checked still counts as made, for what audit computes. `now`:
 * seconds since 1970. */
void cnil_choice_read(struct cnil_str value, const struct cnil_policy *policy, const struct cnil_key *key, int64_t now,
                      struct cnil_choice *choice);

/* Is it young enough to count? */
bool cnil_choice_is_current(const struct cnil_choice *choice, const struct cnil_policy *policy, int64_t now);

/* Does `after` let anything pass that `before` held back? Lifting an opposition does. */
bool cnil_choice_widens(const struct cnil_choice *before, const struct cnil_choice *after);

/* Leaves of `choice` what `other`, a choice too, grants as well. */
void cnil_choice_narrow(struct cnil_choice *choice, const struct cnil_choice *other);

/* Reads it out of all Cookie fields of a request (HTTP/2 may send several). Of several `eu-consent` cookies the newest
 * valid one counts, so that two cookies of different scope cannot loop the banner; of those of one minute, what all of
 * them grant. What one of them opposes is opposed. */
void cnil_choice_from_headers(struct cnil_headers headers, const struct cnil_policy *policy, const struct cnil_key *key,
                              int64_t now, struct cnil_choice *choice);

/* A browser's signal that its user refuses (Sec-GPC; DNT where the policy says so): a refusal without a banner. It
 * never grants (rule C32), and what was chosen explicitly wins: for a `choice` of none. By policy it opposes exempt
 * measurement, too, in every state. */
void cnil_choice_from_signals(struct cnil_headers headers, const struct cnil_policy *policy,
                              struct cnil_choice *choice);

/* Appends the cookie's value ("v=1&t=...&m=..."). */
void cnil_choice_write(const struct cnil_choice *choice, const struct cnil_policy *policy, const struct cnil_key *key,
                       struct cnil_buffer *out);

/* All that may pass now: the purposes that are granted, and CNIL_MEASUREMENT unless it is opposed. */
cnil_purposes cnil_choice_granted(const struct cnil_choice *choice);

/* May what `verdict` is about pass? */
bool cnil_choice_allows(const struct cnil_choice *choice, const struct cnil_verdict *verdict);

/* Sets `choice` from what it grants; `services`: ids with "." between them, those that nobody knows or that `granted`
 * covers count for nothing. False: more than a choice holds. */
bool cnil_choice_set(struct cnil_choice *choice, const struct cnil_policy *policy, cnil_purposes granted,
                     struct cnil_str services, int64_t minutes);

/* Appends the services' ids, as cnil_choice_set() reads them. */
void cnil_choice_append_services(const struct cnil_choice *choice, struct cnil_buffer *out);

/* Does it grant all of this service's purposes, or the service by itself? */
bool cnil_choice_grants(const struct cnil_choice *choice, const struct cnil_service *service);

/* Is this service granted by itself? One whose purposes all are granted is not named. */
bool cnil_choice_names(const struct cnil_choice *choice, const struct cnil_service *service);

/* Stable word for logs and variables: "none", "refused", "accepted" (every purpose), or what is granted joined by "+":
 * ids of purposes, and "service.ID" for services by themselves; where exempt measurement is opposed,
 * "+opposed.measurement" behind any of them; written into `out`. */
void cnil_choice_word(const struct cnil_choice *choice, const struct cnil_policy *policy, struct cnil_buffer *out);

/* Sets `choice` from the words of the command line or a form: "none", "refuse", "withdraw", "accept", or purposes' ids
 * and "service.ID" joined by ","; alone or behind any of them "oppose". False: a word nobody knows, or more services
 * than a choice holds. */
bool cnil_choice_from_word(struct cnil_str word, const struct cnil_policy *policy, int64_t now,
                           struct cnil_choice *choice);

#endif
