/* SPDX-License-Identifier: Apache-2.0
 * The basic URL parser (URL standard, 4.4). Its states are functions here, because between two states there is never
 * more than one way on, and because a whole component is eaten at a time. */
#include "web/url.h"

#include "base/limits.h"
#include "web/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The percent-encode sets (1.3), and what the parser must see in the input before anything else. */
enum {
    FRAGMENT = 1,
    QUERY = 2,
    SPECIAL_QUERY = 4,
    PATH = 8,
    USERINFO = 16,
    CONTROL = 32, /* the C0 control percent-encode set */
    STRIPPED = 64,
    NOT_ASCII = 128
};

enum { WORST_PLAIN_HOST = 64 }; /* what a host of plain ASCII can grow by, and the few bytes between components */

#define EVERY (FRAGMENT | QUERY | SPECIAL_QUERY | PATH | USERINFO | CONTROL)
#define SPACE (FRAGMENT | QUERY | SPECIAL_QUERY | PATH | USERINFO)
#define DEEP  (PATH | USERINFO)

static const unsigned char classes[256] = {
    [0x00 ... 0x08] = EVERY,
    ['\t'] = EVERY | STRIPPED,
    ['\n'] = EVERY | STRIPPED,
    [0x0B ... 0x0C] = EVERY,
    ['\r'] = EVERY | STRIPPED,
    [0x0E ... 0x1F] = EVERY,
    [' '] = SPACE,
    ['"'] = SPACE,
    ['#'] = QUERY | SPECIAL_QUERY | DEEP,
    ['\''] = SPECIAL_QUERY,
    ['<'] = SPACE,
    ['>'] = SPACE,
    ['`'] = FRAGMENT | DEEP,
    ['?'] = DEEP,
    ['^'] = DEEP,
    ['{'] = DEEP,
    ['}'] = DEEP,
    ['/'] = USERINFO,
    [':'] = USERINFO,
    [';'] = USERINFO,
    ['='] = USERINFO,
    ['@'] = USERINFO,
    ['['] = USERINFO,
    ['\\'] = USERINFO,
    [']'] = USERINFO,
    ['|'] = USERINFO,
    [0x7F] = EVERY,
    [0x80 ... 0xFF] = EVERY | NOT_ASCII,
};

struct special {
    struct cnil_str scheme;
    int port; /* its default; -1: none */
};

static const struct special specials[] = {
    { CNIL_STR_INIT("https"), 443 }, { CNIL_STR_INIT("http"), 80 }, { CNIL_STR_INIT("wss"), 443 },
    { CNIL_STR_INIT("ws"), 80 },     { CNIL_STR_INIT("ftp"), 21 },  { CNIL_STR_INIT("file"), -1 },
};

struct parser {
    struct cnil_str in; /* what is still to be read */
    const struct cnil_url *base;
    struct cnil_url *url;
    const struct special *special; /* NULL: a scheme that is not */
    struct cnil_arena *arena;
    char *out; /* the serialised URL as it grows; has room for the worst */
    size_t len, size;
    size_t host_at, host_len, path_at, path_end;
    size_t query_at; /* 0: none */
};

static const struct special *find_special(struct cnil_str scheme)
{
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
        if (cnil_str_equal(scheme, specials[i].scheme))
            return &specials[i];
    return NULL;
}

static void skip(struct parser *p, size_t count)
{
    p->in = cnil_str_slice(p->in, count, p->in.len);
}

static void put(struct parser *p, struct cnil_str bytes)
{
    if (bytes.len > 0)
        memcpy(p->out + p->len, bytes.ptr, bytes.len);
    p->len += bytes.len;
}

