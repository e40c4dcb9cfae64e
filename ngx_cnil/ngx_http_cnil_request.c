/* SPDX-License-Identifier: Apache-2.0
 * The request's side: opens the exchange, answers own addresses, and takes out of the request what the origin must not
 * see. */
#include "ngx_http_cnil.h"

static ngx_int_t ngx_http_cnil_open(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, ngx_uint_t mode);
static ngx_int_t ngx_http_cnil_read_headers(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx);
static struct cnil_str ngx_http_cnil_peer(ngx_http_request_t *r);
static ngx_uint_t ngx_http_cnil_claimed(ngx_http_request_t *r);
static ngx_int_t ngx_http_cnil_answer(ngx_http_request_t *r);
static void ngx_http_cnil_submit(ngx_http_request_t *r);
static ngx_int_t ngx_http_cnil_read_body(ngx_http_request_t *r, char *out, size_t size, size_t *len);
static ngx_int_t ngx_http_cnil_send(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx);
static ngx_int_t ngx_http_cnil_edit_request(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, struct cnil_edits edits);
static ngx_int_t ngx_http_cnil_link_request(ngx_http_request_t *r);
static ngx_int_t ngx_http_cnil_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);

/* The parsed headers that the core may edit, as nginx keeps them beside the list. Accept-Encoding is not among them:
 * the origin must not see it, but nginx's own compressors must. */
static const struct {
    ngx_str_t name;
    size_t offset;
} ngx_http_cnil_parsed[] = {
    { ngx_string("if-modified-since"), offsetof(ngx_http_headers_in_t, if_modified_since) },
    { ngx_string("if-unmodified-since"), offsetof(ngx_http_headers_in_t, if_unmodified_since) },
    { ngx_string("if-match"), offsetof(ngx_http_headers_in_t, if_match) },
    { ngx_string("if-none-match"), offsetof(ngx_http_headers_in_t, if_none_match) },
    { ngx_string("if-range"), offsetof(ngx_http_headers_in_t, if_range) },
    { ngx_string("range"), offsetof(ngx_http_headers_in_t, range) },
#if (NGX_HTTP_GZIP)
    { ngx_string("accept-encoding"), offsetof(ngx_http_headers_in_t, accept_encoding) },
#endif
};

static ngx_str_t ngx_http_cnil_cookie = ngx_string("cookie");

static ngx_http_variable_t ngx_http_cnil_variables[] = {

    { ngx_string("cnil_choice"), NULL, ngx_http_cnil_variable, CNIL_VARIABLE_CHOICE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cnil_mode"), NULL, ngx_http_cnil_variable, CNIL_VARIABLE_MODE, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("cnil_blocked"), NULL, ngx_http_cnil_variable, CNIL_VARIABLE_BLOCKED, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    ngx_http_null_variable,
};

/* ---- the exchange of a request ---- */

static void ngx_http_cnil_cleanup(void *data)
{
    ngx_http_cnil_ctx_t *ctx = data;

    cnil_exchange_close(ctx->exchange);
}

ngx_http_cnil_ctx_t *ngx_http_cnil_get_ctx(ngx_http_request_t *r)
{
    ngx_http_cnil_ctx_t *ctx;
    ngx_pool_cleanup_t *cln;

    r = r->main;
    ctx = ngx_http_get_module_ctx(r, ngx_http_cnil_module);
    if (ctx != NULL)
        return ctx;

    /* nginx clears r->ctx on internal redirects and before error pages. */
    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_cnil_cleanup) {
            ngx_http_set_ctx(r, cln->data, ngx_http_cnil_module);
            return cln->data;
        }
    }

    return NULL;
}

ngx_uint_t ngx_http_cnil_enforces(const ngx_http_cnil_loc_conf_t *lcf)
{
    return lcf->mode != CNIL_MODE_OFF && cnil_policy_mode(lcf->policy, lcf->mode) == CNIL_MODE_ENFORCE;
}

