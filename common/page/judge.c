/* SPDX-License-Identifier: Apache-2.0 */
#include "page/judge.h"

#include "base/limits.h"
#include "web/domain.h"
#include "web/script_url.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_BASES = 4,       /* candidates for the base URL, the document's own included */
    MAX_BASE_LEN = 4096, /* a longer one is held back */
    MEMOS = 32,          /* hosts whose verdict is kept */
    MAX_MEMO_HOST = 80,
    PASSED = 64,    /* hosts in scripts that pass */
    URL_MEMORY = 32 /* scratch for one URL, in times CNIL_LIMIT_URL: percent-encoded twice at most, and copies */
};

static const struct cnil_str undecided = CNIL_STR_INIT("undecided");

/* A host as it is written in URLs, and the verdict that holds whatever follows it. Finding a registrable domain costs
 * more than all the rest of a URL, and pages name the same few hosts over and over. */
struct memo {
    char written[MAX_MEMO_HOST], host[MAX_MEMO_HOST], label[MAX_MEMO_HOST];
    size_t written_len, host_len; /* 0: free */
    enum cnil_resource resource;
    enum cnil_reach reach;
    struct cnil_verdict verdict; /* one that lets pass */
};

/* A host as it is written in scripts, of which nothing is held back. */
struct written {
    char host[MAX_MEMO_HOST];
    size_t len; /* 0: free */
};

/* What is remembered of hosts. It holds for the documents in a document, too. */
struct memory {
    struct memo memos[MEMOS];
    struct written passed[PASSED]; /* hosts in scripts */
    struct cnil_domains domains;
    struct cnil_page page; /* the caller's, with `domains` */
};

struct cnil_judge {
    const struct cnil_page *page;
    const struct cnil_choice *choice;
    struct cnil_events *events;
    struct cnil_arena *keep;    /* the caller's */
    struct cnil_arena *scratch; /* one URL */
    struct cnil_buffer subject; /* an event's */
    struct cnil_str label;
    size_t holds;
    struct cnil_judge_held held;
    struct cnil_judge *outer; /* NULL: this is the page itself */
    unsigned depth;

    /* Every URL that may be the document's base. Which of several <base> counts depends on the tree (noscript, select,
     * tables), so that a URL is held back when it would be under any of them. */
    struct cnil_url bases[MAX_BASES];
    size_t base_count;
    bool is_guarded;       /* see cnil_judge_guarded() */
    bool bases_are_plain;  /* whatever path of them is asked for, it passes */
    struct memory *memory; /* of the outermost judge */
    struct cnil_str guard, guard_apart;
    enum cnil_pairs pairs;
};

/* ---- life ---- */

static bool passes_whole_host(const struct cnil_page *page, const struct cnil_url *url)
{
    struct cnil_verdict verdict;

    return cnil_matcher_reach(page, url, CNIL_RESOURCE_OTHER, &verdict) == CNIL_REACH_HOST &&
           verdict.action == CNIL_ACTION_PASS && verdict.party != CNIL_PARTY_NONE;
}

/* Not cleared: of what is free, the length alone is read. */
static struct memory *new_memory(const struct cnil_page *page)
{
    struct memory *memory = malloc(sizeof(*memory));

    if (memory == NULL)
        return NULL;
    for (size_t i = 0; i < MEMOS; i++)
        memory->memos[i].written_len = 0;
    for (size_t i = 0; i < PASSED; i++)
        memory->passed[i].len = 0;
    for (size_t i = 0; i < CNIL_DOMAINS_KNOWN; i++)
        memory->domains.known[i].len = 0;
    memory->page = *page;
    memory->page.domains = &memory->domains;
    return memory;
}

static struct cnil_judge *new_judge(const struct cnil_page *page, const struct cnil_choice *choice,
                                    struct cnil_events *events, struct cnil_arena *arena)
{
    struct cnil_judge *judge = calloc(1, sizeof(*judge));

