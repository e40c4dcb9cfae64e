/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/texts.h"

#define TEXT(symbol, words) [CNIL_TEXT_##symbol] = CNIL_STR_INIT(words),
static const struct cnil_str ar[CNIL_TEXTS] = {
#include "policy/texts/ar.def"
};
static const struct cnil_str bg[CNIL_TEXTS] = {
#include "policy/texts/bg.def"
};
static const struct cnil_str br[CNIL_TEXTS] = {
#include "policy/texts/br.def"
};
static const struct cnil_str ca[CNIL_TEXTS] = {
#include "policy/texts/ca.def"
};
static const struct cnil_str co[CNIL_TEXTS] = {
#include "policy/texts/co.def"
};
static const struct cnil_str cs[CNIL_TEXTS] = {
#include "policy/texts/cs.def"
};
static const struct cnil_str da[CNIL_TEXTS] = {
#include "policy/texts/da.def"
};
static const struct cnil_str de[CNIL_TEXTS] = {
#include "policy/texts/de.def"
};
static const struct cnil_str el[CNIL_TEXTS] = {
#include "policy/texts/el.def"
};
static const struct cnil_str en[CNIL_TEXTS] = {
#include "policy/texts/en.def"
};
static const struct cnil_str es[CNIL_TEXTS] = {
#include "policy/texts/es.def"
};
static const struct cnil_str et[CNIL_TEXTS] = {
#include "policy/texts/et.def"
};
static const struct cnil_str eu[CNIL_TEXTS] = {
#include "policy/texts/eu.def"
};
static const struct cnil_str fi[CNIL_TEXTS] = {
#include "policy/texts/fi.def"
};
static const struct cnil_str fr[CNIL_TEXTS] = {
#include "policy/texts/fr.def"
};
static const struct cnil_str ga[CNIL_TEXTS] = {
#include "policy/texts/ga.def"
};
static const struct cnil_str gl[CNIL_TEXTS] = {
#include "policy/texts/gl.def"
};
static const struct cnil_str he[CNIL_TEXTS] = {
#include "policy/texts/he.def"
};
static const struct cnil_str hr[CNIL_TEXTS] = {
#include "policy/texts/hr.def"
};
static const struct cnil_str hu[CNIL_TEXTS] = {
#include "policy/texts/hu.def"
};
static const struct cnil_str is[CNIL_TEXTS] = {
#include "policy/texts/is.def"
};
static const struct cnil_str it[CNIL_TEXTS] = {
#include "policy/texts/it.def"
};
static const struct cnil_str ja[CNIL_TEXTS] = {
#include "policy/texts/ja.def"
};
static const struct cnil_str ko[CNIL_TEXTS] = {
#include "policy/texts/ko.def"
};
static const struct cnil_str lb[CNIL_TEXTS] = {
#include "policy/texts/lb.def"
};
static const struct cnil_str lt[CNIL_TEXTS] = {
#include "policy/texts/lt.def"
};
static const struct cnil_str lv[CNIL_TEXTS] = {
#include "policy/texts/lv.def"
};
static const struct cnil_str mt[CNIL_TEXTS] = {
#include "policy/texts/mt.def"
};
static const struct cnil_str nb[CNIL_TEXTS] = {
#include "policy/texts/nb.def"
};
static const struct cnil_str nl[CNIL_TEXTS] = {
#include "policy/texts/nl.def"
};
static const struct cnil_str oc[CNIL_TEXTS] = {
#include "policy/texts/oc.def"
};
static const struct cnil_str pl[CNIL_TEXTS] = {
#include "policy/texts/pl.def"
};
static const struct cnil_str pt[CNIL_TEXTS] = {
#include "policy/texts/pt.def"
};
static const struct cnil_str ro[CNIL_TEXTS] = {
#include "policy/texts/ro.def"
};
static const struct cnil_str ru[CNIL_TEXTS] = {
#include "policy/texts/ru.def"
};
static const struct cnil_str sk[CNIL_TEXTS] = {
#include "policy/texts/sk.def"
};
static const struct cnil_str sl[CNIL_TEXTS] = {
#include "policy/texts/sl.def"
};
static const struct cnil_str sq[CNIL_TEXTS] = {
#include "policy/texts/sq.def"
};
static const struct cnil_str sr[CNIL_TEXTS] = {
#include "policy/texts/sr.def"
};
static const struct cnil_str sv[CNIL_TEXTS] = {
#include "policy/texts/sv.def"
};
static const struct cnil_str tr[CNIL_TEXTS] = {
#include "policy/texts/tr.def"
};
static const struct cnil_str uk[CNIL_TEXTS] = {
#include "policy/texts/uk.def"
};
static const struct cnil_str vi[CNIL_TEXTS] = {
#include "policy/texts/vi.def"
};
static const struct cnil_str zh[CNIL_TEXTS] = {
#include "policy/texts/zh.def"
};
#undef TEXT

