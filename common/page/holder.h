/* SPDX-License-Identifier: Apache-2.0
 * Finds the URLs of start tags, has them judged, and says what must be cut out of a tag that is held back (rules C2,
 * S19): the attributes with the URLs go, data-held="SERVICE" comes, a script loses its executable type. In a style
 * attribute the URL alone is replaced. */
#ifndef CNIL_PAGE_HOLDER_H
#define CNIL_PAGE_HOLDER_H

#include "base/status.h"
#include "page/card.h"
#include "page/embeds.h"
#include "page/style.h"
#include "web/html_tokenizer.h"

struct cnil_holder;

/* `judge` and `cards` must outlive the holder. `cards`: what stands in held-back frames, NULL: nothing. NULL without
 * memory. */
struct cnil_holder *cnil_holder_new(struct cnil_judge *judge, const struct cnil_card_place *cards);

/* Its filter does not pass over containers that `embeds` minds; it must outlive the holder. */
void cnil_holder_mind(struct cnil_holder *holder, const struct cnil_embeds *embeds);
void cnil_holder_free(struct cnil_holder *holder); /* NULL is fine */

/* The bytes [from, to) of a tag's `raw` are replaced by `put`. */
struct cnil_cut {
    size_t from, to;
    struct cnil_str put;
};

struct cnil_held_tag {
    const struct cnil_cut *cuts; /* in order, apart; valid until the next call. None: the tag leaves as it is */
    size_t cut_count;
    bool runs_inline;                    /* a script whose text a browser would run, as far as the tag tells */
    enum cnil_script_kind kind;          /* … and as what */
    const struct cnil_judge_held *embed; /* what it would show was held back for: a script, media without a frame;
                                          * NULL: nothing. Valid until the next call */
    bool drop_text;   /* a script that lost its URL but not its type: what follows in it must not leave */
    bool drops_value; /* a value that goes on behind this piece is being dropped: its rest must not leave either, even
                       * where the input ends before the tag does */
};

/* Judges a START_TAG token, or the next piece of one that comes in pieces. */
CNIL_MUST_USE enum cnil_status cnil_holder_tag(struct cnil_holder *holder, const struct cnil_html_token *token,
                                               struct cnil_held_tag *held);

/* Passes over start tags about which there is nothing to judge, or nothing but URLs that stay on a host where all
 * passes. Lives as long as the holder. */
const struct cnil_html_filter *cnil_holder_filter(const struct cnil_holder *holder);

/* Do the initials of its attributes alone tell that there is nothing to judge about a START_TAG token? No state
 * changes. */
bool cnil_holder_has_no_rule(const struct cnil_html_token *token);

/* Is there nothing to judge about a start tag, and was there nothing before it was held back? Only for one that came
 * whole. */
bool cnil_holder_ignores(const struct cnil_html_token *token);

/* Is an inline script with this text held back? Then the cuts of its start tag are in `held`; `token->raw` may be
 * empty when the tag has left already. */
CNIL_MUST_USE enum cnil_status cnil_holder_script(struct cnil_holder *holder, const struct cnil_html_token *token,
                                                  enum cnil_script_kind kind, struct cnil_str text, bool *is_held,
                                                  struct cnil_held_tag *held);

#endif
