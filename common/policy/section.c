/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/section.h"

#include "base/limits.h"
#include "policy/listed.h"
#include "policy/path_template.h"
#include "policy/pattern.h"
#include "policy/script_pattern.h"
#include "policy/theme.h"
#include "policy/service_reader.h"
#include "policy/vendor_reader.h"
#include "policy/shelf.h"
#include "policy/wording.h"
#include "web/domain.h"
#include "web/header.h"

#include <string.h>

enum {
    DAY = 24 * 60 * 60,
    YEAR = 365 * DAY,
    CONSENT_DAYS = 182,      /* six months: CNIL's good practice (rule C14) */
    CONSENT_DAYS_MOST = 395, /* thirteen months */
    STATISTICS_LEAST = 5     /* fewer than that of a kind may be one person's doing */
};

void cnil_section_defaults(struct cnil_policy *policy)
{
    policy->language = CNIL_LANGUAGE_FR;
    policy->guard = policy->cards = policy->banner_script = policy->styles_in_page = true;
    policy->mode = CNIL_MODE_ENFORCE;
    policy->https_redirect = true;
    policy->https_port = 443;
    policy->hsts = true;
    policy->hsts_max_age = DAY;
    policy->consent_days = CONSENT_DAYS;
    policy->honours_gpc = true;
    policy->banner_position = CNIL_STR("bottom");
    policy->proof.enabled = true;
    policy->statistics.least = STATISTICS_LEAST;
    policy->prefix = CNIL_STR("/_privacy/");
}

/* A member that is an object with these keys; false when it is absent or wrong. */
static bool section(struct cnil_reader *reader, const struct cnil_node *parent, const char *key,
                    const char *const keys[], struct cnil_node *node)
{
    return cnil_reader_member(parent, key, node) && cnil_reader_object(reader, node, keys);
}

static void read_text(struct cnil_reader *reader, const struct cnil_node *parent, const char *key, struct cnil_str *out)
{
    struct cnil_node member;

    if (cnil_reader_member(parent, key, &member))
        cnil_reader_text(reader, &member, out);
}

static void read_flag(struct cnil_reader *reader, const struct cnil_node *parent, const char *key, bool *out)
{
    struct cnil_node member;

    if (cnil_reader_member(parent, key, &member))
        cnil_reader_flag(reader, &member, out);
}

/* The index of the word, or `otherwise`. */
static size_t read_word(struct cnil_reader *reader, const struct cnil_node *parent, const char *key,
                        const char *const words[], size_t otherwise)
{
    struct cnil_node member;

    if (cnil_reader_member(parent, key, &member))
        cnil_reader_word(reader, &member, words, &otherwise);
    return otherwise;
}

/* What a later version will do is refused, not ignored. */
static void refuse(struct cnil_reader *reader, const struct cnil_node *parent, const char *key, const char *what)
{
    struct cnil_node member;

    if (cnil_reader_member(parent, key, &member))
        cnil_reader_key_mistake(reader, &member, "this version does not do that yet: %s", what);
}

/* ---- site, pages ---- */

static void read_contact(struct cnil_reader *reader, const struct cnil_node *parent, const char *key,
                         struct cnil_contact *contact)
{
    static const char *const keys[] = { "name", "address", "email", "url", NULL };
    struct cnil_node node, member;
    struct cnil_str email;

    if (!section(reader, parent, key, keys, &node))
        return;
    read_text(reader, &node, "name", &contact->name);
    read_text(reader, &node, "address", &contact->address);
    if (cnil_reader_member(&node, "url", &member))
        cnil_reader_url(reader, &member, true, &contact->url);
    if (!cnil_reader_member(&node, "email", &member) || !cnil_reader_text(reader, &member, &email))
        return;
    if (cnil_str_find_byte(email, '@') == 0 || cnil_str_find_byte(email, '@') + 1 >= email.len ||
        cnil_str_find_byte(email, ' ') < email.len)
        cnil_reader_mistake(reader, &member, "must be an e-mail address, like \"contact@example.fr\"");
    else
        contact->email = email;
}

/* A domain that many owners share would make strangers the first party, or would get no cookie. */
static bool is_own_domain(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str host)
{
    bool address = *host.ptr == '[' || cnil_is_digit(host.ptr[host.len - 1]);

    if (address || cnil_str_equal(host, CNIL_STR("localhost")) || !cnil_domain_is_public_suffix(host))
        return true;
    cnil_reader_mistake(reader, node, "\"%.*s\" is a public suffix: sites of many owners are below it", (int)host.len,
                        host.ptr);
    return false;
}

static void read_site_hosts(struct cnil_reader *reader, const struct cnil_node *site, struct cnil_policy *policy)
{
    struct cnil_node node;
    struct cnil_str *hosts;
    size_t size;

    if (!cnil_reader_member(site, "hosts", &node) || !cnil_reader_array(reader, &node))
        return;
    size = json_array_size(node.json);
    hosts = cnil_reader_array_of(reader, size, sizeof(*hosts));
    if (hosts == NULL)
        return;
    policy->first_party_hosts = hosts;
    for (size_t i = 0; i < size; i++) {
        struct cnil_node item = cnil_reader_item(&node, i);
        struct cnil_str host;

        if (cnil_reader_host(reader, &item, &host, NULL) && is_own_domain(reader, &item, host))
            hosts[policy->first_party_host_count++] = host;
    }
}

