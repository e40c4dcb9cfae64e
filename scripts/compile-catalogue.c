/* SPDX-License-Identifier: Apache-2.0
 * Compiles the catalogue for the binary: reads it as a policy is read, tells every mistake with its place, indexes it
 * with the core's own functions, and prints all of that as constants in C (common/policy/built_in.h).
 *
 *   compile-catalogue CATALOGUE.json > built_in.c */
#include "base/limits.h"
#include "policy/built_in.h"
#include "policy/known_domain.h"
#include "policy/service_reader.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ERROR_LINE = 1024 };

/* As far as a catalogue needs them: bit i of a set is the purpose in line i. */
static const struct cnil_purpose purposes[] = {
#define PURPOSE(symbol, purpose) { .id = CNIL_STR_INIT(purpose) },
#include "policy/purposes.def"
#undef PURPOSE
};

static const struct cnil_policy policy = { .purposes = purposes,
                                           .purpose_count = sizeof(purposes) / sizeof(purposes[0]) };

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "compile-catalogue: %s\n", what);
    exit(1);
}

static struct cnil_str read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(CNIL_LIMIT_POLICY_FILE);
    size_t len;

    need(file != NULL && bytes != NULL, "the catalogue cannot be read");
    len = fread(bytes, 1, CNIL_LIMIT_POLICY_FILE, file);
    need(!ferror(file) && len < CNIL_LIMIT_POLICY_FILE, "the catalogue is too large");
    fclose(file);
    return (struct cnil_str){ bytes, len };
}

/* ---- reading ---- */

static void read_kind(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_service *service)
{
    static const char *const kinds[] = { "tracker", "tag-manager", "static", "consent-manager", "functional", NULL };
    struct cnil_node member;
    size_t kind = 0;

    if (!cnil_reader_member(node, "kind", &member))
        cnil_reader_mistake(reader, node, "a service needs a \"kind\"");
    else
        cnil_reader_word(reader, &member, kinds, &kind);
    service->tag_manager = kind == 1;
    service->report_only = kind >= 2; /* a consent manager of the site's own asks for itself: docs/CATALOGUE.md */
    service->functional = kind == 4;
}

/* Where the card of its script stands, besides its containers. */
static void read_card(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_service *service)
{
    static const char *const words[] = { "script", "page", "form", NULL };
    struct cnil_node member;
    size_t word;

    if (cnil_reader_member(node, "card", &member) && cnil_reader_word(reader, &member, words, &word))
        service->card = CNIL_SERVICE_CARD_SCRIPT + word;
}

/* ---- services ---- */

static void read_service(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_service *services,
                         size_t count)
{
    static const char *const keys[] = { "id",       "name", "controller", "country", "privacy",    "purpose",
                                        "purposes", "kind", "hosts",      "cookies", "signatures", "stubs",
                                        "sources",  "card", "containers", NULL };
    struct cnil_service *service = &services[count];
    struct cnil_node member;

    if (!cnil_reader_object(reader, node, keys))
        return;
    if (!cnil_reader_member(node, "id", &member))
        cnil_reader_mistake(reader, node, "a service needs an \"id\"");
    else if (cnil_reader_text(reader, &member, &service->id) &&
             (!cnil_service_reader_id_is_good(service->id) ||
              cnil_service_reader_find(services, count, service->id) != NULL))
        cnil_reader_mistake(reader, &member, "an id is unique, of a-z, 0-9 and \"-\"");
    if (!cnil_reader_member(node, "sources", &member))
        cnil_reader_mistake(reader, node, "a service needs \"sources\": a catalogue is made of facts");
    else if (cnil_reader_array(reader, &member) && json_array_size(member.json) == 0)
        cnil_reader_mistake(reader, &member, "must name a source");
    cnil_service_reader_facts(reader, node, false, &policy, service);
    read_kind(reader, node, service);
    read_card(reader, node, service);
    if (service->tag_manager) {
        if (service->purposes != 0)
            cnil_reader_mistake(reader, node, "a tag manager may carry every purpose: it names none");
        service->purposes = (cnil_purposes)(((uint64_t)1 << policy.purpose_count) - 1);
    }
    if (service->report_only && service->signature_count > 0)
        cnil_reader_mistake(reader, node, "a service that is only reported is not held back: no signatures");
    if (service->host_count > 0 && cnil_str_ends_with(service->hosts[0].host, CNIL_STR("*")))
        cnil_reader_mistake(reader, node, "the first host is one that an address can have"); /* page/judge.c */
    cnil_service_reader_need(reader, node, service);
}

