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
#include "web/html_tokenizer.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BY_BYTES     ((size_t)-1) /* in place of a cut */

enum { LIMIT = 1024 * 1024, LONGEST_TAG = 65536 };

/* ---- tokens as text, one line each; the pieces of a text or comment are one line ---- */

struct trace {
    struct cnil_buffer out;   /* the lines */
    struct cnil_buffer input; /* the raws, end to end */
    struct cnil_buffer sent;  /* what a rewriter sends that only obeys the cuts */
    bool dropping;            /* the next token is not sent */
    bool open;                /* the last line may go on */
    enum cnil_html_kind kind;
    enum cnil_html_text_mode mode;
};

static void trace_init(struct trace *trace)
{
    *trace = (struct trace){ .dropping = false };
    cnil_buffer_init(&trace->out, LIMIT);
    cnil_buffer_init(&trace->input, LIMIT);
    cnil_buffer_init(&trace->sent, LIMIT);
}

static void trace_free(struct trace *trace)
{
    cnil_buffer_free(&trace->out);
    cnil_buffer_free(&trace->input);
    cnil_buffer_free(&trace->sent);
}

static const char *kind_word(const struct cnil_html_token *token)
{
    static const char *const texts[] = { "text", "rcdata", "rawtext", "script", "plaintext", "section" };
    static const char *const kinds[] = { "", "start", "end", "comment", "doctype", "cdata", "cut", "nothing" };

    return token->kind == CNIL_HTML_TEXT ? texts[token->text_mode] : kinds[token->kind];
}

static void put_flags(struct cnil_buffer *out, const struct cnil_html_token *token)
{
    static const char *const namespaces[] = { "", " svg", " math", " unsure" };

    cnil_buffer_print(out, "%s%s%s%s%s%s%s", token->kind == CNIL_HTML_START_TAG ? namespaces[token->ns] : "",
                      token->self_closing ? " /" : "", token->two_readings ? " two" : "",
                      token->inert && token->kind != CNIL_HTML_TEXT ? " inert" : "", token->noscript ? " noscript" : "",
                      token->drop_open ? " drop" : "", token->last ? "" : " more");
}

static void trace_token(struct trace *trace, const struct cnil_html_token *token)
{
    bool goes_on = trace->open && token->kind == trace->kind && !token->first &&
                   (token->kind != CNIL_HTML_TEXT || token->text_mode == trace->mode);
    bool in_pieces =
        token->kind == CNIL_HTML_TEXT || token->kind == CNIL_HTML_COMMENT || token->kind == CNIL_HTML_DOCTYPE;

    cnil_buffer_append(&trace->input, token->raw);
    cnil_buffer_append(&trace->sent, trace->dropping ? CNIL_STR_EMPTY : token->raw);
    cnil_buffer_append(&trace->sent, token->insert);
    if (trace->dropping)
        assert_int_equal(token->kind, CNIL_HTML_NOTHING);
    trace->dropping = token->drop_open;
    if (!goes_on) {
        if (trace->out.len > 0)
            cnil_buffer_append_byte(&trace->out, '\n');
        cnil_buffer_print(&trace->out, "%s", kind_word(token));
        if (token->name.len > 0)
            cnil_buffer_print(&trace->out, "(%.*s)", (int)token->name.len, token->name.ptr);
        if (!in_pieces)
            put_flags(&trace->out, token);
        cnil_buffer_append_byte(&trace->out, ' ');
    }
    cnil_buffer_append(&trace->out, token->raw);
    cnil_buffer_append(&trace->out, token->insert);
    trace->open = in_pieces;
    trace->kind = token->kind;
    trace->mode = token->text_mode;
}

/* Feeds a copy of its own, so that a view kept too long is seen by the sanitizer. */
static void feed(struct cnil_html_tokenizer *tokenizer, struct cnil_str chunk, bool last, struct trace *trace)
{
    char *copy = malloc(chunk.len > 0 ? chunk.len : 1);
    struct cnil_html_token token;
    bool more = true;

    assert_non_null(copy);
    if (chunk.len > 0)
        memcpy(copy, chunk.ptr, chunk.len);
    cnil_html_tokenizer_feed(tokenizer, (struct cnil_str){ copy, chunk.len }, last);
    for (;;) {
        assert_int_equal(cnil_html_tokenizer_next(tokenizer, &token, &more), CNIL_OK);
        if (!more)
            break;
        if (cnil_html_tokenizer_is_input(tokenizer, token.raw) && token.raw.len > 0)
            assert_true(token.raw.ptr >= copy && token.raw.ptr + token.raw.len <= copy + chunk.len);
        trace_token(trace, &token);
    }
    free(copy);
}

static void tokenize(struct cnil_str html, size_t cut, size_t max_tag_len, struct trace *trace)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(max_tag_len);

    assert_non_null(tokenizer);
    trace_init(trace);
    if (cut == BY_BYTES)
        for (size_t i = 0; i < html.len; i++)
            feed(tokenizer, cnil_str_slice(html, i, i + 1), false, trace);
    else
        feed(tokenizer, cnil_str_slice(html, 0, cut), cut == html.len, trace);
    if (cut != html.len)
        feed(tokenizer, cut == BY_BYTES ? CNIL_STR_EMPTY : cnil_str_slice(html, cut, html.len), true, trace);
    cnil_html_tokenizer_free(tokenizer);
    if (!cnil_str_equal(cnil_buffer_str(&trace->input), html))
        fail_msg("%.*s, cut at %zu: the raws are not the input", (int)html.len, html.ptr, cut);
}

static void check(const char *name, struct cnil_str html, size_t cut, size_t max_tag_len, const char *tokens)
{
    struct trace trace;

    tokenize(html, cut, max_tag_len, &trace);
    if (!cnil_str_equal(cnil_buffer_str(&trace.out), cnil_str_from(tokens)))
        fail_msg("%s, cut at %zd:\n%.*s\ninstead of\n%s", name, (ssize_t)cut, (int)trace.out.len, trace.out.ptr,
                 tokens);
    trace_free(&trace);
}

struct tokens_of {
    const char *name, *html, *tokens;
};

static void check_all(const struct tokens_of *cases, size_t count, size_t max_tag_len)
{
    for (size_t i = 0; i < count; i++) {
        struct cnil_str html = cnil_str_from(cases[i].html);

        check(cases[i].name, html, BY_BYTES, max_tag_len, cases[i].tokens);
        for (size_t cut = 0; cut <= html.len; cut++)
            check(cases[i].name, html, cut, max_tag_len, cases[i].tokens);
    }
}

