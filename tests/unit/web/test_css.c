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
#include "base/buffer.h"
#include "web/css.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* What came of some CSS: the URLs, and what is left of the input when each becomes "X". */
struct trace {
    struct cnil_buffer urls, raws, rest;
    bool open; /* a URL is, so that REST may follow */
};

static void init_trace(struct trace *trace)
{
    cnil_buffer_init(&trace->urls, 1 << 20);
    cnil_buffer_init(&trace->raws, 1 << 20);
    cnil_buffer_init(&trace->rest, 1 << 20);
    trace->open = false;
}

static void free_trace(struct trace *trace)
{
    cnil_buffer_free(&trace->urls);
    cnil_buffer_free(&trace->raws);
    cnil_buffer_free(&trace->rest);
}

static enum cnil_status take(struct cnil_css_scanner *scanner, struct trace *trace)
{
    static const char *const uses[] = { "image", "font", "sheet" };
    struct cnil_css_token token;
    enum cnil_status status;
    bool more;

    while ((status = cnil_css_scanner_next(scanner, &token, &more)) == CNIL_OK && more) {
        assert_true(token.raw.len > 0);
        cnil_buffer_append(&trace->raws, token.raw);
        switch (token.kind) {
        case CNIL_CSS_TEXT:
            cnil_buffer_append(&trace->rest, token.raw);
            break;
        case CNIL_CSS_URL:
            cnil_buffer_append_byte(&trace->rest, 'X');
            cnil_buffer_print(&trace->urls, "%s%s ", trace->urls.len > 0 ? "\n" : "", uses[token.use]);
            cnil_buffer_append(&trace->urls, token.value);
            cnil_buffer_append(&trace->urls, token.open ? CNIL_STR("...") : CNIL_STR_EMPTY);
            trace->open = token.open;
            break;
        case CNIL_CSS_REST:
            assert_true(trace->open);
            break;
        }
    }
    return status;
}

static void check_in(enum cnil_pairs pairs, const char *name, struct cnil_str css, const char *urls, const char *rest,
                     size_t cut, size_t step)
{
    struct cnil_css_scanner *scanner = cnil_css_scanner_new();
    struct trace trace;
    size_t at = cut;

    init_trace(&trace);
    assert_non_null(scanner);
    cnil_css_scanner_read_pairs(scanner, pairs);
    cnil_css_scanner_feed(scanner, cnil_str_slice(css, 0, cut), cut < css.len ? CNIL_CSS_MORE : CNIL_CSS_END);
    assert_int_equal(take(scanner, &trace), CNIL_OK);
    while (at < css.len) {
        size_t to = at + step < css.len ? at + step : css.len;
        struct cnil_str chunk = { malloc(to - at), to - at }; /* so that the sanitizer sees what is read beside it */

        memcpy((char *)chunk.ptr, css.ptr + at, chunk.len);
        cnil_css_scanner_feed(scanner, chunk, to == css.len ? CNIL_CSS_END : CNIL_CSS_MORE);
        assert_int_equal(take(scanner, &trace), CNIL_OK);
        free((char *)chunk.ptr);
        at = to;
    }
    if (!cnil_str_equal(cnil_buffer_str(&trace.urls), cnil_str_from(urls)))
        fail_msg("%s, cut at %zu by %zu: %.*s", name, cut, step, (int)trace.urls.len, trace.urls.ptr);
    if (!cnil_str_equal(cnil_buffer_str(&trace.raws), css))
        fail_msg("%s, cut at %zu by %zu: raws are not the input: %.*s", name, cut, step, (int)trace.raws.len,
                 trace.raws.ptr);
    if (rest != NULL && !cnil_str_equal(cnil_buffer_str(&trace.rest), cnil_str_from(rest)))
        fail_msg("%s, cut at %zu by %zu: %.*s", name, cut, step, (int)trace.rest.len, trace.rest.ptr);
    assert_int_equal(cnil_css_scanner_held(scanner).len, 0);
    free_trace(&trace);
    cnil_css_scanner_free(scanner);
}

static void check(const char *name, struct cnil_str css, const char *urls, const char *rest, size_t cut, size_t step)
{
    check_in(CNIL_PAIRS_NONE, name, css, urls, rest, cut, step);
}

