/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/header_rules.h"

#include "exchange/request.h"
#include "page/element_rules.h"
#include "web/json.h"
#include "web/srcset.h"

#include <string.h>

enum syntax {
    SYNTAX_URL,
    SYNTAX_REFRESH,
    SYNTAX_REDIRECT,
    SYNTAX_LINKS,
    SYNTAX_RULES,
    SYNTAX_MEMBERS,
    SYNTAX_SERVICES,
    SYNTAX_GROUPS,
    SYNTAX_REPORTS,
    SYNTAX_DIRECTIVES,
    SYNTAX_NEL,
    SYNTAX_PREFETCH,
    SYNTAX_REFERRER,
    SYNTAX_PERMISSIONS,
    SYNTAX_ADVERTISING
};

struct rule {
    struct cnil_str name, label;
    enum syntax syntax;
    enum cnil_resource resource;
    enum cnil_event_kind event;
};

static const struct rule rules[] = {
#define HEADER(name, label, syntax, resource, event)                                                                   \
    { CNIL_STR_INIT(name), CNIL_STR_INIT(label), SYNTAX_##syntax, CNIL_RESOURCE_##resource, CNIL_EVENT_##event },
#include "exchange/header_rules.def"
#undef HEADER
};

/* Every feature that serves advertising and nothing else, and the first Chromium that is known not to know it any more
 * and says so on its console (0: none). The intent to remove them is of November 2025 (blink-dev, "Intent to Deprecate
 * and Remove"); which version did is told by the console of Debian's, and a version too late does no harm. */
static const struct {
    struct cnil_str name;
    unsigned gone;
} advertising_features[] = {
    { CNIL_STR_INIT("browsing-topics"), 0 },          { CNIL_STR_INIT("attribution-reporting"), 156 },
    { CNIL_STR_INIT("join-ad-interest-group"), 156 }, { CNIL_STR_INIT("run-ad-auction"), 156 },
    { CNIL_STR_INIT("shared-storage"), 156 },         { CNIL_STR_INIT("private-aggregation"), 156 },
};

/* One field at work. */
struct work {
    struct cnil_exchange *exchange;
    const struct cnil_choice *choice; /* that this field is decided by */
    bool is_shared;                   /* others may get the same response */
    bool *follows;                    /* set: what the response does depends on the visitor's choice */
    const struct cnil_response *response;
    struct cnil_editor *editor;
    const struct rule *rule;
    size_t index;
    struct cnil_str value;
};

/* ---- what the choice says ---- */

static bool grants(const struct work *work, cnil_purposes purposes)
{
    struct cnil_verdict verdict = { .action = CNIL_ACTION_CONSENT, .purposes = purposes };

    return cnil_choice_allows(work->choice, &verdict);
}

static bool grants_all(const struct work *work)
{
    return grants(work, (cnil_purposes)(((uint64_t)1 << work->exchange->policy->purpose_count) - 1));
}

static bool grants_advertising(const struct work *work)
{
    const struct cnil_policy *policy = work->exchange->policy;

    for (size_t i = 0; i < policy->purpose_count; i++)
        if (cnil_str_equal(policy->purposes[i].id, CNIL_STR("advertising")))
            return grants(work, (cnil_purposes)1 << i);
    return false;
}

/* Does the field do by itself what a page needs once it may: lead on, register something? The others of a response that
 * a shared cache may keep are but hints and wishes. */
static bool acts(const struct work *work)
{
    return work->rule->syntax == SYNTAX_REDIRECT || work->rule->syntax == SYNTAX_REFRESH ||
           work->rule->syntax == SYNTAX_ADVERTISING;
}

static void tell_field(const struct work *work, struct cnil_str why)
{
    struct cnil_verdict verdict = { .action = CNIL_ACTION_BLOCK, .rule = why };

    cnil_exchange_tell(work->exchange, work->rule->event, work->rule->label, CNIL_STR_EMPTY, &verdict);
}

/* ---- URLs ---- */

static enum cnil_status judge(const struct work *work, struct cnil_str text, const struct cnil_element_use *use,
                              struct cnil_url *url, struct cnil_verdict *verdict)
{
    struct cnil_exchange *exchange = work->exchange;
    enum cnil_status status = cnil_url_parse(text, &exchange->page_url, exchange->arena, url);

    if (status != CNIL_OK)
        return status;
    if (use->host_only)
        cnil_matcher_host(&exchange->page, url, verdict);
    else
        cnil_matcher_url(&exchange->page, url, use->resource, verdict);
    return CNIL_OK;
}

static bool waits(const struct cnil_verdict *verdict)
{
    return verdict->action == CNIL_ACTION_CONSENT || verdict->action == CNIL_ACTION_BLOCK;
}

/* Judges one URL of a field and makes its event; true: it must not be there. */
static bool holds_url(const struct work *work, struct cnil_str text, const struct cnil_element_use *use)
{
    struct cnil_exchange *exchange = work->exchange;
    struct cnil_verdict verdict;
    struct cnil_url url;
    enum cnil_event_kind kind;
    enum cnil_status status = judge(work, text, use, &url, &verdict);

    if (status == CNIL_INVALID)
        return false; /* a browser makes no request of it */
    if (status != CNIL_OK)
        return true;
    if (acts(work) && waits(&verdict))
        *work->follows = true;
    if (waits(&verdict) && !cnil_choice_allows(work->choice, &verdict)) {
        cnil_exchange_tell_url(exchange, work->rule->event, work->rule->label, &url, &verdict);
        return true;
    }
    if (verdict.action == CNIL_ACTION_REPORT) {
        kind = cnil_event_of_passed(&verdict);
        cnil_exchange_tell_url(exchange, kind, work->rule->label, &url, &verdict);
    }
    return false;
}

static bool holds_plain_url(const struct work *work, struct cnil_str text)
{
    struct cnil_element_use use = { .resource = work->rule->resource };

    return holds_url(work, text, &use);
}

static bool holds_refresh(const struct work *work, struct cnil_str value)
{
    struct cnil_str target;

    return cnil_refresh_url(value, &target) && holds_plain_url(work, target);
}

static bool holds_link(const struct work *work, struct cnil_str raw)
{
    struct cnil_element_use use, image = { .resource = CNIL_RESOURCE_IMAGE };
    struct cnil_str rest, candidate;
    struct cnil_link link;
    bool fetches = false, held = false;

    if (!cnil_link_next(&raw, &link))
        return false;
    while (cnil_element_link_use(&link.rel, link.as, &use)) {
        fetches = true;
        held = holds_url(work, link.target, &use) || held;
    }
    rest = fetches ? link.imagesrcset : CNIL_STR_EMPTY;
    while (cnil_srcset_next(&rest, &candidate))
        held = holds_url(work, candidate, &image) || held;
    return held;
}

/* The string that `text` begins with, of a structured field (RFC 8941); false: it begins with none. */
static bool quoted(const struct work *work, struct cnil_str text, struct cnil_str *string)
{
    struct cnil_json_string found; /* its escapes are of JSON's too */

    if (text.len == 0 || text.ptr[0] != '"' || !cnil_json_string_next(&text, &found))
        return false;
    *string = cnil_json_decode(found.raw, work->exchange->arena);
    return true;
}

static bool holds_string(const struct work *work, struct cnil_str item)
{
    struct cnil_str url;

    return quoted(work, item, &url) && (url.ptr == NULL || holds_plain_url(work, url));
}

/* A file of speculation rules names more addresses, which nobody reads here: what `strict` promises, it keeps. */
static bool holds_rules(const struct work *work, struct cnil_str item)
{
    if (!work->exchange->policy->strict || grants_all(work))
        return holds_string(work, item);
    tell_field(work, CNIL_STR("strict: names pages to fetch ahead"));
    return true;
}

static bool holds_member(const struct work *work, struct cnil_str member)
{
    (void)cnil_str_cut(&member, '=');
    return holds_string(work, cnil_str_trim(member));
}

/* A service of no host is one of this very host, on another port. */
static bool holds_service(const struct work *work, struct cnil_str service)
{
    struct cnil_element_use use = { .host_only = true };
    struct cnil_str authority, url;

    (void)cnil_str_cut(&service, '=');
    if (!quoted(work, cnil_str_trim(service), &authority))
        return false;
    if (authority.len == 0 || authority.ptr[0] == ':')
        return authority.ptr == NULL;
    url = cnil_arena_print(work->exchange->arena, "https://%.*s/", (int)authority.len, authority.ptr);
    return url.ptr == NULL || holds_url(work, url, &use);
}

/* Whichever of a group's strings is an address: names of groups resolve to this site. */
static bool holds_group(const struct work *work, struct cnil_str group)
{
    struct cnil_json_string string;
    bool held = false;

    while (cnil_json_string_next(&group, &string)) {
        struct cnil_str text = cnil_json_decode(string.raw, work->exchange->arena);

        held = text.ptr == NULL || (!string.is_key && holds_plain_url(work, text)) || held;
    }
    return held;
}

static bool holds_reports(const struct work *work, struct cnil_str value)
{
    bool held = false;

    for (size_t at = 0; at < value.len;) {
        struct cnil_str parameter = cnil_str_slice(value, at, value.len);
        size_t end = 0;

        while (end < parameter.len && parameter.ptr[end] != ';' && parameter.ptr[end] != ',')
            end++;
        at += end + 1;
        parameter = cnil_str_slice(parameter, 0, end);
        if (!cnil_str_starts_with_nocase(cnil_str_trim(cnil_str_cut(&parameter, '=')), CNIL_STR("report")))
            continue;
        parameter = cnil_str_trim(parameter);
        if (cnil_str_starts_with(parameter, CNIL_STR("\"")))
            parameter = cnil_str_slice(parameter, 1, cnil_str_find_byte(cnil_str_slice(parameter, 1, end), '"') + 1);
        held = holds_plain_url(work, parameter) || held;
    }
    return held;
}

/* Fetch standard, "redirect status". */
static bool is_redirect(unsigned status)
{
    return (status >= 301 && status <= 303) || status == 307 || status == 308;
}

/* What a browser does with the target of this very redirect, if it follows it without being asked to: for an image, a
 * script, a frame, a fetch(), a page fetched ahead. The page in a tab is the visitor's own way. */
static bool is_followed(const struct work *work, struct cnil_element_use *use)
{
    const struct cnil_exchange *exchange = work->exchange;

    if ((exchange->destination == CNIL_DESTINATION_DOCUMENT || exchange->destination == CNIL_DESTINATION_LIKELY) &&
        !cnil_request_is_prefetch(
            exchange->request.headers) &&                    /* speculation says "document", too: nobody has clicked */
        !cnil_request_is_renewal(exchange->request.headers)) /* a script asks for it, and follows */
        return false;
    return cnil_request_use(&exchange->request, use);
}

/* One that is not followed here may be the same one elsewhere, out of a cache. */
static bool holds_redirect(const struct work *work, struct cnil_str target)
{
    struct cnil_element_use use, any = { .host_only = true };
    struct cnil_verdict verdict;
    struct cnil_url url;

    if (!is_redirect(work->response->status) &&
        work->response->status != 300) /* older Firefoxes followed that one, too */
        return false;
    if (is_followed(work, &use))
        return holds_url(work, target, &use);
    if (judge(work, target, &any, &url, &verdict) == CNIL_OK && waits(&verdict))
        *work->follows = true;
    return false;
}

static bool holds_advertising(const struct work *work, struct cnil_str value)
{
    (void)value;
    *work->follows = true;
    if (grants_advertising(work))
        return false;
    tell_field(work, CNIL_STR("serves advertising alone"));
    return true;
}

/* ---- fields that are lists: what is held back goes, the rest stays as it is ---- */

static bool whole(struct cnil_str *rest, struct cnil_str *item)
{
    *item = *rest;
    *rest = CNIL_STR_EMPTY;
    return item->len > 0;
}

static bool next_link(struct cnil_str *rest, struct cnil_str *item)
{
    struct cnil_link link;

    if (!cnil_link_next(rest, &link))
        return false;
    *item = link.raw;
    return true;
}

/* Puts `kept` in the field's place, or takes the field out when nothing is left. */
static void leave(const struct work *work, const struct cnil_buffer *kept)
{
    struct cnil_str value = CNIL_STR_EMPTY;

    if (cnil_buffer_status(kept) == CNIL_OK && cnil_str_trim(cnil_buffer_str(kept)).len == 0) {
        cnil_edits_remove(work->editor, work->response->headers, work->index);
        return;
    }
    if (cnil_buffer_status(kept) == CNIL_OK)
        value = cnil_arena_copy(work->exchange->arena, cnil_buffer_str(kept));
    cnil_edits_replace(work->editor, work->response->headers, work->index, value);
}

static void filter(const struct work *work, bool (*next)(struct cnil_str *rest, struct cnil_str *item),
                   bool (*holds)(const struct work *work, struct cnil_str item))
{
    struct cnil_str rest = work->value, item;
    struct cnil_buffer kept;
    bool dropped = false;

    cnil_buffer_init(&kept, 2 * rest.len + 2);
    while (next(&rest, &item)) {
        if (holds(work, item)) {
            dropped = true;
            continue;
        }
        cnil_buffer_append(&kept, kept.len > 0 ? CNIL_STR(", ") : CNIL_STR_EMPTY);
        cnil_buffer_append(&kept, item);
    }
    if (dropped)
        leave(work, &kept);
    cnil_buffer_free(&kept);
}

/* ---- Content-Security-Policy ---- */

static bool next_word(struct cnil_str *rest, struct cnil_str *word)
{
    size_t end = 0;

    *rest = cnil_str_trim(*rest);
    while (end < rest->len && !cnil_is_space(rest->ptr[end]))
        end++;
    *word = cnil_str_slice(*rest, 0, end);
    *rest = cnil_str_slice(*rest, end, rest->len);
    return word->len > 0;
}

/* Writes one directive to `kept`; false when it is not there any more. */
static bool write_directive(const struct work *work, struct cnil_str directive, struct cnil_buffer *kept, bool *dropped)
{
    struct cnil_str rest = directive, word;
    struct cnil_buffer left;
    bool held = false, any = false;

    if (!next_word(&rest, &word) || !cnil_str_equal_nocase(word, CNIL_STR("report-uri"))) {
        cnil_buffer_append(kept, directive);
        return true;
    }
    cnil_buffer_init(&left, 2 * directive.len + 2);
    cnil_buffer_append(&left, cnil_str_starts_with(directive, CNIL_STR(" ")) ? CNIL_STR(" ") : CNIL_STR_EMPTY);
    cnil_buffer_append(&left, word);
    while (next_word(&rest, &word)) {
        if (holds_plain_url(work, word)) {
            held = true;
            continue;
        }
        any = true;
        cnil_buffer_append_byte(&left, ' ');
        cnil_buffer_append(&left, word);
    }
    if (!held)
        cnil_buffer_append(kept, directive);
    else if (any)
        cnil_buffer_append(kept, cnil_buffer_str(&left));
    if (cnil_buffer_status(&left) != CNIL_OK && kept->status == CNIL_OK)
        kept->status = CNIL_NO_MEMORY;
    cnil_buffer_free(&left);
    *dropped = *dropped || held;
    return !held || any;
}

/* The site's policy stands as it is: what goes is the address that it reports to. */
static void edit_directives(const struct work *work)
{
    struct cnil_str rest = work->value;
    struct cnil_buffer kept;
    bool dropped = false;

    cnil_buffer_init(&kept, 2 * rest.len + 2);
    while (rest.len > 0) {
        size_t end = 0;
        bool there;

        while (end < rest.len && rest.ptr[end] != ';' && rest.ptr[end] != ',')
            end++;
        there = write_directive(work, cnil_str_slice(rest, 0, end), &kept, &dropped);
        if (end < rest.len && (there || rest.ptr[end] == ','))
            cnil_buffer_append_byte(&kept, rest.ptr[end]);
        rest = cnil_str_slice(rest, end + 1, rest.len);
    }
    if (dropped)
        leave(work, &kept);
    cnil_buffer_free(&kept);
}

/* ---- network error logging ---- */

/* The string behind the key `key` of a JSON object, as written; `otherwise` without one. */
static struct cnil_str json_raw(const struct work *work, struct cnil_str object, struct cnil_str key,
                                struct cnil_str otherwise)
{
    struct cnil_json_string string;
    bool found = false;

    while (cnil_json_string_next(&object, &string)) {
        struct cnil_str text;

        if (found && !string.is_key)
            return string.raw;
        text = cnil_json_decode(string.raw, work->exchange->arena);
        if (text.ptr == NULL)
            work->editor->status = CNIL_NO_MEMORY;
        found = string.is_key && cnil_str_equal(text, key);
    }
    return otherwise;
}

static struct cnil_str json_member(const struct work *work, struct cnil_str object, struct cnil_str key,
                                   struct cnil_str otherwise)
{
    struct cnil_str text = cnil_json_decode(json_raw(work, object, key, otherwise), work->exchange->arena);

    if (text.ptr == NULL)
        work->editor->status = CNIL_NO_MEMORY;
    return text;
}

/* Browsers keep groups as long as their field says, and Chromium reports network errors to them: a group is ended
 * rather than left out, but not by what a cache may give to somebody who has granted it. */
static void edit_groups(const struct work *work)
{
    struct cnil_str rest = work->value, group;
    struct cnil_buffer kept;
    bool dropped = false;

    cnil_buffer_init(&kept, 2 * rest.len + 64);
    while (cnil_json_next(&rest, &group)) {
        bool held = holds_group(work, group);

        dropped = dropped || held;
        if (held && work->is_shared)
            continue;
        cnil_buffer_append(&kept, kept.len > 0 ? CNIL_STR(", ") : CNIL_STR_EMPTY);
        if (held) {
            cnil_buffer_append(&kept, CNIL_STR("{\"group\":\""));
            cnil_buffer_append(&kept, json_raw(work, group, CNIL_STR("group"), CNIL_STR("default")));
            cnil_buffer_append(&kept, CNIL_STR("\",\"max_age\":0,\"endpoints\":[]}"));
        } else {
            cnil_buffer_append(&kept, group);
        }
    }
    if (dropped)
        leave(work, &kept);
    cnil_buffer_free(&kept);
}

/* Does this response name the group, with no address in it that is held back? One of an earlier response is out of
 * sight, and so is where it reports to. */
static bool is_group_open(const struct work *work, struct cnil_str name)
{
    struct cnil_headers headers = work->response->headers;
    bool open = false;

    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str rest = headers.list[i].value, group;

        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Report-To")))
            continue;
        while (cnil_json_next(&rest, &group)) {
            if (!cnil_str_equal(json_member(work, group, CNIL_STR("group"), CNIL_STR("default")), name))
                continue;
            if (holds_group(work, group))
                return false;
            open = true;
        }
    }
    return open;
}

