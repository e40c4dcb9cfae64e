/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/expiry.h"

#include "web/cookie.h"
#include "web/domain.h"

enum { FIELDS = 40, BYTES = 4096, NAMES = 32, SCOPES = 8 };

struct expiry {
    struct cnil_exchange *exchange;
    struct cnil_str names[NAMES];
    size_t name_count;
    struct cnil_str domains[SCOPES]; /* the empty one: host-only */
    size_t domain_count;
    size_t fields, bytes; /* spent */
    bool no_memory;
    void (*add)(void *data, struct cnil_str value);
    void *data;
};

/* A name that can be written back; servers have refused line breaks already. */
static bool is_writable(struct cnil_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];

        if (c <= 0x20 || c >= 0x7f || c == ';' || c == ',' || c == '=')
            return false;
    }
    return name.len > 0;
}

/* May it be an attribute's value? It would end at a ";"; control bytes are refused by servers, mostly. */
static bool is_attribute(struct cnil_str path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == ';' || (unsigned char)path.ptr[i] < 0x20 || path.ptr[i] == 0x7f)
            return false;
    }
    return true;
}

static void collect_names(struct expiry *expiry)
{
    struct cnil_exchange *exchange = expiry->exchange;
    struct cnil_headers headers = exchange->request.headers;

    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str rest = headers.list[i].value;
        struct cnil_cookie_pair pair;
        struct cnil_verdict verdict;

        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Cookie")))
            continue;
        while (expiry->name_count < NAMES && cnil_cookie_next(&rest, &pair)) {
            bool known = false;

            for (size_t n = 0; n < expiry->name_count; n++)
                known = known || cnil_str_equal(expiry->names[n], pair.name);
            if (known || !is_writable(pair.name) || cnil_str_equal(pair.name, CNIL_STR(CNIL_CHOICE_COOKIE)))
                continue;
            cnil_matcher_cookie(exchange->policy, pair.name, &verdict);
            if (!cnil_exchange_holds(exchange, &verdict))
                continue;
            expiry->names[expiry->name_count++] = pair.name;
            cnil_exchange_tell(exchange, CNIL_EVENT_COOKIE_EXPIRED, CNIL_STR("cookie"), pair.name, &verdict);
        }
    }
}

static void collect_domains(struct expiry *expiry)
{
    const struct cnil_address *address = &expiry->exchange->address;
    struct cnil_str registrable = cnil_domain_registrable(address->host);
    struct cnil_str host = address->host;

    if (address->valid && address->is_domain && !cnil_domain_is_public_suffix(registrable)) {
        expiry->domains[expiry->domain_count++] = registrable; /* where measurement scripts put theirs */
        expiry->domains[expiry->domain_count++] = CNIL_STR_EMPTY;
        while (expiry->domain_count < SCOPES && host.len > registrable.len) {
            expiry->domains[expiry->domain_count++] = host;
            (void)cnil_str_cut(&host, '.');
        }
    } else {
        expiry->domains[expiry->domain_count++] = CNIL_STR_EMPTY;
    }
}

static void expire(struct expiry *expiry, struct cnil_str name, struct cnil_str domain, struct cnil_str path,
                   bool partitioned)
{
    struct cnil_str value;
    bool secure = expiry->exchange->address.secure;

    if (expiry->fields == FIELDS || expiry->bytes >= BYTES)
        return;
    value = cnil_arena_print(expiry->exchange->arena, "%.*s=; Path=%.*s; Max-Age=0%s%.*s%s%s", (int)name.len, name.ptr,
                             (int)path.len, path.ptr, domain.len > 0 ? "; Domain=" : "", (int)domain.len, domain.ptr,
                             secure ? "; Secure" : "", partitioned ? "; Partitioned" : "");
    if (value.ptr == NULL) {
        expiry->no_memory = true;
        return;
    }
    expiry->fields++;
    expiry->bytes += value.len;
    expiry->add(expiry->data, value);
}

static void expire_at(struct expiry *expiry, struct cnil_str path, bool partitioned)
{
    for (size_t n = 0; n < expiry->name_count; n++) {
        for (size_t d = 0; d < expiry->domain_count; d++)
            expire(expiry, expiry->names[n], expiry->domains[d], path, partitioned);
    }
}

enum cnil_status cnil_expiry_each(struct cnil_exchange *exchange, struct cnil_str path,
                                  void (*add)(void *data, struct cnil_str value), void *data)
{
    struct expiry expiry = { .exchange = exchange, .add = add, .data = data };
    bool plain = is_attribute(path);

    collect_names(&expiry);
    if (expiry.name_count == 0)
        return CNIL_OK;
    collect_domains(&expiry);
    expire_at(&expiry, CNIL_STR("/"), false);
    for (size_t i = 1; plain && i < path.len; i++) { /* "/shop/cart" may hold cookies of "/shop" and "/shop/cart" */
        if (path.ptr[i] == '/')
            expire_at(&expiry, cnil_str_slice(path, 0, i), false);
    }
    if (plain && path.len > 1 && path.ptr[path.len - 1] != '/')
        expire_at(&expiry, path, false);
    if (exchange->address.secure)
        expire_at(&expiry, CNIL_STR("/"), true);
    return expiry.no_memory ? CNIL_NO_MEMORY : CNIL_OK;
}
