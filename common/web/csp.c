/* SPDX-License-Identifier: Apache-2.0 */
#include "web/csp.h"

/* What a list of sources says of one element. */
struct sources {
    bool matches;        /* an address in it matches */
    bool strict_dynamic; /* then addresses do not count */
    bool unsafe_inline;  /* what has no address may be */
    bool has_hash;       /* ... unless there is one, or a nonce */
    struct cnil_str nonce;
};

struct own {
    const struct cnil_url *document;
    struct cnil_str path;
};

static bool next_word(struct cnil_str *rest, struct cnil_str *word)
{
    size_t end = 0;

    *rest = cnil_str_trim(*rest);
    while (end < rest->len && !cnil_is_space(rest->ptr[end]))
        end++;
    *word = cnil_str_slice(*rest, 0, end);
    *rest = cnil_str_slice(*rest, end, rest->len);
    return word->len > 0;
}

/* base64-value of the standard's grammar: nothing else may go into an attribute. */
static bool is_nonce(struct cnil_str value)
{
    size_t i = 0;

    while (i < value.len && (cnil_is_alpha(value.ptr[i]) || cnil_is_digit(value.ptr[i]) || value.ptr[i] == '+' ||
                             value.ptr[i] == '/' || value.ptr[i] == '-' || value.ptr[i] == '_'))
        i++;
    if (i == 0)
        return false;
    for (size_t end = i + 2; i < value.len && i < end && value.ptr[i] == '=';)
        i++;
    return i == value.len;
}

/* CSP3, 6.7.2.8 scheme-part match: http may become https. */
static bool scheme_matches(struct cnil_str scheme, struct cnil_str of)
{
    return cnil_str_equal_nocase(scheme, of) ||
           (cnil_str_equal_nocase(scheme, CNIL_STR("http")) && cnil_str_equal(of, CNIL_STR("https")));
}

static int default_port(struct cnil_str scheme)
{
    return cnil_str_equal(scheme, CNIL_STR("https")) ? 443 : 80;
}

static bool port_matches(struct cnil_str port, const struct cnil_url *document)
{
    int own = document->port >= 0 ? document->port : default_port(document->scheme), wanted = 0;

    if (cnil_str_equal(port, CNIL_STR("*")))
        return true;
    if (port.len == 0)
        return own == default_port(document->scheme);
    for (size_t i = 0; i < port.len; i++) {
        if (!cnil_is_digit(port.ptr[i]) || wanted > 65535)
            return false;
        wanted = wanted * 10 + port.ptr[i] - '0';
    }
    return wanted == own || (wanted == 80 && own == 443);
}

static bool host_matches(struct cnil_str host, struct cnil_str of)
{
    if (cnil_str_equal(host, CNIL_STR("*")))
        return true;
    if (!cnil_str_starts_with(host, CNIL_STR("*.")))
        return cnil_str_equal_nocase(host, of);
    host = cnil_str_slice(host, 1, host.len);
    return of.len > host.len && cnil_str_equal_nocase(host, cnil_str_slice(of, of.len - host.len, of.len));
}

static bool path_matches(struct cnil_str path, struct cnil_str of)
{
    if (path.len == 0 || cnil_str_equal(path, CNIL_STR("/")))
        return true;
    return cnil_str_ends_with(path, CNIL_STR("/")) && cnil_str_starts_with(of, path);
}

static bool address_matches(struct cnil_str source, const struct own *own)
{
    size_t at = cnil_str_find(source, CNIL_STR("://")), colon;
    struct cnil_str host, path, port = CNIL_STR_EMPTY;

    if (at == source.len && cnil_str_ends_with(source, CNIL_STR(":")))
        return scheme_matches(cnil_str_slice(source, 0, source.len - 1), own->document->scheme);
    if (at < source.len) {
        if (!scheme_matches(cnil_str_slice(source, 0, at), own->document->scheme))
            return false;
        source = cnil_str_slice(source, at + 3, source.len);
    }
    at = cnil_str_find_byte(source, '/');
    host = cnil_str_slice(source, 0, at);
    path = cnil_str_slice(source, at, source.len);
    colon = cnil_str_find_byte(host, ':');
    if (colon < host.len) {
        port = cnil_str_slice(host, colon + 1, host.len);
        host = cnil_str_slice(host, 0, colon);
    } else if (cnil_str_equal(host, CNIL_STR("*"))) {
        port = host;
    }
    return host_matches(host, own->document->host) && port_matches(port, own->document) &&
           path_matches(path, own->path);
}

/* CSP3, 2.3.1 hash-source. */
static bool is_hash(struct cnil_str word)
{
    return cnil_str_starts_with_nocase(word, CNIL_STR("'sha256-")) ||
           cnil_str_starts_with_nocase(word, CNIL_STR("'sha384-")) ||
           cnil_str_starts_with_nocase(word, CNIL_STR("'sha512-"));
}

