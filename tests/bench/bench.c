/* SPDX-License-Identifier: Apache-2.0
 * Speed of the engine over the pages given, side by side in one run: the search for '<' alone, the tokenizer, the
 * rewriter before a choice was made, and the scanner of style sheets over the style elements alone.
 *
 *   bench [--policy POLICY] [--only memchr|tokenizer|rewriter|css] FILE...
 *
 * With --only every page goes through once, for a tool that counts instructions (tests/bench/run). HOSTS.tsv beside a
 * page names the host that it came from. */
#include "page/block.h"
#include "page/rewriter.h"
#include "web/css.h"
#include "web/html_tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHUNK = 16 * 1024, ROUNDS = 5, PAGE_LIMIT = 64 * 1024 * 1024 };

#define SECONDS 0.2 /* one round of one kind lasts so long at least */

struct document {
    struct cnil_str html;
    struct cnil_buffer css; /* of its style elements */
    char url[512];
};

struct bench {
    struct document *documents;
    size_t count, bytes, css_bytes;
    struct cnil_policy *policy;
    struct cnil_choice choice;
    struct cnil_buffer block;
    size_t found; /* something must come of the work */
};

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(2);
}

static struct cnil_str chunk_at(struct cnil_str html, size_t at)
{
    return cnil_str_slice(html, at, at + CHUNK);
}

/* ---- the three kinds of work; their names are what tests/bench/run counts instructions in ---- */

static __attribute__((noinline)) void work_memchr(struct bench *bench, const struct document *document)
{
    const char *at = document->html.ptr;
    const char *end = at + document->html.len;

    while (at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        bench->found++;
        at++;
    }
}

static __attribute__((noinline)) void work_tokenizer(struct bench *bench, const struct document *document)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(CNIL_LIMIT_TAG);
    struct cnil_html_token token;
    bool more = true;

    need(tokenizer != NULL, "no memory");
    for (size_t at = 0; at < document->html.len; at += CHUNK) {
        cnil_html_tokenizer_feed(tokenizer, chunk_at(document->html, at), at + CHUNK >= document->html.len);
        while (cnil_html_tokenizer_next(tokenizer, &token, &more) == CNIL_OK && more)
            bench->found++;
    }
    cnil_html_tokenizer_free(tokenizer);
}

static __attribute__((noinline)) void work_rewriter(struct bench *bench, const struct document *document)
{
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_events *events = arena != NULL ? cnil_events_new(arena) : NULL;
    struct cnil_rewriter *rewriter;
    struct cnil_span span;
    struct cnil_url url;
    struct cnil_page page;

    need(events != NULL && cnil_url_parse(cnil_str_from(document->url), NULL, arena, &url) == CNIL_OK, "no memory");
    cnil_page_init(&page, bench->policy, &url);
    rewriter = cnil_rewriter_new(&(struct cnil_rewriter_options){ .page = &page,
                                                                  .choice = &bench->choice,
                                                                  .events = events,
                                                                  .arena = arena,
                                                                  .block = cnil_buffer_str(&bench->block),
                                                                  .insertion = CNIL_INSERT_ALWAYS });
    need(rewriter != NULL, "no memory");
    for (size_t at = 0; at < document->html.len; at += CHUNK) {
        need(cnil_rewriter_feed(rewriter, chunk_at(document->html, at), at + CHUNK >= document->html.len) == CNIL_OK,
             "the rewriter failed");
        do {
            need(cnil_rewriter_next(rewriter, &span) == CNIL_OK, "the rewriter failed");
            bench->found += span.len;
        } while (span.len > 0);
    }
    cnil_rewriter_free(rewriter);
    cnil_arena_free(arena);
}

static __attribute__((noinline)) void work_css(struct bench *bench, const struct document *document)
{
    struct cnil_css_scanner *scanner = cnil_css_scanner_new();
    struct cnil_str css = cnil_buffer_str(&document->css);
    struct cnil_css_token token;
    bool more;

    need(scanner != NULL, "no memory");
    for (size_t at = 0; at < css.len; at += CHUNK) {
        cnil_css_scanner_feed(scanner, chunk_at(css, at), at + CHUNK >= css.len ? CNIL_CSS_END : CNIL_CSS_MORE);
        while (cnil_css_scanner_next(scanner, &token, &more) == CNIL_OK && more)
            bench->found++;
    }
    cnil_css_scanner_free(scanner);
}

static const struct kind {
    const char *name;
    void (*work)(struct bench *bench, const struct document *document);
    bool is_of_css; /* its bytes are those of the style elements */
} kinds[] = { { "memchr", work_memchr, false },
              { "tokenizer", work_tokenizer, false },
              { "rewriter", work_rewriter, false },
              { "css", work_css, true } };

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

/* ---- the pages ---- */

static struct cnil_str read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct cnil_buffer content;
    char bytes[65536];
    size_t len;

    if (file == NULL)
        perror(path);
    need(file != NULL, "a page cannot be read");
    cnil_buffer_init(&content, PAGE_LIMIT);
    while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        cnil_buffer_append(&content, (struct cnil_str){ bytes, len });
    fclose(file);
    need(cnil_buffer_status(&content) == CNIL_OK, "a page is too large");
    return cnil_buffer_str(&content);
}

