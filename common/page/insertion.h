/* SPDX-License-Identifier: Apache-2.0
 * Where does the block go? Right after the start of body, once, never before the doctype (rule C12). Body may have no
 * tag: then it starts before the first token that makes a browser open it (HTML standard, 13.2.6.4.1 to 13.2.6.4.6).
 * And the guard? Right after the start of head, found in the same way. */
#ifndef CNIL_PAGE_INSERTION_H
#define CNIL_PAGE_INSERTION_H

#include "page/rewriter.h"
#include "web/html_tokenizer.h"

struct cnil_insertion_point { /* zeroed but for `when` at the start of a document */
    enum cnil_insertion when;
    bool is_done;     /* inserted, or never to be */
    bool has_begun;   /* body was opened before this could be known for a document: only its tag will do */
    bool is_document; /* a doctype, html, head or body tag has been seen */
    bool is_closed;   /* the end of the input, here, would be outside of any text, comment or foreign content */
    unsigned bom;     /* bytes seen of a byte order mark; 4: past it */
};

#define CNIL_INSERTION_NOT_HERE ((size_t)-1)

/* The offset in `token->raw` before which the block belongs, or CNIL_INSERTION_NOT_HERE. Once it gave one, is_done is
 * set and it need not be asked again. */
size_t cnil_insertion_find(struct cnil_insertion_point *point, const struct cnil_html_token *token);

/* The same for what must come before all else in the head: after its tag, or before the first token that makes a
 * browser open it. Where it is known late that this is a document, before that tag: late is better than never. */
size_t cnil_insertion_find_head(struct cnil_insertion_point *point, const struct cnil_html_token *token);

/* At the end of the input: does the block belong there? */
bool cnil_insertion_at_end(const struct cnil_insertion_point *point);

#endif
