/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/arena.h"
#include "exchange/validator.h"

/* Two exchanges that differ in `choice` alone, and tags of both, in and out. */
struct world {
    struct cnil_arena *arena;
    struct cnil_policy policy;
    struct cnil_validators now, other;
    char strong[64], weak[64], stale[64]; /* what went out for "a", W/"a", and "a" under the other choice */
};

static void tag(const struct cnil_validators *validators, const char *origin, struct cnil_arena *arena, char *out)
{
    struct cnil_str value = cnil_validator_outward(validators, cnil_str_from(origin), arena);

    snprintf(out, 64, "%.*s", (int)value.len, value.ptr);
}

static void open_world(struct world *world)
{
    struct cnil_choice none = { .state = CNIL_CHOICE_NONE, .granted = 0, .minutes = 0 },
                       granted = { .state = CNIL_CHOICE_GRANTED, .granted = 1, .minutes = 5 };

    memset(world, 0, sizeof(*world));
    world->arena = cnil_arena_new(65536);
    assert_non_null(world->arena);
    cnil_validator_init(&world->now, &world->policy, CNIL_LANGUAGE_FR, &none, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&world->other, &world->policy, CNIL_LANGUAGE_FR, &granted, CNIL_INSERT_ALWAYS,
                        CNIL_INSERT_ALWAYS);
    tag(&world->now, "\"a\"", world->arena, world->strong);
    tag(&world->now, "W/\"a\"", world->arena, world->weak);
    tag(&world->other, "\"a\"", world->arena, world->stale);
}

static void what_goes_out_is_weak_and_marked(void **state)
{
    struct world world;

    (void)state;
    open_world(&world);
    assert_int_equal(strlen(world.strong), strlen("W/\"a-c00000000\""));
    assert_memory_equal(world.strong, "W/\"a-c", 6);
    assert_string_not_equal(world.strong, world.weak);
    assert_string_not_equal(world.strong, world.stale);
    cnil_arena_free(world.arena);
}

