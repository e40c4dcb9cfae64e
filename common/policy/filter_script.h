/* SPDX-License-Identifier: Apache-2.0
 * What the guard is told of a compiled filter list: its rules as strings that page/assets/lists.js searches. */
#ifndef CNIL_POLICY_FILTER_SCRIPT_H
#define CNIL_POLICY_FILTER_SCRIPT_H

#include "base/buffer.h"
#include "policy/filter_list.h"

struct cnil_filter_script {
    const struct cnil_filter_list *list;
    const struct cnil_filter_page *page;
    uint32_t held;   /* bit i: what source i blocks waits for consent, else it passes */
    bool exceptions; /* its "@@" rules count */
};

/* Appends "hosts:[...],rules:[...]", of an object; all of it is ASCII.
 *
 * `hosts` are those that a rule holds for all of, whatever the type and page, as the first 36 bits of their hashes in
 * six letters: for any party and for third parties, first of those that wait, then of those that pass. Each is a string
 * of 4096 words, for each beginning of two letters the other four of each host.
 *
 * `rules` are the rules that block, the exceptions, and those that no exception touches: " key<options<pattern key<...
 * ", in the order of "key<". A key is a word that every URL which the rule matches has, "." and the letters of a host,
 * or nothing. Options: "a" first party only, "b" third, "l" "r" "d" where the pattern begins and ends
 * (CNIL_FILTER_LEFT, RIGHT, LABEL), "c" case matters, "h" it passes, "x" an expression; then its types, if not all;
 * then "," and the number of a set.
 *
 * Adds the numbers of the sets to `sets`: uint32_t[], with repetitions. */
void cnil_filter_script_write(const struct cnil_filter_script *script, struct cnil_buffer *sets,
                              struct cnil_buffer *out);

/* Appends "3:[\"...\",\"...\"]," for each number in `sets` once: the hosts that are not meant, those that are, each by
 * its six letters. Sorts `sets`. */
void cnil_filter_script_write_sets(const struct cnil_filter_list *list, struct cnil_buffer *sets,
                                   struct cnil_buffer *out);

/* Appends `text`, which is printable ASCII, as it stands in a JavaScript string. */
void cnil_filter_script_write_text(struct cnil_str text, struct cnil_buffer *out);

#endif