/* `own`: NULL for what has no address. */
static void read_sources(struct cnil_str list, const struct own *own, struct sources *out)
{
    struct cnil_str word;

    *out = (struct sources){ .matches = false };
    while (next_word(&list, &word)) {
        struct cnil_str nonce = cnil_str_slice(word, 7, word.len > 7 ? word.len - 1 : 0);

        if (cnil_str_equal_nocase(word, CNIL_STR("'self'")))
            out->matches = true;
        else if (cnil_str_equal_nocase(word, CNIL_STR("'strict-dynamic'")))
            out->strict_dynamic = true;
        else if (cnil_str_starts_with_nocase(word, CNIL_STR("'nonce-")) && cnil_str_ends_with(word, CNIL_STR("'")) &&
                 is_nonce(nonce))
            out->nonce = out->nonce.len > 0 ? out->nonce : nonce;
        else if (cnil_str_equal_nocase(word, CNIL_STR("'unsafe-inline'")))
            out->unsafe_inline = true;
        else if (is_hash(word))
            out->has_hash = true;
        else if (own != NULL && word.ptr[0] != '\'')
            out->matches |= address_matches(word, own);
    }
}

enum { NAMES = 3 };

/* The first of these directives that there is; false: none. The first of a name counts. */
static bool find_sources(struct cnil_str policy, const struct cnil_str names[NAMES], struct cnil_str *list)
{
    for (size_t i = 0; i < NAMES; i++) {
        struct cnil_str rest = policy, name;

        while (rest.len > 0) {
            *list = cnil_str_cut(&rest, ';');
            if (next_word(list, &name) && cnil_str_equal_nocase(name, names[i]))
                return true;
        }
    }
    return false;
}

/* May an element that has no address be, without a nonce? */
static bool allows_inline(const struct sources *sources)
{
    return sources->unsafe_inline && sources->nonce.len == 0 && !sources->has_hash;
}

/* What a module imports has the nonce of that module, which may have none: so an address must do, or strict-dynamic. A
 * text for a script is no TrustedScript of ours. */
static bool leads(struct cnil_str policy, const struct sources *sources, struct cnil_str nonce)
{
    static const struct cnil_str types[NAMES] = { CNIL_STR_INIT("require-trusted-types-for"), CNIL_STR_INIT("-"),
                                                  CNIL_STR_INIT("-") };
    struct cnil_str list;

    if (find_sources(policy, types, &list))
        return false;
    return sources == NULL ||
           ((sources->matches || sources->strict_dynamic) &&
            (allows_inline(sources) ? !sources->strict_dynamic
                                    : sources->nonce.len > 0 && cnil_str_equal(sources->nonce, nonce)));
}

/* `own`: where the script is; NULL: it is a style sheet that stands in the document. */
static void read_policy(struct cnil_str policy, const struct own *own, struct cnil_csp_element *out)
{
    static const struct cnil_str scripts[NAMES] = { CNIL_STR_INIT("script-src-elem"), CNIL_STR_INIT("script-src"),
                                                    CNIL_STR_INIT("default-src") },
                                 styles[NAMES] = { CNIL_STR_INIT("style-src-elem"), CNIL_STR_INIT("style-src"),
                                                   CNIL_STR_INIT("default-src") };
    struct sources sources;
    struct cnil_str list;
    bool matches;

    if (!find_sources(policy, own != NULL ? scripts : styles, &list)) {
        out->leads = out->leads && leads(policy, NULL, out->nonce);
        return;
    }
    read_sources(list, own, &sources);
    matches = own != NULL ? sources.matches && !sources.strict_dynamic : allows_inline(&sources);
    if (out->nonce.len == 0)
        out->nonce = sources.nonce;
    out->leads = out->leads && leads(policy, &sources, out->nonce);
    if (matches)
        return;
    out->needs_nonce = true; /* and an element has one nonce only */
    if (sources.nonce.len == 0 || !cnil_str_equal(sources.nonce, out->nonce))
        out->allowed = false;
}

static void read_fields(struct cnil_headers fields, const struct own *own, struct cnil_csp_element *out)
{
    *out = (struct cnil_csp_element){ .allowed = true, .leads = true };
    for (size_t i = 0; i < fields.count; i++) {
        struct cnil_str rest = fields.list[i].value;

        if (!cnil_str_equal_nocase(fields.list[i].name, CNIL_STR("Content-Security-Policy")))
            continue;
        while (rest.len > 0)
            read_policy(cnil_str_cut(&rest, ','), own, out);
    }
}

/* Does this Integrity-Policy want a digest with each script? */
static bool wants_digests(struct cnil_str value)
{
    bool has_sources = cnil_str_find(value, CNIL_STR("sources=")) < value.len;

    return cnil_header_is_dictionary(value) && cnil_str_find(value, CNIL_STR("script")) < value.len &&
           (!has_sources || cnil_str_find(value, CNIL_STR("inline")) < value.len);
}

void cnil_csp_read_script(struct cnil_headers fields, const struct cnil_url *document, struct cnil_str path,
                          struct cnil_csp_element *out)
{
    const struct own own = { document, path };

    read_fields(fields, &own, out);
    for (size_t i = 0; i < fields.count; i++)
        if (cnil_str_equal_nocase(fields.list[i].name, CNIL_STR("Integrity-Policy")) &&
            wants_digests(fields.list[i].value))
            out->allowed = out->leads = false;
}

void cnil_csp_read_style(struct cnil_headers fields, struct cnil_csp_element *out)
{
    read_fields(fields, NULL, out);
}

bool cnil_csp_allows_style(struct cnil_str policy, struct cnil_str nonce)
{
    struct cnil_csp_element style = { .allowed = true, .nonce = nonce };

    read_policy(policy, NULL, &style);
    return style.allowed && (!style.needs_nonce || cnil_str_equal(style.nonce, nonce));
}
