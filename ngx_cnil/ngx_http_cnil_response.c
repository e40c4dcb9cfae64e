/* SPDX-License-Identifier: Apache-2.0
 * The response's side: one header filter and one body filter, after everything that makes or changes a page (SSI,
 * sub_filter, gunzip, add_header) and before what compresses it. */
#include "ngx_http_cnil.h"

static ngx_http_output_header_filter_pt ngx_http_next_header_filter;
static ngx_http_output_body_filter_pt ngx_http_next_body_filter;

/* Where a field of the list that the core is shown comes from. */
typedef enum {
    NGX_HTTP_CNIL_ELEMENT, /* of r->headers_out.headers */
    NGX_HTTP_CNIL_CONTENT_TYPE,
    NGX_HTTP_CNIL_CONTENT_LENGTH,
    NGX_HTTP_CNIL_LAST_MODIFIED
} ngx_http_cnil_source_e;

#define NGX_HTTP_CNIL_SYNTHESIZED 3

typedef struct {
    ngx_http_cnil_source_e source;
    ngx_table_elt_t *element;
} ngx_http_cnil_field_t;

typedef struct {
    struct cnil_response response;
    ngx_http_cnil_field_t *fields; /* as many, in the same order */
} ngx_http_cnil_view_t;

static ngx_int_t ngx_http_cnil_header_filter(ngx_http_request_t *r);
static ngx_int_t ngx_http_cnil_body_filter(ngx_http_request_t *r, ngx_chain_t *in);

void ngx_http_cnil_init_filters(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_cnil_header_filter;

    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_cnil_body_filter;
}

/* ---- headers: showing them to the core ---- */

static void ngx_http_cnil_show(ngx_http_cnil_view_t *view, ngx_http_cnil_source_e source, ngx_table_elt_t *element,
                               struct cnil_str name, struct cnil_str value)
{
    struct cnil_header *list = (struct cnil_header *)view->response.headers.list;
    size_t i = view->response.headers.count++;

    view->fields[i].source = source;
    view->fields[i].element = element;
    list[i].name = name;
    list[i].value = value;
}

/* The fields as they would leave: also those that nginx keeps beside its list until it writes them. */
static ngx_int_t ngx_http_cnil_view(ngx_http_request_t *r, ngx_http_cnil_view_t *view)
{
    ngx_http_headers_out_t *out = &r->headers_out;
    ngx_uint_t i, n = NGX_HTTP_CNIL_SYNTHESIZED;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;
    u_char *p, *end;

    for (part = &out->headers.part; part != NULL; part = part->next)
        n += part->nelts;

    view->response.status = out->status;
    view->response.headers.count = 0;
    view->response.headers.list = ngx_palloc(r->pool, n * sizeof(struct cnil_header));
    view->fields = ngx_palloc(r->pool, n * sizeof(ngx_http_cnil_field_t));
    p = ngx_pnalloc(r->pool, out->content_type.len + sizeof("; charset=") + out->charset.len + NGX_OFF_T_LEN +
                                 sizeof("Mon, 28 Sep 1970 06:00:00 GMT"));
    if (view->response.headers.list == NULL || view->fields == NULL || p == NULL)
        return NGX_ERROR;

    if (out->content_type.len > 0) {
        end = ngx_cpymem(p, out->content_type.data, out->content_type.len);
        if (out->content_type_len == out->content_type.len && out->charset.len > 0)
            end = ngx_sprintf(end, "; charset=%V", &out->charset);
        ngx_http_cnil_show(view, NGX_HTTP_CNIL_CONTENT_TYPE, NULL, CNIL_STR("Content-Type"),
                           (struct cnil_str){ (char *)p, end - p });
        p = end;
    }

    if (out->content_length == NULL && out->content_length_n >= 0) {
        end = ngx_sprintf(p, "%O", out->content_length_n);
        ngx_http_cnil_show(view, NGX_HTTP_CNIL_CONTENT_LENGTH, NULL, CNIL_STR("Content-Length"),
                           (struct cnil_str){ (char *)p, end - p });
        p = end;
    }

    if (out->last_modified == NULL && out->last_modified_time != -1) {
        end = ngx_http_time(p, out->last_modified_time);
        ngx_http_cnil_show(view, NGX_HTTP_CNIL_LAST_MODIFIED, NULL, CNIL_STR("Last-Modified"),
                           (struct cnil_str){ (char *)p, end - p });
    }

    for (part = &out->headers.part; part != NULL; part = part->next) {
        h = part->elts;
        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash != 0)
                ngx_http_cnil_show(view, NGX_HTTP_CNIL_ELEMENT, &h[i],
                                   (struct cnil_str){ (char *)h[i].key.data, h[i].key.len },
                                   (struct cnil_str){ (char *)h[i].value.data, h[i].value.len });
        }
    }

    return NGX_OK;
}

