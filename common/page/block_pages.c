/* SPDX-License-Identifier: Apache-2.0 */
#include "page/block.h"

#include "page/writer.h"
#include "policy/known_domain.h"

static void open_page(struct cnil_writer *writer, enum cnil_text title)
{
    cnil_writer_html(writer, "<!DOCTYPE html>\n<html lang=\"");
    cnil_writer_escape(writer, writer->policy->language);
    cnil_writer_html(writer, "\">\n<head>\n<meta charset=\"utf-8\">\n"
                             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                             "<meta name=\"color-scheme\" content=\"light dark\">\n"
                             "<meta name=\"robots\" content=\"noindex\">\n<title>");
    cnil_writer_text(writer, title);
    if (writer->policy->site_name.len > 0) {
        cnil_writer_html(writer, " · ");
        cnil_writer_escape(writer, writer->policy->site_name);
    }
    cnil_writer_html(writer, "</title>\n");
    cnil_writer_style_sheet(writer, CNIL_ASSET_PAGE);
    cnil_writer_html(writer, "\n</head>\n<body>\n<header><a href=\"/\">");
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

static void lifetime(struct cnil_writer *writer, struct cnil_str lifetime)
{
    const char *before = " (";

    if (lifetime.len == 0)
        return;
    while (lifetime.len > 0) {
        struct cnil_str word = cnil_str_cut(&lifetime, ' ');

        cnil_writer_html(writer, before);
        cnil_writer_escape(writer, cnil_text_lifetime_word(word, writer->policy->language));
        before = "\u00a0"; /* number and unit stay on one line */
    }
    cnil_writer_html(writer, ")");
}

static void cookies(struct cnil_writer *writer, const struct cnil_service *service)
{
    if (service->cookie_count == 0)
        return;
    cnil_writer_html(writer, "<p>");
    cnil_writer_text(writer, CNIL_TEXT_PAGE_COOKIES);
    for (size_t i = 0; i < service->cookie_count; i++) {
        cnil_writer_html(writer, i > 0 ? ", <code>" : "<code>");
        cnil_writer_escape(writer, service->cookies[i].name);
        cnil_writer_html(writer, service->cookies[i].prefix ? "*</code>" : "</code>");
        lifetime(writer, service->cookies[i].lifetime);
    }
    cnil_writer_html(writer, "</p>\n");
}

static void privacy_link(struct cnil_writer *writer, const struct cnil_service *service)
{
    if (service->privacy.len == 0)
        return;
    cnil_writer_html(writer, " · <a rel=\"noreferrer\" href=\"");
    cnil_writer_escape(writer, service->privacy);
    cnil_writer_html(writer, "\" aria-label=\"");
    cnil_writer_text_with(writer, CNIL_TEXT_PAGE_POLICY_OF, service->name);
    cnil_writer_html(writer, "\">");
    cnil_writer_text(writer, CNIL_TEXT_PAGE_POLICY);
    cnil_writer_html(writer, "</a>");
}

static bool has_several(const struct cnil_service *service)
{
    return (service->purposes & (service->purposes - 1)) != 0;
}

static bool has_all(const struct cnil_writer *writer, const struct cnil_service *service)
{
    return (size_t)__builtin_popcount(service->purposes) == writer->policy->purpose_count;
}

static void service_item(struct cnil_writer *writer, const struct cnil_service *service)
{
    cnil_writer_html(writer, "<li><h4>");
    cnil_writer_escape(writer, service->name);
    cnil_writer_html(writer, "</h4>\n<p>");
    cnil_writer_escape(writer, service->controller);
    if (service->country.len > 0) {
        cnil_writer_html(writer, ", ");
        cnil_writer_escape(writer, cnil_text_country(service->country, writer->policy->language));
    }
    privacy_link(writer, service);
    cnil_writer_html(writer, "</p>\n");
    if (has_several(service)) {
        cnil_writer_html(writer, "<p>");
        if (has_all(writer, service))
            cnil_writer_text(writer, CNIL_TEXT_PAGE_EVERY);
        else
            cnil_writer_titles(writer, service->purposes);
        cnil_writer_html(writer, "</p>\n");
    }
    cookies(writer, service);
    cnil_writer_html(writer, "</li>\n");
}

enum { SEVERAL = 0 }; /* instead of a purpose */

static bool belongs(const struct cnil_service *service, cnil_purposes purpose)
{
    return cnil_writer_asks_for(service) && (purpose == SEVERAL ? has_several(service) : service->purposes == purpose);
}

static size_t count_of(const struct cnil_policy *policy, cnil_purposes purpose)
{
    size_t count = 0;

    for (size_t i = 0; i < policy->service_count; i++)
        count += belongs(&policy->services[i], purpose);
    return count;
}

/* The services that have this purpose alone, or several, folded. */
static void services(struct cnil_writer *writer, cnil_purposes purpose)
{
    const struct cnil_policy *policy = writer->policy;
    size_t count = count_of(policy, purpose);

    if (count == 0) {
        cnil_writer_element(writer, "p", CNIL_TEXT_PAGE_NO_SERVICE);
        return;
    }
    cnil_writer_html(writer, "<details><summary>");
    cnil_writer_text_with_number(writer, count == 1 ? CNIL_TEXT_LIST_ONE : CNIL_TEXT_LIST_MANY, count);
    cnil_writer_html(writer, "</summary>\n<ul>\n");
    for (size_t i = 0; i < policy->service_count; i++)
        if (belongs(&policy->services[i], purpose))
            service_item(writer, &policy->services[i]);
    cnil_writer_html(writer, "</ul>\n</details>\n");
}

/* The known domains' entities that wait for a purpose ("*": for all), by their names, folded. */
static void known_entities(struct cnil_writer *writer, struct cnil_str purpose)
{
    size_t total = 0, count;
    const char *separator = "";

    if (!writer->policy->holds_known)
        return;
    for (size_t i = 0; i < CNIL_KNOWN_CATEGORIES; i++) {
        if (!cnil_str_equal(cnil_known_purpose((enum cnil_known_category)i), purpose))
            continue;
        (void)cnil_known_entity_names((enum cnil_known_category)i, &count);
        total += count;
    }
    if (total == 0)
        return;
    cnil_writer_html(writer, "<details><summary>");
    cnil_writer_text_with_number(writer, CNIL_TEXT_LIST_KNOWN, total);
    cnil_writer_html(writer, "</summary>\n<p class=\"vp-soft\">");
    for (size_t i = 0; i < CNIL_KNOWN_CATEGORIES; i++) {
        if (!cnil_str_equal(cnil_known_purpose((enum cnil_known_category)i), purpose))
            continue;
        cnil_writer_html(writer, separator);
        cnil_writer_escape(writer, cnil_known_entity_names((enum cnil_known_category)i, &count));
        separator = ", ";
    }
    cnil_writer_html(writer, "</p>\n</details>\n");
}

static void purposes(struct cnil_writer *writer)
{
    const struct cnil_policy *policy = writer->policy;

    for (size_t i = 0; i < policy->purpose_count; i++) {
        cnil_writer_html(writer, "<section>\n<h3>");
        cnil_writer_escape(writer, cnil_writer_title(writer, &policy->purposes[i]));
        cnil_writer_html(writer, "</h3>\n<p>");
        cnil_writer_escape(writer, cnil_writer_description(writer, &policy->purposes[i]));
        cnil_writer_html(writer, "</p>\n");
        services(writer, (cnil_purposes)1 << i);
        known_entities(writer, policy->purposes[i].id);
        cnil_writer_html(writer, "</section>\n");
    }
    if (count_of(policy, SEVERAL) == 0)
        return;
    cnil_writer_html(writer, "<section>\n");
    cnil_writer_element(writer, "h3", CNIL_TEXT_PAGE_SEVERAL);
    cnil_writer_element(writer, "p", CNIL_TEXT_PAGE_SEVERAL_TEXT);
    services(writer, SEVERAL);
    known_entities(writer, CNIL_STR("*"));
    cnil_writer_html(writer, "</section>\n");
}

static void chosen(struct cnil_writer *writer, const struct cnil_choice *choice)
{
    cnil_writer_html(writer, "<section class=\"vp-choice\">\n");
    cnil_writer_element(writer, "h2", CNIL_TEXT_PAGE_CHOICE);
    cnil_writer_state(writer, choice);
    if (choice->state != CNIL_CHOICE_NONE) {
        cnil_writer_html(writer, "<p>");
        cnil_writer_text(writer, CNIL_TEXT_STATE_DATE);
        cnil_text_date(choice->minutes * 60, writer->policy->language, writer->out);
        cnil_writer_html(writer, ".</p>");
    }
    cnil_writer_form(writer, choice, writer->policy->prefix);
    cnil_writer_html(writer, "\n<p class=\"vp-soft\">");
    cnil_writer_text_with_number(writer, CNIL_TEXT_PAGE_KEPT, writer->policy->consent_days);
    cnil_writer_html(writer, "</p>\n</section>\n");
}

/* What needs no consent is told all the same (rule C22). */
static void exempt(struct cnil_writer *writer)
{
    static const enum cnil_text grounds[] = {
        [CNIL_GROUND_CHOICE] = CNIL_TEXT_GROUND_CHOICE,
        [CNIL_GROUND_AUTHENTICATION] = CNIL_TEXT_GROUND_AUTHENTICATION,
        [CNIL_GROUND_CART] = CNIL_TEXT_GROUND_CART,
        [CNIL_GROUND_INTERFACE] = CNIL_TEXT_GROUND_INTERFACE,
        [CNIL_GROUND_LOAD_BALANCING] = CNIL_TEXT_GROUND_LOAD_BALANCING,
        [CNIL_GROUND_METERING] = CNIL_TEXT_GROUND_METERING,
        [CNIL_GROUND_AUDIENCE] = CNIL_TEXT_GROUND_AUDIENCE,
    };
    const struct cnil_policy *policy = writer->policy;

    if (policy->exempt_count == 0)
        return;
    cnil_writer_element(writer, "h2", CNIL_TEXT_PAGE_EXEMPT);
    cnil_writer_element(writer, "p", CNIL_TEXT_PAGE_EXEMPT_TEXT);
    cnil_writer_html(writer, "<dl>\n");
    for (size_t i = 0; i < policy->exempt_count; i++) {
        cnil_writer_html(writer, "<div><dt><code>");
        cnil_writer_escape(writer, policy->exempt[i].name);
        cnil_writer_html(writer, policy->exempt[i].prefix ? "*</code></dt>" : "</code></dt>");
        cnil_writer_element(writer, "dd", grounds[policy->exempt[i].ground]);
        cnil_writer_html(writer, "</div>\n");
    }
    cnil_writer_html(writer, "</dl>\n");
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

void cnil_block_privacy_page(const struct cnil_policy *policy, const struct cnil_choice *choice,
                             struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, NULL };

    open_page(&writer, CNIL_TEXT_PAGE_TITLE);
    cnil_writer_html(&writer, "<p class=\"vp-lead\">");
    cnil_writer_text(&writer, CNIL_TEXT_PAGE_LEAD);
    cnil_writer_html(&writer, "</p>\n");
    chosen(&writer, choice);
    cnil_writer_html(&writer, "<h2 id=\"vp-services\">");
    cnil_writer_text(&writer, CNIL_TEXT_PAGE_PURPOSES);
    cnil_writer_html(&writer, "</h2>");
    cnil_writer_element(&writer, "p", CNIL_TEXT_PAGE_RELEASE);
    purposes(&writer);
    exempt(&writer);
    people(&writer);
    cnil_writer_element(&writer, "h2", CNIL_TEXT_PAGE_RIGHTS);
    cnil_writer_element(&writer, "p", CNIL_TEXT_PAGE_RIGHTS_TEXT);
    cnil_writer_html(&writer, "<p>");
    cnil_writer_text(&writer, CNIL_TEXT_PAGE_COMPLAINT);
    cnil_writer_html(&writer, "<a rel=\"noreferrer\" href=\"https://www.cnil.fr/\">www.cnil.fr</a>.</p>\n");
    close_page(&writer, false);
}

/* ---- confirmation and errors ---- */

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
    struct cnil_writer writer = { policy, out, NULL };
    struct cnil_choice choice;

    open_page(&writer, CNIL_TEXT_CONFIRM_TITLE);
    cnil_writer_element(&writer, "p", CNIL_TEXT_CONFIRM_TEXT);
    if (confirm_label(choice_word) == CNIL_TEXT_CONFIRM_CHOICE &&
        cnil_choice_from_word(choice_word, policy, 0, &choice)) {
        cnil_writer_html(&writer, "<p><strong>");
        cnil_writer_titles(&writer, choice.granted);
        cnil_writer_html(&writer, "</strong></p>\n");
    }
    cnil_writer_open_form(&writer, target);
    cnil_writer_html(&writer, "<input type=\"hidden\" name=\"token\" value=\"");
    cnil_writer_escape(&writer, token);
    cnil_writer_html(&writer, "\">");
    cnil_writer_button(&writer, choice_word, confirm_label(choice_word));
    cnil_writer_html(&writer, "<a class=\"vp-button\" href=\""); /* as easy to see as confirming */
    cnil_writer_escape(&writer, target);
    cnil_writer_html(&writer, "\">");
    cnil_writer_text(&writer, CNIL_TEXT_CONFIRM_CANCEL);
    cnil_writer_html(&writer, "</a></form>\n");
    close_page(&writer, true);
}

void cnil_block_receipt_page(const struct cnil_policy *policy, struct cnil_str target, struct cnil_str receipt,
                             struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, NULL };

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

void cnil_block_error_page(const struct cnil_policy *policy, unsigned status, struct cnil_buffer *out)
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
    struct cnil_writer writer = { policy, out, NULL };
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