    if (judge == NULL)
        return NULL;
    judge->page = page;
    judge->choice = choice;
    judge->events = events;
    judge->keep = arena;
    cnil_buffer_init(&judge->subject, 2 * CNIL_LIMIT_URL);
    judge->scratch = cnil_arena_new(URL_MEMORY * CNIL_LIMIT_URL);
    if (judge->scratch == NULL) {
        cnil_judge_free(judge);
        return NULL;
    }
    return judge;
}

struct cnil_judge *cnil_judge_new(const struct cnil_page *page, const struct cnil_choice *choice,
                                  struct cnil_events *events, struct cnil_arena *arena)
{
    struct cnil_judge *judge = new_judge(page, choice, events, arena);

    if (judge == NULL)
        return NULL;
    judge->memory = new_memory(page);
    if (judge->memory == NULL) {
        cnil_judge_free(judge);
        return NULL;
    }
    judge->page = &judge->memory->page;
    judge->bases[0] = page->url;
    judge->base_count = 1;
    judge->bases_are_plain = passes_whole_host(judge->page, &page->url);
    return judge;
}

struct cnil_judge *cnil_judge_new_inside(struct cnil_judge *outer, bool is_apart)
{
    struct cnil_judge *judge = new_judge(outer->page, outer->choice, outer->events, outer->keep);

    if (judge == NULL)
        return NULL;
    judge->outer = outer;
    judge->depth = outer->depth + 1;
    judge->memory = outer->memory;
    memcpy(judge->bases, outer->bases, sizeof(judge->bases));
    judge->base_count = outer->base_count;
    judge->bases_are_plain = outer->bases_are_plain;
    judge->guard = is_apart ? outer->guard_apart : outer->guard;
    judge->guard_apart = outer->guard_apart;
    judge->pairs = outer->pairs;
    return judge;
}

void cnil_judge_read_pairs(struct cnil_judge *judge, enum cnil_pairs pairs)
{
    judge->pairs = pairs;
}

enum cnil_pairs cnil_judge_pairs(const struct cnil_judge *judge)
{
    return judge->pairs;
}

void cnil_judge_set_guard(struct cnil_judge *judge, struct cnil_str guard, struct cnil_str apart)
{
    judge->guard = guard;
    judge->guard_apart = apart;
}

struct cnil_str cnil_judge_guard_apart(const struct cnil_judge *judge)
{
    return judge->guard_apart;
}

struct cnil_str cnil_judge_guard(const struct cnil_judge *judge)
{
    return judge->guard;
}

void cnil_judge_free(struct cnil_judge *judge)
{
    if (judge == NULL)
        return;
    if (judge->outer == NULL)
        free(judge->memory);
    cnil_arena_free(judge->scratch);
    cnil_buffer_free(&judge->subject);
    free(judge);
}

size_t cnil_judge_holds(const struct cnil_judge *judge)
{
    return judge->holds;
}

unsigned cnil_judge_depth(const struct cnil_judge *judge)
{
    return judge->depth;
}

struct cnil_events *cnil_judge_events(const struct cnil_judge *judge)
{
    return judge->events;
}

/* It is a view of what was judged, which ends before the document around it is done. */
static void set_label(struct cnil_judge *judge, struct cnil_str label)
{
    judge->label = label;
    judge->holds++;
    judge->held = (struct cnil_judge_held){ .service = NULL };
    for (struct cnil_judge *outer = judge->outer; outer != NULL; outer = outer->outer) {
        cnil_arena_reset(outer->scratch);
        outer->holds++;
        outer->held = (struct cnil_judge_held){ .service = NULL };
        outer->label = cnil_arena_copy(outer->scratch, label);
    }
}

/* `url`: NULL for the text of a script. */
static void set_held(struct cnil_judge *judge, const struct cnil_url *url, const struct cnil_verdict *verdict)
{
    static const struct cnil_url none = { .port = -1 };

    judge->held = (struct cnil_judge_held){ url != NULL ? *url : none, verdict->label, verdict->service,
                                            verdict->action == CNIL_ACTION_CONSENT ? verdict->purposes : 0 };
}

