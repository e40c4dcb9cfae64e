/* SPDX-License-Identifier: Apache-2.0
 * What a site was seen to carry: a file that `cnil observe` makes of the log of events and `site.observed` names. It is
 * shown to visitors; it decides nothing. */
#ifndef CNIL_POLICY_OBSERVED_H
#define CNIL_POLICY_OBSERVED_H

#include "base/digest.h"
#include "policy/policy.h"

struct cnil_observed_host { /* of none of the policy's services */
    struct cnil_str host;   /* a registrable domain, mostly */
    struct cnil_str entity; /* who is known to stand behind it; empty: nobody knows */
    cnil_purposes purposes; /* that it waits for; 0: none */
};

struct cnil_observed {
    const bool *services;                   /* was the policy's service of that index seen? */
    size_t asking;                          /* how many third parties were seen that consent is asked for */
    const struct cnil_observed_host *hosts; /* in the order of their names */
    size_t host_count;
    const struct cnil_str *cookies; /* that nobody declared, by name */
    size_t cookie_count;
    int64_t from, to;          /* the first and the last day of which it tells, in seconds since 1970; 0: it does not */
    struct cnil_digest digest; /* of the file */
};

/* Was it seen? Nothing was where there is no such file. */
bool cnil_observed_has(const struct cnil_policy *policy, const struct cnil_service *service);

/* Is this a host that nobody knows and that consent is asked for all the same? It is a controller that visitors must
 * have been told of (rule C10). */
bool cnil_observed_is_asked_for(const struct cnil_observed_host *host);

#endif
