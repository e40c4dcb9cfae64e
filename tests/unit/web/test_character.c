/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "web/character.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void what_can_be_seen(void **state)
{
    static const uint32_t unseen[] = { 0x9,    0x20,   0x85,   0xa0,   0xad,   0x34f,   0x61c,   0x115f, 0x1160, 0x2003,
                                       0x200b, 0x200d, 0x200f, 0x2028, 0x202e, 0x202f,  0x2060,  0x2069, 0x2800, 0x3000,
                                       0x3164, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0x1d159, 0xe0001, 0xe0fff };
    static const uint32_t seen[] = {
        '!', 'a', 0xa1, 0xac, 0xae, 0xe9, 0x2010, 0x2027, 0x2801, 0x3001, 0x5168, 0x1f600
    };

    (void)state;
    for (size_t i = 0; i < COUNT(unseen); i++)
        if (cnil_character_is_visible(unseen[i]))
            fail_msg("U+%04X is seen", unseen[i]);
    for (size_t i = 0; i < COUNT(seen); i++)
        if (!cnil_character_is_visible(seen[i]))
            fail_msg("U+%04X is not seen", seen[i]);
    assert_true(cnil_text_is_visible(CNIL_STR("\u200b \u00a0x")));
    assert_false(cnil_text_is_visible(CNIL_STR("\u200b \u00a0\u2800")));
    assert_false(cnil_text_is_visible(CNIL_STR_EMPTY));
}

static void small_letters(void **state)
{
    static const uint32_t pairs[][2] = {
        { 'A', 'a' },     { 'z', 'z' },     { '[', '[' },       { 0xc9, 0xe9 },   { 0xd7, 0xd7 },   { 0x104, 0x105 },
        { 0x105, 0x105 }, { 0x130, 'i' },   { 0x131, 'i' },     { 0x139, 0x13a }, { 0x147, 0x148 }, { 0x14a, 0x14b },
        { 0x178, 0xff },  { 0x17d, 0x17e }, { 0x1a0, 0x1a1 },   { 0x1af, 0x1b0 }, { 0x218, 0x219 }, { 0x386, 0x3ac },
        { 0x388, 0x3ad }, { 0x38c, 0x3cc }, { 0x38f, 0x3ce },   { 0x3a9, 0x3c9 }, { 0x3c2, 0x3c3 }, { 0x401, 0x451 },
        { 0x410, 0x430 }, { 0x490, 0x491 }, { 0x1ea4, 0x1ea5 }, { 0x1e9e, 0xdf }, { 0x5d0, 0x5d0 }, { 0x5168, 0x5168 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++)
        if (cnil_character_fold(pairs[i][0]) != pairs[i][1])
            fail_msg("U+%04X gives U+%04X", pairs[i][0], cnil_character_fold(pairs[i][0]));
}

static void capitals(void **state)
{
    static const uint32_t capitals[] = { 'A', 0xc9, 0x130, 0x3a3, 0x416 };
    static const uint32_t others[] = { 'a', '7', 0xe9, 0x131, 0x3c2, 0x3c3, 0x436, 0x5d0, 0x5168 };

    (void)state;
    for (size_t i = 0; i < COUNT(capitals); i++)
        if (!cnil_character_is_capital(capitals[i]))
            fail_msg("U+%04X is no capital", capitals[i]);
    for (size_t i = 0; i < COUNT(others); i++)
        if (cnil_character_is_capital(others[i]))
            fail_msg("U+%04X is a capital", others[i]);
}

static void letters_and_marks(void **state)
{
    static const uint32_t cases[][3] = {
        /* letter, mark, both */
        { 'e', 0x301, 0xe9 },     { 'c', 0x327, 0xe7 },       { 'i', 0x307, 'i' },        { 0x1eb9, 0x302, 0x1ec7 },
        { 0x1b0, 0x300, 0x1eeb }, { 0x3b9, 0x301, 0x3af },    { 0x438, 0x306, 0x439 },    { 0x627, 0x654, 0x623 },
        { 0x643, 0x64f, 0x643 },  { 0x304b, 0x3099, 0x304c }, { 0x306f, 0x309a, 0x3071 }, { 'n', 0x336, 0 },
        { 'q', 0x301, 0 },        { 'a', 0x64f, 0 },          { ' ', 0x301, 0 },          { 'e', 'e', 0 },
        { 0x640, 0x64f, 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint32_t both = cnil_character_compose(cases[i][0], cases[i][1]);

        if (both != cases[i][2])
            fail_msg("U+%04X and U+%04X give U+%04X", cases[i][0], cases[i][1], both);
        if (cases[i][2] != 0 && !cnil_character_is_part(cases[i][1]))
            fail_msg("U+%04X is no part", cases[i][1]);
    }
    assert_true(cnil_character_is_part(0x1161));
    assert_false(cnil_character_is_part('e'));
}

static void plain_characters(void **state)
{
    static const struct {
        uint32_t code_point;
        int script; /* -1: it is not plain */
    } cases[] = {
        { 'a', CNIL_SCRIPT_LATIN },
        { '7', CNIL_SCRIPT_NONE },
        { ' ', CNIL_SCRIPT_NONE },
        { 0xa0, CNIL_SCRIPT_NONE },
        { 0xe9, CNIL_SCRIPT_LATIN },
        { 0x2019, CNIL_SCRIPT_NONE },
        { 0x3b1, CNIL_SCRIPT_GREEK },
        { 0x43e, CNIL_SCRIPT_CYRILLIC },
        { 0x5d0, CNIL_SCRIPT_HEBREW },
        { 0x642, CNIL_SCRIPT_ARABIC },
        { 0x3059, CNIL_SCRIPT_ASIAN },
        { 0xac70, CNIL_SCRIPT_ASIAN },
        { 0x1ead, CNIL_SCRIPT_LATIN },
        { 0xad, -1 },
        { 0x2b2, -1 },
        { 0x301, -1 },
        { 0x200b, -1 },
        { 0x202e, -1 },
        { 0x2069, -1 },
        { 0x2714, -1 },
        { 0x2800, -1 },
        { 0x3164, -1 },
        { 0xff21, -1 },
        { 0x1d5e7, -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum cnil_script script = CNIL_SCRIPT_NONE;
        bool is_plain = cnil_character_is_plain(cases[i].code_point, &script);

        if (is_plain != (cases[i].script >= 0) || (is_plain && (int)script != cases[i].script))
            fail_msg("U+%04X: %d of %d", cases[i].code_point, is_plain, (int)script);
        if (is_plain && (script != CNIL_SCRIPT_NONE) != cnil_character_is_letter(cases[i].code_point) &&
            cases[i].code_point != '7')
            fail_msg("U+%04X is a letter, or is none", cases[i].code_point);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_seen),  cmocka_unit_test(small_letters),    cmocka_unit_test(capitals),
        cmocka_unit_test(letters_and_marks), cmocka_unit_test(plain_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
