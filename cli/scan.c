/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getline */
#include "aliases.h"
#include "command.h"
#include "input.h"
#include "output.h"
#include "third_parties.h"

#include "base/buffer.h"
#include "web/domain.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCAN_ARENA = 1 << 30, SCAN_PAGE = 1 << 28, SCAN_TIMEOUT = 3, TIMEOUT_LIMIT = 60 };

struct options {
    const char *policy, *url, *names;
    struct resolver_options resolver;
    bool resolve, json;
    char **arguments;
    int argument_count;
};

/* All that one run holds. */
struct run {
    const struct options *options;
    struct cnil_policy *policy;
    struct cnil_arena *arena;
    struct cnil_url url;
    bool has_url;
    size_t pages;
    struct third_parties parties; /* without --resolve */
    struct aliases aliases;       /* with it */
};

static bool read_options(int argc, char **argv, struct options *options)
{
    const struct input_option known[] = {
        { "policy", .text = &options->policy },
        { "url", .text = &options->url },
        { "json", .flag = &options->json },
        { "resolve", .flag = &options->resolve },
        { "names", .text = &options->names },
        { "server", .text = &options->resolver.server },
        { "zone", .text = &options->resolver.zone },
        { "timeout", .number = &options->resolver.timeout, .most = TIMEOUT_LIMIT },
    };

    if (!input_options(argc, argv, known, sizeof(known) / sizeof(known[0])))
        return false;
    options->arguments = argv + optind;
    options->argument_count = argc - optind;
    if (!options->resolve) /* pages alone */
        return options->names == NULL && options->resolver.server == NULL && options->resolver.zone == NULL &&
               options->url != NULL && options->argument_count > 0;
    return options->argument_count > 0 || options->names != NULL || options->resolver.zone != NULL;
}

/* ---- what is asked for ---- */

/* Reads all of a file, "-" the standard input. NULL: it cannot be read, or is too large. */
static char *read_all(const char *path, size_t *len)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    char *bytes = NULL, *grown;
    size_t room = 65536, got = 1;

    *len = 0;
    if (file == NULL)
        return NULL;
    do {
        room *= 2;
        grown = room <= SCAN_PAGE ? realloc(bytes, room) : NULL;
        if (grown == NULL)
            break;
        bytes = grown;
        while (*len < room && (got = fread(bytes + *len, 1, room - *len, file)) > 0)
            *len += got;
    } while (got > 0);
    if (grown == NULL || ferror(file)) {
        free(bytes);
        bytes = NULL;
    }
    if (file != stdin)
        fclose(file);
    return bytes;
}

/* NULL, or what is wrong. */
static const char *read_page(struct run *run, const char *path)
{
    const char *wrong = NULL;
    struct cnil_str text;
    char *bytes;
    size_t len;
    bool good;

    if (!run->has_url)
        return "a page needs its --url";
    bytes = read_all(path, &len);
    if (bytes == NULL)
        return "it cannot be read";
    text = (struct cnil_str){ bytes, len };
    if (run->options->resolve)
        good = aliases_add_from(&run->aliases, text, cnil_domain_registrable(run->url.host), run->arena);
    else
        good = third_parties_read(&run->parties, text, &run->url) == CNIL_OK;
    if (!good)
        wrong = "not enough memory";
    free(bytes);
    run->pages++;
    return wrong;
}

/* A URL stands for its host. */
static const char *add_name(struct run *run, struct cnil_str text)
{
    struct cnil_url url;

    if (cnil_str_find(text, CNIL_STR("://")) < text.len) {
        if (cnil_url_parse(text, NULL, run->arena, &url) != CNIL_OK)
            return "it is no URL";
        text = url.host;
    }
    return aliases_add(&run->aliases, text, run->arena) ? NULL : "not enough memory";
}

