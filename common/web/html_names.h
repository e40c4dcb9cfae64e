/* SPDX-License-Identifier: Apache-2.0
 * Tag and attribute names as integers, so that they are compared in one instruction.
 *
 * Five bits a byte: 1 to 26 are the letters, 27 is '-', 28 is ':', 29 to 31 are '1' to '3'; 12 bytes at most. A name
 * that does not fit is CNIL_HTML_OTHER and is compared as text. */
#ifndef CNIL_WEB_HTML_NAMES_H
#define CNIL_WEB_HTML_NAMES_H

#include "base/str.h"

#include <stdint.h>

typedef uint64_t cnil_html_name;

#define CNIL_HTML_OTHER ((cnil_html_name)0)

/* The name as an integer, ASCII case folded; CNIL_HTML_OTHER when it does not fit. */
cnil_html_name cnil_html_name_of(struct cnil_str name);

#endif
