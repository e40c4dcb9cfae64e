/* SPDX-License-Identifier: Apache-2.0
 * After a refusal a browser's jar empties, whatever scope its cookies have: a small jar stands for the browser. */
#include "fixture.h"

#include "web/cookie.h"

enum { FIELDS_MOST = 40, BYTES_MOST = 4096, JAR = 512, LOADS = 2000 };

#define POLICY                                                                                                         \
    "{\"https\":{\"hsts\":false},\"services\":{\"tracker\":{\"name\":\"T\",\"controller\":\"T\",\"purpose\":"          \
    "\"audience\",\"cookies\":[\"t_*\",\"__Host-t\",\"__Secure-t\",\"__host-t\",\"__Http-t\",\"__Host-Http-t\",{"      \
    "\"name\":\"far\",\"paths\":"                                                                                      \
    "[\"/blog\",\"/shop/\"]},{\"name\":\"__Host-far\",\"paths\":[\"/blog\"]}]}}}"

struct jar_cookie {
    char name[64], domain[64], path[64]; /* domain: empty for a host-only one of www.shop.example */
    bool partitioned;
};

struct jar {
    struct jar_cookie list[JAR];
    size_t count;
    bool is_framed; /* the site stands in a frame of another one */
};

static void add(struct jar *jar, const char *name, const char *domain, const char *path, bool partitioned)
{
    struct jar_cookie *cookie = &jar->list[jar->count++];

    assert_true(jar->count <= JAR);
    snprintf(cookie->name, sizeof(cookie->name), "%s", name);
    snprintf(cookie->domain, sizeof(cookie->domain), "%s", domain);
    snprintf(cookie->path, sizeof(cookie->path), "%s", path);
    cookie->partitioned = partitioned;
}

/* RFC 6265bis, 5.1.4 */
static bool path_matches(const char *cookie, const char *request)
{
    size_t len = strlen(cookie);

    return strncmp(cookie, request, len) == 0 &&
           (request[len] == '\0' || cookie[len - 1] == '/' || request[len] == '/');
}

/* The Cookie field for `path`, each name once. */
static void write_cookies(const struct jar *jar, const char *path, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < jar->count; i++) {
        char pair[80];

        snprintf(pair, sizeof(pair), "%s=1; ", jar->list[i].name);
        if (path_matches(jar->list[i].path, path) && strstr(out, pair) == NULL && strlen(out) + strlen(pair) < size)
            strcat(out, pair);
    }
}

static bool same(const char *text, struct cnil_str str)
{
    return cnil_str_equal(cnil_str_from(text), str);
}

/* What a browser does with one Set-Cookie field that takes a cookie away. */
static void receive(struct jar *jar, struct cnil_str value)
{
    struct cnil_set_cookie cookie;

    assert_true(cnil_set_cookie_parse(value, &cookie));
    assert_true(cookie.has_max_age && cookie.max_age == 0);
    if (cnil_str_starts_with_nocase(cookie.name, CNIL_STR("__Host-")))
        assert_true(cookie.secure && cookie.domain.len == 0 && same("/", cookie.path));
    if (cnil_str_starts_with_nocase(cookie.name, CNIL_STR("__Secure-")) || cookie.partitioned)
        assert_true(cookie.secure);
    if (cnil_str_starts_with_nocase(cookie.name, CNIL_STR("__Http-")) ||
        cnil_str_starts_with_nocase(cookie.name, CNIL_STR("__Host-Http-")))
        assert_true(cookie.secure && cookie.http_only);
    if (jar->is_framed && !(cookie.secure && same("None", cookie.same_site)))
        return; /* Lax, and the page in the tab is another site's */
    for (size_t i = 0; i < jar->count; i++) {
        struct jar_cookie *kept = &jar->list[i];

        if (same(kept->name, cookie.name) && same(kept->domain, cookie.domain) && same(kept->path, cookie.path) &&
            kept->partitioned == cookie.partitioned)
            *kept = jar->list[--jar->count];
    }
}

/* One response for `path`; the number of Set-Cookie fields. */
static size_t load(struct fixture *fixture, struct jar *jar, const char *path, const char *fields, const char *response)
{
    static struct fixture_message request, origin;
    char text[8000], cookies[6000];
    struct cnil_exchange *exchange =
        cnil_exchange_new(fixture->config, fixture->policy, CNIL_MODE_ENFORCE, &fixture_server, fixture);
    struct cnil_request made;
    struct cnil_response answer;
    const struct cnil_answer *ours;
    struct cnil_edits edits;
    enum cnil_open open;
    size_t found = 0, bytes = 0;

    assert_non_null(exchange);
    write_cookies(jar, path, cookies, sizeof(cookies));
    snprintf(text, sizeof(text), "%s %s\nHost: www.shop.example\n%s\nCookie: %seu-consent={refuse}\n",
             strstr(fields, "POST") != NULL ? "POST" : "GET", path, fields, cookies);
    fixture_parse(fixture, text, &request);
    made = fixture_request(&request);
    assert_int_equal(cnil_exchange_open(exchange, &made, &open, &ours), CNIL_OK);
    fixture_parse(fixture, response, &origin);
    answer = fixture_response(&origin);
    assert_int_equal(cnil_exchange_headers(exchange, &answer, &edits), CNIL_OK);
    for (size_t i = 0; i < edits.count; i++) {
        if (edits.list[i].kind != CNIL_EDIT_ADD || !cnil_str_equal(edits.list[i].name, CNIL_STR("Set-Cookie")))
            continue;
        found++;
        bytes += edits.list[i].value.len;
        receive(jar, edits.list[i].value);
    }
    assert_true(found <= FIELDS_MOST && bytes <= BYTES_MOST);
    fixture->log[0] = '\0';
    cnil_exchange_close(exchange);
    return found;
}

