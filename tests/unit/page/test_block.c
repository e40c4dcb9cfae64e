/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <zlib.h>

#include "../../support/alloc.h"
#include "page/block.h"
#include "policy/observed.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { LIMIT = 256 * 1024, NOW = 1795478400 };

#define WORDS(...)                                                                                                     \
    {                                                                                                                  \
        .list = (struct cnil_translation[]){ __VA_ARGS__ },                                                            \
        .count = sizeof((struct cnil_translation[]){ __VA_ARGS__ }) / sizeof(struct cnil_translation)                  \
    }
#define FR(words)                                                                                                      \
    {                                                                                                                  \
        CNIL_LANGUAGE_FR, CNIL_STR_INIT(words)                                                                         \
    }
#define EN(words)                                                                                                      \
    {                                                                                                                  \
        CNIL_LANGUAGE_EN, CNIL_STR_INIT(words)                                                                         \
    }

static const struct cnil_purpose purposes[] = {
    { CNIL_STR_INIT("audience"), WORDS(FR("Mesure d’audience"), EN("Audience measurement")),
      WORDS(FR("Compter les visites."), EN("Count visits.")) },
    { CNIL_STR_INIT("video"), WORDS(FR("Vidéos"), EN("Videos")), WORDS(FR("Lire des vidéos."), EN("Play videos.")) },
    { CNIL_STR_INIT("avis"), WORDS(FR("Avis de clients")), WORDS(FR("Lire des avis.")) },
};
static const struct cnil_service_cookie stats_cookies[] = {
    { .name = CNIL_STR_INIT("_st"), .lifetime = CNIL_STR_INIT("13 months") },
    { .name = CNIL_STR_INIT("_st_"), .prefix = true, .lifetime = CNIL_STR_INIT("session") },
    { .name = CNIL_STR_INIT("bare") },
};
static const struct cnil_service services[] = {
    { .id = CNIL_STR_INIT("statistix"),
      .name = CNIL_STR_INIT("Statistix"),
      .controller = CNIL_STR_INIT("Statistix SAS"),
      .country = CNIL_STR_INIT("FR"),
      .privacy = CNIL_STR_INIT("https://statistix.example/vie-privee"),
      .purposes = 1,
      .cookies = stats_cookies,
      .cookie_count = COUNT(stats_cookies) },
    { .id = CNIL_STR_INIT("film"),
      .name = CNIL_STR_INIT("Filmothèque"),
      .controller = CNIL_STR_INIT("Film Inc."),
      .country = CNIL_STR_INIT("US"),
      .purposes = 2 },
    { .id = CNIL_STR_INIT("tagger"),
      .name = CNIL_STR_INIT("Tagueur"),
      .controller = CNIL_STR_INIT("Tag Ltd"),
      .country = CNIL_STR_INIT("IE"),
      .purposes = 7,
      .tag_manager = true },
    { .id = CNIL_STR_INIT("two"),
      .name = CNIL_STR_INIT("Deux"),
      .controller = CNIL_STR_INIT("Deux SA"),
      .country = CNIL_STR_INIT("XK"),
      .purposes = 3 },
    { .name = CNIL_STR_INIT("Polices"),
      .controller = CNIL_STR_INIT("Fontes GmbH"),
      .country = CNIL_STR_INIT("DE"),
      .purposes = 4,
      .report_only = true },
};
static const struct cnil_exempt_cookie exempt[] = {
    { CNIL_STR_INIT("panier"), false, CNIL_GROUND_CART, 0 },
    { CNIL_STR_INIT("wordpress_logged_in_"), true, CNIL_GROUND_AUTHENTICATION, 31 },
};
static const struct cnil_policy policy = {
    .site_name = CNIL_STR_INIT("Maison Camélia"),
    .prefix = CNIL_STR_INIT("/_privacy/"),
    .banner_position = CNIL_STR_INIT("bottom"),
    .purposes = purposes,
    .purpose_count = COUNT(purposes),
    .services = services,
    .service_count = COUNT(services),
    .consent_days = 182,
    .exempt = exempt,
    .exempt_count = COUNT(exempt),
};

static const struct cnil_choice choices[] = {
    { .state = CNIL_CHOICE_NONE, .granted = 0, .minutes = 0 },
    { .state = CNIL_CHOICE_REFUSED, .granted = 0, .minutes = NOW / 60 },
    { .state = CNIL_CHOICE_GRANTED, .granted = 1, .minutes = NOW / 60 },
    { .state = CNIL_CHOICE_GRANTED, .granted = 7, .minutes = NOW / 60 },
};

/* Everything that can be written, for what must hold everywhere. */
enum { BLOCK, PRIVACY, PANEL, OWN, CONFIRM, ERROR, BESIDE, PIECES };

static void write_piece(int piece, const struct cnil_policy *from, const struct cnil_choice *choice,
                        struct cnil_str target, struct cnil_buffer *out)
{
    const struct cnil_block_terms terms = { .language = from->language,
                                            .in_domain = true,
                                            .steps_back = piece == BESIDE };

    if (piece == BLOCK || piece == BESIDE)
        cnil_block_write(from, &terms, choice, NULL, target, out);
    else if (piece == PRIVACY)
        cnil_block_privacy_page(from, from->language, choice, out);
    else if (piece == OWN)
        cnil_block_own_choice_page(from, from->language, choice, out);
    else if (piece == PANEL)
        cnil_block_panel_page(from, from->language, choice, target, out);
    else if (piece == CONFIRM)
        cnil_block_confirm_page(
            from, from->language,
            &(struct cnil_block_question){ CNIL_STR("accept"), NULL, target, CNIL_STR("token"), false, CNIL_STR_EMPTY },
            out);
    else
        cnil_block_error_page(from, from->language, 404, out);
}

static struct cnil_buffer html; /* of write_text(), freed by free_html() */

static const char *write_text(int piece, const struct cnil_policy *from, const struct cnil_choice *choice,
                              const char *target)
{
    cnil_buffer_free(&html);
    cnil_buffer_init(&html, LIMIT);
    write_piece(piece, from, choice, cnil_str_from(target), &html);
    cnil_buffer_append_byte(&html, '\0');
    assert_int_equal(cnil_buffer_status(&html), CNIL_OK);
    return html.ptr;
}

static int free_html(void **state)
{
    (void)state;
    cnil_buffer_free(&html);
    return 0;
}

static size_t count_of(const char *text, const char *needle)
{
    size_t count = 0;

    for (; (text = strstr(text, needle)) != NULL; text += strlen(needle))
        count++;
    return count;
}

static void must_hold(const char *text, const char *needle)
{
    if (strstr(text, needle) == NULL)
        fail_msg("\"%s\" is not in:\n%s", needle, text);
}

static void must_not_hold(const char *text, const char *needle)
{
    if (strstr(text, needle) != NULL)
        fail_msg("\"%s\" is in:\n%s", needle, text);
}

/* Rule C5. The template cannot make one answer stand out: nothing but the value differs, and nothing stands between. */
static void the_answers_are_alike(void **state)
{
    struct cnil_policy other = policy;

    (void)state;
    for (int variant = 0; variant < 8; variant++) {
        const struct cnil_choice *choice = &choices[variant / 4]; /* none, refused */
        char refuse[256] = "", accept[256] = "", between[2] = "";

        other.language = variant & 1 ? CNIL_LANGUAGE_EN : CNIL_LANGUAGE_FR;
        other.banner_position = variant & 2 ? CNIL_STR("top") : CNIL_STR("bottom");
        write_text(BLOCK, &other, choice, "/");
        assert_int_equal(count_of(html.ptr, "<button"), 3); /* the third saves what was ticked */
        assert_int_equal(sscanf(strstr(html.ptr, "<button"),
                                "<button %255[^>]>%*[^<]</button><button %255[^>]>%*[^<]</button></form%1[>]", refuse,
                                accept, between),
                         3);
        assert_string_equal(refuse, "class=\"vp-button\" name=\"choice\" value=\"refuse\"");
        assert_string_equal(accept, "class=\"vp-button\" name=\"choice\" value=\"accept\"");
    }
}

