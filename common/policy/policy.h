/* SPDX-License-Identifier: Apache-2.0
 * What the operator decided: one policy file, read, validated and compiled. Immutable once loaded, so that threads and
 * workers share it without locks. Everything in it lives in the policy's arena. */
#ifndef CNIL_POLICY_POLICY_H
#define CNIL_POLICY_POLICY_H

#include "base/arena.h"
#include "base/errors.h"
#include "base/status.h"
#include "policy/service.h"
#include "policy/texts.h"

enum cnil_mode {
    CNIL_MODE_OFF,   /* nothing is looked at */
    CNIL_MODE_AUDIT, /* everything is looked at and written down, nothing changes */
    CNIL_MODE_ENFORCE
};

struct cnil_translation {
    enum cnil_language language;
    struct cnil_str words;
};

struct cnil_wording { /* of a policy, in one language or several */
    struct cnil_translation *list;
    size_t count;
    bool has_text; /* `text` speaks the languages that the list does not */
    enum cnil_text text;
};

struct cnil_purpose {
    struct cnil_str id; /* of [a-z0-9_]+ : a key of the choice cookie */
    struct cnil_wording title, description;
};

struct cnil_own_text { /* in the place of ours */
    enum cnil_language language;
    enum cnil_text text;
    struct cnil_str words;
};

enum cnil_ground { /* the seven of CNIL's guidelines (délibération 2020-091, article 5; rule C20) */
                   CNIL_GROUND_CHOICE,
                   CNIL_GROUND_AUTHENTICATION,
                   CNIL_GROUND_CART,
                   CNIL_GROUND_INTERFACE,
                   CNIL_GROUND_LOAD_BALANCING,
                   CNIL_GROUND_METERING,
                   CNIL_GROUND_AUDIENCE
};

struct cnil_exempt_cookie { /* of cookies.necessary: needs no consent */
    struct cnil_str name;   /* without the "*" of a prefix */
    bool prefix;
    enum cnil_ground ground;
    unsigned days; /* it may live; 0: the policy does not say */
};

struct cnil_contact { /* any of them may be empty */
    struct cnil_str name, address, email, url;
};

struct cnil_theme {
    struct cnil_str name; /* of a style sheet, with digits of its digest: "theme-1a2b3c4d.css"; empty: as it comes */
    struct cnil_str css;  /* variables, for #vp-box, our pages and cards */
};

/* Modules of other hosts, which pages import. */
enum cnil_imports {
    CNIL_IMPORTS_ASKED, /* each is asked for here, and comes from where it is unless it waits */
    CNIL_IMPORTS_NAMED, /* they come from the page's own host and from those that are named alone */
    CNIL_IMPORTS_FREE   /* nothing stands before them */
};

struct cnil_policy {
    struct cnil_str path;     /* of the file; empty for the built-in policy */
    struct cnil_str text;     /* as it was loaded */
    unsigned char digest[32]; /* SHA-256 of the policy's text, of the digests of catalogue and lists, of the version */

    /* site */
    struct cnil_str site_name;
    enum cnil_language language; /* of banner and pages; with `languages`, where nothing asks for another */
    cnil_languages languages;    /* what may be asked for, by the page or the visitor; 0: nothing */
    const struct cnil_own_text *texts;
    size_t text_count;
    const struct cnil_str *first_party_hosts; /* serialised hosts; each with every host below it */
    size_t first_party_host_count;
    struct cnil_contact controller, rights, dpo;

    /* pages: path or absolute URL of the site's own page; empty where there is none */
    struct cnil_str privacy_page, legal_page, rights_page;

    enum cnil_mode mode;       /* enforce or audit */
    bool cards;                /* trackers.cards: held-back frames say what they would show, see page/card.h */
    bool guard;                /* trackers.guard: our script goes into documents, see page/guard.h */
    bool holds_known;          /* known domains that track wait for consent */
    enum cnil_imports imports; /* trackers.imports: where modules may come from */
    const struct cnil_str *import_hosts; /* with NAMED */
    size_t import_host_count;
    bool strict; /* preset: only first party, declared and consented hosts; else `balanced` */

    /* https */
    bool https_redirect;
    unsigned https_port; /* of the redirect's target; 443 is left out of URLs */
    bool hsts;
    uint64_t hsts_max_age; /* seconds */
    bool hsts_subdomains, hsts_preload;
    const struct cnil_str *trusted_proxies; /* networks, as cnil_ip_within() reads them */
    size_t trusted_proxy_count;

