/* SPDX-License-Identifier: Apache-2.0 */
#include "web/domain.h"

#include <libpsl.h>
#include <string.h>

static struct cnil_str without_dot(struct cnil_str host)
{
    if (host.len > 0 && host.ptr[host.len - 1] == '.')
        host.len--;
    return host;
}

/* Serialised, so that four numbers or brackets are all that an address can look like. */
static bool is_address(struct cnil_str host)
{
    size_t last = host.len;

    if (host.len > 0 && host.ptr[0] == '[')
        return true;
    while (last > 0 && host.ptr[last - 1] != '.')
        last--;
    return last < host.len && cnil_is_digit(host.ptr[last]) && cnil_is_digit(host.ptr[host.len - 1]);
}

struct cnil_str cnil_domain_registrable(struct cnil_str host)
{
    struct cnil_str domain = without_dot(host);
    char name[CNIL_LIMIT_HOST + 1];
    const char *registrable;

    if (domain.len == 0 || domain.len >= sizeof(name) || is_address(domain) ||
        memchr(domain.ptr, '.', domain.len) == NULL)
        return domain;
    memcpy(name, domain.ptr, domain.len);
    name[domain.len] = '\0';
    registrable = psl_registrable_domain(psl_builtin(), name);
    return registrable != NULL ? cnil_str_slice(domain, (size_t)(registrable - name), domain.len) : domain;
}

struct cnil_str cnil_domains_registrable(struct cnil_domains *domains, struct cnil_str host)
{
    unsigned hash = 0;
    size_t at;

    for (size_t i = 0; i < host.len; i++)
        hash = hash * 31 + (unsigned char)host.ptr[i];
    at = (hash ^ hash >> 8) % CNIL_DOMAINS_KNOWN;
    if (host.len == 0 || host.len > CNIL_LIMIT_HOST)
        return cnil_domain_registrable(host);
    if (!cnil_str_equal((struct cnil_str){ domains->known[at].host, domains->known[at].len }, host)) {
        struct cnil_str domain = cnil_domain_registrable(host);

        memcpy(domains->known[at].host, host.ptr, host.len);
        domains->known[at].len = (uint16_t)host.len;
        domains->known[at].from = (uint16_t)(domain.ptr - host.ptr);
        domains->known[at].domain_len = (uint16_t)domain.len;
    }
    return (struct cnil_str){ host.ptr + domains->known[at].from, domains->known[at].domain_len };
}

bool cnil_domain_within(struct cnil_str host, struct cnil_str domain)
{
    host = without_dot(host);
    domain = without_dot(domain);
    if (domain.len == 0 || !cnil_str_ends_with(host, domain))
        return false;
    return host.len == domain.len || (host.ptr[host.len - domain.len - 1] == '.' && !is_address(host));
}

bool cnil_domain_is_public_suffix(struct cnil_str host)
{
    struct cnil_str domain = without_dot(host);
    char name[CNIL_LIMIT_HOST + 1];

    if (domain.len == 0 || domain.len >= sizeof(name))
        return false;
    if (is_address(domain))
        return true;
    memcpy(name, domain.ptr, domain.len);
    name[domain.len] = '\0';
    return psl_is_public_suffix(psl_builtin(), name);
}
