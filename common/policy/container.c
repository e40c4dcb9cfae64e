/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/container.h"

#include "policy/built_in.h"

static const struct cnil_container *find(struct cnil_str name)
{
    size_t from = 0, to = cnil_built_in.container_count;

    if ((cnil_built_in.container_kinds & cnil_container_kind(name)) == 0)
        return NULL;
    while (from < to) {
        size_t at = from + (to - from) / 2;
        int order = cnil_str_compare(name, cnil_built_in.containers[at].class_name);

        if (order == 0)
            return &cnil_built_in.containers[at];
        if (order < 0)
            to = at;
        else
            from = at + 1;
    }
    return NULL;
}

const struct cnil_service *cnil_container_find(const struct cnil_policy *policy, struct cnil_str classes)
{
    const char *at = classes.ptr, *end = classes.ptr + classes.len;

    while (at < end) {
        const char *from;
        const struct cnil_container *container;

        while (at < end && cnil_is_space(*at))
            at++;
        from = at;
        while (at < end && !cnil_is_space(*at))
            at++;
        container = at > from ? find((struct cnil_str){ from, (size_t)(at - from) }) : NULL;
        if (container != NULL)
            return policy->overlay != NULL ? policy->overlay[container->service]
                                           : &policy->services[container->service];
    }
    return NULL;
}