static void put_encoded(struct parser *p, struct cnil_str bytes, unsigned char set)
{
    static const char hex[] = "0123456789ABCDEF";

    while (bytes.len > 0) {
        size_t run = 0, count;
        char utf8[4];
        bool valid;

        while (run < bytes.len && !(classes[(unsigned char)bytes.ptr[run]] & set))
            run++;
        put(p, cnil_str_slice(bytes, 0, run));
        bytes = cnil_str_slice(bytes, run, bytes.len);
        if (bytes.len == 0)
            return;
        count = cnil_utf8_write(cnil_utf8_next(&bytes, &valid), utf8);
        for (size_t i = 0; i < count; i++) {
            p->out[p->len++] = '%';
            p->out[p->len++] = hex[(unsigned char)utf8[i] >> 4];
            p->out[p->len++] = hex[(unsigned char)utf8[i] & 15];
        }
    }
}

static bool is_file(const struct parser *p)
{
    return p->special != NULL && p->special->port < 0;
}

static bool is_slash(const struct parser *p, size_t at)
{
    return at < p->in.len && (p->in.ptr[at] == '/' || (p->in.ptr[at] == '\\' && p->special != NULL));
}

/* Length of what stands before the path, query and fragment, or with `path` of the path itself. */
static size_t until(const struct parser *p, bool path)
{
    size_t at = 0;

    while (at < p->in.len && p->in.ptr[at] != '?' && p->in.ptr[at] != '#' && (path || !is_slash(p, at)))
        at++;
    return at;
}

/* "c:" or "c|", then the end, a slash, "?" or "#" (1.2.1, "starts with a Windows drive letter"). */
static bool starts_with_drive(struct cnil_str text)
{
    return text.len >= 2 && cnil_is_alpha(text.ptr[0]) && (text.ptr[1] == ':' || text.ptr[1] == '|') &&
           (text.len == 2 || memchr("/\\?#", text.ptr[2], 4) != NULL);
}

/* The path as it is written now: is all of it "/c:"? */
static bool is_drive_path(const struct parser *p)
{
    return is_file(p) && p->len - p->path_at == 3 && cnil_is_alpha(p->out[p->path_at + 1]) &&
           p->out[p->path_at + 2] == ':';
}

/* 4.2, "shorten a URL's path". */
static void shorten(struct parser *p)
{
    if (is_drive_path(p))
        return;
    while (p->len > p->path_at)
        if (p->out[--p->len] == '/')
            return;
}

/* How many dots a segment is made of, "%2e" being one too: 1 or 2, else 0. */
static int dots(struct cnil_str segment)
{
    int count = 0;

    while (segment.len > 0 && count < 3) {
        if (segment.ptr[0] == '.')
            segment = cnil_str_slice(segment, 1, segment.len);
        else if (cnil_str_starts_with_nocase(segment, CNIL_STR("%2e")))
            segment = cnil_str_slice(segment, 3, segment.len);
        else
            return 0;
        count++;
    }
    return count < 3 ? count : 0;
}

/* Fragment state; the last one. */
static void fragment(struct parser *p)
{
    if (p->in.len == 0 || p->in.ptr[0] != '#')
        return;
    p->out[p->len++] = '#';
    put_encoded(p, cnil_str_slice(p->in, 1, p->in.len), FRAGMENT);
}

/* Query state, then fragment state. */
static void query(struct parser *p)
{
    if (p->path_end == 0)
        p->path_end = p->len;
    if (p->in.len > 0 && p->in.ptr[0] == '?') {
        size_t end = cnil_str_find_byte(p->in, '#');

        p->out[p->len++] = '?';
        p->query_at = p->len;
        put_encoded(p, cnil_str_slice(p->in, 1, end), p->special != NULL ? SPECIAL_QUERY : QUERY);
        skip(p, end);
    }
    fragment(p);
}

/* Length of a path that is written as it stands, as nearly all are: no segment of dots, nothing to encode, no
 * backslash. SIZE_MAX: it is not. */
static size_t plain_path(const struct parser *p)
{
    char before = '/';
    size_t at = 0;

    for (; at < p->in.len; at++) {
        char c = p->in.ptr[at];

        if ((classes[(unsigned char)c] & PATH) != 0 || c == '\\' || (before == '/' && (c == '.' || c == '%')))
            return c == '?' || c == '#' ? at : SIZE_MAX;
        before = c;
    }
    return at;
}

