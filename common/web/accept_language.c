/* SPDX-License-Identifier: Apache-2.0 */
#include "web/accept_language.h"

enum { WHOLE = 1000 };

/* RFC 4647, 2.1: letters, then letters and digits, in parts of up to eight; or "*". */
static bool is_range(struct cnil_str text)
{
    bool first = true;

    if (cnil_str_equal(text, CNIL_STR("*")))
        return true;
    if (text.len == 0 || text.ptr[text.len - 1] == '-')
        return false;
    while (text.len > 0) {
        struct cnil_str part = cnil_str_cut(&text, '-');

        if (part.len < 1 || part.len > 8)
            return false;
        for (size_t i = 0; i < part.len; i++)
            if (!cnil_is_alpha(part.ptr[i]) && (first || !cnil_is_digit(part.ptr[i])))
                return false;
        first = false;
    }
    return true;
}

/* RFC 9110, 12.4.2: "0" or "1" and up to three digits behind a point. */
static bool read_quality(struct cnil_str text, unsigned *quality)
{
    unsigned scale = WHOLE;

    if (text.len < 1 || text.len > 5 || (text.ptr[0] != '0' && text.ptr[0] != '1') ||
        (text.len > 1 && text.ptr[1] != '.'))
        return false;
    *quality = text.ptr[0] == '1' ? WHOLE : 0;
    for (size_t i = 2; i < text.len; i++) {
        if (!cnil_is_digit(text.ptr[i]))
            return false;
        scale /= 10;
        *quality += (unsigned)(text.ptr[i] - '0') * scale;
    }
    return *quality <= WHOLE;
}

static bool read_item(struct cnil_str item, struct cnil_language_range *range)
{
    struct cnil_str weight = item;

    range->range = cnil_str_trim(cnil_str_cut(&weight, ';'));
    range->quality = WHOLE;
    weight = cnil_str_trim(weight);
    if (!is_range(range->range))
        return false;
    if (weight.len == 0)
        return true;
    return cnil_str_starts_with_nocase(weight, CNIL_STR("q=")) &&
           read_quality(cnil_str_slice(weight, 2, weight.len), &range->quality);
}

/* Behind the `count` ranges that there are already. */
static size_t read_field(struct cnil_str field, struct cnil_language_range *ranges, size_t count, size_t room)
{
    while (field.len > 0 && count < room) {
        struct cnil_language_range range;
        size_t at = count;

        if (!read_item(cnil_str_cut(&field, ','), &range))
            continue;
        for (; at > 0 && ranges[at - 1].quality < range.quality; at--)
            ranges[at] = ranges[at - 1];
        ranges[at] = range;
        count++;
    }
    return count;
}

size_t cnil_accept_language_read(struct cnil_headers headers, struct cnil_language_range *ranges, size_t room)
{
    size_t count = 0;

    for (size_t i = 0; i < headers.count; i++)
        if (cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Accept-Language")))
            count = read_field(headers.list[i].value, ranges, count, room);
    return count;
}
