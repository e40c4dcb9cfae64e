/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/word.h"

#include <stdint.h>

enum { LONGEST = 48 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance; both at most LONGEST. */
static size_t distance(struct cnil_str a, struct cnil_str b)
{
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b.len; j++)
        above[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        char letter = cnil_lower(a.ptr[i - 1]);
        size_t *swap;

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t changed = above[j - 1] + (letter != cnil_lower(b.ptr[j - 1]));

            row[j] = least(changed, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && letter == cnil_lower(b.ptr[j - 2]) &&
                cnil_lower(a.ptr[i - 2]) == cnil_lower(b.ptr[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        swap = before;
        before = above;
        above = row;
        row = swap;
    }
    return above[b.len];
}

const char *cnil_word_nearest(struct cnil_str word, const char *const known[])
{
    const char *nearest = NULL;
    size_t fewest = SIZE_MAX;

    if (word.len > LONGEST)
        return NULL;
    for (; *known != NULL; known++) {
        struct cnil_str candidate = cnil_str_from(*known);
        size_t edits;

        if (candidate.len > LONGEST)
            continue;
        edits = distance(word, candidate);
        if (edits < fewest && edits <= 1 + (candidate.len - 1) / 3 && edits < candidate.len) {
            fewest = edits;
            nearest = *known;
        }
    }
    return nearest;
}
