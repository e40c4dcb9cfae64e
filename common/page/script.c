/* SPDX-License-Identifier: Apache-2.0 */
#include "page/script.h"

#include "web/html_entity.h"
#include "web/json.h"

#include <string.h>

/* MIME Sniffing standard, 4.6: JavaScript MIME type essences, without those "text/" ones that `texts` holds. */
static const struct cnil_str others[] = {
    CNIL_STR_INIT("application/ecmascript"),
    CNIL_STR_INIT("application/javascript"),
    CNIL_STR_INIT("application/x-ecmascript"),
    CNIL_STR_INIT("application/x-javascript"),
    /* of optimisers and consent managers, which run it later */
    CNIL_STR_INIT("rocketlazyloadscript"),
    CNIL_STR_INIT("litespeed/javascript"),
    CNIL_STR_INIT("pmdelayedscript"),
    CNIL_STR_INIT("nitropack/javascript"),
    CNIL_STR_INIT("nitropack/inlinescript"),
    CNIL_STR_INIT("javascript/blocked"),
    CNIL_STR_INIT("wphb-delay-type"),
    CNIL_STR_INIT("o/js-lzl"),
    CNIL_STR_INIT("o/js-lzls"),
    CNIL_STR_INIT("didomi/javascript"),
};

static const struct cnil_str texts[] = {
    CNIL_STR_INIT("javascript"),
    CNIL_STR_INIT("ecmascript"),
    CNIL_STR_INIT("javascript1.0"),
    CNIL_STR_INIT("javascript1.1"),
    CNIL_STR_INIT("javascript1.2"),
    CNIL_STR_INIT("javascript1.3"),
    CNIL_STR_INIT("javascript1.4"),
    CNIL_STR_INIT("javascript1.5"),
    CNIL_STR_INIT("jscript"),
    CNIL_STR_INIT("livescript"),
    CNIL_STR_INIT("x-ecmascript"),
    CNIL_STR_INIT("x-javascript"),
    /* the same: text/partytown ... */
    CNIL_STR_INIT("partytown"),
    CNIL_STR_INIT("debloat-script"),
    CNIL_STR_INIT("ez-screx"),
    CNIL_STR_INIT("phast"),
    CNIL_STR_INIT("tc_privacy"),
    CNIL_STR_INIT("x-ccm-loader"),
};

/* Cloudflare's loader puts a word of its own before the type: "0a1b2c-text/javascript". */
static bool is_prefixed(struct cnil_str essence)
{
    size_t dash = cnil_str_find_byte(essence, '-');
    struct cnil_str rest = cnil_str_slice(essence, dash + 1, essence.len);

    return dash > 8 && (cnil_str_equal_nocase(rest, CNIL_STR("text/javascript")) ||
                        cnil_str_equal_nocase(rest, CNIL_STR("application/javascript")) ||
                        cnil_str_equal_nocase(rest, CNIL_STR("module")));
}

enum cnil_script_kind cnil_script_kind(const struct cnil_script_type *type)
{
    struct cnil_str essence;
    bool runs;

    if (type->type.ptr == NULL) {
        runs = type->language.len == 0 || CNIL_STR_IS_AMONG_NOCASE(type->language, texts);
        return runs ? CNIL_SCRIPT_CLASSIC : CNIL_SCRIPT_DATA;
    }
    if (type->type.len == 0) /* `language` is not looked at then */
        return CNIL_SCRIPT_CLASSIC;
    essence = cnil_str_trim(type->type);
    if (cnil_str_equal_nocase(essence, CNIL_STR("module")))
        return CNIL_SCRIPT_MODULE;
    if (cnil_str_equal_nocase(essence, CNIL_STR("importmap")) ||
        cnil_str_equal_nocase(essence, CNIL_STR("speculationrules")) ||
        cnil_str_equal_nocase(essence, CNIL_STR("webbundle")))
        return CNIL_SCRIPT_MAP;
    if (cnil_str_starts_with_nocase(essence, CNIL_STR("text/")))
        runs = CNIL_STR_IS_AMONG_NOCASE(cnil_str_slice(essence, 5, essence.len), texts);
    else
        runs = CNIL_STR_IS_AMONG_NOCASE(essence, others) || is_prefixed(essence);
    return runs ? CNIL_SCRIPT_CLASSIC : CNIL_SCRIPT_DATA;
}

/* ---- its text ---- */

static struct cnil_str behind(struct cnil_str text, size_t from, struct cnil_str end)
{
    text = cnil_str_slice(text, from, text.len);
    return cnil_str_slice(text, cnil_str_find(text, end) + end.len, text.len);
}

/* The name of the start tag that `text` begins with; empty: of none. */
static struct cnil_str tag_name(struct cnil_str text)
{
    size_t to = 1;

