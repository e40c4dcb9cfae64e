/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/response.h"

#include "exchange/account.h"
#include "exchange/edits.h"
#include "exchange/expiry.h"
#include "exchange/header_rules.h"
#include "exchange/https.h"
#include "exchange/once.h"
#include "exchange/request.h"
#include "exchange/set_cookie.h"
#include "page/block.h"
#include "page/guard.h"
#include "page/script.h"
#include "page/vendor_tag.h"
#include "page/writer.h"

enum {
    BLOCK_LIMIT = 64 * 1024,
    HEAD_LIMIT = CNIL_LIMIT_PAGE_POLICY + 16 * 1024,
    LINE_LIMIT = CNIL_LIMIT_GUARD_TABLE + 64 * 1024,
    RETURN_LIMIT = 3000,
    SHEET_FRESHNESS = 3600
};

/* ---- the body ---- */

static void tell_open_wall(struct cnil_exchange *exchange)
{
    cnil_exchange_tell(exchange, CNIL_EVENT_SECOND_WALL_OPEN, CNIL_STR_EMPTY, CNIL_STR_EMPTY, NULL);
}

/* The page's path for the form's way back. Its form must stay within what we take: a longer one loses its query, then
 * all of it (the start page is a worse way back than a refused form). */
static struct cnil_str return_target(struct cnil_exchange *exchange)
{
    struct cnil_str candidates[2] = { exchange->address.target, exchange->address.path };

    for (size_t i = 0; i < 2; i++) {
        size_t encoded = 0;

        for (size_t at = 0; at < candidates[i].len; at++)
            encoded += cnil_is_alpha(candidates[i].ptr[at]) || cnil_is_digit(candidates[i].ptr[at]) ? 1 : 3;
        if (encoded <= RETURN_LIMIT && cnil_address_is_own_path(&exchange->address, candidates[i], exchange->arena))
            return candidates[i];
    }
    return CNIL_STR("/");
}

/* Where the site's own policy lets it run. Not in the answer to a form: it may load the page again, which would send
 * that form a second time. */
static bool is_script_due(const struct cnil_exchange *exchange)
{
    return exchange->guard_script.allowed && cnil_str_equal(exchange->request.method, CNIL_STR("GET"));
}

static enum cnil_status write_block(struct cnil_exchange *exchange, const struct cnil_block_terms *terms, bool is_xml,
                                    struct cnil_str *block)
{
    const struct cnil_url *page = exchange->address.valid ? &exchange->page_url : NULL;
    struct cnil_buffer out;
    enum cnil_status status;

    cnil_buffer_init(&out, BLOCK_LIMIT);
    if (is_xml) /* whatever namespace body has given to names without a prefix */
        cnil_buffer_append(&out, CNIL_STR("<div xmlns=\"http://www.w3.org/1999/xhtml\">"));
    cnil_block_write(exchange->policy, terms, &exchange->choice, page, return_target(exchange), &out);
    if (is_script_due(exchange))
        cnil_block_write_script(exchange->policy, terms->language, &exchange->choice, page,
                                exchange->guard_script.nonce, &out);
    if (is_xml)
        cnil_buffer_append(&out, CNIL_STR("</div>"));
    status = cnil_buffer_status(&out);
    if (status == CNIL_OK) {
        *block = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
        status = block->ptr != NULL ? CNIL_OK : CNIL_NO_MEMORY;
    }
    cnil_buffer_free(&out);
    return status;
}

/* The page has other terms than the request let expect. */
static enum cnil_status write_block_on(void *data, const struct cnil_block_terms *terms, struct cnil_str *block)
{
    struct cnil_exchange *exchange = data;

    exchange->cards.language = terms->language;
    exchange->stepped_back = terms->steps_back;
    if (cnil_request_block_insertion(exchange) == CNIL_INSERT_NEVER) /* it has cards alone */
        return CNIL_OK;
    return write_block(exchange, terms, exchange->rewriter_options.content == CNIL_CONTENT_XML, block);
}

static bool has_head(const struct cnil_exchange *exchange)
{
    return cnil_request_guard_insertion(exchange) != CNIL_INSERT_NEVER && !exchange->leads_on;
}

static bool is_guard_due(const struct cnil_exchange *exchange)
{
    return has_head(exchange) && cnil_guard_is_due(exchange->policy, &exchange->choice);
}

/* Is there a URL that this visitor's documents may not fetch? */
static bool holds_urls(const struct cnil_exchange *exchange)
{
    return exchange->choice.state != CNIL_CHOICE_GRANTED ||
           cnil_matcher_holds_any_url(exchange->policy, cnil_choice_granted(&exchange->choice));
}

static enum cnil_status keep_nonce(struct cnil_exchange *exchange, struct cnil_str *nonce)
{
    if (nonce->len == 0)
        return CNIL_OK;
    *nonce = cnil_arena_copy(exchange->arena, *nonce);
    return nonce->ptr != NULL ? CNIL_OK : CNIL_NO_MEMORY;
}

/* May the guard run and the block's style stand in the page, as far as the site's own policy says, and with which
 * nonces? */
static enum cnil_status read_site_policy(struct cnil_exchange *exchange, struct cnil_headers headers)
{
    struct cnil_csp_element style;
    enum cnil_status status;

