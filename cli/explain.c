/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getline */
#include "command.h"
#include "input.h"
#include "output.h"
#include "question.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "policy/matcher.h"
#include "web/domain.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_LIMIT = 1024 * 1024, LINE_ARENA = 16 * 1024 * 1024 };

static const struct {
    const char *word;
    enum cnil_resource resource;
} types[] = {
    { "script", CNIL_RESOURCE_SCRIPT }, { "image", CNIL_RESOURCE_IMAGE },         { "frame", CNIL_RESOURCE_FRAME },
    { "style", CNIL_RESOURCE_STYLE },   { "font", CNIL_RESOURCE_FONT },           { "media", CNIL_RESOURCE_MEDIA },
    { "other", CNIL_RESOURCE_OTHER },   { "object", CNIL_RESOURCE_OBJECT },       { "xhr", CNIL_RESOURCE_XHR },
    { "ping", CNIL_RESOURCE_PING },     { "websocket", CNIL_RESOURCE_WEBSOCKET },
};

static bool type_from_word(struct cnil_str word, enum cnil_resource *resource)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (cnil_str_equal(word, cnil_str_from(types[i].word))) {
            *resource = types[i].resource;
            return true;
        }
    }
    return false;
}

/* All that is said of one URL; a NULL pointer is null. */
struct answer {
    struct cnil_str url, host, site, party, service, purpose, before, after, rule;
    const struct cnil_service *known; /* the service, for people */
    struct cnil_str entity;           /* without service: who a known domain belongs to */
};

static struct cnil_str join_purposes(const struct cnil_policy *policy, cnil_purposes set, struct cnil_arena *arena)
{
    struct cnil_buffer buffer;
    struct cnil_str joined = CNIL_STR_EMPTY;

    cnil_buffer_init(&buffer, 4096);
    for (size_t i = 0; i < policy->purpose_count; i++) {
        if ((set >> i & 1) == 0)
            continue;
        if (buffer.len > 0)
            cnil_buffer_append_byte(&buffer, '+');
        cnil_buffer_append(&buffer, policy->purposes[i].id);
    }
    if (buffer.len > 0 && cnil_buffer_status(&buffer) == CNIL_OK)
        joined = cnil_arena_copy(arena, cnil_buffer_str(&buffer));
    cnil_buffer_free(&buffer);
    return joined;
}

/* What a verdict says of URLs and cookies alike. */
static void fill_verdict(struct answer *answer, const struct cnil_policy *policy, const struct cnil_verdict *verdict,
                         struct cnil_arena *arena)
{
    bool measures = verdict->purposes == CNIL_MEASUREMENT; /* passes until it is opposed, whatever is chosen */
    bool held = !measures && (verdict->action == CNIL_ACTION_CONSENT || verdict->action == CNIL_ACTION_BLOCK);
    bool released = verdict->action == CNIL_ACTION_CONSENT && verdict->purposes != 0;

    if (verdict->service != NULL)
        answer->service = verdict->service->id;
    answer->known = verdict->service;
    answer->entity = verdict->entity;
    if (verdict->action == CNIL_ACTION_CONSENT)
        answer->purpose = join_purposes(policy, verdict->purposes, arena);
    answer->before = held ? CNIL_STR("hold") : CNIL_STR("pass");
    answer->after = held && !released ? CNIL_STR("hold") : CNIL_STR("pass");
    answer->rule = verdict->rule;
}

static void fill(struct answer *answer, const struct cnil_policy *policy, const struct cnil_url *url,
                 const struct cnil_verdict *verdict, struct cnil_arena *arena)
{
    answer->url = url->href;
    if (url->host.len > 0) /* "file:///x" has an empty one: there is none to speak of */
        answer->host = url->host;
    if (verdict->party != CNIL_PARTY_NONE) {
        answer->site = cnil_domain_registrable(url->host);
        answer->party = verdict->party == CNIL_PARTY_FIRST ? CNIL_STR("first") : CNIL_STR("third");
    }
    fill_verdict(answer, policy, verdict, arena);
}

