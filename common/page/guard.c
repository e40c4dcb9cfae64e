/* SPDX-License-Identifier: Apache-2.0 */
#include "page/guard.h"

#include "base/limits.h"
#include "page/block.h"
#include "page/writer.h"
#include "policy/filter_script.h"
#include "policy/known_domain.h"
#include "policy/listed.h"
#include "policy/rules.h"
#include "policy/script_pattern.h"
#include "web/domain.h"

#include <inttypes.h>
#include <stdlib.h>

enum { IMPORT_MEMORY = 16384 }; /* for one address */

enum { DIGEST_BYTES = 8, NAME_DIGITS = 2 * DIGEST_BYTES + 1 + 8, NAME_LIMIT = CNIL_LIMIT_CHOICE_COOKIE };

static const struct cnil_str name_begin = CNIL_STR_INIT("held-"), name_end = CNIL_STR_INIT(".js");

/* As far as it makes a difference under this policy. */
static cnil_purposes granted_by(const struct cnil_policy *policy, const struct cnil_choice *choice)
{
    return cnil_choice_granted(choice) & (policy->measures ? ~(cnil_purposes)0 : ~CNIL_MEASUREMENT);
}

bool cnil_guard_is_due(const struct cnil_policy *policy, const struct cnil_choice *choice)
{
    cnil_purposes granted = granted_by(policy, choice);

    return policy->guard && (cnil_matcher_holds_any(policy, granted) || cnil_matcher_holds_any_url(policy, granted));
}

/* ---- names: all that shapes a table but the host it is asked of ---- */

/* Browsers keep a table for good: of a release that makes or reads tables in another way it has another name. */
void cnil_guard_write_name(const struct cnil_policy *policy, const struct cnil_choice *choice, struct cnil_buffer *out)
{
    uint64_t code = cnil_asset_table_code();

    cnil_buffer_append(out, name_begin);
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        cnil_buffer_print(out, "%02x", policy->digest[i] ^ (unsigned char)(code >> 8 * i));
    cnil_buffer_print(out, "-%08" PRIx32, granted_by(policy, choice));
    if (choice->service_count > 0 || choice->once != NULL)
        cnil_buffer_append(out, CNIL_STR("-"));
    cnil_choice_append_services(choice, out);
    if (choice->once != NULL) {
        cnil_buffer_append(out, choice->service_count > 0 ? CNIL_STR(".") : CNIL_STR_EMPTY);
        cnil_buffer_append(out, choice->once->id);
    }
    cnil_buffer_append(out, name_end);
}

bool cnil_guard_is_table(struct cnil_str name, const struct cnil_policy *policy, struct cnil_choice *choice,
                         bool *current)
{
    struct cnil_str digits = cnil_str_slice(name, name_begin.len, name_begin.len + NAME_DIGITS), services;
    cnil_purposes granted = 0;
    struct cnil_buffer own;

    if (!cnil_str_starts_with(name, name_begin) || !cnil_str_ends_with(name, name_end) ||
        name.len < name_begin.len + NAME_DIGITS + name_end.len || digits.ptr[2 * DIGEST_BYTES] != '-')
        return false;
    services = cnil_str_slice(name, name_begin.len + NAME_DIGITS, name.len - name_end.len);
    if (services.len > 0 && services.ptr[0] != '-')
        return false;
    for (size_t i = 0; i < NAME_DIGITS; i++) {
        int digit = cnil_hex_value(digits.ptr[i]);

        if (digit < 0 && i != 2 * DIGEST_BYTES)
            return false;
        if (i > 2 * DIGEST_BYTES)
            granted = granted << 4 | (cnil_purposes)digit;
    }
    if (!cnil_choice_set(choice, policy, granted & ~CNIL_MEASUREMENT, cnil_str_slice(services, 1, services.len), 0))
        return false;
    choice->opposes = (granted & CNIL_MEASUREMENT) == 0;
    cnil_buffer_init(&own, NAME_LIMIT);
    cnil_guard_write_name(policy, choice, &own);
    *current = cnil_buffer_status(&own) == CNIL_OK && cnil_str_equal(cnil_buffer_str(&own), name);
    cnil_buffer_free(&own);
    return true;
}

