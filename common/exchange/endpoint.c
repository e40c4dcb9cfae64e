/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/endpoint.h"

#include "consent/state.h"
#include "exchange/account.h"
#include "exchange/answer.h"
#include "exchange/expiry.h"
#include "exchange/once.h"
#include "exchange/proof.h"
#include "exchange/request.h"
#include "exchange/set_cookie.h"
#include "exchange/visit.h"
#include "exchange/witness.h"
#include "page/addresses.h"
#include "page/block.h"
#include "page/guard.h"
#include "web/form.h"
#include "web/gzip.h"

#include <inttypes.h>

enum { PAGE_LIMIT = 512 * 1024, ANCHOR_LIMIT = 128 };

static const struct cnil_str forever = CNIL_STR_INIT("public, max-age=31536000, immutable");

/* Where a site says that it honours Sec-GPC. */
static bool is_gpc_statement(const struct cnil_policy *policy, struct cnil_str path)
{
    return policy->honours_gpc && cnil_str_equal(path, CNIL_STR("/.well-known/gpc.json"));
}

static bool is_own(const struct cnil_policy *policy, struct cnil_str path)
{
    return cnil_str_starts_with(path, policy->prefix) || is_gpc_statement(policy, path);
}

bool cnil_endpoint_is_own(const struct cnil_exchange *exchange)
{
    return is_own(exchange->policy, exchange->address.path);
}

/* The day is the site's: what the signal meant then is what it promised. Without one the day is unknown, as the
 * specification has it; that of a file or of a release of ours would be neither. */
static enum cnil_status gpc_statement(struct cnil_exchange *exchange, const struct cnil_answer **answer)
{
    struct cnil_str since = exchange->policy->gpc_since;
    struct cnil_answer_builder builder;

    cnil_answer_begin(&builder, exchange, 200);
    builder.answer.body = since.len == 0 ? CNIL_STR("{\"gpc\":true}\n")
                                         : cnil_arena_print(exchange->arena, "{\"gpc\":true,\"lastUpdate\":\"%.*s\"}\n",
                                                            (int)since.len, since.ptr);
    if (builder.answer.body.ptr == NULL)
        return CNIL_NO_MEMORY;
    cnil_answer_add(&builder, CNIL_STR("Content-Type"), CNIL_STR("application/json"));
    cnil_answer_add(&builder, CNIL_STR("X-Content-Type-Options"), CNIL_STR("nosniff"));
    cnil_answer_add(&builder, CNIL_STR("Cache-Control"), CNIL_STR("public, max-age=86400"));
    return cnil_answer_end(&builder, answer);
}

static enum cnil_status privacy_page(struct cnil_exchange *exchange, const struct cnil_answer **answer)
{
    struct cnil_answer_builder builder;
    struct cnil_buffer html;

    cnil_buffer_init(&html, PAGE_LIMIT);
    cnil_block_privacy_page(exchange->policy, exchange->language, &exchange->choice, &html);
    cnil_answer_begin(&builder, exchange, 200);
    cnil_answer_page(&builder, &html);
    cnil_buffer_free(&html);
    return cnil_answer_end(&builder, answer);
}

static struct cnil_str escaped(struct cnil_exchange *exchange, struct cnil_str path)
{
    struct cnil_str value = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    cnil_buffer_init(&out, 3 * path.len + 1);
    cnil_address_escape(path, &out);
    if (cnil_buffer_status(&out) == CNIL_OK)
        value = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return value;
}

/* One of our own pages that is there to be read, as we write its path. */
static bool is_own_page(const struct cnil_policy *policy, struct cnil_str path)
{
    static const struct cnil_str names[] = { CNIL_STR_INIT(""), CNIL_STR_INIT("panel"), CNIL_STR_INIT("receipt") };
    struct cnil_str name = cnil_str_slice(path, policy->prefix.len, path.len);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (cnil_str_starts_with(path, policy->prefix) && cnil_str_equal(name, names[i]))
            return true;
    return false;
}

/* Would a browser, which takes "." and ".." out of it, come to an address of ours? */
static bool leads_to_own(struct cnil_exchange *exchange, struct cnil_str target)
{
    struct cnil_address there = exchange->address;
    struct cnil_url url;

    there.target = target;
    return target.ptr == NULL || cnil_address_url(&there, exchange->arena, &url) != CNIL_OK || url.truncated ||
           is_own(exchange->policy, url.path); /* without memory, perhaps */
}

/* Where the visitor goes back to: the form's path when it is one of this site's, else the start page. Of our own
 * addresses those alone that can be read: the one that takes choices answers nobody who comes back to it. Links have
 * the path as it is, Location has it escaped. */
static struct cnil_str return_path(struct cnil_exchange *exchange, struct cnil_str wanted)
{
    struct cnil_str path = cnil_str_slice(wanted, 0, cnil_str_find_byte(wanted, '?'));

