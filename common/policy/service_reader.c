/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/service_reader.h"

#include "base/limits.h"
#include "policy/container.h"
#include "policy/pattern.h"

#include <stdlib.h>
#include <string.h>

enum {
    SIGNATURE_MIN = 6, /* a shorter literal says nothing about who wrote the script */
    PATHS_MAX = 8,     /* of one cookie: each is a field of the response that takes it away */
    PATH_MAX_LEN = 256
};

/* ---- purposes ---- */

static bool purpose_by_id(struct cnil_reader *reader, const struct cnil_node *node, const struct cnil_policy *policy,
                          cnil_purposes *out)
{
    const char *ids[CNIL_LIMIT_PURPOSES + 1] = { NULL };
    size_t index;

    for (size_t i = 0; i < policy->purpose_count; i++)
        ids[i] = policy->purposes[i].id.ptr; /* copies of the arena end with NUL */
    if (!cnil_reader_word(reader, node, ids, &index))
        return false;
    *out |= (cnil_purposes)1 << index;
    return true;
}

bool cnil_service_reader_purposes(struct cnil_reader *reader, const struct cnil_node *node,
                                  const struct cnil_policy *policy, cnil_purposes *out)
{
    cnil_purposes set = 0;
    bool good = true;

    if (!json_is_array(node->json)) {
        good = purpose_by_id(reader, node, policy, &set);
    } else if (json_array_size(node->json) == 0) {
        cnil_reader_mistake(reader, node, "must name a purpose");
        good = false;
    } else {
        for (size_t i = 0; i < json_array_size(node->json); i++) {
            struct cnil_node item = cnil_reader_item(node, i);

            good = purpose_by_id(reader, &item, policy, &set) && good;
        }
    }
    if (good)
        *out = set;
    return good;
}

/* ---- the lists of a service: what a policy declares is added to what the catalogue has ---- */

static size_t list_size(const struct cnil_node *node)
{
    return json_array_size(node->json); /* 0 for anything else */
}

static void read_hosts(struct cnil_reader *reader, const struct cnil_node *node, bool declared,
                       struct cnil_service *service)
{
    struct cnil_service_host *hosts;

    if (!cnil_reader_array(reader, node))
        return;
    hosts = cnil_reader_array_of(reader, service->host_count + list_size(node), sizeof(*hosts));
    if (hosts == NULL)
        return;
    if (service->host_count > 0)
        memcpy(hosts, service->hosts, service->host_count * sizeof(*hosts));
    service->hosts = hosts;
    for (size_t i = 0; i < list_size(node); i++) {
        struct cnil_node item = cnil_reader_item(node, i);
        struct cnil_service_host *host = &hosts[service->host_count];

        host->declared = declared;
        if (declared ? cnil_reader_host(reader, &item, &host->host, &host->path)
                     : cnil_reader_host_anywhere(reader, &item, &host->host, &host->path))
            service->host_count++;
    }
}

/* May it stand as an attribute of Set-Cookie, and is it what a browser's path may begin with? */
static bool is_cookie_path(struct cnil_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == ';' || (unsigned char)path.ptr[i] <= ' ' || path.ptr[i] == 0x7f)
            return false;
    }
    return path.len > 0 && path.len <= PATH_MAX_LEN && path.ptr[0] == '/';
}

void cnil_service_reader_paths(struct cnil_reader *reader, const struct cnil_node *node,
                               struct cnil_cookie_facts *facts)
{
    struct cnil_str *paths;

    *facts = (struct cnil_cookie_facts){ 0 };
    if (!cnil_reader_array(reader, node))
        return;
    if (list_size(node) > PATHS_MAX) {
        cnil_reader_mistake(reader, node, "a cookie may have %d paths at most", PATHS_MAX);
        return;
    }
    paths = cnil_reader_array_of(reader, list_size(node), sizeof(*paths));
    for (size_t i = 0; paths != NULL && i < list_size(node); i++) {
        struct cnil_node item = cnil_reader_item(node, i);
        struct cnil_str *path = &paths[facts->path_count];

        if (!cnil_reader_text(reader, &item, path))
            continue;
        if (is_cookie_path(*path))
            facts->path_count++;
        else
            cnil_reader_mistake(reader, &item,
                                "must be a path that begins with \"/\", of at most %d bytes, without "
                                "spaces and \";\"",
                                PATH_MAX_LEN);
    }
    facts->paths = paths;
}