const struct cnil_judge_held *cnil_judge_held(const struct cnil_judge *judge)
{
    return &judge->held;
}

struct cnil_str cnil_judge_label(const struct cnil_judge *judge)
{
    return judge->label;
}

/* ---- one URL ---- */

/* Can this URL, resolved against an http one, not leave its host? A quick look that says no when in doubt. */
static bool stays_on_host(struct cnil_str text)
{
    if (text.len > 1 && text.ptr[0] == '/')
        return (unsigned char)text.ptr[1] > ' ' && memchr("/\\&", text.ptr[1], 3) == NULL;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c == '/' || c == '?' || c == '#')
            return true;
        if (c <= ' ' || c == ':' || c == '\\' || c == '&')
            return false;
    }
    return true;
}

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

/* Is the host of a URL that is cut off after `text` all there? */
static bool host_is_settled(struct cnil_str text, const struct cnil_url *url)
{
    size_t at = 0, slashes = 0, authority;

    while (at < text.len && (unsigned char)text.ptr[at] <= ' ')
        at++;
    text = cnil_str_slice(text, at, text.len);
    at = 0;
    while (at < text.len && memchr(":/\\?#", text.ptr[at], 5) == NULL)
        at++;
    if (at == text.len)
        return false; /* may still become a scheme */
    if (text.ptr[at] == ':') {
        if (!cnil_url_is_network(url))
            return true; /* data: and the like */
        at++;
    } else if (!is_slash(text.ptr[at]) || at > 0) {
        return true; /* a relative path */
    }
    authority = at;
    while (at < text.len && (is_slash(text.ptr[at]) || cnil_is_space(text.ptr[at])))
        slashes += is_slash(text.ptr[at++]) ? 1 : 0;
    if (at == text.len)
        return false;
    if (authority == 0 && slashes == 1)
        return true; /* an absolute path */
    while (at < text.len && memchr("/\\?#", text.ptr[at], 4) == NULL)
        at++;
    return at < text.len;
}

bool cnil_judge_passes(const struct cnil_judge *judge, struct cnil_str text)
{
    return judge->bases_are_plain && stays_on_host(text);
}

static void tell(struct cnil_judge *judge, enum cnil_event_kind kind, struct cnil_str element, struct cnil_str subject,
                 const struct cnil_verdict *verdict)
{
    struct cnil_event event = { .kind = kind, .element = element, .subject = subject };

    if (judge->events == NULL)
        return;
    cnil_event_from_verdict(&event, verdict, judge->page->policy, judge->scratch);
    cnil_events_add(judge->events, &event);
}

void cnil_judge_hold(struct cnil_judge *judge, struct cnil_str element)
{
    struct cnil_verdict verdict = { .action = CNIL_ACTION_BLOCK, .rule = CNIL_STR_INIT("too long to be read whole") };

    set_label(judge, undecided);
    tell(judge, CNIL_EVENT_ELEMENT_HELD, element, CNIL_STR_EMPTY, &verdict);
}

/* Does it wait until everything is granted, wherever the page's links lead? */
static bool hold_links(struct cnil_judge *judge, enum cnil_event_kind kind, struct cnil_str element,
                       struct cnil_str label, struct cnil_str reason)
{
    struct cnil_verdict verdict = {
        .action = CNIL_ACTION_CONSENT,
        .purposes = (cnil_purposes)(((uint64_t)1 << judge->page->policy->purpose_count) - 1),
        .rule = reason,
    };

    if (cnil_choice_allows(judge->choice, &verdict))
        return false;
    set_label(judge, label);
    tell(judge, kind, element, CNIL_STR_EMPTY, &verdict);
    return true;
}

bool cnil_judge_prefetch(struct cnil_judge *judge, struct cnil_str element)
{
    return hold_links(judge, CNIL_EVENT_ELEMENT_HELD, element, CNIL_STR("dns-prefetch"),
                      CNIL_STR("asks the DNS for every link"));
}

