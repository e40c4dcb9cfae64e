/* SPDX-License-Identifier: Apache-2.0
 * Takes trackers' cookies out of the browser after a refusal or a withdrawal (rule C13): a script cannot reach those
 * that are HttpOnly, a server can. */
#ifndef CNIL_EXCHANGE_EXPIRY_H
#define CNIL_EXCHANGE_EXPIRY_H

#include "exchange/exchange.h"

/* Calls `add` with one Set-Cookie value for each cookie of the request that the choice does not allow, and each scope
 * that it may have: this host, every parent domain down to the registrable one; the path "/" and the directories of
 * `path`; and the partitioned jar. The likeliest scopes come first, for the budget of one response: further ones follow
 * with the next, as long as the browser still sends the cookie. */
CNIL_MUST_USE enum cnil_status cnil_expiry_each(struct cnil_exchange *exchange, struct cnil_str path,
                                                void (*add)(void *data, struct cnil_str value), void *data);

#endif
