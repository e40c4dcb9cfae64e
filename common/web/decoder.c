/* SPDX-License-Identifier: Apache-2.0 */
#include "web/decoder.h"

#include <brotli/decode.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

enum {
    ZSTD_WINDOW_LOG = 23, /* 8 MiB: what a sender may use at most (RFC 9659) */
    ANY_WRAPPER = 15,     /* zlib's words for a window of 32 KiB: with a zlib wrapper, */
    RAW = -15,            /* without any, */
    GZIP_WRAPPER = 31     /* with gzip's */
};

static const unsigned char gzip_magic[2] = { 0x1f, 0x8b };

/* One coding being undone. */
struct stage {
    enum cnil_coding coding;
    union {
        z_stream zlib;
        BrotliDecoderState *brotli;
        ZSTD_DCtx *zstd;
    } state;
    bool is_open; /* `state` holds something */
    bool has_begun;
    bool is_done;    /* its end has been read */
    bool is_garbage; /* and what follows is none of it */

    /* The first two bytes of a zlib wrapper or of another member, which say what it is. */
    unsigned char ahead[2];
    size_t ahead_len;

    struct cnil_str in; /* not yet taken */
    uint64_t given;
    char *out; /* CNIL_LIMIT_DECODED bytes */
};

struct cnil_decoder {
    struct stage stages[CNIL_LIMIT_CODINGS]; /* the first takes what is fed */
    size_t count;
    uint64_t fed;
    bool is_last;
};

/* ---- which codings ---- */

static bool coding_of(struct cnil_str word, enum cnil_coding *coding)
{
    static const struct {
        struct cnil_str word;
        enum cnil_coding coding;
    } words[] = {
        { CNIL_STR_INIT("gzip"), CNIL_CODING_GZIP },       { CNIL_STR_INIT("x-gzip"), CNIL_CODING_GZIP },
        { CNIL_STR_INIT("deflate"), CNIL_CODING_DEFLATE }, { CNIL_STR_INIT("br"), CNIL_CODING_BR },
        { CNIL_STR_INIT("zstd"), CNIL_CODING_ZSTD },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (cnil_str_equal_nocase(word, words[i].word)) {
            *coding = words[i].coding;
            return true;
        }
    return false;
}

static bool is_no_coding(struct cnil_str word)
{
    return cnil_str_equal_nocase(word, CNIL_STR("identity")) || cnil_str_equal_nocase(word, CNIL_STR("none")) ||
           cnil_charset_of(word) == CNIL_CHARSET_LIKE_ASCII;
}

bool cnil_decoder_codings(struct cnil_headers headers, struct cnil_codings *codings)
{
    codings->count = 0;
    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str rest = headers.list[i].value, word;
        enum cnil_coding coding;

        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Content-Encoding")))
            continue;
        while (cnil_header_list_next(&rest, &word)) {
            if (is_no_coding(word))
                continue;
            if (!coding_of(word, &coding) || codings->count == CNIL_LIMIT_CODINGS)
                return false;
            codings->list[codings->count++] = coding;
        }
    }
    return true;
}

/* ---- life ---- */

static void *zlib_allocate(void *data, uInt count, uInt size)
{
    (void)data;
    return calloc(count, size);
}

static void zlib_release(void *data, void *memory)
{
    (void)data;
    free(memory);
}

static void *brotli_allocate(void *data, size_t size)
{
    (void)data;
    return malloc(size);
}

static bool open_zlib(struct stage *stage, int window_bits)
{
    stage->state.zlib = (z_stream){ .zalloc = zlib_allocate, .zfree = zlib_release };
    stage->is_open = inflateInit2(&stage->state.zlib, window_bits) == Z_OK;
    return stage->is_open;
}

