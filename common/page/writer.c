/* SPDX-License-Identifier: Apache-2.0 */
#include "page/writer.h"

#include "web/form.h"
#include "web/html_entity.h"

#include <stdio.h>

/* ---- text ---- */

void cnil_writer_html(struct cnil_writer *writer, const char *html)
{
    cnil_buffer_append(writer->out, cnil_str_from(html));
}

void cnil_writer_escape(struct cnil_writer *writer, struct cnil_str text)
{
    cnil_html_escape(text, writer->out);
}

static struct cnil_str words_of(const struct cnil_writer *writer, enum cnil_text text)
{
    return cnil_text(text, writer->policy->language);
}

void cnil_writer_text(struct cnil_writer *writer, enum cnil_text text)
{
    cnil_writer_escape(writer, words_of(writer, text));
}

void cnil_writer_text_with(struct cnil_writer *writer, enum cnil_text text, struct cnil_str value)
{
    struct cnil_str words = words_of(writer, text);
    size_t at = cnil_str_find(words, CNIL_STR("{}"));

    cnil_writer_escape(writer, cnil_str_slice(words, 0, at));
    if (at < words.len)
        cnil_writer_escape(writer, value);
    cnil_writer_escape(writer, cnil_str_slice(words, at + 2, words.len));
}

void cnil_writer_text_with_number(struct cnil_writer *writer, enum cnil_text text, size_t number)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%zu", number);
    cnil_writer_text_with(writer, text, cnil_str_from(digits));
}

void cnil_writer_element(struct cnil_writer *writer, const char *name, enum cnil_text text)
{
    cnil_buffer_print(writer->out, "<%s>", name);
    cnil_writer_text(writer, text);
    cnil_buffer_print(writer->out, "</%s>", name);
}

/* ---- purposes and services ---- */

static struct cnil_str in_language(const struct cnil_writer *writer, struct cnil_str french, struct cnil_str english)
{
    return cnil_str_equal(writer->policy->language, CNIL_STR("en")) && english.len > 0 ? english : french;
}

struct cnil_str cnil_writer_title(const struct cnil_writer *writer, const struct cnil_purpose *purpose)
{
    return in_language(writer, purpose->title_fr, purpose->title_en);
}

struct cnil_str cnil_writer_description(const struct cnil_writer *writer, const struct cnil_purpose *purpose)
{
    return in_language(writer, purpose->description_fr, purpose->description_en);
}

void cnil_writer_titles(struct cnil_writer *writer, cnil_purposes purposes)
{
    const char *separator = "";

    for (size_t i = 0; i < writer->policy->purpose_count; i++) {
        if ((purposes >> i & 1) == 0)
            continue;
        cnil_writer_html(writer, separator);
        cnil_writer_escape(writer, cnil_writer_title(writer, &writer->policy->purposes[i]));
        separator = ", ";
    }
}

void cnil_writer_granted(struct cnil_writer *writer, const struct cnil_choice *choice)
{
    cnil_writer_titles(writer, choice->granted);
    for (size_t i = 0; i < choice->service_count; i++) {
        cnil_writer_html(writer, i > 0 || choice->granted != 0 ? ", " : "");
        cnil_writer_escape(writer, choice->services[i]->name);
    }
}

bool cnil_writer_asks_for(const struct cnil_service *service)
{
    return !service->report_only && service->purposes != 0;
}

void cnil_writer_service_count(struct cnil_writer *writer)
{
    size_t count = 0;

    for (size_t i = 0; i < writer->policy->service_count; i++)
        count += cnil_writer_asks_for(&writer->policy->services[i]);
    cnil_writer_text_with_number(writer,
                                 count == 0   ? CNIL_TEXT_SERVICES_NONE
                                 : count == 1 ? CNIL_TEXT_SERVICES_ONE
                                              : CNIL_TEXT_SERVICES_MANY,
                                 count);
}

/* ---- addresses ---- */

