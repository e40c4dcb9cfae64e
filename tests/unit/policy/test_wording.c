/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/alloc.h"
#include "policy/answer.h"
#include "policy/policy.h"
#include "policy/wording.h"
#include "web/character.h"
#include "web/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct cnil_policy *policy_of(const char *text)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    cnil_errors_init(&errors);
    policy = cnil_policy_parse(cnil_str_from(text), "p", &errors);
    cnil_errors_free(&errors);
    if (policy == NULL)
        fail_msg("%s does not load", text);
    return policy;
}

static void assert_str(struct cnil_str str, const char *wanted)
{
    if (!cnil_str_equal(str, cnil_str_from(wanted)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)str.len, str.ptr != NULL ? str.ptr : "", wanted);
}

/* ---- mistakes ---- */

#define TEXTS(members) "{\"texts\": {\"fr\": {" members "}}}"

static const struct {
    const char *text, *mistake; /* a part of the only one; NULL: there is none */
} wrong[] = {
    { "{\"texts\": {}}", NULL },
    { TEXTS("\"title\": \"Vos choix\""), NULL },
    { "{\"texts\": {\"$comment\": \"x\", \"fr\": {\"$comment\": \"x\", \"title\": \"a\"}}}", NULL },
    { "{\"texts\": []}", "/texts: must be an object, not an array" },
    { "{\"texts\": {\"fr\": \"x\"}}", "/texts/fr: must be an object, not a string" },
    { "{\"texts\": {\"tlh\": {}}}", "/texts/tlh: unknown key \"tlh\"" },
    { "{\"texts\": {\"fr-FR\": {}}}", "/texts/fr-FR: unknown key \"fr-FR\"" },
    { TEXTS("\"titel\": \"x\""), "/texts/fr/titel: unknown key \"titel\"; did you mean \"title\"?" },
    { TEXTS("\"TITLE\": \"x\""), "unknown key \"TITLE\"; did you mean \"title\"?" },
    { TEXTS("\"title\": 1"), "/texts/fr/title: must be a string, not a number" },
    { TEXTS("\"title\": \" \""), "must not be empty" },
    { TEXTS("\"title\": \"a\\nb\""), "must not hold control characters" },
    { TEXTS("\"ask\": \"Avec votre accord, \""), "/texts/fr/ask: must hold \"{}\" once" },
    { TEXTS("\"ask\": \"Avec {} et {}\""), "/texts/fr/ask: must hold \"{}\" once" },
    { TEXTS("\"ask\": \"Avec {name}\""), "/texts/fr/ask: must hold \"{}\" once" },
    { TEXTS("\"ask\": \"D’accord, {} fait appel à \""), NULL },
    { TEXTS("\"title\": \"Vos {}\""), "/texts/fr/title: must not hold \"{\"" },
    { TEXTS("\"title\": \"Vos|choix\""), "/texts/fr/title: must not hold \"|\"" },
    { TEXTS("\"list\": \"{} service\""), "/texts/fr/list: must have 2 forms with \"|\" between them" },
    { TEXTS("\"list\": \"{} a|{} b|{} c\""), "/texts/fr/list: must have 2 forms" },
    { TEXTS("\"list\": \"{} a|b\""), "/texts/fr/list: must hold \"{}\" once" },
    { TEXTS("\"list\": \"{} tiers|{} tiers\""), NULL },
    { "{\"texts\": {\"pl\": {\"list\": \"{} a|{} b\"}}}", "/texts/pl/list: must have 3 forms" },
    { TEXTS("\"date\": \"le {day}/{year}\""), "/texts/fr/date: must hold \"{month}\" once" },
    { TEXTS("\"date\": \"{year}-{month}-{day}\""), NULL },
    /* rule C5 */
    { TEXTS("\"accept\": \"OK\""), "/texts/fr: \"accept\" and \"refuse\" can only be worded together" },
    { TEXTS("\"refuse\": \"Non\""), "/texts/fr: \"accept\" and \"refuse\" can only be worded together" },
    { TEXTS("\"confirm_refuse\": \"Non\""), "\"confirm_accept\" and \"confirm_refuse\" can only be worded together" },
    { TEXTS("\"accept\": \"J’accepte\", \"refuse\": \"Je refuse\""), NULL },
    { TEXTS("\"accept\": \"Oui\", \"refuse\": \"Non\""), NULL },
    { TEXTS("\"accept\": \"Oui !\", \"refuse\": \"Non\""), "half as long again as the other: they have 5 and 3" },
    { TEXTS("\"accept\": \"Accepter\", \"refuse\": \"Continuer sans accepter\""), "they have 8 and 23" },
    { TEXTS("\"accept\": \"Accepter tout\", \"refuse\": \"Non\""), "they have 13 and 3" },
    { TEXTS("\"accept\": \"Oui          \", \"refuse\": \"Non\""), NULL }, /* spaces do not count */
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"continuer\""), "must be different" },
    { TEXTS("\"accept\": \"Oui, j’accepte tout ce que vous demanderez\", \"refuse\": \"Non, je refuse tout ce que vous "
            "demanderez\""),
      "of 40 characters at most" },
    { "{\"texts\": {\"bg\": {\"accept\": \"Да, да\", \"refuse\": \"Не, не\"}}}", NULL }, /* characters, not bytes */
    /* … and in what can be seen of them */
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"Continuer …\""), "must be different" },
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"\\u2800\\u2800\\u2800\\u2800\\u2800\\u2800\""),
      "/texts/fr/refuse: must hold a character that can be seen" },
    { TEXTS("\"accept\": \"OK\", \"refuse\": \"\\u200b\\u200b\""), "must hold a character that can be seen" },
    { TEXTS("\"accept\": \"OK\", \"refuse\": \"\\u00a0\\u00a0\""), "must hold a character that can be seen" },
    { TEXTS("\"accept\": \"OK\", \"refuse\": \"...\""), "/texts/fr/refuse: must hold a word" },
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"Continuer\\u200b\""),
      "/texts/fr/refuse: must be of ordinary letters" },
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"Cont\\u00adinuer\""), "U+00AD is none" },
    { TEXTS("\"accept\": \"J’accepte\", \"refuse\": \"\\u202eresufer eJ\""), "U+202E is none" },
    { TEXTS("\"accept\": \"J’accepte\", \"refuse\": \"Je refuse\\u2069\""), "U+2069 is none" },
    { TEXTS("\"accept\": \"𝗝’𝗮𝗰𝗰𝗲𝗽𝘁𝗲\", \"refuse\": \"Je refuse\""), "/texts/fr/accept: must be of ordinary letters" },
    { TEXTS("\"accept\": \"J’accepte\", \"refuse\": \"ʲᵉ ʳᵉᶠᵘˢᵉ\""), "U+02B2 is none" },
    { TEXTS("\"accept\": \"Oui\", \"refuse\": \"N\\u0336o\\u0336n\\u0336\""), "U+0336 is none" }, /* struck out */
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"\\u0421ontinuer\""), "must be of one alphabet" },
    { TEXTS("\"accept\": \"TOUT ACCEPTER\", \"refuse\": \"tout Refuser\""), "must both be in capitals, or none" },
    { TEXTS("\"accept\": \"TOUT ACCEPTER\", \"refuse\": \"TOUT REFUSER\""), NULL },
    { TEXTS("\"accept\": \"OK\", \"refuse\": \"Non\""), NULL }, /* two letters do not stand out */
    { "{\"texts\": {\"en\": {\"accept\": \"OK\", \"refuse\": \"No\"}}}", NULL },
    { TEXTS("\"accept\": \"OK\", \"refuse\": \"\u041e\u041a\""), "must be different" }, /* of Cyrillic */
    { TEXTS("\"accept\": \"Ok\", \"refuse\": \"\u039f\u043a\""), "must be of one alphabet in each word" },
    { TEXTS("\"accept\": \"OUI\", \"refuse\": \"Non\""), "must both be in capitals, or none" },
    { TEXTS("\"accept\": \"Accepter\", \"refuse\": \"De\u0301cliner\""), NULL }, /* é as two characters is one */
    { TEXTS("\"accept\": \"OK\", \"refuse\": \"De\u0301\u0301cl\""), "U+0301 is none; a letter and its accents are" },
    { TEXTS("\"accept\": \"OK\", \"refuse\": \"\u0301Non\""), "U+0301 is none; a letter and its accents are" },
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"Le \u0421ontinuer\""), "must be of one alphabet in each word" },
    /* … and in what they say */
    { TEXTS("\"accept\": \"Tout refuser\", \"refuse\": \"Je refuse\""),
      "/texts/fr/accept: must not hold \"refus\": it is the text that accepts" },
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"TOUT ACCEPTER\""),
      "/texts/fr/refuse: must not hold \"Tout accepter\": it is the text that refuses" },
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"J’accepte\""), "/texts/fr/refuse: must not hold \"accept\"" },
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"Accept all\""),
      "/texts/fr/refuse: must not hold \"Accept all\"" },
    { TEXTS("\"accept\": \"Continuer\", \"refuse\": \"全部接受全部\""), "/texts/fr/refuse: must not hold \"接受\"" },
    { TEXTS("\"accept\": \"Reject all\", \"refuse\": \"Je refuse\""), "/texts/fr/accept: must not hold \"reject\"" },
    { TEXTS("\"accept\": \"Non merci\", \"refuse\": \"Je refuse\""), "/texts/fr/accept: must not hold \"non\"" },
    { TEXTS("\"accept\": \"Continuer en acceptant\", \"refuse\": \"Continuer sans accepter\""), NULL },
    { TEXTS("\"confirm_accept\": \"Oui, tout refuser\", \"confirm_refuse\": \"Oui, je refuse tout\""),
      "/texts/fr/confirm_accept: must not hold \"refus\"" },
    { TEXTS("\"withdraw\": \"Tout accepter\""), "/texts/fr/withdraw: must not hold \"Tout accepter\"" },
    { TEXTS("\"withdraw\": \"Retirer mon acceptation\""), NULL },
    /* … and in every other text */
    { TEXTS("\"withdraw\": \"\\u200b\""), "/texts/fr/withdraw: must hold a character that can be seen" },
    { TEXTS("\"control\": \"\\u2800\""), "/texts/fr/control: must hold a character that can be seen" },
    { TEXTS("\"control_page\": \"\\u00a0\""), "/texts/fr/control_page: must hold a character that can be seen" },
    { TEXTS("\"silence\": \"\\u3164\""), "/texts/fr/silence: must hold a character that can be seen" },
    { "{\"consent\": {\"purposes\": {\"maps\": {\"title\": \"\\u200b\"}}}}",
      "/title: must hold a character that can be seen" },
    { "{\"consent\": {\"purposes\": {\"maps\": {\"title\": {\"de\": \"\\u2060\"}}}}}",
      "/title/de: must hold a character that" },
    /* purposes */
    { "{\"consent\": {\"purposes\": {\"maps\": {\"title\": {\"de\": \"Karten\", \"lv\": \"Kartes\"}}}}}", NULL },
    { "{\"consent\": {\"purposes\": {\"maps\": {\"title\": {\"dee\": \"Karten\"}}}}}", "unknown key \"dee\"" },
    { "{\"consent\": {\"purposes\": {\"maps\": {\"title\": {\"de\": 1}}}}}", "title/de: must be a string" },
    { "{\"consent\": {\"purposes\": {\"maps\": {\"title\": {}}}}}", "must hold a text a language" },
    { "{\"consent\": {\"purposes\": {\"maps\": {\"title\": 1}}}}", "must be a string, or an object" },
    /* which language */
    { "{\"site\": {\"language\": \"sv\"}}", NULL },
    { "{\"site\": {\"language\": \"auto\"}}", NULL },
    { "{\"site\": {\"language\": \"auto\", \"languages\": [\"de\", \"fr\"]}}", NULL },
    { "{\"site\": {\"language\": \"tlh\"}}", "/site/language: must be \"fr\", \"ar\", \"bg\"," },
    { "{\"site\": {\"language\": \"Auto\"}}", "did you mean \"auto\"?" },
    { "{\"site\": {\"languages\": [\"de\"]}}", "/site/languages: says nothing without \"language\": \"auto\"" },
    { "{\"site\": {\"language\": \"de\", \"languages\": [\"de\"]}}", "says nothing without" },
    { "{\"site\": {\"language\": \"auto\", \"languages\": []}}", "/site/languages: must name a language" },
    { "{\"site\": {\"language\": \"auto\", \"languages\": [\"auto\"]}}", "/site/languages/0: must be \"fr\"" },
    { "{\"site\": {\"language\": \"auto\", \"languages\": \"de\"}}", "/site/languages: must be an array" },
};

