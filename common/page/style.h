/* SPDX-License-Identifier: Apache-2.0
 * Takes what needs consent out of style sheets, <style> elements and attributes with CSS in them (rules C2, S19): a URL
 * that is held back becomes "about:invalid" in its place, nothing else changes. */
#ifndef CNIL_PAGE_STYLE_H
#define CNIL_PAGE_STYLE_H

#include "page/judge.h"
#include "web/css.h"

struct cnil_style;

/* `judge` must outlive the style. NULL without memory. */
struct cnil_style *cnil_style_new(struct cnil_judge *judge);
void cnil_style_free(struct cnil_style *style); /* NULL is fine */

/* What the events call it: "style url", "style font", "style import", or "css url" and so on. */
enum cnil_style_place { CNIL_STYLE_ELEMENT, CNIL_STYLE_SHEET };

/* A new sheet begins. */
void cnil_style_begin(struct cnil_style *style, enum cnil_style_place place);

/* The value of an attribute begins; the events call it `label`, which must live on. */
void cnil_style_begin_attribute(struct cnil_style *style, struct cnil_str label);

/* How is what follows read? In a drawing's or XHTML's <style> with character references, but for sections of it; in one
 * that may be HTML's with "_" in place of the "&" of each, as the caller must write it for both readings to agree. */
enum cnil_style_text { CNIL_STYLE_PLAIN /* at first */, CNIL_STYLE_REFERENCES, CNIL_STYLE_DOUBT };
CNIL_MUST_USE enum cnil_status cnil_style_read_as(struct cnil_style *style, enum cnil_style_text text);
enum cnil_style_text cnil_style_text(const struct cnil_style *style);

/* Lends `chunk` until cnil_style_next() gives false. */
void cnil_style_feed(struct cnil_style *style, struct cnil_str chunk, enum cnil_css_border border);

struct cnil_style_piece {
    struct cnil_str raw; /* the bytes as they came in: in the chunk lent, or in the style, valid until the next feed */
    bool is_held;
    struct cnil_str put; /* what stands in their place where they are held back; may be empty */
};

/* The length of what may be a character reference, which `text` starts with; `*is_one`: it means another text. */
size_t cnil_style_reference(struct cnil_str text, bool *is_one);

/* Gives the next piece; the raws of all pieces are the input. */
CNIL_MUST_USE enum cnil_status cnil_style_next(struct cnil_style *style, struct cnil_style_piece *piece, bool *more);

/* Nothing waits after a border, but a URL may have begun of which no byte has come: this would be one that leads
 * nowhere, else empty. */
struct cnil_str cnil_style_stopgap(const struct cnil_style *style);

/* The bytes of earlier chunks that are held back; valid until the next call. */
struct cnil_str cnil_style_waiting(const struct cnil_style *style);

/* Is any URL of this sheet held back? For one that cannot be changed in its place, such as a data: URL. Ends the sheet
 * at hand. */
CNIL_MUST_USE enum cnil_status cnil_style_holds(struct cnil_style *style, struct cnil_str sheet, bool *held);

#endif
