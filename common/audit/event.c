/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* gmtime_r */
#include "audit/event.h"

#include "base/limits.h"
#include "web/form.h"
#include "web/utf8.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

struct entry {
    struct cnil_event event;
    size_t count;
};

struct cnil_events {
    struct cnil_arena *arena;
    struct entry entries[CNIL_LIMIT_EVENTS];
    size_t used;
    size_t untold; /* past the limit, or without memory */
    size_t held;
    void (*hear)(const struct cnil_event *event, void *data); /* NULL: nobody */
    void *hear_data;
};

static const struct {
    const char *name, *rule;
} kinds[] = {
#define EVENT(symbol, name, rule, sentence) { name, rule },
#include "audit/event_kinds.def"
#undef EVENT
};

const char *cnil_event_name(enum cnil_event_kind kind)
{
    return kinds[kind].name;
}

const char *cnil_event_rule(enum cnil_event_kind kind)
{
    return kinds[kind].rule;
}

struct cnil_events *cnil_events_new(struct cnil_arena *arena)
{
    struct cnil_events *events = cnil_arena_alloc(arena, sizeof(*events));

    if (events != NULL)
        events->arena = arena;
    return events;
}

void cnil_events_listen(struct cnil_events *events, void (*hear)(const struct cnil_event *event, void *data),
                        void *data)
{
    events->hear = hear;
    events->hear_data = data;
}

static bool is_held(enum cnil_event_kind kind)
{
    struct cnil_str name = cnil_str_from(kinds[kind].name);

    return cnil_str_ends_with(name, CNIL_STR("-held")) || cnil_str_ends_with(name, CNIL_STR("-dropped"));
}

static bool is_same(const struct cnil_event *a, const struct cnil_event *b)
{
    return a->kind == b->kind && cnil_str_equal(a->subject, b->subject) && cnil_str_equal(a->element, b->element) &&
           cnil_str_equal(a->service, b->service) && cnil_str_equal(a->rule, b->rule);
}

/* A query string may carry what a log must not keep: it is cut off again here, whoever told it. */
static struct cnil_str without_query(struct cnil_str subject)
{
    return cnil_str_slice(subject, 0,
                          cnil_str_find_byte(cnil_str_slice(subject, 0, cnil_str_find_byte(subject, '#')), '?'));
}

static bool copy(struct cnil_arena *arena, struct cnil_str *str)
{
    *str = cnil_arena_copy(arena, *str);
    return str->ptr != NULL;
}

void cnil_events_add(struct cnil_events *events, const struct cnil_event *event)
{
    struct cnil_event added = *event;

    if (events == NULL)
        return;
    added.subject = without_query(added.subject);
    events->held += is_held(added.kind);
    if (events->hear != NULL)
        events->hear(&added, events->hear_data);
    for (size_t i = 0; i < events->used; i++) {
        if (is_same(&events->entries[i].event, &added)) {
            events->entries[i].count++;
            return;
        }
    }
    if (events->used == CNIL_LIMIT_EVENTS || !copy(events->arena, &added.element) ||
        !copy(events->arena, &added.subject) || !copy(events->arena, &added.service) ||
        !copy(events->arena, &added.purpose) || !copy(events->arena, &added.rule)) {
        events->untold++;
        return;
    }
    events->entries[events->used++] = (struct entry){ added, 1 };
}

enum cnil_event_kind cnil_event_of_passed(const struct cnil_verdict *verdict)
{
    if (verdict->service != NULL && !verdict->service->functional)
        return CNIL_EVENT_STATIC_THIRD_PARTY;
    if (verdict->service == NULL && verdict->party == CNIL_PARTY_FIRST)
        return CNIL_EVENT_LISTED_FIRST_PARTY;
    return verdict->service != NULL || verdict->entity.len > 0 ? CNIL_EVENT_KNOWN_HOST : CNIL_EVENT_UNKNOWN_HOST;
}

