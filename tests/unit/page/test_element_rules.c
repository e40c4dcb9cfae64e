/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "page/element_rules.h"
#include "page/script.h"

static struct cnil_html_attribute attribute_named(struct cnil_str name)
{
    return (struct cnil_html_attribute){ .name = name, .id = cnil_html_name_of(name) };
}

static struct cnil_html_attribute attribute_of(const struct cnil_element_rule *rule)
{
    struct cnil_str name = rule->label;

    cnil_str_cut(&name, ' ');
    return attribute_named(name);
}

static bool is_of_every_element(const struct cnil_element_rule *rule)
{
    return cnil_str_starts_with(rule->label, CNIL_STR("* "));
}

static enum cnil_html_namespace namespace_of(const struct cnil_element_rule *rule)
{
    if ((rule->namespaces & 1u << CNIL_HTML_NS_HTML) != 0)
        return CNIL_HTML_NS_HTML;
    return rule->namespaces == 1u << CNIL_HTML_NS_SVG ? CNIL_HTML_NS_SVG : CNIL_HTML_NS_MATHML;
}

static void labels_are_the_names(void **state)
{
    size_t count;
    const struct cnil_element_rule *rules = cnil_element_rules_all(&count);

    (void)state;
    assert_true(count > 50);
    for (size_t i = 0; i < count; i++) {
        struct cnil_str attribute = rules[i].label, tag = cnil_str_cut(&attribute, ' ');

        if (rules[i].tag != CNIL_HTML_OTHER && !is_of_every_element(&rules[i]) &&
            cnil_html_name_of(tag) != rules[i].tag)
            fail_msg("%s: not its tag", rules[i].label.ptr);
        if (cnil_html_name_of(attribute) != rules[i].attribute)
            fail_msg("%s: not its attribute", rules[i].label.ptr);
    }
}

static void every_rule_is_found(void **state)
{
    size_t count;
    const struct cnil_element_rule *rules = cnil_element_rules_all(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        cnil_html_name tag = is_of_every_element(&rules[i])    ? CNIL_TAG_DIV
                             : rules[i].tag == CNIL_HTML_OTHER ? CNIL_TAG_PATTERN
                                                               : rules[i].tag;
        const struct cnil_html_attribute attribute = attribute_of(&rules[i]);
        const enum cnil_html_namespace in[] = { namespace_of(&rules[i]), CNIL_HTML_NS_UNSURE };

        for (size_t j = 0; j < 2; j++) {
            const struct cnil_element_rule *of = cnil_element_rules_of(tag, in[j]);
            const struct cnil_element_rule *found = cnil_element_rules_find(of, &attribute, in[j]);

            if (j == 1 && rules[i].when == CNIL_ELEMENT_FOLLOW && found != NULL && found->when == CNIL_ELEMENT_ALWAYS)
                continue; /* the href of a drawing holds more back than a link of MathML */
            if (found != &rules[i])
                fail_msg("%s is not found%s", rules[i].label.ptr, j == 1 ? " where the namespace is unsure" : "");
        }
    }
}

static bool has_rule(cnil_html_name tag, const char *name, enum cnil_html_namespace ns)
{
    const struct cnil_html_attribute attribute = attribute_named(cnil_str_from(name));

    return cnil_element_rules_find(cnil_element_rules_of(tag, ns), &attribute, ns) != NULL;
}

static void what_fetches_nothing_has_no_rule(void **state)
{
    (void)state;
    assert_null(cnil_element_rules_of(CNIL_TAG_DIV, CNIL_HTML_NS_HTML));
    assert_null(cnil_element_rules_of(CNIL_HTML_OTHER, CNIL_HTML_NS_HTML));
    assert_null(cnil_element_rules_of(CNIL_TAG_PATH, CNIL_HTML_NS_SVG));
    assert_null(cnil_element_rules_of(CNIL_TAG_MI, CNIL_HTML_NS_MATHML));
    assert_non_null(cnil_element_rules_of(CNIL_HTML_OTHER, CNIL_HTML_NS_SVG)); /* linearGradient */
    assert_false(has_rule(CNIL_TAG_P, "href", CNIL_HTML_NS_HTML));
    assert_true(has_rule(CNIL_TAG_MI, "href", CNIL_HTML_NS_MATHML));
    assert_true(has_rule(CNIL_TAG_MATH, "HREF", CNIL_HTML_NS_MATHML));
    assert_true(has_rule(CNIL_HTML_OTHER, "href", CNIL_HTML_NS_MATHML));
    assert_false(has_rule(CNIL_TAG_SCRIPT, "href", CNIL_HTML_NS_HTML));
    assert_false(has_rule(CNIL_TAG_SCRIPT, "id", CNIL_HTML_NS_UNSURE));
    assert_true(has_rule(CNIL_TAG_SCRIPT, "href", CNIL_HTML_NS_UNSURE));
    assert_false(has_rule(CNIL_TAG_DIV, "data-src-of", CNIL_HTML_NS_HTML));
    assert_false(has_rule(CNIL_TAG_DIV, "data-sr", CNIL_HTML_NS_HTML));
    assert_false(has_rule(CNIL_TAG_DIV, "", CNIL_HTML_NS_HTML));
    assert_true(has_rule(CNIL_TAG_DIV, "Data-Src", CNIL_HTML_NS_HTML));
    assert_true(has_rule(CNIL_TAG_DIV, "STYLE", CNIL_HTML_NS_HTML));
    assert_true(has_rule(CNIL_TAG_PATH, "Fill", CNIL_HTML_NS_SVG));
    assert_true(has_rule(CNIL_TAG_DIV, "clip-path", CNIL_HTML_NS_UNSURE));
    assert_false(has_rule(CNIL_TAG_DIV, "fill", CNIL_HTML_NS_HTML));
    assert_true(has_rule(CNIL_TAG_A, "AttributionSrc", CNIL_HTML_NS_HTML));
    assert_true(has_rule(CNIL_HTML_OTHER, "DATA-lazy-srcset", CNIL_HTML_NS_SVG));
}

