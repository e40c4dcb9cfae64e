/* SPDX-License-Identifier: Apache-2.0
 * Runs tokenizer tests in the format of html5lib-tests: build/html5lib-runner FILE.test...
 *
 * Every case runs in each of its initial states: whole, cut in two at every byte, and byte by byte. What comes out is
 * compared as text, one line a token. Of a DOCTYPE only its extent counts; parse errors are not compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/buffer.h"
#include "web/html_entity.h"
#include "web/html_tokenizer.h"

#define LIMIT      (16 * 1024 * 1024)
#define ATTRIBUTES 64
#define BY_BYTES   ((size_t)-1) /* in place of a cut */

static const struct {
    const char *name;
    enum cnil_html_text_mode mode;
} states[] = {
    { "Data state", CNIL_HTML_DATA },          { "PLAINTEXT state", CNIL_HTML_PLAINTEXT },
    { "RCDATA state", CNIL_HTML_RCDATA },      { "RAWTEXT state", CNIL_HTML_RAWTEXT },
    { "Script data state", CNIL_HTML_SCRIPT }, { "CDATA section state", CNIL_HTML_CDATA_SECTION },
};

static unsigned passed, failed;

static void die(const char *what)
{
    fprintf(stderr, "html5lib-runner: %s\n", what);
    exit(2);
}

static struct cnil_str sure(const struct cnil_buffer *buffer)
{
    if (cnil_buffer_status(buffer) != CNIL_OK)
        die("no memory");
    return cnil_buffer_str(buffer);
}

/* ---- one line a token ---- */

/* Control characters and the line's own separators are written as \xHH. */
static void put(struct cnil_buffer *out, struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c < ' ' || c == '\\' || c == '"')
            cnil_buffer_print(out, "\\x%02x", c);
        else
            cnil_buffer_append_byte(out, (char)c);
    }
}

static void put_quoted(struct cnil_buffer *out, struct cnil_str text)
{
    cnil_buffer_append_byte(out, '"');
    put(out, text);
    cnil_buffer_append_byte(out, '"');
}

/* `text` with CR LF and CR as LF, and NUL as U+FFFD where `nul` says so. */
static void normalise(struct cnil_buffer *out, struct cnil_str text, bool nul, bool lower)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = lower ? cnil_lower(text.ptr[i]) : text.ptr[i];

        if (c == '\0' && nul)
            cnil_buffer_append(out, CNIL_STR("\xef\xbf\xbd"));
        else if (c != '\r')
            cnil_buffer_append_byte(out, c);
        else if (i + 1 == text.len || text.ptr[i + 1] != '\n')
            cnil_buffer_append_byte(out, '\n');
    }
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Appends `count` lines in order; frees them. */
static void put_sorted(struct cnil_buffer *out, char **lines, size_t count)
{
    qsort(lines, count, sizeof(lines[0]), compare_strings);
    for (size_t i = 0; i < count; i++) {
        cnil_buffer_append(out, cnil_str_from(lines[i]));
        free(lines[i]);
    }
}

static char *attribute_line(struct cnil_str name, struct cnil_str value)
{
    struct cnil_buffer line;

    cnil_buffer_init(&line, LIMIT);
    cnil_buffer_append_byte(&line, ' ');
    put_quoted(&line, name);
    cnil_buffer_append_byte(&line, '=');
    put_quoted(&line, value);
    cnil_buffer_append_byte(&line, '\0');
    sure(&line);
    return line.ptr;
}

/* ---- what the tokenizer says ---- */

struct trace {
    struct cnil_buffer out;
    struct cnil_buffer run;   /* raw bytes of the text or comment so far */
    struct cnil_buffer text;  /* characters so far: adjacent tokens are one */
    enum cnil_html_kind kind; /* of what `run` holds */
    enum cnil_html_text_mode mode;
};

/* `run` has ended: text joins the characters, a comment becomes a line. */
static void end_run(struct trace *trace);

static void end_text(struct trace *trace)
{
    end_run(trace);
    if (trace->text.len == 0)
        return;
    cnil_buffer_append(&trace->out, CNIL_STR("Character "));
    put_quoted(&trace->out, sure(&trace->text));
    cnil_buffer_append_byte(&trace->out, '\n');
    cnil_buffer_clear(&trace->text);
}

/* The data of a comment, from its raw bytes: "<!--x-->", "<!x>", "<?x>", "</3>"; the end may be missing. */
static struct cnil_str comment_data(struct cnil_str raw)
{
    static const struct cnil_str ends[] = { CNIL_STR_INIT("--!>"), CNIL_STR_INIT("-->"), CNIL_STR_INIT("--!"),
                                            CNIL_STR_INIT("--"), CNIL_STR_INIT("-") };

