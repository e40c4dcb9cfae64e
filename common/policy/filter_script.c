/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/filter_script.h"

#include "base/limits.h"
#include "policy/filter_image.h"
#include "policy/script_pattern.h"

#include <stdlib.h>

enum { LETTERS = 6, BEGINNING = 2, BUCKETS = 64 * 64 };

/* In the order of their bytes. */
static const char letters[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

static char letter_of(uint64_t hash, unsigned place)
{
    return letters[hash >> (58 - 6 * place) & 63];
}

enum { HOSTS = 4 }; /* any party, third party; those that wait, those that pass */

struct whole {
    uint64_t hash;
    unsigned kind;
};

/* What leads to a rule, and the rule. */
struct entry {
    uint64_t host; /* of CNIL_FILTER_KEY_HOST */
    const struct cnil_filter_rule *rule;
    struct cnil_str word; /* of CNIL_FILTER_KEY_WORD */
    enum cnil_filter_key key;
    unsigned flags, source;
    bool no_case;
};

struct work {
    const struct cnil_filter_script *script;
    struct cnil_buffer wholes;                       /* struct whole[] */
    struct cnil_buffer entries[CNIL_FILTER_INDEXES]; /* struct entry[] */
};

/* ---- collecting ---- */

/* Can it stand in a URL, and in the strings? A pattern that cannot never matches. */
static bool is_printable(struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] >= 0x7f)
            return false;
    return true;
}

/* The word of a pattern that its index leads by. */
static struct cnil_str word_of(const struct cnil_filter_rule *rule, struct cnil_str pattern)
{
    size_t end = rule->token_at;

    if (rule->token_at == CNIL_FILTER_NOWHERE)
        return CNIL_STR_EMPTY;
    while (end < pattern.len && cnil_filter_fold[(unsigned char)pattern.ptr[end]] != 0)
        end++;
    return cnil_str_slice(pattern, rule->token_at, end);
}

static void collect(const struct cnil_filter_told *told, void *data)
{
    struct work *work = data;
    struct entry entry = { .host = told->host,
                           .rule = told->rule,
                           .key = told->key,
                           .flags = told->flags,
                           .source = told->source,
                           .no_case = (told->flags & CNIL_FILTER_CASE) == 0 };
    bool passes = (work->script->held >> told->source & 1) == 0;

    if (told->index == CNIL_FILTER_EXCEPT && !work->script->exceptions)
        return;
    if (told->rule == NULL && told->index == CNIL_FILTER_BLOCK) {
        struct whole whole = { told->host, (passes ? 2u : 0) | ((told->flags & CNIL_FILTER_FIRST) != 0 ? 0 : 1u) };

        cnil_buffer_append(&work->wholes, (struct cnil_str){ (const char *)&whole, sizeof(whole) });
        return;
    }
    if (told->rule != NULL) {
        struct cnil_str pattern = cnil_filter_list_pattern(work->script->list, told->rule);
        bool no_case = false;

        if (!is_printable(pattern) || (told->rule->regex != 0 && !cnil_script_pattern(pattern, &no_case)))
            return;
        entry.no_case = entry.no_case || no_case;
        if (told->key == CNIL_FILTER_KEY_WORD && told->rule->regex == 0)
            entry.word = word_of(told->rule, pattern);
    }
    cnil_buffer_append(&work->entries[told->index], (struct cnil_str){ (const char *)&entry, sizeof(entry) });
}

/* ---- hosts ---- */

/* Those of one kind, by their beginnings: counted, then put in their places. False: no memory. */
static bool sort_wholes(const struct work *work, unsigned kind, size_t *starts, uint64_t **hashes)
{
    const struct whole *wholes = (const void *)work->wholes.ptr;
    size_t count = work->wholes.len / sizeof(*wholes), sum = 0;

    for (size_t i = 0; i <= BUCKETS; i++)
        starts[i] = 0;
    for (size_t i = 0; i < count; i++)
        if (wholes[i].kind == kind)
            starts[(wholes[i].hash >> 52) + 1]++;
    for (size_t i = 0; i <= BUCKETS; i++)
        starts[i] = sum += starts[i];
    *hashes = malloc((sum + 1) * sizeof(**hashes));
    for (size_t i = 0; i < count && *hashes != NULL; i++)
        if (wholes[i].kind == kind)
            (*hashes)[starts[wholes[i].hash >> 52]++] = wholes[i].hash;
    return *hashes != NULL; /* now each start is the next one's */
}

