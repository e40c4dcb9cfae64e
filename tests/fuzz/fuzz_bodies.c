/* SPDX-License-Identifier: Apache-2.0
 * libFuzzer target on what stands before the rewriter, and on XML: what must hold for any bytes.
 *
 * The first byte says how the rest is read: as a body of some codings and charset, or as an XML document.
 *
 * split invariance   the same bytes come out, however the input was cut (until an error, which comes all the same)
 * bounds             blocks of CNIL_LIMIT_DECODED at most; an end to all that swells
 * identity           the raw views of XML's tokens, put end to end, are the input
 * idempotence        what was held back in XML once needs nothing the second time */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/intake.h"
#include "page/rewriter.h"
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

static void rewrite(const struct cnil_page *page, struct cnil_str xml, size_t size, struct cnil_buffer *out)
{
    const struct cnil_choice choice = { .state = CNIL_CHOICE_REFUSED };
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_rewriter_options options = {
        .page = page, .choice = &choice, .arena = arena, .content = CNIL_CONTENT_XML, .drops_subset = true
    };
    struct cnil_rewriter *rewriter = cnil_rewriter_new(&options);
    bool last = false;

    require(rewriter != NULL, "no memory");
    cnil_buffer_init(out, OUTPUT_MAX);
    while (!last) {
        struct cnil_str chunk = lend(&xml, size);
        struct cnil_span span = { NULL, 1, false };

        last = xml.len == 0;
        require(cnil_rewriter_feed(rewriter, chunk, last) == CNIL_OK, "feed failed");
        while (span.len > 0) {
            require(cnil_rewriter_next(rewriter, &span) == CNIL_OK, "rewriter failed");
            cnil_buffer_append(out, (struct cnil_str){ span.ptr, span.len });
        }
        free((char *)chunk.ptr);
    }
    cnil_rewriter_free(rewriter);
    cnil_arena_free(arena);
}

static void check_xml(struct cnil_str xml)
{
    static struct cnil_policy *policy; /* a fuzzer's, not the core's */
    static struct cnil_arena *arena;
    static struct cnil_url url;
    static struct cnil_page page;
    struct cnil_buffer whole, cut, again;
    struct cnil_errors errors;

    if (policy == NULL) {
        cnil_errors_init(&errors);
        policy = cnil_policy_parse(CNIL_STR("{\"trackers\":{\"block\":[\"t.example\"]}}"), "fuzz", &errors);
        cnil_errors_free(&errors);
        arena = cnil_arena_new(1 << 20);
        require(policy != NULL && arena != NULL, "no memory");
        require(cnil_url_parse(CNIL_STR("https://shop.example/"), NULL, arena, &url) == CNIL_OK, "page URL");
        cnil_page_init(&page, policy, &url);
    }
    check_identity(xml, 1);
    check_identity(xml, 7);
    rewrite(&page, xml, INPUT_MAX, &whole);
    rewrite(&page, xml, 1, &cut);
    require(cnil_str_equal(cnil_buffer_str(&whole), cnil_buffer_str(&cut)), "XML depends on its chunks");
    rewrite(&page, cnil_buffer_str(&whole), INPUT_MAX, &again);
    require(cnil_str_equal(cnil_buffer_str(&whole), cnil_buffer_str(&again)), "XML needs a second time");
    cnil_buffer_free(&whole);
    cnil_buffer_free(&cut);
    cnil_buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cnil_str rest = { (const char *)data + 1, size - 1 };

    if (size == 0 || size > INPUT_MAX)
        return 0;
    if (data[0] >= 0x80)
        check_xml(rest);
    else
        check_body(data[0], rest);
    return 0;
}
