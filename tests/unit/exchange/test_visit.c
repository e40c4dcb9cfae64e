/* SPDX-License-Identifier: Apache-2.0
 * What of an exchange is counted, under which names, and what nobody can read out of it. */
#include "fixture.h"

#include "audit/statistics.h"

#define BROWSER  "Host: shop.example\nSec-Fetch-Dest: document\nAccept: text/html\n"
#define OWN      "Host: shop.example\nSec-Fetch-Site: same-origin\n"
#define HTML     "200\nContent-Type: text/html; charset=utf-8\n"
#define PAGE     HTML "\n<!DOCTYPE html><html lang=fr><head><title>t</title></head><body><p>a</p></body></html>"
#define DAY      86400
#define COUNTING "{\"statistics\":{\"enabled\":true,\"least\":1}"

struct counted {
    struct fixture fixture;
    void *memory;
};

static void open_counting(struct counted *counted, const char *policy)
{
    fixture_open(&counted->fixture, policy);
    assert_int_equal(cnil_config_statistics_size(counted->fixture.config), cnil_statistics_size());
    counted->memory = calloc(1, cnil_statistics_size());
    assert_non_null(counted->memory);
    assert_int_equal(cnil_config_open_statistics(counted->fixture.config, counted->memory, cnil_statistics_size(), NOW),
                     CNIL_OK);
}

static void close_counting(struct counted *counted)
{
    fixture_close(&counted->fixture);
    free(counted->memory);
}

static char tag[64]; /* the ETag that left last */

static void keep_tag(struct cnil_edits edits)
{
    for (size_t i = 0; i < edits.count; i++)
        if (cnil_str_equal(edits.list[i].name, CNIL_STR("ETag")))
            snprintf(tag, sizeof(tag), "%.*s", (int)edits.list[i].value.len, edits.list[i].value.ptr);
}

/* A whole exchange. Its other events are not of interest. */
static void visit(struct fixture *fixture, enum cnil_mode ceiling, const char *request_text, const char *response_text)
{
    static struct fixture_message sent, received; /* the exchange copies what it needs */
    struct cnil_exchange *exchange =
        cnil_exchange_new(fixture->config, fixture->policy, ceiling, &fixture_server, fixture);
    const struct cnil_answer *answer;
    struct cnil_response response;
    struct cnil_request request;
    struct cnil_edits edits;
    struct cnil_span span;
    enum cnil_body body;
    enum cnil_open open;

    assert_non_null(exchange);
    fixture_parse(fixture, request_text, &sent);
    fixture_parse(fixture, response_text, &received);
    request = fixture_request(&sent);
    response = fixture_response(&received);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    if (open == CNIL_OPEN_PASS) {
        assert_int_equal(cnil_exchange_enter(exchange, fixture->policy, ceiling, &edits), CNIL_OK);
        assert_int_equal(cnil_exchange_body(exchange, &response, &body, &edits), CNIL_OK);
        keep_tag(edits);
        assert_int_equal(cnil_exchange_headers(exchange, &response, &edits), CNIL_OK);
        assert_int_equal(cnil_exchange_feed(exchange, received.body, true), CNIL_OK);
        do
            assert_int_equal(cnil_exchange_next(exchange, &span), CNIL_OK);
        while (span.len > 0);
    }
    cnil_exchange_close(exchange);
}

static void choose(struct fixture *fixture, const char *fields, const char *body)
{
    const struct cnil_answer *answer;

    cnil_exchange_close(fixture_post(fixture, fields, body, &answer));
}

/* Writes down what was counted: of each line what follows "of", without quotes. */
static void told(struct fixture *fixture, char *out)
{
    char *rest = fixture->log, *line;

    cnil_config_close_statistics(fixture->config, &fixture_server, fixture);
    *out = '\0';
    while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
        const char *at = strstr(line, "\"of\":\"");

        if (strstr(line, "\"event\":\"statistics\"") == NULL)
            continue;
        assert_non_null(at);
        for (at += strlen("\"of\":\""); *at != '\0'; at++)
            if (*at != '"' && *at != '}')
                *out++ = *at;
        *out++ = '\n';
        *out = '\0';
    }
    fixture->log[0] = '\0';
}

