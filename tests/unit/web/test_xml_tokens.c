/* SPDX-License-Identifier: Apache-2.0
 * XML as the HTML tokenizer's tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "web/html_tokenizer.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* One word a token, its name in brackets; pieces of one are joined. S: start, E: end, T: text, C: comment or
 * instruction, D: doctype, I: internal subset, [: mark of a CDATA section, X: its text. */
static const struct {
    const char *xml, *tokens;
} cases[] = {
    { "<r/>", "S(r/)<r/>" },
    { "<a>x</a>", "S(a)<a> T(x) E(a)</a>" },
    { "<h:script src='a>b'/>", "S(script/)<h:script src='a>b'/>" },
    { "</_p:body >", "E(body)</_p:body >" },
    { "<_p:script/><:a/><\xc3\xa9 t='>'/>", "S(script/)<_p:script/> S(a/)<:a/> S(\xc3\xa9/)<\xc3\xa9 t='>'/>" },
    { "<title><b/></title>", "S(title)<title> S(b/)<b/> E(title)</title>" },
    { "<script>a<b/></script>", "S(script)<script> T(a) S(b/)<b/> E(script)</script>" },
    { "<style>a<!--b--></style>", "S(style)<style> T(a) C(<!--b-->) E(style)</style>" },
    { "<plaintext/><a/>", "S(plaintext/)<plaintext/> S(a/)<a/>" },
    { "<![CDATA[<a>]]]>b", "[(<![CDATA[) X(<a>]) [(]]>) T(b)" },
    { "<a><![CDATA[]]></a>", "S(a)<a> [(<![CDATA[) [(]]>) E(a)</a>" },
    { "<!--><a>--><b/>", "C(<!--><a>-->) S(b/)<b/>" },
    { "<!---><a>--><b/>", "C(<!---><a>-->) S(b/)<b/>" },
    { "<!----><a/>", "C(<!---->) S(a/)<a/>" },
    { "<!--a--!><b>--><c/>", "C(<!--a--!><b>-->) S(c/)<c/>" },
    { "<?x a>b?><c/>", "C(<?x a>b?>) S(c/)<c/>" },
    { "<?x?><c/>", "C(<?x?>) S(c/)<c/>" },
    { "<?xml version='1.0'?>\n<r/>", "C(<?xml version='1.0'?>) T(\n) S(r/)<r/>" },
    { "<?xml-stylesheet href='a'?><r/>", "S(xml-stylesheet)<?xml-stylesheet href='a'?> S(r/)<r/>" },
    { "<?xml-stylesheet href='?><r a='x'/>", "S(xml-stylesheet)<?xml-stylesheet href='?> S(r/)<r a='x'/>" },
    { "<?xml-stylesheets href='a'?>", "C(<?xml-stylesheets href='a'?>)" },
    { "<!DOCTYPE r><r/>", "D(<!DOCTYPE r>) S(r/)<r/>" },
    { "<!DOCTYPE r PUBLIC \"a>b\" 'c>'><r/>", "D(<!DOCTYPE r PUBLIC \"a>b\" 'c>'>) S(r/)<r/>" },
    { "<!DOCTYPE r [<!ENTITY a '<b>'>]><r/>", "D(<!DOCTYPE r ) I([<!ENTITY a '<b>'>]) D(>) S(r/)<r/>" },
    { "<!DOCTYPE r [<!--don't ]> --> <?it's ]> ?>] ><r/>",
      "D(<!DOCTYPE r ) I([<!--don't ]> --> <?it's ]> ?>]) D( >) S(r/)<r/>" },
    { "<!DOCTYPE r [<!-->'-->]><r/>", "D(<!DOCTYPE r ) I([<!-->'-->]) D(>) S(r/)<r/>" },
    { "<!DOCTYPE r []><r/>", "D(<!DOCTYPE r ) I([]) D(>) S(r/)<r/>" },
    { "<!DOCTYPE r [", "D(<!DOCTYPE r ) I([)" },
    { "a < b", "T(a < b)" },
    { "<a", "N(<a)" },
    { "<?xml-style", "N(<?xml-style)" },
};

struct trace {
    char last;
    struct cnil_buffer out, input;
};

static char word_of(const struct cnil_html_token *token)
{
    switch (token->kind) {
    case CNIL_HTML_TEXT:
        return token->text_mode == CNIL_HTML_CDATA_SECTION ? 'X' : 'T';
    case CNIL_HTML_START_TAG:
        return 'S';
    case CNIL_HTML_END_TAG:
        return 'E';
    case CNIL_HTML_COMMENT:
        return 'C';
    case CNIL_HTML_DOCTYPE:
        return token->is_subset ? 'I' : 'D';
    case CNIL_HTML_CDATA:
        return '[';
    default:
        return 'N';
    }
}

