/* SPDX-License-Identifier: Apache-2.0
 * Bodies through the face: bytes in, bytes out, and what happens when they cannot be rewritten to their end. */
#include "fixture.h"

#include "../../support/alloc.h"

#define NAVIGATION "GET /\nHost: shop.example\nSec-Fetch-Dest: iframe\n"
#define HTML       "200\nContent-Type: text/html\n"
#define BLOCKING   "{\"trackers\":{\"guard\":false,\"block\":[\"tracker.example\"]}}"
#define OPEN       "{\"trackers\":{\"guard\":false,\"block\":[\"tracker.example\"]},\"on_error\":\"open\"}"

static const char page[] = "<p>a</p><img src=\"https://tracker.example/p.gif\"><p>b</p>"
                           "<script src=https://tracker.example/t.js></script>";

/* Carries `body` in chunks of `size`; what comes out goes to `fixture->out`. */
static enum cnil_status carry(struct fixture *fixture, struct cnil_exchange *exchange, enum cnil_body kind,
                              struct cnil_str body, size_t size)
{
    enum cnil_status status = CNIL_OK;

    for (size_t from = 0; status == CNIL_OK && from < body.len; from += size) {
        struct cnil_str chunk = cnil_str_slice(body, from, from + size);
        static char lent[1024];
        struct cnil_span span = { NULL, 1, false };

        memcpy(lent, chunk.ptr, chunk.len);
        status = cnil_exchange_feed(exchange, (struct cnil_str){ lent, chunk.len }, from + size >= body.len);
        while (status == CNIL_OK && span.len > 0) {
            status = cnil_exchange_next(exchange, &span);
            if (status == CNIL_OK && span.from_input)
                assert_true(span.len == 0 || (span.ptr >= lent && span.ptr + span.len <= lent + chunk.len));
            if (status == CNIL_OK && kind == CNIL_BODY_REWRITE)
                put(fixture->out, sizeof(fixture->out), (struct cnil_str){ span.ptr, span.len });
        }
        if (kind != CNIL_BODY_REWRITE) /* a connector sends what it has */
            put(fixture->out, sizeof(fixture->out), chunk);
        memset(lent, 'x', sizeof(lent)); /* so that a view kept too long is seen */
    }
    return status;
}

/* A whole exchange; the status of the first step that failed. */
static enum cnil_status whole(struct fixture *fixture, struct cnil_exchange *exchange, enum cnil_mode ceiling,
                              struct cnil_str body, size_t size)
{
    static struct fixture_message message, origin;
    const struct cnil_answer *answer;
    struct cnil_request request;
    struct cnil_response response;
    struct cnil_edits edits;
    enum cnil_status status;
    enum cnil_open open;
    enum cnil_body kind;

    fixture->out[0] = '\0';
    fixture_parse(fixture, NAVIGATION "Cookie: _ga=1; a=b\nIf-None-Match: \"x\"\n", &message);
    fixture_parse(fixture, HTML "ETag: \"y\"\nSet-Cookie: _ga=1\nLink: <https://tracker.example>; rel=preconnect\n",
                  &origin);
    request = fixture_request(&message);
    response = fixture_response(&origin);
    status = cnil_exchange_open(exchange, &request, &open, &answer);
    if (status == CNIL_OK)
        status = cnil_exchange_enter(exchange, fixture->policy, ceiling, &edits);
    if (status == CNIL_OK)
        status = cnil_exchange_body(exchange, &response, &kind, &edits);
    if (status == CNIL_OK)
        status = cnil_exchange_headers(exchange, &response, &edits);
    return status == CNIL_OK ? carry(fixture, exchange, kind, body, size) : status;
}

static struct cnil_exchange *start(struct fixture *fixture, enum cnil_mode ceiling)
{
    return cnil_exchange_new(fixture->config, fixture->policy, ceiling, &fixture_server, fixture);
}