#define PAGES(name) "pages,template:" name ",count:1\n"
#define FROM(name)  "referrers,referrer:" name ",count:1\n"
#define SHOWN(fr, name)                                                                                                \
    "banner,language:" fr ",template:" name ",shown:1,accepted:0,refused:0,customised:0,withdrawn:0\n"
#define START PAGES("/") FROM("(none)") SHOWN("fr", "/")
#define SEEN  PAGES("/") FROM("(none)")

static const struct {
    const char *name, *policy, *request, *response;
    enum cnil_mode ceiling;
    const char *told;
} visits[] = {
    { "a first visit", COUNTING "}", "GET /?utm_source=jeanne\n" BROWSER, PAGE, CNIL_MODE_ENFORCE, START },
    { "after a choice", COUNTING "}", "GET /\n" BROWSER "Cookie: eu-consent={refuse}\n", PAGE, CNIL_MODE_ENFORCE,
      SEEN },
    { "in audit nobody is asked", COUNTING "}", "GET /\n" BROWSER, PAGE, CNIL_MODE_AUDIT, SEEN },
    { "by a policy in audit, too", COUNTING ",\"mode\":\"audit\"}", "GET /\n" BROWSER, PAGE, CNIL_MODE_ENFORCE, SEEN },
    { "off", COUNTING "}", "GET /\n" BROWSER, PAGE, CNIL_MODE_OFF, "" },
    { "the answer to a form", COUNTING "}", "POST /\n" BROWSER, PAGE, CNIL_MODE_ENFORCE, START },
    { "HEAD", COUNTING "}", "HEAD /\n" BROWSER, PAGE, CNIL_MODE_ENFORCE, "" },
    { "an error", COUNTING "}", "GET /\n" BROWSER, "404\nContent-Type: text/html\n\n<!DOCTYPE html><body>",
      CNIL_MODE_ENFORCE, "" },
    { "a redirect", COUNTING "}", "GET /\n" BROWSER, "302\nLocation: /a\n", CNIL_MODE_ENFORCE, "" },
    { "no host", COUNTING "}", "GET /\nSec-Fetch-Dest: document\n", PAGE, CNIL_MODE_ENFORCE, "" },
    { "a robot", COUNTING "}", "GET /\n" BROWSER "User-Agent: Mozilla/5.0 (compatible; Googlebot/2.1)\n", PAGE,
      CNIL_MODE_ENFORCE, "" },
    { "a frame", COUNTING "}", "GET /\nHost: shop.example\nSec-Fetch-Dest: iframe\n", PAGE, CNIL_MODE_ENFORCE, "" },
    { "what a script fetches", COUNTING "}", "GET /\nHost: shop.example\nSec-Fetch-Dest: empty\n", PAGE,
      CNIL_MODE_ENFORCE, "" },
    { "what is fetched beforehand", COUNTING "}", "GET /\n" BROWSER "Sec-Purpose: prefetch;prerender\n", PAGE,
      CNIL_MODE_ENFORCE, "" },
    { "an image in a tab", COUNTING "}", "GET /\n" BROWSER, "200\nContent-Type: image/png\n\n\x89PNG",
      CNIL_MODE_ENFORCE, "" },
    { "a browser that does not say", COUNTING "}", "GET /\nHost: shop.example\nAccept: text/html\n", PAGE,
      CNIL_MODE_ENFORCE, START },
    { "a fragment for one", COUNTING "}", "GET /\nHost: shop.example\nAccept: text/html\n", HTML "\n<p>a</p>",
      CNIL_MODE_ENFORCE, "" },
    { "a program", COUNTING "}", "GET /\nHost: shop.example\nAccept: */*\n", PAGE, CNIL_MODE_ENFORCE, "" },
    { "a page without a body for the banner", COUNTING "}", "GET /\n" BROWSER, HTML "\n<frameset></frameset>",
      CNIL_MODE_ENFORCE, SEEN },
    { "another manager asks", COUNTING ",\"banner\":{\"other_manager\":\"adopt\"}}", "GET /\n" BROWSER,
      HTML "\n<!DOCTYPE html><head><script src=\"https://cdn.cookielaw.org/scripttemplates/otSDKStub.js\"></script>"
           "</head><body>",
      CNIL_MODE_ENFORCE, SEEN },
    { "in the page's language", COUNTING ",\"site\":{\"language\":\"auto\"}}", "GET /\n" BROWSER,
      HTML "\n<!DOCTYPE html><html lang=de><body>", CNIL_MODE_ENFORCE, PAGES("/") FROM("(none)") SHOWN("de", "/") },
    { "of a path its first word", COUNTING "}", "GET /blog/2026/jeanne.martin%40exemple.fr?id=42\n" BROWSER, PAGE,
      CNIL_MODE_ENFORCE, PAGES("/blog") FROM("(none)") SHOWN("fr", "/blog") },
    { "or nothing", COUNTING "}", "GET /jeanne@exemple.fr\n" BROWSER, PAGE, CNIL_MODE_ENFORCE,
      PAGES("(other)") FROM("(none)") SHOWN("fr", "(other)") },
    { "or what a template says", "{\"statistics\":{\"enabled\":true,\"least\":1,\"templates\":[\"/a/*/c\"]}}",
      "GET /a/42/c\n" BROWSER, PAGE, CNIL_MODE_ENFORCE, PAGES("/a/*/c") FROM("(none)") SHOWN("fr", "/a/*/c") },
    { "from elsewhere: the domain", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: https://jeanne.blog.exemple.fr:8443/a/b?q=secret#x\n",
      PAGE, CNIL_MODE_ENFORCE, PAGES("/") FROM("exemple.fr") },
    { "from a name below a suffix that many share", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: https://a.b.example.co.uk/\n", PAGE, CNIL_MODE_ENFORCE,
      PAGES("/") FROM("example.co.uk") },
    { "from the site", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: https://shop.example/panier?id=7\n", PAGE,
      CNIL_MODE_ENFORCE, PAGES("/") FROM("(site)") },
    { "from a host that begins like the site", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: https://shop.example.evil.fr/\n", PAGE,
      CNIL_MODE_ENFORCE, PAGES("/") FROM("evil.fr") },
    { "from a suffix that many share", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: https://co.uk/\n", PAGE, CNIL_MODE_ENFORCE,
      PAGES("/") FROM("(other)") },
    { "from the site over http", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: http://www.shop.example\n", PAGE, CNIL_MODE_ENFORCE,
      PAGES("/") FROM("(site)") },
    { "from another host of the site",
      "{\"site\":{\"hosts\":[\"boutique.example\"]},\"statistics\":{\"enabled\":true,"
      "\"least\":1}}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: https://m.boutique.example/\n", PAGE, CNIL_MODE_ENFORCE,
      PAGES("/") FROM("(site)") },
    { "from an address", COUNTING "}", "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: http://192.168.1.23/\n",
      PAGE, CNIL_MODE_ENFORCE, PAGES("/") FROM("(other)") },
    { "from an IPv6 address", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: http://[2001:db8::1]/\n", PAGE, CNIL_MODE_ENFORCE,
      PAGES("/") FROM("(other)") },
    { "from an intranet", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: http://poste-jeanne/\n", PAGE, CNIL_MODE_ENFORCE,
      PAGES("/") FROM("(other)") },
    { "from an app", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: android-app://com.example.mail/\n", PAGE,
      CNIL_MODE_ENFORCE, PAGES("/") FROM("(other)") },
    { "from something that is no address", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: jeanne@exemple.fr\n", PAGE, CNIL_MODE_ENFORCE,
      PAGES("/") FROM("(other)") },
    { "from a user of a host", COUNTING "}",
      "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nReferer: https://jeanne:pw@exemple.fr/\n", PAGE,
      CNIL_MODE_ENFORCE, PAGES("/") FROM("exemple.fr") },
};

