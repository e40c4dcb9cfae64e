/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/srcset.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void candidates_are_split_as_the_standard_says(void **state)
{
    static const struct {
        const char *value, *urls;
    } cases[] = {
        { "", "" },
        { " ,, ", "" },
        { "a", "[a]" },
        { "a 1x, b 2x", "[a][b]" },
        { "a 1x,b 2x", "[a][b]" },
        { "a,b 2x", "[a,b]" },
        { "a, b", "[a][b]" },
        { "a,,, b", "[a][b]" },
        { ",a 1x", "[a]" },
        { "data:x,y 1x, //t.example/p 2x", "[data:x,y][//t.example/p]" },
        { "a (1x, b) 2x, c", "[a][c]" },
        { "a (1x, b", "[a]" },
        { "a ( ( ) , b", "[a][b]" },
        { "a 1x 2w bad, b", "[a][b]" },
        { "\ta\n1x\f,\rb", "[a][b]" },
        { "a 1x,", "[a]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str rest = cnil_str_from(cases[i].value), url;
        char out[256] = "";
        size_t len = 0;

        while (cnil_srcset_next(&rest, &url))
            len += (size_t)snprintf(out + len, sizeof(out) - len, "[%.*s]", (int)url.len, url.ptr);
        if (strcmp(out, cases[i].urls) != 0)
            fail_msg("%s: %s", cases[i].value, out);
    }
}

static void refresh_names_a_url_or_none(void **state)
{
    static const struct {
        const char *content, *url; /* NULL: none */
    } cases[] = {
        { "0; url=/x", "/x" },
        { "0;url=/x", "/x" },
        { " 5 , URL = '/x' y", "/x" },
        { "5 /x", "/x" },
        { "5;/x", "/x" },
        { "5;\"/x\"y", "/x" },
        { "5; url=\"/x", "/x" },
        { "1.5.; url=/x", "/x" },
        { ".5; url=/x", "/x" },
        { "0; url /x", "url /x" },
        { "0; ur", "ur" },
        { "0; urx=/x", "urx=/x" },
        { "0; url=", "" },
        { "0; url=''", "" },
        { "0;; url=/x", "; url=/x" },
        { "0", NULL },
        { "0;", NULL },
        { "0; ", NULL },
        { "5x; url=/x", NULL },
        { "; url=/x", NULL },
        { "url=/x", NULL },
        { "-1; url=/x", NULL },
        { "", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str url = CNIL_STR_EMPTY;
        bool found = cnil_refresh_url(cnil_str_from(cases[i].content), &url);

        if (found != (cases[i].url != NULL) || (found && !cnil_str_equal(url, cnil_str_from(cases[i].url))))
            fail_msg("%s: %d %.*s", cases[i].content, found, (int)url.len, url.ptr);
    }
}

static void arbitrary_bytes_do_no_harm(void **state)
{
    static const char alphabet[] = " ,;()'\"=0.urlURL\t/x\xE9";
    uint32_t random = 3;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t len = round % 30;
        char *text = malloc(len > 0 ? len : 1);
        struct cnil_str rest = { text, len }, url;

        for (size_t i = 0; i < len; i++) {
            random = random * 1664525 + 1013904223;
            text[i] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
        }
        if (cnil_refresh_url(rest, &url))
            assert_true(url.ptr + url.len <= text + len);
        while (cnil_srcset_next(&rest, &url))
            assert_true(url.len > 0 && url.ptr + url.len <= text + len);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_are_split_as_the_standard_says),
        cmocka_unit_test(refresh_names_a_url_or_none),
        cmocka_unit_test(arbitrary_bytes_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
