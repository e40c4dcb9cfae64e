/* SPDX-License-Identifier: Apache-2.0
 * Comments that Internet Explorer up to 9 reads as markup: "<!--[if IE]> ... <![endif]-->". The other kind, "<![if
 * !IE]>", is markup to all. */
#ifndef CNIL_PAGE_CONDITIONAL_H
#define CNIL_PAGE_CONDITIONAL_H

#include "page/judge.h"

/* May a comment be one that begins with these bytes? */
static inline bool cnil_conditional_may_begin(struct cnil_str comment);

/* What the whole comment becomes, in `out`; without a change `*changed` is false. CNIL_TOO_LARGE: it must not leave. */
CNIL_MUST_USE enum cnil_status cnil_conditional_rewrite(struct cnil_judge *judge, struct cnil_str comment,
                                                        struct cnil_buffer *out, bool *changed);

static inline bool cnil_conditional_may_begin(struct cnil_str comment)
{
    static const struct cnil_str begin = CNIL_STR_INIT("<!--[if");

    return cnil_str_starts_with_nocase(begin, cnil_str_slice(comment, 0, begin.len));
}

#endif
