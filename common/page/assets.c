/* SPDX-License-Identifier: Apache-2.0 */
#include "page/block.h"

#include "asset_names.h" /* made by scripts/asset-names */

extern const char cnil_assets_bar_css[], cnil_assets_page_css[], cnil_assets_guard_js[]; /* page/assets_data.S */

static const struct cnil_asset assets[] = {
    [CNIL_ASSET_BAR] = { CNIL_STR_INIT(NAME_BAR_CSS),
                         CNIL_STR_INIT("text/css; charset=utf-8"),
                         { cnil_assets_bar_css, SIZE_BAR_CSS } },
    [CNIL_ASSET_PAGE] = { CNIL_STR_INIT(NAME_PAGE_CSS),
                          CNIL_STR_INIT("text/css; charset=utf-8"),
                          { cnil_assets_page_css, SIZE_PAGE_CSS } },
    [CNIL_ASSET_GUARD] = { CNIL_STR_INIT(NAME_GUARD_JS),
                           CNIL_STR_INIT("text/javascript; charset=utf-8"),
                           { cnil_assets_guard_js, SIZE_GUARD_JS } },
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