/* ---- the tags ---- */

/* `fragment`: what the table must know of this page, which it is not fetched anew for. */
static void write_tag(struct cnil_writer *writer, struct cnil_str name, struct cnil_str fragment, struct cnil_str nonce)
{
    cnil_writer_html(writer, "<script src=\"");
    cnil_writer_address(writer, writer->policy->prefix);
    cnil_writer_escape(writer, name);
    cnil_writer_escape(writer, fragment);
    if (nonce.len > 0) {
        cnil_writer_html(writer, "\" nonce=\"");
        cnil_writer_escape(writer, nonce);
    }
    cnil_writer_html(writer, "\"></script>");
}

void cnil_guard_write_tags(const struct cnil_policy *policy, const struct cnil_choice *choice,
                           const struct cnil_url *page, const struct cnil_csp_element *script, struct cnil_buffer *out)
{
    struct cnil_writer writer = { policy, out, page, NULL, policy->language };
    bool leads = script->leads && policy->imports != CNIL_IMPORTS_FREE;
    struct cnil_buffer name;

    cnil_buffer_init(&name, NAME_LIMIT);
    cnil_guard_write_name(policy, choice, &name);
    if (cnil_buffer_status(&name) == CNIL_OK) {
        write_tag(&writer, cnil_buffer_str(&name), leads ? CNIL_STR("#imports") : CNIL_STR_EMPTY, script->nonce);
        write_tag(&writer, cnil_asset_name(CNIL_ASSET_GUARD), CNIL_STR_EMPTY, script->nonce);
    } else {
        out->status = cnil_buffer_status(&name);
    }
    cnil_buffer_free(&name);
}

/* What stands for `found` in our own tags, of which no value has a quote in it. */
static void write_with(struct cnil_str tags, struct cnil_str found, struct cnil_str put, struct cnil_buffer *out)
{
    while (tags.len > 0) {
        size_t at = cnil_str_find(tags, found);

        cnil_buffer_append(out, cnil_str_slice(tags, 0, at));
        if (at < tags.len)
            cnil_buffer_append(out, put);
        tags = cnil_str_slice(tags, at + found.len, tags.len);
    }
}

void cnil_guard_write_apart(struct cnil_str tags, struct cnil_buffer *out)
{
    write_with(tags, CNIL_STR("src=\"//"), CNIL_STR("src=\"http://"), out);
}

void cnil_guard_write_xml(struct cnil_str tags, struct cnil_buffer *out)
{
    write_with(tags, CNIL_STR("<script "), CNIL_STR("<script xmlns=\"http://www.w3.org/1999/xhtml\" "), out);
}

/* ---- the table ---- */

struct word {
    struct cnil_str name, rest; /* written one after the other */
    bool held;
    size_t turn;
};

struct table {
    const struct cnil_page *page;
    const struct cnil_choice *choice;
    struct cnil_buffer *out;
    struct cnil_buffer words; /* of this list: struct word, in the order in which they decide */
    enum cnil_layer layer;
    bool names_passing; /* what comes after may hold back any host: what passes must be named */
    bool covered;       /* a host that is held back is at or above the one asked about */
    bool with_lists;
};

static bool is_held(const struct table *table, const struct cnil_verdict *verdict)
{
    return !cnil_choice_allows(table->choice, verdict);
}

/* May it stand in a list, which is a JavaScript string of words? What comes here was serialised or checked by the
 * reader; should a byte be there that could end the string or the word all the same, the word is left out. */
static bool is_plain(struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '"' || text.ptr[i] == '\\' || text.ptr[i] == '<' || (unsigned char)text.ptr[i] <= ' ' ||
            (unsigned char)text.ptr[i] >= 0x7f)
            return false;
    return true;
}

static void add_word(struct table *table, bool held, struct cnil_str name, struct cnil_str rest)
{
    const struct word word = { name, rest, held, table->words.len };

    if (is_plain(name) && is_plain(rest))
        cnil_buffer_append(&table->words, (struct cnil_str){ (const char *)&word, sizeof(word) });
}

