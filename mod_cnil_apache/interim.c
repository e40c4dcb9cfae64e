/* SPDX-License-Identifier: Apache-2.0
 * Interim responses (1xx): httpd writes them to the connection, past all filters of the request, from wherever they
 * come (mod_proxy_http, mod_proxy_http2, mod_http2's own hints, what a tunnel begins with). So one filter of the
 * connection, for all requests that come by it, reads the bytes before the response that counts. */
#include "mod_cnil.h"

#include <http_log.h>
#include <util_filter.h>
#include <apr_strings.h>

APLOG_USE_MODULE(cnil);

static const char start_of_all[] = "HTTP/1.1 1"; /* of every one of them */

enum { START = sizeof(start_of_all) - 1, STATUS = START - 1 };

static ap_filter_rec_t *interim_filter_handle; /* set once, when the module is loaded */

/* The connection's, as the filter is. */
typedef struct {
    request_rec *r; /* whose they would be; NULL: what comes now is none of them */
    mod_cnil_request *request;
    apr_bucket_brigade *held; /* an interim response that has not come to its end */
    char *bytes;              /* CNIL_LIMIT_INTERIM of them, the request's, for reading it; NULL: none has come */
    int ended;                /* one could not be edited: nothing goes on any more */
} mod_cnil_interim;

/* ---- one of them ---- */

static struct cnil_str next_line(struct cnil_str *rest)
{
    size_t end = cnil_str_find(*rest, CNIL_STR("\r\n"));
    struct cnil_str line = cnil_str_slice(*rest, 0, end);

    *rest = cnil_str_slice(*rest, end + 2, rest->len);
    return line;
}

static const char *text_of(apr_pool_t *pool, struct cnil_str str)
{
    return apr_pstrmemdup(pool, str.ptr, str.len);
}

static apr_table_t *table_of(apr_pool_t *pool, struct cnil_str fields)
{
    apr_table_t *table = apr_table_make(pool, 8);

    while (fields.len > 0) {
        struct cnil_str line = next_line(&fields);
        struct cnil_str name = cnil_str_cut(&line, ':');

        if (name.len > 0)
            apr_table_addn(table, text_of(pool, cnil_str_trim(name)), text_of(pool, cnil_str_trim(line)));
    }
    return table;
}

static int write_field(void *data, const char *name, const char *value)
{
    apr_bucket_brigade *out = data;

    return apr_brigade_putstrs(out, NULL, NULL, name, ": ", value, "\r\n", NULL) == APR_SUCCESS;
}

/* Writes what the core leaves of `head` to `out`. */
static enum cnil_status edit(const mod_cnil_interim *interim, struct cnil_str head, unsigned status,
                             apr_bucket_brigade *out)
{
    struct cnil_str rest = head, line = next_line(&rest);
    apr_table_t *table = table_of(interim->r->pool, rest);
    struct cnil_response response = { status, mod_cnil_list_headers(interim->r->pool, table, NULL, NULL, NULL) };
    struct cnil_edits edits = { NULL, 0 };
    bool passes = true;
    enum cnil_status result = cnil_exchange_interim(interim->request->exchange, &response, &passes, &edits);

    if (result != CNIL_OK || !passes)
        return result;
    if (edits.count == 0) {
        apr_brigade_write(out, NULL, NULL, head.ptr, head.len);
    } else {
        mod_cnil_apply_edits(interim->r->pool, edits, NULL, table);
        apr_brigade_write(out, NULL, NULL, line.ptr, line.len);
        apr_brigade_puts(out, NULL, NULL, "\r\n");
        apr_table_do(write_field, out, table, NULL);
        apr_brigade_puts(out, NULL, NULL, "\r\n");
    }
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_flush_create(out->bucket_alloc));
    return CNIL_OK;
}

/* ---- the bytes before the response ---- */

/* Does it begin like one of them, as far as it goes? `*len`: how far, to START. */
static int may_be_interim(apr_bucket_brigade *brigade, apr_size_t *len)
{
    char start[START];

    *len = START;
    return apr_brigade_flatten(brigade, start, len) == APR_SUCCESS && strncmp(start, start_of_all, *len) == 0;
}

/* Does no byte follow? Also what stands for a response in other protocols ends what is read here. */
static int is_at_its_end(const apr_bucket_brigade *brigade)
{
    const apr_bucket *bucket;

    for (bucket = APR_BRIGADE_FIRST(brigade); bucket != APR_BRIGADE_SENTINEL(brigade); bucket = APR_BUCKET_NEXT(bucket))
        if (APR_BUCKET_IS_METADATA(bucket) && !APR_BUCKET_IS_FLUSH(bucket))
            return 1;
    return 0;
}

/* Takes `len` bytes off, and the flush behind them. */
static apr_status_t drop(apr_bucket_brigade *brigade, apr_size_t len)
{
    apr_bucket *after;
    apr_status_t rv = apr_brigade_partition(brigade, (apr_off_t)len, &after);

    while (rv == APR_SUCCESS && APR_BRIGADE_FIRST(brigade) != after)
        apr_bucket_delete(APR_BRIGADE_FIRST(brigade));
    while (!APR_BRIGADE_EMPTY(brigade) && APR_BUCKET_IS_FLUSH(APR_BRIGADE_FIRST(brigade)))
        apr_bucket_delete(APR_BRIGADE_FIRST(brigade));
    return rv;
}

