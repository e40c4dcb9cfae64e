/* SPDX-License-Identifier: Apache-2.0
 * What becomes of the cookies that a response sets: dropped without consent, told when nobody knows them, held to the
 * lifetime that their exemption allows. Rules C2, C20, C25. */
#ifndef CNIL_EXCHANGE_SET_COOKIE_H
#define CNIL_EXCHANGE_SET_COOKIE_H

#include "exchange/edits.h"
#include "exchange/exchange.h"

/* Adds the edits of every Set-Cookie field, and the events. True: one of them depends on the choice, dropped or not. */
bool cnil_set_cookie_edit(struct cnil_exchange *exchange, struct cnil_headers headers, struct cnil_editor *editor);

/* Do choices made on this host count for the domain that the policy names? A browser refuses such a cookie elsewhere.
 */
bool cnil_set_cookie_has_domain(const struct cnil_exchange *exchange);

/* Appends "; Domain=" and the domain for which choices count, to a cookie of ours, if they do here. */
void cnil_set_cookie_append_domain(const struct cnil_exchange *exchange, struct cnil_buffer *out);

#endif