static const char *read_names(struct run *run, const char *path)
{
    const char *wrong = NULL;
    struct cnil_str rest;
    char *bytes;
    size_t len;

    bytes = read_all(path, &len);
    if (bytes == NULL)
        return "it cannot be read";
    rest = (struct cnil_str){ bytes, len };
    while (wrong == NULL && rest.len > 0) {
        struct cnil_str line = cnil_str_trim(cnil_str_cut(&rest, '\n'));

        if (line.len > 0 && line.ptr[0] != '#')
            wrong = add_name(run, line);
    }
    free(bytes);
    return wrong;
}

/* With --resolve an argument is a saved page if there is such a file, else a URL or a name. */
static const char *read_argument(struct run *run, const char *argument)
{
    struct stat status;

    if (!run->options->resolve || strcmp(argument, "-") == 0 ||
        (stat(argument, &status) == 0 && S_ISREG(status.st_mode)))
        return read_page(run, argument);
    return add_name(run, cnil_str_from(argument));
}

static bool read_arguments(struct run *run)
{
    const struct options *options = run->options;
    const char *wrong = options->names != NULL ? read_names(run, options->names) : NULL, *of = options->names;

    for (int i = 0; i < options->argument_count && wrong == NULL; i++) {
        of = options->arguments[i];
        wrong = read_argument(run, of);
    }
    if (wrong != NULL) {
        fputs("cnil scan: ", stderr);
        output_text(stderr, cnil_str_from(of));
        fprintf(stderr, ": %s\n", wrong);
    }
    return wrong == NULL;
}

/* ---- lines of a policy ---- */

static void print_string_member(const char *key, struct cnil_str value)
{
    printf("\"%s\": ", key);
    output_json(stdout, value);
}

static void print_purposes(const struct cnil_policy *policy, cnil_purposes set)
{
    const char *separator = "";

    fputs("\"purposes\": [", stdout);
    for (size_t i = 0; i < policy->purpose_count; i++) {
        if ((set >> i & 1) == 0)
            continue;
        fputs(separator, stdout);
        output_json(stdout, policy->purposes[i].id);
        separator = ", ";
    }
    putchar(']');
}

/* One service of the proposal, with all names that were found for it. */
static void print_proposed(const struct run *run, size_t first, const char *indent)
{
    const struct alias_finding *list = run->aliases.findings, *finding = &list[first];
    const char *separator = "";

    fputs(indent, stdout);
    output_json(stdout, finding->id);
    fputs(": { ", stdout);
    if (finding->service == NULL) {
        print_string_member("name", finding->entity);
        fputs(", ", stdout);
        print_string_member("controller", finding->entity);
        fputs(", ", stdout);
        print_purposes(run->policy, finding->purposes);
        fputs(", ", stdout);
    }
    fputs("\"hosts\": [", stdout);
    for (size_t i = first; i < run->aliases.finding_count; i++) {
        if (list[i].declared || !cnil_str_equal(list[i].id, finding->id))
            continue;
        fputs(separator, stdout);
        output_json(stdout, list[i].name);
        separator = ", ";
    }
    fputs("] }", stdout);
}

static bool is_proposed_before(const struct aliases *aliases, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (!aliases->findings[i].declared && cnil_str_equal(aliases->findings[i].id, aliases->findings[at].id))
            return true;
    return false;
}

static void print_proposal(const struct run *run, const char *before, const char *indent, const char *after)
{
    const char *separator = before;

    fputs("{ \"services\": {", stdout);
    for (size_t i = 0; i < run->aliases.finding_count; i++) {
        if (run->aliases.findings[i].declared || is_proposed_before(&run->aliases, i))
            continue;
        fputs(separator, stdout);
        print_proposed(run, i, indent);
        separator = *before == '\n' ? ",\n" : ", ";
    }
    fputs(after, stdout);
}

static size_t count_undeclared(const struct aliases *aliases)
{
    size_t count = 0;

    for (size_t i = 0; i < aliases->finding_count; i++)
        count += !aliases->findings[i].declared;
    return count;
}

/* ---- aliases ---- */

