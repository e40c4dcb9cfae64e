/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/filter_list.h"

#include "base/hash.h"
#include "base/limits.h"
#include "policy/script_pattern.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* An expression may not stop the server: past these a rule that blocks counts as a match, one that excepts does not. */
enum { REGEX_MATCH_LIMIT = 50000, REGEX_HEAP_LIMIT_KIB = 1024 };

#define UNKNOWN SIZE_MAX /* for where a token stands */

struct index {
    const uint64_t *keys;
    const uint32_t *values;
    uint32_t host_size;
    const unsigned char *bits;
    const struct cnil_filter_token *tokens;
    uint32_t token_mask;
    const uint64_t *page_keys;
    const uint32_t *page_values;
    uint32_t page_size;
    const uint32_t *scan;
    size_t scan_count;
};

struct cnil_filter_list {
    size_t owners; /* beside the first */
    struct cnil_str image;
    void *mapping; /* NULL: the image is the caller's */
    const struct cnil_filter_header *header;
    const struct cnil_filter_source_record *sources;
    const char *strings, *texts;
    const uint64_t *domains;
    const struct cnil_filter_rule *rules;
    const uint32_t *chains;
    size_t source_count, strings_size, texts_size, domain_count, rule_count, chain_count, regex_count;
    uint32_t every_source;
    struct index indexes[CNIL_FILTER_INDEXES];
    pcre2_code **regexes;
    pcre2_match_context *limits;
};

/* ---- loading ---- */

static void mistake(struct cnil_errors *errors, const char *name, const char *sentence)
{
    cnil_errors_add(errors, name, 0, 0, NULL, "%s", sentence);
}

/* A section as an array of `size` bytes each; false: it is not one. */
static bool section(const struct cnil_filter_list *list, unsigned number, size_t size, const void *start, size_t *count)
{
    uint64_t from = list->header->rest[2 * number], len = list->header->rest[2 * number + 1];

    if (from % CNIL_FILTER_ALIGN != 0 || from > list->image.len || len > list->image.len - from || len % size != 0)
        return false;
    *(const void **)start = list->image.ptr + from;
    *count = len / size;
    return true;
}

static bool find_index(struct cnil_filter_list *list, enum cnil_filter_index number)
{
    struct index *index = &list->indexes[number];
    size_t keys, values, page_keys, page_values, bits, tokens;

    if (!section(list, CNIL_FILTER_TABLE(number, CNIL_FILTER_HOST_KEYS), 8, &index->keys, &keys) ||
        !section(list, CNIL_FILTER_TABLE(number, CNIL_FILTER_HOST_VALUES), 4, &index->values, &values) ||
        !section(list, CNIL_FILTER_TABLE(number, CNIL_FILTER_TOKEN_BITS), 1, &index->bits, &bits) ||
        !section(list, CNIL_FILTER_TABLE(number, CNIL_FILTER_TOKENS), sizeof(*index->tokens), &index->tokens,
                 &tokens) ||
        !section(list, CNIL_FILTER_TABLE(number, CNIL_FILTER_PAGE_KEYS), 8, &index->page_keys, &page_keys) ||
        !section(list, CNIL_FILTER_TABLE(number, CNIL_FILTER_PAGE_VALUES), 4, &index->page_values, &page_values) ||
        !section(list, CNIL_FILTER_TABLE(number, CNIL_FILTER_SCAN), 4, &index->scan, &index->scan_count))
        return false;
    if (keys == 0 || keys != values || page_keys == 0 || page_keys != page_values || bits != CNIL_FILTER_BITMAP ||
        tokens == 0 || (tokens & (tokens - 1)) != 0)
        return false;
    index->host_size = (uint32_t)keys;
    index->page_size = (uint32_t)page_keys;
    index->token_mask = (uint32_t)tokens - 1;
    return true;
}

static bool find_sections(struct cnil_filter_list *list)
{
    if (!section(list, CNIL_FILTER_SOURCES, sizeof(*list->sources), &list->sources, &list->source_count) ||
        !section(list, CNIL_FILTER_STRINGS, 1, &list->strings, &list->strings_size) ||
        !section(list, CNIL_FILTER_TEXTS, 1, &list->texts, &list->texts_size) ||
        !section(list, CNIL_FILTER_DOMAINS, 8, &list->domains, &list->domain_count) ||
        !section(list, CNIL_FILTER_RULES, sizeof(*list->rules), &list->rules, &list->rule_count) ||
        !section(list, CNIL_FILTER_CHAINS, 4, &list->chains, &list->chain_count))
        return false;
    for (enum cnil_filter_index i = 0; i < CNIL_FILTER_INDEXES; i++)
        if (!find_index(list, i))
            return false;
    list->regex_count = list->header->rest[2 * CNIL_FILTER_SECTIONS];
    return list->source_count > 0 && list->source_count <= CNIL_LIMIT_LIST_SOURCES &&
           list->regex_count <= CNIL_LIMIT_LIST_REGEXES;
}

