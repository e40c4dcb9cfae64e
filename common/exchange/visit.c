/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/visit.h"

#include "exchange/config.h"
#include "exchange/request.h"
#include "policy/matcher.h"
#include "policy/path_template.h"
#include "web/domain.h"

static struct cnil_str name_of(const struct cnil_exchange *exchange, struct cnil_str path)
{
    const struct cnil_policy *policy = exchange->policy;

    if (cnil_str_starts_with(path, policy->prefix))
        return CNIL_STATISTICS_OWN;
    return cnil_path_template_name(policy->statistics.templates, policy->statistics.template_count, path);
}

/* ---- pages ---- */

static bool is_of_pages(struct cnil_headers headers)
{
    struct cnil_mime mime;

    return cnil_document_type(headers, &mime) &&
           (cnil_str_equal_nocase(mime.essence, CNIL_STR("text/html")) ||
            cnil_str_equal_nocase(mime.essence, CNIL_STR("application/xhtml+xml")));
}

/* A confirmation of what the browser has shows it again. Under a policy that enforces, only pages get tags of ours. */
static bool confirms_page(const struct cnil_exchange *exchange, unsigned status)
{
    return status == 304 && (exchange->validators.matched || exchange->mode == CNIL_MODE_AUDIT);
}

void cnil_visit_see(struct cnil_exchange *exchange, const struct cnil_response *response)
{
    unsigned status = response->status;

    exchange->is_visit = false;
    if (!exchange->policy->statistics.enabled || exchange->head || exchange->is_crawler || !exchange->address.valid ||
        (exchange->destination != CNIL_DESTINATION_DOCUMENT && exchange->destination != CNIL_DESTINATION_LIKELY) ||
        cnil_request_is_prefetch(exchange->request.headers) || cnil_request_is_renewal(exchange->request.headers))
        return;
    exchange->is_visit =
        confirms_page(exchange, status) || (status >= 200 && status < 300 && status != 204 && status != 205 &&
                                            status != 206 && is_of_pages(response->headers));
}

/* A request that only seems to be for a page, and whose answer is none. */
static bool is_fragment(const struct cnil_exchange *exchange)
{
    return exchange->destination == CNIL_DESTINATION_LIKELY && exchange->rewriter != NULL && exchange->has_begun &&
           !exchange->raw && !cnil_rewriter_has_block(exchange->rewriter);
}

static bool shows_banner(const struct cnil_exchange *exchange)
{
    if (exchange->mode != CNIL_MODE_ENFORCE || exchange->choice.state != CNIL_CHOICE_NONE)
        return false;
    if (exchange->status == 304)
        return true;
    return exchange->rewriter != NULL && cnil_rewriter_has_block(exchange->rewriter) && !exchange->stepped_back;
}

/* Most visitors come from the page before: told without reading the whole of its address. */
static bool is_of_host(const struct cnil_exchange *exchange, struct cnil_str referrer)
{
    struct cnil_str scheme = exchange->page_url.scheme, host = exchange->address.host;
    size_t end = scheme.len + 3 + host.len;

    return exchange->address.port < 0 && referrer.len > end && referrer.ptr[end] == '/' &&
           cnil_str_starts_with(referrer, scheme) &&
           cnil_str_starts_with(cnil_str_slice(referrer, scheme.len, end), CNIL_STR("://")) &&
           cnil_str_equal(cnil_str_slice(referrer, scheme.len + 3, end), host);
}

/* Of the address that the visitor came from only the domain is looked at, and only when it has an owner on the
 * internet: numbers of machines, names of an intranet and apps may lead to somebody. */
static enum cnil_statistics_origin origin_of(struct cnil_exchange *exchange, struct cnil_str *host)
{
    struct cnil_str referrer = cnil_str_trim(cnil_headers_value(exchange->request.headers, CNIL_STR("Referer")));
    struct cnil_url url;

    *host = CNIL_STR_EMPTY;
    if (referrer.len == 0)
        return CNIL_STATISTICS_FROM_NOWHERE;
    if (is_of_host(exchange, referrer))
        return CNIL_STATISTICS_FROM_SITE;
    referrer = cnil_str_slice(referrer, 0, cnil_str_find_byte(referrer, '?'));
    if (cnil_url_parse(referrer, NULL, exchange->arena, &url) != CNIL_OK || !cnil_url_is_network(&url) ||
        url.host_kind != CNIL_HOST_DOMAIN)
        return CNIL_STATISTICS_FROM_OTHER;
    if (cnil_page_is_same_site(&exchange->page, url.host) || cnil_policy_is_first_party(exchange->policy, url.host))
        return CNIL_STATISTICS_FROM_SITE;
    *host = cnil_domain_registrable(url.host);
    if (cnil_str_find_byte(*host, '.') == host->len ||
        (host->len == url.host.len && cnil_domain_is_public_suffix(*host))) /* nobody's own */
        return CNIL_STATISTICS_FROM_OTHER;
    return CNIL_STATISTICS_FROM_HOST;
}

/* The table, once what is due of it has been written; NULL: nothing is counted here. */
static struct cnil_statistics *table_of(struct cnil_exchange *exchange, size_t *site)
{
    struct cnil_statistics *table = cnil_config_statistics(exchange->config, exchange->policy, site);

    if (table != NULL)
        cnil_config_write_statistics(exchange->config, exchange->server, exchange->data);
    return table;
}

void cnil_visit_end(struct cnil_exchange *exchange)
{
    struct cnil_statistics *table;
    enum cnil_statistics_origin origin;
    enum cnil_language language;
    struct cnil_str host, name;
    size_t site;
    int64_t now;

    if (exchange->choice.opposes || !exchange->is_visit || exchange->answered || exchange->mode == CNIL_MODE_OFF ||
        is_fragment(exchange))
        return;
    table = table_of(exchange, &site);
    if (table == NULL)
        return;
    now = exchange->server->now(exchange->data);
    name = name_of(exchange, exchange->address.path);
    origin = origin_of(exchange, &host);
    cnil_statistics_page(table, site, now, name, origin, host);
    language = exchange->status == 304 ? exchange->language : exchange->cards.language;
    if (shows_banner(exchange))
        cnil_statistics_choice(table, site, now, name, language, CNIL_STATISTICS_SHOWN);
}

/* ---- choices ---- */

static enum cnil_statistics_kind kind_of(const struct cnil_choice *before, const struct cnil_choice *after,
                                         struct cnil_str word)
{
    if (after->state != CNIL_CHOICE_GRANTED)
        return before->state == CNIL_CHOICE_GRANTED ? CNIL_STATISTICS_WITHDRAWN : CNIL_STATISTICS_REFUSED;
    return cnil_str_equal(word, CNIL_STR("accept")) ? CNIL_STATISTICS_ACCEPTED : CNIL_STATISTICS_CUSTOMISED;
}

void cnil_visit_choose(struct cnil_exchange *exchange, const struct cnil_choice *before, struct cnil_str word,
                       struct cnil_str path)
{
    struct cnil_statistics *table;
    size_t site;

    if (!exchange->policy->statistics.enabled || exchange->is_crawler || before->opposes) /* nor were its pages */
        return;
    table = table_of(exchange, &site);
    if (table == NULL)
        return;
    cnil_statistics_choice(table, site, exchange->server->now(exchange->data), name_of(exchange, path),
                           exchange->language, kind_of(before, &exchange->choice, word));
}
