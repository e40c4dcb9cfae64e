/* SPDX-License-Identifier: Apache-2.0
 * Pages and choices counted in memory that processes share: what is written of them, and that nothing is lost. */
#define _GNU_SOURCE /* memmem */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "audit/statistics.h"

#define NOON 1764072000 /* 2025-11-25T12:00:00Z */
#define DAY  86400
#define SITE 1000

struct world {
    void *memory;
    struct cnil_statistics *table;
    char log[8 << 20];
    size_t len, writes;
    bool fails;
    size_t failing;          /* the write that fails, from 1; 0: none of them */
    bool writes_are_short;   /* to be checked */
    void (*meanwhile)(void); /* once, while the first write is under way */
    FILE *file;              /* of several processes; NULL: `log` it is */
};

static struct world world;

static int open_world(void **state)
{
    size_t site;

    (void)state;
    memset(&world, 0, sizeof(world));
    world.memory = mmap(NULL, cnil_statistics_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(world.memory, MAP_FAILED);
    assert_int_equal(cnil_statistics_attach(world.memory, cnil_statistics_size(), NOON, &world.table), CNIL_OK);
    assert_int_equal(cnil_statistics_site(world.table, SITE, &site), CNIL_OK);
    assert_int_equal(site, 0);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    return munmap(world.memory, cnil_statistics_size());
}

static bool append(void *data, struct cnil_str lines)
{
    void (*meanwhile)(void) = world.meanwhile;

    (void)data;
    world.meanwhile = NULL;
    if (meanwhile != NULL)
        meanwhile();
    world.writes++;
    if (world.writes_are_short) {
        assert_in_range(lines.len, 1, CNIL_LIMIT_EVENT_LINE);
        assert_int_equal(lines.ptr[lines.len - 1], '\n');
    }
    if (world.fails || world.writes == world.failing)
        return false;
    if (world.file != NULL)
        return write(fileno(world.file), lines.ptr, lines.len) == (ssize_t)lines.len;
    assert_true(world.len + lines.len < sizeof(world.log));
    memcpy(world.log + world.len, lines.ptr, lines.len);
    world.len += lines.len;
    world.log[world.len] = '\0';
    return true;
}

static enum cnil_status write_at(int64_t now, uint64_t least, bool unfinished)
{
    struct cnil_statistics_report report = { .least = least, .now = now, .unfinished = unfinished };

    return cnil_statistics_write(world.table, &report, append, NULL);
}

/* As the exchange does it. */
static void settle(int64_t now)
{
    uint64_t key = cnil_statistics_is_due(world.table, now) ? cnil_statistics_lock(world.table, now) : 0;

    if (key == 0)
        return;
    cnil_statistics_turn(world.table, now, write_at(now, 1, false) != CNIL_OK);
    cnil_statistics_unlock(world.table, key);
}

static void page(int64_t now, const char *template, const char *host)
{
    cnil_statistics_page(world.table, 0, now, cnil_str_from(template),
                         host != NULL ? CNIL_STATISTICS_FROM_HOST : CNIL_STATISTICS_FROM_NOWHERE, cnil_str_from(host));
}

static void choice(const char *template, enum cnil_language language, enum cnil_statistics_kind kind, size_t times)
{
    for (size_t i = 0; i < times; i++)
        cnil_statistics_choice(world.table, 0, NOON, cnil_str_from(template), language, kind);
}

/* What the log says, without time, event, rule: "day of …" a line. */
static void assert_log(const char *expected)
{
    static char found[sizeof(world.log)];
    char *out = found, *rest = world.log, *line;

    *out = '\0';
    while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
        char *day = strstr(line, "\"day\":\"");

        assert_non_null(day);
        assert_int_equal(strncmp(line, "{\"time\":\"20", 11), 0);
        assert_non_null(strstr(line, "\"event\":\"statistics\""));
        out += sprintf(out, "%s\n", day + strlen("\"day\":"));
    }
    assert_string_equal(found, expected);
    world.len = 0;
    world.log[0] = '\0';
}

