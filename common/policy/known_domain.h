/* SPDX-License-Identifier: Apache-2.0
 * Known third-party domains: a coarse table, built into the binary, of who stands behind a domain and what for. It
 * knows ten times more of them than the catalogue, and of each no more than a category. It is hashed when the binary is
 * built: loading a policy builds nothing, and all processes share it. */
#ifndef CNIL_POLICY_KNOWN_DOMAIN_H
#define CNIL_POLICY_KNOWN_DOMAIN_H

#include "base/str.h"

#include <stdbool.h>

enum cnil_known_category {
#define CATEGORY(symbol, name, purpose) CNIL_KNOWN_##symbol,
#include "policy/known_categories.def"
#undef CATEGORY
    CNIL_KNOWN_CATEGORIES /* how many there are */
};

struct cnil_known_domain {  /* its views live as long as the program */
    struct cnil_str domain; /* this host and every host below it */
    struct cnil_str entity; /* who stands behind it, for people */
    struct cnil_str rule;   /* for verdicts: "known domain ads.example: Ads (ad)" */
    enum cnil_known_category category;
};

/* The longest domain of the table that `host` (without trailing dot) is or lies below; false: none. */
bool cnil_known_domain_find(struct cnil_str host, struct cnil_known_domain *known);

/* The domain at `*at`, 0 at first; `*at` goes on to the next one. False: there is none left. */
bool cnil_known_domain_next(size_t *at, struct cnil_known_domain *known);

/* The id of the purpose that a category waits for; empty: none, it passes; "*": all of them. */
struct cnil_str cnil_known_purpose(enum cnil_known_category category);

/* The names of the category's entities, joined by commas, and how many there are. */
struct cnil_str cnil_known_entity_names(enum cnil_known_category category, size_t *count);

struct cnil_str cnil_known_domains_text(void); /* the table */

#endif
