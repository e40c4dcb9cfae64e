/* SPDX-License-Identifier: Apache-2.0
 * What stands in the place of a held-back <iframe>: a document of ours in its srcdoc, so that it has the frame's size
 * and place whatever the site's style sheets say. It tells who would be called and why, and loads it by one click,
 * without a script: once, or always for that service; or the visitor follows the link. */
#ifndef CNIL_PAGE_CARD_H
#define CNIL_PAGE_CARD_H

#include "page/judge.h"

/* Where cards stand: what they lead back to. */
struct cnil_card_place {
    const struct cnil_policy *policy;
    const struct cnil_url *page; /* of the document; NULL: nobody knows, addresses are paths */
    struct cnil_str target;      /* path and query of the page, begins with one "/" */
    enum cnil_language language; /* of the page's block */
};

/* Is there something to offer for what was held back last: may consent let it pass, and is it content that a visitor
 * would look for (not advertising, not a counter)? */
bool cnil_card_is_due(const struct cnil_card_place *place, const struct cnil_judge_held *held);

/* Appends ` srcdoc="..."`. `anchor`: id of the frame in the page, decoded; may be empty. */
void cnil_card_write(const struct cnil_card_place *place, const struct cnil_judge_held *held, struct cnil_str anchor,
                     struct cnil_buffer *out);

/* Is this document (decoded) a card? It runs no script: it needs no guard. */
bool cnil_card_is(struct cnil_str html);

#endif