static void write_hosts(const struct work *work, unsigned kind, struct cnil_buffer *out)
{
    size_t starts[BUCKETS + 1];
    uint64_t *hashes;

    cnil_buffer_append_byte(out, '"');
    if (!sort_wholes(work, kind, starts, &hashes))
        out->status = CNIL_NO_MEMORY;
    for (size_t i = 0; i < BUCKETS && hashes != NULL && starts[BUCKETS - 1] > 0; i++) {
        for (size_t at = i > 0 ? starts[i - 1] : 0; at < starts[i]; at++)
            for (unsigned place = BEGINNING; place < LETTERS; place++)
                cnil_buffer_append_byte(out, letter_of(hashes[at], place));
        cnil_buffer_append_byte(out, ' ');
    }
    cnil_buffer_append_byte(out, '"');
    free(hashes);
}

/* ---- rules ---- */

/* Of "key<". -1: behind its end. */
static int key_byte(const struct entry *entry, size_t at)
{
    size_t len = entry->key == CNIL_FILTER_KEY_HOST ? 1 + LETTERS : entry->word.len;

    if (at >= len)
        return at == len ? '<' : -1;
    if (entry->key == CNIL_FILTER_KEY_HOST)
        return at == 0 ? '.' : letter_of(entry->host, (unsigned)at - 1);
    return cnil_filter_fold[(unsigned char)entry->word.ptr[at]];
}

static int by_key(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    for (size_t i = 0;; i++) {
        int x = key_byte(a, i), y = key_byte(b, i);

        if (x != y)
            return x < y ? -1 : 1;
        if (x < 0) /* those without a rule, for all of a host, first */
            return a->rule != b->rule ? (a->rule > b->rule) - (a->rule < b->rule)
                                      : (a->source > b->source) - (a->source < b->source);
    }
}

void cnil_filter_script_write_text(struct cnil_str text, struct cnil_buffer *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\')
            cnil_buffer_append_byte(out, '\\');
        cnil_buffer_append_byte(out, text.ptr[i]);
    }
}

static void write_options(const struct work *work, const struct entry *entry, struct cnil_buffer *sets,
                          struct cnil_buffer *out)
{
    static const struct {
        unsigned flag;
        char letter;
    } flags[] = { { CNIL_FILTER_LEFT, 'l' }, { CNIL_FILTER_RIGHT, 'r' }, { CNIL_FILTER_LABEL, 'd' } };
    unsigned parties = entry->flags & (CNIL_FILTER_FIRST | CNIL_FILTER_THIRD);

    if (parties != (CNIL_FILTER_FIRST | CNIL_FILTER_THIRD))
        cnil_buffer_append_byte(out, parties == CNIL_FILTER_FIRST ? 'a' : 'b');
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if ((entry->flags & flags[i].flag) != 0)
            cnil_buffer_append_byte(out, flags[i].letter);
    if (!entry->no_case)
        cnil_buffer_append_byte(out, 'c');
    if ((work->script->held >> entry->source & 1) == 0)
        cnil_buffer_append_byte(out, 'h');
    if (entry->rule == NULL)
        return;
    if (entry->rule->regex != 0)
        cnil_buffer_append_byte(out, 'x');
    if (entry->rule->types != CNIL_FILTER_ALL)
        cnil_buffer_print(out, "%u", entry->rule->types);
    if (entry->rule->targets != 0) {
        cnil_buffer_print(out, ",%u", entry->rule->targets);
        cnil_buffer_append(sets, (struct cnil_str){ (const char *)&entry->rule->targets, sizeof(uint32_t) });
    }
}

static void write_entry(const struct work *work, const struct entry *entry, struct cnil_buffer *sets,
                        struct cnil_buffer *out)
{
    struct cnil_str pattern = CNIL_STR_EMPTY;