static struct cnil_service *read_catalogue(struct cnil_reader *reader, size_t *count,
                                           struct cnil_container_index *containers)
{
    json_t *json = cnil_reader_parse(reader);
    struct cnil_node root = { .json = json };
    struct cnil_service *services = NULL;

    *count = 0;
    if (json != NULL && cnil_reader_array(reader, &root)) {
        services = cnil_reader_array_of(reader, json_array_size(json), sizeof(*services));
        for (size_t i = 0; services != NULL && i < json_array_size(json); i++) {
            struct cnil_node item = cnil_reader_item(&root, i);

            read_service(reader, &item, services, (*count)++);
        }
        cnil_service_reader_containers(reader, &root, services, *count, containers);
    }
    json_decref(json);
    return services;
}

static void tell_mistakes(struct cnil_errors *errors)
{
    char line[ERROR_LINE];

    cnil_errors_sort(errors);
    for (size_t i = 0; i < errors->count; i++) {
        cnil_error_format(&errors->list[i], line, sizeof(line));
        fprintf(stderr, "%s\n", line);
    }
}

/* ---- words of C ---- */

/* As "{ "text", length }"; a view without pointer stays one. */
static void print_str(struct cnil_str str)
{
    if (str.ptr == NULL) {
        printf("{ 0, 0 }");
        return;
    }
    printf("{ \"");
    for (size_t i = 0; i < str.len; i++) {
        unsigned char c = (unsigned char)str.ptr[i];

        if (c < ' ' || c >= 0x7f || strchr("\"\\?", c) != NULL)
            printf("\\%03o", c);
        else
            putchar(c);
    }
    printf("\", %zu }", str.len);
}

static void print_field(const char *name, struct cnil_str str)
{
    printf(" .%s = ", name);
    print_str(str);
    putchar(',');
}

/* A pointer into one of the arrays; NULL where it would point to nothing. */
static void print_list(const char *field, const char *counter, const char *array, size_t from, size_t count)
{
    if (count > 0)
        printf(" .%s = %s + %zu, .%s = %zu,", field, array, from, counter, count);
}

static void begin(const char *type, const char *name, size_t count)
{
    printf("\nstatic const %s %s[%zu] = {\n", type, name, count);
}

static void end(void)
{
    printf("};\n");
}

/* ---- services and what they have ---- */

static void print_cookie_facts(const struct cnil_cookie_facts *facts, size_t *paths)
{
    printf(" .facts = { .days = %u, .is_shortened = %d, .is_kept_dated = %d,", facts->days, facts->is_shortened,
           facts->is_kept_dated);
    print_list("paths", "path_count", "cookie_paths", *paths, facts->path_count);
    printf(" },");
    *paths += facts->path_count;
}

/* How many of them all services have. */
struct totals {
    size_t hosts, cookies, paths, signatures, stubs;
};

static struct totals count_parts(const struct cnil_service *services, size_t count)
{
    struct totals totals = { 0 };

    for (size_t i = 0; i < count; i++) {
        totals.hosts += services[i].host_count;
        totals.cookies += services[i].cookie_count;
        totals.signatures += services[i].signature_count;
        totals.stubs += services[i].stub_count;
        for (size_t j = 0; j < services[i].cookie_count; j++)
            totals.paths += services[i].cookies[j].facts.path_count;
    }
    return totals;
}

static void print_hosts(const struct cnil_service *service)
{
    for (size_t i = 0; i < service->host_count; i++) {
        printf("    {");
        print_field("host", service->hosts[i].host);
        print_field("path", service->hosts[i].path);
        printf(" },\n");
    }
}

static void print_strings(const struct cnil_str *strings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("    ");
        print_str(strings[i]);
        printf(",\n");
    }
}

static void print_cookies(const struct cnil_service *service, size_t *paths)
{
    for (size_t i = 0; i < service->cookie_count; i++) {
        const struct cnil_service_cookie *cookie = &service->cookies[i];

        printf("    {");
        print_field("name", cookie->name);
        printf(" .prefix = %d,", cookie->prefix);
        print_field("lifetime", cookie->lifetime);
        print_cookie_facts(&cookie->facts, paths);
        printf(" },\n");
    }
}

