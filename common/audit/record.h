/* SPDX-License-Identifier: Apache-2.0
 * One line of the log of choices: what was chosen, of what, by which control, when to the minute. Nobody is named: no
 * address, no identifier, no user agent (rule C16). */
#ifndef CNIL_AUDIT_RECORD_H
#define CNIL_AUDIT_RECORD_H

#include "base/buffer.h"
#include "base/digest.h"

#include <stdint.h>

enum { CNIL_RECORD_CHAIN_LEN = 16 };

/* Views of a line, or of what a line is made of. As read, strings are still escaped as JSON writes them. */
struct cnil_record {
    struct cnil_str chain;    /* whose line it is: 16 hexadecimal digits, one chain a writer */
    uint64_t seq;             /* its number in the chain, from 1 */
    struct cnil_str prev;     /* digest of the chain's line before, without its newline; of zeros in the first */
    struct cnil_str time;     /* "2026-11-26T02:10Z" */
    struct cnil_str policy;   /* digest of the policy as it was archived */
    struct cnil_str consent;  /* the consent hash, 8 digits */
    struct cnil_str banner;   /* digest of the block that stood in the visitor's pages */
    struct cnil_str language; /* of that */
    struct cnil_str control;  /* "banner", "control", "panel", "page", "confirm" */
    struct cnil_str before;   /* the choice that held before, as a word */
    struct cnil_str choice;   /* the choice made */
    struct cnil_str host;     /* of the site */
    struct cnil_str receipt;  /* a number that the visitor was given; empty: none */
    struct cnil_str module;   /* version; in a chain's first line, else empty */
    unsigned key;             /* id of the key of choices; in a chain's first line */
};

/* The time of a line: "2026-11-26T02:10Z" and a NUL. */
struct cnil_record_time {
    char text[sizeof("2026-11-26T02:10Z") + 16];
};
struct cnil_str cnil_record_time(int64_t seconds, struct cnil_record_time *time);

/* Appends the line with its newline. A line that would be longer than CNIL_LIMIT_PROOF_LINE fails the buffer, whose
 * limit that should be. */
void cnil_record_write(const struct cnil_record *record, struct cnil_buffer *out);

/* Reads a line, given without its newline. False: it is none of ours, or not whole. Unknown members are passed over. */
bool cnil_record_read(struct cnil_str line, struct cnil_record *record);

/* The day of a line, "2026-11-26". */
struct cnil_str cnil_record_day(const struct cnil_record *record);

/* One member of a flat JSON object of strings and numbers without spaces, as our lines are: takes it off `*rest`, which
 * begins with "{" or ",". The value is given without its quotes, escapes as they are. False at the end, where `*rest`
 * is "}" alone, and where it is no such member. */
struct cnil_member {
    struct cnil_str name, value;
    bool number;
};
bool cnil_member_next(struct cnil_str *rest, struct cnil_member *member);

#endif
