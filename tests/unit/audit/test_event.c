/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "audit/event.h"
#include "base/limits.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ARENA = 256 * 1024, TEXT = 512 * 1024 };

static const struct cnil_event_context context = {
    .now = 1764000000,
    .host = CNIL_STR_INIT("boutique.example"),
    .path = CNIL_STR_INIT("/panier"),
    .choice = CNIL_STR_INIT("none"),
    .mode = CNIL_MODE_ENFORCE,
    .status = 200,
};

static const struct cnil_event held = {
    .kind = CNIL_EVENT_ELEMENT_HELD,
    .element = CNIL_STR_INIT("script src"),
    .subject = CNIL_STR_INIT("www.google-analytics.com/analytics.js"),
    .service = CNIL_STR_INIT("google-analytics"),
    .purpose = CNIL_STR_INIT("audience"),
    .rule = CNIL_STR_INIT("catalogue google-analytics"),
};

/* What `events` writes, with a NUL; the caller frees `out`. */
static const char *lines_of(const struct cnil_events *events, const struct cnil_event_context *where,
                            struct cnil_buffer *out)
{
    cnil_buffer_init(out, TEXT);
    cnil_events_write(events, where, out);
    assert_int_equal(cnil_buffer_status(out), CNIL_OK);
    cnil_buffer_append_byte(out, '\0');
    return out->ptr;
}

static void a_line(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(ARENA);
    struct cnil_events *events = cnil_events_new(arena);
    struct cnil_buffer out;

    (void)state;
    cnil_events_add(events, &held);
    assert_string_equal(
        lines_of(events, &context, &out),
        "{\"time\":\"2025-11-24T16:00:00Z\",\"event\":\"element-held\",\"rule\":\"C2\",\"count\":1,\"mode\":"
        "\"enforce\","
        "\"choice\":\"none\",\"host\":\"boutique.example\",\"path\":\"/panier\",\"status\":200,"
        "\"element\":\"script src\",\"subject\":\"www.google-analytics.com/analytics.js\","
        "\"service\":\"google-analytics\",\"purpose\":\"audience\",\"decided\":\"catalogue google-analytics\"}\n");
    cnil_buffer_free(&out);
    cnil_arena_free(arena);
}

static void what_is_not_known_is_left_out(void **state)
{
    static const struct cnil_event_context bare = { .now = 0, .mode = CNIL_MODE_AUDIT };
    static const struct cnil_event redirect = { .kind = CNIL_EVENT_HTTPS_REDIRECT };
    struct cnil_arena *arena = cnil_arena_new(ARENA);
    struct cnil_events *events = cnil_events_new(arena);
    struct cnil_buffer out;

    (void)state;
    cnil_events_add(events, &redirect);
    assert_string_equal(lines_of(events, &bare, &out),
                        "{\"time\":\"1970-01-01T00:00:00Z\",\"event\":\"https-redirect\","
                        "\"rule\":\"W1\",\"count\":1,\"mode\":\"audit\"}\n");
    cnil_buffer_free(&out);
    cnil_arena_free(arena);
}

