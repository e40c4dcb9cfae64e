/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "input.h"
#include "output.h"

#include "cnil.h"

#include "audit/archive.h"
#include "audit/inspection.h"
#include "exchange/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_DIRECTORY CNIL_STATE_DIRECTORY "/proof"

enum {
    DAY_SECONDS = 24 * 60 * 60,
    GRACE_SECONDS = 300,           /* a choice that was made before midnight may still be on its way to the log */
    CLOSING_SECONDS = 3 * 60 * 60, /* the day before may wait so long for its closing */
    CLOSING_LIMIT = 64 * 1024 * 1024,
    BLOCK_LIMIT = 512 * 1024,
    PATH_LIMIT = 4096
};

struct options {
    const char *directory, *from, *to, *until, *kept, *receipt, *key, *closings;
    bool csv, despite_mistakes;
};

/* All that is read of one directory. */
struct book {
    struct cnil_ledger ledger;
    struct cnil_closings closings;
    struct cnil_seal *seal; /* the public key; NULL: there is none */
    struct cnil_errors errors;
};

static bool read_options(int argc, char **argv, struct options *options)
{
    const struct input_option known[] = {
        { "from", .day = &options->from },
        { "to", .day = &options->to },
        { "until", .day = &options->until },
        { "kept-from", .day = &options->kept },
        { "receipt", .text = &options->receipt },
        { "key", .text = &options->key },
        { "closings", .text = &options->closings },
        { "csv", .flag = &options->csv },
        { "despite-mistakes", .flag = &options->despite_mistakes },
    };

    return input_options(argc, argv, known, sizeof(known) / sizeof(known[0]));
}

/* "DIRECTORY/NAME" in `path`; false when it is too long. */
static bool path_in(const char *directory, const char *name, char path[PATH_LIMIT])
{
    return (size_t)snprintf(path, PATH_LIMIT, "%s/%s", directory, name) < PATH_LIMIT;
}

static void close_book(struct book *book)
{
    cnil_closings_free(&book->closings);
    cnil_ledger_free(&book->ledger);
    cnil_seal_free(book->seal);
    cnil_errors_free(&book->errors);
}

/* That the directory has no closings yet is no mistake, that those which are named are not there is one. */
static enum cnil_status read_closings(struct book *book, const struct options *options)
{
    char closings[PATH_LIMIT], key[PATH_LIMIT];
    enum cnil_status status;

    if (!path_in(options->directory, "closings.jsonl", closings) || !path_in(options->directory, "seal.pub", key))
        return CNIL_TOO_LARGE;
    if (options->closings != NULL && access(options->closings, F_OK) != 0) {
        cnil_errors_add(&book->errors, options->closings, 0, 0, NULL, "cannot be read: %s", strerror(errno));
        return CNIL_INVALID;
    }
    status = cnil_closings_read(&book->closings, &book->ledger,
                                options->closings != NULL ? options->closings : closings, &book->errors);
    if (status == CNIL_OK && (book->closings.count > 0 || options->key != NULL || access(key, F_OK) == 0)) {
        book->seal = cnil_seal_load_public(options->key != NULL ? options->key : key, &book->errors);
        status = book->seal != NULL ? CNIL_OK : CNIL_INVALID;
    }
    return status;
}

/* Days are UTC's, as in the log. */
static void print_day(time_t moment, char day[INPUT_DAY_LEN + 1])
{
    struct cnil_record_time text;

    (void)cnil_record_time(moment, &text);
    memcpy(day, text.text, INPUT_DAY_LEN);
    day[INPUT_DAY_LEN] = '\0';
}

static bool is_over(const char *day)
{
    char last[INPUT_DAY_LEN + 1];

    print_day(time(NULL) - GRACE_SECONDS - DAY_SECONDS, last);
    return strcmp(day, last) <= 0;
}

static int is_not_over(const char *command)
{
    fprintf(stderr, "cnil proof %s: that day is not over\n", command);
    return COMMAND_USAGE;
}

