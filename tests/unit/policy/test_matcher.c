/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/exempt.h"
#include "policy/matcher.h"

enum { ADS = 1u << 1, AUDIENCE = 1u << 0, MAPS = 1u << 5, OTHER = 1u << 7, SUPPORT = 1u << 6, ALL = 0xff };

/* The two services of this catalogue-like policy stand for the catalogue's where its data may change. */
static const char policy_text[] =
    "{\"site\": {\"hosts\": [\"shop-cdn.example\"]},"
    " \"trackers\": {"
    "  \"allow\": [\"good.example\", \"mixed.example/fine/\", \"youtube-nocookie.com\"],"
    "  \"block\": [\"tracker.example\", \"mixed.example\", \"part.example/bad\", \"www.shop.fr/spy\", \"criteo.net\"],"
    "  \"patterns\": [{\"pattern\": \"/collect[?]id=[0-9]+\", \"purpose\": \"advertising\", \"name\": \"Collector\"},"
    "    {\"pattern\": \"^(a+)+$|(x+x+)+y\", \"purpose\": \"maps\"}]},"
    " \"services\": {"
    "  \"own-stats\": {\"name\": \"S\", \"controller\": \"C\", \"purpose\": \"audience\","
    "    \"hosts\": [\"stats.shop.fr\", \"www.shop.fr/stats/\"], \"cookies\": [\"own_*\"], \"signatures\": "
    "[\"OwnStats.load\"]},"
    "  \"many\": {\"name\": \"M\", \"controller\": \"C\", \"purpose\": \"support\", \"hosts\": "
    "[\"many.example/chat\"]},"
    "  \"more\": {\"name\": \"M\", \"controller\": \"C\", \"purpose\": \"maps\", \"hosts\": "
    "[\"many.example/chat/maps\"],"
    "    \"signatures\": [\"MoreMaps.init\"]},"
    "  \"blocked\": {\"name\": \"B\", \"controller\": \"C\", \"purpose\": \"maps\", \"hosts\": [\"tracker.example\"],"
    "    \"signatures\": [\"BlockedLoader\"]},"
    "  \"fine\": {\"name\": \"F\", \"controller\": \"C\", \"purpose\": \"maps\", \"hosts\": [\"good.example\"],"
    "    \"signatures\": [\"FineLoader\"]},"
    "  \"sure\": {\"name\": \"S\", \"controller\": \"C\", \"purpose\": \"maps\", \"signatures\": ["
    "    {\"text\": \"SureLoader\", \"pattern\": \"SureLoader\\\\s*[(]\"}, {\"text\": \"EndlessLoader\","
    "     \"pattern\": \"^(x+x+)+y\"}]}},"
    " \"cookies\": {\"necessary\": [{\"name\": \"sid\", \"ground\": \"authentication\"}, {\"name\": \"_pk_*\", "
    "\"ground\": "
    "\"audience\"}],"
    "  \"rules\": [{\"name\": \"seen\", \"purpose\": \"advertising\"}, {\"name\": \"old*\", \"action\": \"drop\"},"
    "    {\"name\": \"old_but_gold\", \"action\": \"keep\"}, {\"name\": \"_ga_KEEP\", \"action\": \"keep\"}]}}";

static struct cnil_policy *policy_of(struct cnil_str text)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    cnil_errors_init(&errors);
    policy = cnil_policy_parse(text, "p", &errors);
    if (errors.count > 0)
        print_error("%s %s\n", errors.list[0].pointer, errors.list[0].sentence);
    cnil_errors_free(&errors);
    assert_non_null(policy);
    return policy;
}

static void set_page(struct cnil_page *page, const struct cnil_policy *policy, const char *address,
                     struct cnil_arena *arena)
{
    struct cnil_url url;

    assert_int_equal(cnil_url_parse(cnil_str_from(address), NULL, arena, &url), CNIL_OK);
    cnil_page_init(page, policy, &url);
}

