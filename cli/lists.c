/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* mkdtemp */
#include "command.h"
#include "input.h"
#include "output.h"

#include "cnil.h"

#include "base/limits.h"
#include "policy/filter_compiler.h"
#include "policy/filter_list.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEBIAN_PACKAGE "webext-ublock-origin-chromium"
#define DEFAULT_OUT    CNIL_STATE_DIRECTORY "/lists/debian.cnil"

/* Where the package keeps the two lists: the folder has the browser's name in it. */
static const struct {
    const char *name, *pattern;
} debian_lists[] = {
    { "easyprivacy", "root/usr/share/*/extensions/*/assets/thirdparties/easylist/easyprivacy.txt" },
    { "easylist", "root/usr/share/*/extensions/*/assets/thirdparties/easylist/easylist.txt" },
};

enum { DEBIAN_LISTS = sizeof(debian_lists) / sizeof(debian_lists[0]), PATH_SIZE = 4096 };

static int fail(const char *path, const char *what)
{
    fputs("cnil lists: ", stderr);
    output_text(stderr, cnil_str_from(path));
    fprintf(stderr, ": %s\n", what);
    return COMMAND_MISTAKES;
}

/* ---- reading ---- */

static bool read_text(const char *path, struct cnil_buffer *text)
{
    FILE *file = fopen(path, "rb");
    char bytes[65536];
    size_t len;
    bool good;

    if (file == NULL) {
        fail(path, strerror(errno));
        return false;
    }
    while (cnil_buffer_status(text) == CNIL_OK && (len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        cnil_buffer_append(text, (struct cnil_str){ bytes, len });
    good = ferror(file) == 0;
    fclose(file);
    if (!good)
        fail(path, "cannot be read");
    else if (cnil_buffer_status(text) == CNIL_TOO_LARGE)
        fail(path, "is too large for a list");
    else if (cnil_buffer_status(text) != CNIL_OK)
        fail(path, "not enough memory");
    return good && cnil_buffer_status(text) == CNIL_OK;
}

/* "NAME=FILE", or "FILE": then its name without folder and extension. Returns the file. */
static const char *split_argument(const char *argument, struct cnil_str *name)
{
    const char *equals = strchr(argument, '='), *slash, *dot;

    *name = (struct cnil_str){ argument, equals != NULL ? (size_t)(equals - argument) : 0 };
    if (cnil_filter_name_is_good(*name))
        return equals + 1;
    slash = strrchr(argument, '/');
    *name = cnil_str_from(slash != NULL ? slash + 1 : argument);
    dot = strrchr(name->ptr, '.');
    if (dot != NULL && dot > name->ptr)
        name->len = (size_t)(dot - name->ptr);
    return argument;
}

/* ---- writing ---- */

/* Into a file beside `path`, which then takes its place: whoever maps the old one keeps it. */
static bool write_file(const char *path, struct cnil_str bytes)
{
    char temporary[PATH_SIZE];
    size_t written = 0;
    ssize_t len = 1;
    int file;

    if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= sizeof(temporary)) {
        fail(path, "the name is too long");
        return false;
    }
    file = mkstemp(temporary);
    if (file < 0) {
        fail(path, strerror(errno));
        return false;
    }
    while (written < bytes.len && (len = write(file, bytes.ptr + written, bytes.len - written)) > 0)
        written += (size_t)len;
    if (written < bytes.len || fchmod(file, 0644) != 0 || fsync(file) != 0) {
        fail(path, strerror(errno));
        close(file);
        unlink(temporary);
        return false;
    }
    if (close(file) != 0 || rename(temporary, path) != 0) {
        fail(path, strerror(errno));
        unlink(temporary);
        return false;
    }
    return true;
}

static void print_dropped(struct cnil_str source, size_t line, struct cnil_str text, enum cnil_filter_drop why,
                          void *data)
{
    (void)data;
    output_text(stdout, source);
    printf(":%zu: %s: ", line, cnil_filter_drop_name(why));
    output_text(stdout, text);
    putchar('\n');
}

static void print_source(const struct cnil_filter_source_info *source)
{
    size_t seen =
        source->rules - source->dropped[CNIL_FILTER_DROP_NAVIGATION] - source->dropped[CNIL_FILTER_DROP_HIDING];

    output_text(stdout, source->name);
    printf(": %zu rules for URLs, %zu kept: %.2f %% of those that speak of what a page fetches; %zu cosmetic ones\n",
           source->rules, source->kept, seen > 0 ? 100.0 * (double)source->kept / (double)seen : 100.0,
           source->cosmetic);
    for (enum cnil_filter_drop why = 0; why < CNIL_FILTER_DROPS; why++)
        if (source->dropped[why] > 0)
            printf("    %6u left out: %s: %s\n", source->dropped[why], cnil_filter_drop_name(why),
                   cnil_filter_drop_sentence(why));
}

static void print_list(const char *path, const struct cnil_filter_list *list)
{
    for (size_t i = 0; i < cnil_filter_list_source_count(list); i++) {
        struct cnil_filter_source_info source = cnil_filter_list_source(list, i);

        print_source(&source);
    }
    output_text(stdout, cnil_str_from(path));
    printf(": %zu bytes, and %zu of rules' names that only verdicts read\n", cnil_filter_list_hot_size(list),
           cnil_filter_list_cold_size(list));
    if (cnil_filter_list_untold(list) > 0) {
        output_text(stdout, cnil_str_from(path));
        printf(": %zu expressions that the guard in a page is not told: JavaScript reads them otherwise\n",
               cnil_filter_list_untold(list));
    }
}

static int show(const char *path)
{
    struct cnil_errors errors;
    struct cnil_filter_list *list;

    cnil_errors_init(&errors);
    list = cnil_filter_list_load(path, &errors);
    if (list != NULL)
        print_list(path, list);
    else
        output_mistakes(stderr, path, &errors);
    cnil_errors_free(&errors);
    cnil_filter_list_free(list);
    return list != NULL ? COMMAND_OK : COMMAND_MISTAKES;
}

static int compile(const struct cnil_filter_source *sources, size_t count, const char *out, bool dropped)
{
    struct cnil_buffer image;
    enum cnil_status status;
    int result = COMMAND_MISTAKES;

    cnil_buffer_init(&image, CNIL_LIMIT_LIST_FILE);
    status = cnil_filter_compile(sources, count, dropped ? print_dropped : NULL, NULL, &image);
    if (status != CNIL_OK)
        fail(out, status == CNIL_TOO_LARGE ? "would be too large" : "not enough memory");
    else if (write_file(out, cnil_buffer_str(&image)))
        result = show(out);
    cnil_buffer_free(&image);
    return result;
}

static int build(char *const *arguments, size_t count, const char *out, bool dropped)
{
    struct cnil_filter_source *sources = calloc(count, sizeof(*sources));
    struct cnil_buffer *texts = calloc(count, sizeof(*texts));
    bool good = sources != NULL && texts != NULL;
    int result = COMMAND_MISTAKES;

    for (size_t i = 0; i < count && good; i++) {
        const char *path = split_argument(arguments[i], &sources[i].name);

        if (!cnil_filter_name_is_good(sources[i].name)) {
            fail(arguments[i], "give the list a name of letters, digits, \".\", \"_\", \"-\": NAME=FILE");
            good = false;
            break;
        }
        for (size_t j = 0; j < i && good; j++)
            good = !cnil_str_equal(sources[j].name, sources[i].name);
        if (!good) {
            fail(arguments[i], "two lists have this name: write NAME=FILE");
            break;
        }
        cnil_buffer_init(&texts[i], CNIL_LIMIT_LIST_TEXT);
        good = read_text(path, &texts[i]);
        sources[i].text = cnil_buffer_str(&texts[i]);
    }
    if (good)
        result = compile(sources, count, out, dropped);
    for (size_t i = 0; texts != NULL && i < count; i++)
        cnil_buffer_free(&texts[i]);
    free(texts);
    free(sources);
    return result;
}

/* ---- Debian's package ---- */

/* Runs a command in `folder`. Its output goes to standard error, so that what it says of a missing network is seen. */
static bool run(const char *folder, const char *const argv[])
{
    pid_t child = fork();
    int status;

    if (child < 0)
        return false;
    if (child == 0) {
        if (chdir(folder) == 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
            execvp(argv[0], (char *const *)(uintptr_t)argv); /* its type is of before const */
        fprintf(stderr, "cnil lists: %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The one file that `pattern` below `folder` finds; it must hold `size` bytes. */
static bool find_one(const char *pattern, const char *folder, char *path, size_t size)
{
    char full[PATH_SIZE];
    glob_t files;
    bool good;

    if ((size_t)snprintf(full, sizeof(full), "%s/%s", folder, pattern) >= sizeof(full) ||
        glob(full, 0, NULL, &files) != 0)
        return false;
    good = files.gl_pathc > 0 && (size_t)snprintf(path, size, "%s", files.gl_pathv[0]) < size;
    globfree(&files);
    return good;
}

static int unpack(const char *folder, const char *out)
{
    static const char *const download[] = { "apt-get", "-q", "download", DEBIAN_PACKAGE, NULL };
    char package[PATH_SIZE], arguments[DEBIAN_LISTS][PATH_SIZE + 32], path[PATH_SIZE];
    char *list[DEBIAN_LISTS];
    const char *const unpacking[] = { "dpkg-deb", "-x", package, "root", NULL };

    if (!run(folder, download))
        return fail(DEBIAN_PACKAGE, "cannot be downloaded: is there a network, and has \"apt-get update\" been run?");
    if (!find_one("*.deb", folder, package, sizeof(package)) || !run(folder, unpacking))
        return fail(DEBIAN_PACKAGE, "cannot be unpacked");
    for (size_t i = 0; i < DEBIAN_LISTS; i++) {
        if (!find_one(debian_lists[i].pattern, folder, path, sizeof(path)))
            return fail(DEBIAN_PACKAGE, "has no EasyList or EasyPrivacy where it used to have them");
        snprintf(arguments[i], sizeof(arguments[i]), "%s=%s", debian_lists[i].name, path);
        list[i] = arguments[i];
    }
    return build(list, DEBIAN_LISTS, out, false);
}

/* The folders above a file; what is missing is made. */
static bool make_folders(const char *path)
{
    char folder[PATH_SIZE];

    if ((size_t)snprintf(folder, sizeof(folder), "%s", path) >= sizeof(folder))
        return false;
    for (char *at = folder + 1; *at != '\0'; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(folder, 0755) != 0 && errno != EEXIST) {
            fail(folder, strerror(errno));
            return false;
        }
        *at = '/';
    }
    return true;
}

static int update_from_debian(const char *out)
{
    const char *above = getenv("TMPDIR");
    char folder[PATH_SIZE];
    const char *const removal[] = { "rm", "-rf", "--", folder, NULL };
    int result;

    if (!make_folders(out))
        return COMMAND_MISTAKES;
    snprintf(folder, sizeof(folder), "%s/cnil-lists.XXXXXX", above != NULL ? above : "/tmp");
    if (mkdtemp(folder) == NULL)
        return fail(folder, strerror(errno));
    result = unpack(folder, out);
    if (!run("/", removal))
        fail(folder, "cannot be removed");
    return result;
}

/* ---- the command ---- */

int command_lists(const struct command *self, int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "", *out = NULL;
    bool dropped = false;
    const struct input_option known[] = { { "output", 'o', .text = &out }, { "dropped", .flag = &dropped } };
    int count;

    if (argc > 1 && !input_options(argc - 1, argv + 1, known, sizeof(known) / sizeof(known[0])))
        return command_usage(self);
    count = argc - 1 - optind;
    if (strcmp(word, "build") == 0 && count > 0 && count <= CNIL_LIMIT_LIST_SOURCES && out != NULL)
        return build(argv + 1 + optind, (size_t)count, out, dropped);
    if (strcmp(word, "show") == 0 && count == 1 && out == NULL && !dropped)
        return show(argv[1 + optind]);
    if (strcmp(word, "update-from-debian") == 0 && count == 0 && !dropped)
        return update_from_debian(out != NULL ? out : DEFAULT_OUT);
    return command_usage(self);
}
