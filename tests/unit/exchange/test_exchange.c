/* SPDX-License-Identifier: Apache-2.0
 * The face, step by step: what a connector is told to do. Whole cases, with bodies, are in tests/cases. */
#include "fixture.h"

#define NAVIGATION "Sec-Fetch-Dest: document\nAccept: text/html\n"
#define HTML       "200\nContent-Type: text/html; charset=utf-8\n"
#define PERMISSIONS                                                                                                    \
    "+Permissions-Policy: browsing-topics=(), attribution-reporting=(), join-ad-interest-group=(), "                   \
    "run-ad-auction=(), shared-storage=(), private-aggregation=()\n"

static const struct {
    const char *name, *policy, *request, *response;
    enum cnil_mode ceiling;
    const char *trace;
} cases[] = {
    { "a first visit, nothing to do but to rewrite", NULL, "GET /\nHost: shop.example\n" NAVIGATION, HTML,
      CNIL_MODE_ENFORCE,
      "pass\nbody: rewrite\nheaders:\n" PERMISSIONS
      "+Strict-Transport-Security: max-age=86400\n+Cache-Control: private, no-cache\n" },
    { "off: nothing at all", NULL, "GET / plain\nHost: shop.example\nAccept-Encoding: gzip\nCookie: _ga=1\n" NAVIGATION,
      HTML "Set-Cookie: _ga=1\n", CNIL_MODE_OFF, "pass\nbody: pass\nheaders:\n" },
    { "audit: observed, unchanged", NULL,
      "GET / plain\nHost: shop.example\nAccept-Encoding: gzip\nCookie: _ga=1\n" NAVIGATION,
      HTML "Set-Cookie: _ga=1\nETag: \"x\"\n", CNIL_MODE_AUDIT, "pass\nbody: observe\nheaders:\n" },
    { "a policy in audit wins over the directive", "{\"mode\":\"audit\"}",
      "GET /_privacy/\nHost: shop.example\n" NAVIGATION, HTML, CNIL_MODE_ENFORCE, "pass\nbody: observe\nheaders:\n" },
    { "plain http is sent to https", NULL, "GET /a?b=<c> plain\nHost: Shop.Example:8080\n", HTML, CNIL_MODE_ENFORCE,
      "answer 301\nLocation: https://shop.example/a?b=%3Cc%3E\nContent-Length: 0\n" },
    { "with HEAD too", NULL, "HEAD / plain\nHost: shop.example\n", HTML, CNIL_MODE_ENFORCE,
      "answer 301\nLocation: https://shop.example/\nContent-Length: 0\n" },
    { "a method with a body keeps it", NULL, "POST /form plain\nHost: shop.example\n", HTML, CNIL_MODE_ENFORCE,
      "answer 308\nLocation: https://shop.example/form\nContent-Length: 0\n" },
    { "to the port of the policy", "{\"https\":{\"port\":8443}}", "GET / plain\nHost: shop.example:8080\n", HTML,
      CNIL_MODE_ENFORCE, "answer 301\nLocation: https://shop.example:8443/\nContent-Length: 0\n" },
    { "a challenge passes", NULL, "GET /.well-known/acme-challenge/abc-DEF_1 plain\nHost: shop.example\n",
      "200\nContent-Type: text/plain\n", CNIL_MODE_ENFORCE, "pass\nbody: pass\nheaders:\n" },
    { "and nothing else under its name", NULL, "GET /.well-known/acme-challenge/../a plain\nHost: shop.example\n", HTML,
      CNIL_MODE_ENFORCE,
      "answer 301\nLocation: https://shop.example/.well-known/acme-challenge/../a\nContent-Length: 0\n" },
    { "the redirect can be left to the server", "{\"https\":{\"redirect\":false}}",
      "GET /a plain\nHost: shop.example\n", "200\nContent-Type: text/plain\n", CNIL_MODE_ENFORCE,
      "pass\nbody: pass\nheaders:\n" },
    { "HSTS of the site stays alone", NULL, "GET /a\nHost: shop.example\n",
      "200\nContent-Type: text/plain\nstrict-transport-security: max-age=1\n", CNIL_MODE_ENFORCE,
      "pass\nbody: pass\nheaders:\n" },
    { "HSTS on errors too", NULL, "GET /a\nHost: shop.example\n", "500\nContent-Type: text/plain\n", CNIL_MODE_ENFORCE,
      "pass\nbody: pass\nheaders:\n+Strict-Transport-Security: max-age=86400\n" },
    { "cookies that are not granted are kept from the origin", NULL,
      "GET /a\nHost: shop.example\nCookie: _ga=1; session=2; _fbp=3\nCookie: _gid=4\n",
      "200\nContent-Type: text/plain\n", CNIL_MODE_ENFORCE,
      "pass\n=Cookie: session=2\n-Cookie\nbody: pass\nheaders:\n+Strict-Transport-Security: max-age=86400\n" },
    { "an image may come compressed, a page may not", NULL,
      "GET /a.png\nHost: shop.example\nSec-Fetch-Dest: image\nAccept-Encoding: br\nRange: bytes=0-1\n",
      "206\nContent-Type: image/png\n", CNIL_MODE_ENFORCE,
      "pass\nbody: pass\nheaders:\n+Strict-Transport-Security: max-age=86400\n" },
    { "a navigation is asked for whole", NULL,
      "GET /\nHost: shop.example\n" NAVIGATION
      "Accept-Encoding: br\nRange: bytes=0-1\nIf-Range: \"a\"\nIf-None-Match: \"a\"\nIf-Modified-Since: x\n",
      "204\nServer: x\n", CNIL_MODE_ENFORCE,
      "pass\n-Accept-Encoding\n-Range\n-If-Range\n-If-None-Match\n-If-Modified-Since\nbody: pass\nheaders:\n"
      "+Strict-Transport-Security: max-age=86400\n" },
    { "what described the origin's bytes goes", NULL, "HEAD /\nHost: shop.example\n" NAVIGATION,
      HTML "Content-Length: 5\nLast-Modified: x\nContent-MD5: x\nDigest: x\nRepr-Digest: x\nContent-Digest: x\n"
           "Accept-Ranges: bytes\nExpires: 0\nPragma: x\nAge: 1\nCache-Control: public\nCache-Control: max-age=9\n"
           "Surrogate-Control: x\nX-Accel-Expires: 9\nEdge-Control: x\nCDN-cache-control: x\n"
           "Vercel-CDN-Cache-Control: x\nUnencoded-Digest: x\n",
      CNIL_MODE_ENFORCE,
      "pass\n-Content-Length\n-Last-Modified\n-Content-MD5\n-Digest\n-Repr-Digest\n-Content-Digest\n-Accept-Ranges\n"
      "-Unencoded-Digest\nbody: pass\nheaders:\n" PERMISSIONS
      "+Strict-Transport-Security: max-age=86400\n-Expires\n-Pragma\n-Age\n-Surrogate-Control\n"
      "-X-Accel-Expires\n-Edge-Control\n-CDN-cache-control\n-Vercel-CDN-Cache-Control\n"
      "-Cache-Control\n-Cache-Control\n+Cache-Control: private, no-cache\n" },
    { "no-store is kept", NULL, "HEAD /\nHost: shop.example\n" NAVIGATION, HTML "Cache-Control: private, NO-STORE\n",
      CNIL_MODE_ENFORCE, "pass\nbody: pass\nheaders:\n" PERMISSIONS "+Strict-Transport-Security: max-age=86400\n" },
    { "cookies of the response", "{\"https\":{\"hsts\":{\"max_age\":0}}}", "GET /a\nHost: shop.example\n",
      "200\nContent-Type: text/plain\nSet-Cookie: _ga=1\nSet-Cookie: a=b\nSet-Cookie: _gid=; Max-Age=0\n"
      "Set-Cookie: _gat=; Expires=Thu, 01 Jan 1970 00:00:00 GMT\nSet-Cookie: _fbp=1; Max-Age=9\nSet-Cookie: "
      "eu-consent=x\n",
      CNIL_MODE_ENFORCE,
      "pass\nbody: pass\nheaders:\n-Set-Cookie\n-Set-Cookie\n+Strict-Transport-Security: max-age=0\n+Cache-Control: "
      "private, no-cache\n" },
    { "a tracker's link is taken out of its field", "{\"trackers\":{\"block\":[\"tracker.example\"]}}",
      "GET /a\nHost: shop.example\n",
      "200\nContent-Type: text/plain\nLink: <https://tracker.example/a>; rel=\"preload next\"; as=script, </b>; "
      "rel=preload\n"
      "Link: <//tracker.example>; rel=dns-prefetch\nLink: <https://tracker.example/>; rel=canonical\n"
      "Refresh: 0; url=https://tracker.example/\n",
      CNIL_MODE_ENFORCE,
      "pass\nbody: pass\nheaders:\n=Link: </b>; rel=preload\n-Link\n-Refresh\n+Strict-Transport-Security: "
      "max-age=86400\n+Cache-Control: private, no-cache\n" },
    { "a candidate of a preloaded image too", "{\"trackers\":{\"block\":[\"tracker.example\"]}}",
      "GET /a\nHost: shop.example\n",
      "200\nContent-Type: text/plain\n"
      "Link: </a.png>; rel=preload; as=image; imagesrcset=\"/b.png 1x, https://tracker.example/c.png 2x\"\n",
      CNIL_MODE_ENFORCE, "pass\nbody: pass\nheaders:\n-Link\n+Strict-Transport-Security: max-age=86400\n" },
    { "an unread document leaves behind a policy", NULL, "GET /\nHost: www.shop.example\n" NAVIGATION,
      HTML "Content-Encoding: compress\nCache-Control: max-age=9\n", CNIL_MODE_ENFORCE,
      "pass\nbody: pass\nheaders:\n" PERMISSIONS
      "+Strict-Transport-Security: max-age=86400\n-Cache-Control\n+Cache-Control: private, "
      "no-cache\n+Content-Security-Policy: base-uri "
      "'self'; "
      "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob: shop.example:* *.shop.example:* "
      "ws://shop.example:* ws://*.shop.example:*\n" },
    { "an unread picture does not", NULL, "GET /\nHost: shop.example\nSec-Fetch-Dest: image\n",
      "200\nContent-Type: image/svg+xml\n", CNIL_MODE_ENFORCE,
      "pass\nbody: pass\nheaders:\n+Strict-Transport-Security: max-age=86400\n" },
    { "after a refusal cookies are expired, the likeliest scope first", NULL,
      "GET /shop/cart?a\nHost: www.shop.example\nCookie: _ga=1; eu-consent={refuse}\n" NAVIGATION,
      "200\nContent-Type: text/html\n", CNIL_MODE_ENFORCE, NULL },
};

