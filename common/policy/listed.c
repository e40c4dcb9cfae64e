/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/listed.h"

/* What the type of a rule must be. A browser would call many a thing "other" that a script may become (prefetch, hints,
 * elements that nobody knows): the rules for scripts count for them, too. */
static const unsigned types[] = {
    [CNIL_RESOURCE_SCRIPT] = CNIL_FILTER_SCRIPT,
    [CNIL_RESOURCE_IMAGE] = CNIL_FILTER_IMAGE,
    [CNIL_RESOURCE_FRAME] = CNIL_FILTER_FRAME,
    [CNIL_RESOURCE_STYLE] = CNIL_FILTER_STYLE,
    [CNIL_RESOURCE_FONT] = CNIL_FILTER_FONT,
    [CNIL_RESOURCE_MEDIA] = CNIL_FILTER_MEDIA,
    [CNIL_RESOURCE_OTHER] = CNIL_FILTER_OTHER | CNIL_FILTER_SCRIPT | CNIL_FILTER_XHR,
    [CNIL_RESOURCE_OBJECT] = CNIL_FILTER_OBJECT,
    [CNIL_RESOURCE_XHR] = CNIL_FILTER_XHR,
    [CNIL_RESOURCE_PING] = CNIL_FILTER_PING,
    [CNIL_RESOURCE_WEBSOCKET] = CNIL_FILTER_WEBSOCKET,
};

bool cnil_listed_matters(const struct cnil_listed *lists, size_t count, enum cnil_party party, struct cnil_str host)
{
    for (size_t i = 0; i < count; i++)
        if (party == CNIL_PARTY_THIRD || lists[i].first_party != CNIL_LISTED_FIRST_PASS ||
            cnil_filter_list_names_host(lists[i].list, host))
            return true;
    return false;
}

static void hold(const struct cnil_listed *listed, const struct cnil_filter_match *match, struct cnil_verdict *verdict)
{
    verdict->action = CNIL_ACTION_CONSENT;
    for (size_t i = 0; i < cnil_filter_list_source_count(listed->list); i++)
        if ((match->sources >> i & 1) != 0)
            verdict->purposes |= listed->purposes[i];
}

/* What one list says; `*match` has the rule. */
static enum cnil_action ask(const struct cnil_listed *listed, const struct cnil_filter_request *request, bool host_only,
                            struct cnil_filter_match *match)
{
    unsigned scopes = host_only              ? CNIL_FILTER_WHOLE_HOST
                      : request->third_party ? CNIL_FILTER_OF_HOST | CNIL_FILTER_OF_PATTERN
                                             : CNIL_FILTER_OF_HOST;
    enum cnil_filter_result result = cnil_filter_list_match(listed->list, request, scopes, listed->exceptions, match);

    if (result != CNIL_FILTER_NONE)
        return result == CNIL_FILTER_BLOCKED ? CNIL_ACTION_CONSENT : CNIL_ACTION_PASS;
    /* A pattern that names no host was made for others' URLs: on the site's own it may hit what is meant to be there.
     */
    if (request->third_party || host_only || listed->first_party == CNIL_LISTED_FIRST_PASS ||
        cnil_filter_list_match(listed->list, request, CNIL_FILTER_OF_PATTERN, listed->exceptions, match) !=
            CNIL_FILTER_BLOCKED)
        return CNIL_ACTION_PASS;
    return listed->first_party == CNIL_LISTED_FIRST_HOLD ? CNIL_ACTION_CONSENT : CNIL_ACTION_REPORT;
}

bool cnil_listed_decide(const struct cnil_listed *lists, size_t count, const struct cnil_page *page,
                        const struct cnil_url *url, enum cnil_resource resource, bool host_only,
                        struct cnil_verdict *verdict)
{
    struct cnil_filter_request request;
    bool found = false;

    if (count == 0)
        return false;
    cnil_filter_request_init(&request, &page->filter, url);
    request.types = host_only ? types[CNIL_RESOURCE_OTHER] : types[resource];
    request.third_party = verdict->party == CNIL_PARTY_THIRD;
    request.spare_own = !request.third_party;
    for (size_t i = 0; i < count; i++) {
        struct cnil_filter_match match;
        enum cnil_action action = ask(&lists[i], &request, host_only, &match);

        if (action == CNIL_ACTION_PASS || (found && action < verdict->action))
            continue;
        if (!found || action > verdict->action) {
            verdict->action = action;
            verdict->rule = match.text;
        }
        if (action == CNIL_ACTION_CONSENT)
            hold(&lists[i], &match, verdict);
        found = true;
    }
    return found;
}
