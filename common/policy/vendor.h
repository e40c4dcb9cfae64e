/* SPDX-License-Identifier: Apache-2.0
 * Vendors of tags that take word of what was granted ("consent modes"): which the policy tells, and what it makes of
 * their words. */
#ifndef CNIL_POLICY_VENDOR_H
#define CNIL_POLICY_VENDOR_H

#include "policy/policy.h"

enum cnil_vendor {
#define VENDOR(symbol, name, granted, denied, services) CNIL_VENDOR_##symbol,
#define SIGNAL(vendor, name, purpose, source)
#include "policy/vendors.def"
#undef VENDOR
#undef SIGNAL
    CNIL_VENDORS /* how many there are */
};

struct cnil_vendor_facts {
    struct cnil_str name;
    struct cnil_str granted, denied; /* how it calls the two states */
    struct cnil_str services;        /* ids of the catalogue, with a space between them */
};

struct cnil_vendor_signal {
    enum cnil_vendor vendor;
    struct cnil_str name;
    struct cnil_str purpose; /* whose consent it asks for, unless the policy says otherwise */
};

const struct cnil_vendor_facts *cnil_vendor_facts(enum cnil_vendor vendor);
size_t cnil_vendor_signal_count(void); /* of all vendors; policy->vendor_signals has as many */
const struct cnil_vendor_signal *cnil_vendor_signal(size_t index);

#endif