    cnil_csp_read_script(headers, &exchange->page_url, exchange->policy->prefix, &exchange->guard_script);
    cnil_csp_read_style(headers, &style);
    exchange->terms = (struct cnil_block_terms){ .language = exchange->language,
                                                 .in_domain = cnil_set_cookie_has_domain(exchange),
                                                 .style_in_page = exchange->policy->styles_in_page && style.allowed,
                                                 .style_nonce = style.nonce };
    status = keep_nonce(exchange, &exchange->guard_script.nonce);
    return status == CNIL_OK ? keep_nonce(exchange, &exchange->terms.style_nonce) : status;
}

static enum cnil_status keep_tags(struct cnil_exchange *exchange, const struct cnil_buffer *out, struct cnil_str *tags)
{
    if (cnil_buffer_status(out) != CNIL_OK || out->len == 0)
        return cnil_buffer_status(out);
    *tags = cnil_arena_copy(exchange->arena, cnil_buffer_str(out));
    return tags->ptr != NULL ? CNIL_OK : CNIL_NO_MEMORY;
}

static enum cnil_status keep_guard(struct cnil_exchange *exchange, const struct cnil_buffer *out)
{
    return keep_tags(exchange, out, &exchange->rewriter_options.guard);
}

/* For documents in data: URLs. Our policy they have from the page; in them it would know another "self". */
static enum cnil_status keep_apart(struct cnil_exchange *exchange, struct cnil_str tags)
{
    enum cnil_status status;
    struct cnil_buffer out;

    if (!exchange->address.valid)
        return CNIL_OK;
    cnil_buffer_init(&out, HEAD_LIMIT);
    cnil_guard_write_apart(tags, &out);
    status = keep_tags(exchange, &out, &exchange->rewriter_options.guard_apart);
    cnil_buffer_free(&out);
    return status;
}

/* Asked for when the body begins and when the headers leave. */
static enum cnil_status find_wall(struct cnil_exchange *exchange)
{
    enum cnil_status status = CNIL_OK;

    if (!exchange->wall_known)
        status = cnil_security_policy_of(&exchange->page, &exchange->choice, exchange->arena, &exchange->wall);
    exchange->wall_known = status == CNIL_OK;
    return status;
}

/* In the page its policy may be as long as it must. It would push the charset that the page declares out of the bytes
 * in which browsers look for it: so that is said before. */
static void write_wall(struct cnil_exchange *exchange, struct cnil_buffer *out)
{
    struct cnil_writer writer = { exchange->policy, out, NULL, NULL, exchange->language };
    struct cnil_str label = cnil_str_trim(cnil_intake_label(exchange->intake));

    if (label.len > 0) {
        cnil_writer_html(&writer, "<meta charset=\"");
        cnil_writer_escape(&writer, label);
        cnil_writer_html(&writer, "\">");
    }
    cnil_writer_html(&writer, "<meta http-equiv=\"Content-Security-Policy\" content=\"");
    cnil_writer_escape(&writer, exchange->wall.rest);
    cnil_writer_html(&writer, "\">");
}

/* Tags that may stand in XML. */
static enum cnil_status keep_xml_guard(struct cnil_exchange *exchange, struct cnil_str tags)
{
    enum cnil_status status;
    struct cnil_buffer out;

    cnil_buffer_init(&out, HEAD_LIMIT);
    cnil_guard_write_xml(tags, &out);
    status = keep_guard(exchange, &out);
    cnil_buffer_free(&out);
    return status;
}

/* What comes first in the head, in XHTML the guard's tags alone. They carry the nonce that the site's own policy asks
 * for; where that lets no tag of ours run, there is none. */
static enum cnil_status write_head(struct cnil_exchange *exchange, bool is_xml)
{
    const struct cnil_csp_element *script = &exchange->guard_script;
    enum cnil_status status;
    struct cnil_buffer out;
    size_t tags;

    cnil_buffer_init(&out, HEAD_LIMIT);
    if (exchange->wall.rest.len > 0 && !is_xml)
        write_wall(exchange, &out);
    tags = out.len;
    exchange->rewriter_options.guards =
        script->allowed && is_guard_due(exchange) && !exchange->policy->strict && !is_xml;
    if (script->allowed && is_guard_due(exchange))
        cnil_guard_write_tags(exchange->policy, &exchange->choice, exchange->address.valid ? &exchange->page_url : NULL,
                              script, &out);
    if (script->allowed && !is_xml)
        cnil_vendor_tag_write(exchange->policy, &exchange->choice, exchange->address.valid ? &exchange->page_url : NULL,
                              script->nonce, &out);
    status = is_xml ? keep_xml_guard(exchange, cnil_buffer_str(&out)) : keep_guard(exchange, &out);
    if (status == CNIL_OK)
        status = keep_apart(exchange, cnil_str_slice(cnil_buffer_str(&out), tags, out.len));
    cnil_buffer_free(&out);
    return status;
}

/* Before the script of a worker goes the guard itself. */
static enum cnil_status write_guard_line(struct cnil_exchange *exchange)
{
    enum cnil_status status;
    struct cnil_buffer out;

    cnil_buffer_init(&out, LINE_LIMIT);
    cnil_guard_write_line(&exchange->page, &exchange->choice, &out);
    status = keep_guard(exchange, &out);
    cnil_buffer_free(&out);
    return status;
}

