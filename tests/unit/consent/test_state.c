/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "consent/state.h"

static const struct cnil_purpose purposes[] = { { .id = CNIL_STR_INIT("audience") }, { .id = CNIL_STR_INIT("video") } };
static const struct cnil_service services[] = { { .id = CNIL_STR_INIT("film"), .purposes = 2 },
                                                { .id = CNIL_STR_INIT("map-1"), .purposes = 3 } };
static const struct cnil_policy policy = {
    .purposes = purposes, .purpose_count = 2, .services = services, .service_count = 2, .consent_hash = 0x0f2c01ab
};

static const struct {
    struct cnil_choice choice;
    const char *json;
} cases[] = {
    { { .state = CNIL_CHOICE_NONE },
      "{\"state\":\"none\",\"signal\":false,\"purposes\":[],\"services\":[],\"time\":null,\"list\":\"0f2c01ab\"}\n" },
    { { .state = CNIL_CHOICE_NONE, .granted = 3 }, /* whatever stands in it */
      "{\"state\":\"none\",\"signal\":false,\"purposes\":[],\"services\":[],\"time\":null,\"list\":\"0f2c01ab\"}\n" },
    { { .state = CNIL_CHOICE_REFUSED, .is_signal = true },
      "{\"state\":\"refused\",\"signal\":true,\"purposes\":[],\"services\":[],\"time\":null,\"list\":\"0f2c01ab\"}\n" },
    { { .state = CNIL_CHOICE_REFUSED, .minutes = 29400000 },
      "{\"state\":\"refused\",\"signal\":false,\"purposes\":[],\"services\":[],\"time\":1764000000,"
      "\"list\":\"0f2c01ab\"}\n" },
    { { .state = CNIL_CHOICE_GRANTED, .granted = 3, .minutes = 29400000 },
      "{\"state\":\"granted\",\"signal\":false,\"purposes\":[\"audience\",\"video\"],\"services\":[],"
      "\"time\":1764000000,\"list\":\"0f2c01ab\"}\n" },
    { { .state = CNIL_CHOICE_GRANTED,
        .granted = 1,
        .minutes = 29400000,
        .services = { &services[0], &services[1] },
        .service_count = 2 },
      "{\"state\":\"granted\",\"signal\":false,\"purposes\":[\"audience\"],\"services\":[\"film\",\"map-1\"],"
      "\"time\":1764000000,\"list\":\"0f2c01ab\"}\n" },
};

static void the_form_of_the_object(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_buffer out;

        cnil_buffer_init(&out, 4096);
        cnil_state_write(&cases[i].choice, &policy, &out);
        assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
        if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(cases[i].json)))
            fail_msg("case %zu: %.*s", i, (int)out.len, out.ptr);
        cnil_buffer_free(&out);
    }
}

static void opposition_is_told_where_something_measures(void **state)
{
    struct cnil_policy measuring = policy;
    struct cnil_choice choice = { .state = CNIL_CHOICE_NONE };
    struct cnil_buffer out;

    (void)state;
    measuring.measures = true;
    cnil_buffer_init(&out, 4096);
    measuring.account = CNIL_STR("X-Account");
    for (int account = CNIL_ACCOUNT_NONE; account <= CNIL_ACCOUNT_YIELDS; account++) {
        choice.account = (enum cnil_choice_account)account;
        cnil_buffer_clear(&out);
        cnil_state_write(&choice, &measuring, &out);
        assert_true(cnil_str_ends_with(
            cnil_buffer_str(&out), account != CNIL_ACCOUNT_NONE
                                       ? CNIL_STR(",\"opposed\":false,\"account\":true,\"list\":\"0f2c01ab\"}\n")
                                       : CNIL_STR(",\"opposed\":false,\"account\":false,\"list\":\"0f2c01ab\"}\n")));
    }
    measuring.account = CNIL_STR_EMPTY;
    for (int opposes = 0; opposes < 2; opposes++) {
        choice.opposes = opposes == 1;
        cnil_buffer_clear(&out);
        cnil_state_write(&choice, &measuring, &out);
        assert_true(cnil_str_ends_with(cnil_buffer_str(&out),
                                       opposes ? CNIL_STR("\"time\":null,\"opposed\":true,\"list\":\"0f2c01ab\"}\n")
                                               : CNIL_STR("\"time\":null,\"opposed\":false,\"list\":\"0f2c01ab\"}\n")));
    }
    cnil_buffer_free(&out);
}

static void too_little_room_or_memory_is_told(void **state)
{
    const size_t whole = strlen(cases[5].json);
    struct cnil_buffer out;

    (void)state;
    for (size_t limit = 0; limit <= whole; limit++) {
        cnil_buffer_init(&out, limit);
        cnil_state_write(&cases[5].choice, &policy, &out);
        assert_int_equal(cnil_buffer_status(&out), limit == whole ? CNIL_OK : CNIL_TOO_LARGE);
        cnil_buffer_free(&out);
    }
    cnil_buffer_init(&out, 4096);
    alloc_fail_after(0);
    cnil_state_write(&cases[5].choice, &policy, &out);
    alloc_fail_after(-1);
    assert_int_equal(cnil_buffer_status(&out), CNIL_NO_MEMORY);
    cnil_buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_of_the_object),
        cmocka_unit_test(opposition_is_told_where_something_measures),
        cmocka_unit_test(too_little_room_or_memory_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
