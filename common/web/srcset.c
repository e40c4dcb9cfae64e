/* SPDX-License-Identifier: Apache-2.0 */
#include "web/srcset.h"

static void skip_space(struct cnil_str *text)
{
    while (text->len > 0 && cnil_is_space(text->ptr[0]))
        *text = cnil_str_slice(*text, 1, text->len);
}

/* Takes descriptors and the comma that ends them; a comma in parentheses ends nothing. */
static void skip_descriptors(struct cnil_str *text)
{
    bool in_parens = false;
    size_t at = 0;

    while (at < text->len && (in_parens || text->ptr[at] != ',')) {
        if (text->ptr[at] == (in_parens ? ')' : '('))
            in_parens = !in_parens;
        at++;
    }
    *text = cnil_str_slice(*text, at + 1, text->len);
}

bool cnil_srcset_next(struct cnil_str *rest, struct cnil_str *url)
{
    size_t end = 0;

    while (rest->len > 0 && (cnil_is_space(rest->ptr[0]) || rest->ptr[0] == ','))
        *rest = cnil_str_slice(*rest, 1, rest->len);
    if (rest->len == 0)
        return false;
    while (end < rest->len && !cnil_is_space(rest->ptr[end]))
        end++;
    *url = cnil_str_slice(*rest, 0, end);
    *rest = cnil_str_slice(*rest, end, rest->len);
    if (url->ptr[url->len - 1] != ',') {
        skip_descriptors(rest);
        return true;
    }
    while (url->ptr[url->len - 1] == ',') /* it does not begin with one */
        url->len--;
    return true;
}

/* Takes `letter` (lower case) off `*text`, in either case. */
static bool take(struct cnil_str *text, char letter)
{
    if (text->len == 0 || cnil_lower(text->ptr[0]) != letter)
        return false;
    *text = cnil_str_slice(*text, 1, text->len);
    return true;
}

bool cnil_refresh_url(struct cnil_str content, struct cnil_str *url)
{
    struct cnil_str rest = content;
    size_t digits = 0;

    skip_space(&rest);
    while (digits < rest.len && cnil_is_digit(rest.ptr[digits]))
        digits++;
    if (digits == 0 && (rest.len == 0 || rest.ptr[0] != '.'))
        return false;
    while (digits < rest.len && (cnil_is_digit(rest.ptr[digits]) || rest.ptr[digits] == '.'))
        digits++;
    rest = cnil_str_slice(rest, digits, rest.len);
    if (rest.len == 0 || (rest.ptr[0] != ';' && rest.ptr[0] != ',' && !cnil_is_space(rest.ptr[0])))
        return false;
    skip_space(&rest);
    if (!take(&rest, ';'))
        take(&rest, ',');
    skip_space(&rest);
    if (rest.len == 0)
        return false;
    *url = rest; /* where "url" is not followed by "=", it begins the URL */
    if (take(&rest, 'u')) {
        if (!take(&rest, 'r') || !take(&rest, 'l'))
            return true;
        skip_space(&rest);
        if (!take(&rest, '='))
            return true;
        skip_space(&rest);
    }
    *url = rest;
    if (rest.len > 0 && (rest.ptr[0] == '"' || rest.ptr[0] == '\'')) {
        rest = cnil_str_slice(rest, 1, rest.len);
        *url = cnil_str_slice(rest, 0, cnil_str_find_byte(rest, rest.ptr[-1]));
    }
    return true;
}
