/* SPDX-License-Identifier: Apache-2.0
 * What is written down of a choice, what is kept of the banner, and what becomes of the choice when it cannot be. */
#include "fixture.h"

#include <dirent.h>
#include <inttypes.h>

#include "../../support/alloc.h"
#include "audit/archive.h"
#include "audit/record.h"
#include "exchange/witness.h"

#define OWN "Host: shop.example\nSec-Fetch-Site: same-origin\n"

static void open_proof(struct fixture *fixture, const char *policy)
{
    struct cnil_errors errors;

    fixture_open(fixture, policy);
    cnil_errors_init(&errors);
    cnil_config_open_proof(fixture->config, fixture->state, true, &errors);
    assert_false(cnil_errors_any(&errors));
    cnil_errors_free(&errors);
}

static void remove_all(const char *directory)
{
    DIR *open = opendir(directory);
    struct dirent *entry;

    assert_non_null(open);
    while ((entry = readdir(open)) != NULL)
        unlinkat(dirfd(open), entry->d_name, 0);
    closedir(open);
    assert_int_equal(rmdir(directory), 0);
}

static void close_proof(struct fixture *fixture)
{
    char path[128];

    snprintf(path, sizeof(path), "%s/proof/archive", fixture->state);
    remove_all(path);
    snprintf(path, sizeof(path), "%s/proof", fixture->state);
    remove_all(path);
    fixture_close(fixture);
}

/* The last line that was recorded. */
static struct cnil_record last(struct fixture *fixture)
{
    struct cnil_str rest = cnil_str_from(fixture->choices), line = CNIL_STR_EMPTY;
    struct cnil_record record;

    while (rest.len > 0)
        line = cnil_str_cut(&rest, '\n');
    assert_true(cnil_record_read(line, &record));
    return record;
}

static void expect(struct cnil_str value, const char *wanted)
{
    if (!cnil_str_equal(value, cnil_str_from(wanted)))
        fail_msg("%.*s instead of %s", (int)value.len, value.ptr, wanted);
}

static const struct {
    const char *cookie, *body, *control, *before, *choice;
} choices[] = {
    { "", "choice=accept&return=%2Fa", "banner", "none", "accepted" },
    { "", "choice=refuse&return=%2Fa", "banner", "none", "refused" },
    { "", "choice=refuse&return=%2F_privacy%2F", "page", "none", "refused" },
    { "", "choice=audience,video&return=%2Fa&control=panel", "panel", "none", "audience+video" },
    { "", "choice=service.youtube&return=%2Fa&control=panel", "panel", "none", "service.youtube" },
    { "", "choice=accept&return=%2Fa&control=%3Cscript%3E", "banner", "none", "accepted" },
    { "", "choice=accept&return=%2Fa&control=account", "banner", "none", "accepted" }, /* that is the site's to say */
    { "Cookie: eu-consent={accept}\n", "choice=withdraw&return=%2Fa", "control", "accepted", "refused" },
    { "Cookie: eu-consent={refuse}\n", "choice=accept&return=%2Fa", "control", "refused", "accepted" },
    { "Cookie: eu-consent={audience}\n", "choice=refuse&return=%2F_privacy%2F", "page", "audience", "refused" },
    { "Cookie: eu-consent=v=1\n", "choice=refuse&control=control", "control", "none", "refused" },
    { "", "choice=add&service=youtube&control=site", "site", "none", "service.youtube" },
    { "", "choice=add&service=youtube&control=card", "card", "none", "service.youtube" },
    { "", "choice=once&service=youtube&control=card", "once", "none", "service.youtube" }, /* of one page */
    { "Cookie: eu-consent={audience}\n", "choice=once&service=youtube", "once", "audience",
      "audience+service.youtube" },
};