static const struct {
    const char *name, *css, *urls, *rest;
} cases[] = {
    { "nothing", "", "", "" },
    { "no URL", "a{color:red;width:calc(1px + (2px*3))}", "", "a{color:red;width:calc(1px + (2px*3))}" },

    /* url(), 4.3.4 to 4.3.6 */
    { "unquoted", "a{b:url(x.gif)}", "image x.gif", "a{b:url(X)}" },
    { "double quotes", "a{b:url(\"x.gif\")}", "image x.gif", "a{b:url(\"X\")}" },
    { "single quotes", "a{b:url('x.gif')}", "image x.gif", "a{b:url('X')}" },
    { "space", "a{b:url(\n\tx.gif \f\r)}", "image x.gif", "a{b:url(\n\tX \f\r)}" },
    { "space before quotes", "a{b:url( 'x.gif' )}", "image x.gif", "a{b:url( 'X' )}" },
    { "case", "a{b:UrL(x.gif)}", "image x.gif", "a{b:UrL(X)}" },
    { "two", "a{b:url(x),url(y)}c{d:url(z)}", "image x\nimage y\nimage z", "a{b:url(X),url(X)}c{d:url(X)}" },
    { "empty ones", "a{b:url()}c{d:url( )}e{f:url('')}g{h:url( \"\" )}", "",
      "a{b:url()}c{d:url( )}e{f:url('')}g{h:url( \"\" )}" },
    { "modifiers", "a{b:url('x' crossorigin(anonymous))}", "image x", "a{b:url('X' crossorigin(anonymous))}" },
    { "src()", "a{b:src('x')}c{d:src(y)}", "image x", NULL },
    { "without a space before", "a{b:c,url(x)d;e:f/url(y)}", "image x\nimage y", NULL },
    { "the end closes it", "a{b:url(x", "image x", "a{b:url(X" },
    { "the end closes quotes", "a{b:url('x", "image x", "a{b:url('X" },
    { "the end after space", "a{b:url( x ", "image x", "a{b:url( X " },
    { "the end comes first", "a{b:url( ", "", "a{b:url( " },

    /* what is no url() */
    { "other functions", "a{b:xurl(y);c:url-x(y);d:-url(y);e:--url(y);f:_url(y);g:\xc3\xa9url(y)}", "", NULL },
    { "a name apart", "a{b:url (x)}", "", NULL },
    { "units", "a{b:1url(x);c:.5url(x);d:+1url(x);e:-1url(x);f:1e3url(x);g:1-url(x);h:1-2url(x)}", "", NULL },
    { "after a number", "a{b:1.url(x);c:1 url(y);d:1%url(z);e:1e+url(v);f:+url(w)}",
      "image x\nimage y\nimage z\nimage v\nimage w", NULL },
    { "hashes", "a{b:#url(x);c:#-url(x);d:##url(x);e:#1url(x)}", "", NULL },
    { "a hash apart", "a{b:# url(x)}", "image x", NULL },
    { "at-keywords", "@url(x){}@-url(y){}", "", NULL },
    { "an at sign before a number", "@1url(x);@-1url(x)", "", NULL },
    { "a lone dash", "a{b:-(url(x));c:1-(url(y))}", "image x\nimage y", NULL },

    /* <!-- and --> */
    { "CDO", "<!--url(x)", "image x", "<!--url(X)" },
    { "CDO and more dashes", "<!---url(x)<!----url(y)<!--1url(z)", "", NULL },
    { "CDO again", "<!--<!--url(x)", "image x", NULL },
    { "CDC", "-->url(x)", "image x", NULL },
    { "no CDO", "<--url(x)!--url(y)< !--url(z)\\<!--url(v)\"<\"!--url(w)", "", NULL },
    { "CDO is no comment", "<!-- a{b:url(x)} -->", "image x", NULL },

    /* comments, 4.3.2 */
    { "in a comment", "/* url(x) */a{b:c}/*'*/", "", NULL },
    { "comments between", "a{b:/**/url(/**/)/***/ url(x)/*/url(y)/*/url(z)}", "image /**/\nimage x\nimage z", NULL },
    { "a comment ends a name", "a{b:u/**/rl(x);c:x/**/url(y);d:#/**/url(z)}", "image y\nimage z", NULL },
    { "a comment before quotes is no space", "a{b:url(/**/'x')}", "", NULL },
    { "an open comment", "a{b:c}/* url(x)", "", NULL },
    { "a star more", "/***/a{b:url(x)}/*/*/c{d:url(y)}", "image x\nimage y", NULL },
    { "slashes", "a{b:c/ /d//*/url(x)*/url(y)}", "image y", NULL },

    /* escapes, 4.3.7 */
    { "an escape in the name", "a{b:\\75rl(x);c:u\\52 l(y);d:ur\\l(z)}", "image x\nimage y\nimage z", NULL },
    { "six digits", "a{b:\\000075rl(x);c:\\000075 rl(y);d:\\0000075rl(z)}", "image x\nimage y", NULL },
    { "spaces after an escape", "a{b:\\75\nrl(x);c:\\75\r\nrl(y);d:\\75\trl(z);e:\\75  rl(v)}",
      "image x\nimage y\nimage z", NULL },
    { "an escaped digit begins a name", "a{b:\\31url(x);c:\\31 url(x)}", "", NULL },
    { "no escape", "a{b:u\\\nrl(x);c:\\\nurl(y)}", "image y", NULL },
    { "a parenthesis that is part of a name", "a{b:url\\(x);c:\\(url(y)}", "", NULL },
    { "escaped quotes open nothing", "a{b:\\\"url(x);c:\\' url(y)}", "image y", NULL },
    { "an escaped at sign", "\\@import 'x';", "", NULL },
    { "escapes in an unquoted URL", "a{b:url(\\68ttps\\3a//t\\)\\ x\\00002f y)}", "image https://t) x/y", NULL },
    { "a space after an escape belongs to it", "a{b:url(x\\41 )c:url(y\\41 z)}", "image xA\nimage yAz",
      "a{b:url(X)c:url(X)}" },
    { "escapes in quotes", "a{b:url('\\68 ttps:\\2f\\2ft\\'\"')}", "image https://t'\"", NULL },
    { "a continued line", "a{b:url('x\\\ny\\\r\nz\\\fv')}", "image xyzv", NULL },
    { "an escape before a line's end", "a{b:url('x\\41\ny\\41\r\nz')}", "image xAyAz", NULL },
    { "code points that are none", "a{b:url(\\0\\110000\\d800 )}", "image \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", NULL },
    { "beyond ASCII", "a{b:url(\\e9\\1F600)}", "image \xc3\xa9\xf0\x9f\x98\x80", NULL },
    { "a backslash at the end", "a{b:url(x\\", "image x\xef\xbf\xbd", NULL },
    { "a backslash at the end of a string", "a{b:url('x\\", "image x", NULL },

    /* recovery, 4.3.5 and 4.3.14 */
    { "a bad string", "a{b:url('x\n);c:url(y)}", "image y", NULL },
    { "a bad string ends at the line", "a{b:'\nurl(x)}c{d:\"\rurl(y)}e{f:'\furl(z)}", "image x\nimage y\nimage z",
      NULL },
    { "bad URLs", "a{b:url(x'y);c:url(x\"y);d:url(x(y);e:url(x\x01y);f:url(x\x7fy)}g{h:url(z)}", "image z", NULL },
    { "a bad URL swallows", "a{b:url(x'y url(z) c", "", NULL },
    { "a bad URL ends at a parenthesis that is not escaped", "a{b:url(x(\\)url(y)url(z)}", "image z", NULL },
    { "no escape in a URL", "a{b:url(x\\\ny)url(z)}", "image z", NULL },
    { "a space in a URL", "a{b:url(x y)url(z)}", "image x\nimage z", NULL },
    { "a parenthesis too many", "a{b:c)url(x)}", "image x", NULL },

    /* at-rules */
    { "@import", "@import 'x';@import \"y\" screen;@import url(z);@import url('v') layer(a) supports(b:url(w));",
      "sheet x\nsheet y\nsheet z\nsheet v\nimage w", NULL },
    { "@import in other spellings", "@IMPORT'x';@\\69mport/**/url( y );@i\\mport\n\"z\"", "sheet x\nsheet y\nsheet z",
      NULL },
    { "@import with functions", "@import src('x');@import src( \"y\" ) print", "sheet x\nsheet y", NULL },
    { "@import and nothing", "@import;a{b:'x'}@import{c:'y'}@import}'z'", "", NULL },
    { "another at-rule", "@important 'x';@import-x 'y';@ import 'z'", "", NULL },
    { "@namespace", "@namespace url(http://x);@namespace s 'http://y';@namespace \"http://z\";a{b:url(v)}", "image v",
      NULL },
    { "@namespace that goes on", "@namespace a{b:url(x);c:'//y'}", "image x\nimage //y", NULL },
    { "@charset", "@charset \"utf-8\";a{b:url(x)}", "image x", NULL },
    { "@font-face", "@font-face{font-family:'x';src:local('y'),url(z) format('woff')}a{b:url(v)}", "font z\nimage v",
      NULL },
    { "@font-face in others", "@media x{@FONT-FACE /**/ {src:url(y)}a{b:url(z)}}", "font y\nimage z", NULL },
    { "@font-face and blocks in it", "@font-face{a:b({});src:url('x')}c{d:url(y)}", "font x\nimage y", NULL },
    { "@font-face without a block", "@font-face;a{b:url(x)}", "image x", NULL },
    { "unicode-range", "@font-face{unicode-range:U+26,u+0-7F,U+4??;src:url(x)}", "font x", NULL },
    { "@supports", "@supports (a:url(x)) and (not selector(b)){c{d:url(y)}}", "image x\nimage y", NULL },
    { "@property", "@property --a{syntax:'<string>';inherits:false;initial-value:'https://x'}", "image https://x",
      NULL },

    /* strings that are URLs */
    { "image-set()", "a{b:image-set('x' 1x,\"y\" type('image/png') 2x);c:'z'}", "image x\nimage y", NULL },
    { "image-set() of old", "a{b:-webkit-image-set(url(x) 1x,'y' 2x);c:-WebKit-Image-Set('z')}",
      "image x\nimage y\nimage z", NULL },
    { "others that take images", "a{b:image('x',red);c:cross-fade('y','z');d:-webkit-cross-fade(url(v),'w',50%)}",
      "image x\nimage y\nimage z\nimage v\nimage w", NULL },
    { "functions in functions", "a{b:image-set(linear-gradient(red,blue) 1x,'x' 2x)}", "image x", NULL },
    { "blocks that close each other wrongly", "a{b:image-set(c[) 'x' ] 'y')}", "image y", NULL },
    { "a string that names a host", "a{--b:'https://x/y';--c:\"//z\"}", "image https://x/y\nimage //z",
      "a{--b:'X';--c:\"X\"}" },
    { "in the ways of URLs", "a{--b:' ht\\9tp\\A :\\\\\\\\t';--c:'\\/\\/t';--d:'WSS:t';--e:'/\\5c t'}",
      "image  ht\ttp\n:\\\\t\nimage //t\nimage WSS:t\nimage /\\t", NULL },
    { "strings that do not", "a{--b:'https';--c:'/x';--d:'httpx://y';--e:'x//y';--f:'mailto:x';--g:'';--h:'h'}", "",
      NULL },
    { "a selector", "a[href^='https://x'],a[href*=\"//y\" i]{b:url(z)}", "image z", NULL },
    { "an open bracket", "a[x{b:'//y';c:url(z)}", "image //y\nimage z", NULL },
    { "a function in brackets", "a[x image-set('y')]", "image y", NULL },
    { "content", "a{content:'x' url(y) attr(z)}", "image y", NULL },

    /* data: */
    { "data:", "a{b:url(data:image/png;base64,AAAA);c:url('DATA:x,(\\')');d:url(x)}", "image x", NULL },
    { "data: in @import", "@import url(data:text/css,x);@import 'data:,y'", "sheet data:text/css,x\nsheet data:,y",
      NULL },
    { "data: in a bad URL", "a{b:url(data:x,'y);c:url(z)}", "image z", NULL },
    { "not data:", "a{b:url(data);c:url('dat');d:url(\\64 ata:x)}", "image data\nimage dat\nimage data:x", NULL },

    /* odd places */
    { "custom properties", "a{--b:url(x);--c:{d:url('y')};--e:[url(z)]}", "image x\nimage y\nimage z", NULL },
    { "nested rules", "a{b:c;&:hover{d:url(x)}e{f:url(y)}}", "image x\nimage y", NULL },
    { "filters of old", "a{filter:progid:DXImageTransform.Microsoft.AlphaImageLoader(src='//x',sizingMethod='scale')}",
      "image //x", NULL },
    { "hacks", "a{*b:url(x);_c:url(y)\\9;d:url(z)!important}", "image x\nimage y\nimage z", NULL },
    { "a pipe among many bytes", "abcdefghij|klmnopqrstuvwxyz|abcdefghijkl|a{b:url(x)}", "image x", NULL },
    { "bytes near those that matter", "!#$%&*+,-.:;<=>?^_`~|z{b:url(x)}", "image x", NULL },
};

