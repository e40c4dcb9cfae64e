/* SPDX-License-Identifier: Apache-2.0
 * Registrable domains, by the Public Suffix List (libpsl's built-in copy). */
#ifndef CNIL_WEB_DOMAIN_H
#define CNIL_WEB_DOMAIN_H

#include "base/limits.h"
#include "base/str.h"

#include <stdint.h>

/* The registrable domain ("eTLD+1", the HTML standard's "site" without scheme) of a serialised host: a view into
 * `host`. A trailing dot is kept out of it. An IP address, a public suffix itself, a single label: the host as it is.
 */
struct cnil_str cnil_domain_registrable(struct cnil_str host);

/* What was found before. A look-up in the list takes as long as all the rest of a URL, and a page names the same few
 * hosts over and over. Begins with all `len` zero. */
enum { CNIL_DOMAINS_KNOWN = 16 };

struct cnil_domains {
    struct {
        uint16_t len, from; /* of the host; where its registrable domain begins. No `len`: free */
        uint16_t domain_len;
        char host[CNIL_LIMIT_HOST];
    } known[CNIL_DOMAINS_KNOWN];
};

/* The same, by way of `domains`. */
struct cnil_str cnil_domains_registrable(struct cnil_domains *domains, struct cnil_str host);

/* Is `host` equal to `domain`, or below it? Both serialised; a trailing dot of either is ignored. */
bool cnil_domain_within(struct cnil_str host, struct cnil_str domain);

/* Is `host` a public suffix ("fr", "co.uk"), or an IP address? No cookie may be set for it. */
bool cnil_domain_is_public_suffix(struct cnil_str host);

#endif
