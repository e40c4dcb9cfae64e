/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/container.h"

#include "policy/built_in.h"

static const struct cnil_container *find(const struct cnil_container_index *index, struct cnil_str name)
{
    size_t from = 0, to = index->count;

    if ((index->kinds & cnil_container_kind(name)) == 0)
        return NULL;
    while (from < to) {
        size_t at = from + (to - from) / 2;
        int order = cnil_str_compare(name, index->list[at].class_name);

        if (order == 0)
            return &index->list[at];
        if (order < 0)
            to = at;
        else
            from = at + 1;
    }
    return NULL;
}

static const struct cnil_service *service_of(const struct cnil_policy *policy, struct cnil_str name)
{
    const struct cnil_container *container = find(&policy->containers, name);

    if (container != NULL)
        return &policy->services[container->service];
    container = find(&cnil_built_in.containers, name);
    if (container == NULL)
        return NULL;
    return policy->overlay != NULL ? policy->overlay[container->service] : &policy->services[container->service];
}

const struct cnil_service *cnil_container_find(const struct cnil_policy *policy, struct cnil_str classes)
{
    const char *at = classes.ptr, *end = classes.ptr + classes.len;
    const struct cnil_service *service = NULL;

    while (at < end && service == NULL) {
        const char *from;

        while (at < end && cnil_is_space(*at))
            at++;
        from = at;
        while (at < end && !cnil_is_space(*at))
            at++;
        if (at > from)
            service = service_of(policy, (struct cnil_str){ from, (size_t)(at - from) });
    }
    return service;
}
