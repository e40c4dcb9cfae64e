/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/intake.h"

#include "web/prescan.h"
#include "web/transcoder.h"

#include <stdlib.h>
#include <string.h>

enum {
    SNIFFED = 1445, /* what browsers look at to find a type (MIME Sniffing standard, 5.2) */
    LOOKED_AT = SNIFFED + CNIL_PRESCAN_BYTES,
    ESCAPE = 0x1b
};

struct cnil_intake {
    struct cnil_reading reading;
    struct cnil_decoder *decoder;       /* NULL: no coding */
    struct cnil_transcoder *transcoder; /* NULL: no conversion */

    struct cnil_str chunk; /* lent, not yet taken */
    bool is_last;
    bool is_ended; /* the last piece was given */

    struct cnil_str block; /* decoded, or the chunk itself */
    bool block_is_input;

    /* the start of the body, as long as it must be looked at */
    char head[LOOKED_AT];
    size_t head_len, head_at;
    bool has_looked;

    enum cnil_pairs pairs;
    struct cnil_str label; /* by which the beginning declares its charset, while that is at hand */
    size_t skip;           /* bytes of the start that do not go on: a mark of UTF-16 */
    bool puts_mark;        /* one of UTF-8 goes in their place: it counts for more than the header that has left */
    bool blanks;           /* escapes, because nobody knows the charset */
    bool has_blanked;
};

struct cnil_intake *cnil_intake_new(const struct cnil_reading *reading)
{
    struct cnil_intake *intake = calloc(1, sizeof(*intake));

    if (intake == NULL)
        return NULL;
    intake->reading = *reading;
    if (reading->codings.count > 0) {
        intake->decoder = cnil_decoder_new(&reading->codings);
        if (intake->decoder == NULL) {
            cnil_intake_free(intake);
            return NULL;
        }
    }
    return intake;
}

void cnil_intake_free(struct cnil_intake *intake)
{
    if (intake == NULL)
        return;
    cnil_decoder_free(intake->decoder);
    cnil_transcoder_free(intake->transcoder);
    free(intake);
}

void cnil_intake_feed(struct cnil_intake *intake, struct cnil_str chunk, bool last)
{
    if (intake->decoder != NULL)
        cnil_decoder_feed(intake->decoder, chunk, last);
    intake->chunk = chunk;
    intake->is_last = last;
}

enum cnil_content cnil_intake_content(const struct cnil_intake *intake)
{
    return intake->reading.content;
}

struct cnil_str cnil_intake_label(const struct cnil_intake *intake)
{
    return intake->label;
}

enum cnil_pairs cnil_intake_pairs(const struct cnil_intake *intake)
{
    return intake->pairs;
}

bool cnil_intake_has_blanked(const struct cnil_intake *intake)
{
    return intake->has_blanked;
}

/* ---- what it is ---- */

enum mark { NO_MARK, PERHAPS, MARK_UTF_8, MARK_UTF_16LE, MARK_UTF_16BE };

/* Encoding standard, "BOM sniff". */
static enum mark mark_of(struct cnil_str bytes, bool whole)
{
    static const struct cnil_str marks[] = { [MARK_UTF_8] = CNIL_STR_INIT("\xef\xbb\xbf"),
                                             [MARK_UTF_16LE] = CNIL_STR_INIT("\xff\xfe"),
                                             [MARK_UTF_16BE] = CNIL_STR_INIT("\xfe\xff") };

    for (enum mark mark = MARK_UTF_8; mark <= MARK_UTF_16BE; mark++) {
        if (cnil_str_starts_with(bytes, marks[mark]))
            return mark;
        if (!whole && cnil_str_starts_with(marks[mark], bytes))
            return PERHAPS;
    }
    return NO_MARK;
}

/* Is a body without a type a document? Browsers know a dozen tags and want a space or ">" behind them; others knew
 * more. Whatever looks like markup counts (MIME Sniffing standard, 7.1). False: more bytes are needed. */
static bool sniff(struct cnil_str bytes, bool whole, enum cnil_content *content)
{
    size_t at = 0;
    struct cnil_str here;

    *content = CNIL_CONTENT_OTHER;
    while (at < bytes.len && cnil_is_space(bytes.ptr[at]))
        at++;
    here = cnil_str_slice(bytes, at, bytes.len);
    if (at >= SNIFFED || (here.len == 0 && whole))
        return true;
    if (here.len == 0 || (here.len == 1 && here.ptr[0] == '<' && !whole))
        return false;
    if (here.ptr[0] != '<' || here.len == 1)
        return true;
    if (cnil_str_starts_with(here, CNIL_STR("<?xml")))
        *content = CNIL_CONTENT_XML;
    else if (here.len < 5 && !whole && cnil_str_starts_with(CNIL_STR("<?xml"), here))
        return false;
    else if (cnil_is_alpha(here.ptr[1]) || here.ptr[1] == '!' || here.ptr[1] == '?' || here.ptr[1] == '/')
        *content = CNIL_CONTENT_HTML;
    return true;
}

