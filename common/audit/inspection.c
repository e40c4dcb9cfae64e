/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/inspection.h"

#include <inttypes.h>
#include <string.h>

enum { DAY_LEN = 10 };

struct inspection {
    const struct cnil_ledger *ledger;
    const struct cnil_closings *closings;
    struct cnil_errors *errors;
    struct cnil_inspection *found;
    struct cnil_str kept; /* what was closed until then may be gone */
};

static struct cnil_str day_of(const struct cnil_ledger_line *line)
{
    return cnil_str_slice(line->time, 0, DAY_LEN);
}

#define TELL(inspection, line, ...)                                                                                    \
    cnil_errors_add((inspection)->errors, (line)->file, (line)->number, 0, NULL, __VA_ARGS__)

static bool is_zeros(struct cnil_str digest)
{
    for (size_t i = 0; i < digest.len; i++)
        if (digest.ptr[i] != '0')
            return false;
    return true;
}

/* ---- chains ---- */

/* What a chain was closed with, at its line `seq` or later, if it may be gone. */
static const struct cnil_head *retired_before(const struct inspection *inspection, struct cnil_str chain, uint64_t seq)
{
    const struct cnil_head *head = cnil_closings_head(inspection->closings, chain, seq);

    return head != NULL && cnil_str_compare(inspection->closings->list[head->closing].day, inspection->kept) <= 0
               ? head
               : NULL;
}

/* The chain's first line that is there is not its first. */
static void check_beginning(const struct inspection *inspection, const struct cnil_ledger_line *line)
{
    const struct cnil_head *head = retired_before(inspection, line->chain, line->seq - 1);

    if (head == NULL)
        TELL(inspection, line, "chain %.*s begins here with its line %" PRIu64 ": those before it are missing",
             (int)line->chain.len, line->chain.ptr, line->seq);
    else if (head->seq == line->seq - 1 && !cnil_str_equal(head->digest, line->prev))
        TELL(inspection, line, "this line does not follow the one that its chain was closed with");
    else
        inspection->found->retired += line->seq - 1;
}

/* A line whose number was passed already: which of the lines before has it? */
static void check_again(const struct inspection *inspection, const struct cnil_ledger_line *first,
                        const struct cnil_ledger_line *line)
{
    const struct cnil_ledger_line *same = line - 1;

    while (same > first && same->seq != line->seq)
        same--;
    if (same->seq != line->seq)
        TELL(inspection, line, "this line is out of its order: line %" PRIu64 " of its chain", line->seq);
    else if (cnil_str_equal(same->text, line->text))
        TELL(inspection, line, "this line is there twice: it is %s:%u, too", same->file, same->number);
    else
        TELL(inspection, line, "this line was put in: %s:%u is line %" PRIu64 " of its chain, too", same->file,
             same->number, line->seq);
}

static void check_missing(const struct inspection *inspection, const struct cnil_ledger_line *line, uint64_t expected)
{
    if (line->seq - expected == 1)
        TELL(inspection, line, "line %" PRIu64 " of its chain is missing before this one", expected);
    else
        TELL(inspection, line, "lines %" PRIu64 " to %" PRIu64 " of its chain are missing before this one", expected,
             line->seq - 1);
}

static void check_link(const struct inspection *inspection, const struct cnil_ledger_line *last,
                       const struct cnil_ledger_line *line)
{
    if (last != NULL && !cnil_str_equal(line->prev, cnil_digest_str(&last->digest)))
        TELL(inspection, last, "this line was changed: it is not the one that %s:%u follows", line->file, line->number);
    else if (last == NULL && !is_zeros(line->prev))
        TELL(inspection, line, "this is the first line of its chain, and names one before it");
}

/* Lines of a day that was closed stand in front of what it was closed with. */
static void check_day(const struct inspection *inspection, const struct cnil_ledger_line *line)
{
    const struct cnil_closings *closings = inspection->closings;
    struct cnil_str day = day_of(line);

    if (closings->count > 0 && cnil_str_compare(day, closings->list[closings->count - 1].day) <= 0 &&
        cnil_closings_head(closings, line->chain, line->seq) == NULL)
        TELL(inspection, line, "this line says that it is of %.*s, which was closed without it", (int)day.len, day.ptr);
}

static void check_chain(const struct inspection *inspection, const struct cnil_ledger_line *first, size_t count)
{
    const struct cnil_ledger_line *last = NULL;
    uint64_t expected = 1;

    for (const struct cnil_ledger_line *line = first; line < first + count; line++) {
        check_day(inspection, line);
        if (line->seq < expected) {
            check_again(inspection, first, line);
            continue;
        }
        if (line->seq == expected)
            check_link(inspection, last, line);
        else if (last == NULL)
            check_beginning(inspection, line);
        else
            check_missing(inspection, line, expected);
        expected = line->seq + 1;
        last = line;
    }
}

static void check_chains(const struct inspection *inspection)
{
    const struct cnil_ledger *ledger = inspection->ledger;
    size_t length;

    for (size_t i = 0; i < ledger->count; i += length) {
        length = cnil_ledger_chain_length(ledger, i);
        check_chain(inspection, &ledger->lines[i], length);
        inspection->found->chains++;
    }
}

static void check_scraps(const struct inspection *inspection)
{
    const struct cnil_ledger *ledger = inspection->ledger;

    for (size_t i = 0; i < ledger->scrap_count; i++) {
        if (ledger->scraps[i].torn)
            inspection->found->torn++;
        else
            TELL(inspection, &ledger->scraps[i], "this is no line of the log: it was changed, or comes from elsewhere");
    }
}

