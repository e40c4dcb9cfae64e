/* SPDX-License-Identifier: Apache-2.0
 * Judges the URLs of one document: what it may be resolved against, what policy and choice say of it, and the event
 * that tells. The same for tags, style sheets and scripts, whatever they were found in. */
#ifndef CNIL_PAGE_JUDGE_H
#define CNIL_PAGE_JUDGE_H

#include "audit/event.h"
#include "base/status.h"
#include "consent/choice.h"
#include "page/element_rules.h"
#include "page/script.h"

struct cnil_judge;

/* `arena` keeps the document's base URLs; `events` may be NULL. All must outlive the judge. NULL without memory. */
struct cnil_judge *cnil_judge_new(const struct cnil_page *page, const struct cnil_choice *choice,
                                  struct cnil_events *events, struct cnil_arena *arena);
void cnil_judge_free(struct cnil_judge *judge); /* NULL is fine */

/* For a document in an attribute of the one that `outer` judges: it starts with the same bases. What it holds back last
 * is the label of `outer`, too. `is_apart`: it is in a data: URL, so that it has no address of the site's. */
struct cnil_judge *cnil_judge_new_inside(struct cnil_judge *outer, bool is_apart);

/* Tags that go first into documents in attributes, too, and into those in data: URLs; they must outlive the judge, and
 * those inside it. */
void cnil_judge_set_guard(struct cnil_judge *judge, struct cnil_str guard, struct cnil_str apart);
struct cnil_str cnil_judge_guard(const struct cnil_judge *judge);
struct cnil_str cnil_judge_guard_apart(const struct cnil_judge *judge);

/* How the bytes of the document make characters, for its style sheets; those inside it are told as it is. */
void cnil_judge_read_pairs(struct cnil_judge *judge, enum cnil_pairs pairs);
enum cnil_pairs cnil_judge_pairs(const struct cnil_judge *judge);

/* How often it has held something back so far, in documents inside, too. */
size_t cnil_judge_holds(const struct cnil_judge *judge);

/* 0 for the page itself. */
unsigned cnil_judge_depth(const struct cnil_judge *judge);

struct cnil_events *cnil_judge_events(const struct cnil_judge *judge); /* may be NULL */

/* Does this URL pass for sure, because it stays on a host of which everything passes? A quick look that says no when in
 * doubt. It may still have character references. */
bool cnil_judge_passes(const struct cnil_judge *judge, struct cnil_str text);

/* Is this URL (decoded) held back? Under any of the document's bases is enough. `is_open`: it is cut off here, what
 * follows is not known. `element`: what it stands in, for the event. */
CNIL_MUST_USE enum cnil_status cnil_judge_url(struct cnil_judge *judge, struct cnil_str text, bool is_open,
                                              const struct cnil_element_use *use, struct cnil_str element, bool *held);

/* The same for one that goes on with what a variable in it stands for, behind `text`. Where that may make the host, it
 * is held back until everything is granted. */
CNIL_MUST_USE enum cnil_status cnil_judge_made_url(struct cnil_judge *judge, struct cnil_str text,
                                                   const struct cnil_element_use *use, struct cnil_str element,
                                                   bool *held);

/* The same for a <base href>: one that is let through is one more base, unless it is `is_inert`. */
CNIL_MUST_USE enum cnil_status cnil_judge_base(struct cnil_judge *judge, struct cnil_str text, bool is_open,
                                               bool is_inert, const struct cnil_element_use *use,
                                               struct cnil_str element, bool *held);

/* Is the text of a script held back? By its signatures, or because it fetches from a URL that stands in it. `element`:
 * what it stands in, for the event. */
CNIL_MUST_USE enum cnil_status cnil_judge_script(struct cnil_judge *judge, enum cnil_script_kind kind,
                                                 struct cnil_str text, struct cnil_str element, bool *held);

/* From here on the guard runs before the scripts of the document: it stops what they ask for by an address that it
 * knows. Such a script runs when other scripts may need it. */
void cnil_judge_guarded(struct cnil_judge *judge);

/* Is it held back that the page asks the DNS for every link? Until everything is granted. */
bool cnil_judge_prefetch(struct cnil_judge *judge, struct cnil_str element);

/* Holds back what cannot be read to its end. */
void cnil_judge_hold(struct cnil_judge *judge, struct cnil_str element);

/* Is what nobody can read here, but a browser may, held back? Until everything is granted. */
bool cnil_judge_unread(struct cnil_judge *judge, struct cnil_str element);

/* Would a script of this service be held back, from the first of its hosts? Then it is what was held back last; no
 * event tells. */
CNIL_MUST_USE enum cnil_status cnil_judge_service(struct cnil_judge *judge, const struct cnil_service *service,
                                                  bool *held);

/* The service that is let into this one view of the page; NULL: none is. */
const struct cnil_service *cnil_judge_once(const struct cnil_judge *judge);

/* What was held back last, and a page's element may be put back for: a URL of the document itself, or a script in it.
 */
struct cnil_judge_held {
    struct cnil_url url;                /* its host is empty: it was a script, or nothing was */
    struct cnil_str label;              /* as for data-held */
    const struct cnil_service *service; /* NULL: none is known */
    cnil_purposes purposes;             /* consent to all of them lets it pass; empty: nothing does */
};

/* Valid until the judge is asked again. */
const struct cnil_judge_held *cnil_judge_held(const struct cnil_judge *judge);

/* Are these purposes something that people look at or use, rather than something that looks at them? */
bool cnil_judge_is_for_people(const struct cnil_policy *policy, cnil_purposes purposes);

/* For data-held: what the last that was held back belongs to. Valid until the judge is asked again. */
struct cnil_str cnil_judge_label(const struct cnil_judge *judge);

#endif
