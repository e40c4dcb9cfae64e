/* SPDX-License-Identifier: Apache-2.0
 * libFuzzer target on the whole rewriter: what must hold for any bytes.
 *
 * identity           the raw views of all tokens, put end to end, are the input, however it was cut
 * split invariance   the same output, however the input was cut
 * idempotence        what was held back once needs nothing the second time (insertions apart)
 * restraint          where all is allowed, decided, and the two readings agree, the output is the input
 *
 * The input is the document alone, so that any HTML file is a seed; how it is cut follows from a hash of its bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "page/rewriter.h"
#include "events.h"
#include "web/html_tokenizer.h"

enum { INPUT_MAX = 1 << 20, OUTPUT_MAX = 1 << 26 };

/* Ways of cutting the input into chunks. */
enum cutting { WHOLE, BYTES, SMALL, LARGE, CUTTINGS };

struct setting { /* of one rewriter */
    const struct cnil_policy *policy;
    const struct cnil_choice *choice;
    enum cnil_insertion insertion;
};

static const struct cnil_choice nothing = { .state = CNIL_CHOICE_REFUSED };
static const struct cnil_choice everything = { .state = CNIL_CHOICE_GRANTED, .granted = (cnil_purposes)-1 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *oracle, struct cnil_str expected, struct cnil_str got)
{
    size_t at = 0, from;

    while (at < expected.len && at < got.len && expected.ptr[at] == got.ptr[at])
        at++;
    from = at > 60 ? at - 60 : 0;
    expected = cnil_str_slice(expected, from, at + 60);
    got = cnil_str_slice(got, from, at + 60);
    fprintf(stderr, "%s: differs at byte %zu\nexpected: ...%.*s...\ngot:      ...%.*s...\n", oracle, at,
            (int)expected.len, expected.ptr, (int)got.len, got.ptr);
    abort();
}

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

static uint32_t next_random(uint32_t *random)
{
    *random = *random * 1664525 + 1013904223;
    return *random >> 8;
}

static size_t chunk_len(enum cutting cutting, size_t left, uint32_t *random)
{
    size_t len = left;

    if (cutting == BYTES)
        len = 1;
    else if (cutting == SMALL)
        len = next_random(random) % 24; /* 0: an empty chunk is one too */
    else if (cutting == LARGE)
        len = 1 + next_random(random) % 5000;
    return len < left ? len : left;
}

/* A chunk in memory of its own, so that reading past it, or after it was taken back, is seen. */
static struct cnil_str lend(struct cnil_str *rest, enum cutting cutting, uint32_t *random)
{
    size_t len = chunk_len(cutting, rest->len, random);
    char *chunk = malloc(len > 0 ? len : 1);

    require(chunk != NULL, "no memory");
    if (len > 0)
        memcpy(chunk, rest->ptr, len);
    *rest = cnil_str_slice(*rest, len, rest->len);
    return (struct cnil_str){ chunk, len };
}

/* True: somewhere the two readings of the bytes do not agree, so that a rewriter must cut. */
static bool check_identity(struct cnil_str html, enum cutting cutting, size_t max_tag_len, uint32_t random)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(max_tag_len);
    struct cnil_str rest = html;
    struct cnil_buffer joined;
    bool last = false, cut = false;

    require(tokenizer != NULL, "no memory");
    cnil_buffer_init(&joined, OUTPUT_MAX);
    while (!last) {
        struct cnil_str chunk = lend(&rest, cutting, &random);
        bool more = true;

        last = rest.len == 0;
        cnil_html_tokenizer_feed(tokenizer, chunk, last);
        while (more) {
            struct cnil_html_token token;
            struct cnil_html_attributes attributes;
            struct cnil_html_attribute attribute;

            require(cnil_html_tokenizer_next(tokenizer, &token, &more) == CNIL_OK, "tokenizer failed");
            if (!more)
                break;
            cut = cut || token.kind == CNIL_HTML_CUT;
            cnil_buffer_append(&joined, token.raw);
            if (token.kind != CNIL_HTML_START_TAG)
                continue;
            cnil_html_attributes_begin(&attributes, &token);
            while (cnil_html_attributes_next(&attributes, &attribute))
                require(attribute.raw.ptr >= token.raw.ptr &&
                            attribute.raw.ptr + attribute.raw.len <= token.raw.ptr + token.raw.len,
                        "an attribute lies outside of its tag");
        }
        free((char *)chunk.ptr);
    }
    require(cnil_buffer_status(&joined) == CNIL_OK, "no memory");
    if (!cnil_str_equal(cnil_buffer_str(&joined), html))
        fail("identity", html, cnil_buffer_str(&joined));
    cnil_buffer_free(&joined);
    cnil_html_tokenizer_free(tokenizer);
    return cut;
}

/* Was markup cut, or held back because it could not be read to its end? */
static bool has_cut(const struct cnil_events *events)
{
    return fuzz_tells(events, CNIL_STR("markup-cut")) || fuzz_tells(events, CNIL_STR("too long to be read whole"));
}