/* ---- the tokenizer alone ---- */

static const struct tokens_of plain_cases[] = {
    { "a tag between texts", "a<b>c", "text a\nstart(b) <b>\ntext c" },
    { "a quoted > does not end the tag", "<a b='>'>x</a>", "start(a) <a b='>'>\ntext x\nend(a) </a>" },
    { "a quote in a name quotes nothing", "<a b\"=>c\">", "start(a) <a b\"=>\ntext c\">" },
    { "a quote in a bare value quotes nothing", "<a b=c\">d\">", "start(a) <a b=c\">\ntext d\">" },
    { "a quote after spaces quotes", "<a b \n= \t\">\">c", "start(a) <a b \n= \t\">\">\ntext c" },
    { "= can begin a name", "<a =\">c", "start(a) <a =\">\ntext c" },
    { "a lone < is text", "1 < 2 <p>", "text 1 < 2 \nstart(p) <p>" },
    { "< before < is text", "<<<b>", "text <<\nstart(b) <b>" },
    { "< at the end is text", "a<", "text a<" },
    { "</ at the end is text", "a</", "text a</" },
    { "</> is nothing", "a</>b", "text a\nnothing </>\ntext b" },
    { "</ before no letter is a comment", "</3 >a", "comment </3 >\ntext a" },
    { "self-closing", "<br/><a / ><a b=c/>", "start(br) / <br/>\nstart(a) <a / >\nstart(a) <a b=c/>" },
    { "an end tag has attributes", "</a b='>'/>c", "end(a) </a b='>'/>\ntext c" },
    { "a tag that does not end is nothing", "a<b c='d>", "text a\nnothing <b c='d>" },
    { "a comment", "<!-- a > b -- > c -->d", "comment <!-- a > b -- > c -->\ntext d" },
    { "a comment ended by --!>", "<!--a--!>b", "comment <!--a--!>\ntext b" },
    { "<!--> and <!---> are comments", "<!-->a<!--->b", "comment <!-->\ntext a\ncomment <!--->\ntext b" },
    { "<!--!> does not end", "<!--!>a-->b", "comment <!--!>a-->\ntext b" },
    { "<!---!> does not end", "<!---!>a-->b", "comment <!---!>a-->\ntext b" },
    { "a comment that does not end", "a<!--b-", "text a\ncomment <!--b-" },
    { "bogus comments", "<!a>b<?c?>d<!-e>f<!>",
      "comment <!a>\ntext b\ncomment <?c?>\ntext d\ncomment <!-e>\ntext f\n"
      "comment <!>" },
    { "a doctype", "<!DocType html \">\">a", "doctype <!DocType html \">\ntext \">a" },
    { "no doctype", "<!doctyp>a", "comment <!doctyp>\ntext a" },
    { "CDATA in HTML is a comment", "<![CDATA[a>b]]>", "comment <![CDATA[a>\ntext b]]>" },
    { "spaces of all kinds", "<a\tb\nc\fd\re f>", "start(a) <a\tb\nc\fd\re f>" },
    { "a name of other bytes", "<a\xc3\xa9\"<b>c", "start(a\xc3\xa9\"<b) <a\xc3\xa9\"<b>\ntext c" },
};

static void tokens_do_not_depend_on_chunking(void **state)
{
    (void)state;
    check_all(plain_cases, COUNT(plain_cases), LONGEST_TAG);
}

static void nul_is_a_byte_like_others(void **state)
{
    static const char html[] = "a\0b<c\0d e\0='\0'><!--\0-->";

    (void)state;
    for (size_t cut = 0; cut < sizeof(html); cut++) {
        struct trace trace;

        tokenize((struct cnil_str){ html, sizeof(html) - 1 }, cut, LONGEST_TAG, &trace);
        assert_int_equal(trace.kind, CNIL_HTML_COMMENT);
        trace_free(&trace);
    }
}

/* ---- with the tree builder's feedback ---- */

