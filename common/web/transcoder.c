/* SPDX-License-Identifier: Apache-2.0 */
#include "web/transcoder.h"

#include "base/limits.h"
#include "web/utf8.h"

#include <stdlib.h>

enum { ROWS = 94, MOST = 12, END = -1 }; /* no byte gives more than three characters of four bytes */

static const uint16_t jis0208[ROWS][ROWS] = {
#include "web/jis0208.def"
};

/* States of the ISO-2022-JP decoder (Encoding standard, 12.2.1). */
enum jis { ASCII, ROMAN, KATAKANA, LEAD_BYTE, TRAIL_BYTE, ESCAPE_START, ESCAPE };

struct cnil_transcoder {
    enum cnil_charset charset;
    struct cnil_str chunk;
    bool is_last;
    bool is_ended;

    /* UTF-16 */
    int first;     /* byte of a unit, or END */
    uint16_t lead; /* surrogate that waits for its other half; 0: none */

    /* ISO-2022-JP */
    enum jis state, output_state;
    unsigned char lead_byte;
    bool has_escaped; /* and nothing has come since: an error, should another escape follow */

    size_t len;
    char out[CNIL_LIMIT_DECODED];
};

struct cnil_transcoder *cnil_transcoder_new(enum cnil_charset charset)
{
    struct cnil_transcoder *transcoder = calloc(1, sizeof(*transcoder));

    if (transcoder == NULL)
        return NULL;
    transcoder->charset = charset;
    transcoder->first = END;
    return transcoder;
}

void cnil_transcoder_free(struct cnil_transcoder *transcoder)
{
    free(transcoder);
}

void cnil_transcoder_feed(struct cnil_transcoder *transcoder, struct cnil_str chunk, bool last)
{
    transcoder->chunk = chunk;
    transcoder->is_last = last;
}

static void put(struct cnil_transcoder *transcoder, uint32_t code_point)
{
    transcoder->len += cnil_utf8_write(code_point, transcoder->out + transcoder->len);
}

/* ---- UTF-16 ---- */

static void take_unit(struct cnil_transcoder *transcoder, uint16_t unit)
{
    uint16_t lead = transcoder->lead;

    transcoder->lead = 0;
    if (lead != 0 && unit >= 0xdc00 && unit <= 0xdfff) {
        put(transcoder, 0x10000u + ((lead - 0xd800u) << 10) + (unit - 0xdc00u));
        return;
    }
    if (lead != 0)
        put(transcoder, CNIL_UTF8_REPLACEMENT);
    if (unit >= 0xd800 && unit <= 0xdbff)
        transcoder->lead = unit;
    else
        put(transcoder, unit >= 0xdc00 && unit <= 0xdfff ? CNIL_UTF8_REPLACEMENT : unit);
}

/* Encoding standard, 14.2.1; `byte` may be END. */
static void take_utf16(struct cnil_transcoder *transcoder, int byte)
{
    int first = transcoder->first;

    if (byte == END) {
        if (first != END || transcoder->lead != 0)
            put(transcoder, CNIL_UTF8_REPLACEMENT);
        return;
    }
    transcoder->first = first == END ? byte : END;
    if (first != END)
        take_unit(transcoder,
                  (uint16_t)(transcoder->charset == CNIL_CHARSET_UTF_16BE ? first << 8 | byte : byte << 8 | first));
}

/* ---- ISO-2022-JP ---- */

static void take_single(struct cnil_transcoder *transcoder, int byte)
{
    uint32_t code_point = CNIL_UTF8_REPLACEMENT;

    transcoder->has_escaped = false;
    if (transcoder->state == KATAKANA) {
        if (byte >= 0x21 && byte <= 0x5f)
            code_point = 0xff61u - 0x21u + (uint32_t)byte;
    } else if (transcoder->state == ROMAN && byte == 0x5c) {
        code_point = 0xa5;
    } else if (transcoder->state == ROMAN && byte == 0x7e) {
        code_point = 0x203e;
    } else if (byte < 0x80 && byte != 0x0e && byte != 0x0f) {
        code_point = (uint32_t)byte;
    }
    put(transcoder, code_point);
}

