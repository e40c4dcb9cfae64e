/* SPDX-License-Identifier: Apache-2.0
 * Takes what needs consent out of files of the site which browsers read for the addresses in them: one that is held
 * back becomes another in its place, nothing else changes.
 *
 * A web app's manifest: what counts is the value of every "src", wherever it stands: icons, screenshots, icons of
 * shortcuts. What else is an address there a visitor follows. Comments are read as such, as Chromium does. An icon that
 * consent may bring leads by way of us: browsers ask for the manifest without cookies, and so without the choice, but
 * for what it names with them. Else, and in a playlist, there is "about:invalid".
 *
 * A playlist (RFC 8216): every line that is no tag, and in tags what stands behind a quote. An address whose host a
 * variable may make waits. What does not begin as a playlist passes as it is. */
#ifndef CNIL_PAGE_ADDRESSES_H
#define CNIL_PAGE_ADDRESSES_H

#include "page/content.h"
#include "page/judge.h"
#include "page/style.h"

struct cnil_addresses;

/* Below the prefix: where icons of other hosts are asked for, "https/HOST/PATH" (exchange/endpoint.c). */
#define CNIL_ADDRESSES_ICONS "icon/"

/* `judge` and `prefix`, of our addresses, must outlive it; `content`: a manifest or a playlist. NULL without memory. */
struct cnil_addresses *cnil_addresses_new(struct cnil_judge *judge, struct cnil_str prefix, enum cnil_content content);
void cnil_addresses_free(struct cnil_addresses *addresses); /* NULL is fine */

/* Lends `chunk` until cnil_addresses_next() gives false. */
void cnil_addresses_feed(struct cnil_addresses *addresses, struct cnil_str chunk, bool last);

/* Gives the next piece; the raws of all pieces are the input. */
CNIL_MUST_USE enum cnil_status cnil_addresses_next(struct cnil_addresses *addresses, struct cnil_style_piece *piece,
                                                   bool *more);

/* The bytes of earlier chunks that are held back; valid until the next call. */
struct cnil_str cnil_addresses_waiting(const struct cnil_addresses *addresses);

#endif
