/* SPDX-License-Identifier: Apache-2.0
 * What the compiled filter lists of a policy (trackers.lists) say of a URL: the part of the matcher between a list and
 * a verdict. */
#ifndef CNIL_POLICY_LISTED_H
#define CNIL_POLICY_LISTED_H

#include "policy/filter_list.h"
#include "policy/matcher.h"

enum cnil_listed_first { /* what becomes of the site's own URLs that a rule without a host matches */
                         CNIL_LISTED_FIRST_REPORT,
                         CNIL_LISTED_FIRST_PASS,
                         CNIL_LISTED_FIRST_HOLD
};

struct cnil_listed { /* one of trackers.lists */
    struct cnil_filter_list *list;
    const cnil_purposes *purposes; /* of each of its sources */
    bool exceptions;               /* its "@@" rules count */
    enum cnil_listed_first first_party;
    bool guard; /* the guard is told its hosts */
};

/* May the lists say something of this host (without trailing dot), depending on the rest of the URL? */
bool cnil_listed_matters(const struct cnil_listed *lists, size_t count, enum cnil_party party, struct cnil_str host);

/* Decides in `verdict`, whose party is set, and returns true; false: no list says anything. `host_only`: the URL is a
 * hint to a host, so only rules for whole hosts count. */
bool cnil_listed_decide(const struct cnil_listed *lists, size_t count, const struct cnil_page *page,
                        const struct cnil_url *url, enum cnil_resource resource, bool host_only,
                        struct cnil_verdict *verdict);

#endif