static void urls_do_not_depend_on_chunking(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str css = cnil_str_from(cases[i].css);

        for (size_t cut = 0; cut <= css.len; cut++)
            check(cases[i].name, css, cases[i].urls, cases[i].rest, cut, css.len + 1);
        for (size_t step = 1; step < 4; step++)
            check(cases[i].name, css, cases[i].urls, cases[i].rest, 0, step);
    }
}

/* The same far from the end, where bytes are looked at sixteen at a time. */
static void urls_do_not_depend_on_what_follows(void **state)
{
    static const char tail[] = "\n/* ................................................................ */";

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_buffer css;

        if (cases[i].css[0] != '\0' && strchr("}/;)", cases[i].css[strlen(cases[i].css) - 1]) == NULL)
            continue; /* something is open at its end */
        cnil_buffer_init(&css, 4096);
        cnil_buffer_append(&css, cnil_str_from(cases[i].css));
        cnil_buffer_append(&css, CNIL_STR(tail));
        for (size_t cut = 0; cut <= css.len; cut++)
            check(cases[i].name, cnil_buffer_str(&css), cases[i].urls, NULL, cut, css.len + 1);
        cnil_buffer_free(&css);
    }
}

static void nul_is_part_of_names_and_urls(void **state)
{
    (void)state;
    for (size_t step = 1; step < 8; step++) {
        check("a name", CNIL_STR("a{b:\0url(x);c:url\0(y)}"), "", NULL, 0, step);
        check("a URL", CNIL_STR("a{b:url(x\0y);c:url('\0\\\0')}"),
              "image x\xef\xbf\xbdy\nimage \xef\xbf\xbd\xef\xbf\xbd", NULL, 0, step);
    }
}

