/* SPDX-License-Identifier: Apache-2.0
 * What tests/differential/differential.mjs asks of the rewriter. Reads documents, "LENGTH\n" and the bytes each, and
 * answers with "VERDICT LENGTH LENGTH\n" and two documents: as it is served after a refusal, without a block and with
 * one. The verdict is one word: "fine", or the oracle that failed:
 *
 *   chunks       the output depends on how the input was cut
 *   idempotence  what is served changes again when it is served once more
 *   restraint    all is allowed and the two readings agree, but the output is not the input */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "page/rewriter.h"

enum { INPUT_MAX = 1024 * 1024, OUTPUT_MAX = 64 * 1024 * 1024 };

static const char policy_text[] = "{\"trackers\": {\"block\": [\"t.example\"]}, \"services\": {\"counter\": {"
                                  "\"name\": \"Counter\", \"purpose\": \"audience\", \"controller\": \"Counter SA\", "
                                  "\"hosts\": [\"counter.example\"], "
                                  "\"signatures\": [\"loadCounter(\"]}}}";
static const char open_policy_text[] = "{}";

static const struct cnil_choice refused = { .state = CNIL_CHOICE_REFUSED };
static const struct cnil_choice granted = { .state = CNIL_CHOICE_GRANTED, .granted = (cnil_purposes)-1 };

struct setting {
    const struct cnil_policy *policy;
    const struct cnil_choice *choice;
    enum cnil_insertion insertion;
};

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "engine: %s\n", what);
    exit(1);
}

static struct cnil_policy *load(const char *text)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    cnil_errors_init(&errors);
    policy = cnil_policy_parse(cnil_str_from(text), "engine", &errors);
    for (size_t i = 0; i < errors.count; i++)
        fprintf(stderr, "%s\n", errors.list[i].sentence);
    need(policy != NULL, "a policy does not load");
    cnil_errors_free(&errors);
    return policy;
}

static void pull(struct cnil_rewriter *rewriter, struct cnil_buffer *out)
{
    struct cnil_span span;

    do {
        need(cnil_rewriter_next(rewriter, &span) == CNIL_OK, "the rewriter failed");
        cnil_buffer_append(out, (struct cnil_str){ span.ptr, span.len });
    } while (span.len > 0);
}

/* In chunks of `size`, each in memory of its own, so that reading past it is seen. True: markup was cut, or what may
 * name anything held back. */
static bool rewrite(const struct setting *setting, struct cnil_str html, size_t size, struct cnil_buffer *out)
{
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_rewriter_options options = { .choice = setting->choice,
                                             .arena = arena,
                                             .block = CNIL_STR("<aside>notice</aside>"),
                                             .insertion = setting->insertion };
    const struct cnil_event_context context = { .status = 200 };
    struct cnil_rewriter *rewriter;
    struct cnil_page page;
    struct cnil_url url;
    struct cnil_buffer lines;
    size_t at = 0;
    bool cut;

    need(arena != NULL && cnil_url_parse(CNIL_STR("https://shop.example/a/b"), NULL, arena, &url) == CNIL_OK, "memory");
    cnil_page_init(&page, setting->policy, &url);
    options.page = &page;
    options.events = cnil_events_new(arena);
    rewriter = cnil_rewriter_new(&options);
    need(rewriter != NULL, "no memory");
    cnil_buffer_init(out, OUTPUT_MAX);
    do {
        struct cnil_str chunk = cnil_str_slice(html, at, at + size);
        char *copy = malloc(chunk.len > 0 ? chunk.len : 1);

        need(copy != NULL, "no memory");
        if (chunk.len > 0)
            memcpy(copy, chunk.ptr, chunk.len);
        at += chunk.len;
        need(cnil_rewriter_feed(rewriter, (struct cnil_str){ copy, chunk.len }, at == html.len) == CNIL_OK, "feed");
        pull(rewriter, out);
        free(copy);
    } while (at < html.len);
    need(cnil_buffer_status(out) == CNIL_OK, "no memory");
    cnil_rewriter_free(rewriter);
    cnil_buffer_init(&lines, OUTPUT_MAX);
    cnil_events_write(options.events, &context, &lines);
    cut = cnil_str_find(cnil_buffer_str(&lines), CNIL_STR("markup-cut")) < lines.len ||
          cnil_str_find(cnil_buffer_str(&lines), CNIL_STR("too long to be read whole")) < lines.len;
    cnil_buffer_free(&lines);
    cnil_arena_free(arena);
    return cut;
}

static bool gives(const struct setting *setting, struct cnil_str html, size_t size, struct cnil_str expected)
{
    struct cnil_buffer out;
    bool equal;

    rewrite(setting, html, size, &out);
    equal = cnil_str_equal(cnil_buffer_str(&out), expected);
    cnil_buffer_free(&out);
    return equal;
}

static void put(const struct cnil_buffer *document)
{
    if (document->len > 0)
        fwrite(document->ptr, 1, document->len, stdout);
}

static void answer(const struct cnil_policy *policy, const struct cnil_policy *open_policy, struct cnil_str html)
{
    struct setting bare = { policy, &refused, CNIL_INSERT_NEVER }, blocked = { policy, &refused, CNIL_INSERT_ALWAYS };
    struct setting open = { open_policy, &granted, CNIL_INSERT_NEVER };
    struct cnil_buffer out, with_block, same;
    const char *verdict = "fine";

    rewrite(&bare, html, INPUT_MAX, &out);
    rewrite(&blocked, html, INPUT_MAX, &with_block);
    if (!gives(&bare, html, 1, cnil_buffer_str(&out)) || !gives(&bare, html, 7, cnil_buffer_str(&out)) ||
        !gives(&blocked, html, 1, cnil_buffer_str(&with_block)))
        verdict = "chunks";
    else if (!gives(&bare, cnil_buffer_str(&out), INPUT_MAX, cnil_buffer_str(&out)))
        verdict = "idempotence";
    if (!rewrite(&open, html, INPUT_MAX, &same) && !cnil_str_equal(cnil_buffer_str(&same), html))
        verdict = "restraint";
    printf("%s %zu %zu\n", verdict, out.len, with_block.len);
    put(&out);
    put(&with_block);
    fflush(stdout);
    cnil_buffer_free(&out);
    cnil_buffer_free(&with_block);
    cnil_buffer_free(&same);
}

int main(void)
{
    struct cnil_policy *policy = load(policy_text), *open_policy = load(open_policy_text);
    char line[32];

    while (fgets(line, sizeof(line), stdin) != NULL) {
        size_t len = strtoul(line, NULL, 10);
        char *html = malloc(len + 1);

        need(html != NULL && len <= INPUT_MAX && fread(html, 1, len, stdin) == len, "bad input");
        answer(policy, open_policy, (struct cnil_str){ html, len });
        free(html);
    }
    cnil_policy_free(policy);
    cnil_policy_free(open_policy);
    return 0;
}
