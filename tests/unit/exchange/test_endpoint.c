/* SPDX-License-Identifier: Apache-2.0
 * Our own addresses: who may choose, where it leads, what is answered. */
#include "fixture.h"

#include "exchange/exchange.h"

#define OWN      "Host: shop.example\n"
#define MEASURES "{\"services\": {\"matomo\": {\"ground\": \"audience\"}}}"

/* A choice is made (303) or asked to be confirmed (200), by what the browser says of the form's origin. */
static const struct {
    const char *name, *fields;
    bool made;
} proofs[] = {
    { "the browser says same-origin", OWN "Sec-Fetch-Site: same-origin\n", true },
    { "same site is another origin", OWN "Sec-Fetch-Site: same-site\n", false },
    { "another site", OWN "Sec-Fetch-Site: cross-site\n", false },
    { "typed or bookmarked", OWN "Sec-Fetch-Site: none\n", false },
    { "a word that nobody knows", OWN "Sec-Fetch-Site: friendly\n", false },
    { "an empty word", OWN "Sec-Fetch-Site:\n", false },
    { "what the browser says counts, not Origin", OWN "Sec-Fetch-Site: cross-site\nOrigin: https://shop.example\n",
      false },
    { "an old browser: Origin", OWN "Origin: https://shop.example\n", true },
    { "Origin with the default port said", "Host: shop.example:443\nOrigin: https://shop.example\n", true },
    { "Origin with another port", "Host: shop.example:8443\nOrigin: https://shop.example:8443\n", true },
    { "of another port", "Host: shop.example:8443\nOrigin: https://shop.example\n", false },
    { "of another scheme", OWN "Origin: http://shop.example\n", false },
    { "of another host", OWN "Origin: https://evil.example\n", false },
    { "of a host that begins alike", OWN "Origin: https://shop.example.evil.example\n", false },
    { "hidden", OWN "Origin: null\n", false },
    { "empty", OWN "Origin:\n", false },
    { "an unreadable Host proves nothing", "Host: a b\nOrigin: https://unknown.invalid\n", false },
    { "nothing said", OWN, false },
};

static void only_our_own_forms_choose(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
        struct fixture fixture;
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        bool set;

        fixture_open(&fixture, NULL);
        exchange = fixture_post(&fixture, proofs[i].fields, "choice=accept&return=%2Fa", &answer);
        set = fixture_field(answer, "Set-Cookie").len > 0;
        if (answer->status != (proofs[i].made ? 303u : 200u) || set != proofs[i].made)
            fail_msg("%s: %u", proofs[i].name, answer->status);
        assert_true(cnil_str_equal(fixture_field(answer, "Cache-Control"), CNIL_STR("no-store")));
        cnil_exchange_close(exchange);
        assert_non_null(strstr(fixture.log, proofs[i].made ? "choice-made" : "choice-unproven"));
        fixture_close(&fixture);
    }
}

static const struct cnil_answer *answer_to(struct fixture *fixture, const char *text, struct cnil_exchange **exchange);

/* The theme is a file like others: what the page names is there, and kept for long. */
static void a_theme_is_served(void **state)
{
    struct fixture fixture;
    struct cnil_exchange *exchange;
    const struct cnil_answer *answer;
    char text[256];

    (void)state;
    fixture_open(&fixture, "{\"banner\":{\"theme\":{\"look\":\"state\"}}}");
    snprintf(text, sizeof(text), "GET /_privacy/%s\n" OWN "Accept-Encoding: gzip\n", fixture.policy->theme.name.ptr);
    answer = answer_to(&fixture, text, &exchange);
    assert_int_equal(answer->status, 200);
    assert_true(cnil_str_equal(answer->body, fixture.policy->theme.css));
    assert_int_equal(fixture_field(answer, "Content-Encoding").len, 0);
    assert_true(cnil_str_equal(fixture_field(answer, "Content-Type"), CNIL_STR("text/css; charset=utf-8")));
    assert_true(
        cnil_str_equal(fixture_field(answer, "Cache-Control"), CNIL_STR("public, max-age=31536000, immutable")));
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
    fixture_open(&fixture, NULL);
    answer = answer_to(&fixture, text, &exchange);
    assert_int_equal(answer->status, 404);
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

/* What the boxes of a form make of the choice of before. */
static const struct {
    const char *before, *body;
    const char *word; /* as it is told */
} boxes[] = {
    { NULL, "choice=custom&purpose=audience&purpose=video", "audience,video" },
    { NULL, "purpose=audience&return=%2F&choice=custom&service=youtube", "audience,service.youtube" },
    { NULL, "choice=custom&service=youtube&service=vimeo", "service.youtube,service.vimeo" },
    { NULL, "choice=custom", "refuse" },
    { "accept", "choice=custom", "withdraw" },
    { "accept", "choice=custom&purpose=video", "video" },
    { "audience", "choice=custom&service=youtube", "service.youtube" },
    { "audience", "choice=add&service=youtube", "audience,service.youtube" },
    { "audience,service.vimeo", "choice=add&service=youtube&purpose=maps",
      "audience,service.vimeo,service.youtube,maps" },
    { NULL, "choice=add&service=youtube", "service.youtube" },
    { "refuse", "choice=add&service=youtube", "service.youtube" },
    { "refuse", "choice=add", "refuse" },
    { "audience", "choice=add", "audience" },
    { NULL, "choice=accept&purpose=video", "accept" }, /* boxes count for nothing beside another word */
};

static void boxes_make_a_choice(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
        struct fixture fixture;
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        char value[CNIL_LIMIT_CHOICE_COOKIE], expected[CNIL_LIMIT_CHOICE_COOKIE];
        char fields[CNIL_LIMIT_CHOICE_COOKIE + 256], told[256];
        struct cnil_str cookie;

        fixture_open(&fixture, NULL);
        fixture_cookie(&fixture, boxes[i].before != NULL ? boxes[i].before : "refuse", value, sizeof(value));
        snprintf(fields, sizeof(fields), OWN "Sec-Fetch-Site: same-origin\nCookie: %s=%s\n",
                 boxes[i].before != NULL ? "eu-consent" : "other", value);
        exchange = fixture_post(&fixture, fields, boxes[i].body, &answer);
        assert_int_equal(answer->status, 303);
        cookie = fixture_field(answer, "Set-Cookie");
        cookie = cnil_str_slice(cookie, strlen("eu-consent="), cnil_str_find_byte(cookie, ';'));
        fixture_cookie(&fixture, boxes[i].word, expected, sizeof(expected));
        if (!cnil_str_equal(cookie, cnil_str_from(expected)))
            fail_msg("%s: %.*s", boxes[i].body, (int)cookie.len, cookie.ptr);
        cnil_exchange_close(exchange);
        snprintf(told, sizeof(told), "\"%s\"", boxes[i].word);
        assert_non_null(strstr(fixture.log, told));
        fixture_close(&fixture);
    }
}

/* A page of before says another list, or none: what it grants was never shown. Refusing, and granting less, hold. */
static const struct {
    const char *name, *before, *body;
    const char *asked; /* the word that the page asks to confirm; NULL: it holds */
} outdated[] = {
    { "accept", NULL, "choice=accept", "accept" },
    { "accept after a refusal", "refuse", "choice=accept", "accept" },
    { "accept after less", "audience", "choice=accept", "accept" },
    { "accept after all", "accept", "choice=accept", NULL },
    { "boxes", NULL, "choice=custom&purpose=video", "video" },
    { "a box more", "video", "choice=custom&purpose=video&purpose=audience", "video,audience" },
    { "a box less", "audience,video", "choice=custom&purpose=video", NULL },
    { "other boxes", "video", "choice=custom&purpose=audience", "audience" },
    { "a service more", "audience", "choice=add&service=youtube", "audience,service.youtube" },
    { "a service that is granted", "video", "choice=add&service=youtube", NULL },
    { "a service instead of its purpose", "video", "choice=custom&service=youtube", NULL },
    { "a purpose instead of a service", "service.youtube", "choice=custom&purpose=video", "video" },
    { "once", NULL, "choice=once&service=youtube", "once" },
    { "once what is granted", "video", "choice=once&service=youtube", NULL },
    { "refuse", NULL, "choice=refuse", NULL },
    { "refuse after all", "accept", "choice=refuse", NULL },
    { "withdraw", "accept", "choice=withdraw", NULL },
    { "no box", "accept", "choice=custom", NULL },
    { "oppose", NULL, "choice=oppose", NULL },
    { "oppose after all", "accept", "choice=oppose", NULL },
    { "unoppose", "oppose", "choice=unoppose", "unoppose" },
};