static const char *expiries =
    "+Set-Cookie: _ga=; Path=/; Max-Age=0; Domain=shop.example; Secure\n"
    "+Set-Cookie: _ga=; Path=/; Max-Age=0; Secure\n"
    "+Set-Cookie: _ga=; Path=/; Max-Age=0; Domain=www.shop.example; Secure\n"
    "+Set-Cookie: _ga=; Path=/shop; Max-Age=0; Domain=shop.example; Secure\n"
    "+Set-Cookie: _ga=; Path=/shop; Max-Age=0; Secure\n"
    "+Set-Cookie: _ga=; Path=/shop; Max-Age=0; Domain=www.shop.example; Secure\n"
    "+Set-Cookie: _ga=; Path=/shop/; Max-Age=0; Domain=shop.example; Secure\n"
    "+Set-Cookie: _ga=; Path=/shop/; Max-Age=0; Secure\n"
    "+Set-Cookie: _ga=; Path=/shop/; Max-Age=0; Domain=www.shop.example; Secure\n"
    "+Set-Cookie: _ga=; Path=/shop/cart; Max-Age=0; Domain=shop.example; Secure\n"
    "+Set-Cookie: _ga=; Path=/shop/cart; Max-Age=0; Secure\n"
    "+Set-Cookie: _ga=; Path=/shop/cart; Max-Age=0; Domain=www.shop.example; Secure\n"
    "+Set-Cookie: _ga=; Path=/; Max-Age=0; Domain=shop.example; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/; Max-Age=0; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/; Max-Age=0; Domain=www.shop.example; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/shop; Max-Age=0; Domain=shop.example; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/shop; Max-Age=0; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/shop; Max-Age=0; Domain=www.shop.example; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/shop/; Max-Age=0; Domain=shop.example; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/shop/; Max-Age=0; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/shop/; Max-Age=0; Domain=www.shop.example; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/shop/cart; Max-Age=0; Domain=shop.example; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/shop/cart; Max-Age=0; Secure; Partitioned\n"
    "+Set-Cookie: _ga=; Path=/shop/cart; Max-Age=0; Domain=www.shop.example; Secure; Partitioned\n";

