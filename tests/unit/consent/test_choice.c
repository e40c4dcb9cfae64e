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
#include "consent/choice.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { MINUTES = 29400000, DAY = 24 * 60 };
#define NOW ((int64_t)MINUTES * 60)

static const struct cnil_purpose purposes[] = {
    { .id = CNIL_STR_INIT("audience") },
    { .id = CNIL_STR_INIT("advertising") },
    { .id = CNIL_STR_INIT("video") },
    { .id = CNIL_STR_INIT("maps") },
};
static const struct cnil_service services[] = {
    { .id = CNIL_STR_INIT("statistix"), .purposes = 1 },
    { .id = CNIL_STR_INIT("film-1"), .purposes = 4 },
    { .id = CNIL_STR_INIT("tagger"), .purposes = 15 },
    { .id = CNIL_STR_INIT("fonts"), .purposes = 1, .report_only = true },
    { .id = CNIL_STR_INIT("harmless") },
};
static const struct cnil_policy policy = { .purposes = purposes,
                                           .purpose_count = COUNT(purposes),
                                           .services = services,
                                           .service_count = COUNT(services),
                                           .consent_days = 182,
                                           .consent_hash = 0x0f2c01ab };
static const struct cnil_policy other_hash = {
    .purposes = purposes, .purpose_count = COUNT(purposes), .consent_days = 182, .consent_hash = 0x0f2c01ac
};
/* A release of the catalogue later: one service is new, one is gone. */
static const struct cnil_service other_services[] = {
    { .id = CNIL_STR_INIT("newcomer"), .purposes = 4 },
    { .id = CNIL_STR_INIT("film-1"), .purposes = 4 },
    { .id = CNIL_STR_INIT("tagger"), .purposes = 15 },
};
static const struct cnil_policy other_catalogue = { .purposes = purposes,
                                                    .purpose_count = COUNT(purposes),
                                                    .services = other_services,
                                                    .service_count = COUNT(other_services),
                                                    .consent_days = 182,
                                                    .consent_hash = 0x0f2c01ab };
static const struct cnil_policy fewer_purposes = {
    .purposes = purposes, .purpose_count = 3, .consent_days = 182, .consent_hash = 0x0f2c01ab
};
static const struct cnil_policy short_lived = {
    .purposes = purposes, .purpose_count = COUNT(purposes), .consent_days = 1, .consent_hash = 0x0f2c01ab
};
static const struct cnil_key key = { .bytes = "0123456789abcdef0123456789abcde", .id = 7 };
static const struct cnil_key other_key = { .bytes = "0123456789abcdef0123456789abcdX", .id = 7 };
static const struct cnil_key renamed_key = { .bytes = "0123456789abcdef0123456789abcde", .id = 8 };
static const struct cnil_key rotated_key = { .bytes = "ZZZ3456789abcdef0123456789abcde", .id = 9, .previous = &key };

/* The cookie's value for `granted`, made at `minutes`. */
static const char *cookie(char *out, size_t size, cnil_purposes granted, int64_t minutes)
{
    struct cnil_choice choice = { .state = granted != 0 ? CNIL_CHOICE_GRANTED : CNIL_CHOICE_REFUSED,
                                  .granted = granted,
                                  .minutes = minutes };
    struct cnil_buffer value;

    cnil_buffer_init(&value, CNIL_LIMIT_CHOICE_COOKIE);
    cnil_choice_write(&choice, &policy, &key, &value);
    assert_int_equal(cnil_buffer_status(&value), CNIL_OK);
    snprintf(out, size, "%.*s", (int)value.len, value.ptr);
    cnil_buffer_free(&value);
    return out;
}

static void every_subset_comes_back(void **state)
{
    (void)state;
    for (cnil_purposes granted = 0; granted < 1u << COUNT(purposes); granted++) {
        char value[512];
        struct cnil_choice choice;

        cnil_choice_read(cnil_str_from(cookie(value, sizeof(value), granted, MINUTES)), &policy, &key, NOW, &choice);
        assert_int_equal(choice.state, granted != 0 ? CNIL_CHOICE_GRANTED : CNIL_CHOICE_REFUSED);
        assert_int_equal(choice.granted, granted);
        assert_int_equal(choice.minutes, MINUTES);
    }
}

/* Other programs read this cookie too (rule C18): its form is a promise. */
static void the_form_of_the_cookie(void **state)
{
    char value[512];

    (void)state;
    cookie(value, sizeof(value), 5, MINUTES);
    assert_memory_equal(value, "v=1&t=29400000&h=0f2c01ab&audience=1&advertising=0&video=1&maps=0&k=7&m=", 72);
    assert_int_equal(strlen(value), 72 + 22); /* 16 bytes as base64url */
    for (const char *at = value; *at != '\0'; at++)
        assert_true(*at > ' ' && *at < 0x7f && strchr("\",;\\", *at) == NULL); /* RFC 6265, cookie-octet */
}

