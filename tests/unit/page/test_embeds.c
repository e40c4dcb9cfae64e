/* SPDX-License-Identifier: Apache-2.0
 * Cards for what has no frame of its own: where they stand, where not, and how many. */
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
#define LIMIT        (1024 * 1024)

static const char policy_text[] = "{ \"trackers\": { \"allow\": [\"bsky.app\"] },"
                                  "  \"services\": { \"instagram\": { \"enabled\": false },"
                                  "    \"hcaptcha\": { \"containers\": [\"human\"] },"
                                  "    \"booking\": { \"name\": \"Booking\", \"controller\": \"Booking SAS\","
                                  "      \"purpose\": \"support\", \"hosts\": [\"booking.example\"],"
                                  "      \"containers\": [\"fb-comments\", \"book-here\"] } } }";

static int make_world(void **state)
{
    static struct world world;

    *state = &world;
    return open_world(&world, policy_text, "https://shop.example/a/page?q");
}

/* Rewrites `html`, cut into pieces of `chunk` bytes; `once`: the service that is let in. */
static enum cnil_status rewrite(struct world *world, struct cnil_str html, size_t chunk, const char *once,
                                enum cnil_insertion insertion, struct cnil_buffer *out)
{
    const struct cnil_card_place place = { world->policy, &world->url, CNIL_STR_INIT("/a/page?q"), CNIL_LANGUAGE_FR,
                                           false };
    const struct cnil_choice choice = { .state = CNIL_CHOICE_NONE,
                                        .once = once != NULL ? cnil_policy_service(world->policy, cnil_str_from(once))
                                                             : NULL };
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_rewriter_options options = { .page = &world->page,
                                             .choice = &choice,
                                             .arena = arena,
                                             .block = CNIL_STR("[BLOCK]"),
                                             .insertion = insertion,
                                             .cards = &place };
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

/* What was written, each card as "[its service]". */
static void shorten(struct cnil_str html, struct cnil_buffer *out)
{
    static const struct cnil_str open = CNIL_STR_INIT("<iframe data-held=\""), close = CNIL_STR_INIT("</iframe>");

    cnil_buffer_clear(out);
    while (html.len > 0) {
        size_t at = cnil_str_find(html, open), end;
        struct cnil_str card = cnil_str_slice(html, at, html.len);
        struct cnil_str name = cnil_str_slice(card, open.len, card.len);

        cnil_buffer_append(out, cnil_str_slice(html, 0, at));
        name = cnil_str_slice(name, 0, cnil_str_find_byte(name, '"'));
        end = cnil_str_find(card, close);
        if (end < card.len && cnil_str_find(cnil_str_slice(card, 0, end), CNIL_STR(" name=\"held-card-")) < end)
            cnil_buffer_print(out, "[%.*s]", (int)name.len, name.ptr);
        else
            cnil_buffer_append(out, cnil_str_slice(card, 0, end + close.len));
        html = cnil_str_slice(card, end + close.len, card.len);
    }
    cnil_buffer_append_byte(out, '\0');
    assert_int_equal(cnil_buffer_status(out), CNIL_OK);
}

#define CAPTCHA   "<script src=https://www.google.com/recaptcha/api.js></script>"
#define HELD(id)  "<script data-held=\"" id "\" type=\"text/plain\"></script>"
#define CONTAINER "<div class='x g-recaptcha'></div>"

static const struct {
    const char *name, *html, *expected;
} cases[] = {
    { "a container in a form", "<body><form>" CONTAINER "</form>" CAPTCHA,
      "<body>[BLOCK]<form>[google-recaptcha]" CONTAINER "</form>" HELD("google-recaptcha") },
    { "whatever stands beside its class", "<body><p><i CLASS=\"\tcf-turnstile\nb\">",
      "<body>[BLOCK]<p>[cloudflare-turnstile]<i CLASS=\"\tcf-turnstile\nb\">" },
    { "the script first", "<head>" CAPTCHA "</head><body>" CONTAINER "</body>",
      "<head>" HELD("google-recaptcha") "</head><body>[BLOCK][google-recaptcha]" CONTAINER "</body>" },
    { "no container: the end of the page", "<body>" CAPTCHA "<p>a</p></body></html>",
      "<body>[BLOCK]" HELD("google-recaptcha") "<p>a</p>[google-recaptcha]</body></html>" },
    { "a page that ends without a tag", "<body>" CAPTCHA "<p>a",
      "<body>[BLOCK]" HELD("google-recaptcha") "<p>a[google-recaptcha]" },
    { "a page that ends in a comment", "<body>" CAPTCHA "<p>a<!-- b",
      "<body>[BLOCK]" HELD("google-recaptcha") "<p>a<!-- b" },
    { "a page that ends in raw text", "<body>" CAPTCHA "<p>a</p><textarea>b",
      "<body>[BLOCK]" HELD("google-recaptcha") "<p>a</p><textarea>b" },
    { "one that has no body but its text", CAPTCHA "a", HELD("google-recaptcha") "[BLOCK]a[google-recaptcha]" },
    { "a page that is a head", "<title>t</title>" CAPTCHA, "<title>t</title>" HELD("google-recaptcha") },
    { "one for a service", "<body>" CONTAINER CONTAINER CAPTCHA "</body>",
      "<body>[BLOCK][google-recaptcha]" CONTAINER CONTAINER HELD("google-recaptcha") "</body>" },
    { "where the script stands", "<body><p><script src=https://form.jotform.com/jsform/1></script></p></body>",
      "<body>[BLOCK]<p>[jotform]" HELD("jotform") "</p></body>" },
    { "in a head nothing can", "<head><script src=https://form.jotform.com/jsform/1></script></head><body>a</body>",
      "<head>" HELD("jotform") "</head><body>[BLOCK]a[jotform]</body>" },
    { "a chat by its loader", "<body><script>s.src='https://client.crisp.chat/l.js';d.append(s)</script></body>",
      "<body>[BLOCK]" HELD("crisp") "[crisp]</body>" },
    { "comments by their loader", "<body><script>s.src='//x.disqus.com/embed.js';d.append(s)</script></body>",
      "<body>[BLOCK][disqus]" HELD("disqus") "</body>" },
    { "media", "<body><p><video src=https://player.vimeo.com/1></video><embed src=https://www.youtube.com/v/1>",
      "<body>[BLOCK]<p>[vimeo]<video data-held=\"vimeo\"></video>[youtube]<embed data-held=\"youtube\">" },
    { "an object", "<body><object data=https://www.youtube.com/v/1>b</object>",
      "<body>[BLOCK][youtube]<object data-held=\"youtube\">b</object>" },
    { "what a document in an address holds is not what was held back before it",
      "<body><video hidden src=//player.vimeo.com/1></video>"
      "<embed src='data:text/html,<script src=https://www.google-analytics.com/analytics.js></script>'>",
      "<body>[BLOCK]<video data-held=\"vimeo\" hidden></video><embed data-held=\"google-analytics\">" },
    { "nothing that is hidden",
      "<body><div hidden class=h-captcha></div><video style='display:none' src=//player.vimeo.com/1>",
      "<body>[BLOCK]<div hidden class=h-captcha></div><video data-held=\"vimeo\" style='display:none'>" },
    { "no script that shows nothing", "<body><script src=https://www.google-analytics.com/analytics.js></script>",
      "<body>[BLOCK]<script data-held=\"google-analytics\" type=\"text/plain\"></script>" },
    { "nothing that is allowed", "<body><blockquote class=bluesky-embed>a</blockquote>",
      "<body>[BLOCK]<blockquote class=bluesky-embed>a</blockquote>" },
    { "nothing that is switched off", "<body><blockquote class=instagram-media>a</blockquote>",
      "<body>[BLOCK]<blockquote class=instagram-media>a</blockquote>" },
    { "nothing inert", "<body><template>" CONTAINER "</template><noscript>" CONTAINER "</noscript>",
      "<body>[BLOCK]<template>" CONTAINER "</template><noscript>" CONTAINER "</noscript>" },
    { "nothing in a drawing", "<body><svg><g class=g-recaptcha></g></svg>",
      "<body>[BLOCK]<svg><g class=g-recaptcha></g></svg>" },
    { "no script or sheet of that class", "<body><script class=g-recaptcha>a</script><style class=h-captcha>b</style>",
      "<body>[BLOCK]<script class=g-recaptcha>a</script><style class=h-captcha>b</style>" },
    { "no part of a class", "<body><p class='g-recaptcha-x xg-recaptcha G-RECAPTCHA'>",
      "<body>[BLOCK]<p class='g-recaptcha-x xg-recaptcha G-RECAPTCHA'>" },
    { "the policy's own", "<body><p class='a book-here'></p><script src=//booking.example/w.js></script>",
      "<body>[BLOCK][booking]<p class='a book-here'></p>" HELD("booking") },
    { "of the catalogue's service, with the catalogue's", "<body><p class=human></p><p class=h-captcha></p>",
      "<body>[BLOCK][hcaptcha]<p class=human></p><p class=h-captcha></p>" },
    { "a class of both: the policy's word counts", "<body><p class=fb-comments></p><p class=fb-post></p>",
      "<body>[BLOCK][booking]<p class=fb-comments></p>[facebook]<p class=fb-post></p>" },
    { "eight in a page",
      "<body><i class=g-recaptcha><i class=h-captcha><i class=cf-turnstile><i class=twitter-tweet><i class=fb-post>"
      "<i class=tiktok-embed><i class=typeform-widget><i class=hs-form-frame><i class=calendly-inline-widget>",
      "<body>[BLOCK][google-recaptcha]<i class=g-recaptcha>[hcaptcha]<i class=h-captcha>[cloudflare-turnstile]<i "
      "class=cf-turnstile>[x]<i class=twitter-tweet>[facebook]<i class=fb-post>[tiktok]<i "
      "class=tiktok-embed>[typeform]<i "
      "class=typeform-widget>[hubspot-forms]<i class=hs-form-frame><i class=calendly-inline-widget>" },
};

static void where_they_stand(void **state)
{
    struct world *world = *state;
    struct cnil_buffer out, text;

    cnil_buffer_init(&out, LIMIT);
    cnil_buffer_init(&text, LIMIT);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str html = cnil_str_from(cases[i].html);

        for (size_t chunk = 1; chunk <= html.len; chunk++) {
            assert_int_equal(rewrite(world, html, chunk, NULL, CNIL_INSERT_ALWAYS, &out), CNIL_OK);
            shorten(cnil_buffer_str(&out), &text);
            if (strcmp(text.ptr, cases[i].expected) != 0)
                fail_msg("%s, in pieces of %zu:\n%s", cases[i].name, chunk, text.ptr);
        }
    }
    cnil_buffer_free(&out);
    cnil_buffer_free(&text);
}

