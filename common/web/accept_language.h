/* SPDX-License-Identifier: Apache-2.0
 * The field Accept-Language (RFC 9110, 12.5.4): ranges of languages and how much each is wanted. */
#ifndef CNIL_WEB_ACCEPT_LANGUAGE_H
#define CNIL_WEB_ACCEPT_LANGUAGE_H

#include "web/header.h"

struct cnil_language_range {
    struct cnil_str range; /* "de-CH", "*"; points into its field */
    unsigned quality;      /* in thousandths; 0: not wanted */
};

/* Reads up to `room` ranges of all fields of that name, which are one list (RFC 9110, 5.3): the most wanted first,
 * those that are wanted alike in the order of the fields; what has no proper form is left out. How many. */
size_t cnil_accept_language_read(struct cnil_headers headers, struct cnil_language_range *ranges, size_t room);

#endif