static void anything_else_is_no_choice(void **state)
{
    static const struct {
        const char *name, *from, *to;
    } changes[] = {
        { "a purpose granted by hand", "advertising=0", "advertising=1" },
        { "a purpose withdrawn by hand", "audience=1", "audience=0" },
        { "a later time", "t=29400000", "t=29400001" },
        { "a time with a zero before it", "t=29400000", "t=029400000" },
        { "a time with a sign", "t=29400000", "t=+29400000" },
        { "no time", "t=29400000", "t=" },
        { "a time that no number holds", "t=29400000", "t=99999999999999999999" },
        { "an unknown version", "v=1", "v=2" },
        { "another hash", "h=0f2c01ab", "h=0f2c01ac" },
        { "a hash in capitals", "h=0f2c01ab", "h=0F2C01AB" },
        { "a doubled purpose", "audience=1", "audience=1&audience=1" },
        { "a doubled field that contradicts", "audience=1", "audience=0&audience=1" },
        { "a purpose left out", "&video=1", "" },
        { "a purpose nobody knows", "&video=1", "&video=1&spying=1" },
        { "fields in another order", "audience=1&advertising=0", "advertising=0&audience=1" },
        { "true for 1", "audience=1", "audience=true" },
        { "2 for 1", "audience=1", "audience=2" },
        { "an empty value", "advertising=0", "advertising=" },
        { "another key's id", "k=7", "k=8" },
        { "no MAC", "&m=", "&n=" },
        { "a space at the beginning", "v=1", " v=1" },
        { "quotes", "v=1", "\"v=1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        char value[512], changed[600];
        struct cnil_choice choice;
        const char *at;

        cookie(value, sizeof(value), 5, MINUTES);
        at = strstr(value, changes[i].from);
        assert_non_null(at);
        snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - value), value, changes[i].to,
                 at + strlen(changes[i].from));
        cnil_choice_read(cnil_str_from(changed), &policy, &key, NOW, &choice);
        if (choice.state != CNIL_CHOICE_NONE || choice.granted != 0)
            fail_msg("%s: taken for a choice", changes[i].name);
    }
}

static void every_byte_counts(void **state)
{
    char value[512];
    struct cnil_choice choice;
    size_t len;

    (void)state;
    len = strlen(cookie(value, sizeof(value), 5, MINUTES));
    for (size_t i = 0; i < len; i++) {
        cnil_choice_read((struct cnil_str){ value, i }, &policy, &key, NOW, &choice);
        if (choice.state != CNIL_CHOICE_NONE)
            fail_msg("cut at %zu: taken for a choice", i);
        for (int bit = 0; bit < 8; bit++) {
            value[i] ^= (char)(1 << bit);
            cnil_choice_read((struct cnil_str){ value, len }, &policy, &key, NOW, &choice);
            if (choice.state != CNIL_CHOICE_NONE)
                fail_msg("bit %d of byte %zu: taken for a choice", bit, i);
            value[i] ^= (char)(1 << bit);
        }
    }
    value[len] = '\0';
    cnil_choice_read((struct cnil_str){ value, len + 1 }, &policy, &key, NOW, &choice);
    assert_int_equal(choice.state, CNIL_CHOICE_NONE); /* a byte more */
}

static void a_long_value_is_no_choice(void **state)
{
    static char value[4 * CNIL_LIMIT_CHOICE_COOKIE];
    struct cnil_choice choice;

    (void)state;
    for (size_t len = CNIL_LIMIT_CHOICE_COOKIE - 2; len < sizeof(value); len++) {
        size_t used;

        memset(value, 'A', len);
        used = strlen(cookie(value, sizeof(value), 5, MINUTES));
        value[used] = 'A';
        cnil_choice_read((struct cnil_str){ value, len }, &policy, &key, NOW, &choice);
        assert_int_equal(choice.state, CNIL_CHOICE_NONE);
        len += len / 3;
    }
    cnil_choice_read(CNIL_STR_EMPTY, &policy, &key, NOW, &choice);
    assert_int_equal(choice.state, CNIL_CHOICE_NONE);
}

static void keys_hashes_and_time(void **state)
{
    static const struct {
        const char *name;
        const struct cnil_policy *policy;
        const struct cnil_key *key;
        int64_t minutes_later;
        enum cnil_choice_state expected;
    } cases[] = {
        { "at once", &policy, &key, 0, CNIL_CHOICE_GRANTED },
        { "on its last day", &policy, &key, 182 * DAY, CNIL_CHOICE_GRANTED },
        { "a minute past its last day", &policy, &key, 182 * DAY + 1, CNIL_CHOICE_NONE },
        { "a shorter life since", &short_lived, &key, 2 * DAY, CNIL_CHOICE_NONE },
        { "made a day ahead of this clock", &policy, &key, -DAY, CNIL_CHOICE_GRANTED },
        { "made more than a day ahead", &policy, &key, -DAY - 1, CNIL_CHOICE_NONE },
        { "another key of the same id", &policy, &other_key, 0, CNIL_CHOICE_NONE },
        { "the same key of another id", &policy, &renamed_key, 0, CNIL_CHOICE_NONE },
        { "the key of before a rotation", &policy, &rotated_key, 0, CNIL_CHOICE_GRANTED },
        { "that key, past its last day", &policy, &rotated_key, 182 * DAY + 1, CNIL_CHOICE_NONE },
        { "another consent hash", &other_hash, &key, 0, CNIL_CHOICE_NONE },
        { "a purpose less", &fewer_purposes, &key, 0, CNIL_CHOICE_NONE },
        { "no key: audit counts it", &policy, NULL, 0, CNIL_CHOICE_GRANTED },
        { "no key, another hash", &other_hash, NULL, 0, CNIL_CHOICE_NONE },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char value[512];
        struct cnil_choice choice;

        cnil_choice_read(cnil_str_from(cookie(value, sizeof(value), 5, MINUTES)), cases[i].policy, cases[i].key,
                         NOW + 60 * cases[i].minutes_later, &choice);
        if (choice.state != cases[i].expected)
            fail_msg("%s: state %d", cases[i].name, (int)choice.state);
    }
}