bool cnil_judge_unread(struct cnil_judge *judge, struct cnil_str element)
{
    return hold_links(judge, CNIL_EVENT_ELEMENT_HELD, element, undecided, CNIL_STR("cannot be read"));
}

/* Host and path, without the query: what may be written down. */
static struct cnil_str subject_of(struct cnil_judge *judge, const struct cnil_url *url)
{
    cnil_buffer_clear(&judge->subject);
    cnil_buffer_append(&judge->subject, url->host);
    cnil_buffer_append(&judge->subject, url->path);
    return cnil_buffer_str(&judge->subject);
}

static const bool ends_host[256] = { [0 ... ' '] = true, ['/'] = true, ['\\'] = true, ['?'] = true, ['#'] = true };

/* The host as it is written in an absolute http URL, up to what must follow it. False when in doubt. */
static bool written_host(struct cnil_str text, struct cnil_str *host)
{
    size_t from = cnil_str_starts_with(text, CNIL_STR("https://"))  ? 8
                  : cnil_str_starts_with(text, CNIL_STR("http://")) ? 7
                  : cnil_str_starts_with(text, CNIL_STR("//"))      ? 2
                                                                    : text.len;
    size_t to = from;

    while (to < text.len && !ends_host[(unsigned char)text.ptr[to]])
        to++;
    if (to < text.len && ((unsigned char)text.ptr[to] <= ' ' || text.ptr[to] == '\\'))
        return false;
    *host = cnil_str_slice(text, from, to);
    return host->len > 0 && host->len <= MAX_MEMO_HOST;
}

static struct memo *memo_of(struct cnil_judge *judge, struct cnil_str written, enum cnil_resource resource)
{
    unsigned hash = resource;

    for (size_t i = 0; i < written.len; i++)
        hash = hash * 31 + (unsigned char)written.ptr[i];
    return &judge->memory->memos[(hash ^ hash >> 8) % MEMOS];
}

static void keep_memo(struct cnil_judge *judge, struct cnil_str text, const struct cnil_url *url,
                      enum cnil_resource resource, enum cnil_reach reach, const struct cnil_verdict *verdict)
{
    struct cnil_str written;
    struct memo *memo;

    if (!written_host(text, &written) || url->host.len > MAX_MEMO_HOST || verdict->label.len == 0 ||
        verdict->label.len > MAX_MEMO_HOST)
        return;
    memo = memo_of(judge, written, resource);
    memcpy(memo->written, written.ptr, written.len);
    memcpy(memo->host, url->host.ptr, url->host.len);
    memcpy(memo->label, verdict->label.ptr, verdict->label.len);
    memo->written_len = written.len;
    memo->host_len = url->host.len;
    memo->resource = resource;
    memo->reach = reach;
    memo->verdict = *verdict;
    memo->verdict.label = (struct cnil_str){ memo->label, verdict->label.len };
}

/* Tells of what passes; of a third party the host is the news, not each of its files. */
static void tell_passed(struct cnil_judge *judge, struct cnil_str element, struct cnil_str host,
                        const struct cnil_verdict *verdict)
{
    if (verdict->action == CNIL_ACTION_REPORT)
        tell(judge, cnil_event_of_passed(verdict), element, host, verdict);
}

/* Was the verdict on the host of this URL found before, and does it let pass? `url`: what `text` was parsed into;
 * without it (NULL) only a verdict that needs no look at it will do. */
