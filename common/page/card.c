/* SPDX-License-Identifier: Apache-2.0 */
#include "page/card.h"

#include "page/nested.h"
#include "page/writer.h"
#include "web/utf8.h"

enum { CARD_LIMIT = 16 * 1024, LINK_LIMIT = 2048, ANCHOR_LIMIT = 128, HEIGHT = 250, FORM_HEIGHT = 285 };

bool cnil_card_is_due(const struct cnil_card_place *place, const struct cnil_judge_held *held)
{
    return held->purposes != 0 && cnil_judge_is_for_people(place->policy, held->purposes) &&
           (held->service == NULL || !held->service->tag_manager);
}

/* ---- is there anything to see? ---- */

static bool is_nothing(struct cnil_str length)
{
    length = cnil_str_trim(length);
    return length.len > 0 && (length.ptr[0] == '0' || length.ptr[0] == '1') &&
           (length.len == 1 || cnil_str_equal_nocase(cnil_str_slice(length, 1, length.len), CNIL_STR("px")));
}

static bool hides(struct cnil_str style)
{
    while (style.len > 0) {
        struct cnil_str declaration = cnil_str_cut(&style, ';');
        struct cnil_str name = cnil_str_trim(cnil_str_cut(&declaration, ':')), value = cnil_str_trim(declaration);

        if ((cnil_str_equal_nocase(name, CNIL_STR("display")) &&
             cnil_str_starts_with_nocase(value, CNIL_STR("none"))) ||
            (cnil_str_equal_nocase(name, CNIL_STR("visibility")) &&
             cnil_str_starts_with_nocase(value, CNIL_STR("hidden"))) ||
            ((cnil_str_equal_nocase(name, CNIL_STR("width")) || cnil_str_equal_nocase(name, CNIL_STR("height"))) &&
             is_nothing(value)))
            return true;
    }
    return false;
}

bool cnil_card_fits(const struct cnil_html_token *token, struct cnil_str *id)
{
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;

    cnil_html_attributes_begin(&attributes, token);
    while (cnil_html_attributes_next(&attributes, &attribute)) {
        if (attribute.duplicate)
            continue;
        if (cnil_str_equal_nocase(attribute.name, CNIL_STR("hidden")) ||
            (cnil_str_equal_nocase(attribute.name, CNIL_STR("style")) && hides(attribute.value)) ||
            ((cnil_str_equal_nocase(attribute.name, CNIL_STR("width")) ||
              cnil_str_equal_nocase(attribute.name, CNIL_STR("height"))) &&
             is_nothing(attribute.value)))
            return false;
        if (cnil_str_equal_nocase(attribute.name, CNIL_STR("id")))
            *id = attribute.value;
    }
    return true;
}

/* ---- the way to the content itself ---- */

/* The page of a service that shows what its frame would: a prefix of host and path of the one, and of the other. The
 * rest of the path is the content's name. Sources: the services' own « share » and « embed » dialogues. */
static const struct {
    struct cnil_str frame, page;
} pages[] = {
    { CNIL_STR_INIT("www.youtube.com/embed/"), CNIL_STR_INIT("https://www.youtube.com/watch?v=") },
    { CNIL_STR_INIT("www.youtube-nocookie.com/embed/"), CNIL_STR_INIT("https://www.youtube.com/watch?v=") },
    { CNIL_STR_INIT("youtube.com/embed/"), CNIL_STR_INIT("https://www.youtube.com/watch?v=") },
    { CNIL_STR_INIT("player.vimeo.com/video/"), CNIL_STR_INIT("https://vimeo.com/") },
    { CNIL_STR_INIT("www.dailymotion.com/embed/video/"), CNIL_STR_INIT("https://www.dailymotion.com/video/") },
    { CNIL_STR_INIT("geo.dailymotion.com/player.html?video="), CNIL_STR_INIT("https://www.dailymotion.com/video/") },
    { CNIL_STR_INIT("open.spotify.com/embed/"), CNIL_STR_INIT("https://open.spotify.com/") },
};

static bool is_content_name(struct cnil_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!cnil_is_alpha(name.ptr[i]) && !cnil_is_digit(name.ptr[i]) && name.ptr[i] != '-' && name.ptr[i] != '_' &&
            name.ptr[i] != '/')
            return false;
    return name.len > 0;
}

static struct cnil_str without_scheme(struct cnil_str href)
{
    size_t at = cnil_str_find(href, CNIL_STR("://"));

    return cnil_str_slice(href, at + 3, href.len);
}