static enum cnil_status convert(struct cnil_intake *intake, enum cnil_charset charset)
{
    intake->transcoder = cnil_transcoder_new(charset);
    return intake->transcoder != NULL ? CNIL_OK : CNIL_NO_MEMORY;
}

/* No header says which charset it is. */
static bool find_charset(struct cnil_intake *intake, struct cnil_str bytes, bool whole, enum cnil_charset *charset)
{
    struct cnil_str first = cnil_str_slice(bytes, 0, CNIL_PRESCAN_BYTES);

    struct cnil_str label;

    *charset = CNIL_CHARSET_UNKNOWN;
    if (intake->reading.is_undeclared)
        return true;
    if (intake->reading.content == CNIL_CONTENT_CSS) { /* one that is not like ASCII blanked escapes stop */
        bool is_known = cnil_prescan_css(first, whole || first.len == CNIL_PRESCAN_BYTES, &label);

        intake->pairs = cnil_charset_pairs(label);
        return is_known;
    }
    whole = whole || first.len == CNIL_PRESCAN_BYTES;
    return intake->reading.content == CNIL_CONTENT_XML ? cnil_prescan_xml(first, whole, charset)
                                                       : cnil_prescan_html(first, whole, charset, &intake->label);
}

/* Decides on the start of the body. `*decided` false: more bytes are needed. */
static enum cnil_status decide(struct cnil_intake *intake, struct cnil_str bytes, bool whole, bool *decided)
{
    enum mark mark = mark_of(bytes, whole);
    enum cnil_charset charset = intake->reading.charset;
    enum cnil_content content;

    *decided = mark != PERHAPS;
    if (mark == PERHAPS)
        return CNIL_OK;
    if (intake->reading.is_untyped) {
        if (mark != NO_MARK) /* text, say browsers */
            content = CNIL_CONTENT_OTHER;
        else if (!sniff(bytes, whole, &content))
            *decided = false;
        if (!*decided)
            return CNIL_OK;
        intake->reading.content = content;
        intake->reading.is_untyped = false;
    }
    if (intake->reading.content == CNIL_CONTENT_OTHER || mark == MARK_UTF_8)
        return CNIL_OK;
    if (mark != NO_MARK) {
        intake->skip = 2;
        intake->puts_mark = true;
        return convert(intake, mark == MARK_UTF_16LE ? CNIL_CHARSET_UTF_16LE : CNIL_CHARSET_UTF_16BE);
    }
    intake->pairs = intake->reading.pairs;
    if (charset == CNIL_CHARSET_LIKE_ASCII)
        return CNIL_OK;
    if (charset != CNIL_CHARSET_UNKNOWN)
        return convert(intake, charset);
    if (intake->reading.content == CNIL_CONTENT_SCRIPT || intake->reading.content == CNIL_CONTENT_RULES ||
        intake->reading.content == CNIL_CONTENT_MANIFEST || intake->reading.content == CNIL_CONTENT_PLAYLIST)
        return CNIL_OK; /* they are UTF-8 */
    *decided = find_charset(intake, bytes, whole, &charset);
    if (!*decided)
        return CNIL_OK;
    if (charset == CNIL_CHARSET_LIKE_ASCII && intake->reading.content == CNIL_CONTENT_HTML)
        intake->pairs = cnil_charset_pairs(intake->label);
    if (charset == CNIL_CHARSET_UNKNOWN || charset == CNIL_CHARSET_LIKE_ASCII || charset == CNIL_CHARSET_REPLACEMENT) {
        intake->blanks = true;
        return CNIL_OK;
    }
    intake->puts_mark = true;
    return convert(intake, charset);
}

/* ---- where the bytes come from ---- */

/* The next block, decoded; empty: there is none until the next feed. */
static enum cnil_status next_block(struct cnil_intake *intake)
{
    if (intake->decoder != NULL) {
        intake->block_is_input = false;
        return cnil_decoder_next(intake->decoder, &intake->block);
    }
    intake->block = intake->chunk;
    intake->block_is_input = true;
    intake->chunk = CNIL_STR_EMPTY;
    return CNIL_OK;
}

/* Moves bytes from the start of the block to the head. */
static void gather(struct cnil_intake *intake, struct cnil_str bytes)
{
    if (bytes.len > 0)
        memcpy(intake->head + intake->head_len, bytes.ptr, bytes.len);
    intake->head_len += bytes.len;
    intake->block = cnil_str_slice(intake->block, bytes.len, intake->block.len);
}

/* Gathers the start of the body until it is decided upon; what was gathered stays in `head`. */
static enum cnil_status look(struct cnil_intake *intake)
{
    enum cnil_status status;

