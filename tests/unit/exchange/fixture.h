/* SPDX-License-Identifier: Apache-2.0
 * An exchange in a test: requests and responses as text, what came of them as text. */
#ifndef CNIL_TESTS_EXCHANGE_FIXTURE_H
#define CNIL_TESTS_EXCHANGE_FIXTURE_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cnil.h"
#include "consent/choice.h"
#include "exchange/config.h"

#define FIXTURE static __attribute__((unused))
#define NOW     1764000000 /* what the tests' clock says */

enum { FIXTURE_HEADERS = 32 };

struct fixture {
    struct cnil_config *config;
    const struct cnil_policy *policy;
    char state[64];      /* directory */
    char file[96];       /* of the policy */
    char log[16384];     /* what was appended */
    char choices[16384]; /* what was recorded */
    bool record_fails, durable;
    char diagnoses[1024];
    char out[32768]; /* what the test traces */
    int64_t now;
};

struct fixture_message {
    char text[8192];
    struct cnil_header list[FIXTURE_HEADERS];
    size_t count;
    struct cnil_str line, body;
};

FIXTURE void put(char *text, size_t size, struct cnil_str bytes)
{
    size_t len = strlen(text);

    if (bytes.len > 0 && len + bytes.len < size) {
        memcpy(text + len, bytes.ptr, bytes.len);
        text[len + bytes.len] = '\0';
    }
}

FIXTURE int64_t fixture_now(void *data)
{
    return ((struct fixture *)data)->now;
}

FIXTURE void fixture_append(void *data, size_t index, struct cnil_str lines)
{
    struct fixture *fixture = data;

    assert_int_equal(index, 0);
    put(fixture->log, sizeof(fixture->log), lines);
}

FIXTURE void fixture_diagnose(void *data, enum cnil_severity severity, struct cnil_str text)
{
    struct fixture *fixture = data;

    (void)severity;
    put(fixture->diagnoses, sizeof(fixture->diagnoses), text);
    put(fixture->diagnoses, sizeof(fixture->diagnoses), CNIL_STR("\n"));
}

FIXTURE bool fixture_record(void *data, size_t index, struct cnil_str line, bool durable)
{
    struct fixture *fixture = data;

    fixture->durable = durable;
    if (fixture->record_fails)
        return false;
    if (index == 0) /* statistics */
        put(fixture->log, sizeof(fixture->log), line);
    else
        put(fixture->choices, sizeof(fixture->choices), line);
    return true;
}

FIXTURE const struct cnil_server fixture_server = { fixture_now, fixture_append, fixture_diagnose, fixture_record };

FIXTURE void fixture_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

