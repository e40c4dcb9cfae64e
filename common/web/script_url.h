/* SPDX-License-Identifier: Apache-2.0
 * URLs that stand in a script as literals: "//host/path" where a string, a template or an assignment may begin, with
 * JavaScript's and JSON's escapes ("https:\/\/host", "\x2f\x2fhost", "\u002f\u002fhost"). */
#ifndef CNIL_WEB_SCRIPT_URL_H
#define CNIL_WEB_SCRIPT_URL_H

#include "base/buffer.h"

enum { CNIL_SCRIPT_URL_MAX = 2048 }; /* a longer one is read on its prefix */

/* Finds the next such URL from `*at` (0 at first) on and leaves in `url` what follows its scheme, decoded, from "//"
 * on. False at the end. */
bool cnil_script_url_next(struct cnil_str script, size_t *at, struct cnil_buffer *url);

/* What a string literal means (ECMA-262, 12.9.4): `text` is what stands between its quotes. Appends to `out`. */
void cnil_script_string_decode(struct cnil_str text, struct cnil_buffer *out);

#endif
