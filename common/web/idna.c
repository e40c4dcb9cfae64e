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
    bool ascii = true, done;
    enum cnil_status status = put_wide(out, text, &done);

    if (status != CNIL_OK || done)
        return status;
    while (text.len > 0) {
        bool valid;
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

enum cnil_status cnil_idna_to_ascii(struct cnil_str domain, char *out, size_t size, size_t *len)
{
    char name[4 * CODE_POINTS_MAX + 1];
    uint8_t *ascii = NULL;
    int answer;

    if (domain.len >= sizeof(name))
        return CNIL_INVALID;
    memcpy(name, domain.ptr, domain.len);
    name[domain.len] = '\0';
    answer = idn2_lookup_u8((const uint8_t *)name, &ascii, FLAGS);
    if (answer == IDN2_MALLOC)
        return CNIL_NO_MEMORY;
    if (answer != IDN2_OK)
        return lenient(domain, out, size, len);
    *len = strlen((char *)ascii);
    if (*len <= size)
        memcpy(out, ascii, *len);
    idn2_free(ascii);
    return *len <= size ? CNIL_OK : CNIL_INVALID;
}
