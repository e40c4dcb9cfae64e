/* SPDX-License-Identifier: Apache-2.0
 * What vendors of tags are told: in which states of the choice, in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "page/block.h"
#include "page/vendor_tag.h"
#include "policy/vendor.h"
#include "world.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ALL       "{ \"consent\": { \"modes\": [\"google\", \"microsoft\", \"piano\"] } }"
#define GOOGLE    "{ \"consent\": { \"modes\": [\"google\"] } }"
#define MICROSOFT "{ \"consent\": { \"modes\": { \"microsoft\": {} } } }"

static const struct {
    const char *policy, *choice, *said; /* said: what stands behind the address; NULL: no tag */
} cases[] = {
    { ALL, "none", NULL },
    { ALL, "refuse", NULL },
    { ALL, "video,maps", NULL },
    { "{}", "accept", NULL },
    { "{ \"consent\": { \"modes\": [] } }", "accept", NULL },
    { GOOGLE, "audience",
      " data-google=\"ad_storage=denied&amp;ad_user_data=denied&amp;ad_personalization=denied&amp;analytics_storage="
      "granted&amp;functionality_storage=denied&amp;personalization_storage=denied\"" },
    { GOOGLE, "advertising,video",
      " data-google=\"ad_storage=granted&amp;ad_user_data=granted&amp;ad_personalization=granted&amp;analytics_storage="
      "denied&amp;functionality_storage=denied&amp;personalization_storage=denied\"" },
    { GOOGLE, "accept",
      " data-google=\"ad_storage=granted&amp;ad_user_data=granted&amp;ad_personalization=granted&amp;analytics_storage="
      "granted&amp;functionality_storage=granted&amp;personalization_storage=granted\"" },
    /* a service that is granted by itself */
    { GOOGLE, "service.google-analytics",
      " data-google=\"ad_storage=denied&amp;ad_user_data=denied&amp;ad_personalization=denied&amp;analytics_storage="
      "granted&amp;functionality_storage=denied&amp;personalization_storage=denied\"" },
    { GOOGLE, "service.microsoft-clarity", NULL }, /* somebody else's */
    { MICROSOFT, "service.microsoft-clarity", " data-microsoft=\"ad_storage=denied&amp;analytics_storage=granted\"" },
    { MICROSOFT, "advertising", " data-microsoft=\"ad_storage=granted&amp;analytics_storage=denied\"" },
    /* only those that are granted something */
    { ALL, "personalisation",
      " data-google=\"ad_storage=denied&amp;ad_user_data=denied&amp;ad_personalization=denied&amp;analytics_storage="
      "denied&amp;functionality_storage=granted&amp;personalization_storage=granted\""
      " data-piano=\"PA=opt-out&amp;COMPOSER=opt-in&amp;DMP=opt-out\"" },
    /* what the policy makes of their words; with several purposes, all of them */
    { "{ \"consent\": { \"modes\": { \"piano\": { \"PA\": [\"audience\", \"advertising\"], \"DMP\": \"maps\" } } } }",
      "audience,maps", " data-piano=\"PA=opt-out&amp;COMPOSER=opt-out&amp;DMP=opt-in\"" },
    { "{ \"consent\": { \"modes\": { \"piano\": { \"PA\": [\"audience\", \"advertising\"] } } } }", "audience", NULL },
};

static void write(const struct world *world, const char *word, const char *nonce, struct cnil_buffer *out)
{
    struct cnil_choice choice;

    assert_true(cnil_choice_from_word(cnil_str_from(word), world->policy, 1764000000, &choice));
    cnil_vendor_tag_write(world->policy, &choice, &world->url, cnil_str_from(nonce), out);
    assert_int_equal(out->len > 0, cnil_vendor_tag_is_due(world->policy, &choice));
}

static void vendors_are_told_what_is_granted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world world;
        void *place = &world;
        char wanted[1024] = "";
        struct cnil_buffer out;

        assert_int_equal(open_world(&world, cases[i].policy, "https://shop.example/a/page"), 0);
        cnil_buffer_init(&out, sizeof(wanted));
        write(&world, cases[i].choice, "", &out);
        if (cases[i].said != NULL)
            snprintf(wanted, sizeof(wanted), "<script src=\"https://shop.example/_privacy/%.*s\"%s></script>",
                     (int)cnil_asset_name(CNIL_ASSET_VENDOR).len, cnil_asset_name(CNIL_ASSET_VENDOR).ptr,
                     cases[i].said);
        if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(wanted)))
            fail_msg("%s, %s:\n%.*s\n%s", cases[i].policy, cases[i].choice, (int)out.len, out.ptr, wanted);
        cnil_buffer_free(&out);
        free_world(&place);
    }
}

static void the_tag_carries_the_nonce(void **state)
{
    struct world world;
    void *place = &world;
    struct cnil_buffer out;

    (void)state;
    assert_int_equal(open_world(&world, MICROSOFT, "https://shop.example/"), 0);
    cnil_buffer_init(&out, 1024);
    write(&world, "accept", "a\"b", &out);
    assert_non_null(strstr(out.ptr, ".js\" nonce=\"a&quot;b\" data-microsoft="));
    cnil_buffer_free(&out);
    cnil_buffer_init(&out, 40); /* too long for where it goes */
    write(&world, "accept", "", &out);
    assert_int_equal(cnil_buffer_status(&out), CNIL_TOO_LARGE);
    cnil_buffer_free(&out);
    free_world(&place);
}

static void without_memory_it_fails(void **state)
{
    struct world world;
    void *place = &world;
    enum cnil_status status = CNIL_NO_MEMORY;

    (void)state;
    assert_int_equal(open_world(&world, ALL, "https://shop.example/"), 0);
    for (long allowed = 0; status == CNIL_NO_MEMORY; allowed++) {
        struct cnil_choice choice;
        struct cnil_buffer out;

        assert_true(cnil_choice_from_word(CNIL_STR("accept"), world.policy, 1764000000, &choice));
        cnil_buffer_init(&out, 2048);
        alloc_fail_after(allowed);
        cnil_vendor_tag_write(world.policy, &choice, &world.url, CNIL_STR_EMPTY, &out);
        alloc_fail_after(-1);
        status = cnil_buffer_status(&out);
        assert_true(allowed > 0 || status == CNIL_NO_MEMORY);
        cnil_buffer_free(&out);
    }
    assert_int_equal(status, CNIL_OK);
    free_world(&place);
}

/* Every service that the table names is in the catalogue, and every signal has a purpose of ours. */
static void the_table_names_what_there_is(void **state)
{
    struct world world;
    void *place = &world;

    (void)state;
    assert_int_equal(open_world(&world, ALL, "https://shop.example/"), 0);
    for (size_t i = 0; i < CNIL_VENDORS; i++) {
        struct cnil_str rest = cnil_vendor_facts((enum cnil_vendor)i)->services;

        while (rest.len > 0)
            assert_non_null(cnil_policy_service(world.policy, cnil_str_cut(&rest, ' ')));
    }
    for (size_t i = 0; i < cnil_vendor_signal_count(); i++)
        assert_int_equal(__builtin_popcount(world.policy->vendor_signals[i]), 1);
    free_world(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vendors_are_told_what_is_granted),
        cmocka_unit_test(the_tag_carries_the_nonce),
        cmocka_unit_test(without_memory_it_fails),
        cmocka_unit_test(the_table_names_what_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
