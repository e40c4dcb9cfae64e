/* SPDX-License-Identifier: Apache-2.0
 * What the text of an inline script says of it: whether others may need it, whether the guard could stop it. */
#include "page/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *script;
    bool declares, evades;
} cases[] = {
    { "", false, false },
    { "function f() {}", true, false },
    { "var a = 1\nfunction f() {}", true, false },
    { "a();function $f(){}", true, false },
    { "{ } function _(){}", true, false },
    { "async function f() {}", true, false },
    { "function", false, false },
    { "function (", false, false },
    { "functions f() {}", false, false },
    { "my_function f() {}", false, false },
    { "myfunction f() {}", false, false },
    { "(function f() {})()", false, false },
    { "(function () { function f() {} })()", false, false },
    { "!function f() {}()", false, false },
    { "var g = function f() {}", false, false },
    { "'function f() {}'", false, false },
    { "\"a\\\"; function f() {}\"", false, false },
    { "`\nfunction f() {}`", false, false },
    { "// function f() {}", false, false },
    { "// (\nfunction f() {}", true, false },
    { "/* function f() {} */", false, false },
    { "/*/ function f() {} */", false, false },
    { "/* ( */ function f() {}", true, false },
    { "'(' + \"{\"; function f() {}", true, false },
    { "'unclosed\nfunction f() {}", true, false },
    { "]})function f() {}", true, false },
    { "'\\", false, false },
    { "/*", false, false },
    { "function f() { import('x') }", true, true },
    { "import a from 'x'", false, true },
    { "new Worker('x')", false, true },
    { "CSS.paintWorklet", false, true },
    { "location = 'javascript:0'", false, true },
    { "s.backgroundImage = 'url(//x)'", false, true },
    { "URL.createObjectURL(b)", false, true },
    { "i.src = 'data:text/html,'", false, true },
};

static void texts_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_str text = cnil_str_from(cases[i].script);
        char *bytes = test_malloc(text.len + 1); /* nothing may be read behind them */

        memcpy(bytes, text.ptr, text.len);
        text.ptr = bytes;
        if (cnil_script_declares(text) != cases[i].declares)
            fail_msg("%s: declares", cases[i].script);
        if (cnil_script_evades(text) != cases[i].evades)
            fail_msg("%s: evades", cases[i].script);
        test_free(bytes);
    }
}

static const struct {
    const char *rules;
    bool any;
} speculations[] = {
    { "", false },
    { "{", false },
    { "{}", false },
    { "{\"imports\":{\"where\":\"/a\"}}", false },
    { "{\"prefetch\":[{\"urls\":[\"/a\"]}]}", false },
    { "{\"prefetch\":[{\"source\":\"list\",\"urls\":[\"/a\"]},{\"source\":\"document\"}]}", true },
    { "{\"prerender\":[{\"where\":{\"href_matches\":\"/*\"}}]}", false },
    { "{\"prerender\":[{\"where\":{\"href_matches\":[\"/a/*\",\"b?*\",\"*\"]}}]}", true },
    { "{\"prerender\":[{\"where\":{\"href_matches\":[\"/a/*\",\"./b?*\"]}}]}", false },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":\"https://a.example/*\"}}]}", false },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":\"https://*.example/*\"}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":\"*://a.example/*\"}}]}", false },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":\"//*/\"}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":\"https://:a.:b/*\"}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":\"//a.:b/*\"}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":\"https://\\u003aa.example/*\"}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":\"https://a.example:8443/:b\"}}]}", false },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":\"https::a\"}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":{\"pathname\":\"/a\"}}}]}", false },
    { "{\"prefetch\":[{\"where\":{\"href_matches\":{\"hostname\":\"*\"}}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"selector_matches\":\"a\"}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"not\":{\"href_matches\":\"/a\"}}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"and\":[{\"not\":{\"selector_matches\":\".no\"}},{\"href_matches\":\"/*\"}]}}]}",
      false },
    { "{\"prefetch\":[{\"where\":{\"or\":[{\"selector_matches\":\".yes\"},{\"href_matches\":\"/*\"}]}}]}", true },
    { "{\"prefetch\":[{\"where\":{\"or\":[{\"href_matches\":\"/a/*\"},{\"href_matches\":\"/b\"}]}}]}", false },
    { "{\"prefetch\":[{\"where\":{\"and\":[]}}]}", true },
};

static void rules_for_any_link_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(speculations) / sizeof(speculations[0]); i++) {
        struct cnil_str text = cnil_str_from(speculations[i].rules);

        if (cnil_script_fetches_any_link(text) != speculations[i].any)
            fail_msg("%s", speculations[i].rules);
        for (size_t len = 0; len < text.len; len++) { /* cut off anywhere; nothing may be read behind it */
            char *bytes = test_malloc(len + 1);

            memcpy(bytes, text.ptr, len);
            (void)cnil_script_fetches_any_link((struct cnil_str){ bytes, len });
            test_free(bytes);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(texts_are_told),
                                        cmocka_unit_test(rules_for_any_link_are_told) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
