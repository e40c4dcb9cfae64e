/* SPDX-License-Identifier: Apache-2.0
 * The second wall: a Content-Security-Policy of our own beside the site's, of which nothing is touched but addresses
 * that it reports to and that are held back (decision 0008). It names hosts only: what scripts and styles of the page
 * itself may do is the site's business. */
#ifndef CNIL_EXCHANGE_SECURITY_POLICY_H
#define CNIL_EXCHANGE_SECURITY_POLICY_H

#include "consent/choice.h"
#include "policy/matcher.h"

/* For what cannot be read, in every preset: the page's own site and the hosts that the policy counts as first party,
 * and what the visitor has granted where that fits; empty: nothing is held back any more. */
CNIL_MUST_USE enum cnil_status cnil_security_policy_closed(const struct cnil_page *page,
                                                           const struct cnil_choice *choice, struct cnil_arena *arena,
                                                           struct cnil_str *value);

struct cnil_security_policy {
    struct cnil_str field; /* a header's value; empty: `balanced`, or strangers pass by this choice: there is nothing
                            * that a list could say */
    struct cnil_str rest;  /* what is too long for a header, for a <meta> of the page; mostly empty */
    bool is_open;          /* it is too long for that, too */
};

/* For what is read: the first party, what the policy allows, and what this choice lets through. */
CNIL_MUST_USE enum cnil_status cnil_security_policy_of(const struct cnil_page *page, const struct cnil_choice *choice,
                                                       struct cnil_arena *arena, struct cnil_security_policy *policy);

#endif