static void mistakes_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct cnil_errors errors;
        struct cnil_policy *policy;
        char line[1024] = "";

        cnil_errors_init(&errors);
        policy = cnil_policy_parse(cnil_str_from(wrong[i].text), "p", &errors);
        if (errors.count > 0)
            cnil_error_format(&errors.list[0], line, sizeof(line));
        if (errors.count != (wrong[i].mistake != NULL) || (policy == NULL) != (wrong[i].mistake != NULL) ||
            (wrong[i].mistake != NULL && strstr(line, wrong[i].mistake) == NULL))
            fail_msg("%s\ngives %zu mistakes: %s", wrong[i].text, errors.count, line);
        cnil_errors_free(&errors);
        cnil_policy_free(policy);
    }
}

/* ---- what answers say ---- */

static const struct {
    const char *language, *words;
    bool accepts, refuses; /* may the text stand on that button? */
} said[] = {
    /* refusals */
    { "el", "Συνέχεια χωρίς αποδοχή", false, true },
    { "el", "ΣΥΝΕΧΕΙΑ ΧΩΡΙΣ ΑΠΟΔΟΧΗ", false, true },
    { "ar", "المتابعة دون قبول", false, true },
    { "ar", "غير موافق", false, true },
    { "ar", "لا، شكرًا", false, true },
    { "ar", "رَفْضُ الكُلِّ", false, true }, /* with its vowels */
    { "tr", "Kabul etmiyorum", false, true },
    { "tr", "Kabul etmeden devam et", false, true },
    { "tr", "ONAYLAMIYORUM", false, true },
    { "tr", "HAYIR", false, true },
    { "fi", "Jatka hyväksymättä", false, true },
    { "et", "Jätka nõustumata", false, true },
    { "sq", "Nuk pranoj", false, true },
    { "sr", "Ne prihvatam", false, true },
    { "it", "Nessun consenso", false, true },
    { "sv", "Acceptera inget", false, true },
    { "de", "Keinem zustimmen", false, true },
    { "de", "Ich lehne ab", false, true },
    { "en", "I can't accept", false, true },
    { "en", "I don’t accept", false, true },
    { "en", "I disagree", false, true },
    { "cs", "Nesouhlasím", false, true },
    { "lv", "Nepiekrītu", false, true },
    { "fr", "Décliner", false, true },
    { "fr", "De\u0301cliner", false, true },
    { "vi", "Tu\u031b\u0300 cho\u0302\u0301i", false, true }, /* in NFD, with two marks on a letter */
    { "uk", "Вi\u0434хилити", false, false },                 /* with an i of Latin */
    /* … of all but what is needed */
    { "de", "Nur notwendige", false, true },
    { "de", "Nur notwendige zulassen", false, true },
    { "nl", "Alleen noodzakelijk", false, true },
    { "es", "Solo necesarias", false, true },
    { "en", "Allow only the necessary ones", false, true },
    { "en", "Opt out", false, true },
    { "en", "Opt-out", false, true },
    { "de", "Widersprechen", false, true },
    { "fr", "Je m’oppose", false, true },
    /* what accepts */
    { "de", "Alle zulassen", true, false },
    { "nl", "Alles toestaan", true, false },
    { "es", "Permitir todas", true, false },
    { "en", "Got it!", true, false },
    { "de", "Einverstanden", true, false },
    { "pl", "Zezwól na wszystkie", true, false },
    { "el", "Αποδοχή όλων των cookies", true, false },
    { "ru", "Принять все cookie", true, false },
    { "uk", "Прийняти всі файли cookie", true, false },
    { "zh", "接受所有 Cookie", true, false },
    { "ja", "Cookieを許可", true, false },
    { "ja", "OK、同意します", true, false },
    { "he", "אישור cookie", true, false },
    { "it", "Accetta e vai al negozio", true, false },
    { "it", "Accetta l'avviso", true, false },
    { "fr", "全部接受全部", true, false },
    { "fr", "Alle akzeptieren", true, false }, /* ours, in another language */
    { "fr", "Alle ablehnen", false, true },
    /* words that begin as those of another language do, or as a short one */
    { "hr", "Neka bude", true, true },
    { "pl", "Zamknij okno", true, true },
    { "it", "Leggi l’avviso", true, true },
    { "sv", "Neka", false, true },
    { "nb", "Avvis", false, true },
    { "pl", "OK", true, false },
    /* letters of two alphabets in one word, which look alike, or in two */
    { "ru", "Принять cооkie", false, false },
    { "el", "Αpodoxh", false, false },
    { "ru", "ОК, cookie", true, true },
};

