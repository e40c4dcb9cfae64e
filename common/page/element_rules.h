/* SPDX-License-Identifier: Apache-2.0
 * Which attributes of which elements make a browser fetch or connect by itself (element_rules.def), and what a <link>
 * does. Rules C1, C2, S19. */
#ifndef CNIL_PAGE_ELEMENT_RULES_H
#define CNIL_PAGE_ELEMENT_RULES_H

#include "policy/matcher.h"
#include "web/html_tokenizer.h"

enum cnil_element_syntax {
    CNIL_ELEMENT_URL,
    CNIL_ELEMENT_URLS,
    CNIL_ELEMENT_SRCSET,
    CNIL_ELEMENT_REFRESH,
    CNIL_ELEMENT_VALUES,   /* several URLs, separated by semicolons */
    CNIL_ELEMENT_CSS,      /* declarations, or the value of one */
    CNIL_ELEMENT_DOCUMENT, /* HTML */
    CNIL_ELEMENT_SCRIPT,   /* JavaScript */
    CNIL_ELEMENT_ORIGINS,  /* words and URLs, separated by spaces, semicolons and commas */
    CNIL_ELEMENT_PREFETCH  /* "on" asks the DNS for every link */
};

enum cnil_element_when { /* what another attribute must say for this one to fetch */
                         CNIL_ELEMENT_ALWAYS,
                         CNIL_ELEMENT_LINK,    /* rel, see cnil_element_link_use() */
                         CNIL_ELEMENT_PARAM,   /* name, see cnil_element_param_fetches() */
                         CNIL_ELEMENT_META,    /* http-equiv, see cnil_element_equiv() */
                         CNIL_ELEMENT_ANIMATE, /* attributeName: an href */
                         CNIL_ELEMENT_LAZY,    /* none, but a script makes it another attribute first */
                         CNIL_ELEMENT_FOLLOW,  /* the visitor goes there: it is held back when it runs a script in this
                                                  page */
                         CNIL_ELEMENT_SUBMIT   /* the visitor sends a form there: the same, and it is told */
};

struct cnil_element_rule {
    cnil_html_name tag;       /* CNIL_HTML_OTHER: any other element of the rule's namespaces */
    cnil_html_name attribute; /* CNIL_HTML_OTHER: one whose name is no integer, see the label */
    struct cnil_str label;    /* "script src", for events and documentation */
    enum cnil_element_syntax syntax;
    enum cnil_resource resource;
    enum cnil_element_when when;
    unsigned namespaces; /* bit 1 << enum cnil_html_namespace */
};

/* What a start tag of HTML needs to be looked at for: the rule of this attribute, which came whole; NULL: it has none,
 * or its value is harmless as it stands. Only for attributes with a cnil_html_initial() in CNIL_ELEMENT_INITIALS or
 * cnil_element_initials(): none of the others has a rule. */
const struct cnil_element_rule *cnil_element_rules_look(cnil_html_name tag,
                                                        const struct cnil_html_attribute *attribute);

/* cnil_html_initial() of all attributes that have a rule on this tag itself, or, where the rule needs another attribute
 * to say so (http-equiv), of that one. */
uint32_t cnil_element_initials(cnil_html_name tag);

extern const uint64_t cnil_element_tags[4]; /* one bit for CNIL_HTML_NAME_HASH() of each tag that has rules */

/* The rules that `tag` itself may fall under in `ns`, for cnil_element_rules_find(); NULL: none.
 * In CNIL_HTML_NS_UNSURE the rules of all namespaces count. */
const struct cnil_element_rule *cnil_element_rules_of(cnil_html_name tag, enum cnil_html_namespace ns);

/* The rule of an attribute, one of every element's among them; NULL: it fetches nothing. `rules` comes from
 * cnil_element_rules_of() with the same `ns`. */
const struct cnil_element_rule *cnil_element_rules_find(const struct cnil_element_rule *rules,
                                                        const struct cnil_html_attribute *attribute,
                                                        enum cnil_html_namespace ns);

/* All rules in the order of element_rules.def. */
const struct cnil_element_rule *cnil_element_rules_all(size_t *count);

struct cnil_element_use {
    enum cnil_resource resource;
    bool host_only; /* connects, asks for nothing: preconnect, dns-prefetch */
    bool submits;   /* a visitor sends a form there: told, not held back */
};

/* Takes keywords off `*rels` (the decoded value of a rel attribute) up to the next that fetches and says what it does;
 * false: none is left. `as`: the value of that attribute, may be empty. A keyword nobody knows may fetch. */
bool cnil_element_link_use(struct cnil_str *rels, struct cnil_str as, struct cnil_element_use *use);

/* The rule of a <meta content> beside this http-equiv (decoded); NULL: it does nothing. */
const struct cnil_element_rule *cnil_element_equiv(struct cnil_str word);

/* Those of them that no row of cnil_element_rules_all() stands for; their labels are "meta WORD". */
const struct cnil_element_rule *cnil_element_equivs_all(size_t *count);

/* Does the <param> of this name hold a URL that a plugin or browser fetches? */
bool cnil_element_param_fetches(struct cnil_str name);

/* cnil_html_initial() of all attributes that have a rule on every tag: "data-...", "on...", "style"; in drawings also
 * "clip-path", "fill", "mask". */
#define CNIL_ELEMENT_INITIALS (1u << ('d' & 31) | 1u << ('o' & 31) | 1u << ('s' & 31))
#define CNIL_ELEMENT_SVG_INITIALS                                                                                      \
    (CNIL_ELEMENT_INITIALS | 1u << ('c' & 31) | 1u << ('f' & 31) | 1u << ('h' & 31) | 1u << ('m' & 31))

#endif
