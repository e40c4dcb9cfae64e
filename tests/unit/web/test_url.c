/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "base/limits.h"
#include "web/url.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What the URL standard makes of `input`; "" for `href`: not a URL. */
static const struct {
    const char *name, *input, *base, *href, *host;
} cases[] = {
    { "absolute", "https://example.com/a?b#c", "", "https://example.com/a?b#c", "example.com" },
    { "no path", "https://example.com", "", "https://example.com/", "example.com" },
    { "case is folded in scheme and host only", "HTTPS://EXAMPLE.com/A", "", "https://example.com/A", "example.com" },
    { "protocol-relative", "//t.example/x.js", "https://a.example/b/", "https://t.example/x.js", "t.example" },
    { "root-relative", "/x.js", "https://a.example/b/c", "https://a.example/x.js", "a.example" },
    { "relative", "x.js", "https://a.example/b/c", "https://a.example/b/x.js", "a.example" },
    { "relative to a bare host", "x.js", "https://a.example", "https://a.example/x.js", "a.example" },
    { "empty keeps path and query, not the fragment", "", "https://a.example/b?q#f", "https://a.example/b?q",
      "a.example" },
    { "a query alone", "?r", "https://a.example/b?q#f", "https://a.example/b?r", "a.example" },
    { "an empty query alone", "?", "https://a.example/b?q", "https://a.example/b?", "a.example" },
    { "a fragment alone", "#g", "https://a.example/b?q#f", "https://a.example/b?q#g", "a.example" },
    { "not absolute and no base", "/x.js", "", "", "" },
    { "same scheme without slashes is relative", "https:x.js", "https://a.example/b/", "https://a.example/b/x.js",
      "a.example" },
    { "another special scheme without slashes is absolute", "http:t.example", "https://a.example/", "http://t.example/",
      "t.example" },
    { "one slash, another scheme", "http:/t.example/p", "https://a.example/", "http://t.example/p", "t.example" },
    { "one slash, same scheme", "https:/t.example/p", "https://a.example/", "https://a.example/t.example/p",
      "a.example" },
    { "too many slashes", "https://///t.example/p", "", "https://t.example/p", "t.example" },
    { "three slashes", "///t.example/p", "https://a.example/", "https://t.example/p", "t.example" },
    { "backslashes are slashes", "\\\\t.example\\p", "https://a.example/", "https://t.example/p", "t.example" },
    { "mixed slashes", "/\\t.example", "https://a.example/", "https://t.example/", "t.example" },
    { "a backslash ends the host", "https://t.example\\@a.example/", "", "https://t.example/@a.example/", "t.example" },
    { "a backslash means nothing in the query", "/?\\\\t", "https://a.example/", "https://a.example/?\\\\t",
      "a.example" },
    { "tabs and newlines vanish", "ht\ntps:/\t/t.ex\rample/p\n", "", "https://t.example/p", "t.example" },
    { "spaces and controls around", " \x01 https://t.example/ \x1f ", "", "https://t.example/", "t.example" },
    { "a tab between the slashes", "/\t/t.example/", "https://a.example/", "https://t.example/", "t.example" },
    { "credentials are not the host", "https://a.example@t.example/", "", "https://a.example@t.example/", "t.example" },
    { "the last @ counts", "https://u@v:p@w@t.example/", "", "https://u%40v:p%40w@t.example/", "t.example" },
    { "empty credentials", "https://:@t.example/", "", "https://t.example/", "t.example" },
    { "a password alone", "https://:p@t.example/", "", "https://:p@t.example/", "t.example" },
    { "credentials without host", "https://u@/x", "", "", "" },
    { "credentials of the base are kept", "x", "https://u:p@a.example/b", "https://u:p@a.example/x", "a.example" },
    { "default port", "https://t.example:443/", "", "https://t.example/", "t.example" },
    { "default port with zeros", "http://t.example:00080/", "", "http://t.example/", "t.example" },
    { "another port", "https://t.example:8443/", "", "https://t.example:8443/", "t.example" },
    { "empty port", "https://t.example:/", "", "https://t.example/", "t.example" },
    { "port 0", "https://t.example:0/", "", "https://t.example:0/", "t.example" },
    { "port too large", "https://t.example:65536/", "", "", "" },
    { "port that is no number", "https://t.example:8x/", "", "", "" },
    { "no host before the port", "https://:80/", "", "", "" },
    { "dot segments", "/a/./b/../c/..", "https://a.example/", "https://a.example/a/", "a.example" },
    { "above the root", "../../../x", "https://a.example/b/c", "https://a.example/x", "a.example" },
    { "encoded dots", "/a/%2e%2E/.%2e/b/%2e", "https://a.example/", "https://a.example/b/", "a.example" },
    { "three dots are a name", "/...", "https://a.example/", "https://a.example/...", "a.example" },
    { "empty segments stay", "/a//b/", "https://a.example/", "https://a.example/a//b/", "a.example" },
    { "path characters", "/a b\"<>`{}^'|", "https://a.example/", "https://a.example/a%20b%22%3C%3E%60%7B%7D%5E'|",
      "a.example" },
    { "query characters", "/?a b\"<>`{}'|", "https://a.example/", "https://a.example/?a%20b%22%3C%3E`{}%27|",
      "a.example" },
    { "fragment characters", "/#a b\"<>`'", "https://a.example/", "https://a.example/#a%20b%22%3C%3E%60'",
      "a.example" },
    { "percent signs stay", "/%zz%41%", "https://a.example/", "https://a.example/%zz%41%", "a.example" },
    { "UTF-8 in path and query", "/\xC3\xA9?\xC3\xA9", "https://a.example/", "https://a.example/%C3%A9?%C3%A9",
      "a.example" },
    { "bytes that are not UTF-8", "/\xE9\xC3", "https://a.example/", "https://a.example/%EF%BF%BD%EF%BF%BD",
      "a.example" },
    { "an encoded host", "https://t%2Eex%61mple/", "", "https://t.example/", "t.example" },
    { "an encoded slash in the host", "https://t%2Fexample/", "", "", "" },
    { "a space in the host", "https://t example/", "", "", "" },
    { "a bad percent sign in the host", "https://t%example/", "", "", "" },
    { "IDNA", "https://M\xC3\xBCnchen.example/", "", "https://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example" },
    { "IDNA, sharp s is kept", "https://fa\xC3\x9F.example/", "", "https://xn--fa-hia.example/", "xn--fa-hia.example" },
    { "full-width letters and dot",
      "https://\xEF\xBC\xA7oogle\xE3\x80\x82"
      "com/",
      "", "https://google.com/", "google.com" },
    { "encoded full-width letter", "https://%EF%BC%A7oogle.com/", "", "https://google.com/", "google.com" },
    { "soft hyphen vanishes", "https://goo\xC2\xADgle.com/", "", "https://google.com/", "google.com" },
    { "an emoji, which IDNA 2008 refuses", "https://i\xE2\x9D\xA4.example/", "", "https://xn--i-7iq.example/",
      "xn--i-7iq.example" },
    { "hyphens beside other letters", "https://r3---sn.m\xC3\xBC-.example/", "", "https://r3---sn.xn--m--xka.example/",
      "r3---sn.xn--m--xka.example" },
    { "mapped letters in such a name", "https://-M\xC3\x9C\xEF\xBC\xA1.example/", "", "https://xn---ma-ioa.example/",
      "xn---ma-ioa.example" },
    { "an A-label", "https://XN--mnchen-3ya.example/", "", "https://xn--mnchen-3ya.example/",
      "xn--mnchen-3ya.example" },
    { "two hyphens in ASCII", "https://r3---sn-abc.example/", "", "https://r3---sn-abc.example/",
      "r3---sn-abc.example" },
    { "an underscore", "https://_a.ex_ample/", "", "https://_a.ex_ample/", "_a.ex_ample" },
    { "a trailing dot stays", "https://t.example./", "", "https://t.example./", "t.example." },
    { "IPv4, dotted", "http://127.0.0.1/", "", "http://127.0.0.1/", "127.0.0.1" },
    { "IPv4, one number", "http://2130706433/", "", "http://127.0.0.1/", "127.0.0.1" },
    { "IPv4, hexadecimal", "http://0x7F.1/", "", "http://127.0.0.1/", "127.0.0.1" },
    { "IPv4, octal", "http://0177.0.0.01/", "", "http://127.0.0.1/", "127.0.0.1" },
    { "IPv4, trailing dot", "http://127.1./", "", "http://127.0.0.1/", "127.0.0.1" },
    { "IPv4, 0x alone is zero", "http://1.0x/", "", "http://1.0.0.0/", "1.0.0.0" },
    { "IPv4, full-width", "http://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.1/", "", "http://127.0.0.1/", "127.0.0.1" },
    { "IPv4, too large", "http://4294967296/", "", "", "" },
    { "IPv4, a part too large", "http://256.1.1.1/", "", "", "" },
    { "IPv4, five parts", "http://1.2.3.4.5/", "", "", "" },
    { "IPv4, a name that ends in a number", "http://a.1/", "", "", "" },
    { "IPv4, an octal digit too large", "http://1.09/", "", "", "" },
    { "a number in front is a name", "http://1.a/", "", "http://1.a/", "1.a" },
    { "IPv6", "http://[2001:DB8:0:0:1:0:0:1]/", "", "http://[2001:db8::1:0:0:1]/", "[2001:db8::1:0:0:1]" },
    { "IPv6, loopback", "http://[::1]:8080/", "", "http://[::1]:8080/", "[::1]" },
    { "IPv6, all zero", "http://[::]/", "", "http://[::]/", "[::]" },
    { "IPv6, dotted end", "http://[::ffff:127.0.0.1]/", "", "http://[::ffff:7f00:1]/", "[::ffff:7f00:1]" },
    { "IPv6, one zero is not compressed", "http://[1:0:2:3:4:5:6:7]/", "", "http://[1:0:2:3:4:5:6:7]/",
      "[1:0:2:3:4:5:6:7]" },
    { "IPv6, zeros at the end", "http://[1::]/", "", "http://[1::]/", "[1::]" },
    { "IPv6, two gaps", "http://[1::2::3]/", "", "", "" },
    { "IPv6, too many pieces", "http://[1:2:3:4:5:6:7:8:9]/", "", "", "" },
    { "IPv6, a gap for nothing", "http://[1:2:3:4::5:6:7:8]/", "", "", "" },
    { "IPv6, dotted end too large", "http://[::1.2.3.256]/", "", "", "" },
    { "IPv6, dotted end with a zero in front", "http://[::1.2.3.04]/", "", "", "" },
    { "IPv6, not closed", "http://[::1/", "", "", "" },
    { "IPv6, colon at the end", "http://[1:2:3:4:5:6:7:]/", "", "", "" },
    { "file", "file:///etc/x", "", "file:///etc/x", "" },
    { "file, host", "file://HOST/x", "", "file://host/x", "host" },
    { "file, localhost", "file://localhost/x", "", "file:///x", "" },
    { "file, drive letter", "file:c|/x/..", "", "file:///c:/", "" },
    { "file, the drive is kept", "/x", "file:///C:/a/b", "file:///C:/x", "" },
    { "file, above the drive", "../../../x", "file:///C:/a/b", "file:///C:/x", "" },
    { "file, drive as host", "file://C|/x", "", "file:///C:/x", "" },
    { "file, relative", "x", "file://h/a/b", "file://h/a/x", "h" },
    { "file, query of the base", "#f", "file:///a?q", "file:///a?q#f", "" },
    { "data", "data:text/html,<a href=//t.example>", "https://a.example/", "data:text/html,<a href=//t.example>", "" },
    { "javascript", "JavaScript:alert(1)//x", "https://a.example/", "javascript:alert(1)//x", "" },
    { "java\\nscript", "java\nscript:x", "https://a.example/", "javascript:x", "" },
    { "blob", "blob:https://a.example/1-2", "", "blob:https://a.example/1-2", "" },
    { "mailto", "mailto:a@b.example", "https://a.example/", "mailto:a@b.example", "" },
    { "an opaque path resolves nothing", "x", "data:text/plain,y", "", "" },
    { "but takes a fragment", "#f", "mailto:a?b", "mailto:a?b#f", "" },
    { "another scheme's host", "foo://H\xC3\xA9/../p", "", "foo://H%C3%A9/p", "H%C3%A9" },
    { "another scheme's host has forbidden characters too", "foo://a b/", "", "", "" },
    { "another scheme, backslash", "foo://h\\p", "", "", "" },
    { "another scheme, relative", "../d", "foo://h/a/b/c", "foo://h/a/d", "h" },
    { "another scheme, empty host", "foo:///p", "", "foo:///p", "" },
    { "another scheme, port", "foo://h:443/", "", "foo://h:443/", "h" },
    { "another scheme, no path", "foo://h?q", "", "foo://h?q", "h" },
    { "a path that would look like a host", "foo:/.//p", "", "foo:/.//p", "" },
    { "the same, relative", "..//p", "foo:/a/b", "foo:/.//p", "" },
    { "a colon in a relative path", "a:b", "https://a.example/", "a:b", "" },
    { "a colon after a digit", "1:b", "https://a.example/c", "https://a.example/1:b", "a.example" },
    { "websocket", "wss://t.example:443/s", "", "wss://t.example/s", "t.example" },
};