static void what_is_a_visit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
        struct counted counted;
        char out[4096];

        open_counting(&counted, visits[i].policy);
        visit(&counted.fixture, visits[i].ceiling, visits[i].request, visits[i].response);
        told(&counted.fixture, out);
        if (strcmp(out, visits[i].told) != 0)
            fail_msg("%s:\n%s-- not\n%s", visits[i].name, out, visits[i].told);
        close_counting(&counted);
    }
}

static void what_is_confirmed_is_seen_again(void **state)
{
    static const char page[] = "200\nContent-Type: text/html\nETag: \"a\"\n\n<!DOCTYPE html><body>";
    struct counted counted;
    char out[4096], request[1024];

    (void)state;
    open_counting(&counted, COUNTING "}");
    visit(&counted.fixture, CNIL_MODE_ENFORCE, "GET /\n" BROWSER, page);
    told(&counted.fixture, out);
    assert_string_equal(out, START);
    snprintf(request, sizeof(request), "GET /\n" BROWSER "If-None-Match: %s\n", tag);
    visit(&counted.fixture, CNIL_MODE_ENFORCE, request, "304\nETag: \"a\"\n");
    told(&counted.fixture, out);
    assert_string_equal(out, START);
    snprintf(request, sizeof(request), "GET /\n" BROWSER "Cookie: eu-consent={refuse}\nIf-None-Match: %s\n", tag);
    visit(&counted.fixture, CNIL_MODE_ENFORCE, request, "304\nETag: \"a\"\n");           /* of another choice */
    visit(&counted.fixture, CNIL_MODE_ENFORCE, "GET /\n" BROWSER, "304\nETag: \"a\"\n"); /* nothing of ours */
    told(&counted.fixture, out);
    assert_string_equal(out, "");
    visit(&counted.fixture, CNIL_MODE_AUDIT, "GET /\n" BROWSER "If-None-Match: \"a\"\n", "304\nETag: \"a\"\n");
    told(&counted.fixture, out);
    assert_string_equal(out, SEEN);
    close_counting(&counted);
}

