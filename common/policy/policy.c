/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include "base/limits.h"
#include "base/version.h"
#include "policy/built_in.h"
#include "policy/catalogue.h"
#include "policy/listed.h"
#include "policy/matcher.h"
#include "policy/observed.h"
#include "policy/observed_reader.h"
#include "policy/section.h"
#include "policy/service_reader.h"
#include "web/domain.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- digests ---- */

static bool hash_part(EVP_MD_CTX *context, struct cnil_str part)
{
    uint64_t len = part.len;
    unsigned char size[8]; /* in front of each part, so that no two lists of parts look alike */

    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)(len >> (56 - 8 * i));
    return EVP_DigestUpdate(context, size, sizeof(size)) == 1 && EVP_DigestUpdate(context, part.ptr, part.len) == 1;
}

static bool compute_digest(struct cnil_policy *policy, struct cnil_str text, const struct cnil_rules *rules)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct cnil_str built_in = { (const char *)cnil_built_in.digest, sizeof(cnil_built_in.digest) };
    bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 && hash_part(context, text) &&
                hash_part(context, built_in) && hash_part(context, CNIL_STR(CNIL_VERSION));

    for (size_t i = 0; i < rules->list_count && good; i++)
        good = hash_part(context, cnil_filter_list_digest(rules->lists[i].list));
    if (policy->observed != NULL)
        good = good && hash_part(context, cnil_digest_str(&policy->observed->digest));
    good = good && EVP_DigestFinal_ex(context, policy->digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

static int by_bytes(const void *left, const void *right)
{
    return cnil_str_compare(*(const struct cnil_str *)left, *(const struct cnil_str *)right);
}

/* One line per declared service: what the policy itself says of who it is. What it leaves to the catalogue is not asked
 * again at every release. */
static struct cnil_str declared_line(struct cnil_reader *reader, const struct cnil_node *service)
{
    struct cnil_node member;
    const char *controller = "";

    if (cnil_reader_member(service, "controller", &member) && json_is_string(member.json))
        controller = json_string_value(member.json);
    return cnil_arena_print(reader->arena, "service %s\t%s", service->key, controller);
}

/* What the policy itself says a service is for: one line a purpose, none where that is left to the catalogue. */
static size_t purpose_lines(struct cnil_reader *reader, const struct cnil_node *service,
                            const struct cnil_policy *policy, struct cnil_str *lines)
{
    cnil_purposes purposes = 0;
    struct cnil_node member;
    size_t count = 0;

    if (cnil_reader_member(service, "purpose", &member) || cnil_reader_member(service, "purposes", &member))
        (void)cnil_service_reader_purposes(reader, &member, policy, &purposes);
    for (size_t i = 0; i < policy->purpose_count; i++)
        if ((purposes >> i & 1) != 0)
            lines[count++] = cnil_arena_print(reader->arena, "for %.*s\t%s", (int)policy->purposes[i].id.len,
                                              policy->purposes[i].id.ptr, service->key);
    return count;
}

/* Of the purposes, the declared services with their controllers and purposes, and the hosts that were seen and that
 * consent is asked for though nobody knows them, whatever their order in the files. */
static bool compute_consent_hash(struct cnil_reader *reader, const struct cnil_node *services,
                                 struct cnil_policy *policy)
{
    const struct cnil_observed *observed = policy->observed;
    size_t service_count = services != NULL ? json_object_size(services->json) : 0;
    size_t count = 0, room = policy->purpose_count + service_count * (1 + policy->purpose_count) +
                             (observed != NULL ? observed->host_count : 0);
    struct cnil_str *lines = cnil_reader_array_of(reader, room, sizeof(*lines));
    unsigned char digest[32];
    EVP_MD_CTX *context;
    struct cnil_node member;
    void *iterator = NULL;
    bool good;

    if (lines == NULL)
        return false;
    for (size_t i = 0; i < policy->purpose_count; i++)
        lines[count++] = cnil_arena_print(reader->arena, "purpose %.*s", (int)policy->purposes[i].id.len,
                                          policy->purposes[i].id.ptr);
    while (services != NULL && cnil_reader_next(services, &iterator, &member))
        if (!json_is_false(json_object_get(member.json, "enabled")) &&
            json_object_get(member.json, "ground") == NULL) { /* nobody is asked about it */
            lines[count++] = declared_line(reader, &member);
            count += purpose_lines(reader, &member, policy, &lines[count]);
        }
    for (size_t i = 0; observed != NULL && i < observed->host_count; i++)
        if (cnil_observed_is_asked_for(&observed->hosts[i]))
            lines[count++] = cnil_arena_print(reader->arena, "host %.*s", (int)observed->hosts[i].host.len,
                                              observed->hosts[i].host.ptr);
    for (size_t i = 0; i < count; i++)
        if (lines[i].ptr == NULL)
            return false;
    qsort(lines, count, sizeof(*lines), by_bytes);
    context = EVP_MD_CTX_new();
    good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; i < count && good; i++)
        good = hash_part(context, lines[i]);
    good = good && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (good)
        policy->consent_hash =
            (uint32_t)digest[0] << 24 | (uint32_t)digest[1] << 16 | (uint32_t)digest[2] << 8 | digest[3];
    return good;
}

/* ---- loading ---- */

/* What does not live in the arena. */
static void free_rules(struct cnil_rules *rules)
{
    for (size_t i = 0; i < rules->list_count; i++)
        cnil_filter_list_free(rules->lists[i].list);
    for (size_t i = 0; i < rules->pattern_count; i++)
        pcre2_code_free(rules->patterns[i].code);
}

