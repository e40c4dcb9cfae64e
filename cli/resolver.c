/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getline; res_nmkquery, res_nsend */
#include "resolver.h"

#include "base/limits.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUERY_SIZE = 512, ANSWER_SIZE = 65536, TRIES = 2, ZONE_LIMIT = 1000000 };

struct alias {
    struct cnil_str name, target;
};

struct resolver {
    struct __res_state state; /* without a zone */
    bool has_state;
    struct alias *aliases; /* of the zone, by name */
    size_t alias_count, alias_room;
    bool has_zone;
    unsigned char answer[ANSWER_SIZE];
};

/* In lower case, without trailing dot, in the arena; pointer NULL without memory. */
static struct cnil_str plain_name(struct cnil_str name, struct cnil_arena *arena)
{
    struct cnil_str copy;

    if (cnil_str_ends_with(name, CNIL_STR(".")))
        name.len--;
    copy = cnil_arena_copy(arena, name);
    for (size_t i = 0; i < copy.len && copy.ptr != NULL; i++)
        ((char *)copy.ptr)[i] = cnil_lower(copy.ptr[i]);
    return copy;
}

/* ---- a zone file ---- */

static int by_name(const void *left, const void *right)
{
    return cnil_str_compare(((const struct alias *)left)->name, ((const struct alias *)right)->name);
}

static struct cnil_str next_word(struct cnil_str *rest)
{
    size_t end = 0;
    struct cnil_str word;

    *rest = cnil_str_trim(*rest);
    while (end < rest->len && !cnil_is_space(rest->ptr[end]))
        end++;
    word = cnil_str_slice(*rest, 0, end);
    *rest = cnil_str_slice(*rest, end, rest->len);
    return word;
}

/* What the lines of a zone file go on from. */
struct zone_place {
    struct cnil_str origin; /* of names without a trailing dot; empty: they are whole */
    struct cnil_str owner;  /* of a line that begins with a space */
};

static struct cnil_str whole_name(const struct zone_place *place, struct cnil_str name, struct cnil_arena *arena)
{
    if (cnil_str_equal(name, CNIL_STR("@")))
        name = place->origin;
    else if (place->origin.len > 0 && !cnil_str_ends_with(name, CNIL_STR(".")))
        name = cnil_arena_print(arena, "%.*s.%.*s", (int)name.len, name.ptr, (int)place->origin.len, place->origin.ptr);
    return name.ptr != NULL ? plain_name(name, arena) : name;
}

/* A line of another type, a comment or an unknown directive says nothing. False: no memory, or too many lines. */
static bool read_zone_line(struct resolver *resolver, struct zone_place *place, struct cnil_str line,
                           struct cnil_arena *arena)
{
    struct cnil_str rest = cnil_str_slice(line, 0, cnil_str_find_byte(line, ';')), word;
    struct alias *alias;

    if (rest.len > 0 && !cnil_is_space(rest.ptr[0])) {
        word = next_word(&rest);
        if (cnil_str_equal_nocase(word, CNIL_STR("$ORIGIN"))) {
            place->origin = plain_name(next_word(&rest), arena);
            return place->origin.ptr != NULL;
        }
        place->owner = whole_name(place, word, arena);
        if (place->owner.ptr == NULL)
            return false;
    }

    do
        word = next_word(&rest);
    while (word.len > 0 && !cnil_str_equal_nocase(word, CNIL_STR("CNAME")));
    word = next_word(&rest);
    if (word.len == 0 || place->owner.len == 0)
        return true;
    if (resolver->alias_count == resolver->alias_room) {
        size_t room = resolver->alias_room == 0 ? 64 : 2 * resolver->alias_room;
        struct alias *grown = room <= ZONE_LIMIT ? realloc(resolver->aliases, room * sizeof(*grown)) : NULL;

        if (grown == NULL)
            return false;
        resolver->aliases = grown;
        resolver->alias_room = room;
    }
    alias = &resolver->aliases[resolver->alias_count++];
    *alias = (struct alias){ place->owner, whole_name(place, word, arena) };
    return alias->name.ptr != NULL && alias->target.ptr != NULL;
}

static const char *read_zone(struct resolver *resolver, const char *path, struct cnil_arena *arena)
{
    FILE *file = fopen(path, "r");
    struct zone_place place = { CNIL_STR_INIT(""), CNIL_STR_INIT("") };
    const char *wrong = NULL;
    char *bytes = NULL;
    size_t size = 0;
    ssize_t len;

    if (file == NULL)
        return "the zone file cannot be read";
    while (wrong == NULL && (len = getline(&bytes, &size, file)) >= 0)
        if (!read_zone_line(resolver, &place, (struct cnil_str){ bytes, (size_t)len }, arena))
            wrong = "the zone file is too large";
    if (wrong == NULL && ferror(file))
        wrong = "the zone file cannot be read";
    free(bytes);
    fclose(file);
    if (resolver->alias_count > 0)
        qsort(resolver->aliases, resolver->alias_count, sizeof(*resolver->aliases), by_name);
    return wrong;
}

static struct cnil_str target_in_zone(const struct resolver *resolver, struct cnil_str name)
{
    const struct alias asked = { .name = name };
    const struct alias *found = resolver->alias_count > 0 ? bsearch(&asked, resolver->aliases, resolver->alias_count,
                                                                    sizeof(*resolver->aliases), by_name)
                                                          : NULL;