static struct cnil_str str(const char *string)
{
    return cnil_str_from(string);
}

static bool inside(struct cnil_str part, struct cnil_str whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void urls_are_what_browsers_make_of_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_arena *arena = cnil_arena_new(1 << 20);
        struct cnil_url base, url;
        bool has_base = cases[i].base[0] != '\0';
        enum cnil_status status;

        if (has_base && cnil_url_parse(str(cases[i].base), NULL, arena, &base) != CNIL_OK)
            fail_msg("%s: no base", cases[i].name);
        status = cnil_url_parse(str(cases[i].input), has_base ? &base : NULL, arena, &url);
        if ((status == CNIL_OK) != (cases[i].href[0] != '\0'))
            fail_msg("%s: status %d", cases[i].name, status);
        if (status == CNIL_OK) {
            if (!cnil_str_equal(url.href, str(cases[i].href)))
                fail_msg("%s: %.*s", cases[i].name, (int)url.href.len, url.href.ptr);
            if (!cnil_str_equal(url.host, str(cases[i].host)))
                fail_msg("%s: host %.*s", cases[i].name, (int)url.host.len, url.host.ptr);
            assert_true(inside(url.host, url.href) && inside(url.path, url.href) && inside(url.query, url.href));
        }
        cnil_arena_free(arena);
    }
}