/* ---- headers: applying edits ---- */

/* Takes an element out, and nginx's own pointer to it. */
static void ngx_http_cnil_remove(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    h->hash = 0;

    if (h == r->headers_out.content_length) {
        ngx_http_clear_content_length(r);
    } else if (h == r->headers_out.last_modified) {
        ngx_http_clear_last_modified(r);
    } else if (h == r->headers_out.accept_ranges) {
        ngx_http_clear_accept_ranges(r);
    } else if (h == r->headers_out.etag) {
        r->headers_out.etag = NULL;
    } else if (h == r->headers_out.location) {
        r->headers_out.location = NULL;
    } else if (h == r->headers_out.refresh) {
        r->headers_out.refresh = NULL;
    } else if (h == r->headers_out.expires) {
        r->headers_out.expires = NULL;
    } else if (h == r->headers_out.content_encoding) {
        r->headers_out.content_encoding = NULL;
    }
}

static void ngx_http_cnil_set_content_type(ngx_http_request_t *r, struct cnil_str value)
{
    r->headers_out.content_type.data = (u_char *)value.ptr;
    r->headers_out.content_type.len = value.len;
    r->headers_out.content_type_len = cnil_str_trim(cnil_str_slice(value, 0, cnil_str_find_byte(value, ';'))).len;
    r->headers_out.content_type_lowcase = NULL;
    r->headers_out.charset.len = 0;
}

static ngx_table_elt_t *ngx_http_cnil_add(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, struct cnil_str name,
                                          struct cnil_str value)
{
    ngx_http_cnil_added_t *added;
    ngx_table_elt_t *h;

    if (ctx->added.elts == NULL && ngx_array_init(&ctx->added, r->pool, 8, sizeof(ngx_http_cnil_added_t)) != NGX_OK)
        return NULL;

    added = ngx_array_push(&ctx->added);
    h = ngx_list_push(&r->headers_out.headers);
    if (added == NULL || h == NULL)
        return NULL;

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = 1;
    h->key.data = (u_char *)name.ptr;
    h->key.len = name.len;
    h->value.data = (u_char *)value.ptr;
    h->value.len = value.len;

    added->element = h;
    added->value = value.ptr;

    return h;
}

