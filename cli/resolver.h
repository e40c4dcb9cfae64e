/* SPDX-License-Identifier: Apache-2.0
 * Where names lead: the aliases (CNAME) of a host name, one after the other. From the system's name servers, a server
 * that the caller names, or a zone file. Only the command asks; no worker of a server ever does. */
#ifndef CNIL_CLI_RESOLVER_H
#define CNIL_CLI_RESOLVER_H

#include "base/arena.h"

enum { RESOLVER_HOPS = 16 }; /* a longer chain of aliases is cut */

struct resolver;

struct resolver_options {
    const char *server; /* "IPv4" or "IPv4:port"; NULL: the system's */
    const char *zone; /* a zone file, as `dig AXFR` prints one or name servers read it; NULL: name servers are asked */
    size_t timeout;   /* seconds that one try of one server may take */
};

/* NULL: `*wrong` says why. Strings of the zone live in `arena`. */
struct resolver *resolver_new(const struct resolver_options *options, struct cnil_arena *arena, const char **wrong);
void resolver_free(struct resolver *resolver); /* NULL is fine */

/* Fills `chain` with the hosts that `name` leads to, in lower case, without trailing dot. False: no answer came, or no
 * memory; what was found until then is there. */
bool resolver_chain(struct resolver *resolver, struct cnil_str name, struct cnil_arena *arena,
                    struct cnil_str chain[RESOLVER_HOPS], size_t *count);

/* Calls `visit` for every name that the zone file has an alias for. */
void resolver_each(const struct resolver *resolver, void (*visit)(struct cnil_str name, void *data), void *data);

#endif