void cnil_writer_address(struct cnil_writer *writer, struct cnil_str address)
{
    const struct cnil_url *page = writer->page;

    if (page != NULL && cnil_str_starts_with(address, CNIL_STR("/"))) {
        /* Without its scheme where it seems to be http: a proxy that nobody named may have taken the TLS off, and a
         * form that posts to http would be blocked. */
        cnil_writer_html(writer, cnil_str_equal(page->scheme, CNIL_STR("https")) ? "https://" : "//");
        cnil_writer_escape(writer, page->host);
        if (page->port >= 0)
            cnil_buffer_print(writer->out, ":%d", page->port);
    }
    cnil_writer_escape(writer, address);
}

/* ---- the choice ---- */

static bool is_whole(const struct cnil_writer *writer, const struct cnil_choice *choice)
{
    for (size_t i = 0; i < writer->policy->purpose_count; i++)
        if ((choice->granted >> i & 1) == 0)
            return false;
    return true;
}

void cnil_writer_state(struct cnil_writer *writer, const struct cnil_choice *choice)
{
    cnil_writer_html(writer, "<p>");
    switch (choice->state) {
    case CNIL_CHOICE_NONE:
        cnil_writer_text(writer, CNIL_TEXT_STATE_NONE);
        break;
    case CNIL_CHOICE_REFUSED:
        cnil_writer_text(writer, choice->is_signal ? CNIL_TEXT_STATE_SIGNAL : CNIL_TEXT_STATE_REFUSED);
        break;
    case CNIL_CHOICE_GRANTED:
        if (is_whole(writer, choice)) {
            cnil_writer_text(writer, CNIL_TEXT_STATE_ACCEPTED);
            break;
        }
        cnil_writer_text(writer, CNIL_TEXT_STATE_PARTLY);
        cnil_writer_html(writer, " ");
        cnil_writer_granted(writer, choice);
        cnil_writer_html(writer, ".");
        break;
    }
    cnil_writer_html(writer, "</p>");
}

void cnil_writer_open_form(struct cnil_writer *writer, struct cnil_str target)
{
    /* accept-charset: the path comes back as it is from pages in other encodings too */
    cnil_writer_html(writer,
                     "<form class=\"vp-form\" method=\"post\" accept-charset=\"utf-8\" target=\"_self\" action=\"");
    cnil_writer_address(writer, writer->policy->prefix);
    cnil_writer_html(writer, "choice\"><input type=\"hidden\" name=\"return\" value=\"");
    cnil_writer_escape(writer, target);
    cnil_writer_html(writer, "\"/>");
    if (writer->control != NULL)
        cnil_buffer_print(writer->out, "<input type=\"hidden\" name=\"control\" value=\"%s\"/>", writer->control);
}

void cnil_writer_button(struct cnil_writer *writer, struct cnil_str value, enum cnil_text label)
{
    cnil_writer_html(writer, "<button type=\"submit\" class=\"vp-button\" name=\"choice\" value=\"");
    cnil_writer_escape(writer, value);
    cnil_writer_html(writer, "\">");
    cnil_writer_text(writer, label);
    cnil_writer_html(writer, "</button>");
}

void cnil_writer_form(struct cnil_writer *writer, const struct cnil_choice *choice, struct cnil_str target)
{
    bool granted = choice->state == CNIL_CHOICE_GRANTED;

    cnil_writer_open_form(writer, target);
    if (granted)
        cnil_writer_button(writer, CNIL_STR("withdraw"), CNIL_TEXT_WITHDRAW);
    else
        cnil_writer_button(writer, CNIL_STR("refuse"), CNIL_TEXT_REFUSE);
    if (!granted || !is_whole(writer, choice))
        cnil_writer_button(writer, CNIL_STR("accept"), CNIL_TEXT_ACCEPT);
    cnil_writer_html(writer, "</form>");
}