static void all_that_shapes_a_page_shapes_its_tag(void **state)
{
    struct cnil_choice none = { .state = CNIL_CHOICE_NONE, .granted = 0, .minutes = 0 },
                       refused = { .state = CNIL_CHOICE_REFUSED, .granted = 0, .minutes = 0 };
    struct cnil_choice one = { .state = CNIL_CHOICE_GRANTED, .granted = 1, .minutes = 0 },
                       two = { .state = CNIL_CHOICE_GRANTED, .granted = 2, .minutes = 0 };
    struct cnil_policy first = { .consent_days = 1 }, second = first;
    static const struct cnil_service services[] = { { .id = CNIL_STR_INIT("film") }, { .id = CNIL_STR_INIT("map") } };
    struct cnil_choice signal = { .state = CNIL_CHOICE_REFUSED, .is_signal = true };
    struct cnil_choice film = {
        .state = CNIL_CHOICE_GRANTED, .granted = 1, .services = { services }, .service_count = 1
    };
    struct cnil_choice map = {
        .state = CNIL_CHOICE_GRANTED, .granted = 1, .services = { services + 1 }, .service_count = 1
    };
    struct cnil_choice both = {
        .state = CNIL_CHOICE_GRANTED, .granted = 1, .services = { services, services + 1 }, .service_count = 2
    };
    struct cnil_validators v[12];

    (void)state;
    second.digest[31] = 1;
    cnil_validator_init(&v[0], &first, CNIL_LANGUAGE_FR, &none, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&v[1], &first, CNIL_LANGUAGE_FR, &refused, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&v[2], &first, CNIL_LANGUAGE_FR, &one, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&v[3], &first, CNIL_LANGUAGE_FR, &two, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&v[4], &first, CNIL_LANGUAGE_FR, &none, CNIL_INSERT_NEVER, CNIL_INSERT_NEVER);
    cnil_validator_init(&v[7], &first, CNIL_LANGUAGE_FR, &none, CNIL_INSERT_NEVER, CNIL_INSERT_ALWAYS); /* a frame */
    cnil_validator_init(&v[5], &second, CNIL_LANGUAGE_FR, &none, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&v[6], &first, CNIL_LANGUAGE_EN, &none, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&v[8], &first, CNIL_LANGUAGE_FR, &signal, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&v[9], &first, CNIL_LANGUAGE_FR, &film, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&v[10], &first, CNIL_LANGUAGE_FR, &map, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    cnil_validator_init(&v[11], &first, CNIL_LANGUAGE_FR, &both, CNIL_INSERT_ALWAYS, CNIL_INSERT_ALWAYS);
    for (size_t i = 0; i < 12; i++) {
        for (size_t k = 0; k < i; k++) {
            if (v[i].strong == v[k].strong || v[i].weak == v[k].weak)
                fail_msg("exchanges %zu and %zu have one tag", i, k);
        }
    }
}

/* S, W, O stand for the tags sent for "a", W/"a", and under another choice; G for S as a compressor marks it. */
static const struct {
    const char *name, *in;
    enum cnil_validator_use use;
    const char *out; /* NULL: unchanged */
    bool matched;
} cases[] = {
    { "current, strong at the origin", "S", CNIL_VALIDATOR_NAVIGATION, "\"a\"", true },
    { "current, weak at the origin", "W", CNIL_VALIDATOR_NAVIGATION, "W/\"a\"", true },
    { "marked by a compressor on its way out", "G", CNIL_VALIDATOR_NAVIGATION, "\"a\"", true },
    { "of another choice", "O", CNIL_VALIDATOR_NAVIGATION, "", false },
    { "from before we were there", "\"a\"", CNIL_VALIDATOR_NAVIGATION, "", false },
    { "the same, where no document is shown", "\"a\"", CNIL_VALIDATOR_FETCH, NULL, false },
    { "a mix", "O, \"x\", S", CNIL_VALIDATOR_NAVIGATION, "\"a\"", true },
    { "a mix, where no document is shown", "O, \"x\", S", CNIL_VALIDATOR_FETCH, "\"x\", \"a\"", true },
    { "any", "*", CNIL_VALIDATOR_NAVIGATION, NULL, false },
    { "a state: any suffix comes off", "O, W, \"x\"", CNIL_VALIDATOR_STATE, "\"a\", \"a\", \"x\"", false },
    { "a state without our suffix", "\"x\"", CNIL_VALIDATOR_STATE, NULL, false },
    { "no hexadecimal digits", "\"a-c0000000g\"", CNIL_VALIDATOR_FETCH, NULL, false },
    { "upper case is not ours", "\"a-cABCDEF01\"", CNIL_VALIDATOR_FETCH, NULL, false },
    { "too short", "\"-c000000\"", CNIL_VALIDATOR_FETCH, NULL, false },
};

static void fill(const struct world *world, const char *in, char *out)
{
    *out = '\0';
    for (; *in != '\0'; in++) {
        char one[2] = { *in, '\0' };

        if (*in == 'S')
            strcat(out, world->strong);
        else if (*in == 'O')
            strcat(out, world->stale);
        else if (*in == 'W' && in[1] != '/')
            strcat(out, world->weak);
        else if (*in == 'G')
            sprintf(out + strlen(out), "%.*s-gzip\"", (int)strlen(world->strong) - 1, world->strong);
        else
            strcat(out, one);
    }
}

static void tags_of_requests_are_taken_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world world;
        struct cnil_str value;
        char in[512];
        const char *expected;
        bool changed;

        open_world(&world);
        fill(&world, cases[i].in, in);
        expected = cases[i].out != NULL ? cases[i].out : in;
        value = cnil_validator_inward(&world.now, cnil_str_from(in), cases[i].use, world.arena, &changed);
        if (value.ptr == NULL || !cnil_str_equal(value, cnil_str_from(expected)))
            fail_msg("%s: %.*s, not %s", cases[i].name, (int)value.len, value.ptr, expected);
        if (changed != (cases[i].out != NULL) || world.now.matched != cases[i].matched)
            fail_msg("%s: changed %d, matched %d", cases[i].name, changed, world.now.matched);
        cnil_arena_free(world.arena);
    }
}

static void what_is_no_tag_stays_as_it_is(void **state)
{
    struct world world;
    char out[64];

    (void)state;
    open_world(&world);
    tag(&world.now, "not a tag", world.arena, out);
    assert_string_equal(out, "not a tag");
    cnil_arena_free(world.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_out_is_weak_and_marked),
        cmocka_unit_test(all_that_shapes_a_page_shapes_its_tag),
        cmocka_unit_test(tags_of_requests_are_taken_back),
        cmocka_unit_test(what_is_no_tag_stays_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
