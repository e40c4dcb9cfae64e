/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/domain.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void registrable_domains_follow_the_public_suffix_list(void **state)
{
    static const struct {
        const char *host, *domain;
    } cases[] = {
        { "www.example.com", "example.com" },
        { "example.com", "example.com" },
        { "a.b.example.co.uk", "example.co.uk" },
        { "www.example.com.", "example.com" },
        { "co.uk", "co.uk" },
        { "fr", "fr" },
        { "localhost", "localhost" },
        { "user.github.io", "user.github.io" },
        { "x.user.github.io", "user.github.io" },
        { "github.io", "github.io" },
        { "www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn" },
        { "a.example.unknown-tld", "example.unknown-tld" },
        { "127.0.0.1", "127.0.0.1" },
        { "[::1]", "[::1]" },
        { ".", "" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str host = cnil_str_from(cases[i].host);
        struct cnil_str domain = cnil_domain_registrable(host);

        if (!cnil_str_equal(domain, cnil_str_from(cases[i].domain)))
            fail_msg("%s: %.*s", cases[i].host, (int)domain.len, domain.ptr);
        assert_true(domain.ptr >= host.ptr && domain.ptr + domain.len <= host.ptr + host.len);
    }
}

/* Hosts that drive each other out, and some that do not. */
static void what_is_kept_is_what_would_be_found(void **state)
{
    static const char *const hosts[] = { "www.example.com",
                                         "example.com",
                                         "a.example.co.uk",
                                         "x.user.github.io",
                                         "fr",
                                         "www.example.com",
                                         "127.0.0.1",
                                         "www.example.com.",
                                         ".",
                                         "" };
    static const char *const first[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l" };
    struct cnil_domains domains;

    (void)state;
    memset(&domains, 0, sizeof(domains));
    for (size_t i = 0; i < 3 * COUNT(hosts) * COUNT(first); i++) {
        char name[64];
        struct cnil_str host = { name, 0 }, domain, kept;

        host.len = (size_t)snprintf(name, sizeof(name), "%s%s", i % 2 == 0 ? "" : first[i / 7 % COUNT(first)],
                                    hosts[i % COUNT(hosts)]);
        domain = cnil_domain_registrable(host);
        kept = cnil_domains_registrable(&domains, host);
        if (kept.ptr != domain.ptr || kept.len != domain.len)
            fail_msg("%s: %.*s", name, (int)kept.len, kept.ptr);
    }
}

static void a_name_too_long_for_dns_is_left_alone(void **state)
{
    struct cnil_domains domains;
    char host[400];

    (void)state;
    memset(host, 'a', sizeof(host));
    for (size_t i = 3; i < sizeof(host); i += 4)
        host[i] = '.';
    assert_int_equal(cnil_domain_registrable((struct cnil_str){ host, sizeof(host) }).len, sizeof(host) - 1);
    assert_false(cnil_domain_is_public_suffix((struct cnil_str){ host, sizeof(host) }));
    memset(&domains, 0, sizeof(domains));
    assert_int_equal(cnil_domains_registrable(&domains, (struct cnil_str){ host, sizeof(host) }).len, sizeof(host) - 1);
}

static void a_host_is_within_its_domain(void **state)
{
    static const struct {
        const char *host, *domain;
        bool within;
    } cases[] = {
        { "example.com", "example.com", true },
        { "a.b.example.com", "example.com", true },
        { "a.example.com.", "example.com", true },
        { "a.example.com", "example.com.", true },
        { "badexample.com", "example.com", false },
        { "example.com", "a.example.com", false },
        { "example.com", "", false },
        { "", "", false },
        { "1.2.3.4", "3.4", false },
        { "1.2.3.4", "1.2.3.4", true },
        { "[::1]", "[::1]", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (cnil_domain_within(cnil_str_from(cases[i].host), cnil_str_from(cases[i].domain)) != cases[i].within)
            fail_msg("%s in %s", cases[i].host, cases[i].domain);
}

static void no_cookie_is_set_for_a_public_suffix(void **state)
{
    static const struct {
        const char *host;
        bool suffix;
    } cases[] = {
        { "com", true },       { "co.uk", true }, { "github.io", true }, { "fr.", true },   { "example.com", false },
        { "127.0.0.1", true }, { "[::1]", true }, { "", false },         { "a.fr", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (cnil_domain_is_public_suffix(cnil_str_from(cases[i].host)) != cases[i].suffix)
            fail_msg("%s", cases[i].host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registrable_domains_follow_the_public_suffix_list),
        cmocka_unit_test(what_is_kept_is_what_would_be_found),
        cmocka_unit_test(a_name_too_long_for_dns_is_left_alone),
        cmocka_unit_test(a_host_is_within_its_domain),
        cmocka_unit_test(no_cookie_is_set_for_a_public_suffix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