static bool passes_by_memo(struct cnil_judge *judge, struct cnil_str text, const struct cnil_url *url,
                           const struct cnil_element_use *use, struct cnil_str element)
{
    struct cnil_str written;
    const struct memo *memo;

    if (use->host_only || use->submits || !written_host(text, &written))
        return false;
    memo = memo_of(judge, written, use->resource);
    if (!cnil_str_equal((struct cnil_str){ memo->written, memo->written_len }, written) ||
        memo->resource != use->resource)
        return false;
    if (memo->reach == CNIL_REACH_UNLISTED &&
        (url == NULL || !cnil_matcher_is_unlisted(judge->page, url, use->resource, memo->verdict.party)))
        return false;
    tell_passed(judge, element, (struct cnil_str){ memo->host, memo->host_len }, &memo->verdict);
    return true;
}

/* Judges what was parsed from `text`, and tells. */
static bool is_held(struct cnil_judge *judge, struct cnil_str text, const struct cnil_url *url,
                    const struct cnil_element_use *use, struct cnil_str element)
{
    struct cnil_verdict verdict;
    enum cnil_reach reach = CNIL_REACH_URL;

    if (!use->submits && passes_by_memo(judge, text, url, use, element))
        return false;
    if (use->host_only)
        cnil_matcher_host(judge->page, url, &verdict);
    else
        reach = cnil_matcher_reach(judge->page, url, use->resource, &verdict);
    if (use->submits) { /* it is the visitor's act, and a page without it sends nothing at all */
        if (verdict.action != CNIL_ACTION_PASS)
            tell(judge, CNIL_EVENT_FORM_ELSEWHERE, element, url->host, &verdict);
        return false;
    }
    if (!cnil_choice_allows(judge->choice, &verdict)) {
        set_label(judge, verdict.label);
        set_held(judge, url, &verdict);
        tell(judge, CNIL_EVENT_ELEMENT_HELD, element, subject_of(judge, url), &verdict);
        return true;
    }
    tell_passed(judge, element, verdict.party == CNIL_PARTY_FIRST ? subject_of(judge, url) : url->host, &verdict);
    if (reach != CNIL_REACH_URL && verdict.action != CNIL_ACTION_CONSENT)
        keep_memo(judge, text, url, use->resource, reach, &verdict);
    return false;
}

/* "https:host/" is a path where the base has that scheme; where a <base> has another ("x:y"), it names a host. */
static bool may_name_host(struct cnil_str text)
{
    size_t colon = cnil_str_find_byte(text, ':');

    return colon < text.len && !cnil_str_starts_with(cnil_str_slice(text, colon + 1, text.len), CNIL_STR("//"));
}

static bool is_ascii(struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80)
            return false;
    return true;
}

/* In a page of another charset than UTF-8 a byte beyond ASCII is a letter, and so may it be with the byte behind it
 * (Shift_JIS, GBK, Big5). Which one does not matter: whose host it is, its last labels say. */
static enum cnil_status parse(struct cnil_judge *judge, struct cnil_str text, const struct cnil_url *base,
                              struct cnil_arena *arena, struct cnil_url *url)
{
    enum cnil_status status = cnil_url_parse(text, base, arena, url);
    char *letters;

    if (status != CNIL_INVALID || is_ascii(text))
        return status;
    letters = cnil_arena_array(judge->scratch, text.len, 1);
    if (letters == NULL)
        return CNIL_NO_MEMORY;
    for (size_t i = 0; i < text.len; i++) {
        bool is_second = i > 0 && (unsigned char)text.ptr[i - 1] >= 0x80;

        letters[i] = (unsigned char)text.ptr[i] >= 0x80 || (is_second && memchr("\\@[]^`{|}", text.ptr[i], 9) != NULL)
                         ? 'x'
                         : text.ptr[i];
    }
    return cnil_url_parse((struct cnil_str){ letters, text.len }, base, arena, url);
}

static bool hold_unsettled(struct cnil_judge *judge, struct cnil_str element, bool is_made)
{
    if (is_made)
        return cnil_judge_unread(judge, element);
    cnil_judge_hold(judge, element);
    return true;
}

