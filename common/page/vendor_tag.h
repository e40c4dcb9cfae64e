/* SPDX-License-Identifier: Apache-2.0
 * A script of ours that tells vendors of tags what the visitor granted, before their own scripts run. Only those whose
 * tags some consent lets through: before a choice, and after a refusal, nobody is told anything. */
#ifndef CNIL_PAGE_VENDOR_TAG_H
#define CNIL_PAGE_VENDOR_TAG_H

#include "base/buffer.h"
#include "consent/choice.h"
#include "policy/policy.h"
#include "web/url.h"

/* Does the policy want a vendor told that this choice grants something? */
bool cnil_vendor_tag_is_due(const struct cnil_policy *policy, const struct cnil_choice *choice);

/* Appends the tag, which says in its data-* attributes what is granted and what is denied. `page`, `nonce`: as in
 * cnil_guard_write_tags(). Nothing where it is not due. */
void cnil_vendor_tag_write(const struct cnil_policy *policy, const struct cnil_choice *choice,
                           const struct cnil_url *page, struct cnil_str nonce, struct cnil_buffer *out);

#endif