/* "auto" offers every language, or those of "languages", of which the first speaks where nobody asks for one. */
static void read_languages(struct cnil_reader *reader, const struct cnil_node *site, struct cnil_policy *policy)
{
    const char *words[CNIL_LANGUAGES + 2];
    bool is_auto = false, there;
    struct cnil_node node;
    size_t word;

    for (size_t i = 0; i < CNIL_LANGUAGES; i++)
        words[i] = cnil_language_tag((enum cnil_language)i).ptr;
    words[CNIL_LANGUAGES] = "auto";
    words[CNIL_LANGUAGES + 1] = NULL;
    there = cnil_reader_member(site, "language", &node) && cnil_reader_word(reader, &node, words, &word);
    if (there && word == CNIL_LANGUAGES) {
        policy->languages = ((cnil_languages)1 << CNIL_LANGUAGES) - 1;
        is_auto = true;
    } else if (there) {
        policy->language = (enum cnil_language)word;
    }
    if (!cnil_reader_member(site, "languages", &node) || !cnil_reader_array(reader, &node))
        return;
    if (!is_auto || json_array_size(node.json) == 0) {
        cnil_reader_mistake(reader, &node,
                            is_auto ? "must name a language" : "says nothing without \"language\": \"auto\"");
        return;
    }
    policy->languages = 0;
    words[CNIL_LANGUAGES] = NULL;
    for (size_t i = 0; i < json_array_size(node.json); i++) {
        struct cnil_node item = cnil_reader_item(&node, i);

        if (!cnil_reader_word(reader, &item, words, &word))
            continue;
        if (i == 0)
            policy->language = (enum cnil_language)word;
        policy->languages |= (cnil_languages)1 << word;
    }
}

static void read_site(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    static const char *const keys[] = { "name",    "language", "languages", "hosts", "controller",
                                        "contact", "dpo",      "observed",  NULL };
    struct cnil_node site;

    if (!section(reader, root, "site", keys, &site))
        return;
    read_text(reader, &site, "name", &policy->site_name);
    read_languages(reader, &site, policy);
    read_site_hosts(reader, &site, policy);
    read_contact(reader, &site, "controller", &policy->controller);
    read_contact(reader, &site, "contact", &policy->rights);
    read_contact(reader, &site, "dpo", &policy->dpo);
}

/* A page of the site, "/path", or of another one, "https://...". */
static void read_page(struct cnil_reader *reader, const struct cnil_node *pages, const char *key, struct cnil_str *out)
{
    struct cnil_node node;
    struct cnil_str text;

    if (!cnil_reader_member(pages, key, &node) || !cnil_reader_text(reader, &node, &text))
        return;
    if (cnil_str_starts_with(text, CNIL_STR("https://"))) {
        cnil_reader_url(reader, &node, false, out);
        return;
    }
    if (*text.ptr != '/' || (text.len > 1 && (text.ptr[1] == '/' || text.ptr[1] == '\\')) ||
        cnil_str_find_byte(text, ' ') < text.len)
        cnil_reader_mistake(reader, &node, "must be a path that begins with one \"/\", or a URL of https");
    else
        *out = text;
}

static void read_pages(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    static const char *const keys[] = { "privacy", "legal", "rights", NULL };
    struct cnil_node pages;

    if (!section(reader, root, "pages", keys, &pages))
        return;
    read_page(reader, &pages, "privacy", &policy->privacy_page);
    read_page(reader, &pages, "legal", &policy->legal_page);
    read_page(reader, &pages, "rights", &policy->rights_page);
}

/* ---- https ---- */

static void read_hsts(struct cnil_reader *reader, const struct cnil_node *https, struct cnil_policy *policy)
{
    static const char *const keys[] = { "max_age", "include_subdomains", "preload", NULL };
    struct cnil_node hsts, member;

    if (!cnil_reader_member(https, "hsts", &hsts))
        return;
    if (json_is_boolean(hsts.json)) {
        policy->hsts = json_is_true(hsts.json);
        return;
    }
    if (!json_is_object(hsts.json)) {
        cnil_reader_mistake(reader, &hsts, "must be false, or an object with max_age, include_subdomains and preload");
        return;
    }
    if (!cnil_reader_object(reader, &hsts, keys))
        return;
    if (cnil_reader_member(&hsts, "max_age", &member))
        cnil_reader_number(reader, &member, 0, 10 * (uint64_t)YEAR, &policy->hsts_max_age);
    read_flag(reader, &hsts, "include_subdomains", &policy->hsts_subdomains);
    read_flag(reader, &hsts, "preload", &policy->hsts_preload);
    if (policy->hsts_preload && (!policy->hsts_subdomains || policy->hsts_max_age < YEAR) &&
        cnil_reader_member(&hsts, "preload", &member))
        cnil_reader_mistake(reader, &member,
                            "browsers preload a site only with include_subdomains and a max_age of at "
                            "least 31536000 (one year)");
}

static void read_https(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    static const char *const keys[] = { "redirect", "port", "hsts", "trusted_proxies", NULL };
    struct cnil_node https, member;
    struct cnil_str *networks;
    uint64_t port = policy->https_port;

    if (!section(reader, root, "https", keys, &https))
        return;
    read_flag(reader, &https, "redirect", &policy->https_redirect);
    if (cnil_reader_member(&https, "port", &member))
        cnil_reader_number(reader, &member, 1, 65535, &port);
    policy->https_port = (unsigned)port;
    read_hsts(reader, &https, policy);
    if (!cnil_reader_member(&https, "trusted_proxies", &member) || !cnil_reader_array(reader, &member))
        return;
    networks = cnil_reader_array_of(reader, json_array_size(member.json), sizeof(*networks));
    if (networks == NULL)
        return;
    policy->trusted_proxies = networks;
    for (size_t i = 0; i < json_array_size(member.json); i++) {
        struct cnil_node item = cnil_reader_item(&member, i);
        struct cnil_str network;

        if (!cnil_reader_text(reader, &item, &network))
            continue;
        if (cnil_ip_network_is_valid(network))
            networks[policy->trusted_proxy_count++] = network;
        else
            cnil_reader_mistake(reader, &item, "must be an address or a network, like \"10.0.0.0/8\" or \"::1\"");
    }
}

