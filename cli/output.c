/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

/* The length of the well-formed UTF-8 character at `text`, 0 when there is none. */
static size_t character(struct cnil_str text)
{
    const unsigned char *at = (const unsigned char *)text.ptr;
    size_t len = at[0] < 0x80                    ? 1
                 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2
                 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3
                 : at[0] >= 0xf0 && at[0] < 0xf5 ? 4
                                                 : 0;

    if (len == 0 || len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0) || (at[0] == 0xf0 && at[1] < 0x90) ||
        (at[0] == 0xf4 && at[1] >= 0x90))
        return 0;
    return len;
}

void output_text(FILE *out, struct cnil_str text)
{
    for (size_t i = 0; i < text.len;) {
        struct cnil_str rest = cnil_str_slice(text, i, text.len);
        const unsigned char *at = (const unsigned char *)rest.ptr;
        size_t len = character(rest);
        bool control = len == 0 || *at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0); /* C0, DEL, C1 */

        if (len == 0)
            len = 1;
        for (size_t j = 0; j < len; j++)
            fprintf(out, control ? "\\x%02x" : "%c", at[j]);
        i += len;
    }
}

void output_json(FILE *out, struct cnil_str text)
{
    if (text.ptr == NULL) {
        fputs("null", out);
        return;
    }
    putc('"', out);
    for (size_t i = 0; i < text.len;) {
        struct cnil_str rest = cnil_str_slice(text, i, text.len);
        unsigned char byte = (unsigned char)*rest.ptr;
        size_t len = character(rest);

        if (len == 0)
            fputs("\\ufffd", out);
        else if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            fprintf(out, "\\u%04x", byte);
        else
            fwrite(rest.ptr, 1, len, out);
        i += len > 0 ? len : 1;
    }
    putc('"', out);
}

/* With "=", "+", "-", "@", in some languages in their full width, or with a tab or an end of line. */
static bool begins_formula(struct cnil_str text)
{
    static const struct cnil_str beginnings[] = { CNIL_STR_INIT("="),
                                                  CNIL_STR_INIT("+"),
                                                  CNIL_STR_INIT("-"),
                                                  CNIL_STR_INIT("@"),
                                                  CNIL_STR_INIT("\t"),
                                                  CNIL_STR_INIT("\r"),
                                                  CNIL_STR_INIT("\n"),
                                                  CNIL_STR_INIT("\xef\xbc\x9d"),
                                                  CNIL_STR_INIT("\xef\xbc\x8b"),
                                                  CNIL_STR_INIT("\xef\xbc\x8d"),
                                                  CNIL_STR_INIT("\xef\xbc\xa0") };

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
        if (cnil_str_starts_with(text, beginnings[i]))
            return true;
    return false;
}

void output_cell(FILE *out, struct cnil_str text)
{
    putc('"', out);
    if (begins_formula(text))
        putc('\'', out);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            putc('"', out);
        putc(text.ptr[i] == '\n' || text.ptr[i] == '\r' ? ' ' : text.ptr[i], out);
    }
    putc('"', out);
}

void output_mistakes(FILE *out, const char *path, const struct cnil_errors *errors)
{
    char line[8192]; /* a longer one is cut */

    for (size_t i = 0; i < errors->count; i++) {
        size_t len = cnil_error_format(&errors->list[i], line, sizeof(line));

        output_text(out, (struct cnil_str){ line, len });
        putc('\n', out);
    }
    if (errors->count == 0 || errors->untold > 0) {
        output_text(out, cnil_str_from(path));
        if (errors->count == 0)
            fputs(": not enough memory\n", out);
        else
            fprintf(out, ": %zu more mistakes\n", errors->untold);
    }
}
