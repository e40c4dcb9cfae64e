/* SPDX-License-Identifier: Apache-2.0
 * Where a request was sent, as the visitor's browser sees it: scheme, host, port, path. */
#ifndef CNIL_EXCHANGE_ADDRESS_H
#define CNIL_EXCHANGE_ADDRESS_H

#include "cnil.h"

struct cnil_arena;

struct cnil_address {
    bool secure;            /* https on the visitor's side, a trusted proxy's word for it included */
    bool valid;             /* the Host field names a host */
    struct cnil_str host;   /* serialised; "unknown.invalid" when it is not valid */
    bool is_domain;         /* a DNS name, not an IP address */
    int port;               /* -1: the scheme's own, or not said */
    struct cnil_str target; /* path and query, from one "/" on */
    struct cnil_str path;   /* without the query */
};

/* Reads the address of `request`; X-Forwarded-Proto and Forwarded count when the peer is one of the policy's trusted
 * proxies. Views live in `arena`. */
CNIL_MUST_USE enum cnil_status cnil_address_read(struct cnil_address *address, const struct cnil_request *request,
                                                 const struct cnil_policy *policy, struct cnil_arena *arena);

/* "https://host:port" as browsers serialise an origin; pointer NULL without memory. */
struct cnil_str cnil_address_origin(const struct cnil_address *address, struct cnil_arena *arena);

/* The URL of the page itself. */
CNIL_MUST_USE enum cnil_status cnil_address_url(const struct cnil_address *address, struct cnil_arena *arena,
                                                struct cnil_url *url);

/* May `target` stand in a form or a redirect as a path of this site? It begins with one "/", holds no backslash and no
 * control byte, and resolves to this address's own origin. */
bool cnil_address_is_own_path(const struct cnil_address *address, struct cnil_str target, struct cnil_arena *arena);

/* Appends `target` as a URL in a header may hold it: everything but URL characters as %XX, "%" as it is. */
void cnil_address_escape(struct cnil_str target, struct cnil_buffer *out);

#endif
