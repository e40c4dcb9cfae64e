/* SPDX-License-Identifier: Apache-2.0
 * The states are those of CSS Syntax Module Level 3, 4.3, as far as a URL may depend on them. Between tokens the
 * scanner looks for the few bytes that matter and reads the name before a "(" backwards; only a name that holds an
 * escape or goes over a chunk border is read forwards. */
#include "web/css.h"

#include "base/buffer.h"
#include "base/scan.h"
#include "web/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_DEPTH = 64,     /* open blocks; deeper ones are not told apart */
    MAX_NAME = 24,      /* longer than any name that is asked for */
    DATA_SCHEME_LEN = 5 /* "data:" */
};

enum state {
    BETWEEN,      /* 4.3.1, tokens */
    NAME,         /* 4.3.11, an ident sequence, a number with its unit, a hash */
    SLASH,        /* a comment may begin */
    COMMENT,      /* 4.3.2 */
    COMMENT_STAR, /* … and may end */
    STRING,       /* 4.3.5 */
    URL_START,    /* 4.3.4 and 4.3.6, after "url(" */
    URL,          /* 4.3.6 */
    URL_SPACE,    /* … only ")" may follow */
    BAD_URL       /* 4.3.14 */
};

/* 4.3.7. From ESCAPE_DIGITS on: how many hexadecimal digits there were. */
enum escape { ESCAPE_NONE, ESCAPE_BEGINS, ESCAPE_LINE_FEED /* belongs to the CR before it */, ESCAPE_DIGITS };

/* What a name turns out to be, as more of it is seen. */
enum kind { KIND_NOTHING, KIND_DASH, KIND_IDENT, KIND_NUMBER, KIND_HASH };

/* What stands between an at-keyword and its block or semicolon. */
enum prelude { PRELUDE_NONE, PRELUDE_IMPORT, PRELUDE_NAMESPACE, PRELUDE_FONT };

/* Is the value at hand a URL? */
enum candidate { CANDIDATE_NO, CANDIDATE_ABSOLUTE /* if it names a host by itself */, CANDIDATE_YES };

/* An open block: what closes it, and flags. */
enum { BRACE = 1, BRACKET = 2, PAREN = 3, CLOSER = 3, URLS = 4 /* strings in it are URLs */, FONT = 8, SHEET = 16 };

enum result { TOKEN, AGAIN, DRY, FAILED };

struct cnil_css_scanner {
    const char *at;
    const char *begin; /* of the chunk */
    const char *start; /* what has not been given out yet */
    const char *end;
    const char *floor; /* a name that ends later does not begin before */
    enum cnil_css_border border;

    enum state state;
    unsigned escape; /* enum escape */
    bool is_lost;    /* too many open blocks */
    enum prelude prelude;
    unsigned depth;
    unsigned char open[MAX_DEPTH];
    enum cnil_pairs pairs;
    const char *told_from; /* of the chunk: what was before it … */
    bool is_half;          /* … ended within a character */

    /* the name at hand */
    enum kind kind;
    bool is_at;          /* after "@" */
    bool may_be_cdo;     /* after "<!" */
    uint32_t code;       /* of its escape */
    size_t name_len;     /* of what it means; past MAX_NAME it is none that is asked for */
    char name[MAX_NAME]; /* in lower case */
    char before[2];      /* the bytes before the chunk, the nearest first; NUL: none that matters */

    /* the value at hand */
    enum candidate candidate;
    enum cnil_css_use use;
    const char *value; /* where it begins in the chunk; NULL: in `carry` */
    char quote;
    bool is_checked; /* its beginning was looked at */
    bool is_rest;    /* what comes of it is given as REST */

    struct cnil_buffer carries[2]; /* one may be lent to the caller */
    unsigned turn;
    struct cnil_buffer text; /* a decoded value */
    struct cnil_css_token ready;
    bool is_ready;
};

/* ---- classes of bytes ---- */

enum { IN_NAME = 1, SPECIAL = 2, URL_STOP = 4, TELLS = 8 /* that there may be a URL in a style attribute */ };

#define CONTROLS(from) [(from)] = URL_STOP, [(from) + 1] = URL_STOP, [(from) + 2] = URL_STOP, [(from) + 3] = URL_STOP

/* clang-format off */
static const unsigned char classes[256] = {
    [0] = IN_NAME, /* read as U+FFFD */
    [1] = URL_STOP, [2] = URL_STOP, [3] = URL_STOP, CONTROLS(4), CONTROLS(8), CONTROLS(12), CONTROLS(16), CONTROLS(20),
    CONTROLS(24), CONTROLS(28), [' '] = URL_STOP, [0x7f] = URL_STOP,
    ['"'] = SPECIAL | URL_STOP | TELLS, ['\''] = SPECIAL | URL_STOP | TELLS, ['('] = SPECIAL | URL_STOP | TELLS,
    [')'] = SPECIAL | URL_STOP, ['\\'] = SPECIAL | URL_STOP | TELLS, ['&'] = TELLS, ['/'] = SPECIAL, ['@'] = SPECIAL, ['['] = SPECIAL, [']'] = SPECIAL, ['{'] = SPECIAL,
    ['}'] = SPECIAL, ['-'] = IN_NAME, ['_'] = IN_NAME, ['0' ... '9'] = IN_NAME, ['a' ... 'z'] = IN_NAME,
    ['A' ... 'Z'] = IN_NAME, [0x80 ... 0xff] = IN_NAME,
};
/* clang-format on */

