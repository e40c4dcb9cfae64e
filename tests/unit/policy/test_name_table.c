/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/name_table.h"

static struct cnil_name_entry entries[] = {
    { .name = CNIL_STR_INIT("_ga"), .prefix = false },      { .name = CNIL_STR_INIT("_ga_"), .prefix = true },
    { .name = CNIL_STR_INIT("_ga_long_"), .prefix = true }, { .name = CNIL_STR_INIT("_ga_long_x"), .prefix = false },
    { .name = CNIL_STR_INIT("_pk"), .prefix = true },       { .name = CNIL_STR_INIT("_pk"), .prefix = false },
    { .name = CNIL_STR_INIT("_pk"), .prefix = false },
};

static const struct {
    const char *name;
    int entry; /* -1: none */
} cases[] = {
    { "_ga", 0 },  { "_ga_", 1 }, { "_ga_1", 1 }, { "_ga_long_y", 2 }, { "_ga_long_x", 3 }, { "_gat", -1 },
    { "_GA", -1 }, { "", -1 },    { "_", -1 },    { "_pk", 5 },        { "_pk.1", 4 },
};

static void exact_names_go_before_prefixes_and_long_prefixes_before_short_ones(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_name_table *table = cnil_name_table_new(arena, entries, sizeof(entries) / sizeof(entries[0]));

    (void)state;
    assert_non_null(table);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct cnil_name_entry *best[CNIL_NAME_KINDS];

        cnil_name_table_find(table, cnil_str_from(cases[i].name), best);
        if (best[0] != (cases[i].entry >= 0 ? &entries[cases[i].entry] : NULL))
            fail_msg("%s", cases[i].name);
    }
    cnil_arena_free(arena);
}

static void a_table_that_lies_over_another_one_asks_both_but_for_what_is_hidden(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    const bool hidden[] = { false, true, false };
    struct cnil_name_entry list[] = {
        { .name = CNIL_STR("_ga"), .prefix = true, .kind = 1, .owner = 2 },
        { .name = CNIL_STR("_ga"), .kind = 1, .owner = 1 },
        { .name = CNIL_STR("_ga_long_"), .prefix = true, .kind = 1, .owner = 1 },
        { .name = CNIL_STR("free"), .kind = 2 }, /* nobody's */
    };
    struct cnil_name_entry own[] = { { .name = CNIL_STR("_ga_"), .prefix = true, .kind = 3, .owner = 1 },
                                     { .name = CNIL_STR("_ga"), .kind = 3, .owner = 1 } };
    struct cnil_name_table *below = cnil_name_table_new(arena, list, 4), *table = cnil_name_table_new(arena, own, 2);
    static const struct {
        const char *name;
        int own, shown, all; /* -1: none; in `list`, what is hidden left out or not */
    } laid[] = { { "_ga", 1, 0, 1 },   { "_ga_x", 0, 0, 0 }, { "_ga_long_x", 0, 0, 2 },
                 { "_gat", -1, 0, 0 }, { "free", -1, 3, 3 }, { "_g", -1, -1, -1 } };

    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        cnil_name_table_lay(table, below, pass == 0 ? hidden : NULL);
        for (size_t i = 0; i < sizeof(laid) / sizeof(laid[0]); i++) {
            const struct cnil_name_entry *best[CNIL_NAME_KINDS];
            int wanted = pass == 0 ? laid[i].shown : laid[i].all;

            cnil_name_table_find(table, cnil_str_from(laid[i].name), best);
            if (best[3] != (laid[i].own >= 0 ? &own[laid[i].own] : NULL) ||
                (best[1] != NULL ? best[1] : best[2]) != (wanted >= 0 ? &list[wanted] : NULL))
                fail_msg("%s, pass %d", laid[i].name, pass);
        }
    }
    cnil_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_names_go_before_prefixes_and_long_prefixes_before_short_ones),
        cmocka_unit_test(a_table_that_lies_over_another_one_asks_both_but_for_what_is_hidden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
