/* SPDX-License-Identifier: Apache-2.0
 * The catalogue in the binary: the Makefile joins conf/catalogue/ into one file and names it. */
        .section .rodata
        .global cnil_catalogue_json, cnil_catalogue_json_end
        .hidden cnil_catalogue_json, cnil_catalogue_json_end
cnil_catalogue_json:
        .incbin "catalogue.json"
cnil_catalogue_json_end:
        .byte 0
        .section .note.GNU-stack, "", %progbits
