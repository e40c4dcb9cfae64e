/* SPDX-License-Identifier: Apache-2.0
 * One line of an adblock-syntax list. docs/LISTS.md tells what is read and what is left out. */
#ifndef CNIL_POLICY_FILTER_SYNTAX_H
#define CNIL_POLICY_FILTER_SYNTAX_H

#include "base/str.h"
#include "policy/filter_image.h"

enum cnil_filter_type { /* what a browser fetches; one bit each in a rule's types */
                        CNIL_FILTER_SCRIPT = 1,
                        CNIL_FILTER_IMAGE = 2,
                        CNIL_FILTER_STYLE = 4,
                        CNIL_FILTER_FONT = 8,
                        CNIL_FILTER_MEDIA = 16,
                        CNIL_FILTER_OBJECT = 32,
                        CNIL_FILTER_FRAME = 64,
                        CNIL_FILTER_XHR = 128,
                        CNIL_FILTER_PING = 256,
                        CNIL_FILTER_WEBSOCKET = 512,
                        CNIL_FILTER_OTHER = 1024,
                        CNIL_FILTER_ALL = 2047
};

enum cnil_filter_kind {
    CNIL_FILTER_LINE_NOTHING,  /* empty, a comment, a header */
    CNIL_FILTER_LINE_COSMETIC, /* hides or changes what is shown: not a rule for URLs */
    CNIL_FILTER_LINE_IF,       /* !#if ... */
    CNIL_FILTER_LINE_ELSE,
    CNIL_FILTER_LINE_ENDIF,
    CNIL_FILTER_LINE_RULE,
    CNIL_FILTER_LINE_DROPPED /* a rule that cannot be kept: `drop` says why */
};

struct cnil_filter { /* views into the line, or into `room` */
    enum cnil_filter_drop drop;
    bool exception, important, badfilter, regex;
    unsigned types, flags;
    struct cnil_str host;    /* of a rule for that host and those below it; empty: none */
    struct cnil_str pattern; /* with `host` what stands right behind it, empty for the whole host; lower case unless
                              * CNIL_FILTER_CASE; of a regex the expression */
    struct cnil_str pages;   /* domain=: "a|~b"; may be empty, as the next ones */
    struct cnil_str targets, spared; /* to=, denyallow= */
};

/* Reads `line`, which has no line break. `room`: line.len bytes, which must live as long as `filter`. */
enum cnil_filter_kind cnil_filter_parse(struct cnil_str line, char *room, struct cnil_filter *filter);

#endif
