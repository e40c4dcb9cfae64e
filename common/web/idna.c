/* SPDX-License-Identifier: Apache-2.0 */
#include "web/idna.h"

#include "base/limits.h"
#include "web/utf8.h"

#include <idn2.h>
#include <stdint.h>
#include <string.h>

/* A name with more code points than this has no DNS form, whatever is mapped away. */
enum { CODE_POINTS_MAX = 4 * CNIL_LIMIT_HOST };

enum {
    FLAGS = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_NO_ALABEL_ROUNDTRIP,
    /* Differs in the four deviation characters, and libidn2 then leaves out IDNA 2008's "disallowed". */
    WIDE_FLAGS = IDN2_NFC_INPUT | IDN2_TRANSITIONAL | IDN2_NO_ALABEL_ROUNDTRIP
};

struct out {
    char *ptr;
    size_t len, size;
    bool full;
};

static void put(struct out *out, char c)
{
    if (out->len < out->size)
        out->ptr[out->len++] = c;
    else
        out->full = true;
}

/* RFC 3492, 6.1. */
static uint32_t adapt(uint32_t delta, uint32_t count, bool first)
{
    uint32_t k = 0;

    delta = first ? delta / 700 : delta / 2;
    for (delta += delta / count; delta > 35 * 26 / 2; k += 36)
        delta /= 35;
    return k + 36 * delta / (delta + 38);
}

static char punycode_digit(uint32_t value)
{
    return (char)(value < 26 ? 'a' + value : '0' + value - 26);
}

/* RFC 3492, 6.3. Fewer than CODE_POINTS_MAX code points below U+110000: nothing overflows. */
static void put_punycode(struct out *out, const uint32_t *label, size_t count)
{
    uint32_t n = 0x80, delta = 0, bias = 72, handled = 0, basic;

    for (size_t i = 0; i < count; i++) {
        if (label[i] < 0x80) {
            put(out, (char)label[i]);
            handled++;
        }
    }
    basic = handled;
    if (basic > 0)
        put(out, '-');
    while (handled < count) {
        uint32_t next = UINT32_MAX;

        for (size_t i = 0; i < count; i++)
            if (label[i] >= n && label[i] < next)
                next = label[i];
        delta += (next - n) * (handled + 1);
        n = next;
        for (size_t i = 0; i < count; i++) {
            delta += label[i] < n;
            if (label[i] == n) {
                uint32_t q = delta;

                for (uint32_t k = 36;; k += 36) {
                    uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;

                    if (q < t)
                        break;
                    put(out, punycode_digit(t + (q - t) % (36 - t)));
                    q = (q - t) / (36 - t);
                }
                put(out, punycode_digit(q));
                bias = adapt(delta, handled + 1, handled == basic);
                delta = 0;
                handled++;
            }
        }
        delta++;
        n++;
    }
}

/* UTS 46, 4: what transitional processing would map. */
static bool is_deviation(uint32_t code_point)
{
    return code_point == 0xDF || code_point == 0x3C2 || code_point == 0x200C || code_point == 0x200D;
}

/* UTS 46 maps one code point to none, one or several; what libidn2 refuses on its own stands for itself. Marks are not
 * put in canonical order: that takes one that no keyboard writes, next to a hyphen at the end of a label. */
static enum cnil_status map_code_point(uint32_t code_point, uint32_t *label, size_t *count)
{
    char text[5] = { 0 };
    uint8_t *ascii = NULL;
    char *mapped = NULL;
    struct cnil_str rest;
    int answer;
    bool valid;

    if (code_point == 0xFE63 || code_point == 0xFF0D) /* maps to a hyphen, which libidn2 refuses on its own */
        code_point = '-';
    cnil_utf8_write(code_point, text);
    answer = idn2_lookup_u8((const uint8_t *)text, &ascii, FLAGS);
    if (answer != IDN2_OK && answer != IDN2_MALLOC && !is_deviation(code_point))
        answer = idn2_lookup_u8((const uint8_t *)text, &ascii, WIDE_FLAGS);
    if (answer == IDN2_OK) {
        answer = idn2_to_unicode_8z8z((const char *)ascii, &mapped, FLAGS);
        idn2_free(ascii);
    }
    if (answer == IDN2_MALLOC)
        return CNIL_NO_MEMORY;
    rest = cnil_str_from(answer == IDN2_OK ? mapped : text);
    while (rest.len > 0 && *count < CODE_POINTS_MAX)
        label[(*count)++] = cnil_utf8_next(&rest, &valid);
    idn2_free(mapped);
    return CNIL_OK;
}

