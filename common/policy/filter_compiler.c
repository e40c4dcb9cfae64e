/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/filter_compiler.h"

#include "base/hash.h"
#include "base/limits.h"
#include "policy/filter_list.h"
#include "policy/filter_syntax.h"
#include "web/domain.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
    SETS = 4096,    /* of domains: the last ones that a new one is compared with */
    COUNTS = 65536, /* of tokens */
    NEVER = 1u << 30,
    SHORT_TOKEN = 3,
    SHORT_WEIGHT = 400,
    COMMON_WEIGHT = 40000
};

/* A rule of the table of hosts. */
struct host_entry {
    uint64_t hash;
    uint32_t rule; /* its number among all */
};

/* A set of domains that was written already. */
struct known_set {
    uint64_t hash;
    uint32_t place, words;
};

struct work {
    struct cnil_buffer sections[CNIL_FILTER_SECTIONS];
    struct cnil_buffer all;                        /* struct cnil_filter_rule[]: those that get no record, too */
    struct cnil_buffer hosts[CNIL_FILTER_INDEXES]; /* struct host_entry[] */
    struct cnil_buffer loose[CNIL_FILTER_INDEXES]; /* uint32_t[]: rules that no host leads to */
    struct cnil_buffer pages;                      /* struct host_entry[]: of one index */
    struct cnil_buffer sets;                       /* struct known_set[] */
    struct cnil_buffer taken_back;                 /* uint64_t[]: identities of rules with badfilter */
    struct cnil_buffer hashes;                     /* of one set */
    struct cnil_filter_source_record records[CNIL_LIMIT_LIST_SOURCES];
    const struct cnil_filter_source *sources;
    size_t source_count;
    uint32_t *numbers; /* of each rule among those with a record, + 1 */
    uint32_t *counts;  /* how often tokens stand in patterns */
    uint32_t regexes;
    char *room;
    cnil_filter_dropped *dropped;
    void *data;
    bool no_memory;
};

static const struct {
    const char *name, *sentence;
} drops[] = {
#define DROP(symbol, name, sentence) { name, sentence },
#include "policy/filter_drops.def"
#undef DROP
};

const char *cnil_filter_drop_name(enum cnil_filter_drop why)
{
    return drops[why].name;
}

const char *cnil_filter_drop_sentence(enum cnil_filter_drop why)
{
    return drops[why].sentence;
}

bool cnil_filter_name_is_good(struct cnil_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!cnil_is_alpha(name.ptr[i]) && !cnil_is_digit(name.ptr[i]) && memchr("._-", name.ptr[i], 3) == NULL)
            return false;
    return name.len > 0 && name.len <= CNIL_LIMIT_LIST_NAME;
}

/* ---- pieces ---- */

static void push(struct cnil_buffer *buffer, const void *bytes, size_t size)
{
    cnil_buffer_append(buffer, (struct cnil_str){ bytes, size });
}

static uint32_t push_string(struct work *work, struct cnil_str string)
{
    uint32_t place = (uint32_t)work->sections[CNIL_FILTER_STRINGS].len;

    cnil_buffer_append(&work->sections[CNIL_FILTER_STRINGS], string);
    return place;
}

/* "list easyprivacy:17 ||tracker.example^" */
static uint32_t push_text(struct work *work, unsigned source, size_t line, struct cnil_str rule)
{
    struct cnil_buffer *texts = &work->sections[CNIL_FILTER_TEXTS];
    struct cnil_filter_text head = { .source = (uint8_t)source };
    uint32_t place = (uint32_t)texts->len;
    struct cnil_str name = work->sources[source].name;
    size_t len;

    push(texts, &head, sizeof(head));
    cnil_buffer_print(texts, "list %.*s:%zu ", (int)name.len, name.ptr, line);
    if (rule.len > CNIL_LIMIT_LIST_RULE)
        cnil_buffer_print(texts, "%.*s...", CNIL_LIMIT_LIST_RULE - 3, rule.ptr);
    else
        cnil_buffer_append(texts, rule);
    if (texts->status != CNIL_OK)
        return 0;
    len = texts->len - place - sizeof(head);
    head.len = (uint16_t)len;
    memcpy(texts->ptr + place, &head, sizeof(head));
    while (texts->len % 4 != 0 && texts->status == CNIL_OK)
        cnil_buffer_append_byte(texts, '\0');
    return place;
}

static uint64_t hash_host(struct cnil_str host)
{
    uint64_t hash = CNIL_HASH_SEED;

    for (size_t i = host.len; i > 0; i--)
        hash = cnil_hash_roll(hash, cnil_lower(host.ptr[i - 1]));
    return hash;
}

/* ---- sets of domains ---- */

