/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/filter_compiler.h"
#include "policy/filter_syntax.h"

/* What a rule reads as: "host|pattern", then marks: @ exception, ! important, b badfilter, r regex, [ LEFT, ] RIGHT, .
 * LABEL, c CASE, 1 or 3 for one party, the types when they are not all, "d=" pages. */
static void describe(const struct cnil_filter *filter, char *out, size_t size)
{
    unsigned party = filter->flags & (CNIL_FILTER_FIRST | CNIL_FILTER_THIRD);
    int len = snprintf(out, size, "%.*s|%.*s ", (int)filter->host.len, filter->host.ptr != NULL ? filter->host.ptr : "",
                       (int)filter->pattern.len, filter->pattern.ptr != NULL ? filter->pattern.ptr : "");
    const struct {
        bool is;
        char mark;
    } marks[] = {
        { filter->exception, '@' },
        { filter->important, '!' },
        { filter->badfilter, 'b' },
        { filter->regex, 'r' },
        { (filter->flags & CNIL_FILTER_LEFT) != 0, '[' },
        { (filter->flags & CNIL_FILTER_RIGHT) != 0, ']' },
        { (filter->flags & CNIL_FILTER_LABEL) != 0, '.' },
        { (filter->flags & CNIL_FILTER_CASE) != 0, 'c' },
        { party == CNIL_FILTER_FIRST, '1' },
        { party == CNIL_FILTER_THIRD, '3' },
    };

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (marks[i].is)
            out[len++] = marks[i].mark;
    out[len] = '\0';
    if (filter->types != CNIL_FILTER_ALL)
        len += snprintf(out + len, size - (size_t)len, "t=%u", filter->types);
    if (filter->pages.len > 0)
        snprintf(out + len, size - (size_t)len, "d=%.*s", (int)filter->pages.len, filter->pages.ptr);
}

static const struct {
    const char *line, *is; /* what it reads as, or the reason why it is dropped, or NULL: no rule */
} lines[] = {
    { "", NULL },
    { "! a comment", NULL },
    { "[Adblock Plus 2.0]", NULL },
    { "# a comment of a hosts file", NULL },

    /* hosts */
    { "||tracker.example^", "tracker.example| " },
    { "  ||Tracker.EXAMPLE^\r", "tracker.example| " },
    { "||tracker.example", "tracker.example| " }, /* no more than that host, as most engines read it */
    { "||tracker.example|", "tracker.example| " },
    { "||tracker.example^*", "tracker.example| " },
    { "||tracker.example^|", "tracker.example|^ ]" },
    { "||tracker.example/Path?x", "tracker.example|/path?x " },
    { "||tracker.example:8080^", "tracker.example|:8080^ " },
    { "||tracker.example^*/x.js|", "tracker.example|^*/x.js ]" },
    { "||[::1]^", "[::1]| " },
    { "||10.0.0.1^", "10.0.0.1| " },
    { "||tracker.", "|tracker. ." }, /* more than one host */
    { "||tracker-", "|tracker- ." },
    { "||tracker*", "|tracker ." },
    { "||*.example^", "|*.example^ ." },
    { "||tracker.*/x", "|tracker.*/x ." },
    { "||.example^", "|.example^ ." },

    /* patterns */
    { "/ads/*", "|/ads/ " },
    { "*/ads/**x*", "|/ads/*x " },
    { "|https://x|", "|https://x []" },
    { "|*x", "|x " },
    { "x*|", "|x " },
    { "-Banner.", "|-banner. " },
    { "-Banner.$match-case", "|-Banner. c" },

    /* expressions: what begins and ends with a slash; without an operator it is the text between them */
    { "/banner[0-9]+/", "|banner[0-9]+ r" },
    { "/Banner/", "|banner " },
    { "/^https?:\\/\\/x$/$script", "|^https?:\\/\\/x$ rt=1" },
    { "/x$/", "|x$ r" },
    { "/", "|/ " },
    { "//", "|// " },

    /* options */
    { "@@||x.example^", "x.example| @" },
    { "||x.example^$third-party", "x.example| 3" },
    { "||x.example^$3p", "x.example| 3" },
    { "||x.example^$~third-party", "x.example| 1" },
    { "||x.example^$first-party", "x.example| 1" },
    { "||x.example^$~1p", "x.example| 3" },
    { "||x.example^$script,image", "x.example| t=3" },
    { "||x.example^$SCRIPT", "x.example| t=1" },
    { "||x.example^$~script", "x.example| t=2046" },
    { "||x.example^$script,popup", "x.example| t=1" },
    { "||x.example^$~document", "x.example| " },
    { "||x.example^$all", "x.example| " },
    { "||x.example^$css,frame,xhr,beacon,websocket,other,font,media,object-subrequest", "x.example| t=2044" },
    { "||x.example^$domain=a.example|~b.a.example", "x.example| d=a.example|~b.a.example" },
    { "||x.example^$from=a.example", "x.example| d=a.example" },
    { "||x.example^$important", "x.example| !" },
    { "@@||x.example^$important", "x.example| @" },
    { "||x.example^$badfilter", "x.example| b" },
    { "||x.example^$script,redirect=noop.js", "x.example| t=1" },
    { "||x.example^$rewrite=abp-resource:blank-js", "x.example| " },
    { "$ping,third-party", "| 3t=256" },
    { "x$y$script", "|x$y t=1" },
    { "x$/y", "|x$/y " }, /* what follows cannot be an option */
    { "price\\$script", "|price\\$script " },

    /* what is dropped */
    { "||x.example^$popup", "navigation" },
    { "||x.example^$document", "navigation" },
    { "||x.example^$script,~script", "navigation" },
    { "@@||x.example^$generichide", "hiding" },
    { "@@||x.example^$elemhide,script", "hiding" },
    { "||x.example^$csp=script-src 'none'", "option" },
    { "||x.example^$removeparam=x", "option" },
    { "||x.example^$redirect-rule=noop.js", "option" },
    { "@@||x.example^$redirect=noop.js", "option" },
    { "||x.example^$~important", "option" },
    { "||x.example^$script,method=get", "option" },
    { "||x.example^$domain=", "option" },
    { "||x.example^$first-party,third-party", "option" },
    { "||caf\xc3\xa9.example^", "domain" },
    { "*", "general" },
    { "|", "general" },
    { "@@$third-party", "general" },
};

