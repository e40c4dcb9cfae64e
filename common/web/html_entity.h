/* SPDX-License-Identifier: Apache-2.0
 * Character references (HTML standard, 13.2.5.72 to 13.2.5.80). */
#ifndef CNIL_WEB_HTML_ENTITY_H
#define CNIL_WEB_HTML_ENTITY_H

#include "base/buffer.h"

/* Appends `text` to `out`, in UTF-8, with its character references decoded as a browser does, numeric ones and those
 * without semicolon included. `in_attribute` selects the rule for attribute values ("&copy=1" stays as it is). */
void cnil_html_decode(struct cnil_str text, bool in_attribute, struct cnil_buffer *out);

/* The same for one '&', which `text` starts with, and the reference that it begins, if it does. Returns how many bytes
 * of `text` that is. */
size_t cnil_html_decode_reference(struct cnil_str text, bool in_attribute, struct cnil_buffer *out);

/* Appends `text` so that it is safe as HTML text and inside a quoted attribute value: & < > " ' escaped. */
void cnil_html_escape(struct cnil_str text, struct cnil_buffer *out);

#endif