static int by_value(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

enum { NOT_HOSTS, NOT_ENTITIES, HOSTS, ENTITIES, PARTS };

/* "example.com" or, an entity, "example.*". */
static bool read_domain(struct cnil_str domain, bool negated, unsigned *part, uint64_t *hash)
{
    bool entity;

    if (cnil_str_starts_with(domain, CNIL_STR("~"))) {
        negated = !negated;
        domain = cnil_str_slice(domain, 1, domain.len);
    }
    entity = cnil_str_ends_with(domain, CNIL_STR(".*"));
    domain.len -= entity ? 2 : 0;
    if (domain.len == 0 || cnil_str_find_byte(domain, '*') < domain.len || cnil_str_find_byte(domain, '/') < domain.len)
        return false;
    *part = (negated ? NOT_HOSTS : HOSTS) + (entity ? 1 : 0);
    *hash = hash_host(domain);
    return true;
}

/* Adds the hashes of "a|~b" that belong into `part`. False: something in it is not a domain. */
static bool add_part(struct work *work, struct cnil_str list, bool negated, unsigned part)
{
    while (list.ptr != NULL && list.len > 0) {
        uint64_t hash;
        unsigned own;

        if (!read_domain(cnil_str_cut(&list, '|'), negated, &own, &hash))
            return false;
        if (own == part)
            push(&work->hashes, &hash, sizeof(hash));
    }
    return true;
}

static uint32_t keep_set(struct work *work, struct cnil_filter_set head)
{
    struct cnil_buffer *domains = &work->sections[CNIL_FILTER_DOMAINS];
    const struct known_set *known = (const void *)work->sets.ptr;
    struct known_set set = { .words = (uint32_t)(work->hashes.len / 8), .place = (uint32_t)(domains->len / 8) };

    set.hash =
        cnil_hash_bytes(cnil_hash_bytes(CNIL_HASH_SEED, &head, sizeof(head)), work->hashes.ptr, work->hashes.len);
    for (size_t i = work->sets.len / sizeof(set), tries = SETS; i > 0 && tries > 0; i--, tries--)
        if (known[i - 1].hash == set.hash && known[i - 1].words == set.words &&
            memcmp(domains->ptr + 8 * (size_t)known[i - 1].place, &head, sizeof(head)) == 0 &&
            memcmp(domains->ptr + 8 * (size_t)known[i - 1].place + 8, work->hashes.ptr, work->hashes.len) == 0)
            return known[i - 1].place + 1;
    push(domains, &head, sizeof(head));
    push(domains, work->hashes.ptr, work->hashes.len);
    push(&work->sets, &set, sizeof(set));
    return set.place + 1;
}

/* Writes the set of "a|~b" without those of `spared`. False: it cannot be understood. */
static bool push_set(struct work *work, struct cnil_str list, struct cnil_str spared, bool entities, uint32_t *place)
{
    uint16_t counts[PARTS];
    struct cnil_filter_set head;

    if (list.len == 0 && spared.len == 0)
        return true;
    cnil_buffer_clear(&work->hashes);
    for (unsigned part = 0; part < PARTS; part++) {
        size_t before = work->hashes.len;
        size_t count;

        if (!add_part(work, list, false, part) || !add_part(work, spared, true, part))
            return false;
        count = (work->hashes.len - before) / sizeof(uint64_t);
        if (count > UINT16_MAX || (count > 0 && part % 2 == 1 && !entities))
            return false;
        if (count > 0 && work->hashes.status == CNIL_OK)
            qsort(work->hashes.ptr + before, count, sizeof(uint64_t), by_value);
        counts[part] = (uint16_t)count;
    }
    head = (struct cnil_filter_set){ counts[NOT_HOSTS], counts[NOT_ENTITIES], counts[HOSTS], counts[ENTITIES] };
    if (work->hashes.status == CNIL_OK && work->hashes.len > 0)
        *place = keep_set(work, head);
    return true;
}

/* ---- rules ---- */

static uint64_t hash_str(uint64_t hash, struct cnil_str str)
{
    return cnil_hash_bytes(cnil_hash_bytes(hash, &str.len, sizeof(str.len)), str.ptr, str.len);
}

/* The same for two rules that say the same, but for badfilter. */
static uint64_t identity(const struct cnil_filter *filter)
{
    unsigned char head[] = { filter->exception, filter->important, filter->regex };
    uint64_t hash = cnil_hash_bytes(CNIL_HASH_SEED, head, sizeof(head));

    hash = cnil_hash_bytes(hash, &filter->types, sizeof(filter->types));
    hash = cnil_hash_bytes(hash, &filter->flags, sizeof(filter->flags));
    hash = hash_str(hash_str(hash, filter->host), filter->pattern);
    return hash_str(hash_str(hash_str(hash, filter->pages), filter->targets), filter->spared);
}

static bool is_taken_back(const struct work *work, const struct cnil_filter *filter)
{
    const uint64_t *list = (const void *)work->taken_back.ptr;
    size_t count = work->taken_back.len / sizeof(*list);
    uint64_t hash = count > 0 ? identity(filter) : 0;

    for (size_t i = 0; i < count; i++)
        if (list[i] == hash)
            return true;
    return false;
}

static bool regex_compiles(struct cnil_str text, bool match_case)
{
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)text.ptr, text.len, CNIL_FILTER_PCRE2(match_case), &error, &offset, NULL);

    pcre2_code_free(code);
    return code != NULL;
}

