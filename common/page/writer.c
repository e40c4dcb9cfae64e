/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L /* gmtime_r */
#include "page/writer.h"

#include "page/services.h"
#include "policy/observed.h"

#include "web/character.h"
#include "web/form.h"
#include "web/html_entity.h"
#include "web/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* ---- text ---- */

void cnil_writer_html(struct cnil_writer *writer, const char *html)
{
    cnil_buffer_append(writer->out, cnil_str_from(html));
}

void cnil_writer_escape(struct cnil_writer *writer, struct cnil_str text)
{
    cnil_html_escape(text, writer->out);
}

void cnil_writer_text(struct cnil_writer *writer, enum cnil_text text)
{
    cnil_writer_escape(writer, cnil_policy_text(writer->policy, text, writer->language));
}

void cnil_writer_name(struct cnil_writer *writer, struct cnil_str name)
{
    bool is_rtl = cnil_str_equal(cnil_language_direction(writer->language), CNIL_STR("rtl"));

    cnil_writer_html(writer, is_rtl ? "\u2068" : "");
    cnil_writer_escape(writer, name);
    cnil_writer_html(writer, is_rtl ? "\u2069" : "");
}

static void words_with(struct cnil_writer *writer, struct cnil_str words, struct cnil_str value)
{
    size_t at = cnil_str_find(words, CNIL_STR("{}"));

    cnil_writer_escape(writer, cnil_str_slice(words, 0, at));
    if (at < words.len)
        cnil_writer_name(writer, value);
    words = cnil_str_slice(words, at + 2, words.len);
    if (cnil_str_ends_with(value, CNIL_STR(".")) && cnil_str_starts_with(words, CNIL_STR("."))) /* "Example, Inc." */
        words = cnil_str_slice(words, 1, words.len);
    cnil_writer_escape(writer, words);
}

void cnil_writer_text_with(struct cnil_writer *writer, enum cnil_text text, struct cnil_str value)
{
    words_with(writer, cnil_policy_text(writer->policy, text, writer->language), value);
}

enum { DIGITS = 24 };

static struct cnil_str digits_of(size_t number, char digits[DIGITS])
{
    snprintf(digits, DIGITS, "%zu", number);
    return cnil_str_from(digits);
}

void cnil_writer_text_with_number(struct cnil_writer *writer, enum cnil_text text, size_t number)
{
    char digits[DIGITS];

    words_with(writer, cnil_policy_text_counted(writer->policy, text, writer->language, number),
               digits_of(number, digits));
}

void cnil_writer_text_with_count(struct cnil_writer *writer, enum cnil_text text, enum cnil_text counted, size_t number)
{
    struct cnil_str words = cnil_policy_text(writer->policy, text, writer->language);
    size_t at = cnil_str_find(words, CNIL_STR("{}"));

    cnil_writer_escape(writer, cnil_str_slice(words, 0, at));
    if (at < words.len)
        cnil_writer_text_with_number(writer, counted, number);
    cnil_writer_escape(writer, cnil_str_slice(words, at + 2, words.len));
}

/* ---- dates ---- */

/* Fills "{day}", "{month}" and "{year}". */
static void write_day(struct cnil_writer *writer, struct cnil_str pattern, const struct tm *day)
{
    enum cnil_text month = (enum cnil_text)(CNIL_TEXT_MONTH_1 + day->tm_mon);

    while (pattern.len > 0) {
        size_t from = cnil_str_find_byte(pattern, '{'), to = cnil_str_find_byte(pattern, '}');
        struct cnil_str gap = cnil_str_slice(pattern, from, to + 1);

        cnil_writer_escape(writer, cnil_str_slice(pattern, 0, from));
        if (cnil_str_equal(gap, CNIL_STR("{day}")))
            cnil_buffer_print(writer->out, "%d", day->tm_mday);
        else if (cnil_str_equal(gap, CNIL_STR("{month}")))
            cnil_writer_text(writer, month);
        else if (cnil_str_equal(gap, CNIL_STR("{year}")))
            cnil_buffer_print(writer->out, "%d", day->tm_year + 1900);
        pattern = cnil_str_slice(pattern, to + 1, pattern.len);
    }
}

void cnil_writer_day(struct cnil_writer *writer, int64_t seconds)
{
    time_t time = (time_t)seconds;
    struct tm day;

    if (gmtime_r(&time, &day) == NULL)
        return;
    write_day(
        writer,
        cnil_policy_text(writer->policy, day.tm_mday == 1 ? CNIL_TEXT_DATE_FIRST : CNIL_TEXT_DATE, writer->language),
        &day);
}

void cnil_writer_date(struct cnil_writer *writer, enum cnil_text text, int64_t seconds)
{
    struct cnil_str words = cnil_policy_text(writer->policy, text, writer->language);
    size_t at = cnil_str_find(words, CNIL_STR("{}"));

    cnil_writer_escape(writer, cnil_str_slice(words, 0, at));
    cnil_writer_day(writer, seconds);
    cnil_writer_escape(writer, cnil_str_slice(words, at + 2, words.len));
}

