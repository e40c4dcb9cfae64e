/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/https.h"

#include "exchange/answer.h"

#include <inttypes.h>

/* A certificate authority's challenge over plain http (RFC 8555, 8.3): the token is base64url, so that nothing else of
 * the site is reached under this name. */
static bool is_challenge(struct cnil_str path)
{
    struct cnil_str prefix = CNIL_STR("/.well-known/acme-challenge/");

    if (!cnil_str_starts_with(path, prefix) || path.len == prefix.len)
        return false;
    for (size_t i = prefix.len; i < path.len; i++) {
        char c = path.ptr[i];

        if (!cnil_is_alpha(c) && !cnil_is_digit(c) && c != '-' && c != '_')
            return false;
    }
    return true;
}

bool cnil_https_is_redirect_due(const struct cnil_exchange *exchange)
{
    return exchange->policy->https_redirect && !exchange->address.secure && !is_challenge(exchange->address.path);
}

static struct cnil_str location(struct cnil_exchange *exchange)
{
    const struct cnil_address *address = &exchange->address;
    struct cnil_str value = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    cnil_buffer_init(&out, 3 * address->target.len + address->host.len + 32);
    cnil_buffer_append(&out, CNIL_STR("https://"));
    cnil_buffer_append(&out, address->host);
    if (exchange->policy->https_port != 443)
        cnil_buffer_print(&out, ":%u", exchange->policy->https_port);
    cnil_address_escape(address->target, &out);
    if (cnil_buffer_status(&out) == CNIL_OK)
        value = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return value;
}

enum cnil_status cnil_https_redirect(struct cnil_exchange *exchange, const struct cnil_answer **answer)
{
    bool safe = exchange->head || cnil_str_equal(exchange->request.method, CNIL_STR("GET"));
    struct cnil_answer_builder builder;

    if (!exchange->address.valid)
        return cnil_answer_error(exchange, 400, CNIL_STR_EMPTY, answer);
    cnil_answer_begin(&builder, exchange, safe ? 301 : 308);
    cnil_answer_add(&builder, CNIL_STR("Location"), location(exchange));
    return cnil_answer_end(&builder, answer);
}

bool cnil_https_is_hsts_due(const struct cnil_exchange *exchange)
{
    return exchange->policy->hsts && exchange->address.secure;
}

struct cnil_str cnil_https_hsts(struct cnil_exchange *exchange)
{
    const struct cnil_policy *policy = exchange->policy;

    return cnil_arena_print(exchange->arena, "max-age=%" PRIu64 "%s%s", policy->hsts_max_age,
                            policy->hsts_subdomains ? "; includeSubDomains" : "",
                            policy->hsts_preload ? "; preload" : "");
}