static void print_aliases(const struct run *run)
{
    const struct aliases *aliases = &run->aliases;

    for (size_t i = 0; i < aliases->finding_count; i++) {
        const struct alias_finding *finding = &aliases->findings[i];

        output_text(stdout, finding->name);
        fputs(" -> ", stdout);
        output_text(stdout, finding->chain);
        fputs(": ", stdout);
        output_text(stdout, finding->entity);
        puts(finding->declared ? " (the policy has it)" : "");
    }
    for (size_t i = 0; i < aliases->failed_count; i++) {
        output_text(stdout, aliases->failed[i]);
        puts(": no answer");
    }
    printf("%zu names, %zu aliases of trackers, %zu of them not in the policy, %zu without an answer\n",
           aliases->name_count, aliases->finding_count, count_undeclared(aliases), aliases->failed_count);
    if (aliases->untold > 0)
        printf("%zu more names were not asked for\n", aliases->untold);
    if (count_undeclared(aliases) == 0)
        return;
    puts("\nTo hold them back until consent, add to the policy:\n");
    print_proposal(run, "\n", "    ", "\n} }\n");
}

static void print_aliases_json(const struct run *run)
{
    const struct aliases *aliases = &run->aliases;

    printf("{\"names\": %zu, \"aliases\": [", aliases->name_count);
    for (size_t i = 0; i < aliases->finding_count; i++) {
        const struct alias_finding *finding = &aliases->findings[i];

        fputs(i == 0 ? "{" : ", {", stdout);
        print_string_member("name", finding->name);
        fputs(", ", stdout);
        print_string_member("target", finding->target);
        fputs(", ", stdout);
        print_string_member("chain", finding->chain);
        fputs(", ", stdout);
        print_string_member("service", finding->service != NULL ? finding->service->id : CNIL_STR_EMPTY);
        fputs(", ", stdout);
        print_string_member("entity", finding->entity);
        fputs(", ", stdout);
        print_purposes(run->policy, finding->purposes);
        printf(", \"declared\": %s}", finding->declared ? "true" : "false");
    }
    fputs("], \"failed\": [", stdout);
    for (size_t i = 0; i < aliases->failed_count; i++) {
        fputs(i == 0 ? "" : ", ", stdout);
        output_json(stdout, aliases->failed[i]);
    }
    printf("], \"untold\": %zu, \"policy\": ", aliases->untold);
    print_proposal(run, "", "", "}}");
    puts("}");
}

static void add_from_zone(struct cnil_str name, void *data)
{
    struct run *run = data;

    if (!aliases_add(&run->aliases, name, run->arena))
        run->aliases.untold++;
}

static int scan_names(struct run *run)
{
    const char *wrong;
    struct resolver *resolver = resolver_new(&run->options->resolver, run->arena, &wrong);
    bool found;

    if (resolver == NULL) {
        fprintf(stderr, "cnil scan: %s\n", wrong);
        return COMMAND_USAGE;
    }
    if (run->aliases.name_count == 0) /* of a zone alone, all */
        resolver_each(resolver, add_from_zone, run);
    found = aliases_find(&run->aliases, resolver, run->policy, run->arena);
    resolver_free(resolver);
    if (!found) {
        fputs("cnil scan: not enough memory\n", stderr);
        return COMMAND_USAGE;
    }
    if (run->options->json)
        print_aliases_json(run);
    else
        print_aliases(run);
    if (count_undeclared(&run->aliases) > 0)
        return COMMAND_MISTAKES;
    return run->aliases.failed_count > 0 ? COMMAND_USAGE : COMMAND_OK;
}

/* ---- third parties ---- */

static void print_who(const struct third_party *party)
{
    if (party->service != NULL) {
        output_text(stdout, party->service->name);
        fputs(", ", stdout);
        output_text(stdout, party->service->controller);
        if (party->service->country.len > 0)
            printf(" (%.*s)", (int)party->service->country.len, party->service->country.ptr);
    } else {
        output_text(stdout, party->entity.len > 0 ? party->entity : CNIL_STR("unknown"));
    }
}

