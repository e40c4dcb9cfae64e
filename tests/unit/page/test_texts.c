/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "page/texts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NBSP         "\u00a0"

static size_t count_of(struct cnil_str text, const char *needle)
{
    size_t count = 0, at;

    while ((at = cnil_str_find(text, cnil_str_from(needle))) < text.len) {
        count++;
        text = cnil_str_slice(text, at + strlen(needle), text.len);
    }
    return count;
}

static void languages_say_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < CNIL_TEXTS; i++) {
        struct cnil_str french = cnil_text((enum cnil_text)i, CNIL_STR("fr"));
        struct cnil_str english = cnil_text((enum cnil_text)i, CNIL_STR("en"));
        struct cnil_str other = cnil_text((enum cnil_text)i, CNIL_STR("br"));

        assert_true(french.len > 0 && english.len > 0);
        assert_true(cnil_str_equal(other, french));
        if (count_of(french, "{}") != count_of(english, "{}"))
            fail_msg("\"%s\" and \"%s\" do not have the same gaps", french.ptr, english.ptr);
        if ((french.ptr[0] == ' ' || french.ptr[0] == ',') != (english.ptr[0] == ' ' || english.ptr[0] == ','))
            fail_msg("\"%s\" and \"%s\" do not begin alike", french.ptr, english.ptr);
        if ((french.ptr[french.len - 1] == ' ') != (english.ptr[english.len - 1] == ' '))
            fail_msg("\"%s\" and \"%s\" do not end alike", french.ptr, english.ptr);
    }
}

static void french_typography(void **state)
{
    static const char *const wrong[] = { "'", "\"", "...", "  ", " :", " ;", " !", " ?", "« ", " »", "<", ">" };
    static const char *const high[] = { ":", ";", "!", "?" };

    (void)state;
    for (int i = 0; i < CNIL_TEXTS; i++) {
        struct cnil_str text = cnil_text((enum cnil_text)i, CNIL_STR("fr"));

        for (size_t w = 0; w < COUNT(wrong); w++)
            if (count_of(text, wrong[w]) > 0)
                fail_msg("\"%s\" holds \"%s\"", text.ptr, wrong[w]);
        for (size_t h = 0; h < COUNT(high); h++) {
            char spaced[8], narrow[8];

            snprintf(spaced, sizeof(spaced), NBSP "%s", high[h]);
            snprintf(narrow, sizeof(narrow), "\u202f%s", high[h]);
            if (count_of(text, high[h]) != count_of(text, spaced) + count_of(text, narrow))
                fail_msg("\"%s\": no unbreakable space before \"%s\"", text.ptr, high[h]);
        }
    }
}

static void countries(void **state)
{
    static const struct {
        const char *code, *french, *english;
    } cases[] = {
        { "FR", "France", "France" },
        { "US", "États-Unis", "United States" },
        { "IE", "Irlande", "Ireland" },
        { "AE", "Émirats arabes unis", "United Arab Emirates" }, /* the first of the table */
        { "ZZ", "ZZ", "ZZ" },                                    /* a name that nobody wrote */
        { "", "", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str code = cnil_str_from(cases[i].code);

        if (!cnil_str_equal(cnil_text_country(code, CNIL_STR("fr")), cnil_str_from(cases[i].french)) ||
            !cnil_str_equal(cnil_text_country(code, CNIL_STR("en")), cnil_str_from(cases[i].english)))
            fail_msg("%s", cases[i].code);
    }
}

static void lifetimes(void **state)
{
    static const char *const words[][2] = { { "session", "session" }, { "months", "mois" }, { "year", "an" },
                                            { "years", "ans" },       { "13", "13" },       { "eons", "eons" } };

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        struct cnil_str word = cnil_str_from(words[i][0]);

        assert_true(cnil_str_equal(cnil_text_lifetime_word(word, CNIL_STR("fr")), cnil_str_from(words[i][1])));
        assert_true(cnil_str_equal(cnil_text_lifetime_word(word, CNIL_STR("en")), word));
    }
}

static void dates(void **state)
{
    static const struct {
        int64_t seconds;
        const char *french, *english;
    } cases[] = {
        { 0, "1er" NBSP "janvier" NBSP "1970", "1" NBSP "January" NBSP "1970" },
        { 1795478399, "23" NBSP "novembre" NBSP "2026", "23" NBSP "November" NBSP "2026" },
        { 1795478400, "24" NBSP "novembre" NBSP "2026", "24" NBSP "November" NBSP "2026" },
        { 1798761599, "31" NBSP "décembre" NBSP "2026", "31" NBSP "December" NBSP "2026" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_buffer out;

        cnil_buffer_init(&out, 100);
        cnil_text_date(cases[i].seconds, CNIL_STR("fr"), &out);
        if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(cases[i].french)))
            fail_msg("%s: %.*s", cases[i].french, (int)out.len, out.ptr);
        cnil_buffer_clear(&out);
        cnil_text_date(cases[i].seconds, CNIL_STR("en"), &out);
        assert_true(cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(cases[i].english)));
        cnil_buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(languages_say_the_same),
        cmocka_unit_test(french_typography),
        cmocka_unit_test(countries),
        cmocka_unit_test(lifetimes),
        cmocka_unit_test(dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
