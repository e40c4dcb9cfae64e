/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "web/csp.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define OWN          "https://www.shop.fr/a"

/* Two fields at most, one a line. `nonce`: what the tags carry. */
static const struct {
    const char *fields, *document;
    bool allowed;
    const char *nonce;
} cases[] = {
    { "", OWN, true, "" },
    { "img-src 'none'", OWN, true, "" },
    { "default-src 'none'", OWN, false, "" },
    { "script-src", OWN, false, "" },
    { "default-src 'self'", OWN, true, "" },
    { "default-src 'none'; script-src 'self'", OWN, true, "" },
    { "script-src 'self'; script-src-elem 'none'", OWN, false, "" },
    { "script-src-elem 'self'; script-src 'none'", OWN, true, "" },
    { "SCRIPT-SRC 'SELF'", OWN, true, "" },
    { "script-src 'none'; script-src 'self'", OWN, false, "" }, /* the first of a name counts */
    { "script-src *", OWN, true, "" },
    { "script-src *", "https://www.shop.fr:8443/", true, "" },
    { "script-src https:", OWN, true, "" },
    { "script-src http:", OWN, true, "" },
    { "script-src https:", "http://www.shop.fr/", false, "" },
    { "script-src data: blob:", OWN, false, "" },
    { "script-src www.shop.fr", OWN, true, "" },
    { "script-src WWW.Shop.FR", OWN, true, "" },
    { "script-src shop.fr", OWN, false, "" },
    { "script-src *.shop.fr", OWN, true, "" },
    { "script-src *.shop.fr", "https://shop.fr/", false, "" },
    { "script-src https://www.shop.fr", OWN, true, "" },
    { "script-src http://www.shop.fr", OWN, true, "" },
    { "script-src http://www.shop.fr:80", OWN, true, "" },
    { "script-src https://www.shop.fr:443", OWN, true, "" },
    { "script-src https://www.shop.fr:8443", OWN, false, "" },
    { "script-src https://www.shop.fr:*", "https://www.shop.fr:8443/", true, "" },
    { "script-src www.shop.fr", "https://www.shop.fr:8443/", false, "" },
    { "script-src www.shop.fr:8x", OWN, false, "" },
    { "script-src www.shop.fr/", OWN, true, "" },
    { "script-src www.shop.fr/_p/", OWN, true, "" },
    { "script-src www.shop.fr/js/", OWN, false, "" },
    { "script-src www.shop.fr/_p/guard.js", OWN, false, "" },
    { "script-src 'nonce-abc='", OWN, true, "abc=" },
    { "script-src 'NONCE-aB+/-_9=='", OWN, true, "aB+/-_9==" },
    { "script-src 'nonce-a\"b'", OWN, false, "" }, /* nothing that could end an attribute */
    { "script-src 'nonce-'", OWN, false, "" },
    { "script-src 'nonce-==='", OWN, false, "" },
    { "script-src 'nonce-a===='", OWN, false, "" },
    { "script-src 'nonce-abc", OWN, false, "" },
    { "script-src 'nonce-abc' 'strict-dynamic'", OWN, true, "abc" },
    { "script-src 'self' 'nonce-abc' 'strict-dynamic'", OWN, true, "abc" },
    { "script-src 'self' 'strict-dynamic' 'sha256-x'", OWN, false, "" },
    { "script-src 'unsafe-inline' 'unsafe-eval'", OWN, false, "" },
    { "script-src 'self' 'nonce-abc'", OWN, true, "abc" },
    { "script-src 'self' 'nonce-abc' 'nonce-def'", OWN, true, "abc" },
    { "script-src 'self', script-src 'nonce-abc'", OWN, true, "abc" },
    { "script-src 'nonce-def', script-src 'nonce-abc'", OWN, false, "def" }, /* an element has one */
    { "script-src 'nonce-abc', script-src 'nonce-abc'", OWN, true, "abc" },
    { "script-src 'self'\nscript-src 'none'", OWN, false, "" },
    { "script-src 'self'\nobject-src 'none'", OWN, true, "" },
    { " ; ;\tscript-src\t'self' ;", OWN, true, "" },
};

enum { FIELDS = 3 };

/* A line each, behind one that only reports. */
static struct cnil_headers fields_of(const char *lines, struct cnil_header list[FIELDS])
{
    struct cnil_headers fields = { list, 1 };
    struct cnil_str rest = cnil_str_from(lines);

