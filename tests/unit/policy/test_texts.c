/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/texts.h"
#include "policy/answer.h"
#include "policy/wording.h"

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

/* Calls `check` with every text of every language. */
static void each_text(void (*check)(enum cnil_language language, const char *where, struct cnil_str text,
                                    struct cnil_str french))
{
    for (int l = 0; l < CNIL_LANGUAGES; l++) {
        for (int i = 0; i < CNIL_TEXTS; i++) {
            enum cnil_language language = (enum cnil_language)l;
            char name[CNIL_TEXT_NAME_SIZE], where[100];

            cnil_text_name((enum cnil_text)i, name);
            snprintf(where, sizeof(where), "%s.%s", cnil_language_tag(language).ptr, name);
            if (cnil_text_language((enum cnil_text)i, language) == language) /* what is missing is told elsewhere */
                check(language, where, cnil_text((enum cnil_text)i, language),
                      cnil_text((enum cnil_text)i, CNIL_LANGUAGE_FR));
        }
    }
}

static void no_text_is_missing(void **state)
{
    size_t missing = 0;

    (void)state;
    for (int l = 0; l < CNIL_LANGUAGES; l++) {
        for (int i = 0; i < CNIL_TEXTS; i++) {
            char name[CNIL_TEXT_NAME_SIZE];

            if (cnil_text_language((enum cnil_text)i, (enum cnil_language)l) == (enum cnil_language)l)
                continue;
            cnil_text_name((enum cnil_text)i, name);
            print_error("%s lacks %s\n", cnil_language_tag((enum cnil_language)l).ptr, name);
            missing++;
        }
    }
    assert_int_equal(missing, 0);
}

/* Is there a single number that takes this form? Then its words may say it. */
static bool says_its_number(enum cnil_language language, unsigned form)
{
    size_t numbers = 0;

    for (uint64_t number = 0; number < 1000; number++)
        numbers += cnil_language_form(language, number) == form;
    return numbers == 1;
}

static void have_same_gaps(const char *where, struct cnil_str text, struct cnil_str french)
{
    static const char *const gaps[] = { "{}", "{seen}", "{day}", "{month}", "{year}", "{", "}" };

    for (size_t i = 0; i < COUNT(gaps); i++)
        if (count_of(text, gaps[i]) != count_of(french, gaps[i]))
            fail_msg("%s: \"%.*s\" and \"%.*s\" do not have the same \"%s\"", where, (int)text.len, text.ptr,
                     (int)french.len, french.ptr, gaps[i]);
}

/* Is it put behind something, and before something? Some languages have no space for that. */
static void have_same_ends(enum cnil_language language, const char *where, struct cnil_str form, struct cnil_str french)
{
    struct cnil_str comma = cnil_language_marks(language)->comma;
    bool begins = form.ptr[0] == ' ' || cnil_str_starts_with(form, cnil_str_slice(comma, 0, comma.len - 1));
    bool ends = form.ptr[form.len - 1] == ' ', french_ends = french.ptr[french.len - 1] == ' ';
    bool is_spaced = cnil_language_marks(language)->space.len > 0;

    if (is_spaced && begins != (french.ptr[0] == ' ' || french.ptr[0] == ','))
        fail_msg("%s does not begin as the French", where);
    if (ends != (is_spaced && french_ends) || (!is_spaced && form.ptr[0] == ' '))
        fail_msg("%s does not end as the French", where);
}

static void check_form(enum cnil_language language, const char *where, struct cnil_str text, struct cnil_str french)
{
    struct cnil_str form, french_form = cnil_str_cut(&french, '|');
    size_t forms = count_of(text, "|") + 1, at = 0;

    if (forms != (french.ptr != NULL ? cnil_language_forms(language) : 1))
        fail_msg("%s has %zu forms", where, forms);
    for (; (form = cnil_str_cut(&text, '|')).len > 0; at++) {
        if (forms == 1 || count_of(form, "{") > 0 || !says_its_number(language, (unsigned)at))
            have_same_gaps(where, form, french_form);
        have_same_ends(language, where, form, french_form);
        if (cnil_str_ends_with(form, cnil_language_marks(language)->stop) !=
                cnil_str_ends_with(french_form, CNIL_STR(".")) &&
            cnil_str_find(form, CNIL_STR("{}")) + 2 != form.len && /* a date may end in a period of its own */
            count_of(form, "{year}") == 0)
            fail_msg("%s: one ends with a period", where);
    }
    assert_int_equal(forms, at);
}

