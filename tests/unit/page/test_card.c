/* SPDX-License-Identifier: Apache-2.0
 * What stands in held-back frames: for whom, with what in it, and never more than a document of ours. */
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
#include "page/card.h"
#include "page/rewriter.h"
#include "web/html_entity.h"
#include "world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char policy_text[] =
    "{ \"preset\": \"strict\", \"trackers\": { \"block\": [\"never.example\"] },"
    "  \"services\": { \"films\": { \"name\": \"Films <&> \\\"Co\\\"\", \"controller\": \"Films SAS\", \"purpose\": "
    "\"video\","
    "                             \"hosts\": [\"films.example\"] },"
    "                  \"pub\": { \"name\": \"Pub\", \"controller\": \"Pub SAS\", \"purpose\": \"advertising\","
    "                           \"hosts\": [\"pub.example\"] } } }";

static int make_world(void **state)
{
    static struct world world;

    *state = &world;
    return open_world(&world, policy_text, "https://shop.example/a/page?q");
}

/* Rewrites `html`, cut into pieces of `chunk` bytes, with cards or without. */
static enum cnil_status rewrite(struct world *world, struct cnil_str html, size_t chunk, bool has_cards,
                                struct cnil_buffer *out)
{
    const struct cnil_card_place place = { world->policy, &world->url, CNIL_STR_INIT("/a/page?q=<1>&amp"),
                                           CNIL_LANGUAGE_FR, false };
    const struct cnil_choice choice = { .state = CNIL_CHOICE_NONE };
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_rewriter_options options = { .page = &world->page,
                                             .choice = &choice,
                                             .arena = arena,
                                             .insertion = CNIL_INSERT_IF_DOCUMENT,
                                             .cards = has_cards ? &place : NULL };
    struct cnil_rewriter *rewriter = arena != NULL ? cnil_rewriter_new(&options) : NULL;
    enum cnil_status status = rewriter != NULL ? CNIL_OK : CNIL_NO_MEMORY;
    struct cnil_span span;

    cnil_buffer_clear(out);
    for (size_t at = 0; status == CNIL_OK && at < html.len; at += chunk) {
        status = cnil_rewriter_feed(rewriter, cnil_str_slice(html, at, at + chunk), at + chunk >= html.len);
        while (status == CNIL_OK && (status = cnil_rewriter_next(rewriter, &span)) == CNIL_OK && span.len > 0)
            cnil_buffer_append(out, (struct cnil_str){ span.ptr, span.len });
    }
    cnil_rewriter_free(rewriter);
    cnil_arena_free(arena);
    return status == CNIL_OK ? cnil_buffer_status(out) : status;
}

/* What a browser reads in the srcdoc of `html`; empty when there is none. */
static struct cnil_str card_of(struct cnil_str html, struct cnil_buffer *decoded)
{
    size_t at = cnil_str_find(html, CNIL_STR(" srcdoc=\""));
    struct cnil_str rest = cnil_str_slice(html, at + 9, html.len);

    cnil_buffer_clear(decoded);
    if (at < html.len)
        cnil_html_decode(cnil_str_slice(rest, 0, cnil_str_find_byte(rest, '"')), true, decoded);
    assert_int_equal(cnil_buffer_status(decoded), CNIL_OK);
    return cnil_buffer_str(decoded);
}

static void must_hold(struct cnil_str text, const char *needle)
{
    if (cnil_str_find(text, cnil_str_from(needle)) == text.len)
        fail_msg("\"%s\" is not in:\n%.*s", needle, (int)text.len, text.ptr);
}

