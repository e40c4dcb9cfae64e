/* SPDX-License-Identifier: Apache-2.0
 * "Load this content": a consent to one service for one view of one page. A cookie of a minute carries it over the
 * redirect to that page, and is taken away with the page. It is HttpOnly and has a MAC over service, page and time, so
 * that no script of the page can consent in the visitor's name; nothing of the choice changes. */
#ifndef CNIL_EXCHANGE_ONCE_H
#define CNIL_EXCHANGE_ONCE_H

#include "exchange/exchange.h"

#define CNIL_ONCE_COOKIE "vp-once"

/* The Set-Cookie value that lets `service` into the next view of `target` (path and query). `ptr` NULL: no memory. */
struct cnil_str cnil_once_cookie(struct cnil_exchange *exchange, const struct cnil_service *service,
                                 struct cnil_str target);

/* Adds to the exchange's choice the service that the request's cookie names, if it is a document of that page, in time
 * and with our MAC. Sets exchange->once where there is such a cookie, good or bad: it has served. */
void cnil_once_read(struct cnil_exchange *exchange);

/* The Set-Cookie value that takes it away. */
struct cnil_str cnil_once_end(void);

#endif
