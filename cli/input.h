/* SPDX-License-Identifier: Apache-2.0
 * What the commands read: options, numbers and days. */
#ifndef CNIL_CLI_INPUT_H
#define CNIL_CLI_INPUT_H

#include "base/str.h"

enum { INPUT_DAY_LEN = 10, INPUT_OPTIONS = 9 };

/* "--name VALUE" or "--name", and where it goes: one of the pointers. */
struct input_option {
    const char *name;
    char letter; /* "-o VALUE" is the same; 0: there is none */
    bool *flag;  /* has no value */
    const char **text, **day;
    size_t *number, most;
};

/* Is it a day, "2026-11-26"? Of its shape alone: no calendar is asked. */
bool input_is_day(struct cnil_str text);

/* Reads a whole number from 1 to `most`, without a sign or a zero before it. */
bool input_number(const char *text, size_t most, size_t *number);

/* Reads all options of a command, `count` (at most INPUT_OPTIONS) of them known; what is not given is left as it was.
 * The operands are then argv[optind] and those behind it. False, said on stderr where it is an option's name: wrong. */
bool input_options(int argc, char **argv, const struct input_option *options, size_t count);

#endif
