/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/config.h"

#include "base/arena.h"
#include "base/hash.h"
#include "audit/chain.h"
#include "consent/key.h"
#include "exchange/witness.h"
#include "policy/shelf.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONFIG_ARENA_LIMIT = 16 * 1024 * 1024 };

struct entry {
    struct entry *next;
    struct cnil_str path; /* empty: the built-in policy */
    struct cnil_policy *policy;
    struct cnil_key key, old_key;
    bool has_key, has_old_key;
    size_t log;              /* index */
    const struct log *proof; /* NULL: none was opened */
    size_t proof_log;        /* its index */
    struct cnil_digest archived;
    bool is_counted; /* it has a place in the table of statistics */
    size_t site;
};

struct log {
    struct log *next;
    struct cnil_str file;     /* as the policy names it; empty: that of the state directory */
    struct cnil_chain *chain; /* of a log of choices */
};

struct cnil_config {
    struct cnil_arena *arena;
    struct cnil_shelf *shelf; /* of filter lists */
    struct entry *entries;
    struct log *logs;
    struct cnil_statistics *statistics; /* NULL: nothing is counted */
};

struct cnil_config *cnil_config_new(void)
{
    struct cnil_config *config = calloc(1, sizeof(*config));

    if (config == NULL)
        return NULL;
    config->arena = cnil_arena_new(CONFIG_ARENA_LIMIT);
    config->shelf = cnil_shelf_new();
    if (config->arena == NULL || config->shelf == NULL) {
        cnil_config_free(config);
        return NULL;
    }
    return config;
}

void cnil_config_free(struct cnil_config *config)
{
    if (config == NULL)
        return;
    for (struct entry *entry = config->entries; entry != NULL; entry = entry->next) {
        OPENSSL_cleanse(&entry->key, sizeof(entry->key));
        OPENSSL_cleanse(&entry->old_key, sizeof(entry->old_key));
        cnil_policy_free(entry->policy);
    }
    for (struct log *log = config->logs; log != NULL; log = log->next)
        cnil_chain_free(log->chain);
    cnil_shelf_free(config->shelf);
    cnil_arena_free(config->arena);
    free(config);
}

/* The log of `file` and its index, appended when it is new; NULL without memory. */
static struct log *find_log(struct cnil_config *config, struct cnil_str file, size_t *index)
{
    struct log **link = &config->logs;

    for (*index = 0; *link != NULL; link = &(*link)->next, (*index)++) {
        if (cnil_str_equal((*link)->file, file))
            return *link;
    }
    *link = cnil_arena_alloc(config->arena, sizeof(**link));
    if (*link != NULL)
        (*link)->file = file;
    return *link;
}

/* A place each in the table of statistics. */
static bool has_room_to_count(const struct cnil_config *config, const struct entry *added, struct cnil_errors *errors)
{
    size_t count = 1;

    for (const struct entry *entry = config->entries; entry != NULL; entry = entry->next)
        count += entry->policy->statistics.enabled;
    if (!added->policy->statistics.enabled || count <= CNIL_LIMIT_STATISTICS_SITES)
        return true;
    cnil_errors_add(errors, added->path.ptr, 0, 0, "/statistics/enabled",
                    "at most %d policies of one server may keep statistics", CNIL_LIMIT_STATISTICS_SITES);
    return false;
}

const struct cnil_policy *cnil_config_policy(struct cnil_config *config, const char *path, struct cnil_errors *errors)
{
    struct cnil_str name = cnil_str_from(path);
    struct entry **link = &config->entries;
    struct entry *entry;

    for (; *link != NULL; link = &(*link)->next) {
        if (cnil_str_equal((*link)->path, name))
            return (*link)->policy;
    }
    entry = cnil_arena_alloc(config->arena, sizeof(*entry));
    if (entry == NULL)
        return NULL;
    entry->path = cnil_arena_copy(config->arena, name);
    entry->policy = entry->path.ptr != NULL ? cnil_policy_load_with(path, config->shelf, errors) : NULL;
    if (entry->policy == NULL)
        return NULL;
    if (!has_room_to_count(config, entry, errors) || find_log(config, entry->policy->log_file, &entry->log) == NULL) {
        cnil_policy_free(entry->policy);
        return NULL;
    }
    *link = entry;
    return entry->policy;
}