static const struct cnil_str *const texts[] = {
#define LANGUAGE(symbol, tag, name, direction, plural) [CNIL_LANGUAGE_##symbol] = tag,
#include "policy/languages.def"
#undef LANGUAGE
};

/* Each symbol once, or it does not compile. */
static const char *const symbols[] = {
#define TEXT(symbol, words) #symbol,
#include "policy/texts/fr.def"
#undef TEXT
};
#define TEXT(symbol, words) _Static_assert(sizeof(#symbol) <= CNIL_TEXT_NAME_SIZE, "a longer name");
#include "policy/texts/fr.def"
#undef TEXT

enum cnil_language cnil_text_language(enum cnil_text text, enum cnil_language language)
{
    if (texts[language][text].len > 0)
        return language;
    return en[text].len > 0 ? CNIL_LANGUAGE_EN : CNIL_LANGUAGE_FR;
}

struct cnil_str cnil_text(enum cnil_text text, enum cnil_language language)
{
    return texts[cnil_text_language(text, language)][text];
}

struct cnil_str cnil_text_form(struct cnil_str words, enum cnil_language language, uint64_t number)
{
    struct cnil_str form = cnil_str_cut(&words, '|');

    for (unsigned left = cnil_language_form(language, number); left > 0 && words.ptr != NULL; left--)
        form = cnil_str_cut(&words, '|');
    return form;
}

void cnil_text_name(enum cnil_text text, char name[CNIL_TEXT_NAME_SIZE])
{
    size_t i = 0;

    for (; symbols[text][i] != '\0'; i++)
        name[i] = cnil_lower(symbols[text][i]);
    name[i] = '\0';
}

bool cnil_text_country(struct cnil_str code, enum cnil_text *text)
{
    static const struct {
        struct cnil_str code;
        enum cnil_text text;
    } countries[] = {
#define COUNTRY(code) { CNIL_STR_INIT(#code), CNIL_TEXT_COUNTRY_##code },
#include "policy/countries.def"
#undef COUNTRY
    };

    for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++) {
        if (cnil_str_equal(countries[i].code, code)) {
            *text = countries[i].text;
            return true;
        }
    }
    return false;
}

bool cnil_text_unit(struct cnil_str word, enum cnil_text *text)
{
    static const struct {
        struct cnil_str word; /* without the "s" of several */
        enum cnil_text text;
    } units[] = {
        { CNIL_STR_INIT("second"), CNIL_TEXT_SECONDS }, { CNIL_STR_INIT("minute"), CNIL_TEXT_MINUTES },
        { CNIL_STR_INIT("hour"), CNIL_TEXT_HOURS },     { CNIL_STR_INIT("day"), CNIL_TEXT_DAYS },
        { CNIL_STR_INIT("week"), CNIL_TEXT_WEEKS },     { CNIL_STR_INIT("month"), CNIL_TEXT_MONTHS },
        { CNIL_STR_INIT("year"), CNIL_TEXT_YEARS },
    };

    if (cnil_str_ends_with(word, CNIL_STR("s")))
        word.len--;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (cnil_str_equal(units[i].word, word)) {
            *text = units[i].text;
            return true;
        }
    }
    return false;
}