    while (to < text.len && !cnil_is_space(text.ptr[to]) && text.ptr[to] != '/' && text.ptr[to] != '>')
        to++;
    return text.len > 1 && cnil_is_alpha(text.ptr[1]) ? cnil_str_slice(text, 1, to) : CNIL_STR_EMPTY;
}

/* Does `text` begin with a tag of this name? */
static bool is_tag(struct cnil_str text, bool is_end, struct cnil_str name)
{
    size_t from = is_end ? 2 : 1, to = from + name.len;

    return (!is_end || cnil_str_starts_with(text, CNIL_STR("</"))) && to < text.len &&
           cnil_str_equal_nocase(cnil_str_slice(text, from, to), name) &&
           (cnil_is_space(text.ptr[to]) || text.ptr[to] == '/' || text.ptr[to] == '>');
}

/* Behind the element whose start tag `text` begins with. */
static struct cnil_str behind_element(struct cnil_str text, struct cnil_str name)
{
    enum { LONG_NAME = 64 };
    size_t depth = 0, end;

    for (; text.len > 0 && name.len < LONG_NAME; text = cnil_str_slice(text, cnil_str_find_byte(text, '<'), text.len)) {
        bool is_start = is_tag(text, false, name);

        if (is_start || is_tag(text, true, name)) {
            end = cnil_str_find_byte(text, '>');
            if (is_start && (end == text.len || text.ptr[end - 1] != '/'))
                depth++;
            else if (!is_start)
                depth--;
            text = cnil_str_slice(text, end, text.len);
            if (depth == 0)
                return cnil_str_slice(text, 1, text.len);
        }
        text = cnil_str_slice(text, 1, text.len);
    }
    return CNIL_STR_EMPTY;
}

void cnil_script_foreign_text(struct cnil_str markup, bool with_elements, struct cnil_buffer *out)
{
    static const struct cnil_str section = CNIL_STR_INIT("<![CDATA["), section_end = CNIL_STR_INIT("]]>");

    while (markup.len > 0) {
        size_t at = cnil_str_find_byte(markup, '<');
        struct cnil_str rest = cnil_str_slice(markup, at, markup.len);

        cnil_html_decode(cnil_str_slice(markup, 0, at), false, out);
        if (cnil_str_starts_with(rest, section)) {
            rest = cnil_str_slice(rest, section.len, rest.len);
            at = cnil_str_find(rest, section_end);
            cnil_buffer_append(out, cnil_str_slice(rest, 0, at));
            markup = cnil_str_slice(rest, at + section_end.len, rest.len);
        } else if (cnil_str_starts_with(rest, CNIL_STR("<!--"))) {
            markup = behind(rest, 2, CNIL_STR("-->")); /* "<!-->" is one, too */
        } else if (!with_elements && tag_name(rest).len > 0) {
            markup = behind_element(rest, tag_name(rest));
        } else if (rest.len > 1 &&
                   (cnil_is_alpha(rest.ptr[1]) || rest.ptr[1] == '/' || rest.ptr[1] == '!' || rest.ptr[1] == '?')) {
            markup = behind(rest, 1, CNIL_STR(">"));
        } else {
            cnil_buffer_append(out, cnil_str_slice(rest, 0, 1));
            markup = cnil_str_slice(rest, 1, rest.len);
        }
    }
}

static bool has_one_of(struct cnil_str text, const struct cnil_str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (cnil_str_find(text, words[i]) < text.len)
            return true;
    return false;
}

bool cnil_script_loads(enum cnil_script_kind kind, struct cnil_str text)
{
    static const struct cnil_str words[] = {
        CNIL_STR_INIT("createElement"),  CNIL_STR_INIT("document.write"),  CNIL_STR_INIT(".src="),
        CNIL_STR_INIT(".src ="),         CNIL_STR_INIT("appendChild"),     CNIL_STR_INIT("insertBefore"),
        CNIL_STR_INIT("new Image"),      CNIL_STR_INIT("fetch("),          CNIL_STR_INIT("XMLHttpRequest"),
        CNIL_STR_INIT("sendBeacon"),     CNIL_STR_INIT("import("),         CNIL_STR_INIT("importScripts"),
        CNIL_STR_INIT("innerHTML"),      CNIL_STR_INIT("outerHTML"),       CNIL_STR_INIT("insertAdjacent"),
        CNIL_STR_INIT("getScript("),     CNIL_STR_INIT("loadScript"),      CNIL_STR_INIT(".ajax("),
        CNIL_STR_INIT("new WebSocket"),  CNIL_STR_INIT("new EventSource"), CNIL_STR_INIT("new Worker"),
        CNIL_STR_INIT("new SharedWork"), CNIL_STR_INIT("serviceWorker"),   CNIL_STR_INIT("setAttribute("),
        CNIL_STR_INIT("new Audio"),      CNIL_STR_INIT("new FontFace"),    CNIL_STR_INIT("require("),
    };

    return kind != CNIL_SCRIPT_CLASSIC || has_one_of(text, words, sizeof(words) / sizeof(words[0]));
}

