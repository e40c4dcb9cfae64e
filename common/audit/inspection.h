/* SPDX-License-Identifier: Apache-2.0
 * Finds what was done to a log of choices after it was written: a line that was changed, taken away, put in, doubled or
 * moved, a chain that was cut off, a closing that does not fit. What no closing names yet and stands at the end of a
 * chain could be taken away unseen. */
#ifndef CNIL_AUDIT_INSPECTION_H
#define CNIL_AUDIT_INSPECTION_H

#include "audit/closing.h"

struct cnil_inspection {
    size_t lines, chains;
    size_t torn;      /* writes that broke off: nothing was answered to them */
    uint64_t retired; /* lines of closed days that are not kept any more, as a closing says */
};

/* Tells every mistake in `errors`, with file and line. `kept`: choices are kept from this day on; empty: as the last
 * closing says. `seal`: the public key; NULL: signatures are not looked at. The
 * ledger is in the order of chains. */
void cnil_inspection_run(const struct cnil_ledger *ledger, const struct cnil_closings *closings,
                         const struct cnil_seal *seal, struct cnil_str kept, struct cnil_inspection *inspection,
                         struct cnil_errors *errors);

/* For a log whose days are closed: what is of the day `until` or of one before it must be named by a closing. The
 * earliest line that none names is told, with its day. (Lines of days that were closed without them are told above.) */
void cnil_inspection_run_due(const struct cnil_ledger *ledger, const struct cnil_closings *closings,
                             struct cnil_str until, struct cnil_errors *errors);

#endif
