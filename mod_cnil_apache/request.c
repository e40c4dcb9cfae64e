/* SPDX-License-Identifier: Apache-2.0
 * The request's side of an exchange: opening it, own addresses, what the origin must not see, the environment. */
#include "mod_cnil.h"

#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <http_ssl.h>
#include <apr_strings.h>
#include <util_filter.h>

APLOG_USE_MODULE(cnil);

/* Internal redirects make a new request_rec each; the exchange is one. */
mod_cnil_request *mod_cnil_request_of(request_rec *r)
{
    for (; r != NULL; r = r->prev) {
        mod_cnil_request *request = ap_get_module_config(r->request_config, &cnil_module);

        if (request != NULL)
            return request;
    }
    return NULL;
}

static apr_status_t close_exchange(void *data)
{
    mod_cnil_request *request = data;

    cnil_exchange_close(request->exchange);
    request->exchange = NULL;
    return APR_SUCCESS;
}

static const char *variable(request_rec *r, mod_cnil_request *request, enum cnil_variable which)
{
    struct cnil_str value = cnil_exchange_variable(request->exchange, which);

    return apr_pstrmemdup(r->pool, value.ptr != NULL ? value.ptr : "", value.len);
}

void mod_cnil_set_environment(request_rec *r, mod_cnil_request *request)
{
    if (request->exchange == NULL)
        return;
    apr_table_setn(r->subprocess_env, "CNIL_CHOICE", variable(r, request, CNIL_VARIABLE_CHOICE));
    apr_table_setn(r->subprocess_env, "CNIL_MODE", variable(r, request, CNIL_VARIABLE_MODE));
    apr_table_setn(r->subprocess_env, "CNIL_BLOCKED", variable(r, request, CNIL_VARIABLE_BLOCKED));
}

/* Can a page come of it? Not of "CONNECT host:port" and "OPTIONS *", nor of what httpd could not read. */
static int is_for_path(const request_rec *r)
{
    return r->method_number != M_CONNECT && r->uri != NULL && r->uri[0] == '/';
}

/* What the visitor sent; where httpd could not read that, the internal redirect to its error page. */
static request_rec *first_of(request_rec *r)
{
    while (r->prev != NULL && is_for_path(r->prev))
        r = r->prev;
    return r;
}

/* Path and query as sent; the absolute form (RFC 9112, 3.2.2) loses its origin. */
static const char *target_of(request_rec *r)
{
    const char *path = r->parsed_uri.path, *query = r->parsed_uri.query;

    if (r->unparsed_uri != NULL && r->unparsed_uri[0] == '/')
        return r->unparsed_uri;
    return apr_pstrcat(r->pool, path != NULL && path[0] == '/' ? path : "/", query != NULL ? "?" : NULL, query, NULL);
}

/* Where the absolute form names a host, that one counts and not the Host field. */
static const char *host_of(request_rec *r)
{
    const char *host = apr_table_get(r->headers_in, "Host");

    if (r->parsed_uri.hostname != NULL)
        host = r->parsed_uri.port_str != NULL
                   ? apr_pstrcat(r->pool, r->parsed_uri.hostname, ":", r->parsed_uri.port_str, NULL)
                   : r->parsed_uri.hostname;
    return host;
}

