/* SPDX-License-Identifier: Apache-2.0
 * Directives into policies: read while nginx reads its configuration, so that a mistake fails `nginx -t`. */
#include "ngx_http_cnil.h"

static void ngx_http_cnil_free_config(void *data);
static const struct cnil_policy *ngx_http_cnil_load(ngx_conf_t *cf, const char *path);
static void ngx_http_cnil_tell(ngx_conf_t *cf, ngx_uint_t level, const struct cnil_errors *errors);
static ngx_int_t ngx_http_cnil_init_statistics(ngx_shm_zone_t *zone, void *data);
static void *ngx_http_cnil_new_statistics(ngx_shm_zone_t *zone, size_t size);

void *ngx_http_cnil_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_cnil_main_conf_t *mcf;
    ngx_pool_cleanup_t *cln;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_cnil_main_conf_t));
    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (mcf == NULL || cln == NULL || ngx_array_init(&mcf->logs, cf->pool, 1, sizeof(ngx_open_file_t *)) != NGX_OK)
        return NULL;

    mcf->config = cnil_config_new();
    if (mcf->config == NULL)
        return NULL;

    cln->handler = ngx_http_cnil_free_config;
    cln->data = mcf->config;

    return mcf;
}

static void ngx_http_cnil_free_config(void *data)
{
    cnil_config_free(data);
}

char *ngx_http_cnil_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_cnil_main_conf_t *mcf = conf;

    if (mcf->state.data == NULL) {
        ngx_str_set(&mcf->state, CNIL_STATE_DIRECTORY);
    }

    /* Under nginx's prefix, as the paths of caches and temporary files are. */
    if (ngx_conf_full_name(cf->cycle, &mcf->state, 0) != NGX_OK)
        return NGX_CONF_ERROR;

    return NGX_CONF_OK;
}

void *ngx_http_cnil_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_cnil_loc_conf_t *lcf;

    lcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_cnil_loc_conf_t));
    if (lcf == NULL)
        return NULL;

    lcf->mode = NGX_CONF_UNSET_UINT;
    lcf->policy = NGX_CONF_UNSET_PTR;

    return lcf;
}

char *ngx_http_cnil_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_cnil_main_conf_t *mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_cnil_module);
    ngx_http_cnil_loc_conf_t *prev = parent;
    ngx_http_cnil_loc_conf_t *conf = child;

    ngx_conf_merge_uint_value(conf->mode, prev->mode, CNIL_MODE_OFF);
    ngx_conf_merge_ptr_value(conf->policy, prev->policy, NULL);
    ngx_conf_merge_bufs_value(conf->bufs, prev->bufs, 4, 16384);

    if (conf->mode == CNIL_MODE_OFF)
        return NGX_CONF_OK;

    if (conf->policy == NULL) {
        conf->policy = ngx_http_cnil_load(cf, NULL);
        if (conf->policy == NULL)
            return NGX_CONF_ERROR;
    }

    mcf->active = 1;
    if (ngx_http_cnil_enforces(conf))
        mcf->enforcing = 1;

    return NGX_CONF_OK;
}

char *ngx_http_cnil_policy(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cnil_loc_conf_t *lcf = conf;
    ngx_str_t *value = cf->args->elts;

    if (lcf->policy != NGX_CONF_UNSET_PTR)
        return "is duplicate";

    /* Beside nginx.conf, as `include` reads its files. */
    if (ngx_conf_full_name(cf->cycle, &value[1], 1) != NGX_OK)
        return NGX_CONF_ERROR;

    lcf->policy = ngx_http_cnil_load(cf, (const char *)value[1].data);

    return lcf->policy != NULL ? NGX_CONF_OK : NGX_CONF_ERROR;
}

static const struct cnil_policy *ngx_http_cnil_load(ngx_conf_t *cf, const char *path)
{
    ngx_http_cnil_main_conf_t *mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_cnil_module);
    const struct cnil_policy *policy;
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    policy = cnil_config_policy(mcf->config, path, &errors);
    ngx_http_cnil_tell(cf, policy == NULL ? NGX_LOG_EMERG : NGX_LOG_WARN, &errors);
    cnil_errors_free(&errors);

    return policy;
}

