/* SPDX-License-Identifier: Apache-2.0
 * Both sides of a policy, for guard.mjs: what the server decides of URLs, and the table that the guard in a page has.
 *
 *   table POLICY CHOICE < lines
 *
 * "PAGE<tab>TYPE<tab>URL": answers "held" or "passes", a tab and the rule. "PAGE": a line with the number of the
 * table's bytes, and the table. */
#include "base/limits.h"
#include "consent/choice.h"
#include "page/guard.h"
#include "policy/matcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 65536, MEMORY = 1024 * 1024 };

static const char *const types[] = { /* in the order of enum cnil_resource */
                                     "script", "image",  "frame", "style", "font",     "media",
                                     "other",  "object", "xhr",   "ping",  "websocket"
};

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "table: %s\n", what);
    exit(2);
}

static enum cnil_resource type_of(const char *word)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i], word) == 0)
            return (enum cnil_resource)i;
    need(false, "a type that is none");
    return CNIL_RESOURCE_OTHER;
}

static void answer(const struct cnil_page *page, const struct cnil_choice *choice, struct cnil_arena *arena, char *type)
{
    char *address = strchr(type, '\t');
    struct cnil_verdict verdict;
    struct cnil_url url;

    need(address != NULL, "PAGE, TYPE and URL, with tabs between");
    *address++ = '\0';
    need(cnil_url_parse(cnil_str_from(address), &page->url, arena, &url) == CNIL_OK, "a URL that is none");
    cnil_matcher_url(page, &url, type_of(type), &verdict);
    printf("%s\t%.*s\n", cnil_choice_allows(choice, &verdict) ? "passes" : "held", (int)verdict.rule.len,
           verdict.rule.ptr);
}

static void write_table(const struct cnil_page *page, const struct cnil_choice *choice)
{
    struct cnil_buffer text;

    cnil_buffer_init(&text, CNIL_LIMIT_GUARD_TABLE + CNIL_LIMIT_GUARD_LISTED);
    cnil_guard_write_table(page, choice, &text);
    need(cnil_buffer_status(&text) == CNIL_OK, "no table");
    printf("%zu\n", text.len);
    fwrite(text.ptr, 1, text.len, stdout);
    cnil_buffer_free(&text);
}

int main(int argc, char **argv)
{
    struct cnil_arena *arena = cnil_arena_new(MEMORY);
    char *line = malloc(LINE);
    struct cnil_choice choice;
    struct cnil_policy *policy;
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    need(argc == 3 && arena != NULL && line != NULL, "table POLICY CHOICE");
    policy = cnil_policy_load(argv[1], &errors);
    need(policy != NULL, errors.count > 0 ? errors.list[0].sentence : "no memory");
    need(cnil_choice_from_word(cnil_str_from(argv[2]), policy, 0, &choice), "a choice that is none");
    while (fgets(line, LINE, stdin) != NULL) {
        char *type = strchr(line, '\t');
        struct cnil_page page;
        struct cnil_url url;

        line[strcspn(line, "\n")] = '\0';
        if (type != NULL)
            *type++ = '\0';
        cnil_arena_reset(arena);
        need(cnil_url_parse(cnil_str_from(line), NULL, arena, &url) == CNIL_OK, "a page that is no URL");
        cnil_page_init(&page, policy, &url);
        if (type != NULL)
            answer(&page, &choice, arena, type);
        else
            write_table(&page, &choice);
    }
    cnil_policy_free(policy);
    cnil_errors_free(&errors);
    cnil_arena_free(arena);
    free(line);
    return 0;
}
