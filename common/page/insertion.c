/* SPDX-License-Identifier: Apache-2.0 */
#include "page/insertion.h"

/* Start tags that a browser accepts without opening body. */
static bool is_head_material(cnil_html_name tag)
{
    switch (tag) {
    case CNIL_TAG_HTML:
    case CNIL_TAG_HEAD:
    case CNIL_TAG_BASE:
    case CNIL_TAG_BASEFONT:
    case CNIL_TAG_BGSOUND:
    case CNIL_TAG_LINK:
    case CNIL_TAG_META:
    case CNIL_TAG_NOFRAMES:
    case CNIL_TAG_NOSCRIPT:
    case CNIL_TAG_SCRIPT:
    case CNIL_TAG_STYLE:
    case CNIL_TAG_TEMPLATE:
    case CNIL_TAG_TITLE:
        return true;
    default:
        return false;
    }
}

/* A byte order mark is no text: the decoder takes it away. One byte at a time, so that cuts do not matter. */
static bool is_bom(struct cnil_insertion_point *point, char c)
{
    static const char bom[] = "\xef\xbb\xbf";

    if (point->bom < 3 && c == bom[point->bom]) {
        point->bom++;
        return true;
    }
    return false;
}

static size_t find_in_text(struct cnil_insertion_point *point, struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_bom(point, text.ptr[i])) {
            point->bom = 4;
            if (!cnil_is_space(text.ptr[i]))
                return i;
        }
    return CNIL_INSERTION_NOT_HERE;
}

static bool may_insert(const struct cnil_insertion_point *point, const struct cnil_html_token *token)
{
    if (point->when != CNIL_INSERT_ALWAYS && !point->is_document)
        return false;
    return !point->has_begun || (token->kind == CNIL_HTML_START_TAG && token->tag == CNIL_TAG_BODY);
}

static size_t find_in_start_tag(struct cnil_insertion_point *point, const struct cnil_html_token *token)
{
    if (token->tag == CNIL_TAG_BODY) {
        point->is_document = true;
        return token->last ? token->raw.len : CNIL_INSERTION_NOT_HERE;
    }
    if (!token->first)
        return CNIL_INSERTION_NOT_HERE;
    if (token->tag == CNIL_TAG_FRAMESET && !point->has_begun) { /* a page of frames has no body */
        point->is_done = true;
        return CNIL_INSERTION_NOT_HERE;
    }
    if (token->tag == CNIL_TAG_HTML || token->tag == CNIL_TAG_HEAD)
        point->is_document = true;
    return is_head_material(token->tag) ? CNIL_INSERTION_NOT_HERE : 0;
}

/* XML has no tags that are left out: body is where it stands. */
static size_t find_in_xml(struct cnil_insertion_point *point, const struct cnil_html_token *token)
{
    if (token->kind != CNIL_HTML_START_TAG || token->tag != CNIL_TAG_BODY || !token->last || token->self_closing)
        return CNIL_INSERTION_NOT_HERE;
    point->is_done = true;
    return token->raw.len;
}

size_t cnil_insertion_find(struct cnil_insertion_point *point, const struct cnil_html_token *token)
{
    size_t at = CNIL_INSERTION_NOT_HERE;

    if (point->when == CNIL_INSERT_NEVER || point->is_done) {
        point->is_done = true;
        return at;
    }
    if (token->is_xml)
        return find_in_xml(point, token);
    point->is_closed = false;
    if (token->inert || token->noscript)
        return at;
    switch (token->kind) {
    case CNIL_HTML_TEXT:
        if (token->text_mode == CNIL_HTML_DATA) {
            at = find_in_text(point, token->raw);
            point->is_closed = true;
        }
        break;
    case CNIL_HTML_START_TAG:
        at = find_in_start_tag(point, token);
        point->is_closed = token->last && token->text_mode == CNIL_HTML_DATA && token->tag != CNIL_TAG_TEMPLATE &&
                           token->tag != CNIL_TAG_NOSCRIPT;
        break;
    case CNIL_HTML_END_TAG:
        if (token->tag == CNIL_TAG_BODY || token->tag == CNIL_TAG_HTML || token->tag == CNIL_TAG_BR)
            at = token->first ? 0 : CNIL_INSERTION_NOT_HERE;
        point->is_closed = token->last;
        break;
    case CNIL_HTML_DOCTYPE:
        point->is_document = true;
        point->is_closed = cnil_str_ends_with(token->raw, CNIL_STR(">"));
        break;
    case CNIL_HTML_COMMENT: /* the end of the input ends one, too */
        point->is_closed = cnil_str_ends_with(token->raw, CNIL_STR(">"));
        break;
    case CNIL_HTML_CDATA:
    case CNIL_HTML_CUT:
    case CNIL_HTML_NOTHING:
        break;
    }
    if (token->kind != CNIL_HTML_TEXT)
        point->bom = 4;
    if (at == CNIL_INSERTION_NOT_HERE)
        return at;
    if (!may_insert(point, token)) {
        point->has_begun = true;
        return CNIL_INSERTION_NOT_HERE;
    }
    point->is_done = true;
    return at;
}