static const struct tokens_of tree_cases[] = {
    { "a title is RCDATA", "<title><b></titl></title >c",
      "start(title) <title>\nrcdata <b></titl>\nend(title) </title >\ntext c" },
    { "a style is raw text", "<STYLE><!--<b></style/>c",
      "start(STYLE) <STYLE>\nrawtext <!--<b>\nend(style) </style/>\ntext c" },
    { "names are compared whole", "<xmp></xm></xmpx></XMP\n>a",
      "start(xmp) <xmp>\nrawtext </xm></xmpx>\nend(XMP) </XMP\n>\ntext a" },
    { "raw text that does not end", "<iframe><b></iframe", "start(iframe) <iframe>\nrawtext <b></iframe" },
    { "plaintext never ends", "<plaintext></plaintext><b>", "start(plaintext) <plaintext>\nplaintext </plaintext><b>" },
    { "a script", "<script>a<b&&c</script>d", "start(script) <script>\nscript a<b&&c\nend(script) </script>\ntext d" },
    { "an escaped script", "<script><!--<b></script>-->",
      "start(script) <script>\nscript <!--<b>\nend(script) </script>\ntext -->" },
    { "a script escaped twice", "<script><!--<script></script>a</script>b",
      "start(script) <script>\nscript <!--<script></script>a\nend(script) </script>\ntext b" },
    { "… and back", "<script><!--<script >--></script>b",
      "start(script) <script>\nscript <!--<script >-->\nend(script) </script>\ntext b" },
    { "<!--> escapes nothing", "<script><!--><script></script>b",
      "start(script) <script>\nscript <!--><script>\nend(script) </script>\ntext b" },
    { "<scripts does not escape twice", "<script><!--<scripts></script>b",
      "start(script) <script>\nscript <!--<scripts>\nend(script) </script>\ntext b" },
    { "in SVG a style is markup", "<svg><style><b></style>",
      "start(svg) svg <svg>\nstart(style) svg <style>\nstart(b) <b>\nend(style) </style>" },
    { "in SVG a script is markup", "<svg><script>a&lt;<!--</script>--></script></svg><script><b>",
      "start(svg) svg <svg>\nstart(script) svg <script>\ntext a&lt;\ncomment <!--</script>-->\nend(script) </script>\n"
      "end(svg) </svg>\nstart(script) <script>\nscript <b>" },
    { "a section in SVG", "<svg><![CDATA[a>b]]]>c</svg><![CDATA[>",
      "start(svg) svg <svg>\ncdata <![CDATA[\nsection a>b]\ncdata ]]>\ntext c\nend(svg) </svg>\n"
      "comment <![CDATA[>" },
    { "a section that does not end", "<math><![CDATA[a]]", "start(math) math <math>\ncdata <![CDATA[\nsection a]]" },
    { "what closes itself holds nothing", "<svg/><style><b></style>",
      "start(svg) svg / <svg/>\nstart(style) <style>\nrawtext <b>\nend(style) </style>" },
    { "HTML in an integration point", "<svg><foreignObject><style><b></style></foreignObject><style><g>",
      "start(svg) svg <svg>\nstart(foreignObject) svg <foreignObject>\nstart(style) <style>\nrawtext <b>\n"
      "end(style) </style>\nend(foreignObject) </foreignObject>\nstart(style) svg <style>\nstart(g) svg <g>" },
    { "MathML text holds HTML but <mglyph>", "<math><mi><mglyph><malignmark></mglyph></mi><mi><b></b><xmp><i>",
      "start(math) math <math>\nstart(mi) math <mi>\nstart(mglyph) math <mglyph>\nstart(malignmark) math <malignmark>\n"
      "end(mglyph) </mglyph>\nend(mi) </mi>\nstart(mi) math <mi>\nstart(b) <b>\nend(b) </b>\nstart(xmp) <xmp>\n"
      "rawtext <i>" },
    { "annotation-xml by its encoding", "<math><annotation-xml encoding=Text/HTML><mglyph><xmp><i></xmp>",
      "start(math) math <math>\nstart(annotation-xml) math <annotation-xml encoding=Text/HTML>\n"
      "start(mglyph) <mglyph>\nstart(xmp) <xmp>\nrawtext <i>\nend(xmp) </xmp>" },
    { "annotation-xml without one", "<math><annotation-xml><svg><desc></desc><style><g>",
      "start(math) math <math>\nstart(annotation-xml) math <annotation-xml>\nstart(svg) svg <svg>\n"
      "start(desc) svg <desc>\nend(desc) </desc>\nstart(style) svg <style>\nstart(g) svg <g>" },
    { "a tag of HTML ends foreign content", "<svg><g><p><style><b>",
      "start(svg) svg <svg>\nstart(g) svg <g>\nstart(p) <p>\nstart(style) <style>\nrawtext <b>" },
    { "so does <font> with a colour", "<svg><font x=y><font color=z><style><b>",
      "start(svg) svg <svg>\nstart(font) svg <font x=y>\nstart(font) <font color=z>\nstart(style) <style>\nrawtext "
      "<b>" },
    { "so does </p>", "<svg></p><style><b>", "start(svg) svg <svg>\nend(p) </p>\nstart(style) <style>\nrawtext <b>" },
    { "template contents are inert", "<template><img></template><img>",
      "start(template) <template>\nstart(img) inert <img>\nend(template) inert </template>\nstart(img) <img>" },
    { "… but what may be opened again behind it", "<template><a><applet></template>x",
      "start(template) <template>\nstart(a) <a>\nstart(applet) inert <applet>\nend(template) inert </template>\ntext "
      "x" },
    { "… nor in a declarative shadow root", "<template ShadowRootMode=open><img>",
      "start(template) <template ShadowRootMode=open>\nstart(img) <img>" },
    { "in a template of columns all else is ignored", "<template><col><style></template><b>",
      "start(template) <template>\nstart(col) inert <col>\nstart(style) inert <style>\nend(template) inert "
      "</template>\n"
      "start(b) <b>" },
    { "</template> leaves what is open in it", "<template><svg><g></template><style><b>",
      "start(template) <template>\nstart(svg) svg inert <svg>\nstart(g) svg inert <g>\nend(template) inert "
      "</template>\n"
      "start(style) <style>\nrawtext <b>" },
    { "a frameset after text is ignored", "a<frameset><style><b>",
      "text a\nstart(frameset) <frameset>\nstart(style) <style>\nrawtext <b>" },
};

static void the_tree_builder_has_its_say(void **state)
{
    (void)state;
    check_all(tree_cases, COUNT(tree_cases), LONGEST_TAG);
}

/* ---- two readings ---- */

