/* SPDX-License-Identifier: Apache-2.0 */
#include "web/prologue.h"

#include "web/script_line.h"

struct reader {
    struct cnil_str text;
    size_t at;
    bool whole;
    bool has_line; /* a line has ended since it was set to false */
};

static struct cnil_str rest_of(const struct reader *reader)
{
    return cnil_str_slice(reader->text, reader->at, reader->text.len);
}

/* May `word` stand here, as far as the bytes go, which do not go far enough? */
static bool is_begun(const struct reader *reader, struct cnil_str word)
{
    struct cnil_str rest = rest_of(reader);

    return !reader->whole && rest.len < word.len && cnil_str_starts_with(word, rest);
}

/* ECMAScript, 12.2, without the rarest. */
static size_t space_length(struct cnil_str rest)
{
    if (rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t' || rest.ptr[0] == '\v' || rest.ptr[0] == '\f'))
        return 1;
    if (cnil_str_starts_with(rest, CNIL_STR("\xc2\xa0")))
        return 2;
    return cnil_str_starts_with(rest, CNIL_STR("\xef\xbb\xbf")) ? 3 : 0;
}

static void skip_to_line_end(struct reader *reader)
{
    while (reader->at < reader->text.len && cnil_script_line_end(rest_of(reader)) == 0)
        reader->at++;
}

/* False: its end is not there. */
static bool skip_comment(struct reader *reader)
{
    struct cnil_str rest = rest_of(reader), end = CNIL_STR("*/");
    size_t len = cnil_str_find(cnil_str_slice(rest, 2, rest.len), end);

    rest = cnil_str_slice(rest, 0, 2 + len);
    for (size_t i = 0; i < rest.len; i++)
        reader->has_line |= cnil_script_line_end(cnil_str_slice(rest, i, rest.len)) > 0;
    reader->at += rest.len + end.len;
    if (reader->at <= reader->text.len)
        return true;
    reader->at = reader->text.len;
    return false;
}

/* Spaces, line ends, comments. False: more bytes are needed. */
static bool skip_blanks(struct reader *reader)
{
    while (reader->at < reader->text.len) {
        struct cnil_str rest = rest_of(reader);
        size_t line = cnil_script_line_end(rest), space = space_length(rest);

        if (line > 0 || space > 0) {
            reader->has_line |= line > 0;
            reader->at += line + space;
        } else if (cnil_str_starts_with(rest, CNIL_STR("//"))) {
            skip_to_line_end(reader);
        } else if (cnil_str_starts_with(rest, CNIL_STR("/*"))) {
            if (!skip_comment(reader))
                return reader->whole;
        } else {
            return !is_begun(reader, CNIL_STR("/*")) && !is_begun(reader, CNIL_STR("\xe2\x80\xa8")) &&
                   !is_begun(reader, CNIL_STR("\xc2\xa0")) && !is_begun(reader, CNIL_STR("\xef\xbb\xbf"));
        }
    }
    return reader->whole;
}

/* A string literal in one line: its text. False: there is none, or, with `*more`, more bytes are needed. */
static bool read_string(struct reader *reader, struct cnil_str *text, bool *more)
{
    size_t from = reader->at + 1, at = from;
    char quote = reader->at < reader->text.len ? reader->text.ptr[reader->at] : '\0';

    *more = false;
    if (quote != '"' && quote != '\'')
        return false;
    while (at < reader->text.len && reader->text.ptr[at] != quote) {
        if (reader->text.ptr[at] == '\n' || reader->text.ptr[at] == '\r')
            return false;
        at += reader->text.ptr[at] == '\\' ? 2 : 1;
    }
    if (at >= reader->text.len) {
        *more = !reader->whole;
        return false;
    }
    *text = cnil_str_slice(reader->text, from, at);
    reader->at = at + 1;
    return true;
}

static bool is_word(char c)
{
    return cnil_is_alpha(c) || cnil_is_digit(c) || c == '_' || c == '$' || c == '\\' || (unsigned char)c >= 0x80;
}

/* Does what stands here go on with the expression of the line before? */
static bool goes_on(const struct reader *reader)
{
    struct cnil_str rest = rest_of(reader);
    size_t len = 0;

    if (cnil_str_starts_with(rest, CNIL_STR("++")) || cnil_str_starts_with(rest, CNIL_STR("--")))
        return false;
    if (rest.ptr[0] == '!')
        return cnil_str_starts_with(rest, CNIL_STR("!="));
    while (len < rest.len && is_word(rest.ptr[len]))
        len++;
    if (len > 0)
        return cnil_str_equal(cnil_str_slice(rest, 0, len), CNIL_STR("in")) ||
               cnil_str_equal(cnil_str_slice(rest, 0, len), CNIL_STR("instanceof"));
    return cnil_str_find_byte(CNIL_STR(".([`+-*/,?<>=&|^%"), rest.ptr[0]) < sizeof(".([`+-*/,?<>=&|^%") - 1;
}

/* Behind a string: does the statement end here, so that it is a directive? */
static bool ends(struct reader *reader, bool *more)
{
    static const size_t longest = sizeof("instanceof"); /* with what stands behind it */
    struct cnil_str rest;

    reader->has_line = false;
    *more = !skip_blanks(reader);
    rest = rest_of(reader);
    if (*more || rest.len == 0)
        return !*more;
    if (rest.ptr[0] == ';') {
        reader->at++;
        return true;
    }
    if (rest.ptr[0] == '}' || !reader->has_line)
        return rest.ptr[0] == '}';
    *more = !reader->whole && rest.len < longest;
    return !*more && !goes_on(reader);
}

bool cnil_prologue_read(struct cnil_str text, bool whole, struct cnil_prologue *prologue)
{
    static const struct cnil_str mark = CNIL_STR_INIT("\xef\xbb\xbf"), hashbang = CNIL_STR_INIT("#!");
    struct reader reader = { .text = text, .whole = whole };
    struct cnil_str directive;
    bool more;

    *prologue = (struct cnil_prologue){ .mark = cnil_str_starts_with(text, mark) ? mark.len : 0 };
    if (prologue->mark == 0 && is_begun(&reader, mark))
        return false;
    reader.at = prologue->mark;
    if (is_begun(&reader, hashbang))
        return false;
    prologue->is_hashbang = cnil_str_starts_with(rest_of(&reader), hashbang);
    if (prologue->is_hashbang)
        skip_to_line_end(&reader);
    for (;;) {
        if (!skip_blanks(&reader))
            return false;
        if (!read_string(&reader, &directive, &more) || !ends(&reader, &more))
            return !more;
        if (cnil_str_equal(directive, CNIL_STR("use strict"))) {
            prologue->is_strict = true;
            return true;
        }
    }
}