/* True: libidn2 has encoded the label, in its wider reading. */
static enum cnil_status put_wide(struct out *out, struct cnil_str text, bool *done)
{
    char label[4 * CODE_POINTS_MAX + 1];
    struct cnil_str rest = text;
    uint8_t *ascii = NULL;
    int answer;
    bool valid;

    *done = false;
    while (rest.len > 0)
        if (is_deviation(cnil_utf8_next(&rest, &valid)))
            return CNIL_OK;
    if (text.len >= sizeof(label))
        return CNIL_INVALID;
    if (text.len > 0)
        memcpy(label, text.ptr, text.len);
    label[text.len] = '\0';
    answer = idn2_lookup_u8((const uint8_t *)label, &ascii, WIDE_FLAGS);
    if (answer == IDN2_MALLOC)
        return CNIL_NO_MEMORY;
    *done = answer == IDN2_OK;
    for (const uint8_t *c = ascii; *done && *c != '\0'; c++)
        put(out, (char)*c);
    idn2_free(ascii);
    return CNIL_OK;
}

static enum cnil_status put_label(struct out *out, struct cnil_str text)
{
    uint32_t label[CODE_POINTS_MAX];
    size_t count = 0;
    bool ascii = true, done, valid;
    enum cnil_status status = put_wide(out, text, &done);

    if (status != CNIL_OK || done)
        return status;
    while (text.len > 0) {
        uint32_t code_point = cnil_utf8_next(&text, &valid);

        if (count == CODE_POINTS_MAX)
            return CNIL_INVALID;
        if (code_point < 0x80)
            label[count++] = code_point;
        else if (map_code_point(code_point, label, &count) != CNIL_OK)
            return CNIL_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++)
        ascii = ascii && label[i] < 0x80;
    if (ascii) {
        for (size_t i = 0; i < count; i++)
            put(out, (char)label[i]);
    } else {
        for (const char *c = "xn--"; *c != '\0'; c++)
            put(out, *c);
        put_punycode(out, label, count);
    }
    return CNIL_OK;
}

/* The dots of UTS 46, 2.3: U+002E, U+3002, U+FF0E, U+FF61. */
static struct cnil_str take_label(struct cnil_str *rest, bool *more)
{
    struct cnil_str at = *rest;

    *more = true;
    while (at.len > 0) {
        struct cnil_str label = cnil_str_slice(*rest, 0, rest->len - at.len);
        bool valid;
        uint32_t code_point = cnil_utf8_next(&at, &valid);

        if (code_point == '.' || code_point == 0x3002 || code_point == 0xFF0E || code_point == 0xFF61) {
            *rest = at;
            return label;
        }
    }
    *more = false;
    return *rest;
}

/* libidn2 keeps to IDNA 2008, which has no emoji, no hyphen at the ends or twice in the third place, and its tables
 * are older than a browser's. What it refuses goes label by label: its wider reading, else mapped by code points and
 * encoded here. */
static enum cnil_status lenient(struct cnil_str domain, char *ptr, size_t size, size_t *len)
{
    struct out out = { ptr, 0, size, false };
    bool more = true;

    while (more) {
        struct cnil_str label = take_label(&domain, &more);
        enum cnil_status status = put_label(&out, label);

        if (status != CNIL_OK)
            return status;
        if (more)
            put(&out, '.');
    }
    *len = out.len;
    return out.full ? CNIL_INVALID : CNIL_OK;
}

/* Neither valid nor mapped (UTS 46, Unicode 17). Code points that no one has assigned yet are not among them: a browser
 * may know what this table does not. */
static const struct {
    uint32_t first, last;
} disallowed[] = {
    { 0x80, 0x9F },       { 0x600, 0x605 },      { 0x61C, 0x61C },     { 0x6DD, 0x6DD },     { 0x70F, 0x70F },
    { 0x890, 0x891 },     { 0x8E2, 0x8E2 },      { 0x1680, 0x1680 },   { 0x200E, 0x200F },   { 0x2024, 0x2026 },
    { 0x2028, 0x202E },   { 0x2066, 0x2069 },    { 0x2488, 0x249B },   { 0x2FF0, 0x2FFF },   { 0x31EF, 0x31EF },
    { 0x33C2, 0x33C2 },   { 0x33C7, 0x33C7 },    { 0x33D8, 0x33D8 },   { 0xE000, 0xF8FF },   { 0xFDD0, 0xFDEF },
    { 0xFE12, 0xFE12 },   { 0xFE19, 0xFE19 },    { 0xFE30, 0xFE30 },   { 0xFE52, 0xFE52 },   { 0xFFF9, 0xFFFF },
    { 0x110BD, 0x110BD }, { 0x110CD, 0x110CD },  { 0x13430, 0x1343F }, { 0x1F100, 0x1F100 }, { 0xE0001, 0xE0001 },
    { 0xE0020, 0xE007F }, { 0xF0000, 0x10FFFF },
};