/* Appends the address, escaped for HTML. */
static void write_link(const struct cnil_url *url, struct cnil_writer *writer)
{
    struct cnil_str rest = without_scheme(url->href);

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        struct cnil_str name;
        size_t end = 0;

        if (!cnil_str_starts_with(rest, pages[i].frame))
            continue;
        name = cnil_str_slice(rest, pages[i].frame.len, rest.len);
        while (end < name.len && name.ptr[end] != '?' && name.ptr[end] != '#' && name.ptr[end] != '&')
            end++;
        name = cnil_str_slice(name, 0, end);
        if (!is_content_name(name))
            continue;
        cnil_writer_escape(writer, pages[i].page);
        cnil_writer_escape(writer, name);
        return;
    }
    cnil_writer_escape(writer, url->href);
}

/* ---- the card ---- */

static const struct cnil_str beginning = CNIL_STR_INIT("<!DOCTYPE html><html class=\"vp-card\" ");

bool cnil_card_is(struct cnil_str html)
{
    if (!cnil_str_starts_with(html, beginning))
        return false;
    while (html.len > 0) {
        html = cnil_str_slice(html, cnil_str_find_byte(html, '<') + 1, html.len);
        if (cnil_str_starts_with_nocase(html, CNIL_STR("script")))
            return false;
    }
    return true;
}

static void button(struct cnil_writer *writer, const char *value, enum cnil_text label, struct cnil_str name)
{
    cnil_buffer_print(writer->out, "<button type=\"submit\" class=\"vp-button\" name=\"choice\" value=\"%s\">", value);
    cnil_writer_text_with(writer, label, name);
    cnil_writer_html(writer, "</button>");
}

/* What a card is for. */
struct card {
    const struct cnil_card_place *place;
    const struct cnil_judge_held *held;
    struct cnil_str anchor;
    bool is_embed;   /* it has no frame of its own */
    bool is_content; /* the URL that was held back shows it */
    bool is_of_page; /* no fragment */
};

static void write_anchor(struct cnil_writer *writer, const struct card *card)
{
    if (card->anchor.len > 0 && card->anchor.len <= ANCHOR_LIMIT)
        cnil_writer_hidden(writer, "anchor", card->anchor);
}

static void write_form(struct cnil_writer *writer, const struct card *card)
{
    const struct cnil_card_place *place = card->place;
    const struct cnil_judge_held *held = card->held;

    cnil_writer_html(writer, "<form method=\"post\" accept-charset=\"utf-8\" target=\"_top\" action=\"");
    cnil_writer_address(writer, place->policy->prefix);
    cnil_writer_html(writer, "choice\">");
    cnil_writer_hidden(writer, "return", place->target);
    cnil_writer_list(writer);
    cnil_writer_hidden(writer, "control", cnil_str_from(writer->control));
    if (place->policy->languages != 0)
        cnil_writer_hidden(writer, "language", cnil_language_tag(writer->language));
    write_anchor(writer, card);
    if (held->service != NULL) {
        cnil_writer_hidden(writer, "service", held->service->id);
        if (card->is_of_page)
            button(writer, "once", CNIL_TEXT_CARD_ONCE, CNIL_STR_EMPTY);
        button(writer, "add", CNIL_TEXT_CARD_ALWAYS, held->service->name);
    } else {
        for (size_t i = 0; i < place->policy->purpose_count; i++)
            if ((held->purposes >> i & 1) != 0)
                cnil_writer_hidden(writer, "purpose", place->policy->purposes[i].id);
        button(writer, "add", CNIL_TEXT_CARD_PURPOSE, CNIL_STR_EMPTY);
    }
    cnil_writer_html(writer, "</form>");
}

static void write_who(struct cnil_writer *writer, const struct cnil_judge_held *held)
{
    struct cnil_str who =
        held->service != NULL && held->service->controller.len > 0 ? held->service->controller : held->label;

    cnil_writer_html(writer, "<p>");
    cnil_writer_text_with(writer, CNIL_TEXT_CARD_WHO, who);
    cnil_writer_html(writer, "</p><p><strong>");
    cnil_writer_titles(writer, held->purposes, false);
    cnil_writer_html(writer, "</strong></p>");
}

