/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/prologue.h"

#define MARK "\xef\xbb\xbf"

static const struct {
    const char *script;
    const char *is; /* "mark", "strict", "hashbang" */
} cases[] = {
    { "", "" },
    { "a()", "" },
    { MARK, "mark " },
    { MARK "a()", "mark " },
    { "\xef\xbb", "" },
    { "'use strict'", "strict " },
    { "\"use strict\"", "strict " },
    { "'use strict';a()", "strict " },
    { "'use strict'}", "strict " },
    { MARK "\n/* a\n * b */ // c\r\n'use strict'\na()", "mark strict " },
    { MARK MARK "'use strict';", "mark strict " },
    { "\xc2\xa0\v\f\t 'use strict';", "strict " },
    { "// a\xe2\x80\xa8'use strict';", "strict " },
    { "'use asm'; \"use client\"\n'use strict';", "strict " },
    { "'a\\'b';'use strict';", "strict " },
    { "'a\\\\';'use strict';", "strict " },
    { "'use strict' /* a */ ;", "strict " },
    { "'use strict' /* a\n */ a()", "strict " },
    { "'use strict' // a\na()", "strict " },
    { "'use strict'\n++a", "strict " },
    { "'use strict'\n!function () {}()", "strict " },
    { "'use strict'\nimport 'a'", "strict " },
    { "'use strict'\ninstance()", "strict " },
    { "'use strict'\n\"use client\"", "strict " },
    { "#!/usr/bin/env node\n'use strict';", "strict hashbang " },
    { MARK "#!x", "mark hashbang " },
    { "#!", "hashbang " },
    { "#", "" },
    { "#a in b", "" },
    /* no directives */
    { "'use strict' a", "" },
    { "'use strict' + a", "" },
    { "'use strict'\n+ a", "" },
    { "'use strict'\n(a)", "" },
    { "'use strict'\n[0]", "" },
    { "'use strict'\n.length", "" },
    { "'use strict'\n`a`", "" },
    { "'use strict'\n/ a /", "" },
    { "'use strict'\n!= a", "" },
    { "'use strict'\nin a", "" },
    { "'use strict'\ninstanceof a", "" },
    { "'use strict', a", "" },
    { "'use\\x20strict';", "" },
    { "'use  strict';", "" },
    { "'USE STRICT';", "" },
    { "'use strict\n';", "" },
    { "'use strict\";", "" },
    { "'use strict", "" },
    { "'use strict\\", "" },
    { "`use strict`;", "" },
    { "('use strict');", "" },
    { ";'use strict';", "" },
    { "a();'use strict';", "" },
    { "{'use strict';}", "" },
    { "'a' + b\n'use strict';", "" },
    { "/* 'use strict';", "" },
    { "// 'use strict';", "" },
    { "/", "" },
    { "\xe3\x80\x80'use strict';", "" },
};

static void describe(const struct cnil_prologue *prologue, char *is)
{
    sprintf(is, "%s%s%s", prologue->mark > 0 ? "mark " : "", prologue->is_strict ? "strict " : "",
            prologue->is_hashbang ? "hashbang " : "");
}

static void a_script_is_known_by_its_beginning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_prologue prologue;
        char is[64];

        if (!cnil_prologue_read(cnil_str_from(cases[i].script), true, &prologue))
            fail_msg("%s: more than all is needed", cases[i].script);
        describe(&prologue, is);
        if (strcmp(is, cases[i].is) != 0)
            fail_msg("%s: %s", cases[i].script, is);
    }
}

/* Fewer bytes say the same or nothing. Each beginning is a copy of its own, so that a sanitizer sees its end. */
static void fewer_bytes_say_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (size_t cut = 0; cut <= strlen(cases[i].script); cut++) {
            struct cnil_str begin = { test_malloc(cut + 1), cut };
            struct cnil_prologue prologue;
            char is[64];

            memcpy((char *)begin.ptr, cases[i].script, cut);
            if (cnil_prologue_read(begin, false, &prologue)) {
                describe(&prologue, is);
                if (strcmp(is, cases[i].is) != 0)
                    fail_msg("%s, cut at %zu: %s", cases[i].script, cut, is);
            }
            (void)cnil_prologue_read(begin, true, &prologue);
            test_free((char *)begin.ptr);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_script_is_known_by_its_beginning),
        cmocka_unit_test(fewer_bytes_say_nothing_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
