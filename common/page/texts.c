/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* gmtime_r */
#include "page/texts.h"

#include <time.h>

static const struct cnil_str french[] = {
#define TEXT(symbol, words) [CNIL_TEXT_##symbol] = CNIL_STR_INIT(words),
#include "page/texts_fr.def"
#undef TEXT
};

static const struct cnil_str english[] = {
#define TEXT(symbol, words) [CNIL_TEXT_##symbol] = CNIL_STR_INIT(words),
#include "page/texts_en.def"
#undef TEXT
};

/* As many lines in each file: a symbol given twice or left out does not compile. */
enum {
#define TEXT(symbol, words) LINE_##symbol,
#include "page/texts_en.def"
#undef TEXT
    ENGLISH_TEXTS
};
_Static_assert((int)ENGLISH_TEXTS == (int)CNIL_TEXTS, "a language lacks a text");

static bool is_english(struct cnil_str language)
{
    return cnil_str_equal(language, CNIL_STR("en"));
}

struct cnil_str cnil_text(enum cnil_text text, struct cnil_str language)
{
    return is_english(language) ? english[text] : french[text];
}

struct cnil_str cnil_text_country(struct cnil_str code, struct cnil_str language)
{
    static const struct {
        struct cnil_str code, french, english;
    } countries[] = {
#define COUNTRY(code, french, english) { CNIL_STR_INIT(code), CNIL_STR_INIT(french), CNIL_STR_INIT(english) },
#include "page/texts_countries.def"
#undef COUNTRY
    };

    for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++)
        if (cnil_str_equal(countries[i].code, code))
            return is_english(language) ? countries[i].english : countries[i].french;
    return code;
}

struct cnil_str cnil_text_lifetime_word(struct cnil_str word, struct cnil_str language)
{
    static const struct {
        struct cnil_str english, french;
    } units[] = {
#define UNIT(english, french) { CNIL_STR_INIT(english), CNIL_STR_INIT(french) },
#include "page/texts_lifetimes.def"
#undef UNIT
    };

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && !is_english(language); i++)
        if (cnil_str_equal(units[i].english, word))
            return units[i].french;
    return word;
}

void cnil_text_date(int64_t seconds, struct cnil_str language, struct cnil_buffer *out)
{
    time_t time = (time_t)seconds;
    struct tm day;
    struct cnil_str month;

    if (gmtime_r(&time, &day) == NULL)
        return;
    month = cnil_text((enum cnil_text)(CNIL_TEXT_MONTH_1 + day.tm_mon), language);
    cnil_buffer_print(out, "%d%s\u00a0%.*s\u00a0%d", day.tm_mday, day.tm_mday == 1 && !is_english(language) ? "er" : "",
                      (int)month.len, month.ptr, day.tm_year + 1900);
}
