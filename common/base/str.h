/* SPDX-License-Identifier: Apache-2.0
 * Views of bytes. A view owns nothing and need not end with NUL.
 *
 * Lifetime: as long as the bytes it points into. An empty view may have a NULL pointer. */
#ifndef CNIL_BASE_STR_H
#define CNIL_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cnil_str {
    const char *ptr;
    size_t len;
};

/* clang-format off */
#define CNIL_STR(literal)      ((struct cnil_str){ (literal), sizeof(literal) - 1 })
#define CNIL_STR_INIT(literal) { (literal), sizeof(literal) - 1 }
#define CNIL_STR_EMPTY         ((struct cnil_str){ NULL, 0 })
/* clang-format on */

/* Views a C string; NULL gives an empty view. */
struct cnil_str cnil_str_from(const char *string);

/* The bytes [from, to) of `str`; both are clamped to its length, `to` is at least `from`. */
static inline struct cnil_str cnil_str_slice(struct cnil_str str, size_t from, size_t to)
{
    if (to > str.len)
        to = str.len;
    if (from > to)
        from = to;
    return (struct cnil_str){ str.ptr != NULL ? str.ptr + from : NULL, to - from };
}

static inline bool cnil_str_equal(struct cnil_str a, struct cnil_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool cnil_str_starts_with(struct cnil_str str, struct cnil_str prefix)
{
    return str.len >= prefix.len && (prefix.len == 0 || memcmp(str.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool cnil_str_ends_with(struct cnil_str str, struct cnil_str suffix)
{
    return str.len >= suffix.len &&
           (suffix.len == 0 || memcmp(str.ptr + (str.len - suffix.len), suffix.ptr, suffix.len) == 0);
}

bool cnil_str_equal_nocase(struct cnil_str a, struct cnil_str b); /* ASCII case only */

/* Is `str`, in any ASCII case, one of the `count` words of `list`? The macro counts an array's. */
bool cnil_str_is_among_nocase(struct cnil_str str, const struct cnil_str *list, size_t count);
#define CNIL_STR_IS_AMONG_NOCASE(str, list) cnil_str_is_among_nocase(str, list, sizeof(list) / sizeof((list)[0]))

bool cnil_str_starts_with_nocase(struct cnil_str str, struct cnil_str prefix);
int cnil_str_compare(struct cnil_str a, struct cnil_str b); /* bytewise; a shorter prefix sorts first */

/* Offset of the first match, or `str.len` when there is none. */
static inline size_t cnil_str_find_byte(struct cnil_str str, char byte)
{
    const char *found = str.len > 0 ? (const char *)memchr(str.ptr, byte, str.len) : NULL;

    return found != NULL ? (size_t)(found - str.ptr) : str.len;
}

size_t cnil_str_find(struct cnil_str str, struct cnil_str needle);

/* Without leading and trailing ASCII whitespace (Infra standard: TAB, LF, FF, CR, SPACE). */
struct cnil_str cnil_str_trim(struct cnil_str str);

/* Cuts `*rest` at the first `separator`: returns what stands before it and leaves in `*rest` what stands after it.
 * Without a separator returns all and leaves `*rest` empty, its pointer NULL. */
struct cnil_str cnil_str_cut(struct cnil_str *rest, char separator);

/* ASCII, whatever the locale. */
static inline bool cnil_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static inline bool cnil_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool cnil_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline char cnil_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* 0 to 15, or -1 when `c` is not a hexadecimal digit. */
static inline int cnil_hex_value(char c)
{
    if (cnil_is_digit(c))
        return c - '0';
    c = cnil_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads `text`, 1 to `most` (at most 18) decimal digits and nothing else. */
bool cnil_str_decimal(struct cnil_str text, size_t most, int64_t *value);

#endif