/* The cookie's value for what a form says. */
static const char *cookie_of(const char *word, const struct cnil_policy *from, char *out, size_t size)
{
    struct cnil_choice choice;
    struct cnil_buffer value;

    assert_true(cnil_choice_from_word(cnil_str_from(word), from, NOW, &choice));
    cnil_buffer_init(&value, CNIL_LIMIT_CHOICE_COOKIE);
    cnil_choice_write(&choice, from, &key, &value);
    assert_int_equal(cnil_buffer_status(&value), CNIL_OK);
    snprintf(out, size, "%.*s", (int)value.len, value.ptr);
    cnil_buffer_free(&value);
    return out;
}

static bool names(const struct cnil_choice *choice, const struct cnil_policy *from, const char *id)
{
    for (size_t i = 0; i < from->service_count; i++)
        if (cnil_str_equal(from->services[i].id, cnil_str_from(id)))
            return cnil_choice_names(choice, &from->services[i]);
    return false;
}

static void services_by_themselves(void **state)
{
    static const struct {
        const char *word, *field; /* in the cookie */
        const char *back;         /* the word it reads as */
    } cases[] = {
        { "service.film-1", "maps=0&y=film-1&k=7", "service.film-1" },
        { "audience,service.film-1", "&audience=1&advertising=0&video=0&maps=0&y=film-1&k=7",
          "audience+service.film-1" },
        { "service.tagger,service.film-1", "&y=film-1.tagger&k=7", "service.film-1+service.tagger" },
        { "service.film-1,service.film-1", "&y=film-1&k=7", "service.film-1" },
        { "audience,service.statistix", "&maps=0&k=7", "audience" }, /* its purpose covers it */
        { "audience,service.tagger", "&y=tagger&k=7", "audience+service.tagger" },
        { "audience,advertising,video,maps,service.tagger", "&maps=1&k=7", "accepted" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char value[CNIL_LIMIT_CHOICE_COOKIE];
        struct cnil_choice choice;
        struct cnil_buffer out;

        cookie_of(cases[i].word, &policy, value, sizeof(value));
        if (strstr(value, cases[i].field) == NULL)
            fail_msg("%s: %s", cases[i].word, value);
        cnil_choice_read(cnil_str_from(value), &policy, &key, NOW, &choice);
        cnil_buffer_init(&out, 256);
        cnil_choice_word(&choice, &policy, &out);
        if (choice.state != CNIL_CHOICE_GRANTED || !cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(cases[i].back)))
            fail_msg("%s: %.*s", cases[i].word, (int)out.len, out.ptr);
        cnil_buffer_free(&out);
    }
}

static void forged_services_are_no_choice(void **state)
{
    static const struct {
        const char *name, *from, *to;
    } changes[] = {
        { "one more", "y=film-1", "y=film-1.tagger" },
        { "another", "y=film-1", "y=tagger" },
        { "none", "&y=film-1", "" },
        { "an empty list", "y=film-1", "y=" },
        { "a doubled field", "&y=film-1", "&y=film-1&y=film-1" },
        { "a contradicting field before it", "&y=film-1", "&y=tagger&y=film-1" },
        { "in another place", "&maps=0&y=film-1", "&y=film-1&maps=0" },
        { "capitals", "y=film-1", "y=Film-1" },
        { "a byte that ends cookies", "y=film-1", "y=film-1;" },
        { "a dot at the end", "y=film-1", "y=film-1." },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        char value[512], changed[600];
        struct cnil_choice choice;
        const char *at;

        cookie_of("service.film-1", &policy, value, sizeof(value));
        at = strstr(value, changes[i].from);
        assert_non_null(at);
        snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - value), value, changes[i].to,
                 at + strlen(changes[i].from));
        cnil_choice_read(cnil_str_from(changed), &policy, &key, NOW, &choice);
        if (choice.state != CNIL_CHOICE_NONE || choice.granted != 0 || choice.service_count != 0)
            fail_msg("%s: taken for a choice", changes[i].name);
    }
}

/* A release of the catalogue asks nobody again; what it does not know any more grants nothing. */
static void a_choice_outlives_a_service(void **state)
{
    static const struct {
        const char *word;
        enum cnil_choice_state state;
        const char *left, *gone;
    } cases[] = {
        { "service.film-1,service.statistix", CNIL_CHOICE_GRANTED, "film-1", "newcomer" },
        { "audience,service.film-1", CNIL_CHOICE_GRANTED, "film-1", "newcomer" },
        { "service.statistix", CNIL_CHOICE_REFUSED, NULL, "newcomer" }, /* nothing is left of it, and nobody is asked */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char value[512];
        struct cnil_choice choice;

        cookie_of(cases[i].word, &policy, value, sizeof(value));
        cnil_choice_read(cnil_str_from(value), &other_catalogue, &key, NOW, &choice);
        if (choice.state != cases[i].state)
            fail_msg("%s: state %d", cases[i].word, (int)choice.state);
        assert_true(cases[i].left == NULL || names(&choice, &other_catalogue, cases[i].left));
        assert_false(names(&choice, &other_catalogue, cases[i].gone));
        assert_int_equal(choice.minutes, MINUTES);
    }
}

