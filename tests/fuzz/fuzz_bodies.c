/* SPDX-License-Identifier: Apache-2.0
 * libFuzzer target on what stands before the rewriter, and on the rewriter of all that is not HTML: what must hold for
 * any bytes.
 *
 * The first byte says how the rest is read: as a body of some codings and charset, or as an XML document, a style
 * sheet, speculation rules, a manifest, a playlist, a worker's script.
 *
 * split invariance   the same bytes come out, however the input was cut (until an error, which comes all the same)
 * bounds             blocks of CNIL_LIMIT_DECODED at most; an end to all that swells
 * identity           the raw views of XML's tokens, put end to end, are the input
 * idempotence        what was held back once needs nothing the second time
 * restraint          where all is allowed, the output is the input (but for XML); of a worker's script, that and what
 *                    goes before it and around what it imports */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/intake.h"
#include "page/rewriter.h"
#include "events.h"
#include "web/html_tokenizer.h"

enum { INPUT_MAX = 1 << 16, OUTPUT_MAX = 1 << 26 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

/* A chunk in memory of its own, of `size` bytes at most. */
static struct cnil_str lend(struct cnil_str *rest, size_t size)
{
    size_t len = rest->len < size ? rest->len : size;
    char *chunk = malloc(len > 0 ? len : 1);

    require(chunk != NULL, "no memory");
    if (len > 0)
        memcpy(chunk, rest->ptr, len);
    *rest = cnil_str_slice(*rest, len, rest->len);
    return (struct cnil_str){ chunk, len };
}

static enum cnil_status read_body(const struct cnil_reading *reading, struct cnil_str body, size_t size,
                                  struct cnil_buffer *out)
{
    struct cnil_intake *intake = cnil_intake_new(reading);
    enum cnil_status status = CNIL_OK;
    bool last = false, ended = false;

    require(intake != NULL, "no memory");
    cnil_buffer_init(out, OUTPUT_MAX);
    while (!last && status == CNIL_OK) {
        struct cnil_str chunk = lend(&body, size);
        struct cnil_piece piece;

        last = body.len == 0;
        cnil_intake_feed(intake, chunk, last);
        while ((status = cnil_intake_next(intake, &piece)) == CNIL_OK && piece.bytes.len > 0) {
            require(piece.from_input == (piece.bytes.ptr >= chunk.ptr && piece.bytes.ptr < chunk.ptr + chunk.len),
                    "a piece does not lie where it says");
            require(piece.from_input || piece.bytes.len <= CNIL_LIMIT_DECODED, "a block is too long");
            require(!ended, "a piece comes behind the last");
            ended = piece.last;
            cnil_buffer_append(out, piece.bytes);
        }
        require(status != CNIL_OK || ended || last == piece.last, "the last piece did not come");
        free((char *)chunk.ptr);
    }
    cnil_intake_free(intake);
    return status;
}

static void check_body(unsigned kind, struct cnil_str body)
{
    struct cnil_reading reading = { .charset = (enum cnil_charset)(kind & 7) % CNIL_CHARSET_REPLACEMENT };
    struct cnil_buffer whole, cut;
    enum cnil_status status;

    reading.codings.count = kind >> 3 & 3;
    for (size_t i = 0; i < reading.codings.count; i++)
        reading.codings.list[i] = (enum cnil_coding)((kind >> 5) + i) % 4;
    reading.is_untyped = reading.codings.count == 0 && (kind & 0x20) != 0;
    reading.content = reading.codings.count == 0 && (kind & 0x40) != 0 ? CNIL_CONTENT_XML : CNIL_CONTENT_HTML;
    status = read_body(&reading, body, INPUT_MAX, &whole);
    for (size_t size = 1; size < 5; size += 3) {
        enum cnil_status other = read_body(&reading, body, size, &cut);

        require((status == CNIL_OK) == (other == CNIL_OK), "an error depends on the chunks");
        if (status == CNIL_OK)
            require(cnil_str_equal(cnil_buffer_str(&whole), cnil_buffer_str(&cut)), "a body depends on its chunks");
        cnil_buffer_free(&cut);
    }
    cnil_buffer_free(&whole);
}

static void check_identity(struct cnil_str xml, size_t size)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(64);
    struct cnil_str rest = xml;
    struct cnil_buffer joined;
    bool last = false;