    if (wanted.len > CNIL_LIMIT_FORM_BODY || /* no form of ours could bring it back */
        !cnil_address_is_own_path(&exchange->address, wanted, exchange->arena))
        return CNIL_STR("/");
    if (is_own_page(exchange->policy, path))
        return wanted;
    return leads_to_own(exchange, wanted) || leads_to_own(exchange, escaped(exchange, wanted)) ? CNIL_STR("/") : wanted;
}

static enum cnil_status panel_page(struct cnil_exchange *exchange, const struct cnil_answer **answer)
{
    struct cnil_str query = exchange->request.target, wanted = CNIL_STR_EMPTY;
    struct cnil_answer_builder builder;
    struct cnil_buffer html;

    (void)cnil_str_cut(&query, '?');
    (void)cnil_form_value(query, CNIL_STR("return"), exchange->arena, &wanted);
    cnil_buffer_init(&html, PAGE_LIMIT);
    cnil_block_panel_page(exchange->policy, exchange->language, &exchange->choice, return_path(exchange, wanted),
                          &html);
    cnil_answer_begin(&builder, exchange, 200);
    cnil_answer_page(&builder, &html);
    cnil_buffer_free(&html);
    return cnil_answer_end(&builder, answer);
}

/* The form says in which language it was read, where the page may have chosen that. */
static void read_language(struct cnil_exchange *exchange, struct cnil_str body)
{
    struct cnil_str tag = CNIL_STR_EMPTY;

    if (cnil_form_value(body, CNIL_STR("language"), exchange->arena, &tag))
        (void)cnil_language_lookup(tag, exchange->policy->languages, &exchange->language);
}

/* What a page asked for now would have in it, for the script in one that was there before the choice. */
static enum cnil_status block(struct cnil_exchange *exchange, const struct cnil_answer **answer)
{
    const struct cnil_url *page = exchange->address.valid ? &exchange->page_url : NULL;
    struct cnil_str query = exchange->request.target, wanted = CNIL_STR_EMPTY;
    struct cnil_block_terms terms = { .in_domain = cnil_set_cookie_has_domain(exchange) };
    struct cnil_answer_builder builder;
    struct cnil_buffer html;

    (void)cnil_str_cut(&query, '?');
    (void)cnil_form_value(query, CNIL_STR("return"), exchange->arena, &wanted);
    read_language(exchange, query);
    cnil_buffer_init(&html, PAGE_LIMIT);
    terms.language = exchange->language;
    cnil_block_write(exchange->policy, &terms, &exchange->choice, page, return_path(exchange, wanted), &html);
    cnil_answer_begin(&builder, exchange, 200);
    cnil_answer_page(&builder, &html);
    cnil_buffer_free(&html);
    return cnil_answer_end(&builder, answer);
}

/* For the site's own code, of this origin alone: no other may read it. */
static enum cnil_status state(struct cnil_exchange *exchange, const struct cnil_answer **answer)
{
    struct cnil_answer_builder builder;
    struct cnil_buffer text;

    cnil_buffer_init(&text, PAGE_LIMIT);
    cnil_state_write(&exchange->choice, exchange->policy, &text);
    cnil_answer_begin(&builder, exchange, 200);
    cnil_answer_add(&builder, CNIL_STR("Content-Type"), CNIL_STR("application/json"));
    cnil_answer_add(&builder, CNIL_STR("X-Content-Type-Options"), CNIL_STR("nosniff"));
    cnil_answer_add(&builder, CNIL_STR("Cross-Origin-Resource-Policy"), CNIL_STR("same-origin"));
    cnil_answer_add(&builder, CNIL_STR("Content-Security-Policy"), CNIL_STR("default-src 'none'"));
    cnil_answer_add(&builder, CNIL_STR("Cache-Control"), CNIL_STR("private, no-store"));
    cnil_answer_body(&builder, &text);
    cnil_buffer_free(&text);
    return cnil_answer_end(&builder, answer);
}

static enum cnil_status receipt_page(struct cnil_exchange *exchange, const struct cnil_answer **answer)
{
    struct cnil_answer_builder builder;
    struct cnil_buffer html;

    cnil_buffer_init(&html, PAGE_LIMIT);
    cnil_block_own_choice_page(exchange->policy, exchange->language, &exchange->choice, &html);
    cnil_answer_begin(&builder, exchange, 200);
    cnil_answer_page(&builder, &html);
    cnil_buffer_free(&html);
    return cnil_answer_end(&builder, answer);
}

/* A frame of the page without an origin (sandboxed, a data: URL) fetches it as another site would. It tells nothing. */
static void add_party(struct cnil_answer_builder *builder)
{
    cnil_answer_add(builder, CNIL_STR("Cross-Origin-Resource-Policy"), CNIL_STR("cross-origin"));
}

