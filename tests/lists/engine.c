/* SPDX-License-Identifier: Apache-2.0
 * Asks a compiled list alone, without policy or catalogue, for differential.mjs and for measuring.
 *
 *   engine FILE [ROUNDS] < "PAGE<tab>TYPE<tab>URL" a line
 *
 * Without ROUNDS: a line for each question, "RESULT<tab>SITE OF THE URL<tab>SITE OF THE PAGE<tab>HREF<tab>RULE". With
 * ROUNDS: nothing but the processor time of one question, parsing the URL apart. */
#include "policy/filter_list.h"
#include "policy/matcher.h"
#include "web/domain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUESTIONS = 262144, LINE = 65536, MEMORY = 256 * 1024 * 1024 };

static const struct {
    const char *word;
    enum cnil_filter_type type;
} types[] = {
    { "script", CNIL_FILTER_SCRIPT },       { "image", CNIL_FILTER_IMAGE }, { "frame", CNIL_FILTER_FRAME },
    { "style", CNIL_FILTER_STYLE },         { "font", CNIL_FILTER_FONT },   { "media", CNIL_FILTER_MEDIA },
    { "object", CNIL_FILTER_OBJECT },       { "xhr", CNIL_FILTER_XHR },     { "ping", CNIL_FILTER_PING },
    { "websocket", CNIL_FILTER_WEBSOCKET }, { "other", CNIL_FILTER_OTHER },
};

struct question {
    struct cnil_filter_page page;
    struct cnil_filter_request request;
    struct cnil_str site, page_site, href;
    bool asked; /* else no URL that a browser would connect for */
};

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "engine: %s\n", what);
    exit(2);
}

static enum cnil_filter_type type_of(const char *word)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].word, word) == 0)
            return types[i].type;
    need(false, "a type that is none");
    return CNIL_FILTER_OTHER;
}

static void read_question(char *line, struct cnil_arena *arena, struct question *question)
{
    char *type = strchr(line, '\t'), *address = type != NULL ? strchr(type + 1, '\t') : NULL;
    struct cnil_url page, url;
    struct cnil_str host;

    need(address != NULL, "PAGE, TYPE and URL, with tabs between");
    *type++ = *address++ = '\0';
    need(cnil_url_parse(cnil_str_from(line), NULL, arena, &page) == CNIL_OK, "a page that is no URL");
    if (cnil_url_parse(cnil_str_from(address), &page, arena, &url) != CNIL_OK || !cnil_url_is_network(&url))
        return;
    question->asked = true;
    question->href = url.href;
    question->page_site = cnil_domain_registrable(page.host);
    question->site = cnil_domain_registrable(url.host);
    host = page.host;
    cnil_filter_page_init(&question->page, host,
                          cnil_domain_is_public_suffix(question->page_site) ? CNIL_STR_EMPTY : question->page_site);
    cnil_filter_request_init(&question->request, &question->page, &url);
    question->request.types = type_of(type);
    question->request.third_party = !cnil_str_equal(question->site, question->page_site);
}

/* Its name is what instructions are counted in. */
static __attribute__((noinline)) size_t work_lists(const struct cnil_filter_list *list,
                                                   const struct question *questions, size_t count)
{
    struct cnil_filter_match match;
    size_t blocked = 0;

    for (size_t i = 0; i < count; i++)
        blocked += questions[i].asked &&
                   cnil_filter_list_match(list, &questions[i].request, CNIL_FILTER_OF_HOST | CNIL_FILTER_OF_PATTERN,
                                          true, &match) == CNIL_FILTER_BLOCKED;
    return blocked;
}

static void measure(const struct cnil_filter_list *list, const struct question *questions, size_t count, long rounds)
{
    struct timespec from, to;
    size_t blocked = 0;
    double best = 0;

    for (long i = 0; i < rounds; i++) {
        double spent;

        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
        blocked = work_lists(list, questions, count);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
        spent = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
        if (i == 0 || spent < best)
            best = spent;
    }
    printf("%zu questions, %zu blocked, %.0f ns each\n", count, blocked, best / (double)count);
}

static void answer(const struct cnil_filter_list *list, const struct question *question)
{
    static const char *const words[] = { "none", "block", "except" };
    struct cnil_filter_match match = { .sources = 0 };
    enum cnil_filter_result result = CNIL_FILTER_NONE;

    if (question->asked)
        result = cnil_filter_list_match(list, &question->request, CNIL_FILTER_OF_HOST | CNIL_FILTER_OF_PATTERN, true,
                                        &match);
    printf("%s\t%.*s\t%.*s\t%.*s\t%.*s\n", question->asked ? words[result] : "unasked", (int)question->site.len,
           question->site.ptr != NULL ? question->site.ptr : "", (int)question->page_site.len,
           question->page_site.ptr != NULL ? question->page_site.ptr : "", (int)question->request.url.len,
           question->request.url.ptr != NULL ? question->request.url.ptr : "", (int)match.text.len,
           match.text.ptr != NULL ? match.text.ptr : "");
}

int main(int argc, char **argv)
{
    struct cnil_errors errors;
    struct cnil_filter_list *list;
    struct question *questions = calloc(QUESTIONS, sizeof(*questions));
    struct cnil_arena *arena = cnil_arena_new(MEMORY);
    char *line = malloc(LINE);
    size_t count = 0;

    need(argc > 1 && questions != NULL && arena != NULL && line != NULL, "engine FILE [ROUNDS]");
    cnil_errors_init(&errors);
    list = cnil_filter_list_load(argv[1], &errors);
    need(list != NULL, errors.count > 0 ? errors.list[0].sentence : "no memory");
    while (fgets(line, LINE, stdin) != NULL) {
        need(count < QUESTIONS, "too many questions");
        line[strcspn(line, "\n")] = '\0';
        read_question(line, arena, &questions[count++]);
    }
    if (argc > 2)
        measure(list, questions, count, strtol(argv[2], NULL, 10));
    else
        for (size_t i = 0; i < count; i++)
            answer(list, &questions[i]);
    cnil_filter_list_free(list);
    cnil_errors_free(&errors);
    cnil_arena_free(arena);
    free(questions);
    free(line);
    return 0;
}