/* As many as fit come back; one more is told, and is no choice. */
static void services_have_a_limit(void **state)
{
    static struct cnil_service many[CNIL_LIMIT_CHOICE_SERVICES + 1];
    static char ids[CNIL_LIMIT_CHOICE_SERVICES + 1][40], word[4096], list[2048], value[CNIL_LIMIT_CHOICE_COOKIE];
    struct cnil_policy wide = policy;
    struct cnil_choice choice;

    (void)state;
    wide.services = many;
    wide.service_count = COUNT(many);
    for (size_t i = 0; i < COUNT(many); i++) {
        snprintf(ids[i], sizeof(ids[i]), "service-of-name-%zu", i);
        many[i] = (struct cnil_service){ .id = cnil_str_from(ids[i]), .purposes = 1 };
        if (i == CNIL_LIMIT_CHOICE_SERVICES) {
            cookie_of(word, &wide, value, sizeof(value));
            cnil_choice_read(cnil_str_from(value), &wide, &key, NOW, &choice);
            assert_int_equal(choice.service_count, CNIL_LIMIT_CHOICE_SERVICES);
            assert_true(cnil_choice_set(&choice, &wide, 0, cnil_str_from(list), MINUTES));
        }
        snprintf(word + strlen(word), sizeof(word) - strlen(word), "%sservice.%s", i > 0 ? "," : "", ids[i]);
        snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i > 0 ? "." : "", ids[i]);
    }
    assert_false(cnil_choice_from_word(cnil_str_from(word), &wide, NOW, &choice));
    assert_int_equal(choice.state, CNIL_CHOICE_NONE);
    assert_int_equal(choice.service_count, 0);
    assert_false(cnil_choice_set(&choice, &wide, 0, cnil_str_from(list), MINUTES));
    assert_int_equal(choice.state, CNIL_CHOICE_NONE);
    memset(list, 'a', sizeof(list) - 1);
    assert_false(cnil_choice_set(&choice, &wide, 0, cnil_str_from(list), MINUTES));
}

/* Rule C32. */
static void signals_only_refuse(void **state)
{
    static const struct {
        const char *name, *field, *value;
        bool gpc, dnt, refuses;
    } cases[] = {
        { "GPC", "Sec-GPC", "1", true, false, true },
        { "GPC in other letters", "sec-gpc", " 1 ", true, false, true },
        { "GPC that nobody honours", "Sec-GPC", "1", false, true, false },
        { "GPC of 0", "Sec-GPC", "0", true, false, false },
        { "GPC of true", "Sec-GPC", "true", true, false, false },
        { "GPC of 11", "Sec-GPC", "11", true, false, false },
        { "GPC of nothing", "Sec-GPC", "", true, false, false },
        { "DNT", "DNT", "1", true, true, true },
        { "DNT that nobody honours", "DNT", "1", true, false, false },
        { "DNT of 0", "DNT", "0", true, true, false },
        { "another field", "X-GPC", "1", true, true, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_header field = { cnil_str_from(cases[i].field), cnil_str_from(cases[i].value) };
        struct cnil_policy with = policy;

        with.honours_gpc = cases[i].gpc;
        with.honours_dnt = cases[i].dnt;
        for (int before = CNIL_CHOICE_NONE; before <= CNIL_CHOICE_GRANTED; before++) {
            struct cnil_choice choice = { .state = (enum cnil_choice_state)before,
                                          .granted = before == CNIL_CHOICE_GRANTED ? 5 : 0,
                                          .minutes = before == CNIL_CHOICE_NONE ? 0 : MINUTES };
            struct cnil_choice kept = choice;

            cnil_choice_from_signals((struct cnil_headers){ &field, 1 }, &with, &choice);
            if (before != CNIL_CHOICE_NONE || !cases[i].refuses) {
                if (memcmp(&choice, &kept, sizeof(kept)) != 0)
                    fail_msg("%s: an explicit choice is another", cases[i].name);
                continue;
            }
            if (choice.state != CNIL_CHOICE_REFUSED || !choice.is_signal || choice.granted != 0 || choice.minutes != 0)
                fail_msg("%s: is no refusal", cases[i].name);
        }
    }
}

static void the_newest_valid_cookie_counts(void **state)
{
    static const struct {
        const char *name, *first, *second; /* "5@3": granted 5, 3 minutes before now; "x" before it: forged */
        cnil_purposes granted;
        enum cnil_choice_state expected;
    } cases[] = {
        { "one", "5@3", "", 5, CNIL_CHOICE_GRANTED },
        { "the newer one first", "5@3", "1@9", 5, CNIL_CHOICE_GRANTED },
        { "the newer one last", "1@9", "5@3", 5, CNIL_CHOICE_GRANTED },
        { "a refusal is newer", "5@9", "0@3", 0, CNIL_CHOICE_REFUSED },
        { "an acceptance is newer", "0@9", "5@3", 5, CNIL_CHOICE_GRANTED },
        { "the newer one is forged", "0@9", "x5@3", 0, CNIL_CHOICE_REFUSED },
        { "a refusal of the same minute", "5@3", "0@3", 0, CNIL_CHOICE_REFUSED },
        { "the refusal first", "0@3", "5@3", 0, CNIL_CHOICE_REFUSED },
        { "less of the same minute", "5@3", "1@3", 1, CNIL_CHOICE_GRANTED },
        { "more of the same minute", "1@3", "5@3", 1, CNIL_CHOICE_GRANTED },
        { "what both grant", "5@3", "3@3", 1, CNIL_CHOICE_GRANTED },
        { "nothing that both grant", "4@3", "3@3", 0, CNIL_CHOICE_REFUSED },
        { "a forged refusal of the same minute", "5@3", "x0@3", 5, CNIL_CHOICE_GRANTED },
        { "both are forged", "x5@9", "x5@3", 0, CNIL_CHOICE_NONE },
        { "none", "", "", 0, CNIL_CHOICE_NONE },
    };

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        const char *wanted[2] = { cases[i / 2].first, cases[i / 2].second };
        struct cnil_header fields[3] = { { CNIL_STR_INIT("Host"), CNIL_STR_INIT("eu-consent=v=1") } };
        char parts[2][512], lines[2][1200];
        struct cnil_choice choice;

        for (size_t part = 0; part < 2; part++) {
            unsigned granted;
            int before;

            snprintf(parts[part], sizeof(parts[part]), "other=1");
            if (sscanf(wanted[part] + (wanted[part][0] == 'x'), "%u@%d", &granted, &before) == 2) {
                strcpy(parts[part], CNIL_CHOICE_COOKIE "=");
                cookie(parts[part] + strlen(CNIL_CHOICE_COOKIE "="), 400, granted, MINUTES - before);
            }
            if (wanted[part][0] == 'x')
                parts[part][strlen(parts[part]) - 2] ^= 1;
        }
        if (i % 2 == 0) { /* one field, then two as HTTP/2 sends them */
            snprintf(lines[0], sizeof(lines[0]), "%s; a=b; %s", parts[0], parts[1]);
            strcpy(lines[1], "c=d");
        } else {
            snprintf(lines[0], sizeof(lines[0]), "a=b; %s", parts[0]);
            snprintf(lines[1], sizeof(lines[1]), "%s", parts[1]);
        }
        for (size_t line = 0; line < 2; line++)
            fields[1 + line] =
                (struct cnil_header){ line == 0 ? CNIL_STR("Cookie") : CNIL_STR("cookie"), cnil_str_from(lines[line]) };
        cnil_choice_from_headers((struct cnil_headers){ fields, 3 }, &policy, &key, NOW, &choice);
        if (choice.state != cases[i / 2].expected || choice.granted != cases[i / 2].granted)
            fail_msg("%s, %zu field(s): state %d, granted %u", cases[i / 2].name, 1 + i % 2, (int)choice.state,
                     choice.granted);
    }
}

