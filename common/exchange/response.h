/* SPDX-License-Identifier: Apache-2.0
 * What is done to a response: is its body rewritten, and which of its header fields change. */
#ifndef CNIL_EXCHANGE_RESPONSE_H
#define CNIL_EXCHANGE_RESPONSE_H

#include "exchange/exchange.h"

/* Decides on the body and edits what described the origin's bytes. No edits in audit. */
CNIL_MUST_USE enum cnil_status cnil_response_body(struct cnil_exchange *exchange, const struct cnil_response *response,
                                                  struct cnil_edits *edits);

/* Makes the rewriter of a body whose first bytes said what it is. */
CNIL_MUST_USE enum cnil_status cnil_response_start(struct cnil_exchange *exchange, enum cnil_content content);

/* Cookies, Link, Refresh, HSTS, caching, the first-party-only policy of what could not be rewritten. No edits in audit.
 */
CNIL_MUST_USE enum cnil_status cnil_response_headers(struct cnil_exchange *exchange,
                                                     const struct cnil_response *response, struct cnil_edits *edits);

#endif
