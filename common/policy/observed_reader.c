/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE /* fdopen, O_CLOEXEC, timegm */
#include "policy/observed_reader.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "policy/known_domain.h"
#include "policy/observed.h"
#include "web/domain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- the file ---- */

/* NULL, or what is wrong. */
static const char *read_file(const char *path, struct cnil_buffer *text)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for its writer */
    FILE *file = descriptor != -1 ? fdopen(descriptor, "rb") : NULL;
    const char *wrong = NULL;
    char bytes[16384];
    size_t len;

    if (file == NULL) {
        wrong = strerror(errno);
        if (descriptor != -1)
            close(descriptor);
        return wrong;
    }
    while (cnil_buffer_status(text) == CNIL_OK && (len = fread(bytes, 1, sizeof(bytes), file)) > 0)
        cnil_buffer_append(text, (struct cnil_str){ bytes, len });
    if (ferror(file) != 0)
        wrong = "cannot be read";
    else if (cnil_buffer_status(text) == CNIL_TOO_LARGE)
        wrong = "is too long";
    fclose(file);
    return wrong;
}

/* ---- what it says ---- */

static cnil_purposes purposes_of(const struct cnil_known_domain *known, const struct cnil_policy *policy)
{
    struct cnil_str id = cnil_known_purpose(known->category);
    cnil_purposes purposes = 0;

    for (size_t i = 0; i < policy->purpose_count; i++)
        if (cnil_str_equal(id, CNIL_STR("*")) || cnil_str_equal(id, policy->purposes[i].id))
            purposes |= (cnil_purposes)1 << i;
    return purposes;
}

/* The service that this host is one of, by the policy as it is now. */
static const struct cnil_service *service_of(const struct cnil_policy *policy, struct cnil_str host)
{
    for (size_t i = 0; i < policy->service_count; i++)
        for (size_t j = 0; j < policy->services[i].host_count; j++)
            if (policy->services[i].hosts[j].path.len == 0 &&
                cnil_domain_within(host, policy->services[i].hosts[j].host))
                return &policy->services[i];
    return NULL;
}

static bool is_plain(struct cnil_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] <= ' ' || (unsigned char)name.ptr[i] >= 0x7f)
            return false;
    return name.len > 0 && name.len <= CNIL_LIMIT_HOST;
}

/* The next name of a member of `object`, copied; false at the end. */
static bool next_name(struct cnil_reader *reader, const struct cnil_node *object, void **iterator,
                      struct cnil_str *name)
{
    static const char *const keys[] = { "first", "last", "count", NULL };
    struct cnil_node member;

    while (cnil_reader_next(object, iterator, &member)) {
        *name = cnil_str_from(member.key);
        if (!cnil_reader_object(reader, &member, keys))
            continue;
        if (!is_plain(*name)) {
            cnil_reader_key_mistake(reader, &member, "is no name that \"cnil observe\" writes");
            continue;
        }
        *name = cnil_arena_copy(reader->arena, *name);
        reader->no_memory = reader->no_memory || name->ptr == NULL;
        return !reader->no_memory;
    }
    return false;
}

/* An object of at most so many members; false: absent or wrong. */
static bool list(struct cnil_reader *reader, const struct cnil_node *root, const char *key, struct cnil_node *node)
{
    if (!cnil_reader_member(root, key, node) || !cnil_reader_object(reader, node, NULL))
        return false;
    if (json_object_size(node->json) <= CNIL_LIMIT_OBSERVED)
        return true;
    cnil_reader_mistake(reader, node, "has more than %d members", CNIL_LIMIT_OBSERVED);
    return false;
}

static bool take_digits(struct cnil_str *text, size_t count, int *number)
{
    *number = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == text->len || !cnil_is_digit(text->ptr[i]))
            return false;
        *number = 10 * *number + (text->ptr[i] - '0');
    }
    *text = cnil_str_slice(*text, count, text->len);
    return true;
}

/* "2026-11-24", and there is such a day. */
static bool read_day(struct cnil_str text, int64_t *seconds)
{
    struct tm day = { 0 }, kept;

    if (text.len != 10 || !take_digits(&text, 4, &day.tm_year) || cnil_str_cut(&text, '-').len != 0 ||
        !take_digits(&text, 2, &day.tm_mon) || cnil_str_cut(&text, '-').len != 0 ||
        !take_digits(&text, 2, &day.tm_mday))
        return false;
    day.tm_year -= 1900;
    day.tm_mon--;
    kept = day;
    *seconds = timegm(&day);
    return *seconds > 0 && day.tm_mon == kept.tm_mon && day.tm_mday == kept.tm_mday;
}

/* 0: it does not say, as before anything was seen. */
static int64_t day_of(struct cnil_reader *reader, const struct cnil_node *root, const char *key)
{
    struct cnil_node node;
    struct cnil_str text;
    int64_t seconds = 0;

    if (!cnil_reader_member(root, key, &node) || !cnil_reader_text(reader, &node, &text) || read_day(text, &seconds))
        return seconds;
    cnil_reader_mistake(reader, &node, "is no day, as in \"2026-11-24\"");
    return 0;
}

