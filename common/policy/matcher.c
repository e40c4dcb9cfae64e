/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/matcher.h"

#include "base/limits.h"
#include "policy/built_in.h"
#include "policy/known_domain.h"
#include "policy/listed.h"
#include "policy/pattern.h"

enum {
    HOST_ALLOW = CNIL_LAYER_ALLOW,
    HOST_BLOCK = CNIL_LAYER_BLOCK,
    HOST_FIRST = CNIL_LAYER_FIRST,
    HOST_DECLARED = CNIL_LAYER_DECLARED,
    HOST_CATALOGUE = CNIL_LAYER_CATALOGUE
};

_Static_assert(HOST_CATALOGUE + 1 == CNIL_HOST_KINDS, "kinds of hosts");
_Static_assert(CNIL_NAME_EXEMPT + 1 == CNIL_NAME_KINDS, "kinds of names");

/* What some of many wait for. */
struct held {
    cnil_purposes purposes;
    bool always; /* one of them waits for more than any choice gives */
};

struct cnil_matcher {
    const struct cnil_service *const *overlay; /* as in the policy */
    bool *hidden;                              /* by owner: switched off; NULL: no service of the catalogue is */
    const struct cnil_host_table *hosts;       /* of the policy, over the catalogue's; or that alone */
    const struct cnil_host_entry *host_entries;
    size_t host_count;
    const struct cnil_name_table *cookies; /* the same */
    const struct cnil_name_entry *cookie_entries;
    size_t cookie_count;
    struct cnil_str *cookies_with_paths;
    size_t cookies_with_paths_count;
    bool strict;
    struct held hosts_held, cookies_held;
    const struct cnil_literal_set *literals; /* of inline scripts; the catalogue's where the policy changes nothing */
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

/* What the policy makes of the catalogue's service at `index`; NULL: it was switched off. */
static const struct cnil_service *overlaid(const struct cnil_matcher *matcher, size_t index)
{
    return matcher->overlay != NULL ? matcher->overlay[index] : &cnil_built_in.services[index];
}

/* The policy's service, whose facts count; of an entry of the catalogue NULL when it was switched off. */
static const struct cnil_service *service_of(const struct cnil_matcher *matcher, const struct cnil_target *target)
{
    return target->owner > 0 ? overlaid(matcher, target->owner - 1) : target->service;
}

/* ---- building ---- */

static const struct cnil_target *new_target(struct cnil_arena *arena, const struct cnil_service *service,
                                            struct cnil_str rule)
{
    struct cnil_target *target = cnil_arena_alloc(arena, sizeof(*target));

