/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/host_table.h"

static const char *const entries[][2] = {
    { "a.example", "" },        { "a.example", "/x" },      { "a.example", "/x/y" },   { "www.a.example", "" },
    { "b.example", "/only" },   { "127.0.0.1", "" },        { "[::1]", "" },           { "example", "/top" },
    { "same.example", "/one" }, { "same.example", "/one" }, { "maps.any.*", "" },      { "any.*", "/ads" },
    { "any.fr", "/ads" },       { "any.*", "/ads/own" },    { "www.any.com", "/ads" },
};

enum { ENTRIES = sizeof(entries) / sizeof(entries[0]) };

static const struct {
    const char *host, *path;
    int entry; /* -1: none */
} cases[] = {
    { "a.example", "/", 0 },
    { "a.example", "/x", 1 },
    { "a.example", "/x/y/z", 2 },
    { "deep.below.a.example", "/x/z", 1 },
    { "www.a.example", "/x/y", 3 }, /* the longer host goes before the longer path */
    { "xa.example", "/", -1 },      /* a label is whole or not at all */
    { "b.example", "/", -1 },
    { "b.example", "/only/this", 4 },
    { "b.example", "/top", 7 }, /* the host above has the path */
    { "127.0.0.1", "/", 5 },
    { "0.0.1", "/", -1 },
    { "[::1]", "/", 6 },
    { "same.example", "/one", 8 }, /* of equals the first */
    { "", "/", -1 },
    { ".", "/", -1 },
    { "..a.example", "/", 0 },
    { "any.com", "/ads", 11 },
    { "any.be", "/ads", 11 },
    { "any.cat", "/ads", 11 },
    { "www.any.co.uk", "/ads/own", 13 },
    { "www.any.com.tr", "/ads", 11 },
    { "any.be", "/", -1 },
    { "any.fr", "/ads/own", 12 },      /* a host goes before the same one of any country */
    { "www.any.com", "/ads/own", 14 }, /* a longer host, too */
    { "maps.any.de", "/", 10 },
    { "a.maps.any.de", "/ads", 10 }, /* the longer host goes before the longer path, of those as well */
    { "any.org", "/ads", -1 },
    { "any.info", "/ads", -1 },
    { "any.u2", "/ads", -1 },
    { "any.net.uk", "/ads", -1 },
    { "any.shop.fr", "/ads", -1 },
    { "com.fr", "/ads", -1 },
    { "co.uk", "/ads", -1 },
    { "com", "/ads", -1 },
    { ".com", "/ads", -1 },
    { "xany.de", "/ads", -1 },
    { "any.*", "/ads", 11 }, /* as those who list what is known ask */
};

static struct cnil_host_table *table_of(struct cnil_arena *arena, struct cnil_host_entry list[ENTRIES])
{
    for (size_t i = 0; i < ENTRIES; i++)
        list[i] = (struct cnil_host_entry){
            .host = cnil_str_from(entries[i][0]), .path = cnil_str_from(entries[i][1]), .kind = 1, .value = entries[i]
        };
    return cnil_host_table_new(arena, list, ENTRIES);
}

static void the_longest_host_then_the_longest_path_is_found(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_host_entry list[ENTRIES];
    struct cnil_host_table *table = table_of(arena, list);

    (void)state;
    assert_non_null(table);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct cnil_host_entry *best[CNIL_HOST_KINDS];
        const void *wanted = cases[i].entry >= 0 ? entries[cases[i].entry] : NULL;

        cnil_host_table_find(table, cnil_str_from(cases[i].host), cnil_str_from(cases[i].path), best);
        if ((best[1] != NULL ? best[1]->value : NULL) != wanted)
            fail_msg("%s%s: not entry %d", cases[i].host, cases[i].path, cases[i].entry);
        assert_null(best[0]);
    }
    cnil_arena_free(arena);
}

static void count_entry(const struct cnil_host_entry *entry, void *data)
{
    (void)entry;
    ++*(int *)data;
}

static void every_path_of_a_host_and_those_above_is_visited(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_host_entry list[ENTRIES];
    struct cnil_host_table *table = table_of(arena, list);
    int count = 0;

    (void)state;
    cnil_host_table_each(table, CNIL_STR("www.a.example"), count_entry, &count);
    assert_int_equal(count, 5); /* www.a.example, three of a.example, example/top */
    count = 0;
    cnil_host_table_each(table, CNIL_STR("b.maps.any.fr"), count_entry, &count);
    assert_int_equal(count, 4); /* maps.any.*, any.fr, two of any.* */
    count = 0;
    cnil_host_table_each(table, CNIL_STR("org"), count_entry, &count);
    assert_int_equal(count, 0);
    cnil_arena_free(arena);
}