static bool read_cookie(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_service_cookie *cookie)
{
    static const char *const keys[] = { "name", "lifetime", "paths", NULL };
    struct cnil_node member;

    if (json_is_string(node->json))
        return cnil_reader_cookie(reader, node, &cookie->name, &cookie->prefix);
    if (!cnil_reader_object(reader, node, keys))
        return false;
    if (cnil_reader_member(node, "lifetime", &member) && !cnil_reader_text(reader, &member, &cookie->lifetime))
        return false;
    if (cnil_reader_member(node, "paths", &member))
        cnil_service_reader_paths(reader, &member, &cookie->facts);
    if (!cnil_reader_member(node, "name", &member)) {
        cnil_reader_mistake(reader, node, "a cookie needs a \"name\"");
        return false;
    }
    return cnil_reader_cookie(reader, &member, &cookie->name, &cookie->prefix);
}

static void read_cookies(struct cnil_reader *reader, const struct cnil_node *node, bool declared,
                         struct cnil_service *service)
{
    struct cnil_service_cookie *cookies;

    if (!cnil_reader_array(reader, node))
        return;
    cookies = cnil_reader_array_of(reader, service->cookie_count + list_size(node), sizeof(*cookies));
    if (cookies == NULL)
        return;
    if (service->cookie_count > 0)
        memcpy(cookies, service->cookies, service->cookie_count * sizeof(*cookies));
    service->cookies = cookies;
    for (size_t i = 0; i < list_size(node); i++) {
        struct cnil_node item = cnil_reader_item(node, i);

        cookies[service->cookie_count].declared = declared;
        if (read_cookie(reader, &item, &cookies[service->cookie_count]))
            service->cookie_count++;
    }
}

/* "literal", or { "text": "literal", "pattern": "PCRE2" }. */
static bool read_signature(struct cnil_reader *reader, const struct cnil_node *node,
                           struct cnil_service_signature *signature)
{
    static const char *const keys[] = { "text", "pattern", NULL };
    struct cnil_node text = *node, pattern;
    pcre2_code *code;

    signature->pattern = CNIL_STR_EMPTY;
    if (json_is_object(node->json)) {
        if (!cnil_reader_object(reader, node, keys))
            return false;
        if (!cnil_reader_member(node, "text", &text)) {
            cnil_reader_mistake(reader, node, "a signature needs a \"text\", which is searched first");
            return false;
        }
        if (cnil_reader_member(node, "pattern", &pattern)) {
            if (!cnil_reader_text(reader, &pattern, &signature->pattern))
                return false;
            code = cnil_pattern_compile(reader, &pattern, signature->pattern); /* the matcher makes its own */
            if (code == NULL)
                return false;
            pcre2_code_free(code);
        }
    }
    if (!cnil_reader_text(reader, &text, &signature->text))
        return false;
    if (signature->text.len < SIGNATURE_MIN) {
        cnil_reader_mistake(reader, &text, "a signature needs at least %d bytes, or it is found everywhere",
                            SIGNATURE_MIN);
        return false;
    }
    return true;
}

static void read_signatures(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_service *service)
{
    struct cnil_service_signature *signatures;

    if (!cnil_reader_array(reader, node))
        return;
    signatures = cnil_reader_array_of(reader, service->signature_count + list_size(node), sizeof(*signatures));
    if (signatures == NULL)
        return;
    if (service->signature_count > 0)
        memcpy(signatures, service->signatures, service->signature_count * sizeof(*signatures));
    service->signatures = signatures;
    for (size_t i = 0; i < list_size(node); i++) {
        struct cnil_node item = cnil_reader_item(node, i);

        if (read_signature(reader, &item, &signatures[service->signature_count]))
            service->signature_count++;
    }
}

