/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <glob.h>
#include <jansson.h>

#include "policy/built_in.h"

static struct cnil_policy *policy_of(const char *text)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    cnil_errors_init(&errors);
    policy = cnil_policy_parse(cnil_str_from(text), "p", &errors);
    assert_non_null(policy);
    cnil_errors_free(&errors);
    return policy;
}

/* ---- what the build compiled is what the files say ---- */

static void same_text(const json_t *object, const char *key, struct cnil_str text, const char *file)
{
    const json_t *value = json_object_get(object, key);

    if (!cnil_str_equal(text, cnil_str_from(json_string_value(value))))
        fail_msg("%s: %s is %.*s", file, key, (int)text.len, text.ptr);
}

static void same_hosts(const json_t *list, const struct cnil_service *service, const char *file)
{
    assert_int_equal(json_array_size(list), service->host_count);
    for (size_t i = 0; i < service->host_count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        size_t len = service->hosts[i].host.len;

        if (strncmp(text, service->hosts[i].host.ptr, len) != 0 ||
            !cnil_str_equal(cnil_str_from(text + len), service->hosts[i].path))
            fail_msg("%s: %s", file, text);
        assert_false(service->hosts[i].declared);
    }
}

static void same_cookies(const json_t *list, const struct cnil_service *service, const char *file)
{
    assert_int_equal(json_array_size(list), service->cookie_count);
    for (size_t i = 0; i < service->cookie_count; i++) {
        const struct cnil_service_cookie *cookie = &service->cookies[i];
        const json_t *item = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(item, "name"));

        if (strncmp(name, cookie->name.ptr, cookie->name.len) != 0 ||
            strcmp(name + cookie->name.len, cookie->prefix ? "*" : "") != 0)
            fail_msg("%s: %s", file, name);
        same_text(item, "lifetime", cookie->lifetime, file);
        assert_int_equal(json_array_size(json_object_get(item, "paths")), cookie->facts.path_count);
        assert_false(cookie->declared);
    }
}

static void same_signatures(const json_t *list, const struct cnil_service *service, const char *file)
{
    assert_int_equal(json_array_size(list), service->signature_count);
    for (size_t i = 0; i < service->signature_count; i++) {
        const json_t *item = json_array_get(list, i);

        if (json_is_string(item)) {
            if (!cnil_str_equal(service->signatures[i].text, cnil_str_from(json_string_value(item))))
                fail_msg("%s: %s", file, json_string_value(item));
        } else {
            same_text(item, "text", service->signatures[i].text, file);
            same_text(item, "pattern", service->signatures[i].pattern, file);
        }
    }
}

static void same_stubs(const json_t *list, const struct cnil_service *service, const char *file)
{
    assert_int_equal(json_array_size(list), service->stub_count);
    for (size_t i = 0; i < service->stub_count; i++)
        if (!cnil_str_equal(service->stubs[i], cnil_str_from(json_string_value(json_array_get(list, i)))))
            fail_msg("%s: %.*s", file, (int)service->stubs[i].len, service->stubs[i].ptr);
}

static bool has_purpose(const json_t *object, const char *id)
{
    const json_t *list = json_object_get(object, "purposes");
    const char *one = json_string_value(json_object_get(object, "purpose"));
    bool found = one != NULL && strcmp(one, id) == 0;

    for (size_t i = 0; i < json_array_size(list); i++)
        found = found || strcmp(json_string_value(json_array_get(list, i)), id) == 0;
    return found;
}

static void same_kind(const json_t *object, const struct cnil_policy *policy, const struct cnil_service *service,
                      const char *file)
{
    const char *kind = json_string_value(json_object_get(object, "kind"));
    bool tag_manager = strcmp(kind, "tag-manager") == 0;

    if (service->tag_manager != tag_manager || service->functional != (strcmp(kind, "functional") == 0) ||
        service->report_only != (!tag_manager && strcmp(kind, "tracker") != 0) || service->declared)
        fail_msg("%s: %s", file, kind);
    for (size_t i = 0; i < policy->purpose_count; i++)
        if ((service->purposes >> i & 1) != (tag_manager || has_purpose(object, policy->purposes[i].id.ptr)))
            fail_msg("%s: %s", file, policy->purposes[i].id.ptr);
}

