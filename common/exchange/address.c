/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/address.h"

#include "base/arena.h"
#include "web/url.h"

#include <string.h>

static bool is_trusted(struct cnil_str peer, const struct cnil_policy *policy)
{
    for (size_t i = 0; i < policy->trusted_proxy_count; i++) {
        if (cnil_ip_within(peer, policy->trusted_proxies[i]))
            return true;
    }
    return false;
}

/* The `proto` of the first element of a Forwarded field (RFC 7239): what the visitor's side used. */
static struct cnil_str forwarded_proto(struct cnil_str value)
{
    struct cnil_str element, part, name;

    if (!cnil_header_list_next(&value, &element))
        return CNIL_STR_EMPTY;
    while (element.len > 0) {
        part = cnil_str_trim(cnil_str_cut(&element, ';'));
        name = cnil_str_trim(cnil_str_cut(&part, '='));
        part = cnil_str_trim(part);
        if (!cnil_str_equal_nocase(name, CNIL_STR("proto")))
            continue;
        if (part.len >= 2 && part.ptr[0] == '"' && part.ptr[part.len - 1] == '"')
            part = cnil_str_slice(part, 1, part.len - 1);
        return part;
    }
    return CNIL_STR_EMPTY;
}

static bool is_secure(const struct cnil_request *request, const struct cnil_policy *policy)
{
    struct cnil_str proto;

    if (request->tls)
        return true;
    if (!is_trusted(request->peer, policy))
        return false;
    proto = cnil_headers_value(request->headers, CNIL_STR("X-Forwarded-Proto"));
    if (proto.len > 0) /* a chain of proxies appends: the first word is the visitor's side */
        proto = cnil_str_trim(cnil_str_cut(&proto, ','));
    else
        proto = forwarded_proto(cnil_headers_value(request->headers, CNIL_STR("Forwarded")));
    return cnil_str_equal_nocase(proto, CNIL_STR("https"));
}

/* Splits "host:port"; a port of no digits is the default one. False: neither browser nor server would send it. */
static bool split_port(struct cnil_str field, struct cnil_str *host, int *port)
{
    size_t end = field.len > 0 && field.ptr[0] == '[' ? cnil_str_find_byte(field, ']') : 0;
    size_t colon = end + cnil_str_find_byte(cnil_str_slice(field, end, field.len), ':');
    int number = 0;

    *host = cnil_str_slice(field, 0, colon);
    *port = -1;
    if (colon + 1 >= field.len)
        return true;
    for (size_t i = colon + 1; i < field.len; i++) {
        if (!cnil_is_digit(field.ptr[i]) || number > 65535)
            return false;
        number = number * 10 + (field.ptr[i] - '0');
    }
    *port = number;
    return number > 0 && number <= 65535;
}

static enum cnil_status read_host(struct cnil_address *address, struct cnil_str field, struct cnil_arena *arena)
{
    enum cnil_host_kind kind = CNIL_HOST_NONE;
    enum cnil_status status = CNIL_INVALID;
    struct cnil_str host;

    if (split_port(field, &host, &address->port) && host.len > 0)
        status = cnil_host_parse(host, arena, &address->host, &kind);
    if (status == CNIL_NO_MEMORY)
        return status;
    address->is_domain = kind == CNIL_HOST_DOMAIN;
    address->valid =
        status == CNIL_OK && (kind == CNIL_HOST_DOMAIN || kind == CNIL_HOST_IPV4 || kind == CNIL_HOST_IPV6);
    if (!address->valid) {
        address->host = CNIL_STR("unknown.invalid");
        address->port = -1;
    }
    if (address->port == (address->secure ? 443 : 80))
        address->port = -1;
    return CNIL_OK;
}

/* The target of an absolute request line ("GET http://host/path") without its origin. */
static struct cnil_str origin_form(struct cnil_str target)
{
    size_t authority = cnil_str_find(target, CNIL_STR("://"));
    size_t slash;

    if (target.len > 0 && target.ptr[0] == '/')
        return target;
    if (authority == target.len)
        return CNIL_STR("/");
    authority += 3;
    slash = authority + cnil_str_find_byte(cnil_str_slice(target, authority, target.len), '/');
    return slash == target.len ? CNIL_STR("/") : cnil_str_slice(target, slash, target.len);
}

enum cnil_status cnil_address_read(struct cnil_address *address, const struct cnil_request *request,
                                   const struct cnil_policy *policy, struct cnil_arena *arena)
{
    address->secure = is_secure(request, policy);
    address->target = origin_form(request->target);
    address->path = cnil_str_slice(address->target, 0, cnil_str_find_byte(address->target, '?'));
    return read_host(address, request->host, arena);
}

struct cnil_str cnil_address_origin(const struct cnil_address *address, struct cnil_arena *arena)
{
    const char *scheme = address->secure ? "https" : "http";

    if (address->port < 0)
        return cnil_arena_print(arena, "%s://%.*s", scheme, (int)address->host.len, address->host.ptr);
    return cnil_arena_print(arena, "%s://%.*s:%d", scheme, (int)address->host.len, address->host.ptr, address->port);
}

enum cnil_status cnil_address_url(const struct cnil_address *address, struct cnil_arena *arena, struct cnil_url *url)
{
    struct cnil_str origin = cnil_address_origin(address, arena);
    char *text;

    if (origin.ptr == NULL)
        return CNIL_NO_MEMORY;
    text = cnil_arena_alloc(arena, origin.len + address->target.len);
    if (text == NULL)
        return CNIL_NO_MEMORY;
    memcpy(text, origin.ptr, origin.len);
    memcpy(text + origin.len, address->target.ptr, address->target.len);
    return cnil_url_parse((struct cnil_str){ text, origin.len + address->target.len }, NULL, arena, url);
}

bool cnil_address_is_own_path(const struct cnil_address *address, struct cnil_str target, struct cnil_arena *arena)
{
    struct cnil_address root = *address;
    struct cnil_url base, url;

    if (target.len == 0 || target.ptr[0] != '/' || (target.len > 1 && target.ptr[1] == '/'))
        return false;
    for (size_t i = 0; i < target.len; i++) {
        if ((unsigned char)target.ptr[i] < 0x20 || target.ptr[i] == 0x7f || target.ptr[i] == '\\')
            return false;
    }
    root.target = CNIL_STR("/");
    if (cnil_address_url(&root, arena, &base) != CNIL_OK || cnil_url_parse(target, &base, arena, &url) != CNIL_OK)
        return false;
    /* "/.//evil.example" stays here, but its path alone would not */
    return cnil_str_equal(url.scheme, base.scheme) && cnil_str_equal(url.host, base.host) && url.port == base.port &&
           !cnil_str_starts_with(url.path, CNIL_STR("//"));
}

void cnil_address_escape(struct cnil_str target, struct cnil_buffer *out)
{
    static const char kept[] = "!$&'()*+,-./:;=?@_~%[]";

    for (size_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.ptr[i];

        if (cnil_is_alpha((char)c) || cnil_is_digit((char)c) || (c != 0 && strchr(kept, c) != NULL))
            cnil_buffer_append_byte(out, (char)c);
        else
            cnil_buffer_print(out, "%%%02X", c);
    }
}