static bool compile(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    struct cnil_rules rules = { 0 };
    struct cnil_node services;
    bool has_services = cnil_reader_member(root, "services", &services);

    cnil_section_defaults(policy);
    cnil_section_general(reader, root, policy);
    cnil_section_consent(reader, root, policy);
    if (policy->purposes == NULL)
        return false;
    cnil_catalogue_read(reader, has_services ? &services : NULL, policy);
    cnil_section_trackers(reader, root, policy, &rules);
    policy->holds_known = rules.hold_known;
    cnil_section_cookies(reader, root, policy, &rules);
    cnil_observed_reader_read(reader, root, &rules, policy);
    if (!reader->mistaken && !reader->no_memory &&
        compute_consent_hash(reader, has_services ? &services : NULL, policy) &&
        compute_digest(policy, reader->text, &rules))
        policy->matcher = cnil_matcher_new(policy->arena, policy, &rules);
    if (policy->matcher == NULL)
        free_rules(&rules);
    return policy->matcher != NULL;
}

static struct cnil_policy *parse(struct cnil_str text, const char *name, struct cnil_shelf *shelf,
                                 struct cnil_errors *errors)
{
    struct cnil_reader reader = { .text = text, .file = name, .errors = errors, .shelf = shelf };
    struct cnil_policy *policy = NULL;
    struct cnil_node root = { 0 };
    json_t *json;

    if (text.len > CNIL_LIMIT_POLICY_FILE) {
        cnil_errors_add(errors, name, 0, 0, NULL, "a policy may have %d bytes at most", CNIL_LIMIT_POLICY_FILE);
        return NULL;
    }
    reader.arena = cnil_arena_new(CNIL_LIMIT_POLICY_ARENA);
    if (reader.arena == NULL)
        return NULL;
    json = cnil_reader_parse(&reader);
    root.json = json;
    if (json != NULL)
        policy = cnil_arena_alloc(reader.arena, sizeof(*policy));
    if (policy != NULL) {
        policy->arena = reader.arena;
        policy->path = cnil_arena_copy(reader.arena, cnil_str_from(name));
        policy->text = cnil_arena_copy(reader.arena, text);
        if (policy->path.ptr == NULL || policy->text.ptr == NULL || !json_is_object(root.json) ||
            !compile(&reader, &root, policy)) {
            if (!json_is_object(root.json))
                cnil_reader_mistake(&reader, &root, "a policy is a JSON object: { ... }");
            policy = NULL;
        }
    }
    json_decref(json);
    cnil_errors_sort(errors);
    if (policy == NULL)
        cnil_arena_free(reader.arena);
    return policy;
}

/* Reads the whole file. False: told in `errors`, or no memory. */
static bool read_file(const char *path, char **bytes, size_t *len, struct cnil_errors *errors)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for its writer */
    struct stat status;
    ssize_t got = 1;

    *bytes = NULL;
    *len = 0;
    if (file < 0 || fstat(file, &status) != 0) {
        cnil_errors_add(errors, path, 0, 0, NULL, "cannot be read: %s", strerror(errno));
    } else if (!S_ISREG(status.st_mode)) {
        cnil_errors_add(errors, path, 0, 0, NULL, "is not a regular file");
    } else if (status.st_size > CNIL_LIMIT_POLICY_FILE) {
        cnil_errors_add(errors, path, 0, 0, NULL, "a policy may have %d bytes at most", CNIL_LIMIT_POLICY_FILE);
    } else if ((*bytes = malloc((size_t)status.st_size + 1)) != NULL) {
        while (*len < (size_t)status.st_size && got > 0) {
            got = read(file, *bytes + *len, (size_t)status.st_size - *len);
            *len += got > 0 ? (size_t)got : 0;
        }
        if (got < 0) {
            cnil_errors_add(errors, path, 0, 0, NULL, "cannot be read: %s", strerror(errno));
            free(*bytes);
            *bytes = NULL;
        }
    }
    if (file >= 0)
        close(file);
    return *bytes != NULL;
}

struct cnil_policy *cnil_policy_load_with(const char *path, struct cnil_shelf *shelf, struct cnil_errors *errors)
{
    struct cnil_policy *policy;
    char *bytes;
    size_t len;

    if (path == NULL)
        return parse(CNIL_STR("{}"), "", shelf, errors);
    if (!read_file(path, &bytes, &len, errors))
        return NULL;
    policy = parse((struct cnil_str){ bytes, len }, path, shelf, errors);
    free(bytes);
    return policy;
}

struct cnil_policy *cnil_policy_load(const char *path, struct cnil_errors *errors)
{
    return cnil_policy_load_with(path, NULL, errors);
}

struct cnil_policy *cnil_policy_parse(struct cnil_str text, const char *name, struct cnil_errors *errors)
{
    return parse(text, name, NULL, errors);
}

const struct cnil_service *cnil_policy_service(const struct cnil_policy *policy, struct cnil_str id)
{
    for (size_t i = 0; i < policy->service_count; i++)
        if (cnil_str_equal(policy->services[i].id, id))
            return &policy->services[i];
    return NULL;
}

bool cnil_policy_is_first_party(const struct cnil_policy *policy, struct cnil_str host)
{
    for (size_t i = 0; i < policy->first_party_host_count; i++)
        if (cnil_domain_within(host, policy->first_party_hosts[i]))
            return true;
    return false;
}

void cnil_policy_free(struct cnil_policy *policy)
{
    if (policy == NULL)
        return;
    cnil_matcher_free(policy->matcher);
    cnil_arena_free(policy->arena); /* `policy` lives in it */
}
