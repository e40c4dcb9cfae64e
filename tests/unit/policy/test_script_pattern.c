/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/script_pattern.h"

static const char *const alike[] = {
    "",
    "abc",
    "^https?://[^/]+/(?:pixel|beacon)\\.(gif|png)(\\?|$)",
    "a*b+c?d{2}e{2,}f{2,3}g*?h+?i??j{2}?",
    "\\d\\w\\s\\D\\W\\S\\b\\B\\.\\/\\-\\x2e\\x2E",
    "[a-z][^a-z][\\d.][\\w-][a\\]b][-a][a-][()*+?{}|.$]",
    "(a)(?:b)(?=c)(?!d)(?<=e)(?<!f)(?<name>g)",
    "a|b|",
    "()|(|a)",
    "a]b}",
    "(?i)track",
    "(a+)?(b*)(?:c{2,})??", /* at most once */
    "(a)+(b?c)*(d{2}){2,}(e|f)*?a+",
};

/* PCRE2 takes each of them. */
static const char *const otherwise[] = {
    "(a)\\1", "\\k<a>", "\\Qa.b\\E", "\\Aa",  "a\\z",  "a\\Z",     "\\h",   "\\R",         "\\K",     "\\x{2e}",
    "\\x2",   "\\07",   "\\u0041",   "\\pL",  "\\cA",  "[]a]",     "[^]a]", "[[:alpha:]]", "[\\d-x]", "[a-\\d]",
    "[\\b]",  "a++",    "a?+",       "a*+",   "a{2}+", "a{2}{3}",  "a{,2}", "a{x",         "{",       "^*",
    "(?=a)*", "\\b+",   "(?#x)",     "(?>a)", "(?|a)", "(?R)",     "(?1)",  "(?P<n>a)",    "(*UTF)a", "(?s)a",
    "(?i:a)", "a(?i)b", "(?'n'a)",   "a b",   "a\tb",  "\xc3\xa9", "a\\ b",
};

/* What repeats without end, repeated: only PCRE2 gives up. */
static const char *const endless[] = {
    "(a+)+",    "(?:a*)*",        "(a{2,})+", "(a+){2}",    "(a+){2,}",
    "(a+?)*?x", "(?:(?:a+)?b)*c", "((a+))*",  "((?=a+)b)*", "(b|a+)*",
};

static void what_both_read_alike_is_told(void **state)
{
    bool no_case;

    (void)state;
    for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
        if (!cnil_script_pattern(cnil_str_from(alike[i]), &no_case))
            fail_msg("%s", alike[i]);
        assert_int_equal(no_case, strncmp(alike[i], "(?i)", 4) == 0);
    }
    for (size_t i = 0; i < sizeof(otherwise) / sizeof(otherwise[0]); i++)
        if (cnil_script_pattern(cnil_str_from(otherwise[i]), &no_case))
            fail_msg("%s", otherwise[i]);
    for (size_t i = 0; i < sizeof(endless) / sizeof(endless[0]); i++)
        if (cnil_script_pattern(cnil_str_from(endless[i]), &no_case))
            fail_msg("%s", endless[i]);
}

static void any_cut_of_a_pattern_ends(void **state)
{
    bool no_case;

    (void)state;
    for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++)
        for (size_t len = 0; len <= strlen(alike[i]); len++)
            for (size_t from = 0; from <= len; from++)
                (void)cnil_script_pattern((struct cnil_str){ alike[i] + from, len - from }, &no_case);
    assert_false(
        cnil_script_pattern(CNIL_STR("(((((((((((((((((((((((((((((((((a)))))))))))))))))))))))))))))))))"), &no_case));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_both_read_alike_is_told),
        cmocka_unit_test(any_cut_of_a_pattern_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
