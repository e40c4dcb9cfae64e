/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include "../../support/alloc.h"
#include "web/decoder.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { ROOM = 1 << 20 };

/* Bytes on the heap, so that reading past them is seen. */
struct bytes {
    char *ptr;
    size_t len;
};

static struct cnil_str view(struct bytes bytes)
{
    return (struct cnil_str){ bytes.ptr, bytes.len };
}

static struct bytes copy(const void *ptr, size_t len)
{
    struct bytes bytes = { malloc(len > 0 ? len : 1), len };

    memcpy(bytes.ptr, ptr, len);
    return bytes;
}

static struct bytes join(struct bytes a, struct bytes b)
{
    struct bytes both = { malloc(a.len + b.len + 1), a.len + b.len };

    memcpy(both.ptr, a.ptr, a.len);
    memcpy(both.ptr + a.len, b.ptr, b.len);
    free(a.ptr);
    free(b.ptr);
    return both;
}

static struct bytes deflated(struct bytes text, int window_bits)
{
    struct bytes out = { malloc(ROOM), 0 };
    z_stream zlib = { .next_in = (unsigned char *)text.ptr, .avail_in = (uInt)text.len };

    assert_int_equal(deflateInit2(&zlib, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    zlib.next_out = (unsigned char *)out.ptr;
    zlib.avail_out = ROOM;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    out.len = ROOM - zlib.avail_out;
    deflateEnd(&zlib);
    free(text.ptr);
    return out;
}

static struct bytes encoded(struct bytes text, enum cnil_coding coding)
{
    struct bytes out = { NULL, ROOM };

    if (coding == CNIL_CODING_GZIP)
        return deflated(text, 31);
    if (coding == CNIL_CODING_DEFLATE)
        return deflated(text, 15);
    out.ptr = malloc(ROOM);
    if (coding == CNIL_CODING_BR)
        assert_true(BrotliEncoderCompress(5, 24, BROTLI_MODE_TEXT, text.len, (uint8_t *)text.ptr, &out.len,
                                          (uint8_t *)out.ptr));
    else
        out.len = ZSTD_compress(out.ptr, ROOM, text.ptr, text.len, 3);
    free(text.ptr);
    return out;
}

/* Feeds `body` in chunks of `size` bytes; counts and hashes what comes out, keeps its beginning. */
struct outcome {
    enum cnil_status status;
    size_t len;
    uint32_t sum;
    char text[128];
};

static struct outcome decode(const struct cnil_codings *codings, struct cnil_str body, size_t size)
{
    struct cnil_decoder *decoder = cnil_decoder_new(codings);
    struct outcome outcome = { .status = CNIL_OK };
    size_t at = 0;

    if (decoder == NULL)
        outcome.status = CNIL_NO_MEMORY;
    do {
        size_t len = body.len - at < size ? body.len - at : size;
        struct bytes chunk = copy(body.ptr + at, len);
        struct cnil_str block = { NULL, 1 };

        at += len;
        if (outcome.status == CNIL_OK)
            cnil_decoder_feed(decoder, view(chunk), at == body.len);
        while (outcome.status == CNIL_OK && block.len > 0) {
            outcome.status = cnil_decoder_next(decoder, &block);
            if (outcome.status != CNIL_OK)
                break;
            assert_true(block.len <= CNIL_LIMIT_DECODED);
            for (size_t i = 0; i < block.len; i++, outcome.len++) {
                outcome.sum = outcome.sum * 31 + (unsigned char)block.ptr[i];
                if (outcome.len + 1 < sizeof(outcome.text))
                    outcome.text[outcome.len] = block.ptr[i];
            }
        }
        free(chunk.ptr);
    } while (at < body.len && outcome.status == CNIL_OK);
    cnil_decoder_free(decoder);
    return outcome;
}

static struct bytes page(size_t len)
{
    struct bytes text = { malloc(len + 1), len };
    uint32_t random = 7;

    for (size_t i = 0; i < len; i++) {
        random = random * 1664525 + 1013904223;
        text.ptr[i] = "<p class=a>some words </p>\n"[(random >> 24) % 27];
    }
    return text;
}

static void the_field_says_which_codings(void **state)
{
    static const struct {
        const char *value, *codings; /* one digit a coding; NULL: not known */
    } cases[] = {
        { "gzip", "0" },
        { "X-GZIP", "0" },
        { "deflate, br", "12" },
        { " zstd ,, gzip ", "30" },
        { "identity", "" },
        { "", "" },
        { "none", "" },
        { "UTF-8", "" },
        { "identity, gzip", "0" },
        { "gzip, gzip, gzip, gzip", "0000" },
        { "gzip, gzip, gzip, gzip, gzip", NULL },
        { "compress", NULL },
        { "gzip, dcb", NULL },
        { "aes128gcm", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_header header = { CNIL_STR_INIT("content-encoding"), cnil_str_from(cases[i].value) };
        struct cnil_codings codings;
        char got[CNIL_LIMIT_CODINGS + 1] = "";
        bool known = cnil_decoder_codings((struct cnil_headers){ &header, 1 }, &codings);

        for (size_t c = 0; known && c < codings.count; c++)
            got[c] = (char)('0' + codings.list[c]);
        if (known != (cases[i].codings != NULL) || (known && strcmp(got, cases[i].codings) != 0))
            fail_msg("%s: %s", cases[i].value, known ? got : "unknown");
    }
}

static void every_coding_is_undone_at_every_cut(void **state)
{
    (void)state;
    for (enum cnil_coding coding = CNIL_CODING_GZIP; coding <= CNIL_CODING_ZSTD; coding++) {
        const struct cnil_codings codings = { { coding }, 1 };
        struct bytes body = encoded(page(300), coding), text = page(300);

        for (size_t size = 1; size <= body.len; size++) {
            struct outcome outcome = decode(&codings, view(body), size);

            if (outcome.status != CNIL_OK || outcome.len != 300 || memcmp(outcome.text, text.ptr, 127) != 0)
                fail_msg("coding %d in chunks of %zu: status %d, %zu bytes", coding, size, outcome.status, outcome.len);
        }
        free(body.ptr);
        free(text.ptr);
    }
}

static void codings_one_upon_the_other(void **state)
{
    const struct cnil_codings codings = { { CNIL_CODING_BR, CNIL_CODING_GZIP, CNIL_CODING_ZSTD, CNIL_CODING_DEFLATE },
                                          4 };
    struct bytes body = page(200000);
    struct outcome whole, bytes;

    (void)state;
    for (size_t i = 0; i < codings.count; i++)
        body = encoded(body, codings.list[i]);
    whole = decode(&codings, view(body), body.len);
    bytes = decode(&codings, view(body), 1);
    assert_int_equal(whole.status, CNIL_OK);
    assert_int_equal(whole.len, 200000);
    assert_int_equal(bytes.status, CNIL_OK);
    assert_int_equal(bytes.len, 200000);
    assert_int_equal(bytes.sum, whole.sum);
    free(body.ptr);
}

static void bare_and_several_and_more(void **state)
{
    static const struct {
        const char *what;
        enum cnil_coding coding;
        int first, second; /* zlib's window bits; 0: none */
        const char *tail;
        enum cnil_status status;
        size_t len;
    } cases[] = {
        { "deflate without its wrapper", CNIL_CODING_DEFLATE, -15, 0, "", CNIL_OK, 300 },
        { "bytes behind it", CNIL_CODING_DEFLATE, 15, 0, "more", CNIL_OK, 300 },
        { "two members", CNIL_CODING_GZIP, 31, 31, "", CNIL_OK, 600 },
        { "zeros behind a member", CNIL_CODING_GZIP, 31, 0, "\n\n", CNIL_OK, 300 },
        { "half a magic number behind a member", CNIL_CODING_GZIP, 31, 0, "\x1f", CNIL_OK, 300 },
        { "half a magic number and something else", CNIL_CODING_GZIP, 31, 0, "\x1f\x1f\x8b", CNIL_OK, 300 },
        { "a member that begins and ends there", CNIL_CODING_GZIP, 31, 0, "\x1f\x8b", CNIL_INVALID, 300 },
        { "two members and text", CNIL_CODING_GZIP, 31, 31, "text", CNIL_OK, 600 },
        { "not compressed at all", CNIL_CODING_GZIP, 0, 0, "<!DOCTYPE html>", CNIL_INVALID, 0 },
        { "not compressed at all, deflate", CNIL_CODING_DEFLATE, 0, 0, "<!DOCTYPE html>", CNIL_INVALID, 0 },
        { "not compressed at all, br", CNIL_CODING_BR, 0, 0, "\xff\xff<!DOCTYPE html>", CNIL_INVALID, 0 },
        { "not compressed at all, zstd", CNIL_CODING_ZSTD, 0, 0, "<!DOCTYPE html>", CNIL_INVALID, 0 },
        { "one byte of deflate", CNIL_CODING_DEFLATE, 0, 0, "x", CNIL_INVALID, 0 },
        { "nothing", CNIL_CODING_GZIP, 0, 0, "", CNIL_OK, 0 },
        { "nothing, zstd", CNIL_CODING_ZSTD, 0, 0, "", CNIL_OK, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cnil_codings codings = { { cases[i].coding }, 1 };
        struct bytes body = cases[i].first != 0 ? deflated(page(300), cases[i].first) : copy("", 0);

        if (cases[i].second != 0)
            body = join(body, deflated(page(300), cases[i].second));
        body = join(body, copy(cases[i].tail, strlen(cases[i].tail)));
        for (size_t size = 1; size <= body.len + 1; size++) {
            struct outcome outcome = decode(&codings, view(body), size);

            if (outcome.status != cases[i].status || (outcome.status == CNIL_OK && outcome.len != cases[i].len))
                fail_msg("%s, in chunks of %zu: status %d, %zu bytes", cases[i].what, size, outcome.status,
                         outcome.len);
        }
        free(body.ptr);
    }
}

static void frames_of_zstd_follow_one_another(void **state)
{
    const struct cnil_codings codings = { { CNIL_CODING_ZSTD }, 1 };
    struct bytes body = join(encoded(page(300), CNIL_CODING_ZSTD), encoded(page(300), CNIL_CODING_ZSTD));

    (void)state;
    for (size_t size = 1; size <= body.len; size++) {
        struct outcome outcome = decode(&codings, view(body), size);

        assert_int_equal(outcome.status, CNIL_OK);
        assert_int_equal(outcome.len, 600);
    }
    free(body.ptr);
}

static void what_is_cut_short_is_an_error(void **state)
{
    (void)state;
    for (enum cnil_coding coding = CNIL_CODING_GZIP; coding <= CNIL_CODING_ZSTD; coding++) {
        const struct cnil_codings codings = { { coding }, 1 };
        struct bytes body = encoded(page(300), coding);

        for (size_t len = 1; len < body.len; len++) {
            struct bytes part = copy(body.ptr, len);

            if (decode(&codings, view(part), len).status != CNIL_INVALID)
                fail_msg("coding %d, the first %zu of %zu bytes", coding, len, body.len);
            free(part.ptr);
        }
        free(body.ptr);
    }
}

/* Whatever comes in, nothing is read past its end and there is an answer. */
static void damage_is_survived(void **state)
{
    uint32_t random = 1;

    (void)state;
    for (enum cnil_coding coding = CNIL_CODING_GZIP; coding <= CNIL_CODING_ZSTD; coding++) {
        const struct cnil_codings codings = { { coding }, 1 };
        struct bytes body = encoded(page(3000), coding);

        for (size_t round = 0; round < 400; round++) {
            struct bytes hurt = copy(body.ptr, body.len);

            for (size_t i = 0; i < 1 + round % 4; i++) {
                random = random * 1664525 + 1013904223;
                hurt.ptr[(random >> 8) % hurt.len] ^= (char)(1 << (random >> 29));
            }
            decode(&codings, view(hurt), 1 + round % 50);
            free(hurt.ptr);
        }
        free(body.ptr);
    }
}

/* A few bytes that stand for many: memory does not grow with them, and there is an end to it. */
static void bombs_do_not_go_off(void **state)
{
    enum { HUGE_PAGE = 64 * 1024 * 1024 };

    (void)state;
    for (enum cnil_coding coding = CNIL_CODING_GZIP; coding <= CNIL_CODING_ZSTD; coding++) {
        const struct cnil_codings codings = { { coding }, 1 };
        struct bytes text = { calloc(1, HUGE_PAGE), HUGE_PAGE };
        struct bytes body = encoded(text, coding);
        struct outcome outcome = decode(&codings, view(body), body.len);

        if (outcome.status != CNIL_TOO_LARGE || outcome.len < CNIL_LIMIT_DECODED_FREE - CNIL_LIMIT_DECODED)
            fail_msg("coding %d: %zu bytes became %zu, status %d", coding, body.len, outcome.len, outcome.status);
        free(body.ptr);
    }
}

static void a_page_may_be_much_smaller_when_compressed(void **state)
{
    const struct cnil_codings codings = { { CNIL_CODING_BR }, 1 };
    struct bytes text = { calloc(1, CNIL_LIMIT_DECODED_FREE), CNIL_LIMIT_DECODED_FREE };
    struct bytes body = encoded(text, CNIL_CODING_BR);
    struct outcome outcome = decode(&codings, view(body), 10);

    (void)state;
    assert_int_equal(outcome.status, CNIL_OK);
    assert_int_equal(outcome.len, CNIL_LIMIT_DECODED_FREE);
    free(body.ptr);
}

/* One nested in the other many times over: the ratios multiply. */
static void nested_bombs_do_not_go_off(void **state)
{
    const struct cnil_codings codings = { { CNIL_CODING_GZIP, CNIL_CODING_GZIP }, 2 };
    struct bytes text = { calloc(1, 40 * 1024 * 1024), 40 * 1024 * 1024 };
    struct bytes body = encoded(encoded(text, CNIL_CODING_GZIP), CNIL_CODING_GZIP);

    (void)state;
    assert_int_equal(decode(&codings, view(body), body.len).status, CNIL_TOO_LARGE);
    free(body.ptr);
}

/* A window of 128 MiB is more than a visitor's browser would give. */
static void windows_are_limited(void **state)
{
    const struct cnil_codings codings = { { CNIL_CODING_ZSTD }, 1 };
    struct bytes text = page(300), body = { malloc(ROOM), 0 };
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_inBuffer in = { text.ptr, text.len, 0 };
    ZSTD_outBuffer out = { body.ptr, ROOM, 0 };

    (void)state;
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 27)));
    assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0)));
    ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush); /* not told to be short */
    assert_int_equal(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end), 0);
    body.len = out.pos;
    assert_int_equal(decode(&codings, view(body), body.len).status, CNIL_INVALID);
    ZSTD_freeCCtx(context);
    free(text.ptr);
    free(body.ptr);
}

