/* SPDX-License-Identifier: Apache-2.0
 * The strings of a JSON text (RFC 8259), found without reading the rest of it: for text that strangers write, of which
 * only the addresses matter. Of text that is not JSON, it finds what stands between quotes. */
#ifndef CNIL_WEB_JSON_H
#define CNIL_WEB_JSON_H

#include "base/str.h"

struct cnil_arena;

/* Takes the next value off a comma-separated list of them; trimmed. Commas within brackets, braces and strings belong
 * to the value. False at the end; empty ones are passed over. */
bool cnil_json_next(struct cnil_str *rest, struct cnil_str *value);

struct cnil_json_string {
    struct cnil_str raw; /* between the quotes, as written */
    bool is_key;         /* a ":" follows */
};

/* Takes the text up to and with the next string off `*rest`; false: there is none. */
bool cnil_json_string_next(struct cnil_str *rest, struct cnil_json_string *string);

/* What `raw` says, its escapes resolved, Chromium's "\v" too; pointer NULL without memory. */
struct cnil_str cnil_json_decode(struct cnil_str raw, struct cnil_arena *arena);

#endif