static int byte_of(const struct word *word, size_t at)
{
    if (at < word->name.len)
        return (unsigned char)word->name.ptr[at];
    at -= word->name.len;
    return at < word->rest.len ? (unsigned char)word->rest.ptr[at] : -1;
}

/* As JavaScript orders strings; of the same word the one that decides goes first. */
static int compare_words(const void *one, const void *other)
{
    const struct word *a = one, *b = other;
    int x, y;

    for (size_t i = 0;; i++) {
        x = byte_of(a, i);
        y = byte_of(b, i);
        if (x != y)
            return x < y ? -1 : 1;
        if (x < 0)
            return a->turn < b->turn ? -1 : a->turn > b->turn;
    }
}

static bool is_same(const struct word *a, const struct word *b)
{
    size_t at = 0;

    while (byte_of(a, at) == byte_of(b, at) && byte_of(a, at) >= 0)
        at++;
    return byte_of(a, at) == byte_of(b, at);
}

static void begin_list(struct table *table, enum cnil_layer layer)
{
    table->layer = layer;
    cnil_buffer_clear(&table->words);
}

/* " word word< word ": in order, a space on both sides of each, so that the guard finds one by a search; "<" ends one
 * that passes. */
static void end_list(struct table *table)
{
    struct word *words = (struct word *)(void *)table->words.ptr;
    size_t count = table->words.len / sizeof(*words);

    if (cnil_buffer_status(&table->words) != CNIL_OK)
        table->out->status = cnil_buffer_status(&table->words);
    cnil_buffer_append(table->out, CNIL_STR("\" "));
    if (count > 1)
        qsort(words, count, sizeof(*words), compare_words);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && is_same(&words[i - 1], &words[i]))
            continue;
        cnil_buffer_append(table->out, words[i].name);
        cnil_buffer_append(table->out, words[i].rest);
        cnil_buffer_append(table->out, words[i].held ? CNIL_STR(" ") : CNIL_STR("< "));
    }
    cnil_buffer_append(table->out, CNIL_STR("\",\n"));
}

static void note_cover(const struct cnil_known_host *known, void *data)
{
    struct table *table = data;

    table->covered |= known->layer == table->layer && is_held(table, &known->verdict);
}

static bool is_functional(const struct cnil_known_host *known)
{
    return known->layer == CNIL_LAYER_CATALOGUE && known->verdict.service != NULL && known->verdict.service->functional;
}

/* What passes is of interest where something that is asked after it, or above it, is held back. A merely functional
 * service is asked with the known domains, of which a longer one goes first. */
static bool is_of_interest(struct table *table, const struct cnil_known_host *known)
{
    struct cnil_known_domain domain;

    if (known->layer < CNIL_LAYER_CATALOGUE)
        return true;
    if (table->layer == CNIL_LAYER_CATALOGUE) {
        table->covered = false;
        cnil_matcher_each_host(table->page, known->host, note_cover, table);
        if (table->covered || is_functional(known))
            return table->covered;
    }
    if (table->names_passing || known->layer == CNIL_LAYER_KNOWN)
        return table->names_passing || known->nested;
    return cnil_known_domain_find(known->host, &domain);
}

static void add_host(const struct cnil_known_host *known, void *data)
{
    struct table *table = data;
    bool held = is_held(table, &known->verdict);

    if (known->layer != table->layer && !(is_functional(known) && table->layer == CNIL_LAYER_KNOWN))
        return;
    if (held && is_functional(known) && table->layer == CNIL_LAYER_CATALOGUE)
        return;
    if (held || is_of_interest(table, known))
        add_word(table, held, known->host, known->path.len > 0 ? known->path : CNIL_STR("/"));
}

/* ---- lists and patterns, for page/assets/lists.js ---- */

/* Which of a list's sources block what waits for consent? */
static uint32_t held_sources(const struct table *table, const struct cnil_listed *listed)
{
    uint32_t held = 0;

    for (size_t i = 0; i < cnil_filter_list_source_count(listed->list); i++) {
        const struct cnil_verdict verdict = { .action = CNIL_ACTION_CONSENT, .purposes = listed->purposes[i] };

        held |= is_held(table, &verdict) ? (uint32_t)1 << i : 0;
    }
    return held;
}