static void serialised_urls_parse_to_themselves(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_arena *arena = cnil_arena_new(1 << 20);
        struct cnil_url url;

        if (cases[i].href[0] != '\0' && (cnil_url_parse(str(cases[i].href), NULL, arena, &url) != CNIL_OK ||
                                         !cnil_str_equal(url.href, str(cases[i].href))))
            fail_msg("%s: %.*s", cases[i].name, (int)url.href.len, url.href.ptr);
        cnil_arena_free(arena);
    }
}

static void components_are_told_apart(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 20);
    struct cnil_url url;

    (void)state;
    assert_int_equal(cnil_url_parse(CNIL_STR("http://u:p@t.example:81/a/b?c=d#e"), NULL, arena, &url), CNIL_OK);
    assert_true(cnil_str_equal(url.scheme, CNIL_STR("http")));
    assert_int_equal(url.host_kind, CNIL_HOST_DOMAIN);
    assert_int_equal(url.port, 81);
    assert_true(cnil_str_equal(url.path, CNIL_STR("/a/b")));
    assert_true(cnil_str_equal(url.query, CNIL_STR("c=d")));
    assert_int_equal(cnil_url_parse(CNIL_STR("http://1/?"), NULL, arena, &url), CNIL_OK);
    assert_int_equal(url.host_kind, CNIL_HOST_IPV4);
    assert_int_equal(url.port, -1);
    assert_true(url.query.len == 0 && url.query.ptr != NULL);
    assert_int_equal(cnil_url_parse(CNIL_STR("http://[::]/"), NULL, arena, &url), CNIL_OK);
    assert_int_equal(url.host_kind, CNIL_HOST_IPV6);
    assert_null(url.query.ptr);
    assert_int_equal(cnil_url_parse(CNIL_STR("file:///"), NULL, arena, &url), CNIL_OK);
    assert_int_equal(url.host_kind, CNIL_HOST_EMPTY);
    assert_int_equal(cnil_url_parse(CNIL_STR("foo://h"), NULL, arena, &url), CNIL_OK);
    assert_int_equal(url.host_kind, CNIL_HOST_OPAQUE);
    assert_int_equal(url.path.len, 0);
    assert_int_equal(cnil_url_parse(CNIL_STR("data:x,y?z"), NULL, arena, &url), CNIL_OK);
    assert_int_equal(url.host_kind, CNIL_HOST_NONE);
    assert_true(cnil_str_equal(url.path, CNIL_STR("x,y")));
    assert_true(cnil_str_equal(url.query, CNIL_STR("z")));
    cnil_arena_free(arena);
}