/* What a script fetches, and may show: there is no block in it, but frames that are held back say so. */
static bool has_cards_alone(const struct cnil_exchange *exchange, enum cnil_content content)
{
    return exchange->destination == CNIL_DESTINATION_FETCH && !exchange->is_crawler && content == CNIL_CONTENT_HTML &&
           (exchange->status < 300 || exchange->status >= 400);
}

static void set_cards(struct cnil_exchange *exchange, bool is_fetched)
{
    const struct cnil_url *page = exchange->address.valid ? &exchange->page_url : NULL;

    exchange->cards =
        (struct cnil_card_place){ exchange->policy, page, return_target(exchange), exchange->language, is_fetched };
    exchange->rewriter_options.cards = exchange->policy->cards ? &exchange->cards : NULL;
}

enum cnil_status cnil_response_start(struct cnil_exchange *exchange, enum cnil_content content)
{
    enum cnil_insertion insertion = cnil_request_block_insertion(exchange);
    enum cnil_status status;

    if (exchange->leads_on)
        insertion = CNIL_INSERT_NEVER;
    exchange->stepped_back = false;
    exchange->rewriter_options = (struct cnil_rewriter_options){
        .page = &exchange->page,
        .choice = &exchange->choice,
        .events = exchange->events,
        .arena = exchange->arena,
        .insertion = insertion,
        .terms = exchange->terms,
        .write_block = write_block_on,
        .data = exchange,
        .guard_insertion = cnil_request_guard_insertion(exchange),
        .content = content,
        .drops_subset = !exchange->is_walled && holds_urls(exchange),
    };
    if (insertion != CNIL_INSERT_NEVER) {
        exchange->rewriter_options.seeks_manager = exchange->choice.state == CNIL_CHOICE_NONE;
        exchange->rewriter_options.steps_back = exchange->policy->adopts_manager;
        status =
            write_block(exchange, &exchange->terms, content == CNIL_CONTENT_XML, &exchange->rewriter_options.block);
        if (status != CNIL_OK)
            return status;
        set_cards(exchange, false);
    } else if (has_cards_alone(exchange, content)) {
        exchange->rewriter_options.insertion = CNIL_INSERT_IF_DOCUMENT; /* behind which cards may stand by themselves */
        set_cards(exchange, true);
    }
    if (content == CNIL_CONTENT_HTML && has_head(exchange)) {
        status = find_wall(exchange);
        if (status == CNIL_OK)
            status = write_head(exchange, false);
        if (status != CNIL_OK)
            return status;
    }
    if (content == CNIL_CONTENT_XML && exchange->document == CNIL_DOCUMENT_XML && !exchange->is_walled &&
        has_head(exchange)) {
        status = write_head(exchange, true);
        if (status != CNIL_OK)
            return status;
    }
    if (content == CNIL_CONTENT_SCRIPT) {
        exchange->rewriter_options.guard_insertion = CNIL_INSERT_ALWAYS;
        status = write_guard_line(exchange);
        if (status != CNIL_OK)
            return status;
    }
    if (content == CNIL_CONTENT_XML && exchange->document == CNIL_DOCUMENT_UNTYPED && exchange->wall.rest.len > 0)
        tell_open_wall(exchange);
    exchange->rewriter = cnil_rewriter_new(&exchange->rewriter_options);
    return exchange->rewriter != NULL ? CNIL_OK : CNIL_NO_MEMORY;
}

/* Must it be known what the page declares as its charset before anything long can be put into it? */
static enum cnil_status is_charset_awaited(struct cnil_exchange *exchange, bool *is_awaited)
{
    enum cnil_status status = CNIL_OK;

    *is_awaited = exchange->reading.content == CNIL_CONTENT_HTML && exchange->reading.charset == CNIL_CHARSET_UNKNOWN &&
                  has_head(exchange);
    if (*is_awaited)
        status = find_wall(exchange);
    *is_awaited = *is_awaited && exchange->wall.rest.len > 0;
    return status;
}

static enum cnil_status start_intake(struct cnil_exchange *exchange)
{
    bool is_awaited;
    enum cnil_status status = is_charset_awaited(exchange, &is_awaited);

    if (status != CNIL_OK)
        return status;
    exchange->reading.is_undeclared = exchange->destination == CNIL_DESTINATION_FETCH;
    exchange->intake = cnil_intake_new(&exchange->reading);
    if (exchange->intake == NULL)
        return CNIL_NO_MEMORY;
    if (exchange->reading.is_untyped || is_awaited) /* the first bytes will say */
        return CNIL_OK;
    return cnil_response_start(exchange, exchange->reading.content);
}

/* Fields that were true of the origin's bytes and are not of ours. */
static void edit_representation(struct cnil_exchange *exchange, struct cnil_editor *editor, struct cnil_headers headers)
{
    static const struct cnil_str names[] = {
        CNIL_STR_INIT("Content-Length"), CNIL_STR_INIT("Content-MD5"),   CNIL_STR_INIT("Digest"),
        CNIL_STR_INIT("Content-Digest"), CNIL_STR_INIT("Repr-Digest"),   CNIL_STR_INIT("Unencoded-Digest"),
        CNIL_STR_INIT("Accept-Ranges"),  CNIL_STR_INIT("Last-Modified"),
    };

    for (size_t i = 0; i < headers.count; i++) {
        if (cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("ETag"))) {
            cnil_edits_replace(editor, headers, i,
                               cnil_validator_outward(&exchange->validators, headers.list[i].value, exchange->arena));
            continue;
        }
        for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
            if (cnil_str_equal_nocase(headers.list[i].name, names[n]))
                cnil_edits_remove(editor, headers, i);
        }
    }
}

