/* SPDX-License-Identifier: Apache-2.0
 * Cards (page/card.h) for what has no frame of its own: what a held-back script would show, a captcha, a post, a form,
 * a chat, and held-back <video>, <embed> and <object>. One stands before the first container of its service in the page
 * (policy/container.h); without one where the script stands, or at the end of the page, as the catalogue says. One for
 * each service, CNIL_LIMIT_CARDS for a page, in the body only. */
#ifndef CNIL_PAGE_EMBEDS_H
#define CNIL_PAGE_EMBEDS_H

#include "page/card.h"
#include "page/judge.h"
#include "web/html_tokenizer.h"

struct cnil_embeds;

/* `judge` and `cards` must outlive it. NULL without memory. */
struct cnil_embeds *cnil_embeds_new(struct cnil_judge *judge, const struct cnil_card_place *cards);
void cnil_embeds_free(struct cnil_embeds *embeds); /* NULL is fine */

/* The body has begun: from here on cards may stand. */
void cnil_embeds_open(struct cnil_embeds *embeds);

/* May an element with this value of `class` be a container, and does it matter? A quick look. */
bool cnil_embeds_mind_class(const struct cnil_embeds *embeds, struct cnil_str classes);

/* The same of a start tag. False for NULL. */
bool cnil_embeds_mind(const struct cnil_embeds *embeds, const struct cnil_html_token *token);

/* Is there a card that waits for the end of the page? False for NULL. */
bool cnil_embeds_wait(const struct cnil_embeds *embeds);

/* At a start tag, or the tag of an inline script (its `raw` is empty when it has left): what goes before it. `held`:
 * what it would show was held back for that, NULL: it was not. Valid until the next call. */
CNIL_MUST_USE enum cnil_status cnil_embeds_at_tag(struct cnil_embeds *embeds, const struct cnil_html_token *token,
                                                  const struct cnil_judge_held *held, struct cnil_str *html);

/* At the end of the body: what goes there. */
CNIL_MUST_USE enum cnil_status cnil_embeds_at_end(struct cnil_embeds *embeds, struct cnil_str *html);

#endif
