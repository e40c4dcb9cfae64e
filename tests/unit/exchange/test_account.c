/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "exchange/account.h"
#include "exchange/exchange.h"

#include <inttypes.h>

#define POLICY                                                                                                         \
    "{\"consent\": {\"account\": \"X-Consent-Account\", \"header\": \"X-Consent\"},"                                   \
    " \"services\": {\"matomo\": {\"ground\": \"audience\"}}}"
#define NAVIGATION "Host: shop.example\nSec-Fetch-Dest: document\nSec-Fetch-Mode: navigate\n"
#define PRIVATE    "Content-Type: text/html\nCache-Control: private\n"

/* A visit: what the request carries, what the site says, and what has become of it. */
struct visit {
    char value[CNIL_LIMIT_CHOICE_COOKIE]; /* of the account cookie that is set */
    char set[CNIL_LIMIT_CHOICE_COOKIE + 256],
        told[CNIL_LIMIT_CHOICE_COOKIE];  /* its field; the field of the request that the site gets */
    char word[CNIL_LIMIT_CHOICE_COOKIE]; /* the choice that counts */
    bool stripped, ends, is_news;
    enum cnil_choice_account account;
};

/* The word that the site would keep for a choice of `seconds`. */
static const char *kept(const struct fixture *fixture, const char *word, int64_t seconds, char out[256])
{
    snprintf(out, 256, "%s; list=%08" PRIx32 "; time=%" PRId64, word, fixture->policy->consent_hash, seconds);
    return out;
}

static void copy_edit(const struct cnil_edit *edit, char *out, size_t size)
{
    out[0] = '\0';
    put(out, size, edit->value);
}

/* `head`: "GET /\n" and what the browser says of itself; `status` and "\n". What is done to the response's fields
 * stands in fixture->out. */
static struct visit visit_as(struct fixture *fixture, const char *head, const char *fields, const char *status,
                             const char *response_fields)
{
    static struct fixture_message asked, answered;
    struct visit visit = { .account = CNIL_ACCOUNT_NONE };
    struct cnil_exchange *exchange;
    struct cnil_request request;
    struct cnil_response response;
    const struct cnil_answer *answer;
    enum cnil_open open;
    enum cnil_body body;
    struct cnil_edits edits;
    char text[8192];

    snprintf(text, sizeof(text), "%s%s", head, fields);
    fixture_parse(fixture, text, &asked);
    request = fixture_request(&asked);
    snprintf(text, sizeof(text), "%s\n%s", status, response_fields);
    fixture_parse(fixture, text, &answered);
    response = fixture_response(&answered);
    exchange = cnil_exchange_new(fixture->config, fixture->policy, CNIL_MODE_ENFORCE, &fixture_server, fixture);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    assert_int_equal(open, CNIL_OPEN_PASS);
    assert_int_equal(cnil_exchange_enter(exchange, fixture->policy, CNIL_MODE_ENFORCE, &edits), CNIL_OK);
    for (size_t i = 0; i < edits.count; i++) {
        if (edits.list[i].kind == CNIL_EDIT_ADD && cnil_str_equal(edits.list[i].name, CNIL_STR("X-Consent-Account")))
            copy_edit(&edits.list[i], visit.told, sizeof(visit.told));
        if (edits.list[i].kind == CNIL_EDIT_REPLACE && cnil_str_equal(edits.list[i].name, CNIL_STR("Cookie")))
            assert_int_equal(cnil_str_find(edits.list[i].value, CNIL_STR(CNIL_ACCOUNT_COOKIE)),
                             edits.list[i].value.len);
    }
    fixture->out[0] = '\0';
    assert_int_equal(cnil_exchange_body(exchange, &response, &body, &edits), CNIL_OK);
    say_edits(fixture, edits);
    assert_int_equal(cnil_exchange_headers(exchange, &response, &edits), CNIL_OK);
    say_edits(fixture, edits);
    for (size_t i = 0; i < edits.count; i++) {
        const struct cnil_edit *edit = &edits.list[i];
        char field[CNIL_LIMIT_CHOICE_COOKIE + 256];

        if (edit->kind == CNIL_EDIT_REMOVE && cnil_str_equal(edit->name, CNIL_STR("X-Consent-Account")))
            visit.stripped = true;
        if (edit->kind != CNIL_EDIT_ADD || !cnil_str_equal(edit->name, CNIL_STR("Set-Cookie")))
            continue;
        copy_edit(edit, field, sizeof(field));
        assert_null(strstr(field, "eu-consent="));
        if (strncmp(field, CNIL_ACCOUNT_COOKIE "=", strlen(CNIL_ACCOUNT_COOKIE "=")) != 0)
            continue;
        strcpy(visit.set, field);
        visit.ends = strstr(field, "Max-Age=0") != NULL;
        *strchr(field, ';') = '\0';
        visit.value[0] = '\0';
        put(visit.value, sizeof(visit.value), cnil_str_from(field + strlen(CNIL_ACCOUNT_COOKIE "=")));
    }
    visit.account = exchange->choice.account;
    visit.is_news = exchange->choice.is_news;
    put(visit.word, sizeof(visit.word), cnil_exchange_variable(exchange, CNIL_VARIABLE_CHOICE));
    cnil_exchange_close(exchange);
    return visit;
}

