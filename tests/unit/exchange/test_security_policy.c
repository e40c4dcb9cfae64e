/* SPDX-License-Identifier: Apache-2.0
 * The second wall: which hosts it names, for which choice. */
#include "fixture.h"

#include "../../support/alloc.h"
#include "exchange/security_policy.h"

struct world {
    struct cnil_policy *policy;
    struct cnil_arena *arena;
    struct cnil_url url;
    struct cnil_page page;
};

static void open_world(struct world *world, const char *policy, const char *page)
{
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    world->policy = cnil_policy_parse(cnil_str_from(policy), "policy.json", &errors);
    if (world->policy == NULL)
        fail_msg("%s: %s", policy, errors.count > 0 ? errors.list[0].sentence : "no memory");
    cnil_errors_free(&errors);
    world->arena = cnil_arena_new(256 * 1024);
    assert_int_equal(cnil_url_parse(cnil_str_from(page), NULL, world->arena, &world->url), CNIL_OK);
    cnil_page_init(&world->page, world->policy, &world->url);
}

static void close_world(struct world *world)
{
    cnil_arena_free(world->arena);
    cnil_policy_free(world->policy);
}

#define SHOP_ALL " shop.example:* *.shop.example:* ws://shop.example:* ws://*.shop.example:*"
#define CLOSED   "base-uri 'self'; default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"

static struct cnil_choice choice_of(const struct world *world, const char *word)
{
    struct cnil_choice choice;

    assert_true(cnil_choice_from_word(cnil_str_from(word), world->policy, NOW, &choice));
    return choice;
}

static struct cnil_str closed_for(const struct world *world, const char *word)
{
    struct cnil_choice choice = choice_of(world, word);
    struct cnil_str value;

    assert_int_equal(cnil_security_policy_closed(&world->page, &choice, world->arena, &value), CNIL_OK);
    return value;
}

static struct cnil_security_policy policy_for(const struct world *world, const char *word)
{
    struct cnil_choice choice = choice_of(world, word);
    struct cnil_security_policy policy;

    assert_int_equal(cnil_security_policy_of(&world->page, &choice, world->arena, &policy), CNIL_OK);
    return policy;
}

