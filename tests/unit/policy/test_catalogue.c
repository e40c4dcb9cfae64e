/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/catalogue.h"

/* A mistake in conf/catalogue/ stops every policy: it must not be released. */
static void the_catalogue_has_no_mistake(void **state)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    (void)state;
    cnil_errors_init(&errors);
    policy = cnil_policy_load(NULL, &errors);
    for (size_t i = 0; i < errors.count; i++) {
        char line[512];

        cnil_error_format(&errors.list[i], line, sizeof(line));
        print_error("%s\n", line);
    }
    assert_non_null(policy);
    cnil_policy_free(policy);
    cnil_errors_free(&errors);
}

static void services_are_complete(void **state)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    (void)state;
    cnil_errors_init(&errors);
    policy = cnil_policy_load(NULL, &errors);
    assert_non_null(policy);
    for (size_t i = 0; i < policy->service_count; i++) {
        const struct cnil_service *service = &policy->services[i];

        if (service->name.len == 0 || service->controller.len == 0 || service->purposes == 0 ||
            service->host_count + service->cookie_count + service->signature_count == 0 || service->declared)
            fail_msg("%.*s", (int)service->id.len, service->id.ptr);
        for (size_t j = 0; j < service->host_count; j++)
            assert_false(service->hosts[j].declared);
    }
    cnil_policy_free(policy);
}

/* The services that every French site meets must be found whatever else the catalogue has. */
static void the_first_forty_are_there(void **state)
{
    static const char *const ids[] = {
        "ab-tasty",
        "axeptio",
        "commanders-act",
        "contentsquare",
        "criteo",
        "dailymotion",
        "didomi",
        "eulerian",
        "facebook",
        "google-ads",
        "google-analytics",
        "google-fonts",
        "google-maps",
        "google-recaptcha",
        "google-tag-manager",
        "hotjar",
        "instagram",
        "kameleoon",
        "linkedin",
        "matomo",
        "meta-pixel",
        "microsoft-clarity",
        "piano-analytics",
        "pinterest",
        "taboola",
        "tiktok",
        "vimeo",
        "x",
        "youtube",
    };
    struct cnil_errors errors;
    struct cnil_policy *policy;

    (void)state;
    cnil_errors_init(&errors);
    policy = cnil_policy_load(NULL, &errors);
    assert_non_null(policy);
    assert_true(policy->service_count >= 40);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        bool found = false;

        for (size_t j = 0; j < policy->service_count; j++)
            found = found || cnil_str_equal(policy->services[j].id, cnil_str_from(ids[i]));
        if (!found)
            fail_msg("%s", ids[i]);
    }
    cnil_policy_free(policy);
}

static void the_text_is_the_joined_files(void **state)
{
    struct cnil_str text = cnil_catalogue_text();

    (void)state;
    assert_true(text.len > 1000);
    assert_int_equal(text.ptr[0], '[');
    assert_int_equal(text.ptr[text.len], '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_catalogue_has_no_mistake),
        cmocka_unit_test(services_are_complete),
        cmocka_unit_test(the_first_forty_are_there),
        cmocka_unit_test(the_text_is_the_joined_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