static void equal_events_are_counted(void **state)
{
    static const struct {
        const char *name;
        struct cnil_event event;
        size_t lines;
    } cases[] = {
        { "the same",
          { CNIL_EVENT_ELEMENT_HELD, CNIL_STR_INIT("a"), CNIL_STR_INIT("b"), CNIL_STR_INIT("c"), CNIL_STR_INIT("d"),
            CNIL_STR_INIT("e") },
          1 },
        { "another kind",
          { CNIL_EVENT_SCRIPT_HELD, CNIL_STR_INIT("a"), CNIL_STR_INIT("b"), CNIL_STR_INIT("c"), CNIL_STR_INIT("d"),
            CNIL_STR_INIT("e") },
          2 },
        { "another element",
          { CNIL_EVENT_ELEMENT_HELD, CNIL_STR_INIT("x"), CNIL_STR_INIT("b"), CNIL_STR_INIT("c"), CNIL_STR_INIT("d"),
            CNIL_STR_INIT("e") },
          2 },
        { "another subject",
          { CNIL_EVENT_ELEMENT_HELD, CNIL_STR_INIT("a"), CNIL_STR_INIT("x"), CNIL_STR_INIT("c"), CNIL_STR_INIT("d"),
            CNIL_STR_INIT("e") },
          2 },
        { "another query",
          { CNIL_EVENT_ELEMENT_HELD, CNIL_STR_INIT("a"), CNIL_STR_INIT("b?id=2"), CNIL_STR_INIT("c"),
            CNIL_STR_INIT("d"), CNIL_STR_INIT("e") },
          1 },
        { "another service",
          { CNIL_EVENT_ELEMENT_HELD, CNIL_STR_INIT("a"), CNIL_STR_INIT("b"), CNIL_STR_INIT("x"), CNIL_STR_INIT("d"),
            CNIL_STR_INIT("e") },
          2 },
        { "another rule",
          { CNIL_EVENT_ELEMENT_HELD, CNIL_STR_INIT("a"), CNIL_STR_INIT("b"), CNIL_STR_INIT("c"), CNIL_STR_INIT("d"),
            CNIL_STR_INIT("x") },
          2 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_arena *arena = cnil_arena_new(ARENA);
        struct cnil_events *events = cnil_events_new(arena);
        struct cnil_buffer out;
        size_t lines = 0;

        cnil_events_add(events, &cases[0].event);
        cnil_events_add(events, &cases[i].event);
        for (const char *at = lines_of(events, &context, &out); *at != '\0'; at++)
            lines += *at == '\n';
        if (lines != cases[i].lines)
            fail_msg("%s: %zu lines\n%s", cases[i].name, lines, out.ptr);
        assert_true((strstr(out.ptr, "\"count\":2") != NULL) == (lines == 1));
        assert_int_equal(cnil_events_held(events), 2);
        cnil_buffer_free(&out);
        cnil_arena_free(arena);
    }
}

static void what_counts_as_held(void **state)
{
    (void)state;
    for (int kind = 0; kind < CNIL_EVENT_KINDS; kind++) {
        struct cnil_arena *arena = cnil_arena_new(ARENA);
        struct cnil_events *events = cnil_events_new(arena);
        struct cnil_event event = { .kind = (enum cnil_event_kind)kind };
        size_t expected = kind == CNIL_EVENT_ELEMENT_HELD || kind == CNIL_EVENT_SCRIPT_HELD ||
                          kind == CNIL_EVENT_LINK_HEADER_HELD || kind == CNIL_EVENT_SET_COOKIE_DROPPED ||
                          kind == CNIL_EVENT_COOKIE_DROPPED || kind == CNIL_EVENT_HEADER_HELD ||
                          kind == CNIL_EVENT_REDIRECT_HELD;

        cnil_events_add(events, &event);
        if (cnil_events_held(events) != expected)
            fail_msg("%s", cnil_event_name(event.kind));
        cnil_arena_free(arena);
    }
}

static void no_query_string_is_written(void **state)
{
    static const char *const subjects[] = {
        "a.example/p?SECRET", "a.example/p#SECRET", "a.example/p#x?SECRET", "a.example/p?x#SECRET", "?SECRET", "#SECRET"
    };

    (void)state;
    for (size_t i = 0; i < COUNT(subjects); i++) {
        struct cnil_event_context where = context;
        struct cnil_event event = held;
        struct cnil_arena *arena = cnil_arena_new(ARENA);
        struct cnil_events *events = cnil_events_new(arena);
        struct cnil_buffer out;

        event.subject = cnil_str_from(subjects[i]);
        where.path = cnil_str_from(subjects[i]);
        cnil_events_add(events, &event);
        if (strstr(lines_of(events, &where, &out), "SECRET") != NULL)
            fail_msg("%s: %s", subjects[i], out.ptr);
        cnil_buffer_free(&out);
        cnil_arena_free(arena);
    }
}

/* Whatever came in, a line is one line, ends whole and stays below its bound, so that one write never mixes with
 * another. */
static void long_members_are_cut(void **state)
{
    static const struct {
        const char *name, *unit;
    } cases[] = {
        { "letters", "a" },
        { "quotes", "\"" },
        { "line feeds", "\n" },
        { "bytes that are no UTF-8", "\xff" },
        { "continuation bytes alone", "\x80" },
        { "two bytes each", "é" },
        { "three bytes each", "€" },
        { "line separators", "\xe2\x80\xa8" },
        { "four bytes each", "😀" },
    };
    static char text[12000];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t unit = strlen(cases[i].unit);

        for (size_t shift = 0; shift < 4; shift++) { /* so that the cut falls on every byte of a character */
            struct cnil_str value = { text, sizeof(text) };
            struct cnil_event_context where = { 1764000000, value, value, value, CNIL_MODE_ENFORCE, 200 };
            struct cnil_event event = { CNIL_EVENT_ELEMENT_HELD, value, value, value, value, value };
            struct cnil_arena *arena = cnil_arena_new(ARENA);
            struct cnil_events *events = cnil_events_new(arena);
            struct cnil_buffer out;

            memset(text, 'x', shift);
            for (size_t at = shift; at < sizeof(text); at++)
                text[at] = cases[i].unit[(at - shift) % unit];
            cnil_events_add(events, &event);
            lines_of(events, &where, &out);
            if (out.len - 1 > CNIL_LIMIT_EVENT_LINE || strchr(out.ptr, '\n') != out.ptr + out.len - 2 ||
                strncmp(out.ptr + out.len - 4, "\"}\n", 3) != 0)
                fail_msg("%s, shifted by %zu: %zu bytes: %s", cases[i].name, shift, out.len, out.ptr);
            if (unit > 1 && strstr(out.ptr, "\\ufffd") != NULL)
                fail_msg("%s, shifted by %zu: cut inside a character: %s", cases[i].name, shift, out.ptr);
            if (strstr(out.ptr, "\"decided\":\"") == NULL || strstr(out.ptr, "\"element\":\"") == NULL)
                fail_msg("%s: a member is missing: %s", cases[i].name, out.ptr);
            cnil_buffer_free(&out);
            cnil_arena_free(arena);
        }
    }
}