/* A browser remembers it for months: it is ended, as groups are. */
static void edit_nel(const struct work *work)
{
    struct cnil_str group = json_member(work, work->value, CNIL_STR("report_to"), CNIL_STR_EMPTY);

    if (group.len == 0 || grants_all(work) || is_group_open(work, group))
        return;
    tell_field(work, CNIL_STR("reports to a group that is held back"));
    if (work->is_shared) {
        cnil_edits_remove(work->editor, work->response->headers, work->index);
        return;
    }
    cnil_edits_replace(work->editor, work->response->headers, work->index, CNIL_STR("{\"max_age\":0}"));
}

/* ---- the page's privacy towards what it links and shows ---- */

static void edit_prefetch(const struct work *work)
{
    if (!cnil_str_equal_nocase(cnil_str_trim(work->value), CNIL_STR("on")) || grants_all(work))
        return;
    tell_field(work, CNIL_STR("asks the DNS for every link"));
    cnil_edits_replace(work->editor, work->response->headers, work->index, CNIL_STR("off"));
}

/* Does a page that says nothing need an "off"? Over plain http browsers ask for the hosts of links by themselves. */
static bool is_prefetch_due(const struct work *work)
{
    const struct cnil_exchange *exchange = work->exchange;

    return (exchange->policy->strict || !exchange->address.secure) && !grants_all(work) &&
           cnil_headers_find(work->response->headers, CNIL_STR("X-DNS-Prefetch-Control")) == NULL;
}