static void what_is_a_choice(void **state)
{
    static const struct {
        const char *name, *fields, *body, *numbers;
    } cases[] = {
        { "accepted", OWN, "choice=accept&return=%2F", "shown:0,accepted:1,refused:0,customised:0,withdrawn:0" },
        { "refused", OWN, "choice=refuse&return=%2F", "shown:0,accepted:0,refused:1,customised:0,withdrawn:0" },
        { "customised", OWN, "choice=custom&purpose=audience&return=%2F",
          "shown:0,accepted:0,refused:0,customised:1,withdrawn:0" },
        { "a service let in for good", OWN, "choice=add&service=youtube&return=%2F",
          "shown:0,accepted:0,refused:0,customised:1,withdrawn:0" },
        { "nothing ticked", OWN, "choice=custom&return=%2F", "shown:0,accepted:0,refused:1,customised:0,withdrawn:0" },
        { "withdrawn", OWN "Cookie: eu-consent={accept}\n", "choice=refuse&return=%2F",
          "shown:0,accepted:0,refused:0,customised:0,withdrawn:1" },
        { "withdrawn from some", OWN "Cookie: eu-consent={audience}\n", "choice=withdraw&return=%2F",
          "shown:0,accepted:0,refused:0,customised:0,withdrawn:1" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct counted counted;
        char out[4096], expected[512];

        open_counting(&counted, COUNTING "}");
        choose(&counted.fixture, cases[i].fields, cases[i].body);
        told(&counted.fixture, out);
        snprintf(expected, sizeof(expected), "banner,language:fr,template:(other),%s\n", cases[i].numbers);
        if (strcmp(out, expected) != 0) /* nobody saw the page on that day */
            fail_msg("%s:\n%s-- not\n%s", cases[i].name, out, expected);
        visit(&counted.fixture, CNIL_MODE_ENFORCE, "GET /\n" BROWSER "Cookie: eu-consent={refuse}\n", PAGE);
        choose(&counted.fixture, cases[i].fields, cases[i].body);
        told(&counted.fixture, out);
        snprintf(expected, sizeof(expected), SEEN "banner,language:fr,template:/,%s\n", cases[i].numbers);
        if (strcmp(out, expected) != 0)
            fail_msg("%s:\n%s-- not\n%s", cases[i].name, out, expected);
        close_counting(&counted);
    }
}

static void what_is_no_choice(void **state)
{
    static const struct {
        const char *name, *fields, *body;
    } cases[] = {
        { "a service once", OWN, "choice=once&service=youtube&return=%2F" },
        { "one that is not proven yet", "Host: shop.example\n", "choice=accept&return=%2F" },
        { "none of ours", OWN, "choice=perhaps&return=%2F" },
        { "exempt measurement is opposed", OWN, "choice=oppose&return=%2F" },
        { "and no more", OWN, "choice=unoppose&return=%2F" },
        { "of somebody who opposes measurement", OWN "Cookie: eu-consent={oppose}\n", "choice=accept&return=%2F" },
        { "whatever it was before", OWN "Cookie: eu-consent={accept,oppose}\n", "choice=refuse&return=%2F" },
        { "of a browser that does", OWN "Sec-GPC: 1\n", "choice=refuse&return=%2F" },
        { "of a robot", OWN "User-Agent: Googlebot\n", "choice=accept&return=%2F" },
    };
    struct counted counted;
    char out[4096];

    (void)state;
    open_counting(&counted, COUNTING ",\"cookies\":{\"necessary\":[{\"name\":\"m\",\"ground\":\"audience\"}]},"
                                     "\"consent\":{\"signals\":{\"measurement\":true}}}");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        choose(&counted.fixture, cases[i].fields, cases[i].body);
        told(&counted.fixture, out);
        if (*out != '\0')
            fail_msg("%s: %s", cases[i].name, out);
    }
    close_counting(&counted);
}