void cnil_writer_custom(struct cnil_writer *writer, const struct cnil_choice *choice, struct cnil_str target)
{
    const struct cnil_policy *policy = writer->policy;

    cnil_writer_html(writer, "<details class=\"vp-more\">");
    cnil_writer_element(writer, "summary", CNIL_TEXT_CUSTOMISE);
    cnil_writer_open_form(writer, target);
    cnil_writer_html(writer, "<ul>");
    for (size_t i = 0; i < policy->purpose_count; i++) {
        cnil_writer_html(writer, "<li><label><input type=\"checkbox\" name=\"purpose\" value=\"");
        cnil_writer_escape(writer, policy->purposes[i].id);
        cnil_writer_html(writer, (choice->granted >> i & 1) != 0 ? "\" checked=\"\"/> <strong>" : "\"/> <strong>");
        cnil_writer_escape(writer, cnil_writer_title(writer, &policy->purposes[i]));
        cnil_writer_html(writer, "</strong> ");
        cnil_writer_escape(writer, cnil_writer_description(writer, &policy->purposes[i]));
        cnil_writer_html(writer, "</label></li>");
    }
    for (size_t i = 0; i < choice->service_count; i++) { /* of the others the panel tells */
        cnil_writer_html(writer, "<li><label><input type=\"checkbox\" name=\"service\" value=\"");
        cnil_writer_escape(writer, choice->services[i]->id);
        cnil_writer_html(writer, "\" checked=\"\"/> <strong>");
        cnil_writer_escape(writer, choice->services[i]->name);
        cnil_writer_html(writer, "</strong></label></li>");
    }
    cnil_writer_html(writer, "</ul>");
    cnil_writer_button(writer, CNIL_STR("custom"), CNIL_TEXT_CUSTOM_SAVE);
    cnil_writer_html(writer, "<p>");
    cnil_writer_panel_link(writer, target);
    cnil_writer_html(writer, "</p></form></details>");
}

/* ---- links ---- */

enum { TARGET_LIMIT = 1024 }; /* of the way back in an address: a longer one is left out */

void cnil_writer_panel_link(struct cnil_writer *writer, struct cnil_str target)
{
    cnil_writer_html(writer, "<a href=\"");
    cnil_writer_address(writer, writer->policy->prefix);
    cnil_writer_html(writer, "panel");
    if (target.len > 0 && target.len <= TARGET_LIMIT) {
        cnil_writer_html(writer, "?return=");
        cnil_form_encode(target, writer->out);
    }
    cnil_writer_html(writer, "\">");
    cnil_writer_text(writer, CNIL_TEXT_LINK_PANEL);
    cnil_writer_html(writer, "</a>");
}

void cnil_writer_link(struct cnil_writer *writer, struct cnil_str address, enum cnil_text label)
{
    cnil_writer_html(writer, "<a href=\"");
    cnil_writer_address(writer, address);
    cnil_writer_html(writer, "\">");
    cnil_writer_text(writer, label);
    cnil_writer_html(writer, "</a>");
}

void cnil_writer_links(struct cnil_writer *writer, bool own)
{
    const struct cnil_policy *policy = writer->policy;
    const struct {
        struct cnil_str address;
        enum cnil_text label;
    } links[] = {
        { own ? policy->prefix : CNIL_STR_EMPTY, CNIL_TEXT_LINK_SERVICES },
        { policy->privacy_page, CNIL_TEXT_LINK_PRIVACY },
        { policy->rights_page, CNIL_TEXT_LINK_RIGHTS },
        { policy->legal_page, CNIL_TEXT_LINK_LEGAL },
    };
    const char *separator = "<p class=\"vp-links\">";

    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        if (links[i].address.len == 0)
            continue;
        cnil_writer_html(writer, separator);
        cnil_writer_link(writer, links[i].address, links[i].label);
        separator = " ";
    }
    if (separator[0] == ' ')
        cnil_writer_html(writer, "</p>");
}

void cnil_writer_style_sheet(struct cnil_writer *writer, enum cnil_asset_id id)
{
    cnil_writer_html(writer, "<link rel=\"stylesheet\" href=\"");
    cnil_writer_address(writer, writer->policy->prefix);
    cnil_writer_escape(writer, cnil_asset_name(id));
    cnil_writer_html(writer, "\"/>");
}
