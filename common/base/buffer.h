/* SPDX-License-Identifier: Apache-2.0
 * A growing run of bytes with a bound.
 *
 * Failure is sticky: after one refused append every later one does nothing, and cnil_buffer_status() tells at the end
 * whether all of it is there. That keeps writers of pages and headers free of a check per piece. */
#ifndef CNIL_BASE_BUFFER_H
#define CNIL_BASE_BUFFER_H

#include "base/status.h"
#include "base/str.h"

struct cnil_buffer {
    char *ptr; /* owned; NULL while nothing was appended */
    size_t len;
    size_t size;
    size_t limit;
    enum cnil_status status;
};

void cnil_buffer_init(struct cnil_buffer *buffer, size_t limit);
void cnil_buffer_free(struct cnil_buffer *buffer); /* also resets; a zeroed buffer is fine */

/* Empties it and forgets a failure, keeps its memory. */
void cnil_buffer_clear(struct cnil_buffer *buffer);

void cnil_buffer_append(struct cnil_buffer *buffer, struct cnil_str bytes);
void cnil_buffer_append_byte(struct cnil_buffer *buffer, char byte);
void cnil_buffer_print(struct cnil_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* CNIL_OK, CNIL_TOO_LARGE (the limit) or CNIL_NO_MEMORY, of all appends since init or clear. */
CNIL_MUST_USE enum cnil_status cnil_buffer_status(const struct cnil_buffer *buffer);

/* What is in it; valid until the next append. */
struct cnil_str cnil_buffer_str(const struct cnil_buffer *buffer);

#endif
