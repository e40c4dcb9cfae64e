/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/matcher.h"

#include "policy/exempt.h"
#include "policy/host_table.h"
#include "policy/known_domain.h"
#include "policy/listed.h"
#include "policy/literal_set.h"
#include "policy/name_table.h"
#include "policy/pattern.h"
#include "policy/rules.h"
#include "web/domain.h"

enum {
    HOST_ALLOW = CNIL_LAYER_ALLOW,
    HOST_BLOCK = CNIL_LAYER_BLOCK,
    HOST_FIRST = CNIL_LAYER_FIRST,
    HOST_DECLARED = CNIL_LAYER_DECLARED,
    HOST_CATALOGUE = CNIL_LAYER_CATALOGUE
};
enum { NAME_POLICY, NAME_DECLARED, NAME_CATALOGUE, NAME_EXEMPT };

_Static_assert(HOST_CATALOGUE + 1 == CNIL_HOST_KINDS, "kinds of hosts");
_Static_assert(NAME_EXEMPT + 1 == CNIL_NAME_KINDS, "kinds of names");

/* What a table's entry leads to. */
struct target {
    const struct cnil_service *service;         /* NULL: a rule of the policy without service */
    const struct cnil_cookie_rule *cookie_rule; /* of NAME_POLICY */
    const struct cnil_exempt *exempt;           /* of NAME_EXEMPT */
    struct cnil_cookie_facts facts;             /* of a cookie */
    struct cnil_str rule;
    bool blocked;         /* of a literal: trackers.block has a host of its service, or the host itself */
    struct cnil_str host; /* of a literal that is a host (and path); empty for a signature */
    pcre2_code *code;     /* of a signature that a pattern must confirm; else NULL. Owned by the matcher */
};

/* What some of many wait for. */
struct held {
    cnil_purposes purposes;
    bool always; /* one of them waits for more than any choice gives */
};

struct cnil_matcher {
    struct cnil_host_table *hosts;
    const struct cnil_host_entry *host_entries;
    size_t host_count;
    struct cnil_name_table *cookies;
    struct cnil_str *cookies_with_paths;
    size_t cookies_with_paths_count;
    bool strict;
    const struct cnil_name_entry *cookie_entries;
    size_t cookie_count;
    struct held hosts_held, cookies_held;
    struct cnil_literal_set *literals; /* of inline scripts */
    struct cnil_pattern *patterns;
    size_t pattern_count;
    pcre2_code **confirming; /* of signatures */
    size_t confirming_count;
    pcre2_match_context *limits; /* NULL without patterns */
    const struct cnil_listed *lists;
    size_t list_count;
    bool hold_unknown;
    cnil_purposes unknown_purposes;
    cnil_purposes known_purposes[CNIL_KNOWN_CATEGORIES]; /* of known domains; an empty set passes */
};

/* ---- building ---- */

static const struct target *new_target(struct cnil_arena *arena, const struct cnil_service *service,
                                       struct cnil_str rule)
{
    struct target *target = cnil_arena_alloc(arena, sizeof(*target));

    if (target == NULL || rule.ptr == NULL)
        return NULL;
    target->service = service;
    target->rule = rule;
    return target;
}

static struct cnil_str service_rule(struct cnil_arena *arena, const struct cnil_service *service, bool declared,
                                    const char *kind, struct cnil_str name, struct cnil_str tail)
{
    return cnil_arena_print(arena, "%s%.*s: %s %.*s%.*s", declared ? "policy /services/" : "catalogue ",
                            (int)service->id.len, service->id.ptr, kind, (int)name.len, name.ptr, (int)tail.len,
                            tail.ptr != NULL ? tail.ptr : "");
}

static bool add_host_rules(struct cnil_arena *arena, const struct cnil_host_rule *rules, size_t count, unsigned kind,
                           struct cnil_host_entry **at)
{
    for (size_t i = 0; i < count; i++, (*at)++) {
        const struct target *target = new_target(arena, NULL, rules[i].rule);

        if (target == NULL)
            return false;
        **at = (struct cnil_host_entry){ .host = rules[i].host, .path = rules[i].path, .kind = kind, .value = target };
    }
    return true;
}

static bool add_first_party(struct cnil_arena *arena, const struct cnil_policy *policy, struct cnil_host_entry **at)
{
    for (size_t i = 0; i < policy->first_party_host_count; i++, (*at)++) {
        struct cnil_str host = policy->first_party_hosts[i];
        const struct target *target =
            new_target(arena, NULL, cnil_arena_print(arena, "policy /site/hosts: %.*s", (int)host.len, host.ptr));

        if (target == NULL)
            return false;
        **at = (struct cnil_host_entry){ .host = host, .kind = HOST_FIRST, .value = target };
    }
    return true;
}

static bool add_service_hosts(struct cnil_arena *arena, const struct cnil_service *service, struct cnil_host_entry **at)
{
    for (size_t i = 0; i < service->host_count; i++, (*at)++) {
        const struct cnil_service_host *host = &service->hosts[i];
        const struct target *target =
            new_target(arena, service, service_rule(arena, service, host->declared, "host", host->host, host->path));

        if (target == NULL)
            return false;
        **at = (struct cnil_host_entry){ .host = host->host,
                                         .path = host->path,
                                         .kind = host->declared ? HOST_DECLARED : HOST_CATALOGUE,
                                         .value = target };
    }
    return true;
}