static void add_host(struct cnil_str name, const struct cnil_rules *rules, const struct cnil_policy *policy, bool *seen,
                     struct cnil_observed_host *hosts, size_t *count)
{
    const struct cnil_service *service = service_of(policy, name);
    struct cnil_observed_host *host = &hosts[*count];
    struct cnil_known_domain known;

    if (service != NULL)
        seen[service - policy->services] = true;
    if (service != NULL || cnil_policy_is_first_party(policy, name))
        return;
    *host = (struct cnil_observed_host){ .host = name };
    if (cnil_known_domain_find(name, &known)) {
        host->entity = known.entity;
        host->purposes = rules->hold_known ? purposes_of(&known, policy) : 0;
    } else if (rules->hold_unknown) {
        host->purposes = rules->unknown_purposes;
    }
    (*count)++;
}

static int by_name(const void *left, const void *right)
{
    return cnil_str_compare(((const struct cnil_observed_host *)left)->host,
                            ((const struct cnil_observed_host *)right)->host);
}

static void read_lists(struct cnil_reader *reader, const struct cnil_node *root, const struct cnil_rules *rules,
                       const struct cnil_policy *policy, struct cnil_observed *observed)
{
    static const char *const keys[] = { "from", "to", "services", "hosts", "cookies", NULL };
    bool *seen = cnil_reader_array_of(reader, policy->service_count, sizeof(*seen));
    struct cnil_observed_host *hosts = cnil_reader_array_of(reader, CNIL_LIMIT_OBSERVED, sizeof(*hosts));
    struct cnil_str *cookies = cnil_reader_array_of(reader, CNIL_LIMIT_OBSERVED, sizeof(*cookies)), name;
    struct cnil_node node;
    void *iterator = NULL;

    observed->services = seen;
    observed->hosts = hosts;
    observed->cookies = cookies;
    if (reader->no_memory || !cnil_reader_object(reader, root, keys))
        return;
    observed->from = day_of(reader, root, "from");
    observed->to = day_of(reader, root, "to");
    if (list(reader, root, "services", &node))
        while (next_name(reader, &node, &iterator, &name))
            for (size_t i = 0; i < policy->service_count;
                 i++) /* one that a release or the policy has dropped is none */
                seen[i] = seen[i] || cnil_str_equal(policy->services[i].id, name);
    iterator = NULL;
    if (list(reader, root, "hosts", &node))
        while (next_name(reader, &node, &iterator, &name))
            add_host(name, rules, policy, seen, hosts, &observed->host_count);
    iterator = NULL;
    if (list(reader, root, "cookies", &node))
        while (next_name(reader, &node, &iterator, &name))
            cookies[observed->cookie_count++] = name;
    if (observed->host_count > 1)
        qsort(hosts, observed->host_count, sizeof(*hosts), by_name);
    for (size_t i = 0; i < policy->service_count; i++)
        observed->asking += seen[i] && cnil_service_asks(&policy->services[i]);
    for (size_t i = 0; i < observed->host_count; i++)
        observed->asking += hosts[i].purposes != 0;
}

/* The file is read as a policy is; each mistake in it is one of the value that names it. */
static void read_text(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str path,
                      struct cnil_str text, const struct cnil_rules *rules, const struct cnil_policy *policy,
                      struct cnil_observed *observed)
{
    struct cnil_errors errors;
    struct cnil_reader own = { .text = text, .file = path.ptr, .errors = &errors, .arena = reader->arena };
    json_t *json;

    cnil_errors_init(&errors);
    json = cnil_reader_parse(&own);
    if (json != NULL)
        read_lists(&own, &(struct cnil_node){ .json = json }, rules, policy, observed);
    json_decref(json);
    for (size_t i = 0; i < errors.count; i++) {
        const char *pointer = errors.list[i].pointer != NULL ? errors.list[i].pointer : "";

        cnil_reader_mistake(reader, node, "\"%s\", line %u: %s%s%s", path.ptr, errors.list[i].line, pointer,
                            *pointer != '\0' ? ": " : "", errors.list[i].sentence);
    }
    reader->no_memory = reader->no_memory || own.no_memory || (own.mistaken && errors.count == 0);
    cnil_errors_free(&errors);
}

void cnil_observed_reader_read(struct cnil_reader *reader, const struct cnil_node *root, const struct cnil_rules *rules,
                               struct cnil_policy *policy)
{
    struct cnil_observed *observed;
    struct cnil_node site, node;
    struct cnil_buffer text;
    struct cnil_str path;
    const char *wrong;

    if (!cnil_reader_member(root, "site", &site) || !cnil_reader_member(&site, "observed", &node) ||
        !cnil_reader_file(reader, &node, &path))
        return;
    observed = cnil_reader_array_of(reader, 1, sizeof(*observed));
    if (observed == NULL)
        return;
    policy->observed = observed;
    cnil_buffer_init(&text, CNIL_LIMIT_OBSERVED_FILE);
    wrong = read_file(path.ptr, &text);
    if (wrong != NULL)
        cnil_reader_mistake(reader, &node, "\"%s\" %s", path.ptr, wrong);
    else if (cnil_buffer_status(&text) != CNIL_OK ||
             cnil_digest_of(cnil_buffer_str(&text), &observed->digest) != CNIL_OK)
        reader->no_memory = true;
    else
        read_text(reader, &node, path, cnil_buffer_str(&text), rules, policy, observed);
    cnil_buffer_free(&text);
}