/* Without their codings, and in UTF-8, the bytes are not what these fields say. */
static void edit_reading(struct cnil_exchange *exchange, struct cnil_editor *editor, struct cnil_headers headers)
{
    struct cnil_mime mime;
    bool first = true;

    if (exchange->reading.codings.count > 0 || exchange->document == CNIL_DOCUMENT_EMPTIED)
        cnil_edits_remove_all(editor, headers, CNIL_STR("Content-Encoding"));
    if (exchange->document == CNIL_DOCUMENT_EMPTIED || exchange->reading.charset == CNIL_CHARSET_UNKNOWN ||
        exchange->reading.charset == CNIL_CHARSET_LIKE_ASCII || !cnil_document_type(headers, &mime))
        return;
    for (size_t i = 0; i < headers.count; i++) {
        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Content-Type")))
            continue;
        if (first)
            cnil_edits_replace(
                editor, headers, i,
                cnil_arena_print(exchange->arena, "%.*s; charset=utf-8", (int)mime.essence.len, mime.essence.ptr));
        else
            cnil_edits_remove(editor, headers, i);
        first = false;
    }
}

/* Is this where a document is shown? What an <img> or fetch() gets runs nothing by itself. */
static bool may_be_shown(enum cnil_destination destination)
{
    return destination != CNIL_DESTINATION_RESOURCE && destination != CNIL_DESTINATION_STYLE &&
           destination != CNIL_DESTINATION_FETCH;
}

static bool is_read(enum cnil_document document)
{
    return document == CNIL_DOCUMENT_HTML || document == CNIL_DOCUMENT_XML || document == CNIL_DOCUMENT_UNTYPED ||
           document == CNIL_DOCUMENT_CSS || document == CNIL_DOCUMENT_SCRIPT || document == CNIL_DOCUMENT_RULES ||
           document == CNIL_DOCUMENT_MANIFEST || document == CNIL_DOCUMENT_PLAYLIST ||
           document == CNIL_DOCUMENT_EMPTIED;
}

static bool is_xhtml(struct cnil_headers headers)
{
    struct cnil_mime mime;

    return cnil_document_type(headers, &mime) && cnil_str_equal_nocase(mime.essence, CNIL_STR("application/xhtml+xml"));
}

/* Is it a drawing that a page shows a part of? What else a script asks for in that mode is data. */
static bool is_part(const struct cnil_exchange *exchange, struct cnil_headers headers)
{
    struct cnil_mime mime;

    return cnil_request_is_for_part(&exchange->request) &&
           (exchange->destination == CNIL_DESTINATION_RESOURCE ||
            (cnil_document_type(headers, &mime) && cnil_str_equal_nocase(mime.essence, CNIL_STR("image/svg+xml"))));
}

/* Of what cannot be read: is it something that no policy of ours would hold back? A part of a sheet that a script asks
 * for is its own business. */
static bool is_past_policies(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    return exchange->reading.content == CNIL_CONTENT_RULES || exchange->reading.content == CNIL_CONTENT_MANIFEST ||
           exchange->reading.content == CNIL_CONTENT_PLAYLIST ||
           (exchange->reading.content == CNIL_CONTENT_XML && is_part(exchange, response->headers)) ||
           (exchange->reading.content == CNIL_CONTENT_CSS &&
            (response->status != 206 || cnil_request_is_for_style(exchange)));
}

/* XML and untyped data are mostly no documents: they are read where the browser says that they are shown. */
static enum cnil_document document_of(struct cnil_exchange *exchange, const struct cnil_response *response)
{
    enum cnil_use use = cnil_request_is_for_worker(exchange)               ? CNIL_USE_WORKER
                        : cnil_request_is_for_style(exchange)              ? CNIL_USE_STYLE
                        : cnil_request_is_for_manifest(&exchange->request) ? CNIL_USE_MANIFEST
                        : cnil_request_is_for_playlist(exchange)           ? CNIL_USE_PLAYLIST
                        : is_part(exchange, response->headers)             ? CNIL_USE_PART
                                                                           : CNIL_USE_ANY;
    enum cnil_document document =
        cnil_document_of(response, exchange->head, use, &exchange->reading, &exchange->unread);

    /* a player that is a script asks for each address by itself; on phones the browser's says nothing of itself */
    if (exchange->reading.content == CNIL_CONTENT_PLAYLIST && !cnil_request_is_for_media(&exchange->request) &&
        exchange->destination != CNIL_DESTINATION_UNKNOWN)
        return CNIL_DOCUMENT_NONE;
    if (document == CNIL_DOCUMENT_UNREAD && is_past_policies(exchange, response) && holds_urls(exchange))
        return CNIL_DOCUMENT_EMPTIED;
    if (document != CNIL_DOCUMENT_XML && document != CNIL_DOCUMENT_UNTYPED)
        return document;
    exchange->is_walled = document == CNIL_DOCUMENT_XML && use != CNIL_USE_PART && !is_xhtml(response->headers);
    if (document == CNIL_DOCUMENT_XML && use == CNIL_USE_PART)
        return document;
    if (may_be_shown(exchange->destination) && exchange->destination != CNIL_DESTINATION_UNKNOWN)
        return document;
    exchange->unread = document == CNIL_DOCUMENT_XML ? "xml" : "type";
    return CNIL_DOCUMENT_UNREAD;
}