static bool build_hosts(struct cnil_matcher *matcher, struct cnil_arena *arena, const struct cnil_policy *policy,
                        const struct cnil_rules *rules)
{
    size_t count = rules->allow_count + rules->block_count + policy->first_party_host_count;
    struct cnil_host_entry *entries, *at;

    for (size_t i = 0; i < policy->service_count; i++)
        count += policy->services[i].host_count;
    entries = at = cnil_arena_array(arena, count, sizeof(*entries));
    if (entries == NULL || !add_host_rules(arena, rules->allow, rules->allow_count, HOST_ALLOW, &at) ||
        !add_host_rules(arena, rules->block, rules->block_count, HOST_BLOCK, &at) ||
        !add_first_party(arena, policy, &at))
        return false;
    for (size_t i = 0; i < policy->service_count; i++)
        if (!add_service_hosts(arena, &policy->services[i], &at))
            return false;
    matcher->hosts = cnil_host_table_new(arena, entries, count);
    matcher->host_entries = entries;
    matcher->host_count = count;
    return matcher->hosts != NULL;
}

static void add_cookie(struct cnil_matcher *matcher, struct cnil_str name, bool prefix, unsigned kind,
                       const struct target *target, struct cnil_name_entry **at)
{
    *(*at)++ = (struct cnil_name_entry){ .name = name, .prefix = prefix, .kind = kind, .value = target };
    if (target->facts.path_count > 0 && !prefix)
        matcher->cookies_with_paths[matcher->cookies_with_paths_count++] = name;
}

static bool add_cookie_rules(struct cnil_matcher *matcher, struct cnil_arena *arena, const struct cnil_rules *rules,
                             struct cnil_name_entry **at)
{
    for (size_t i = 0; i < rules->cookie_count; i++) {
        const struct cnil_cookie_rule *rule = &rules->cookies[i];
        struct target *target = cnil_arena_alloc(arena, sizeof(*target));

        if (target == NULL)
            return false;
        target->cookie_rule = rule;
        target->rule = rule->rule;
        target->facts = rule->facts;
        add_cookie(matcher, rule->name, rule->prefix, NAME_POLICY, target, at);
    }
    return true;
}

static bool add_service_cookies(struct cnil_matcher *matcher, struct cnil_arena *arena,
                                const struct cnil_service *service, struct cnil_name_entry **at)
{
    for (size_t i = 0; i < service->cookie_count; i++) {
        const struct cnil_service_cookie *cookie = &service->cookies[i];
        struct target *target = cnil_arena_alloc(arena, sizeof(*target));

        if (target == NULL)
            return false;
        target->service = service;
        target->rule = service_rule(arena, service, cookie->declared, "cookie", cookie->name,
                                    cookie->prefix ? CNIL_STR("*") : CNIL_STR(""));
        target->facts = cookie->facts;
        if (target->rule.ptr == NULL)
            return false;
        add_cookie(matcher, cookie->name, cookie->prefix, cookie->declared ? NAME_DECLARED : NAME_CATALOGUE, target,
                   at);
    }
    return true;
}

static bool add_exempt_cookies(struct cnil_matcher *matcher, struct cnil_arena *arena,
                               const struct cnil_exempt *exempts, size_t count, struct cnil_name_entry **at)
{
    for (size_t i = 0; i < count; i++) {
        struct target *target = cnil_arena_alloc(arena, sizeof(*target));

        if (target == NULL)
            return false;
        target->exempt = &exempts[i];
        target->rule = exempts[i].class->rule;
        target->facts.days = exempts[i].class->days;
        add_cookie(matcher, exempts[i].name, exempts[i].prefix, NAME_EXEMPT, target, at);
    }
    return true;
}

static bool build_cookies(struct cnil_matcher *matcher, struct cnil_arena *arena, const struct cnil_policy *policy,
                          const struct cnil_rules *rules)
{
    size_t exempt_count, count = rules->cookie_count;
    const struct cnil_exempt *exempts = cnil_exempt_all(&exempt_count);
    struct cnil_name_entry *entries, *at;

    if (rules->strict)
        exempt_count = 0; /* what needs no consent has a ground in the policy */
    for (size_t i = 0; i < policy->service_count; i++)
        count += policy->services[i].cookie_count;
    entries = at = cnil_arena_array(arena, count + exempt_count, sizeof(*entries));
    matcher->cookies_with_paths = cnil_arena_array(arena, count, sizeof(*matcher->cookies_with_paths));
    if (entries == NULL || matcher->cookies_with_paths == NULL || !add_cookie_rules(matcher, arena, rules, &at))
        return false;
    for (size_t i = 0; i < policy->service_count; i++)
        if (!add_service_cookies(matcher, arena, &policy->services[i], &at))
            return false;
    if (!add_exempt_cookies(matcher, arena, exempts, exempt_count, &at))
        return false;
    matcher->cookies = cnil_name_table_new(arena, entries, (size_t)(at - entries));
    matcher->strict = rules->strict;
    matcher->cookie_entries = entries;
    matcher->cookie_count = (size_t)(at - entries);
    return matcher->cookies != NULL;
}

/* What trackers.allow and trackers.block say of a service's hosts holds for its inline loader: all of them allowed, it
 * may run; one of them blocked, it may not. */
static void judge_hosts(const struct cnil_matcher *matcher, const struct cnil_service *service, bool *allowed,
                        bool *blocked)
{
    *allowed = service->host_count > 0;
    *blocked = false;
    for (size_t i = 0; i < service->host_count; i++) {
        const struct cnil_host_entry *best[CNIL_HOST_KINDS];

        cnil_host_table_find(matcher->hosts, service->hosts[i].host, service->hosts[i].path, best);
        if (best[HOST_ALLOW] == NULL)
            *allowed = false;
        if (best[HOST_ALLOW] == NULL && best[HOST_BLOCK] != NULL)
            *blocked = true;
    }
}