static void say_answer(struct fixture *fixture, const struct cnil_answer *answer)
{
    say(fixture, "answer %u\n", answer->status);
    for (size_t i = 0; i < answer->headers.count; i++)
        say(fixture, "%.*s: %.*s\n", (int)answer->headers.list[i].name.len, answer->headers.list[i].name.ptr,
            (int)answer->headers.list[i].value.len, answer->headers.list[i].value.ptr);
}

static void run(struct fixture *fixture, const char *request_text, const char *response_text, enum cnil_mode ceiling)
{
    static const char *bodies[] = { "pass", "observe", "rewrite" };
    struct fixture_message message, origin;
    struct cnil_exchange *exchange =
        cnil_exchange_new(fixture->config, fixture->policy, ceiling, &fixture_server, fixture);
    struct cnil_request request;
    struct cnil_response response;
    const struct cnil_answer *answer;
    struct cnil_edits edits;
    enum cnil_open open;
    enum cnil_body body;

    assert_non_null(exchange);
    fixture_parse(fixture, request_text, &message);
    fixture_parse(fixture, response_text, &origin);
    request = fixture_request(&message);
    response = fixture_response(&origin);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    memset(&message, 'x', sizeof(message)); /* the exchange copied what it needs */
    if (open == CNIL_OPEN_ANSWER) {
        say_answer(fixture, answer);
    } else {
        say(fixture, "pass\n");
        assert_int_equal(cnil_exchange_enter(exchange, fixture->policy, ceiling, &edits), CNIL_OK);
        say_edits(fixture, edits);
        assert_int_equal(cnil_exchange_body(exchange, &response, &body, &edits), CNIL_OK);
        say_edits(fixture, edits);
        say(fixture, "body: %s\nheaders:\n", bodies[body]);
        assert_int_equal(cnil_exchange_headers(exchange, &response, &edits), CNIL_OK);
        say_edits(fixture, edits);
    }
    cnil_exchange_close(exchange);
}

