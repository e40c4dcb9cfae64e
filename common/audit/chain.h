/* SPDX-License-Identifier: Apache-2.0
 * A writer of the log of choices: every line carries the digest of the one that the same writer wrote before it.
 *
 * One writer is one process (with all its threads), from its first choice to its end or to a write that failed: what
 * may stand in the file after that belongs to no chain, and a new one begins. The writer of before a fork() is none
 * after it. Many writers append to one file. */
#ifndef CNIL_AUDIT_CHAIN_H
#define CNIL_AUDIT_CHAIN_H

#include "audit/record.h"

struct cnil_chain; /* shared by threads */

struct cnil_chain *cnil_chain_new(void);        /* NULL without memory */
void cnil_chain_free(struct cnil_chain *chain); /* NULL is fine */

/* Writes the next line: what `record` says of a choice made at `now`, with chain, seq, prev and time put in here, and
 * module and key kept for a first line. `append` adds the bytes to the file in one write, or says false: then CNIL_IO.
 */
CNIL_MUST_USE enum cnil_status cnil_chain_write(struct cnil_chain *chain, const struct cnil_record *record, int64_t now,
                                                bool (*append)(void *data, struct cnil_str bytes), void *data);

#endif