/* Behind the string or comment that begins at `at`; behind the byte where none does. */
static size_t skip_token(struct cnil_str text, size_t at)
{
    char quote = text.ptr[at];

    if (cnil_str_starts_with(cnil_str_slice(text, at, text.len), CNIL_STR("//")))
        return at + cnil_str_find_byte(cnil_str_slice(text, at, text.len), '\n');
    if (cnil_str_starts_with(cnil_str_slice(text, at, text.len), CNIL_STR("/*")))
        return at + 4 + cnil_str_find(cnil_str_slice(text, at + 2, text.len), CNIL_STR("*/"));
    at++;
    if (quote != '"' && quote != '\'' && quote != '`')
        return at;
    while (at < text.len && text.ptr[at] != quote && (text.ptr[at] != '\n' || quote == '`'))
        at += text.ptr[at] == '\\' ? 2 : 1;
    return at + 1;
}

/* Is the word at `at` the start of a declaration, with a name, and no part of an expression? */
static bool is_declaration(struct cnil_str text, size_t at, char before)
{
    static const struct cnil_str word = CNIL_STR_INIT("function");
    struct cnil_str rest = cnil_str_slice(text, at, text.len), name = cnil_str_slice(rest, word.len, rest.len);
    size_t from = 0;

    if (!cnil_str_starts_with(rest, word) || strchr("=!+-~(,:?&|.<>*%^$_", before) != NULL ||
        (at > 0 && (cnil_is_alpha(text.ptr[at - 1]) || cnil_is_digit(text.ptr[at - 1]))))
        return false;
    while (from < name.len && cnil_is_space(name.ptr[from]))
        from++;
    return from > 0 && from < name.len &&
           (cnil_is_alpha(name.ptr[from]) || name.ptr[from] == '_' || name.ptr[from] == '$');
}

bool cnil_script_declares(struct cnil_str text)
{
    char before = ';'; /* the last byte of code that is no space */
    size_t depth = 0;

    for (size_t at = 0; at < text.len;) {
        char c = text.ptr[at];

        if (c == '(' || c == '{' || c == '[')
            depth++;
        else if ((c == ')' || c == '}' || c == ']') && depth > 0)
            depth--;
        else if (c == 'f' && depth == 0 && is_declaration(text, at, before))
            return true;
        if (!cnil_is_space(c) && c != '/')
            before = c;
        at = skip_token(text, at);
    }
    return false;
}

bool cnil_script_evades(struct cnil_str text)
{
    static const struct cnil_str words[] = {
        CNIL_STR_INIT("import"),      CNIL_STR_INIT("Work"),        CNIL_STR_INIT("createObjectURL"),
        CNIL_STR_INIT("data:"),       CNIL_STR_INIT("javascript:"), CNIL_STR_INIT("XSLT"),
        CNIL_STR_INIT("url("),        CNIL_STR_INIT("speculation"), CNIL_STR_INIT("PaymentRequest"),
        CNIL_STR_INIT("credentials"),
    };

    return has_one_of(text, words, sizeof(words) / sizeof(words[0]));
}

bool cnil_script_may_fetch(struct cnil_str host, struct cnil_str path, struct cnil_str site)
{
    /* What is asked of a host whose other paths are pages for people: profiles, videos to watch, links to share. */
    static const struct cnil_str parts[] = {
        CNIL_STR_INIT(".js"),     CNIL_STR_INIT(".mjs"),    CNIL_STR_INIT(".gif"),    CNIL_STR_INIT(".png"),
        CNIL_STR_INIT(".jpg"),    CNIL_STR_INIT(".svg"),    CNIL_STR_INIT(".css"),    CNIL_STR_INIT(".json"),
        CNIL_STR_INIT("/embed"),  CNIL_STR_INIT("/js"),     CNIL_STR_INIT("/pixel"),  CNIL_STR_INIT("/collect"),
        CNIL_STR_INIT("/iframe"), CNIL_STR_INIT("/tag"),    CNIL_STR_INIT("/api"),    CNIL_STR_INIT("/widget"),
        CNIL_STR_INIT("/player"), CNIL_STR_INIT("/plugin"), CNIL_STR_INIT("/beacon"), CNIL_STR_INIT("/track"),
    };
    struct cnil_str name = host;

    if (cnil_str_starts_with(name, CNIL_STR("www.")) || cnil_str_starts_with(name, CNIL_STR("mobile.")))
        cnil_str_cut(&name, '.');
    else if (cnil_str_starts_with(name, CNIL_STR("m.")))
        name = cnil_str_slice(name, 2, name.len);
    return !cnil_str_equal(name, site) || has_one_of(path, parts, sizeof(parts) / sizeof(parts[0]));
}

