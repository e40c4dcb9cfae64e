/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/expiry.h"

#include "exchange/account.h"
#include "web/cookie.h"
#include "web/domain.h"

enum {
    FIELDS = 40,  /* of one response */
    BYTES = 4096, /* their values' */
    NAMES = 32,
    DOMAINS = 8,
    DIRECTORIES = 16
};

/* Of 2^32, by the golden ratio: as seconds pass, the turns begin everywhere, and far apart. */
static const uint32_t stride = 0x9e3779b9;

struct name {
    struct cnil_str text;
    bool is_sent;
    bool is_bound;     /* "__Host-": this host, "/" */
    bool is_http_only; /* "__Http-", "__Host-Http-" */
    const struct cnil_cookie_facts *facts;
};

struct expiry {
    struct cnil_exchange *exchange;
    struct name names[NAMES];
    size_t name_count;
    struct cnil_str domains[DOMAINS]; /* the empty one: host-only */
    size_t domain_count;
    struct cnil_str paths[2 * DIRECTORIES + 2]; /* of the request: "/", "/a", "/a/" ... */
    size_t path_count;
    size_t first, from;   /* scopes below `first` need no turns; the turns begin at `from` */
    size_t at;            /* scopes gone through */
    size_t fields, bytes; /* spent */
    bool may_be_framed;   /* in another site: from there browsers take what says SameSite=None, and nothing else */
    bool no_memory;
    void (*add)(void *data, struct cnil_str value);
    void *data;
};

/* ---- whose cookies ---- */

/* A name that can be written back. */
static bool is_writable(struct cnil_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (c < 0x20 || c == 0x7f || c == ';' || c == '=')
            return false;
    }
    return name.len > 0;
}

static bool has_name(const struct expiry *expiry, struct cnil_str text)
{
    for (size_t i = 0; i < expiry->name_count; i++)
        if (cnil_str_equal(expiry->names[i].text, text))
            return true;
    return false;
}

/* Takes a name in, if the choice does not allow it. Browsers know the prefixes in any case of letters, and take none of
 * them from plain http. */
static void collect(struct expiry *expiry, struct cnil_str text, bool is_sent)
{
    struct cnil_exchange *exchange = expiry->exchange;
    bool is_bound = cnil_str_starts_with_nocase(text, CNIL_STR("__Host-"));
    bool is_http_only = cnil_str_starts_with_nocase(text, CNIL_STR("__Http-")) ||
                        cnil_str_starts_with_nocase(text, CNIL_STR("__Host-Http-"));
    bool is_secure = is_bound || is_http_only || cnil_str_starts_with_nocase(text, CNIL_STR("__Secure-"));
    struct cnil_verdict verdict;

    if (expiry->name_count == NAMES || !is_writable(text) || has_name(expiry, text) ||
        (is_secure && !exchange->address.secure) || cnil_str_equal(text, CNIL_STR(CNIL_CHOICE_COOKIE)) ||
        cnil_str_equal(text, CNIL_STR(CNIL_ACCOUNT_COOKIE)))
        return;
    cnil_matcher_cookie(exchange->policy, text, &verdict);
    if (!cnil_exchange_holds(exchange, &verdict))
        return;
    expiry->names[expiry->name_count++] = (struct name){ text, is_sent, is_bound, is_http_only, verdict.facts };
    if (is_sent && exchange->destination != CNIL_DESTINATION_RESOURCE) /* once a page, not with each of its images */
        cnil_exchange_tell(exchange, CNIL_EVENT_COOKIE_EXPIRED, CNIL_STR("cookie"), text, &verdict);
}

static void collect_names(struct expiry *expiry, enum cnil_expiry_extent extent)
{
    struct cnil_cookies cookies = cnil_cookies_of(expiry->exchange->request.headers);
    struct cnil_cookie_pair pair;
    size_t count;
    const struct cnil_str *named = cnil_matcher_cookies_with_paths(expiry->exchange->policy, &count);

    while (cnil_cookies_next(&cookies, &pair))
        collect(expiry, pair.name, true);
    for (size_t i = 0; i < count && extent == CNIL_EXPIRY_NAMED; i++)
        collect(expiry, named[i], false);
}

/* ---- of which scopes ---- */