/* Does this word of Referrer-Policy show other sites the page's whole address? False for `*known` false, too. */
static bool shows_address(struct cnil_str word, bool *known)
{
    static const struct cnil_str words[] = {
        CNIL_STR_INIT("unsafe-url"),
        CNIL_STR_INIT("no-referrer-when-downgrade"),
        CNIL_STR_INIT("no-referrer"),
        CNIL_STR_INIT("same-origin"),
        CNIL_STR_INIT("origin"),
        CNIL_STR_INIT("strict-origin"),
        CNIL_STR_INIT("origin-when-cross-origin"),
        CNIL_STR_INIT("strict-origin-when-cross-origin"),
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (cnil_str_equal_nocase(word, words[i])) {
            *known = true;
            return i < 2;
        }
    }
    *known = false;
    return false;
}

/* The last word that a browser knows counts (Referrer Policy, 8.1), so each field is made safe by its own. */
static void edit_referrer(const struct work *work)
{
    struct cnil_str rest = work->value, word;
    bool shows = false;

    while (cnil_header_list_next(&rest, &word)) {
        bool known, shown = shows_address(word, &known);

        if (known)
            shows = shown;
    }
    if (!shows || grants_all(work))
        return;
    tell_field(work, CNIL_STR("shows other sites the whole address of the page"));
    cnil_edits_replace(work->editor, work->response->headers, work->index, CNIL_STR("strict-origin-when-cross-origin"));
}

