/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/seal.h"

#include "audit/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIGNATURE_LEN = 64, SIGNATURE_TEXT_LEN = 88, DECODED_LEN = 66, PATH_LIMIT = 4096 };

struct cnil_seal {
    EVP_PKEY *key;
    struct cnil_digest name;
};

void cnil_seal_free(struct cnil_seal *seal)
{
    if (seal == NULL)
        return;
    EVP_PKEY_free(seal->key);
    free(seal);
}

struct cnil_str cnil_seal_name(const struct cnil_seal *seal)
{
    return cnil_digest_str(&seal->name);
}

/* Takes `key` over; NULL without memory. */
static struct cnil_seal *seal_of(EVP_PKEY *key)
{
    struct cnil_seal *seal = calloc(1, sizeof(*seal));
    unsigned char *bytes = NULL;
    int len = seal != NULL ? i2d_PUBKEY(key, &bytes) : -1;

    if (len < 0 || cnil_digest_of((struct cnil_str){ (const char *)bytes, (size_t)len }, &seal->name) != CNIL_OK) {
        free(seal);
        EVP_PKEY_free(key);
        seal = NULL;
    } else {
        seal->key = key;
    }
    OPENSSL_free(bytes);
    return seal;
}

/* Reads a key of our kind out of `file`, which is closed. */
static struct cnil_seal *read_key(FILE *file, const char *path, bool secret, struct cnil_errors *errors)
{
    EVP_PKEY *key =
        secret ? PEM_read_PrivateKey(file, NULL, NULL, (char[]){ "" }) : PEM_read_PUBKEY(file, NULL, NULL, NULL);

    fclose(file);
    if (key == NULL || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
        EVP_PKEY_free(key);
        cnil_errors_add(errors, path, 0, 0, NULL, "this is no %s Ed25519 key", secret ? "secret" : "public");
        return NULL;
    }
    return seal_of(key);
}

static struct cnil_seal *load(const char *path, bool secret, struct cnil_errors *errors)
{
    FILE *file = fopen(path, "re");

    if (file != NULL)
        return read_key(file, path, secret, errors);
    cnil_errors_add(errors, path, 0, 0, NULL, "the key cannot be opened: %s", strerror(errno));
    return NULL;
}

struct cnil_seal *cnil_seal_load_public(const char *path, struct cnil_errors *errors)
{
    return load(path, false, errors);
}

/* Writes a new secret key, for its owner alone, aside and then in whole under its name. */
static bool make_key(const char *path)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    char aside[PATH_LIMIT + 8];
    FILE *file = NULL;
    bool made = false;
    int fd = -1;

    snprintf(aside, sizeof(aside), "%s.new", path);
    if (key != NULL)
        fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        file = fdopen(fd, "w");
    if (file != NULL) {
        made = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 && fflush(file) == 0 && fsync(fd) == 0;
        made = fclose(file) == 0 && made;
        made = made && link(aside, path) == 0;
        unlink(aside);
    }
    EVP_PKEY_free(key);
    return made;
}

static enum cnil_status put_public(const struct cnil_seal *seal, const char *directory, struct cnil_errors *errors)
{
    BIO *bio = BIO_new(BIO_s_mem());
    enum cnil_status status = CNIL_NO_MEMORY;
    char *text = NULL;
    long len;

    if (bio != NULL && PEM_write_bio_PUBKEY(bio, seal->key) == 1) {
        len = BIO_get_mem_data(bio, &text);
        status = cnil_archive_put(directory, CNIL_STR("seal.pub"), (struct cnil_str){ text, (size_t)len }, errors);
    }
    BIO_free(bio);
    return status;
}

struct cnil_seal *cnil_seal_ensure(const char *directory, struct cnil_errors *errors)
{
    char path[PATH_LIMIT];
    struct cnil_seal *seal;

    if ((size_t)snprintf(path, sizeof(path), "%s/seal.key", directory) >= sizeof(path)) {
        cnil_errors_add(errors, directory, 0, 0, NULL, "this path is too long");
        return NULL;
    }
    if (access(path, F_OK) != 0 && !make_key(path)) {
        cnil_errors_add(errors, path, 0, 0, NULL, "the key cannot be made: %s", strerror(errno));
        return NULL;
    }
    seal = load(path, true, errors);
    if (seal != NULL && put_public(seal, directory, errors) != CNIL_OK) {
        cnil_seal_free(seal);
        return NULL;
    }
    return seal;
}

bool cnil_seal_sign(const struct cnil_seal *seal, struct cnil_str text, struct cnil_buffer *out)
{
    unsigned char signature[SIGNATURE_LEN], encoded[SIGNATURE_TEXT_LEN + 1];
    size_t len = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, seal->key) == 1 &&
                EVP_DigestSign(context, signature, &len, (const unsigned char *)text.ptr, text.len) == 1 &&
                len == sizeof(signature);

    EVP_MD_CTX_free(context);
    if (!done)
        return false;
    EVP_EncodeBlock(encoded, signature, SIGNATURE_LEN);
    cnil_buffer_append(out, (struct cnil_str){ (const char *)encoded, SIGNATURE_TEXT_LEN });
    return true;
}

/* One text alone decodes to one signature: its last character has bits that say nothing. */
static bool decode(struct cnil_str text, unsigned char bytes[DECODED_LEN])
{
    unsigned char again[SIGNATURE_TEXT_LEN + 1];

    if (text.len != SIGNATURE_TEXT_LEN ||
        EVP_DecodeBlock(bytes, (const unsigned char *)text.ptr, SIGNATURE_TEXT_LEN) != DECODED_LEN)
        return false;
    EVP_EncodeBlock(again, bytes, SIGNATURE_LEN);
    return memcmp(again, text.ptr, SIGNATURE_TEXT_LEN) == 0;
}

bool cnil_seal_verify(const struct cnil_seal *seal, struct cnil_str text, struct cnil_str signature)
{
    unsigned char bytes[DECODED_LEN];
    EVP_MD_CTX *context;
    bool good;

    if (!decode(signature, bytes))
        return false;
    context = EVP_MD_CTX_new();
    good = context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, seal->key) == 1 &&
           EVP_DigestVerify(context, bytes, SIGNATURE_LEN, (const unsigned char *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(context);
    return good;
}