/* Into the table that will lead to it. */
static void index_rule(struct work *work, enum cnil_filter_index index, struct cnil_str host, uint32_t number)
{
    struct host_entry entry = { hash_host(host), number };

    if (host.len > 0)
        push(&work->hosts[index], &entry, sizeof(entry));
    else
        push(&work->loose[index], &number, sizeof(number));
}

/* False: `filter->drop` says why it is left out. */
static bool add_rule(struct work *work, unsigned source, size_t line, struct cnil_str text, struct cnil_filter *filter)
{
    struct cnil_filter_rule rule = { .types = (uint16_t)filter->types,
                                     .flags = (uint8_t)filter->flags,
                                     .source = (uint8_t)source,
                                     .pattern_len = (uint16_t)filter->pattern.len };
    uint32_t number = (uint32_t)(work->all.len / sizeof(rule));

    filter->drop = CNIL_FILTER_DROP_DOMAIN;
    if (!push_set(work, filter->pages, CNIL_STR_EMPTY, true, &rule.pages) ||
        !push_set(work, filter->targets, filter->spared, false, &rule.targets))
        return false;
    filter->drop = CNIL_FILTER_DROP_REGEX;
    if (filter->regex) {
        if (work->regexes == CNIL_LIMIT_LIST_REGEXES || filter->pattern.len > CNIL_LIMIT_LIST_REGEX ||
            !regex_compiles(filter->pattern, (filter->flags & CNIL_FILTER_CASE) != 0))
            return false;
        rule.regex = ++work->regexes;
    }
    rule.pattern = push_string(work, filter->pattern);
    rule.text = push_text(work, source, line, text);
    push(&work->all, &rule, sizeof(rule));
    index_rule(work, filter->exception ? CNIL_FILTER_EXCEPT : CNIL_FILTER_BLOCK, filter->host, number);
    if (filter->important)
        index_rule(work, CNIL_FILTER_IMPORTANT, filter->host, number);
    return true;
}

static void drop_rule(struct work *work, unsigned source, size_t line, struct cnil_str text, enum cnil_filter_drop why)
{
    work->records[source].dropped[why]++;
    if (work->dropped != NULL)
        work->dropped(work->sources[source].name, line, text, why, work->data);
}

/* ---- sources ---- */

struct reading {
    unsigned source;
    size_t line, depth; /* of !#if */
    bool first_pass;    /* looks for badfilter alone */
};

static void read_rule(struct work *work, const struct reading *reading, struct cnil_str text,
                      enum cnil_filter_kind kind, struct cnil_filter *filter)
{
    uint64_t hash;

    if (reading->first_pass) {
        if (kind == CNIL_FILTER_LINE_RULE && filter->badfilter && reading->depth == 0) {
            hash = identity(filter);
            push(&work->taken_back, &hash, sizeof(hash));
        }
        return;
    }
    work->records[reading->source].rules++;
    if (reading->depth > 0)
        filter->drop = CNIL_FILTER_DROP_CONDITION;
    else if (kind == CNIL_FILTER_LINE_RULE && filter->badfilter)
        kind = CNIL_FILTER_LINE_NOTHING; /* it has done its work */
    else if (kind == CNIL_FILTER_LINE_RULE && is_taken_back(work, filter))
        filter->drop = CNIL_FILTER_DROP_BADFILTER;
    else if (kind == CNIL_FILTER_LINE_RULE && add_rule(work, reading->source, reading->line, text, filter))
        kind = CNIL_FILTER_LINE_NOTHING;
    if (kind == CNIL_FILTER_LINE_NOTHING)
        work->records[reading->source].kept++;
    else
        drop_rule(work, reading->source, reading->line, text, filter->drop);
}

static void read_line(struct work *work, struct reading *reading, struct cnil_str text)
{
    struct cnil_filter filter = { .drop = CNIL_FILTER_DROP_LENGTH };
    enum cnil_filter_kind kind =
        text.len > CNIL_LIMIT_LIST_LINE ? CNIL_FILTER_LINE_DROPPED : cnil_filter_parse(text, work->room, &filter);

    switch (kind) {
    case CNIL_FILTER_LINE_NOTHING:
        break;
    case CNIL_FILTER_LINE_COSMETIC:
        work->records[reading->source].cosmetic += reading->first_pass ? 0 : 1;
        break;
    case CNIL_FILTER_LINE_IF:
        reading->depth++;
        break;
    case CNIL_FILTER_LINE_ELSE: /* neither branch is known to be meant */
        break;
    case CNIL_FILTER_LINE_ENDIF:
        reading->depth -= reading->depth > 0 ? 1 : 0;
        break;
    case CNIL_FILTER_LINE_RULE:
    case CNIL_FILTER_LINE_DROPPED:
        read_rule(work, reading, text, kind, &filter);
        break;
    }
}