/* NULL, or what is wrong with the question. A URL that no browser would take is an answer, too. The page is any URL:
 * what a frame of about:blank or a file: fetches is asked as well. */
static const char *explain(const struct cnil_policy *policy, const struct question *question, struct cnil_arena *arena,
                           struct answer *answer)
{
    enum cnil_resource resource = CNIL_RESOURCE_OTHER;
    struct cnil_url base, url;
    struct cnil_page page;
    struct cnil_verdict verdict;
    enum cnil_status status;

    *answer = (struct answer){ 0 };
    if (question->page.ptr == NULL)
        return "a page is needed";
    if (question->type.ptr != NULL && !type_from_word(question->type, &resource))
        return "the type is one of script, image, frame, style, font, media, other, object, xhr, ping, websocket";
    if (cnil_url_parse(question->page, NULL, arena, &base) != CNIL_OK)
        return "the page is not an absolute URL";
    status = cnil_url_parse(question->url, &base, arena, &url);
    if (status == CNIL_OK) {
        cnil_page_init(&page, policy, &base);
        cnil_matcher_url(&page, &url, resource, &verdict);
        fill(answer, policy, &url, &verdict, arena);
    } else if (status == CNIL_INVALID) {
        answer->before = answer->after = CNIL_STR("pass");
        answer->rule = CNIL_STR("not a URL: a browser fetches nothing");
    } else {
        return "not enough memory for this URL";
    }
    return NULL;
}

static void print_json(const struct answer *answer)
{
    const struct {
        const char *key;
        struct cnil_str value;
    } members[] = {
        { "url", answer->url },       { "host", answer->host },       { "site", answer->site },
        { "party", answer->party },   { "service", answer->service }, { "purpose", answer->purpose },
        { "before", answer->before }, { "after", answer->after },     { "rule", answer->rule },
    };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        printf("%s\"%s\": ", i == 0 ? "{" : ", ", members[i].key);
        output_json(stdout, members[i].value);
    }
    puts("}");
}

static void print_member(const char *name, struct cnil_str value)
{
    printf("%-8s ", name);
    output_text(stdout, value.ptr != NULL ? value : CNIL_STR("-"));
    putchar('\n');
}

static void print_people(const struct answer *answer)
{
    print_member("url", answer->url);
    print_member("host", answer->host);
    print_member("site", answer->site);
    print_member("party", answer->party);
    print_member("service", answer->service);
    if (answer->known != NULL) {
        print_member("name", answer->known->name);
        print_member("by", answer->known->controller);
    } else if (answer->entity.len > 0) {
        print_member("name", answer->entity);
    }
    print_member("purpose", answer->purpose);
    print_member("before", answer->before);
    print_member("after", answer->after);
    print_member("rule", answer->rule);
}

static void print_cookie(const struct answer *answer, struct cnil_str name, bool json)
{
    const struct {
        const char *key;
        struct cnil_str value;
    } members[] = {
        { "cookie", name },           { "service", answer->service }, { "purpose", answer->purpose },
        { "before", answer->before }, { "after", answer->after },     { "rule", answer->rule },
    };

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!json) {
            print_member(members[i].key, members[i].value);
            continue;
        }
        printf("%s\"%s\": ", i == 0 ? "{" : ", ", members[i].key);
        output_json(stdout, members[i].value);
    }
    if (json)
        puts("}");
}

struct options {
    const char *policy, *page, *type, *cookie, *url;
    bool json;
};

static bool read_options(int argc, char **argv, struct options *options)
{
    const struct input_option known[] = {
        { "policy", .text = &options->policy }, { "page", .text = &options->page }, { "type", .text = &options->type },
        { "cookie", .text = &options->cookie }, { "json", .flag = &options->json },
    };

    if (!input_options(argc, argv, known, sizeof(known) / sizeof(known[0])))
        return false;
    if (options->cookie != NULL)
        return optind == argc && options->page == NULL && options->type == NULL;
    if (optind + 1 != argc)
        return false;
    options->url = argv[optind];
    return options->page != NULL || strcmp(options->url, "-") == 0;
}

