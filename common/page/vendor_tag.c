/* SPDX-License-Identifier: Apache-2.0 */
#include "page/vendor_tag.h"

#include "page/writer.h"
#include "policy/vendor.h"

/* Is this service one of the vendor's? */
static bool is_of(const struct cnil_service *service, enum cnil_vendor vendor)
{
    struct cnil_str rest = cnil_vendor_facts(vendor)->services;

    while (rest.len > 0)
        if (cnil_str_equal(cnil_str_cut(&rest, ' '), service->id))
            return true;
    return false;
}

/* By its purposes, or by a service of the vendor that was granted by itself and has them all. */
static bool is_granted(const struct cnil_policy *policy, const struct cnil_choice *choice, size_t signal)
{
    cnil_purposes needed = policy->vendor_signals[signal];

    if (choice->state != CNIL_CHOICE_GRANTED || needed == 0)
        return false;
    if ((needed & ~choice->granted) == 0)
        return true;
    for (size_t i = 0; i < choice->service_count; i++)
        if ((needed & ~choice->services[i]->purposes) == 0 &&
            is_of(choice->services[i], cnil_vendor_signal(signal)->vendor))
            return true;
    return false;
}

static bool is_told(const struct cnil_policy *policy, const struct cnil_choice *choice, enum cnil_vendor vendor)
{
    for (size_t i = 0; policy->vendor_signals != NULL && i < cnil_vendor_signal_count(); i++)
        if (cnil_vendor_signal(i)->vendor == vendor && is_granted(policy, choice, i))
            return true;
    return false;
}

bool cnil_vendor_tag_is_due(const struct cnil_policy *policy, const struct cnil_choice *choice)
{
    for (size_t i = 0; i < CNIL_VENDORS; i++)
        if (is_told(policy, choice, (enum cnil_vendor)i))
            return true;
    return false;
}

/* data-google="ad_storage=denied&analytics_storage=granted" */
static void write_vendor(struct cnil_writer *writer, const struct cnil_choice *choice, enum cnil_vendor vendor)
{
    const struct cnil_vendor_facts *facts = cnil_vendor_facts(vendor);
    const char *separator = " data-";

    for (size_t i = 0; i < cnil_vendor_signal_count(); i++) {
        const struct cnil_vendor_signal *signal = cnil_vendor_signal(i);

        if (signal->vendor != vendor)
            continue;
        cnil_writer_html(writer, separator);
        if (*separator == ' ') {
            cnil_writer_escape(writer, facts->name);
            cnil_writer_html(writer, "=\"");
        }
        separator = "&amp;";
        cnil_writer_escape(writer, signal->name);
        cnil_writer_html(writer, "=");
        cnil_writer_escape(writer, is_granted(writer->policy, choice, i) ? facts->granted : facts->denied);
    }
    cnil_writer_html(writer, "\"");
}

void cnil_vendor_tag_write(const struct cnil_policy *policy, const struct cnil_choice *choice,
                           const struct cnil_url *page, struct cnil_str nonce, struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, page, NULL, policy->language };

    if (!cnil_vendor_tag_is_due(policy, choice))
        return;
    cnil_writer_html(&writer, "<script src=\"");
    cnil_writer_address(&writer, policy->prefix);
    cnil_writer_escape(&writer, cnil_asset_name(CNIL_ASSET_VENDOR));
    cnil_writer_html(&writer, "\"");
    if (nonce.len > 0) {
        cnil_writer_html(&writer, " nonce=\"");
        cnil_writer_escape(&writer, nonce);
        cnil_writer_html(&writer, "\"");
    }
    for (size_t i = 0; i < CNIL_VENDORS; i++)
        if (is_told(policy, choice, (enum cnil_vendor)i))
            write_vendor(&writer, choice, (enum cnil_vendor)i);
    cnil_writer_html(&writer, "></script>");
}
