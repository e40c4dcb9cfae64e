/* SPDX-License-Identifier: Apache-2.0
 * The response's side: two filters (docs/decisions/0001). The body filter sees what the site made, uncompressed, after
 * includes and substitutions; the header filter sees what every other module made of the headers. */
#include "mod_cnil.h"

#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <apr_strings.h>
#include <util_filter.h>

APLOG_USE_MODULE(cnil);

enum { PASS_SIZE = 64 * 1024 }; /* how much gathers before it is passed down */

static ap_filter_rec_t *body_filter_handle, *header_filter_handle; /* set once, when the module is loaded */

typedef struct {
    mod_cnil_request *request;
    enum cnil_body body;
    int drop_data; /* HEAD: the length of the origin's page must not become that of ours */
    int passed;    /* something went on */
    int ended;     /* it failed: whatever its maker still sends goes nowhere */
    apr_bucket_brigade *out;
    apr_bucket_brigade *copies; /* audit: what is being read */
    apr_off_t gathered;         /* bytes in `out` that we have put there */
} mod_cnil_filter;

static struct cnil_response response_of(request_rec *r)
{
    struct cnil_response response = { (unsigned)r->status,
                                      mod_cnil_list_headers(r->pool, r->err_headers_out, r->headers_out,
                                                            r->content_type, r->content_encoding) };

    return response;
}

/* Type and coding are kept beside the tables, too, until httpd writes them. */
static void apply(request_rec *r, struct cnil_edits edits)
{
    mod_cnil_apply_edits(r->pool, edits, r->err_headers_out, r->headers_out);
    for (size_t i = 0; i < edits.count; i++) {
        const struct cnil_edit *edit = &edits.list[i];

        if (edit->kind == CNIL_EDIT_REPLACE && cnil_str_equal_nocase(edit->name, CNIL_STR("Content-Type")))
            ap_set_content_type(r, apr_pstrmemdup(r->pool, edit->value.ptr, edit->value.len));
        else if (edit->kind == CNIL_EDIT_REMOVE && cnil_str_equal_nocase(edit->name, CNIL_STR("Content-Encoding")))
            r->content_encoding = NULL;
    }
}

/* The one place that turns the core's failure into httpd's: the client must not take what it has for a whole page, and
 * the error bucket keeps the last chunk from being sent. */
static apr_status_t failed(ap_filter_t *f, mod_cnil_filter *filter, enum cnil_status status)
{
    conn_rec *c = f->c;
    apr_bucket_brigade *out = filter->out;

    filter->ended = 1;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, f->r, "cnil: the response ends here, the core failed (status %d)", status);
    apr_brigade_cleanup(out);
    APR_BRIGADE_INSERT_TAIL(out, ap_bucket_error_create(HTTP_BAD_GATEWAY, NULL, f->r->pool, c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_eos_create(c->bucket_alloc));
    c->keepalive = AP_CONN_CLOSE;
    ap_pass_brigade(f->next, out);
    return APR_EGENERAL;
}

/* The same before the headers have left: nothing of the response does, and whoever goes on sending it sends into
 * nothing. */
static apr_status_t refused(ap_filter_t *f, mod_cnil_request *request, apr_bucket_brigade *out, enum cnil_status status)
{
    request_rec *r = f->r;

    request->refused = 1;
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "cnil: the response is not sent, the core failed (status %d)", status);
    apr_table_clear(r->headers_out);
    apr_table_clear(r->err_headers_out);
    r->status = HTTP_INTERNAL_SERVER_ERROR;
    r->status_line = NULL;
    r->content_type = r->content_encoding = NULL;
    r->content_languages = NULL;
    ap_set_content_length(r, 0);
    f->c->keepalive = AP_CONN_CLOSE;
    apr_brigade_cleanup(out);
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_eos_create(f->c->bucket_alloc));
    ap_pass_brigade(f->next, out);
    return APR_EGENERAL;
}

/* Would mod_cache keep what we write, and serve one visitor's page to all? A cache above us (SetOutputFilter CACHE)
 * keeps the origin's page and may. */
