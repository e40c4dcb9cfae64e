/* SPDX-License-Identifier: Apache-2.0
 * cnil observe: makes of logs of events what a site was seen to carry, for `site.observed` of a policy. Names alone: of
 * a log's line nothing of a visit is kept but its day. */
#define _GNU_SOURCE /* mkstemp */
#include "command.h"
#include "input.h"
#include "output.h"

#include "base/limits.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { LINE_SIZE = 64 * 1024, COLLECTED = 100000, NAME_LENGTH = CNIL_LIMIT_HOST, PATH_SIZE = 4096 };

/* What the file has; each an object of names. */
enum { SERVICES, HOSTS, COOKIES, LISTS };
static const char *const lists[LISTS] = { "services", "hosts", "cookies" };

struct options {
    const char *out, *host;
    size_t least;
};

struct run {
    const struct options *options;
    json_t *root;
    size_t events, unread, untold; /* lines that count; that are no events; names past what is collected */
    bool no_memory;
};

static int fail(const char *path, const char *what)
{
    fputs("cnil observe: ", stderr);
    output_text(stderr, cnil_str_from(path));
    fprintf(stderr, ": %s\n", what);
    return COMMAND_MISTAKES;
}

/* ---- what a line tells ---- */

static bool is_one_of(const char *word, const char *const words[])
{
    for (size_t i = 0; words[i] != NULL; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* What a policy would take for a name: one word of ASCII. */
static bool is_name(const char *text)
{
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] <= ' ' || (unsigned char)text[i] >= 0x7f)
            return false;
    return len > 0 && len <= NAME_LENGTH && text[0] != '$';
}

/* Makes `entry`'s day the earlier or the later one. */
static bool widen(json_t *entry, const char *key, const char *day, int sign)
{
    const char *other = text_of(entry, key);

    if (*other != '\0' && sign * strcmp(day, other) <= 0)
        return true;
    return json_object_set_new(entry, key, json_stringn(day, INPUT_DAY_LEN)) == 0;
}

static void add(struct run *run, int list, const char *name, const char *time, json_int_t count)
{
    json_t *object = json_object_get(run->root, lists[list]), *entry = json_object_get(object, name);
    char day[INPUT_DAY_LEN + 1] = "";

    if (!is_name(name))
        return;
    memcpy(day, time, INPUT_DAY_LEN);
    if (entry == NULL && json_object_size(object) >= COLLECTED) {
        run->untold++;
        return;
    }
    if (entry == NULL) {
        entry = json_object();
        if (json_object_set_new(object, name, entry) != 0) { /* it has freed the entry */
            run->no_memory = true;
            return;
        }
    }
    count += json_integer_value(json_object_get(entry, "count"));
    if (!widen(entry, "first", day, -1) || !widen(entry, "last", day, 1) || !widen(run->root, "from", day, -1) ||
        !widen(run->root, "to", day, 1) || json_object_set_new(entry, "count", json_integer(count)) != 0)
        run->no_memory = true;
}

/* A service has an id, a third party that none is known of a domain. */
static void hear(struct run *run, const json_t *event)
{
    static const char *const parties[] = {
        "element-held",   "script-held", "script-names",   "link-header-held",   "header-held",        "redirect-held",
        "unknown-host",   "known-host",  "form-elsewhere", "static-third-party", "set-cookie-dropped", "cookie-dropped",
        "cookie-expired", NULL
    };
    const char *kind = text_of(event, "event"), *label = text_of(event, "service"), *time = text_of(event, "time");
    json_int_t count = json_integer_value(json_object_get(event, "count"));

    if (strcmp(kind, "statistics") == 0) /* sums, not what was met */
        return;
    if (*kind == '\0' || !input_is_day(cnil_str_slice(cnil_str_from(time), 0, INPUT_DAY_LEN)) || count < 1) {
        run->unread++;
        return;
    }
    run->events++;
    if (run->options->host != NULL && strcmp(text_of(event, "host"), run->options->host) != 0)
        return;
    if (strcmp(kind, "unknown-cookie") == 0)
        add(run, COOKIES, text_of(event, "subject"), time, count);
    else if (is_one_of(kind, parties))
        add(run, strpbrk(label, ".:") != NULL ? HOSTS : SERVICES, label, time, count);
}

/* ---- logs ---- */

static void read_line(struct run *run, const char *line, size_t len)
{
    json_t *event = json_loadb(line, len, 0, NULL);

    if (json_is_object(event))
        hear(run, event);
    else
        run->unread++;
    json_decref(event);
}

/* Compressed or not. A line that is longer than any of ours is none. */
static bool read_log(struct run *run, const char *path)
{
    gzFile log = strcmp(path, "-") == 0 ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rb");
    char *line = malloc(LINE_SIZE);
    bool skips = false, good;
    int error = Z_OK;

    if (log == NULL || line == NULL) {
        fail(path, errno != 0 ? strerror(errno) : "not enough memory");
        if (log != NULL)
            gzclose(log);
        free(line);
        return false;
    }
    while (!run->no_memory && gzgets(log, line, LINE_SIZE) != NULL) {
        size_t len = strlen(line);
        bool ends = len > 0 && line[len - 1] == '\n';

        if (skips || (!ends && len + 1 == LINE_SIZE))
            run->unread += ends;
        else if (len > ends)
            read_line(run, line, len);
        skips = !ends && (skips || len + 1 == LINE_SIZE);
    }
    (void)gzerror(log, &error);
    good = error == Z_OK || error == Z_STREAM_END;
    if (!good)
        fail(path, "cannot be read");
    gzclose(log);
    free(line);
    return good;
}

/* ---- the file ---- */

