/* SPDX-License-Identifier: Apache-2.0
 * Prints the rows of common/page/element_rules.def as they were compiled, one a line, fields separated by tabs:
 * element, attribute, syntax, when, namespace, and what http-equiv says where it is not "refresh". An element "*"
 * stands for all, "svg" for any drawing one. Of rel's keywords: "rel", the keyword, and what a browser uses the URL as,
 * alone and with as="script". Of the fields of common/exchange/header_rules.def: "header", the name, syntax and event.
 */
#include <stdio.h>

#include "page/element_rules.h"

static const char *const syntaxes[] = {
    [CNIL_ELEMENT_URL] = "URL",           [CNIL_ELEMENT_URLS] = "URLS",     [CNIL_ELEMENT_SRCSET] = "SRCSET",
    [CNIL_ELEMENT_REFRESH] = "REFRESH",   [CNIL_ELEMENT_VALUES] = "VALUES", [CNIL_ELEMENT_DOCUMENT] = "DOCUMENT",
    [CNIL_ELEMENT_SCRIPT] = "SCRIPT",     [CNIL_ELEMENT_CSS] = "CSS",       [CNIL_ELEMENT_ORIGINS] = "ORIGINS",
    [CNIL_ELEMENT_PREFETCH] = "PREFETCH",
};

static const char *const whens[] = {
    [CNIL_ELEMENT_ALWAYS] = "ALWAYS", [CNIL_ELEMENT_LINK] = "LINK",       [CNIL_ELEMENT_PARAM] = "PARAM",
    [CNIL_ELEMENT_META] = "META",     [CNIL_ELEMENT_ANIMATE] = "ANIMATE", [CNIL_ELEMENT_LAZY] = "LAZY",
    [CNIL_ELEMENT_FOLLOW] = "FOLLOW", [CNIL_ELEMENT_SUBMIT] = "SUBMIT",
};

static const char *const resources[] = {
    [CNIL_RESOURCE_SCRIPT] = "SCRIPT", [CNIL_RESOURCE_IMAGE] = "IMAGE", [CNIL_RESOURCE_FRAME] = "FRAME",
    [CNIL_RESOURCE_STYLE] = "STYLE",   [CNIL_RESOURCE_FONT] = "FONT",   [CNIL_RESOURCE_MEDIA] = "MEDIA",
    [CNIL_RESOURCE_OTHER] = "OTHER",
};

static const struct cnil_str keywords[] = {
#define REL(name, use) CNIL_STR_INIT(name),
#include "page/element_rules.def"
#undef REL
};

static const char *const fields[][3] = {
#define HEADER(name, label, syntax, resource, event) { name, #syntax, #event },
#include "exchange/header_rules.def"
#undef HEADER
};

static const char *use_of(struct cnil_str keyword, struct cnil_str as)
{
    struct cnil_element_use use;

    if (!cnil_element_link_use(&keyword, as, &use))
        return "NOTHING";
    return use.host_only ? "HOST" : resources[use.resource];
}

int main(void)
{
    size_t count;
    const struct cnil_element_rule *rules = cnil_element_rules_all(&count);

    for (size_t i = 0; i < count; i++) {
        struct cnil_str attribute = rules[i].label, tag = cnil_str_cut(&attribute, ' ');

        printf("%.*s\t%.*s\t%s\t%s\t%s\n", (int)tag.len, tag.ptr, (int)attribute.len, attribute.ptr,
               syntaxes[rules[i].syntax], whens[rules[i].when],
               rules[i].namespaces & 1u << CNIL_HTML_NS_HTML  ? "HTML"
               : rules[i].namespaces & 1u << CNIL_HTML_NS_SVG ? "SVG"
                                                              : "MATHML");
    }
    rules = cnil_element_equivs_all(&count);
    for (size_t i = 0; i < count; i++) {
        struct cnil_str word = rules[i].label, tag = cnil_str_cut(&word, ' ');

        printf("%.*s\tcontent\t%s\tMETA\tHTML\t%.*s\n", (int)tag.len, tag.ptr, syntaxes[rules[i].syntax], (int)word.len,
               word.ptr);
    }
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        printf("rel\t%.*s\t%s\t%s\n", (int)keywords[i].len, keywords[i].ptr, use_of(keywords[i], CNIL_STR_EMPTY),
               use_of(keywords[i], CNIL_STR("script")));
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        printf("header\t%s\t%s\t%s\n", fields[i][0], fields[i][1], fields[i][2]);
    return 0;
}