ngx_int_t ngx_http_cnil_begin(ngx_http_request_t *r, ngx_uint_t mode, ngx_http_cnil_ctx_t **ctx)
{
    ngx_http_cnil_loc_conf_t *lcf = ngx_http_get_module_loc_conf(r, ngx_http_cnil_module);
    ngx_pool_cleanup_t *cln;

    *ctx = ngx_http_cnil_get_ctx(r);

    if (*ctx != NULL)
        return NGX_OK;

    *ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_cnil_ctx_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (*ctx == NULL || cln == NULL)
        return NGX_ERROR;

    (*ctx)->request = r;
    (*ctx)->mcf = ngx_http_get_module_main_conf(r, ngx_http_cnil_module);
    cln->handler = ngx_http_cnil_cleanup;
    cln->data = *ctx;
    ngx_http_set_ctx(r, *ctx, ngx_http_cnil_module);

    if (ngx_http_cnil_open(r, *ctx, mode) == NGX_OK)
        return NGX_OK;

    (*ctx)->failed = 1;

    return ngx_http_cnil_enforces(lcf) ? NGX_ERROR : NGX_DECLINED;
}

static ngx_int_t ngx_http_cnil_open(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, ngx_uint_t mode)
{
    ngx_http_core_srv_conf_t *cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
    ngx_http_cnil_loc_conf_t *server = cscf->ctx->loc_conf[ngx_http_cnil_module.ctx_index];
    ngx_http_cnil_loc_conf_t *lcf = ngx_http_get_module_loc_conf(r, ngx_http_cnil_module);
    ngx_str_t *host = r->headers_in.host != NULL ? &r->headers_in.host->value : &r->headers_in.server;
    struct cnil_request request;

    ctx->policy = server->policy != NULL ? server->policy : lcf->policy;
    ctx->exchange = cnil_exchange_new(ctx->mcf->config, ctx->policy, mode, &ngx_http_cnil_server, ctx);

    if (ctx->exchange == NULL || (ctx->headers == NULL && ngx_http_cnil_read_headers(r, ctx) != NGX_OK))
        return NGX_ERROR;

    request.method = (struct cnil_str){ (const char *)r->method_name.data, r->method_name.len };
    request.host = (struct cnil_str){ (const char *)host->data, host->len };
    request.target = (struct cnil_str){ (const char *)r->unparsed_uri.data, r->unparsed_uri.len };
    if (request.target.len == 0)
        request.target = CNIL_STR("/"); /* nginx could not read the request; its answer may be a page of the site */
    request.peer = ngx_http_cnil_peer(r);
    request.headers = (struct cnil_headers){ ctx->headers, ctx->count };
#if (NGX_HTTP_SSL)
    request.tls = r->connection->ssl != NULL;
#else
    request.tls = false;
#endif

    return cnil_exchange_open(ctx->exchange, &request, &ctx->open, &ctx->answer) == CNIL_OK ? NGX_OK : NGX_ERROR;
}

static ngx_int_t ngx_http_cnil_read_headers(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx)
{
    ngx_list_part_t *part;
    ngx_table_elt_t *h;
    ngx_uint_t i, n = 0;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next)
        n += part->nelts;

    if (n == 0)
        return NGX_OK;

    ctx->headers = ngx_palloc(r->pool, n * sizeof(struct cnil_header));
    ctx->elements = ngx_palloc(r->pool, n * sizeof(ngx_table_elt_t *));
    if (ctx->headers == NULL || ctx->elements == NULL)
        return NGX_ERROR;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;
        for (i = 0; i < part->nelts; i++) {
            ctx->elements[ctx->count] = &h[i];
            ctx->headers[ctx->count].name = (struct cnil_str){ (const char *)h[i].key.data, h[i].key.len };
            ctx->headers[ctx->count].value = (struct cnil_str){ (const char *)h[i].value.data, h[i].value.len };
            ctx->count++;
        }
    }

    return NGX_OK;
}

/* The address that the connection comes from, also where realip has put a header's in its place: the core decides by
 * itself which proxies it trusts. */
static struct cnil_str ngx_http_cnil_peer(ngx_http_request_t *r)
{
    static ngx_str_t name = ngx_string("realip_remote_addr");
    ngx_http_variable_value_t *v;

    v = ngx_http_get_variable(r, &name, ngx_hash_key(name.data, name.len));
    if (v != NULL && !v->not_found)
        return (struct cnil_str){ (const char *)v->data, v->len };

    return (struct cnil_str){ (const char *)r->connection->addr_text.data, r->connection->addr_text.len };
}

/* ---- phases ---- */

