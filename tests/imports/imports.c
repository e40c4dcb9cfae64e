/* SPDX-License-Identifier: Apache-2.0
 * Answers tests/imports/compare.mjs: for each script ("LENGTH\n" and its bytes on standard input) where it imports, as
 * lines "OPEN offset", "CLOSE offset", "SPECIFIER from to", and an empty line. In pieces of a few bytes and whole: that
 * both say the same is checked here. */
#include "base/buffer.h"
#include "web/script_import.h"

#include <stdio.h>
#include <stdlib.h>

enum { LIMIT = 64 * 1024 * 1024 };

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "imports: %s\n", what);
    exit(2);
}

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
    struct cnil_buffer whole, pieces;
    char line[32];

    cnil_buffer_init(&whole, LIMIT);
    cnil_buffer_init(&pieces, LIMIT);
    while (fgets(line, sizeof(line), stdin) != NULL) {
        size_t len = strtoul(line, NULL, 10);
        char *bytes = malloc(len + 1);
        struct cnil_str script = { bytes, len };

        need(bytes != NULL && fread(bytes, 1, len, stdin) == len, "the script is not whole");
        cnil_buffer_clear(&whole);
        cnil_buffer_clear(&pieces);
        scan(script, len + 1, &whole);
        scan(script, 1 + len % 7, &pieces);
        need(cnil_buffer_status(&whole) == CNIL_OK && cnil_buffer_status(&pieces) == CNIL_OK, "no memory");
        need(cnil_str_equal(cnil_buffer_str(&whole), cnil_buffer_str(&pieces)), "the pieces say otherwise");
        printf("%.*s\n", (int)whole.len, whole.ptr);
        fflush(stdout);
        free(bytes);
    }
    cnil_buffer_free(&whole);
    cnil_buffer_free(&pieces);
    return 0;
}
