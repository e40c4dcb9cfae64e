/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "policy/filter_compiler.h"
#include "policy/matcher.h"
#include "policy/shelf.h"

#include <unistd.h>

static char root[] = "/tmp/test_shelf.XXXXXX";

static const char *at(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    return path;
}

static void write_bytes(const char *name, struct cnil_str bytes)
{
    FILE *file = fopen(at(name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    fclose(file);
}

static void write_list(const char *name, const char *rules)
{
    const struct cnil_filter_source source = { CNIL_STR_INIT("list"), cnil_str_from(rules) };
    struct cnil_buffer image;

    cnil_buffer_init(&image, 1 << 24);
    assert_int_equal(cnil_filter_compile(&source, 1, NULL, NULL, &image), CNIL_OK);
    write_bytes(name, cnil_buffer_str(&image));
    cnil_buffer_free(&image);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(root));
    write_list("one", "||one.example^\n/[0-9]+spy/\n");
    write_list("two", "||two.example^\n");
    write_bytes("damaged", CNIL_STR("no list"));
    return 0;
}

static int tear_down(void **state)
{
    static const char *const files[] = { "one", "two", "new", "damaged", "policy" };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(at(files[i]));
    return rmdir(root);
}

static struct cnil_filter_list *take(struct cnil_shelf *shelf, const char *name)
{
    struct cnil_errors errors;
    struct cnil_filter_list *list;

    cnil_errors_init(&errors);
    list = cnil_shelf_list(shelf, at(name), &errors);
    assert_non_null(list);
    assert_false(cnil_errors_any(&errors));
    cnil_errors_free(&errors);
    return list;
}

static void a_file_is_loaded_once(void **state)
{
    struct cnil_shelf *shelf = cnil_shelf_new();
    struct cnil_filter_list *first = take(shelf, "one"), *other = take(shelf, "two"), *again = take(shelf, "one");
    struct cnil_filter_list *apart = take(NULL, "one");

    (void)state;
    assert_ptr_equal(again, first);
    assert_ptr_not_equal(other, first);
    assert_ptr_not_equal(apart, first); /* without a shelf */
    cnil_filter_list_free(apart);
    cnil_filter_list_free(other);
    cnil_filter_list_free(first);
    assert_int_equal(cnil_filter_list_source_count(again), 1);
    cnil_shelf_free(shelf); /* what it gave out stays */
    assert_int_equal(cnil_filter_list_source_count(again), 1);
    cnil_filter_list_free(again);
    cnil_shelf_free(NULL);
}

static void a_new_file_in_its_place_is_loaded(void **state)
{
    struct cnil_shelf *shelf = cnil_shelf_new();
    struct cnil_filter_list *before = take(shelf, "two"), *after;
    char new_path[128];

    (void)state;
    write_list("new", "||three.example^\n");
    strcpy(new_path, at("new"));
    assert_int_equal(rename(new_path, at("two")), 0);
    after = take(shelf, "two");
    assert_ptr_not_equal(after, before);
    assert_memory_not_equal(cnil_filter_list_digest(after).ptr, cnil_filter_list_digest(before).ptr, 32);
    cnil_filter_list_free(before);
    cnil_filter_list_free(after);
    cnil_shelf_free(shelf);
}

static void what_is_wrong_is_told_each_time(void **state)
{
    struct cnil_shelf *shelf = cnil_shelf_new();

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct cnil_errors errors;

        cnil_errors_init(&errors);
        assert_null(cnil_shelf_list(shelf, at(i % 2 == 0 ? "damaged" : "missing"), &errors));
        assert_int_equal(errors.count, 1);
        cnil_errors_free(&errors);
    }
    cnil_shelf_free(shelf);
}

/* Policies with one shelf answer as policies without, also when one of them is gone. */
static void policies_answer_as_without_a_shelf(void **state)
{
    struct cnil_shelf *shelf = cnil_shelf_new();
    struct cnil_policy *policies[3];
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_errors errors;
    struct cnil_url base, url;
    char text[256];

    (void)state;
    snprintf(text, sizeof(text), "{\"trackers\":{\"lists\":[{\"file\":\"%s\",\"purposes\":{\"list\":\"audience\"}}]}}",
             at("one"));
    write_bytes("policy", cnil_str_from(text));
    cnil_errors_init(&errors);
    for (size_t i = 0; i < 3; i++) {
        policies[i] = cnil_policy_load_with(at("policy"), i < 2 ? shelf : NULL, &errors);
        assert_non_null(policies[i]);
    }
    assert_memory_equal(policies[0]->digest, policies[2]->digest, sizeof(policies[0]->digest));
    cnil_shelf_free(shelf);
    cnil_policy_free(policies[0]);
    assert_int_equal(cnil_url_parse(CNIL_STR("https://shop.example/"), NULL, arena, &base), CNIL_OK);
    assert_int_equal(cnil_url_parse(CNIL_STR("https://www.one.example/x"), NULL, arena, &url), CNIL_OK);
    for (size_t i = 1; i < 3; i++) {
        struct cnil_page page;
        struct cnil_verdict verdict;

        cnil_page_init(&page, policies[i], &base);
        cnil_matcher_url(&page, &url, CNIL_RESOURCE_SCRIPT, &verdict);
        assert_int_equal(verdict.action, CNIL_ACTION_CONSENT);
        cnil_policy_free(policies[i]);
    }
    cnil_arena_free(arena);
    cnil_errors_free(&errors);
}

static void without_memory_there_is_no_list_and_no_leak(void **state)
{
    bool failed = true;

    (void)state;
    for (long count = 0; failed; count++) {
        struct cnil_errors errors;
        struct cnil_shelf *shelf;
        struct cnil_filter_list *list = NULL;

        cnil_errors_init(&errors);
        alloc_fail_after(count);
        shelf = cnil_shelf_new();
        if (shelf != NULL)
            list = cnil_shelf_list(shelf, at("one"), &errors);
        failed = alloc_failed() != 0;
        alloc_fail_after(-1);
        assert_true(failed ? list == NULL : list != NULL);
        cnil_filter_list_free(list);
        cnil_shelf_free(shelf);
        cnil_errors_free(&errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_loaded_once),
        cmocka_unit_test(a_new_file_in_its_place_is_loaded),
        cmocka_unit_test(what_is_wrong_is_told_each_time),
        cmocka_unit_test(policies_answer_as_without_a_shelf),
        cmocka_unit_test(without_memory_there_is_no_list_and_no_leak),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