/* The first phase that a request comes to, with the server's configuration: redirects to https leave from here, own
 * addresses are claimed before any rewrite rule of the site. */
ngx_int_t ngx_http_cnil_server_rewrite_handler(ngx_http_request_t *r)
{
    ngx_http_cnil_loc_conf_t *lcf = ngx_http_get_module_loc_conf(r, ngx_http_cnil_module);
    ngx_http_cnil_ctx_t *ctx;
    ngx_int_t rc;

    if (lcf->mode == CNIL_MODE_OFF || r != r->main)
        return NGX_DECLINED;

    /* What is first seen here after an internal redirect is the page of an error that came before all phases. */
    rc = ngx_http_cnil_begin(r, r->internal ? CNIL_MODE_OFF : lcf->mode, &ctx);
    if (rc == NGX_ERROR)
        return NGX_HTTP_INTERNAL_SERVER_ERROR;

    if (rc == NGX_DECLINED || !ngx_http_cnil_claimed(r))
        return NGX_DECLINED;

    if (ctx->open == CNIL_OPEN_ANSWER && ctx->answer->is_early)
        return ngx_http_cnil_send(r, ctx);

    return ngx_http_cnil_rewrite_handler(r);
}

/* Is this an own address, and not the error page of one? */
static ngx_uint_t ngx_http_cnil_claimed(ngx_http_request_t *r)
{
    ngx_http_cnil_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_cnil_module);

    return r == r->main && ctx != NULL && ctx->open != CNIL_OPEN_PASS && !ctx->failed && !r->internal;
}

/* Own addresses pass over the rules that come after this handler in its phase: `return`, `rewrite`, `if`. */
ngx_int_t ngx_http_cnil_rewrite_handler(ngx_http_request_t *r)
{
    ngx_http_core_main_conf_t *cmcf;

    if (ngx_http_cnil_claimed(r)) {
        cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
        r->phase_handler = cmcf->phase_engine.handlers[r->phase_handler].next - 1;
    }

    return NGX_DECLINED; /* nginx goes on with the handler after r->phase_handler */
}

/* The location is known, and nothing has been asked of the origin yet: auth_request, mirror and proxy_pass come later.
 * What the location says about access (allow, auth_basic) applies to own addresses too. */
ngx_int_t ngx_http_cnil_preaccess_handler(ngx_http_request_t *r)
{
    ngx_http_cnil_loc_conf_t *lcf = ngx_http_get_module_loc_conf(r, ngx_http_cnil_module);
    ngx_http_cnil_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_cnil_module);
    struct cnil_edits edits;
    ngx_int_t rc;

    if ((ctx == NULL && lcf->mode == CNIL_MODE_OFF) || r != r->main)
        return NGX_DECLINED;

    if (ngx_http_cnil_claimed(r)) {
        r->content_handler = ngx_http_cnil_answer;
        return NGX_DECLINED;
    }

    rc = ngx_http_cnil_begin(r, CNIL_MODE_OFF, &ctx);
    if (rc == NGX_DECLINED || (rc == NGX_OK && ctx->failed))
        return NGX_DECLINED;

    if (rc != NGX_OK || ngx_http_cnil_enter(r, ctx, &edits) != NGX_OK ||
        ngx_http_cnil_edit_request(r, ctx, edits) != NGX_OK)
        return NGX_HTTP_INTERNAL_SERVER_ERROR;

    return NGX_DECLINED;
}

/* Neither try_files nor mirror gets to see own addresses. */
ngx_int_t ngx_http_cnil_precontent_handler(ngx_http_request_t *r)
{
    return ngx_http_cnil_claimed(r) ? NGX_OK : NGX_DECLINED;
}

ngx_int_t ngx_http_cnil_enter(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, struct cnil_edits *edits)
{
    ngx_http_cnil_loc_conf_t *lcf = ngx_http_get_module_loc_conf(r, ngx_http_cnil_module);
    const struct cnil_policy *policy = lcf->policy != NULL ? lcf->policy : ctx->policy;

    *edits = ctx->edits;
    if (ctx->place == lcf)
        return NGX_OK;

    if (cnil_exchange_enter(ctx->exchange, policy, lcf->mode, edits) != CNIL_OK) {
        *edits = ctx->edits;
        return ngx_http_cnil_enforces(lcf) ? NGX_ERROR : NGX_OK;
    }

    ctx->place = lcf;

    return NGX_OK;
}

