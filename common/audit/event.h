/* SPDX-License-Identifier: Apache-2.0
 * What is written down: events of one exchange, as JSON lines. No cookie value, no address of a visitor, no query
 * string ever gets in: a URL is told by its host and path. */
#ifndef CNIL_AUDIT_EVENT_H
#define CNIL_AUDIT_EVENT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "policy/matcher.h"

#include <stdint.h>

enum cnil_event_kind {
#define EVENT(symbol, name, rule, sentence) CNIL_EVENT_##symbol,
#include "audit/event_kinds.def"
#undef EVENT
    CNIL_EVENT_KINDS /* how many there are */
};

const char *cnil_event_name(enum cnil_event_kind kind);
const char *cnil_event_rule(enum cnil_event_kind kind);

struct cnil_event { /* views must live as long as the exchange's arena */
    enum cnil_event_kind kind;
    struct cnil_str element; /* "script src", "set-cookie"; may be empty */
    struct cnil_str subject; /* a cookie's name, or host and path of a URL; may be empty */
    struct cnil_str service; /* id or registrable domain; may be empty */
    struct cnil_str purpose; /* ids joined by "+"; may be empty */
    struct cnil_str rule;    /* which rule of policy or catalogue decided; may be empty */
};

struct cnil_events; /* of one exchange: at most CNIL_LIMIT_EVENTS distinct ones, equal ones counted */

struct cnil_events *cnil_events_new(struct cnil_arena *arena); /* NULL without memory */

/* `hear` is told of every event that is added, equal and untold ones too; its strings live for the call. For those who
 * count for themselves. */
void cnil_events_listen(struct cnil_events *events, void (*hear)(const struct cnil_event *event, void *data),
                        void *data);

/* Strings are copied into the arena. Without memory or room the event is counted as untold, never lost in silence. */
void cnil_events_add(struct cnil_events *events, const struct cnil_event *event);

/* The kind of event that tells of what passes with CNIL_ACTION_REPORT. */
enum cnil_event_kind cnil_event_of_passed(const struct cnil_verdict *verdict);

/* Fills service, purpose, rule of `event` from a verdict. `arena` keeps the joined purposes. */
void cnil_event_from_verdict(struct cnil_event *event, const struct cnil_verdict *verdict,
                             const struct cnil_policy *policy, struct cnil_arena *arena);

/* How many elements, scripts, cookies and headers were held back (or, in audit, would have been). */
size_t cnil_events_held(const struct cnil_events *events);

/* What stands in every line of an exchange. */
struct cnil_event_context {
    int64_t now;            /* seconds since 1970 */
    struct cnil_str host;   /* of the site */
    struct cnil_str path;   /* of the request, without its query */
    struct cnil_str choice; /* cnil_choice_word() */
    enum cnil_mode mode;
    unsigned status; /* of the response; 0 where there was none */
};

/* Appends one JSON line per event, each at most CNIL_LIMIT_EVENT_LINE bytes (long members are cut). */
void cnil_events_write(const struct cnil_events *events, const struct cnil_event_context *context,
                       struct cnil_buffer *out);

#endif