static struct visit visit(struct fixture *fixture, const char *fields, const char *response_fields)
{
    return visit_as(fixture, "GET /\n" NAVIGATION, fields, "200", response_fields);
}

/* The device's word, the account's, each with its time; what counts of it. */
static const struct {
    const char *device, *site;
    int device_age, site_age; /* seconds */
    const char *more, *word;
    enum cnil_choice_account account;
} conflicts[] = {
    { NULL, "refused", 0, 60, "", "refused", CNIL_ACCOUNT_APPLIES },
    { NULL, "accepted", 0, 60, "", "accepted", CNIL_ACCOUNT_APPLIES },
    { NULL, "audience+service.youtube", 0, 60, "", "audience+service.youtube", CNIL_ACCOUNT_APPLIES },
    { "accept", "refused", 60, 3600, "", "refused", CNIL_ACCOUNT_APPLIES }, /* an older refusal holds, too */
    { "accept", "refused", 3600, 60, "", "refused", CNIL_ACCOUNT_APPLIES },
    { "refuse", "accepted", 3600, 60, "", "accepted", CNIL_ACCOUNT_APPLIES },
    { "refuse", "accepted", 60, 3600, "", "refused", CNIL_ACCOUNT_YIELDS }, /* refused since, on this device */
    { "audience", "accepted", 60, 3600, "", "audience", CNIL_ACCOUNT_YIELDS },
    { "video", "audience", 60, 3600, "", "refused", CNIL_ACCOUNT_YIELDS },
    { "audience,service.youtube", "accepted", 60, 3600, "", "audience+service.youtube", CNIL_ACCOUNT_YIELDS },
    { "accept", "audience+service.youtube", 60, 3600, "", "audience+service.youtube", CNIL_ACCOUNT_APPLIES },
    { NULL, "accepted", 0, 60, "Sec-GPC: 1\n", "refused", CNIL_ACCOUNT_YIELDS },          /* a signal refuses now */
    { "accept", "accepted", 3600, 60, "Sec-GPC: 1\n", "accepted", CNIL_ACCOUNT_APPLIES }, /* it was overruled here */
    { NULL, "refused", 0, 60, "Sec-GPC: 1\n", "refused", CNIL_ACCOUNT_APPLIES },
    { "refuse", "accepted", 0, 0, "", "refused", CNIL_ACCOUNT_YIELDS }, /* in one minute */
    { "audience", "accepted", 0, 0, "", "accepted", CNIL_ACCOUNT_APPLIES },
    { "accept,oppose", "audience", 3600, 60, "", "audience+opposed.measurement", CNIL_ACCOUNT_APPLIES },
};

static void which_choice_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(conflicts) / sizeof(conflicts[0]); i++) {
        struct fixture fixture;
        struct visit first, second;
        char cookie[CNIL_LIMIT_CHOICE_COOKIE] = "x", fields[4 * CNIL_LIMIT_CHOICE_COOKIE], site[256], response[1024];

        fixture_open(&fixture, POLICY);
        fixture.now = NOW - conflicts[i].device_age;
        if (conflicts[i].device != NULL)
            fixture_cookie(&fixture, conflicts[i].device, cookie, sizeof(cookie));
        fixture.now = NOW;
        kept(&fixture, conflicts[i].site, NOW - conflicts[i].site_age, site);
        snprintf(fields, sizeof(fields), "%sCookie: eu-consent=%s\n", conflicts[i].more, cookie);
        snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n", site);
        first = visit(&fixture, fields, response);
        if (strcmp(first.word, conflicts[i].word) != 0 || first.account != conflicts[i].account)
            fail_msg("conflict %zu: %s, %d", i, first.word, (int)first.account);
        assert_true(first.stripped);
        assert_non_null(strstr(first.set, "; Path=/; Secure; HttpOnly; SameSite=Lax"));
        assert_null(strstr(first.set, "Max-Age")); /* it ends with the session */
        assert_string_equal(first.told, "");
        /* the same from the cookie, and told to the site; nothing is set again */
        snprintf(fields, sizeof(fields), "%sCookie: eu-consent=%s; a=1; " CNIL_ACCOUNT_COOKIE "=%s\n",
                 conflicts[i].more, cookie, first.value);
        second = visit(&fixture, fields, response);
        assert_string_equal(second.word, conflicts[i].word);
        assert_int_equal(second.account, conflicts[i].account);
        assert_string_equal(second.set, "");
        assert_false(second.is_news);
        /* to the minute */
        kept(&fixture, conflicts[i].site, (NOW - conflicts[i].site_age) / 60 * 60, site);
        assert_string_equal(second.told, site);
        fixture_close(&fixture);
    }
}

