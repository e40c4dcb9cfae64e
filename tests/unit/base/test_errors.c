/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "base/errors.h"
#include "base/limits.h"

static void what_is_known_of_a_mistake_is_written(void **state)
{
    static const struct {
        struct cnil_error error;
        const char *text;
    } cases[] = {
        { { "p.json", 3, 7, "/a/0", "No." }, "p.json:3:7: /a/0: No." },
        { { "p.json", 3, 7, NULL, "No." }, "p.json:3:7: No." },
        { { "p.json", 0, 0, "/a", "No." }, "p.json: /a: No." },
        { { "p.json", 0, 0, NULL, "No." }, "p.json: No." },
        { { NULL, 3, 7, NULL, "No." }, "3:7: No." },
        { { NULL, 0, 0, NULL, "No." }, "No." },
        { { "p.json", 3, 7, "", "No." }, "p.json:3:7: No." }, /* the whole document */
        { { "p.json", 3, 0, NULL, "No." }, "p.json:3: No." },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[64];
        size_t len = cnil_error_format(&cases[i].error, out, sizeof(out));

        if (strcmp(out, cases[i].text) != 0 || len != strlen(out))
            fail_msg("%s: %s", cases[i].text, out);
    }
}

static void a_long_sentence_is_cut(void **state)
{
    struct cnil_error error = { .sentence = "0123456789" };
    char out[4] = "xxx";

    (void)state;
    assert_int_equal(cnil_error_format(&error, out, sizeof(out)), 3);
    assert_string_equal(out, "012");
    assert_int_equal(cnil_error_format(&error, out, 1), 0);
    assert_string_equal(out, "");
    assert_int_equal(cnil_error_format(&error, NULL, 0), 0);
}

static void mistakes_are_sorted_by_place(void **state)
{
    static const char *const order[] = { "one", "two", "three", "four", "five" };
    struct cnil_errors errors;

    (void)state;
    cnil_errors_init(&errors);
    cnil_errors_sort(&errors);
    cnil_errors_add(&errors, "b", 1, 1, NULL, "five");
    cnil_errors_add(&errors, "a", 2, 5, NULL, "four");
    cnil_errors_add(&errors, "a", 2, 4, "/x", "%s", "three");
    cnil_errors_add(&errors, "a", 1, 9, NULL, "two");
    cnil_errors_add(&errors, NULL, 0, 0, NULL, "one");
    cnil_errors_sort(&errors);
    assert_int_equal(errors.count, 5);
    for (size_t i = 0; i < errors.count; i++)
        assert_string_equal(errors.list[i].sentence, order[i]);
    cnil_errors_free(&errors);
    assert_false(cnil_errors_any(&errors));
}

static void too_many_mistakes_are_counted(void **state)
{
    struct cnil_errors errors;

    (void)state;
    cnil_errors_init(&errors);
    for (int i = 0; i < CNIL_LIMIT_ERRORS + 3; i++)
        cnil_errors_add(&errors, "f", 1, 1, "", "%d", i);
    assert_int_equal(errors.count, CNIL_LIMIT_ERRORS);
    assert_int_equal(errors.untold, 3);
    cnil_errors_free(&errors);
}

static void a_mistake_without_memory_still_counts(void **state)
{
    (void)state;
    for (long allowed = 0;; allowed++) {
        struct cnil_errors errors;
        int refused;

        cnil_errors_init(&errors);
        alloc_fail_after(allowed);
        cnil_errors_add(&errors, "f", 1, 1, "/p", "%s", "sentence");
        refused = alloc_failed();
        alloc_fail_after(-1);
        assert_true(cnil_errors_any(&errors));
        assert_int_equal(errors.count + errors.untold, 1);
        cnil_errors_free(&errors);
        if (!refused)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_known_of_a_mistake_is_written), cmocka_unit_test(a_long_sentence_is_cut),
        cmocka_unit_test(mistakes_are_sorted_by_place),          cmocka_unit_test(too_many_mistakes_are_counted),
        cmocka_unit_test(a_mistake_without_memory_still_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