static void a_body_is_rewritten_whatever_its_chunks(void **state)
{
    static const char *want = "<p>a</p><img data-held=\"tracker.example\"><p>b</p>";
    char first[1024] = "";

    (void)state;
    for (size_t size = sizeof(page); size > 0; size--) {
        struct fixture fixture;
        struct cnil_exchange *exchange;

        fixture_open(&fixture, BLOCKING);
        exchange = start(&fixture, CNIL_MODE_ENFORCE);
        assert_int_equal(whole(&fixture, exchange, CNIL_MODE_ENFORCE, CNIL_STR(page), size), CNIL_OK);
        if (size == sizeof(page))
            put(first, sizeof(first), cnil_str_from(fixture.out));
        assert_string_equal(fixture.out, first);
        assert_memory_equal(fixture.out, want, 8);
        assert_null(strstr(fixture.out, "https://tracker.example"));
        cnil_exchange_close(exchange);
        assert_non_null(strstr(fixture.log, "element-held"));
        fixture_close(&fixture);
    }
}

static void what_is_observed_is_written_down_and_kept(void **state)
{
    struct fixture fixture;
    struct cnil_exchange *exchange;

    (void)state;
    fixture_open(&fixture, BLOCKING);
    exchange = start(&fixture, CNIL_MODE_AUDIT);
    assert_int_equal(whole(&fixture, exchange, CNIL_MODE_AUDIT, CNIL_STR(page), 7), CNIL_OK);
    assert_string_equal(fixture.out, page);
    cnil_exchange_close(exchange);
    assert_non_null(strstr(fixture.log, "element-held"));
    fixture_close(&fixture);
}

/* The start of a body in UTF-16; its letters are what a byte each of `text` says. */
static struct cnil_str utf16(const char *text, bool big, char *out)
{
    size_t len = 0;

    out[len++] = big ? '\xfe' : '\xff';
    out[len++] = big ? '\xff' : '\xfe';
    for (; *text != '\0'; text++) {
        out[len++] = big ? '\0' : *text;
        out[len++] = big ? *text : '\0';
    }
    return (struct cnil_str){ out, len };
}

/* Browsers believe the mark, whatever the headers say; so do we, and put one of UTF-8 in its place. */
static void a_byte_order_mark_of_utf16_is_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        enum cnil_mode ceiling = i < 4 ? CNIL_MODE_ENFORCE : CNIL_MODE_AUDIT;
        char bytes[1024];
        struct cnil_str body = utf16(page, i % 2 == 0, bytes);
        struct fixture fixture;
        struct cnil_exchange *exchange;

        fixture_open(&fixture, BLOCKING);
        exchange = start(&fixture, ceiling);
        assert_int_equal(whole(&fixture, exchange, ceiling, body, i < 2 ? 1 : 500), CNIL_OK);
        if (ceiling == CNIL_MODE_ENFORCE) {
            assert_memory_equal(fixture.out, "\xef\xbb\xbf<p>a</p><img data-held=\"tracker.example\"><p>b</p>", 51);
            assert_null(strstr(fixture.out, "https://tracker.example"));
        } else {
            assert_memory_equal(fixture.out, body.ptr, 2);
        }
        cnil_exchange_close(exchange);
        assert_non_null(strstr(fixture.log, "element-held"));
        fixture_close(&fixture);
    }
}

static void other_marks_are_text(void **state)
{
    static const char *bodies[] = { "\xef\xbb\xbf<p>", "\xff<p>", "\xfe", "" };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct fixture fixture;
        struct cnil_exchange *exchange;

        fixture_open(&fixture, BLOCKING);
        exchange = start(&fixture, CNIL_MODE_ENFORCE);
        assert_int_equal(whole(&fixture, exchange, CNIL_MODE_ENFORCE, cnil_str_from(bodies[i]), 1), CNIL_OK);
        assert_string_equal(fixture.out, bodies[i]);
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
}