static const struct {
    const char *page, *url;
    enum cnil_party party;
    enum cnil_action action;
    cnil_purposes purposes;
    const char *label, *rule;
} urls[] = {
    /* parties */
    { "https://www.shop.fr/", "/x.js", CNIL_PARTY_FIRST, CNIL_ACTION_PASS, 0, "shop.fr", "first party: same site" },
    { "https://www.shop.fr/", "https://img.shop.fr./x", CNIL_PARTY_FIRST, CNIL_ACTION_PASS, 0, "shop.fr",
      "first party: same site" },
    { "https://www.shop.fr./", "https://shop.fr:8443/x", CNIL_PARTY_FIRST, CNIL_ACTION_PASS, 0, "shop.fr",
      "first party: same site" },
    { "https://www.shop.fr/", "https://a.shop-cdn.example/x", CNIL_PARTY_FIRST, CNIL_ACTION_PASS, 0, "shop-cdn.example",
      "policy /site/hosts: shop-cdn.example" },
    { "https://www.shop.fr/", "data:text/html,x", CNIL_PARTY_NONE, CNIL_ACTION_PASS, 0, "", "no connection" },
    { "https://www.shop.fr/", "about:blank", CNIL_PARTY_NONE, CNIL_ACTION_PASS, 0, "", "no connection" },
    { "https://www.shop.fr/", "https://xshop.fr/", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "xshop.fr",
      "unknown third party" },
    { "https://www.shop.fr/", "https://a.unknown.co.uk/", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "unknown.co.uk",
      "unknown third party" },
    { "http://127.0.0.1/", "http://127.0.0.1:81/", CNIL_PARTY_FIRST, CNIL_ACTION_PASS, 0, "127.0.0.1",
      "first party: same site" },
    { "http://127.0.0.1/", "http://10.0.0.1/", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "10.0.0.1",
      "unknown third party" },
    { "http://[::1]/", "http://[0:0::1]/", CNIL_PARTY_FIRST, CNIL_ACTION_PASS, 0, "[::1]", "first party: same site" },
    { "http://localhost/", "http://localhost:81/", CNIL_PARTY_FIRST, CNIL_ACTION_PASS, 0, "localhost",
      "first party: same site" },
    { "https://a.github.io/", "https://b.github.io/", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "github",
      "catalogue github: host github.io" },
    { "https://github.io/", "https://b.github.io/", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "github",
      "catalogue github: host github.io" },

    /* trackers.allow and trackers.block have the last word, and name the service all the same */
    { "https://www.shop.fr/", "https://x.good.example/", CNIL_PARTY_THIRD, CNIL_ACTION_PASS, 0, "fine",
      "policy /trackers/allow/0: good.example" },
    { "https://www.shop.fr/", "//mixed.example/fine/a", CNIL_PARTY_THIRD, CNIL_ACTION_PASS, 0, "mixed.example",
      "policy /trackers/allow/1: mixed.example/fine/" },
    { "https://www.shop.fr/", "//mixed.example/fin", CNIL_PARTY_THIRD, CNIL_ACTION_BLOCK, 0, "mixed.example",
      "policy /trackers/block/1: mixed.example" },
    { "https://www.shop.fr/", "//part.example/badly?x", CNIL_PARTY_THIRD, CNIL_ACTION_BLOCK, 0, "part.example",
      "policy /trackers/block/2: part.example/bad" },
    { "https://www.shop.fr/", "//part.example/good", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "part.example",
      "unknown third party" },
    { "https://www.shop.fr/", "/spy", CNIL_PARTY_FIRST, CNIL_ACTION_BLOCK, 0, "shop.fr",
      "policy /trackers/block/3: www.shop.fr/spy" },
    { "https://www.shop.fr/", "https://static.criteo.net/js", CNIL_PARTY_THIRD, CNIL_ACTION_BLOCK, 0, "criteo",
      "policy /trackers/block/4: criteo.net" },
    { "https://tracker.example/", "https://tracker.example/", CNIL_PARTY_FIRST, CNIL_ACTION_BLOCK, 0, "blocked",
      "policy /trackers/block/0: tracker.example" },

    /* services: the policy's own count on the site itself, the longest path goes first */
    { "https://www.shop.fr/", "https://stats.shop.fr/m.js", CNIL_PARTY_FIRST, CNIL_ACTION_CONSENT, AUDIENCE,
      "own-stats", "policy /services/own-stats: host stats.shop.fr" },
    { "https://www.shop.fr/", "/stats/m.js", CNIL_PARTY_FIRST, CNIL_ACTION_CONSENT, AUDIENCE, "own-stats",
      "policy /services/own-stats: host www.shop.fr/stats/" },
    { "https://www.shop.fr/", "//many.example/chat/x", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT, SUPPORT, "many",
      "policy /services/many: host many.example/chat" },
    { "https://www.shop.fr/", "//many.example/chat/maps", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT, MAPS, "more",
      "policy /services/more: host many.example/chat/maps" },
    { "https://www.shop.fr/", "//many.example/", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "many.example",
      "unknown third party" },

    /* the catalogue: third parties only */
    { "https://www.shop.fr/", "https://www.google-analytics.com./analytics.js", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT,
      AUDIENCE, "google-analytics", "catalogue google-analytics: host google-analytics.com" },
    { "https://www.google-analytics.com/", "https://www.google-analytics.com/analytics.js", CNIL_PARTY_FIRST,
      CNIL_ACTION_PASS, 0, "google-analytics.com", "first party: same site" },
    { "https://www.shop.fr/", "https://www.google.com/maps/embed?x", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT, MAPS,
      "google-maps", "catalogue google-maps: host google.*/maps" },
    { "https://www.shop.fr/", "https://www.googletagmanager.com/gtm.js?id=1", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT,
      ALL, "google-tag-manager", "catalogue google-tag-manager: host googletagmanager.com" },
    { "https://www.shop.fr/", "https://fonts.googleapis.com/css", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0,
      "google-fonts", "catalogue google-fonts: host fonts.googleapis.com" },

    /* a functional service passes, unless something knows what it carries there */
    { "https://www.shop.fr/", "https://js.stripe.com/v3/", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "stripe",
      "catalogue stripe: host stripe.com" },
    { "https://www.shop.fr/", "https://bucket.s3.amazonaws.com/x", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0,
      "amazon-web-services", "catalogue amazon-web-services: host amazonaws.com" },
    { "https://www.shop.fr/", "https://d31qbv1cthcecs.cloudfront.net/atrk.js", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT,
      AUDIENCE, "d31qbv1cthcecs.cloudfront.net", "known domain d31qbv1cthcecs.cloudfront.net: Alexa (analytics)" },
    { "https://www.shop.fr/", "https://js.stripe.com/collect?id=12", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT, ADS,
      "Collector", "policy /trackers/patterns/0: /collect[?]id=[0-9]+" },

    /* known domains: what tracks waits, what does not is named; nothing is held back from a page of the same entity */
    { "https://www.shop.fr/", "https://cdn.mgid.com/x.js", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT, ADS, "mgid.com",
      "known domain mgid.com: MGID (ad)" },
    { "https://www.shop.fr/", "https://x.lpsnmedia.net./", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT, SUPPORT,
      "lpsnmedia.net", "known domain lpsnmedia.net: LivePerson (customer-success)" },
    { "https://www.shop.fr/", "https://tag.yjtag.jp/", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT, ALL, "yjtag.jp",
      "known domain yjtag.jp: Yahoo! Tag Manager (tag-manager)" },
    { "https://www.shop.fr/", "https://www.metoffice.gov.uk/x.png", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0,
      "metoffice.gov.uk", "known domain metoffice.gov.uk: Met Office (content)" },
    { "https://www.mgid.com/", "https://img.dt07.net/x", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "dt07.net",
      "known domain dt07.net: MGID (ad)" },
    { "https://www.shop.fr/", "https://notmgid.com/", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "notmgid.com",
      "unknown third party" },
    { "https://www.shop.fr/", "https://mgid.com.example/", CNIL_PARTY_THIRD, CNIL_ACTION_REPORT, 0, "com.example",
      "unknown third party" },

    /* patterns: of the first party, too; one that cannot be run to its end holds back */
    { "https://www.shop.fr/", "//any.example/collect?id=12", CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT, ADS, "Collector",
      "policy /trackers/patterns/0: /collect[?]id=[0-9]+" },
    { "https://www.shop.fr/", "/collect?id=1", CNIL_PARTY_FIRST, CNIL_ACTION_CONSENT, ADS, "Collector",
      "policy /trackers/patterns/0: /collect[?]id=[0-9]+" },
    { "https://www.shop.fr/", "//slow.example/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
      CNIL_PARTY_THIRD, CNIL_ACTION_CONSENT, MAPS, "slow.example", "policy /trackers/patterns/1: ^(a+)+$|(x+x+)+y" },
};

