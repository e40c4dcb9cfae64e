/* SPDX-License-Identifier: Apache-2.0 */
#include "web/cookie.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { PAIR_MAX = 4096, ATTRIBUTE_MAX = 1024 }; /* RFC 6265bis, 5.6 */

/* RFC 6265bis trims spaces and tabs only. */
static struct cnil_str trim(struct cnil_str str)
{
    while (str.len > 0 && (str.ptr[0] == ' ' || str.ptr[0] == '\t'))
        str = cnil_str_slice(str, 1, str.len);
    while (str.len > 0 && (str.ptr[str.len - 1] == ' ' || str.ptr[str.len - 1] == '\t'))
        str.len--;
    return str;
}

/* "value" without "=" is a cookie that has no name. */
static void split(struct cnil_str pair, struct cnil_str *name, struct cnil_str *value)
{
    size_t equals = cnil_str_find_byte(pair, '=');

    *name = equals < pair.len ? trim(cnil_str_slice(pair, 0, equals)) : CNIL_STR_EMPTY;
    *value = equals < pair.len ? trim(cnil_str_slice(pair, equals + 1, pair.len)) : trim(pair);
}

/* Does another field begin at `at`? Servers put several together with ", " (RFC 9110, 5.3), and no value may hold a
 * comma or a space (RFC 6265, 4.1.1). */
static bool is_joint(struct cnil_str part, size_t at)
{
    size_t end = at + 2;

    if (end >= part.len || part.ptr[at] != ',' || part.ptr[at + 1] != ' ')
        return false;
    while (end < part.len && (unsigned char)part.ptr[end] > ' ' && part.ptr[end] != ',' && part.ptr[end] != '=')
        end++;
    return end > at + 2 && end < part.len && part.ptr[end] == '=';
}

bool cnil_cookie_next(struct cnil_str *rest, struct cnil_cookie_pair *pair)
{
    while (rest->len > 0) {
        struct cnil_str part = cnil_str_slice(*rest, 0, cnil_str_find_byte(*rest, ';'));
        size_t end;

        pair->is_joined = is_joint(part, 0);
        for (end = pair->is_joined ? 2 : 0; end < part.len && !is_joint(part, end); end++)
            continue;
        pair->raw = trim(cnil_str_slice(part, pair->is_joined ? 2 : 0, end));
        *rest = cnil_str_slice(*rest, end < part.len ? end : end + 1, rest->len);
        if (pair->raw.len == 0)
            continue;
        split(pair->raw, &pair->name, &pair->value);
        return true;
    }
    return false;
}

bool cnil_cookies_next(struct cnil_cookies *cookies, struct cnil_cookie_pair *pair)
{
    while (!cnil_cookie_next(&cookies->rest, pair)) {
        const struct cnil_header *field;

        if (cookies->next == cookies->headers.count)
            return false;
        field = &cookies->headers.list[cookies->next++];
        if (cnil_str_equal_nocase(field->name, CNIL_STR("Cookie")))
            cookies->rest = field->value;
    }
    return true;
}

bool cnil_cookies_next_named(struct cnil_cookies *cookies, struct cnil_str name, struct cnil_cookie_pair *pair)
{
    while (cnil_cookies_next(cookies, pair))
        if (cnil_str_equal(pair->name, name))
            return true;
    return false;
}

static bool is_date_delimiter(char c)
{
    return c == '\t' || (c >= ' ' && c <= '/') || (c >= ';' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
}

/* Takes `least` to `most` digits off `*text`. False, and takes nothing, when there are fewer, or one more behind. */
static bool take_number(struct cnil_str *text, size_t least, size_t most, int *number)
{
    size_t at = 0;

    while (at < text->len && at <= most && cnil_is_digit(text->ptr[at]))
        at++;
    if (at < least || at > most)
        return false;
    *number = 0;
    for (size_t i = 0; i < at; i++)
        *number = *number * 10 + (text->ptr[i] - '0');
    *text = cnil_str_slice(*text, at, text->len);
    return true;
}

static bool take_colon(struct cnil_str *text)
{
    if (text->len == 0 || text->ptr[0] != ':')
        return false;
    *text = cnil_str_slice(*text, 1, text->len);
    return true;
}

static bool is_time(struct cnil_str token, struct tm *tm)
{
    return take_number(&token, 1, 2, &tm->tm_hour) && take_colon(&token) && take_number(&token, 1, 2, &tm->tm_min) &&
           take_colon(&token) && take_number(&token, 1, 2, &tm->tm_sec);
}

static bool is_month(struct cnil_str token, int *month)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    token = cnil_str_slice(token, 0, 3);
    for (*month = 0; *month < 12; ++*month)
        if (cnil_str_equal_nocase(token, (struct cnil_str){ months + 3 * *month, 3 }))
            return true;
    return false;
}