static void a_second_pass_adds_nothing(void **state)
{
    struct world *world = *state;
    struct cnil_buffer once, twice, text;

    cnil_buffer_init(&once, LIMIT);
    cnil_buffer_init(&twice, LIMIT);
    cnil_buffer_init(&text, LIMIT);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str html = cnil_str_from(cases[i].html), block = CNIL_STR("[BLOCK]");
        size_t at;

        assert_int_equal(rewrite(world, html, html.len, NULL, CNIL_INSERT_ALWAYS, &once), CNIL_OK);
        at = cnil_str_find(cnil_buffer_str(&once), block); /* it is inserted again */
        cnil_buffer_clear(&text);
        cnil_buffer_append(&text, cnil_str_slice(cnil_buffer_str(&once), 0, at));
        cnil_buffer_append(&text, cnil_str_slice(cnil_buffer_str(&once), at + block.len, once.len));
        assert_int_equal(rewrite(world, cnil_buffer_str(&text), text.len, NULL, CNIL_INSERT_ALWAYS, &twice), CNIL_OK);
        if (!cnil_str_equal(cnil_buffer_str(&once), cnil_buffer_str(&twice)))
            fail_msg("%s: %.*s", cases[i].name, (int)twice.len, twice.ptr);
    }
    cnil_buffer_free(&once);
    cnil_buffer_free(&twice);
    cnil_buffer_free(&text);
}

