/* SPDX-License-Identifier: Apache-2.0
 * Adds up the statistics that servers wrote to their logs of events. */
#define _GNU_SOURCE /* reallocarray */
#include "command.h"
#include "input.h"
#include "output.h"

#include "audit/ledger.h"
#include "base/arena.h"
#include "web/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NUMBERS = 5, FIRST_ROOM = 256, TEXT_LIMIT = 1024 * 1024 * 1024, SCREEN_ROWS = 20 };

enum table { PAGES, REFERRERS, BANNER, TABLES };
static const char *const tables[] = { "pages", "referrers", "banner" };

static const char *const kinds[NUMBERS] = { "shown", "accepted", "refused", "customised", "withdrawn" };

struct row {
    enum table table;
    struct cnil_str site; /* its pointer is NULL where the line names none */
    struct cnil_str day, language, name;
    uint64_t numbers[NUMBERS]; /* the first alone, but of the banner */
};

struct options {
    const char *from, *to, *site;
    bool json, csv;
};

struct sums {
    const struct options *options;
    struct cnil_arena *texts;
    struct row *rows;
    size_t count, room;
    struct cnil_errors errors;
    bool no_memory;
};

/* ---- lines ---- */

/* A member of a line: which of the row's texts or numbers it is. */
static void take_text(const struct cnil_member *member, struct row *row, struct cnil_str *of)
{
    if (cnil_str_equal(member->name, CNIL_STR("site")))
        row->site = member->value;
    else if (cnil_str_equal(member->name, CNIL_STR("day")))
        row->day = member->value;
    else if (cnil_str_equal(member->name, CNIL_STR("of")))
        *of = member->value;
    else if (cnil_str_equal(member->name, CNIL_STR("template")) || cnil_str_equal(member->name, CNIL_STR("referrer")))
        row->name = member->value;
    else if (cnil_str_equal(member->name, CNIL_STR("language")))
        row->language = member->value;
}

static void take_number(const struct cnil_member *member, struct row *row, size_t *numbers)
{
    int64_t value = 0;
    size_t i = 0;

    if (!cnil_str_decimal(member->value, 18, &value))
        return;
    while (i < NUMBERS && !cnil_str_equal(member->name, cnil_str_from(kinds[i])))
        i++;
    if (cnil_str_equal(member->name, CNIL_STR("count")))
        i = 0;
    if (i < NUMBERS) {
        row->numbers[i] = (uint64_t)value;
        (*numbers)++;
    }
}

/* False: it is not whole. Its views still have JSON's escapes. */
static bool read_row(struct cnil_str line, struct row *row)
{
    struct cnil_str of = CNIL_STR_EMPTY;
    struct cnil_member member;
    size_t numbers = 0;

    *row = (struct row){ .table = PAGES };
    while (cnil_member_next(&line, &member))
        if (member.number)
            take_number(&member, row, &numbers);
        else
            take_text(&member, row, &of);
    while (row->table < TABLES && !cnil_str_equal(of, cnil_str_from(tables[row->table])))
        row->table++;
    return cnil_str_equal(line, CNIL_STR("}")) && row->table < TABLES && input_is_day(row->day) && row->name.len > 0 &&
           numbers == (row->table == BANNER ? NUMBERS : 1) && (row->language.len > 0) == (row->table == BANNER);
}

static bool decode(struct sums *sums, struct cnil_str *text)
{
    if (text->ptr != NULL && cnil_str_find_byte(*text, '\\') < text->len)
        *text = cnil_json_decode(*text, sums->texts);
    else if (text->ptr != NULL)
        *text = cnil_arena_copy(sums->texts, *text);
    else
        return true;
    return text->ptr != NULL;
}

static bool is_wanted(const struct options *options, const struct row *row)
{
    return (options->from == NULL || strncmp(row->day.ptr, options->from, INPUT_DAY_LEN) >= 0) &&
           (options->to == NULL || strncmp(row->day.ptr, options->to, INPUT_DAY_LEN) <= 0) &&
           (options->site == NULL || cnil_str_equal(row->site, cnil_str_from(options->site)));
}

