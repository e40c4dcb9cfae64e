/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

static void views_are_cut_at_a_separator(void **state)
{
    struct cnil_str rest = CNIL_STR("a;;b");

    (void)state;
    assert_true(cnil_str_equal(cnil_str_cut(&rest, ';'), CNIL_STR("a")));
    assert_int_equal(cnil_str_cut(&rest, ';').len, 0);
    assert_true(cnil_str_equal(cnil_str_cut(&rest, ';'), CNIL_STR("b")));
    assert_null(rest.ptr);
}

static void slices_are_clamped(void **state)
{
    (void)state;
    assert_true(cnil_str_equal(cnil_str_slice(CNIL_STR("abc"), 1, 99), CNIL_STR("bc")));
    assert_int_equal(cnil_str_slice(CNIL_STR("abc"), 5, 2).len, 0);
}

static void comparison_ignores_ascii_case_only(void **state)
{
    (void)state;
    assert_true(cnil_str_equal_nocase(CNIL_STR("ScRiPt"), CNIL_STR("script")));
    assert_false(cnil_str_equal_nocase(CNIL_STR("\xc3\x89"), CNIL_STR("\xc3\xa9")));
    assert_true(cnil_str_starts_with_nocase(CNIL_STR("DATA:x"), CNIL_STR("data:")));
    assert_true(cnil_str_ends_with(CNIL_STR("a.example"), CNIL_STR(".example")));
    assert_true(cnil_str_compare(CNIL_STR("a"), CNIL_STR("ab")) < 0);
}

static void searching_an_empty_view_finds_its_end(void **state)
{
    (void)state;
    assert_int_equal(cnil_str_find(CNIL_STR_EMPTY, CNIL_STR("x")), 0);
    assert_int_equal(cnil_str_find(CNIL_STR("abcab"), CNIL_STR("ca")), 2);
    assert_int_equal(cnil_str_find_byte(CNIL_STR("abc"), 'z'), 3);
    assert_true(cnil_str_equal(cnil_str_trim(CNIL_STR(" \t\n x \r\f")), CNIL_STR("x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_cut_at_a_separator),
        cmocka_unit_test(slices_are_clamped),
        cmocka_unit_test(comparison_ignores_ascii_case_only),
        cmocka_unit_test(searching_an_empty_view_finds_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