static int is_saved_below(const ap_filter_t *f)
{
    for (f = f->next; f != NULL; f = f->next)
        if (apr_strnatcasecmp(f->frec->name, "CACHE_SAVE") == 0)
            return 1;
    return 0;
}

/* First brigade: is the body rewritten? The representation's headers are edited here, so that compressors and the
 * length filter below see them. */
static enum cnil_status begin(ap_filter_t *f, mod_cnil_filter *filter)
{
    request_rec *r = f->r;
    mod_cnil_request *request = filter->request;
    int guess = r->header_only && apr_table_get(r->headers_out, "Content-Length") == NULL;
    struct cnil_response response;
    struct cnil_edits edits = { NULL, 0 };
    enum cnil_status status;

    if (guess) /* the length filter below is about to count it: does the core want it away? */
        apr_table_setn(r->headers_out, "Content-Length", "0");
    response = response_of(r);
    status = cnil_exchange_body(request->exchange, &response, &filter->body, &edits);

    if (status == CNIL_OK)
        apply(r, edits);
    if (guess)
        apr_table_unset(r->headers_out, "Content-Length");
    if (status != CNIL_OK)
        return status;
    filter->drop_data = r->header_only && edits.count > 0 && !AP_STATUS_IS_HEADER_ONLY(r->status);
    if (filter->body == CNIL_BODY_REWRITE || filter->drop_data) {
        r->no_cache |= is_saved_below(f);
        apr_table_unset(r->headers_in, "Range"); /* of the origin's bytes, not of ours */
        apr_table_unset(r->headers_in, "If-Range");
    }
    if (request->accept_encoding != NULL) { /* the origin has answered: now our own compressors may look */
        apr_table_setn(r->headers_in, "Accept-Encoding", request->accept_encoding);
        request->accept_encoding = NULL;
    }
    return CNIL_OK;
}

static apr_status_t pass(ap_filter_t *f, mod_cnil_filter *filter)
{
    apr_status_t rv;

    filter->gathered = 0;
    filter->passed = 1;
    rv = ap_pass_brigade(f->next, filter->out);
    apr_brigade_cleanup(filter->out);
    return rv;
}

static apr_status_t write_spans(ap_filter_t *f, mod_cnil_filter *filter, enum cnil_status *status)
{
    struct cnil_span span;
    apr_status_t rv = APR_SUCCESS;

    while ((*status = cnil_exchange_next(filter->request->exchange, &span)) == CNIL_OK && span.len > 0) {
        if (filter->body != CNIL_BODY_REWRITE)
            continue; /* audit: the same engine, its output not used */
        rv = apr_brigade_write(filter->out, ap_filter_flush, f->next, span.ptr, span.len);
        if (rv != APR_SUCCESS)
            break;
        filter->gathered += (apr_off_t)span.len;
    }
    return rv;
}

/* Reads the bucket's bytes without waiting first: while the origin is thinking, what there is goes to the client. In
 * audit a flush of nothing stays away: compressors would take it for the start of a long page. */
static apr_status_t read_bucket(ap_filter_t *f, mod_cnil_filter *filter, apr_bucket *bucket, struct cnil_str *chunk)
{
    apr_status_t rv = apr_bucket_read(bucket, &chunk->ptr, &chunk->len, APR_NONBLOCK_READ);

    if (APR_STATUS_IS_EAGAIN(rv) && filter->body == CNIL_BODY_OBSERVE && !filter->passed &&
        APR_BRIGADE_EMPTY(filter->out)) {
        rv = apr_bucket_read(bucket, &chunk->ptr, &chunk->len, APR_BLOCK_READ);
    } else if (APR_STATUS_IS_EAGAIN(rv)) {
        APR_BRIGADE_INSERT_TAIL(filter->out, apr_bucket_flush_create(f->c->bucket_alloc));
        rv = pass(f, filter);
        if (rv == APR_SUCCESS)
            rv = apr_bucket_read(bucket, &chunk->ptr, &chunk->len, APR_BLOCK_READ);
    }
    return rv;
}

