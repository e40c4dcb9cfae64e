/* SPDX-License-Identifier: Apache-2.0
 * Directives, their inheritance, and what is opened before the children start. */
#include "mod_cnil.h"

#include <http_core.h>
#include <http_log.h>
#include <apr_shm.h>
#include <apr_strings.h>
#include <unistd.h>

APLOG_USE_MODULE(cnil);

enum { NOT_SAID = -1 };

static const char global_key[] = "mod_cnil";

static apr_status_t free_config(void *data)
{
    cnil_config_free(data);
    return APR_SUCCESS;
}

/* The configuration being read: kept on its pool, so that a graceful restart that fails leaves the old one alone. */
static mod_cnil_global *global_of_pool(apr_pool_t *pconf)
{
    void *data = NULL;

    apr_pool_userdata_get(&data, global_key, pconf);
    return data;
}

mod_cnil_global *mod_cnil_global_of(server_rec *s)
{
    return global_of_pool(s->process->pconf);
}

int mod_cnil_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    mod_cnil_global *global = apr_pcalloc(pconf, sizeof(*global));

    (void)plog;
    (void)ptemp;
    global->config = cnil_config_new();
    if (global->config == NULL)
        return HTTP_INTERNAL_SERVER_ERROR;
    global->state_dir = CNIL_STATE_DIRECTORY;
    global->on = apr_array_make(pconf, 1, sizeof(mod_cnil_place_on));
    apr_pool_cleanup_register(pconf, global->config, free_config, apr_pool_cleanup_null);
    apr_pool_userdata_setn(global, global_key, NULL, pconf);
    return OK;
}

void *mod_cnil_create_dir_conf(apr_pool_t *pool, char *dir)
{
    mod_cnil_dir_conf *conf = apr_pcalloc(pool, sizeof(*conf));

    (void)dir;
    conf->mode = NOT_SAID;
    return conf;
}

void *mod_cnil_merge_dir_conf(apr_pool_t *pool, void *base, void *overrides)
{
    const mod_cnil_dir_conf *outer = base, *inner = overrides;
    mod_cnil_dir_conf *conf = apr_pcalloc(pool, sizeof(*conf));

    conf->mode = inner->mode != NOT_SAID ? inner->mode : outer->mode;
    conf->policy = inner->policy != NULL ? inner->policy : outer->policy;
    return conf;
}

const struct cnil_policy *mod_cnil_place(request_rec *r, const void *per_dir, enum cnil_mode *mode)
{
    const mod_cnil_dir_conf *conf = ap_get_module_config(per_dir, &cnil_module);

    *mode = conf->mode != NOT_SAID ? (enum cnil_mode)conf->mode : CNIL_MODE_OFF;
    if (conf->policy == NULL && *mode != CNIL_MODE_OFF)
        return mod_cnil_global_of(r->server)->builtin;
    return conf->policy;
}

/* Tells those from `first` on, each on a line of its own. */
static void tell(apr_pool_t *pool, int level, const struct cnil_errors *errors, size_t first)
{
    char line[1024];

    for (size_t i = first; i < errors->count; i++) {
        cnil_error_format(&errors->list[i], line, sizeof(line));
        ap_log_perror(APLOG_MARK, APLOG_STARTUP | level, 0, pool, "%s", line);
    }
    if (errors->untold > 0)
        ap_log_perror(APLOG_MARK, APLOG_STARTUP | level, 0, pool, "and %" APR_SIZE_T_FMT " more mistakes",
                      errors->untold);
}

/* The first is given back, for the place that takes one message. */
static const char *tell_errors(apr_pool_t *pool, const struct cnil_errors *errors, const char *otherwise)
{
    char line[1024];

    tell(pool, APLOG_ERR, errors, 1);
    if (errors->count == 0)
        return otherwise;
    cnil_error_format(&errors->list[0], line, sizeof(line));
    return apr_pstrdup(pool, line);
}

static const struct cnil_policy *load(cmd_parms *cmd, mod_cnil_global *global, const char *path, const char **message)
{
    const struct cnil_policy *policy;
    struct cnil_errors errors;

    cnil_errors_init(&errors);
    policy = cnil_config_policy(global->config, path, &errors);
    if (policy == NULL)
        *message = tell_errors(cmd->pool, &errors, "not enough memory for a policy");
    else
        tell(cmd->pool, APLOG_WARNING, &errors, 0); /* what is good may still surprise */
    cnil_errors_free(&errors);
    return policy;
}

