/* SPDX-License-Identifier: Apache-2.0
 * SHA-256 as text: what files and lines are named by. */
#ifndef CNIL_BASE_DIGEST_H
#define CNIL_BASE_DIGEST_H

#include "base/status.h"
#include "base/str.h"

enum { CNIL_DIGEST_LEN = 64 };

struct cnil_digest {
    char hex[CNIL_DIGEST_LEN + 1]; /* lower case, with a NUL */
};

/* CNIL_NO_MEMORY is the only failure. */
CNIL_MUST_USE enum cnil_status cnil_digest_of(struct cnil_str bytes, struct cnil_digest *digest);

/* The text of 32 bytes that are a digest already. */
void cnil_digest_print(const unsigned char bytes[CNIL_DIGEST_LEN / 2], struct cnil_digest *digest);

/* Is `text` the text of a digest? */
bool cnil_digest_is(struct cnil_str text);

struct cnil_str cnil_digest_str(const struct cnil_digest *digest);

#endif
