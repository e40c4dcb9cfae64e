/* SPDX-License-Identifier: Apache-2.0
 * The catalogue's record of a third-party service: facts, each with a source in its JSON file (conf/catalogue/). */
#ifndef CNIL_POLICY_SERVICE_H
#define CNIL_POLICY_SERVICE_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t cnil_purposes; /* a set: bit i is purpose i of the policy */

/* Exempt audience measurement: no purpose that consent is asked for, but what runs until the visitor opposes it. */
#define CNIL_MEASUREMENT ((cnil_purposes)1 << 31)

enum { CNIL_AUDIENCE_DAYS = 395 }; /* thirteen months: the longest life of its cookies (rule C25) */

struct cnil_service_host {
    struct cnil_str host; /* this host and every host below it */
    struct cnil_str path; /* prefix, with its "/"; empty: every path */
    bool declared;        /* by the policy: counts on the site's own hosts too */
};

/* What policy and catalogue know of a cookie beside its purpose. */
struct cnil_cookie_facts {
    const struct cnil_str *paths; /* it is set for, besides those that the request's path tells */
    size_t path_count;
    unsigned days;      /* it may live, where it needs no consent; 0: as long as the site says */
    bool is_shortened;  /* one that would live longer is shortened; else it passes, with an event */
    bool is_kept_dated; /* not prolonged once the browser has it (rule C25) */
};

struct cnil_service_cookie {
    struct cnil_str name; /* without the "*" of a prefix */
    bool prefix;
    struct cnil_str lifetime; /* for people: "13 months"; may be empty */
    bool declared;            /* by the policy */
    struct cnil_cookie_facts facts;
};

struct cnil_service_signature {
    struct cnil_str text;    /* a literal that only an inline loader of the service holds */
    struct cnil_str pattern; /* PCRE2 that matches the script, too; empty: the literal alone tells */
};

/* Where the card of a script stands that would show something (page/embeds.h), unless a container of its service is in
 * the page. */
enum cnil_service_card {
    CNIL_SERVICE_CARD_NONE,   /* nowhere: what it shows, it shows in containers */
    CNIL_SERVICE_CARD_SCRIPT, /* where the script stands */
    CNIL_SERVICE_CARD_PAGE,   /* at the end of the page: it has no place of its own, like a chat */
    CNIL_SERVICE_CARD_FORM    /* the same, for what a form may need to be sent */
};

struct cnil_service {
    struct cnil_str id;
    struct cnil_str name;
    struct cnil_str controller;
    struct cnil_str country; /* ISO 3166-1 alpha-2 of the controller */
    struct cnil_str privacy; /* URL of its privacy page; may be empty */
    cnil_purposes purposes;  /* all of them must be granted */
    bool declared;           /* the policy names it, new or overridden */
    bool tag_manager;        /* runs only when every purpose that it may carry is granted */
    bool report_only;        /* passes with an event in `balanced`: fonts, static libraries, what is functional */
    bool functional;         /* serves the site itself or what the visitor came for: hosting, payment, sign-in */
    const struct cnil_service_host *hosts;
    size_t host_count;
    const struct cnil_service_cookie *cookies;
    size_t cookie_count;
    const struct cnil_service_signature *signatures;
    size_t signature_count;
    const struct cnil_str *containers; /* classes, as they were read; the catalogue's are in its index alone */
    size_t container_count;
    enum cnil_service_card card;
    const struct cnil_str *stubs; /* what pages call of it: "ga()" a function, "dataLayer[]" an array */
    size_t stub_count;
};

/* An element that the script of a service fills is known by its class. */
struct cnil_container {
    struct cnil_str class_name;
    unsigned service; /* its place among the services that the index is of */
};

struct cnil_container_index {
    const struct cnil_container *list; /* in the bytewise order of their names */
    size_t count;
    uint64_t kinds; /* bits cnil_container_kind() of all of them */
};

/* Is consent asked for this service? Fonts and the like that only are reported do not count. */
static inline bool cnil_service_asks(const struct cnil_service *service)
{
    return !service->report_only && (service->purposes & ~CNIL_MEASUREMENT) != 0;
}

/* Does it need no consent, as audience measurement under CNIL's conditions (rules C23, C24)? */
static inline bool cnil_service_measures(const struct cnil_service *service)
{
    return service->purposes == CNIL_MEASUREMENT;
}

#endif
