/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/set_cookie.h"

#include "exchange/account.h"
#include "web/cookie.h"
#include "web/domain.h"

enum { DAY = 24 * 60 * 60, TIMESTAMP_DIGITS = 10 };

/* One field at work. */
struct work {
    struct cnil_exchange *exchange;
    struct cnil_editor *editor;
    struct cnil_headers headers;
    size_t index;
    struct cnil_set_cookie cookie;
    struct cnil_verdict verdict;
    int64_t now;
};

static void tell(const struct work *work, enum cnil_event_kind kind)
{
    cnil_exchange_tell(work->exchange, kind, CNIL_STR("set-cookie"), work->cookie.name, &work->verdict);
}

/* Seconds that it would live; 0 for one that ends with the browser. Max-Age wins over Expires. */
static int64_t lifetime(const struct work *work)
{
    if (work->cookie.has_max_age)
        return work->cookie.max_age;
    return work->cookie.has_expires ? work->cookie.expires - work->now : 0;
}

/* A site that takes a cookie away does what we would do. */
static bool is_removal(const struct work *work)
{
    return (work->cookie.has_max_age || work->cookie.has_expires) && lifetime(work) <= 0;
}

/* ---- what is not prolonged ---- */

/* The value that the browser has sent for this name; false: it has none, as far as this request tells. */
static bool find_sent(const struct work *work, struct cnil_str *value)
{
    struct cnil_cookies cookies = cnil_cookies_of(work->exchange->request.headers);
    struct cnil_cookie_pair pair;

    if (!cnil_cookies_next_named(&cookies, work->cookie.name, &pair))
        return false;
    *value = pair.value;
    return true;
}

/* Which of the fields between dots says when the visitor was first seen, in the cookies that are known to say so. */
static bool birth_field(struct cnil_str name, size_t *field)
{
    if (cnil_str_starts_with(name, CNIL_STR("_pk_id"))) {
        *field = 1; /* "0f1e2d3c4b5a6978.1700000000." */
        return true;
    }
    *field = 3; /* "GA1.2.123456789.1700000000" */
    return cnil_str_equal(name, CNIL_STR("_ga"));
}

/* When the cookie with this value was first set; false: it does not say. */
static bool read_birth(const struct work *work, struct cnil_str value, int64_t *birth)
{
    struct cnil_str part = CNIL_STR_EMPTY;
    size_t field;

    if (!birth_field(work->cookie.name, &field))
        return false;
    for (size_t i = 0; i <= field; i++)
        part = cnil_str_cut(&value, '.');
    *birth = 0;
    for (size_t i = 0; i < part.len && cnil_is_digit(part.ptr[i]); i++)
        *birth = i < TIMESTAMP_DIGITS ? *birth * 10 + (part.ptr[i] - '0') : INT64_MAX;
    return part.len == TIMESTAMP_DIGITS && *birth >= 1000000000 && *birth <= work->now;
}

/* How long an exempt cookie may live that the browser has already; -1: what it has stays as it is. One that lives for
 * a day at most marks a visit: it may go on as long as the visit does. */
static int64_t rest_of_life(const struct work *work, struct cnil_str sent, int64_t most)
{
    int64_t birth;

    if (lifetime(work) <= DAY)
        return DAY;
    if (cnil_str_equal(sent, work->cookie.value) || !read_birth(work, sent, &birth))
        return -1;
    return birth + most > work->now ? birth + most - work->now : 0;
}

/* ---- one field ---- */

static void shorten(const struct work *work, int64_t seconds)
{
    struct cnil_str value = work->headers.list[work->index].value, shorter = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    tell(work, CNIL_EVENT_COOKIE_SHORTENED);
    cnil_buffer_init(&out, 2 * value.len + 64);
    cnil_set_cookie_write(value, seconds, &out);
    if (cnil_buffer_status(&out) == CNIL_OK)
        shorter = cnil_arena_copy(work->exchange->arena, cnil_buffer_str(&out));
    cnil_edits_replace(work->editor, work->headers, work->index, shorter);
    cnil_buffer_free(&out);
}

/* A cookie of a service that measures without consent, of which nobody wrote how long it may live. */
static const struct cnil_cookie_facts measured = { .days = CNIL_AUDIENCE_DAYS,
                                                   .is_shortened = true,
                                                   .is_kept_dated = true };

/* Of a cookie that may pass: holds it to its lifetime. */
static void limit(const struct work *work, const struct cnil_cookie_facts *facts)
{
    int64_t most = (int64_t)facts->days * DAY;
    struct cnil_str sent;

    if (facts->days == 0 || lifetime(work) == 0)
        return;
    if (facts->is_kept_dated && find_sent(work, &sent))
        most = rest_of_life(work, sent, most);
    if (most < 0) {
        tell(work, CNIL_EVENT_COOKIE_NOT_PROLONGED);
        cnil_edits_remove(work->editor, work->headers, work->index);
    } else if (lifetime(work) > most && facts->is_shortened) {
        shorten(work, most);
    } else if (lifetime(work) > most) {
        tell(work, CNIL_EVENT_COOKIE_LONG);
    }
}

/* True: what becomes of it is this visitor's. */
static bool edit(struct work *work)
{
    if (!cnil_set_cookie_parse(work->headers.list[work->index].value, &work->cookie) ||
        cnil_str_equal(work->cookie.name, CNIL_STR(CNIL_CHOICE_COOKIE)) ||
        cnil_str_equal(work->cookie.name, CNIL_STR(CNIL_ACCOUNT_COOKIE)) || is_removal(work))
        return false;
    cnil_matcher_cookie(work->exchange->policy, work->cookie.name, &work->verdict);
    if (cnil_exchange_holds(work->exchange, &work->verdict)) {
        tell(work, CNIL_EVENT_SET_COOKIE_DROPPED);
        cnil_edits_remove(work->editor, work->headers, work->index);
    } else if (work->verdict.action == CNIL_ACTION_REPORT) {
        tell(work, CNIL_EVENT_UNKNOWN_COOKIE);
    } else if (work->verdict.purposes == CNIL_MEASUREMENT) {
        limit(work, work->verdict.facts != NULL && work->verdict.facts->days > 0 ? work->verdict.facts : &measured);
    } else if (work->verdict.action == CNIL_ACTION_PASS && work->verdict.facts != NULL) {
        limit(work, work->verdict.facts);
    }
    return work->verdict.action == CNIL_ACTION_CONSENT;
}

bool cnil_set_cookie_edit(struct cnil_exchange *exchange, struct cnil_headers headers, struct cnil_editor *editor)
{
    bool follows = false;
    struct work work = {
        .exchange = exchange, .editor = editor, .headers = headers, .now = exchange->server->now(exchange->data)
    };

    for (work.index = 0; work.index < headers.count; work.index++)
        if (cnil_str_equal_nocase(headers.list[work.index].name, CNIL_STR("Set-Cookie")))
            follows = edit(&work) || follows;
    return follows;
}

bool cnil_set_cookie_has_domain(const struct cnil_exchange *exchange)
{
    struct cnil_str domain = exchange->policy->consent_domain;

    return domain.len > 0 && cnil_domain_within(exchange->address.host, domain);
}

void cnil_set_cookie_append_domain(const struct cnil_exchange *exchange, struct cnil_buffer *out)
{
    if (cnil_set_cookie_has_domain(exchange)) {
        cnil_buffer_append(out, CNIL_STR("; Domain="));
        cnil_buffer_append(out, exchange->policy->consent_domain);
    }
}