/* ---- Permissions-Policy ---- */

static bool is_advertising(struct cnil_str member)
{
    struct cnil_str name = cnil_str_trim(cnil_str_cut(&member, '='));

    for (size_t i = 0; i < sizeof(advertising_features) / sizeof(advertising_features[0]); i++)
        if (cnil_str_equal(name, advertising_features[i].name))
            return true;
    return false;
}

static bool holds_permission(const struct work *work, struct cnil_str member)
{
    (void)work;
    return is_advertising(member);
}

/* The site's own word on these features gives way to ours, which stands behind it. Browsers ignore all fields of that
 * name when one is no dictionary, ours with it: "camera 'none'", as an older draft had it, a ";" or "," too many. */
static void edit_permissions(const struct work *work)
{
    if (cnil_header_is_dictionary(work->value))
        filter(work, cnil_header_list_next, holds_permission);
    else
        cnil_edits_remove(work->editor, work->response->headers, work->index);
}

/* The version of Chromium or Google Chrome that asks; 0: another browser, which may have kept what they gave up, or one
 * that does not say. Brands are a list of strings with a parameter each, and one of them is made up. */
static unsigned chromium_of(struct cnil_headers headers)
{
    static const struct cnil_str names[] = { CNIL_STR_INIT("\"Chromium\""), CNIL_STR_INIT("\"Google Chrome\"") };
    struct cnil_str rest = cnil_headers_value(headers, CNIL_STR("Sec-CH-UA")), brand;
    unsigned version = 0;

    while (cnil_header_list_next(&rest, &brand)) {
        struct cnil_str digits = brand;
        bool is_known = cnil_str_starts_with(brand, CNIL_STR("\"Not"));

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            is_known = is_known || cnil_str_starts_with(brand, names[i]);
        if (!is_known)
            return 0;
        if (!cnil_str_starts_with(brand, names[0]))
            continue;
        digits = cnil_str_slice(brand, cnil_str_find(brand, CNIL_STR(";v=\"")) + 4, brand.len);
        for (size_t i = 0; i < digits.len && i < 5 && cnil_is_digit(digits.ptr[i]); i++)
            version = 10 * version + (unsigned)(digits.ptr[i] - '0');
    }
    return version;
}

