/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/script_pattern.h"

#include <string.h>

enum { DEPTH = 32 }; /* of brackets */

/* Each function reads what begins at `at`, moves it, and returns false at what is not alike. URLs are ASCII without
 * spaces and controls: what the two differ in beyond that does not count. */
struct scan {
    struct cnil_str text;
    size_t at, depth;
    bool looks[DEPTH];     /* is that bracket a look ahead or behind? */
    bool is_atom;          /* may what stands before be repeated? */
    bool loops[DEPTH + 1]; /* does something repeat without end in that bracket, or outside of all? */
    bool is_loop;          /* … in the group that ends right before */
};

static int peek(const struct scan *scan, size_t ahead)
{
    return scan->at + ahead < scan->text.len ? (unsigned char)scan->text.ptr[scan->at + ahead] : -1;
}

static bool begins(const struct scan *scan, struct cnil_str word)
{
    return cnil_str_starts_with(cnil_str_slice(scan->text, scan->at, scan->text.len), word);
}

static bool is_one_of(int c, const char *list)
{
    return c > 0 && strchr(list, c) != NULL;
}

static bool is_hex(int c)
{
    return c >= 0 && cnil_hex_value((char)c) >= 0;
}

static bool is_plain(int c)
{
    return c > ' ' && c < 0x7f;
}

static bool is_word(int c)
{
    return c >= 0 && (cnil_is_alpha((char)c) || cnil_is_digit((char)c));
}

/* "\d", "\.", "\x2e", and "\b" outside of brackets. Not back references: a group that has matched nothing, or stands in
 * a repeated one, is another to each of them. */
static bool read_escape(struct scan *scan, bool in_class)
{
    int c = peek(scan, 1);

    if (c == 'x') {
        if (!is_hex(peek(scan, 2)) || !is_hex(peek(scan, 3)))
            return false;
        scan->at += 4;
        return true;
    }
    if (!is_plain(c) || (is_word(c) && !is_one_of(c, in_class ? "dDwWsStnrf" : "dDwWsStnrfbB")))
        return false;
    scan->is_atom = !is_one_of(c, "bB");
    scan->at += 2;
    return true;
}

static bool is_set(const struct scan *scan, size_t ahead)
{
    return peek(scan, ahead) == '\\' && is_one_of(peek(scan, ahead + 1), "dDwWsS");
}

static bool read_class(struct scan *scan)
{
    bool was_set = false;

    scan->at += peek(scan, 1) == '^' ? 2 : 1;
    if (peek(scan, 0) == ']') /* a byte of it to PCRE2, to JavaScript its end */
        return false;
    while (peek(scan, 0) != ']') {
        bool set = is_set(scan, 0);

        if (peek(scan, 0) == '-' && peek(scan, 1) != ']' && (was_set || is_set(scan, 1))) /* "[\d-x]" */
            return false;
        if (!is_plain(peek(scan, 0)) || (peek(scan, 0) == '[' && is_one_of(peek(scan, 1), ":.=")))
            return false;
        if (peek(scan, 0) != '\\')
            scan->at++;
        else if (!read_escape(scan, true))
            return false;
        was_set = set;
    }
    scan->at++;
    scan->is_atom = true;
    return true;
}

static bool read_name(struct scan *scan)
{
    if (!is_word(peek(scan, 0)) || cnil_is_digit((char)peek(scan, 0)))
        return false;
    while (is_word(peek(scan, 0)) || peek(scan, 0) == '_')
        scan->at++;
    return peek(scan, 0) == '>' && ++scan->at > 0;
}

static bool read_open(struct scan *scan)
{
    static const struct cnil_str looks[] = { CNIL_STR_INIT("(?="), CNIL_STR_INIT("(?!"), CNIL_STR_INIT("(?<="),
                                             CNIL_STR_INIT("(?<!") };

    if (scan->depth == DEPTH || begins(scan, CNIL_STR("(*")))
        return false;
    scan->looks[scan->depth] = false;
    scan->loops[scan->depth + 1] = false;
    scan->is_atom = false;
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
        if (!begins(scan, looks[i]))
            continue;
        scan->at += looks[i].len;
        scan->looks[scan->depth++] = true;
        return true;
    }
    scan->depth++;
    if (begins(scan, CNIL_STR("(?<"))) {
        scan->at += 3;
        return read_name(scan);
    }
    if (peek(scan, 1) == '?' && peek(scan, 2) != ':')
        return false;
    scan->at += peek(scan, 1) == '?' ? 3 : 1;
    return true;
}

/* "{2}", "{2,}", "{2,4}" */
static bool read_braces(struct scan *scan)
{
    size_t digits = 0;

    for (scan->at++; peek(scan, 0) >= '0' && peek(scan, 0) <= '9'; digits++)
        scan->at++;
    if (peek(scan, 0) == ',')
        for (scan->at++; peek(scan, 0) >= '0' && peek(scan, 0) <= '9';)
            scan->at++;
    return digits > 0 && peek(scan, 0) == '}' && ++scan->at > 0;
}

/* Not "(a+)*": PCRE2 stops at a number of steps, JavaScript would go on for longer than anybody waits. */
static bool read_quantifier(struct scan *scan, bool is_loop)
{
    bool is_bounded = peek(scan, 0) == '?';

    if (!scan->is_atom || (is_loop && !is_bounded))
        return false;
    if (peek(scan, 0) != '{') {
        scan->at++;
    } else {
        if (!read_braces(scan))
            return false;
        is_bounded = scan->text.ptr[scan->at - 2] != ',';
    }
    scan->loops[scan->depth] |= !is_bounded;
    if (peek(scan, 0) == '?')
        scan->at++;
    scan->is_atom = false; /* "a++", "a{2}{3}" */
    return true;
}

static bool read_piece(struct scan *scan)
{
    int c = peek(scan, 0);
    bool is_loop = scan->is_loop;

    scan->is_loop = false;
    switch (c) {
    case '\\':
        scan->is_atom = true;
        return read_escape(scan, false);
    case '[':
        return read_class(scan);
    case '(':
        return read_open(scan);
    case ')':
        if (scan->depth == 0)
            return false;
        scan->is_loop = scan->loops[scan->depth];
        scan->is_atom = !scan->looks[--scan->depth];
        scan->loops[scan->depth] |= scan->is_loop;
        break;
    case '*':
    case '+':
    case '?':
    case '{':
        return read_quantifier(scan, is_loop);
    case '^':
    case '$':
    case '|':
        scan->is_atom = false;
        break;
    default:
        if (!is_plain(c))
            return false;
        scan->is_atom = true;
    }
    scan->at++;
    return true;
}

bool cnil_script_pattern(struct cnil_str text, bool *no_case)
{
    struct scan scan = { .text = text };

    *no_case = begins(&scan, CNIL_SCRIPT_PATTERN_NO_CASE);
    scan.at = *no_case ? CNIL_SCRIPT_PATTERN_NO_CASE.len : 0;
    while (scan.at < text.len)
        if (!read_piece(&scan))
            return false;
    return scan.depth == 0;
}