static bool text_is_good(const struct cnil_filter_list *list, size_t place)
{
    struct cnil_filter_text head;

    if (place > list->texts_size || list->texts_size - place < sizeof(head))
        return false;
    memcpy(&head, list->texts + place, sizeof(head));
    return head.source < list->source_count && list->texts_size - place - sizeof(head) >= head.len;
}

static bool set_is_good(const struct cnil_filter_list *list, uint32_t place)
{
    struct cnil_filter_set head;

    if (place == 0)
        return true;
    if (place > list->domain_count)
        return false;
    memcpy(&head, &list->domains[place - 1], sizeof(head));
    return list->domain_count - place >= (size_t)head.not_hosts + head.not_entities + head.hosts + head.entities;
}

static bool rule_is_good(const struct cnil_filter_list *list, const struct cnil_filter_rule *rule)
{
    return rule->pattern <= list->strings_size && list->strings_size - rule->pattern >= rule->pattern_len &&
           (rule->token_at < rule->pattern_len || rule->token_at == CNIL_FILTER_NOWHERE || rule->token_at == 0) &&
           rule->source < list->source_count && text_is_good(list, rule->text) && set_is_good(list, rule->pages) &&
           set_is_good(list, rule->targets) && rule->regex <= list->regex_count;
}

static bool sources_are_good(const struct cnil_filter_list *list)
{
    for (size_t i = 0; i < list->source_count; i++)
        if (list->sources[i].name > list->strings_size ||
            list->strings_size - list->sources[i].name < list->sources[i].name_len)
            return false;
    return true;
}

/* Every chain ends, and leads to rules that are there. */
static bool chains_are_good(const struct cnil_filter_list *list)
{
    for (size_t i = 1; i < list->chain_count; i++)
        if ((list->chains[i] & ~CNIL_FILTER_LAST) >= list->rule_count)
            return false;
    return list->chain_count > 0 && (list->chains[list->chain_count - 1] & CNIL_FILTER_LAST) != 0;
}

/* Searches end at a free slot: there must be one. */
static bool index_is_good(const struct cnil_filter_list *list, const struct index *index)
{
    bool free_host = false, free_page = false, free_token = false;

    for (uint32_t i = 0; i < index->host_size; i++) {
        uint32_t value = index->values[i];

        free_host = free_host || value == 0;
        if ((value & CNIL_FILTER_HOST_ANY) != 0 ? !text_is_good(list, 4 * (size_t)(value & CNIL_FILTER_HOST_PAYLOAD))
                                                : value >= list->chain_count)
            return false;
    }
    for (uint32_t i = 0; i < index->page_size; i++) {
        free_page = free_page || index->page_values[i] == 0;
        if (index->page_values[i] >= list->chain_count)
            return false;
    }
    for (uint32_t i = 0; i <= index->token_mask; i++) {
        free_token = free_token || index->tokens[i].chain == 0;
        if (index->tokens[i].chain >= list->chain_count)
            return false;
    }
    for (size_t i = 0; i < index->scan_count; i++)
        if (index->scan[i] >= list->rule_count)
            return false;
    return free_host && free_page && free_token;
}

static bool content_is_good(const struct cnil_filter_list *list)
{
    for (size_t i = 0; i < list->rule_count; i++)
        if (!rule_is_good(list, &list->rules[i]))
            return false;
    for (size_t i = 0; i < CNIL_FILTER_INDEXES; i++)
        if (!index_is_good(list, &list->indexes[i]))
            return false;
    return sources_are_good(list) && chains_are_good(list);
}

static bool digest_is_good(const struct cnil_filter_list *list)
{
    const char *start = (const char *)list->header->rest;
    unsigned char digest[32];

    return EVP_Digest(start, list->image.len - (size_t)(start - list->image.ptr), digest, NULL, EVP_sha256(), NULL) ==
               1 &&
           memcmp(digest, list->header->digest, sizeof(digest)) == 0;
}

/* A few dozen at most: they are compiled here, so that no question has to. */
static bool compile_regexes(struct cnil_filter_list *list, const char *name, struct cnil_errors *errors)
{
    if (list->regex_count == 0)
        return true;
    list->regexes = calloc(list->regex_count, sizeof(list->regexes[0]));
    list->limits = pcre2_match_context_create(NULL);
    if (list->regexes == NULL || list->limits == NULL)
        return false;
    pcre2_set_match_limit(list->limits, REGEX_MATCH_LIMIT);
    pcre2_set_heap_limit(list->limits, REGEX_HEAP_LIMIT_KIB);
    for (size_t i = 0; i < list->rule_count; i++) {
        const struct cnil_filter_rule *rule = &list->rules[i];
        pcre2_code **code;
        PCRE2_SIZE offset;
        int error;

        if (rule->regex == 0)
            continue;
        code = &list->regexes[rule->regex - 1];
        if (*code != NULL)
            continue;
        if (rule->pattern_len <= CNIL_LIMIT_LIST_REGEX)
            *code = pcre2_compile((PCRE2_SPTR)(list->strings + rule->pattern), rule->pattern_len,
                                  CNIL_FILTER_PCRE2((rule->flags & CNIL_FILTER_CASE) != 0), &error, &offset, NULL);
        if (*code == NULL && rule->pattern_len <= CNIL_LIMIT_LIST_REGEX &&
            (error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAP_FAILED))
            return false;
        if (*code == NULL) {
            mistake(errors, name, "this PCRE2 does not take an expression in it: build the list again");
            return false;
        }
    }
    return true;
}