static void what_a_choice_allows(void **state)
{
    static const struct {
        const char *name;
        struct cnil_choice choice;
        enum cnil_action action;
        cnil_purposes needs;
        bool expected;
        int service; /* index, -1: none */
        bool is_joint;
    } cases[] = {
#define NAMED .services = { &services[1] }, .service_count = 1
        { "harmless, no choice", { .state = CNIL_CHOICE_NONE }, CNIL_ACTION_PASS, 0, true, -1, false },
        { "reported, no choice", { .state = CNIL_CHOICE_NONE }, CNIL_ACTION_REPORT, 0, true, -1, false },
        { "no choice is no consent", { .state = CNIL_CHOICE_NONE }, CNIL_ACTION_CONSENT, 1, false, -1, false },
        { "no choice, whatever stands in it",
          { .state = CNIL_CHOICE_NONE, .granted = 15 },
          CNIL_ACTION_CONSENT,
          1,
          false,
          -1,
          false },
        { "refused", { .state = CNIL_CHOICE_REFUSED }, CNIL_ACTION_CONSENT, 1, false, -1, false },
        { "granted", { .state = CNIL_CHOICE_GRANTED, .granted = 1 }, CNIL_ACTION_CONSENT, 1, true, -1, false },
        { "another purpose granted",
          { .state = CNIL_CHOICE_GRANTED, .granted = 2 },
          CNIL_ACTION_CONSENT,
          1,
          false,
          -1,
          false },
        { "one of two granted (C11)",
          { .state = CNIL_CHOICE_GRANTED, .granted = 1 },
          CNIL_ACTION_CONSENT,
          3,
          false,
          -1,
          false },
        { "both granted (C11)",
          { .state = CNIL_CHOICE_GRANTED, .granted = 7 },
          CNIL_ACTION_CONSENT,
          3,
          true,
          -1,
          false },
        { "an empty set is never granted",
          { .state = CNIL_CHOICE_GRANTED, .granted = 15 },
          CNIL_ACTION_CONSENT,
          0,
          false,
          -1,
          false },
        { "the service by itself", { .state = CNIL_CHOICE_GRANTED, NAMED }, CNIL_ACTION_CONSENT, 4, true, 1, false },
        { "of several purposes", { .state = CNIL_CHOICE_GRANTED, NAMED }, CNIL_ACTION_CONSENT, 15, true, 1, false },
        { "another service of that purpose",
          { .state = CNIL_CHOICE_GRANTED, NAMED },
          CNIL_ACTION_CONSENT,
          4,
          false,
          2,
          false },
        { "no service", { .state = CNIL_CHOICE_GRANTED, NAMED }, CNIL_ACTION_CONSENT, 4, false, -1, false },
        { "named, yet blocked", { .state = CNIL_CHOICE_GRANTED, NAMED }, CNIL_ACTION_BLOCK, 4, false, 1, false },
        { "named in what is no choice", { .state = CNIL_CHOICE_NONE, NAMED }, CNIL_ACTION_CONSENT, 4, false, 1, false },
        { "a verdict of several services",
          { .state = CNIL_CHOICE_GRANTED, NAMED },
          CNIL_ACTION_CONSENT,
          5,
          false,
          1,
          true },
        { "of several, all purposes granted",
          { .state = CNIL_CHOICE_GRANTED, .granted = 5 },
          CNIL_ACTION_CONSENT,
          5,
          true,
          1,
          true },
        { "blocked in every state",
          { .state = CNIL_CHOICE_GRANTED, .granted = 15 },
          CNIL_ACTION_BLOCK,
          1,
          false,
          -1,
          false },
#undef NAMED
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_verdict verdict = { .action = cases[i].action,
                                        .purposes = cases[i].needs,
                                        .service = cases[i].service < 0 ? NULL : &services[cases[i].service],
                                        .is_joint = cases[i].is_joint };

        if (cnil_choice_allows(&cases[i].choice, &verdict) != cases[i].expected)
            fail_msg("%s", cases[i].name);
    }
}