/* Of every element the rules are looked up by halves, and marked by their initials. */
static void rules_of_every_element_are_in_order(void **state)
{
    size_t count;
    const struct cnil_element_rule *rules = cnil_element_rules_all(&count), *before = NULL;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (!is_of_every_element(&rules[i]))
            continue;
        if (before != NULL && cnil_str_compare(before->label, rules[i].label) >= 0)
            fail_msg("%s stands before %s", before->label.ptr, rules[i].label.ptr);
        if ((cnil_html_initial(rules[i].label.ptr[2]) &
             (namespace_of(&rules[i]) == CNIL_HTML_NS_HTML ? CNIL_ELEMENT_INITIALS : CNIL_ELEMENT_SVG_INITIALS)) == 0)
            fail_msg("%s: its initial is not in CNIL_ELEMENT_INITIALS", rules[i].label.ptr);
        before = &rules[i];
    }
    assert_non_null(before);
    assert_true(before == &rules[count - 1]); /* they are the last ones */
}

/* Every row of HTML is looked at where its value may do harm, and the tokenizer's filter asks for it. */
static void no_rule_is_passed_over(void **state)
{
    static const struct cnil_str harm = CNIL_STR_INIT("javascript:url(\"//a.example\")");
    size_t count;
    const struct cnil_element_rule *rules = cnil_element_rules_all(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        bool is_meta = rules[i].when == CNIL_ELEMENT_META;
        cnil_html_name tag = is_of_every_element(&rules[i]) ? CNIL_TAG_DIV : rules[i].tag;
        struct cnil_html_attribute attribute =
            is_meta ? attribute_named(CNIL_STR("HTTP-equiv")) : attribute_of(&rules[i]);
        uint64_t hash = CNIL_HTML_NAME_HASH(tag);
        uint32_t initials = CNIL_ELEMENT_INITIALS;

        if ((rules[i].namespaces & 1u << CNIL_HTML_NS_HTML) == 0)
            continue;
        attribute.id = CNIL_HTML_OTHER; /* the tokenizer does not know it */
        attribute.value = is_meta ? CNIL_STR("Refresh") : harm;
        if ((cnil_element_tags[hash >> 6] >> (hash & 63) & 1) != 0)
            initials |= cnil_element_initials(tag);
        if ((initials & cnil_html_initial(*attribute.name.ptr)) == 0)
            fail_msg("%s is not asked for", rules[i].label.ptr);
        if (cnil_element_rules_look(tag, &attribute) != &rules[i])
            fail_msg("%s is passed over", rules[i].label.ptr);
    }
}