    if (!cnil_str_starts_with(raw, CNIL_STR("<!--"))) {
        raw = cnil_str_slice(raw, raw.len > 1 && raw.ptr[1] == '?' ? 1 : 2, raw.len);
        if (cnil_str_ends_with(raw, CNIL_STR(">")))
            raw.len--;
        return raw;
    }
    raw = cnil_str_slice(raw, 4, raw.len);
    if (cnil_str_equal(raw, CNIL_STR(">")) || cnil_str_equal(raw, CNIL_STR("->")))
        return CNIL_STR_EMPTY;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (cnil_str_ends_with(raw, ends[i]))
            return cnil_str_slice(raw, 0, raw.len - ends[i].len);
    return raw;
}

static void end_run(struct trace *trace)
{
    struct cnil_str raw = sure(&trace->run);
    struct cnil_buffer plain;

    if (raw.len == 0)
        return;
    cnil_buffer_init(&plain, LIMIT);
    if (trace->kind == CNIL_HTML_TEXT) {
        normalise(&plain, raw, trace->mode != CNIL_HTML_DATA && trace->mode != CNIL_HTML_CDATA_SECTION, false);
        if (trace->mode == CNIL_HTML_DATA || trace->mode == CNIL_HTML_RCDATA)
            cnil_html_decode(sure(&plain), false, &trace->text);
        else
            cnil_buffer_append(&trace->text, sure(&plain));
        cnil_buffer_clear(&trace->run);
    } else {
        if (trace->kind == CNIL_HTML_COMMENT)
            normalise(&plain, comment_data(raw), true, false);
        cnil_buffer_clear(&trace->run);
        end_text(trace);
        cnil_buffer_append(&trace->out, trace->kind == CNIL_HTML_COMMENT ? CNIL_STR("Comment ") : CNIL_STR("DOCTYPE"));
        if (trace->kind == CNIL_HTML_COMMENT)
            put_quoted(&trace->out, sure(&plain));
        cnil_buffer_append_byte(&trace->out, '\n');
    }
    cnil_buffer_free(&plain);
}

static void trace_tag(struct trace *trace, const struct cnil_html_token *token)
{
    struct cnil_buffer name, value;
    struct cnil_html_attributes iterator;
    struct cnil_html_attribute attribute;
    char *lines[ATTRIBUTES];
    size_t count = 0;

    cnil_buffer_init(&name, LIMIT);
    cnil_buffer_init(&value, LIMIT);
    normalise(&name, token->name, true, true);
    cnil_buffer_append(&trace->out, token->kind == CNIL_HTML_START_TAG ? CNIL_STR("StartTag ") : CNIL_STR("EndTag "));
    put_quoted(&trace->out, sure(&name));
    if (token->kind == CNIL_HTML_START_TAG) {
        cnil_html_attributes_begin(&iterator, token);
        while (cnil_html_attributes_next(&iterator, &attribute)) {
            struct cnil_buffer plain;

            if (attribute.duplicate)
                continue;
            if (count == ATTRIBUTES)
                die("too many attributes");
            cnil_buffer_init(&plain, LIMIT);
            cnil_buffer_clear(&name);
            cnil_buffer_clear(&value);
            normalise(&name, attribute.name, true, true);
            normalise(&plain, attribute.value, true, false);
            cnil_html_decode(sure(&plain), true, &value);
            lines[count++] = attribute_line(sure(&name), sure(&value));
            cnil_buffer_free(&plain);
        }
        put_sorted(&trace->out, lines, count);
        if (token->self_closing)
            cnil_buffer_append(&trace->out, CNIL_STR(" /"));
    }
    cnil_buffer_append_byte(&trace->out, '\n');
    cnil_buffer_free(&name);
    cnil_buffer_free(&value);
}

static void trace_token(struct trace *trace, const struct cnil_html_token *token)
{
    bool goes_on = token->kind == trace->kind && !token->first &&
                   (token->kind != CNIL_HTML_TEXT || token->text_mode == trace->mode);

    if (!goes_on)
        end_run(trace);
    switch (token->kind) {
    case CNIL_HTML_TEXT:
    case CNIL_HTML_COMMENT:
    case CNIL_HTML_DOCTYPE:
        trace->kind = token->kind;
        trace->mode = token->text_mode;
        cnil_buffer_append(&trace->run, token->raw);
        break;
    case CNIL_HTML_START_TAG:
    case CNIL_HTML_END_TAG:
        end_text(trace);
        trace_tag(trace, token);
        break;
    case CNIL_HTML_CDATA:
    case CNIL_HTML_CUT:
    case CNIL_HTML_NOTHING:
        break;
    }
}

