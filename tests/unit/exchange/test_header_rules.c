/* SPDX-License-Identifier: Apache-2.0
 * The rows of header_rules.def: what becomes of each field, before a choice and after everything was granted. */
#include "fixture.h"

#include "../../support/alloc.h"

#define POLICY                                                                                                         \
    "{\"https\":{\"hsts\":false},\"services\":{\"tracker\":{\"name\":\"Tracker\",\"controller\":\"Tracker SAS\","      \
    "\"purpose\":\"audience\",\"hosts\":[\"tracker.example\",\"shared.example/pixel\"]}}}"

static const struct {
    const char *name, *label;
} rows[] = {
#define HEADER(name, label, syntax, resource, event) { name, label },
#include "exchange/header_rules.def"
#undef HEADER
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct {
    const char *field; /* "Name: value" */
    const char *edits; /* of it, while nothing is granted; all of them pass when everything is */
    const char *destination;
    const char *status;
} cases[] = {
    { "Link: <https://tracker.example/a.js>; rel=preload; as=script, </b>; rel=preload", "=Link: </b>; rel=preload\n",
      "image", "200" },
    { "Link: <https://tracker.example/>; rel=\"canonical dns-prefetch\"", "-Link\n", "image", "200" },
    { "Link: <https://tracker.example/>; rel=modulepreload", "-Link\n", "image", "200" },
    { "Link: <https://tracker.example/>; rel=prefetch", "-Link\n", "image", "200" },
    { "Link: </a>; rel=preload; as=image; imagesrcset=\"/b 1x, //tracker.example/c 2x\"", "-Link\n", "image", "200" },
    { "Link: <https://shared.example/>; rel=preconnect", "-Link\n", "image", "200" },
    { "Link: <https://shared.example/logo.png>; rel=preload; as=image", "", "image", "200" },
    { "Link: <https://tracker.example/>; rel=canonical", "", "image", "200" },
    { "Link: <https://tracker.example/>", "", "image", "200" },
    { "Refresh: 0; URL='https://tracker.example/'", "-Refresh\n", "image", "200" },
    { "Refresh: 5", "", "image", "200" },
    { "Location: https://tracker.example/p", "-Location\n", "image", "302" },
    { "Location: https:tracker.example/p", "", "image", "302" },
    { "Location: //tracker.example/p", "-Location\n", "script", "307" },
    { "Location: \\\\TRACKER.example\\p", "-Location\n", "iframe", "301" },
    { "Location: https://tracker.example/p", "-Location\n", "empty", "303" },
    { "Location: https://tracker.example/p", "-Location\n", NULL, "308" },
    { "Location: https://tracker.example/p", "", "document", "302" },
    { "Location: https://tracker.example/p", "-Location\n", "image", "300" },
    { "Location: https://tracker.example/p", "", "image", "201" },
    { "Location: /p", "", "image", "302" },
    { "Alt-Svc: h3=\"tracker.example:443\"; ma=1, h3=\":443\"", "=Alt-Svc: h3=\":443\"\n", "image", "200" },
    { "Alt-Svc: clear", "", "image", "200" },
    { "SourceMap: //tracker.example/a.map", "-SourceMap\n", "script", "200" },
    { "X-SourceMap: https://tracker.example/a.map", "-X-SourceMap\n", "script", "200" },
    { "SourceMap: a.map", "", "script", "200" },
    { "Speculation-Rules: \"https://tracker.example/r.json\"", "-Speculation-Rules\n", "image", "200" },
    { "Speculation-Rules: \"/r.json\"", "", "image", "200" },
    { "Speculation-Rules: https://tracker.example/", "", "image", "200" }, /* no string: browsers ignore the field */
    { "X-DNS-Prefetch-Control: On", "=X-DNS-Prefetch-Control: off\n", "image", "200" },
    { "X-DNS-Prefetch-Control: off", "", "image", "200" },
    { "Referrer-Policy: unsafe-url", "=Referrer-Policy: strict-origin-when-cross-origin\n", "image", "200" },
    { "Referrer-Policy: same-origin, No-Referrer-When-Downgrade, nonsense",
      "=Referrer-Policy: strict-origin-when-cross-origin\n", "image", "200" },
    { "Referrer-Policy: unsafe-url, same-origin", "", "image", "200" },
    { "Referrer-Policy: origin-when-cross-origin", "", "image", "200" },
    { "Permissions-Policy: browsing-topics=(self), camera=()", "", "image", "200" },
    { "Reporting-Endpoints: a=\"https://tracker.example/r\", b=\"/r\"", "=Reporting-Endpoints: b=\"/r\"\n", "image",
      "200" },
    { "Reporting-Endpoints: a=\"htt\\ps:\\/\\/tracker.example/r\"", "-Reporting-Endpoints\n", "image", "200" },
    { "Report-To: {\"group\":\"g\",\"max_age\":9,\"endpoints\":[{\"url\":\"https:\\u002f\\/tracker.example/r\"}]}",
      "=Report-To: {\"group\":\"g\",\"max_age\":0,\"endpoints\":[]}\n", "image", "200" },
    { "Report-To: {\"endpoints\":[{\"url\":\"/r\"}]},{\"endpoints\":[{\"url\":\"//tracker.example\"}]}",
      "=Report-To: {\"endpoints\":[{\"url\":\"/r\"}]}, {\"group\":\"default\",\"max_age\":0,\"endpoints\":[]}\n",
      "image", "200" },
    { "NEL: {\"report_to\":\"g\",\"max_age\":9}", "=NEL: {\"max_age\":0}\n", "image", "200" },
    { "NEL: {\"max_age\":0}", "", "image", "200" },
    { "Content-Security-Policy: a b; Report-URI https://tracker.example/c /own  ; d",
      "=Content-Security-Policy: a b; Report-URI /own; d\n", "image", "200" },
    { "Content-Security-Policy: report-uri https://tracker.example/c, a b", "=Content-Security-Policy: , a b\n",
      "image", "200" },
    { "Content-Security-Policy: img-src https://tracker.example; report-uri /own", "", "image", "200" },
    { "Content-Security-Policy-Report-Only: report-uri https://tracker.example/c",
      "-Content-Security-Policy-Report-Only\n", "image", "200" },
    { "Expect-CT: max-age=1, report-uri=\"https://tracker.example/ct\"", "-Expect-CT\n", "image", "200" },
    { "Expect-CT: max-age=1, report-uri=\"https://shop.example/ct\"", "", "image", "200" },
    { "Public-Key-Pins: pin-sha256=\"x\"; report-uri=\"https://tracker.example/\"", "-Public-Key-Pins\n", "image",
      "200" },
    { "Public-Key-Pins-Report-Only: report-uri=https://tracker.example/", "-Public-Key-Pins-Report-Only\n", "image",
      "200" },
    { "X-XSS-Protection: 1; mode=block; report=//tracker.example/x", "-X-XSS-Protection\n", "image", "200" },
    { "X-XSS-Protection: 1; mode=block", "", "image", "200" },
    { "Observe-Browsing-Topics: ?1", "-Observe-Browsing-Topics\n", "image", "200" },
    { "Attribution-Reporting-Register-Source: {}", "-Attribution-Reporting-Register-Source\n", "image", "200" },
    { "Attribution-Reporting-Register-Trigger: {}", "-Attribution-Reporting-Register-Trigger\n", "image", "200" },
    { "Attribution-Reporting-Register-OS-Source: x", "-Attribution-Reporting-Register-OS-Source\n", "image", "200" },
    { "Attribution-Reporting-Register-OS-Trigger: x", "-Attribution-Reporting-Register-OS-Trigger\n", "image", "200" },
    { "Attribution-Reporting-Redirect: x", "-Attribution-Reporting-Redirect\n", "image", "200" },
    { "Attribution-Reporting-Info: x", "-Attribution-Reporting-Info\n", "image", "200" },
    { "Shared-Storage-Write: clear", "-Shared-Storage-Write\n", "image", "200" },
    { "Ad-Auction-Allowed: true", "-Ad-Auction-Allowed\n", "image", "200" },
    { "X-Allow-FLEDGE: true", "-X-Allow-FLEDGE\n", "image", "200" },
    { "Ad-Auction-Signals: []", "-Ad-Auction-Signals\n", "image", "200" },
    { "Ad-Auction-Result: x", "-Ad-Auction-Result\n", "image", "200" },
    { "Ad-Auction-Additional-Bid: x", "-Ad-Auction-Additional-Bid\n", "image", "200" },
    { "X-Other: https://tracker.example/", "", "image", "200" },
};

enum { CASES = sizeof(cases) / sizeof(cases[0]) };

#define OF_VISITOR "+Cache-Control: private, no-cache\n" /* what a style sheet without a lifetime gets anyway */

#define OURS                                                                                                           \
    "+Permissions-Policy: browsing-topics=(), attribution-reporting=(), join-ad-interest-group=(), "                   \
    "run-ad-auction=(), shared-storage=(), private-aggregation=()\n+Cache-Control: private, no-cache\n"

/* Edits of a response of `type` with these fields. */
static void run(struct fixture *fixture, const char *destination, const char *cookie, const char *status,
                const char *type, const char *fields)
{
    char request[4096], response[4096];

    snprintf(request, sizeof(request), "HEAD /a/b\nHost: shop.example\n%s%s\n%s\n",
             destination != NULL ? "Sec-Fetch-Dest: " : "X: ", destination != NULL ? destination : "", cookie);
    snprintf(response, sizeof(response), "%s\nContent-Type: %s\n%s\n", status, type, fields);
    fixture_run(fixture, CNIL_MODE_ENFORCE, request, response);
}

static void every_field_waits_for_consent(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, POLICY);
    for (size_t i = 0; i < CASES; i++) {
        bool is_shown = cases[i].destination == NULL || strcmp(cases[i].destination, "iframe") == 0 ||
                        strcmp(cases[i].destination, "document") == 0;
        char edits[512];

        snprintf(edits, sizeof(edits), "%s%s", cases[i].edits, is_shown ? OURS : OF_VISITOR);
        run(&fixture, cases[i].destination, "", cases[i].status, "text/css", cases[i].field);
        if (strcmp(fixture.out, edits) != 0)
            fail_msg("%s: %s", cases[i].field, fixture.out);
        run(&fixture, cases[i].destination, "Cookie: eu-consent={accept}\n", cases[i].status, "text/css",
            cases[i].field);
        if (strcmp(fixture.out, OF_VISITOR) != 0)
            fail_msg("%s, accepted: %s", cases[i].field, fixture.out);
    }
    fixture_close(&fixture);
}

