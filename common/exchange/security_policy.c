/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/security_policy.h"

#include "base/buffer.h"
#include "base/limits.h"

#include <stdio.h>

struct sources {
    const struct cnil_page *page;
    const struct cnil_choice *choice;
    struct cnil_buffer *out;
    bool targets;         /* of forms: not every service takes any */
    bool asked;           /* only what a visitor was asked about, and said yes */
    bool covered;         /* a host above the one at hand is in the list already */
    struct cnil_str last; /* the host of "google.*" that came last, with whatever path */
};

/* A source cannot say "every country": those where French is spoken. */
static const char *const countries[] = { "com", "fr", "be", "ch", "lu", "ca" };

static bool is_address(struct cnil_str host)
{
    for (size_t i = 0; i < host.len; i++)
        if (!cnil_is_digit(host.ptr[i]) && host.ptr[i] != '.')
            return false;
    return true;
}

/* Any port: parties are told apart by their hosts. A path counts from "/" to "/" there, so what follows the last one is
 * left out; and browsers forget it after a redirect. */
static void append_source_and(struct cnil_buffer *out, const char *scheme, const char *below, struct cnil_str host,
                              struct cnil_str path)
{
    size_t end = path.len;

    if (host.len == 0 || host.ptr[0] == '[')
        return; /* no source can name an IPv6 address; 'self' does */
    while (end > 0 && path.ptr[end - 1] != '/')
        end--;
    for (size_t i = 0; i < end; i++)
        if (path.ptr[i] == ';' || path.ptr[i] == ',' || path.ptr[i] <= ' ' || (unsigned char)path.ptr[i] >= 0x7f)
            end = 0;
    path = end > 1 ? cnil_str_slice(path, 0, end) : CNIL_STR_EMPTY;
    for (int i = 0; i < (is_address(host) ? 1 : 2); i++) {
        cnil_buffer_append(out, CNIL_STR(" "));
        cnil_buffer_append(out, cnil_str_from(scheme));
        cnil_buffer_append(out, i > 0 ? cnil_str_from(below) : CNIL_STR_EMPTY);
        cnil_buffer_append(out, host);
        cnil_buffer_append(out, CNIL_STR(":*"));
        cnil_buffer_append(out, path);
    }
}

static void append_source(struct cnil_buffer *out, const char *scheme, struct cnil_str host, struct cnil_str path)
{
    append_source_and(out, scheme, "*.", host, path);
}

/* A source without a scheme is one of http and https; Chromium takes it for no WebSocket's. "ws" is "wss", too. */
static void append_with_sockets(struct cnil_buffer *out, struct cnil_str host, struct cnil_str path)
{
    append_source(out, "", host, path);
    append_source(out, "ws://", host, path);
}

static void append_first_party(const struct cnil_page *page, bool sockets, struct cnil_buffer *out)
{
    for (size_t i = 0; i <= page->policy->first_party_host_count; i++) {
        struct cnil_str host = i == 0 ? page->site : page->policy->first_party_hosts[i - 1];

        if (i == 0 && page->site_is_exact)
            continue;
        if (sockets)
            append_with_sockets(out, host, CNIL_STR_EMPTY);
        else
            append_source(out, "", host, CNIL_STR_EMPTY);
    }
}

/* Where it is not a domain 'self' alone stands for the site. */
static const struct cnil_str own_base = CNIL_STR_INIT("base-uri 'self'");
static const struct cnil_str own_forms = CNIL_STR_INIT("form-action 'self'");
/* Object, worker, frame, connect and the rest fall back to default-src; the two above do not. */
static const struct cnil_str own_sources =
    CNIL_STR_INIT("default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:");
static const struct cnil_str between = CNIL_STR_INIT("; ");

static enum cnil_status value_of(const struct cnil_buffer *out, struct cnil_arena *arena, struct cnil_str *value)
{
    enum cnil_status status = cnil_buffer_status(out);

    *value = CNIL_STR_EMPTY;
    if (status == CNIL_OK && out->len > 0) {
        *value = cnil_arena_copy(arena, cnil_buffer_str(out));
        status = value->ptr != NULL ? CNIL_OK : CNIL_NO_MEMORY;
    }
    return status;
}

