/* SPDX-License-Identifier: Apache-2.0
 * Which names of the site are trackers' aliases (CNAME cloaking), and the lines of a policy that hold them back. */
#ifndef CNIL_CLI_ALIASES_H
#define CNIL_CLI_ALIASES_H

#include "resolver.h"

#include "policy/policy.h"

enum { ALIASES_LIMIT = 10000 }; /* names of one run */

struct alias_finding {
    struct cnil_str name;               /* the site's own */
    struct cnil_str target;             /* the tracker's host, at whatever place of the chain */
    struct cnil_str chain;              /* all of it: "a.example -> b.example" */
    struct cnil_str id;                 /* of the service, or one made of the domain */
    struct cnil_str entity;             /* for people */
    const struct cnil_service *service; /* NULL: a known domain only */
    cnil_purposes purposes;
    bool declared; /* the policy holds this name back already */
};

struct aliases {
    struct cnil_str *names; /* to ask for, each once */
    size_t name_count;
    size_t untold; /* past the limit */
    struct alias_finding *findings;
    size_t finding_count;
    struct cnil_str *failed; /* no answer came */
    size_t failed_count;
};

bool aliases_init(struct aliases *aliases, struct cnil_arena *arena); /* false without memory */

/* Adds a name, if it is one and is not there yet. False without memory. */
bool aliases_add(struct aliases *aliases, struct cnil_str name, struct cnil_arena *arena);

/* Adds every host of `site` (a registrable domain) that stands in `text`, wherever: markup, scripts, style sheets. */
bool aliases_add_from(struct aliases *aliases, struct cnil_str text, struct cnil_str site, struct cnil_arena *arena);

/* Asks for all names. False without memory. */
bool aliases_find(struct aliases *aliases, struct resolver *resolver, const struct cnil_policy *policy,
                  struct cnil_arena *arena);

#endif
