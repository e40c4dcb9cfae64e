/* SPDX-License-Identifier: Apache-2.0 */
#include "page/card.h"

#include "page/nested.h"
#include "page/writer.h"

enum { CARD_LIMIT = 16 * 1024, LINK_LIMIT = 2048, ANCHOR_LIMIT = 128 };

bool cnil_card_is_due(const struct cnil_card_place *place, const struct cnil_judge_held *held)
{
    return held->purposes != 0 && held->url.host.len > 0 && cnil_judge_is_for_people(place->policy, held->purposes) &&
           (held->service == NULL || !held->service->tag_manager);
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

static void hidden(struct cnil_writer *writer, const char *name, struct cnil_str value)
{
    cnil_buffer_print(writer->out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    cnil_writer_escape(writer, value);
    cnil_writer_html(writer, "\">");
}

static void button(struct cnil_writer *writer, const char *value, enum cnil_text label, struct cnil_str name)
{
    cnil_buffer_print(writer->out, "<button type=\"submit\" class=\"vp-button\" name=\"choice\" value=\"%s\">", value);
    cnil_writer_text_with(writer, label, name);
    cnil_writer_html(writer, "</button>");
}

static void write_form(struct cnil_writer *writer, const struct cnil_card_place *place,
                       const struct cnil_judge_held *held, struct cnil_str anchor)
{
    cnil_writer_html(writer, "<form method=\"post\" accept-charset=\"utf-8\" target=\"_top\" action=\"");
    cnil_writer_address(writer, place->policy->prefix);
    cnil_writer_html(writer, "choice\">");
    hidden(writer, "return", place->target);
    hidden(writer, "control", cnil_str_from(writer->control));
    if (place->policy->languages != 0)
        hidden(writer, "language", cnil_language_tag(writer->language));
    if (anchor.len > 0 && anchor.len <= ANCHOR_LIMIT)
        hidden(writer, "anchor", anchor);
    if (held->service != NULL) {
        hidden(writer, "service", held->service->id);
        button(writer, "once", CNIL_TEXT_CARD_ONCE, CNIL_STR_EMPTY);
        button(writer, "add", CNIL_TEXT_CARD_ALWAYS, held->service->name);
    } else {
        for (size_t i = 0; i < place->policy->purpose_count; i++)
            if ((held->purposes >> i & 1) != 0)
                hidden(writer, "purpose", place->policy->purposes[i].id);
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
    cnil_writer_titles(writer, held->purposes);
    cnil_writer_html(writer, "</strong></p>");
}

static void write_document(struct cnil_writer *writer, const struct cnil_card_place *place,
                           const struct cnil_judge_held *held, struct cnil_str anchor)
{
    struct cnil_str name = held->service != NULL ? held->service->name : held->label;

    cnil_buffer_append(writer->out, beginning);
    cnil_writer_language(writer);
    cnil_writer_html(writer, "><meta charset=\"utf-8\"><meta http-equiv=\"x-dns-prefetch-control\" "
                             "content=\"off\"><meta name=\"color-scheme\" content=\"light dark\"><title>");
    cnil_writer_text_with(writer, CNIL_TEXT_CARD_TITLE, name);
    cnil_writer_html(writer, "</title>");
    cnil_writer_style_sheets(writer, CNIL_ASSET_CARD);
    cnil_writer_html(writer, "<body><main><h1>");
    cnil_writer_text_with(writer, CNIL_TEXT_CARD_TITLE, name);
    cnil_writer_html(writer, "</h1>");
    write_who(writer, held);
    write_form(writer, place, held, anchor);
    if (held->url.href.len <= LINK_LIMIT) {
        cnil_writer_html(writer, "<p><a target=\"_blank\" rel=\"noopener noreferrer\" href=\"");
        write_link(&held->url, writer);
        cnil_writer_html(writer, "\">");
        cnil_writer_text_with(writer, CNIL_TEXT_CARD_OPEN, held->url.host);
        cnil_writer_html(writer, "</a></p>");
    }
    cnil_writer_html(writer, "</main>");
}

void cnil_card_write(const struct cnil_card_place *place, const struct cnil_judge_held *held, struct cnil_str anchor,
                     struct cnil_buffer *out)
{
    struct cnil_writer writer = { place->policy, NULL, place->page, "card", place->language };
    struct cnil_buffer html;

    cnil_buffer_init(&html, CARD_LIMIT);
    writer.out = &html;
    write_document(&writer, place, held, anchor);
    if (cnil_buffer_status(&html) != CNIL_OK) {
        out->status = cnil_buffer_status(&html);
    } else {
        cnil_buffer_append(out, CNIL_STR(" srcdoc=\""));
        cnil_nested_escape(cnil_buffer_str(&html), out);
        cnil_buffer_append_byte(out, '"');
    }
    cnil_buffer_free(&html);
}