/* Takes the interim responses off what is held. `*more`: the rest is to be waited for. */
static apr_status_t take(mod_cnil_interim *interim, apr_bucket_brigade *out, int *more, const char **why)
{
    apr_bucket_brigade *held = interim->held;
    apr_size_t len;

    *more = 1;
    while (*more && may_be_interim(held, &len)) {
        struct cnil_str head = { interim->bytes, CNIL_LIMIT_INTERIM };
        unsigned status;
        apr_status_t rv = apr_brigade_flatten(held, interim->bytes, &head.len);
        size_t end = cnil_str_find(head, CNIL_STR("\r\n\r\n"));

        if (rv != APR_SUCCESS)
            return rv;
        if (end == head.len) {
            *more = !is_at_its_end(held);
            *why = head.len == CNIL_LIMIT_INTERIM ? "is too long" : !*more && len == START ? "is cut short" : NULL;
            return APR_SUCCESS;
        }
        head.len = end + 4;
        status = (unsigned)strtoul(head.ptr + STATUS, NULL, 10);
        if (edit(interim, head, status, out) != CNIL_OK)
            *why = "could not be edited";
        if (*why != NULL || (rv = drop(held, head.len)) != APR_SUCCESS)
            return rv;
        *more = status != HTTP_SWITCHING_PROTOCOLS; /* behind it comes another protocol */
    }
    *more = 0;
    return APR_SUCCESS;
}

static int enforces(const mod_cnil_request *request)
{
    return cnil_policy_mode(request->policy, request->mode) == CNIL_MODE_ENFORCE;
}

/* What goes away here may hold the end of the request, and with it the request itself: that comes last. */
static apr_status_t end(ap_filter_t *f, mod_cnil_interim *interim, apr_bucket_brigade *in, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, interim->r, "cnil: the connection ends here: an interim response %s", why);
    interim->ended = 1;
    f->c->keepalive = AP_CONN_CLOSE;
    f->c->aborted = 1;
    apr_brigade_cleanup(interim->held);
    apr_brigade_cleanup(in);
    return APR_ECONNABORTED;
}

/* What is held outlives the request, whose end may be in it: it is the connection's. */
static apr_status_t interim_filter(ap_filter_t *f, apr_bucket_brigade *in)
{
    mod_cnil_interim *interim = f->ctx;
    apr_pool_t *pool = f->c->pool;
    const char *why = NULL;
    apr_bucket_brigade *out;
    apr_status_t rv;
    apr_size_t len;
    int more;

    if (interim->ended) {
        apr_brigade_cleanup(in);
        return APR_ECONNABORTED;
    }
    if (interim->r == NULL)
        return ap_pass_brigade(f->next, in);
    if (interim->held == NULL || APR_BRIGADE_EMPTY(interim->held)) {
        more = may_be_interim(in, &len);
        if (!more || (len == 0 && is_at_its_end(in)))
            interim->r = NULL;
        if (!more || len == 0)
            return ap_pass_brigade(f->next, in);
    }
    if (interim->bytes == NULL)
        interim->bytes = apr_palloc(interim->r->pool, CNIL_LIMIT_INTERIM);
    out = apr_brigade_create(pool, f->c->bucket_alloc);
    rv = ap_save_brigade(f, &interim->held, &in, pool);
    if (rv == APR_SUCCESS)
        rv = take(interim, out, &more, &why);
    if (why != NULL && !enforces(interim->request)) {
        why = NULL; /* audit: it goes on as it is */
        more = 0;
    }
    if (rv != APR_SUCCESS || why != NULL)
        return end(f, interim, in, why != NULL ? why : "could not be read");
    if (!more) {
        interim->r = NULL;
        APR_BRIGADE_CONCAT(out, interim->held);
    }
    return APR_BRIGADE_EMPTY(out) ? APR_SUCCESS : ap_pass_brigade(f->next, out);
}

/* The next one on the connection may have begun. */
static apr_status_t forget_request(void *data)
{
    request_rec *r = data;
    mod_cnil_interim *interim = ap_get_module_config(r->connection->conn_config, &cnil_module);

    if (interim->r == r)
        interim->r = NULL;
    return APR_SUCCESS;
}

void mod_cnil_watch_interim(request_rec *r, mod_cnil_request *request)
{
    conn_rec *c = r->connection;
    mod_cnil_interim *interim = ap_get_module_config(c->conn_config, &cnil_module);

    if (interim == NULL) {
        interim = apr_pcalloc(c->pool, sizeof(*interim));
        ap_set_module_config(c->conn_config, &cnil_module, interim);
        ap_add_output_filter_handle(interim_filter_handle, interim, r, c);
    }
    interim->r = r;
    interim->request = request;
    interim->bytes = NULL;
    apr_pool_cleanup_register(r->pool, r, forget_request, apr_pool_cleanup_null);
}

void mod_cnil_interim_filters(void)
{
    interim_filter_handle = ap_register_output_filter("CNIL_INTERIM", interim_filter, NULL, AP_FTYPE_CONNECTION);
}
