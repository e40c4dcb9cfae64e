/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/language.h"

#include "base/limits.h"
#include "web/accept_language.h"

enum plural {             /* a rule serves every language that counts alike */
              UNCOUNTED,  /* other: its words are the same for every number */
              ONE,        /* one: 1; other */
              UP_TO_ONE,  /* one: 0, 1; other */
              CZECH,      /* one: 1; few: 2 to 4; other */
              POLISH,     /* one: 1; few: ends in 2 to 4, not 12 to 14; many */
              CROATIAN,   /* one: ends in 1, not 11; few: ends in 2 to 4, not 12 to 14; other, many */
              SLOVENE,    /* one, two, few: end in 01, 02, 03 or 04; other */
              LATVIAN,    /* zero: ends in 0 or 11 to 19; one: ends in 1; other */
              LITHUANIAN, /* one: ends in 1; few: ends in 2 to 9, neither of 11 to 19; other */
              ROMANIAN,   /* one: 1; few: 0 and what ends in 01 to 19; other */
              ARABIC,     /* zero: 0; one: 1; two: 2; few: ends in 03 to 10; many: ends in 11 to 99; other */
              HEBREW,     /* one: 1; two: 2; other */
              BRETON,     /* one, two, few: end in 1, 2, or 3, 4 and 9, not 11 to 19, 71 to 79, 91 to 99; other */
              ICELANDIC,  /* one: ends in 1, not 11; other */
              IRISH,      /* one, two; few: 3 to 6; many: 7 to 10; other; above 10 by the last digit, as read aloud */
              MALTESE     /* one, two: 1, 2; few: 0 and what ends in 03 to 10; many: ends in 11 to 19; other */
};

