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
#include "page/element_rules.h"
#include "page/rewriter.h"
#include "web/html_entity.h"
#include "world.h"

static const char policy_text[] =
    "{ \"trackers\": { \"block\": [\"t.example\"] },"
    "  \"services\": { \"stat\": { \"name\": \"Stat\", \"controller\": \"Stat SAS\", \"purpose\": \"audience\","
    "    \"hosts\": [\"stat.example\", \"mixed.example/track/\"],"
    "    \"signatures\": [\"stat.example/tag.js\"] } } }";

static int make_world(void **state)
{
    static struct world world;

    *state = &world;
    return open_world(&world, policy_text, "https://shop.example/a/page?q");
}

/* One run: what went in, how it was cut, what came out. */
struct run {
    enum cnil_insertion insertion;
    enum cnil_insertion guard;
    const char *choice;
    size_t first, chunk; /* the first chunk is cut at `first`; then every `chunk` bytes (0: one more chunk) */
    struct cnil_buffer out;
    struct cnil_buffer events; /* their lines */
    size_t copied;             /* bytes that did not come from the input */
    bool lends;                /* the input itself; else a copy of each chunk, so that a byte read past it is noticed */
    struct cnil_buffer unsent; /* after a failure */
    bool is_whole;             /* … and it is all there */
    enum cnil_content content;
};

static enum cnil_status feed(struct cnil_rewriter *rewriter, struct run *run, struct cnil_str bytes, bool last)
{
    char *copy = run->lends ? NULL : malloc(bytes.len > 0 ? bytes.len : 1);
    struct cnil_str held, rest, chunk = { run->lends ? bytes.ptr : copy, bytes.len };
    struct cnil_span span;
    enum cnil_status status;

    if (!run->lends) {
        assert_non_null(copy);
        memcpy(copy, bytes.ptr, bytes.len);
    }
    status = cnil_rewriter_feed(rewriter, chunk, last);
    while (status == CNIL_OK && (status = cnil_rewriter_next(rewriter, &span)) == CNIL_OK && span.len > 0) {
        assert_int_equal(span.ptr >= chunk.ptr && span.ptr < chunk.ptr + chunk.len, span.from_input);
        cnil_buffer_append(&run->out, (struct cnil_str){ span.ptr, span.len });
        run->copied += span.from_input ? 0 : span.len;
    }
    if (status != CNIL_OK) {
        run->is_whole = cnil_rewriter_unsent(rewriter, &held, &rest);
        cnil_buffer_append(&run->unsent, held);
        cnil_buffer_append(&run->unsent, rest);
    }
    free(copy);
    return status;
}

static enum cnil_status rewrite_chunks(struct cnil_rewriter *rewriter, struct run *run, struct cnil_str html)
{
    size_t at = 0, to = run->first < html.len ? run->first : html.len;
    enum cnil_status status = CNIL_OK;

    while (status == CNIL_OK) {
        status = feed(rewriter, run, cnil_str_slice(html, at, to), to == html.len);
        if (status != CNIL_OK)
            cnil_buffer_append(&run->unsent, cnil_str_slice(html, to, html.len));
        if (to == html.len)
            break;
        at = to;
        to = run->chunk == 0 || html.len - at < run->chunk ? html.len : at + run->chunk;
    }
    return status;
}

static enum cnil_status rewrite(struct world *world, struct run *run, struct cnil_str html)
{
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_events *events = arena != NULL ? cnil_events_new(arena) : NULL;
    struct cnil_choice choice;
    struct cnil_rewriter_options options = { .page = &world->page,
                                             .choice = &choice,
                                             .events = events,
                                             .arena = arena,
                                             .block = CNIL_STR_INIT("[B]"),
                                             .insertion = run->insertion,
                                             .guard = CNIL_STR_INIT("[G]"),
                                             .guard_apart = CNIL_STR_INIT("<A>"),
                                             .guard_insertion = run->guard,
                                             .content = run->content };
    struct cnil_event_context context = { .now = 0 };
    struct cnil_rewriter *rewriter = NULL;
    enum cnil_status status = CNIL_NO_MEMORY;

    cnil_buffer_clear(&run->out);
    cnil_buffer_clear(&run->events);
    cnil_buffer_clear(&run->unsent);
    run->copied = 0;
    run->is_whole = false;
    assert_true(
        cnil_choice_from_word(cnil_str_from(run->choice != NULL ? run->choice : "none"), world->policy, 0, &choice));
    if (events != NULL)
        rewriter = cnil_rewriter_new(&options);
    if (rewriter != NULL)
        status = rewrite_chunks(rewriter, run, html);
    if (status == CNIL_OK)
        cnil_events_write(events, &context, &run->events);
    cnil_rewriter_free(rewriter);
    cnil_arena_free(arena);
    return status;
}

static void begin_run(struct run *run)
{
    memset(run, 0, sizeof(*run));
    cnil_buffer_init(&run->out, 16 * 1024 * 1024);
    cnil_buffer_init(&run->events, 1024 * 1024);
    cnil_buffer_init(&run->unsent, 1024 * 1024);
}

static void end_run(struct run *run)
{
    cnil_buffer_free(&run->out);
    cnil_buffer_free(&run->events);
    cnil_buffer_free(&run->unsent);
}

static void expect(struct world *world, struct run *run, const char *name, struct cnil_str html, struct cnil_str wanted)
{
    struct cnil_str out;

    assert_int_equal(rewrite(world, run, html), CNIL_OK);
    assert_int_equal(cnil_buffer_status(&run->out), CNIL_OK);
    out = cnil_buffer_str(&run->out);
    if (!cnil_str_equal(out, wanted))
        fail_msg("%s, cut at %zu then every %zu:\n%.*s\nnot\n%.*s", name, run->first, run->chunk, (int)out.len, out.ptr,
                 (int)wanted.len, wanted.ptr);
}

/* At every cut, byte by byte, and a second time over what came out. */
static void expect_everywhere(struct world *world, enum cnil_insertion insertion, const char *choice, const char *name,
                              struct cnil_str html, struct cnil_str wanted)
{
    struct run run;

    begin_run(&run);
    run.insertion = insertion;
    run.choice = choice;
    for (run.first = 0; run.first <= html.len; run.first++)
        expect(world, &run, name, html, wanted);
    run.first = run.chunk = 1;
    expect(world, &run, name, html, wanted);
    run.insertion = CNIL_INSERT_NEVER; /* what is held back once needs nothing the second time */
    run.first = wanted.len;
    expect(world, &run, name, wanted, wanted);
    end_run(&run);
}

struct sample {
    const char *name, *html, *wanted; /* NULL: it comes out as it went in */
};

static void check(struct world *world, enum cnil_insertion insertion, const char *choice, const struct sample *samples,
                  size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_everywhere(world, insertion, choice, samples[i].name, cnil_str_from(samples[i].html),
                          cnil_str_from(samples[i].wanted != NULL ? samples[i].wanted : samples[i].html));
}

#define CHECK(world, insertion, choice, samples)                                                                       \
    check(world, insertion, choice, samples, sizeof(samples) / sizeof(samples[0]))