/* The sum of all "count" of such lines. */
static uint64_t total(const char *of)
{
    uint64_t sum = 0;
    char mark[64];

    snprintf(mark, sizeof(mark), "\"of\":\"%s\"", of);
    for (const char *at = world.log; (at = strstr(at, mark)) != NULL; at++)
        sum += strtoull(strstr(at, "\"count\":") + 8, NULL, 10);
    return sum;
}

static void pages_and_origins_are_counted_apart(void **state)
{
    (void)state;
    page(NOON, "/", NULL);
    page(NOON, "/", "search.example");
    page(NOON, "/blog", "search.example");
    page(NOON, "", "");
    cnil_statistics_page(world.table, 0, NOON, CNIL_STATISTICS_OWN, CNIL_STATISTICS_FROM_SITE, CNIL_STR_EMPTY);
    cnil_statistics_page(world.table, 0, NOON, CNIL_STR("/"), CNIL_STATISTICS_FROM_OTHER, CNIL_STR_EMPTY);
    cnil_statistics_page(world.table, 1, NOON, CNIL_STR("/elsewhere"), CNIL_STATISTICS_FROM_SITE, CNIL_STR_EMPTY);
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK);
    assert_int_equal(total("pages"), 6);
    assert_int_equal(total("referrers"), 6);
    assert_non_null(strstr(world.log, "\"day\":\"2025-11-25\",\"of\":\"pages\",\"template\":\"/\",\"count\":3}"));
    assert_non_null(strstr(world.log, "\"of\":\"pages\",\"template\":\"/blog\",\"count\":1}"));
    assert_non_null(strstr(world.log, "\"of\":\"pages\",\"template\":\"(other)\",\"count\":1}"));
    assert_non_null(strstr(world.log, "\"of\":\"pages\",\"template\":\"(own)\",\"count\":1}"));
    assert_non_null(strstr(world.log, "\"of\":\"referrers\",\"referrer\":\"search.example\",\"count\":2}"));
    assert_non_null(strstr(world.log, "\"of\":\"referrers\",\"referrer\":\"(none)\",\"count\":1}"));
    assert_non_null(strstr(world.log, "\"of\":\"referrers\",\"referrer\":\"(site)\",\"count\":1}"));
    assert_non_null(strstr(world.log, "\"of\":\"referrers\",\"referrer\":\"(other)\",\"count\":2}"));
    assert_null(strstr(world.log, "elsewhere"));
    world.len = 0;
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK); /* what was written is gone from the table */
    assert_int_equal(world.len, 0);
}

static void choices_are_counted_by_language_and_template(void **state)
{
    (void)state;
    page(NOON, "/", NULL);
    choice("/", CNIL_LANGUAGE_FR, CNIL_STATISTICS_SHOWN, 3);
    choice("/", CNIL_LANGUAGE_FR, CNIL_STATISTICS_ACCEPTED, 1);
    choice("/", CNIL_LANGUAGE_FR, CNIL_STATISTICS_WITHDRAWN, 1);
    choice("/", CNIL_LANGUAGE_EN, CNIL_STATISTICS_REFUSED, 2);
    choice("/invented", CNIL_LANGUAGE_EN, CNIL_STATISTICS_CUSTOMISED, 1); /* nobody saw that page */
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK);
    assert_log("\"2025-11-25\",\"of\":\"pages\",\"template\":\"/\",\"count\":1}\n"
               "\"2025-11-25\",\"of\":\"referrers\",\"referrer\":\"(none)\",\"count\":1}\n"
               "\"2025-11-25\",\"of\":\"banner\",\"language\":\"fr\",\"template\":\"/\",\"shown\":3,\"accepted\":1,"
               "\"refused\":0,\"customised\":0,\"withdrawn\":1}\n"
               "\"2025-11-25\",\"of\":\"banner\",\"language\":\"en\",\"template\":\"/\",\"shown\":0,\"accepted\":0,"
               "\"refused\":2,\"customised\":0,\"withdrawn\":0}\n"
               "\"2025-11-25\",\"of\":\"banner\",\"language\":\"en\",\"template\":\"(other)\",\"shown\":0,"
               "\"accepted\":0,\"refused\":0,\"customised\":1,\"withdrawn\":0}\n");
}