/* NULL: it begins as a compiled list of this version. */
static const char *what_is_wrong(const struct cnil_filter_header *header, size_t size)
{
    if (size < sizeof(header->magic) || memcmp(header->magic, CNIL_FILTER_MAGIC, sizeof(header->magic)) != 0)
        return "is not a compiled filter list: build one with \"cnil lists build\"";
    if (size < sizeof(*header))
        return "is cut short";
    if (header->order != CNIL_FILTER_ORDER)
        return "was built on a machine of the other byte order: build it here";
    if (header->version != CNIL_FILTER_VERSION)
        return "was built by another version of cnil: build it again";
    return header->size > size ? "is cut short" : header->size < size ? "has bytes behind its end" : NULL;
}

struct cnil_filter_list *cnil_filter_list_open(struct cnil_str image, const char *name, struct cnil_errors *errors)
{
    const struct cnil_filter_header *header = (const void *)image.ptr;
    const char *wrong = what_is_wrong(header, image.len);
    struct cnil_filter_list *list;

    if (wrong != NULL) {
        mistake(errors, name, wrong);
        return NULL;
    }
    list = calloc(1, sizeof(*list));
    if (list == NULL)
        return NULL;
    list->image = image;
    list->header = header;
    if (!digest_is_good(list) || !find_sections(list) || !content_is_good(list)) {
        mistake(errors, name, "is damaged: build it again");
        cnil_filter_list_free(list);
        return NULL;
    }
    for (size_t i = 0; i < list->source_count; i++)
        list->every_source |= (uint32_t)1 << i;
    if (!compile_regexes(list, name, errors)) {
        cnil_filter_list_free(list);
        return NULL;
    }
    return list;
}

struct cnil_filter_list *cnil_filter_list_load(const char *path, struct cnil_errors *errors)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for its writer */
    struct cnil_filter_list *list = NULL;
    struct stat status;
    void *mapping;

    if (file < 0 || fstat(file, &status) != 0) {
        cnil_errors_add(errors, path, 0, 0, NULL, "cannot be read: %s", strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        mistake(errors, path, "is not a regular file");
    } else if (status.st_size > CNIL_LIMIT_LIST_FILE) {
        cnil_errors_add(errors, path, 0, 0, NULL, "a compiled filter list may have %d bytes at most",
                        CNIL_LIMIT_LIST_FILE);
    } else if (status.st_size == 0) {
        mistake(errors, path, what_is_wrong(NULL, 0));
    } else {
        mapping = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
        if (mapping == MAP_FAILED) {
            cnil_errors_add(errors, path, 0, 0, NULL, "cannot be mapped: %s", strerror(errno));
        } else {
            list = cnil_filter_list_open((struct cnil_str){ mapping, (size_t)status.st_size }, path, errors);
            if (list != NULL)
                list->mapping = mapping;
            else
                munmap(mapping, (size_t)status.st_size);
        }
    }
    if (file >= 0)
        close(file);
    if (list != NULL) /* all of it was read to check it; now only what questions ask for need be in memory */
        madvise(list->mapping, list->image.len, MADV_DONTNEED);
    return list;
}

struct cnil_filter_list *cnil_filter_list_share(struct cnil_filter_list *list)
{
    list->owners++;
    return list;
}

void cnil_filter_list_free(struct cnil_filter_list *list)
{
    if (list == NULL || list->owners-- > 0)
        return;
    for (size_t i = 0; list->regexes != NULL && i < list->regex_count; i++)
        pcre2_code_free(list->regexes[i]);
    free(list->regexes);
    pcre2_match_context_free(list->limits);
    if (list->mapping != NULL)
        munmap(list->mapping, list->image.len);
    free(list);
}

/* ---- what it is ---- */

struct cnil_str cnil_filter_list_digest(const struct cnil_filter_list *list)
{
    return (struct cnil_str){ (const char *)list->header->digest, sizeof(list->header->digest) };
}

size_t cnil_filter_list_source_count(const struct cnil_filter_list *list)
{
    return list->source_count;
}

