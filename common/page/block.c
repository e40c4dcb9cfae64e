/* SPDX-License-Identifier: Apache-2.0 */
#include "page/block.h"

#include "page/texts.h"
#include "web/html_entity.h"

/* What every piece of a page is written with. */
struct writer {
    const struct cnil_policy *policy;
    struct cnil_buffer *out;
};

static void raw(struct writer *writer, const char *html)
{
    cnil_buffer_append(writer->out, cnil_str_from(html));
}

static void escaped(struct writer *writer, struct cnil_str text)
{
    cnil_html_escape(text, writer->out);
}

static void text(struct writer *writer, enum cnil_text which)
{
    escaped(writer, cnil_text(which, writer->policy->language));
}

static void element(struct writer *writer, const char *name, enum cnil_text which)
{
    cnil_buffer_print(writer->out, "<%s>", name);
    text(writer, which);
    cnil_buffer_print(writer->out, "</%s>", name);
}

static bool is_english(const struct writer *writer)
{
    return cnil_str_equal(writer->policy->language, CNIL_STR("en"));
}

static struct cnil_str title_of(const struct writer *writer, const struct cnil_purpose *purpose)
{
    return is_english(writer) && purpose->title_en.len > 0 ? purpose->title_en : purpose->title_fr;
}

/* ---- the form ---- */

enum answers { ANSWER_REFUSE = 1, ANSWER_ACCEPT = 2, ANSWER_WITHDRAW = 4 };

/* The one place that writes a button: whatever it says, it is the same element with the same class (rule C5). */
static void button(struct writer *writer, struct cnil_str value, enum cnil_text label)
{
    raw(writer, "<button type=\"submit\" class=\"vp-button\" name=\"choice\" value=\"");
    escaped(writer, value);
    raw(writer, "\">");
    text(writer, label);
    raw(writer, "</button>");
}

static void open_form(struct writer *writer, struct cnil_str target)
{
    raw(writer, "<form class=\"vp-form\" method=\"post\" action=\"");
    escaped(writer, writer->policy->prefix);
    raw(writer, "choice\"><input type=\"hidden\" name=\"return\" value=\"");
    escaped(writer, target);
    raw(writer, "\">");
}

static void form(struct writer *writer, struct cnil_str target, unsigned answers)
{
    open_form(writer, target);
    if (answers & ANSWER_REFUSE)
        button(writer, CNIL_STR("refuse"), CNIL_TEXT_REFUSE);
    if (answers & ANSWER_WITHDRAW)
        button(writer, CNIL_STR("withdraw"), CNIL_TEXT_WITHDRAW);
    if (answers & ANSWER_ACCEPT)
        button(writer, CNIL_STR("accept"), CNIL_TEXT_ACCEPT);
    raw(writer, "</form>");
}

static bool is_whole(const struct writer *writer, const struct cnil_choice *choice)
{
    size_t granted = 0;

    for (size_t i = 0; i < writer->policy->purpose_count; i++)
        granted += choice->granted >> i & 1;
    return granted == writer->policy->purpose_count;
}

/* What a visitor may still answer. Without a choice refusing and accepting always come together. */
static unsigned answers_left(const struct writer *writer, const struct cnil_choice *choice)
{
    switch (choice->state) {
    case CNIL_CHOICE_GRANTED:
        return ANSWER_WITHDRAW | (is_whole(writer, choice) ? 0u : ANSWER_ACCEPT);
    case CNIL_CHOICE_REFUSED:
        return ANSWER_ACCEPT;
    case CNIL_CHOICE_NONE:
        break;
    }
    return ANSWER_REFUSE | ANSWER_ACCEPT;
}

static enum cnil_text state_text(const struct writer *writer, const struct cnil_choice *choice)
{
    switch (choice->state) {
    case CNIL_CHOICE_GRANTED:
        return is_whole(writer, choice) ? CNIL_TEXT_STATE_ACCEPTED : CNIL_TEXT_STATE_PARTLY;
    case CNIL_CHOICE_REFUSED:
        return CNIL_TEXT_STATE_REFUSED;
    case CNIL_CHOICE_NONE:
        break;
    }
    return CNIL_TEXT_STATE_NONE;
}

/* ---- links ---- */

