/* SPDX-License-Identifier: Apache-2.0
 * For programs that answer a test's questions: texts on standard input, each as "LENGTH\n" and its bytes; what a
 * scanner says of each on standard output, and an empty line. It must say the same of a text whole and in pieces of a
 * few bytes. */
#ifndef TESTS_SUPPORT_PIECES_H
#define TESTS_SUPPORT_PIECES_H

#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

static inline void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "%s\n", what);
    exit(2);
}

/* `scan` feeds a text in pieces of `step` bytes and writes lines of what it finds. Texts are shorter than `limit`. */
static inline void answer_texts(void (*scan)(struct cnil_str text, size_t step, struct cnil_buffer *lines),
                                size_t limit)
{
    struct cnil_buffer whole, pieces;
    char line[32];

    cnil_buffer_init(&whole, limit);
    cnil_buffer_init(&pieces, limit);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        size_t len = strtoul(line, NULL, 10);
        char *bytes = malloc(len + 1);

        need(bytes != NULL && len < limit, "a text too large");
        need(fread(bytes, 1, len, stdin) == len, "a text cut off");
        cnil_buffer_clear(&whole);
        cnil_buffer_clear(&pieces);
        scan((struct cnil_str){ bytes, len }, limit, &whole);
        scan((struct cnil_str){ bytes, len }, 1 + len % 7, &pieces);
        need(cnil_buffer_status(&whole) == CNIL_OK && cnil_buffer_status(&pieces) == CNIL_OK, "no memory");
        need(cnil_str_equal(cnil_buffer_str(&whole), cnil_buffer_str(&pieces)), "chunks decide");
        need((whole.len == 0 || fwrite(whole.ptr, 1, whole.len, stdout) == whole.len) && putchar('\n') == '\n' &&
                 fflush(stdout) == 0,
             "nobody listens");
        free(bytes);
    }
    cnil_buffer_free(&whole);
    cnil_buffer_free(&pieces);
}

#endif
