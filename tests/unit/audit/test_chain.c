/* SPDX-License-Identifier: Apache-2.0
 * The lines of the log of choices, and that each names the one before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "audit/chain.h"
#include "base/limits.h"

#define NOW 1764000000 /* 2025-11-24T16:00Z */

struct file {
    char text[32768];
    size_t len;
    bool fails; /* after `room` bytes of the next write */
    size_t room;
};

static bool append(void *data, struct cnil_str bytes)
{
    struct file *file = data;
    size_t len = file->fails && file->room < bytes.len ? file->room : bytes.len;

    assert_true(file->len + len < sizeof(file->text));
    memcpy(file->text + file->len, bytes.ptr, len);
    file->len += len;
    return len == bytes.len && !file->fails;
}

static const struct cnil_record said = {
    .policy = CNIL_STR_INIT("aa"),
    .consent = CNIL_STR_INIT("9f2c01ab"),
    .banner = CNIL_STR_INIT("bb"),
    .language = CNIL_STR_INIT("fr"),
    .control = CNIL_STR_INIT("banner"),
    .before = CNIL_STR_INIT("none"),
    .choice = CNIL_STR_INIT("audience+video"),
    .host = CNIL_STR_INIT("shop.example"),
    .module = CNIL_STR_INIT("1.2.3"),
    .key = 7,
};

/* The next line of `*rest`, read; false at the end or when it is none. */
static bool next(struct cnil_str *rest, struct cnil_record *record, struct cnil_digest *digest)
{
    struct cnil_str line = cnil_str_cut(rest, '\n');

    assert_int_equal(cnil_digest_of(line, digest), CNIL_OK);
    return cnil_record_read(line, record);
}

static void each_line_names_the_one_before(void **state)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    static struct file file;
    struct cnil_chain *chain = cnil_chain_new();
    struct cnil_record record;
    struct cnil_digest last, digest;
    struct cnil_str rest;
    char id[CNIL_RECORD_CHAIN_LEN];

    (void)state;
    memcpy(last.hex, zeros, sizeof(zeros));
    for (int i = 0; i < 5; i++)
        assert_int_equal(cnil_chain_write(chain, &said, NOW + 60 * i, append, &file), CNIL_OK);
    rest = (struct cnil_str){ file.text, file.len };
    for (uint64_t i = 1; i <= 5; i++) {
        assert_true(next(&rest, &record, &digest));
        assert_int_equal(record.seq, i);
        assert_true(cnil_str_equal(record.prev, cnil_digest_str(&last)));
        assert_true(cnil_str_equal(record.choice, said.choice) && cnil_str_equal(record.host, said.host));
        assert_true(cnil_str_equal(record.before, said.before) && cnil_str_equal(record.control, said.control));
        assert_int_equal(record.module.len > 0, i == 1);
        assert_int_equal(record.key, i == 1 ? 7 : 0);
        if (i == 1)
            memcpy(id, record.chain.ptr, sizeof(id));
        assert_memory_equal(id, record.chain.ptr, sizeof(id));
        last = digest;
    }
    assert_int_equal(rest.len, 0);
    assert_true(cnil_str_equal(record.time, CNIL_STR("2025-11-24T16:04Z")));
    assert_true(cnil_str_equal(cnil_record_day(&record), CNIL_STR("2025-11-24")));
    cnil_chain_free(chain);
    cnil_chain_free(NULL);
}

/* What a write that failed left may be nothing, a piece, or all but the end: the next line stands alone. */
static void after_a_failed_write_a_chain_begins(void **state)
{
    (void)state;
    for (size_t room = 0; room < 250; room += 7) {
        static struct file file;
        struct cnil_chain *chain = cnil_chain_new();
        struct cnil_record record;
        struct cnil_digest digest;
        struct cnil_str rest;
        char id[CNIL_RECORD_CHAIN_LEN];

        memset(&file, 0, sizeof(file));
        assert_int_equal(cnil_chain_write(chain, &said, NOW, append, &file), CNIL_OK);
        file.fails = true;
        file.room = room;
        assert_int_equal(cnil_chain_write(chain, &said, NOW, append, &file), CNIL_IO);
        file.room = 0;
        assert_int_equal(cnil_chain_write(chain, &said, NOW, append, &file), CNIL_IO);
        file.fails = false;
        assert_int_equal(cnil_chain_write(chain, &said, NOW, append, &file), CNIL_OK);
        assert_int_equal(cnil_chain_write(chain, &said, NOW, append, &file), CNIL_OK);
        rest = (struct cnil_str){ file.text, file.len };
        assert_true(next(&rest, &record, &digest));
        memcpy(id, record.chain.ptr, sizeof(id));
        (void)next(&rest, &record, &digest);
        assert_true(next(&rest, &record, &digest));
        assert_int_equal(record.seq, 1);
        assert_memory_not_equal(id, record.chain.ptr, sizeof(id));
        assert_true(next(&rest, &record, &digest));
        assert_int_equal(record.seq, 2);
        assert_int_equal(rest.len, 0);
        cnil_chain_free(chain);
    }
}

