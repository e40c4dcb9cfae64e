/* SPDX-License-Identifier: Apache-2.0
 * Cuts a stream of HTML bytes into tokens as the HTML standard's tokenizer does (13.2.5), with the tree builder's
 * feedback to it (raw text modes, foreign content, CDATA sections) simulated by web/html_tree.h, without a tree.
 *
 * Contract: the `raw` views of all tokens, put end to end, are the input, byte for byte, however it was cut into
 * chunks; with cnil_html_tokenizer_pass(), together with what that returns. A caller that changes nothing can copy
 * `raw` out.
 *
 * Two readings. Where the text mode cannot be known without a tree (<noscript> with scripting on or off, raw text
 * elements inside <select>, foreign content that was left in doubt), the content is given as markup, and where the
 * other reading would end it (the first matching end tag, or "]]>") the two are made to agree: a CUT token says which
 * bytes a rewriter must insert, or that the open token before it must be dropped, so that both readings are back in
 * the data state. A caller that only reads ignores CUT tokens (their `raw` is empty). A document with its cuts made
 * needs none the next time.
 *
 * XML (with cnil_html_tokenizer_read_xml()) comes as the same tokens: no tree, no raw text, no second reading; CDATA
 * sections anywhere; comments, processing instructions and doctypes as XML ends them. Tags carry the local part of
 * their name, in CNIL_HTML_NS_UNSURE. A processing instruction is a comment, but for <?xml-stylesheet?>, which fetches
 * as a <link> does and comes as the start tag of one. Where a document is not well-formed, browsers stop: what is given
 * behind that place is a guess. */
#ifndef CNIL_WEB_HTML_TOKENIZER_H
#define CNIL_WEB_HTML_TOKENIZER_H

#include "base/limits.h"
#include "base/status.h"
#include "base/str.h"
#include "web/html_names.h"

enum cnil_html_kind {
    CNIL_HTML_TEXT, /* in pieces, at any chunk border; `text_mode` says how to read it */
    CNIL_HTML_START_TAG,
    CNIL_HTML_END_TAG,
    CNIL_HTML_COMMENT, /* bogus comments too; in pieces */
    CNIL_HTML_DOCTYPE, /* in pieces */
    CNIL_HTML_CDATA,   /* "<![CDATA[" or "]]>" themselves; what stands between is TEXT */
    CNIL_HTML_CUT,     /* `raw` is empty, see above */
    CNIL_HTML_NOTHING  /* bytes that make no token: "</>", an open tag at the end of the input */
};

enum cnil_html_text_mode {
    CNIL_HTML_DATA,
    CNIL_HTML_RCDATA,
    CNIL_HTML_RAWTEXT,
    CNIL_HTML_SCRIPT,
    CNIL_HTML_PLAINTEXT,
    CNIL_HTML_CDATA_SECTION
};

enum cnil_html_namespace {
    CNIL_HTML_NS_HTML,
    CNIL_HTML_NS_SVG,
    CNIL_HTML_NS_MATHML,
    CNIL_HTML_NS_UNSURE /* one or another: a rewriter applies the rules of all */
};

struct cnil_html_token {
    enum cnil_html_kind kind;
    struct cnil_str raw;  /* the bytes as they came in */
    struct cnil_str name; /* tag name as written; empty for anything but tags */
    cnil_html_name tag;   /* the same as an integer, case folded; CNIL_HTML_OTHER for a name without one */
    enum cnil_html_text_mode text_mode; /* TEXT: how it reads. Start tag: the mode of what follows it */
    enum cnil_html_namespace ns;        /* tags: of the element that a browser would make of it. A piece that is not the
                                         * last: UNSURE. Comments: HTML where nothing is in doubt or foreign, else UNSURE */
    uint32_t initials; /* tags: cnil_html_initial() of each attribute so far, those of earlier pieces included */
    bool self_closing; /* a start tag that ends in "/>" */
    bool is_xml;
    bool is_subset;    /* DOCTYPE: a piece of XML's internal subset, brackets included */
    bool inert;        /* for sure inside <template> contents, where nothing is fetched until a script clones it */
    bool noscript;     /* inside <noscript> content read as markup */
    bool two_readings; /* start tag: `text_mode` is CNIL_HTML_DATA, but a browser may read its content as raw text */
    bool first;        /* the first piece of its token */
    bool last; /* the last piece of its token. Text ends where another token begins, which a chunk's end cannot know */
    bool inside_value; /* a later piece of a tag: it begins inside the attribute that the piece before left open, */
    char quote;        /* … where: '"' or '\'' in a quoted value, ' ' in one without quotes, '=' before the value,
                        * 'n' in the name (or what follows it), 't' in the tag's name; else 0 */
    bool drop_open;    /* CUT: the bytes of the token that is open here must not be sent (they come as NOTHING) */
    bool cut_off;      /* a tag that the CUT behind it ends, whatever its last byte is */
    struct cnil_str insert; /* CUT: bytes to insert here */
};

/* One bit for what a name begins with: the same for both cases of a letter, and for some other bytes. */
static inline uint32_t cnil_html_initial(char first)
{
    return (uint32_t)1 << ((unsigned char)first & 31);
}