static enum cnil_status asset(struct cnil_exchange *exchange, const struct cnil_asset *file,
                              const struct cnil_answer **answer)
{
    bool zips = file->zipped.len > 0 && cnil_gzip_is_accepted(exchange->request.headers);
    struct cnil_str etag =
        cnil_arena_print(exchange->arena, "\"%.*s%s\"", (int)file->name.len, file->name.ptr, zips ? ".gz" : "");
    struct cnil_str rest = cnil_headers_value(exchange->request.headers, CNIL_STR("If-None-Match"));
    struct cnil_answer_builder builder;
    struct cnil_etag tag;
    bool fresh = false;

    while (!fresh && cnil_etag_next(&rest, &tag))
        fresh =
            cnil_str_equal(tag.opaque, cnil_str_slice(etag, 1, etag.len - 1)) || cnil_str_equal(tag.raw, CNIL_STR("*"));
    cnil_answer_begin(&builder, exchange, fresh ? 304 : 200);
    if (!fresh) {
        cnil_answer_add(&builder, CNIL_STR("Content-Type"), file->type);
        cnil_answer_add(&builder, CNIL_STR("X-Content-Type-Options"), CNIL_STR("nosniff"));
        if (zips)
            cnil_answer_add(&builder, CNIL_STR("Content-Encoding"), CNIL_STR("gzip"));
        builder.answer.body = zips ? file->zipped : file->content;
    }
    add_party(&builder);
    /* its name changes with its content */
    cnil_answer_add(&builder, CNIL_STR("Cache-Control"), forever);
    cnil_answer_add(&builder, CNIL_STR("ETag"), etag);
    cnil_answer_add(&builder, CNIL_STR("Vary"), CNIL_STR("Accept-Encoding"));
    return cnil_answer_end(&builder, answer);
}

/* What the guard holds back for that choice. A page of before a reload, or of another server, names another table than
 * ours: it gets what holds now, and keeps it no longer than that page. */
static enum cnil_status guard_table(struct cnil_exchange *exchange, const struct cnil_choice *choice, bool current,
                                    const struct cnil_answer **answer)
{
    bool zips = cnil_gzip_is_accepted(exchange->request.headers);
    struct cnil_answer_builder builder;
    struct cnil_buffer text, zipped;

    cnil_buffer_init(&text, CNIL_LIMIT_GUARD_TABLE + CNIL_LIMIT_GUARD_LISTED);
    cnil_buffer_init(&zipped, CNIL_LIMIT_GUARD_TABLE + CNIL_LIMIT_GUARD_LISTED);
    cnil_guard_write_table(&exchange->page, choice, &text);
    zipped.status = cnil_buffer_status(&text);
    if (zips)
        cnil_gzip_write(cnil_buffer_str(&text), &zipped);
    cnil_answer_begin(&builder, exchange, 200);
    cnil_answer_add(&builder, CNIL_STR("Content-Type"), CNIL_STR("text/javascript; charset=utf-8"));
    cnil_answer_add(&builder, CNIL_STR("X-Content-Type-Options"), CNIL_STR("nosniff"));
    add_party(&builder);
    cnil_answer_add(&builder, CNIL_STR("Cache-Control"), current ? forever : CNIL_STR("no-store"));
    cnil_answer_add(&builder, CNIL_STR("Vary"), CNIL_STR("Accept-Encoding"));
    if (zips)
        cnil_answer_add(&builder, CNIL_STR("Content-Encoding"), CNIL_STR("gzip"));
    cnil_arena_allow(exchange->arena, CNIL_LIMIT_GUARD_TABLE + CNIL_LIMIT_GUARD_LISTED);
    cnil_answer_body(&builder, zips ? &zipped : &text);
    cnil_buffer_free(&text);
    cnil_buffer_free(&zipped);
    return cnil_answer_end(&builder, answer);
}

/* What another host has, and is asked for by way of us, below `name`: where it need not wait it comes from there. No
 * navigation is sent on: else anybody's links could lead through this site. */