static void what_is_not_understood_counts_for_nothing(void **state)
{
    static const char *const bad[] = { "",
                                       "accepted",
                                       "accept; list=LIST; time=1764000000",
                                       "accepted; list=LIST",
                                       "accepted; time=1764000000",
                                       "accepted; list=LIST; time=",
                                       "accepted; list=LIST; time=x",
                                       "accepted; list=LIST; time=1764000000; more",
                                       "accepted; list=LIST; list=LIST; time=1764000000",
                                       "nobody; list=LIST; time=1764000000",
                                       "audience,video; list=LIST; time=1764000000",
                                       "audience+; list=LIST; time=1764000000",
                                       "accepted+oppose; list=LIST; time=1764000000",
                                       "accepted+opposed.measurement; list=LIST; time=1764000000",
                                       "service.google-fonts; list=LIST; time=1764000000",
                                       "in; time=1764000000",
                                       "out; begin",
                                       "none; list=LIST; time=1764000000",
                                       "IN",
                                       "accepted; list=LIST; time=1764000000; begin; begin",
                                       "accepted; list=LIST; time=1764000000; begin=1" };
    struct fixture fixture;
    struct visit seen;
    char response[1024], text[512];

    (void)state;
    fixture_open(&fixture, POLICY);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *list = strstr(bad[i], "LIST");

        snprintf(text, sizeof(text), "%.*s", list != NULL ? (int)(list - bad[i]) : (int)strlen(bad[i]), bad[i]);
        if (list != NULL)
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%08" PRIx32 "%s", fixture.policy->consent_hash,
                     list + 4);
        snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n", text);
        fixture.log[0] = '\0';
        seen = visit(&fixture, "", response);
        if (strcmp(seen.word, "none") != 0 || seen.set[0] != '\0' || seen.account != CNIL_ACCOUNT_NONE ||
            !seen.stripped)
            fail_msg("%s: %s %s", text, seen.word, seen.set);
        assert_non_null(strstr(fixture.log, "account-ignored"));
    }
    fixture_close(&fixture);
}

/* Well said, but about another list, too old, or of the future: somebody is signed in, and has chosen nothing. */
static void what_does_not_count_any_more_is_no_choice(void **state)
{
    struct fixture fixture;
    struct visit seen;
    char response[1024], site[256];
    const int64_t times[] = { NOW - (int64_t)183 * 86400, NOW + (int64_t)2 * 86400 };

    (void)state;
    fixture_open(&fixture, POLICY);
    for (size_t i = 0; i < 2; i++) {
        snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n",
                 kept(&fixture, "accepted", times[i], site));
        seen = visit(&fixture, "", response);
        assert_string_equal(seen.word, "none");
        assert_int_equal(seen.account, CNIL_ACCOUNT_IN);
    }
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: accepted; list=%08" PRIx32 "; time=%d\n",
             fixture.policy->consent_hash ^ 1, NOW);
    seen = visit(&fixture, "", response);
    assert_string_equal(seen.word, "none");
    assert_int_equal(seen.account, CNIL_ACCOUNT_IN);
    fixture_close(&fixture);
}

/* The clock of the site may be ahead: what it says of the future is of now, and an acceptance does not lift what was
 * chosen here, whenever it is told again. */
