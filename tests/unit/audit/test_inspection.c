/* SPDX-License-Identifier: Apache-2.0
 * A log of choices is written as servers write it, something is done to it, and the inspection must say what and where.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "audit/chain.h"
#include "audit/inspection.h"
#include "base/limits.h"

#define DAY_1 1764000000 /* 2025-11-24T16:00Z */
#define DAY   86400

enum { LINES = 12, WRITERS = 3 };

static char root[64];
static char log_text[64 * 1024]; /* what the writers wrote */
static size_t log_len;

static bool append(void *data, struct cnil_str bytes)
{
    (void)data;
    assert_true(log_len + bytes.len < sizeof(log_text));
    memcpy(log_text + log_len, bytes.ptr, bytes.len);
    log_len += bytes.len;
    log_text[log_len] = '\0';
    return true;
}

static const char *at(const char *name)
{
    static char paths[8][128];
    static size_t next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
    return path;
}

static void write_file(const char *name, const char *text, size_t len)
{
    FILE *file = fopen(at(name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_log(const char *text)
{
    write_file("choices.jsonl", text, strlen(text));
}

static void clear(void)
{
    static const char *const names[] = { "choices.jsonl",  "choices.jsonl.1", "choices.jsonl.2", "choices.jsonl-3.gz",
                                         "closings.jsonl", "seal.key",        "seal.pub" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(at(names[i]));
}

/* Twelve choices in turn by three writers: four a day, three days. Line i is number i / 3 + 1 of its chain. */
static void write_lines(void)
{
    struct cnil_chain *chains[WRITERS];
    struct cnil_record record = { .policy = CNIL_STR("p"),
                                  .choice = CNIL_STR("refused"),
                                  .before = CNIL_STR("none"),
                                  .host = CNIL_STR("shop.example"),
                                  .module = CNIL_STR("1"),
                                  .key = 3 };

    clear();
    log_len = 0;
    for (int i = 0; i < WRITERS; i++)
        chains[i] = cnil_chain_new();
    for (int i = 0; i < LINES; i++)
        assert_int_equal(cnil_chain_write(chains[i % WRITERS], &record, DAY_1 + DAY * (i / 4) + 60 * i, append, NULL),
                         CNIL_OK);
    for (int i = 0; i < WRITERS; i++)
        cnil_chain_free(chains[i]);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(root, "/tmp/cnil-inspection-XXXXXX");
    assert_non_null(mkdtemp(root));
    write_lines();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clear();
    return rmdir(root);
}

/* Line `number` of the log, with its newline. */
static struct cnil_str line(size_t number)
{
    struct cnil_str rest = { log_text, log_len }, line = rest;

    for (size_t i = 1; i <= number; i++)
        line = cnil_str_cut(&rest, '\n');
    return (struct cnil_str){ line.ptr, line.len + 1 };
}

/* Lines of the log put together anew: digits and letters name them, 1 to 9, a to c. */
static const char *arrange(const char *order)
{
    static char text[64 * 1024];
    size_t len = 0;

    for (; *order != '\0'; order++) {
        struct cnil_str one = line((size_t)cnil_hex_value(*order));

        memcpy(text + len, one.ptr, one.len);
        len += one.len;
    }
    text[len] = '\0';
    return text;
}

struct result {
    struct cnil_inspection found;
    struct cnil_errors errors;
    char first[512]; /* mistake, as "FILE:LINE: SENTENCE" without the directory; empty: none */
};

static void inspect(struct result *result)
{
    struct cnil_ledger ledger;
    struct cnil_closings closings = { .count = 0 };
    struct cnil_seal *seal = NULL;
    char text[1024];

    cnil_errors_init(&result->errors);
    result->first[0] = '\0';
    assert_int_equal(cnil_ledger_read(&ledger, root, &result->errors), CNIL_OK);
    if (cnil_closings_read(&closings, &ledger, at("closings.jsonl"), &result->errors) != CNIL_OK)
        assert_true(cnil_errors_any(&result->errors));
    if (closings.count > 0)
        seal = cnil_seal_load_public(at("seal.pub"), &result->errors);
    cnil_inspection_run(&ledger, &closings, seal, CNIL_STR_EMPTY, &result->found, &result->errors);
    if (result->errors.count > 0) {
        cnil_error_format(&result->errors.list[0], text, sizeof(text));
        snprintf(result->first, sizeof(result->first), "%.500s", text + strlen(root) + 1);
    }
    cnil_seal_free(seal);
    cnil_closings_free(&closings);
    cnil_ledger_free(&ledger);
}

/* Closes a day, as `cnil proof close` does. */
static void close_day_keeping(const char *day, const char *kept)
{
    struct cnil_ledger ledger;
    struct cnil_closings closings;
    struct cnil_errors errors;
    struct cnil_buffer out;
    struct cnil_seal *seal;
    FILE *file;

    cnil_errors_init(&errors);
    cnil_buffer_init(&out, 65536);
    assert_int_equal(cnil_ledger_read(&ledger, root, &errors), CNIL_OK);
    assert_int_equal(cnil_closings_read(&closings, &ledger, at("closings.jsonl"), &errors), CNIL_OK);
    seal = cnil_seal_ensure(root, &errors);
    assert_non_null(seal);
    assert_true(
        cnil_closing_write(&ledger, &closings, cnil_str_from(day), cnil_str_from(kept), DAY_1 + 9 * DAY, seal, &out));
    assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
    file = fopen(at("closings.jsonl"), "a");
    assert_non_null(file);
    assert_int_equal(fwrite(out.ptr, 1, out.len, file), out.len);
    assert_int_equal(fclose(file), 0);
    cnil_buffer_free(&out);
    cnil_seal_free(seal);
    cnil_closings_free(&closings);
    cnil_ledger_free(&ledger);
    assert_false(cnil_errors_any(&errors));
}

static void close_day(const char *day)
{
    close_day_keeping(day, NULL);
}

static void expect(const char *name, const char *mistake)
{
    struct result result;

    inspect(&result);
    if (mistake == NULL ? result.errors.count > 0 : strstr(result.first, mistake) == NULL)
        fail_msg("%s: \"%s\" instead of \"%s\"", name, result.first, mistake != NULL ? mistake : "");
    cnil_errors_free(&result.errors);
}

static void what_was_only_written_is_in_order(void **state)
{
    struct result result;

    (void)state;
    write_log(log_text);
    inspect(&result);
    assert_int_equal(result.errors.count, 0);
    assert_int_equal(result.found.lines, LINES);
    assert_int_equal(result.found.chains, WRITERS);
    assert_int_equal(result.found.torn, 0);
}

/* ---- without any closing ---- */

static const struct {
    const char *name, *order, *mistake;
} orders[] = {
    { "another writer in front", "213456789abc", NULL },
    { "taken away", "12356789abc", "choices.jsonl:6: line 2 of its chain is missing before this one" },
    { "two of one chain taken away", "1235689abc", "choices.jsonl:8: lines 2 to 3 of its chain are missing" },
    { "the first taken away", "23456789abc", "choices.jsonl:3: chain " },
    { "doubled", "1234567849abc", "choices.jsonl:9: this line is there twice: it is " },
    { "moved", "173456289abc", "choices.jsonl:" },
    { "two of a chain the other way round", "1263459789abc", "choices.jsonl:" },
};

static void lines_that_were_moved_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        write_log(arrange(orders[i].order));
        expect(orders[i].name, orders[i].mistake);
    }
}

/* Every byte of every line that has a line behind it in its chain: changed, it is found, at that line. */
static void a_changed_byte_is_found(void **state)
{
    (void)state;
    for (size_t number = 1; number <= LINES - WRITERS; number += 4) {
        struct cnil_str one = line(number);
        size_t from = (size_t)(one.ptr - log_text);

        for (size_t i = from; i + 1 < from + one.len; i++) {
            char kept = log_text[i];
            struct result result;

            log_text[i] = kept == '0' ? '1' : '0';
            write_log(log_text);
            inspect(&result);
            if (result.errors.count == 0)
                fail_msg("byte %zu of line %zu", i - from, number);
            cnil_errors_free(&result.errors);
            log_text[i] = kept;
        }
    }
}

static void what_is_no_line_is_told_apart_from_what_was_torn(void **state)
{
    static char text[sizeof(log_text)];
    struct cnil_str last = line(LINES);
    size_t before = log_len - last.len;
    struct result result;

    (void)state;
    for (size_t len = 1; len < last.len - 1; len++) {
        /* at the end of the file; in front of a line; before the newline of a writer that knew */
        static const char *const behind[] = { "", "N", "\n\nN" };

        for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
            const char *newlines = behind[i];
            size_t end = before + len;

            memcpy(text, log_text, end);
            while (*newlines == '\n')
                text[end++] = *newlines++;
            if (*newlines == 'N') {
                memcpy(text + end, last.ptr, last.len);
                end += last.len;
            }
            text[end] = '\0';
            write_log(text);
            inspect(&result);
            if (result.errors.count != 0 || result.found.torn != 1 ||
                result.found.lines != LINES - (behind[i][0] == '\0'))
                fail_msg("%zu bytes, then \"%s\": %s", len, behind[i], result.first);
        }
    }
    memcpy(text, log_text, log_len);
    strcpy(text + log_len, "hello\n");
    write_log(text);
    expect("a stranger", "choices.jsonl:13: this is no line of the log");
    strcpy(text + log_len, "{\"chain\":\"0123\"}\n");
    write_log(text);
    expect("a stranger that begins as ours do", "choices.jsonl:13: this is no line of the log");
}

/* logrotate renames, compresses and names as it likes. */
static void rotated_files_are_one_log(void **state)
{
    struct result result;
    gzFile out;

    (void)state;
    write_file("choices.jsonl.2", arrange("123"), strlen(arrange("123")));
    write_file("choices.jsonl.1", arrange("4567"), strlen(arrange("4567")));
    out = gzopen(at("choices.jsonl-3.gz"), "wb");
    assert_true(gzwrite(out, arrange("89"), (unsigned)strlen(arrange("89"))) > 0);
    assert_int_equal(gzclose(out), Z_OK);
    write_log(arrange("abc"));
    inspect(&result);
    assert_string_equal(result.first, "");
    assert_int_equal(result.found.lines, LINES);
    assert_int_equal(result.found.chains, WRITERS);
    unlink(at("choices.jsonl.1"));
    expect("a file taken away", "choices.jsonl");
    clear();
}

/* ---- with closings ---- */

static void close_all(const char *kept)
{
    clear();
    write_log(log_text);
    close_day("2025-11-24");
    close_day("2025-11-25");
    close_day_keeping("2025-11-26", kept);
}

/* What only a closing can find. Lines 1-4, 5-8 and 9-12 are of the days. */
static const struct {
    const char *name, *kept, *order, *mistake;
} closed[] = {
    { "in order", NULL, "123456789abc", NULL },
    { "the end of a chain cut off", NULL, "123456789ab", "closings.jsonl:3: chain " },
    { "of an earlier day, too", NULL, "12345679abc", ": line 3 of its chain is missing" },
    { "a whole chain taken away", NULL, "235689bc", "closings.jsonl:" },
    { "everything taken away", NULL, "", " was taken away: its line " },
    { "the oldest day", NULL, "56789abc", " begins here with its line " },
    { "the oldest line", NULL, "23456789abc", " begins here with its line 2" },
    { "the oldest day is not kept", "2025-11-25", "56789abc", NULL },
    { "a part of the oldest day is not kept", "2025-11-24", "3456789abc", NULL },
    { "nothing older than two days is kept", "2025-11-26", "9abc", NULL },
    { "more is gone than is not kept", "2025-11-24", "9abc", "chain " },
    { "not kept, but there", "2025-11-26", "123456789abc", NULL },
    { "not kept, and another line in its place", "2025-11-25", "156789abc", "line 2 of its chain is missing" },
    { "the end of the day that is not kept", "2025-11-25", "123456789ab", "closings.jsonl:3: chain " },
};

static void what_was_closed_cannot_be_taken_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
        close_all(closed[i].kept);
        write_log(arrange(closed[i].order));
        expect(closed[i].name, closed[i].mistake);
    }
}

