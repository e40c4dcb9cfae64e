/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "web/decoder.h"
#include "web/gzip.h"

static const struct {
    const char *field, *second; /* NULL: none */
    bool accepted;
} cases[] = {
    { NULL, NULL, false },
    { "", NULL, false },
    { "gzip", NULL, true },
    { "gzip, deflate, br, zstd", NULL, true },
    { "br, X-GZIP", NULL, true },
    { "GZip ; Q=0.001", NULL, true },
    { "gzip;q=1.000", NULL, true },
    { "gzip;q=0", NULL, false },
    { "gzip;q=0.000", NULL, false },
    { "gzip;q=0, *", NULL, false },
    { "*;q=0.5", NULL, true },
    { "*;q=0", NULL, false },
    { "*;q=0, gzip;q=0.5", NULL, true },
    { "br", NULL, false },
    { "br", "gzip", true },
    { "identity", NULL, false },
    { "gzip;q=0.5, identity", NULL, false },
    { "gzip;q=0.5, identity;q=0.5", NULL, true },
    { "identity;q=0, gzip;q=0.1", NULL, true },
    { "gzip;q=", NULL, false },
    { "gzip;q=high", NULL, false },
    { "gzip;q=0.x", NULL, false },
    { "gzip;q=1x", NULL, false },
    { "gzip;level=9", NULL, false },
    { "gzipped", NULL, false },
};

static void the_weights_decide(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_header list[3] = { { CNIL_STR_INIT("Accept"), CNIL_STR_INIT("gzip") } };
        size_t count = 1;

        if (cases[i].field != NULL)
            list[count++] = (struct cnil_header){ CNIL_STR_INIT("accept-encoding"), cnil_str_from(cases[i].field) };
        if (cases[i].second != NULL)
            list[count++] = (struct cnil_header){ CNIL_STR_INIT("Accept-Encoding"), cnil_str_from(cases[i].second) };
        if (cnil_gzip_is_accepted((struct cnil_headers){ list, count }) != cases[i].accepted)
            fail_msg("%s", cases[i].field);
    }
}

static void expect_back(struct cnil_str zipped, struct cnil_str text)
{
    const struct cnil_codings codings = { { CNIL_CODING_GZIP }, 1 };
    struct cnil_decoder *decoder = cnil_decoder_new(&codings);
    struct cnil_str block;
    struct cnil_buffer out;

    assert_non_null(decoder);
    cnil_buffer_init(&out, text.len + 1);
    cnil_decoder_feed(decoder, zipped, true);
    do {
        assert_int_equal(cnil_decoder_next(decoder, &block), CNIL_OK);
        cnil_buffer_append(&out, block);
    } while (block.len > 0);
    assert_true(cnil_str_equal(cnil_buffer_str(&out), text));
    cnil_buffer_free(&out);
    cnil_decoder_free(decoder);
}

static void what_is_written_can_be_read(void **state)
{
    static const size_t sizes[] = { 0, 1, 1000, 100000 };

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *bytes = malloc(sizes[i] + 1);
        struct cnil_buffer out, again;

        for (size_t at = 0; at < sizes[i]; at++) /* hardly to be compressed, so that more than one block comes */
            bytes[at] = (char)(at * at * 2654435761u >> 13);
        cnil_buffer_init(&out, 2 * sizes[i] + 100);
        cnil_buffer_init(&again, 2 * sizes[i] + 100);
        cnil_gzip_write((struct cnil_str){ bytes, sizes[i] }, &out);
        cnil_gzip_write((struct cnil_str){ bytes, sizes[i] }, &again);
        assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
        assert_true(cnil_str_equal(cnil_buffer_str(&out), cnil_buffer_str(&again)));
        expect_back(cnil_buffer_str(&out), (struct cnil_str){ bytes, sizes[i] });
        cnil_buffer_free(&out);
        cnil_buffer_free(&again);
        free(bytes);
    }
}

static void failure_is_the_buffers(void **state)
{
    struct cnil_buffer out;

    (void)state;
    cnil_buffer_init(&out, 10);
    cnil_gzip_write(CNIL_STR("a text that has no room"), &out);
    assert_int_equal(cnil_buffer_status(&out), CNIL_TOO_LARGE);
    cnil_gzip_write(CNIL_STR("a"), &out);
    assert_int_equal(cnil_buffer_status(&out), CNIL_TOO_LARGE);
    cnil_buffer_free(&out);
    cnil_buffer_init(&out, 1000);
    alloc_fail_after(0);
    cnil_gzip_write(CNIL_STR("a"), &out);
    alloc_fail_after(-1);
    assert_int_equal(cnil_buffer_status(&out), CNIL_NO_MEMORY);
    cnil_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_weights_decide),
        cmocka_unit_test(what_is_written_can_be_read),
        cmocka_unit_test(failure_is_the_buffers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