    if (target == NULL || rule.ptr == NULL)
        return NULL;
    target->service = service;
    target->rule = rule;
    return target;
}

/* What of the catalogue the policy has switched off. False: no memory. */
static bool hide_services(struct cnil_matcher *matcher, struct cnil_arena *arena)
{
    for (size_t i = 0; i < cnil_built_in.service_count; i++) {
        if (matcher->overlay == NULL || matcher->overlay[i] != NULL)
            continue;
        if (matcher->hidden == NULL)
            matcher->hidden = cnil_arena_array(arena, cnil_built_in.service_count + 1, sizeof(*matcher->hidden));
        if (matcher->hidden == NULL)
            return false;
        matcher->hidden[i + 1] = true;
    }
    return true;
}

static bool add_host_rules(struct cnil_arena *arena, const struct cnil_host_rule *rules, size_t count, unsigned kind,
                           struct cnil_host_entry **at)
{
    for (size_t i = 0; i < count; i++, (*at)++) {
        const struct cnil_target *target = new_target(arena, NULL, rules[i].rule);

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
        const struct cnil_target *target =
            new_target(arena, NULL, cnil_arena_print(arena, "policy /site/hosts: %.*s", (int)host.len, host.ptr));

        if (target == NULL)
            return false;
        **at = (struct cnil_host_entry){ .host = host, .kind = HOST_FIRST, .value = target };
    }
    return true;
}

static bool add_declared_hosts(struct cnil_arena *arena, const struct cnil_service *service,
                               struct cnil_host_entry **at)
{
    for (size_t i = 0; i < service->host_count; i++) {
        const struct cnil_service_host *host = &service->hosts[i];
        const struct cnil_target *target;

        if (!host->declared)
            continue;
        target = new_target(arena, service, cnil_target_host_rule(arena, service, host));
        if (target == NULL)
            return false;
        *(*at)++ =
            (struct cnil_host_entry){ .host = host->host, .path = host->path, .kind = HOST_DECLARED, .value = target };
    }
    return true;
}

static size_t count_declared_hosts(const struct cnil_service *service)
{
    size_t count = 0;

    for (size_t i = 0; i < service->host_count && service->declared; i++)
        count += service->hosts[i].declared;
    return count;
}

static bool build_hosts(struct cnil_matcher *matcher, struct cnil_arena *arena, const struct cnil_policy *policy,
                        const struct cnil_rules *rules)
{
    size_t count = rules->allow_count + rules->block_count + policy->first_party_host_count;
    struct cnil_host_entry *entries, *at;
    struct cnil_host_table *table;

    for (size_t i = 0; i < policy->service_count; i++)
        count += count_declared_hosts(&policy->services[i]);
    entries = at = cnil_arena_array(arena, count, sizeof(*entries));
    if (entries == NULL || !add_host_rules(arena, rules->allow, rules->allow_count, HOST_ALLOW, &at) ||
        !add_host_rules(arena, rules->block, rules->block_count, HOST_BLOCK, &at) ||
        !add_first_party(arena, policy, &at))
        return false;
    for (size_t i = 0; i < policy->service_count; i++)
        if (policy->services[i].declared && !add_declared_hosts(arena, &policy->services[i], &at))
            return false;
    matcher->host_entries = entries;
    matcher->host_count = count;
    matcher->hosts = &cnil_built_in.host_table;
    if (count == 0 && matcher->hidden == NULL)
        return true;
    table = cnil_host_table_new(arena, entries, count);
    if (table != NULL)
        cnil_host_table_lay(table, &cnil_built_in.host_table, matcher->hidden);
    matcher->hosts = table;
    return table != NULL;
}

static bool add_cookie_rules(struct cnil_arena *arena, const struct cnil_rules *rules, struct cnil_name_entry **at)
{
    for (size_t i = 0; i < rules->cookie_count; i++) {
        const struct cnil_cookie_rule *rule = &rules->cookies[i];
        struct cnil_cookie_target *target = cnil_arena_alloc(arena, sizeof(*target));

        if (target == NULL)
            return false;
        target->cookie_rule = rule;
        target->target.rule = rule->rule;
        target->facts = rule->facts;
        *(*at)++ = (struct cnil_name_entry){
            .name = rule->name, .prefix = rule->prefix, .kind = CNIL_NAME_POLICY, .value = target
        };
    }
    return true;
}

static bool add_declared_cookies(struct cnil_arena *arena, const struct cnil_service *service,
                                 struct cnil_name_entry **at)
{
    for (size_t i = 0; i < service->cookie_count; i++) {
        const struct cnil_service_cookie *cookie = &service->cookies[i];
        struct cnil_cookie_target *target;

        if (!cookie->declared)
            continue;
        target = cnil_arena_alloc(arena, sizeof(*target));
        if (target == NULL)
            return false;
        target->target.service = service;
        target->target.rule = cnil_target_cookie_rule(arena, service, cookie);
        target->facts = cookie->facts;
        if (target->target.rule.ptr == NULL)
            return false;
        *(*at)++ = (struct cnil_name_entry){
            .name = cookie->name, .prefix = cookie->prefix, .kind = CNIL_NAME_DECLARED, .value = target
        };
    }
    return true;
}

static size_t count_declared_cookies(const struct cnil_service *service)
{
    size_t count = 0;

    for (size_t i = 0; i < service->cookie_count && service->declared; i++)
        count += service->cookies[i].declared;
    return count;
}

static bool has_paths(const struct cnil_cookie_facts *facts, bool prefix)
{
    return facts->path_count > 0 && !prefix;
}

/* Of the policy's rules, then of its services. */
static bool list_cookies_with_paths(struct cnil_matcher *matcher, struct cnil_arena *arena,
                                    const struct cnil_policy *policy, const struct cnil_rules *rules)
{
    size_t count = 0;

    for (int pass = 0; pass < 2; pass++) { /* counts, then lists */
        if (pass == 1)
            matcher->cookies_with_paths = cnil_arena_array(arena, count, sizeof(*matcher->cookies_with_paths));
        if (pass == 1 && matcher->cookies_with_paths == NULL)
            return false;
        count = 0;
        for (size_t i = 0; i < rules->cookie_count; i++) {
            if (!has_paths(&rules->cookies[i].facts, rules->cookies[i].prefix))
                continue;
            if (pass == 1)
                matcher->cookies_with_paths[count] = rules->cookies[i].name;
            count++;
        }
        for (size_t i = 0; i < policy->service_count; i++) {
            for (size_t j = 0; j < policy->services[i].cookie_count; j++) {
                const struct cnil_service_cookie *cookie = &policy->services[i].cookies[j];

                if (!has_paths(&cookie->facts, cookie->prefix))
                    continue;
                if (pass == 1)
                    matcher->cookies_with_paths[count] = cookie->name;
                count++;
            }
        }
    }
    matcher->cookies_with_paths_count = count;
    return true;
}

static bool build_cookies(struct cnil_matcher *matcher, struct cnil_arena *arena, const struct cnil_policy *policy,
                          const struct cnil_rules *rules)
{
    size_t count = rules->cookie_count;
    struct cnil_name_entry *entries, *at;
    struct cnil_name_table *table;

    for (size_t i = 0; i < policy->service_count; i++)
        count += count_declared_cookies(&policy->services[i]);
    entries = at = cnil_arena_array(arena, count, sizeof(*entries));
    if (entries == NULL || !list_cookies_with_paths(matcher, arena, policy, rules) ||
        !add_cookie_rules(arena, rules, &at))
        return false;
    for (size_t i = 0; i < policy->service_count; i++)
        if (policy->services[i].declared && !add_declared_cookies(arena, &policy->services[i], &at))
            return false;
    matcher->strict = rules->strict;
    matcher->cookie_entries = entries;
    matcher->cookie_count = count;
    matcher->cookies = &cnil_built_in.cookie_table;
    if (count == 0 && matcher->hidden == NULL)
        return true;
    table = cnil_name_table_new(arena, entries, count);
    if (table != NULL)
        cnil_name_table_lay(table, &cnil_built_in.cookie_table, matcher->hidden);
    matcher->cookies = table;
    return table != NULL;
}

/* What trackers.allow and trackers.block say of a service's hosts holds for its inline loader: all of them allowed, it
 * may run; one of them blocked, it may not. */
static void judge_hosts(const struct cnil_matcher *matcher, const struct cnil_rules *rules,
                        const struct cnil_service *service, bool *allowed, bool *blocked)
{
    struct cnil_host_table rules_alone = *matcher->hosts;

    rules_alone.below = NULL; /* the catalogue says nothing of this */
    *allowed = service->host_count > 0 && rules->allow_count > 0;
    *blocked = false;
    for (size_t i = 0; i < service->host_count && rules->allow_count + rules->block_count > 0; i++) {
        const struct cnil_host_entry *best[CNIL_HOST_KINDS];

        if (cnil_str_ends_with(service->hosts[i].host, CNIL_STR("*")))
            continue; /* a policy names single ones: of those the others decide, of which the first is none */
        cnil_host_table_find(&rules_alone, service->hosts[i].host, service->hosts[i].path, best);
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
    struct cnil_literal_target *target = cnil_arena_alloc(arena, sizeof(*target));

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
    target->target.service = service;
    target->target.rule = cnil_target_signature_rule(arena, service, signature, blocked);
    target->blocked = blocked;
    *(*at)++ = (struct cnil_literal){ .text = signature->text, .value = target };
    return target->target.rule.ptr != NULL;
}

/* A literal that is a host which the policy names, with its path. */
static bool add_host_literal(struct cnil_arena *arena, const struct cnil_service *service, struct cnil_str host,
                             struct cnil_str path, bool blocked, struct cnil_str rule, struct cnil_literal **at)
{
    struct cnil_literal_target *target = cnil_arena_alloc(arena, sizeof(*target));
    struct cnil_str text =
        cnil_arena_print(arena, "%.*s%.*s", (int)host.len, host.ptr, (int)path.len, path.ptr != NULL ? path.ptr : "");

    if (target == NULL || text.ptr == NULL)
        return false;
    if (text.len < CNIL_LITERAL_MIN)
        return true;
    target->target.service = service;
    target->target.rule = cnil_arena_print(arena, "%.*s, in an inline script", (int)rule.len, rule.ptr);
    target->blocked = blocked;
    target->host = text;
    *(*at)++ = (struct cnil_literal){ .text = text, .value = target };
    return target->target.rule.ptr != NULL;
}

/* `theirs`: what the catalogue has of the service's signatures, the first `their_count` of them. */
static bool add_service_literals(struct cnil_matcher *matcher, struct cnil_arena *arena, const struct cnil_rules *rules,
                                 const struct cnil_service *service, const struct cnil_literal *theirs,
                                 size_t their_count, struct cnil_literal **at)
{
    bool allowed, blocked;

    if (service->signature_count + count_declared_hosts(service) == 0)
        return true;
    judge_hosts(matcher, rules, service, &allowed, &blocked);
    for (size_t i = 0; i < service->signature_count && !allowed; i++) {
        const struct cnil_service_signature *signature = &service->signatures[i];

        if (i < their_count && !blocked && signature->pattern.len == 0)
            *(*at)++ = theirs[i];
        else if (!add_signature(matcher, arena, service, signature, blocked, at))
            return false;
    }
    for (size_t i = 0; i < service->host_count && !allowed && !service->report_only; i++) {
        const struct cnil_service_host *host = &service->hosts[i];

        if (host->declared && !add_host_literal(arena, service, host->host, host->path, blocked,
                                                cnil_target_host_rule(arena, service, host), at))
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

/* Are the literals of this policy those of the catalogue, no more and no less? Also of a service of which the policy
 * changes the facts alone: what is found leads to the policy's. */
static bool has_built_in_literals(const struct cnil_matcher *matcher, const struct cnil_policy *policy,
                                  const struct cnil_rules *rules)
{
    size_t signatures = 0;

    if (rules->allow_count + rules->block_count > 0 || matcher->hidden != NULL)
        return false;
    for (size_t i = 0; i < policy->service_count; i++) {
        const struct cnil_service *service = &policy->services[i];

        signatures += service->signature_count;
        if (count_declared_hosts(service) > 0)
            return false;
        for (size_t j = 0; j < service->signature_count; j++)
            if (service->signatures[j].pattern.len > 0) /* its code is the matcher's own */
                return false;
    }
    return signatures == cnil_built_in.signature_count;
}

static bool build_literals(struct cnil_matcher *matcher, struct cnil_arena *arena, const struct cnil_policy *policy,
                           const struct cnil_rules *rules)
{
    const struct cnil_literal *theirs = cnil_built_in.signature_set.literals;
    size_t room = rules->block_count, signatures = 0, own = 0;
    struct cnil_literal *literals, *at;

    if (has_built_in_literals(matcher, policy, rules)) {
        matcher->literals = &cnil_built_in.signature_set;
        return true;
    }
    for (size_t i = 0; i < policy->service_count; i++) {
        signatures += policy->services[i].signature_count;
        room += count_declared_hosts(&policy->services[i]);
    }
    literals = at = cnil_arena_array(arena, room + signatures, sizeof(*literals));
    matcher->confirming = cnil_arena_array(arena, signatures, sizeof(*matcher->confirming));
    if (literals == NULL || matcher->confirming == NULL || !add_blocked_literals(matcher, arena, rules, &at))
        return false;
    for (size_t i = 0; i < cnil_built_in.service_count; i++) {
        const struct cnil_service *service = overlaid(matcher, i);
        size_t their_count = cnil_built_in.services[i].signature_count;

        if (service != NULL && !add_service_literals(matcher, arena, rules, service, theirs, their_count, &at))
            return false;
        theirs += their_count;
        own += service != NULL;
    }
    for (; own < policy->service_count; own++) /* those that the catalogue does not have */
        if (!add_service_literals(matcher, arena, rules, &policy->services[own], NULL, 0, &at))
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
    matcher->overlay = policy->overlay;
    if (!hide_services(matcher, arena) || !build_hosts(matcher, arena, policy, rules) ||
        !build_cookies(matcher, arena, policy, rules) || !build_literals(matcher, arena, policy, rules)) {
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
    page->domains = NULL;
    page->site = cnil_domain_registrable(host);
    page->site_is_exact = url->host_kind != CNIL_HOST_DOMAIN || cnil_domain_is_public_suffix(page->site);
    cnil_filter_page_init(&page->filter, host, page->site_is_exact ? CNIL_STR_EMPTY : page->site);
}

bool cnil_page_is_same_site(const struct cnil_page *page, struct cnil_str host)
{
    if (page->site.len == 0)
        return false;
    return page->site_is_exact ? cnil_str_equal(host, page->site) : cnil_domain_within(host, page->site);
}

static void decide(const struct cnil_matcher *matcher, struct cnil_verdict *verdict, enum cnil_action action,
                   const struct cnil_target *target)
{
    const struct cnil_service *service = service_of(matcher, target);

    verdict->action = action;
    verdict->is_unknown = false;
    verdict->rule = target->rule;
    if (service != NULL) {
        verdict->service = service;
        verdict->label = service->id;
        if (action == CNIL_ACTION_CONSENT)
            verdict->purposes = service->purposes;
    }
}

static void decide_service(const struct cnil_matcher *matcher, struct cnil_verdict *verdict,
                           const struct cnil_target *target)
{
    decide(matcher, verdict, service_of(matcher, target)->report_only ? CNIL_ACTION_REPORT : CNIL_ACTION_CONSENT,
           target);
}

static const struct cnil_target *target_of(const struct cnil_host_entry *entry)
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
static bool is_decisive(const struct cnil_matcher *matcher, const struct cnil_host_entry *entry)
{
    return entry != NULL && !service_of(matcher, target_of(entry))->functional;
}

/* A third party of which nothing decisive is known: `functional` is what the catalogue has, NULL for nothing. */
static void decide_stranger(const struct cnil_page *page, struct cnil_str host,
                            const struct cnil_host_entry *functional, struct cnil_verdict *verdict)
{
    const struct cnil_matcher *matcher = page->policy->matcher;
    struct cnil_known_domain known;
    bool is_known = cnil_known_domain_find(host, &known);

    if (functional != NULL && !(is_known && known.domain.len > functional->host.len)) {
        decide_service(matcher, verdict, target_of(functional));
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
    verdict->party = cnil_page_is_same_site(page, *host) ? CNIL_PARTY_FIRST : CNIL_PARTY_THIRD;
    verdict->rule = CNIL_STR("first party: same site");
    return true;
}

/* What no service or pattern has given its name; at the end, because a registrable domain costs more than all else. */
static void fill_label(const struct cnil_page *page, struct cnil_str host, struct cnil_verdict *verdict)
{
    if (verdict->label.len == 0)
        verdict->label = cnil_page_is_same_site(page, host) ? page->site
                         : page->domains != NULL            ? cnil_domains_registrable(page->domains, host)
                                                            : cnil_domain_registrable(host);
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
        decide_service(matcher, verdict, target_of(best[HOST_DECLARED]));
    else if (is_decisive(matcher, best[HOST_CATALOGUE]))
        decide_service(matcher, verdict, target_of(best[HOST_CATALOGUE]));
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
            decide(matcher, verdict, CNIL_ACTION_PASS, target_of(best[HOST_ALLOW]));
        else
            decide(matcher, verdict, CNIL_ACTION_BLOCK, target_of(best[HOST_BLOCK]));
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
    const struct cnil_matcher *matcher;
    const struct cnil_target *of[CNIL_HOST_KINDS]; /* the first that was met */
    cnil_purposes purposes[CNIL_HOST_KINDS];       /* of all services of the host */
    const struct cnil_host_entry *functional;      /* of the catalogue */
    struct cnil_str host;                          /* of the catalogue's entry that was met last */
    bool first_party;
};

static void visit_hint(const struct cnil_host_entry *entry, void *data)
{
    struct hint *hint = data;
    const struct cnil_target *target = entry->value, *former = hint->of[entry->kind];
    const struct cnil_service *service = service_of(hint->matcher, target);
    bool whole_host = entry->path.len == 0;

    if (entry->kind == HOST_ALLOW && !whole_host)
        return;
    if (hint->first_party && (entry->kind == HOST_CATALOGUE || !whole_host))
        return; /* the page's own host is connected to anyway */
    if (entry->kind == HOST_CATALOGUE && whole_host && !cnil_str_equal(entry->host, hint->host)) {
        hint->of[HOST_CATALOGUE] = former = NULL; /* all of this host is its own, whatever paths those above it have */
        hint->purposes[HOST_CATALOGUE] = 0;
        hint->functional = NULL;
    }
    if (entry->kind == HOST_CATALOGUE)
        hint->host = entry->host;
    if (entry->kind == HOST_CATALOGUE && !is_decisive(hint->matcher, entry)) {
        hint->functional = entry; /* the longest host is met last */
        return;
    }
    if (former == NULL || (service != NULL && service_of(hint->matcher, former)->report_only))
        hint->of[entry->kind] = target;
    if (service != NULL && !service->report_only)
        hint->purposes[entry->kind] |= service->purposes;
}

void cnil_matcher_host(const struct cnil_page *page, const struct cnil_url *url, struct cnil_verdict *verdict)
{
    const struct cnil_matcher *matcher = page->policy->matcher;
    const struct cnil_host_entry *best[CNIL_HOST_KINDS];
    struct hint hint = { .matcher = matcher };
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
        decide_service(matcher, verdict, hint.of[HOST_DECLARED]);
    else if (hint.of[HOST_CATALOGUE] != NULL)
        decide_service(matcher, verdict, hint.of[HOST_CATALOGUE]);
    else if (cnil_listed_decide(matcher->lists, matcher->list_count, page, url, CNIL_RESOURCE_OTHER, true, verdict))
        ; /* a list has decided */
    else if (verdict->party == CNIL_PARTY_THIRD)
        decide_stranger(page, host, hint.functional, verdict);
    if (verdict->action == CNIL_ACTION_CONSENT && verdict->service != NULL)
        verdict->purposes = hint.purposes[HOST_DECLARED] | hint.purposes[HOST_CATALOGUE];

    if (hint.of[HOST_ALLOW] != NULL || hint.of[HOST_BLOCK] != NULL) {
        verdict->purposes = 0;
        if (hint.of[HOST_ALLOW] != NULL)
            decide(matcher, verdict, CNIL_ACTION_PASS, hint.of[HOST_ALLOW]);
        else
            decide(matcher, verdict, CNIL_ACTION_BLOCK, hint.of[HOST_BLOCK]);
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

const struct cnil_listed *cnil_matcher_lists(const struct cnil_policy *policy, size_t *count)
{
    *count = policy->matcher->list_count;
    return policy->matcher->lists;
}

const struct cnil_pattern *cnil_matcher_patterns(const struct cnil_policy *policy, size_t *count)
{
    *count = policy->matcher->pattern_count;
    return policy->matcher->patterns;
}

/* ---- cookies ---- */

static void decide_cookie(const struct cnil_policy *policy, struct cnil_str name,
                          const struct cnil_name_entry *best[CNIL_NAME_KINDS], struct cnil_verdict *verdict)
{
    const struct cnil_matcher *matcher = policy->matcher;
    const struct cnil_cookie_target *target;

    if (best[CNIL_NAME_DECLARED] != NULL || best[CNIL_NAME_CATALOGUE] != NULL) {
        target = best[CNIL_NAME_DECLARED] != NULL ? best[CNIL_NAME_DECLARED]->value : best[CNIL_NAME_CATALOGUE]->value;
        decide_service(matcher, verdict, &target->target);
        verdict->facts = &target->facts;
    } else if (best[CNIL_NAME_EXEMPT] != NULL && !matcher->strict) { /* there, what needs no consent has a ground */
        target = best[CNIL_NAME_EXEMPT]->value;
        if (cnil_exempt_covers(target->exempt, name)) {
            verdict->action = CNIL_ACTION_PASS;
            verdict->rule = target->target.rule;
            verdict->facts = &target->facts;
        }
    } else if (matcher->strict) {
        verdict->action = CNIL_ACTION_BLOCK;
        verdict->rule = CNIL_STR("strict: not declared necessary");
    }
    if (best[CNIL_NAME_POLICY] != NULL) {
        target = best[CNIL_NAME_POLICY]->value;
        verdict->action = target->cookie_rule->action;
        verdict->purposes = target->cookie_rule->purposes;
        verdict->is_joint = true; /* it waits for that purpose, whatever service it is of */
        verdict->rule = target->target.rule;
        verdict->facts = &target->facts;
    }
}

void cnil_matcher_cookie(const struct cnil_policy *policy, struct cnil_str name, struct cnil_verdict *verdict)
{
    const struct cnil_name_entry *best[CNIL_NAME_KINDS];

    *verdict = (struct cnil_verdict){
        .party = CNIL_PARTY_FIRST, .action = CNIL_ACTION_REPORT, .label = name, .rule = CNIL_STR_INIT("unknown cookie")
    };
    if (cnil_str_equal(name, CNIL_STR("eu-consent")) || cnil_str_equal(name, CNIL_STR("eu-consent-account"))) {
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

static void show_host(const struct cnil_matcher *matcher, const struct cnil_host_entry *entry,
                      struct cnil_known_host *known)
{
    const struct cnil_target *target = entry->value;

    *known = (struct cnil_known_host){ .layer = entry->kind, .host = entry->host, .path = entry->path };
    if (target->service != NULL)
        decide_service(matcher, &known->verdict, target);
    else
        decide(matcher, &known->verdict, entry->kind == HOST_BLOCK ? CNIL_ACTION_BLOCK : CNIL_ACTION_PASS, target);
}

struct host_visit {
    const struct cnil_matcher *matcher;
    void (*visit)(const struct cnil_known_host *known, void *data);
    void *data;
};

static void visit_known(const struct cnil_host_entry *entry, void *data)
{
    const struct host_visit *visit = data;
    struct cnil_known_host known;

    show_host(visit->matcher, entry, &known);
    visit->visit(&known, visit->data);
}

/* The rules' and first-party hosts, then service by service what the catalogue has and what the policy declares. */
static void each_host(const struct cnil_matcher *matcher, struct host_visit *visit)
{
    const struct cnil_host_entry *theirs = cnil_built_in.hosts;
    const struct cnil_host_entry *own = matcher->host_entries, *end = own + matcher->host_count;

    for (; own < end && own->kind != HOST_DECLARED; own++)
        visit_known(own, visit);
    for (size_t i = 0; i < cnil_built_in.service_count; i++) {
        const struct cnil_service *service = overlaid(matcher, i);

        for (size_t j = 0; j < cnil_built_in.services[i].host_count; j++, theirs++)
            if (service != NULL)
                visit_known(theirs, visit);
        for (; own < end && target_of(own)->service == service; own++)
            visit_known(own, visit);
    }
    for (; own < end; own++) /* of services that the catalogue does not have */
        visit_known(own, visit);
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
    struct host_visit all = { matcher, visit, data };

    if (under.len > 0) {
        cnil_host_table_each(matcher->hosts, under, visit_known, &all);
    } else {
        each_host(matcher, &all);
        each_known_domain(page, matcher, &all);
    }
}

static void visit_cookie(const struct cnil_matcher *matcher, const struct cnil_name_entry *entry,
                         void (*visit)(const struct cnil_known_cookie *known, void *data), void *data)
{
    const struct cnil_cookie_target *target = entry->value;
    struct cnil_known_cookie known = { .layer = entry->kind == CNIL_NAME_POLICY     ? CNIL_LAYER_ALLOW
                                                : entry->kind == CNIL_NAME_DECLARED ? CNIL_LAYER_DECLARED
                                                                                    : CNIL_LAYER_CATALOGUE,
                                       .name = entry->name,
                                       .prefix = entry->prefix };

    if (target->cookie_rule != NULL) {
        known.verdict.action = target->cookie_rule->action;
        known.verdict.purposes = target->cookie_rule->purposes;
        known.verdict.rule = target->target.rule;
    } else {
        decide_service(matcher, &known.verdict, &target->target);
    }
    visit(&known, data);
}

static const struct cnil_service *declarer_of(const struct cnil_name_entry *entry)
{
    return ((const struct cnil_cookie_target *)entry->value)->target.service;
}

/* As each_host(). Those that are exempt are left out: as much as an unknown one, and in `strict` there are none. */
static void each_cookie(const struct cnil_matcher *matcher,
                        void (*visit)(const struct cnil_known_cookie *known, void *data), void *data)
{
    const struct cnil_name_entry *theirs = cnil_built_in.cookies;
    const struct cnil_name_entry *own = matcher->cookie_entries, *end = own + matcher->cookie_count;

    for (; own < end && own->kind != CNIL_NAME_DECLARED; own++)
        visit_cookie(matcher, own, visit, data);
    for (size_t i = 0; i < cnil_built_in.service_count; i++) {
        const struct cnil_service *service = overlaid(matcher, i);

        for (size_t j = 0; j < cnil_built_in.services[i].cookie_count; j++, theirs++)
            if (service != NULL)
                visit_cookie(matcher, theirs, visit, data);
        for (; own < end && declarer_of(own) == service; own++)
            visit_cookie(matcher, own, visit, data);
    }
    for (; own < end; own++)
        visit_cookie(matcher, own, visit, data);
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

static void note_held_service(struct held *held, const struct cnil_service *service)
{
    note_held(held, &(struct cnil_verdict){ .action = service->report_only ? CNIL_ACTION_REPORT : CNIL_ACTION_CONSENT,
                                            .purposes = service->purposes });
}

/* Once, when all is indexed: a page is not asked for each of them. */
static void note_all_held(struct cnil_matcher *matcher)
{
    struct host_visit hosts = { matcher, note_held_host, &matcher->hosts_held };

    for (size_t i = 0; i < matcher->host_count; i++)
        visit_known(&matcher->host_entries[i], &hosts);
    for (size_t i = 0; i < matcher->cookie_count; i++)
        visit_cookie(matcher, &matcher->cookie_entries[i], note_held_cookie, &matcher->cookies_held);
    for (size_t i = 0; i < cnil_built_in.service_count; i++) {
        const struct cnil_service *service = overlaid(matcher, i);

        if (service != NULL && cnil_built_in.services[i].host_count > 0)
            note_held_service(&matcher->hosts_held, service);
        if (service != NULL && cnil_built_in.services[i].cookie_count > 0)
            note_held_service(&matcher->cookies_held, service);
    }
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
    bool found, by_address;
    const struct cnil_literal_target *refuted; /* the last that its pattern did not confirm */
};

/* Is this page one of the service's own (youtube.com's own pages)? Not asked of hosts that the policy declares: they
 * are the site's own on purpose. */
static bool lives_on(const struct cnil_page *page, const struct cnil_service *service)
{
    struct cnil_str host = without_dot(page->url.host);

    for (size_t i = 0; i < service->host_count; i++)
        if (!service->hosts[i].declared &&
            (cnil_domain_within(host, service->hosts[i].host) || cnil_page_is_same_site(page, service->hosts[i].host)))
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

static bool is_confirmed(struct inline_search *search, const struct cnil_literal_target *target)
{
    if (cnil_pattern_matches(target->code, search->page->policy->matcher->limits, search->script))
        return true;
    search->refuted = target;
    return false;
}

/* Is it a host of its service that this literal tells it by, so that whoever sees the request knows it, too? */
static bool is_address(const struct cnil_literal_target *target, const struct cnil_service *service,
                       struct cnil_str literal)
{
    if (target->host.len > 0)
        return true;
    for (size_t i = 0; service != NULL && i < service->host_count; i++) {
        struct cnil_str host = service->hosts[i].host;
        size_t at = cnil_str_find(literal, host);

        if (at < literal.len && (at == 0 || literal.ptr[at - 1] == '.' || literal.ptr[at - 1] == '/') &&
            (at + host.len == literal.len || literal.ptr[at + host.len] == '/'))
            return true;
    }
    return false;
}

static void found_literal(const struct cnil_literal *literal, size_t at, void *data)
{
    struct inline_search *search = data;
    struct cnil_verdict *verdict = search->verdict;
    const struct cnil_matcher *matcher = search->page->policy->matcher;
    const struct cnil_literal_target *target = literal->value;
    const struct cnil_service *service = service_of(matcher, &target->target);

    if (target->host.len > 0 ? !stands_as_host(search->script, at, target->host) : lives_on(search->page, service))
        return;
    if (target->code != NULL && (target == search->refuted || !is_confirmed(search, target)))
        return;
    if (!search->found) {
        *verdict = (struct cnil_verdict){ .party = CNIL_PARTY_THIRD };
        decide(matcher, verdict, CNIL_ACTION_CONSENT, &target->target);
        search->found = search->by_address = true;
    }
    search->by_address = search->by_address && is_address(target, service, literal->text);
    if (target->blocked && verdict->action != CNIL_ACTION_BLOCK) {
        *verdict = (struct cnil_verdict){ .party = CNIL_PARTY_THIRD };
        decide(matcher, verdict, CNIL_ACTION_BLOCK, &target->target);
    }
    verdict->is_joint |= service != verdict->service;
    if (service != NULL)
        verdict->purposes |= service->purposes;
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
    if (search.found)
        verdict->by_address = search.by_address;
    return search.found;
}