/* Tags before which nothing of the document can have run. */
static bool opens_document(cnil_html_name tag)
{
    return tag == CNIL_TAG_HTML || tag == CNIL_TAG_HEAD || tag == CNIL_TAG_BODY || tag == CNIL_TAG_FRAMESET;
}

static size_t find_head_in_tag(struct cnil_insertion_point *point, const struct cnil_html_token *token)
{
    bool is_start = token->kind == CNIL_HTML_START_TAG;

    if (is_start && token->ns == CNIL_HTML_NS_HTML && opens_document(token->tag))
        point->is_document = true;
    else if (point->has_begun)
        return CNIL_INSERTION_NOT_HERE;
    if (is_start && token->tag == CNIL_TAG_HEAD && !point->has_begun)
        return token->last ? token->raw.len : CNIL_INSERTION_NOT_HERE;
    if (!token->first || (is_start && token->tag == CNIL_TAG_HTML && !point->has_begun))
        return CNIL_INSERTION_NOT_HERE;
    return is_start || token->tag == CNIL_TAG_HEAD || token->tag == CNIL_TAG_BODY || token->tag == CNIL_TAG_HTML ||
                   token->tag == CNIL_TAG_BR
               ? 0
               : CNIL_INSERTION_NOT_HERE;
}

/* Behind the start tag of head; where html begins with something else, before that; in other XML behind the first start
 * tag. */
static size_t find_head_in_xml(struct cnil_insertion_point *point, const struct cnil_html_token *token)
{
    bool is_head = point->has_begun && token->tag == CNIL_TAG_HEAD && !token->self_closing;
    bool is_root = !point->has_begun && token->tag != CNIL_TAG_HTML;

    if (token->kind != CNIL_HTML_START_TAG || (is_root && (token->self_closing || token->tag == CNIL_TAG_LINK)))
        return CNIL_INSERTION_NOT_HERE; /* an instruction for a style sheet counts as a link */
    if (!point->has_begun && !is_root) {
        point->has_begun = true;
        return CNIL_INSERTION_NOT_HERE;
    }
    if (is_head || is_root ? !token->last : !token->first)
        return CNIL_INSERTION_NOT_HERE;
    point->is_done = true;
    return is_head || is_root ? token->raw.len : 0;
}

size_t cnil_insertion_find_head(struct cnil_insertion_point *point, const struct cnil_html_token *token)
{
    size_t at = CNIL_INSERTION_NOT_HERE;

    if (point->when == CNIL_INSERT_NEVER || point->is_done) {
        point->is_done = true;
        return at;
    }
    if (token->is_xml)
        return find_head_in_xml(point, token);
    if (token->inert || token->noscript)
        return at;
    if (token->kind == CNIL_HTML_DOCTYPE)
        point->is_document = true;
    else if (token->kind == CNIL_HTML_TEXT && token->text_mode == CNIL_HTML_DATA && !point->has_begun)
        at = find_in_text(point, token->raw);
    else if (token->kind == CNIL_HTML_START_TAG || token->kind == CNIL_HTML_END_TAG)
        at = find_head_in_tag(point, token);
    if (token->kind != CNIL_HTML_TEXT)
        point->bom = 4;
    if (at == CNIL_INSERTION_NOT_HERE)
        return at;
    point->has_begun = true;
    if (point->when != CNIL_INSERT_ALWAYS && !point->is_document)
        return CNIL_INSERTION_NOT_HERE;
    point->is_done = true;
    return at;
}

bool cnil_insertion_at_end(const struct cnil_insertion_point *point)
{
    return !point->is_done && point->is_document && point->is_closed && point->when != CNIL_INSERT_NEVER;
}