static void a_line_says_what_was_chosen(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        struct fixture fixture;
        struct cnil_record record;
        char fields[2048];

        open_proof(&fixture, NULL);
        snprintf(fields, sizeof(fields), "%s%s", OWN, choices[i].cookie);
        exchange = fixture_post(&fixture, fields, choices[i].body, &answer);
        assert_int_equal(answer->status, 303);
        record = last(&fixture); /* before the answer is given */
        expect(record.control, choices[i].control);
        expect(record.before, choices[i].before);
        expect(record.choice, choices[i].choice);
        expect(record.host, "shop.example");
        expect(record.language, "fr");
        expect(record.time, "2025-11-24T16:00Z");
        expect(record.module, CNIL_VERSION);
        assert_int_equal(record.receipt.len, 0);
        assert_false(fixture.durable);
        assert_null(strstr(fixture.choices, "192.0.2.7"));
        cnil_exchange_close(exchange);
        close_proof(&fixture);
    }
}

/* What a line names can be read again, and is what it is named by. */
static void what_a_line_names_is_archived(void **state)
{
    static const char *const cookies[] = { "", "Cookie: eu-consent={accept}\n", "Cookie: eu-consent={refuse}\n" };
    static const char *const policy = "{ \"site\": { \"name\": \"Chez Zo\xc3\xa9\" } }";

    (void)state;
    for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        struct fixture fixture;
        struct cnil_record record;
        struct cnil_digest digest;
        char fields[2048], archive[128], name[128];
        size_t len;
        char *bytes;

        open_proof(&fixture, policy);
        snprintf(archive, sizeof(archive), "%s/proof/archive", fixture.state);
        snprintf(fields, sizeof(fields), "%s%s", OWN, cookies[i]);
        exchange = fixture_post(&fixture, fields, "choice=refuse", &answer);
        record = last(&fixture);
        snprintf(name, sizeof(name), "%.*s.html", CNIL_DIGEST_LEN, record.banner.ptr);
        bytes = cnil_archive_get(archive, cnil_str_from(name), &len);
        assert_non_null(bytes);
        assert_int_equal(cnil_digest_of((struct cnil_str){ bytes, len }, &digest), CNIL_OK);
        assert_true(cnil_str_equal(cnil_digest_str(&digest), record.banner));
        assert_int_equal(cnil_str_find((struct cnil_str){ bytes, len }, CNIL_STR("vp-ask")) < len, i == 0);
        free(bytes);
        snprintf(name, sizeof(name), "%.*s.json", CNIL_DIGEST_LEN, record.policy.ptr);
        bytes = cnil_archive_get(archive, cnil_str_from(name), &len);
        assert_non_null(bytes);
        assert_int_equal(cnil_digest_of((struct cnil_str){ bytes, len }, &digest), CNIL_OK);
        assert_true(cnil_str_equal(cnil_digest_str(&digest), record.policy));
        assert_true(cnil_str_find((struct cnil_str){ bytes, len }, cnil_str_from(policy)) < len);
        free(bytes);
        cnil_exchange_close(exchange);
        close_proof(&fixture);
    }
}

/* A banner that says how far a choice reaches is archived as it stood: no host beside the domain has said so. */
static void the_scope_is_archived_where_it_was_told(void **state)
{
    static const char *const policies[] = { "{ \"consent\": { \"domain\": \"shop.example\" } }",
                                            "{ \"consent\": { \"domain\": \"boutique.example\" } }" };

    (void)state;
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        struct fixture fixture;
        struct cnil_record record;
        char archive[128], name[128];
        size_t len;
        char *bytes;

        open_proof(&fixture, policies[i]);
        snprintf(archive, sizeof(archive), "%s/proof/archive", fixture.state);
        exchange = fixture_post(&fixture, OWN, "choice=refuse", &answer);
        record = last(&fixture);
        snprintf(name, sizeof(name), "%.*s.html", CNIL_DIGEST_LEN, record.banner.ptr);
        bytes = cnil_archive_get(archive, cnil_str_from(name), &len);
        assert_non_null(bytes);
        assert_int_equal(cnil_str_find((struct cnil_str){ bytes, len }, CNIL_STR("sous-domaines")) < len, i == 0);
        free(bytes);
        cnil_exchange_close(exchange);
        close_proof(&fixture);
    }
}

