/* SPDX-License-Identifier: Apache-2.0
 * Takes what needs consent out of an HTML document or a style sheet as it streams by (rules C2, S19): bytes in, spans
 * out.
 *
 * Contract: unchanged bytes are never copied and never re-serialised. The output does not depend on how the input was
 * cut into chunks. What is held back once needs nothing the second time (insertions apart). Memory is bounded by
 * CNIL_LIMIT_TAG and a few buffers, whatever the document's size. */
#ifndef CNIL_PAGE_REWRITER_H
#define CNIL_PAGE_REWRITER_H

#include "audit/event.h"
#include "base/status.h"
#include "consent/choice.h"
#include "page/block.h"
#include "page/content.h"
#include "policy/matcher.h"

struct cnil_card_place;

struct cnil_span {
    const char *ptr;
    size_t len;      /* 0: nothing more until the next feed */
    bool from_input; /* lies in the chunk lent; else in the core, valid until the next call */
};

enum cnil_insertion {
    CNIL_INSERT_NEVER,       /* a frame, a fragment */
    CNIL_INSERT_IF_DOCUMENT, /* where a doctype, html or body tag has been seen */
    CNIL_INSERT_ALWAYS       /* Sec-Fetch-Dest says it is a document */
};

struct cnil_rewriter_options {
    const struct cnil_page *page;
    const struct cnil_choice *choice;
    struct cnil_events *events; /* may be NULL */
    struct cnil_arena *arena;   /* for URLs and events; its own scratch does not grow with the document */
    struct cnil_str block;      /* banner or privacy link, inserted once right after the start of body */
    enum cnil_insertion insertion;
    struct cnil_block_terms terms; /* of the block */
    bool seeks_manager;            /* another consent manager is told */
    bool steps_back;               /* … and before its place the block is written anew, as the other one asks */
    /* Writes the block anew for such a page, for one that is in another of the policy's languages, or for one whose
     * own policy refuses a style in it: once each at most. What it gives lives as long as `block`. NULL: it stays as it
     * is (and steps_back is not set). */
    enum cnil_status (*write_block)(void *data, const struct cnil_block_terms *terms, struct cnil_str *block);
    void *data;                  /* for write_block */
    struct cnil_str guard;       /* script tags, inserted once as the first of head; may be empty */
    struct cnil_str guard_apart; /* … of a document in a data: URL, where an address needs all its parts */
    enum cnil_insertion guard_insertion;
    const struct cnil_card_place *cards; /* what stands in held-back frames; NULL: nothing */
    bool guards;                         /* it stops what scripts ask for, as far as it is known by an address */
    enum cnil_content content;           /* not CNIL_CONTENT_OTHER */
    bool drops_subset; /* the internal subset of an XML doctype must not leave: what it declares is not read */
};

struct cnil_rewriter;

/* What `options` points to must outlive the rewriter. NULL without memory. */
struct cnil_rewriter *cnil_rewriter_new(const struct cnil_rewriter_options *options);

enum cnil_inside {
    CNIL_INSIDE_PAGE, /* a srcdoc, a conditional comment */
    CNIL_INSIDE_URL,  /* a data: URL */
    CNIL_INSIDE_XML_URL
};

/* For a document in an attribute of the one that `judge` judges. `guard`: what is inserted as the first of its head;
 * may be empty. */
struct cnil_judge;
struct cnil_rewriter *cnil_rewriter_new_inside(struct cnil_judge *judge, struct cnil_str guard,
                                               enum cnil_inside inside);
void cnil_rewriter_free(struct cnil_rewriter *rewriter); /* NULL is fine */

/* How the bytes that come make characters; before the first of them. */
void cnil_rewriter_read_pairs(struct cnil_rewriter *rewriter, enum cnil_pairs pairs);

/* Lends `chunk` until cnil_rewriter_next() gives a span of length 0. */
CNIL_MUST_USE enum cnil_status cnil_rewriter_feed(struct cnil_rewriter *rewriter, struct cnil_str chunk, bool last);

/* Gives the next span of output. Neighbouring spans of input come as one. May be left off and taken up again: that is
 * all that back-pressure needs. */
CNIL_MUST_USE enum cnil_status cnil_rewriter_next(struct cnil_rewriter *rewriter, struct cnil_span *span);

/* Has the block gone into the document so far? */
bool cnil_rewriter_has_block(const struct cnil_rewriter *rewriter);

/* After a call failed: what was taken in and not given out in any form, for a caller who must let it pass as it is:
 * `held` from earlier chunks, then `rest` of the chunk lent. Valid until cnil_rewriter_free(). False: without memory
 * bytes of earlier chunks are not at hand any more, nothing may follow. */
CNIL_MUST_USE bool cnil_rewriter_unsent(const struct cnil_rewriter *rewriter, struct cnil_str *held,
                                        struct cnil_str *rest);

#endif
