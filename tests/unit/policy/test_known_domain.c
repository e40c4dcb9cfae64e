/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/known_domain.h"
#include "policy/policy.h"
#include "web/domain.h"

static bool is_host(struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!(cnil_is_digit(text.ptr[i]) || (text.ptr[i] >= 'a' && text.ptr[i] <= 'z') || text.ptr[i] == '-' ||
              text.ptr[i] == '.'))
            return false;
    return text.len > 3;
}

/* The script that orders the table and the code that searches it agree on every line. */
static void every_domain_is_found(void **state)
{
    struct cnil_known_domain known, found;
    size_t at = 0, count = 0;

    (void)state;
    for (; cnil_known_domain_next(&at, &known); count++) {
        char below[512] = "a.b-c.";

        assert_true(is_host(known.domain));
        assert_true(known.entity.len > 0);
        assert_false(cnil_domain_is_public_suffix(known.domain));
        assert_true(cnil_known_domain_find(known.domain, &found));
        assert_ptr_equal(found.rule.ptr, known.rule.ptr);
        strncat(below, known.domain.ptr, known.domain.len);
        assert_true(cnil_known_domain_find(cnil_str_from(below), &found));
        assert_ptr_equal(found.rule.ptr, known.rule.ptr);
        assert_in_range(known.category, 0, CNIL_KNOWN_CATEGORIES - 1);
    }
    assert_true(count > 2000);
}

static void parts_of_a_line(void **state)
{
    struct cnil_known_domain known;

    (void)state;
    assert_true(cnil_known_domain_find(CNIL_STR("www.mgid.com"), &known));
    assert_true(cnil_str_equal(known.domain, CNIL_STR("mgid.com")));
    assert_true(cnil_str_equal(known.entity, CNIL_STR("MGID")));
    assert_true(cnil_str_equal(known.rule, CNIL_STR("known domain mgid.com: MGID (ad)")));
    assert_int_equal(known.category, CNIL_KNOWN_AD);
    assert_true(cnil_known_domain_find(CNIL_STR("d31qbv1cthcecs.cloudfront.net"), &known));
}

static void others_are_not_found(void **state)
{
    static const char *const hosts[] = { "",     ".",         "com",          "fr",        "mgid",
                                         ".com", "mgid.com.", "mgid.com.com", "xmgid.com", "shop.example" };
    struct cnil_known_domain known;

    (void)state;
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
        assert_false(cnil_known_domain_find(cnil_str_from(hosts[i]), &known));
}

/* Every entity of the table is among the names of its category, which are as many as they say. */
static void names_of_entities(void **state)
{
    struct cnil_known_domain known;
    size_t at = 0;

    (void)state;
    while (cnil_known_domain_next(&at, &known)) {
        size_t count, commas = 1;
        struct cnil_str names = cnil_known_entity_names(known.category, &count);

        assert_true(cnil_str_find(names, known.entity) < names.len);
        for (size_t i = cnil_str_find(names, CNIL_STR(", ")); i < names.len; commas++)
            i += 2 + cnil_str_find(cnil_str_slice(names, i + 2, names.len), CNIL_STR(", "));
        assert_true(count >= 1 && count <= commas);
    }
}

/* The purposes that categories wait for are purposes of every policy. */
static void purposes_exist(void **state)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    (void)state;
    cnil_errors_init(&errors);
    policy = cnil_policy_load(NULL, &errors);
    assert_non_null(policy);
    for (size_t i = 0; i < CNIL_KNOWN_CATEGORIES; i++) {
        struct cnil_str purpose = cnil_known_purpose((enum cnil_known_category)i);
        bool found = purpose.len == 0 || cnil_str_equal(purpose, CNIL_STR("*"));

        for (size_t j = 0; j < policy->purpose_count; j++)
            found = found || cnil_str_equal(policy->purposes[j].id, purpose);
        assert_true(found);
    }
    cnil_policy_free(policy);
    cnil_errors_free(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_domain_is_found), cmocka_unit_test(parts_of_a_line),
        cmocka_unit_test(others_are_not_found),  cmocka_unit_test(names_of_entities),
        cmocka_unit_test(purposes_exist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
