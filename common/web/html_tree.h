/* SPDX-License-Identifier: Apache-2.0
 * What the tree builder (HTML standard, 13.2.6) would tell the tokenizer,
 * without a tree.
 *
 * Outside of SVG and MathML nothing needs to be remembered but <select>,
 * <template> and whether a <frameset> can still come. Inside, a bounded stack
 * of open elements is kept. Where the answer depends on the tree outside (an
 * end tag that no foreign element answers to, misnested HTML in an integration
 * point), the answer is "in doubt": first only until the next tag that leaves
 * foreign content in every reading, in the worst case (`lost`) for the rest of
 * the document.
 */
#ifndef CNIL_WEB_HTML_TREE_H
#define CNIL_WEB_HTML_TREE_H

#include "web/html_tokenizer.h"

#define CNIL_HTML_TREE_DEPTH     64  /* open elements inside of SVG and MathML */
#define CNIL_HTML_TREE_NAMES     512 /* bytes of their names that are no integers, such as linearGradient */
#define CNIL_HTML_TREE_TEMPLATES 16
#define CNIL_HTML_TREE_FORKS     10 /* one for each name whose content may be raw text, one for CDATA */

/* May this be? */
enum cnil_html_certainty { CNIL_HTML_NO, CNIL_HTML_YES, CNIL_HTML_MAYBE };

struct cnil_html_tree_element {
    cnil_html_name name;
    uint16_t text;     /* CNIL_HTML_OTHER: where its name begins in `names` */
    uint16_t text_end; /* … and ends; for all: what of `names` is in use with this element open */
    uint8_t ns;        /* enum cnil_html_namespace */
    bool html_inside;  /* an HTML or MathML text integration point */
    bool svg_inside;   /* annotation-xml that is not an integration point: an <svg> in it is SVG */
};

struct cnil_html_tree_template {
    uint16_t depth, base, doubt; /* of the tree when it opened */
    uint8_t select;
    bool inert;   /* was the tree already inert? */
    bool begun;   /* a start tag has chosen its insertion mode (13.2.6.4.18) */
    bool columns; /* … "in column group": everything but <col> and <template> is ignored */
};

/* The tree as it was where two readings of the bytes parted. */
struct cnil_html_tree_fork {
    cnil_html_name name; /* of the element that the other reading's raw text is in; CNIL_HTML_OTHER: a CDATA section */
    uint16_t depth, doubt, templates;
    uint8_t select;
    bool mixed; /* what was open then has been closed since, in the reading as markup */
};

struct cnil_html_tree {
    bool plain;       /* HTML and nothing remembered: only cnil_html_tree_cares() tags change anything */
    bool lost;        /* the answer is "in doubt" from here on */
    bool inert;       /* in template contents */
    bool no_frameset; /* a <frameset> would be ignored */
    bool reference;   /* the text run has a character reference, perhaps of a space */
    uint8_t select;   /* enum cnil_html_certainty: in a <select> as it was parsed before 2025 */
    uint16_t depth;
    uint16_t base;  /* open elements below belong to what is around the current template */
    uint16_t doubt; /* open elements below may have been closed */
    uint16_t templates;
    uint16_t forks;
    struct cnil_html_tree_element open[CNIL_HTML_TREE_DEPTH];
    struct cnil_html_tree_template template[CNIL_HTML_TREE_TEMPLATES];
    struct cnil_html_tree_fork fork[CNIL_HTML_TREE_FORKS];
    char names[CNIL_HTML_TREE_NAMES];
};

void cnil_html_tree_init(struct cnil_html_tree *tree);

/* Does a start tag of this name change a plain tree, or the mode of the text after it? May be wrong with "yes". */
static inline bool cnil_html_tree_cares(cnil_html_name name);

/* After a start tag: sets the token's `ns`, `inert` and `text_mode`. True when that mode is one of two readings, the
 * other being CNIL_HTML_DATA. `whole`: all its attributes are in the token. */
CNIL_MUST_USE bool cnil_html_tree_start(struct cnil_html_tree *tree, struct cnil_html_token *token, bool whole);

/* After an end tag: sets the token's `ns` and `inert`. */
void cnil_html_tree_end(struct cnil_html_tree *tree, struct cnil_html_token *token);

/* After text that was read as CNIL_HTML_DATA. */
void cnil_html_tree_text(struct cnil_html_tree *tree, const struct cnil_html_token *token);

/* Does "<![CDATA[" open a CDATA section here? */
enum cnil_html_certainty cnil_html_tree_cdata(const struct cnil_html_tree *tree);

/* Two readings part at a mark (taken before the start tag that makes them differ) and meet again: after the join the
 * tree holds for both, in doubt where they differ. Of one name there is one fork; a second part adds to it. */
void cnil_html_tree_mark(const struct cnil_html_tree *tree, cnil_html_name name, struct cnil_html_tree_fork *mark);
void cnil_html_tree_part(struct cnil_html_tree *tree, const struct cnil_html_tree_fork *mark);
void cnil_html_tree_join(struct cnil_html_tree *tree, cnil_html_name name);

/* The names that matter, hashed; the multiplier keeps the common tags that do not matter apart from them. */
extern const bool cnil_html_tree_table[256];

static inline unsigned cnil_html_tree_hash(cnil_html_name name)
{
    return (unsigned)(name * 0x9bfd2c09e8dee2fdu >> 56);
}

static inline bool cnil_html_tree_cares(cnil_html_name name)
{
    return cnil_html_tree_table[cnil_html_tree_hash(name)];
}

#endif
