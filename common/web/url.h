/* SPDX-License-Identifier: Apache-2.0
 * URLs as browsers make them (WHATWG URL standard): resolution against a base, special schemes, backslashes, stripped
 * tabs and newlines, credentials, IPv4 in all its forms, IPv6, IDNA (UTS 46 through libidn2), default ports. */
#ifndef CNIL_WEB_URL_H
#define CNIL_WEB_URL_H

#include "base/arena.h"
#include "base/status.h"
#include "web/host.h"

struct cnil_url {
    struct cnil_str href;   /* serialised, fragment included */
    struct cnil_str scheme; /* lower case, without ":" */
    struct cnil_str host;   /* serialised as the URL standard does: lower case, A-labels, IPv6 in brackets */
    enum cnil_host_kind host_kind;
    int port;              /* -1: none, or the scheme's default */
    struct cnil_str path;  /* from "/" on; the whole path for an opaque one */
    struct cnil_str query; /* without "?"; its pointer is NULL when there is not even the "?" */
    bool truncated;        /* `input` was longer than CNIL_LIMIT_URL: read on its prefix */
};

/* Parses `input` (UTF-8; bytes that are not are read as browsers do) against `base` (NULL: must be absolute).
 * `base` was made by this function. All views are parts of `href`, which lives in `arena`; the most that is taken from
 * it is 25 times CNIL_LIMIT_URL and twice the length of the base.
 * CNIL_INVALID: a browser would not make a URL of it either, nothing is fetched. */
CNIL_MUST_USE enum cnil_status cnil_url_parse(struct cnil_str input, const struct cnil_url *base,
                                              struct cnil_arena *arena, struct cnil_url *url);

/* Would a browser open a connection for it: http, https, ws, wss, ftp? (data:, blob:, about:, javascript: do not.) */
bool cnil_url_is_network(const struct cnil_url *url);

#endif