/* NULL: no exchange for this request. `*status` is an error to answer with, DECLINED in audit, or OK. */
static mod_cnil_request *open_exchange(request_rec *r, const struct cnil_policy *policy, enum cnil_mode mode,
                                       int *status)
{
    mod_cnil_request *request;
    struct cnil_request opening = { 0 };
    enum cnil_open open = CNIL_OPEN_PASS;

    *status = OK;
    request = apr_pcalloc(r->pool, sizeof(*request));
    request->initial = r;
    request->global = mod_cnil_global_of(r->server);
    request->mode = CNIL_MODE_OFF;
    request->exchange = cnil_exchange_new(request->global->config, policy, mode, &mod_cnil_server, request);
    if (request->exchange == NULL) {
        *status = cnil_policy_mode(policy, mode) == CNIL_MODE_ENFORCE ? HTTP_INTERNAL_SERVER_ERROR : DECLINED;
        return NULL;
    }
    apr_pool_cleanup_register(r->pool, request, close_exchange, apr_pool_cleanup_null);
    ap_set_module_config(r->request_config, &cnil_module, request);

    /* The core's indices count this copy: later hooks of others may change the table. */
    request->headers_in = mod_cnil_list_headers(r->pool, apr_table_copy(r->pool, r->headers_in), NULL, NULL, NULL);
    opening.method = cnil_str_from(r->method);
    opening.host = cnil_str_from(host_of(r));
    opening.target = cnil_str_from(target_of(r));
    opening.peer = cnil_str_from(r->connection->client_ip);
    opening.tls = ap_ssl_conn_is_ssl(r->connection);
    opening.headers = request->headers_in;
    if (cnil_exchange_open(request->exchange, &opening, &open, &request->answer) != CNIL_OK)
        *status = HTTP_INTERNAL_SERVER_ERROR;
    request->submit = open == CNIL_OPEN_SUBMIT;
    if (open != CNIL_OPEN_ANSWER)
        request->answer = NULL;
    return request;
}

static int is_own(const mod_cnil_request *request)
{
    return request != NULL && (request->answer != NULL || request->submit);
}

/* ---- answers of our own ---- */

static int send_answer(request_rec *r, mod_cnil_request *request)
{
    const struct cnil_answer *answer = request->answer;

    request->sent = 1;
    r->status = (int)answer->status;
    r->status_line = NULL;
    for (size_t i = 0; i < answer->headers.count; i++) {
        const char *name = apr_pstrmemdup(r->pool, answer->headers.list[i].name.ptr, answer->headers.list[i].name.len);
        const char *value =
            apr_pstrmemdup(r->pool, answer->headers.list[i].value.ptr, answer->headers.list[i].value.len);

        if (apr_strnatcasecmp(name, "Content-Type") == 0)
            ap_set_content_type(r, value);
        else
            apr_table_addn(r->headers_out, name, value);
    }
    if (!answer->head_only && answer->body.len > 0)
        ap_rwrite(answer->body.ptr, (int)answer->body.len, r);
    return DONE;
}

/* What is early comes before the cache, too. Own addresses are answered later, behind access control. */
static int quick_handler(request_rec *r, int lookup)
{
    mod_cnil_request *request = lookup ? NULL : mod_cnil_request_of(r);

    if (request == NULL || request->answer == NULL || r->main != NULL || r->prev != NULL || !request->answer->is_early)
        return DECLINED;
    ap_discard_request_body(r);
    return send_answer(r, request);
}

/* Own addresses are claimed before ProxyPass, Alias and rewrite rules can take them... */
static int claim(request_rec *r)
{
    if (r->main != NULL || r->prev != NULL || !is_own(mod_cnil_request_of(r)))
        return DECLINED;
    r->filename = apr_pstrcat(r->pool, "cnil:", r->uri, NULL); /* other hooks look at it; no such file is opened */
    return OK;
}

/* ... and before .htaccess: no directory is walked for them. */
static int claim_storage(request_rec *r)
{
    return r->main == NULL && r->prev == NULL && is_own(mod_cnil_request_of(r)) ? OK : DECLINED;
}

/* Reads at most CNIL_LIMIT_FORM_BODY bytes of the request's body; the rest is read away. */
static int read_body(request_rec *r, struct cnil_str *body, bool *too_large)
{
    char *bytes = apr_palloc(r->pool, CNIL_LIMIT_FORM_BODY + 1);
    size_t len = 0;
    long got;
    int status = ap_setup_client_block(r, REQUEST_CHUNKED_DECHUNK);

    if (status != OK)
        return status;
    if (ap_should_client_block(r)) {
        while (len <= CNIL_LIMIT_FORM_BODY &&
               (got = ap_get_client_block(r, bytes + len, CNIL_LIMIT_FORM_BODY + 1 - len)) != 0) {
            if (got < 0)
                return HTTP_BAD_REQUEST;
            len += (size_t)got;
        }
    }
    *too_large = len > CNIL_LIMIT_FORM_BODY;
    *body = (struct cnil_str){ bytes, *too_large ? CNIL_LIMIT_FORM_BODY : len };
    return OK;
}

