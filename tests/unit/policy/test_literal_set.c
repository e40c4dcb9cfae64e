/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/literal_set.h"

static struct cnil_literal literals[] = {
    { .text = CNIL_STR_INIT("fbevents.js"), .value = "f" },
    { .text = CNIL_STR_INIT("fbev"), .value = "v" },
    { .text = CNIL_STR_INIT("gtag('js'"), .value = "g" },
    { .text = CNIL_STR_INIT("vent"), .value = "e" },
};

static const struct {
    const char *text, *found; /* the values, in order */
} cases[] = {
    { "", "" },
    { "fbe", "" },
    { "fbev", "v" },
    { "fbevents.js", "vfe" },
    { "xfbevents.j", "ve" },
    { "FBEVENTS.JS", "" },
    { "a gtag('js', b) gtag('js'", "gg" },
    { "gtag(\"js\")", "" },
};

static void note(const struct cnil_literal *literal, size_t at, void *data)
{
    (void)at;
    strncat(data, literal->value, 1);
}

static void every_literal_is_found_where_it_stands(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_literal_set *set = cnil_literal_set_new(arena, literals, sizeof(literals) / sizeof(literals[0]));

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char found[32] = "";

        cnil_literal_set_find(set, cnil_str_from(cases[i].text), note, found);
        if (strcmp(found, cases[i].found) != 0)
            fail_msg("%s: %s", cases[i].text, found);
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
        cmocka_unit_test(every_literal_is_found_where_it_stands),
        cmocka_unit_test(an_empty_set_finds_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