static enum cnil_status make_directory(struct cnil_config *config, struct cnil_str path, struct cnil_errors *errors)
{
    struct cnil_str copy = cnil_arena_copy(config->arena, path);
    char *text = (char *)(uintptr_t)copy.ptr;

    if (text == NULL)
        return CNIL_NO_MEMORY;
    for (size_t at = 1; at <= copy.len; at++) {
        char kept = text[at];

        if (kept != '/' && kept != '\0')
            continue;
        text[at] = '\0';
        if (mkdir(text, 0755) != 0 && errno != EEXIST) {
            cnil_errors_add(errors, text, 0, 0, NULL, "the state directory cannot be made: %s", strerror(errno));
            return CNIL_IO;
        }
        text[at] = kept;
    }
    return CNIL_OK;
}

/* A configuration test: what is there must be right, what is missing or another user's is not its business. */
static enum cnil_status look_at_key(const char *path, struct cnil_key *key, bool *found, struct cnil_errors *errors)
{
    enum cnil_status status;

    *found = false;
    if (access(path, R_OK) != 0)
        return CNIL_OK;
    status = cnil_key_load(path, key, errors);
    *found = status == CNIL_OK;
    return status;
}

static enum cnil_status open_key(struct cnil_config *config, struct entry *entry, const char *state_key, bool create,
                                 struct cnil_errors *errors)
{
    struct cnil_str named = entry->policy->key_file;
    struct cnil_str path = named.len > 0 ? cnil_arena_copy(config->arena, named) : cnil_str_from(state_key);
    enum cnil_status status;

    if (path.ptr == NULL)
        return CNIL_NO_MEMORY;
    if (!create)
        return look_at_key(path.ptr, &entry->key, &entry->has_key, errors);
    /* A key that several servers share is put there by hand: making one here would part them. */
    status =
        named.len > 0 ? cnil_key_load(path.ptr, &entry->key, errors) : cnil_key_ensure(path.ptr, &entry->key, errors);
    entry->has_key = status == CNIL_OK;
    return status;
}

/* The key of before a rotation. It need not be there any more. */
static enum cnil_status open_old_key(struct cnil_config *config, struct entry *entry, struct cnil_errors *errors)
{
    struct cnil_str named = entry->policy->old_key_file, path;
    enum cnil_status status;

    if (named.len == 0)
        return CNIL_OK;
    path = cnil_arena_copy(config->arena, named);
    if (path.ptr == NULL)
        return CNIL_NO_MEMORY;
    status = look_at_key(path.ptr, &entry->old_key, &entry->has_old_key, errors);
    entry->key.previous = entry->has_old_key ? &entry->old_key : NULL;
    return status;
}

enum cnil_status cnil_config_open_state(struct cnil_config *config, const char *state_dir, bool create,
                                        struct cnil_errors *errors)
{
    struct cnil_str state_key = cnil_arena_print(config->arena, "%s/key", state_dir);
    enum cnil_status status = CNIL_OK, worst = CNIL_OK;

    if (state_key.ptr == NULL)
        return CNIL_NO_MEMORY;
    if (create)
        status = make_directory(config, cnil_str_from(state_dir), errors);
    if (status != CNIL_OK)
        return status;
    for (struct entry *entry = config->entries; entry != NULL; entry = entry->next) {
        status = open_key(config, entry, state_key.ptr, create, errors);
        if (status == CNIL_OK)
            status = open_old_key(config, entry, errors);
        if (status != CNIL_OK)
            worst = status;
    }
    return worst;
}

