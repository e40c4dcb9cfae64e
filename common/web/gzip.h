/* SPDX-License-Identifier: Apache-2.0
 * Puts on the content coding gzip (RFC 9110, 8.4.1.3), for a text that is whole. */
#ifndef CNIL_WEB_GZIP_H
#define CNIL_WEB_GZIP_H

#include "base/buffer.h"
#include "web/header.h"

/* Does the request's Accept-Encoding take it, and like it no less than bytes as they are? */
bool cnil_gzip_is_accepted(struct cnil_headers headers);

/* Appends `text`, compressed; its failure is the buffer's. The same text gives the same bytes. */
void cnil_gzip_write(struct cnil_str text, struct cnil_buffer *out);

#endif
