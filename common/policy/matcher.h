/* SPDX-License-Identifier: Apache-2.0
 * Verdicts: what the policy and the catalogue say of a URL, a cookie or an inline script. One place for the rewriter,
 * the headers, the audit log and `cnil explain`. No allocation but what the caller's arena gives, no lock. */
#ifndef CNIL_POLICY_MATCHER_H
#define CNIL_POLICY_MATCHER_H

#include "policy/filter_list.h"
#include "policy/policy.h"
#include "web/cookie.h"
#include "web/domain.h"
#include "web/url.h"

enum cnil_resource { /* what a browser would use it as */
                     CNIL_RESOURCE_SCRIPT,
                     CNIL_RESOURCE_IMAGE,
                     CNIL_RESOURCE_FRAME,
                     CNIL_RESOURCE_STYLE,
                     CNIL_RESOURCE_FONT,
                     CNIL_RESOURCE_MEDIA,
                     CNIL_RESOURCE_OTHER,
                     CNIL_RESOURCE_OBJECT,
                     CNIL_RESOURCE_XHR,
                     CNIL_RESOURCE_PING,
                     CNIL_RESOURCE_WEBSOCKET
};

enum cnil_party {
    CNIL_PARTY_NONE, /* no connection: data:, about: ... */
    CNIL_PARTY_FIRST,
    CNIL_PARTY_THIRD
};

enum cnil_action {
    CNIL_ACTION_PASS,
    CNIL_ACTION_REPORT,  /* passes, with an event: an unknown third party, a font in `balanced` */
    CNIL_ACTION_CONSENT, /* held back until all of `purposes` are granted */
    CNIL_ACTION_BLOCK    /* held back in every state */
};

struct cnil_verdict {
    enum cnil_party party;
    enum cnil_action action;
    cnil_purposes purposes;             /* with CNIL_ACTION_CONSENT; an empty set is never granted */
    const struct cnil_service *service; /* NULL: none is known */
    bool is_joint;          /* of several services, or of a rule for it: that `service` is granted does not do */
    bool is_unknown;        /* a third party that neither policy nor catalogue nor table names */
    struct cnil_str entity; /* without service: who stands behind a known domain; may be empty */
    struct cnil_str label;  /* for data-held and events: the service's id, or the registrable domain */
    struct cnil_str rule;   /* which rule decided, for people: "trackers.block[0] tracker.example" */
    const struct cnil_cookie_facts *facts; /* of a cookie; NULL: nothing is known */
    bool by_address;                       /* of an inline script: nothing but hosts tell what it loads */
};

/* The page that a URL stands in: set up once per document. */
struct cnil_page {
    const struct cnil_policy *policy;
    struct cnil_url url;  /* of the document */
    struct cnil_str site; /* its registrable domain */
    bool site_is_exact;   /* an IP address or a public suffix: the hosts below it are other sites */
    struct cnil_filter_page filter;
    struct cnil_domains *domains; /* where registrable domains are kept; NULL: nowhere */
};

/* `url` is the document's URL; views stay in the caller's arena. */
void cnil_page_init(struct cnil_page *page, const struct cnil_policy *policy, const struct cnil_url *url);

/* Is `host` of the page's own site: its registrable domain, which was looked up once, or below it? */
bool cnil_page_is_same_site(const struct cnil_page *page, struct cnil_str host);

/* Decision order: trackers.allow, trackers.block, services (the policy's hosts, then the catalogue's; of each the
 * longest host, then the longest path), trackers.patterns, trackers.lists, known domains and functional services (the
 * longer host), trackers.unknown. The catalogue, the known domains and trackers.unknown speak of third parties only
 * (the lists of the site's own hosts, too, where a rule names them); what the policy itself declares holds for the
 * site's own hosts too (a self-hosted tracker). `verdict` is filled whole; its views live as long as `url` and the
 * policy. */
void cnil_matcher_url(const struct cnil_page *page, const struct cnil_url *url, enum cnil_resource resource,
                      struct cnil_verdict *verdict);

/* The same for a host alone (a preconnect or dns-prefetch hint has no path: any service of that host counts). */
void cnil_matcher_host(const struct cnil_page *page, const struct cnil_url *url, struct cnil_verdict *verdict);

enum cnil_reach {                      /* of which URLs is the verdict the same? */
                  CNIL_REACH_URL,      /* of this one */
                  CNIL_REACH_UNLISTED, /* of all of its host of which the policy's filter lists say nothing */
                  CNIL_REACH_HOST      /* of all of its host, whatever their path and query */
};

/* As cnil_matcher_url(). */
enum cnil_reach cnil_matcher_reach(const struct cnil_page *page, const struct cnil_url *url,
                                   enum cnil_resource resource, struct cnil_verdict *verdict);

