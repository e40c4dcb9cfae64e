/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/host.h"
#include "web/idna.h"

static const struct {
    const char *input, *host; /* "": not a host */
    enum cnil_host_kind kind;
} cases[] = {
    { "Example.COM", "example.com", CNIL_HOST_DOMAIN },
    { "example.com.", "example.com.", CNIL_HOST_DOMAIN },
    { "\xC3\xA9t\xC3\xA9.example", "xn--t-9fab.example", CNIL_HOST_DOMAIN },
    { "0x7f.1", "127.0.0.1", CNIL_HOST_IPV4 },
    { "[::0001]", "[::1]", CNIL_HOST_IPV6 },
    { "*", "*", CNIL_HOST_DOMAIN },
    { "xn--a.example", "xn--a.example", CNIL_HOST_DOMAIN },
    { "", "", CNIL_HOST_NONE },
    { "a:80", "", CNIL_HOST_NONE },
    { "a/b", "", CNIL_HOST_NONE },
    { "u@a", "", CNIL_HOST_NONE },
    { "::1", "", CNIL_HOST_NONE },
    { "%00", "", CNIL_HOST_NONE },
    { "\xC2\xAD", "", CNIL_HOST_NONE },
    { "\xEF\xBF\xBD.example", "", CNIL_HOST_NONE },
    { "\xEE\x80\x80.example", "", CNIL_HOST_NONE },
    { "\xCC\x81x.example", "", CNIL_HOST_NONE },
    { "\xF0\x9F\x91\x8D\xE2\x80\x8D.example", "", CNIL_HOST_NONE },
    { "\xD7\x90x.example", "", CNIL_HOST_NONE },
    { "xn--99999999.\xC3\xA9", "", CNIL_HOST_NONE },
};

static void hosts_are_serialised(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_arena *arena = cnil_arena_new(1 << 16);
        struct cnil_str host = CNIL_STR_EMPTY;
        enum cnil_host_kind kind = CNIL_HOST_NONE;
        enum cnil_status status = cnil_host_parse(cnil_str_from(cases[i].input), arena, &host, &kind);

        if ((status == CNIL_OK) != (cases[i].host[0] != '\0') || kind != cases[i].kind ||
            !cnil_str_equal(host, cnil_str_from(cases[i].host)))
            fail_msg("\"%s\": status %d, kind %d, %.*s", cases[i].input, status, kind, (int)host.len, host.ptr);
        cnil_arena_free(arena);
    }
}

/* A browser would fetch the first form, so the second must come out: RFC 3492, 7.1 and UTS 46. */
static void names_that_idna_2008_refuses_are_encoded(void **state)
{
    static const struct {
        const char *domain, *ascii;
    } names[] = {
        { "\xF0\x9F\x91\x8D.example", "xn--yp8h.example" },
        { "\xE2\x98\x95\xEF\xBD\xA1us", "xn--53h.us" },
        { "-\xD0\xBF\xD0\xBE\xD1\x87\xD0\xB5\xD0\xBC\xD1\x83\xD0\xB6\xD0\xB5\xD0\xBE\xD0\xBD\xD0\xB8-",
          "xn-----nlcaenzkeef5c9b" },
        { "ab--m\xC3\xBC.de", "xn--ab--m-ova.de" },
        { "\xC2\xBDw.example", "xn--12w-ot0a.example" },
        { "a\xEF\xBC\x8D\xEF\xBC\x8D\xEF\xB9\xA3", "a---" },
        { "-\xC3\x9F", "xn----qfa" },
        { "a\xE1\xA0\x8E.example", "a.example" },
        { "\xF0\x9C\xB3\x96.example", "a.example" },
        { "\xE0\xA4\x95\xE0\xA5\x8D\xE2\x80\x8D.example", "xn--11b6iy14e.example" },
        { "\xE2\x98\x95\xC3\x89\xC2\xAD", "xn--9ca541q" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char out[128];
        size_t len = 0;

        assert_int_equal(cnil_idna_to_ascii(cnil_str_from(names[i].domain), out, sizeof(out), &len), CNIL_OK);
        if (!cnil_str_equal((struct cnil_str){ out, len }, cnil_str_from(names[i].ascii)))
            fail_msg("%s: %.*s", names[i].domain, (int)len, out);
    }
}

static void a_name_without_room_is_refused(void **state)
{
    char out[8], domain[8192];
    size_t len;

    (void)state;
    assert_int_equal(cnil_idna_to_ascii(CNIL_STR("\xC3\xA9.example"), out, sizeof(out), &len), CNIL_INVALID);
    assert_int_equal(cnil_idna_to_ascii(CNIL_STR("\xE2\x98\x95.example"), out, sizeof(out), &len), CNIL_INVALID);
    for (size_t i = 0; i < sizeof(domain); i += 2)
        memcpy(domain + i, "\xC3\xA9", 2);
    assert_int_equal(cnil_idna_to_ascii((struct cnil_str){ domain, sizeof(domain) }, out, sizeof(out), &len),
                     CNIL_INVALID);
    assert_int_equal(cnil_idna_to_ascii((struct cnil_str){ domain, 3000 }, out, sizeof(out), &len), CNIL_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_are_serialised),
        cmocka_unit_test(names_that_idna_2008_refuses_are_encoded),
        cmocka_unit_test(a_name_without_room_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
