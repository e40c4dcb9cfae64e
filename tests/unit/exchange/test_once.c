/* SPDX-License-Identifier: Apache-2.0
 * "Load this content": one service, one view of one page, and nothing of the choice changes. */
#include "fixture.h"

#include "exchange/exchange.h"
#include "exchange/once.h"

#define OWN "Host: shop.example\nSec-Fetch-Site: same-origin\n"

/* The cookie that the form for `service` gives; empty where there is none. */
static void let_in(struct fixture *fixture, const char *service, const char *page, char *cookie, size_t size)
{
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;
    struct cnil_str value;
    char body[256];

    snprintf(body, sizeof(body), "choice=once&service=%s&return=%s&anchor=le%%20film", service, page);
    exchange = fixture_post(fixture, OWN, body, &answer);
    value = fixture_field(answer, "Set-Cookie");
    cookie[0] = '\0';
    put(cookie, size, cnil_str_slice(value, 0, cnil_str_find_byte(value, ';')));
    if (value.len > 0) {
        assert_int_equal(answer->status, 303);
        assert_true(cnil_str_starts_with(value, CNIL_STR("vp-once=")));
        assert_true(cnil_str_ends_with(value, CNIL_STR("; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax")));
        assert_true(cnil_str_ends_with(fixture_field(answer, "Location"), CNIL_STR("#le%20film")));
        assert_int_equal(fixture_field(answer, "Clear-Site-Data").len, 0); /* the choice is what it was */
    }
    cnil_exchange_close(exchange);
}

struct seen {
    bool granted; /* youtube passes */
    bool ended;   /* the cookie is taken away */
    bool hidden;  /* the site does not see it */
    char choice[64];
};

/* Asks for a page with that cookie. */
static struct seen visit(struct fixture *fixture, const char *target, const char *dest, const char *cookie)
{
    static struct fixture_message message, answer_message;
    struct seen seen = { .granted = false };
    const struct cnil_answer *answer;
    struct cnil_response response;
    struct cnil_exchange *exchange;
    struct cnil_request request;
    struct cnil_edits edits;
    enum cnil_open open;
    enum cnil_body kind;
    char text[4096];

    snprintf(text, sizeof(text), "GET %s\nHost: shop.example\nSec-Fetch-Dest: %s\nCookie: a=1; %s; b=2\n", target, dest,
             cookie);
    fixture_parse(fixture, text, &message);
    request = fixture_request(&message);
    exchange = cnil_exchange_new(fixture->config, fixture->policy, CNIL_MODE_ENFORCE, &fixture_server, fixture);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    assert_int_equal(open, CNIL_OPEN_PASS);
    assert_int_equal(cnil_exchange_enter(exchange, fixture->policy, CNIL_MODE_ENFORCE, &edits), CNIL_OK);
    for (size_t i = 0; i < edits.count; i++)
        seen.hidden |= cnil_str_equal_nocase(edits.list[i].name, CNIL_STR("Cookie")) &&
                       cnil_str_equal(edits.list[i].value, CNIL_STR("a=1; b=2"));
    seen.granted = exchange->choice.once != NULL && cnil_str_equal(exchange->choice.once->id, CNIL_STR("youtube"));
    put(seen.choice, sizeof(seen.choice), cnil_exchange_variable(exchange, CNIL_VARIABLE_CHOICE));
    fixture_parse(fixture, "200\nContent-Type: text/html; charset=utf-8\n", &answer_message);
    response = fixture_response(&answer_message);
    assert_int_equal(cnil_exchange_body(exchange, &response, &kind, &edits), CNIL_OK);
    assert_int_equal(cnil_exchange_headers(exchange, &response, &edits), CNIL_OK);
    for (size_t i = 0; i < edits.count; i++)
        seen.ended |= cnil_str_equal_nocase(edits.list[i].name, CNIL_STR("Set-Cookie")) &&
                      cnil_str_starts_with(edits.list[i].value, CNIL_STR("vp-once=; "));
    cnil_exchange_close(exchange);
    return seen;
}

static void one_service_one_page_one_view(void **state)
{
    struct fixture fixture;
    struct seen seen;
    char cookie[512];

    (void)state;
    fixture_open(&fixture, NULL);
    let_in(&fixture, "youtube", "/a%3Fb%3D1", cookie, sizeof(cookie));
    seen = visit(&fixture, "/a?b=1", "document", cookie);
    assert_true(seen.granted && seen.ended && seen.hidden);
    assert_string_equal(seen.choice, "none"); /* the banner is still there */
    fixture.now += 61;
    seen = visit(&fixture, "/a?b=1", "document", cookie);
    assert_true(!seen.granted && seen.ended && seen.hidden);
    fixture_close(&fixture);
}

