/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/vendor_reader.h"

#include "policy/service_reader.h"
#include "policy/vendor.h"

enum { NAMES = 16 };

/* What the vendor's words wait for unless the policy says otherwise. */
static void set_defaults(const struct cnil_policy *policy, enum cnil_vendor vendor, cnil_purposes *signals)
{
    for (size_t i = 0; i < cnil_vendor_signal_count(); i++) {
        const struct cnil_vendor_signal *signal = cnil_vendor_signal(i);

        for (size_t p = 0; p < policy->purpose_count && signal->vendor == vendor; p++)
            if (cnil_str_equal(policy->purposes[p].id, signal->purpose))
                signals[i] = (cnil_purposes)1 << p;
    }
}

static void read_vendor(struct cnil_reader *reader, const struct cnil_node *node, const struct cnil_policy *policy,
                        enum cnil_vendor vendor, cnil_purposes *signals)
{
    const char *names[NAMES] = { NULL };
    struct cnil_node member;
    size_t count = 0;

    set_defaults(policy, vendor, signals);
    for (size_t i = 0; i < cnil_vendor_signal_count() && count + 1 < NAMES; i++)
        if (cnil_vendor_signal(i)->vendor == vendor)
            names[count++] = cnil_vendor_signal(i)->name.ptr;
    if (!cnil_reader_object(reader, node, names))
        return;
    for (size_t i = 0; i < cnil_vendor_signal_count(); i++)
        if (cnil_vendor_signal(i)->vendor == vendor &&
            cnil_reader_member(node, cnil_vendor_signal(i)->name.ptr, &member))
            (void)cnil_service_reader_purposes(reader, &member, policy, &signals[i]); /* a mistake was told */
}

void cnil_vendor_reader_modes(struct cnil_reader *reader, const struct cnil_node *consent, struct cnil_policy *policy)
{
    const char *names[CNIL_VENDORS + 1] = { NULL };
    struct cnil_node node, member;
    cnil_purposes *signals;

    if (!cnil_reader_member(consent, "modes", &node))
        return;
    for (size_t i = 0; i < CNIL_VENDORS; i++)
        names[i] = cnil_vendor_facts((enum cnil_vendor)i)->name.ptr;
    signals = cnil_reader_array_of(reader, cnil_vendor_signal_count(), sizeof(*signals));
    if (signals == NULL)
        return;
    policy->vendor_signals = signals;
    if (json_is_array(node.json)) {
        for (size_t i = 0; i < json_array_size(node.json); i++) {
            struct cnil_node item = cnil_reader_item(&node, i);
            size_t vendor;

            if (cnil_reader_word(reader, &item, names, &vendor))
                set_defaults(policy, (enum cnil_vendor)vendor, signals);
        }
    } else if (!json_is_object(node.json)) {
        cnil_reader_mistake(reader, &node,
                            "must be a list of vendors, or an object that says what their words stand for");
    } else if (cnil_reader_object(reader, &node, names)) {
        for (size_t i = 0; i < CNIL_VENDORS; i++)
            if (cnil_reader_member(&node, names[i], &member))
                read_vendor(reader, &member, policy, (enum cnil_vendor)i, signals);
    }
}