/* Feeds a copy of its own, so that a view kept too long is seen by a memory checker. */
static void feed(struct cnil_html_tokenizer *tokenizer, struct cnil_str chunk, bool last, struct trace *trace)
{
    char *copy = malloc(chunk.len + 1);
    struct cnil_html_token token;
    bool more = true;

    if (copy == NULL)
        die("no memory");
    if (chunk.len > 0)
        memcpy(copy, chunk.ptr, chunk.len);
    cnil_html_tokenizer_feed(tokenizer, (struct cnil_str){ copy, chunk.len }, last);
    while (cnil_html_tokenizer_next(tokenizer, &token, &more) == CNIL_OK && more)
        trace_token(trace, &token);
    free(copy);
}

static void tokenize(struct cnil_str input, size_t cut, enum cnil_html_text_mode mode, struct cnil_str last_start_tag,
                     struct trace *trace)
{
    struct cnil_html_tokenizer *tokenizer = cnil_html_tokenizer_new(CNIL_LIMIT_TAG);

    if (tokenizer == NULL || cnil_html_tokenizer_start_in(tokenizer, mode, last_start_tag) != CNIL_OK)
        die("the tokenizer does not start");
    if (cut == BY_BYTES)
        for (size_t i = 0; i < input.len; i++)
            feed(tokenizer, cnil_str_slice(input, i, i + 1), false, trace);
    else
        feed(tokenizer, cnil_str_slice(input, 0, cut), cut == input.len, trace);
    if (cut != input.len)
        feed(tokenizer, cut == BY_BYTES ? CNIL_STR_EMPTY : cnil_str_slice(input, cut, input.len), true, trace);
    end_text(trace);
    cnil_html_tokenizer_free(tokenizer);
}

/* ---- what the case says ---- */

static void append_utf8(struct cnil_buffer *out, unsigned code)
{
    if (code < 0x80) {
        cnil_buffer_append_byte(out, (char)code);
        return;
    }
    if (code < 0x800) {
        cnil_buffer_append_byte(out, (char)(0xc0 | code >> 6));
    } else {
        if (code < 0x10000) {
            cnil_buffer_append_byte(out, (char)(0xe0 | code >> 12));
        } else {
            cnil_buffer_append_byte(out, (char)(0xf0 | code >> 18));
            cnil_buffer_append_byte(out, (char)(0x80 | (code >> 12 & 0x3f)));
        }
        cnil_buffer_append_byte(out, (char)(0x80 | (code >> 6 & 0x3f)));
    }
    cnil_buffer_append_byte(out, (char)(0x80 | (code & 0x3f)));
}

/* The code unit of "\uHHHH" at the start of `text`, or -1. */
static int code_unit(struct cnil_str text)
{
    int unit = 0;

    if (text.len < 6 || text.ptr[0] != '\\' || text.ptr[1] != 'u')
        return -1;
    for (size_t i = 2; i < 6; i++) {
        if (cnil_hex_value(text.ptr[i]) < 0)
            return -1;
        unit = unit * 16 + cnil_hex_value(text.ptr[i]);
    }
    return unit;
}

static void append_string(struct cnil_buffer *out, const json_t *string, bool double_escaped)
{
    struct cnil_str text = { json_string_value(string), json_string_length(string) };

    while (text.len > 0) {
        int unit = double_escaped ? code_unit(text) : -1;
        size_t used = 1;

        if (unit < 0) {
            cnil_buffer_append_byte(out, text.ptr[0]);
        } else {
            int second = code_unit(cnil_str_slice(text, 6, text.len));
            bool pair = unit >= 0xd800 && unit < 0xdc00 && second >= 0xdc00 && second < 0xe000;

            append_utf8(out, pair ? 0x10000u + ((unsigned)(unit - 0xd800) << 10) + (unsigned)(second - 0xdc00)
                                  : (unsigned)unit);
            used = pair ? 12 : 6;
        }
        text = cnil_str_slice(text, used, text.len);
    }
}

static void put_expected_string(struct cnil_buffer *out, const json_t *string, bool double_escaped)
{
    struct cnil_buffer text;

    cnil_buffer_init(&text, LIMIT);
    append_string(&text, string, double_escaped);
    put_quoted(out, sure(&text));
    cnil_buffer_free(&text);
}

static void put_expected_attributes(struct cnil_buffer *out, json_t *attributes, bool double_escaped)
{
    char *lines[ATTRIBUTES];
    size_t count = 0;

    for (void *at = json_object_iter(attributes); at != NULL; at = json_object_iter_next(attributes, at)) {
        json_t *key = json_stringn(json_object_iter_key(at), json_object_iter_key_len(at));
        struct cnil_buffer name, value;

        if (count == ATTRIBUTES)
            die("too many attributes");
        cnil_buffer_init(&name, LIMIT);
        cnil_buffer_init(&value, LIMIT);
        append_string(&name, key, double_escaped);
        append_string(&value, json_object_iter_value(at), double_escaped);
        lines[count++] = attribute_line(sure(&name), sure(&value));
        cnil_buffer_free(&name);
        cnil_buffer_free(&value);
        json_decref(key);
    }
    put_sorted(out, lines, count);
}

