/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/known_domain.h"

#include <stdint.h>

enum { BUCKETS = 4096 };

/* known_domain_text.S. Lines, ordered by the bucket of their domain, and where each bucket begins; the last ends them.
 */
extern const char cnil_known_domains[];
extern const char cnil_known_entities[]; /* "category TAB number TAB names" a line */
extern const uint32_t cnil_known_domain_starts[BUCKETS + 1];

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
    return (struct cnil_str){ cnil_known_domains, cnil_known_domain_starts[BUCKETS] };
}

struct cnil_str cnil_known_purpose(enum cnil_known_category category)
{
    return categories[category].purpose;
}

/* The line that begins at `at`, without its end. */
static struct cnil_str line_at(size_t at)
{
    struct cnil_str text = cnil_known_domains_text();
    struct cnil_str rest = cnil_str_slice(text, at, text.len);

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

/* Of 24 bits, over the bytes from the last to the first, so that the hash of a host's end is on the way to that of the
 * whole; the upper half tells the bucket. scripts/join-known-domains computes the same. */
static uint32_t roll(uint32_t hash, char byte)
{
    return (hash * 65599 + (unsigned char)byte) & 0xffffff;
}

static bool find_exact(uint32_t hash, struct cnil_str domain, struct cnil_str *line)
{
    size_t end = cnil_known_domain_starts[(hash >> 12) + 1];

    for (size_t at = cnil_known_domain_starts[hash >> 12]; at < end; at += line->len + 1) {
        *line = line_at(at);
        if (cnil_str_equal(domain_of(*line), domain))
            return true;
    }
    return false;
}

bool cnil_known_domain_find(struct cnil_str host, struct cnil_known_domain *known)
{
    struct cnil_str line, best = CNIL_STR_EMPTY;
    uint32_t hash = 0;

    for (size_t at = host.len; at-- > 0;) {
        hash = roll(hash, host.ptr[at]);
        if ((at == 0 || host.ptr[at - 1] == '.') && find_exact(hash, cnil_str_slice(host, at, host.len), &line))
            best = line; /* the longest is met last */
    }
    if (best.len > 0)
        read_line(best, known);
    return best.len > 0;
}

bool cnil_known_domain_next(size_t *at, struct cnil_known_domain *known)
{
    if (*at >= cnil_known_domains_text().len)
        return false;
    read_line(line_at(*at), known);
    *at += known->rule.len + 1;
    return true;
}

struct cnil_str cnil_known_entity_names(enum cnil_known_category category, size_t *count)
{
    struct cnil_str rest = cnil_str_from(cnil_known_entities);

    while (rest.len > 0) {
        struct cnil_str names = cnil_str_cut(&rest, '\n'), name = cnil_str_cut(&names, '\t');
        struct cnil_str number = cnil_str_cut(&names, '\t');

        if (!cnil_str_equal(name, categories[category].name))
            continue;
        *count = 0;
        for (size_t i = 0; i < number.len; i++)
            *count = *count * 10 + (size_t)(number.ptr[i] - '0');
        return names;
    }
    *count = 0;
    return CNIL_STR_EMPTY;
}