static void what_is_harmless_is_passed_over(void **state)
{
    static const struct {
        cnil_html_name tag;
        const char *name, *value;
        bool looks;
    } cases[] = {
        { CNIL_TAG_A, "href", "https://a.example/", false },
        { CNIL_TAG_A, "HREF", "/b", false },
        { CNIL_TAG_A, "href", "", false },
        { CNIL_TAG_A, "href", "JavaScript:x", true },
        { CNIL_TAG_A, "href", " javascript:x", true },
        { CNIL_TAG_A, "href", "&#106;avascript:x", true },
        { CNIL_TAG_AREA, "href", "/b", false },
        { CNIL_TAG_AREA, "href", "javascript:x", true },
        { CNIL_TAG_A, "ping", "/b", true },
        { CNIL_TAG_A, "aria-label", "b", false },
        { CNIL_TAG_A, "onclick", "b", true },
        { CNIL_TAG_P, "style", "color: red", false },
        { CNIL_TAG_P, "style", "background: url(b)", true },
        { CNIL_TAG_P, "data-src", "b", true },
        { CNIL_TAG_P, "data-srd", "b", false },
        { CNIL_TAG_IMG, "src", "b", true },
        { CNIL_TAG_IMG, "alt", "b", false },
        { CNIL_TAG_META, "http-equiv", "content-type", false },
        { CNIL_TAG_META, "http-equiv", "X-UA-Compatible", false },
        { CNIL_TAG_META, "http-equiv", "&#114;efresh", true },
        { CNIL_TAG_META, "http-equiv", "X-DNS-Prefetch-Control", true },
        { CNIL_TAG_META, "http-equiv", "Delegate-CH", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_html_attribute attribute = { .name = cnil_str_from(cases[i].name),
                                                 .value = cnil_str_from(cases[i].value) };

        if ((cnil_element_rules_look(cases[i].tag, &attribute) != NULL) != cases[i].looks)
            fail_msg("%s=\"%s\" %s", cases[i].name, cases[i].value, cases[i].looks ? "is passed over" : "is looked at");
    }
}

static const struct {
    const char *rel, *as, *uses; /* R: resource by its number, H: a host alone */
} links[] = {
    { "stylesheet", "", "3" },       { "alternate STYLESHEET", "", "3" },
    { "alternate", "", "" },         { " canonical\tprev ", "", "" },
    { "shortcut icon", "", "1" },    { "preconnect dns-prefetch", "", "HH" },
    { "preload", "Script", "0" },    { "preload", "font", "4" },
    { "preload", "", "6" },          { "prefetch", "document", "2" },
    { "modulepreload", "", "0" },    { "what-comes-next-year", "", "6" },
    { "icon stylesheet", "", "13" }, { "", "", "" },
    { "search", "", "6" },           { "next", "", "6" },
};

static void rels_say_what_a_link_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        struct cnil_str rels = cnil_str_from(links[i].rel);
        struct cnil_element_use use;
        char uses[16] = "";

        while (cnil_element_link_use(&rels, cnil_str_from(links[i].as), &use))
            snprintf(uses + strlen(uses), sizeof(uses) - strlen(uses), use.host_only ? "H" : "%u",
                     (unsigned)use.resource);
        if (strcmp(uses, links[i].uses) != 0)
            fail_msg("rel=\"%s\" as=\"%s\": %s", links[i].rel, links[i].as, uses);
    }
}

static void only_some_params_are_urls(void **state)
{
    (void)state;
    assert_true(cnil_element_param_fetches(CNIL_STR("Movie")));
    assert_false(cnil_element_param_fetches(CNIL_STR("allowScriptAccess")));
    assert_false(cnil_element_param_fetches(CNIL_STR_EMPTY));
}

static const struct {
    const char *type, *language; /* NULL: none */
    bool runs;
} scripts[] = {
    { NULL, NULL, true },
    { "", NULL, true },
    { "", "vbscript", true },
    { " ", NULL, false },
    { NULL, "", true },
    { NULL, "JavaScript1.5", true },
    { NULL, "vbscript", false },
    { "text/javascript", "vbscript", true },
    { " TEXT/JavaScript\n", NULL, true },
    { "text/javascript; charset=utf-8", NULL, false },
    { "application/x-javascript", NULL, true },
    { "text/jscript", NULL, true },
    { "module", NULL, true },
    { "Module", NULL, true },
    { "text/module", NULL, false },
    { "javascript", NULL, false },
    { "importmap", NULL, true },
    { " SpeculationRules", NULL, true },
    { "text/plain", NULL, false },
    { "application/ld+json", NULL, false },
    { "rocketlazyloadscript", NULL, true },
    { "javascript/blocked", NULL, true },
    { "nitropack/inlinescript", NULL, true },
    { "wphb-delay-type", NULL, true },
    { "o/js-lzl", NULL, true },
    { "text/partytown", NULL, true },
    { "partytown", NULL, false },
    { "text/debloat-script", NULL, true },
    { "text/ez-screx", NULL, true },
    { "text/phast", NULL, true },
    { "didomi/javascript", NULL, true },
    { "text/tc_privacy", NULL, true },
    { "text/x-ccm-loader", NULL, true },
    { "0a1b2c3d4e5f-text/javascript", NULL, true },
    { "0a1b2c3d4e5f-module", NULL, true },
    { "x-text/javascript", NULL, false },
    { "0a1b2c3d4e5f-text/plain", NULL, false },
};

static void a_type_says_whether_a_script_runs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        const struct cnil_script_type type = { cnil_str_from(scripts[i].type), cnil_str_from(scripts[i].language) };

        if ((cnil_script_kind(&type) != CNIL_SCRIPT_DATA) != scripts[i].runs)
            fail_msg("case %zu: type %s, language %s", i, scripts[i].type, scripts[i].language);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_the_names),
        cmocka_unit_test(every_rule_is_found),
        cmocka_unit_test(what_fetches_nothing_has_no_rule),
        cmocka_unit_test(rules_of_every_element_are_in_order),
        cmocka_unit_test(no_rule_is_passed_over),
        cmocka_unit_test(what_is_harmless_is_passed_over),
        cmocka_unit_test(rels_say_what_a_link_does),
        cmocka_unit_test(only_some_params_are_urls),
        cmocka_unit_test(a_type_says_whether_a_script_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
