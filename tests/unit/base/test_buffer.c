/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "base/buffer.h"

static void bytes_come_one_after_another(void **state)
{
    struct cnil_buffer buffer;

    (void)state;
    cnil_buffer_init(&buffer, 10000);
    cnil_buffer_append(&buffer, CNIL_STR_EMPTY);
    assert_null(buffer.ptr);
    cnil_buffer_append(&buffer, CNIL_STR("ab"));
    cnil_buffer_append_byte(&buffer, '\0');
    cnil_buffer_print(&buffer, "%d", 42);
    assert_int_equal(cnil_buffer_status(&buffer), CNIL_OK);
    assert_true(cnil_str_equal(cnil_buffer_str(&buffer), CNIL_STR("ab\0"
                                                                  "42")));
    for (int i = 0; i < 3000; i++)
        cnil_buffer_append_byte(&buffer, (char)i);
    assert_int_equal(buffer.len, 3005);
    for (int i = 0; i < 3000; i++)
        assert_int_equal((unsigned char)buffer.ptr[5 + i], i & 255);
    cnil_buffer_free(&buffer);
    assert_null(buffer.ptr);
    cnil_buffer_free(&(struct cnil_buffer){ 0 });
}

static void the_limit_can_be_filled_but_not_passed(void **state)
{
    struct cnil_buffer buffer;

    (void)state;
    cnil_buffer_init(&buffer, 4);
    cnil_buffer_append(&buffer, CNIL_STR("abc"));
    cnil_buffer_append(&buffer, CNIL_STR("d"));
    assert_int_equal(cnil_buffer_status(&buffer), CNIL_OK);
    cnil_buffer_append(&buffer, CNIL_STR("e"));
    assert_int_equal(cnil_buffer_status(&buffer), CNIL_TOO_LARGE);
    assert_true(cnil_str_equal(cnil_buffer_str(&buffer), CNIL_STR("abcd")));
    cnil_buffer_clear(&buffer);
    cnil_buffer_print(&buffer, "%s", "wxyz"); /* as much as append takes */
    assert_int_equal(cnil_buffer_status(&buffer), CNIL_OK);
    assert_true(cnil_str_equal(cnil_buffer_str(&buffer), CNIL_STR("wxyz")));
    cnil_buffer_free(&buffer);
}

static void failure_is_sticky_until_cleared(void **state)
{
    struct cnil_buffer buffer;

    (void)state;
    cnil_buffer_init(&buffer, 4);
    cnil_buffer_append(&buffer, CNIL_STR("abcde"));
    cnil_buffer_append(&buffer, CNIL_STR("a")); /* there would be room */
    cnil_buffer_print(&buffer, "a");
    assert_int_equal(cnil_buffer_status(&buffer), CNIL_TOO_LARGE);
    assert_int_equal(buffer.len, 0);
    cnil_buffer_clear(&buffer);
    cnil_buffer_append(&buffer, CNIL_STR("a"));
    assert_int_equal(cnil_buffer_status(&buffer), CNIL_OK);
    assert_int_equal(buffer.len, 1);
    cnil_buffer_free(&buffer);
}

static void missing_memory_is_told(void **state)
{
    struct cnil_buffer buffer;

    (void)state;
    cnil_buffer_init(&buffer, 100000);
    cnil_buffer_append(&buffer, CNIL_STR("kept"));
    alloc_fail_after(0);
    for (int i = 0; i < 1000; i++)
        cnil_buffer_append_byte(&buffer, 'x');
    alloc_fail_after(-1);
    assert_int_equal(cnil_buffer_status(&buffer), CNIL_NO_MEMORY);
    assert_true(cnil_str_starts_with(cnil_buffer_str(&buffer), CNIL_STR("keptx")));
    cnil_buffer_free(&buffer);
    assert_int_equal(cnil_buffer_status(&buffer), CNIL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_come_one_after_another),
        cmocka_unit_test(the_limit_can_be_filled_but_not_passed),
        cmocka_unit_test(failure_is_sticky_until_cleared),
        cmocka_unit_test(missing_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