static void every_url_gets_the_verdict_of_its_rule(void **state)
{
    struct cnil_policy *policy = policy_of(CNIL_STR(policy_text));

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct cnil_arena *arena = cnil_arena_new(1 << 20);
        struct cnil_page page;
        struct cnil_url url;
        struct cnil_verdict verdict;

        set_page(&page, policy, urls[i].page, arena);
        assert_int_equal(cnil_url_parse(cnil_str_from(urls[i].url), &page.url, arena, &url), CNIL_OK);
        cnil_matcher_url(&page, &url, CNIL_RESOURCE_SCRIPT, &verdict);
        if (verdict.party != urls[i].party || verdict.action != urls[i].action ||
            verdict.purposes != urls[i].purposes || !cnil_str_equal(verdict.label, cnil_str_from(urls[i].label)) ||
            !cnil_str_equal(verdict.rule, cnil_str_from(urls[i].rule)))
            fail_msg("%s on %s: party %d, action %d, purposes %x, label %.*s, rule %.*s", urls[i].url, urls[i].page,
                     (int)verdict.party, (int)verdict.action, verdict.purposes, (int)verdict.label.len,
                     verdict.label.ptr != NULL ? verdict.label.ptr : "", (int)verdict.rule.len, verdict.rule.ptr);
        cnil_arena_free(arena);
    }
    cnil_policy_free(policy);
}

