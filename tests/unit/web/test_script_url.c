/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/script_url.h"

static const struct {
    const char *script, *urls; /* one a line */
} cases[] = {
    { "", "" },
    { "s.src='//t.example/a.js';", "//t.example/a.js\n" },
    { "s.src=\"https://t.example/a?b=c#d\"", "//t.example/a?b=c#d\n" },
    { "{\"u\":\"https:\\/\\/t.example\\/a\"}", "//t.example/a\n" },
    { "'\\x2f\\x2Ft.example\\u002fa'", "//t.example/a\n" },
    { "'https\\u003a\\u002f\\u{2F}t.ex\\x61mple'", "//t.example\n" },
    { "`${p}//t.example/${x}`", "//t.example/$\n" },
    { "document.write('<script src=//t.example/a><\\/script>')", "//t.example/a\n" },
    { "document.write(unescape('%3Cscript src=%27http%3A//t.example/a%27'))", "//t.example/a%27\n" },
    { "'//a.example/?u=//t.example' + '//b.example'", "//a.example/?u=//t.example\n//b.example\n" },
    { "// t.example\n//t.example/a\nvar a=1;//t.example", "" },
    { "a=/[/]/;b=1//2\n", "" },
    { "'\\\\//t.example'", "" },
    { "'/\\\n/t.example'", "" },
    { "'//t.ex\\u{110000}ample'", "//t.ex\n" },
    { "'//t\\u00e9'", "//t\xc3\xa9\n" },
    { "'//\xe9'", "//\xe9\n" },
    { "'//'", "//\n" },
    { "='/", "" },
    { "='\\", "" },
    { "='\\/\\", "" },
    { "='//t\\", "//t\n" },
    { "='//t\\u{", "//t\n" },
};

static void urls_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = strlen(cases[i].script), at = 0;
        char *copy = malloc(len > 0 ? len : 1); /* so that a byte read past it is noticed */
        struct cnil_buffer url, all;

        assert_non_null(copy);
        memcpy(copy, cases[i].script, len);
        cnil_buffer_init(&url, 2 * CNIL_SCRIPT_URL_MAX);
        cnil_buffer_init(&all, 1000);
        while (cnil_script_url_next((struct cnil_str){ copy, len }, &at, &url)) {
            cnil_buffer_append(&all, cnil_buffer_str(&url));
            cnil_buffer_append_byte(&all, '\n');
        }
        if (!cnil_str_equal(cnil_buffer_str(&all), cnil_str_from(cases[i].urls)))
            fail_msg("%s: %.*s", cases[i].script, (int)all.len, all.ptr);
        cnil_buffer_free(&url);
        cnil_buffer_free(&all);
        free(copy);
    }
}

static void a_long_one_is_read_on_its_prefix(void **state)
{
    static char script[4 * CNIL_SCRIPT_URL_MAX];
    struct cnil_buffer url;
    size_t at = 0;

    (void)state;
    memset(script, 'a', sizeof(script));
    memcpy(script, "'//", 3);
    cnil_buffer_init(&url, 2 * CNIL_SCRIPT_URL_MAX);
    assert_true(cnil_script_url_next((struct cnil_str){ script, sizeof(script) }, &at, &url));
    assert_int_equal(cnil_buffer_status(&url), CNIL_OK);
    assert_true(url.len >= CNIL_SCRIPT_URL_MAX);
    assert_false(cnil_script_url_next((struct cnil_str){ script, sizeof(script) }, &at, &url));
    cnil_buffer_free(&url);
}

static const struct {
    const char *literal, *text;
} literals[] = {
    { "", "" },
    { "https://t.example/x", "https://t.example/x" },
    { "\\x68ttps:\\/\\u002ft\\u{2e}example", "https://t.example" },
    { "a\\b\\f\\n\\r\\t\\v\\'\\\"\\\\z", "a\b\f\n\r\t\v'\"\\z" },
    { "a\\\r\nb\\\nc\\\rd\\\xe2\x80\xa8"
      "e",
      "abcde" },
    { "\\\xc3\xa9\\q", "\xc3\xa9q" },
    { "\\xzz\\u12\\u{}\\u{110000}", "xzzu12u{}u{110000}" },
    { "\\u{0000000003a}//", "://" },
    { "\\ud835\\udc2d\\u{d835}\\u{dc2d}", "\xf0\x9d\x90\xad\xf0\x9d\x90\xad" },
    { "a\\", "a" },
};

static void string_literals_are_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
        size_t len = strlen(literals[i].literal);
        char *copy = malloc(len > 0 ? len : 1);
        struct cnil_buffer text;

        assert_non_null(copy);
        memcpy(copy, literals[i].literal, len);
        cnil_buffer_init(&text, len);
        cnil_script_string_decode((struct cnil_str){ copy, len }, &text);
        assert_int_equal(cnil_buffer_status(&text), CNIL_OK); /* it is never longer */
        if (!cnil_str_equal(cnil_buffer_str(&text), cnil_str_from(literals[i].text)))
            fail_msg("%s: %.*s", literals[i].literal, (int)text.len, text.ptr);
        cnil_buffer_free(&text);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_found),
        cmocka_unit_test(a_long_one_is_read_on_its_prefix),
        cmocka_unit_test(string_literals_are_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
