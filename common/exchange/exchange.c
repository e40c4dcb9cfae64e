/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"

#include "exchange/account.h"
#include "exchange/config.h"
#include "exchange/edits.h"
#include "exchange/endpoint.h"
#include "exchange/header_rules.h"
#include "exchange/https.h"
#include "exchange/once.h"
#include "exchange/request.h"
#include "exchange/response.h"
#include "exchange/visit.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS_TEXT_LIMIT = (CNIL_LIMIT_EVENTS + 1) * CNIL_LIMIT_EVENT_LINE };

/* ---- life ---- */

struct cnil_exchange *cnil_exchange_new(struct cnil_config *config, const struct cnil_policy *policy,
                                        enum cnil_mode ceiling, const struct cnil_server *server, void *data)
{
    struct cnil_exchange *exchange = calloc(1, sizeof(*exchange));

    if (exchange == NULL)
        return NULL;
    exchange->config = config;
    exchange->policy = policy;
    exchange->mode = cnil_policy_mode(policy, ceiling);
    exchange->server = server;
    exchange->data = data;
    exchange->arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    if (exchange->arena != NULL)
        exchange->events = cnil_events_new(exchange->arena);
    if (exchange->events == NULL) {
        cnil_arena_free(exchange->arena);
        free(exchange);
        return NULL;
    }
    return exchange;
}

static void write_events(struct cnil_exchange *exchange)
{
    struct cnil_event_context context = {
        .now = exchange->server->now(exchange->data),
        .host = exchange->address.host,
        .path = exchange->address.path,
        .choice = cnil_exchange_variable(exchange, CNIL_VARIABLE_CHOICE),
        .mode = exchange->mode,
        .status = exchange->status,
    };
    struct cnil_buffer lines;

    cnil_buffer_init(&lines, EVENTS_TEXT_LIMIT);
    cnil_events_write(exchange->events, &context, &lines);
    if (lines.len > 0)
        exchange->server->append(exchange->data, cnil_config_log_index(exchange->config, exchange->policy),
                                 cnil_buffer_str(&lines));
    cnil_buffer_free(&lines);
}

void cnil_exchange_close(struct cnil_exchange *exchange)
{
    if (exchange == NULL)
        return;
    write_events(exchange);
    cnil_visit_end(exchange);
    cnil_intake_free(exchange->intake);
    cnil_rewriter_free(exchange->rewriter);
    cnil_arena_free(exchange->arena);
    free(exchange);
}

/* ---- what the steps share ---- */

void cnil_exchange_tell(struct cnil_exchange *exchange, enum cnil_event_kind kind, struct cnil_str element,
                        struct cnil_str subject, const struct cnil_verdict *verdict)
{
    struct cnil_event event = { .kind = kind, .element = element, .subject = subject };

    if (verdict != NULL)
        cnil_event_from_verdict(&event, verdict, exchange->policy, exchange->arena);
    cnil_events_add(exchange->events, &event);
}

void cnil_exchange_tell_url(struct cnil_exchange *exchange, enum cnil_event_kind kind, struct cnil_str element,
                            const struct cnil_url *url, const struct cnil_verdict *verdict)
{
    struct cnil_str subject = cnil_arena_print(exchange->arena, "%.*s%.*s", (int)url->host.len, url->host.ptr,
                                               (int)url->path.len, url->path.ptr);

    cnil_exchange_tell(exchange, kind, element, subject, verdict);
}

bool cnil_exchange_holds(const struct cnil_exchange *exchange, const struct cnil_verdict *verdict)
{
    return (verdict->action == CNIL_ACTION_CONSENT || verdict->action == CNIL_ACTION_BLOCK) &&
           !cnil_choice_allows(&exchange->choice, verdict);
}

static void diagnose(struct cnil_exchange *exchange, struct cnil_str text)
{
    exchange->server->diagnose(exchange->data, CNIL_SEVERITY_ERROR, text);
}

/* Audit changes nothing, whatever fails; what enforces must not go on. */
static enum cnil_status verdict_of(struct cnil_exchange *exchange, enum cnil_status status)
{
    if (status == CNIL_OK)
        return CNIL_OK;
    diagnose(exchange, status == CNIL_NO_MEMORY ? CNIL_STR("no memory for this exchange")
                                                : CNIL_STR("this exchange is past a limit"));
    return exchange->mode == CNIL_MODE_ENFORCE ? status : CNIL_OK;
}

