/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zlib.h>

#include "../../support/alloc.h"
#include "exchange/intake.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TEXT(text)                                                                                                     \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }
#define SPACES      "                                                                                "
#define MANY_SPACES SPACES SPACES SPACES SPACES SPACES SPACES SPACES SPACES SPACES SPACES
#define KANJI       "\x1b$B4A\x1b(B"

enum { UNKNOWN, ASCII, LE, BE, JP }; /* as enum cnil_charset */
enum {                               /* what a body turns out to be, and what is said of it before */
       HTML = CNIL_CONTENT_HTML,
       XML = CNIL_CONTENT_XML,
       CSS = CNIL_CONTENT_CSS,
       SCRIPT = CNIL_CONTENT_SCRIPT,
       RULES = CNIL_CONTENT_RULES,
       OTHER = CNIL_CONTENT_OTHER,
       UNTYPED,
       FETCHED
};

static const struct {
    const char *what;
    int charset, content;
    struct cnil_str body, out;
    int is; /* what it turns out to be */
} cases[] = {
    { "plain", ASCII, HTML, TEXT("<p>\x1b"), TEXT("<p>\x1b"), HTML },
    { "nothing", ASCII, HTML, TEXT(""), TEXT(""), HTML },
    { "nothing, nobody knows what", UNKNOWN, UNTYPED, TEXT(""), TEXT(""), OTHER },
    { "half a mark", ASCII, HTML, TEXT("\xff"), TEXT("\xff"), HTML },
    { "half a mark and more", ASCII, HTML, TEXT("\xef\xbb<p>"), TEXT("\xef\xbb<p>"), HTML },
    { "a mark of UTF-8", ASCII, HTML, TEXT("\xef\xbb\xbf<p>"), TEXT("\xef\xbb\xbf<p>"), HTML },
    { "a mark of UTF-8 wins over the header", LE, HTML, TEXT("\xef\xbb\xbf<p>"), TEXT("\xef\xbb\xbf<p>"), HTML },
    { "a mark of UTF-16LE", ASCII, HTML, TEXT("\xff\xfe<\0p\0>\0"), TEXT("\xef\xbb\xbf<p>"), HTML },
    { "a mark of UTF-16BE", UNKNOWN, HTML, TEXT("\xfe\xff\0<\0p\0>"), TEXT("\xef\xbb\xbf<p>"), HTML },
    { "a mark wins over the header's order", BE, HTML, TEXT("\xff\xfe<\0"), TEXT("\xef\xbb\xbf<"), HTML },
    { "a mark and nothing else", JP, XML, TEXT("\xff\xfe"), TEXT("\xef\xbb\xbf"), XML },
    { "UTF-16LE", LE, HTML, TEXT("<\0p\0>\0"), TEXT("<p>"), HTML },
    { "UTF-16BE, cut short", BE, HTML, TEXT("\0<\0"), TEXT("<\xef\xbf\xbd"), HTML },
    { "ISO-2022-JP", JP, HTML, TEXT("<p>" KANJI), TEXT("<p>\xe6\xbc\xa2"), HTML },
    { "ISO-2022-JP, says the page", UNKNOWN, HTML, TEXT("<meta charset=iso-2022-jp><p>" KANJI),
      TEXT("\xef\xbb\xbf<meta charset=iso-2022-jp><p>\xe6\xbc\xa2"), HTML },
    { "ISO-2022-JP, says the page too late", UNKNOWN, HTML,
      TEXT(MANY_SPACES SPACES SPACES SPACES "<meta charset=iso-2022-jp><p>" KANJI),
      TEXT(MANY_SPACES SPACES SPACES SPACES "<meta charset=iso-2022-jp><p>\x1a$B4A\x1a(B"), HTML },
    { "ISO-2022-JP, says nobody", UNKNOWN, HTML, TEXT(KANJI "\x1b"), TEXT("\x1a$B4A\x1a(B\x1a"), HTML },
    { "what a script fetches is not asked", UNKNOWN, FETCHED, TEXT("<meta charset=iso-2022-jp><p>" KANJI),
      TEXT("<meta charset=iso-2022-jp><p>\x1a$B4A\x1a(B"), HTML },
    { "XML in ISO-2022-JP", UNKNOWN, XML, TEXT("<?xml version='1.0' encoding='iso-2022-jp'?><p>" KANJI "</p>"),
      TEXT("\xef\xbb\xbf<?xml version='1.0' encoding='iso-2022-jp'?><p>\xe6\xbc\xa2</p>"), XML },
    { "XML in UTF-16 without a mark", UNKNOWN, XML, TEXT("<\0?\0x\0m\0l\0"), TEXT("\xef\xbb\xbf<?xml"), XML },
    { "HTML, it seems", UNKNOWN, UNTYPED, TEXT(" \n<p>a"), TEXT(" \n<p>a"), HTML },
    { "a comment", UNKNOWN, UNTYPED, TEXT("<!--"), TEXT("<!--"), HTML },
    { "an end tag", UNKNOWN, UNTYPED, TEXT("</p>"), TEXT("</p>"), HTML },
    { "HTML, it seems, and its charset", UNKNOWN, UNTYPED, TEXT("<meta charset=iso-2022-jp>" KANJI),
      TEXT("\xef\xbb\xbf<meta charset=iso-2022-jp>\xe6\xbc\xa2"), HTML },
    { "HTML behind spaces", UNKNOWN, UNTYPED, TEXT(MANY_SPACES "<p>\x1b"), TEXT(MANY_SPACES "<p>\x1a"), HTML },
    { "HTML behind too many spaces", UNKNOWN, UNTYPED, TEXT(MANY_SPACES MANY_SPACES "<p>\x1b"),
      TEXT(MANY_SPACES MANY_SPACES "<p>\x1b"), OTHER },
    { "text", UNKNOWN, UNTYPED, TEXT("a<p>\x1b"), TEXT("a<p>\x1b"), OTHER },
    { "less than", UNKNOWN, UNTYPED, TEXT("< 3"), TEXT("< 3"), OTHER },
    { "less than, alone", UNKNOWN, UNTYPED, TEXT("<"), TEXT("<"), OTHER },
    { "a mark makes it text", UNKNOWN, UNTYPED, TEXT("\xef\xbb\xbf<p>"), TEXT("\xef\xbb\xbf<p>"), OTHER },
    { "a mark of UTF-16 makes it text", UNKNOWN, UNTYPED, TEXT("\xff\xfe<\0"), TEXT("\xff\xfe<\0"), OTHER },
    { "XML, it seems", UNKNOWN, UNTYPED, TEXT("<?xml version='1.0'?><r/>"), TEXT("<?xml version='1.0'?><r/>"), XML },
    { "a script keeps its escapes", UNKNOWN, SCRIPT, TEXT("a('\x1b$B')"), TEXT("a('\x1b$B')"), SCRIPT },
    { "another instruction", UNKNOWN, UNTYPED, TEXT("<?xm"), TEXT("<?xm"), HTML },
};