static void put_expected(struct cnil_buffer *out, const json_t *tokens, bool double_escaped)
{
    size_t i;
    json_t *token;

    json_array_foreach(tokens, i, token)
    {
        struct cnil_str kind = cnil_str_from(json_string_value(json_array_get(token, 0)));

        if (kind.len == 0) /* a parse error, in old files */
            continue;
        cnil_buffer_append(out, kind);
        if (!cnil_str_equal(kind, CNIL_STR("DOCTYPE"))) {
            cnil_buffer_append_byte(out, ' ');
            put_expected_string(out, json_array_get(token, 1), double_escaped);
        }
        if (cnil_str_equal(kind, CNIL_STR("StartTag"))) {
            put_expected_attributes(out, json_array_get(token, 2), double_escaped);
            if (json_is_true(json_array_get(token, 3)))
                cnil_buffer_append(out, CNIL_STR(" /"));
        }
        cnil_buffer_append_byte(out, '\n');
    }
}

/* ---- a case, a file, all files ---- */

static bool run_at(struct cnil_str input, size_t cut, enum cnil_html_text_mode mode, struct cnil_str last_start_tag,
                   struct cnil_str expected, const char *description)
{
    struct trace trace = { .kind = CNIL_HTML_NOTHING };
    struct cnil_str out;
    bool same;

    cnil_buffer_init(&trace.out, LIMIT);
    cnil_buffer_init(&trace.run, LIMIT);
    cnil_buffer_init(&trace.text, LIMIT);
    tokenize(input, cut, mode, last_start_tag, &trace);
    out = sure(&trace.out);
    same = cnil_str_equal(out, expected);
    if (!same && cut == BY_BYTES)
        printf("FAILED: %s, byte by byte\n", description);
    else if (!same)
        printf("FAILED: %s, cut at %zu of %zu\n", description, cut, input.len);
    if (!same)
        printf("  expected:\n%.*s  got:\n%.*s", (int)expected.len, expected.ptr, (int)out.len,
               out.ptr != NULL ? out.ptr : "");
    cnil_buffer_free(&trace.out);
    cnil_buffer_free(&trace.run);
    cnil_buffer_free(&trace.text);
    return same;
}

static void run_in(const char *state, struct cnil_str input, struct cnil_str last_start_tag, struct cnil_str expected,
                   const char *description)
{
    char title[512];
    size_t i = 0;

    while (i < sizeof(states) / sizeof(states[0]) && strcmp(states[i].name, state) != 0)
        i++;
    snprintf(title, sizeof(title), "%s (%s)", description, state);
    if (i == sizeof(states) / sizeof(states[0])) {
        printf("FAILED: %s: no such state\n", title);
        failed++;
        return;
    }
    if (!run_at(input, BY_BYTES, states[i].mode, last_start_tag, expected, title)) {
        failed++;
        return;
    }
    for (size_t cut = 0; cut <= input.len; cut++) {
        if (!run_at(input, cut, states[i].mode, last_start_tag, expected, title)) {
            failed++;
            return;
        }
    }
    passed++;
}

static void run_case(const json_t *test)
{
    const json_t *initial = json_object_get(test, "initialStates");
    const char *description = json_string_value(json_object_get(test, "description"));
    bool double_escaped = json_is_true(json_object_get(test, "doubleEscaped"));
    struct cnil_str last_start_tag = cnil_str_from(json_string_value(json_object_get(test, "lastStartTag")));
    struct cnil_buffer input, expected;
    json_t *state;
    size_t i;

    cnil_buffer_init(&input, LIMIT);
    cnil_buffer_init(&expected, LIMIT);
    append_string(&input, json_object_get(test, "input"), double_escaped);
    put_expected(&expected, json_object_get(test, "output"), double_escaped);
    if (description == NULL)
        description = "without a description";
    if (json_array_size(initial) == 0)
        run_in("Data state", sure(&input), last_start_tag, sure(&expected), description);
    json_array_foreach(initial, i, state)
        run_in(json_string_value(state), sure(&input), last_start_tag, sure(&expected), description);
    cnil_buffer_free(&input);
    cnil_buffer_free(&expected);
}

static void run_file(const char *path)
{
    json_error_t where;
    json_t *file = json_load_file(path, JSON_ALLOW_NUL, &where);
    json_t *test;
    size_t i;

    if (file == NULL) {
        printf("FAILED: %s:%d: %s\n", path, where.line, where.text);
        failed++;
        return;
    }
    json_array_foreach(json_object_get(file, "tests"), i, test) run_case(test);
    json_decref(file);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: html5lib-runner FILE.test...\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 ? 1 : 0;
}