static int explain_cookie(const struct cnil_policy *policy, const struct options *options)
{
    struct cnil_arena *arena = cnil_arena_new(LINE_ARENA);
    struct answer answer = { 0 };
    struct cnil_verdict verdict;

    if (arena == NULL) {
        fprintf(stderr, "cnil explain: not enough memory\n");
        return COMMAND_USAGE;
    }
    cnil_matcher_cookie(policy, cnil_str_from(options->cookie), &verdict);
    fill_verdict(&answer, policy, &verdict, arena);
    print_cookie(&answer, cnil_str_from(options->cookie), options->json);
    cnil_arena_free(arena);
    return COMMAND_OK;
}

static int explain_one(const struct cnil_policy *policy, const struct options *options)
{
    struct question question = { .url = cnil_str_from(options->url),
                                 .page = cnil_str_from(options->page),
                                 .type = cnil_str_from(options->type) };
    struct cnil_arena *arena = cnil_arena_new(LINE_ARENA);
    struct answer answer;
    const char *wrong = arena != NULL ? explain(policy, &question, arena, &answer) : "not enough memory";

    if (wrong != NULL)
        fprintf(stderr, "cnil explain: %s\n", wrong);
    else if (options->json)
        print_json(&answer);
    else
        print_people(&answer);
    cnil_arena_free(arena);
    return wrong != NULL ? COMMAND_USAGE : COMMAND_OK;
}

static const char *explain_line(const struct cnil_policy *policy, const struct options *options, struct cnil_str line,
                                struct cnil_arena *arena, struct answer *answer)
{
    struct question question;
    const char *wrong;

    if (line.len > LINE_LIMIT)
        return "the line is too long";
    wrong = question_read(line, arena, &question);
    if (wrong != NULL)
        return wrong;
    if (question.page.ptr == NULL)
        question.page = cnil_str_from(options->page);
    if (question.type.ptr == NULL)
        question.type = cnil_str_from(options->type);
    return explain(policy, &question, arena, answer);
}

/* One answer a line, written at once: the other side may wait for it. */
static int explain_lines(const struct cnil_policy *policy, const struct options *options)
{
    char *bytes = NULL;
    size_t size = 0;
    ssize_t len;
    int result = COMMAND_OK;

    while ((len = getline(&bytes, &size, stdin)) >= 0) {
        struct cnil_str line = cnil_str_trim((struct cnil_str){ bytes, (size_t)len });
        struct cnil_arena *arena;
        struct answer answer;
        const char *wrong;

        if (line.len == 0)
            continue;
        arena = cnil_arena_new(LINE_ARENA);
        wrong = arena != NULL ? explain_line(policy, options, line, arena, &answer) : "not enough memory";
        if (wrong == NULL) {
            print_json(&answer);
        } else {
            fputs("{\"error\": ", stdout);
            output_json(stdout, cnil_str_from(wrong));
            puts("}");
            result = COMMAND_MISTAKES;
        }
        fflush(stdout);
        cnil_arena_free(arena);
    }
    free(bytes);
    return result;
}

int command_explain(const struct command *self, int argc, char **argv)
{
    struct options options = { 0 };
    struct cnil_errors errors;
    struct cnil_policy *policy;
    int result = COMMAND_MISTAKES;

    if (!read_options(argc, argv, &options))
        return command_usage(self);
    cnil_errors_init(&errors);
    policy = cnil_policy_load(options.policy, &errors);
    if (policy == NULL)
        output_mistakes(stderr, options.policy != NULL ? options.policy : "the built-in policy", &errors);
    else if (options.cookie != NULL)
        result = explain_cookie(policy, &options);
    else if (strcmp(options.url, "-") == 0)
        result = explain_lines(policy, &options);
    else
        result = explain_one(policy, &options);
    cnil_errors_free(&errors);
    cnil_policy_free(policy);
    return result;
}