static const struct sample held[] = {
    { "a script", "<script src=\"https://t.example/x.js\" async></script>",
      "<script data-held=\"t.example\" type=\"text/plain\" async></script>" },
    { "its type is replaced", "<script type='text/javascript' src=//t.example/x id=a></script>",
      "<script data-held=\"t.example\" type=\"text/plain\" id=a></script>" },
    { "a type that does not run is kept", "<script type=\"text/template\" src=//t.example/x></script>",
      "<script data-held=\"t.example\" type=\"text/template\"></script>" },
    { "a type of two is of no use", "<script type=a src=//t.example type=module></script>",
      "<script data-held=\"t.example\" type=a type=module></script>" },
    { "a service's name", "<img alt=x src=https://www.stat.example/pixel width=1>",
      "<img data-held=\"stat\" alt=x width=1>" },
    { "case and space", "<IMG\n\tSRC = 'HTTPS://T.EXAMPLE/' >", "<IMG data-held=\"t.example\" >" },
    { "a host with a letter of Latin-1", "<img src='//\xe9.t.example/'>", "<img data-held=\"t.example\">" },
    { "a host with a letter of Shift_JIS", "<img src='//\x95\\.t.example/'>", "<img data-held=\"t.example\">" },
    { "a base with such a letter", "<base href='//\xe9.t.example/'>", "<base data-held=\"t.example\">" },
    { "a slash before the end stays there", "<img src='//t.example/'/>", "<img data-held=\"t.example\" />" },
    { "an unquoted value takes the slash", "<img src=//t.example/>", "<img data-held=\"t.example\">" },
    { "a slash never moves to the end", "<svg><use / href='//t.example/a'><g>",
      "<svg><use data-held=\"t.example\" / ><g>" },
    { "nor without a space", "<svg><use /href='//t.example/a'><g>",
      "<svg><use data-held=\"t.example\" /data-held=\"\"><g>" },
    { "nor over two attributes", "<svg><use /href='//t.example/a'xlink:href='//t.example/b'><g>",
      "<svg><use data-held=\"t.example\" /data-held=\"\"><g>" },
    { "slashes between", "<img/src=\"//t.example/\"/alt=a>", "<img data-held=\"t.example\"//alt=a>" },
    { "no space between", "<img alt=\"a\"src=\"//t.example/\"id=\"b\">",
      "<img data-held=\"t.example\" alt=\"a\"id=\"b\">" },
    { "a space that is needed", "<img alt src=\"//t.example/\"id=\"b\">",
      "<img data-held=\"t.example\" alt id=\"b\">" },
    { "an attribute named =", "<img srcset src=\"//t.example/\" =//t.example/b>",
      "<img data-held=\"t.example\" srcset data-held=\"\" =//t.example/b>" },
    { "every attribute of the name", "<img src=//t.example/a src=/b SRC=//t.example/c>",
      "<img data-held=\"t.example\">" },
    { "only the first counts", "<img src=/a src=//t.example/b>", NULL },
    { "a frame of another name has no history",
      "<iframe name=a src=//t.example/></iframe><iframe src=/a></iframe><iframe src=//t.example/></iframe>",
      "<iframe data-held=\"t.example\" name=\"held-frame-1\"></iframe><iframe src=/a></iframe>"
      "<iframe data-held=\"t.example\" name=\"held-frame-2\"></iframe>" },
    { "one mark for two", "<img src=//t.example/a srcset=//stat.example/b>", "<img data-held=\"t.example\">" },
    { "the other stays", "<video src=/a.mp4 poster=//t.example/p.jpg controls>",
      "<video data-held=\"t.example\" src=/a.mp4 controls>" },
    { "a mark of old", "<img data-held=old src=//t.example/a>", "<img data-held=\"t.example\">" },
    { "references", "<img src=\"&#x68;ttps&colon;//&#116;.example/&amp;\">", "<img data-held=\"t.example\">" },
    { "backslashes, tabs and newlines", "<img src=\" /\t\\\n\\t.exa\nmple/\">", "<img data-held=\"t.example\">" },
    { "a candidate of several", "<img srcset=\"/a 1x, https://t.example/b,c 2x\" src=/a>",
      "<img data-held=\"t.example\" src=/a>" },
    { "a picture's source", "<picture><source srcset='//t.example/a.avif'><img src=/a></picture>",
      "<picture><source data-held=\"t.example\"><img src=/a></picture>" },
    { "an image is an img", "<image src=//t.example/a>", "<image data-held=\"t.example\">" },
    { "a drawing", "<svg><image href='//t.example/a'/><path d='M0 0'/></svg>",
      "<svg><image data-held=\"t.example\" /><path d='M0 0'/></svg>" },
    { "a script in a drawing", "<svg><script xlink:href='//t.example/a' /></svg>",
      "<svg><script data-held=\"t.example\" type=\"text/plain\" /></svg>" },
    { "a refresh", "<meta http-equiv=REFRESH content=\"3; url='//t.example/'\">",
      "<meta data-held=\"t.example\" http-equiv=REFRESH>" },
    { "no refresh", "<meta name=x content=\"3; url=//t.example/\">", NULL },
    { "a hint", "<link rel=dns-prefetch href=//stat.example>", "<link data-held=\"stat\" rel=dns-prefetch>" },
    { "a link of some kind", "<link href=//t.example/ rel=newfangled>",
      "<link data-held=\"t.example\" rel=newfangled>" },
    { "links that do not fetch", "<link rel='canonical' href=//t.example/><link href=//t.example/>", NULL },
    { "a link to follow", "<a href=//t.example/>a</a><svg><a href='//t.example/'/></svg>", NULL },
    { "a parameter",
      "<object data=/a><param name=movie value=//t.example/b><param name=x value=//t.example/c></object>",
      "<object data=/a><param data-held=\"t.example\" name=movie><param name=x value=//t.example/c></object>" },
    { "a list of archives", "<object archive='/a.jar //t.example/b.jar'></object>",
      "<object data-held=\"t.example\"></object>" },
    { "without scripts", "<noscript><img src=//t.example/a></noscript>",
      "<noscript><img data-held=\"t.example\"></noscript>" },
    { "in a template", "<template><img src=//t.example/a></template>",
      "<template><img data-held=\"t.example\"></template>" },
    { "a path of a host", "<img src=//mixed.example/a><img src=//mixed.example/track/b><img src=//mixed.example/c>",
      "<img src=//mixed.example/a><img data-held=\"stat\"><img src=//mixed.example/c>" },
    { "a host seen before", "<img src=//u.example/a><img src=//u.example/b><img src=//u.example@t.example/c>",
      "<img src=//u.example/a><img src=//u.example/b><img data-held=\"t.example\">" },
    { "no URL", "<iframe src='https://t.example:port/'></iframe><img src='data:,//t.example'><img src=''>", NULL },
    { "our own", "<script src='/a.js'></script><img src=b.png?u=//t.example><img src='https://cdn.shop.example/'>",
      NULL },
    { "in text and comments",
      "<p>&lt;img src=//t.example/&gt;<!-- <img src=//t.example/> --><title><img "
      "src=//t.example/></title>",
      NULL },
    { "a ping", "<a href=//t.example/z ping='/own https://t.example/p'>a</a>",
      "<a data-held=\"t.example\" href=//t.example/z>a</a>" },
    { "for a lazy loader", "<img src=data:, data-src=//t.example/a data-srcset='/a 1x, //t.example/b 2x' data-id=1>",
      "<img data-held=\"t.example\" src=data:, data-id=1>" },
    { "for a lazy loader, as in a style sheet", "<p data-bg=\"url('//t.example/a')\" data-background=#fff>",
      "<p data-held=\"t.example\" data-background=#fff>" },
    { "for a lazy loader of its own", "<script src=/lazy.js data-src=//t.example/a></script>",
      "<script data-held=\"t.example\" src=/lazy.js></script>" },
    { "an attribute that begins like one", "<p data-src-of=//t.example/a data=//t.example/ style=x src=//t.example/>",
      NULL },
    { "client hints for others",
      "<meta http-equiv=Delegate-CH content='sec-ch-ua /a; sec-ch-dpr https://mixed.example;a'>",
      "<meta data-held=\"stat\" http-equiv=Delegate-CH>" },
    { "client hints for the site", "<meta http-equiv=delegate-ch content='sec-ch-ua https://shop.example'>", NULL },
    { "names of links", "<meta content=' ON' http-equiv=x-d&#110;s-prefetch-control>",
      "<meta data-held=\"dns-prefetch\" http-equiv=x-d&#110;s-prefetch-control>" },
    { "no names of links", "<meta http-equiv=x-dns-prefetch-control content=off>", NULL },
    { "a word of another kind", "<meta http-equiv=default-style content='0;url=//t.example/'>", NULL },
    { "an animation", "<svg><image><animate attributeName=xlink:href values='/a; //t.example/b '/></image></svg>",
      "<svg><image><animate data-held=\"t.example\" attributeName=xlink:href /></image></svg>" },
    { "an animation of something else", "<svg><set attributeName=fill to=//t.example/></svg>", NULL },
    { "more than a tag has",
      "<a DATA-BG=/1 data-bgset=/2 data-breeze=/3 data-cfsrc=/4 data-cmp-src=/5 data-echo=/6 data-ezsrc=/7 "
      "data-hires=/8"
      " data-iframe=/9 data-image=/10 data-img=/11 data-img-src=/12 data-lazy=/13 data-lazysrc=/14 data-opt-src=/15"
      " data-poster=/16 data-src=/17 data-srcset=/18 data-thumb=/19 data-bg-url=/20 data-lazy-src=/21 data-orig-src=/22"
      " data-original=/23 data-lazyload=/24 data-ezsrcset=/25 data-bg-image=/26 data-bg-hidpi=/27 data-video-src=/28"
      " data-frame-src=/29 data-hi-res-src=/30 data-embed-src=/31 data-iframe-src=/32 suppressedsrc=/33 data-src=/34"
      " ping=//t.example/>",
      "<a data-held=\"undecided\" DATA-BG=/1 data-bgset=/2 data-breeze=/3 data-cfsrc=/4 data-cmp-src=/5 data-echo=/6"
      " data-ezsrc=/7 data-hires=/8 data-iframe=/9 data-image=/10 data-img=/11 data-img-src=/12 data-lazy=/13"
      " data-lazysrc=/14 data-opt-src=/15 data-poster=/16 data-src=/17 data-srcset=/18 data-thumb=/19 data-bg-url=/20"
      " data-lazy-src=/21 data-orig-src=/22 data-original=/23 data-lazyload=/24 data-ezsrcset=/25 data-bg-image=/26"
      " data-bg-hidpi=/27 data-video-src=/28 data-frame-src=/29 data-hi-res-src=/30 data-embed-src=/31"
      " data-iframe-src=/32 data-src=/34>" },
    { "an open tag at the end", "<p>a</p><img src=//t.example/", NULL },
};

static void what_fetches_from_a_tracker_is_held_back(void **state)
{
    CHECK(*state, CNIL_INSERT_NEVER, NULL, held);
}

static const struct sample styles[] = {
    { "a style attribute", "<p style=\"background:url(//t.example/a) no-repeat\" id=b>",
      "<p data-held=\"t.example\" style=\"background:url(about:invalid) no-repeat\" id=b>" },
    { "quotes as references", "<p style=\"a:url(&quot;//t.example/&amp;b&quot;);c:url('/d')\">",
      "<p data-held=\"t.example\" style=\"a:url(&quot;about:invalid&quot;);c:url('/d')\">" },
    { "all of it as references", "<p style='a&colon;&#117;r&#x6c&lpar;&bsol;2f/t&period;example)'>",
      "<p data-held=\"t.example\" style='a&colon;&#117;r&#x6c&lpar;about:invalid)'>" },
    { "two in one", "<p style='a:url(//t.example/a),url(/b),url(//stat.example/&lt;)'>",
      "<p data-held=\"t.example\" style='a:url(about:invalid),url(/b),url(about:invalid)'>" },
    { "only the first counts", "<p style='a:b' style='c:url(/d)' STYLE=e:url(//t.example/)>",
      "<p style='a:b' style='c:url(/d)' STYLE=e:url(//t.example/)>" },
    { "beside another that is held back", "<img style='a:url(//t.example/)' src=//stat.example/ alt=b>",
      "<img data-held=\"t.example\" style='a:url(about:invalid)' alt=b>" },
    { "after it", "<img src=//stat.example/ style=a:url(//t.example/) alt=b>",
      "<img data-held=\"stat\" style=a:url(about:invalid) alt=b>" },
    { "a custom property", "<p style='--a:\"https://t.example/\"'>",
      "<p data-held=\"t.example\" style='--a:\"about:invalid\"'>" },
    { "nothing in it", "<p style='color:rgb(1,2,3);font-family:\"Helvetica\",calc(1px)'><p style><p style=''>", NULL },
    { "our own", "<p style='a:url(/b);c:url(\"https://cdn.shop.example/d\");e:url(data:,//t.example)'>", NULL },
    { "a drawing's",
      "<svg><path FILL='url(//t.example/#a)' d='M0 0'/><g mask='url(#b)'/></svg><p fill=url(//t.example)>",
      "<svg><path data-held=\"t.example\" FILL='url(about:invalid)' d='M0 0'/><g mask='url(#b)'/></svg>"
      "<p fill=url(//t.example)>" },
    { "an animation of one", "<svg><animate attributeName=mask values='url(/a);url(//t.example/b)'/></svg>",
      "<svg><animate data-held=\"t.example\" attributeName=mask values='url(/a);url(about:invalid)'/></svg>" },
    { "a style element", "<style>@import '//t.example/a';a{b:url(//t.example/c)}</style><p>url(//t.example/)",
      "<style>@import 'about:invalid';a{b:url(about:invalid)}</style><p>url(//t.example/)" },
    { "of any type", "<STYLE type=text/x media=print>a{b:url( //t.example/c )}</STYLE >",
      "<STYLE type=text/x media=print>a{b:url( about:invalid )}</STYLE >" },
    { "no references in it", "<style>a{b:url(&quot;//t.example/)}</style>", NULL },
    { "at the end of the document", "<style>a{b:url(//t.example/", "<style>a{b:url(about:invalid" },
    { "ended by its tag", "<style>a{b:url(//t.example/</style><p>)", "<style>a{b:url(about:invalid</style><p>)" },
    { "a name that its tag ends", "<style>a{b:ur</style><style>l(//t.example/)</style>", NULL },
    { "in a head without scripts", "<head><noscript><style>a{b:url(//t.example/)}</style></noscript>",
      "<head><noscript><style>a{b:url(about:invalid)}</style></noscript>" },
    { "cut off by another reading", "<head><noscript><style>a{b:url(//t.example/</noscript>c",
      "<head><noscript><style>a{b:url(about:invalid</style></noscript>c" },
    { "in a template", "<template><style>a{b:url(//t.example/)}</style></template>",
      "<template><style>a{b:url(about:invalid)}</style></template>" },
    { "in a list of options", "<select><style>a{b:url(//t.example/)}</style><option>c</select>",
      "<select><style>a{b:url(about:invalid)}</style><option>c</select>" },
    { "in a drawing", "<svg><style>a{b:url(//t.example/)}</style><text>url(//t.example/)</text></svg>",
      "<svg><style>a{b:url(about:invalid)}</style><text>url(//t.example/)</text></svg>" },
    { "in a section", "<svg><style>/*<![CDATA[*/a{b:url(//t.example/)}/*]]>*/</style></svg>",
      "<svg><style>/*<![CDATA[*/a{b:url(about:invalid)}/*]]>*/</style></svg>" },
    { "parted by a comment", "<svg><style>a{b:url(//t.exam<!-- c -->ple/)}</style></svg>",
      "<svg><style>a{b:url(about:invalid<!-- c -->)}</style></svg>" },
    { "parted behind its host", "<svg><style>a{b:url(/c<!-- d -->/e);f:url(//t.example/<!-- g -->h)}</style></svg>",
      "<svg><style>a{b:url(/c<!-- d -->/e);f:url(about:invalid<!-- g -->)}</style></svg>" },
    { "references in a drawing",
      "<svg><style>a{b:url(&#104;ttps:/&sol;t&period;example/);c:ur&#108(&quot;//t.example/&quot;)}",
      "<svg><style>a{b:url(about:invalid);c:ur&#108(&quot;about:invalid&quot;)}" },
    { "references that may stay",
      "<svg><style>a &gt; b{c:url(/d?e&amp;f);g:url(&quot;/h&quot)}&i &#x<!-- -->&#</style>", NULL },
    { "references behind others", "<svg><style>a{b:url(/c?&amp;);d:url(//t.example/?&amp;&am&#<!-- -->)}</style>",
      "<svg><style>a{b:url(/c?&amp;);d:url(about:invalid<!-- -->)}</style>" },
    { "no references in a section", "<svg><style>&quot;<![CDATA[a{b:url(&#104;ttps://t.example/)}]]>", NULL },
    { "closed at once", "<svg><style/><text>url(//t.example/)</text></svg>", NULL },
    { "before its first byte", "<svg><style>a{b:url('<!-- -->//t.example/');c:url(<g/>//t.example/)}</style>",
      "<svg><style>a{b:url('<!-- -->about:invalid');c:url(<g/>about:invalid)}</style>" },
    { "before its host", "<svg><style>a{--b:'ht<!-- -->tps://t.example/';--c:'hot<g/>//t.example/'}</style>",
      "<svg><style>a{--b:'about:invalid<!-- -->';--c:'hot<g/>//t.example/'}</style>" },
    { "an element in a drawing's sheet", "<svg><style>a{b:c('d')<g>'</g>e:url(//t.example/)}&amp;</style>&amp;",
      "<svg><style>a{b:c('d')<g>_</g>e:url_//t.example/)}_amp;</style>&amp;" },
    { "a URL parted by one", "<svg><style>a{b:url(<g>//t.example/</g>/)}</style>",
      "<svg><style>a{b:url(about:invalid<g>//t.example/</g>/)}</style>" },
    { "a script in one", "<svg><style>a{b:url('/c')<script>'</script>d:url(//t.example/)}</style><script>'</script>",
      "<svg><style>a{b:url('/c')<script type=\"text/plain\">_</script>d:url_//t.example/)}</style><script>'</script>" },
    { "a sheet in one", "<svg><style><style></style>a{b:url(//t.example/)}</style><g>url('/')</g>",
      "<svg><style><style></style>a{b:url_//t.example/)}</style><g>url('/')</g>" },
    { "a drawing that ends in one", "<svg><style>a{}<p>it's (b) &amp; c", NULL },
    { "a name parted in two readings", "<select><style>a{b:u<i c='d'>rl(//t.example/)}</style><i c='d'>'</select>",
      "<select><style>a{b:u<i>rl_//t.example/)}</style><i c='d'>'</select>" },
    { "… by a comment", "<select><style>a{b:u<!-- -->rl(//t.example/)}</style>'</select>",
      "<select><style>a{b:u<!-- -->rl_//t.example/)}</style>'</select>" },
    { "a URL that begins before a comment", "<select><style>a{b:url(<!-- -->//t.example/)}</style></select>",
      "<select><style>a{b:url(about:invalid<!-- -->//t.example/)}</style></select>" },
    { "in a comment", "<select><style><!-- a{b:url(//t.example/)} c{d:url('/e')} --></style></select>",
      "<select><style><!-- a{b:url(about:invalid)} c{d:url('/e')} --></style></select>" },
    { "that a comment does not end", "<select><style><!-- a{b:url('//t.example/--></style></select>",
      "<select><style><!-- a{b:url('//_._______/--></style></select>" },
    { "in the name of a tag", "<select><style><image-set('\\\\\\\\t.example'>a{}</style></select>",
      "<select><style><image-set______t.example_>a{}</style></select>" },
    { "fonts and elements that end at once", "<select><style><font size=1 c='d'><g a='b'/></style></select>",
      "<select><style><font color><g/></style></select>" },
    { "a script in two readings", "<select><style><script src=//t.example/>a('b')</script></style></select>",
      "<select><style><script type=\"text/plain\">a__b_)</script></style></select>" },
    { "a base of another host", "<base href=https://mixed.example/a/><style>a{b:url(/track/c)}</style>",
      "<base href=https://mixed.example/a/><style>a{b:url(about:invalid)}</style>" },
    { "a sheet in a link", "<link rel=stylesheet href='data:text/css,a{b:url(//t.example/)}'>",
      "<link data-held=\"t.example\" rel=stylesheet>" },
    { "encoded", "<link rel=stylesheet href='data:text/css;base64,QGltcG9ydCAiLy90LmV4YW1wbGUvIg=='>",
      "<link data-held=\"t.example\" rel=stylesheet>" },
    { "nothing held back in it", "<link rel=stylesheet href='data:text/css,a{b:url(https://mixed.example/)}'>", NULL },
    { "a sheet in an import",
      "<style>@import \"data:text/css,a{b:url('//t.example/')}\";@import url(data:,c{})</style>",
      "<style>@import \"about:invalid\";@import url(data:,c{})</style>" },
    { "a sheet in a sheet", "<style>@import \"data:,@import%20'data:,@import%2520%2522//t.example/%2522'\"</style>",
      "<style>@import \"about:invalid\"</style>" },
    { "a font of a service", "<style>@font-face{src:url(//stat.example/f)}</style>",
      "<style>@font-face{src:url(about:invalid)}</style>" },
};