static void write_lists(struct table *table)
{
    size_t count;
    const struct cnil_listed *lists = cnil_matcher_lists(table->page->policy, &count);

    cnil_buffer_append(table->out, CNIL_STR("lists:["));
    for (size_t i = 0; i < count && table->with_lists; i++) {
        const struct cnil_filter_script script = { .list = lists[i].list,
                                                   .page = &table->page->filter,
                                                   .held = held_sources(table, &lists[i]),
                                                   .exceptions = lists[i].exceptions };
        struct cnil_buffer sets;

        if (!lists[i].guard)
            continue;
        cnil_buffer_init(&sets, CNIL_LIMIT_GUARD_RULES);
        cnil_buffer_print(table->out, "{own:%d,", lists[i].first_party == CNIL_LISTED_FIRST_HOLD);
        cnil_filter_script_write(&script, &sets, table->out);
        cnil_buffer_append(table->out, CNIL_STR(",\nsets:{"));
        cnil_filter_script_write_sets(lists[i].list, &sets, table->out);
        cnil_buffer_append(table->out, CNIL_STR("}},\n"));
        if (table->out->status == CNIL_OK)
            table->out->status = cnil_buffer_status(&sets);
        cnil_buffer_free(&sets);
    }
    cnil_buffer_append(table->out, CNIL_STR("],\n"));
}

/* [expression, flags, 1 where it passes]; those that JavaScript reads otherwise were told of when the policy was read.
 */
static void write_patterns(struct table *table)
{
    size_t count;
    const struct cnil_pattern *patterns = cnil_matcher_patterns(table->page->policy, &count);

    cnil_buffer_append(table->out, CNIL_STR("patterns:["));
    for (size_t i = 0; i < count; i++) {
        const struct cnil_verdict verdict = { .action = CNIL_ACTION_CONSENT, .purposes = patterns[i].purposes };
        struct cnil_str text = patterns[i].text;
        bool no_case;

        if (!cnil_script_pattern(text, &no_case))
            continue;
        cnil_buffer_append(table->out, CNIL_STR("[\""));
        cnil_filter_script_write_text(cnil_str_slice(text, no_case ? CNIL_SCRIPT_PATTERN_NO_CASE.len : 0, text.len),
                                      table->out);
        cnil_buffer_print(table->out, "\",\"%s\",%d],\n", no_case ? "i" : "", !is_held(table, &verdict));
    }
    cnil_buffer_append(table->out, CNIL_STR("],\n"));
}

static bool has_lists(const struct cnil_policy *policy)
{
    size_t count;
    const struct cnil_listed *lists = cnil_matcher_lists(policy, &count);

    for (size_t i = 0; i < count; i++)
        if (lists[i].guard)
            return true;
    return false;
}

/* Is there one that the script must be asked of? */
static bool has_questions(const struct cnil_page *page, bool with_lists)
{
    size_t count;

    (void)cnil_matcher_patterns(page->policy, &count);
    return count > 0 || (with_lists && has_lists(page->policy));
}

static void add_cookie(const struct cnil_known_cookie *known, void *data)
{
    struct table *table = data;

    if (known->layer == table->layer)
        add_word(table, is_held(table, &known->verdict), known->name, known->prefix ? CNIL_STR("*/") : CNIL_STR("/"));
}

/* Only of services of which nothing comes: neither its consent nor trackers.allow lets its hosts through. */
static void note_passing(const struct cnil_known_host *known, void *data)
{
    struct table *table = data;

    table->covered |= known->layer == CNIL_LAYER_ALLOW;
}

/* What code of a page writes addresses to, by the names that browsers give it: attributes whose value is one address, a
 * list of some, CSS, a refresh, or any text; the interfaces of elements; then, in the order in which the guard names
 * them, [interfaces, methods and properties] that it hooks ("": of the window itself; "*": of elements), those first
 * whose arguments it changes. They stand here because they are most of what the guard would weigh. */
#define RULES                                                                                                          \
    "CSSStyleDeclaration CSSStyleSheet CSSStyleRule CSSGroupingRule CSSKeyframesRule CSSKeyframeRule CSSFontFaceRule " \
    "CSSNestedDeclarations CSSFunctionDeclarations"