/* A literal that is a service's signature. */
static bool add_signature(struct cnil_matcher *matcher, struct cnil_arena *arena, const struct cnil_service *service,
                          const struct cnil_service_signature *signature, bool blocked, struct cnil_literal **at)
{
    struct target *target = cnil_arena_alloc(arena, sizeof(*target));
    struct cnil_str text = signature->text;

    if (target == NULL)
        return false;
    if (signature->pattern.len > 0) {
        PCRE2_SIZE offset;
        int error; /* there is none but of memory: the loader has compiled it before */

        target->code =
            pcre2_compile((PCRE2_SPTR)signature->pattern.ptr, signature->pattern.len, 0, &error, &offset, NULL);
        if (target->code == NULL)
            return false;
        matcher->confirming[matcher->confirming_count++] = target->code;
    }
    target->service = service;
    target->blocked = blocked;
    target->rule = cnil_arena_print(arena, "signature of %.*s: %.*s%s", (int)service->id.len, service->id.ptr,
                                    (int)text.len, text.ptr, blocked ? " (its host is in trackers.block)" : "");
    *(*at)++ = (struct cnil_literal){ .text = text, .value = target };
    return target->rule.ptr != NULL;
}

/* A literal that is a host which the policy names, with its path. */
static bool add_host_literal(struct cnil_arena *arena, const struct cnil_service *service, struct cnil_str host,
                             struct cnil_str path, bool blocked, struct cnil_str rule, struct cnil_literal **at)
{
    struct target *target = cnil_arena_alloc(arena, sizeof(*target));
    struct cnil_str text =
        cnil_arena_print(arena, "%.*s%.*s", (int)host.len, host.ptr, (int)path.len, path.ptr != NULL ? path.ptr : "");

    if (target == NULL || text.ptr == NULL)
        return false;
    if (text.len < CNIL_LITERAL_MIN)
        return true;
    target->service = service;
    target->blocked = blocked;
    target->host = text;
    target->rule = cnil_arena_print(arena, "%.*s, in an inline script", (int)rule.len, rule.ptr);
    *(*at)++ = (struct cnil_literal){ .text = text, .value = target };
    return target->rule.ptr != NULL;
}

static bool add_service_literals(struct cnil_matcher *matcher, struct cnil_arena *arena,
                                 const struct cnil_service *service, struct cnil_literal **at)
{
    bool allowed, blocked;

    judge_hosts(matcher, service, &allowed, &blocked);
    for (size_t i = 0; i < service->signature_count && !allowed; i++)
        if (!add_signature(matcher, arena, service, &service->signatures[i], blocked, at))
            return false;
    for (size_t i = 0; i < service->host_count && !allowed && !service->report_only; i++) {
        const struct cnil_service_host *host = &service->hosts[i];

        if (host->declared && !add_host_literal(arena, service, host->host, host->path, blocked,
                                                service_rule(arena, service, true, "host", host->host, host->path), at))
            return false;
    }
    return true;
}

static bool add_blocked_literals(const struct cnil_matcher *matcher, struct cnil_arena *arena,
                                 const struct cnil_rules *rules, struct cnil_literal **at)
{
    for (size_t i = 0; i < rules->block_count; i++) {
        const struct cnil_host_rule *rule = &rules->block[i];
        const struct cnil_host_entry *best[CNIL_HOST_KINDS];

        cnil_host_table_find(matcher->hosts, rule->host, rule->path, best);
        if (best[HOST_ALLOW] == NULL && !add_host_literal(arena, NULL, rule->host, rule->path, true, rule->rule, at))
            return false;
    }
    return true;
}

static bool build_literals(struct cnil_matcher *matcher, struct cnil_arena *arena, const struct cnil_policy *policy,
                           const struct cnil_rules *rules)
{
    size_t room = rules->block_count, signatures = 0;
    struct cnil_literal *literals, *at;

    for (size_t i = 0; i < policy->service_count; i++) {
        signatures += policy->services[i].signature_count;
        room += policy->services[i].host_count;
    }
    literals = at = cnil_arena_array(arena, room + signatures, sizeof(*literals));
    matcher->confirming = cnil_arena_array(arena, signatures, sizeof(*matcher->confirming));
    if (literals == NULL || matcher->confirming == NULL || !add_blocked_literals(matcher, arena, rules, &at))
        return false;
    for (size_t i = 0; i < policy->service_count; i++)
        if (!add_service_literals(matcher, arena, &policy->services[i], &at))
            return false;
    matcher->literals = cnil_literal_set_new(arena, literals, (size_t)(at - literals));
    return matcher->literals != NULL;
}

/* What the categories of known domains wait for. */
static void fill_known_purposes(struct cnil_matcher *matcher, const struct cnil_policy *policy)
{
    for (size_t i = 0; i < CNIL_KNOWN_CATEGORIES; i++) {
        struct cnil_str purpose = cnil_known_purpose((enum cnil_known_category)i);
        bool all = cnil_str_equal(purpose, CNIL_STR("*"));

        for (size_t j = 0; j < policy->purpose_count; j++)
            if (all || cnil_str_equal(policy->purposes[j].id, purpose))
                matcher->known_purposes[i] |= (cnil_purposes)1 << j;
    }
}

static void note_all_held(struct cnil_matcher *matcher);