static void what_styles_fetch_from_a_tracker_is_held_back(void **state)
{
    CHECK(*state, CNIL_INSERT_NEVER, NULL, styles);
}

static const struct sample bases[] = {
    { "a base of a tracker goes", "<base href=//t.example/><img src=a>", "<base data-held=\"t.example\"><img src=a>" },
    { "a base that leads to one", "<base href=https://cdn.example/><img src=//t.example/a><img src=b>",
      "<base href=https://cdn.example/><img data-held=\"t.example\"><img src=b>" },
    { "by its scheme", "<base href='http://cdn.example/x/'><img src='/\\t.example/'>",
      "<base href='http://cdn.example/x/'><img data-held=\"t.example\">" },
    { "of one host", "<base href=/1/><base href=/2/><base href=/3/><base href=/4/><base href=/5/>", NULL },
    { "too many", "<base href=//a.example/><base href=//b.example/><base href=//c.example/><base href=//d.example/>",
      "<base href=//a.example/><base href=//b.example/><base href=//c.example/><base data-held=\"undecided\">" },
    { "no base", "<base target=_top><base href='data:,a'><base href='//b:x/'><img src=a>", NULL },
};

static void urls_are_resolved_against_every_base(void **state)
{
    CHECK(*state, CNIL_INSERT_NEVER, NULL, bases);
}

static const struct sample scripts[] = {
    { "a loader", "<p><script id=a>var s='https://stat.example/tag.js';</script></p>",
      "<p><script data-held=\"stat\" type=\"text/plain\" id=a></script></p>" },
    { "its type", "<script type=\"module\">import 'https://stat.example/tag.js'</script>",
      "<script data-held=\"stat\" type=\"text/plain\"></script>" },
    { "rules to fetch ahead", "<script type=speculationrules>{\"prefetch\":[\"https://stat.example/tag.js\"]}</script>",
      "<script data-held=\"stat\" type=\"text/plain\"></script>" },
    { "another script", "<script>stat('send', 'page')</script><p>a", NULL },
    { "what does not run", "<script type='application/ld+json'>\"https://stat.example/tag.js\"</script>", NULL },
    { "with a URL its text does not run", "<script src=/a.js>//stat.example/tag.js</script>", NULL },
    { "nor when the URL is held back", "<script src=//t.example/a.js>//stat.example/tag.js</script>",
      "<script data-held=\"t.example\" type=\"text/plain\">//stat.example/tag.js</script>" },
    { "escaped text", "<script><!-- <script>stat.example/tag.js</script> --></script><p>",
      "<script data-held=\"stat\" type=\"text/plain\"></script><p>" },
    { "in a drawing", "<svg><script>a('stat.example/tag.js')</script></svg>",
      "<svg><script data-held=\"stat\" type=\"text/plain\">//</script></svg>" },
    { "its text rules out a frameset", "<math><script>stat.example/tag.js</script></math><frameset><frame src=a>",
      "<math><script data-held=\"stat\" type=\"text/plain\">//</script></math><frameset><frame src=a>" },
    { "an end tag of one that may be text", "<math></y><template><b><script></stat.example/tag.js(></script>",
      "<math></y><template><b><script></stat.example></script>" },
    { "a value of a tag of one that may be text",
      "<math></y><template><b><script>a='<script b=\"'+stat.example/tag.js+'\">';c</script>",
      "<math></y><template><b><script>a='<script type=\"text/plain\">';c</script>" },
    { "behind a doctype in one that may be text",
      "<math></y><template><b><script>/*<!doctype a>*/'stat.example/tag.js'</script>",
      "<math></y><template><b><script data-held=\"stat\" type=\"text/plain\">/*<!doctype "
      "a>*/'stat.example/tag.js'--></script>" },
    { "after a tag in one that may be text", "<select><svg><script><img src=a>stat.example/tag.js</script>",
      "<select><svg><script><img src=a>____._______/___.__</script>" },
    { "two in a row", "<script>a</script><script>stat.example/tag.js</script><script>b</script>",
      "<script>a</script><script data-held=\"stat\" type=\"text/plain\"></script><script>b</script>" },
    { "never closed", "<script>stat.example/tag.js", "<script data-held=\"stat\" type=\"text/plain\">" },
};

static const struct sample literals[] = {
    { "a URL that is fetched", "<script>var s=document.createElement('script');s.src='//casalemedia.com/a'</script>",
      "<script data-held=\"index-exchange\" type=\"text/plain\"></script>" },
    { "a link to share", "<script>b.innerHTML='<a href=\"https://www.facebook.com/sharer\">'</script>", NULL },
    { "a plug-in of the same host",
      "<script>b.innerHTML='<iframe src=\"//www.facebook.com/plugins/like.php\">'</script>",
      "<script data-held=\"facebook\" type=\"text/plain\"></script>" },
    { "another path", "<script>var s=document.createElement('script');s.src='//mixed.example/a'</script>", NULL },
    { "escaped", "<script>i=new Image;i.src=\"https:\\/\\/casalemedi\\x61.com\\/a\"</script>",
      "<script data-held=\"index-exchange\" type=\"text/plain\"></script>" },
    { "that nothing fetches", "<script>var a='//casalemedia.com/a'</script>", NULL },
    { "in a comment", "<script>new Image //casalemedia.com/a\n</script>", NULL },
    { "a module", "<script type=module>import a from 'https://casalemedia.com/a.js'</script>",
      "<script data-held=\"index-exchange\" type=\"text/plain\"></script>" },
    { "an import map", "<script type=importmap>{\"imports\":{\"a\":\"//casalemedia.com/a\"}}</script>",
      "<script data-held=\"index-exchange\" type=\"text/plain\"></script>" },
    { "rules for any link",
      "<script type=speculationrules>{\"prefetch\":[{\"where\":{\"selector_matches\":\"a\"}}]}</script>",
      "<script data-held=\"links\" type=\"text/plain\"></script>" },
    { "rules for the site's own",
      "<script type=speculationrules>{\"prefetch\":[{\"where\":{\"href_matches\":\"/*\"}}]}</script>", NULL },
    { "speculation rules",
      "<script type=speculationrules>{\"prefetch\":[{\"urls\":[\"https:\\u002f/casalemedia.com/a\"]}]}</script>",
      "<script data-held=\"index-exchange\" type=\"text/plain\"></script>" },
    { "of our own", "<script type=importmap>{\"imports\":{\"a\":\"/a.js\"}}</script>", NULL },
    { "data", "<script type=application/json>{\"a\":\"//casalemedia.com/a\",\"b\":\"createElement\"}</script>", NULL },
    { "of an optimiser", "<script type=rocketlazyloadscript>fetch('//casalemedia.com/a')</script>",
      "<script data-held=\"index-exchange\" type=\"text/plain\"></script>" },
    { "of a script that runs in a worker", "<script type=text/partytown>fetch('//casalemedia.com/a')</script>",
      "<script data-held=\"index-exchange\" type=\"text/plain\"></script>" },
    { "of a consent manager", "<script type=didomi/javascript>fetch('//casalemedia.com/a')</script>",
      "<script data-held=\"index-exchange\" type=\"text/plain\"></script>" },
    { "a link of MathML", "<math><mi href=\"javascript:fetch('//casalemedia.com/a')\">a</mi></math>",
      "<math><mi data-held=\"index-exchange\">a</mi></math>" },
    { "one that leads somewhere", "<math><mi href=\"//casalemedia.com/a\">a</mi></math>", NULL },
    { "a handler", "<img src=/a onerror=\"this.src='//casalemedia.com/a'\">",
      "<img data-held=\"index-exchange\" src=/a>" },
};