    require(tokenizer != NULL, "no memory");
    cnil_html_tokenizer_read_xml(tokenizer);
    cnil_buffer_init(&joined, OUTPUT_MAX);
    while (!last) {
        struct cnil_str chunk = lend(&rest, size);
        struct cnil_html_token token;
        bool more = true;

        last = rest.len == 0;
        cnil_html_tokenizer_feed(tokenizer, chunk, last);
        for (;;) {
            require(cnil_html_tokenizer_next(tokenizer, &token, &more) == CNIL_OK, "tokenizer failed");
            if (!more)
                break;
            require(token.kind != CNIL_HTML_CUT && !token.two_readings, "XML has one reading");
            cnil_buffer_append(&joined, token.raw);
        }
        free((char *)chunk.ptr);
    }
    require(cnil_str_equal(cnil_buffer_str(&joined), xml), "identity");
    cnil_buffer_free(&joined);
    cnil_html_tokenizer_free(tokenizer);
}

struct site {
    struct cnil_policy *policy;
    struct cnil_page page;
};

static const struct cnil_str guard = CNIL_STR_INIT("guard;");

/* Is `text` in `out`, with nothing between its bytes but what may be put there? */
static bool is_only_led(struct cnil_str out, struct cnil_str text)
{
    static const struct cnil_str lead = CNIL_STR_INIT("cnilLead("), strict = CNIL_STR_INIT("'use strict';");
    bool is_guarded = false;

    while (out.len > 0 || text.len > 0) {
        if (!is_guarded && cnil_str_starts_with(out, guard)) {
            out = cnil_str_slice(out, guard.len, out.len);
            is_guarded = true;
            if (cnil_str_starts_with(out, CNIL_STR("//")) && cnil_str_starts_with(text, CNIL_STR("#!"))) {
                out = cnil_str_slice(out, 2, out.len);
                text = cnil_str_slice(text, 2, text.len);
            }
        } else if (!is_guarded && cnil_str_starts_with(out, strict)) {
            out = cnil_str_slice(out, strict.len, out.len);
        } else if (text.len > 0 && out.len > 0 && *out.ptr == *text.ptr &&
                   !(cnil_str_starts_with(out, lead) && !cnil_str_starts_with(text, lead))) {
            out = cnil_str_slice(out, 1, out.len);
            text = cnil_str_slice(text, 1, text.len);
        } else if (cnil_str_starts_with(out, lead)) {
            out = cnil_str_slice(out, lead.len, out.len);
        } else if (cnil_str_starts_with(out, CNIL_STR(")"))) {
            out = cnil_str_slice(out, 1, out.len);
        } else {
            return false;
        }
    }
    return is_guarded;
}

/* True: something could not be decided. An address whose end does not come is held back whatever is allowed: nobody can
 * say what it would be. */
static bool rewrite(const struct site *site, const struct cnil_choice *choice, enum cnil_content content,
                    struct cnil_str text, size_t size, struct cnil_buffer *out)
{
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_rewriter_options options = { .page = &site->page,
                                             .choice = choice,
                                             .arena = arena,
                                             .content = content,
                                             .drops_subset = true,
                                             .events = cnil_events_new(arena) };
    struct cnil_rewriter *rewriter;
    bool last = false, is_undecided;

    if (content == CNIL_CONTENT_SCRIPT) {
        options.guard = guard;
        options.guard_insertion = CNIL_INSERT_ALWAYS;
    }
    rewriter = cnil_rewriter_new(&options);

