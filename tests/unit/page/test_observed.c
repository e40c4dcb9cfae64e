/* SPDX-License-Identifier: Apache-2.0
 * What a site was seen to carry: how the file is read, what visitors are told of it, and who is asked again. */
#define _GNU_SOURCE /* mkstemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "base/limits.h"
#include "consent/choice.h"
#include "page/block.h"
#include "policy/observed.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char place[] = "/tmp/cnil-observed-XXXXXX";

static int make_file(void **state)
{
    int descriptor = mkstemp(place);

    (void)state;
    return descriptor != -1 ? close(descriptor) : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(place);
}

static void write_file(const char *text)
{
    FILE *file = fopen(place, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

/* The policy that names the file, with `more` behind the site. */
static struct cnil_policy *load(const char *more, struct cnil_errors *errors)
{
    char text[512];

    snprintf(text, sizeof(text), "{\"site\":{\"observed\":\"%s\",\"hosts\":[\"cdn.own.example\"]}%s}", place, more);
    cnil_errors_init(errors);
    return cnil_policy_parse(cnil_str_from(text), "p", errors);
}

static struct cnil_policy *policy_of(const char *file, const char *more)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    write_file(file);
    policy = load(more, &errors);
    if (policy == NULL)
        fail_msg("%s: %s", file, errors.count > 0 ? errors.list[0].sentence : "no memory");
    cnil_errors_free(&errors);
    return policy;
}

#define SEEN(name) "\"" name "\":{\"first\":\"2026-11-01\",\"last\":\"2026-11-02\",\"count\":3}"

static const char whole[] =
    "{\"from\":\"2026-11-01\",\"to\":\"2026-11-02\","
    "\"services\":{" SEEN("google-analytics") "," SEEN("google-fonts") "," SEEN(
        "dropped-by-a-release") "},"
                                "\"hosts\":{" SEEN("zz.example") "," SEEN("aa.example") "," SEEN(
                                    "cdn.own.example") "," SEEN("youtube.com") "},"
                                                                               "\"cookies\":{" SEEN("b<c") "}}";

static size_t seen_services(const struct cnil_policy *policy)
{
    size_t count = 0;

    for (size_t i = 0; i < policy->service_count; i++)
        count += cnil_observed_has(policy, &policy->services[i]);
    return count;
}

static void the_file_is_read(void **state)
{
    struct cnil_policy *policy = policy_of(whole, "");

    (void)state;
    assert_true(cnil_observed_has(policy, cnil_policy_service(policy, CNIL_STR("google-analytics"))));
    assert_true(cnil_observed_has(policy, cnil_policy_service(policy, CNIL_STR("youtube")))); /* by its host */
    assert_int_equal(seen_services(policy), 3);
    assert_int_equal(policy->observed->asking, 2);     /* nobody is asked for fonts, nor for who passes */
    assert_int_equal(policy->observed->host_count, 2); /* neither the site's own nor a service's */
    assert_true(cnil_str_equal(policy->observed->hosts[0].host, CNIL_STR("aa.example")));
    assert_int_equal(policy->observed->hosts[0].entity.len + policy->observed->hosts[0].purposes, 0);
    assert_int_equal(policy->observed->cookie_count, 1);
    assert_int_equal(policy->observed->from, 1793491200); /* date -ud 2026-11-01 +%s */
    assert_int_equal(policy->observed->to, 1793491200 + 86400);
    cnil_policy_free(policy);
    policy = policy_of("{\"to\":\"2024-02-29\"}", "");
    assert_int_equal(policy->observed->from, 0);
    assert_int_equal(policy->observed->to, 1709164800);
    cnil_policy_free(policy);
    policy = policy_of("{}", "");
    assert_int_equal(policy->observed->from + policy->observed->to, 0);
    assert_int_equal(policy->observed->asking + policy->observed->host_count, 0);
    cnil_policy_free(policy);
    policy = policy_of("{\"hosts\":{" SEEN("doubleclick.net") "," SEEN("aa.example") "}}",
                       ",\"trackers\":{\"unknown\":\"hold\"}");
    assert_int_equal(policy->observed->asking, 2);
    assert_int_equal(policy->observed->host_count, 1);
    assert_true(cnil_observed_is_asked_for(&policy->observed->hosts[0]));
    cnil_policy_free(policy);
}

static const struct {
    const char *file, *sentence;
} mistakes[] = {
    { "[]", ", line 1: must be an object, not an array" },
    { "{\"service\":{}}", ", line 1: /service: unknown key \"service\"; did you mean \"services\"?" },
    { "{\n\"hosts\":[]}", ", line 2: /hosts: must be an object, not an array" },
    { "{\"from\":\"2026-02-29\"}", ", line 1: /from: is no day, as in \"2026-11-24\"" },
    { "{\"from\":\"\"}", ", line 1: /from: must not be empty" },
    { "{\"to\":\"2026-13-01\"}", ", line 1: /to: is no day, as in \"2026-11-24\"" },
    { "{\"to\":\"2026-11-1\"}", ", line 1: /to: is no day, as in \"2026-11-24\"" },
    { "{\"to\":\"2026/11/01\"}", ", line 1: /to: is no day, as in \"2026-11-24\"" },
    { "{\"to\":\"20261-1-01\"}", ", line 1: /to: is no day, as in \"2026-11-24\"" },
    { "{\"hosts\":{\"a b\":{}}}", ", line 1: /hosts/a b: is no name that \"cnil observe\" writes" },
    { "{\"hosts\":{\"a\":{\"value\":1}}}", ", line 1: /hosts/a/value: unknown key \"value\"" },
    { "{\"hosts\":{\"a\":{},\"a\":{}}}", ", line 1: " },
    { "{", ", line 1: " },
    { "", ", line 1: " },
};

static void mistakes_are_told_of_the_value_that_names_it(void **state)
{
    struct cnil_errors errors;
    char *large;

    (void)state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        char wanted[256];

        write_file(mistakes[i].file);
        assert_null(load("", &errors));
        snprintf(wanted, sizeof(wanted), "\"%s\"%s", place, mistakes[i].sentence);
        if (errors.count == 0 || strcmp(errors.list[0].pointer, "/site/observed") != 0 ||
            strncmp(errors.list[0].sentence, wanted, strlen(wanted)) != 0)
            fail_msg("%s\ngives: %s\nwanted: %s", mistakes[i].file,
                     errors.count > 0 ? errors.list[0].sentence : "nothing", wanted);
        cnil_errors_free(&errors);
    }
    large = malloc(CNIL_LIMIT_OBSERVED_FILE + 2);
    assert_non_null(large);
    memset(large, ' ', CNIL_LIMIT_OBSERVED_FILE + 1);
    large[CNIL_LIMIT_OBSERVED_FILE + 1] = '\0';
    write_file(large);
    free(large);
    assert_null(load("", &errors));
    assert_non_null(strstr(errors.list[0].sentence, "is too long"));
    cnil_errors_free(&errors);
    alarm(120); /* of one that never ends no more is read than of any other */
    cnil_errors_init(&errors);
    assert_null(cnil_policy_parse(CNIL_STR("{\"site\":{\"observed\":\"/dev/zero\"}}"), "p", &errors));
    assert_non_null(strstr(errors.list[0].sentence, "is too long"));
    cnil_errors_free(&errors);
    alarm(0);
    assert_int_equal(unlink(place), 0);
    assert_null(load("", &errors));
    assert_non_null(strstr(errors.list[0].sentence, "No such file"));
    cnil_errors_free(&errors);
    write_file("{}");
}