static void every_language_says_the_same(void **state)
{
    (void)state;
    each_text(check_form);
}

/* ---- typography ---- */

static void check_french(struct cnil_str text, const char *where)
{
    static const char *const high[] = { ":", ";", "!", "?", "»" };

    for (size_t h = 0; h < COUNT(high); h++) {
        char spaced[12], narrow[12];

        snprintf(spaced, sizeof(spaced), NBSP "%s", high[h]);
        snprintf(narrow, sizeof(narrow), "\u202f%s", high[h]);
        if (count_of(text, high[h]) != count_of(text, spaced) + count_of(text, narrow))
            fail_msg("%s: no unbreakable space before \"%s\"", where, high[h]);
    }
    if (count_of(text, "«") != count_of(text, "«" NBSP))
        fail_msg("%s: no unbreakable space in a quotation", where);
}

static void check_other(enum cnil_language language, struct cnil_str text, const char *where)
{
    static const char *const spaced[] = { NBSP ":", NBSP ";", NBSP "!", NBSP "?", "\u202f", "« ", ("«" NBSP) };

    for (size_t i = 0; i < COUNT(spaced); i++)
        if (count_of(text, spaced[i]) > 0)
            fail_msg("%s is spaced like French", where);
    if (cnil_str_equal(cnil_language_tag(language), CNIL_STR("es")) &&
        (count_of(text, "?") != count_of(text, "¿") || count_of(text, "!") != count_of(text, "¡")))
        fail_msg("%s: a question or exclamation does not open", where);
    if (cnil_str_equal(cnil_language_tag(language), CNIL_STR("ro")) &&
        count_of(text, "ş") + count_of(text, "ţ") + count_of(text, "Ş") + count_of(text, "Ţ") > 0)
        fail_msg("%s: a cedilla for a comma", where);
}

/* The marks of other scripts, where the language has its own. */
static void check_marks(enum cnil_language language, struct cnil_str text, const char *where)
{
    static const char *const ascii[] = { ",", ";", "?", ":", "!", "(", ")", "." };
    static const char *const own[] = { "،", "؛", "؟", "，", "；", "？", "：", "！", "（", "）", "。", "、" };
    enum { ARABIC = 3 };
    bool is_arabic = cnil_str_starts_with(cnil_language_marks(language)->comma, CNIL_STR("،"));
    bool is_wide = cnil_language_marks(language)->space.len == 0;

    for (size_t i = 0; i < COUNT(ascii); i++)
        if ((is_wide || (is_arabic && i < ARABIC)) && count_of(text, ascii[i]) > 0)
            fail_msg("%s holds \"%s\"", where, ascii[i]);
    for (size_t i = 0; i < COUNT(own); i++)
        if (!(i < ARABIC ? is_arabic : is_wide) && count_of(text, own[i]) > 0)
            fail_msg("%s holds \"%s\"", where, own[i]);
}

