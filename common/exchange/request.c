/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/request.h"

#include "base/limits.h"
#include "exchange/account.h"
#include "exchange/edits.h"
#include "exchange/once.h"
#include "page/guard.h"
#include "web/cookie.h"

/* `<link rel=prefetch>` says "empty", and what it fetched becomes a page without another request. */
bool cnil_request_is_prefetch(struct cnil_headers headers)
{
    static const struct cnil_str names[] = { CNIL_STR_INIT("Sec-Purpose"), CNIL_STR_INIT("Purpose"),
                                             CNIL_STR_INIT("X-Purpose"), CNIL_STR_INIT("X-Moz") };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct cnil_str value = cnil_headers_value(headers, names[i]);

        if (cnil_str_starts_with_nocase(value, CNIL_STR("prefetch")) ||
            cnil_str_starts_with_nocase(value, CNIL_STR("preview")))
            return true;
    }
    return false;
}

bool cnil_request_is_renewal(struct cnil_headers headers)
{
    return cnil_headers_value(headers, CNIL_STR("VP-Page")).len > 0;
}

static bool accepts_html(struct cnil_headers headers)
{
    struct cnil_str rest = cnil_headers_value(headers, CNIL_STR("Accept")), range;

    while (cnil_header_list_next(&rest, &range)) {
        if (cnil_str_starts_with_nocase(range, CNIL_STR("text/html")))
            return true;
    }
    return false;
}

/* A service worker of the site passes on what a tab or a frame asked for (`respondWith(fetch(event.request))`): nothing
 * else that says "empty" navigates. */
static bool is_passed_on(struct cnil_headers headers)
{
    return cnil_str_equal_nocase(cnil_str_trim(cnil_headers_value(headers, CNIL_STR("Sec-Fetch-Mode"))),
                                 CNIL_STR("navigate"));
}

enum cnil_destination cnil_request_destination(const struct cnil_request *request)
{
    static const struct cnil_str nested[] = { CNIL_STR_INIT("iframe"), CNIL_STR_INIT("frame"), CNIL_STR_INIT("embed"),
                                              CNIL_STR_INIT("object"), CNIL_STR_INIT("fencedframe") };
    struct cnil_str word = cnil_str_trim(cnil_headers_value(request->headers, CNIL_STR("Sec-Fetch-Dest")));

    if (word.len == 0 &&
        cnil_str_equal(cnil_headers_value(request->headers, CNIL_STR("X-Requested-With")), CNIL_STR("XMLHttpRequest")))
        return CNIL_DESTINATION_FETCH; /* a script of an old browser, as it says; apps of phones name themselves */
    if (word.len == 0)
        return accepts_html(request->headers) ? CNIL_DESTINATION_LIKELY : CNIL_DESTINATION_UNKNOWN;
    if (cnil_str_equal_nocase(word, CNIL_STR("document")))
        return CNIL_DESTINATION_DOCUMENT;
    if (CNIL_STR_IS_AMONG_NOCASE(word, nested))
        return CNIL_DESTINATION_NESTED;
    if (cnil_str_equal_nocase(word, CNIL_STR("empty")))
        return cnil_request_is_prefetch(request->headers)  ? CNIL_DESTINATION_PREFETCH
               : cnil_request_is_renewal(request->headers) ? CNIL_DESTINATION_DOCUMENT
               : is_passed_on(request->headers)            ? CNIL_DESTINATION_LIKELY
                                                           : CNIL_DESTINATION_FETCH;
    return cnil_str_equal_nocase(word, CNIL_STR("style")) ? CNIL_DESTINATION_STYLE : CNIL_DESTINATION_RESOURCE;
}

bool cnil_request_is_of_worker(const struct cnil_request *request)
{
    static const struct cnil_str words[] = { CNIL_STR_INIT("worker"), CNIL_STR_INIT("sharedworker"),
                                             CNIL_STR_INIT("serviceworker") };

    return CNIL_STR_IS_AMONG_NOCASE(cnil_str_trim(cnil_headers_value(request->headers, CNIL_STR("Sec-Fetch-Dest"))),
                                    words);
}

bool cnil_request_use(const struct cnil_request *request, struct cnil_element_use *use)
{
    struct cnil_str as = cnil_str_trim(cnil_headers_value(request->headers, CNIL_STR("Sec-Fetch-Dest")));
    struct cnil_str rel = CNIL_STR("preload"); /* destinations are what its `as` may say */

    return cnil_element_link_use(&rel, as, use);
}

