/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain.h"

#include "base/limits.h"

#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cnil_chain {
    pthread_mutex_t mutex;
    pid_t writer; /* 0: no chain has begun */
    char id[CNIL_RECORD_CHAIN_LEN + 1];
    uint64_t seq; /* of the last line; 0: none */
    struct cnil_digest last;
    int64_t now; /* of the last line: a clock that is set back does not turn the order of lines round */
    bool torn;   /* a write failed: part of a line may stand in the file without its end */
};

struct cnil_chain *cnil_chain_new(void)
{
    struct cnil_chain *chain = calloc(1, sizeof(*chain));

    if (chain != NULL && pthread_mutex_init(&chain->mutex, NULL) != 0) {
        free(chain);
        return NULL;
    }
    return chain;
}

void cnil_chain_free(struct cnil_chain *chain)
{
    if (chain == NULL)
        return;
    pthread_mutex_destroy(&chain->mutex);
    free(chain);
}

static enum cnil_status begin(struct cnil_chain *chain)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[CNIL_RECORD_CHAIN_LEN / 2];

    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        return CNIL_IO;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        chain->id[2 * i] = digits[bytes[i] >> 4];
        chain->id[2 * i + 1] = digits[bytes[i] & 15];
    }
    chain->writer = getpid();
    chain->seq = 0;
    memset(chain->last.hex, '0', CNIL_DIGEST_LEN);
    return CNIL_OK;
}

/* The line without its newline; what stands before it ends what was torn. */
static struct cnil_str line_of(const struct cnil_buffer *bytes, bool torn)
{
    return cnil_str_slice(cnil_buffer_str(bytes), torn, bytes->len - 1);
}

static enum cnil_status write_next(struct cnil_chain *chain, const struct cnil_record *record, int64_t now,
                                   struct cnil_buffer *bytes, bool (*append)(void *data, struct cnil_str bytes),
                                   void *data)
{
    struct cnil_record line = *record;
    struct cnil_record_time time;
    struct cnil_digest digest;
    enum cnil_status status;

    line.chain = cnil_str_from(chain->id);
    line.seq = chain->seq + 1;
    line.prev = cnil_digest_str(&chain->last);
    line.time = cnil_record_time(now, &time);
    if (line.seq > 1)
        line.module = CNIL_STR_EMPTY;
    if (chain->torn)
        cnil_buffer_append_byte(bytes, '\n');
    cnil_record_write(&line, bytes);
    status = cnil_buffer_status(bytes);
    if (status == CNIL_OK)
        status = cnil_digest_of(line_of(bytes, chain->torn), &digest);
    if (status != CNIL_OK)
        return status;
    if (!append(data, cnil_buffer_str(bytes))) {
        chain->torn = true;
        chain->writer = 0;
        return CNIL_IO;
    }
    chain->torn = false;
    chain->seq++;
    chain->last = digest;
    chain->now = now;
    return CNIL_OK;
}

enum cnil_status cnil_chain_write(struct cnil_chain *chain, const struct cnil_record *record, int64_t now,
                                  bool (*append)(void *data, struct cnil_str bytes), void *data)
{
    enum cnil_status status = CNIL_OK;
    struct cnil_buffer bytes;

    cnil_buffer_init(&bytes, CNIL_LIMIT_PROOF_LINE);
    pthread_mutex_lock(&chain->mutex);
    if (chain->writer != getpid())
        status = begin(chain);
    if (status == CNIL_OK)
        status = write_next(chain, record, now > chain->now ? now : chain->now, &bytes, append, data);
    pthread_mutex_unlock(&chain->mutex);
    cnil_buffer_free(&bytes);
    return status;
}
