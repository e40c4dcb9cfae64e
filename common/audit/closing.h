/* SPDX-License-Identifier: Apache-2.0
 * A day of the log of choices, closed: one signed line that names the last line of every chain which had lines since
 * the closing before, and that closing. What is named by it cannot be changed, taken away or added to unseen. It may
 * also say from which day on choices are kept: what was closed until then may be gone. */
#ifndef CNIL_AUDIT_CLOSING_H
#define CNIL_AUDIT_CLOSING_H

#include "audit/ledger.h"
#include "audit/seal.h"

struct cnil_closing {
    const char *file;
    unsigned number;
    struct cnil_str text;        /* the line */
    struct cnil_str signed_text; /* what of it is signed */
    struct cnil_str day, prev, kept, heads, key, signature;
    struct cnil_digest digest;
};

struct cnil_head { /* the last line of a chain when a day was closed */
    struct cnil_str chain, digest;
    uint64_t seq;
    size_t closing; /* index */
};

struct cnil_closings {
    struct cnil_closing *list;
    size_t count, room;
    struct cnil_head *heads; /* of all of them, by chain and number */
    size_t head_count;
};

/* Reads the closings in the file at `path`, whose bytes stay with `ledger`. That there is none is no mistake. What is
 * no closing is told in `errors`, and CNIL_INVALID. */
CNIL_MUST_USE enum cnil_status cnil_closings_read(struct cnil_closings *closings, struct cnil_ledger *ledger,
                                                  const char *path, struct cnil_errors *errors);
void cnil_closings_free(struct cnil_closings *closings); /* a zeroed one is fine */

/* Appends the closing of `day`, signed, as a line with its newline: of all lines of that day and before that no
 * closing names. `kept`: choices are kept from this day on; empty: as the closing before says. The ledger is in the
 * order of chains. False: it cannot be signed. */
bool cnil_closing_write(const struct cnil_ledger *ledger, const struct cnil_closings *closings, struct cnil_str day,
                        struct cnil_str kept, int64_t now, const struct cnil_seal *seal, struct cnil_buffer *out);

/* The day from which on choices are kept; empty: all are. */
struct cnil_str cnil_closings_kept(const struct cnil_closings *closings);

/* The first line of `chain` from number `seq` on that a closing names; NULL: none. */
const struct cnil_head *cnil_closings_head(const struct cnil_closings *closings, struct cnil_str chain, uint64_t seq);

#endif