static void known_domains_can_be_reported(void **state)
{
    struct cnil_policy *policy = policy_of(CNIL_STR("{\"trackers\": {\"known\": \"report\"}}"));
    struct cnil_arena *arena = cnil_arena_new(1024 * 1024);
    struct cnil_page page;
    struct cnil_url url;
    struct cnil_verdict verdict;

    (void)state;
    set_page(&page, policy, "https://shop.fr/", arena);
    assert_int_equal(cnil_url_parse(CNIL_STR("https://cdn.mgid.com/"), NULL, arena, &url), CNIL_OK);
    cnil_matcher_url(&page, &url, CNIL_RESOURCE_SCRIPT, &verdict);
    assert_int_equal(verdict.action, CNIL_ACTION_REPORT);
    assert_true(cnil_str_equal(verdict.entity, CNIL_STR("MGID")));
    cnil_matcher_host(&page, &url, &verdict);
    assert_int_equal(verdict.action, CNIL_ACTION_REPORT);
    cnil_arena_free(arena);
    cnil_policy_free(policy);
}

static void unknown_third_parties_can_be_held(void **state)
{
    struct cnil_policy *policy = policy_of(CNIL_STR("{\"trackers\": {\"unknown\": \"hold\"}}"));
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_page page;
    struct cnil_url url;
    struct cnil_verdict verdict;

    (void)state;
    set_page(&page, policy, "https://www.shop.fr/", arena);
    assert_int_equal(cnil_url_parse(CNIL_STR("//x.example/"), &page.url, arena, &url), CNIL_OK);
    cnil_matcher_url(&page, &url, CNIL_RESOURCE_IMAGE, &verdict);
    assert_int_equal(verdict.action, CNIL_ACTION_CONSENT);
    assert_int_equal(verdict.purposes, OTHER);
    cnil_matcher_host(&page, &url, &verdict);
    assert_int_equal(verdict.purposes, OTHER);
    cnil_arena_free(arena);
    cnil_policy_free(policy);
}

static const struct {
    const char *url;
    enum cnil_action action;
    cnil_purposes purposes;
    const char *label;
} hosts[] = {
    { "https://www.shop.fr/", CNIL_ACTION_PASS, 0, "shop.fr" }, /* its paths do not count: connected anyway */
    { "https://stats.shop.fr/", CNIL_ACTION_CONSENT, AUDIENCE, "own-stats" },
    { "https://many.example/", CNIL_ACTION_CONSENT, SUPPORT | MAPS,
      "more" }, /* any service of the host, so all of them */
    { "https://part.example/", CNIL_ACTION_BLOCK, 0, "part.example" },
    { "https://mixed.example/", CNIL_ACTION_BLOCK, 0, "mixed.example" }, /* allowed for one path only */
    { "https://good.example/", CNIL_ACTION_PASS, 0, "fine" },
    { "https://fonts.gstatic.com/", CNIL_ACTION_REPORT, 0, "google-fonts" },
    { "https://www.google-analytics.com/", CNIL_ACTION_CONSENT, AUDIENCE, "google-analytics" },
    { "https://www.google.be/", CNIL_ACTION_CONSENT, ADS | MAPS | SUPPORT | OTHER, "google-ads" },
    { "https://accounts.google.com/", CNIL_ACTION_REPORT, 0, "google-sign-in" }, /* of google.* it has no path */
    { "https://unknown.example/", CNIL_ACTION_REPORT, 0, "unknown.example" },
    { "data:,x", CNIL_ACTION_PASS, 0, "" },
};

