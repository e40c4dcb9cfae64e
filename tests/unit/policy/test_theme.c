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
#include "policy/theme.h"

/* By the formula of WCAG 2; the middle ones are the examples that its tools show. */
static void contrasts(void **state)
{
    static const struct {
        unsigned a, b;
        const char *ratio;
    } cases[] = {
        { 0x000000, 0xffffff, "21.00" }, { 0xffffff, 0x000000, "21.00" }, { 0x777777, 0xffffff, "4.48" },
        { 0x767676, 0xffffff, "4.54" },  { 0xff0000, 0xffffff, "4.00" },  { 0x0000ff, 0xffffff, "8.59" },
        { 0x00ff00, 0xffffff, "1.37" },  { 0x123456, 0x123456, "1.00" },  { 0x010101, 0x000000, "1.01" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[16];

        snprintf(text, sizeof(text), "%.2f", cnil_theme_contrast(cases[i].a, cases[i].b));
        assert_string_equal(text, cases[i].ratio);
    }
}

static const struct {
    const char *banner, *mistake; /* NULL: none */
} policies[] = {
    { "{\"theme\": {}}", NULL },
    { "{\"theme\": {\"look\": \"state\"}}", NULL },
    { "{\"theme\": {\"look\": \"state\", \"light\": {}, \"dark\": {}}}", NULL }, /* measured, too */
    { "{\"theme\": {\"light\": {}, \"dark\": {}}}", NULL },
    { "{\"theme\": {\"light\": {\"accent\": \"#060\"}, \"radius\": 0}}", NULL },
    { "{\"theme\": {\"light\": {\"accept\": \"#060\", \"refuse\": \"#006600\"}}}", NULL },
    { "{\"position\": \"left\"}", NULL },
    { "{\"position\": \"middle\"}", "/banner/position: must be \"bottom\", \"top\", \"left\" or \"right\"" },
    { "{\"theme\": {\"light\": {\"on_accent\": \"#888\"}}}",
      "/banner/theme/light: the words on both buttons (#888888 on #232f72): a contrast of 3.44:1, and people need at "
      "least 4.5:1" },
    { "{\"theme\": {\"dark\": {\"accent\": \"#333\", \"on_accent\": \"#fff\"}}}",
      "/banner/theme/dark: links (#333333 on #1c1c26): a contrast of 1.34:1, and people need at least 4.5:1" },
    { "{\"theme\": {\"light\": {\"ink\": \"#aaa\"}}}",
      "/banner/theme/light: the text (#aaaaaa on #ffffff): a contrast of 2.32:1, and people need at least 4.5:1" },
    { "{\"theme\": {\"light\": {\"accept\": \"#060\", \"refuse\": \"#eee\"}}}",
      "/banner/theme/light: accept and refuse must look the same (rule C5), but their contrasts with the paper are "
      "7.24:1 (#006600) and 1.16:1 (#eeeeee)" },
    { "{\"theme\": {\"light\": {\"accept\": \"#060\"}}}",
      "/banner/theme/light: accept and refuse must look the same (rule C5), but their contrasts with the paper are "
      "7.24:1 (#006600) and 12.20:1 (#232f72)" },
    { "{\"theme\": {\"light\": {\"ink\": \"red\"}}}",
      "/banner/theme/light/ink: must be a colour like \"#1a5fb4\" or \"#15b\"" },
    { "{\"theme\": {\"light\": {\"ink\": \"#12345g\"}}}",
      "/banner/theme/light/ink: must be a colour like \"#1a5fb4\" or \"#15b\"" },
    { "{\"theme\": {\"light\": {\"ink\": \"#000}</style>\"}}}",
      "/banner/theme/light/ink: must be a colour like \"#1a5fb4\" or \"#15b\"" },
    { "{\"theme\": {\"radius\": 25}}", "/banner/theme/radius: must be between 0 and 24" },
    { "{\"theme\": {\"font\": \"x\"}}", "/banner/theme/font: unknown key \"font\"" },
};

static struct cnil_policy *load(const char *banner, struct cnil_errors *errors)
{
    char text[512];

    snprintf(text, sizeof(text), "{\"banner\": %s}", banner);
    cnil_errors_init(errors);
    return cnil_policy_parse(cnil_str_from(text), "p", errors);
}

static void themes_are_measured(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        struct cnil_errors errors;
        struct cnil_policy *policy = load(policies[i].banner, &errors);
        char told[1024] = "";

        if (errors.count > 0)
            snprintf(told, sizeof(told), "%s: %s", errors.list[0].pointer, errors.list[0].sentence);
        if ((policy != NULL) != (policies[i].mistake == NULL) ||
            strncmp(told, policies[i].mistake != NULL ? policies[i].mistake : "", sizeof(told)) != 0)
            fail_msg("%s\ntold: %s", policies[i].banner, told);
        assert_true(errors.count == (policies[i].mistake != NULL));
        cnil_errors_free(&errors);
        cnil_policy_free(policy);
    }
}

