/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/literal_set.h"

static const struct cnil_literal literals[] = {
    { CNIL_STR_INIT("fbevents.js"), "f" }, { CNIL_STR_INIT("events.js?v"), "e" }, { CNIL_STR_INIT("gtag('js')"), "g" },
    { CNIL_STR_INIT("aaaaaaaa"), "a" },    { CNIL_STR_INIT("fbev"), "v" },
};

enum { ALL = sizeof(literals) / sizeof(literals[0]), WITHOUT_SHORT = ALL - 1 };

static const struct {
    const char *text;
    const char *found; /* the values, sorted; without the short literal */
} cases[] = {
    { "", "" },
    { "fbevents.j", "" },
    { "fbevents.js", "f" },
    { "fbevents.js?v=1", "ef" },
    { "FBEVENTS.JS", "" },
    { "gtag('js') gtag('js')", "gg" },
    { "gtag(\"js\")", "" },
    { "aaaaaaaaaa", "aaa" },
};

static void note(const struct cnil_literal *literal, size_t at, void *data)
{
    char *found = data;
    size_t len = strlen(found), i = len;

    (void)at;
    for (; i > 0 && found[i - 1] > *(const char *)literal->value; i--)
        found[i] = found[i - 1];
    found[i] = *(const char *)literal->value;
    found[len + 1] = '\0';
}

/* The pass looks at one byte in some: wherever the text begins, the same is found. */
static void every_literal_is_found_once_wherever_it_stands(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_literal_set *set = cnil_literal_set_new(arena, literals, WITHOUT_SHORT);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t before = 0; before < 20; before++) {
            char text[64] = "", found[32] = "";

            memset(text, '.', before);
            strcat(text, cases[i].text);
            cnil_literal_set_find(set, cnil_str_from(text), note, found);
            if (strcmp(found, cases[i].found) != 0)
                fail_msg("%s: %s", text, found);
        }
    }
    cnil_arena_free(arena);
}

static void offset_is(const struct cnil_literal *literal, size_t at, void *data)
{
    assert_string_equal(literal->value, "v");
    assert_int_equal(at, *(size_t *)data);
    *(size_t *)data = SIZE_MAX;
}

static void a_short_literal_is_found_too(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_literal_set *set = cnil_literal_set_new(arena, literals, ALL);

    (void)state;
    for (size_t before = 0; before < 20; before++) {
        char text[32] = "";
        size_t at = before;

        memset(text, '.', before);
        strcat(text, "fbev");
        cnil_literal_set_find(set, cnil_str_from(text), offset_is, &at);
        assert_int_equal(at, SIZE_MAX);
    }
    cnil_arena_free(arena);
}

static void an_empty_set_finds_nothing(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_literal_set *set = cnil_literal_set_new(arena, NULL, 0);
    char found[8] = "";

    (void)state;
    cnil_literal_set_find(set, CNIL_STR("fbevents.js"), note, found);
    assert_string_equal(found, "");
    cnil_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_literal_is_found_once_wherever_it_stands),
        cmocka_unit_test(a_short_literal_is_found_too),
        cmocka_unit_test(an_empty_set_finds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
