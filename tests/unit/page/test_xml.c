/* SPDX-License-Identifier: Apache-2.0
 * XHTML, SVG and other XML through the rewriter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "page/rewriter.h"
#include "world.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define HELD         "data-held=\"t.example\""
#define TYPE         HELD " type=\"text/plain\""

static const struct {
    const char *what, *xml, *out; /* out NULL: unchanged */
} cases[] = {
    { "an image", "<html><img src=\"//t.example/a\"/></html>", "<html><img " HELD " /></html>" },
    { "the first party's", "<html><img src=\"/a\"/></html>", NULL },
    { "any prefix", "<h:img src='//t.example/a' />", "<h:img " HELD " />" },
    { "a prefix that begins with no letter", "<_h:script src='//t.example/a'/>", "<_h:script " TYPE " />" },
    { "a name beyond ASCII before it", "<\xc3\xa9 a='>'><img src='//t.example/a'/></\xc3\xa9>",
      "<\xc3\xa9 a='>'><img " HELD " /></\xc3\xa9>" },
    { "a reference in the URL", "<img src='&#47;/t&#x2e;example/a'/>", "<img " HELD " />" },
    { "XLink by any prefix", "<svg><image q:href='//t.example/a'/></svg>", "<svg><image " HELD " /></svg>" },
    { "a drawing's script", "<svg><script href='//t.example/a'/></svg>", "<svg><script " TYPE " /></svg>" },
    { "a style sheet's instruction", "<?xml-stylesheet href='//t.example/a' type='text/css'?><r/>",
      "<?xml-stylesheet " HELD " type='text/css'?><r/>" },
    { "of the first party", "<?xml-stylesheet href='/a' type='text/css'?><r/>", NULL },
    { "another instruction", "<?other href='//t.example/a'?><r/>", NULL },
    { "in a comment", "<!-- <img src='//t.example/a'/> --><r/>", NULL },
    { "behind a comment as HTML sees it", "<!--> <b a=' --><img src='//t.example/a'/><b c=' '/>",
      "<!--> <b a=' --><img " HELD " /><b c=' '/>" },
    { "behind an instruction as HTML sees it", "<?x > <b a=' ?><img src='//t.example/a'/><b c=' '/>",
      "<?x > <b a=' ?><img " HELD " /><b c=' '/>" },
    { "behind a doctype as HTML sees it", "<!DOCTYPE r SYSTEM '> <b a=\"'><img src='//t.example/a'/>",
      "<!DOCTYPE r SYSTEM '> <b a=\"'><img " HELD " />" },
    { "in a section", "<r><![CDATA[<img src='//t.example/a'/>]]></r>", NULL },
    { "behind what HTML takes for raw text", "<r><title><img src='//t.example/a'/></title></r>",
      "<r><title><img " HELD " /></title></r>" },
    { "a loader", "<script>load('stat.example/tag.js')</script>",
      "<script data-held=\"stat\" type=\"text/plain\">//</script>" },
    { "a loader in a section", "<script><![CDATA[load('stat.example/tag.js')]]></script>",
      "<script data-held=\"stat\" type=\"text/plain\">//</script>" },
    { "a script that is its own end", "<r><script/>stat.example/tag.js</r>", NULL },
    { "a script that loads nothing", "<script><![CDATA[a<b && c]]></script>", NULL },
    { "entities of its own", "<!DOCTYPE r [<!ENTITY a '<img src=\"//t.example/a\"/>'>]><r>&a;</r>",
      "<!DOCTYPE r ><r>&a;</r>" },
    { "the block", "<html><head><title>a</title></head><body class='a'><p/></body></html>",
      "<html><head><title>a</title></head><body class='a'>[B]<p/></body></html>" },
    { "an empty body", "<html><body/></html>", NULL },
    { "not well-formed", "<r a=//t.example><img src=//t.example/a></r", "<r a=//t.example><img " HELD "></r" },
};

static int make_world(void **state)
{
    static const char text[] =
        "{ \"trackers\": { \"block\": [\"t.example\"] },"
        "  \"services\": { \"stat\": { \"name\": \"Stat\", \"controller\": \"Stat SAS\", \"purpose\": \"audience\","
        "    \"hosts\": [\"stat.example\"], \"signatures\": [\"stat.example/tag.js\"] } } }";
    static struct world world;

    *state = &world;
    return open_world(&world, text, "https://shop.example/a");
}

static void rewrite(struct world *world, struct cnil_str xml, size_t cut, enum cnil_insertion insertion, bool drops,
                    struct cnil_str guard, struct cnil_buffer *out)
{
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_choice choice = { .state = CNIL_CHOICE_REFUSED };
    struct cnil_rewriter_options options = { .page = &world->page,
                                             .choice = &choice,
                                             .arena = arena,
                                             .block = CNIL_STR_INIT("[B]"),
                                             .insertion = insertion,
                                             .guard = guard,
                                             .guard_insertion = insertion,
                                             .content = CNIL_CONTENT_XML,
                                             .drops_subset = drops };
    struct cnil_rewriter *rewriter = cnil_rewriter_new(&options);
    size_t at = 0;

