/* SPDX-License-Identifier: Apache-2.0
 * Our own addresses, below the policy's prefix: the privacy page, the files it needs, and where a choice is posted. */
#ifndef CNIL_EXCHANGE_ENDPOINT_H
#define CNIL_EXCHANGE_ENDPOINT_H

#include "exchange/exchange.h"

bool cnil_endpoint_is_own(const struct cnil_exchange *exchange);

/* Answers, or asks for the body of a posted choice. */
CNIL_MUST_USE enum cnil_status cnil_endpoint_open(struct cnil_exchange *exchange, enum cnil_open *open,
                                                  const struct cnil_answer **answer);

/* A posted choice: 303 back to the page with the cookie, a confirmation page, or an error page. */
CNIL_MUST_USE enum cnil_status cnil_endpoint_submit(struct cnil_exchange *exchange, struct cnil_str body,
                                                    bool too_large, const struct cnil_answer **answer);

#endif