/* With a key in its state directory when `policy` is enforced. NULL: the built-in policy. */
FIXTURE void fixture_open(struct fixture *fixture, const char *policy)
{
    char key[128];
    struct cnil_errors errors;

    memset(fixture, 0, sizeof(*fixture));
    fixture->now = NOW;
    strcpy(fixture->state, "/tmp/cnil-exchange-XXXXXX");
    assert_non_null(mkdtemp(fixture->state));
    snprintf(key, sizeof(key), "%s/key", fixture->state);
    fixture_write(key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    snprintf(fixture->file, sizeof(fixture->file), "%s/policy.json", fixture->state);
    fixture_write(fixture->file, policy != NULL ? policy : "{}");
    cnil_errors_init(&errors);
    fixture->config = cnil_config_new();
    assert_non_null(fixture->config);
    fixture->policy = cnil_config_policy(fixture->config, policy != NULL ? fixture->file : NULL, &errors);
    if (fixture->policy == NULL)
        fail_msg("policy %s: %s", policy, errors.count > 0 ? errors.list[0].sentence : "no memory");
    assert_int_equal(cnil_config_open_state(fixture->config, fixture->state, true, &errors), CNIL_OK);
    cnil_errors_free(&errors);
}

FIXTURE void fixture_close(struct fixture *fixture)
{
    char key[128];

    cnil_config_free(fixture->config);
    snprintf(key, sizeof(key), "%s/key", fixture->state);
    unlink(key);
    unlink(fixture->file);
    assert_int_equal(rmdir(fixture->state), 0);
}

/* Value of a choice cookie, in `out`. */
FIXTURE void fixture_cookie(struct fixture *fixture, const char *word, char *out, size_t size)
{
    struct cnil_choice choice;
    struct cnil_buffer value;

    assert_true(cnil_choice_from_word(cnil_str_from(word), fixture->policy, fixture->now, &choice));
    cnil_buffer_init(&value, CNIL_LIMIT_CHOICE_COOKIE);
    cnil_choice_write(&choice, fixture->policy, cnil_config_key(fixture->config, fixture->policy), &value);
    assert_int_equal(cnil_buffer_status(&value), CNIL_OK);
    out[0] = '\0';
    put(out, size, cnil_buffer_str(&value));
    cnil_buffer_free(&value);
}

/* Parses a message; "{accept}" and the like in it stand for a choice cookie's value. */
FIXTURE void fixture_parse(struct fixture *fixture, const char *text, struct fixture_message *message)
{
    static const char *words[] = { "accept", "refuse", "audience", "oppose", "accept,oppose" };
    struct cnil_str rest, line;

    memset(message, 0, sizeof(*message));
    while (*text != '\0') {
        bool replaced = false;

        for (size_t w = 0; *text == '{' && w < sizeof(words) / sizeof(words[0]); w++) {
            size_t len = strlen(words[w]);
            char value[CNIL_LIMIT_CHOICE_COOKIE];

            if (strncmp(text + 1, words[w], len) != 0 || text[1 + len] != '}')
                continue;
            fixture_cookie(fixture, words[w], value, sizeof(value));
            put(message->text, sizeof(message->text), cnil_str_from(value));
            text += len + 2;
            replaced = true;
        }
        if (!replaced)
            put(message->text, sizeof(message->text), (struct cnil_str){ text++, 1 });
    }
    rest = cnil_str_from(message->text);
    message->line = cnil_str_cut(&rest, '\n');
    while ((line = cnil_str_cut(&rest, '\n')).len > 0) {
        struct cnil_str name = cnil_str_cut(&line, ':');

        assert_true(message->count < FIXTURE_HEADERS);
        message->list[message->count++] = (struct cnil_header){ name, cnil_str_trim(line) };
    }
    message->body = rest;
}

FIXTURE struct cnil_headers fixture_headers(const struct fixture_message *message)
{
    return (struct cnil_headers){ message->list, message->count };
}

/* The first line is "METHOD TARGET" with " plain" behind it for a request without TLS. */
FIXTURE struct cnil_request fixture_request(const struct fixture_message *message)
{
    struct cnil_str line = message->line;
    struct cnil_request request = { .peer = CNIL_STR_INIT("192.0.2.7") };

    request.method = cnil_str_cut(&line, ' ');
    request.target = cnil_str_cut(&line, ' ');
    request.tls = !cnil_str_equal(line, CNIL_STR("plain"));
    request.headers = fixture_headers(message);
    request.host = cnil_headers_value(request.headers, CNIL_STR("Host"));
    return request;
}

FIXTURE struct cnil_response fixture_response(const struct fixture_message *message)
{
    return (struct cnil_response){ (unsigned)strtoul(message->line.ptr, NULL, 10), fixture_headers(message) };
}

FIXTURE void say(struct fixture *fixture, const char *format, ...) __attribute__((format(printf, 2, 3)));
FIXTURE void say(struct fixture *fixture, const char *format, ...)
{
    size_t len = strlen(fixture->out);
    va_list args;

    va_start(args, format);
    vsnprintf(fixture->out + len, sizeof(fixture->out) - len, format, args);
    va_end(args);
}

/* "-Name", "=Name: value", "+Name: value", one a line. */
FIXTURE void say_edits(struct fixture *fixture, struct cnil_edits edits)
{
    for (size_t i = 0; i < edits.count; i++) {
        const struct cnil_edit *edit = &edits.list[i];

        if (edit->kind == CNIL_EDIT_REMOVE)
            say(fixture, "-%.*s\n", (int)edit->name.len, edit->name.ptr);
        else
            say(fixture, "%c%.*s: %.*s\n", edit->kind == CNIL_EDIT_ADD ? '+' : '=', (int)edit->name.len, edit->name.ptr,
                (int)edit->value.len, edit->value.ptr);
    }
}

FIXTURE struct cnil_str fixture_field(const struct cnil_answer *answer, const char *name)
{
    return cnil_headers_value(answer->headers, cnil_str_from(name));
}

/* One exchange, opened and closed: in `out` the edits of the response's headers, in `log` the events. */
FIXTURE void fixture_run(struct fixture *fixture, enum cnil_mode mode, const char *request_text,
                         const char *response_text)
{
    static struct fixture_message request, response;
    struct cnil_exchange *exchange =
        cnil_exchange_new(fixture->config, fixture->policy, mode, &fixture_server, fixture);
    const struct cnil_answer *ours;
    struct cnil_response answer;
    struct cnil_request made;
    struct cnil_edits edits;
    enum cnil_open open;
    enum cnil_body body;

    assert_non_null(exchange);
    fixture_parse(fixture, request_text, &request);
    made = fixture_request(&request);
    assert_int_equal(cnil_exchange_open(exchange, &made, &open, &ours), CNIL_OK);
    assert_int_equal(cnil_exchange_enter(exchange, fixture->policy, mode, &edits), CNIL_OK);
    fixture_parse(fixture, response_text, &response);
    answer = fixture_response(&response);
    assert_int_equal(cnil_exchange_body(exchange, &answer, &body, &edits), CNIL_OK);
    assert_int_equal(cnil_exchange_headers(exchange, &answer, &edits), CNIL_OK);
    fixture->out[0] = fixture->log[0] = '\0';
    say_edits(fixture, edits);
    cnil_exchange_close(exchange);
}

/* Posts `fields` and `body` to the choice address, with the list that is asked about now where the body says none, as
 * forms of ours do; the exchange stays open for the answer. */
FIXTURE struct cnil_exchange *fixture_post(struct fixture *fixture, const char *fields, const char *body,
                                           const struct cnil_answer **answer)
{
    static struct fixture_message message; /* the exchange copies what it needs */
    struct cnil_exchange *exchange;
    struct cnil_request request;
    char text[8192], form[CNIL_LIMIT_FORM_BODY + 32];
    enum cnil_open open;

    if (body[0] != '\0' && strstr(body, "list=") == NULL && strlen(body) < sizeof(form) - 16) {
        snprintf(form, sizeof(form), "%s&list=%08" PRIx32, body, fixture->policy->consent_hash);
        body = form;
    }
    snprintf(text, sizeof(text), "POST /_privacy/choice\nContent-Type: application/x-www-form-urlencoded\n%s\n",
             fields);
    fixture_parse(fixture, text, &message);
    request = fixture_request(&message);
    exchange = cnil_exchange_new(fixture->config, fixture->policy, CNIL_MODE_ENFORCE, &fixture_server, fixture);
    assert_non_null(exchange);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, answer), CNIL_OK);
    if (open == CNIL_OPEN_SUBMIT)
        assert_int_equal(cnil_exchange_submit(exchange, cnil_str_from(body), false, answer), CNIL_OK);
    assert_non_null(*answer);
    return exchange;
}

#endif
