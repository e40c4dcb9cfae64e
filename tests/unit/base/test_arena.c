/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "base/arena.h"

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    char *last = NULL;

    (void)state;
    assert_non_null(cnil_arena_alloc(arena, 0));
    for (size_t size = 1; size < 300; size++) {
        char *piece = cnil_arena_alloc(arena, size);

        assert_non_null(piece);
        assert_ptr_not_equal(piece, last);
        assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xA5, size); /* the next piece must not see it */
        last = piece;
    }
    cnil_arena_free(arena);
}

static void a_piece_may_be_larger_than_a_block(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    char *small = cnil_arena_alloc(arena, 10);
    char *large = cnil_arena_alloc(arena, 100000);

    (void)state;
    assert_non_null(small);
    assert_non_null(large);
    memset(large, 1, 100000);
    assert_int_equal(small[0], 0);
    assert_true(cnil_arena_used(arena) >= 100010);
    cnil_arena_free(arena);
}

static void the_limit_holds(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1000);

    (void)state;
    assert_null(cnil_arena_alloc(arena, 1001));
    assert_null(cnil_arena_alloc(arena, SIZE_MAX));
    assert_null(cnil_arena_alloc(arena, SIZE_MAX - 20));
    assert_null(cnil_arena_array(arena, SIZE_MAX / 2, 3));
    assert_null(cnil_arena_copy(arena, (struct cnil_str){ "", SIZE_MAX }).ptr);
    assert_non_null(cnil_arena_array(arena, 31, 32));
    assert_null(cnil_arena_alloc(arena, 16));
    assert_null(cnil_arena_print(arena, "%s", "no room").ptr);
    assert_int_equal(cnil_arena_used(arena), 992);
    cnil_arena_free(arena);
}

static void copies_end_with_nul(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1000);
    struct cnil_str copy = cnil_arena_copy(arena, (struct cnil_str){ "abcd", 3 });

    (void)state;
    assert_int_equal(copy.len, 3);
    assert_string_equal(copy.ptr, "abc");
    copy = cnil_arena_copy(arena, CNIL_STR_EMPTY);
    assert_string_equal(copy.ptr, "");
    copy = cnil_arena_print(arena, "%d-%s", 12, "x");
    assert_int_equal(copy.len, 4);
    assert_string_equal(copy.ptr, "12-x");
    cnil_arena_free(arena);
}

static void more_may_be_allowed(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1000);

    (void)state;
    assert_null(cnil_arena_alloc(arena, 5000));
    cnil_arena_allow(arena, 5000);
    assert_non_null(cnil_arena_alloc(arena, 5000));
    assert_null(cnil_arena_alloc(arena, 5000));
    cnil_arena_free(arena);
}

static void missing_memory_is_told(void **state)
{
    struct cnil_arena *arena;

    (void)state;
    alloc_fail_after(0);
    assert_null(cnil_arena_new(1000));
    alloc_fail_after(1);
    arena = cnil_arena_new(10000);
    assert_null(cnil_arena_alloc(arena, 1));
    assert_null(cnil_arena_copy(arena, CNIL_STR("x")).ptr);
    assert_int_equal(cnil_arena_used(arena), 0);
    alloc_fail_after(-1);
    assert_non_null(cnil_arena_alloc(arena, 1)); /* it can be used again */
    cnil_arena_free(arena);
    cnil_arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(a_piece_may_be_larger_than_a_block),
        cmocka_unit_test(the_limit_holds),
        cmocka_unit_test(copies_end_with_nul),
        cmocka_unit_test(more_may_be_allowed),
        cmocka_unit_test(missing_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
