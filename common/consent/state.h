/* SPDX-License-Identifier: Apache-2.0
 * What was chosen, for the site's own code: a JSON object. */
#ifndef CNIL_CONSENT_STATE_H
#define CNIL_CONSENT_STATE_H

#include "consent/choice.h"

/* Appends {"state":"granted","signal":false,"purposes":["audience"],"services":["youtube"],"time":1764000000,
 * "list":"9f2c01ab"} and a line end: "none", "refused" or "granted"; refused by a signal of the browser; purposes that
 * are granted, and services granted by themselves; when (seconds since 1970, null where nothing was chosen); which list
 * of purposes and services was asked about. Where the policy has exempt audience measurement, "opposed" before "list":
 * is it opposed? Where it names an account's field, "account": is what is chosen now the account's? */
void cnil_state_write(const struct cnil_choice *choice, const struct cnil_policy *policy, struct cnil_buffer *out);

#endif