/* ---- the request ---- */

static enum cnil_status copy_request(struct cnil_exchange *exchange, const struct cnil_request *request)
{
    struct cnil_request *copy = &exchange->request;
    struct cnil_arena *arena = exchange->arena;
    struct cnil_header *list = cnil_arena_array(arena, request->headers.count, sizeof(*list));

    *copy = (struct cnil_request){ .tls = request->tls };
    copy->method = cnil_arena_copy(arena, request->method);
    copy->host = cnil_arena_copy(arena, request->host);
    copy->target = cnil_arena_copy(arena, request->target);
    copy->peer = cnil_arena_copy(arena, request->peer);
    if (list == NULL || copy->method.ptr == NULL || copy->host.ptr == NULL || copy->target.ptr == NULL ||
        copy->peer.ptr == NULL)
        return CNIL_NO_MEMORY;
    for (size_t i = 0; i < request->headers.count; i++) {
        list[i].name = cnil_arena_copy(arena, request->headers.list[i].name);
        list[i].value = cnil_arena_copy(arena, request->headers.list[i].value);
        if (list[i].name.ptr == NULL || list[i].value.ptr == NULL)
            return CNIL_NO_MEMORY;
    }
    copy->headers = (struct cnil_headers){ list, request->headers.count };
    exchange->head = cnil_str_equal(copy->method, CNIL_STR("HEAD"));
    exchange->destination = cnil_request_destination(copy);
    exchange->is_crawler = cnil_request_is_of_crawler(copy);
    exchange->is_worker = cnil_request_is_of_worker(copy);
    return CNIL_OK;
}

void cnil_exchange_choice_changed(struct cnil_exchange *exchange)
{
    exchange->choice_word = CNIL_STR_EMPTY;
    exchange->wall_known = false;
    cnil_validator_init(&exchange->validators, exchange->policy, exchange->language, &exchange->choice,
                        cnil_request_block_insertion(exchange),
                        exchange->is_worker ? CNIL_INSERT_ALWAYS : cnil_request_guard_insertion(exchange));
}

/* Applies the policy of a place to what is known of the request. */
static enum cnil_status enter(struct cnil_exchange *exchange, const struct cnil_policy *policy, enum cnil_mode ceiling)
{
    exchange->policy = policy;
    exchange->mode = cnil_policy_mode(policy, ceiling);
    exchange->key = cnil_config_key(exchange->config, policy);
    exchange->choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
    exchange->choice_word = CNIL_STR_EMPTY;
    if (exchange->mode == CNIL_MODE_OFF)
        return CNIL_OK;
    if (!exchange->copied)
        return CNIL_NO_MEMORY;
    if (exchange->key != NULL || exchange->mode == CNIL_MODE_AUDIT)
        cnil_choice_from_headers(exchange->request.headers, policy, exchange->key,
                                 exchange->server->now(exchange->data), &exchange->choice);
    cnil_choice_from_signals(exchange->request.headers, policy, &exchange->choice);
    exchange->device = exchange->choice;
    cnil_account_enter(exchange);
    cnil_once_read(exchange);
    cnil_page_init(&exchange->page, policy, &exchange->page_url);
    exchange->language = cnil_request_language(&exchange->request, policy);
    cnil_exchange_choice_changed(exchange);
    return CNIL_OK;
}

static enum cnil_status read_request(struct cnil_exchange *exchange, const struct cnil_request *request)
{
    enum cnil_status status = copy_request(exchange, request);

    if (status == CNIL_OK)
        status = cnil_address_read(&exchange->address, &exchange->request, exchange->policy, exchange->arena);
    if (status == CNIL_OK)
        status = cnil_address_url(&exchange->address, exchange->arena, &exchange->page_url);
    exchange->copied = status == CNIL_OK;
    return status;
}

