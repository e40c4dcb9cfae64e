/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/vendor.h"

static const struct cnil_vendor_facts vendors[] = {
#define VENDOR(symbol, name, granted, denied, services)                                                                \
    { CNIL_STR_INIT(name), CNIL_STR_INIT(granted), CNIL_STR_INIT(denied), CNIL_STR_INIT(services) },
#define SIGNAL(vendor, name, purpose, source)
#include "policy/vendors.def"
#undef VENDOR
#undef SIGNAL
};

static const struct cnil_vendor_signal signals[] = {
#define VENDOR(symbol, name, granted, denied, services)
#define SIGNAL(vendor, name, purpose, source) { CNIL_VENDOR_##vendor, CNIL_STR_INIT(name), CNIL_STR_INIT(purpose) },
#include "policy/vendors.def"
#undef VENDOR
#undef SIGNAL
};

const struct cnil_vendor_facts *cnil_vendor_facts(enum cnil_vendor vendor)
{
    return &vendors[vendor];
}

size_t cnil_vendor_signal_count(void)
{
    return sizeof(signals) / sizeof(signals[0]);
}

const struct cnil_vendor_signal *cnil_vendor_signal(size_t index)
{
    return &signals[index];
}