static void print_errors(const struct cnil_errors *errors)
{
    char text[8192];

    for (size_t i = 0; i < errors->count; i++) {
        cnil_error_format(&errors->list[i], text, sizeof(text));
        output_text(stdout, cnil_str_from(text));
        putchar('\n');
    }
    if (errors->untold > 0)
        printf("%zu more mistakes\n", errors->untold);
}

static int failed(struct book *book, enum cnil_status status)
{
    print_errors(&book->errors);
    if (!cnil_errors_any(&book->errors))
        fprintf(stderr, "cnil proof: %s\n", status == CNIL_TOO_LARGE ? "a path is too long" : "not enough memory");
    close_book(book);
    return COMMAND_MISTAKES;
}

/* ---- verify ---- */

static void print_summary(const struct book *book, const struct cnil_inspection *found)
{
    size_t closed = book->closings.count;

    printf("%zu choices in %zu chains, %zu days closed", found->lines, found->chains, closed);
    if (closed > 0)
        printf(" until %.*s", INPUT_DAY_LEN, book->closings.list[closed - 1].day.ptr);
    if (found->torn > 0)
        printf("; %zu writes broke off", found->torn);
    if (found->retired > 0)
        printf("; %" PRIu64 " older choices of closed days are not kept any more", found->retired);
    puts(cnil_errors_any(&book->errors) ? ": not in order" : ": in order");
}

static int verify(const struct options *options)
{
    struct book book = { .seal = NULL };
    struct cnil_inspection found;
    char until[INPUT_DAY_LEN + 1];
    enum cnil_status status;
    int result;

    if (options->until != NULL && !is_over(options->until))
        return is_not_over("verify");
    print_day(time(NULL) - CLOSING_SECONDS - DAY_SECONDS, until);
    cnil_errors_init(&book.errors);
    status = cnil_ledger_read(&book.ledger, options->directory, &book.errors);
    if (status == CNIL_OK)
        status = read_closings(&book, options);
    if (status != CNIL_OK && status != CNIL_INVALID)
        return failed(&book, status);
    cnil_inspection_run(&book.ledger, &book.closings, book.seal, cnil_str_from(options->kept), &found, &book.errors);
    if (book.seal != NULL) /* days are closed here, and whoever takes the closings away is to be found */
        cnil_inspection_run_due(&book.ledger, &book.closings,
                                cnil_str_from(options->until != NULL ? options->until : until), &book.errors);
    print_errors(&book.errors);
    print_summary(&book, &found);
    result = cnil_errors_any(&book.errors) ? COMMAND_MISTAKES : COMMAND_OK;
    close_book(&book);
    return result;
}

/* ---- close ---- */

/* The earliest day up to `until` that has lines which no closing names; `until` itself when there is none. */
static void next_day(const struct book *book, const char *until, char day[INPUT_DAY_LEN + 1])
{
    strcpy(day, until);
    for (size_t i = 0; i < book->ledger.count; i++) {
        const struct cnil_ledger_line *line = &book->ledger.lines[i];

        if (strncmp(line->time.ptr, day, INPUT_DAY_LEN) < 0 &&
            cnil_closings_head(&book->closings, line->chain, line->seq) == NULL)
            memcpy(day, line->time.ptr, INPUT_DAY_LEN);
    }
}

static bool append_line(int fd, struct cnil_str line)
{
    return write(fd, line.ptr, line.len) == (ssize_t)line.len && fsync(fd) == 0;
}

/* Closes one day; `*done` when it was the last. */
static enum cnil_status close_day(struct book *book, const struct options *options, const struct cnil_seal *seal,
                                  int fd, bool *done)
{
    size_t count = book->closings.count;
    char day[INPUT_DAY_LEN + 1], path[PATH_LIMIT];
    enum cnil_status status = CNIL_OK;
    struct cnil_buffer line;

    next_day(book, options->until, day);
    *done = strcmp(day, options->until) == 0;
    if (count > 0 && strncmp(day, book->closings.list[count - 1].day.ptr, INPUT_DAY_LEN) <= 0)
        return CNIL_OK; /* it is */
    cnil_buffer_init(&line, CLOSING_LIMIT);
    if (!cnil_closing_write(&book->ledger, &book->closings, cnil_str_from(day), cnil_str_from(options->kept),
                            time(NULL), seal, &line))
        status = CNIL_NO_MEMORY;
    if (status == CNIL_OK)
        status = cnil_buffer_status(&line);
    if (status == CNIL_OK && !append_line(fd, cnil_buffer_str(&line))) {
        cnil_errors_add(&book->errors, options->directory, 0, 0, NULL, "the closing cannot be written: %s",
                        strerror(errno));
        status = CNIL_IO;
    }
    if (status == CNIL_OK) {
        fwrite(line.ptr, 1, line.len, stdout);
        cnil_closings_free(&book->closings);
        status = path_in(options->directory, "closings.jsonl", path)
                     ? cnil_closings_read(&book->closings, &book->ledger, path, &book->errors)
                     : CNIL_TOO_LARGE;
    }
    cnil_buffer_free(&line);
    return status;
}