/* The quotation marks of each language; another's are a slip. */
static void check_quotes(enum cnil_language language, struct cnil_str text, const char *where)
{
    static const char *const marks[] = { "«", "»", "“", "”", "„", "‘", "‹", "›", "‚", "「", "」" };
    static const struct {
        const char *tag, *marks;
    } own[] = {
        { "fr", "«»" },   { "en", "“”‘" }, { "de", "„“" },  { "es", "«»" }, { "it", "«»" },   { "pt", "«»" },
        { "ca", "«»" },   { "nl", "“”‘" }, { "pl", "„”" },  { "ro", "„”" }, { "cs", "„“" },   { "sk", "„“" },
        { "sl", "„“" },   { "hr", "„”" },  { "bg", "„“" },  { "hu", "„”" }, { "da", "“”" },   { "sv", "”" },
        { "fi", "”" },    { "et", "„“" },  { "lv", "“”" },  { "lt", "„“" }, { "el", "«»" },   { "ar", "«»" },
        { "ja", "「」" }, { "ko", "“”‘" }, { "ru", "«»" },  { "sq", "„“" }, { "tr", "“”‘" },  { "uk", "«»" },
        { "vi", "“”‘" },  { "zh", "“”‘" }, { "ga", "“”‘" }, { "oc", "«»" }, { "eu", "“”«»" }, { "gl", "«»“”" },
        { "nb", "«»" },   { "br", "«»" },  { "co", "«»" },  { "lb", "„“" }, { "is", "„“" },   { "mt", "“”‘" },
        { "he", "“”" },   { "sr", "„”" },
    };
    const char *allowed = NULL;

    for (size_t i = 0; i < COUNT(own); i++)
        if (cnil_str_equal(cnil_language_tag(language), cnil_str_from(own[i].tag)))
            allowed = own[i].marks;
    assert_non_null(allowed);
    for (size_t i = 0; i < COUNT(marks); i++)
        if (count_of(text, marks[i]) > 0 && strstr(allowed, marks[i]) == NULL)
            fail_msg("%s: %s is no quotation mark there", where, marks[i]);
}

static void check_typography(enum cnil_language language, const char *where, struct cnil_str text,
                             struct cnil_str french)
{
    static const char *const wrong[] = { "'",  "\"", "...", "  ", " :", " ;", " !", " ?",
                                         " .", "« ", " »",  "<",  ">",  "`",  "´",  " - " };

    (void)french;
    for (size_t w = 0; w < COUNT(wrong); w++)
        if (count_of(text, wrong[w]) > 0)
            fail_msg("%s holds \"%s\": %.*s", where, wrong[w], (int)text.len, text.ptr);
    check_quotes(language, text, where);
    check_marks(language, text, where);
    if (language == CNIL_LANGUAGE_FR)
        check_french(text, where);
    else
        check_other(language, text, where);
}

static void typography(void **state)
{
    (void)state;
    each_text(check_typography);
}

/* What was forgotten when a file began as a copy. */
static void check_own_words(enum cnil_language language, const char *where, struct cnil_str text,
                            struct cnil_str french)
{
    static const char *const english[] = { " the ", " and ", " your ", " you ", " with ", " this ", " from " };
    static const char *const french_words[] = { " vous ", " pour ", " votre ", " sont ", " avec ", " ces " };
    enum { LONG = 24 };

    if (language != CNIL_LANGUAGE_FR && text.len >= LONG && cnil_str_equal(text, french))
        fail_msg("%s is the French text", where);
    for (size_t i = 0; i < COUNT(english); i++)
        if (language != CNIL_LANGUAGE_EN && count_of(text, english[i]) > 0)
            fail_msg("%s holds \"%s\"", where, english[i]);
    for (size_t i = 0; i < COUNT(french_words); i++)
        if (language != CNIL_LANGUAGE_FR && count_of(text, french_words[i]) > 0)
            fail_msg("%s holds \"%s\"", where, french_words[i]);
}

static void nothing_is_left_of_another_language(void **state)
{
    (void)state;
    each_text(check_own_words);
}