static enum cnil_status answer_ourselves(struct cnil_exchange *exchange, enum cnil_open *open,
                                         const struct cnil_answer **answer)
{
    if (cnil_https_is_redirect_due(exchange)) {
        if (exchange->address.valid)
            cnil_exchange_tell(exchange, CNIL_EVENT_HTTPS_REDIRECT, CNIL_STR_EMPTY, CNIL_STR_EMPTY, NULL);
        if (exchange->mode == CNIL_MODE_ENFORCE) {
            *open = CNIL_OPEN_ANSWER;
            return cnil_https_redirect(exchange, answer);
        }
    }
    if (exchange->mode == CNIL_MODE_ENFORCE && cnil_endpoint_is_own(exchange))
        return cnil_endpoint_open(exchange, open, answer);
    return CNIL_OK;
}

enum cnil_status cnil_exchange_open(struct cnil_exchange *exchange, const struct cnil_request *request,
                                    enum cnil_open *open, const struct cnil_answer **answer)
{
    enum cnil_status status = read_request(exchange, request);

    *open = CNIL_OPEN_PASS;
    *answer = NULL;
    if (status == CNIL_OK)
        status = enter(exchange, exchange->policy, exchange->mode);
    if (status == CNIL_OK && exchange->mode != CNIL_MODE_OFF)
        status = answer_ourselves(exchange, open, answer);
    exchange->answered = *open != CNIL_OPEN_PASS;
    return verdict_of(exchange, status);
}

enum cnil_status cnil_exchange_submit(struct cnil_exchange *exchange, struct cnil_str body, bool too_large,
                                      const struct cnil_answer **answer)
{
    if (!exchange->submitting)
        return CNIL_INVALID;
    exchange->submitting = false;
    exchange->answered = true;
    exchange->choice_word = CNIL_STR_EMPTY; /* it may change */
    return verdict_of(exchange, cnil_endpoint_submit(exchange, body, too_large, answer));
}

enum cnil_status cnil_exchange_enter(struct cnil_exchange *exchange, const struct cnil_policy *policy,
                                     enum cnil_mode ceiling, struct cnil_edits *edits)
{
    enum cnil_status status = enter(exchange, policy, ceiling);

    *edits = (struct cnil_edits){ NULL, 0 };
    exchange->answered = false;
    if (status == CNIL_OK && exchange->mode != CNIL_MODE_OFF)
        status = cnil_request_edit(exchange, edits);
    return verdict_of(exchange, status);
}

/* ---- the response ---- */

/* What "103 Early Hints" would have the browser fetch is told again by the response's own fields, which are edited. Of
 * the others no browser reads a field but of 101, which is a response as any other. */
enum cnil_status cnil_exchange_interim(struct cnil_exchange *exchange, const struct cnil_response *response,
                                       bool *passes, struct cnil_edits *edits)
{
    bool enforces = exchange->mode == CNIL_MODE_ENFORCE;
    struct cnil_editor editor;

    *edits = (struct cnil_edits){ NULL, 0 };
    *passes = !enforces || response->status != 103;
    if (response->status == 101)
        return cnil_exchange_headers(exchange, response, edits);
    if (!enforces || !*passes)
        return CNIL_OK;
    cnil_edits_begin(&editor, exchange->arena);
    for (size_t i = 0; i < response->headers.count; i++)
        cnil_edits_remove(&editor, response->headers, i);
    return verdict_of(exchange, cnil_edits_end(&editor, edits));
}

enum cnil_status cnil_exchange_body(struct cnil_exchange *exchange, const struct cnil_response *response,
                                    enum cnil_body *body, struct cnil_edits *edits)
{
    enum cnil_status status = CNIL_OK;

    *edits = (struct cnil_edits){ NULL, 0 };
    cnil_intake_free(exchange->intake); /* of a response that another one took the place of */
    cnil_rewriter_free(exchange->rewriter);
    exchange->intake = NULL;
    exchange->rewriter = NULL;
    exchange->body = CNIL_BODY_PASS;
    exchange->raw = exchange->has_begun = false;
    if (exchange->mode != CNIL_MODE_OFF && exchange->copied && !exchange->answered) {
        exchange->decided = true;
        exchange->status = response->status;
        exchange->leads_on = cnil_header_rules_lead_on(response);
        cnil_account_read(exchange, response);
        status = cnil_response_body(exchange, response, edits);
    }
    *body = exchange->body;
    return verdict_of(exchange, status);
}

