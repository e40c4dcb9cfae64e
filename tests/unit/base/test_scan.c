/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/scan.h"

enum { LONGEST = 80 };

static bool ends_name(unsigned char c)
{
    return c <= ' ' || c == '/' || (c >= '<' && c <= '?');
}

/* Each kind of search, at every place and distance, over a text with one such byte or none, for each byte there is. The
 * text has its own memory: what is read outside of it is seen by the sanitizer. */
static void each_finds_the_first_of_its_kind(void **state)
{
    (void)state;
    for (size_t len = 0; len <= LONGEST; len += len < 36 ? 1 : 11) {
        char *text = malloc(len > 0 ? len : 1);
        const char *end = text + len;

        assert_non_null(text);
        memset(text, 'x', len > 0 ? len : 1);
        assert_ptr_equal(cnil_scan_byte(text, end, '"'), end);
        assert_ptr_equal(cnil_scan_two(text, end, '/', '\\'), end);
        assert_ptr_equal(cnil_scan_name(text, end), end);
        for (size_t at = 0; at < len; at++) {
            for (int c = 0; c < 256; c++) {
                unsigned char byte = (unsigned char)c;

                text[at] = (char)byte;
                assert_ptr_equal(cnil_scan_byte(text, end, '"'), byte == '"' ? text + at : end);
                assert_ptr_equal(cnil_scan_two(text, end, '/', '\\'), byte == '/' || byte == '\\' ? text + at : end);
                assert_ptr_equal(cnil_scan_name(text, end), ends_name(byte) ? text + at : end);
            }
            text[at] = '/';
            text[len - 1] = '/'; /* another behind it */
            assert_ptr_equal(cnil_scan_byte(text, end, '/'), text + at);
            assert_ptr_equal(cnil_scan_two(text, end, '/', '\\'), text + at);
            assert_ptr_equal(cnil_scan_name(text, end), text + at);
            text[at] = text[len - 1] = 'x';
        }
        free(text);
    }
}

static void past_the_end_there_is_nothing(void **state)
{
    static const char text[] = "//";

    (void)state;
    assert_ptr_equal(cnil_scan_byte(text + 1, text, '/'), text + 1);
    assert_ptr_equal(cnil_scan_two(text + 1, text, '/', '\\'), text + 1);
    assert_ptr_equal(cnil_scan_name(text + 1, text), text + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_finds_the_first_of_its_kind),
        cmocka_unit_test(past_the_end_there_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