struct cnil_matcher *cnil_matcher_new(struct cnil_arena *arena, const struct cnil_policy *policy,
                                      const struct cnil_rules *rules)
{
    struct cnil_matcher *matcher = cnil_arena_alloc(arena, sizeof(*matcher));

    if (matcher == NULL)
        return NULL;
    if (!build_hosts(matcher, arena, policy, rules) || !build_cookies(matcher, arena, policy, rules) ||
        !build_literals(matcher, arena, policy, rules)) {
        cnil_matcher_free(matcher);
        return NULL;
    }
    if (rules->pattern_count + matcher->confirming_count > 0) {
        matcher->limits = cnil_pattern_limits();
        if (matcher->limits == NULL) {
            cnil_matcher_free(matcher);
            return NULL;
        }
    }
    matcher->patterns = rules->patterns;
    matcher->pattern_count = rules->pattern_count;
    matcher->lists = rules->lists;
    matcher->list_count = rules->list_count;
    matcher->hold_unknown = rules->hold_unknown;
    matcher->unknown_purposes = rules->unknown_purposes;
    if (rules->hold_known)
        fill_known_purposes(matcher, policy);
    note_all_held(matcher);
    return matcher;
}

void cnil_matcher_free(struct cnil_matcher *matcher)
{
    if (matcher == NULL)
        return;
    for (size_t i = 0; i < matcher->pattern_count; i++)
        pcre2_code_free(matcher->patterns[i].code);
    for (size_t i = 0; i < matcher->list_count; i++)
        cnil_filter_list_free(matcher->lists[i].list);
    for (size_t i = 0; i < matcher->confirming_count; i++)
        pcre2_code_free(matcher->confirming[i]);
    pcre2_match_context_free(matcher->limits);
}

/* ---- URLs ---- */

static struct cnil_str without_dot(struct cnil_str host)
{
    if (cnil_str_ends_with(host, CNIL_STR(".")))
        host.len--;
    return host;
}

void cnil_page_init(struct cnil_page *page, const struct cnil_policy *policy, const struct cnil_url *url)
{
    struct cnil_str host = without_dot(url->host);

    page->policy = policy;
    page->url = *url;
    page->site = cnil_domain_registrable(host);
    page->site_is_exact = url->host_kind != CNIL_HOST_DOMAIN || cnil_domain_is_public_suffix(page->site);
    cnil_filter_page_init(&page->filter, host, page->site_is_exact ? CNIL_STR_EMPTY : page->site);
}

/* A suffix compare: the page's registrable domain was looked up once. */
static bool is_same_site(const struct cnil_page *page, struct cnil_str host)
{
    if (page->site.len == 0)
        return false;
    return page->site_is_exact ? cnil_str_equal(host, page->site) : cnil_domain_within(host, page->site);
}

static void decide(struct cnil_verdict *verdict, enum cnil_action action, const struct target *target)
{
    verdict->action = action;
    verdict->is_unknown = false;
    verdict->rule = target->rule;
    if (target->service != NULL) {
        verdict->service = target->service;
        verdict->label = target->service->id;
        if (action == CNIL_ACTION_CONSENT)
            verdict->purposes = target->service->purposes;
    }
}

static void decide_service(struct cnil_verdict *verdict, const struct target *target)
{
    decide(verdict, target->service->report_only ? CNIL_ACTION_REPORT : CNIL_ACTION_CONSENT, target);
}

static const struct target *target_of(const struct cnil_host_entry *entry)
{
    return entry != NULL ? entry->value : NULL;
}

/* The pattern that matches, or that could not be run to its end. NULL: none. */
static const struct cnil_pattern *find_pattern(const struct cnil_matcher *matcher, struct cnil_str href)
{
    for (size_t i = 0; i < matcher->pattern_count; i++)
        if (cnil_pattern_matches(matcher->patterns[i].code, matcher->limits, href))
            return &matcher->patterns[i];
    return NULL;
}

static void decide_pattern(struct cnil_verdict *verdict, const struct cnil_pattern *pattern)
{
    verdict->action = CNIL_ACTION_CONSENT;
    verdict->purposes = pattern->purposes;
    verdict->rule = pattern->rule;
    if (pattern->name.len > 0)
        verdict->label = pattern->name;
}

static void decide_unknown(struct cnil_verdict *verdict, const struct cnil_matcher *matcher)
{
    verdict->is_unknown = true;
    verdict->action = matcher->hold_unknown ? CNIL_ACTION_CONSENT : CNIL_ACTION_REPORT;
    verdict->purposes = matcher->hold_unknown ? matcher->unknown_purposes : 0;
    verdict->rule =
        matcher->hold_unknown ? CNIL_STR("policy /trackers/unknown: hold") : CNIL_STR("unknown third party");
}

/* Do both hosts belong to one entity of the known domains? Then they are no strangers to each other. */
static bool is_of_entity(struct cnil_str host, struct cnil_str entity)
{
    struct cnil_known_domain known;

    return cnil_known_domain_find(host, &known) && cnil_str_equal(known.entity, entity);
}

/* Does the catalogue hold back what it knows there, or report it as a font or library? What is merely functional (a
 * cloud, a shop's platform) carries many owners' things: whatever else knows of them goes first. */
static bool is_decisive(const struct cnil_host_entry *entry)
{
    return entry != NULL && !target_of(entry)->service->functional;
}

/* A third party of which nothing decisive is known: `functional` is what the catalogue has, NULL for nothing. */
static void decide_stranger(const struct cnil_page *page, struct cnil_str host,
                            const struct cnil_host_entry *functional, struct cnil_verdict *verdict)
{
    const struct cnil_matcher *matcher = page->policy->matcher;
    struct cnil_known_domain known;
    bool is_known = cnil_known_domain_find(host, &known);

    if (functional != NULL && !(is_known && known.domain.len > functional->host.len)) {
        decide_service(verdict, target_of(functional));
        return;
    }
    decide_unknown(verdict, matcher);
    if (!is_known)
        return;
    verdict->entity = known.entity;
    if (matcher->known_purposes[known.category] != 0 && !is_of_entity(page->site, known.entity)) {
        verdict->action = CNIL_ACTION_CONSENT;
        verdict->purposes = matcher->known_purposes[known.category];
        verdict->is_unknown = false;
        verdict->rule = known.rule;
    } else if (!matcher->hold_unknown) {
        verdict->rule = known.rule;
    }
}

