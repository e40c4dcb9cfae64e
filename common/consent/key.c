/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* mkostemp */
#include "consent/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

enum { KEY_LEN = 32, TEXT_LEN = 2 * KEY_LEN + 1 };

/* Which key a cookie was made with: tells keys apart, says nothing of them. */
static unsigned id_of(const unsigned char bytes[KEY_LEN])
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    return EVP_Digest(bytes, KEY_LEN, digest, NULL, EVP_sha256(), NULL) == 1 ? digest[0] : 0;
}

static bool decode(const char text[TEXT_LEN], struct cnil_key *key)
{
    for (size_t i = 0; i < KEY_LEN; i++) {
        int high = cnil_hex_value(text[2 * i]), low = cnil_hex_value(text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        key->bytes[i] = (unsigned char)(high << 4 | low);
    }
    key->id = id_of(key->bytes);
    key->previous = NULL;
    return text[TEXT_LEN - 1] == '\n';
}

static enum cnil_status read_key(int fd, const char *path, struct cnil_key *key, struct cnil_errors *errors)
{
    char text[TEXT_LEN + 1];
    struct stat info;
    ssize_t got;

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        cnil_errors_add(errors, path, 0, 0, NULL, "the key is no regular file");
        return CNIL_INVALID;
    }
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        cnil_errors_add(errors, path, 0, 0, NULL, "others than its owner have rights to the key: chmod 0600 it");
        return CNIL_INVALID;
    }
    got = read(fd, text, sizeof(text));
    if (got < 0) {
        cnil_errors_add(errors, path, 0, 0, NULL, "the key cannot be read: %s", strerror(errno));
        return CNIL_IO;
    }
    if (got != TEXT_LEN || !decode(text, key)) {
        cnil_errors_add(errors, path, 0, 0, NULL, "this is no key: it must be 64 hexadecimal digits and a newline");
        return CNIL_INVALID;
    }
    return CNIL_OK;
}

enum cnil_status cnil_key_load(const char *path, struct cnil_key *key, struct cnil_errors *errors)
{
    enum cnil_status status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (fd < 0) {
        cnil_errors_add(errors, path, 0, 0, NULL, "the key cannot be opened: %s", strerror(errno));
        return CNIL_IO;
    }
    status = read_key(fd, path, key, errors);
    close(fd);
    return status;
}

static bool write_new_key(int fd)
{
    unsigned char bytes[KEY_LEN];
    char text[TEXT_LEN + 1];

    if (RAND_bytes(bytes, KEY_LEN) != 1)
        return false;
    for (size_t i = 0; i < KEY_LEN; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    text[TEXT_LEN - 1] = '\n';
    return write(fd, text, TEXT_LEN) == TEXT_LEN && fsync(fd) == 0;
}

/* Written aside and linked in whole: of two servers that start at once, one links, and both read what it linked. */
static enum cnil_status make_key(const char *path, struct cnil_errors *errors)
{
    size_t size = strlen(path) + sizeof(".XXXXXX");
    char *aside = malloc(size);
    bool made = false;
    int fd;

    if (aside == NULL)
        return CNIL_NO_MEMORY;
    snprintf(aside, size, "%s.XXXXXX", path);
    fd = mkostemp(aside, O_CLOEXEC); /* O_EXCL and 0600 */
    if (fd >= 0) {
        made = write_new_key(fd) && (link(aside, path) == 0 || errno == EEXIST);
        close(fd);
    }
    if (!made)
        cnil_errors_add(errors, path, 0, 0, NULL, "the key cannot be made: %s", strerror(errno));
    if (fd >= 0)
        unlink(aside);
    free(aside);
    return made ? CNIL_OK : CNIL_IO;
}

enum cnil_status cnil_key_ensure(const char *path, struct cnil_key *key, struct cnil_errors *errors)
{
    enum cnil_status status = CNIL_OK;

    if (access(path, F_OK) != 0 && errno == ENOENT)
        status = make_key(path, errors);
    return status == CNIL_OK ? cnil_key_load(path, key, errors) : status;
}

bool cnil_key_mac(const struct cnil_key *key, const struct cnil_buffer *message, unsigned char mac[CNIL_KEY_MAC])
{
    unsigned len;

    return cnil_buffer_status(message) == CNIL_OK &&
           HMAC(EVP_sha256(), key->bytes, sizeof(key->bytes), (const unsigned char *)message->ptr, message->len, mac,
                &len) != NULL;
}
