/* SPDX-License-Identifier: Apache-2.0
 * Is a response a document, and can it be rewritten? (Decision 0002.) */
#ifndef CNIL_EXCHANGE_DOCUMENT_H
#define CNIL_EXCHANGE_DOCUMENT_H

#include "cnil.h"
#include "exchange/intake.h"

enum cnil_document {
    CNIL_DOCUMENT_NONE,     /* a browser makes no document of it, or it has no body */
    CNIL_DOCUMENT_HTML,     /* can be rewritten, and so can the next two */
    CNIL_DOCUMENT_XML,      /* XHTML, SVG and the like */
    CNIL_DOCUMENT_UNTYPED,  /* its first bytes will say what it is */
    CNIL_DOCUMENT_CSS,      /* a style sheet, which can be rewritten too */
    CNIL_DOCUMENT_SCRIPT,   /* of a worker, which gets the guard */
    CNIL_DOCUMENT_RULES,    /* a file of speculation rules, which is judged whole */
    CNIL_DOCUMENT_MANIFEST, /* of a web app */
    CNIL_DOCUMENT_PLAYLIST, /* of a video or sound */
    CNIL_DOCUMENT_EMPTIED,  /* a style sheet, rules, a manifest or a playlist, in bytes that cannot be read: no policy
                               holds back what they name, so that nothing of them leaves */
    CNIL_DOCUMENT_UNREAD    /* a browser may make a document of it, but its bytes cannot be read */
};

enum cnil_use { /* what the browser asks for */
                CNIL_USE_ANY,
                CNIL_USE_STYLE,    /* a style sheet: in pages without a doctype it takes for one what has no type of its
                                      own */
                CNIL_USE_WORKER,   /* the script of a worker */
                CNIL_USE_MANIFEST, /* of a web app, whatever type it has */
                CNIL_USE_PLAYLIST, /* of a video or sound, whatever type it has */
                CNIL_USE_PART      /* a drawing of which a page shows a part: browsers use it even as an attachment */
};

/* Reads status and headers of the response to a request. With UNREAD, `*reason` is a stable word: "encoding",
 * "charset", "partial", "multipart"; else `reading` says how to read it. */
enum cnil_document cnil_document_of(const struct cnil_response *response, bool head, enum cnil_use use,
                                    struct cnil_reading *reading, const char **reason);

/* Content-Type as browsers read it (Fetch standard, "extract a MIME type"): of several fields the last one that is a
 * MIME type counts. False: there is none. */
bool cnil_document_type(struct cnil_headers headers, struct cnil_mime *mime);

#endif