static const struct {
    const char *fields, *body, *language, *words;
} spoken[] = {
    { "", "choice=refuse", "fr", "Tout refuser" },
    { "Accept-Language: de-CH, en;q=0.5\n", "choice=refuse", "de", "Alle ablehnen" },
    { "Accept-Language: de\n", "choice=refuse&language=pl", "pl", "Odrzuć wszystko" }, /* what the page was in */
    { "Accept-Language: de\n", "choice=refuse&language=tlh", "de", "Alle ablehnen" },
};

/* The line tells in which language the visitor was asked, and the banner in it is archived. */
static void the_language_is_written_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spoken) / sizeof(spoken[0]); i++) {
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        struct fixture fixture;
        struct cnil_record record;
        char fields[2048], archive[128], name[128];
        size_t len;
        char *bytes;

        open_proof(&fixture, "{\"site\": {\"language\": \"auto\"}}");
        snprintf(archive, sizeof(archive), "%s/proof/archive", fixture.state);
        snprintf(fields, sizeof(fields), "%s%s", OWN, spoken[i].fields);
        exchange = fixture_post(&fixture, fields, spoken[i].body, &answer);
        assert_int_equal(answer->status, 303);
        record = last(&fixture);
        expect(record.language, spoken[i].language);
        snprintf(name, sizeof(name), "%.*s.html", CNIL_DIGEST_LEN, record.banner.ptr);
        bytes = cnil_archive_get(archive, cnil_str_from(name), &len);
        assert_non_null(bytes);
        assert_true(cnil_str_find((struct cnil_str){ bytes, len }, cnil_str_from(spoken[i].words)) < len);
        free(bytes);
        cnil_exchange_close(exchange);
        close_proof(&fixture);
    }
}

static void the_archive_is_written_once(void **state)
{
    struct fixture fixture;
    struct cnil_errors errors;
    char archive[128];
    size_t len;
    char *bytes;

    (void)state;
    open_proof(&fixture, NULL);
    snprintf(archive, sizeof(archive), "%s/proof/archive", fixture.state);
    cnil_errors_init(&errors);
    assert_int_equal(cnil_archive_put(archive, CNIL_STR("x"), CNIL_STR("one"), &errors), CNIL_OK);
    assert_int_equal(cnil_archive_put(archive, CNIL_STR("x"), CNIL_STR("two"), &errors), CNIL_OK);
    bytes = cnil_archive_get(archive, CNIL_STR("x"), &len);
    assert_non_null(bytes);
    assert_int_equal(len, 3);
    assert_memory_equal(bytes, "one", 3);
    free(bytes);
    assert_int_equal(cnil_archive_put("/nowhere", CNIL_STR("x"), CNIL_STR("one"), &errors), CNIL_IO);
    assert_int_equal(errors.count, 1);
    assert_null(cnil_archive_get(archive, CNIL_STR("y"), &len));
    cnil_config_open_proof(fixture.config, fixture.state, true, &errors);
    assert_int_equal(errors.count, 1);
    cnil_errors_free(&errors);
    close_proof(&fixture);
}