static void without_memory(void **state)
{
    const struct cnil_codings codings = { { CNIL_CODING_BR, CNIL_CODING_DEFLATE, CNIL_CODING_GZIP }, 3 };
    struct bytes body = page(300);
    struct cnil_decoder *decoder = NULL;

    (void)state;
    for (size_t i = 0; i < codings.count; i++)
        body = encoded(body, codings.list[i]);
    for (long allowed = 0;; allowed++) {
        struct cnil_str block = { NULL, 1 };
        enum cnil_status status = CNIL_OK;
        size_t len = 0;

        alloc_fail_after(allowed);
        decoder = cnil_decoder_new(&codings);
        if (decoder != NULL)
            cnil_decoder_feed(decoder, view(body), true);
        while (decoder != NULL && status == CNIL_OK && block.len > 0) {
            status = cnil_decoder_next(decoder, &block);
            len += status == CNIL_OK ? block.len : 0;
        }
        cnil_decoder_free(decoder);
        if (!alloc_failed()) {
            assert_int_equal(status, CNIL_OK);
            assert_int_equal(len, 300);
            break;
        }
        alloc_fail_after(-1);
        assert_true(decoder == NULL || status == CNIL_NO_MEMORY);
    }
    alloc_fail_after(-1);
    free(body.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_field_says_which_codings),
        cmocka_unit_test(every_coding_is_undone_at_every_cut),
        cmocka_unit_test(codings_one_upon_the_other),
        cmocka_unit_test(bare_and_several_and_more),
        cmocka_unit_test(frames_of_zstd_follow_one_another),
        cmocka_unit_test(what_is_cut_short_is_an_error),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(bombs_do_not_go_off),
        cmocka_unit_test(a_page_may_be_much_smaller_when_compressed),
        cmocka_unit_test(nested_bombs_do_not_go_off),
        cmocka_unit_test(windows_are_limited),
        cmocka_unit_test(without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
