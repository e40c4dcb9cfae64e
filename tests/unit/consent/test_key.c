/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "consent/key.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DIGITS       "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

struct place {
    char directory[32];
    char path[64];
};

static int open_place(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    strcpy(place->directory, "/tmp/cnil-key-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof(place->path), "%s/key", place->directory);
    *state = place;
    return 0;
}

static int close_place(void **state)
{
    struct place *place = *state;

    unlink(place->path);
    assert_int_equal(rmdir(place->directory), 0); /* nothing else was left in it */
    free(place);
    return 0;
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void a_key_is_read(void **state)
{
    struct place *place = *state;
    struct cnil_errors errors;
    struct cnil_key key;

    cnil_errors_init(&errors);
    write_file(place->path, DIGITS "\n", 0600);
    assert_int_equal(cnil_key_load(place->path, &key, &errors), CNIL_OK);
    for (size_t i = 0; i < sizeof(key.bytes); i++)
        assert_int_equal(key.bytes[i], i);
    assert_int_equal(key.id, 0x63); /* the first byte of the key's SHA-256 */
    assert_int_equal(chmod(place->path, 0400), 0);
    assert_int_equal(cnil_key_load(place->path, &key, &errors), CNIL_OK);
    assert_false(cnil_errors_any(&errors));
    cnil_errors_free(&errors);
}

static void what_is_no_key(void **state)
{
    static const struct {
        const char *name, *text;
        mode_t mode;
    } cases[] = {
        { "an empty file", "", 0600 },
        { "no newline", DIGITS, 0600 },
        { "a digit too few", "00010203040506070809\n", 0600 },
        { "a digit too many", DIGITS "0\n", 0600 },
        { "two lines", DIGITS "\n\n", 0600 },
        { "a carriage return", DIGITS "\r\n", 0600 },
        { "a letter that is no digit", "g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600 },
        { "readable by its group", DIGITS "\n", 0640 },
        { "readable by all", DIGITS "\n", 0604 },
        { "writable by its group", DIGITS "\n", 0620 },
    };
    struct place *place = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_errors errors;
        struct cnil_key key;

        cnil_errors_init(&errors);
        write_file(place->path, cases[i].text, cases[i].mode);
        if (cnil_key_load(place->path, &key, &errors) != CNIL_INVALID)
            fail_msg("%s: taken for a key", cases[i].name);
        if (cnil_key_ensure(place->path, &key, &errors) != CNIL_INVALID)
            fail_msg("%s: taken for a key, or made new", cases[i].name);
        assert_int_equal(errors.count, 2);
        assert_string_equal(errors.list[0].file, place->path);
        assert_null(strstr(errors.list[0].sentence, "0001")); /* no error tells a secret */
        cnil_errors_free(&errors);
    }
}

static void what_is_no_file(void **state)
{
    struct place *place = *state;
    struct cnil_errors errors;
    struct cnil_key key;
    char target[80];

    cnil_errors_init(&errors);
    assert_int_equal(cnil_key_load(place->path, &key, &errors), CNIL_IO);
    assert_int_equal(mkdir(place->path, 0700), 0);
    assert_int_equal(cnil_key_load(place->path, &key, &errors), CNIL_INVALID);
    assert_int_equal(rmdir(place->path), 0);
    assert_int_equal(mkfifo(place->path, 0600), 0); /* must not wait for a writer */
    assert_int_equal(cnil_key_load(place->path, &key, &errors), CNIL_INVALID);
    assert_int_equal(unlink(place->path), 0);
    snprintf(target, sizeof(target), "%s/target", place->directory);
    write_file(target, DIGITS "\n", 0600);
    assert_int_equal(symlink(target, place->path), 0);
    assert_int_equal(cnil_key_load(place->path, &key, &errors), CNIL_IO);
    assert_int_equal(unlink(target), 0); /* a link to nothing is not written through */
    assert_int_equal(cnil_key_ensure(place->path, &key, &errors), CNIL_IO);
    assert_int_equal(access(target, F_OK), -1);
    assert_int_equal(cnil_key_ensure("/nonexistent/cnil/key", &key, &errors), CNIL_IO);
    assert_int_equal(errors.count, 6);
    cnil_errors_free(&errors);
}

static void a_key_is_made_once(void **state)
{
    struct place *place = *state;
    struct cnil_errors errors;
    struct cnil_key first, second;
    struct stat info;
    mode_t mask = umask(0);

    cnil_errors_init(&errors);
    assert_int_equal(cnil_key_ensure(place->path, &first, &errors), CNIL_OK);
    umask(mask);
    assert_int_equal(stat(place->path, &info), 0);
    assert_int_equal(info.st_mode, S_IFREG | 0600); /* whatever the umask */
    assert_int_equal(info.st_size, 65);
    assert_int_equal(cnil_key_ensure(place->path, &second, &errors), CNIL_OK);
    assert_memory_equal(first.bytes, second.bytes, sizeof(first.bytes));
    assert_int_equal(unlink(place->path), 0);
    assert_int_equal(cnil_key_ensure(place->path, &second, &errors), CNIL_OK);
    assert_memory_not_equal(first.bytes, second.bytes, sizeof(first.bytes));
    assert_false(cnil_errors_any(&errors));
    cnil_errors_free(&errors);
}

/* Servers that start at once end with the same key, none of them with half of one. */
static void starts_at_the_same_time(void **state)
{
    enum { SERVERS = 8 };
    struct place *place = *state;
    struct cnil_key keys[SERVERS];
    pid_t children[SERVERS];
    int go[2], back[2];

    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(back), 0);
    for (int i = 0; i < SERVERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            struct cnil_errors errors;
            struct cnil_key key;
            char byte;

            close(go[1]);
            cnil_errors_init(&errors);
            (void)!read(go[0], &byte, 1); /* until all are there */
            _exit(cnil_key_ensure(place->path, &key, &errors) != CNIL_OK ||
                  write(back[1], &key, sizeof(key)) != (ssize_t)sizeof(key));
        }
    }
    close(go[0]);
    close(go[1]);
    for (int i = 0; i < SERVERS; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
        assert_int_equal(read(back[0], &keys[i], sizeof(keys[i])), sizeof(keys[i]));
        assert_memory_equal(keys[i].bytes, keys[0].bytes, sizeof(keys[0].bytes));
    }
    close(back[0]);
    close(back[1]);
}

static void memory_runs_out(void **state)
{
    struct place *place = *state;

    for (long n = 0;; n++) {
        struct cnil_errors errors;
        struct cnil_key key;
        enum cnil_status status;
        int failed;

        cnil_errors_init(&errors);
        alloc_fail_after(n);
        status = cnil_key_ensure(place->path, &key, &errors);
        failed = alloc_failed();
        alloc_fail_after(-1);
        cnil_errors_free(&errors);
        if (!failed) {
            assert_int_equal(status, CNIL_OK);
            break;
        }
        assert_int_equal(status, CNIL_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_is_read, open_place, close_place),
        cmocka_unit_test_setup_teardown(what_is_no_key, open_place, close_place),
        cmocka_unit_test_setup_teardown(what_is_no_file, open_place, close_place),
        cmocka_unit_test_setup_teardown(a_key_is_made_once, open_place, close_place),
        cmocka_unit_test_setup_teardown(starts_at_the_same_time, open_place, close_place),
        cmocka_unit_test_setup_teardown(memory_runs_out, open_place, close_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