static void print_parties(const struct run *run)
{
    const struct third_parties *parties = &run->parties;
    size_t held = 0;

    for (size_t i = 0; i < parties->count; i++) {
        const struct third_party *party = &parties->list[i];

        held += party->held;
        printf("%-5s %5zu  ", party->held ? "hold" : "pass", party->count);
        output_text(stdout, party->label);
        fputs(": ", stdout);
        print_who(party);
        if (party->held) {
            fputs("; waits for ", stdout);
            output_text(stdout, party->purpose.len > 0 ? party->purpose : CNIL_STR("nothing: it is blocked"));
        }
        fputs("\n             first met as ", stdout);
        output_text(stdout, party->element);
        putchar(' ');
        output_text(stdout, party->subject);
        putchar('\n');
    }
    printf("%zu pages, %zu third parties, %zu of them held back before consent\n", run->pages, parties->count, held);
    if (parties->untold > 0)
        printf("%zu more were not told apart\n", parties->untold);
}

static void print_parties_json(const struct run *run)
{
    const struct third_parties *parties = &run->parties;

    printf("{\"pages\": %zu, \"third_parties\": [", run->pages);
    for (size_t i = 0; i < parties->count; i++) {
        const struct third_party *party = &parties->list[i];
        bool has_service = party->service != NULL;

        fputs(i == 0 ? "{" : ", {", stdout);
        print_string_member("label", party->label);
        fputs(", ", stdout);
        print_string_member("name", has_service ? party->service->name : party->entity);
        fputs(", ", stdout);
        print_string_member("controller", has_service ? party->service->controller : CNIL_STR_EMPTY);
        fputs(", ", stdout);
        print_string_member("country", has_service ? party->service->country : CNIL_STR_EMPTY);
        fputs(", ", stdout);
        print_string_member("purpose", party->purpose);
        printf(", \"held\": %s, \"count\": %zu, ", party->held ? "true" : "false", party->count);
        print_string_member("element", party->element);
        fputs(", ", stdout);
        print_string_member("subject", party->subject);
        fputs(", ", stdout);
        print_string_member("rule", party->rule);
        putchar('}');
    }
    printf("], \"untold\": %zu}\n", parties->untold);
}

/* ---- the command ---- */

static int scan(struct run *run)
{
    const struct options *options = run->options;
    bool ready;

    run->arena = cnil_arena_new(SCAN_ARENA);
    ready = run->arena != NULL && (options->resolve ? aliases_init(&run->aliases, run->arena)
                                                    : third_parties_init(&run->parties, run->policy, run->arena));
    if (!ready) {
        fputs("cnil scan: not enough memory\n", stderr);
        return COMMAND_USAGE;
    }
    if (options->url != NULL) {
        if (cnil_url_parse(cnil_str_from(options->url), NULL, run->arena, &run->url) != CNIL_OK ||
            !cnil_url_is_network(&run->url)) {
            fputs("cnil scan: --url is not an absolute URL of http or https\n", stderr);
            return COMMAND_USAGE;
        }
        run->has_url = true;
    }
    if (!read_arguments(run))
        return COMMAND_USAGE;
    if (options->resolve)
        return scan_names(run);
    third_parties_sort(&run->parties);
    if (options->json)
        print_parties_json(run);
    else
        print_parties(run);
    return COMMAND_OK;
}

int command_scan(const struct command *self, int argc, char **argv)
{
    struct options options = { .resolver = { .timeout = SCAN_TIMEOUT } };
    struct run run = { .options = &options };
    struct cnil_errors errors;
    int result = COMMAND_USAGE;

    if (!read_options(argc, argv, &options))
        return command_usage(self);
    cnil_errors_init(&errors);
    run.policy = cnil_policy_load(options.policy, &errors);
    if (run.policy == NULL)
        output_mistakes(stderr, options.policy != NULL ? options.policy : "the built-in policy", &errors);
    else
        result = scan(&run);
    cnil_arena_free(run.arena);
    cnil_errors_free(&errors);
    cnil_policy_free(run.policy);
    return result;
}
