/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/word.h"

static const char *const known[] = { "site", "services", "cookies", "consent", "on_error", "mode", NULL };

static const struct {
    const char *word, *nearest;
} cases[] = {
    { "cookie", "cookies" },    /* one left out */
    { "coookies", "cookies" },  /* one too many */
    { "cokoies", "cookies" },   /* two swapped */
    { "on-error", "on_error" }, /* one changed */
    { "Services", "services" }, /* case */
    { "servces", "services" },
    { "mod", "mode" },
    { "", NULL }, /* nothing is near nothing */
    { "xxxx", NULL },
    { "banner", NULL },
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
};

static void the_nearest_word_is_proposed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *nearest = cnil_word_nearest(cnil_str_from(cases[i].word), known);

        if ((nearest == NULL) != (cases[i].nearest == NULL) ||
            (nearest != NULL && strcmp(nearest, cases[i].nearest) != 0))
            fail_msg("%s: %s", cases[i].word, nearest != NULL ? nearest : "none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_word_is_proposed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