/* Deeper than blocks are told apart, strings count wherever they stand. */
static void deep_blocks_hide_nothing(void **state)
{
    struct cnil_buffer css;

    (void)state;
    cnil_buffer_init(&css, 4096);
    for (size_t i = 0; i < 100; i++)
        cnil_buffer_append(&css, CNIL_STR("a("));
    cnil_buffer_append(&css, CNIL_STR("image-set('x')"));
    for (size_t i = 0; i < 100; i++)
        cnil_buffer_append(&css, CNIL_STR(")"));
    cnil_buffer_append(&css, CNIL_STR("url(y)"));
    for (size_t step = 1; step < 600; step += 7)
        check("deep", cnil_buffer_str(&css), "image x\nimage y", NULL, 0, step);
    cnil_buffer_free(&css);
}

static void append_times(struct cnil_buffer *out, const char *bytes, size_t count)
{
    while (count-- > 0)
        cnil_buffer_append(out, cnil_str_from(bytes));
}

static void long_urls_are_cut_off_at_one_place(void **state)
{
    static const struct {
        const char *before, *after;
        bool is_url;
    } tries[] = {
        { "a{b:url(//", ")}c{d:url(x)}", true },      { "a{b:url('//", "')}c{d:url(x)}", true },
        { "a{--b:'//", "'}c{d:url(x)}", true },       { "a{b:url(data:", ")}c{d:url(x)}", false },
        { "a{b:'content: ", "'}c{d:url(x)}", false }, { "a{--b:'", "'}c{d:url(x)}", false },
        { "a{b:url(//", "\"bad)}c{d:url(x)}", true }, { "a{b:url('//", "\n;e:url(x)}", true },
    };
    static const size_t steps[] = { 1 << 20, 1000, 65536, 65537, 7 };

    (void)state;
    for (size_t i = 0; i < COUNT(tries); i++) {
        for (size_t more = 0; more < 3; more++) {
            struct cnil_buffer css, urls;
            size_t prefix = tries[i].is_url ? 2 : 0, count = CNIL_LIMIT_URL - prefix - 1 + more;

            cnil_buffer_init(&css, 1 << 20);
            cnil_buffer_init(&urls, 1 << 20);
            cnil_buffer_append(&css, cnil_str_from(tries[i].before));
            append_times(&css, "y", count);
            cnil_buffer_append(&css, cnil_str_from(tries[i].after));
            if (tries[i].is_url) {
                cnil_buffer_append(&urls, CNIL_STR("image //"));
                append_times(&urls, "y", more == 0 ? count : CNIL_LIMIT_URL - prefix);
                cnil_buffer_append(&urls, more == 0 ? CNIL_STR("\n") : CNIL_STR("...\n"));
            }
            if (more == 0 && strchr("\"\n", tries[i].after[0]) != NULL)
                cnil_buffer_clear(&urls); /* it turns out to be a bad one */
            cnil_buffer_append(&urls, CNIL_STR("image x\0"));
            for (size_t s = 0; s < COUNT(steps); s++)
                check(tries[i].before, cnil_buffer_str(&css), urls.ptr, NULL, 0, steps[s]);
            cnil_buffer_free(&css);
            cnil_buffer_free(&urls);
        }
    }
}

