/* SPDX-License-Identifier: Apache-2.0
 * The key that days are closed with: Ed25519, so that whoever has the public half can check what was signed. Both
 * halves are PEM, as OpenSSL reads them. */
#ifndef CNIL_AUDIT_SEAL_H
#define CNIL_AUDIT_SEAL_H

#include "base/buffer.h"
#include "base/digest.h"
#include "base/errors.h"

struct cnil_seal;

/* The key pair in DIRECTORY/seal.key, made when there is none, with DIRECTORY/seal.pub beside it. NULL: told in
 * `errors`, or no memory. */
struct cnil_seal *cnil_seal_ensure(const char *directory, struct cnil_errors *errors);

/* The public key in the file at `path`: good for checking alone. */
struct cnil_seal *cnil_seal_load_public(const char *path, struct cnil_errors *errors);

void cnil_seal_free(struct cnil_seal *seal); /* NULL is fine */

/* What tells keys apart: the digest of the public half. */
struct cnil_str cnil_seal_name(const struct cnil_seal *seal);

/* Appends the signature of `text`, in base64. False: it could not be made. */
bool cnil_seal_sign(const struct cnil_seal *seal, struct cnil_str text, struct cnil_buffer *out);

bool cnil_seal_verify(const struct cnil_seal *seal, struct cnil_str text, struct cnil_str signature);

#endif