static void a_forked_process_is_another_writer(void **state)
{
    static struct file file;
    struct cnil_chain *chain = cnil_chain_new();
    struct cnil_record record, forked;
    struct cnil_digest digest;
    struct cnil_str rest;
    char bytes[4096];
    int ends[2], status;
    ssize_t len;

    (void)state;
    assert_int_equal(cnil_chain_write(chain, &said, NOW, append, &file), CNIL_OK);
    assert_int_equal(pipe(ends), 0);
    if (fork() == 0) {
        file.len = 0;
        if (cnil_chain_write(chain, &said, NOW, append, &file) != CNIL_OK ||
            write(ends[1], file.text, file.len) != (ssize_t)file.len)
            _exit(1);
        _exit(0);
    }
    wait(&status);
    assert_int_equal(status, 0);
    len = read(ends[0], bytes, sizeof(bytes));
    assert_true(len > 0);
    rest = (struct cnil_str){ file.text, file.len };
    assert_true(next(&rest, &record, &digest));
    rest = (struct cnil_str){ bytes, (size_t)len };
    assert_true(next(&rest, &forked, &digest));
    assert_int_equal(forked.seq, 1);
    assert_false(cnil_str_equal(forked.chain, record.chain));
    close(ends[0]);
    close(ends[1]);
    cnil_chain_free(chain);
}

static void time_does_not_go_back_in_a_chain(void **state)
{
    static struct file file;
    struct cnil_chain *chain = cnil_chain_new();
    struct cnil_record record;
    struct cnil_digest digest;
    struct cnil_str rest;

    (void)state;
    assert_int_equal(cnil_chain_write(chain, &said, NOW, append, &file), CNIL_OK);
    assert_int_equal(cnil_chain_write(chain, &said, NOW - 7200, append, &file), CNIL_OK);
    rest = (struct cnil_str){ file.text, file.len };
    assert_true(next(&rest, &record, &digest));
    assert_true(next(&rest, &record, &digest));
    assert_true(cnil_str_equal(record.time, CNIL_STR("2025-11-24T16:00Z")));
    cnil_chain_free(chain);
}

/* One write, one line, whatever it is made of; too long is no line. */
static void a_line_is_one_line_within_its_bound(void **state)
{
    static struct file file;
    struct cnil_chain *chain = cnil_chain_new();
    struct cnil_record record = said, read;
    char word[CNIL_LIMIT_PROOF_LINE];
    struct cnil_digest digest;
    struct cnil_str rest;

    (void)state;
    record.host = CNIL_STR("a\"b\\c\nd\xff{\"chain\":\"");
    assert_int_equal(cnil_chain_write(chain, &record, NOW, append, &file), CNIL_OK);
    rest = (struct cnil_str){ file.text, file.len };
    assert_true(next(&rest, &read, &digest));
    assert_int_equal(rest.len, 0);
    assert_true(cnil_str_find((struct cnil_str){ file.text + 1, file.len - 1 }, CNIL_STR("{\"chain\":\"")) ==
                file.len - 1);
    memset(word, 'x', sizeof(word));
    record.choice = (struct cnil_str){ word, sizeof(word) };
    assert_int_equal(cnil_chain_write(chain, &record, NOW, append, &file), CNIL_TOO_LARGE);
    record.choice = (struct cnil_str){ word, 3000 };
    assert_int_equal(cnil_chain_write(chain, &record, NOW, append, &file), CNIL_OK);
    assert_true(next(&rest, &read, &digest) || rest.len == 0);
    cnil_chain_free(chain);
}

static const char *const no_lines[] = {
    "",
    "{",
    "{}",
    "[]",
    "{\"chain\":\"0123456789abcdef\",\"seq\":1}",
    "{\"chain\":\"0123456789abcdef\",\"seq\":12345678901234567890}",
    "{\"chain\":\"0123456789abcdef\",\"seq\":",
    "{\"chain\":\"0123456789abcdef\\",
    "{\"chain\"",
    "{\"chain\":",
    "{chain:1}",
};

static void what_is_not_whole_is_no_line(void **state)
{
    static struct file file;
    struct cnil_chain *chain = cnil_chain_new();
    struct cnil_record record;

    (void)state;
    for (size_t i = 0; i < sizeof(no_lines) / sizeof(no_lines[0]); i++)
        if (cnil_record_read(cnil_str_from(no_lines[i]), &record))
            fail_msg("%s", no_lines[i]);
    assert_int_equal(cnil_chain_write(chain, &said, NOW, append, &file), CNIL_OK);
    for (size_t len = 0; len < file.len - 1; len++)
        if (cnil_record_read((struct cnil_str){ file.text, len }, &record))
            fail_msg("the first %zu bytes", len);
    assert_true(cnil_record_read((struct cnil_str){ file.text, file.len - 1 }, &record));
    assert_false(cnil_record_read((struct cnil_str){ file.text, file.len }, &record));
    cnil_chain_free(chain);
}

static void without_memory_nothing_is_written(void **state)
{
    (void)state;
    for (long count = 0;; count++) {
        static struct file file;
        struct cnil_chain *chain;
        enum cnil_status status = CNIL_NO_MEMORY;
        bool failed;

        memset(&file, 0, sizeof(file));
        alloc_fail_after(count);
        chain = cnil_chain_new();
        if (chain != NULL)
            status = cnil_chain_write(chain, &said, NOW, append, &file);
        failed = alloc_failed();
        alloc_fail_after(-1);
        assert_true(status == CNIL_OK || file.len == 0);
        if (status != CNIL_OK && chain != NULL)
            assert_int_equal(cnil_chain_write(chain, &said, NOW, append, &file), CNIL_OK);
        cnil_chain_free(chain);
        if (!failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_names_the_one_before),      cmocka_unit_test(after_a_failed_write_a_chain_begins),
        cmocka_unit_test(a_forked_process_is_another_writer),  cmocka_unit_test(time_does_not_go_back_in_a_chain),
        cmocka_unit_test(a_line_is_one_line_within_its_bound), cmocka_unit_test(what_is_not_whole_is_no_line),
        cmocka_unit_test(without_memory_nothing_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