static void which_frames_have_one(void **state)
{
    static const struct {
        const char *html;
        bool has_card;
    } cases[] = {
        { "<iframe src=https://films.example/1></iframe>", true },
        { "<IFRAME width=560 height=315 SRC='//films.example/1'></IFRAME>", true },
        { "<iframe src=https://stranger.example/></iframe>", true }, /* strict: waits for `other` */
        { "<iframe style='border: 0' src=https://films.example/1></iframe>", true },
        { "<iframe src=https://films.example/1 width=100% height=10></iframe>", true },
        { "<iframe src=/own></iframe>", false },
        { "<iframe src=https://pub.example/></iframe>", false },   /* nobody looks for it */
        { "<iframe src=https://never.example/></iframe>", false }, /* nothing lets it pass */
        { "<iframe src=https://films.example/1 hidden></iframe>", false },
        { "<iframe src=https://films.example/1 width=0 height=0></iframe>", false },
        { "<iframe src=https://films.example/1 width=1></iframe>", false },
        { "<iframe src=https://films.example/1 height=' 1px '></iframe>", false },
        { "<iframe src=https://films.example/1 style='color:red; DISPLAY : none'></iframe>", false },
        { "<iframe src=https://films.example/1 style='visibility:hidden'></iframe>", false },
        { "<iframe src=https://films.example/1 style='width:1px'></iframe>", false },
        { "<iframe src=https://films.example/1 srcdoc='<p>ours'></iframe>", false },
        { "<iframe srcdoc='<p>ours' src=https://films.example/1></iframe>", false },
        { "<iframe data-src=https://films.example/1></iframe>", false },
        { "<noscript><iframe src=https://films.example/1></iframe></noscript>", false },
        { "<template><iframe src=https://films.example/1></iframe></template>", false },
        { "<frameset><frame src=https://films.example/1></frameset>", false },
        { "<svg><iframe src=https://films.example/1></iframe></svg>", false }, /* no frame there */
        { "<embed src=https://films.example/1>", false },
        { "<img src=https://films.example/1>", false },
    };
    struct world *world = *state;
    struct cnil_buffer out, text;

    cnil_buffer_init(&out, 1024 * 1024);
    cnil_buffer_init(&text, 1024 * 1024);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str html = cnil_str_from(cases[i].html);

        assert_int_equal(rewrite(world, html, html.len, true, &out), CNIL_OK);
        if ((card_of(cnil_buffer_str(&out), &text).len > 100) != cases[i].has_card)
            fail_msg("%s: %s a card", cases[i].html, cases[i].has_card ? "has not" : "has");
        assert_int_equal(rewrite(world, html, html.len, false, &out), CNIL_OK);
        assert_true(card_of(cnil_buffer_str(&out), &text).len < 100);
    }
    cnil_buffer_free(&out);
    cnil_buffer_free(&text);
}

static void what_is_in_it(void **state)
{
    struct world *world = *state;
    struct cnil_buffer out, text;
    struct cnil_str html, card;

    cnil_buffer_init(&out, 1024 * 1024);
    cnil_buffer_init(&text, 1024 * 1024);
    html =
        CNIL_STR("<body><iframe id='a&amp;b' title=Film sandbox='allow-scripts' src=https://films.example/1?x=1&y=2>");
    assert_int_equal(rewrite(world, html, html.len, true, &out), CNIL_OK);
    must_hold(cnil_buffer_str(&out), "<iframe data-held=\"films\" name=\"held-frame-1\" srcdoc=\"");
    must_hold(cnil_buffer_str(&out), " id='a&amp;b' title=Film>"); /* what is in it must be able to submit its form */
    card = card_of(cnil_buffer_str(&out), &text);
    must_hold(card, "<html class=\"vp-card\" lang=\"fr\" dir=\"ltr\">");
    must_hold(card, "<h1>Films &lt;&amp;&gt; &quot;Co&quot;");
    must_hold(card, "Films SAS");
    must_hold(card, "<strong>Vidéos et sons</strong>");
    must_hold(card, "method=\"post\"");
    must_hold(card, "target=\"_top\" action=\"https://shop.example/_privacy/choice\"");
    must_hold(card, "name=\"return\" value=\"/a/page?q=&lt;1&gt;&amp;amp\"");
    must_hold(card, "name=\"anchor\" value=\"a&amp;b\"");
    must_hold(card, "name=\"service\" value=\"films\"");
    must_hold(card, "name=\"choice\" value=\"once\"");
    must_hold(card, "name=\"choice\" value=\"add\"");
    must_hold(card, "rel=\"noopener noreferrer\" href=\"https://films.example/1?x=1&amp;y=2\"");
    assert_int_equal(cnil_str_find(card, CNIL_STR("<script")), card.len);
    assert_int_equal(cnil_str_find(card, CNIL_STR(" style=")), card.len);

    /* of one that nobody knows: its purpose, not a service */
    html = CNIL_STR("<iframe src=https://www.stranger.example/>");
    assert_int_equal(rewrite(world, html, html.len, true, &out), CNIL_OK);
    card = card_of(cnil_buffer_str(&out), &text);
    must_hold(card, "<h1>stranger.example");
    must_hold(card, "name=\"purpose\" value=\"other\"");
    assert_int_equal(cnil_str_find(card, CNIL_STR("name=\"service\"")), card.len);
    assert_int_equal(cnil_str_find(card, CNIL_STR("value=\"once\"")), card.len);
    cnil_buffer_free(&out);
    cnil_buffer_free(&text);
}