static void write_document(struct cnil_writer *writer, const struct card *card)
{
    const struct cnil_judge_held *held = card->held;
    struct cnil_str name = held->service != NULL ? held->service->name : held->label;

    cnil_buffer_append(writer->out, beginning);
    cnil_writer_language(writer);
    cnil_writer_html(writer, "><meta charset=\"utf-8\"><meta http-equiv=\"x-dns-prefetch-control\" "
                             "content=\"off\"><meta name=\"color-scheme\" content=\"light dark\"><title>");
    cnil_writer_text_with(writer, CNIL_TEXT_CARD_TITLE, name);
    cnil_writer_html(writer, "</title>");
    cnil_writer_style_sheets(writer, CNIL_ASSET_CARD);
    cnil_writer_html(writer, card->is_embed ? "<body><main class=\"vp-embed\"><h1>" : "<body><main><h1>");
    cnil_writer_text_with(writer, CNIL_TEXT_CARD_TITLE, name);
    cnil_writer_html(writer, "</h1>");
    if (card->is_embed && held->service->card == CNIL_SERVICE_CARD_FORM)
        cnil_writer_element(writer, "p", CNIL_TEXT_CARD_FORM);
    write_who(writer, held);
    write_form(writer, card);
    if (card->is_content && held->url.host.len > 0 && held->url.href.len <= LINK_LIMIT) {
        cnil_writer_html(writer, "<p><a target=\"_blank\" rel=\"noopener noreferrer\" href=\"");
        write_link(&held->url, writer);
        cnil_writer_html(writer, "\">");
        cnil_writer_text_with(writer, CNIL_TEXT_CARD_OPEN, held->url.host);
        cnil_writer_html(writer, "</a></p>");
    }
    cnil_writer_html(writer, "</main>");
}

static void write_srcdoc(const struct card *card, struct cnil_buffer *out)
{
    const struct cnil_card_place *place = card->place;
    struct cnil_writer writer = { place->policy, NULL, place->page, "card", place->language };
    struct cnil_buffer html;

    cnil_buffer_init(&html, CARD_LIMIT);
    writer.out = &html;
    write_document(&writer, card);
    if (cnil_buffer_status(&html) != CNIL_OK) {
        out->status = cnil_buffer_status(&html);
    } else {
        cnil_buffer_append(out, place->is_fetched ? CNIL_STR(" data-vp-card=\"") : CNIL_STR(" srcdoc=\""));
        cnil_nested_escape(cnil_buffer_str(&html), out);
        cnil_buffer_append_byte(out, '"');
    }
    cnil_buffer_free(&html);
}

void cnil_card_write(const struct cnil_card_place *place, const struct cnil_judge_held *held, struct cnil_str anchor,
                     bool is_of_page, struct cnil_buffer *out)
{
    write_srcdoc(&(struct card){ place, held, anchor, false, true, is_of_page }, out);
}

/* Escaped HTML in ASCII, whatever the page's charset. */
static void write_ascii(struct cnil_str html, struct cnil_buffer *out)
{
    while (html.len > 0) {
        bool valid = true;

        if ((unsigned char)html.ptr[0] < 0x80) {
            cnil_buffer_append_byte(out, html.ptr[0]);
            html = cnil_str_slice(html, 1, html.len);
        } else {
            cnil_buffer_print(out, "&#%u;", (unsigned)cnil_utf8_next(&html, &valid));
        }
    }
}

static void write_title(const struct card *card, struct cnil_buffer *out)
{
    const struct cnil_card_place *place = card->place;
    struct cnil_writer writer = { place->policy, NULL, place->page, "card", place->language };
    struct cnil_buffer title;

    cnil_buffer_init(&title, CARD_LIMIT);
    writer.out = &title;
    cnil_writer_text_with(&writer, CNIL_TEXT_CARD_TITLE, card->held->service->name);
    if (cnil_buffer_status(&title) != CNIL_OK)
        out->status = cnil_buffer_status(&title);
    else
        write_ascii(cnil_buffer_str(&title), out);
    cnil_buffer_free(&title);
}

/* Its size is in attributes: the site's policy may let no style in. The name is one that no other frame has had: see
 * page/holder.c. */
void cnil_card_write_frame(const struct cnil_card_place *place, const struct cnil_judge_held *held, bool is_content,
                           struct cnil_str anchor, struct cnil_buffer *out)
{
    const struct card card = { place, held, anchor, true, is_content, true };
    const char *id = held->service->id.ptr; /* of a-z, 0-9 and "-", ends with NUL */

    cnil_buffer_print(out, "<iframe data-held=\"%s\" name=\"held-card-%s\" title=\"", id, id);
    write_title(&card, out);
    cnil_buffer_print(out, "\" width=\"100%%\" height=\"%d\" frameborder=\"0\"",
                      held->service->card == CNIL_SERVICE_CARD_FORM ? FORM_HEIGHT : HEIGHT);
    write_srcdoc(&card, out);
    cnil_buffer_append(out, CNIL_STR("></iframe>"));
}