static void add_row(struct sums *sums, struct row *row)
{
    struct row *grown;

    if (!decode(sums, &row->site) || !decode(sums, &row->day) || !decode(sums, &row->language) ||
        !decode(sums, &row->name)) {
        sums->no_memory = true;
        return;
    }
    if (!is_wanted(sums->options, row))
        return;
    if (sums->count == sums->room) {
        size_t room = sums->room > 0 ? 2 * sums->room : FIRST_ROOM;

        grown = reallocarray(sums->rows, room, sizeof(*grown));
        if (grown == NULL) {
            sums->no_memory = true;
            return;
        }
        sums->rows = grown;
        sums->room = room;
    }
    sums->rows[sums->count++] = *row;
}

/* A write that broke off leaves a line whose end is the next one. */
static struct cnil_str whole_of(struct cnil_str line)
{
    static const struct cnil_str beginning = CNIL_STR_INIT("{\"time\":\"");
    struct cnil_str rest = line;

    for (;;) {
        size_t next = cnil_str_find(cnil_str_slice(rest, 1, rest.len), beginning);

        if (rest.len == 0 || next == rest.len - 1)
            break;
        rest = cnil_str_slice(rest, 1 + next, rest.len);
    }
    return cnil_str_starts_with(rest, beginning) && cnil_str_ends_with(rest, CNIL_STR("}")) ? rest : CNIL_STR_EMPTY;
}

static void read_line(struct sums *sums, const char *file, unsigned number, struct cnil_str line)
{
    struct cnil_str whole = whole_of(line);
    struct row row;

    if (whole.len < line.len)
        cnil_errors_add(&sums->errors, file, number, 0, NULL,
                        whole.len > 0 ? "begins with what is no whole line of a log of events"
                                      : "is no whole line of a log of events");
    if (whole.len == 0 || cnil_str_find(whole, CNIL_STR("\"event\":\"statistics\"")) == whole.len)
        return;
    if (read_row(whole, &row))
        add_row(sums, &row);
    else
        cnil_errors_add(&sums->errors, file, number, 0, NULL, "is no line of statistics that can be read");
}

/* False: it cannot be read at all. */
static bool read_log(struct sums *sums, const char *path)
{
    struct cnil_ledger ledger = { .count = 0 };
    enum cnil_status status;
    const struct cnil_ledger_file *file = cnil_ledger_load(&ledger, path, &status, &sums->errors);
    struct cnil_str rest = file != NULL ? (struct cnil_str){ file->bytes, file->len } : CNIL_STR_EMPTY;
    unsigned number = 0;

    sums->no_memory = sums->no_memory || status == CNIL_NO_MEMORY;
    while (rest.len > 0) {
        struct cnil_str line = cnil_str_cut(&rest, '\n');

        number++;
        if (line.len > 0)
            read_line(sums, path, number, line);
    }
    cnil_ledger_free(&ledger);
    return file != NULL;
}

/* ---- sums ---- */

static int compare(const struct row *a, const struct row *b)
{
    int order = cnil_str_compare(a->site, b->site);

    if (order == 0)
        order = (int)a->table - (int)b->table;
    if (order == 0)
        order = cnil_str_compare(a->day, b->day);
    if (order == 0)
        order = cnil_str_compare(a->language, b->language);
    return order != 0 ? order : cnil_str_compare(a->name, b->name);
}

static int by_name(const void *left, const void *right)
{
    return compare(left, right);
}

static int by_number(const void *left, const void *right)
{
    const struct row *a = left, *b = right;

    if (a->numbers[0] != b->numbers[0])
        return a->numbers[0] < b->numbers[0] ? 1 : -1;
    return compare(a, b);
}

/* Sorts the rows and makes one of those that are alike. */
static size_t merge(struct row *rows, size_t count)
{
    size_t kept = 0;

    if (count > 0)
        qsort(rows, count, sizeof(*rows), by_name);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare(&rows[kept - 1], &rows[i]) != 0) {
            rows[kept++] = rows[i];
            continue;
        }
        for (size_t n = 0; n < NUMBERS; n++)
            rows[kept - 1].numbers[n] += rows[i].numbers[n];
    }
    return kept;
}