/* Of a table that lies over that of above: its own entries are of another kind. */
static const struct {
    const char *host, *path;
    int own, below; /* -1: none */
} laid_cases[] = {
    { "a.example", "/x/y/z", 0, 2 },   { "www.a.example", "/", 0, 3 },  { "deep.www.a.example", "/", 0, 3 },
    { "own.example", "/", 1, -1 },     { "b.example", "/only", -1, 4 }, { "b.example", "/top", -1, 7 },
    { "same.example", "/one", -1, 8 }, { "other.org", "/", -1, -1 },
};

static void a_table_that_lies_over_another_one_asks_both(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_host_entry list[ENTRIES];
    struct cnil_host_entry own[] = { { .host = CNIL_STR("a.example"), .kind = 2, .owner = 3 },
                                     { .host = CNIL_STR("own.example"), .kind = 2, .owner = 3 } };
    struct cnil_host_table *below = table_of(arena, list), *table = cnil_host_table_new(arena, own, 2);
    int count = 0;

    (void)state;
    cnil_host_table_lay(table, below, NULL);
    for (size_t i = 0; i < sizeof(laid_cases) / sizeof(laid_cases[0]); i++) {
        const struct cnil_host_entry *best[CNIL_HOST_KINDS];

        cnil_host_table_find(table, cnil_str_from(laid_cases[i].host), cnil_str_from(laid_cases[i].path), best);
        if (best[2] != (laid_cases[i].own >= 0 ? &own[laid_cases[i].own] : NULL) ||
            best[1] != (laid_cases[i].below >= 0 ? &list[laid_cases[i].below] : NULL))
            fail_msg("%s%s", laid_cases[i].host, laid_cases[i].path);
    }
    cnil_host_table_each(table, CNIL_STR("www.a.example"), count_entry, &count);
    assert_int_equal(count, 6); /* the five of below, and its own */
    cnil_arena_free(arena);
}

/* What is hidden is as if it were not there: another one of the same host, or the host above, answers. */
static void hidden_entries_are_passed_over(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    const bool hidden[] = { false, true, false };
    struct cnil_host_entry list[] = {
        { .host = CNIL_STR("a.example"), .kind = 1, .owner = 2 },
        { .host = CNIL_STR("a.example"), .path = CNIL_STR("/x"), .kind = 1, .owner = 1 },
        { .host = CNIL_STR("www.a.example"), .kind = 1, .owner = 1 },
        { .host = CNIL_STR("b.example"), .kind = 1, .owner = 1 },
        { .host = CNIL_STR("c.example"), .kind = 1 }, /* nobody's */
    };
    struct cnil_host_entry own[] = { { .host = CNIL_STR("b.example"), .kind = 2, .owner = 1 } };
    struct cnil_host_table *below = cnil_host_table_new(arena, list, 5), *table = cnil_host_table_new(arena, own, 1);
    const struct cnil_host_entry *best[CNIL_HOST_KINDS];
    int count = 0;

    (void)state;
    cnil_host_table_lay(table, below, hidden);
    cnil_host_table_find(table, CNIL_STR("www.a.example"), CNIL_STR("/x"), best);
    assert_ptr_equal(best[1], &list[0]);
    cnil_host_table_each(table, CNIL_STR("www.a.example"), count_entry, &count);
    assert_int_equal(count, 1);
    cnil_host_table_find(table, CNIL_STR("b.example"), CNIL_STR("/"), best);
    assert_null(best[1]);
    assert_ptr_equal(best[2], &own[0]); /* only what lies below is hidden */
    cnil_host_table_find(table, CNIL_STR("c.example"), CNIL_STR("/"), best);
    assert_ptr_equal(best[1], &list[4]);
    cnil_arena_free(arena);
}

static void many_hosts_keep_apart(void **state)
{
    enum { MANY = 5000 };
    static struct cnil_host_entry list[MANY];
    struct cnil_arena *arena = cnil_arena_new(8 << 20);
    struct cnil_host_table *table;

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        list[i] = (struct cnil_host_entry){ .host = cnil_arena_print(arena, "h%zu.example", i), .value = &list[i] };
    table = cnil_host_table_new(arena, list, MANY);
    for (size_t i = 0; i < MANY; i++) {
        const struct cnil_host_entry *best[CNIL_HOST_KINDS];

        cnil_host_table_find(table, list[i].host, CNIL_STR("/"), best);
        assert_ptr_equal(best[0], &list[i]);
    }
    cnil_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_host_then_the_longest_path_is_found),
        cmocka_unit_test(every_path_of_a_host_and_those_above_is_visited),
        cmocka_unit_test(a_table_that_lies_over_another_one_asks_both),
        cmocka_unit_test(hidden_entries_are_passed_over),
        cmocka_unit_test(many_hosts_keep_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
