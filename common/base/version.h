/* SPDX-License-Identifier: Apache-2.0
 * The version of core, connectors and command: they are built and released as one. */
#ifndef CNIL_BASE_VERSION_H
#define CNIL_BASE_VERSION_H

#define CNIL_VERSION "0.1.0"

#endif