static bool holds(const struct cnil_policy *policy, const char *text)
{
    return cnil_str_find(policy->theme.css, cnil_str_from(text)) < policy->theme.css.len;
}

static void a_theme_is_a_sheet_of_variables(void **state)
{
    struct cnil_errors errors;
    struct cnil_policy *plain = load("{}", &errors), *state_look, *green, *same;

    (void)state;
    assert_int_equal(plain->theme.name.len, 0);
    assert_int_equal(plain->theme.css.len, 0);
    state_look = load("{\"theme\": {\"look\": \"state\"}}", &errors);
    assert_true(holds(state_look, "--accent:#000091!important;"));
    assert_true(holds(state_look, "--radius:0px!important;--font:Marianne,arial,sans-serif!important}"));
    green = load("{\"theme\": {\"light\": {\"accent\": \"#060\"}, \"radius\": 8}}", &errors);
    assert_true(holds(green, "@media screen{.vp-own,html.vp-card,#vp-box#vp-box#vp-box{--ink:#1d1d24!important;"));
    assert_true(holds(green, "--accent:#006600!important;--on-accent:#ffffff!important;--radius:8px!important}}"));
    assert_true(holds(green, "@media screen and (prefers-color-scheme:dark){"));
    assert_false(holds(green, "url("));
    assert_int_equal(green->theme.name.len, strlen("theme-00000000.css"));
    assert_true(cnil_str_starts_with(green->theme.name, CNIL_STR("theme-")));
    assert_false(cnil_str_equal(green->theme.name, state_look->theme.name));
    same = load("{\"theme\": {\"radius\": 8, \"light\": {\"accept\": \"#060\", \"refuse\": \"#060\"}}}", &errors);
    assert_true(cnil_str_equal(green->theme.name, same->theme.name));
    /* asking again for a colour would be a nuisance */
    assert_int_equal(green->consent_hash, plain->consent_hash);
    cnil_policy_free(plain);
    cnil_policy_free(state_look);
    cnil_policy_free(green);
    cnil_policy_free(same);
}

/* What follows from the four colours can be read, too: gentle ink, tinted paper. */
static void what_follows_can_be_read(void **state)
{
    static const char *const themes[] = {
        "{\"theme\": {}}",
        "{\"theme\": {\"look\": \"state\"}}",
        "{\"theme\": {\"light\": {\"ink\": \"#767676\", \"accent\": \"#767676\"}}}",
        "{\"theme\": {\"light\": {\"ink\": \"#555\"}, \"dark\": {\"ink\": \"#8d8d8d\"}}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(themes) / sizeof(themes[0]); i++) {
        struct cnil_errors errors;
        struct cnil_policy *policy = load(themes[i], &errors);
        size_t sets = 0;

        for (const char *at = policy->theme.css.ptr; (at = strstr(at, "--ink:")) != NULL; at++, sets++) {
            unsigned ink, soft, paper, tint, line, accent, on_accent;

            assert_int_equal(sscanf(at,
                                    "--ink:#%x!important;--soft:#%x!important;--paper:#%x!important;--tint:#%x!"
                                    "important;--line:#%x!important;"
                                    "--accent:#%x!important;--on-accent:#%x",
                                    &ink, &soft, &paper, &tint, &line, &accent, &on_accent),
                             7);
            assert_true(cnil_theme_contrast(ink, paper) >= 4.5 && cnil_theme_contrast(ink, tint) >= 4.5);
            assert_true(cnil_theme_contrast(soft, paper) >= 4.5 && cnil_theme_contrast(soft, tint) >= 4.5);
            assert_true(cnil_theme_contrast(accent, paper) >= 4.5 && cnil_theme_contrast(accent, tint) >= 4.5);
            assert_true(cnil_theme_contrast(on_accent, accent) >= 4.5);
        }
        assert_int_equal(sets, 2);
        cnil_policy_free(policy);
    }
}

static void without_memory_there_is_no_policy(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        struct cnil_errors errors;
        struct cnil_policy *policy;

        alloc_fail_after(n);
        policy = load("{\"theme\": {\"look\": \"state\"}}", &errors);
        alloc_fail_after(-1);
        cnil_errors_free(&errors);
        if (policy != NULL) {
            assert_true(policy->theme.css.len > 0 && policy->theme.name.len > 0);
            cnil_policy_free(policy);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contrasts),
        cmocka_unit_test(themes_are_measured),
        cmocka_unit_test(a_theme_is_a_sheet_of_variables),
        cmocka_unit_test(what_follows_can_be_read),
        cmocka_unit_test(without_memory_there_is_no_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