static struct cnil_reading reading_of(size_t i, bool gzip)
{
    struct cnil_reading reading = { .charset = (enum cnil_charset)cases[i].charset };

    reading.content = cases[i].content == XML      ? CNIL_CONTENT_XML
                      : cases[i].content == SCRIPT ? CNIL_CONTENT_SCRIPT
                                                   : CNIL_CONTENT_HTML;
    reading.is_untyped = cases[i].content == UNTYPED;
    reading.is_undeclared = cases[i].content == FETCHED;
    reading.codings = (struct cnil_codings){ { CNIL_CODING_GZIP }, gzip ? 1 : 0 };
    return reading;
}

static enum cnil_status carry(struct cnil_intake *intake, struct cnil_str body, size_t size, char *out, size_t *len)
{
    enum cnil_status status = CNIL_OK;
    size_t at = 0;
    bool ended = false;

    *len = 0;
    do {
        struct cnil_str part = cnil_str_slice(body, at, at + size);
        char *chunk = malloc(part.len + 1);
        struct cnil_piece piece;

        if (part.len > 0)
            memcpy(chunk, part.ptr, part.len);
        at += part.len;
        cnil_intake_feed(intake, (struct cnil_str){ chunk, part.len }, at == body.len);
        do {
            status = cnil_intake_next(intake, &piece);
            if (status == CNIL_OK && piece.bytes.len > 0) {
                assert_false(ended);
                if (piece.from_input)
                    assert_true(piece.bytes.ptr >= chunk && piece.bytes.ptr + piece.bytes.len <= chunk + part.len);
                memcpy(out + *len, piece.bytes.ptr, piece.bytes.len);
                *len += piece.bytes.len;
            }
            ended |= status == CNIL_OK && piece.last;
        } while (status == CNIL_OK && piece.bytes.len > 0);
        free(chunk);
    } while (at < body.len && status == CNIL_OK);
    if (status == CNIL_OK)
        assert_true(ended);
    return status;
}