    list[0] = (struct cnil_header){ CNIL_STR("Content-Security-Policy-Report-Only"),
                                    CNIL_STR("script-src 'none'; style-src 'none'") };
    while (rest.len > 0)
        list[fields.count++] = (struct cnil_header){ CNIL_STR("content-security-policy"), cnil_str_cut(&rest, '\n') };
    return fields;
}

static void scripts_of_ones_own_run_or_do_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_arena *arena = cnil_arena_new(65536);
        struct cnil_header list[FIELDS];
        struct cnil_csp_element script;
        struct cnil_url url;

        assert_non_null(arena);
        assert_int_equal(cnil_url_parse(cnil_str_from(cases[i].document), NULL, arena, &url), CNIL_OK);
        cnil_csp_read_script(fields_of(cases[i].fields, list), &url, CNIL_STR("/_p/"), &script);
        if (script.allowed != cases[i].allowed || !cnil_str_equal(script.nonce, cnil_str_from(cases[i].nonce)))
            fail_msg("%s on %s: %d, nonce %.*s", cases[i].fields, cases[i].document, script.allowed,
                     (int)script.nonce.len, script.nonce.ptr != NULL ? script.nonce.ptr : "");
        cnil_arena_free(arena);
    }
}

static const struct {
    const char *fields;
    bool leads;
} maps[] = {
    { "", true },
    { "img-src 'none'", true },
    { "script-src 'self'", false }, /* nothing may stand in the page */
    { "script-src 'self' 'unsafe-inline'", true },
    { "script-src 'self' 'unsafe-inline' 'sha256-x'", false },
    { "script-src 'self' 'unsafe-inline' 'nonce-abc'", true },
    { "script-src https://cdn.example 'unsafe-inline'", false }, /* nothing may come from us */
    { "script-src https://cdn.example 'nonce-abc'", false },     /* who imports may have none */
    { "script-src https://shop.example/_p/ 'nonce-abc'", true },
    { "script-src 'nonce-abc' 'strict-dynamic'", true },
    { "script-src 'nonce-abc' 'strict-dynamic' 'unsafe-inline' https:", true },
    { "script-src 'unsafe-inline' 'strict-dynamic'", false },
    { "script-src 'sha256-x' 'strict-dynamic'", false },
    { "script-src * 'unsafe-inline', script-src 'self'", false },
    { "script-src 'self' 'unsafe-inline', script-src 'self' 'nonce-abc'", true },
    { "script-src 'self' 'nonce-abc', script-src 'self' 'nonce-def'", false },
    { "script-src-elem 'self'; script-src 'self' 'unsafe-inline'", false },
    { "require-trusted-types-for 'script'", false },
    { "script-src 'self' 'unsafe-inline'; require-trusted-types-for 'script'", false },
};

static void an_import_map_stands_in_the_page_and_leads_to_us(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(maps); i++) {
        struct cnil_arena *arena = cnil_arena_new(65536);
        struct cnil_header list[FIELDS];
        struct cnil_csp_element script;
        struct cnil_url url;

        assert_non_null(arena);
        assert_int_equal(cnil_url_parse(CNIL_STR("https://shop.example/a"), NULL, arena, &url), CNIL_OK);
        cnil_csp_read_script(fields_of(maps[i].fields, list), &url, CNIL_STR("/_p/"), &script);
        if (script.leads != maps[i].leads)
            fail_msg("%s: %d", maps[i].fields, script.leads);
        cnil_arena_free(arena);
    }
}

/* As Chromium 156 takes them. */
static void digests_that_are_wanted_are_told(void **state)
{
    static const struct {
        const char *field;
        bool allowed;
    } policies[] = {
        { "blocked-destinations=(script)", false },
        { "blocked-destinations=(script), endpoints=(x)", false },
        { "sources=(inline), blocked-destinations=(style script);a", false },
        { "blocked-destinations=(script), sources=()", true },
        { "blocked-destinations=(style)", true },
        { "blocked-destinations=(script),", true }, /* no dictionary: it says nothing */
        { "", true },
    };
    struct cnil_arena *arena = cnil_arena_new(4096);
    struct cnil_url url;

    (void)state;
    assert_int_equal(cnil_url_parse(cnil_str_from(OWN), NULL, arena, &url), CNIL_OK);
    for (size_t i = 0; i < COUNT(policies); i++) {
        const struct cnil_header list[] = { { CNIL_STR("integrity-policy"), cnil_str_from(policies[i].field) } };
        struct cnil_csp_element script;

        cnil_csp_read_script((struct cnil_headers){ list, 1 }, &url, CNIL_STR("/_p/"), &script);
        if (script.allowed != policies[i].allowed || script.leads != policies[i].allowed)
            fail_msg("%s: %d, %d", policies[i].field, script.allowed, script.leads);
    }
    cnil_arena_free(arena);
}

