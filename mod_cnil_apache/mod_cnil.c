/* SPDX-License-Identifier: Apache-2.0
 * The module: its directives' table and its hooks. */
#include "mod_cnil.h"

static void register_hooks(apr_pool_t *pool)
{
    ap_hook_pre_config(mod_cnil_pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(mod_cnil_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    mod_cnil_request_hooks(pool);
    mod_cnil_response_hooks(pool);
    mod_cnil_interim_filters();
}

AP_DECLARE_MODULE(cnil) = {
    STANDARD20_MODULE_STUFF, mod_cnil_create_dir_conf, mod_cnil_merge_dir_conf, NULL, NULL,
    mod_cnil_commands,       register_hooks,
#if defined(AP_MODULE_FLAG_NONE)
    AP_MODULE_FLAG_NONE,
#endif
};
