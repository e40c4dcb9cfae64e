/* SPDX-License-Identifier: Apache-2.0
 * What the files of this module share. The module carries bytes between httpd and the core (common/cnil.h) and decides
 * nothing. */
#ifndef MOD_CNIL_H
#define MOD_CNIL_H

#include <httpd.h>
#include <http_config.h>

#include "cnil.h"

/* The one symbol that httpd looks up; all others stay hidden. */
extern module AP_MODULE_DECLARE_DATA cnil_module __attribute__((visibility("default")));

/* ---- config.c ---- */

/* Per directory; the virtual host's own is that of its server (`lookup_defaults`). */
typedef struct {
    int mode;                         /* enum cnil_mode as a ceiling, or -1: not said here */
    const struct cnil_policy *policy; /* NULL: not said here */
} mod_cnil_dir_conf;

/* A place that is on. */
typedef struct {
    const mod_cnil_dir_conf *conf;
    const server_rec *server;
} mod_cnil_place_on;

/* One per reading of the configuration, kept on its pool. */
typedef struct {
    struct cnil_config *config;
    const struct cnil_policy *builtin;
    const char *state_dir;
    apr_array_header_t *on; /* of mod_cnil_place_on: every `Cnil On` that was read */
    int any_audit;
    int any_enforcing;        /* some policy named in it enforces */
    server_rec *server;       /* the main one, for the error log where there is no request */
    pid_t parent;             /* the process that reads configurations */
    apr_array_header_t *logs; /* of apr_file_t *, NULL where one could not be opened */
} mod_cnil_global;

extern const command_rec mod_cnil_commands[];
void *mod_cnil_create_dir_conf(apr_pool_t *pool, char *dir);
void *mod_cnil_merge_dir_conf(apr_pool_t *pool, void *base, void *overrides);
int mod_cnil_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);
int mod_cnil_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);
mod_cnil_global *mod_cnil_global_of(server_rec *s);

/* The place's policy and ceiling, with the defaults in; where it is off the policy may be NULL. */
const struct cnil_policy *mod_cnil_place(request_rec *r, const void *per_dir, enum cnil_mode *mode);

/* ---- request.c ---- */

/* One visitor's request with all its internal redirects. */
typedef struct {
    struct cnil_exchange *exchange;
    mod_cnil_global *global;
    request_rec *initial;             /* NULL: none, the server is at its end */
    enum cnil_mode mode;              /* of the place entered last */
    const struct cnil_policy *policy; /* the same */
    struct cnil_headers headers_in;   /* as they came, in the order the core knows */
    struct cnil_edits applied;        /* to r->headers_in, for undoing */
    const char *accept_encoding;      /* taken from the origin, given back to our own compressors */
    const struct cnil_answer *answer; /* of ours, to be sent instead of the site's; NULL: none */
    int submit;                       /* an own address waits for the request's body */
    int sent;                         /* the answer of ours has been */
    int watched;                      /* for interim responses */
    int refused;                      /* the site's response could not be edited: a 500 stands for it */
    int refusal_passed;               /* that 500 has gone on to httpd */
} mod_cnil_request;

mod_cnil_request *mod_cnil_request_of(request_rec *r);
void mod_cnil_request_hooks(apr_pool_t *pool);

/* Before the filters of an error page that no fixups ran for. OK, DECLINED, or a status that nothing can be done about.
 */
int mod_cnil_enter_error(request_rec *r);
void mod_cnil_set_environment(request_rec *r, mod_cnil_request *request);

/* ---- interim.c ---- */

/* Interim responses before the one to `r` are the core's to edit. */
void mod_cnil_watch_interim(request_rec *r, mod_cnil_request *request);
void mod_cnil_interim_filters(void);

/* ---- response.c ---- */

void mod_cnil_response_hooks(apr_pool_t *pool);

/* ---- server.c ---- */

extern const struct cnil_server mod_cnil_server; /* its `data` is a mod_cnil_request */

/* Lists all fields of up to two tables (NULL is fine), and behind them what httpd keeps beside the tables until it
 * writes them (NULL where there is nothing); the list lives in `pool`, its strings in the tables. */
struct cnil_headers mod_cnil_list_headers(apr_pool_t *pool, const apr_table_t *first, const apr_table_t *second,
                                          const char *content_type, const char *content_encoding);

/* Applies `edits`, whose indices count `listed`, to the tables that it was made of; new fields go to `second`. */
void mod_cnil_apply_edits(apr_pool_t *pool, struct cnil_edits edits, apr_table_t *first, apr_table_t *second);

#endif
