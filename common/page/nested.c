/* SPDX-License-Identifier: Apache-2.0 */
#include "page/nested.h"

#include "base/limits.h"
#include "page/card.h"
#include "page/guard.h"
#include "page/rewriter.h"
#include "page/style.h"
#include "web/data_url.h"
#include "web/utf8.h"

#include <string.h>

/* ---- documents ---- */

static enum cnil_status pull(struct cnil_rewriter *rewriter, struct cnil_str html, struct cnil_buffer *out,
                             bool *changed)
{
    struct cnil_str rest = html; /* what has not come out yet, as long as all came out as it was */
    struct cnil_span span;
    enum cnil_status status = cnil_rewriter_feed(rewriter, html, true);

    while (status == CNIL_OK && (status = cnil_rewriter_next(rewriter, &span)) == CNIL_OK && span.len > 0) {
        const struct cnil_str bytes = { span.ptr, span.len };

        *changed = *changed || !cnil_str_starts_with(rest, bytes);
        rest = cnil_str_slice(rest, span.len, rest.len);
        if (out != NULL)
            cnil_buffer_append(out, bytes);
    }
    *changed = *changed || rest.len > 0;
    return status == CNIL_OK && out != NULL ? cnil_buffer_status(out) : status;
}

static enum cnil_status rewrite(struct cnil_judge *judge, struct cnil_str html, struct cnil_str guard,
                                enum cnil_inside inside, struct cnil_buffer *out, bool *changed)
{
    struct cnil_rewriter *rewriter;
    enum cnil_status status;

    *changed = false;
    if (guard.len > 0 && (cnil_str_find(html, guard) < html.len || cnil_card_is(html)))
        guard = CNIL_STR_EMPTY; /* once is enough */
    if (cnil_judge_depth(judge) == CNIL_LIMIT_NESTING)
        return CNIL_TOO_LARGE;
    rewriter = cnil_rewriter_new_inside(judge, guard, inside);
    if (rewriter == NULL)
        return CNIL_NO_MEMORY;
    status = pull(rewriter, html, out, changed);
    cnil_rewriter_free(rewriter);
    return status;
}

enum cnil_status cnil_nested_rewrite(struct cnil_judge *judge, struct cnil_str html, struct cnil_str guard,
                                     struct cnil_buffer *out, bool *changed)
{
    return rewrite(judge, html, guard, CNIL_INSIDE_PAGE, out, changed);
}

bool cnil_nested_is_guarded_alone(struct cnil_str before, struct cnil_str after, struct cnil_str guard, size_t *at)
{
    *at = cnil_str_find(after, guard);
    return guard.len > 0 && after.len == before.len + guard.len &&
           cnil_str_starts_with(before, cnil_str_slice(after, 0, *at)) &&
           cnil_str_equal(cnil_str_slice(after, *at + guard.len, after.len), cnil_str_slice(before, *at, before.len));
}

void cnil_nested_escape(struct cnil_str html, struct cnil_buffer *out)
{
    size_t from = 0, at = 0;

    while (at < html.len) {
        unsigned char c = (unsigned char)html.ptr[at];
        struct cnil_str rest = cnil_str_slice(html, at, html.len);
        bool valid = true;
        uint32_t point = c >= 0x80 ? cnil_utf8_next(&rest, &valid) : c;

        if (!valid || (c < 0x80 && c != '&' && c != '"' && c != '<' && c != '>')) {
            at++;
            continue;
        }
        cnil_buffer_append(out, cnil_str_slice(html, from, at));
        if (c == '"')
            cnil_buffer_append(out, CNIL_STR("&quot;"));
        else if (c == '&')
            cnil_buffer_append(out, CNIL_STR("&amp;"));
        else if (c == '<')
            cnil_buffer_append(out, CNIL_STR("&lt;"));
        else if (c == '>')
            cnil_buffer_append(out, CNIL_STR("&gt;"));
        else
            cnil_buffer_print(out, "&#%u;", (unsigned)point);
        from = at = c >= 0x80 ? (size_t)(rest.ptr - html.ptr) : at + 1;
    }
    cnil_buffer_append(out, cnil_str_slice(html, from, html.len));
}

/* ---- URLs ---- */

/* Past spaces and control characters, as browsers read a URL. */
static char first_of(struct cnil_str text)
{
    size_t at = 0;

    while (at < text.len && (unsigned char)text.ptr[at] <= ' ')
        at++;
    return at < text.len ? cnil_lower(text.ptr[at]) : '\0';
}

static bool is_html(struct cnil_str type)
{
    return cnil_str_equal_nocase(type, CNIL_STR("text/html"));
}