/* Without the block there is no body that is known to have begun; in a frame or a fragment there is none. */
static void none_without_the_block(void **state)
{
    struct world *world = *state;
    struct cnil_str html = CNIL_STR("<div>" CONTAINER CAPTCHA "</div></body>");
    struct cnil_buffer out;

    cnil_buffer_init(&out, LIMIT);
    assert_int_equal(rewrite(world, html, html.len, NULL, CNIL_INSERT_NEVER, &out), CNIL_OK);
    assert_int_equal(cnil_str_find(cnil_buffer_str(&out), CNIL_STR("<iframe")), out.len);
    assert_int_equal(rewrite(world, html, html.len, NULL, CNIL_INSERT_ALWAYS, &out), CNIL_OK);
    assert_true(cnil_str_find(cnil_buffer_str(&out), CNIL_STR("<iframe")) < out.len);
    cnil_buffer_free(&out);
}

static void once_leads_back_to_its_place(void **state)
{
    static const struct {
        const char *html, *expected;
    } places[] = {
        { "<body>" CONTAINER CONTAINER "</body>",
          "<body>[BLOCK]<span id=\"held-google-recaptcha\"></span>" CONTAINER CONTAINER "</body>" },
        { "<body><p id=own class=g-recaptcha></p></body>", "<body>[BLOCK]<p id=own class=g-recaptcha></p></body>" },
        { "<body>" CAPTCHA "</body>", "<body>[BLOCK]" CAPTCHA "</body>" },
        { "<body><p class=h-captcha></p></body>", "<body>[BLOCK][hcaptcha]<p class=h-captcha></p></body>" },
    };
    struct world *world = *state;
    struct cnil_buffer out, text;

    cnil_buffer_init(&out, LIMIT);
    cnil_buffer_init(&text, LIMIT);
    for (size_t i = 0; i < COUNT(places); i++) {
        struct cnil_str html = cnil_str_from(places[i].html);

        assert_int_equal(rewrite(world, html, html.len, "google-recaptcha", CNIL_INSERT_ALWAYS, &out), CNIL_OK);
        shorten(cnil_buffer_str(&out), &text);
        assert_string_equal(text.ptr, places[i].expected);
    }
    cnil_buffer_free(&out);
    cnil_buffer_free(&text);
}

