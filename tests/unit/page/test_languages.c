/* SPDX-License-Identifier: Apache-2.0
 * In every language: what we write is whole. And which language a page asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "page/block.h"
#include "page/rewriter.h"
#include "web/html_tokenizer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LIMIT = 1024 * 1024, DEPTH = 32, NOW = 1795478400 };

static struct cnil_policy *policy_of(const char *text)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    cnil_errors_init(&errors);
    policy = cnil_policy_parse(cnil_str_from(text), "p", &errors);
    cnil_errors_free(&errors);
    assert_non_null(policy);
    return policy;
}

/* ---- what we write ---- */

static bool is_void(struct cnil_str name)
{
    return cnil_str_equal(name, CNIL_STR("meta")) || cnil_str_equal(name, CNIL_STR("input")) ||
           cnil_str_equal(name, CNIL_STR("link"));
}

/* Every element that opens closes, in order; the block as XML, too: what has no content says so. */
static void assert_closed(const char *where, struct cnil_str html, bool is_xml)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(CNIL_LIMIT_TAG);
    struct cnil_str open[DEPTH];
    struct cnil_html_token token;
    size_t depth = 0;
    bool more = true;

    assert_non_null(tokenizer);
    cnil_html_tokenizer_feed(tokenizer, html, true);
    while (cnil_html_tokenizer_next(tokenizer, &token, &more) == CNIL_OK && more) {
        if (token.kind == CNIL_HTML_START_TAG && !is_void(token.name)) {
            if (token.self_closing || depth == DEPTH)
                fail_msg("%s: <%.*s>", where, (int)token.name.len, token.name.ptr);
            open[depth++] = token.name;
        } else if (token.kind == CNIL_HTML_START_TAG && is_xml && !token.self_closing) {
            fail_msg("%s: <%.*s> is not XML", where, (int)token.name.len, token.name.ptr);
        } else if (token.kind == CNIL_HTML_END_TAG) {
            if (depth == 0 || !cnil_str_equal(open[--depth], token.name))
                fail_msg("%s: </%.*s> closes nothing", where, (int)token.name.len, token.name.ptr);
        } else if (token.kind == CNIL_HTML_CUT || token.kind == CNIL_HTML_NOTHING) {
            fail_msg("%s: odd markup", where);
        }
    }
    assert_false(more);
    assert_int_equal(depth, 0);
    cnil_html_tokenizer_free(tokenizer);
}

static size_t count_of(const char *text, const char *needle)
{
    size_t count = 0;

    for (; (text = strstr(text, needle)) != NULL; text += strlen(needle))
        count++;
    return count;
}

static void must_hold(const char *where, const char *text, const char *needle)
{
    if (strstr(text, needle) == NULL)
        fail_msg("%s: \"%s\" is not in:\n%s", where, needle, text);
}

static void check_written(const char *where, struct cnil_buffer *out, enum cnil_language language, bool is_block)
{
    static const char *const unwanted[] = { "{}",
                                            "{day}",
                                            "{month}",
                                            "{year}",
                                            "|",
                                            "<p></p>",
                                            "<dd></dd>",
                                            "<h2></h2>",
                                            "></button>",
                                            "></a>",
                                            "<summary></summary>",
                                            "(null)" };
    char attributes[64];

    assert_int_equal(cnil_buffer_status(out), CNIL_OK);
    assert_closed(where, cnil_buffer_str(out), is_block);
    cnil_buffer_append_byte(out, '\0');
    assert_int_equal(cnil_buffer_status(out), CNIL_OK);
    for (size_t i = 0; i < COUNT(unwanted); i++)
        if (strstr(out->ptr, unwanted[i]) != NULL)
            fail_msg("%s holds \"%s\":\n%s", where, unwanted[i], out->ptr);
    snprintf(attributes, sizeof(attributes), "lang=\"%s\" dir=\"%s\"", cnil_language_tag(language).ptr,
             cnil_language_direction(language).ptr);
    must_hold(where, out->ptr, attributes);
}

enum { BLOCK, PRIVACY, PANEL, CONFIRM, RECEIPT, ERROR, PIECES };