static void a_hint_to_a_host_waits_for_all_its_services(void **state)
{
    struct cnil_policy *policy = policy_of(CNIL_STR(policy_text));
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_page page;

    (void)state;
    set_page(&page, policy, "https://www.shop.fr/", arena);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct cnil_url url;
        struct cnil_verdict verdict;

        assert_int_equal(cnil_url_parse(cnil_str_from(hosts[i].url), &page.url, arena, &url), CNIL_OK);
        cnil_matcher_host(&page, &url, &verdict);
        if (verdict.action != hosts[i].action || verdict.purposes != hosts[i].purposes ||
            !cnil_str_equal(verdict.label, cnil_str_from(hosts[i].label)))
            fail_msg("%s: action %d, purposes %x, label %.*s, rule %.*s", hosts[i].url, (int)verdict.action,
                     verdict.purposes, (int)verdict.label.len, verdict.label.ptr, (int)verdict.rule.len,
                     verdict.rule.ptr);
    }
    cnil_arena_free(arena);
    cnil_policy_free(policy);
}

static const struct {
    const char *name;
    enum cnil_action action;
    cnil_purposes purposes;
    const char *label, *rule;
} cookies[] = {
    { "sid", CNIL_ACTION_PASS, 0, "sid", "policy /cookies/necessary/0: sid" },
    { "SID2", CNIL_ACTION_REPORT, 0, "SID2", "unknown cookie" },
    { "seen", CNIL_ACTION_CONSENT, ADS, "seen", "policy /cookies/rules/0: seen" },
    { "old_one", CNIL_ACTION_BLOCK, 0, "old_one", "policy /cookies/rules/1: old*" },
    { "old_but_gold", CNIL_ACTION_PASS, 0, "old_but_gold", "policy /cookies/rules/2: old_but_gold" },
    { "_ga", CNIL_ACTION_CONSENT, AUDIENCE, "google-analytics", "catalogue google-analytics: cookie _ga" },
    { "_ga_ABC", CNIL_ACTION_CONSENT, AUDIENCE, "google-analytics", "catalogue google-analytics: cookie _ga_*" },
    { "_ga_KEEP", CNIL_ACTION_PASS, 0, "google-analytics", "policy /cookies/rules/3: _ga_KEEP" },
    { "_pk_id.1.1fff", CNIL_ACTION_CONSENT, CNIL_MEASUREMENT, "matomo", "policy /cookies/necessary/1: _pk_*" },
    { "own_x", CNIL_ACTION_CONSENT, AUDIENCE, "own-stats", "policy /services/own-stats: cookie own_*" },
    { "eu-consent", CNIL_ACTION_PASS, 0, "eu-consent", "the cookie that keeps the choice" },
    { "", CNIL_ACTION_REPORT, 0, "", "unknown cookie" },
    { "PHPSESSID", CNIL_ACTION_PASS, 0, "PHPSESSID", "built in: needs no consent (session)" },
    { "phpsessid", CNIL_ACTION_REPORT, 0, "phpsessid", "unknown cookie" },
    { "PHPSESSID2", CNIL_ACTION_REPORT, 0, "PHPSESSID2", "unknown cookie" },
    { "wordpress_sec_1", CNIL_ACTION_PASS, 0, "wordpress_sec_1", "built in: needs no consent (authentication)" },
    { "wordpress_0123456789abcdef0123456789ABCDEF", CNIL_ACTION_PASS, 0, "wordpress_0123456789abcdef0123456789ABCDEF",
      "built in: needs no consent (authentication)" },
    { "wordpress_0123456789abcdef0123456789abcdef-x", CNIL_ACTION_REPORT, 0,
      "wordpress_0123456789abcdef0123456789abcdef-x", "unknown cookie" },
    { "wordpress_0123456789abcdef", CNIL_ACTION_REPORT, 0, "wordpress_0123456789abcdef", "unknown cookie" },
    { "SESSION", CNIL_ACTION_REPORT, 0, "SESSION", "unknown cookie" },
    { "SSESS0123456789abcdef0123456789abcdef", CNIL_ACTION_PASS, 0, "SSESS0123456789abcdef0123456789abcdef",
      "built in: needs no consent (session)" },
};