/* RFC 6265bis, 5.1.1: in any order, the first token of each kind counts. */
static bool parse_date(struct cnil_str text, int64_t *seconds)
{
    bool time = false, day = false, month = false, year = false;
    struct tm tm = { 0 }, kept;
    int number, wanted;

    while (text.len > 0) {
        struct cnil_str token;
        size_t end = 0;

        while (end < text.len && !is_date_delimiter(text.ptr[end]))
            end++;
        token = cnil_str_slice(text, 0, end);
        text = cnil_str_slice(text, end + 1, text.len);
        if (token.len == 0)
            continue;
        kept = tm;
        if (!time && is_time(token, &kept)) {
            time = true;
            tm = kept;
        } else if (!day && take_number(&(struct cnil_str){ token.ptr, token.len }, 1, 2, &number)) {
            day = true;
            tm.tm_mday = number;
        } else if (!month && is_month(token, &number)) {
            month = true;
            tm.tm_mon = number;
        } else if (!year && take_number(&(struct cnil_str){ token.ptr, token.len }, 2, 4, &number)) {
            year = true;
            tm.tm_year = (number < 70 ? number + 2000 : number < 100 ? number + 1900 : number) - 1900;
        }
    }
    if (!time || !day || !month || !year || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_year < 1601 - 1900 ||
        tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
        return false;
    wanted = tm.tm_mday;
    *seconds = timegm(&tm);
    return tm.tm_mday == wanted; /* else there is no such day in that month */
}

/* RFC 6265bis, 5.6.2: a digit or "-", then digits only. */
static bool parse_max_age(struct cnil_str text, int64_t *seconds)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    int64_t value = 0;

    if (text.len == 0)
        return false;
    for (size_t i = negative; i < text.len; i++) {
        if (!cnil_is_digit(text.ptr[i]))
            return false;
        if (value < INT64_MAX / 10 - 1)
            value = value * 10 + (text.ptr[i] - '0');
    }
    *seconds = negative ? -value : value;
    return true;
}

/* The last attribute of a name counts (5.7), in browsers also one of these two that cannot be read. */
static void attribute(struct cnil_set_cookie *cookie, struct cnil_str name, struct cnil_str value)
{
    if (cnil_str_equal_nocase(name, CNIL_STR("expires"))) {
        cookie->has_expires = parse_date(value, &cookie->expires);
    } else if (cnil_str_equal_nocase(name, CNIL_STR("max-age"))) {
        cookie->has_max_age = parse_max_age(value, &cookie->max_age);
    } else if (cnil_str_equal_nocase(name, CNIL_STR("domain"))) {
        cookie->domain = cnil_str_slice(value, cnil_str_starts_with(value, CNIL_STR(".")), value.len);
    } else if (cnil_str_equal_nocase(name, CNIL_STR("path"))) {
        cookie->path = cnil_str_starts_with(value, CNIL_STR("/")) ? value : CNIL_STR_EMPTY;
    } else if (cnil_str_equal_nocase(name, CNIL_STR("samesite"))) {
        cookie->same_site = value;
    } else if (cnil_str_equal_nocase(name, CNIL_STR("secure"))) {
        cookie->secure = true;
    } else if (cnil_str_equal_nocase(name, CNIL_STR("httponly"))) {
        cookie->http_only = true;
    } else if (cnil_str_equal_nocase(name, CNIL_STR("partitioned"))) {
        cookie->partitioned = true;
    }
}

bool cnil_set_cookie_parse(struct cnil_str value, struct cnil_set_cookie *cookie)
{
    *cookie = (struct cnil_set_cookie){ 0 };
    for (size_t i = 0; i < value.len; i++)
        if (((unsigned char)value.ptr[i] < ' ' && value.ptr[i] != '\t') || value.ptr[i] == 0x7F)
            return false;
    split(cnil_str_cut(&value, ';'), &cookie->name, &cookie->value);
    if (cookie->name.len + cookie->value.len == 0 || cookie->name.len + cookie->value.len > PAIR_MAX)
        return false;
    while (value.len > 0) {
        struct cnil_str part = cnil_str_cut(&value, ';');
        size_t equals = cnil_str_find_byte(part, '=');
        struct cnil_str text = trim(cnil_str_slice(part, equals + 1, part.len));

        if (text.len <= ATTRIBUTE_MAX)
            attribute(cookie, trim(cnil_str_slice(part, 0, equals)), text);
    }
    return true;
}

void cnil_set_cookie_write(struct cnil_str value, int64_t max_age, struct cnil_buffer *out)
{
    cnil_buffer_append(out, trim(cnil_str_cut(&value, ';')));
    while (value.len > 0) {
        struct cnil_str part = trim(cnil_str_cut(&value, ';'));
        struct cnil_str name = trim(cnil_str_slice(part, 0, cnil_str_find_byte(part, '=')));

        if (cnil_str_equal_nocase(name, CNIL_STR("max-age")) || cnil_str_equal_nocase(name, CNIL_STR("expires")))
            continue;
        cnil_buffer_append(out, CNIL_STR("; "));
        cnil_buffer_append(out, part);
    }
    cnil_buffer_print(out, "; Max-Age=%" PRId64, max_age);
}
