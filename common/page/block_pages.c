/* SPDX-License-Identifier: Apache-2.0 */
#include "page/block.h"

#include "page/services.h"
#include "page/writer.h"
#include "web/form.h"

enum { TARGET_LIMIT = 1024 }; /* of the way back from the panel, in the way back to it: a longer one is left out */

static void open_page(struct cnil_writer *writer, enum cnil_text title)
{
    cnil_writer_html(writer, "<!DOCTYPE html>\n<html ");
    cnil_writer_language(writer);
    cnil_writer_html(writer, ">\n<head>\n<meta charset=\"utf-8\">\n"
                             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                             "<meta name=\"color-scheme\" content=\"light dark\">\n"
                             "<meta name=\"robots\" content=\"noindex\">\n<title>");
    cnil_writer_text(writer, title);
    if (writer->policy->site_name.len > 0) {
        cnil_writer_html(writer, " · ");
        cnil_writer_escape(writer, writer->policy->site_name);
    }
    cnil_writer_html(writer, "</title>\n");
    cnil_writer_style_sheets(writer, CNIL_ASSET_PAGE);
    cnil_writer_html(writer, "\n</head>\n<body class=\"vp-own\">\n<header><a href=\"/\">");
    if (writer->policy->site_name.len > 0)
        cnil_writer_escape(writer, writer->policy->site_name);
    else
        cnil_writer_text(writer, CNIL_TEXT_BACK);
    cnil_writer_html(writer, "</a></header>\n<main>\n<h1>");
    cnil_writer_text(writer, title);
    cnil_writer_html(writer, "</h1>\n");
}

static void close_page(struct cnil_writer *writer, bool own_link)
{
    cnil_writer_html(writer, "</main>\n<footer>");
    cnil_writer_links(writer, own_link);
    cnil_writer_html(writer, "</footer>\n</body>\n</html>\n");
}

/* ---- the privacy page ---- */

static void line(struct cnil_writer *writer, struct cnil_str text)
{
    if (text.len == 0)
        return;
    cnil_writer_html(writer, "<dd>");
    cnil_writer_escape(writer, text);
    cnil_writer_html(writer, "</dd>\n");
}

static void linked_line(struct cnil_writer *writer, const char *scheme, struct cnil_str text)
{
    if (text.len == 0)
        return;
    cnil_buffer_print(writer->out, "<dd><a href=\"%s", scheme);
    cnil_writer_escape(writer, text);
    cnil_writer_html(writer, "\">");
    cnil_writer_escape(writer, text);
    cnil_writer_html(writer, "</a></dd>\n");
}

static bool is_empty(const struct cnil_contact *contact)
{
    return contact->name.len + contact->address.len + contact->email.len + contact->url.len == 0;
}

static void contact(struct cnil_writer *writer, enum cnil_text title, const struct cnil_contact *contact)
{
    if (is_empty(contact))
        return;
    cnil_writer_html(writer, "<div>");
    cnil_writer_element(writer, "dt", title);
    line(writer, contact->name);
    line(writer, contact->address);
    linked_line(writer, "mailto:", contact->email);
    linked_line(writer, "", contact->url);
    cnil_writer_html(writer, "</div>\n");
}

static void chosen(struct cnil_writer *writer, const struct cnil_choice *choice, struct cnil_str target)
{
    cnil_writer_html(writer, "<section class=\"vp-choice\">\n");
    cnil_writer_element(writer, "h2", CNIL_TEXT_PAGE_CHOICE);
    cnil_writer_state(writer, choice);
    cnil_writer_account(writer, choice);
    if (choice->state != CNIL_CHOICE_NONE && !choice->is_signal) {
        cnil_writer_html(writer, "<p><a href=\"");
        cnil_writer_address(writer, writer->policy->prefix);
        cnil_writer_html(writer, "receipt\">");
        cnil_writer_date(writer, CNIL_TEXT_STATE_DATE, choice->minutes * 60);
        cnil_writer_html(writer, "</a></p>");
    }
    cnil_writer_form(writer, choice, target);
    cnil_writer_html(writer, "\n<p class=\"vp-soft\">");
    cnil_writer_text_with_count(writer, CNIL_TEXT_PAGE_KEPT, CNIL_TEXT_DAYS, writer->policy->consent_days);
    cnil_writer_html(writer, "</p>\n</section>\n");
}

/* Where exempt measurement is opposed, and no more: one click each way, without an answer to anything else (rule C24).
 * Whatever the visitor came from, the state that it has led to is what comes next. */
