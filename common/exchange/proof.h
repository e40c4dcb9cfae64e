/* SPDX-License-Identifier: Apache-2.0
 * Did a choice come from a page of this site, by an act of the visitor? (Rules C3, C4: another site must not choose.)
 */
#ifndef CNIL_EXCHANGE_PROOF_H
#define CNIL_EXCHANGE_PROOF_H

#include "exchange/exchange.h"

/* Sec-Fetch-Site alone counts where the browser sends it; else Origin alone; a browser that sends neither must bring a
 * token of our confirmation page. `token` and `choice_word` are those of the form. */
bool cnil_proof_holds(struct cnil_exchange *exchange, struct cnil_str choice_word, struct cnil_str token);

/* A token for `choice_word`, good for ten minutes, for this visitor's address and browser: one that somebody else got
 * by asking us is worth nothing here. Pointer NULL without memory. */
struct cnil_str cnil_proof_token(struct cnil_exchange *exchange, struct cnil_str choice_word);

#endif
