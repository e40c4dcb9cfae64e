/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/answer.h"

#include "policy/texts.h"
#include "web/character.h"
#include "web/utf8.h"

enum {
    FOLDED_SIZE = 4 * (CNIL_ANSWER_MOST + 2),
    INITIALS = 2 /* characters: "OK" is written in capitals beside "Non", and does not stand out */
};

static const struct answer_words {
    struct cnil_str accepting, refusing, denying;
} answer_words[CNIL_LANGUAGES] = {
#define ANSWER_WORDS(language, accepting, refusing, denying)                                                           \
    [CNIL_LANGUAGE_##language] = { CNIL_STR_INIT(accepting), CNIL_STR_INIT(refusing), CNIL_STR_INIT(denying) },
#include "policy/answer_words.def"
#undef ANSWER_WORDS
};

/* ---- one text ---- */

enum { MARKS = 2 /* on one letter: Vietnamese and Arabic have as many */ };

/* Takes one code point off the words, and the marks that are of one letter with it; `small` is their small letter. */
static uint32_t next_character(struct cnil_str *words, uint32_t *small)
{
    bool valid = true;
    uint32_t c = cnil_utf8_next(words, &valid);

    *small = cnil_character_fold(c);
    for (int i = 0; i < MARKS && words->len > 0; i++) {
        struct cnil_str rest = *words;
        uint32_t composed = cnil_character_compose(*small, cnil_utf8_next(&rest, &valid));

        if (composed == 0)
            break;
        *small = composed;
        *words = rest;
    }
    return c;
}

struct answer { /* as people read it: small letters and digits, one space before and after each word */
    char text[FOLDED_SIZE];
    size_t len;
    size_t characters; /* of the text, without spaces around it */
    bool has_small, has_capital;
};

static struct cnil_str folded(const struct answer *answer)
{
    return (struct cnil_str){ answer->text, answer->len };
}

static void add_space(struct answer *answer)
{
    if (answer->len == 0 || answer->text[answer->len - 1] != ' ')
        answer->text[answer->len++] = ' ';
}

/* What is longer than an answer may be is counted, and no more. */
static void fold(struct cnil_str words, struct answer *answer)
{
    *answer = (struct answer){ .len = 0 };
    add_space(answer);
    for (words = cnil_str_trim(words); words.len > 0; answer->characters++) {
        uint32_t small, c = next_character(&words, &small);
        bool is_capital = cnil_character_is_capital(c);

        answer->has_capital = answer->has_capital || is_capital;
        answer->has_small = answer->has_small || (!is_capital && c >= 'a' && cnil_character_is_letter(c));
        if (answer->characters >= CNIL_ANSWER_MOST)
            continue;
        if (cnil_character_is_letter(c))
            answer->len += cnil_utf8_write(small, answer->text + answer->len);
        else
            add_space(answer);
    }
    add_space(answer);
}

/* Kana, Han and Hangul are written without spaces: a word may begin anywhere. */
static bool is_joined(struct cnil_str word)
{
    return word.len > 0 && (unsigned char)word.ptr[0] >= 0xe3;
}

/* The first of the words, with "|" between them, that the answer holds: as the beginning of a word, or as all of one
 * (as is what ends in a space, as each word of the answer does). */
static struct cnil_str first_of(struct cnil_str words, const struct answer *answer, bool whole)
{
    struct cnil_str text = folded(answer);

    while (words.len > 0) {
        struct cnil_str word = cnil_str_cut(&words, '|');
        size_t before = is_joined(word) ? 0 : 1, after = whole && !is_joined(word) ? 1 : 0;

        for (size_t at = before; at + word.len + after <= text.len; at++)
            if (cnil_str_equal(cnil_str_slice(text, at, at + word.len), word) &&
                (before == 0 || text.ptr[at - 1] == ' ') && (after == 0 || text.ptr[at + word.len] == ' '))
                return word;
    }
    return CNIL_STR_EMPTY;
}

/* Whose words count in a text of that language: its own, and what is read everywhere. The beginnings of words of other
 * languages are those of innocent ones ("neka" refuses in Swedish, and is "may it" in Croatian), but not of Han, Kana
 * and Hangul. */
static bool is_read_in(enum cnil_language language, size_t of)
{
    return of == language || of == CNIL_LANGUAGE_FR || of == CNIL_LANGUAGE_EN || is_joined(answer_words[of].accepting);
}

static struct cnil_str first_read(const struct answer *answer, enum cnil_language language, bool refuses)
{
    struct cnil_str word = CNIL_STR_EMPTY;

    for (size_t i = 0; i < CNIL_LANGUAGES && word.len == 0; i++)
        if (is_read_in(language, i))
            word = first_of(refuses ? answer_words[i].refusing : answer_words[i].accepting, answer, false);
    return word;
}

/* Our own words of either answer in any language, as a part of the answer. */
static struct cnil_str ours_in(enum cnil_text text, enum cnil_text confirmed, const struct answer *answer)
{
    struct answer ours;

    for (size_t i = 0; i < 2 * (size_t)CNIL_LANGUAGES; i++) {
        struct cnil_str words = cnil_text(i % 2 == 0 ? text : confirmed, (enum cnil_language)(i / 2));

        fold(words, &ours);
        if (cnil_str_find(folded(answer), folded(&ours)) < answer->len)
            return words;
    }
    return CNIL_STR_EMPTY;
}

static struct cnil_str our_accepting(const struct answer *answer)
{
    return ours_in(CNIL_TEXT_ACCEPT, CNIL_TEXT_CONFIRM_ACCEPT, answer);
}

static struct cnil_str our_refusing(const struct answer *answer)
{
    return ours_in(CNIL_TEXT_REFUSE, CNIL_TEXT_CONFIRM_REFUSE, answer);
}

static void tell_not_plain(uint32_t c, struct cnil_buffer *fault)
{
    cnil_buffer_print(fault,
                      "must be of ordinary letters, digits and punctuation marks, which look alike on both buttons: "
                      "U+%04X is none",
                      c);
    if (cnil_character_is_part(c))
        cnil_buffer_append(fault, CNIL_STR("; a letter and its accents are one character (normalise to NFC)"));
}

/* Letters of these look like each other's. Those of the others that are plain look like nothing else. */
static bool has_doubles(enum cnil_script script)
{
    return script == CNIL_SCRIPT_LATIN || script == CNIL_SCRIPT_GREEK || script == CNIL_SCRIPT_CYRILLIC;
}

/* Ordinary characters, and each word of one alphabet: it looks like what it is, beside "cookie" in Latin too. */
static bool is_plain(struct cnil_str words, struct cnil_buffer *fault)
{
    enum cnil_script alphabet = CNIL_SCRIPT_NONE, script = CNIL_SCRIPT_NONE;
    bool has_letter = false;

    while (words.len > 0) {
        uint32_t small, c = next_character(&words, &small);

        if (!cnil_character_is_plain(c, &script)) {
            tell_not_plain(c, fault);
            return false;
        }
        if (!cnil_character_is_letter(c)) {
            alphabet = CNIL_SCRIPT_NONE;
            continue;
        }
        has_letter = true;
        if (!has_doubles(script))
            continue;
        if (alphabet != CNIL_SCRIPT_NONE && script != alphabet) {
            cnil_buffer_append(fault, CNIL_STR("must be of one alphabet in each word: letters of two may look alike"));
            return false;
        }
        alphabet = script;
    }
    if (!has_letter)
        cnil_buffer_append(fault, CNIL_STR("must hold a word"));
    return has_letter;
}

/* ---- what it says ---- */

static bool says_not(struct cnil_str word, const char *what, struct cnil_buffer *fault)
{
    word = cnil_str_trim(word);
    if (word.len == 0)
        return true;
    cnil_buffer_print(fault, "must not hold \"%.*s\": it is the text that %s", (int)word.len, word.ptr, what);
    return false;
}

bool cnil_answer_accepts(struct cnil_str words, enum cnil_language language, struct cnil_buffer *fault)
{
    static const char *const what = "accepts";
    struct answer answer;

    if (!is_plain(words, fault))
        return false;
    fold(words, &answer);
    return says_not(first_read(&answer, language, true), what, fault) && says_not(our_refusing(&answer), what, fault) &&
           says_not(first_of(answer_words[language].denying, &answer, true), what, fault);
}

/* "Continuer sans accepter" and "Nur notwendige zulassen" refuse; "J'accepte" does not. */
bool cnil_answer_refuses(struct cnil_str words, enum cnil_language language, struct cnil_buffer *fault)
{
    static const char *const what = "refuses";
    struct answer answer;
    bool refuses;

    if (!is_plain(words, fault))
        return false;
    fold(words, &answer);
    refuses =
        first_read(&answer, language, true).len > 0 || first_of(answer_words[language].denying, &answer, true).len > 0;
    return says_not(our_accepting(&answer), what, fault) &&
           (refuses || says_not(first_read(&answer, language, false), what, fault));
}

bool cnil_answer_withdraws(struct cnil_str words, struct cnil_buffer *fault)
{
    struct answer answer;

    if (!is_plain(words, fault))
        return false;
    fold(words, &answer);
    return says_not(our_accepting(&answer), "withdraws", fault);
}

/* Small letters of Cyrillic and Greek, each with that of Latin that it looks like, or that their capitals look like. */
static uint32_t double_of(uint32_t small)
{
    bool valid = true;

    for (struct cnil_str rest = CNIL_STR("аaвbеeкkмmнhоoрpсcтtуyхxѕsіiјjαaβbεeζzηhιiκkμmνnοoρpτtυyχx"); rest.len > 0;) {
        uint32_t letter = cnil_utf8_next(&rest, &valid), latin = cnil_utf8_next(&rest, &valid);

        if (letter == small)
            return latin;
    }
    return small;
}

/* "OK" of Latin and of Cyrillic letters do not differ. */
static bool look_different(struct cnil_str a, struct cnil_str b)
{
    bool valid = true;

    while (a.len > 0 && b.len > 0)
        if (double_of(cnil_utf8_next(&a, &valid)) != double_of(cnil_utf8_next(&b, &valid)))
            return true;
    return a.len > 0 || b.len > 0;
}

bool cnil_answers_are_alike(struct cnil_str accept, struct cnil_str refuse, struct cnil_buffer *fault)
{
    struct answer one, other;
    size_t a, b;

    fold(accept, &one);
    fold(refuse, &other);
    a = one.characters;
    b = other.characters;
    if (a > CNIL_ANSWER_MOST || b > CNIL_ANSWER_MOST || 2 * a > 3 * b || 2 * b > 3 * a ||
        !look_different(folded(&one), folded(&other))) {
        cnil_buffer_print(fault,
                          "must be different, of %d characters at most, and neither may be more than half as long "
                          "again as the other: they have %zu and %zu",
                          CNIL_ANSWER_MOST, a, b);
        return false;
    }
    if (a > INITIALS && b > INITIALS && one.has_small != other.has_small && one.has_capital && other.has_capital) {
        cnil_buffer_append(fault, CNIL_STR("must both be in capitals, or none: capitals stand out"));
        return false;
    }
    return true;
}