static void words(void **state)
{
    static const struct {
        const char *in, *out; /* out NULL: nobody knows the word */
    } cases[] = {
        { "none", "none" },
        { "refuse", "refused" },
        { "withdraw", "refused" },
        { "accept", "accepted" },
        { "audience", "audience" },
        { "video,audience", "audience+video" },
        { "video, audience", "audience+video" },
        { "audience,audience", "audience" },
        { "audience,advertising,video,maps", "accepted" },
        { "service.film-1", "service.film-1" },
        { "video,service.film-1", "video" },
        { "service.", NULL },
        { "service.nobody", NULL },
        { "service.fonts", NULL },    /* nobody is asked for it */
        { "service.harmless", NULL }, /* nor for that */
        { "service.film-1.tagger", NULL },
        { "film-1", NULL },
        { "", NULL },
        { "Accept", NULL },
        { "accepted", NULL },
        { "audience,", NULL },
        { ",audience", NULL },
        { "audience+video", NULL },
        { "audience,none", NULL },
        { "accept,audience", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_choice choice;
        struct cnil_buffer out;
        bool known = cnil_choice_from_word(cnil_str_from(cases[i].in), &policy, NOW, &choice);

        if (known != (cases[i].out != NULL))
            fail_msg("\"%s\" is %s", cases[i].in, known ? "known" : "unknown");
        if (!known)
            continue;
        assert_int_equal(choice.minutes, choice.state == CNIL_CHOICE_NONE ? 0 : MINUTES);
        cnil_buffer_init(&out, 256);
        cnil_choice_word(&choice, &policy, &out);
        if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(cases[i].out)))
            fail_msg("\"%s\" gives \"%.*s\"", cases[i].in, (int)out.len, out.ptr);
        cnil_buffer_free(&out);
    }
}

/* One bit more than a shift can count. */
static void as_many_purposes_as_a_set_holds(void **state)
{
    static struct cnil_purpose many[CNIL_LIMIT_PURPOSES];
    static char ids[CNIL_LIMIT_PURPOSES][8];
    struct cnil_policy wide = { .purposes = many, .purpose_count = CNIL_LIMIT_PURPOSES, .consent_days = 182 };
    struct cnil_choice choice, read;
    struct cnil_buffer value;

    (void)state;
    for (size_t i = 0; i < CNIL_LIMIT_PURPOSES; i++) {
        snprintf(ids[i], sizeof(ids[i]), "p%zu", i);
        many[i].id = cnil_str_from(ids[i]);
    }
    assert_true(cnil_choice_from_word(CNIL_STR("accept"), &wide, NOW, &choice));
    assert_int_equal(choice.granted, ~CNIL_MEASUREMENT);
    cnil_buffer_init(&value, CNIL_LIMIT_CHOICE_COOKIE);
    cnil_choice_write(&choice, &wide, &key, &value);
    assert_int_equal(cnil_buffer_status(&value), CNIL_OK);
    cnil_choice_read(cnil_buffer_str(&value), &wide, &key, NOW, &read);
    assert_int_equal(read.granted, ~CNIL_MEASUREMENT);
    cnil_buffer_free(&value);
}

/* ---- what needs no consent, and is opposed ---- */

static const struct cnil_policy measuring = { .purposes = purposes,
                                              .purpose_count = COUNT(purposes),
                                              .services = services,
                                              .service_count = COUNT(services),
                                              .measures = true,
                                              .honours_gpc = true,
                                              .consent_days = 182,
                                              .consent_hash = 0x0f2c01ab };

static bool measures(const struct cnil_choice *choice)
{
    static const struct cnil_verdict verdict = { .action = CNIL_ACTION_CONSENT, .purposes = CNIL_MEASUREMENT };

    return cnil_choice_allows(choice, &verdict);
}

