/* SPDX-License-Identifier: Apache-2.0
 * Under which name a page is counted: a template of its path, so that nothing that stands in single addresses (numbers,
 * identifiers, e-mail addresses) becomes a name, and the names are few. */
#ifndef CNIL_POLICY_PATH_TEMPLATE_H
#define CNIL_POLICY_PATH_TEMPLATE_H

#include "base/str.h"

/* Is `text` a template? A path of which a segment "*" stands for any one, and "**" as the last one for all below. */
bool cnil_path_template_is_good(struct cnil_str text);

/* Does `path`, as requested and without its query, fit? Compared byte for byte. */
bool cnil_path_template_fits(struct cnil_str text, struct cnil_str path);

/* The name for `path`: the first of `templates` that it fits; where there are none, its first segment, when that is a
 * plain word ("/blog" for "/blog/2026/11"), or "/" for the start page. A view into either; empty: it has no name. */
struct cnil_str cnil_path_template_name(const struct cnil_str *templates, size_t count, struct cnil_str path);

#endif