static ngx_int_t ngx_http_cnil_edit(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, ngx_http_cnil_view_t *view,
                                    const struct cnil_edit *edit)
{
    ngx_http_cnil_field_t *field;
    ngx_table_elt_t *h;

    if (edit->kind == CNIL_EDIT_ADD) {
        h = ngx_http_cnil_add(r, ctx, edit->name, edit->value);
        if (h != NULL && r->headers_out.etag == NULL && cnil_str_equal_nocase(edit->name, CNIL_STR("ETag")))
            r->headers_out.etag = h; /* gzip makes it weak */
        return h != NULL ? NGX_OK : NGX_ERROR;
    }

    field = &view->fields[edit->index];

    switch (field->source) {

    case NGX_HTTP_CNIL_ELEMENT:
        if (edit->kind == CNIL_EDIT_REMOVE) {
            ngx_http_cnil_remove(r, field->element);
        } else {
            field->element->value.data = (u_char *)edit->value.ptr;
            field->element->value.len = edit->value.len;
        }
        return NGX_OK;

    case NGX_HTTP_CNIL_CONTENT_TYPE:
        ngx_http_cnil_set_content_type(r, edit->kind == CNIL_EDIT_REMOVE ? CNIL_STR_EMPTY : edit->value);
        return NGX_OK;

    case NGX_HTTP_CNIL_CONTENT_LENGTH: /* framing is nginx's: a value of the core's would not be its own */
        ngx_http_clear_content_length(r);
        return NGX_OK;

    case NGX_HTTP_CNIL_LAST_MODIFIED:
        ngx_http_clear_last_modified(r);
        if (edit->kind == CNIL_EDIT_REPLACE &&
            ngx_http_cnil_add(r, ctx, CNIL_STR("Last-Modified"), edit->value) == NULL)
            return NGX_ERROR;
        return NGX_OK;
    }

    return NGX_OK;
}

static ngx_int_t ngx_http_cnil_apply(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, ngx_http_cnil_view_t *view,
                                     struct cnil_edits edits)
{
    size_t i;

    for (i = 0; i < edits.count; i++) {
        if (ngx_http_cnil_edit(r, ctx, view, &edits.list[i]) != NGX_OK)
            return NGX_ERROR;
    }

    return NGX_OK;
}

/* The filters may run a second time over the same fields: an unsatisfiable range becomes a 416 page after we have run.
 */
static void ngx_http_cnil_forget_added(ngx_http_cnil_ctx_t *ctx)
{
    ngx_http_cnil_added_t *added = ctx->added.elts;
    ngx_uint_t i;

    for (i = 0; i < ctx->added.nelts; i++) {
        if (added[i].element->value.data == (u_char *)added[i].value)
            ngx_http_cnil_remove(ctx->request, added[i].element);
    }

    ctx->added.nelts = 0;
}

/* ---- the header filter ---- */

/* What the client can decode is for the compressors to know, which come after us. */
static void ngx_http_cnil_show_encoding(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx)
{
#if (NGX_HTTP_GZIP)
    if (ctx->hidden_encoding) {
        r->headers_in.accept_encoding = ctx->accept_encoding;
        r->gzip_tested = 0; /* gunzip has asked before us */
    }
#endif
}

/* An answer of ours leaves as the core made it: cookies of userid, expiry times and the like are for the site's pages.
 */
static ngx_int_t ngx_http_cnil_own_headers(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx)
{
    struct cnil_headers headers = ctx->answer->headers;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;
    ngx_uint_t i;
    size_t k;

    ctx->answering = 0;

    for (part = &r->headers_out.headers.part; part != NULL; part = part->next) {
        h = part->elts;
        for (i = 0; i < part->nelts; i++)
            ngx_http_cnil_remove(r, &h[i]);
    }

    ngx_http_clear_last_modified(r);
    ngx_http_cnil_set_content_type(r, CNIL_STR_EMPTY);

    for (k = 0; k < headers.count; k++) {
        if (cnil_str_equal_nocase(headers.list[k].name, CNIL_STR("Content-Type"))) {
            ngx_http_cnil_set_content_type(r, headers.list[k].value);
        } else if (cnil_str_equal_nocase(headers.list[k].name, CNIL_STR("Content-Length"))) {
            /* -1: `sub_filter_types *` or the like is about to change the body */
            if (r->headers_out.content_length_n >= 0)
                r->headers_out.content_length_n =
                    ngx_atoof((u_char *)headers.list[k].value.ptr, headers.list[k].value.len);
        } else {
            h = ngx_http_cnil_add(r, ctx, headers.list[k].name, headers.list[k].value);
            if (h == NULL)
                return NGX_ERROR;
            if (cnil_str_equal_nocase(headers.list[k].name, CNIL_STR("Content-Encoding")))
                r->headers_out.content_encoding = h; /* compressors look there */
        }
    }

    return NGX_OK;
}