/* Archives what the log of choices will name of this policy, and begins the log. */
static enum cnil_status open_proof(struct cnil_config *config, struct entry *entry, const char *state_dir, bool create,
                                   struct cnil_errors *errors)
{
    const struct cnil_policy *policy = entry->policy;
    struct cnil_str directory = policy->proof.directory.len > 0
                                    ? cnil_arena_copy(config->arena, policy->proof.directory)
                                    : cnil_arena_print(config->arena, "%s/proof", state_dir);
    struct cnil_str archive = cnil_arena_print(config->arena, "%s/archive", directory.ptr != NULL ? directory.ptr : "");
    struct cnil_str file =
        cnil_arena_print(config->arena, "%s/choices.jsonl", directory.ptr != NULL ? directory.ptr : "");
    enum cnil_status status = cnil_witness_name_policy(policy, &entry->archived);
    struct log *log;

    if (directory.ptr == NULL || archive.ptr == NULL || file.ptr == NULL || status != CNIL_OK)
        return CNIL_NO_MEMORY;
    log = find_log(config, file, &entry->proof_log);
    if (log != NULL && log->chain == NULL)
        log->chain = cnil_chain_new();
    if (log == NULL || log->chain == NULL)
        return CNIL_NO_MEMORY;
    entry->proof = log;
    if (!create)
        return CNIL_OK;
    status = make_directory(config, archive, errors);
    return status == CNIL_OK ? cnil_witness_archive(policy, archive.ptr, errors) : status;
}

void cnil_config_open_proof(struct cnil_config *config, const char *state_dir, bool create, struct cnil_errors *errors)
{
    for (struct entry *entry = config->entries; entry != NULL; entry = entry->next)
        if (entry->policy->proof.enabled && entry->policy->mode == CNIL_MODE_ENFORCE &&
            open_proof(config, entry, state_dir, create, errors) == CNIL_NO_MEMORY)
            cnil_errors_add(errors, state_dir, 0, 0, NULL, "not enough memory for the log of choices");
}

const char *cnil_config_log(struct cnil_config *config, const char *state_dir, size_t index)
{
    const struct log *log = config->logs;

    for (; log != NULL && index > 0; index--)
        log = log->next;
    if (log == NULL)
        return NULL;
    if (log->file.len > 0)
        return cnil_arena_copy(config->arena, log->file).ptr;
    return cnil_arena_print(config->arena, "%s/events.jsonl", state_dir).ptr;
}

static const struct entry *find(const struct cnil_config *config, const struct cnil_policy *policy)
{
    for (const struct entry *entry = config->entries; entry != NULL; entry = entry->next) {
        if (entry->policy == policy)
            return entry;
    }
    return NULL;
}

const struct cnil_key *cnil_config_key(const struct cnil_config *config, const struct cnil_policy *policy)
{
    const struct entry *entry = find(config, policy);

    return entry != NULL && entry->has_key ? &entry->key : NULL;
}

size_t cnil_config_log_index(const struct cnil_config *config, const struct cnil_policy *policy)
{
    const struct entry *entry = find(config, policy);

    return entry != NULL ? entry->log : 0;
}

struct cnil_chain *cnil_config_chain(const struct cnil_config *config, const struct cnil_policy *policy, size_t *log,
                                     const struct cnil_digest **archived)
{
    const struct entry *entry = find(config, policy);

    if (entry == NULL || entry->proof == NULL)
        return NULL;
    *log = entry->proof_log;
    *archived = &entry->archived;
    return entry->proof->chain;
}

/* ---- statistics ---- */

size_t cnil_config_statistics_size(const struct cnil_config *config)
{
    for (const struct entry *entry = config->entries; entry != NULL; entry = entry->next)
        if (entry->policy->statistics.enabled)
            return cnil_statistics_size();
    return 0;
}

static uint64_t hash_on(uint64_t hash, struct cnil_str text) /* with an end */
{
    return cnil_hash_roll(cnil_hash_bytes(hash, text.ptr, text.len), '\xff');
}