static inline bool is_class(char c, unsigned set)
{
    return (classes[(unsigned char)c] & set) != 0;
}

static inline bool is_newline(char c)
{
    return c == '\n' || c == '\r' || c == '\f';
}

#if CNIL_SCAN_SSE2
/* Those that are SPECIAL, and '|', and those of them with the bit of lower case in another state. */
static inline unsigned special_bits(const char *at)
{
    __m128i bytes = cnil_scan_load(at);
    __m128i brackets = _mm_sub_epi8(_mm_and_si128(bytes, _mm_set1_epi8((char)0xdf)), _mm_set1_epi8('['));
    __m128i quotes = _mm_sub_epi8(bytes, _mm_set1_epi8('\''));
    __m128i found = _mm_or_si128(cnil_scan_up_to(brackets, 2), cnil_scan_up_to(quotes, 2)); /* [\] {|} and '() */

    found = _mm_or_si128(found, cnil_scan_is(bytes, '"'));
    found = _mm_or_si128(found, cnil_scan_is(bytes, '/'));
    return cnil_scan_bits(_mm_or_si128(found, cnil_scan_is(bytes, '@')));
}

/* Those that are URL_STOP, and NUL. */
static inline unsigned url_stop_bits(const char *at)
{
    __m128i bytes = cnil_scan_load(at);
    __m128i found =
        _mm_or_si128(cnil_scan_up_to(bytes, ' '), cnil_scan_up_to(_mm_sub_epi8(bytes, _mm_set1_epi8('\'')), 2));

    found = _mm_or_si128(found, _mm_or_si128(cnil_scan_is(bytes, '"'), cnil_scan_is(bytes, '\\')));
    return cnil_scan_bits(_mm_or_si128(found, cnil_scan_is(bytes, 0x7f)));
}

/* Those that TELL. */
static inline unsigned telling_bits(const char *at)
{
    __m128i bytes = cnil_scan_load(at);
    __m128i found = cnil_scan_up_to(_mm_sub_epi8(bytes, _mm_set1_epi8('&')), 2); /* &'( */

    return cnil_scan_bits(_mm_or_si128(found, _mm_or_si128(cnil_scan_is(bytes, '"'), cnil_scan_is(bytes, '\\'))));
}
#else
#define special_bits  NULL
#define url_stop_bits NULL
#define telling_bits  NULL
#endif

/* The first byte of `set`, or `end`; each place of one among sixteen is among the bits. */
static inline __attribute__((always_inline)) const char *find_class(const char *at, const char *end, unsigned set,
                                                                    unsigned (*bits_of)(const char *at))
{
#if CNIL_SCAN_SSE2
    while (end - at >= 16) {
        unsigned bits = bits_of(at);

        if (bits == 0) {
            at += 16;
            continue;
        }
        at += __builtin_ctz(bits);
        if (is_class(*at, set))
            return at;
        at++;
    }
#else
    (void)bits_of;
#endif
    while (at < end && !is_class(*at, set))
        at++;
    return at;
}

static inline const char *find_special(const char *at, const char *end)
{
    return find_class(at, end, SPECIAL, special_bits);
}

/* What an unquoted URL cannot hold as it is, or `end`. */
static const char *find_url_stop(const char *at, const char *end)
{
    return find_class(at, end, URL_STOP, url_stop_bits);
}

static inline const char *find_telling(const char *at, const char *end)
{
    return find_class(at, end, TELLS, telling_bits);
}

/* The end of a string, an escape in it, or `end`. */
static const char *find_string_stop(const char *at, const char *end, char quote)
{
#if CNIL_SCAN_SSE2
    while (end - at >= 16) {
        __m128i bytes = cnil_scan_load(at);
        __m128i found = _mm_or_si128(cnil_scan_is(bytes, quote), cnil_scan_is(bytes, '\\'));
        unsigned bits = cnil_scan_bits(_mm_or_si128(found, cnil_scan_up_to(bytes, '\r')));

        if (bits == 0) {
            at += 16;
            continue;
        }
        at += __builtin_ctz(bits);
        if (*at == quote || *at == '\\' || is_newline(*at))
            return at;
        at++;
    }
#endif
    while (at < end && *at != quote && *at != '\\' && !is_newline(*at))
        at++;
    return at;
}

/* May the name of a function that takes URLs end before `at`, two bytes of it in sight? */
static inline bool ends_such_a_name(const char *at)
{
    switch (((unsigned char)at[-2] | 0x20) << 8 | ((unsigned char)at[-1] | 0x20)) {
    case 'r' << 8 | 'l': /* url */
    case 'r' << 8 | 'c': /* src */
    case 'g' << 8 | 'e': /* image */
    case 'd' << 8 | 'e': /* cross-fade */
    case 'e' << 8 | 't': /* image-set */
        return true;
    default:
        return false;
    }
}

