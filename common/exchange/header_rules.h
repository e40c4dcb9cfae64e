/* SPDX-License-Identifier: Apache-2.0
 * What becomes of the response's fields that make a browser fetch, connect or report (header_rules.def). Cookies have
 * their own file. Rules C1, C2, W5. */
#ifndef CNIL_EXCHANGE_HEADER_RULES_H
#define CNIL_EXCHANGE_HEADER_RULES_H

#include "exchange/edits.h"
#include "exchange/exchange.h"

/* Adds the edits of every field that has a rule, and the events. `is_shown`: a document may be made of the response; it
 * gets the Permissions-Policy that switches off what is for advertising alone. `is_shared`: its caching is the site's,
 * so its fields are as for somebody who has granted nothing; but for redirects and what registers something, which
 * pages need once they may: true says that these depend on the choice, held back or not. */
bool cnil_header_rules_edit(struct cnil_exchange *exchange, const struct cnil_response *response, bool is_shown,
                            bool is_shared, struct cnil_editor *editor);

/* Is this a redirect whose text no browser shows? */
bool cnil_header_rules_lead_on(const struct cnil_response *response);

#endif
