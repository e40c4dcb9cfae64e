/* SPDX-License-Identifier: Apache-2.0
 * A choice that goes with an account (délibération 2025-131, rule C33): the site keeps it and tells it, with a field of
 * its responses that the policy names; what a visitor who is signed in chooses is told to the site with a field of the
 * same name. Nothing is kept here: while somebody is signed in, the account's choice stands in a cookie of the session
 * beside the device's own, which stays as it is. Decision 0017. */
#ifndef CNIL_EXCHANGE_ACCOUNT_H
#define CNIL_EXCHANGE_ACCOUNT_H

#include "exchange/edits.h"
#include "exchange/exchange.h"

#define CNIL_ACCOUNT_COOKIE "eu-consent-account"

/* Makes of the device's choice, which is `exchange->device`, and of the request's account cookie the one that counts.
 */
void cnil_account_enter(struct cnil_exchange *exchange);

/* The same, when one of the three has changed. */
void cnil_account_merge(struct cnil_exchange *exchange);

/* Adds to a request what was chosen while signed in. */
void cnil_account_tell(struct cnil_exchange *exchange, struct cnil_editor *editor);

/* Reads the site's field, once a response, before anything is decided by the choice. */
void cnil_account_read(struct cnil_exchange *exchange, const struct cnil_response *response);

/* Takes the field out, and sets or ends the cookie where the site's word changes it, or where the visitor is told of
 * it: `shows` is whether our block is in the response. True: there is a cookie in it, which is for one visitor. */
bool cnil_account_edit(struct cnil_exchange *exchange, struct cnil_headers headers, bool shows,
                       struct cnil_editor *editor);

/* Is what is chosen now the account's? */
bool cnil_account_is_signed_in(const struct cnil_exchange *exchange);

/* The account cookie's field for `exchange->account`. Empty: no memory. */
struct cnil_str cnil_account_cookie(struct cnil_exchange *exchange);

#endif