static void collect_domains(struct expiry *expiry)
{
    const struct cnil_address *address = &expiry->exchange->address;
    struct cnil_str registrable = cnil_domain_registrable(address->host);
    struct cnil_str host = address->host;

    if (address->valid && address->is_domain && !cnil_domain_is_public_suffix(registrable)) {
        expiry->domains[expiry->domain_count++] = registrable; /* where measurement scripts put theirs */
        expiry->domains[expiry->domain_count++] = CNIL_STR_EMPTY;
        while (expiry->domain_count < DOMAINS && host.len > registrable.len) {
            expiry->domains[expiry->domain_count++] = host;
            (void)cnil_str_cut(&host, '.');
        }
    } else {
        expiry->domains[expiry->domain_count++] = CNIL_STR_EMPTY;
    }
}

/* May it be an attribute's value? It would end at a ";"; control bytes are refused by servers, mostly. */
static bool is_attribute(struct cnil_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == ';' || (unsigned char)path.ptr[i] < 0x20 || path.ptr[i] == 0x7f)
            return false;
    }
    return path.len > 0 && path.ptr[0] == '/';
}

/* The paths whose cookies a browser sends to `path` (RFC 6265bis, 5.1.4), for "/a/b": "/", "/a", "/a/", "/a/b". */
static void collect_paths(struct expiry *expiry, struct cnil_str path)
{
    size_t directories = 0;

    expiry->paths[expiry->path_count++] = CNIL_STR("/");
    if (!is_attribute(path))
        return;
    for (size_t i = 1; i < path.len && directories < DIRECTORIES; i++) {
        if (path.ptr[i] != '/')
            continue;
        expiry->paths[expiry->path_count++] = cnil_str_slice(path, 0, i);
        expiry->paths[expiry->path_count++] = cnil_str_slice(path, 0, i + 1);
        directories++;
    }
    if (path.ptr[path.len - 1] != '/')
        expiry->paths[expiry->path_count++] = path;
}

/* May the page in the tab be another site's? Browsers that do not say what they fetch know no partitions. */
static bool may_be_framed(const struct cnil_exchange *exchange)
{
    return exchange->address.secure && exchange->destination != CNIL_DESTINATION_DOCUMENT &&
           exchange->destination != CNIL_DESTINATION_LIKELY && exchange->destination != CNIL_DESTINATION_UNKNOWN;
}

/* ---- writing ---- */

enum round { COUNT, FIRST, TURN, REST_OF_TURN };

/* What one field costs, as it is written below. */
static size_t field_len(const struct expiry *expiry, const struct name *name, struct cnil_str domain,
                        struct cnil_str path, bool partitioned)
{
    return name->text.len + sizeof("=; Path=; Max-Age=0") - 1 + path.len +
           (domain.len > 0 ? sizeof("; Domain=") - 1 + domain.len : 0) +
           (expiry->exchange->address.secure ? sizeof("; Secure") - 1 : 0) +
           (expiry->may_be_framed ? sizeof("; SameSite=None") - 1 : 0) +
           (name->is_http_only ? sizeof("; HttpOnly") - 1 : 0) + (partitioned ? sizeof("; Partitioned") - 1 : 0);
}

static void write_field(struct expiry *expiry, const struct name *name, struct cnil_str domain, struct cnil_str path,
                        bool partitioned)
{
    struct cnil_str value = cnil_arena_print(
        expiry->exchange->arena, "%.*s=; Path=%.*s; Max-Age=0%s%.*s%s%s%s%s", (int)name->text.len, name->text.ptr,
        (int)path.len, path.ptr, domain.len > 0 ? "; Domain=" : "", (int)domain.len, domain.ptr,
        expiry->exchange->address.secure ? "; Secure" : "", expiry->may_be_framed ? "; SameSite=None" : "",
        name->is_http_only ? "; HttpOnly" : "", partitioned ? "; Partitioned" : "");

    if (value.ptr == NULL)
        expiry->no_memory = true;
    else
        expiry->add(expiry->data, value);
}