static bool is_disallowed(uint32_t code_point)
{
    if (code_point > 0x10FFFF || (code_point & 0xFFFE) == 0xFFFE || (code_point >= 0xD800 && code_point <= 0xDFFF))
        return true;
    for (size_t i = 0; i < sizeof(disallowed) / sizeof(disallowed[0]) && disallowed[i].first <= code_point; i++)
        if (code_point <= disallowed[i].last)
            return true;
    return false;
}

/* RFC 3492, 6.2. */
static bool take_punycode(struct cnil_str text, uint32_t *label, size_t *count)
{
    uint32_t n = 0x80, i = 0, bias = 72;
    size_t basic = text.len;

    while (basic > 0 && text.ptr[basic - 1] != '-')
        basic--;
    *count = 0;
    if (basic > CODE_POINTS_MAX)
        return false;
    for (size_t at = 0; at + 1 < basic; at++)
        label[(*count)++] = (unsigned char)text.ptr[at];
    while (basic < text.len) {
        uint32_t before = i, weight = 1;

        for (uint32_t k = 36;; k += 36) {
            uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias, digit;

            if (basic == text.len || !(cnil_is_alpha(text.ptr[basic]) || cnil_is_digit(text.ptr[basic])))
                return false;
            digit = cnil_is_digit(text.ptr[basic]) ? (uint32_t)(text.ptr[basic] - '0' + 26)
                                                   : (uint32_t)(cnil_lower(text.ptr[basic]) - 'a');
            basic++;
            if (digit > (UINT32_MAX - i) / weight)
                return false;
            i += digit * weight;
            if (digit < t)
                break;
            if (weight > UINT32_MAX / (36 - t))
                return false;
            weight *= 36 - t;
        }
        bias = adapt(i - before, (uint32_t)*count + 1, before == 0);
        if (i / (*count + 1) > 0x10FFFF - n || *count == CODE_POINTS_MAX)
            return false;
        n += i / (uint32_t)(*count + 1);
        i %= (uint32_t)*count + 1;
        memmove(label + i + 1, label + i, (*count - i) * sizeof(*label));
        label[i++] = n;
        (*count)++;
    }
    return true;
}

/* What libidn2 says of these code points as one label. */
static int ask(const uint32_t *label, size_t count)
{
    char text[4 * CODE_POINTS_MAX + 1];
    uint8_t *ascii = NULL;
    size_t len = 0;
    int answer;

    for (size_t i = 0; i < count; i++)
        len += cnil_utf8_write(label[i], text + len);
    text[len] = '\0';
    answer = idn2_lookup_u8((const uint8_t *)text, &ascii, FLAGS);
    idn2_free(ascii);
    return answer;
}

static bool is_joiner(uint32_t code_point)
{
    return code_point == 0x200C || code_point == 0x200D;
}

/* IDNA 2008's rules for joiners, asked of a label in which what libidn2 refuses for other reasons is another letter. */
static int ask_joiners(uint32_t *label, size_t count)
{
    bool any = false;

    for (size_t i = 0; i < count; i++)
        any = any || is_joiner(label[i]);
    for (size_t i = 0; any && i < count; i++) {
        int answer = label[i] < 0x80 || is_joiner(label[i]) ? IDN2_OK : ask(label + i, 1);

        if (answer == IDN2_MALLOC)
            return answer;
        if (label[i] < 0x80 || (answer != IDN2_OK && answer != IDN2_LEADING_COMBINING && answer != IDN2_BIDI))
            label[i] = 'a';
    }
    return any ? ask(label, count) : IDN2_OK;
}

/* Browsers do not agree on labels that mix directions. All refuse one that begins with a letter written from right to
 * left and then breaks the rules (RFC 5893, 2). */
static bool breaks_direction(const uint32_t *label, size_t count)
{
    uint32_t first = label[0], last = label[count - 1];

    if (!((first >= 0x5BE && first <= 0x5F4) || (first >= 0x620 && first <= 0x64A) ||
          (first >= 0x66E && first <= 0x6D5) || (first >= 0x6FA && first <= 0x8C9) ||
          (first >= 0xFB1D && first <= 0xFDFF) || (first >= 0xFE70 && first <= 0xFEFC)))
        return false;
    for (size_t i = 0; i < count; i++)
        if (cnil_is_alpha((char)(label[i] & 0x7F)) && label[i] < 0x80)
            return true;
    return last < 0x80 && !cnil_is_digit((char)last);
}