static void strict_knows_what_the_policy_declares(void **state)
{
    static const struct {
        const char *name;
        enum cnil_action action;
        const char *rule;
    } strict[] = {
        { "PHPSESSID", CNIL_ACTION_BLOCK, "strict: not declared necessary" },
        { "mystery", CNIL_ACTION_BLOCK, "strict: not declared necessary" },
        { "", CNIL_ACTION_BLOCK, "strict: not declared necessary" },
        { "eu-consent", CNIL_ACTION_PASS, "the cookie that keeps the choice" },
        { "sid", CNIL_ACTION_PASS, "policy /cookies/necessary/0: sid" },
        { "_ga", CNIL_ACTION_CONSENT, "catalogue google-analytics: cookie _ga" },
        { "seen", CNIL_ACTION_CONSENT, "policy /cookies/rules/0: seen" },
    };
    static const struct {
        const char *url;
        enum cnil_action action;
        cnil_purposes purposes;
    } urls_strict[] = {
        { "https://www.shop.fr/", CNIL_ACTION_PASS, 0 },
        { "https://img.shop.fr/", CNIL_ACTION_PASS, 0 },
        { "https://shop-cdn.example/", CNIL_ACTION_PASS, 0 },
        { "https://good.example/", CNIL_ACTION_PASS, 0 },
        { "https://unknown.example/", CNIL_ACTION_CONSENT, OTHER },
        { "https://fonts.googleapis.com/css", CNIL_ACTION_CONSENT, OTHER }, /* a font */
        { "https://cdnjs.cloudflare.com/", CNIL_ACTION_CONSENT, OTHER },    /* a library */
        { "https://static.axept.io/sdk.js", CNIL_ACTION_REPORT, 0 },        /* the policy names it: declared */
        { "https://sdk.privacy-center.org/", CNIL_ACTION_CONSENT, OTHER },  /* another consent manager */
        { "https://www.googletagmanager.com/gtm.js", CNIL_ACTION_CONSENT, ALL },
    };
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_policy *policy = policy_of(CNIL_STR(
        "{\"preset\": \"strict\", \"site\": {\"hosts\": [\"shop-cdn.example\"]},"
        " \"trackers\": {\"allow\": [\"good.example\"]}, \"services\": {\"axeptio\": {\"$comment\": \"ours\"}},"
        " \"cookies\": {\"necessary\": [{\"name\": \"sid\", \"ground\": \"authentication\"}],"
        "  \"rules\": [{\"name\": \"seen\", \"purpose\": \"advertising\"}]}}"));
    struct cnil_verdict verdict;
    struct cnil_page page;
    struct cnil_url url;

    (void)state;
    for (size_t i = 0; i < sizeof(strict) / sizeof(strict[0]); i++) {
        cnil_matcher_cookie(policy, cnil_str_from(strict[i].name), &verdict);
        if (verdict.action != strict[i].action || !cnil_str_equal(verdict.rule, cnil_str_from(strict[i].rule)))
            fail_msg("%s: action %d, rule %.*s", strict[i].name, (int)verdict.action, (int)verdict.rule.len,
                     verdict.rule.ptr);
    }
    set_page(&page, policy, "https://www.shop.fr/", arena);
    for (size_t i = 0; i < sizeof(urls_strict) / sizeof(urls_strict[0]); i++) {
        assert_int_equal(cnil_url_parse(cnil_str_from(urls_strict[i].url), NULL, arena, &url), CNIL_OK);
        cnil_matcher_url(&page, &url, CNIL_RESOURCE_SCRIPT, &verdict);
        if (verdict.action != urls_strict[i].action || verdict.purposes != urls_strict[i].purposes)
            fail_msg("%s: action %d, purposes %x", urls_strict[i].url, (int)verdict.action, verdict.purposes);
    }
    cnil_arena_free(arena);
    cnil_policy_free(policy);
}