static const struct tokens_of doubtful_cases[] = {
    { "noscript as markup", "<noscript><img></noscript>a",
      "start(noscript) two <noscript>\nstart(img) noscript <img>\nend(noscript) </noscript>\ntext a" },
    { "a comment is closed", "<noscript><!-- <i></noscript>a",
      "start(noscript) two <noscript>\ncomment <!-- <i>\ncut -->\nend(noscript) </noscript>\ntext a" },
    { "an open tag is dropped", "<noscript><img alt='</noscript>a'>",
      "start(noscript) two <noscript>\ncut drop \nnothing <img alt='\nend(noscript) </noscript>\ntext a'>" },
    { "… at its name, too", "<noscript><b</noscript >a",
      "start(noscript) two <noscript>\ncut drop \nnothing <b\nend(noscript) </noscript >\ntext a" },
    { "an end tag is closed", "<noscript></b c=\"</noscript>a",
      "start(noscript) two <noscript>\nend(b) noscript </b c=\"\ncut \">\nend(noscript) </noscript>\ntext a" },
    { "an end tag before its value", "<noscript></b c=</noscript>a",
      "start(noscript) two <noscript>\nend(b) noscript </b c=\ncut \"\">\nend(noscript) </noscript>\ntext a" },
    { "raw text is closed", "<noscript><style><i></noscript>a</style>",
      "start(noscript) two <noscript>\nstart(style) noscript <style>\nrawtext <i>\ncut </style>\n"
      "end(noscript) </noscript>\ntext a\nend(style) </style>" },
    { "a script is closed", "<noscript><script>a</noscript>b",
      "start(noscript) two <noscript>\nstart(script) noscript <script>\nscript a\ncut </script>\n"
      "end(noscript) </noscript>\ntext b" },
    { "a script escaped twice is closed", "<noscript><script><!--<script></noscript>b",
      "start(noscript) two <noscript>\nstart(script) noscript <script>\nscript <!--<script>\ncut --></script>\n"
      "end(noscript) </noscript>\ntext b" },
    { "a bogus comment is closed", "<noscript><!a</noscript>b",
      "start(noscript) two <noscript>\ncomment <!a\ncut >\nend(noscript) </noscript>\ntext b" },
    { "a lone < was text", "<noscript><</noscript>b",
      "start(noscript) two <noscript>\ntext <\nend(noscript) </noscript>\ntext b" },
    { "</noscripts is another name", "<noscript><!--</noscripts--></noscript>b",
      "start(noscript) two <noscript>\ncomment <!--</noscripts-->\nend(noscript) </noscript>\ntext b" },
    { "the first </noscript> counts", "<noscript><noscript></noscript><i></noscript>",
      "start(noscript) two <noscript>\nstart(noscript) two noscript <noscript>\nend(noscript) </noscript>\nstart(i) "
      "<i>\n"
      "end(noscript) </noscript>" },
    { "SVG left open in noscript is in doubt until HTML comes",
      "<noscript><svg></noscript><style><p></style><style><b>",
      "start(noscript) two <noscript>\nstart(svg) svg noscript <svg>\nend(noscript) </noscript>\n"
      "start(style) unsure two <style>\nstart(p) <p>\nend(style) </style>\nstart(style) <style>\nrawtext <b>" },
    { "in SVG noscript is an element", "<svg><noscript><!--</noscript>-->",
      "start(svg) svg <svg>\nstart(noscript) svg <noscript>\ncomment <!--</noscript>-->" },
    { "raw text in select", "<select><style><!--</style><img>-->",
      "start(select) <select>\nstart(style) two <style>\ncomment <!--\ncut -->\nend(style) </style>\nstart(img) <img>\n"
      "text -->" },
    { "scripts and textareas are sure in select", "<select><script><b></script><textarea><b></textarea><xmp><b>",
      "start(select) <select>\nstart(script) <script>\nscript <b>\nend(script) </script>\nstart(textarea) <textarea>\n"
      "rcdata <b>\nend(textarea) </textarea>\nstart(xmp) <xmp>\nrawtext <b>" },
    { "what may have closed a select", "<select></table><select><style><b></style></select><style><b>",
      "start(select) <select>\nend(table) </table>\nstart(select) <select>\nstart(style) two <style>\nstart(b) <b>\n"
      "end(style) </style>\nend(select) </select>\nstart(style) <style>\nrawtext <b>" },
    { "a select in a select closes it", "<select><select><style><b>",
      "start(select) <select>\nstart(select) <select>\nstart(style) <style>\nrawtext <b>" },
    { "plaintext in select", "<select><plaintext><img>",
      "start(select) <select>\nstart(plaintext) two <plaintext>\nstart(img) <img>" },
    { "SVG in select", "<select><svg><style><b></style>",
      "start(select) <select>\nstart(svg) svg <svg>\nstart(style) unsure two <style>\nstart(b) <b>\nend(style) "
      "</style>" },
    { "an end tag from outside may end SVG", "<svg><g></div><title><b></title>",
      "start(svg) svg <svg>\nstart(g) svg <g>\nend(div) </div>\nstart(title) unsure two <title>\n"
      "start(b) unsure <b>\nend(title) </title>" },
    { "… a tag of HTML clears the doubt", "<svg></div><div><title><b>",
      "start(svg) svg <svg>\nend(div) </div>\nstart(div) <div>\nstart(title) <title>\nrcdata <b>" },
    { "a section in doubt", "<svg></div><![CDATA[a>b<i c=']]>'>",
      "start(svg) svg <svg>\nend(div) </div>\ncomment <![CDATA[a>\ntext b\ncut drop \nnothing <i c='\ntext ]]>'>" },
    { "a comment in a section in doubt", "<svg></div><![CDATA[><!--]]>-->",
      "start(svg) svg <svg>\nend(div) </div>\ncomment <![CDATA[>\ncomment <!--\ncut -->\ntext ]]>-->" },
    { "tags that end with the section", "<svg></div><![CDATA[><a b=c ]]></i ]]>",
      "start(svg) svg <svg>\nend(div) </div>\ncomment <![CDATA[>\nstart(a) unsure <a b=c ]]>\nend(i) </i ]]>" },
    { "a section that both end", "<svg></div><![CDATA[a]]>b",
      "start(svg) svg <svg>\nend(div) </div>\ncomment <![CDATA[a]]>\ntext b" },
    { "a section in an integration point", "<svg><desc><![CDATA[a><b></b>]]><i>",
      "start(svg) svg <svg>\nstart(desc) svg <desc>\ncomment <![CDATA[a>\nstart(b) <b>\nend(b) </b>\ntext ]]>\n"
      "start(i) <i>" },
    { "misnested HTML in an integration point", "<svg><desc><p><b></p></desc><style><i></style>",
      "start(svg) svg <svg>\nstart(desc) svg <desc>\nstart(p) <p>\nstart(b) <b>\nend(p) </p>\nend(desc) </desc>\n"
      "start(style) unsure two <style>\nstart(i) unsure <i>\nend(style) </style>" },
    { "an escaped script in doubt", "<svg></div><script><!--<script></script><img></script>",
      "start(svg) svg <svg>\nend(div) </div>\nstart(script) unsure two <script>\ncomment <!--<script>\ncut -->\n"
      "end(script) </script>\nstart(img) <img>\nend(script) </script>" },
    { "… ended by --!>", "<svg></div><script><!--<script>--!></script><img>",
      "start(svg) svg <svg>\nend(div) </div>\nstart(script) unsure two <script>\ncomment <!--<script>--!>\ncut -->\n"
      "end(script) </script>\nstart(img) <img>" },
    { "framesets ignore most", "<frameset><script><frame></script>",
      "start(frameset) <frameset>\nstart(script) unsure two <script>\nstart(frame) unsure <frame>\nend(script) "
      "</script>" },
    { "a reference may be of a space", "&#32;<frameset><style><b></style>",
      "text &#32;\nstart(frameset) <frameset>\nstart(style) unsure two <style>\nstart(b) unsure <b>\nend(style) "
      "</style>" },
};

static void where_readings_differ_they_are_made_to_meet(void **state)
{
    (void)state;
    check_all(doubtful_cases, COUNT(doubtful_cases), LONGEST_TAG);
}

