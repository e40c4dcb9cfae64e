/* SPDX-License-Identifier: Apache-2.0
 * What the steps of an exchange share. Only this floor includes it; the outside sees cnil.h. */
#ifndef CNIL_EXCHANGE_EXCHANGE_H
#define CNIL_EXCHANGE_EXCHANGE_H

#include "cnil.h"
#include "audit/event.h"
#include "base/arena.h"
#include "consent/choice.h"
#include "page/card.h"
#include "web/csp.h"
#include "exchange/address.h"
#include "exchange/document.h"
#include "exchange/intake.h"
#include "exchange/security_policy.h"
#include "exchange/validator.h"

/* Which use the browser says it makes of the response (Sec-Fetch-Dest, or what stands for it in older browsers). */
enum cnil_destination {
    CNIL_DESTINATION_DOCUMENT, /* the page in a tab */
    CNIL_DESTINATION_NESTED,   /* iframe, frame, embed, object: a document too, but not the page */
    CNIL_DESTINATION_PREFETCH, /* whatever it says: it may become a page without being asked for again */
    CNIL_DESTINATION_FETCH,    /* "empty": fetch() and XMLHttpRequest */
    CNIL_DESTINATION_STYLE,    /* a style sheet */
    CNIL_DESTINATION_RESOURCE, /* image, script, font ... */
    CNIL_DESTINATION_LIKELY,   /* page or frame: not said, but the browser asks for HTML, or a service worker for it */
    CNIL_DESTINATION_UNKNOWN   /* not said */
};

struct cnil_exchange {
    const struct cnil_config *config;
    const struct cnil_policy *policy; /* of the place that was entered last; of the virtual host before */
    const struct cnil_key *key;       /* NULL without state */
    enum cnil_mode mode;
    const struct cnil_server *server;
    void *data;
    struct cnil_arena *arena;
    struct cnil_events *events;

    /* the request */
    struct cnil_request request; /* a copy in the arena */
    struct cnil_address address;
    enum cnil_destination destination;
    bool is_crawler; /* a known robot */
    bool is_worker;  /* … a resource that is the script of a worker */
    bool copied;     /* the request could be read; else nothing can be done for it */
    bool head;
    struct cnil_choice choice;  /* that counts, made of the two below (exchange/account.h) */
    struct cnil_choice device;  /* of the device's own cookie, or the browser's signal */
    struct cnil_choice account; /* of whoever is signed in; source DEVICE: nobody */
    enum { CNIL_ACCOUNT_UNTOLD, CNIL_ACCOUNT_SAME, CNIL_ACCOUNT_CHANGES, CNIL_ACCOUNT_ENDS } account_told;
    enum cnil_language language;            /* of our pages, and of the block in a page that asks for no other */
    bool once;                              /* a cookie that lets a service in once has come: see exchange/once.h */
    const struct cnil_policy *cookies_told; /* the policy for which the request's cookies stand in the events */
    struct cnil_validators validators;
    bool submitting; /* a POST to our own address waits for its body */
    bool answered;

    /* the response */
    unsigned status;
    bool leads_on; /* a redirect: nobody reads its text */
    bool decided;  /* cnil_exchange_body() has seen it */
    enum cnil_document document;
    const char *unread; /* why the document cannot be rewritten */
    enum cnil_body body;
    struct cnil_page page;
    struct cnil_url page_url;
    struct cnil_reading reading;
    struct cnil_security_policy wall; /* the second one, of what is read */
    bool wall_known;
    bool is_walled; /* an XML document that leaves behind the first-party-only policy, too */
    struct cnil_intake *intake;
    struct cnil_card_place cards;
    struct cnil_rewriter_options rewriter_options;
    bool stepped_back;              /* the block asks nothing: another manager does */
    bool is_visit;                  /* a page that is counted, as far as its headers say */
    struct cnil_rewriter *rewriter; /* NULL as long as nobody knows what the body is, and where it is no document */
    struct cnil_csp_element guard_script; /* what the site's own policy says of our scripts, as far as it was known
                                             when the body began */
    struct cnil_block_terms terms;        /* of the block, as far as the response's headers tell */

    /* the body */
    struct cnil_piece piece; /* what the rewriter is reading, or, in `raw`, what passes as it is */
    struct cnil_str held;    /* before it */
    bool raw;                /* a failure was let pass, or it is no document */
    bool has_begun;          /* what the body is, is known */

    size_t blocked_told;
    struct cnil_str blocked_word, choice_word;
};

/* Adds an event; any of the words may be empty. `verdict` may be NULL. */
void cnil_exchange_tell(struct cnil_exchange *exchange, enum cnil_event_kind kind, struct cnil_str element,
                        struct cnil_str subject, const struct cnil_verdict *verdict);

/* The same of an address, of which host and path are told. */
void cnil_exchange_tell_url(struct cnil_exchange *exchange, enum cnil_event_kind kind, struct cnil_str element,
                            const struct cnil_url *url, const struct cnil_verdict *verdict);

/* Forgets what was made of another choice than the one that counts now. */
void cnil_exchange_choice_changed(struct cnil_exchange *exchange);

/* Is what `verdict` is about held back from this visitor? */
bool cnil_exchange_holds(const struct cnil_exchange *exchange, const struct cnil_verdict *verdict);

#endif
