/* SPDX-License-Identifier: Apache-2.0 */
#include "web/header.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* The three forms of RFC 9110, 5.6.7, after the day's name: d a digit or space, other bytes themselves. */
static const struct {
    const char *shape;
    int day, month, year, clock, year_digits;
} forms[] = {
    { ", dd mmm dddd dd:dd:dd GMT", 2, 5, 9, 14, 4 }, /* IMF-fixdate */
    { ", dd-mmm-dd dd:dd:dd GMT", 2, 5, 9, 12, 2 },   /* RFC 850 */
    { " mmm Dd dd:dd:dd dddd", 5, 1, 17, 8, 4 },      /* asctime() */
};

static bool has_shape(struct cnil_str text, const char *shape)
{
    if (text.len != strlen(shape))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        switch (shape[i]) {
        case 'D':
            if (c != ' ' && !cnil_is_digit(c))
                return false;
            break;
        case 'd':
            if (!cnil_is_digit(c))
                return false;
            break;
        case 'm':
            if (!cnil_is_alpha(c))
                return false;
            break;
        default:
            if (c != shape[i])
                return false;
        }
    }
    return true;
}

static int number(struct cnil_str text, int from, int digits)
{
    int value = 0;

    for (int i = from; i < from + digits; i++)
        value = value * 10 + (text.ptr[i] == ' ' ? 0 : text.ptr[i] - '0');
    return value;
}

/* 0 to 11, or -1. */
static int month_of(struct cnil_str name)
{
    for (int i = 0; i < 12; i++)
        if (cnil_str_equal(name, (struct cnil_str){ months + 3 * i, 3 }))
            return i;
    return -1;
}

bool cnil_date_parse(struct cnil_str text, int64_t *seconds)
{
    size_t at = 0;

    text = cnil_str_trim(text);
    while (at < text.len && cnil_is_alpha(text.ptr[at]))
        at++;
    if (at < 3)
        return false;
    text = cnil_str_slice(text, at, text.len);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct tm tm = { 0 };
        int year;

        if (!has_shape(text, forms[i].shape))
            continue;
        tm.tm_mday = number(text, forms[i].day, 2);
        tm.tm_mon = month_of(cnil_str_slice(text, (size_t)forms[i].month, (size_t)forms[i].month + 3));
        year = number(text, forms[i].year, forms[i].year_digits);
        if (forms[i].year_digits == 2) /* as browsers do; the RFC's "50 years ahead" would need a clock */
            year += year < 70 ? 2000 : 1900;
        tm.tm_hour = number(text, forms[i].clock, 2);
        tm.tm_min = number(text, forms[i].clock + 3, 2);
        tm.tm_sec = number(text, forms[i].clock + 6, 2);
        if (tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_mon < 0 || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
            return false;
        tm.tm_year = year - 1900;
        *seconds = timegm(&tm);
        return true;
    }
    return false;
}

void cnil_date_format(int64_t seconds, char out[30])
{
    const int64_t last = INT64_C(253402300799); /* 9999-12-31: later years have no place in the format */
    time_t time = (time_t)(seconds < 0 ? 0 : seconds > last ? last : seconds);
    struct tm tm;

    gmtime_r(&time, &tm);
    snprintf(out, 30, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * tm.tm_wday, (unsigned)tm.tm_mday % 100,
             months + 3 * tm.tm_mon, (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)tm.tm_hour % 100,
             (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
}