static apr_status_t feed(ap_filter_t *f, mod_cnil_filter *filter, struct cnil_str chunk, bool last)
{
    enum cnil_status status = cnil_exchange_feed(filter->request->exchange, chunk, last);
    apr_status_t rv = APR_SUCCESS;

    if (status == CNIL_OK)
        rv = write_spans(f, filter, &status);
    return status == CNIL_OK ? rv : failed(f, filter, status);
}

/* Audit reads a copy: to read a bucket of a file changes it, and what follows must get the whole of it at once, or
 * ranges and sendfile would not be what they are without us. */
static apr_status_t observe_copy(ap_filter_t *f, mod_cnil_filter *filter, apr_bucket *bucket)
{
    apr_bucket_brigade *copies = filter->copies;
    struct cnil_str chunk;
    apr_bucket *copy;
    apr_status_t rv = apr_bucket_copy(bucket, &copy);

    if (rv == APR_SUCCESS)
        APR_BRIGADE_INSERT_TAIL(copies, copy);
    while (rv == APR_SUCCESS && !APR_BRIGADE_EMPTY(copies)) {
        copy = APR_BRIGADE_FIRST(copies);
        rv = apr_bucket_read(copy, &chunk.ptr, &chunk.len, APR_BLOCK_READ);
        if (rv == APR_SUCCESS)
            rv = feed(f, filter, chunk, false);
        apr_bucket_delete(copy);
    }
    apr_brigade_cleanup(copies);
    return rv;
}

static apr_status_t read_and_feed(ap_filter_t *f, mod_cnil_filter *filter, apr_bucket *bucket)
{
    struct cnil_str chunk = CNIL_STR_EMPTY;
    apr_status_t rv = read_bucket(f, filter, bucket, &chunk);

    if (rv == APR_SUCCESS)
        rv = feed(f, filter, chunk, false);
    if (filter->body == CNIL_BODY_OBSERVE)
        filter->gathered += (apr_off_t)chunk.len;
    return rv;
}

static apr_status_t one_bucket(ap_filter_t *f, mod_cnil_filter *filter, apr_bucket *bucket)
{
    int metadata = APR_BUCKET_IS_METADATA(bucket);
    int observe = filter->body == CNIL_BODY_OBSERVE;
    apr_status_t rv = APR_SUCCESS;

    if (APR_BUCKET_IS_EOS(bucket)) {
        rv = feed(f, filter, CNIL_STR_EMPTY, true);
        mod_cnil_set_environment(f->r, filter->request); /* how much was held back is known now: for the access log */
    } else if (!metadata) {
        rv = observe && bucket->length != (apr_size_t)-1 ? observe_copy(f, filter, bucket)
                                                         : read_and_feed(f, filter, bucket);
    }
    if (rv != APR_SUCCESS)
        return rv;
    APR_BUCKET_REMOVE(bucket);
    if (metadata || observe)
        APR_BRIGADE_INSERT_TAIL(filter->out, bucket); /* EOS and FLUSH keep their place */
    else
        apr_bucket_destroy(bucket); /* a read file bucket must not pile up in memory */
    if (filter->gathered >= PASS_SIZE || APR_BUCKET_IS_FLUSH(bucket))
        return pass(f, filter);
    return APR_SUCCESS;
}

/* HEAD: one byte and a flush stand for the page, so that compressors and the length filter below treat its headers as
 * those of GET. httpd sends none of it. */
static apr_status_t drop_data(ap_filter_t *f, mod_cnil_filter *filter, apr_bucket_brigade *in, int started)
{
    apr_bucket_alloc_t *alloc = f->c->bucket_alloc;
    apr_status_t rv = APR_SUCCESS;
    apr_bucket *next;

    for (apr_bucket *bucket = APR_BRIGADE_FIRST(in); bucket != APR_BRIGADE_SENTINEL(in); bucket = next) {
        next = APR_BUCKET_NEXT(bucket);
        if (!APR_BUCKET_IS_METADATA(bucket))
            apr_bucket_delete(bucket);
    }
    if (!started) {
        APR_BRIGADE_INSERT_TAIL(filter->out, apr_bucket_immortal_create(" ", 1, alloc));
        APR_BRIGADE_INSERT_TAIL(filter->out, apr_bucket_flush_create(alloc));
        rv = pass(f, filter); /* without the end, which would make it a length */
    }
    if (rv != APR_SUCCESS || APR_BRIGADE_EMPTY(in))
        return rv;
    return ap_pass_brigade(f->next, in);
}