/* What is shown to a navigation is nobody else's (decision 0004), so it may depend on the browser without a Vary. */
static struct cnil_str without_advertising(const struct cnil_exchange *exchange)
{
    unsigned version = cnil_request_is_navigation(exchange->destination) ? chromium_of(exchange->request.headers) : 0;
    struct cnil_str value = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    cnil_buffer_init(&out, 512);
    for (size_t i = 0; i < sizeof(advertising_features) / sizeof(advertising_features[0]); i++) {
        struct cnil_str name = advertising_features[i].name;

        if (advertising_features[i].gone == 0 || version < advertising_features[i].gone)
            cnil_buffer_print(&out, "%s%.*s=()", out.len > 0 ? ", " : "", (int)name.len, name.ptr);
    }
    if (cnil_buffer_status(&out) == CNIL_OK)
        value = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return value;
}

/* ---- all of them ---- */

static void edit_field(const struct work *work, bool is_shown)
{
    switch (work->rule->syntax) {
    case SYNTAX_URL:
        filter(work, whole, holds_plain_url);
        break;
    case SYNTAX_REFRESH:
        filter(work, whole, holds_refresh);
        break;
    case SYNTAX_REDIRECT:
        filter(work, whole, holds_redirect);
        break;
    case SYNTAX_LINKS:
        filter(work, next_link, holds_link);
        break;
    case SYNTAX_RULES:
        filter(work, cnil_header_list_next, holds_rules);
        break;
    case SYNTAX_MEMBERS:
        filter(work, cnil_header_list_next, holds_member);
        break;
    case SYNTAX_SERVICES:
        filter(work, cnil_header_list_next, holds_service);
        break;
    case SYNTAX_GROUPS:
        edit_groups(work);
        break;
    case SYNTAX_REPORTS:
        filter(work, whole, holds_reports);
        break;
    case SYNTAX_ADVERTISING:
        filter(work, whole, holds_advertising);
        break;
    case SYNTAX_DIRECTIVES:
        edit_directives(work);
        break;
    case SYNTAX_NEL:
        edit_nel(work);
        break;
    case SYNTAX_PREFETCH:
        edit_prefetch(work);
        break;
    case SYNTAX_REFERRER:
        edit_referrer(work);
        break;
    case SYNTAX_PERMISSIONS:
        if (is_shown && !grants_advertising(work))
            edit_permissions(work);
        break;
    }
}

