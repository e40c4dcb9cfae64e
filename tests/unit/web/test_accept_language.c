/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/accept_language.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *field, *ranges; /* "range=quality " each; "|" parts fields */
} cases[] = {
    { "fr", "fr=1000 " },
    { " fr-CH , fr;q=0.9, en;q=0.8 ", "fr-CH=1000 fr=900 en=800 " },
    { "a;q=0.1, b;q=0.2, c;q=0.15, d;q=0.2", "b=200 d=200 c=150 a=100 " }, /* alike: in their order */
    { "fr ; Q=0.123", "fr=123 " },
    { "fr;q=0, *;q=0.001", "*=1 fr=0 " },
    { "fr;q=1., en;q=0.", "fr=1000 en=0 " },
    { "zh-Hant-TW-x-1234567", "zh-Hant-TW-x-1234567=1000 " },
    { "", "" },
    { ",, ,", "" },
    { ";", "" },
    { "fr;q=2, fr;q=-1, fr;q=1.001, fr;q=0.1234, fr;q=.5, fr;q=, fr;q=a, fr;level=1, fr;q=00", "" },
    { "fr_FR, fr-, -fr, fr--FR, abcdefghi, f\xc3\xa9, 12, *-fr, f r", "" },
    { "<script>, fr", "fr=1000 " },
    { "en;q=0.5|de", "de=1000 en=500 " },
    { "a;q=0.3, b;q=0.2|c;q=0.2|", "a=300 b=200 c=200 " },
    { "|;|pt-BR, pt;q=0.1|*;q=0", "pt-BR=1000 pt=100 *=0 " },
};

/* The fields of a case, among others. */
static size_t read(const char *text, struct cnil_language_range *ranges, size_t room)
{
    struct cnil_str rest = cnil_str_from(text);
    struct cnil_header headers[12] = { { CNIL_STR_INIT("Accept"), CNIL_STR_INIT("x") } };
    struct cnil_headers all = { headers, 1 };

    for (bool last = false; !last;) {
        last = cnil_str_find_byte(rest, '|') == rest.len;

        headers[all.count++] = (struct cnil_header){ CNIL_STR("ACCEPT-language"), cnil_str_cut(&rest, '|') };
        headers[all.count++] = (struct cnil_header){ CNIL_STR("Accept-Languages"), CNIL_STR("xx") };
    }
    return cnil_accept_language_read(all, ranges, room);
}

static void ranges_come_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_language_range ranges[8];
        size_t count = read(cases[i].field, ranges, COUNT(ranges));
        char out[256] = "";

        for (size_t r = 0; r < count; r++)
            snprintf(out + strlen(out), sizeof(out) - strlen(out), "%.*s=%u ", (int)ranges[r].range.len,
                     ranges[r].range.ptr, ranges[r].quality);
        if (strcmp(out, cases[i].ranges) != 0)
            fail_msg("%s: %s", cases[i].field, out);
    }
}

static void no_more_than_there_is_room_for(void **state)
{
    struct cnil_language_range ranges[2];

    (void)state;
    assert_int_equal(read("a;q=0.1,b,c", ranges, 2), 2);
    assert_int_equal(ranges[0].range.ptr[0], 'b');
    assert_int_equal(read("a;q=0.1,b|c", ranges, 2), 2); /* of later fields neither: what is sent first counts */
    assert_int_equal(read("a", ranges, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_come_in_order),
        cmocka_unit_test(no_more_than_there_is_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