/* What lines can be told apart by: policies of one log and one name count together, and a reload that brings the policy
 * from another file goes on with its numbers. */
static uint64_t id_of(const struct cnil_policy *policy)
{
    return hash_on(hash_on(CNIL_HASH_SEED, policy->log_file), policy->site_name) | 1;
}

static enum cnil_status take_site(struct cnil_config *config, struct entry *entry)
{
    enum cnil_status status = cnil_statistics_site(config->statistics, id_of(entry->policy), &entry->site);
    uint64_t ids[CNIL_LIMIT_STATISTICS_SITES];
    size_t count = 0;

    if (status == CNIL_TOO_LARGE) { /* names of earlier configurations are in the way */
        for (const struct entry *other = config->entries; other != NULL; other = other->next)
            if (other->policy->statistics.enabled)
                ids[count++] = id_of(other->policy);
        cnil_statistics_keep(config->statistics, ids, count);
        status = cnil_statistics_site(config->statistics, id_of(entry->policy), &entry->site);
    }
    entry->is_counted = status == CNIL_OK;
    return status;
}

enum cnil_status cnil_config_open_statistics(struct cnil_config *config, void *memory, size_t size, int64_t now)
{
    enum cnil_status status = cnil_statistics_attach(memory, size, now, &config->statistics);

    for (struct entry *entry = config->entries; entry != NULL && status == CNIL_OK; entry = entry->next)
        if (entry->policy->statistics.enabled)
            status = take_site(config, entry);
    return status;
}

struct cnil_statistics *cnil_config_statistics(const struct cnil_config *config, const struct cnil_policy *policy,
                                               size_t *site)
{
    const struct entry *entry = config->statistics != NULL ? find(config, policy) : NULL;

    if (entry == NULL || !entry->is_counted)
        return NULL;
    *site = entry->site;
    return config->statistics;
}

struct call {
    const struct cnil_server *server;
    void *data;
    size_t log;
};

static bool append_statistics(void *data, struct cnil_str lines)
{
    const struct call *call = data;

    return call->server->record != NULL && call->server->record(call->data, call->log, lines, false);
}

static void complain(const struct call *call, struct cnil_str text)
{
    call->server->diagnose(call->data, CNIL_SEVERITY_ERROR, text);
}

/* False: something could not be written. */
static bool write_statistics(const struct cnil_config *config, struct call *call, int64_t now, bool unfinished)
{
    bool good = true;

    for (const struct entry *entry = config->entries; entry != NULL; entry = entry->next) {
        struct cnil_statistics_report report = { .site = entry->site,
                                                 .name = entry->policy->site_name,
                                                 .least = entry->policy->statistics.least,
                                                 .now = now,
                                                 .unfinished = unfinished };

        call->log = entry->log;
        if (entry->is_counted && cnil_statistics_write(config->statistics, &report, append_statistics, call) != CNIL_OK)
            good = false;
    }
    if (!good)
        complain(call, CNIL_STR("statistics could not be written to the log of events"));
    return good;
}

void cnil_config_write_statistics(const struct cnil_config *config, const struct cnil_server *server, void *data)
{
    struct call call = { .server = server, .data = data };
    int64_t now = server->now(data);
    uint64_t key = cnil_statistics_is_due(config->statistics, now) ? cnil_statistics_lock(config->statistics, now) : 0;

    if (key == 0)
        return;
    if (cnil_statistics_turn(config->statistics, now, !write_statistics(config, &call, now, false)))
        complain(&call, CNIL_STR("statistics of a day are lost: they could not be written to the log of events"));
    cnil_statistics_unlock(config->statistics, key);
}

void cnil_config_close_statistics(struct cnil_config *config, const struct cnil_server *server, void *data)
{
    struct call call = { .server = server, .data = data };

    if (config->statistics != NULL)
        (void)write_statistics(config, &call, server->now(data), true);
}