/* What it said before, so that what is seen no more does not vanish from one day to the other. */
static bool read_before(struct run *run)
{
    json_error_t where;
    json_t *before = NULL;
    const char *wrong = NULL;

    run->root = json_pack("{s:{}, s:{}, s:{}}", lists[SERVICES], lists[HOSTS], lists[COOKIES]);
    if (run->root == NULL) {
        run->no_memory = true;
        return false;
    }
    if (access(run->options->out, F_OK) != 0)
        return true;
    before = json_load_file(run->options->out, JSON_REJECT_DUPLICATES, &where);
    for (size_t i = 0; i < LISTS && wrong == NULL; i++) {
        const char *name;
        json_t *entry;

        if (!json_is_object(json_object_get(before, lists[i])))
            wrong = "is there, and no file of this command: it is left as it is";
        json_object_foreach(json_object_get(before, lists[i]), name, entry)
        {
            const char *first = text_of(entry, "first"), *last = text_of(entry, "last");
            json_int_t count = json_integer_value(json_object_get(entry, "count"));

            if (input_is_day(cnil_str_from(first)) && input_is_day(cnil_str_from(last))) {
                add(run, (int)i, name, first, count);
                add(run, (int)i, name, last, 0);
            }
        }
    }
    json_decref(before);
    if (wrong != NULL)
        fail(run->options->out, wrong);
    return wrong == NULL && !run->no_memory;
}

struct name {
    const char *text;
    json_int_t count;
};

static int by_count(const void *left, const void *right)
{
    const struct name *a = left, *b = right;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->text, b->text);
}

/* Takes out what was seen too seldom, and of the rest what is more than a policy reads. */
static bool thin(struct run *run, json_t *object)
{
    size_t count = 0, room = json_object_size(object);
    struct name *names = calloc(room + 1, sizeof(*names));
    const char *name;
    json_t *entry;

    if (names == NULL)
        return false;
    json_object_foreach(object, name, entry)
    {
        names[count].text = name;
        names[count++].count = json_integer_value(json_object_get(entry, "count"));
    }
    qsort(names, count, sizeof(*names), by_count);
    for (size_t i = count; i-- > 0;) {
        bool is_seldom = names[i].count < (json_int_t)run->options->least;

        if (!is_seldom && i < CNIL_LIMIT_OBSERVED)
            break;
        run->untold += !is_seldom;
        json_object_del(object, names[i].text);
    }
    free(names);
    return true;
}

/* In the place of the old one, whole or not at all. */
static int write_file(const struct run *run)
{
    char path[PATH_SIZE];
    FILE *file = NULL;
    int descriptor;
    bool good;

    if ((size_t)snprintf(path, sizeof(path), "%s.XXXXXX", run->options->out) >= sizeof(path))
        return fail(run->options->out, "is too long a name");
    descriptor = mkstemp(path);
    if (descriptor != -1)
        file = fdopen(descriptor, "w");
    if (file == NULL) {
        if (descriptor != -1)
            close(descriptor);
        return fail(path, strerror(errno));
    }
    good = json_dumpf(run->root, file, JSON_INDENT(2) | JSON_SORT_KEYS) == 0 && fputc('\n', file) != EOF &&
           fchmod(descriptor, 0644) == 0 && fflush(file) == 0 && fsync(descriptor) == 0;
    good = fclose(file) == 0 && good;
    if (good && rename(path, run->options->out) == 0)
        return COMMAND_OK;
    fail(run->options->out, "cannot be written");
    unlink(path);
    return COMMAND_MISTAKES;
}

static void tell(const struct run *run)
{
    printf("%zu events, %s to %s: %zu services, %zu other hosts, %zu cookies that nobody declared\n", run->events,
           *text_of(run->root, "from") != '\0' ? text_of(run->root, "from") : "none",
           *text_of(run->root, "to") != '\0' ? text_of(run->root, "to") : "none",
           json_object_size(json_object_get(run->root, lists[SERVICES])),
           json_object_size(json_object_get(run->root, lists[HOSTS])),
           json_object_size(json_object_get(run->root, lists[COOKIES])));
    if (run->unread > 0)
        fprintf(stderr, "cnil observe: %zu lines are no events\n", run->unread);
    if (run->untold > 0)
        fprintf(stderr, "cnil observe: %zu names are more than a policy reads: the most frequent were kept\n",
                run->untold);
}

/* ---- the command ---- */

static bool read_options(int argc, char **argv, struct options *options)
{
    const struct input_option known[] = {
        { "output", 'o', .text = &options->out },
        { "host", .text = &options->host },
        { "least", .number = &options->least, .most = 1000000 },
    };

    return input_options(argc, argv, known, sizeof(known) / sizeof(known[0])) && options->out != NULL && optind < argc;
}

int command_observe(const struct command *self, int argc, char **argv)
{
    struct options options = { .least = 1 };
    struct run run = { .options = &options };
    int result = COMMAND_OK;

    if (!read_options(argc, argv, &options))
        return command_usage(self);
    if (!read_before(&run))
        result = run.no_memory ? fail(options.out, "not enough memory") : COMMAND_MISTAKES;
    for (int i = optind; i < argc && result == COMMAND_OK; i++)
        if (!read_log(&run, argv[i]))
            result = COMMAND_MISTAKES;
    for (size_t i = 0; i < LISTS && result == COMMAND_OK && !run.no_memory; i++)
        run.no_memory = !thin(&run, json_object_get(run.root, lists[i]));
    if (result == COMMAND_OK && run.no_memory)
        result = fail(options.out, "not enough memory");
    if (result == COMMAND_OK)
        result = write_file(&run);
    if (result == COMMAND_OK)
        tell(&run);
    json_decref(run.root);
    return result;
}