static ngx_int_t ngx_http_cnil_new_body(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, enum cnil_body kind)
{
    ngx_http_cnil_loc_conf_t *lcf = ngx_http_get_module_loc_conf(r, ngx_http_cnil_module);

    if (r->method == NGX_HTTP_HEAD || r->header_only)
        return NGX_OK;

    ctx->body = ngx_pcalloc(r->pool, sizeof(ngx_http_cnil_body_t));
    if (ctx->body == NULL)
        return NGX_ERROR;

    ctx->body->last_out = &ctx->body->out;
    ctx->body->bufs = lcf->bufs;
    ctx->body->unflushed = 1; /* the headers */
    ctx->body->observe = kind == CNIL_BODY_OBSERVE;

    /* Subrequests inherit this flag, and not filter_need_in_memory. */
    r->main_filter_need_in_memory = 1;

    return NGX_OK;
}

static ngx_int_t ngx_http_cnil_edit_response(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx)
{
    enum cnil_body body = CNIL_BODY_PASS;
    ngx_http_cnil_view_t view;
    struct cnil_edits edits;

    if (ngx_http_cnil_enter(r, ctx, &edits) != NGX_OK)
        return NGX_ERROR;

    if (ngx_http_cnil_view(r, &view) != NGX_OK ||
        cnil_exchange_body(ctx->exchange, &view.response, &body, &edits) != CNIL_OK ||
        ngx_http_cnil_apply(r, ctx, &view, edits) != NGX_OK)
        return NGX_ERROR;

    if (body == CNIL_BODY_REWRITE) {
        ngx_http_clear_content_length(r);
        ngx_http_clear_accept_ranges(r);
    }

    if (((edits.count > 0 || body == CNIL_BODY_REWRITE) && ngx_http_cnil_view(r, &view) != NGX_OK) ||
        cnil_exchange_headers(ctx->exchange, &view.response, &edits) != CNIL_OK ||
        ngx_http_cnil_apply(r, ctx, &view, edits) != NGX_OK)
        return NGX_ERROR;

    return body == CNIL_BODY_PASS ? NGX_OK : ngx_http_cnil_new_body(r, ctx, body);
}

static ngx_int_t ngx_http_cnil_header_filter(ngx_http_request_t *r)
{
    ngx_http_cnil_loc_conf_t *lcf = ngx_http_get_module_loc_conf(r, ngx_http_cnil_module);
    ngx_http_cnil_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_cnil_module);
    ngx_int_t rc;

    if ((lcf->mode == CNIL_MODE_OFF && ctx == NULL) || r != r->main)
        return ngx_http_next_header_filter(r);

    if (ctx != NULL && ctx->answering && r->headers_out.status == ctx->answer->status) {
        if (ngx_http_cnil_own_headers(r, ctx) != NGX_OK)
            return NGX_ERROR;
        return ngx_http_next_header_filter(r);
    }

    if (ctx != NULL) {
        ctx->body = NULL;
        ngx_http_cnil_forget_added(ctx);
        ngx_http_cnil_show_encoding(r, ctx);
    }

    if (lcf->mode == CNIL_MODE_OFF)
        return ngx_http_next_header_filter(r);

    rc = ngx_http_cnil_begin(r, CNIL_MODE_OFF, &ctx);
    if (rc == NGX_OK && ctx->failed && r->internal)
        rc = NGX_ERROR; /* an error page of the site's, which nobody has read; nginx's own page may pass */
    else if (rc == NGX_OK && !ctx->failed)
        rc = ngx_http_cnil_edit_response(r, ctx);

    if (rc != NGX_ERROR || !ngx_http_cnil_enforces(lcf))
        return ngx_http_next_header_filter(r);

    if (ctx == NULL || ctx->failed)
        return NGX_ERROR;

    ctx->failed = 1;
    ctx->body = NULL;

    return ngx_http_filter_finalize_request(r, &ngx_http_cnil_module, NGX_HTTP_INTERNAL_SERVER_ERROR);
}

/* ---- the body filter ---- */