static void write_piece(int piece, const struct cnil_policy *policy, enum cnil_language language,
                        const struct cnil_choice *choice, struct cnil_buffer *out)
{
    struct cnil_str back = CNIL_STR("/panier");

    switch (piece) {
    case BLOCK:
        cnil_block_write(policy, &(struct cnil_block_terms){ .language = language }, choice, NULL, back, out);
        break;
    case PRIVACY:
        cnil_block_privacy_page(policy, language, choice, out);
        break;
    case PANEL:
        cnil_block_panel_page(policy, language, choice, back, out);
        break;
    case CONFIRM:
        cnil_block_confirm_page(
            policy, language,
            &(struct cnil_block_question){ CNIL_STR("accept"), NULL, back, CNIL_STR("token"), false, CNIL_STR_EMPTY },
            out);
        break;
    case RECEIPT:
        cnil_block_receipt_page(policy, language, back, CNIL_STR("number"), out);
        break;
    default:
        cnil_block_error_page(policy, language, 404, out);
    }
}

static void every_language_is_whole(void **state)
{
    struct cnil_policy *policy = policy_of(
        "{\"site\": {\"language\": \"auto\", \"controller\": {\"name\": \"A\"}, \"contact\": {\"email\": "
        "\"a@example.fr\"}, \"dpo\": {\"name\": \"D\"}}, \"consent\": {\"domain\": \"example.fr\"},"
        " \"pages\": {\"privacy\": \"/p\", \"legal\": \"/l\", \"rights\": \"/r\"}, \"cookies\": {\"necessary\": ["
        "{\"name\": \"a\", \"ground\": \"cart\"}, {\"name\": \"b\", \"ground\": \"metering\"}]}}");
    const struct cnil_choice choices[] = {
        { .state = CNIL_CHOICE_NONE },
        { .state = CNIL_CHOICE_REFUSED, .minutes = NOW / 60 },
        { .state = CNIL_CHOICE_REFUSED, .is_signal = true },
        { .state = CNIL_CHOICE_GRANTED, .granted = 5, .minutes = NOW / 60 },
        { .state = CNIL_CHOICE_GRANTED, .granted = ~(cnil_purposes)0, .minutes = NOW / 60 },
    };
    struct cnil_buffer out;

    (void)state;
    cnil_buffer_init(&out, LIMIT);
    for (int l = 0; l < CNIL_LANGUAGES; l++) {
        enum cnil_language language = (enum cnil_language)l;

        for (int piece = 0; piece < PIECES; piece++) {
            for (size_t c = 0; c < (piece <= PANEL ? COUNT(choices) : 1); c++) {
                char where[64];

                snprintf(where, sizeof(where), "%s, piece %d, choice %zu", cnil_language_tag(language).ptr, piece, c);
                cnil_buffer_clear(&out);
                write_piece(piece, policy, language, &choices[c], &out);
                check_written(where, &out, language, piece == BLOCK);
                if (piece == BLOCK) /* what the form says that it was read in */
                    must_hold(where, out.ptr, "name=\"language\"");
                if (piece == BLOCK && c == 0) {
                    assert_int_equal(count_of(out.ptr, "value=\"refuse\""), 1);
                    assert_int_equal(count_of(out.ptr, "value=\"accept\""), 1);
                }
            }
        }
    }
    cnil_buffer_free(&out);
    cnil_policy_free(policy);
}

/* ---- what a page says of the block ---- */

static enum cnil_status write_block(void *data, const struct cnil_block_terms *terms, struct cnil_str *block)
{
    static char text[16];

    (void)data;
    snprintf(text, sizeof(text), "[%s%s]", cnil_language_tag(terms->language).ptr, terms->style_in_page ? "" : " file");
    *block = cnil_str_from(text);
    return CNIL_OK;
}

