/* SPDX-License-Identifier: Apache-2.0
 * Answers tests/imports/compare.mjs: for each script ("LENGTH\n" and its bytes on standard input) where it imports, as
 * lines "OPEN offset", "CLOSE offset", "SPECIFIER from to", and an empty line. In pieces of a few bytes and whole: that
 * both say the same is checked here. */
#include "../support/pieces.h"
#include "web/script_import.h"

enum { LIMIT = 64 * 1024 * 1024 };

static void scan(struct cnil_str script, size_t step, struct cnil_buffer *places)
{
    struct cnil_script_imports *imports = cnil_script_imports_new(cnil_str_starts_with(script, CNIL_STR("#!")));
    size_t name = 0;

    need(imports != NULL, "no memory");
    for (size_t from = 0; from < script.len; from += step) {
        struct cnil_str chunk = cnil_str_slice(script, from, from + step < script.len ? from + step : script.len);
        enum cnil_script_import found;
        size_t at = 0;

        while (cnil_script_imports_next(imports, chunk, &at, &found)) {
            if (found == CNIL_SCRIPT_NAME_OPENS)
                name = from + at;
            else if (found == CNIL_SCRIPT_NAME_CLOSES)
                cnil_buffer_print(places, "SPECIFIER %zu %zu\n", name, from + at);
            else
                cnil_buffer_print(places, "%s %zu\n", found == CNIL_SCRIPT_CALL_OPENS ? "OPEN" : "CLOSE", from + at);
        }
        need(at == chunk.len, "a chunk is not read to its end");
    }
    cnil_script_imports_free(imports);
}

int main(void)
{
    answer_texts(scan, LIMIT);
    return 0;
}