static void inline_loaders_are_emptied(void **state)
{
    CHECK(*state, CNIL_INSERT_NEVER, NULL, scripts);
    CHECK(*state, CNIL_INSERT_NEVER, NULL, literals);
}

static const struct sample consented[] = {
    { "a service with consent", "<script src=//stat.example/a></script><script>stat.example/tag.js</script>", NULL },
    { "a hint", "<link rel=preconnect href=//stat.example>", NULL },
    { "blocked for good", "<img src=//t.example/a>", "<img data-held=\"t.example\">" },
};

static void consent_lets_services_pass(void **state)
{
    CHECK(*state, CNIL_INSERT_NEVER, "accept", consented);
}

static const struct sample guards[] = {
    { "after head", "<!DOCTYPE html><html><head a=b><title>a</title></head><body>b",
      "<!DOCTYPE html><html><head a=b>[G]<title>a</title></head><body>[B]b" },
    { "before the first of a head without tag", "<!doctype html>\n<!-- a --><html lang=fr> <meta charset=utf-8><p>b",
      "<!doctype html>\n<!-- a --><html lang=fr> [G]<meta charset=utf-8>[B]<p>b" },
    { "before a script", "<!doctype html><script src=a></script>", "<!doctype html>[G]<script src=a></script>[B]" },
    { "before an inline script", "<!doctype html><script>a</script>", "<!doctype html>[G]<script>a</script>[B]" },
    { "before a held-back script", "<!doctype html><script src=//t.example/></script>",
      "<!doctype html>[G]<script data-held=\"t.example\" type=\"text/plain\"></script>[B]" },
    { "before the body", "<html><body>a", "<html>[G]<body>[B]a" },
    { "before text", "<!doctype html> a", "<!doctype html> [G][B]a" },
    { "before an element", "<!doctype html><p>a", "<!doctype html>[G][B]<p>a" },
    { "before an end tag that opens head", "<!doctype html></i></head>a", "<!doctype html></i>[G]</head>[B]a" },
    { "before a template", "<html><template><p>a</p></template>b", "<html>[G]<template><p>a</p></template>[B]b" },
    { "before a noscript", "<html><noscript><link href=a></noscript>b",
      "<html>[G]<noscript><link href=a></noscript>[B]b" },
    { "in a page of frames", "<html><head></head><frameset><frame src=/a></frameset></html>",
      "<html><head>[G]</head><frameset><frame src=/a></frameset></html>" },
    { "in a page of frames without head", "<html><frameset><frame src=/a></frameset></html>",
      "<html>[G]<frameset><frame src=/a></frameset></html>" },
    { "a byte order mark is no text", "\xef\xbb\xbf<!doctype html><p>", "\xef\xbb\xbf<!doctype html>[G][B]<p>" },
    { "once", "<html><head><head><body><head>a", "<html><head>[G]<head><body>[B]<head>a" },
    { "a head that is no tag", "<!doctype html><header>a</header>", "<!doctype html>[G][B]<header>a</header>" },
};

static const struct sample late_guards[] = {
    { "a fragment", "<p>a</p>", NULL },
    { "known late for a document", "<p>a</p><body>b", "<p>a</p>[G]<body>[B]b" },
    { "text before all", "a <!doctype html><title>b</title><html>c", "a <!doctype html><title>b</title>[G]<html>c[B]" },
};

static const struct sample frame_guards[] = {
    { "a frame", "<p>a</p>", "[G]<p>a</p>" },
    { "a whole one", "<html><head></head><body>a", "<html><head>[G]</head><body>a" },
    { "nothing", "", NULL },
};

static void check_guard(struct world *world, enum cnil_insertion insertion, enum cnil_insertion guard,
                        const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cnil_str html = cnil_str_from(samples[i].html);
        struct run run;

        begin_run(&run);
        run.insertion = insertion;
        run.guard = guard;
        for (run.first = 0; run.first <= html.len; run.first++)
            for (run.chunk = 0; run.chunk < 3; run.chunk++)
                expect(world, &run, samples[i].name, html,
                       samples[i].wanted != NULL ? cnil_str_from(samples[i].wanted) : html);
        end_run(&run);
    }
}

static void the_guard_stands_before_all_of_the_head(void **state)
{
    check_guard(*state, CNIL_INSERT_IF_DOCUMENT, CNIL_INSERT_IF_DOCUMENT, guards, sizeof(guards) / sizeof(guards[0]));
    check_guard(*state, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS, guards, sizeof(guards) / sizeof(guards[0]));
    check_guard(*state, CNIL_INSERT_IF_DOCUMENT, CNIL_INSERT_IF_DOCUMENT, late_guards,
                sizeof(late_guards) / sizeof(late_guards[0]));
    check_guard(*state, CNIL_INSERT_NEVER, CNIL_INSERT_ALWAYS, frame_guards,
                sizeof(frame_guards) / sizeof(frame_guards[0]));
}

static const struct sample insertions[] = {
    { "after body", "<!DOCTYPE html><html><head><title>a</title></head><body class=a>b",
      "<!DOCTYPE html><html><head><title>a</title></head><body class=a>[B]b" },
    { "once", "<html><body>a<body>b</body></html>", "<html><body>[B]a<body>b</body></html>" },
    { "before text", "<!doctype html>\n <title>a</title>\n b", "<!doctype html>\n <title>a</title>\n [B]b" },
    { "before an element", "<!doctype html><meta charset=utf-8><style>a</style><p>b",
      "<!doctype html><meta charset=utf-8><style>a</style>[B]<p>b" },
    { "before an element in head", "<head><link rel=a><div>b</div></head><body>c",
      "<head><link rel=a>[B]<div>b</div></head><body>c" },
    { "before an end tag that opens body", "<html><head></head></html>", "<html><head></head>[B]</html>" },
    { "at the end", "<!doctype html><title>a</title>\n<!-- b -->", "<!doctype html><title>a</title>\n<!-- b -->[B]" },
    { "a byte order mark is no text", "\xef\xbb\xbf<!doctype html><p>", "\xef\xbb\xbf<!doctype html>[B]<p>" },
    { "not in noscript", "<html><noscript><p>a</p></noscript><p>b", "<html><noscript><p>a</p></noscript>[B]<p>b" },
    { "not in a template", "<html><template><p>a</p></template> b", "<html><template><p>a</p></template> [B]b" },
    { "not in frames", "<html><head></head><frameset cols=50><frame src=/a></frameset></html>", NULL },
    { "not in an open comment", "<html><!-- a", NULL },
    { "not in an open title", "<html><title>a", NULL },
    { "with a script before", "<html><script>a</script><p>", "<html><script>a</script>[B]<p>" },
    { "a held-back first element", "<html><img src=//t.example/a>", "<html>[B]<img data-held=\"t.example\">" },
};

static const struct sample fragments[] = {
    { "a fragment", "<p>a</p>", NULL },
    { "nothing", "", NULL },
    { "text before all", "a <!doctype html><title>b</title><body>c", "a <!doctype html><title>b</title><body>[B]c" },
};

static const struct sample documents[] = {
    { "without a doctype", "<p>a</p>", "[B]<p>a</p>" },
    { "text", " a", " [B]a" },
    { "nothing", "", NULL },
};

static void the_block_stands_after_the_start_of_body(void **state)
{
    CHECK(*state, CNIL_INSERT_IF_DOCUMENT, NULL, insertions);
    CHECK(*state, CNIL_INSERT_ALWAYS, NULL, insertions);
    CHECK(*state, CNIL_INSERT_IF_DOCUMENT, NULL, fragments);
    CHECK(*state, CNIL_INSERT_ALWAYS, NULL, documents);
}

/* What an attribute says so that its rule holds it back. */
static const char *value_of(const struct cnil_element_rule *rule)
{
    if (rule->syntax == CNIL_ELEMENT_SCRIPT)
        return "/* stat.example/tag.js */";
    if (rule->when == CNIL_ELEMENT_FOLLOW || rule->when == CNIL_ELEMENT_SUBMIT)
        return "javascript:/* stat.example/tag.js */";
    if (rule->syntax == CNIL_ELEMENT_CSS)
        return "x:url(//stat.example/a)";
    return rule->syntax == CNIL_ELEMENT_REFRESH ? "1;url=//stat.example/a" : "//stat.example/a";
}

static void every_element_rule_holds_back(void **state)
{
    size_t count;
    const struct cnil_element_rule *rules = cnil_element_rules_all(&count);

    for (size_t i = 0; i < count; i++) {
        const struct cnil_element_rule *rule = &rules[i];
        struct cnil_str attribute = rule->label, tag = cnil_str_cut(&attribute, ' ');
        bool is_html = (rule->namespaces & 1u << CNIL_HTML_NS_HTML) != 0;
        bool is_svg = rule->namespaces == 1u << CNIL_HTML_NS_SVG;
        const char *around = is_html ? "" : is_svg ? "<svg>" : "<math><mtext>";
        const char *word = rule->when == CNIL_ELEMENT_LINK      ? " rel=\"stylesheet\""
                           : rule->when == CNIL_ELEMENT_PARAM   ? " name=\"src\""
                           : rule->when == CNIL_ELEMENT_META    ? " http-equiv=\"refresh\""
                           : rule->when == CNIL_ELEMENT_ANIMATE ? " attributeName=\"href\""
                                                                : "";
        const char *added = rule->resource == CNIL_RESOURCE_SCRIPT && rule->tag == CNIL_TAG_SCRIPT
                                ? " type=\"text/plain\""
                            : rule->tag == CNIL_TAG_IFRAME || rule->tag == CNIL_TAG_FRAME ? " name=\"held-frame-1\""
                                                                                          : "";
        char html[256], wanted[256];

        if (rule->syntax == CNIL_ELEMENT_DOCUMENT)
            continue; /* documents_in_attributes_are_rewritten() */
        if (rule->tag == CNIL_HTML_OTHER)
            tag = CNIL_STR("linearGradient");
        if (cnil_str_equal(tag, CNIL_STR("*"))) {
            tag = is_html ? CNIL_STR("div") : is_svg ? CNIL_STR("path") : CNIL_STR("mi");
            around = is_html || is_svg ? around : "<math>";
        }
        snprintf(html, sizeof(html), "%s<%.*s%s %.*s=\"%s\" id=\"b\">", around, (int)tag.len, tag.ptr, word,
                 (int)attribute.len, attribute.ptr, value_of(rule));
        if (rule->syntax == CNIL_ELEMENT_CSS)
            snprintf(wanted, sizeof(wanted), "%s<%.*s data-held=\"stat\" %.*s=\"x:url(about:invalid)\" id=\"b\">",
                     around, (int)tag.len, tag.ptr, (int)attribute.len, attribute.ptr);
        else
            snprintf(wanted, sizeof(wanted), "%s<%.*s data-held=\"stat\"%s%s id=\"b\">", around, (int)tag.len, tag.ptr,
                     added, word);
        expect_everywhere(*state, CNIL_INSERT_NEVER, NULL, rule->label.ptr, cnil_str_from(html), cnil_str_from(wanted));
    }
}

