/* SPDX-License-Identifier: Apache-2.0
 * The guard: a small script of ours, first in the document, that holds back what a page's own code would fetch or store
 * at run time, and the table of what it holds back for this policy and this choice (decision 0009). */
#ifndef CNIL_PAGE_GUARD_H
#define CNIL_PAGE_GUARD_H

#include "base/buffer.h"
#include "consent/choice.h"
#include "policy/policy.h"
#include "web/csp.h"
#include "web/url.h"

/* Is there anything to hold back, and does the policy want the guard? */
bool cnil_guard_is_due(const struct cnil_policy *policy, const struct cnil_choice *choice);

/* Appends the name, below the prefix, of the table for this choice. */
void cnil_guard_write_name(const struct cnil_policy *policy, const struct cnil_choice *choice, struct cnil_buffer *out);

/* Below the prefix: where the import map of the guard's table leads modules of other hosts, "https/HOST/PATH". */
#define CNIL_GUARD_MODULES "module/"

/* Appends the two script tags. `page`: where the document is, as in cnil_block_write(). `script`: what the site's own
 * Content-Security-Policy says of them. */
void cnil_guard_write_tags(const struct cnil_policy *policy, const struct cnil_choice *choice,
                           const struct cnil_url *page, const struct cnil_csp_element *script, struct cnil_buffer *out);

/* Appends tags that are written for a page, as they must stand in a document of a data: URL, which lends no scheme to
 * an address without one. */
void cnil_guard_write_apart(struct cnil_str tags, struct cnil_buffer *out);

/* Appends such tags as they must stand in XML, whatever namespace names without a prefix have there. */
void cnil_guard_write_xml(struct cnil_str tags, struct cnil_buffer *out);

/* Is `name`, below the prefix, that of a table? Then `choice` gets the purposes that it was made for, and `*current`
 * tells whether it is of this policy. */
bool cnil_guard_is_table(struct cnil_str name, const struct cnil_policy *policy, struct cnil_choice *choice,
                         bool *current);

/* Appends the table, a script, for pages of `page`'s site: self.cnilHeld = { site, exact, unknown, cookie, hosts,
 * cookies, imports, stubs, names }. `hosts` and `cookies` have a list for each layer that decides, in their order. A
 * list is a string of words, each with a space before and after it, in the order of JavaScript's strings: "host/path"
 * (a prefix;
 * "/" is every path), "name/", "name*" with a slash behind it; a "<" ends one that passes and does not count for the
 * order. So the guard reads nothing ahead: it searches. */
void cnil_guard_write_table(const struct cnil_page *page, const struct cnil_choice *choice, struct cnil_buffer *out);

/* Appends the table, without filter lists, and the guard as one line of script, which a worker runs before its own:
 * there is no other way in that classic workers and modules have in common, and none that a Content-Security-Policy
 * lets be. Where there are lists, a worker takes the pages' table in its place, if it may import scripts. ASCII. */
void cnil_guard_write_line(const struct cnil_page *page, const struct cnil_choice *choice, struct cnil_buffer *out);

#endif