/* The fields of what a shared cache may keep: the same for everybody, or one visitor's. */
static void shared_responses_are_the_same_for_all(void **state)
{
    static const char *const choices[] = { "", "Cookie: eu-consent={accept}\n", "Cookie: eu-consent={refuse}\n" };
    static const char *const acting[] = {
        "Location", "Refresh", "Observe-", "Attribution-", "Shared-", "Ad-", "X-Allow"
    };
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, POLICY);
    for (size_t i = 0; i < CASES; i++) {
        bool acts = false, waits = cases[i].edits[0] != '\0';
        char edits[512];

        for (size_t a = 0; a < sizeof(acting) / sizeof(acting[0]); a++)
            acts = acts || strncmp(cases[i].field, acting[a], strlen(acting[a])) == 0;
        for (size_t c = 0; c < sizeof(choices) / sizeof(choices[0]); c++) {
            run(&fixture, cases[i].destination, choices[c], cases[i].status, "font/woff", cases[i].field);
            if (acts && waits) {
                snprintf(edits, sizeof(edits), "%s" OF_VISITOR, c == 1 ? "" : cases[i].edits);
            } else if (c == 0) {
                strcpy(edits, fixture.out);
                if ((edits[0] != '\0') != waits && !acts)
                    fail_msg("%s, shared: %s", cases[i].field, fixture.out);
            }
            if (strcmp(fixture.out, edits) != 0)
                fail_msg("%s, %s: %s", cases[i].field, choices[c], fixture.out);
            if (strstr(fixture.out, "max_age") != NULL && strncmp(cases[i].field, "Report-To", 9) != 0)
                fail_msg("%s is ended for others: %s", cases[i].field, fixture.out);
        }
    }
    run(&fixture, "document", "", "301", "text/plain", "Location: https://tracker.example/\nCache-Control: max-age=9");
    assert_string_equal(fixture.out, "-Cache-Control\n" OF_VISITOR); /* an image of that address would be held back */
    run(&fixture, "document", "", "301", "text/plain", "Location: https://else.example/\nCache-Control: max-age=9");
    assert_string_equal(fixture.out, "");
    run(&fixture, "image", "", "200", "text/plain", "NEL: {\"report_to\":\"g\",\"max_age\":9}");
    assert_string_equal(fixture.out, "-NEL\n");
    run(&fixture, NULL, "Cookie: eu-consent={accept}\n", "200", "image/svg+xml", "X: y");
    assert_non_null(strstr(fixture.out, "run-ad-auction=()"));
    fixture_close(&fixture);
}