static void own_pages_have_a_name_of_their_own(void **state)
{
    struct counted counted;
    char out[4096];

    (void)state;
    open_counting(&counted, COUNTING "}");
    visit(&counted.fixture, CNIL_MODE_ENFORCE, "GET /_privacy/panel\n" BROWSER,
          PAGE); /* we answer: no page of the site */
    choose(&counted.fixture, OWN, "choice=accept&return=%2F_privacy%2F");
    told(&counted.fixture, out);
    assert_string_equal(out,
                        "banner,language:fr,template:(own),shown:0,accepted:1,refused:0,customised:0,withdrawn:0\n");
    close_counting(&counted);
}

static void the_first_of_a_day_writes_the_day_before(void **state)
{
    struct counted counted;
    struct fixture *fixture = &counted.fixture;
    char out[4096];

    (void)state;
    open_counting(&counted, COUNTING ",\"site\":{\"name\":\"Boutique\"}}");
    visit(fixture, CNIL_MODE_ENFORCE, "GET /\n" BROWSER, PAGE);
    assert_null(strstr(fixture->log, "\"statistics\""));
    fixture->now += DAY;
    visit(fixture, CNIL_MODE_ENFORCE, "GET /blog\n" BROWSER, PAGE);
    assert_non_null(strstr(fixture->log, "{\"time\":\"2025-11-25T16:00:00Z\",\"event\":\"statistics\",\"rule\":\"C23\","
                                         "\"site\":\"Boutique\",\"day\":\"2025-11-24\",\"of\":\"pages\","
                                         "\"template\":\"/\",\"count\":1}\n"));
    assert_null(strstr(fixture->log, "/blog\",\"count"));
    fixture->log[0] = '\0';
    told(fixture, out);
    assert_string_equal(out, PAGES("/blog") FROM("(none)") SHOWN("fr", "/blog"));
    close_counting(&counted);
}

