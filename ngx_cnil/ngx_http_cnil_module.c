/* SPDX-License-Identifier: Apache-2.0
 * The module as nginx sees it: directives, phases, and its place among the filters. */
#include "ngx_http_cnil.h"

static ngx_int_t ngx_http_cnil_check_order(ngx_conf_t *cf);
static ngx_int_t ngx_http_cnil_add_handler(ngx_conf_t *cf, ngx_http_phases phase, ngx_http_handler_pt handler);
static ngx_int_t ngx_http_cnil_init(ngx_conf_t *cf);

static ngx_conf_enum_t ngx_http_cnil_modes[] = {
    { ngx_string("on"), CNIL_MODE_ENFORCE },
    { ngx_string("audit"), CNIL_MODE_AUDIT },
    { ngx_string("off"), CNIL_MODE_OFF },
    { ngx_null_string, 0 },
};

static ngx_command_t ngx_http_cnil_commands[] = {

    { ngx_string("cnil"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot, NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_cnil_loc_conf_t, mode), ngx_http_cnil_modes },

    { ngx_string("cnil_policy"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE1,
      ngx_http_cnil_policy, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL },

    { ngx_string("cnil_buffers"), NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF | NGX_HTTP_LOC_CONF | NGX_CONF_TAKE2,
      ngx_conf_set_bufs_slot, NGX_HTTP_LOC_CONF_OFFSET, offsetof(ngx_http_cnil_loc_conf_t, bufs), NULL },

    { ngx_string("cnil_state"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_str_slot, NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_cnil_main_conf_t, state), NULL },

    ngx_null_command,
};

static ngx_http_module_t ngx_http_cnil_module_ctx = {
    ngx_http_cnil_add_variables, /* preconfiguration */
    ngx_http_cnil_init,          /* postconfiguration */

    ngx_http_cnil_create_main_conf, /* create main configuration */
    ngx_http_cnil_init_main_conf,   /* init main configuration */

    NULL, /* create server configuration */
    NULL, /* merge server configuration */

    ngx_http_cnil_create_loc_conf, /* create location configuration */
    ngx_http_cnil_merge_loc_conf,  /* merge location configuration */
};

ngx_module_t ngx_http_cnil_module = {
    NGX_MODULE_V1,
    &ngx_http_cnil_module_ctx, /* module context */
    ngx_http_cnil_commands,    /* module directives */
    NGX_HTTP_MODULE,           /* module type */
    NULL,                      /* init master */
    ngx_http_cnil_open_logs,   /* init module */
    NULL,                      /* init process */
    NULL,                      /* init thread */
    NULL,                      /* exit thread */
    NULL,                      /* exit process */
    ngx_http_cnil_exit_master, /* exit master */
    NGX_MODULE_V1_PADDING,
};

/* A compressor that comes later in the array runs before us, and we would see its bytes. Those of third parties anchor
 * at the same place as we do, so that the order of load_module decides. */
static ngx_int_t ngx_http_cnil_check_order(ngx_conf_t *cf)
{
    static const char *const compressors[] = {
        "ngx_http_gzip_filter_module",
        "ngx_http_brotli_filter_module",
        "ngx_http_zstd_filter_module",
    };
    ngx_module_t **modules = cf->cycle->modules;
    ngx_uint_t i, k, seen = 0;

    for (i = 0; modules[i] != NULL; i++) {
        if (modules[i] == &ngx_http_cnil_module)
            seen = 1;

        for (k = 0; seen && k < sizeof(compressors) / sizeof(compressors[0]); k++) {
            if (ngx_strcmp(modules[i]->name, compressors[k]) == 0) {
                ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                              "cnil: \"%s\" would compress pages before cnil reads them; "
                              "put load_module of ngx_http_cnil_module after it",
                              compressors[k]);
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}

static ngx_int_t ngx_http_cnil_add_handler(ngx_conf_t *cf, ngx_http_phases phase, ngx_http_handler_pt handler)
{
    ngx_http_core_main_conf_t *cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    ngx_http_handler_pt *h;

    h = ngx_array_push(&cmcf->phases[phase].handlers);
    if (h == NULL)
        return NGX_ERROR;

    *h = handler;

    return NGX_OK;
}

/* Everything is put in place even when no directive turns it on: after a reload that failed late, a worker that is
 * started again serves the old configuration through the filters that the new one has set up. */
static ngx_int_t ngx_http_cnil_init(ngx_conf_t *cf)
{
    if (ngx_http_cnil_check_order(cf) != NGX_OK || ngx_http_cnil_open_state(cf) != NGX_OK ||
        ngx_http_cnil_share_statistics(cf) != NGX_OK ||
        ngx_http_cnil_add_handler(cf, NGX_HTTP_SERVER_REWRITE_PHASE, ngx_http_cnil_server_rewrite_handler) != NGX_OK ||
        ngx_http_cnil_add_handler(cf, NGX_HTTP_REWRITE_PHASE, ngx_http_cnil_rewrite_handler) != NGX_OK ||
        ngx_http_cnil_add_handler(cf, NGX_HTTP_PREACCESS_PHASE, ngx_http_cnil_preaccess_handler) != NGX_OK ||
        ngx_http_cnil_add_handler(cf, NGX_HTTP_PRECONTENT_PHASE, ngx_http_cnil_precontent_handler) != NGX_OK)
        return NGX_ERROR;

    ngx_http_cnil_init_filters();

    return NGX_OK;
}