static void link_to(struct writer *writer, struct cnil_str address, enum cnil_text label)
{
    if (address.len == 0)
        return;
    raw(writer, "<a href=\"");
    escaped(writer, address);
    raw(writer, "\">");
    text(writer, label);
    raw(writer, "</a> ");
}

static void links(struct writer *writer)
{
    raw(writer, "<p class=\"vp-links\">");
    link_to(writer, writer->policy->prefix, CNIL_TEXT_LINK_SERVICES);
    link_to(writer, writer->policy->privacy_page, CNIL_TEXT_LINK_PRIVACY);
    link_to(writer, writer->policy->rights_page, CNIL_TEXT_LINK_RIGHTS);
    link_to(writer, writer->policy->legal_page, CNIL_TEXT_LINK_LEGAL);
    raw(writer, "</p>");
}

static void style_sheet(struct writer *writer, enum cnil_asset_id id)
{
    raw(writer, "<link rel=\"stylesheet\" href=\"");
    escaped(writer, writer->policy->prefix);
    escaped(writer, cnil_asset_name(id));
    raw(writer, "\">");
}

/* ---- the block ---- */

static size_t services_for(const struct cnil_policy *policy, size_t purpose)
{
    size_t count = 0;

    for (size_t i = 0; i < policy->service_count; i++)
        count += !policy->services[i].report_only && (policy->services[i].purposes >> purpose & 1);
    return count;
}

static size_t services_in_all(const struct cnil_policy *policy)
{
    size_t count = 0;

    for (size_t i = 0; i < policy->service_count; i++)
        count += !policy->services[i].report_only;
    return count;
}

/* Who asks, how many third parties there are at most, and what for (rule C8). */
static void ask(struct writer *writer)
{
    const struct cnil_policy *policy = writer->policy;
    const char *separator = "";

    raw(writer, "<p class=\"vp-text\">");
    if (policy->site_name.len > 0) {
        text(writer, CNIL_TEXT_ASK_SITE);
        escaped(writer, policy->site_name);
    } else {
        text(writer, CNIL_TEXT_ASK_THIS_SITE);
    }
    text(writer, CNIL_TEXT_ASK_CALLS);
    raw(writer, "<a href=\"");
    escaped(writer, policy->prefix);
    cnil_buffer_print(writer->out, "\">%zu", services_in_all(policy));
    text(writer, CNIL_TEXT_ASK_SERVICES);
    raw(writer, "</a>");
    text(writer, CNIL_TEXT_ASK_FOR);
    for (size_t i = 0; i < policy->purpose_count; i++) {
        if (services_for(policy, i) == 0)
            continue;
        raw(writer, separator);
        raw(writer, "<span class=\"vp-purpose\">");
        escaped(writer, title_of(writer, &policy->purposes[i]));
        raw(writer, "</span>");
        separator = ", ";
    }
    raw(writer, ". ");
    text(writer, CNIL_TEXT_SILENCE);
    raw(writer, "</p>");
}

static void banner(struct writer *writer, struct cnil_str target)
{
    bool top = cnil_str_equal(writer->policy->banner_position, CNIL_STR("top"));

    cnil_buffer_print(writer->out, "<div class=\"vp-bar vp-%s\" role=\"region\" aria-labelledby=\"vp-title\" lang=\"",
                      top ? "top" : "bottom");
    escaped(writer, writer->policy->language);
    raw(writer, "\">");
    style_sheet(writer, CNIL_ASSET_BAR);
    raw(writer, "<div class=\"vp-words\"><h2 class=\"vp-title\" id=\"vp-title\">");
    text(writer, CNIL_TEXT_TITLE);
    raw(writer, "</h2>");
    ask(writer);
    links(writer);
    raw(writer, "</div>");
    form(writer, target, ANSWER_REFUSE | ANSWER_ACCEPT);
    raw(writer, "</div>");
}

static void control(struct writer *writer, const struct cnil_choice *choice, struct cnil_str target)
{
    raw(writer, "<details class=\"vp-bar vp-control\" lang=\"");
    escaped(writer, writer->policy->language);
    raw(writer, "\"><summary class=\"vp-summary\">");
    text(writer, CNIL_TEXT_CONTROL);
    raw(writer, "</summary>");
    style_sheet(writer, CNIL_ASSET_BAR);
    raw(writer, "<div class=\"vp-open\"><p class=\"vp-text\">");
    text(writer, state_text(writer, choice));
    raw(writer, "</p>");
    form(writer, target, answers_left(writer, choice));
    links(writer);
    raw(writer, "</div></details>");
}

