/* SPDX-License-Identifier: Apache-2.0
 * What the files of this module share: its configuration and what it keeps of one request.
 *
 * The module carries bytes between nginx and the core (cnil.h) and decides nothing. */
#ifndef NGX_HTTP_CNIL_H
#define NGX_HTTP_CNIL_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "cnil.h"

typedef struct {
    struct cnil_config *config; /* freed with the cycle's pool */
    ngx_str_t state;            /* the state directory, with a NUL */
    ngx_array_t logs;           /* of ngx_open_file_t *, by index of cnil_config_log() */
    void *statistics;           /* memory of all workers, kept over reloads; NULL: nothing is counted */
    time_t complained;          /* when a worker last said that a log cannot be written */
    unsigned active : 1;        /* some place is on or in audit: there are events to log */
    unsigned enforcing : 1;     /* some place is on with a policy that enforces: a key is needed */
} ngx_http_cnil_main_conf_t;

typedef struct {
    ngx_uint_t mode;                  /* enum cnil_mode: what the directive allows */
    const struct cnil_policy *policy; /* of `config`; NULL only where the mode is off */
    ngx_bufs_t bufs;
} ngx_http_cnil_loc_conf_t;

/* The output side of a response whose body the core sees. */
typedef struct {
    ngx_chain_t *in; /* not consumed yet: this is what holds back whoever writes to us */
    ngx_chain_t *free;
    ngx_chain_t *busy;
    ngx_chain_t *out;
    ngx_chain_t **last_out;

    ngx_buf_t *lent; /* its bytes are in the core's hands */
    ngx_buf_t *out_buf;
    struct cnil_span span; /* what is not copied yet of the core's last span */
    ngx_bufs_t bufs;       /* of the location; `num` counts down what may still be allocated */

    unsigned observe : 1;
    unsigned unflushed : 1; /* something went out after the last flush */
    unsigned done : 1;      /* the last byte went out */
    unsigned failed : 1;    /* nothing more goes out */
} ngx_http_cnil_body_t;

/* One main request. Lives in the request's pool; found through the pool's cleanup after an internal redirect, when
 * nginx has cleared r->ctx. */
typedef struct {
    struct cnil_exchange *exchange;
    ngx_http_request_t *request; /* NULL: none, the master is at its end */
    ngx_http_cnil_main_conf_t *mcf;
    const ngx_http_cnil_loc_conf_t *place; /* the last that cnil_exchange_enter() was told of */
    const struct cnil_policy *policy;      /* of the server; that of the first place where the server is off */

    /* The request's headers as they were given to cnil_exchange_open(), and where each now is: NULL when removed. */
    struct cnil_header *headers;
    ngx_table_elt_t **elements;
    ngx_uint_t count;
    struct cnil_edits edits; /* those in force */

    /* What the client can decode. Hidden from whatever makes the response, so that gzip_static sends no compressed file
     * and gunzip inflates; shown again to the compressors after our header filter. */
    ngx_table_elt_t *accept_encoding;

    enum cnil_open open;
    const struct cnil_answer *answer;

    /* The fields that were added to the response, so that a second pass does not add them twice. */
    ngx_array_t added; /* of ngx_http_cnil_added_t */

    ngx_http_cnil_body_t *body; /* NULL: it passes as it is */
    unsigned hidden_encoding : 1;
    unsigned answering : 1;
    unsigned failed : 1; /* the core failed; in enforce an error page is on its way */
} ngx_http_cnil_ctx_t;

typedef struct {
    ngx_table_elt_t *element;
    const char *value; /* of the core: tells whether the element is still ours */
} ngx_http_cnil_added_t;

extern ngx_module_t ngx_http_cnil_module;

/* config */
void *ngx_http_cnil_create_main_conf(ngx_conf_t *cf);
char *ngx_http_cnil_init_main_conf(ngx_conf_t *cf, void *conf);
void *ngx_http_cnil_create_loc_conf(ngx_conf_t *cf);
char *ngx_http_cnil_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child);
char *ngx_http_cnil_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
/* Reads the keys; makes them when this process is the one that starts. */
ngx_int_t ngx_http_cnil_open_state(ngx_conf_t *cf);
/* Asks for the shared memory of statistics, where a policy keeps them. */
ngx_int_t ngx_http_cnil_share_statistics(ngx_conf_t *cf);

/* request */
ngx_int_t ngx_http_cnil_server_rewrite_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cnil_rewrite_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cnil_preaccess_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cnil_precontent_handler(ngx_http_request_t *r);
/* The request's context, or NULL. */
ngx_http_cnil_ctx_t *ngx_http_cnil_get_ctx(ngx_http_request_t *r);
/* The same; opens the exchange where that has not been done. `mode` is the server's; CNIL_MODE_OFF where it is too late
 * for an answer of ours: the site answers, whatever the address. NGX_DECLINED: the core has no part in this. */
ngx_int_t ngx_http_cnil_begin(ngx_http_request_t *r, ngx_uint_t mode, ngx_http_cnil_ctx_t **ctx);
/* Tells the core the place that now answers; `edits` may be empty. */
ngx_int_t ngx_http_cnil_enter(ngx_http_request_t *r, ngx_http_cnil_ctx_t *ctx, struct cnil_edits *edits);
/* Does an error of the core in this place end the response, rather than pass unseen? */
ngx_uint_t ngx_http_cnil_enforces(const ngx_http_cnil_loc_conf_t *lcf);
ngx_int_t ngx_http_cnil_add_variables(ngx_conf_t *cf);

/* response */
void ngx_http_cnil_init_filters(void);

/* server */
extern const struct cnil_server ngx_http_cnil_server;
ngx_int_t ngx_http_cnil_open_logs(ngx_cycle_t *cycle);
void ngx_http_cnil_exit_master(ngx_cycle_t *cycle);

#endif