static void small_numbers_are_merged(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5; i++)
        page(NOON, "/", "many.example");
    for (size_t i = 0; i < 4; i++)
        page(NOON, "/seldom", "few.example");
    page(NOON, "/once", "one.example");
    choice("/", CNIL_LANGUAGE_FR, CNIL_STATISTICS_SHOWN, 7);
    choice("/seldom", CNIL_LANGUAGE_FR, CNIL_STATISTICS_SHOWN, 4);
    choice("/once", CNIL_LANGUAGE_FR, CNIL_STATISTICS_SHOWN, 1);
    choice("/", CNIL_LANGUAGE_FR, CNIL_STATISTICS_REFUSED, 3);
    choice("/", CNIL_LANGUAGE_EN, CNIL_STATISTICS_REFUSED, 4);
    choice("/", CNIL_LANGUAGE_DE, CNIL_STATISTICS_ACCEPTED, 6);
    assert_int_equal(write_at(NOON, 5, true), CNIL_OK);
    assert_log("\"2025-11-25\",\"of\":\"pages\",\"template\":\"/\",\"count\":5}\n"
               "\"2025-11-25\",\"of\":\"pages\",\"template\":\"(other)\",\"count\":5}\n"
               "\"2025-11-25\",\"of\":\"referrers\",\"referrer\":\"many.example\",\"count\":5}\n"
               "\"2025-11-25\",\"of\":\"referrers\",\"referrer\":\"(other)\",\"count\":5}\n"
               "\"2025-11-25\",\"of\":\"banner\",\"language\":\"fr\",\"template\":\"/\",\"shown\":7,\"accepted\":0,"
               "\"refused\":0,\"customised\":0,\"withdrawn\":0}\n"
               "\"2025-11-25\",\"of\":\"banner\",\"language\":\"fr\",\"template\":\"(other)\",\"shown\":5,"
               "\"accepted\":0,\"refused\":0,\"customised\":0,\"withdrawn\":0}\n"
               "\"2025-11-25\",\"of\":\"banner\",\"language\":\"de\",\"template\":\"/\",\"shown\":0,\"accepted\":6,"
               "\"refused\":0,\"customised\":0,\"withdrawn\":0}\n"
               "\"2025-11-25\",\"of\":\"banner\",\"language\":\"(other)\",\"template\":\"(other)\",\"shown\":0,"
               "\"accepted\":0,\"refused\":7,\"customised\":0,\"withdrawn\":0}\n");
}

static void names_past_the_limit_are_others(void **state)
{
    enum { MORE = CNIL_LIMIT_STATISTICS_HOSTS + 100 };
    size_t lines = 0;
    char name[128];

    (void)state;
    for (size_t round = 0; round < 2; round++)
        for (size_t i = 0; i < MORE; i++) {
            snprintf(name, sizeof(name), "/%zu.example", i);
            page(NOON, name, name + 1);
        }
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    page(NOON, name, name);
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK);
    assert_int_equal(total("pages"), 2 * MORE + 1);
    assert_int_equal(total("referrers"), 2 * MORE + 1);
    for (const char *at = world.log; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_int_equal(lines, CNIL_LIMIT_STATISTICS_TEMPLATES + CNIL_LIMIT_STATISTICS_HOSTS + 2);
    snprintf(name, sizeof(name), "\"referrer\":\"(other)\",\"count\":%d}", 2 * 100 + 1);
    assert_non_null(strstr(world.log, name));
    snprintf(name, sizeof(name), "\"template\":\"(other)\",\"count\":%d}",
             2 * (MORE - CNIL_LIMIT_STATISTICS_TEMPLATES) + 1);
    assert_non_null(strstr(world.log, name));
}

