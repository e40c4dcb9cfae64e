/* SPDX-License-Identifier: Apache-2.0
 * Finds the URLs in a stream of CSS bytes, as far as CSS Syntax Level 3 is needed for that: comments, strings, escapes,
 * url() in all its forms, functions that take a URL as a string, at-rules, nested blocks, recovery from bad strings and
 * bad URLs.
 *
 * Contract: the `raw` views of all tokens, put end to end, are the input, byte for byte, and the URLs do not depend on
 * how it was cut into chunks. A caller that changes nothing can copy `raw` out. Whatever is not a URL passes without
 * being held or copied; of a URL at most CNIL_LIMIT_URL bytes are held over a chunk border.
 *
 * Whether a browser fetches a URL depends on selectors, media and properties: every one that it may fetch is given,
 * also
 *
 *   - the strings of image-set(), image(), cross-fade(), src() and of @import;
 *   - any other string that names a host by itself ("https://...", "//..."): a custom property, an argument of a custom
 *     function or the initial value of a registered property may carry it into an image-set(). Strings between brackets
 *     cannot come there (attribute selectors: a[href^="https://..."]). A relative one in a custom property would name
 *     the sheet's own host, which is not told apart;
 *   - url() in any property, supported or not.
 *
 * Not given: @namespace, which only looks like one; "data:" URLs, which fetch nothing, but for @import (a style sheet
 * that may fetch more); attr(), which never makes a URL. */
#ifndef CNIL_WEB_CSS_H
#define CNIL_WEB_CSS_H

#include "base/limits.h"
#include "base/status.h"
#include "base/str.h"
#include "web/header.h"

enum cnil_css_kind {
    CNIL_CSS_TEXT, /* all that is no URL, in pieces */
    CNIL_CSS_URL,  /* what stands for the URL alone: between the quotes, or between "url(" and ")" without space */
    CNIL_CSS_REST  /* more of the URL before it, which was cut off */
};

enum cnil_css_use {
    CNIL_CSS_IMAGE, /* or whatever url() is good for: cursors, filters, masks */
    CNIL_CSS_FONT,  /* in @font-face */
    CNIL_CSS_SHEET  /* in @import */
};

struct cnil_css_token {
    enum cnil_css_kind kind;
    struct cnil_str raw;   /* the bytes as they came in */
    struct cnil_str value; /* URL: without escapes */
    enum cnil_css_use use; /* URL */
    bool open;             /* URL: cut off, its rest comes as REST */
};

struct cnil_css_scanner; /* one style sheet, style attribute or value at a time; not shared by threads */

struct cnil_css_scanner *cnil_css_scanner_new(void);          /* NULL when there is no memory */
void cnil_css_scanner_free(struct cnil_css_scanner *scanner); /* NULL is fine */

/* Forgets what it has read and starts anew. */
void cnil_css_scanner_begin(struct cnil_css_scanner *scanner);

enum cnil_css_border { /* what comes after a chunk */
                       CNIL_CSS_MORE,
                       CNIL_CSS_CUT, /* more, but nothing may be held back now: a URL that is open is cut off here */
                       CNIL_CSS_END  /* the end of the input, which ends whatever is open */
};

/* How the bytes of the sheet make characters: the second half of one is none of CSS's own. Until it is said otherwise,
 * also for the sheets that follow, each byte is read by itself. */
void cnil_css_scanner_read_pairs(struct cnil_css_scanner *scanner, enum cnil_pairs pairs);

/* Lends `chunk` to the scanner until cnil_css_scanner_next() gives false. At a cut, a string that may go on to name a
 * host counts as one that does. */
void cnil_css_scanner_feed(struct cnil_css_scanner *scanner, struct cnil_str chunk, enum cnil_css_border border);

/* Fills `*token` and sets `*more` true, or sets it false when more input is needed (or, after the last chunk, at the
 * end). `raw` points into the chunk lent, or into the scanner for what was held over a border, and stays valid until
 * the next feed; `value` until the next call. */
CNIL_MUST_USE enum cnil_status cnil_css_scanner_next(struct cnil_css_scanner *scanner, struct cnil_css_token *token,
                                                     bool *more);

/* Has a URL begun of which no byte has come? After all of a chunk was read. */
bool cnil_css_scanner_awaits_url(const struct cnil_css_scanner *scanner);

/* May there be a URL in the value of a style attribute (its character references not decoded)? A quick look, for the
 * many that have none; wrong with "yes" for some, never with "no". */
bool cnil_css_may_have_urls(struct cnil_str css);

/* The bytes of earlier chunks that are held back; valid until the next call. */
struct cnil_str cnil_css_scanner_held(const struct cnil_css_scanner *scanner);

#endif