static void only_some_schemes_reach_the_network(void **state)
{
    static const struct {
        const char *url;
        bool network;
    } schemes[] = {
        { "http://a/", true },    { "https://a/", true },    { "ws://a/", true },      { "wss://a/", true },
        { "ftp://a/", true },     { "file:///a", false },    { "data:,a", false },     { "blob:https://a/1", false },
        { "about:blank", false }, { "javascript:a", false }, { "httpsx://a/", false },
    };
    struct cnil_arena *arena = cnil_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < COUNT(schemes); i++) {
        struct cnil_url url;

        assert_int_equal(cnil_url_parse(str(schemes[i].url), NULL, arena, &url), CNIL_OK);
        if (cnil_url_is_network(&url) != schemes[i].network)
            fail_msg("%s", schemes[i].url);
    }
    cnil_arena_free(arena);
}

static void a_long_url_is_read_on_its_prefix(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(1 << 22);
    size_t len = CNIL_LIMIT_URL + 10;
    char *text = malloc(len);
    struct cnil_url url;

    (void)state;
    memset(text, '<', len); /* the worst byte: three for one */
    memcpy(text, "https://t.example/", 18);
    assert_int_equal(cnil_url_parse((struct cnil_str){ text, len }, NULL, arena, &url), CNIL_OK);
    assert_true(url.truncated);
    assert_true(cnil_str_equal(url.host, CNIL_STR("t.example")));
    assert_int_equal(url.href.len, 18 + 3 * (CNIL_LIMIT_URL - 18));
    assert_int_equal(cnil_url_parse((struct cnil_str){ text, CNIL_LIMIT_URL }, NULL, arena, &url), CNIL_OK);
    assert_false(url.truncated);
    free(text);
    cnil_arena_free(arena);
}