bool cnil_header_rules_lead_on(const struct cnil_response *response)
{
    struct cnil_str target = cnil_str_trim(cnil_headers_value(response->headers, CNIL_STR("Location")));

    return is_redirect(response->status) && target.len > 0;
}

static const struct rule *find_rule(struct cnil_str name)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (cnil_str_equal_nocase(rules[i].name, name))
            return &rules[i];
    return NULL;
}

bool cnil_header_rules_edit(struct cnil_exchange *exchange, const struct cnil_response *response, bool is_shown,
                            bool is_shared, struct cnil_editor *editor)
{
    static const struct cnil_choice nothing = { .state = CNIL_CHOICE_NONE, .opposes = true }; /* granted to anybody */
    bool follows = false;
    struct work work = {
        .exchange = exchange, .response = response, .editor = editor, .is_shared = is_shared, .follows = &follows
    };

    for (work.index = 0; work.index < response->headers.count; work.index++) {
        work.rule = find_rule(response->headers.list[work.index].name);
        work.value = response->headers.list[work.index].value;
        if (work.rule == NULL)
            continue;
        work.choice = is_shared && !acts(&work) ? &nothing : &exchange->choice;
        edit_field(&work, is_shown);
    }
    work.choice = is_shared ? &nothing : &exchange->choice;
    if (is_shown && !grants_advertising(&work))
        cnil_edits_add(editor, CNIL_STR("Permissions-Policy"), without_advertising(exchange));
    if (is_shown && is_prefetch_due(&work))
        cnil_edits_add(editor, CNIL_STR("X-DNS-Prefetch-Control"), CNIL_STR("off"));
    return follows;
}