/* The first byte of a string that names a host by itself, or escapes one. */
static inline bool begins_with_host(char c)
{
    return (unsigned char)c <= ' ' || memchr("hHwWfF/\\", c, 8) != NULL;
}

bool cnil_css_may_have_urls(struct cnil_str css)
{
    const char *at = css.ptr, *end = at + css.len;

    for (; (at = find_telling(at, end)) < end; at++) {
        if (*at == '(' ? at - css.ptr >= 2 && ends_such_a_name(at)
                       : *at == '&' || *at == '\\' || (at + 1 < end && begins_with_host(at[1])))
            return true;
    }
    return false;
}

/* ---- life ---- */

struct cnil_css_scanner *cnil_css_scanner_new(void)
{
    struct cnil_css_scanner *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    cnil_buffer_init(&s->carries[0], CNIL_LIMIT_URL);
    cnil_buffer_init(&s->carries[1], CNIL_LIMIT_URL);
    cnil_buffer_init(&s->text, 3 * CNIL_LIMIT_URL + 4); /* NUL becomes U+FFFD */
    cnil_css_scanner_begin(s);
    return s;
}

void cnil_css_scanner_free(struct cnil_css_scanner *scanner)
{
    if (scanner == NULL)
        return;
    cnil_buffer_free(&scanner->carries[0]);
    cnil_buffer_free(&scanner->carries[1]);
    cnil_buffer_free(&scanner->text);
    free(scanner);
}

static struct cnil_buffer *carry_of(struct cnil_css_scanner *s)
{
    return &s->carries[s->turn];
}

void cnil_css_scanner_begin(struct cnil_css_scanner *scanner)
{
    scanner->state = BETWEEN;
    scanner->escape = ESCAPE_NONE;
    scanner->is_lost = false;
    scanner->prelude = PRELUDE_NONE;
    scanner->depth = 0;
    scanner->candidate = CANDIDATE_NO;
    scanner->is_rest = false;
    scanner->is_ready = false;
    scanner->is_half = false;
    scanner->before[0] = scanner->before[1] = '\0';
    cnil_buffer_clear(carry_of(scanner));
    cnil_css_scanner_feed(scanner, CNIL_STR_EMPTY, CNIL_CSS_MORE);
}

void cnil_css_scanner_read_pairs(struct cnil_css_scanner *scanner, enum cnil_pairs pairs)
{
    scanner->pairs = pairs;
}

void cnil_css_scanner_feed(struct cnil_css_scanner *scanner, struct cnil_str chunk, enum cnil_css_border border)
{
    const char *ptr = chunk.ptr != NULL ? chunk.ptr : "";

    scanner->at = scanner->begin = scanner->start = scanner->floor = ptr;
    scanner->told_from = ptr;
    scanner->end = ptr + chunk.len;
    scanner->value = carry_of(scanner)->len == 0 ? ptr : NULL;
    scanner->border = border;
}

struct cnil_str cnil_css_scanner_held(const struct cnil_css_scanner *scanner)
{
    return cnil_buffer_str(&scanner->carries[scanner->turn]);
}

/* ---- tokens ---- */

static enum result give(struct cnil_css_scanner *s, struct cnil_css_token *token, const char *end)
{
    if (end <= s->start)
        return AGAIN;
    *token = (struct cnil_css_token){ .kind = s->is_rest ? CNIL_CSS_REST : CNIL_CSS_TEXT,
                                      .raw = { s->start, (size_t)(end - s->start) } };
    s->start = end;
    return TOKEN;
}

/* What is carried, as TEXT: it is no URL. */
static enum result release(struct cnil_css_scanner *s, struct cnil_css_token *token)
{
    struct cnil_buffer *carry = carry_of(s);

    s->candidate = CANDIDATE_NO;
    if (carry->len == 0)
        return AGAIN;
    *token = (struct cnil_css_token){ .kind = CNIL_CSS_TEXT, .raw = cnil_buffer_str(carry) };
    s->turn ^= 1;
    cnil_buffer_clear(carry_of(s));
    s->value = s->start;
    return TOKEN;
}

/* ---- characters of two bytes ---- */

static bool is_first_half(enum cnil_pairs pairs, char c)
{
    unsigned char byte = (unsigned char)c;

    if (pairs == CNIL_PAIRS_SHIFT_JIS)
        return (byte >= 0x81 && byte <= 0x9f) || (byte >= 0xe0 && byte <= 0xfc);
    return byte >= 0x81 && byte <= 0xfe;
}

/* Is what stands at `at`, a byte of ASCII or the end, the second half of a character? The bytes that are not ASCII's
 * before it tell: whatever goes before them is complete. `is_half`: the byte before `begin` was a first half. */
static bool is_after_half(enum cnil_pairs pairs, const char *begin, const char *at, bool is_half)
{
    const char *from = at;

    while (from > begin && (unsigned char)from[-1] >= 0x80)
        from--;
    is_half = from == begin && is_half;
    for (; from < at; from++)
        is_half = !is_half && is_first_half(pairs, *from);
    return is_half;
}

static inline bool is_second_half(const struct cnil_css_scanner *s, const char *at)
{
    return s->pairs != CNIL_PAIRS_NONE && (unsigned char)*at >= 0x40 &&
           is_after_half(s->pairs, s->told_from, at, s->is_half);
}