/* Rule C24: whatever is chosen beside it, and it never grants. */
static void an_opposition_stands_beside_every_choice(void **state)
{
    static const char *const words[] = { "none",     "refuse",         "accept",
                                         "audience", "service.tagger", "video,service.statistix" };

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        char value[512], opposed[512], word[64];
        struct cnil_choice choice, read;

        cookie_of(words[i], &measuring, value, sizeof(value));
        cnil_choice_read(cnil_str_from(value), &measuring, &key, NOW, &choice);
        assert_false(choice.opposes);
        assert_true(measures(&choice));
        snprintf(word, sizeof(word), "%s%soppose", i > 0 ? words[i] : "", i > 0 ? "," : "");
        cookie_of(word, &measuring, opposed, sizeof(opposed));
        cnil_choice_read(cnil_str_from(opposed), &measuring, &key, NOW, &read);
        assert_true(read.opposes);
        assert_int_equal(read.opposed, MINUTES);
        assert_false(measures(&read));
        if (i > 0) { /* the value of none is no cookie */
            assert_int_equal(read.state, choice.state);
            assert_int_equal(read.granted, choice.granted);
            assert_int_equal(read.service_count, choice.service_count);
            assert_int_equal(read.minutes, choice.minutes);
        } else {
            assert_int_equal(read.state, CNIL_CHOICE_NONE);
        }
        assert_int_equal(cnil_choice_granted(&read) | CNIL_MEASUREMENT, cnil_choice_granted(&choice));
    }
}

/* Another list of third parties, or the end of the choice, asks again; the opposition is about something else. */
static void an_opposition_outlives_the_choice(void **state)
{
    struct cnil_policy later = measuring;
    struct cnil_choice choice;
    char value[512], forged[640];

    (void)state;
    later.consent_hash++;
    later.purpose_count--;
    cookie_of("accept,oppose", &measuring, value, sizeof(value));
    cnil_choice_read(cnil_str_from(value), &later, &key, NOW, &choice);
    assert_int_equal(choice.state, CNIL_CHOICE_NONE);
    assert_true(choice.opposes);
    cnil_choice_read(cnil_str_from(value), &measuring, &rotated_key, NOW, &choice);
    assert_int_equal(choice.state, CNIL_CHOICE_GRANTED);
    assert_true(choice.opposes);
    cnil_choice_read(cnil_str_from(value), &measuring, &key, NOW + (int64_t)183 * DAY * 60, &choice);
    assert_int_equal(choice.state, CNIL_CHOICE_NONE);
    assert_true(choice.opposes);
    cnil_choice_read(cnil_str_from(value), &measuring, &key, NOW + (int64_t)396 * DAY * 60, &choice);
    assert_false(choice.opposes);
    cnil_choice_read(cnil_str_from(value), &measuring, &other_key, NOW, &choice);
    assert_false(choice.opposes);
    for (size_t i = 0; i < strlen(value); i++) {
        snprintf(forged, sizeof(forged), "%s", value);
        forged[i] = forged[i] == '1' ? '2' : '1';
        cnil_choice_read(cnil_str_from(forged), &measuring, &key, NOW, &choice);
        assert_false(choice.opposes);
        assert_int_equal(choice.state, CNIL_CHOICE_NONE);
        snprintf(forged, sizeof(forged), "%.*s", (int)i, value);
        cnil_choice_read(cnil_str_from(forged), &measuring, &key, NOW, &choice);
        assert_false(choice.opposes);
    }
    snprintf(forged, sizeof(forged), "o=29400000&%s", value);
    cnil_choice_read(cnil_str_from(forged), &measuring, &key, NOW, &choice);
    assert_false(choice.opposes);
}

static void what_one_cookie_opposes_is_opposed(void **state)
{
    char opposed[512], accepted[512], field[1200];
    struct cnil_header header = { CNIL_STR_INIT("Cookie"), CNIL_STR_EMPTY };
    struct cnil_headers headers = { &header, 1 };
    struct cnil_choice choice;

    (void)state;
    cookie_of("oppose", &measuring, opposed, sizeof(opposed));
    cookie_of("accept", &measuring, accepted, sizeof(accepted));
    snprintf(field, sizeof(field), "eu-consent=%s; eu-consent=%s", opposed, accepted);
    header.value = cnil_str_from(field);
    cnil_choice_from_headers(headers, &measuring, &key, NOW, &choice);
    assert_int_equal(choice.state, CNIL_CHOICE_GRANTED);
    assert_true(choice.opposes);
    snprintf(field, sizeof(field), "eu-consent=%s", accepted);
    header.value = cnil_str_from(field);
    cnil_choice_from_headers(headers, &measuring, &key, NOW, &choice);
    assert_false(choice.opposes);
}