enum cnil_status cnil_exchange_headers(struct cnil_exchange *exchange, const struct cnil_response *response,
                                       struct cnil_edits *edits)
{
    enum cnil_status status = CNIL_OK;

    *edits = (struct cnil_edits){ NULL, 0 };
    if (exchange->mode != CNIL_MODE_OFF && exchange->copied && !exchange->answered) {
        if (exchange->status != response->status)
            exchange->decided = false; /* not what was decided about: a cache put its page in the place of a 304 */
        exchange->status = response->status;
        exchange->leads_on = cnil_header_rules_lead_on(response);
        cnil_visit_see(exchange, response);
        cnil_account_read(exchange, response);
        status = cnil_response_headers(exchange, response, edits);
    }
    return verdict_of(exchange, status);
}

/* ---- the body ---- */

/* The body cannot be read or rewritten to its end. In audit that is all; else, when the rest of it is at hand, the
 * policy says whether it may pass as it is. */
static enum cnil_status give_up(struct cnil_exchange *exchange, enum cnil_status status, bool is_whole)
{
    if (exchange->body == CNIL_BODY_OBSERVE) {
        diagnose(exchange, CNIL_STR("a document could not be read to its end"));
        exchange->body = CNIL_BODY_PASS;
        return CNIL_OK;
    }
    diagnose(exchange, CNIL_STR("a document could not be rewritten to its end"));
    if (!exchange->policy->on_error_open || !is_whole) /* a page with a hole in it is no page */
        return status;
    exchange->raw = true;
    return CNIL_OK;
}

static enum cnil_status rewriter_failed(struct cnil_exchange *exchange, enum cnil_status status)
{
    return give_up(exchange, status, cnil_rewriter_unsent(exchange->rewriter, &exchange->held, &exchange->piece.bytes));
}

/* What is behind a coding that cannot be undone has no form that could pass. */
static enum cnil_status intake_failed(struct cnil_exchange *exchange, enum cnil_status status)
{
    struct cnil_event event = { .kind = CNIL_EVENT_DOCUMENT_UNREAD,
                                .element = CNIL_STR("document"),
                                .rule = CNIL_STR("encoding") };

    if (status != CNIL_NO_MEMORY)
        cnil_events_add(exchange->events, &event);
    return give_up(exchange, status, false);
}

/* The first piece of the body is there: what is it? */
static enum cnil_status begin_body(struct cnil_exchange *exchange)
{
    exchange->has_begun = true;
    exchange->raw = cnil_intake_content(exchange->intake) == CNIL_CONTENT_OTHER;
    if (exchange->raw || exchange->rewriter != NULL)
        return CNIL_OK;
    return cnil_response_start(exchange, cnil_intake_content(exchange->intake));
}

static void tell_blanked(struct cnil_exchange *exchange)
{
    struct cnil_event event = { .kind = CNIL_EVENT_ESCAPE_BLANKED };

    if (exchange->piece.last && cnil_intake_has_blanked(exchange->intake))
        cnil_events_add(exchange->events, &event);
}

/* Takes the next piece of the body; empty and not the last: there is none until the next feed. */
static enum cnil_status next_piece(struct cnil_exchange *exchange)
{
    enum cnil_status status;

    exchange->piece = (struct cnil_piece){ .bytes = CNIL_STR_EMPTY };
    if (exchange->document == CNIL_DOCUMENT_EMPTIED)
        return CNIL_OK;
    status = cnil_intake_next(exchange->intake, &exchange->piece);
    if (status != CNIL_OK)
        return intake_failed(exchange, status);
    if (exchange->piece.bytes.len == 0 && !exchange->piece.last)
        return CNIL_OK;
    tell_blanked(exchange);
    if (!exchange->has_begun) {
        status = begin_body(exchange);
        if (status != CNIL_OK)
            return give_up(exchange, status, true);
        if (!exchange->raw)
            cnil_rewriter_read_pairs(exchange->rewriter, cnil_intake_pairs(exchange->intake));
    }
    if (exchange->raw)
        return CNIL_OK;
    status = cnil_rewriter_feed(exchange->rewriter, exchange->piece.bytes, exchange->piece.last);
    return status == CNIL_OK ? CNIL_OK : rewriter_failed(exchange, status);
}