static void requests_and_responses_are_edited(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        char expected[8192];

        fixture_open(&fixture, cases[i].policy);
        run(&fixture, cases[i].request, cases[i].response, cases[i].ceiling);
        if (cases[i].trace != NULL)
            snprintf(expected, sizeof(expected), "%s", cases[i].trace);
        else
            snprintf(expected, sizeof(expected),
                     "pass\n=Cookie: eu-consent=%s\nbody: rewrite\nheaders:\n" PERMISSIONS
                     "+Strict-Transport-Security: max-age=86400\n"
                     "+Cache-Control: private, no-cache\n%s",
                     strstr(fixture.out, "eu-consent=") != NULL ? "" : "missing", expiries);
        if (cases[i].trace == NULL) { /* the cookie's value is not written down here */
            char *value = strstr(fixture.out, "eu-consent=") + strlen("eu-consent=");
            char *end = strchr(value, '\n');

            memmove(value, end, strlen(end) + 1);
        }
        if (strcmp(fixture.out, expected) != 0)
            fail_msg("%s:\n%s-- not:\n%s", cases[i].name, fixture.out, expected);
        fixture_close(&fixture);
    }
}

/* What goes out as ETag comes in as If-None-Match, is taken back for the origin, and its 304 goes out as it came. */
static void a_tag_makes_the_whole_way(void **state)
{
    struct fixture fixture;
    char request[512], etag[64];
    const char *found;

    (void)state;
    fixture_open(&fixture, NULL);
    run(&fixture, "GET /\nHost: shop.example\n" NAVIGATION, HTML "ETag: \"v1\"\n", CNIL_MODE_ENFORCE);
    found = strstr(fixture.out, "=ETag: ");
    assert_non_null(found);
    snprintf(etag, sizeof(etag), "%.*s", (int)strcspn(found + 7, "\n"), found + 7);
    snprintf(request, sizeof(request), "GET /\nHost: shop.example\n" NAVIGATION "If-None-Match: %s\n", etag);
    fixture.out[0] = '\0';
    run(&fixture, request, "304\nETag: \"v1\"\nCache-Control: max-age=9\n", CNIL_MODE_ENFORCE);
    assert_non_null(strstr(fixture.out, "=If-None-Match: \"v1\"\n"));
    found = strstr(fixture.out, "=ETag: ");
    assert_non_null(found);
    assert_memory_equal(found + 7, etag, strlen(etag));
    assert_non_null(strstr(fixture.out, "-Cache-Control\n+Cache-Control: private, no-cache\n"));
    fixture_close(&fixture);
}

