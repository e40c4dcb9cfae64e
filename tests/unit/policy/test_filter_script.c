/* SPDX-License-Identifier: Apache-2.0
 * What the guard is told; that it decides by it as the server does is shown in tests/lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "base/hash.h"
#include "base/limits.h"
#include "policy/filter_compiler.h"
#include "policy/filter_script.h"

struct world {
    struct cnil_buffer image, sets, out;
    struct cnil_filter_list *list;
    struct cnil_filter_page page;
};

static void open_world(struct world *world, const char *first, const char *second, const char *host)
{
    const struct cnil_filter_source sources[] = { { CNIL_STR_INIT("first"), cnil_str_from(first) },
                                                  { CNIL_STR_INIT("second"), cnil_str_from(second) } };
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    cnil_buffer_init(&world->image, 1 << 24);
    cnil_buffer_init(&world->sets, 1 << 20);
    cnil_buffer_init(&world->out, 1 << 20);
    assert_int_equal(cnil_filter_compile(sources, 2, NULL, NULL, &world->image), CNIL_OK);
    world->list = cnil_filter_list_open(cnil_buffer_str(&world->image), "l", &errors);
    assert_non_null(world->list);
    cnil_filter_page_init(&world->page, cnil_str_from(host), CNIL_STR("shop.example"));
    cnil_errors_free(&errors);
}

static void close_world(struct world *world)
{
    cnil_filter_list_free(world->list);
    cnil_buffer_free(&world->image);
    cnil_buffer_free(&world->sets);
    cnil_buffer_free(&world->out);
}

static void write_all(struct world *world, uint32_t held, bool exceptions)
{
    const struct cnil_filter_script script = {
        .list = world->list, .page = &world->page, .held = held, .exceptions = exceptions
    };

    cnil_buffer_clear(&world->out);
    cnil_buffer_clear(&world->sets);
    cnil_filter_script_write(&script, &world->sets, &world->out);
    cnil_filter_script_write_sets(world->list, &world->sets, &world->out);
    cnil_buffer_append_byte(&world->out, '\0');
}

static const char *text_of(struct world *world, uint32_t held, bool exceptions)
{
    write_all(world, held, exceptions);
    assert_int_equal(cnil_buffer_status(&world->out), CNIL_OK);
    return world->out.ptr;
}

/* Six letters of a host's hash, of which no byte of lists.js may disagree: tests/lists asks both. */
static void key_of(const char *host, char key[7])
{
    static const char letters[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    uint64_t hash = CNIL_HASH_SEED;

    for (size_t i = strlen(host); i > 0; i--)
        hash = cnil_hash_roll(hash, host[i - 1]);
    for (unsigned i = 0; i < 6; i++)
        key[i] = letters[hash >> (58 - 6 * i) & 63];
    key[6] = '\0';
}

/* What follows "rules:[", with "{host}" in `wanted` as the host's key. */
static void expect_rules(struct world *world, uint32_t held, bool exceptions, const char *wanted)
{
    const char *text = strstr(text_of(world, held, exceptions), "rules:[");
    char line[1024] = "";

    for (const char *at = wanted; *at != '\0';) {
        if (*at == '{') {
            char host[128], key[7];
            size_t len = strcspn(at, "}");

            snprintf(host, sizeof(host), "%.*s", (int)len - 1, at + 1);
            key_of(host, key);
            strcat(line, key);
            at += len + 1;
        } else {
            strncat(line, at++, 1);
        }
    }
    if (strcmp(text + strlen("rules:["), line) != 0)
        fail_msg("got %s\nwanted %s", text, line);
}

static void rules_are_words_in_order(void **state)
{
    static const struct {
        const char *first, *second, *wanted;
        bool exceptions;
    } cases[] = {
        { "/collect/x?id=\n|https://track.\n.gif|\n||pixel.\n", "",
          "\" collect<</collect/x?id= gif<r<.gif pixel<d<pixel. track<l<https://track. \",\n\" \",\n\" \",\n]", true },
        /* types, parties, case, another list that passes */
        { "/a1/b$script,third-party\n/A2/c$match-case", "/a3/d$~third-party,image",
          "\" a1<b1</a1/b a2<c</A2/c a3<ah2</a3/d \",\n\" \",\n\" \",\n]", true },
        /* hosts with more than themselves, exceptions, what none touches */
        { "||t.example/spy.js\n||u.example^$script\n@@||t.example/spy.js$domain=shop.example\n||v.example^$important",
          "", NULL, true },
        { "/ab1/y\n@@/ab2/y", "", "\" ab1<</ab1/y \",\n\" \",\n\" \",\n]", false },
        /* of other pages; a word that most URLs have leads by the page, or always */
        { "/ab1/y$domain=other.example\n/ab2/y$domain=shop.example|~www.shop.example\n/ab3/y$domain=shop.*", "",
          "\" ab3<</ab3/y \",\n\" \",\n\" \",\n]", true },
        { "com^$domain=www.shop.example|shop.example\nx^", "", "\" <<x^ <<com^ \",\n\" \",\n\" \",\n]", true },
        /* expressions: those that both read alike */
        { "/ab\\d+\"x/$match-case\n/(a)\\1/\n/(?i)cd[ef]/", "", "\" <cx<ab\\\\d+\\\"x <x<cd[ef] \",\n\" \",\n\" \",\n]",
          true },
        /* sets of hosts that are asked */
        { "/ab4/y$to=x.example|~y.x.example", "",
          "\" ab4<,1</ab4/y \",\n\" \",\n\" \",\n]1:[\"{y.x.example}\",\"{x.example}\"],\n", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world world;

        open_world(&world, cases[i].first, cases[i].second, "www.shop.example");
        if (cases[i].wanted != NULL) {
            expect_rules(&world, 1, cases[i].exceptions, cases[i].wanted);
        } else {
            char t[7], u[7], v[7], line[64];

            key_of("t.example", t);
            key_of("u.example", u);
            key_of("v.example", v);
            snprintf(line, sizeof(line), " .%s<</spy.js ", t);
            assert_non_null(strstr(text_of(&world, 1, true), line));
            assert_non_null(strstr(strstr(world.out.ptr, line) + 1, line)); /* the exception */
            snprintf(line, sizeof(line), " .%s<1< ", u);
            assert_non_null(strstr(world.out.ptr, line));
            snprintf(line, sizeof(line), "\" .%s<< \"", v);
            assert_non_null(strstr(world.out.ptr, line)); /* important */
        }
        close_world(&world);
    }
}

/* Where in its four strings is a host? -1: in none, or not where its key says. */
static int kind_of(const char *text, const char *host)
{
    static const char letters[] = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    const char *at = strstr(text, "hosts:[") + strlen("hosts:[");
    char key[7];

    key_of(host, key);
    for (int kind = 0; kind < 4; kind++) {
        long bucket = 64 * (strchr(letters, key[0]) - letters) + (strchr(letters, key[1]) - letters);
        const char *end = strchr(++at, '"');

        for (; at < end; at++) {
            if (*at == ' ') {
                bucket--;
            } else {
                if (bucket == 0 && strncmp(at, key + 2, 4) == 0)
                    return kind;
                at += 3;
            }
        }
        at = end + strlen("\",\n");
    }
    return -1;
}

static void whole_hosts_are_short(void **state)
{
    struct world world;
    const char *text;

    (void)state;
    open_world(&world,
               "||a.example^\n||b.example^$third-party\n||spy.other.example^\n||e.example^$script\n||a-z.example^",
               "||c.example^\n||d.example^$third-party", "www.shop.example");
    text = text_of(&world, 1, true);
    assert_int_equal(kind_of(text, "a.example"), 0);
    assert_int_equal(kind_of(text, "a-z.example"), 0);
    assert_int_equal(kind_of(text, "spy.other.example"), 0);
    assert_int_equal(kind_of(text, "b.example"), 1);
    assert_int_equal(kind_of(text, "c.example"), 2);
    assert_int_equal(kind_of(text, "d.example"), 3);
    assert_int_equal(kind_of(text, "e.example"), -1);
    assert_int_equal(kind_of(text_of(&world, 3, true), "c.example"), 0);
    close_world(&world);
    open_world(&world, "/x1/", "", "www.shop.example");
    assert_non_null(strstr(text_of(&world, 3, true), "hosts:[\"\",\n\"\",\n\"\",\n\"\",\n],"));
    close_world(&world);
}

static void without_memory_it_is_not_half_told(void **state)
{
    enum cnil_status status = CNIL_NO_MEMORY;
    struct world world;

    (void)state;
    open_world(&world, "||a.example^\n/x1/$to=x.example\n@@/x2/\n||b.example^$third-party", "", "www.shop.example");
    for (long allowed = 0; status == CNIL_NO_MEMORY; allowed++) {
        cnil_buffer_free(&world.out);
        cnil_buffer_free(&world.sets);
        cnil_buffer_init(&world.out, 1 << 20);
        cnil_buffer_init(&world.sets, 1 << 20);
        alloc_fail_after(allowed);
        write_all(&world, 1, true);
        alloc_fail_after(-1);
        status = cnil_buffer_status(&world.out) != CNIL_OK ? cnil_buffer_status(&world.out)
                                                           : cnil_buffer_status(&world.sets);
        assert_true(allowed < 1000);
    }
    assert_int_equal(status, CNIL_OK);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_are_words_in_order),
        cmocka_unit_test(whole_hosts_are_short),
        cmocka_unit_test(without_memory_it_is_not_half_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