static bool is_xml(struct cnil_str type)
{
    return cnil_str_equal_nocase(type, CNIL_STR("text/xml")) ||
           cnil_str_equal_nocase(type, CNIL_STR("application/xml")) ||
           (type.len > 4 && cnil_str_equal_nocase(cnil_str_slice(type, type.len - 4, type.len), CNIL_STR("+xml")));
}

static enum cnil_status hold(struct cnil_judge *judge, struct cnil_str element, bool *held)
{
    cnil_judge_hold(judge, element);
    *held = true;
    return CNIL_OK;
}

static bool has(struct cnil_str text, struct cnil_str part)
{
    return cnil_str_find(text, part) < text.len;
}

/* Could a browser read something else in these bytes? In UTF-16, whatever declares it, a NUL stands beside each
 * character of ASCII, and ISO-2022-JP begins what hides these with an escape. XML may declare markup and URLs. */
static bool is_ambiguous(struct cnil_str body, bool xml)
{
    return (body.len > 0 && (memchr(body.ptr, '\0', body.len) != NULL || memchr(body.ptr, '\33', body.len) != NULL)) ||
           (xml && (has(body, CNIL_STR("<!ENTITY")) || has(body, CNIL_STR("<!ATTLIST"))));
}

/* A style sheet, whatever its type: pages without a doctype do not ask. */
static enum cnil_status judge_sheet(struct cnil_judge *judge, struct cnil_str css, struct cnil_str element, bool *held)
{
    struct cnil_judge *inside;
    struct cnil_style *style;
    enum cnil_status status = CNIL_NO_MEMORY;

    if (cnil_judge_depth(judge) >= CNIL_LIMIT_NESTING)
        return hold(judge, element, held);
    inside = cnil_judge_new_inside(judge, false);
    style = inside != NULL ? cnil_style_new(inside) : NULL;
    if (style != NULL)
        status = cnil_style_holds(style, css, held);
    cnil_style_free(style);
    cnil_judge_free(inside);
    return status;
}

/* Could anything in it run? Code stands in an element of its own, or in the value of an attribute. */
static bool may_run(struct cnil_str html)
{
    return has(html, CNIL_STR("=")) || has(html, CNIL_STR("<s")) || has(html, CNIL_STR("<S"));
}

/* The same of XML, where references may hide what an address is, and "=" stands in every drawing. */
static bool may_run_in_xml(struct cnil_str xml)
{
    for (size_t at = 1; at < xml.len; at++)
        if (cnil_is_space(xml.ptr[at - 1]) && cnil_str_starts_with(cnil_str_slice(xml, at, xml.len), CNIL_STR("on")))
            return true;
    return has(xml, CNIL_STR("script")) || has(xml, CNIL_STR("&#")) || has(xml, CNIL_STR("srcdoc"));
}

/* What its scripts fetch at run time the guard holds back. All of it waits where it has something that is held back, or
 * where the guard is not all that it needs: other documents in it do, too. */
static enum cnil_status judge_markup(struct cnil_judge *judge, struct cnil_str href, struct cnil_str html,
                                     struct cnil_str guard, enum cnil_inside inside, struct cnil_str element,
                                     struct cnil_buffer *out, bool *held)
{
    struct cnil_buffer document;
    enum cnil_status status;
    size_t before = cnil_judge_holds(judge), at;
    bool changed;

    cnil_buffer_init(&document, 2 * CNIL_LIMIT_URL);
    status = rewrite(judge, html, guard, inside, &document, &changed);
    if (status == CNIL_OK && changed) {
        if (cnil_judge_holds(judge) > before) {
            *held = true;
        } else if (out == NULL || !cnil_nested_is_guarded_alone(html, cnil_buffer_str(&document), guard, &at)) {
            *held = cnil_judge_unread(judge, element);
        } else {
            cnil_data_url_insert(href, at, guard, out);
            status = out->len > CNIL_LIMIT_URL ? CNIL_TOO_LARGE : cnil_buffer_status(out);
        }
    }
    cnil_buffer_free(&document);
    return status;
}

static enum cnil_status judge_html(struct cnil_judge *judge, struct cnil_str href, struct cnil_str html,
                                   struct cnil_str element, struct cnil_buffer *out, bool *held)
{
    struct cnil_str guard = may_run(html) ? cnil_judge_guard_apart(judge) : CNIL_STR_EMPTY;

    return judge_markup(judge, href, html, guard, CNIL_INSIDE_URL, element, out, held);
}

static enum cnil_status judge_xml(struct cnil_judge *judge, struct cnil_str href, struct cnil_str xml,
                                  struct cnil_str element, struct cnil_buffer *out, bool *held)
{
    struct cnil_buffer guard;
    enum cnil_status status;

