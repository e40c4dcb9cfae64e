/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* getopt_long */
#include "input.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

enum { NAMES = 256 }; /* what getopt gives for an option's name, past all letters */

bool input_is_day(struct cnil_str text)
{
    static const char shape[] = "0000-00-00";

    for (size_t i = 0; i < INPUT_DAY_LEN && i < text.len; i++)
        if (shape[i] == '0' ? !cnil_is_digit(text.ptr[i]) : text.ptr[i] != shape[i])
            return false;
    return text.len == INPUT_DAY_LEN;
}

bool input_number(const char *text, size_t most, size_t *number)
{
    char *end;

    errno = 0;
    *number = strtoul(text, &end, 10);
    return errno == 0 && text[0] >= '1' && text[0] <= '9' && *end == '\0' && *number <= most;
}

static bool take(const struct input_option *option, const char *value)
{
    if (option->flag != NULL)
        *option->flag = true;
    else if (option->text != NULL)
        *option->text = value;
    else if (option->number != NULL)
        return input_number(value, option->most, option->number);
    else
        return input_is_day(cnil_str_from(*option->day = value));
    return true;
}

bool input_options(int argc, char **argv, const struct input_option *options, size_t count)
{
    struct option known[INPUT_OPTIONS + 1] = { { 0 } };
    char letters[2 * INPUT_OPTIONS + 1] = "";
    int got;

    for (size_t i = 0; i < count; i++) {
        known[i].name = options[i].name;
        known[i].has_arg = options[i].flag == NULL ? required_argument : no_argument;
        known[i].val = NAMES + (int)i;
        if (options[i].letter != '\0') /* of an option that has a value */
            strncat(letters, (char[]){ options[i].letter, ':' }, 2);
    }
    while ((got = getopt_long(argc, argv, letters, known, NULL)) != -1) {
        size_t i = 0;

        while (i < count && got != NAMES + (int)i && got != options[i].letter)
            i++;
        if (i == count || !take(&options[i], optarg))
            return false;
    }
    return true;
}