/* ---- closings ---- */

/* In a chain that nobody touched the lines stand by their numbers. */
static const struct cnil_ledger_line *find_line(const struct cnil_ledger *ledger, struct cnil_str chain, uint64_t seq)
{
    size_t from = cnil_ledger_find_chain(ledger, chain);
    uint64_t distance = from < ledger->count ? seq - ledger->lines[from].seq : 0;

    if (distance < ledger->count - from && ledger->lines[from + distance].seq == seq &&
        cnil_str_equal(ledger->lines[from + distance].chain, chain))
        return &ledger->lines[from + distance];
    for (size_t i = from; i < ledger->count && cnil_str_equal(ledger->lines[i].chain, chain); i++)
        if (ledger->lines[i].seq == seq)
            return &ledger->lines[i];
    return NULL;
}

static void check_head(const struct inspection *inspection, const struct cnil_head *head)
{
    const struct cnil_closing *closing = &inspection->closings->list[head->closing];
    const struct cnil_ledger *ledger = inspection->ledger;
    size_t from = cnil_ledger_find_chain(ledger, head->chain);
    const struct cnil_ledger_line *line = find_line(ledger, head->chain, head->seq);

    if (line != NULL) {
        if (!cnil_str_equal(cnil_digest_str(&line->digest), head->digest))
            TELL(inspection, line, "this line was changed: it is not the one that %.*s was closed with",
                 (int)closing->day.len, closing->day.ptr);
    } else if (from < ledger->count && ledger->lines[from].seq < head->seq) {
        TELL(inspection, closing, "chain %.*s was cut off: its line %" PRIu64 ", which this names, is missing",
             (int)head->chain.len, head->chain.ptr, head->seq);
    } else if (cnil_str_compare(closing->day, inspection->kept) > 0) {
        TELL(inspection, closing, "chain %.*s was taken away: its line %" PRIu64 ", which this names, is missing",
             (int)head->chain.len, head->chain.ptr, head->seq);
    } else if (from == ledger->count) {
        const struct cnil_head *next = cnil_closings_head(inspection->closings, head->chain, head->seq + 1);

        if (next == NULL) /* it stands for those before it, too */
            inspection->found->retired += head->seq;
    }
}

static void check_closing(const struct inspection *inspection, const struct cnil_closing *closing,
                          const struct cnil_closing *before, const struct cnil_seal *seal)
{
    if (before != NULL && !cnil_str_equal(closing->prev, cnil_digest_str(&before->digest)))
        TELL(inspection, closing,
             "this does not follow the closing before it: one of them was changed, moved, or one "
             "between them taken away");
    if (before == NULL && !is_zeros(closing->prev))
        TELL(inspection, closing, "this is not the first closing: those before it are missing");
    if (before != NULL && cnil_str_compare(before->day, closing->day) >= 0)
        TELL(inspection, closing, "this closes a day that was closed before");
    if (seal == NULL)
        return;
    if (!cnil_str_equal(closing->key, cnil_seal_name(seal)))
        TELL(inspection, closing, "this was signed with another key");
    else if (!cnil_seal_verify(seal, closing->signed_text, closing->signature))
        TELL(inspection, closing, "the signature does not fit: this was changed, or not signed with that key");
}

static void check_closings(const struct inspection *inspection, const struct cnil_seal *seal)
{
    const struct cnil_closings *closings = inspection->closings;

    for (size_t i = 0; i < closings->count; i++)
        check_closing(inspection, &closings->list[i], i > 0 ? &closings->list[i - 1] : NULL, seal);
    for (size_t i = 0; i < closings->head_count; i++)
        check_head(inspection, &closings->heads[i]);
}

void cnil_inspection_run(const struct cnil_ledger *ledger, const struct cnil_closings *closings,
                         const struct cnil_seal *seal, struct cnil_str kept, struct cnil_inspection *found,
                         struct cnil_errors *errors)
{
    const struct inspection inspection = { ledger, closings, errors, found,
                                           kept.len > 0 ? kept : cnil_closings_kept(closings) };

    *found = (struct cnil_inspection){ .lines = ledger->count };
    check_scraps(&inspection);
    check_chains(&inspection);
    check_closings(&inspection, seal);
}

/* A day that is past the last closing's, up to `until`. */
static bool is_due(const struct cnil_closings *closings, struct cnil_str until, struct cnil_str day)
{
    return cnil_str_compare(day, until) <= 0 &&
           (closings->count == 0 || cnil_str_compare(day, closings->list[closings->count - 1].day) > 0);
}

void cnil_inspection_run_due(const struct cnil_ledger *ledger, const struct cnil_closings *closings,
                             struct cnil_str until, struct cnil_errors *errors)
{
    const struct cnil_ledger_line *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < ledger->count; i++) {
        const struct cnil_ledger_line *line = &ledger->lines[i];

        if (!is_due(closings, until, day_of(line)) || cnil_closings_head(closings, line->chain, line->seq) != NULL)
            continue;
        count++;
        if (first == NULL || cnil_str_compare(line->time, first->time) < 0)
            first = line;
    }
    if (first != NULL)
        cnil_errors_add(errors, first->file, first->number, 0, NULL,
                        "no closing names this line of %.*s, a day that is over: it was not closed, or closings were "
                        "taken away (lines like this: %zu)",
                        DAY_LEN, first->time.ptr, count);
}
