/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <openssl/evp.h>

void cnil_digest_print(const unsigned char bytes[CNIL_DIGEST_LEN / 2], struct cnil_digest *digest)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < CNIL_DIGEST_LEN / 2; i++) {
        digest->hex[2 * i] = digits[bytes[i] >> 4];
        digest->hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    digest->hex[CNIL_DIGEST_LEN] = '\0';
}

enum cnil_status cnil_digest_of(struct cnil_str bytes, struct cnil_digest *digest)
{
    unsigned char raw[EVP_MAX_MD_SIZE];

    if (EVP_Digest(bytes.len > 0 ? bytes.ptr : "", bytes.len, raw, NULL, EVP_sha256(), NULL) != 1)
        return CNIL_NO_MEMORY;
    cnil_digest_print(raw, digest);
    return CNIL_OK;
}

bool cnil_digest_is(struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!cnil_is_digit(text.ptr[i]) && (text.ptr[i] < 'a' || text.ptr[i] > 'f'))
            return false;
    return text.len == CNIL_DIGEST_LEN;
}

struct cnil_str cnil_digest_str(const struct cnil_digest *digest)
{
    return (struct cnil_str){ digest->hex, CNIL_DIGEST_LEN };
}
