/* SPDX-License-Identifier: Apache-2.0
 * The same tests where the machine cannot search sixteen bytes at a time. */
#define CNIL_SCAN_PORTABLE 1
#include "../../../common/web/css.c"

#include "test_css.c"