static const struct {
    const char *name, *policy, *cookie, *body;
    unsigned status;
} unwritten[] = {
    { "an acceptance", "{}", "", "choice=accept", 303 },
    { "a refusal", "{}", "", "choice=refuse", 303 },
    { "required, a refusal", "{\"proof\":{\"required\":true}}", "", "choice=refuse", 303 },
    { "required, an acceptance", "{\"proof\":{\"required\":true}}", "", "choice=accept", 500 },
    { "required, a part", "{\"proof\":{\"required\":true}}", "", "choice=audience", 500 },
    { "required, a withdrawal", "{\"proof\":{\"required\":true}}", "Cookie: eu-consent={accept}\n", "choice=withdraw",
      303 },
    { "required, a part of what was granted", "{\"proof\":{\"required\":true}}", "Cookie: eu-consent={accept}\n",
      "choice=audience", 303 },
    { "required, more than was granted", "{\"proof\":{\"required\":true}}", "Cookie: eu-consent={audience}\n",
      "choice=audience,video", 500 },
    { "required, a service of what was granted", "{\"proof\":{\"required\":true}}", "Cookie: eu-consent={audience}\n",
      "choice=service.matomo", 303 },
    { "required, a service more", "{\"proof\":{\"required\":true}}", "Cookie: eu-consent={audience}\n",
      "choice=audience,service.youtube", 500 },
    { "with a receipt", "{\"proof\":{\"receipt\":true}}", "", "choice=accept", 303 },
};

static void what_cannot_be_written_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(unwritten) / sizeof(unwritten[0]); i++) {
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        struct fixture fixture;
        char fields[2048];

        open_proof(&fixture, unwritten[i].policy);
        fixture.record_fails = true;
        snprintf(fields, sizeof(fields), "%s%s", OWN, unwritten[i].cookie);
        exchange = fixture_post(&fixture, fields, unwritten[i].body, &answer);
        if (answer->status != unwritten[i].status)
            fail_msg("%s: %u", unwritten[i].name, answer->status);
        assert_int_equal(fixture_field(answer, "Set-Cookie").len > 0, answer->status == 303);
        assert_non_null(strstr(fixture.diagnoses, "could not be written to the log of choices"));
        cnil_exchange_close(exchange);
        assert_non_null(strstr(fixture.log, "proof-unwritten"));
        assert_int_equal(strstr(fixture.log, "choice-made") != NULL, unwritten[i].status == 303);
        assert_string_equal(fixture.choices, "");
        close_proof(&fixture);
    }
}

/* Without a log that was opened, what needs one is refused, and nothing else. */
static void without_a_log(void **state)
{
    static const char *const policies[] = { "{}", "{\"proof\":{\"enabled\":false}}",
                                            "{\"proof\":{\"required\":true}}" };

    (void)state;
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        const struct cnil_answer *answer;
        struct cnil_exchange *exchange;
        struct fixture fixture;

        fixture_open(&fixture, policies[i]);
        exchange = fixture_post(&fixture, OWN, "choice=accept", &answer);
        assert_int_equal(answer->status, i == 2 ? 500 : 303);
        cnil_exchange_close(exchange);
        assert_string_equal(fixture.choices, "");
        assert_null(cnil_config_log(fixture.config, fixture.state, 1));
        fixture_close(&fixture);
    }
}

static void a_log_that_is_off_is_not_opened(void **state)
{
    struct fixture fixture;
    struct cnil_errors errors;

    (void)state;
    fixture_open(&fixture, "{\"proof\":{\"enabled\":false}}");
    cnil_errors_init(&errors);
    cnil_config_open_proof(fixture.config, fixture.state, true, &errors);
    assert_false(cnil_errors_any(&errors));
    assert_null(cnil_config_log(fixture.config, fixture.state, 1));
    fixture_close(&fixture);
}

static void a_place_that_cannot_be_written_to_is_told(void **state)
{
    struct fixture fixture;
    struct cnil_errors errors;

    (void)state;
    fixture_open(&fixture, "{\"proof\":{\"directory\":\"/dev/null/proof\"}}");
    cnil_errors_init(&errors);
    cnil_config_open_proof(fixture.config, fixture.state, false, &errors);
    assert_false(cnil_errors_any(&errors)); /* a configuration test makes nothing */
    cnil_config_open_proof(fixture.config, fixture.state, true, &errors);
    assert_true(cnil_errors_any(&errors));
    assert_string_equal(cnil_config_log(fixture.config, fixture.state, 1), "/dev/null/proof/choices.jsonl");
    cnil_errors_free(&errors);
    fixture_close(&fixture);
}

