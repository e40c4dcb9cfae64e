/* SPDX-License-Identifier: Apache-2.0
 * Tag and attribute names as integers, so that they are compared in one instruction and used in a `switch`.
 *
 * Five bits a code, the last one lowest: 1 to 26 are the letters, 27 is '-', 28 is ':', 29 announces a digit (1 to 10
 * for '0' to '9'); twelve codes at most. A name that does not fit is CNIL_HTML_OTHER and is compared as text. */
#ifndef CNIL_WEB_HTML_NAMES_H
#define CNIL_WEB_HTML_NAMES_H

#include "base/str.h"

#include <stdint.h>

typedef uint64_t cnil_html_name;

#define CNIL_HTML_OTHER ((cnil_html_name)0)

/* The name as an integer, ASCII case folded; CNIL_HTML_OTHER when it does not fit. */
cnil_html_name cnil_html_name_of(struct cnil_str name);

/* 0 to 255, for tables; good for constants. */
#define CNIL_HTML_NAME_HASH(name) ((uint64_t)(name)*0x9e3779b97f4a7c15u >> 56)

/* One code for each byte; 0 for what ends a name or does not fit, 32 + digit for a digit. */
extern const unsigned char cnil_html_name_codes[256];

/* The constants: CNIL_TAG_SCRIPT, CNIL_ATTR_XLINK_HREF and so on for every row of html_names.def. */
enum {
    CNIL_HTML_CODE_a = 1,
    CNIL_HTML_CODE_b,
    CNIL_HTML_CODE_c,
    CNIL_HTML_CODE_d,
    CNIL_HTML_CODE_e,
    CNIL_HTML_CODE_f,
    CNIL_HTML_CODE_g,
    CNIL_HTML_CODE_h,
    CNIL_HTML_CODE_i,
    CNIL_HTML_CODE_j,
    CNIL_HTML_CODE_k,
    CNIL_HTML_CODE_l,
    CNIL_HTML_CODE_m,
    CNIL_HTML_CODE_n,
    CNIL_HTML_CODE_o,
    CNIL_HTML_CODE_p,
    CNIL_HTML_CODE_q,
    CNIL_HTML_CODE_r,
    CNIL_HTML_CODE_s,
    CNIL_HTML_CODE_t,
    CNIL_HTML_CODE_u,
    CNIL_HTML_CODE_v,
    CNIL_HTML_CODE_w,
    CNIL_HTML_CODE_x,
    CNIL_HTML_CODE_y,
    CNIL_HTML_CODE_z,
    CNIL_HTML_CODE_dash,
    CNIL_HTML_CODE_colon,
    CNIL_HTML_CODE_digit,
    CNIL_HTML_CODE_0 = 1,
    CNIL_HTML_CODE_1,
    CNIL_HTML_CODE_2,
    CNIL_HTML_CODE_3,
    CNIL_HTML_CODE_4,
    CNIL_HTML_CODE_5,
    CNIL_HTML_CODE_6,
    CNIL_HTML_CODE_7,
    CNIL_HTML_CODE_8,
    CNIL_HTML_CODE_9,
    CNIL_HTML_CODE_none = 0 /* fills a list up to twelve */
};

#define CNIL_HTML_PUSH(name, code)     ((name) * (CNIL_HTML_CODE_##code ? 32u : 1u) + CNIL_HTML_CODE_##code)
#define CNIL_HTML_PUSH3(name, a, b, c) CNIL_HTML_PUSH(CNIL_HTML_PUSH(CNIL_HTML_PUSH(name, a), b), c)
#define CNIL_HTML_NAME12(a, b, c, d, e, f, g, h, i, j, k, l, ...)                                                      \
    CNIL_HTML_PUSH3(CNIL_HTML_PUSH3(CNIL_HTML_PUSH3(CNIL_HTML_PUSH3((uint64_t)0, a, b, c), d, e, f), g, h, i), j, k, l)
#define CNIL_HTML_NAME(...)                                                                                            \
    CNIL_HTML_NAME12(__VA_ARGS__, none, none, none, none, none, none, none, none, none, none, none, none)

enum {
#define TAG(symbol, name, bytes)  CNIL_TAG_##symbol = CNIL_HTML_NAME bytes,
#define ATTR(symbol, name, bytes) CNIL_ATTR_##symbol = CNIL_HTML_NAME bytes,
#include "web/html_names.def"
#undef TAG
#undef ATTR
};

#endif