static enum cnil_status close_days(struct book *book, const struct options *options)
{
    struct cnil_seal *seal = cnil_seal_ensure(options->directory, &book->errors);
    enum cnil_status status = seal != NULL ? CNIL_OK : CNIL_IO;
    char path[PATH_LIMIT];
    bool done = false;
    int fd = -1;

    if (status == CNIL_OK && path_in(options->directory, "closings.jsonl", path))
        fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (status == CNIL_OK && (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)) {
        cnil_errors_add(&book->errors, path, 0, 0, NULL, "cannot be opened for writing: %s", strerror(errno));
        status = CNIL_IO;
    }
    while (status == CNIL_OK && !done)
        status = close_day(book, options, seal, fd, &done);
    if (fd >= 0)
        close(fd);
    cnil_seal_free(seal);
    return status;
}

static int close_until(const struct options *given)
{
    struct options options = *given;
    struct book book = { .seal = NULL };
    char day[INPUT_DAY_LEN + 1];
    struct cnil_inspection found;
    enum cnil_status status;

    print_day(time(NULL) - GRACE_SECONDS - DAY_SECONDS, day);
    if (options.until == NULL)
        options.until = day;
    if (!is_over(options.until))
        return is_not_over("close");
    cnil_errors_init(&book.errors);
    status = cnil_ledger_read(&book.ledger, options.directory, &book.errors);
    if (status == CNIL_OK)
        status = read_closings(&book, &options);
    if (status != CNIL_OK)
        return failed(&book, status);
    cnil_inspection_run(&book.ledger, &book.closings, book.seal, cnil_str_from(options.kept), &found, &book.errors);
    if (cnil_errors_any(&book.errors) && !options.despite_mistakes) {
        print_errors(&book.errors);
        puts("nothing was closed: what is not in order would be signed (--despite-mistakes does it)");
        close_book(&book);
        return COMMAND_MISTAKES;
    }
    status = close_days(&book, &options);
    if (status != CNIL_OK)
        return failed(&book, status);
    close_book(&book);
    return COMMAND_OK;
}

/* ---- export ---- */

static bool is_wanted(const struct cnil_ledger_line *line, const struct cnil_record *record,
                      const struct options *options)
{
    return (options->from == NULL || strncmp(line->time.ptr, options->from, INPUT_DAY_LEN) >= 0) &&
           (options->to == NULL || strncmp(line->time.ptr, options->to, INPUT_DAY_LEN) <= 0) &&
           (options->receipt == NULL || cnil_str_equal(record->receipt, cnil_str_from(options->receipt)));
}

static void print_csv(const struct cnil_record *record)
{
    const struct cnil_str values[] = { record->time,    record->host,     record->choice, record->before,
                                       record->control, record->language, record->policy, record->consent,
                                       record->banner,  record->receipt,  record->chain };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        output_cell(stdout, values[i]);
        putchar(',');
    }
    printf("%" PRIu64 "\n", record->seq);
}

