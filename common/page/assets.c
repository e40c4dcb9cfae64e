/* SPDX-License-Identifier: Apache-2.0 */
#include "page/block.h"

#include "asset_names.h" /* made by scripts/asset-names */

/* page/assets_data.S */
extern const char cnil_assets_bar_css[], cnil_assets_page_css[], cnil_assets_card_css[], cnil_assets_guard_js[],
    cnil_assets_bar_js[], cnil_assets_vendor_js[], cnil_assets_activate_js[], cnil_assets_lists_js[],
    cnil_assets_table_js[];
extern const char cnil_assets_bar_css_gz[], cnil_assets_page_css_gz[], cnil_assets_card_css_gz[],
    cnil_assets_guard_js_gz[], cnil_assets_bar_js_gz[], cnil_assets_vendor_js_gz[], cnil_assets_activate_js_gz[];

static const struct cnil_asset assets[] = {
    [CNIL_ASSET_BAR] = { CNIL_STR_INIT(NAME_BAR_CSS),
                         CNIL_STR_INIT("text/css; charset=utf-8"),
                         { cnil_assets_bar_css, SIZE_BAR_CSS },
                         { cnil_assets_bar_css_gz, SIZE_BAR_CSS_GZ } },
    [CNIL_ASSET_PAGE] = { CNIL_STR_INIT(NAME_PAGE_CSS),
                          CNIL_STR_INIT("text/css; charset=utf-8"),
                          { cnil_assets_page_css, SIZE_PAGE_CSS },
                          { cnil_assets_page_css_gz, SIZE_PAGE_CSS_GZ } },
    [CNIL_ASSET_CARD] = { CNIL_STR_INIT(NAME_CARD_CSS),
                          CNIL_STR_INIT("text/css; charset=utf-8"),
                          { cnil_assets_card_css, SIZE_CARD_CSS },
                          { cnil_assets_card_css_gz, SIZE_CARD_CSS_GZ } },
    [CNIL_ASSET_GUARD] = { CNIL_STR_INIT(NAME_GUARD_JS),
                           CNIL_STR_INIT("text/javascript; charset=utf-8"),
                           { cnil_assets_guard_js, SIZE_GUARD_JS },
                           { cnil_assets_guard_js_gz, SIZE_GUARD_JS_GZ } },
    [CNIL_ASSET_SCRIPT] = { CNIL_STR_INIT(NAME_BAR_JS),
                            CNIL_STR_INIT("text/javascript; charset=utf-8"),
                            { cnil_assets_bar_js, SIZE_BAR_JS },
                            { cnil_assets_bar_js_gz, SIZE_BAR_JS_GZ } },
    [CNIL_ASSET_VENDOR] = { CNIL_STR_INIT(NAME_VENDOR_JS),
                            CNIL_STR_INIT("text/javascript; charset=utf-8"),
                            { cnil_assets_vendor_js, SIZE_VENDOR_JS },
                            { cnil_assets_vendor_js_gz, SIZE_VENDOR_JS_GZ } },
    [CNIL_ASSET_ACTIVATE] = { CNIL_STR_INIT(NAME_ACTIVATE_JS),
                              CNIL_STR_INIT("text/javascript; charset=utf-8"),
                              { cnil_assets_activate_js, SIZE_ACTIVATE_JS },
                              { cnil_assets_activate_js_gz, SIZE_ACTIVATE_JS_GZ } },
};

struct cnil_str cnil_asset_name(enum cnil_asset_id id)
{
    return assets[id].name;
}

const struct cnil_asset *cnil_asset_find(struct cnil_str name)
{
    for (size_t i = 0; i < sizeof(assets) / sizeof(assets[0]); i++)
        if (cnil_str_equal(name, assets[i].name))
            return &assets[i];
    return NULL;
}

struct cnil_str cnil_asset_lists(void)
{
    return (struct cnil_str){ cnil_assets_lists_js, SIZE_LISTS_JS };
}

struct cnil_str cnil_asset_table(void)
{
    return (struct cnil_str){ cnil_assets_table_js, SIZE_TABLE_JS };
}

uint64_t cnil_asset_table_code(void)
{
    return TABLE_CODE;
}