static const struct sample nested[] = {
    { "a srcdoc", "<iframe name=a srcdoc='&lt;p>&quot;&amp;&eacute;<img src=//t.example/a>'></iframe>",
      "<iframe name=\"held-frame-1\" srcdoc=\"&lt;p&gt;&quot;&amp;&#233;&lt;img "
      "data-held=&quot;t.example&quot;&gt;\"></iframe>" },
    { "a srcdoc that is let through", "<iframe name=a srcdoc='&lt;p>\"&amp;&eacute;<img src=/a>'></iframe>", NULL },
    { "without quotes", "<iframe srcdoc=<img/src=//t.example&gt;>",
      "<iframe name=\"held-frame-1\" srcdoc=\"&lt;img data-held=&quot;t.example&quot;"
      "/data-held=&quot;&quot;&gt;\">" },
    { "a duplicate", "<iframe srcdoc='<p>' srcdoc='<img src=//t.example>'>", NULL },
    { "in each other", "<iframe srcdoc=\"<iframe srcdoc='<img src=&quot;//t.example&quot;>'></iframe>\"></iframe>",
      "<iframe name=\"held-frame-1\" srcdoc=\"&lt;iframe name=&quot;held-frame-1&quot; srcdoc=&quot;&amp;lt;img "
      "data-held=&amp;quot;t.example&amp;quot;&amp;gt;&quot;&gt;&lt;/iframe&gt;\"></iframe>" },
    { "its base is the page's", "<base href=//stat.example/x/><base href=//u.example/><iframe srcdoc='<img src=a>'>",
      "<base data-held=\"stat\"><base href=//u.example/><iframe srcdoc='<img src=a>'>" },
    { "its own base", "<base href=//u.example/><iframe srcdoc='<base href=//t.example/><img src=a>'><img src=b>",
      "<base href=//u.example/><iframe name=\"held-frame-1\" srcdoc=\"&lt;base "
      "data-held=&quot;t.example&quot;&gt;&lt;img src=a&gt;\"><img src=b>" },
    { "with a URL", "<iframe src=//t.example/ srcdoc='<img src=//stat.example>'>",
      "<iframe data-held=\"t.example\" name=\"held-frame-1\" srcdoc=\"&lt;img data-held=&quot;stat&quot;&gt;\">" },
    { "an inline script in it", "<iframe srcdoc='<script>load(\"stat.example/tag.js\")</script>'>",
      "<iframe name=\"held-frame-1\" srcdoc=\"&lt;script data-held=&quot;stat&quot; "
      "type=&quot;text/plain&quot;&gt;&lt;/script&gt;\">" },
    { "a document in a URL", "<iframe src='data:text/html,<img src=%2F/t.example>'></iframe>",
      "<iframe data-held=\"t.example\" name=\"held-frame-1\"></iframe>" },
    { "in base64", "<object data=' DATA:text/html ; charset=utf-8 ; BASE64,PGltZyBzcmM9Ly90LmV4YW1wbGU+'></object>",
      "<object data-held=\"t.example\"></object>" },
    { "in UTF-16", "<embed src='data:text/html;charset=ucs-2,%00x'>", "<embed data-held=\"undecided\">" },
    { "in UTF-16 by its mark", "<object data='data:text/html;base64,/v8APAA='></object>",
      "<object data-held=\"undecided\"></object>" },
    { "in ISO-2022-JP", "<embed src='data:text/html,<meta charset=iso-2022-jp>%1b$B<!--a%1b(B<img src=//t.example>'>",
      "<embed data-held=\"undecided\">" },
    { "a script in UTF-16", "<script src='data:text/javascript;charset=unicode,a%00'></script>",
      "<script data-held=\"undecided\" type=\"text/plain\"></script>" },
    { "a sheet in UTF-16", "<link rel=stylesheet href='data:text/css,%ff%fea%00'>",
      "<link data-held=\"undecided\" rel=stylesheet>" },
    { "in XML, what HTML takes for text",
      "<embed src='data:application/xhtml+xml,<title><img src=\"//t.example\"/></title>'>",
      "<embed data-held=\"t.example\">" },
    { "with a prefix", "<embed src='data:text/xml,<h:img src=\"//t.example\"/>'>", "<embed data-held=\"t.example\">" },
    { "an XLink by any prefix",
      "<embed src='data:image/svg+xml,<svg><image><set attributeName=\"x:href\" to=\"//t.example\"/></image></svg>'>",
      "<embed data-held=\"t.example\">" },
    { "an instruction in XML", "<embed src='data:text/xml,<?xml-stylesheet href=\"//t.example\"?><a/>'>",
      "<embed data-held=\"t.example\">" },
    { "entities of its own", "<embed src='data:text/xml,<!DOCTYPE a [<!ENTITY b \"c\">]><a/>'>",
      "<embed data-held=\"undecided\">" },
    { "attributes that it declares",
      "<embed src='data:text/xml,<!DOCTYPE a [<!ATTLIST img src CDATA \"//t.example\">]><a/>'>",
      "<embed data-held=\"undecided\">" },
    { "XML that is let through", "<embed src='data:text/xml,<!DOCTYPE a><title><b/></title>'>", NULL },
    { "a refresh to a document", "<meta http-equiv=refresh content='0;url=data:text/html,<img src=//t.example>'>",
      "<meta data-held=\"t.example\" http-equiv=refresh>" },
    { "a refresh to a harmless one", "<meta http-equiv=refresh content='0;url=data:text/html,<p>'>", NULL },
    { "a bundle", "<script type=webbundle>{\"source\":\"https://t.example/a\"}</script>",
      "<script data-held=\"t.example\" type=\"text/plain\"></script>" },
    { "a drawing in a frame", "<embed src='data:image/svg+xml,<svg><image href=\"//t.example/\"/></svg>'>",
      "<embed data-held=\"t.example\">" },
    { "a drawing as an image", "<img src='data:image/svg+xml,<svg><image href=\"//t.example/\"/></svg>'>", NULL },
    { "no markup in a URL", "<iframe src='data:text/plain,<img src=//t.example>'></iframe>", NULL },
    { "a script in a URL", "<script src='data:,load(\"stat.example/tag.js\")'></script>",
      "<script data-held=\"stat\" type=\"text/plain\"></script>" },
    { "a script to follow", "<a id=a href='java&#10;script:load(%22stat.example/tag.js\")'>a</a>",
      "<a data-held=\"stat\" id=a>a</a>" },
    { "a script to follow that may run", "<a href='javascript:void(0)'>a</a><a href=' javascript: go()'>b</a>", NULL },
    { "a handler", "<p id=p onclick='load(\"stat.example/tag.js\")' onload='load()'>",
      "<p data-held=\"stat\" id=p onload='load()'>" },
    { "a form of theirs", "<form action=//t.example/><button formaction=//stat.example/></form>", NULL },
};

static const struct sample drawn[] = {
    { "references", "<svg><script>a('stat.exam&#112;le/tag.js')</script></svg>",
      "<svg><script data-held=\"stat\" type=\"text/plain\">//</script></svg>" },
    { "comments", "<svg><script>a('stat.exa<!-- -->mple/tag.js')</script></svg>",
      "<svg><script data-held=\"stat\" type=\"text/plain\">//</script></svg>" },
    { "sections", "<svg><script>a('stat.<![CDATA[example]]>/tag.js')</script></svg>",
      "<svg><script data-held=\"stat\" type=\"text/plain\">//</script></svg>" },
    { "tags", "<svg><script>a('stat.exa<g/>mple/tag.js')</script></svg>",
      "<svg><script data-held=\"stat\" type=\"text/plain\">a('stat.exa<g/>mple/tag.js')</script></svg>" },
    { "no text in elements", "<svg><script>a('stat.exa<g>b<x></g>mple/tag.js')</script></svg>",
      "<svg><script data-held=\"stat\" type=\"text/plain\">a('stat.exa<g>b<x></g>mple/tag.js')</script></svg>" },
    { "… of one name", "<svg><script>a('stat.exa<g><G/><g a>b</g>c</G>mple/tag.js')</script></svg>",
      "<svg><script data-held=\"stat\" type=\"text/plain\">a('stat.exa<g><G/><g "
      "a>b</g>c</G>mple/tag.js')</script></svg>" },
    { "none of it", "<svg><script>a&amp;&amp;b('stat.exampl<!-- -->')</script></svg>", NULL },
    { "outside of one it is text", "<script>a('stat.exam&#112;le/tag.js')</script>", NULL },
};

static void scripts_in_drawings_are_read_as_such(void **state)
{
    CHECK(*state, CNIL_INSERT_NEVER, NULL, drawn);
}

static const struct sample conditional[] = {
    { "a conditional comment", "<!--[if lt IE 9]><p><script src=//t.example/a></script><![endif]--><p>",
      "<!--[if lt IE 9]><p><script data-held=\"t.example\" type=\"text/plain\"></script><![endif]--><p>" },
    { "with a comment of its own", "<!--[IF IE]><!-- a --><img src=/a><img src=//t.example><![endif]-->",
      "<!--[IF IE]><!-- a --><img src=/a><img data-held=\"t.example\"><![endif]-->" }, /* it ends there */
    { "for all others", "<!--[if !IE]><!--><img src=//t.example/a><!--<![endif]-->",
      "<!--[if !IE]><!--><img data-held=\"t.example\"><!--<![endif]-->" },
    { "that all read", "<![if !IE]><img src=//t.example/a><![endif]>",
      "<![if !IE]><img data-held=\"t.example\"><![endif]>" },
    { "one that is let through", "<!--[if IE]><script src=/a></script><![endif]-->", NULL },
    { "an inline loader", "<!--[if IE]><script>a('stat.example/tag.js')</script><![endif]-->",
      "<!--[if IE]><script data-held=\"stat\" type=\"text/plain\"></script><![endif]-->" },
    { "an open one", "<p><!--[if IE]><img src=//t.example/a>", "<p><!--[if IE]><img data-held=\"t.example\">" },
    { "that only begins like one",
      "<!--[i f IE]><img src=//t.example/a><![endif]--><!--[if IE <img src=//t.example>-->", NULL },
    { "the beginning of one", "<!--[i", NULL },
};

static void conditional_comments_are_rewritten(void **state)
{
    CHECK(*state, CNIL_INSERT_NEVER, NULL, conditional);
}

static void documents_in_attributes_are_rewritten(void **state)
{
    CHECK(*state, CNIL_INSERT_NEVER, NULL, nested);
}

/* A document in an attribute is one of its own, which the page's code and its own can reach: it gets what the page
 * gets. */
