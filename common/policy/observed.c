/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/observed.h"

bool cnil_observed_has(const struct cnil_policy *policy, const struct cnil_service *service)
{
    return policy->observed != NULL && policy->observed->services[service - policy->services];
}

bool cnil_observed_is_asked_for(const struct cnil_observed_host *host)
{
    return host->entity.len == 0 && host->purposes != 0;
}
