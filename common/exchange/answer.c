/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/answer.h"

#include "exchange/https.h"
#include "page/block.h"

#include <string.h>

enum { PAGE_LIMIT = 512 * 1024 };

void cnil_answer_begin(struct cnil_answer_builder *builder, struct cnil_exchange *exchange, unsigned status)
{
    *builder = (struct cnil_answer_builder){ .exchange = exchange };
    builder->answer.status = status;
    builder->answer.head_only = exchange->head;
    builder->answer.is_early = status / 100 == 3;
    if (cnil_https_is_hsts_due(exchange))
        cnil_answer_add(builder, CNIL_STR("Strict-Transport-Security"), cnil_https_hsts(exchange));
}

void cnil_answer_add(struct cnil_answer_builder *builder, struct cnil_str name, struct cnil_str value)
{
    if (value.ptr == NULL)
        builder->status = CNIL_NO_MEMORY;
    else if (builder->count == CNIL_ANSWER_HEADERS)
        builder->status = CNIL_TOO_LARGE;
    else
        builder->list[builder->count++] = (struct cnil_header){ name, value };
}

void cnil_answer_body(struct cnil_answer_builder *builder, const struct cnil_buffer *body)
{
    if (cnil_buffer_status(body) != CNIL_OK)
        builder->status = cnil_buffer_status(body);
    else
        builder->answer.body = cnil_arena_copy(builder->exchange->arena, cnil_buffer_str(body));
    if (builder->answer.body.ptr == NULL && builder->status == CNIL_OK)
        builder->status = CNIL_NO_MEMORY;
}

void cnil_answer_page(struct cnil_answer_builder *builder, const struct cnil_buffer *html)
{
    static const struct cnil_header fields[] = {
        { CNIL_STR_INIT("Content-Type"), CNIL_STR_INIT("text/html; charset=utf-8") },
        { CNIL_STR_INIT("Cache-Control"), CNIL_STR_INIT("no-store") },
        { CNIL_STR_INIT("Content-Security-Policy"),
          CNIL_STR_INIT("default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
                        "base-uri 'none'") },
        { CNIL_STR_INIT("X-Frame-Options"), CNIL_STR_INIT("DENY") },
        { CNIL_STR_INIT("X-Content-Type-Options"), CNIL_STR_INIT("nosniff") },
        /* "no-referrer" would make the Origin of our own forms "null" */
        { CNIL_STR_INIT("Referrer-Policy"), CNIL_STR_INIT("same-origin") },
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        cnil_answer_add(builder, fields[i].name, fields[i].value);
    cnil_answer_body(builder, html);
}

enum cnil_status cnil_answer_end(struct cnil_answer_builder *builder, const struct cnil_answer **answer)
{
    struct cnil_arena *arena = builder->exchange->arena;
    struct cnil_answer *result;
    struct cnil_header *list;

    if (builder->answer.status != 304)
        cnil_answer_add(builder, CNIL_STR("Content-Length"), cnil_arena_print(arena, "%zu", builder->answer.body.len));
    if (builder->status != CNIL_OK)
        return builder->status;
    result = cnil_arena_alloc(arena, sizeof(*result));
    list = cnil_arena_array(arena, builder->count, sizeof(*list));
    if (result == NULL || list == NULL)
        return CNIL_NO_MEMORY;
    memcpy(list, builder->list, builder->count * sizeof(*list));
    *result = builder->answer;
    result->headers = (struct cnil_headers){ list, builder->count };
    builder->exchange->status = result->status;
    *answer = result;
    return CNIL_OK;
}

enum cnil_status cnil_answer_error(struct cnil_exchange *exchange, unsigned status, struct cnil_str allow,
                                   const struct cnil_answer **answer)
{
    struct cnil_answer_builder builder;
    struct cnil_buffer html;

    cnil_buffer_init(&html, PAGE_LIMIT);
    cnil_block_error_page(exchange->policy, exchange->language, status, &html);
    cnil_answer_begin(&builder, exchange, status);
    cnil_answer_page(&builder, &html);
    if (allow.len > 0)
        cnil_answer_add(&builder, CNIL_STR("Allow"), allow);
    cnil_buffer_free(&html);
    return cnil_answer_end(&builder, answer);
}