/* What was cut once needs no cut the second time. */
static void cuts_are_idempotent(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(doubtful_cases); i++) {
        struct trace once, twice;

        tokenize(cnil_str_from(doubtful_cases[i].html), 0, LONGEST_TAG, &once);
        tokenize(cnil_buffer_str(&once.sent), 0, LONGEST_TAG, &twice);
        if (cnil_str_find(cnil_buffer_str(&twice.out), CNIL_STR("\ncut")) < twice.out.len)
            fail_msg("%s: %.*s", doubtful_cases[i].name, (int)twice.out.len, twice.out.ptr);
        trace_free(&once);
        trace_free(&twice);
    }
}

/* Deeper than what is remembered: everything is in doubt, nothing is forgotten. */
static void depth_is_bounded(void **state)
{
    struct cnil_buffer html;
    struct trace trace;

    (void)state;
    cnil_buffer_init(&html, LIMIT);
    cnil_buffer_append(&html, CNIL_STR("<svg>"));
    for (int i = 0; i < 1000; i++)
        cnil_buffer_append(&html, i % 2 == 0 ? CNIL_STR("<g>") : CNIL_STR("<linearGradient>"));
    cnil_buffer_append(&html, CNIL_STR("<style><b></style>"));
    tokenize(cnil_buffer_str(&html), 0, LONGEST_TAG, &trace);
    assert_true(
        cnil_str_ends_with(cnil_buffer_str(&trace.out),
                           CNIL_STR("start(style) unsure two <style>\nstart(b) unsure <b>\nend(style) </style>")));
    trace_free(&trace);
    cnil_buffer_clear(&html);
    for (int i = 0; i < 100; i++)
        cnil_buffer_append(&html, CNIL_STR("<template>"));
    cnil_buffer_append(&html, CNIL_STR("<img>"));
    tokenize(cnil_buffer_str(&html), 0, LONGEST_TAG, &trace);
    assert_true(cnil_str_ends_with(cnil_buffer_str(&trace.out), CNIL_STR("start(img) unsure <img>")));
    trace_free(&trace);
    cnil_buffer_free(&html);
}

/* ---- long tags ---- */

static void long_tags_come_in_the_same_pieces_whatever_the_chunks(void **state)
{
    static const struct tokens_of cases[] = {
        { "as long as can be", "<a bbbb=ccccccc>x", "start(a) <a bbbb=ccccccc>\ntext x" },
        { "cut before an attribute", "<a bb=cc dd=eeee f>x",
          "start(a) unsure more <a bb=cc \nstart dd=eeee f>\ntext x" },
        { "cut inside a value", "<a b=c dd='0123456789abcdef'>x",
          "start(a) unsure more <a b=c \nstart unsure more dd='0123456789ab\nstart cdef'>\ntext x" },
        { "a long name", "<abcdefghijklmnopqrst u=v>x",
          "start(abcdefghijklmno) unsure more <abcdefghijklmno\nstart pqrst u=v>\ntext x" },
        { "not ended", "<a bbbb='0123456789a",
          "start(a) unsure more <a \nstart unsure more bbbb='0123456789\nnothing a" },
        { "a raw text element", "<style a=b c=ddd e=ffff><i></style>",
          "start(style) unsure more <style a=b \nstart c=ddd e=ffff>\nrawtext <i>\nend(style) </style>" },
        { "closed where readings meet", "<noscript><a bbb=c dd='eee</noscript>x",
          "start(noscript) two <noscript>\nstart(a) unsure noscript more <a bbb=c \nstart noscript dd='eee\ncut '>\n"
          "end(noscript) </noscript>\ntext x" },
    };

    (void)state;
    check_all(cases, COUNT(cases), 16);
}

/* By one initial after the other: the same attributes without the others. */
static void check_attributes_by_initial(const struct cnil_html_token *token)
{
    for (unsigned bit = 0; bit <= 32; bit++) {
        uint32_t initials = bit < 32 ? (uint32_t)1 << bit : UINT32_MAX;
        struct cnil_html_attributes all, some;
        struct cnil_html_attribute of_all, of_some;

        cnil_html_attributes_begin(&all, token);
        cnil_html_attributes_begin(&some, token);
        while (cnil_html_attributes_next(&all, &of_all)) {
            if (of_all.name.len > 0 && (cnil_html_initial(*of_all.name.ptr) & initials) == 0)
                continue;
            assert_true(cnil_html_attributes_next_of(&some, initials, &of_some));
            assert_ptr_equal(of_some.raw.ptr, of_all.raw.ptr);
            assert_int_equal(of_some.raw.len, of_all.raw.len);
            assert_true(of_some.id == of_all.id && of_some.open == of_all.open && !of_some.duplicate);
            assert_true(cnil_str_equal(of_some.name, of_all.name) && cnil_str_equal(of_some.value, of_all.value));
        }
        assert_false(cnil_html_attributes_next_of(&some, initials, &of_some));
    }
}

/* Reads all attributes of the tag in `html`, its pieces after one another: "[name=value]", '+' where it goes on. */
static void read_attributes(const char *html, size_t max_tag_len, struct cnil_buffer *out)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(max_tag_len);
    struct cnil_html_attributes iterator;
    struct cnil_html_attribute attribute;
    struct cnil_html_token token;
    bool more = true;

    assert_non_null(tokenizer);
    cnil_html_tokenizer_feed(tokenizer, cnil_str_from(html), true);
    for (;;) {
        assert_int_equal(cnil_html_tokenizer_next(tokenizer, &token, &more), CNIL_OK);
        if (!more)
            break;
        if (token.kind != CNIL_HTML_START_TAG)
            continue;
        check_attributes_by_initial(&token);
        cnil_html_attributes_begin(&iterator, &token);
        while (cnil_html_attributes_next(&iterator, &attribute)) {
            cnil_buffer_print(out, "[%.*s", (int)attribute.name.len, attribute.name.ptr);
            if (attribute.has_value)
                cnil_buffer_print(out, "=%.*s", (int)attribute.value.len, attribute.value.ptr);
            cnil_buffer_print(out, "%s%s]", attribute.duplicate ? " again" : "", attribute.open ? " +" : "");
            assert_true(attribute.id == cnil_html_name_of(attribute.name));
        }
    }
    cnil_html_tokenizer_free(tokenizer);
}