void cnil_writer_lifetime(struct cnil_writer *writer, struct cnil_str lifetime)
{
    struct cnil_str unit = lifetime, number = cnil_str_cut(&unit, ' ');
    enum cnil_text text;
    size_t value = 0;

    for (size_t i = 0; i < number.len && cnil_is_digit(number.ptr[i]) && number.len <= 6; i++)
        value = 10 * value + (size_t)(number.ptr[i] - '0');
    if (value > 0 && cnil_text_unit(unit, &text))
        cnil_writer_text_with_number(writer, text, value);
    else if (cnil_str_equal(lifetime, CNIL_STR("session")))
        cnil_writer_text(writer, CNIL_TEXT_SESSION);
    else
        cnil_writer_escape(writer, lifetime); /* the operator's own words */
}

void cnil_writer_country(struct cnil_writer *writer, struct cnil_str code)
{
    enum cnil_text text;

    if (cnil_text_country(code, &text))
        cnil_writer_text(writer, text);
    else
        cnil_writer_escape(writer, code);
}

void cnil_writer_language(struct cnil_writer *writer)
{
    struct cnil_str tag = cnil_language_tag(writer->language), direction = cnil_language_direction(writer->language);

    cnil_buffer_print(writer->out, "lang=\"%s\" dir=\"%s\"", tag.ptr, direction.ptr);
}

void cnil_writer_element(struct cnil_writer *writer, const char *name, enum cnil_text text)
{
    cnil_buffer_print(writer->out, "<%s>", name);
    cnil_writer_text(writer, text);
    cnil_buffer_print(writer->out, "</%s>", name);
}

/* ---- purposes and services ---- */

struct cnil_str cnil_writer_title(const struct cnil_writer *writer, const struct cnil_purpose *purpose)
{
    return cnil_policy_title(writer->policy, purpose, writer->language);
}

struct cnil_str cnil_writer_description(const struct cnil_writer *writer, const struct cnil_purpose *purpose)
{
    return cnil_policy_description(writer->policy, purpose, writer->language);
}

/* French has small letters within a sentence; what a name of the policy's own begins with is its own affair. */
static void title_within(struct cnil_writer *writer, const struct cnil_purpose *purpose)
{
    struct cnil_str title = cnil_writer_title(writer, purpose), rest = title;
    bool valid = true;
    char small[4];

    if (writer->language != CNIL_LANGUAGE_FR || !purpose->title.has_text || title.len == 0 ||
        !cnil_str_equal(title, cnil_text(purpose->title.text, CNIL_LANGUAGE_FR))) {
        cnil_writer_escape(writer, title);
        return;
    }
    cnil_writer_escape(
        writer, (struct cnil_str){ small, cnil_utf8_write(cnil_character_fold(cnil_utf8_next(&rest, &valid)), small) });
    cnil_writer_escape(writer, rest);
}

void cnil_writer_titles(struct cnil_writer *writer, cnil_purposes purposes, bool in_sentence)
{
    struct cnil_str separator = CNIL_STR_EMPTY;

    for (size_t i = 0; i < writer->policy->purpose_count; i++) {
        if ((purposes >> i & 1) == 0)
            continue;
        cnil_writer_escape(writer, separator);
        if (in_sentence)
            title_within(writer, &writer->policy->purposes[i]);
        else
            cnil_writer_escape(writer, cnil_writer_title(writer, &writer->policy->purposes[i]));
        separator = cnil_language_marks(writer->language)->list;
    }
}

void cnil_writer_granted(struct cnil_writer *writer, const struct cnil_choice *choice, bool in_sentence)
{
    cnil_writer_titles(writer, choice->granted, in_sentence);
    for (size_t i = 0; i < choice->service_count; i++) {
        cnil_writer_escape(writer, i > 0 || choice->granted != 0 ? cnil_language_marks(writer->language)->list
                                                                 : CNIL_STR_EMPTY);
        cnil_writer_name(writer, choice->services[i]->name);
    }
}

/* How many of them the site was seen to carry, out of how many that are known. */
static void write_seen(struct cnil_writer *writer, const struct cnil_observed *observed, size_t known)
{
    static const struct cnil_str gap = CNIL_STR_INIT("{seen}");
    struct cnil_str words = cnil_policy_text(writer->policy, CNIL_TEXT_SERVICES_SEEN, writer->language);

    while (words.len > 0) {
        size_t at = cnil_str_find_byte(words, '{');
        bool is_seen = cnil_str_starts_with(cnil_str_slice(words, at, words.len), gap);

        cnil_writer_escape(writer, cnil_str_slice(words, 0, at));
        if (at < words.len)
            cnil_buffer_print(writer->out, "%zu", is_seen ? observed->asking : known);
        words = cnil_str_slice(words, at + (is_seen ? gap.len : 2), words.len);
    }
}

