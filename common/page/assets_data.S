/* SPDX-License-Identifier: Apache-2.0
 * Style sheets and scripts into the binary, as they are and compressed. */
        .macro  asset symbol, path
        .global \symbol, \symbol\()_end
        .hidden \symbol, \symbol\()_end
\symbol: .incbin "\path"
\symbol\()_end: .byte 0
        .endm

        .section .rodata
        asset cnil_assets_bar_css, "bar.css"
        asset cnil_assets_page_css, "page.css"
        asset cnil_assets_card_css, "card.css"
        asset cnil_assets_guard_js, "guard.js"
        asset cnil_assets_bar_js, "bar.js"
        asset cnil_assets_lists_js, "lists.js"
        asset cnil_assets_table_js, "table.js"
        asset cnil_assets_vendor_js, "vendor.js"
        asset cnil_assets_activate_js, "activate.js"
        asset cnil_assets_bar_css_gz, "bar.css.gz"
        asset cnil_assets_page_css_gz, "page.css.gz"
        asset cnil_assets_card_css_gz, "card.css.gz"
        asset cnil_assets_guard_js_gz, "guard.js.gz"
        asset cnil_assets_bar_js_gz, "bar.js.gz"
        asset cnil_assets_vendor_js_gz, "vendor.js.gz"
        asset cnil_assets_activate_js_gz, "activate.js.gz"
        .section .note.GNU-stack, "", %progbits