static void attributes_are_read_as_browsers_do(void **state)
{
    static const struct {
        const char *html;
        size_t max_tag_len;
        const char *attributes;
    } cases[] = {
        { "<a>", LONGEST_TAG, "" },
        { "<a >", LONGEST_TAG, "" },
        { "<a/>", LONGEST_TAG, "" },
        { "<a b>", LONGEST_TAG, "[b]" },
        { "<a b/c>", LONGEST_TAG, "[b][c]" },
        { "<a/b>", LONGEST_TAG, "[b]" },
        { "<a b=c d='e' f=\"g\">", LONGEST_TAG, "[b=c][d=e][f=g]" },
        { "<a b = c>", LONGEST_TAG, "[b=c]" },
        { "<a b=>", LONGEST_TAG, "[b=]" },
        { "<a b=''>", LONGEST_TAG, "[b=]" },
        { "<a b=c/>", LONGEST_TAG, "[b=c/]" },
        { "<a b=/c/d>", LONGEST_TAG, "[b=/c/d]" },
        { "<a b='c'd>", LONGEST_TAG, "[b=c][d]" },
        { "<a =b>", LONGEST_TAG, "[=b]" },
        { "<a ==b>", LONGEST_TAG, "[==b]" },
        { "<a b==c>", LONGEST_TAG, "[b==c]" },
        { "<a b=c\"d'e=f>", LONGEST_TAG, "[b=c\"d'e=f]" },
        { "<a b c\n=\n\"d>e\">", LONGEST_TAG, "[b][c=d>e]" },
        { "<a SRC=1 src=2 b=3 Src>", LONGEST_TAG, "[SRC=1][src=2 again][b=3][Src again]" },
        { "<a \xc3\xa9=1 \xc3\xa9=2>", LONGEST_TAG, "[\xc3\xa9=1][\xc3\xa9=2 again]" },
        { "<a bb=cc dd=ee f>", 16, "[bb=cc][dd=ee][f]" },
        { "<a b=c dd='0123456789abcdef' g=h>", 16, "[b=c][dd=0123456789ab +][=cdef][g=h]" },
        { "<a b=c dd=0123456789abcdef g=h>", 16, "[b=c][dd=0123456789abc +][=def][g=h]" },
        { "<a b=c d                =  'e' g>", 16, "[b=c][d +][=e][g]" },
        { "<a b=c d=                  'e' g>", 16, "[b=c][d= +][=e][g]" },
        { "<a b=c 0123456789abcdefghi=j k>", 16, "[b=c][0123456789abcdef +][=j][k]" },
        { "<a b=c 0123456789abcdefghi k>", 16, "[b=c][0123456789abcdef +][][k]" },
    };
    struct cnil_buffer out;

    (void)state;
    cnil_buffer_init(&out, LIMIT);
    for (size_t i = 0; i < COUNT(cases); i++) {
        cnil_buffer_clear(&out);
        read_attributes(cases[i].html, cases[i].max_tag_len, &out);
        if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(cases[i].attributes)))
            fail_msg("%s: %.*s", cases[i].html, (int)out.len, out.ptr);
    }
    cnil_buffer_free(&out);
}

static void duplicates_are_told_up_to_a_bound(void **state)
{
    struct cnil_buffer html, out;

    (void)state;
    cnil_buffer_init(&html, LIMIT);
    cnil_buffer_init(&out, LIMIT);
    cnil_buffer_append(&html, CNIL_STR("<a"));
    for (int i = 0; i < CNIL_LIMIT_ATTRIBUTES; i++)
        cnil_buffer_print(&html, " a%d", i);
    cnil_buffer_print(&html, " a%d b b>%c", CNIL_LIMIT_ATTRIBUTES - 1, '\0');
    read_attributes(html.ptr, LONGEST_TAG, &out);
    assert_true(cnil_str_ends_with(cnil_buffer_str(&out), CNIL_STR(" again][b][b]")));
    cnil_buffer_free(&html);
    cnil_buffer_free(&out);
}

/* ---- the rest of the contract ---- */

static void a_start_state_turns_feedback_off(void **state)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(LONGEST_TAG);
    struct trace trace;

    (void)state;
    assert_non_null(tokenizer);
    trace_init(&trace);
    assert_int_equal(
        cnil_html_tokenizer_start_in(tokenizer, CNIL_HTML_RCDATA, CNIL_STR("a-name-that-is-longer-than-any-other")),
        CNIL_TOO_LARGE);
    assert_int_equal(cnil_html_tokenizer_start_in(tokenizer, CNIL_HTML_RCDATA, CNIL_STR("Title")), CNIL_OK);
    feed(tokenizer, CNIL_STR("<b></title><style><b>"), true, &trace);
    assert_true(cnil_str_equal(cnil_buffer_str(&trace.out),
                               CNIL_STR("rcdata <b>\nend(title) </title>\nstart(style) <style>\nstart(b) <b>")));
    trace_free(&trace);
    cnil_html_tokenizer_free(tokenizer);
}

static void unchanged_bytes_are_not_copied(void **state)
{
    static const char html[] = "a<b c='d'>e<!--f--><script>g</script>";
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(LONGEST_TAG);
    struct cnil_html_token token;
    bool more = true;

    (void)state;
    assert_non_null(tokenizer);
    cnil_html_tokenizer_feed(tokenizer, (struct cnil_str){ html, sizeof(html) - 1 }, true);
    for (;;) {
        assert_int_equal(cnil_html_tokenizer_next(tokenizer, &token, &more), CNIL_OK);
        if (!more)
            break;
        assert_true(cnil_html_tokenizer_is_input(tokenizer, token.raw));
    }
    assert_false(cnil_html_tokenizer_is_input(tokenizer, CNIL_STR("elsewhere")));
    cnil_html_tokenizer_free(tokenizer);
}

static void text_comes_without_waiting(void **state)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(LONGEST_TAG);
    struct trace trace;

    (void)state;
    assert_non_null(tokenizer);
    trace_init(&trace);
    feed(tokenizer, CNIL_STR("<p>a <!-- b"), false, &trace);
    assert_true(cnil_str_equal(cnil_buffer_str(&trace.out), CNIL_STR("start(p) <p>\ntext a \ncomment <!-- b")));
    feed(tokenizer, CNIL_STR(" --><script>c</scri"), false, &trace);
    assert_true(cnil_str_ends_with(cnil_buffer_str(&trace.out), CNIL_STR("start(script) <script>\nscript c")));
    trace_free(&trace);
    cnil_html_tokenizer_free(tokenizer);
}