static apr_status_t each_bucket(ap_filter_t *f, mod_cnil_filter *filter, apr_bucket_brigade *in)
{
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && !APR_BRIGADE_EMPTY(in)) {
        if (f->c->aborted)
            return APR_ECONNABORTED;
        rv = one_bucket(f, filter, APR_BRIGADE_FIRST(in));
    }
    if (rv == APR_SUCCESS && !APR_BRIGADE_EMPTY(filter->out))
        rv = pass(f, filter);
    return rv;
}

static apr_status_t body_filter(ap_filter_t *f, apr_bucket_brigade *in)
{
    mod_cnil_filter *filter = f->ctx;
    apr_status_t rv = APR_EGENERAL;
    enum cnil_status status;
    int started = filter->out != NULL;

    if (APR_BRIGADE_EMPTY(in))
        return APR_SUCCESS;
    if (!started) {
        filter->out = apr_brigade_create(f->r->pool, f->c->bucket_alloc);
        filter->copies = apr_brigade_create(f->r->pool, f->c->bucket_alloc);
        status = begin(f, filter);
        if (status != CNIL_OK)
            return filter->ended = 1, refused(f, filter->request, filter->out, status);
    }
    if (filter->drop_data)
        return drop_data(f, filter, in, started);
    if (filter->body == CNIL_BODY_PASS) {
        ap_remove_output_filter(f);
        return ap_pass_brigade(f->next, in);
    }
    if (!filter->ended)
        rv = each_bucket(f, filter, in);
    filter->ended |= rv != APR_SUCCESS;
    if (filter->ended)
        apr_brigade_cleanup(in);
    return rv;
}

static apr_status_t header_filter(ap_filter_t *f, apr_bucket_brigade *in)
{
    mod_cnil_request *request = f->ctx;
    request_rec *r = f->r;
    struct cnil_response response = response_of(r);
    struct cnil_edits edits = { NULL, 0 };
    enum cnil_status status;

    if (request->refusal_passed) {
        apr_brigade_cleanup(in);
        return APR_EGENERAL;
    }
    request->refusal_passed = request->refused;
    if (request->refused) /* above: the first that comes is the 500, which has no fields of the site's */
        return ap_pass_brigade(f->next, in);
    status = cnil_exchange_headers(request->exchange, &response, &edits);
    if (status != CNIL_OK) {
        request->refusal_passed = 1;
        return refused(f, request, in, status);
    }
    ap_remove_output_filter(f);
    apply(r, edits);
    return ap_pass_brigade(f->next, in);
}

static void insert_filters(request_rec *r)
{
    mod_cnil_request *request = r->main == NULL ? mod_cnil_request_of(r) : NULL;
    mod_cnil_filter *filter;

    if (request == NULL || request->exchange == NULL || request->mode == CNIL_MODE_OFF)
        return;
    filter = apr_pcalloc(r->pool, sizeof(*filter));
    filter->request = request;
    ap_add_output_filter_handle(body_filter_handle, filter, r, r->connection);
    ap_add_output_filter_handle(header_filter_handle, request, r, r->connection);
}

static void insert_error_filters(request_rec *r)
{
    int status = mod_cnil_enter_error(r);

    if (status == OK || status == DECLINED)
        insert_filters(r);
}

void mod_cnil_response_hooks(apr_pool_t *pool)
{
    static const char *const after[] = { "mod_headers.c", "mod_deflate.c", "mod_brotli.c", "mod_filter.c", NULL };

    (void)pool;
    body_filter_handle = ap_register_output_filter("CNIL", body_filter, NULL, AP_FTYPE_CONTENT_SET - 1);
    header_filter_handle = ap_register_output_filter("CNIL_HEADERS", header_filter, NULL, AP_FTYPE_PROTOCOL - 1);
    ap_hook_insert_filter(insert_filters, after, NULL, APR_HOOK_LAST);
    ap_hook_insert_error_filter(insert_error_filters, after, NULL, APR_HOOK_LAST);
}