static void answers_do_not_say_the_opposite(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(said); i++) {
        struct cnil_str words = cnil_str_from(said[i].words);
        enum cnil_language language;
        struct cnil_buffer fault;
        bool accepts, refuses;

        assert_true(cnil_language_find(cnil_str_from(said[i].language), &language));
        cnil_buffer_init(&fault, 1024);
        accepts = cnil_answer_accepts(words, language, &fault);
        refuses = cnil_answer_refuses(words, language, &fault);
        if (accepts != said[i].accepts || refuses != said[i].refuses)
            fail_msg("%s: \"%s\" accepts: %d, refuses: %d: %.*s", said[i].language, said[i].words, accepts, refuses,
                     (int)fault.len, fault.ptr != NULL ? fault.ptr : "");
        cnil_buffer_free(&fault);
    }
}

/* Else it is never found: answers are folded before words are looked for in them. */
static void listed_words_are_folded(void **state)
{
    static const struct cnil_str lists[] = {
#define ANSWER_WORDS(language, accepting, refusing, denying)                                                           \
    CNIL_STR_INIT(accepting), CNIL_STR_INIT(refusing), CNIL_STR_INIT(denying),
#include "policy/answer_words.def"
#undef ANSWER_WORDS
    };

    (void)state;
    assert_int_equal(COUNT(lists), 3 * CNIL_LANGUAGES);
    for (size_t i = 0; i < COUNT(lists); i++) {
        bool valid = true;

        assert_true(lists[i].len > 0);
        for (struct cnil_str rest = lists[i]; rest.len > 0;) {
            uint32_t c = cnil_utf8_next(&rest, &valid);
            enum cnil_script script;

            if (c != ' ' && c != '|' &&
                (!cnil_character_is_plain(c, &script) || !cnil_character_is_letter(c) || cnil_character_fold(c) != c))
                fail_msg("U+%04X is not folded, in %s", c, lists[i].ptr);
        }
        assert_true(valid);
    }
}