/* The catalogue speaks first; a name of both would never be exempt. */
static void no_exempt_cookie_is_a_trackers(void **state)
{
    struct cnil_policy *policy = policy_of(CNIL_STR("{}"));
    size_t count;
    const struct cnil_exempt *exempts = cnil_exempt_all(&count);

    (void)state;
    assert_true(count > 100);
    for (size_t i = 0; i < count; i++) {
        char name[128];
        struct cnil_verdict verdict;

        snprintf(name, sizeof(name), "%.*s%s", (int)exempts[i].name.len, exempts[i].name.ptr,
                 exempts[i].hex      ? "0123456789abcdef0123456789abcdef"
                 : exempts[i].prefix ? "x"
                                     : "");
        cnil_matcher_cookie(policy, cnil_str_from(name), &verdict);
        if (verdict.action != CNIL_ACTION_PASS || !cnil_str_equal(verdict.rule, exempts[i].class->rule) ||
            verdict.facts == NULL || verdict.facts->days != exempts[i].class->days)
            fail_msg("%s: action %d, rule %.*s", name, (int)verdict.action, (int)verdict.rule.len, verdict.rule.ptr);
        for (size_t j = 0; j < i; j++)
            if (cnil_str_equal(exempts[i].name, exempts[j].name))
                fail_msg("%s stands twice", name);
    }
    cnil_policy_free(policy);
}

static void the_policy_speaks_before_the_catalogue_of_cookies(void **state)
{
    struct cnil_policy *policy = policy_of(CNIL_STR(policy_text));

    (void)state;
    for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
        struct cnil_verdict verdict;

        cnil_matcher_cookie(policy, cnil_str_from(cookies[i].name), &verdict);
        if (verdict.action != cookies[i].action || verdict.purposes != cookies[i].purposes ||
            !cnil_str_equal(verdict.label, cnil_str_from(cookies[i].label)) ||
            !cnil_str_equal(verdict.rule, cnil_str_from(cookies[i].rule)))
            fail_msg("%s: action %d, purposes %x, label %.*s, rule %.*s", cookies[i].name, (int)verdict.action,
                     verdict.purposes, (int)verdict.label.len, verdict.label.ptr, (int)verdict.rule.len,
                     verdict.rule.ptr);
        /* a rule of the policy is not lifted by granting the service that the cookie is of */
        if (verdict.is_joint != (strncmp(cookies[i].rule, "policy /cookies/rules", 21) == 0 ||
                                 strncmp(cookies[i].rule, "policy /cookies/necessary", 25) == 0))
            fail_msg("%s: joint: %d", cookies[i].name, (int)verdict.is_joint);
    }
    cnil_policy_free(policy);
}

