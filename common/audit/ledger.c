/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/ledger.h"

#include "base/limits.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LOG_NAME "choices.jsonl"

enum { FIRST_ROOM = 64, READ_ROOM = 64 * 1024 };

static const struct cnil_str beginning = CNIL_STR_INIT("{\"chain\":\"");

/* ---- files ---- */

static enum cnil_status grow(struct cnil_ledger_file *file, size_t *room, const char *path, struct cnil_errors *errors)
{
    size_t wanted = *room > 0 ? 2 * *room : READ_ROOM;
    char *grown;

    if (wanted > CNIL_LIMIT_PROOF_FILE) {
        cnil_errors_add(errors, path, 0, 0, NULL, "is longer than %d bytes", CNIL_LIMIT_PROOF_FILE);
        return CNIL_TOO_LARGE;
    }
    grown = realloc(file->bytes, wanted);
    if (grown == NULL)
        return CNIL_NO_MEMORY;
    file->bytes = grown;
    *room = wanted;
    return CNIL_OK;
}

/* zlib reads what is not compressed as it is. */
static enum cnil_status read_bytes(struct cnil_ledger_file *file, struct cnil_errors *errors)
{
    gzFile in = gzopen(file->path, "rbe");
    enum cnil_status status = CNIL_OK;
    size_t room = 0;
    int got = 1, error = Z_OK;

    if (in == NULL) {
        cnil_errors_add(errors, file->path, 0, 0, NULL, "cannot be read: %s", strerror(errno));
        return CNIL_IO;
    }
    while (got > 0 && status == CNIL_OK) {
        if (file->len == room)
            status = grow(file, &room, file->path, errors);
        if (status == CNIL_OK)
            got = gzread(in, file->bytes + file->len, (unsigned)(room - file->len));
        file->len += status == CNIL_OK && got > 0 ? (size_t)got : 0;
    }
    if (status == CNIL_OK && (got < 0 || (gzerror(in, &error), error != Z_OK))) {
        cnil_errors_add(errors, file->path, 0, 0, NULL, "cannot be read to its end");
        status = CNIL_IO;
    }
    gzclose(in);
    return status;
}

const struct cnil_ledger_file *cnil_ledger_load(struct cnil_ledger *ledger, const char *path, enum cnil_status *status,
                                                struct cnil_errors *errors)
{
    size_t size = strlen(path) + 1;
    struct cnil_ledger_file *file = calloc(1, sizeof(*file) + size);

    *status = CNIL_NO_MEMORY;
    if (file == NULL)
        return NULL;
    memcpy(file->path, path, size);
    file->next = ledger->files;
    ledger->files = file;
    *status = read_bytes(file, errors);
    return *status == CNIL_OK ? file : NULL;
}

void cnil_ledger_free(struct cnil_ledger *ledger)
{
    while (ledger->files != NULL) {
        struct cnil_ledger_file *file = ledger->files;

        ledger->files = file->next;
        free(file->bytes);
        free(file);
    }
    free(ledger->lines);
    free(ledger->scraps);
    *ledger = (struct cnil_ledger){ .count = 0 };
}

/* ---- lines ---- */

/* Makes room for one more of `size` bytes; false without memory. */
static bool make_room(void *array, size_t count, size_t *room, size_t size)
{
    size_t wanted = *room > 0 ? 2 * *room : FIRST_ROOM;
    void **list = array;
    void *grown;

    if (count < *room)
        return true;
    grown = realloc(*list, wanted * size);
    if (grown == NULL)
        return false;
    *list = grown;
    *room = wanted;
    return true;
}

static enum cnil_status add_scrap(struct cnil_ledger *ledger, const char *file, unsigned number, struct cnil_str text)
{
    bool torn = cnil_str_starts_with(text, beginning) || cnil_str_starts_with(beginning, text);

    if (!make_room(&ledger->scraps, ledger->scrap_count, &ledger->scrap_room, sizeof(*ledger->scraps)))
        return CNIL_NO_MEMORY;
    torn = torn && text.ptr[text.len - 1] != '}';
    ledger->scraps[ledger->scrap_count++] = (struct cnil_ledger_scrap){ file, number, torn };
    return CNIL_OK;
}

/* What stands behind a write that broke off is on the same line: where the last beginning of a line is. */
static size_t last_beginning(struct cnil_str text)
{
    size_t at = 0;

    for (;;) {
        struct cnil_str rest = cnil_str_slice(text, at + 1, text.len);
        size_t next = cnil_str_find(rest, beginning);

        if (next == rest.len)
            return at;
        at += 1 + next;
    }
}

static enum cnil_status add_line(struct cnil_ledger *ledger, const char *file, unsigned number, struct cnil_str text)
{
    size_t at = last_beginning(text);
    struct cnil_str whole = cnil_str_slice(text, at, text.len);
    enum cnil_status status = CNIL_OK;
    struct cnil_ledger_line *line;
    struct cnil_record record;

