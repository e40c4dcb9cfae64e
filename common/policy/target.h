/* SPDX-License-Identifier: Apache-2.0
 * What an entry of the matcher's indexes leads to: of the policy's own, and of the catalogue's (policy/built_in.h). */
#ifndef CNIL_POLICY_TARGET_H
#define CNIL_POLICY_TARGET_H

#include "base/arena.h"
#include "policy/exempt.h"
#include "policy/rules.h"

enum { CNIL_NAME_POLICY, CNIL_NAME_DECLARED, CNIL_NAME_CATALOGUE, CNIL_NAME_EXEMPT }; /* kinds of cookies */

struct cnil_target {
    const struct cnil_service *service; /* NULL: there is none */
    size_t owner; /* of an entry of the catalogue, its service's index + 1: a policy may have laid its own over it; 0 */
    struct cnil_str rule; /* for verdicts */
};

struct cnil_cookie_target {
    struct cnil_target target;
    const struct cnil_cookie_rule *cookie_rule; /* of CNIL_NAME_POLICY */
    const struct cnil_exempt *exempt;           /* of CNIL_NAME_EXEMPT */
    struct cnil_cookie_facts facts;
};

struct cnil_literal_target { /* of what is searched in inline scripts */
    struct cnil_target target;
    bool blocked;         /* trackers.block has a host of its service, or the host itself */
    struct cnil_str host; /* it is a host (and path); empty for a signature */
    pcre2_code *code;     /* of a signature that a pattern must confirm; else NULL. Owned by the matcher */
};

/* The rules of what a service has: "catalogue ID: host HOST", "signature of ID: TEXT". Pointer NULL without memory. */
struct cnil_str cnil_target_host_rule(struct cnil_arena *arena, const struct cnil_service *service,
                                      const struct cnil_service_host *host);
struct cnil_str cnil_target_cookie_rule(struct cnil_arena *arena, const struct cnil_service *service,
                                        const struct cnil_service_cookie *cookie);
struct cnil_str cnil_target_signature_rule(struct cnil_arena *arena, const struct cnil_service *service,
                                           const struct cnil_service_signature *signature, bool blocked);

#endif