/* The number is in the line and on the page, and in nothing that the browser keeps. */
static void a_receipt_is_shown_once(void **state)
{
    static char page[65536];
    const struct cnil_answer *answer;
    struct cnil_exchange *exchange;
    struct fixture fixture;
    struct cnil_record record;
    char number[64];

    (void)state;
    open_proof(&fixture, "{\"proof\":{\"receipt\":true,\"fsync\":true}}");
    exchange = fixture_post(&fixture, OWN, "choice=accept&return=%2Fa%3Fb%26c", &answer);
    record = last(&fixture);
    assert_int_equal(answer->status, 200);
    assert_int_equal(record.receipt.len, 16);
    snprintf(number, sizeof(number), "%.*s", (int)record.receipt.len, record.receipt.ptr);
    page[0] = '\0';
    put(page, sizeof(page), answer->body);
    assert_non_null(strstr(page, number));
    assert_non_null(strstr(page, "href=\"/a?b&amp;c\""));
    for (size_t i = 0; i < answer->headers.count; i++) {
        struct cnil_str value = answer->headers.list[i].value;

        assert_int_equal(cnil_str_find(value, cnil_str_from(number)), value.len);
    }
    assert_true(fixture_field(answer, "Set-Cookie").len > 0);
    assert_true(cnil_str_equal(fixture_field(answer, "Cache-Control"), CNIL_STR("no-store")));
    assert_true(fixture.durable);
    cnil_exchange_close(exchange);
    assert_null(strstr(fixture.log, number));
    exchange = fixture_post(&fixture, OWN, "choice=accept", &answer);
    record = last(&fixture);
    assert_int_equal(cnil_str_find(record.receipt, cnil_str_from(number)), record.receipt.len);
    cnil_exchange_close(exchange);
    close_proof(&fixture);
}

/* What comes with an account is written down, with no number that nobody reads. */
static void a_choice_that_the_site_tells(void **state)
{
    static struct fixture_message asked, answered;
    struct cnil_exchange *exchange;
    struct cnil_request request;
    struct cnil_response response;
    struct fixture fixture;
    struct cnil_record record;
    const struct cnil_answer *answer;
    struct cnil_edits edits;
    enum cnil_open open;
    enum cnil_body body;
    char text[256];

    (void)state;
    open_proof(&fixture, "{\"consent\":{\"account\":\"X-Account\"},\"proof\":{\"receipt\":true}}");
    fixture_parse(&fixture, "GET /\nHost: shop.example\nSec-Fetch-Dest: document\n", &asked);
    request = fixture_request(&asked);
    snprintf(text, sizeof(text), "200\nCache-Control: private\nX-Account: accepted; list=%08" PRIx32 "; time=%d\n",
             fixture.policy->consent_hash, NOW);
    fixture_parse(&fixture, text, &answered);
    response = fixture_response(&answered);
    exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
    assert_non_null(exchange);
    assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
    assert_int_equal(cnil_exchange_enter(exchange, fixture.policy, CNIL_MODE_ENFORCE, &edits), CNIL_OK);
    assert_int_equal(cnil_exchange_body(exchange, &response, &body, &edits), CNIL_OK);
    record = last(&fixture);
    expect(record.control, "account");
    expect(record.choice, "accepted");
    assert_int_equal(record.receipt.len, 0);
    cnil_exchange_close(exchange);
    close_proof(&fixture);
}

/* Virtual hosts with the same directory write to one log, by one writer. */
static void policies_share_a_log(void **state)
{
    struct fixture fixture;
    struct cnil_errors errors;
    const struct cnil_policy *other;
    const struct cnil_digest *one, *two;
    size_t first, second;

    (void)state;
    fixture_open(&fixture, "{\"site\":{\"name\":\"A\"}}");
    cnil_errors_init(&errors);
    other = cnil_config_policy(fixture.config, NULL, &errors);
    cnil_config_open_proof(fixture.config, fixture.state, true, &errors);
    assert_false(cnil_errors_any(&errors));
    assert_ptr_equal(cnil_config_chain(fixture.config, fixture.policy, &first, &one),
                     cnil_config_chain(fixture.config, other, &second, &two));
    assert_int_equal(first, second);
    assert_false(cnil_str_equal(cnil_digest_str(one), cnil_digest_str(two)));
    assert_null(cnil_config_log(fixture.config, fixture.state, 2));
    close_proof(&fixture);
}