static void after_another_choice_the_tag_is_stale(void **state)
{
    struct fixture fixture;
    char request[2048];
    const char *found;

    (void)state;
    fixture_open(&fixture, NULL);
    run(&fixture, "GET /\nHost: shop.example\n" NAVIGATION, HTML "ETag: \"v1\"\n", CNIL_MODE_ENFORCE);
    found = strstr(fixture.out, "=ETag: ");
    assert_non_null(found);
    snprintf(request, sizeof(request),
             "GET /\nHost: shop.example\n" NAVIGATION "Cookie: eu-consent={accept}\nIf-None-Match: %.*s\n",
             (int)strcspn(found + 7, "\n"), found + 7);
    fixture.out[0] = '\0';
    run(&fixture, request, HTML "ETag: \"v1\"\n", CNIL_MODE_ENFORCE);
    assert_non_null(strstr(fixture.out, "-If-None-Match\n"));
    fixture_close(&fixture);
}

static void say_variables(struct fixture *fixture, const char *request_text, enum cnil_mode ceiling)
{
    struct fixture_message message;
    struct cnil_exchange *exchange =
        cnil_exchange_new(fixture->config, fixture->policy, ceiling, &fixture_server, fixture);
    const struct cnil_answer *answer;
    struct cnil_request request;
    enum cnil_open open;
    struct cnil_edits edits;

    fixture_parse(fixture, request_text, &message);
    request = fixture_request(&message);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    assert_int_equal(cnil_exchange_enter(exchange, fixture->policy, ceiling, &edits), CNIL_OK);
    for (int variable = CNIL_VARIABLE_CHOICE; variable <= CNIL_VARIABLE_BLOCKED; variable++) {
        struct cnil_str word = cnil_exchange_variable(exchange, (enum cnil_variable)variable);

        say(fixture, "%.*s ", (int)word.len, word.ptr);
    }
    cnil_exchange_close(exchange);
}