static void opposition(struct cnil_writer *writer, const struct cnil_choice *choice, struct cnil_str target)
{
    if (!writer->policy->measures)
        return;
    cnil_writer_html(writer, "<section class=\"vp-choice\" id=\"vp-measurement\">\n");
    cnil_writer_element(writer, "h2", CNIL_TEXT_MEASURE_TITLE);
    cnil_writer_element(writer, "p", CNIL_TEXT_MEASURE_TEXT);
    cnil_writer_html(writer, "\n<p><strong>");
    if (!choice->opposes)
        cnil_writer_text(writer, CNIL_TEXT_MEASURE_ON);
    else if (choice->opposed > 0)
        cnil_writer_text_with_count(writer, CNIL_TEXT_MEASURE_OFF, CNIL_TEXT_DAYS, CNIL_OPPOSITION_DAYS);
    else
        cnil_writer_text(writer, CNIL_TEXT_MEASURE_SIGNAL);
    cnil_writer_html(writer, "</strong></p>\n");
    if (!choice->opposes || choice->opposed > 0) { /* a signal speaks as long as the browser sends it */
        cnil_writer_open_form(writer, target);
        cnil_writer_hidden(writer, "anchor", CNIL_STR("vp-measurement"));
        if (choice->opposes)
            cnil_writer_button(writer, CNIL_STR("unoppose"), CNIL_TEXT_OPPOSE_UNDO);
        else
            cnil_writer_button(writer, CNIL_STR("oppose"), CNIL_TEXT_OPPOSE);
        cnil_writer_html(writer, "</form>\n");
    }
    cnil_writer_html(writer, "</section>\n");
}

static void people(struct cnil_writer *writer)
{
    const struct cnil_policy *policy = writer->policy;

    if (is_empty(&policy->controller) && is_empty(&policy->dpo) && is_empty(&policy->rights))
        return;
    cnil_writer_element(writer, "h2", CNIL_TEXT_PAGE_WHO);
    cnil_writer_html(writer, "<dl>\n");
    contact(writer, CNIL_TEXT_PAGE_CONTROLLER, &policy->controller);
    contact(writer, CNIL_TEXT_PAGE_DPO, &policy->dpo);
    contact(writer, CNIL_TEXT_PAGE_CONTACT, &policy->rights);
    cnil_writer_html(writer, "</dl>\n");
}

/* What the site counts of its visitors, who are asked for nothing for it. */
static void counts(struct cnil_writer *writer)
{
    if (!writer->policy->statistics.enabled)
        return;
    cnil_writer_element(writer, "h2", CNIL_TEXT_PAGE_COUNTS);
    cnil_writer_element(writer, "p", CNIL_TEXT_PAGE_COUNTS_TEXT);
}

void cnil_block_privacy_page(const struct cnil_policy *policy, enum cnil_language language,
                             const struct cnil_choice *choice, struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, NULL, NULL, language };

    open_page(&writer, CNIL_TEXT_PAGE_TITLE);
    cnil_writer_html(&writer, "<p class=\"vp-lead\">");
    cnil_writer_text(&writer, CNIL_TEXT_PAGE_LEAD);
    cnil_writer_html(&writer, "</p>\n");
    chosen(&writer, choice, policy->prefix);
    cnil_writer_html(&writer, "<p>");
    cnil_writer_panel_link(&writer, CNIL_STR_EMPTY);
    cnil_writer_html(&writer, "</p>\n");
    cnil_writer_html(&writer, "<h2 id=\"vp-services\">");
    cnil_writer_text(&writer, CNIL_TEXT_PAGE_PURPOSES);
    cnil_writer_html(&writer, "</h2>");
    cnil_writer_element(&writer, "p", CNIL_TEXT_PAGE_RELEASE);
    cnil_services_write(&writer, NULL);
    cnil_services_write_exempt(&writer);
    opposition(&writer, choice, policy->prefix);
    counts(&writer);
    people(&writer);
    cnil_writer_element(&writer, "h2", CNIL_TEXT_PAGE_RIGHTS);
    cnil_writer_element(&writer, "p", CNIL_TEXT_PAGE_RIGHTS_TEXT);
    cnil_writer_html(&writer, "<p>");
    cnil_writer_text(&writer, CNIL_TEXT_PAGE_COMPLAINT);
    cnil_writer_html(&writer, "<a rel=\"noreferrer\" href=\"https://www.cnil.fr/\">www.cnil.fr</a>");
    cnil_writer_escape(&writer, cnil_language_marks(language)->stop);
    cnil_writer_html(&writer, "</p>\n");
    close_page(&writer, false);
}

/* ---- the panel ---- */

/* Back to the panel, which then shows what has become of it. */
static void panel_opposition(struct cnil_writer *writer, const struct cnil_choice *choice, struct cnil_str target)
{
    struct cnil_buffer panel;

    cnil_buffer_init(&panel, writer->policy->prefix.len + 3 * TARGET_LIMIT + 32);
    cnil_buffer_append(&panel, writer->policy->prefix);
    cnil_buffer_append(&panel, CNIL_STR("panel"));
    if (target.len <= TARGET_LIMIT) {
        cnil_buffer_append(&panel, CNIL_STR("?return="));
        cnil_form_encode(target, &panel);
    }
    opposition(writer, choice, cnil_buffer_status(&panel) == CNIL_OK ? cnil_buffer_str(&panel) : target);
    cnil_buffer_free(&panel);
}