static void give(struct cnil_str *bytes, bool from_input, struct cnil_span *span)
{
    *span = (struct cnil_span){ bytes->ptr, bytes->len, from_input };
    *bytes = CNIL_STR_EMPTY;
}

/* What can leave of the piece at hand; empty: it is used up. */
static enum cnil_status next_span(struct cnil_exchange *exchange, struct cnil_span *span)
{
    enum cnil_status status;

    *span = (struct cnil_span){ NULL, 0, false };
    if (exchange->rewriter != NULL && exchange->has_begun && !exchange->raw) {
        status = cnil_rewriter_next(exchange->rewriter, span);
        span->from_input &= exchange->piece.from_input;
        if (status == CNIL_OK)
            return CNIL_OK;
        status = rewriter_failed(exchange, status);
        if (status != CNIL_OK)
            return status;
    }
    if (exchange->raw && exchange->held.len > 0)
        give(&exchange->held, false, span);
    else if (exchange->raw)
        give(&exchange->piece.bytes, exchange->piece.from_input, span);
    return CNIL_OK;
}

enum cnil_status cnil_exchange_next(struct cnil_exchange *exchange, struct cnil_span *span)
{
    enum cnil_status status = CNIL_OK;

    *span = (struct cnil_span){ NULL, 0, false };
    while (exchange->body == CNIL_BODY_REWRITE) {
        status = next_span(exchange, span);
        if (status != CNIL_OK || span->len > 0)
            return status;
        status = next_piece(exchange);
        if (status != CNIL_OK || (exchange->piece.bytes.len == 0 && !exchange->piece.last))
            return status;
    }
    return CNIL_OK;
}

/* Reads all that was fed. Its output is not used. */
static enum cnil_status observe(struct cnil_exchange *exchange)
{
    enum cnil_status status = CNIL_OK;

    while (status == CNIL_OK && exchange->body == CNIL_BODY_OBSERVE) {
        struct cnil_span span = { NULL, 1, false };

        while (status == CNIL_OK && span.len > 0 && exchange->body == CNIL_BODY_OBSERVE)
            status = next_span(exchange, &span);
        if (status != CNIL_OK || exchange->body != CNIL_BODY_OBSERVE)
            break;
        status = next_piece(exchange);
        if (exchange->piece.bytes.len == 0 && !exchange->piece.last)
            break;
    }
    return status;
}

enum cnil_status cnil_exchange_feed(struct cnil_exchange *exchange, struct cnil_str chunk, bool last)
{
    if (exchange->body == CNIL_BODY_PASS || exchange->document == CNIL_DOCUMENT_EMPTIED)
        return CNIL_OK;
    cnil_intake_feed(exchange->intake, chunk, last);
    return exchange->body == CNIL_BODY_OBSERVE ? observe(exchange) : CNIL_OK;
}

/* ---- variables ---- */

static struct cnil_str choice_word(struct cnil_exchange *exchange)
{
    struct cnil_buffer out;

    if (exchange->choice_word.ptr == NULL) {
        cnil_buffer_init(&out, CNIL_LIMIT_CHOICE_COOKIE);
        cnil_choice_word(&exchange->choice, exchange->policy, &out);
        if (cnil_buffer_status(&out) == CNIL_OK)
            exchange->choice_word = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
        cnil_buffer_free(&out);
    }
    return exchange->choice_word;
}

static struct cnil_str blocked_word(struct cnil_exchange *exchange)
{
    size_t held = cnil_events_held(exchange->events);

    if (exchange->blocked_word.ptr == NULL || held != exchange->blocked_told) {
        exchange->blocked_word = cnil_arena_print(exchange->arena, "%zu", held);
        exchange->blocked_told = held;
    }
    return exchange->blocked_word;
}

struct cnil_str cnil_exchange_variable(struct cnil_exchange *exchange, enum cnil_variable variable)
{
    static const struct cnil_str modes[] = { CNIL_STR_INIT("off"), CNIL_STR_INIT("audit"), CNIL_STR_INIT("enforce") };

    switch (variable) {
    case CNIL_VARIABLE_CHOICE:
        return choice_word(exchange);
    case CNIL_VARIABLE_MODE:
        return modes[exchange->mode];
    case CNIL_VARIABLE_BLOCKED:
        return blocked_word(exchange);
    }
    return CNIL_STR_EMPTY;
}