static void variables_tell_choice_mode_and_count(void **state)
{
    static const struct {
        const char *request;
        enum cnil_mode ceiling;
        const char *words;
    } rows[] = {
        { "GET /\nHost: a.example\n", CNIL_MODE_ENFORCE, "none enforce 0 " },
        { "GET /\nHost: a.example\nCookie: eu-consent={accept}; _ga=1\n", CNIL_MODE_ENFORCE, "accepted enforce 0 " },
        { "GET /\nHost: a.example\nCookie: eu-consent={refuse}; _ga=1\n", CNIL_MODE_ENFORCE, "refused enforce 1 " },
        { "GET /\nHost: a.example\nCookie: eu-consent={audience}; _ga=1; _fbp=1\n", CNIL_MODE_AUDIT,
          "audience audit 1 " },
        { "GET /\nHost: a.example\nCookie: _ga=1\n", CNIL_MODE_OFF, "none off 0 " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture fixture;

        fixture_open(&fixture, NULL);
        say_variables(&fixture, rows[i].request, rows[i].ceiling);
        assert_string_equal(fixture.out, rows[i].words);
        fixture_close(&fixture);
    }
}

/* A virtual host in audit, a place that enforces: the place's policy counts for what passes there. */
static void a_place_has_its_own_ceiling(void **state)
{
    struct fixture fixture;
    struct fixture_message message;
    struct cnil_exchange *exchange;
    const struct cnil_answer *answer;
    struct cnil_request request;
    struct cnil_edits edits;
    enum cnil_open open;

    (void)state;
    fixture_open(&fixture, NULL);
    fixture_parse(&fixture, "GET / plain\nHost: a.example\nCookie: _ga=1\n", &message);
    request = fixture_request(&message);
    exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_OFF, &fixture_server, &fixture);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    assert_int_equal(open, CNIL_OPEN_PASS);
    assert_int_equal(cnil_exchange_enter(exchange, fixture.policy, CNIL_MODE_AUDIT, &edits), CNIL_OK);
    assert_int_equal(edits.count, 0);
    assert_int_equal(cnil_exchange_enter(exchange, fixture.policy, CNIL_MODE_ENFORCE, &edits), CNIL_OK);
    say_edits(&fixture, edits);
    assert_string_equal(fixture.out, "-Cookie\n");
    cnil_exchange_close(exchange);
    /* entered twice, told once */
    assert_non_null(strstr(fixture.log, "cookie-dropped"));
    assert_null(strstr(strstr(fixture.log, "cookie-dropped") + 1, "cookie-dropped"));
    fixture_close(&fixture);
}