static void what_does_not_fit_is_told(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(ARENA);
    struct cnil_events *events = cnil_events_new(arena);
    struct cnil_buffer out;
    size_t lines = 0;

    (void)state;
    for (int i = 0; i < CNIL_LIMIT_EVENTS + 5; i++) {
        struct cnil_event event = held;
        char subject[32];

        snprintf(subject, sizeof(subject), "host-%d.example/", i);
        event.subject = cnil_str_from(subject);
        cnil_events_add(events, &event);
    }
    cnil_events_add(events, &held);
    for (const char *at = lines_of(events, &context, &out); *at != '\0'; at++)
        lines += *at == '\n';
    assert_int_equal(lines, CNIL_LIMIT_EVENTS + 1);
    assert_non_null(strstr(out.ptr, "\"event\":\"events-untold\",\"count\":6,"));
    assert_int_equal(cnil_events_held(events), CNIL_LIMIT_EVENTS + 6); /* counted all the same */
    cnil_buffer_free(&out);
    cnil_arena_free(arena);
}

static void a_line_is_whole_or_absent(void **state)
{
    struct cnil_arena *arena = cnil_arena_new(ARENA);
    struct cnil_events *events = cnil_events_new(arena);
    struct cnil_event other = held;
    size_t whole;

    (void)state;
    other.kind = CNIL_EVENT_SCRIPT_HELD;
    cnil_events_add(events, &held);
    cnil_events_add(events, &other);
    for (size_t limit = whole = 0; whole < 2; limit++) {
        struct cnil_buffer out;

        cnil_buffer_init(&out, limit);
        cnil_events_write(events, &context, &out);
        assert_true(out.len == 0 || out.ptr[out.len - 1] == '\n');
        whole = 0;
        for (size_t at = 0; at < out.len; at++)
            whole += out.ptr[at] == '\n';
        assert_int_equal(cnil_buffer_status(&out), whole == 2 ? CNIL_OK : CNIL_TOO_LARGE);
        cnil_buffer_free(&out);
    }
    cnil_arena_free(arena);
}

/* Counted as untold, never lost in silence. */
static void an_arena_that_is_full(void **state)
{
    static char text[3000];
    struct cnil_arena *arena = cnil_arena_new(20 * 1024);
    struct cnil_events *events = cnil_events_new(arena);
    struct cnil_buffer out;

    (void)state;
    assert_non_null(events);
    memset(text, 'x', sizeof(text));
    for (int i = 0; i < 20; i++) {
        struct cnil_event event = held;

        text[0] = (char)('a' + i);
        event.subject = (struct cnil_str){ text, sizeof(text) };
        cnil_events_add(events, &event);
    }
    assert_non_null(strstr(lines_of(events, &context, &out), "\"event\":\"events-untold\""));
    assert_int_equal(cnil_events_held(events), 20);
    cnil_buffer_free(&out);
    cnil_arena_free(arena);
    arena = cnil_arena_new(64);
    assert_null(cnil_events_new(arena));
    cnil_events_add(NULL, &held); /* an exchange without memory for events goes on */
    cnil_arena_free(arena);
}

