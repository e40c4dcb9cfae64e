/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/exempt.h"

enum { HEX_DIGITS = 32 };

enum match { MATCH_EXACT, MATCH_PREFIX, MATCH_HEX };

enum class {
#define CLASS(id, word, days) CLASS_##id,
#include "policy/exempt_cookies.def"
#undef CLASS
};

static const struct cnil_exempt_class classes[] = {
#define CLASS(id, word, days) { CNIL_STR_INIT("built in: needs no consent (" word ")"), days },
#include "policy/exempt_cookies.def"
#undef CLASS
};

const struct cnil_exempt cnil_exempts[] = {
#define EXEMPT(name, match, class, source)                                                                             \
    { CNIL_STR_INIT(name), MATCH_##match != MATCH_EXACT, MATCH_##match == MATCH_HEX, &classes[CLASS_##class] },
#include "policy/exempt_cookies.def"
#undef EXEMPT
};

const struct cnil_exempt *cnil_exempt_all(size_t *count)
{
    *count = sizeof(cnil_exempts) / sizeof(cnil_exempts[0]);
    return cnil_exempts;
}

bool cnil_exempt_covers(const struct cnil_exempt *exempt, struct cnil_str name)
{
    size_t at = exempt->name.len;

    if (!exempt->hex)
        return true;
    while (at < name.len && cnil_hex_value(name.ptr[at]) >= 0)
        at++;
    return at == name.len && at >= exempt->name.len + HEX_DIGITS;
}