/* ---- escapes ---- */

/* One more byte of an escape; false: it has ended before this one. */
static bool goes_on_escape(struct cnil_css_scanner *s, char c)
{
    unsigned escape = s->escape;
    bool is_digit = cnil_hex_value(c) >= 0;

    if (escape == ESCAPE_LINE_FEED) {
        s->escape = ESCAPE_NONE;
        return c == '\n';
    }
    if (is_digit && (escape == ESCAPE_BEGINS || escape < ESCAPE_DIGITS + 5)) {
        s->escape = escape == ESCAPE_BEGINS ? ESCAPE_DIGITS : escape + 1;
        return true;
    }
    s->escape = c == '\r' ? ESCAPE_LINE_FEED : ESCAPE_NONE;
    return escape == ESCAPE_BEGINS || cnil_is_space(c);
}

/* Appends what the escape stands for whose backslash is at `at` of `raw`; returns where it ends. */
static size_t decode_escape(struct cnil_str raw, size_t at, char quote, struct cnil_buffer *out)
{
    uint32_t code = 0;
    size_t from = ++at;
    char utf8[4];

    if (at == raw.len) {
        if (quote == 0)
            cnil_buffer_append(out, (struct cnil_str){ utf8, cnil_utf8_write(CNIL_UTF8_REPLACEMENT, utf8) });
        return at;
    }
    while (at < raw.len && at < from + 6 && cnil_hex_value(raw.ptr[at]) >= 0)
        code = code << 4 | (uint32_t)cnil_hex_value(raw.ptr[at++]);
    if (at > from) {
        if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            code = CNIL_UTF8_REPLACEMENT;
        cnil_buffer_append(out, (struct cnil_str){ utf8, cnil_utf8_write(code, utf8) });
        if (at == raw.len || !cnil_is_space(raw.ptr[at]))
            return at;
    } else if (!is_newline(raw.ptr[at])) {
        if (raw.ptr[at] == '\0')
            cnil_buffer_append(out, (struct cnil_str){ utf8, cnil_utf8_write(CNIL_UTF8_REPLACEMENT, utf8) });
        else
            cnil_buffer_append_byte(out, raw.ptr[at]);
        return at + 1;
    }
    return at + (raw.ptr[at] == '\r' && at + 1 < raw.len && raw.ptr[at + 1] == '\n' ? 2 : 1);
}

/* The value that `raw` stands for. `quote`: 0 for an unquoted URL. */
static enum cnil_status decode(struct cnil_css_scanner *s, struct cnil_str raw, char quote, struct cnil_str *value)
{
    char utf8[4];
    size_t at = 0;

    *value = raw;
    if (raw.len == 0 || (memchr(raw.ptr, '\\', raw.len) == NULL && memchr(raw.ptr, '\0', raw.len) == NULL))
        return CNIL_OK;
    cnil_buffer_clear(&s->text);
    while (at < raw.len) {
        size_t from = at;

        while (at < raw.len && raw.ptr[at] != '\\' && raw.ptr[at] != '\0')
            at++;
        cnil_buffer_append(&s->text, cnil_str_slice(raw, from, at));
        if (at < raw.len && raw.ptr[at] == '\\' && s->pairs != CNIL_PAIRS_NONE &&
            is_after_half(s->pairs, raw.ptr, raw.ptr + at, false)) {
            cnil_buffer_append_byte(&s->text, raw.ptr[at++]);
        } else if (at < raw.len && raw.ptr[at] == '\\') {
            at = decode_escape(raw, at, quote, &s->text);
        } else if (at < raw.len) {
            cnil_buffer_append(&s->text, (struct cnil_str){ utf8, cnil_utf8_write(CNIL_UTF8_REPLACEMENT, utf8) });
            at++;
        }
    }
    *value = cnil_buffer_str(&s->text);
    return cnil_buffer_status(&s->text);
}

/* ---- names ---- */

static void begin_name(struct cnil_css_scanner *s, char before, char before_that)
{
    s->kind = before == '#' ? KIND_HASH : KIND_NOTHING;
    s->is_at = before == '@';
    s->may_be_cdo = before == '!' && before_that == '<';
    s->name_len = 0;
}

/* One more code point of a name. Those that no name we ask for has are all the same. */
static void add_to_name(struct cnil_css_scanner *s, uint32_t code, bool is_escaped)
{
    char c = code > 0 && code < 0x80 ? cnil_lower((char)code) : (char)0x80;

    if (s->may_be_cdo && s->name_len == 1 && c == '-' && !is_escaped && s->kind == KIND_DASH) { /* "<!--" is a token */
        begin_name(s, '\0', '\0');
        return;
    }
    if (s->kind == KIND_NOTHING || s->kind == KIND_DASH) {
        if (!is_escaped && cnil_is_digit(c))
            s->kind = KIND_NUMBER; /* a name that goes on after it is its unit */
        else if (!is_escaped && c == '-' && s->kind == KIND_NOTHING)
            s->kind = KIND_DASH;
        else
            s->kind = KIND_IDENT;
    }
    if (s->name_len < MAX_NAME)
        s->name[s->name_len] = c;
    s->name_len += s->name_len <= MAX_NAME ? 1 : 0;
}