static enum cnil_status lead_on(struct cnil_exchange *exchange, struct cnil_str name, struct cnil_str element,
                                const struct cnil_answer **answer)
{
    size_t at = exchange->policy->prefix.len + name.len;
    struct cnil_str rest = cnil_str_slice(exchange->address.target, at, exchange->address.target.len), target;
    struct cnil_str scheme = cnil_str_cut(&rest, '/');
    struct cnil_element_use use = { .resource = CNIL_RESOURCE_SCRIPT };
    struct cnil_answer_builder builder;
    struct cnil_verdict verdict;
    struct cnil_url url;
    enum cnil_status status;
    bool held;

    if (!cnil_request_is_of_code(&exchange->request) ||
        (!cnil_str_equal(scheme, CNIL_STR("https")) && !cnil_str_equal(scheme, CNIL_STR("http"))))
        return cnil_answer_error(exchange, 404, CNIL_STR_EMPTY, answer);
    target = cnil_arena_print(exchange->arena, "%.*s://%.*s", (int)scheme.len, scheme.ptr, (int)rest.len, rest.ptr);
    status = target.ptr != NULL ? cnil_url_parse(target, NULL, exchange->arena, &url) : CNIL_NO_MEMORY;
    if (status == CNIL_INVALID)
        return cnil_answer_error(exchange, 404, CNIL_STR_EMPTY, answer);
    if (status != CNIL_OK)
        return status;
    (void)cnil_request_use(&exchange->request, &use);
    cnil_matcher_url(&exchange->page, &url, use.resource, &verdict);
    held = cnil_exchange_holds(exchange, &verdict);
    if (held || verdict.action == CNIL_ACTION_REPORT)
        cnil_exchange_tell_url(exchange, held ? CNIL_EVENT_REDIRECT_HELD : cnil_event_of_passed(&verdict), element,
                               &url, &verdict);
    if (held)
        return cnil_answer_error(exchange, 403, CNIL_STR_EMPTY, answer);
    cnil_answer_begin(&builder, exchange, 307);
    cnil_answer_add(&builder, CNIL_STR("Location"), target);
    cnil_answer_add(&builder, CNIL_STR("Cache-Control"), CNIL_STR("no-store")); /* it follows the choice */
    return cnil_answer_end(&builder, answer);
}

/* To which the page's import map leads (page/guard.c). */
static enum cnil_status module(struct cnil_exchange *exchange, const struct cnil_answer **answer)
{
    return lead_on(exchange, CNIL_STR(CNIL_GUARD_MODULES), CNIL_STR("import"), answer);
}

/* To which the manifest of an app leads (page/addresses.c). */
static enum cnil_status icon(struct cnil_exchange *exchange, const struct cnil_answer **answer)
{
    return lead_on(exchange, CNIL_STR(CNIL_ADDRESSES_ICONS), CNIL_STR("manifest src"), answer);
}

/* Says early what is wrong with a post to our address; 0: its body may come. */
static unsigned refusal(const struct cnil_exchange *exchange)
{
    struct cnil_str length = cnil_headers_value(exchange->request.headers, CNIL_STR("Content-Length"));
    struct cnil_mime mime;
    uint64_t bytes = 0;

    if (!cnil_mime_parse(cnil_headers_value(exchange->request.headers, CNIL_STR("Content-Type")), &mime) ||
        !cnil_str_equal_nocase(mime.essence, CNIL_STR("application/x-www-form-urlencoded")))
        return 415;
    for (size_t i = 0; i < length.len && bytes <= CNIL_LIMIT_FORM_BODY; i++)
        bytes = cnil_is_digit(length.ptr[i]) ? bytes * 10 + (uint64_t)(length.ptr[i] - '0') : CNIL_LIMIT_FORM_BODY + 1;
    return bytes > CNIL_LIMIT_FORM_BODY ? 413 : 0;
}

typedef enum cnil_status page_function(struct cnil_exchange *exchange, const struct cnil_answer **answer);

static page_function *page_named(struct cnil_str name)
{
    static const struct {
        struct cnil_str name;
        page_function *page;
    } pages[] = {
        { CNIL_STR_INIT(""), privacy_page },    { CNIL_STR_INIT("block"), block },
        { CNIL_STR_INIT("panel"), panel_page }, { CNIL_STR_INIT("receipt"), receipt_page },
        { CNIL_STR_INIT("state"), state },
    };

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (cnil_str_equal(name, pages[i].name))
            return pages[i].page;
    return NULL;
}