bool cnil_request_is_of_code(const struct cnil_request *request)
{
    static const struct cnil_str modes[] = { CNIL_STR_INIT("cors"), CNIL_STR_INIT("no-cors"),
                                             CNIL_STR_INIT("same-origin") };
    struct cnil_str mode = cnil_str_trim(cnil_headers_value(request->headers, CNIL_STR("Sec-Fetch-Mode"))),
                    site = cnil_str_trim(cnil_headers_value(request->headers, CNIL_STR("Sec-Fetch-Site")));

    return CNIL_STR_IS_AMONG_NOCASE(mode, modes) && cnil_str_equal_nocase(site, CNIL_STR("same-origin"));
}

bool cnil_request_is_for_worker(const struct cnil_exchange *exchange)
{
    return exchange->is_worker && cnil_guard_is_due(exchange->policy, &exchange->choice);
}

enum cnil_language cnil_request_language(const struct cnil_request *request, const struct cnil_policy *policy)
{
    enum cnil_language language = policy->language;

    if (policy->languages != 0) /* accepted by none: it stays */
        (void)cnil_language_accepted(request->headers, policy->languages, &language);
    return language;
}

bool cnil_request_is_for_style(const struct cnil_exchange *exchange)
{
    if (exchange->destination == CNIL_DESTINATION_UNKNOWN)
        return cnil_str_ends_with(exchange->address.path, CNIL_STR(".css"));
    return exchange->destination == CNIL_DESTINATION_STYLE;
}

static bool is_letter_of_word(struct cnil_str text, size_t at)
{
    return at < text.len && (cnil_is_alpha(text.ptr[at]) || cnil_is_digit(text.ptr[at]));
}

bool cnil_request_is_of_crawler(const struct cnil_request *request)
{
    static const struct cnil_str words[] = {
#define CRAWLER(word, source) CNIL_STR_INIT(word),
#include "exchange/crawlers.def"
#undef CRAWLER
    };
    struct cnil_str agent =
        cnil_str_slice(cnil_headers_value(request->headers, CNIL_STR("User-Agent")), 0, CNIL_LIMIT_USER_AGENT);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t at = cnil_str_find(agent, words[i]);

        if (at < agent.len && (at == 0 || !is_letter_of_word(agent, at - 1)) &&
            !is_letter_of_word(agent, at + words[i].len))
            return true;
    }
    return false;
}

enum cnil_insertion cnil_request_block_insertion(const struct cnil_exchange *exchange)
{
    return exchange->is_crawler ? CNIL_INSERT_NEVER : cnil_request_insertion(exchange->destination);
}

enum cnil_insertion cnil_request_insertion(enum cnil_destination destination)
{
    switch (destination) {
    case CNIL_DESTINATION_DOCUMENT:
        return CNIL_INSERT_ALWAYS;
    case CNIL_DESTINATION_PREFETCH:
    case CNIL_DESTINATION_LIKELY:
    case CNIL_DESTINATION_UNKNOWN:
        return CNIL_INSERT_IF_DOCUMENT;
    case CNIL_DESTINATION_NESTED:
    case CNIL_DESTINATION_FETCH:
    case CNIL_DESTINATION_STYLE:
    case CNIL_DESTINATION_RESOURCE:
        break;
    }
    return CNIL_INSERT_NEVER;
}

bool cnil_request_is_by_worker(const struct cnil_request *request)
{
    struct cnil_str address = cnil_headers_value(request->headers, CNIL_STR("Referer"));
    struct cnil_str path = cnil_str_trim(cnil_str_cut(&address, '?'));

    return cnil_str_ends_with(path, CNIL_STR(".js")) || cnil_str_ends_with(path, CNIL_STR(".mjs"));
}

enum cnil_insertion cnil_request_guard_insertion(const struct cnil_exchange *exchange)
{
    if (exchange->destination == CNIL_DESTINATION_NESTED)
        return CNIL_INSERT_ALWAYS;
    if (exchange->destination == CNIL_DESTINATION_FETCH && cnil_request_is_by_worker(&exchange->request))
        return CNIL_INSERT_IF_DOCUMENT;
    return cnil_request_insertion(exchange->destination);
}

