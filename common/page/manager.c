/* SPDX-License-Identifier: Apache-2.0 */
#include "page/manager.h"

#include <string.h>

enum kind { HOST, FILE, FOLDER, CODE };

static const struct {
    enum kind kind;
    struct cnil_str name, sign;
} managers[] = {
#define MANAGER(name, kind, sign, source) { kind, CNIL_STR_INIT(name), CNIL_STR_INIT(sign) },
#include "page/managers.def"
#undef MANAGER
};

static bool is_word(char c)
{
    return cnil_is_alpha(c) || cnil_is_digit(c) || c == '_' || c == '$';
}

/* Does the sign that stands at `at` stand there as what it is? `before`: the byte before it, 0 at the beginning. */
static bool is_it(enum kind kind, struct cnil_str sign, struct cnil_str text, size_t at, char before)
{
    size_t end = at + sign.len;
    char after = end < text.len ? text.ptr[end] : '\0';

    switch (kind) {
    case HOST:
        return (before == '/' || before == '.' || before == '"' || before == '\'') && !is_word(after) && after != '-' &&
               after != '.';
    case FILE:
        return before == '\0' || before == '/' || before == '"' || before == '\'';
    case FOLDER:
        return before == '/';
    case CODE:
        return !is_word(after) || !is_word(sign.ptr[sign.len - 1]);
    }
    return false;
}

/* Every sign begins with a letter, so that only the beginnings of words are looked at. */
struct cnil_str cnil_manager_find(struct cnil_str text)
{
    char before = '\0';

    if (text.len > CNIL_MANAGER_REACH)
        text.len = CNIL_MANAGER_REACH;
    for (size_t at = 0; at < text.len; before = text.ptr[at++]) {
        if (is_word(before) || !cnil_is_alpha(text.ptr[at]))
            continue;
        for (size_t i = 0; i < sizeof(managers) / sizeof(managers[0]); i++) {
            struct cnil_str sign = managers[i].sign;

            if (sign.ptr[0] == text.ptr[at] && sign.len <= text.len - at &&
                memcmp(sign.ptr, text.ptr + at, sign.len) == 0 && is_it(managers[i].kind, sign, text, at, before))
                return managers[i].name;
        }
    }
    return CNIL_STR_EMPTY;
}