void cnil_block_panel_page(const struct cnil_policy *policy, enum cnil_language language,
                           const struct cnil_choice *choice, struct cnil_str target, struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, NULL, "panel", language };

    open_page(&writer, CNIL_TEXT_PANEL_TITLE);
    cnil_writer_html(&writer, "<p class=\"vp-lead\">");
    cnil_writer_text(&writer, CNIL_TEXT_PANEL_LEAD);
    cnil_writer_html(&writer, "</p>\n");
    chosen(&writer, choice, target);
    cnil_writer_open_form(&writer, target);
    cnil_writer_element(&writer, "h2", CNIL_TEXT_PANEL_HEADING);
    cnil_writer_element(&writer, "p", CNIL_TEXT_PANEL_HINT);
    cnil_services_write(&writer, choice);
    cnil_writer_html(&writer, "<p class=\"vp-save\">");
    cnil_writer_button(&writer, CNIL_STR("custom"), CNIL_TEXT_CUSTOM_SAVE);
    cnil_writer_html(&writer, "</p></form>\n");
    cnil_services_write_exempt(&writer);
    panel_opposition(&writer, choice, target);
    close_page(&writer, true);
}

/* ---- the visitor's own choice ---- */

static void granted_item(struct cnil_writer *writer, struct cnil_str title, struct cnil_str text)
{
    cnil_writer_html(writer, "<li><h3>");
    cnil_writer_escape(writer, title);
    cnil_writer_html(writer, "</h3>\n<p>");
    cnil_writer_escape(writer, text);
    cnil_writer_html(writer, "</p></li>\n");
}

static void granted_list(struct cnil_writer *writer, const struct cnil_choice *choice)
{
    const struct cnil_policy *policy = writer->policy;

    if (choice->state != CNIL_CHOICE_GRANTED)
        return;
    cnil_writer_html(writer, "<ul>\n");
    for (size_t i = 0; i < policy->purpose_count; i++)
        if ((choice->granted >> i & 1) != 0)
            granted_item(writer, cnil_writer_title(writer, &policy->purposes[i]),
                         cnil_writer_description(writer, &policy->purposes[i]));
    for (size_t i = 0; i < choice->service_count; i++)
        granted_item(writer, choice->services[i]->name, choice->services[i]->controller);
    cnil_writer_html(writer, "</ul>\n");
}

void cnil_block_own_choice_page(const struct cnil_policy *policy, enum cnil_language language,
                                const struct cnil_choice *choice, struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, NULL, NULL, language };

    open_page(&writer, choice->state != CNIL_CHOICE_NONE && !choice->is_signal ? CNIL_TEXT_RECEIPT_TITLE
                                                                               : CNIL_TEXT_PAGE_CHOICE);
    chosen(&writer, choice, policy->prefix);
    granted_list(&writer, choice);
    opposition(&writer, choice, policy->prefix);
    if (choice->state != CNIL_CHOICE_NONE && !choice->is_signal) /* what tells it apart, as the cookie has it */
        cnil_buffer_print(out,
                          "<p class=\"vp-soft\"><code>" CNIL_CHOICE_COOKIE
                          "</code>: <code>t=%lld</code>, <code>h=%08lx</code></p>\n",
                          (long long)choice->minutes, (unsigned long)policy->consent_hash);
    cnil_writer_html(&writer, "<p>");
    cnil_writer_panel_link(&writer, CNIL_STR_EMPTY);
    cnil_writer_html(&writer, "</p>\n");
    close_page(&writer, true);
}

/* ---- confirmation and errors ---- */

static enum cnil_text confirm_label(struct cnil_str word)
{
    if (cnil_str_equal(word, CNIL_STR("accept")))
        return CNIL_TEXT_CONFIRM_ACCEPT;
    if (cnil_str_equal(word, CNIL_STR("refuse")))
        return CNIL_TEXT_CONFIRM_REFUSE;
    if (cnil_str_equal(word, CNIL_STR("oppose")))
        return CNIL_TEXT_OPPOSE;
    if (cnil_str_equal(word, CNIL_STR("unoppose")))
        return CNIL_TEXT_OPPOSE_UNDO;
    return cnil_str_equal(word, CNIL_STR("withdraw")) ? CNIL_TEXT_CONFIRM_WITHDRAW : CNIL_TEXT_CONFIRM_CHOICE;
}