/* Path state, then query state. `path_at` is set, and what is kept of a base's path is written. */
static void path(struct parser *p)
{
    size_t plain = is_file(p) ? SIZE_MAX : plain_path(p), end;
    bool more = true;

    if (plain < SIZE_MAX) {
        p->out[p->len++] = '/';
        put(p, cnil_str_slice(p->in, 0, plain));
        skip(p, plain);
        query(p);
        return;
    }
    end = until(p, true);
    while (more) {
        struct cnil_str segment;
        size_t len = 0;

        while (len < end && !is_slash(p, len))
            len++;
        more = len < end;
        segment = cnil_str_slice(p->in, 0, len);
        switch (dots(segment)) {
        case 2:
            shorten(p);
            if (!more)
                p->out[p->len++] = '/';
            break;
        case 1:
            if (!more)
                p->out[p->len++] = '/';
            break;
        default:
            p->out[p->len++] = '/';
            put_encoded(p, segment, PATH);
            if (is_file(p) && p->len - p->path_at == 3 && starts_with_drive(segment) && segment.len == 2)
                p->out[p->len - 1] = ':';
        }
        skip(p, len + more);
        end -= len + more;
    }
    query(p);
}

/* Path start state. */
static void path_start(struct parser *p)
{
    p->path_at = p->len;
    if (p->special == NULL && (p->in.len == 0 || p->in.ptr[0] == '?' || p->in.ptr[0] == '#')) {
        query(p);
        return;
    }
    skip(p, is_slash(p, 0));
    path(p);
}

/* Host state of a text that is not empty. */
static enum cnil_status host(struct parser *p, struct cnil_str text)
{
    size_t more = cnil_host_room(text, p->special != NULL);

    /* room() has counted what an opaque host grows by. A domain that is not plain is rare enough to copy what is there.
     */
    if (p->special != NULL && more > WORST_PLAIN_HOST + text.len) {
        char *grown = cnil_arena_alloc(p->arena, p->size + more);

        if (grown == NULL)
            return CNIL_NO_MEMORY;
        memcpy(grown, p->out, p->len);
        p->out = grown;
        p->size += more;
    }
    p->host_at = p->len;
    return cnil_host_write(text, p->special != NULL, p->out + p->len, &p->host_len, &p->url->host_kind);
}

/* Port state. */
static enum cnil_status port(struct parser *p, struct cnil_str digits)
{
    int number = 0;

    for (size_t i = 0; i < digits.len; i++) {
        if (!cnil_is_digit(digits.ptr[i]))
            return CNIL_INVALID;
        number = number * 10 + (digits.ptr[i] - '0');
        if (number > 65535)
            return CNIL_INVALID;
    }
    if (digits.len > 0 && (p->special == NULL || number != p->special->port)) {
        p->url->port = number;
        p->len += (size_t)sprintf(p->out + p->len, ":%d", number);
    }
    return CNIL_OK;
}

/* Writes "user:password@" as far as there is any. */
static void credentials(struct parser *p, struct cnil_str text)
{
    size_t colon = cnil_str_find_byte(text, ':');
    struct cnil_str password = cnil_str_slice(text, colon + 1, text.len);

    put_encoded(p, cnil_str_slice(text, 0, colon), USERINFO);
    if (password.len > 0) {
        p->out[p->len++] = ':';
        put_encoded(p, password, USERINFO);
    }
    if (colon > 0 || password.len > 0)
        p->out[p->len++] = '@';
}

/* Authority state, host state, port state; then the path. */
static enum cnil_status authority(struct parser *p)
{
    size_t end = until(p, false), at, colon;
    struct cnil_str text = cnil_str_slice(p->in, 0, end);
    enum cnil_status status;
    bool inside = false; /* brackets */

