/* SPDX-License-Identifier: Apache-2.0
 * A policy and a page of a shop, for tests of what is done to documents. */
#ifndef CNIL_TESTS_PAGE_WORLD_H
#define CNIL_TESTS_PAGE_WORLD_H

#include "policy/matcher.h"

struct world {
    struct cnil_policy *policy;
    struct cnil_arena *arena;
    struct cnil_url url;
    struct cnil_page page;
};

/* As a group's setup: -1 when the policy has a mistake, which is printed. */
static inline int open_world(struct world *world, const char *policy, const char *url)
{
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    world->policy = cnil_policy_parse(cnil_str_from(policy), "test", &errors);
    for (size_t i = 0; i < errors.count; i++)
        print_error("%s: %s\n", errors.list[i].pointer, errors.list[i].sentence);
    cnil_errors_free(&errors);
    world->arena = cnil_arena_new(1024 * 1024);
    if (world->policy == NULL || world->arena == NULL ||
        cnil_url_parse(cnil_str_from(url), NULL, world->arena, &world->url) != CNIL_OK)
        return -1;
    cnil_page_init(&world->page, world->policy, &world->url);
    return 0;
}

static inline int free_world(void **state)
{
    struct world *world = *state;

    cnil_arena_free(world->arena);
    cnil_policy_free(world->policy);
    return 0;
}

#endif