static void what_a_page_of_before_grants_is_asked_again(void **state)
{
    static const char *const lists[] = { "", "0badcafe", "2D422CC5", "{now}0", "{now} " };

    (void)state;
    for (size_t i = 0; i < sizeof(outdated) / sizeof(outdated[0]) * 5; i++) {
        const char *list = lists[i % 5];
        struct fixture fixture;
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        char value[CNIL_LIMIT_CHOICE_COOKIE], fields[CNIL_LIMIT_CHOICE_COOKIE + 256], body[512], asked[128];

        fixture_open(&fixture, MEASURES);
        fixture_cookie(&fixture, outdated[i / 5].before != NULL ? outdated[i / 5].before : "refuse", value,
                       sizeof(value));
        snprintf(fields, sizeof(fields), OWN "Sec-Fetch-Site: same-origin\nCookie: %s=%s\n",
                 outdated[i / 5].before != NULL ? "eu-consent" : "other", value);
        if (list[0] == '{')
            snprintf(body, sizeof(body), "list=%08" PRIx32 "%s&%s", fixture.policy->consent_hash, list + 5,
                     outdated[i / 5].body);
        else
            snprintf(body, sizeof(body), "list=%s&%s", list, outdated[i / 5].body);
        exchange = fixture_post(&fixture, fields, body, &answer);
        if (answer->status != (outdated[i / 5].asked != NULL ? 200u : 303u) ||
            (fixture_field(answer, "Set-Cookie").len > 0) != (outdated[i / 5].asked == NULL))
            fail_msg("%s, list \"%s\": %u", outdated[i / 5].name, list, answer->status);
        if (outdated[i / 5].asked != NULL) {
            snprintf(asked, sizeof(asked), "name=\"choice\" value=\"%s\"", outdated[i / 5].asked);
            if (cnil_str_find(answer->body, cnil_str_from(asked)) == answer->body.len)
                fail_msg("%s: no %s", outdated[i / 5].name, asked);
            snprintf(asked, sizeof(asked), "name=\"list\" value=\"%08" PRIx32 "\"", fixture.policy->consent_hash);
            assert_true(cnil_str_find(answer->body, cnil_str_from(asked)) < answer->body.len);
        }
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

/* More services than one choice holds: nothing is changed, whichever form says so. */
static void too_many_boxes_are_refused(void **state)
{
    struct fixture fixture;
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;
    char body[CNIL_LIMIT_FORM_BODY] = "choice=custom";
    size_t count = 0;

    (void)state;
    fixture_open(&fixture, NULL);
    for (size_t i = 0; i < fixture.policy->service_count && count <= CNIL_LIMIT_CHOICE_SERVICES; i++) {
        const struct cnil_service *service = &fixture.policy->services[i];

        if (service->report_only || service->purposes == 0)
            continue;
        snprintf(body + strlen(body), sizeof(body) - strlen(body), "&service=%s", service->id.ptr);
        count++;
    }
    assert_int_equal(count, CNIL_LIMIT_CHOICE_SERVICES + 1);
    exchange = fixture_post(&fixture, OWN "Sec-Fetch-Site: same-origin\n", body, &answer);
    assert_int_equal(answer->status, 413);
    assert_int_equal(fixture_field(answer, "Set-Cookie").len, 0);
    cnil_exchange_close(exchange);
    *strrchr(body, '&') = '\0';
    exchange = fixture_post(&fixture, OWN "Sec-Fetch-Site: same-origin\n", body, &answer);
    assert_int_equal(answer->status, 303);
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

/* What boxes say is confirmed whole: the page names it, and its token is for that alone. */
static void boxes_are_confirmed_too(void **state)
{
    struct fixture fixture;
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;

    (void)state;
    fixture_open(&fixture, NULL);
    exchange = fixture_post(&fixture, OWN "Sec-Fetch-Site: cross-site\n", "choice=custom&purpose=video&service=matomo",
                            &answer);
    assert_int_equal(answer->status, 200);
    assert_int_equal(fixture_field(answer, "Set-Cookie").len, 0);
    assert_true(cnil_str_find(answer->body, CNIL_STR("name=\"choice\" value=\"video,service.matomo\"")) <
                answer->body.len);
    assert_true(cnil_str_find(answer->body, CNIL_STR("<strong>Vidéos et sons, Matomo")) < answer->body.len);
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

static const struct cnil_answer *answer_to(struct fixture *fixture, const char *text, struct cnil_exchange **exchange)
{
    struct fixture_message message;
    const struct cnil_answer *answer;
    struct cnil_request request;
    enum cnil_open open;

    fixture_parse(fixture, text, &message);
    request = fixture_request(&message);
    *exchange = cnil_exchange_new(fixture->config, fixture->policy, CNIL_MODE_ENFORCE, &fixture_server, fixture);
    assert_int_equal(cnil_exchange_open(*exchange, &request, &open, &answer), CNIL_OK);
    return open == CNIL_OPEN_ANSWER ? answer : NULL;
}

/* Longer than a form may be: it could not come back. */
static void a_way_back_has_a_bound(void **state)
{
    static const char start[] = "GET /_privacy/panel?return=/", end[] = "\nHost: shop.example\n";
    char text[sizeof(start) + sizeof(end) + CNIL_LIMIT_FORM_BODY];
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, NULL);
    for (size_t more = 0; more <= 1; more++) {
        size_t len = CNIL_LIMIT_FORM_BODY - 1 + more; /* behind the "/" */
        struct cnil_exchange *exchange;
        const struct cnil_answer *answer;

        memcpy(text, start, sizeof(start) - 1);
        memset(text + sizeof(start) - 1, 'a', len);
        memcpy(text + sizeof(start) - 1 + len, end, sizeof(end));
        answer = answer_to(&fixture, text, &exchange);
        assert_int_equal(answer->status, 200);
        assert_int_equal(cnil_str_find(answer->body, CNIL_STR("name=\"return\" value=\"/\"")) < answer->body.len, more);
        cnil_exchange_close(exchange);
    }
    fixture_close(&fixture);
}

static void the_panel_leads_back_to_the_site_alone(void **state)
{
    static const struct {
        const char *query, *back;
    } cases[] = {
        { "", "/" },
        { "?return=/a%3Fb%26c", "/a?b&amp;c" },
        { "?x=1&return=%2Fa", "/a" },
        { "?return=//evil.example/", "/" },
        { "?return=https://evil.example/", "/" },
        { "?return=/%5Cevil.example/", "/" },
        { "?return=javascript:alert(1)", "/" },
        { "?return=/a%22%3E%3Cscript%3E", "/a&quot;&gt;&lt;script&gt;" },
        { "?return=/_privacy/choice", "/" },
        { "?return=/a/../_privacy/choice", "/" },
        { "?return=/_privacy/choice%23/../../a", "/" }, /* its link would lead there */
        { "?choice=accept&purpose=audience", "/" },
    };
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, NULL);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_exchange *exchange;
        const struct cnil_answer *answer;
        char text[256], field[128];

        snprintf(text, sizeof(text), "GET /_privacy/panel%s\nHost: shop.example\n", cases[i].query);
        answer = answer_to(&fixture, text, &exchange);
        assert_int_equal(answer->status, 200);
        snprintf(field, sizeof(field), "name=\"return\" value=\"%s\"", cases[i].back);
        if (cnil_str_find(answer->body, cnil_str_from(field)) == answer->body.len)
            fail_msg("%s: no %s", cases[i].query, field);
        assert_int_equal(cnil_str_find(answer->body, CNIL_STR("checked")), answer->body.len); /* rule C4 */
        assert_int_equal(cnil_str_find(answer->body, CNIL_STR("evil")), answer->body.len);
        assert_int_equal(fixture_field(answer, "Set-Cookie").len, 0);
        assert_true(cnil_str_equal(fixture_field(answer, "Cache-Control"), CNIL_STR("no-store")));
        cnil_exchange_close(exchange);
    }
    fixture_close(&fixture);
}

/* Rule C32. */
static void a_signal_is_a_refusal_that_nobody_keeps(void **state)
{
    static const struct {
        const char *policy, *fields, *word;
    } cases[] = {
        { NULL, "", "none" },
        { NULL, "Sec-GPC: 1\n", "refused" },
        { NULL, "Sec-GPC: 0\n", "none" },
        { NULL, "DNT: 1\n", "none" },
        { "{\"consent\":{\"signals\":{\"dnt\":true}}}", "DNT: 1\n", "refused" },
        { "{\"consent\":{\"signals\":{\"gpc\":false}}}", "Sec-GPC: 1\n", "none" },
        { NULL, "Sec-GPC: 1\nCookie: eu-consent={accept}\n", "accepted" },
        { NULL, "Sec-GPC: 1\nCookie: eu-consent={audience}\n", "audience" },
        { NULL, "Sec-GPC: 1\nCookie: eu-consent=forged\n", "refused" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        struct cnil_exchange *exchange;
        struct cnil_str word;
        char text[512];

        fixture_open(&fixture, cases[i].policy);
        snprintf(text, sizeof(text), "GET /\n" OWN "%s", cases[i].fields);
        assert_null(answer_to(&fixture, text, &exchange));
        word = cnil_exchange_variable(exchange, CNIL_VARIABLE_CHOICE);
        if (!cnil_str_equal(word, cnil_str_from(cases[i].word)))
            fail_msg("%s: %.*s", cases[i].fields, (int)word.len, word.ptr);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

/* The statement that GPC is honoured is ours to make, where it is. */
static void gpc_is_stated_where_it_is_honoured(void **state)
{
    struct fixture fixture;
    struct cnil_exchange *exchange;
    const struct cnil_answer *answer;

    (void)state;
    fixture_open(&fixture, NULL);
    answer = answer_to(&fixture, "GET /.well-known/gpc.json\n" OWN, &exchange);
    assert_int_equal(answer->status, 200);
    assert_true(cnil_str_equal(answer->body, CNIL_STR("{\"gpc\":true}\n")));
    assert_true(cnil_str_equal(fixture_field(answer, "Content-Type"), CNIL_STR("application/json")));
    cnil_exchange_close(exchange);
    answer = answer_to(&fixture, "POST /.well-known/gpc.json\n" OWN, &exchange);
    assert_int_equal(answer->status, 405);
    cnil_exchange_close(exchange);
    assert_null(answer_to(&fixture, "GET /.well-known/gpc.json.bak\n" OWN, &exchange));
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
    fixture_open(&fixture, "{\"consent\":{\"signals\":{\"gpc_since\":\"2024-02-29\"}}}");
    answer = answer_to(&fixture, "GET /.well-known/gpc.json\n" OWN, &exchange);
    assert_true(cnil_str_equal(answer->body, CNIL_STR("{\"gpc\":true,\"lastUpdate\":\"2024-02-29\"}\n")));
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
    fixture_open(&fixture, "{\"consent\":{\"signals\":{\"gpc\":false}}}");
    assert_null(answer_to(&fixture, "GET /.well-known/gpc.json\n" OWN, &exchange));
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

/* A key is changed without asking everybody again. */
static void choices_outlive_their_key(void **state)
{
    static const char *old_text = "f0f102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
    char old_file[] = "/tmp/cnil-old-key-XXXXXX", policy[128], value[CNIL_LIMIT_CHOICE_COOKIE], text[4096];
    int fd = mkstemp(old_file);
    struct fixture fixture;
    struct cnil_buffer cookie;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    fixture_write(old_file, old_text);
    snprintf(policy, sizeof(policy), "{\"consent\":{\"old_key_file\":\"%s\"}}", old_file);
    for (int there = 1; there >= 0; there--) {
        struct cnil_exchange *exchange;
        const struct cnil_key *key;
        struct cnil_choice choice;

        if (!there)
            unlink(old_file); /* taken away when the last choice of it has expired */
        fixture_open(&fixture, policy);
        key = cnil_config_key(fixture.config, fixture.policy);
        assert_int_equal(key->previous != NULL, there);
        if (there) {
            assert_true(cnil_choice_from_word(CNIL_STR("audience"), fixture.policy, fixture.now, &choice));
            cnil_buffer_init(&cookie, sizeof(value));
            cnil_choice_write(&choice, fixture.policy, key->previous, &cookie);
            snprintf(value, sizeof(value), "%.*s", (int)cookie.len, cookie.ptr);
            cnil_buffer_free(&cookie);
        }
        snprintf(text, sizeof(text), "GET /\n" OWN "Cookie: eu-consent=%s\n", value);
        assert_null(answer_to(&fixture, text, &exchange));
        assert_true(cnil_str_equal(cnil_exchange_variable(exchange, CNIL_VARIABLE_CHOICE),
                                   there ? CNIL_STR("audience") : CNIL_STR("none")));
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
    fixture_write(old_file, "no key\n");
    {
        struct cnil_config *config = cnil_config_new();
        struct cnil_errors errors;

        cnil_errors_init(&errors);
        fixture_open(&fixture, NULL);
        fixture_write(fixture.file, policy);
        assert_non_null(cnil_config_policy(config, fixture.file, &errors));
        assert_int_equal(cnil_config_open_state(config, fixture.state, true, &errors), CNIL_INVALID);
        assert_int_equal(errors.count, 1);
        cnil_errors_free(&errors);
        cnil_config_free(config);
        fixture_close(&fixture);
    }
    unlink(old_file);
}

#define OLD OWN "User-Agent: Old/1.0\nAccept-Language: fr\n"

/* The token of a confirmation page, for the browser of `fields`. */
static void take_token(struct fixture *fixture, const char *fields, const char *body, char *token, size_t size)
{
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange = fixture_post(fixture, fields, body, &answer);
    struct cnil_str rest = answer->body;
    size_t at = cnil_str_find(rest, CNIL_STR("name=\"token\""));

    assert_true(at < rest.len);
    rest = cnil_str_slice(rest, at, rest.len);
    rest = cnil_str_slice(rest, cnil_str_find(rest, CNIL_STR("value=\"")) + 7, rest.len);
    snprintf(token, size, "%.*s", (int)cnil_str_find_byte(rest, '"'), rest.ptr);
    cnil_exchange_close(exchange);
}

static const struct {
    const char *name, *fields, *word;
    int later;
    const char *spoil; /* appended to the token */
    bool made;
} tokens[] = {
    { "at once", OLD, "refuse", 0, "", true },
    { "in time", OLD, "refuse", 600, "", true },
    { "too late", OLD, "refuse", 601, "", false },
    { "before it was made", OLD, "refuse", -1, "", false },
    { "for another choice", OLD, "accept", 0, "", false },
    { "changed", OLD, "refuse", 0, "A", false },
    { "in another browser", OWN "User-Agent: New/2.0\nAccept-Language: fr\n", "refuse", 0, "", false },
    { "from another address behind our proxy", OLD "X-Forwarded-For: 198.51.100.9\n", "refuse", 0, "", false },
    { "from another site", OLD "Sec-Fetch-Site: cross-site\n", "refuse", 0, "", false },
    { "from another origin", OLD "Origin: https://evil.example\n", "refuse", 0, "", false },
};

static void a_token_confirms_one_choice_of_one_browser(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        struct fixture fixture;
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        char token[256], body[512];

        fixture_open(&fixture, NULL);
        take_token(&fixture, OLD, "choice=refuse&return=%2F", token, sizeof(token));
        fixture.now += tokens[i].later;
        snprintf(body, sizeof(body), "choice=%s&return=%%2F&token=%s%s", tokens[i].word, token, tokens[i].spoil);
        exchange = fixture_post(&fixture, tokens[i].fields, body, &answer);
        if (answer->status != (tokens[i].made ? 303u : 200u))
            fail_msg("%s: %u", tokens[i].name, answer->status);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

static void odd_tokens_are_none(void **state)
{
    static const char *bad[] = { "",     ".",         "1.", ".x", "x.y", "99999999999999999999.x", "1764000000.",
                                 "-1.x", "1764000000" };
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        char body[256];

        snprintf(body, sizeof(body), "choice=accept&token=%s", bad[i]);
        exchange = fixture_post(&fixture, OLD, body, &answer);
        assert_int_equal(answer->status, 200);
        cnil_exchange_close(exchange);
    }
    fixture_close(&fixture);
}

static const struct {
    const char *name, *fields, *body;
    unsigned status;
} posts[] = {
    { "no choice", OWN "Sec-Fetch-Site: same-origin\n", "return=%2F", 400 },
    { "an unknown word", OWN "Sec-Fetch-Site: same-origin\n", "choice=yes", 400 },
    { "none is no choice", OWN "Sec-Fetch-Site: same-origin\n", "choice=none", 400 },
    { "an empty form", OWN "Sec-Fetch-Site: same-origin\n", "", 400 },
    { "one purpose", OWN "Sec-Fetch-Site: same-origin\n", "choice=audience", 303 },
    { "a withdrawal", OWN "Sec-Fetch-Site: same-origin\n", "choice=withdraw", 303 },
    { "a service", OWN "Sec-Fetch-Site: same-origin\n", "choice=service.youtube", 303 },
    { "a service nobody knows", OWN "Sec-Fetch-Site: same-origin\n", "choice=service.nobody", 400 },
    { "a purpose nobody knows", OWN "Sec-Fetch-Site: same-origin\n", "choice=custom&purpose=spying", 400 },
    { "one good, one not", OWN "Sec-Fetch-Site: same-origin\n", "choice=custom&purpose=video&service=nobody", 400 },
    { "a word in a box", OWN "Sec-Fetch-Site: same-origin\n", "choice=custom&purpose=accept", 400 },
    { "two services in a box", OWN "Sec-Fetch-Site: same-origin\n", "choice=custom&service=youtube,service.vimeo",
      400 },
    { "an empty box", OWN "Sec-Fetch-Site: same-origin\n", "choice=custom&purpose=", 400 },
    { "announced as too long", OWN "Sec-Fetch-Site: same-origin\nContent-Length: 4097\n", "choice=accept", 413 },
    { "announced as nonsense", OWN "Sec-Fetch-Site: same-origin\nContent-Length: x\n", "choice=accept", 413 },
};

static void forms_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(posts) / sizeof(posts[0]); i++) {
        struct fixture fixture;
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;

        fixture_open(&fixture, NULL);
        exchange = fixture_post(&fixture, posts[i].fields, posts[i].body, &answer);
        if (answer->status != posts[i].status)
            fail_msg("%s: %u", posts[i].name, answer->status);
        if ((fixture_field(answer, "Set-Cookie").len > 0) != (posts[i].status == 303))
            fail_msg("%s: a choice with status %u", posts[i].name, answer->status);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

static const struct {
    const char *wanted, *location;
} returns[] = {
    { "%2Fcart%3Fitem%3D3", "/cart?item=3" },
    { "%2F", "/" },
    { "", "/" },
    { "cart", "/" },
    { "%2F%2Fevil.example%2F", "/" },
    { "%2F%5Cevil.example", "/" },
    { "%2F%09%2Fevil.example", "/" },
    { "%2F.%2F%2Fevil.example", "/" },
    { "https%3A%2F%2Fevil.example", "/" },
    { "%2Fa%0D%0ASet-Cookie%3A%20x%3D1", "/" },
    { "%2Fcaf%C3%A9%20%22", "/caf%C3%A9%20%22" },
    { "%2F_privacy%2F", "/_privacy/" },
    { "%2F_privacy%2Fpanel%3Freturn%3D%252Fa", "/_privacy/panel?return=%2Fa" },
    { "%2F_privacy%2Freceipt", "/_privacy/receipt" },
    { "%2F_privacy%2Fchoice%3Fa", "/" },
    { "%2F_privacy%2F.%2Fchoice", "/" },
    { "%2F_privacy%2F%252e%2Fchoice", "/" },
    { "%2F_privacy%2Fpanel%2F..%2Fchoice", "/" },
    { "%2F.%2F_privacy%2Fchoice", "/" },
    { "%2Fa%2F..%2F_privacy%2Fchoice", "/" },
    { "%2Fa%2F%252E.%2F_privacy%2Fchoice", "/" },
    { "%2F..%2F_privacy%2Fchoice", "/" },
    { "%2F_privacy%2F%2Fchoice", "/" },
    { "%2F_privacy%2F%2563hoice", "/" },
    { "%2F_privacy%2Fchoice%23a", "/" },
    { "%2Fa%23%2F..%2F..%2F_privacy%2Fchoice", "/" }, /* "#" is escaped there */
    { "%2F_privacy%2Fchoice%20", "/" },
    { "%2F_privacy%2Fstate", "/" },
    { "%2F_privacy%2Fblock%3Freturn%3D%2F", "/" },
    { "%2F_privacy%2F.%2F", "/" },
    { "%2F_privacy%2Fnothing", "/" },
    { "%2F.well-known%2Fgpc.json", "/" },
    { "%2F.well-known%2F.%2Fgpc.json", "/" },
    { "%2F_privacy%2F..%2Fcart", "/_privacy/../cart" },
    { "%2F_privacychoice", "/_privacychoice" },
    { "%2Fa%3F%2F_privacy%2Fchoice", "/a?/_privacy/choice" },
};

static void the_way_back_stays_on_the_site(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, NULL);
    for (size_t i = 0; i < sizeof(returns) / sizeof(returns[0]); i++) {
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        struct cnil_str location;
        char body[256];

        snprintf(body, sizeof(body), "choice=refuse&return=%s", returns[i].wanted);
        exchange = fixture_post(&fixture, OWN "Sec-Fetch-Site: same-origin\n", body, &answer);
        location = fixture_field(answer, "Location");
        if (!cnil_str_equal(location, cnil_str_from(returns[i].location)))
            fail_msg("%s: %.*s", returns[i].wanted, (int)location.len, location.ptr);
        cnil_exchange_close(exchange);
    }
    fixture_close(&fixture);
}

static void the_cookie_is_the_same_for_yes_and_no(void **state)
{
    static const struct {
        const char *policy, *host, *tail;
    } rows[] = {
        { NULL, "shop.example", "; Path=/; Max-Age=15724800; Secure; SameSite=Lax" },
        { "{\"consent\":{\"domain\":\"shop.example\"}}", "www.shop.example",
          "; Path=/; Max-Age=15724800; Secure; SameSite=Lax; Domain=shop.example" },
        { "{\"consent\":{\"domain\":\"shop.example\"}}", "other.example",
          "; Path=/; Max-Age=15724800; Secure; SameSite=Lax" },
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        const char *body = i % 2 == 0 ? "choice=accept" : "choice=refuse";
        struct fixture fixture;
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        struct cnil_str cookie;
        char fields[128];

        fixture_open(&fixture, rows[i / 2].policy);
        snprintf(fields, sizeof(fields), "Host: %s\nSec-Fetch-Site: same-origin\n", rows[i / 2].host);
        exchange = fixture_post(&fixture, fields, body, &answer);
        cookie = fixture_field(answer, "Set-Cookie");
        assert_true(cnil_str_starts_with(cookie, CNIL_STR("eu-consent=v=1&")));
        if (!cnil_str_ends_with(cookie, cnil_str_from(rows[i / 2].tail)))
            fail_msg("%s on %s: %.*s", body, rows[i / 2].host, (int)cookie.len, cookie.ptr);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

/* However many trackers' cookies come: at most 40 fields and about 4 kB, and the choice itself always. */
static void expiry_has_a_budget(void **state)
{
    struct fixture fixture;
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;
    char fields[4096] = "Host: a.b.c.shop.example\nSec-Fetch-Site: same-origin\nCookie: ";
    size_t count = 0, bytes = 0;

    (void)state;
    for (int i = 0; i < 60; i++)
        sprintf(fields + strlen(fields), "_ga_%d=1; ", i);
    strcat(fields, "x=y\n");
    fixture_open(&fixture, NULL);
    exchange = fixture_post(&fixture, fields, "choice=refuse&return=%2Fa%2Fb%2Fc", &answer);
    assert_int_equal(answer->status, 303);
    for (size_t i = 0; i < answer->headers.count; i++) {
        if (!cnil_str_equal(answer->headers.list[i].name, CNIL_STR("Set-Cookie")))
            continue;
        if (count++ == 0)
            assert_true(cnil_str_starts_with(answer->headers.list[i].value, CNIL_STR("eu-consent=")));
        bytes += answer->headers.list[i].value.len;
    }
    assert_true(count > 30 && count <= 41);
    assert_true(bytes < 6000);
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

static const struct {
    const char *request;
    unsigned status;
    const char *field, *value; /* one field that must be there */
} addresses[] = {
    { "GET /_privacy/", 200, "Content-Type", "text/html; charset=utf-8" },
    { "GET /_privacy/?x", 200, "X-Frame-Options", "DENY" },
    { "HEAD /_privacy/", 200, "Referrer-Policy", "same-origin" },
    { "DELETE /_privacy/", 405, "Allow", "GET, HEAD" },
    { "POST /_privacy/", 405, "Allow", "GET, HEAD" },
    { "GET /_privacy/choice", 405, "Allow", "POST" },
    { "PUT /_privacy/choice", 405, "Allow", "POST" },
    { "GET /_privacy/choice?choice=accept", 405, "Cache-Control", "no-store" },
    { "GET /_privacy/state", 200, "Cache-Control", "private, no-store" },
    { "HEAD /_privacy/state", 200, "Content-Type", "application/json" },
    { "GET /_privacy/state?x", 200, "Cross-Origin-Resource-Policy", "same-origin" },
    { "POST /_privacy/state", 405, "Allow", "GET, HEAD" },
    { "GET /_privacy/receipt", 200, "Cache-Control", "no-store" },
    { "POST /_privacy/panel", 405, "Allow", "GET, HEAD" },
    { "GET /_privacy/nothing", 404, "X-Content-Type-Options", "nosniff" },
    { "POST /_privacy/nothing", 404, "Cache-Control", "no-store" },
    { "GET /_privacy/../x", 404, "Cache-Control", "no-store" },
    { "POST /_privacy/choice", 415, "Cache-Control", "no-store" },
};

static void own_addresses_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        struct fixture fixture;
        struct fixture_message message;
        struct cnil_exchange *exchange;
        const struct cnil_answer *answer;
        struct cnil_request request;
        struct cnil_str value;
        char text[256], length[32];
        enum cnil_open open;

        fixture_open(&fixture, NULL);
        snprintf(text, sizeof(text), "%s\nHost: shop.example\n", addresses[i].request);
        fixture_parse(&fixture, text, &message);
        request = fixture_request(&message);
        exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
        assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
        assert_int_equal(open, CNIL_OPEN_ANSWER);
        value = fixture_field(answer, addresses[i].field);
        if (answer->status != addresses[i].status || !cnil_str_equal(value, cnil_str_from(addresses[i].value)))
            fail_msg("%s: %u, %s: %.*s", addresses[i].request, answer->status, addresses[i].field, (int)value.len,
                     value.ptr);
        assert_true(
            cnil_str_starts_with(fixture_field(answer, "Content-Security-Policy"), CNIL_STR("default-src 'none'")));
        assert_true(fixture_field(answer, "Strict-Transport-Security").len > 0);
        assert_int_equal(fixture_field(answer, "Set-Cookie").len, 0);
        snprintf(length, sizeof(length), "%zu", answer->body.len);
        assert_true(cnil_str_equal(fixture_field(answer, "Content-Length"), cnil_str_from(length)));
        assert_int_equal(answer->head_only, strncmp(addresses[i].request, "HEAD", 4) == 0);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

/* The style sheet that the privacy page names: there, kept for long, confirmed by its name. */
static void files_of_ours_are_kept_for_long(void **state)
{
    struct fixture fixture;
    struct fixture_message message;
    struct cnil_exchange *exchange;
    const struct cnil_answer *answer;
    struct cnil_request request;
    struct cnil_str page, name;
    char text[512], target[256];
    enum cnil_open open;

    (void)state;
    fixture_open(&fixture, NULL);
    fixture_parse(&fixture, "GET /_privacy/\nHost: shop.example\n", &message);
    request = fixture_request(&message);
    exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    page = answer->body;
    page = cnil_str_slice(page, cnil_str_find(page, CNIL_STR("rel=\"stylesheet\"")), page.len);
    page = cnil_str_slice(page, cnil_str_find(page, CNIL_STR("/_privacy/")), page.len);
    name = cnil_str_slice(page, 0, cnil_str_find_byte(page, '"'));
    snprintf(target, sizeof(target), "%.*s", (int)name.len, name.ptr);
    cnil_exchange_close(exchange);

    for (int fresh = 0; fresh < 2; fresh++) {
        snprintf(text, sizeof(text), "GET %s\nHost: shop.example\n%s%s%s", target, fresh ? "If-None-Match: W/\"" : "",
                 fresh ? strrchr(target, '/') + 1 : "", fresh ? "\"\n" : "");
        fixture_parse(&fixture, text, &message);
        request = fixture_request(&message);
        exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
        assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
        assert_int_equal(answer->status, fresh ? 304 : 200);
        assert_int_equal(answer->body.len > 0, !fresh);
        assert_true(
            cnil_str_equal(fixture_field(answer, "Cache-Control"), CNIL_STR("public, max-age=31536000, immutable")));
        assert_true(fixture_field(answer, "ETag").len > 0);
        cnil_exchange_close(exchange);
    }
    fixture_close(&fixture);
}

/* Rule C3: whatever is asked for with GET, no choice comes of it. */
static void reading_never_chooses(void **state)
{
    static const char *queries[] = { "?choice=accept", "?choice=accept&return=/", "choice?choice=accept",
                                     "choice;accept",  "choice/accept",           "accept",
                                     "?eu-consent=1" };
    static const char *methods[] = { "GET", "HEAD" };
    struct fixture fixture;

    (void)state;
    fixture_open(&fixture, NULL);
    for (size_t i = 0; i < 2 * sizeof(queries) / sizeof(queries[0]); i++) {
        struct fixture_message message;
        struct cnil_exchange *exchange =
            cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
        const struct cnil_answer *answer;
        struct cnil_request request;
        enum cnil_open open;
        char text[256];

        snprintf(text, sizeof(text), "%s /_privacy/%s\nHost: shop.example\nSec-Fetch-Site: same-origin\n",
                 methods[i % 2], queries[i / 2]);
        fixture_parse(&fixture, text, &message);
        request = fixture_request(&message);
        assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
        assert_int_equal(open, CNIL_OPEN_ANSWER);
        assert_int_equal(fixture_field(answer, "Set-Cookie").len, 0);
        cnil_exchange_close(exchange);
    }
    assert_null(strstr(fixture.log, "choice-made"));
    fixture_close(&fixture);
}

/* Rule C24: what is opposed, and opposed no more, leaves the choice as it is, and the other way round. */
static void measurement_is_opposed_beside_the_choice(void **state)
{
    static const struct {
        const char *before, *signal, *body, *after; /* NULL before: no cookie; NULL after: it is taken away */
        const char *days;
    } steps[] = {
        { NULL, "", "choice=oppose", "oppose", "34128000" },
        { NULL, "Sec-GPC: 1\n", "choice=oppose", "oppose", "34128000" }, /* a signal is no choice */
        { "refuse", "", "choice=oppose", "refuse,oppose", "34128000" },
        { "accept", "", "choice=oppose&purpose=video", "accept,oppose", "34128000" },
        { "accept,oppose", "", "choice=oppose", "accept,oppose", "34128000" },
        { "accept,oppose", "", "choice=unoppose", "accept", "15724800" },
        { "accept", "", "choice=unoppose", "accept", "15724800" },
        { "oppose", "", "choice=unoppose", NULL, "0" },
        { NULL, "", "choice=unoppose", NULL, "0" },
        { "oppose", "", "choice=accept", "accept,oppose", "34128000" },
        { "accept,oppose", "", "choice=withdraw", "withdraw,oppose", "34128000" },
        { "audience,oppose", "", "choice=add&service=youtube", "audience,service.youtube,oppose", "34128000" },
        { NULL, "", "choice=custom&purpose=video", "video", "15724800" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct fixture fixture;
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        char value[CNIL_LIMIT_CHOICE_COOKIE] = "", expected[CNIL_LIMIT_CHOICE_COOKIE + 128];
        char fields[CNIL_LIMIT_CHOICE_COOKIE + 256];

        fixture_open(&fixture, MEASURES);
        fixture_cookie(&fixture, steps[i].before != NULL ? steps[i].before : "refuse", value, sizeof(value));
        snprintf(fields, sizeof(fields), OWN "Sec-Fetch-Site: same-origin\n%sCookie: %s=%s\n", steps[i].signal,
                 steps[i].before != NULL ? "eu-consent" : "other", value);
        exchange = fixture_post(&fixture, fields, steps[i].body, &answer);
        assert_int_equal(answer->status, 303);
        value[0] = '\0';
        if (steps[i].after != NULL)
            fixture_cookie(&fixture, steps[i].after, value, sizeof(value));
        snprintf(expected, sizeof(expected), "eu-consent=%s; Path=/; Max-Age=%s; Secure; SameSite=Lax", value,
                 steps[i].days);
        if (!cnil_str_equal(fixture_field(answer, "Set-Cookie"), cnil_str_from(expected)))
            fail_msg("%s, %s: %.*s", steps[i].before, steps[i].body, (int)fixture_field(answer, "Set-Cookie").len,
                     fixture_field(answer, "Set-Cookie").ptr);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

/* A choice made an hour ago does not become younger by what is opposed beside it. */
static void an_opposition_does_not_renew_the_choice(void **state)
{
    struct fixture fixture;
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;
    struct cnil_choice choice;
    struct cnil_str value;
    char fields[CNIL_LIMIT_CHOICE_COOKIE + 256], cookie[CNIL_LIMIT_CHOICE_COOKIE];

    (void)state;
    fixture_open(&fixture, MEASURES);
    fixture_cookie(&fixture, "accept", cookie, sizeof(cookie));
    fixture.now += 3600;
    snprintf(fields, sizeof(fields), OWN "Sec-Fetch-Site: same-origin\nCookie: eu-consent=%s\n", cookie);
    exchange = fixture_post(&fixture, fields, "choice=oppose", &answer);
    value = cnil_str_slice(fixture_field(answer, "Set-Cookie"), strlen("eu-consent="), CNIL_LIMIT_CHOICE_COOKIE);
    value = cnil_str_slice(value, 0, cnil_str_find_byte(value, ';'));
    cnil_choice_read(value, fixture.policy, cnil_config_key(fixture.config, fixture.policy), fixture.now, &choice);
    assert_int_equal(choice.minutes, NOW / 60);
    assert_int_equal(choice.opposed, NOW / 60 + 60);
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

static void what_nobody_measures_cannot_be_opposed(void **state)
{
    static const char *const bodies[] = { "choice=oppose", "choice=accept%2Coppose", "choice=opposed" };
    struct fixture fixture;
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;

    (void)state;
    fixture_open(&fixture, NULL);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        exchange = fixture_post(&fixture, OWN "Sec-Fetch-Site: same-origin\n", bodies[i], &answer);
        assert_int_equal(answer->status, 400);
        assert_int_equal(fixture_field(answer, "Set-Cookie").len, 0);
        cnil_exchange_close(exchange);
    }
    fixture_close(&fixture);
}

/* ---- random walks ---- */

/* What a page of ours asks to confirm, as its form has it. */
struct question {
    char word[128], service[64], token[128];
    int64_t asked;
};

/* A browser: two cookies of the choice, of different scopes, of which we set the first; what it was let in once; the
 * last page that asked it to confirm. */
struct browser {
    char cookies[2][CNIL_LIMIT_CHOICE_COOKIE], once[512];
    struct question question;
};

/* One step: what is asked, and what it may grant, as a word; empty: nothing. */
struct step {
    char fields[3 * CNIL_LIMIT_CHOICE_COOKIE + 512], target[512], body[400], says[160];
    bool posts, opposes; /* … or change what is opposed */
};

static unsigned next_random(uint32_t *state, unsigned below)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 16) % below;
}

#define NOTHING_ONCE       "a=b"
#define PICK(random, list) (list)[next_random(random, sizeof(list) / sizeof((list)[0]))]

/* What the visitor's own press of a button says: that of one of our pages, or of the page that asks. Anything else may
 * look like it, and says nothing. */
static void random_form(uint32_t *random, const struct fixture *fixture, const struct browser *browser, bool is_ours,
                        bool is_silent, struct step *step)
{
    static const struct {
        const char *form, *says;
    } forms[] = {
        { "choice=accept", "accept" },
        { "choice=accept", "accept" },
        { "choice=refuse", "" },
        { "choice=withdraw", "" },
        { "choice=custom", "" },
        { "choice=custom&purpose=audience", "audience" },
        { "choice=custom&purpose=video&service=vimeo", "video,service.vimeo" },
        { "choice=custom&service=youtube&purpose=accept", "" },
        { "choice=add", "" },
        { "choice=add&purpose=video", "video" },
        { "choice=add&service=youtube", "service.youtube" },
        { "choice=add&service=nobody", "" },
        { "choice=once&service=youtube", "once" },
        { "choice=once&service=vimeo&purpose=video", "once" },
        { "choice=once&purpose=video", "" },
        { "choice=audience", "audience" },
        { "choice=none", "" },
        { "choice=yes", "" },
        { "choice=oppose", "" },
        { "choice=unoppose", "" },
    };
    unsigned form = next_random(random, sizeof(forms) / sizeof(forms[0])), list = next_random(random, 4);
    const struct question *question = &browser->question;
    char now[32] = "";
    bool is_confirmed = false;

    snprintf(step->body, sizeof(step->body), "%s&token=1.x", forms[form].form);
    snprintf(step->says, sizeof(step->says), "%s", forms[form].says);
    step->opposes = form >= sizeof(forms) / sizeof(forms[0]) - 2;
    if (question->token[0] != '\0' && next_random(random, 3) == 0) {
        bool is_other = next_random(random, 2) == 0; /* its token, for another answer */

        is_confirmed = is_silent && !is_other && fixture->now - question->asked <= 600;
        if (is_other)
            snprintf(step->body, sizeof(step->body), "%s&token=%s", forms[form].form, question->token);
        else
            snprintf(step->body, sizeof(step->body), "choice=%s%s%s&token=%s", question->word,
                     question->service[0] != '\0' ? "&service=" : "", question->service, question->token);
        if (!is_other) {
            step->opposes = strstr(question->word, "oppose") != NULL;
            snprintf(step->says, sizeof(step->says), "%s", step->opposes ? "" : question->word);
        }
        if (is_other && is_silent) /* maybe the very answer that it is for: then not another one */
            is_confirmed = strcmp(forms[form].says, question->word) == 0 || step->opposes;
    }
    if (list > 0)
        snprintf(now, sizeof(now), "&list=%08" PRIx32, fixture->policy->consent_hash ^ (list == 1));
    strcat(step->body, now);
    strcat(step->body, "&return=%2Fa");
    if (!step->posts || (!is_ours && !is_confirmed) || list <= 1)
        step->says[0] = '\0';
    step->opposes = step->opposes && step->posts && (is_ours || is_confirmed);
}

static void random_step(uint32_t *random, const struct fixture *fixture, const struct browser *browser,
                        struct step *step)
{
    static const char *const sites[] = { "Sec-Fetch-Site: same-origin\n",
                                         "Sec-Fetch-Site: same-origin\n",
                                         "Origin: https://shop.example\n",
                                         "Sec-Fetch-Site: cross-site\n",
                                         "Sec-Fetch-Site: same-site\n",
                                         "Sec-Fetch-Site: none\n",
                                         "Origin: https://evil.example\n",
                                         "Origin: null\n",
                                         "",
                                         "" };
    static const char *const targets[] = { "/_privacy/choice", "/", "/_privacy/state", "/_privacy/choices", "/a" };
    unsigned site = next_random(random, sizeof(sites) / sizeof(sites[0]));
    const char *target = next_random(random, 4) > 0 ? targets[0] : PICK(random, targets);

    step->posts = next_random(random, 4) > 0;
    random_form(random, fixture, browser, site <= 2, site >= 8, step);
    if (strcmp(target, targets[0]) != 0) {
        step->says[0] = '\0';
        step->opposes = false;
    }
    snprintf(step->target, sizeof(step->target), "%s%s%s", target, step->posts ? "" : "?",
             step->posts ? "" : step->body);
    snprintf(step->fields, sizeof(step->fields), OWN "%s%sCookie: eu-consent=%s; %s; eu-consent=%s\n", sites[site],
             next_random(random, 4) == 0 ? "Sec-GPC: 1\n" : "", browser->cookies[0], browser->once,
             browser->cookies[1]);
}

static void take_field(struct cnil_str page, const char *name, char *value, size_t size)
{
    char field[64];
    size_t at;

    value[0] = '\0';
    snprintf(field, sizeof(field), "name=\"%s\" value=\"", name);
    at = cnil_str_find(page, cnil_str_from(field));
    page = cnil_str_slice(page, at + strlen(field), page.len);
    put(value, size, cnil_str_slice(page, 0, cnil_str_find_byte(page, '"')));
}

/* What the answer leaves in the browser. */
static void keep(const struct fixture *fixture, const struct cnil_answer *answer, struct browser *browser)
{
    for (size_t i = 0; answer != NULL && i < answer->headers.count; i++) {
        struct cnil_str field = answer->headers.list[i].value, name = cnil_str_cut(&field, '=');
        struct cnil_str value = cnil_str_slice(field, 0, cnil_str_find_byte(field, ';'));

        if (!cnil_str_equal(answer->headers.list[i].name, CNIL_STR("Set-Cookie")))
            continue;
        if (cnil_str_equal(name, CNIL_STR("eu-consent")))
            snprintf(browser->cookies[0], sizeof(browser->cookies[0]), "%.*s", (int)value.len, value.ptr);
        else if (cnil_str_equal(name, CNIL_STR("vp-once")))
            snprintf(browser->once, sizeof(browser->once), "vp-once=%.*s", (int)value.len, value.ptr);
    }
    if (answer == NULL || cnil_str_find(answer->body, CNIL_STR("name=\"token\"")) == answer->body.len)
        return;
    take_field(answer->body, "token", browser->question.token, sizeof(browser->question.token));
    take_field(answer->body, "choice", browser->question.word, sizeof(browser->question.word));
    take_field(answer->body, "service", browser->question.service, sizeof(browser->question.service));
    browser->question.asked = fixture->now;
}

/* What is granted to a page that is asked for now, without what a signal says. */
static void look(struct fixture *fixture, const struct browser *browser, struct cnil_choice *choice)
{
    static char text[3 * CNIL_LIMIT_CHOICE_COOKIE + 512];
    struct cnil_header field = { CNIL_STR("Cookie"), CNIL_STR_EMPTY };
    struct cnil_exchange *exchange;
    struct cnil_edits edits;

    if (strcmp(browser->once, NOTHING_ONCE) == 0) {
        snprintf(text, sizeof(text), "eu-consent=%s; eu-consent=%s", browser->cookies[0], browser->cookies[1]);
        field.value = cnil_str_from(text);
        cnil_choice_from_headers((struct cnil_headers){ &field, 1 }, fixture->policy,
                                 cnil_config_key(fixture->config, fixture->policy), fixture->now, choice);
        return;
    }
    snprintf(text, sizeof(text), "GET /a\n" OWN "Sec-Fetch-Dest: document\nCookie: eu-consent=%s; %s; eu-consent=%s\n",
             browser->cookies[0], browser->once, browser->cookies[1]);
    assert_null(answer_to(fixture, text, &exchange));
    assert_int_equal(cnil_exchange_enter(exchange, fixture->policy, CNIL_MODE_ENFORCE, &edits), CNIL_OK);
    *choice = exchange->choice;
    cnil_exchange_close(exchange);
}

/* Is everything that `after` lets in let in by `before`, or said by `step`? */
static bool is_said(const struct fixture *fixture, const struct cnil_choice *before, const struct step *step,
                    const struct cnil_choice *after)
{
    struct cnil_choice said = { .state = CNIL_CHOICE_NONE };
    bool is_once = strcmp(step->says, "once") == 0;

    if (step->says[0] != '\0' && !is_once)
        assert_true(cnil_choice_from_word(cnil_str_from(step->says), fixture->policy, fixture->now, &said));
    if (after->once != NULL && !is_once && !cnil_choice_grants(before, after->once) &&
        !cnil_choice_grants(&said, after->once))
        return false;
    if (after->state != CNIL_CHOICE_GRANTED)
        return true;
    for (size_t i = 0; i < after->service_count; i++) {
        struct cnil_choice lasting = *before;

        lasting.once = NULL; /* nothing becomes lasting by it */
        if (!cnil_choice_grants(&lasting, after->services[i]) && !cnil_choice_grants(&said, after->services[i]))
            return false;
    }
    return (after->granted & ~(before->granted | said.granted)) == 0;
}

/* A cookie of a wider scope, from before: the visitor's own, forged, or none. */
static void random_cookie(uint32_t *random, struct fixture *fixture, char *cookie, size_t size)
{
    static const char *const words[] = {
        "refuse", "audience", "service.youtube", "accept", "video,oppose", NULL, NULL
    };
    const char *word = PICK(random, words);

    snprintf(cookie, size, "none");
    if (word == NULL)
        return;
    fixture_cookie(fixture, word, cookie, size);
    if (next_random(random, 4) == 0)
        cookie[strlen(cookie) - 2] ^= 1;
}

/* Rule C3, for ten thousand walks of requests of all kinds: what is granted becomes wider by a post of a form of ours
 * that says so, of a page that asked for what is asked now, and by nothing else; nor is anything else opposed, or
 * opposed no more. */
static void nothing_else_ever_grants(void **state)
{
    enum { WALKS = 10000, STEPS = 4 };
    static struct step step;
    struct fixture fixture;
    uint32_t random = 20261126;
    size_t granted = 0, wider = 0, opposed = 0, once = 0, confirmed = 0;

    (void)state;
    fixture_open(&fixture, MEASURES);
    for (int walk = 0; walk < WALKS; walk++) {
        static struct browser browser;
        struct cnil_choice before, after;

        browser = (struct browser){ .once = NOTHING_ONCE, .cookies = { "none" } };
        random_cookie(&random, &fixture, browser.cookies[1], sizeof(browser.cookies[1]));
        look(&fixture, &browser, &before);
        for (int i = 0; i < STEPS; i++) {
            static char text[sizeof(step) + 256];
            const struct cnil_answer *answer;
            struct cnil_exchange *exchange;

            fixture.now += 30 * next_random(&random, 3); /* so that some are of one minute */
            random_step(&random, &fixture, &browser, &step);
            fixture.log[0] = '\0';
            snprintf(text, sizeof(text), "%s %s\n%s%s", step.posts ? "POST" : "GET", step.target, step.fields,
                     step.posts ? "Content-Type: application/x-www-form-urlencoded\n" : "");
            answer = answer_to(&fixture, text, &exchange);
            if (answer == NULL && cnil_exchange_submit(exchange, cnil_str_from(step.body), false, &answer) != CNIL_OK)
                answer = NULL; /* nothing that takes a body */
            confirmed += answer != NULL && answer->status == 303 && browser.question.token[0] != '\0' &&
                         strstr(step.body, browser.question.token) != NULL;
            keep(&fixture, answer, &browser);
            cnil_exchange_close(exchange);
            look(&fixture, &browser, &after);
            if (!is_said(&fixture, &before, &step, &after))
                fail_msg("walk %d, step %d, says \"%s\": %s\n%s", walk, i, step.says, text, step.body);
            if (after.opposes != before.opposes && !step.opposes)
                fail_msg("walk %d, step %d, opposes: %s\n%s", walk, i, text, step.body);
            wider += before.state == CNIL_CHOICE_GRANTED && cnil_choice_widens(&before, &after);
            once += after.once != NULL && before.once == NULL;
            before = after;
        }
        granted += before.state == CNIL_CHOICE_GRANTED;
        opposed += before.opposes;
    }
    assert_true(granted > WALKS / 50 && granted < WALKS * 2 / 3); /* it does happen */
    assert_true(opposed > WALKS / 50 && opposed < WALKS / 2);
    assert_true(wider > WALKS / 100 && once > WALKS / 100 && confirmed > WALKS / 100);
    fixture_close(&fixture);
}

static void a_body_is_taken_once_and_only_when_asked_for(void **state)
{
    struct fixture fixture;
    struct fixture_message message;
    struct cnil_exchange *exchange;
    const struct cnil_answer *answer;
    struct cnil_request request;
    enum cnil_open open;

    (void)state;
    fixture_open(&fixture, NULL);
    fixture_parse(&fixture,
                  "POST /_privacy/choice\nHost: shop.example\nContent-Type: application/x-www-form-urlencoded\n",
                  &message);
    request = fixture_request(&message);
    exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
    assert_int_equal(cnil_exchange_submit(exchange, CNIL_STR("choice=accept"), false, &answer), CNIL_INVALID);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    assert_int_equal(open, CNIL_OPEN_SUBMIT);
    assert_int_equal(cnil_exchange_submit(exchange, CNIL_STR("choice=accept"), true, &answer), CNIL_OK);
    assert_int_equal(answer->status, 413);
    assert_int_equal(cnil_exchange_submit(exchange, CNIL_STR("choice=accept"), false, &answer), CNIL_INVALID);
    cnil_exchange_close(exchange);
    fixture_close(&fixture);
}

/* Enforcing without a key: no choice is believed, none is taken. */
static void without_a_key_there_is_no_choice(void **state)
{
    struct fixture fixture;
    struct fixture_message message;
    struct cnil_config *keyless = cnil_config_new();
    struct cnil_exchange *exchange;
    const struct cnil_answer *answer;
    struct cnil_request request;
    struct cnil_errors errors;
    char value[CNIL_LIMIT_CHOICE_COOKIE], text[CNIL_LIMIT_CHOICE_COOKIE + 256];
    enum cnil_open open;

    (void)state;
    fixture_open(&fixture, NULL);
    fixture_cookie(&fixture, "accept", value, sizeof(value));
    snprintf(text, sizeof(text), "GET /\nHost: shop.example\nCookie: eu-consent=%s\n", value);
    fixture_parse(&fixture, text, &message);
    request = fixture_request(&message);
    cnil_errors_init(&errors);
    exchange = cnil_exchange_new(keyless, cnil_config_policy(keyless, NULL, &errors), CNIL_MODE_ENFORCE,
                                 &fixture_server, &fixture);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    assert_true(cnil_str_equal(cnil_exchange_variable(exchange, CNIL_VARIABLE_CHOICE), CNIL_STR("none")));
    cnil_exchange_close(exchange);

    fixture_parse(&fixture,
                  "POST /_privacy/choice\nHost: shop.example\nSec-Fetch-Site: same-origin\n"
                  "Content-Type: application/x-www-form-urlencoded\n",
                  &message);
    request = fixture_request(&message);
    exchange = cnil_exchange_new(keyless, cnil_config_policy(keyless, NULL, &errors), CNIL_MODE_ENFORCE,
                                 &fixture_server, &fixture);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    assert_int_equal(cnil_exchange_submit(exchange, CNIL_STR("choice=accept"), false, &answer), CNIL_OK);
    assert_int_equal(answer->status, 500);
    cnil_exchange_close(exchange);
    cnil_errors_free(&errors);
    cnil_config_free(keyless);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_our_own_forms_choose),
        cmocka_unit_test(boxes_make_a_choice),
        cmocka_unit_test(a_theme_is_served),
        cmocka_unit_test(what_a_page_of_before_grants_is_asked_again),
        cmocka_unit_test(too_many_boxes_are_refused),
        cmocka_unit_test(boxes_are_confirmed_too),
        cmocka_unit_test(a_way_back_has_a_bound),
        cmocka_unit_test(the_panel_leads_back_to_the_site_alone),
        cmocka_unit_test(a_signal_is_a_refusal_that_nobody_keeps),
        cmocka_unit_test(gpc_is_stated_where_it_is_honoured),
        cmocka_unit_test(choices_outlive_their_key),
        cmocka_unit_test(a_token_confirms_one_choice_of_one_browser),
        cmocka_unit_test(odd_tokens_are_none),
        cmocka_unit_test(forms_are_checked),
        cmocka_unit_test(the_way_back_stays_on_the_site),
        cmocka_unit_test(the_cookie_is_the_same_for_yes_and_no),
        cmocka_unit_test(expiry_has_a_budget),
        cmocka_unit_test(own_addresses_answer),
        cmocka_unit_test(files_of_ours_are_kept_for_long),
        cmocka_unit_test(reading_never_chooses),
        cmocka_unit_test(measurement_is_opposed_beside_the_choice),
        cmocka_unit_test(an_opposition_does_not_renew_the_choice),
        cmocka_unit_test(what_nobody_measures_cannot_be_opposed),
        cmocka_unit_test(nothing_else_ever_grants),
        cmocka_unit_test(a_body_is_taken_once_and_only_when_asked_for),
        cmocka_unit_test(without_a_key_there_is_no_choice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