static void what_is_not_kept_is_counted(void **state)
{
    struct result result;

    (void)state;
    close_all("2025-11-25");
    write_log(arrange("56789abc"));
    inspect(&result);
    assert_int_equal(result.errors.count, 0);
    assert_int_equal(result.found.retired, 4);
}

/* Closings that were taken away, where days are closed: a day that is over, and the earliest of its lines. */
static void a_day_that_no_closing_names_is_found(void **state)
{
    static const struct {
        const char *closed[3], *until, *mistake; /* NULL: none */
    } rows[] = {
        { { "2025-11-24", "2025-11-25", "2025-11-26" }, "2025-11-26", NULL },
        { { "2025-11-24", "2025-11-25" }, "2025-11-25", NULL },
        { { "2025-11-24", "2025-11-25" },
          "2025-11-26",
          "choices.jsonl:9: no closing names this line of 2025-11-26, a day that is over: it was not closed, or "
          "closings "
          "were taken away (lines like this: 4)" },
        { { "2025-11-25" }, "2025-11-25", NULL }, /* it names the lines of the day before, too */
        { { NULL }, "2025-11-23", NULL },
        { { NULL }, "2025-11-24", "choices.jsonl:1: no closing names this line of 2025-11-24" },
        { { NULL }, "2025-11-26", "(lines like this: 12)" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cnil_ledger ledger;
        struct cnil_closings closings;
        struct cnil_errors errors;
        char text[1024] = "";

        clear();
        write_log(log_text);
        for (size_t day = 0; day < 3 && rows[i].closed[day] != NULL; day++)
            close_day(rows[i].closed[day]);
        cnil_errors_init(&errors);
        assert_int_equal(cnil_ledger_read(&ledger, root, &errors), CNIL_OK);
        assert_int_equal(cnil_closings_read(&closings, &ledger, at("closings.jsonl"), &errors), CNIL_OK);
        cnil_inspection_run_due(&ledger, &closings, cnil_str_from(rows[i].until), &errors);
        if (errors.count > 0)
            cnil_error_format(&errors.list[0], text, sizeof(text));
        if (errors.count != (rows[i].mistake != NULL) || strstr(text, rows[i].mistake ? rows[i].mistake : "") == NULL)
            fail_msg("row %zu: \"%s\"", i, text);
        cnil_closings_free(&closings);
        cnil_ledger_free(&ledger);
        cnil_errors_free(&errors);
    }
}

/* Whoever writes the whole chain anew cannot write the closings anew. */
static void a_log_that_was_written_anew_is_found(void **state)
{
    static char kept[sizeof(log_text)];

    (void)state;
    close_all(NULL);
    memcpy(kept, log_text, sizeof(kept));
    {
        static char closings[8192];
        FILE *file = fopen(at("closings.jsonl"), "r");
        size_t len = fread(closings, 1, sizeof(closings), file);
        static char key[512];
        FILE *pub = fopen(at("seal.pub"), "r");
        size_t key_len = fread(key, 1, sizeof(key), pub);

        fclose(file);
        fclose(pub);
        write_lines();
        write_file("closings.jsonl", closings, len);
        write_file("seal.pub", key, key_len);
    }
    write_log(log_text);
    expect("other chains in the place of those",
           ": this line says that it is of 2025-11-24, which was closed without it");
    memcpy(log_text, kept, sizeof(kept));
    log_len = strlen(log_text);
}

/* The last line of a chain has no line behind it: the closing tells that it was changed. */
static void a_changed_last_line_is_found(void **state)
{
    struct cnil_str last = line(LINES);
    size_t refused = (size_t)(last.ptr - log_text) + cnil_str_find(last, CNIL_STR("refused"));

    (void)state;
    close_all(NULL);
    memcpy(log_text + refused, "granted", 7);
    write_log(log_text);
    expect("the choice of the last line",
           "choices.jsonl:12: this line was changed: it is not the one that 2025-11-26 was closed with");
    memcpy(log_text + refused, "refused", 7);
}

static void a_line_that_is_dated_back_is_found(void **state)
{
    struct cnil_chain *chain = cnil_chain_new();
    struct cnil_record record = { .choice = CNIL_STR("accepted"), .module = CNIL_STR("1") };
    size_t len = log_len;

    (void)state;
    close_all(NULL);
    assert_int_equal(cnil_chain_write(chain, &record, DAY_1 + 4 * DAY, append, NULL), CNIL_OK);
    write_log(log_text);
    expect("a line of a later day", NULL);
    log_text[log_len = len] = '\0';
    cnil_chain_free(chain);
    chain = cnil_chain_new();
    assert_int_equal(cnil_chain_write(chain, &record, DAY_1 + DAY, append, NULL), CNIL_OK);
    write_log(log_text);
    expect("a line of a closed day",
           "choices.jsonl:13: this line says that it is of 2025-11-25, which was closed without it");
    log_text[log_len = len] = '\0';
    cnil_chain_free(chain);
}

static void a_changed_closing_is_found(void **state)
{
    char text[8192];
    size_t len, second;
    FILE *file;

    (void)state;
    close_all(NULL);
    file = fopen(at("closings.jsonl"), "r");
    assert_non_null(file);
    len = fread(text, 1, sizeof(text), file);
    fclose(file);
    for (size_t i = 0; i < len; i += i + 120 < len ? 3 : 1) {
        char kept = text[i];
        struct result result;

        text[i] = kept == '1' ? '2' : '1';
        write_file("closings.jsonl", text, len);
        inspect(&result);
        if (result.errors.count == 0)
            fail_msg("byte %zu of the closings", i);
        cnil_errors_free(&result.errors);
        text[i] = kept;
    }
    second = cnil_str_find_byte((struct cnil_str){ text, len }, '\n') + 1;
    write_file("closings.jsonl", text + second, len - second);
    expect("the first closing taken away", "c");
    write_file("closings.jsonl", text, len);
    expect("put back", NULL);
    unlink(at("seal.key"));
    unlink(at("seal.pub"));
    close_day("2025-11-30");
    expect("another key", "closings.jsonl:1: this was signed with another key");
}

/* What the first closing says, said again or otherwise around what is signed. `instead` stands for the first `what`. */
static const struct {
    const char *name, *what, *instead;
} rewritten[] = {
    { "other heads behind the signature", "\"}\n", "\",\"heads\":\"\"}\n" },
    { "another day behind the signature", "\"}\n", "\",\"day\":\"2025-11-23\"}\n" },
    { "less kept behind the signature", "\"}\n", "\",\"kept\":\"2025-11-30\"}\n" },
    { "a word of one's own behind the signature", "\"}\n", "\",\"more\":\"\"}\n" },
    { "a number behind the signature", "\"}\n", "\",\"more\":1}\n" },
    { "a comma behind the signature", "\"}\n", "\",}\n" },
    { "a space behind the signature", "\"}\n", "\" }\n" },
    { "a space at the end", "\"}\n", "\"} \n" },
    { "a carriage return at the end", "\"}\n", "\"}\r\n" },
    { "an empty line", "\"}\n", "\"}\n\n" },
    { "a second signature", ",\"signature\":", ",\"signature\":\"\",\"signature\":" },
    { "a day twice", "{\"day\":", "{\"day\":\"2025-11-23\",\"day\":" },
    { "heads twice", "\"heads\":", "\"heads\":\"\",\"heads\":" },
    { "kept before prev", "\"prev\":", "\"kept\":\"2025-11-24\",\"prev\":" },
    { "a space before a member", ",\"prev\"", ", \"prev\"" },
    { "a member less", "\"closed\":", "\"opened\":" },
    { "a name with an escape", "{\"day\":", "{\"d\\u0061y\":" },
};

static void a_closing_is_as_it_was_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rewritten) / sizeof(rewritten[0]); i++) {
        char text[8192], changed[8192];
        const char *place;
        size_t len;
        FILE *file;

        close_all(NULL);
        file = fopen(at("closings.jsonl"), "r");
        assert_non_null(file);
        len = fread(text, 1, sizeof(text) - 1, file);
        text[len] = '\0';
        fclose(file);
        place = strstr(text, rewritten[i].what);
        assert_non_null(place);
        len = (size_t)snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(place - text), text, rewritten[i].instead,
                               place + strlen(rewritten[i].what));
        write_file("closings.jsonl", changed, len);
        expect(rewritten[i].name, "this closes no day: it is not as it was written");
    }
}