static void read_source(struct work *work, unsigned source, bool first_pass)
{
    struct reading reading = { .source = source, .first_pass = first_pass };
    struct cnil_str rest = work->sources[source].text;

    while (rest.len > 0) {
        reading.line++;
        read_line(work, &reading, cnil_str_trim(cnil_str_cut(&rest, '\n')));
    }
    work->records[source].lines = (uint32_t)reading.line;
}

/* ---- tokens ---- */

static bool is_token_byte(char c)
{
    return cnil_filter_fold[(unsigned char)c] != 0;
}

struct token {
    size_t at, len;
    uint32_t hash;
    bool starred; /* behind a "*" */
};

typedef void visit_token(const struct token *token, void *data);

static void end_token(struct cnil_str text, struct token *token, size_t end, bool bounded, visit_token *visit,
                      void *data)
{
    token->len = end - token->at;
    if (!bounded)
        return;
    token->hash = CNIL_HASH_SEED32;
    for (size_t i = token->at; i < end; i++)
        token->hash = cnil_hash_roll32(token->hash, (char)cnil_filter_fold[(unsigned char)text.ptr[i]]);
    visit(token, data);
}

/* The runs of a pattern that are whole words of every URL that it matches. */
static void each_token(struct cnil_str pattern, unsigned flags, visit_token *visit, void *data)
{
    struct token token = { 0 };

    for (size_t at = 0; at < pattern.len;) {
        bool bounded;
        size_t end = at;

        while (end < pattern.len && is_token_byte(pattern.ptr[end]))
            end++;
        if (end == at) {
            token.starred = token.starred || pattern.ptr[at] == '*';
            at++;
            continue;
        }
        bounded = at > 0 ? pattern.ptr[at - 1] != '*' : (flags & (CNIL_FILTER_LEFT | CNIL_FILTER_LABEL)) != 0;
        bounded = bounded && (end < pattern.len ? pattern.ptr[end] != '*' : (flags & CNIL_FILTER_RIGHT) != 0);
        token.at = at;
        end_token(pattern, &token, end, bounded, visit, data);
        at = end;
    }
}

/* Behind the atom that ends at `at`: does a quantifier say that it may be missing, or stand more often? */
static bool is_quantified(struct cnil_str text, size_t at)
{
    return at < text.len && strchr("?*{", text.ptr[at]) != NULL;
}

/* The end of what is opened at `at`: "[...]" or "(...)". */
static size_t skip_group(struct cnil_str text, size_t at)
{
    size_t depth = 0;
    bool in_class = false;

    for (; at < text.len; at++) {
        if (text.ptr[at] == '\\')
            at++;
        else if (in_class)
            in_class = text.ptr[at] != ']';
        else if (text.ptr[at] == '[')
            in_class = true;
        else if (text.ptr[at] == '(')
            depth++;
        else if (text.ptr[at] == ')')
            depth -= depth > 0 ? 1 : 0;
        if (!in_class && depth == 0)
            return at + 1;
    }
    return text.len;
}

static bool has_alternatives(struct cnil_str text)
{
    for (size_t at = 0; at < text.len;) {
        if (text.ptr[at] == '|')
            return true;
        at = text.ptr[at] == '\\' ? at + 2 : skip_group(text, at);
    }
    return false;
}

/* The same of an expression, as far as its top level tells: runs of plain letters between plain punctuation. */
static void each_regex_token(struct cnil_str text, visit_token *visit, void *data)
{
    bool bounded = false; /* what stands before the run is surely no part of a word */
    size_t at = 0;

    if (has_alternatives(text))
        return;
    while (at < text.len) {
        struct token token = { .at = at, .starred = true };
        size_t end = at, next = at + 1;
        char c = text.ptr[at];
        bool sure; /* is this atom a plain byte that is no part of a word? */

        while (end < text.len && is_token_byte(text.ptr[end]))
            end++;
        if (end > at) {
            bool quantified = is_quantified(text, end) || (end < text.len && text.ptr[end] == '+');
            char after = end < text.len ? text.ptr[end] : '\0';
            size_t behind = after == '\\' ? end + 2 : end + 1;
            bool plain = after == '\\' ? end + 1 < text.len && !cnil_is_alpha(text.ptr[end + 1]) &&
                                             !is_token_byte(text.ptr[end + 1])
                                       : after != '\0' && strchr(".[]()*+?{}^$", after) == NULL;

            end_token(text, &token, end,
                      bounded && !quantified &&
                          ((plain && !is_quantified(text, behind)) || (after == '$' && end + 1 == text.len)),
                      visit, data);
            bounded = false;
            at = end;
            continue;
        }
        if (c == '\\') {
            next = at + 2;
            sure = at + 1 < text.len && !cnil_is_alpha(text.ptr[at + 1]) && !is_token_byte(text.ptr[at + 1]);
        } else if (c == '[' || c == '(') {
            next = skip_group(text, at);
            sure = false;
        } else {
            sure = strchr(".])*+?{}$", c) == NULL && (c != '^' || at == 0);
        }
        if (c == '+') /* the atom before it is there all the same */
            sure = bounded;
        bounded = sure && !is_quantified(text, next);
        at = next;
    }
}

