/* SPDX-License-Identifier: Apache-2.0
 * Pages and choices, counted for a day and written down as sums: a table in memory that all processes of a server
 * share. Nothing in it is of one visitor, and nothing is kept apart that could be put together again: pages by
 * template, pages by the domain that visitors came from, choices by language and template.
 *
 * Counting is two or three atomic additions and no lock. The table holds two days, so that what is late finds its own;
 * days are UTC's. A process that dies leaves a table that others go on with. */
#ifndef CNIL_AUDIT_STATISTICS_H
#define CNIL_AUDIT_STATISTICS_H

#include "base/limits.h"
#include "base/status.h"
#include "policy/language.h"

#include <stdint.h>

struct cnil_statistics; /* lies in the memory that it was attached to; owns nothing else */

/* The same for every configuration, so that a reload finds the memory that it needs. */
size_t cnil_statistics_size(void);

/* Takes memory of at least that size, aligned as malloc() does: zeroed, or with a table in it. CNIL_INVALID: something
 * else is there, a table of another version for one; it is not touched. To be called by one process at a time. */
CNIL_MUST_USE enum cnil_status cnil_statistics_attach(void *memory, size_t size, int64_t now,
                                                      struct cnil_statistics **table);

/* The place of the policy that `id`, not 0, stands for; taken when it has none. CNIL_TOO_LARGE: there is no more. This
 * and the next, too, are called by one process at a time, while others count. */
CNIL_MUST_USE enum cnil_status cnil_statistics_site(struct cnil_statistics *table, uint64_t id, size_t *site);

/* Takes the places away from all others than these, with what they have counted. */
void cnil_statistics_keep(struct cnil_statistics *table, const uint64_t *ids, size_t count);

enum cnil_statistics_origin {
    CNIL_STATISTICS_FROM_HOST,
    CNIL_STATISTICS_FROM_NOWHERE, /* the browser does not say */
    CNIL_STATISTICS_FROM_SITE,    /* from another page of the site */
    CNIL_STATISTICS_FROM_OTHER,   /* what is told of no more: addresses, names of an intranet, apps */
    CNIL_STATISTICS_ORIGINS
};

enum cnil_statistics_kind {
    CNIL_STATISTICS_SHOWN,
    CNIL_STATISTICS_ACCEPTED,
    CNIL_STATISTICS_REFUSED,
    CNIL_STATISTICS_CUSTOMISED,
    CNIL_STATISTICS_WITHDRAWN,
    CNIL_STATISTICS_KINDS
};

/* The name of pages of our own. */
#define CNIL_STATISTICS_OWN CNIL_STR("(own)")

/* A page was seen. `template`: as policy/path_template.h names it; empty: "(other)". `host`: a registrable domain, of
 * FROM_HOST. */
void cnil_statistics_page(struct cnil_statistics *table, size_t site, int64_t now, struct cnil_str template,
                          enum cnil_statistics_origin origin, struct cnil_str host);

/* The banner was shown there, or this came of it. A template of which no page was seen that day is "(other)": a form
 * may name what it likes. */
void cnil_statistics_choice(struct cnil_statistics *table, size_t site, int64_t now, struct cnil_str template,
                            enum cnil_language language, enum cnil_statistics_kind kind);

/* Must it be written down now? To be asked before counting: the first of a day finds that the day before is due. One
 * look at the table in the common case. */
bool cnil_statistics_is_due(const struct cnil_statistics *table, int64_t now);

/* Lets one process write at a time: a key to unlock with; 0: another one does. The lock of one that died, or that
 * writes for ten minutes, is taken over; its own key opens it no more. */
uint64_t cnil_statistics_lock(struct cnil_statistics *table, int64_t now);
void cnil_statistics_unlock(struct cnil_statistics *table, uint64_t key);

struct cnil_statistics_report {
    size_t site;
    struct cnil_str name; /* of the site; may be empty */
    uint64_t least;       /* smaller numbers are written down as part of "(other)" alone */
    int64_t now;
    bool unfinished; /* days that are not over, too */
};

/* Appends the lines of one site for days that are over, in writes of whole lines, none longer than
 * CNIL_LIMIT_EVENT_LINE: `append` is true once they are there, and only then what they tell is taken off the table;
 * after one that is not, the rest stays. A site's name is cut in them after 512 bytes. Under the lock. */
CNIL_MUST_USE enum cnil_status cnil_statistics_write(struct cnil_statistics *table,
                                                     const struct cnil_statistics_report *report,
                                                     bool (*append)(void *data, struct cnil_str lines), void *data);

/* After all sites were written: begins the day of `now` where it has not begun (what could not be written of the day
 * that was there before is lost: true), and is due again tomorrow, or, after `failed`, in a minute. Days more than one
 * ahead, of a clock that has been set back, become today and yesterday. Under the lock. */
bool cnil_statistics_turn(struct cnil_statistics *table, int64_t now, bool failed);

#endif