/* ---- own addresses ---- */

static ngx_int_t ngx_http_cnil_answer(ngx_http_request_t *r)
{
    ngx_http_cnil_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_cnil_module);
    ngx_int_t rc;

    if (ctx->open == CNIL_OPEN_ANSWER)
        return ngx_http_cnil_send(r, ctx);

    if (r->headers_in.content_length_n > CNIL_LIMIT_FORM_BODY) {
        if (cnil_exchange_submit(ctx->exchange, CNIL_STR_EMPTY, true, &ctx->answer) != CNIL_OK)
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        return ngx_http_cnil_send(r, ctx);
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_cnil_submit);
    if (rc >= NGX_HTTP_SPECIAL_RESPONSE)
        return rc;

    return NGX_DONE;
}

static void ngx_http_cnil_submit(ngx_http_request_t *r)
{
    ngx_http_cnil_ctx_t *ctx = ngx_http_get_module_ctx(r, ngx_http_cnil_module);
    char body[CNIL_LIMIT_FORM_BODY + 1]; /* one more tells a body that is too long */
    struct cnil_str view = { body, 0 };

    if (ngx_http_cnil_read_body(r, body, sizeof(body), &view.len) != NGX_OK ||
        cnil_exchange_submit(ctx->exchange, cnil_str_slice(view, 0, CNIL_LIMIT_FORM_BODY),
                             view.len > CNIL_LIMIT_FORM_BODY, &ctx->answer) != CNIL_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_finalize_request(r, ngx_http_cnil_send(r, ctx));
}

/* The request's body, cut to `size`: in memory, or in the file where `client_body_in_file_only` has put it. */
static ngx_int_t ngx_http_cnil_read_body(ngx_http_request_t *r, char *out, size_t size, size_t *len)
{
    ngx_chain_t *cl;
    ngx_buf_t *b;
    ssize_t n;

    *len = 0;
    if (r->request_body == NULL)
        return NGX_OK;

    for (cl = r->request_body->bufs; cl != NULL && *len < size; cl = cl->next) {
        b = cl->buf;
        n = ngx_min((size_t)ngx_buf_size(b), size - *len);
        if (n == 0)
            continue;

        if (ngx_buf_in_memory(b)) {
            ngx_memcpy(out + *len, b->pos, n);
        } else if (ngx_read_file(b->file, (u_char *)out + *len, n, b->file_pos) != n) {
            return NGX_ERROR;
        }
        *len += n;
    }

    return NGX_OK;
}

/* Sends the core's answer. Its header fields are put in by our header filter, after those that add to every response.
 */
static ngx_int_t ngx_http_cnil_send(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx)
{
    struct cnil_str body = ctx->answer->body;
    ngx_chain_t out;
    ngx_buf_t *b;
    ngx_int_t rc;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK)
        return rc;

    ctx->answering = 1;
    r->disable_not_modified = 1; /* the answer is for this visitor, whatever validators say */
    r->headers_out.status = ctx->answer->status;
    r->headers_out.content_length_n = body.len;

    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only || ctx->answer->head_only)
        return rc;

    if (body.len == 0)
        return ngx_http_send_special(r, NGX_HTTP_LAST);

    b = ngx_calloc_buf(r->pool);
    if (b == NULL)
        return NGX_ERROR;

    b->pos = (u_char *)body.ptr;
    b->last = b->pos + body.len;
    b->memory = 1;
    b->last_buf = 1;
    b->last_in_chain = 1;
    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}

/* ---- edits of the request ---- */

static ngx_uint_t ngx_http_cnil_was_added(struct cnil_edits edits, const ngx_table_elt_t *h)
{
    size_t i;

    for (i = 0; i < edits.count; i++) {
        if (edits.list[i].kind == CNIL_EDIT_ADD && (u_char *)edits.list[i].name.ptr == h->key.data)
            return 1;
    }

    return 0;
}

/* With a NUL after it, which nginx's parsers of Range and dates rely on. */
static ngx_int_t ngx_http_cnil_copy(ngx_http_request_t *r, ngx_str_t *to, struct cnil_str from)
{
    to->len = from.len;
    to->data = ngx_pnalloc(r->pool, from.len + 1);
    if (to->data == NULL)
        return NGX_ERROR;

    *ngx_cpymem(to->data, from.ptr, from.len) = '\0';

    return NGX_OK;
}

