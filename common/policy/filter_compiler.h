/* SPDX-License-Identifier: Apache-2.0
 * From the text of adblock-syntax lists to one image (filter_image.h). The same text gives the same bytes. */
#ifndef CNIL_POLICY_FILTER_COMPILER_H
#define CNIL_POLICY_FILTER_COMPILER_H

#include "base/buffer.h"
#include "policy/filter_image.h"

struct cnil_filter_source {
    struct cnil_str name; /* of [A-Za-z0-9._-]+, at most CNIL_LIMIT_LIST_NAME bytes */
    struct cnil_str text;
};

/* Called for each rule that is left out. */
typedef void cnil_filter_dropped(struct cnil_str source, size_t line, struct cnil_str text, enum cnil_filter_drop why,
                                 void *data);

/* May `name` stand for a list? */
bool cnil_filter_name_is_good(struct cnil_str name);

/* Appends the image to `image`, which is empty. At most CNIL_LIMIT_LIST_SOURCES sources, their names apart. `dropped`
 * may be NULL. CNIL_NO_MEMORY, or CNIL_TOO_LARGE past the buffer's limit. */
CNIL_MUST_USE enum cnil_status cnil_filter_compile(const struct cnil_filter_source *sources, size_t count,
                                                   cnil_filter_dropped *dropped, void *data, struct cnil_buffer *image);

/* "navigation", and what it means: for people. */
const char *cnil_filter_drop_name(enum cnil_filter_drop why);
const char *cnil_filter_drop_sentence(enum cnil_filter_drop why);

#endif