struct cnil_html_tokenizer; /* opaque; one per response body, not shared by threads */

/* `max_tag_len`: bytes of one tag that are held over a chunk border. A longer tag comes in pieces (`last` false), the
 * same ones however it was cut into chunks: the first holds the name and the attributes that fit, later ones (with
 * `tag`, without `name`) begin at an attribute where that is possible, else inside a value. NULL when there is no
 * memory. */
struct cnil_html_tokenizer *cnil_html_tokenizer_new(size_t max_tag_len);
void cnil_html_tokenizer_free(struct cnil_html_tokenizer *tokenizer); /* NULL is fine */

/* Puts the tokenizer into one of the initial states of html5lib-tests, before the first chunk.
 * `last_start_tag` (may be empty) is what an "appropriate end tag" must match; copied. */
CNIL_MUST_USE enum cnil_status cnil_html_tokenizer_start_in(struct cnil_html_tokenizer *tokenizer,
                                                            enum cnil_html_text_mode mode,
                                                            struct cnil_str last_start_tag);

/* The input is XML. Before the first chunk. */
void cnil_html_tokenizer_read_xml(struct cnil_html_tokenizer *tokenizer);

/* Lends `chunk` to the tokenizer until cnil_html_tokenizer_next() gives false. `last`: no chunk follows. */
void cnil_html_tokenizer_feed(struct cnil_html_tokenizer *tokenizer, struct cnil_str chunk, bool last);

/* Fills `*token` and sets `*more` true, or sets it false when more input is needed (or, after the last chunk, at the
 * end). The token's views stay valid until the next call on this tokenizer. They point into the chunk lent, or into the
 * tokenizer for a token that was held over a chunk border; cnil_html_tokenizer_is_input() tells which. */
CNIL_MUST_USE enum cnil_status cnil_html_tokenizer_next(struct cnil_html_tokenizer *tokenizer,
                                                        struct cnil_html_token *token, bool *more);

struct cnil_html_filter; /* below */

/* Passes over what nobody needs to look at: text, end tags, and start tags of HTML that change nothing in how what
 * follows is read and have plain attributes alone, each of them whole in the chunk. Returns these bytes; what comes
 * next, comes from cnil_html_tokenizer_next() as it would have without this. A short cut: in doubt nothing is passed
 * over. */
struct cnil_str cnil_html_tokenizer_pass(struct cnil_html_tokenizer *tokenizer, const struct cnil_html_filter *filter);

/* Does `bytes` lie in the chunk that is lent now? */
bool cnil_html_tokenizer_is_input(const struct cnil_html_tokenizer *tokenizer, struct cnil_str bytes);

/* One attribute of a start tag, as it stands in the bytes. */
struct cnil_html_attribute {
    struct cnil_str raw;   /* from its name to the end of its value, quotes included; no space around it */
    struct cnil_str name;  /* as written */
    struct cnil_str value; /* between the quotes; character references not decoded; empty when there is none */
    cnil_html_name id;     /* the name as an integer, case folded; CNIL_HTML_OTHER for one without. In XML any prefix
                            * before href may be XLink's */
    bool has_value;
    bool duplicate; /* a browser ignores it (13.2.5.33): an earlier attribute has this name. Exact up to
                     * CNIL_LIMIT_ATTRIBUTES distinct names; beyond, false */
    bool open;      /* last of a piece: its value goes on in the next piece */
};

/* What makes a start tag one to look at: see cnil_html_tokenizer_pass(). */
struct cnil_html_filter {
    const uint64_t *tags; /* 256 bits by CNIL_HTML_NAME_HASH(): tags for which `initials_of` is asked */
    uint32_t (*initials_of)(cnil_html_name tag);
    uint32_t initials; /* of attributes of every tag for which `is_plain` is asked, besides those of `initials_of` */
    bool (*is_plain)(void *context, cnil_html_name tag,
                     const struct cnil_html_attribute *attribute); /* no `raw`, `id` */
    void *context;
};

struct cnil_html_attributes {
    struct cnil_str rest;
    char quote; /* as in the token, for the first attribute */
    bool last;  /* no piece of the tag follows */
    bool is_xml;
    unsigned count;
    uint64_t seen; /* one bit for the hash of each name before */
    struct cnil_str names[CNIL_LIMIT_ATTRIBUTES];
};

/* Starts at the attributes of a START_TAG token (or of a later piece of one; then the first "attribute" may be the rest
 * of one, without a name). */
void cnil_html_attributes_begin(struct cnil_html_attributes *iterator, const struct cnil_html_token *token);

/* False at the end. */
bool cnil_html_attributes_next(struct cnil_html_attributes *iterator, struct cnil_html_attribute *attribute);

/* The same, and quicker, for one who does not ask for `duplicate`, nor for attributes whose cnil_html_initial() is not
 * in `initials`: they are left out, but for the rest of one that an earlier piece of the tag left open. */
bool cnil_html_attributes_next_of(struct cnil_html_attributes *iterator, uint32_t initials,
                                  struct cnil_html_attribute *attribute);

#endif
