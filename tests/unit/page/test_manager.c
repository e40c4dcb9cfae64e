/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "page/manager.h"

static const struct {
    const char *text, *name;
} cases[] = {
    { "https://static.axept.io/sdk-slim.js", "Axeptio" },
    { "//cdn.cookielaw.org/scripttemplates/otSDKStub.js", "OneTrust" },
    { "https://cdn.example/otSDKStub.js", "OneTrust" },
    { "https://consent.cookiebot.com/uc.js", "Cookiebot" },
    { "https://sdk.privacy-center.org/0123/loader.js", "Didomi" },
    { "/js/tarteaucitron/tarteaucitron.min.js?v=3", "tarteaucitron" },
    { "tarteaucitron.js", "tarteaucitron" },
    { "https://cdn.jsdelivr.net/npm/orejime@3.0.0/dist/orejime-standard-fr.js", "Orejime" },
    { "https://cdn.kiprotect.com/klaro/v0.7/klaro.js", "Klaro" },
    { "/assets/klaro-no-css.js", "Klaro" },
    { "https://cdn.jsdelivr.net/gh/orestbida/cookieconsent@3.1.0/dist/cookieconsent.umd.js", "CookieConsent" },
    { "/wp-content/plugins/complianz-gdpr/cookiebanner/js/complianz.min.js", "Complianz" },
    { "https://app.usercentrics.eu/browser-ui/latest/loader.js", "Usercentrics" },
    { "https://choices.consentframework.com/js/pa/1/c/2/cmp", "Sirdata" },
    { "https://cdn.iubenda.com/cs/iubenda_cs.js", "iubenda" },
    { "https://embeds.iubenda.com/widgets/c2f30d44.js", "iubenda" },
    { "/modules/contrib/eu_cookie_compliance/js/eu_cookie_compliance.min.js?v=1", "EU Cookie Compliance" },
    { "https://shop.example/modules/lgcookieslaw/views/js/front.js", "LGCookiesLaw" },
    { "https://5f3c395.ccm19.de/app/public/ccm19.js?apiKey=1", "CCM19" },
    { "s.src='https://cookiehub.net/c2/be78eaaf.js'", "CookieHub" },
    { "https://st.pandect.es/shop/pandectes-rules.js", "Pandectes" },
    { "/wp-content/plugins/wpconsent-cookies-banner-privacy-suite/build/frontend.js", "WPConsent" },
    { "/silktide/silktide-consent-manager.js", "Silktide" },
    { "window.axeptioSettings = { clientId: 'x' };", "Axeptio" },
    { "tarteaucitron.init({ privacyUrl: '' });", "tarteaucitron" },
    { "var a=1;window.orejimeConfig={}", "Orejime" },
    { "(function(d){var s=d.createElement('script');s.src='https://static.axept.io/sdk.js'})(document)", "Axeptio" },
    { "s.src=\"cmp.osano.com/a.js\"", "Osano" },
    { "", "" },
    { "/js/app.js", "" },
    { "/js/my-klaro.js", "" },
    { "/js/eu_cookie_compliance.js", "" },
    { "https://axept.io.example/sdk.js", "" },
    { "https://notaxept.io/sdk.js", "" },
    { "https://axept.io-cdn.example/sdk.js", "" },
    { "/complianz-gdpr/complianz.js", "" },
    { "var myklaroConfig = 1", "" },
    { "klaroConfigured()", "" },
    { "tarteaucitron_cookies = 1", "" },
};

static void loaders_are_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cnil_str name = cnil_manager_find(cnil_str_from(cases[i].text));

        if (!cnil_str_equal(name, cnil_str_from(cases[i].name)))
            fail_msg("%s: \"%.*s\"", cases[i].text, (int)name.len, name.ptr);
    }
}

/* A long script is looked at in its beginning; what the border cuts is not there. */
static void the_beginning_is_looked_at(void **state)
{
    static char text[2 * CNIL_MANAGER_REACH];
    const char *sign = " klaroConfig";

    (void)state;
    memset(text, ' ', sizeof(text));
    memcpy(text + CNIL_MANAGER_REACH - strlen(sign), sign, strlen(sign));
    assert_int_equal(cnil_manager_find((struct cnil_str){ text, sizeof(text) }).len, strlen("Klaro"));
    memset(text, ' ', sizeof(text));
    memcpy(text + CNIL_MANAGER_REACH - strlen(sign) + 1, sign, strlen(sign));
    assert_int_equal(cnil_manager_find((struct cnil_str){ text, sizeof(text) }).len, 0);
}

static void every_sign_is_found(void **state)
{
    static const struct {
        const char *name, *sign, *source;
        const char *kind;
    } rows[] = {
#define MANAGER(name, kind, sign, source) { name, sign, source, #kind },
#include "page/managers.def"
#undef MANAGER
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        bool is_code = strcmp(rows[i].kind, "CODE") == 0;

        snprintf(text, sizeof(text), is_code ? " window.%s" : "https://a.example/../%s", rows[i].sign);
        if (strcmp(rows[i].kind, "HOST") == 0)
            snprintf(text, sizeof(text), "https://x.%s/a.js", rows[i].sign);
        if (!cnil_str_equal(cnil_manager_find(cnil_str_from(text)), cnil_str_from(rows[i].name)))
            fail_msg("%s", text);
        assert_memory_equal(rows[i].source, "https://", 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loaders_are_known),
        cmocka_unit_test(the_beginning_is_looked_at),
        cmocka_unit_test(every_sign_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
