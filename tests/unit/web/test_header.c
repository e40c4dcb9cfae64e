/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/header.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void fields_are_found_by_name(void **state)
{
    static const struct cnil_header list[] = {
        { CNIL_STR_INIT("Content-Type"), CNIL_STR_INIT("a") },
        { CNIL_STR_INIT("X"), CNIL_STR_INIT("b") },
        { CNIL_STR_INIT("x"), CNIL_STR_INIT("c") },
    };
    struct cnil_headers headers = { list, COUNT(list) };

    (void)state;
    assert_ptr_equal(cnil_headers_find(headers, CNIL_STR("CONTENT-type")), &list[0]);
    assert_ptr_equal(cnil_headers_find(headers, CNIL_STR("x")), &list[1]);
    assert_null(cnil_headers_find(headers, CNIL_STR("y")));
    assert_true(cnil_str_equal(cnil_headers_value(headers, CNIL_STR("X")), CNIL_STR("b")));
    assert_int_equal(cnil_headers_value(headers, CNIL_STR("y")).len, 0);
    assert_null(cnil_headers_find((struct cnil_headers){ NULL, 0 }, CNIL_STR("x")));
}

/* What Chromium 156 says of a Permissions-Policy. */
static void dictionaries_are_told_from_what_browsers_ignore(void **state)
{
    static const char *const dictionaries[] = {
        "camera=()",
        "camera=*",
        "camera=self",
        "camera=none",
        "camera=(self \"https://a.example\")",
        "camera=(https://a.example)",
        "camera=( self )",
        "camera=(\"a\\\"b,\")",
        "camera=();a=1;b",
        "camera=();  a=1",
        "camera;a, usb",
        "camera=() ,\tusb=()",
        "camera=?1",
        "camera=1.5",
        "camera=-1",
        "camera=(a;b 1)",
        "a.b-c_d*=()",
        "*=()",
        " camera=() ",
    };
    static const char *const others[] = {
        "",
        "camera=(), ",
        ", camera=()",
        "camera=(),,usb=()",
        "camera=();",
        "camera=(); usb=()",
        "camera=();a=()",
        "camera=() ;a=1",
        "camera=() usb=()",
        "camera=(self)usb=()",
        "camera=",
        "camera =()",
        "camera= ()",
        "camera 'none'",
        "camera='self'",
        "camera=('self')",
        "camera=(self, usb)",
        "camera=(self\"x\")",
        "camera=(a\tb)",
        "camera=(self",
        "camera=self)",
        "camera=(\"a\\b\")",
        "camera=\"a",
        "camera=\"a\\",
        "camera=\"\xc3\xa9\"",
        "camera=?2",
        "camera=-",
        "camera=1.2345",
        "camera=1234567890123.4",
        "camera=1234567890123456",
        "camera={}",
        "camera=@1",
        "Camera=()",
        "1a=()",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(dictionaries); i++)
        if (!cnil_header_is_dictionary(cnil_str_from(dictionaries[i])))
            fail_msg("none: %s", dictionaries[i]);
    for (size_t i = 0; i < COUNT(others); i++)
        if (cnil_header_is_dictionary(cnil_str_from(others[i])))
            fail_msg("one: %s", others[i]);
}