static const struct cnil_str names = CNIL_STR_INIT(
    "names:[[\"src href data poster background baseVal\",\"srcset imageSrcset ping attributionSrc\","
    "\"style fill stroke mask filter cursor clip-path marker-start marker-mid marker-end\",\"content\","
    "\"to from by values\"],\n"
    "\"HTMLElement SVGElement SVGAElement MathMLElement HTMLAnchorElement HTMLAreaElement HTMLBaseElement "
    "HTMLBodyElement HTMLEmbedElement HTMLFormElement HTMLFrameElement HTMLIFrameElement HTMLImageElement "
    "HTMLInputElement HTMLLinkElement HTMLMediaElement HTMLMetaElement HTMLObjectElement HTMLScriptElement "
    "HTMLSourceElement HTMLTableElement HTMLTableCellElement HTMLTrackElement HTMLVideoElement\",\n"
    /* addresses, workers, texts, style sheets, single values of style, sockets, peers, offers */
    "[[\"WorkerGlobalScope Worklet XMLHttpRequest Cache\",\"importScripts addModule open add addAll\"],"
    "[\"\",\"Worker SharedWorker\"],"
    "[\"Document\",\"createProcessingInstruction\"],\n"
    "[\" KeyframeEffect Element CSS " RULES "\",\"FontFace KeyframeEffect CSSUnparsedValue cssText setProperty "
    "removeProperty getPropertyValue getPropertyPriority item setKeyframes animate style addRule appendRule insertRule "
    "replace replaceSync registerProperty\"],"
    "[\"StylePropertyMap\",\"set append\"],\n"
    "[\"\",\"WebSocket WebSocketStream WebTransport\"],"
    "[\" RTCPeerConnection\",\"RTCPeerConnection webkitRTCPeerConnection setConfiguration\"],"
    "[\" CredentialsContainer MediaMetadata\",\"PaymentRequest MediaMetadata artwork get\"]],\n"
    /* requests */
    "[\" WorkerGlobalScope\",\"fetch Request EventSource Audio\"],[\" Navigator\",\"sendBeacon fetchLater\"],\n"
    /* blobs, navigations */
    "[\"\",\"Blob File\"],[\"URL\",\"createObjectURL\"],[\"URL\",\"revokeObjectURL\"],"
    "[\" Document *\",\"open submit requestSubmit click\"],\n"
    /* attributes, by name and as nodes; styles */
    "[\"* SVGAnimatedString Attr Node Element ProcessingInstruction\",\"src href data poster background baseVal srcset "
    "imageSrcset ping attributionSrc content srcdoc style value nodeValue textContent setAttribute setAttributeNS\"],"
    "[\"Element NamedNodeMap\",\"setAttributeNode setAttributeNodeNS setNamedItem setNamedItemNS\"],"
    "[\"* " RULES "\",\"style\"],\n"
    /* markup, and what is written */
    "[\"Node Element Document CharacterData HTMLElement HTMLScriptElement ShadowRoot Range DOMParser\","
    "\"innerHTML outerHTML setHTMLUnsafe setHTML parseHTMLUnsafe parseHTML insertAdjacentHTML insertAdjacentText "
    "createContextualFragment parseFromString textContent innerText outerText text data nodeValue appendData "
    "insertData "
    "replaceData deleteData execCommand\"],[\"Document\",\"write writeln\"],\n"
    /* insertions, frames, cookies */
    "[\"Node Element Document CharacterData DocumentFragment Range\",\"appendChild insertBefore replaceChild append "
    "prepend replaceChildren before after replaceWith insertAdjacentElement insertNode surroundContents adoptNode "
    "importNode body\"],[\"*\",\"contentWindow "
    "contentDocument\"],[\"Document\",\"cookie\"],[\"CookieStore\",\"set\"]]};"
    "\n");