static bool is_confirmation(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    return response->status == 304 && exchange->validators.matched;
}

enum cnil_status cnil_response_body(struct cnil_exchange *exchange, const struct cnil_response *response,
                                    struct cnil_edits *edits)
{
    enum cnil_status status = CNIL_OK;
    struct cnil_editor editor;

    exchange->document = document_of(exchange, response);
    exchange->body = CNIL_BODY_PASS;
    if (exchange->document == CNIL_DOCUMENT_EMPTIED) {
        if (exchange->mode == CNIL_MODE_ENFORCE && !exchange->head)
            exchange->body = CNIL_BODY_REWRITE;
    } else if (is_read(exchange->document) && !exchange->head) {
        status = read_site_policy(exchange, response->headers);
        if (status == CNIL_OK)
            status = start_intake(exchange);
        if (status == CNIL_OK) {
            exchange->body = exchange->mode == CNIL_MODE_ENFORCE ? CNIL_BODY_REWRITE : CNIL_BODY_OBSERVE;
        } else if (exchange->policy->on_error_open) {
            exchange->document = CNIL_DOCUMENT_UNREAD;
            exchange->unread = "memory";
        } else {
            return status;
        }
    }
    cnil_edits_begin(&editor, exchange->arena);
    if (exchange->mode == CNIL_MODE_ENFORCE && (is_read(exchange->document) || is_confirmation(exchange, response)))
        edit_representation(exchange, &editor, response->headers);
    if (exchange->mode == CNIL_MODE_ENFORCE && is_read(exchange->document))
        edit_reading(exchange, &editor, response->headers);
    return cnil_edits_end(&editor, edits);
}

/* ---- the headers ---- */

/* Is the field for one kind of cache alone, which then minds no Cache-Control (RFC 9213, 2.1: a name that ends with
 * "Cache-Control")? */
static bool is_targeted(struct cnil_str name)
{
    static const struct cnil_str tail = CNIL_STR_INIT("-Cache-Control");

    return name.len > tail.len && cnil_str_equal_nocase(cnil_str_slice(name, name.len - tail.len, name.len), tail);
}

/* What we made for one visitor: no shared cache keeps it, and `control` says what the browser may. */
static void edit_caching(struct cnil_editor *editor, struct cnil_headers headers, struct cnil_str control)
{
    static const struct cnil_str stale[] = {
        CNIL_STR_INIT("Expires"),           CNIL_STR_INIT("Pragma"),          CNIL_STR_INIT("Age"),
        CNIL_STR_INIT("Surrogate-Control"), CNIL_STR_INIT("X-Accel-Expires"), CNIL_STR_INIT("Edge-Control")
    };
    bool stored = !cnil_headers_have_directive(headers, CNIL_STR("no-store"));

    for (size_t i = 0; i < sizeof(stale) / sizeof(stale[0]); i++)
        cnil_edits_remove_all(editor, headers, stale[i]);
    for (size_t i = 0; i < headers.count; i++)
        if (is_targeted(headers.list[i].name))
            cnil_edits_remove(editor, headers, i);
    if (stored) {
        cnil_edits_remove_all(editor, headers, CNIL_STR("Cache-Control"));
        cnil_edits_add(editor, CNIL_STR("Cache-Control"), control);
    }
}

/* How long a sheet may be used without asking, in seconds, as its origin says; 0 when it does not. */
static unsigned long freshness(struct cnil_headers headers)
{
    static const struct cnil_str name = CNIL_STR_INIT("max-age=");
    unsigned long seconds = 0;

    if (cnil_headers_have_directive(headers, CNIL_STR("no-cache")))
        return 0;
    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str rest = headers.list[i].value, word;

        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Cache-Control")))
            continue;
        while (cnil_header_list_next(&rest, &word)) {
            size_t at = name.len;

            if (!cnil_str_starts_with_nocase(word, name))
                continue;
            for (seconds = 0; at < word.len && cnil_is_digit(word.ptr[at]) && seconds < SHEET_FRESHNESS; at++)
                seconds = 10 * seconds + (unsigned long)(word.ptr[at] - '0');
        }
    }
    return seconds < SHEET_FRESHNESS ? seconds : SHEET_FRESHNESS;
}

/* A sheet is used by many pages: with the same cookies, and so the same choice, it need not be asked for each time; not
 * for longer than a change of the policy may take (decision 0010). What a choice let through is asked for each time:
 * browsers keep sheets in memory from page to page, too, where they know nothing of cookies. `besides`: what else it
 * may vary by; NULL: nothing. */
static void edit_caching_of_sheet(struct cnil_exchange *exchange, struct cnil_editor *editor,
                                  struct cnil_headers headers, const char *besides)
{
    const struct cnil_choice *choice = &exchange->choice;
    bool grants = choice->granted != 0 || choice->service_count > 0 || choice->once != NULL;
    unsigned long seconds = grants ? 0 : freshness(headers);

    edit_caching(editor, headers,
                 seconds == 0 ? CNIL_STR("private, no-cache")
                              : cnil_arena_print(exchange->arena, "private, max-age=%lu, must-revalidate", seconds));
    if (besides != NULL)
        cnil_edits_add(editor, CNIL_STR("Vary"),
                       cnil_arena_print(exchange->arena, "%s%s", seconds > 0 ? "Cookie," : "", besides));
    else if (seconds > 0)
        cnil_edits_add(editor, CNIL_STR("Vary"), CNIL_STR("Cookie"));
}