    if (!cnil_record_read(whole, &record))
        return add_scrap(ledger, file, number, text);
    if (at > 0)
        status = add_scrap(ledger, file, number, cnil_str_slice(text, 0, at));
    if (status != CNIL_OK || !make_room(&ledger->lines, ledger->count, &ledger->room, sizeof(*ledger->lines)))
        return CNIL_NO_MEMORY;
    line = &ledger->lines[ledger->count++];
    *line = (struct cnil_ledger_line){ .file = file,
                                       .number = number,
                                       .text = whole,
                                       .chain = record.chain,
                                       .prev = record.prev,
                                       .time = record.time,
                                       .seq = record.seq };
    return cnil_digest_of(whole, &line->digest);
}

static enum cnil_status add_file(struct cnil_ledger *ledger, const char *path, struct cnil_errors *errors)
{
    enum cnil_status status;
    const struct cnil_ledger_file *file = cnil_ledger_load(ledger, path, &status, errors);
    struct cnil_str rest;

    if (file == NULL)
        return status;
    rest = (struct cnil_str){ file->bytes, file->len };
    for (unsigned number = 1; rest.len > 0 && status == CNIL_OK; number++) {
        struct cnil_str text = cnil_str_cut(&rest, '\n');

        if (text.len > 0) /* an empty one ends what was torn */
            status = add_line(ledger, file->path, number, text);
    }
    return status;
}

/* ---- order ---- */

static int by_number(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_file(const void *left, const void *right)
{
    const struct cnil_ledger_line *a = left, *b = right;
    int order = cnil_str_compare(a->chain, b->chain);

    if (order == 0)
        order = strcmp(a->file, b->file);
    return order != 0 ? order : by_number(a->number, b->number);
}

/* As they were written: by a chain's first line in each file, whatever the files are called. */
static int by_chain(const void *left, const void *right)
{
    const struct cnil_ledger_line *a = left, *b = right;
    int order = cnil_str_compare(a->chain, b->chain);

    if (order == 0)
        order = by_number(a->segment, b->segment);
    if (order == 0)
        order = strcmp(a->file, b->file);
    return order != 0 ? order : by_number(a->number, b->number);
}

static int by_time(const void *left, const void *right)
{
    const struct cnil_ledger_line *a = left, *b = right;
    int order = cnil_str_compare(a->time, b->time);

    return order != 0 ? order : by_chain(left, right);
}

static void sort(struct cnil_ledger *ledger, int (*order)(const void *left, const void *right))
{
    if (ledger->count > 1)
        qsort(ledger->lines, ledger->count, sizeof(*ledger->lines), order);
}

static void sort_by_chain(struct cnil_ledger *ledger)
{
    struct cnil_ledger_line *lines = ledger->lines;

    sort(ledger, by_file);
    for (size_t i = 0, end; i < ledger->count; i = end) {
        uint64_t lowest = lines[i].seq;

        for (end = i; end < ledger->count && cnil_str_equal(lines[i].chain, lines[end].chain) &&
                      lines[i].file == lines[end].file;
             end++)
            lowest = lines[end].seq < lowest ? lines[end].seq : lowest;
        for (size_t k = i; k < end; k++)
            lines[k].segment = lowest;
    }
    sort(ledger, by_chain);
}

void cnil_ledger_sort_by_time(struct cnil_ledger *ledger)
{
    sort(ledger, by_time);
}

size_t cnil_ledger_chain_length(const struct cnil_ledger *ledger, size_t from)
{
    size_t end = from;

    while (end < ledger->count && cnil_str_equal(ledger->lines[end].chain, ledger->lines[from].chain))
        end++;
    return end - from;
}

size_t cnil_ledger_find_chain(const struct cnil_ledger *ledger, struct cnil_str chain)
{
    size_t low = 0, high = ledger->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (cnil_str_compare(ledger->lines[middle].chain, chain) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ledger->count && cnil_str_equal(ledger->lines[low].chain, chain) ? low : ledger->count;
}

/* ---- the directory ---- */

static int is_log(const struct dirent *entry)
{
    return strncmp(entry->d_name, LOG_NAME, strlen(LOG_NAME)) == 0;
}

enum cnil_status cnil_ledger_read(struct cnil_ledger *ledger, const char *directory, struct cnil_errors *errors)
{
    struct dirent **names = NULL;
    int count = scandir(directory, &names, is_log, alphasort);
    enum cnil_status status = CNIL_OK;

    *ledger = (struct cnil_ledger){ .count = 0 };
    if (count < 0) {
        cnil_errors_add(errors, directory, 0, 0, NULL, "cannot be read: %s", strerror(errno));
        return CNIL_IO;
    }
    for (int i = 0; i < count; i++) {
        size_t size = strlen(directory) + 1 + strlen(names[i]->d_name) + 1;
        char *path = status == CNIL_OK ? malloc(size) : NULL;

        if (path != NULL) {
            snprintf(path, size, "%s/%s", directory, names[i]->d_name);
            status = add_file(ledger, path, errors);
        } else if (status == CNIL_OK) {
            status = CNIL_NO_MEMORY;
        }
        free(path);
        free(names[i]);
    }
    free(names);
    if (status == CNIL_OK)
        sort_by_chain(ledger);
    return status;
}