static void memory_is_bounded(void **state)
{
    static const char *const starts[] = { "https://a@\t\xC3\xA9/", "https://\xFF", "foo://\xFF", "?@\t\xFF",
                                          "https:\xFF@" };
    char *text = malloc(CNIL_LIMIT_URL);

    (void)state;
    for (size_t i = 0; i < COUNT(starts); i++) {
        struct cnil_arena *bases = cnil_arena_new(4096);
        struct cnil_arena *arena = cnil_arena_new(25 * CNIL_LIMIT_URL + 2 * 32);
        struct cnil_url base, url;

        memset(text, 0xFF, CNIL_LIMIT_URL);
        memcpy(text, starts[i], strlen(starts[i]));
        assert_int_equal(cnil_url_parse(CNIL_STR("https://a.example/b?c"), NULL, bases, &base), CNIL_OK);
        if (cnil_url_parse((struct cnil_str){ text, CNIL_LIMIT_URL }, &base, arena, &url) == CNIL_NO_MEMORY)
            fail_msg("%s", starts[i]);
        cnil_arena_free(arena);
        cnil_arena_free(bases);
    }
    free(text);
}

static void missing_memory_is_told(void **state)
{
    static const char *const inputs[] = { "https://t.example/x?y#z", "h\tttps://t.example/",
                                          "https://xn--mnchen-3ya.a/", "https://%C3%A9\xE2\x9D\xA4.example/" };

    (void)state;
    for (size_t i = 0; i < COUNT(inputs); i++) {
        enum cnil_status status = CNIL_NO_MEMORY;

        for (long allowed = 0; status != CNIL_OK; allowed++) {
            struct cnil_arena *arena = cnil_arena_new(1 << 20);
            struct cnil_url url;

            alloc_fail_after(allowed);
            status = cnil_url_parse(str(inputs[i]), NULL, arena, &url);
            alloc_fail_after(-1);
            if (status != CNIL_OK && status != CNIL_NO_MEMORY)
                fail_msg("%s, %ld allocations: status %d", inputs[i], allowed, status);
            if (allowed == 0 && status == CNIL_OK)
                fail_msg("%s: no allocation was refused", inputs[i]);
            cnil_arena_free(arena);
        }
    }
}