    return found != NULL ? found->target : CNIL_STR_EMPTY;
}

void resolver_each(const struct resolver *resolver, void (*visit)(struct cnil_str name, void *data), void *data)
{
    for (size_t i = 0; i < resolver->alias_count; i++)
        visit(resolver->aliases[i].name, data);
}

/* ---- name servers ---- */

static const char *set_server(struct resolver *resolver, const char *text)
{
    struct cnil_str rest = cnil_str_from(text), address = cnil_str_cut(&rest, ':');
    struct sockaddr_in *server = &resolver->state.nsaddr_list[0];
    char host[INET_ADDRSTRLEN];
    unsigned long port = NS_DEFAULTPORT;
    char *end;

    if (rest.ptr != NULL) {
        port = strtoul(rest.ptr, &end, 10);
        if (rest.len == 0 || !cnil_is_digit(rest.ptr[0]) || *end != '\0' || port == 0 || port > 65535)
            return "--server is an IPv4 address, or one with a port: 127.0.0.1:5353";
    }
    snprintf(host, sizeof(host), "%.*s", (int)address.len, address.ptr);
    *server = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((unsigned short)port) };
    if (address.len >= sizeof(host) || inet_pton(AF_INET, host, &server->sin_addr) != 1)
        return "--server is an IPv4 address, or one with a port: 127.0.0.1:5353";
    resolver->state.nscount = 1;
    return NULL;
}

struct resolver *resolver_new(const struct resolver_options *options, struct cnil_arena *arena, const char **wrong)
{
    struct resolver *resolver = calloc(1, sizeof(*resolver));

    *wrong = resolver == NULL ? "not enough memory" : NULL;
    if (resolver == NULL)
        return NULL;
    if (options->zone != NULL) {
        resolver->has_zone = true;
        *wrong = read_zone(resolver, options->zone, arena);
    } else if (res_ninit(&resolver->state) != 0) {
        *wrong = "the system's name servers are not known";
    } else {
        resolver->has_state = true;
        resolver->state.retrans = (int)options->timeout;
        resolver->state.retry = TRIES;
        if (options->server != NULL)
            *wrong = set_server(resolver, options->server);
    }
    if (*wrong != NULL) {
        resolver_free(resolver);
        return NULL;
    }
    return resolver;
}

void resolver_free(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    if (resolver->has_state)
        res_nclose(&resolver->state);
    free(resolver->aliases);
    free(resolver);
}

/* Asks for the addresses of `name`: a name server that resolves gives all aliases on the way with them, even where
 * there is no address at their end. False: no answer. */
static bool ask(struct resolver *resolver, struct cnil_str name, ns_msg *message)
{
    char text[CNIL_LIMIT_HOST + 1];
    unsigned char query[QUERY_SIZE];
    int len;

    if (name.len >= sizeof(text))
        return false;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    len = res_nmkquery(&resolver->state, ns_o_query, text, ns_c_in, ns_t_a, NULL, 0, NULL, query, sizeof(query));
    if (len > 0)
        len = res_nsend(&resolver->state, query, len, resolver->answer, sizeof(resolver->answer));
    return len > 0 && len <= ANSWER_SIZE && ns_initparse(resolver->answer, len, message) == 0 &&
           (ns_msg_getflag(*message, ns_f_rcode) == ns_r_noerror ||
            ns_msg_getflag(*message, ns_f_rcode) == ns_r_nxdomain);
}

/* What `name` is an alias of, by the answer; empty: nothing. `*resolved` gets whether the answer has its address. */
static struct cnil_str target_in_answer(ns_msg *message, struct cnil_str name, struct cnil_arena *arena, bool *resolved)
{
    struct cnil_str target = CNIL_STR_EMPTY;

    for (int i = 0; i < ns_msg_count(*message, ns_s_an); i++) {
        char text[NS_MAXDNAME];
        ns_rr record;

        if (ns_parserr(message, ns_s_an, i, &record) != 0)
            continue;
        if (!cnil_str_equal_nocase(cnil_str_from(ns_rr_name(record)), name))
            continue;
        *resolved = *resolved || ns_rr_type(record) == ns_t_a;
        if (ns_rr_type(record) == ns_t_cname && target.len == 0 &&
            ns_name_uncompress(ns_msg_base(*message), ns_msg_end(*message), ns_rr_rdata(record), text, sizeof(text)) >=
                0)
            target = plain_name(cnil_str_from(text), arena);
    }
    return target;
}

bool resolver_chain(struct resolver *resolver, struct cnil_str name, struct cnil_arena *arena,
                    struct cnil_str chain[RESOLVER_HOPS], size_t *count)
{
    bool has_answer = false, is_new = false, resolved = false;
    ns_msg message;

    *count = 0;
    for (name = plain_name(name, arena); name.ptr != NULL && *count < RESOLVER_HOPS;) {
        struct cnil_str target;

        if (resolver->has_zone) {
            target = target_in_zone(resolver, name);
        } else {
            if (!has_answer && !ask(resolver, name, &message))
                return false;
            is_new = !has_answer;
            has_answer = true;
            target = target_in_answer(&message, name, arena, &resolved);
        }
        if (target.len > 0) {
            chain[(*count)++] = name = target;
        } else {
            if (resolver->has_zone || is_new || resolved)
                return true;
            has_answer = false; /* the answer ends on the way: its last name is asked for */
        }
    }
    return name.ptr != NULL;
}
