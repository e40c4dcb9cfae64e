/* SPDX-License-Identifier: Apache-2.0
 * What httpd lends the core: the clock, the event log, the error log. */
#include "mod_cnil.h"

#include <http_log.h>
#include <apr_strings.h>

APLOG_USE_MODULE(cnil);

static int64_t now(void *data)
{
    (void)data;
    return apr_time_sec(apr_time_now());
}

/* What every line for the error log goes through. */
static void say(const mod_cnil_request *request, int level, apr_status_t rv, struct cnil_str text)
{
    if (request->initial != NULL)
        ap_log_rerror(APLOG_MARK, level, rv, request->initial, "cnil: %.*s", (int)text.len, text.ptr);
    else
        ap_log_error(APLOG_MARK, level, rv, request->global->server, "cnil: %.*s", (int)text.len, text.ptr);
}

static void append(void *data, size_t index, struct cnil_str lines)
{
    mod_cnil_request *request = data;
    apr_array_header_t *logs = request->global->logs;
    apr_file_t *file = logs != NULL && index < (size_t)logs->nelts ? APR_ARRAY_IDX(logs, index, apr_file_t *) : NULL;
    apr_status_t rv;

    if (file == NULL)
        return; /* said at start */
    rv = apr_file_write_full(file, lines.ptr, lines.len, NULL);
    if (rv != APR_SUCCESS)
        say(request, APLOG_WARNING, rv, CNIL_STR("an event could not be written down"));
}

static void diagnose(void *data, enum cnil_severity severity, struct cnil_str text)
{
    mod_cnil_request *request = data;
    int level = severity == CNIL_SEVERITY_ERROR     ? APLOG_ERR
                : severity == CNIL_SEVERITY_WARNING ? APLOG_WARNING
                                                    : APLOG_INFO;

    say(request, level, 0, text);
}

static bool record(void *data, size_t index, struct cnil_str line, bool durable)
{
    mod_cnil_request *request = data;
    apr_array_header_t *logs = request->global->logs;
    apr_file_t *file = logs != NULL && index < (size_t)logs->nelts ? APR_ARRAY_IDX(logs, index, apr_file_t *) : NULL;
    apr_size_t len = line.len;

    return file != NULL && apr_file_write(file, line.ptr, &len) == APR_SUCCESS && len == line.len &&
           (!durable || apr_file_datasync(file) == APR_SUCCESS);
}

const struct cnil_server mod_cnil_server = { now, append, diagnose, record };

static size_t count_of(const apr_table_t *table)
{
    return table != NULL ? (size_t)apr_table_elts(table)->nelts : 0;
}

static size_t list_table(const apr_table_t *table, struct cnil_header *list, size_t count)
{
    for (size_t i = 0; i < count_of(table); i++) {
        const apr_table_entry_t *field = &APR_ARRAY_IDX(apr_table_elts(table), (int)i, apr_table_entry_t);

        list[count].name = cnil_str_from(field->key);
        list[count].value = cnil_str_from(field->val);
        count++;
    }
    return count;
}

struct cnil_headers mod_cnil_list_headers(apr_pool_t *pool, const apr_table_t *first, const apr_table_t *second,
                                          const char *content_type, const char *content_encoding)
{
    struct cnil_header *list = apr_palloc(pool, (count_of(first) + count_of(second) + 2) * sizeof(*list));
    struct cnil_headers headers = { list, list_table(second, list, list_table(first, list, 0)) };

    if (content_type != NULL) { /* after those of the tables: httpd puts it in their place when it sends them */
        list[headers.count].name = CNIL_STR("Content-Type");
        list[headers.count].value = cnil_str_from(content_type);
        headers.count++;
    }
    if (content_encoding != NULL && cnil_headers_find(headers, CNIL_STR("Content-Encoding")) == NULL) {
        list[headers.count].name = CNIL_STR("Content-Encoding");
        list[headers.count].value = cnil_str_from(content_encoding);
        headers.count++;
    }
    return headers;
}

static const char *text_of(apr_pool_t *pool, struct cnil_str str)
{
    return apr_pstrmemdup(pool, str.ptr != NULL ? str.ptr : "", str.len);
}

/* Rebuilds `table`, whose first field has the index `from`: apr_table cannot drop one of several equal names. */
static void apply_to_table(apr_pool_t *pool, struct cnil_edits edits, apr_table_t *table, size_t from)
{
    size_t count = count_of(table);
    apr_table_entry_t *fields = apr_pmemdup(pool, apr_table_elts(table)->elts, count * sizeof(*fields));

    apr_table_clear(table);
    for (size_t i = 0; i < count; i++) {
        const struct cnil_edit *edit = cnil_edits_find(edits, from + i);

        if (edit == NULL)
            apr_table_addn(table, fields[i].key, fields[i].val);
        else if (edit->kind == CNIL_EDIT_REPLACE)
            apr_table_addn(table, fields[i].key, text_of(pool, edit->value));
    }
}

void mod_cnil_apply_edits(apr_pool_t *pool, struct cnil_edits edits, apr_table_t *first, apr_table_t *second)
{
    size_t edge = count_of(first);

    if (edits.count == 0)
        return;
    if (edge > 0)
        apply_to_table(pool, edits, first, 0);
    apply_to_table(pool, edits, second, edge);
    for (size_t i = 0; i < edits.count; i++)
        if (edits.list[i].kind == CNIL_EDIT_ADD)
            apr_table_addn(second, text_of(pool, edits.list[i].name), text_of(pool, edits.list[i].value));
}