static void a_time_ahead_of_the_clock(void **state)
{
    struct fixture fixture;
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;
    struct cnil_str value;
    struct visit seen;
    char fields[4 * CNIL_LIMIT_CHOICE_COOKIE], response[1024], site[256];

    (void)state;
    fixture_open(&fixture, POLICY);
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n",
             kept(&fixture, "accepted", NOW + 23 * 3600, site));
    seen = visit(&fixture, "", response);
    assert_string_equal(seen.word, "accepted");
    snprintf(fields, sizeof(fields), "Cookie: " CNIL_ACCOUNT_COOKIE "=%s\n", seen.value);
    assert_string_equal(visit(&fixture, fields, PRIVATE).told, kept(&fixture, "accepted", NOW / 60 * 60, site));
    fixture.now += 60;
    snprintf(fields, sizeof(fields),
             "Host: shop.example\nSec-Fetch-Site: same-origin\nCookie: " CNIL_ACCOUNT_COOKIE "=%s\n", seen.value);
    exchange = fixture_post(&fixture, fields, "choice=withdraw", &answer);
    value = fixture_field(answer, "Set-Cookie");
    snprintf(fields, sizeof(fields), "Cookie: %.*s\n", (int)cnil_str_find_byte(value, ';'), value.ptr);
    cnil_exchange_close(exchange);
    for (int minutes = 0; minutes < 3; minutes++) {
        seen = visit(&fixture, fields, response);
        assert_string_equal(seen.word, "refused");
        assert_string_equal(seen.set, "");
        fixture.now += 60;
    }
    /* a refusal counts, whenever it was */
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n",
             kept(&fixture, "refused", NOW + 23 * 3600, site));
    assert_string_equal(visit(&fixture, "", response).word, "refused");
    fixture_close(&fixture);
}

/* What a 304 confirms is a page of the choice before, however the choice changes with it: it keeps the tag of that
 * choice, which the next request does not match, and gets the wall of the new one. */
static void a_confirmation_that_brings_a_choice(void **state)
{
    struct fixture fixture;
    struct visit seen;
    char fields[4 * CNIL_LIMIT_CHOICE_COOKIE], response[1024], site[256], tag[32];
    static char before[4096], wall[4096];
    const char *at;

    (void)state;
    fixture_open(&fixture, "{\"preset\": \"strict\", \"consent\": {\"account\": \"X-Consent-Account\"}}");
    (void)visit(&fixture, "", PRIVATE "ETag: \"v1\"\n");
    at = strstr(fixture.out, "W/\"v1-c");
    assert_non_null(at);
    snprintf(tag, sizeof(tag), "%.15s\"", at);
    at = strstr(fixture.out, "+Content-Security-Policy: ");
    assert_non_null(at);
    snprintf(before, sizeof(before), "%.*s", (int)strcspn(at, "\n"), at);
    kept(&fixture, "audience", NOW, site);
    snprintf(fields, sizeof(fields), "If-None-Match: %s\n", tag);
    snprintf(response, sizeof(response),
             "Cache-Control: private, max-age=600\nETag: \"v1\"\nLast-Modified: Tue, 24 Nov 2026 00:00:00 GMT\n"
             "X-Consent-Account: %s\n",
             site);
    seen = visit_as(&fixture, "GET /\n" NAVIGATION, fields, "304", response);
    assert_string_equal(seen.word, "audience");
    assert_true(seen.set[0] != '\0');
    assert_non_null(strstr(fixture.out, tag));
    assert_non_null(strstr(fixture.out, "-Last-Modified\n"));
    assert_non_null(strstr(fixture.out, "+Cache-Control: private, no-cache\n"));
    at = strstr(fixture.out, "+Content-Security-Policy: ");
    assert_non_null(at);
    snprintf(wall, sizeof(wall), "%.*s", (int)strcspn(at, "\n"), at);
    assert_string_not_equal(wall, before);
    /* and a page that comes next has another tag */
    snprintf(fields, sizeof(fields), "Cookie: " CNIL_ACCOUNT_COOKIE "=%s\n", seen.value);
    (void)visit(&fixture, fields, PRIVATE "ETag: \"v1\"\n");
    assert_null(strstr(fixture.out, tag));
    assert_non_null(strstr(fixture.out, "W/\"v1-c"));
    assert_non_null(strstr(fixture.out, wall)); /* which is the one that the confirmed page got */
    fixture_close(&fixture);
}

/* One visitor's account must not come out of a cache to another; nor be named twice, nor where the policy names no
 * field. */
static void only_a_private_response_speaks(void **state)
{
    static const struct {
        const char *control;
        bool heeded;
    } cases[] = { { "", false },
                  { "Cache-Control: public\n", false },
                  { "Cache-Control: max-age=60\n", false },
                  { "Cache-Control: max-age=0, Private\n", true },
                  { "Cache-Control: no-store\n", true } };
    struct fixture fixture;
    char response[1024], site[256];

    (void)state;
    fixture_open(&fixture, POLICY);
    kept(&fixture, "accepted", NOW, site);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(response, sizeof(response), "Content-Type: text/html\n%sX-Consent-Account: %s\n", cases[i].control,
                 site);
        assert_string_equal(visit(&fixture, "", response).word, cases[i].heeded ? "accepted" : "none");
    }
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\nX-Consent-Account: %s\n", site, site);
    assert_string_equal(visit(&fixture, "", response).word, "none");
    fixture_close(&fixture);
    fixture_open(&fixture, NULL);
    kept(&fixture, "accepted", NOW, site);
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n", site);
    assert_string_equal(visit(&fixture, "", response).word, "none");
    fixture_close(&fixture);
}

