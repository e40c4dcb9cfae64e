/* SPDX-License-Identifier: Apache-2.0
 * The file that keeps a key: 32 random bytes as 64 hexadecimal digits and a newline, mode 0600. */
#ifndef CNIL_CONSENT_KEY_H
#define CNIL_CONSENT_KEY_H

#include "base/buffer.h"
#include "base/errors.h"
#include "base/status.h"
#include "consent/choice.h"

/* Reads the key at `path`. CNIL_IO: it cannot be read; CNIL_INVALID: it is no key, or others may read it. `errors`
 * says. */
CNIL_MUST_USE enum cnil_status cnil_key_load(const char *path, struct cnil_key *key, struct cnil_errors *errors);

/* Makes a key at `path` with O_EXCL and 0600, unless one is there, then reads it. */
CNIL_MUST_USE enum cnil_status cnil_key_ensure(const char *path, struct cnil_key *key, struct cnil_errors *errors);

enum { CNIL_KEY_MAC = 32 };

/* The HMAC-SHA256 of `message`. What it is used for belongs into the message, so that no use passes for another. False:
 * `message` has failed, or there is no memory. */
bool cnil_key_mac(const struct cnil_key *key, const struct cnil_buffer *message, unsigned char mac[CNIL_KEY_MAC]);

#endif