static void a_day_is_written_once_it_is_over(void **state)
{
    int64_t midnight = NOON + DAY / 2;

    (void)state;
    settle(NOON);
    page(NOON, "/", NULL);
    settle(midnight - 1);
    assert_int_equal(world.len, 0);
    settle(midnight); /* the new day begins; what began before midnight may still end */
    page(midnight, "/", NULL);
    page(midnight - 1, "/", NULL);
    assert_int_equal(world.len, 0);
    settle(midnight + 60);
    assert_log("\"2025-11-25\",\"of\":\"pages\",\"template\":\"/\",\"count\":2}\n"
               "\"2025-11-25\",\"of\":\"referrers\",\"referrer\":\"(none)\",\"count\":2}\n");
    page(midnight - 1, "/late", NULL);
    settle(midnight + 61);
    assert_int_equal(world.len, 0);
    settle(midnight + DAY); /* what was late is written before its place is needed */
    page(midnight + DAY, "/third", NULL);
    assert_log("\"2025-11-25\",\"of\":\"pages\",\"template\":\"/late\",\"count\":1}\n"
               "\"2025-11-25\",\"of\":\"referrers\",\"referrer\":\"(none)\",\"count\":1}\n");
    settle(midnight + DAY + 60);
    assert_log("\"2025-11-26\",\"of\":\"pages\",\"template\":\"/\",\"count\":1}\n"
               "\"2025-11-26\",\"of\":\"referrers\",\"referrer\":\"(none)\",\"count\":1}\n");
    settle(midnight + 30 * DAY); /* nobody came for weeks */
    page(midnight + 30 * DAY, "/", NULL);
    assert_log("\"2025-11-27\",\"of\":\"pages\",\"template\":\"/third\",\"count\":1}\n"
               "\"2025-11-27\",\"of\":\"referrers\",\"referrer\":\"(none)\",\"count\":1}\n");
    assert_int_equal(write_at(midnight + 30 * DAY, 1, true), CNIL_OK);
    assert_log("\"2025-12-26\",\"of\":\"pages\",\"template\":\"/\",\"count\":1}\n"
               "\"2025-12-26\",\"of\":\"referrers\",\"referrer\":\"(none)\",\"count\":1}\n");
}

static void a_clock_that_is_set_back_loses_nothing(void **state)
{
    (void)state;
    settle(NOON + DAY);
    page(NOON + DAY, "/", NULL);
    page(NOON, "/", NULL);
    settle(NOON - 3 * DAY);
    page(NOON - 3 * DAY, "/", NULL);
    page(NOON - 2 * DAY, "/", NULL);
    assert_int_equal(write_at(NOON + DAY, 1, true), CNIL_OK);
    assert_int_equal(total("pages"), 4);
}

static void what_cannot_be_written_stays(void **state)
{
    int64_t after = NOON + DAY / 2 + 60;

    (void)state;
    page(NOON, "/", NULL);
    page(NOON, "/", NULL);
    world.fails = true;
    settle(after);
    assert_int_equal(world.writes, 1);
    settle(after + 59); /* not tried with every page */
    assert_int_equal(world.writes, 1);
    page(NOON, "/", NULL);
    world.fails = false;
    settle(after + 60);
    assert_log("\"2025-11-25\",\"of\":\"pages\",\"template\":\"/\",\"count\":3}\n"
               "\"2025-11-25\",\"of\":\"referrers\",\"referrer\":\"(none)\",\"count\":3}\n");
    page(after, "/", NULL);
    world.fails = true;
    assert_int_equal(write_at(after, 1, true), CNIL_IO);
    assert_false(cnil_statistics_turn(world.table, after, true));          /* nobody needs its place */
    assert_true(cnil_statistics_turn(world.table, after + 2 * DAY, true)); /* now it is lost, and that is told */
}

static void nothing_is_lost_without_memory(void **state)
{
    enum cnil_status status = CNIL_NO_MEMORY;

    (void)state;
    page(NOON, "/", NULL);
    choice("/", CNIL_LANGUAGE_FR, CNIL_STATISTICS_SHOWN, 1);
    for (size_t allowed = 0; status != CNIL_OK; allowed++) {
        assert_true(allowed < 20);
        alloc_fail_after((long)allowed);
        status = write_at(NOON, 1, true);
        alloc_fail_after(-1);
        assert_true(status == CNIL_OK || status == CNIL_NO_MEMORY);
    }
    assert_int_equal(total("pages"), 1);
    assert_int_equal(total("referrers"), 1);
    assert_non_null(strstr(world.log, "\"shown\":1"));
    assert_null(strstr(strstr(world.log, "\"shown\":1") + 1, "\"shown\":1"));
}