/* Nobody but the site can sign anybody in: not a request's field, not the device's own cookie under the other name. */
static void visitors_cannot_sign_in_by_themselves(void **state)
{
    struct fixture fixture;
    struct visit seen;
    char accept[CNIL_LIMIT_CHOICE_COOKIE], fields[4 * CNIL_LIMIT_CHOICE_COOKIE], site[256], response[1024];

    (void)state;
    fixture_open(&fixture, POLICY);
    fixture_cookie(&fixture, "accept", accept, sizeof(accept));
    snprintf(fields, sizeof(fields), "X_Consent-Account: %s\nCookie: " CNIL_ACCOUNT_COOKIE "=%s\n",
             kept(&fixture, "accepted", NOW, site), accept);
    seen = visit(&fixture, fields, PRIVATE);
    assert_string_equal(seen.word, "none");
    assert_string_equal(seen.told, "");
    assert_int_equal(seen.account, CNIL_ACCOUNT_NONE);
    /* and the account's does not stand for the device's once somebody has signed out */
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n", site);
    seen = visit(&fixture, "", response);
    snprintf(fields, sizeof(fields), "Cookie: eu-consent=%s\n", seen.value);
    assert_string_equal(visit(&fixture, fields, PRIVATE).word, "none");
    fixture_close(&fixture);
}

/* Signing in, choosing, signing out, somebody else: the device's own choice is what it was all the while. */
static void a_session(void **state)
{
    struct fixture fixture;
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;
    struct cnil_str value;
    struct visit seen;
    char refuse[CNIL_LIMIT_CHOICE_COOKIE], account[CNIL_LIMIT_CHOICE_COOKIE], fields[4 * CNIL_LIMIT_CHOICE_COOKIE];
    char site[256], response[1024];

    (void)state;
    fixture_open(&fixture, POLICY);
    fixture_cookie(&fixture, "refuse", refuse, sizeof(refuse));
    fixture.now += 600;
    snprintf(fields, sizeof(fields), "Cookie: eu-consent=%s\n", refuse);
    seen = visit(&fixture, fields, PRIVATE "X-Consent-Account: in; begin\n");
    assert_string_equal(seen.word, "refused");
    assert_int_equal(seen.account, CNIL_ACCOUNT_IN);
    snprintf(fields, sizeof(fields),
             "Host: shop.example\nSec-Fetch-Site: same-origin\nCookie: eu-consent=%s; " CNIL_ACCOUNT_COOKIE "=%s\n",
             refuse, seen.value);
    exchange = fixture_post(&fixture, fields, "choice=accept", &answer);
    value = fixture_field(answer, "Set-Cookie");
    assert_true(cnil_str_starts_with(value, CNIL_STR(CNIL_ACCOUNT_COOKIE "=v=1&a=2&")));
    value = cnil_str_slice(value, strlen(CNIL_ACCOUNT_COOKIE "="), cnil_str_find_byte(value, ';'));
    account[0] = '\0';
    put(account, sizeof(account), value);
    for (size_t i = 0; i < answer->headers.count; i++)
        assert_false(cnil_str_starts_with(answer->headers.list[i].value, CNIL_STR("eu-consent=")));
    cnil_exchange_close(exchange);
    snprintf(fields, sizeof(fields), "Sec-GPC: 1\nCookie: eu-consent=%s; " CNIL_ACCOUNT_COOKIE "=%s\n", refuse,
             account);
    seen = visit(&fixture, fields, PRIVATE "X-Consent-Account: in\n"); /* the site has not stored it yet */
    assert_string_equal(seen.word, "accepted");                        /* chosen here, explicitly: no signal counts */
    assert_string_equal(seen.told, kept(&fixture, "accepted", NOW + 600, site));
    assert_string_equal(seen.set, "");
    /* in the same minute a refusal counts, another word does not */
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n",
             kept(&fixture, "audience", NOW + 600, site));
    assert_string_equal(visit(&fixture, fields, response).word, "accepted");
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n", kept(&fixture, "refused", NOW + 600, site));
    assert_string_equal(visit(&fixture, fields, response).word, "refused");
    /* an older word of the site changes nothing, a newer one does: withdrawn on another device */
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n", kept(&fixture, "audience", NOW, site));
    assert_string_equal(visit(&fixture, fields, response).word, "accepted");
    fixture.now += 600;
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n",
             kept(&fixture, "refused", NOW + 1200, site));
    seen = visit(&fixture, fields, response);
    assert_string_equal(seen.word, "refused");
    assert_true(seen.is_news);
    /* another account begins: what the one before had chosen is gone, however new */
    seen = visit(&fixture, fields, PRIVATE "X-Consent-Account: in; begin\n");
    assert_string_equal(seen.word, "refused");
    assert_int_equal(seen.account, CNIL_ACCOUNT_IN);
    seen = visit(&fixture, fields, PRIVATE "X-Consent-Account: out\n");
    assert_true(seen.ends);
    assert_string_equal(seen.word, "refused");
    assert_int_equal(seen.account, CNIL_ACCOUNT_NONE);
    /* what measures is of the device, whoever is signed in */
    snprintf(fields, sizeof(fields),
             "Host: shop.example\nSec-Fetch-Site: same-origin\nCookie: eu-consent=%s; " CNIL_ACCOUNT_COOKIE "=%s\n",
             refuse, account);
    exchange = fixture_post(&fixture, fields, "choice=oppose", &answer);
    value = fixture_field(answer, "Set-Cookie");
    assert_true(cnil_str_starts_with(value, CNIL_STR("eu-consent=v=1&t=")));
    assert_true(cnil_str_find(value, CNIL_STR("&o=")) < value.len);
    assert_true(cnil_str_find(value, CNIL_STR("&audience=0")) < value.len);
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