    put(p, CNIL_STR("//"));
    for (at = text.len; at > 0 && text.ptr[at - 1] != '@'; at--)
        ;
    if (at > 0) {
        credentials(p, cnil_str_slice(text, 0, at - 1));
        text = cnil_str_slice(text, at, text.len);
        if (text.len == 0)
            return CNIL_INVALID;
    }
    for (colon = 0; colon < text.len && (inside || text.ptr[colon] != ':'); colon++)
        inside = text.ptr[colon] == '[' || (inside && text.ptr[colon] != ']');
    if (colon == 0 && (text.len > 0 || p->special != NULL))
        return CNIL_INVALID;
    p->url->host_kind = CNIL_HOST_EMPTY;
    p->host_at = p->len;
    if (colon > 0) {
        status = host(p, cnil_str_slice(text, 0, colon));
        if (status != CNIL_OK)
            return status;
    }
    p->len += p->host_len;
    status = port(p, cnil_str_slice(text, colon + 1, text.len));
    if (status != CNIL_OK)
        return status;
    skip(p, end);
    path_start(p);
    return CNIL_OK;
}

/* Special authority ignore slashes state. */
static enum cnil_status special_authority(struct parser *p)
{
    while (is_slash(p, 0))
        skip(p, 1);
    return authority(p);
}

/* Takes scheme and authority over from the base: all that stands before its path. */
static void take_authority(struct parser *p)
{
    size_t scheme_end = p->base->scheme.len + 1;
    size_t end = (size_t)(p->base->path.ptr - p->base->href.ptr);

    p->url->host_kind = p->base->host_kind;
    p->url->port = p->base->port;
    if (p->base->host_kind == CNIL_HOST_NONE) /* a "/." may stand there */
        return;
    p->host_at = (size_t)(p->base->host.ptr - p->base->href.ptr);
    p->host_len = p->base->host.len;
    put(p, cnil_str_slice(p->base->href, scheme_end, end));
}

/* A reference that has no path: the base's is kept, and its query as well unless there is one here. */
static void keep_path(struct parser *p)
{
    struct cnil_str tail = p->base->path;

    p->path_at = p->len;
    p->path_end = p->len + tail.len;
    if ((p->in.len == 0 || p->in.ptr[0] == '#') && p->base->query.ptr != NULL) {
        p->query_at = p->path_end + 1;
        tail.len += 1 + p->base->query.len;
    }
    put(p, tail);
    query(p);
}

/* Relative state, relative slash state. */
static enum cnil_status relative(struct parser *p)
{
    if (is_slash(p, 0) && is_slash(p, 1)) {
        if (p->special != NULL)
            return special_authority(p);
        skip(p, 2);
        return authority(p);
    }
    take_authority(p);
    if (is_slash(p, 0)) {
        skip(p, 1);
        p->path_at = p->len;
        path(p);
    } else if (p->in.len == 0 || p->in.ptr[0] == '?' || p->in.ptr[0] == '#') {
        keep_path(p);
    } else {
        p->path_at = p->len;
        put(p, p->base->path);
        shorten(p);
        path(p);
    }
    return CNIL_OK;
}

/* File host state. */
static enum cnil_status file_host(struct parser *p)
{
    size_t end = until(p, false);
    struct cnil_str text = cnil_str_slice(p->in, 0, end);
    enum cnil_status status;

    put(p, CNIL_STR("//"));
    p->host_at = p->len;
    p->url->host_kind = CNIL_HOST_EMPTY;
    if (text.len == 2 && starts_with_drive(text)) {
        p->path_at = p->len;
        path(p);
        return CNIL_OK;
    }
    if (text.len > 0) {
        status = host(p, text);
        if (status != CNIL_OK)
            return status;
        if (cnil_str_equal((struct cnil_str){ p->out + p->host_at, p->host_len }, CNIL_STR("localhost"))) {
            p->url->host_kind = CNIL_HOST_EMPTY;
            p->host_len = 0;
        }
        p->len += p->host_len;
    }
    skip(p, end);
    path_start(p);
    return CNIL_OK;
}