static void a_day_without_choices_is_closed_too(void **state)
{
    (void)state;
    clear();
    write_log("");
    close_day("2025-11-24");
    expect("nothing at all", NULL);
    write_log(log_text);
    expect("lines that came later", ": this line says that it is of 2025-11-24");
}

/* ---- trouble ---- */

static void without_memory_it_says_so(void **state)
{
    (void)state;
    close_all(NULL);
    for (long count = 0;; count++) {
        struct cnil_ledger ledger;
        struct cnil_closings closings = { .count = 0 };
        struct cnil_inspection found;
        struct cnil_seal *seal = NULL;
        struct cnil_errors errors;
        enum cnil_status status;
        bool failed;

        cnil_errors_init(&errors);
        alloc_fail_after(count);
        status = cnil_ledger_read(&ledger, root, &errors);
        if (status == CNIL_OK)
            status = cnil_closings_read(&closings, &ledger, at("closings.jsonl"), &errors);
        if (status == CNIL_OK)
            seal = cnil_seal_load_public(at("seal.pub"), &errors);
        if (seal != NULL)
            cnil_inspection_run(&ledger, &closings, seal, CNIL_STR_EMPTY, &found, &errors);
        failed = alloc_failed();
        alloc_fail_after(-1);
        if (!failed) {
            assert_int_equal(status, CNIL_OK);
            assert_non_null(seal);
            assert_false(cnil_errors_any(&errors));
        }
        cnil_seal_free(seal);
        cnil_closings_free(&closings);
        cnil_ledger_free(&ledger);
        cnil_errors_free(&errors);
        if (!failed)
            break;
    }
}

