/* SPDX-License-Identifier: Apache-2.0
 * application/x-www-form-urlencoded (URL standard, section 5), and escapes for what we write. */
#ifndef CNIL_WEB_FORM_H
#define CNIL_WEB_FORM_H

#include "base/arena.h"
#include "base/buffer.h"

/* Decodes the value of the first field named `name` into `arena`. False when there is none, or no memory. */
bool cnil_form_value(struct cnil_str body, struct cnil_str name, struct cnil_arena *arena, struct cnil_str *value);

/* Takes the next field off `*body`, decoded into `arena`; false at the end, or without memory (`name->ptr` is NULL). */
bool cnil_form_next(struct cnil_str *body, struct cnil_arena *arena, struct cnil_str *name, struct cnil_str *value);

/* Appends `text` as the value of a field: ASCII letters, digits and "-._~/" as they are, the rest percent-encoded. */
void cnil_form_encode(struct cnil_str text, struct cnil_buffer *out);

/* Appends `text` as a JSON string with its quotes; control bytes, quotes, U+2028/2029 and bytes that are not UTF-8 are
 * escaped, so that a log line stays one line and valid JSON whatever came in. */
void cnil_json_string(struct cnil_str text, struct cnil_buffer *out);

/* base64url without padding (RFC 4648, 5). */
void cnil_base64url(struct cnil_str bytes, struct cnil_buffer *out);

#endif
