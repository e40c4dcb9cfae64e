/* SPDX-License-Identifier: Apache-2.0
 * What the commands write: text that no terminal acts upon, JSON strings, lists of mistakes. */
#ifndef CNIL_CLI_OUTPUT_H
#define CNIL_CLI_OUTPUT_H

#include "base/errors.h"

#include <stdio.h>

/* Writes `text` with control characters as \xNN. */
void output_text(FILE *out, struct cnil_str text);

/* Writes `text` as a JSON string; bytes that are not UTF-8 become U+FFFD. A NULL pointer: null. */
void output_json(FILE *out, struct cnil_str text);

/* Writes `text` as a cell of a table for spreadsheets (CSV): quoted, in one line, and never a formula: before what
 * spreadsheets take for the beginning of one stands an apostrophe. */
void output_cell(FILE *out, struct cnil_str text);

/* Writes the mistakes of the policy at `path`, a line each. */
void output_mistakes(FILE *out, const char *path, const struct cnil_errors *errors);

#endif