static void put_token(struct trace *trace, const struct cnil_html_token *token)
{
    char word = word_of(token);
    bool joins = word == trace->last && strchr("TXCDI", word) != NULL && !token->first;

    cnil_buffer_append(&trace->input, token->raw);
    if (joins) /* before the bracket */
        trace->out.len--;
    else
        cnil_buffer_print(&trace->out, trace->out.len > 0 ? " %c(" : "%c(", word);
    if (word == 'S' || word == 'E')
        cnil_buffer_print(&trace->out, "%.*s%s)", (int)token->name.len, token->name.ptr,
                          token->self_closing ? "/" : "");
    cnil_buffer_append(&trace->out, token->raw);
    if (word != 'S' && word != 'E')
        cnil_buffer_append_byte(&trace->out, ')');
    else
        assert_int_equal(token->ns, CNIL_HTML_NS_UNSURE);
    trace->last = word;
}

/* In two chunks, or byte by byte (`cut` past the end). */
static void tokenize(const char *xml, size_t cut, size_t max_tag_len, struct trace *trace)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(max_tag_len);
    size_t len = strlen(xml), at = 0;

    *trace = (struct trace){ .last = 0 };
    cnil_buffer_init(&trace->out, 1 << 16);
    cnil_buffer_init(&trace->input, 1 << 16);
    cnil_html_tokenizer_read_xml(tokenizer);
    do {
        size_t to = cut > len ? at + 1 : at < cut ? cut : len;
        char *chunk = malloc(to - at + 1);
        struct cnil_html_token token;
        bool more = true;

        memcpy(chunk, xml + at, to - at);
        cnil_html_tokenizer_feed(tokenizer, (struct cnil_str){ chunk, to - at }, to == len);
        for (;;) {
            assert_int_equal(cnil_html_tokenizer_next(tokenizer, &token, &more), CNIL_OK);
            if (!more)
                break;
            put_token(trace, &token);
        }
        free(chunk);
        at = to;
    } while (at < len);
    cnil_html_tokenizer_free(tokenizer);
}

static void xml_is_tokenized_at_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t cut = 0; cut <= strlen(cases[i].xml) + 1; cut++) {
            struct trace trace;

            tokenize(cases[i].xml, cut, CNIL_LIMIT_TAG, &trace);
            if (!cnil_str_equal(cnil_buffer_str(&trace.out), cnil_str_from(cases[i].tokens)))
                fail_msg("%s, cut at %zu: %.*s", cases[i].xml, cut, (int)trace.out.len, trace.out.ptr);
            assert_true(cnil_str_equal(cnil_buffer_str(&trace.input), cnil_str_from(cases[i].xml)));
            cnil_buffer_free(&trace.out);
            cnil_buffer_free(&trace.input);
        }
}

/* Tags and instructions that are longer than what is held come in pieces, the same ones. */
static void long_tags_come_in_pieces(void **state)
{
    static const char *documents[] = { "<aaaa:script src='0123456789012345678901234567890' b='c'/>",
                                       "<?xml-stylesheet href='0123456789012345678901234567890' b='c'?>",
                                       "<?other 0123456789012345678901234567890123456789?>" };

    (void)state;
    for (size_t i = 0; i < COUNT(documents); i++) {
        struct trace first, trace;

        tokenize(documents[i], strlen(documents[i]), 20, &first);
        for (size_t cut = 0; cut <= strlen(documents[i]) + 1; cut++) {
            tokenize(documents[i], cut, 20, &trace);
            assert_true(cnil_str_equal(cnil_buffer_str(&trace.out), cnil_buffer_str(&first.out)));
            assert_true(cnil_str_equal(cnil_buffer_str(&trace.input), cnil_str_from(documents[i])));
            cnil_buffer_free(&trace.out);
            cnil_buffer_free(&trace.input);
        }
        cnil_buffer_free(&first.out);
        cnil_buffer_free(&first.input);
    }
}

static void any_prefix_may_be_xlinks(void **state)
{
    static const struct cnil_str tag = CNIL_STR_INIT("<a q:href='x' href='y' q:hrefs='z'>");
    static const cnil_html_name ids[] = { CNIL_ATTR_XLINK_HREF, CNIL_ATTR_HREF };
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(CNIL_LIMIT_TAG);
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;
    struct cnil_html_token token;
    bool more;

    (void)state;
    cnil_html_tokenizer_read_xml(tokenizer);
    cnil_html_tokenizer_feed(tokenizer, tag, true);
    assert_int_equal(cnil_html_tokenizer_next(tokenizer, &token, &more), CNIL_OK);
    cnil_html_attributes_begin(&attributes, &token);
    for (size_t i = 0; cnil_html_attributes_next(&attributes, &attribute); i++)
        assert_true(i < 2 ? attribute.id == ids[i] : attribute.id != CNIL_ATTR_XLINK_HREF);
    cnil_html_tokenizer_free(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_is_tokenized_at_every_cut),
        cmocka_unit_test(long_tags_come_in_pieces),
        cmocka_unit_test(any_prefix_may_be_xlinks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
