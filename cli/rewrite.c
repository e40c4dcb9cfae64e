/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "input.h"
#include "output.h"

#include "base/limits.h"
#include "exchange/intake.h"
#include "page/block.h"
#include "page/card.h"
#include "page/guard.h"
#include "page/vendor_tag.h"
#include "page/rewriter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_LIMIT = 1 << 30, BLOCK_LIMIT = 1024 * 1024, EVENTS_LIMIT = CNIL_LIMIT_EVENTS * CNIL_LIMIT_EVENT_LINE };

struct options {
    const char *policy, *url, *choice, *audit;
    size_t chunk;
};

/* All that one run holds. */
struct run {
    struct cnil_policy *policy;
    struct cnil_arena *arena;
    struct cnil_url url;
    struct cnil_page page;
    struct cnil_choice choice;
    struct cnil_events *events;
    struct cnil_buffer block, guard, guard_apart;
    struct cnil_block_terms terms;
    struct cnil_card_place cards;
    char *chunk; /* of options.chunk bytes exactly, so that a byte read past it is noticed */
};

static bool read_options(int argc, char **argv, struct options *options)
{
    const struct input_option known[] = {
        { "policy", .text = &options->policy }, { "url", .text = &options->url },
        { "choice", .text = &options->choice }, { "chunk", .number = &options->chunk, .most = CHUNK_LIMIT },
        { "audit", .text = &options->audit },
    };

    return input_options(argc, argv, known, sizeof(known) / sizeof(known[0])) && optind == argc && options->url != NULL;
}

/* The path and query of the page, as the request line would have them. */
static struct cnil_str target_of(const struct cnil_url *url, struct cnil_arena *arena)
{
    return url->query.len == 0 ? url->path
                               : cnil_arena_print(arena, "%.*s?%.*s", (int)url->path.len, url->path.ptr,
                                                  (int)url->query.len, url->query.ptr);
}

static void write_block(struct run *run)
{
    cnil_buffer_clear(&run->block);
    cnil_block_write(run->policy, &run->terms, &run->choice, &run->url, run->cards.target, &run->block);
    cnil_block_write_script(run->policy, run->terms.language, &run->choice, &run->url, CNIL_STR_EMPTY, &run->block);
}

/* NULL, or what is wrong. */
static const char *prepare(struct run *run, const struct options *options)
{
    const struct cnil_csp_element script = { .allowed = true,
                                             .leads = true }; /* of a page without a policy of its own */
    run->arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    run->events = run->arena != NULL ? cnil_events_new(run->arena) : NULL;
    run->chunk = malloc(options->chunk);
    if (run->events == NULL || run->chunk == NULL)
        return "not enough memory";
    if (cnil_url_parse(cnil_str_from(options->url), NULL, run->arena, &run->url) != CNIL_OK ||
        !cnil_url_is_network(&run->url))
        return "--url is not an absolute URL of http or https";
    if (!cnil_choice_from_word(cnil_str_from(options->choice), run->policy, time(NULL), &run->choice))
        return "--choice is none, refuse, accept, or purposes of the policy joined by commas";
    cnil_page_init(&run->page, run->policy, &run->url);
    run->cards = (struct cnil_card_place){ run->policy, &run->url, target_of(&run->url, run->arena),
                                           run->policy->language, false };
    run->terms =
        (struct cnil_block_terms){ .language = run->policy->language, .style_in_page = run->policy->styles_in_page };
    write_block(run);
    if (cnil_guard_is_due(run->policy, &run->choice))
        cnil_guard_write_tags(run->policy, &run->choice, &run->url, &script, &run->guard);
    cnil_vendor_tag_write(run->policy, &run->choice, &run->url, CNIL_STR_EMPTY, &run->guard);
    cnil_guard_write_apart(cnil_buffer_str(&run->guard), &run->guard_apart);
    return cnil_buffer_status(&run->block) == CNIL_OK && cnil_buffer_status(&run->guard) == CNIL_OK &&
                   cnil_buffer_status(&run->guard_apart) == CNIL_OK
               ? NULL
               : "not enough memory";
}

/* The page has other terms than the policy let expect. */
static enum cnil_status write_block_on(void *data, const struct cnil_block_terms *terms, struct cnil_str *block)
{
    struct run *run = data;

    run->terms = *terms;
    run->cards.language = terms->language;
    write_block(run);
    *block = cnil_buffer_str(&run->block);
    return cnil_buffer_status(&run->block);
}

static struct cnil_str read_chunk(struct run *run, const struct options *options, bool *last)
{
    size_t len = fread(run->chunk, 1, options->chunk, stdin);
    int next = getc(stdin);

    *last = next == EOF;
    if (next != EOF)
        ungetc(next, stdin);
    return (struct cnil_str){ run->chunk, len };
}

static enum cnil_status write_spans(struct cnil_rewriter *rewriter)
{
    struct cnil_span span;
    enum cnil_status status;

    while ((status = cnil_rewriter_next(rewriter, &span)) == CNIL_OK && span.len > 0)
        if (fwrite(span.ptr, 1, span.len, stdout) != span.len)
            return CNIL_IO;
    return status;
}

/* As on a server: nothing but the page itself says what charset it is in. */
static enum cnil_status write_pieces(struct cnil_intake *intake, struct cnil_rewriter *rewriter)
{
    enum cnil_status status;
    struct cnil_piece piece;

