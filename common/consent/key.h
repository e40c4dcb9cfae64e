/* SPDX-License-Identifier: Apache-2.0
 * The file that keeps a key: 32 random bytes as 64 hexadecimal digits and a newline, mode 0600. */
#ifndef CNIL_CONSENT_KEY_H
#define CNIL_CONSENT_KEY_H

#include "base/errors.h"
#include "base/status.h"
#include "consent/choice.h"

/* Reads the key at `path`. CNIL_IO: it cannot be read; CNIL_INVALID: it is no key, or others may read it. `errors`
 * says. */
CNIL_MUST_USE enum cnil_status cnil_key_load(const char *path, struct cnil_key *key, struct cnil_errors *errors);

/* Makes a key at `path` with O_EXCL and 0600, unless one is there, then reads it. */
CNIL_MUST_USE enum cnil_status cnil_key_ensure(const char *path, struct cnil_key *key, struct cnil_errors *errors);

#endif