/* "ga()", "dataLayer[]", "googletag.cmd[]": names with dots between them, then what it is. */
static bool stub_is_good(struct cnil_str stub)
{
    struct cnil_str path = cnil_str_slice(stub, 0, stub.len < 2 ? 0 : stub.len - 2), name;

    if (!cnil_str_ends_with(stub, CNIL_STR("()")) && !cnil_str_ends_with(stub, CNIL_STR("[]")))
        return false;
    do {
        name = cnil_str_cut(&path, '.');
        if (name.len == 0 || cnil_is_digit(name.ptr[0]))
            return false;
        for (size_t i = 0; i < name.len; i++)
            if (!cnil_is_alpha(name.ptr[i]) && !cnil_is_digit(name.ptr[i]) && name.ptr[i] != '_' && name.ptr[i] != '$')
                return false;
    } while (path.ptr != NULL);
    return !cnil_str_starts_with(stub, CNIL_STR("__proto__"));
}

static bool container_is_good(struct cnil_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!cnil_is_alpha(name.ptr[i]) && !cnil_is_digit(name.ptr[i]) && name.ptr[i] != '-' && name.ptr[i] != '_')
            return false;
    return true;
}

/* Strings; `otherwise` is said of one that is not good. */
static void read_names(struct cnil_reader *reader, const struct cnil_node *node, const struct cnil_str **list,
                       size_t *count, bool (*is_good)(struct cnil_str name), const char *otherwise)
{
    struct cnil_str *names;

    if (!cnil_reader_array(reader, node))
        return;
    names = cnil_reader_array_of(reader, *count + list_size(node), sizeof(*names));
    if (names == NULL)
        return;
    if (*count > 0)
        memcpy(names, *list, *count * sizeof(*names));
    *list = names;
    for (size_t i = 0; i < list_size(node); i++) {
        struct cnil_node item = cnil_reader_item(node, i);

        if (!cnil_reader_text(reader, &item, &names[*count]))
            continue;
        if (is_good(names[*count]))
            (*count)++;
        else
            cnil_reader_mistake(reader, &item, "%s", otherwise);
    }
}

/* ---- one service ---- */

static void read_country(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *out)
{
    struct cnil_str text;

    if (!cnil_reader_text(reader, node, &text))
        return;
    if (text.len != 2 || text.ptr[0] < 'A' || text.ptr[0] > 'Z' || text.ptr[1] < 'A' || text.ptr[1] > 'Z')
        cnil_reader_mistake(reader, node, "must be a country of two capital letters (ISO 3166-1), like \"FR\"");
    else
        *out = text;
}

static void read_purpose_keys(struct cnil_reader *reader, const struct cnil_node *node,
                              const struct cnil_policy *policy, struct cnil_service *service)
{
    struct cnil_node one, several;
    bool has_one = cnil_reader_member(node, "purpose", &one);
    bool has_several = cnil_reader_member(node, "purposes", &several);

    if (has_one && has_several) {
        cnil_reader_key_mistake(reader, &several, "give \"purpose\" or \"purposes\", not both");
    } else if (has_one && !json_is_string(one.json)) {
        cnil_reader_mistake(reader, &one, "must be one purpose; for several there is \"purposes\"");
    } else if (has_several && !json_is_array(several.json)) {
        cnil_reader_mistake(reader, &several, "must be an array; for one there is \"purpose\"");
    } else if (has_one || has_several) {
        cnil_service_reader_purposes(reader, has_one ? &one : &several, policy, &service->purposes);
    }
}