static int export(const struct options *options)
{
    struct book book = { .seal = NULL };
    enum cnil_status status;

    cnil_errors_init(&book.errors);
    status = cnil_ledger_read(&book.ledger, options->directory, &book.errors);
    if (status != CNIL_OK)
        return failed(&book, status);
    cnil_ledger_sort_by_time(&book.ledger);
    if (options->csv)
        puts("time,host,choice,before,control,language,policy,consent,banner,receipt,chain,seq");
    for (size_t i = 0; i < book.ledger.count; i++) {
        const struct cnil_ledger_line *line = &book.ledger.lines[i];
        struct cnil_record record;

        if (!cnil_record_read(line->text, &record) || !is_wanted(line, &record, options))
            continue;
        if (options->csv)
            print_csv(&record);
        else
            printf("%.*s\n", (int)line->text.len, line->text.ptr);
    }
    close_book(&book);
    return COMMAND_OK;
}

/* ---- show ---- */

struct archive {
    char directory[PATH_LIMIT];
    char *bytes; /* what was read last */
    size_t len;
};

static bool get(struct archive *archive, struct cnil_str digest, const char *suffix)
{
    char name[CNIL_DIGEST_LEN + 8];

    free(archive->bytes);
    snprintf(name, sizeof(name), "%.*s%s", CNIL_DIGEST_LEN, digest.ptr, suffix);
    archive->bytes = cnil_archive_get(archive->directory, cnil_str_from(name), &archive->len);
    return archive->bytes != NULL;
}

static bool is_named(const struct archive *archive, struct cnil_str digest)
{
    struct cnil_digest own;

    return cnil_digest_of((struct cnil_str){ archive->bytes, archive->len }, &own) == CNIL_OK &&
           cnil_str_equal(cnil_digest_str(&own), digest);
}

/* Takes the next link to a style sheet out of `*block`: what stands before it, and the sheet's name. False: there is
 * none. */
static bool next_sheet(struct cnil_str *block, struct cnil_str *before, struct cnil_str *name)
{
    static const struct cnil_str link = CNIL_STR_INIT("<link rel=\"stylesheet\" href=\"");
    size_t at = cnil_str_find(*block, link), slash = 0;
    struct cnil_str href;

    if (at == block->len)
        return false;
    *before = cnil_str_slice(*block, 0, at);
    *block = cnil_str_slice(*block, at, block->len);
    href = cnil_str_slice(*block, link.len, block->len);
    href = cnil_str_slice(href, 0, cnil_str_find_byte(href, '"'));
    for (size_t i = 0; i < href.len; i++)
        if (href.ptr[i] == '/')
            slash = i + 1;
    *name = cnil_str_slice(href, slash, href.len);
    *block = cnil_str_slice(*block, cnil_str_find_byte(*block, '>') + 1, block->len);
    return true;
}

/* "bar-1a2b3c4d.css": does the sheet begin its digest as its name says? */
static bool is_sheet_of(struct cnil_str name, struct cnil_str css)
{
    size_t dash = cnil_str_find_byte(name, '-'), dot = cnil_str_find_byte(name, '.');
    struct cnil_digest digest;

    return dash + 1 < dot && cnil_digest_of(css, &digest) == CNIL_OK &&
           cnil_str_starts_with(cnil_digest_str(&digest), cnil_str_slice(name, dash + 1, dot));
}

/* Writes the archived sheet as an element; NULL, or what is wrong. */
static const char *append_sheet(const struct archive *archive, struct cnil_str name, struct cnil_buffer *out)
{
    const char *wrong = NULL;
    size_t len;
    char *css = cnil_archive_get(archive->directory, name, &len);

    if (css == NULL)
        return "a style sheet of it is not in the archive";
    if (!is_sheet_of(name, (struct cnil_str){ css, len }))
        wrong = "a style sheet of it was changed";
    cnil_buffer_append(out, CNIL_STR("<style>\n"));
    cnil_buffer_append(out, (struct cnil_str){ css, len });
    cnil_buffer_append(out, CNIL_STR("</style>\n"));
    free(css);
    return wrong;
}

