/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* memmem */
#include "base/str.h"

#include <string.h>

struct cnil_str cnil_str_from(const char *string)
{
    return (struct cnil_str){ string, string != NULL ? strlen(string) : 0 };
}

bool cnil_str_equal_nocase(struct cnil_str a, struct cnil_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (cnil_lower(a.ptr[i]) != cnil_lower(b.ptr[i]))
            return false;
    return true;
}

bool cnil_str_is_among_nocase(struct cnil_str str, const struct cnil_str *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cnil_str_equal_nocase(str, list[i]))
            return true;
    }
    return false;
}

bool cnil_str_starts_with_nocase(struct cnil_str str, struct cnil_str prefix)
{
    return str.len >= prefix.len && cnil_str_equal_nocase(cnil_str_slice(str, 0, prefix.len), prefix);
}

int cnil_str_compare(struct cnil_str a, struct cnil_str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter > 0 ? memcmp(a.ptr, b.ptr, shorter) : 0;

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

size_t cnil_str_find(struct cnil_str str, struct cnil_str needle)
{
    const char *found;

    if (needle.len == 0)
        return 0;
    found = str.len > 0 ? memmem(str.ptr, str.len, needle.ptr, needle.len) : NULL;
    return found != NULL ? (size_t)(found - str.ptr) : str.len;
}

struct cnil_str cnil_str_trim(struct cnil_str str)
{
    while (str.len > 0 && cnil_is_space(str.ptr[0]))
        str = cnil_str_slice(str, 1, str.len);
    while (str.len > 0 && cnil_is_space(str.ptr[str.len - 1]))
        str.len--;
    return str;
}

struct cnil_str cnil_str_cut(struct cnil_str *rest, char separator)
{
    size_t at = cnil_str_find_byte(*rest, separator);
    struct cnil_str head = cnil_str_slice(*rest, 0, at);

    *rest = at < rest->len ? cnil_str_slice(*rest, at + 1, rest->len) : CNIL_STR_EMPTY;
    return head;
}

bool cnil_str_decimal(struct cnil_str text, size_t most, int64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < text.len && i < most; i++) {
        if (!cnil_is_digit(text.ptr[i]))
            return false;
        *value = *value * 10 + (text.ptr[i] - '0');
    }
    return text.len > 0 && text.len <= most;
}
