/* SPDX-License-Identifier: Apache-2.0
 * The known domains in the binary: the Makefile joins their tables into one file. */
        .section .rodata
        .global cnil_known_domains, cnil_known_domains_end
        .hidden cnil_known_domains, cnil_known_domains_end
cnil_known_domains:
        .incbin "known_domains.txt"
cnil_known_domains_end:
        .byte 0
        .section .note.GNU-stack, "", %progbits
