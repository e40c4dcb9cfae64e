/* SPDX-License-Identifier: Apache-2.0
 * A compiled filter list: mapped, checked once, asked for each URL. Immutable, so that threads and workers share it; a
 * question allocates nothing, but for a rule that is an expression. */
#ifndef CNIL_POLICY_FILTER_LIST_H
#define CNIL_POLICY_FILTER_LIST_H

#include "base/errors.h"
#include "base/str.h"
#include "policy/filter_syntax.h"
#include "web/url.h"

#include <stdint.h>

struct cnil_filter_list;

/* Maps the file at `path`. Every offset in it is checked: a damaged file is a mistake told in `errors`, never a crash.
 * The file must not be written to while it is in use: a new one takes its place by rename, as `cnil lists` does.
 * NULL: a mistake was told, or no memory. */
struct cnil_filter_list *cnil_filter_list_load(const char *path, struct cnil_errors *errors);

/* The same from `image`, aligned to 8, which must outlive it; `name` stands for the file's in errors. */
struct cnil_filter_list *cnil_filter_list_open(struct cnil_str image, const char *name, struct cnil_errors *errors);

/* The same list once more: it is there until each one who has it has freed it. Not by two threads at a time. */
struct cnil_filter_list *cnil_filter_list_share(struct cnil_filter_list *list);
void cnil_filter_list_free(struct cnil_filter_list *list); /* NULL is fine */

/* SHA-256 of what it says: of all of the file but its head. */
struct cnil_str cnil_filter_list_digest(const struct cnil_filter_list *list);

/* The lists that it was made of, in order; `index` is below their count. */
struct cnil_filter_source_info {
    struct cnil_str name;
    size_t lines, cosmetic, rules, kept;
    const uint32_t *dropped; /* by enum cnil_filter_drop */
};

size_t cnil_filter_list_source_count(const struct cnil_filter_list *list);
struct cnil_filter_source_info cnil_filter_list_source(const struct cnil_filter_list *list, size_t index);

/* Bytes that questions read, and bytes that only answers read (names and texts of rules). */
size_t cnil_filter_list_hot_size(const struct cnil_filter_list *list);
size_t cnil_filter_list_cold_size(const struct cnil_filter_list *list);

enum { CNIL_FILTER_LABELS = 12 }; /* of a host; what stands before the last ones is not looked at */

struct cnil_filter_page {               /* what domain= is about: set up once per document */
    struct cnil_str host;               /* without trailing dot; empty: none */
    uint64_t hosts[CNIL_FILTER_LABELS]; /* hashes of it and the hosts above it */
    uint64_t names[CNIL_FILTER_LABELS]; /* the same without its public suffix */
    size_t host_count, name_count;
};

/* `host`: of the page, which must live as long; `site`: its registrable domain, empty where it has none. */
void cnil_filter_page_init(struct cnil_filter_page *page, struct cnil_str host, struct cnil_str site);

struct cnil_filter_request {
    const struct cnil_filter_page *page;
    struct cnil_str url;             /* serialised, without its fragment */
    size_t host, host_end, host_len; /* where the host stands in it, with a trailing dot; its length without that dot */
    unsigned types;                  /* a set of enum cnil_filter_type: a rule for one of them counts */
    bool third_party;
    bool spare_own; /* a rule for a whole host does not count on pages of that host */
};

/* `url` must have a host. Types and party are the caller's to fill in. */
void cnil_filter_request_init(struct cnil_filter_request *request, const struct cnil_filter_page *page,
                              const struct cnil_url *url);

enum cnil_filter_scope {
    CNIL_FILTER_OF_HOST = 1,    /* rules for a host, or for a path of it */
    CNIL_FILTER_OF_PATTERN = 2, /* all others */
    CNIL_FILTER_WHOLE_HOST = 4  /* of CNIL_FILTER_OF_HOST those that hold whatever the path; excludes the other two */
};

enum cnil_filter_result { CNIL_FILTER_NONE, CNIL_FILTER_BLOCKED, CNIL_FILTER_EXCEPTED };

struct cnil_filter_match {
    uint32_t sources;     /* bit i: a rule of source i blocks */
    struct cnil_str text; /* the first rule that was found, or that excepts: "list NAME:LINE RULE"; lives as the list */
};

/* What do the rules in `scopes` (a set) say of the request? Exceptions of any scope count, unless `exceptions` is
 * false.
 */
enum cnil_filter_result cnil_filter_list_match(const struct cnil_filter_list *list,
                                               const struct cnil_filter_request *request, unsigned scopes,
                                               bool exceptions, struct cnil_filter_match *match);

/* May a rule for a host speak of this one (without trailing dot), or of one of its paths? */
bool cnil_filter_list_names_host(const struct cnil_filter_list *list, struct cnil_str host);

/* ---- what the guard is told (filter_script.c) ---- */

enum cnil_filter_key { /* what leads to a rule */
                       CNIL_FILTER_KEY_HOST,
                       CNIL_FILTER_KEY_WORD, /* the one at token_at, unless that is CNIL_FILTER_NOWHERE */
                       CNIL_FILTER_KEY_NONE
};

struct cnil_filter_told {
    enum cnil_filter_index index;
    enum cnil_filter_key key;
    uint64_t host;                       /* its hash */
    const struct cnil_filter_rule *rule; /* NULL: a rule for all of the host, whatever the type and the page */
    unsigned flags, source;
};

typedef void cnil_filter_tell(const struct cnil_filter_told *told, void *data);

/* Calls `tell` for each rule that may speak on that page, in no order; one that several pages lead to comes again. */
void cnil_filter_list_each_rule(const struct cnil_filter_list *list, const struct cnil_filter_page *page,
                                cnil_filter_tell *tell, void *data);

struct cnil_str cnil_filter_list_pattern(const struct cnil_filter_list *list, const struct cnil_filter_rule *rule);

/* The hashes of the set at `place`, which is not 0. */
const uint64_t *cnil_filter_list_set(const struct cnil_filter_list *list, uint32_t place, struct cnil_filter_set *head);

/* How many expressions JavaScript would read otherwise (policy/script_pattern.h)? */
size_t cnil_filter_list_untold(const struct cnil_filter_list *list);

#endif
