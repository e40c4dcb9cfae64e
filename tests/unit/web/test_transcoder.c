/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "../../support/alloc.h"
#include "web/transcoder.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define LE(what, text, out)                                                                                            \
    {                                                                                                                  \
        what, CNIL_CHARSET_UTF_16LE, CNIL_STR_INIT(text), out                                                          \
    }
#define BE(what, text, out)                                                                                            \
    {                                                                                                                  \
        what, CNIL_CHARSET_UTF_16BE, CNIL_STR_INIT(text), out                                                          \
    }
#define JP(what, text, out)                                                                                            \
    {                                                                                                                  \
        what, CNIL_CHARSET_ISO_2022_JP, CNIL_STR_INIT(text), out                                                       \
    }
#define FFFD "\xef\xbf\xbd"

static void convert(enum cnil_charset charset, struct cnil_str text, size_t cut, char *out)
{
    struct cnil_transcoder *transcoder = cnil_transcoder_new(charset);
    struct cnil_str block;

    assert_non_null(transcoder);
    for (size_t part = 0; part < 2; part++) {
        struct cnil_str bytes = part == 0 ? cnil_str_slice(text, 0, cut) : cnil_str_slice(text, cut, text.len);
        char *chunk = malloc(bytes.len > 0 ? bytes.len : 1);

        memcpy(chunk, bytes.ptr, bytes.len);
        cnil_transcoder_feed(transcoder, (struct cnil_str){ chunk, bytes.len }, part == 1);
        while ((block = cnil_transcoder_next(transcoder)).len > 0) {
            memcpy(out, block.ptr, block.len);
            out += block.len;
        }
        free(chunk);
    }
    *out = '\0';
    cnil_transcoder_free(transcoder);
}

static void texts_are_converted_at_every_cut(void **state)
{
    static const struct {
        const char *what;
        enum cnil_charset charset;
        struct cnil_str text;
        const char *out;
    } cases[] = {
        LE("ASCII", "<\0b\0>\0", "<b>"),
        BE("ASCII", "\0<\0b\0>", "<b>"),
        LE("a letter", "\xe9\0", "\xc3\xa9"),
        LE("a kanji", "\xe5\x65", "\xe6\x97\xa5"),
        LE("what holds a < in its bytes", "<<", "\xe3\xb0\xbc"),
        LE("a pair", "\x3d\xd8\x00\xde", "\xf0\x9f\x98\x80"),
        BE("a pair", "\xd8\x3d\xde\x00", "\xf0\x9f\x98\x80"),
        LE("a lead alone",
           "\x3d\xd8"
           "a\0",
           FFFD "a"),
        LE("a trail alone",
           "\x00\xde"
           "a\0",
           FFFD "a"),
        LE("two leads and a trail", "\x3d\xd8\x3d\xd8\x00\xde", FFFD "\xf0\x9f\x98\x80"),
        LE("a lead at the end", "a\0\x3d\xd8", "a" FFFD),
        LE("half a unit at the end", "a\0b", "a" FFFD),
        LE("half a pair at the end", "\x3d\xd8\x00", FFFD),
        LE("a mark inside",
           "a\0\xff\xfe"
           "b\0",
           "a\xef\xbb\xbf"
           "b"),
        LE("nothing", "", ""),
        JP("ASCII", "<a href=\"x\">\t\x7f", "<a href=\"x\">\t\x7f"),
        JP("kanji", "\x1b$B$\"4A\x1b(B.", "\xe3\x81\x82\xe6\xbc\xa2."),
        JP("kanji, the old escape", "\x1b$@$\"\x1b(B.", "\xe3\x81\x82."),
        JP("what looks like a tag", "\x1b$B<script src=//t>\x1b(B",
           "\xe9\xa6\x96\xe7\xab\xb0\xe8\x9c\xb7" FFFD "\xe9\xbd\x9f\xe7\xa7\x89" FFFD FFFD),
        JP("Roman", "\x1b(J\\~a\x1b(B\\~",
           "\xc2\xa5\xe2\x80\xbe"
           "a\\~"),
        JP("katakana", "\x1b(I!1_\x1b(B", "\xef\xbd\xa1\xef\xbd\xb1\xef\xbe\x9f"),
        JP("what katakana has not", "\x1b(I`\x1b(B", FFFD),
        JP("an eighth bit", "a\xe9", "a" FFFD),
        JP("shifts", "a\x0e\x0f", "a" FFFD FFFD),
        JP("an unknown escape", "\x1b(X", FFFD "(X"),
        JP("an unknown escape of two bytes", "\x1b$(D", FFFD "$(D"),
        JP("an escape at the end", "a\x1b", "a" FFFD),
        JP("half an escape at the end", "a\x1b$", "a" FFFD "$"),
        JP("two escapes in a row", "\x1b(J\x1b(B", FFFD),
        JP("half a kanji at the end", "\x1b$B$", FFFD),
        JP("an escape in a kanji", "\x1b$B$\x1b(Ba", FFFD "a"),
        JP("an unknown escape among kanji", "\x1b$B\x1b(X$\"", FFFD FFFD "\xe3\x81\x82"),
        JP("a line end among kanji", "\x1b$B$\"\n$\"", "\xe3\x81\x82" FFFD "\xe3\x81\x82"),
        JP("half a kanji and a line end", "\x1b$B$\n$\"", FFFD "\xe3\x81\x82"),
        JP("a pair that stands for nothing", "\x1b$B)!", FFFD),
        JP("a circled digit", "\x1b$B-!", "\xe2\x91\xa0"),
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t cut = 0; cut <= cases[i].text.len; cut++) {
            char out[256];

            convert(cases[i].charset, cases[i].text, cut, out);
            if (strcmp(out, cases[i].out) != 0)
                fail_msg("%s, cut at %zu: %s instead of %s", cases[i].what, cut, out, cases[i].out);
        }
}

/* More than one block. */
static void long_texts_come_in_blocks(void **state)
{
    enum { LEN = 5 * CNIL_LIMIT_DECODED };
    static char text[LEN];
    struct cnil_transcoder *transcoder = cnil_transcoder_new(CNIL_CHARSET_UTF_16BE);
    struct cnil_str block;
    size_t len = 0;

    (void)state;
    memset(text, 0x30, LEN); /* U+3030, three bytes each */
    cnil_transcoder_feed(transcoder, (struct cnil_str){ text, LEN }, true);
    while ((block = cnil_transcoder_next(transcoder)).len > 0) {
        assert_true(block.len <= CNIL_LIMIT_DECODED);
        for (size_t i = 0; i < block.len; i++, len++)
            assert_int_equal((unsigned char)block.ptr[i], (unsigned char)"\xe3\x80\xb0"[len % 3]);
    }
    assert_int_equal(len, LEN / 2 * 3);
    cnil_transcoder_free(transcoder);
}

static void without_memory(void **state)
{
    (void)state;
    alloc_fail_after(0);
    assert_null(cnil_transcoder_new(CNIL_CHARSET_ISO_2022_JP));
    alloc_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_converted_at_every_cut),
        cmocka_unit_test(long_texts_come_in_blocks),
        cmocka_unit_test(without_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
