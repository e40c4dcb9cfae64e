/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "base/limits.h"
#include "page/guard.h"
#include "policy/filter_compiler.h"

#include <unistd.h>

static const char policy_text[] =
    "{ \"site\": { \"hosts\": [\"cdn.example\"] },"
    "  \"trackers\": { \"allow\": [\"good.example\"], \"block\": [\"bad.example/x\"], \"imports\": [\"esm.example\"] },"
    "  \"services\": {"
    "    \"stats\": { \"name\": \"S\", \"controller\": \"S\", \"purpose\": \"audience\", \"hosts\": "
    "[\"stats.example\"],"
    "                 \"cookies\": [\"_st\", \"_st_*\"], \"stubs\": [\"stats()\", \"st.cmd[]\"] },"
    "    \"let-through\": { \"name\": \"L\", \"controller\": \"L\", \"purpose\": \"audience\","
    "                       \"hosts\": [\"good.example\"], \"stubs\": [\"good()\"] },"
    "    \"film\": { \"name\": \"F\", \"controller\": \"F\", \"purpose\": \"video\", \"hosts\": [\"film.example/v/\"] "
    "} },"
    "  \"cookies\": { \"rules\": [{ \"name\": \"kept\", \"action\": \"keep\" }] } }";

struct world {
    struct cnil_policy *policy;
    struct cnil_arena *arena;
    struct cnil_url url;
    struct cnil_page page;
    struct cnil_buffer out;
};

static void open_world(struct world *world, const char *text)
{
    struct cnil_errors errors;

    memset(world, 0, sizeof(*world));
    cnil_errors_init(&errors);
    world->policy = cnil_policy_parse(cnil_str_from(text), "policy.json", &errors);
    if (world->policy == NULL)
        fail_msg("%s", errors.count > 0 ? errors.list[0].sentence : "no memory");
    cnil_errors_free(&errors);
    world->arena = cnil_arena_new(65536);
    assert_int_equal(cnil_url_parse(CNIL_STR("https://www.shop.example/a"), NULL, world->arena, &world->url), CNIL_OK);
    cnil_page_init(&world->page, world->policy, &world->url);
    cnil_buffer_init(&world->out, CNIL_LIMIT_GUARD_TABLE + CNIL_LIMIT_GUARD_LISTED);
}

static void close_world(struct world *world)
{
    cnil_buffer_free(&world->out);
    cnil_arena_free(world->arena);
    cnil_policy_free(world->policy);
}

static struct cnil_choice choice_of(const struct world *world, const char *word)
{
    struct cnil_choice choice;

    assert_true(cnil_choice_from_word(cnil_str_from(word), world->policy, 0, &choice));
    return choice;
}

static const char *text_of(struct world *world)
{
    cnil_buffer_append_byte(&world->out, '\0');
    assert_int_equal(cnil_buffer_status(&world->out), CNIL_OK);
    return world->out.ptr;
}

static const char *table_of(struct world *world, const char *word)
{
    struct cnil_choice choice = choice_of(world, word);

    cnil_buffer_clear(&world->out);
    cnil_guard_write_table(&world->page, &choice, &world->out);
    return text_of(world);
}

static void expect_in(const char *text, const char *part, bool there)
{
    if ((strstr(text, part) != NULL) != there)
        fail_msg("%s %s", part, there ? "is missing" : "is there");
}

static void the_table_is_of_what_is_held_back(void **state)
{
    struct world world;
    const char *table;

    (void)state;
    open_world(&world, policy_text);
    table = table_of(&world, "none");
    expect_in(table, "self.cnilHeld={cookie:0,\nhosts:[", true);
    expect_in(table, "lists:", false);
    expect_in(table, "hosts:[\" good.example/< \",\n\" bad.example/x \",\n\" ", true);
    expect_in(table, "\" film.example/v/ good.example/ stats.example/ \",\n\" cdn.example/< shop.example/< \",\n",
              true);
    expect_in(table, " google-analytics.com/ ", true);
    expect_in(table, "fonts.googleapis.com", false); /* passes, and nothing above it is held back */
    expect_in(table, "cookies:[\" eu-consent/< kept/< \",\n\" _st/ _st_*/ \",\n", true);
    expect_in(table, " st.cmd[] stats() ", true);
    expect_in(table, "good()", false);
    expect_in(table, "names:[[\"src ", true);

    table = table_of(&world, "audience");
    expect_in(table, "stats.example/< ", true); /* what the policy declares is all there */
    expect_in(table, " film.example/v/", true);
    expect_in(table, " google-analytics.com/ ", false);
    expect_in(table, "\" _st/< _st_*/< \"", true);
    expect_in(table, "stats()", false);

    table = table_of(&world, "service.google-analytics"); /* by itself: its purpose still waits */
    expect_in(table, " google-analytics.com/ ", false);
    expect_in(table, " stats.example/", true);
    close_world(&world);
}