void cnil_block_write(const struct cnil_policy *policy, const struct cnil_choice *choice, struct cnil_str target,
                      struct cnil_buffer *out)
{
    struct writer writer = { policy, out };

    if (choice->state == CNIL_CHOICE_NONE)
        banner(&writer, target);
    else
        control(&writer, choice, target);
}

/* ---- whole pages ---- */

static void open_page(struct writer *writer, enum cnil_text title)
{
    raw(writer, "<!DOCTYPE html>\n<html lang=\"");
    escaped(writer, writer->policy->language);
    raw(writer,
        "\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n<title>");
    text(writer, title);
    if (writer->policy->site_name.len > 0) {
        raw(writer, " · ");
        escaped(writer, writer->policy->site_name);
    }
    raw(writer, "</title>\n");
    style_sheet(writer, CNIL_ASSET_PAGE);
    raw(writer, "\n</head>\n<body>\n<main>\n<h1>");
    text(writer, title);
    raw(writer, "</h1>\n");
}

static void close_page(struct writer *writer, struct cnil_str target)
{
    raw(writer, "\n<p class=\"vp-back\">");
    link_to(writer, target, CNIL_TEXT_BACK);
    raw(writer, "</p>\n</main>\n</body>\n</html>\n");
}

static void contact(struct writer *writer, enum cnil_text title, const struct cnil_contact *contact)
{
    if (contact->name.len + contact->address.len + contact->email.len + contact->url.len == 0)
        return;
    raw(writer, "<dt>");
    text(writer, title);
    raw(writer, "</dt><dd>");
    if (contact->name.len > 0) {
        escaped(writer, contact->name);
        raw(writer, "<br>");
    }
    if (contact->address.len > 0) {
        escaped(writer, contact->address);
        raw(writer, "<br>");
    }
    if (contact->email.len > 0) {
        raw(writer, "<a href=\"mailto:");
        escaped(writer, contact->email);
        raw(writer, "\">");
        escaped(writer, contact->email);
        raw(writer, "</a><br>");
    }
    if (contact->url.len > 0) {
        raw(writer, "<a href=\"");
        escaped(writer, contact->url);
        raw(writer, "\">");
        escaped(writer, contact->url);
        raw(writer, "</a>");
    }
    raw(writer, "</dd>\n");
}

static void cookies(struct writer *writer, const struct cnil_service *service)
{
    if (service->cookie_count == 0)
        return;
    raw(writer, "<br><small>");
    text(writer, CNIL_TEXT_PAGE_COOKIES);
    for (size_t i = 0; i < service->cookie_count; i++) {
        raw(writer, i > 0 ? ", <code>" : "<code>");
        escaped(writer, service->cookies[i].name);
        raw(writer, service->cookies[i].prefix ? "*</code>" : "</code>");
        if (service->cookies[i].lifetime.len > 0) {
            raw(writer, " (");
            escaped(writer, service->cookies[i].lifetime);
            raw(writer, ")");
        }
    }
    raw(writer, "</small>");
}

static void service_line(struct writer *writer, const struct cnil_service *service)
{
    raw(writer, "<li><strong>");
    escaped(writer, service->name);
    raw(writer, "</strong> · ");
    escaped(writer, service->controller);
    if (service->country.len > 0) {
        raw(writer, " (");
        escaped(writer, service->country);
        raw(writer, ")");
    }
    if (service->privacy.len > 0) {
        raw(writer, " · <a rel=\"noreferrer\" href=\"");
        escaped(writer, service->privacy);
        raw(writer, "\">");
        text(writer, CNIL_TEXT_PAGE_POLICY);
        raw(writer, "</a>");
    }
    cookies(writer, service);
    raw(writer, "</li>\n");
}

static void purpose_section(struct writer *writer, size_t index)
{
    const struct cnil_policy *policy = writer->policy;
    const struct cnil_purpose *purpose = &policy->purposes[index];
    struct cnil_str description =
        is_english(writer) && purpose->description_en.len > 0 ? purpose->description_en : purpose->description_fr;

    raw(writer, "<section>\n<h3>");
    escaped(writer, title_of(writer, purpose));
    raw(writer, "</h3>\n<p>");
    escaped(writer, description);
    raw(writer, "</p>\n");
    if (services_for(policy, index) == 0) {
        element(writer, "p", CNIL_TEXT_PAGE_NO_SERVICE);
    } else {
        cnil_buffer_print(writer->out, "<details><summary>%zu</summary>\n<ul>\n", services_for(policy, index));
        for (size_t i = 0; i < policy->service_count; i++)
            if (!policy->services[i].report_only && (policy->services[i].purposes >> index & 1))
                service_line(writer, &policy->services[i]);
        raw(writer, "</ul>\n</details>");
    }
    raw(writer, "\n</section>\n");
}