static void verdicts(void **state)
{
    static const struct cnil_purpose purposes[] = { { .id = CNIL_STR_INIT("audience") },
                                                    { .id = CNIL_STR_INIT("video") },
                                                    { .id = CNIL_STR_INIT("maps") } };
    static const struct cnil_policy policy = { .purposes = purposes, .purpose_count = COUNT(purposes) };
    static const struct cnil_service service = { .id = CNIL_STR_INIT("youtube") };
    static const struct {
        const char *name;
        struct cnil_verdict verdict;
        const char *service, *purpose;
    } cases[] = {
        { "a service",
          { .party = CNIL_PARTY_THIRD,
            .action = CNIL_ACTION_CONSENT,
            .purposes = 2,
            .service = &service,
            .label = CNIL_STR_INIT("x"),
            .rule = CNIL_STR_INIT("r") },
          "youtube",
          "video" },
        { "several purposes",
          { .party = CNIL_PARTY_THIRD,
            .action = CNIL_ACTION_CONSENT,
            .purposes = 5,
            .service = &service,
            .label = CNIL_STR_INIT("x"),
            .rule = CNIL_STR_INIT("r") },
          "youtube",
          "audience+maps" },
        { "no service",
          { .party = CNIL_PARTY_THIRD,
            .action = CNIL_ACTION_REPORT,
            .label = CNIL_STR_INIT("x.example"),
            .rule = CNIL_STR_INIT("r") },
          "x.example",
          "" },
        { "blocked",
          { .party = CNIL_PARTY_THIRD,
            .action = CNIL_ACTION_BLOCK,
            .purposes = 2,
            .service = &service,
            .label = CNIL_STR_INIT("x"),
            .rule = CNIL_STR_INIT("r") },
          "youtube",
          "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_arena *arena = cnil_arena_new(ARENA);
        struct cnil_event event = { .kind = CNIL_EVENT_ELEMENT_HELD, .purpose = CNIL_STR_INIT("stale") };

        cnil_event_from_verdict(&event, &cases[i].verdict, &policy, arena);
        if (!cnil_str_equal(event.service, cnil_str_from(cases[i].service)) ||
            !cnil_str_equal(event.purpose, cnil_str_from(cases[i].purpose)) ||
            !cnil_str_equal(event.rule, CNIL_STR("r")))
            fail_msg("%s: service %.*s, purpose %.*s", cases[i].name, (int)event.service.len, event.service.ptr,
                     (int)event.purpose.len, event.purpose.ptr);
        cnil_arena_free(arena);
    }
}

/* What passes with an event: a font, a hosting service, a known domain, a stranger. */
static void what_passed(void **state)
{
    static const struct cnil_service font = { .report_only = true };
    static const struct cnil_service hosting = { .report_only = true, .functional = true };
    const struct cnil_verdict of_font = { .service = &font }, of_hosting = { .service = &hosting };
    const struct cnil_verdict of_known = { .entity = CNIL_STR_INIT("Hosting") }, of_stranger = { .service = NULL };

    (void)state;
    assert_int_equal(cnil_event_of_passed(&of_font), CNIL_EVENT_STATIC_THIRD_PARTY);
    assert_int_equal(cnil_event_of_passed(&of_hosting), CNIL_EVENT_KNOWN_HOST);
    assert_int_equal(cnil_event_of_passed(&of_known), CNIL_EVENT_KNOWN_HOST);
    assert_int_equal(cnil_event_of_passed(&of_stranger), CNIL_EVENT_UNKNOWN_HOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(equal_events_are_counted),
        cmocka_unit_test(what_counts_as_held),
        cmocka_unit_test(no_query_string_is_written),
        cmocka_unit_test(long_members_are_cut),
        cmocka_unit_test(what_does_not_fit_is_told),
        cmocka_unit_test(a_line_is_whole_or_absent),
        cmocka_unit_test(an_arena_that_is_full),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(what_passed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
