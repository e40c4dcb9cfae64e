/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

/* A directory with the policies a.json, b.json and bad.json; paths are given back in a ring. */
static char root[64];

static const char *at(const char *name)
{
    static char paths[8][128];
    static size_t next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
    return path;
}

static int set_up(void **state)
{
    (void)state;
    strcpy(root, "/tmp/cnil-config-XXXXXX");
    assert_non_null(mkdtemp(root));
    fixture_write(at("a.json"), "{}");
    fixture_write(at("b.json"), "{\"log\":{\"file\":\"/var/log/b.jsonl\"}}");
    fixture_write(at("bad.json"), "{\"modus\":1,\n \"https\":7}");
    return 0;
}

static int tear_down(void **state)
{
    static const char *files[] = { "a.json", "b.json", "bad.json", "named.json", "named.key", "deep/state/key" };

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        unlink(at(files[i]));
    rmdir(at("deep/state"));
    rmdir(at("deep"));
    return rmdir(root);
}

static void a_file_is_loaded_once(void **state)
{
    struct cnil_config *config = cnil_config_new();
    struct cnil_errors errors;
    const struct cnil_policy *first;

    (void)state;
    cnil_errors_init(&errors);
    first = cnil_config_policy(config, at("a.json"), &errors);
    assert_non_null(first);
    for (int i = 0; i < 500; i++)
        assert_ptr_equal(cnil_config_policy(config, at("a.json"), &errors), first);
    assert_ptr_not_equal(cnil_config_policy(config, at("b.json"), &errors), first);
    assert_ptr_not_equal(cnil_config_policy(config, NULL, &errors), first);
    assert_ptr_equal(cnil_config_policy(config, NULL, &errors), cnil_config_policy(config, NULL, &errors));
    assert_false(cnil_errors_any(&errors));
    cnil_errors_free(&errors);
    cnil_config_free(config);
}

static void mistakes_are_told_with_their_place(void **state)
{
    struct cnil_config *config = cnil_config_new();
    struct cnil_errors errors;

    (void)state;
    cnil_errors_init(&errors);
    assert_null(cnil_config_policy(config, at("bad.json"), &errors));
    assert_int_equal(errors.count, 2);
    assert_string_equal(errors.list[0].file, at("bad.json"));
    assert_int_equal(errors.list[0].line, 1);
    assert_int_equal(errors.list[1].line, 2);
    cnil_errors_free(&errors);
    cnil_errors_init(&errors);
    assert_null(cnil_config_policy(config, at("missing.json"), &errors));
    assert_true(cnil_errors_any(&errors));
    cnil_errors_free(&errors);
    assert_null(cnil_config_log(config, "/s", 0));
    cnil_config_free(config);
    cnil_config_free(NULL);
}

static void each_log_is_named_once(void **state)
{
    struct cnil_config *config = cnil_config_new();
    struct cnil_errors errors;
    const struct cnil_policy *a, *b, *built_in;

    (void)state;
    cnil_errors_init(&errors);
    a = cnil_config_policy(config, at("a.json"), &errors);
    b = cnil_config_policy(config, at("b.json"), &errors);
    built_in = cnil_config_policy(config, NULL, &errors);
    assert_false(cnil_errors_any(&errors));
    assert_string_equal(cnil_config_log(config, "/s", 0), "/s/events.jsonl");
    assert_string_equal(cnil_config_log(config, "/s", 1), "/var/log/b.jsonl");
    assert_null(cnil_config_log(config, "/s", 2));
    assert_int_equal(cnil_config_log_index(config, a), 0);
    assert_int_equal(cnil_config_log_index(config, b), 1);
    assert_int_equal(cnil_config_log_index(config, built_in), 0);
    cnil_errors_free(&errors);
    cnil_config_free(config);
}

static void the_key_is_made_on_first_start_only(void **state)
{
    struct cnil_key first;
    struct stat info;

    (void)state;
    for (int start = 0; start < 3; start++) {
        struct cnil_config *config = cnil_config_new();
        struct cnil_errors errors;
        const struct cnil_policy *policy;

        cnil_errors_init(&errors);
        policy = cnil_config_policy(config, NULL, &errors);
        assert_null(cnil_config_key(config, policy));
        if (start == 0) { /* a configuration test: nothing is made, nothing is wrong */
            assert_int_equal(cnil_config_open_state(config, at("deep/state"), false, &errors), CNIL_OK);
            assert_null(cnil_config_key(config, policy));
            assert_int_not_equal(stat(at("deep"), &info), 0);
        } else {
            assert_int_equal(cnil_config_open_state(config, at("deep/state"), true, &errors), CNIL_OK);
            assert_non_null(cnil_config_key(config, policy));
            assert_int_equal(stat(at("deep/state/key"), &info), 0);
            assert_int_equal(info.st_mode & 0777, 0600);
        }
        if (start == 1)
            first = *cnil_config_key(config, policy);
        if (start == 2)
            assert_memory_equal(first.bytes, cnil_config_key(config, policy)->bytes, sizeof(first.bytes));
        assert_false(cnil_errors_any(&errors));
        cnil_errors_free(&errors);
        cnil_config_free(config);
    }
}

static void a_named_key_is_never_made(void **state)
{
    char text[256];

    (void)state;
    snprintf(text, sizeof(text), "{\"consent\":{\"key_file\":\"%s\"}}", at("named.key"));
    fixture_write(at("named.json"), text);
    for (int present = 0; present < 2; present++) {
        struct cnil_config *config = cnil_config_new();
        struct cnil_errors errors;
        const struct cnil_policy *policy;
        struct stat info;

        cnil_errors_init(&errors);
        if (present)
            fixture_write(at("named.key"), "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
        policy = cnil_config_policy(config, at("named.json"), &errors);
        assert_non_null(policy);
        assert_int_equal(cnil_config_open_state(config, at("deep/state"), true, &errors) == CNIL_OK, present);
        assert_int_equal(cnil_errors_any(&errors), !present);
        assert_int_equal(stat(at("named.key"), &info) == 0, present);
        if (present)
            assert_int_equal(cnil_config_key(config, policy)->bytes[0], 0xff);
        cnil_errors_free(&errors);
        cnil_config_free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_loaded_once),     cmocka_unit_test(mistakes_are_told_with_their_place),
        cmocka_unit_test(each_log_is_named_once),    cmocka_unit_test(the_key_is_made_on_first_start_only),
        cmocka_unit_test(a_named_key_is_never_made),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
