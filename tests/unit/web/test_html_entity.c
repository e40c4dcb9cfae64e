/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "web/html_entity.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
    const char *name, *text;
    int bare;
} entities[] = {
#define ENTITY(name, text, bare) { name, text, bare },
#include "web/html_entities.def"
#undef ENTITY
};

static struct cnil_str decode(struct cnil_buffer *out, const char *text, bool in_attribute)
{
    cnil_buffer_clear(out);
    cnil_html_decode(cnil_str_from(text), in_attribute, out);
    assert_int_equal(cnil_buffer_status(out), CNIL_OK);
    return cnil_buffer_str(out);
}

static void references_are_decoded_as_browsers_do(void **state)
{
    static const struct {
        const char *text, *in_text, *in_attribute;
    } cases[] = {
        { "", "", "" },
        { "plain", "plain", "plain" },
        { "&", "&", "&" },
        { "&&amp;&", "&&&", "&&&" },
        { "& amp;", "& amp;", "& amp;" },
        { "&amp;&lt;&gt;&quot;", "&<>\"", "&<>\"" },
        { "&amp", "&", "&" },
        { "&ampx", "&x", "&ampx" },
        { "&amp=", "&=", "&amp=" },
        { "&amp1", "&1", "&amp1" },
        { "&amp/", "&/", "&/" },
        { "?a=1&copy=2", "?a=1\xc2\xa9=2", "?a=1&copy=2" },
        { "&notit;", "\xc2\xacit;", "&notit;" },
        { "&notin;", "\xe2\x88\x89", "\xe2\x88\x89" },
        { "&notin", "\xc2\xacin", "&notin" },
        { "&unknown;", "&unknown;", "&unknown;" },
        { "&AMP;&Amp;", "&&Amp;", "&&Amp;" },
        { "&period;&sol;&colon;", "./:", "./:" },
        { "&Tab;&NewLine;", "\t\n", "\t\n" },
        { "&CounterClockwiseContourIntegral;", "\xe2\x88\xb3", "\xe2\x88\xb3" },
        { "&NotEqualTilde;", "\xe2\x89\x82\xcc\xb8", "\xe2\x89\x82\xcc\xb8" },
        { "&#65;&#x41;&#X41;&#65", "AAAA", "AAAA" },
        { "&#65x&#x41g", "AxAg", "AxAg" },
        { "&#;&#x;&#xg;&#", "&#;&#x;&#xg;&#", "&#;&#x;&#xg;&#" },
        { "&#0;", "\xef\xbf\xbd", "\xef\xbf\xbd" },
        { "&#xd800;", "\xef\xbf\xbd", "\xef\xbf\xbd" },
        { "&#x110000;", "\xef\xbf\xbd", "\xef\xbf\xbd" },
        { "&#x10ffff;", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
        { "&#99999999999999999999;", "\xef\xbf\xbd", "\xef\xbf\xbd" },
        { "&#x100000041;", "\xef\xbf\xbd", "\xef\xbf\xbd" },
        { "&#128;&#x9f;&#x81;", "\xe2\x82\xac\xc5\xb8\xc2\x81", "\xe2\x82\xac\xc5\xb8\xc2\x81" },
        { "&#x7ff;&#x800;&#xffff;&#x10000;", "\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80",
          "\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80" },
        { "h&#116;tp&colon;//t.ex&#97mple", "http://t.example", "http://t.example" },
    };
    struct cnil_buffer out;

    (void)state;
    cnil_buffer_init(&out, 4096);
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!cnil_str_equal(decode(&out, cases[i].text, false), cnil_str_from(cases[i].in_text)))
            fail_msg("in text: %s: %.*s", cases[i].text, (int)out.len, out.ptr);
        if (!cnil_str_equal(decode(&out, cases[i].text, true), cnil_str_from(cases[i].in_attribute)))
            fail_msg("in an attribute: %s: %.*s", cases[i].text, (int)out.len, out.ptr);
    }
    cnil_buffer_free(&out);
}

static void every_name_is_found(void **state)
{
    struct cnil_buffer out;
    char text[64];

    (void)state;
    cnil_buffer_init(&out, 4096);
    assert_int_equal(COUNT(entities), 2125);
    for (size_t i = 0; i < COUNT(entities); i++) {
        snprintf(text, sizeof(text), "&%s;", entities[i].name);
        if (!cnil_str_equal(decode(&out, text, false), cnil_str_from(entities[i].text)) ||
            !cnil_str_equal(decode(&out, text, true), cnil_str_from(entities[i].text)))
            fail_msg("%s", text);
        snprintf(text, sizeof(text), "&%s", entities[i].name);
        if (entities[i].bare && !cnil_str_equal(decode(&out, text, true), cnil_str_from(entities[i].text)))
            fail_msg("%s", text);
        if (i > 0 && strcmp(entities[i - 1].name, entities[i].name) >= 0)
            fail_msg("%s is out of order", entities[i].name);
    }
    cnil_buffer_free(&out);
}

static void escaped_text_is_safe_and_comes_back(void **state)
{
    struct cnil_buffer out, back;

    (void)state;
    cnil_buffer_init(&out, 4096);
    cnil_buffer_init(&back, 4096);
    cnil_html_escape(CNIL_STR("a<b>&amp;\"'\0z"), &out);
    assert_true(cnil_str_equal(cnil_buffer_str(&out), CNIL_STR("a&lt;b&gt;&amp;amp;&quot;&#39;\0z")));
    cnil_html_decode(cnil_buffer_str(&out), true, &back);
    assert_true(cnil_str_equal(cnil_buffer_str(&back), CNIL_STR("a<b>&amp;\"'\0z")));
    cnil_buffer_free(&out);
    cnil_buffer_free(&back);
}

static void without_memory_the_buffer_says_so(void **state)
{
    struct cnil_buffer out;

    (void)state;
    cnil_buffer_init(&out, 4096);
    alloc_fail_after(0);
    cnil_html_decode(CNIL_STR("a&amp;b"), false, &out);
    alloc_fail_after(-1);
    assert_int_equal(cnil_buffer_status(&out), CNIL_NO_MEMORY);
    cnil_buffer_free(&out);
    cnil_buffer_init(&out, 3);
    cnil_html_escape(CNIL_STR("<"), &out);
    assert_int_equal(cnil_buffer_status(&out), CNIL_TOO_LARGE);
    cnil_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_are_decoded_as_browsers_do),
        cmocka_unit_test(every_name_is_found),
        cmocka_unit_test(escaped_text_is_safe_and_comes_back),
        cmocka_unit_test(without_memory_the_buffer_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