    for (size_t i = 0; key_byte(entry, i) >= 0; i++)
        cnil_buffer_append_byte(out, (char)key_byte(entry, i));
    write_options(work, entry, sets, out);
    cnil_buffer_append_byte(out, '<');
    if (entry->rule != NULL)
        pattern = cnil_filter_list_pattern(work->script->list, entry->rule);
    if (entry->rule != NULL && entry->rule->regex != 0 && cnil_str_starts_with(pattern, CNIL_SCRIPT_PATTERN_NO_CASE))
        pattern = cnil_str_slice(pattern, CNIL_SCRIPT_PATTERN_NO_CASE.len, pattern.len);
    cnil_filter_script_write_text(pattern, out);
    cnil_buffer_append_byte(out, ' ');
}

static void write_rules(struct work *work, enum cnil_filter_index index, struct cnil_buffer *sets,
                        struct cnil_buffer *out)
{
    struct entry *entries = (void *)work->entries[index].ptr;
    size_t count = work->entries[index].len / sizeof(*entries);

    cnil_buffer_append(out, CNIL_STR("\" "));
    if (count > 1)
        qsort(entries, count, sizeof(*entries), by_key);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || by_key(&entries[i - 1], &entries[i]) != 0)
            write_entry(work, &entries[i], sets, out);
    cnil_buffer_append(out, CNIL_STR("\","));
}

void cnil_filter_script_write(const struct cnil_filter_script *script, struct cnil_buffer *sets,
                              struct cnil_buffer *out)
{
    struct work work = { .script = script };
    struct cnil_buffer *const buffers[] = { &work.wholes, &work.entries[0], &work.entries[1], &work.entries[2] };
    enum cnil_status status = CNIL_OK;

    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
        cnil_buffer_init(buffers[i], CNIL_LIMIT_GUARD_RULES);
    cnil_filter_list_each_rule(script->list, script->page, collect, &work);
    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
        if (status == CNIL_OK)
            status = cnil_buffer_status(buffers[i]);
    if (status == CNIL_OK) {
        cnil_buffer_append(out, CNIL_STR("hosts:["));
        for (unsigned kind = 0; kind < HOSTS; kind++) {
            write_hosts(&work, kind, out);
            cnil_buffer_append(out, CNIL_STR(",\n"));
        }
        cnil_buffer_append(out, CNIL_STR("],\nrules:["));
        for (enum cnil_filter_index i = 0; i < CNIL_FILTER_INDEXES; i++) {
            write_rules(&work, i, sets, out);
            cnil_buffer_append(out, CNIL_STR("\n"));
        }
        cnil_buffer_append(out, CNIL_STR("]"));
    } else {
        out->status = status;
    }
    for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
        cnil_buffer_free(buffers[i]);
}

/* ---- sets ---- */

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static void write_part(const uint64_t *hashes, size_t count, struct cnil_buffer *out)
{
    cnil_buffer_append_byte(out, '"');
    for (size_t i = 0; i < count; i++)
        for (unsigned place = 0; place < LETTERS; place++)
            cnil_buffer_append_byte(out, letter_of(hashes[i], place));
    cnil_buffer_append_byte(out, '"');
}

void cnil_filter_script_write_sets(const struct cnil_filter_list *list, struct cnil_buffer *sets,
                                   struct cnil_buffer *out)
{
    uint32_t *numbers = (void *)sets->ptr;
    size_t count = sets->len / sizeof(*numbers);

    if (count > 1)
        qsort(numbers, count, sizeof(*numbers), by_number);
    for (size_t i = 0; i < count; i++) {
        struct cnil_filter_set head;
        const uint64_t *hashes;

        if (i > 0 && numbers[i] == numbers[i - 1])
            continue;
        hashes = cnil_filter_list_set(list, numbers[i], &head);
        cnil_buffer_print(out, "%u:[", numbers[i]);
        write_part(hashes, head.not_hosts, out);
        cnil_buffer_append_byte(out, ',');
        write_part(hashes + head.not_hosts + head.not_entities, head.hosts, out);
        cnil_buffer_append(out, CNIL_STR("],\n"));
    }
}