    while ((status = cnil_intake_next(intake, &piece)) == CNIL_OK && (piece.bytes.len > 0 || piece.last)) {
        cnil_rewriter_read_pairs(rewriter, cnil_intake_pairs(intake));
        status = cnil_rewriter_feed(rewriter, piece.bytes, piece.last);
        if (status == CNIL_OK)
            status = write_spans(rewriter);
        if (status != CNIL_OK || piece.last)
            return status;
    }
    return status;
}

static enum cnil_status rewrite(struct run *run, const struct options *options)
{
    const struct cnil_rewriter_options rewriter_options = { .page = &run->page,
                                                            .choice = &run->choice,
                                                            .events = run->events,
                                                            .arena = run->arena,
                                                            .block = cnil_buffer_str(&run->block),
                                                            .terms = run->terms,
                                                            .write_block = write_block_on,
                                                            .data = run,
                                                            .seeks_manager = run->choice.state == CNIL_CHOICE_NONE,
                                                            .steps_back = run->policy->adopts_manager,
                                                            .insertion = CNIL_INSERT_ALWAYS,
                                                            .guard = cnil_buffer_str(&run->guard),
                                                            .guard_apart = cnil_buffer_str(&run->guard_apart),
                                                            .guard_insertion = CNIL_INSERT_ALWAYS,
                                                            .cards = run->policy->cards ? &run->cards : NULL,
                                                            .guards = cnil_guard_is_due(run->policy, &run->choice) &&
                                                                      !run->policy->strict };
    const struct cnil_reading reading = { .content = CNIL_CONTENT_HTML };
    struct cnil_rewriter *rewriter = cnil_rewriter_new(&rewriter_options);
    struct cnil_intake *intake = cnil_intake_new(&reading);
    enum cnil_status status = rewriter != NULL && intake != NULL ? CNIL_OK : CNIL_NO_MEMORY;
    bool last = false;

    while (status == CNIL_OK && !last) {
        struct cnil_str chunk = read_chunk(run, options, &last);

        cnil_intake_feed(intake, chunk, last);
        status = write_pieces(intake, rewriter);
    }
    cnil_intake_free(intake);
    cnil_rewriter_free(rewriter);
    return status;
}

static bool write_events(const struct run *run, const char *path)
{
    struct cnil_event_context context = {
        .now = time(NULL), .host = run->url.host, .path = run->url.path, .mode = CNIL_MODE_ENFORCE, .status = 200
    };
    struct cnil_buffer word, lines;
    FILE *file = fopen(path, "w");
    bool ok = false;

    if (file == NULL)
        return false;
    cnil_buffer_init(&word, CNIL_LIMIT_EVENT_LINE);
    cnil_buffer_init(&lines, EVENTS_LIMIT);
    cnil_choice_word(&run->choice, run->policy, &word);
    context.choice = cnil_buffer_str(&word);
    cnil_events_write(run->events, &context, &lines);
    if (cnil_buffer_status(&word) == CNIL_OK && cnil_buffer_status(&lines) == CNIL_OK)
        ok = fwrite(lines.ptr, 1, lines.len, file) == lines.len;
    cnil_buffer_free(&word);
    cnil_buffer_free(&lines);
    return fclose(file) == 0 && ok;
}

static int finish(const struct run *run, const struct options *options, enum cnil_status status)
{
    if (fflush(stdout) != 0)
        status = CNIL_IO;
    if (status != CNIL_OK)
        fprintf(stderr, "cnil rewrite: %s\n", status == CNIL_IO ? "cannot write the page" : "not enough memory");
    if (options->audit != NULL && !write_events(run, options->audit)) {
        fprintf(stderr, "cnil rewrite: cannot write %s\n", options->audit);
        status = CNIL_IO;
    }
    return status == CNIL_OK ? COMMAND_OK : COMMAND_MISTAKES;
}

int command_rewrite(const struct command *self, int argc, char **argv)
{
    struct options options = { .choice = "none", .chunk = CNIL_LIMIT_TAG };
    struct run run = { .policy = NULL };
    struct cnil_errors errors;
    const char *wrong;
    int result = COMMAND_MISTAKES;

    if (!read_options(argc, argv, &options))
        return command_usage(self);
    cnil_buffer_init(&run.block, BLOCK_LIMIT);
    cnil_buffer_init(&run.guard, BLOCK_LIMIT);
    cnil_buffer_init(&run.guard_apart, BLOCK_LIMIT);
    cnil_errors_init(&errors);
    run.policy = cnil_policy_load(options.policy, &errors);
    if (run.policy == NULL) {
        output_mistakes(stderr, options.policy != NULL ? options.policy : "the built-in policy", &errors);
    } else if ((wrong = prepare(&run, &options)) != NULL) {
        fprintf(stderr, "cnil rewrite: %s\n", wrong);
        result = COMMAND_USAGE;
    } else {
        result = finish(&run, &options, rewrite(&run, &options));
    }
    free(run.chunk);
    cnil_buffer_free(&run.block);
    cnil_buffer_free(&run.guard);
    cnil_buffer_free(&run.guard_apart);
    cnil_arena_free(run.arena);
    cnil_errors_free(&errors);
    cnil_policy_free(run.policy);
    return result;
}