/* The proof names the account as what was used; what cannot be written down is not granted where the policy says so. */
static void it_is_written_down(void **state)
{
    struct fixture fixture;
    struct visit seen;
    char response[1024], site[256];

    (void)state;
    fixture_open(&fixture, "{\"consent\": {\"account\": \"X-Consent-Account\"}, \"proof\": {\"required\": true}}");
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n", kept(&fixture, "accepted", NOW, site));
    fixture.record_fails = true;
    seen = visit(&fixture, "", response);
    assert_string_equal(seen.word, "none");
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n", kept(&fixture, "refused", NOW, site));
    seen = visit(&fixture, "", response);
    assert_string_equal(seen.word, "refused");
    fixture_close(&fixture);
}

/* What answers the form that signs in is a redirect, or read by a script: the page behind it tells the visitor, once.
 */
static void the_next_page_tells_it(void **state)
{
    static const char *const heads[] = { "GET /login\n" NAVIGATION,
                                         "GET /login\nHost: shop.example\nSec-Fetch-Dest: empty\n",
                                         "GET /login\n" NAVIGATION "Sec-Purpose: prefetch;prerender\n" };
    static const char *const statuses[] = { "303", "200", "200" };
    struct fixture fixture;
    struct visit seen;
    char fields[4 * CNIL_LIMIT_CHOICE_COOKIE], response[1024], site[256];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        fixture_open(&fixture, POLICY);
        kept(&fixture, "accepted", NOW, site);
        snprintf(response, sizeof(response), PRIVATE "Location: /\nX-Consent-Account: %s; begin\n", site);
        seen = visit_as(&fixture, heads[i], "", statuses[i], response);
        assert_string_equal(seen.word, "accepted");
        assert_non_null(strstr(seen.value, "&a=3&"));
        /* said again before any page is shown, and newer */
        snprintf(fields, sizeof(fields), "Cookie: " CNIL_ACCOUNT_COOKIE "=%s\n", seen.value);
        snprintf(response, sizeof(response), PRIVATE "Location: /\nX-Consent-Account: %s\n",
                 kept(&fixture, "accepted", NOW + 60, site));
        fixture.now += 60;
        seen = visit_as(&fixture, heads[i], fields, statuses[i], response);
        assert_non_null(strstr(seen.value, "&a=3&"));
        snprintf(fields, sizeof(fields), "Cookie: " CNIL_ACCOUNT_COOKIE "=%s\n", seen.value);
        assert_string_equal(visit_as(&fixture, heads[i], fields, statuses[i], PRIVATE "Location: /\n").set, "");
        seen = visit(&fixture, fields, PRIVATE); /* whatever the site says */
        assert_true(seen.is_news);
        assert_string_equal(seen.word, "accepted");
        assert_non_null(strstr(seen.value, "&a=1&"));
        snprintf(fields, sizeof(fields), "Cookie: " CNIL_ACCOUNT_COOKIE "=%s\n", seen.value);
        seen = visit(&fixture, fields, PRIVATE);
        assert_false(seen.is_news);
        assert_string_equal(seen.word, "accepted");
        assert_string_equal(seen.set, "");
        fixture_close(&fixture);
    }
}