/* File state, file slash state. */
static enum cnil_status file(struct parser *p)
{
    bool has_base = p->base != NULL && cnil_str_equal(p->base->scheme, CNIL_STR("file"));

    if (is_slash(p, 0) && is_slash(p, 1)) {
        skip(p, 2);
        return file_host(p);
    }
    if (has_base) {
        take_authority(p);
    } else {
        put(p, CNIL_STR("//"));
        p->host_at = p->len;
        p->url->host_kind = CNIL_HOST_EMPTY;
    }
    p->path_at = p->len;
    if (is_slash(p, 0)) {
        skip(p, 1);
        if (has_base && !starts_with_drive(p->in)) {
            struct cnil_str drive = cnil_str_slice(p->base->path, 1, 3);

            if (starts_with_drive(cnil_str_slice(p->base->path, 1, 4)) && drive.ptr[1] == ':') {
                p->out[p->len++] = '/';
                put(p, drive);
            }
        }
        path(p);
    } else if (has_base && (p->in.len == 0 || p->in.ptr[0] == '?' || p->in.ptr[0] == '#')) {
        keep_path(p);
    } else {
        if (has_base && !starts_with_drive(p->in)) {
            put(p, p->base->path);
            shorten(p);
        }
        path(p);
    }
    return CNIL_OK;
}

/* Opaque path state. */
static void opaque_path(struct parser *p)
{
    size_t end = until(p, true);

    p->path_at = p->len;
    put_encoded(p, cnil_str_slice(p->in, 0, end), CONTROL);
    skip(p, end);
    query(p);
}

/* What follows "scheme:" (the end of the scheme state). */
static enum cnil_status after_scheme(struct parser *p)
{
    if (is_file(p))
        return file(p);
    if (p->special != NULL) {
        if (p->base != NULL && cnil_str_equal(p->base->scheme, p->special->scheme) &&
            !cnil_str_starts_with(p->in, CNIL_STR("//")))
            return relative(p);
        return special_authority(p);
    }
    if (cnil_str_starts_with(p->in, CNIL_STR("//"))) {
        skip(p, 2);
        return authority(p);
    }
    if (is_slash(p, 0)) {
        skip(p, 1);
        p->path_at = p->len;
        path(p);
    } else {
        opaque_path(p);
    }
    return CNIL_OK;
}

/* Length of the scheme that `in` begins with; 0: none. */
static size_t scheme_len(struct cnil_str in)
{
    size_t at = 0;

    if (in.len == 0 || !cnil_is_alpha(in.ptr[0]))
        return 0;
    while (at < in.len && (cnil_is_alpha(in.ptr[at]) || cnil_is_digit(in.ptr[at]) || in.ptr[at] == '+' ||
                           in.ptr[at] == '-' || in.ptr[at] == '.'))
        at++;
    return at < in.len && in.ptr[at] == ':' ? at : 0;
}

/* Scheme start state, scheme state, no scheme state. */
static enum cnil_status parse(struct parser *p)
{
    size_t len = scheme_len(p->in);

    if (len > 0) {
        for (size_t i = 0; i <= len; i++) /* ":" too */
            p->out[i] = cnil_lower(p->in.ptr[i]);
        p->len = len + 1;
        skip(p, len + 1);
        p->special = find_special((struct cnil_str){ p->out, len });
        p->url->scheme.len = len;
        return after_scheme(p);
    }
    if (p->base == NULL)
        return CNIL_INVALID;
    put(p, cnil_str_slice(p->base->href, 0, p->base->scheme.len + 1));
    p->url->scheme.len = p->base->scheme.len;
    p->special = find_special(p->base->scheme);
    if (p->base->host_kind == CNIL_HOST_NONE && !cnil_str_starts_with(p->base->path, CNIL_STR("/"))) {
        if (p->in.len == 0 || p->in.ptr[0] != '#')
            return CNIL_INVALID; /* an opaque path resolves nothing */
        keep_path(p);
        return CNIL_OK;
    }
    return is_file(p) ? file(p) : relative(p);
}

