/* SPDX-License-Identifier: Apache-2.0
 * How the banner and our pages look: a few colours, measured when the policy is loaded (WCAG 2, 1.4.3). Accept and
 * refuse share them: there is nothing by which one could stand out (rule C5). */
#ifndef CNIL_POLICY_THEME_H
#define CNIL_POLICY_THEME_H

#include "policy/policy.h"
#include "policy/reader.h"

/* Reads banner.theme. */
void cnil_theme_read(struct cnil_reader *reader, const struct cnil_node *banner, struct cnil_theme *theme);

/* How much two colours (0xRRGGBB) differ, from 1 to 21. */
double cnil_theme_contrast(unsigned a, unsigned b);

#endif