/* Do the policy's filter lists say nothing of this URL? For one that a verdict with CNIL_REACH_UNLISTED may hold for.
 */
bool cnil_matcher_is_unlisted(const struct cnil_page *page, const struct cnil_url *url, enum cnil_resource resource,
                              enum cnil_party party);

/* As cnil_matcher_url() for one of the many URLs that stand in a script, but for the label, which costs more than all
 * else: it is empty where a registrable domain would be in it. True: the verdict holds for all of the URL's host. */
bool cnil_matcher_literal(const struct cnil_page *page, const struct cnil_url *url, struct cnil_verdict *verdict);

/* A cookie of the first party by its name: cookies.rules and cookies.necessary of the policy, then the services'
 * cookies (the policy's, then the catalogue's), then, in `balanced`, those of well-known software that need no consent
 * (policy/exempt.h), then unknown (REPORT, in `strict` BLOCK; label: the name). An exact name goes before a prefix, a
 * longer prefix before a shorter one. */
void cnil_matcher_cookie(const struct cnil_policy *policy, struct cnil_str name, struct cnil_verdict *verdict);

/* The names, whole ones, of which policy or catalogue say for which paths they are set. */
const struct cnil_str *cnil_matcher_cookies_with_paths(const struct cnil_policy *policy, size_t *count);

/* Does `script` (the text of an inline script, whole or its beginning) load a service? Told by the services' literal
 * signatures, and by the hosts in trackers.block and of services that the policy declares, where they stand as in a URL
 * or a string. False: it may run, `verdict` is not touched. One pass over the text whatever their number. A script that
 * loads several services needs the purposes of all of them. Signatures of services that live on the page's own site, or
 * all hosts of which trackers.allow lets pass, do not count; with a host in trackers.block the script is held for good.
 */
bool cnil_matcher_inline(const struct cnil_page *page, struct cnil_str script, struct cnil_verdict *verdict);

/* ---- what is known, for those who must tell it elsewhere (a header, a script in the page) ---- */

enum cnil_layer { /* in the order in which they decide, see cnil_matcher_url() */
                  CNIL_LAYER_ALLOW,
                  CNIL_LAYER_BLOCK,
                  CNIL_LAYER_FIRST, /* site.hosts */
                  CNIL_LAYER_DECLARED,
                  CNIL_LAYER_CATALOGUE,
                  CNIL_LAYER_KNOWN /* known domains of a category that waits for consent */
};

struct cnil_known_host {
    enum cnil_layer layer;
    struct cnil_str host, path;  /* a prefix; empty: every path */
    struct cnil_verdict verdict; /* for this host alone: action, purposes, service */
    bool nested;                 /* of KNOWN: another one, or the catalogue's, is above it */
};

struct cnil_known_cookie {
    enum cnil_layer layer; /* ALLOW for a rule of the policy, DECLARED, CATALOGUE */
    struct cnil_str name;
    bool prefix;
    struct cnil_verdict verdict;
};

/* Visits every host that policy, catalogue and known domains have something to say of, for that page; with `under` not
 * empty only that host and those above it, of policy and catalogue. */
void cnil_matcher_each_host(const struct cnil_page *page, struct cnil_str under,
                            void (*visit)(const struct cnil_known_host *known, void *data), void *data);
void cnil_matcher_each_cookie(const struct cnil_policy *policy,
                              void (*visit)(const struct cnil_known_cookie *known, void *data), void *data);

/* What becomes of a third party that nobody named. */
void cnil_matcher_unknown(const struct cnil_policy *policy, struct cnil_verdict *verdict);

/* Is there a host or cookie that stays held back when `granted` is? */
bool cnil_matcher_holds_any(const struct cnil_policy *policy, cnil_purposes granted);

/* Is there anything that a document may not fetch when `granted` is? Patterns and filter lists count, too. */
bool cnil_matcher_holds_any_url(const struct cnil_policy *policy, cnil_purposes granted);

/* trackers.lists and trackers.patterns, in order, for the guard, which is told them (policy/listed.h, policy/rules.h).
 */
struct cnil_listed;
const struct cnil_listed *cnil_matcher_lists(const struct cnil_policy *policy, size_t *count);
struct cnil_pattern;
const struct cnil_pattern *cnil_matcher_patterns(const struct cnil_policy *policy, size_t *count);

/* Indexes what was read. In `arena`, apart from the compiled patterns and the filter lists, which it takes over from
 * `rules`: the matcher must be freed with cnil_matcher_free(). NULL without memory (then `rules` still owns them). */
struct cnil_rules;
struct cnil_matcher *cnil_matcher_new(struct cnil_arena *arena, const struct cnil_policy *policy,
                                      const struct cnil_rules *rules);
void cnil_matcher_free(struct cnil_matcher *matcher); /* NULL is fine */

#endif