static void unread_documents_reach_the_first_party_only(void **state)
{
    static const struct {
        const char *page, *policy, *value;
    } cases[] = {
        { "https://www.shop.example/a", "{}", CLOSED SHOP_ALL },
        { "https://www.shop.example/a",
          "{ \"site\": { \"hosts\": [\"cdn.other.example\", \"192.0.2.1\", \"[::1]\"] } }",
          CLOSED SHOP_ALL
          " cdn.other.example:* *.cdn.other.example:* ws://cdn.other.example:* ws://*.cdn.other.example:*"
          " 192.0.2.1:* ws://192.0.2.1:*" },
        { "https://127.0.0.1/", "{}", CLOSED },
        { "https://[::1]/", "{}", CLOSED },
        { "https://github.io/", "{}", CLOSED }, /* what is below it belongs to others */
        { "https://shop.example/", "{ \"trackers\": { \"allow\": [\"good.example\"] } }", CLOSED SHOP_ALL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world world;
        struct cnil_str value;

        open_world(&world, cases[i].policy, cases[i].page);
        value = closed_for(&world, i % 2 == 0 ? "none" : "refuse");
        if (!cnil_str_equal(value, cnil_str_from(cases[i].value)))
            fail_msg("%s: %.*s", cases[i].page, (int)value.len, value.ptr);
        close_world(&world);
    }
}

#define SERVICE                                                                                                        \
    "\"services\": { \"s\": { \"name\": \"S\", \"controller\": \"S\", \"purpose\": \"maps\","                          \
    " \"hosts\": [\"s.example\"] } }"

/* What the visitor has accepted opens them; what nobody was asked about, and what is too long to be named, does not. */
static void unread_documents_follow_the_choice(void **state)
{
    static const struct {
        const char *policy, *choice, *has, *has_not; /* `has` NULL: there is no policy at all */
    } cases[] = {
        { "{}", "accept", NULL, NULL },
        { "{ \"preset\": \"strict\" }", "accept", NULL, NULL },
        { "{ \"trackers\": { \"block\": [\"bad.example\"] } }", "accept", CLOSED, "bad.example" },
        { "{ \"trackers\": { \"unknown\": \"hold\" } }", "accept", NULL, NULL },
        { "{ \"trackers\": { \"unknown\": \"hold\" } }", "maps,advertising", CLOSED, NULL },
        { "{ \"trackers\": { \"patterns\": [{ \"pattern\": \"/t\\\\.gif\", \"purpose\": \"audience\" }] } }", "accept",
          NULL, NULL },
        { "{}", "maps", " maps.googleapis.com:*", "fonts.googleapis.com" },
        { "{ " SERVICE " }", "maps", " s.example:* *.s.example:* ws://s.example:*", "doubleclick" },
        { "{ " SERVICE " }", "refuse", CLOSED, "s.example" },
        { "{ " SERVICE ", \"trackers\": { \"block\": [\"bad.example\"], \"allow\": [\"good.example\"] } }", "maps",
          " good.example:*", "bad.example" },
        { "{ " SERVICE " }", "maps,advertising", SHOP_ALL, "s.example" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world world;
        struct cnil_str value;

        open_world(&world, cases[i].policy, "https://www.shop.example/a");
        value = closed_for(&world, cases[i].choice);
        if (cases[i].has == NULL
                ? value.len > 0
                : value.len == 0 || value.len > CNIL_LIMIT_SECURITY_POLICY || strstr(value.ptr, cases[i].has) == NULL ||
                      (cases[i].has_not != NULL && strstr(value.ptr, cases[i].has_not) != NULL))
            fail_msg("%s, %s: %.*s", cases[i].policy, cases[i].choice, (int)value.len, value.ptr);
        close_world(&world);
    }
}

#define SHOP   " shop.example:* *.shop.example:*"
#define STRICT "\"preset\": \"strict\", \"trackers\": { \"known\": \"report\""

static void a_list_is_of_what_passes(void **state)
{
    static const struct {
        const char *policy, *choice, *has, *has_not;
    } cases[] = {
        { "{ \"preset\": \"strict\" }", "none", "form-action 'self'" SHOP ";", "google" },
        { "{ \"preset\": \"strict\" }", "refuse", "data: blob:" SHOP_ALL, "google" },
        { "{ " STRICT ", \"allow\": [\"good.example\"] } }", "none", "; form-action 'self'" SHOP " good.example:*",
          NULL },
        { "{ " STRICT ", \"allow\": [\"good.example\"] } }", "none",
          "blob:" SHOP_ALL " good.example:* *.good.example:* ws://good.example:*", NULL },
        { "{ " STRICT ", \"allow\": [\"good.example/a/b\"] } }", "none", " good.example:*/a/ *.good.example:*/a/",
          "/a/b" },
        { "{ " STRICT ", \"allow\": [\"good.example/a\"] } }", "none", " good.example:* *.good.example:*", ":*/" },
        { "{ " STRICT ", \"allow\": [\"good.example/a;b/\"] } }", "none", " good.example:* ", "a;b" },
        { "{ " STRICT ", \"allow\": [\"x.good.example\", \"good.example\"] } }", "none", " good.example:*",
          "x.good.example" },
        { "{ " STRICT ", \"block\": [\"bad.example\"] } }", "none", "base-uri", "bad.example" },
        { "{ " STRICT " }, \"services\": { \"s\": { \"name\": \"S\", \"controller\": \"S\", \"purpose\": \"maps\","
          " \"hosts\": [\"s.example\"] } } }",
          "none", "base-uri", "s.example" },
        { "{ " STRICT " }, \"services\": { \"s\": { \"name\": \"S\", \"controller\": \"S\", \"purpose\": \"maps\","
          " \"hosts\": [\"s.example\"] } } }",
          "maps", " s.example:* *.s.example:*", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_security_policy policy;
        struct world world;

        open_world(&world, cases[i].policy, "https://www.shop.example/a");
        policy = policy_for(&world, cases[i].choice);
        if (policy.rest.len > 0 || policy.is_open || policy.field.len == 0 ||
            policy.field.len > CNIL_LIMIT_SECURITY_POLICY || strstr(policy.field.ptr, cases[i].has) == NULL ||
            (cases[i].has_not != NULL && strstr(policy.field.ptr, cases[i].has_not) != NULL))
            fail_msg("%s, %s: %.*s", cases[i].policy, cases[i].choice, (int)policy.field.len, policy.field.ptr);
        close_world(&world);
    }
}

static void where_strangers_pass_there_is_no_list(void **state)
{
    static const struct {
        const char *policy, *choice;
    } cases[] = {
        { "{}", "none" },
        { "{}", "refuse" },
        { "{ \"trackers\": { \"unknown\": \"hold\" } }", "none" },
        { "{ \"preset\": \"strict\" }", "accept" },
        { "{ \"preset\": \"strict\" }", "other" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_security_policy policy;
        struct world world;

        open_world(&world, cases[i].policy, "https://www.shop.example/a");
        policy = policy_for(&world, cases[i].choice);
        if (policy.field.len > 0 || policy.rest.len > 0 || policy.is_open)
            fail_msg("%s, %s: %.*s", cases[i].policy, cases[i].choice, (int)policy.field.len, policy.field.ptr);
        close_world(&world);
    }
}

/* Every choice but those that let strangers pass: what a header cannot name stands in the page, nothing is cut. */
static void no_choice_leaves_the_wall_open(void **state)
{
    size_t fields = 0, pages = 0, longest = 0;
    struct world world;

    (void)state;
    open_world(&world, "{ \"preset\": \"strict\" }", "https://www.shop.example/a");
    for (cnil_purposes granted = 0; granted < (cnil_purposes)1 << world.policy->purpose_count; granted++) {
        struct cnil_choice choice = { .state = granted != 0 ? CNIL_CHOICE_GRANTED : CNIL_CHOICE_REFUSED,
                                      .granted = granted };
        struct cnil_security_policy policy;
        struct cnil_verdict unknown;
        struct cnil_arena *arena;

        cnil_matcher_unknown(world.policy, &unknown);
        if (cnil_choice_allows(&choice, &unknown))
            continue;
        arena = cnil_arena_new(256 * 1024);
        assert_int_equal(cnil_security_policy_of(&world.page, &choice, arena, &policy), CNIL_OK);
        if (policy.is_open || policy.field.len > CNIL_LIMIT_SECURITY_POLICY ||
            strstr(policy.field.ptr, "base-uri") == NULL || strstr(policy.field.ptr, "form-action") == NULL ||
            strstr(policy.rest.len > 0 ? policy.rest.ptr : policy.field.ptr, "default-src") == NULL)
            fail_msg("%x: %.*s", (unsigned)granted, (int)policy.field.len, policy.field.ptr);
        fields += policy.rest.len == 0;
        pages += policy.rest.len > 0;
        if (policy.rest.len > longest)
            longest = policy.rest.len;
        if (getenv("CNIL_SHOW_WALLS") != NULL)
            print_message("%02x field %zu page %zu\n", (unsigned)granted, policy.field.len, policy.rest.len);
        cnil_arena_free(arena);
    }
    print_message("built-in catalogue: %zu choices fit a header, %zu stand in the page, of up to %zu bytes\n", fields,
                  pages, longest);
    assert_int_equal(fields + pages, (size_t)1 << (world.policy->purpose_count - 1));
    close_world(&world);
}

/* More than may stand in a page: the two directives that do not depend on it stand all the same. */
static void an_absurd_list_is_left_out(void **state)
{
    struct cnil_security_policy policy;
    char *text = malloc(1024 * 1024);
    struct world world;
    size_t at;

    (void)state;
    assert_non_null(text);
    at = (size_t)sprintf(text, "{ \"preset\": \"strict\", \"trackers\": { \"allow\": [\"first.example/\"");
    for (int i = 0; i < 2000; i++)
        at += (size_t)sprintf(text + at, ", \"a-rather-long-name-of-a-host-%d.example\"", i);
    strcpy(text + at, "] } }");
    open_world(&world, text, "https://www.shop.example/a");
    policy = policy_for(&world, "none");
    assert_true(policy.is_open);
    assert_int_equal(policy.rest.len, 0);
    assert_string_equal(policy.field.ptr, "base-uri 'self' shop.example:* *.shop.example:*");
    close_world(&world);
    free(text);
}

static void a_policy_of_any_length_fits_a_header(void **state)
{
    char text[16384] = "{ \"site\": { \"hosts\": [\"first.example\"";
    struct world world;
    struct cnil_str value;

    (void)state;
    for (int i = 0; i < 200; i++)
        sprintf(text + strlen(text), ", \"a-rather-long-name-of-a-host-%d.example\"", i);
    strcat(text, "] } }");
    open_world(&world, text, "https://www.shop.example/a");
    value = closed_for(&world, "none");
    assert_non_null(value.ptr);
    assert_true(value.len <= CNIL_LIMIT_SECURITY_POLICY);
    assert_non_null(strstr(value.ptr, "*.shop.example:*"));
    assert_non_null(strstr(value.ptr, "first.example:*"));
    close_world(&world);
}

static void without_memory_there_is_no_half_of_a_list(void **state)
{
    static const char *const words[] = { "refuse", "advertising" };
    struct world world;

    (void)state;
    open_world(&world, "{ \"preset\": \"strict\" }", "https://www.shop.example/a");
    for (size_t i = 0; i < 2; i++) {
        struct cnil_choice choice = choice_of(&world, words[i]);
        struct cnil_security_policy policy = { .is_open = false };
        enum cnil_status status = CNIL_NO_MEMORY;

        for (long allowed = 0; status != CNIL_OK; allowed++) {
            alloc_fail_after(allowed);
            status = cnil_security_policy_of(&world.page, &choice, world.arena, &policy);
            alloc_fail_after(-1);
            assert_true(status == CNIL_OK || status == CNIL_NO_MEMORY);
            assert_true(allowed < 100);
        }
        assert_true(cnil_str_ends_with(policy.rest.len > 0 ? policy.rest : policy.field, CNIL_STR(":*")));
        assert_false(policy.is_open);
    }
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unread_documents_reach_the_first_party_only),
        cmocka_unit_test(unread_documents_follow_the_choice),
        cmocka_unit_test(a_list_is_of_what_passes),
        cmocka_unit_test(where_strangers_pass_there_is_no_list),
        cmocka_unit_test(no_choice_leaves_the_wall_open),
        cmocka_unit_test(an_absurd_list_is_left_out),
        cmocka_unit_test(a_policy_of_any_length_fits_a_header),
        cmocka_unit_test(without_memory_there_is_no_half_of_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