static int answer_own(request_rec *r, mod_cnil_request *request)
{
    struct cnil_str body = CNIL_STR_EMPTY;
    bool too_large = false;
    int status;

    if (request->submit) {
        status = read_body(r, &body, &too_large);
        if (status != OK)
            return status;
        if (cnil_exchange_submit(request->exchange, body, too_large, &request->answer) != CNIL_OK)
            return HTTP_INTERNAL_SERVER_ERROR;
        request->submit = 0;
    } else {
        ap_discard_request_body(r);
    }
    mod_cnil_set_environment(r, request);
    return send_answer(r, request);
}

/* ---- what the origin sees ---- */

static int is_field(struct cnil_str name, const char *wanted)
{
    return cnil_str_equal_nocase(name, cnil_str_from(wanted));
}

/* Finds the field that `edit` is about: the table may have changed since, so by name and value. */
static int replace_field(apr_pool_t *pool, apr_table_t *table, struct cnil_str name, struct cnil_str from,
                         const struct cnil_str *to)
{
    const apr_array_header_t *fields = apr_table_elts(table);

    for (int i = 0; i < fields->nelts; i++) {
        apr_table_entry_t *field = &APR_ARRAY_IDX(fields, i, apr_table_entry_t);
        struct cnil_edit edit = { to != NULL ? CNIL_EDIT_REPLACE : CNIL_EDIT_REMOVE, (size_t)i, name, CNIL_STR_EMPTY };

        if (!is_field(name, field->key) || !cnil_str_equal(cnil_str_from(field->val), from))
            continue;
        if (to != NULL)
            edit.value = *to;
        mod_cnil_apply_edits(pool, (struct cnil_edits){ &edit, 1 }, NULL, table);
        return 1;
    }
    return 0;
}

static void apply_request_edits(request_rec *r, mod_cnil_request *request, struct cnil_edits edits)
{
    for (size_t i = 0; i < edits.count; i++) {
        const struct cnil_edit *edit = &edits.list[i];
        const struct cnil_header *field;

        if (edit->kind == CNIL_EDIT_ADD) {
            apr_table_addn(r->headers_in, apr_pstrmemdup(r->pool, edit->name.ptr, edit->name.len),
                           apr_pstrmemdup(r->pool, edit->value.ptr, edit->value.len));
            continue;
        }
        field = &request->headers_in.list[edit->index];
        if (is_field(field->name, "Accept-Encoding"))
            request->accept_encoding = apr_pstrmemdup(r->pool, field->value.ptr, field->value.len);
        replace_field(r->pool, r->headers_in, field->name, field->value,
                      edit->kind == CNIL_EDIT_REPLACE ? &edit->value : NULL);
    }
    request->applied = edits;
}

/* Takes back what another place's policy changed. */
static void undo_request_edits(request_rec *r, mod_cnil_request *request)
{
    for (size_t i = 0; i < request->applied.count; i++) {
        const struct cnil_edit *edit = &request->applied.list[i];
        const struct cnil_header *field;

        if (edit->kind == CNIL_EDIT_ADD) {
            replace_field(r->pool, r->headers_in, edit->name, edit->value, NULL);
            continue;
        }
        field = &request->headers_in.list[edit->index];
        if (edit->kind == CNIL_EDIT_REMOVE)
            apr_table_addn(r->headers_in, apr_pstrmemdup(r->pool, field->name.ptr, field->name.len),
                           apr_pstrmemdup(r->pool, field->value.ptr, field->value.len));
        else
            replace_field(r->pool, r->headers_in, field->name, edit->value, &field->value);
    }
    request->applied = (struct cnil_edits){ NULL, 0 };
    request->accept_encoding = NULL;
}

static int enter(request_rec *r, mod_cnil_request *request, const struct cnil_policy *policy, enum cnil_mode mode)
{
    struct cnil_edits edits = { NULL, 0 };

    if (policy == NULL)
        policy = request->global->builtin;
    if (request->mode != mode || request->policy != policy) {
        undo_request_edits(r, request);
        if (cnil_exchange_enter(request->exchange, policy, mode, &edits) != CNIL_OK)
            return HTTP_INTERNAL_SERVER_ERROR;
        apply_request_edits(r, request, edits);
        request->mode = mode;
        request->policy = policy;
    }
    if (mode != CNIL_MODE_OFF && !request->watched) {
        request->watched = 1;
        mod_cnil_watch_interim(r, request);
    }
    mod_cnil_set_environment(r, request);
    return DECLINED;
}

