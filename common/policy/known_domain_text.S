/* SPDX-License-Identifier: Apache-2.0
 * The known domains in the binary: the Makefile joins their tables into one file. */
        .section .rodata
        .global cnil_known_domains, cnil_known_domain_starts, cnil_known_entities
        .hidden cnil_known_domains, cnil_known_domain_starts, cnil_known_entities
#include "known_domains.s"
        .section .note.GNU-stack, "", %progbits