static void question_of_card(struct cnil_writer *writer, const struct cnil_service *service)
{
    cnil_writer_html(writer, "<p>");
    cnil_writer_text_with(writer, CNIL_TEXT_CARD_WHO,
                          service->controller.len > 0 ? service->controller : service->name);
    cnil_writer_html(writer, "</p>\n<p><strong>");
    cnil_writer_titles(writer, service->purposes, false);
    cnil_writer_html(writer, "</strong></p>\n");
}

/* What is asked for now; of a part of it, which. A refusal needs no words. */
static void question_of_choice(struct cnil_writer *writer, struct cnil_str word)
{
    struct cnil_choice choice;

    if (!cnil_choice_from_word(word, writer->policy, 0, &choice) || choice.state != CNIL_CHOICE_GRANTED)
        return;
    cnil_writer_ask(writer);
    if (confirm_label(word) != CNIL_TEXT_CONFIRM_CHOICE)
        return;
    cnil_writer_html(writer, "<p><strong>");
    cnil_writer_granted(writer, &choice, false);
    cnil_writer_html(writer, "</strong></p>\n");
}

void cnil_block_confirm_page(const struct cnil_policy *policy, enum cnil_language language,
                             const struct cnil_block_question *question, struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, NULL, NULL, language };

    open_page(&writer, CNIL_TEXT_CONFIRM_TITLE);
    if (!question->is_proven)
        cnil_writer_element(&writer, "p", CNIL_TEXT_CONFIRM_TEXT);
    if (question->once != NULL)
        question_of_card(&writer, question->once);
    else
        question_of_choice(&writer, question->word);
    cnil_writer_open_form(&writer, question->target);
    cnil_writer_hidden(&writer, "token", question->token);
    if (question->anchor.len > 0)
        cnil_writer_hidden(&writer, "anchor", question->anchor);
    if (question->once != NULL) {
        cnil_writer_hidden(&writer, "service", question->once->id);
        cnil_writer_button(&writer, CNIL_STR("once"), CNIL_TEXT_CARD_ONCE);
    } else {
        cnil_writer_button(&writer, question->word, confirm_label(question->word));
    }
    cnil_writer_html(&writer, "<a class=\"vp-button\" href=\""); /* as easy to see as confirming */
    cnil_writer_escape(&writer, question->target);
    cnil_writer_html(&writer, "\">");
    cnil_writer_text(&writer, CNIL_TEXT_CONFIRM_CANCEL);
    cnil_writer_html(&writer, "</a></form>\n");
    close_page(&writer, true);
}

void cnil_block_receipt_page(const struct cnil_policy *policy, enum cnil_language language, struct cnil_str target,
                             struct cnil_str receipt, struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, NULL, NULL, language };

    open_page(&writer, CNIL_TEXT_RECEIPT_TITLE);
    cnil_writer_html(&writer, "<p><strong>");
    cnil_writer_text_with(&writer, CNIL_TEXT_RECEIPT_NUMBER, receipt);
    cnil_writer_html(&writer, "</strong></p>\n");
    cnil_writer_element(&writer, "p", CNIL_TEXT_RECEIPT_TEXT);
    cnil_writer_html(&writer, "\n<p>");
    cnil_writer_link(&writer, target, CNIL_TEXT_BACK);
    cnil_writer_html(&writer, "</p>\n");
    close_page(&writer, true);
}

void cnil_block_error_page(const struct cnil_policy *policy, enum cnil_language language, unsigned status,
                           struct cnil_buffer *out)
{
    static const struct {
        unsigned status; /* 0: every other */
        enum cnil_text title, text;
    } errors[] = {
        { 404, CNIL_TEXT_ERROR_NOT_FOUND_TITLE, CNIL_TEXT_ERROR_NOT_FOUND },
        { 405, CNIL_TEXT_ERROR_METHOD_TITLE, CNIL_TEXT_ERROR_METHOD },
        { 413, CNIL_TEXT_ERROR_TOO_LARGE_TITLE, CNIL_TEXT_ERROR_TOO_LARGE },
        { 500, CNIL_TEXT_ERROR_SERVER_TITLE, CNIL_TEXT_ERROR_SERVER },
        { 0, CNIL_TEXT_ERROR_REQUEST_TITLE, CNIL_TEXT_ERROR_REQUEST },
    };
    struct cnil_writer writer = { policy, out, NULL, NULL, language };
    size_t i = 0;

    while (errors[i].status != 0 && errors[i].status != status)
        i++;
    open_page(&writer, errors[i].title);
    cnil_writer_element(&writer, "p", errors[i].text);
    cnil_writer_html(&writer, "\n<p>");
    cnil_writer_link(&writer, CNIL_STR("/"), CNIL_TEXT_LINK_START);
    cnil_writer_html(&writer, "</p>\n");
    close_page(&writer, true);
}