/* A path that begins with "//" and has no authority before it would be read as one, so "/." goes first (4.5). */
static void guard_path(struct parser *p)
{
    size_t at = p->path_at;

    if (p->url->host_kind != CNIL_HOST_NONE || p->path_end - at < 2 || memcmp(p->out + at, "//", 2) != 0)
        return;
    memmove(p->out + at + 2, p->out + at, p->len - at);
    memcpy(p->out + at, "/.", 2);
    p->len += 2;
    p->path_at += 2;
    p->path_end += 2;
    p->query_at += p->query_at > 0 ? 2 : 0;
}

static struct cnil_str strip(struct cnil_str in)
{
    while (in.len > 0 && (unsigned char)in.ptr[0] <= ' ')
        in = cnil_str_slice(in, 1, in.len);
    while (in.len > 0 && (unsigned char)in.ptr[in.len - 1] <= ' ')
        in.len--;
    return in;
}

/* Room for the worst that `in` can become, and whether tabs and newlines stand in it. */
static size_t room(struct cnil_str in, const struct cnil_url *base, bool *stripped)
{
    unsigned char seen = 0;
    size_t unsafe = 0, bytes;

    for (size_t i = 0; i < in.len; i++)
        seen |= classes[(unsigned char)in.ptr[i]];
    if ((seen & ~USERINFO) != 0)
        for (size_t i = 0; i < in.len; i++)
            unsafe += (classes[(unsigned char)in.ptr[i]] & ~USERINFO) != 0;
    *stripped = (seen & STRIPPED) != 0;
    bytes = WORST_PLAIN_HOST + in.len +
            (seen & NOT_ASCII ? 8 : 2) * unsafe; /* one byte that is not UTF-8 becomes "%EF%BF%BD" */
    if (base != NULL)
        bytes += base->href.len;
    if (memchr(in.ptr, '@', in.len) != NULL)
        bytes += 2 * in.len;
    return bytes;
}

enum cnil_status cnil_url_parse(struct cnil_str input, const struct cnil_url *base, struct cnil_arena *arena,
                                struct cnil_url *url)
{
    struct parser p = { .base = base, .url = url, .arena = arena };
    enum cnil_status status;
    bool stripped;

    *url = (struct cnil_url){ .port = -1 };
    p.in = strip(input);
    if (p.in.len > CNIL_LIMIT_URL) {
        p.in.len = CNIL_LIMIT_URL;
        url->truncated = true;
    }
    if (p.in.len == 0)
        p.in = CNIL_STR("");
    p.size = room(p.in, base, &stripped);
    p.out = cnil_arena_alloc(arena, p.size + (stripped ? p.in.len : 0));
    if (p.out == NULL)
        return CNIL_NO_MEMORY;
    if (stripped) {
        char *clean = p.out + p.size;
        size_t len = 0;

        for (size_t i = 0; i < p.in.len; i++)
            if (!(classes[(unsigned char)p.in.ptr[i]] & STRIPPED))
                clean[len++] = p.in.ptr[i];
        p.in = (struct cnil_str){ clean, len };
    }
    status = parse(&p);
    if (status != CNIL_OK)
        return status;
    guard_path(&p);
    url->href = (struct cnil_str){ p.out, p.len };
    url->scheme.ptr = p.out;
    if (url->host_kind != CNIL_HOST_NONE)
        url->host = (struct cnil_str){ p.out + p.host_at, p.host_len };
    url->path = (struct cnil_str){ p.out + p.path_at, p.path_end - p.path_at };
    if (p.query_at > 0) {
        size_t end = cnil_str_find_byte(url->href, '#');

        url->query = (struct cnil_str){ p.out + p.query_at, end - p.query_at };
    }
    return CNIL_OK;
}

bool cnil_url_is_network(const struct cnil_url *url)
{
    const struct special *special = find_special(url->scheme);

    return special != NULL && special->port > 0;
}
