/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "web/json.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void lists_are_split_outside_of_values(void **state)
{
    static const struct {
        const char *text, *values;
    } cases[] = {
        { "", "" },
        { " , ,", "" },
        { "1, 2", "[1][2]" },
        { "{\"a\":1,\"b\":[1,2]}, {\"c\":\"}\"}", "[{\"a\":1,\"b\":[1,2]}][{\"c\":\"}\"}]" },
        { "{\"a\":\"x\\\",}\"},2", "[{\"a\":\"x\\\",}\"}][2]" },
        { "{,},1", "[{,}][1]" },
        { "},1", "[}][1]" },
        { "{1,2", "[{1,2]" },
        { "\"a,b", "[\"a,b]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str rest = cnil_str_from(cases[i].text), value;
        char out[256] = "";
        size_t len = 0;

        while (cnil_json_next(&rest, &value))
            len += (size_t)snprintf(out + len, sizeof(out) - len, "[%.*s]", (int)value.len, value.ptr);
        if (strcmp(out, cases[i].values) != 0)
            fail_msg("%s: %s", cases[i].text, out);
    }
}

static void strings_are_found_and_decoded(void **state)
{
    static const struct {
        const char *text, *strings; /* "k" for a key, "v" for a value */
    } cases[] = {
        { "", "" },
        { "{}", "" },
        { "{\"a\":\"b\"}", "[ka][vb]" },
        { "{\"a\" : [\"b\",\"c\"]}", "[ka][vb][vc]" },
        { "[\"a\\\\\",\"b\\\"c\"]", "[va\\][vb\"c]" },
        { "\"h\\u0074tps:\\/\\/x\\u002eexample\"", "[vhttps://x.example]" },
        { "\"\\u00e9\\u20AC\\ud83d\\ude00\"", "[v\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80]" },
        { "\"\\ud83d\\ud83d\\u00\"", "[v\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
                                     "00]" },
        { "\"\\u\\u\\u\"", "[v\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd]" },
        { "\"a\\nb\\tc\\rd\\be\\ff\\xg\"", "[va\nb\tc\rd\be\ffxg]" },
        { "\"not closed", "[vnot closed]" },
        { "\"ends in \\", "[vends in \\]" },
        { "\"", "[v]" },
    };
    struct cnil_arena *arena = cnil_arena_new(65536);

    (void)state;
    assert_non_null(arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str rest = cnil_str_from(cases[i].text);
        struct cnil_json_string string;
        char out[256] = "";
        size_t len = 0;

        while (cnil_json_string_next(&rest, &string)) {
            struct cnil_str text = cnil_json_decode(string.raw, arena);

            assert_non_null(text.ptr);
            len += (size_t)snprintf(out + len, sizeof(out) - len, "[%c%.*s]", string.is_key ? 'k' : 'v', (int)text.len,
                                    text.ptr);
        }
        if (strcmp(out, cases[i].strings) != 0)
            fail_msg("%s: %s", cases[i].text, out);
    }
    cnil_arena_free(arena);
    arena = cnil_arena_new(16);
    assert_null(cnil_json_decode(CNIL_STR("longer than the arena may be"), arena).ptr);
    cnil_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_split_outside_of_values),
        cmocka_unit_test(strings_are_found_and_decoded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