static void count_token(const struct token *token, void *data)
{
    uint32_t *counts = data;

    counts[cnil_filter_token_bits(token->hash)]++;
}

/* Words that most URLs hold lead to too many rules. */
static void weigh_common_words(uint32_t *counts)
{
    static const char *const words[] = {
        "https",      "http",      "www",    "com",        "js",     "css",   "png",   "jpg",     "gif",     "svg",
        "html",       "php",       "net",    "org",        "images", "image", "img",   "static",  "assets",  "media",
        "wp",         "content",   "min",    "files",      "cdn",    "api",   "v1",    "uploads", "plugins", "includes",
        "lib",        "src",       "index",  "jquery",     "id",     "type",  "en",    "fr",      "us",      "co",
        "uk",         "de",        "10",     "20",         "public", "site",  "sites", "default", "themes",  "themes",
        "dist",       "main",      "app",    "page",       "name",   "url",   "ref",   "common",  "core",    "news",
        "cloudfront", "amazonaws", "google", "googleapis", "2x",     "jpeg",  "webp",  "ico",     "json",    "xml",
        "rss",        "feed",      "script", "scripts",    "styles",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        uint32_t hash = cnil_hash_bytes32(CNIL_HASH_SEED32, words[i], strlen(words[i]));

        counts[cnil_filter_token_bits(hash)] += 10000;
    }
}

struct choice {
    const uint32_t *counts;
    struct token best;
    uint32_t weight; /* NEVER: none yet */
};

static void choose_token(const struct token *token, void *data)
{
    struct choice *choice = data;
    uint32_t weight = 4 * choice->counts[cnil_filter_token_bits(token->hash)] + (token->starred ? 1 : 0);

    if (token->len < SHORT_TOKEN) /* many a URL has it */
        weight += SHORT_WEIGHT;
    if (weight < choice->weight || (weight == choice->weight && token->len > choice->best.len)) {
        choice->weight = weight;
        choice->best = *token;
    }
}

static struct cnil_str pattern_of(const struct work *work, const struct cnil_filter_rule *rule)
{
    return (struct cnil_str){ work->sections[CNIL_FILTER_STRINGS].ptr + rule->pattern, rule->pattern_len };
}

static void visit_tokens(const struct work *work, const struct cnil_filter_rule *rule, visit_token *visit, void *data)
{
    if (rule->regex != 0)
        each_regex_token(pattern_of(work, rule), visit, data);
    else
        each_token(pattern_of(work, rule), rule->flags, visit, data);
}

/* ---- tables ---- */

/* The number of the rule's record, which is written when it is first asked for. */
static uint32_t record(struct work *work, uint32_t number)
{
    struct cnil_buffer *rules = &work->sections[CNIL_FILTER_RULES];
    const struct cnil_filter_rule *all = (const void *)work->all.ptr;

    if (work->numbers[number] == 0) {
        push(rules, &all[number], sizeof(all[number]));
        work->numbers[number] = (uint32_t)(rules->len / sizeof(all[number]));
    }
    return work->numbers[number] - 1;
}

static uint32_t push_chain(struct work *work, const uint32_t *numbers, size_t count)
{
    struct cnil_buffer *chains = &work->sections[CNIL_FILTER_CHAINS];
    uint32_t place = (uint32_t)(chains->len / sizeof(uint32_t));

    for (size_t i = 0; i < count; i++) {
        uint32_t value = record(work, numbers[i]) | (i + 1 == count ? CNIL_FILTER_LAST : 0);

        push(chains, &value, sizeof(value));
    }
    return place;
}

/* Does the rule hold for all of its host, whatever the type and the page? */
static bool is_whole(const struct cnil_filter_rule *rule)
{
    return rule->pattern_len == 0 && rule->types == CNIL_FILTER_ALL && rule->pages == 0 && rule->targets == 0 &&
           rule->regex == 0 && (rule->flags & CNIL_FILTER_THIRD) != 0;
}

/* What the rules for a whole host leave of the others of the same list. A rule of another list is of use all the same:
 * each list has purposes of its own. */
struct whole {
    uint32_t any, third; /* the first such rule + 1; 0: none */
};

static bool is_absorbed(const struct cnil_filter_rule *rule, uint32_t number, const struct whole *whole)
{
    bool first = (rule->flags & CNIL_FILTER_FIRST) != 0;

    if (is_whole(rule) && number + 1 == (first ? whole->any : whole->third))
        return !first && whole->any != 0;
    if (first && rule->pattern_len > 0)
        return false; /* on pages of that host the rule for all of it may not count */
    return whole->any != 0 || (!first && whole->third != 0);
}