/* They all meet the same names, new ones for each of them, and a table that fills. */
static void count_as_one_of_many(size_t process)
{
    char name[32];

    for (size_t i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "/%zu.example", i % 300);
        page(NOON, name, name + 1);
        snprintf(name, sizeof(name), "/own-%zu", process);
        choice(i % 2 == 0 ? "/0.example" : name, CNIL_LANGUAGE_FR, CNIL_STATISTICS_SHOWN, 1);
    }
}

static void processes_count_together(void **state)
{
    enum { PROCESSES = 4 };
    pid_t children[PROCESSES];
    uint64_t shown = 0;

    (void)state;
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            count_as_one_of_many(i);
            _exit(0);
        }
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK);
    assert_int_equal(total("pages"), PROCESSES * 5000);
    assert_int_equal(total("referrers"), PROCESSES * 5000);
    for (const char *at = world.log; (at = strstr(at, "\"shown\":")) != NULL; at++)
        shown += strtoull(at + 8, NULL, 10);
    assert_int_equal(shown, PROCESSES * 5000);
    for (const char *at = world.log; (at = strstr(at, "\"referrer\":\"")) != NULL; at++) {
        char line[128];

        snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, ","), at); /* no name has two places */
        assert_null(strstr(at + 1, line));
    }
}

/* They go on from one day to the next, and whoever finds that the day is over writes it. */
static void count_over_midnight(void)
{
    for (size_t i = 0; i < 4000; i++) {
        int64_t now = NOON + (i >= 2000 ? DAY : 0) + (int64_t)(i / 100);

        settle(now);
        page(now, i % 3 == 0 ? "/" : "/blog", i % 5 == 0 ? "a.example" : NULL);
    }
}

static void days_end_while_others_count(void **state)
{
    enum { PROCESSES = 4 };
    pid_t children[PROCESSES];
    int status;

    (void)state;
    world.file = tmpfile();
    assert_non_null(world.file);
    assert_int_equal(fcntl(fileno(world.file), F_SETFL, O_APPEND), 0);
    settle(NOON); /* or a lock would be taken at noon, which a day later is that of a dead process */
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            count_over_midnight();
            _exit(0);
        }
    }
    for (size_t i = 0; i < 200; i++) { /* and another one, which does not wait for the end of the day */
        uint64_t key = cnil_statistics_lock(world.table, NOON + DAY); /* by the clock of those that write */

        if (key != 0) {
            assert_int_equal(write_at(NOON + DAY, 1, true), CNIL_OK);
            cnil_statistics_unlock(world.table, key);
        }
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(write_at(NOON + DAY, 1, true), CNIL_OK);
    rewind(world.file);
    world.log[fread(world.log, 1, sizeof(world.log) - 1, world.file)] = '\0';
    fclose(world.file);
    assert_int_equal(total("pages"), PROCESSES * 4000);
    assert_int_equal(total("referrers"), PROCESSES * 4000);
    assert_non_null(strstr(world.log, "\"day\":\"2025-11-25\""));
    assert_non_null(strstr(world.log, "\"day\":\"2025-11-26\""));
}

/* As a process leaves it that dies between taking the place and writing the name. */
static void a_number_without_a_name_is_others(void **state)
{
    static const char *const names[] = { "/blog", "a.example" };

    (void)state;
    page(NOON, "/blog", "a.example");
    choice("/blog", CNIL_LANGUAGE_FR, CNIL_STATISTICS_SHOWN, 1);
    for (size_t i = 0; i < 2; i++) {
        char *name = memmem(world.memory, cnil_statistics_size(), names[i], strlen(names[i]) + 1);

        assert_non_null(name);
        memset(name - sizeof(uint32_t), 0, sizeof(uint32_t) + strlen(names[i]));
    }
    page(NOON, "/blog", "a.example");
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK);
    assert_log("\"2025-11-25\",\"of\":\"pages\",\"template\":\"(other)\",\"count\":2}\n"
               "\"2025-11-25\",\"of\":\"referrers\",\"referrer\":\"(other)\",\"count\":2}\n"
               "\"2025-11-25\",\"of\":\"banner\",\"language\":\"fr\",\"template\":\"(other)\",\"shown\":1,"
               "\"accepted\":0,\"refused\":0,\"customised\":0,\"withdrawn\":0}\n");
}

