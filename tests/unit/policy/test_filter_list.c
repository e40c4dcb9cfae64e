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
#include "policy/filter_compiler.h"
#include "policy/filter_list.h"
#include "web/domain.h"

#include <openssl/evp.h>
#include <unistd.h>

/* Compiles lists: pairs of name and text, NULL at the end. */
static struct cnil_buffer image_of(const char *const *pairs)
{
    struct cnil_filter_source sources[8];
    struct cnil_buffer image;
    size_t count = 0;

    for (; pairs[2 * count] != NULL; count++)
        sources[count] =
            (struct cnil_filter_source){ cnil_str_from(pairs[2 * count]), cnil_str_from(pairs[2 * count + 1]) };
    cnil_buffer_init(&image, 1 << 24);
    assert_int_equal(cnil_filter_compile(sources, count, NULL, NULL, &image), CNIL_OK);
    return image;
}

static struct cnil_filter_list *list_of(struct cnil_str image)
{
    struct cnil_errors errors;
    struct cnil_filter_list *list;

    cnil_errors_init(&errors);
    list = cnil_filter_list_open(image, "l", &errors);
    if (list == NULL)
        fail_msg("%s", errors.count > 0 ? errors.list[0].sentence : "no memory");
    cnil_errors_free(&errors);
    return list;
}

/* A question, in the caller's memory. */
struct asked {
    struct cnil_arena *arena;
    struct cnil_filter_page page;
    struct cnil_filter_request request;
};

static void ask(struct asked *asked, const char *page, const char *address, unsigned types)
{
    struct cnil_url base, url;
    struct cnil_str site;

    asked->arena = cnil_arena_new(1 << 22);
    assert_int_equal(cnil_url_parse(cnil_str_from(page), NULL, asked->arena, &base), CNIL_OK);
    assert_int_equal(cnil_url_parse(cnil_str_from(address), &base, asked->arena, &url), CNIL_OK);
    site = cnil_domain_registrable(base.host);
    cnil_filter_page_init(&asked->page, base.host, cnil_domain_is_public_suffix(site) ? CNIL_STR_EMPTY : site);
    cnil_filter_request_init(&asked->request, &asked->page, &url);
    asked->request.types = types;
    asked->request.third_party = !cnil_domain_within(url.host, site);
}

enum { BOTH = CNIL_FILTER_OF_HOST | CNIL_FILTER_OF_PATTERN };

static const char *const words[] = { "none", "blocked", "excepted" };

#define PAGE "https://www.shop.fr/"

