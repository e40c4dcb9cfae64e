/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/cookie.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void pairs_are_taken_off_the_header(void **state)
{
    static const struct {
        const char *header, *pairs;
    } cases[] = {
        { "", "" },
        { "a=1", "[a=1|a|1]" },
        { "a=1; b=2", "[a=1|a|1][b=2|b|2]" },
        { " ;; a = 1 ;\t", "[a = 1|a|1]" },
        { "alone", "[alone||alone]" },
        { "=x; a=", "[=x||x][a=|a|]" },
        { "a=b=c", "[a=b=c|a|b=c]" },
        { "a=\"x;y\"", "[a=\"x|a|\"x][y\"||y\"]" },
        { "a=1, b=2", "[a=1|a|1]+[b=2|b|2]" }, /* two fields, that a server has put together */
        { "a=1; b=2, c=3, d=4 ;e=5", "[a=1|a|1][b=2|b|2]+[c=3|c|3]+[d=4|d|4][e=5|e|5]" },
        { "alone, b=2, ;c=3", "[alone||alone]+[b=2,|b|2,][c=3|c|3]" },
        { "a=1,b=2", "[a=1,b=2|a|1,b=2]" },
        { "a=Thu, 01 Jan; b=x, y", "[a=Thu, 01 Jan|a|Thu, 01 Jan][b=x, y|b|x, y]" },
        { "a=1, =2; b=1,  c=2", "[a=1, =2|a|1, =2][b=1,  c=2|b|1,  c=2]" },
        { "a=1, x[\xc3\xa9]=2, \"k\": 1, ", "[a=1|a|1]+[x[\xc3\xa9]=2, \"k\": 1,|x[\xc3\xa9]|2, \"k\": 1,]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str rest = cnil_str_from(cases[i].header);
        struct cnil_cookie_pair pair;
        char out[256] = "";
        size_t len = 0;

        while (cnil_cookie_next(&rest, &pair))
            len += (size_t)snprintf(out + len, sizeof(out) - len, "%s[%.*s|%.*s|%.*s]", pair.is_joined ? "+" : "",
                                    (int)pair.raw.len, pair.raw.ptr, (int)pair.name.len, pair.name.ptr,
                                    (int)pair.value.len, pair.value.ptr);
        if (strcmp(out, cases[i].pairs) != 0)
            fail_msg("%s: %s", cases[i].header, out);
    }
}

static void pairs_of_all_fields_come_in_order(void **state)
{
    static const struct cnil_header list[] = {
        { CNIL_STR_INIT("cookie"), CNIL_STR_INIT("a=1; b=2") }, { CNIL_STR_INIT("Cookie2"), CNIL_STR_INIT("a=no") },
        { CNIL_STR_INIT("Cookie"), CNIL_STR_INIT(" ; ") },      { CNIL_STR_INIT("COOKIE"), CNIL_STR_INIT("A=3; a=4") },
        { CNIL_STR_INIT("Accept"), CNIL_STR_INIT("a=no") },
    };
    struct cnil_cookies all = cnil_cookies_of((struct cnil_headers){ list, COUNT(list) }), named = all;
    struct cnil_cookies none = cnil_cookies_of((struct cnil_headers){ NULL, 0 });
    struct cnil_cookie_pair pair;
    char out[64] = "";

    (void)state;
    while (cnil_cookies_next(&all, &pair))
        strncat(out, pair.raw.ptr, pair.raw.len);
    strcat(out, "|");
    while (cnil_cookies_next_named(&named, CNIL_STR("a"), &pair))
        strncat(out, pair.raw.ptr, pair.raw.len);
    assert_string_equal(out, "a=1b=2A=3a=4|a=1a=4");
    assert_false(cnil_cookies_next(&all, &pair));
    assert_false(cnil_cookies_next(&none, &pair));
}

/* Everything that a browser would remember, in one line; "ignored" when it would not. */
static void trace(struct cnil_str value, char *out, size_t size)
{
    struct cnil_set_cookie cookie;
    size_t len;

    if (!cnil_set_cookie_parse(value, &cookie)) {
        snprintf(out, size, "ignored");
        return;
    }
    len = (size_t)snprintf(out, size, "%.*s=%.*s", (int)cookie.name.len, cookie.name.ptr, (int)cookie.value.len,
                           cookie.value.ptr);
    if (cookie.domain.len > 0)
        len += (size_t)snprintf(out + len, size - len, " domain=%.*s", (int)cookie.domain.len, cookie.domain.ptr);
    if (cookie.path.len > 0)
        len += (size_t)snprintf(out + len, size - len, " path=%.*s", (int)cookie.path.len, cookie.path.ptr);
    if (cookie.same_site.len > 0)
        len +=
            (size_t)snprintf(out + len, size - len, " samesite=%.*s", (int)cookie.same_site.len, cookie.same_site.ptr);
    if (cookie.has_max_age)
        len += (size_t)snprintf(out + len, size - len, " max-age=%lld", (long long)cookie.max_age);
    if (cookie.has_expires)
        len += (size_t)snprintf(out + len, size - len, " expires=%lld", (long long)cookie.expires);
    snprintf(out + len, size - len, "%s%s%s", cookie.secure ? " secure" : "", cookie.http_only ? " httponly" : "",
             cookie.partitioned ? " partitioned" : "");
}

static void set_cookie_is_read_as_browsers_do(void **state)
{
    static const struct {
        const char *name, *value, *read;
    } cases[] = {
        { "plain", "a=1", "a=1" },
        { "everything", "a=1; Domain=.x.example; Path=/p; SameSite=Lax; Max-Age=60; Secure; HttpOnly; Partitioned",
          "a=1 domain=x.example path=/p samesite=Lax max-age=60 secure httponly partitioned" },
        { "case and space of attributes", "a=1;\tSECURE ; pAtH = /p ", "a=1 path=/p secure" },
        { "space around name and value", " a = 1 2 ; Secure", "a=1 2 secure" },
        { "quotes belong to the value", "a=\"1\"", "a=\"1\"" },
        { "no name", "alone; Secure", "=alone secure" },
        { "no name, with =", "=alone", "=alone" },
        { "no value", "a=", "a=" },
        { "neither", "=", "ignored" },
        { "nothing", "; Secure", "ignored" },
        { "empty", "", "ignored" },
        { "a control character", "a=1\x01", "ignored" },
        { "a control character in an attribute", "a=1; Path=/\x7F", "ignored" },
        { "a tab is none", "a=1\t2", "a=1\t2" },
        { "the last domain counts", "a=1; domain=x.example; domain=y.example", "a=1 domain=y.example" },
        { "also an empty one", "a=1; domain=x.example; domain=", "a=1" },
        { "the last path counts", "a=1; path=/x; path=y", "a=1" },
        { "secure needs no value", "a=1; secure=no", "a=1 secure" },
        { "max-age, negative", "a=1; max-age=-1", "a=1 max-age=-1" },
        { "max-age, zero", "a=1; max-age=0", "a=1 max-age=0" },
        { "max-age, no number", "a=1; max-age=1x", "a=1" },
        { "max-age, a sign in front", "a=1; max-age=+1", "a=1" },
        { "max-age, nothing", "a=1; max-age=", "a=1" },
        { "max-age, a bad one undoes a good one", "a=1; max-age=0; max-age=x", "a=1" },
        { "max-age, the last one counts", "a=1; max-age=x; max-age=5", "a=1 max-age=5" },
        { "max-age, huge", "a=1; max-age=99999999999999999999999999", "a=1 max-age=999999999999999999" },
        { "expires", "a=1; Expires=Wed, 09 Jun 2021 10:18:14 GMT", "a=1 expires=1623233894" },
        { "expires, hyphens and a short year", "a=1; expires=Wed, 09-Jun-21 10:18:14 GMT", "a=1 expires=1623233894" },
        { "expires, asctime", "a=1; expires=Wed Jun  9 10:18:14 2021", "a=1 expires=1623233894" },
        { "expires, a year before the day is the day", "a=1; expires=10:18:14 21 junE 9", "a=1" },
        { "expires, any order, the first time counts", "a=1; expires=10:18:14 9 junE 2021 09:00:00",
          "a=1 expires=1623233894" },
        { "expires, one digit each", "a=1; expires=9 Jun 2021 1:1:1x", "a=1 expires=1623200461" },
        { "expires, long ago", "a=1; expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=1 expires=0" },
        { "expires, a year of the last century", "a=1; expires=Sun, 06-Nov-94 08:49:37 GMT", "a=1 expires=784111777" },
        { "expires, before 1601", "a=1; expires=1 Jan 1600 00:00:00", "a=1" },
        { "expires, a bad one undoes a good one", "a=1; expires=1 Jan 1970 00:00:00; expires=0", "a=1" },
        { "expires, no such day", "a=1; expires=31 Feb 2021 00:00:00", "a=1" },
        { "expires, no time", "a=1; expires=1 Jan 2021", "a=1" },
        { "expires, hour 24", "a=1; expires=1 Jan 2021 24:00:00", "a=1" },
        { "an attribute nobody knows", "a=1; Priority=High; Secure", "a=1 secure" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[256];

        trace(cnil_str_from(cases[i].value), out, sizeof(out));
        if (strcmp(out, cases[i].read) != 0)
            fail_msg("%s: %s", cases[i].name, out);
    }
}

static void sizes_are_bounded_as_in_browsers(void **state)
{
    struct cnil_set_cookie cookie;
    char value[6000];

    (void)state;
    memset(value, 'x', sizeof(value));
    value[10] = '=';
    assert_true(cnil_set_cookie_parse((struct cnil_str){ value, 4097 }, &cookie)); /* "=" does not count */
    assert_false(cnil_set_cookie_parse((struct cnil_str){ value, 4098 }, &cookie));
    memcpy(value, "a=1; path=/", 11);
    assert_true(cnil_set_cookie_parse((struct cnil_str){ value, 10 + 1024 }, &cookie));
    assert_int_equal(cookie.path.len, 1024);
    assert_true(cnil_set_cookie_parse((struct cnil_str){ value, 10 + 1025 }, &cookie));
    assert_int_equal(cookie.path.len, 0);
}

static void a_lifetime_is_written_anew(void **state)
{
    static const struct {
        const char *value, *written;
    } rows[] = {
        { "a=1", "a=1; Max-Age=60" },
        { " a = 1 2 ;Path=/ ; HttpOnly", "a = 1 2; Path=/; HttpOnly; Max-Age=60" },
        { "a=1; MAX-AGE=9; expires = Thu, 01 Jan 2038 00:00:00 GMT; Secure; max-age", "a=1; Secure; Max-Age=60" },
        { "max-age=1; x", "max-age=1; x; Max-Age=60" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cnil_buffer out;

        cnil_buffer_init(&out, 256);
        cnil_set_cookie_write(cnil_str_from(rows[i].value), 60, &out);
        assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
        if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(rows[i].written)))
            fail_msg("%s: %.*s", rows[i].value, (int)out.len, out.ptr);
        cnil_buffer_free(&out);
    }
}

static void arbitrary_bytes_do_no_harm(void **state)
{
    static const char alphabet[] = "=;, \t:ae019\x7F\xE9-.expiresmax-agedomain";
    uint32_t random = 7;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t len = round % 60;
        char *text = malloc(len + 1);
        struct cnil_set_cookie cookie;
        struct cnil_cookie_pair pair;
        struct cnil_str rest = { text, len };

        for (size_t i = 0; i < len; i++) {
            random = random * 1664525 + 1013904223;
            text[i] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
        }
        text = realloc(text, len > 0 ? len : 1);
        rest.ptr = text;
        if (cnil_set_cookie_parse(rest, &cookie))
            assert_true(cookie.name.len + cookie.value.len > 0);
        while (cnil_cookie_next(&rest, &pair))
            assert_true(pair.raw.len > 0);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_taken_off_the_header),    cmocka_unit_test(pairs_of_all_fields_come_in_order),
        cmocka_unit_test(set_cookie_is_read_as_browsers_do), cmocka_unit_test(sizes_are_bounded_as_in_browsers),
        cmocka_unit_test(a_lifetime_is_written_anew),        cmocka_unit_test(arbitrary_bytes_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