static void ngx_http_cnil_tell(ngx_conf_t *cf, ngx_uint_t level, const struct cnil_errors *errors)
{
    char text[NGX_MAX_ERROR_STR];
    size_t i;

    for (i = 0; i < errors->count; i++) {
        cnil_error_format(&errors->list[i], text, sizeof(text));
        ngx_conf_log_error(level, cf, 0, "cnil: %s", text);
    }

    if (errors->untold > 0)
        ngx_conf_log_error(level, cf, 0, "cnil: %uz more mistakes", errors->untold);

    if (!cnil_errors_any(errors) && level == NGX_LOG_EMERG)
        ngx_conf_log_error(level, cf, ngx_errno, "cnil: not enough memory");
}

/* Done while the configuration is read, not in init_module, where an error would end a master that is reloading. */
ngx_int_t ngx_http_cnil_open_state(ngx_conf_t *cf)
{
    ngx_http_cnil_main_conf_t *mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_cnil_module);
    struct cnil_errors errors;
    enum cnil_status status;
    bool starts = !ngx_test_config && ngx_process != NGX_PROCESS_SIGNALLER;

    if (!mcf->enforcing)
        return NGX_OK;

    cnil_errors_init(&errors);
    status = cnil_config_open_state(mcf->config, (const char *)mcf->state.data, starts, &errors);
    if (status != CNIL_OK)
        ngx_http_cnil_tell(cf, NGX_LOG_EMERG, &errors);
    cnil_errors_free(&errors);
    if (status != CNIL_OK)
        return NGX_ERROR;

    cnil_config_open_proof(mcf->config, (const char *)mcf->state.data, starts, &errors);
    ngx_http_cnil_tell(cf, NGX_LOG_ERR, &errors);
    cnil_errors_free(&errors);

    return NGX_OK;
}

ngx_int_t ngx_http_cnil_share_statistics(ngx_conf_t *cf)
{
    static ngx_str_t name = ngx_string("cnil_statistics");
    ngx_http_cnil_main_conf_t *mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_cnil_module);
    size_t size = mcf->active ? cnil_config_statistics_size(mcf->config) : 0;
    ngx_shm_zone_t *zone;

    if (size == 0)
        return NGX_OK;

    /* The allocator keeps a note of each page besides. */
    zone = ngx_shared_memory_add(cf, &name, size + size / 64 + 16 * ngx_pagesize, &ngx_http_cnil_module);
    if (zone == NULL)
        return NGX_ERROR;

    zone->init = ngx_http_cnil_init_statistics;
    zone->data = mcf;

    return NGX_OK;
}

/* `data`: the configuration of before a reload, whose memory goes on. */
static ngx_int_t ngx_http_cnil_init_statistics(ngx_shm_zone_t *zone, void *data)
{
    ngx_http_cnil_main_conf_t *mcf = zone->data;
    ngx_http_cnil_main_conf_t *omcf = data;
    size_t size = cnil_config_statistics_size(mcf->config);

    mcf->statistics = omcf != NULL ? omcf->statistics : ngx_http_cnil_new_statistics(zone, size);
    if (mcf->statistics == NULL) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "cnil: not enough shared memory for statistics");
        return NGX_ERROR;
    }

    switch (cnil_config_open_statistics(mcf->config, mcf->statistics, size, ngx_time())) {
    case CNIL_OK:
        return NGX_OK;
    case CNIL_INVALID:
        ngx_log_error(NGX_LOG_ERR, zone->shm.log, 0,
                      "cnil: no statistics are kept: their shared memory holds something else");
        return NGX_OK;
    default:
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0, "cnil: too many policies keep statistics");
        return NGX_ERROR;
    }
}

/* New pages of a zone are zeroed; as long as nobody touches them they cost nothing. But an nginx that is made to find
 * mistakes of memory (NGX_DEBUG_MALLOC) has filled them. */
static void *ngx_http_cnil_new_statistics(ngx_shm_zone_t *zone, size_t size)
{
    u_char *memory = ngx_slab_alloc((ngx_slab_pool_t *)zone->shm.addr, size);

    if (memory != NULL && *memory != 0)
        ngx_memzero(memory, size);

    return memory;
}