static void one_process_writes_at_a_time(void **state)
{
    uint64_t key, second;
    pid_t child;
    int status;

    (void)state;
    key = cnil_statistics_lock(world.table, NOON);
    assert_true(key != 0);
    assert_true(cnil_statistics_lock(world.table, NOON + 1) == 0); /* another thread */
    child = fork();
    if (child == 0)
        _exit(cnil_statistics_lock(world.table, NOON + 1) != 0); /* another process */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    cnil_statistics_unlock(world.table, key);
    child = fork();
    if (child == 0)
        _exit(cnil_statistics_lock(world.table, NOON) == 0); /* dies with it */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    key = cnil_statistics_lock(world.table, NOON + 1);
    assert_true(key != 0);
    assert_true(cnil_statistics_lock(world.table, NOON + 600) == 0);
    second = cnil_statistics_lock(world.table, NOON + 602); /* nobody writes for so long */
    assert_true(second != 0);
    cnil_statistics_unlock(world.table, key); /* the first one comes back */
    assert_true(cnil_statistics_lock(world.table, NOON + 603) == 0);
    cnil_statistics_unlock(world.table, second);
    key = cnil_statistics_lock(world.table, NOON + DAY);
    assert_true(key != 0);
    assert_true(cnil_statistics_lock(world.table, NOON) != 0); /* the clock was set back meanwhile */
}

static void write_meanwhile(void)
{
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK);
    page(NOON, "/", NULL);
}

/* Both have read the same numbers, and both take them off. */
static void a_writer_that_stalls_leaves_no_nonsense(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        page(NOON, "/", NULL);
    world.meanwhile = write_meanwhile;
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK);
    assert_non_null(strstr(world.log, "\"count\":3}"));
    world.len = 0;
    world.log[0] = '\0';
    page(NOON, "/", NULL);
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK);
    assert_in_range(total("pages"), 1, 2);
    assert_in_range(total("referrers"), 1, 2);
}

/* All numbers of the lines of the banner. */
static uint64_t total_of_choices(void)
{
    uint64_t sum = 0;

    for (const char *at = world.log; (at = strstr(at, "\"shown\":")) != NULL;)
        for (; *at != '\n'; at++)
            if (*at == ':')
                sum += strtoull(at + 1, NULL, 10);
    return sum;
}

/* Whichever write is the one that fails: what stands in the log was taken off, the rest was not. */
static void writes_are_short_and_fail_one_by_one(void **state)
{
    size_t writes = 0;

    (void)state;
    world.writes_are_short = true;
    for (size_t failing = 0; failing <= writes; failing++) { /* none at first */
        uint64_t pages = 0, choices = 0;

        for (size_t i = 0; i < CNIL_LIMIT_STATISTICS_HOSTS + 20; i++) {
            char name[32];

            snprintf(name, sizeof(name), "/%zu.example", i);
            for (size_t round = 0; round <= i % 7; round++, pages++)
                page(NOON, name, name + 1);
            choice(name, (enum cnil_language)(i % CNIL_LANGUAGES), (enum cnil_statistics_kind)(i / 3 % 5), 1 + i % 9);
            choices += 1 + i % 9;
        }
        world.len = world.writes = 0;
        world.log[0] = '\0';
        world.failing = failing;
        assert_int_equal(write_at(NOON, 4, true), failing == 0 ? CNIL_OK : CNIL_IO);
        if (failing == 0)
            writes = world.writes;
        else
            assert_int_equal(world.writes, failing); /* the rest is not tried */
        world.failing = 0;
        assert_int_equal(write_at(NOON, 4, true), CNIL_OK);
        assert_true(total("pages") == pages && total("referrers") == pages && total_of_choices() == choices);
    }
    assert_in_range(writes, 6, 100);
}

