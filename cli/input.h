/* SPDX-License-Identifier: Apache-2.0
 * What the commands read: numbers and days as options and logs have them. */
#ifndef CNIL_CLI_INPUT_H
#define CNIL_CLI_INPUT_H

#include "base/str.h"

enum { INPUT_DAY_LEN = 10 };

/* Is it a day, "2026-11-26"? Of its shape alone: no calendar is asked. */
bool input_is_day(struct cnil_str text);

/* Reads a whole number from 1 to `most`, without a sign or a zero before it. */
bool input_number(const char *text, size_t most, size_t *number);

#endif
