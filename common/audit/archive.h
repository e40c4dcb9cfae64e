/* SPDX-License-Identifier: Apache-2.0
 * What the log of choices names by its digest is kept in files of that name, so that it can be shown again. */
#ifndef CNIL_AUDIT_ARCHIVE_H
#define CNIL_AUDIT_ARCHIVE_H

#include "base/digest.h"
#include "base/errors.h"
#include "base/limits.h"
#include "base/status.h"

/* Writes `bytes` to DIRECTORY/NAME, once: a file that is there stays. It is there whole or not at all. CNIL_IO is told
 * in `errors`. */
CNIL_MUST_USE enum cnil_status cnil_archive_put(const char *directory, struct cnil_str name, struct cnil_str bytes,
                                                struct cnil_errors *errors);

/* The bytes of DIRECTORY/NAME: at most CNIL_LIMIT_ARCHIVED, allocated; NULL with errno when it cannot be read. */
char *cnil_archive_get(const char *directory, struct cnil_str name, size_t *len);

#endif
