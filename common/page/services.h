/* SPDX-License-Identifier: Apache-2.0
 * The list of purposes and of the services that wait for them: who, where, which cookies, for how long. */
#ifndef CNIL_PAGE_SERVICES_H
#define CNIL_PAGE_SERVICES_H

#include "page/writer.h"

/* How many known third parties outside the catalogue wait for consent, at most. */
size_t cnil_services_known(const struct cnil_policy *policy);

/* Appends it. With a `choice`, each purpose and each service gets a box to tick (form fields "purpose" and "service"),
 * ticked where it is granted: nothing is before a choice (rule C4). Without (NULL) it is there to be read. Rules C7,
 * C8, C10. */
void cnil_services_write(struct cnil_writer *writer, const struct cnil_choice *choice);

/* Appends what needs no consent, apart: each cookie and each service with its ground, who answers for it, how long it
 * lives (rule C22). */
void cnil_services_write_exempt(struct cnil_writer *writer);

#endif
