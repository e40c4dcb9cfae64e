/* SPDX-License-Identifier: Apache-2.0
 * Lists of URLs inside one attribute or header value. */
#ifndef CNIL_WEB_SRCSET_H
#define CNIL_WEB_SRCSET_H

#include "base/str.h"

/* Takes the next image candidate off `*rest` (HTML standard, "parse a srcset attribute": its URL may hold commas);
 * false at the end. `*url` is a view into the value, not trimmed of anything but what the standard strips. */
bool cnil_srcset_next(struct cnil_str *rest, struct cnil_str *url);

/* The URL of a <meta http-equiv=refresh> content or a Refresh header (HTML standard, "shared declarative refresh
 * steps"). False when it names none (a reload of the page itself) or is not a refresh at all. */
bool cnil_refresh_url(struct cnil_str content, struct cnil_str *url);

#endif
