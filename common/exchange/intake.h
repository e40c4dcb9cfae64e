/* SPDX-License-Identifier: Apache-2.0
 * What stands between a body as it comes and what is made of it: content codings are undone, UTF-16 and ISO-2022-JP
 * become UTF-8, a body without a type is looked at as browsers do (decision 0002).
 *
 * Contract: bytes that need none of this are lent on, not copied, but for the few at the start that must be looked at
 * together. The pieces, end to end, do not depend on how the input was cut. Memory is bounded. */
#ifndef CNIL_EXCHANGE_INTAKE_H
#define CNIL_EXCHANGE_INTAKE_H

#include "base/status.h"
#include "page/content.h"
#include "web/decoder.h"

/* How a body is to be read, from its headers. */
struct cnil_reading {
    struct cnil_codings codings;
    enum cnil_charset charset;
    enum cnil_pairs pairs; /* of that charset */
    enum cnil_content content;
    bool is_untyped;    /* its first bytes say whether it is HTML, XML or none of them; `content` does not */
    bool is_undeclared; /* nobody but the headers may declare a charset: what a script fetches is UTF-8 */
};

struct cnil_piece {
    struct cnil_str bytes;
    bool from_input; /* lies in the chunk lent; else in the intake, valid until the next call */
    bool last;       /* the body ends with it */
};

struct cnil_intake;

struct cnil_intake *cnil_intake_new(const struct cnil_reading *reading); /* NULL without memory */
void cnil_intake_free(struct cnil_intake *intake);                       /* NULL is fine */

/* Lends `chunk` until cnil_intake_next() gives a piece that is empty and not the last. */
void cnil_intake_feed(struct cnil_intake *intake, struct cnil_str chunk, bool last);

/* Gives the next piece; empty and not the last: nothing more until the next feed. Statuses as of cnil_decoder_next().
 */
CNIL_MUST_USE enum cnil_status cnil_intake_next(struct cnil_intake *intake, struct cnil_piece *piece);

/* What the body is; known once a piece has come that was not empty or was the last. */
enum cnil_content cnil_intake_content(const struct cnil_intake *intake);

/* What the document itself declares as its charset, where no header and no mark does; empty: nothing. Known as the
 * content is, valid as that first piece. */
struct cnil_str cnil_intake_label(const struct cnil_intake *intake);

/* Of the charset that the bytes are in. Known as the content is. */
enum cnil_pairs cnil_intake_pairs(const struct cnil_intake *intake);

/* Was an escape blanked so far that could have switched to another charset in a browser's eyes? */
bool cnil_intake_has_blanked(const struct cnil_intake *intake);

#endif
