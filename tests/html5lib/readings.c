/* SPDX-License-Identifier: Apache-2.0
 * What tests/html5lib/readings.mjs asks of the tokenizer. Reads documents, "LENGTH\n" and the bytes each, and answers
 * with one line of JSON each:
 *
 *   cuts    how many the document needed
 *   again   how many it needs with those cuts made: 0
 *   out     that document, in hexadecimal
 *   starts  its start tags: [offset, name, namespace, inert, two readings, text mode]
 *
 * Ends with status 1 where the raws are not the input, or where the output depends on the chunks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "web/html_tokenizer.h"

enum { LIMIT = 1024 * 1024 };

struct reading {
    struct cnil_buffer raws, out, starts;
    unsigned cuts;
};

static void need(bool condition, const char *what, struct cnil_str html)
{
    if (condition)
        return;
    fprintf(stderr, "readings: %s: %.*s\n", what, (int)html.len, html.ptr);
    exit(1);
}

static void reading_init(struct reading *reading)
{
    reading->cuts = 0;
    cnil_buffer_init(&reading->raws, LIMIT);
    cnil_buffer_init(&reading->out, LIMIT);
    cnil_buffer_init(&reading->starts, LIMIT);
}

static void reading_free(struct reading *reading)
{
    cnil_buffer_free(&reading->raws);
    cnil_buffer_free(&reading->out);
    cnil_buffer_free(&reading->starts);
}

static void put_start(struct reading *reading, const struct cnil_html_token *token)
{
    cnil_buffer_print(&reading->starts, "%s[%zu,\"", reading->starts.len > 0 ? "," : "", reading->raws.len);
    for (size_t i = 0; i < token->name.len; i++) {
        char c = cnil_lower(token->name.ptr[i]);

        if (cnil_is_alpha(c) || cnil_is_digit(c) || c == '-')
            cnil_buffer_append_byte(&reading->starts, c);
    }
    cnil_buffer_print(&reading->starts, "\",%d,%s,%s,%d]", (int)token->ns, token->inert ? "true" : "false",
                      token->two_readings ? "true" : "false", (int)token->text_mode);
}

static void read_in_chunks(struct cnil_str html, size_t size, size_t max_tag_len, struct reading *reading)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(max_tag_len);
    struct cnil_html_token token;
    bool dropping = false;
    bool more = true;
    size_t at = 0;

    need(tokenizer != NULL, "no memory", html);
    reading_init(reading);
    do {
        struct cnil_str chunk = cnil_str_slice(html, at, at + size);

        at += chunk.len;
        cnil_html_tokenizer_feed(tokenizer, chunk, at == html.len);
        while (cnil_html_tokenizer_next(tokenizer, &token, &more) == CNIL_OK && more) {
            if (token.kind == CNIL_HTML_START_TAG && token.first)
                put_start(reading, &token);
            need(!dropping || token.kind == CNIL_HTML_NOTHING, "what is dropped is not NOTHING", html);
            cnil_buffer_append(&reading->raws, token.raw);
            cnil_buffer_append(&reading->out, dropping ? CNIL_STR_EMPTY : token.raw);
            cnil_buffer_append(&reading->out, token.insert);
            dropping = token.drop_open;
            reading->cuts += token.kind == CNIL_HTML_CUT;
        }
    } while (at < html.len);
    cnil_html_tokenizer_free(tokenizer);
    need(cnil_buffer_status(&reading->raws) == CNIL_OK && cnil_buffer_status(&reading->out) == CNIL_OK &&
             cnil_buffer_status(&reading->starts) == CNIL_OK,
         "no memory", html);
    need(cnil_str_equal(cnil_buffer_str(&reading->raws), html), "the raws are not the input", html);
}

static void answer(struct cnil_str html)
{
    static const size_t lengths[] = { CNIL_LIMIT_TAG, 16 };
    static const size_t sizes[] = { 1, 3 };
    struct reading whole, parts, again;

    for (size_t l = 0; l < 2; l++) {
        read_in_chunks(html, LIMIT, lengths[l], &whole);
        for (size_t i = 0; i < 2; i++) {
            read_in_chunks(html, sizes[i], lengths[l], &parts);
            need(cnil_str_equal(cnil_buffer_str(&parts.out), cnil_buffer_str(&whole.out)),
                 "the output depends on the chunks", html);
            reading_free(&parts);
        }
        reading_free(&whole);
    }
    read_in_chunks(html, LIMIT, CNIL_LIMIT_TAG, &whole);
    read_in_chunks(cnil_buffer_str(&whole.out), LIMIT, CNIL_LIMIT_TAG, &again);
    printf("{\"cuts\":%u,\"again\":%u,\"out\":\"", whole.cuts, again.cuts);
    for (size_t i = 0; i < whole.out.len; i++)
        printf("%02x", (unsigned char)whole.out.ptr[i]);
    printf("\",\"starts\":[%.*s]}\n", (int)again.starts.len, again.starts.len > 0 ? again.starts.ptr : "");
    fflush(stdout);
    reading_free(&whole);
    reading_free(&again);
}

int main(void)
{
    char line[32];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        size_t len = strtoul(line, NULL, 10);
        char *html = malloc(len + 1);

        need(html != NULL && len <= LIMIT && fread(html, 1, len, stdin) == len, "bad input", CNIL_STR_EMPTY);
        answer((struct cnil_str){ html, len });
        free(html);
    }
    return 0;
}