enum cnil_status cnil_endpoint_open(struct cnil_exchange *exchange, enum cnil_open *open,
                                    const struct cnil_answer **answer)
{
    struct cnil_str name =
        cnil_str_slice(exchange->address.path, exchange->policy->prefix.len, exchange->address.path.len);
    bool reads = exchange->head || cnil_str_equal(exchange->request.method, CNIL_STR("GET"));
    const struct cnil_asset theme = { exchange->policy->theme.name, CNIL_STR("text/css; charset=utf-8"),
                                      exchange->policy->theme.css, CNIL_STR_EMPTY };
    const struct cnil_asset *file;
    struct cnil_choice choice;
    unsigned status;
    page_function *page;
    bool current;

    *open = CNIL_OPEN_ANSWER;
    if (is_gpc_statement(exchange->policy, exchange->address.path))
        return reads ? gpc_statement(exchange, answer)
                     : cnil_answer_error(exchange, 405, CNIL_STR("GET, HEAD"), answer);
    if (cnil_str_equal(name, CNIL_STR("choice"))) {
        if (!cnil_str_equal(exchange->request.method, CNIL_STR("POST"))) /* a GET must never choose: rule C3 */
            return cnil_answer_error(exchange, 405, CNIL_STR("POST"), answer);
        status = refusal(exchange);
        if (status != 0)
            return cnil_answer_error(exchange, status, CNIL_STR_EMPTY, answer);
        *open = CNIL_OPEN_SUBMIT;
        exchange->submitting = true;
        return CNIL_OK;
    }
    if (reads && cnil_guard_is_table(name, exchange->policy, &choice, &current))
        return guard_table(exchange, &choice, current, answer);
    page = cnil_str_starts_with(name, CNIL_STR(CNIL_GUARD_MODULES))     ? module
           : cnil_str_starts_with(name, CNIL_STR(CNIL_ADDRESSES_ICONS)) ? icon
                                                                        : page_named(name);
    file = name.len > 0 ? cnil_asset_find(name) : NULL;
    if (file == NULL && name.len > 0 && cnil_str_equal(name, theme.name))
        file = &theme;
    if (file == NULL && page == NULL)
        return cnil_answer_error(exchange, 404, CNIL_STR_EMPTY, answer);
    if (!reads)
        return cnil_answer_error(exchange, 405, CNIL_STR("GET, HEAD"), answer);
    return file != NULL ? asset(exchange, file, answer) : page(exchange, answer);
}

/* Of the cookie: the same for yes and no (rule C14), longer for an opposition, 0 where nothing is to be kept. */
static unsigned days_of(const struct cnil_choice *choice, const struct cnil_policy *policy)
{
    if (choice->opposes && choice->opposed > 0)
        return CNIL_OPPOSITION_DAYS;
    return choice->state != CNIL_CHOICE_NONE ? policy->consent_days : 0;
}

static struct cnil_str choice_cookie(struct cnil_exchange *exchange)
{
    const struct cnil_policy *policy = exchange->policy;
    unsigned days = days_of(&exchange->device, policy);
    struct cnil_str value = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    cnil_buffer_init(&out, CNIL_LIMIT_CHOICE_COOKIE + 256 + policy->consent_domain.len);
    cnil_buffer_append(&out, CNIL_STR(CNIL_CHOICE_COOKIE "="));
    if (days > 0)
        cnil_choice_write(&exchange->device, policy, exchange->key, &out);
    cnil_buffer_print(&out, "; Path=/; Max-Age=%" PRIu64 "; Secure; SameSite=Lax", (uint64_t)days * 86400);
    cnil_set_cookie_append_domain(exchange, &out);
    if (cnil_buffer_status(&out) == CNIL_OK)
        value = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return value;
}

static void add_set_cookie(void *data, struct cnil_str value)
{
    cnil_answer_add(data, CNIL_STR("Set-Cookie"), value);
}

/* Where there is a number to show, a page stands between the choice and the way back. */
static void add_receipt(struct cnil_answer_builder *builder, struct cnil_str target, struct cnil_str receipt)
{
    struct cnil_buffer html;

    cnil_buffer_init(&html, PAGE_LIMIT);
    cnil_block_receipt_page(builder->exchange->policy, builder->exchange->language, target, receipt, &html);
    cnil_answer_page(builder, &html);
    cnil_buffer_free(&html);
}

/* To the place in the page that the visitor looked at. */
static struct cnil_str with_anchor(struct cnil_exchange *exchange, struct cnil_str location, struct cnil_str anchor)
{
    struct cnil_buffer out;

    if (anchor.len == 0 || anchor.len > ANCHOR_LIMIT || location.ptr == NULL)
        return location;
    cnil_buffer_init(&out, location.len + 1 + 3 * anchor.len);
    cnil_buffer_append(&out, location);
    cnil_buffer_append_byte(&out, '#');
    cnil_form_encode(anchor, &out);
    location =
        cnil_buffer_status(&out) == CNIL_OK ? cnil_arena_copy(exchange->arena, cnil_buffer_str(&out)) : CNIL_STR_EMPTY;
    cnil_buffer_free(&out);
    return location;
}

static void add_way_back(struct cnil_answer_builder *builder, const struct cnil_witness_form *form)
{
    struct cnil_str location = escaped(builder->exchange, form->target);

    cnil_answer_add(builder, CNIL_STR("Location"), with_anchor(builder->exchange, location, form->anchor));
    cnil_answer_add(builder, CNIL_STR("Cache-Control"), CNIL_STR("no-store"));
}

static bool is_opposition(struct cnil_str word)
{
    return cnil_str_equal(word, CNIL_STR("oppose")) || cnil_str_equal(word, CNIL_STR("unoppose"));
}

/* What is chosen while signed in leaves the device's own choice as it is: others may use it. What measures is of the
 * device. */
