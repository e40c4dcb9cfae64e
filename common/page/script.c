/* SPDX-License-Identifier: Apache-2.0 */
#include "page/script.h"

/* MIME Sniffing standard, 4.6: JavaScript MIME type essences, without those "text/" ones that `texts` holds. */
static const struct cnil_str others[] = {
    CNIL_STR_INIT("application/ecmascript"),
    CNIL_STR_INIT("application/javascript"),
    CNIL_STR_INIT("application/x-ecmascript"),
    CNIL_STR_INIT("application/x-javascript"),
    CNIL_STR_INIT("module"),
    CNIL_STR_INIT("importmap"),        /* runs nothing, but says what modules are fetched from where */
    CNIL_STR_INIT("speculationrules"), /* fetches by itself */
};

static const struct cnil_str texts[] = {
    CNIL_STR_INIT("javascript"),    CNIL_STR_INIT("ecmascript"),    CNIL_STR_INIT("javascript1.0"),
    CNIL_STR_INIT("javascript1.1"), CNIL_STR_INIT("javascript1.2"), CNIL_STR_INIT("javascript1.3"),
    CNIL_STR_INIT("javascript1.4"), CNIL_STR_INIT("javascript1.5"), CNIL_STR_INIT("jscript"),
    CNIL_STR_INIT("livescript"),    CNIL_STR_INIT("x-ecmascript"),  CNIL_STR_INIT("x-javascript"),
};

static bool is_one_of(const struct cnil_str *words, size_t count, struct cnil_str word)
{
    for (size_t i = 0; i < count; i++)
        if (cnil_str_equal_nocase(words[i], word))
            return true;
    return false;
}

bool cnil_script_runs(const struct cnil_script_type *type)
{
    struct cnil_str essence;

    if (type->type.ptr == NULL)
        return type->language.len == 0 || is_one_of(texts, sizeof(texts) / sizeof(texts[0]), type->language);
    if (type->type.len == 0) /* `language` is not looked at then */
        return true;
    essence = cnil_str_trim(type->type);
    if (cnil_str_starts_with_nocase(essence, CNIL_STR("text/")))
        return is_one_of(texts, sizeof(texts) / sizeof(texts[0]), cnil_str_slice(essence, 5, essence.len));
    return is_one_of(others, sizeof(others) / sizeof(others[0]), essence);
}
