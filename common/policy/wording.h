/* SPDX-License-Identifier: Apache-2.0
 * What a policy says in words of its own: titles and descriptions of purposes, texts in the place of ours. */
#ifndef CNIL_POLICY_WORDING_H
#define CNIL_POLICY_WORDING_H

#include "policy/policy.h"
#include "policy/reader.h"

/* Reads "texts": { "fr": { "ask": "..." } }. */
void cnil_wording_texts(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy);

/* Reads a member that is one text, in the language of the site, or an object with a text a language. */
void cnil_wording_read(struct cnil_reader *reader, const struct cnil_node *parent, const char *key,
                       const struct cnil_policy *policy, struct cnil_wording *wording);

/* Texts that accept and refuse, in pairs: a policy words both or none, and they must be fair. */
#define CNIL_WORDING_ANSWERS                                                                                           \
    { CNIL_TEXT_ACCEPT, CNIL_TEXT_REFUSE },                                                                            \
    {                                                                                                                  \
        CNIL_TEXT_CONFIRM_ACCEPT, CNIL_TEXT_CONFIRM_REFUSE                                                             \
    }

#endif
