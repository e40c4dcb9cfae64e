/* SPDX-License-Identifier: Apache-2.0
 * What nginx lends the core: its clock, its error log, and files to append events to. */
#include "ngx_http_cnil.h"

#define NGX_HTTP_CNIL_LOG_ACCESS 0640
#define NGX_HTTP_CNIL_DIR_ACCESS 0755
#define NGX_HTTP_CNIL_PATIENCE   60 /* seconds between two complaints about the same trouble */

static int64_t ngx_http_cnil_now(void *data);
static void ngx_http_cnil_append(void *data, size_t index, struct cnil_str lines);
static bool ngx_http_cnil_record(void *data, size_t index, struct cnil_str line, bool durable);
static void ngx_http_cnil_diagnose(void *data, enum cnil_severity severity, struct cnil_str text);
static ngx_log_t *ngx_http_cnil_log_of(const ngx_http_cnil_ctx_t *ctx);
static ngx_fd_t ngx_http_cnil_open_log(ngx_cycle_t *cycle, ngx_str_t *name);

const struct cnil_server ngx_http_cnil_server = {
    ngx_http_cnil_now,
    ngx_http_cnil_append,
    ngx_http_cnil_diagnose,
    ngx_http_cnil_record,
};

static int64_t ngx_http_cnil_now(void *data)
{
    return ngx_time();
}

static ngx_log_t *ngx_http_cnil_log_of(const ngx_http_cnil_ctx_t *ctx)
{
    return ctx->request != NULL ? ctx->request->connection->log : ngx_cycle->log;
}

static void ngx_http_cnil_append(void *data, size_t index, struct cnil_str lines)
{
    ngx_http_cnil_ctx_t *ctx = data;
    ngx_http_cnil_main_conf_t *mcf = ctx->mcf;
    ngx_open_file_t **logs = mcf->logs.elts;
    ngx_err_t err;
    ssize_t n;

    if (index >= mcf->logs.nelts)
        return;

    n = ngx_write_fd(logs[index]->fd, (void *)lines.ptr, lines.len);
    if (n == (ssize_t)lines.len)
        return;

    err = n == -1 ? ngx_errno : 0;

    if (ngx_time() - mcf->complained >= NGX_HTTP_CNIL_PATIENCE) {
        mcf->complained = ngx_time();
        ngx_log_error(NGX_LOG_ERR, ngx_http_cnil_log_of(ctx), err, "cnil: events could not be written to \"%V\"",
                      &logs[index]->name);
    }
}

/* What stands in for a log that could not be opened, a device, takes everything and keeps nothing. */
static bool ngx_http_cnil_record(void *data, size_t index, struct cnil_str line, bool durable)
{
    ngx_http_cnil_ctx_t *ctx = data;
    ngx_open_file_t **logs = ctx->mcf->logs.elts;
    ngx_file_info_t fi;

    return index < ctx->mcf->logs.nelts && ngx_fd_info(logs[index]->fd, &fi) != NGX_FILE_ERROR &&
           !S_ISCHR(fi.st_mode) && ngx_write_fd(logs[index]->fd, (void *)line.ptr, line.len) == (ssize_t)line.len &&
           (!durable || fdatasync(logs[index]->fd) == 0);
}

static void ngx_http_cnil_diagnose(void *data, enum cnil_severity severity, struct cnil_str text)
{
    static const ngx_uint_t levels[] = {
        [CNIL_SEVERITY_INFO] = NGX_LOG_INFO,
        [CNIL_SEVERITY_WARNING] = NGX_LOG_WARN,
        [CNIL_SEVERITY_ERROR] = NGX_LOG_ERR,
    };
    ngx_http_cnil_ctx_t *ctx = data;

    ngx_log_error(levels[severity], ngx_http_cnil_log_of(ctx), 0, "cnil: %*s", text.len, text.ptr);
}

/* The master opens the logs before it forks, and nginx reopens what is on the cycle's list when it is told to. They are
 * not put there while the configuration is read, because nginx would not start without them: a log must not take the
 * site down. One that cannot be opened is stood in for by /dev/null until it is reopened. */
ngx_int_t ngx_http_cnil_open_logs(ngx_cycle_t *cycle)
{
    ngx_http_cnil_main_conf_t *mcf;
    ngx_open_file_t *file, **log;
    const char *path;
    size_t i;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_cnil_module);
    if (ngx_test_config || mcf == NULL || !mcf->active)
        return NGX_OK;

    for (i = 0; (path = cnil_config_log(mcf->config, (const char *)mcf->state.data, i)) != NULL; i++) {
        file = ngx_list_push(&cycle->open_files);
        log = ngx_array_push(&mcf->logs);
        if (file == NULL || log == NULL)
            return NGX_ERROR;

        ngx_memzero(file, sizeof(ngx_open_file_t));
        file->name.data = (u_char *)path;
        file->name.len = ngx_strlen(path);
        file->fd = ngx_http_cnil_open_log(cycle, &file->name);
        if (file->fd == NGX_INVALID_FILE)
            return NGX_ERROR;

        *log = file;
    }

    return NGX_OK;
}

static ngx_fd_t ngx_http_cnil_open_log(ngx_cycle_t *cycle, ngx_str_t *name)
{
    ngx_http_cnil_main_conf_t *mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_cnil_module);
    ngx_core_conf_t *ccf = (ngx_core_conf_t *)ngx_get_conf(cycle->conf_ctx, ngx_core_module);
    ngx_uint_t level = mcf->enforcing ? NGX_LOG_ERR : NGX_LOG_WARN;
    ngx_fd_t fd;

    fd = ngx_open_file(name->data, NGX_FILE_APPEND, NGX_FILE_CREATE_OR_OPEN | O_CLOEXEC, NGX_HTTP_CNIL_LOG_ACCESS);

    /* In audit nobody else makes the state directory. */
    if (fd == NGX_INVALID_FILE && ngx_errno == NGX_ENOENT &&
        ngx_create_dir(mcf->state.data, NGX_HTTP_CNIL_DIR_ACCESS) != NGX_FILE_ERROR)
        fd = ngx_open_file(name->data, NGX_FILE_APPEND, NGX_FILE_CREATE_OR_OPEN | O_CLOEXEC, NGX_HTTP_CNIL_LOG_ACCESS);

    if (fd == NGX_INVALID_FILE) {
        ngx_log_error(level, cycle->log, ngx_errno, "cnil: what goes to \"%V\" is lost, it cannot be opened", name);
        return ngx_open_file((u_char *)"/dev/null", NGX_FILE_APPEND, NGX_FILE_OPEN | O_CLOEXEC, 0);
    }

    /* Workers open it again by its name, as their own user. */
    if (ccf->user != (ngx_uid_t)NGX_CONF_UNSET_UINT && fchown(fd, ccf->user, (gid_t)-1) == -1)
        ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_errno, "cnil: fchown() of \"%V\" failed", name);

    return fd;
}

/* No worker counts any more. */
void ngx_http_cnil_exit_master(ngx_cycle_t *cycle)
{
    ngx_http_cnil_main_conf_t *mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_cnil_module);
    ngx_http_cnil_ctx_t ctx;

    if (mcf == NULL || mcf->statistics == NULL)
        return;

    ngx_memzero(&ctx, sizeof(ngx_http_cnil_ctx_t));
    ctx.mcf = mcf;
    cnil_config_close_statistics(mcf->config, &ngx_http_cnil_server, &ctx);
}