static void a_text_has_a_bound(void **state)
{
    static char text[4096];
    struct cnil_errors errors;

    (void)state;
    snprintf(text, sizeof(text), TEXTS("\"title\": \"%02049d\""), 7);
    cnil_errors_init(&errors);
    assert_null(cnil_policy_parse(cnil_str_from(text), "p", &errors));
    assert_non_null(strstr(errors.list[0].sentence, "2048 bytes at most"));
    cnil_errors_free(&errors);
}

/* ---- what arrives ---- */

static void own_texts_stand_in_the_place_of_ours(void **state)
{
    struct cnil_policy *policy = policy_of("{\"texts\": {\"fr\": {\"title\": \"Vos choix\", \"days\": \"{} j|{} jrs\"},"
                                           " \"de\": {\"title\": \"Ihre Wahl\"}}}");

    (void)state;
    assert_str(cnil_policy_text(policy, CNIL_TEXT_TITLE, CNIL_LANGUAGE_FR), "Vos choix");
    assert_str(cnil_policy_text(policy, CNIL_TEXT_TITLE, CNIL_LANGUAGE_DE), "Ihre Wahl");
    assert_str(cnil_policy_text(policy, CNIL_TEXT_TITLE, CNIL_LANGUAGE_EN), "Your privacy");
    assert_str(cnil_policy_text(policy, CNIL_TEXT_ACCEPT, CNIL_LANGUAGE_FR), "Tout accepter");
    assert_str(cnil_policy_text_counted(policy, CNIL_TEXT_DAYS, CNIL_LANGUAGE_FR, 1), "{} j");
    assert_str(cnil_policy_text_counted(policy, CNIL_TEXT_DAYS, CNIL_LANGUAGE_FR, 2), "{} jrs");
    assert_str(cnil_policy_text_counted(policy, CNIL_TEXT_DAYS, CNIL_LANGUAGE_PL, 5), "{}\u00a0dni");
    cnil_policy_free(policy);
}