/* ---- what this choice lets through ---- */

static bool passes(const struct sources *sources, const struct cnil_known_host *known)
{
    return known->layer != CNIL_LAYER_BLOCK && known->layer != CNIL_LAYER_FIRST &&
           !(sources->asked && known->verdict.action == CNIL_ACTION_REPORT) &&
           cnil_choice_allows(sources->choice, &known->verdict);
}

/* Forms are sent to what the policy names, and to the catalogue's services that support visitors. */
static bool takes_forms(const struct sources *sources, const struct cnil_known_host *known)
{
    const struct cnil_policy *policy = sources->page->policy;
    const struct cnil_service *service = known->verdict.service;

    if (known->layer == CNIL_LAYER_ALLOW || known->layer == CNIL_LAYER_DECLARED)
        return true;
    for (size_t i = 0; service != NULL && i < policy->purpose_count; i++)
        if ((service->purposes >> i & 1) != 0 && cnil_str_equal(policy->purposes[i].id, CNIL_STR("support")))
            return true;
    return false;
}

static void note_cover(const struct cnil_known_host *known, void *data)
{
    struct sources *sources = data;

    sources->covered |=
        known->path.len == 0 && passes(sources, known) && (!sources->targets || takes_forms(sources, known));
}

/* Once for all its paths, without them: they stand one behind the other in the catalogue, and most are cut away. What
 * has paths is a site of many things, of which "www." has those. */
static void append_countries(struct sources *sources, const struct cnil_known_host *known)
{
    char host[CNIL_LIMIT_HOST];

    if (cnil_str_equal(sources->last, known->host))
        return;
    sources->last = known->host;
    for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++) {
        int len = snprintf(host, sizeof(host), "%.*s%s", (int)known->host.len - 1, known->host.ptr, countries[i]);

        if (len > 0 && (size_t)len < sizeof(host))
            append_source_and(sources->out, "", known->path.len > 0 ? "www." : "*.",
                              (struct cnil_str){ host, (size_t)len }, CNIL_STR_EMPTY);
    }
}

static void append_passing(const struct cnil_known_host *known, void *data)
{
    struct sources *sources = data;
    struct cnil_str above = known->host;

    if (!passes(sources, known) || (sources->targets && !takes_forms(sources, known)))
        return;
    sources->covered = false;
    cnil_str_cut(&above, '.');
    if (above.len > 0)
        cnil_matcher_each_host(sources->page, above, note_cover, sources);
    if (sources->covered)
        return;
    if (cnil_str_ends_with(known->host, CNIL_STR("*"))) {
        append_countries(sources, known);
        return;
    }
    if (!sources->targets && takes_forms(sources, known)) /* chats, too */
        append_with_sockets(sources->out, known->host, known->path);
    else
        append_source(sources->out, "", known->host, known->path);
}

/* ---- of what cannot be read ---- */

static void append_closed(const struct cnil_page *page, struct cnil_buffer *out)
{
    cnil_buffer_append(out, own_base);
    cnil_buffer_append(out, between);
    cnil_buffer_append(out, own_sources);
    if (!page->site_is_exact)
        append_with_sockets(out, page->site, CNIL_STR_EMPTY);
    for (size_t i = 0; i < page->policy->first_party_host_count; i++) {
        struct cnil_str host = page->policy->first_party_hosts[i];

        if (4 * (host.len + 10) <= out->limit - out->len) /* a source that is left out is refused */
            append_with_sockets(out, host, CNIL_STR_EMPTY);
    }
}

enum cnil_status cnil_security_policy_closed(const struct cnil_page *page, const struct cnil_choice *choice,
                                             struct cnil_arena *arena, struct cnil_str *value)
{
    struct cnil_buffer out;
    struct sources sources = { .page = page, .choice = choice, .out = &out, .asked = true };
    enum cnil_status status;