static const struct {
    const char *html, *tag; /* the policy offers German, Polish and, first, French; the request asks for Polish */
} pages[] = {
    { "<!doctype html><html lang=de><body>", "de" },
    { "<!doctype html><HTML LANG='DE-at'><body>", "de" },
    { "<!doctype html><html class=x lang=\" fr-FR \"><head></head><body>", "fr" },
    { "<!doctype html><html lang=en><body>", "pl" }, /* not offered */
    { "<!doctype html><html lang=\"\"><body>", "pl" },
    { "<!doctype html><html><body lang=de>", "pl" },
    { "<!doctype html><html lang=de lang=fr><body>", "de" },
    { "<!doctype html><html xml:lang=de><body>", "pl" }, /* that is XML's */
    { "<!doctype html><!--<html lang=de>--><html lang=fr><body>", "fr" },
    { "<!doctype html><!--[if !IE]><!--><html lang=de><!--<![endif]--><body>", "de" },
    { "<!doctype html><html><html lang=de><body>", "de" }, /* a browser adds what is not there yet */
    { "<!doctype html><html lang=en><html lang=de><body>", "pl" },
    { "<!doctype html><title><html lang=de></title><body>", "pl" },
    { "<!doctype html><template><html lang=de></template><body>", "pl" },
    { "<!doctype html><script>'<html lang=de>'</script><body>", "pl" },
    { "<!doctype html><body><html lang=de>", "pl" }, /* too late: the block is out */
    { "<!doctype html><p>", "pl" },
    { "<!doctype html><html lang='de&#45;DE'><body>", "pl" }, /* nobody writes that */
    { "<!doctype html><html lang=deutsch><body>", "pl" },
    /* a policy in the page forbids a style in it, whatever the language is */
    { "<!doctype html><meta http-equiv=Content-Security-Policy content=\"default-src 'self'\"><body>", "pl file" },
    { "<!doctype html><html lang=de><meta content='style-src' http-equiv=' content-security-POLICY'><body>",
      "de file" },
    { "<!doctype html><meta http-equiv=content-security-policy content='style-src &#x27;nonce-abd&#x27;'><body>",
      "pl file" },
    { "<!doctype html><meta http-equiv=content-security-policy content='style-src &#x27;nonce-abc&#x27;'><body>",
      "pl" },
    { "<!doctype html><meta http-equiv=content-security-policy content=\"style-src 'unsafe-inline'\">"
      "<meta http-equiv=content-security-policy content=\"style-src 'self'\"><html lang=de><body>",
      "de file" },
    { "<!doctype html><meta http-equiv=content-security-policy><body>", "pl" },
    { "<!doctype html><meta name=content-security-policy content='style-src'><body>", "pl" },
    { "<!doctype html><meta http-equiv=content-security-policy-report-only content='style-src'><body>", "pl" },
    { "<!doctype html><!--<meta http-equiv=content-security-policy content='style-src'>--><body>", "pl" },
    { "<!doctype html><body><meta http-equiv=content-security-policy content='style-src'>", "pl" }, /* it is out */
};

static void rewrite(const struct cnil_page *page, struct cnil_str html, size_t cut, struct cnil_buffer *out)
{
    struct cnil_choice choice = { .state = CNIL_CHOICE_NONE };
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_rewriter_options options = {
        .page = page,
        .choice = &choice,
        .arena = arena,
        .block = CNIL_STR_INIT("[pl]"),
        .insertion = CNIL_INSERT_IF_DOCUMENT,
        .terms = { .language = CNIL_LANGUAGE_PL, .style_in_page = true, .style_nonce = CNIL_STR_INIT("abc") },
        .write_block = write_block
    };
    struct cnil_rewriter *rewriter = cnil_rewriter_new(&options);
    struct cnil_span span;

    assert_non_null(rewriter);
    for (int part = 0; part < 2; part++) {
        assert_int_equal(
            cnil_rewriter_feed(rewriter, part == 0 ? cnil_str_slice(html, 0, cut) : cnil_str_slice(html, cut, html.len),
                               part == 1),
            CNIL_OK);
        while (cnil_rewriter_next(rewriter, &span) == CNIL_OK && span.len > 0)
            cnil_buffer_append(out, (struct cnil_str){ span.ptr, span.len });
    }
    cnil_rewriter_free(rewriter);
    cnil_arena_free(arena);
}

static void pages_say_their_language_and_policy(void **state)
{
    struct cnil_policy *policy =
        policy_of("{\"site\": {\"language\": \"auto\", \"languages\": [\"fr\", \"de\", \"pl\"]}}");
    struct cnil_arena *arena = cnil_arena_new(LIMIT);
    struct cnil_url url;
    struct cnil_page page;
    struct cnil_buffer out;

    (void)state;
    assert_int_equal(cnil_url_parse(CNIL_STR("https://example.fr/"), NULL, arena, &url), CNIL_OK);
    cnil_page_init(&page, policy, &url);
    cnil_buffer_init(&out, LIMIT);
    for (size_t i = 0; i < COUNT(pages); i++) {
        struct cnil_str html = cnil_str_from(pages[i].html);
        char wanted[16];

        snprintf(wanted, sizeof(wanted), "[%s]", pages[i].tag);
        for (size_t cut = 0; cut <= html.len; cut++) {
            cnil_buffer_clear(&out);
            rewrite(&page, html, cut, &out);
            cnil_buffer_append_byte(&out, '\0');
            assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
            if (strstr(out.ptr, wanted) == NULL ||
                count_of(out.ptr, "[pl") + count_of(out.ptr, "[de") + count_of(out.ptr, "[fr") != 1)
                fail_msg("%s, cut at %zu: %s", html.ptr, cut, out.ptr);
        }
    }
    cnil_buffer_free(&out);
    cnil_arena_free(arena);
    cnil_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_language_is_whole),
        cmocka_unit_test(pages_say_their_language_and_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
