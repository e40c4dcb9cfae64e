/* SPDX-License-Identifier: Apache-2.0
 * The bounds of the scanner; what it finds is tests/imports'. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/script_import.h"

/* How many calls open in `script`, in pieces of `step` bytes. */
static size_t calls_in(struct cnil_str script, size_t step)
{
    struct cnil_script_imports *imports = cnil_script_imports_new(false);
    size_t count = 0;

    assert_non_null(imports);
    for (size_t from = 0; from < script.len; from += step) {
        struct cnil_str chunk = cnil_str_slice(script, from, from + step < script.len ? from + step : script.len);
        enum cnil_script_import found;
        size_t at = 0;

        while (cnil_script_imports_next(imports, chunk, &at, &found))
            count += found == CNIL_SCRIPT_CALL_OPENS;
        assert_int_equal(at, chunk.len);
    }
    cnil_script_imports_free(imports);
    return count;
}

static void brackets_that_are_too_deep_end_the_search(void **state)
{
    static char script[2 * CNIL_SCRIPT_BRACKETS + 32];
    static const char call[] = "import(a)";

    (void)state;
    for (size_t depth = CNIL_SCRIPT_BRACKETS - 4; depth < CNIL_SCRIPT_BRACKETS + 4; depth++) {
        struct cnil_str text = { script, 2 * depth + sizeof(call) - 1 };

        memset(script, '(', depth);
        memcpy(script + depth, call, sizeof(call) - 1);
        memset(script + depth + sizeof(call) - 1, ')', depth);
        assert_int_equal(calls_in(text, 1), depth + 1 < CNIL_SCRIPT_BRACKETS ? 1 : 0);
        assert_int_equal(calls_in(text, text.len), calls_in(text, 1));
    }
}

static void conditions_are_counted_and_no_more(void **state)
{
    static char script[4096];

    (void)state;
    memset(script, '?', sizeof(script) / 2);
    memset(script + sizeof(script) / 2, ':', sizeof(script) / 2);
    assert_int_equal(calls_in((struct cnil_str){ script, sizeof(script) }, 7), 0);
    for (size_t i = 0; i < sizeof(script); i += 2)
        memcpy(script + i, "? ", 2);
    memcpy(script + sizeof(script) - 10, ";import(a)", 10);
    assert_int_equal(calls_in((struct cnil_str){ script, sizeof(script) }, 7), 1);
}

static void what_is_no_script_ends_the_search(void **state)
{
    static const char *const scripts[] = { "import(a);'\nimport(b)", "import(a);/[\nimport(b)", "import(a));import(b)",
                                           "import(a);(]import(b)",  "import(a);\"\rimport(b)", "import(a)}import(b)" };

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        for (size_t step = 1; step < 30; step++)
            assert_int_equal(calls_in(cnil_str_from(scripts[i]), step), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets_that_are_too_deep_end_the_search),
        cmocka_unit_test(conditions_are_counted_and_no_more),
        cmocka_unit_test(what_is_no_script_ends_the_search),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