/* No shared cache keeps what sets or ends the cookie; one that asks neither for a page nor from its scripts, or comes
 * where no cookie is kept, is not heeded. */
static void a_cookie_is_for_one_visitor(void **state)
{
    static const struct {
        const char *head;
        bool heeded, told;
    } cases[] = { { "GET /\nHost: shop.example\nSec-Fetch-Dest: empty\n", true, false },
                  { "GET /\nHost: shop.example\nAccept: text/html\n", true, false },
                  { "GET /\nHost: shop.example\nSec-Fetch-Dest: iframe\n", true, false },
                  { "GET /\nHost: shop.example\nSec-Fetch-Dest: image\n", false, false },
                  { "GET /\nHost: shop.example\nSec-Fetch-Dest: script\n", false, false },
                  { "GET /\nHost: shop.example\nSec-Fetch-Dest: font\n", false, false },
                  { "GET /\nHost: shop.example\nAccept: */*\n", false, false },
                  { "GET / plain\n" NAVIGATION, false, true } };
    struct fixture fixture;
    struct visit seen;
    char response[1024], site[256], fields[2 * CNIL_LIMIT_CHOICE_COOKIE];

    (void)state;
    fixture_open(&fixture, "{\"consent\": {\"account\": \"X-Consent-Account\"}, \"https\": {\"redirect\": false}}");
    snprintf(response, sizeof(response),
             "Content-Type: application/json\nCache-Control: private, max-age=60\nCDN-Cache-Control: max-age=60\n"
             "Surrogate-Control: max-age=60\nX-Consent-Account: %s\n",
             kept(&fixture, "accepted", NOW, site));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture.log[0] = fixture.choices[0] = '\0';
        seen = visit_as(&fixture, cases[i].head, "", "200", response);
        if (strcmp(seen.word, cases[i].heeded ? "accepted" : "none") != 0 || (seen.set[0] != '\0') != cases[i].heeded ||
            !seen.stripped || (strstr(fixture.log, "account-ignored") != NULL) != cases[i].told ||
            (strstr(fixture.out, "-CDN-Cache-Control\n") != NULL) != cases[i].heeded ||
            (strstr(fixture.out, "-Surrogate-Control\n") != NULL) != cases[i].heeded ||
            (strstr(fixture.out, "-Cache-Control\n") != NULL) != cases[i].heeded ||
            (strstr(fixture.out, "+Cache-Control: private, no-store\n") != NULL) != cases[i].heeded)
            fail_msg("%s: %s %s", cases[i].head, seen.word, fixture.out);
        if (cases[i].heeded)
            snprintf(fields, sizeof(fields), "Cookie: " CNIL_ACCOUNT_COOKIE "=%s\n", seen.value);
    }
    /* also where it ends; a word of the site that lets nobody keep it stays */
    seen = visit_as(&fixture, cases[0].head, fields, "200", "Cache-Control: private\nX-Consent-Account: out\n");
    assert_true(seen.ends);
    assert_non_null(strstr(fixture.out, "+Cache-Control: private, no-store\n"));
    seen = visit_as(&fixture, cases[0].head, fields, "200", "Cache-Control: no-store\nX-Consent-Account: out\n");
    assert_true(seen.ends);
    assert_null(strstr(fixture.out, "Cache-Control"));
    fixture_close(&fixture);
}

/* The longest word that we tell comes back whole. */
static void a_long_word(void **state)
{
    enum { PURPOSES = 22, SERVICES = 16 };
    static char policy[16384], word[2048], site[2048], response[4096], fields[3 * CNIL_LIMIT_CHOICE_COOKIE];
    struct cnil_buffer out, words;
    struct fixture fixture;
    struct visit seen;

    (void)state;
    cnil_buffer_init(&out, sizeof(policy));
    cnil_buffer_init(&words, sizeof(word));
    cnil_buffer_append(&out, CNIL_STR("{\"consent\":{\"account\":\"X-Consent-Account\",\"purposes\":{"));
    for (int i = 0; i < PURPOSES; i++) {
        cnil_buffer_print(&out, "%s\"purpose_of_thirty_two_letters_%02d\":{\"title\":\"a\",\"description\":\"b\"}",
                          i > 0 ? "," : "", i);
        cnil_buffer_print(&words, "%spurpose_of_thirty_two_letters_%02d", i > 0 ? "+" : "", i);
    }
    cnil_buffer_append(&out, CNIL_STR("}},\"services\":{"));
    for (int i = 0; i < SERVICES; i++) {
        cnil_buffer_print(&out,
                          "%s\"service-of-some-letters-%02d\":{\"name\":\"a\",\"controller\":\"b\",\"purpose\":"
                          "\"advertising\",\"hosts\":[\"h%d.example\"]}",
                          i > 0 ? "," : "", i, i);
        cnil_buffer_print(&words, "+service.service-of-some-letters-%02d", i);
    }
    cnil_buffer_append(&out, CNIL_STR("}}"));
    assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
    assert_int_equal(cnil_buffer_status(&words), CNIL_OK);
    put(policy, sizeof(policy), cnil_buffer_str(&out));
    put(word, sizeof(word), cnil_buffer_str(&words));
    assert_true(strlen(word) > 1024);
    fixture_open(&fixture, policy);
    cnil_buffer_print(&words, "; list=%08" PRIx32 "; time=%d", fixture.policy->consent_hash, NOW / 60 * 60);
    assert_int_equal(cnil_buffer_status(&words), CNIL_OK);
    put(site, sizeof(site), cnil_buffer_str(&words));
    snprintf(response, sizeof(response), PRIVATE "X-Consent-Account: %s\n", site);
    seen = visit(&fixture, "", response);
    assert_string_equal(seen.word, word);
    snprintf(fields, sizeof(fields), "Cookie: " CNIL_ACCOUNT_COOKIE "=%s\n", seen.value);
    assert_string_equal(visit(&fixture, fields, PRIVATE).told, site);
    fixture_close(&fixture);
    cnil_buffer_free(&out);
    cnil_buffer_free(&words);
}