/* The same for a byte of an escape; false: the escape has ended before it. */
static bool add_escape_to_name(struct cnil_css_scanner *s, char c)
{
    unsigned before = s->escape;
    bool goes_on = goes_on_escape(s, c);

    if (before == ESCAPE_BEGINS && s->escape != ESCAPE_DIGITS)
        add_to_name(s, (unsigned char)c, true);
    else if (before == ESCAPE_BEGINS)
        s->code = (uint32_t)cnil_hex_value(c);
    else if (before >= ESCAPE_DIGITS && s->escape > before)
        s->code = s->code << 4 | (uint32_t)cnil_hex_value(c);
    else if (before >= ESCAPE_DIGITS)
        add_to_name(s, s->code, true);
    return goes_on;
}

/* The byte `back` bytes before `at`, as far as it belongs to no other token. */
static char byte_before(const struct cnil_css_scanner *s, const char *at, size_t back)
{
    size_t here = (size_t)(at - s->floor);

    if (here >= back)
        return at[-(ptrdiff_t)back];
    return s->floor == s->begin && back - here <= 2 ? s->before[back - here - 1] : '\0';
}

/* Reads the name that ends at s->at backwards, up to where one can begin. */
static void read_name_before(struct cnil_css_scanner *s)
{
    const char *from = s->at;

    while (from > s->floor && is_class(from[-1], IN_NAME))
        from--;
    begin_name(s, byte_before(s, from, 1), byte_before(s, from, 2));
    while (from < s->at)
        add_to_name(s, (unsigned char)*from++, false);
}

static inline bool is_name(const struct cnil_css_scanner *s, struct cnil_str name)
{
    return s->name_len == name.len && memcmp(s->name, name.ptr, name.len) == 0;
}

/* ---- blocks ---- */

static unsigned flags_of(const struct cnil_css_scanner *s)
{
    return s->depth > 0 ? s->open[s->depth - 1] : 0;
}

static void open_block(struct cnil_css_scanner *s, unsigned flags)
{
    if (s->depth == MAX_DEPTH)
        s->is_lost = true;
    if (!s->is_lost)
        s->open[s->depth++] = (unsigned char)(flags | (flags_of(s) & FONT));
}

/* What closes another block than the innermost closes nothing (5.4.8). */
static void close_block(struct cnil_css_scanner *s, unsigned closer)
{
    if (!s->is_lost && (flags_of(s) & CLOSER) == closer)
        s->depth--;
}