/* ---- for programs ---- */

static void print_json_row(const struct row *row)
{
    printf("{\"site\":");
    output_json(stdout, row->site);
    printf(",\"day\":");
    output_json(stdout, row->day);
    if (row->table == BANNER) {
        printf(",\"language\":");
        output_json(stdout, row->language);
    }
    printf(row->table == REFERRERS ? ",\"referrer\":" : ",\"template\":");
    output_json(stdout, row->name);
    if (row->table != BANNER)
        printf(",\"count\":%" PRIu64, row->numbers[0]);
    for (size_t i = 0; i < NUMBERS && row->table == BANNER; i++)
        printf(",\"%s\":%" PRIu64, kinds[i], row->numbers[i]);
    putchar('}');
}

static void print_json(const struct sums *sums)
{
    for (size_t table = 0; table < TABLES; table++) {
        const char *before = "\n  ";

        printf("%s\"%s\":[", table == 0 ? "{" : ",\n ", tables[table]);
        for (size_t i = 0; i < sums->count; i++) {
            if (sums->rows[i].table != table)
                continue;
            fputs(before, stdout);
            print_json_row(&sums->rows[i]);
            before = ",\n  ";
        }
        putchar(']');
    }
    puts("}");
}

static void print_csv(const struct sums *sums)
{
    puts("site,day,of,language,name,count,shown,accepted,refused,customised,withdrawn");
    for (size_t i = 0; i < sums->count; i++) {
        const struct row *row = &sums->rows[i];

        output_cell(stdout, row->site);
        putchar(',');
        output_cell(stdout, row->day);
        printf(",\"%s\",", tables[row->table]);
        output_cell(stdout, row->language);
        putchar(',');
        output_cell(stdout, row->name);
        if (row->table == BANNER)
            putchar(',');
        else
            printf(",%" PRIu64 ",,,,,", row->numbers[0]);
        for (size_t n = 0; n < NUMBERS && row->table == BANNER; n++)
            printf(",%" PRIu64, row->numbers[n]);
        putchar('\n');
    }
}

/* ---- for people ---- */

/* The rows of a site and table without what `keep` does not name: its own copies, merged. NULL: no memory. */
enum keep { KEEP_DAY, KEEP_LANGUAGE, KEEP_NAME };

static struct row *pick(const struct row *rows, size_t count, enum table table, enum keep keep, size_t *picked)
{
    struct row *copies = calloc(count + 1, sizeof(*copies));

    *picked = 0;
    for (size_t i = 0; i < count && copies != NULL; i++) {
        struct row *copy = &copies[*picked];

        if (rows[i].table != table)
            continue;
        *copy = rows[i];
        copy->day = keep == KEEP_DAY ? copy->day : CNIL_STR_EMPTY;
        copy->language = keep == KEEP_LANGUAGE ? copy->language : CNIL_STR_EMPTY;
        copy->name = keep == KEEP_NAME ? copy->name : CNIL_STR_EMPTY;
        (*picked)++;
    }
    *picked = copies != NULL ? merge(copies, *picked) : 0;
    return copies;
}

static struct cnil_str label_of(const struct row *row, enum keep keep)
{
    return keep == KEEP_DAY ? row->day : keep == KEEP_LANGUAGE ? row->language : row->name;
}

