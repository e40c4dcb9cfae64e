/* SPDX-License-Identifier: Apache-2.0
 * A third connector, for tests: carries one case through the core. Reads "REQUEST-LENGTH\n", the request and the
 * origin's response from standard input; writes sections "NAME LENGTH\n", the bytes and a newline: "origin-request"
 * (when the site was asked), "response", "events", "variables".
 *
 *   case-core [--policy FILE] [--state DIR] [--ceiling on|audit|off] [--plain] [--peer ADDRESS] [--chunk BYTES]
 *   case-core --cookie WORD     the value of a choice cookie
 *   case-core --block URL --choice WORD [--language TAG] [--nonce NONCE] [--style-nonce NONCE] [--files] [--bare] what
 * is inserted into a page case-core --guard URL --choice WORD [--nonce NONCE]    and into its head case-core --worker
 * URL --choice WORD   what goes before a worker's script */
#include "cnil.h"
#include "consent/choice.h"
#include "exchange/config.h"
#include "page/block.h"
#include "page/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HEADERS = 128 };

struct message {
    struct cnil_str line; /* the first line */
    struct cnil_header list[HEADERS];
    size_t count;
    struct cnil_str body;
};

struct options {
    const char *policy, *state, *ceiling, *peer, *cookie, *block, *choice, *language, *guard, *nonce, *style_nonce,
        *worker;
    bool plain;
    bool bare, files; /* the block without its script; with its style in files */
    size_t chunk;
};

static struct cnil_buffer events;

static int64_t clock_now(void *data)
{
    (void)data;
    return (int64_t)time(NULL);
}

static void append(void *data, size_t index, struct cnil_str lines)
{
    (void)data;
    (void)index;
    cnil_buffer_append(&events, lines);
}

static void diagnose(void *data, enum cnil_severity severity, struct cnil_str text)
{
    (void)data;
    fprintf(stderr, "diagnosis %d: %.*s\n", (int)severity, (int)text.len, text.ptr);
}

struct carrier { /* the server's data */
    struct cnil_config *config;
    const struct options *options;
    bool is_closing; /* the exchange is over: statistics are written */
};

static bool record(void *data, size_t index, struct cnil_str line, bool durable)
{
    const struct carrier *carrier = data;
    const char *path = cnil_config_log(carrier->config, carrier->options->state, index);
    FILE *file;
    bool done;

    if (carrier->is_closing) {
        append(data, index, line);
        return true;
    }
    file = fopen(path, "a");
    if (file == NULL)
        return false;
    done = fwrite(line.ptr, 1, line.len, file) == line.len;
    done = fflush(file) == 0 && done && (!durable || fsync(fileno(file)) == 0);
    return fclose(file) == 0 && done;
}

static const struct cnil_server server = { clock_now, append, diagnose, record };

static void fail(const char *what)
{
    fprintf(stderr, "case-core: %s\n", what);
    exit(2);
}

static void need(enum cnil_status status, const char *what)
{
    if (status != CNIL_OK)
        fail(what);
}

static struct cnil_str read_all(void)
{
    struct cnil_buffer input;
    char bytes[65536];
    size_t count;

    cnil_buffer_init(&input, 64 * 1024 * 1024);
    while ((count = fread(bytes, 1, sizeof(bytes), stdin)) > 0)
        cnil_buffer_append(&input, (struct cnil_str){ bytes, count });
    need(cnil_buffer_status(&input), "input too long");
    return cnil_buffer_str(&input);
}

static struct cnil_str take_line(struct cnil_str *rest)
{
    struct cnil_str line = cnil_str_cut(rest, '\n');

    if (line.len > 0 && line.ptr[line.len - 1] == '\r')
        line.len--;
    return line;
}

static void parse(struct cnil_str text, struct message *message)
{
    struct cnil_str line;

    message->line = take_line(&text);
    while ((line = take_line(&text)).len > 0) {
        struct cnil_str name = cnil_str_cut(&line, ':');

        if (message->count == HEADERS)
            fail("too many headers");
        message->list[message->count++] = (struct cnil_header){ name, cnil_str_trim(line) };
    }
    message->body = text;
}

static struct cnil_headers headers_of(const struct message *message)
{
    return (struct cnil_headers){ message->list, message->count };
}

