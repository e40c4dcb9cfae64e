/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/known_domain.h"

extern const char cnil_known_domains[], cnil_known_domains_end[]; /* known_domain_text.S */

/* A line is "known domain DOMAIN: ENTITY (CATEGORY)": the rule that verdicts tell. */
static const struct cnil_str PREFIX = CNIL_STR_INIT("known domain ");

static const struct {
    struct cnil_str name, purpose;
} categories[] = {
#define CATEGORY(symbol, name, purpose) { CNIL_STR_INIT(name), CNIL_STR_INIT(purpose) },
#include "policy/known_categories.def"
#undef CATEGORY
};

struct cnil_str cnil_known_domains_text(void)
{
    return (struct cnil_str){ cnil_known_domains, (size_t)(cnil_known_domains_end - cnil_known_domains) };
}

struct cnil_str cnil_known_purpose(enum cnil_known_category category)
{
    return categories[category].purpose;
}

/* The line that `at` lies in, without its end. */
static struct cnil_str line_at(struct cnil_str text, size_t at)
{
    struct cnil_str rest;

    while (at > 0 && text.ptr[at - 1] != '\n')
        at--;
    rest = cnil_str_slice(text, at, text.len);
    return cnil_str_slice(rest, 0, cnil_str_find_byte(rest, '\n'));
}

static struct cnil_str domain_of(struct cnil_str line)
{
    struct cnil_str rest = cnil_str_slice(line, PREFIX.len, line.len);

    return cnil_str_slice(rest, 0, cnil_str_find_byte(rest, ':'));
}

static void read_line(struct cnil_str line, struct cnil_known_domain *known)
{
    size_t open = line.len;
    struct cnil_str category;

    known->rule = line;
    known->domain = domain_of(line);
    while (open > 0 && line.ptr[open - 1] != '(')
        open--;
    category = cnil_str_slice(line, open, line.len - 1);
    known->entity = cnil_str_trim(cnil_str_slice(line, PREFIX.len + known->domain.len + 1, open - 1));
    known->category = CNIL_KNOWN_OTHER;
    for (size_t i = 0; i < CNIL_KNOWN_CATEGORIES; i++)
        if (cnil_str_equal(category, categories[i].name))
            known->category = (enum cnil_known_category)i;
}

static bool find_exact(struct cnil_str text, struct cnil_str domain, struct cnil_known_domain *known)
{
    size_t low = 0, high = text.len; /* the line begins in [low, high) */

    while (low < high) {
        struct cnil_str line = line_at(text, low + (high - low) / 2);
        int order = cnil_str_compare(domain, domain_of(line));
        size_t start = (size_t)(line.ptr - text.ptr);

        if (order == 0) {
            read_line(line, known);
            return true;
        }
        if (order < 0)
            high = start;
        else
            low = start + line.len + 1;
    }
    return false;
}

bool cnil_known_domain_find(struct cnil_str host, struct cnil_known_domain *known)
{
    const struct cnil_str text = cnil_known_domains_text();

    for (;;) { /* from the whole to its rest without the first label: the first that is there is the longest */
        size_t dot = cnil_str_find_byte(host, '.');

        if (dot == host.len) /* a top-level domain is nobody's */
            return false;
        if (find_exact(text, host, known))
            return true;
        host = cnil_str_slice(host, dot + 1, host.len);
    }
}

bool cnil_known_domain_next(size_t *at, struct cnil_known_domain *known)
{
    const struct cnil_str text = cnil_known_domains_text();
    struct cnil_str line;

    if (*at >= text.len)
        return false;
    line = line_at(text, *at);
    read_line(line, known);
    *at += line.len + 1;
    return true;
}