static void what_cannot_be_read_is_told(void **state)
{
    struct cnil_ledger ledger;
    struct cnil_errors errors;

    (void)state;
    cnil_errors_init(&errors);
    assert_int_equal(cnil_ledger_read(&ledger, "/nowhere", &errors), CNIL_IO);
    assert_int_equal(errors.count, 1);
    cnil_ledger_free(&ledger);
    clear();
    assert_int_equal(mkdir(at("choices.jsonl"), 0700), 0);
    assert_int_equal(cnil_ledger_read(&ledger, root, &errors), CNIL_IO);
    assert_int_equal(errors.count, 2);
    cnil_ledger_free(&ledger);
    rmdir(at("choices.jsonl"));
    write_file("seal.pub", "no key", 6);
    assert_null(cnil_seal_load_public(at("seal.pub"), &errors));
    assert_null(cnil_seal_load_public(at("nothing"), &errors));
    assert_null(cnil_seal_ensure("/nowhere", &errors));
    assert_int_equal(errors.count, 5);
    cnil_errors_free(&errors);
}

static void the_secret_key_is_its_owners(void **state)
{
    struct cnil_errors errors;
    struct cnil_seal *first, *again;
    struct stat info;

    (void)state;
    clear();
    cnil_errors_init(&errors);
    first = cnil_seal_ensure(root, &errors);
    assert_non_null(first);
    assert_int_equal(stat(at("seal.key"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    again = cnil_seal_ensure(root, &errors);
    assert_true(cnil_str_equal(cnil_seal_name(first), cnil_seal_name(again)));
    assert_false(cnil_errors_any(&errors));
    cnil_seal_free(first);
    cnil_seal_free(again);
    cnil_seal_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_only_written_is_in_order),
        cmocka_unit_test(lines_that_were_moved_are_found),
        cmocka_unit_test(a_changed_byte_is_found),
        cmocka_unit_test(what_is_no_line_is_told_apart_from_what_was_torn),
        cmocka_unit_test(rotated_files_are_one_log),
        cmocka_unit_test(what_was_closed_cannot_be_taken_away),
        cmocka_unit_test(what_is_not_kept_is_counted),
        cmocka_unit_test(a_day_that_no_closing_names_is_found),
        cmocka_unit_test(a_log_that_was_written_anew_is_found),
        cmocka_unit_test(a_changed_last_line_is_found),
        cmocka_unit_test(a_line_that_is_dated_back_is_found),
        cmocka_unit_test(a_changed_closing_is_found),
        cmocka_unit_test(a_closing_is_as_it_was_written),
        cmocka_unit_test(a_day_without_choices_is_closed_too),
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(what_cannot_be_read_is_told),
        cmocka_unit_test(the_secret_key_is_its_owners),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
