/* SPDX-License-Identifier: Apache-2.0
 * Builds a response of our own. Failure is sticky, as in base/buffer.h. */
#ifndef CNIL_EXCHANGE_ANSWER_H
#define CNIL_EXCHANGE_ANSWER_H

#include "exchange/exchange.h"

enum { CNIL_ANSWER_HEADERS = 64 };

struct cnil_answer_builder {
    struct cnil_exchange *exchange;
    struct cnil_answer answer;
    struct cnil_header list[CNIL_ANSWER_HEADERS];
    size_t count;
    enum cnil_status status;
};

/* HSTS is there already, where it is due. */
void cnil_answer_begin(struct cnil_answer_builder *builder, struct cnil_exchange *exchange, unsigned status);

/* `value` with pointer NULL could not be made for lack of memory: that fails the answer. */
void cnil_answer_add(struct cnil_answer_builder *builder, struct cnil_str name, struct cnil_str value);

/* Copies `body`; its failure is the answer's. */
void cnil_answer_body(struct cnil_answer_builder *builder, const struct cnil_buffer *body);

/* A page of ours: its body and the headers that every one of them has (no framing, no script, not stored). */
void cnil_answer_page(struct cnil_answer_builder *builder, const struct cnil_buffer *html);

/* Gives the answer; Content-Length is added here. */
CNIL_MUST_USE enum cnil_status cnil_answer_end(struct cnil_answer_builder *builder, const struct cnil_answer **answer);

/* A whole error page. `allow`: with 405, the methods that would do; else empty. */
CNIL_MUST_USE enum cnil_status cnil_answer_error(struct cnil_exchange *exchange, unsigned status, struct cnil_str allow,
                                                 const struct cnil_answer **answer);

#endif