static const struct {
    const char *page, *script;
    bool found;
    enum cnil_action action;
    cnil_purposes purposes;
    const char *label;
} scripts[] = {
    { "https://www.shop.fr/", "var a = 1;", false, CNIL_ACTION_PASS, 0, "" },
    { "https://www.shop.fr/", "", false, CNIL_ACTION_PASS, 0, "" },
    { "https://www.shop.fr/", "x;OwnStats.load(1)", true, CNIL_ACTION_CONSENT, AUDIENCE, "own-stats" },
    { "https://www.shop.fr/", "OwnStats.load(1);MoreMaps.init()", true, CNIL_ACTION_CONSENT, AUDIENCE | MAPS,
      "own-stats" },
    { "https://www.shop.fr/", "ownstats.load", false, CNIL_ACTION_PASS, 0, "" },
    { "https://www.shop.fr/", "OwnStats.load();BlockedLoader", true, CNIL_ACTION_BLOCK, 0, "blocked" },
    { "https://www.shop.fr/", "BlockedLoader;OwnStats.load()", true, CNIL_ACTION_BLOCK, 0, "blocked" },
    { "https://www.shop.fr/", "FineLoader", false, CNIL_ACTION_PASS, 0, "" }, /* its hosts are in trackers.allow */
    { "https://www.shop.fr/", "j.src='https://www.googletagmanager.com/gtm.js?id='+i", true, CNIL_ACTION_CONSENT, ALL,
      "google-tag-manager" },
    { "https://www.googletagmanager.com/", "j.src='https://www.googletagmanager.com/gtm.js?id='+i", false,
      CNIL_ACTION_PASS, 0, "" }, /* the service's own page */
    { "https://www.shop.fr/", "SureLoader \n(1)", true, CNIL_ACTION_CONSENT, MAPS, "sure" }, /* a pattern confirms */
    { "https://www.shop.fr/", "typeof SureLoader;SureLoader", false, CNIL_ACTION_PASS, 0, "" },
    { "https://www.shop.fr/", "SureLoader;OwnStats.load;SureLoader(1)", true, CNIL_ACTION_CONSENT, AUDIENCE | MAPS,
      "sure" },
    { "https://www.shop.fr/", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx;EndlessLoader y", true, CNIL_ACTION_CONSENT,
      MAPS, "sure" }, /* it cannot be run to its end */
    /* hosts that the policy names, where they stand as hosts */
    { "https://www.shop.fr/", "s.src='https://tracker.example/t.js'", true, CNIL_ACTION_BLOCK, 0, "blocked" },
    { "https://www.shop.fr/", "s.src='//a.b.mixed.example/t.js'", true, CNIL_ACTION_BLOCK, 0, "mixed.example" },
    { "https://www.shop.fr/", "{\"u\":\"https:\\/\\/mixed.example\"}", true, CNIL_ACTION_BLOCK, 0, "mixed.example" },
    { "https://www.shop.fr/", "h=`mixed.example`", true, CNIL_ACTION_BLOCK, 0, "mixed.example" },
    { "https://www.shop.fr/", "'//part.example/badly.js'", true, CNIL_ACTION_BLOCK, 0, "part.example" },
    { "https://www.shop.fr/", "'//part.example/good.js'", false, CNIL_ACTION_PASS, 0, "" },
    { "https://www.shop.fr/", "'//xmixed.example/'", false, CNIL_ACTION_PASS, 0, "" },
    { "https://www.shop.fr/", "'//mixed.example.org/'", false, CNIL_ACTION_PASS, 0, "" },
    { "https://www.shop.fr/", "'me@mixed.example'", false, CNIL_ACTION_PASS, 0, "" },
    { "https://www.shop.fr/", "mixed.example", false, CNIL_ACTION_PASS, 0, "" },
    { "https://www.shop.fr/", "u='//stats.shop.fr/'", true, CNIL_ACTION_CONSENT, AUDIENCE, "own-stats" },
    { "https://www.shop.fr/", "OwnStats.load('//mixed.example/')", true, CNIL_ACTION_BLOCK, 0, "mixed.example" },
    { "https://www.shop.fr/", "u='//good.example/'", false, CNIL_ACTION_PASS, 0, "" },
    { "https://stats.shop.fr/", "OwnStats.load", true, CNIL_ACTION_CONSENT, AUDIENCE, "own-stats" },
};

static void inline_loaders_are_known_by_their_signatures(void **state)
{
    struct cnil_policy *policy = policy_of(CNIL_STR(policy_text));

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        struct cnil_arena *arena = cnil_arena_new(1 << 20);
        struct cnil_verdict verdict = { .label = CNIL_STR_INIT("") };
        struct cnil_page page;
        bool found;

        set_page(&page, policy, scripts[i].page, arena);
        found = cnil_matcher_inline(&page, cnil_str_from(scripts[i].script), &verdict);
        if (found != scripts[i].found || verdict.action != scripts[i].action ||
            verdict.purposes != scripts[i].purposes || !cnil_str_equal(verdict.label, cnil_str_from(scripts[i].label)))
            fail_msg("%s on %s: %d, action %d, purposes %x, label %.*s", scripts[i].script, scripts[i].page, (int)found,
                     (int)verdict.action, verdict.purposes, (int)verdict.label.len, verdict.label.ptr);
        cnil_arena_free(arena);
    }
    cnil_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_url_gets_the_verdict_of_its_rule),
        cmocka_unit_test(known_domains_can_be_reported),
        cmocka_unit_test(unknown_third_parties_can_be_held),
        cmocka_unit_test(a_hint_to_a_host_waits_for_all_its_services),
        cmocka_unit_test(the_policy_speaks_before_the_catalogue_of_cookies),
        cmocka_unit_test(strict_knows_what_the_policy_declares),
        cmocka_unit_test(no_exempt_cookie_is_a_trackers),
        cmocka_unit_test(inline_loaders_are_known_by_their_signatures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
