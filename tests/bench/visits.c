/* SPDX-License-Identifier: Apache-2.0
 * What counting a page costs: exchanges of pages whose bodies nobody reads, under a policy that keeps statistics. A
 * tool that counts instructions looks at cnil_visit_end alone (tests/bench/run).
 *
 *   bench-visits POLICY none|site|host COUNT     where the visitors come from */
#include "cnil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t now(void *data)
{
    (void)data;
    return 1764072000;
}

static void append(void *data, size_t index, struct cnil_str lines)
{
    (void)data;
    (void)index;
    (void)lines;
}

static void diagnose(void *data, enum cnil_severity severity, struct cnil_str text)
{
    (void)data;
    fprintf(stderr, "diagnosis %d: %.*s\n", (int)severity, (int)text.len, text.ptr);
}

static uint64_t written;

static bool record(void *data, size_t index, struct cnil_str lines, bool durable)
{
    (void)data;
    (void)index;
    (void)durable;
    written += lines.len;
    return true;
}

static const struct cnil_server server = { now, append, diagnose, record };

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "bench-visits: %s\n", what);
    exit(2);
}

static void visit(struct cnil_config *config, const struct cnil_policy *policy, const char *referrer)
{
    static const struct cnil_header type = { CNIL_STR_INIT("Content-Type"), CNIL_STR_INIT("text/html") };
    const struct cnil_header fields[] = { { CNIL_STR("Sec-Fetch-Dest"), CNIL_STR("document") },
                                          { CNIL_STR("Referer"), cnil_str_from(referrer) } };
    const struct cnil_request request = { .method = CNIL_STR("GET"),
                                          .host = CNIL_STR("shop.example"),
                                          .target = CNIL_STR("/blog/2026/11/title"),
                                          .peer = CNIL_STR("127.0.0.1"),
                                          .tls = true,
                                          .headers = { fields, 2 } };
    const struct cnil_response response = { 200, { &type, 1 } };
    struct cnil_exchange *exchange = cnil_exchange_new(config, policy, CNIL_MODE_AUDIT, &server, NULL);
    const struct cnil_answer *answer;
    struct cnil_edits edits;
    enum cnil_open open;

    need(exchange != NULL && cnil_exchange_open(exchange, &request, &open, &answer) == CNIL_OK &&
             cnil_exchange_enter(exchange, policy, CNIL_MODE_AUDIT, &edits) == CNIL_OK &&
             cnil_exchange_headers(exchange, &response, &edits) == CNIL_OK,
         "an exchange failed");
    cnil_exchange_close(exchange);
}

int main(int argc, char **argv)
{
    struct cnil_config *config = cnil_config_new();
    const struct cnil_policy *policy;
    struct cnil_errors errors;
    const char *referrer;
    size_t size;
    void *memory;

    need(argc == 4 && config != NULL, "bench-visits POLICY none|site|host COUNT");
    cnil_errors_init(&errors);
    policy = cnil_config_policy(config, argv[1], &errors);
    need(policy != NULL, "the policy does not load");
    size = cnil_config_statistics_size(config);
    memory = calloc(1, size + 1);
    need(cnil_config_open_statistics(config, memory, size, now(NULL)) == CNIL_OK, "the policy keeps no statistics");
    referrer = strcmp(argv[2], "host") == 0   ? "https://www.moteur.example/"
               : strcmp(argv[2], "site") == 0 ? "https://shop.example/panier?id=1"
                                              : "";
    for (long left = strtol(argv[3], NULL, 10); left > 0; left--)
        visit(config, policy, referrer);
    cnil_config_close_statistics(config, &server, NULL);
    need(written > 0, "nothing was counted");
    printf("%zu bytes of memory\n", size);
    cnil_errors_free(&errors);
    cnil_config_free(config);
    free(memory);
    return 0;
}
