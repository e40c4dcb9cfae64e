/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* vasprintf */
#include "base/errors.h"

#include "base/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cnil_errors_init(struct cnil_errors *errors)
{
    *errors = (struct cnil_errors){ 0 };
}

static void error_clear(struct cnil_error *error)
{
    free((void *)error->file);
    free((void *)error->pointer);
    free((void *)error->sentence);
}

void cnil_errors_free(struct cnil_errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        error_clear(&errors->list[i]);
    free(errors->list);
    cnil_errors_init(errors);
}

static bool has_room(struct cnil_errors *errors)
{
    struct cnil_error *grown;

    if (errors->count == CNIL_LIMIT_ERRORS)
        return false;
    grown = realloc(errors->list, (errors->count + 1) * sizeof(*grown));
    if (grown == NULL)
        return false;
    errors->list = grown;
    return true;
}

void cnil_errors_add(struct cnil_errors *errors, const char *file, unsigned line, unsigned column, const char *pointer,
                     const char *format, ...)
{
    struct cnil_error error = { .line = line, .column = column };
    char *sentence = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&sentence, format, args) < 0)
        sentence = NULL;
    va_end(args);
    error.sentence = sentence;
    error.file = file != NULL ? strdup(file) : NULL;
    error.pointer = pointer != NULL ? strdup(pointer) : NULL;
    if (sentence == NULL || (file != NULL && error.file == NULL) || (pointer != NULL && error.pointer == NULL) ||
        !has_room(errors)) {
        error_clear(&error);
        errors->untold++;
        return;
    }
    errors->list[errors->count++] = error;
}

bool cnil_errors_any(const struct cnil_errors *errors)
{
    return errors->count > 0 || errors->untold > 0;
}

static int by_place(const void *left, const void *right)
{
    const struct cnil_error *a = left, *b = right;
    int order = strcmp(a->file != NULL ? a->file : "", b->file != NULL ? b->file : "");

    if (order != 0)
        return order;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

void cnil_errors_sort(struct cnil_errors *errors)
{
    if (errors->count > 1)
        qsort(errors->list, errors->count, sizeof(*errors->list), by_place);
}

size_t cnil_error_format(const struct cnil_error *error, char *out, size_t size)
{
    bool has_file = error->file != NULL, has_pointer = error->pointer != NULL && error->pointer[0] != '\0';
    char place[64] = "";
    int len;

    if (error->line > 0 && error->column > 0)
        snprintf(place, sizeof(place), "%u:%u:", error->line, error->column);
    else if (error->line > 0)
        snprintf(place, sizeof(place), "%u:", error->line);
    len = snprintf(out, size, "%s%s%s%s%s%s%s", has_file ? error->file : "", has_file ? ":" : "", place,
                   has_file || error->line > 0 ? " " : "", has_pointer ? error->pointer : "", has_pointer ? ": " : "",
                   error->sentence);
    if (len < 0)
        return 0;
    return (size_t)len < size ? (size_t)len : size > 0 ? size - 1 : 0;
}