struct cnil_filter_source_info cnil_filter_list_source(const struct cnil_filter_list *list, size_t index)
{
    const struct cnil_filter_source_record *source = &list->sources[index];

    return (struct cnil_filter_source_info){ .name = { list->strings + source->name, source->name_len },
                                             .lines = source->lines,
                                             .cosmetic = source->cosmetic,
                                             .rules = source->rules,
                                             .kept = source->kept,
                                             .dropped = source->dropped };
}

size_t cnil_filter_list_cold_size(const struct cnil_filter_list *list)
{
    return list->texts_size + list->source_count * sizeof(*list->sources);
}

size_t cnil_filter_list_hot_size(const struct cnil_filter_list *list)
{
    return list->image.len - cnil_filter_list_cold_size(list);
}

static struct cnil_str text_at(const struct cnil_filter_list *list, size_t place, unsigned *source)
{
    struct cnil_filter_text head;

    memcpy(&head, list->texts + place, sizeof(head));
    *source = head.source;
    return (struct cnil_str){ list->texts + place + sizeof(head), head.len };
}

/* ---- the question ---- */

static size_t hash_labels(struct cnil_str host, uint64_t hashes[CNIL_FILTER_LABELS])
{
    uint64_t hash = CNIL_HASH_SEED;
    size_t count = 0;

    for (size_t i = host.len; i > 0 && count < CNIL_FILTER_LABELS; i--) {
        hash = cnil_hash_roll(hash, host.ptr[i - 1]);
        if (i == 1 || host.ptr[i - 2] == '.')
            hashes[count++] = hash;
    }
    return count;
}

void cnil_filter_page_init(struct cnil_filter_page *page, struct cnil_str host, struct cnil_str site)
{
    size_t label = cnil_str_find_byte(site, '.'); /* what follows it is the public suffix */
    struct cnil_str name = CNIL_STR_EMPTY;

    if (label < site.len && cnil_str_ends_with(host, site))
        name = cnil_str_slice(host, 0, host.len - (site.len - label));
    page->host = host;
    page->host_count = hash_labels(host, page->hosts);
    page->name_count = hash_labels(name, page->names);
}

void cnil_filter_request_init(struct cnil_filter_request *request, const struct cnil_filter_page *page,
                              const struct cnil_url *url)
{
    const char *end = url->query.ptr != NULL ? url->query.ptr + url->query.len : url->path.ptr + url->path.len;

    *request = (struct cnil_filter_request){ .page = page };
    request->url = cnil_str_slice(url->href, 0, (size_t)(end - url->href.ptr));
    request->host = (size_t)(url->host.ptr - url->href.ptr);
    request->host_end = request->host + url->host.len;
    request->host_len = url->host.len - (cnil_str_ends_with(url->host, CNIL_STR(".")) ? 1 : 0);
}

/* ---- one rule ---- */

struct search {
    const struct cnil_filter_list *list;
    const struct cnil_filter_request *request;
    const struct index *index;
    struct cnil_filter_match *match;
    uint32_t wanted; /* sources that were not found yet */
    bool whole_host; /* only what holds whatever the path */
    bool excepts;    /* the rules are exceptions */
};

static void found(struct search *search, unsigned source, size_t text)
{
    if (search->match->text.len == 0)
        search->match->text = text_at(search->list, text, &source);
    search->match->sources |= (uint32_t)1 << source;
    search->wanted &= ~((uint32_t)1 << source);
    if (search->excepts)
        search->wanted = 0; /* one is enough */
}