static void print_signatures(const struct cnil_service *service)
{
    for (size_t i = 0; i < service->signature_count; i++) {
        printf("    {");
        print_field("text", service->signatures[i].text);
        print_field("pattern", service->signatures[i].pattern);
        printf(" },\n");
    }
}

static void print_parts(const struct cnil_service *services, size_t count)
{
    struct totals totals = count_parts(services, count);
    size_t paths = 0;

    begin("struct cnil_service_host", "service_hosts", totals.hosts);
    for (size_t i = 0; i < count; i++)
        print_hosts(&services[i]);
    end();
    if (totals.paths > 0) { /* nothing points to an array without elements */
        begin("struct cnil_str", "cookie_paths", totals.paths);
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j < services[i].cookie_count; j++)
                print_strings(services[i].cookies[j].facts.paths, services[i].cookies[j].facts.path_count);
        end();
    }
    begin("struct cnil_service_cookie", "service_cookies", totals.cookies);
    for (size_t i = 0; i < count; i++)
        print_cookies(&services[i], &paths);
    end();
    begin("struct cnil_service_signature", "service_signatures", totals.signatures);
    for (size_t i = 0; i < count; i++)
        print_signatures(&services[i]);
    end();
    if (totals.stubs > 0) {
        begin("struct cnil_str", "service_stubs", totals.stubs);
        for (size_t i = 0; i < count; i++)
            print_strings(services[i].stubs, services[i].stub_count);
        end();
    }
}

static void print_services(const struct cnil_service *services, size_t count)
{
    size_t hosts = 0, cookies = 0, signatures = 0, stubs = 0;

    begin("struct cnil_service", "services", count);
    for (size_t i = 0; i < count; i++) {
        const struct cnil_service *service = &services[i];

        printf("    {");
        print_field("id", service->id);
        print_field("name", service->name);
        print_field("controller", service->controller);
        print_field("country", service->country);
        print_field("privacy", service->privacy);
        printf(" .purposes = %#x, .tag_manager = %d, .report_only = %d, .functional = %d, .card = %d,",
               service->purposes, service->tag_manager, service->report_only, service->functional, (int)service->card);
        print_list("hosts", "host_count", "service_hosts", hosts, service->host_count);
        print_list("cookies", "cookie_count", "service_cookies", cookies, service->cookie_count);
        print_list("signatures", "signature_count", "service_signatures", signatures, service->signature_count);
        print_list("stubs", "stub_count", "service_stubs", stubs, service->stub_count);
        printf(" },\n");
        hosts += service->host_count;
        cookies += service->cookie_count;
        signatures += service->signature_count;
        stubs += service->stub_count;
    }
    end();
}

/* ---- the indexes ---- */

static void print_target(size_t service, struct cnil_str rule)
{
    need(rule.ptr != NULL, "no memory");
    printf("{ .service = services + %zu, .owner = %zu,", service, service + 1);
    print_field("rule", rule);
    printf(" }");
}

static void print_host_index(struct cnil_arena *arena, const struct cnil_service *services, size_t count)
{
    struct cnil_host_table *table;
    struct cnil_host_entry *entries;
    size_t total = count_parts(services, count).hosts, at = 0;

    entries = cnil_arena_array(arena, total, sizeof(*entries));
    need(entries != NULL, "no memory");
    begin("struct cnil_target", "host_targets", total);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < services[i].host_count; j++) {
            const struct cnil_service_host *host = &services[i].hosts[j];

            entries[at++] = (struct cnil_host_entry){
                .host = host->host, .path = host->path, .kind = CNIL_LAYER_CATALOGUE, .owner = (unsigned)i + 1
            };
            printf("    ");
            print_target(i, cnil_target_host_rule(arena, &services[i], host));
            printf(",\n");
        }
    }
    end();
    table = cnil_host_table_new(arena, entries, total);
    need(table != NULL, "no memory");
    begin("struct cnil_host_entry", "host_entries", total);
    for (size_t i = 0; i < total; i++) {
        printf("    {");
        print_field("host", entries[i].host);
        print_field("path", entries[i].path);
        printf(" .kind = %u, .owner = %u, .value = host_targets + %zu, .next = %u },\n", entries[i].kind,
               entries[i].owner, i, entries[i].next);
    }
    end();
    begin("struct cnil_host_slot", "host_slots", table->mask + 1);
    for (size_t i = 0; i <= table->mask; i++)
        if (table->slots[i].first != 0)
            printf("    [%zu] = { %#x, %u },\n", i, table->slots[i].hash, table->slots[i].first);
    end();
}