/* The value for the rules [from, to), all of one host. `kept`: room for their numbers. */
static uint32_t host_value(struct work *work, const struct host_entry *entries, size_t from, size_t to, uint32_t *kept)
{
    const struct cnil_filter_rule *all = (const void *)work->all.ptr;
    struct whole wholes[CNIL_LIMIT_LIST_SOURCES] = { 0 };
    size_t count = 0;

    for (size_t i = to; i > from; i--) {
        uint32_t number = entries[i - 1].rule;
        struct whole *whole = &wholes[all[number].source];

        if (is_whole(&all[number]))
            *((all[number].flags & CNIL_FILTER_FIRST) != 0 ? &whole->any : &whole->third) = number + 1;
    }
    for (size_t i = 2 * from; i < 2 * to; i++) { /* those for the whole host first: they are soon decided */
        uint32_t number = entries[i < from + to ? i - from : i - to].rule;

        if (is_whole(&all[number]) == (i < from + to) &&
            !is_absorbed(&all[number], number, &wholes[all[number].source]))
            kept[count++] = number;
    }
    if (count == 1 && is_whole(&all[kept[0]]) && all[kept[0]].text / 4 <= CNIL_FILTER_HOST_PAYLOAD)
        return all[kept[0]].text / 4 |
               ((all[kept[0]].flags & CNIL_FILTER_FIRST) != 0 ? CNIL_FILTER_HOST_ANY : CNIL_FILTER_HOST_THIRD);
    return push_chain(work, kept, count);
}

static int by_hash(const void *left, const void *right)
{
    const struct host_entry *a = left, *b = right;

    return a->hash != b->hash ? (a->hash > b->hash) - (a->hash < b->hash) : (a->rule > b->rule) - (a->rule < b->rule);
}

/* What entries of one host become in a table. */
typedef uint32_t value_of(struct work *work, const struct host_entry *entries, size_t from, size_t to, uint32_t *kept);

static uint32_t page_value(struct work *work, const struct host_entry *entries, size_t from, size_t to, uint32_t *kept)
{
    size_t count = 0;

    for (size_t i = from; i < to; i++)
        if (count == 0 || kept[count - 1] != entries[i].rule)
            kept[count++] = entries[i].rule;
    return push_chain(work, kept, count);
}

/* Two sections: the keys, and beside them the values. */
static bool build_table(struct work *work, struct cnil_buffer *list, value_of *value, unsigned keys_section,
                        unsigned values_section)
{
    struct host_entry *entries = (void *)list->ptr;
    size_t count = list->len / sizeof(*entries);
    uint32_t size = (uint32_t)(count + count / 3 + 1);
    uint64_t *keys = calloc(size, sizeof(*keys));
    uint32_t *values = calloc(size, sizeof(*values)), *kept = calloc(count + 1, sizeof(*kept));

    if (count > 0)
        qsort(entries, count, sizeof(*entries), by_hash);
    for (size_t from = 0, to; keys != NULL && values != NULL && kept != NULL && from < count; from = to) {
        uint32_t slot = cnil_filter_slot(entries[from].hash, size);

        for (to = from + 1; to < count && entries[to].hash == entries[from].hash;)
            to++;
        while (values[slot] != 0)
            slot = slot + 1 == size ? 0 : slot + 1;
        keys[slot] = entries[from].hash;
        values[slot] = value(work, entries, from, to, kept);
    }
    work->no_memory = work->no_memory || keys == NULL || values == NULL || kept == NULL || list->status != CNIL_OK;
    if (!work->no_memory) {
        push(&work->sections[keys_section], keys, size * sizeof(*keys));
        push(&work->sections[values_section], values, size * sizeof(*values));
    }
    free(keys);
    free(values);
    free(kept);
    return !work->no_memory;
}

static bool build_hosts(struct work *work, enum cnil_filter_index index)
{
    return build_table(work, &work->hosts[index], host_value, CNIL_FILTER_TABLE(index, CNIL_FILTER_HOST_KEYS),
                       CNIL_FILTER_TABLE(index, CNIL_FILTER_HOST_VALUES)) &&
           build_table(work, &work->pages, page_value, CNIL_FILTER_TABLE(index, CNIL_FILTER_PAGE_KEYS),
                       CNIL_FILTER_TABLE(index, CNIL_FILTER_PAGE_VALUES));
}

struct lead { /* from a token to a rule */
    uint32_t hash, rule;
};

static int by_lead(const void *left, const void *right)
{
    const struct lead *a = left, *b = right;

    return a->hash != b->hash ? (a->hash > b->hash) - (a->hash < b->hash) : (a->rule > b->rule) - (a->rule < b->rule);
}

static void write_tokens(struct work *work, enum cnil_filter_index index, const struct lead *leads, size_t count,
                         struct cnil_filter_token *slots, uint32_t size, unsigned char *bits, uint32_t *numbers)
{
    for (size_t from = 0, to; from < count; from = to) {
        uint32_t mixed = cnil_filter_token_bits(leads[from].hash), slot = mixed & (size - 1);

        for (to = from; to < count && leads[to].hash == leads[from].hash; to++)
            numbers[to - from] = leads[to].rule;
        while (slots[slot].chain != 0)
            slot = (slot + 1) & (size - 1);
        slots[slot] = (struct cnil_filter_token){ leads[from].hash, push_chain(work, numbers, to - from) };
        bits[mixed / 8] |= (unsigned char)(1 << mixed % 8);
    }
    push(&work->sections[CNIL_FILTER_TABLE(index, CNIL_FILTER_TOKENS)], slots, size * sizeof(*slots));
    push(&work->sections[CNIL_FILTER_TABLE(index, CNIL_FILTER_TOKEN_BITS)], bits, CNIL_FILTER_BITMAP);
}

