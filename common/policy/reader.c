/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* vasprintf */
#include "policy/reader.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "policy/json_place.h"
#include "policy/word.h"
#include "web/character.h"
#include "web/url.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- mistakes ---- */

static void write_pointer(const struct cnil_node *node, struct cnil_buffer *out)
{
    if (node->parent == NULL)
        return;
    write_pointer(node->parent, out);
    cnil_buffer_append_byte(out, '/');
    if (node->key == NULL) {
        cnil_buffer_print(out, "%zu", node->index);
        return;
    }
    for (const char *at = node->key; *at != '\0'; at++) {
        if (*at == '~')
            cnil_buffer_append(out, CNIL_STR("~0"));
        else if (*at == '/')
            cnil_buffer_append(out, CNIL_STR("~1"));
        else
            cnil_buffer_append_byte(out, *at);
    }
}

__attribute__((format(printf, 5, 0))) static void mistake(struct cnil_reader *reader, const struct cnil_node *node,
                                                          bool key, bool bad, const char *format, va_list args)
{
    struct cnil_buffer pointer;
    struct cnil_json_place place = { 0, 0 };
    char *sentence = NULL;

    reader->mistaken = reader->mistaken || bad;
    cnil_buffer_init(&pointer, CNIL_LIMIT_POLICY_FILE);
    write_pointer(node, &pointer);
    if (vasprintf(&sentence, format, args) < 0)
        sentence = NULL;
    if (cnil_buffer_status(&pointer) != CNIL_OK || sentence == NULL) {
        reader->no_memory = true;
    } else {
        cnil_json_place(reader->text, cnil_buffer_str(&pointer), key, &place);
        cnil_buffer_append_byte(&pointer, '\0');
        if (cnil_buffer_status(&pointer) == CNIL_OK)
            cnil_errors_add(reader->errors, reader->file, place.line, place.column,
                            pointer.len > 1 ? pointer.ptr : NULL, "%s", sentence);
    }
    free(sentence);
    cnil_buffer_free(&pointer);
}

void cnil_reader_mistake(struct cnil_reader *reader, const struct cnil_node *node, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    mistake(reader, node, false, true, format, args);
    va_end(args);
}

void cnil_reader_key_mistake(struct cnil_reader *reader, const struct cnil_node *node, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    mistake(reader, node, true, true, format, args);
    va_end(args);
}

void cnil_reader_warning(struct cnil_reader *reader, const struct cnil_node *node, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    mistake(reader, node, false, false, format, args);
    va_end(args);
}

/* ---- the document ---- */

static void text_mistake(struct cnil_reader *reader, size_t offset, const char *sentence)
{
    struct cnil_json_place place = cnil_json_place_at(reader->text, offset);

    reader->mistaken = true;
    cnil_errors_add(reader->errors, reader->file, place.line, place.column, NULL, "%s", sentence);
}

/* Jansson points behind the token that it did not like; people look at its beginning. */
static size_t token_start(struct cnil_str text, size_t end)
{
    if (end > text.len)
        end = text.len;
    if (end == 0)
        return 0;
    if (text.ptr[end - 1] == '"') {
        for (size_t at = end - 1; at > 0; at--) {
            if (text.ptr[at - 1] == '"' && (at < 2 || text.ptr[at - 2] != '\\'))
                return at - 1;
            if (text.ptr[at - 1] == '\n')
                break;
        }
        return end - 1;
    }
    while (end > 1 && !cnil_is_space(text.ptr[end - 1]) && memchr(",:{}[]\"", text.ptr[end - 2], 7) == NULL &&
           !cnil_is_space(text.ptr[end - 2]))
        end--;
    return end - 1;
}