    cnil_buffer_init(&guard, CNIL_LIMIT_URL);
    if (may_run_in_xml(xml))
        cnil_guard_write_xml(cnil_judge_guard_apart(judge), &guard);
    status = cnil_buffer_status(&guard);
    if (status == CNIL_OK)
        status = judge_markup(judge, href, xml, cnil_buffer_str(&guard), CNIL_INSIDE_XML_URL, element, out, held);
    cnil_buffer_free(&guard);
    return status;
}

static enum cnil_status judge_data(struct cnil_judge *judge, const struct cnil_url *url, bool is_open,
                                   enum cnil_resource resource, struct cnil_str element, struct cnil_buffer *out,
                                   bool *held)
{
    struct cnil_buffer body;
    struct cnil_str type, parameters;
    enum cnil_status status = CNIL_OK;
    bool is_script = resource == CNIL_RESOURCE_SCRIPT, is_sheet = resource == CNIL_RESOURCE_STYLE;
    bool is_document = !is_script && !is_sheet;

    cnil_buffer_init(&body, CNIL_LIMIT_URL);
    if (!cnil_data_url_read(url->href, &type, &parameters, &body)) {
        status = is_open ? hold(judge, element, held) : CNIL_OK; /* a browser fails, too */
    } else if (is_script || is_sheet || is_html(type) || is_xml(type)) {
        status = cnil_buffer_status(&body);
        if (status == CNIL_TOO_LARGE || (status == CNIL_OK && (is_open || url->truncated)))
            status = hold(judge, element, held);
        else if (status == CNIL_OK && is_ambiguous(cnil_buffer_str(&body), is_document && is_xml(type)))
            *held = cnil_judge_unread(judge, element);
        else if (status == CNIL_OK && is_script)
            status = cnil_judge_script(judge, CNIL_SCRIPT_CLASSIC, cnil_buffer_str(&body), element, held);
        else if (status == CNIL_OK && is_sheet)
            status = judge_sheet(judge, cnil_buffer_str(&body), element, held);
        else if (status == CNIL_OK && is_html(type))
            status = judge_html(judge, url->href, cnil_buffer_str(&body), element, out, held);
        else if (status == CNIL_OK)
            status = judge_xml(judge, url->href, cnil_buffer_str(&body), element, out, held);
        if (status == CNIL_TOO_LARGE)
            status = hold(judge, element, held);
    }
    cnil_buffer_free(&body);
    return status;
}

static enum cnil_status judge_javascript(struct cnil_judge *judge, const struct cnil_url *url, bool is_open,
                                         struct cnil_str element, bool *held)
{
    struct cnil_buffer text;
    enum cnil_status status;

    cnil_buffer_init(&text, 2 * CNIL_LIMIT_URL);
    cnil_percent_decode(cnil_str_slice(url->href, sizeof("javascript:") - 1, url->href.len), &text);
    status = cnil_buffer_status(&text);
    if (status == CNIL_TOO_LARGE || (status == CNIL_OK && (is_open || url->truncated)))
        status = hold(judge, element, held);
    else if (status == CNIL_OK)
        status = cnil_judge_script(judge, CNIL_SCRIPT_CLASSIC, cnil_buffer_str(&text), element, held);
    cnil_buffer_free(&text);
    return status;
}

enum cnil_status cnil_nested_url(struct cnil_judge *judge, struct cnil_str text, bool is_open,
                                 enum cnil_resource resource, struct cnil_str element, struct cnil_buffer *out,
                                 bool *held)
{
    bool is_document =
        resource == CNIL_RESOURCE_FRAME || resource == CNIL_RESOURCE_SCRIPT || resource == CNIL_RESOURCE_STYLE;
    char first = first_of(text);
    struct cnil_arena *arena;
    struct cnil_url url;
    enum cnil_status status;

    *held = false;
    if (first != 'j' && (first != 'd' || !is_document))
        return CNIL_OK;
    arena = cnil_arena_new(32 * CNIL_LIMIT_URL);
    if (arena == NULL)
        return CNIL_NO_MEMORY;
    status = cnil_url_parse(text, NULL, arena, &url);
    if (status == CNIL_TOO_LARGE)
        status = hold(judge, element, held);
    else if (status == CNIL_OK && cnil_str_equal(url.scheme, CNIL_STR("javascript")))
        status = judge_javascript(judge, &url, is_open, element, held);
    else if (status == CNIL_OK && is_document && cnil_str_equal(url.scheme, CNIL_STR("data")))
        status = judge_data(judge, &url, is_open, resource, element, out, held);
    else if (status == CNIL_INVALID)
        status = CNIL_OK; /* a relative one */
    cnil_arena_free(arena);
    return status;
}