/* For every choice: accepting is never offered alone; who granted something can withdraw (rules C5, C12). */
static void what_can_be_answered(void **state)
{
    (void)state;
    for (int piece = BLOCK; piece <= PANEL; piece++) {
        for (cnil_purposes granted = 0; granted < 9; granted++) {
            struct cnil_choice choice = { .state = granted == 8  ? CNIL_CHOICE_NONE
                                                   : granted > 0 ? CNIL_CHOICE_GRANTED
                                                                 : CNIL_CHOICE_REFUSED,
                                          .granted = granted % 8,
                                          .minutes = NOW / 60 };
            const char *text = write_text(piece, &policy, &choice, "/");

            assert_int_equal(count_of(text, "<form"), piece == PRIVACY ? 1 : 2);
            assert_int_equal(count_of(text, "value=\"custom\""), piece == PRIVACY ? 0 : 1);
            assert_int_equal(count_of(text, "href=\"/_privacy/panel"), piece == PANEL ? 0 : 1);
            assert_int_equal(count_of(text, "value=\"refuse\""), granted == 0 || granted == 8);
            assert_int_equal(count_of(text, "value=\"withdraw\""), granted > 0 && granted < 8);
            assert_int_equal(count_of(text, "value=\"accept\""), granted != 7);
            assert_int_equal(count_of(text, "method=\"post\""), count_of(text, "<form"));
            assert_int_equal(count_of(text, "name=\"control\" value=\"panel\""), piece == PANEL ? 2 : 0);
            must_hold(text, "action=\"/_privacy/choice\"");
        }
    }
}

/* Rules C3 and C4, our own content policy, and sites whose policy forbids inline code. */
static void nothing_ticked_nothing_inline_nothing_foreign(void **state)
{
    static const char *const unwanted[] = { "selected", "autofocus",   "<script", " style=",    "<style",
                                            " onclick", "javascript:", "<img",    "<iframe",    "http://",
                                            "src=",     "@import",     "url(",    "aria-modal", "<dialog" };

    (void)state;
    for (int piece = 0; piece < PIECES; piece++) {
        for (size_t c = 0; c < COUNT(choices); c++) {
            const char *text = write_text(piece, &policy, &choices[c], "/");

            for (size_t i = 0; i < COUNT(unwanted); i++)
                must_not_hold(text, unwanted[i]);
            if (choices[c].state != CNIL_CHOICE_GRANTED || (piece != BLOCK && piece != PANEL && piece != BESIDE))
                must_not_hold(text, "checked");
            for (const char *at = text; (at = strstr(at, "https://")) != NULL; at++)
                assert_memory_equal(at - strlen("rel=\"noreferrer\" href=\""), "rel=\"noreferrer\" href=\"",
                                    strlen("rel=\"noreferrer\" href=\""));
        }
    }
}

/* What was chosen is ticked, and only that. A service is ticked by itself alone: unticking its purpose is enough. */
static void what_was_chosen_is_ticked(void **state)
{
    static const struct {
        struct cnil_choice choice;
        const char *ticked; /* values, in the order of the panel */
    } cases[] = {
        { { .state = CNIL_CHOICE_NONE }, "" },
        { { .state = CNIL_CHOICE_REFUSED, .minutes = NOW / 60 }, "" },
        { { .state = CNIL_CHOICE_REFUSED, .is_signal = true }, "" },
        { { .state = CNIL_CHOICE_GRANTED, .granted = 1 }, "audience " },
        { { .state = CNIL_CHOICE_GRANTED, .granted = 7 }, "audience video avis " },
        { { .state = CNIL_CHOICE_GRANTED, .services = { &services[1], &services[3] }, .service_count = 2 },
          "film two " },
        { { .state = CNIL_CHOICE_GRANTED, .granted = 1, .services = { &services[3] }, .service_count = 1 },
          "audience two " },
    };

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        const struct cnil_choice *choice = &cases[i / 2].choice;
        const char *text = write_text(i % 2 ? PANEL : BLOCK, &policy, choice, "/a?b"),
                   *begin = "<input type=\"checkbox\"";
        char ticked[128] = "";
        size_t boxes = 0;

        for (const char *at = text; (at = strstr(at, begin)) != NULL; at++, boxes++) {
            char name[16], value[32], end[16];

            assert_int_equal(
                sscanf(at + strlen(begin), " name=\"%15[a-z]\" value=\"%31[a-z]\"%15[^>]", name, value, end), 3);
            assert_true(strcmp(name, "purpose") == 0 || strcmp(name, "service") == 0);
            if (strstr(end, "checked=\"\"") != NULL)
                snprintf(ticked + strlen(ticked), sizeof(ticked) - strlen(ticked), "%s ", value);
        }
        assert_int_equal(boxes, COUNT(purposes) + (i % 2 ? 4 : choice->service_count));
        assert_string_equal(ticked, cases[i / 2].ticked);
        must_hold(text, i % 2 ? "name=\"return\" value=\"/a?b\"" : "href=\"/_privacy/panel?return=/a%3Fb\"");
    }
    must_not_hold(write_text(PANEL, &policy, &choices[0], "/"), "value=\"fonts\""); /* nobody is asked for it */
}

/* Rules C32 and C34: a signal is told as what it is; a choice for several sites says so. */
static void signals_and_scopes_are_told(void **state)
{
    const struct cnil_choice signal = { .state = CNIL_CHOICE_REFUSED, .is_signal = true };
    struct cnil_policy other = policy;

    (void)state;
    for (int piece = BLOCK; piece <= PANEL; piece++) {
        const char *text = write_text(piece, &policy, &signal, "/");

        must_hold(text, "signal GPC ou DNT");
        must_not_hold(text, "Vous avez refusé");
        must_not_hold(text, "Choix fait le");
        must_hold(text, "value=\"accept\"");
    }
    must_not_hold(write_text(BLOCK, &policy, &choices[0], "/"), "sous-domaines");
    other.consent_domain = CNIL_STR("camelia.example");
    must_hold(write_text(BLOCK, &other, &choices[0], "/"), "vaut pour camelia.example et tous ses sous-domaines");
    cnil_buffer_clear(&html); /* on a host elsewhere */
    cnil_block_write(&other, &(struct cnil_block_terms){ .language = CNIL_LANGUAGE_FR }, &choices[0], NULL,
                     CNIL_STR("/"), &html);
    cnil_buffer_append_byte(&html, '\0');
    must_hold(html.ptr, "Tout refuser");
    must_not_hold(html.ptr, "sous-domaines");
}

/* What the visitor may print: all that was granted, and nothing else. */
static void a_receipt_of_the_own_choice(void **state)
{
    const struct cnil_choice choice = { .state = CNIL_CHOICE_GRANTED,
                                        .granted = 1,
                                        .minutes = NOW / 60,
                                        .services = { &services[1] },
                                        .service_count = 1 };
    struct cnil_policy other = policy;
    const char *text;

    (void)state;
    other.consent_hash = 0x0f2c01ab;
    text = write_text(OWN, &other, &choice, "/");
    must_hold(text, "<h1>Votre choix est enregistré</h1>");
    must_hold(text, "<li><h3>Mesure d’audience</h3>\n<p>Compter les visites.</p></li>");
    must_hold(text, "<li><h3>Filmothèque</h3>\n<p>Film Inc.</p></li>");
    must_not_hold(text, "<h3>Vidéos</h3>");
    must_hold(text, "24\u00a0novembre\u00a02026");
    must_hold(text, "<code>h=0f2c01ab</code>");
    must_hold(text, "value=\"withdraw\"");
    must_hold(text, "/_privacy/panel");
    text = write_text(OWN, &other, &choices[1], "/");
    must_hold(text, "Vous avez refusé");
    must_not_hold(text, "<ul>");
    text = write_text(OWN, &other, &choices[0], "/");
    must_hold(text, "<h1>Votre choix</h1>");
    must_hold(text, "pas encore choisi");
    must_not_hold(text, "<code>h=");
    must_hold(write_text(PRIVACY, &policy, &choices[1], "/"), "<a href=\"/_privacy/receipt\">");
    must_not_hold(write_text(PRIVACY, &policy, &choices[0], "/"), "/_privacy/receipt");
}

/* Lists that hide banners go by names of classes and ids: refusing must stay possible. */
static void names_are_neutral(void **state)
{
    static const char *const words[] = { "cookie", "consent", "gdpr",    "rgpd", "cnil",
                                         "banner", "popup",   "overlay", "cmp" };

    (void)state;
    for (size_t c = 0; c < COUNT(choices); c++) {
        const char *text = write_text(BLOCK, &policy, &choices[c], "/");

        for (const char *at = text; (at = strpbrk(at, "ci")) != NULL; at++) {
            char value[128];

            if (sscanf(at, "class=\"%127[^\"]", value) != 1 && sscanf(at, "id=\"%127[^\"]", value) != 1)
                continue;
            assert_memory_equal(value, "vp-", 3);
            for (size_t i = 0; i < COUNT(words); i++)
                must_not_hold(value, words[i]);
        }
        for (size_t i = 0; i < COUNT(words); i++)
            must_not_hold(text, words[i]);
    }
}

