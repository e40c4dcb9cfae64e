/* SPDX-License-Identifier: Apache-2.0
 * Writes down what a visitor chose, and keeps what the visitor saw (rules C16, C17). */
#ifndef CNIL_EXCHANGE_WITNESS_H
#define CNIL_EXCHANGE_WITNESS_H

#include "base/digest.h"
#include "exchange/exchange.h"

/* The name of what is archived of a policy: its text, and digest of all that is decided by. */
CNIL_MUST_USE enum cnil_status cnil_witness_name_policy(const struct cnil_policy *policy, struct cnil_digest *name);

/* Archives the policy, the block of each plain state of the choice in each language that may be asked for, in and
 * beside the domain that choices count for, and the style sheet of the block. */
CNIL_MUST_USE enum cnil_status cnil_witness_archive(const struct cnil_policy *policy, const char *directory,
                                                    struct cnil_errors *errors);

/* The block that stood, in that language, in the pages of a visitor of that choice, without what differs from page to
 * page, and its name; `in_domain`: of hosts in the domain that choices count for. */
CNIL_MUST_USE enum cnil_status cnil_witness_block(const struct cnil_policy *policy, enum cnil_language language,
                                                  bool in_domain, const struct cnil_choice *choice,
                                                  struct cnil_buffer *block, struct cnil_digest *name);

/* What the form said of where it stood. */
struct cnil_witness_form {
    struct cnil_str control; /* the field of that name */
    struct cnil_str target;  /* path to go back to */
    struct cnil_str anchor;  /* id in that page; may be empty */
    bool confirmed;          /* it is that of the confirmation page */
    bool is_told;            /* there is none: the site has told an account's choice */
};

/* Writes down that exchange->choice became what it is; it was `before`. `*receipt` is the number for the visitor, empty
 * where the policy asks for none. False: the choice must not be made, because it cannot be written down; that is never
 * said of a refusal, nor of a choice that grants nothing new. */
bool cnil_witness_choice(struct cnil_exchange *exchange, const struct cnil_choice *before,
                         const struct cnil_witness_form *form, struct cnil_str *receipt);

#endif
