/* SPDX-License-Identifier: Apache-2.0 */
#include "page/services.h"

#include "policy/known_domain.h"
#include "policy/observed.h"

struct list {
    struct cnil_writer *writer;
    const struct cnil_choice *choice; /* NULL: to read, not to tick */
};

static void lifetime(struct cnil_writer *writer, struct cnil_str lifetime)
{
    if (lifetime.len == 0)
        return;
    cnil_writer_html(writer, " (");
    cnil_writer_lifetime(writer, lifetime);
    cnil_writer_html(writer, ")");
}

static void cookies(struct cnil_writer *writer, const struct cnil_service *service)
{
    if (service->cookie_count == 0)
        return;
    cnil_writer_html(writer, "<p>");
    cnil_writer_text(writer, CNIL_TEXT_PAGE_COOKIES);
    for (size_t i = 0; i < service->cookie_count; i++) {
        cnil_writer_escape(writer, i > 0 ? cnil_language_marks(writer->language)->list : CNIL_STR_EMPTY);
        cnil_writer_html(writer, "<code>");
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
    cnil_writer_html(writer, "\" aria-label=\""); /* what is seen, and whose: lists of links part it from the rest */
    cnil_writer_text(writer, CNIL_TEXT_PAGE_POLICY);
    cnil_writer_escape(writer, cnil_language_marks(writer->language)->comma);
    cnil_writer_name(writer, service->name);
    cnil_writer_html(writer, "\">");
    cnil_writer_text(writer, CNIL_TEXT_PAGE_POLICY);
    cnil_writer_html(writer, "</a>");
}

static void who(struct cnil_writer *writer, const struct cnil_service *service)
{
    cnil_writer_name(writer, service->controller);
    if (service->country.len > 0) {
        cnil_writer_escape(writer, cnil_language_marks(writer->language)->comma);
        cnil_writer_country(writer, service->country);
    }
    privacy_link(writer, service);
}

static bool has_several(const struct cnil_service *service)
{
    return (service->purposes & (service->purposes - 1)) != 0;
}

static bool has_all(const struct cnil_writer *writer, const struct cnil_service *service)
{
    return (size_t)__builtin_popcount(service->purposes) == writer->policy->purpose_count;
}

/* A box to tick, or the words alone. */
static void open_box(const struct list *list, const char *name, struct cnil_str id, bool ticked)
{
    if (list->choice == NULL)
        return;
    cnil_buffer_print(list->writer->out, "<label><input type=\"checkbox\" name=\"%s\" value=\"", name);
    cnil_writer_escape(list->writer, id);
    cnil_writer_html(list->writer, ticked ? "\" checked=\"\"/> " : "\"/> ");
}

static void close_box(const struct list *list)
{
    cnil_writer_html(list->writer, list->choice != NULL ? "</label>" : "");
}

/* Ticked when it is granted by itself: were it ticked with its purpose, unticking the purpose would leave it granted.
 */
static bool is_ticked(const struct list *list, const struct cnil_service *service)
{
    return list->choice != NULL && cnil_choice_names(list->choice, service);
}

static void service_item(const struct list *list, const struct cnil_service *service)
{
    struct cnil_writer *writer = list->writer;

    cnil_writer_html(writer, "<li><h4>");
    open_box(list, "service", service->id, is_ticked(list, service));
    cnil_writer_name(writer, service->name);
    close_box(list);
    cnil_writer_html(writer, "</h4>\n<p>");
    who(writer, service);
    cnil_writer_html(writer, "</p>\n");
    if (has_several(service)) {
        cnil_writer_html(writer, "<p>");
        if (has_all(writer, service))
            cnil_writer_text(writer, CNIL_TEXT_PAGE_EVERY);
        else
            cnil_writer_titles(writer, service->purposes, false);
        cnil_writer_html(writer, "</p>\n");
    }
    cookies(writer, service);
    cnil_writer_html(writer, "</li>\n");
}

enum { SEVERAL = 0 }; /* instead of a purpose */

static bool belongs(const struct cnil_service *service, cnil_purposes purpose)
{
    return cnil_service_asks(service) && (purpose == SEVERAL ? has_several(service) : service->purposes == purpose);
}

static size_t count_of(const struct cnil_policy *policy, cnil_purposes purpose, bool seen)
{
    size_t count = 0;

    for (size_t i = 0; i < policy->service_count; i++)
        count += belongs(&policy->services[i], purpose) && cnil_observed_has(policy, &policy->services[i]) == seen;
    return count;
}

/* ---- what was seen on this site ---- */

static bool host_belongs(const struct cnil_observed_host *host, cnil_purposes purpose)
{
    bool several = (host->purposes & (host->purposes - 1)) != 0;

    return host->purposes != 0 && (purpose == SEVERAL ? several : host->purposes == purpose);
}

/* Who it is known to be, and by which name it was seen. */
static void host_item(struct cnil_writer *writer, const struct cnil_observed_host *host)
{
    cnil_writer_html(writer, "<li><h4>");
    cnil_writer_name(writer, host->entity.len > 0 ? host->entity : host->host);
    cnil_writer_html(writer, "</h4>\n<p>");
    if (host->entity.len > 0) {
        cnil_writer_html(writer, "<code>");
        cnil_writer_escape(writer, host->host);
        cnil_writer_html(writer, "</code>");
    } else {
        cnil_writer_text(writer, CNIL_TEXT_UNIDENTIFIED);
    }
    cnil_writer_html(writer, "</p>\n</li>\n");
}

/* "Vus sur ce site (1er novembre 2026 – 20 novembre 2026)": in which time, where the file says so. */
static void seen_when(struct cnil_writer *writer)
{
    const struct cnil_observed *observed = writer->policy->observed;

    cnil_writer_html(writer, "<p>");
    cnil_writer_text(writer, CNIL_TEXT_PAGE_SEEN);
    if (observed->from > 0 && observed->to > 0) {
        cnil_writer_html(writer, " (");
        cnil_writer_day(writer, observed->from);
        if (observed->to != observed->from) {
            cnil_writer_html(writer, " – ");
            cnil_writer_day(writer, observed->to);
        }
        cnil_writer_html(writer, ")");
    }
    cnil_writer_html(writer, "</p>");
}

/* What of this purpose the site was seen to carry, not folded: that is what a visitor meets. */
static size_t seen(const struct list *list, cnil_purposes purpose)
{
    struct cnil_writer *writer = list->writer;
    const struct cnil_policy *policy = writer->policy;
    const struct cnil_observed *observed = policy->observed;
    size_t count = count_of(policy, purpose, true);

    for (size_t i = 0; observed != NULL && i < observed->host_count; i++)
        count += host_belongs(&observed->hosts[i], purpose);
    if (count == 0)
        return 0;
    seen_when(writer);
    cnil_writer_html(writer, "<ul>\n");
    for (size_t i = 0; i < policy->service_count; i++)
        if (belongs(&policy->services[i], purpose) && cnil_observed_has(policy, &policy->services[i]))
            service_item(list, &policy->services[i]);
    for (size_t i = 0; i < observed->host_count; i++)
        if (host_belongs(&observed->hosts[i], purpose))
            host_item(writer, &observed->hosts[i]);
    cnil_writer_html(writer, "</ul>\n");
    return count;
}

/* What waits for no consent: services that are only reported, hosts that pass, cookies that nobody declared. */
static void seen_besides(const struct list *list)
{
    const struct list reading = { list->writer, NULL };
    struct cnil_writer *writer = list->writer;
    const struct cnil_policy *policy = writer->policy;
    const struct cnil_observed *observed = policy->observed;
    size_t count = 0;

    if (observed == NULL)
        return;
    for (size_t i = 0; i < policy->service_count; i++)
        count += !cnil_service_asks(&policy->services[i]) && observed->services[i];
    for (size_t i = 0; i < observed->host_count; i++)
        count += observed->hosts[i].purposes == 0;
    if (count + observed->cookie_count == 0)
        return;
    cnil_writer_html(writer, "<section>\n");
    cnil_writer_element(writer, "h3", CNIL_TEXT_PAGE_SEEN_OTHER);
    cnil_writer_html(writer, count > 0 ? "<ul>\n" : "");
    for (size_t i = 0; i < policy->service_count; i++)
        if (!cnil_service_asks(&policy->services[i]) && observed->services[i])
            service_item(&reading, &policy->services[i]);
    for (size_t i = 0; i < observed->host_count; i++)
        if (observed->hosts[i].purposes == 0)
            host_item(writer, &observed->hosts[i]);
    cnil_writer_html(writer, count > 0 ? "</ul>\n" : "");
    for (size_t i = 0; i < observed->cookie_count; i++) {
        if (i == 0) {
            cnil_writer_html(writer, "<p>");
            cnil_writer_text(writer, CNIL_TEXT_PAGE_COOKIES);
        }
        cnil_writer_escape(writer, i > 0 ? cnil_language_marks(writer->language)->list : CNIL_STR_EMPTY);
        cnil_writer_html(writer, "<code>");
        cnil_writer_escape(writer, observed->cookies[i]);
        cnil_writer_html(writer, i + 1 < observed->cookie_count ? "</code>" : "</code></p>\n");
    }
    cnil_writer_html(writer, "</section>\n");
}

/* ---- purposes ---- */

/* The services that have this purpose alone, or several; folded but for those that were seen. */
static void services(const struct list *list, cnil_purposes purpose)
{
    struct cnil_writer *writer = list->writer;
    const struct cnil_policy *policy = writer->policy;
    size_t met = seen(list, purpose), count = count_of(policy, purpose, false);

    if (count == 0) {
        if (met == 0)
            cnil_writer_element(writer, "p", CNIL_TEXT_PAGE_NO_SERVICE);
        return;
    }
    cnil_writer_html(writer, "<details><summary>");
    cnil_writer_text_with_number(writer, CNIL_TEXT_LIST, count);
    cnil_writer_html(writer, "</summary>\n<ul>\n");
    for (size_t i = 0; i < policy->service_count; i++)
        if (belongs(&policy->services[i], purpose) && !cnil_observed_has(policy, &policy->services[i]))
            service_item(list, &policy->services[i]);
    cnil_writer_html(writer, "</ul>\n</details>\n");
}

/* How many of the known domains' entities wait for a purpose ("*": for all). One that does several things, or is in the
 * catalogue, too, counts as often. */
static size_t known_count(const struct cnil_policy *policy, struct cnil_str purpose)
{
    size_t total = 0, count;

    for (size_t i = 0; i < CNIL_KNOWN_CATEGORIES && policy->holds_known; i++) {
        if (!cnil_str_equal(cnil_known_purpose((enum cnil_known_category)i), purpose))
            continue;
        (void)cnil_known_entity_names((enum cnil_known_category)i, &count);
        total += count;
    }
    return total;
}

size_t cnil_services_known(const struct cnil_policy *policy)
{
    size_t total = known_count(policy, CNIL_STR("*"));

    for (size_t i = 0; i < policy->purpose_count; i++)
        total += known_count(policy, policy->purposes[i].id);
    return total;
}

/* They by their names, folded. */
static void known_entities(struct cnil_writer *writer, struct cnil_str purpose)
{
    size_t total = known_count(writer->policy, purpose), count;
    const char *separator = "";

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

static void several(const struct list *list)
{
    struct cnil_writer *writer = list->writer;

    size_t count = count_of(writer->policy, SEVERAL, true) + count_of(writer->policy, SEVERAL, false);

    if (count + known_count(writer->policy, CNIL_STR("*")) == 0)
        return;
    cnil_writer_html(writer, "<section>\n");
    cnil_writer_element(writer, "h3", CNIL_TEXT_PAGE_SEVERAL);
    cnil_writer_element(writer, "p", CNIL_TEXT_PAGE_SEVERAL_TEXT);
    if (count > 0)
        services(list, SEVERAL);
    known_entities(writer, CNIL_STR("*"));
    cnil_writer_html(writer, "</section>\n");
}

void cnil_services_write(struct cnil_writer *writer, const struct cnil_choice *choice)
{
    const struct list list = { writer, choice };
    const struct cnil_policy *policy = writer->policy;

    for (size_t i = 0; i < policy->purpose_count; i++) {
        const struct cnil_purpose *purpose = &policy->purposes[i];

        cnil_writer_html(writer, "<section>\n<h3>");
        open_box(&list, "purpose", purpose->id, choice != NULL && (choice->granted >> i & 1) != 0);
        cnil_writer_escape(writer, cnil_writer_title(writer, purpose));
        close_box(&list);
        cnil_writer_html(writer, "</h3>\n<p>");
        cnil_writer_escape(writer, cnil_writer_description(writer, purpose));
        cnil_writer_html(writer, "</p>\n");
        services(&list, (cnil_purposes)1 << i);
        known_entities(writer, purpose->id);
        cnil_writer_html(writer, "</section>\n");
    }
    several(&list);
    seen_besides(&list);
}

/* ---- what needs no consent ---- */

static void ground(struct cnil_writer *writer, enum cnil_ground ground)
{
    static const enum cnil_text texts[] = {
        [CNIL_GROUND_CHOICE] = CNIL_TEXT_GROUND_CHOICE,
        [CNIL_GROUND_AUTHENTICATION] = CNIL_TEXT_GROUND_AUTHENTICATION,
        [CNIL_GROUND_CART] = CNIL_TEXT_GROUND_CART,
        [CNIL_GROUND_INTERFACE] = CNIL_TEXT_GROUND_INTERFACE,
        [CNIL_GROUND_LOAD_BALANCING] = CNIL_TEXT_GROUND_LOAD_BALANCING,
        [CNIL_GROUND_METERING] = CNIL_TEXT_GROUND_METERING,
        [CNIL_GROUND_AUDIENCE] = CNIL_TEXT_GROUND_AUDIENCE,
    };

    cnil_writer_element(writer, "dd", texts[ground]);
    cnil_writer_html(writer, "\n");
}

/* The site's own: who that is says the policy, or nobody. */
static void exempt_cookie(struct cnil_writer *writer, const struct cnil_exempt_cookie *cookie)
{
    const struct cnil_policy *policy = writer->policy;

    cnil_writer_html(writer, "<div><dt><code>");
    cnil_writer_escape(writer, cookie->name);
    cnil_writer_html(writer, cookie->prefix ? "*</code>" : "</code>");
    if (cookie->days > 0) {
        cnil_writer_html(writer, " (");
        cnil_writer_text_with_number(writer, CNIL_TEXT_DAYS, cookie->days);
        cnil_writer_html(writer, ")");
    }
    cnil_writer_html(writer, "</dt>\n");
    ground(writer, cookie->ground);
    if (policy->controller.name.len > 0) {
        cnil_writer_html(writer, "<dd>");
        cnil_writer_escape(writer, policy->controller.name);
        cnil_writer_html(writer, "</dd>\n");
    }
    cnil_writer_html(writer, "</div>\n");
}

static void exempt_service(struct cnil_writer *writer, const struct cnil_service *service)
{
    cnil_writer_html(writer, "<div><dt>");
    cnil_writer_name(writer, service->name);
    cnil_writer_html(writer, "</dt>\n");
    ground(writer, CNIL_GROUND_AUDIENCE);
    cnil_writer_html(writer, "<dd>");
    who(writer, service);
    cnil_writer_html(writer, "</dd>\n<dd>");
    cookies(writer, service);
    cnil_writer_html(writer, "</dd></div>\n");
}

void cnil_services_write_exempt(struct cnil_writer *writer)
{
    const struct cnil_policy *policy = writer->policy;
    const struct cnil_exempt_cookie own = { .name = CNIL_STR(CNIL_CHOICE_COOKIE),
                                            .ground = CNIL_GROUND_CHOICE,
                                            .days = policy->consent_days };
    const struct cnil_exempt_cookie account = { .name = CNIL_STR(CNIL_CHOICE_COOKIE "-account"),
                                                .ground = CNIL_GROUND_CHOICE };

    cnil_writer_html(writer, "<section id=\"vp-exempt\">\n");
    cnil_writer_element(writer, "h2", CNIL_TEXT_PAGE_EXEMPT);
    cnil_writer_element(writer, "p", CNIL_TEXT_PAGE_EXEMPT_TEXT);
    cnil_writer_html(writer, "<dl>\n");
    exempt_cookie(writer, &own);
    if (policy->account.len > 0)
        exempt_cookie(writer, &account);
    for (size_t i = 0; i < policy->exempt_count; i++)
        exempt_cookie(writer, &policy->exempt[i]);
    for (size_t i = 0; i < policy->service_count; i++)
        if (cnil_service_measures(&policy->services[i]))
            exempt_service(writer, &policy->services[i]);
    cnil_writer_html(writer, "</dl>\n</section>\n");
}
