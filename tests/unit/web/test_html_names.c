/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/html_names.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *name;
    cnil_html_name value;
    bool is_tag;
} constants[] = {
#define TAG(symbol, name, bytes)  { name, CNIL_TAG_##symbol, true },
#define ATTR(symbol, name, bytes) { name, CNIL_ATTR_##symbol, false },
#include "web/html_names.def"
#undef TAG
#undef ATTR
};

static void every_constant_is_what_its_name_gives(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(constants); i++) {
        char upper[16] = "";

        for (size_t c = 0; constants[i].name[c] != '\0'; c++)
            upper[c] = constants[i].name[c] >= 'a' && constants[i].name[c] <= 'z' ? (char)(constants[i].name[c] - 32)
                                                                                  : constants[i].name[c];
        if (cnil_html_name_of(cnil_str_from(constants[i].name)) != constants[i].value ||
            cnil_html_name_of(cnil_str_from(upper)) != constants[i].value || constants[i].value == CNIL_HTML_OTHER)
            fail_msg("%s", constants[i].name);
    }
}

static void two_names_are_never_one_integer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(constants); i++)
        for (size_t k = i + 1; k < COUNT(constants); k++)
            if ((constants[i].value == constants[k].value) !=
                (strcmp(constants[i].name, constants[k].name) == 0 && constants[i].is_tag != constants[k].is_tag))
                fail_msg("%s, %s", constants[i].name, constants[k].name);
}

static void what_does_not_fit_is_other(void **state)
{
    static const char *const names[] = { "",    "foreignobject", "annotation-xml", "a.b",          "a_b",
                                         "a b", "a\xc3\xa9",     "aaaaaaaaaaaaa",  "aaaaaaaaaaa1", "a[" };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        if (cnil_html_name_of(cnil_str_from(names[i])) != CNIL_HTML_OTHER)
            fail_msg("%s", names[i]);
    assert_true(cnil_html_name_of((struct cnil_str){ "a\0", 2 }) == CNIL_HTML_OTHER);
    assert_true(cnil_html_name_of(CNIL_STR("aaaaaaaaaaaa")) != CNIL_HTML_OTHER);
    assert_true(cnil_html_name_of(CNIL_STR("aaaaaaaaaa1")) != CNIL_HTML_OTHER);
}

static void constants_stand_in_a_switch(void **state)
{
    (void)state;
    switch (cnil_html_name_of(CNIL_STR("XLink:Href"))) {
    case CNIL_ATTR_XLINK_HREF:
        break;
    case CNIL_ATTR_HREF:
    default:
        fail();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_constant_is_what_its_name_gives),
        cmocka_unit_test(two_names_are_never_one_integer),
        cmocka_unit_test(what_does_not_fit_is_other),
        cmocka_unit_test(constants_stand_in_a_switch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
