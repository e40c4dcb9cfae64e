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
    { "a.example", "" },        { "a.example", "/x" },      { "a.example", "/x/y" }, { "www.a.example", "" },
    { "b.example", "/only" },   { "127.0.0.1", "" },        { "[::1]", "" },         { "example", "/top" },
    { "same.example", "/one" }, { "same.example", "/one" },
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
    cnil_host_table_each(table, CNIL_STR("org"), count_entry, &count);
    assert_int_equal(count, 0);
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
        cmocka_unit_test(many_hosts_keep_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