/* Where a service has a page for what its frame shows, the link leads there. */
static void where_the_link_leads(void **state)
{
    static const struct {
        const char *src, *href;
    } cases[] = {
        { "https://www.youtube.com/embed/aB-c_1?autoplay=1", "href=\"https://www.youtube.com/watch?v=aB-c_1\"" },
        { "https://www.youtube-nocookie.com/embed/abc", "href=\"https://www.youtube.com/watch?v=abc\"" },
        { "https://player.vimeo.com/video/123#t=1", "href=\"https://vimeo.com/123\"" },
        { "https://www.dailymotion.com/embed/video/x9", "href=\"https://www.dailymotion.com/video/x9\"" },
        { "https://geo.dailymotion.com/player.html?video=x9&mute=1", "href=\"https://www.dailymotion.com/video/x9\"" },
        { "https://www.youtube.com/embed/", "href=\"https://www.youtube.com/embed/\"" },
        { "https://www.youtube.com/embed/%22%3E", "href=\"https://www.youtube.com/embed/%22%3E\"" },
        { "https://films.example/%22onclick=", "href=\"https://films.example/%22onclick=\"" },
    };
    struct world *world = *state;
    struct cnil_buffer out, text;

    cnil_buffer_init(&out, 1024 * 1024);
    cnil_buffer_init(&text, 1024 * 1024);
    for (size_t i = 0; i < COUNT(cases); i++) {
        char html[256];

        snprintf(html, sizeof(html), "<iframe src=\"%s\"></iframe>", cases[i].src);
        assert_int_equal(rewrite(world, cnil_str_from(html), strlen(html), true, &out), CNIL_OK);
        must_hold(card_of(cnil_buffer_str(&out), &text), cases[i].href);
    }
    cnil_buffer_free(&out);
    cnil_buffer_free(&text);
}

/* However it is cut, and once is enough. */
static void cuts_and_a_second_time(void **state)
{
    static const char html[] = "<p>a<iframe class=x src=https://films.example/1 height=9></iframe>"
                               "<iframe src=https://stranger.example/></iframe><b>c";
    struct world *world = *state;
    struct cnil_buffer whole, out;

    cnil_buffer_init(&whole, 1024 * 1024);
    cnil_buffer_init(&out, 1024 * 1024);
    assert_int_equal(rewrite(world, cnil_str_from(html), sizeof(html), true, &whole), CNIL_OK);
    for (size_t chunk = 1; chunk < sizeof(html); chunk++) {
        assert_int_equal(rewrite(world, cnil_str_from(html), chunk, true, &out), CNIL_OK);
        assert_true(cnil_str_equal(cnil_buffer_str(&whole), cnil_buffer_str(&out)));
    }
    assert_int_equal(rewrite(world, cnil_buffer_str(&whole), whole.len, true, &out), CNIL_OK);
    assert_true(cnil_str_equal(cnil_buffer_str(&whole), cnil_buffer_str(&out)));
    cnil_buffer_free(&whole);
    cnil_buffer_free(&out);
}

static void no_memory_is_said(void **state)
{
    static const char html[] = "<iframe id=\"a&amp;\" src=\"https://films.example/1\"></iframe>";
    struct world *world = *state;
    struct cnil_buffer out;

    cnil_buffer_init(&out, 1024 * 1024);
    for (int left = 0;; left++) {
        enum cnil_status status;

        alloc_fail_after(left);
        status = rewrite(world, cnil_str_from(html), sizeof(html) - 1, true, &out);
        alloc_fail_after(-1);
        if (status == CNIL_OK)
            break;
        assert_int_equal(status, CNIL_NO_MEMORY);
        cnil_buffer_free(&out);
        cnil_buffer_init(&out, 1024 * 1024);
    }
    cnil_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_frames_have_one), cmocka_unit_test(what_is_in_it),
        cmocka_unit_test(where_the_link_leads),  cmocka_unit_test(cuts_and_a_second_time),
        cmocka_unit_test(no_memory_is_said),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
