/* SPDX-License-Identifier: Apache-2.0 */
#include "page/style.h"

#include "page/nested.h"
#include "web/html_entity.h"

#include <stdlib.h>
#include <string.h>

enum {
    USES = CNIL_CSS_SHEET + 1,
    REFERENCE = 256 /* a longer character reference is read on its prefix */
};

static const struct cnil_str nowhere = CNIL_STR_INIT("about:invalid"); /* CSS Values 4, 4.5.4: resource not available */

struct cnil_style {
    struct cnil_judge *judge; /* the caller's */
    struct cnil_css_scanner *scanner;
    struct cnil_str elements[USES]; /* by enum cnil_css_use */
    bool drops_rest;                /* of a URL that was held back */

    /* Where character references are read, the scanner sees segments: bytes without one as they stand, what one of them
     * means. Of what it holds back the bytes as they came in are `waits` from `waits_at` on and the chunk from `from`
     * to `at`. */
    enum cnil_style_text text;
    struct cnil_str chunk;
    enum cnil_css_border border;
    bool has_border; /* the scanner was told of it */
    size_t from, at;
    struct cnil_buffer waits[3]; /* by `turn`; what was given out lies in the others */
    unsigned turn;
    size_t waits_at;
    size_t undecided; /* bytes at the end of what waits are of a reference that may go on */

    struct cnil_str segment; /* as the scanner sees it */
    size_t segment_from;     /* … of the chunk */
    bool is_reference;
    size_t carried; /* what the scanner held back before it */
    size_t used;    /* of it, by tokens */
    struct cnil_buffer meaning;
};

struct cnil_style *cnil_style_new(struct cnil_judge *judge)
{
    struct cnil_style *style = calloc(1, sizeof(*style));

    if (style == NULL)
        return NULL;
    style->judge = judge;
    for (size_t i = 0; i < sizeof(style->waits) / sizeof(style->waits[0]); i++)
        cnil_buffer_init(&style->waits[i], 3 * CNIL_LIMIT_URL);
    cnil_buffer_init(&style->meaning, 4 * REFERENCE);
    style->scanner = cnil_css_scanner_new();
    if (style->scanner == NULL) {
        cnil_style_free(style);
        return NULL;
    }
    return style;
}

void cnil_style_free(struct cnil_style *style)
{
    if (style == NULL)
        return;
    cnil_css_scanner_free(style->scanner);
    for (size_t i = 0; i < sizeof(style->waits) / sizeof(style->waits[0]); i++)
        cnil_buffer_free(&style->waits[i]);
    cnil_buffer_free(&style->meaning);
    free(style);
}

static void begin(struct cnil_style *style, struct cnil_str url, struct cnil_str font, struct cnil_str import)
{
    style->elements[CNIL_CSS_IMAGE] = url;
    style->elements[CNIL_CSS_FONT] = font;
    style->elements[CNIL_CSS_SHEET] = import;
    style->drops_rest = false;
    style->text = CNIL_STYLE_PLAIN;
    cnil_css_scanner_begin(style->scanner);
}

void cnil_style_begin(struct cnil_style *style, enum cnil_style_place place)
{
    if (place == CNIL_STYLE_ELEMENT)
        begin(style, CNIL_STR("style url"), CNIL_STR("style font"), CNIL_STR("style import"));
    else
        begin(style, CNIL_STR("css url"), CNIL_STR("css font"), CNIL_STR("css import"));
}

void cnil_style_begin_attribute(struct cnil_style *style, struct cnil_str label)
{
    begin(style, label, label, label);
}

/* ---- character references ---- */

static struct cnil_str waiting(const struct cnil_style *style)
{
    const struct cnil_buffer *waits = &style->waits[style->turn];

    return cnil_str_slice(cnil_buffer_str(waits), style->waits_at, waits->len);
}

/* Puts more of the chunk behind what waits, in a place of its own. */
static void move_waiting(struct cnil_style *style, struct cnil_str more)
{
    struct cnil_str before = waiting(style);

    style->turn = (style->turn + 1) % (sizeof(style->waits) / sizeof(style->waits[0]));
    style->waits_at = 0;
    cnil_buffer_clear(&style->waits[style->turn]);
    cnil_buffer_append(&style->waits[style->turn], before);
    cnil_buffer_append(&style->waits[style->turn], more);
}

enum cnil_status cnil_style_read_as(struct cnil_style *style, enum cnil_style_text text)
{
    if (style->text == CNIL_STYLE_PLAIN && text != CNIL_STYLE_PLAIN) {
        style->undecided = style->waits_at = 0;
        cnil_buffer_clear(&style->waits[style->turn]);
        cnil_buffer_append(&style->waits[style->turn], cnil_css_scanner_held(style->scanner));
    }
    style->text = text;
    return cnil_buffer_status(&style->waits[style->turn]);
}