static bool open_stage(struct stage *stage)
{
    switch (stage->coding) {
    case CNIL_CODING_GZIP:
        return open_zlib(stage, GZIP_WRAPPER);
    case CNIL_CODING_DEFLATE:
        return true; /* once its first bytes have been seen */
    case CNIL_CODING_BR:
        stage->state.brotli = BrotliDecoderCreateInstance(brotli_allocate, zlib_release, NULL);
        stage->is_open = stage->state.brotli != NULL;
        return stage->is_open;
    case CNIL_CODING_ZSTD:
        stage->state.zstd = ZSTD_createDCtx();
        stage->is_open = stage->state.zstd != NULL;
        return stage->is_open &&
               !ZSTD_isError(ZSTD_DCtx_setParameter(stage->state.zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
    }
    return false;
}

static void close_stage(struct stage *stage)
{
    free(stage->out);
    if (!stage->is_open)
        return;
    if (stage->coding == CNIL_CODING_BR)
        BrotliDecoderDestroyInstance(stage->state.brotli);
    else if (stage->coding == CNIL_CODING_ZSTD)
        ZSTD_freeDCtx(stage->state.zstd);
    else
        inflateEnd(&stage->state.zlib);
}

struct cnil_decoder *cnil_decoder_new(const struct cnil_codings *codings)
{
    struct cnil_decoder *decoder = calloc(1, sizeof(*decoder));

    if (decoder == NULL)
        return NULL;
    decoder->count = codings->count;
    for (size_t i = 0; i < decoder->count; i++) {
        struct stage *stage = &decoder->stages[i];

        stage->coding = codings->list[codings->count - 1 - i]; /* the last one applied comes off first */
        stage->out = malloc(CNIL_LIMIT_DECODED);
        if (stage->out == NULL || !open_stage(stage)) {
            cnil_decoder_free(decoder);
            return NULL;
        }
    }
    return decoder;
}

void cnil_decoder_free(struct cnil_decoder *decoder)
{
    if (decoder == NULL)
        return;
    for (size_t i = 0; i < decoder->count; i++)
        close_stage(&decoder->stages[i]);
    free(decoder);
}

void cnil_decoder_feed(struct cnil_decoder *decoder, struct cnil_str chunk, bool last)
{
    if (decoder->count > 0)
        decoder->stages[0].in = chunk;
    decoder->fed += chunk.len;
    decoder->is_last = last;
}

/* ---- one stage ---- */

static void take(struct stage *stage, size_t len)
{
    stage->in = cnil_str_slice(stage->in, len, stage->in.len);
}

static enum cnil_status inflate_some(struct stage *stage, size_t *written)
{
    z_stream *zlib = &stage->state.zlib;
    bool is_ahead = stage->ahead_len > 0;
    size_t len = is_ahead ? stage->ahead_len : stage->in.len;
    int result;

    zlib->next_in = is_ahead ? stage->ahead : (const unsigned char *)stage->in.ptr;
    zlib->avail_in = len < UINT32_MAX ? (uInt)len : UINT32_MAX;
    len = zlib->avail_in;
    zlib->next_out = (unsigned char *)stage->out;
    zlib->avail_out = CNIL_LIMIT_DECODED;
    result = inflate(zlib, Z_NO_FLUSH);
    len -= zlib->avail_in;
    *written = CNIL_LIMIT_DECODED - zlib->avail_out;
    if (is_ahead) {
        memmove(stage->ahead, stage->ahead + len, stage->ahead_len - len);
        stage->ahead_len -= len;
    } else {
        take(stage, len);
    }
    if (result == Z_STREAM_END)
        stage->is_done = true;
    else if (result != Z_OK && result != Z_BUF_ERROR) /* the latter: there was nothing to do */
        return result == Z_MEM_ERROR ? CNIL_NO_MEMORY : CNIL_INVALID;
    return CNIL_OK;
}

/* Takes bytes into `ahead` until there are two; false: not yet. */
static bool look_ahead(struct stage *stage)
{
    while (stage->ahead_len < 2 && stage->in.len > 0) {
        stage->ahead[stage->ahead_len++] = (unsigned char)stage->in.ptr[0];
        take(stage, 1);
    }
    return stage->ahead_len == 2;
}

/* "deflate" should come in zlib's wrapper, but some servers send the bare stream; browsers read both. */
static enum cnil_status open_deflate(struct stage *stage)
{
    bool wrapped;

    if (!look_ahead(stage))
        return CNIL_OK;
    wrapped = (stage->ahead[0] & 0x0f) == Z_DEFLATED && (stage->ahead[0] << 8 | stage->ahead[1]) % 31 == 0;
    return open_zlib(stage, wrapped ? ANY_WRAPPER : RAW) ? CNIL_OK : CNIL_NO_MEMORY;
}

/* After a member's end another may begin; anything else is not for us. */
static enum cnil_status next_member(struct stage *stage)
{
    while (stage->in.len > 0 && stage->ahead_len < 2) {
        if ((unsigned char)stage->in.ptr[0] != gzip_magic[stage->ahead_len]) {
            stage->is_garbage = true;
            stage->ahead_len = 0;
            take(stage, stage->in.len);
            return CNIL_OK;
        }
        stage->ahead[stage->ahead_len] = gzip_magic[stage->ahead_len];
        stage->ahead_len++;
        take(stage, 1);
    }
    if (stage->ahead_len < 2)
        return CNIL_OK;
    stage->is_done = false;
    return inflateReset(&stage->state.zlib) == Z_OK ? CNIL_OK : CNIL_INVALID;
}

static enum cnil_status run_zlib(struct stage *stage, size_t *written)
{
    enum cnil_status status = CNIL_OK;

    *written = 0;
    if (stage->is_done)
        status = next_member(stage);
    else if (!stage->is_open)
        status = open_deflate(stage);
    if (status != CNIL_OK || stage->is_done || !stage->is_open)
        return status;
    return inflate_some(stage, written);
}

static enum cnil_status run_brotli(struct stage *stage, size_t *written)
{
    const uint8_t *in = (const uint8_t *)stage->in.ptr;
    uint8_t *out = (uint8_t *)stage->out;
    size_t in_len = stage->in.len, out_len = CNIL_LIMIT_DECODED;
    BrotliDecoderResult result = BrotliDecoderDecompressStream(stage->state.brotli, &in_len, &in, &out_len, &out, NULL);
    BrotliDecoderErrorCode error;

    take(stage, stage->in.len - in_len);
    *written = CNIL_LIMIT_DECODED - out_len;
    stage->is_done = result == BROTLI_DECODER_RESULT_SUCCESS;
    if (result != BROTLI_DECODER_RESULT_ERROR)
        return CNIL_OK;
    error = BrotliDecoderGetErrorCode(stage->state.brotli);
    return error <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && error >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES
               ? CNIL_NO_MEMORY
               : CNIL_INVALID;
}

/* Frames may follow one another (RFC 8878, 3). */
static enum cnil_status run_zstd(struct stage *stage, size_t *written)
{
    ZSTD_inBuffer in = { stage->in.ptr, stage->in.len, 0 };
    ZSTD_outBuffer out = { stage->out, CNIL_LIMIT_DECODED, 0 };
    size_t result;

    if (stage->is_done && in.size == 0) { /* asked again, it would begin another frame */
        *written = 0;
        return CNIL_OK;
    }
    result = ZSTD_decompressStream(stage->state.zstd, &out, &in);
    take(stage, in.pos);
    *written = out.pos;
    if (ZSTD_isError(result))
        return strstr(ZSTD_getErrorName(result), "llocation") != NULL ? CNIL_NO_MEMORY : CNIL_INVALID;
    stage->is_done = result == 0;
    return CNIL_OK;
}

static enum cnil_status run(struct stage *stage, size_t *written)
{
    *written = 0;
    stage->has_begun |= stage->in.len > 0;
    if (stage->is_garbage ||
        (stage->is_done && (stage->coding == CNIL_CODING_BR || stage->coding == CNIL_CODING_DEFLATE)))
        take(stage, stage->in.len);
    if (!stage->has_begun || stage->is_garbage)
        return CNIL_OK;
    switch (stage->coding) {
    case CNIL_CODING_GZIP:
        return run_zlib(stage, written);
    case CNIL_CODING_DEFLATE:
        return stage->is_done ? CNIL_OK : run_zlib(stage, written);
    case CNIL_CODING_BR:
        return stage->is_done ? CNIL_OK : run_brotli(stage, written);
    case CNIL_CODING_ZSTD:
        return run_zstd(stage, written);
    }
    return CNIL_INVALID;
}

/* ---- all of them ---- */

static enum cnil_status pull(struct cnil_decoder *decoder, size_t index, struct cnil_str *block)
{
    struct stage *stage = &decoder->stages[index];
    enum cnil_status status = CNIL_OK;
    size_t written = 0;

    *block = CNIL_STR_EMPTY;
    for (;;) {
        size_t left = stage->in.len, ahead = stage->ahead_len;

        status = run(stage, &written);
        stage->given += written;
        *block = (struct cnil_str){ stage->out, written };
        if (status != CNIL_OK || written > 0)
            break;
        if (stage->in.len > 0 && stage->in.len == left && stage->ahead_len == ahead)
            return CNIL_INVALID; /* it neither takes nor gives */
        if (stage->in.len > 0 || (stage->ahead_len > 0 && stage->ahead_len != ahead))
            continue;
        if (index > 0)
            status = pull(decoder, index - 1, &stage->in);
        if (status != CNIL_OK || stage->in.len == 0)
            break;
    }
    if (status == CNIL_OK && stage->given > CNIL_LIMIT_DECODED_FREE &&
        stage->given / CNIL_LIMIT_DECODED_RATIO > decoder->fed)
        return CNIL_TOO_LARGE;
    if (status == CNIL_OK && written == 0 && decoder->is_last && stage->has_begun && !stage->is_done)
        return CNIL_INVALID; /* cut short */
    return status;
}

enum cnil_status cnil_decoder_next(struct cnil_decoder *decoder, struct cnil_str *block)
{
    if (decoder->count > 0)
        return pull(decoder, decoder->count - 1, block);
    *block = CNIL_STR_EMPTY;
    return CNIL_OK;
}