static void must_hold(struct cnil_str text, const char *needle, bool holds)
{
    if ((cnil_str_find(text, cnil_str_from(needle)) < text.len) != holds)
        fail_msg("\"%s\" is %s in:\n%.*s", needle, holds ? "not" : "", (int)text.len, text.ptr);
}

static void what_is_in_them(void **state)
{
    static const struct {
        const char *html;
        bool is_form, is_content;
        const char *anchor;
    } written[] = {
        { "<body><div class=g-recaptcha>", true, false, "held-google-recaptcha" },
        { "<body><div id='a&amp;b' class=h-captcha>", true, false, "a&amp;b" },
        { "<body><div class=twitter-tweet>", false, false, "held-x" },
        { "<body><video src=https://player.vimeo.com/video/1>", false, true, NULL },
        { "<body><video id=v src=https://player.vimeo.com/video/1>", false, true, "v" },
        { "<body><script src=https://form.jotform.com/jsform/1></script>", false, false, NULL },
        { "<body>" CAPTCHA "</body>", true, false, NULL },
    };
    struct world *world = *state;
    struct cnil_buffer out, text;

    cnil_buffer_init(&out, LIMIT);
    cnil_buffer_init(&text, LIMIT);
    for (size_t i = 0; i < COUNT(written); i++) {
        struct cnil_str html = cnil_str_from(written[i].html), card;
        char anchor[128];
        size_t at;

        assert_int_equal(rewrite(world, html, html.len, NULL, CNIL_INSERT_ALWAYS, &out), CNIL_OK);
        card = cnil_buffer_str(&out);
        for (size_t j = 0; j < card.len && j < cnil_str_find(card, CNIL_STR("</iframe>")); j++)
            assert_true((unsigned char)card.ptr[j] < 0x80); /* in a page of whatever charset */
        at = cnil_str_find(card, CNIL_STR(" srcdoc=\"")) + 9;
        card = cnil_str_slice(card, at, card.len);
        cnil_buffer_clear(&text);
        cnil_html_decode(cnil_str_slice(card, 0, cnil_str_find_byte(card, '"')), true, &text);
        card = cnil_buffer_str(&text);
        assert_true(cnil_card_is(card));
        must_hold(card, "<button type=\"submit\" class=\"vp-button\" name=\"choice\" value=\"once\">", true);
        must_hold(card, "value=\"add\">Toujours charger ", true);
        must_hold(card, "Sans ce contenu, le formulaire", written[i].is_form);
        must_hold(card, "href=\"https://vimeo.com/1\"", written[i].is_content);
        must_hold(card, "<a ", written[i].is_content);
        snprintf(anchor, sizeof(anchor), "name=\"anchor\" value=\"%s\"",
                 written[i].anchor != NULL ? written[i].anchor : "");
        must_hold(card, written[i].anchor != NULL ? anchor : "name=\"anchor\"", written[i].anchor != NULL);
    }
    cnil_buffer_free(&out);
    cnil_buffer_free(&text);
}