static void syntax_mistake(struct cnil_reader *reader, const json_error_t *error)
{
    size_t position = error->position > 0 ? (size_t)error->position : 0;
    char sentence[JSON_ERROR_TEXT_LENGTH + 64];
    bool at_token = true;

    switch (json_error_code(error)) {
    case json_error_out_of_memory:
        reader->no_memory = true;
        return;
    case json_error_duplicate_key:
        snprintf(sentence, sizeof(sentence), "this key stands in its object already");
        break;
    case json_error_premature_end_of_input:
        position = (size_t)(cnil_str_trim(reader->text).ptr - reader->text.ptr) + cnil_str_trim(reader->text).len;
        at_token = false;
        snprintf(sentence, sizeof(sentence), "the text ends before the JSON does");
        break;
    case json_error_end_of_input_expected:
        snprintf(sentence, sizeof(sentence), "there is text after the end of the JSON");
        break;
    case json_error_stack_overflow:
        snprintf(sentence, sizeof(sentence), "objects and arrays stand too deep in one another");
        break;
    case json_error_invalid_utf8:
        at_token = false;
        snprintf(sentence, sizeof(sentence), "this byte is not UTF-8");
        break;
    case json_error_null_character:
    case json_error_null_byte_in_key:
        snprintf(sentence, sizeof(sentence), "a NUL (\\u0000) is not allowed");
        break;
    default:
        snprintf(sentence, sizeof(sentence), "this is not JSON: %s", error->text);
    }
    text_mistake(reader, at_token ? token_start(reader->text, position) : position, sentence);
}

json_t *cnil_reader_parse(struct cnil_reader *reader)
{
    json_error_t error;
    json_t *json;
    size_t nul = cnil_str_find_byte(reader->text, '\0');

    if (nul < reader->text.len) {
        text_mistake(reader, nul, "a NUL byte: this is not a text file");
        return NULL;
    }
    if (cnil_str_starts_with(reader->text, CNIL_STR("\xef\xbb\xbf"))) {
        text_mistake(reader, 0, "the file begins with a byte order mark: save it as UTF-8 without one");
        return NULL;
    }
    if (cnil_str_trim(reader->text).len == 0) {
        text_mistake(reader, 0, "the file is empty: write {} for the built-in policy");
        return NULL;
    }
    json = json_loadb(reader->text.ptr, reader->text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (json == NULL)
        syntax_mistake(reader, &error);
    return json;
}

/* ---- ways through it ---- */

static const char *kind_of(const json_t *json)
{
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_NULL:
        return "null";
    default:
        return "true or false";
    }
}

static bool is_comment(const char *key)
{
    return strcmp(key, "$comment") == 0 || strcmp(key, "$schema") == 0;
}

static bool is_known(const char *key, const char *const known[])
{
    for (; *known != NULL; known++)
        if (strcmp(key, *known) == 0)
            return true;
    return false;
}

bool cnil_reader_object(struct cnil_reader *reader, const struct cnil_node *node, const char *const known[])
{
    struct cnil_node member;
    void *iterator = NULL;

    if (!json_is_object(node->json)) {
        cnil_reader_mistake(reader, node, "must be an object, not %s", kind_of(node->json));
        return false;
    }
    while (known != NULL && cnil_reader_next(node, &iterator, &member)) {
        const char *meant;

        if (is_known(member.key, known))
            continue;
        meant = cnil_word_nearest(cnil_str_from(member.key), known);
        if (meant != NULL)
            cnil_reader_key_mistake(reader, &member, "unknown key \"%s\"; did you mean \"%s\"?", member.key, meant);
        else
            cnil_reader_key_mistake(reader, &member, "unknown key \"%s\"", member.key);
    }
    return true;
}

bool cnil_reader_array(struct cnil_reader *reader, const struct cnil_node *node)
{
    if (!json_is_array(node->json)) {
        cnil_reader_mistake(reader, node, "must be an array, not %s", kind_of(node->json));
        return false;
    }
    return true;
}

bool cnil_reader_member(const struct cnil_node *object, const char *key, struct cnil_node *member)
{
    *member = (struct cnil_node){ json_object_get(object->json, key), object, key, 0 };
    return member->json != NULL;
}