void cnil_event_from_verdict(struct cnil_event *event, const struct cnil_verdict *verdict,
                             const struct cnil_policy *policy, struct cnil_arena *arena)
{
    event->service = verdict->service != NULL ? verdict->service->id : verdict->label;
    event->rule = verdict->rule;
    event->purpose = CNIL_STR_EMPTY;
    if (verdict->action != CNIL_ACTION_CONSENT)
        return;
    if ((verdict->purposes & CNIL_MEASUREMENT) != 0)
        event->purpose = CNIL_STR("measurement");
    for (size_t i = 0; i < policy->purpose_count; i++) {
        struct cnil_str id = policy->purposes[i].id;

        if ((verdict->purposes >> i & 1) == 0)
            continue;
        event->purpose = event->purpose.len == 0 ? id
                                                 : cnil_arena_print(arena, "%.*s+%.*s", (int)event->purpose.len,
                                                                    event->purpose.ptr, (int)id.len, id.ptr);
    }
}

size_t cnil_events_held(const struct cnil_events *events)
{
    return events->held;
}

/* ---- lines ---- */

/* Bounds of members as they stand in the line: all of them together stay below CNIL_LIMIT_EVENT_LINE. */
enum { LONG_MEMBER = 512, SHORT_MEMBER = 256 };

/* A byte may take six as JSON: what comes out too long is written again, shorter. */
static void member(struct cnil_buffer *out, const char *name, struct cnil_str value, size_t limit)
{
    size_t start = out->len, keep = limit;

    if (value.len == 0)
        return;
    do {
        out->len = start;
        cnil_buffer_print(out, ",\"%s\":", name);
        cnil_json_string(cnil_utf8_cut(value, keep), out);
        keep /= 2;
    } while (out->len - start > limit + sizeof(",\"purpose\":\"\"") && keep > 0);
}

static void begin_line(struct cnil_buffer *out, const char *name, const char *rule, size_t count,
                       const struct cnil_event_context *context)
{
    static const char *const modes[] = { "off", "audit", "enforce" };
    time_t now = (time_t)context->now;
    char time_text[sizeof("2026-01-01T00:00:00Z") + 16] = "";
    struct tm utc;

    if (gmtime_r(&now, &utc) != NULL)
        strftime(time_text, sizeof(time_text), "%Y-%m-%dT%H:%M:%SZ", &utc);
    cnil_buffer_print(out, "{\"time\":\"%s\",\"event\":\"%s\"", time_text, name);
    if (rule != NULL)
        cnil_buffer_print(out, ",\"rule\":\"%s\"", rule);
    cnil_buffer_print(out, ",\"count\":%zu,\"mode\":\"%s\"", count, modes[context->mode]);
    member(out, "choice", context->choice, SHORT_MEMBER);
    member(out, "host", context->host, SHORT_MEMBER);
    member(out, "path", without_query(context->path), LONG_MEMBER);
    if (context->status != 0)
        cnil_buffer_print(out, ",\"status\":%u", context->status);
}

/* A line that does not fit is left out whole. */
static void end_line(struct cnil_buffer *out, size_t start)
{
    cnil_buffer_append(out, CNIL_STR("}\n"));
    if (cnil_buffer_status(out) != CNIL_OK)
        out->len = start;
}

void cnil_events_write(const struct cnil_events *events, const struct cnil_event_context *context,
                       struct cnil_buffer *out)
{
    size_t start;

    for (size_t i = 0; i < events->used; i++) {
        const struct cnil_event *event = &events->entries[i].event;

        start = out->len;
        begin_line(out, kinds[event->kind].name, kinds[event->kind].rule, events->entries[i].count, context);
        member(out, "element", event->element, SHORT_MEMBER);
        member(out, "subject", event->subject, LONG_MEMBER);
        member(out, "service", event->service, SHORT_MEMBER);
        member(out, "purpose", event->purpose, SHORT_MEMBER);
        member(out, "decided", event->rule, LONG_MEMBER);
        end_line(out, start);
    }
    if (events->untold > 0) {
        start = out->len;
        begin_line(out, "events-untold", NULL, events->untold, context);
        end_line(out, start);
    }
}
