/* SPDX-License-Identifier: Apache-2.0
 * Cookies that a response sets: which pass, for how long, and what is told of them. */
#include "fixture.h"

#define POLICY                                                                                                         \
    "{\"https\":{\"hsts\":false},\"services\":{\"matomo\":{\"controller\":\"Shop\"}},\"cookies\":{\"necessary\":["     \
    "{\"name\":\"sid\",\"ground\":\"authentication\",\"lifetime_days\":7},{\"name\":\"cart\",\"ground\":\"cart\"},"    \
    "{\"name\":\"_pk_*\",\"ground\":\"audience\"},{\"name\":\"visitor\",\"ground\":\"audience\",\"lifetime_days\":30}" \
    "],"                                                                                                               \
    "\"rules\":[{\"name\":\"kept\",\"purpose\":\"audience\"}]}}"
#define STRICT                                                                                                         \
    "{\"preset\":\"strict\",\"https\":{\"hsts\":false},\"cookies\":{\"necessary\":["                                   \
    "{\"name\":\"sid\",\"ground\":\"authentication\"}],\"rules\":[{\"name\":\"kept\",\"purpose\":\"audience\"}]}}"

/* NOW is 1764000000; 395 days are 34128000 seconds, so what was born at 1764000000 - 34128000 + 1000 dies in 1000. */
static const struct {
    const char *policy, *sent, *field, *edits, *event;
} cases[] = {
    { POLICY, "", "_ga=1; Max-Age=9", "-Set-Cookie\n", "set-cookie-dropped" },
    { POLICY, "", "kept=1", "-Set-Cookie\n", "set-cookie-dropped" },
    { POLICY, "", "mystery=1; Max-Age=99999999", "", "unknown-cookie" },
    { POLICY, "", "mystery=; Max-Age=0", "", NULL },
    { POLICY, "", "_ga=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "", NULL },
    { POLICY, "", "_ga=1; Max-Age=0; Max-Age=never", "-Set-Cookie\n", "set-cookie-dropped" }, /* no removal */
    { POLICY, "", "eu-consent=x", "", NULL },
    { POLICY, "", "\x01=x", "", NULL }, /* browsers ignore it */

    /* well-known software */
    { POLICY, "", "PHPSESSID=1; HttpOnly", "", NULL },
    { POLICY, "", "PHPSESSID=1; Max-Age=2678400", "", NULL },
    { POLICY, "", "PHPSESSID=1; Max-Age=2678401", "", "cookie-long" },
    { POLICY, "", "csrftoken=1; Max-Age=31449600", "", NULL },
    { POLICY, "", "pll_language=fr; Expires=Fri, 01 Jan 2038 00:00:00 GMT", "", "cookie-long" },

    /* declared necessary */
    { POLICY, "", "sid=1", "", NULL },
    { POLICY, "", "sid=1; Max-Age=604800", "", NULL },
    { POLICY, "", "sid=a=b; Max-Age=604801; Path=/x; HttpOnly",
      "=Set-Cookie: sid=a=b; Path=/x; HttpOnly; Max-Age=604800\n", "cookie-shortened" },
    { POLICY, "", "sid=1; EXPIRES=Fri, 01 Jan 2038 00:00:00 GMT; Secure",
      "=Set-Cookie: sid=1; Secure; Max-Age=604800\n", "cookie-shortened" },
    { POLICY, "sid=1", "sid=1; Max-Age=604800", "", NULL }, /* a session may be prolonged */
    { POLICY, "", "cart=1; Max-Age=99999999", "", NULL },

    /* exempt audience measurement: thirteen months */
    { POLICY, "", "_pk_id.1=a.1764000000; Max-Age=34128000", "", NULL },
    { POLICY, "", "_pk_id.1=a.1764000000; Max-Age=63072000; Path=/; SameSite=Lax",
      "=Set-Cookie: _pk_id.1=a.1764000000; Path=/; SameSite=Lax; Max-Age=34128000\n", "cookie-shortened" },
    { POLICY, "", "visitor=1; Max-Age=34128000", "=Set-Cookie: visitor=1; Max-Age=2592000\n", "cookie-shortened" },
    /* ... from the first day on */
    { POLICY, "visitor=1", "visitor=1; Max-Age=2592000", "-Set-Cookie\n", "cookie-not-prolonged" },
    { POLICY, "a=b; visitor=1", "visitor=2; Max-Age=2592000", "-Set-Cookie\n", "cookie-not-prolonged" },
    { POLICY, "visitor=1", "visitor=1", "", NULL },                /* ends with the browser: shorter */
    { POLICY, "visitor=1", "visitor=2; Max-Age=86400", "", NULL }, /* marks a visit */
    { POLICY, "_pk_ses.1=1", "_pk_ses.1=1; Max-Age=1800", "", NULL },
    { POLICY, "_pk_id.1=a.1729873000.", "_pk_id.1=a.1729873000.2; Max-Age=34128000",
      "=Set-Cookie: _pk_id.1=a.1729873000.2; Max-Age=1000\n", "cookie-shortened" },
    { POLICY, "_pk_id.1=a.1729871999.", "_pk_id.1=b.1764000000.; Max-Age=34128000",
      "=Set-Cookie: _pk_id.1=b.1764000000.; Max-Age=0\n", "cookie-shortened" },
    { POLICY, "_pk_id.1=a.1764000001.", "_pk_id.1=b.1764000000.; Max-Age=34128000", "-Set-Cookie\n",
      "cookie-not-prolonged" }, /* born tomorrow: not believed */
    { POLICY, "_pk_id.1=a.17640000000.", "_pk_id.1=b.; Max-Age=34128000", "-Set-Cookie\n", "cookie-not-prolonged" },
    { POLICY, "_pk_id.1=a.x", "_pk_id.1=b.; Max-Age=34128000", "-Set-Cookie\n", "cookie-not-prolonged" },
    { POLICY, "_pk_id.1=a", "_pk_id.1=b; Max-Age=34128000", "-Set-Cookie\n", "cookie-not-prolonged" },
    /* with consent it is the service's own affair */
    { POLICY, "kept=1; eu-consent={accept}", "kept=1; Max-Age=99999999", "", NULL },

    { STRICT, "", "PHPSESSID=1", "-Set-Cookie\n", "set-cookie-dropped" },
    { STRICT, "", "mystery=1", "-Set-Cookie\n", "set-cookie-dropped" },
    { STRICT, "eu-consent={accept}", "mystery=1", "-Set-Cookie\n", "set-cookie-dropped" },
    { STRICT, "", "mystery=; Max-Age=0", "", NULL },
    { STRICT, "", "sid=1; Max-Age=99999999", "", NULL },
    { STRICT, "", "kept=1", "-Set-Cookie\n", "set-cookie-dropped" },
    { STRICT, "eu-consent={accept}", "kept=1", "", NULL },
    { STRICT, "eu-consent={accept}", "_ga=1", "", NULL },
};

static void run(struct fixture *fixture, const char *sent, const char *field, enum cnil_mode mode)
{
    char request[4096], response[4096];

    snprintf(request, sizeof(request), "GET /\nHost: shop.example\nSec-Fetch-Dest: image\nX: y\nCookie: %s\n", sent);
    snprintf(response, sizeof(response), "200\nContent-Type: image/png\nCache-Control: no-store\nSet-Cookie: %s\n",
             field);
    fixture_run(fixture, mode, request, response);
}

static void cookies_are_judged_and_held_to_their_lifetime(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture fixture;
        char event[64];

        fixture_open(&fixture, cases[i].policy);
        run(&fixture, cases[i].sent, cases[i].field, CNIL_MODE_ENFORCE);
        snprintf(event, sizeof(event), "\"event\":\"%s\"", cases[i].event != NULL ? cases[i].event : "");
        if (strcmp(fixture.out, cases[i].edits) != 0 ||
            (cases[i].event != NULL ? strstr(fixture.log, event) == NULL : strstr(fixture.log, "set-cookie") != NULL))
            fail_msg("sent %s, set %s:\n%s%s", cases[i].sent, cases[i].field, fixture.out, fixture.log);
        run(&fixture, cases[i].sent, cases[i].field, CNIL_MODE_AUDIT);
        if (strcmp(fixture.out, "") != 0 || (cases[i].event != NULL && strstr(fixture.log, event) == NULL))
            fail_msg("audit, sent %s, set %s:\n%s%s", cases[i].sent, cases[i].field, fixture.out, fixture.log);
        fixture_close(&fixture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies_are_judged_and_held_to_their_lifetime),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
