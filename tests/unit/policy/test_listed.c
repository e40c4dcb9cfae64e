/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/filter_compiler.h"
#include "policy/listed.h"
#include "policy/matcher.h"
#include "policy/rules.h"

#include <unistd.h>

enum { AUDIENCE = 1u << 0, ADS = 1u << 1, OTHER = 1u << 7 };

static const char privacy[] = "||tracker.example^\n"
                              "||both.example^\n"
                              "||pics.example^$image\n"
                              "||stats.shop.fr^\n"
                              "||shop.fr^\n"
                              "||www.shop.fr/own/spy.js\n"
                              "||part.example/spy\n"
                              "/collect?id=\n"
                              "||fine.example^\n"
                              "||fonts.googleapis.com^\n"
                              "||allowed.example^\n"
                              "||w3.org^\n"
                              "@@||tracker.example/needed.js$domain=shop.fr\n"
                              "@@||fine.example^\n";
static const char ads[] = "||both.example/ad\n-banner-\n||only-ads.example^$third-party\n";

/* Two files: the first with two lists. */
static char first_path[] = "/tmp/test_listed.1.XXXXXX", second_path[] = "/tmp/test_listed.2.XXXXXX";

static void write_list(char *path, const struct cnil_filter_source *sources, size_t count)
{
    struct cnil_buffer image;
    int file = mkstemp(path);

    assert_true(file >= 0);
    cnil_buffer_init(&image, 1 << 24);
    assert_int_equal(cnil_filter_compile(sources, count, NULL, NULL, &image), CNIL_OK);
    assert_int_equal(write(file, image.ptr, image.len), image.len);
    close(file);
    cnil_buffer_free(&image);
}

static int write_lists(void **state)
{
    const struct cnil_filter_source sources[] = { { CNIL_STR_INIT("privacy"), CNIL_STR_INIT(privacy) },
                                                  { CNIL_STR_INIT("ads"), CNIL_STR_INIT(ads) } };
    const struct cnil_filter_source second = { CNIL_STR_INIT("second"),
                                               CNIL_STR_INIT("||both.example^\n||two.example^") };

    (void)state;
    write_list(first_path, sources, 2);
    write_list(second_path, &second, 1);
    return 0;
}

static int remove_lists(void **state)
{
    (void)state;
    unlink(first_path);
    unlink(second_path);
    return 0;
}

/* `more`: members of the first list's object; `trackers`: of trackers. */
static struct cnil_policy *policy_with(const char *more, const char *trackers)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;
    char text[2048];

    snprintf(text, sizeof(text),
             "{\"trackers\": {\"lists\": [{\"file\": \"%s\", \"purposes\": {\"privacy\": \"audience\", \"ads\": "
             "\"advertising\"}%s}, {\"file\": \"%s\", \"purposes\": {\"second\": \"other\"}}]%s}}",
             first_path, more, second_path, trackers);
    cnil_errors_init(&errors);
    policy = cnil_policy_parse(cnil_str_from(text), "p", &errors);
    if (policy == NULL)
        fail_msg("%s: %s", errors.count > 0 ? errors.list[0].pointer : "",
                 errors.count > 0 ? errors.list[0].sentence : "");
    cnil_errors_free(&errors);
    return policy;
}

static void set_page(struct cnil_page *page, const struct cnil_policy *policy, struct cnil_arena *arena)
{
    struct cnil_url url;

    assert_int_equal(cnil_url_parse(CNIL_STR("https://www.shop.fr/"), NULL, arena, &url), CNIL_OK);
    cnil_page_init(page, policy, &url);
}

#define BLOCKS   "\"block\": [\"two.example\"]"
#define ALLOWS   "\"allow\": [\"allowed.example\"]"
#define REPORTED CNIL_ACTION_REPORT, 0
#define PASSED   CNIL_ACTION_PASS, 0

