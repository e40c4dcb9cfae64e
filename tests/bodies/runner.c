/* SPDX-License-Identifier: Apache-2.0
 * Reads bodies for tests/bodies/oracle.mjs. A question is a line "read CODINGS CHARSET CHUNK LENGTH" or
 * "xml - - CHUNK LENGTH" ("-": none) and LENGTH bytes; the answer a line "STATUS LENGTH" and LENGTH bytes. "read" gives
 * the body as the rewriter would get it, "xml" rewrites a document with t.example held back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/intake.h"
#include "page/rewriter.h"

static const char policy_text[] = "{ \"trackers\": { \"block\": [\"t.example\"] } }";

struct rewriting {
    struct cnil_policy *policy;
    struct cnil_url url;
    struct cnil_page page;
    struct cnil_choice choice;
    struct cnil_arena *arena;
};

static enum cnil_status read_body(const char *codings, const char *charset, struct cnil_str body, size_t chunk,
                                  struct cnil_buffer *out)
{
    const struct cnil_header header = { CNIL_STR_INIT("Content-Encoding"), cnil_str_from(codings) };
    const struct cnil_headers headers = { &header, codings[0] == '-' ? 0 : 1 };
    struct cnil_reading reading = { .charset = cnil_charset_of(cnil_str_from(charset)) };
    struct cnil_intake *intake;
    enum cnil_status status = CNIL_OK;
    size_t at = 0;

    if (!cnil_decoder_codings(headers, &reading.codings))
        return CNIL_INVALID;
    intake = cnil_intake_new(&reading);
    do {
        struct cnil_str part = cnil_str_slice(body, at, at + chunk);
        struct cnil_piece piece;

        at += part.len;
        cnil_intake_feed(intake, part, at == body.len);
        while ((status = cnil_intake_next(intake, &piece)) == CNIL_OK && piece.bytes.len > 0)
            cnil_buffer_append(out, piece.bytes);
    } while (status == CNIL_OK && at < body.len);
    cnil_intake_free(intake);
    return status;
}

static enum cnil_status rewrite(struct rewriting *rewriting, struct cnil_str body, size_t chunk,
                                struct cnil_buffer *out)
{
    const struct cnil_rewriter_options options = { .page = &rewriting->page,
                                                   .choice = &rewriting->choice,
                                                   .arena = rewriting->arena,
                                                   .insertion = CNIL_INSERT_NEVER,
                                                   .content = CNIL_CONTENT_XML,
                                                   .drops_subset = true };
    struct cnil_rewriter *rewriter = cnil_rewriter_new(&options);
    enum cnil_status status = CNIL_OK;
    size_t at = 0;

    do {
        struct cnil_str part = cnil_str_slice(body, at, at + chunk);
        struct cnil_span span;

        at += part.len;
        status = cnil_rewriter_feed(rewriter, part, at == body.len);
        while (status == CNIL_OK && (status = cnil_rewriter_next(rewriter, &span)) == CNIL_OK && span.len > 0)
            cnil_buffer_append(out, (struct cnil_str){ span.ptr, span.len });
    } while (status == CNIL_OK && at < body.len);
    cnil_rewriter_free(rewriter);
    return status;
}

int main(void)
{
    struct rewriting rewriting = { .choice = { .state = CNIL_CHOICE_REFUSED } };
    char mode[8], codings[64], charset[32];
    size_t chunk, len;
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    rewriting.policy = cnil_policy_parse(cnil_str_from(policy_text), "test", &errors);
    cnil_errors_free(&errors);
    rewriting.arena = cnil_arena_new(1024 * 1024);
    if (rewriting.policy == NULL || rewriting.arena == NULL ||
        cnil_url_parse(CNIL_STR("https://shop.example/a"), NULL, rewriting.arena, &rewriting.url) != CNIL_OK)
        return 1;
    cnil_page_init(&rewriting.page, rewriting.policy, &rewriting.url);
    while (scanf("%7s %63s %31s %zu %zu", mode, codings, charset, &chunk, &len) == 5 && getchar() == '\n') {
        char *body = malloc(len + 1);
        struct cnil_buffer out;
        enum cnil_status status;

        if (fread(body, 1, len, stdin) != len)
            return 1;
        cnil_buffer_init(&out, (size_t)1 << 28);
        status = mode[0] == 'x' ? rewrite(&rewriting, (struct cnil_str){ body, len }, chunk, &out)
                                : read_body(codings, charset, (struct cnil_str){ body, len }, chunk, &out);
        printf("%d %zu\n", status, out.len);
        if (out.len > 0)
            fwrite(out.ptr, 1, out.len, stdout);
        fflush(stdout);
        cnil_buffer_free(&out);
        free(body);
    }
    cnil_arena_free(rewriting.arena);
    cnil_policy_free(rewriting.policy);
    return 0;
}