static const struct {
    const char *fields;
    bool allowed;
    const char *nonce; /* that is needed; empty: none */
} styles[] = {
    { "", true, "" },
    { "script-src 'none'", true, "" },
    { "style-src 'self'", false, "" },
    { "style-src 'self' 'unsafe-inline'", true, "" },
    { "style-src 'SELF' 'Unsafe-Inline'", true, "" },
    { "style-src *", false, "" },
    { "default-src 'self'", false, "" },
    { "default-src 'self'; style-src 'unsafe-inline'", true, "" },
    { "default-src 'unsafe-inline'; style-src 'self'", false, "" },
    { "style-src 'unsafe-inline'; style-src-elem 'self'", false, "" },
    { "style-src 'none'; style-src-elem 'unsafe-inline'", true, "" },
    { "style-src 'none'; style-src-attr 'unsafe-inline'", false, "" },
    { "style-src 'unsafe-inline' 'nonce-abc'", true, "abc" }, /* which makes the other word void */
    { "style-src 'nonce-abc'", true, "abc" },
    { "style-src 'nonce-a b'", false, "" },
    { "style-src 'unsafe-inline' 'sha256-abc='", false, "" },
    { "style-src 'unsafe-inline' 'SHA512-abc='", false, "" },
    { "style-src 'unsafe-inline' sha256-abc=", true, "" },
    { "style-src 'unsafe-inline', style-src 'self'", false, "" },
    { "style-src 'unsafe-inline'\nstyle-src 'nonce-abc'", true, "abc" },
    { "style-src 'nonce-def', style-src 'nonce-abc'", false, "" },
    { "style-src", false, "" },
};

static void a_style_sheet_may_stand_in_the_page_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(styles); i++) {
        struct cnil_header list[FIELDS];
        struct cnil_csp_element style;

        cnil_csp_read_style(fields_of(styles[i].fields, list), &style);
        if (style.allowed != styles[i].allowed ||
            (style.allowed && (style.needs_nonce != (styles[i].nonce[0] != '\0') ||
                               !cnil_str_equal(style.nonce, cnil_str_from(styles[i].nonce)))))
            fail_msg("%s: %d, nonce %.*s", styles[i].fields, style.allowed, (int)style.nonce.len,
                     style.nonce.ptr != NULL ? style.nonce.ptr : "");
    }
}

/* One policy more, for a style that has a nonce or none. */
static void a_policy_in_the_page_is_asked_for_one_style(void **state)
{
    (void)state;
    assert_true(cnil_csp_allows_style(CNIL_STR("script-src 'self'"), CNIL_STR_EMPTY));
    assert_true(cnil_csp_allows_style(CNIL_STR("style-src 'unsafe-inline'"), CNIL_STR_EMPTY));
    assert_true(cnil_csp_allows_style(CNIL_STR("style-src 'unsafe-inline'"), CNIL_STR("abc")));
    assert_true(cnil_csp_allows_style(CNIL_STR("style-src 'nonce-abc'"), CNIL_STR("abc")));
    assert_false(cnil_csp_allows_style(CNIL_STR("style-src 'nonce-abc'"), CNIL_STR_EMPTY));
    assert_false(cnil_csp_allows_style(CNIL_STR("style-src 'nonce-abc'"), CNIL_STR("def")));
    assert_false(cnil_csp_allows_style(CNIL_STR("default-src 'self'"), CNIL_STR("abc")));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(scripts_of_ones_own_run_or_do_not),
                                        cmocka_unit_test(an_import_map_stands_in_the_page_and_leads_to_us),
                                        cmocka_unit_test(a_style_sheet_may_stand_in_the_page_or_not),
                                        cmocka_unit_test(a_policy_in_the_page_is_asked_for_one_style),
                                        cmocka_unit_test(digests_that_are_wanted_are_told) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