/* A server that lets headers be edited where it shows no body: a cache that answers, a page of its own. */
static void a_body_out_of_reach_is_guarded(void **state)
{
    static const struct {
        const char *fields, *response, *edits;
    } rows[] = {
        { NAVIGATION, HTML,
          PERMISSIONS
          "+Cache-Control: private, no-cache\n"
          "+Content-Security-Policy: base-uri 'self'; default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob: "
          "a.example:* *.a.example:* ws://a.example:* ws://*.a.example:*\n" },
        { "Sec-Fetch-Dest: image\n", HTML, "" },
        { NAVIGATION, "200\nContent-Type: text/plain\nSet-Cookie: _ga=1\n",
          "-Set-Cookie\n+Cache-Control: private, no-cache\n" },
        { NAVIGATION, "304\nETag: \"v1\"\n", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture fixture;
        struct fixture_message message, origin;
        struct cnil_exchange *exchange;
        const struct cnil_answer *answer;
        struct cnil_request request;
        struct cnil_response response;
        struct cnil_edits edits;
        char text[256];
        enum cnil_open open;

        fixture_open(&fixture, "{\"https\":{\"hsts\":false}}");
        snprintf(text, sizeof(text), "GET /\nHost: a.example\n%s", rows[i].fields);
        fixture_parse(&fixture, text, &message);
        fixture_parse(&fixture, rows[i].response, &origin);
        request = fixture_request(&message);
        response = fixture_response(&origin);
        exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
        assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
        assert_int_equal(cnil_exchange_headers(exchange, &response, &edits), CNIL_OK);
        say_edits(&fixture, edits);
        assert_string_equal(fixture.out, rows[i].edits);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

/* An error page takes the place of a response: the second decision counts. */
static void a_response_may_be_replaced(void **state)
{
    struct fixture fixture;
    struct fixture_message message, first, second;
    struct cnil_exchange *exchange;
    const struct cnil_answer *answer;
    struct cnil_request request;
    struct cnil_response response;
    struct cnil_edits edits;
    struct cnil_span span;
    enum cnil_open open;
    enum cnil_body body;

    (void)state;
    fixture_open(&fixture, "{\"trackers\":{\"guard\":false}}");
    fixture_parse(&fixture, "GET /\nHost: a.example\nSec-Fetch-Dest: iframe\n", &message);
    fixture_parse(&fixture, "502\nContent-Type: text/html\n", &first);
    fixture_parse(&fixture, "502\nContent-Type: text/html\nETag: \"e\"\n", &second);
    request = fixture_request(&message);
    exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    response = fixture_response(&first);
    assert_int_equal(cnil_exchange_body(exchange, &response, &body, &edits), CNIL_OK);
    assert_int_equal(cnil_exchange_feed(exchange, CNIL_STR("<p>lost"), false), CNIL_OK);
    response = fixture_response(&second);
    assert_int_equal(cnil_exchange_body(exchange, &response, &body, &edits), CNIL_OK);
    assert_int_equal(body, CNIL_BODY_REWRITE);
    assert_int_equal(edits.count, 1);
    assert_int_equal(cnil_exchange_feed(exchange, CNIL_STR("<p>kept"), true), CNIL_OK);
    assert_int_equal(cnil_exchange_next(exchange, &span), CNIL_OK);
    assert_true(cnil_str_equal((struct cnil_str){ span.ptr, span.len }, CNIL_STR("<p>kept")));
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

/* Access control of the site refuses our own page; what it shows instead is a page of the site like any other. */
static void the_site_may_answer_in_our_place(void **state)
{
    static const char *const requests[] = {
        "GET /_privacy/\nHost: a.example\n" NAVIGATION,
        "POST /_privacy/choice\nHost: a.example\nContent-Type: application/x-www-form-urlencoded\n" NAVIGATION,
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(requests) / sizeof(requests[0]); i++) {
        struct fixture fixture;
        struct fixture_message message, origin;
        struct cnil_exchange *exchange;
        const struct cnil_answer *answer;
        struct cnil_request request;
        struct cnil_response response;
        struct cnil_edits edits;
        enum cnil_open open;
        enum cnil_body body;
        bool entered = i % 2 == 1;

        fixture_open(&fixture, NULL);
        fixture_parse(&fixture, requests[i / 2], &message);
        fixture_parse(&fixture, "403\nContent-Type: text/html\nSet-Cookie: _ga=1\n", &origin);
        request = fixture_request(&message);
        exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
        assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
        assert_int_equal(open, i / 2 == 0 ? CNIL_OPEN_ANSWER : CNIL_OPEN_SUBMIT);
        if (entered)
            assert_int_equal(cnil_exchange_enter(exchange, fixture.policy, CNIL_MODE_ENFORCE, &edits), CNIL_OK);
        response = fixture_response(&origin);
        assert_int_equal(cnil_exchange_body(exchange, &response, &body, &edits), CNIL_OK);
        assert_int_equal(body, entered ? CNIL_BODY_REWRITE : CNIL_BODY_PASS);
        assert_int_equal(cnil_exchange_headers(exchange, &response, &edits), CNIL_OK);
        assert_int_equal(edits.count > 0, entered);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

/* What a path holds must not become an attribute, or another field. */
static void a_path_that_is_no_attribute_expires_nothing(void **state)
{
    static const char *const targets[] = { "/a;Domain=b.example/c", "/a\rX-Evil: 1/c", "/a\x7f/c" };

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct fixture fixture;
        char text[512];

        fixture_open(&fixture, NULL);
        snprintf(text, sizeof(text), "GET %s\nHost: a.example\nCookie: _ga=1; eu-consent={refuse}\n" NAVIGATION,
                 targets[i]);
        run(&fixture, text, HTML, CNIL_MODE_ENFORCE);
        assert_non_null(strstr(fixture.out, "Path=/; Max-Age=0"));
        assert_null(strstr(fixture.out, "Path=/a"));
        fixture_close(&fixture);
    }
}

static void interim_responses_tell_nothing(void **state)
{
#define FIELDS "Link: <https://tracker.example/a.js>; rel=preload; as=script\nSet-Cookie: _ga=1\nUpgrade: websocket\n"
    static const struct {
        const char *response;
        enum cnil_mode mode;
        bool passes;
        const char *edits;
    } rows[] = {
        { "103\n" FIELDS, CNIL_MODE_ENFORCE, false, "" },
        { "103\n" FIELDS, CNIL_MODE_AUDIT, true, "" },
        { "103\n" FIELDS, CNIL_MODE_OFF, true, "" },
        { "100\n", CNIL_MODE_ENFORCE, true, "" },
        { "102\nSet-Cookie: _ga=1\nX: y\n", CNIL_MODE_ENFORCE, true, "-Set-Cookie\n-X\n" },
        { "102\nSet-Cookie: _ga=1\n", CNIL_MODE_AUDIT, true, "" },
        { "101\nSet-Cookie: _ga=1\nUpgrade: websocket\n", CNIL_MODE_ENFORCE, true,
          "-Set-Cookie\n+Strict-Transport-Security: max-age=86400\n" },
        { "101\nSet-Cookie: _ga=1\nUpgrade: websocket\n", CNIL_MODE_AUDIT, true, "" },
    };
#undef FIELDS

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static struct fixture_message request, origin;
        struct fixture fixture;
        struct cnil_exchange *exchange;
        struct cnil_request made;
        struct cnil_response response;
        const struct cnil_answer *answer;
        struct cnil_edits edits;
        enum cnil_open open;
        bool passes;

        fixture_open(&fixture, NULL);
        exchange = cnil_exchange_new(fixture.config, fixture.policy, rows[i].mode, &fixture_server, &fixture);
        assert_non_null(exchange);
        fixture_parse(&fixture, "GET /\nHost: shop.example\nSec-Fetch-Dest: websocket\n", &request);
        made = fixture_request(&request);
        assert_int_equal(cnil_exchange_open(exchange, &made, &open, &answer), CNIL_OK);
        fixture_parse(&fixture, rows[i].response, &origin);
        response = fixture_response(&origin);
        assert_int_equal(cnil_exchange_interim(exchange, &response, &passes, &edits), CNIL_OK);
        say_edits(&fixture, edits);
        assert_int_equal(passes, rows[i].passes);
        assert_string_equal(fixture.out, rows[i].edits);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

static void without_events_nothing_is_appended(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, NULL);
    run(&fixture, "GET /\nHost: shop.example\n" NAVIGATION, HTML, CNIL_MODE_ENFORCE);
    assert_string_equal(fixture.log, "");
    assert_string_equal(fixture.diagnoses, "");
    cnil_exchange_close(NULL);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_and_responses_are_edited),
        cmocka_unit_test(a_tag_makes_the_whole_way),
        cmocka_unit_test(after_another_choice_the_tag_is_stale),
        cmocka_unit_test(variables_tell_choice_mode_and_count),
        cmocka_unit_test(a_place_has_its_own_ceiling),
        cmocka_unit_test(a_body_out_of_reach_is_guarded),
        cmocka_unit_test(a_response_may_be_replaced),
        cmocka_unit_test(the_site_may_answer_in_our_place),
        cmocka_unit_test(a_path_that_is_no_attribute_expires_nothing),
        cmocka_unit_test(interim_responses_tell_nothing),
        cmocka_unit_test(without_events_nothing_is_appended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
