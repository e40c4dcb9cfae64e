/* SPDX-License-Identifier: Apache-2.0 */
#include "question.h"

#include <jansson.h>
#include <string.h>

/* The code unit of "\uXXXX" at `at`, -1 when there is none. */
static int code_unit(struct cnil_str text, size_t at)
{
    int unit = 0;

    if (text.len < 6 || at > text.len - 6 || text.ptr[at] != '\\' || text.ptr[at + 1] != 'u')
        return -1;
    for (size_t i = at + 2; i < at + 6; i++) {
        int digit = cnil_hex_value(text.ptr[i]);

        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* Jansson refuses what JSON allows and the URL standard repairs. */
static void repair_surrogates(char *bytes, size_t len)
{
    struct cnil_str text = { bytes, len };

    for (size_t i = 0; i + 1 < len; i++) {
        int unit = code_unit(text, i);

        if (bytes[i] != '\\')
            continue;
        if (unit >= 0xd800 && unit < 0xdc00 && code_unit(text, i + 6) >= 0xdc00 && code_unit(text, i + 6) < 0xe000)
            i += 11;
        else if (unit >= 0xd800 && unit < 0xe000)
            memcpy(bytes + i + 2, "fffd", 4);
        else
            i++; /* over the escaped byte */
    }
}

static bool member(const json_t *object, const char *key, struct cnil_arena *arena, struct cnil_str *out,
                   const char **wrong)
{
    const json_t *value = json_object_get(object, key);

    if (value == NULL || json_is_null(value))
        return false;
    if (!json_is_string(value)) {
        *wrong = "url, page and type are strings";
        return false;
    }
    *out = cnil_arena_copy(arena, (struct cnil_str){ json_string_value(value), json_string_length(value) });
    if (out->ptr == NULL)
        *wrong = "not enough memory for this line";
    return true;
}

const char *question_read(struct cnil_str line, struct cnil_arena *arena, struct question *question)
{
    struct cnil_str copy = cnil_arena_copy(arena, line);
    const char *wrong = NULL;
    json_error_t error;
    json_t *json;

    *question = (struct question){ 0 };
    if (copy.ptr == NULL)
        return "not enough memory for this line";
    repair_surrogates((char *)copy.ptr, copy.len);
    json = json_loadb(copy.ptr, copy.len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(json)) {
        json_decref(json);
        return "not a JSON object";
    }
    if (!member(json, "url", arena, &question->url, &wrong) && wrong == NULL)
        wrong = "\"url\" is missing";
    member(json, "page", arena, &question->page, &wrong);
    member(json, "type", arena, &question->type, &wrong);
    json_decref(json);
    return wrong;
}