static const char *set_mode(cmd_parms *cmd, void *dir_conf, const char *word)
{
    mod_cnil_global *global = global_of_pool(cmd->server->process->pconf);
    mod_cnil_dir_conf *conf = dir_conf;
    const char *message = NULL;

    if (apr_strnatcasecmp(word, "on") == 0) {
        mod_cnil_place_on *place = apr_array_push(global->on);

        conf->mode = CNIL_MODE_ENFORCE;
        place->conf = conf;
        place->server = cmd->server;
    } else if (apr_strnatcasecmp(word, "audit") == 0) {
        conf->mode = CNIL_MODE_AUDIT;
        global->any_audit = 1;
    } else if (apr_strnatcasecmp(word, "off") == 0) {
        conf->mode = CNIL_MODE_OFF;
    } else {
        return apr_psprintf(cmd->pool, "Cnil takes On, Audit or Off, not \"%s\"", word);
    }
    if (conf->mode != CNIL_MODE_OFF && global->builtin == NULL)
        global->builtin = load(cmd, global, NULL, &message);
    return message;
}

static const char *set_policy(cmd_parms *cmd, void *dir_conf, const char *path)
{
    mod_cnil_global *global = global_of_pool(cmd->server->process->pconf);
    mod_cnil_dir_conf *conf = dir_conf;
    const char *message = NULL;
    const char *full = ap_server_root_relative(cmd->pool, path);

    if (full == NULL)
        return apr_psprintf(cmd->pool, "CnilPolicy: \"%s\" is no path", path);
    conf->policy = load(cmd, global, full, &message);
    if (conf->policy != NULL)
        global->any_enforcing |= conf->policy->mode == CNIL_MODE_ENFORCE;
    return message;
}

static const char *set_state(cmd_parms *cmd, void *dir_conf, const char *path)
{
    mod_cnil_global *global = global_of_pool(cmd->server->process->pconf);
    const char *message = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)dir_conf;
    if (message != NULL)
        return message;
    global->state_dir = ap_server_root_relative(cmd->pool, path);
    return global->state_dir != NULL ? NULL : apr_psprintf(cmd->pool, "CnilState: \"%s\" is no path", path);
}

const command_rec mod_cnil_commands[] = {
    AP_INIT_TAKE1("Cnil", set_mode, NULL, RSRC_CONF | ACCESS_CONF,
                  "On: do what the policy says; Audit: write down and change nothing; Off"),
    AP_INIT_TAKE1("CnilPolicy", set_policy, NULL, RSRC_CONF | ACCESS_CONF, "the policy file (JSON)"),
    AP_INIT_TAKE1("CnilState", set_state, NULL, RSRC_CONF,
                  "the directory of the key and of the event log (default " CNIL_STATE_DIRECTORY ")"),
    { NULL }
};

static apr_status_t open_log(apr_file_t **file, const char *path, apr_pool_t *pconf)
{
    return apr_file_open(file, path, APR_FOPEN_WRITE | APR_FOPEN_CREATE | APR_FOPEN_APPEND | APR_FOPEN_LARGEFILE,
                         APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_GREAD, pconf);
}

/* Opened by the process that starts, as root: the children inherit the descriptors and need no right to the files; the
 * scripts that they start do not. */
static void open_logs(mod_cnil_global *global, apr_pool_t *pconf, server_rec *s)
{
    const char *path;

    global->logs = apr_array_make(pconf, 1, sizeof(apr_file_t *));
    for (size_t i = 0; (path = cnil_config_log(global->config, global->state_dir, i)) != NULL; i++) {
        apr_file_t *file = NULL;
        apr_status_t rv = open_log(&file, path, pconf);

        /* In audit nobody else makes the state directory. */
        if (APR_STATUS_IS_ENOENT(rv) &&
            apr_dir_make_recursive(global->state_dir,
                                   APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_UEXECUTE | APR_FPROT_GREAD |
                                       APR_FPROT_GEXECUTE | APR_FPROT_WREAD | APR_FPROT_WEXECUTE,
                                   pconf) == APR_SUCCESS)
            rv = open_log(&file, path, pconf);
        if (rv != APR_SUCCESS) { /* a log that cannot be written stops no site */
            ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s,
                         "cnil: what goes to %s is not written down: it cannot be opened", path);
            file = NULL;
        }
        APR_ARRAY_PUSH(global->logs, apr_file_t *) = file;
    }
}

