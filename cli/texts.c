/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "output.h"

#include "policy/texts.h"

static void print_languages(void)
{
    for (int i = 0; i < CNIL_LANGUAGES; i++)
        printf("%s\t%s\n", cnil_language_tag((enum cnil_language)i).ptr, cnil_language_name((enum cnil_language)i).ptr);
}

/* In the form in which a policy would have them. */
static void print_texts(enum cnil_language language)
{
    printf("{\n  \"texts\": {\n    \"%s\": {", cnil_language_tag(language).ptr);
    for (int i = 0; i < CNIL_TEXTS; i++) {
        char name[CNIL_TEXT_NAME_SIZE];

        cnil_text_name((enum cnil_text)i, name);
        printf("%s\n      \"%s\": ", i > 0 ? "," : "", name);
        output_json(stdout, cnil_text((enum cnil_text)i, language));
    }
    printf("\n    }\n  }\n}\n");
}

int command_texts(const struct command *self, int argc, char **argv)
{
    enum cnil_language language;

    if (argc == 1) {
        print_languages();
        return COMMAND_OK;
    }
    if (argc != 2 || !cnil_language_find(cnil_str_from(argv[1]), &language))
        return command_usage(self);
    print_texts(language);
    return COMMAND_OK;
}