static void memory_may_fail_anywhere(void **state)
{
    static const struct cnil_str halves[] = { CNIL_STR_INIT("<noscript><img a='"), CNIL_STR_INIT("b'></noscript>") };
    long allowed = 0;

    (void)state;
    do {
        struct cnil_html_tokenizer *tokenizer;
        enum cnil_status status = CNIL_OK;
        struct cnil_html_token token;
        bool more = true;

        alloc_fail_after(allowed++);
        tokenizer = cnil_html_tokenizer_new(LONGEST_TAG);
        for (size_t i = 0; tokenizer != NULL && i < COUNT(halves) && status == CNIL_OK; i++) {
            cnil_html_tokenizer_feed(tokenizer, halves[i], i + 1 == COUNT(halves));
            do {
                status = cnil_html_tokenizer_next(tokenizer, &token, &more);
            } while (status == CNIL_OK && more);
        }
        assert_int_equal(alloc_failed(), tokenizer == NULL || status == CNIL_NO_MEMORY);
        cnil_html_tokenizer_free(tokenizer);
    } while (alloc_failed());
    alloc_fail_after(-1);
    assert_true(allowed > 2); /* the tokenizer itself, and what it holds over a border */
    cnil_html_tokenizer_free(NULL);
}

/* ---- passing over ---- */

static uint32_t initials_of_b(cnil_html_name tag)
{
    return tag == CNIL_TAG_B ? cnil_html_initial('b') : 0;
}

/* Worth a look: an attribute x, and b on a <b>, but not with this value. */
static bool is_plain(void *context, cnil_html_name tag, const struct cnil_html_attribute *attribute)
{
    bool is_b = cnil_str_equal_nocase(attribute->name, CNIL_STR("b")) && tag == CNIL_TAG_B;
    bool is_x = cnil_str_equal_nocase(attribute->name, CNIL_STR("x"));

    ++*(unsigned *)context;
    return (!is_b && !is_x) || cnil_str_equal(attribute->value, CNIL_STR("plain"));
}

/* A token, or a run of text or comment, and where it stands in the input. */
struct place {
    size_t from, to;
    struct cnil_html_token token;
};

struct places {
    struct place list[64];
    size_t count;
};

static void add_place(struct places *places, const struct cnil_html_token *token, size_t from)
{
    struct place *before = places->count > 0 ? &places->list[places->count - 1] : NULL;

    if (before != NULL && before->token.kind == token->kind && !token->first && token->name.ptr == NULL &&
        token->tag == CNIL_HTML_OTHER) {
        before->to += token->raw.len;
        return;
    }
    assert_true(places->count < COUNT(places->list));
    places->list[places->count++] = (struct place){ from, from + token->raw.len, *token };
}

static const struct place *place_of(const struct places *places, size_t at)
{
    for (size_t i = 0; i < places->count; i++)
        if (places->list[i].from <= at && at < places->list[i].to)
            return &places->list[i];
    return NULL;
}

/* May all that is in [from, to) be passed over? `places` are views of `html`. */
static void check_passed(const char *name, const struct places *places, size_t from, size_t to)
{
    for (size_t at = from; at < to;) {
        const struct place *place = place_of(places, at);
        struct cnil_html_attributes attributes;
        struct cnil_html_attribute attribute;
        unsigned asked = 0;

        assert_non_null(place);
        if (place->token.kind == CNIL_HTML_TEXT) {
            assert_int_equal(place->token.text_mode, CNIL_HTML_DATA);
        } else if (place->from != at || place->to > to) {
            fail_msg("%s: passed over a part of %.*s", name, (int)place->token.raw.len, place->token.raw.ptr);
        } else if (place->token.kind == CNIL_HTML_START_TAG) {
            assert_int_equal(place->token.text_mode, CNIL_HTML_DATA);
            assert_int_equal(place->token.ns, CNIL_HTML_NS_HTML);
            cnil_html_attributes_begin(&attributes, &place->token);
            while (cnil_html_attributes_next(&attributes, &attribute))
                if (!is_plain(&asked, place->token.tag, &attribute))
                    fail_msg("%s: passed over %.*s", name, (int)place->token.raw.len, place->token.raw.ptr);
        } else {
            assert_int_equal(place->token.kind, CNIL_HTML_END_TAG);
        }
        at = place->to;
    }
}

/* What is passed over is text and plain tags; everything else comes as it comes without, and is added to `seen`. */
static void pass(const char *name, struct cnil_str html, size_t cut, size_t max_tag_len, const struct places *places,
                 struct cnil_buffer *seen)
{
    static const uint64_t all_tags[4] = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
    unsigned asked = 0;
    const struct cnil_html_filter filter = { all_tags, initials_of_b, cnil_html_initial('x'), is_plain, &asked };
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(max_tag_len);
    size_t at = 0;

    assert_non_null(tokenizer);
    for (size_t from = 0; from < html.len; from = from < cut ? cut : html.len) {
        struct cnil_str chunk = cnil_str_slice(html, from, from < cut ? cut : html.len);
        char *copy = malloc(chunk.len + 1);
        bool more = true;

        assert_non_null(copy);
        memcpy(copy + 1, chunk.ptr, chunk.len); /* what is read past the end is seen by the sanitizer */
        cnil_html_tokenizer_feed(tokenizer, (struct cnil_str){ copy + 1, chunk.len }, from + chunk.len == html.len);
        while (more) {
            struct cnil_str passed = cnil_html_tokenizer_pass(tokenizer, &filter);
            struct cnil_html_token token;
            const struct place *place;

            if (passed.len > 0) {
                assert_ptr_equal(passed.ptr, copy + 1 + at - from);
                check_passed(name, places, at, at + passed.len);
            }
            at += passed.len;
            assert_int_equal(cnil_html_tokenizer_next(tokenizer, &token, &more), CNIL_OK);
            if (!more || token.raw.len == 0)
                continue;
            place = place_of(places, at);
            if (place == NULL || place->token.kind != token.kind || place->token.tag != token.tag ||
                place->token.text_mode != token.text_mode || place->token.ns != token.ns ||
                (token.first && token.kind != CNIL_HTML_TEXT && place->from != at) ||
                token.first != (place->from == at && place->token.first) ||
                (token.last && token.kind != CNIL_HTML_TEXT && place->to != at + token.raw.len))
                fail_msg("%s, cut at %zu: %.*s is another token behind what was passed over", name, cut,
                         (int)token.raw.len, token.raw.ptr);
            at += token.raw.len;
            cnil_buffer_append(seen, token.raw);
        }
        free(copy);
    }
    assert_int_equal(at, html.len);
    cnil_html_tokenizer_free(tokenizer);
}