static const struct {
    const char *more, *trackers, *url;
    enum cnil_resource resource;
    enum cnil_action action;
    cnil_purposes purposes;
    const char *label, *rule;
    enum cnil_reach reach;
} cases[] = {
    { "", "", "//a.tracker.example/x", CNIL_RESOURCE_IMAGE, CNIL_ACTION_CONSENT, AUDIENCE, "tracker.example",
      "list privacy:1 ||tracker.example^", CNIL_REACH_URL },
    { "", "", "//pics.example/x", CNIL_RESOURCE_IMAGE, CNIL_ACTION_CONSENT, AUDIENCE, "pics.example",
      "list privacy:3 ||pics.example^$image", CNIL_REACH_URL },
    { "", "", "//pics.example/x", CNIL_RESOURCE_SCRIPT, REPORTED, "pics.example", "unknown third party",
      CNIL_REACH_UNLISTED },
    { "", "", "//pics.example/x", CNIL_RESOURCE_OTHER, REPORTED, "pics.example", "unknown third party",
      CNIL_REACH_UNLISTED },
    { "", "", "//part.example/spy", CNIL_RESOURCE_PING, CNIL_ACTION_CONSENT, AUDIENCE, "part.example",
      "list privacy:7 ||part.example/spy", CNIL_REACH_URL },
    { "", "", "//x.example/collect?id=1", CNIL_RESOURCE_XHR, CNIL_ACTION_CONSENT, AUDIENCE, "x.example",
      "list privacy:8 /collect?id=", CNIL_REACH_URL },

    /* all purposes of all lists that a URL is on */
    { "", "", "//both.example/x", CNIL_RESOURCE_IMAGE, CNIL_ACTION_CONSENT, AUDIENCE | OTHER, "both.example",
      "list privacy:2 ||both.example^", CNIL_REACH_URL },
    { "", "", "//both.example/ad", CNIL_RESOURCE_IMAGE, CNIL_ACTION_CONSENT, AUDIENCE | ADS | OTHER, "both.example",
      "list privacy:2 ||both.example^", CNIL_REACH_URL },
    { "", "", "//two.example/a-banner-b", CNIL_RESOURCE_IMAGE, CNIL_ACTION_CONSENT, ADS | OTHER, "two.example",
      "list ads:2 -banner-", CNIL_REACH_URL },

    /* exceptions */
    { "", "", "//tracker.example/needed.js", CNIL_RESOURCE_SCRIPT, REPORTED, "tracker.example", "unknown third party",
      CNIL_REACH_UNLISTED },
    { ", \"exceptions\": false", "", "//tracker.example/needed.js", CNIL_RESOURCE_SCRIPT, CNIL_ACTION_CONSENT, AUDIENCE,
      "tracker.example", "list privacy:1 ||tracker.example^", CNIL_REACH_URL },

    /* the site's own: rules that name a host or path count, but for those that the page is on; the others are told */
    { "", "", "//stats.shop.fr/x", CNIL_RESOURCE_IMAGE, CNIL_ACTION_CONSENT, AUDIENCE, "shop.fr",
      "list privacy:4 ||stats.shop.fr^", CNIL_REACH_URL },
    { "", "", "/own/spy.js", CNIL_RESOURCE_SCRIPT, CNIL_ACTION_CONSENT, AUDIENCE, "shop.fr",
      "list privacy:6 ||www.shop.fr/own/spy.js", CNIL_REACH_URL },
    { "", "", "//shop.fr/own/spy.js", CNIL_RESOURCE_SCRIPT, PASSED, "shop.fr", "first party: same site",
      CNIL_REACH_UNLISTED },
    { "", "", "/x", CNIL_RESOURCE_SCRIPT, PASSED, "shop.fr", "first party: same site", CNIL_REACH_UNLISTED },
    { "", "", "/collect?id=1", CNIL_RESOURCE_XHR, REPORTED, "shop.fr", "list privacy:8 /collect?id=", CNIL_REACH_URL },
    { ", \"first_party\": \"report\"", "", "/x-banner-y", CNIL_RESOURCE_IMAGE, REPORTED, "shop.fr",
      "list ads:2 -banner-", CNIL_REACH_URL },
    { ", \"first_party\": \"pass\"", "", "/collect?id=1", CNIL_RESOURCE_XHR, PASSED, "shop.fr",
      "first party: same site", CNIL_REACH_UNLISTED },
    { ", \"first_party\": \"hold\"", "", "/collect?id=1", CNIL_RESOURCE_XHR, CNIL_ACTION_CONSENT, AUDIENCE, "shop.fr",
      "list privacy:8 /collect?id=", CNIL_REACH_URL },

    /* what policy and catalogue say goes first */
    { "", ", " ALLOWS, "//allowed.example/collect?id=", CNIL_RESOURCE_IMAGE, PASSED, "allowed.example",
      "policy /trackers/allow/0: allowed.example", CNIL_REACH_HOST },
    { "", ", " BLOCKS, "//two.example/-banner-", CNIL_RESOURCE_IMAGE, CNIL_ACTION_BLOCK, 0, "two.example",
      "policy /trackers/block/0: two.example", CNIL_REACH_HOST },
    { "", "", "//fonts.googleapis.com/css", CNIL_RESOURCE_STYLE, REPORTED, "google-fonts",
      "catalogue google-fonts: host fonts.googleapis.com", CNIL_REACH_HOST },
    { "", ", \"patterns\": [{\"pattern\": \"tracker\", \"purpose\": \"maps\"}]", "//tracker.example/",
      CNIL_RESOURCE_IMAGE, CNIL_ACTION_CONSENT, 1u << 5, "tracker.example", "policy /trackers/patterns/0: tracker",
      CNIL_REACH_URL },
    { "", ", \"unknown\": \"hold\"", "//fine.example/", CNIL_RESOURCE_IMAGE, CNIL_ACTION_CONSENT, OTHER, "fine.example",
      "policy /trackers/unknown: hold", CNIL_REACH_UNLISTED },
};