/* Elements end in the order in which they began: a banner that is not closed would swallow the page. */
static void elements_are_closed(void **state)
{
    static const char *const empty[] = { "link", "input", "meta", "!DOCTYPE" };

    (void)state;
    for (int piece = 0; piece < PIECES; piece++) {
        for (size_t c = 0; c < COUNT(choices); c++) {
            char open[32][16];
            size_t depth = 0;

            for (const char *at = write_text(piece, &policy, &choices[c], "/"); (at = strchr(at, '<')) != NULL; at++) {
                char name[16] = "";
                bool is_empty = false;

                assert_int_equal(sscanf(at + 1 + (at[1] == '/'), "%15[a-zA-Z0-9!]", name), 1);
                for (size_t i = 0; i < COUNT(empty); i++)
                    is_empty |= strcmp(name, empty[i]) == 0;
                if (at[1] == '/') {
                    assert_true(depth > 0);
                    assert_string_equal(open[--depth], name);
                } else if (!is_empty) {
                    assert_true(depth < COUNT(open));
                    strcpy(open[depth++], name);
                }
            }
            assert_int_equal(depth, 0);
        }
    }
}

#define EVIL_TEXT "<b>\"'&"
#define EVIL      CNIL_STR_INIT("/" EVIL_TEXT)

static void everything_is_escaped(void **state)
{

    const struct cnil_purpose evil_purposes[] = {
        { CNIL_STR_INIT("p"), WORDS({ CNIL_LANGUAGE_FR, EVIL }), WORDS({ CNIL_LANGUAGE_FR, EVIL }) },
        { CNIL_STR_INIT("q"), WORDS({ CNIL_LANGUAGE_EN, EVIL }), WORDS({ CNIL_LANGUAGE_EN, EVIL }) },
    };
    static const struct cnil_service_cookie evil_cookies[] = { { .name = EVIL, .lifetime = EVIL } };
    static const struct cnil_exempt_cookie evil_exempt[] = { { EVIL, true, CNIL_GROUND_CHOICE, 1 } };
    static const struct cnil_service evil_services[] = {
        { .name = EVIL,
          .controller = EVIL,
          .country = EVIL,
          .privacy = EVIL,
          .purposes = 1,
          .cookies = evil_cookies,
          .cookie_count = 1 },
        { .name = EVIL, .controller = EVIL, .country = EVIL, .privacy = EVIL, .purposes = 3 },
    };
    const struct cnil_str evil = EVIL;
    const struct cnil_contact contact = { evil, evil, evil, evil };
    const struct cnil_own_text evil_texts[] = { { CNIL_LANGUAGE_FR, CNIL_TEXT_TITLE, evil },
                                                { CNIL_LANGUAGE_FR, CNIL_TEXT_ACCEPT, evil } };
    const struct cnil_policy evil_policy = {
        .site_name = evil,
        .texts = evil_texts,
        .text_count = 2,
        .prefix = evil,
        .banner_position = evil,
        .privacy_page = evil,
        .legal_page = evil,
        .rights_page = evil,
        .controller = contact,
        .rights = contact,
        .dpo = contact,
        .purposes = evil_purposes,
        .purpose_count = 2,
        .services = evil_services,
        .service_count = 2,
        .exempt = evil_exempt,
        .exempt_count = 1,
    };

    (void)state;
    for (int piece = 0; piece < PIECES; piece++) {
        for (size_t c = 0; c < COUNT(choices); c++) {
            const char *text = write_text(piece, &evil_policy, &choices[c], "/" EVIL_TEXT);

            must_hold(text, "/&lt;b&gt;&quot;&#39;&amp;");
            must_not_hold(text, "<b>");
            must_not_hold(text, "\"'");
        }
    }
    cnil_buffer_clear(&html);
    cnil_block_confirm_page(&evil_policy, CNIL_LANGUAGE_FR,
                            &(struct cnil_block_question){ CNIL_STR("\"><b>"), NULL, CNIL_STR("/"), CNIL_STR("\"><b>"),
                                                           false, CNIL_STR("\"><b>") },
                            &html);
    cnil_buffer_append_byte(&html, '\0');
    must_not_hold(html.ptr, "<b>");
}

/* Rule C8: who, how many, what for, where the list is, what silence means. */
static void what_the_first_level_tells(void **state)
{
    struct cnil_policy other = policy;
    const char *text = write_text(BLOCK, &policy, &choices[0], "/panier?a=1&b=2");

    (void)state;
    must_hold(text, "role=\"region\" aria-labelledby=\"vp-title\" lang=\"fr\" dir=\"ltr\"");
    must_hold(text, "<h2 id=\"vp-title\">");
    must_hold(text, "Maison Camélia peut faire appel à des services tiers (parmi 4 tiers connus), et ");
    must_hold(text,
              "<p class=\"vp-links\"><a href=\"/_privacy/#vp-services\">Services et finalités</a></p><i></i></vp-box>");
    must_hold(text, "Mesure d’audience, Vidéos, Avis de clients");
    must_hold(text, "<strong>Mesure d’audience</strong> Compter les visites.</label>");
    must_hold(text, "ne pas répondre, n’empêche pas");
    must_hold(text, "changer d’avis à tout moment");
    must_hold(text, "name=\"return\" value=\"/panier?a=1&amp;b=2\"");
    must_hold(text, ">Tout refuser</button>");
    must_hold(text, ">Tout accepter</button>");
    other.site_name = CNIL_STR_EMPTY;
    other.language = CNIL_LANGUAGE_EN;
    other.service_count = 1;
    other.banner_position = CNIL_STR("top");
    text = write_text(BLOCK, &other, &choices[0], "/");
    must_hold(text, "this site may call on one third-party service, ");
    must_hold(text, "Audience measurement, Videos, Avis de clients"); /* French where nobody wrote English */
    must_hold(text, "vp-top");
    must_hold(text, ">Refuse all</button>");
    other.service_count = 0;
    must_hold(write_text(BLOCK, &other, &choices[0], "/"), "may call on third-party services, ");
}

/* In the middle of a French sentence; a policy's own titles stay as they are, and so does what stands alone. */
static void titles_are_small_in_a_sentence(void **state)
{
    const struct cnil_purpose ours[] = {
        { CNIL_STR("audience"),
          { .has_text = true, .text = CNIL_TEXT_PURPOSE_AUDIENCE },
          { .has_text = true, .text = CNIL_TEXT_PURPOSE_AUDIENCE_TEXT } },
        { CNIL_STR("video"), WORDS(FR("YouTube")), WORDS(FR("Lire.")) },
        purposes[2],
    };
    const struct cnil_choice both = { .state = CNIL_CHOICE_GRANTED, .granted = 3, .minutes = NOW / 60 };
    struct cnil_policy other = policy;

    (void)state;
    other.purposes = ours;
    other.purpose_count = 2;
    must_hold(write_text(BLOCK, &other, &choices[0], "/"), "pour\u00a0: <strong>mesure d’audience, YouTube</strong>");
    must_hold(html.ptr, "<strong>Mesure d’audience</strong> Compter les visites");
    other.purpose_count = 3;
    must_hold(write_text(BLOCK, &other, &both, "/"), "services tiers pour\u00a0: mesure d’audience, YouTube.");
    other.language = CNIL_LANGUAGE_EN;
    must_hold(write_text(BLOCK, &other, &choices[0], "/"), "<strong>Audience measurement, ");
}

/* The number of all whose list is linked: services of the catalogue, and other known third parties that wait, too. */
static void known_third_parties_are_counted(void **state)
{
    struct cnil_policy other = policy;
    size_t told, listed = 4; /* the services */
    const char *text;
    char known[64];

    (void)state;
    other.holds_known = true;
    text = write_text(PRIVACY, &other, &choices[0], "/");
    for (const char *at = text; (at = strstr(at, "<details><summary>")) != NULL; at++) {
        size_t number;
        int end = 0;

        if (sscanf(at, "<details><summary>%zu autres tiers connus%n", &number, &end) == 1 && end > 0)
            listed += number;
    }
    assert_in_range(listed, 100, 10000); /* the table of known domains was read */
    assert_int_equal(sscanf(strstr(write_text(BLOCK, &other, &choices[0], "/"), "(parmi "), "(parmi %zu tiers", &told),
                     1);
    assert_int_equal(told, listed);
    other.service_count = 1; /* the catalogue's alone do not make it one */
    must_not_hold(write_text(BLOCK, &other, &choices[0], "/"), "un service tiers");
    other.holds_known = false;
    must_hold(write_text(BLOCK, &other, &choices[0], "/"), "un service tiers");
    other.holds_known = true;
    other.purpose_count = 1; /* what waits for no purpose of the policy is not asked for */
    snprintf(known, sizeof(known), "(parmi %zu tiers", listed);
    must_not_hold(write_text(BLOCK, &other, &choices[0], "/"), known);
}

/* In the order in which they are read: what is asked first, then the answers, what leads elsewhere last. Nothing that
 * takes the focus stands before « Tout refuser ». */
