/* SPDX-License-Identifier: Apache-2.0
 * The log of choices as a whole: every line of every file of it in a directory, rotated and compressed ones too. */
#ifndef CNIL_AUDIT_LEDGER_H
#define CNIL_AUDIT_LEDGER_H

#include "audit/record.h"
#include "base/errors.h"
#include "base/status.h"

/* A line; its views lie in the ledger. */
struct cnil_ledger_line {
    const char *file;
    unsigned number;      /* of the line in its file, from 1 */
    struct cnil_str text; /* without its newline */
    struct cnil_str chain, prev, time;
    uint64_t seq;
    struct cnil_digest digest; /* of `text` */
    uint64_t segment;          /* the lowest number that its chain has in its file */
};

/* What is no line: the end of a write that broke off, or something else. */
struct cnil_ledger_scrap {
    const char *file;
    unsigned number;
    bool torn; /* the beginning of a line, without its end */
};

struct cnil_ledger {
    struct cnil_ledger_line *lines;
    size_t count, room;
    struct cnil_ledger_scrap *scraps;
    size_t scrap_count, scrap_room;
    struct cnil_ledger_file *files; /* their names and bytes */
};

/* Reads DIRECTORY/choices.jsonl and what it was renamed to ("choices.jsonl" and anything behind it). Lines come in the
 * order of chain and writing. CNIL_IO is told in `errors`. The ledger is to be freed whatever comes of it. */
CNIL_MUST_USE enum cnil_status cnil_ledger_read(struct cnil_ledger *ledger, const char *directory,
                                                struct cnil_errors *errors);
void cnil_ledger_free(struct cnil_ledger *ledger); /* a zeroed one is fine */

/* Puts the lines in the order of their times. */
void cnil_ledger_sort_by_time(struct cnil_ledger *ledger);

/* How many lines from `from` on are of one chain. For the order of chains. */
size_t cnil_ledger_chain_length(const struct cnil_ledger *ledger, size_t from);

/* Where the lines of `chain` begin; `count` when there are none. For the order of chains. */
size_t cnil_ledger_find_chain(const struct cnil_ledger *ledger, struct cnil_str chain);

/* The bytes of a file, compressed or not, as one more owned by the ledger. NULL with `*status` and `errors` set. */
const struct cnil_ledger_file *cnil_ledger_load(struct cnil_ledger *ledger, const char *path, enum cnil_status *status,
                                                struct cnil_errors *errors);

struct cnil_ledger_file {
    struct cnil_ledger_file *next;
    char *bytes;
    size_t len;
    char path[];
};

#endif