    *value = CNIL_STR_EMPTY;
    if (choice->state == CNIL_CHOICE_GRANTED && !cnil_matcher_holds_any_url(page->policy, cnil_choice_granted(choice)))
        return CNIL_OK;
    cnil_buffer_init(&out, CNIL_LIMIT_SECURITY_POLICY);
    append_closed(page, &out);
    if (choice->state == CNIL_CHOICE_GRANTED) {
        cnil_matcher_each_host(page, CNIL_STR_EMPTY, append_passing, &sources);
        if (cnil_buffer_status(&out) == CNIL_TOO_LARGE) { /* rather the first party alone than some of the others */
            cnil_buffer_clear(&out);
            append_closed(page, &out);
        }
    }
    status = value_of(&out, arena, value);
    cnil_buffer_free(&out);
    return status;
}

/* ---- of what is read ---- */

static void append_base(struct sources *sources)
{
    cnil_buffer_append(sources->out, own_base);
    append_first_party(sources->page, false, sources->out);
}

static void append_forms(struct sources *sources)
{
    sources->targets = true;
    sources->last = CNIL_STR_EMPTY;
    cnil_buffer_append(sources->out, own_forms);
    append_first_party(sources->page, false, sources->out);
    cnil_matcher_each_host(sources->page, CNIL_STR_EMPTY, append_passing, sources);
}

static void append_default(struct sources *sources)
{
    sources->targets = false;
    sources->last = CNIL_STR_EMPTY;
    cnil_buffer_append(sources->out, own_sources);
    append_first_party(sources->page, true, sources->out);
    cnil_matcher_each_host(sources->page, CNIL_STR_EMPTY, append_passing, sources);
}

static bool add_directive(struct cnil_buffer *out, struct cnil_str directive)
{
    if (out->len + between.len + directive.len > out->limit)
        return false;
    if (out->len > 0)
        cnil_buffer_append(out, between);
    cnil_buffer_append(out, directive);
    return true;
}

/* Directives that do not fit the field go to the page, whole: a cut list would break what was accepted. */
static enum cnil_status share_out(struct sources *sources, struct cnil_buffer *field, struct cnil_buffer *rest,
                                  bool *is_open)
{
    static void (*const append[])(struct sources *) = { append_base, append_forms, append_default };
    enum cnil_status status = CNIL_OK;
    struct cnil_buffer directive;

    cnil_buffer_init(&directive, CNIL_LIMIT_PAGE_POLICY);
    sources->out = &directive;
    for (size_t i = 0; i < sizeof(append) / sizeof(append[0]) && status != CNIL_NO_MEMORY; i++) {
        cnil_buffer_clear(&directive);
        append[i](sources);
        status = cnil_buffer_status(&directive);
        if (status == CNIL_TOO_LARGE || (status == CNIL_OK && !add_directive(field, cnil_buffer_str(&directive)) &&
                                         !add_directive(rest, cnil_buffer_str(&directive))))
            *is_open = true;
    }
    cnil_buffer_free(&directive);
    return status == CNIL_NO_MEMORY ? status : CNIL_OK;
}

enum cnil_status cnil_security_policy_of(const struct cnil_page *page, const struct cnil_choice *choice,
                                         struct cnil_arena *arena, struct cnil_security_policy *policy)
{
    struct sources sources = { .page = page, .choice = choice };
    struct cnil_buffer field, rest;
    struct cnil_verdict unknown;
    enum cnil_status status;

    *policy = (struct cnil_security_policy){ .is_open = false };
    cnil_matcher_unknown(page->policy, &unknown);
    if (!page->policy->strict || cnil_choice_allows(choice, &unknown))
        return CNIL_OK;
    cnil_buffer_init(&field, CNIL_LIMIT_SECURITY_POLICY);
    cnil_buffer_init(&rest, CNIL_LIMIT_PAGE_POLICY);
    status = share_out(&sources, &field, &rest, &policy->is_open);
    if (status == CNIL_OK)
        status = value_of(&field, arena, &policy->field);
    if (status == CNIL_OK)
        status = value_of(&rest, arena, &policy->rest);
    cnil_buffer_free(&field);
    cnil_buffer_free(&rest);
    return status;
}
