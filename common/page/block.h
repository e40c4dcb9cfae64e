/* SPDX-License-Identifier: Apache-2.0
 * What we put into pages and the pages we serve: banner, choice control, privacy link, own pages. */
#ifndef CNIL_PAGE_BLOCK_H
#define CNIL_PAGE_BLOCK_H

#include "base/buffer.h"
#include "consent/choice.h"
#include "policy/policy.h"
#include "web/url.h"

/* How the block is to be in a page. */
struct cnil_block_terms {
    enum cnil_language language;
    bool in_domain;              /* a choice made here counts for consent.domain, as far as there is one (rule C34) */
    bool steps_back;             /* somebody else asks in it: the control alone, also where there is no choice yet */
    bool style_in_page;          /* where it waits for no file */
    struct cnil_str style_nonce; /* what the site's own policy wants of such a style; may be empty */
};

/* Appends the one block that stands right after the start of body: the banner while there is no choice, else the small
 * control that changes it; the privacy link in both. `page`: where the document is, so that our addresses lead there
 * whatever its <base> says; NULL, where nobody knows: they are paths. `target`: path and query of the page, for the way
 * back (the caller made sure that it begins with one "/"); escaped here. Plain HTML that is well-formed XML, too: one
 * form, no script. Rules C4, C5, C8, C12. */
void cnil_block_write(const struct cnil_policy *policy, const struct cnil_block_terms *terms,
                      const struct cnil_choice *choice, const struct cnil_url *page, struct cnil_str target,
                      struct cnil_buffer *out);

/* The tag that goes behind it: the script that opens the panel in place and tells the site's own code of the
 * choice. Nothing where the policy wants none. `nonce`: of the site's own policy; may be empty. */
void cnil_block_write_script(const struct cnil_policy *policy, enum cnil_language language,
                             const struct cnil_choice *choice, const struct cnil_url *page, struct cnil_str nonce,
                             struct cnil_buffer *out);

/* Appends a whole page of ours. */
void cnil_block_privacy_page(const struct cnil_policy *policy, enum cnil_language language,
                             const struct cnil_choice *choice,
                             struct cnil_buffer *out); /* what accepting would release, controllers, rights */
/* Purpose by purpose and service by service, with what was chosen ticked. `target`: where saving leads back to. */
void cnil_block_panel_page(const struct cnil_policy *policy, enum cnil_language language,
                           const struct cnil_choice *choice, struct cnil_str target, struct cnil_buffer *out);
/* The visitor's own choice, to print or keep: when, what for, which services, of which list, and how to change it. */
void cnil_block_own_choice_page(const struct cnil_policy *policy, enum cnil_language language,
                                const struct cnil_choice *choice, struct cnil_buffer *out);

/* What a page asks to confirm. */
struct cnil_block_question {
    struct cnil_str word;            /* of a choice, as cnil_choice_from_word() reads it */
    const struct cnil_service *once; /* … or this service is to be let in, once; NULL: the word counts */
    struct cnil_str target, token;   /* the way back; what goes into a hidden field named "token" */
    bool is_proven;                  /* it came from a page of the site, which asked for another list */
    struct cnil_str anchor;          /* of the way back; may be empty */
};
/* A choice that came without proof of origin, or from a page that asked for something else: shows what is asked for
 * now, and asks to confirm. */
void cnil_block_confirm_page(const struct cnil_policy *policy, enum cnil_language language,
                             const struct cnil_block_question *question, struct cnil_buffer *out);
/* A choice was made and has a number. */
void cnil_block_receipt_page(const struct cnil_policy *policy, enum cnil_language language, struct cnil_str target,
                             struct cnil_str receipt, struct cnil_buffer *out);
void cnil_block_error_page(const struct cnil_policy *policy, enum cnil_language language, unsigned status,
                           struct cnil_buffer *out);

/* A static file of ours: its name below the prefix carries a hash of its content. */
struct cnil_asset {
    struct cnil_str name; /* "bar-1a2b3c4d.css" */
    struct cnil_str type; /* Content-Type */
    struct cnil_str content;
    struct cnil_str zipped; /* the same in gzip; may be empty */
};
enum cnil_asset_id {
    CNIL_ASSET_BAR,
    CNIL_ASSET_PAGE,
    CNIL_ASSET_CARD,
    CNIL_ASSET_GUARD,
    CNIL_ASSET_SCRIPT,
    CNIL_ASSET_VENDOR,
    CNIL_ASSET_ACTIVATE
};
struct cnil_str cnil_asset_name(enum cnil_asset_id id);
const struct cnil_asset *cnil_asset_find(struct cnil_str name); /* NULL: there is none */

/* The script that asks filter lists and patterns: a part of the guard's table, no file of its own. */
struct cnil_str cnil_asset_lists(void);

/* The script that stands behind every such table. */
struct cnil_str cnil_asset_table(void);

/* A digest, made at the build, of all code that a table is made by and read by. */
uint64_t cnil_asset_table_code(void);

#endif