/* What policy and catalogue write in the same way. */
void cnil_service_reader_facts(struct cnil_reader *reader, const struct cnil_node *node, bool declared,
                               const struct cnil_policy *policy, struct cnil_service *service)
{
    struct cnil_node member;

    if (cnil_reader_member(node, "name", &member))
        cnil_reader_text(reader, &member, &service->name);
    if (cnil_reader_member(node, "controller", &member))
        cnil_reader_text(reader, &member, &service->controller);
    if (cnil_reader_member(node, "country", &member))
        read_country(reader, &member, &service->country);
    if (cnil_reader_member(node, "privacy", &member))
        cnil_reader_url(reader, &member, true, &service->privacy);
    if (cnil_reader_member(node, "hosts", &member))
        read_hosts(reader, &member, declared, service);
    if (cnil_reader_member(node, "cookies", &member))
        read_cookies(reader, &member, declared, service);
    if (cnil_reader_member(node, "signatures", &member))
        read_signatures(reader, &member, service);
    if (cnil_reader_member(node, "stubs", &member))
        read_names(reader, &member, &service->stubs, &service->stub_count, stub_is_good,
                   "a stub is a function like \"ga()\" or an array like \"dataLayer[]\"");
    if (cnil_reader_member(node, "containers", &member))
        read_names(reader, &member, &service->containers, &service->container_count, container_is_good,
                   "must be one class, of letters, digits, \"-\" and \"_\"");
    read_purpose_keys(reader, node, policy, service);
}

/* ---- the containers of all of them ---- */

static int compare_containers(const void *a, const void *b)
{
    const struct cnil_container *left = a, *right = b;

    return cnil_str_compare(left->class_name, right->class_name);
}

void cnil_service_reader_containers(struct cnil_reader *reader, const struct cnil_node *node,
                                    const struct cnil_service *services, size_t count,
                                    struct cnil_container_index *index)
{
    struct cnil_container *list;
    size_t most = 0;

    *index = (struct cnil_container_index){ .count = 0 };
    for (size_t i = 0; i < count; i++)
        most += services[i].container_count;
    if (most == 0)
        return;
    list = cnil_reader_array_of(reader, most, sizeof(*list));
    if (list == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < services[i].container_count; j++) {
            list[index->count++] = (struct cnil_container){ services[i].containers[j], (unsigned)i };
            index->kinds |= cnil_container_kind(services[i].containers[j]);
        }
    }
    qsort(list, index->count, sizeof(*list), compare_containers);
    for (size_t i = 1; i < index->count; i++)
        if (cnil_str_equal(list[i].class_name, list[i - 1].class_name))
            cnil_reader_mistake(reader, node, "one class, one service: \"%s\" is a container twice",
                                list[i].class_name.ptr);
    index->list = list;
}

/* ---- ids ---- */

bool cnil_service_reader_id_is_good(struct cnil_str id)
{
    if (id.len == 0 || id.len > 64 || id.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!((id.ptr[i] >= 'a' && id.ptr[i] <= 'z') || cnil_is_digit(id.ptr[i]) || id.ptr[i] == '-'))
            return false;
    return true;
}

/* Tells a service that lacks `key`. */
static void need(struct cnil_reader *reader, const struct cnil_node *node, const char *key, bool there)
{
    struct cnil_node member;

    if (!there && !cnil_reader_member(node, key, &member)) /* one that is there but wrong was told already */
        cnil_reader_key_mistake(reader, node, "a service needs a \"%s\"", key);
}

void cnil_service_reader_need(struct cnil_reader *reader, const struct cnil_node *node,
                              const struct cnil_service *service)
{
    struct cnil_node member;

    need(reader, node, "name", service->name.len > 0);
    need(reader, node, "controller", service->controller.len > 0);
    need(reader, node, "purpose", service->purposes != 0 || cnil_reader_member(node, "purposes", &member));
    if (!cnil_reader_member(node, "hosts", &member) && !cnil_reader_member(node, "cookies", &member) &&
        !cnil_reader_member(node, "signatures", &member))
        cnil_reader_key_mistake(reader, node, "a service needs a host, a cookie or a signature to be known by");
}

struct cnil_service *cnil_service_reader_find(struct cnil_service *services, size_t count, struct cnil_str id)
{
    for (size_t i = 0; i < count; i++)
        if (cnil_str_equal(services[i].id, id))
            return &services[i];
    return NULL;
}