static void what_passes_is_named_where_strangers_are_held_back(void **state)
{
    struct world world;
    const char *table;

    (void)state;
    open_world(&world, "{ \"trackers\": { \"unknown\": \"hold\" } }");
    table = table_of(&world, "audience");
    expect_in(table, "\",\n[[\"\"]]],\ncookies", true);
    expect_in(table, "google-analytics.com/< ", true);
    table = table_of(&world, "accept");
    expect_in(table, "\",\n[[\"\",\"\"]]],\ncookies", true);
    close_world(&world);
}

/* What the site's own Content-Security-Policy says of scripts. */
static const struct cnil_csp_element nonced = { .allowed = true, .leads = true, .nonce = CNIL_STR_INIT("abc=") },
                                     plain = { .allowed = true };

static void the_tags_name_table_and_script(void **state)
{
    struct world world;
    struct cnil_choice choice, read;
    struct cnil_str name;
    bool current;

    (void)state;
    open_world(&world, policy_text);
    choice = choice_of(&world, "video");
    cnil_guard_write_tags(world.policy, &choice, &world.url, &nonced, &world.out);
    name = cnil_str_from(text_of(&world));
    expect_in(name.ptr, "<script src=\"https://www.shop.example/_privacy/held-", true);
    expect_in(name.ptr, ".js#imports\" nonce=\"abc=\"></script><script src=\"https://www.shop.example/_privacy/guard-",
              true);
    name.ptr = strstr(name.ptr, "held-");
    name = cnil_str_slice(name, 0, cnil_str_find_byte(cnil_str_from(name.ptr), '#'));
    assert_true(cnil_guard_is_table(name, world.policy, &read, &current));
    assert_true(current);
    assert_int_equal(read.granted, choice.granted);
    assert_int_equal(read.state, CNIL_CHOICE_GRANTED);
    choice = choice_of(&world, "video,service.google-analytics,service.matomo");
    cnil_buffer_clear(&world.out);
    cnil_guard_write_tags(world.policy, &choice, &world.url, &plain, &world.out);
    name = cnil_str_from(text_of(&world));
    name.ptr = strstr(name.ptr, "held-");
    name = cnil_str_slice(name, 0, cnil_str_find_byte(cnil_str_from(name.ptr), '"'));
    expect_in(name.ptr, "-google-analytics.matomo.js\"", true);
    assert_true(cnil_guard_is_table(name, world.policy, &read, &current));
    assert_true(current);
    assert_int_equal(read.service_count, 2);
    cnil_buffer_clear(&world.out);
    world.policy->measures = true;
    for (int opposes = 0; opposes < 2; opposes++) {
        choice.opposes = opposes == 1;
        cnil_buffer_clear(&world.out);
        cnil_guard_write_tags(world.policy, &choice, &world.url, &plain, &world.out);
        name = cnil_str_from(text_of(&world));
        name.ptr = strstr(name.ptr, "held-");
        name = cnil_str_slice(name, 0, cnil_str_find_byte(cnil_str_from(name.ptr), '"'));
        assert_true(cnil_guard_is_table(name, world.policy, &read, &current));
        assert_true(current);
        assert_int_equal(read.opposes, choice.opposes);
        assert_int_equal(read.granted, choice.granted);
    }
    world.policy->measures = false;
    world.policy->digest[0] ^= 1; /* a page of before a reload */
    assert_true(cnil_guard_is_table(name, world.policy, &read, &current));
    assert_false(current);
    close_world(&world);
}

/* Lists and patterns come with the script that asks them (what it answers: tests/lists, tests/guard), and what passes
 * before they are asked is named. */
