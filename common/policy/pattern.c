/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/pattern.h"

enum { MATCH_LIMIT = 100000, HEAP_LIMIT_KIB = 1024 };

pcre2_code *cnil_pattern_compile(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str text)
{
    unsigned char words[256];
    PCRE2_SIZE offset;
    int error;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, 0, &error, &offset, NULL);

    if (code != NULL)
        return code;
    if (error == PCRE2_ERROR_NOMEMORY || error == PCRE2_ERROR_HEAP_FAILED) {
        reader->no_memory = true;
        return NULL;
    }
    if (pcre2_get_error_message(error, words, sizeof(words)) < 0)
        words[0] = '\0';
    cnil_reader_mistake(reader, node, "is not a PCRE2 pattern: %s at offset %zu", (const char *)words, (size_t)offset);
    return NULL;
}

pcre2_match_context *cnil_pattern_limits(void)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);

    if (limits != NULL) {
        pcre2_set_match_limit(limits, MATCH_LIMIT);
        pcre2_set_heap_limit(limits, HEAP_LIMIT_KIB);
    }
    return limits;
}

bool cnil_pattern_matches(const pcre2_code *code, pcre2_match_context *limits, struct cnil_str text)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int result;

    if (data == NULL)
        return true;
    result = pcre2_match(code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, data, limits);
    pcre2_match_data_free(data);
    return result != PCRE2_ERROR_NOMATCH;
}