/* What stands before any decision. False: nothing is fetched. */
static bool begin(const struct cnil_page *page, const struct cnil_url *url, struct cnil_verdict *verdict,
                  struct cnil_str *host)
{
    *verdict = (struct cnil_verdict){ .party = CNIL_PARTY_NONE, .rule = CNIL_STR_INIT("no connection") };
    if (!cnil_url_is_network(url) || url->host.len == 0)
        return false;
    *host = without_dot(url->host);
    verdict->party = is_same_site(page, *host) ? CNIL_PARTY_FIRST : CNIL_PARTY_THIRD;
    verdict->rule = CNIL_STR("first party: same site");
    return true;
}

/* What no service or pattern has given its name; at the end, because a registrable domain costs more than all else. */
static void fill_label(const struct cnil_page *page, struct cnil_str host, struct cnil_verdict *verdict)
{
    if (verdict->label.len == 0)
        verdict->label = is_same_site(page, host) ? page->site : cnil_domain_registrable(host);
}

static void fill_url_label(const struct cnil_page *page, const struct cnil_url *url, struct cnil_verdict *verdict)
{
    if (verdict->party != CNIL_PARTY_NONE)
        fill_label(page, without_dot(url->host), verdict);
}

/* CNIL_REACH_URL: the filter lists have decided, in `verdict`. */
static enum cnil_reach ask_lists(const struct cnil_page *page, const struct cnil_url *url, struct cnil_str host,
                                 enum cnil_resource resource, struct cnil_verdict *verdict)
{
    const struct cnil_matcher *matcher = page->policy->matcher;

    if (!cnil_listed_matters(matcher->lists, matcher->list_count, verdict->party, host))
        return CNIL_REACH_HOST;
    return cnil_listed_decide(matcher->lists, matcher->list_count, page, url, resource, false, verdict)
               ? CNIL_REACH_URL
               : CNIL_REACH_UNLISTED;
}

/* All but the label. Returns how far the verdict reaches as far as the filter lists go. */
static enum cnil_reach decide_url(const struct cnil_page *page, const struct cnil_url *url, enum cnil_resource resource,
                                  struct cnil_verdict *verdict)
{
    const struct cnil_matcher *matcher = page->policy->matcher;
    const struct cnil_host_entry *best[CNIL_HOST_KINDS];
    const struct cnil_pattern *pattern;
    struct cnil_str host;
    enum cnil_reach reach = CNIL_REACH_HOST;

    if (!begin(page, url, verdict, &host))
        return reach;
    cnil_host_table_find(matcher->hosts, host, url->path, best);
    if (best[HOST_FIRST] != NULL && verdict->party == CNIL_PARTY_THIRD) {
        verdict->party = CNIL_PARTY_FIRST;
        verdict->rule = target_of(best[HOST_FIRST])->rule;
    }
    if (verdict->party == CNIL_PARTY_FIRST)
        best[HOST_CATALOGUE] = NULL;

    if (best[HOST_DECLARED] != NULL)
        decide_service(verdict, target_of(best[HOST_DECLARED]));
    else if (is_decisive(best[HOST_CATALOGUE]))
        decide_service(verdict, target_of(best[HOST_CATALOGUE]));
    else if ((pattern = find_pattern(matcher, url->href)) != NULL)
        decide_pattern(verdict, pattern);
    else if (best[HOST_ALLOW] == NULL && best[HOST_BLOCK] == NULL &&
             (reach = ask_lists(page, url, host, resource, verdict)) == CNIL_REACH_URL)
        ; /* a list has decided */
    else if (verdict->party == CNIL_PARTY_THIRD)
        decide_stranger(page, host, best[HOST_CATALOGUE], verdict);

    /* The service stays named, but these two have the last word. */
    if (best[HOST_ALLOW] != NULL || best[HOST_BLOCK] != NULL) {
        verdict->purposes = 0;
        if (best[HOST_ALLOW] != NULL)
            decide(verdict, CNIL_ACTION_PASS, target_of(best[HOST_ALLOW]));
        else
            decide(verdict, CNIL_ACTION_BLOCK, target_of(best[HOST_BLOCK]));
    }
    return reach;
}

void cnil_matcher_url(const struct cnil_page *page, const struct cnil_url *url, enum cnil_resource resource,
                      struct cnil_verdict *verdict)
{
    (void)decide_url(page, url, resource, verdict);
    fill_url_label(page, url, verdict);
}

/* ---- a host alone ---- */

struct hint {
    const struct target *of[CNIL_HOST_KINDS]; /* the first that was met */
    cnil_purposes purposes;                   /* of all services of the host */
    const struct cnil_host_entry *functional; /* of the catalogue */
    bool first_party;
};

static void visit_hint(const struct cnil_host_entry *entry, void *data)
{
    struct hint *hint = data;
    const struct target *target = entry->value;
    bool whole_host = entry->path.len == 0;

    if (entry->kind == HOST_ALLOW && !whole_host)
        return;
    if (hint->first_party && (entry->kind == HOST_CATALOGUE || !whole_host))
        return; /* the page's own host is connected to anyway */
    if (entry->kind == HOST_CATALOGUE && !is_decisive(entry)) {
        hint->functional = entry; /* the longest host is met last */
        return;
    }
    if (hint->of[entry->kind] == NULL || (target->service != NULL && hint->of[entry->kind]->service->report_only))
        hint->of[entry->kind] = target;
    if (target->service != NULL && !target->service->report_only)
        hint->purposes |= target->service->purposes;
}