/* Pieces that mean something in URLs, and bytes, put together at random: nothing crashes, and what comes out is stable.
 */
static void arbitrary_bytes_do_no_harm(void **state)
{
    static const char *const pieces[] = {
        "http",  "https:", "//",   "/",        "\\",           "..",        "%2e",  "?",        "#",
        "@",     ":",      "[",    "]",        "::",           "1.2",       "0x7f", "xn--",     "\t",
        "file:", "C|",     "foo:", "\xC3\xA9", "\xE2\x9D\xA4", "a.example", "--",   "\xC2\xAD", "\xE3\x80\x82"
    };
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct cnil_arena *arena = cnil_arena_new(1 << 20);
        struct cnil_url base, url, again;
        char *text;
        char input[128];
        size_t len = 0;

        while (len < 100 && (random = random * 1664525 + 1013904223) >> 24 > 20) {
            const char *piece = pieces[(random >> 8) % COUNT(pieces)];

            if (random >> 30 == 0) {
                input[len++] = (char)(random >> 16);
            } else {
                memcpy(input + len, piece, strlen(piece));
                len += strlen(piece);
            }
        }
        text = malloc(len + 1); /* of its own, so that a read past its end is seen */
        memcpy(text, input, len);
        text = realloc(text, len > 0 ? len : 1);
        assert_int_equal(cnil_url_parse(CNIL_STR("https://u@a.example/b/c?d"), NULL, arena, &base), CNIL_OK);
        if (cnil_url_parse((struct cnil_str){ text, len }, &base, arena, &url) == CNIL_OK) {
            assert_true(inside(url.host, url.href) && inside(url.path, url.href) && inside(url.query, url.href));
            if (cnil_url_parse(url.href, NULL, arena, &again) != CNIL_OK || !cnil_str_equal(url.href, again.href))
                fail_msg("round %d: %.*s", round, (int)url.href.len, url.href.ptr);
        }
        free(text);
        cnil_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_what_browsers_make_of_them),
        cmocka_unit_test(serialised_urls_parse_to_themselves),
        cmocka_unit_test(components_are_told_apart),
        cmocka_unit_test(only_some_schemes_reach_the_network),
        cmocka_unit_test(a_long_url_is_read_on_its_prefix),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(missing_memory_is_told),
        cmocka_unit_test(arbitrary_bytes_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