void cnil_block_privacy_page(const struct cnil_policy *policy, const struct cnil_choice *choice,
                             struct cnil_buffer *out)
{
    struct writer writer = { policy, out };

    open_page(&writer, CNIL_TEXT_PAGE_TITLE);
    element(&writer, "h2", CNIL_TEXT_PAGE_CHOICE);
    element(&writer, "p", state_text(&writer, choice));
    form(&writer, policy->prefix, answers_left(&writer, choice));
    links(&writer);
    element(&writer, "h2", CNIL_TEXT_PAGE_PURPOSES);
    element(&writer, "p", CNIL_TEXT_PAGE_RELEASE);
    for (size_t i = 0; i < policy->purpose_count; i++)
        purpose_section(&writer, i);
    element(&writer, "h2", CNIL_TEXT_PAGE_WHO);
    raw(&writer, "<dl>\n");
    contact(&writer, CNIL_TEXT_PAGE_CONTROLLER, &policy->controller);
    contact(&writer, CNIL_TEXT_PAGE_DPO, &policy->dpo);
    contact(&writer, CNIL_TEXT_PAGE_CONTACT, &policy->rights);
    raw(&writer, "</dl>\n");
    element(&writer, "p", CNIL_TEXT_PAGE_RIGHTS);
    raw(&writer, "<p>");
    text(&writer, CNIL_TEXT_PAGE_COMPLAINT);
    raw(&writer, "<a rel=\"noreferrer\" href=\"https://www.cnil.fr/\">www.cnil.fr</a>.</p>\n");
    element(&writer, "h2", CNIL_TEXT_PAGE_KEPT);
    raw(&writer, "<p>");
    text(&writer, CNIL_TEXT_PAGE_KEPT_1);
    cnil_buffer_print(out, "%u", policy->consent_days);
    text(&writer, CNIL_TEXT_PAGE_KEPT_2);
    raw(&writer, "</p>");
    close_page(&writer, CNIL_STR("/"));
}

static enum cnil_text confirm_label(struct cnil_str word)
{
    if (cnil_str_equal(word, CNIL_STR("accept")))
        return CNIL_TEXT_CONFIRM_ACCEPT;
    if (cnil_str_equal(word, CNIL_STR("refuse")))
        return CNIL_TEXT_CONFIRM_REFUSE;
    return cnil_str_equal(word, CNIL_STR("withdraw")) ? CNIL_TEXT_CONFIRM_WITHDRAW : CNIL_TEXT_CONFIRM_CHOICE;
}

void cnil_block_confirm_page(const struct cnil_policy *policy, struct cnil_str choice_word, struct cnil_str target,
                             struct cnil_str token, struct cnil_buffer *out)
{
    struct writer writer = { policy, out };

    open_page(&writer, CNIL_TEXT_CONFIRM_TITLE);
    element(&writer, "p", CNIL_TEXT_CONFIRM_TEXT);
    open_form(&writer, target);
    raw(&writer, "<input type=\"hidden\" name=\"token\" value=\"");
    escaped(&writer, token);
    raw(&writer, "\">");
    button(&writer, choice_word, confirm_label(choice_word));
    raw(&writer, "</form>\n");
    close_page(&writer, target);
}

void cnil_block_error_page(const struct cnil_policy *policy, unsigned status, struct cnil_buffer *out)
{
    struct writer writer = { policy, out };

    open_page(&writer, CNIL_TEXT_TITLE);
    element(&writer, "p",
            status == 404   ? CNIL_TEXT_ERROR_NOT_FOUND
            : status == 405 ? CNIL_TEXT_ERROR_METHOD
            : status == 413 ? CNIL_TEXT_ERROR_TOO_LARGE
                            : CNIL_TEXT_ERROR_REQUEST);
    links(&writer);
    close_page(&writer, CNIL_STR("/"));
}
