/* SPDX-License-Identifier: Apache-2.0 */
#include "aliases.h"

#include "base/limits.h"
#include "policy/known_domain.h"
#include "policy/matcher.h"

#include <stdio.h>

bool aliases_init(struct aliases *aliases, struct cnil_arena *arena)
{
    *aliases = (struct aliases){ .names = cnil_arena_array(arena, ALIASES_LIMIT, sizeof(*aliases->names)),
                                 .findings = cnil_arena_array(arena, ALIASES_LIMIT, sizeof(*aliases->findings)),
                                 .failed = cnil_arena_array(arena, ALIASES_LIMIT, sizeof(*aliases->failed)) };
    return aliases->names != NULL && aliases->findings != NULL && aliases->failed != NULL;
}

/* ---- names ---- */

static bool is_name_byte(char c)
{
    return cnil_is_alpha(c) || cnil_is_digit(c) || c == '-' || c == '_' || c == '.';
}

static bool is_name(struct cnil_str text)
{
    bool is_label_start = true, has_dot = false;

    if (text.len == 0 || text.len > CNIL_LIMIT_HOST)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_name_byte(text.ptr[i]) || (is_label_start && (text.ptr[i] == '.' || text.ptr[i] == '-')))
            return false;
        is_label_start = text.ptr[i] == '.';
        has_dot = has_dot || is_label_start;
    }
    return has_dot && !is_label_start;
}

bool aliases_add(struct aliases *aliases, struct cnil_str name, struct cnil_arena *arena)
{
    if (cnil_str_ends_with(name, CNIL_STR(".")))
        name.len--;
    if (!is_name(name))
        return true;
    for (size_t i = 0; i < aliases->name_count; i++)
        if (cnil_str_equal_nocase(aliases->names[i], name))
            return true;
    if (aliases->name_count == ALIASES_LIMIT) {
        aliases->untold++;
        return true;
    }
    name = cnil_arena_copy(arena, name);
    for (size_t i = 0; name.ptr != NULL && i < name.len; i++)
        ((char *)name.ptr)[i] = cnil_lower(name.ptr[i]);
    aliases->names[aliases->name_count] = name;
    aliases->name_count += name.ptr != NULL;
    return name.ptr != NULL;
}

bool aliases_add_from(struct aliases *aliases, struct cnil_str text, struct cnil_str site, struct cnil_arena *arena)
{
    for (size_t at = 0; site.len > 0 && at + site.len <= text.len; at++) {
        size_t start = at, end = at + site.len;

        if (cnil_lower(text.ptr[at]) != site.ptr[0] || !cnil_str_equal_nocase(cnil_str_slice(text, at, end), site) ||
            (end < text.len && is_name_byte(text.ptr[end]) &&
             !(text.ptr[end] == '.' && (end + 1 == text.len || !is_name_byte(text.ptr[end + 1])))))
            continue;
        while (start > 0 && is_name_byte(text.ptr[start - 1]) && end - start <= CNIL_LIMIT_HOST)
            start--;
        if ((start == at || text.ptr[at - 1] == '.') && !aliases_add(aliases, cnil_str_slice(text, start, end), arena))
            return false;
        at = end - 1;
    }
    return true;
}

/* ---- where they lead ---- */

/* What the matcher says of `host` on a page of `name`. False: no memory, or not a host. */
static bool judge(const struct cnil_policy *policy, struct cnil_str name, struct cnil_str host,
                  struct cnil_arena *arena, struct cnil_verdict *verdict)
{
    struct cnil_str page_text = cnil_arena_print(arena, "https://%.*s/", (int)name.len, name.ptr);
    struct cnil_str host_text = cnil_arena_print(arena, "https://%.*s/", (int)host.len, host.ptr);
    struct cnil_url page_url, url;
    struct cnil_page page;

    if (page_text.ptr == NULL || host_text.ptr == NULL ||
        cnil_url_parse(page_text, NULL, arena, &page_url) != CNIL_OK ||
        cnil_url_parse(host_text, NULL, arena, &url) != CNIL_OK)
        return false;
    cnil_page_init(&page, policy, &page_url);
    cnil_matcher_host(&page, &url, verdict);
    return true;
}

static bool holds(const struct cnil_verdict *verdict)
{
    return verdict->action == CNIL_ACTION_CONSENT || verdict->action == CNIL_ACTION_BLOCK;
}

/* Is this host a tracker's? What only serves the site's own pages (a help centre, a page builder) is none, though the
 * same company tracks elsewhere: the table of cloaking targets says which. */
static bool is_tracker(struct cnil_str host, const struct cnil_verdict *verdict)
{
    struct cnil_known_domain known;

    if (verdict->party != CNIL_PARTY_THIRD || !holds(verdict))
        return false;
    if (cnil_known_domain_find(host, &known) && cnil_known_purpose(known.category).len == 0)
        return false;
    return verdict->service != NULL ? !verdict->service->report_only : verdict->entity.len > 0;
}

/* "ads.example" becomes "ads-example". */
static struct cnil_str id_of(struct cnil_str domain, struct cnil_arena *arena)
{
    struct cnil_str id = cnil_arena_copy(arena, domain);

    for (size_t i = 0; id.ptr != NULL && i < id.len; i++)
        if (!cnil_is_alpha(id.ptr[i]) && !cnil_is_digit(id.ptr[i]))
            ((char *)id.ptr)[i] = '-';
    return id;
}

static bool join_chain(struct alias_finding *finding, const struct cnil_str *chain, size_t count,
                       struct cnil_arena *arena)
{
    finding->chain = chain[0];
    for (size_t i = 1; i < count && finding->chain.ptr != NULL; i++)
        finding->chain = cnil_arena_print(arena, "%.*s -> %.*s", (int)finding->chain.len, finding->chain.ptr,
                                          (int)chain[i].len, chain[i].ptr);
    return finding->chain.ptr != NULL;
}

static bool look_at(struct aliases *aliases, struct cnil_str name, const struct cnil_str *chain, size_t count,
                    const struct cnil_policy *policy, struct cnil_arena *arena)
{
    struct alias_finding *finding = &aliases->findings[aliases->finding_count];
    struct cnil_verdict verdict;

    for (size_t i = 0; i < count; i++) {
        if (!judge(policy, name, chain[i], arena, &verdict) || !is_tracker(chain[i], &verdict))
            continue;
        *finding =
            (struct alias_finding){ .name = name,
                                    .target = chain[i],
                                    .service = verdict.service,
                                    .entity = verdict.service != NULL ? verdict.service->name : verdict.entity,
                                    .purposes = verdict.purposes,
                                    .id = verdict.service != NULL ? verdict.service->id : id_of(verdict.label, arena) };
        if (finding->id.ptr == NULL || !join_chain(finding, chain, count, arena))
            return false;
        finding->declared = judge(policy, name, name, arena, &verdict) && holds(&verdict);
        aliases->finding_count++;
        return true;
    }
    return true;
}

bool aliases_find(struct aliases *aliases, struct resolver *resolver, const struct cnil_policy *policy,
                  struct cnil_arena *arena)
{
    for (size_t i = 0; i < aliases->name_count; i++) {
        struct cnil_str chain[RESOLVER_HOPS];
        size_t count;

        if (!resolver_chain(resolver, aliases->names[i], arena, chain, &count))
            aliases->failed[aliases->failed_count++] = aliases->names[i];
        if (!look_at(aliases, aliases->names[i], chain, count, policy, arena))
            return false;
    }
    return true;
}