void cnil_matcher_host(const struct cnil_page *page, const struct cnil_url *url, struct cnil_verdict *verdict)
{
    const struct cnil_matcher *matcher = page->policy->matcher;
    const struct cnil_host_entry *best[CNIL_HOST_KINDS];
    struct hint hint = { .purposes = 0 };
    struct cnil_str host;

    if (!begin(page, url, verdict, &host))
        return;
    cnil_host_table_find(matcher->hosts, host, CNIL_STR(""), best);
    if (best[HOST_FIRST] != NULL && verdict->party == CNIL_PARTY_THIRD) {
        verdict->party = CNIL_PARTY_FIRST;
        verdict->rule = target_of(best[HOST_FIRST])->rule;
    }
    hint.first_party = verdict->party == CNIL_PARTY_FIRST;
    cnil_host_table_each(matcher->hosts, host, visit_hint, &hint);

    if (hint.of[HOST_DECLARED] != NULL)
        decide_service(verdict, hint.of[HOST_DECLARED]);
    else if (hint.of[HOST_CATALOGUE] != NULL)
        decide_service(verdict, hint.of[HOST_CATALOGUE]);
    else if (cnil_listed_decide(matcher->lists, matcher->list_count, page, url, CNIL_RESOURCE_OTHER, true, verdict))
        ; /* a list has decided */
    else if (verdict->party == CNIL_PARTY_THIRD)
        decide_stranger(page, host, hint.functional, verdict);
    if (verdict->action == CNIL_ACTION_CONSENT && verdict->service != NULL)
        verdict->purposes = hint.purposes;

    if (hint.of[HOST_ALLOW] != NULL || hint.of[HOST_BLOCK] != NULL) {
        verdict->purposes = 0;
        if (hint.of[HOST_ALLOW] != NULL)
            decide(verdict, CNIL_ACTION_PASS, hint.of[HOST_ALLOW]);
        else
            decide(verdict, CNIL_ACTION_BLOCK, hint.of[HOST_BLOCK]);
    }
    fill_label(page, host, verdict);
}

static void visit_path(const struct cnil_host_entry *entry, void *data)
{
    bool *has_path = data;

    *has_path = *has_path || entry->path.len > 0;
}

/* All but the label. */
static enum cnil_reach decide_reach(const struct cnil_page *page, const struct cnil_url *url,
                                    enum cnil_resource resource, struct cnil_verdict *verdict)
{
    const struct cnil_matcher *matcher = page->policy->matcher;
    bool has_path = matcher->pattern_count > 0; /* a pattern sees all of the URL */
    enum cnil_reach reach;

    if (!has_path)
        cnil_host_table_each(matcher->hosts, without_dot(url->host), visit_path, &has_path);
    reach = decide_url(page, url, resource, verdict);
    return has_path ? CNIL_REACH_URL : reach;
}

bool cnil_matcher_is_unlisted(const struct cnil_page *page, const struct cnil_url *url, enum cnil_resource resource,
                              enum cnil_party party)
{
    struct cnil_verdict verdict = { .party = party };

    return ask_lists(page, url, without_dot(url->host), resource, &verdict) != CNIL_REACH_URL;
}

enum cnil_reach cnil_matcher_reach(const struct cnil_page *page, const struct cnil_url *url,
                                   enum cnil_resource resource, struct cnil_verdict *verdict)
{
    enum cnil_reach reach = decide_reach(page, url, resource, verdict);

    fill_url_label(page, url, verdict);
    return reach;
}

bool cnil_matcher_literal(const struct cnil_page *page, const struct cnil_url *url, struct cnil_verdict *verdict)
{
    return decide_reach(page, url, CNIL_RESOURCE_SCRIPT, verdict) == CNIL_REACH_HOST;
}

void cnil_matcher_each_listed_host(const struct cnil_policy *policy, void (*visit)(struct cnil_str host, void *data),
                                   void *data)
{
    for (size_t i = 0; i < policy->matcher->list_count; i++)
        cnil_filter_list_hosts(policy->matcher->lists[i].list, visit, data);
}

/* ---- cookies ---- */

static void decide_cookie(const struct cnil_policy *policy, struct cnil_str name,
                          const struct cnil_name_entry *best[CNIL_NAME_KINDS], struct cnil_verdict *verdict)
{
    const struct target *target;

    if (best[NAME_DECLARED] != NULL || best[NAME_CATALOGUE] != NULL) {
        target = best[NAME_DECLARED] != NULL ? best[NAME_DECLARED]->value : best[NAME_CATALOGUE]->value;
        decide_service(verdict, target);
        verdict->facts = &target->facts;
    } else if (best[NAME_EXEMPT] != NULL) {
        target = best[NAME_EXEMPT]->value;
        if (cnil_exempt_covers(target->exempt, name)) {
            verdict->action = CNIL_ACTION_PASS;
            verdict->rule = target->rule;
            verdict->facts = &target->facts;
        }
    } else if (policy->matcher->strict) {
        verdict->action = CNIL_ACTION_BLOCK;
        verdict->rule = CNIL_STR("strict: not declared necessary");
    }
    if (best[NAME_POLICY] != NULL) {
        target = best[NAME_POLICY]->value;
        verdict->action = target->cookie_rule->action;
        verdict->purposes = target->cookie_rule->purposes;
        verdict->rule = target->rule;
        verdict->facts = &target->facts;
    }
}

