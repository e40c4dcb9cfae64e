/* SPDX-License-Identifier: Apache-2.0
 * Documents, scripts and style sheets that stand in an attribute or a URL: srcdoc, data: and javascript: URLs. */
#ifndef CNIL_PAGE_NESTED_H
#define CNIL_PAGE_NESTED_H

#include "page/judge.h"

/* Rewrites a document that is part of the one that `judge` judges. `guard`: what is inserted as the first of its head,
 * unless it is there; may be empty. Without a change `*changed` is false; else what it becomes is in `out` (may be
 * NULL). CNIL_TOO_LARGE: it is nested too deep, or does not fit into `out`. */
CNIL_MUST_USE enum cnil_status cnil_nested_rewrite(struct cnil_judge *judge, struct cnil_str html,
                                                   struct cnil_str guard, struct cnil_buffer *out, bool *changed);

/* Is `guard` all that has come into `before`, so that it is `after` now? Its place: `*at`. */
bool cnil_nested_is_guarded_alone(struct cnil_str before, struct cnil_str after, struct cnil_str guard, size_t *at);

/* Would a browser that uses this URL (decoded) as `resource` make a document, a script or a style sheet of what it
 * holds itself, and is something in that held back? `is_open`: it is cut off here. `out`: gets the URL with the guard
 * in its document where that needs it, else nothing; NULL: such a document is held back. */
CNIL_MUST_USE enum cnil_status cnil_nested_url(struct cnil_judge *judge, struct cnil_str text, bool is_open,
                                               enum cnil_resource resource, struct cnil_str element,
                                               struct cnil_buffer *out, bool *held);

/* Appends `html` as the value of an attribute in double quotes, in ASCII where it is well-formed UTF-8: character
 * references may have become UTF-8 in a document of another encoding. */
void cnil_nested_escape(struct cnil_str html, struct cnil_buffer *out);

#endif
