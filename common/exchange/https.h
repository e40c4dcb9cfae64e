/* SPDX-License-Identifier: Apache-2.0
 * Everything over https (rules W1, W3, W4). */
#ifndef CNIL_EXCHANGE_HTTPS_H
#define CNIL_EXCHANGE_HTTPS_H

#include "exchange/exchange.h"

/* Must this request be sent to https? Not in audit: then only the event is made. */
bool cnil_https_is_redirect_due(const struct cnil_exchange *exchange);

/* The redirect: 301 for GET and HEAD, 308 for what has a body. 400 when the Host field names no host: a redirect to
 * wherever a request says would be an open one. */
CNIL_MUST_USE enum cnil_status cnil_https_redirect(struct cnil_exchange *exchange, const struct cnil_answer **answer);

/* May Strict-Transport-Security stand in a response of this exchange? Only over TLS. */
bool cnil_https_is_hsts_due(const struct cnil_exchange *exchange);
struct cnil_str cnil_https_hsts(struct cnil_exchange *exchange); /* its value; pointer NULL without memory */

#endif