static const struct sample guarded[] = {
    { "a srcdoc", "<head></head><iframe srcdoc='<p>x'></iframe>",
      "<head>[G]</head><iframe srcdoc=\"[G]&lt;p&gt;x\"></iframe>" },
    { "keeps its name", "<p><iframe name=a srcdoc='<!doctype html><head><title>t</title>'></iframe>",
      "[G]<p><iframe name=a srcdoc=\"&lt;!doctype html&gt;&lt;head&gt;[G]&lt;title&gt;t&lt;/title&gt;\"></iframe>" },
    { "text alone", "<p><iframe srcdoc=' x'></iframe>", "[G]<p><iframe srcdoc=\" [G]x\"></iframe>" },
    { "nothing", "<p><iframe srcdoc=''></iframe>", "[G]<p><iframe srcdoc=''></iframe>" },
    { "something is held back besides", "<p><iframe name=a srcdoc='<img src=//t.example>'></iframe>",
      "[G]<p><iframe name=\"held-frame-1\" srcdoc=\"[G]&lt;img data-held=&quot;t.example&quot;&gt;\"></iframe>" },
    { "one in another", "<p><iframe srcdoc='<iframe srcdoc=\"<p>x\"></iframe>'></iframe>",
      "[G]<p><iframe name=\"held-frame-1\" srcdoc=\"[G]&lt;iframe "
      "srcdoc=&quot;[G]&amp;lt;p&amp;gt;x&quot;&gt;&lt;/iframe&gt;\"></iframe>" },
    { "it is there", "<p><iframe srcdoc='<p>[G]x'></iframe>", "[G]<p><iframe srcdoc='<p>[G]x'></iframe>" },
    { "a comment is part of the page", "<p><!--[if IE]><p>x<![endif]-->", "[G]<p><!--[if IE]><p>x<![endif]-->" },
    { "data: in which nothing runs", "<p><iframe src='data:text/html,<p>x'></iframe>",
      "[G]<p><iframe src='data:text/html,<p>x'></iframe>" },
    { "a document in a URL", "<p><iframe name=a id=b src='data:text/html;x,%3Cp a=%22b\"%22>c%#d&amp;'></iframe>",
      "[G]<p><iframe name=\"held-frame-1\" id=b src=\"data:text/html;x,%3CA%3E%3Cp "
      "a=%22b&quot;%22&gt;c%#d&amp;\"></iframe>" },
    { "after its doctype", "<p><object data='data:text/html,%3c!doctype html%3E %3Cscript>a</script>'></object>",
      "[G]<p><object data=\"data:text/html,%3c!doctype html%3E %3CA%3E%3Cscript&gt;a&lt;/script&gt;\"></object>" },
    { "in its head", "<p><embed src='data:text/html,<html a=b><head><title>'>",
      "[G]<p><embed src=\"data:text/html,&lt;html a=b&gt;&lt;head&gt;%3CA%3E&lt;title&gt;\">" },
    { "in base64", "<p><embed id=a src=' DATA:text/html;BASE64,PGEg Yj0+#c'>",
      "[G]<p><embed id=a src=\"data:text/html;BASE64,PEE+PGEgYj0+#c\">" },
    { "with padding", "<p><embed src='data:text/html;base64,PGEgYj0+eA=='>",
      "[G]<p><embed src=\"data:text/html;base64,PEE+PGEgYj0+eA==\">" },
    { "it is there, too",
      "<p><embed src='data:text/html,%3CA%3E<p a=b>'><embed src='data:text/html;base64,PEE+PGEgYj0+'>",
      "[G]<p><embed src='data:text/html,%3CA%3E<p a=b>'><embed src='data:text/html;base64,PEE+PGEgYj0+'>" },
    { "what is held back", "<p><embed src='data:text/html,<img src=//t.example>'>",
      "[G]<p><embed data-held=\"t.example\">" },
    { "in a srcdoc", "<p><iframe srcdoc='<embed src=\"data:text/html,<p a=b>\">'></iframe>",
      "[G]<p><iframe name=\"held-frame-1\" srcdoc=\"[G]&lt;embed "
      "src=&quot;data:text/html,%3CA%3E&amp;lt;p a=b&amp;gt;&quot;&gt;\"></iframe>" },
    { "documents in it", "<p><embed src='data:text/html,<iframe srcdoc=x></iframe>'>",
      "[G]<p><embed data-held=\"undecided\">" },
    { "a refresh to one", "<p><meta http-equiv=refresh content='0;url=data:text/html,<p a=b>'>",
      "[G]<p><meta data-held=\"undecided\" http-equiv=refresh>" },
    { "XML in which nothing runs", "<p><embed src='data:image/svg+xml,<svg a=\"b\"><b/></svg>'>",
      "[G]<p><embed src='data:image/svg+xml,<svg a=\"b\"><b/></svg>'>" },
    { "XML", "<p><embed src='data:image/svg+xml,<svg><script/></svg>'>",
      "[G]<p><embed src=\"data:image/svg+xml,&lt;svg&gt;%3CA%3E&lt;script/&gt;&lt;/svg&gt;\">" },
    { "XML with a handler", "<p><embed src='data:text/xml,<a><b%09onload=\"c\"/></a>'>",
      "[G]<p><embed src=\"data:text/xml,&lt;a&gt;%3CA%3E&lt;b%09onload=&quot;c&quot;/&gt;&lt;/a&gt;\">" },
    { "XML with references", "<p><embed src='data:text/xml,<a b=\"%26%23106;avascript:\"></a>'>",
      "[G]<p><embed src=\"data:text/xml,&lt;a b=&quot;%26%23106;avascript:&quot;&gt;%3CA%3E&lt;/a&gt;\">" },
    { "a refresh to XML", "<p><meta http-equiv=refresh content='0;url=data:text/xml,<a>script</a>'>",
      "[G]<p><meta data-held=\"undecided\" http-equiv=refresh>" },
};

static void documents_in_attributes_get_the_guard(void **state)
{
    struct run run;

    begin_run(&run);
    run.guard = CNIL_INSERT_ALWAYS;
    for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
        struct cnil_str html = cnil_str_from(guarded[i].html), wanted = cnil_str_from(guarded[i].wanted);

        run.chunk = 0;
        for (run.first = 0; run.first <= html.len; run.first++)
            expect(*state, &run, guarded[i].name, html, wanted);
    }
    end_run(&run);
}

/* Nested deeper than is looked at, or longer than is held: not let through. */
static void what_is_nested_too_deep_is_held_back(void **state)
{
    struct cnil_buffer html, deeper;
    struct run run;

    cnil_buffer_init(&html, 1024 * 1024);
    cnil_buffer_init(&deeper, 1024 * 1024);
    cnil_buffer_append(&html, CNIL_STR("<p>"));
    for (int depth = 0; depth <= CNIL_LIMIT_NESTING; depth++) {
        cnil_buffer_clear(&deeper);
        cnil_buffer_append(&deeper, CNIL_STR("<iframe srcdoc=\""));
        cnil_html_escape(cnil_buffer_str(&html), &deeper);
        cnil_buffer_append(&deeper, CNIL_STR("\">"));
        cnil_buffer_clear(&html);
        cnil_buffer_append(&html, cnil_buffer_str(&deeper));
        begin_run(&run);
        assert_int_equal(rewrite(*state, &run, cnil_buffer_str(&html)), CNIL_OK);
        if (cnil_str_equal(cnil_buffer_str(&run.out), cnil_buffer_str(&html)) != (depth < CNIL_LIMIT_NESTING))
            fail_msg("at depth %d: %.*s", depth, (int)run.out.len, run.out.ptr);
        end_run(&run);
    }
    cnil_buffer_free(&html);
    cnil_buffer_free(&deeper);
}

static struct cnil_str compose(const char *head, size_t count, char fill, const char *tail)
{
    size_t head_len = strlen(head), tail_len = strlen(tail);
    char *bytes = malloc(head_len + count + tail_len);

    assert_non_null(bytes);
    memcpy(bytes, head, head_len);
    memset(bytes + head_len, fill, count);
    memcpy(bytes + head_len + count, tail, tail_len);
    return (struct cnil_str){ bytes, head_len + count + tail_len };
}

static const struct {
    const char *name, *head, *tail;
    char fill;
    bool changes;
} long_tags[] = {
    { "a URL of ours", "<img src=\"https://shop.example/?", "\" alt=a>b", 'x', false },
    { "a data URL", "<img alt=a src=\"data:image/gif;base64,", "\" id=b>", 'x', false },
    { "a relative URL", "<img src=\"/a?", "\" alt=a>", 'x', false },
    { "a tracker after a long attribute", "<img data-x=\"", "\" src=\"https://t.example/a\" alt=b>c", 'x', true },
    { "a tracker's long URL", "<img src=\"https://t.example/?", "\" alt=b>c", 'x', true },
    { "a host far away", "<img src=\"", "https://t.example/a\" alt=b>c", ' ', true },
    { "a host behind a name", "<img src=\"https://", "@t.example/a\" alt=b>c", 'x', true },
    { "candidates", "<img srcset=\"/a 1x, /", " 2x, //t.example/b 3x\" alt=b>c", 'x', true },
    { "a script", "<script data-x='", "' src=//t.example/a>alert(1)</script>b", 'x', true },
    { "an inline script", "<script data-x='", "'>stat.example/tag.js</script>b", 'x', true },
    { "space before the end", "<img src=//t.example/a", ">b", ' ', true },
    { "space before =", "<img src", "=//t.example/a>b", ' ', true },
    { "a style sheet", "<link data-x='", "' rel=stylesheet href=//t.example/a>", 'x', true },
    { "a body tag", "<body data-x='", "' background=//t.example/a>b", 'x', true },
    { "a name", "<img data-", "=a src=//t.example/a>b", 'x', true },
    { "a data URL in a style", "<p style='a:url(data:image/gif;base64,", ")' id=b>c", 'x', false },
    { "a relative one", "<p style=\"a:url(/", ")\" id=b>c", 'x', false },
    { "a tracker behind it", "<p style='a:url(data:image/gif;base64,", "),url(//t.example/a)' id=b>c", 'x', true },
    { "a tracker behind space", "<p style='", "a:url(//t.example/a)' id=b>c", ' ', true },
    { "a tracker behind other declarations", "<p style=\"a:b;", "a:url('//t.example/a')\" id=b>c", ';', true },
    { "a tracker's long URL in a style", "<p style='a:url(//t.example/a", ")' id=b>c", 'x', true },
    { "a host far away in a style", "<p style='a:url(", "//t.example/a)' id=b>c", ' ', true },
};

static void tags_beyond_the_limit_are_decided_piece_by_piece(void **state)
{
    for (size_t i = 0; i < sizeof(long_tags) / sizeof(long_tags[0]); i++) {
        for (size_t size = CNIL_LIMIT_TAG - 40; size < 3 * CNIL_LIMIT_TAG; size += size < CNIL_LIMIT_TAG ? 7 : 61000) {
            struct cnil_str html = compose(long_tags[i].head, size, long_tags[i].fill, long_tags[i].tail), whole;
            struct run run, second;
            size_t chunks[] = { 1000, 70000, 65536 };

            begin_run(&run);
            begin_run(&second);
            run.first = html.len;
            assert_int_equal(rewrite(*state, &run, html), CNIL_OK);
            whole = cnil_buffer_str(&run.out);
            if (cnil_str_equal(whole, html) == long_tags[i].changes ||
                cnil_str_find(whole, CNIL_STR("t.example/a")) < whole.len ||
                cnil_str_find(whole, CNIL_STR("stat.example/")) < whole.len ||
                (cnil_str_find(whole, CNIL_STR("alert")) < whole.len &&
                 cnil_str_find(whole, CNIL_STR(" type=\"text/plain\"")) == whole.len))
                fail_msg("%s, %zu bytes: %.*s ... %.*s", long_tags[i].name, size, 100, whole.ptr, 100,
                         whole.ptr + whole.len - (whole.len < 100 ? whole.len : 100));
            for (size_t j = 0; j < sizeof(chunks) / sizeof(chunks[0]); j++) {
                second.first = second.chunk = chunks[j];
                expect(*state, &second, long_tags[i].name, html, whole);
            }
            second.first = whole.len;
            expect(*state, &second, long_tags[i].name, whole, whole);
            end_run(&run);
            end_run(&second);
            free((char *)html.ptr);
        }
    }
}

static void long_scripts_are_decided_on_their_beginning(void **state)
{
    static const struct {
        const char *head, *tail;
        size_t size;
        bool held;
    } samples[] = {
        { "<script>'stat.example/tag.js'", "</script>b", 3 * CNIL_LIMIT_TAG, true },
        { "<script>", "stat.example/tag.js</script>b", 3 * CNIL_LIMIT_TAG, false },
        { "<script>", "stat.example/tag.js</script>b", CNIL_LIMIT_TAG - 19, true },
        { "<script>", "stat.example/tag.js</script>b", CNIL_LIMIT_TAG - 18, false },
        { "<script>a", "</script>b", CNIL_LIMIT_TAG, false },
    };

    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        struct cnil_str html = compose(samples[i].head, samples[i].size, '+', samples[i].tail);
        struct cnil_str wanted =
            samples[i].held ? CNIL_STR("<script data-held=\"stat\" type=\"text/plain\"></script>b") : html;
        const size_t chunks[] = { 0, 1, 1000, 65536, 70000 };
        struct run run;

        begin_run(&run);
        for (size_t j = 0; j < sizeof(chunks) / sizeof(chunks[0]); j++) {
            run.first = run.chunk = chunks[j];
            expect(*state, &run, "a long script", html, wanted);
            assert_int_equal(cnil_str_find(cnil_buffer_str(&run.events), CNIL_STR("script-undecided")) < run.events.len,
                             !samples[i].held);
        }
        end_run(&run);
        free((char *)html.ptr);
    }
}

static void unchanged_bytes_are_not_copied(void **state)
{
    struct cnil_str html = CNIL_STR("<p>a<img src=/a>b<script>c</script><img src=//t.example/>d<!-- e --></p>");
    struct run run;

    begin_run(&run);
    run.first = html.len;
    assert_int_equal(rewrite(*state, &run, html), CNIL_OK);
    assert_int_equal(run.copied, strlen(" data-held=\"t.example\""));
    end_run(&run);
}

