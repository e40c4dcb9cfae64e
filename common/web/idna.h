/* SPDX-License-Identifier: Apache-2.0
 * Domain names in ASCII (UTS 46 as the URL standard asks for it, 3.3 "domain to ASCII"). */
#ifndef CNIL_WEB_IDNA_H
#define CNIL_WEB_IDNA_H

#include "base/status.h"
#include "base/str.h"

/* Writes `domain` (UTF-8, ASCII letters already folded, no NUL) into `out`.
 * CNIL_INVALID: all browsers refuse the name, or it does not fit into `size` bytes. Where they differ (code points that
 * an older Unicode does not know, labels that mix directions) it passes: what one of them fetches must be seen. */
CNIL_MUST_USE enum cnil_status cnil_idna_to_ascii(struct cnil_str domain, char *out, size_t size, size_t *len);

#endif
