/* SPDX-License-Identifier: Apache-2.0
 * Where in a JSON text a value stands: the parser keeps no positions. */
#ifndef CNIL_POLICY_JSON_PLACE_H
#define CNIL_POLICY_JSON_PLACE_H

#include "base/str.h"

struct cnil_json_place {
    unsigned line, column; /* from 1, the column in characters, as editors count */
};

/* Place of the value that `pointer` (RFC 6901) leads to, or with `key` of the member's name in front of it. `text` must
 * be well-formed JSON. False: the pointer leads nowhere. */
bool cnil_json_place(struct cnil_str text, struct cnil_str pointer, bool key, struct cnil_json_place *place);

/* Place of the byte at `offset`. */
struct cnil_json_place cnil_json_place_at(struct cnil_str text, size_t offset);

#endif
