/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/path_template.h"

#include "base/limits.h"

enum { WORD_LIMIT = 24 }; /* longer than words of menus, shorter than most identifiers */

bool cnil_path_template_is_good(struct cnil_str text)
{
    struct cnil_str rest, segment;

    if (text.len == 0 || text.len >= CNIL_LIMIT_STATISTICS_LABEL || *text.ptr != '/')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || strchr("?#\"\\<>", text.ptr[i]) != NULL)
            return false;
    rest = cnil_str_slice(text, 1, text.len);
    while (rest.len > 0) {
        segment = cnil_str_cut(&rest, '/');
        if (cnil_str_find_byte(segment, '*') < segment.len && !cnil_str_equal(segment, CNIL_STR("*")) &&
            !(cnil_str_equal(segment, CNIL_STR("**")) && rest.ptr == NULL))
            return false;
    }
    return true;
}

bool cnil_path_template_fits(struct cnil_str text, struct cnil_str path)
{
    struct cnil_str wanted, segment;

    if (path.len == 0 || *path.ptr != '/')
        return false;
    text = cnil_str_slice(text, 1, text.len);
    path = cnil_str_slice(path, 1, path.len);
    do {
        wanted = cnil_str_cut(&text, '/');
        if (cnil_str_equal(wanted, CNIL_STR("**")))
            return true;
        segment = cnil_str_cut(&path, '/');
        if (cnil_str_equal(wanted, CNIL_STR("*")) ? segment.len == 0 : !cnil_str_equal(wanted, segment))
            return false;
    } while (text.ptr != NULL && path.ptr != NULL);
    return text.ptr == NULL && path.ptr == NULL;
}

/* Small letters and what joins them; the first may be a capital. "@", "%", digits and mixed case are none: what has
 * them may be somebody's. */
static bool is_word(struct cnil_str segment)
{
    if (segment.len == 0 || segment.len > WORD_LIMIT || !cnil_is_alpha(*segment.ptr))
        return false;
    for (size_t i = 1; i < segment.len; i++)
        if (!(segment.ptr[i] >= 'a' && segment.ptr[i] <= 'z') && strchr("-_.", segment.ptr[i]) == NULL)
            return false;
    return true;
}

struct cnil_str cnil_path_template_name(const struct cnil_str *templates, size_t count, struct cnil_str path)
{
    size_t end;

    for (size_t i = 0; i < count; i++)
        if (cnil_path_template_fits(templates[i], path))
            return templates[i];
    if (count > 0 || path.len == 0 || *path.ptr != '/')
        return CNIL_STR_EMPTY;
    end = 1 + cnil_str_find_byte(cnil_str_slice(path, 1, path.len), '/');
    return path.len == 1 || is_word(cnil_str_slice(path, 1, end)) ? cnil_str_slice(path, 0, end) : CNIL_STR_EMPTY;
}