static void print_name_slots(const struct cnil_name_table *table)
{
    begin("struct cnil_name_slot", "cookie_slots", table->mask + 1);
    for (size_t i = 0; i <= table->mask; i++)
        if (table->slots[i].first != 0)
            printf("    [%zu] = { %#x, %u },\n", i, table->slots[i].hash, table->slots[i].first);
    end();
}

static const struct cnil_name_table *print_cookie_index(struct cnil_arena *arena, const struct cnil_service *services,
                                                        size_t count)
{
    size_t exempt_count, total = count_parts(services, count).cookies, at = 0, paths = 0;
    const struct cnil_exempt *exempts = cnil_exempt_all(&exempt_count);
    const struct cnil_name_table *table;
    struct cnil_name_entry *entries;

    total += exempt_count;
    entries = cnil_arena_array(arena, total, sizeof(*entries));
    need(entries != NULL, "no memory");
    begin("struct cnil_cookie_target", "cookie_targets", total);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < services[i].cookie_count; j++) {
            const struct cnil_service_cookie *cookie = &services[i].cookies[j];

            entries[at++] = (struct cnil_name_entry){
                .name = cookie->name, .prefix = cookie->prefix, .kind = CNIL_NAME_CATALOGUE, .owner = (unsigned)i + 1
            };
            printf("    { .target = ");
            print_target(i, cnil_target_cookie_rule(arena, &services[i], cookie));
            printf(",");
            print_cookie_facts(&cookie->facts, &paths);
            printf(" },\n");
        }
    }
    for (size_t i = 0; i < exempt_count; i++) {
        entries[at++] =
            (struct cnil_name_entry){ .name = exempts[i].name, .prefix = exempts[i].prefix, .kind = CNIL_NAME_EXEMPT };
        printf("    { .target = {");
        print_field("rule", exempts[i].class->rule);
        printf(" }, .exempt = cnil_exempts + %zu, .facts = { .days = %u } },\n", i, exempts[i].class->days);
    }
    end();
    table = cnil_name_table_new(arena, entries, total);
    need(table != NULL, "no memory");
    begin("struct cnil_name_entry", "cookie_entries", total);
    for (size_t i = 0; i < total; i++) {
        printf("    {");
        print_field("name", entries[i].name);
        printf(" .prefix = %d, .kind = %u, .owner = %u, .value = cookie_targets + %zu, .next = %u },\n",
               entries[i].prefix, entries[i].kind, entries[i].owner, i, entries[i].next);
    }
    end();
    print_name_slots(table);
    return table;
}

static const struct cnil_literal_set *
print_signature_index(struct cnil_arena *arena, const struct cnil_service *services, size_t count, size_t *total)
{
    const struct cnil_literal_set *set;
    struct cnil_literal *literals;
    size_t at = 0;

    *total = count_parts(services, count).signatures;
    literals = cnil_arena_array(arena, *total, sizeof(*literals));
    need(literals != NULL, "no memory");
    begin("struct cnil_literal_target", "signature_targets", *total);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < services[i].signature_count; j++) {
            const struct cnil_service_signature *signature = &services[i].signatures[j];

            literals[at++].text = signature->text;
            printf("    { .target = ");
            print_target(i, cnil_target_signature_rule(arena, &services[i], signature, false));
            printf(" },\n");
        }
    }
    end();
    set = cnil_literal_set_new(arena, literals, *total);
    need(set != NULL, "no memory");
    begin("struct cnil_literal", "signature_literals", *total);
    for (size_t i = 0; i < *total; i++) {
        printf("    {");
        print_field("text", literals[i].text);
        printf(" .value = signature_targets + %zu },\n", i);
    }
    end();
    begin("struct cnil_literal_window", "signature_windows", *total * set->stride);
    for (size_t i = 0; i < *total * set->stride; i++)
        printf("    { %u, %u, %u },\n", set->windows[i].literal, set->windows[i].offset, set->windows[i].next);
    end();
    begin("struct cnil_literal_slot", "signature_slots", set->mask + 1);
    for (size_t i = 0; i <= set->mask; i++)
        if (set->slots[i].first != 0)
            printf("    [%zu] = { %#x, %u },\n", i, set->slots[i].bytes, set->slots[i].first);
    end();
    return set;
}