static void lists_decide_after_the_policy_and_before_the_unknown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_policy *policy = policy_with(cases[i].more, cases[i].trackers);
        struct cnil_arena *arena = cnil_arena_new(1 << 20);
        struct cnil_verdict verdict, again;
        struct cnil_page page;
        struct cnil_url url;
        enum cnil_reach reach;

        set_page(&page, policy, arena);
        assert_int_equal(cnil_url_parse(cnil_str_from(cases[i].url), &page.url, arena, &url), CNIL_OK);
        cnil_matcher_url(&page, &url, cases[i].resource, &verdict);
        reach = cnil_matcher_reach(&page, &url, cases[i].resource, &again);
        if (verdict.action != cases[i].action || verdict.purposes != cases[i].purposes || reach != cases[i].reach ||
            !cnil_str_equal(verdict.label, cnil_str_from(cases[i].label)) ||
            !cnil_str_equal(verdict.rule, cnil_str_from(cases[i].rule)) || again.action != verdict.action)
            fail_msg("%zu %s: action %d, purposes %x, label %.*s, rule %.*s, reach %d", i, cases[i].url,
                     (int)verdict.action, verdict.purposes, (int)verdict.label.len, verdict.label.ptr,
                     (int)verdict.rule.len, verdict.rule.ptr, (int)reach);
        cnil_arena_free(arena);
        cnil_policy_free(policy);
    }
}

/* Where nothing is told of the site's own URLs, hosts that no rule names need no second look. */
static void own_hosts_that_no_rule_names_are_whole(void **state)
{
    struct cnil_policy *policy;
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_verdict verdict;
    struct cnil_page page;
    struct cnil_url url;

    (void)state;
    policy = policy_with(", \"first_party\": \"pass\"", "");
    set_page(&page, policy, arena);
    assert_int_equal(cnil_url_parse(CNIL_STR("/"), &page.url, arena, &url), CNIL_OK);
    assert_int_equal(cnil_matcher_reach(&page, &url, CNIL_RESOURCE_OTHER, &verdict), CNIL_REACH_UNLISTED);
    cnil_policy_free(policy);
    cnil_arena_free(arena);
}

static const struct {
    const char *url;
    enum cnil_action action;
    cnil_purposes purposes;
} hints[] = {
    { "//tracker.example/", CNIL_ACTION_CONSENT, AUDIENCE }, /* the exception is for one path */
    { "//both.example/", CNIL_ACTION_CONSENT, AUDIENCE | OTHER },
    { "//pics.example/", REPORTED },
    { "//part.example/", REPORTED }, /* only a path of it */
    { "//fine.example/", REPORTED }, /* excepted whole */
    { "//only-ads.example/", CNIL_ACTION_CONSENT, ADS },
    { "//stats.shop.fr/", CNIL_ACTION_CONSENT, AUDIENCE },
    { "//www.shop.fr/", PASSED },
};