static void lists_and_patterns_are_in_the_table(void **state)
{
    const struct cnil_filter_source source = {
        CNIL_STR_INIT("l"), CNIL_STR_INIT("/spy-path/x.js\n||fine.example^\n@@||fine.example/n.js")
    };
    char path[] = "/tmp/test_guard.XXXXXX", text[512];
    struct cnil_choice choice;
    struct cnil_buffer image;
    struct world world;
    int file = mkstemp(path);

    (void)state;
    cnil_buffer_init(&image, 1 << 20);
    assert_int_equal(cnil_filter_compile(&source, 1, NULL, NULL, &image), CNIL_OK);
    assert_int_equal(write(file, image.ptr, image.len), image.len);
    close(file);
    cnil_buffer_free(&image);
    snprintf(text, sizeof(text),
             "{ \"trackers\": { \"patterns\": [{ \"pattern\": \"(?i)/p\\\\.gif\", \"purpose\": \"audience\" }, "
             "{ \"pattern\": \"a++\", \"purpose\": \"audience\" }],"
             "  \"lists\": [{ \"file\": \"%s\", \"purposes\": { \"l\": \"advertising\" } }] } }",
             path);
    open_world(&world, text);
    unlink(path);

    table_of(&world, "none");
    expect_in(world.out.ptr, "site:\"shop.example\",page:\"www.shop.example\",\n", true);
    expect_in(world.out.ptr, "patterns:[[\"/p\\\\.gif\",\"i\",0],\n],\n", true);
    expect_in(world.out.ptr, "{own:0,hosts:[", true);
    expect_in(world.out.ptr, "\" path<</spy-path/x.js \"", true);
    expect_in(world.out.ptr, " fonts.googleapis.com/< ", true); /* the catalogue goes first, and lets it pass */
    expect_in(world.out.ptr, "self.cnilHeld=function", true);
    table_of(&world, "audience");
    expect_in(world.out.ptr, "[\"/p\\\\.gif\",\"i\",1]", true);
    expect_in(world.out.ptr, "\" path<</spy-path/x.js \"", true);
    table_of(&world, "advertising");
    expect_in(world.out.ptr, "\" path<h</spy-path/x.js \"", true);

    choice = choice_of(&world, "none");
    cnil_buffer_clear(&world.out);
    cnil_guard_write_line(&world.page, &choice, &world.out);
    text_of(&world);
    expect_in(world.out.ptr, "spy-path", false);
    expect_in(world.out.ptr, "/p\\\\.gif", true);
    expect_in(world.out.ptr, "\n", false);
    expect_in(world.out.ptr, "r.open(\"GET\",u,!1);r.send();(0,eval)(r.responseText)}catch{}}})(\"/_privacy/held-",
              true);
    expect_in(world.out.ptr, "-00000000.js\");if(!self.cnilHeld){self.cnilHeld={", true);
    close_world(&world);
}

/* Where hosts below the page's are other sites, a word cannot name it. */
static void a_public_suffix_is_its_own_site_alone(void **state)
{
    struct cnil_url url;
    struct world world;

    (void)state;
    open_world(&world, "{}");
    assert_int_equal(cnil_url_parse(CNIL_STR("https://localhost/a"), NULL, world.arena, &url), CNIL_OK);
    cnil_page_init(&world.page, world.policy, &url);
    table_of(&world, "none");
    expect_in(world.out.ptr, "site:\"localhost\"", true);
    expect_in(world.out.ptr, " localhost/< ", false);
    expect_in(world.out.ptr, "self.cnilHeld=function", true);
    assert_int_equal(cnil_url_parse(CNIL_STR("https://10.0.0.1/a"), NULL, world.arena, &url), CNIL_OK);
    cnil_page_init(&world.page, world.policy, &url);
    table_of(&world, "none");
    expect_in(world.out.ptr, " 10.0.0.1/< ", true);
    expect_in(world.out.ptr, "self.cnilHeld=function", false);
    close_world(&world);
}

/* Of the hosts that the policy names those that wait for nothing. */
static void modules_come_from_where_the_policy_says(void **state)
{
    struct cnil_choice choice;
    struct world world;

    (void)state;
    open_world(&world,
               "{ \"trackers\": { \"imports\": [\"esm.example\", \"www.google-analytics.com\", \"bad.example\"],"
               "                  \"block\": [\"bad.example\"] } }");
    table_of(&world, "none");
    expect_in(world.out.ptr, "imports:[\"esm.example\",],\n", true);
    table_of(&world, "audience");
    expect_in(world.out.ptr, "imports:[\"esm.example\",\"www.google-analytics.com\",],\n", true);
    choice = choice_of(&world, "none");
    cnil_buffer_clear(&world.out);
    cnil_guard_write_line(&world.page, &choice, &world.out);
    expect_in(text_of(&world), "imports:[", false);
    close_world(&world);
    open_world(&world, "{}");
    expect_in(table_of(&world, "none"), "imports:\"module/\",\n", true);
    close_world(&world);
    open_world(&world, "{ \"preset\": \"strict\" }");
    expect_in(table_of(&world, "none"), "imports:\"", false);
    close_world(&world);
    open_world(&world, "{ \"trackers\": { \"imports\": false } }");
    expect_in(table_of(&world, "none"), "imports:\"", false);
    close_world(&world);
}