static void no_more_than_there_may_be(void **state)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    (void)state;
    for (size_t more = 0; more < 2; more++) {
        FILE *file = fopen(place, "w");

        assert_non_null(file);
        fputs("{\"hosts\":{", file);
        for (size_t i = 0; i < CNIL_LIMIT_OBSERVED + more; i++)
            fprintf(file, "%s\"h%zu.example\":{}", i > 0 ? "," : "", i);
        fputs("}}", file);
        fclose(file);
        policy = load("", &errors);
        assert_int_equal(policy != NULL, more == 0);
        cnil_policy_free(policy);
        cnil_errors_free(&errors);
    }
}

/* Rule C10: a new controller whom consent would let in asks again. A known one was on the list, and who passes without
 * consent is not asked about. */
static void who_is_asked_again(void **state)
{
    static const char hold[] = ",\"trackers\":{\"unknown\":\"hold\"}";
    static const struct {
        const char *file, *more;
        bool again;
    } cases[] = {
        { "{\"services\":{" SEEN("google-analytics") "}}", "", false },
        { "{\"services\":{" SEEN("google-analytics") "}}", hold, false },
        { "{\"hosts\":{" SEEN("aa.example") "}}", "", false },
        { "{\"hosts\":{" SEEN("aa.example") "}}", hold, true },
        { "{\"hosts\":{\"aa.example\":{}}}", hold, true }, /* … and how often it is seen does not */
        { "{\"cookies\":{" SEEN("zz") "}}", hold, false },
    };
    uint32_t held = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_policy *none = policy_of("{}", cases[i].more), *policy = policy_of(cases[i].file, cases[i].more);

        if ((none->consent_hash != policy->consent_hash) != cases[i].again)
            fail_msg("%s %s", cases[i].file, cases[i].more);
        assert_memory_not_equal(none->digest, policy->digest, sizeof(none->digest)); /* pages are others all the same */
        if (cases[i].again) {
            assert_true(held == 0 || held == policy->consent_hash);
            held = policy->consent_hash;
        }
        cnil_policy_free(none);
        cnil_policy_free(policy);
    }
}