bool cnil_request_is_navigation(enum cnil_destination destination)
{
    return destination == CNIL_DESTINATION_DOCUMENT || destination == CNIL_DESTINATION_NESTED ||
           destination == CNIL_DESTINATION_PREFETCH || destination == CNIL_DESTINATION_LIKELY;
}

/* Takes the pairs that are held back out of one Cookie field. */
static void edit_cookies(struct cnil_exchange *exchange, struct cnil_editor *editor, size_t index, bool tell)
{
    struct cnil_headers headers = exchange->request.headers;
    struct cnil_str rest = headers.list[index].value, kept = CNIL_STR_EMPTY;
    struct cnil_cookie_pair pair;
    struct cnil_verdict verdict;
    struct cnil_buffer out;
    bool dropped = false, follows_kept = false;

    cnil_buffer_init(&out, 2 * rest.len + 2);
    while (cnil_cookie_next(&rest, &pair)) {
        bool is_joined = pair.is_joined && follows_kept; /* a value with a comma in it stays in one piece */

        follows_kept = false;
        if (cnil_str_equal(pair.name, CNIL_STR(CNIL_ONCE_COOKIE)) ||
            cnil_str_equal(pair.name, CNIL_STR(CNIL_ACCOUNT_COOKIE))) { /* ours alone */
            dropped = true;
            continue;
        }
        if (!cnil_str_equal(pair.name, CNIL_STR(CNIL_CHOICE_COOKIE))) { /* the site's own code may read the choice */
            cnil_matcher_cookie(exchange->policy, pair.name, &verdict);
            if (cnil_exchange_holds(exchange, &verdict)) {
                dropped = true;
                if (tell)
                    cnil_exchange_tell(exchange, CNIL_EVENT_COOKIE_DROPPED, CNIL_STR("cookie"), pair.name, &verdict);
                continue;
            }
        }
        follows_kept = true;
        cnil_buffer_append(&out, out.len == 0 ? CNIL_STR_EMPTY : is_joined ? CNIL_STR(", ") : CNIL_STR("; "));
        cnil_buffer_append(&out, pair.raw);
    }
    if (dropped && out.len == 0) {
        cnil_edits_remove(editor, headers, index);
    } else if (dropped) {
        if (cnil_buffer_status(&out) == CNIL_OK)
            kept = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
        cnil_edits_replace(editor, headers, index, kept);
    }
    cnil_buffer_free(&out);
}

static void edit_validator(struct cnil_exchange *exchange, struct cnil_editor *editor, size_t index,
                           enum cnil_validator_use use)
{
    struct cnil_headers headers = exchange->request.headers;
    bool changed;
    struct cnil_str value =
        cnil_validator_inward(&exchange->validators, headers.list[index].value, use, exchange->arena, &changed);

    if (value.ptr != NULL && value.len == 0)
        cnil_edits_remove(editor, headers, index);
    else if (value.ptr == NULL || changed)
        cnil_edits_replace(editor, headers, index, value);
}

/* For programs behind the server "X_Consent" may be the same field. */
static bool is_same_field(struct cnil_str a, struct cnil_str b)
{
    for (size_t i = 0; i < a.len && a.len == b.len; i++) {
        char x = a.ptr[i] == '_' ? '-' : cnil_lower(a.ptr[i]), y = cnil_lower(b.ptr[i]);

        if (x != y)
            return false;
    }
    return a.len == b.len;
}

/* The site's own code may rely on it: what came under that name from elsewhere is taken away. */
static void tell_site(struct cnil_exchange *exchange, struct cnil_editor *editor)
{
    if (exchange->policy->header.len > 0)
        cnil_edits_add(editor, exchange->policy->header, cnil_exchange_variable(exchange, CNIL_VARIABLE_CHOICE));
    cnil_account_tell(exchange, editor);
}

static bool is_destined(const struct cnil_request *request, struct cnil_str word)
{
    return cnil_str_equal_nocase(cnil_str_trim(cnil_headers_value(request->headers, CNIL_STR("Sec-Fetch-Dest"))), word);
}

bool cnil_request_is_for_manifest(const struct cnil_request *request)
{
    return is_destined(request, CNIL_STR("manifest"));
}