/* The second half of a character may be a backslash or a bracket, and is none. */
static void characters_of_two_bytes_are_whole(void **state)
{
    static const struct {
        enum cnil_pairs pairs;
        const char *css, *urls;
    } tries[] = {
        { CNIL_PAIRS_NONE, "a{b:'\x83\x5c';c:url(//x)}", "" }, /* the string goes on to the end */
        { CNIL_PAIRS_SHIFT_JIS, "a{b:'\x83\x5c';c:url(//x)}", "image //x" },
        { CNIL_PAIRS_CHINESE, "a{b:'\x83\x5c';c:url(//x)}", "image //x" },
        { CNIL_PAIRS_SHIFT_JIS, "a{b:'\xb1\x5c';c:url(//x)'}", "" }, /* one of one byte before it */
        { CNIL_PAIRS_CHINESE, "a{b:'\xb1\x5c';c:url(//x)}", "image //x" },
        { CNIL_PAIRS_SHIFT_JIS, "a{b:'\x83\x83\x5c';c:url(//x)'}", "" }, /* two halves before it */
        { CNIL_PAIRS_SHIFT_JIS, "a{b:'\x83\x5c\x83\x5c\x83\x83\x83\x5c';c:url(//x)}", "image //x" },
        { CNIL_PAIRS_SHIFT_JIS, "a{b:'\x83\x41\x5c';c:url(//x)'}", "" },
        { CNIL_PAIRS_SHIFT_JIS, "a{b:url(/\x83\x5c)}c{d:url(//x)}", "image /\x83\x5c\nimage //x" },
        { CNIL_PAIRS_SHIFT_JIS, "\x83\x5b{b:'//x'}", "image //x" },
        { CNIL_PAIRS_NONE, "\x83\x5b{b:'//x'}", "image //x" },
        { CNIL_PAIRS_SHIFT_JIS, "a[\x83\x5d='//x']{b:'//y'}", "image //y" },
        { CNIL_PAIRS_SHIFT_JIS, "--\x83\x5b:'//x'", "image //x" },
        { CNIL_PAIRS_NONE, "--\x83\x5b:'//x'", "" },
        { CNIL_PAIRS_SHIFT_JIS, "a{\x83\x5c(url(//x))}", "image //x" },
        { CNIL_PAIRS_SHIFT_JIS, "a{b:url(x y\x83\x5c)c:url(//x)}", "image x\nimage //x" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct cnil_str css = cnil_str_from(tries[i].css);

        for (size_t cut = 0; cut <= css.len; cut++)
            check_in(tries[i].pairs, tries[i].css, css, tries[i].urls, NULL, cut, css.len);
        check_in(tries[i].pairs, tries[i].css, css, tries[i].urls, NULL, 0, 1);
    }
}

/* A caller that cannot wait gets what there is of a URL, and its rest apart. */
static void a_cut_keeps_nothing_back(void **state)
{
    static const struct {
        const char *before, *after, *urls;
    } tries[] = {
        { "a{b:url(//t", "x)}", "image //t..." },
        { "a{b:url(", "x)}", "image x" },
        { "a{b:url('//t", "x')c:'//y'}", "image //t...\nimage //y" },
        { "a{--b:'https://x", "/y'}", "image https://x..." },
        { "a{--b:'htt", "ps://x'}", "image htt..." },
        { "a{--b:'hto", "ps://x'}", "" },
        { "a{--b:'/", "/x'}", "image /..." },
        { "a{b:url('", "//x')}", "image //x" },
        { "a{--b:'", "//x'}", "image //x" },
        { "a{--b:'x", "https://x'}", "" },
        { "a{b:u", "rl(x)}", "image x" },
        { "a{b:url(x\\", ")y)}", "image x\xef\xbf\xbd..." },
        { "a{b:url(data:", "x)c:url(y)}", "image y" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(tries); i++) {
        struct cnil_css_scanner *scanner = cnil_css_scanner_new();
        struct trace trace;

        init_trace(&trace);
        assert_non_null(scanner);
        cnil_css_scanner_feed(scanner, cnil_str_from(tries[i].before), CNIL_CSS_CUT);
        assert_int_equal(take(scanner, &trace), CNIL_OK);
        assert_int_equal(cnil_css_scanner_held(scanner).len, 0);
        cnil_css_scanner_feed(scanner, cnil_str_from(tries[i].after), CNIL_CSS_END);
        assert_int_equal(take(scanner, &trace), CNIL_OK);
        if (!cnil_str_equal(cnil_buffer_str(&trace.urls), cnil_str_from(tries[i].urls)))
            fail_msg("%s: %.*s", tries[i].before, (int)trace.urls.len, trace.urls.ptr);
        assert_int_equal(trace.raws.len, strlen(tries[i].before) + strlen(tries[i].after));
        free_trace(&trace);
        cnil_css_scanner_free(scanner);
    }
}

static void it_can_be_used_again(void **state)
{
    struct cnil_css_scanner *scanner = cnil_css_scanner_new();
    struct trace trace;

    (void)state;
    init_trace(&trace);
    assert_non_null(scanner);
    cnil_css_scanner_feed(scanner, CNIL_STR("@font-face{a:'//x"), CNIL_CSS_MORE);
    assert_int_equal(take(scanner, &trace), CNIL_OK);
    assert_true(cnil_str_equal(cnil_css_scanner_held(scanner), CNIL_STR("//x")));
    cnil_css_scanner_begin(scanner);
    cnil_css_scanner_feed(scanner, CNIL_STR("b:url(y)"), CNIL_CSS_END);
    assert_int_equal(take(scanner, &trace), CNIL_OK);
    assert_true(cnil_str_equal(cnil_buffer_str(&trace.urls), CNIL_STR("image y")));
    free_trace(&trace);
    cnil_css_scanner_free(scanner);
}

static void without_memory_it_says_so(void **state)
{
    static const struct cnil_str parts[] = { CNIL_STR_INIT("a{b:url(x\\"), CNIL_STR_INIT("41y)}"), CNIL_STR_INIT("") };
    bool failed = true;

    (void)state;
    for (long allowed = 0; failed; allowed++) {
        struct cnil_css_scanner *scanner;
        struct cnil_css_token token;
        enum cnil_status status = CNIL_OK;
        size_t urls = 0;
        bool more;

        alloc_fail_after(allowed);
        scanner = cnil_css_scanner_new();
        for (size_t i = 0; scanner != NULL && i < COUNT(parts) && status == CNIL_OK; i++) {
            cnil_css_scanner_feed(scanner, parts[i], i + 1 < COUNT(parts) ? CNIL_CSS_MORE : CNIL_CSS_END);
            while ((status = cnil_css_scanner_next(scanner, &token, &more)) == CNIL_OK && more)
                urls += token.kind == CNIL_CSS_URL ? 1 : 0;
        }
        failed = alloc_failed() != 0;
        alloc_fail_after(-1);
        assert_true(failed ? scanner == NULL || status == CNIL_NO_MEMORY : urls == 1);
        cnil_css_scanner_free(scanner);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_do_not_depend_on_chunking),     cmocka_unit_test(urls_do_not_depend_on_what_follows),
        cmocka_unit_test(nul_is_part_of_names_and_urls),      cmocka_unit_test(deep_blocks_hide_nothing),
        cmocka_unit_test(long_urls_are_cut_off_at_one_place), cmocka_unit_test(characters_of_two_bytes_are_whole),
        cmocka_unit_test(a_cut_keeps_nothing_back),           cmocka_unit_test(it_can_be_used_again),
        cmocka_unit_test(without_memory_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
