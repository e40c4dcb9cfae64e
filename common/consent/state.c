/* SPDX-License-Identifier: Apache-2.0 */
#include "consent/state.h"

#include "web/form.h"

#include <inttypes.h>

void cnil_state_write(const struct cnil_choice *choice, const struct cnil_policy *policy, struct cnil_buffer *out)
{
    static const char *const states[] = {
        [CNIL_CHOICE_NONE] = "none", [CNIL_CHOICE_REFUSED] = "refused", [CNIL_CHOICE_GRANTED] = "granted"
    };
    const char *separator = "";

    cnil_buffer_print(out, "{\"state\":\"%s\",\"signal\":%s,\"purposes\":[", states[choice->state],
                      choice->is_signal ? "true" : "false");
    for (size_t i = 0; i < policy->purpose_count; i++) {
        if (choice->state != CNIL_CHOICE_GRANTED || (choice->granted >> i & 1) == 0)
            continue;
        cnil_buffer_append(out, cnil_str_from(separator));
        cnil_json_string(policy->purposes[i].id, out);
        separator = ",";
    }
    cnil_buffer_append(out, CNIL_STR("],\"services\":["));
    for (size_t i = 0; i < choice->service_count; i++) {
        cnil_buffer_append(out, i > 0 ? CNIL_STR(",") : CNIL_STR_EMPTY);
        cnil_json_string(choice->services[i]->id, out);
    }
    if (choice->state == CNIL_CHOICE_NONE || choice->is_signal)
        cnil_buffer_append(out, CNIL_STR("],\"time\":null"));
    else
        cnil_buffer_print(out, "],\"time\":%" PRId64, choice->minutes * 60);
    if (policy->measures)
        cnil_buffer_print(out, ",\"opposed\":%s", choice->opposes ? "true" : "false");
    if (policy->account.len > 0)
        cnil_buffer_print(out, ",\"account\":%s", choice->account != CNIL_ACCOUNT_NONE ? "true" : "false");
    cnil_buffer_print(out, ",\"list\":\"%08" PRIx32 "\"}\n", policy->consent_hash);
}
