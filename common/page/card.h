/* SPDX-License-Identifier: Apache-2.0
 * What stands in the place of a held-back <iframe>, or of what else would show something: a document of ours in its
 * srcdoc, so that it has the frame's size and place whatever the site's style sheets say. It tells who would be called
 * and why, and loads it by one click, without a script: once, or always for that service; or the visitor follows the
 * link. */
#ifndef CNIL_PAGE_CARD_H
#define CNIL_PAGE_CARD_H

#include "page/judge.h"
#include "web/html_tokenizer.h"

/* Where cards stand: what they lead back to. */
struct cnil_card_place {
    const struct cnil_policy *policy;
    const struct cnil_url *page; /* of the document; NULL: nobody knows, addresses are paths */
    struct cnil_str target;      /* path and query of the page, begins with one "/" */
    enum cnil_language language; /* of the page's block */
    bool is_fetched;             /* by a script: as srcdoc the guard would read it, and write all of the text anew */
};

/* Is there something to offer for what was held back last: may consent let it pass, and is it content that a visitor
 * would look for (not advertising, not a counter)? */
bool cnil_card_is_due(const struct cnil_card_place *place, const struct cnil_judge_held *held);

/* Does an element show anything, as far as its start tag tells? Sets `*id` to its id, as written, or leaves it. */
bool cnil_card_fits(const struct cnil_html_token *token, struct cnil_str *id);

/* Appends ` srcdoc="..."`, or for what is fetched ` data-vp-card="..."`. `anchor`: id of the frame in the page,
 * decoded; may be empty. `is_of_page`: it is a page that has the frame, which can be let in for that page once. Of a
 * fragment nobody knows into which page it goes. */
void cnil_card_write(const struct cnil_card_place *place, const struct cnil_judge_held *held, struct cnil_str anchor,
                     bool is_of_page, struct cnil_buffer *out);

/* What stands before a service's first container where it is let in once gets this and the service's id as its own, if
 * the container has none. */
#define CNIL_CARD_PLACE "held-"

/* Appends a whole <iframe>, for what has none of its own and belongs to a service. `is_content`: what was held back
 * last is a URL that shows it, which can be linked. `anchor`: as above, of what will be there once it is let in. */
void cnil_card_write_frame(const struct cnil_card_place *place, const struct cnil_judge_held *held, bool is_content,
                           struct cnil_str anchor, struct cnil_buffer *out);

/* Is this document (decoded) a card? It runs no script: it needs no guard. */
bool cnil_card_is(struct cnil_str html);

#endif