enum cnil_style_text cnil_style_text(const struct cnil_style *style)
{
    return style->text;
}

/* How many of the next bytes belong to the reference of which `known` came before; false: it may go on behind them. */
static bool find_reference_end(size_t known, struct cnil_str bytes, size_t *end)
{
    size_t at = known == 0 ? 1 : 0;

    while (at < bytes.len && known + at < REFERENCE &&
           (cnil_is_alpha(bytes.ptr[at]) || cnil_is_digit(bytes.ptr[at]) || bytes.ptr[at] == '#'))
        at++;
    *end = at;
    if (known + at == REFERENCE)
        return true;
    *end += at < bytes.len && bytes.ptr[at] == ';' ? 1 : 0;
    return at < bytes.len;
}

size_t cnil_style_reference(struct cnil_str text, bool *is_one)
{
    struct cnil_buffer meaning;
    size_t len;

    (void)find_reference_end(0, text, &len);
    cnil_buffer_init(&meaning, 4 * REFERENCE);
    cnil_html_decode(cnil_str_slice(text, 0, len), false, &meaning);
    *is_one = !cnil_str_equal(cnil_buffer_str(&meaning), cnil_str_slice(text, 0, len)); /* or there is no memory */
    cnil_buffer_free(&meaning);
    return len;
}

static void show(struct cnil_style *style, struct cnil_str segment, size_t len, enum cnil_css_border border)
{
    style->carried = cnil_css_scanner_held(style->scanner).len;
    style->used = 0;
    style->segment = segment;
    style->segment_from = style->at;
    style->at += len;
    cnil_css_scanner_feed(style->scanner, segment, border);
}

static void show_reference(struct cnil_style *style, struct cnil_str rest)
{
    struct cnil_str before = waiting(style), text;
    struct cnil_buffer *meaning = &style->meaning;
    char bytes[REFERENCE + 1];

    before = cnil_str_slice(before, before.len - style->undecided, before.len);
    if (before.len > 0)
        memcpy(bytes, before.ptr, before.len);
    if (rest.len > 0)
        memcpy(bytes + before.len, rest.ptr, rest.len);
    text = (struct cnil_str){ bytes, before.len + rest.len };
    cnil_buffer_clear(meaning);
    cnil_html_decode(text, false, meaning);
    if (style->text == CNIL_STYLE_DOUBT && !cnil_str_equal(cnil_buffer_str(meaning), text)) {
        cnil_buffer_clear(meaning);
        cnil_buffer_append(meaning, CNIL_STR("_"));
        cnil_buffer_append(meaning, cnil_str_slice(text, 1, text.len));
    }
    show(style, cnil_buffer_str(meaning), rest.len, CNIL_CSS_MORE);
    style->is_reference = true;
}

/* Shows the scanner the next segment; false: there is none in this chunk. */
static bool show_next(struct cnil_style *style)
{
    struct cnil_str rest = cnil_str_slice(style->chunk, style->at, style->chunk.len);
    size_t len;
    bool is_whole;

    if (style->is_reference) {
        style->undecided = 0;
        style->is_reference = false;
        /* Written so, a URL may be many times as long. */
        if (waiting(style).len + style->at - style->from > CNIL_LIMIT_URL) {
            show(style, CNIL_STR_EMPTY, 0, CNIL_CSS_CUT);
            return true;
        }
    }
    if (style->undecided > 0 || (rest.len > 0 && *rest.ptr == '&')) {
        is_whole = find_reference_end(style->undecided, rest, &len);
        if (is_whole || style->border != CNIL_CSS_MORE) {
            show_reference(style, cnil_str_slice(rest, 0, len));
            return true;
        }
        style->undecided += len;
        style->at += len;
        return false;
    }
    if (rest.len > 0) {
        len = cnil_str_find_byte(rest, '&');
        show(style, cnil_str_slice(rest, 0, len), len, CNIL_CSS_MORE);
        return true;
    }
    if (style->border == CNIL_CSS_MORE || style->has_border)
        return false;
    style->has_border = true;
    show(style, CNIL_STR_EMPTY, 0, style->border);
    return true;
}

/* The bytes as they came in of a token; all of a reference belong to the first token that has some of it. */
static struct cnil_str raw_of(struct cnil_style *style, struct cnil_str seen)
{
    uintptr_t at = (uintptr_t)seen.ptr, segment = (uintptr_t)style->segment.ptr;
    struct cnil_str before = waiting(style), raw;
    size_t to = style->segment_from;