void cnil_matcher_cookie(const struct cnil_policy *policy, struct cnil_str name, struct cnil_verdict *verdict)
{
    const struct cnil_name_entry *best[CNIL_NAME_KINDS];

    *verdict = (struct cnil_verdict){
        .party = CNIL_PARTY_FIRST, .action = CNIL_ACTION_REPORT, .label = name, .rule = CNIL_STR_INIT("unknown cookie")
    };
    if (cnil_str_equal(name, CNIL_STR("eu-consent"))) {
        verdict->action = CNIL_ACTION_PASS;
        verdict->rule = CNIL_STR("the cookie that keeps the choice");
        return;
    }
    cnil_name_table_find(policy->matcher->cookies, name, best);
    decide_cookie(policy, name, best, verdict);
}

const struct cnil_str *cnil_matcher_cookies_with_paths(const struct cnil_policy *policy, size_t *count)
{
    *count = policy->matcher->cookies_with_paths_count;
    return policy->matcher->cookies_with_paths;
}

/* ---- what is known ---- */

static void show_host(const struct cnil_host_entry *entry, struct cnil_known_host *known)
{
    const struct target *target = entry->value;

    *known = (struct cnil_known_host){ .layer = entry->kind, .host = entry->host, .path = entry->path };
    if (target->service != NULL)
        decide_service(&known->verdict, target);
    else
        decide(&known->verdict, entry->kind == HOST_BLOCK ? CNIL_ACTION_BLOCK : CNIL_ACTION_PASS, target);
}

struct host_visit {
    void (*visit)(const struct cnil_known_host *known, void *data);
    void *data;
};

static void visit_known(const struct cnil_host_entry *entry, void *data)
{
    const struct host_visit *visit = data;
    struct cnil_known_host known;

    show_host(entry, &known);
    visit->visit(&known, visit->data);
}

static void each_host(const struct cnil_matcher *matcher, struct host_visit *visit)
{
    for (size_t i = 0; i < matcher->host_count; i++)
        visit_known(&matcher->host_entries[i], visit);
}

static void each_known_domain(const struct cnil_page *page, const struct cnil_matcher *matcher,
                              const struct host_visit *visit)
{
    struct cnil_known_domain own = { .entity = CNIL_STR_EMPTY }, domain, above;
    const struct cnil_host_entry *best[CNIL_HOST_KINDS];
    size_t at = 0;

    (void)cnil_known_domain_find(page->site, &own);
    while (cnil_known_domain_next(&at, &domain)) {
        struct cnil_known_host known = { .layer = CNIL_LAYER_KNOWN, .host = domain.domain };

        struct cnil_str rest = domain.domain;
        bool waits = matcher->known_purposes[domain.category] != 0 && !cnil_str_equal(own.entity, domain.entity);

        cnil_str_cut(&rest, '.');
        cnil_host_table_find(matcher->hosts, domain.domain, CNIL_STR("/"), best);
        known.nested = cnil_known_domain_find(rest, &above) || best[HOST_CATALOGUE] != NULL;
        decide_unknown(&known.verdict, matcher);
        if (waits) {
            known.verdict.action = CNIL_ACTION_CONSENT;
            known.verdict.purposes = matcher->known_purposes[domain.category];
        } else if (!known.nested) {
            continue; /* as unknown as any other */
        }
        known.verdict.rule = domain.rule;
        visit->visit(&known, visit->data);
    }
}

void cnil_matcher_each_host(const struct cnil_page *page, struct cnil_str under,
                            void (*visit)(const struct cnil_known_host *known, void *data), void *data)
{
    const struct cnil_matcher *matcher = page->policy->matcher;
    struct host_visit all = { visit, data };

    if (under.len > 0) {
        cnil_host_table_each(matcher->hosts, under, visit_known, &all);
    } else {
        each_host(matcher, &all);
        each_known_domain(page, matcher, &all);
    }
}

static void each_cookie(const struct cnil_matcher *matcher,
                        void (*visit)(const struct cnil_known_cookie *known, void *data), void *data)
{
    for (size_t i = 0; i < matcher->cookie_count; i++) {
        const struct cnil_name_entry *entry = &matcher->cookie_entries[i];
        const struct target *target = entry->value;
        struct cnil_known_cookie known = { .layer = entry->kind == NAME_POLICY     ? CNIL_LAYER_ALLOW
                                                    : entry->kind == NAME_DECLARED ? CNIL_LAYER_DECLARED
                                                                                   : CNIL_LAYER_CATALOGUE,
                                           .name = entry->name,
                                           .prefix = entry->prefix };

        if (entry->kind == NAME_EXEMPT)
            continue; /* as much as an unknown one: in `strict` there are none */
        if (target->cookie_rule != NULL) {
            known.verdict.action = target->cookie_rule->action;
            known.verdict.purposes = target->cookie_rule->purposes;
            known.verdict.rule = target->rule;
        } else {
            decide_service(&known.verdict, target);
        }
        visit(&known, data);
    }
}

void cnil_matcher_each_cookie(const struct cnil_policy *policy,
                              void (*visit)(const struct cnil_known_cookie *known, void *data), void *data)
{
    each_cookie(policy->matcher, visit, data);
}

void cnil_matcher_unknown(const struct cnil_policy *policy, struct cnil_verdict *verdict)
{
    *verdict = (struct cnil_verdict){ .party = CNIL_PARTY_THIRD };
    decide_unknown(verdict, policy->matcher);
}

static void note_held(struct held *held, const struct cnil_verdict *verdict)
{
    if (verdict->action == CNIL_ACTION_CONSENT)
        held->purposes |= verdict->purposes;
    held->always |=
        verdict->action == CNIL_ACTION_BLOCK || (verdict->action == CNIL_ACTION_CONSENT && verdict->purposes == 0);
}

