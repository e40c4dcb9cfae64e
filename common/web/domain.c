/* SPDX-License-Identifier: Apache-2.0 */
#include "web/domain.h"

#include "base/limits.h"

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