/* ---- whatever comes ---- */

static unsigned next_random(uint32_t *state, unsigned below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 16) % below;
}

/* Ten thousand walks of visits and of what requests may carry: something becomes granted where the site's own, private
 * response has granted it, and the device's choice never does. */
static void only_the_site_grants(void **state)
{
    enum { WALKS = 2500, STEPS = 4 };
    static const char *const words[] = { "accepted", "refused", "audience", "in", "out", "yes", "accepted+oppose" };
    static const char *const controls[] = { "Cache-Control: private\n", "", "Cache-Control: public\n" };
    struct fixture fixture;
    uint32_t random = 20261126;
    size_t granted = 0;

    (void)state;
    fixture_open(&fixture, POLICY);
    for (int walk = 0; walk < WALKS; walk++) {
        char account[CNIL_LIMIT_CHOICE_COOKIE] = "";
        bool may = false;

        for (int i = 0; i < STEPS; i++) {
            unsigned word = next_random(&random, 7), control = next_random(&random, 3), says = next_random(&random, 2);
            char fields[4 * CNIL_LIMIT_CHOICE_COOKIE], response[1024], site[256];
            struct visit seen;

            fixture.now = NOW + i * 60;
            kept(&fixture, words[word], fixture.now, site);
            if (word == 3 || word == 4)
                snprintf(site, sizeof(site), "%s%s", words[word],
                         next_random(&random, 2) && word == 3 ? "; begin" : "");
            snprintf(fields, sizeof(fields), "%sX-Consent-Account: %s\nCookie: " CNIL_ACCOUNT_COOKIE "=%s\n",
                     next_random(&random, 4) == 0 ? "Sec-GPC: 1\n" : "", site, account);
            snprintf(response, sizeof(response), "Content-Type: text/html\n%s%s%s%s", controls[control],
                     says ? "X-Consent-Account: " : "", says ? site : "", says ? "\n" : "");
            seen = visit(&fixture, fields, response);
            may = (may && !(says && control == 0 && (word == 1 || word == 4))) ||
                  (says && control == 0 && (word == 0 || word == 2));
            if (!may && strcmp(seen.word, "none") != 0 && strcmp(seen.word, "refused") != 0)
                fail_msg("walk %d, step %d: %s after %s", walk, i, seen.word, response);
            granted += seen.word[0] == 'a';
            if (seen.set[0] != '\0')
                snprintf(account, sizeof(account), "%s", seen.value);
        }
    }
    assert_true(granted > WALKS / 20); /* it does happen */
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_choice_counts),
        cmocka_unit_test(what_is_not_understood_counts_for_nothing),
        cmocka_unit_test(what_does_not_count_any_more_is_no_choice),
        cmocka_unit_test(a_time_ahead_of_the_clock),
        cmocka_unit_test(a_confirmation_that_brings_a_choice),
        cmocka_unit_test(only_a_private_response_speaks),
        cmocka_unit_test(visitors_cannot_sign_in_by_themselves),
        cmocka_unit_test(a_session),
        cmocka_unit_test(it_is_written_down),
        cmocka_unit_test(the_next_page_tells_it),
        cmocka_unit_test(a_cookie_is_for_one_visitor),
        cmocka_unit_test(a_long_word),
        cmocka_unit_test(only_the_site_grants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
