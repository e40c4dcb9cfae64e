/* SPDX-License-Identifier: Apache-2.0
 * Takes trackers' cookies out of the browser after a refusal or a withdrawal (rule C13): a script cannot reach those
 * that are HttpOnly, a server can.
 *
 * A cookie is known by name, domain, path and jar, and a request tells the name alone. So every scope is expired that a
 * cookie sent with this request may have: this host, and every parent domain down to the registrable one; "/", the
 * directories of the path with and without their last "/", and the paths that policy and catalogue name; the jar for
 * all and the partitioned one. The likeliest come first. One response has a budget: what is past half of it takes turns
 * by the clock, so that the scopes are gone through as long as the browser sends the name. */
#ifndef CNIL_EXCHANGE_EXPIRY_H
#define CNIL_EXCHANGE_EXPIRY_H

#include "exchange/exchange.h"

enum cnil_expiry_extent {
    CNIL_EXPIRY_SENT, /* the cookies of the request */
    CNIL_EXPIRY_NAMED /* also those that it does not tell of, on the paths that are named for them: at a refusal */
};

/* Calls `add` with a Set-Cookie value for each cookie that the choice does not allow, and each scope. `path`: the URL
 * path that the browser is at. */
CNIL_MUST_USE enum cnil_status cnil_expiry_each(struct cnil_exchange *exchange, struct cnil_str path,
                                                enum cnil_expiry_extent extent,
                                                void (*add)(void *data, struct cnil_str value), void *data);

#endif