static void events_say_what_was_done(void **state)
{
    struct cnil_str html =
        CNIL_STR("<script src='https://stat.example/a.js?id=secret'></script><img src=//x.example/a>");
    struct run run;
    struct cnil_str events;

    begin_run(&run);
    run.first = html.len;
    assert_int_equal(rewrite(*state, &run, html), CNIL_OK);
    events = cnil_buffer_str(&run.events);
    assert_true(cnil_str_find(events, CNIL_STR("element-held")) < events.len);
    assert_true(cnil_str_find(events, CNIL_STR("script src")) < events.len);
    assert_true(cnil_str_find(events, CNIL_STR("stat.example/a.js")) < events.len);
    assert_true(cnil_str_find(events, CNIL_STR("unknown-host")) < events.len);
    assert_int_equal(cnil_str_find(events, CNIL_STR("secret")), events.len);
    end_run(&run);
}

static void without_memory_nothing_is_lost_in_silence(void **state)
{
    struct cnil_str html =
        CNIL_STR("<html><base href=/a/><body class=a><img alt='&amp;' src='https://x.example/a&amp;b'>"
                 "<script id=a>c(1)</script><p>d</p><script>e</script><!-- f -->"
                 "<style>@import 'https://x.example/\\61';g{}</style><p style='h:url(//x.example/&amp;)'>");
    const size_t chunks[] = { 1, 7, 40, 0 };
    size_t whole = 0;
    struct run run;

    begin_run(&run);
    run.lends = true;
    for (size_t i = 0; i < 64; i++) { /* the test's own memory is there before any fails */
        cnil_buffer_append(&run.out, html);
        cnil_buffer_append(&run.events, html);
        cnil_buffer_append(&run.unsent, html);
    }
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        enum cnil_status status = CNIL_NO_MEMORY;
        long allowed;

        run.first = run.chunk = chunks[i];
        for (allowed = 0; status != CNIL_OK || alloc_failed(); allowed++) {
            assert_true(allowed < 1000);
            alloc_fail_after(allowed);
            status = rewrite(*state, &run, html);
            if (run.is_whole)
                cnil_buffer_append(&run.out, cnil_buffer_str(&run.unsent));
            whole += run.is_whole;
            if (run.is_whole ? !cnil_str_equal(cnil_buffer_str(&run.out), html)
                             : !cnil_str_starts_with(html, cnil_buffer_str(&run.out))) {
                alloc_fail_after(-1);
                fail_msg("chunks of %zu, %ld allocations: %.*s", run.chunk, allowed, (int)run.out.len, run.out.ptr);
            }
        }
        assert_true(allowed > 3);
    }
    alloc_fail_after(-1);
    assert_true(whole > 4);
    end_run(&run);
}

static const struct sample workers[] = {
    { "a script", "onmessage = null;", "[G]onmessage = null;" },
    { "nothing", "", "[G]" },
    { "a byte order mark",
      "\xef\xbb\xbf"
      "a()",
      "\xef\xbb\xbf"
      "[G]a()" },
    { "half of one", "\xef\xbb", "[G]\xef\xbb" },
    { "a comment first", "/* a */ // b\n\na()", "[G]/* a */ // b\n\na()" },
    { "strict", "'use strict';a()", "'use strict';[G]'use strict';a()" },
    { "strict, at the end", " \"use strict\"", "'use strict';[G] \"use strict\"" },
    { "strict, behind a mark and more", "\xef\xbb\xbf/* a */\n'use client'\n'use strict'\na()",
      "\xef\xbb\xbf'use strict';[G]/* a */\n'use client'\n'use strict'\na()" },
    { "no directive", "'use strict'\n.length", "[G]'use strict'\n.length" },
    { "a hashbang", "#!/usr/bin/env node\n'use strict';", "'use strict';[G]///usr/bin/env node\n'use strict';" },
    { "a hashbang that imports", "#!import(a)\nimport(b)", "[G]//import(a)\nimport(cnilLead(b))" },
    { "a computed import", "import(a).then(b)", "[G]import(cnilLead(a)).then(b)" },
    { "options of one", "import (/* b */ f(a, [b]), { with: c })",
      "[G]import (cnilLead(/* b */ f(a, [b])), { with: c })" },
    { "one within another", "import(import(a))", "[G]import(cnilLead(import(cnilLead(a))))" },
    { "phases", "import.defer(a);import.source(b);import.meta.url",
      "[G]import.defer(cnilLead(a));import.source(cnilLead(b))"
      ";import.meta.url" },
    { "what is none", "a.import(b);class C{import(d){}}({import(e){}});'import(f)';/import(g)/;`import(h)`//import(i)",
      "[G]a.import(b);class C{import(d){}}({import(e){}});'import(f)';/import(g)/;`import(h)`//import(i)" },
    { "no script behind its end", "import(a);'b\nimport(c)'", "[G]import(cnilLead(a));'b\nimport(c)'" },
    { "a module of a tracker", "import a, { b } from 'https://t.example/x';c()",
      "[G]import a, { b } from 'about:invalid';c()" },
    { "for its effects", "import\"//t.example/x\"", "[G]import\"about:invalid\"" },
    { "exported", "export*from'https:\\/\\/t.e\\x78ampl\\u{65}/x'", "[G]export*from'about:invalid'" },
    { "modules of others", "import './a.js';import 'https://fine.example/x';export{b}from\"lib\"",
      "[G]import './a.js';import 'https://fine.example/x';export{b}from\"lib\"" },
    { "a name that never ends", "import 'https://t.example/x", "[G]import 'https://t.example/x" },
    { "a name that a line ends", "import 'https://t.example/x\n'", "[G]import 'about:invalid\n'" },
    { "a string that is no name", "a('https://t.example/x')", "[G]a('https://t.example/x')" },
};

static void the_guard_stands_before_a_workers_script(void **state)
{
    struct run run;

    begin_run(&run);
    run.content = CNIL_CONTENT_SCRIPT;
    run.guard = CNIL_INSERT_ALWAYS;
    for (size_t i = 0; i < sizeof(workers) / sizeof(workers[0]); i++) {
        struct cnil_str script = cnil_str_from(workers[i].html), wanted = cnil_str_from(workers[i].wanted);

        run.chunk = 0;
        for (run.first = 0; run.first <= script.len; run.first++)
            expect(*state, &run, workers[i].name, script, wanted);
        run.first = run.chunk = 1;
        expect(*state, &run, workers[i].name, script, wanted);
    }
    end_run(&run);
}

/* Of what stands before a directive no more is looked at than the limit says, whatever the chunks. */
static void a_script_is_not_waited_for_without_end(void **state)
{
    static char script[2 * CNIL_LIMIT_PROLOGUE];
    const size_t cuts[] = { 1, 100, CNIL_LIMIT_PROLOGUE - 1, CNIL_LIMIT_PROLOGUE, CNIL_LIMIT_PROLOGUE + 1, 0 };
    struct cnil_str text = { script, sizeof(script) };
    struct run run;

    begin_run(&run);
    run.content = CNIL_CONTENT_SCRIPT;
    run.guard = CNIL_INSERT_ALWAYS;
    for (int is_near = 0; is_near < 2; is_near++) {
        size_t at = is_near ? CNIL_LIMIT_PROLOGUE - 20 : CNIL_LIMIT_PROLOGUE - 5;

        memset(script, ' ', sizeof(script));
        memcpy(script + at, "'use strict';", 13);
        for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
            run.first = run.chunk = cuts[i];
            assert_int_equal(rewrite(*state, &run, text), CNIL_OK);
            assert_int_equal(run.out.len, text.len + 3 + (is_near ? 13 : 0));
            assert_int_equal(cnil_str_starts_with(cnil_buffer_str(&run.out), CNIL_STR("'use strict';[G]")), is_near);
            assert_true(run.copied <= CNIL_LIMIT_PROLOGUE + 16);
        }
    }
    end_run(&run);
}

static void without_memory_a_script_is_whole_or_ends(void **state)
{
    static const struct cnil_str before = CNIL_STR_INIT("'use strict';[G]"), nowhere = CNIL_STR_INIT("about:invalid"),
                                 name = CNIL_STR_INIT("https://t.example/x");
    struct cnil_str script = CNIL_STR("/* a */ 'use strict'; a(); import 'https://t.example/x'; b();");
    struct cnil_buffer as_it_was;
    const size_t chunks[] = { 1, 7, 30, 0 };
    struct run run;

    begin_run(&run);
    cnil_buffer_init(&as_it_was, 1 << 16);
    run.lends = true;
    run.content = CNIL_CONTENT_SCRIPT;
    run.guard = CNIL_INSERT_ALWAYS;
    for (size_t i = 0; i < 64; i++) { /* the test's own memory is there before any fails */
        cnil_buffer_append(&run.out, script);
        cnil_buffer_append(&run.events, script);
        cnil_buffer_append(&run.unsent, script);
        cnil_buffer_append(&as_it_was, script);
    }
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        enum cnil_status status = CNIL_NO_MEMORY;

        run.first = run.chunk = chunks[i];
        for (long allowed = 0; status != CNIL_OK || alloc_failed(); allowed++) {
            struct cnil_str out;
            size_t at;

            assert_true(allowed < 1000);
            alloc_fail_after(allowed);
            status = rewrite(*state, &run, script);
            if (run.is_whole)
                cnil_buffer_append(&run.out, cnil_buffer_str(&run.unsent));
            out = cnil_buffer_str(&run.out);
            if (cnil_str_starts_with(out, before))
                out = cnil_str_slice(out, before.len, out.len);
            cnil_buffer_clear(&as_it_was);
            at = cnil_str_find(out, nowhere);
            cnil_buffer_append(&as_it_was, cnil_str_slice(out, 0, at));
            if (at < out.len) {
                cnil_buffer_append(&as_it_was, name);
                cnil_buffer_append(&as_it_was, cnil_str_slice(out, at + nowhere.len, out.len));
            }
            out = cnil_buffer_str(&as_it_was);
            if (run.is_whole || status == CNIL_OK ? !cnil_str_equal(out, script) : out.len > 0) {
                alloc_fail_after(-1);
                fail_msg("chunks of %zu, %ld allocations: %.*s", run.chunk, allowed, (int)out.len, out.ptr);
            }
        }
    }
    alloc_fail_after(-1);
    cnil_buffer_free(&as_it_was);
    end_run(&run);
}

static const struct sample manifests[] = {
    { "an icon", "{\"icons\":[{\"src\":\"https://t.example/i.png\",\"sizes\":\"96x96\"},{\"src\":\"/own.png\"}]}",
      "{\"icons\":[{\"src\":\"about:invalid\",\"sizes\":\"96x96\"},{\"src\":\"/own.png\"}]}" },
    { "where a visitor goes", "{\"start_url\":\"https://t.example/\",\"url\":\"//t.example\",\"asrc\":\"//t.example\"}",
      NULL },
    { "escapes", "{ \"\\u0073r\\u0063\" : \"https:\\/\\u002ft.exa\\u006dple\\/\\\"a\" }",
      "{ \"\\u0073r\\u0063\" : \"about:invalid\" }" },
    { "Chromium's escape", "{\"src\":\"\\vhttps://t.example\"}", "{\"src\":\"about:invalid\"}" },
    { "comments", "{/* \" */\"src\"// \" : \r\n/**\"**/:/*/ \", */\"//t.example/\"}",
      "{/* \" */\"src\"// \" : \r\n/**\"**/:/*/ \", */\"about:invalid\"}" },
    { "a value that is the word", "{\"a\":\"src\",\"b\":\"//t.example/\",\"src\":[\"//t.example/\"]}", NULL },
    { "a string with an end of another", "{\"a\":\"\\\\\",\"src\":\"//t.example/\"}",
      "{\"a\":\"\\\\\",\"src\":\"about:invalid\"}" },
    { "a path of the site's own", "{\"src\":\"../i.png\",\"src\":\"https://mixed.example/i\"}", NULL },
    { "a path that waits", "{\"src\":\"https://mixed.example/track/i\"}",
      "{\"src\":\"/_privacy/icon/https/mixed.example/track/i\"}" },
    { "what consent may bring, as it is serialised",
      "{\"src\":\"http:\\/\\/stat.example:8080\\\\a\\\"\\u00e9?b\\\"#c\",\"src\":\"HTTPS://STAT.example\"}",
      "{\"src\":\"/_privacy/icon/http/stat.example:8080/a%22%C3%A9?b%22#c\",\"src\":\"/_privacy/icon/https/"
      "stat.example/\"}" },
    { "… with backslashes", "{\"src\":\"//stat.example/a\\\\b?c\\\\\\\"d\\\\\"}",
      "{\"src\":\"/_privacy/icon/https/stat.example/a/b?c\\\\%22d\\\\\"}" },
    { "… of another scheme", "{\"src\":\"ftp://stat.example/\"}", "{\"src\":\"about:invalid\"}" },
    { "… without an end", "{\"src\":\"//stat.example/a", "{\"src\":\"about:invalid" },
    { "nothing", "{\"src\":\"\"}", NULL },
    { "no end", "{\"src\":\"//t.example/", "{\"src\":\"about:invalid" },
    { "no end behind an escape", "{\"src\":\"//t.example/\\", "{\"src\":\"about:invalid" },
    { "empty", "", NULL },
};

