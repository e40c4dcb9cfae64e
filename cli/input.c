/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <errno.h>
#include <stdlib.h>

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