bool cnil_reader_next(const struct cnil_node *object, void **iterator, struct cnil_node *member)
{
    json_t *json = (json_t *)object->json; /* Jansson's iterators are not const; nothing is changed */

    do {
        *iterator = *iterator == NULL ? json_object_iter(json) : json_object_iter_next(json, *iterator);
        if (*iterator == NULL)
            return false;
        *member = (struct cnil_node){ json_object_iter_value(*iterator), object, json_object_iter_key(*iterator), 0 };
    } while (is_comment(member->key));
    return true;
}

struct cnil_node cnil_reader_item(const struct cnil_node *array, size_t index)
{
    return (struct cnil_node){ json_array_get(array->json, index), array, NULL, index };
}

struct cnil_str cnil_reader_pointer(struct cnil_reader *reader, const struct cnil_node *node)
{
    struct cnil_buffer buffer;
    struct cnil_str pointer = CNIL_STR_EMPTY;

    cnil_buffer_init(&buffer, CNIL_LIMIT_POLICY_FILE);
    write_pointer(node, &buffer);
    if (cnil_buffer_status(&buffer) == CNIL_OK)
        pointer = cnil_arena_copy(reader->arena, cnil_buffer_str(&buffer));
    cnil_buffer_free(&buffer);
    if (pointer.ptr == NULL)
        reader->no_memory = true;
    return pointer;
}

void *cnil_reader_array_of(struct cnil_reader *reader, size_t count, size_t size)
{
    void *array = cnil_arena_array(reader->arena, count, size);

    if (array == NULL)
        reader->no_memory = true;
    return array;
}

/* ---- values ---- */

static bool is_string(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *view)
{
    if (!json_is_string(node->json)) {
        cnil_reader_mistake(reader, node, "must be a string, not %s", kind_of(node->json));
        return false;
    }
    *view = (struct cnil_str){ json_string_value(node->json), json_string_length(node->json) };
    return true;
}

static bool keep(struct cnil_reader *reader, struct cnil_str view, struct cnil_str *out)
{
    struct cnil_str copy = cnil_arena_copy(reader->arena, view);

    if (copy.ptr == NULL) {
        reader->no_memory = true;
        return false;
    }
    *out = copy;
    return true;
}

/* Text without control characters; they would spoil pages, headers and log lines. */
static bool is_line(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *view)
{
    if (!is_string(reader, node, view))
        return false;
    if (cnil_str_trim(*view).len == 0) {
        cnil_reader_mistake(reader, node, "must not be empty");
        return false;
    }
    if (!cnil_text_is_visible(*view)) {
        cnil_reader_mistake(reader, node, "must hold a character that can be seen");
        return false;
    }
    for (size_t i = 0; i < view->len; i++) {
        if ((unsigned char)view->ptr[i] < 0x20 || view->ptr[i] == 0x7f) {
            cnil_reader_mistake(reader, node, "must not hold control characters (tab, line break ...)");
            return false;
        }
    }
    return true;
}

bool cnil_reader_text(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *out)
{
    struct cnil_str view;

    return is_line(reader, node, &view) && keep(reader, view, out);
}

bool cnil_reader_flag(struct cnil_reader *reader, const struct cnil_node *node, bool *out)
{
    if (!json_is_boolean(node->json)) {
        cnil_reader_mistake(reader, node, "must be true or false, not %s", kind_of(node->json));
        return false;
    }
    *out = json_is_true(node->json);
    return true;
}

bool cnil_reader_number(struct cnil_reader *reader, const struct cnil_node *node, uint64_t least, uint64_t most,
                        uint64_t *out)
{
    json_int_t value;

    if (!json_is_integer(node->json)) {
        cnil_reader_mistake(reader, node, "must be a whole number, not %s",
                            json_is_real(node->json) ? "a fraction" : kind_of(node->json));
        return false;
    }
    value = json_integer_value(node->json);
    if (value < 0 || (uint64_t)value < least || (uint64_t)value > most) {
        cnil_reader_mistake(reader, node, "must be between %llu and %llu", (unsigned long long)least,
                            (unsigned long long)most);
        return false;
    }
    *out = (uint64_t)value;
    return true;
}