/* Where modules of other hosts come from: by way of us, or from these alone, of which those count that do not wait. */
static void write_imports(struct table *table)
{
    const struct cnil_page *page = table->page;
    struct cnil_arena *arena;

    if (page->policy->imports == CNIL_IMPORTS_ASKED)
        cnil_buffer_append(table->out, CNIL_STR("imports:\"" CNIL_GUARD_MODULES "\",\n"));
    if (page->policy->imports != CNIL_IMPORTS_NAMED)
        return;
    arena = cnil_arena_new(IMPORT_MEMORY);
    if (arena == NULL)
        table->out->status = CNIL_NO_MEMORY;
    cnil_buffer_append(table->out, CNIL_STR("imports:["));
    for (size_t i = 0; i < page->policy->import_host_count && arena != NULL; i++) {
        struct cnil_str host = page->policy->import_hosts[i];
        struct cnil_str address = cnil_arena_print(arena, "https://%.*s/", (int)host.len, host.ptr);
        struct cnil_verdict verdict;
        struct cnil_url url;

        if (address.ptr == NULL || cnil_url_parse(address, NULL, arena, &url) == CNIL_NO_MEMORY) {
            table->out->status = CNIL_NO_MEMORY;
            break;
        }
        cnil_matcher_url(page, &url, CNIL_RESOURCE_SCRIPT, &verdict);
        if (is_plain(host) && !is_held(table, &verdict))
            cnil_buffer_print(table->out, "\"%.*s\",", (int)host.len, host.ptr);
        cnil_arena_reset(arena);
    }
    cnil_buffer_append(table->out, CNIL_STR("],\n"));
    cnil_arena_free(arena);
}

static void add_stubs(struct table *table)
{
    const struct cnil_policy *policy = table->page->policy;

    for (size_t i = 0; i < policy->service_count; i++) {
        const struct cnil_service *service = &policy->services[i];
        const struct cnil_verdict verdict = { .action = service->report_only ? CNIL_ACTION_REPORT : CNIL_ACTION_CONSENT,
                                              .purposes = service->purposes,
                                              .service = service };

        if (service->stub_count == 0 || !is_held(table, &verdict))
            continue;
        table->covered = false;
        for (size_t j = 0; j < service->host_count; j++)
            cnil_matcher_each_host(table->page, service->hosts[j].host, note_passing, table);
        for (size_t j = 0; j < service->stub_count && !table->covered; j++)
            add_word(table, true, service->stubs[j], CNIL_STR_EMPTY);
    }
}

/* Hosts below it are other sites: a word cannot say that. */
static bool is_exact(const struct cnil_page *page)
{
    return page->site_is_exact && page->url.host_kind == CNIL_HOST_DOMAIN;
}

static void write_hosts(struct table *table, const struct cnil_verdict *unknown)
{
    static const enum cnil_layer hosts[] = { CNIL_LAYER_ALLOW, CNIL_LAYER_BLOCK,     CNIL_LAYER_DECLARED,
                                             CNIL_LAYER_FIRST, CNIL_LAYER_CATALOGUE, CNIL_LAYER_KNOWN };

    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        begin_list(table, hosts[i]);
        cnil_matcher_each_host(table->page, CNIL_STR_EMPTY, add_host, table);
        if (hosts[i] == CNIL_LAYER_FIRST && table->page->site.len > 0 && !is_exact(table->page))
            add_word(table, false, table->page->site, CNIL_STR("/"));
        end_list(table);
    }
    cnil_buffer_append(table->out, is_held(table, unknown) ? CNIL_STR("[[\"\"]]") : CNIL_STR("[[\"\",\"\"]]"));
}

static void write_table(const struct cnil_page *page, const struct cnil_choice *choice, bool with_lists,
                        struct cnil_buffer *out)
{
    static const enum cnil_layer cookies[] = { CNIL_LAYER_ALLOW, CNIL_LAYER_DECLARED, CNIL_LAYER_CATALOGUE };
    struct table table = { .page = page, .choice = choice, .out = out, .with_lists = with_lists };
    bool asks = has_questions(page, with_lists);
    struct cnil_verdict unknown, cookie;