static const struct {
    struct cnil_str tag, name, direction;
    enum plural plural;
} languages[] = {
#define LANGUAGE(symbol, tag, name, direction, plural)                                                                 \
    { CNIL_STR_INIT(#tag), CNIL_STR_INIT(name), CNIL_STR_INIT(direction), plural },
#include "policy/languages.def"
#undef LANGUAGE
};

struct cnil_str cnil_language_tag(enum cnil_language language)
{
    return languages[language].tag;
}

struct cnil_str cnil_language_name(enum cnil_language language)
{
    return languages[language].name;
}

struct cnil_str cnil_language_direction(enum cnil_language language)
{
    return languages[language].direction;
}

const struct cnil_language_marks *cnil_language_marks(enum cnil_language language)
{
    static const struct cnil_language_marks common = { CNIL_STR_INIT(", "), CNIL_STR_INIT(", "), CNIL_STR_INIT("."),
                                                       CNIL_STR_INIT(" ") };
    static const struct cnil_language_marks arabic = { CNIL_STR_INIT("، "), CNIL_STR_INIT("، "), CNIL_STR_INIT("."),
                                                       CNIL_STR_INIT(" ") };
    static const struct cnil_language_marks chinese = { CNIL_STR_INIT("、"), CNIL_STR_INIT("，"), CNIL_STR_INIT("。"),
                                                        CNIL_STR_INIT("") };
    static const struct cnil_language_marks japanese = { CNIL_STR_INIT("、"), CNIL_STR_INIT("、"), CNIL_STR_INIT("。"),
                                                         CNIL_STR_INIT("") };

    switch ((int)language) {
    case CNIL_LANGUAGE_AR:
        return &arabic;
    case CNIL_LANGUAGE_JA:
        return &japanese;
    case CNIL_LANGUAGE_ZH:
        return &chinese;
    default:
        return &common;
    }
}

/* ---- which one ---- */

bool cnil_language_find(struct cnil_str tag, enum cnil_language *language)
{
    for (size_t i = 0; i < CNIL_LANGUAGES; i++) {
        if (cnil_str_equal_nocase(languages[i].tag, tag)) {
            *language = (enum cnil_language)i;
            return true;
        }
    }
    return false;
}

/* Without its last subtag, and without a single letter that then is the last: it only begins what followed it. */
static struct cnil_str shortened(struct cnil_str range)
{
    size_t at = range.len;

    while (at > 0 && range.ptr[at - 1] != '-')
        at--;
    range = cnil_str_slice(range, 0, at > 0 ? at - 1 : 0);
    return range.len >= 2 && range.ptr[range.len - 2] == '-' ? cnil_str_slice(range, 0, range.len - 2) : range;
}

/* The language of the tag, or one of ours that its readers read: Norwegian, which has two written forms. */
static bool find_nearest(struct cnil_str tag, enum cnil_language *language)
{
    if (cnil_str_equal_nocase(tag, CNIL_STR("no")) || cnil_str_equal_nocase(tag, CNIL_STR("nn"))) {
        *language = CNIL_LANGUAGE_NB;
        return true;
    }
    return cnil_language_find(tag, language);
}

bool cnil_language_lookup(struct cnil_str range, cnil_languages offered, enum cnil_language *language)
{
    enum cnil_language found;

    for (; range.len > 0; range = shortened(range)) {
        if (find_nearest(range, &found) && (offered >> found & 1) != 0) {
            *language = found;
            return true;
        }
    }
    return false;
}

bool cnil_language_accepted(struct cnil_headers headers, cnil_languages offered, enum cnil_language *language)
{
    struct cnil_language_range ranges[CNIL_LIMIT_LANGUAGE_RANGES];
    size_t count = cnil_accept_language_read(headers, ranges, CNIL_LIMIT_LANGUAGE_RANGES);

    for (size_t i = 0; i < count; i++) {
        enum cnil_language refused;

        if (ranges[i].quality == 0 && cnil_language_find(ranges[i].range, &refused))
            offered &= ~((cnil_languages)1 << refused);
    }
    for (size_t i = 0; i < count && ranges[i].quality > 0; i++)
        if (cnil_language_lookup(ranges[i].range, offered, language))
            return true;
    return false;
}

/* ---- how it counts ---- */

unsigned cnil_language_forms(enum cnil_language language)
{
    switch (languages[language].plural) {
    case UNCOUNTED:
        return 1;
    case ONE:
    case UP_TO_ONE:
    case ICELANDIC:
        return 2;
    case CZECH:
    case POLISH:
    case CROATIAN:
    case LATVIAN:
    case LITHUANIAN:
    case ROMANIAN:
    case HEBREW:
        return 3;
    case SLOVENE:
    case BRETON:
        return 4;
    case IRISH:
    case MALTESE:
        return 5;
    case ARABIC:
        return 6;
    }
    return 1;
}

static bool is_within(unsigned value, unsigned least, unsigned most)
{
    return value >= least && value <= most;
}

unsigned cnil_language_form(enum cnil_language language, uint64_t number)
{
    unsigned tens = (unsigned)(number % 100), ones = (unsigned)(number % 10);
    bool is_teen = is_within(tens, 11, 19);

    switch (languages[language].plural) {
    case UNCOUNTED:
        return 0;
    case ONE:
        return number == 1 ? 0 : 1;
    case UP_TO_ONE:
        return number <= 1 ? 0 : 1;
    case CZECH:
        return number == 1 ? 0 : number >= 2 && number <= 4 ? 1 : 2;
    case POLISH:
        return number == 1 ? 0 : is_within(ones, 2, 4) && !is_teen ? 1 : 2;
    case CROATIAN:
        return ones == 1 && !is_teen ? 0 : is_within(ones, 2, 4) && !is_teen ? 1 : 2;
    case SLOVENE:
        return is_within(tens, 1, 2) ? tens - 1 : is_within(tens, 3, 4) ? 2 : 3;
    case LATVIAN:
        return ones == 0 || is_teen ? 0 : ones == 1 ? 1 : 2;
    case LITHUANIAN:
        return ones == 0 || is_teen ? 2 : ones == 1 ? 0 : 1;
    case ROMANIAN:
        return number == 1 ? 0 : number == 0 || is_within(tens, 1, 19) ? 1 : 2;
    case HEBREW:
        return number == 1 ? 0 : number == 2 ? 1 : 2;
    case ARABIC:
        return number <= 2 ? (unsigned)number : is_within(tens, 3, 10) ? 3 : tens >= 11 ? 4 : 5;
    case BRETON:
        if (is_teen || is_within(tens, 71, 79) || is_within(tens, 91, 99))
            return 3;
        return is_within(ones, 1, 2) ? ones - 1 : is_within(ones, 3, 4) || ones == 9 ? 2 : 3;
    case ICELANDIC:
        return ones == 1 && tens != 11 ? 0 : 1;
    case IRISH:
        if (number == 10)
            return 3;
        return ones == 0 ? 4 : is_within(ones, 1, 2) ? ones - 1 : is_within(ones, 3, 6) ? 2 : 3;
    case MALTESE:
        if (number == 1 || number == 2)
            return (unsigned)number - 1;
        return number == 0 || is_within(tens, 3, 10) ? 2 : is_teen ? 3 : 4;
    }
    return 0;
}