static enum cnil_status judge_url(struct cnil_judge *judge, struct cnil_str text, bool is_open, bool is_made,
                                  const struct cnil_element_use *use, struct cnil_str element, bool *held)
{
    size_t readings = judge->base_count + (may_name_host(text) ? 1 : 0);

    *held = false;
    if (!is_open && (cnil_judge_passes(judge, text) || passes_by_memo(judge, text, NULL, use, element)))
        return CNIL_OK;
    for (size_t i = 0; i < readings && !*held; i++) {
        const struct cnil_url *base = i < judge->base_count ? &judge->bases[i] : NULL;
        struct cnil_url url;
        enum cnil_status status;

        cnil_arena_reset(judge->scratch);
        status = parse(judge, text, base, judge->scratch, &url);
        if (status == CNIL_NO_MEMORY)
            return status;
        if (base == NULL && status != CNIL_OK)
            break;
        if (status == CNIL_TOO_LARGE || (is_open && (status != CNIL_OK || !host_is_settled(text, &url)))) {
            *held = hold_unsettled(judge, element, is_made);
        } else if (status == CNIL_OK && cnil_url_is_network(&url)) {
            *held = is_held(judge, text, &url, use, element);
        }
    }
    return CNIL_OK;
}

enum cnil_status cnil_judge_url(struct cnil_judge *judge, struct cnil_str text, bool is_open,
                                const struct cnil_element_use *use, struct cnil_str element, bool *held)
{
    return judge_url(judge, text, is_open, false, use, element, held);
}

enum cnil_status cnil_judge_made_url(struct cnil_judge *judge, struct cnil_str text, const struct cnil_element_use *use,
                                     struct cnil_str element, bool *held)
{
    return judge_url(judge, text, true, true, use, element, held);
}

/* ---- the base ---- */

/* Is every URL judged the same under `url` as under a base that is there already? */
static bool is_base_known(const struct cnil_judge *judge, const struct cnil_url *url)
{
    struct cnil_verdict verdict;
    bool whole = cnil_matcher_reach(judge->page, url, CNIL_RESOURCE_OTHER, &verdict) == CNIL_REACH_HOST;

    for (size_t i = 0; i < judge->base_count; i++) {
        const struct cnil_url *base = &judge->bases[i];

        if (whole ? cnil_str_equal(base->host, url->host) && cnil_str_equal(base->scheme, url->scheme)
                  : cnil_str_equal(base->href, url->href))
            return true;
    }
    return false;
}

enum cnil_status cnil_judge_base(struct cnil_judge *judge, struct cnil_str text, bool is_open, bool is_inert,
                                 const struct cnil_element_use *use, struct cnil_str element, bool *held)
{
    struct cnil_url url;
    enum cnil_status status;

    *held = is_open || text.len > MAX_BASE_LEN;
    if (*held) {
        cnil_judge_hold(judge, element);
        return CNIL_OK;
    }
    cnil_arena_reset(judge->scratch);
    status = parse(judge, text, &judge->page->url, judge->scratch, &url);
    if (status == CNIL_NO_MEMORY)
        return status;
    if (status != CNIL_OK || !cnil_url_is_network(&url))
        return CNIL_OK; /* the document's own stays in force */
    *held = is_held(judge, text, &url, use, element);
    if (*held || is_inert || is_base_known(judge, &url))
        return CNIL_OK;
    if (judge->base_count == MAX_BASES) {
        cnil_judge_hold(judge, element);
        *held = true;
        return CNIL_OK;
    }
    status = parse(judge, text, &judge->page->url, judge->keep, &judge->bases[judge->base_count]);
    if (status != CNIL_OK)
        return CNIL_NO_MEMORY;
    if (!passes_whole_host(judge->page, &judge->bases[judge->base_count]))
        judge->bases_are_plain = false;
    judge->base_count++;
    return CNIL_OK;
}

/* ---- scripts ---- */

void cnil_judge_guarded(struct cnil_judge *judge)
{
    judge->is_guarded = true;
}

/* Would the guard know this one? Patterns and filter lists it does not. */
static bool is_known_to_guard(const struct cnil_verdict *verdict)
{
    return verdict->service != NULL || verdict->entity.len > 0 || verdict->action == CNIL_ACTION_BLOCK;
}