/* Whatever allocation fails: in enforcement no tracker passes; in audit and with "open" every byte does. */
static void failing_allocations(const char *policy, enum cnil_mode ceiling, bool passes)
{
    struct fixture fixture;
    bool failed = true;

    fixture_open(&fixture, policy);
    for (long allowed = 0; failed; allowed++) {
        struct cnil_exchange *exchange;
        enum cnil_status status = CNIL_NO_MEMORY;

        fixture.out[0] = fixture.log[0] = fixture.diagnoses[0] = '\0';
        alloc_fail_after(allowed);
        exchange = start(&fixture, ceiling);
        if (exchange != NULL)
            status = whole(&fixture, exchange, ceiling, CNIL_STR(page), 5);
        cnil_exchange_close(exchange);
        failed = alloc_failed();
        alloc_fail_after(-1);
        if (exchange != NULL && ceiling == CNIL_MODE_AUDIT) {
            assert_int_equal(status, CNIL_OK);
            assert_string_equal(fixture.out, page);
        }
        if (!passes && strstr(fixture.out, "https://tracker.example") != NULL)
            fail_msg("after %ld allocations a tracker passed: %s", allowed, fixture.out);
        if (!failed)
            assert_int_equal(status, CNIL_OK);
        if (failed && exchange != NULL && !passes && status == CNIL_OK && strstr(fixture.out, "data-held") == NULL)
            fail_msg("after %ld allocations: %s", allowed, fixture.out);
    }
    fixture_close(&fixture);
}

static void without_memory_nothing_is_let_pass(void **state)
{
    (void)state;
    failing_allocations(BLOCKING, CNIL_MODE_ENFORCE, false);
}

static void without_memory_audit_changes_nothing(void **state)
{
    (void)state;
    failing_allocations(BLOCKING, CNIL_MODE_AUDIT, true);
}

static void without_memory_open_means_open(void **state)
{
    (void)state;
    failing_allocations(OPEN, CNIL_MODE_ENFORCE, true);
}

/* With "open" a failure in the middle loses nothing: what was not sent is sent as it is. */
static void what_was_held_is_given_back(void **state)
{
    bool failed = true;
    size_t open_passes = 0;

    (void)state;
    for (long allowed = 0; failed; allowed++) {
        struct fixture fixture;
        struct cnil_exchange *exchange;
        enum cnil_status status;

        fixture_open(&fixture, OPEN);
        exchange = start(&fixture, CNIL_MODE_ENFORCE);
        assert_int_equal(whole(&fixture, exchange, CNIL_MODE_ENFORCE, CNIL_STR_EMPTY, 1), CNIL_OK);
        alloc_fail_after(allowed);
        status = carry(&fixture, exchange, CNIL_BODY_REWRITE, CNIL_STR(page), sizeof(page) / 3);
        failed = alloc_failed();
        alloc_fail_after(-1);
        if (status == CNIL_OK && failed && strstr(fixture.out, "https://tracker.example") != NULL) {
            open_passes++;
            /* both texts of the page are there, once and in order */
            assert_non_null(strstr(fixture.out, "<p>a</p>"));
            assert_non_null(strstr(fixture.out, "<p>b</p>"));
            assert_null(strstr(strstr(fixture.out, "<p>b</p>") + 1, "<p>b</p>"));
            assert_non_null(strstr(fixture.out, "</script>"));
        }
        cnil_exchange_close(exchange);
        fixture_close(&fixture);
    }
    assert_true(open_passes > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_rewritten_whatever_its_chunks),
        cmocka_unit_test(what_is_observed_is_written_down_and_kept),
        cmocka_unit_test(a_byte_order_mark_of_utf16_is_believed),
        cmocka_unit_test(other_marks_are_text),
        cmocka_unit_test(without_memory_nothing_is_let_pass),
        cmocka_unit_test(without_memory_audit_changes_nothing),
        cmocka_unit_test(without_memory_open_means_open),
        cmocka_unit_test(what_was_held_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
