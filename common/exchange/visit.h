/* SPDX-License-Identifier: Apache-2.0
 * What of an exchange is counted, where the policy keeps statistics: a page that somebody sees, the banner in it, a
 * choice. Robots, frames, fragments, files, errors and what is fetched beforehand are none. */
#ifndef CNIL_EXCHANGE_VISIT_H
#define CNIL_EXCHANGE_VISIT_H

#include "exchange/exchange.h"

/* The headers are final: is it a page? */
void cnil_visit_see(struct cnil_exchange *exchange, const struct cnil_response *response);

/* exchange->choice was made by a form whose word was `word`; it was `before`. `path`: of the page that it stood in. */
void cnil_visit_choose(struct cnil_exchange *exchange, const struct cnil_choice *before, struct cnil_str word,
                       struct cnil_str path);

/* The exchange is over: what was seen is counted. */
void cnil_visit_end(struct cnil_exchange *exchange);

#endif
