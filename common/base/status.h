/* SPDX-License-Identifier: Apache-2.0
 * What a call that can fail answers. Words for humans go into `struct cnil_errors`. */
#ifndef CNIL_BASE_STATUS_H
#define CNIL_BASE_STATUS_H

enum cnil_status {
    CNIL_OK = 0,
    CNIL_NO_MEMORY, /* the system or an arena's limit refused */
    CNIL_TOO_LARGE, /* input past a bound of base/limits.h */
    CNIL_INVALID,   /* input that is not what it should be; `errors` says what, where there is one */
    CNIL_IO         /* a file could not be opened, read or written */
};

#define CNIL_MUST_USE __attribute__((warn_unused_result))

#endif