/* What stands before a worker's script: both, in one line of ASCII, so that the script's own lines keep their numbers.
 */
static void the_line_has_both(void **state)
{
    struct world world;
    struct cnil_choice choice;
    const char *line;

    (void)state;
    open_world(&world, policy_text);
    choice = choice_of(&world, "none");
    cnil_guard_write_line(&world.page, &choice, &world.out);
    line = text_of(&world);
    assert_true(cnil_str_starts_with(cnil_str_from(line), CNIL_STR("if(!self[")));
    assert_true(cnil_str_ends_with(cnil_str_from(line), CNIL_STR("}")));
    expect_in(line, "self.cnilHeld={", true);
    expect_in(line, "stats.example", true);
    expect_in(line, "about:invalid", true);
    expect_in(line, "names:[[\"src ", true);
    expect_in(line, "{importScripts(u)}", false); /* there are no lists to import */
    for (size_t i = 0; line[i] != '\0'; i++)
        if (line[i] < ' ' || line[i] > '~')
            fail_msg("byte %02x at %zu", (unsigned char)line[i], i);
    close_world(&world);
}

static void other_names_are_no_tables(void **state)
{
    static const char *const names[] = { "",
                                         "held-.js",
                                         "held-0011223344556677-00000000",
                                         "held-0011223344556677-00000000.jsx",
                                         "held-001122334455667-00000000.js",
                                         "held-001122334455667x-00000000.js",
                                         "held-0011223344556677x00000000.js",
                                         "held-0011223344556677-0000000g.js",
                                         "held-0011223344556677-00000000x.js",
                                         "held-0011223344556677-00000000.matomo.js",
                                         "guard-0011223344556677-00000000.js" };
    struct cnil_choice choice;
    struct world world;
    bool current;

    (void)state;
    open_world(&world, "{}");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (cnil_guard_is_table(cnil_str_from(names[i]), world.policy, &choice, &current))
            fail_msg("%s", names[i]);
    close_world(&world);
}

static void the_guard_is_due_while_something_is_held_back(void **state)
{
    static const struct {
        const char *policy, *choice;
        bool due;
    } cases[] = {
        { "{}", "none", true },
        { "{}", "refuse", true },
        { "{}", "audience", true },
        { "{}", "accept", false },
        { "{ \"trackers\": { \"block\": [\"bad.example\"] } }", "accept", true },
        { "{ \"trackers\": { \"guard\": false } }", "none", false },
        { "{ \"trackers\": { \"unknown\": \"hold\" } }", "accept", false },
        { "{ \"cookies\": { \"rules\": [{ \"name\": \"x\", \"action\": \"drop\" }] } }", "accept", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_choice choice;
        struct world world;

        open_world(&world, cases[i].policy);
        choice = choice_of(&world, cases[i].choice);
        if (cnil_guard_is_due(world.policy, &choice) != cases[i].due)
            fail_msg("%s, %s", cases[i].policy, cases[i].choice);
        close_world(&world);
    }
}

static void without_memory_nothing_half_written_is_whole(void **state)
{
    enum cnil_status status = CNIL_NO_MEMORY;
    struct cnil_choice choice;
    struct world world;

    (void)state;
    open_world(&world, policy_text);
    choice = choice_of(&world, "none");
    for (long allowed = 0; status == CNIL_NO_MEMORY; allowed++) {
        cnil_buffer_free(&world.out);
        cnil_buffer_init(&world.out, CNIL_LIMIT_GUARD_TABLE);
        alloc_fail_after(allowed);
        cnil_guard_write_tags(world.policy, &choice, NULL, &plain, &world.out);
        cnil_guard_write_table(&world.page, &choice, &world.out);
        cnil_guard_write_line(&world.page, &choice, &world.out);
        alloc_fail_after(-1);
        status = cnil_buffer_status(&world.out);
        assert_true(allowed < 1000);
    }
    assert_int_equal(status, CNIL_OK);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_of_what_is_held_back),
        cmocka_unit_test(what_passes_is_named_where_strangers_are_held_back),
        cmocka_unit_test(the_tags_name_table_and_script),
        cmocka_unit_test(lists_and_patterns_are_in_the_table),
        cmocka_unit_test(a_public_suffix_is_its_own_site_alone),
        cmocka_unit_test(modules_come_from_where_the_policy_says),
        cmocka_unit_test(the_line_has_both),
        cmocka_unit_test(other_names_are_no_tables),
        cmocka_unit_test(the_guard_is_due_while_something_is_held_back),
        cmocka_unit_test(without_memory_nothing_half_written_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