    for (;;) {
        struct cnil_str bytes;
        bool is_dry = false, whole;

        if (intake->block.len == 0) {
            status = next_block(intake);
            if (status != CNIL_OK)
                return status;
            is_dry = intake->block.len == 0;
        }
        whole = intake->is_last && (is_dry || intake->decoder == NULL);
        bytes = cnil_str_slice(intake->block, 0, LOOKED_AT - intake->head_len);
        if (intake->head_len > 0) {
            gather(intake, bytes);
            bytes = (struct cnil_str){ intake->head, intake->head_len };
        }
        if (bytes.len > 0 || whole) {
            status = decide(intake, bytes, whole || bytes.len == LOOKED_AT, &intake->has_looked);
            if (status != CNIL_OK || intake->has_looked)
                return status;
        }
        if (intake->head_len == 0)
            gather(intake, bytes);
        if (is_dry)
            return CNIL_OK;
    }
}

/* The bytes at hand: the rest of the head, then of the block. */
static enum cnil_status at_hand(struct cnil_intake *intake, struct cnil_str *bytes, bool *from_input)
{
    enum cnil_status status = CNIL_OK;

    *from_input = false;
    *bytes = (struct cnil_str){ intake->head + intake->head_at, intake->head_len - intake->head_at };
    if (bytes->len > 0)
        return CNIL_OK;
    if (intake->block.len == 0)
        status = next_block(intake);
    *bytes = intake->block;
    *from_input = intake->block_is_input;
    return status;
}

static void take(struct cnil_intake *intake, size_t len)
{
    if (intake->head_at < intake->head_len)
        intake->head_at += len;
    else
        intake->block = cnil_str_slice(intake->block, len, intake->block.len);
}

/* ---- what goes on ---- */

/* Gives the bytes as they are, up to an escape that a browser may take for ISO-2022-JP's. A substitute (U+001A) of the
 * same length stands for it: what follows is ASCII in every charset then. */
static void pass(struct cnil_intake *intake, struct cnil_str bytes, bool from_input, struct cnil_piece *piece)
{
    static const struct cnil_str substitute = CNIL_STR_INIT("\x1a");
    size_t len = intake->blanks ? cnil_str_find_byte(bytes, ESCAPE) : bytes.len;

    if (len == 0 && bytes.len > 0) {
        intake->has_blanked = true;
        piece->bytes = substitute;
        take(intake, 1);
        return;
    }
    piece->bytes = cnil_str_slice(bytes, 0, len);
    piece->from_input = from_input;
    take(intake, len);
}

static enum cnil_status convert_some(struct cnil_intake *intake, struct cnil_piece *piece)
{
    enum cnil_status status = CNIL_OK;

    piece->bytes = cnil_transcoder_next(intake->transcoder);
    while (piece->bytes.len == 0) {
        struct cnil_str bytes;
        bool from_input;

        status = at_hand(intake, &bytes, &from_input);
        if (status != CNIL_OK || (bytes.len == 0 && !intake->is_last))
            return status;
        cnil_transcoder_feed(intake->transcoder, bytes, bytes.len == 0);
        take(intake, bytes.len);
        piece->bytes = cnil_transcoder_next(intake->transcoder);
        if (bytes.len == 0)
            break;
    }
    return status;
}

enum cnil_status cnil_intake_next(struct cnil_intake *intake, struct cnil_piece *piece)
{
    static const struct cnil_str mark = CNIL_STR_INIT("\xef\xbb\xbf");
    struct cnil_str bytes;
    enum cnil_status status = CNIL_OK;
    bool from_input;

    *piece = (struct cnil_piece){ .bytes = CNIL_STR_EMPTY };
    if (intake->is_ended)
        return CNIL_OK;
    if (!intake->has_looked)
        status = look(intake);
    if (status != CNIL_OK || !intake->has_looked)
        return status;
    while (intake->skip > 0) { /* they are at hand: they have been looked at */
        status = at_hand(intake, &bytes, &from_input);
        if (status != CNIL_OK)
            return status;
        take(intake, 1);
        intake->skip--;
    }
    if (intake->puts_mark) {
        piece->bytes = mark;
        intake->puts_mark = false;
        return CNIL_OK;
    }
    if (intake->transcoder != NULL) {
        status = convert_some(intake, piece);
    } else {
        status = at_hand(intake, &bytes, &from_input);
        if (status == CNIL_OK)
            pass(intake, bytes, from_input, piece);
    }
    if (status != CNIL_OK || !intake->is_last)
        return status;
    /* Is it the last? One that came from a decoder is followed by an empty one, which is. */
    piece->last =
        piece->bytes.len == 0 || (intake->decoder == NULL && intake->transcoder == NULL && intake->block.len == 0 &&
                                  intake->chunk.len == 0 && intake->head_at == intake->head_len);
    intake->is_ended = piece->last;
    return CNIL_OK;
}
