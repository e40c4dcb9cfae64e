/* SPDX-License-Identifier: Apache-2.0 */
#include "web/header.h"

#include <string.h>

static bool is_token(struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!cnil_is_alpha(text.ptr[i]) && !cnil_is_digit(text.ptr[i]) &&
            (text.ptr[i] == '\0' || strchr("!#$%&'*+-.^_`|~", text.ptr[i]) == NULL))
            return false;
    return text.len > 0;
}

/* Takes one parameter's value off `*rest`, and the ";" after it. */
static struct cnil_str take_value(struct cnil_str *rest)
{
    struct cnil_str value;
    size_t at = 1;

    if (rest->len == 0 || rest->ptr[0] != '"')
        return cnil_str_trim(cnil_str_cut(rest, ';'));
    while (at < rest->len && rest->ptr[at] != '"')
        at += rest->ptr[at] == '\\' ? 2 : 1;
    value = cnil_str_slice(*rest, 1, at);
    *rest = cnil_str_slice(*rest, at, rest->len);
    cnil_str_cut(rest, ';'); /* what follows the closing quote has no meaning */
    return value;
}

/* MIME Sniffing standard, 4.4, of which only the charset parameter is kept. */
static bool parse(struct cnil_str value, struct cnil_mime *mime)
{
    struct cnil_str essence = cnil_str_trim(cnil_str_cut(&value, ';'));
    size_t slash = cnil_str_find_byte(essence, '/');

    if (!is_token(cnil_str_slice(essence, 0, slash)) || !is_token(cnil_str_slice(essence, slash + 1, essence.len)))
        return false;
    *mime = (struct cnil_mime){ .essence = essence };
    while (value.len > 0) {
        size_t end = 0;
        struct cnil_str name, parameter;
        bool has_value;

        while (end < value.len && value.ptr[end] != ';' && value.ptr[end] != '=')
            end++;
        has_value = end < value.len && value.ptr[end] == '=';
        name = cnil_str_trim(cnil_str_slice(value, 0, end));
        value = cnil_str_slice(value, end + 1, value.len);
        if (!has_value)
            continue;
        parameter = take_value(&value);
        if (mime->charset.len == 0 && cnil_str_equal_nocase(name, CNIL_STR("charset")))
            mime->charset = parameter;
    }
    return true;
}

bool cnil_mime_parse(struct cnil_str value, struct cnil_mime *mime)
{
    struct cnil_str element;
    bool found = false;

    /* Fetch standard, "extract a MIME type": of several the last counts, and the charset survives a repetition. */
    while (cnil_header_list_next(&value, &element)) {
        struct cnil_mime one;

        if (!parse(element, &one) || cnil_str_equal(one.essence, CNIL_STR("*/*")))
            continue;
        if (found && one.charset.len == 0 && cnil_str_equal_nocase(one.essence, mime->essence))
            one.charset = mime->charset;
        *mime = one;
        found = true;
    }
    return found;
}