/* A rule whose best token is in most URLs, or that has none, waits with the pages that it names. False: it names none,
 * or not all of them by their hosts. */
static bool index_by_pages(struct work *work, uint32_t number)
{
    const struct cnil_filter_rule *rule = (const struct cnil_filter_rule *)(const void *)work->all.ptr + number;
    const uint64_t *set = (const void *)work->sections[CNIL_FILTER_DOMAINS].ptr;
    struct cnil_filter_set head;

    if (rule->pages == 0)
        return false;
    memcpy(&head, set + rule->pages - 1, sizeof(head));
    if (head.hosts == 0 || head.entities > 0)
        return false;
    for (size_t i = 0; i < head.hosts; i++) {
        struct host_entry entry = { set[rule->pages + head.not_hosts + head.not_entities + i], number };

        push(&work->pages, &entry, sizeof(entry));
    }
    return true;
}

static bool build_tokens(struct work *work, enum cnil_filter_index index)
{
    const uint32_t *loose = (const void *)work->loose[index].ptr;
    struct cnil_filter_rule *all = (void *)work->all.ptr;
    size_t count = work->loose[index].len / sizeof(*loose), found = 0;
    uint32_t size = 16;
    struct lead *leads = calloc(count + 1, sizeof(*leads));
    uint32_t *numbers = calloc(count + 1, sizeof(*numbers));
    unsigned char *bits = calloc(1, CNIL_FILTER_BITMAP);
    struct cnil_filter_token *slots;

    cnil_buffer_clear(&work->pages);
    while (size < 2 * count)
        size *= 2;
    slots = calloc(size, sizeof(*slots));
    work->no_memory = work->no_memory || leads == NULL || numbers == NULL || bits == NULL || slots == NULL;
    for (size_t i = 0; i < count && !work->no_memory; i++) {
        struct choice choice = { .counts = work->counts, .weight = NEVER };
        struct cnil_filter_rule *rule = &all[loose[i]];

        visit_tokens(work, rule, choose_token, &choice);
        rule->token_at = choice.weight < NEVER && rule->regex == 0 ? (uint16_t)choice.best.at : CNIL_FILTER_NOWHERE;
        rule->flags |= choice.weight < NEVER && choice.best.starred ? CNIL_FILTER_STARRED : 0;
        if (choice.weight >= COMMON_WEIGHT && index_by_pages(work, loose[i]))
            continue;
        if (choice.weight < NEVER) {
            leads[found++] = (struct lead){ choice.best.hash, loose[i] };
        } else {
            uint32_t number = record(work, loose[i]);

            push(&work->sections[CNIL_FILTER_TABLE(index, CNIL_FILTER_SCAN)], &number, sizeof(number));
        }
    }
    if (!work->no_memory) {
        qsort(leads, found, sizeof(*leads), by_lead);
        write_tokens(work, index, leads, found, slots, size, bits, numbers);
    }
    free(leads);
    free(numbers);
    free(bits);
    free(slots);
    return !work->no_memory;
}

/* ---- the image ---- */

static bool sha256(struct cnil_str bytes, unsigned char digest[32])
{
    return EVP_Digest(bytes.ptr, bytes.len, digest, NULL, EVP_sha256(), NULL) == 1;
}

static void align(struct cnil_buffer *image)
{
    static const char zeros[CNIL_FILTER_ALIGN];

    if (image->len % CNIL_FILTER_ALIGN != 0)
        push(image, zeros, CNIL_FILTER_ALIGN - image->len % CNIL_FILTER_ALIGN);
}

static void write_image(struct work *work, struct cnil_buffer *image)
{
    struct cnil_filter_header header = { .version = CNIL_FILTER_VERSION, .order = CNIL_FILTER_ORDER };
    size_t skipped = offsetof(struct cnil_filter_header, rest);

    memcpy(header.magic, CNIL_FILTER_MAGIC, sizeof(header.magic));
    push(image, &header, sizeof(header));
    for (size_t i = 0; i < CNIL_FILTER_SECTIONS; i++) {
        struct cnil_str section = cnil_buffer_str(&work->sections[i]);

        align(image);
        header.rest[2 * i] = image->len;
        header.rest[2 * i + 1] = section.len;
        cnil_buffer_append(image, section);
        if (work->sections[i].status != CNIL_OK && image->status == CNIL_OK)
            image->status = work->sections[i].status;
        cnil_buffer_free(&work->sections[i]);
    }
    header.rest[2 * CNIL_FILTER_SECTIONS] = work->regexes;
    header.size = image->len;
    if (image->status != CNIL_OK)
        return;
    memcpy(image->ptr, &header, sizeof(header));
    if (sha256(cnil_str_slice(cnil_buffer_str(image), skipped, image->len), header.digest))
        memcpy(image->ptr, &header, sizeof(header));
    else
        image->status = CNIL_NO_MEMORY;
}

