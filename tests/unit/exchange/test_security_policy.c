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
        value = cnil_security_policy_closed(&world.page, world.arena);
        if (!cnil_str_equal(value, cnil_str_from(cases[i].value)))
            fail_msg("%s: %.*s", cases[i].page, (int)value.len, value.ptr);
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
        struct cnil_choice choice;
        struct world world;
        struct cnil_str value;
        enum cnil_security_policy kind;

        open_world(&world, cases[i].policy, "https://www.shop.example/a");
        assert_true(cnil_choice_from_word(cnil_str_from(cases[i].choice), world.policy, NOW, &choice));
        kind = cnil_security_policy_of(&world.page, &choice, world.arena, &value);
        if (kind != CNIL_SECURITY_POLICY_LIST || value.len > CNIL_LIMIT_SECURITY_POLICY ||
            strstr(value.ptr, cases[i].has) == NULL ||
            (cases[i].has_not != NULL && strstr(value.ptr, cases[i].has_not) != NULL))
            fail_msg("%s, %s: %d %.*s", cases[i].policy, cases[i].choice, kind, (int)value.len, value.ptr);
        close_world(&world);
    }
}

static void where_strangers_pass_there_is_no_list(void **state)
{
    static const struct {
        const char *policy, *choice;
        enum cnil_security_policy kind;
    } cases[] = {
        { "{}", "none", CNIL_SECURITY_POLICY_NONE },
        { "{}", "refuse", CNIL_SECURITY_POLICY_NONE },
        { "{ \"trackers\": { \"unknown\": \"hold\" } }", "none", CNIL_SECURITY_POLICY_NONE },
        { "{ \"preset\": \"strict\" }", "accept", CNIL_SECURITY_POLICY_NONE },
        { "{ \"preset\": \"strict\" }", "other", CNIL_SECURITY_POLICY_NONE },
        { "{ \"preset\": \"strict\" }", "advertising", CNIL_SECURITY_POLICY_WIDE },
        { "{ \"preset\": \"strict\" }", "refuse", CNIL_SECURITY_POLICY_LIST },
        { "{ \"preset\": \"strict\" }", "maps", CNIL_SECURITY_POLICY_LIST },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_choice choice;
        struct world world;
        struct cnil_str value;
        enum cnil_security_policy kind;

        open_world(&world, cases[i].policy, "https://www.shop.example/a");
        assert_true(cnil_choice_from_word(cnil_str_from(cases[i].choice), world.policy, NOW, &choice));
        kind = cnil_security_policy_of(&world.page, &choice, world.arena, &value);
        if (kind != cases[i].kind)
            fail_msg("%s, %s: %d, %zu bytes", cases[i].policy, cases[i].choice, kind, value.len);
        close_world(&world);
    }
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
    value = cnil_security_policy_closed(&world.page, world.arena);
    assert_non_null(value.ptr);
    assert_true(value.len <= CNIL_LIMIT_SECURITY_POLICY);
    assert_non_null(strstr(value.ptr, "*.shop.example:*"));
    assert_non_null(strstr(value.ptr, "first.example:*"));
    close_world(&world);
}

static void without_memory_there_is_no_half_of_a_list(void **state)
{
    struct cnil_choice choice = { .state = CNIL_CHOICE_NONE };
    struct cnil_str value = CNIL_STR_EMPTY;
    struct world world;

    (void)state;
    open_world(&world, "{ \"preset\": \"strict\" }", "https://www.shop.example/a");
    for (long allowed = 0; value.ptr == NULL; allowed++) {
        enum cnil_security_policy kind;

        alloc_fail_after(allowed);
        kind = cnil_security_policy_of(&world.page, &choice, world.arena, &value);
        alloc_fail_after(-1);
        assert_int_equal(kind, CNIL_SECURITY_POLICY_LIST);
        assert_true(allowed < 100);
    }
    assert_true(cnil_str_ends_with(value, CNIL_STR(":*")));
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unread_documents_reach_the_first_party_only),
        cmocka_unit_test(a_list_is_of_what_passes),
        cmocka_unit_test(where_strangers_pass_there_is_no_list),
        cmocka_unit_test(a_policy_of_any_length_fits_a_header),
        cmocka_unit_test(without_memory_there_is_no_half_of_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
