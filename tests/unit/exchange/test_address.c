/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/arena.h"
#include "exchange/address.h"
#include "web/url.h"

static const struct cnil_str proxies[] = { CNIL_STR_INIT("10.0.0.0/8"), CNIL_STR_INIT("fe80::/10") };
static const struct cnil_policy policy = { .trusted_proxies = proxies, .trusted_proxy_count = 2 };

static const struct {
    const char *host, *origin;
    bool tls, valid;
} hosts[] = {
    { "shop.example", "https://shop.example", true, true },
    { "SHOP.Example:443", "https://shop.example", true, true },
    { "shop.example:80", "http://shop.example", false, true },
    { "shop.example:8443", "https://shop.example:8443", true, true },
    { "shop.example:", "https://shop.example", true, true },
    { "b\xc3\xbc"
      "cher.example",
      "https://xn--bcher-kva.example", true, true },
    { "127.0.0.1:8443", "https://127.0.0.1:8443", true, true },
    { "[::1]:8443", "https://[::1]:8443", true, true },
    { "", "https://unknown.invalid", true, false },
    { "shop.example@evil.example", "https://unknown.invalid", true, false },
    { "evil.example/shop.example", "https://unknown.invalid", true, false },
    { "shop.example:99999", "https://unknown.invalid", true, false },
    { "shop.example:8a", "https://unknown.invalid", true, false },
    { "shop.example:0", "https://unknown.invalid", true, false },
    { "shop example", "https://unknown.invalid", true, false },
    { ":443", "https://unknown.invalid", true, false },
};

static void hosts_are_read_as_browsers_write_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct cnil_arena *arena = cnil_arena_new(65536);
        struct cnil_request request = { .host = cnil_str_from(hosts[i].host), .target = CNIL_STR_INIT("/") };
        struct cnil_address address = { 0 };
        struct cnil_str origin;

        request.tls = hosts[i].tls;
        assert_int_equal(cnil_address_read(&address, &request, &policy, arena), CNIL_OK);
        origin = cnil_address_origin(&address, arena);
        if (address.valid != hosts[i].valid || !cnil_str_equal(origin, cnil_str_from(hosts[i].origin)))
            fail_msg("%s: %.*s", hosts[i].host, (int)origin.len, origin.ptr);
        cnil_arena_free(arena);
    }
}

static const struct {
    const char *name, *peer, *field, *value;
    bool secure;
} schemes[] = {
    { "no field", "10.1.2.3", "X-Other", "https", false },
    { "a trusted proxy", "10.1.2.3", "X-Forwarded-Proto", "https", true },
    { "a trusted proxy says http", "10.1.2.3", "X-Forwarded-Proto", "http", false },
    { "a chain: the visitor's side is first", "10.1.2.3", "X-Forwarded-Proto", "https, http", true },
    { "a chain that began in the clear", "10.1.2.3", "x-forwarded-proto", "http, https", false },
    { "a stranger", "192.0.2.7", "X-Forwarded-Proto", "https", false },
    { "an IPv6 proxy", "fe80::1", "X-Forwarded-Proto", "HTTPS", true },
    { "the standard field", "10.1.2.3", "Forwarded", "for=192.0.2.60;proto=https;by=203.0.113.43", true },
    { "the standard field, quoted", "10.1.2.3", "Forwarded", "Proto=\"https\", proto=http", true },
    { "the standard field of a stranger", "192.0.2.7", "Forwarded", "proto=https", false },
    { "no address", "", "X-Forwarded-Proto", "https", false },
};

static void only_trusted_proxies_speak_for_the_scheme(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        struct cnil_arena *arena = cnil_arena_new(65536);
        struct cnil_header field = { cnil_str_from(schemes[i].field), cnil_str_from(schemes[i].value) };
        struct cnil_request request = { .host = CNIL_STR_INIT("a.example"),
                                        .target = CNIL_STR_INIT("/"),
                                        .peer = cnil_str_from(schemes[i].peer),
                                        .headers = { &field, 1 } };
        struct cnil_address address = { 0 };

        assert_int_equal(cnil_address_read(&address, &request, &policy, arena), CNIL_OK);
        if (address.secure != schemes[i].secure)
            fail_msg("%s: %d", schemes[i].name, address.secure);
        cnil_arena_free(arena);
    }
}

