/* SPDX-License-Identifier: Apache-2.0
 * Would a browser act on a <script>, and does its text fetch? */
#ifndef CNIL_PAGE_SCRIPT_H
#define CNIL_PAGE_SCRIPT_H

#include "base/buffer.h"

/* The values of a script's attributes, decoded; pointer NULL where an attribute is missing. */
struct cnil_script_type {
    struct cnil_str type;
    struct cnil_str language;
};

enum cnil_script_kind {
    CNIL_SCRIPT_DATA,    /* nobody acts on it */
    CNIL_SCRIPT_CLASSIC, /* also what an optimiser keeps back and runs later */
    CNIL_SCRIPT_MODULE,
    CNIL_SCRIPT_MAP /* import maps, speculation rules, bundles: they run nothing themselves, but make a browser fetch */
};

/* HTML standard, "prepare the script element". */
enum cnil_script_kind cnil_script_kind(const struct cnil_script_type *type);

/* What a script in a drawing runs of the bytes between its tags: character references stand for what they name,
 * comments and tags for nothing. What stands in elements is no part of it, unless a browser made none of them. */
void cnil_script_foreign_text(struct cnil_str markup, bool with_elements, struct cnil_buffer *out);

/* Does the text of a script have what makes a browser fetch from the URLs in it? */
bool cnil_script_loads(enum cnil_script_kind kind, struct cnil_str text);

/* Does a classic script declare a function of the page's, which scripts behind it may call? Told without a parser: an
 * expression between slashes may hide one, or seem to be one. */
bool cnil_script_declares(struct cnil_str text);

/* May it ask for a URL in a way that a script in the page cannot stand in: by syntax, in another realm? */
bool cnil_script_evades(struct cnil_str text);

/* Could a URL that stands in such a script ("//host/path", the host apart) be fetched, rather than a link to share or
 * follow? `site`: the host's registrable domain. */
bool cnil_script_may_fetch(struct cnil_str host, struct cnil_str path, struct cnil_str site);

/* May these speculation rules make a browser fetch whatever the page links to? Rules for links that stay on its own
 * host, or on hosts that stand in them, do not. False for import maps. */
bool cnil_script_fetches_any_link(struct cnil_str rules);

#endif