    assert_non_null(rewriter);
    cnil_buffer_clear(out);
    do {
        size_t to = cut > xml.len ? at + 1 : at < cut ? cut : xml.len;
        struct cnil_span span = { NULL, 1, false };
        char *chunk = malloc(to - at + 1);

        memcpy(chunk, xml.ptr + at, to - at);
        assert_int_equal(cnil_rewriter_feed(rewriter, (struct cnil_str){ chunk, to - at }, to == xml.len), CNIL_OK);
        while (span.len > 0) {
            assert_int_equal(cnil_rewriter_next(rewriter, &span), CNIL_OK);
            cnil_buffer_append(out, (struct cnil_str){ span.ptr, span.len });
        }
        free(chunk);
        at = to;
    } while (at < xml.len);
    assert_int_equal(cnil_buffer_status(out), CNIL_OK);
    cnil_rewriter_free(rewriter);
    cnil_arena_free(arena);
}

static void xml_is_rewritten_at_every_cut(void **state)
{
    struct cnil_buffer out, again;

    cnil_buffer_init(&out, 1 << 16);
    cnil_buffer_init(&again, 1 << 16);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str xml = cnil_str_from(cases[i].xml);
        struct cnil_str want = cases[i].out != NULL ? cnil_str_from(cases[i].out) : xml;

        for (size_t cut = 0; cut <= xml.len + 1; cut++) {
            rewrite(*state, xml, cut, CNIL_INSERT_ALWAYS, true, CNIL_STR_EMPTY, &out);
            if (!cnil_str_equal(cnil_buffer_str(&out), want))
                fail_msg("%s, cut at %zu: %.*s", cases[i].what, cut, (int)out.len, out.ptr);
        }
        rewrite(*state, want, 0, CNIL_INSERT_NEVER, true, CNIL_STR_EMPTY, &again);
        if (!cnil_str_equal(cnil_buffer_str(&again), want))
            fail_msg("%s, a second time: %.*s", cases[i].what, (int)again.len, again.ptr);
    }
    cnil_buffer_free(&out);
    cnil_buffer_free(&again);
}

/* Before anything of the document that can run. */
static void the_guard_comes_first(void **state)
{
    static const struct {
        const char *xml, *out;
    } guarded[] = {
        { "<html><head><title/></head><body/></html>", "<html><head>[G]<title/></head><body/></html>" },
        { "<?xml version='1.0'?><?xml-stylesheet href='/a'?><!DOCTYPE html><!-- a --><h:html a='>'> <h:head b='>'/>",
          "<?xml version='1.0'?><?xml-stylesheet href='/a'?><!DOCTYPE html><!-- a --><h:html a='>'> [G]<h:head "
          "b='>'/>" },
        { "<html>a<?b?><script>c</script><head/></html>", "<html>a<?b?>[G]<script>c</script><head/></html>" },
        { "<html><body><p/></body></html>", "<html>[G]<body>[B]<p/></body></html>" },
        { "<html><?xml-stylesheet a?><head/></html>", "<html>[G]<?xml-stylesheet a?><head/></html>" },
        { "<svg a='>'><script/></svg>", "<svg a='>'>[G]<script/></svg>" },
        { "<head><script/></head>", "<head>[G]<script/></head>" },
        { "<script>a</script>", "[G]<script>a</script>" }, /* not well-formed: nothing runs */
        { "<svg/>", "<svg/>" },
        { "<html/>", "<html/>" },
    };
    struct cnil_buffer out;

    cnil_buffer_init(&out, 1 << 16);
    for (size_t i = 0; i < COUNT(guarded); i++) {
        struct cnil_str xml = cnil_str_from(guarded[i].xml);

        for (size_t cut = 0; cut <= xml.len + 1; cut++) {
            rewrite(*state, xml, cut, CNIL_INSERT_ALWAYS, true, CNIL_STR("[G]"), &out);
            if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(guarded[i].out)))
                fail_msg("%s, cut at %zu: %.*s", guarded[i].xml, cut, (int)out.len, out.ptr);
        }
    }
    cnil_buffer_free(&out);
}

static void what_a_doctype_declares_may_stay(void **state)
{
    static const struct cnil_str xml = CNIL_STR_INIT("<!DOCTYPE svg [<!ENTITY ns 'a'>]><svg xmlns='&ns;'/>");
    struct cnil_buffer out;

    cnil_buffer_init(&out, 1 << 16);
    rewrite(*state, xml, 20, CNIL_INSERT_NEVER, false, CNIL_STR_EMPTY, &out);
    assert_true(cnil_str_equal(cnil_buffer_str(&out), xml));
    cnil_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_is_rewritten_at_every_cut),
        cmocka_unit_test(the_guard_comes_first),
        cmocka_unit_test(what_a_doctype_declares_may_stay),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