enum cnil_status cnil_judge_service(struct cnil_judge *judge, const struct cnil_service *service, bool *held)
{
    struct cnil_verdict verdict;
    struct cnil_buffer text;
    struct cnil_url url;
    enum cnil_status status;

    *held = false;
    if (service->host_count == 0)
        return CNIL_OK;
    cnil_buffer_init(&text, CNIL_LIMIT_URL);
    cnil_buffer_append(&text, CNIL_STR("https://"));
    cnil_buffer_append(&text, service->hosts[0].host);
    cnil_buffer_append(&text, service->hosts[0].path);
    status = cnil_buffer_status(&text);
    cnil_arena_reset(judge->scratch);
    if (status == CNIL_OK)
        status = cnil_url_parse(cnil_buffer_str(&text), NULL, judge->scratch, &url);
    cnil_buffer_free(&text);
    if (status != CNIL_OK)
        return status == CNIL_NO_MEMORY ? status : CNIL_OK; /* a host of the policy's that no URL has */
    cnil_matcher_url(judge->page, &url, CNIL_RESOURCE_SCRIPT, &verdict);
    *held = verdict.service == service && !cnil_choice_allows(judge->choice, &verdict);
    if (*held) {
        set_label(judge, verdict.label);
        set_held(judge, &url, &verdict);
    }
    return CNIL_OK;
}

const struct cnil_service *cnil_judge_once(const struct cnil_judge *judge)
{
    return judge->choice->once;
}

/* Is there anything for people to see at a service's own address: profiles, videos, links to share? Not where its
 * purpose is to watch them. */
bool cnil_judge_is_for_people(const struct cnil_policy *policy, cnil_purposes purposes)
{
    if ((purposes & CNIL_MEASUREMENT) != 0)
        return false;
    for (size_t i = 0; i < policy->purpose_count; i++)
        if ((purposes >> i & 1) != 0 && (cnil_str_equal(policy->purposes[i].id, CNIL_STR("advertising")) ||
                                         cnil_str_equal(policy->purposes[i].id, CNIL_STR("audience"))))
            return false;
    return true;
}

/* May a browser fetch from it, and is that known to be a service that is held back now? What nobody knows is left to
 * what it creates. */
static bool is_held_literal(struct cnil_judge *judge, enum cnil_script_kind kind, const struct cnil_url *url,
                            const struct cnil_verdict *verdict)
{
    if (cnil_choice_allows(judge->choice, verdict))
        return false;
    if (kind == CNIL_SCRIPT_MAP)
        return true;
    return !verdict->is_unknown &&
           (!cnil_judge_is_for_people(judge->page->policy, verdict->purposes) ||
            cnil_script_may_fetch(url->host, url->path, cnil_domains_registrable(&judge->memory->domains, url->host)));
}

static struct written *passed_of(struct cnil_judge *judge, struct cnil_str host)
{
    unsigned hash = 0;

    for (size_t i = 0; i < host.len; i++)
        hash = hash * 31 + (unsigned char)host.ptr[i];
    return &judge->memory->passed[(hash ^ hash >> 8) % PASSED];
}

/* Finds the first URL in the text that is held back; with `guarded` the first that the guard would let pass. */
static enum cnil_status find_literal(struct cnil_judge *judge, enum cnil_script_kind kind, struct cnil_str text,
                                     struct cnil_url *url, struct cnil_verdict *verdict, bool guarded, bool *found)
{
    enum cnil_status status = CNIL_OK;
    struct cnil_buffer literal;
    size_t at = 0;