static bool open_work(struct work *work, size_t limit)
{
    struct cnil_buffer *const buffers[] = { &work->all, &work->sets, &work->taken_back, &work->hashes, &work->pages };

    for (size_t i = 0; i < CNIL_FILTER_SECTIONS; i++)
        cnil_buffer_init(&work->sections[i], limit);
    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
        cnil_buffer_init(buffers[i], limit);
    for (size_t i = 0; i < CNIL_FILTER_INDEXES; i++) {
        cnil_buffer_init(&work->hosts[i], limit);
        cnil_buffer_init(&work->loose[i], limit);
    }
    work->room = malloc(CNIL_LIMIT_LIST_LINE);
    work->counts = calloc(COUNTS, sizeof(*work->counts));
    return work->room != NULL && work->counts != NULL;
}

/* The first thing that went wrong. */
static enum cnil_status close_work(struct work *work)
{
    struct cnil_buffer *const buffers[] = { &work->all,      &work->sets,     &work->taken_back, &work->hashes,
                                            &work->pages,    &work->hosts[0], &work->hosts[1],   &work->hosts[2],
                                            &work->loose[0], &work->loose[1], &work->loose[2] };
    enum cnil_status status = work->no_memory ? CNIL_NO_MEMORY : CNIL_OK;

    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++) {
        if (status == CNIL_OK)
            status = buffers[i]->status;
        cnil_buffer_free(buffers[i]);
    }
    for (size_t i = 0; i < CNIL_FILTER_SECTIONS; i++) {
        if (status == CNIL_OK)
            status = work->sections[i].status;
        cnil_buffer_free(&work->sections[i]);
    }
    free(work->numbers);
    free(work->counts);
    free(work->room);
    return status;
}

static bool is_whole_so_far(const struct work *work)
{
    bool good = !work->no_memory && work->all.status == CNIL_OK &&
                work->sections[CNIL_FILTER_STRINGS].status == CNIL_OK &&
                work->sections[CNIL_FILTER_TEXTS].status == CNIL_OK;

    for (size_t i = 0; i < CNIL_FILTER_INDEXES; i++)
        good = good && work->hosts[i].status == CNIL_OK && work->loose[i].status == CNIL_OK;
    return good;
}

static bool read_sources(struct work *work)
{
    for (unsigned pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < work->source_count; i++)
            read_source(work, (unsigned)i, pass == 0);
    for (size_t i = 0; i < work->source_count; i++) {
        struct cnil_filter_source_record *source = &work->records[i];

        source->name = push_string(work, work->sources[i].name);
        source->name_len = (uint32_t)work->sources[i].name.len;
        work->no_memory = work->no_memory || !sha256(work->sources[i].text, source->digest);
        push(&work->sections[CNIL_FILTER_SOURCES], source, sizeof(*source));
    }
    return is_whole_so_far(work);
}

static bool build_tables(struct work *work)
{
    const struct cnil_filter_rule *all = (const void *)work->all.ptr;
    const uint32_t first = CNIL_FILTER_LAST; /* no chain begins at 0, which says that a slot is free */

    push(&work->sections[CNIL_FILTER_CHAINS], &first, sizeof(first));
    work->numbers = calloc(work->all.len / sizeof(*all) + 1, sizeof(*work->numbers));
    if (work->numbers == NULL) {
        work->no_memory = true;
        return false;
    }
    weigh_common_words(work->counts);
    for (size_t i = 0; i < CNIL_FILTER_INDEXES; i++)
        for (size_t j = 0; j < work->loose[i].len / sizeof(uint32_t); j++)
            visit_tokens(work, &all[((const uint32_t *)(const void *)work->loose[i].ptr)[j]], count_token,
                         work->counts);
    for (enum cnil_filter_index i = 0; i < CNIL_FILTER_INDEXES; i++)
        if (!build_tokens(work, i) || !build_hosts(work, i))
            return false;
    return !work->no_memory;
}

enum cnil_status cnil_filter_compile(const struct cnil_filter_source *sources, size_t count,
                                     cnil_filter_dropped *dropped, void *data, struct cnil_buffer *image)
{
    struct work work = { .sources = sources, .source_count = count, .dropped = dropped, .data = data };
    enum cnil_status status;

    if (count > CNIL_LIMIT_LIST_SOURCES)
        return CNIL_TOO_LARGE;
    if (!open_work(&work, image->limit))
        work.no_memory = true;
    else if (read_sources(&work) && build_tables(&work))
        write_image(&work, image);
    status = close_work(&work);
    return status != CNIL_OK ? status : cnil_buffer_status(image);
}