static void lists_are_split_outside_of_quotes(void **state)
{
    static const struct {
        const char *value, *elements;
    } cases[] = {
        { "", "" },
        { " , ,\t", "" },
        { "a", "[a]" },
        { "a, b ,c", "[a][b][c]" },
        { "\"a,b\", c", "[\"a,b\"][c]" },
        { "x=\"a\\\",b\", c", "[x=\"a\\\",b\"][c]" },
        { "\"a,b", "[\"a,b]" },
        { "\"a\\", "[\"a\\]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str rest = cnil_str_from(cases[i].value), element;
        char out[256] = "";
        size_t len = 0;

        while (cnil_header_list_next(&rest, &element))
            len += (size_t)snprintf(out + len, sizeof(out) - len, "[%.*s]", (int)element.len, element.ptr);
        if (strcmp(out, cases[i].elements) != 0)
            fail_msg("%s: %s", cases[i].value, out);
    }
}

static void links_are_taken_apart(void **state)
{
    static const struct {
        const char *value, *links; /* raw|target|rel|as|imagesrcset */
    } cases[] = {
        { "", "" },
        { "<a>", "[<a>|a|||]" },
        { "</a>; rel=preload; as=script", "[</a>; rel=preload; as=script|/a|preload|script|]" },
        { "<a>;REL=\"x preload\" , <b>;rel=y", "[<a>;REL=\"x preload\"|a|x preload||][<b>;rel=y|b|y||]" },
        { "<a,b>;title=\"x, <c>\",<d>", "[<a,b>;title=\"x, <c>\"|a,b|||][<d>|d|||]" },
        { "<a>;rel=x;rel=y", "[<a>;rel=x;rel=y|a|x||]" },
        { "<a>;rel=;rel=y", "[<a>;rel=;rel=y|a|y||]" },
        { "<a>;rel=\"\";rel=y;as='';as=z;as=x", "[<a>;rel=\"\";rel=y;as='';as=z;as=x|a|y|z|]" },
        { "<a> ; rel = 'x'", "[<a> ; rel = 'x'|a|x||]" },
        { "<a>;imagesrcset=\"b 1x, c 2x\";as=image", "[<a>;imagesrcset=\"b 1x, c 2x\";as=image|a||image|b 1x, c 2x]" },
        { "nonsense, <a>;rel=x", "[<a>;rel=x|a|x||]" },
        { ",,<a>,,", "[<a>|a|||]" },
        { "<a", "[<a|a|||]" },
        { "<a>;rel=\"x", "[<a>;rel=\"x|a|x||]" },
        { "<a>;x=<b, c;d>;rel=y", "[<a>;x=<b, c;d>;rel=y|a|y||]" },
        { "<a>;x=<b, <c>;rel=y", "[<a>;x=<b, <c>;rel=y|a|y||]" },
        { "<a>;x=<, c;rel=y", "[<a>;x=<|a|||]" },
        { "<a>;x=\"b;rel=y", "[<a>;x=\"b;rel=y|a|y||]" },
        { "<a>;x=\"b\\\";rel=y", "[<a>;x=\"b\\\";rel=y|a|y||]" },
        { "<a>;x=\"b, <c>;rel=y", "[<a>;x=\"b|a|||][<c>;rel=y|c|y||]" },
        { "<", "[<||||]" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str rest = cnil_str_from(cases[i].value);
        struct cnil_link link;
        char out[256] = "";
        size_t len = 0;

        while (cnil_link_next(&rest, &link))
            len +=
                (size_t)snprintf(out + len, sizeof(out) - len, "[%.*s|%.*s|%.*s|%.*s|%.*s]", (int)link.raw.len,
                                 link.raw.ptr, (int)link.target.len, link.target.ptr, (int)link.rel.len, link.rel.ptr,
                                 (int)link.as.len, link.as.ptr, (int)link.imagesrcset.len, link.imagesrcset.ptr);
        if (strcmp(out, cases[i].links) != 0)
            fail_msg("%s: %s", cases[i].value, out);
    }
}

static void entity_tags_are_taken_apart(void **state)
{
    static const struct {
        const char *value, *etags; /* raw|opaque, and w for weak */
    } cases[] = {
        { "\"x\"", "[\"x\"|x]" },
        { "W/\"x\", \"y\"", "[W/\"x\"|x w][\"y\"|y]" },
        { "\"a,b\"", "[\"a,b\"|a,b]" },
        { "*", "[*|*]" },
        { "\"\"", "[\"\"|]" },
        { "x, w/\"y\", \"z\"", "[\"z\"|z]" },
        { "\"", "" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str rest = cnil_str_from(cases[i].value);
        struct cnil_etag etag;
        char out[256] = "";
        size_t len = 0;

        while (cnil_etag_next(&rest, &etag))
            len += (size_t)snprintf(out + len, sizeof(out) - len, "[%.*s|%.*s%s]", (int)etag.raw.len, etag.raw.ptr,
                                    (int)etag.opaque.len, etag.opaque.ptr, etag.weak ? " w" : "");
        if (strcmp(out, cases[i].etags) != 0)
            fail_msg("%s: %s", cases[i].value, out);
    }
}

static void mime_types_are_read_as_browsers_do(void **state)
{
    static const struct {
        const char *value, *essence, *charset; /* NULL: no MIME type */
    } cases[] = {
        { "text/html", "text/html", "" },
        { " Text/HTML ; charset=utf-8", "Text/HTML", "utf-8" },
        { "text/html;CHARSET=\"utf-8\"", "text/html", "utf-8" },
        { "text/html;charset=\"utf-8\"x;charset=latin1", "text/html", "utf-8" },
        { "text/html;charset=a;charset=b", "text/html", "a" },
        { "text/html;charset;charset=b", "text/html", "b" },
        { "text/html;charset=;charset=b", "text/html", "b" },
        { "text/html;x=\"a;charset=b\";charset=c", "text/html", "c" },
        { "text/html;charset=\"utf-8", "text/html", "utf-8" },
        { "text/html;", "text/html", "" },
        { "text/plain, text/html;charset=b", "text/html", "b" },
        { "text/html;charset=a, text/html", "text/html", "a" },
        { "text/html;charset=a, text/css", "text/css", "" },
        { "text/html, */*", "text/html", "" },
        { "text/html, nonsense", "text/html", "" },
        { "text", NULL, NULL },
        { "/html", NULL, NULL },
        { "text/", NULL, NULL },
        { "text/ht ml", NULL, NULL },
        { "te(xt/html", NULL, NULL },
        { "", NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_mime mime;
        bool found = cnil_mime_parse(cnil_str_from(cases[i].value), &mime);

        if (found != (cases[i].essence != NULL))
            fail_msg("%s: %d", cases[i].value, found);
        if (found && (!cnil_str_equal(mime.essence, cnil_str_from(cases[i].essence)) ||
                      !cnil_str_equal(mime.charset, cnil_str_from(cases[i].charset))))
            fail_msg("%s: %.*s|%.*s", cases[i].value, (int)mime.essence.len, mime.essence.ptr, (int)mime.charset.len,
                     mime.charset.ptr);
    }
}

static void charsets_are_told_apart(void **state)
{
    static const char *const compatible[] = {
        "utf-8",        "UTF8",           " Utf-8\t", "iso-8859-1",      "latin1",
        "windows-1252", "x-x-big5",       "866",      "Shift_JIS",       "euc-kr",
        "gb18030",      "x-user-defined", "us-ascii", "iso_8859-9:1989", "unicode-1-1-utf-8",
        "visual",       "koi8-u"
    };
    static const struct {
        const char *label;
        enum cnil_charset charset;
    } others[] = {
        { "utf-16", CNIL_CHARSET_UTF_16LE },
        { " UTF-16LE\t", CNIL_CHARSET_UTF_16LE },
        { "utf-16be", CNIL_CHARSET_UTF_16BE },
        { "unicodefffe", CNIL_CHARSET_UTF_16BE },
        { "unicode", CNIL_CHARSET_UTF_16LE },
        { "ucs-2", CNIL_CHARSET_UTF_16LE },
        { "csunicode", CNIL_CHARSET_UTF_16LE },
        { "ISO-2022-JP", CNIL_CHARSET_ISO_2022_JP },
        { "csiso2022jp", CNIL_CHARSET_ISO_2022_JP },
        { "iso-2022-cn", CNIL_CHARSET_REPLACEMENT },
        { "iso-2022-kr", CNIL_CHARSET_REPLACEMENT },
        { "csiso2022kr", CNIL_CHARSET_REPLACEMENT },
        { "hz-gb-2312", CNIL_CHARSET_REPLACEMENT },
        { "replacement", CNIL_CHARSET_REPLACEMENT },
        { "", CNIL_CHARSET_UNKNOWN },
        { "utf-7", CNIL_CHARSET_UNKNOWN },
        { "utf-32", CNIL_CHARSET_UNKNOWN },
        { "x", CNIL_CHARSET_UNKNOWN },
        { "a-label-that-nobody-has-ever-heard-of", CNIL_CHARSET_UNKNOWN },
        { "utf-8x", CNIL_CHARSET_UNKNOWN },
        { "utf", CNIL_CHARSET_UNKNOWN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(compatible); i++)
        if (cnil_charset_of(cnil_str_from(compatible[i])) != CNIL_CHARSET_LIKE_ASCII)
            fail_msg("%s", compatible[i]);
    for (size_t i = 0; i < COUNT(others); i++)
        if (cnil_charset_of(cnil_str_from(others[i].label)) != others[i].charset)
            fail_msg("%s", others[i].label);
    assert_int_equal(cnil_charset_pairs(CNIL_STR(" Shift_JIS ")), CNIL_PAIRS_SHIFT_JIS);
    assert_int_equal(cnil_charset_pairs(CNIL_STR("windows-31j")), CNIL_PAIRS_SHIFT_JIS);
    assert_int_equal(cnil_charset_pairs(CNIL_STR("GB18030")), CNIL_PAIRS_CHINESE);
    assert_int_equal(cnil_charset_pairs(CNIL_STR("Big5")), CNIL_PAIRS_CHINESE);
    assert_int_equal(cnil_charset_pairs(CNIL_STR("euc-jp")), CNIL_PAIRS_NONE); /* no second byte is ASCII's */
    assert_int_equal(cnil_charset_pairs(CNIL_STR("utf-8")), CNIL_PAIRS_NONE);
    assert_int_equal(cnil_charset_pairs(CNIL_STR_EMPTY), CNIL_PAIRS_NONE);
}

static void addresses_are_within_networks(void **state)
{
    static const struct {
        const char *address, *network;
        bool within;
    } cases[] = {
        { "10.1.2.3", "10.0.0.0/8", true },
        { "11.1.2.3", "10.0.0.0/8", false },
        { "192.168.1.127", "192.168.1.0/25", true },
        { "192.168.1.128", "192.168.1.0/25", false },
        { "1.2.3.4", "0.0.0.0/0", true },
        { "1.2.3.4", "1.2.3.4", true },
        { "1.2.3.5", "1.2.3.4/32", false },
        { "::ffff:10.1.2.3", "10.0.0.0/8", true },
        { "10.1.2.3", "::ffff:10.0.0.0/104", true },
        { "::1", "0.0.0.0/0", false },
        { "::1", "::1", true },
        { "fe80::1", "fe80::/10", true },
        { "fec0::1", "fe80::/10", false },
        { "1.2.3.4", "::/0", true },
        { "2001:db8::1", "2001:db8::/127", true },
        { "2001:db8::2", "2001:db8::/127", false },
        { "1.2.3", "0.0.0.0/0", false },
        { "", "::/0", false },
        { "1.2.3.4", "", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (cnil_ip_within(cnil_str_from(cases[i].address), cnil_str_from(cases[i].network)) != cases[i].within)
            fail_msg("%s in %s", cases[i].address, cases[i].network);
}

static void networks_are_checked(void **state)
{
    static const char *const good[] = { "127.0.0.1", "10.0.0.0/8", "::1", "::/0", "::1/128", "1.2.3.4/0" };
    static const char *const bad[] = { "",
                                       "localhost",
                                       "10.0.0.0/33",
                                       "::/129",
                                       "10.0.0/8",
                                       "1.2.3.4/",
                                       "1.2.3.4/x",
                                       "1.2.3.4/-1",
                                       "1.2.3.4/8 ",
                                       "[::1]",
                                       "/8",
                                       "1.2.3.4/0008",
                                       "::1%lo",
                                       "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111" };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (!cnil_ip_network_is_valid(cnil_str_from(good[i])))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (cnil_ip_network_is_valid(cnil_str_from(bad[i])))
            fail_msg("%s", bad[i]);
}

static void arbitrary_bytes_do_no_harm(void **state)
{
    static const char alphabet[] = "<>,;\"\\= \t*W/relascharset0123456789.:-GMTSun\0\x7F\xE9";
    uint32_t random = 5;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        size_t len = round % 40;
        char *bytes = malloc(len > 0 ? len : 1);
        struct cnil_str text = { bytes, len }, rest, element;
        struct cnil_link link;
        struct cnil_etag etag;
        struct cnil_mime mime;

        for (size_t i = 0; i < len; i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
        }
        for (rest = text; cnil_header_list_next(&rest, &element);)
            assert_true(element.len > 0 && element.ptr + element.len <= bytes + len);
        for (rest = text; cnil_link_next(&rest, &link);)
            assert_true(link.raw.len > 0 && link.raw.ptr + link.raw.len <= bytes + len);
        for (rest = text; cnil_etag_next(&rest, &etag);)
            assert_true(etag.raw.len > etag.opaque.len || etag.raw.ptr[0] == '*');
        if (cnil_mime_parse(text, &mime))
            assert_true(mime.essence.len >= 3);
        assert_false(cnil_ip_within(text, CNIL_STR("nowhere")));
        assert_false(cnil_ip_within(CNIL_STR("nowhere"), text));
        cnil_charset_of(text);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_by_name),
        cmocka_unit_test(lists_are_split_outside_of_quotes),
        cmocka_unit_test(dictionaries_are_told_from_what_browsers_ignore),
        cmocka_unit_test(links_are_taken_apart),
        cmocka_unit_test(entity_tags_are_taken_apart),
        cmocka_unit_test(mime_types_are_read_as_browsers_do),
        cmocka_unit_test(charsets_are_told_apart),
        cmocka_unit_test(addresses_are_within_networks),
        cmocka_unit_test(networks_are_checked),
        cmocka_unit_test(arbitrary_bytes_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