static void refusing_comes_first(void **state)
{
    static const char *const order[] = {
        "<h2",      "<p>Avec votre accord", "<p>Refuser",       "value=\"refuse\"", "value=\"accept\"",
        "<summary", "<summary>Perso",       "value=\"custom\"", "<a href"
    };
    static const char *const focusable[] = { "<a ", "<summary", "<input type=\"checkbox\"", "tabindex", "<select" };
    struct cnil_policy other = policy;
    const char *text, *at, *refuse;

    (void)state;
    other.privacy_page = CNIL_STR("/vie-privee");
    text = at = write_text(BLOCK, &other, &choices[0], "/");
    for (size_t i = 0; i < COUNT(order); i++) {
        if (strstr(at, order[i]) == NULL)
            fail_msg("%s is not in its place in:\n%s", order[i], text);
        at = strstr(at, order[i]) + 1;
    }
    refuse = strstr(text, "<button");
    assert_non_null(strstr(refuse, "value=\"refuse\""));
    for (size_t i = 0; i < COUNT(focusable); i++) {
        at = strstr(text, focusable[i]);
        assert_true(at == NULL || at > refuse);
    }
    must_not_hold(text, "tabindex");
}

static void what_is_linked(void **state)
{
    static const struct {
        const char *privacy, *legal, *rights;
    } cases[] = {
        { "", "", "" },
        { "/vie-privee", "", "" },
        { "", "/mentions", "" },
        { "https://www.example/vie-privee", "/mentions", "/droits" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_policy other = policy;

        other.privacy_page = cnil_str_from(cases[i].privacy);
        other.legal_page = cnil_str_from(cases[i].legal);
        other.rights_page = cnil_str_from(cases[i].rights);
        for (size_t c = 0; c < COUNT(choices); c++) {
            const char *text = write_text(BLOCK, &other, &choices[c], "/");
            char link[128], visible[160];

            must_not_hold(text, "href=\"\"");
            must_hold(text, "<p class=\"vp-links\"><a href=\"/_privacy/#vp-services\">");
            snprintf(link, sizeof(link), "href=\"%s\"", cases[i].privacy[0] != '\0' ? cases[i].privacy : "/_privacy/");
            if (cases[i].privacy[0] != '\0')
                must_hold(text, link);
            assert_int_equal(count_of(text, ">Mentions légales</a>"), cases[i].legal[0] != '\0');
            assert_int_equal(count_of(text, ">Exercer vos droits</a>"), cases[i].rights[0] != '\0');
            snprintf(visible, sizeof(visible), "</details><a id=\"vp-page\" %s>", link);
            if (choices[c].state != CNIL_CHOICE_NONE)
                must_hold(text, visible); /* without opening anything */
        }
    }
}

/* <base href="https://elsewhere.example/"> turns paths into addresses of that host: of style sheet, form and links. */
static void addresses_in_a_page_lead_to_its_own_origin(void **state)
{
    static const struct {
        const char *scheme, *host;
        int port;
        const char *origin;
    } cases[] = {
        { "https", "boutique.example", -1, "https://boutique.example/" },
        { "https", "boutique.example", 8443, "https://boutique.example:8443/" },
        { "https", "[::1]", -1, "https://[::1]/" },
        { "http", "boutique.example", 8080, "//boutique.example:8080/" }, /* https in truth, behind some proxies */
    };
    static const char *const places[] = { "href=\"", "action=\"" };
    struct cnil_policy other = policy;

    (void)state;
    other.privacy_page = CNIL_STR("/vie-privee");
    other.legal_page = CNIL_STR("https://groupe.example/mentions");
    for (size_t i = 0; i < COUNT(cases) * COUNT(choices); i++) {
        const char *origin = cases[i / COUNT(choices)].origin;
        struct cnil_url page = { .scheme = cnil_str_from(cases[i / COUNT(choices)].scheme),
                                 .host = cnil_str_from(cases[i / COUNT(choices)].host),
                                 .port = cases[i / COUNT(choices)].port };
        size_t own = 0, all = 0;
        char form[128];

        cnil_buffer_free(&html);
        cnil_buffer_init(&html, LIMIT);
        cnil_block_write(&other, &(struct cnil_block_terms){ .language = CNIL_LANGUAGE_FR },
                         &choices[i % COUNT(choices)], &page, CNIL_STR("/panier"), &html);
        cnil_buffer_append_byte(&html, '\0');
        for (size_t p = 0; p < COUNT(places); p++)
            for (const char *at = html.ptr; (at = strstr(at, places[p])) != NULL; all++) {
                at += strlen(places[p]);
                own += strncmp(at, origin, strlen(origin)) == 0;
            }
        assert_int_equal(own, all - 1);
        must_hold(html.ptr, "href=\"https://groupe.example/mentions\"");
        must_hold(html.ptr, "name=\"return\" value=\"/panier\"");
        snprintf(form, sizeof(form), " target=\"_self\" action=\"%s_privacy/choice\"", origin);
        must_hold(html.ptr, form);
    }
}

static void what_was_chosen_is_told(void **state)
{
    static const char *const words[] = { "pas encore choisi", "Vous avez refusé",
                                         "services tiers pour\u00a0: Mesure d’audience.", "pour toutes les finalités" };

    (void)state;
    for (size_t c = 0; c < COUNT(choices); c++) {
        if (c > 0)
            must_hold(write_text(BLOCK, &policy, &choices[c], "/"), words[c]);
        must_hold(write_text(PRIVACY, &policy, &choices[c], "/"), words[c]);
        assert_int_equal(count_of(html.ptr, "24\u00a0novembre\u00a02026"), c > 0);
    }
}

/* Rule C10: everybody whom accepting would let in, once, with what people need to know of them. */
static void the_privacy_page_names_everybody(void **state)
{
    struct cnil_policy other = policy;
    const char *text = write_text(PRIVACY, &policy, &choices[0], "/"), *several;

    (void)state;
    for (size_t i = 0; i < COUNT(services); i++) {
        char heading[64];

        snprintf(heading, sizeof(heading), "<h4>%s</h4>", services[i].name.ptr);
        assert_int_equal(count_of(text, heading), !services[i].report_only);
    }
    must_hold(text,
              "<p>Statistix SAS, France · <a rel=\"noreferrer\" href=\"https://statistix.example/vie-privee\" "
              "aria-label=\"sa politique de confidentialité, Statistix\">sa politique de confidentialité</a></p>");
    must_hold(text, "<code>_st</code> (13\u00a0mois), <code>_st_*</code> (session), <code>bare</code></p>");
    must_hold(text, "<p>Film Inc., États-Unis</p>");
    must_hold(text, "Deux SA, XK");
    several = strstr(text, "Services à plusieurs finalités");
    assert_non_null(several);
    must_hold(several, "<h4>Tagueur</h4>\n<p>Tag Ltd, Irlande</p>\n<p>Toutes les finalités</p>");
    must_hold(several, "<p>Mesure d’audience, Vidéos</p>");
    must_not_hold(several, "Statistix");
    must_hold(text, "Aucun service connu"); /* for a purpose that only the policy's own rules use */
    must_hold(text, "id=\"vp-services\"");
    must_hold(text, "pendant 182\u00a0jours");
    must_hold(text, "https://www.cnil.fr/");
    must_hold(text, "<summary>1 service tiers</summary>");
    must_hold(text, "<summary>2 services tiers</summary>");
    must_not_hold(text, "mailto:");
    must_not_hold(text, "Responsable du traitement");
    other.controller = (struct cnil_contact){ CNIL_STR("Camélia SARL"), CNIL_STR("12 rue des Carmes"),
                                              CNIL_STR("a@b.example"), CNIL_STR("/contact") };
    other.dpo.name = CNIL_STR("C. Durand");
    text = write_text(PRIVACY, &other, &choices[0], "/");
    must_hold(text,
              "<dt>Responsable du traitement</dt><dd>Camélia SARL</dd>\n<dd>12 rue des Carmes</dd>\n"
              "<dd><a href=\"mailto:a@b.example\">a@b.example</a></dd>\n<dd><a href=\"/contact\">/contact</a></dd>");
    must_hold(text, "<dt>Délégué à la protection des données</dt><dd>C. Durand</dd>");
    must_not_hold(text, "Pour exercer vos droits</dt>");
}

/* Rule C22. */
static void the_privacy_page_tells_what_needs_no_consent(void **state)
{
    struct cnil_policy other = policy;
    const char *text = write_text(PRIVACY, &policy, &choices[0], "/");

    (void)state;
    must_hold(text, "<h2>Cookies sans accord préalable</h2>");
    must_hold(text, "<dt><code>eu-consent</code> (182\u00a0jours)</dt>\n<dd>retenir votre choix");
    must_hold(text, "<dt><code>panier</code></dt>\n<dd>retenir votre panier");
    must_hold(text, "<dt><code>wordpress_logged_in_*</code> (31\u00a0jours)</dt>\n<dd>vous reconnaître");
    must_not_hold(text, "value=\"oppose\"");
    other.language = CNIL_LANGUAGE_EN;
    must_hold(write_text(PRIVACY, &other, &choices[0], "/"), "<dt><code>panier</code></dt>\n<dd>remember your basket");
    for (int ground = CNIL_GROUND_CHOICE; ground <= CNIL_GROUND_AUDIENCE; ground++) {
        struct cnil_exempt_cookie one = { CNIL_STR("c"), false, (enum cnil_ground)ground, 0 };

        other.exempt = &one;
        other.exempt_count = 1;
        must_not_hold(write_text(PRIVACY, &other, &choices[0], "/"), "<dd></dd>");
    }
    other.exempt_count = 0;
    must_not_hold(write_text(PRIVACY, &other, &choices[0], "/"), "panier");
}

static const struct cnil_service_cookie measuring_cookies[] = {
    { .name = CNIL_STR_INIT("_pk_id"), .prefix = true, .lifetime = CNIL_STR_INIT("13 months") }
};
static const struct cnil_service measuring[] = { { .id = CNIL_STR_INIT("own"),
                                                   .name = CNIL_STR_INIT("Notre Matomo"),
                                                   .controller = CNIL_STR_INIT("Maison Camélia SARL"),
                                                   .country = CNIL_STR_INIT("FR"),
                                                   .privacy = CNIL_STR_INIT("https://camelia.example/vie-privee"),
                                                   .purposes = CNIL_MEASUREMENT,
                                                   .cookies = measuring_cookies,
                                                   .cookie_count = COUNT(measuring_cookies) } };

/* Rule C24: apart from what is asked about, with a button each way, wherever choices are shown. */
static void exempt_measurement_can_be_opposed(void **state)
{
    static const int pieces[] = { PRIVACY, PANEL, OWN };
    struct cnil_policy other = policy;
    struct cnil_choice choice = choices[0];

    (void)state;
    other.services = measuring;
    other.service_count = COUNT(measuring);
    other.measures = true;
    other.controller.name = CNIL_STR("Maison Camélia SARL");
    for (size_t i = 0; i < COUNT(pieces); i++) {
        const char *text;

        choice.opposes = false;
        text = write_text(pieces[i], &other, &choice, "/panier?a&b");
        must_hold(text, "<p><strong>Vos visites sont comptées");
        must_hold(text,
                  "<input type=\"hidden\" name=\"anchor\" value=\"vp-measurement\"/><button "
                  "class=\"vp-button\" name=\"choice\" value=\"oppose\">M’opposer à cette mesure</button></form>");
        must_not_hold(text, "value=\"unoppose\"");
        choice.opposes = true;
        choice.opposed = NOW / 60;
        text = write_text(pieces[i], &other, &choice, "/panier?a&b");
        must_hold(text,
                  "vos visites ne sont plus comptées (durée de conservation dans le cookie eu-consent\u00a0: 395");
        must_hold(text, "class=\"vp-button\" name=\"choice\" value=\"unoppose\">Ne plus m’y opposer</button></form>");
        must_not_hold(text, "value=\"oppose\"");
        choice.opposed = 0; /* by a signal: nobody else can take that back */
        text = write_text(pieces[i], &other, &choice, "/panier?a&b");
        must_hold(text, "cela vaut opposition");
        must_not_hold(text, "oppose\">");
    }
    must_not_hold(write_text(PANEL, &policy, &choices[0], "/"), "vp-measurement");
}

/* Rule C33: at the first level, and wherever the choice is shown. */
static void how_far_a_choice_reaches_with_an_account(void **state)
{
    static const int pieces[] = { BLOCK, BESIDE, PRIVACY, PANEL, OWN };
    static const struct {
        enum cnil_choice_account account;
        bool scope, notice, held;
    } cases[] = { { CNIL_ACCOUNT_NONE, false, false, false },
                  { CNIL_ACCOUNT_IN, true, false, false },
                  { CNIL_ACCOUNT_APPLIES, true, true, false },
                  { CNIL_ACCOUNT_YIELDS, true, false, true } };

    (void)state;
    for (size_t i = 0; i < COUNT(cases) * COUNT(pieces) * COUNT(choices); i++) {
        struct cnil_choice choice = choices[i % COUNT(choices)];
        size_t at = i / COUNT(choices) / COUNT(pieces);
        const char *text;

        choice.account = cases[at].account;
        text = write_text(pieces[i / COUNT(choices) % COUNT(pieces)], &policy, &choice, "/");
        assert_int_equal(count_of(text, "<p>Vous utilisez votre compte"), cases[at].scope);
        assert_int_equal(count_of(text, "<p>Le choix enregistré avec votre compte"), cases[at].notice);
        assert_int_equal(count_of(text, "<p>Votre compte porte un accord plus large"), cases[at].held);
        must_not_hold(write_text(BLOCK, &policy, &choices[1], "/"), "<details open");
        choice.is_news = true; /* told without a click */
        choice.state = CNIL_CHOICE_REFUSED;
        must_hold(write_text(BLOCK, &policy, &choice, "/"), "<details open=\"\"><summary class=\"vp-head\">Mes choix");
    }
}

static void the_panel_tells_what_needs_no_consent(void **state)
{
    struct cnil_policy other = policy;
    const char *text;
    char longer[1100];

    (void)state;
    other.services = measuring;
    other.service_count = COUNT(measuring);
    other.measures = true;
    text = write_text(PANEL, &other, &choices[0], "/panier?a&b");
    must_hold(text, "<dt><code>panier</code></dt>");
    must_hold(text,
              "<div><dt>Notre Matomo</dt>\n<dd>compter les visites, pour ce site seul et sous forme de statistiques "
              "anonymes</dd>\n<dd>Maison Camélia SARL, France · <a rel=\"noreferrer\" "
              "href=\"https://camelia.example/vie-privee\"");
    must_hold(text, "<code>_pk_id*</code> (13");
    must_not_hold(text, "value=\"own\""); /* nothing to tick */
    must_hold(text, "name=\"return\" value=\"/_privacy/panel?return=/panier%3Fa%26b\"/>");
    memset(longer, 'a', sizeof(longer));
    longer[0] = '/';
    longer[sizeof(longer) - 1] = '\0';
    must_hold(write_text(PANEL, &other, &choices[0], longer), "name=\"return\" value=\"/_privacy/panel\"/>");
    must_not_hold(write_text(PANEL, &other, &choices[0], "/"), "eu-consent-account");
    other.account = CNIL_STR("X-Account");
    must_hold(write_text(PANEL, &other, &choices[0], "/"),
              "<dt><code>eu-consent-account</code></dt>\n<dd>retenir votre choix");
    other.controller.name = CNIL_STR("Maison Camélia SARL");
    must_hold(write_text(PANEL, &other, &choices[0], "/"),
              "<dt><code>panier</code></dt>\n<dd>retenir votre panier et vous facturer vos achats</dd>\n"
              "<dd>Maison Camélia SARL</dd>\n</div>");
}

static void pages_are_written_in_their_script(void **state)
{
    struct cnil_policy other = policy;
    const char *text;

    (void)state;
    other.language = CNIL_LANGUAGE_AR;
    text = write_text(PRIVACY, &other, &choices[0], "/");
    must_hold(text, "<html lang=\"ar\" dir=\"rtl\">");
    must_hold(text, "<p>\u2068Film Inc.\u2069، الولايات المتحدة</p>"); /* its period does not run away */
    must_hold(text, "<code>_st</code> (\u206813\u2069\u00a0شهرًا)، <code>_st_*</code>");
    must_hold(text, "<summary>خدمة واحدة تابعة لطرف ثالث</summary>");
    other.language = CNIL_LANGUAGE_ZH;
    text = write_text(PRIVACY, &other, &choices[0], "/");
    must_hold(text, "<p>Film Inc.，美国</p>");
    must_hold(text, "Cookie：<code>_st</code> (13个月)、<code>_st_*</code>");
    must_hold(text, "www.cnil.fr</a>。</p>");
    must_hold(write_text(PRIVACY, &other, &choices[2], "/"), "第三方服务：Mesure d’audience。</p>");
}

static void the_privacy_page_tells_of_statistics(void **state)
{
    struct cnil_policy other = policy;

    (void)state;
    must_not_hold(write_text(PRIVACY, &other, &choices[0], "/"), "Statistiques");
    other.statistics.enabled = true;
    must_hold(write_text(PRIVACY, &other, &choices[0], "/"), "<h2>Statistiques sans traceur</h2>");
    must_hold(write_text(PRIVACY, &other, &choices[0], "/"), "seuls des totaux par jour sont conservés.</p>");
    for (int language = 0; language < CNIL_LANGUAGES; language++) {
        other.language = (enum cnil_language)language;
        must_hold(write_text(PRIVACY, &other, &choices[0], "/"),
                  cnil_text(CNIL_TEXT_PAGE_COUNTS, (enum cnil_language)language).ptr);
    }
}

static void pages_are_whole(void **state)
{
    (void)state;
    for (int piece = PRIVACY; piece <= ERROR; piece++) {
        const char *text = write_text(piece, &policy, &choices[0], "/");

        assert_memory_equal(text, "<!DOCTYPE html>\n<html lang=\"fr\" dir=\"ltr\">", 32);
        must_hold(text, "<meta charset=\"utf-8\">");
        must_hold(text, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        must_hold(text, " · Maison Camélia</title>");
        assert_int_equal(count_of(text, "<h1>"), 1);
        assert_int_equal(count_of(text, "<main>"), 1);
        assert_string_equal(text + strlen(text) - 8, "</html>\n");
    }
}

static void a_choice_is_confirmed(void **state)
{
    static const struct {
        const char *word, *label;
    } cases[] = {
        { "accept", "Oui, tout accepter" },
        { "refuse", "Oui, tout refuser" },
        { "withdraw", "Oui, retirer mon accord" },
        { "audience,video", "Oui, accepter cette sélection" },
        { "service.film", "Oui, accepter cette sélection" },
        { "audience,service.two", "Oui, accepter cette sélection" },
        { "oppose", "M’opposer à cette mesure" },
        { "unoppose", "Ne plus m’y opposer" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char button[160];

        write_text(ERROR, &policy, &choices[0], "/");
        cnil_buffer_clear(&html);
        cnil_block_confirm_page(&policy, CNIL_LANGUAGE_FR,
                                &(struct cnil_block_question){ cnil_str_from(cases[i].word), NULL,
                                                               CNIL_STR("/panier?a&b"), CNIL_STR("17.abc"), i > 5,
                                                               CNIL_STR_EMPTY },
                                &html);
        cnil_buffer_append_byte(&html, '\0');
        snprintf(button, sizeof(button), "name=\"choice\" value=\"%s\">%s</button>", cases[i].word, cases[i].label);
        must_hold(html.ptr, button);
        must_hold(html.ptr, "<input type=\"hidden\" name=\"token\" value=\"17.abc\"/>");
        must_hold(html.ptr, "<input type=\"hidden\" name=\"return\" value=\"/panier?a&amp;b\"/>");
        must_hold(html.ptr, "<input type=\"hidden\" name=\"list\" value=\"00000000\"/>");
        assert_int_equal(count_of(html.ptr, "demandent votre accord"), 0);
        assert_int_equal(count_of(html.ptr, "n’a pas indiqué d’où venait"), i <= 5);
        must_hold(html.ptr, "<a class=\"vp-button\" href=\"/panier?a&amp;b\">Ne rien changer</a>");
        assert_int_equal(count_of(html.ptr, "<strong>Mesure d’audience, Vidéos</strong>"), i == 3);
        assert_int_equal(count_of(html.ptr, "<strong>Filmothèque</strong>"), i == 4);
        assert_int_equal(count_of(html.ptr, "<strong>Mesure d’audience, Deux</strong>"), i == 5);
    }
}

/* What was meant for one view stays that: nothing is said of a choice. */
static void what_is_let_in_once_is_confirmed_as_that(void **state)
{
    const struct cnil_block_question question = { .once = &services[1],
                                                  .target = CNIL_STR("/film"),
                                                  .token = CNIL_STR("17.abc") };

    (void)state;
    write_text(ERROR, &policy, &choices[0], "/");
    cnil_buffer_clear(&html);
    cnil_block_confirm_page(&policy, CNIL_LANGUAGE_FR, &question, &html);
    cnil_buffer_append_byte(&html, '\0');
    must_hold(html.ptr, "<p>Ce contenu est fourni par Film Inc. Si");
    must_hold(html.ptr, "<input type=\"hidden\" name=\"service\" value=\"film\"/>");
    must_hold(html.ptr, "name=\"choice\" value=\"once\">Charger ce contenu</button>");
    must_hold(html.ptr, "<input type=\"hidden\" name=\"list\" value=\"00000000\"/>");
    must_not_hold(html.ptr, "value=\"add\"");
}

static void errors_say_what_happened(void **state)
{
    static const struct {
        unsigned status;
        const char *title;
    } cases[] = {
        { 400, "Demande incomprise" },  { 404, "Page introuvable" },   { 405, "Demande impossible" },
        { 413, "Demande trop longue" }, { 415, "Demande incomprise" }, { 500, "Choix non enregistré" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char heading[64];

        write_text(ERROR, &policy, &choices[0], "/");
        cnil_buffer_clear(&html);
        cnil_block_error_page(&policy, CNIL_LANGUAGE_FR, cases[i].status, &html);
        cnil_buffer_append_byte(&html, '\0');
        snprintf(heading, sizeof(heading), "<h1>%s</h1>", cases[i].title);
        must_hold(html.ptr, heading);
        must_hold(html.ptr, "<a href=\"/\">Aller à l’accueil</a>");
    }
}

/* A sheet behind ours, and a class of the box: nothing on the buttons. */
static void what_a_theme_changes(void **state)
{
    static const struct {
        const char *position, *classes;
    } cases[] = {
        { "bottom", "class=\"vp-ask vp-wide\"" },
        { "top", "class=\"vp-ask vp-wide vp-top\"" },
        { "left", "class=\"vp-ask vp-card vp-left\"" },
        { "right", "class=\"vp-ask vp-card vp-right\"" },
    };
    struct cnil_policy other = policy;
    const char *sheet = "css\"/><link rel=\"stylesheet\" href=\"/_privacy/theme-01234567.css\"/>";

    (void)state;
    must_not_hold(write_text(BLOCK, &other, &choices[0], "/"), "theme-");
    other.theme.name = CNIL_STR("theme-01234567.css");
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *text;

        other.banner_position = cnil_str_from(cases[i].position);
        text = write_text(BLOCK, &other, &choices[0], "/");
        must_hold(text, cases[i].classes);
        must_hold(text, sheet);
        assert_int_equal(count_of(text, "class=\"vp-button\""), 3);
    }
    must_hold(write_text(BLOCK, &other, &choices[1], "/"), sheet);
    must_hold(write_text(PRIVACY, &other, &choices[1], "/"), sheet);
    must_hold(html.ptr, "<body class=\"vp-own\">");
}

static size_t compressed(struct cnil_str bytes)
{
    unsigned char *out = malloc(compressBound(bytes.len));
    uLongf len = compressBound(bytes.len);

    assert_non_null(out);
    assert_int_equal(compress2(out, &len, (const Bytef *)bytes.ptr, bytes.len, 6), Z_OK);
    free(out);
    return len;
}

/* What a first visit costs: the banner and its style sheet, as servers compress by default, in every language. */
static void the_banner_weighs_three_kilobytes_at_most(void **state)
{
    static const struct {
        const char *site, *rest;
        bool is_observed; /* the banner says of how many services the site was seen to carry some */
    } cases[] = { { "", "", false },
                  { ", \"name\": \"Maison Camélia\"", "", false },
                  { "", ", \"banner\": {\"position\": \"right\"}", false },
                  { "", "", true },
                  { ", \"name\": \"Maison Camélia\"", "", true } };
    static const struct cnil_observed observed = { .asking = 128 };
    const struct cnil_url page = { .scheme = CNIL_STR("https"), .host = CNIL_STR("boutique.example"), .port = -1 };
    struct cnil_str sheet = cnil_asset_find(cnil_asset_name(CNIL_ASSET_BAR))->content;

    (void)state;
    for (size_t i = 0; i < COUNT(cases) * CNIL_LANGUAGES; i++) {
        enum cnil_language language = (enum cnil_language)(i / COUNT(cases));
        struct cnil_errors errors;
        struct cnil_policy *with;
        struct cnil_buffer out;
        char text[256];
        size_t weight;

        snprintf(text, sizeof(text), "{\"site\": {\"language\": \"%s\"%s}%s}", cnil_language_tag(language).ptr,
                 cases[i % COUNT(cases)].site, cases[i % COUNT(cases)].rest);
        cnil_errors_init(&errors);
        with = cnil_policy_parse(cnil_str_from(text), "p", &errors);
        assert_non_null(with);
        assert_int_equal(with->language, language);
        with->observed = cases[i % COUNT(cases)].is_observed ? &observed : NULL;
        cnil_buffer_init(&out, LIMIT);
        cnil_block_write(with, &(struct cnil_block_terms){ .language = with->language }, &choices[0], &page,
                         CNIL_STR("/panier"), &out);
        assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
        assert_int_equal(cnil_str_find(cnil_buffer_str(&out), CNIL_STR("128")) < out.len,
                         cases[i % COUNT(cases)].is_observed);
        weight = compressed(cnil_buffer_str(&out)) + compressed(sheet);
        if (weight > 3 * 1024)
            print_error("%s%s: %zu bytes\n", text, with->observed != NULL ? ", observed" : "", weight);
        assert_true(weight <= 3 * 1024);
        cnil_buffer_clear(&out); /* both in one, as they come where the site's own policy allows it */
        cnil_block_write(with, &(struct cnil_block_terms){ .language = with->language, .style_in_page = true },
                         &choices[0], &page, CNIL_STR("/panier"), &out);
        weight = compressed(cnil_buffer_str(&out));
        if (weight > 3 * 1024)
            print_error("%s%s, in the page: %zu bytes\n", text, with->observed != NULL ? ", observed" : "", weight);
        assert_true(weight <= 3 * 1024);
        cnil_buffer_free(&out);
        cnil_policy_free(with);
    }
}

/* What a policy adds to it costs what it weighs, and no more. */
static void what_a_policy_adds_is_small(void **state)
{
    static const struct {
        const char *policy;
        enum cnil_choice_account account;
        size_t most;
    } cases[] = {
        { "{\"site\": {\"name\": \"Maison Camélia\"}}", CNIL_ACCOUNT_NONE, 2720 },
        { "{\"banner\": {\"theme\": {\"look\": \"state\"}}}", CNIL_ACCOUNT_NONE, 2864 },
        { "{\"consent\": {\"domain\": \"camelia.example\"}}", CNIL_ACCOUNT_NONE, 2752 },
        { "{\"consent\": {\"account\": \"X-Choice\"}}", CNIL_ACCOUNT_IN, 2800 },
        { "{\"texts\": {\"fr\": {\"title\": \"Vos choix\", \"accept\": \"J’accepte\", \"refuse\": \"Je refuse\"}}}",
          CNIL_ACCOUNT_NONE, 2720 },
        { "{\"consent\": {\"purposes\": {\"avis\": {\"title\": \"Avis de clients\", \"description\": \"Lire des avis "
          "de "
          "clients.\"}, \"tests\": {\"title\": \"Essais\", \"description\": \"Comparer deux présentations.\"}}}}",
          CNIL_ACCOUNT_NONE, 2784 },
        { "{\"site\": {\"name\": \"Maison Camélia\"}, \"banner\": {\"theme\": {\"look\": \"state\"}}, \"consent\": "
          "{\"domain\": "
          "\"camelia.example\", \"account\": \"X-Choice\", \"purposes\": {\"avis\": {\"title\": \"Avis de clients\", "
          "\"description\": \"Lire des avis de clients.\"}}}}",
          CNIL_ACCOUNT_IN, 3072 },
    };
    const struct cnil_url page = { .scheme = CNIL_STR("https"), .host = CNIL_STR("camelia.example"), .port = -1 };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cnil_choice none = { .state = CNIL_CHOICE_NONE, .account = cases[i].account };
        struct cnil_errors errors;
        struct cnil_policy *with;
        struct cnil_buffer out;
        size_t weight;

        cnil_errors_init(&errors);
        with = cnil_policy_parse(cnil_str_from(cases[i].policy), "p", &errors);
        assert_non_null(with);
        cnil_buffer_init(&out, LIMIT);
        cnil_block_write(with, &(struct cnil_block_terms){ .in_domain = true, .style_in_page = true }, &none, &page,
                         CNIL_STR("/panier"), &out);
        assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
        weight = compressed(cnil_buffer_str(&out));
        if (weight > cases[i].most)
            fail_msg("%s: %zu bytes, not %zu", cases[i].policy, weight, cases[i].most);
        cnil_buffer_free(&out);
        cnil_policy_free(with);
    }
}

/* Where the focus is, is seen on whatever the theme has for paper: ink is measured against it. */
static void the_focus_is_in_ink(void **state)
{
    static const enum cnil_asset_id sheets[] = { CNIL_ASSET_BAR, CNIL_ASSET_PAGE, CNIL_ASSET_CARD };

    (void)state;
    for (size_t i = 0; i < COUNT(sheets); i++) {
        struct cnil_str css = cnil_asset_find(cnil_asset_name(sheets[i]))->content;

        assert_true(cnil_str_find(css, CNIL_STR(":focus-visible{outline:3px solid var(--ink)")) < css.len);
    }
}

/* The sheet that stands in the site's pages insists, so that no rule of the site's does more. */
static void each_declaration_is_important(void **state)
{
    struct cnil_str css = cnil_asset_find(cnil_asset_name(CNIL_ASSET_BAR))->content;
    size_t declarations = 0, important = 0, found;

    (void)state;
    for (size_t at = 0; at < css.len; at++)
        declarations += css.ptr[at] == ';' || (css.ptr[at] == '}' && css.ptr[at - 1] != '}');
    for (struct cnil_str rest = css; (found = cnil_str_find(rest, CNIL_STR("!important"))) < rest.len; important++)
        rest = cnil_str_slice(rest, found + 1, rest.len);
    assert_in_range(declarations, 100, 1000);
    assert_int_equal(important, declarations);
}

/* A file may be kept for good because its name changes with its content. */
static void assets(void **state)
{
    static const struct {
        enum cnil_asset_id id;
        const char *stem;
    } cases[] = { { CNIL_ASSET_BAR, "bar-" }, { CNIL_ASSET_PAGE, "page-" } };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_str name = cnil_asset_name(cases[i].id);
        const struct cnil_asset *asset = cnil_asset_find(name);
        unsigned char digest[EVP_MAX_MD_SIZE];
        char expected[64];

        assert_non_null(asset);
        assert_true(cnil_str_equal(asset->type, CNIL_STR("text/css; charset=utf-8")));
        assert_true(asset->content.len > 500);
        assert_int_equal(EVP_Digest(asset->content.ptr, asset->content.len, digest, NULL, EVP_sha256(), NULL), 1);
        snprintf(expected, sizeof(expected), "%s%02x%02x%02x%02x.css", cases[i].stem, digest[0], digest[1], digest[2],
                 digest[3]);
        assert_true(cnil_str_equal(name, cnil_str_from(expected)));
        assert_true(cnil_str_find(asset->content, CNIL_STR("url(")) == asset->content.len); /* no third party */
        assert_true(cnil_str_find(asset->content, CNIL_STR("@import")) == asset->content.len);
        assert_null(cnil_asset_find(cnil_str_slice(name, 0, name.len - 1)));
        must_hold(write_text(i == 0 ? BLOCK : PRIVACY, &policy, &choices[0], "/"), expected);
    }
    assert_null(cnil_asset_find(CNIL_STR_EMPTY));
    assert_null(cnil_asset_find(CNIL_STR("bar.css")));
}

static void write_script(const struct cnil_choice *choice, bool wanted, const char *nonce, struct cnil_buffer *out)
{
    const struct cnil_url page = { .scheme = CNIL_STR("https"), .host = CNIL_STR("boutique.example"), .port = 8443 };
    struct cnil_policy with = policy;

    with.banner_script = wanted;
    cnil_block_write_script(&with, CNIL_LANGUAGE_FR, choice, &page, cnil_str_from(nonce), out);
}

/* Beside the block, which is the same without it. */
static void the_script_has_a_tag_of_its_own(void **state)
{
    static const struct cnil_choice granted = {
        .state = CNIL_CHOICE_GRANTED, .granted = 1, .service_count = 1, .services = { &services[1] }, .minutes = 2
    };
    struct cnil_str name = cnil_asset_name(CNIL_ASSET_SCRIPT), activate = cnil_asset_name(CNIL_ASSET_ACTIVATE);
    const struct cnil_asset *asset = cnil_asset_find(name);
    struct cnil_buffer out;
    char expected[1024];

    (void)state;
    assert_non_null(asset);
    assert_true(cnil_str_equal(asset->type, CNIL_STR("text/javascript; charset=utf-8")));
    assert_true(cnil_str_starts_with(name, CNIL_STR("bar-")) && cnil_str_ends_with(name, CNIL_STR(".js")));
    assert_true(asset->zipped.len > 500 && asset->zipped.len <= 3 * 1024);
    cnil_buffer_init(&out, LIMIT);
    write_script(&granted, true, "a+\"b", &out);
    snprintf(expected, sizeof(expected),
             "<script defer=\"\" src=\"https://boutique.example:8443/_privacy/%.*s\" nonce=\"a+&quot;b\" "
             "data-close=\"Revenir au site\" data-activate=\"%.*s\" "
             "data-state=\"{&quot;state&quot;:&quot;granted&quot;,&quot;signal&quot;:false,"
             "&quot;purposes&quot;:[&quot;audience&quot;],&quot;services&quot;:[&quot;film&quot;],&quot;time&quot;:120,"
             "&quot;list&quot;:&quot;00000000&quot;}\"></script>",
             (int)name.len, name.ptr, (int)activate.len, activate.ptr);
    if (!cnil_str_equal(cnil_buffer_str(&out), cnil_str_from(expected)))
        fail_msg("%.*s", (int)out.len, out.ptr);
    cnil_buffer_clear(&out);
    write_script(&choices[0], true, "", &out);
    assert_int_equal(cnil_str_find(cnil_buffer_str(&out), CNIL_STR("nonce")), out.len);
    cnil_buffer_clear(&out);
    write_script(&choices[0], false, "", &out);
    assert_int_equal(out.len, 0);
    cnil_buffer_free(&out);
}

/* What it needs to let something in without loading the page again goes with it, where that can be done at all. */
static void the_script_is_told_how_to_activate(void **state)
{
    static const struct {
        bool guard, strict, in_place;
        const char *holds, *not ;
    } cases[] = {
        { false, false, false, ".js\" data-state", "in-place" },
        { true, false, false, "-00000001-film.js\" data-state", "in-place" },
        { true, false, true, "-film.js\" data-in-place=\"\" data-state", "activate=\"\"" },
        { true, true, true, " data-close=\"Revenir au site\" data-state", "activate" },
    };
    static const struct cnil_choice granted = {
        .state = CNIL_CHOICE_GRANTED, .granted = 1, .service_count = 1, .services = { &services[1] }, .minutes = 2
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cnil_policy with = policy;
        struct cnil_buffer out;

        with.banner_script = true;
        with.guard = cases[i].guard;
        with.strict = cases[i].strict;
        with.activates_in_place = cases[i].in_place;
        cnil_buffer_init(&out, LIMIT);
        cnil_block_write_script(&with, CNIL_LANGUAGE_FR, &granted, NULL, CNIL_STR_EMPTY, &out);
        if (cnil_str_find(cnil_buffer_str(&out), cnil_str_from(cases[i].holds)) == out.len ||
            cnil_str_find(cnil_buffer_str(&out), cnil_str_from(cases[i].not )) != out.len)
            fail_msg("%zu: %.*s", i, (int)out.len, out.ptr);
        cnil_buffer_free(&out);
    }
}

/* In files, or in the page, with the nonce that the site's own policy asks for. */
static void its_style_sheets_are_where_the_terms_say(void **state)
{
    static const struct {
        struct cnil_block_terms terms;
        const char *holds, *not ;
    } cases[] = {
        { { .language = CNIL_LANGUAGE_FR }, "theme-1.css\"/>", "<style" },
        { { .language = CNIL_LANGUAGE_FR, .steps_back = true }, "theme-1.css\"/>", "<style" },
        { { .language = CNIL_LANGUAGE_FR, .style_in_page = true }, " theme-1.css\">", "<link" },
        { { .language = CNIL_LANGUAGE_FR, .style_in_page = true }, "#vp-box{color:red}</style>", "nonce" },
        { { .language = CNIL_LANGUAGE_FR, .style_in_page = true, .steps_back = true }, "}</style>", "<link" },
        { { .language = CNIL_LANGUAGE_FR, .style_in_page = true, .style_nonce = CNIL_STR_INIT("a+b=") },
          " theme-1.css\" nonce=\"a+b=\">",
          "<link" },
    };
    struct cnil_policy with = policy;
    const struct cnil_asset *sheet = cnil_asset_find(cnil_asset_name(CNIL_ASSET_BAR));

    (void)state;
    with.theme.name = CNIL_STR("theme-1.css");
    with.theme.css = CNIL_STR("#vp-box{color:red}");
    for (size_t i = 0; i < 2 * COUNT(cases); i++) {
        const struct cnil_block_terms *terms = &cases[i / 2].terms;
        struct cnil_buffer out;

        cnil_buffer_init(&out, LIMIT);
        cnil_block_write(&with, terms, &choices[i % 2], NULL, CNIL_STR("/"), &out);
        assert_int_equal(cnil_buffer_status(&out), CNIL_OK);
        if (cnil_str_find(cnil_buffer_str(&out), cnil_str_from(cases[i / 2].holds)) == out.len ||
            cnil_str_find(cnil_buffer_str(&out), cnil_str_from(cases[i / 2].not )) < out.len ||
            (cnil_str_find(cnil_buffer_str(&out), sheet->content) < out.len) != terms->style_in_page)
            fail_msg("%zu: %.*s", i / 2, (int)out.len, out.ptr);
        cnil_buffer_free(&out);
    }
    assert_int_equal(cnil_str_find(sheet->content, CNIL_STR("<")), sheet->content.len); /* nor in XHTML */
    assert_int_equal(cnil_str_find(sheet->content, CNIL_STR("&")), sheet->content.len);
}

static void a_script_without_room_or_memory_is_told(void **state)
{
    struct cnil_buffer out;
    size_t whole;

    (void)state;
    cnil_buffer_init(&out, LIMIT);
    write_script(&choices[2], true, "n", &out);
    whole = out.len;
    cnil_buffer_free(&out);
    for (size_t limit = 0; limit <= whole; limit++) {
        cnil_buffer_init(&out, limit);
        write_script(&choices[2], true, "n", &out);
        assert_int_equal(cnil_buffer_status(&out), limit == whole ? CNIL_OK : CNIL_TOO_LARGE);
        cnil_buffer_free(&out);
    }
}

/* Too little room or memory is told, whatever the piece and wherever it ends. */
static void failures_are_told(void **state)
{
    (void)state;
    for (int piece = 0; piece < PIECES; piece++) {
        size_t whole = strlen(write_text(piece, &policy, &choices[0], "/"));
        struct cnil_buffer out;

        for (size_t limit = 0; limit <= whole; limit += limit < whole && whole - limit < 37 ? whole - limit : 37) {
            cnil_buffer_init(&out, limit);
            write_piece(piece, &policy, &choices[0], CNIL_STR("/"), &out);
            assert_int_equal(cnil_buffer_status(&out), limit == whole ? CNIL_OK : CNIL_TOO_LARGE);
            cnil_buffer_free(&out);
        }
        for (long n = 0;; n++) {
            enum cnil_status status;

            cnil_buffer_init(&out, LIMIT);
            alloc_fail_after(n);
            write_piece(piece, &policy, &choices[0], CNIL_STR("/"), &out);
            alloc_fail_after(-1);
            status = cnil_buffer_status(&out);
            cnil_buffer_free(&out);
            if (status == CNIL_OK) {
                assert_true(n > 0);
                break;
            }
            assert_int_equal(status, CNIL_NO_MEMORY);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answers_are_alike),
        cmocka_unit_test(what_can_be_answered),
        cmocka_unit_test(nothing_ticked_nothing_inline_nothing_foreign),
        cmocka_unit_test(what_was_chosen_is_ticked),
        cmocka_unit_test(signals_and_scopes_are_told),
        cmocka_unit_test(a_receipt_of_the_own_choice),
        cmocka_unit_test(names_are_neutral),
        cmocka_unit_test(elements_are_closed),
        cmocka_unit_test(everything_is_escaped),
        cmocka_unit_test(what_the_first_level_tells),
        cmocka_unit_test(known_third_parties_are_counted),
        cmocka_unit_test(titles_are_small_in_a_sentence),
        cmocka_unit_test(refusing_comes_first),
        cmocka_unit_test(what_is_linked),
        cmocka_unit_test(addresses_in_a_page_lead_to_its_own_origin),
        cmocka_unit_test(what_was_chosen_is_told),
        cmocka_unit_test(the_privacy_page_names_everybody),
        cmocka_unit_test(the_privacy_page_tells_what_needs_no_consent),
        cmocka_unit_test(pages_are_written_in_their_script),
        cmocka_unit_test(the_privacy_page_tells_of_statistics),
        cmocka_unit_test(exempt_measurement_can_be_opposed),
        cmocka_unit_test(how_far_a_choice_reaches_with_an_account),
        cmocka_unit_test(the_panel_tells_what_needs_no_consent),
        cmocka_unit_test(pages_are_whole),
        cmocka_unit_test(a_choice_is_confirmed),
        cmocka_unit_test(what_is_let_in_once_is_confirmed_as_that),
        cmocka_unit_test(errors_say_what_happened),
        cmocka_unit_test(the_banner_weighs_three_kilobytes_at_most),
        cmocka_unit_test(what_a_theme_changes),
        cmocka_unit_test(what_a_policy_adds_is_small),
        cmocka_unit_test(the_focus_is_in_ink),
        cmocka_unit_test(each_declaration_is_important),
        cmocka_unit_test(assets),
        cmocka_unit_test(the_script_has_a_tag_of_its_own),
        cmocka_unit_test(the_script_is_told_how_to_activate),
        cmocka_unit_test(its_style_sheets_are_where_the_terms_say),
        cmocka_unit_test(a_script_without_room_or_memory_is_told),
        cmocka_unit_test(failures_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, free_html);
}