static void apply(struct message *message, struct cnil_edits edits)
{
    struct message edited = { .line = message->line, .body = message->body };
    bool gone[HEADERS] = { false };

    for (size_t i = 0; i < edits.count; i++) {
        const struct cnil_edit *edit = &edits.list[i];

        if (edit->kind != CNIL_EDIT_ADD && edit->index >= message->count)
            fail("an edit past the headers");
        if (edit->kind == CNIL_EDIT_REMOVE)
            gone[edit->index] = true;
        else if (edit->kind == CNIL_EDIT_REPLACE)
            message->list[edit->index].value = edit->value;
    }
    for (size_t i = 0; i < message->count; i++) {
        if (!gone[i])
            edited.list[edited.count++] = message->list[i];
    }
    for (size_t i = 0; i < edits.count; i++) {
        if (edits.list[i].kind != CNIL_EDIT_ADD)
            continue;
        if (edited.count == HEADERS)
            fail("too many headers");
        edited.list[edited.count++] = (struct cnil_header){ edits.list[i].name, edits.list[i].value };
    }
    *message = edited;
}

static void print_section(const char *name, struct cnil_str bytes)
{
    printf("%s %zu\n", name, bytes.len);
    if (bytes.len > 0)
        fwrite(bytes.ptr, 1, bytes.len, stdout);
    printf("\n");
}