static void every_row_has_a_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        size_t len = strlen(rows[i].name), found = 0;

        for (size_t c = 0; c < CASES; c++)
            found += strncmp(cases[c].field, rows[i].name, len) == 0 && cases[c].field[len] == ':' ? 1 : 0;
        if (found == 0)
            fail_msg("no case for %s", rows[i].name);
        assert_true(strncmp(rows[i].label, "header ", 7) == 0);
    }
}

static void pages_are_kept_from_advertising(void **state)
{
    static const struct {
        const char *field, *edits;
    } permissions[] = {
        { "X: y", OURS },
        { "Permissions-Policy: camera=(), fullscreen=(self \"https://a.example,b)\"), usb", OURS },
        { "Permissions-Policy: browsing-topics=(self \"https://a.example\"), camera=(), run-ad-auction",
          "=Permissions-Policy: camera=()\n" OURS },
        { "Permissions-Policy: shared-storage=*", "-Permissions-Policy\n" OURS },
        /* browsers would ignore ours too */
        { "Permissions-Policy: geolocation 'self'; camera 'none'", "-Permissions-Policy\n" OURS },
        { "Permissions-Policy: camera=('self')", "-Permissions-Policy\n" OURS },
        { "Permissions-Policy: camera=(self", "-Permissions-Policy\n" OURS },
        { "Permissions-Policy: camera=self)", "-Permissions-Policy\n" OURS },
        { "Permissions-Policy: Camera=()", "-Permissions-Policy\n" OURS },
        { "Permissions-Policy: camera=(), ", "-Permissions-Policy\n" OURS },
        { "Permissions-Policy: camera=(); usb=()", "-Permissions-Policy\n" OURS },
        { "Permissions-Policy: ", "-Permissions-Policy\n" OURS },
    };
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, POLICY);
    for (size_t i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++) {
        run(&fixture, "document", "", "200", "text/html", permissions[i].field);
        if (strcmp(fixture.out, permissions[i].edits) != 0)
            fail_msg("%s: %s", permissions[i].field, fixture.out);
        run(&fixture, "document", "Cookie: eu-consent={accept}\n", "200", "text/html", permissions[i].field);
        assert_string_equal(fixture.out, "+Cache-Control: private, no-cache\n");
    }
    run(&fixture, "empty", "", "200", "text/html", "Permissions-Policy: browsing-topics=*");
    assert_string_equal(fixture.out, "+Cache-Control: private, no-cache\n");
    fixture_close(&fixture);
}

