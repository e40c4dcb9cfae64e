/* SPDX-License-Identifier: Apache-2.0
 * Under which name a page is counted, and what never becomes a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/path_template.h"

static void only_paths_with_whole_wildcards_are_templates(void **state)
{
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        { "/", true },
        { "/blog/*", true },
        { "/*/fiche/*", true },
        { "/docs/**", true },
        { "/page2.html", true },
        { "", false },
        { "blog/*", false },
        { "/blog/*x", false },
        { "/a*/b", false },
        { "/**/b", false },
        { "/a b", false },
        { "/caf\xc3\xa9", false },
        { "/a?b", false },
        { "/a#b", false },
        { "/a\"b", false },
        { "/of-sixty-three-bytes-which-is-the-most-that-a-name-may-have-abc", false },
        { "/of-sixty-three-bytes-which-is-the-most-that-a-name-may-have-ab", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (cnil_path_template_is_good(cnil_str_from(cases[i].text)) != cases[i].good)
            fail_msg("%s", cases[i].text);
}

static void a_path_fits_segment_by_segment(void **state)
{
    static const struct {
        const char *text, *path;
        bool fits;
    } cases[] = {
        { "/", "/", true },
        { "/", "/a", false },
        { "/blog", "/blog", true },
        { "/blog", "/blog/", false },
        { "/blog", "/Blog", false },
        { "/blog", "/blogs", false },
        { "/blog/*", "/blog/a", true },
        { "/blog/*", "/blog/", false },
        { "/blog/*", "/blog", false },
        { "/blog/*", "/blog/a/b", false },
        { "/*/b", "/a/b", true },
        { "/*/b", "//b", false },
        { "/docs/**", "/docs/", true },
        { "/docs/**", "/docs/a/b", true },
        { "/docs/**", "/docs", false },
        { "/**", "/", true },
        { "/**", "/a/b", true },
        { "/a", "a", false },
        { "/a", "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (cnil_path_template_fits(cnil_str_from(cases[i].text), cnil_str_from(cases[i].path)) != cases[i].fits)
            fail_msg("%s on %s", cases[i].text, cases[i].path);
}

static void without_templates_plain_first_words_are_names(void **state)
{
    static const struct {
        const char *path, *name;
    } cases[] = {
        { "/", "/" },
        { "/blog", "/blog" },
        { "/blog/", "/blog" },
        { "/blog/2026/11/26/titre", "/blog" },
        { "/contact.html", "/contact.html" },
        { "/Accueil", "/Accueil" },
        { "/vie-privee", "/vie-privee" },
        { "/2026", "" },
        { "/article42", "" },
        { "/jeanne@exemple.fr", "" },
        { "/jeanne%40exemple.fr", "" },
        { "/a9f8e7d6c5b4", "" },
        { "/aGVsbG8gd29ybGQ", "" },
        { "/d41dd8cd-98f0-b204", "" },
        { "/page;jsessionid=abc", "" },
        { "/abcdefghijklmnopqrstuvwx", "/abcdefghijklmnopqrstuvwx" },
        { "/abcdefghijklmnopqrstuvwxy", "" },
        { "/-a", "" },
        { "//evil.example", "" },
        { "*", "" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_str name = cnil_path_template_name(NULL, 0, cnil_str_from(cases[i].path));

        if (!cnil_str_equal(name, cnil_str_from(cases[i].name)))
            fail_msg("%s: %.*s", cases[i].path, (int)name.len, name.ptr);
    }
}

static void the_first_template_that_fits_is_the_name(void **state)
{
    static const struct cnil_str templates[] = { CNIL_STR_INIT("/blog/archive"), CNIL_STR_INIT("/blog/*"),
                                                 CNIL_STR_INIT("/") };
    static const struct {
        const char *path, *name;
    } cases[] = {
        { "/blog/archive", "/blog/archive" },
        { "/blog/42", "/blog/*" },
        { "/", "/" },
        { "/contact", "" }, /* what no template names has no name, a plain word neither */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_str name = cnil_path_template_name(templates, 3, cnil_str_from(cases[i].path));

        if (!cnil_str_equal(name, cnil_str_from(cases[i].name)))
            fail_msg("%s: %.*s", cases[i].path, (int)name.len, name.ptr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_paths_with_whole_wildcards_are_templates),
        cmocka_unit_test(a_path_fits_segment_by_segment),
        cmocka_unit_test(without_templates_plain_first_words_are_names),
        cmocka_unit_test(the_first_template_that_fits_is_the_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