static void a_signal_opposes_where_the_policy_says_so(void **state)
{
    static const struct cnil_header header = { CNIL_STR_INIT("Sec-GPC"), CNIL_STR_INIT("1") };
    const struct cnil_headers headers = { &header, 1 };
    struct cnil_policy other = measuring;
    struct cnil_choice choice = { .state = CNIL_CHOICE_NONE };

    (void)state;
    cnil_choice_from_signals(headers, &other, &choice);
    assert_false(choice.opposes);
    other.signals_oppose = true;
    choice = (struct cnil_choice){ .state = CNIL_CHOICE_GRANTED, .granted = 1 }; /* which wins, as to consent */
    cnil_choice_from_signals(headers, &other, &choice);
    assert_true(choice.opposes);
    assert_int_equal(choice.opposed, 0);
    assert_int_equal(choice.state, CNIL_CHOICE_GRANTED);
    choice = (struct cnil_choice){ .opposes = true, .opposed = MINUTES };
    cnil_choice_from_signals(headers, &measuring, &choice);
    assert_int_equal(choice.state, CNIL_CHOICE_REFUSED);
    assert_true(choice.is_signal && choice.opposes && choice.opposed == MINUTES);
}

/* Where nothing measures, the word for logs and programs is what it ever was. */
static void an_opposition_is_told_where_something_measures(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = { { "oppose", "none+opposed.measurement" },
                  { "refuse,oppose", "refused+opposed.measurement" },
                  { "accept,oppose", "accepted+opposed.measurement" },
                  { "audience,service.tagger,oppose", "audience+service.tagger+opposed.measurement" } };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_buffer out;
        struct cnil_choice choice;

        cnil_buffer_init(&out, 256);
        assert_true(cnil_choice_from_word(cnil_str_from(cases[i].in), &measuring, NOW, &choice));
        cnil_choice_word(&choice, &measuring, &out);
        assert_true(cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(cases[i].out)));
        cnil_buffer_clear(&out);
        cnil_choice_word(&choice, &policy, &out);
        assert_int_equal(cnil_str_find(cnil_buffer_str(&out), CNIL_STR("opposed")), out.len);
        cnil_buffer_free(&out);
    }
    for (size_t i = 0; i < 3; i++) {
        static const char *const none[] = { "acceptoppose", ",oppose", "opposed" };
        struct cnil_choice choice;

        assert_false(cnil_choice_from_word(cnil_str_from(none[i]), &measuring, NOW, &choice));
        assert_false(choice.opposes);
    }
}

/* Without memory a choice is none or whole, never half. */
static void memory_runs_out(void **state)
{
    char value[512];
    bool failed;

    (void)state;
    cookie_of("audience,video,service.tagger", &policy, value, sizeof(value));
    for (long n = 0, failures = 0;; n++, failures++) {
        struct cnil_choice choice;

        alloc_fail_after(n);
        cnil_choice_read(cnil_str_from(value), &policy, &key, NOW, &choice);
        failed = alloc_failed();
        alloc_fail_after(-1);
        if (choice.state == CNIL_CHOICE_GRANTED) {
            assert_int_equal(choice.granted, 5);
            assert_int_equal(choice.service_count, 1);
            assert_true(failures > 0);
            break;
        }
        assert_true(failed);
        assert_int_equal(choice.granted, 0);
    }
    for (long n = 0;; n++) {
        struct cnil_choice choice = { .state = CNIL_CHOICE_GRANTED,
                                      .granted = 5,
                                      .minutes = MINUTES,
                                      .services = { &services[2] },
                                      .service_count = 1 };
        struct cnil_buffer out;
        enum cnil_status status;

        cnil_buffer_init(&out, CNIL_LIMIT_CHOICE_COOKIE);
        alloc_fail_after(n);
        cnil_choice_write(&choice, &policy, &key, &out);
        alloc_fail_after(-1);
        status = cnil_buffer_status(&out);
        if (status == CNIL_OK)
            assert_true(cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(value)));
        cnil_buffer_free(&out);
        if (status == CNIL_OK)
            break;
        assert_int_equal(status, CNIL_NO_MEMORY);
    }
    for (long n = 0;; n++) {
        struct cnil_choice choice;
        bool known;

        alloc_fail_after(n);
        known = cnil_choice_from_word(CNIL_STR("audience,service.film-1"), &policy, NOW, &choice);
        alloc_fail_after(-1);
        assert_int_equal(choice.state, known ? CNIL_CHOICE_GRANTED : CNIL_CHOICE_NONE);
        assert_int_equal(choice.service_count, known ? 1 : 0);
        if (known) {
            assert_true(n > 0);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subset_comes_back),
        cmocka_unit_test(the_form_of_the_cookie),
        cmocka_unit_test(anything_else_is_no_choice),
        cmocka_unit_test(every_byte_counts),
        cmocka_unit_test(a_long_value_is_no_choice),
        cmocka_unit_test(keys_hashes_and_time),
        cmocka_unit_test(services_by_themselves),
        cmocka_unit_test(forged_services_are_no_choice),
        cmocka_unit_test(a_choice_outlives_a_service),
        cmocka_unit_test(services_have_a_limit),
        cmocka_unit_test(signals_only_refuse),
        cmocka_unit_test(the_newest_valid_cookie_counts),
        cmocka_unit_test(what_a_choice_allows),
        cmocka_unit_test(words),
        cmocka_unit_test(as_many_purposes_as_a_set_holds),
        cmocka_unit_test(an_opposition_stands_beside_every_choice),
        cmocka_unit_test(an_opposition_outlives_the_choice),
        cmocka_unit_test(what_one_cookie_opposes_is_opposed),
        cmocka_unit_test(a_signal_opposes_where_the_policy_says_so),
        cmocka_unit_test(an_opposition_is_told_where_something_measures),
        cmocka_unit_test(memory_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