static bool is_of_account(const struct cnil_exchange *exchange, struct cnil_str word)
{
    return cnil_account_is_signed_in(exchange) && !is_opposition(word);
}

static enum cnil_status record(struct cnil_exchange *exchange, struct cnil_str word,
                               const struct cnil_witness_form *form, struct cnil_str receipt,
                               const struct cnil_answer **answer)
{
    struct cnil_str path = cnil_str_slice(form->target, 0, cnil_str_find_byte(form->target, '?'));
    struct cnil_answer_builder builder;
    enum cnil_status status;

    if (cnil_str_starts_with(path, exchange->policy->prefix)) /* nobody else's cookies are set for our own addresses */
        path = CNIL_STR("/");
    cnil_exchange_tell(exchange, CNIL_EVENT_CHOICE_MADE, CNIL_STR("form"), word, NULL);
    cnil_answer_begin(&builder, exchange, receipt.len > 0 ? 200 : 303);
    if (receipt.len > 0)
        add_receipt(&builder, form->target, receipt);
    else
        add_way_back(&builder, form);
    /* Neither the HTTP cache nor the back button's may show a page from before the choice. */
    cnil_answer_add(&builder, CNIL_STR("Clear-Site-Data"), CNIL_STR("\"cache\""));
    cnil_answer_add(&builder, CNIL_STR("Set-Cookie"),
                    is_of_account(exchange, word) ? cnil_account_cookie(exchange) : choice_cookie(exchange));
    status = cnil_expiry_each(exchange, path, CNIL_EXPIRY_NAMED, add_set_cookie, &builder);
    return status == CNIL_OK ? cnil_answer_end(&builder, answer) : status;
}

/* `question`: all but its token, which is for `word` alone. */
static enum cnil_status confirm(struct cnil_exchange *exchange, struct cnil_str word,
                                struct cnil_block_question *question, const struct cnil_answer **answer)
{
    struct cnil_answer_builder builder;
    struct cnil_buffer html;

    question->token = cnil_proof_token(exchange, word);
    if (question->token.ptr == NULL)
        return CNIL_NO_MEMORY;
    cnil_exchange_tell(exchange, CNIL_EVENT_CHOICE_UNPROVEN, question->is_proven ? CNIL_STR("list") : CNIL_STR("form"),
                       word, NULL);
    cnil_buffer_init(&html, PAGE_LIMIT);
    cnil_block_confirm_page(exchange->policy, exchange->language, question, &html);
    cnil_answer_begin(&builder, exchange, 200);
    cnil_answer_page(&builder, &html);
    cnil_buffer_free(&html);
    return cnil_answer_end(&builder, answer);
}

/* The choice holds, and is told to the visitor, once it has been written down. */
static enum cnil_status choose(struct cnil_exchange *exchange, const struct cnil_choice *choice, struct cnil_str word,
                               const struct cnil_witness_form *form, const struct cnil_answer **answer)
{
    struct cnil_choice before = exchange->choice, device = exchange->device, account = exchange->account;
    struct cnil_str receipt;

    if (is_of_account(exchange, word)) {
        exchange->account = *choice;
        exchange->account.source = CNIL_SOURCE_HERE;
        exchange->account.is_news = false;
        exchange->account.opposes = false;
        exchange->account.opposed = 0;
    } else {
        exchange->device = *choice;
    }
    cnil_account_merge(exchange);
    if (cnil_witness_choice(exchange, &before, form, &receipt)) {
        if (!is_opposition(word))
            cnil_visit_choose(exchange, &before, word,
                              cnil_str_slice(form->target, 0, cnil_str_find_byte(form->target, '?')));
        return record(exchange, word, form, receipt, answer);
    }
    exchange->choice = before;
    exchange->device = device;
    exchange->account = account;
    return cnil_answer_error(exchange, 500, CNIL_STR_EMPTY, answer);
}

static void append_word(struct cnil_buffer *out, struct cnil_str kind, struct cnil_str id)
{
    cnil_buffer_append(out, out->len > 0 ? CNIL_STR(",") : CNIL_STR_EMPTY);
    cnil_buffer_append(out, kind);
    cnil_buffer_append(out, id);
}

static void append_granted(const struct cnil_exchange *exchange, struct cnil_buffer *out)
{
    const struct cnil_policy *policy = exchange->policy;

    for (size_t i = 0; i < policy->purpose_count; i++)
        if ((exchange->choice.granted >> i & 1) != 0)
            append_word(out, CNIL_STR_EMPTY, policy->purposes[i].id);
    for (size_t i = 0; i < exchange->choice.service_count; i++)
        append_word(out, CNIL_STR("service."), exchange->choice.services[i]->id);
}