static void print_message(const char *name, struct cnil_str line, struct cnil_headers headers, struct cnil_str body)
{
    struct cnil_buffer out;

    cnil_buffer_init(&out, 64 * 1024 * 1024);
    cnil_buffer_append(&out, line);
    cnil_buffer_append(&out, CNIL_STR("\r\n"));
    for (size_t i = 0; i < headers.count; i++) {
        cnil_buffer_append(&out, headers.list[i].name);
        cnil_buffer_append(&out, CNIL_STR(": "));
        cnil_buffer_append(&out, headers.list[i].value);
        cnil_buffer_append(&out, CNIL_STR("\r\n"));
    }
    cnil_buffer_append(&out, CNIL_STR("\r\n"));
    cnil_buffer_append(&out, body);
    need(cnil_buffer_status(&out), "output too long");
    print_section(name, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
}

static void print_answer(const struct cnil_answer *answer)
{
    char line[32];

    snprintf(line, sizeof(line), "HTTP/1.1 %u -", answer->status);
    print_message("response", cnil_str_from(line), answer->headers, answer->head_only ? CNIL_STR_EMPTY : answer->body);
}

/* Rewrites `body` into `out`, in chunks. */
static void carry(struct cnil_exchange *exchange, struct cnil_str body, size_t chunk, struct cnil_buffer *out)
{
    size_t at = 0;

    do {
        size_t end = chunk > 0 && at + chunk < body.len ? at + chunk : body.len;
        struct cnil_span span;

        need(cnil_exchange_feed(exchange, cnil_str_slice(body, at, end), end == body.len), "feed failed");
        for (;;) {
            need(cnil_exchange_next(exchange, &span), "next failed");
            if (span.len == 0)
                break;
            cnil_buffer_append(out, (struct cnil_str){ span.ptr, span.len });
        }
        at = end;
    } while (at < body.len);
}

static void ask_site(struct cnil_exchange *exchange, const struct options *options, const struct cnil_policy *policy,
                     enum cnil_mode ceiling, struct message *request, struct message *origin)
{
    bool head = cnil_str_starts_with(request->line, CNIL_STR("HEAD "));
    struct cnil_response response = { .status = 0 };
    struct cnil_buffer out;
    struct cnil_edits edits;
    enum cnil_body body;

    need(cnil_exchange_enter(exchange, policy, ceiling, &edits), "enter failed");
    apply(request, edits);
    print_message("origin-request", request->line, headers_of(request), request->body);

    response.status = (unsigned)strtoul(origin->line.ptr + strlen("HTTP/1.1 "), NULL, 10);
    response.headers = headers_of(origin);
    need(cnil_exchange_body(exchange, &response, &body, &edits), "body failed");
    apply(origin, edits);
    response.headers = headers_of(origin);
    need(cnil_exchange_headers(exchange, &response, &edits), "headers failed");
    apply(origin, edits);

    cnil_buffer_init(&out, 64 * 1024 * 1024);
    if (body != CNIL_BODY_PASS && !head)
        carry(exchange, origin->body, options->chunk, &out);
    print_message("response", origin->line, headers_of(origin),
                  head                        ? CNIL_STR_EMPTY
                  : body == CNIL_BODY_REWRITE ? cnil_buffer_str(&out)
                                              : origin->body);
    cnil_buffer_free(&out);
}

static enum cnil_mode mode_of(const char *word)
{
    return strcmp(word, "off") == 0 ? CNIL_MODE_OFF : strcmp(word, "audit") == 0 ? CNIL_MODE_AUDIT : CNIL_MODE_ENFORCE;
}

static void print_variables(struct cnil_exchange *exchange)
{
    struct cnil_str choice = cnil_exchange_variable(exchange, CNIL_VARIABLE_CHOICE);
    struct cnil_str mode = cnil_exchange_variable(exchange, CNIL_VARIABLE_MODE);
    struct cnil_str blocked = cnil_exchange_variable(exchange, CNIL_VARIABLE_BLOCKED);
    char text[2048];

    snprintf(text, sizeof(text), "%.*s %.*s %.*s", (int)choice.len, choice.ptr, (int)mode.len, mode.ptr,
             (int)blocked.len, blocked.ptr);
    print_section("variables", cnil_str_from(text));
}

/* Servers do it when they start; here only cases that may choose pay for it. */
static void open_proof(struct cnil_config *config, const struct options *options)
{
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    cnil_config_open_proof(config, options->state, true, &errors);
    if (cnil_errors_any(&errors))
        fprintf(stderr, "the log of choices cannot be written to its end\n");
    cnil_errors_free(&errors);
}

static void *open_statistics(struct cnil_config *config)
{
    size_t size = cnil_config_statistics_size(config);
    void *memory = size > 0 ? calloc(1, size) : NULL;

    if (size > 0)
        need(cnil_config_open_statistics(config, memory, size, clock_now(NULL)), "no statistics");
    return memory;
}

static void run(const struct options *options, struct cnil_config *config, const struct cnil_policy *policy)
{
    static struct message message, origin;
    struct cnil_str input = read_all(), rest = input, line;
    enum cnil_mode ceiling = mode_of(options->ceiling);
    struct carrier carrier = { config, options, false };
    struct cnil_exchange *exchange = cnil_exchange_new(config, policy, ceiling, &server, &carrier);
    struct cnil_request request = { .tls = !options->plain, .peer = cnil_str_from(options->peer) };
    const struct cnil_answer *answer;
    void *statistics = open_statistics(config);
    enum cnil_open open;
    size_t length = strtoul(cnil_str_cut(&rest, '\n').ptr, NULL, 10);

    if (exchange == NULL)
        fail("no exchange");
    parse(cnil_str_slice(rest, 0, length), &message);
    parse(cnil_str_slice(rest, length, rest.len), &origin);
    line = message.line;
    request.method = cnil_str_cut(&line, ' ');
    request.target = cnil_str_cut(&line, ' ');
    request.headers = headers_of(&message);
    request.host = cnil_headers_value(request.headers, CNIL_STR("Host"));
    if (options->state != NULL && cnil_str_equal(request.method, CNIL_STR("POST")))
        open_proof(config, options);
    need(cnil_exchange_open(exchange, &request, &open, &answer), "open failed");
    if (open == CNIL_OPEN_SUBMIT) {
        bool too_large = message.body.len > CNIL_LIMIT_FORM_BODY;

        need(cnil_exchange_submit(exchange, cnil_str_slice(message.body, 0, CNIL_LIMIT_FORM_BODY), too_large, &answer),
             "submit failed");
    }
    if (open == CNIL_OPEN_PASS)
        ask_site(exchange, options, policy, ceiling, &message, &origin);
    else
        print_answer(answer);
    print_variables(exchange);
    cnil_exchange_close(exchange);
    carrier.is_closing = true;
    cnil_config_close_statistics(config, &server, &carrier);
    free(statistics);
    print_section("events", cnil_buffer_str(&events));
    free((void *)(uintptr_t)input.ptr);
}

/* The helpers of cases' placeholders. */
static void write_block(const struct cnil_policy *policy, const struct cnil_choice *choice, struct cnil_str text,
                        struct cnil_str tag, const struct options *how, struct cnil_buffer *out)
{
    struct cnil_block_terms terms = { .language = policy->language,
                                      .style_in_page = policy->styles_in_page && !how->files,
                                      .style_nonce = cnil_str_from(how->style_nonce) };
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_str target = cnil_str_slice(text, cnil_str_find(text, CNIL_STR("://")) + 3, text.len);
    struct cnil_url url;

    if (arena == NULL)
        fail("no memory");
    need(cnil_url_parse(text, NULL, arena, &url), "--block needs the URL of a page");
    target = cnil_str_slice(target, cnil_str_find_byte(target, '/'), target.len);
    need(tag.len == 0 || cnil_language_find(tag, &terms.language) ? CNIL_OK : CNIL_INVALID, "no such language");
    cnil_block_write(policy, &terms, choice, &url, target, out);
    if (!how->bare)
        cnil_block_write_script(policy, terms.language, choice, &url, cnil_str_from(how->nonce), out);
    cnil_arena_free(arena);
}

static void write_guard(const struct cnil_policy *policy, const struct cnil_choice *choice, struct cnil_str text,
                        struct cnil_str nonce, struct cnil_buffer *out)
{
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    const struct cnil_csp_element script = { .allowed = true, .leads = true, .nonce = nonce };
    struct cnil_url url;

    if (arena == NULL)
        fail("no memory");
    need(cnil_url_parse(text, NULL, arena, &url), "--guard needs the URL of a page");
    if (cnil_guard_is_due(policy, choice))
        cnil_guard_write_tags(policy, choice, &url, &script, out);
    cnil_arena_free(arena);
}

static void write_line(const struct cnil_policy *policy, const struct cnil_choice *choice, struct cnil_str text,
                       struct cnil_buffer *out)
{
    struct cnil_arena *arena = cnil_arena_new(CNIL_LIMIT_EXCHANGE_ARENA);
    struct cnil_page page;
    struct cnil_url url;

    if (arena == NULL)
        fail("no memory");
    need(cnil_url_parse(text, NULL, arena, &url), "--worker needs the URL of a script");
    cnil_page_init(&page, policy, &url);
    if (cnil_guard_is_due(policy, choice))
        cnil_guard_write_line(&page, choice, out);
    cnil_arena_free(arena);
}

static void print_choice(const struct options *options, const struct cnil_config *config,
                         const struct cnil_policy *policy)
{
    struct cnil_choice choice = { .state = CNIL_CHOICE_NONE };
    const char *word = options->cookie != NULL ? options->cookie : options->choice;
    struct cnil_buffer out;

    if (word != NULL && !cnil_choice_from_word(cnil_str_from(word), policy, clock_now(NULL), &choice))
        fail("no such choice");
    cnil_buffer_init(&out, 1024 * 1024);
    if (options->cookie != NULL)
        cnil_choice_write(&choice, policy, cnil_config_key(config, policy), &out);
    else if (options->worker != NULL)
        write_line(policy, &choice, cnil_str_from(options->worker), &out);
    else if (options->guard != NULL)
        write_guard(policy, &choice, cnil_str_from(options->guard), cnil_str_from(options->nonce), &out);
    else
        write_block(policy, &choice, cnil_str_from(options->block), cnil_str_from(options->language), options, &out);
    need(cnil_buffer_status(&out), "too long");
    if (out.len > 0)
        fwrite(out.ptr, 1, out.len, stdout);
    cnil_buffer_free(&out);
}

static void read_options(int argc, char **argv, struct options *options)
{
    const struct {
        const char *name;
        const char **value;
    } words[] = {
        { "--policy", &options->policy },   { "--state", &options->state },
        { "--ceiling", &options->ceiling }, { "--peer", &options->peer },
        { "--cookie", &options->cookie },   { "--block", &options->block },
        { "--choice", &options->choice },   { "--guard", &options->guard },
        { "--nonce", &options->nonce },     { "--style-nonce", &options->style_nonce },
        { "--worker", &options->worker },   { "--language", &options->language },
    };

    for (int i = 1; i < argc; i++) {
        bool known = false;

        if (strcmp(argv[i], "--plain") == 0) {
            options->plain = true;
            continue;
        }
        if (strcmp(argv[i], "--files") == 0) {
            options->files = true;
            continue;
        }
        if (strcmp(argv[i], "--bare") == 0) {
            options->bare = true;
            continue;
        }
        if (i + 1 == argc)
            fail("an option without its value");
        if (strcmp(argv[i], "--chunk") == 0) {
            options->chunk = strtoul(argv[++i], NULL, 10);
            continue;
        }
        for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
            if (strcmp(argv[i], words[w].name) == 0) {
                *words[w].value = argv[i + 1];
                known = true;
            }
        }
        if (!known)
            fail("unknown option");
        i++;
    }
}

int main(int argc, char **argv)
{
    struct options options = { .ceiling = "on", .peer = "127.0.0.1" };
    const struct cnil_policy *policy;
    struct cnil_config *config = cnil_config_new();
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    read_options(argc, argv, &options);
    cnil_buffer_init(&events, 1024 * 1024);
    policy = config != NULL ? cnil_config_policy(config, options.policy, &errors) : NULL;
    if (policy != NULL && options.state != NULL)
        need(cnil_config_open_state(config, options.state, true, &errors), "no state");
    for (size_t i = 0; i < errors.count; i++) {
        char text[1024];

        cnil_error_format(&errors.list[i], text, sizeof(text));
        fprintf(stderr, "%s\n", text);
    }
    if (policy == NULL)
        fail("no policy");
    if (options.cookie != NULL || options.block != NULL || options.guard != NULL || options.worker != NULL)
        print_choice(&options, config, policy);
    else
        run(&options, config, policy);
    cnil_buffer_free(&events);
    cnil_errors_free(&errors);
    cnil_config_free(config);
    return 0;
}