/* A browser that is known to have given a feature up would complain about it on its console. */
static void features_follow_the_browser(void **state)
{
    static const struct {
        const char *brands, *destination;
        bool all;
    } browsers[] = {
        { "\"Chromium\";v=\"156\", \"Not?A_Brand\";v=\"24\"", "document", false },
        { "\"Not(A:Brand\";v=\"8\", \"Google Chrome\";v=\"200\", \"Chromium\";v=\"200\"", "iframe", false },
        { "\"Chromium\";v=\"155\", \"Not?A_Brand\";v=\"24\"", "document", true },
        { "\"Microsoft Edge\";v=\"156\", \"Chromium\";v=\"156\", \"Not?A_Brand\";v=\"24\"", "document", true },
        { "\"Google Chrome\";v=\"156\"", "document", true },
        { "\"Chromium\"", "document", true },
        { "\"Chromium\";v=\"\"", "document", true },
        { "Chromium 156", "document", true },
        { "", "document", true },
    };
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, POLICY);
    for (size_t i = 0; i < sizeof(browsers) / sizeof(browsers[0]); i++) {
        char field[256];

        snprintf(field, sizeof(field), "Sec-CH-UA: %s\n", browsers[i].brands);
        run(&fixture, browsers[i].destination, field, "200", "text/html", "X: y");
        if (strcmp(fixture.out, browsers[i].all ? OURS
                                                : "+Permissions-Policy: browsing-topics=()\n"
                                                  "+Cache-Control: private, no-cache\n") != 0)
            fail_msg("%s: %s", browsers[i].brands, fixture.out);
    }
    /* a shared cache may keep what no browser says that it shows: it must be the same for all */
    run(&fixture, NULL, "Sec-CH-UA: \"Chromium\";v=\"156\"\n", "200", "image/svg+xml", "X: y");
    assert_non_null(strstr(fixture.out, "run-ad-auction=()"));
    assert_null(strstr(fixture.out, "Cache-Control"));
    fixture_close(&fixture);
}