bool cnil_request_is_for_media(const struct cnil_request *request)
{
    return is_destined(request, CNIL_STR("video")) || is_destined(request, CNIL_STR("audio")) ||
           (is_destined(request, CNIL_STR("empty")) &&
            cnil_str_equal(cnil_str_trim(cnil_headers_value(request->headers, CNIL_STR("Range"))),
                           CNIL_STR("bytes=0-")));
}

bool cnil_request_is_for_playlist(const struct cnil_exchange *exchange)
{
    struct cnil_str path = exchange->address.path,
                    end = cnil_str_slice(path, path.len - (path.len < 5 ? path.len : 5), path.len);

    return cnil_request_is_for_media(&exchange->request) &&
           (cnil_str_equal_nocase(end, CNIL_STR(".m3u8")) ||
            cnil_str_equal_nocase(cnil_str_slice(end, 1, end.len), CNIL_STR(".m3u")));
}

bool cnil_request_is_for_part(const struct cnil_request *request)
{
    struct cnil_str mode = cnil_str_trim(cnil_headers_value(request->headers, CNIL_STR("Sec-Fetch-Mode")));

    return cnil_str_equal_nocase(mode, CNIL_STR("same-origin")) &&
           (is_destined(request, CNIL_STR("image")) || is_destined(request, CNIL_STR("empty")));
}

enum cnil_status cnil_request_edit(struct cnil_exchange *exchange, struct cnil_edits *edits)
{
    struct cnil_headers headers = exchange->request.headers;
    /* Once a page, not with each of its images; an internal redirect comes here again. */
    bool tell = exchange->cookies_told != exchange->policy && exchange->destination != CNIL_DESTINATION_RESOURCE &&
                exchange->destination != CNIL_DESTINATION_STYLE;
    bool is_for_worker = cnil_request_is_for_worker(exchange);
    bool is_read_there =
        is_for_worker || is_destined(&exchange->request, CNIL_STR("speculationrules")) ||
        cnil_request_is_for_manifest(&exchange->request) || cnil_request_is_for_playlist(exchange) ||
        (exchange->destination == CNIL_DESTINATION_RESOURCE && cnil_request_is_for_part(&exchange->request));
    bool is_rewritten =
        cnil_request_is_navigation(exchange->destination) || cnil_request_is_for_style(exchange) || is_read_there;
    bool ours = cnil_validator_is_ours(cnil_headers_value(headers, CNIL_STR("If-Range")));
    struct cnil_editor editor;

    cnil_edits_begin(&editor, exchange->arena);
    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str name = headers.list[i].name;

        if ((exchange->policy->header.len > 0 && is_same_field(name, exchange->policy->header)) ||
            (exchange->policy->account.len > 0 && is_same_field(name, exchange->policy->account))) {
            cnil_edits_remove(&editor, headers, i);
        } else if (cnil_str_equal_nocase(name, CNIL_STR("Cookie"))) {
            edit_cookies(exchange, &editor, i, tell);
        } else if (cnil_str_equal_nocase(name, CNIL_STR("Accept-Encoding"))) {
            if (exchange->destination != CNIL_DESTINATION_RESOURCE || is_read_there)
                cnil_edits_remove(&editor, headers, i); /* the origin must not send what cannot be read */
        } else if (cnil_str_equal_nocase(name, CNIL_STR("Range")) ||
                   cnil_str_equal_nocase(name, CNIL_STR("If-Range"))) {
            if (is_rewritten || ours) /* offsets of a rewritten document mean nothing to the origin */
                cnil_edits_remove(&editor, headers, i);
        } else if (cnil_str_equal_nocase(name, CNIL_STR("If-Modified-Since"))) {
            if (is_rewritten)
                cnil_edits_remove(&editor, headers, i);
        } else if (cnil_str_equal_nocase(name, CNIL_STR("If-None-Match"))) {
            edit_validator(exchange, &editor, i, is_rewritten ? CNIL_VALIDATOR_NAVIGATION : CNIL_VALIDATOR_FETCH);
        } else if (cnil_str_equal_nocase(name, CNIL_STR("If-Match"))) {
            edit_validator(exchange, &editor, i, CNIL_VALIDATOR_STATE);
        }
    }
    tell_site(exchange, &editor);
    exchange->cookies_told = exchange->policy;
    if (exchange->mode != CNIL_MODE_ENFORCE)
        editor.count = 0;
    return cnil_edits_end(&editor, edits);
}
