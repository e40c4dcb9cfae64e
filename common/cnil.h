/* SPDX-License-Identifier: Apache-2.0
 * The face of the core: all that a connector includes.
 *
 * A configuration (struct cnil_config) is read once and is then immutable; an exchange (struct cnil_exchange) is one
 * request and its response, used by one thread at a time. The order of calls in an exchange:
 *
 *   cnil_exchange_new      the request has been read; the virtual host's policy
 *   cnil_exchange_open     https redirect, own addresses: an answer to send, or none
 *   (cnil_exchange_submit  the body of a POST to an own address)
 *   cnil_exchange_enter    the location's policy is known: header edits that the origin must see
 *   cnil_exchange_body     the response's status and headers are known: is its body rewritten? edits of its
 *                          representation (validators, length, ranges). May come again after an internal redirect
 *   cnil_exchange_headers  the headers are final: cookies, Link, HSTS, policy, caching
 *   cnil_exchange_feed     and cnil_exchange_next: the body
 *   cnil_exchange_close    events are appended, all is freed
 *
 * Everything that a call gives out stays valid until cnil_exchange_close(). */
#ifndef CNIL_H
#define CNIL_H

#include "base/errors.h"
#include "base/limits.h"
#include "base/status.h"
#include "base/str.h"
#include "base/version.h"
#include "page/rewriter.h"
#include "policy/policy.h"
#include "web/header.h"

#include <stdint.h>

/* ---- configuration ---- */

#define CNIL_STATE_DIRECTORY "/var/lib/cnil" /* unless a directive names another one */

struct cnil_config;

struct cnil_config *cnil_config_new(void);         /* NULL without memory */
void cnil_config_free(struct cnil_config *config); /* frees its policies too; NULL is fine */

/* The policy of the file at `path` (NULL: the built-in one). Loaded once however often it is named. NULL with the
 * reasons in `errors`, or without memory. Owned by `config`. */
const struct cnil_policy *cnil_config_policy(struct cnil_config *config, const char *path, struct cnil_errors *errors);

/* Reads the keys of all policies loaded (made in `state_dir` on first start, directory included, owner root, when
 * `create`), once all directives have been read and before workers start. Call it only when some place enforces: audit
 * and off need no state. With `create` false nothing is written (a configuration test), and a missing key is no error.
 */
CNIL_MUST_USE enum cnil_status cnil_config_open_state(struct cnil_config *config, const char *state_dir, bool create,
                                                      struct cnil_errors *errors);

/* After that, under the same condition: makes the directories of the policies' logs of choices, archives what these
 * will name (policies, banners), and adds the logs to cnil_config_log(). What cannot be done is told in `errors`; it is
 * no reason not to start. With `create` false nothing is written. */
void cnil_config_open_proof(struct cnil_config *config, const char *state_dir, bool create, struct cnil_errors *errors);

/* Statistics without trackers, where a policy keeps them: how much memory they want, the same for every configuration;
 * 0: there is nothing to count. */
size_t cnil_config_statistics_size(const struct cnil_config *config);

/* Memory of that size, aligned as malloc() does, that all processes share: zeroed, or with what was counted under an
 * earlier configuration. CNIL_INVALID: something else is in it, another version's table for one; it is left alone. */
CNIL_MUST_USE enum cnil_status cnil_config_open_statistics(struct cnil_config *config, void *memory, size_t size,
                                                           int64_t now);

/* Writes down what has been counted, of this day too: when the server stops and nobody counts any more. */
struct cnil_server;
void cnil_config_close_statistics(struct cnil_config *config, const struct cnil_server *server, void *data);

/* The files that lines go to: the policies' logs of events, `state_dir` for those that name none, and of choices; each
 * once. Gives NULL past the last. The connector opens them for appending, keeps them over workers and reopens them on
 * its server's signal. */
const char *cnil_config_log(struct cnil_config *config, const char *state_dir, size_t index);

/* ---- exchange ---- */

enum cnil_severity { CNIL_SEVERITY_INFO, CNIL_SEVERITY_WARNING, CNIL_SEVERITY_ERROR };

/* What a server lends the core; must outlive the exchange. `data` comes back in every call. */
struct cnil_server {
    int64_t (*now)(void *data); /* seconds since 1970 */
    /* Appends whole lines to log `index` of cnil_config_log(). May fail in silence but for a diagnosis of its own. */
    void (*append)(void *data, size_t index, struct cnil_str lines);
    void (*diagnose)(void *data, enum cnil_severity severity, struct cnil_str text);
    /* Appends whole lines, CNIL_LIMIT_EVENT_LINE bytes at most and so less than a pipe may tear, in one write, and with
     * `durable` waits until they are on the disk. False: they may not be there. Called by several threads one after the
     * other for one log of choices, line by line; for lines of the log of events by one process at a time. */
    bool (*record)(void *data, size_t index, struct cnil_str lines, bool durable);
};

struct cnil_request {
    struct cnil_str method;
    struct cnil_str host;   /* Host field or :authority, as sent, port included */
    struct cnil_str target; /* path and query as sent: "/a?b" */
    struct cnil_str peer;   /* the connection's address as text, "127.0.0.1" or "::1" */
    bool tls;               /* this connection is TLS */
    struct cnil_headers headers;
};