static void a_long_name_is_cut(void **state)
{
    static char name[3000];
    struct cnil_statistics_report report = { .name = { name, sizeof(name) }, .least = 1, .now = NOON };

    (void)state;
    memset(name, '\x7f', sizeof(name)); /* each takes six bytes */
    page(NOON, "/", NULL);
    choice("/", CNIL_LANGUAGE_FR, CNIL_STATISTICS_SHOWN, 1);
    report.unfinished = true;
    world.writes_are_short = true;
    assert_int_equal(cnil_statistics_write(world.table, &report, append, NULL), CNIL_OK);
    assert_int_equal(total("pages"), 1);
    assert_int_equal(total_of_choices(), 1);
    memset(name, '"', sizeof(name));
    memcpy(name + 511, "\xc3\xa9", 2); /* not within a character */
    page(NOON, "/", NULL);
    world.len = 0;
    assert_int_equal(cnil_statistics_write(world.table, &report, append, NULL), CNIL_OK);
    assert_non_null(strstr(world.log, "\\\"\",\"day\""));
}

static void a_clock_that_was_ahead_silences_nothing(void **state)
{
    int64_t midnight = NOON + DAY / 2;

    (void)state;
    for (int64_t ahead = 1000; ahead <= 1001; ahead++) { /* on either of the two places */
        settle(NOON);
        page(NOON, "/", NULL);
        settle(NOON + ahead * DAY);
        page(NOON + ahead * DAY, "/ahead", NULL);
        cnil_statistics_turn(world.table, NOON + ahead * DAY, true); /* nor until the log is tried again */
        world.len = 0;
        world.log[0] = '\0';
        settle(NOON);
        page(NOON, "/back", NULL);
        settle(midnight + 60);
        assert_non_null(
            strstr(world.log, "\"day\":\"2025-11-25\",\"of\":\"pages\",\"template\":\"/back\",\"count\":1}"));
        settle(midnight + DAY + 60);
        assert_non_null(strstr(world.log, "\"template\":\"/ahead\",\"count\":1}"));
        assert_int_equal(total("pages"), 2);
        settle(NOON - DAY); /* and from the start, for the other one */
    }
}

static void only_a_table_of_this_version_is_taken(void **state)
{
    size_t size = cnil_statistics_size();
    struct cnil_statistics *table;
    char *bytes = world.memory;

    (void)state;
    page(NOON, "/", NULL);
    assert_int_equal(cnil_statistics_attach(world.memory, size, NOON + 1, &table), CNIL_OK); /* a reload */
    assert_ptr_equal(table, world.table);
    assert_int_equal(cnil_statistics_attach(NULL, size, NOON, &table), CNIL_INVALID);
    assert_int_equal(cnil_statistics_attach(world.memory, size - 1, NOON, &table), CNIL_INVALID);
    assert_int_equal(cnil_statistics_attach(bytes + 1, size, NOON, &table), CNIL_INVALID);
    for (size_t i = 0; i < 32; i++) { /* magic, version, size, languages */
        bytes[i] ^= 1;
        assert_int_equal(cnil_statistics_attach(world.memory, size, NOON, &table), CNIL_INVALID);
        bytes[i] ^= 1;
    }
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK); /* and what was refused was not touched */
    assert_int_equal(total("pages"), 1);
}

static void a_table_with_anything_in_it_is_survived(void **state)
{
    static const unsigned char fillings[] = { 0xff, 0x7f, 0x01, 0x80 };
    unsigned char *bytes = world.memory;

    (void)state;
    for (size_t i = 0; i < sizeof(fillings); i++) {
        memset(bytes + 32, fillings[i], cnil_statistics_size() - 32);
        world.len = 0;
        settle(NOON);
        page(NOON, "/", "a.example");
        choice("/", CNIL_LANGUAGE_FR, CNIL_STATISTICS_SHOWN, 1);
        (void)write_at(NOON, 1, true);
        for (size_t at = 0; at < world.len; at++)
            assert_true((unsigned char)world.log[at] >= ' ' || world.log[at] == '\n');
        cnil_statistics_turn(world.table, NOON + 5 * DAY, false);
    }
}

