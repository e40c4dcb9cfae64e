/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/language.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void tags_are_found(void **state)
{
    enum cnil_language language = CNIL_LANGUAGE_EN;

    (void)state;
    for (int i = 0; i < CNIL_LANGUAGES; i++) {
        assert_true(cnil_language_find(cnil_language_tag((enum cnil_language)i), &language));
        assert_int_equal(language, i); /* no tag twice */
        assert_true(cnil_language_name((enum cnil_language)i).len > 0);
        assert_true(cnil_str_equal(cnil_language_direction((enum cnil_language)i), CNIL_STR("ltr")) ||
                    cnil_str_equal(cnil_language_direction((enum cnil_language)i), CNIL_STR("rtl")));
        if (i > 1)
            assert_true(cnil_str_compare(cnil_language_tag((enum cnil_language)(i - 1)),
                                         cnil_language_tag((enum cnil_language)i)) < 0);
    }
    assert_true(cnil_language_find(CNIL_STR("FR"), &language));
    assert_int_equal(language, CNIL_LANGUAGE_FR);
    assert_false(cnil_language_find(CNIL_STR("fr-FR"), &language));
    assert_false(cnil_language_find(CNIL_STR_EMPTY, &language));
}

#define FR ((cnil_languages)1 << CNIL_LANGUAGE_FR)
#define EN ((cnil_languages)1 << CNIL_LANGUAGE_EN)
#define NB ((cnil_languages)1 << CNIL_LANGUAGE_NB)