/* Whatever memory is missing: a choice that is acknowledged is in the log, or it is said that it is not. */
static void without_memory_a_choice_is_told_or_lost_aloud(void **state)
{
    (void)state;
    for (long count = 0;; count++) {
        static struct fixture_message message;
        const struct cnil_answer *answer = NULL;
        struct cnil_exchange *exchange;
        struct cnil_request request;
        struct fixture fixture;
        enum cnil_status status;
        enum cnil_open open;
        char body[128];
        bool failed;

        open_proof(&fixture, "{\"proof\":{\"receipt\":true}}");
        snprintf(body, sizeof(body), "choice=accept&return=%%2F&list=%08" PRIx32, fixture.policy->consent_hash);
        fixture_parse(&fixture, "POST /_privacy/choice\nContent-Type: application/x-www-form-urlencoded\n" OWN "\n",
                      &message);
        request = fixture_request(&message);
        exchange = cnil_exchange_new(fixture.config, fixture.policy, CNIL_MODE_ENFORCE, &fixture_server, &fixture);
        assert_int_equal(cnil_exchange_open(exchange, &request, &open, &answer), CNIL_OK);
        assert_int_equal(open, CNIL_OPEN_SUBMIT);
        alloc_fail_after(count);
        status = cnil_exchange_submit(exchange, cnil_str_from(body), false, &answer);
        failed = alloc_failed();
        alloc_fail_after(-1);
        if (status == CNIL_OK && fixture_field(answer, "Set-Cookie").len > 0)
            assert_true(fixture.choices[0] != '\0' || strstr(fixture.diagnoses, "log of choices") != NULL);
        if (!failed) {
            assert_int_equal(status, CNIL_OK);
            assert_true(fixture.choices[0] != '\0');
        }
        cnil_exchange_close(exchange);
        close_proof(&fixture);
        if (!failed)
            break;
    }
}

static void without_memory_a_log_is_not_opened(void **state)
{
    (void)state;
    for (long count = 0;; count++) {
        struct fixture fixture;
        struct cnil_errors errors;
        bool failed, told;

        fixture_open(&fixture, NULL);
        cnil_errors_init(&errors);
        alloc_fail_after(count);
        cnil_config_open_proof(fixture.config, fixture.state, true, &errors);
        failed = alloc_failed();
        alloc_fail_after(-1);
        told = cnil_errors_any(&errors);
        cnil_errors_free(&errors);
        assert_true(failed || !told);
        cnil_config_open_proof(fixture.config, fixture.state, true, &errors); /* a reload does */
        assert_false(cnil_errors_any(&errors));
        close_proof(&fixture);
        if (!failed)
            break;
        assert_true(told);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_says_what_was_chosen),
        cmocka_unit_test(what_a_line_names_is_archived),
        cmocka_unit_test(the_scope_is_archived_where_it_was_told),
        cmocka_unit_test(the_language_is_written_down),
        cmocka_unit_test(the_archive_is_written_once),
        cmocka_unit_test(what_cannot_be_written_down),
        cmocka_unit_test(without_a_log),
        cmocka_unit_test(a_log_that_is_off_is_not_opened),
        cmocka_unit_test(a_place_that_cannot_be_written_to_is_told),
        cmocka_unit_test(a_receipt_is_shown_once),
        cmocka_unit_test(a_choice_that_the_site_tells),
        cmocka_unit_test(policies_share_a_log),
        cmocka_unit_test(without_memory_a_choice_is_told_or_lost_aloud),
        cmocka_unit_test(without_memory_a_log_is_not_opened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
