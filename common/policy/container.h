/* SPDX-License-Identifier: Apache-2.0
 * Elements that scripts of third parties fill: a captcha, a post, a calendar. Catalogue and policy know them by their
 * class; where both know one, the policy's word counts. */
#ifndef CNIL_POLICY_CONTAINER_H
#define CNIL_POLICY_CONTAINER_H

#include "policy/policy.h"

/* What most names differ in from those of all containers: length and first byte, as one bit. */
static inline uint64_t cnil_container_kind(struct cnil_str name)
{
    return (uint64_t)1 << ((name.len * 7 + (unsigned char)name.ptr[0]) & 63);
}

/* The service, as the policy has it, whose script fills an element with this value of `class`; NULL: there is none. */
const struct cnil_service *cnil_container_find(const struct cnil_policy *policy, struct cnil_str classes);

#endif