/* A tag has other addresses than the one that it shows: they are judged before its card is written. */
static void the_link_is_to_what_it_shows(void **state)
{
    static const char *const tags[] = { "video", "embed", "object" };
    static const char *const others[] = {
        "poster='https://www.shop.fr/p.jpg'",        "poster='https://www.google-analytics.com/p.png'",
        "poster='https://www.youtube.com/p.png'",    "poster='https://i.vimeocdn.com/p.jpg'",
        "codebase='https://www.shop.fr/'",           "style='background:url(https://www.shop.fr/p.jpg)'",
        "onclick='fetch(\"https://www.shop.fr/\")'",
    };
    struct world *world = *state;
    struct cnil_buffer html, out, text, address, link;

    cnil_buffer_init(&html, LIMIT);
    cnil_buffer_init(&out, LIMIT);
    cnil_buffer_init(&text, LIMIT);
    cnil_buffer_init(&address, LIMIT);
    cnil_buffer_init(&link, LIMIT);
    for (size_t i = 0; i < 4 * COUNT(tags) * COUNT(others); i++) {
        const char *tag = tags[i / 4 % COUNT(tags)], *other = others[i / 4 / COUNT(tags)];
        const char *name = strcmp(tag, "object") == 0 ? "data" : "src";

        cnil_buffer_clear(&html);
        cnil_buffer_clear(&address);
        cnil_buffer_clear(&link);
        cnil_buffer_print(&address, "https://player.vimeo.com/1?%0*d", i % 4 < 2 ? 2 : 1500, 1);
        cnil_buffer_print(&link, "href=\"%.*s\"", (int)address.len, cnil_buffer_str(&address).ptr);
        cnil_buffer_append_byte(&link, '\0');
        cnil_buffer_print(&html, "<body><%s %s %s='%.*s' %s>", tag, i % 2 == 0 ? "" : other, name, (int)address.len,
                          cnil_buffer_str(&address).ptr, i % 2 == 0 ? other : "");
        assert_int_equal(rewrite(world, cnil_buffer_str(&html), html.len, NULL, CNIL_INSERT_ALWAYS, &out), CNIL_OK);
        must_hold(cnil_buffer_str(&out), "<iframe data-held=\"vimeo\" name=\"held-card-vimeo\"", true);
        cnil_buffer_clear(&text);
        cnil_html_decode(cnil_buffer_str(&out), true, &text);
        must_hold(cnil_buffer_str(&text), "<a target=\"_blank\"", true);
        must_hold(cnil_buffer_str(&text), cnil_buffer_str(&link).ptr, true);
    }
    cnil_buffer_free(&html);
    cnil_buffer_free(&out);
    cnil_buffer_free(&text);
    cnil_buffer_free(&address);
    cnil_buffer_free(&link);
}

/* One that is shown though its own address passes, or is none that has a card, has none for another's. */
static void another_address_has_no_card(void **state)
{
    static const char *const pages[] = {
        "<body><video src=https://bsky.app/1 poster=https://player.vimeo.com/p.jpg>",
        "<body><video poster=https://player.vimeo.com/p.jpg src=https://bsky.app/1>",
        "<body><video src=https://www.google-analytics.com/1 poster=https://player.vimeo.com/p.jpg>",
        "<body><video poster=https://player.vimeo.com/p.jpg src=https://www.google-analytics.com/1>",
    };
    struct world *world = *state;
    struct cnil_buffer out;

    cnil_buffer_init(&out, LIMIT);
    for (size_t i = 0; i < COUNT(pages); i++) {
        struct cnil_str html = cnil_str_from(pages[i]);

        assert_int_equal(rewrite(world, html, html.len, NULL, CNIL_INSERT_ALWAYS, &out), CNIL_OK);
        must_hold(cnil_buffer_str(&out), "data-held=\"", true);
        must_hold(cnil_buffer_str(&out), "<iframe", false);
    }
    cnil_buffer_free(&out);
}

static void no_memory(void **state)
{
    struct world *world = *state;
    struct cnil_str html = CNIL_STR("<body>" CONTAINER "<script src=https://form.jotform.com/jsform/1></script>"
                                    "<video src=https://player.vimeo.com/1></video>"
                                    "<script src=https://client.crisp.chat/l.js></script></body>");
    enum cnil_status status = CNIL_NO_MEMORY;
    struct cnil_buffer out;

    for (long allowed = 0; status != CNIL_OK; allowed++) {
        cnil_buffer_init(&out, LIMIT);
        alloc_fail_after(allowed);
        status = rewrite(world, html, html.len, NULL, CNIL_INSERT_ALWAYS, &out);
        alloc_fail_after(-1);
        assert_true(status == CNIL_OK || status == CNIL_NO_MEMORY);
        cnil_buffer_free(&out);
        assert_true(allowed < 10000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_they_stand),
        cmocka_unit_test(a_second_pass_adds_nothing),
        cmocka_unit_test(none_without_the_block),
        cmocka_unit_test(once_leads_back_to_its_place),
        cmocka_unit_test(what_is_in_them),
        cmocka_unit_test(the_link_is_to_what_it_shows),
        cmocka_unit_test(another_address_has_no_card),
        cmocka_unit_test(no_memory),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
