/* SPDX-License-Identifier: Apache-2.0
 * What a data: URL holds (Fetch standard, "data: URL processor"). */
#ifndef CNIL_WEB_DATA_URL_H
#define CNIL_WEB_DATA_URL_H

#include "base/buffer.h"

/* `href`: a serialised data: URL. Sets `*type` to the MIME type's essence as written (empty: text/plain), `*parameters`
 * to what follows it, and appends the body to `body`. False when it is no such URL. */
bool cnil_data_url_read(struct cnil_str href, struct cnil_str *type, struct cnil_str *parameters,
                        struct cnil_buffer *body);

/* Appends `href`, which cnil_data_url_read() has read, with `text` before byte `at` of its body. All else stays as it
 * is written, but for base64. */
void cnil_data_url_insert(struct cnil_str href, size_t at, struct cnil_str text, struct cnil_buffer *out);

/* Appends `text` with its percent-encoded bytes decoded. */
void cnil_percent_decode(struct cnil_str text, struct cnil_buffer *out);

#endif
