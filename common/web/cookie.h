/* SPDX-License-Identifier: Apache-2.0
 * Cookies on the wire (RFC 6265bis, as browsers read them). */
#ifndef CNIL_WEB_COOKIE_H
#define CNIL_WEB_COOKIE_H

#include "base/buffer.h"
#include "base/str.h"
#include "web/header.h"

#include <stdint.h>

/* One pair of a Cookie header. */
struct cnil_cookie_pair {
    struct cnil_str raw;  /* as it stands between ";" or ", ", trimmed */
    struct cnil_str name; /* empty for "value" without "=" */
    struct cnil_str value;
    bool is_joined; /* behind ", ": of another field, that a server has put together with the one before */
};

/* Takes the next pair off `*rest` (the header's value); false at the end. Empty parts are passed over. */
bool cnil_cookie_next(struct cnil_str *rest, struct cnil_cookie_pair *pair);

/* The pairs of all Cookie fields of a request, one after the other. */
struct cnil_cookies {
    struct cnil_headers headers;
    size_t next; /* field */
    struct cnil_str rest;
};

static inline struct cnil_cookies cnil_cookies_of(struct cnil_headers headers)
{
    return (struct cnil_cookies){ headers, 0, CNIL_STR_EMPTY };
}

/* The next pair, whatever its name, or of that name alone; false at the end. */
bool cnil_cookies_next(struct cnil_cookies *cookies, struct cnil_cookie_pair *pair);
bool cnil_cookies_next_named(struct cnil_cookies *cookies, struct cnil_str name, struct cnil_cookie_pair *pair);

struct cnil_set_cookie {
    struct cnil_str name;
    struct cnil_str value;
    struct cnil_str domain; /* without a leading dot, case as written; empty: host-only */
    struct cnil_str path;   /* empty: the default path */
    struct cnil_str same_site;
    bool has_max_age;
    int64_t max_age; /* seconds; meaningful with has_max_age */
    bool has_expires;
    int64_t expires; /* seconds since 1970; meaningful with has_expires */
    bool secure, http_only, partitioned;
};

/* Writes a Set-Cookie value again with another lifetime, everything else as it stands. */
void cnil_set_cookie_write(struct cnil_str value, int64_t max_age, struct cnil_buffer *out);

/* Reads the value of a Set-Cookie header as a browser does. False: a browser would ignore it. */
bool cnil_set_cookie_parse(struct cnil_str value, struct cnil_set_cookie *cookie);

#endif