static void the_binary_has_what_the_files_say(void **state)
{
    struct cnil_policy *policy = policy_of("{}");
    glob_t files;

    (void)state;
    assert_int_equal(glob("conf/catalogue/*.json", 0, NULL, &files), 0); /* from the top of the sources */
    assert_int_equal(files.gl_pathc, policy->service_count);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const struct cnil_service *service = &policy->services[i];
        const char *file = files.gl_pathv[i];
        json_t *object = json_load_file(file, 0, NULL);

        assert_non_null(object);
        same_text(object, "id", service->id, file);
        same_text(object, "name", service->name, file);
        same_text(object, "controller", service->controller, file);
        same_text(object, "country", service->country, file);
        same_text(object, "privacy", service->privacy, file);
        same_hosts(json_object_get(object, "hosts"), service, file);
        same_cookies(json_object_get(object, "cookies"), service, file);
        same_signatures(json_object_get(object, "signatures"), service, file);
        same_stubs(json_object_get(object, "stubs"), service, file);
        same_kind(object, policy, service, file);
        json_decref(object);
    }
    globfree(&files);
    cnil_policy_free(policy);
}

/* ---- what a policy builds of its own ---- */

enum { POLICY_BYTES = 200 * 1024 };

static void a_policy_that_says_nothing_of_services_shares_them(void **state)
{
    struct cnil_policy *policy = policy_of("{\"trackers\": {\"unknown\": \"hold\"}, \"mode\": \"audit\"}");

    (void)state;
    assert_ptr_equal(policy->services, cnil_built_in.services);
    assert_int_equal(policy->service_count, cnil_built_in.service_count);
    assert_null(policy->overlay);
    assert_true(cnil_arena_used(policy->arena) < 8192);
    cnil_policy_free(policy);
}

/* Each of them has to build something: services, literals, what is hidden. */
static const char *const costly[] = {
    "{\"preset\": \"strict\"}",
    "{\"trackers\": {\"block\": [\"a.example\"], \"allow\": [\"b.example\"]}}",
    "{\"services\": {\"hotjar\": {\"enabled\": false}, \"matomo\": {\"hosts\": [\"m.example\"]}}}",
    "{\"preset\": \"strict\", \"trackers\": {\"block\": [\"a.example\"]}, \"services\": {\"hotjar\":"
    " {\"enabled\": false}, \"own\": {\"name\": \"Own\", \"controller\": \"Us\", \"purpose\": \"audience\","
    " \"hosts\": [\"own.example\"], \"signatures\": [\"ownLoader\"]}}}",
};

static void policies_stay_small(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(costly) / sizeof(costly[0]); i++) {
        struct cnil_policy *policy = policy_of(costly[i]);

        if (cnil_arena_used(policy->arena) > POLICY_BYTES)
            fail_msg("%s: %zu bytes", costly[i], cnil_arena_used(policy->arena));
        cnil_policy_free(policy);
    }
}

/* A tag manager may carry what the policy adds, too. */
static void an_added_purpose_belongs_to_tag_managers(void **state)
{
    struct cnil_policy *policy = policy_of("{\"consent\": {\"purposes\": {\"extra\": {\"title\": \"t\","
                                           " \"description\": \"d\"}}}}");
    size_t tag_managers = 0;

    (void)state;
    assert_int_equal(policy->purpose_count, cnil_built_in.purpose_count + 1);
    for (size_t i = 0; i < policy->service_count; i++) {
        const struct cnil_service *service = &policy->services[i], *built_in = &cnil_built_in.services[i];
        cnil_purposes added = (cnil_purposes)1 << cnil_built_in.purpose_count;

        assert_int_equal(service->purposes, built_in->purposes | (service->tag_manager ? added : 0));
        assert_ptr_equal(policy->overlay[i], service);
        tag_managers += service->tag_manager;
    }
    assert_true(tag_managers > 0);
    cnil_policy_free(policy);
}

/* What remains keeps its order; what is switched off leads nowhere, and what lay behind it answers. */
static void a_service_that_is_switched_off_is_gone(void **state)
{
    struct cnil_policy *policy =
        policy_of("{\"services\": {\"google-analytics\": {\"enabled\": false}, \"hotjar\": {\"name\": \"H\"}}}");
    const struct cnil_service *last = NULL;
    size_t off = 0;

    (void)state;
    assert_int_equal(policy->service_count, cnil_built_in.service_count - 1);
    for (size_t i = 0; i < cnil_built_in.service_count; i++) {
        const struct cnil_service *service = policy->overlay[i];

        if (service == NULL) {
            assert_true(cnil_str_equal(cnil_built_in.services[i].id, CNIL_STR("google-analytics")));
            off++;
            continue;
        }
        assert_true(cnil_str_equal(service->id, cnil_built_in.services[i].id));
        assert_true(last == NULL || service == last + 1);
        last = service;
    }
    assert_int_equal(off, 1);
    cnil_policy_free(policy);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_binary_has_what_the_files_say),
        cmocka_unit_test(a_policy_that_says_nothing_of_services_shares_them),
        cmocka_unit_test(policies_stay_small),
        cmocka_unit_test(an_added_purpose_belongs_to_tag_managers),
        cmocka_unit_test(a_service_that_is_switched_off_is_gone),
        cmocka_unit_test(services_are_complete),
        cmocka_unit_test(the_first_forty_are_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
