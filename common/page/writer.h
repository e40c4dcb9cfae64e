/* SPDX-License-Identifier: Apache-2.0
 * What our block and our pages are written with: literal HTML, escaped text, texts in the visitor's language, and
 * the one form that takes a choice. Failure is sticky in the buffer. */
#ifndef CNIL_PAGE_WRITER_H
#define CNIL_PAGE_WRITER_H

#include "page/block.h"

struct cnil_writer {
    const struct cnil_policy *policy;
    struct cnil_buffer *out;
    const struct cnil_url *page; /* of the site, that the block goes into; NULL: a page of ours */
    const char *control;         /* what the log of choices calls the forms that are written; NULL: it can tell */
    enum cnil_language language;
};

void cnil_writer_html(struct cnil_writer *writer, const char *html); /* as it is */
void cnil_writer_escape(struct cnil_writer *writer, struct cnil_str text);
void cnil_writer_name(struct cnil_writer *writer,
                      struct cnil_str name); /* where words run to the left, its last period stays at its end */
void cnil_writer_text(struct cnil_writer *writer, enum cnil_text text);
void cnil_writer_text_with(struct cnil_writer *writer, enum cnil_text text,
                           struct cnil_str value); /* for its "{}", if any */
/* The form of a counted text that the number takes, and the number for its "{}". */
void cnil_writer_text_with_number(struct cnil_writer *writer, enum cnil_text text, size_t number);
void cnil_writer_text_with_count(struct cnil_writer *writer, enum cnil_text text, enum cnil_text counted,
                                 size_t number); /* `counted` with the number for the "{}" of `text`: "182 jours" */
void cnil_writer_date(struct cnil_writer *writer, enum cnil_text text,
                      int64_t seconds); /* the day, in UTC, for its "{}": "24 novembre 2026" */
void cnil_writer_day(struct cnil_writer *writer, int64_t seconds); /* the day alone */
void cnil_writer_lifetime(struct cnil_writer *writer,
                          struct cnil_str lifetime);                        /* "13 months" as the catalogue has it */
void cnil_writer_country(struct cnil_writer *writer, struct cnil_str code); /* its name; the code when there is none */
void cnil_writer_language(struct cnil_writer *writer);                      /* lang="fr" dir="ltr" */
void cnil_writer_element(struct cnil_writer *writer, const char *name, enum cnil_text text); /* <name>text</name> */

/* A purpose's words in the visitor's language, or in another where it has none in that. */
struct cnil_str cnil_writer_title(const struct cnil_writer *writer, const struct cnil_purpose *purpose);
struct cnil_str cnil_writer_description(const struct cnil_writer *writer, const struct cnil_purpose *purpose);

/* The titles of `purposes`, as a list; `in_sentence`: behind words of ours. */
void cnil_writer_titles(struct cnil_writer *writer, cnil_purposes purposes, bool in_sentence);

/* What is granted: titles of purposes, and names of services by themselves, as a list. */
void cnil_writer_granted(struct cnil_writer *writer, const struct cnil_choice *choice, bool in_sentence);

/* "services tiers (parmi 1700 tiers connus)", "un service tiers": all that consent is asked for, the known third
 * parties outside the catalogue, too. */
void cnil_writer_service_count(struct cnil_writer *writer);

/* What was chosen, in words, as a paragraph. */
void cnil_writer_state(struct cnil_writer *writer, const struct cnil_choice *choice);

/* How far it reaches while somebody is signed in, and whose it is (rule C33). */
void cnil_writer_account(struct cnil_writer *writer, const struct cnil_choice *choice);

/* The hidden field that says for which list of purposes and third parties a form asks. */
void cnil_writer_list(struct cnil_writer *writer);

void cnil_writer_hidden(struct cnil_writer *writer, const char *name, struct cnil_str value); /* a field of a form */

/* The opening tag and hidden fields of a form that posts to PREFIXchoice; the caller closes it. */
void cnil_writer_open_form(struct cnil_writer *writer, struct cnil_str target);

/* The only place that writes a button: all have the same element, class and attributes but their value (rule C5). */
void cnil_writer_button(struct cnil_writer *writer, struct cnil_str value, enum cnil_text label);

/* Who asks, how many third parties there are at most, and what for (rule C8). */
void cnil_writer_ask(struct cnil_writer *writer);

/* The whole form with the answers that are left. Accepting is never offered without refusing or withdrawing beside it.
 */
void cnil_writer_form(struct cnil_writer *writer, const struct cnil_choice *choice, struct cnil_str target);

/* A choice purpose by purpose: boxes and a button, in a form of its own, so that the Enter key on a box saves. */
void cnil_writer_custom(struct cnil_writer *writer, const struct cnil_choice *choice, struct cnil_str target);

/* The link to the page where services are chosen one by one; saving there leads back to `target`. */
void cnil_writer_panel_link(struct cnil_writer *writer, struct cnil_str target);

/* Escapes `address`; a path gets the origin of the page before it. */
void cnil_writer_address(struct cnil_writer *writer, struct cnil_str address);

void cnil_writer_link(struct cnil_writer *writer, struct cnil_str address, enum cnil_text label);

/* Links to the pages that the policy names, and with `own` before them to the third parties on ours. */
void cnil_writer_links(struct cnil_writer *writer, bool own);

/* Links a style sheet of ours, and behind it the policy's theme, which sets its variables. */
void cnil_writer_style_sheets(struct cnil_writer *writer, enum cnil_asset_id id);

#endif