/* ---- banner, log, prefix and the single words ---- */

/* Segments without dot files and "..", that no server or proxy normalises away. */
static bool is_safe_prefix(struct cnil_str prefix)
{
    struct cnil_str rest;

    if (prefix.len < 3 || *prefix.ptr != '/' || prefix.ptr[prefix.len - 1] != '/')
        return false;
    rest = cnil_str_slice(prefix, 1, prefix.len - 1);
    while (rest.ptr != NULL) {
        bool first = rest.ptr == prefix.ptr + 1;
        struct cnil_str segment = cnil_str_cut(&rest, '/');

        if (first && rest.ptr != NULL && cnil_str_equal(segment, CNIL_STR(".well-known")))
            continue;
        if (segment.len == 0 || *segment.ptr == '.')
            return false;
        for (size_t i = 0; i < segment.len; i++) {
            char c = segment.ptr[i];

            if (!cnil_is_alpha(c) && !cnil_is_digit(c) && strchr("_-.~", c) == NULL)
                return false;
        }
    }
    return true;
}

static void read_prefix(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    struct cnil_node node;
    struct cnil_str prefix;

    if (!cnil_reader_member(root, "prefix", &node) || !cnil_reader_text(reader, &node, &prefix))
        return;
    if (is_safe_prefix(prefix))
        policy->prefix = prefix;
    else
        cnil_reader_mistake(reader, &node,
                            "must begin and end with \"/\", like \"/_privacy/\", of letters, digits, "
                            "\"_\", \"-\", \".\" and \"~\"");
}

static void read_proof(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    static const char *const keys[] = { "enabled", "directory", "fsync", "required", "receipt", NULL };
    static const char *const needing[] = { "fsync", "required", "receipt", NULL };
    struct cnil_node proof, member;

    if (!section(reader, root, "proof", keys, &proof))
        return;
    read_flag(reader, &proof, "enabled", &policy->proof.enabled);
    read_flag(reader, &proof, "fsync", &policy->proof.fsync);
    read_flag(reader, &proof, "required", &policy->proof.required);
    read_flag(reader, &proof, "receipt", &policy->proof.receipt);
    if (cnil_reader_member(&proof, "directory", &member))
        cnil_reader_file(reader, &member, &policy->proof.directory);
    for (size_t i = 0; needing[i] != NULL && !policy->proof.enabled; i++)
        if (cnil_reader_member(&proof, needing[i], &member) && json_is_true(member.json))
            cnil_reader_mistake(reader, &member, "there is no log of choices to apply this to: \"enabled\" is false");
}

static void read_templates(struct cnil_reader *reader, const struct cnil_node *statistics, struct cnil_policy *policy)
{
    struct cnil_node node;
    struct cnil_str *templates;
    size_t size;

    if (!cnil_reader_member(statistics, "templates", &node) || !cnil_reader_array(reader, &node))
        return;
    size = json_array_size(node.json);
    if (size == 0 || size > CNIL_LIMIT_STATISTICS_TEMPLATES) {
        cnil_reader_mistake(reader, &node, "must be 1 to %d templates", CNIL_LIMIT_STATISTICS_TEMPLATES);
        return;
    }
    templates = cnil_reader_array_of(reader, size, sizeof(*templates));
    policy->statistics.templates = templates;
    for (size_t i = 0; i < size && templates != NULL; i++) {
        struct cnil_node item = cnil_reader_item(&node, i);
        struct cnil_str text;

        if (!cnil_reader_text(reader, &item, &text))
            continue;
        if (cnil_path_template_is_good(text))
            templates[policy->statistics.template_count++] = text;
        else
            cnil_reader_mistake(reader, &item,
                                "must be a path like \"/blog/*\", in ASCII, of %d bytes at most; \"*\" stands for one "
                                "segment, \"**\" as the last one for all below",
                                CNIL_LIMIT_STATISTICS_LABEL - 1);
    }
}

static void read_statistics(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    static const char *const keys[] = { "enabled", "least", "templates", NULL };
    struct cnil_node statistics, member;

    if (!section(reader, root, "statistics", keys, &statistics))
        return;
    read_flag(reader, &statistics, "enabled", &policy->statistics.enabled);
    if (cnil_reader_member(&statistics, "least", &member))
        cnil_reader_number(reader, &member, 1, CNIL_LIMIT_STATISTICS_LEAST, &policy->statistics.least);
    read_templates(reader, &statistics, policy);
}