/* What a browser fetches ahead says "document", as the page in the tab does; nobody has asked for where it leads. */
static void pages_fetched_ahead_are_not_led_away(void **state)
{
    static const struct {
        const char *destination, *field, *edits;
    } purposes[] = {
        { "document", "Sec-Purpose: prefetch\n", "-Location\n" OF_VISITOR },
        { "document", "Sec-Purpose: prefetch;prerender\n", "-Location\n" OF_VISITOR },
        { "document", "Sec-Purpose: prefetch;anonymous-client-ip\n", "-Location\n" OF_VISITOR },
        { NULL, "X-Moz: prefetch\nAccept: text/html\n", "-Location\n" OF_VISITOR },
        { "document", "Sec-Purpose: other\n", OF_VISITOR },
        { NULL, "Accept: text/html\n", OF_VISITOR },
    };
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, POLICY);
    for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++) {
        run(&fixture, purposes[i].destination, purposes[i].field, "302", "text/plain",
            "Location: https://tracker.example/");
        if (strcmp(fixture.out, purposes[i].edits) != 0)
            fail_msg("%s: %s", purposes[i].field, fixture.out);
    }
    fixture_close(&fixture);
}

static void network_errors_are_told_to_the_site_alone(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, POLICY);
    run(&fixture, "image", "", "200", "text/css",
        "Report-To: {\"group\":\"a\",\"endpoints\":[{\"url\":\"/r\"}]}\nNEL: {\"report_to\":\"a\",\"max_age\":9}");
    assert_string_equal(fixture.out, OF_VISITOR);
    run(&fixture, "image", "", "200", "text/css",
        "Report-To: {\"endpoints\":[{\"url\":\"/r\"}]}\nNEL: {\"report_to\":\"default\",\"max_age\":9}");
    assert_string_equal(fixture.out, OF_VISITOR);
    run(&fixture, "image", "", "200", "text/css",
        "NEL: {\"report_to\":\"a\",\"max_age\":9}\nReport-To: {\"endpoints\":[{\"url\":\"/r\"}],\"group\":\"a\"}, "
        "{\"group\":\"a\",\"endpoints\":[{\"url\":\"https://tracker.example/\"}]}");
    assert_string_equal(fixture.out, "=NEL: {\"max_age\":0}\n"
                                     "=Report-To: {\"endpoints\":[{\"url\":\"/r\"}],\"group\":\"a\"}, "
                                     "{\"group\":\"a\",\"max_age\":0,\"endpoints\":[]}\n" OF_VISITOR);
    fixture_close(&fixture);
}

static void strict_promises_more(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, "{\"preset\":\"strict\",\"https\":{\"hsts\":false}}");
    run(&fixture, "image", "", "200", "text/css", "Speculation-Rules: \"/r.json\"");
    assert_string_equal(fixture.out, "-Speculation-Rules\n" OF_VISITOR);
    run(&fixture, "image", "Cookie: eu-consent={accept}\n", "200", "text/css", "Speculation-Rules: \"/r.json\"");
    assert_string_equal(fixture.out, OF_VISITOR);
    run(&fixture, "image", "", "200", "text/css", "Report-To: {\"endpoints\":[{\"url\":\"https://x.example/\"}]}");
    assert_string_equal(fixture.out, "=Report-To: {\"group\":\"default\",\"max_age\":0,\"endpoints\":[]}\n" OF_VISITOR);
    run(&fixture, "document", "", "200", "text/html", "X: y");
    assert_non_null(strstr(fixture.out, "+X-DNS-Prefetch-Control: off\n"));
    run(&fixture, "document", "Cookie: eu-consent={accept}\n", "200", "text/html", "X: y");
    assert_null(strstr(fixture.out, "X-DNS-Prefetch-Control"));
    run(&fixture, "document", "", "200", "text/html", "X-DNS-Prefetch-Control: off");
    assert_null(strstr(fixture.out, "X-DNS-Prefetch-Control"));
    fixture_close(&fixture);
}