/* Is it the turn of the scope at `at`? The turns go from `from` to the end, then from `first` on. */
static bool is_due(const struct expiry *expiry, enum round round)
{
    switch (round) {
    case COUNT:
        break;
    case FIRST:
        return expiry->at < expiry->first;
    case TURN:
        return expiry->at >= expiry->from;
    case REST_OF_TURN:
        return expiry->at >= expiry->first && expiry->at < expiry->from;
    }
    return true;
}

static void visit(struct expiry *expiry, const struct name *name, struct cnil_str domain, struct cnil_str path,
                  bool partitioned, enum round round)
{
    size_t len = field_len(expiry, name, domain, path, partitioned);

    if (round == COUNT) {
        expiry->fields++;
        expiry->bytes += len;
        if (expiry->fields <= FIELDS / 2 && expiry->bytes <= BYTES / 2)
            expiry->first = expiry->fields;
    } else if (is_due(expiry, round) && expiry->fields < FIELDS && expiry->bytes + len <= BYTES) {
        expiry->fields++;
        expiry->bytes += len;
        write_field(expiry, name, domain, path, partitioned);
    }
    expiry->at++;
}

/* All domains at one path, for the names of the request or for one name `only`. */
static void go_through_path(struct expiry *expiry, const struct name *only, struct cnil_str path, bool partitioned,
                            enum round round)
{
    bool is_root = cnil_str_equal(path, CNIL_STR("/"));

    for (size_t d = 0; d < expiry->domain_count; d++) {
        for (size_t n = 0; n < expiry->name_count; n++) {
            const struct name *name = &expiry->names[n];

            if (only != NULL ? name != only : !name->is_sent)
                continue;
            if (!name->is_bound || (is_root && expiry->domains[d].len == 0))
                visit(expiry, name, expiry->domains[d], path, partitioned, round);
        }
    }
}

/* The paths that are named for cookies that this request has told of, or has not. */
static void go_through_named(struct expiry *expiry, bool is_sent, bool partitioned, enum round round)
{
    for (size_t n = 0; n < expiry->name_count; n++) {
        const struct name *name = &expiry->names[n];

        for (size_t p = 0; name->is_sent == is_sent && name->facts != NULL && p < name->facts->path_count; p++)
            go_through_path(expiry, name, name->facts->paths[p], partitioned, round);
    }
}

/* All scopes: those that no later response may come back to, then the likeliest first. */
static void go_through(struct expiry *expiry, enum round round)
{
    int jars = expiry->exchange->address.secure ? 2 : 1;

    expiry->at = 0;
    for (int partitioned = 0; partitioned < jars; partitioned++)
        go_through_named(expiry, false, partitioned, round);
    for (int partitioned = 0; partitioned < jars; partitioned++) {
        go_through_path(expiry, NULL, expiry->paths[0], partitioned, round);
        go_through_named(expiry, true, partitioned, round);
        for (size_t p = 1; p < expiry->path_count; p++)
            go_through_path(expiry, NULL, expiry->paths[p], partitioned, round);
    }
}

/* Shares the budget out, once everything was counted. */
static void plan(struct expiry *expiry, int64_t now)
{
    size_t turns;

    if (expiry->fields <= FIELDS && expiry->bytes <= BYTES)
        expiry->first = expiry->fields;
    turns = expiry->fields - expiry->first;
    expiry->from = expiry->first + (size_t)((uint64_t)(uint32_t)((uint64_t)now * stride) * turns >> 32);
    expiry->fields = expiry->bytes = 0;
}

enum cnil_status cnil_expiry_each(struct cnil_exchange *exchange, struct cnil_str path, enum cnil_expiry_extent extent,
                                  void (*add)(void *data, struct cnil_str value), void *data)
{
    struct expiry expiry = { .exchange = exchange, .add = add, .data = data };

    expiry.may_be_framed = may_be_framed(exchange);
    collect_names(&expiry, extent);
    if (expiry.name_count == 0)
        return CNIL_OK;
    collect_domains(&expiry);
    collect_paths(&expiry, path);
    go_through(&expiry, COUNT);
    plan(&expiry, exchange->server->now(exchange->data));
    go_through(&expiry, FIRST);
    go_through(&expiry, TURN);
    go_through(&expiry, REST_OF_TURN);
    return expiry.no_memory ? CNIL_NO_MEMORY : CNIL_OK;
}
