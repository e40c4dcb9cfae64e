/* SPDX-License-Identifier: Apache-2.0 */
#include "page/conditional.h"

#include "page/nested.h"

/* Where the last `needle` stands; the length when there is none. */
static size_t find_last(struct cnil_str text, struct cnil_str needle)
{
    size_t found = text.len;

    for (size_t at = 0; (at += cnil_str_find(cnil_str_slice(text, at, text.len), needle)) < text.len; at++)
        found = at;
    return found;
}

enum cnil_status cnil_conditional_rewrite(struct cnil_judge *judge, struct cnil_str comment, struct cnil_buffer *out,
                                          bool *changed)
{
    static const struct cnil_str bracket = CNIL_STR_INIT("]>");
    size_t from = cnil_str_find(comment, bracket) + bracket.len, to = find_last(comment, CNIL_STR("<!["));
    enum cnil_status status;
    struct cnil_str inner;

    *changed = false;
    if (from > comment.len)
        return CNIL_OK; /* a comment to all */
    if (to == comment.len && cnil_str_ends_with(comment, CNIL_STR("-->")))
        to -= 3;
    cnil_buffer_clear(out);
    cnil_buffer_append(out, cnil_str_slice(comment, 0, from));
    status = cnil_nested_rewrite(judge, cnil_str_slice(comment, from, to), CNIL_STR_EMPTY, out, changed);
    if (status != CNIL_OK || !*changed)
        return status;
    inner = cnil_str_slice(cnil_buffer_str(out), from, out->len);
    if (cnil_str_find(inner, CNIL_STR("-->")) < inner.len || cnil_str_find(inner, CNIL_STR("--!>")) < inner.len)
        return CNIL_TOO_LARGE; /* what was put into it would end the comment for all others */
    cnil_buffer_append(out, cnil_str_slice(comment, to, comment.len));
    return cnil_buffer_status(out);
}