#define PAGE "Sec-Fetch-Dest: document\nAccept: text/html"
#define HTML "200\nContent-Type: text/html\n"

static void a_few_cookies_go_at_once(void **state)
{
    struct fixture fixture;
    struct jar jar = { .count = 0 };

    (void)state;
    fixture_open(&fixture, POLICY);
    add(&jar, "t_a", "", "/", false);
    add(&jar, "t_a", "shop.example", "/", false);
    add(&jar, "t_a", "www.shop.example", "/shop", false);
    add(&jar, "t_a", "", "/shop/", false);
    add(&jar, "t_a", "", "/shop/cart", true);
    add(&jar, "t_a", "shop.example", "/shop/", true);
    load(&fixture, &jar, "/shop/cart", PAGE, HTML);
    assert_int_equal(jar.count, 0);
    assert_int_equal(load(&fixture, &jar, "/shop/cart", PAGE, HTML), 0); /* nothing is sent any more */
    fixture_close(&fixture);
}

static void prefixed_names_go_where_browsers_let_them_be(void **state)
{
    struct fixture fixture;
    struct jar jar = { .count = 0 };

    (void)state;
    fixture_open(&fixture, POLICY);
    add(&jar, "__Host-t", "", "/", false);
    add(&jar, "__Host-t", "", "/", true);
    add(&jar, "__host-t", "", "/", false);
    assert_int_equal(load(&fixture, &jar, "/a/b", PAGE, HTML), 4);
    assert_int_equal(jar.count, 0);
    add(&jar, "__Secure-t", "shop.example", "/a/", false);
    load(&fixture, &jar, "/a/b", PAGE, HTML);
    assert_int_equal(jar.count, 0);
    fixture_close(&fixture);
}

static void names_for_http_alone_go_too(void **state)
{
    struct fixture fixture;
    struct jar jar = { .count = 0 };

    (void)state;
    fixture_open(&fixture, POLICY);
    add(&jar, "__Http-t", "shop.example", "/a/", false);
    add(&jar, "__Host-Http-t", "", "/", true);
    load(&fixture, &jar, "/a/b", PAGE, HTML);
    assert_int_equal(jar.count, 0);
    fixture_close(&fixture);
}

static void cookies_in_a_frame_of_another_site_go_too(void **state)
{
    static const char *const requests[] = { "Sec-Fetch-Dest: iframe", "Sec-Fetch-Dest: empty\nX: POST" };

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct fixture fixture;
        struct jar jar = { .is_framed = true };

        fixture_open(&fixture, POLICY);
        add(&jar, "t_a", "shop.example", "/a/", true);
        add(&jar, "t_a", "", "/", false);
        load(&fixture, &jar, "/a/b", requests[i], HTML);
        assert_int_equal(jar.count, 0);
        fixture_close(&fixture);
    }
}

/* Every scope that can be sent to a deep page, of many names: more than one response may carry. */
static void every_scope_has_its_turn(void **state)
{
    static const char *domains[] = { "", "shop.example", "www.shop.example" };
    static const char *paths[] = { "/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c" };
    struct fixture fixture;
    static struct jar jar;
    size_t loads = 0;

    (void)state;
    fixture_open(&fixture, POLICY);
    for (size_t n = 0; n < 12; n++) {
        for (size_t d = 0; d < 3; d++) {
            for (size_t p = 0; p < 6; p++) {
                char name[32];

                snprintf(name, sizeof(name), "t_%zu", n);
                add(&jar, name, domains[d], paths[p], false);
                add(&jar, name, domains[d], paths[p], true);
            }
        }
    }
    while (jar.count > 0 && loads < LOADS) {
        assert_true(load(&fixture, &jar, "/a/b/c", PAGE, HTML) > 0);
        fixture.now++;
        loads++;
    }
    assert_int_equal(jar.count, 0);
    assert_true(loads < 200); /* 432 cookies */
    fixture_close(&fixture);
}