static void print_containers(const struct cnil_container_index *index)
{
    begin("struct cnil_container", "containers", index->count);
    for (size_t i = 0; i < index->count; i++) {
        printf("    {");
        print_field("class_name", index->list[i].class_name);
        printf(" .service = %u },\n", index->list[i].service);
    }
    end();
}

/* ---- the whole ---- */

static void print_digest(struct cnil_str text)
{
    unsigned char digest[32];

    need(EVP_Digest(text.ptr, text.len, digest, NULL, EVP_sha256(), NULL) == 1, "no SHA-256");
    for (size_t i = 0; i < sizeof(digest); i++)
        printf(" %u,", digest[i]);
}

static void print_all(struct cnil_arena *arena, const struct cnil_service *services, size_t count,
                      const struct cnil_container_index *containers, struct cnil_str text)
{
    const struct cnil_name_table *cookies;
    const struct cnil_literal_set *set;
    size_t signatures;

    printf("/* Made by scripts/compile-catalogue.c. */\n#include \"policy/built_in.h\"\n");
    print_parts(services, count);
    print_services(services, count);
    print_host_index(arena, services, count);
    cookies = print_cookie_index(arena, services, count);
    set = print_signature_index(arena, services, count, &signatures);
    print_containers(containers);
    printf("\nconst struct cnil_built_in cnil_built_in = {\n"
           "    .services = services,\n    .service_count = %zu,\n    .purpose_count = %zu,\n"
           "    .hosts = host_entries,\n    .cookies = cookie_entries,\n"
           "    .host_table = { .entries = host_entries, .slots = host_slots,\n"
           "                    .mask = sizeof(host_slots) / sizeof(host_slots[0]) - 1 },\n"
           "    .cookie_table = { .entries = cookie_entries, .slots = cookie_slots,\n"
           "                      .mask = sizeof(cookie_slots) / sizeof(cookie_slots[0]) - 1, .has_prefix_of = {",
           count, policy.purpose_count);
    for (size_t i = 0; i <= CNIL_NAME_LONGEST_PREFIX; i++)
        if (cookies->has_prefix_of[i])
            printf(" [%zu] = 1,", i);
    printf(" } },\n    .signature_count = %zu,\n"
           "    .signature_set = { .literals = signature_literals, .windows = signature_windows,\n"
           "                       .slots = signature_slots, .mask = %zu, .stride = %zu, .bitmap = {",
           signatures, set->mask, set->stride);
    for (size_t i = 0; i < CNIL_LITERAL_BITMAP; i++)
        if (set->bitmap[i] != 0)
            printf(" [%zu] = %#llxu,", i, (unsigned long long)set->bitmap[i]);
    printf(" } },\n    .containers = { .list = containers, .count = %zu, .kinds = %#llx },\n", containers->count,
           (unsigned long long)containers->kinds);
    printf("    .digest = {");
    print_digest(text);
    print_digest(cnil_known_domains_text());
    printf(" },\n};\n");
}

int main(int argc, char **argv)
{
    struct cnil_errors errors;
    struct cnil_reader reader = { .errors = &errors };
    struct cnil_container_index containers = { .count = 0 };
    struct cnil_service *services;
    struct totals totals;
    size_t count;

    need(argc == 2, "usage: compile-catalogue CATALOGUE.json");
    cnil_errors_init(&errors);
    reader.file = argv[1];
    reader.text = read_file(argv[1]);
    reader.arena = cnil_arena_new(CNIL_LIMIT_POLICY_ARENA);
    need(reader.arena != NULL, "no memory");
    services = read_catalogue(&reader, &count, &containers);
    tell_mistakes(&errors);
    need(!reader.mistaken && !reader.no_memory && services != NULL, "the catalogue has mistakes");
    totals = count_parts(services, count);
    need(totals.hosts > 0 && totals.cookies > 0 && totals.signatures > 0 && containers.count > 0,
         "the catalogue lacks hosts, cookies, signatures or containers");
    print_all(reader.arena, services, count, &containers, reader.text);
    cnil_arena_free(reader.arena);
    cnil_errors_free(&errors);
    free((char *)reader.text.ptr);
    return fflush(stdout) != 0 || ferror(stdout);
}
