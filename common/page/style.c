/* SPDX-License-Identifier: Apache-2.0 */
#include "page/style.h"

#include "page/nested.h"

#include <stdlib.h>

enum { USES = CNIL_CSS_SHEET + 1 };

static const struct cnil_str nowhere = CNIL_STR_INIT("about:invalid"); /* CSS Values 4, 4.5.4: resource not available */

struct cnil_style {
    struct cnil_judge *judge; /* the caller's */
    struct cnil_css_scanner *scanner, *kept;
    struct cnil_str elements[USES]; /* by enum cnil_css_use */
    bool drops_rest;                /* of a URL that was held back */
};

struct cnil_style *cnil_style_new(struct cnil_judge *judge)
{
    struct cnil_style *style = calloc(1, sizeof(*style));

    if (style == NULL)
        return NULL;
    style->judge = judge;
    style->scanner = cnil_css_scanner_new();
    style->kept = cnil_css_scanner_new();
    if (style->scanner == NULL || style->kept == NULL) {
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
    cnil_css_scanner_free(style->kept);
    free(style);
}

static void begin(struct cnil_style *style, struct cnil_str url, struct cnil_str font, struct cnil_str import)
{
    style->elements[CNIL_CSS_IMAGE] = url;
    style->elements[CNIL_CSS_FONT] = font;
    style->elements[CNIL_CSS_SHEET] = import;
    style->drops_rest = false;
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

void cnil_style_feed(struct cnil_style *style, struct cnil_str chunk, enum cnil_css_border border)
{
    cnil_css_scanner_feed(style->scanner, chunk, border);
}

void cnil_style_keep(struct cnil_style *style)
{
    cnil_css_scanner_copy(style->kept, style->scanner);
}

void cnil_style_return(struct cnil_style *style)
{
    cnil_css_scanner_copy(style->scanner, style->kept);
    style->drops_rest = false;
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
                                 style->elements[token->use], held);
    return status;
}

enum cnil_status cnil_style_next(struct cnil_style *style, struct cnil_style_piece *piece, bool *more)
{
    struct cnil_css_token token;
    enum cnil_status status = cnil_css_scanner_next(style->scanner, &token, more);

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

struct cnil_str cnil_style_waiting(const struct cnil_style *style)
{
    return cnil_css_scanner_held(style->scanner);
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
