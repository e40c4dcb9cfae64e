/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* mkostemp */
#include "audit/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "DIRECTORY/NAME" and `suffix`, allocated. */
static char *path_of(const char *directory, struct cnil_str name, const char *suffix)
{
    size_t size = strlen(directory) + 1 + name.len + strlen(suffix) + 1;
    char *path = malloc(size);

    if (path != NULL)
        snprintf(path, size, "%s/%.*s%s", directory, (int)name.len, name.ptr, suffix);
    return path;
}

static bool write_whole(int fd, struct cnil_str bytes)
{
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.ptr, bytes.len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes = cnil_str_slice(bytes, (size_t)written, bytes.len);
    }
    return fchmod(fd, S_IRUSR | S_IWUSR | S_IRGRP) == 0 && fsync(fd) == 0;
}

/* Written aside and linked in whole: what has the name has all of the bytes, whoever else writes it, whatever breaks
 * off. */
static bool put(const char *path, char *aside, struct cnil_str bytes)
{
    int fd = mkostemp(aside, O_CLOEXEC), error;
    bool good;

    if (fd < 0)
        return false;
    good = write_whole(fd, bytes) && (link(aside, path) == 0 || errno == EEXIST);
    error = errno;
    close(fd);
    unlink(aside);
    errno = error;
    return good;
}

enum cnil_status cnil_archive_put(const char *directory, struct cnil_str name, struct cnil_str bytes,
                                  struct cnil_errors *errors)
{
    char *path = path_of(directory, name, ""), *aside = path_of(directory, name, ".XXXXXX");
    enum cnil_status status = path != NULL && aside != NULL ? CNIL_OK : CNIL_NO_MEMORY;

    if (status == CNIL_OK && access(path, F_OK) != 0 && !put(path, aside, bytes)) {
        cnil_errors_add(errors, path, 0, 0, NULL, "cannot be archived: %s", strerror(errno));
        status = CNIL_IO;
    }
    free(path);
    free(aside);
    return status;
}

static char *read_whole(int fd, size_t *len)
{
    struct stat info;
    ssize_t got = 1;
    char *bytes;

    *len = 0;
    if (fstat(fd, &info) != 0)
        return NULL;
    if (!S_ISREG(info.st_mode) || info.st_size > CNIL_LIMIT_ARCHIVED) {
        errno = EFBIG;
        return NULL;
    }
    bytes = malloc((size_t)info.st_size + 1);
    while (bytes != NULL && *len < (size_t)info.st_size && got > 0) {
        got = read(fd, bytes + *len, (size_t)info.st_size - *len);
        *len += got > 0 ? (size_t)got : 0;
    }
    if (bytes != NULL && got < 0) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

char *cnil_archive_get(const char *directory, struct cnil_str name, size_t *len)
{
    char *path = path_of(directory, name, ""), *bytes = NULL;
    int fd, error;

    if (path == NULL)
        return NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    free(path);
    if (fd < 0)
        return NULL;
    bytes = read_whole(fd, len);
    error = errno;
    close(fd);
    errno = error;
    return bytes;
}