static const char *text_of(const struct cnil_policy *policy, bool is_banner, struct cnil_buffer *out)
{
    const struct cnil_choice choice = { .state = CNIL_CHOICE_NONE };

    cnil_buffer_clear(out);
    if (is_banner)
        cnil_block_write(policy, &(struct cnil_block_terms){ .language = CNIL_LANGUAGE_FR }, &choice, NULL,
                         CNIL_STR("/"), out);
    else
        cnil_block_privacy_page(policy, CNIL_LANGUAGE_FR, &choice, out);
    cnil_buffer_append_byte(out, '\0');
    assert_int_equal(cnil_buffer_status(out), CNIL_OK);
    return out->ptr;
}

static void must_come_before(const char *text, const char *one, const char *other)
{
    const char *first = strstr(text, one), *second = first != NULL ? strstr(first, other) : NULL;

    if (second == NULL)
        fail_msg("%s, then %s: not in\n%s", one, other, text);
}

static void visitors_are_told(void **state)
{
    struct cnil_policy *policy = policy_of(whole, ",\"services\":{\"matomo\":{\"controller\":\"Nous\"}}");
    struct cnil_buffer out;
    const char *text;

    (void)state;
    cnil_buffer_init(&out, 1024 * 1024);
    must_come_before(text_of(policy, true, &out), "des services tiers (vus sur ce site\xc2\xa0: 2, parmi ",
                     " tiers connus)");
    text = text_of(policy, false, &out);
    must_come_before(text, "<h3>Mesure d’audience</h3>",
                     "<p>Vus sur ce site (1er\u00a0novembre\u00a02026 – "
                     "2\u00a0novembre\u00a02026)</p><ul>\n<li><h4>Google Analytics</h4>");
    must_come_before(text, "<h4>Google Analytics</h4>", "<details><summary>"); /* the others are folded */
    assert_null(strstr(strstr(text, "<h4>Google Analytics</h4>") + 1, "<h4>Google Analytics</h4>")); /* once */
    must_come_before(text, "<h3>Autres tiers vus sur ce site</h3>", "<h4>Google Fonts</h4>");
    must_come_before(text, "<h4>Google Fonts</h4>", "<h4>aa.example</h4>\n<p>exploitant inconnu</p>");
    must_come_before(text, "<h4>aa.example</h4>", "<h4>zz.example</h4>");
    must_come_before(text, "<h4>zz.example</h4>", "<code>b&lt;c</code>");
    assert_null(strstr(text, "cdn.own.example"));
    cnil_policy_free(policy);

    policy = policy_of("{\"hosts\":{" SEEN("aa.example") "}}", ",\"trackers\":{\"unknown\":\"hold\"}");
    text = text_of(policy, false, &out); /* it waits for a purpose, and stands there */
    must_come_before(text, "<h3>Autres services tiers</h3>", "<p>Vus sur ce site</p><ul>\n<li><h4>aa.example</h4>");
    assert_null(strstr(text, "Autres tiers vus sur ce site"));
    cnil_policy_free(policy);

    policy = policy_of("{}", "");
    assert_null(strstr(text_of(policy, false, &out), "sur ce site</"));
    cnil_policy_free(policy);
    cnil_buffer_free(&out);
}

static void without_memory_there_is_no_policy(void **state)
{
    (void)state;
    write_file(whole);
    for (long count = 0;; count = count < 64 ? count + 1 : count + count / 4) {
        struct cnil_errors errors;
        struct cnil_policy *policy;

        alloc_fail_after(count);
        policy = load("", &errors);
        if (!alloc_failed()) {
            alloc_fail_after(-1);
            assert_non_null(policy);
            cnil_policy_free(policy);
            cnil_errors_free(&errors);
            break;
        }
        alloc_fail_after(-1);
        assert_null(policy);
        cnil_errors_free(&errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_is_read),          cmocka_unit_test(mistakes_are_told_of_the_value_that_names_it),
        cmocka_unit_test(no_more_than_there_may_be), cmocka_unit_test(who_is_asked_again),
        cmocka_unit_test(visitors_are_told),         cmocka_unit_test(without_memory_there_is_no_policy),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