static void places_are_few_and_given_back(void **state)
{
    uint64_t kept[] = { SITE + 3, SITE + 17 };
    size_t site, first;

    (void)state;
    for (uint64_t i = 0; i < CNIL_LIMIT_STATISTICS_SITES; i++) {
        assert_int_equal(cnil_statistics_site(world.table, SITE + i, &site), CNIL_OK);
        assert_int_equal(site, i);
        cnil_statistics_page(world.table, site, NOON, CNIL_STR("/"), CNIL_STATISTICS_FROM_SITE, CNIL_STR_EMPTY);
    }
    assert_int_equal(cnil_statistics_site(world.table, SITE + 3, &site), CNIL_OK);
    assert_int_equal(site, 3);
    assert_int_equal(cnil_statistics_site(world.table, 7, &site), CNIL_TOO_LARGE);
    cnil_statistics_keep(world.table, kept, 2);
    assert_int_equal(cnil_statistics_site(world.table, 7, &first), CNIL_OK);
    assert_int_equal(first, 0);
    assert_int_equal(cnil_statistics_site(world.table, SITE + 17, &site), CNIL_OK);
    assert_int_equal(write_at(NOON, 1, true), CNIL_OK); /* site 0: another's numbers are not its own */
    assert_int_equal(world.len, 0);
    cnil_statistics_page(world.table, site, NOON, CNIL_STR("/"), CNIL_STATISTICS_FROM_SITE, CNIL_STR_EMPTY);
    assert_int_equal(cnil_statistics_write(
                         world.table,
                         &(struct cnil_statistics_report){
                             .site = site, .name = CNIL_STR("L'\"Été\""), .least = 1, .now = NOON, .unfinished = true },
                         append, NULL),
                     CNIL_OK);
    assert_int_equal(total("pages"), 2);
    assert_non_null(strstr(world.log, "\"site\":\"L'\\\"Été\\\"\",\"day\""));
}

static size_t resident(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (cnil_statistics_size() + page - 1) / page, count = 0;
    unsigned char *map = calloc(pages, 1);

    assert_non_null(map);
    assert_int_equal(mincore(world.memory, cnil_statistics_size(), map), 0);
    for (size_t i = 0; i < pages; i++)
        count += map[i] & 1;
    free(map);
    return count * page;
}

static void what_is_not_used_costs_no_memory(void **state)
{
    uint64_t kept[] = { SITE };

    (void)state;
    if (resident() > cnil_statistics_size() / 2) {
        print_message("this system does not say which memory is used\n");
        skip();
    }
    (void)madvise(world.memory, cnil_statistics_size(), MADV_NOHUGEPAGE); /* EINVAL where the kernel has none */
    for (int64_t now = NOON; now < NOON + 5 * DAY; now += DAY) {
        settle(now);
        for (size_t i = 0; i < 1000; i++) {
            char name[32];

            snprintf(name, sizeof(name), "/%zu.example", i);
            page(now, name, name + 1);
            cnil_statistics_choice(world.table, 0, now, cnil_str_from(name), (enum cnil_language)(i % CNIL_LANGUAGES),
                                   CNIL_STATISTICS_SHOWN);
        }
    }
    cnil_statistics_keep(world.table, kept, 1);
    assert_int_equal(write_at(NOON + 5 * DAY, 1, true), CNIL_OK);
    assert_in_range(cnil_statistics_size(), 1000000, 12000000);
    assert_in_range(resident(), 1,
                    256 * 1024 +
                        8 * (size_t)sysconf(_SC_PAGESIZE)); /* as docs/OPERATIONS.md has it: some 200 KB for a policy */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
        TEST(pages_and_origins_are_counted_apart),
        TEST(choices_are_counted_by_language_and_template),
        TEST(small_numbers_are_merged),
        TEST(names_past_the_limit_are_others),
        TEST(a_day_is_written_once_it_is_over),
        TEST(a_clock_that_is_set_back_loses_nothing),
        TEST(what_cannot_be_written_stays),
        TEST(nothing_is_lost_without_memory),
        TEST(processes_count_together),
        TEST(days_end_while_others_count),
        TEST(a_number_without_a_name_is_others),
        TEST(one_process_writes_at_a_time),
        TEST(a_writer_that_stalls_leaves_no_nonsense),
        TEST(writes_are_short_and_fail_one_by_one),
        TEST(a_long_name_is_cut),
        TEST(a_clock_that_was_ahead_silences_nothing),
        TEST(only_a_table_of_this_version_is_taken),
        TEST(a_table_with_anything_in_it_is_survived),
        TEST(places_are_few_and_given_back),
        TEST(what_is_not_used_costs_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