/* ---- speculation rules ---- */

enum { DEPTH = 16 }; /* of rules within rules; what is deeper may be anything */

/* Takes the next member off the inside of an object; the key without its quotes. */
static bool next_member(struct cnil_str *inside, struct cnil_str *key, struct cnil_str *value)
{
    struct cnil_json_string name;

    if (!cnil_json_next(inside, value) || !cnil_json_string_next(value, &name))
        return false;
    *key = name.raw;
    cnil_str_cut(value, ':');
    *value = cnil_str_trim(*value);
    return true;
}

static struct cnil_str inside_of(struct cnil_str brackets)
{
    return brackets.len >= 2 ? cnil_str_slice(brackets, 1, brackets.len - 1) : CNIL_STR_EMPTY;
}

/* Does this URL pattern match on one host alone, the page's or one that stands in it? */
static bool is_of_one_host(struct cnil_str pattern)
{
    size_t from = cnil_str_find(pattern, CNIL_STR("//"));
    struct cnil_str host = cnil_str_slice(pattern, from + 2, pattern.len);

    if (pattern.len == 0 || pattern.ptr[0] == '{') /* its parts, each in its place */
        return cnil_str_find(pattern, CNIL_STR("\"hostname\"")) == pattern.len &&
               cnil_str_find(pattern, CNIL_STR("\"baseURL\"")) == pattern.len;
    if (pattern.ptr[0] != '"')
        return false;
    if (from == pattern.len || (pattern.len > 2 && pattern.ptr[1] == '/' && pattern.ptr[2] != '/'))
        return cnil_str_find_byte(pattern, ':') > cnil_str_find_byte(pattern, '/');
    host = cnil_str_slice(host, 0, cnil_str_find_byte(host, '/'));
    for (size_t i = 0; i < host.len; i++) /* groups, named ones (":a") and what an escape may be */
        if (strchr("*({\\", host.ptr[i]) != NULL ||
            (host.ptr[i] == ':' && (i + 1 == host.len || !cnil_is_digit(host.ptr[i + 1]))))
            return false;
    return host.len > 0;
}

static bool is_bounded(struct cnil_str condition, unsigned depth);

/* Of a value, or of each (or any) in a list. */
static bool are_bounded(struct cnil_str value, bool any, unsigned depth)
{
    struct cnil_str rest = value.len > 0 && value.ptr[0] == '[' ? inside_of(value) : value, one;
    bool found = false, all = true;

    while (cnil_json_next(&rest, &one)) {
        bool bounded = depth > 0 ? is_bounded(one, depth) : is_of_one_host(one);

        found |= bounded;
        all &= bounded;
    }
    return any ? found : all;
}

/* Do all links that meet this condition lead to hosts that stand in the rules, or to the page's? */
static bool is_bounded(struct cnil_str condition, unsigned depth)
{
    struct cnil_str rest = inside_of(condition), key, value;

    while (depth < DEPTH && next_member(&rest, &key, &value)) {
        if (cnil_str_equal(key, CNIL_STR("href_matches")) && are_bounded(value, false, 0))
            return true;
        if (cnil_str_equal(key, CNIL_STR("and")) && are_bounded(value, true, depth + 1))
            return true;
        if (cnil_str_equal(key, CNIL_STR("or")) && are_bounded(value, false, depth + 1))
            return true;
    }
    return false;
}

static bool is_rule_bounded(struct cnil_str rule)
{
    struct cnil_str rest = inside_of(rule), key, value;
    bool has_urls = false;

    while (next_member(&rest, &key, &value)) {
        if (cnil_str_equal(key, CNIL_STR("where")))
            return is_bounded(value, 1);
        has_urls |= cnil_str_equal(key, CNIL_STR("urls"));
    }
    return has_urls; /* else all links of the page */
}

bool cnil_script_fetches_any_link(struct cnil_str rules)
{
    struct cnil_str rest = inside_of(cnil_str_trim(rules)), key, value;

    while (next_member(&rest, &key, &value)) {
        struct cnil_str list = inside_of(value), rule;

        if (!cnil_str_starts_with(key, CNIL_STR("pre")) || value.len == 0 || value.ptr[0] != '[')
            continue;
        while (cnil_json_next(&list, &rule))
            if (!is_rule_bounded(rule))
                return true;
    }
    return false;
}
