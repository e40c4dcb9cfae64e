/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/catalogue.h"

#include "policy/built_in.h"
#include "policy/service_reader.h"
#include "policy/word.h"

#include <string.h>

/* ---- the policy's services ---- */

static const char *nearest(const struct cnil_service *services, size_t count, struct cnil_str id)
{
    const char *known[512] = { NULL };

    for (size_t i = 0; i < count && i < sizeof(known) / sizeof(known[0]) - 1; i++)
        known[i] = services[i].id.ptr; /* ends with NUL, in the arena and in constants */
    return cnil_word_nearest(id, known);
}

/* "ground": "audience": it runs until the visitor opposes it. Only what measures audience and nothing else (rule C23);
 * Google Analytics does not under CNIL's conditions: its provider uses what it gets for itself (rule C27). */
static void read_ground(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_policy *policy,
                        struct cnil_service *service)
{
    static const char *const grounds[] = { "audience", NULL };
    struct cnil_node member;
    cnil_purposes audience = 0;
    size_t ground;

    if (!cnil_reader_member(node, "ground", &member) || !cnil_reader_word(reader, &member, grounds, &ground))
        return;
    for (size_t i = 0; i < policy->purpose_count; i++)
        if (cnil_str_equal(policy->purposes[i].id, CNIL_STR("audience")))
            audience = (cnil_purposes)1 << i;
    if (cnil_str_equal(service->id, CNIL_STR("google-analytics"))) {
        cnil_reader_mistake(reader, &member,
                            "what Google Analytics measures is used by its provider, too: it needs consent (rule C27)");
    } else if ((service->purposes & ~audience) != 0) {
        cnil_reader_mistake(reader, &member,
                            "a service without consent measures audience and serves nothing else (rule C23): its "
                            "purpose would have to be \"audience\" alone");
    } else {
        service->purposes = CNIL_MEASUREMENT;
        service->report_only = service->functional = service->tag_manager = false;
        policy->measures = true;
    }
}

/* One that the catalogue does not have; NULL: a mistake was told, or there is no memory. */
static struct cnil_service *add_service(struct cnil_reader *reader, const struct cnil_node *node, bool enabled,
                                        struct cnil_service *services, size_t *count)
{
    struct cnil_str id = cnil_str_from(node->key);
    struct cnil_service *service = &services[*count];
    const char *meant = NULL;
    struct cnil_node member;

    if (!cnil_service_reader_id_is_good(id)) {
        cnil_reader_key_mistake(reader, node, "the id of a service is of a-z, 0-9 and \"-\"");
        return NULL;
    }
    if (!enabled || !cnil_reader_member(node, "name", &member))
        meant = nearest(services, *count, id);
    if (meant != NULL)
        cnil_reader_key_mistake(reader, node,
                                "the catalogue has no service \"%s\"; did you mean \"%s\"? (a new one needs a "
                                "name, a controller, a purpose and a host, cookie or signature)",
                                node->key, meant);
    else if (!enabled)
        cnil_reader_key_mistake(reader, node, "the catalogue has no service \"%s\" to switch off", node->key);
    if (!enabled || meant != NULL)
        return NULL;
    service->id = cnil_arena_copy(reader->arena, id);
    if (service->id.ptr == NULL) {
        reader->no_memory = true;
        return NULL;
    }
    ++*count;
    return service;
}

static void read_declared_service(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_policy *policy,
                                  struct cnil_service *services, size_t *count)
{
    static const char *const keys[] = { "name",     "controller", "country", "privacy", "purpose",
                                        "purposes", "ground",     "hosts",   "cookies", "signatures",
                                        "stubs",    "containers", "enabled", NULL };
    struct cnil_str id = cnil_str_from(node->key);
    struct cnil_service *service = cnil_service_reader_find(services, *count, id);
    bool is_new = service == NULL;
    bool enabled = true;
    struct cnil_node member;

    if (!cnil_reader_object(reader, node, keys))
        return;
    if (cnil_reader_member(node, "enabled", &member))
        cnil_reader_flag(reader, &member, &enabled);
    if (is_new)
        service = add_service(reader, node, enabled, services, count);
    if (service == NULL)
        return;
    service->declared = true;
    cnil_service_reader_facts(reader, node, true, policy, service);
    if (cnil_reader_member(node, "purpose", &member) || cnil_reader_member(node, "purposes", &member))
        service->report_only = service->functional = false; /* who names a purpose wants it held back for it */
    read_ground(reader, node, policy, service);
    if (is_new)
        cnil_service_reader_need(reader, node, service);
    if (!enabled)
        service->host_count = service->cookie_count = service->signature_count = 0;
}

/* In `strict`, what `balanced` only reports waits for consent too, unless the policy names it: then it is declared. */
static void hold_reported(struct cnil_service *services, size_t count)
{
    for (size_t i = 0; i < count; i++)
        services[i].report_only = services[i].report_only && services[i].declared;
}

/* ---- the catalogue ---- */

/* A copy of the catalogue's services, with room for `more`, as they are under the policy's purposes. */
static struct cnil_service *copy_built_in(struct cnil_reader *reader, const struct cnil_policy *policy, size_t more)
{
    size_t count = cnil_built_in.service_count;
    struct cnil_service *services = cnil_reader_array_of(reader, count + more, sizeof(*services));

    if (services == NULL)
        return NULL;
    memcpy(services, cnil_built_in.services, count * sizeof(*services));
    for (size_t i = 0; i < count; i++)
        if (services[i].tag_manager)
            services[i].purposes = (cnil_purposes)(((uint64_t)1 << policy->purpose_count) - 1);
    return services;
}

/* Takes out the services that were switched off: nothing leads to them. What became of the catalogue's goes into
 * `overlay`. */
static size_t keep_enabled(struct cnil_service *services, size_t count, const struct cnil_service **overlay)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        bool enabled = services[i].host_count + services[i].cookie_count + services[i].signature_count > 0;

        if (i < cnil_built_in.service_count)
            overlay[i] = enabled ? &services[kept] : NULL;
        if (enabled)
            services[kept++] = services[i];
    }
    return kept;
}

bool cnil_catalogue_read(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_policy *policy)
{
    const struct cnil_service **overlay;
    struct cnil_service *services;
    size_t count = cnil_built_in.service_count;
    struct cnil_node member;
    void *iterator = NULL;

    policy->services = cnil_built_in.services;
    policy->service_count = count;
    if (node == NULL && !policy->strict && policy->purpose_count == cnil_built_in.purpose_count)
        return true; /* most policies: nothing to build */
    services = copy_built_in(reader, policy, node != NULL ? json_object_size(node->json) : 0);
    overlay = cnil_reader_array_of(reader, count, sizeof(*overlay));
    if (services == NULL || overlay == NULL)
        return false;
    if (node != NULL && cnil_reader_object(reader, node, NULL))
        while (cnil_reader_next(node, &iterator, &member))
            read_declared_service(reader, &member, policy, services, &count);
    if (policy->strict)
        hold_reported(services, count);
    policy->services = services;
    policy->service_count = keep_enabled(services, count, overlay);
    policy->overlay = overlay;
    if (node != NULL)
        cnil_service_reader_containers(reader, node, services, policy->service_count, &policy->containers);
    return !reader->no_memory && !reader->mistaken;
}