static void note_held_host(const struct cnil_known_host *known, void *data)
{
    note_held(data, &known->verdict);
}

static void note_held_cookie(const struct cnil_known_cookie *known, void *data)
{
    note_held(data, &known->verdict);
}

/* Once, when all is indexed: a page is not asked for each of them. */
static void note_all_held(struct cnil_matcher *matcher)
{
    struct host_visit hosts = { note_held_host, &matcher->hosts_held };

    each_host(matcher, &hosts);
    each_cookie(matcher, note_held_cookie, &matcher->cookies_held);
    for (size_t i = 0; i < CNIL_KNOWN_CATEGORIES; i++)
        matcher->hosts_held.purposes |= matcher->known_purposes[i];
    matcher->cookies_held.always |= matcher->strict; /* those that are not declared */
    if (matcher->hold_unknown) {
        matcher->hosts_held.purposes |= matcher->unknown_purposes;
        matcher->hosts_held.always |= matcher->unknown_purposes == 0;
    }
}

static bool holds(const struct held *held, cnil_purposes granted)
{
    return held->always || (held->purposes & ~granted) != 0;
}

bool cnil_matcher_holds_any(const struct cnil_policy *policy, cnil_purposes granted)
{
    return holds(&policy->matcher->hosts_held, granted) || holds(&policy->matcher->cookies_held, granted);
}

bool cnil_matcher_holds_any_url(const struct cnil_policy *policy, cnil_purposes granted)
{
    const struct cnil_matcher *matcher = policy->matcher;
    struct held held = matcher->hosts_held;

    for (size_t i = 0; i < matcher->pattern_count; i++) {
        held.purposes |= matcher->patterns[i].purposes;
        held.always |= matcher->patterns[i].purposes == 0;
    }
    for (size_t i = 0; i < matcher->list_count; i++)
        for (size_t source = 0; source < cnil_filter_list_source_count(matcher->lists[i].list); source++) {
            held.purposes |= matcher->lists[i].purposes[source];
            held.always |= matcher->lists[i].purposes[source] == 0;
        }
    return holds(&held, granted);
}

/* ---- inline scripts ---- */

struct inline_search {
    const struct cnil_page *page;
    struct cnil_str script;
    struct cnil_verdict *verdict;
    bool found;
    const struct target *refuted; /* the last that its pattern did not confirm */
};

/* Is this page one of the service's own (youtube.com's own pages)? Not asked of hosts that the policy declares: they
 * are the site's own on purpose. */
static bool lives_on(const struct cnil_page *page, const struct cnil_service *service)
{
    struct cnil_str host = without_dot(page->url.host);

    for (size_t i = 0; i < service->host_count; i++)
        if (!service->hosts[i].declared &&
            (cnil_domain_within(host, service->hosts[i].host) || is_same_site(page, service->hosts[i].host)))
            return true;
    return false;
}

static bool is_host_byte(char c)
{
    return cnil_is_alpha(c) || cnil_is_digit(c) || c == '-' || c == '.' || c == '_';
}

/* Does the host at `at` stand as one: behind "//", "https:\/\/", a quote, or the labels of a host below it, and whole?
 * A path is a prefix, what follows it does not matter. */
static bool stands_as_host(struct cnil_str script, size_t at, struct cnil_str host)
{
    size_t end = at + host.len;
    bool has_path = cnil_str_find_byte(host, '/') < host.len;

    if (!has_path && end < script.len && is_host_byte(script.ptr[end]))
        return false;
    if (at > 0 && script.ptr[at - 1] == '.')
        while (at > 0 && is_host_byte(script.ptr[at - 1]))
            at--;
    return at > 0 && (script.ptr[at - 1] == '/' || script.ptr[at - 1] == '"' || script.ptr[at - 1] == '\'' ||
                      script.ptr[at - 1] == '`');
}

static bool is_confirmed(struct inline_search *search, const struct target *target)
{
    if (cnil_pattern_matches(target->code, search->page->policy->matcher->limits, search->script))
        return true;
    search->refuted = target;
    return false;
}

static void found_literal(const struct cnil_literal *literal, size_t at, void *data)
{
    struct inline_search *search = data;
    struct cnil_verdict *verdict = search->verdict;
    const struct target *target = literal->value;

    if (target->host.len > 0 ? !stands_as_host(search->script, at, target->host)
                             : lives_on(search->page, target->service))
        return;
    if (target->code != NULL && (target == search->refuted || !is_confirmed(search, target)))
        return;
    if (!search->found) {
        *verdict = (struct cnil_verdict){ .party = CNIL_PARTY_THIRD };
        decide(verdict, CNIL_ACTION_CONSENT, target);
        search->found = true;
    }
    if (target->blocked && verdict->action != CNIL_ACTION_BLOCK) {
        *verdict = (struct cnil_verdict){ .party = CNIL_PARTY_THIRD };
        decide(verdict, CNIL_ACTION_BLOCK, target);
    }
    if (target->service != NULL)
        verdict->purposes |= target->service->purposes;
    else if (verdict->label.len == 0)
        verdict->label =
            cnil_domain_registrable(cnil_str_slice(target->host, 0, cnil_str_find_byte(target->host, '/')));
    if (verdict->action == CNIL_ACTION_BLOCK)
        verdict->purposes = 0;
}

bool cnil_matcher_inline(const struct cnil_page *page, struct cnil_str script, struct cnil_verdict *verdict)
{
    struct inline_search search = { .page = page, .script = script, .verdict = verdict };

    cnil_literal_set_find(page->policy->matcher->literals, script, found_literal, &search);
    return search.found;
}
