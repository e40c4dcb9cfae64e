/* SPDX-License-Identifier: Apache-2.0
 * What policies cost to load: a hosting company's server reads hundreds of them.
 *
 *   bench-load POLICY COUNT
 *
 * Loads it COUNT times, as a server loads that many files, and prints the bytes of the heap that they hold;
 * tests/bench/run counts the instructions in load(). */
#include "policy/policy.h"
#include "policy/shelf.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

static __attribute__((noinline)) struct cnil_policy *load(const char *path, struct cnil_shelf *shelf)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    cnil_errors_init(&errors);
    policy = cnil_policy_load_with(path, shelf, &errors);
    cnil_errors_free(&errors);
    if (policy == NULL) {
        fprintf(stderr, "bench-load: %s does not load\n", path);
        exit(2);
    }
    return policy;
}

static size_t heap(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

int main(int argc, char **argv)
{
    size_t count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    struct cnil_policy **policies = count > 0 ? calloc(count, sizeof(struct cnil_policy *)) : NULL;
    struct cnil_shelf *shelf = cnil_shelf_new();
    size_t before = heap();

    if (policies == NULL || shelf == NULL) {
        fprintf(stderr, "usage: bench-load POLICY COUNT\n");
        return 2;
    }
    for (size_t i = 0; i < count; i++)
        policies[i] = load(argv[1], shelf);
    printf("%zu\n", heap() - before);
    for (size_t i = 0; i < count; i++)
        cnil_policy_free(policies[i]);
    free(policies);
    cnil_shelf_free(shelf);
    return 0;
}