    require(rewriter != NULL, "no memory");
    cnil_buffer_init(out, OUTPUT_MAX);
    while (!last) {
        struct cnil_str chunk = lend(&text, size);
        struct cnil_span span = { NULL, 1, false };

        last = text.len == 0;
        require(cnil_rewriter_feed(rewriter, chunk, last) == CNIL_OK, "feed failed");
        while (span.len > 0) {
            require(cnil_rewriter_next(rewriter, &span) == CNIL_OK, "rewriter failed");
            cnil_buffer_append(out, (struct cnil_str){ span.ptr, span.len });
        }
        free((char *)chunk.ptr);
    }
    cnil_rewriter_free(rewriter);
    is_undecided = fuzz_tells(options.events, CNIL_STR("too long to be read whole"));
    cnil_arena_free(arena);
    return is_undecided;
}

/* Loaded once, as long as the process. */
static void open_site(struct site *site, const char *text)
{
    static struct cnil_arena *arena;
    static struct cnil_url url;
    struct cnil_errors errors;

    if (arena == NULL) {
        arena = cnil_arena_new(1 << 20);
        require(arena != NULL, "no memory");
        require(cnil_url_parse(CNIL_STR("https://shop.example/"), NULL, arena, &url) == CNIL_OK, "page URL");
    }
    cnil_errors_init(&errors);
    site->policy = cnil_policy_parse(cnil_str_from(text), "fuzz", &errors);
    cnil_errors_free(&errors);
    require(site->policy != NULL, "a policy of the fuzzer does not load");
    cnil_page_init(&site->page, site->policy, &url);
}

static void check_content(enum cnil_content content, struct cnil_str text)
{
    static const struct cnil_choice nothing = { .state = CNIL_CHOICE_REFUSED };
    static const struct cnil_choice everything = { .state = CNIL_CHOICE_GRANTED, .granted = (cnil_purposes)-1 };
    static struct site holding, open;
    struct cnil_buffer whole, other;
    bool is_undecided;

    if (holding.policy == NULL) {
        open_site(&holding, "{\"trackers\":{\"block\":[\"t.example\"]}}");
        open_site(&open, "{}");
    }
    if (content == CNIL_CONTENT_XML) {
        check_identity(text, 1);
        check_identity(text, 7);
    }
    (void)rewrite(&holding, &nothing, content, text, INPUT_MAX, &whole);
    for (size_t size = 1; size < 8; size += 6) {
        (void)rewrite(&holding, &nothing, content, text, size, &other);
        require(cnil_str_equal(cnil_buffer_str(&whole), cnil_buffer_str(&other)), "what leaves depends on the chunks");
        cnil_buffer_free(&other);
    }
    if (content != CNIL_CONTENT_SCRIPT) {
        (void)rewrite(&holding, &nothing, content, cnil_buffer_str(&whole), INPUT_MAX, &other);
        require(cnil_str_equal(cnil_buffer_str(&whole), cnil_buffer_str(&other)), "a second time is needed");
        cnil_buffer_free(&other);
    }
    cnil_buffer_free(&whole);
    if (content == CNIL_CONTENT_XML) /* subsets are dropped whatever is allowed */
        return;
    is_undecided = rewrite(&open, &everything, content, text, 7, &other);
    require(is_undecided || (content == CNIL_CONTENT_SCRIPT ? is_only_led(cnil_buffer_str(&other), text)
                                                            : cnil_str_equal(text, cnil_buffer_str(&other))),
            "it changes though all is allowed");
    cnil_buffer_free(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum cnil_content contents[] = { CNIL_CONTENT_XML,      CNIL_CONTENT_CSS,      CNIL_CONTENT_RULES,
                                                  CNIL_CONTENT_MANIFEST, CNIL_CONTENT_PLAYLIST, CNIL_CONTENT_SCRIPT };
    struct cnil_str rest = { (const char *)data + 1, size - 1 };

    if (size == 0 || size > INPUT_MAX)
        return 0;
    if (data[0] >= 0x80)
        check_content(contents[(data[0] & 0x7f) % (sizeof(contents) / sizeof(contents[0]))], rest);
    else
        check_body(data[0], rest);
    return 0;
}
