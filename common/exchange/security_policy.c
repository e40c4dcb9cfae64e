/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/security_policy.h"

#include "base/buffer.h"
#include "base/limits.h"

struct sources {
    const struct cnil_page *page;
    const struct cnil_choice *choice;
    struct cnil_buffer *out;
    bool targets; /* of forms: not every service takes any */
    bool covered; /* a host above the one at hand is in the list already */
};

static bool is_address(struct cnil_str host)
{
    for (size_t i = 0; i < host.len; i++)
        if (!cnil_is_digit(host.ptr[i]) && host.ptr[i] != '.')
            return false;
    return true;
}

/* Any port: parties are told apart by their hosts. A path counts from "/" to "/" there, so what follows the last one is
 * left out; and browsers forget it after a redirect. */
static void append_source(struct cnil_buffer *out, const char *scheme, struct cnil_str host, struct cnil_str path)
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
    for (int below = 0; below < (is_address(host) ? 1 : 2); below++) {
        cnil_buffer_append(out, CNIL_STR(" "));
        cnil_buffer_append(out, cnil_str_from(scheme));
        cnil_buffer_append(out, below ? CNIL_STR("*.") : CNIL_STR_EMPTY);
        cnil_buffer_append(out, host);
        cnil_buffer_append(out, CNIL_STR(":*"));
        cnil_buffer_append(out, path);
    }
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
static const struct cnil_str own_forms = CNIL_STR_INIT("; form-action 'self'");
/* Object, worker, frame, connect and the rest fall back to default-src; the two above do not. */
static const struct cnil_str own_sources =
    CNIL_STR_INIT("; default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:");

static struct cnil_str value_of(const struct cnil_buffer *out, struct cnil_arena *arena)
{
    return cnil_buffer_status(out) == CNIL_OK ? cnil_arena_copy(arena, cnil_buffer_str(out)) : CNIL_STR_EMPTY;
}

struct cnil_str cnil_security_policy_closed(const struct cnil_page *page, struct cnil_arena *arena)
{
    struct cnil_buffer out;
    struct cnil_str value;

    cnil_buffer_init(&out, CNIL_LIMIT_SECURITY_POLICY);
    cnil_buffer_append(&out, own_base);
    cnil_buffer_append(&out, own_sources);
    if (!page->site_is_exact)
        append_with_sockets(&out, page->site, CNIL_STR_EMPTY);
    for (size_t i = 0; i < page->policy->first_party_host_count; i++) {
        struct cnil_str host = page->policy->first_party_hosts[i];

        if (4 * (host.len + 10) <= out.limit - out.len) /* a source that is left out is refused */
            append_with_sockets(&out, host, CNIL_STR_EMPTY);
    }
    value = value_of(&out, arena);
    cnil_buffer_free(&out);
    return value;
}

static bool passes(const struct sources *sources, const struct cnil_known_host *known)
{
    return known->layer != CNIL_LAYER_BLOCK && known->layer != CNIL_LAYER_FIRST &&
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
    if (!sources->targets && takes_forms(sources, known)) /* chats, too */
        append_with_sockets(sources->out, known->host, known->path);
    else
        append_source(sources->out, "", known->host, known->path);
}

enum cnil_security_policy cnil_security_policy_of(const struct cnil_page *page, const struct cnil_choice *choice,
                                                  struct cnil_arena *arena, struct cnil_str *value)
{
    struct cnil_buffer out;
    struct sources sources = { .page = page, .choice = choice, .out = &out };
    struct cnil_verdict unknown;
    enum cnil_status status;

    *value = CNIL_STR_EMPTY;
    cnil_matcher_unknown(page->policy, &unknown);
    if (!page->policy->strict || cnil_choice_allows(choice, &unknown))
        return CNIL_SECURITY_POLICY_NONE;
    cnil_buffer_init(&out, CNIL_LIMIT_SECURITY_POLICY);
    cnil_buffer_append(&out, own_base);
    append_first_party(page, false, &out);
    for (int all = 0; all < 2; all++) {
        sources.targets = all == 0;
        cnil_buffer_append(&out, all ? own_sources : own_forms);
        append_first_party(page, all != 0, &out);
        cnil_matcher_each_host(page, CNIL_STR_EMPTY, append_passing, &sources);
    }
    status = cnil_buffer_status(&out);
    *value = value_of(&out, arena);
    cnil_buffer_free(&out);
    return status == CNIL_TOO_LARGE ? CNIL_SECURITY_POLICY_WIDE : CNIL_SECURITY_POLICY_LIST;
}