static ngx_table_elt_t *ngx_http_cnil_push_request(ngx_http_request_t *r, const ngx_table_elt_t *from)
{
    ngx_table_elt_t *h;

    h = ngx_list_push(&r->headers_in.headers);
    if (h == NULL)
        return NULL;

    *h = *from;
#if (nginx_version >= 1023000)
    h->next = NULL;
#endif

    return h;
}

/* The field at `index` of the original headers, from `from`, as `edits` want it. */
static ngx_int_t ngx_http_cnil_put_request(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, struct cnil_edits edits,
                                           ngx_uint_t index, const ngx_table_elt_t *from)
{
    const struct cnil_edit *edit = cnil_edits_find(edits, index);
    const struct cnil_edit *before = cnil_edits_find(ctx->edits, index);
    ngx_table_elt_t *h;

    if (edit != NULL && edit->kind == CNIL_EDIT_REMOVE)
        return NGX_OK;

    h = ngx_http_cnil_push_request(r, from);
    if (h == NULL)
        return NGX_ERROR;
    ctx->elements[index] = h;

    if (edit != NULL)
        return ngx_http_cnil_copy(r, &h->value, edit->value);

    if (before != NULL) {
        h->value.data = (u_char *)ctx->headers[index].value.ptr;
        h->value.len = ctx->headers[index].value.len;
    }

    return NGX_OK;
}

static ngx_int_t ngx_http_cnil_add_request(ngx_http_request_t *r, const struct cnil_edit *edit)
{
    ngx_table_elt_t h;

    ngx_memzero(&h, sizeof(h));
    h.key.data = (u_char *)edit->name.ptr;
    h.key.len = edit->name.len;
    h.lowcase_key = ngx_pnalloc(r->pool, h.key.len);
    if (h.lowcase_key == NULL || ngx_http_cnil_copy(r, &h.value, edit->value) != NGX_OK)
        return NGX_ERROR;

    h.hash = ngx_hash_strlow(h.lowcase_key, h.key.data, h.key.len);

    return ngx_http_cnil_push_request(r, &h) != NULL ? NGX_OK : NGX_ERROR;
}

/* The fields of the list that begins at `part`, as `edits` want them. Those that other modules have added since the
 * request was read are kept, those that we have added are not. */