    if (at < segment || at >= segment + style->segment.len) {
        style->used += seen.len - style->carried;
        style->carried = 0;
    } else {
        style->used += seen.len;
    }
    if (style->used > 0)
        to = style->is_reference ? style->at : style->segment_from + style->used;
    else if (style->is_reference && style->undecided > 0) { /* what waits before it */
        style->waits_at += before.len - style->undecided;
        return cnil_str_slice(before, 0, before.len - style->undecided);
    }
    raw = cnil_str_slice(style->chunk, style->from, to);
    style->from = to;
    if (before.len == 0)
        return raw;
    move_waiting(style, raw);
    raw = waiting(style);
    style->waits_at = raw.len;
    return raw;
}

/* The same as cnil_css_scanner_next(), with the bytes as they came in. */
static enum cnil_status next_with_references(struct cnil_style *style, struct cnil_css_token *token, bool *more)
{
    enum cnil_status status;

    for (;;) {
        status = cnil_css_scanner_next(style->scanner, token, more);
        if (status != CNIL_OK)
            return status;
        if (*more)
            token->raw = raw_of(style, token->raw);
        else if (show_next(style))
            continue;
        else
            move_waiting(style, cnil_str_slice(style->chunk, style->from, style->chunk.len));
        if (!*more)
            style->from = style->chunk.len;
        status = cnil_buffer_status(&style->meaning);
        return status == CNIL_OK ? cnil_buffer_status(&style->waits[style->turn]) : status;
    }
}

/* ---- the sheet ---- */

void cnil_style_feed(struct cnil_style *style, struct cnil_str chunk, enum cnil_css_border border)
{
    cnil_css_scanner_read_pairs(style->scanner, cnil_judge_pairs(style->judge));
    if (style->text == CNIL_STYLE_PLAIN) {
        cnil_css_scanner_feed(style->scanner, chunk, border);
        return;
    }
    style->chunk = chunk;
    style->border = border;
    style->has_border = style->is_reference = false;
    style->from = style->at = 0;
    cnil_css_scanner_feed(style->scanner, CNIL_STR_EMPTY, CNIL_CSS_MORE);
}

static enum cnil_status judge(struct cnil_style *style, const struct cnil_css_token *token, bool *held)
{
    static const enum cnil_resource resources[USES] = {
        [CNIL_CSS_IMAGE] = CNIL_RESOURCE_IMAGE, /* or a cursor, a filter: what url() alone does not tell */
        [CNIL_CSS_FONT] = CNIL_RESOURCE_FONT,
        [CNIL_CSS_SHEET] = CNIL_RESOURCE_STYLE,
    };
    const struct cnil_element_use use = { .resource = resources[token->use] };

    enum cnil_status status =
        cnil_judge_url(style->judge, token->value, token->open, &use, style->elements[token->use], held);

    if (status == CNIL_OK && !*held && token->use == CNIL_CSS_SHEET) /* it may hold a sheet itself */
        status = cnil_nested_url(style->judge, token->value, token->open, CNIL_RESOURCE_STYLE,
                                 style->elements[token->use], NULL, held);
    return status;
}

enum cnil_status cnil_style_next(struct cnil_style *style, struct cnil_style_piece *piece, bool *more)
{
    struct cnil_css_token token;
    enum cnil_status status = style->text != CNIL_STYLE_PLAIN ? next_with_references(style, &token, more)
                                                              : cnil_css_scanner_next(style->scanner, &token, more);

    if (status != CNIL_OK || !*more)
        return status;
    *piece = (struct cnil_style_piece){ .raw = token.raw };
    if (token.kind == CNIL_CSS_URL) {
        status = judge(style, &token, &piece->is_held);
        piece->put = nowhere;
        style->drops_rest = piece->is_held;
    } else {
        piece->is_held = token.kind == CNIL_CSS_REST && style->drops_rest;
    }
    return status;
}

struct cnil_str cnil_style_stopgap(const struct cnil_style *style)
{
    return cnil_css_scanner_awaits_url(style->scanner) ? nowhere : CNIL_STR_EMPTY;
}

struct cnil_str cnil_style_waiting(const struct cnil_style *style)
{
    return style->text != CNIL_STYLE_PLAIN ? waiting(style) : cnil_css_scanner_held(style->scanner);
}

enum cnil_status cnil_style_holds(struct cnil_style *style, struct cnil_str sheet, bool *held)
{
    struct cnil_style_piece piece;
    enum cnil_status status;
    bool more = true;

    *held = false;
    cnil_style_begin(style, CNIL_STYLE_SHEET);
    cnil_style_feed(style, sheet, CNIL_CSS_END);
    while (!*held && (status = cnil_style_next(style, &piece, &more)) == CNIL_OK && more)
        *held = piece.is_held;
    return *held ? CNIL_OK : status;
}