/* The server stops, and no child counts any more; after a restart others go on with the memory. */
static apr_status_t close_statistics(void *data)
{
    mod_cnil_global *global = data;
    mod_cnil_request none = { .global = global };

    if (getpid() == global->parent && ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_EXITING)
        cnil_config_close_statistics(global->config, &mod_cnil_server, &none);
    return APR_SUCCESS;
}

/* Memory of the process, so that it outlives configurations and this very module: children of before a restart and of
 * after it count together. New memory where a module of another version has left its table. */
static void open_statistics(mod_cnil_global *global, apr_pool_t *pconf, server_rec *s)
{
    static const char key[] = "mod_cnil statistics";
    size_t size = cnil_config_statistics_size(global->config);
    int64_t now = apr_time_sec(apr_time_now());
    apr_pool_t *pool = s->process->pool;
    enum cnil_status status = CNIL_INVALID;
    apr_shm_t *shm = NULL;
    void *data = NULL;

    if (size == 0)
        return;
    apr_pool_userdata_get(&data, key, pool);
    shm = data;
    if (shm != NULL)
        status = cnil_config_open_statistics(global->config, apr_shm_baseaddr_get(shm), apr_shm_size_get(shm), now);
    if (status == CNIL_INVALID && apr_shm_create(&shm, size, NULL, pool) == APR_SUCCESS) {
        apr_pool_userdata_set(shm, key, NULL, pool); /* with a copy of the key: ours is unloaded */
        status = cnil_config_open_statistics(global->config, apr_shm_baseaddr_get(shm), size, now);
    }
    if (status == CNIL_OK)
        apr_pool_cleanup_register(pconf, global, close_statistics, apr_pool_cleanup_null);
    else
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "cnil: no statistics are kept: there is no shared memory for them");
}

/* The quick handler answers from the cache before our filters can: such pages are not cached, which surprises. */
static void warn_of_quick_handler(server_rec *s)
{
    if (ap_find_linked_module("mod_cache.c") != NULL)
        ap_log_error(APLOG_MARK, APLOG_INFO, 0, s,
                     "cnil: mod_cache is loaded: rewritten pages are kept out of its quick handler; for a cache of the "
                     "origin's pages use \"CacheQuickHandler off\" and \"SetOutputFilter CACHE\"");
}

/* Whether some place is on and no policy is named for it: the built-in one, which enforces. */
static int is_built_in_on(const mod_cnil_global *global)
{
    for (int i = 0; i < global->on->nelts; i++) {
        const mod_cnil_place_on *place = &APR_ARRAY_IDX(global->on, i, mod_cnil_place_on);
        const mod_cnil_dir_conf *around = ap_get_module_config(place->server->lookup_defaults, &cnil_module);

        if (place->conf->policy == NULL && around->policy == NULL)
            return 1;
    }
    return 0;
}

int mod_cnil_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    mod_cnil_global *global = global_of_pool(pconf);
    int enforces = global->on->nelts > 0 && (global->any_enforcing || is_built_in_on(global));
    struct cnil_errors errors;
    enum cnil_status status;

    (void)plog;
    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG ||
        ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_TEST || (global->on->nelts == 0 && !global->any_audit))
        return OK;
    if (enforces) {
        cnil_errors_init(&errors);
        status = cnil_config_open_state(global->config, global->state_dir, true, &errors);
        if (status != CNIL_OK)
            ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, "cnil: %s",
                         tell_errors(ptemp, &errors, "not enough memory for the state"));
        cnil_errors_free(&errors);
        if (status != CNIL_OK)
            return HTTP_INTERNAL_SERVER_ERROR;
        cnil_config_open_proof(global->config, global->state_dir, true, &errors);
        if (cnil_errors_any(&errors))
            ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "cnil: %s", tell_errors(ptemp, &errors, ""));
        cnil_errors_free(&errors);
        warn_of_quick_handler(s);
    }
    open_logs(global, pconf, s);
    global->server = s;
    global->parent = getpid();
    open_statistics(global, pconf, s); /* after the logs, so that they are still open when it is closed */
    return OK;
}