/* Feeds what passes and lets it pass: the very same chain. */
static void ngx_http_cnil_observe(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, ngx_chain_t *in)
{
    struct cnil_span span = { NULL, 0, false };
    struct cnil_str chunk;
    enum cnil_status status = CNIL_OK;
    ngx_buf_t *b;

    for (; in != NULL && status == CNIL_OK && !ctx->body->done; in = in->next) {
        b = in->buf;
        chunk = CNIL_STR_EMPTY;
        if (ngx_buf_in_memory(b))
            chunk = (struct cnil_str){ (char *)b->pos, b->last - b->pos };
        if (chunk.len == 0 && !b->last_buf)
            continue;

        ctx->body->done = b->last_buf;
        status = cnil_exchange_feed(ctx->exchange, chunk, b->last_buf);
        while (status == CNIL_OK && (status = cnil_exchange_next(ctx->exchange, &span)) == CNIL_OK && span.len > 0)
            continue;
    }

    if (status != CNIL_OK)
        ctx->body->done = 1;
}

static ngx_int_t ngx_http_cnil_push(ngx_http_request_t *r, ngx_http_cnil_body_t *body, ngx_buf_t *b)
{
    ngx_chain_t *cl;

    cl = ngx_alloc_chain_link(r->pool);
    if (cl == NULL)
        return NGX_ERROR;

    cl->buf = b;
    cl->next = NULL;
    *body->last_out = cl;
    body->last_out = &cl->next;

    return NGX_OK;
}

/* NGX_DECLINED: all buffers are on their way to the client. */
static ngx_int_t ngx_http_cnil_get_buf(ngx_http_request_t *r, ngx_http_cnil_body_t *body)
{
    ngx_chain_t *cl;
    ngx_buf_t *b;

    if (body->out_buf != NULL)
        return NGX_OK;

    if (body->free != NULL) {
        cl = body->free;
        body->free = cl->next;
        b = cl->buf;
        ngx_free_chain(r->pool, cl);
        b->flush = 0;

    } else if (body->bufs.num > 0) {
        b = ngx_create_temp_buf(r->pool, body->bufs.size);
        if (b == NULL)
            return NGX_ERROR;
        b->tag = (ngx_buf_tag_t)&ngx_http_cnil_module;
        b->recycled = 1;
        body->bufs.num--;

    } else {
        return NGX_DECLINED;
    }

    body->out_buf = b;

    return NGX_OK;
}

/* Copies the core's output into our buffers until it has no more. NGX_DECLINED: there is no room. */
static ngx_int_t ngx_http_cnil_pull(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx)
{
    ngx_http_cnil_body_t *body = ctx->body;
    ngx_int_t rc;
    size_t n;

    for (;;) {
        if (body->span.len == 0) {
            if (cnil_exchange_next(ctx->exchange, &body->span) != CNIL_OK)
                return NGX_ERROR;
            if (body->span.len == 0)
                return NGX_OK;
        }

        rc = ngx_http_cnil_get_buf(r, body);
        if (rc != NGX_OK)
            return rc;

        n = ngx_min(body->span.len, (size_t)(body->out_buf->end - body->out_buf->last));
        body->out_buf->last = ngx_cpymem(body->out_buf->last, body->span.ptr, n);
        body->span.ptr += n;
        body->span.len -= n;
        body->unflushed = 1;

        if (body->out_buf->last == body->out_buf->end) {
            if (ngx_http_cnil_push(r, body, body->out_buf) != NGX_OK)
                return NGX_ERROR;
            body->out_buf = NULL;
        }
    }
}