static void expect_addresses(void **state, struct run *run, const char *name, struct cnil_str text,
                             struct cnil_str wanted)
{
    run->chunk = 0;
    for (run->first = 0; run->first <= text.len; run->first++)
        expect(*state, run, name, text, wanted);
    run->first = run->chunk = 1;
    expect(*state, run, name, text, wanted);
    run->first = wanted.len;
    expect(*state, run, name, wanted, wanted);
}

static void expect_all_addresses(void **state, struct run *run, const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *wanted = samples[i].wanted != NULL ? samples[i].wanted : samples[i].html;

        expect_addresses(state, run, samples[i].name, cnil_str_from(samples[i].html), cnil_str_from(wanted));
    }
}

static void icons_of_a_web_app_are_held_back(void **state)
{
    struct run run;

    begin_run(&run);
    run.content = CNIL_CONTENT_MANIFEST;
    expect_all_addresses(state, &run, manifests, sizeof(manifests) / sizeof(manifests[0]));
    run.choice = "audience";
    expect_addresses(state, &run, "consent", CNIL_STR("{\"src\":\"//stat.example/\",\"src\":\"//t.example/\"}"),
                     CNIL_STR("{\"src\":\"//stat.example/\",\"src\":\"about:invalid\"}"));
    end_run(&run);
}

static const struct sample playlists[] = {
    { "segments", "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:4,\nhttps://t.example/0.ts\n#EXTINF:4,\n1.ts\n",
      "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:4,\nabout:invalid\n#EXTINF:4,\n1.ts\n" },
    { "lines of another system", "#EXTM3U\r\n\r\n//t.example/0.ts\r\n1.ts\r\n",
      "#EXTM3U\r\n\r\nabout:invalid\n1.ts\r\n" },
    { "a carriage return is no end", "#EXTM3U\nhttps://t.ex\rample/\n", "#EXTM3U\nabout:invalid\n" },
    { "a space before it", "#EXTM3U\n \thttps://t.exam\tple/", "#EXTM3U\nabout:invalid" },
    { "in tags", "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"https://t.example/k\",KEYFORMAT=\"identity\"\n",
      "#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"about:invalid\",KEYFORMAT=\"identity\"\n" },
    { "behind a quote too many", "#EXTM3U\n#EXT-X-MEDIA:NAME=a\"b,URI=\"//t.example/\"\n#\"//t.example/",
      "#EXTM3U\n#EXT-X-MEDIA:NAME=a\"b,URI=\"about:invalid\"\n#\"about:invalid" },
    { "a quote in a line", "#EXTM3U\nhttps://t.example/\"a\"\n\"https://t.example/\n",
      "#EXTM3U\nabout:invalid\n\"https://t.example/\n" },
    { "variables", "#EXTM3U\n{$a}\nhttps://{$a}/\na.ts?{$a}\nhttps://x.example/{$a}\n#EXT-X-MAP:URI=\"{$a}/b\"\n",
      "#EXTM3U\nabout:invalid\nabout:invalid\na.ts?{$a}\nhttps://x.example/{$a}\n#EXT-X-MAP:URI=\"about:invalid\"\n" },
    { "no playlist", "#EXTM3\nhttps://t.example/0.ts\n", NULL },
    { "no playlist, by a mark", "\xef\xbb\xbf#EXTM3U\nhttps://t.example/0.ts\n", NULL },
    { "none at all", "#EXT", NULL },
    { "empty", "", NULL },
};

static void addresses_in_playlists_are_held_back(void **state)
{
    struct run run;

    begin_run(&run);
    run.content = CNIL_CONTENT_PLAYLIST;
    expect_all_addresses(state, &run, playlists, sizeof(playlists) / sizeof(playlists[0]));
    run.choice = "accept";
    expect_addresses(state, &run, "consent", CNIL_STR("#EXTM3U\nhttps://stat.example/\n{$a}\nhttps://t.example/{$a}\n"),
                     CNIL_STR("#EXTM3U\nhttps://stat.example/\n{$a}\nabout:invalid\n"));
    end_run(&run);
}

/* A long address is decided on its beginning, whatever the chunks. */
static void long_icons_are_decided_on_their_beginning(void **state)
{
    static const struct {
        const char *head;
        bool is_held, is_open_held;
    } tries[] = { { "data:image/png,", false, false },
                  { "https://t.example/", true, true },
                  { "https:", false, true } };
    static const size_t lens[] = { CNIL_LIMIT_URL - 1, CNIL_LIMIT_URL, CNIL_LIMIT_URL + 1, 3 * CNIL_LIMIT_URL };
    static const size_t cuts[] = { 4000, CNIL_LIMIT_URL + 7, CNIL_LIMIT_URL + 8, CNIL_LIMIT_URL + 9, 0 };
    static char text[3 * CNIL_LIMIT_URL + 16];
    struct run run;

    begin_run(&run);
    run.content = CNIL_CONTENT_MANIFEST;
    for (size_t n = 0; n < 3 * 4 * 5; n++) {
        size_t t = n / 20, len = lens[n / 5 % 4];
        bool is_held = len < CNIL_LIMIT_URL ? tries[t].is_held : tries[t].is_open_held;
        struct cnil_str whole = { text, len + 10 };

        memset(text, '/', sizeof(text));
        memcpy(text, "{\"src\":\"", 8);
        memcpy(text + 8, tries[t].head, strlen(tries[t].head));
        memcpy(text + 8 + len, "\"}", 2);
        run.first = run.chunk = cuts[n % 5];
        expect(*state, &run, tries[t].head, whole, is_held ? CNIL_STR("{\"src\":\"about:invalid\"}") : whole);
    }
    end_run(&run);
}

static void long_names_of_modules_are_decided_on_their_beginning(void **state)
{
    static const size_t lens[] = { CNIL_LIMIT_URL - 1, CNIL_LIMIT_URL, CNIL_LIMIT_URL + 1, 3 * CNIL_LIMIT_URL };
    static const size_t cuts[] = { 1, 4000, CNIL_LIMIT_URL + 7, CNIL_LIMIT_URL + 8, CNIL_LIMIT_URL + 9, 0 };
    static const char *const hosts[] = { "https://t.example/", "https://f.example/" };
    static char text[3 * CNIL_LIMIT_URL + 16];
    struct cnil_buffer wanted;
    struct run run;

    begin_run(&run);
    cnil_buffer_init(&wanted, sizeof(text) + 16);
    run.content = CNIL_CONTENT_SCRIPT;
    run.guard = CNIL_INSERT_ALWAYS;
    for (size_t n = 0; n < 2 * 4 * 6; n++) {
        size_t len = lens[n / 6 % 4];
        struct cnil_str whole = { text, len + 10 };

        memset(text, 'a', sizeof(text));
        memcpy(text, "import '", 8);
        memcpy(text + 8, hosts[n / 24], strlen(hosts[0]));
        memcpy(text + 8 + len, "';", 2);
        cnil_buffer_clear(&wanted);
        cnil_buffer_append(&wanted, CNIL_STR("[G]"));
        cnil_buffer_append(&wanted, n < 24 ? CNIL_STR("import 'about:invalid';") : whole);
        run.first = run.chunk = cuts[n % 6];
        expect(*state, &run, hosts[n / 24], whole, cnil_buffer_str(&wanted));
    }
    cnil_buffer_free(&wanted);
    end_run(&run);
}

static void without_memory_addresses_are_whole_or_end(void **state)
{
    const struct cnil_str texts[] = {
        CNIL_STR_INIT("{\"\\u0073rc\":\"https:\\/\\/x.example/\",\"src\":\"//y.example/i\"} "),
        CNIL_STR_INIT("#EXTM3U\n#EXT-X-KEY:URI=\"//x.example/k\"\nhttps://y.example/0.ts\n1.ts\n")
    };
    const size_t chunks[] = { 1, 7, 30, 0 };
    size_t whole = 0;
    struct run run;

    begin_run(&run);
    run.lends = true;
    for (size_t i = 0; i < 64; i++) { /* the test's own memory is there before any fails */
        cnil_buffer_append(&run.out, texts[0]);
        cnil_buffer_append(&run.events, texts[0]);
        cnil_buffer_append(&run.unsent, texts[0]);
    }
    for (size_t i = 0; i < 2 * sizeof(chunks) / sizeof(chunks[0]); i++) {
        enum cnil_status status = CNIL_NO_MEMORY;
        struct cnil_str text = texts[i % 2];

        run.content = i % 2 == 1 ? CNIL_CONTENT_PLAYLIST : CNIL_CONTENT_MANIFEST;
        run.first = run.chunk = chunks[i / 2];
        for (long allowed = 0; status != CNIL_OK || alloc_failed(); allowed++) {
            assert_true(allowed < 1000);
            alloc_fail_after(allowed);
            status = rewrite(*state, &run, text);
            if (run.is_whole)
                cnil_buffer_append(&run.out, cnil_buffer_str(&run.unsent));
            whole += run.is_whole;
            if (run.is_whole || status == CNIL_OK ? !cnil_str_equal(cnil_buffer_str(&run.out), text)
                                                  : !cnil_str_starts_with(text, cnil_buffer_str(&run.out))) {
                alloc_fail_after(-1);
                fail_msg("chunks of %zu, %ld allocations: %.*s", run.chunk, allowed, (int)run.out.len, run.out.ptr);
            }
        }
    }
    alloc_fail_after(-1);
    assert_true(whole > 4);
    end_run(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fetches_from_a_tracker_is_held_back),
        cmocka_unit_test(what_styles_fetch_from_a_tracker_is_held_back),
        cmocka_unit_test(urls_are_resolved_against_every_base),
        cmocka_unit_test(inline_loaders_are_emptied),
        cmocka_unit_test(consent_lets_services_pass),
        cmocka_unit_test(the_block_stands_after_the_start_of_body),
        cmocka_unit_test(the_guard_stands_before_all_of_the_head),
        cmocka_unit_test(every_element_rule_holds_back),
        cmocka_unit_test(conditional_comments_are_rewritten),
        cmocka_unit_test(scripts_in_drawings_are_read_as_such),
        cmocka_unit_test(documents_in_attributes_are_rewritten),
        cmocka_unit_test(documents_in_attributes_get_the_guard),
        cmocka_unit_test(what_is_nested_too_deep_is_held_back),
        cmocka_unit_test(tags_beyond_the_limit_are_decided_piece_by_piece),
        cmocka_unit_test(long_scripts_are_decided_on_their_beginning),
        cmocka_unit_test(unchanged_bytes_are_not_copied),
        cmocka_unit_test(events_say_what_was_done),
        cmocka_unit_test(without_memory_nothing_is_lost_in_silence),
        cmocka_unit_test(the_guard_stands_before_a_workers_script),
        cmocka_unit_test(a_script_is_not_waited_for_without_end),
        cmocka_unit_test(without_memory_a_script_is_whole_or_ends),
        cmocka_unit_test(icons_of_a_web_app_are_held_back),
        cmocka_unit_test(addresses_in_playlists_are_held_back),
        cmocka_unit_test(long_icons_are_decided_on_their_beginning),
        cmocka_unit_test(long_names_of_modules_are_decided_on_their_beginning),
        cmocka_unit_test(without_memory_addresses_are_whole_or_end),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