/* One file with all that it needs, for the screen and on paper; its buttons go nowhere. */
static void append_page(struct cnil_str digest, struct cnil_str sheets, struct cnil_str block, struct cnil_buffer *out)
{
    cnil_buffer_append(out, CNIL_STR("<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"
                                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                                     "style-src 'unsafe-inline'; form-action 'none'\">\n<title>"));
    cnil_buffer_append(out, digest);
    cnil_buffer_append(out, CNIL_STR("</title>\n"));
    cnil_buffer_append(out, sheets);
    /* what a site hides from its paper, and what can be unfolded on the screen */
    cnil_buffer_append(
        out,
        CNIL_STR("<style media=\"print\">#vp-box#vp-box#vp-box#vp-box { display: block !important; position: static "
                 "!important; max-block-size: none !important; }\n"
                 "#vp-box#vp-box#vp-box .vp-body { position: static !important; inline-size: auto !important; }\n"
                 "#vp-box#vp-box#vp-box details::details-content { display: block; content-visibility: visible; "
                 "}</style>\n</head>\n<body>\n"));
    cnil_buffer_append(out, block);
    cnil_buffer_append(out, CNIL_STR("\n<p style=\"font: 12px monospace\">SHA-256: "));
    cnil_buffer_append(out, digest);
    cnil_buffer_append(out, CNIL_STR("</p>\n</body>\n</html>\n"));
}

static int show_block(struct archive *archive, struct cnil_str digest, struct cnil_str block)
{
    struct cnil_buffer sheets, bare, page;
    struct cnil_str before, name;
    const char *wrong = NULL;

    cnil_buffer_init(&sheets, CNIL_LIMIT_ARCHIVED);
    cnil_buffer_init(&bare, CNIL_LIMIT_ARCHIVED);
    cnil_buffer_init(&page, 3 * CNIL_LIMIT_ARCHIVED);
    while (wrong == NULL && next_sheet(&block, &before, &name)) {
        cnil_buffer_append(&bare, before);
        wrong = append_sheet(archive, name, &sheets);
    }
    cnil_buffer_append(&bare, block);
    append_page(digest, cnil_buffer_str(&sheets), cnil_buffer_str(&bare), &page);
    if (wrong == NULL && (sheets.status != CNIL_OK || bare.status != CNIL_OK || page.status != CNIL_OK))
        wrong = "not enough memory";
    if (wrong != NULL)
        fprintf(stderr, "cnil proof show: %s\n", wrong);
    else
        fwrite(page.ptr, 1, page.len, stdout);
    cnil_buffer_free(&sheets);
    cnil_buffer_free(&bare);
    cnil_buffer_free(&page);
    return wrong == NULL ? COMMAND_OK : COMMAND_MISTAKES;
}

/* The policy in what was archived of it. NULL: it does not load (any more). */
static struct cnil_policy *archived_policy(struct archive *archive, struct cnil_str digest, struct cnil_errors *errors)
{
    const struct cnil_str member = CNIL_STR(",\"policy\":");
    struct cnil_str text;
    size_t at;

    if (!get(archive, digest, ".json") || !is_named(archive, digest))
        return NULL;
    text = (struct cnil_str){ archive->bytes, archive->len };
    at = cnil_str_find(text, member);
    if (at == text.len)
        return NULL;
    return cnil_policy_parse(cnil_str_slice(text, at + member.len, text.len - 2), archive->directory, errors);
}

/* The words of a log stand apart with "+", those of a form with ",". */
static bool choice_from_log(struct cnil_str word, const struct cnil_policy *policy, struct cnil_choice *choice)
{
    const struct cnil_str opposed = CNIL_STR("+opposed.measurement"); /* the block says nothing of it */
    char text[CNIL_LIMIT_PROOF_LINE];

    if (cnil_str_ends_with(word, opposed))
        word = cnil_str_slice(word, 0, word.len - opposed.len);
    snprintf(text, sizeof(text), "%.*s", (int)word.len, word.ptr);
    for (char *at = text; *at != '\0'; at++)
        *at = *at == '+' ? ',' : *at;
    if (cnil_str_equal(word, CNIL_STR("accepted")))
        strcpy(text, "accept");
    else if (cnil_str_equal(word, CNIL_STR("refused")))
        strcpy(text, "refuse");
    return cnil_choice_from_word(cnil_str_from(text), policy, 0, choice);
}

/* A block that no one archived, since choices have many parts, is made again from the policy of the line that names
 * it; it must come out as it was. */