/* Pages may use the same script, without what we put before it. */
static void edit_caching_of_worker(struct cnil_editor *editor, struct cnil_headers headers)
{
    edit_caching(editor, headers, CNIL_STR("private, no-cache"));
    cnil_edits_add(editor, CNIL_STR("Vary"), CNIL_STR("Sec-Fetch-Dest"));
}

/* In the site's own field where there is one, as Apache would put them together: the same bytes from both servers. */
static void vary_by_language(struct cnil_exchange *exchange, struct cnil_editor *editor, struct cnil_headers headers)
{
    static const struct cnil_str name = CNIL_STR_INIT("Vary");

    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str value = headers.list[i].value;

        if (!cnil_str_equal_nocase(headers.list[i].name, name) || cnil_str_trim(value).len == 0)
            continue;
        cnil_edits_replace(editor, headers, i,
                           cnil_arena_print(exchange->arena, "%.*s,Accept-Language", (int)value.len, value.ptr));
        return;
    }
    cnil_edits_add(editor, name, CNIL_STR("Accept-Language"));
}

/* The browser asks before it shows it again. */
static void edit_caching_of_page(struct cnil_exchange *exchange, struct cnil_editor *editor,
                                 struct cnil_headers headers)
{
    edit_caching(editor, headers, CNIL_STR("private, no-cache"));
    if (exchange->policy->languages != 0 && cnil_request_insertion(exchange->destination) != CNIL_INSERT_NEVER)
        vary_by_language(exchange, editor, headers);
}

/* A worker's script makes a context of its own, too. Browsers that do not say what they fetch a script for, and service
 * workers that pass it on, get the policy with every script: with others than workers' it means nothing. */
static bool is_worker(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    struct cnil_str word = cnil_str_trim(cnil_headers_value(exchange->request.headers, CNIL_STR("Sec-Fetch-Dest")));
    struct cnil_script_type type = { .language = CNIL_STR_EMPTY };
    struct cnil_mime mime;

    if (response->status != 304 && (response->status < 200 || response->status > 299))
        return false;
    if (exchange->is_worker)
        return true;
    if (word.len > 0 && exchange->destination != CNIL_DESTINATION_FETCH)
        return false;
    if (!cnil_document_type(response->headers, &mime)) /* what confirms says no type */
        return response->status == 304 && cnil_str_ends_with(exchange->address.path, CNIL_STR("js"));
    type.type = mime.essence;
    return cnil_script_kind(&type) == CNIL_SCRIPT_CLASSIC;
}

/* What decides how long the response may be kept, and by whom. */
enum caching {
    CACHING_OF_SITE,
    CACHING_OF_SHEET,
    CACHING_OF_PART,     /* the same file may be shown as a picture */
    CACHING_OF_PLAYLIST, /* a script may ask for it, too */
    CACHING_OF_WORKER,
    CACHING_OF_PAGE,
    CACHING_OF_VISITOR
};

static enum caching caching_of(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    bool confirms = is_confirmation(exchange, response), is_unread = exchange->document == CNIL_DOCUMENT_UNREAD;
    bool is_past = (is_unread || exchange->document == CNIL_DOCUMENT_EMPTIED) && is_past_policies(exchange, response);

    if (exchange->document == CNIL_DOCUMENT_CSS || (confirms && cnil_request_is_for_style(exchange)) ||
        (is_past && exchange->reading.content == CNIL_CONTENT_CSS))
        return CACHING_OF_SHEET;
    if ((exchange->document == CNIL_DOCUMENT_XML || confirms ||
         (is_past && exchange->reading.content == CNIL_CONTENT_XML)) &&
        is_part(exchange, response->headers))
        return CACHING_OF_PART;
    if (exchange->document == CNIL_DOCUMENT_PLAYLIST || (confirms && cnil_request_is_for_media(&exchange->request)) ||
        (is_past && exchange->reading.content == CNIL_CONTENT_PLAYLIST))
        return CACHING_OF_PLAYLIST;
    if (exchange->document == CNIL_DOCUMENT_SCRIPT || ((confirms || is_unread) && cnil_request_is_for_worker(exchange)))
        return CACHING_OF_WORKER;
    if (is_read(exchange->document) || confirms ||
        (is_unread && (is_past || cnil_request_is_navigation(exchange->destination))))
        return CACHING_OF_PAGE;
    if (exchange->policy->strict && is_worker(exchange, response)) /* a policy that follows the choice goes with it */
        return exchange->is_worker ? CACHING_OF_WORKER : CACHING_OF_SHEET;
    return CACHING_OF_SITE;
}

static void edit_caching_as(struct cnil_exchange *exchange, struct cnil_editor *editor, struct cnil_headers headers,
                            enum caching caching)
{
    switch (caching) {
    case CACHING_OF_SITE:
        break;
    case CACHING_OF_SHEET:
        edit_caching_of_sheet(exchange, editor, headers, NULL);
        break;
    case CACHING_OF_PART:
        edit_caching_of_sheet(exchange, editor, headers, "Sec-Fetch-Mode");
        break;
    case CACHING_OF_PLAYLIST:
        edit_caching_of_sheet(exchange, editor, headers, "Sec-Fetch-Dest");
        break;
    case CACHING_OF_WORKER:
        edit_caching_of_worker(editor, headers);
        break;
    case CACHING_OF_PAGE:
        edit_caching_of_page(exchange, editor, headers);
        break;
    case CACHING_OF_VISITOR:
        edit_caching(editor, headers, CNIL_STR("private, no-store"));
        break;
    }
}