static ngx_int_t ngx_http_cnil_keep_request(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, struct cnil_edits edits,
                                            const ngx_list_part_t *part)
{
    ngx_table_elt_t *h;
    ngx_uint_t i, k;

    for (; part != NULL; part = part->next) {
        h = part->elts;
        for (i = 0; i < part->nelts; i++) {
            for (k = 0; k < ctx->count && ctx->elements[k] != &h[i]; k++)
                continue;

            if (k < ctx->count) {
                if (ngx_http_cnil_put_request(r, ctx, edits, k, &h[i]) != NGX_OK)
                    return NGX_ERROR;
            } else if (!ngx_http_cnil_was_added(ctx->edits, &h[i]) && ngx_http_cnil_push_request(r, &h[i]) == NULL) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}

/* What was removed for the place before comes back, unless this one does not want it either. */
static ngx_int_t ngx_http_cnil_restore_request(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, struct cnil_edits edits)
{
    const struct cnil_edit *before = ctx->edits.list;
    size_t i;

    for (i = 0; i < ctx->edits.count; i++) {
        if (before[i].kind == CNIL_EDIT_REMOVE &&
            ngx_http_cnil_put_request(r, ctx, edits, before[i].index, ctx->elements[before[i].index]) != NGX_OK)
            return NGX_ERROR;
    }

    return NGX_OK;
}

/* nginx passes r->headers_in.headers on as it is, whatever an element's hash says, so a field is removed by making the
 * list anew. Elements are copied, never changed: parsed pointers lead to the old ones, and values may lie in the
 * read-only table of HPACK. */
static ngx_int_t ngx_http_cnil_edit_request(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, struct cnil_edits edits)
{
    ngx_list_part_t head = r->headers_in.headers.part;
    ngx_uint_t i;

#if (NGX_HTTP_GZIP)
    if (ctx->accept_encoding != NULL) {
        r->headers_in.accept_encoding = ctx->hidden_encoding ? NULL : ctx->accept_encoding;
    } else {
        ctx->accept_encoding = r->headers_in.accept_encoding;
    }
#endif

    if (edits.list == ctx->edits.list && edits.count == ctx->edits.count)
        return NGX_OK;

    if (ngx_list_init(&r->headers_in.headers, r->pool, ctx->count + edits.count + 1, sizeof(ngx_table_elt_t)) != NGX_OK)
        return NGX_ERROR;

    if (ngx_http_cnil_keep_request(r, ctx, edits, &head) != NGX_OK ||
        ngx_http_cnil_restore_request(r, ctx, edits) != NGX_OK)
        return NGX_ERROR;

    for (i = 0; i < edits.count; i++) {
        if (edits.list[i].kind == CNIL_EDIT_ADD && ngx_http_cnil_add_request(r, &edits.list[i]) != NGX_OK)
            return NGX_ERROR;
    }

    ctx->edits = edits;

    if (ngx_http_cnil_link_request(r) != NGX_OK)
        return NGX_ERROR;

#if (NGX_HTTP_GZIP)
    ctx->hidden_encoding = ctx->accept_encoding != NULL && r->headers_in.accept_encoding == NULL;
#endif

    return NGX_OK;
}

static ngx_uint_t ngx_http_cnil_is(const ngx_table_elt_t *h, const ngx_str_t *name)
{
    return h->key.len == name->len && ngx_strncmp(h->lowcase_key, name->data, name->len) == 0;
}

/* Leads what nginx has parsed of the request to the elements of the new list. */
static ngx_int_t ngx_http_cnil_link_request(ngx_http_request_t *r)
{
    const size_t parsed = sizeof(ngx_http_cnil_parsed) / sizeof(ngx_http_cnil_parsed[0]);
    ngx_table_elt_t *h, **header;
    ngx_list_part_t *part;
    ngx_uint_t i;
    size_t k;
#if (nginx_version >= 1023000)
    ngx_table_elt_t **cookie = &r->headers_in.cookie;

    *cookie = NULL;
#else
    ngx_table_elt_t **cookie;

    if (ngx_array_init(&r->headers_in.cookies, r->pool, 1, sizeof(ngx_table_elt_t *)) != NGX_OK)
        return NGX_ERROR;
#endif

    for (k = 0; k < parsed; k++)
        *(ngx_table_elt_t **)((char *)&r->headers_in + ngx_http_cnil_parsed[k].offset) = NULL;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;
        for (i = 0; i < part->nelts; i++) {
            if (ngx_http_cnil_is(&h[i], &ngx_http_cnil_cookie)) {
#if (nginx_version >= 1023000)
                *cookie = &h[i];
                cookie = &h[i].next;
#else
                cookie = ngx_array_push(&r->headers_in.cookies);
                if (cookie == NULL)
                    return NGX_ERROR;
                *cookie = &h[i];
#endif
                continue;
            }

            for (k = 0; k < parsed; k++) {
                header = (ngx_table_elt_t **)((char *)&r->headers_in + ngx_http_cnil_parsed[k].offset);
                if (*header == NULL && ngx_http_cnil_is(&h[i], &ngx_http_cnil_parsed[k].name))
                    *header = &h[i];
            }
        }
    }

    return NGX_OK;
}

/* ---- variables ---- */

ngx_int_t ngx_http_cnil_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t *from, *to;

    for (from = ngx_http_cnil_variables; from->name.len > 0; from++) {
        to = ngx_http_add_variable(cf, &from->name, from->flags);
        if (to == NULL)
            return NGX_ERROR;

        to->get_handler = from->get_handler;
        to->data = from->data;
    }

    return NGX_OK;
}

static ngx_int_t ngx_http_cnil_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_cnil_ctx_t *ctx = ngx_http_cnil_get_ctx(r);
    struct cnil_str value;

    if (ctx != NULL && ctx->exchange != NULL)
        value = cnil_exchange_variable(ctx->exchange, data);
    else if (data == CNIL_VARIABLE_MODE)
        value = CNIL_STR("off");
    else
        value = CNIL_STR_EMPTY;

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = value.len == 0;
    v->data = (u_char *)value.ptr;
    v->len = value.len;

    return NGX_OK;
}