void cnil_section_general(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    static const char *const keys[] = { "site",    "pages",      "mode",   "preset",   "https", "trackers", "services",
                                        "cookies", "consent",    "banner", "forms",    "audit", "proof",    "log",
                                        "prefix",  "statistics", "texts",  "on_error", NULL };
    static const char *const modes[] = { "enforce", "audit", NULL };
    static const char *const presets[] = { "balanced", "strict", NULL };
    static const char *const outcomes[] = { "close", "open", NULL };
    static const char *const banner_keys[] = { "position", "theme", "other_manager", "script", "activation",
                                               "style",    NULL };
    static const char *const positions[] = { "bottom", "top", "left", "right", NULL };
    static const char *const managers[] = { "warn", "adopt", NULL };
    static const char *const styles[] = { "page", "file", NULL };
    static const char *const activations[] = { "reload", "in-place", NULL };
    static const char *const log_keys[] = { "file", NULL };
    struct cnil_node node, member;

    if (!cnil_reader_object(reader, root, keys))
        return;
    refuse(reader, root, "forms", "\"forms\" is reserved");
    refuse(reader, root, "audit", "\"audit\" is reserved (for the audit mode write \"mode\": \"audit\")");
    read_site(reader, root, policy);
    cnil_wording_texts(reader, root, policy);
    read_pages(reader, root, policy);
    policy->mode = read_word(reader, root, "mode", modes, 0) == 1 ? CNIL_MODE_AUDIT : CNIL_MODE_ENFORCE;
    policy->strict = read_word(reader, root, "preset", presets, 0) == 1;
    read_https(reader, root, policy);
    if (section(reader, root, "banner", banner_keys, &node)) {
        policy->banner_position = cnil_str_from(positions[read_word(reader, &node, "position", positions, 0)]);
        cnil_theme_read(reader, &node, &policy->theme);
        read_flag(reader, &node, "script", &policy->banner_script);
        policy->styles_in_page = read_word(reader, &node, "style", styles, 0) == 0;
        policy->activates_in_place = read_word(reader, &node, "activation", activations, 0) == 1;
        if (policy->activates_in_place && !policy->banner_script && cnil_reader_member(&node, "activation", &member))
            cnil_reader_mistake(reader, &member, "\"in-place\" is what the script does, which \"script\" leaves out");
        policy->adopts_manager = read_word(reader, &node, "other_manager", managers, 0) == 1;
    }
    if (section(reader, root, "log", log_keys, &node) && cnil_reader_member(&node, "file", &member))
        cnil_reader_file(reader, &member, &policy->log_file);
    read_proof(reader, root, policy);
    read_statistics(reader, root, policy);
    read_prefix(reader, root, policy);
    policy->on_error_open = read_word(reader, root, "on_error", outcomes, 0) == 1;
}

/* ---- consent ---- */

