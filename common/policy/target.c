/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/target.h"

static struct cnil_str service_rule(struct cnil_arena *arena, const struct cnil_service *service, bool declared,
                                    const char *kind, struct cnil_str name, struct cnil_str tail)
{
    return cnil_arena_print(arena, "%s%.*s: %s %.*s%.*s", declared ? "policy /services/" : "catalogue ",
                            (int)service->id.len, service->id.ptr, kind, (int)name.len, name.ptr, (int)tail.len,
                            tail.ptr != NULL ? tail.ptr : "");
}

struct cnil_str cnil_target_host_rule(struct cnil_arena *arena, const struct cnil_service *service,
                                      const struct cnil_service_host *host)
{
    return service_rule(arena, service, host->declared, "host", host->host, host->path);
}

struct cnil_str cnil_target_cookie_rule(struct cnil_arena *arena, const struct cnil_service *service,
                                        const struct cnil_service_cookie *cookie)
{
    return service_rule(arena, service, cookie->declared, "cookie", cookie->name,
                        cookie->prefix ? CNIL_STR("*") : CNIL_STR(""));
}

struct cnil_str cnil_target_signature_rule(struct cnil_arena *arena, const struct cnil_service *service,
                                           const struct cnil_service_signature *signature, bool blocked)
{
    return cnil_arena_print(arena, "signature of %.*s: %.*s%s", (int)service->id.len, service->id.ptr,
                            (int)signature->text.len, signature->text.ptr,
                            blocked ? " (its host is in trackers.block)" : "");
}