static bool is_in(const uint64_t *sorted, size_t count, uint64_t hash)
{
    while (count > 0) {
        size_t half = count / 2;

        if (sorted[half] == hash)
            return true;
        if (sorted[half] < hash) {
            sorted += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return false;
}

static bool holds_any(const uint64_t *sorted, size_t count, const uint64_t *hashes, size_t hash_count)
{
    for (size_t i = 0; i < hash_count && count > 0; i++)
        if (is_in(sorted, count, hashes[i]))
            return true;
    return false;
}

static bool set_allows(const struct cnil_filter_list *list, uint32_t place, const uint64_t *hosts, size_t host_count,
                       const uint64_t *names, size_t name_count)
{
    const uint64_t *hashes = &list->domains[place];
    struct cnil_filter_set head;

    memcpy(&head, &list->domains[place - 1], sizeof(head));
    if (holds_any(hashes, head.not_hosts, hosts, host_count))
        return false;
    hashes += head.not_hosts;
    if (holds_any(hashes, head.not_entities, names, name_count))
        return false;
    hashes += head.not_entities;
    return head.hosts + head.entities == 0 || holds_any(hashes, head.hosts, hosts, host_count) ||
           holds_any(hashes + head.hosts, head.entities, names, name_count);
}

static bool fits(const struct search *search, const struct cnil_filter_rule *rule)
{
    unsigned party = search->request->third_party ? CNIL_FILTER_THIRD : CNIL_FILTER_FIRST;

    return (rule->types & search->request->types) != 0 && (rule->flags & party) != 0 &&
           (search->wanted >> rule->source & 1) != 0;
}

static bool fits_domains(const struct search *search, const struct cnil_filter_rule *rule)
{
    const struct cnil_filter_request *request = search->request;
    const struct cnil_filter_page *page = request->page;
    uint64_t targets[CNIL_FILTER_LABELS];
    size_t count;

    if (rule->pages != 0 &&
        !set_allows(search->list, rule->pages, page->hosts, page->host_count, page->names, page->name_count))
        return false;
    if (rule->targets == 0)
        return true;
    count = hash_labels((struct cnil_str){ request->url.ptr + request->host, request->host_len }, targets);
    return set_allows(search->list, rule->targets, targets, count, NULL, 0);
}

/* "^": any byte that does not stand in a name or number. */
static bool is_separator(char c)
{
    return !cnil_is_alpha(c) && !cnil_is_digit(c) && c != '_' && c != '-' && c != '.' && c != '%';
}

/* Does `piece`, which has no "*", stand at `*at`? Moves `*at` behind it. A "^" may stand for the end of the URL. */
static bool stands_at(struct cnil_str url, size_t *at, const char *piece, size_t len, bool match_case)
{
    size_t place = *at;

    for (size_t i = 0; i < len; i++) {
        char c;

        if (place >= url.len) {
            if (piece[i] != '^')
                return false;
            continue;
        }
        c = url.ptr[place++];
        if (piece[i] == '^' ? !is_separator(c) : piece[i] != (match_case ? c : cnil_lower(c)))
            return false;
    }
    *at = place;
    return true;
}

/* Moves `*at` behind the first place, from it on, where the piece stands. */
static bool find_piece(struct cnil_str url, size_t *at, const char *piece, size_t len, bool match_case)
{
    bool plain = len > 0 && *piece != '^' && !cnil_is_alpha(*piece); /* one byte begins it, and no other */

    for (size_t place = *at; place <= url.len; place++) {
        if (plain) {
            const char *next = place < url.len ? memchr(url.ptr + place, *piece, url.len - place) : NULL;

            if (next == NULL)
                return false;
            place = (size_t)(next - url.ptr);
        }
        *at = place;
        if (stands_at(url, at, piece, len, match_case))
            return true;
    }
    return false;
}

/* A last piece that must end where the URL ends: a "^" at its end may be missing there. */
static bool stands_last(struct cnil_str url, size_t from, const char *piece, size_t len, bool match_case)
{
    for (size_t place = url.len > from + len ? url.len - len : from; place <= url.len; place++) {
        size_t at = place;

        if (stands_at(url, &at, piece, len, match_case) && at == url.len)
            return true;
    }
    return false;
}

static size_t piece_length(const char *pattern, size_t len)
{
    const char *star = len > 0 ? memchr(pattern, '*', len) : NULL;

    return star != NULL ? (size_t)(star - pattern) : len;
}

/* Does the whole pattern match with its beginning at `at`? */
static bool matches_at(const struct search *search, const struct cnil_filter_rule *rule, size_t at)
{
    struct cnil_str url = search->request->url;
    const char *pattern = search->list->strings + rule->pattern;
    size_t left = rule->pattern_len, len = piece_length(pattern, left);
    bool match_case = (rule->flags & CNIL_FILTER_CASE) != 0, right = (rule->flags & CNIL_FILTER_RIGHT) != 0;

    if (!stands_at(url, &at, pattern, len, match_case))
        return false;
    if (len == left)
        return !right || at == url.len;
    while (len < left) { /* behind a "*": the first place is the best one */
        pattern += len + 1;
        left -= len + 1;
        len = piece_length(pattern, left);
        if (right && len == left)
            return stands_last(url, at, pattern, len, match_case);
        if (!find_piece(url, &at, pattern, len, match_case))
            return false;
    }
    return true;
}

static bool is_label_start(const struct cnil_filter_request *request, size_t at)
{
    return at == request->host || (at > request->host && at < request->host_end && request->url.ptr[at - 1] == '.');
}

/* Does the first byte of the pattern stand where it must? Most candidates end here. */
static inline bool may_begin(const struct search *search, const struct cnil_filter_rule *rule, size_t at)
{
    struct cnil_str url = search->request->url;
    char first = search->list->strings[rule->pattern];

    return at >= url.len || rule->pattern_len == 0 || first == '^' || first == '*' ||
           cnil_lower(first) == cnil_lower(url.ptr[at]);
}

static bool matches_anywhere(const struct search *search, const struct cnil_filter_rule *rule)
{
    const struct cnil_filter_request *request = search->request;
    const char *pattern = search->list->strings + rule->pattern;
    size_t from = 0, to = request->url.len, len = piece_length(pattern, rule->pattern_len);

    if ((rule->flags & CNIL_FILTER_LEFT) != 0)
        to = 0;
    if ((rule->flags & CNIL_FILTER_LABEL) != 0) {
        from = request->host;
        to = request->host_end;
    }
    for (size_t at = from; at <= to; at++) {
        size_t end = at;

        if (!may_begin(search, rule, at) || ((rule->flags & CNIL_FILTER_LABEL) != 0 && !is_label_start(request, at)) ||
            !stands_at(request->url, &end, pattern, len, (rule->flags & CNIL_FILTER_CASE) != 0))
            continue;
        if (len < rule->pattern_len) /* where the rest does not follow the first place, it follows no later one */
            return matches_at(search, rule, at);
        if (matches_at(search, rule, at))
            return true;
    }
    return false;
}

/* Does the piece between two "*" that the token is of stand where the token does? */
static bool token_piece_stands(const struct search *search, const struct cnil_filter_rule *rule, size_t token)
{
    const char *pattern = search->list->strings + rule->pattern;
    size_t from = rule->token_at, at;

    while (from > 0 && pattern[from - 1] != '*')
        from--;
    if (rule->token_at - from > token)
        return false;
    at = token - (rule->token_at - from);
    return stands_at(search->request->url, &at, pattern + from, piece_length(pattern + from, rule->pattern_len - from),
                     (rule->flags & CNIL_FILTER_CASE) != 0);
}

/* Does the pattern match so that its token stands at `token` (UNKNOWN: anywhere)? */
static bool matches_by_token(const struct search *search, const struct cnil_filter_rule *rule, size_t token)
{
    size_t at = token - rule->token_at;

    if (token == UNKNOWN || rule->token_at == CNIL_FILTER_NOWHERE)
        return matches_anywhere(search, rule);
    if ((rule->flags & CNIL_FILTER_STARRED) != 0)
        return token_piece_stands(search, rule, token) && matches_anywhere(search, rule);
    if (rule->token_at > token || ((rule->flags & CNIL_FILTER_LEFT) != 0 && at != 0) ||
        ((rule->flags & CNIL_FILTER_LABEL) != 0 && !is_label_start(search->request, at)))
        return false;
    return may_begin(search, rule, at) && matches_at(search, rule, at);
}

static bool matches_regex(const struct search *search, const struct cnil_filter_rule *rule)
{
    struct cnil_str url = search->request->url;
    pcre2_code *code = search->list->regexes[rule->regex - 1];
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int result = PCRE2_ERROR_NOMEMORY;

    if (data != NULL)
        result = pcre2_match(code, (PCRE2_SPTR)url.ptr, url.len, 0, 0, data, search->list->limits);
    pcre2_match_data_free(data);
    return result >= 0 || (result != PCRE2_ERROR_NOMATCH && !search->excepts);
}

/* A rule that no host leads to; `token`: where its token stands. */
static void try_pattern(struct search *search, uint32_t number, size_t token)
{
    const struct cnil_filter_rule *rule = &search->list->rules[number];

    if (!fits(search, rule))
        return;
    if (rule->regex != 0 ? fits_domains(search, rule) && matches_regex(search, rule)
                         : matches_by_token(search, rule, token) && fits_domains(search, rule))
        found(search, rule->source, rule->text);
}

/* ---- hosts ---- */

/* Does a rule for all of the host, whose name begins at `at`, say nothing because the page is its own? */
static bool is_spared(const struct search *search, size_t at)
{
    const struct cnil_filter_request *request = search->request;
    struct cnil_str host = { request->url.ptr + at, request->host + request->host_len - at };
    struct cnil_str page = request->page->host;

    return request->spare_own && cnil_str_ends_with(page, host) &&
           (page.len == host.len || page.ptr[page.len - host.len - 1] == '.');
}

static void try_host_rule(struct search *search, const struct cnil_filter_rule *rule, size_t at)
{
    if (!fits(search, rule) || (rule->pattern_len > 0 && search->whole_host) ||
        (rule->pattern_len == 0 && is_spared(search, at)))
        return;
    if (matches_at(search, rule, search->request->host_end) && fits_domains(search, rule))
        found(search, rule->source, rule->text);
}

static void try_host(struct search *search, uint32_t value, size_t at)
{
    const struct cnil_filter_list *list = search->list;

    if ((value & CNIL_FILTER_HOST_ANY) != 0) {
        size_t text = 4 * (size_t)(value & CNIL_FILTER_HOST_PAYLOAD);
        unsigned source;

        if ((value & CNIL_FILTER_HOST_THIRD) == CNIL_FILTER_HOST_THIRD && !search->request->third_party)
            return;
        text_at(list, text, &source);
        if ((search->wanted >> source & 1) != 0 && !is_spared(search, at))
            found(search, source, text);
        return;
    }
    for (size_t i = value; search->wanted != 0; i++) {
        try_host_rule(search, &list->rules[list->chains[i] & ~CNIL_FILTER_LAST], at);
        if ((list->chains[i] & CNIL_FILTER_LAST) != 0)
            break;
    }
}

/* 0: the table has nothing of it. */
static uint32_t find_host(const uint64_t *keys, const uint32_t *values, uint32_t size, uint64_t hash)
{
    uint32_t slot = cnil_filter_slot(hash, size);

    while (values[slot] != 0 && keys[slot] != hash)
        slot = slot + 1 == size ? 0 : slot + 1;
    return values[slot];
}

static void search_hosts(struct search *search)
{
    const struct cnil_filter_request *request = search->request;
    const char *url = request->url.ptr;
    uint64_t hash = CNIL_HASH_SEED;

    for (size_t at = request->host + request->host_len; at > request->host && search->wanted != 0;) {
        uint32_t value;

        hash = cnil_hash_roll(hash, url[--at]);
        if (at > request->host && url[at - 1] != '.')
            continue;
        value = find_host(search->index->keys, search->index->values, search->index->host_size, hash);
        if (value != 0)
            try_host(search, value, at);
    }
}

/* ---- patterns ---- */

static void try_chain(struct search *search, size_t place, size_t token)
{
    const uint32_t *chain = search->list->chains + place;

    do
        try_pattern(search, *chain & ~CNIL_FILTER_LAST, token);
    while ((*chain++ & CNIL_FILTER_LAST) == 0 && search->wanted != 0);
}

static void try_token(struct search *search, uint32_t hash, uint32_t mixed, size_t at)
{
    const struct index *index = search->index;
    uint32_t slot = mixed & index->token_mask;

    while (index->tokens[slot].chain != 0 && index->tokens[slot].hash != hash)
        slot = (slot + 1) & index->token_mask;
    if (index->tokens[slot].chain != 0)
        try_chain(search, index->tokens[slot].chain, at);
}

static void search_tokens(struct search *search)
{
    const unsigned char *bits = search->index->bits;
    const char *start = search->request->url.ptr, *end = start + search->request->url.len;

    for (const char *at = start; at < end && search->wanted != 0; at++) {
        unsigned char folded = cnil_filter_fold[(unsigned char)*at];
        uint32_t hash = CNIL_HASH_SEED32, mixed;
        const char *from = at;

        if (folded == 0)
            continue;
        do
            hash = cnil_hash_roll32(hash, (char)folded);
        while (++at < end && (folded = cnil_filter_fold[(unsigned char)*at]) != 0);
        mixed = cnil_filter_token_bits(hash);
        if ((bits[mixed / 8] >> mixed % 8 & 1) != 0)
            try_token(search, hash, mixed, (size_t)(from - start));
    }
}

static void search_patterns(struct search *search)
{
    const struct index *index = search->index;
    const struct cnil_filter_page *page = search->request->page;

    search_tokens(search);
    for (size_t i = 0; i < page->host_count && search->wanted != 0; i++) {
        uint32_t place = find_host(index->page_keys, index->page_values, index->page_size, page->hosts[i]);

        if (place != 0)
            try_chain(search, place, UNKNOWN);
    }
    for (size_t i = 0; i < index->scan_count && search->wanted != 0; i++)
        try_pattern(search, index->scan[i], UNKNOWN);
}

static bool search_index(const struct cnil_filter_list *list, const struct cnil_filter_request *request,
                         enum cnil_filter_index index, unsigned scopes, struct cnil_filter_match *match)
{
    struct search search = { .list = list,
                             .request = request,
                             .index = &list->indexes[index],
                             .match = match,
                             .wanted = list->every_source,
                             .whole_host = (scopes & CNIL_FILTER_WHOLE_HOST) != 0,
                             .excepts = index == CNIL_FILTER_EXCEPT };

    *match = (struct cnil_filter_match){ .sources = 0 };
    if ((scopes & (CNIL_FILTER_OF_HOST | CNIL_FILTER_WHOLE_HOST)) != 0)
        search_hosts(&search);
    if ((scopes & CNIL_FILTER_OF_PATTERN) != 0)
        search_patterns(&search);
    return match->sources != 0;
}

enum cnil_filter_result cnil_filter_list_match(const struct cnil_filter_list *list,
                                               const struct cnil_filter_request *request, unsigned scopes,
                                               bool exceptions, struct cnil_filter_match *match)
{
    unsigned all =
        (scopes & CNIL_FILTER_WHOLE_HOST) != 0 ? CNIL_FILTER_WHOLE_HOST : CNIL_FILTER_OF_HOST | CNIL_FILTER_OF_PATTERN;
    struct cnil_filter_request excepted = *request;
    struct cnil_filter_match exception, important;

    if (!search_index(list, request, CNIL_FILTER_BLOCK, scopes, match))
        return CNIL_FILTER_NONE;
    excepted.spare_own = false;
    if (!exceptions || !search_index(list, &excepted, CNIL_FILTER_EXCEPT, all, &exception))
        return CNIL_FILTER_BLOCKED;
    if (search_index(list, request, CNIL_FILTER_IMPORTANT, scopes, &important)) {
        *match = important;
        return CNIL_FILTER_BLOCKED;
    }
    *match = exception;
    return CNIL_FILTER_EXCEPTED;
}

bool cnil_filter_list_names_host(const struct cnil_filter_list *list, struct cnil_str host)
{
    const struct index *index = &list->indexes[CNIL_FILTER_BLOCK];
    uint64_t hash = CNIL_HASH_SEED;

    for (size_t i = host.len; i > 0; i--) {
        hash = cnil_hash_roll(hash, host.ptr[i - 1]);
        if ((i == 1 || host.ptr[i - 2] == '.') && find_host(index->keys, index->values, index->host_size, hash) != 0)
            return true;
    }
    return false;
}

/* ---- what the guard is told ---- */

struct tour {
    const struct cnil_filter_list *list;
    const struct cnil_filter_page *page;
    cnil_filter_tell *tell;
    void *data;
};

static void tell_whole(const struct tour *tour, struct cnil_filter_told told, uint32_t value)
{
    (void)text_at(tour->list, 4 * (size_t)(value & CNIL_FILTER_HOST_PAYLOAD), &told.source);
    told.flags = CNIL_FILTER_THIRD;
    if ((value & CNIL_FILTER_HOST_THIRD) != CNIL_FILTER_HOST_THIRD)
        told.flags |= CNIL_FILTER_FIRST;
    tour->tell(&told, tour->data);
}

static void tell_rule(const struct tour *tour, struct cnil_filter_told told, uint32_t number)
{
    const struct cnil_filter_page *page = tour->page;

    told.rule = &tour->list->rules[number];
    told.source = told.rule->source;
    told.flags = told.rule->flags;
    if (told.rule->pages == 0 ||
        set_allows(tour->list, told.rule->pages, page->hosts, page->host_count, page->names, page->name_count))
        tour->tell(&told, tour->data);
}

static void tell_chain(const struct tour *tour, struct cnil_filter_told told, size_t place)
{
    const uint32_t *chain = tour->list->chains + place;

    do
        tell_rule(tour, told, *chain & ~CNIL_FILTER_LAST);
    while ((*chain++ & CNIL_FILTER_LAST) == 0);
}

static void tell_index(const struct tour *tour, enum cnil_filter_index number)
{
    const struct index *index = &tour->list->indexes[number];
    struct cnil_filter_told told = { .index = number, .key = CNIL_FILTER_KEY_HOST };

    for (uint32_t i = 0; i < index->host_size; i++) {
        uint32_t value = index->values[i];

        told.host = index->keys[i];
        if ((value & CNIL_FILTER_HOST_ANY) != 0)
            tell_whole(tour, told, value);
        else if (value != 0)
            tell_chain(tour, told, value);
    }
    told.key = CNIL_FILTER_KEY_WORD;
    for (uint32_t i = 0; i <= index->token_mask; i++)
        if (index->tokens[i].chain != 0)
            tell_chain(tour, told, index->tokens[i].chain);
    told.key = CNIL_FILTER_KEY_NONE;
    for (size_t i = 0; i < tour->page->host_count; i++) {
        uint32_t place = find_host(index->page_keys, index->page_values, index->page_size, tour->page->hosts[i]);

        if (place != 0)
            tell_chain(tour, told, place);
    }
    for (size_t i = 0; i < index->scan_count; i++)
        tell_rule(tour, told, index->scan[i]);
}

void cnil_filter_list_each_rule(const struct cnil_filter_list *list, const struct cnil_filter_page *page,
                                cnil_filter_tell *tell, void *data)
{
    const struct tour tour = { list, page, tell, data };

    for (enum cnil_filter_index i = 0; i < CNIL_FILTER_INDEXES; i++)
        tell_index(&tour, i);
}

struct cnil_str cnil_filter_list_pattern(const struct cnil_filter_list *list, const struct cnil_filter_rule *rule)
{
    return (struct cnil_str){ list->strings + rule->pattern, rule->pattern_len };
}

const uint64_t *cnil_filter_list_set(const struct cnil_filter_list *list, uint32_t place, struct cnil_filter_set *head)
{
    memcpy(head, &list->domains[place - 1], sizeof(*head));
    return &list->domains[place];
}

size_t cnil_filter_list_untold(const struct cnil_filter_list *list)
{
    size_t count = 0;
    bool no_case;

    for (size_t i = 0; i < list->rule_count; i++)
        if (list->rules[i].regex != 0 &&
            !cnil_script_pattern(cnil_filter_list_pattern(list, &list->rules[i]), &no_case))
            count++;
    return count;
}
