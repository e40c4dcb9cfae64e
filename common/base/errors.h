/* SPDX-License-Identifier: Apache-2.0
 * Mistakes in what an operator wrote, in words, each with its place. All of them, not only the first. */
#ifndef CNIL_BASE_ERRORS_H
#define CNIL_BASE_ERRORS_H

#include "base/str.h"

struct cnil_error {
    const char *file;      /* owned by the list */
    unsigned line, column; /* from 1, columns in characters; 0 when the place is not known */
    const char *pointer;   /* JSON pointer (RFC 6901), "" for the whole document; NULL where there is none */
    const char *sentence;
};

struct cnil_errors {
    struct cnil_error *list; /* owned */
    size_t count;            /* at most CNIL_LIMIT_ERRORS */
    size_t untold;           /* further ones that the limit or missing memory left out */
};

void cnil_errors_init(struct cnil_errors *errors);
void cnil_errors_free(struct cnil_errors *errors); /* also resets */

/* `pointer` may be NULL. The strings are copied. */
void cnil_errors_add(struct cnil_errors *errors, const char *file, unsigned line, unsigned column, const char *pointer,
                     const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Was anything reported, told or not? */
bool cnil_errors_any(const struct cnil_errors *errors);

/* Sorts by file, line and column, in place. */
void cnil_errors_sort(struct cnil_errors *errors);

/* Writes "file:line:col: /json/pointer: sentence" (what is not known is left out) and a NUL, cut to `size`.
 * Returns the length without the NUL. */
size_t cnil_error_format(const struct cnil_error *error, char *out, size_t size);

#endif