void cnil_writer_service_count(struct cnil_writer *writer)
{
    const struct cnil_observed *observed = writer->policy->observed;
    size_t count = 0;

    for (size_t i = 0; i < writer->policy->service_count; i++)
        count += cnil_service_asks(&writer->policy->services[i]);
    for (size_t i = 0; observed != NULL && i < observed->host_count; i++)
        count += observed->hosts[i].purposes != 0;
    count += cnil_services_known(writer->policy);
    if (observed != NULL && count > 1) {
        write_seen(writer, observed, count);
        return;
    }
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
        cnil_writer_escape(writer, cnil_language_marks(writer->language)->space);
        cnil_writer_granted(writer, choice, true);
        cnil_writer_escape(writer, cnil_language_marks(writer->language)->stop);
        break;
    }
    cnil_writer_html(writer, "</p>");
}

void cnil_writer_account(struct cnil_writer *writer, const struct cnil_choice *choice)
{
    if (choice->account == CNIL_ACCOUNT_APPLIES)
        cnil_writer_element(writer, "p", CNIL_TEXT_ACCOUNT_NOTICE);
    if (choice->account == CNIL_ACCOUNT_YIELDS)
        cnil_writer_element(writer, "p", CNIL_TEXT_ACCOUNT_HELD);
    if (choice->account != CNIL_ACCOUNT_NONE)
        cnil_writer_element(writer, "p", CNIL_TEXT_ACCOUNT_SCOPE);
}

void cnil_writer_ask(struct cnil_writer *writer)
{
    const struct cnil_language_marks *marks = cnil_language_marks(writer->language);
    const struct cnil_policy *policy = writer->policy;

    cnil_writer_html(writer, "<p>");
    cnil_writer_text_with(writer, CNIL_TEXT_ASK,
                          policy->site_name.len > 0 ? policy->site_name
                                                    : cnil_policy_text(policy, CNIL_TEXT_THIS_SITE, writer->language));
    cnil_writer_service_count(writer);
    cnil_writer_text(writer, CNIL_TEXT_ASK_FOR);
    cnil_writer_escape(writer, marks->space);
    cnil_writer_html(writer, "<strong>");
    cnil_writer_titles(writer, ~(cnil_purposes)0, true);
    cnil_writer_html(writer, "</strong>");
    cnil_writer_escape(writer, marks->stop);
    cnil_writer_html(writer, "</p>");
}

void cnil_writer_hidden(struct cnil_writer *writer, const char *name, struct cnil_str value)
{
    cnil_buffer_print(writer->out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    cnil_writer_escape(writer, value);
    cnil_writer_html(writer, "\"/>");
}

void cnil_writer_list(struct cnil_writer *writer)
{
    char hash[9];

    snprintf(hash, sizeof(hash), "%08" PRIx32, writer->policy->consent_hash);
    cnil_writer_hidden(writer, "list", cnil_str_from(hash));
}

void cnil_writer_open_form(struct cnil_writer *writer, struct cnil_str target)
{
    /* accept-charset: the path comes back as it is from pages in other encodings too */
    cnil_writer_html(writer,
                     "<form class=\"vp-form\" method=\"post\" accept-charset=\"utf-8\" target=\"_self\" action=\"");
    cnil_writer_address(writer, writer->policy->prefix);
    cnil_writer_html(writer, "choice\">");
    cnil_writer_hidden(writer, "return", target);
    cnil_writer_list(writer);
    if (writer->control != NULL)
        cnil_writer_hidden(writer, "control", cnil_str_from(writer->control));
    if (writer->policy->languages != 0) /* in which language it was asked is part of the proof */
        cnil_writer_hidden(writer, "language", cnil_language_tag(writer->language));
}

void cnil_writer_button(struct cnil_writer *writer, struct cnil_str value, enum cnil_text label)
{
    cnil_writer_html(writer, "<button class=\"vp-button\" name=\"choice\" value=\"");
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
        { policy->privacy_page, CNIL_TEXT_LINK_PRIVACY },
        { policy->rights_page, CNIL_TEXT_LINK_RIGHTS },
        { policy->legal_page, CNIL_TEXT_LINK_LEGAL },
    };
    const char *separator = "<p class=\"vp-links\">";

    if (own) {
        cnil_writer_html(writer, "<p class=\"vp-links\"><a href=\"");
        cnil_writer_address(writer, policy->prefix);
        cnil_writer_html(writer, "#vp-services\">");
        cnil_writer_text(writer, CNIL_TEXT_LINK_SERVICES);
        cnil_writer_html(writer, "</a>");
        separator = " ";
    }
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

static void style_sheet(struct cnil_writer *writer, struct cnil_str name)
{
    cnil_writer_html(writer, "<link rel=\"stylesheet\" href=\"");
    cnil_writer_address(writer, writer->policy->prefix);
    cnil_writer_escape(writer, name);
    cnil_writer_html(writer, "\"/>");
}

void cnil_writer_style_sheets(struct cnil_writer *writer, enum cnil_asset_id id)
{
    style_sheet(writer, cnil_asset_name(id));
    if (writer->policy->theme.name.len > 0)
        style_sheet(writer, writer->policy->theme.name);
}
