/* SPDX-License-Identifier: Apache-2.0
 * Hosts as browsers read them (URL standard, 3.5): domains through UTS 46, IPv4 in all its forms, IPv6. */
#ifndef CNIL_WEB_HOST_H
#define CNIL_WEB_HOST_H

#include "base/arena.h"
#include "base/status.h"

enum cnil_host_kind {
    CNIL_HOST_NONE, /* no host: data:, mailto:, about: ... */
    CNIL_HOST_DOMAIN,
    CNIL_HOST_IPV4,
    CNIL_HOST_IPV6,
    CNIL_HOST_OPAQUE, /* of a scheme that is not special */
    CNIL_HOST_EMPTY   /* file:///x */
};

/* The host parser alone ("host" production with or without ":port" is not accepted): serialises `input` into `arena`,
 * as a host of a special scheme. CNIL_INVALID: not a host. */
CNIL_MUST_USE enum cnil_status cnil_host_parse(struct cnil_str input, struct cnil_arena *arena, struct cnil_str *host,
                                               enum cnil_host_kind *kind);

/* Room that cnil_host_write() may need for `input`, in bytes. */
size_t cnil_host_room(struct cnil_str input, bool special);

/* As cnil_host_parse() into `out`, which has that room. `special`: of a special scheme; others have opaque hosts.
 * `input` must not be empty. */
CNIL_MUST_USE enum cnil_status cnil_host_write(struct cnil_str input, bool special, char *out, size_t *len,
                                               enum cnil_host_kind *kind);

#endif
