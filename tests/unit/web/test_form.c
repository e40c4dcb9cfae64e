/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "web/form.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void the_first_field_of_a_name_is_decoded(void **state)
{
    static const struct {
        const char *body, *value; /* of "a b"; NULL: none */
    } cases[] = {
        { "a+b=1", "1" },
        { "a%20b=1", "1" },
        { "x=0&a+b=1&a+b=2", "1" },
        { "&&a+b=1", "1" },
        { "a+b=%C3%A9+%2B%zz%", "\xC3\xA9 +%zz%" },
        { "a+b=1=2", "1=2" },
        { "a+b", "" },
        { "a+b=", "" },
        { "a+bc=1", NULL },
        { "a=1", NULL },
        { "", NULL },
    };
    struct cnil_arena *arena = cnil_arena_new(1 << 16);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str value = CNIL_STR_EMPTY;
        bool found = cnil_form_value(cnil_str_from(cases[i].body), CNIL_STR("a b"), arena, &value);

        if (found != (cases[i].value != NULL) || (found && !cnil_str_equal(value, cnil_str_from(cases[i].value))))
            fail_msg("%s: %d %.*s", cases[i].body, found, (int)value.len, value.ptr);
    }
    cnil_arena_free(arena);
}

static void a_field_without_memory_is_not_there(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 16);
    struct cnil_str value;

    (void)state;
    alloc_fail_after(0);
    assert_false(cnil_form_value(CNIL_STR("a=1"), CNIL_STR("a"), arena, &value));
    alloc_fail_after(-1);
    assert_true(cnil_form_value(CNIL_STR("a=1"), CNIL_STR("a"), arena, &value));
    cnil_arena_free(arena);
}

static void every_field_comes_in_turn(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 16);
    struct cnil_str body = CNIL_STR("&&a=1&b+c=%20&a&&=x&d=e=f&"), name, value;
    char out[128] = "";

    (void)state;
    while (cnil_form_next(&body, arena, &name, &value))
        snprintf(out + strlen(out), sizeof(out) - strlen(out), "[%.*s|%.*s]", (int)name.len, name.ptr, (int)value.len,
                 value.ptr);
    assert_string_equal(out, "[a|1][b c| ][a|][|x][d|e=f]");
    assert_non_null(name.ptr); /* the end, not a failure */
    cnil_arena_free(arena);
    for (long n = 0; n < 8; n++) { /* whatever memory fails, that is told apart from the end */
        static char body_text[40000];
        bool got;

        memset(body_text, 'a', sizeof(body_text) - 1);
        body_text[20000] = '=';
        arena = cnil_arena_new(1 << 16);
        body = cnil_str_from(body_text);
        alloc_fail_after(n);
        got = cnil_form_next(&body, arena, &name, &value);
        alloc_fail_after(-1);
        assert_int_equal(got, name.ptr != NULL);
        assert_true(n > 0 || !got);
        cnil_arena_free(arena);
        if (got)
            break;
        assert_true(n < 7);
    }
}

static void what_is_encoded_decodes_to_itself(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 16);
    char all[257] = "v=", body[2048];
    struct cnil_buffer out;
    struct cnil_str value;

    (void)state;
    for (int c = 1; c < 255; c++)
        all[c - 1] = (char)c;
    all[254] = '\0';
    cnil_buffer_init(&out, sizeof(body));
    cnil_form_encode(cnil_str_from(all), &out);
    snprintf(body, sizeof(body), "v=%.*s", (int)out.len, out.ptr);
    assert_true(cnil_form_value(cnil_str_from(body), CNIL_STR("v"), arena, &value));
    assert_true(cnil_str_equal(value, cnil_str_from(all)));
    for (const char *at = body; *at != '\0'; at++)
        assert_true(*at > ' ' && *at < 0x7f && strchr("\"'<>&#?+\\", *at) == NULL);
    cnil_buffer_clear(&out);
    cnil_form_encode(CNIL_STR("/a-b_c.d~e/\xC3\xA9?x=1&y"), &out);
    assert_true(cnil_str_equal(cnil_buffer_str(&out), CNIL_STR("/a-b_c.d~e/%C3%A9%3Fx%3D1%26y")));
    cnil_buffer_free(&out);
    cnil_arena_free(arena);
}

static void json_strings_stay_valid_whatever_comes_in(void **state)
{
    static const struct {
        struct cnil_str text;
        const char *json;
    } cases[] = {
        { CNIL_STR_INIT(""), "\"\"" },
        { CNIL_STR_INIT("plain /"), "\"plain /\"" },
        { CNIL_STR_INIT("a\"b\\c"), "\"a\\\"b\\\\c\"" },
        { CNIL_STR_INIT("\n\0\x1F\x7F"), "\"\\u000a\\u0000\\u001f\\u007f\"" },
        { CNIL_STR_INIT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x91\x8D"), "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x91\x8D\"" },
        { CNIL_STR_INIT("\xE2\x80\xA8\xE2\x80\xA9"), "\"\\u2028\\u2029\"" },
        { CNIL_STR_INIT("\xE9x"), "\"\\ufffdx\"" },
        { CNIL_STR_INIT("\xC0\xAF"), "\"\\ufffd\\ufffd\"" },
        { CNIL_STR_INIT("\xED\xA0\x80"), "\"\\ufffd\\ufffd\\ufffd\"" },
        { CNIL_STR_INIT("\xE2\x82"), "\"\\ufffd\"" },
        { CNIL_STR_INIT("\xF0\x9F\x91x"), "\"\\ufffdx\"" },
        { CNIL_STR_INIT("\xF4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_buffer out;

        cnil_buffer_init(&out, 1024);
        cnil_json_string(cases[i].text, &out);
        assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
        if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(cases[i].json)))
            fail_msg("%s: %.*s", cases[i].json, (int)out.len, out.ptr);
        cnil_buffer_free(&out);
    }
}

static void base64url_has_no_padding(void **state)
{
    static const struct {
        const char *bytes, *text;
    } cases[] = {
        { "", "" },
        { "f", "Zg" },
        { "fo", "Zm8" },
        { "foo", "Zm9v" },
        { "foobar", "Zm9vYmFy" },
        { "\xFB\xFF\xBF", "-_-_" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_buffer out;

        cnil_buffer_init(&out, 1024);
        cnil_base64url(cnil_str_from(cases[i].bytes), &out);
        if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(cases[i].text)))
            fail_msg("%s: %.*s", cases[i].text, (int)out.len, out.ptr);
        cnil_buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_field_of_a_name_is_decoded),
        cmocka_unit_test(a_field_without_memory_is_not_there),
        cmocka_unit_test(every_field_comes_in_turn),
        cmocka_unit_test(what_is_encoded_decodes_to_itself),
        cmocka_unit_test(json_strings_stay_valid_whatever_comes_in),
        cmocka_unit_test(base64url_has_no_padding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