static bool make_again(struct archive *archive, const struct cnil_record *record, struct cnil_buffer *block)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;
    struct cnil_choice choice;
    struct cnil_digest digest;
    enum cnil_language language;
    bool same = false, known;

    /* Who was signed in, and whether the host was in the domain that choices count for, the line does not say. */
    cnil_errors_init(&errors);
    policy = archived_policy(archive, record->policy, &errors);
    known = policy != NULL && cnil_language_find(record->language, &language) &&
            choice_from_log(record->before, policy, &choice);
    for (int account = CNIL_ACCOUNT_NONE; account <= CNIL_ACCOUNT_YIELDS && known && !same; account++) {
        choice.account = (enum cnil_choice_account)account;
        for (int in = 0; in <= 1 && !same; in++) {
            cnil_buffer_clear(block);
            same = cnil_witness_block(policy, language, in != 0, &choice, block, &digest) == CNIL_OK &&
                   cnil_str_equal(cnil_digest_str(&digest), record->banner);
        }
    }
    cnil_policy_free(policy);
    cnil_errors_free(&errors);
    return same;
}

static int show_again(struct archive *archive, struct cnil_str digest, const struct options *options)
{
    struct book book = { .seal = NULL };
    bool named = false, made = false;
    struct cnil_buffer block;
    enum cnil_status status;
    int result = COMMAND_MISTAKES;

    cnil_errors_init(&book.errors);
    status = cnil_ledger_read(&book.ledger, options->directory, &book.errors);
    if (status != CNIL_OK)
        return failed(&book, status);
    cnil_buffer_init(&block, BLOCK_LIMIT);
    for (size_t i = 0; i < book.ledger.count && !named; i++) {
        struct cnil_record record;

        named = cnil_record_read(book.ledger.lines[i].text, &record) && cnil_str_equal(record.banner, digest);
        made = named && make_again(archive, &record, &block);
    }
    if (made)
        result = show_block(archive, digest, cnil_buffer_str(&block));
    else
        fprintf(stderr, "cnil proof show: %s\n",
                named ? "it was not archived, and does not come out the same: its policy is not archived, or another "
                        "version of cnil wrote it"
                      : "neither the archive nor a line of the log knows it");
    cnil_buffer_free(&block);
    close_book(&book);
    return result;
}

static int show(const char *hash, const struct options *options)
{
    struct cnil_str digest = cnil_str_from(hash);
    struct archive archive = { .bytes = NULL };
    int result = COMMAND_MISTAKES;
    bool is_block;

    if (!cnil_digest_is(digest)) {
        fprintf(stderr, "cnil proof show: a hash is 64 hexadecimal digits\n");
        return COMMAND_USAGE;
    }
    if (!path_in(options->directory, "archive", archive.directory)) {
        fprintf(stderr, "cnil proof show: the path is too long\n");
        return COMMAND_USAGE;
    }
    is_block = get(&archive, digest, ".html");
    if (!is_block && !get(&archive, digest, ".json"))
        result = show_again(&archive, digest, options);
    else if (!is_named(&archive, digest))
        fprintf(stderr, "cnil proof show: what is archived under this hash was changed\n");
    else if (is_block)
        result = show_block(&archive, digest, (struct cnil_str){ archive.bytes, archive.len });
    else
        result = fwrite(archive.bytes, 1, archive.len, stdout) == archive.len ? COMMAND_OK : COMMAND_MISTAKES;
    free(archive.bytes);
    return result;
}

int command_proof(const struct command *self, int argc, char **argv)
{
    struct options options = { .directory = DEFAULT_DIRECTORY };
    const char *what = argc > 1 ? argv[1] : "";
    bool shows = strcmp(what, "show") == 0;
    int left;

    if (argc < 2 || !read_options(argc - 1, argv + 1, &options))
        return command_usage(self);
    left = argc - 1 - optind; /* getopt has put the operands last */
    argv += 1 + optind;
    if (left < shows || left > shows + 1)
        return command_usage(self);
    if (left > shows)
        options.directory = argv[left - 1];
    if (strcmp(what, "verify") == 0)
        return verify(&options);
    if (strcmp(what, "export") == 0)
        return export(&options);
    if (strcmp(what, "close") == 0)
        return close_until(&options);
    return shows ? show(argv[0], &options) : command_usage(self);
}
