/* SPDX-License-Identifier: Apache-2.0 */
#include "page/element_rules.h"

#include "web/css.h"

#include <string.h>

enum {
    NS_HTML = 1u << CNIL_HTML_NS_HTML,
    NS_SVG = 1u << CNIL_HTML_NS_SVG,
    NS_MATHML = 1u << CNIL_HTML_NS_MATHML,
    NS_ALL = NS_HTML | NS_SVG | NS_MATHML,
    CNIL_TAG_OTHER = 0,
    CNIL_TAG_EVERY = UINT64_MAX - 1
};

static const struct cnil_element_rule rules[] = {
#define ELEMENT(tag)
#define ROW(tag, attribute, ...)      RULE(tag, CNIL_ATTR_##attribute, __VA_ARGS__)
#define LONG_ROW(tag, attribute, ...) RULE(tag, CNIL_HTML_OTHER, __VA_ARGS__)
#define RULE(tag, attribute, label, syntax, resource, ns, when)                                                        \
    { CNIL_TAG_##tag,      attribute, CNIL_STR_INIT(label), CNIL_ELEMENT_##syntax, CNIL_RESOURCE_##resource,           \
      CNIL_ELEMENT_##when, NS_##ns },
#include "page/element_rules.def"
#undef ELEMENT
#undef ROW
#undef LONG_ROW
    { UINT64_MAX, 0, { NULL, 0 }, CNIL_ELEMENT_URL, CNIL_RESOURCE_OTHER, CNIL_ELEMENT_ALWAYS, 0 }, /* ends the last tag
                                                                                                    */
};

/* Where the rows of each tag begin: FIRST_SCRIPT and so on. */
enum {
#define ELEMENT(tag)                  FIRST_##tag, BEFORE_##tag = FIRST_##tag - 1,
#define ROW(tag, attribute, ...)      AT_##tag##_##attribute,
#define LONG_ROW(tag, attribute, ...) AT_##tag##_##attribute,
#include "page/element_rules.def"
#undef ELEMENT
#undef ROW
#undef LONG_ROW
    RULES
};

static unsigned bits_of(enum cnil_html_namespace ns)
{
    return ns == CNIL_HTML_NS_UNSURE ? NS_ALL : 1u << ns;
}

/* Links go somewhere only when followed; the others take no href. Together they are nearly all of a drawing. */
static bool never_refers(cnil_html_name tag)
{
    switch (tag) {
    case CNIL_TAG_A:
    case CNIL_TAG_CIRCLE:
    case CNIL_TAG_CLIPPATH:
    case CNIL_TAG_DEFS:
    case CNIL_TAG_DESC:
    case CNIL_TAG_ELLIPSE:
    case CNIL_TAG_G:
    case CNIL_TAG_LINE:
    case CNIL_TAG_PATH:
    case CNIL_TAG_POLYGON:
    case CNIL_TAG_POLYLINE:
    case CNIL_TAG_RECT:
    case CNIL_TAG_STOP:
    case CNIL_TAG_SVG:
    case CNIL_TAG_SYMBOL:
    case CNIL_TAG_TEXT:
    case CNIL_TAG_TITLE:
    case CNIL_TAG_TSPAN:
        return true;
    default:
        return false;
    }
}

const struct cnil_element_rule *cnil_element_rules_of(cnil_html_name tag, enum cnil_html_namespace ns)
{
    const struct cnil_element_rule *own = NULL;

    switch (tag) {
#define ELEMENT(name)                                                                                                  \
    case CNIL_TAG_##name:                                                                                              \
        own = &rules[FIRST_##name];                                                                                    \
        break;
#define ROW(...)
#define LONG_ROW(...)
#include "page/element_rules.def"
#undef ELEMENT
#undef ROW
#undef LONG_ROW
    default:
        break;
    }
    if (own != NULL && tag != CNIL_HTML_OTHER)
        return own;
    return (bits_of(ns) & rules[FIRST_OTHER].namespaces) != 0 && !never_refers(tag) ? &rules[FIRST_OTHER] : NULL;
}

static bool is_named(const struct cnil_element_rule *rule, const struct cnil_html_attribute *attribute)
{
    struct cnil_str name = rule->label;

    if (rule->attribute != CNIL_HTML_OTHER || attribute->id != CNIL_HTML_OTHER)
        return rule->attribute == attribute->id;
    cnil_str_cut(&name, ' ');
    return cnil_str_equal_nocase(name, attribute->name);
}

static const struct cnil_element_rule *find(const struct cnil_element_rule *from,
                                            const struct cnil_html_attribute *attribute, unsigned bits)
{
    for (const struct cnil_element_rule *rule = from; rule->tag == from->tag; rule++)
        if ((rule->namespaces & bits) != 0 && is_named(rule, attribute))
            return rule;
    return NULL;
}

static int compare(struct cnil_str name, struct cnil_str written)
{
    size_t len = name.len < written.len ? name.len : written.len;

    for (size_t i = 0; i < len; i++)
        if (name.ptr[i] != cnil_lower(written.ptr[i]))
            return (unsigned char)name.ptr[i] < (unsigned char)cnil_lower(written.ptr[i]) ? -1 : 1;
    return name.len < written.len ? -1 : name.len > written.len;
}

/* One bit for the hash of each name in the rows of every element, in the word of its length: pages are full of data-...
 * that none of them has. */
#define NAME_HASH(first, middle, last) ((((first) | 32) + ((middle) | 32) * 3 + ((last) | 32) * 5) & 63)
#define ROW(tag, attribute, label, ...)                                                                                \
    | (label[0] == '*' && ((sizeof(label) - 3) & 7) == WORD                                                            \
           ? (uint64_t)1 << NAME_HASH(label[2], label[2 + (sizeof(label) - 3) / 2], label[sizeof(label) - 2])          \
           : 0)
#define LONG_ROW ROW
#define ELEMENT(tag)

static const uint64_t names_of_every[8] = { 0
#define WORD 0
#include "page/element_rules.def"
#undef WORD
                                            ,
                                            0
#define WORD 1
#include "page/element_rules.def"
#undef WORD
                                            ,
                                            0
#define WORD 2
#include "page/element_rules.def"
#undef WORD
                                            ,
                                            0
#define WORD 3
#include "page/element_rules.def"
#undef WORD
                                            ,
                                            0
#define WORD 4
#include "page/element_rules.def"
#undef WORD
                                            ,
                                            0
#define WORD 5
#include "page/element_rules.def"
#undef WORD
                                            ,
                                            0
#define WORD 6
#include "page/element_rules.def"
#undef WORD
                                            ,
                                            0
#define WORD 7
#include "page/element_rules.def"
#undef WORD
};
#undef ROW
#undef LONG_ROW
#undef ELEMENT

static bool may_be_of_every(struct cnil_str name)
{
    return name.len > 0 &&
           (names_of_every[name.len & 7] >> NAME_HASH(name.ptr[0], name.ptr[name.len / 2], name.ptr[name.len - 1]) &
            1) != 0;
}

static bool is_handler(struct cnil_str name)
{
    return name.len > 2 && cnil_lower(name.ptr[0]) == 'o' && cnil_lower(name.ptr[1]) == 'n';
}

/* The rows of every element come in the order of their names. */
static const struct cnil_element_rule *find_every(struct cnil_str name, unsigned bits)
{
    size_t from = FIRST_EVERY, to = RULES;

    if (is_handler(name))
        return &rules[AT_EVERY_ON];
    if (!may_be_of_every(name))
        return NULL;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        struct cnil_str label = rules[middle].label;
        int order = compare((struct cnil_str){ label.ptr + 2, label.len - 2 }, name);

        if (order == 0)
            return (rules[middle].namespaces & bits) != 0 ? &rules[middle] : NULL;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

const struct cnil_element_rule *cnil_element_rules_find(const struct cnil_element_rule *from,
                                                        const struct cnil_html_attribute *attribute,
                                                        enum cnil_html_namespace ns)
{
    unsigned bits = bits_of(ns);
    uint32_t initials = ns == CNIL_HTML_NS_HTML ? CNIL_ELEMENT_INITIALS : CNIL_ELEMENT_SVG_INITIALS;
    const struct cnil_element_rule *rule = from != NULL ? find(from, attribute, bits) : NULL;

    if (rule == NULL && from != NULL && ns != CNIL_HTML_NS_HTML &&
        !never_refers(from->tag)) /* an HTML element's name in a drawing */
        rule = find(&rules[FIRST_OTHER], attribute, bits);
    if (rule == NULL && attribute->name.len > 0 && (cnil_html_initial(attribute->name.ptr[0]) & initials) != 0)
        rule = find_every(attribute->name, bits);
    return rule;
}

/* ---- what is passed over ---- */

#define BIT(word, tag) (CNIL_HTML_NAME_HASH(tag) >> 6 == (word) ? (uint64_t)1 << (CNIL_HTML_NAME_HASH(tag) & 63) : 0)
#define ROW(...)
#define LONG_ROW(...)

const uint64_t cnil_element_tags[4] = { 0
#define ELEMENT(tag) | BIT(0, CNIL_TAG_##tag)
#include "page/element_rules.def"
#undef ELEMENT
                                        ,
                                        0
#define ELEMENT(tag) | BIT(1, CNIL_TAG_##tag)
#include "page/element_rules.def"
#undef ELEMENT
                                        ,
                                        0
#define ELEMENT(tag) | BIT(2, CNIL_TAG_##tag)
#include "page/element_rules.def"
#undef ELEMENT
                                        ,
                                        0
#define ELEMENT(tag) | BIT(3, CNIL_TAG_##tag)
#include "page/element_rules.def"
#undef ELEMENT
};
#undef ROW
#undef LONG_ROW

uint32_t cnil_element_initials(cnil_html_name tag)
{
    uint32_t initials = 0;

    switch (tag) {
    default:
#define ELEMENT(name)                                                                                                  \
    break;                                                                                                             \
    case CNIL_TAG_##name:
#define ROW(tag, attribute, label, syntax, resource, ns, when)                                                         \
    initials |= cnil_html_initial(CNIL_ELEMENT_##when == CNIL_ELEMENT_META ? 'h' : strchr(label, ' ')[1]);
#define LONG_ROW(...) ROW(__VA_ARGS__)
#include "page/element_rules.def"
#undef ELEMENT
#undef ROW
#undef LONG_ROW
    }
    return initials;
}

/* May this value of an href be a URL that runs a script? */
static bool may_run(struct cnil_str value)
{
    return value.len > 0 &&
           (cnil_lower(value.ptr[0]) == 'j' || value.ptr[0] == '&' || (unsigned char)value.ptr[0] <= ' ');
}

/* May this value of an http-equiv be one that has a rule, perhaps with character references? */
static bool may_act(struct cnil_str value)
{
    char first = value.len > 0 ? cnil_lower(value.ptr[0]) : '\0';

    return first == 'r' || first == 'd' || first == '&' ||
           (first == 'x' && value.len > 2 && cnil_lower(value.ptr[2]) != 'u'); /* X-UA-Compatible */
}

/* The most common ones first: links, then style attributes. */
const struct cnil_element_rule *cnil_element_rules_look(cnil_html_name tag, const struct cnil_html_attribute *attribute)
{
    const struct cnil_element_rule *own, *rule = NULL;
    struct cnil_html_attribute named = *attribute;

    if (tag == CNIL_TAG_A && named.name.len == 4 && !may_run(attribute->value) &&
        cnil_str_equal(named.name, CNIL_STR("href")))
        return NULL;
    named.id = cnil_html_name_of(named.name);
    if (tag == CNIL_TAG_META && named.id == CNIL_ATTR_HTTP_EQUIV) /* without it, `content` is no URL */
        return may_act(attribute->value) ? &rules[AT_META_CONTENT] : NULL;
    if (named.id == CNIL_ATTR_STYLE)
        return cnil_css_may_have_urls(attribute->value) ? &rules[AT_EVERY_STYLE] : NULL;
    own = cnil_element_rules_of(tag, CNIL_HTML_NS_HTML);
    if (own != NULL)
        rule = find(own, &named, NS_HTML);
    if (rule == NULL && (cnil_html_initial(*named.name.ptr) & CNIL_ELEMENT_INITIALS) != 0)
        rule = find_every(named.name, NS_HTML);
    return rule != NULL && rule->when == CNIL_ELEMENT_FOLLOW && !may_run(attribute->value) ? NULL : rule;
}

const struct cnil_element_rule *cnil_element_rules_all(size_t *count)
{
    *count = RULES;
    return rules;
}

enum use {
    USE_NOTHING,
    USE_SCRIPT,
    USE_IMAGE,
    USE_FRAME,
    USE_STYLE,
    USE_FONT,
    USE_MEDIA,
    USE_OTHER,
    USE_HOST, /* a connection alone */
    USE_AS    /* what the `as` attribute says */
};

static enum cnil_resource resource_of(enum use use)
{
    switch (use) {
    case USE_SCRIPT:
        return CNIL_RESOURCE_SCRIPT;
    case USE_IMAGE:
        return CNIL_RESOURCE_IMAGE;
    case USE_FRAME:
        return CNIL_RESOURCE_FRAME;
    case USE_STYLE:
        return CNIL_RESOURCE_STYLE;
    case USE_FONT:
        return CNIL_RESOURCE_FONT;
    case USE_MEDIA:
        return CNIL_RESOURCE_MEDIA;
    default:
        return CNIL_RESOURCE_OTHER;
    }
}

struct word {
    struct cnil_str name;
    enum use use;
};

static enum use look_up(const struct word *words, size_t count, struct cnil_str name)
{
    for (size_t i = 0; i < count; i++)
        if (cnil_str_equal_nocase(words[i].name, name))
            return words[i].use;
    return USE_OTHER;
}

static enum use rel_use(struct cnil_str keyword)
{
    static const struct word words[] = {
#define REL(name, use) { CNIL_STR_INIT(name), USE_##use },
#include "page/element_rules.def"
#undef REL
    };

    return look_up(words, sizeof(words) / sizeof(words[0]), keyword);
}

static enum use as_use(struct cnil_str as) /* Fetch standard, "potential destination" */
{
    static const struct word words[] = {
        { CNIL_STR_INIT("script"), USE_SCRIPT },       { CNIL_STR_INIT("worker"), USE_SCRIPT },
        { CNIL_STR_INIT("sharedworker"), USE_SCRIPT }, { CNIL_STR_INIT("style"), USE_STYLE },
        { CNIL_STR_INIT("image"), USE_IMAGE },         { CNIL_STR_INIT("font"), USE_FONT },
        { CNIL_STR_INIT("video"), USE_MEDIA },         { CNIL_STR_INIT("audio"), USE_MEDIA },
        { CNIL_STR_INIT("track"), USE_MEDIA },         { CNIL_STR_INIT("document"), USE_FRAME },
        { CNIL_STR_INIT("iframe"), USE_FRAME },        { CNIL_STR_INIT("frame"), USE_FRAME },
        { CNIL_STR_INIT("object"), USE_FRAME },        { CNIL_STR_INIT("embed"), USE_FRAME },
    };

    return look_up(words, sizeof(words) / sizeof(words[0]), as);
}

bool cnil_element_link_use(struct cnil_str *rels, struct cnil_str as, struct cnil_element_use *use)
{
    size_t at = 0;

    while (at < rels->len) {
        size_t from = at;
        enum use found;

        while (at < rels->len && !cnil_is_space(rels->ptr[at]))
            at++;
        if (at > from) {
            found = rel_use(cnil_str_slice(*rels, from, at));
            if (found == USE_AS)
                found = as_use(as);
            if (found != USE_NOTHING) {
                use->resource = resource_of(found);
                use->host_only = found == USE_HOST;
                *rels = cnil_str_slice(*rels, at, rels->len);
                return true;
            }
        }
        at++;
    }
    *rels = CNIL_STR_EMPTY;
    return false;
}

static const struct cnil_element_rule equivs[] = {
#define EQUIV(word, label, syntax)                                                                                     \
    { CNIL_TAG_META,       CNIL_ATTR_CONTENT, CNIL_STR_INIT(label),   CNIL_ELEMENT_##syntax,                           \
      CNIL_RESOURCE_OTHER, CNIL_ELEMENT_META, 1u << CNIL_HTML_NS_HTML },
#include "page/element_rules.def"
#undef EQUIV
};

const struct cnil_element_rule *cnil_element_equiv(struct cnil_str word)
{
    if (cnil_str_equal_nocase(word, CNIL_STR("refresh")))
        return &rules[AT_META_CONTENT];
    for (size_t i = 0; i < sizeof(equivs) / sizeof(equivs[0]); i++) {
        struct cnil_str name = equivs[i].label;

        cnil_str_cut(&name, ' ');
        if (cnil_str_equal_nocase(name, word))
            return &equivs[i];
    }
    return NULL;
}

const struct cnil_element_rule *cnil_element_equivs_all(size_t *count)
{
    *count = sizeof(equivs) / sizeof(equivs[0]);
    return equivs;
}

bool cnil_element_param_fetches(struct cnil_str name)
{
    static const struct cnil_str names[] = {
        CNIL_STR_INIT("archive"),  CNIL_STR_INIT("code"),   CNIL_STR_INIT("codebase"), CNIL_STR_INIT("data"),
        CNIL_STR_INIT("filename"), CNIL_STR_INIT("href"),   CNIL_STR_INIT("movie"),    CNIL_STR_INIT("object"),
        CNIL_STR_INIT("poster"),   CNIL_STR_INIT("source"), CNIL_STR_INIT("src"),      CNIL_STR_INIT("url"),
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (cnil_str_equal_nocase(names[i], name))
            return true;
    return false;
}