    *found = false;
    cnil_buffer_init(&literal, 2 * CNIL_SCRIPT_URL_MAX);
    while (!*found && status == CNIL_OK && cnil_script_url_next(text, &at, &literal)) {
        struct cnil_str href = cnil_buffer_str(&literal), host = CNIL_STR_EMPTY;
        struct written *passed = written_host(href, &host) ? passed_of(judge, host) : NULL;

        status = cnil_buffer_status(&literal);
        if (status != CNIL_OK ||
            (passed != NULL && cnil_str_equal((struct cnil_str){ passed->host, passed->len }, host)))
            continue;
        cnil_arena_reset(judge->scratch);
        status = cnil_url_parse(href, &judge->page->url, judge->scratch, url);
        if (status == CNIL_OK && cnil_url_is_network(url)) {
            bool whole = cnil_matcher_literal(judge->page, url, verdict);

            *found = is_held_literal(judge, kind, url, verdict) && !(guarded && is_known_to_guard(verdict));
            if (whole && passed != NULL && cnil_choice_allows(judge->choice, verdict)) {
                memcpy(passed->host, host.ptr, host.len);
                passed->len = host.len;
            }
        } else if (status == CNIL_INVALID) {
            status = CNIL_OK;
        }
    }
    cnil_buffer_free(&literal);
    return status;
}

/* Does a script run though it loads from what is held back? The guard is there to stop the request, and scripts behind
 * it may call what it declares: without it they fail, too. */
static bool is_left_to_guard(const struct cnil_judge *judge, enum cnil_script_kind kind, struct cnil_str text,
                             struct cnil_str element)
{
    return judge->is_guarded && kind == CNIL_SCRIPT_CLASSIC && cnil_str_equal(element, CNIL_STR("script")) &&
           cnil_script_declares(text) && !cnil_script_evades(text);
}

enum cnil_status cnil_judge_script(struct cnil_judge *judge, enum cnil_script_kind kind, struct cnil_str text,
                                   struct cnil_str element, bool *held)
{
    struct cnil_verdict verdict;
    struct cnil_url url;
    enum cnil_status status;
    bool has_signature =
        cnil_matcher_inline(judge->page, text, &verdict) && !cnil_choice_allows(judge->choice, &verdict);
    bool is_left = is_left_to_guard(judge, kind, text, element) && (!has_signature || verdict.by_address);

    *held = has_signature && !is_left;
    if (has_signature) {
        cnil_arena_reset(judge->scratch);
        if (*held) {
            set_label(judge, verdict.label);
            set_held(judge, NULL, &verdict);
        }
        tell(judge, *held ? CNIL_EVENT_SCRIPT_HELD : CNIL_EVENT_SCRIPT_NAMES, element, CNIL_STR_EMPTY, &verdict);
        if (*held)
            return CNIL_OK;
    }
    status = find_literal(judge, kind, text, &url, &verdict, is_left, held);
    if (status == CNIL_OK && !*held && is_left && !has_signature) {
        status = find_literal(judge, kind, text, &url, &verdict, false, &is_left);
        if (status == CNIL_OK && is_left)
            tell(judge, CNIL_EVENT_SCRIPT_NAMES, element, subject_of(judge, &url), &verdict);
    }
    if (status == CNIL_OK && !*held && kind == CNIL_SCRIPT_MAP && cnil_script_fetches_any_link(text)) {
        *held = hold_links(judge, CNIL_EVENT_SCRIPT_HELD, element, CNIL_STR("links"),
                           CNIL_STR("may fetch every link ahead"));
        return CNIL_OK;
    }
    if (status != CNIL_OK || !*held)
        return status;
    *held = kind == CNIL_SCRIPT_MAP || (text.len <= CNIL_LIMIT_SCRIPT_LITERALS && cnil_script_loads(kind, text));
    cnil_matcher_url(judge->page, &url, CNIL_RESOURCE_SCRIPT, &verdict);
    if (*held) {
        set_label(judge, verdict.label);
        set_held(judge, NULL, &verdict);
    }
    tell(judge, *held ? CNIL_EVENT_SCRIPT_HELD : CNIL_EVENT_SCRIPT_NAMES, element, subject_of(judge, &url), &verdict);
    return CNIL_OK;
}
