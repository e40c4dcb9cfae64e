/* SPDX-License-Identifier: Apache-2.0
 * The second wall: a Content-Security-Policy of our own beside the site's, of which nothing is touched but addresses
 * that it reports to and that are held back (decision 0008). It names hosts only: what scripts and styles of the page
 * itself may do is the site's business. */
#ifndef CNIL_EXCHANGE_SECURITY_POLICY_H
#define CNIL_EXCHANGE_SECURITY_POLICY_H

#include "consent/choice.h"
#include "policy/matcher.h"

/* For what cannot be read, in every preset: the page's own site and the hosts that the policy counts as first party.
 * Pointer NULL without memory. */
struct cnil_str cnil_security_policy_closed(const struct cnil_page *page, struct cnil_arena *arena);

enum cnil_security_policy {
    CNIL_SECURITY_POLICY_NONE, /* `balanced`, or strangers pass by this choice: there is nothing that a list could say
                                */
    CNIL_SECURITY_POLICY_LIST,
    CNIL_SECURITY_POLICY_WIDE /* more hosts pass than a header field may name */
};

/* For what is read: the first party, what the policy allows, and what this choice lets through. With LIST, `*value` is
 * the field's value; its pointer is NULL without memory. */
enum cnil_security_policy cnil_security_policy_of(const struct cnil_page *page, const struct cnil_choice *choice,
                                                  struct cnil_arena *arena, struct cnil_str *value);

#endif
