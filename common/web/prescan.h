/* SPDX-License-Identifier: Apache-2.0
 * The charset that the beginning of a document declares, for when its headers name none (HTML standard, 13.2.3.2). */
#ifndef CNIL_WEB_PRESCAN_H
#define CNIL_WEB_PRESCAN_H

#include "web/header.h"

enum { CNIL_PRESCAN_BYTES = 1024 }; /* what browsers look at before they begin */

/* Looks for a <meta> or an XML declaration in the first bytes of a document, byte order marks apart. `whole`: there are
 * no more of them, or none that count. False: more are needed. What is found does not depend on how often it was asked
 * with fewer bytes. The search ends early where body begins. CNIL_CHARSET_UNKNOWN: nothing is declared;
 * else `label` is what declares it, a view of `bytes` (empty for UTF-16 that nobody declares). */
bool cnil_prescan_html(struct cnil_str bytes, bool whole, enum cnil_charset *charset, struct cnil_str *label);

/* The same for a style sheet, where an "@charset" that is its first bytes counts (CSS Syntax 3, 3.2). */
bool cnil_prescan_css(struct cnil_str bytes, bool whole, struct cnil_str *label);

/* The same for an XML document, where the XML declaration alone counts. */
bool cnil_prescan_xml(struct cnil_str bytes, bool whole, enum cnil_charset *charset);

#endif