/* Does a document come of it, or does it confirm one that the browser has? */
static bool is_shown(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    return may_be_shown(exchange->destination) &&
           (exchange->document != CNIL_DOCUMENT_NONE || is_confirmation(exchange, response));
}

/* What the browser may keep for another choice than this one's leaves as before any choice. */
static enum cnil_status guard_unread(struct cnil_exchange *exchange, struct cnil_editor *editor)
{
    static const struct cnil_choice none = { .state = CNIL_CHOICE_NONE };
    bool is_fresh = cnil_request_is_navigation(exchange->destination) || cnil_request_is_for_worker(exchange);
    struct cnil_str value;
    enum cnil_status status =
        cnil_security_policy_closed(&exchange->page, is_fresh ? &exchange->choice : &none, exchange->arena, &value);

    if (status == CNIL_OK && value.len > 0)
        cnil_edits_add(editor, CNIL_STR("Content-Security-Policy"), value);
    return status;
}

/* What a script fetches a service worker of the site may show as a page. Elsewhere the policy means nothing. */
static bool may_become_page(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    return exchange->destination == CNIL_DESTINATION_FETCH &&
           (exchange->document == CNIL_DOCUMENT_HTML || is_confirmation(exchange, response));
}

/* Does a page carry what of the policy is too long for the field? Of one without a type that is told when it begins. */
static bool carries_rest(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    return exchange->document == CNIL_DOCUMENT_HTML || exchange->document == CNIL_DOCUMENT_UNTYPED ||
           is_confirmation(exchange, response);
}

static enum cnil_status guard_read(struct cnil_exchange *exchange, const struct cnil_response *response,
                                   struct cnil_editor *editor)
{
    enum cnil_status status = find_wall(exchange);

    if (status != CNIL_OK)
        return status;
    if (exchange->wall.field.len > 0)
        cnil_edits_add(editor, CNIL_STR("Content-Security-Policy"), exchange->wall.field);
    if (exchange->wall.is_open || (exchange->wall.rest.len > 0 && !carries_rest(exchange, response)))
        tell_open_wall(exchange);
    return CNIL_OK;
}

/* Is it worth telling that this could not be rewritten? What scripts fetch may end up in the page, when it says that it
 * is HTML; they fetch a lot of XML and untyped data besides. */
static bool is_unread_told(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    struct cnil_mime mime;

    if (exchange->destination == CNIL_DESTINATION_FETCH)
        return cnil_mime_parse(cnil_headers_value(response->headers, CNIL_STR("Content-Type")), &mime) &&
               cnil_str_equal_nocase(mime.essence, CNIL_STR("text/html"));
    if (exchange->destination == CNIL_DESTINATION_STYLE || cnil_request_is_for_worker(exchange))
        return true;
    return may_be_shown(exchange->destination) && exchange->destination != CNIL_DESTINATION_UNKNOWN;
}

static void tell_unread(struct cnil_exchange *exchange)
{
    struct cnil_event event = { .kind = CNIL_EVENT_DOCUMENT_UNREAD,
                                .element = CNIL_STR("document"),
                                .rule = cnil_str_from(exchange->unread) };

    cnil_events_add(exchange->events, &event);
}

/* A field for one visitor must not get into a shared cache with a picture: on what is not a document, cookies are
 * expired only where the site says that no such cache keeps it, or none would. */
static bool may_expire_cookies(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    bool reads = exchange->head || cnil_str_equal(exchange->request.method, CNIL_STR("GET"));

    return (exchange->choice.state != CNIL_CHOICE_NONE || exchange->choice.opposes) &&
           (exchange->document != CNIL_DOCUMENT_NONE || !reads || cnil_headers_are_private(response->headers));
}

/* Does the visitor see our block in it, as far as its headers tell? */
static bool shows_block(const struct cnil_exchange *exchange, const struct cnil_response *response)
{
    bool is_page = exchange->document == CNIL_DOCUMENT_HTML ||
                   (exchange->document == CNIL_DOCUMENT_XML && is_xhtml(response->headers));

    return is_page && exchange->body == CNIL_BODY_REWRITE && !exchange->is_crawler &&
           (exchange->destination == CNIL_DESTINATION_DOCUMENT || exchange->destination == CNIL_DESTINATION_LIKELY) &&
           !exchange->leads_on && !cnil_request_is_prefetch(exchange->request.headers) &&
           !cnil_request_is_renewal(exchange->request.headers);
}

/* The fields may be others than when the body began: a server may add its own later. */
static void check_style(struct cnil_exchange *exchange, const struct cnil_response *response)
{
    struct cnil_csp_element style;

    if (!exchange->terms.style_in_page || !shows_block(exchange, response))
        return;
    cnil_csp_read_style(response->headers, &style);
    if (!style.allowed || (style.needs_nonce && !cnil_str_equal(style.nonce, exchange->terms.style_nonce)))
        cnil_exchange_tell(exchange, CNIL_EVENT_STYLE_REFUSED, CNIL_STR("style"), CNIL_STR_EMPTY, NULL);
}

