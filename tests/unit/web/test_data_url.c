/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/data_url.h"

static const struct {
    const char *href, *type, *parameters, *body; /* type NULL: no data: URL */
} cases[] = {
    { "data:,a", "", "", "a" },
    { "data:text/html,<p>%41%4a%zz%4", "text/html", "", "<p>AJ%zz%4" },
    { "data: text/html ;charset=x,a,b#c", "text/html", "charset=x", "a,b" },
    { "data:text/html;base64,PHA%2BYQ==", "text/html", "base64", "<p>a" },
    { "data:text/html;charset=x; BASE64 ,PHA+ \nYQ", "text/html", "charset=x; BASE64 ", "<p>a" },
    { "data:base64,PHA+", "base64", "", "PHA+" },
    { "data:;base64,", "", "base64", "" },
    { "DATA:;base64,QUI=", "", "base64", "AB" },
    { "data:text/html", NULL, NULL, NULL },
    { "data:text/html#,", NULL, NULL, NULL },
    { "blob:,a", NULL, NULL, NULL },
};

static void a_data_url_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_str type = CNIL_STR_EMPTY, parameters = CNIL_STR_EMPTY;
        struct cnil_buffer body;
        bool found;

        cnil_buffer_init(&body, 100);
        found = cnil_data_url_read(cnil_str_from(cases[i].href), &type, &parameters, &body);
        assert_int_equal(cnil_buffer_status(&body), CNIL_OK);
        if (found != (cases[i].type != NULL))
            fail_msg("%s: %s", cases[i].href, found ? "read" : "not read");
        if (found && (!cnil_str_equal(type, cnil_str_from(cases[i].type)) ||
                      !cnil_str_equal(parameters, cnil_str_from(cases[i].parameters)) ||
                      !cnil_str_equal(cnil_buffer_str(&body), cnil_str_from(cases[i].body))))
            fail_msg("%s: '%.*s' '%.*s' '%.*s'", cases[i].href, (int)type.len, type.ptr, (int)parameters.len,
                     parameters.ptr, (int)body.len, body.ptr);
        cnil_buffer_free(&body);
    }
}

static const struct {
    const char *href;
    size_t at;
    const char *wanted;
} insertions[] = {
    { "data:text/html,abc#d", 1, "data:text/html,a%3Cx%3Ebc#d" },
    { "data:,%41b%4", 1, "data:,%41%3Cx%3Eb%4" },
    { "data:,%41b%4", 4, "data:,%41b%4%3Cx%3E" },
    { "data:,", 0, "data:,%3Cx%3E" },
    { "data:a;base64,QUI=#c", 1, "data:a;base64,QTx4PkI=#c" },
    { "data:a;base64,QU%49 ", 2, "data:a;base64,QUI8eD4=" },
    { "data:;base64,", 0, "data:;base64,PHg+" },
};

static void a_text_goes_into_a_data_url(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(insertions) / sizeof(insertions[0]); i++) {
        struct cnil_buffer out;

        cnil_buffer_init(&out, 100);
        cnil_data_url_insert(cnil_str_from(insertions[i].href), insertions[i].at, CNIL_STR("<x>"), &out);
        assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
        if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(insertions[i].wanted)))
            fail_msg("%s: %.*s", insertions[i].href, (int)out.len, out.ptr);
        cnil_buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_data_url_is_read),
        cmocka_unit_test(a_text_goes_into_a_data_url),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
