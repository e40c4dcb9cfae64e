/* SPDX-License-Identifier: Apache-2.0
 * What a policy says of hosts, URLs and cookies, read and checked but not yet indexed: from the loader to the matcher.
 * Everything lives in the policy's arena but the compiled patterns and the filter lists. */
#ifndef CNIL_POLICY_RULES_H
#define CNIL_POLICY_RULES_H

#include "policy/matcher.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct cnil_host_rule {         /* of trackers.allow or trackers.block */
    struct cnil_str host, path; /* as in struct cnil_service_host */
    struct cnil_str rule;       /* for verdicts */
};

struct cnil_pattern { /* of trackers.patterns */
    struct cnil_str text;
    struct cnil_str name; /* empty: the label is the registrable domain */
    cnil_purposes purposes;
    struct cnil_str rule;
    pcre2_code *code; /* owned by the list, then by the matcher */
};

struct cnil_cookie_rule { /* of cookies.necessary or cookies.rules */
    struct cnil_str name; /* without the "*" of a prefix */
    bool prefix;
    bool necessary;
    enum cnil_ground ground; /* with `necessary` */
    enum cnil_action action; /* PASS, CONSENT or BLOCK */
    cnil_purposes purposes;
    struct cnil_str rule;
    struct cnil_cookie_facts facts;
};

struct cnil_listed;

struct cnil_rules {
    struct cnil_host_rule *allow, *block;
    size_t allow_count, block_count;
    struct cnil_pattern *patterns;
    size_t pattern_count;
    struct cnil_listed *lists; /* of trackers.lists; each owned as the patterns are */
    size_t list_count;
    struct cnil_cookie_rule *cookies;
    size_t cookie_count;
    bool hold_unknown; /* trackers.unknown is "hold" */
    bool hold_known;   /* trackers.known is "hold" */
    bool strict;       /* the preset: no cookie passes that nobody declared */
    cnil_purposes unknown_purposes;
};

#endif