static void take_jis(struct cnil_transcoder *transcoder, int byte);

/* What looked like an escape is read again as what it is. */
static void give_back(struct cnil_transcoder *transcoder, int byte)
{
    int lead = transcoder->state == ESCAPE ? transcoder->lead_byte : END;

    transcoder->state = transcoder->output_state;
    transcoder->has_escaped = false;
    put(transcoder, CNIL_UTF8_REPLACEMENT);
    if (lead != END)
        take_jis(transcoder, lead);
    take_jis(transcoder, byte);
}

static void take_escape(struct cnil_transcoder *transcoder, int byte)
{
    enum jis state;

    if (transcoder->lead_byte == '(' && byte == 'B')
        state = ASCII;
    else if (transcoder->lead_byte == '(' && byte == 'J')
        state = ROMAN;
    else if (transcoder->lead_byte == '(' && byte == 'I')
        state = KATAKANA;
    else if (transcoder->lead_byte == '$' && (byte == '@' || byte == 'B'))
        state = LEAD_BYTE;
    else {
        give_back(transcoder, byte);
        return;
    }
    if (transcoder->has_escaped)
        put(transcoder, CNIL_UTF8_REPLACEMENT);
    transcoder->has_escaped = true;
    transcoder->state = transcoder->output_state = state;
}

/* `byte` may be END. */
static void take_jis(struct cnil_transcoder *transcoder, int byte)
{
    uint32_t code_point;

    switch (transcoder->state) {
    case ASCII:
    case ROMAN:
    case KATAKANA:
        if (byte == 0x1b)
            transcoder->state = ESCAPE_START;
        else if (byte != END)
            take_single(transcoder, byte);
        break;

    case LEAD_BYTE:
        if (byte == 0x1b) {
            transcoder->state = ESCAPE_START;
        } else if (byte != END) {
            transcoder->has_escaped = false;
            if (byte >= 0x21 && byte <= 0x7e) {
                transcoder->lead_byte = (unsigned char)byte;
                transcoder->state = TRAIL_BYTE;
            } else {
                put(transcoder, CNIL_UTF8_REPLACEMENT);
            }
        }
        break;

    case TRAIL_BYTE:
        code_point = byte >= 0x21 && byte <= 0x7e ? jis0208[transcoder->lead_byte - 0x21][byte - 0x21] : 0;
        transcoder->state = byte == 0x1b ? ESCAPE_START : LEAD_BYTE;
        put(transcoder, code_point != 0 ? code_point : CNIL_UTF8_REPLACEMENT);
        break;

    case ESCAPE_START:
        if (byte == '$' || byte == '(') {
            transcoder->lead_byte = (unsigned char)byte;
            transcoder->state = ESCAPE;
        } else {
            give_back(transcoder, byte);
        }
        break;

    case ESCAPE:
        take_escape(transcoder, byte);
        break;
    }
}

static void take(struct cnil_transcoder *transcoder, int byte)
{
    if (transcoder->charset == CNIL_CHARSET_ISO_2022_JP)
        take_jis(transcoder, byte);
    else
        take_utf16(transcoder, byte);
}

struct cnil_str cnil_transcoder_next(struct cnil_transcoder *transcoder)
{
    size_t at = 0;

    transcoder->len = 0;
    while (at < transcoder->chunk.len && transcoder->len + MOST <= sizeof(transcoder->out))
        take(transcoder, (unsigned char)transcoder->chunk.ptr[at++]);
    transcoder->chunk = cnil_str_slice(transcoder->chunk, at, transcoder->chunk.len);
    if (transcoder->chunk.len == 0 && transcoder->is_last && !transcoder->is_ended &&
        transcoder->len + MOST <= sizeof(transcoder->out)) {
        take(transcoder, END);
        transcoder->is_ended = true;
    }
    return (struct cnil_str){ transcoder->out, transcoder->len };
}
