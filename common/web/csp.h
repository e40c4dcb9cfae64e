/* SPDX-License-Identifier: Apache-2.0
 * Content Security Policy Level 3, as far as a server asks: may a script of this address run, a style sheet stand in a
 * document that carries these header fields, an import map, and with which nonce? An Integrity-Policy that wants a
 * digest with each script refuses ours, which have none. */
#ifndef CNIL_WEB_CSP_H
#define CNIL_WEB_CSP_H

#include "web/header.h"
#include "web/url.h"

struct cnil_csp_element {
    bool allowed;          /* by every policy, with the nonce where one is needed */
    bool needs_nonce;      /* some policy allows nothing but a nonce */
    bool leads;            /* of a script: an import map may stand in the document, and lead below `path` */
    struct cnil_str nonce; /* of the first policy that has one; a view of the fields */
};

/* Reads every enforced policy among `fields` for scripts of the document's own origin (`document`) below `path`, which
 * ends with "/". What is not understood counts as not allowed. */
void cnil_csp_read_script(struct cnil_headers fields, const struct cnil_url *document, struct cnil_str path,
                          struct cnil_csp_element *out);

/* The same for a <style> in the document. */
void cnil_csp_read_style(struct cnil_headers fields, struct cnil_csp_element *out);

/* Does one more policy, the content of a <meta>, let a <style> with this nonce (may be empty) be? */
bool cnil_csp_allows_style(struct cnil_str policy, struct cnil_str nonce);

#endif
