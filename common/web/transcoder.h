/* SPDX-License-Identifier: Apache-2.0
 * Turns a body in a charset whose bytes are not ASCII's into UTF-8, as the Encoding standard decodes it, while it
 * streams by. What is malformed becomes U+FFFD, as in browsers; nothing is an error.
 *
 * A byte order mark in the body is a character like any other here: whose business it is knows the caller. */
#ifndef CNIL_WEB_TRANSCODER_H
#define CNIL_WEB_TRANSCODER_H

#include "base/status.h"
#include "web/header.h"

struct cnil_transcoder;

/* `charset`: CNIL_CHARSET_UTF_16LE, _UTF_16BE or _ISO_2022_JP. NULL without memory. */
struct cnil_transcoder *cnil_transcoder_new(enum cnil_charset charset);
void cnil_transcoder_free(struct cnil_transcoder *transcoder); /* NULL is fine */

/* Lends `chunk` until cnil_transcoder_next() gives a block of length 0. */
void cnil_transcoder_feed(struct cnil_transcoder *transcoder, struct cnil_str chunk, bool last);

/* The next block of UTF-8, at most CNIL_LIMIT_DECODED bytes, valid until the next call; length 0: nothing more until
 * the next feed. */
struct cnil_str cnil_transcoder_next(struct cnil_transcoder *transcoder);

#endif