static const struct cnil_purpose default_purposes[] = {
#define PURPOSE(symbol, id)                                                                                            \
    { CNIL_STR_INIT(id),                                                                                               \
      { .has_text = true, .text = CNIL_TEXT_PURPOSE_##symbol },                                                        \
      { .has_text = true, .text = CNIL_TEXT_PURPOSE_##symbol##_TEXT } },
#include "policy/purposes.def"
#undef PURPOSE
};

enum { DEFAULT_PURPOSES = sizeof(default_purposes) / sizeof(default_purposes[0]) };

/* A purpose is a key of the choice cookie, next to the one-letter keys that the cookie itself needs. */
static bool purpose_id_is_good(struct cnil_str id)
{
    if (id.len < 2 || id.len > 32 || !cnil_is_alpha(*id.ptr))
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (!((id.ptr[i] >= 'a' && id.ptr[i] <= 'z') || cnil_is_digit(id.ptr[i]) || id.ptr[i] == '_'))
            return false;
    return true;
}

static void read_purpose(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_purpose *purposes,
                         struct cnil_policy *policy)
{
    static const char *const keys[] = { "title", "description", NULL };
    struct cnil_str id = cnil_str_from(node->key);
    struct cnil_purpose *purpose = NULL;
    struct cnil_node member;

    if (!cnil_reader_object(reader, node, keys))
        return;
    for (size_t i = 0; i < policy->purpose_count && purpose == NULL; i++)
        if (cnil_str_equal(purposes[i].id, id))
            purpose = &purposes[i];
    if (purpose == NULL) {
        if (!purpose_id_is_good(id)) {
            cnil_reader_key_mistake(reader, node,
                                    "the id of a purpose is of a-z, 0-9 and \"_\", 2 to 32 of them, and "
                                    "begins with a letter");
            return;
        }
        if (policy->purpose_count == CNIL_LIMIT_PURPOSES) {
            cnil_reader_key_mistake(reader, node, "there may be %d purposes at most", CNIL_LIMIT_PURPOSES);
            return;
        }
        if (!cnil_reader_member(node, "title", &member) || !cnil_reader_member(node, "description", &member))
            cnil_reader_key_mistake(reader, node,
                                    "a new purpose needs a \"title\" and a \"description\": visitors "
                                    "choose by them");
        purpose = &purposes[policy->purpose_count++];
        purpose->id = cnil_arena_copy(reader->arena, id);
        if (purpose->id.ptr == NULL)
            reader->no_memory = true;
    }
    cnil_wording_read(reader, node, "title", policy, &purpose->title);
    cnil_wording_read(reader, node, "description", policy, &purpose->description);
}

static void read_purposes(struct cnil_reader *reader, const struct cnil_node *consent, struct cnil_policy *policy)
{
    struct cnil_purpose *purposes = cnil_reader_array_of(reader, CNIL_LIMIT_PURPOSES, sizeof(*purposes));
    struct cnil_node node, member;
    void *iterator = NULL;

    if (purposes == NULL)
        return;
    policy->purposes = purposes;
    memcpy(purposes, default_purposes, sizeof(default_purposes));
    policy->purpose_count = DEFAULT_PURPOSES;
    if (consent != NULL && section(reader, consent, "purposes", NULL, &node))
        while (cnil_reader_next(&node, &iterator, &member))
            read_purpose(reader, &member, purposes, policy);
}

/* Of letters, digits and "-", and none that means something already. */
static void read_header_name(struct cnil_reader *reader, const struct cnil_node *consent, const char *key,
                             struct cnil_str *out)
{
    struct cnil_node node;
    struct cnil_str name;
    bool good;

    if (!cnil_reader_member(consent, key, &node) || !cnil_reader_text(reader, &node, &name))
        return;
    good = name.len > 2 && name.len <= 64 && cnil_str_starts_with_nocase(name, CNIL_STR("x-"));
    for (size_t i = 0; i < name.len; i++)
        good = good && (cnil_is_alpha(name.ptr[i]) || cnil_is_digit(name.ptr[i]) || name.ptr[i] == '-');
    if (good)
        *out = name;
    else
        cnil_reader_mistake(reader, &node,
                            "must be a field's name like \"X-Consent\": \"X-\", then letters, digits and \"-\"");
}

/* "2026-11-26": a day that calendars have. */
static bool is_day(struct cnil_str text)
{
    static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int64_t year, month, day;
    bool leaps;

    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
        !cnil_str_decimal(cnil_str_slice(text, 0, 4), 4, &year) ||
        !cnil_str_decimal(cnil_str_slice(text, 5, 7), 2, &month) ||
        !cnil_str_decimal(cnil_str_slice(text, 8, 10), 2, &day) || month < 1 || month > 12 || day < 1)
        return false;
    leaps = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] - (month == 2 && !leaps);
}

static void read_signals(struct cnil_reader *reader, const struct cnil_node *consent, struct cnil_policy *policy)
{
    static const char *const keys[] = { "gpc", "gpc_since", "dnt", "measurement", NULL };
    struct cnil_node signals, member;
    struct cnil_str day;

    if (!section(reader, consent, "signals", keys, &signals))
        return;
    read_flag(reader, &signals, "gpc", &policy->honours_gpc);
    read_flag(reader, &signals, "dnt", &policy->honours_dnt);
    read_flag(reader, &signals, "measurement", &policy->signals_oppose);
    if (!cnil_reader_member(&signals, "gpc_since", &member) || !cnil_reader_text(reader, &member, &day))
        return;
    if (!policy->honours_gpc)
        cnil_reader_mistake(reader, &member, "there is nothing to date: \"gpc\" is false");
    else if (!is_day(day))
        cnil_reader_mistake(reader, &member, "must be a day, like \"2026-11-26\"");
    else
        policy->gpc_since = day;
}

void cnil_section_consent(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    static const char *const keys[] = { "purposes", "lifetime_days", "domain",  "key_file", "old_key_file",
                                        "signals",  "header",        "account", "modes",    NULL };
    struct cnil_node consent, member;
    struct cnil_str domain;
    uint64_t days = policy->consent_days;
    bool there = section(reader, root, "consent", keys, &consent);

    read_purposes(reader, there ? &consent : NULL, policy);
    if (!there)
        return;
    if (cnil_reader_member(&consent, "lifetime_days", &member))
        cnil_reader_number(reader, &member, 1, CONSENT_DAYS_MOST, &days);
    policy->consent_days = (unsigned)days;
    if (cnil_reader_member(&consent, "domain", &member) && cnil_reader_host(reader, &member, &domain, NULL) &&
        is_own_domain(reader, &member, domain))
        policy->consent_domain = domain;
    if (cnil_reader_member(&consent, "key_file", &member))
        cnil_reader_file(reader, &member, &policy->key_file);
    if (cnil_reader_member(&consent, "old_key_file", &member))
        cnil_reader_file(reader, &member, &policy->old_key_file);
    read_header_name(reader, &consent, "header", &policy->header);
    read_header_name(reader, &consent, "account", &policy->account);
    if (policy->account.len > 0 && cnil_str_equal_nocase(policy->account, policy->header) &&
        cnil_reader_member(&consent, "account", &member))
        cnil_reader_mistake(reader, &member, "must be another field than \"header\"");
    cnil_vendor_reader_modes(reader, &consent, policy);
    read_signals(reader, &consent, policy);
}

/* ---- trackers ---- */

/* "policy /trackers/block/0: tracker.example" */
static struct cnil_str rule_of(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str a,
                               struct cnil_str b)
{
    struct cnil_str pointer = cnil_reader_pointer(reader, node);
    struct cnil_str rule = cnil_arena_print(reader->arena, "policy %.*s: %.*s%.*s", (int)pointer.len,
                                            pointer.ptr != NULL ? pointer.ptr : "", (int)a.len, a.ptr, (int)b.len,
                                            b.ptr != NULL ? b.ptr : "");

    if (rule.ptr == NULL)
        reader->no_memory = true;
    return rule;
}

static void read_host_rules(struct cnil_reader *reader, const struct cnil_node *trackers, const char *key,
                            struct cnil_host_rule **rules, size_t *count)
{
    struct cnil_node node;

    if (!cnil_reader_member(trackers, key, &node) || !cnil_reader_array(reader, &node))
        return;
    *rules = cnil_reader_array_of(reader, json_array_size(node.json), sizeof(**rules));
    for (size_t i = 0; *rules != NULL && i < json_array_size(node.json); i++) {
        struct cnil_node item = cnil_reader_item(&node, i);
        struct cnil_host_rule *rule = &(*rules)[*count];

        if (!cnil_reader_host(reader, &item, &rule->host, &rule->path))
            continue;
        rule->rule = rule_of(reader, &item, rule->host, rule->path);
        (*count)++;
    }
}

static void read_pattern(struct cnil_reader *reader, const struct cnil_node *node, const struct cnil_policy *policy,
                         struct cnil_pattern *pattern)
{
    static const char *const keys[] = { "pattern", "purpose", "name", NULL };
    struct cnil_node member;
    struct cnil_str text;
    bool no_case;

    if (!cnil_reader_object(reader, node, keys))
        return;
    read_text(reader, node, "name", &pattern->name);
    if (!cnil_reader_member(node, "purpose", &member))
        cnil_reader_mistake(reader, node, "a pattern needs a \"purpose\"");
    else if (json_is_array(member.json))
        cnil_reader_mistake(reader, &member, "must be one purpose");
    else
        cnil_service_reader_purposes(reader, &member, policy, &pattern->purposes);
    if (!cnil_reader_member(node, "pattern", &member)) {
        cnil_reader_mistake(reader, node, "a pattern needs a \"pattern\"");
    } else if (cnil_reader_text(reader, &member, &text)) {
        pattern->text = text;
        pattern->rule = rule_of(reader, node, text, CNIL_STR_EMPTY);
        pattern->code = cnil_pattern_compile(reader, &member, text);
        if (pattern->code != NULL && policy->guard && !cnil_script_pattern(text, &no_case))
            cnil_reader_warning(reader, &member,
                                "warning: JavaScript reads this otherwise, so that the guard in the page "
                                "does not know it: what scripts load at run time is not held back by it");
    }
}

/* Maps the file; what is wrong with it is told of the value that names it. NULL: a mistake was told, or no memory. */
static struct cnil_filter_list *load_list(struct cnil_reader *reader, const struct cnil_node *node)
{
    struct cnil_filter_list *list;
    struct cnil_errors errors;
    struct cnil_str path;

    if (!cnil_reader_file(reader, node, &path))
        return NULL;
    cnil_errors_init(&errors);
    list = cnil_shelf_list(reader->shelf, path.ptr, &errors);
    if (list == NULL && errors.count == 0)
        reader->no_memory = true;
    for (size_t i = 0; i < errors.count; i++)
        cnil_reader_mistake(reader, node, "\"%s\" %s", path.ptr, errors.list[i].sentence);
    cnil_errors_free(&errors);
    return list;
}

/* The purposes of each list in the file, by its name. */
static void read_list_purposes(struct cnil_reader *reader, const struct cnil_node *item,
                               const struct cnil_policy *policy, struct cnil_listed *listed)
{
    size_t count = cnil_filter_list_source_count(listed->list);
    const char **names = cnil_reader_array_of(reader, count + 1, sizeof(*names));
    cnil_purposes *purposes = cnil_reader_array_of(reader, count, sizeof(*purposes));
    struct cnil_node node, member;

    listed->purposes = purposes;
    for (size_t i = 0; i < count && names != NULL; i++) {
        struct cnil_filter_source_info source = cnil_filter_list_source(listed->list, i);

        names[i] = cnil_arena_copy(reader->arena, source.name).ptr;
        reader->no_memory = reader->no_memory || names[i] == NULL;
    }
    if (reader->no_memory)
        return;
    if (!cnil_reader_member(item, "purposes", &node)) {
        cnil_reader_mistake(reader, item, "needs \"purposes\": what each list in the file stands for");
        return;
    }
    if (!cnil_reader_object(reader, &node, names))
        return;
    for (size_t i = 0; i < count; i++) {
        if (!cnil_reader_member(&node, names[i], &member))
            cnil_reader_mistake(reader, &node, "the list \"%s\" of this file has no purpose", names[i]);
        else
            cnil_service_reader_purposes(reader, &member, policy, &purposes[i]);
    }
}

static void read_list(struct cnil_reader *reader, const struct cnil_node *item, const struct cnil_policy *policy,
                      struct cnil_listed *listed)
{
    static const char *const keys[] = { "file", "purposes", "exceptions", "first_party", "guard", NULL };
    static const char *const firsts[] = { "report", "pass", "hold", NULL };
    struct cnil_node file;

    if (!cnil_reader_object(reader, item, keys))
        return;
    listed->exceptions = true;
    read_flag(reader, item, "exceptions", &listed->exceptions);
    listed->guard = true;
    read_flag(reader, item, "guard", &listed->guard);
    listed->first_party = (enum cnil_listed_first)read_word(reader, item, "first_party", firsts, 0);
    if (!cnil_reader_member(item, "file", &file))
        cnil_reader_mistake(reader, item, "needs a \"file\" that \"cnil lists\" has built");
    else
        listed->list = load_list(reader, &file);
    if (listed->list != NULL)
        read_list_purposes(reader, item, policy, listed);
}

/* The guard is told all of a list, or the operator knows what not. */
static void check_told(struct cnil_reader *reader, const struct cnil_node *item, const struct cnil_filter_list *list,
                       size_t *told)
{
    size_t untold = cnil_filter_list_untold(list);

    *told += cnil_filter_list_hot_size(list);
    if (*told > CNIL_LIMIT_GUARD_LISTS)
        cnil_reader_mistake(reader, item,
                            "the lists that the guard is told are over %d bytes; say \"guard\": false of one",
                            CNIL_LIMIT_GUARD_LISTS);
    if (untold > 0)
        cnil_reader_warning(reader, item,
                            "warning: JavaScript reads %zu expressions in it otherwise, so that the guard in the "
                            "page does not know them",
                            untold);
}

static void read_lists(struct cnil_reader *reader, const struct cnil_node *trackers, const struct cnil_policy *policy,
                       struct cnil_rules *rules)
{
    struct cnil_node node;
    size_t size, told = 0;

    if (!cnil_reader_member(trackers, "lists", &node) || !cnil_reader_array(reader, &node))
        return;
    size = json_array_size(node.json);
    if (size > CNIL_LIMIT_LISTS) {
        cnil_reader_mistake(reader, &node, "at most %d files: one file may hold many lists", CNIL_LIMIT_LISTS);
        return;
    }
    rules->lists = cnil_reader_array_of(reader, size, sizeof(*rules->lists));
    for (size_t i = 0; rules->lists != NULL && i < size; i++) {
        struct cnil_node item = cnil_reader_item(&node, i);

        read_list(reader, &item, policy, &rules->lists[rules->list_count++]);
        if (policy->guard && rules->lists[i].list != NULL && rules->lists[i].guard)
            check_told(reader, &item, rules->lists[i].list, &told);
    }
}

static void read_imports(struct cnil_reader *reader, const struct cnil_node *trackers, struct cnil_policy *policy)
{
    struct cnil_str *hosts;
    struct cnil_node node;
    size_t size;

    if (!cnil_reader_member(trackers, "imports", &node))
        return;
    if (json_is_boolean(node.json)) {
        policy->imports = json_is_true(node.json) ? CNIL_IMPORTS_ASKED : CNIL_IMPORTS_FREE;
        return;
    }
    if (!json_is_array(node.json)) {
        cnil_reader_mistake(reader, &node, "must be true, false or an array of hosts");
        return;
    }
    size = json_array_size(node.json);
    hosts = cnil_reader_array_of(reader, size, sizeof(*hosts));
    if (hosts == NULL)
        return;
    policy->imports = CNIL_IMPORTS_NAMED;
    policy->import_hosts = hosts;
    for (size_t i = 0; i < size; i++) {
        struct cnil_node item = cnil_reader_item(&node, i);

        if (cnil_reader_host(reader, &item, &hosts[policy->import_host_count], NULL))
            policy->import_host_count++;
    }
}

void cnil_section_trackers(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy,
                           struct cnil_rules *rules)
{
    static const char *const keys[] = { "allow", "block", "known",   "unknown", "patterns",
                                        "lists", "guard", "imports", "cards",   NULL };
    static const char *const unknown[] = { "report", "hold", NULL };
    struct cnil_node trackers, node;

    for (size_t i = 0; i < policy->purpose_count; i++)
        if (cnil_str_equal(policy->purposes[i].id, CNIL_STR("other")))
            rules->unknown_purposes = (cnil_purposes)1 << i;
    rules->hold_unknown = policy->strict;
    rules->hold_known = true;
    rules->strict = policy->strict;
    if (policy->strict) /* the second wall stands before them */
        policy->imports = CNIL_IMPORTS_FREE;
    if (!section(reader, root, "trackers", keys, &trackers))
        return;
    read_flag(reader, &trackers, "guard", &policy->guard);
    read_lists(reader, &trackers, policy, rules);
    read_flag(reader, &trackers, "cards", &policy->cards);
    read_imports(reader, &trackers, policy);
    read_host_rules(reader, &trackers, "allow", &rules->allow, &rules->allow_count);
    read_host_rules(reader, &trackers, "block", &rules->block, &rules->block_count);
    rules->hold_known = read_word(reader, &trackers, "known", unknown, 1) == 1;
    rules->hold_unknown = read_word(reader, &trackers, "unknown", unknown, policy->strict ? 1 : 0) == 1;
    if (!cnil_reader_member(&trackers, "patterns", &node) || !cnil_reader_array(reader, &node))
        return;
    rules->patterns = cnil_reader_array_of(reader, json_array_size(node.json), sizeof(*rules->patterns));
    for (size_t i = 0; rules->patterns != NULL && i < json_array_size(node.json); i++) {
        struct cnil_node item = cnil_reader_item(&node, i);

        read_pattern(reader, &item, policy, &rules->patterns[rules->pattern_count++]);
    }
}

/* ---- cookies ---- */

static void read_necessary(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_cookie_rule *rule)
{
    static const char *const keys[] = { "name", "ground", "lifetime_days", NULL };
    static const char *const grounds[] = { "choice",         "authentication", "cart",     "interface",
                                           "load-balancing", "metering",       "audience", NULL };
    struct cnil_node member;
    size_t ground = 0;
    uint64_t days = 0;

    if (!cnil_reader_object(reader, node, keys))
        return;
    rule->action = CNIL_ACTION_PASS;
    if (!cnil_reader_member(node, "ground", &member))
        cnil_reader_mistake(reader, node,
                            "a cookie without consent needs a \"ground\": choice, authentication, cart, "
                            "interface, load-balancing, metering or audience");
    else
        rule->necessary = cnil_reader_word(reader, &member, grounds, &ground);
    rule->ground = (enum cnil_ground)ground;
    rule->facts.is_kept_dated = rule->necessary && rule->ground == CNIL_GROUND_AUDIENCE;
    if (rule->facts.is_kept_dated) { /* passes until the visitor opposes it (rule C24) */
        rule->action = CNIL_ACTION_CONSENT;
        rule->purposes = CNIL_MEASUREMENT;
        days = CNIL_AUDIENCE_DAYS;
    }
    if (cnil_reader_member(node, "lifetime_days", &member))
        cnil_reader_number(reader, &member, 1, CNIL_AUDIENCE_DAYS, &days);
    rule->facts.days = (unsigned)days;
    rule->facts.is_shortened = true;
    if (!cnil_reader_member(node, "name", &member))
        cnil_reader_mistake(reader, node, "a cookie needs a \"name\"");
    else if (cnil_reader_cookie(reader, &member, &rule->name, &rule->prefix))
        rule->rule = rule_of(reader, node, rule->name, rule->prefix ? CNIL_STR("*") : CNIL_STR(""));
}

static void read_cookie_rule(struct cnil_reader *reader, const struct cnil_node *node, const struct cnil_policy *policy,
                             struct cnil_cookie_rule *rule)
{
    static const char *const keys[] = { "name", "purpose", "action", "paths", NULL };
    static const char *const actions[] = { "keep", "drop", NULL };
    struct cnil_node member, other;

    if (!cnil_reader_object(reader, node, keys))
        return;
    if (cnil_reader_member(node, "purpose", &member) == cnil_reader_member(node, "action", &other))
        cnil_reader_mistake(reader, node, "a rule needs a \"purpose\" or an \"action\" (\"keep\" or \"drop\")%s",
                            member.json != NULL ? ", not both" : "");
    if (member.json != NULL) {
        rule->action = CNIL_ACTION_CONSENT;
        if (json_is_array(member.json))
            cnil_reader_mistake(reader, &member, "must be one purpose");
        else
            cnil_service_reader_purposes(reader, &member, policy, &rule->purposes);
    } else {
        rule->action = read_word(reader, node, "action", actions, 0) == 1 ? CNIL_ACTION_BLOCK : CNIL_ACTION_PASS;
        if (policy->strict && rule->action == CNIL_ACTION_PASS && other.json != NULL)
            cnil_reader_mistake(reader, &other,
                                "in the preset \"strict\" a cookie that waits for no consent has a ground: write it in "
                                "/cookies/necessary");
    }
    if (cnil_reader_member(node, "paths", &member))
        cnil_service_reader_paths(reader, &member, &rule->facts);
    if (!cnil_reader_member(node, "name", &member))
        cnil_reader_mistake(reader, node, "a cookie needs a \"name\"");
    else if (cnil_reader_cookie(reader, &member, &rule->name, &rule->prefix))
        rule->rule = rule_of(reader, node, rule->name, rule->prefix ? CNIL_STR("*") : CNIL_STR(""));
}

/* May one cookie have both names? */
static bool overlap(struct cnil_str a, bool a_prefix, struct cnil_str b, bool b_prefix)
{
    return cnil_str_equal(a, b) || (a_prefix && cnil_str_starts_with(b, a)) || (b_prefix && cnil_str_starts_with(a, b));
}

static bool serves_audience_alone(const struct cnil_service *service, const struct cnil_policy *policy)
{
    return cnil_service_measures(service) ||
           (service->purposes != 0 && (service->purposes & (service->purposes - 1)) == 0 &&
            cnil_str_equal(policy->purposes[__builtin_ctz(service->purposes)].id, CNIL_STR("audience")));
}

/* An exempt cookie serves that one purpose alone (rule C21). What the catalogue calls audience measurement may be
 * exempt as such: it then is for the operator to set the tool up as CNIL asks. */
static void check_exempt(struct cnil_reader *reader, const struct cnil_node *node, const struct cnil_cookie_rule *rule,
                         const struct cnil_policy *policy)
{
    for (size_t i = 0; i < policy->service_count; i++) {
        const struct cnil_service *service = &policy->services[i];

        if (rule->ground == CNIL_GROUND_AUDIENCE && serves_audience_alone(service, policy))
            continue;
        for (size_t j = 0; j < service->cookie_count; j++) {
            const struct cnil_service_cookie *cookie = &service->cookies[j];

            if (overlap(rule->name, rule->prefix, cookie->name, cookie->prefix)) {
                cnil_reader_mistake(
                    reader, node,
                    "a cookie that needs no consent may serve no other purpose, but \"%.*s%s\" is one of "
                    "%.*s (rule C21)",
                    (int)cookie->name.len, cookie->name.ptr, cookie->prefix ? "*" : "", (int)service->name.len,
                    service->name.ptr);
                return;
            }
        }
    }
}

static void check_cookie_rules(struct cnil_reader *reader, const struct cnil_node *node, size_t index,
                               const struct cnil_rules *rules)
{
    const struct cnil_cookie_rule *rule = &rules->cookies[index];

    for (size_t i = 0; i < index && rule->name.len > 0; i++) {
        const struct cnil_cookie_rule *other = &rules->cookies[i];

        if (cnil_str_equal(rule->name, other->name) && rule->prefix == other->prefix) {
            cnil_reader_mistake(reader, node, "this cookie has a rule already: %.*s", (int)other->rule.len,
                                other->rule.ptr);
            return;
        }
        if (other->necessary && !rule->necessary && rule->action == CNIL_ACTION_CONSENT && other->name.len > 0 &&
            overlap(rule->name, rule->prefix, other->name, other->prefix)) {
            cnil_reader_mistake(reader, node,
                                "a cookie that needs no consent may serve no other purpose, but one is necessary by "
                                "%.*s (rule C21)",
                                (int)other->rule.len, other->rule.ptr);
            return;
        }
    }
}

/* The necessary ones once more, for people. */
static void list_exempt(struct cnil_reader *reader, const struct cnil_rules *rules, struct cnil_policy *policy)
{
    struct cnil_exempt_cookie *list = cnil_reader_array_of(reader, rules->cookie_count, sizeof(*list));

    if (list == NULL)
        return;
    policy->exempt = list;
    for (size_t i = 0; i < rules->cookie_count; i++) {
        const struct cnil_cookie_rule *rule = &rules->cookies[i];

        if (rule->necessary)
            list[policy->exempt_count++] =
                (struct cnil_exempt_cookie){ rule->name, rule->prefix, rule->ground, rule->facts.days };
        policy->measures |= rule->necessary && rule->ground == CNIL_GROUND_AUDIENCE;
    }
}

void cnil_section_cookies(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy,
                          struct cnil_rules *rules)
{
    static const char *const keys[] = { "necessary", "rules", NULL };
    struct cnil_node cookies, lists[2];
    bool there[2];
    size_t room = 0;

    if (!section(reader, root, "cookies", keys, &cookies))
        return;
    for (size_t list = 0; list < 2; list++) {
        there[list] = cnil_reader_member(&cookies, keys[list], &lists[list]) && cnil_reader_array(reader, &lists[list]);
        room += there[list] ? json_array_size(lists[list].json) : 0;
    }
    rules->cookies = cnil_reader_array_of(reader, room, sizeof(*rules->cookies));
    for (size_t list = 0; list < 2 && rules->cookies != NULL; list++) {
        for (size_t i = 0; there[list] && i < json_array_size(lists[list].json); i++) {
            struct cnil_node item = cnil_reader_item(&lists[list], i);
            struct cnil_cookie_rule *rule = &rules->cookies[rules->cookie_count];

            if (list == 0)
                read_necessary(reader, &item, rule);
            else
                read_cookie_rule(reader, &item, policy, rule);
            check_cookie_rules(reader, &item, rules->cookie_count++, rules);
            if (rule->necessary && rule->name.len > 0)
                check_exempt(reader, &item, rule, policy);
        }
    }
    list_exempt(reader, rules, policy);
}