    cnil_matcher_unknown(page->policy, &unknown);
    cnil_matcher_cookie(page->policy, CNIL_STR_EMPTY, &cookie);
    table.names_passing = is_held(&table, &unknown) || asks;
    cnil_buffer_init(&table.words, CNIL_LIMIT_GUARD_WORDS * sizeof(struct word));
    cnil_buffer_print(out, "self.cnilHeld={cookie:%d,\n", is_held(&table, &cookie));
    if (asks || is_exact(page)) {
        cnil_buffer_append(out, CNIL_STR("site:\""));
        cnil_buffer_append(out, is_plain(page->site) ? page->site : CNIL_STR_EMPTY);
        cnil_buffer_append(out, CNIL_STR("\",page:\""));
        cnil_buffer_append(out, is_plain(page->filter.host) ? page->filter.host : CNIL_STR_EMPTY);
        cnil_buffer_append(out, CNIL_STR("\",\n"));
        write_patterns(&table);
        write_lists(&table);
    }
    cnil_buffer_append(out, CNIL_STR("hosts:["));
    write_hosts(&table, &unknown);
    cnil_buffer_append(out, CNIL_STR("],\ncookies:["));
    for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
        begin_list(&table, cookies[i]);
        if (i == 0)
            add_word(&table, false, CNIL_STR(CNIL_CHOICE_COOKIE), CNIL_STR("/"));
        cnil_matcher_each_cookie(page->policy, add_cookie, &table);
        end_list(&table);
    }
    cnil_buffer_append(out, CNIL_STR("],\n"));
    if (with_lists) /* a worker has no import map */
        write_imports(&table);
    cnil_buffer_append(out, CNIL_STR("stubs:"));
    begin_list(&table, CNIL_LAYER_ALLOW);
    add_stubs(&table);
    end_list(&table);
    cnil_buffer_append(out, names);
    if (asks || is_exact(page))
        cnil_buffer_append(out, cnil_asset_lists());
    cnil_buffer_append(out, cnil_asset_table());
    cnil_buffer_free(&table.words);
}

void cnil_guard_write_table(const struct cnil_page *page, const struct cnil_choice *choice, struct cnil_buffer *out)
{
    write_table(page, choice, true, out);
}

/* The table's own file, by its path: a worker's script is of the site's host. */
static void write_import(const struct cnil_policy *policy, const struct cnil_choice *choice, struct cnil_buffer *out)
{
    struct cnil_buffer name;

    cnil_buffer_init(&name, NAME_LIMIT);
    cnil_guard_write_name(policy, choice, &name);
    if (cnil_buffer_status(&name) != CNIL_OK)
        out->status = cnil_buffer_status(&name);
    if (is_plain(policy->prefix) && is_plain(cnil_buffer_str(&name))) {
        cnil_buffer_append(out, CNIL_STR("(u=>{try{importScripts(u)}catch{try{const r=new XMLHttpRequest;"
                                         "r.open(\"GET\",u,!1);r.send();(0,eval)(r.responseText)}catch{}}})(\""));
        cnil_buffer_append(out, policy->prefix);
        cnil_buffer_append(out, cnil_buffer_str(&name));
        cnil_buffer_append(out, CNIL_STR("\");"));
    }
    cnil_buffer_free(&name);
}

void cnil_guard_write_line(const struct cnil_page *page, const struct cnil_choice *choice, struct cnil_buffer *out)
{
    size_t from = out->len;

    /* What a module imports has it, too, and runs first; once is enough. The lists would be fetched anew with each
     * worker; the pages' table comes once: modules, which import nothing so, read it as a text. Some policies of the
     * site let neither be, and the module of a service worker has no way to read in time. */
    cnil_buffer_append(out, CNIL_STR("if(!self[Symbol.for('cnil')]){self[Symbol.for('cnil')]=1;"));
    if (has_lists(page->policy))
        write_import(page->policy, choice, out);
    cnil_buffer_append(out, CNIL_STR("if(!self.cnilHeld){"));
    write_table(page, choice, false, out);
    cnil_buffer_append(out, CNIL_STR("}"));
    cnil_buffer_append(out, cnil_asset_find(cnil_asset_name(CNIL_ASSET_GUARD))->content);
    cnil_buffer_append(out, CNIL_STR("}"));
    /* no statement of either needs the end of a line to end */
    for (size_t i = from; i < out->len; i++)
        if (out->ptr[i] == '\n')
            out->ptr[i] = ' ';
}