struct cnil_response {
    unsigned status;
    struct cnil_headers headers; /* as they would leave, Content-Type, ETag, Last-Modified and Content-Length too */
};

enum cnil_edit_kind {
    CNIL_EDIT_REMOVE,  /* the field at `index` of the headers given */
    CNIL_EDIT_REPLACE, /* its value by `value` */
    CNIL_EDIT_ADD      /* a new field `name`: `value` */
};

struct cnil_edit {
    enum cnil_edit_kind kind;
    size_t index;
    struct cnil_str name; /* with ADD; for the others the field's name, for convenience */
    struct cnil_str value;
};

struct cnil_edits {
    const struct cnil_edit *list;
    size_t count;
};

/* The edit that is about the field at `index`, the last of several; NULL: there is none. */
const struct cnil_edit *cnil_edits_find(struct cnil_edits edits, size_t index);

/* A response of our own, to be sent as it is. */
struct cnil_answer {
    unsigned status;
    struct cnil_headers headers; /* Content-Type and Content-Length included */
    struct cnil_str body;
    bool head_only; /* a HEAD request: send headers, no body */
    bool is_early;  /* a redirect: before the site's access control, which would ask for a password over plain http */
};

enum cnil_open {
    CNIL_OPEN_PASS,   /* the site answers */
    CNIL_OPEN_ANSWER, /* we do */
    CNIL_OPEN_SUBMIT /* we do, once the request's body (CNIL_LIMIT_FORM_BODY at most) is given to cnil_exchange_submit()
                      */
};

enum cnil_body {
    CNIL_BODY_PASS,    /* not looked at */
    CNIL_BODY_OBSERVE, /* fed, but the original bytes are sent (audit) */
    CNIL_BODY_REWRITE  /* the spans are sent instead */
};

struct cnil_exchange;

/* `ceiling`: what the directive allows; the policy's own mode may lower it. `policy`: of the virtual host. */
struct cnil_exchange *cnil_exchange_new(struct cnil_config *config, const struct cnil_policy *policy,
                                        enum cnil_mode ceiling, const struct cnil_server *server, void *data);

/* Copies what it needs of `request`. With ANSWER, `*answer` is filled. */
CNIL_MUST_USE enum cnil_status cnil_exchange_open(struct cnil_exchange *exchange, const struct cnil_request *request,
                                                  enum cnil_open *open, const struct cnil_answer **answer);

/* `body`: all of the request's body; one longer than CNIL_LIMIT_FORM_BODY may be given cut, with `too_large`. */
CNIL_MUST_USE enum cnil_status cnil_exchange_submit(struct cnil_exchange *exchange, struct cnil_str body,
                                                    bool too_large, const struct cnil_answer **answer);

/* The place's policy and ceiling (those of a location or directory). `edits` refer to the headers of the request as
 * they were given to cnil_exchange_open(). May be called again for another place: the last counts. After an answer of
 * ours it says that the site answers all the same (access control refused, and the site has a page for that). */
CNIL_MUST_USE enum cnil_status cnil_exchange_enter(struct cnil_exchange *exchange, const struct cnil_policy *policy,
                                                   enum cnil_mode ceiling, struct cnil_edits *edits);

/* An interim response (1xx), as it would leave before the one that counts; a server that forwards none need not ask.
 * `*passes`: it goes on, with `edits`. */
CNIL_MUST_USE enum cnil_status cnil_exchange_interim(struct cnil_exchange *exchange,
                                                     const struct cnil_response *response, bool *passes,
                                                     struct cnil_edits *edits);

/* Of the two, anything but CNIL_OK means that the response could not be read or edited: nothing of it leaves, its
 * fields neither, whatever "on_error" says of bodies. The visitor gets an error of the server's own, with status 500.
 * Audit never fails. */
CNIL_MUST_USE enum cnil_status cnil_exchange_body(struct cnil_exchange *exchange, const struct cnil_response *response,
                                                  enum cnil_body *body, struct cnil_edits *edits);

CNIL_MUST_USE enum cnil_status cnil_exchange_headers(struct cnil_exchange *exchange,
                                                     const struct cnil_response *response, struct cnil_edits *edits);

/* As cnil_rewriter_feed() and cnil_rewriter_next(). An error after this point means: end the response (the core itself
 * lets the bytes pass where the policy says "on_error": "open"). */
CNIL_MUST_USE enum cnil_status cnil_exchange_feed(struct cnil_exchange *exchange, struct cnil_str chunk, bool last);
CNIL_MUST_USE enum cnil_status cnil_exchange_next(struct cnil_exchange *exchange, struct cnil_span *span);

enum cnil_variable {
    CNIL_VARIABLE_CHOICE, /* "none", "refused", "accepted", or what is granted joined by "+" */
    CNIL_VARIABLE_MODE,   /* "off", "audit", "enforce" */
    CNIL_VARIABLE_BLOCKED /* how many things were held back so far, in decimal */
};
struct cnil_str cnil_exchange_variable(struct cnil_exchange *exchange, enum cnil_variable variable);

/* Appends the events through the server and frees the exchange; NULL is fine. */
void cnil_exchange_close(struct cnil_exchange *exchange);

#endif