/* One ticked box. A word like "accept" is none. */
static bool is_box(const struct cnil_exchange *exchange, struct cnil_str name, struct cnil_str value)
{
    const struct cnil_policy *policy = exchange->policy;

    if (!cnil_str_equal(name, CNIL_STR("purpose")))
        return cnil_str_find_byte(value, ',') == value.len;
    for (size_t i = 0; i < policy->purpose_count; i++)
        if (cnil_str_equal(policy->purposes[i].id, value))
            return true;
    return false;
}

/* What the form says, in one word as cnil_choice_from_word() reads it: "custom" stands for its ticked boxes, "add" for
 * these and what was granted before; nothing ticked is a refusal. Empty: no memory, more than a choice holds, or a box
 * that nobody drew. */
static struct cnil_str word_of(struct cnil_exchange *exchange, struct cnil_str word, struct cnil_str body)
{
    bool adds = cnil_str_equal(word, CNIL_STR("add")), good = true;
    struct cnil_str name, value, result = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    if (!adds && !cnil_str_equal(word, CNIL_STR("custom")))
        return word;
    cnil_buffer_init(&out, CNIL_LIMIT_FORM_BODY);
    if (adds)
        append_granted(exchange, &out);
    while (cnil_form_next(&body, exchange->arena, &name, &value)) {
        bool is_service = cnil_str_equal(name, CNIL_STR("service"));

        if (!is_service && !cnil_str_equal(name, CNIL_STR("purpose")))
            continue;
        good = good && is_box(exchange, name, value);
        append_word(&out, is_service ? CNIL_STR("service.") : CNIL_STR_EMPTY, value);
    }
    if (good && cnil_buffer_status(&out) == CNIL_OK && name.ptr != NULL)
        result = out.len > 0 ? cnil_arena_copy(exchange->arena, cnil_buffer_str(&out))
                 : exchange->choice.state == CNIL_CHOICE_GRANTED ? CNIL_STR("withdraw")
                                                                 : CNIL_STR("refuse");
    cnil_buffer_free(&out);
    return result;
}

/* The service of a form that lets one in; NULL where it names none that consent is asked for. */
static const struct cnil_service *service_of(struct cnil_exchange *exchange, struct cnil_str body)
{
    const struct cnil_service *service;
    struct cnil_str id;

    if (!cnil_form_value(body, CNIL_STR("service"), exchange->arena, &id))
        return NULL;
    service = cnil_policy_service(exchange->policy, id);
    return service != NULL && cnil_service_asks(service) ? service : NULL;
}

/* Nothing is chosen but for the next view of that page. */
static enum cnil_status let_in_once(struct cnil_exchange *exchange, const struct cnil_service *service,
                                    struct cnil_witness_form *form, const struct cnil_answer **answer)
{
    struct cnil_choice before = exchange->choice;
    struct cnil_answer_builder builder;
    struct cnil_str receipt;
    bool written;

    form->control = CNIL_STR("once"); /* confirmed or not: what it lets in, it lets in once */
    form->confirmed = false;
    if (exchange->choice.service_count < CNIL_LIMIT_CHOICE_SERVICES) /* as it is written down */
        exchange->choice.services[exchange->choice.service_count++] = service;
    exchange->choice.state = CNIL_CHOICE_GRANTED;
    written = cnil_witness_choice(exchange, &before, form, &receipt);
    exchange->choice = before;
    if (!written)
        return cnil_answer_error(exchange, 500, CNIL_STR_EMPTY, answer);
    cnil_exchange_tell(exchange, CNIL_EVENT_CHOICE_MADE, CNIL_STR("card"), service->id, NULL);
    cnil_answer_begin(&builder, exchange, 303);
    add_way_back(&builder, form);
    cnil_answer_add(&builder, CNIL_STR("Set-Cookie"), cnil_once_cookie(exchange, service, form->target));
    return cnil_answer_end(&builder, answer);
}

/* "oppose" and "unoppose" leave the choice as it is, also where there is none; a choice leaves the opposition. What a
 * signal of the browser says is kept in neither. False: a word that says nothing here. */
static bool read_choice(struct cnil_exchange *exchange, struct cnil_str word, struct cnil_choice *choice)
{
    bool opposes = cnil_str_equal(word, CNIL_STR("oppose"));
    int64_t now = exchange->server->now(exchange->data);

    if (is_opposition(word)) {
        *choice = exchange->device;
        if (choice->is_signal)
            *choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
        choice->once = NULL;
        choice->opposes = opposes;
    } else {
        if (!cnil_choice_from_word(word, exchange->policy, now, choice) || choice->state == CNIL_CHOICE_NONE)
            return false;
        opposes = choice->opposes;
        choice->opposes |= exchange->choice.opposed > 0;
    }
    choice->opposed = choice->opposes ? now / 60 : 0;
    return exchange->policy->measures || !opposes;
}