/* Whatever stands in a field, it is read within its bounds and an answer comes. */
static void arbitrary_bytes_do_no_harm(void **state)
{
    static const char alphabet[] = "\"\"\\{}[]()<>,,;;::==''  //u0https://tracker.example/report-uri on\t\xe9\xc3";
    struct fixture fixture;
    uint32_t random = 11;

    (void)state;
    fixture_open(&fixture, POLICY);
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < ROWS; i++) {
            char field[160];
            size_t len = (size_t)snprintf(field, sizeof(field), "%s: ", rows[i].name), end = len + (size_t)round % 90;

            while (len < end) {
                random = random * 1664525 + 1013904223;
                field[len++] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
            }
            field[len] = '\0';
            run(&fixture, round % 2 == 0 ? "image" : "document", "", "302", "text/html", field);
            fixture.log[0] = '\0';
        }
    }
    fixture_close(&fixture);
}

/* Without memory a field that leads to the tracker never passes: the whole response fails instead. */
static void without_memory_nothing_passes(void **state)
{
    static struct fixture_message request, response;
    struct fixture fixture;
    struct cnil_request made;
    struct cnil_response answer;
    bool failed = true;

    (void)state;
    fixture_open(&fixture, POLICY);
    fixture_parse(&fixture, "GET /\nHost: shop.example\nSec-Fetch-Dest: iframe\n", &request);
    fixture_parse(&fixture,
                  "302\nContent-Type: text/html\nLink: <https://tracker.example/>; rel=preload, </a>; rel=preload\n"
                  "Location: https://tracker.example/\nReport-To: {\"endpoints\":[{\"url\":\"//tracker.example\"}]}\n"
                  "NEL: {\"report_to\":\"default\",\"max_age\":9,\"x\":\"tracker.example\"}\n"
                  "Content-Security-Policy: a; report-uri https://tracker.example/ /b\n"
                  "Set-Cookie: _ga=tracker.example\n",
                  &response);
    made = fixture_request(&request);
    answer = fixture_response(&response);
    for (long allowed = 0; failed; allowed++) {
        struct cnil_exchange *exchange =
            cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
        const struct cnil_answer *ours;
        struct cnil_edits edits;
        enum cnil_open open;
        enum cnil_status status;

        assert_int_equal(cnil_exchange_open(exchange, &made, &open, &ours), CNIL_OK);
        alloc_fail_after(allowed);
        status = cnil_exchange_headers(exchange, &answer, &edits);
        failed = alloc_failed();
        alloc_fail_after(-1);
        for (size_t i = 0; status == CNIL_OK && i < response.count; i++) {
            struct cnil_str value = response.list[i].value;

            for (size_t e = 0; e < edits.count; e++)
                if (edits.list[e].kind != CNIL_EDIT_ADD && edits.list[e].index == i)
                    value = edits.list[e].value;
            assert_int_equal(cnil_str_find(value, CNIL_STR("tracker.example")), value.len);
        }
        cnil_exchange_close(exchange);
        fixture.log[0] = fixture.diagnoses[0] = '\0';
    }
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_waits_for_consent),
        cmocka_unit_test(shared_responses_are_the_same_for_all),
        cmocka_unit_test(every_row_has_a_case),
        cmocka_unit_test(pages_are_kept_from_advertising),
        cmocka_unit_test(features_follow_the_browser),
        cmocka_unit_test(pages_fetched_ahead_are_not_led_away),
        cmocka_unit_test(network_errors_are_told_to_the_site_alone),
        cmocka_unit_test(strict_promises_more),
        cmocka_unit_test(arbitrary_bytes_do_no_harm),
        cmocka_unit_test(without_memory_nothing_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