static void what_lets_nothing_in(void **state)
{
    static const struct {
        const char *name, *target, *dest, *from, *to;
    } cases[] = {
        { "another page", "/b", "document", "", "" },
        { "another query", "/a?x", "document", "", "" },
        { "no document", "/a", "image", "", "" },
        { "a frame", "/a", "iframe", "", "" },
        { "another service", "/a", "document", "youtube", "hotjar" },
        { "another time", "/a", "document", ".1", ".0" },
        { "a shorter MAC", "/a", "document", "$", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char cookie[512], changed[600];
        struct fixture fixture;
        const char *at;

        fixture_open(&fixture, NULL);
        let_in(&fixture, "youtube", "/a", cookie, sizeof(cookie));
        at = strcmp(cases[i].from, "$") == 0 ? cookie + strlen(cookie) - 1 : strstr(cookie, cases[i].from);
        assert_non_null(at);
        snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - cookie), cookie, cases[i].to,
                 at + strlen(cases[i].from));
        if (visit(&fixture, cases[i].target, cases[i].dest, changed).granted)
            fail_msg("%s lets it in", cases[i].name);
        fixture_close(&fixture);
    }
}

static void rubbish_is_taken_away(void **state)
{
    static const char *const cookies[] = {
        "vp-once=",   "vp-once=.", "vp-once=youtube", "vp-once=youtube.1.", "vp-once=youtube.99999999999999999999.AAAA",
        "vp-once=..", "vp-once"
    };
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, NULL);
    for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++)
        assert_false(visit(&fixture, "/a", "document", cookies[i]).granted);
    fixture_close(&fixture);
}

/* Who the form may be for, and that another site cannot send it. */
static void who_may_ask(void **state)
{
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;
    struct fixture fixture;
    char cookie[512];

    (void)state;
    fixture_open(&fixture, NULL);
    let_in(&fixture, "nobody", "/a", cookie, sizeof(cookie));
    assert_string_equal(cookie, "");
    let_in(&fixture, "google-fonts", "/a", cookie, sizeof(cookie)); /* no consent is asked for it */
    assert_string_equal(cookie, "");
    exchange = fixture_post(&fixture, "Host: shop.example\nSec-Fetch-Site: cross-site\n",
                            "choice=once&service=youtube&return=/a", &answer);
    assert_int_equal(answer->status, 200); /* a page that asks */
    assert_int_equal(fixture_field(answer, "Set-Cookie").len, 0);
    assert_true(cnil_str_find(answer->body, CNIL_STR("name=\"choice\" value=\"once\"")) < answer->body.len);
    assert_true(cnil_str_find(answer->body, CNIL_STR("name=\"service\" value=\"youtube\"")) < answer->body.len);
    assert_int_equal(cnil_str_find(answer->body, CNIL_STR("value=\"add\"")), answer->body.len);
    cnil_exchange_close(exchange);
    exchange = fixture_post(&fixture, OWN, "choice=once&purpose=video&return=/a", &answer);
    assert_int_equal(answer->status, 400); /* nothing but a service comes once */
    assert_int_equal(fixture_field(answer, "Set-Cookie").len, 0);
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

/* The form of the page that asks, sent as an old browser would. */
static void it_is_confirmed_as_once(void **state)
{
    static const char *const words[] = { "once", "add", "service.youtube" };
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;
    struct fixture fixture;
    char token[128] = "", body[512];
    struct cnil_str rest;

    (void)state;
    fixture_open(&fixture, NULL);
    exchange = fixture_post(&fixture, "Host: shop.example\n", "choice=once&service=youtube&return=/a", &answer);
    rest = cnil_str_slice(answer->body, cnil_str_find(answer->body, CNIL_STR("name=\"token\" value=\"")),
                          answer->body.len);
    rest = cnil_str_slice(rest, strlen("name=\"token\" value=\""), rest.len);
    put(token, sizeof(token), cnil_str_slice(rest, 0, cnil_str_find_byte(rest, '"')));
    cnil_exchange_close(exchange);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) { /* it is for nothing but that */
        struct cnil_str cookie;

        snprintf(body, sizeof(body), "choice=%s&service=youtube&return=/a&token=%s", words[i], token);
        exchange = fixture_post(&fixture, "Host: shop.example\n", body, &answer);
        cookie = fixture_field(answer, "Set-Cookie");
        assert_int_equal(answer->status, i == 0 ? 303 : 200);
        assert_int_equal(cnil_str_starts_with(cookie, CNIL_STR("vp-once=youtube.")), i == 0);
        assert_int_equal(cookie.len > 0, i == 0);
        cnil_exchange_close(exchange);
    }
    snprintf(body, sizeof(body), "choice=once&service=vimeo&return=/a&token=%s", token);
    exchange = fixture_post(&fixture, "Host: shop.example\n", body, &answer);
    assert_int_equal(answer->status, 200);
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_service_one_page_one_view), cmocka_unit_test(what_lets_nothing_in),
        cmocka_unit_test(rubbish_is_taken_away),         cmocka_unit_test(who_may_ask),
        cmocka_unit_test(it_is_confirmed_as_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