bool cnil_reader_word(struct cnil_reader *reader, const struct cnil_node *node, const char *const words[], size_t *out)
{
    struct cnil_str view;
    struct cnil_buffer list;
    const char *meant;

    if (!is_string(reader, node, &view))
        return false;
    for (size_t i = 0; words[i] != NULL; i++) {
        if (cnil_str_equal(view, cnil_str_from(words[i]))) {
            *out = i;
            return true;
        }
    }
    cnil_buffer_init(&list, 4096);
    for (size_t i = 0; words[i] != NULL; i++)
        cnil_buffer_print(&list, "%s\"%s\"", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
    meant = cnil_word_nearest(view, words);
    if (cnil_buffer_status(&list) != CNIL_OK)
        reader->no_memory = true;
    else if (meant != NULL)
        cnil_reader_mistake(reader, node, "must be %.*s; did you mean \"%s\"?", (int)list.len, list.ptr, meant);
    else
        cnil_reader_mistake(reader, node, "must be %.*s", (int)list.len, list.ptr);
    cnil_buffer_free(&list);
    return false;
}

/* Tells what is wrong with a host in the words of its commonest mistakes. */
static bool host_is_plain(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str host)
{
    struct cnil_str bare = host;

    while (bare.len > 0 && (*bare.ptr == '*' || *bare.ptr == '.'))
        bare = cnil_str_slice(bare, 1, bare.len);
    if (bare.len < host.len) {
        if (bare.len == 0)
            cnil_reader_mistake(reader, node, "must be a host");
        else
            cnil_reader_mistake(reader, node, "write \"%.*s\": it stands for that host and every host below it",
                                (int)bare.len, bare.ptr);
        return false;
    }
    if (cnil_str_find_byte(host, '*') < host.len) {
        cnil_reader_mistake(reader, node,
                            "\"*\" is not understood here: a host stands for itself and every host below "
                            "it; for anything else there is trackers.patterns");
        return false;
    }
    if (host.len > 0 && *host.ptr != '[' && cnil_str_find_byte(host, ':') < host.len) {
        struct cnil_str rest = host;
        struct cnil_str name = cnil_str_cut(&rest, ':');

        cnil_reader_mistake(reader, node, "must be a host without a port: \"%.*s\"", (int)name.len, name.ptr);
        return false;
    }
    return true;
}

static bool read_host(struct cnil_reader *reader, const struct cnil_node *node, bool anywhere, struct cnil_str *host,
                      struct cnil_str *path)
{
    struct cnil_str view, name, rest, serialised;
    enum cnil_host_kind kind;
    enum cnil_status status;
    size_t scheme;

    if (!is_line(reader, node, &view))
        return false;
    scheme = cnil_str_find(view, CNIL_STR("//"));
    if (scheme < view.len && (scheme == 0 || view.ptr[scheme - 1] == ':')) {
        rest = cnil_str_slice(view, scheme + 2, view.len);
        name = path != NULL ? rest : cnil_str_cut(&rest, '/');
        cnil_reader_mistake(reader, node, "must be a host, not a URL: \"%.*s\"", (int)name.len, name.ptr);
        return false;
    }
    name = cnil_str_slice(view, 0, cnil_str_find_byte(view, '/'));
    rest = cnil_str_slice(view, name.len, view.len);
    anywhere = anywhere && cnil_str_ends_with(name, CNIL_STR(".*"));
    if (anywhere)
        name.len -= 2;
    if (rest.len > 0 && path == NULL) {
        cnil_reader_mistake(reader, node, "must be a host without a path: \"%.*s\"", (int)name.len, name.ptr);
        return false;
    }
    if (!host_is_plain(reader, node, name))
        return false;
    status = cnil_host_parse(name, reader->arena, &serialised, &kind);
    if (status == CNIL_NO_MEMORY) {
        reader->no_memory = true;
        return false;
    }
    if (status != CNIL_OK || (kind != CNIL_HOST_DOMAIN && kind != CNIL_HOST_IPV4 && kind != CNIL_HOST_IPV6)) {
        cnil_reader_mistake(reader, node, "\"%.*s\" is not a host", (int)name.len, name.ptr);
        return false;
    }
    for (size_t i = 0; i < rest.len; i++) {
        if ((unsigned char)rest.ptr[i] <= ' ' || (unsigned char)rest.ptr[i] >= 0x7f ||
            strchr("?#\"<>\\^`{|}*", rest.ptr[i]) != NULL) {
            cnil_reader_mistake(reader, node,
                                "a path is a plain prefix of printable ASCII, without query; for anything "
                                "else there is trackers.patterns");
            return false;
        }
    }
    if (cnil_str_ends_with(serialised, CNIL_STR(".")))
        serialised.len--;
    if (anywhere) {
        serialised = cnil_arena_print(reader->arena, "%.*s.*", (int)serialised.len, serialised.ptr);
        if (serialised.ptr == NULL) {
            reader->no_memory = true;
            return false;
        }
    }
    *host = serialised;
    if (rest.len <= 1) /* "host/" is every path */
        rest = CNIL_STR("");
    return path == NULL || keep(reader, rest, path);
}

bool cnil_reader_host(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *host,
                      struct cnil_str *path)
{
    return read_host(reader, node, false, host, path);
}

bool cnil_reader_host_anywhere(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *host,
                               struct cnil_str *path)
{
    return read_host(reader, node, true, host, path);
}

bool cnil_reader_url(struct cnil_reader *reader, const struct cnil_node *node, bool http_too, struct cnil_str *out)
{
    struct cnil_str view;
    struct cnil_url url;
    enum cnil_status status;

    if (!is_line(reader, node, &view))
        return false;
    status = cnil_url_parse(view, NULL, reader->arena, &url);
    if (status == CNIL_NO_MEMORY) {
        reader->no_memory = true;
        return false;
    }
    if (status == CNIL_OK &&
        (cnil_str_equal(url.scheme, CNIL_STR("https")) || (http_too && cnil_str_equal(url.scheme, CNIL_STR("http")))))
        return keep(reader, url.href, out);
    cnil_reader_mistake(reader, node, http_too ? "must be an absolute URL (https://...)" : "must be a URL of https");
    return false;
}

bool cnil_reader_cookie(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *name, bool *prefix)
{
    struct cnil_str view;
    bool is_prefix;

    if (!is_line(reader, node, &view))
        return false;
    is_prefix = cnil_str_ends_with(view, CNIL_STR("*"));
    if (is_prefix)
        view.len--;
    if (view.len == 0) {
        cnil_reader_mistake(reader, node, "\"*\" alone would name every cookie: write the beginning of the name");
        return false;
    }
    for (size_t i = 0; i < view.len; i++) {
        if (strchr("=;,\"* ", view.ptr[i]) != NULL || (unsigned char)view.ptr[i] >= 0x7f) {
            cnil_reader_mistake(reader, node, "is not the name of a cookie (a \"*\" may stand at its end only)");
            return false;
        }
    }
    if (cnil_str_equal_nocase(view, CNIL_STR("eu-consent")) && !is_prefix) {
        cnil_reader_mistake(reader, node, "eu-consent is the cookie that keeps the visitor's choice: it needs no rule");
        return false;
    }
    if (!keep(reader, view, name))
        return false;
    *prefix = is_prefix;
    return true;
}

bool cnil_reader_file(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *out)
{
    struct cnil_str view;

    if (!is_line(reader, node, &view))
        return false;
    if (*view.ptr != '/' || cnil_str_ends_with(view, CNIL_STR("/"))) {
        cnil_reader_mistake(reader, node, "must be the absolute path of a file");
        return false;
    }
    return keep(reader, view, out);
}
