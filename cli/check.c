/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "output.h"

#include "policy/policy.h"

static bool check(const char *path)
{
    struct cnil_errors errors;
    struct cnil_policy *policy;

    cnil_errors_init(&errors);
    policy = cnil_policy_load(path, &errors);
    if (policy != NULL) {
        if (cnil_errors_any(&errors)) /* warnings */
            output_mistakes(stdout, path, &errors);
        output_text(stdout, cnil_str_from(path));
        puts(": ok");
    } else {
        output_mistakes(stdout, path, &errors);
    }
    cnil_errors_free(&errors);
    cnil_policy_free(policy);
    return policy != NULL;
}

int command_check(const struct command *self, int argc, char **argv)
{
    int result = COMMAND_OK;

    if (argc < 2 || (argv[1][0] == '-' && argv[1][1] == '-'))
        return command_usage(self);
    for (int i = 1; i < argc; i++)
        if (!check(argv[i]))
            result = COMMAND_MISTAKES;
    return result;
}
