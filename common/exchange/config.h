/* SPDX-License-Identifier: Apache-2.0
 * What an exchange needs of the configuration beyond cnil.h. */
#ifndef CNIL_EXCHANGE_CONFIG_H
#define CNIL_EXCHANGE_CONFIG_H

#include "cnil.h"
#include "audit/chain.h"
#include "audit/statistics.h"
#include "consent/choice.h"

/* The key of choices made under `policy`; NULL when no state was opened. */
const struct cnil_key *cnil_config_key(const struct cnil_config *config, const struct cnil_policy *policy);

/* The index of the policy's log, as in cnil_config_log(). */
size_t cnil_config_log_index(const struct cnil_config *config, const struct cnil_policy *policy);

/* The writer of the policy's log of choices, the log's index, and the name under which the policy was archived. NULL:
 * no such log was opened. */
struct cnil_chain *cnil_config_chain(const struct cnil_config *config, const struct cnil_policy *policy, size_t *log,
                                     const struct cnil_digest **archived);

/* The table that counts under the policy, and the policy's place in it. NULL: it keeps no statistics, or none were
 * opened. */
struct cnil_statistics *cnil_config_statistics(const struct cnil_config *config, const struct cnil_policy *policy,
                                               size_t *site);

/* Writes the days that are over of all policies, when they are due; `server` and `data` as in an exchange. */
void cnil_config_write_statistics(const struct cnil_config *config, const struct cnil_server *server, void *data);

#endif
