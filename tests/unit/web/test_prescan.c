/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/prescan.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TEXT(text)                                                                                                     \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }

#define NONE  CNIL_CHARSET_UNKNOWN
#define ASCII CNIL_CHARSET_LIKE_ASCII
#define JP    CNIL_CHARSET_ISO_2022_JP

static const struct {
    struct cnil_str bytes;
    enum cnil_charset html, xml;
} cases[] = {
    { TEXT(""), NONE, NONE },
    { TEXT("text"), NONE, NONE },
    { TEXT("<meta charset=iso-2022-jp>"), JP, NONE },
    { TEXT("<META/CHARSET = 'iso-2022-jp' x>"), JP, NONE },
    { TEXT("<meta charset=utf-8><meta charset=iso-2022-jp>"), ASCII, NONE },
    { TEXT("<meta charset=nobody-knows><meta charset=iso-2022-jp>"), JP, NONE },
    { TEXT("<meta charset=utf-16>"), ASCII, NONE },
    { TEXT("<meta charset=utf-8 charset=iso-2022-jp>"), ASCII, NONE },
    { TEXT("<meta http-equiv=content-type content='text/html; charset=iso-2022-jp'>"), JP, NONE },
    { TEXT("<meta content='text/html; charset=\"iso-2022-jp\"' http-equiv=Content-Type>"), JP, NONE },
    { TEXT("<meta http-equiv=content-type content='charset x charset = iso-2022-jp;'>"), JP, NONE },
    { TEXT("<meta http-equiv=content-type content='text/html'>"), NONE, NONE },
    { TEXT("<meta http-equiv=content-type content='charset=\"iso-2022-jp'>"), NONE, NONE },
    { TEXT("<meta content='text/html; charset=iso-2022-jp'>"), NONE, NONE },
    { TEXT("<metal charset=iso-2022-jp>"), NONE, NONE },
    { TEXT("<!--<meta charset=iso-2022-jp>-->"), NONE, NONE },
    { TEXT("<!--><meta charset=iso-2022-jp>"), JP, NONE },
    { TEXT("<!doctype html><html lang=ja><head><title>x</title><meta charset=iso-2022-jp>"), JP, NONE },
    { TEXT("<script>x='<meta charset=iso-2022-jp>'</script>"), JP, NONE },
    { TEXT("<link title='<meta charset=iso-2022-jp>'><meta charset=utf-8>"), ASCII, NONE },
    { TEXT("</x title='<meta charset=iso-2022-jp>'><meta charset=utf-8>"), ASCII, NONE },
    { TEXT("</ <meta charset=iso-2022-jp>"), NONE, NONE },
    { TEXT("<? <meta charset=iso-2022-jp>"), NONE, NONE },
    { TEXT("< <meta charset=iso-2022-jp>"), JP, NONE },
    { TEXT("<body><meta charset=iso-2022-jp>"), NONE, NONE },
    { TEXT("<p><meta charset=iso-2022-jp>"), NONE, NONE },
    { TEXT("<?xml version='1.0' encoding='iso-2022-jp'?><p>"), JP, JP },
    { TEXT("<?xml version='1.0' encoding='iso-2022-jp'?><meta charset=utf-8><p>"), ASCII, JP },
    { TEXT("<?xml version='1.0' encoding = \"utf-16\"?>"), ASCII, ASCII },
    { TEXT("<?xml version='1.0' encoding=utf-8?>"), NONE, NONE },
    { TEXT("<?xml version='1.0'?>"), NONE, NONE },
    { TEXT(" <?xml version='1.0' encoding='iso-2022-jp'?>"), NONE, NONE },
    { TEXT("<\0?\0x\0m\0l\0"), CNIL_CHARSET_UTF_16LE, CNIL_CHARSET_UTF_16LE },
    { TEXT("\0<\0?\0x\0m\0l"), CNIL_CHARSET_UTF_16BE, CNIL_CHARSET_UTF_16BE },
    { TEXT("<\0h\0t\0m\0l\0"), NONE, NONE },
};

static void sheets_declare_theirs_first(void **state)
{
    static const struct {
        const char *css, *label;
    } tries[] = {
        { "@charset \"Shift_JIS\";a{}", "Shift_JIS" },
        { "@charset \"\";", "" },
        { "@charset 'gbk';", "" },
        { "@CHARSET \"gbk\";", "" },
        { " @charset \"gbk\";", "" },
        { "@charset \"gbk\" ;", "" },
        { "@charset \"gbk\"", "" },
        { "@charset \"gbk", "" },
        { "a{}", "" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct cnil_str css = cnil_str_from(tries[i].css), label;

        for (size_t len = 0; len <= css.len; len++)
            if (cnil_prescan_css(cnil_str_slice(css, 0, len), len == css.len, &label) &&
                !cnil_str_equal(label, cnil_str_from(tries[i].label)))
                fail_msg("%s, %zu bytes: %.*s", tries[i].css, len, (int)label.len, label.ptr);
        assert_true(cnil_prescan_css(css, true, &label));
    }
}

/* What is found early is what is found with all the bytes. */
static void charsets_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t len = 0; len <= cases[i].bytes.len; len++) {
            bool whole = len == cases[i].bytes.len;
            char *bytes = malloc(len + 1);
            struct cnil_str start = { bytes, len };
            enum cnil_charset html, xml;
            struct cnil_str label;

            memcpy(bytes, cases[i].bytes.ptr, len);
            if (cnil_prescan_html(start, whole, &html, &label) && html != cases[i].html)
                fail_msg("%s, %zu bytes: %d", cases[i].bytes.ptr, len, html);
            if (cnil_prescan_html(start, whole, &html, &label) && html == CNIL_CHARSET_LIKE_ASCII &&
                cnil_charset_of(label) == CNIL_CHARSET_UNKNOWN)
                fail_msg("%s, %zu bytes: declared by %.*s", cases[i].bytes.ptr, len, (int)label.len, label.ptr);
            if (cnil_prescan_xml(start, whole, &xml) && xml != cases[i].xml)
                fail_msg("%s, %zu bytes, as XML: %d", cases[i].bytes.ptr, len, xml);
            if (whole)
                assert_true(cnil_prescan_html(start, true, &html, &label) && cnil_prescan_xml(start, true, &xml));
            free(bytes);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sheets_declare_theirs_first),
        cmocka_unit_test(charsets_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