static bool rewrite(const struct setting *setting, struct cnil_str html, enum cutting cutting, uint32_t random,
                    struct cnil_buffer *out)
{
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_rewriter_options options = { .choice = setting->choice,
                                             .arena = arena,
                                             .block = CNIL_STR("<aside>notice</aside>"),
                                             .insertion = setting->insertion };
    struct cnil_rewriter *rewriter;
    struct cnil_page page;
    struct cnil_url url;
    bool last = false, cut;

    cnil_buffer_init(out, OUTPUT_MAX);
    require(arena != NULL, "no memory");
    require(cnil_url_parse(CNIL_STR("https://www.site.example/a/b?c"), NULL, arena, &url) == CNIL_OK, "page URL");
    cnil_page_init(&page, setting->policy, &url);
    options.page = &page;
    options.events = cnil_events_new(arena);
    rewriter = cnil_rewriter_new(&options);
    require(rewriter != NULL, "no memory");
    while (!last) {
        struct cnil_str chunk = lend(&html, cutting, &random);
        struct cnil_span span = { NULL, 1, false };

        last = html.len == 0;
        require(cnil_rewriter_feed(rewriter, chunk, last) == CNIL_OK, "feed failed");
        while (span.len > 0) {
            require(cnil_rewriter_next(rewriter, &span) == CNIL_OK, "rewriter failed");
            require(span.len == 0 || !span.from_input ||
                        (span.ptr >= chunk.ptr && span.ptr + span.len <= chunk.ptr + chunk.len),
                    "a span of input lies outside of the chunk");
            cnil_buffer_append(out, (struct cnil_str){ span.ptr, span.len });
        }
        free((char *)chunk.ptr);
    }
    require(cnil_buffer_status(out) == CNIL_OK, "no memory");
    cnil_rewriter_free(rewriter);
    cut = has_cut(options.events);
    cnil_arena_free(arena);
    return cut;
}

static void expect(const char *oracle, const struct setting *setting, struct cnil_str html, enum cutting cutting,
                   uint32_t random, struct cnil_str expected)
{
    struct cnil_buffer out;

    (void)rewrite(setting, html, cutting, random, &out);
    if (!cnil_str_equal(cnil_buffer_str(&out), expected))
        fail(oracle, expected, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
}

static struct cnil_policy *policy_of(const char *text)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    cnil_errors_init(&errors);
    policy = cnil_policy_parse(cnil_str_from(text), "fuzz", &errors);
    for (size_t i = 0; i < errors.count; i++)
        fprintf(stderr, "%s\n", errors.list[i].sentence);
    require(policy != NULL, "a policy of the fuzzer does not load");
    cnil_errors_free(&errors);
    return policy;
}

/* Of many possible base URLs the last ones are held back as undecided. */
static bool has_many_bases(struct cnil_str html)
{
    int count = 0;

    for (; html.len > 0; html = cnil_str_slice(html, 1, html.len))
        count += cnil_str_starts_with_nocase(html, CNIL_STR("<base"));
    return count > 3;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct cnil_policy *holding, *strict, *balanced; /* loaded once, as long as the process */
    struct cnil_str html = { (const char *)data, size };
    struct setting setting = { .choice = &nothing };
    struct cnil_buffer out;
    uint32_t random = 2166136261; /* FNV-1a */
    enum cutting first, last;
    bool cut;

    if (size > INPUT_MAX)
        return 0;
    if (holding == NULL) {
        holding = policy_of("{\"trackers\": {\"block\": [\"t.example\", \"tracker.test\"]}}");
        strict = policy_of("{\"trackers\": {\"unknown\": \"hold\"}}");
        balanced = policy_of("{}");
    }
    for (size_t i = 0; i < size; i++)
        random = (random ^ data[i]) * 16777619;

    /* Small inputs are cut in every way, large ones in one: time is for more inputs. */
    first = size < 256 ? BYTES : SMALL + (random >> 4) % (CUTTINGS - SMALL);
    last = size < 256 ? CUTTINGS : first + 1;

    cut = check_identity(html, WHOLE, CNIL_LIMIT_TAG, random);
    for (enum cutting cutting = first; cutting < last; cutting++) {
        check_identity(html, cutting, CNIL_LIMIT_TAG, random);
        check_identity(html, cutting, 16, random); /* tags in pieces */
    }

    setting.policy = random & 1 ? holding : strict;
    setting.insertion = random & 2 ? CNIL_INSERT_IF_DOCUMENT : CNIL_INSERT_ALWAYS;
    (void)rewrite(&setting, html, WHOLE, random, &out);
    for (enum cutting cutting = first; cutting < last; cutting++)
        expect("split invariance", &setting, html, cutting, random, cnil_buffer_str(&out));
    cnil_buffer_free(&out);

    setting.insertion = CNIL_INSERT_NEVER;
    (void)rewrite(&setting, html, SMALL, random, &out);
    expect("idempotence", &setting, cnil_buffer_str(&out), LARGE, random, cnil_buffer_str(&out));
    cnil_buffer_free(&out);

    setting = (struct setting){ .policy = balanced, .choice = &everything, .insertion = CNIL_INSERT_NEVER };
    cut |= rewrite(&setting, html, LARGE, random, &out);
    if (!cut && size < CNIL_LIMIT_TAG && !has_many_bases(html) && /* else something may be undecided */
        !cnil_str_equal(cnil_buffer_str(&out), html))
        fail("restraint", html, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return 0;
}