static void lines_are_read_as_their_authors_mean_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char room[256], is[256] = "";
        struct cnil_filter filter;
        enum cnil_filter_kind kind = cnil_filter_parse(cnil_str_from(lines[i].line), room, &filter);

        if (kind == CNIL_FILTER_LINE_RULE)
            describe(&filter, is, sizeof(is));
        else if (kind == CNIL_FILTER_LINE_DROPPED)
            snprintf(is, sizeof(is), "%s", cnil_filter_drop_name(filter.drop));
        if (lines[i].is == NULL ? kind != CNIL_FILTER_LINE_NOTHING : strcmp(is, lines[i].is) != 0)
            fail_msg("%s: kind %d, %s", lines[i].line, (int)kind, is);
    }
}

static void what_hides_elements_is_no_rule_for_urls(void **state)
{
    static const char *const cosmetic[] = {
        "##.ad", "x.example##.ad", "x.example#@#.ad",   "x.example#?#.ad:has(a)", "x.example#$#body {}",
        "#@?#x", "x#%#//script",   "x##+js(set, a, 1)",
    };
    static const char *const others[] = { "/#ad", "x#y", "#", "/a#@b" };
    struct cnil_filter filter;
    char room[64];

    (void)state;
    for (size_t i = 0; i < sizeof(cosmetic) / sizeof(cosmetic[0]); i++)
        if (cnil_filter_parse(cnil_str_from(cosmetic[i]), room, &filter) != CNIL_FILTER_LINE_COSMETIC)
            fail_msg("%s", cosmetic[i]);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (cnil_filter_parse(cnil_str_from(others[i]), room, &filter) == CNIL_FILTER_LINE_COSMETIC)
            fail_msg("%s", others[i]);
}

static void conditions_are_told_apart(void **state)
{
    struct cnil_filter filter;
    char room[64];

    (void)state;
    assert_int_equal(cnil_filter_parse(CNIL_STR("!#if env_firefox"), room, &filter), CNIL_FILTER_LINE_IF);
    assert_int_equal(cnil_filter_parse(CNIL_STR("!#else"), room, &filter), CNIL_FILTER_LINE_ELSE);
    assert_int_equal(cnil_filter_parse(CNIL_STR("!#endif"), room, &filter), CNIL_FILTER_LINE_ENDIF);
    assert_int_equal(cnil_filter_parse(CNIL_STR("!#include x.txt"), room, &filter), CNIL_FILTER_LINE_NOTHING);
}

static void names_of_lists_are_plain(void **state)
{
    (void)state;
    assert_true(cnil_filter_name_is_good(CNIL_STR("easy-list_2.1")));
    assert_false(cnil_filter_name_is_good(CNIL_STR("")));
    assert_false(cnil_filter_name_is_good(CNIL_STR("a b")));
    assert_false(cnil_filter_name_is_good(CNIL_STR("a/b")));
    assert_false(cnil_filter_name_is_good((struct cnil_str){ "a\0b", 3 }));
    assert_false(cnil_filter_name_is_good(
        CNIL_STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))); /* 65 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read_as_their_authors_mean_them),
        cmocka_unit_test(what_hides_elements_is_no_rule_for_urls),
        cmocka_unit_test(conditions_are_told_apart),
        cmocka_unit_test(names_of_lists_are_plain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