/* One list, one question. `line`: of the rule that decides; 0: none does. */
static const struct {
    const char *list, *page, *url;
    unsigned types;
    enum cnil_filter_result result;
    unsigned line;
} cases[] = {
    /* hosts and those below them */
    { "||t.example^", PAGE, "https://t.example/x", CNIL_FILTER_SCRIPT, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^", PAGE, "https://a.b.t.example", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^", PAGE, "https://t.example.:8443/x", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^", PAGE, "https://u:p@t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^", PAGE, "https://xt.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||t.example^", PAGE, "https://t.example.org/", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||t.example^", PAGE, "https://x.example/t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||t.example^", "https://t.example/", "/own", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||[::1]^", PAGE, "http://[::1]/x", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||10.0.0.1^", PAGE, "http://10.0.0.1:81/x", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.", PAGE, "https://a.t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.", PAGE, "https://at.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||t.", PAGE, "https://x.example/t.js", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||t.*/x|", PAGE, "https://t.example/y/x", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.*/x|", PAGE, "https://t.example/y/xy", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||*.t.example^", PAGE, "https://a.t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||*.t.example^", PAGE, "https://t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },

    /* what follows the host stands right behind it */
    { "||t.example/a/", PAGE, "https://x.t.example/A/b", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example/a/", PAGE, "https://t.example/b/a/", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||t.example/a/", PAGE, "https://t.example:81/a/", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||t.example^a", PAGE, "https://t.example./ab", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^*/p?", PAGE, "https://t.example/x/y/p?q", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^*/p?", PAGE, "https://t.example/p?q", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||t.example^|", PAGE, "https://t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^|", PAGE, "https://t.example/x", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },

    /* patterns: case does not matter, unless it is said */
    { "/Ads/Banner", PAGE, "https://x.example/ADS/banners", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/Ads/Banner$match-case", PAGE, "https://x.example/Ads/Banner", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/Ads/Banner$match-case", PAGE, "https://x.example/ads/banner", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "anner", PAGE, "https://x.example/banners", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "?", PAGE, "https://x.example/?", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "x.example/a", PAGE, "https://x.example/#a", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 }, /* no fragment is sent */
    { "#a", PAGE, "https://x.example/#a", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "|https://x.", PAGE, "https://x.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "|http://x.", PAGE, "https://x.example/?http://x.y", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { ".gif|", PAGE, "https://x.example/a.gif", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { ".gif|", PAGE, "https://x.example/a.gif?b", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "|https://x.example/|", PAGE, "https://x.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },

    /* "^": no letter, digit, or one of _ . - % ; also the end */
    { "/ad^", PAGE, "https://x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad^", PAGE, "https://x.example/ad?x", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad^", PAGE, "https://x.example/ad-x", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "/ad^", PAGE, "https://x.example/ad%20", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "/ad^^", PAGE, "https://x.example/ad/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "^ad^x", PAGE, "https://x.example/ad/x", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad^x", PAGE, "https://x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "/ad^|", PAGE, "https://x.example/ad/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad^|", PAGE, "https://x.example/ad/x", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },

    /* "*" */
    { "/a*/b*c", PAGE, "https://x.example/a/b/b/c", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/a*/b*c", PAGE, "https://x.example/b/a/c", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "ab*cd*^ef|", PAGE, "https://x.example/xabxcdx/ef/ef", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "q*word*z", PAGE, "https://x.example/q/word/z", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "a*^|", PAGE, "https://x.example/a", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },

    /* expressions */
    { "/ad[0-9]{2}\\.gif$/", PAGE, "https://x.example/AD12.gif", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad[0-9]{2}\\.gif$/", PAGE, "https://x.example/ad1.gif", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "/\\/one\\/|\\/two\\//", PAGE, "https://x.example/two/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/\\/word?\\/x/", PAGE, "https://x.example/wor/x", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/\\/x(word)?\\/y/", PAGE, "https://x.example/x/y", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/[/]word[^/]/", PAGE, "https://x.example/words", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/-word\\b/", PAGE, "https://x.example/a-word", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/-Word\\./$match-case", PAGE, "https://x.example/a-word.", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "/word\\.+js/", PAGE, "https://x.example/sword.js", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/analytics/", PAGE, "https://x.example/myanalyticsx", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },

    /* types */
    { "||t.example^$script,image", PAGE, "https://t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^$script,image", PAGE, "https://t.example/", CNIL_FILTER_FRAME, CNIL_FILTER_NONE, 0 },
    { "||t.example^$~script", PAGE, "https://t.example/", CNIL_FILTER_FRAME, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^$~script", PAGE, "https://t.example/", CNIL_FILTER_SCRIPT, CNIL_FILTER_NONE, 0 },
    { "||t.example^$script", PAGE, "https://t.example/", CNIL_FILTER_OTHER | CNIL_FILTER_SCRIPT, CNIL_FILTER_BLOCKED,
      1 },
    { "$websocket,third-party", PAGE, "wss://t.example/", CNIL_FILTER_WEBSOCKET, CNIL_FILTER_BLOCKED, 1 },

    /* parties */
    { "||t.example^$third-party", PAGE, "https://t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^$third-party", "https://www.t.example/", "https://t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE,
      0 },
    { "/ad.gif$~third-party", PAGE, "/ad.gif", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad.gif$~third-party", PAGE, "//x.example/ad.gif", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },

    /* pages */
    { "/ad$domain=shop.fr|a.example", PAGE, "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad$domain=op.fr", PAGE, "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "/ad$domain=fr", PAGE, "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad$domain=shop.fr|~www.shop.fr", PAGE, "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "/ad$domain=shop.fr|~www.shop.fr", "https://shop.fr/", "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED,
      1 },
    { "/ad$domain=~a.example", PAGE, "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad$domain=~SHOP.fr", PAGE, "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "/ad$domain=shop.*", PAGE, "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad$domain=shop.*", "https://www.shop.co.uk/", "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad$domain=shop.*", "https://shop.a.fr/", "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "/ad$domain=shop.fr|~www.shop.*", PAGE, "//x.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "$image,domain=shop.fr", PAGE, "//x.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "$image,domain=shop.fr", "https://a.example/", "//x.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "||t.example^$domain=10.0.0.1", "http://10.0.0.1/", "//t.example/", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },

    /* targets */
    { "/ad$to=t.example|~b.t.example", PAGE, "//a.t.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_BLOCKED, 1 },
    { "/ad$to=t.example|~b.t.example", PAGE, "//b.t.example/ad", CNIL_FILTER_IMAGE, CNIL_FILTER_NONE, 0 },
    { "$script,domain=shop.fr,denyallow=good.example", PAGE, "//t.example/", CNIL_FILTER_SCRIPT, CNIL_FILTER_BLOCKED,
      1 },
    { "$script,domain=shop.fr,denyallow=good.example", PAGE, "//x.good.example/", CNIL_FILTER_SCRIPT, CNIL_FILTER_NONE,
      0 },

    /* exceptions, and what they cannot except */
    { "||t.example^\n@@||t.example/ok.js", PAGE, "//t.example/ok.js", CNIL_FILTER_SCRIPT, CNIL_FILTER_EXCEPTED, 2 },
    { "||t.example^\n@@||t.example/ok.js", PAGE, "//t.example/no.js", CNIL_FILTER_SCRIPT, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^\n@@||t.example^$image", PAGE, "//t.example/", CNIL_FILTER_SCRIPT, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^\n@@/ok-$domain=shop.fr", PAGE, "//t.example/ok-1", CNIL_FILTER_SCRIPT, CNIL_FILTER_EXCEPTED, 2 },
    { "/ad/\n@@||t.example^", PAGE, "//t.example/ad/", CNIL_FILTER_SCRIPT, CNIL_FILTER_EXCEPTED, 2 },
    { "@@||t.example^", PAGE, "//t.example/", CNIL_FILTER_SCRIPT, CNIL_FILTER_NONE, 0 },
    { "||t.example^$important\n@@||t.example^", PAGE, "//t.example/", CNIL_FILTER_SCRIPT, CNIL_FILTER_BLOCKED, 1 },
    { "||t.example^\n@@||t.example^\n||t.example/x$important", PAGE, "//t.example/x", CNIL_FILTER_SCRIPT,
      CNIL_FILTER_BLOCKED, 3 },
    { "||t.example^\n@@||t.example^\n||t.example/x$important", PAGE, "//t.example/y", CNIL_FILTER_SCRIPT,
      CNIL_FILTER_EXCEPTED, 2 },

    /* rules that others take back, and what stands under a condition */
    { "||t.example^$script\n||t.example^$script,badfilter", PAGE, "//t.example/", CNIL_FILTER_SCRIPT, CNIL_FILTER_NONE,
      0 },
    { "||t.example^$3p,script\n||t.example^$badfilter,script,third-party", PAGE, "//t.example/", CNIL_FILTER_SCRIPT,
      CNIL_FILTER_NONE, 0 },
    { "||t.example^$script\n||t.example^$badfilter", PAGE, "//t.example/", CNIL_FILTER_SCRIPT, CNIL_FILTER_BLOCKED, 1 },
    { "!#if env_firefox\n||t.example^\n!#else\n||t.example^\n!#endif\n||u.example^", PAGE, "//t.example/",
      CNIL_FILTER_SCRIPT, CNIL_FILTER_NONE, 0 },
    { "!#if env_firefox\n||t.example^\n!#endif\n||u.example^", PAGE, "//u.example/", CNIL_FILTER_SCRIPT,
      CNIL_FILTER_BLOCKED, 4 },

    /* of several rules of a host the one for all of it stays */
    { "||t.example/x\n||t.example^\n||t.example^$third-party", PAGE, "//t.example/x", CNIL_FILTER_SCRIPT,
      CNIL_FILTER_BLOCKED, 2 },
    { "||t.example/x\n||t.example^$third-party", "https://t.example/", "/x", CNIL_FILTER_SCRIPT, CNIL_FILTER_BLOCKED,
      1 },
    { "||t.example^$~third-party\n||t.example^$third-party", "https://t.example/", "/x", CNIL_FILTER_SCRIPT,
      CNIL_FILTER_BLOCKED, 1 },
    { "||example^\n||t.example/x", PAGE, "//t.example/x", CNIL_FILTER_SCRIPT, CNIL_FILTER_BLOCKED, 1 },
};

static void rules_match_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const pairs[] = { "l", cases[i].list, NULL };
        struct cnil_buffer image = image_of(pairs);
        struct cnil_filter_list *list = list_of(cnil_buffer_str(&image));
        struct cnil_filter_match match;
        enum cnil_filter_result result;
        struct asked asked;
        char start[32] = "list l:";

        ask(&asked, cases[i].page, cases[i].url, cases[i].types);
        result = cnil_filter_list_match(list, &asked.request, BOTH, true, &match);
        if (result != CNIL_FILTER_NONE)
            snprintf(start, sizeof(start), "list l:%u ", cases[i].line);
        if (result != cases[i].result ||
            (result != CNIL_FILTER_NONE && !cnil_str_starts_with(match.text, cnil_str_from(start))))
            fail_msg("%s on %s: %s %s: %.*s", cases[i].list, cases[i].page, cases[i].url, words[result],
                     (int)match.text.len, match.text.ptr != NULL ? match.text.ptr : "");
        cnil_arena_free(asked.arena);
        cnil_filter_list_free(list);
        cnil_buffer_free(&image);
    }
}

static void exceptions_can_be_left_aside(void **state)
{
    const char *const pairs[] = { "l", "||t.example^\n@@||t.example^", NULL };
    struct cnil_buffer image = image_of(pairs);
    struct cnil_filter_list *list = list_of(cnil_buffer_str(&image));
    struct cnil_filter_match match;
    struct asked asked;

    (void)state;
    ask(&asked, PAGE, "//t.example/", CNIL_FILTER_SCRIPT);
    assert_int_equal(cnil_filter_list_match(list, &asked.request, BOTH, true, &match), CNIL_FILTER_EXCEPTED);
    assert_int_equal(cnil_filter_list_match(list, &asked.request, BOTH, false, &match), CNIL_FILTER_BLOCKED);
    cnil_arena_free(asked.arena);
    cnil_filter_list_free(list);
    cnil_buffer_free(&image);
}

static void every_list_that_blocks_is_told(void **state)
{
    const char *const pairs[] = {
        "a", "||t.example^\n||only-a.example^", "b", "x\n||t.example/x", "c", "@@||u.example^", NULL
    };
    struct cnil_buffer image = image_of(pairs);
    struct cnil_filter_list *list = list_of(cnil_buffer_str(&image));
    struct cnil_filter_match match;
    struct asked asked;

    (void)state;
    assert_int_equal(cnil_filter_list_source_count(list), 3);
    assert_int_equal(cnil_filter_list_source(list, 0).kept, 2);
    ask(&asked, PAGE, "//t.example/x", CNIL_FILTER_SCRIPT);
    assert_int_equal(cnil_filter_list_match(list, &asked.request, BOTH, true, &match), CNIL_FILTER_BLOCKED);
    assert_int_equal(match.sources, 3);
    assert_int_equal(cnil_filter_list_match(list, &asked.request, CNIL_FILTER_OF_PATTERN, true, &match),
                     CNIL_FILTER_BLOCKED);
    assert_int_equal(match.sources, 2);
    assert_true(cnil_str_equal(match.text, CNIL_STR("list b:1 x")));
    assert_int_equal(cnil_filter_list_match(list, &asked.request, CNIL_FILTER_WHOLE_HOST, true, &match),
                     CNIL_FILTER_BLOCKED);
    assert_int_equal(match.sources, 1);
    cnil_arena_free(asked.arena);
    ask(&asked, PAGE, "//u.example/x", CNIL_FILTER_SCRIPT);
    assert_int_equal(cnil_filter_list_match(list, &asked.request, BOTH, true, &match), CNIL_FILTER_EXCEPTED);
    assert_true(cnil_filter_list_names_host(list, CNIL_STR("www.t.example")));
    assert_false(cnil_filter_list_names_host(list, CNIL_STR("u.example")));
    assert_false(cnil_filter_list_names_host(list, CNIL_STR("")));
    cnil_arena_free(asked.arena);
    cnil_filter_list_free(list);
    cnil_buffer_free(&image);
}

static void a_page_is_not_held_back_from_itself(void **state)
{
    const char *const pairs[] = { "l", "||shop.fr^\n||stats.shop.fr^\n||shop.fr/spy", NULL };
    static const struct {
        const char *url;
        enum cnil_filter_result result;
    } own[] = {
        { "/x", CNIL_FILTER_NONE },
        { "//img.shop.fr/x", CNIL_FILTER_NONE },
        { "//stats.shop.fr/x", CNIL_FILTER_BLOCKED },
        { "//fr/x", CNIL_FILTER_NONE },
    };
    struct cnil_buffer image = image_of(pairs);
    struct cnil_filter_list *list = list_of(cnil_buffer_str(&image));

    (void)state;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        struct cnil_filter_match match;
        struct asked asked;

        ask(&asked, PAGE, own[i].url, CNIL_FILTER_SCRIPT);
        asked.request.spare_own = true;
        if (cnil_filter_list_match(list, &asked.request, BOTH, true, &match) != own[i].result)
            fail_msg("%s", own[i].url);
        cnil_arena_free(asked.arena);
    }
    cnil_filter_list_free(list);
    cnil_buffer_free(&image);
}

static void count_dropped(struct cnil_str source, size_t line, struct cnil_str text, enum cnil_filter_drop why,
                          void *data)
{
    char *out = data;

    snprintf(out + strlen(out), 256 - strlen(out), "%.*s:%zu %s %.4s\n", (int)source.len, source.ptr, line,
             cnil_filter_drop_name(why), text.ptr);
}

static void what_is_left_out_is_told_and_counted(void **state)
{
    static const char text[] = "! x\n||a.example^\n||b.example^$popup\n##.ad\n/(/\n||c.example^$csp=x\n"
                               "d$domain=/x/\ne$to=x.*\nf$domain=a||b\n||g.example^\n||g.example^$badfilter\n";
    struct cnil_filter_source source = { CNIL_STR_INIT("l"), CNIL_STR_INIT(text) };
    struct cnil_filter_source_info info;
    struct cnil_buffer image;
    struct cnil_filter_list *list;
    char told[256] = "";

    (void)state;
    cnil_buffer_init(&image, 1 << 24);
    assert_int_equal(cnil_filter_compile(&source, 1, count_dropped, told, &image), CNIL_OK);
    list = list_of(cnil_buffer_str(&image));
    info = cnil_filter_list_source(list, 0);
    assert_string_equal(told,
                        "l:3 navigation ||b.\nl:5 regex /(/\n\nl:6 option ||c.\nl:7 domain d$do\nl:8 domain e$to\n"
                        "l:9 domain f$do\nl:10 badfilter ||g.\n");
    assert_int_equal(info.lines, 11);
    assert_int_equal(info.cosmetic, 1);
    assert_int_equal(info.rules, 9);
    assert_int_equal(info.kept, 2);
    assert_int_equal(info.dropped[CNIL_FILTER_DROP_DOMAIN], 3);
    cnil_filter_list_free(list);
    cnil_buffer_free(&image);
}

static void the_same_text_gives_the_same_bytes(void **state)
{
    const char *const pairs[] = { "a", "||a.example^$domain=c|b\n/x/y\n/^z$/\n@@q", "b", "||a.example^$domain=b|c",
                                  NULL };
    struct cnil_buffer one = image_of(pairs), two = image_of(pairs);

    (void)state;
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.ptr, two.ptr, one.len);
    cnil_buffer_free(&one);
    cnil_buffer_free(&two);
}

static void too_many_lists_are_refused(void **state)
{
    struct cnil_filter_source sources[33] = { 0 };
    struct cnil_buffer image;

    (void)state;
    cnil_buffer_init(&image, 1 << 24);
    assert_int_equal(cnil_filter_compile(sources, 33, NULL, NULL, &image), CNIL_TOO_LARGE);
    cnil_buffer_free(&image);
    cnil_buffer_init(&image, 1 << 10); /* no room for it */
    assert_int_equal(cnil_filter_compile(sources, 1, NULL, NULL, &image), CNIL_TOO_LARGE);
    cnil_buffer_free(&image);
}

/* A URL may not make a pattern or an expression slow: where it would, a rule that blocks counts, one that excepts does
 * not. */
static void hard_urls_end(void **state)
{
    const char *const pairs[] = { "l", "/(a+a+)+[yz]/$script\n@@/(a+b?)+[yz]|q/\na*a*a*a*a*b*word*c\n/word-\n", NULL };
    struct cnil_buffer image = image_of(pairs);
    struct cnil_filter_list *list = list_of(cnil_buffer_str(&image));
    struct cnil_filter_match match;
    struct asked asked;
    char *url = malloc(60001);

    (void)state;
    assert_non_null(url);
    memset(url, 'a', 60000);
    memcpy(url, "//t.example/word/", 17);
    url[60000] = '\0';
    ask(&asked, PAGE, url, CNIL_FILTER_SCRIPT);
    assert_int_equal(cnil_filter_list_match(list, &asked.request, BOTH, true, &match), CNIL_FILTER_BLOCKED);
    cnil_arena_free(asked.arena);
    ask(&asked, PAGE, url, CNIL_FILTER_IMAGE);
    assert_int_equal(cnil_filter_list_match(list, &asked.request, BOTH, true, &match), CNIL_FILTER_NONE);
    cnil_arena_free(asked.arena);
    free(url);
    cnil_filter_list_free(list);
    cnil_buffer_free(&image);
}

/* ---- damaged files ---- */

static const char *const rich[] = { "a",
                                    "||a.example^\n||b.example^$third-party\n||c.example/x*y^\n||c.example^$script\n"
                                    "/ads/banner-\n-x^|\n||t.*/p\n$image,domain=shop.fr|~x.shop.fr|q.*\n/re[0-9]x/\n"
                                    "/ad-$to=c.example\n||d.example^$important,domain=shop.*\n*sub*word-x*\n",
                                    "b",
                                    "@@||a.example/ok\n@@/ok-word/*$domain=shop.fr\n||a.example^\n||www.shop.fr^\n",
                                    NULL };

static const char *const urls[] = {
    "https://a.example/ok",
    "https://b.example/",
    "https://c.example/xzzy/",
    "https://x.t.example/p",
    "https://x.example/ads/banner-1-x",
    "https://c.example/ad-re1x",
    "https://d.example/sub/word-x",
    "/ok-word/",
};

/* Opens `image` in memory of just its size, and asks. Returns whether it opens. */
static bool try_image(struct cnil_str image, const struct asked *asked)
{
    char *copy = malloc(image.len > 0 ? image.len : 1);
    struct cnil_errors errors;
    struct cnil_filter_list *list;
    bool opened;

    assert_non_null(copy);
    memcpy(copy, image.ptr, image.len);
    cnil_errors_init(&errors);
    list = cnil_filter_list_open((struct cnil_str){ copy, image.len }, "l", &errors);
    opened = list != NULL;
    for (size_t i = 0; opened && i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct cnil_filter_match match;

        cnil_filter_list_match(list, &asked[i].request, BOTH, true, &match);
        for (size_t j = 0; j < match.text.len; j++)
            opened = opened && match.text.ptr[j] != '\1'; /* reads it */
        cnil_filter_list_match(list, &asked[i].request, CNIL_FILTER_WHOLE_HOST, true, &match);
    }
    for (size_t i = 0; opened && i < cnil_filter_list_source_count(list); i++)
        opened = cnil_filter_list_source(list, i).name.len < image.len;
    if (list == NULL && errors.count != 1)
        fail_msg("no reason told");
    cnil_errors_free(&errors);
    cnil_filter_list_free(list);
    free(copy);
    return opened;
}

static void seal(struct cnil_str image)
{
    struct cnil_filter_header *header = (void *)(uintptr_t)image.ptr;
    size_t from = offsetof(struct cnil_filter_header, rest);

    assert_int_equal(EVP_Digest(image.ptr + from, image.len - from, header->digest, NULL, EVP_sha256(), NULL), 1);
}

static void a_damaged_file_is_refused_or_harmless(void **state)
{
    struct cnil_buffer image = image_of(rich);
    struct asked asked[sizeof(urls) / sizeof(urls[0])];
    uint64_t seed = 1;
    size_t opened = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        ask(&asked[i], PAGE, urls[i], i % 2 == 0 ? CNIL_FILTER_SCRIPT : CNIL_FILTER_IMAGE);
    assert_true(try_image(cnil_buffer_str(&image), asked));
    for (size_t len = 0; len < image.len; len++)
        if (try_image(cnil_str_slice(cnil_buffer_str(&image), 0, len), asked))
            fail_msg("opens when cut to %zu bytes", len);
    for (size_t i = 0; i < image.len; i += 13) { /* every flip is noticed */
        image.ptr[i] ^= 1;
        if (try_image(cnil_buffer_str(&image), asked))
            fail_msg("opens with byte %zu changed", i);
        image.ptr[i] ^= 1;
    }
    for (int round = 0; round < 6000; round++) { /* and where the digest is made to agree, nothing breaks */
        size_t count = 1 + (size_t)round % 4, at[4];
        char kept[4];

        for (size_t i = 0; i < count; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            at[i] = offsetof(struct cnil_filter_header, rest) +
                    (size_t)(seed >> 33) % (image.len - offsetof(struct cnil_filter_header, rest));
            if (round % 3 != 0) /* the bitmaps are most of it: more often elsewhere */
                at[i] = offsetof(struct cnil_filter_header, rest) + (size_t)(seed >> 33) % 4096;
            kept[i] = image.ptr[at[i]];
            image.ptr[at[i]] = round % 2 == 0 ? (char)(seed >> 55) : (char)(kept[i] ^ 1 << (seed >> 60 & 7));
        }
        seal(cnil_buffer_str(&image));
        opened += try_image(cnil_buffer_str(&image), asked);
        while (count-- > 0)
            image.ptr[at[count]] = kept[count];
    }
    assert_true(opened > 100);
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        cnil_arena_free(asked[i].arena);
    cnil_buffer_free(&image);
}

static void told(const char *path, const char *wanted)
{
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    assert_null(cnil_filter_list_load(path, &errors));
    assert_int_equal(errors.count, 1);
    if (strstr(errors.list[0].sentence, wanted) == NULL)
        fail_msg("%s: %s", wanted, errors.list[0].sentence);
    cnil_errors_free(&errors);
}

static void write_bytes(const char *path, struct cnil_str bytes)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
    fclose(file);
}

static void what_is_wrong_with_a_file_is_told(void **state)
{
    struct cnil_buffer image = image_of(rich);
    struct cnil_filter_header *header = (void *)image.ptr;
    char path[] = "/tmp/test_filter_list.XXXXXX";
    struct cnil_errors errors;
    struct cnil_filter_list *list;
    int file = mkstemp(path);

    (void)state;
    assert_true(file >= 0);
    close(file);
    cnil_errors_init(&errors);
    told("/tmp/test_filter_list.none", "cannot be read: No such file");
    told("/tmp", "is not a regular file");
    told(path, "is not a compiled filter list");
    write_bytes(path, CNIL_STR("||t.example^\n||u.example^\n"));
    told(path, "is not a compiled filter list");
    write_bytes(path, cnil_str_slice(cnil_buffer_str(&image), 0, 100));
    told(path, "is cut short");
    write_bytes(path, cnil_str_slice(cnil_buffer_str(&image), 0, image.len - 1));
    told(path, "is cut short");
    cnil_buffer_append_byte(&image, 'x');
    header = (void *)image.ptr;
    write_bytes(path, cnil_buffer_str(&image));
    told(path, "bytes behind its end");
    image.len--;
    header->version++;
    write_bytes(path, cnil_buffer_str(&image));
    told(path, "another version");
    header->version--;
    header->order = 0x04030201;
    write_bytes(path, cnil_buffer_str(&image));
    told(path, "the other byte order");
    header->order = CNIL_FILTER_ORDER;
    image.ptr[image.len / 2] ^= 1;
    write_bytes(path, cnil_buffer_str(&image));
    told(path, "is damaged");
    image.ptr[image.len / 2] ^= 1;
    write_bytes(path, cnil_buffer_str(&image));
    list = cnil_filter_list_load(path, &errors);
    assert_non_null(list);
    assert_memory_equal(cnil_filter_list_digest(list).ptr, header->digest, sizeof(header->digest));
    assert_int_equal(cnil_filter_list_hot_size(list) + cnil_filter_list_cold_size(list), image.len);
    cnil_filter_list_free(list);
    cnil_filter_list_free(NULL);
    unlink(path);
    cnil_errors_free(&errors);
    cnil_buffer_free(&image);
}

/* ---- no memory ---- */

static void without_memory_there_is_no_list_and_no_leak(void **state)
{
    struct cnil_filter_source sources[] = { { CNIL_STR_INIT("a"), cnil_str_from(rich[1]) },
                                            { CNIL_STR_INIT("b"), cnil_str_from(rich[3]) } };
    enum cnil_status status = CNIL_NO_MEMORY;
    struct cnil_filter_list *list = NULL;
    struct cnil_errors errors;
    struct cnil_buffer image;

    (void)state;
    cnil_errors_init(&errors);
    for (long count = 0; status != CNIL_OK; count++) {
        cnil_buffer_init(&image, 1 << 24);
        alloc_fail_after(count);
        status = cnil_filter_compile(sources, 2, NULL, NULL, &image);
        alloc_fail_after(-1);
        if (status != CNIL_OK) {
            assert_int_equal(status, CNIL_NO_MEMORY);
            cnil_buffer_free(&image);
        }
        assert_true(count < 10000);
    }
    for (long count = 0; list == NULL; count++) {
        alloc_fail_after(count);
        list = cnil_filter_list_open(cnil_buffer_str(&image), "l", &errors);
        alloc_fail_after(-1);
        assert_int_equal(errors.count, 0);
        assert_true(count < 10000);
    }
    cnil_filter_list_free(list);
    cnil_buffer_free(&image);
    cnil_errors_free(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_match_what_they_say),
        cmocka_unit_test(exceptions_can_be_left_aside),
        cmocka_unit_test(every_list_that_blocks_is_told),
        cmocka_unit_test(a_page_is_not_held_back_from_itself),
        cmocka_unit_test(what_is_left_out_is_told_and_counted),
        cmocka_unit_test(the_same_text_gives_the_same_bytes),
        cmocka_unit_test(too_many_lists_are_refused),
        cmocka_unit_test(hard_urls_end),
        cmocka_unit_test(a_damaged_file_is_refused_or_harmless),
        cmocka_unit_test(what_is_wrong_with_a_file_is_told),
        cmocka_unit_test(without_memory_there_is_no_list_and_no_leak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