static void ranges_are_looked_up(void **state)
{
    static const struct {
        const char *range;
        cnil_languages offered;
        int language; /* -1: none */
    } cases[] = {
        { "fr", FR | EN, CNIL_LANGUAGE_FR },
        { "fr-CA", FR | EN, CNIL_LANGUAGE_FR },
        { "FR-ca", FR | EN, CNIL_LANGUAGE_FR },
        { "en-Latn-GB-x-private", FR | EN, CNIL_LANGUAGE_EN },
        { "en-a-bbb-x-c", FR | EN, CNIL_LANGUAGE_EN },
        { "fr", EN, -1 },
        { "fra", FR | EN, -1 },
        { "f", FR | EN, -1 },
        { "*", FR | EN, -1 },
        { "*-FR", FR | EN, -1 },
        { "", FR | EN, -1 },
        { "-", FR | EN, -1 },
        { "-fr", FR | EN, -1 },
        { "x-fr", FR | EN, -1 },
        { "fr_FR", FR | EN, -1 },
        { "no", FR | NB, CNIL_LANGUAGE_NB },
        { "NN-no", FR | NB, CNIL_LANGUAGE_NB },
        { "nb-NO", FR | NB, CNIL_LANGUAGE_NB },
        { "nn", FR | EN, -1 },
        { "nno", FR | NB, -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum cnil_language language = CNIL_LANGUAGES;
        bool found = cnil_language_lookup(cnil_str_from(cases[i].range), cases[i].offered, &language);

        if (found != (cases[i].language >= 0) || (found && (int)language != cases[i].language) ||
            (!found && language != CNIL_LANGUAGES))
            fail_msg("\"%s\": %d", cases[i].range, (int)language);
    }
}

static void what_is_accepted_most_is_spoken(void **state)
{
    static const struct {
        const char *field;
        cnil_languages offered;
        int language;
    } cases[] = {
        { "fr", FR | EN, CNIL_LANGUAGE_FR },
        { "en, fr", FR | EN, CNIL_LANGUAGE_EN },
        { "en;q=0.5, fr;q=0.8", FR | EN, CNIL_LANGUAGE_FR },
        { "ja, en-GB;q=0.9, fr;q=0.8", FR | EN, CNIL_LANGUAGE_EN },
        { "ja, en-GB;q=0.9, fr;q=0.8", FR, CNIL_LANGUAGE_FR },
        { "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", FR | EN, CNIL_LANGUAGE_FR },
        { "*", FR | EN, -1 },
        { "*, en;q=0.1", FR | EN, CNIL_LANGUAGE_EN },
        { "fr;q=0, en;q=0.1", FR | EN, CNIL_LANGUAGE_EN },
        { "fr-CA, fr;q=0", FR | EN, -1 }, /* not at any price */
        { "fr;q=0.0", FR | EN, -1 },
        { "ja", FR | EN, -1 },
        { "", FR | EN, -1 },
        { ",,;q=1,fr", FR | EN, CNIL_LANGUAGE_FR },
        { "en;q=high, fr;q=0.1", FR | EN, CNIL_LANGUAGE_FR },
        { "en, fr", 0, -1 },
        { "nn-NO, nn;q=0.9, no;q=0.8, nb;q=0.7, en;q=0.6", EN | NB, CNIL_LANGUAGE_NB },
        { "no, en;q=0.5", FR | EN, CNIL_LANGUAGE_EN },
        { "no, nb;q=0, en;q=0.5", EN | NB, CNIL_LANGUAGE_EN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum cnil_language language = CNIL_LANGUAGES;
        const struct cnil_header header = { CNIL_STR("accept-language"), cnil_str_from(cases[i].field) };
        bool found = cnil_language_accepted((struct cnil_headers){ &header, 1 }, cases[i].offered, &language);

        if (found != (cases[i].language >= 0) || (found && (int)language != cases[i].language))
            fail_msg("\"%s\": %d", cases[i].field, (int)language);
    }
}

static void numbers_have_forms(void **state)
{
    static const struct {
        uint64_t number;
        unsigned form;
    } arabic[] = { { 3, 3 }, { 10, 3 }, { 11, 4 }, { 20, 4 }, { 99, 4 } };

    (void)state;
    for (int l = 0; l < CNIL_LANGUAGES; l++) {
        unsigned seen = 0, forms = cnil_language_forms((enum cnil_language)l);

        for (uint64_t number = 0; number < 1000; number++) {
            unsigned form = cnil_language_form((enum cnil_language)l, number);

            assert_true(form < forms);
            seen |= 1u << form;
        }
        assert_int_equal(seen, (1u << forms) - 1); /* none is in vain */
    }
    assert_int_equal(cnil_language_forms(CNIL_LANGUAGE_JA), 1);
    assert_int_equal(cnil_language_form(CNIL_LANGUAGE_JA, 1), 0);
    assert_int_equal(cnil_language_forms(CNIL_LANGUAGE_AR), 6);
    for (size_t i = 0; i < COUNT(arabic); i++)
        for (uint64_t hundreds = 0; hundreds < 3; hundreds++)
            assert_int_equal(cnil_language_form(CNIL_LANGUAGE_AR, arabic[i].number + 100 * hundreds), arabic[i].form);
    for (uint64_t number = 0; number < 3; number++) {
        assert_int_equal(cnil_language_form(CNIL_LANGUAGE_AR, number), number);
        assert_int_equal(cnil_language_form(CNIL_LANGUAGE_AR, 100 + number), 5);
    }
    assert_int_equal(cnil_language_form(CNIL_LANGUAGE_FR, 0), 0);
    assert_int_equal(cnil_language_form(CNIL_LANGUAGE_FR, 2), 1);
    assert_int_equal(cnil_language_form(CNIL_LANGUAGE_EN, 0), 1);
    assert_int_equal(cnil_language_form(CNIL_LANGUAGE_EN, UINT64_MAX), 1);
}

/* Each digit is the form of the number above it. */
static void numbers_are_counted_as_they_are_read(void **state)
{
    static const uint64_t numbers[] = { 0,  1,  2,  3,  4,  6,  7,  9,  10, 11, 12, 13,  17,  19,  20,  21,
                                        22, 23, 25, 29, 61, 71, 72, 79, 82, 91, 99, 101, 102, 110, 112, 120 };
    static const struct {
        enum cnil_language language;
        char forms[COUNT(numbers) + 1];
    } cases[] = {
        { CNIL_LANGUAGE_BR, "30122332333333301232033313301333" },
        { CNIL_LANGUAGE_GA, "40122233301233401223001310301414" },
        { CNIL_LANGUAGE_IS, "10111111111111101111001110101111" },
        { CNIL_LANGUAGE_MT, "20122222233333444444444444444234" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char forms[COUNT(numbers) + 1] = "";

        for (size_t n = 0; n < COUNT(numbers); n++)
            forms[n] = (char)('0' + cnil_language_form(cases[i].language, numbers[n]));
        assert_string_equal(forms, cases[i].forms);
    }
}

static void each_script_has_its_marks(void **state)
{
    (void)state;
    for (int l = 0; l < CNIL_LANGUAGES; l++) {
        const struct cnil_language_marks *marks = cnil_language_marks((enum cnil_language)l);

        assert_true(marks->list.len > 0 && marks->comma.len > 0 && marks->stop.len > 0);
        assert_int_equal(cnil_str_ends_with(marks->list, CNIL_STR(" ")), marks->space.len);
    }
    assert_true(cnil_str_equal(cnil_language_marks(CNIL_LANGUAGE_FR)->list, CNIL_STR(", ")));
    assert_true(cnil_str_equal(cnil_language_marks(CNIL_LANGUAGE_AR)->list, CNIL_STR("، ")));
    assert_true(cnil_str_equal(cnil_language_marks(CNIL_LANGUAGE_JA)->stop, CNIL_STR("。")));
    assert_true(cnil_str_equal(cnil_language_marks(CNIL_LANGUAGE_ZH)->comma, CNIL_STR("，")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_found),
        cmocka_unit_test(ranges_are_looked_up),
        cmocka_unit_test(what_is_accepted_most_is_spoken),
        cmocka_unit_test(numbers_have_forms),
        cmocka_unit_test(numbers_are_counted_as_they_are_read),
        cmocka_unit_test(each_script_has_its_marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