static void purposes_speak_the_languages_they_have(void **state)
{
    struct cnil_policy *policy = policy_of(
        "{\"site\": {\"language\": \"auto\", \"languages\": [\"de\", \"fr\", \"pl\"]},"
        " \"consent\": {\"purposes\": {"
        "  \"maps\": {\"title\": {\"fr\": \"Plans\"}, \"description\": \"Pläne zeigen.\"},"
        "  \"avis\": {\"title\": {\"fr\": \"Avis\", \"de\": \"Meinungen\"}, \"description\": {\"fr\": \"f\"}}}}}");
    const struct cnil_purpose *maps = &policy->purposes[5], *avis = &policy->purposes[8];

    (void)state;
    assert_str(maps->id, "maps");
    assert_str(cnil_policy_title(policy, maps, CNIL_LANGUAGE_FR), "Plans");
    assert_str(cnil_policy_title(policy, maps, CNIL_LANGUAGE_PL), "Mapy"); /* ours, where the policy says nothing */
    assert_str(cnil_policy_description(policy, maps, CNIL_LANGUAGE_DE), "Pläne zeigen."); /* the first language's */
    assert_str(avis->id, "avis");
    assert_str(cnil_policy_title(policy, avis, CNIL_LANGUAGE_FR), "Avis");
    assert_str(cnil_policy_title(policy, avis, CNIL_LANGUAGE_PL), "Meinungen"); /* that of the first language */
    assert_str(cnil_policy_description(policy, avis, CNIL_LANGUAGE_PL), "f");   /* the only one */
    cnil_policy_free(policy);
}