    /* consent */
    const struct cnil_purpose *purposes; /* bit i of a set is purposes[i] */
    size_t purpose_count;
    unsigned consent_days;               /* lifetime of the choice, the same for yes and no (rule C14) */
    struct cnil_str consent_domain;      /* Domain of the choice cookie; empty: host-only */
    struct cnil_str key_file;            /* empty: the key of the state directory */
    struct cnil_str old_key_file;        /* whose choices still count; empty: none */
    struct cnil_str header;              /* request field that tells the site's own code of the choice; empty: none */
    struct cnil_str account;             /* response field by which the site tells the choice of an account, and request
                                            field that tells it one (exchange/account.h); empty: none */
    bool honours_gpc, honours_dnt;       /* Sec-GPC: 1, DNT: 1 are refusals */
    struct cnil_str gpc_since;           /* "2026-11-26": the day on which the site said so; empty: untold */
    bool signals_oppose;                 /* … and oppose exempt audience measurement, too */
    const cnil_purposes *vendor_signals; /* of policy/vendors.def: what each waits for; 0: untold. NULL: none is told */
    uint32_t consent_hash; /* of purposes, declared services, the controllers and purposes that the policy itself
                              gives them, and of unknown hosts that were seen and are asked for; nothing else */

    const struct cnil_service *services; /* the catalogue, with what the policy added or overrode */
    size_t service_count;
    const struct cnil_service *const *overlay; /* of each of the built-in catalogue's services, in its order, the
                                                  policy's; NULL: switched off. NULL itself: they are the same */

    struct cnil_container_index containers; /* of its own; those of the catalogue are in the catalogue */

    const struct cnil_observed *observed; /* what the site was seen to carry (policy/observed.h); NULL: nobody says */

    const struct cnil_exempt_cookie *exempt;
    size_t exempt_count;
    bool measures; /* a cookie or a service is exempt audience measurement */

    struct cnil_str banner_position; /* "bottom", "top"; "left", "right": a card in a corner, on wide screens */
    struct cnil_theme theme;
    bool banner_script;      /* the panel opens in place, and the site's own code is told of the choice */
    bool activates_in_place; /* what is accepted comes into the open page */
    bool styles_in_page;     /* the banner's style sheets stand in the page where they may, not in files */
    bool adopts_manager;     /* where another consent manager is in the page, it asks alone */

    /* the log of choices */
    struct {
        bool enabled;
        bool fsync;                /* a choice is on the disk before it is answered */
        bool required;             /* what cannot be written down is not accepted */
        bool receipt;              /* each choice has a number that the visitor is shown */
        struct cnil_str directory; /* empty: "proof" in the state directory */
    } proof;

    /* statistics without trackers */
    struct {
        bool enabled;
        uint64_t least;                   /* a number below is written down with the "(other)"s only */
        const struct cnil_str *templates; /* of paths, see policy/path_template.h; none: first segments */
        size_t template_count;
    } statistics;

    struct cnil_str log_file; /* of events; empty: events.jsonl in the state directory */
    struct cnil_str prefix;   /* of our own addresses, "/_privacy/" */
    bool on_error_open;       /* an internal error lets the body pass instead of ending the response */

    struct cnil_arena *arena;     /* holds all of it, this struct too */
    struct cnil_matcher *matcher; /* compiled from trackers, services and cookies; see policy/matcher.h */
};

/* What is done where a directive allows `ceiling`. */
static inline enum cnil_mode cnil_policy_mode(const struct cnil_policy *policy, enum cnil_mode ceiling)
{
    return ceiling < policy->mode ? ceiling : policy->mode;
}

/* Reads, validates and compiles the policy file at `path`, NULL for the built-in safe policy (that of "{}").
 * All mistakes go to `errors`, each with line, column and JSON pointer. NULL when there is one, or no memory (then
 * `errors` may be empty). The caller frees it with cnil_policy_free(). */
struct cnil_policy *cnil_policy_load(const char *path, struct cnil_errors *errors);

/* The same for one of many: what their files have in common, large filter lists, is kept on `shelf` (policy/shelf.h;
 * NULL: it is not). The shelf may be freed before the policy. */
struct cnil_shelf;
struct cnil_policy *cnil_policy_load_with(const char *path, struct cnil_shelf *shelf, struct cnil_errors *errors);

/* The same from text; `name` stands for the file's name in errors. */
struct cnil_policy *cnil_policy_parse(struct cnil_str text, const char *name, struct cnil_errors *errors);

/* The service of that id; NULL: the policy knows none. */
const struct cnil_service *cnil_policy_service(const struct cnil_policy *policy, struct cnil_str id);

/* Is `host` one of `site.hosts`, or below one? */
bool cnil_policy_is_first_party(const struct cnil_policy *policy, struct cnil_str host);

void cnil_policy_free(struct cnil_policy *policy); /* NULL is fine */

/* What visitors of this site read: the policy's own words where it has any. */
struct cnil_str cnil_policy_text(const struct cnil_policy *policy, enum cnil_text text, enum cnil_language language);
struct cnil_str cnil_policy_text_counted(const struct cnil_policy *policy, enum cnil_text text,
                                         enum cnil_language language, uint64_t number);
struct cnil_str cnil_policy_title(const struct cnil_policy *policy, const struct cnil_purpose *purpose,
                                  enum cnil_language language);
struct cnil_str cnil_policy_description(const struct cnil_policy *policy, const struct cnil_purpose *purpose,
                                        enum cnil_language language);

#endif