static void a_log_that_cannot_be_written_is_told(void **state)
{
    struct counted counted;
    struct fixture *fixture = &counted.fixture;
    char out[4096];

    (void)state;
    open_counting(&counted, COUNTING "}");
    visit(fixture, CNIL_MODE_ENFORCE, "GET /\n" BROWSER, PAGE);
    fixture->record_fails = true;
    fixture->now += DAY;
    visit(fixture, CNIL_MODE_ENFORCE, "GET /\n" BROWSER, PAGE);
    assert_string_equal(fixture->diagnoses, "statistics could not be written to the log of events\n");
    fixture->record_fails = false;
    fixture->log[0] = '\0';
    told(fixture, out);
    assert_string_equal(out, START START); /* two days */
    close_counting(&counted);
}

static void a_reload_goes_on(void **state)
{
    struct cnil_config *before;
    struct counted counted;
    struct cnil_errors errors;
    char out[4096];

    (void)state;
    open_counting(&counted, COUNTING "}");
    visit(&counted.fixture, CNIL_MODE_ENFORCE, "GET /\n" BROWSER "Cookie: eu-consent={refuse}\n", PAGE);
    before = counted.fixture.config;
    cnil_errors_init(&errors);
    counted.fixture.config = cnil_config_new();
    assert_non_null(counted.fixture.config);
    counted.fixture.policy = cnil_config_policy(counted.fixture.config, counted.fixture.file, &errors);
    assert_int_equal(cnil_config_open_state(counted.fixture.config, counted.fixture.state, true, &errors), CNIL_OK);
    assert_int_equal(
        cnil_config_open_statistics(counted.fixture.config, counted.memory, cnil_statistics_size(), NOW + 1), CNIL_OK);
    visit(&counted.fixture, CNIL_MODE_ENFORCE, "GET /\n" BROWSER "Cookie: eu-consent={refuse}\n", PAGE);
    cnil_config_free(before);
    told(&counted.fixture, out);
    assert_string_equal(out, "pages,template:/,count:2\nreferrers,referrer:(none),count:2\n");
    close_counting(&counted);
}

static void only_so_many_policies_count(void **state)
{
    struct cnil_config *config = cnil_config_new();
    struct cnil_errors errors;
    char path[64];

    (void)state;
    assert_non_null(config);
    assert_int_equal(cnil_config_statistics_size(config), 0);
    cnil_errors_init(&errors);
    for (int i = 0; i <= CNIL_LIMIT_STATISTICS_SITES; i++) {
        snprintf(path, sizeof(path), "/tmp/cnil-visit-%d-%d.json", (int)getpid(), i);
        fixture_write(path, COUNTING "}");
        assert_true((cnil_config_policy(config, path, &errors) != NULL) == (i < CNIL_LIMIT_STATISTICS_SITES));
        unlink(path);
    }
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.list[0].sentence, "at most 32 policies of one server may keep statistics");
    cnil_errors_free(&errors);
    cnil_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_visit),
        cmocka_unit_test(what_is_confirmed_is_seen_again),
        cmocka_unit_test(what_is_a_choice),
        cmocka_unit_test(what_is_no_choice),
        cmocka_unit_test(own_pages_have_a_name_of_their_own),
        cmocka_unit_test(the_first_of_a_day_writes_the_day_before),
        cmocka_unit_test(a_log_that_cannot_be_written_is_told),
        cmocka_unit_test(a_reload_goes_on),
        cmocka_unit_test(only_so_many_policies_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