/* Lends the core the next buffer of input. */
static ngx_int_t ngx_http_cnil_lend(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx)
{
    ngx_http_cnil_body_t *body = ctx->body;
    struct cnil_str chunk = CNIL_STR_EMPTY;
    ngx_chain_t *cl = body->in;
    ngx_buf_t *b = cl->buf;

    body->in = cl->next;
    ngx_free_chain(r->pool, cl);
    body->lent = b;

    if (ngx_buf_in_memory(b)) {
        chunk = (struct cnil_str){ (char *)b->pos, b->last - b->pos };
    } else if (b->in_file && b->file_last > b->file_pos) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0, "cnil: a part of the page is not in memory");
        return NGX_ERROR;
    }

    if (chunk.len == 0 && !b->last_buf)
        return NGX_OK;

    return cnil_exchange_feed(ctx->exchange, chunk, b->last_buf) == CNIL_OK ? NGX_OK : NGX_ERROR;
}

/* The buffer lent has been read: gives it back, and passes on what it asked for. What marks the end of a part (sync,
 * last_in_chain) means nothing to the filters after us. */
static ngx_int_t ngx_http_cnil_return(ngx_http_request_t *r, ngx_http_cnil_body_t *body)
{
    ngx_buf_t *lent = body->lent, *b = body->out_buf;
    ngx_uint_t flush = lent->flush && body->unflushed;

    body->lent = NULL;
    lent->pos = lent->last;

    if (!flush && !lent->last_buf)
        return NGX_OK;

    body->out_buf = NULL;
    body->unflushed = 0;

    if (b == NULL) {
        b = ngx_calloc_buf(r->pool); /* special: it carries flags and no bytes */
        if (b == NULL)
            return NGX_ERROR;
    }

    b->flush = flush;
    b->last_buf = lent->last_buf;
    b->last_in_chain = lent->last_buf;
    body->done = lent->last_buf;

    return ngx_http_cnil_push(r, body, b);
}

/* Rewrites until the input or the room for output ends. */
static ngx_int_t ngx_http_cnil_rewrite(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx)
{
    ngx_http_cnil_body_t *body = ctx->body;
    ngx_int_t rc;

    while (!body->done && (body->lent != NULL || body->in != NULL)) {
        if (body->lent == NULL && ngx_http_cnil_lend(r, ctx) != NGX_OK)
            return NGX_ERROR;

        rc = ngx_http_cnil_pull(r, ctx);
        if (rc != NGX_OK)
            return rc;

        if (ngx_http_cnil_return(r, body) != NGX_OK)
            return NGX_ERROR;
    }

    /* Whoever waits for these bytes need not wait for the next ones. */
    if (body->out_buf != NULL && body->out_buf->last > body->out_buf->pos) {
        if (ngx_http_cnil_push(r, body, body->out_buf) != NGX_OK)
            return NGX_ERROR;
        body->out_buf = NULL;
    }

    return NGX_OK;
}

static ngx_int_t ngx_http_cnil_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_http_cnil_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_cnil_module);
    ngx_http_cnil_body_t *body = ctx != NULL ? ctx->body : NULL;
    ngx_uint_t flush;
    ngx_int_t rc;

    if (body == NULL || body->done || r != r->main)
        return ngx_http_next_body_filter(r, in);

    if (body->failed)
        return NGX_ERROR;

    if (body->observe) {
        ngx_http_cnil_observe(r, ctx, in);
        return ngx_http_next_body_filter(r, in);
    }

    if (in != NULL && ngx_chain_add_copy(r->pool, &body->in, in) != NGX_OK)
        goto failed;

    /* We may be called because the client has taken something: what waits is pushed on, even with nothing to add. */
    flush = body->busy != NULL;

    for (;;) {
        if (ngx_http_cnil_rewrite(r, ctx) == NGX_ERROR)
            goto failed;

        if (body->out == NULL && !flush)
            return body->busy != NULL ? NGX_AGAIN : NGX_OK;

        rc = ngx_http_next_body_filter(r, body->out);
        if (rc == NGX_ERROR)
            goto failed;

        ngx_chain_update_chains(r->pool, &body->free, &body->busy, &body->out, (ngx_buf_tag_t)&ngx_http_cnil_module);
        body->last_out = &body->out;
        flush = 0;

        if (body->done)
            return rc;
    }

failed:

    body->failed = 1;

    return NGX_ERROR;
}