/* A function's "(" has been read; `name` is known to be its name. */
static void open_function(struct cnil_css_scanner *s)
{
    static const struct cnil_str names[] = {
        CNIL_STR_INIT("src"),   CNIL_STR_INIT("image-set"),  CNIL_STR_INIT("-webkit-image-set"),
        CNIL_STR_INIT("image"), CNIL_STR_INIT("cross-fade"), CNIL_STR_INIT("-webkit-cross-fade"),
    };
    unsigned flags = PAREN;

    if (is_name(s, CNIL_STR("url"))) {
        s->state = URL_START;
        return;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (is_name(s, names[i]))
            flags |= URLS;
    if ((flags & URLS) != 0 && s->prelude == PRELUDE_IMPORT) {
        flags |= SHEET;
        s->prelude = PRELUDE_NONE;
    }
    open_block(s, flags);
}

static void begin_prelude(struct cnil_css_scanner *s)
{
    if (is_name(s, CNIL_STR("import")))
        s->prelude = PRELUDE_IMPORT;
    else if (is_name(s, CNIL_STR("namespace")))
        s->prelude = PRELUDE_NAMESPACE;
    else if (is_name(s, CNIL_STR("font-face")))
        s->prelude = PRELUDE_FONT;
    else
        s->prelude = PRELUDE_NONE;
}

/* The name at hand ends before s->at. */
static void end_name(struct cnil_css_scanner *s)
{
    s->state = BETWEEN;
    s->floor = s->at;
    if (s->kind != KIND_IDENT)
        return;
    if (s->is_at) {
        begin_prelude(s);
    } else if (s->at < s->end && *s->at == '(') {
        s->at++;
        open_function(s);
    }
}

/* May the function whose "(" stands at s->at take URLs? Most do not, and that shows in a few bytes. */
static inline bool may_take_urls(const struct cnil_css_scanner *s)
{
    return s->at - s->floor < 4 || ends_such_a_name(s->at);
}

/* ---- values ---- */

/* The next byte that a URL parser looks at; -1: none. */
static int next_of_url(struct cnil_str *rest)
{
    while (rest->len > 0) {
        char c = *rest->ptr;

        *rest = cnil_str_slice(*rest, 1, rest->len);
        if (c != '\t' && c != '\n' && c != '\r')
            return (unsigned char)cnil_lower(c);
    }
    return -1;
}

/* Does this URL name a host by itself, or may it once more of it comes? */
static bool names_host(struct cnil_str url, bool open)
{
    static const char *const schemes[] = { "http", "https", "ws", "wss", "ftp" };
    char scheme[8];
    size_t len = 0;
    int c;

    while (url.len > 0 && (unsigned char)*url.ptr <= ' ')
        url = cnil_str_slice(url, 1, url.len);
    c = next_of_url(&url);
    if (c == '/' || c == '\\') {
        c = next_of_url(&url);
        return c == '/' || c == '\\' || (open && c < 0);
    }
    while (c >= 0 && c != ':' && len < sizeof(scheme)) {
        scheme[len++] = (char)c;
        c = next_of_url(&url);
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        struct cnil_str name = cnil_str_from(schemes[i]);

        if (c < 0 && open)
            name = cnil_str_slice(name, 0, len);
        if ((c == ':' || (c < 0 && open)) && cnil_str_equal((struct cnil_str){ scheme, len }, name))
            return true;
    }
    return false;
}

/* A value begins at s->at. */
static void begin_value(struct cnil_css_scanner *s, enum state state, enum candidate candidate, char quote)
{
    unsigned flags = flags_of(s);

    s->state = state;
    s->quote = quote;
    s->candidate = candidate;
    s->use = (flags & SHEET) != 0 ? CNIL_CSS_SHEET : (flags & FONT) != 0 ? CNIL_CSS_FONT : CNIL_CSS_IMAGE;
    if (s->prelude == PRELUDE_IMPORT && candidate == CANDIDATE_YES) {
        s->use = CNIL_CSS_SHEET;
        s->prelude = PRELUDE_NONE;
    }
    s->value = s->at;
    s->is_checked = false;
}

static void begin_string(struct cnil_css_scanner *s)
{
    unsigned flags = flags_of(s);
    enum candidate candidate = CANDIDATE_ABSOLUTE;
    char quote = *s->at++;

    if (s->prelude == PRELUDE_NAMESPACE)
        candidate = CANDIDATE_NO;
    else if ((flags & URLS) != 0 || s->prelude == PRELUDE_IMPORT || s->is_lost)
        candidate = CANDIDATE_YES;
    else if ((flags & CLOSER) == BRACKET)
        candidate = CANDIDATE_NO;
    begin_value(s, STRING, candidate, quote);
}

/* The first bytes of a value may tell that it is none: "data:", or a word. Only as many as decide it, so that chunks do
 * not. */
static bool is_out_by_its_beginning(struct cnil_css_scanner *s)
{
    struct cnil_str carried = cnil_buffer_str(carry_of(s));
    const char *from = s->value != NULL ? s->value : s->start;
    size_t len = carried.len + (size_t)(s->end - from);
    char first[DATA_SCHEME_LEN];

    for (size_t i = 0; i < sizeof(first) && i < len; i++)
        first[i] = i < carried.len ? carried.ptr[i] : from[i - carried.len];
    if (len > 0 && s->candidate == CANDIDATE_ABSOLUTE && first[0] != s->quote && !begins_with_host(first[0]))
        return true;
    s->is_checked = len >= sizeof(first);
    return s->is_checked && s->use != CNIL_CSS_SHEET &&
           cnil_str_equal_nocase((struct cnil_str){ first, sizeof(first) }, CNIL_STR("data:"));
}

/* The value ends at `end` of the chunk, or is cut off there. */
static enum result end_value(struct cnil_css_scanner *s, struct cnil_css_token *token, const char *end, bool open)
{
    struct cnil_css_token url = { .kind = CNIL_CSS_URL, .use = s->use, .open = open };
    enum candidate candidate = s->candidate;
    struct cnil_buffer *carry = carry_of(s);
    bool is_carried = carry->len > 0;
    enum result result;

    s->candidate = CANDIDATE_NO;
    if (s->is_rest) {
        result = give(s, token, end);
        s->is_rest = open;
        return result;
    }
    if (candidate == CANDIDATE_NO)
        return AGAIN;
    if (is_carried) {
        cnil_buffer_append(carry, (struct cnil_str){ s->start, (size_t)(end - s->start) });
        if (cnil_buffer_status(carry) != CNIL_OK)
            return FAILED;
        s->start = end;
        url.raw = cnil_buffer_str(carry);
    } else {
        url.raw = (struct cnil_str){ s->value, (size_t)(end - s->value) };
    }
    if (decode(s, url.raw, s->quote, &url.value) != CNIL_OK)
        return FAILED;
    if (url.raw.len == 0 || (candidate == CANDIDATE_ABSOLUTE && !names_host(url.value, open)))
        return release(s, token);
    if (is_carried) {
        s->turn ^= 1;
        cnil_buffer_clear(carry_of(s));
        result = AGAIN;
    } else {
        result = give(s, token, s->value);
        s->start = end;
    }
    s->is_rest = open;
    s->is_ready = result == TOKEN;
    if (s->is_ready)
        s->ready = url;
    else
        *token = url;
    return TOKEN;
}

/* How far the value at hand may be read. */
static const char *value_stop(const struct cnil_css_scanner *s, bool *cuts_off)
{
    size_t carried = s->carries[s->turn].len;
    const char *from = carried > 0 ? s->start : s->value;
    size_t room = CNIL_LIMIT_URL - carried;

    *cuts_off = s->candidate != CANDIDATE_NO && (size_t)(s->end - from) >= room;
    return *cuts_off ? from + room : s->end;
}

bool cnil_css_scanner_awaits_url(const struct cnil_css_scanner *s)
{
    if (s->state == URL_START)
        return s->prelude != PRELUDE_NAMESPACE;
    return s->state == STRING && s->candidate != CANDIDATE_NO && !s->is_rest && s->carries[s->turn].len == 0 &&
           s->value == s->end;
}

/* ---- the states ---- */

/* The chunk may end within a name, or before one. */
static void remember_name(struct cnil_css_scanner *s)
{
    char before[2] = { byte_before(s, s->end, 1), byte_before(s, s->end, 2) };

    if (s->state != BETWEEN) {
        s->before[0] = s->before[1] = '\0';
        return;
    }
    s->at = s->end;
    read_name_before(s);
    if (s->name_len > 0 || s->kind == KIND_HASH)
        s->state = NAME;
    memcpy(s->before, before, sizeof(before));
    s->floor = s->begin = s->end; /* once is enough */
}

/* The end of the chunk. What may be a URL is carried to the next. */
static enum result dry(struct cnil_css_scanner *s, struct cnil_css_token *token)
{
    struct cnil_buffer *carry = carry_of(s);
    enum result result;

    s->is_half = s->pairs != CNIL_PAIRS_NONE && is_after_half(s->pairs, s->told_from, s->end, s->is_half);
    s->told_from = s->end;
    if (s->candidate != CANDIDATE_NO && s->border != CNIL_CSS_MORE && !cnil_css_scanner_awaits_url(s)) {
        result = end_value(s, token, s->end, s->border == CNIL_CSS_CUT);
        if (result != AGAIN)
            return result;
    }
    if (s->candidate != CANDIDATE_NO) {
        if (carry->len == 0 && give(s, token, s->value) == TOKEN)
            return TOKEN;
        cnil_buffer_append(carry, (struct cnil_str){ s->start, (size_t)(s->end - s->start) });
        s->start = s->end;
        return cnil_buffer_status(carry) == CNIL_OK ? DRY : FAILED;
    }
    remember_name(s);
    return give(s, token, s->end) == TOKEN ? TOKEN : DRY;
}

static inline const char *find_token(const struct cnil_css_scanner *s, const char *at)
{
    if (s->prelude == PRELUDE_NONE)
        return find_special(at, s->end);
    while (at < s->end && !is_class(*at, SPECIAL) && *at != ';')
        at++;
    return at;
}

/* A "(" at s->at: of a function, or not. */
static void open_parenthesis(struct cnil_css_scanner *s)
{
    if (may_take_urls(s)) {
        read_name_before(s);
        if (s->kind == KIND_IDENT) {
            end_name(s);
            return;
        }
    }
    s->at++;
    open_block(s, PAREN);
}

static void between(struct cnil_css_scanner *s)
{
    for (s->at = find_token(s, s->at); s->at < s->end; s->at = find_token(s, s->at + 1)) {
        if (is_second_half(s, s->at))
            continue;
        switch (*s->at) { /* most only open or close a block */
        case '[':
            open_block(s, BRACKET);
            continue;
        case '{':
            open_block(s, s->prelude == PRELUDE_FONT ? BRACE | FONT : BRACE);
            s->prelude = PRELUDE_NONE;
            continue;
        case ')':
            close_block(s, PAREN);
            continue;
        case ']':
            close_block(s, BRACKET);
            continue;
        case '}':
            close_block(s, BRACE);
            s->prelude = PRELUDE_NONE;
            continue;
        case ';':
            s->prelude = PRELUDE_NONE;
            continue;
        case '"':
        case '\'':
            begin_string(s);
            return;
        case '(':
            open_parenthesis(s);
            return;
        case '/':
            s->state = SLASH;
            break;
        case '@':
            begin_name(s, '@', '\0');
            s->state = NAME;
            break;
        case '\\':
            read_name_before(s);
            s->escape = ESCAPE_BEGINS;
            s->state = NAME;
            break;
        }
        s->at++;
        return;
    }
}

static void in_name(struct cnil_css_scanner *s)
{
    for (; s->at < s->end; s->at++) {
        char c = *s->at;

        if (s->escape == ESCAPE_BEGINS && is_newline(c)) { /* 4.3.8: it was none, the name ended before it */
            s->escape = ESCAPE_NONE;
            end_name(s);
            return;
        }
        if (s->escape != ESCAPE_NONE && add_escape_to_name(s, c))
            continue;
        if (c == '\\' && !is_second_half(s, s->at))
            s->escape = ESCAPE_BEGINS;
        else if (c == '\\')
            add_to_name(s, 0x80, false);
        else if (is_class(c, IN_NAME))
            add_to_name(s, (unsigned char)c, false);
        else
            break;
    }
    if (s->at < s->end)
        end_name(s);
}

static void in_comment(struct cnil_css_scanner *s)
{
    const char *star = memchr(s->at, '*', (size_t)(s->end - s->at));

    s->state = star != NULL ? COMMENT_STAR : COMMENT;
    s->at = star != NULL ? star + 1 : s->end;
}

static enum result in_string(struct cnil_css_scanner *s, struct cnil_css_token *token)
{
    bool cuts_off;
    const char *stop = value_stop(s, &cuts_off);
    const char *at = s->at;

    while (at < stop) {
        if (s->escape != ESCAPE_NONE && goes_on_escape(s, *at)) {
            at++;
            continue;
        }
        at = find_string_stop(at, stop, s->quote);
        if (at == stop)
            break;
        if (*at == '\\') {
            s->escape = is_second_half(s, at) ? ESCAPE_NONE : ESCAPE_BEGINS;
            at++;
            continue;
        }
        s->state = BETWEEN;
        s->at = s->floor = *at == s->quote ? at + 1 : at;
        if (*at == s->quote || s->is_rest)
            return end_value(s, token, at, false);
        return release(s, token); /* a bad string */
    }
    s->at = at;
    return cuts_off ? end_value(s, token, at, true) : AGAIN;
}

static enum result in_url(struct cnil_css_scanner *s, struct cnil_css_token *token)
{
    bool cuts_off;
    const char *stop = value_stop(s, &cuts_off);
    const char *at = s->at;

    while (at < stop) {
        if (s->escape != ESCAPE_NONE && !(s->escape == ESCAPE_BEGINS && is_newline(*at)) && goes_on_escape(s, *at)) {
            at++;
            continue;
        }
        if (s->escape == ESCAPE_NONE)
            at = find_url_stop(at, stop);
        if (at == stop)
            break;
        if (*at == '\\') {
            s->escape = is_second_half(s, at) ? ESCAPE_NONE : ESCAPE_BEGINS;
            at++;
            continue;
        }
        s->at = s->floor = at;
        if (*at == ')' && s->escape == ESCAPE_NONE) {
            s->state = BETWEEN;
            s->at = s->floor = at + 1;
        } else {
            s->state = cnil_is_space(*at) && s->escape == ESCAPE_NONE ? URL_SPACE : BAD_URL;
        }
        s->escape = ESCAPE_NONE;
        return s->state != BAD_URL || s->is_rest ? end_value(s, token, at, false) : release(s, token);
    }
    s->at = at;
    return cuts_off ? end_value(s, token, at, true) : AGAIN;
}

/* After "url(": quotes make it a function like others. */
static void in_url_start(struct cnil_css_scanner *s)
{
    while (s->at < s->end && cnil_is_space(*s->at))
        s->at++;
    if (s->at == s->end)
        return;
    if (*s->at == '"' || *s->at == '\'') {
        s->state = BETWEEN;
        open_block(s, PAREN | URLS | (s->prelude == PRELUDE_IMPORT ? SHEET : 0));
        if (s->prelude == PRELUDE_IMPORT)
            s->prelude = PRELUDE_NONE;
    } else if (*s->at == ')') {
        s->state = BETWEEN;
        s->at++;
    } else {
        begin_value(s, URL, s->prelude == PRELUDE_NAMESPACE ? CANDIDATE_NO : CANDIDATE_YES, 0);
    }
    s->floor = s->at;
}

static void in_bad_url(struct cnil_css_scanner *s)
{
    const char *at = s->at;

    for (; at < s->end; at++) {
        if (s->escape == ESCAPE_NONE && *at == ')') {
            s->state = BETWEEN;
            at++;
            break;
        }
        s->escape = s->escape == ESCAPE_NONE && *at == '\\' && !is_second_half(s, at) ? ESCAPE_BEGINS : ESCAPE_NONE;
    }
    s->at = s->floor = at;
}

static enum result run(struct cnil_css_scanner *s, struct cnil_css_token *token)
{
    char c;

    if (s->at == s->end)
        return dry(s, token);
    c = *s->at;
    switch (s->state) {
    case BETWEEN:
        between(s);
        break;
    case NAME:
        in_name(s);
        break;
    case SLASH:
        s->state = c == '*' ? COMMENT : BETWEEN;
        s->at += c == '*' ? 1 : 0;
        break;
    case COMMENT:
        in_comment(s);
        break;
    case COMMENT_STAR:
        s->state = c == '/' ? BETWEEN : c == '*' ? COMMENT_STAR : COMMENT;
        s->at++;
        s->floor = s->at;
        break;
    case STRING:
    case URL:
        if (s->candidate != CANDIDATE_NO && !s->is_checked && is_out_by_its_beginning(s) && release(s, token) == TOKEN)
            return TOKEN;
        return s->state == STRING ? in_string(s, token) : in_url(s, token);
    case URL_START:
        in_url_start(s);
        break;
    case URL_SPACE:
        if (cnil_is_space(c)) {
            s->at++;
            break;
        }
        s->state = c == ')' ? BETWEEN : BAD_URL;
        s->at += c == ')' ? 1 : 0;
        s->floor = s->at;
        break;
    case BAD_URL:
        in_bad_url(s);
        break;
    }
    return AGAIN;
}

enum cnil_status cnil_css_scanner_next(struct cnil_css_scanner *scanner, struct cnil_css_token *token, bool *more)
{
    enum result result = AGAIN;

    *more = true;
    if (scanner->is_ready) {
        *token = scanner->ready;
        scanner->is_ready = false;
        return CNIL_OK;
    }
    while (result == AGAIN)
        result = run(scanner, token);
    *more = result == TOKEN;
    return result == FAILED ? CNIL_NO_MEMORY : CNIL_OK;
}