/* The most first; what is beyond a screen is added up. Days come in their order, all of them. */
static bool print_table(const struct row *rows, size_t count, enum table table, enum keep keep, const char *title)
{
    size_t picked, columns = table == BANNER ? NUMBERS : 1, shown;
    struct row *copies = pick(rows, count, table, keep, &picked), rest = { .table = table };

    if (copies == NULL)
        return false;
    if (keep != KEEP_DAY && picked > 0)
        qsort(copies, picked, sizeof(*copies), by_number);
    shown = keep != KEEP_DAY && picked > SCREEN_ROWS ? SCREEN_ROWS : picked;
    if (picked > 0) {
        putchar('\n');
        for (size_t n = 0; n < columns; n++)
            printf("%11s", table == BANNER ? kinds[n] : tables[PAGES]);
        printf("  %s\n", title);
    }
    for (size_t i = 0; i < shown; i++) {
        for (size_t n = 0; n < columns; n++)
            printf("%11" PRIu64, copies[i].numbers[n]);
        printf("  ");
        output_text(stdout, label_of(&copies[i], keep));
        putchar('\n');
    }
    for (size_t i = shown; i < picked; i++)
        for (size_t n = 0; n < columns; n++)
            rest.numbers[n] += copies[i].numbers[n];
    for (size_t n = 0; n < columns && picked > shown; n++)
        printf("%11" PRIu64, rest.numbers[n]);
    if (picked > shown)
        printf("  %zu more\n", picked - shown);
    free(copies);
    return true;
}

static bool print_site(const struct row *rows, size_t count)
{
    static const struct {
        enum table table;
        enum keep keep;
        const char *title;
    } parts[] = {
        { PAGES, KEEP_DAY, "day (UTC)" },  { PAGES, KEEP_NAME, "template" },      { REFERRERS, KEEP_NAME, "came from" },
        { BANNER, KEEP_DAY, "day (UTC)" }, { BANNER, KEEP_LANGUAGE, "language" }, { BANNER, KEEP_NAME, "template" },
    };

    if (rows->site.ptr != NULL)
        output_text(stdout, rows->site);
    else
        printf("a site without a name");
    putchar('\n');
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (!print_table(rows, count, parts[i].table, parts[i].keep, parts[i].title))
            return false;
    return true;
}

static bool print_people(const struct sums *sums)
{
    size_t end;

    if (sums->count == 0)
        puts("no statistics");
    for (size_t i = 0; i < sums->count; i = end) {
        for (end = i; end < sums->count && cnil_str_equal(sums->rows[i].site, sums->rows[end].site); end++)
            ;
        if (i > 0)
            putchar('\n');
        if (!print_site(&sums->rows[i], end - i))
            return false;
    }
    return true;
}

/* ---- the command ---- */

static bool read_options(int argc, char **argv, struct options *options)
{
    const struct input_option known[] = {
        { "from", .day = &options->from },  { "to", .day = &options->to },    { "site", .text = &options->site },
        { "json", .flag = &options->json }, { "csv", .flag = &options->csv },
    };

    return input_options(argc, argv, known, sizeof(known) / sizeof(known[0])) && optind < argc &&
           !(options->json && options->csv);
}

static bool print(const struct sums *sums)
{
    if (!sums->options->json && !sums->options->csv)
        return print_people(sums);
    if (sums->options->json)
        print_json(sums);
    else
        print_csv(sums);
    return true;
}

int command_stats(const struct command *self, int argc, char **argv)
{
    struct options options = { .from = NULL };
    struct sums sums = { .options = &options };
    bool good = true;

    if (!read_options(argc, argv, &options))
        return command_usage(self);
    cnil_errors_init(&sums.errors);
    sums.texts = cnil_arena_new(TEXT_LIMIT);
    sums.no_memory = sums.texts == NULL;
    for (int i = optind; i < argc && !sums.no_memory; i++)
        good = read_log(&sums, argv[i]) && good;
    sums.count = merge(sums.rows, sums.count);
    if (!sums.no_memory && good)
        sums.no_memory = !print(&sums);
    if (sums.no_memory)
        fprintf(stderr, "not enough memory\n");
    else if (cnil_errors_any(&sums.errors))
        output_mistakes(stderr, argv[optind], &sums.errors);
    good = good && !sums.no_memory && !cnil_errors_any(&sums.errors);
    cnil_errors_free(&sums.errors);
    cnil_arena_free(sums.texts);
    free(sums.rows);
    return good ? COMMAND_OK : COMMAND_MISTAKES;
}
