/* SPDX-License-Identifier: Apache-2.0
 * The third parties of saved pages, each once: what the rewriter's events tell, added up. */
#ifndef CNIL_CLI_THIRD_PARTIES_H
#define CNIL_CLI_THIRD_PARTIES_H

#include "base/status.h"
#include "policy/policy.h"
#include "web/url.h"

enum { THIRD_PARTIES_LIMIT = 10000 };

struct third_party {
    struct cnil_str label;                  /* the service's id, or the registrable domain */
    struct cnil_str entity;                 /* without service: who it is known to be; may be empty */
    const struct cnil_service *service;     /* NULL: none */
    struct cnil_str purpose;                /* ids joined by "+"; empty: it waits for none */
    struct cnil_str element, subject, rule; /* of the first that was met */
    bool held;
    size_t count;
};

struct third_parties {
    struct third_party *list;
    size_t count;
    size_t untold; /* past the limit */
    const struct cnil_policy *policy;
    struct cnil_arena *arena;
    bool no_memory;
};

/* False without memory. What is found lives in `arena`. */
bool third_parties_init(struct third_parties *parties, const struct cnil_policy *policy, struct cnil_arena *arena);

/* Reads a page, the text of which is `html`, as the server would for a visitor who has not chosen, and adds what it
 * fetches from. `url` is the page's. */
CNIL_MUST_USE enum cnil_status third_parties_read(struct third_parties *parties, struct cnil_str html,
                                                  const struct cnil_url *url);

/* Held back first, then by how often they were met, then by name. */
void third_parties_sort(struct third_parties *parties);

#endif
