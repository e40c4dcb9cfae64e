/* SPDX-License-Identifier: Apache-2.0
 * What a body is, and so how it is read. */
#ifndef CNIL_PAGE_CONTENT_H
#define CNIL_PAGE_CONTENT_H

enum cnil_content {
    CNIL_CONTENT_HTML,
    CNIL_CONTENT_XML, /* XHTML, SVG and the like; what is inserted must be well-formed and say its namespace */
    CNIL_CONTENT_CSS,
    CNIL_CONTENT_SCRIPT,   /* a worker's: the guard goes before it as a script, and stands before what it imports */
    CNIL_CONTENT_RULES,    /* a file of speculation rules: with an address that is held back it leaves empty */
    CNIL_CONTENT_MANIFEST, /* of a web app */
    CNIL_CONTENT_PLAYLIST,
    CNIL_CONTENT_OTHER /* not read */
};

#endif