/* What stands between "<style...>" and "</style", as far as a search in lower case goes. */
static void read_css(struct document *document)
{
    struct cnil_str rest = document->html;

    cnil_buffer_init(&document->css, PAGE_LIMIT);
    while (rest.len > 0) {
        rest = cnil_str_slice(rest, cnil_str_find(rest, CNIL_STR("<style")), rest.len);
        rest = cnil_str_slice(rest, cnil_str_find_byte(rest, '>') + 1, rest.len);
        cnil_buffer_append(&document->css, cnil_str_slice(rest, 0, cnil_str_find(rest, CNIL_STR("</style"))));
        rest = cnil_str_slice(rest, cnil_str_find(rest, CNIL_STR("</style")), rest.len);
    }
    need(cnil_buffer_status(&document->css) == CNIL_OK, "no memory");
}

/* "https://HOST/", where HOST stands beside the file's name in HOSTS.tsv of its folder. */
static void set_url(struct document *document, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    char hosts[4096], line[512];
    FILE *file;

    snprintf(document->url, sizeof(document->url), "https://www.example.com/");
    snprintf(hosts, sizeof(hosts), "%.*sHOSTS.tsv", (int)(name - path), path);
    file = fopen(hosts, "r");
    if (file == NULL)
        return;
    while (fgets(line, sizeof(line), file) != NULL) {
        char *tab = strchr(line, '\t');

        if (tab == NULL || (size_t)(tab - line) != strlen(name) || strncmp(line, name, strlen(name)) != 0)
            continue;
        tab[1 + strcspn(tab + 1, "\r\n")] = '\0';
        snprintf(document->url, sizeof(document->url), "https://%.400s/", tab + 1);
    }
    fclose(file);
}

/* ---- measuring ---- */

static void work_all(struct bench *bench, const struct kind *kind)
{
    for (size_t i = 0; i < bench->count; i++)
        kind->work(bench, &bench->documents[i]);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static size_t bytes_of(const struct bench *bench, const struct kind *kind)
{
    return kind->is_of_css ? bench->css_bytes : bench->bytes;
}

/* MB/s of one round. */
static double measure(struct bench *bench, const struct kind *kind)
{
    double start = now(), spent;
    size_t passes = 0;

    do {
        work_all(bench, kind);
        passes++;
        spent = now() - start;
    } while (spent < SECONDS);
    return (double)(passes * bytes_of(bench, kind)) / spent / 1e6;
}

/* The rounds take turns, so that a busy moment of the machine does not hit one kind alone; the best one counts. */
static void compare(struct bench *bench)
{
    double best[KINDS] = { 0 };

    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < KINDS; i++) {
            double speed = measure(bench, &kinds[i]);

            if (speed > best[i])
                best[i] = speed;
        }
    }
    printf("%zu pages, %zu bytes\n", bench->count, bench->bytes);
    for (size_t i = 0; i < KINDS; i++)
        printf("%-10s %8.0f MB/s   %6.3f of memchr\n", kinds[i].name, best[i], best[i] / best[0]);
}

static const struct kind *kind_named(const char *name)
{
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

int main(int argc, char **argv)
{
    struct bench bench = { .documents = NULL };
    struct cnil_errors errors;
    const struct kind *only = NULL;
    const char *policy = NULL;
    int first = 1;

    if (first + 2 < argc && strcmp(argv[first], "--policy") == 0) {
        policy = argv[first + 1];
        first += 2;
    }
    if (first + 2 < argc && strcmp(argv[first], "--only") == 0) {
        only = kind_named(argv[first + 1]);
        need(only != NULL, "--only memchr, tokenizer, rewriter or css");
        first += 2;
    }
    need(first < argc, "no pages: bench [--policy POLICY] [--only memchr|tokenizer|rewriter|css] FILE...");
    bench.documents = calloc((size_t)(argc - first), sizeof(bench.documents[0]));
    need(bench.documents != NULL, "no memory");
    for (int i = first; i < argc; i++) {
        struct document *document = &bench.documents[bench.count++];

        document->html = read_file(argv[i]);
        read_css(document);
        bench.bytes += document->html.len;
        bench.css_bytes += document->css.len;
        set_url(document, argv[i]);
    }
    cnil_errors_init(&errors);
    bench.policy = cnil_policy_load(policy, &errors);
    need(bench.policy != NULL, "the policy does not load");
    cnil_buffer_init(&bench.block, PAGE_LIMIT);
    cnil_block_write(bench.policy,
                     &(struct cnil_block_terms){ .language = bench.policy->language, .style_in_page = true },
                     &bench.choice, NULL, CNIL_STR("/"), &bench.block);
    need(cnil_buffer_status(&bench.block) == CNIL_OK, "no memory");
    if (only != NULL) {
        work_all(&bench, only);
        printf("%zu bytes\n", bytes_of(&bench, only));
    } else {
        compare(&bench);
    }
    need(bench.found > 0, "nothing was found");
    for (size_t i = 0; i < bench.count; i++) {
        free((char *)bench.documents[i].html.ptr);
        cnil_buffer_free(&bench.documents[i].css);
    }
    free(bench.documents);
    cnil_buffer_free(&bench.block);
    cnil_policy_free(bench.policy);
    cnil_errors_free(&errors);
    return 0;
}