/* Leaves in `seen` what was not passed over where the input was not cut. */
static void pass_at_every_cut(const char *name, const char *text, size_t max_tag_len, struct cnil_buffer *seen)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(max_tag_len);
    struct cnil_buffer html;
    struct cnil_html_token token;
    struct places places = { .count = 0 };
    size_t at = 0;
    bool more;

    assert_non_null(tokenizer);
    cnil_buffer_init(&html, LIMIT);
    cnil_buffer_print(&html, "<body>%s", text); /* before it a <frameset> might come */
    cnil_html_tokenizer_feed(tokenizer, cnil_buffer_str(&html), true);
    while (cnil_html_tokenizer_next(tokenizer, &token, &more) == CNIL_OK && more) {
        if (token.raw.len > 0)
            add_place(&places, &token, at);
        at += token.raw.len;
    }
    cnil_html_tokenizer_free(tokenizer);
    for (size_t cut = 0; cut <= html.len; cut++) {
        cnil_buffer_clear(seen);
        pass(name, cnil_buffer_str(&html), cut, max_tag_len, &places, seen);
    }
    cnil_buffer_free(&html);
}

static void what_nobody_looks_at_is_passed_over(void **state)
{
    static const struct {
        const char *html, *seen;
        size_t max_tag_len;
    } cases[] = {
        { "text", "", LONGEST_TAG },
        { "<p>a</p >b", "</p >", LONGEST_TAG }, /* attributes may follow */
        { "<p a=b c='d' e=\"f\" g h = i/><br/></p>", "", LONGEST_TAG },
        { "<p a='>' b=\">\">x<p a=\"<script>\">", "", LONGEST_TAG },
        { "<p =x ==x x =plain>y<p a<x ?x \x01x>z<p ==x x =y>", "<p ==x x =y>", LONGEST_TAG },
        { "a<p x>b<p X=c>d", "<p x><p X=c>", LONGEST_TAG },
        { "<p x=plain>y<p x='plain' x=y>z", "<p x='plain' x=y>", LONGEST_TAG },
        { "<p b=c>y<b b=c>z<b b=plain>", "<b b=c>", LONGEST_TAG },
        { "<p/x>y<p a=b/x>z<p a='b'x>", "<p/x><p a='b'x>", LONGEST_TAG },
        { "1 < 2, <3<p>x", "< 2, <3", LONGEST_TAG },
        { "a</>b</3>c<!d>e<?f>g", "</></3><!d><?f>", LONGEST_TAG },
        { "<p><!-- <b> --></p>", "<!-- <b> -->", LONGEST_TAG },
        { "<h1>a<h2 b>c</H1><my-long-element-name>d", "", LONGEST_TAG },
        { "<a\xc3\xa9 b>c</a\xc3\xa9>d<a\"b>e</a'>f", "", LONGEST_TAG },
        { "<p>a<p a='b", "<p a='b", LONGEST_TAG },
        { "<p>a<p a=b", "<p a=b", LONGEST_TAG },
        { "<p>a<p a", "<p a", LONGEST_TAG },
        { "<p>a<p a=", "<p a=", LONGEST_TAG },
        { "<p>a<p ", "<p ", LONGEST_TAG },
        { "<p>a<p", "<p", LONGEST_TAG },
        { "<p>a</p", "</p", LONGEST_TAG },
        { "<p>a</", "</", LONGEST_TAG },
        { "<p>a<", "<", LONGEST_TAG },
        { "<p a=1234567890>x<p a=12345678901>y", "<p a=12345678901>", 16 }, /* too long to come whole */
        { "<p><script>x<p></script><p>", "<script>x<p>", LONGEST_TAG },
        { "<p><svg><p x>y<svg><g></g></svg><p>", "<svg><p x><svg><g></g></svg>", LONGEST_TAG },
        { "<p><textarea><p></textarea>a", "<textarea><p>", LONGEST_TAG },
        { "<noscript><p></noscript><p>", "<noscript><p></noscript>", LONGEST_TAG },
        { "<template><p></template><p>", "<template><p></template>", LONGEST_TAG },
    };
    struct cnil_buffer seen;

    (void)state;
    cnil_buffer_init(&seen, LIMIT);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str looked_at;

        pass_at_every_cut(cases[i].html, cases[i].html, cases[i].max_tag_len, &seen);
        looked_at = cnil_str_slice(cnil_buffer_str(&seen), strlen("<body>"), seen.len);
        if (!cnil_str_equal(looked_at, cnil_str_from(cases[i].seen)))
            fail_msg("%s: %.*s is looked at", cases[i].html, (int)looked_at.len, looked_at.ptr);
    }
    for (size_t i = 0; i < COUNT(plain_cases); i++)
        pass_at_every_cut(plain_cases[i].name, plain_cases[i].html, LONGEST_TAG, &seen);
    for (size_t i = 0; i < COUNT(tree_cases); i++)
        pass_at_every_cut(tree_cases[i].name, tree_cases[i].html, LONGEST_TAG, &seen);
    for (size_t i = 0; i < COUNT(doubtful_cases); i++)
        pass_at_every_cut(doubtful_cases[i].name, doubtful_cases[i].html, LONGEST_TAG, &seen);
    cnil_buffer_free(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_do_not_depend_on_chunking),
        cmocka_unit_test(nul_is_a_byte_like_others),
        cmocka_unit_test(the_tree_builder_has_its_say),
        cmocka_unit_test(where_readings_differ_they_are_made_to_meet),
        cmocka_unit_test(cuts_are_idempotent),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(long_tags_come_in_the_same_pieces_whatever_the_chunks),
        cmocka_unit_test(attributes_are_read_as_browsers_do),
        cmocka_unit_test(duplicates_are_told_up_to_a_bound),
        cmocka_unit_test(a_start_state_turns_feedback_off),
        cmocka_unit_test(unchanged_bytes_are_not_copied),
        cmocka_unit_test(text_comes_without_waiting),
        cmocka_unit_test(memory_may_fail_anywhere),
        cmocka_unit_test(what_nobody_looks_at_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