static void a_hint_waits_where_the_whole_host_is_listed(void **state)
{
    struct cnil_policy *policy = policy_with("", "");
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_page page;

    (void)state;
    set_page(&page, policy, arena);
    for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
        struct cnil_verdict verdict;
        struct cnil_url url;

        assert_int_equal(cnil_url_parse(cnil_str_from(hints[i].url), &page.url, arena, &url), CNIL_OK);
        cnil_matcher_host(&page, &url, &verdict);
        if (verdict.action != hints[i].action || verdict.purposes != hints[i].purposes)
            fail_msg("%s: action %d, purposes %x", hints[i].url, (int)verdict.action, verdict.purposes);
    }
    cnil_arena_free(arena);
    cnil_policy_free(policy);
}

/* The guard is told of all files but those whose "guard" is false; what it cannot be told of is a warning. */
static void the_guard_is_told(void **state)
{
    static const char text[] =
        "{\"trackers\": {\"lists\": [{\"file\": \"%s\", \"purposes\": {\"odd\": \"audience\"}%s}], \"patterns\": "
        "[{\"pattern\": \"(?i)/x\\\\.js\", \"purpose\": \"audience\"}, {\"pattern\": \"(a)\\\\1\", \"purpose\": "
        "\"advertising\"}]%s}}";
    static const struct {
        const char *list, *trackers;
        size_t warnings;
        bool guard;
    } told[] = { { "", "", 2, true }, { ", \"guard\": false", "", 1, false }, { "", ", \"guard\": false", 0, true } };
    const struct cnil_filter_source odd = { CNIL_STR_INIT("odd"), CNIL_STR_INIT("/(a)\\1/\n/b+c/\n||x.example^") };
    char path[] = "/tmp/test_listed.3.XXXXXX";

    (void)state;
    write_list(path, &odd, 1);
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        struct cnil_errors errors;
        struct cnil_policy *policy;
        size_t count = 0;
        char json[1024];

        snprintf(json, sizeof(json), text, path, told[i].list, told[i].trackers);
        cnil_errors_init(&errors);
        policy = cnil_policy_parse(cnil_str_from(json), "p", &errors);
        assert_non_null(policy);
        if (errors.count != told[i].warnings)
            fail_msg("%zu: %zu warnings", i, errors.count);
        for (size_t j = 0; j < errors.count; j++)
            assert_true(strncmp(errors.list[j].sentence, "warning: ", 9) == 0);
        assert_int_equal(cnil_matcher_lists(policy, &count)->guard, told[i].guard);
        assert_int_equal(count, 1);
        assert_true(cnil_str_equal(cnil_matcher_patterns(policy, &count)->text, CNIL_STR("(?i)/x\\.js")));
        assert_int_equal(count, 2);
        cnil_policy_free(policy);
        cnil_errors_free(&errors);
    }
    unlink(path);
}

/* Copies of pages must not outlive the list that they were made with. */
static void the_digest_follows_the_lists(void **state)
{
    const struct cnil_filter_source other = { CNIL_STR_INIT("second"), CNIL_STR_INIT("||three.example^") };
    struct cnil_policy *before = policy_with("", ""), *same = policy_with("", ""), *after;
    char kept[sizeof(second_path)];

    (void)state;
    assert_memory_equal(before->digest, same->digest, sizeof(same->digest));
    memcpy(kept, second_path, sizeof(kept));
    unlink(second_path);
    snprintf(second_path, sizeof(second_path), "/tmp/test_listed.2.XXXXXX");
    write_list(second_path, &other, 1);
    assert_int_equal(rename(second_path, kept), 0);
    memcpy(second_path, kept, sizeof(kept));
    after = policy_with("", "");
    assert_memory_not_equal(before->digest, after->digest, sizeof(after->digest));
    cnil_policy_free(before);
    cnil_policy_free(same);
    cnil_policy_free(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_decide_after_the_policy_and_before_the_unknown),
        cmocka_unit_test(own_hosts_that_no_rule_names_are_whole),
        cmocka_unit_test(a_hint_waits_where_the_whole_host_is_listed),
        cmocka_unit_test(the_guard_is_told),
        cmocka_unit_test(the_digest_follows_the_lists),
    };

    return cmocka_run_group_tests(tests, write_lists, remove_lists);
}
