/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/json_place.h"

static const struct {
    const char *name, *text, *pointer;
    bool key;
    unsigned line, column; /* line 0: leads nowhere */
} cases[] = {
    { "the document", " \n {}", "", false, 2, 2 },
    { "a member's value", "{\"a\": 1, \"b\": 2}", "/b", false, 1, 15 },
    { "a member's key", "{\"a\": 1, \"b\": 2}", "/b", true, 1, 10 },
    { "an item", "[1, [2, 3], 4]", "/2", false, 1, 13 },
    { "an item of an item", "[1, [2, 3], 4]", "/1/1", false, 1, 9 },
    { "lines are counted", "{\n  \"a\": {\n    \"b\": [\n      true\n] } }", "/a/b/0", false, 4, 7 },
    { "columns are characters", "{\"\xc3\xa9\": 1}", "/\xc3\xa9", false, 1, 7 },
    { "braces in strings do not count", "{\"a\": \"}{][,\", \"b\": [\"]\"], \"c\": 0}", "/c", false, 1, 33 },
    { "an escaped quote does not end a string", "{\"a\": \"\\\"}\", \"b\": 0}", "/b", false, 1, 19 },
    { "a key written with escapes", "{\"\\u0061\\n\\/\\ud83d\\ude00\": 0}", "/a\n~1\xf0\x9f\x98\x80", false, 1, 28 },
    { "~0 and ~1 of a pointer", "{\"a/b~c\": 0}", "/a~1b~0c", false, 1, 11 },
    { "an empty key", "{\"\": 0}", "/", false, 1, 6 },
    { "a key that begins like another", "{\"ab\": 0, \"a\": 1}", "/a", false, 1, 16 },
    { "empty containers on the way", "{\"a\": {}, \"b\": [ ], \"c\": 0}", "/c", false, 1, 26 },
    { "no such member", "{\"a\": 1}", "/b", false, 0, 0 },
    { "no such item", "[1]", "/1", false, 0, 0 },
    { "not an index", "[1]", "/x", false, 0, 0 },
    { "an index past any array", "[1]", "/99999999999999999999999999", false, 0, 0 },
    { "through a scalar", "{\"a\": 1}", "/a/b", false, 0, 0 },
};

static void a_pointer_leads_to_a_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_json_place place = { 0, 0 };
        bool found =
            cnil_json_place(cnil_str_from(cases[i].text), cnil_str_from(cases[i].pointer), cases[i].key, &place);

        if (found != (cases[i].line > 0) || place.line != cases[i].line || place.column != cases[i].column)
            fail_msg("%s: %u:%u", cases[i].name, place.line, place.column);
    }
}

/* The scanner is given well-formed text, but must stay inside any. */
static void cut_text_is_never_read_past(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t len = 0; len <= strlen(cases[i].text); len++) {
            char *copy = test_malloc(len + 1);
            struct cnil_json_place place;

            memcpy(copy + 1, cases[i].text, len); /* the end of the block is the end of the text */
            cnil_json_place((struct cnil_str){ copy + 1, len }, cnil_str_from(cases[i].pointer), cases[i].key, &place);
            test_free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pointer_leads_to_a_place),
        cmocka_unit_test(cut_text_is_never_read_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