static const struct {
    const char *target;
    bool own;
} paths[] = {
    { "/", true },
    { "/a/b?c=d&e=%2F", true },
    { "/caf\xc3\xa9", true },
    { "/a//b", true },
    { "/..", true },
    { "", false },
    { "a", false },
    { "//evil.example/", false },
    { "/\\evil.example/", false },
    { "/a\\b", false },
    { "/\tevil", false },
    { "/\t/evil.example/", false },
    { "/\n/evil.example/", false },
    { "/.//evil.example/", false },
    { "/a/..//evil.example/", false },
    { "/%2e//evil.example/", false },
    { "https://evil.example/", false },
    { "javascript:alert(1)", false },
    { "/\x7f", false },
};

static void only_paths_of_this_site_lead_back(void **state)
{
    struct cnil_request request = { .host = CNIL_STR_INIT("shop.example:8443"),
                                    .target = CNIL_STR_INIT("/x"),
                                    .tls = true };

    (void)state;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct cnil_arena *arena = cnil_arena_new(65536);
        struct cnil_address address = { 0 };

        assert_int_equal(cnil_address_read(&address, &request, &policy, arena), CNIL_OK);
        if (cnil_address_is_own_path(&address, cnil_str_from(paths[i].target), arena) != paths[i].own)
            fail_msg("%s: %s", paths[i].target, paths[i].own ? "refused" : "taken");
        cnil_arena_free(arena);
    }
}

static const struct {
    const char *target, *path;
} targets[] = {
    { "/a?b", "/a" }, { "/a?b?c", "/a" }, { "http://shop.example/a?b", "/a" }, { "http://shop.example", "/" },
    { "*", "/" },     { "", "/" },
};

static void targets_come_in_several_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        struct cnil_arena *arena = cnil_arena_new(65536);
        struct cnil_request request = { .host = CNIL_STR_INIT("shop.example"),
                                        .target = cnil_str_from(targets[i].target) };
        struct cnil_address address = { 0 };

        assert_int_equal(cnil_address_read(&address, &request, &policy, arena), CNIL_OK);
        if (!cnil_str_equal(address.path, cnil_str_from(targets[i].path)))
            fail_msg("%s: %.*s", targets[i].target, (int)address.path.len, address.path.ptr);
        cnil_arena_free(arena);
    }
}

static void the_page_keeps_its_host_whatever_its_target(void **state)
{
    struct cnil_request request = { .host = CNIL_STR_INIT("shop.example"),
                                    .target = CNIL_STR_INIT("//evil.example/x"),
                                    .tls = true };
    struct cnil_arena *arena = cnil_arena_new(65536);
    struct cnil_address address = { 0 };
    struct cnil_url url;

    (void)state;
    assert_int_equal(cnil_address_read(&address, &request, &policy, arena), CNIL_OK);
    assert_int_equal(cnil_address_url(&address, arena, &url), CNIL_OK);
    assert_true(cnil_str_equal(url.host, CNIL_STR("shop.example")));
    cnil_arena_free(arena);
}

static void nothing_but_a_url_stands_in_a_location(void **state)
{
    struct cnil_buffer out;

    (void)state;
    cnil_buffer_init(&out, 1024);
    cnil_address_escape(CNIL_STR("/a%20b?x=<\"\r\n#\\\x80 &y=1"), &out);
    assert_true(cnil_str_equal(cnil_buffer_str(&out), CNIL_STR("/a%20b?x=%3C%22%0D%0A%23%5C%80%20&y=1")));
    cnil_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_read_as_browsers_write_them),
        cmocka_unit_test(only_trusted_proxies_speak_for_the_scheme),
        cmocka_unit_test(only_paths_of_this_site_lead_back),
        cmocka_unit_test(targets_come_in_several_forms),
        cmocka_unit_test(the_page_keeps_its_host_whatever_its_target),
        cmocka_unit_test(nothing_but_a_url_stands_in_a_location),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
