/* SPDX-License-Identifier: Apache-2.0
 * Reads what is said of a service, in a policy when it is loaded, in the catalogue when the build compiles it
 * (scripts/compile-catalogue.c). Its header has Jansson's types through the reader. */
#ifndef CNIL_POLICY_SERVICE_READER_H
#define CNIL_POLICY_SERVICE_READER_H

#include "policy/policy.h"
#include "policy/reader.h"

/* Reads one purpose id or, an array, several; false when a mistake was told. */
bool cnil_service_reader_purposes(struct cnil_reader *reader, const struct cnil_node *node,
                                  const struct cnil_policy *policy, cnil_purposes *out);

/* Reads the `paths` of a cookie. */
void cnil_service_reader_paths(struct cnil_reader *reader, const struct cnil_node *node,
                               struct cnil_cookie_facts *facts);

/* Reads what policy and catalogue write in the same way: over what `service` has, lists behind those it has. The
 * purposes of `policy` must be there. */
void cnil_service_reader_facts(struct cnil_reader *reader, const struct cnil_node *node, bool declared,
                               const struct cnil_policy *policy, struct cnil_service *service);

/* Indexes the containers of `services`, into the arena. A class that is named twice is told at `node`. */
void cnil_service_reader_containers(struct cnil_reader *reader, const struct cnil_node *node,
                                    const struct cnil_service *services, size_t count,
                                    struct cnil_container_index *index);

/* Tells what a service that stands for itself lacks. */
void cnil_service_reader_need(struct cnil_reader *reader, const struct cnil_node *node,
                              const struct cnil_service *service);

bool cnil_service_reader_id_is_good(struct cnil_str id);

/* NULL: none has this id. */
struct cnil_service *cnil_service_reader_find(struct cnil_service *services, size_t count, struct cnil_str id);

#endif