/* Long paths: the bytes end before the fields do, and still every one has its turn. */
static void long_scopes_have_their_turns_too(void **state)
{
    struct fixture fixture;
    static struct jar jar;
    char path[1200] = "";
    size_t loads = 0;

    (void)state;
    fixture_open(&fixture, POLICY);
    for (int i = 0; i < 10; i++)
        strcat(path, "/a-directory-of-this-long-name-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    for (size_t n = 0; n < 10; n++) {
        char name[32];

        snprintf(name, sizeof(name), "t_%zu", n);
        add(&jar, name, "shop.example", "/", true); /* the last scope in order of likelihood */
    }
    while (jar.count > 0 && loads < LOADS) {
        load(&fixture, &jar, path, PAGE, HTML);
        fixture.now++;
        loads++;
    }
    assert_int_equal(jar.count, 0);
    fixture_close(&fixture);
}

static void only_documents_and_private_responses_carry_it(void **state)
{
    static const struct {
        const char *request, *response;
        bool carries;
    } rows[] = {
        { PAGE, HTML, true },
        { "Sec-Fetch-Dest: empty", HTML, true },
        { "Sec-Fetch-Dest: image", "200\nContent-Type: image/png\n", false },
        { "Sec-Fetch-Dest: image", "200\nContent-Type: image/png\nCache-Control: public, max-age=9\n", false },
        { "Sec-Fetch-Dest: image", "200\nContent-Type: image/png\nCache-Control: max-age=9, Private\n", true },
        { "Sec-Fetch-Dest: empty", "200\nContent-Type: application/json\nCache-Control: no-store\n", true },
        { "Sec-Fetch-Dest: empty", "200\nContent-Type: application/json\n", false },
        { "Sec-Fetch-Dest: empty\nX: POST", "200\nContent-Type: application/json\n", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture fixture;
        struct jar jar = { .count = 0 };

        fixture_open(&fixture, POLICY);
        add(&jar, "t_a", "", "/", false);
        if ((load(&fixture, &jar, "/a", rows[i].request, rows[i].response) > 0) != rows[i].carries)
            fail_msg("%s, %s", rows[i].request, rows[i].response);
        fixture_close(&fixture);
    }
}

/* The form that refuses is posted to an address that no cookie of another path is sent to. */
static void a_refusal_reaches_the_paths_that_are_named(void **state)
{
    struct fixture fixture;
    struct jar jar = { .count = 0 };
    struct cnil_exchange *exchange;
    const struct cnil_answer *answer;

    (void)state;
    fixture_open(&fixture, POLICY);
    add(&jar, "far", "shop.example", "/blog", false);
    add(&jar, "far", "", "/shop/", true);
    add(&jar, "t_a", "shop.example", "/", false);
    add(&jar, "t_b", "shop.example", "/shop/", false);
    exchange = fixture_post(&fixture, "Host: www.shop.example\nOrigin: https://www.shop.example\nCookie: t_a=1\n",
                            "choice=withdraw&return=/shop/x", &answer);
    assert_int_equal(answer->status, 303);
    for (size_t i = 0; i < answer->headers.count; i++)
        if (cnil_str_equal(answer->headers.list[i].name, CNIL_STR("Set-Cookie")) &&
            !cnil_str_starts_with(answer->headers.list[i].value, CNIL_STR("eu-consent")))
            receive(&jar, answer->headers.list[i].value);
    cnil_exchange_close(exchange);
    assert_int_equal(jar.count, 1);
    assert_string_equal(jar.list[0].name, "t_b"); /* was not sent: the next page of /shop/ takes it */
    load(&fixture, &jar, "/shop/x", PAGE, HTML);
    assert_int_equal(jar.count, 0);
    fixture_close(&fixture);
}

static void names_that_cannot_be_written_are_left(void **state)
{
    struct fixture fixture;
    struct jar jar = { .count = 0 };

    (void)state;
    fixture_open(&fixture, "{\"preset\":\"strict\"}");
    add(&jar, "with space", "", "/", false);
    add(&jar, "a,b", "", "/", false);
    add(&jar, "\xc3\xa9", "", "/", false);
    load(&fixture, &jar, "/", PAGE, HTML);
    assert_int_equal(jar.count, 0);
    add(&jar, "a\tb", "", "/", false);
    assert_int_equal(load(&fixture, &jar, "/", PAGE, HTML), 0);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_cookies_go_at_once),
        cmocka_unit_test(prefixed_names_go_where_browsers_let_them_be),
        cmocka_unit_test(names_for_http_alone_go_too),
        cmocka_unit_test(cookies_in_a_frame_of_another_site_go_too),
        cmocka_unit_test(every_scope_has_its_turn),
        cmocka_unit_test(long_scopes_have_their_turns_too),
        cmocka_unit_test(only_documents_and_private_responses_carry_it),
        cmocka_unit_test(a_refusal_reaches_the_paths_that_are_named),
        cmocka_unit_test(names_that_cannot_be_written_are_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