/* The virtual host's policy holds from here on, for a cache that answers before the place is known. */
static int post_read_request(request_rec *r)
{
    const struct cnil_policy *policy;
    mod_cnil_request *request;
    enum cnil_mode mode;
    int status = OK;

    if (r->main != NULL || r->prev != NULL)
        return DECLINED;
    policy = mod_cnil_place(r, r->server->lookup_defaults, &mode);
    if (mode == CNIL_MODE_OFF || !is_for_path(r))
        return DECLINED;
    request = open_exchange(r, policy, mode, &status);
    if (status != OK)
        return status;
    return is_own(request) ? DECLINED : enter(r, request, policy, mode);
}

/* Enters the place that `r` has come to. Where that is the first that is on, it counts as if its virtual host were:
 * with `may_answer`, own addresses in it are ours, and plain http is sent to https. */
static int enter_here(request_rec *r, int may_answer)
{
    mod_cnil_request *request = mod_cnil_request_of(r);
    const struct cnil_policy *policy;
    enum cnil_mode mode;
    int status = OK;

    policy = mod_cnil_place(r, r->per_dir_config, &mode);
    if (request == NULL) {
        if (mode == CNIL_MODE_OFF)
            return DECLINED;
        request = open_exchange(first_of(r), policy, may_answer ? mode : CNIL_MODE_OFF, &status);
        if (status != OK)
            return status;
        if (is_own(request)) /* the rest behind access control */
            return request->answer != NULL && request->answer->is_early ? answer_own(r, request) : DECLINED;
    }
    return enter(r, request, policy, mode);
}

/* Once the place is known, before access control and whatever else reads cookies; again as the last of the fixups,
 * where it may have become another one. Nothing has been sent to the origin. Runs again for an internal redirect. */
static int enter_place(request_rec *r)
{
    mod_cnil_request *request = r->main == NULL ? mod_cnil_request_of(r) : NULL;

    if (r->main != NULL || !is_for_path(r) || (r->prev == NULL && is_own(request)))
        return DECLINED;
    return enter_here(r, r->prev == NULL);
}

/* An error page that httpd writes by itself: the first we hear of a request that it could not read, or the refusal of
 * an own address by the site's access control. */
int mod_cnil_enter_error(request_rec *r)
{
    mod_cnil_request *request = mod_cnil_request_of(r);

    if (r->main != NULL || (request != NULL && (request->sent || !is_own(request))))
        return DECLINED;
    return enter_here(r, 0);
}

/* First of the fixups: access control has had its say; rewrite rules of a <Location> have not. */
static int answer_own_address(request_rec *r)
{
    mod_cnil_request *request = r->main == NULL && r->prev == NULL ? mod_cnil_request_of(r) : NULL;

    return is_own(request) ? answer_own(r, request) : DECLINED;
}

static int log_transaction(request_rec *r)
{
    mod_cnil_request *request = mod_cnil_request_of(r);

    for (; request != NULL && r != NULL; r = r->next) /* a log takes it from the last redirect, or from the first */
        mod_cnil_set_environment(r, request);
    return DECLINED;
}

void mod_cnil_request_hooks(apr_pool_t *pool)
{
    static const char *const after_ssl[] = { "mod_ssl.c", "mod_remoteip.c", NULL };

    (void)pool;
    ap_hook_post_read_request(post_read_request, after_ssl, NULL, APR_HOOK_MIDDLE);
    ap_hook_quick_handler(quick_handler, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_pre_translate_name(claim, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_translate_name(claim, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(claim_storage, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_post_perdir_config(enter_place, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(answer_own_address, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_fixups(enter_place, NULL, NULL, APR_HOOK_REALLY_LAST);
    ap_hook_log_transaction(log_transaction, NULL, NULL, APR_HOOK_REALLY_FIRST);
}