static void languages_are_offered(void **state)
{
    struct cnil_policy *fixed = policy_of("{\"site\": {\"language\": \"lt\"}}");
    struct cnil_policy *all = policy_of("{\"site\": {\"language\": \"auto\"}}");
    struct cnil_policy *some = policy_of("{\"site\": {\"language\": \"auto\", \"languages\": [\"nl\", \"en\"]}}");

    (void)state;
    assert_int_equal(fixed->language, CNIL_LANGUAGE_LT);
    assert_int_equal(fixed->languages, 0);
    assert_int_equal(all->language, CNIL_LANGUAGE_FR);
    assert_int_equal(all->languages, ((uint64_t)1 << CNIL_LANGUAGES) - 1);
    assert_int_equal(some->language, CNIL_LANGUAGE_NL);
    assert_int_equal(some->languages, (cnil_languages)1 << CNIL_LANGUAGE_NL | (cnil_languages)1 << CNIL_LANGUAGE_EN);
    cnil_policy_free(fixed);
    cnil_policy_free(all);
    cnil_policy_free(some);
}

/* Without memory there is no policy, and no mistake. */
static void failing_allocations(void **state)
{
    static const char text[] =
        "{\"site\": {\"language\": \"auto\", \"languages\": [\"de\", \"fr\"]}, \"texts\": {\"de\": "
        "{\"title\": \"x\"}}, \"consent\": {\"purposes\": {\"maps\": {\"title\": {\"de\": \"y\"}}}}}";

    (void)state;
    for (long allowed = 0;; allowed += allowed < 200 ? 1 : 97) {
        struct cnil_errors errors;
        struct cnil_policy *policy;

        cnil_errors_init(&errors);
        alloc_fail_after(allowed);
        policy = cnil_policy_parse(cnil_str_from(text), "p", &errors);
        alloc_fail_after(-1);
        cnil_errors_free(&errors);
        if (policy != NULL) {
            cnil_policy_free(policy);
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(answers_do_not_say_the_opposite),
        cmocka_unit_test(listed_words_are_folded),
        cmocka_unit_test(a_text_has_a_bound),
        cmocka_unit_test(own_texts_stand_in_the_place_of_ours),
        cmocka_unit_test(purposes_speak_the_languages_they_have),
        cmocka_unit_test(languages_are_offered),
        cmocka_unit_test(failing_allocations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