static void check_head(struct cnil_exchange *exchange, const struct cnil_response *response)
{
    bool is_html = exchange->document == CNIL_DOCUMENT_HTML;
    bool tells = is_html && has_head(exchange) && cnil_vendor_tag_is_due(exchange->policy, &exchange->choice);
    struct cnil_csp_element script;

    if (exchange->body == CNIL_BODY_PASS ||
        (!is_html && (exchange->document != CNIL_DOCUMENT_XML || exchange->is_walled)) ||
        (!is_guard_due(exchange) && !tells))
        return;
    cnil_csp_read_script(response->headers, &exchange->page_url, exchange->policy->prefix, &script);
    if (exchange->guard_script.allowed && script.allowed &&
        (!script.needs_nonce || cnil_str_equal(script.nonce, exchange->guard_script.nonce))) {
        if (!exchange->guard_script.leads && is_guard_due(exchange) && exchange->policy->imports != CNIL_IMPORTS_FREE)
            cnil_exchange_tell(exchange, CNIL_EVENT_IMPORTS_UNLED, CNIL_STR("document"), CNIL_STR_EMPTY, NULL);
        return;
    }
    if (is_guard_due(exchange))
        cnil_exchange_tell(exchange, CNIL_EVENT_GUARD_REFUSED, CNIL_STR("document"), CNIL_STR_EMPTY, NULL);
    if (tells)
        cnil_exchange_tell(exchange, CNIL_EVENT_VENDOR_UNTOLD, CNIL_STR("document"), CNIL_STR_EMPTY, NULL);
}

static void add_set_cookie(void *data, struct cnil_str value)
{
    cnil_edits_add(data, CNIL_STR("Set-Cookie"), value);
}

/* A server leaves the bodies of some responses out of our reach. */
static void decide_unreached(struct cnil_exchange *exchange, const struct cnil_response *response)
{
    exchange->document = document_of(exchange, response);
    if (is_read(exchange->document) && !exchange->head) {
        exchange->document = CNIL_DOCUMENT_UNREAD;
        exchange->unread = "unreachable";
    }
}

/* What a drawing's DTD declares and what an XSLT style sheet makes of data is not read, and seldom third parties'. */
static enum cnil_status guard(struct cnil_exchange *exchange, const struct cnil_response *response,
                              struct cnil_editor *editor)
{
    bool is_unread = exchange->document == CNIL_DOCUMENT_UNREAD;

    if (is_unread && (may_be_shown(exchange->destination) || exchange->destination == CNIL_DESTINATION_FETCH ||
                      cnil_request_is_for_worker(exchange)))
        return guard_unread(exchange, editor);
    if (exchange->document == CNIL_DOCUMENT_XML && exchange->is_walled)
        return guard_unread(exchange, editor);
    if (is_shown(exchange, response) || is_worker(exchange, response) || may_become_page(exchange, response))
        return guard_read(exchange, response, editor);
    return CNIL_OK;
}

enum cnil_status cnil_response_headers(struct cnil_exchange *exchange, const struct cnil_response *response,
                                       struct cnil_edits *edits)
{
    struct cnil_headers headers = response->headers;
    enum cnil_status status;
    struct cnil_editor editor;
    enum caching caching;
    bool is_of_visitor, follows;

    if (!exchange->decided)
        decide_unreached(exchange, response);
    cnil_edits_begin(&editor, exchange->arena);
    follows = cnil_set_cookie_edit(exchange, headers, &editor);
    is_of_visitor = cnil_account_edit(exchange, headers, shows_block(exchange, response), &editor);
    caching = caching_of(exchange, response);
    if (caching == CACHING_OF_SITE && is_of_visitor)
        caching = CACHING_OF_VISITOR;
    follows =
        cnil_header_rules_edit(exchange, response, is_shown(exchange, response), caching == CACHING_OF_SITE, &editor) ||
        follows;
    if (cnil_headers_find(headers, CNIL_STR("Strict-Transport-Security")) == NULL && cnil_https_is_hsts_due(exchange))
        cnil_edits_add(&editor, CNIL_STR("Strict-Transport-Security"), cnil_https_hsts(exchange));
    if (!exchange->decided && is_confirmation(exchange, response))
        edit_representation(exchange, &editor, headers);
    edit_caching_as(exchange, &editor, headers, caching);
    if (caching == CACHING_OF_SITE && follows && response->status >= 200) /* nobody keeps an interim one */
        edit_caching(&editor, headers, CNIL_STR("private, no-cache"));
    status = guard(exchange, response, &editor);
    if (status != CNIL_OK)
        return status;
    if (exchange->document == CNIL_DOCUMENT_EMPTIED ||
        (exchange->document == CNIL_DOCUMENT_UNREAD && is_unread_told(exchange, response)))
        tell_unread(exchange);
    check_style(exchange, response);
    check_head(exchange, response);
    if (exchange->once)
        cnil_edits_add(&editor, CNIL_STR("Set-Cookie"), cnil_once_end());
    if (may_expire_cookies(exchange, response)) {
        status = cnil_expiry_each(exchange, exchange->address.path, CNIL_EXPIRY_SENT, add_set_cookie, &editor);
        if (status != CNIL_OK)
            return status;
    }
    if (exchange->mode != CNIL_MODE_ENFORCE)
        editor.count = 0;
    return cnil_edits_end(&editor, edits);
}