static bool starts_with_a_label(const uint32_t *label, size_t count)
{
    return count >= 4 && label[0] == 'x' && label[1] == 'n' && label[2] == '-' && label[3] == '-';
}

/* Is this what a valid label is encoded as? One that is all ASCII behind its "xn--" is not any more (Unicode 15.1), but
 * not all browsers have heard. */
static enum cnil_status check_a_label(struct cnil_str text)
{
    uint32_t label[CODE_POINTS_MAX];
    size_t count;
    int answer;

    if (cnil_str_ends_with(text, CNIL_STR("-")))
        return CNIL_OK;
    if (!take_punycode(cnil_str_slice(text, 4, text.len), label, &count) || count == 0)
        return CNIL_INVALID;
    for (size_t i = 0; i < count; i++)
        if (is_disallowed(label[i]))
            return CNIL_INVALID;
    if (breaks_direction(label, count) || starts_with_a_label(label, count))
        return CNIL_INVALID;
    answer = ask(label, 1);
    if (answer != IDN2_LEADING_COMBINING && answer != IDN2_MALLOC)
        answer = ask_joiners(label, count);
    if (answer == IDN2_MALLOC)
        return CNIL_NO_MEMORY;
    return answer == IDN2_LEADING_COMBINING || answer == IDN2_CONTEXTJ ? CNIL_INVALID : CNIL_OK;
}

/* UTS 46, 4.1, of every label that is not ASCII. */
static enum cnil_status check(struct cnil_str domain)
{
    while (domain.ptr != NULL) {
        struct cnil_str label = cnil_str_cut(&domain, '.');
        enum cnil_status status = cnil_str_starts_with(label, CNIL_STR("xn--")) ? check_a_label(label) : CNIL_OK;

        if (status != CNIL_OK)
            return status;
    }
    return CNIL_OK;
}

/* What a later Unicode than libidn2's maps, and browsers with it: to a row of others, or to nothing. */
static const struct {
    uint32_t first, last, to;
} later[] = {
    { 0x4C0, 0x4C0, 0x4CF },       { 0x10A0, 0x10C5, 0x2D00 },    { 0x115F, 0x1160, 0 },     { 0x17B4, 0x17B5, 0 },
    { 0x180E, 0x180E, 0 },         { 0x2061, 0x2063, 0 },         { 0x206A, 0x206F, 0 },     { 0x2132, 0x2132, 0x214E },
    { 0x2183, 0x2183, 0x2184 },    { 0x3164, 0x3164, 0 },         { 0xA7F1, 0xA7F1, 's' },   { 0xFFA0, 0xFFA0, 0 },
    { 0x10D50, 0x10D65, 0x10D70 }, { 0x16EA0, 0x16EB8, 0x16EBB }, { 0x1CCD6, 0x1CCEF, 'a' }, { 0x1CCF0, 0x1CCF9, '0' },
    { 0x1D173, 0x1D17A, 0 },
};

static size_t write_later(uint32_t code_point, char *out)
{
    for (size_t i = 0; i < sizeof(later) / sizeof(later[0]) && later[i].first <= code_point; i++)
        if (code_point <= later[i].last)
            return later[i].to == 0 ? 0 : cnil_utf8_write(later[i].to + code_point - later[i].first, out);
    return cnil_utf8_write(code_point, out);
}

enum cnil_status cnil_idna_to_ascii(struct cnil_str domain, char *out, size_t size, size_t *len)
{
    char name[4 * CODE_POINTS_MAX + 1];
    size_t name_len = 0;
    uint8_t *ascii = NULL;
    enum cnil_status status;
    int answer;

    while (domain.len > 0) {
        bool valid;

        if (name_len + 4 >= sizeof(name))
            return CNIL_INVALID;
        name_len += write_later(cnil_utf8_next(&domain, &valid), name + name_len);
    }
    name[name_len] = '\0';
    answer = idn2_lookup_u8((const uint8_t *)name, &ascii, FLAGS);
    if (answer == IDN2_MALLOC)
        return CNIL_NO_MEMORY;
    if (answer == IDN2_OK) {
        *len = strlen((char *)ascii);
        if (*len <= size)
            memcpy(out, ascii, *len);
        status = *len <= size ? CNIL_OK : CNIL_INVALID;
        idn2_free(ascii);
    } else {
        status = lenient((struct cnil_str){ name, name_len }, out, size, len);
    }
    return status == CNIL_OK ? check((struct cnil_str){ out, *len }) : status;
}