/* Rule C5, in words. */
static void both_answers_are_alike_in_every_language(void **state)
{
    static const enum cnil_text pairs[][2] = { CNIL_WORDING_ANSWERS };

    (void)state;
    for (int l = 0; l < CNIL_LANGUAGES; l++)
        for (size_t i = 0; i < COUNT(pairs); i++) {
            enum cnil_language language = (enum cnil_language)l;
            struct cnil_str accept = cnil_text(pairs[i][0], language), refuse = cnil_text(pairs[i][1], language);
            struct cnil_buffer fault;
            char swapped[2];

            cnil_buffer_init(&fault, 1024);
            if (!cnil_answer_accepts(accept, language, &fault) || !cnil_answer_refuses(refuse, language, &fault) ||
                !cnil_answers_are_alike(accept, refuse, &fault))
                fail_msg("%s: \"%s\" and \"%s\": %.*s", cnil_language_tag(language).ptr, accept.ptr, refuse.ptr,
                         (int)fault.len, fault.ptr);
            for (int in = 0; in < CNIL_LANGUAGES; in++) { /* in whichever language's place they stand */
                swapped[0] = cnil_answer_accepts(refuse, (enum cnil_language)in, &fault);
                swapped[1] = cnil_answer_refuses(accept, (enum cnil_language)in, &fault);
                if (swapped[0] || swapped[1])
                    fail_msg("%s: \"%s\" accepts, or \"%s\" refuses", cnil_language_tag(language).ptr, refuse.ptr,
                             accept.ptr);
                cnil_buffer_clear(&fault);
            }
            cnil_buffer_free(&fault);
        }
}

/* ---- what is looked up ---- */

static void names(void **state)
{
    char name[CNIL_TEXT_NAME_SIZE];

    (void)state;
    cnil_text_name(CNIL_TEXT_ASK_FOR, name);
    assert_string_equal(name, "ask_for");
    cnil_text_name(CNIL_TEXT_MONTH_12, name);
    assert_string_equal(name, "month_12");
}

static void countries(void **state)
{
    enum cnil_text text = CNIL_TEXTS;

    (void)state;
    assert_true(cnil_text_country(CNIL_STR("AE"), &text)); /* the first of the table */
    assert_int_equal(text, CNIL_TEXT_COUNTRY_AE);
    assert_true(cnil_text_country(CNIL_STR("US"), &text));
    assert_int_equal(text, CNIL_TEXT_COUNTRY_US);
    assert_false(cnil_text_country(CNIL_STR("ZZ"), &text));
    assert_false(cnil_text_country(CNIL_STR_EMPTY, &text));
    assert_int_equal(text, CNIL_TEXT_COUNTRY_US);
}

static void units(void **state)
{
    static const struct {
        const char *word;
        enum cnil_text text;
    } cases[] = { { "second", CNIL_TEXT_SECONDS },
                  { "minutes", CNIL_TEXT_MINUTES },
                  { "hour", CNIL_TEXT_HOURS },
                  { "days", CNIL_TEXT_DAYS },
                  { "weeks", CNIL_TEXT_WEEKS },
                  { "months", CNIL_TEXT_MONTHS },
                  { "year", CNIL_TEXT_YEARS },
                  { "eons", CNIL_TEXTS },
                  { "s", CNIL_TEXTS },
                  { "", CNIL_TEXTS } };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum cnil_text text = CNIL_TEXTS;

        assert_int_equal(cnil_text_unit(cnil_str_from(cases[i].word), &text), cases[i].text != CNIL_TEXTS);
        assert_int_equal(text, cases[i].text);
    }
}

static void forms(void **state)
{
    struct cnil_str days = cnil_text(CNIL_TEXT_DAYS, CNIL_LANGUAGE_FR);

    (void)state;
    assert_true(cnil_str_equal(cnil_text_form(days, CNIL_LANGUAGE_FR, 1), CNIL_STR("{}" NBSP "jour")));
    assert_true(cnil_str_equal(cnil_text_form(days, CNIL_LANGUAGE_FR, 182), CNIL_STR("{}" NBSP "jours")));
    assert_true(cnil_str_equal(cnil_text_form(CNIL_STR("a"), CNIL_LANGUAGE_FR, 2), CNIL_STR("a")));
    assert_true(cnil_str_equal(cnil_text_form(CNIL_STR_EMPTY, CNIL_LANGUAGE_FR, 2), CNIL_STR_EMPTY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_is_missing),
        cmocka_unit_test(every_language_says_the_same),
        cmocka_unit_test(typography),
        cmocka_unit_test(nothing_is_left_of_another_language),
        cmocka_unit_test(both_answers_are_alike_in_every_language),
        cmocka_unit_test(names),
        cmocka_unit_test(countries),
        cmocka_unit_test(units),
        cmocka_unit_test(forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
