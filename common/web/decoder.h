/* SPDX-License-Identifier: Apache-2.0
 * Undoes the content codings of a body as it streams by (RFC 9110, 8.4): gzip, deflate, br, zstd, and several of them
 * one after the other.
 *
 * Memory is bounded whatever comes in: one block of CNIL_LIMIT_DECODED bytes a coding, and the window that the coding
 * itself prescribes (at most 16 MiB, of br). A body that swells more than any page does is an error. */
#ifndef CNIL_WEB_DECODER_H
#define CNIL_WEB_DECODER_H

#include "base/limits.h"
#include "base/status.h"
#include "web/header.h"

enum cnil_coding { CNIL_CODING_GZIP, CNIL_CODING_DEFLATE, CNIL_CODING_BR, CNIL_CODING_ZSTD };

struct cnil_codings {
    enum cnil_coding list[CNIL_LIMIT_CODINGS]; /* in the order in which they were applied */
    size_t count;
};

/* The codings that Content-Encoding names. Words that servers write there by mistake and that browsers pass over
 * ("identity", "none", a charset) are left out. False: one is unknown, or there are too many. */
bool cnil_decoder_codings(struct cnil_headers headers, struct cnil_codings *codings);

struct cnil_decoder;

struct cnil_decoder *cnil_decoder_new(const struct cnil_codings *codings); /* NULL without memory */
void cnil_decoder_free(struct cnil_decoder *decoder);                      /* NULL is fine */

/* Lends `chunk` until cnil_decoder_next() gives a block of length 0. */
void cnil_decoder_feed(struct cnil_decoder *decoder, struct cnil_str chunk, bool last);

/* Gives the next block of decoded bytes, valid until the next call; length 0: nothing more until the next feed. May be
 * left off and taken up again. CNIL_INVALID: not in that coding, damaged, or cut short; CNIL_TOO_LARGE: it swells more
 * than CNIL_LIMIT_DECODED_RATIO. What stands behind the end is passed over, as browsers do, but for another member of
 * gzip or another frame of zstd. */
CNIL_MUST_USE enum cnil_status cnil_decoder_next(struct cnil_decoder *decoder, struct cnil_str *block);

#endif