static struct cnil_str gzipped(struct cnil_str body, char *out, size_t size)
{
    z_stream zlib = { .next_in = (unsigned char *)body.ptr, .avail_in = (uInt)body.len };

    assert_int_equal(deflateInit2(&zlib, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    zlib.next_out = (unsigned char *)out;
    zlib.avail_out = (uInt)size;
    assert_int_equal(deflate(&zlib, Z_FINISH), Z_STREAM_END);
    deflateEnd(&zlib);
    return (struct cnil_str){ out, size - zlib.avail_out };
}

static void bodies_are_read_whatever_their_chunks(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct cnil_str body = cases[i / 2].body;
        struct cnil_reading reading = reading_of(i / 2, i % 2 == 1);
        char zipped[4096], out[4096];

        if (i % 2 == 1)
            body = gzipped(body, zipped, sizeof(zipped));
        for (size_t size = 1; size <= body.len + 1; size++) {
            struct cnil_intake *intake = cnil_intake_new(&reading);
            struct cnil_str want = cases[i / 2].out;
            size_t len;

            assert_non_null(intake);
            if (carry(intake, body, size, out, &len) != CNIL_OK ||
                !cnil_str_equal((struct cnil_str){ out, len }, want) ||
                (int)cnil_intake_content(intake) != cases[i / 2].is)
                fail_msg("%s, in chunks of %zu: %.*s, a %d", cases[i / 2].what, size, (int)len, out,
                         cnil_intake_content(intake));
            assert_true(cnil_intake_has_blanked(intake) == (cnil_str_find_byte(want, '\x1a') < want.len));
            cnil_intake_free(intake);
        }
    }
}

/* What needs no conversion is lent on, not copied, once it has been looked at. */
static void plain_bytes_are_lent_on(void **state)
{
    static const char page[] = "<html><head></head><body>" SPACES;
    const struct cnil_reading reading = { .charset = CNIL_CHARSET_UNKNOWN };
    struct cnil_intake *intake = cnil_intake_new(&reading);
    struct cnil_piece piece;

    (void)state;
    assert_non_null(intake);
    cnil_intake_feed(intake, CNIL_STR(page), false);
    assert_int_equal(cnil_intake_next(intake, &piece), CNIL_OK);
    assert_true(piece.from_input && piece.bytes.ptr == page && piece.bytes.len == sizeof(page) - 1 && !piece.last);
    assert_int_equal(cnil_intake_next(intake, &piece), CNIL_OK);
    assert_true(piece.bytes.len == 0 && !piece.last);
    cnil_intake_feed(intake, CNIL_STR(page), true);
    assert_int_equal(cnil_intake_next(intake, &piece), CNIL_OK);
    assert_true(piece.from_input && piece.bytes.ptr == page && piece.last);
    cnil_intake_free(intake);
}

static void without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        struct cnil_str body = cases[i / 2].body;
        struct cnil_reading reading = reading_of(i / 2, i % 2 == 1);
        char zipped[4096];
        bool failed = true;

        if (i % 2 == 1)
            body = gzipped(body, zipped, sizeof(zipped));
        for (long allowed = 0; failed; allowed++) {
            struct cnil_intake *intake;
            enum cnil_status status = CNIL_NO_MEMORY;

            alloc_fail_after(allowed);
            intake = cnil_intake_new(&reading);
            if (intake != NULL) {
                struct cnil_piece piece;

                cnil_intake_feed(intake, body, true);
                do
                    status = cnil_intake_next(intake, &piece);
                while (status == CNIL_OK && piece.bytes.len > 0);
            }
            failed = alloc_failed();
            alloc_fail_after(-1);
            assert_int_equal(status, failed ? CNIL_NO_MEMORY : CNIL_OK);
            cnil_intake_free(intake);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_are_read_whatever_their_chunks),
        cmocka_unit_test(plain_bytes_are_lent_on),
        cmocka_unit_test(without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
