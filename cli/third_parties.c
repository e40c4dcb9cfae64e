/* SPDX-License-Identifier: Apache-2.0 */
#include "third_parties.h"

#include "audit/event.h"
#include "base/limits.h"
#include "exchange/intake.h"
#include "page/rewriter.h"
#include "policy/known_domain.h"

#include <stdlib.h>
#include <time.h>

bool third_parties_init(struct third_parties *parties, const struct cnil_policy *policy, struct cnil_arena *arena)
{
    *parties = (struct third_parties){ .list = cnil_arena_array(arena, THIRD_PARTIES_LIMIT, sizeof(*parties->list)),
                                       .policy = policy,
                                       .arena = arena };
    return parties->list != NULL;
}

/* ---- from an event to a third party ---- */

static bool keep(struct third_parties *parties, struct cnil_str *str)
{
    *str = cnil_arena_copy(parties->arena, *str);
    return str->ptr != NULL;
}

static void add(struct third_parties *parties, const struct cnil_event *event, bool held)
{
    struct third_party *party = &parties->list[parties->count];
    struct cnil_known_domain known;

    for (size_t i = 0; i < parties->count; i++) {
        struct third_party *other = &parties->list[i];

        if (other->held == held && cnil_str_equal(other->label, event->service) &&
            cnil_str_equal(other->purpose, event->purpose)) {
            other->count++;
            return;
        }
    }
    if (parties->count == THIRD_PARTIES_LIMIT) {
        parties->untold++;
        return;
    }
    *party = (struct third_party){ .label = event->service,
                                   .service = cnil_policy_service(parties->policy, event->service),
                                   .purpose = event->purpose,
                                   .element = event->element,
                                   .subject = event->subject,
                                   .rule = event->rule,
                                   .held = held,
                                   .count = 1 };
    if (party->service == NULL &&
        cnil_known_domain_find(cnil_str_slice(event->subject, 0, cnil_str_find_byte(event->subject, '/')), &known))
        party->entity = known.entity;
    if (keep(parties, &party->label) && keep(parties, &party->purpose) && keep(parties, &party->element) &&
        keep(parties, &party->subject) && keep(parties, &party->rule))
        parties->count++;
    else
        parties->no_memory = true;
}

static void hear(const struct cnil_event *event, void *data)
{
    struct cnil_str name = cnil_str_from(cnil_event_name(event->kind));
    bool held = cnil_str_ends_with(name, CNIL_STR("-held"));

    if (held || event->kind == CNIL_EVENT_KNOWN_HOST || event->kind == CNIL_EVENT_UNKNOWN_HOST ||
        event->kind == CNIL_EVENT_STATIC_THIRD_PARTY)
        add(data, event, held);
}

/* ---- pages ---- */

static enum cnil_status drain(struct cnil_intake *intake, struct cnil_rewriter *rewriter)
{
    struct cnil_piece piece;
    struct cnil_span span;
    enum cnil_status status;

    while ((status = cnil_intake_next(intake, &piece)) == CNIL_OK && (piece.bytes.len > 0 || piece.last)) {
        cnil_rewriter_read_pairs(rewriter, cnil_intake_pairs(intake));
        status = cnil_rewriter_feed(rewriter, piece.bytes, piece.last);
        while (status == CNIL_OK && (status = cnil_rewriter_next(rewriter, &span)) == CNIL_OK && span.len > 0)
            continue;
        if (status != CNIL_OK || piece.last)
            return status;
    }
    return status;
}

static enum cnil_status run(struct third_parties *parties, struct cnil_str html, const struct cnil_url *url,
                            struct cnil_arena *arena)
{
    const struct cnil_reading reading = { .content = CNIL_CONTENT_HTML };
    struct cnil_events *events = cnil_events_new(arena);
    struct cnil_intake *intake = cnil_intake_new(&reading);
    struct cnil_rewriter *rewriter = NULL;
    struct cnil_choice choice;
    struct cnil_page page;
    enum cnil_status status = CNIL_NO_MEMORY;

    cnil_page_init(&page, parties->policy, url);
    if (events != NULL && intake != NULL &&
        cnil_choice_from_word(CNIL_STR("none"), parties->policy, time(NULL), &choice)) {
        const struct cnil_rewriter_options options = {
            .page = &page, .choice = &choice, .events = events, .arena = arena, .insertion = CNIL_INSERT_NEVER
        };

        cnil_events_listen(events, hear, parties);
        rewriter = cnil_rewriter_new(&options);
    }
    if (rewriter != NULL) {
        cnil_intake_feed(intake, html, true);
        status = drain(intake, rewriter);
    }
    cnil_rewriter_free(rewriter);
    cnil_intake_free(intake);
    return status;
}

enum cnil_status third_parties_read(struct third_parties *parties, struct cnil_str html, const struct cnil_url *url)
{
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    enum cnil_status status = arena != NULL ? run(parties, html, url, arena) : CNIL_NO_MEMORY;

    cnil_arena_free(arena);
    return parties->no_memory ? CNIL_NO_MEMORY : status;
}

static int in_order(const void *left, const void *right)
{
    const struct third_party *a = left, *b = right;

    if (a->held != b->held)
        return a->held ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return cnil_str_compare(a->label, b->label);
}

void third_parties_sort(struct third_parties *parties)
{
    if (parties->count > 0)
        qsort(parties->list, parties->count, sizeof(*parties->list), in_order);
}