/* Does it name more services than one choice holds? That is told as what it is: each of the boxes was ours. */
static bool names_too_many(struct cnil_str word)
{
    size_t count = 0;

    while (word.len > 0)
        count += cnil_str_starts_with(cnil_str_cut(&word, ','), CNIL_STR("service."));
    return count > CNIL_LIMIT_CHOICE_SERVICES;
}

/* Does the form ask for what is asked for now? A page of before a reload, out of a cache or of another server may ask
 * for another list of purposes and third parties: what is granted there was never shown. */
static bool asks_for_now(struct cnil_exchange *exchange, struct cnil_str body)
{
    struct cnil_str now = cnil_arena_print(exchange->arena, "%08" PRIx32, exchange->policy->consent_hash), list;

    return now.ptr != NULL && cnil_form_value(body, CNIL_STR("list"), exchange->arena, &list) &&
           cnil_str_equal(list, now);
}

/* Of what counts now, and of what it is to take the place of. */
static bool widens(const struct cnil_exchange *exchange, struct cnil_str word, const struct cnil_choice *choice)
{
    const struct cnil_choice *own = is_of_account(exchange, word) ? &exchange->account : &exchange->device;

    if (is_opposition(word)) /* the choice stays what it is */
        return exchange->choice.opposed > 0 && !choice->opposes;
    return cnil_choice_widens(&exchange->choice, choice) || cnil_choice_widens(own, choice);
}

static enum cnil_status submit_once(struct cnil_exchange *exchange, struct cnil_str body,
                                    struct cnil_witness_form *form, struct cnil_str token,
                                    const struct cnil_answer **answer)
{
    struct cnil_block_question question = { .once = service_of(exchange, body),
                                            .target = form->target,
                                            .anchor = form->anchor };
    struct cnil_str word;

    if (question.once == NULL)
        return cnil_answer_error(exchange, 400, CNIL_STR_EMPTY, answer);
    word = cnil_arena_print(exchange->arena, "once,service.%s", question.once->id.ptr); /* ends with NUL */
    if (word.ptr == NULL)
        return CNIL_NO_MEMORY;
    question.is_proven = cnil_proof_holds(exchange, word, token);
    return question.is_proven && (cnil_choice_grants(&exchange->choice, question.once) || asks_for_now(exchange, body))
               ? let_in_once(exchange, question.once, form, answer)
               : confirm(exchange, word, &question, answer);
}

static enum cnil_status submit_choice(struct cnil_exchange *exchange, struct cnil_str word, struct cnil_str body,
                                      struct cnil_witness_form *form, struct cnil_str token,
                                      const struct cnil_answer **answer)
{
    struct cnil_block_question question = { .word = word_of(exchange, word, body),
                                            .target = form->target,
                                            .anchor = form->anchor };
    struct cnil_choice choice = { .state = CNIL_CHOICE_NONE };

    if (!read_choice(exchange, question.word, &choice))
        return cnil_answer_error(exchange, names_too_many(question.word) ? 413 : 400, CNIL_STR_EMPTY, answer);
    question.is_proven = cnil_proof_holds(exchange, question.word, token);
    return question.is_proven && (!widens(exchange, question.word, &choice) || asks_for_now(exchange, body))
               ? choose(exchange, &choice, question.word, form, answer)
               : confirm(exchange, question.word, &question, answer);
}

enum cnil_status cnil_endpoint_submit(struct cnil_exchange *exchange, struct cnil_str body, bool too_large,
                                      const struct cnil_answer **answer)
{
    struct cnil_str word, wanted = CNIL_STR_EMPTY, token = CNIL_STR_EMPTY;
    struct cnil_witness_form form = { .confirmed = false };

    if (too_large || body.len > CNIL_LIMIT_FORM_BODY)
        return cnil_answer_error(exchange, 413, CNIL_STR_EMPTY, answer);
    read_language(exchange, body);
    if (!cnil_form_value(body, CNIL_STR("choice"), exchange->arena, &word))
        return cnil_answer_error(exchange, 400, CNIL_STR_EMPTY, answer);
    if (exchange->key == NULL) /* a choice that nobody can check later is none */
        return cnil_answer_error(exchange, 500, CNIL_STR_EMPTY, answer);
    (void)cnil_form_value(body, CNIL_STR("return"), exchange->arena, &wanted);
    (void)cnil_form_value(body, CNIL_STR("token"), exchange->arena, &token);
    (void)cnil_form_value(body, CNIL_STR("control"), exchange->arena, &form.control);
    (void)cnil_form_value(body, CNIL_STR("anchor"), exchange->arena, &form.anchor);
    form.target = return_path(exchange, wanted);
    form.confirmed = token.len > 0;
    return cnil_str_equal(word, CNIL_STR("once")) ? submit_once(exchange, body, &form, token, answer)
                                                  : submit_choice(exchange, word, body, &form, token, answer);
}
