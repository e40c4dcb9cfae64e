/* SPDX-License-Identifier: Apache-2.0 */
#include "page/addresses.h"

#include "base/arena.h"
#include "base/limits.h"
#include "web/json.h"

#include <stdlib.h>

enum {
    WORD = sizeof("\\u0073\\u0072\\u0063") - 1, /* as long as "src" may be written */
    MEANING = 4 * CNIL_LIMIT_URL
};

enum state {
    BETWEEN,      /* strings */
    SLASH,        /* perhaps of a comment */
    LINE_COMMENT, /* up to a line feed, and nothing else */
    COMMENT,
    COMMENT_STAR,
    STRING, /* that is no address, or the rest of one that is decided */
    MARK,   /* with which a playlist begins */
    NO_PLAYLIST,
    LINE, /* begins */
    TAG,  /* up to a quote */
    REST, /* of an address of a playlist that is decided */
    ADDRESS
};

static const struct cnil_str mark = CNIL_STR_INIT("#EXTM3U");

struct cnil_addresses {
    struct cnil_judge *judge;   /* the caller's */
    struct cnil_arena *scratch; /* one address */
    struct cnil_str prefix;
    bool is_playlist; /* else a manifest */
    struct cnil_str chunk;
    size_t at; /* of the chunk is given out or in `waits` */
    bool is_last;

    enum state state;
    bool is_escaped; /* what comes next in a string */
    bool is_src;     /* the string that ended last, and no more than space and comments came behind it */
    bool is_due;     /* … and a ":" */
    bool drops;      /* the rest of a string that was held back */
    char word[WORD]; /* the beginning of the string at hand */
    size_t word_len; /* more than WORD: it is none */

    bool is_quoted;  /* the address of a playlist, so that a quote ends it */
    size_t mark_len; /* of it came */

    struct cnil_buffer waits; /* of an address, over the border of a chunk */
    struct cnil_buffer put;   /* in the place of one */
};

struct cnil_addresses *cnil_addresses_new(struct cnil_judge *judge, struct cnil_str prefix, enum cnil_content content)
{
    struct cnil_addresses *addresses = calloc(1, sizeof(*addresses));

    if (addresses == NULL)
        return NULL;
    addresses->judge = judge;
    addresses->prefix = prefix;
    addresses->is_playlist = content == CNIL_CONTENT_PLAYLIST;
    addresses->state = addresses->is_playlist ? MARK : BETWEEN;
    cnil_buffer_init(&addresses->waits, CNIL_LIMIT_URL);
    cnil_buffer_init(&addresses->put, MEANING);
    addresses->scratch = cnil_arena_new(MEANING);
    if (addresses->scratch == NULL) {
        cnil_addresses_free(addresses);
        return NULL;
    }
    return addresses;
}

void cnil_addresses_free(struct cnil_addresses *addresses)
{
    if (addresses == NULL)
        return;
    cnil_arena_free(addresses->scratch);
    cnil_buffer_free(&addresses->waits);
    cnil_buffer_free(&addresses->put);
    free(addresses);
}

void cnil_addresses_feed(struct cnil_addresses *addresses, struct cnil_str chunk, bool last)
{
    addresses->chunk = chunk;
    addresses->at = 0;
    addresses->is_last = last;
}

struct cnil_str cnil_addresses_waiting(const struct cnil_addresses *addresses)
{
    return cnil_buffer_str(&addresses->waits);
}

/* ---- a manifest ---- */

static enum cnil_status decode(struct cnil_addresses *addresses, struct cnil_str raw, struct cnil_str *meaning)
{
    cnil_arena_reset(addresses->scratch);
    *meaning = cnil_json_decode(raw, addresses->scratch);
    return meaning->ptr != NULL ? CNIL_OK : CNIL_NO_MEMORY;
}

static enum cnil_status end_string(struct cnil_addresses *addresses)
{
    struct cnil_str word = { addresses->word, addresses->word_len };
    enum cnil_status status = CNIL_OK;

    addresses->state = BETWEEN;
    addresses->drops = false;
    if (word.len > WORD)
        return CNIL_OK;
    status = decode(addresses, word, &word);
    addresses->is_src = status == CNIL_OK && cnil_str_equal(word, CNIL_STR("src"));
    return status;
}

static enum cnil_status step_in_string(struct cnil_addresses *addresses, char c)
{
    if (!addresses->is_escaped && c == '"')
        return end_string(addresses);
    addresses->is_escaped = !addresses->is_escaped && c == '\\';
    if (addresses->word_len < WORD)
        addresses->word[addresses->word_len] = c;
    addresses->word_len += addresses->word_len <= WORD ? 1 : 0;
    return CNIL_OK;
}

static void begin_address(struct cnil_addresses *addresses)
{
    addresses->state = ADDRESS;
    addresses->is_escaped = false;
    cnil_buffer_clear(&addresses->waits);
}

static void step_between(struct cnil_addresses *addresses, char c)
{
    bool is_src = addresses->is_src, is_due = addresses->is_due;

    if (cnil_is_space(c))
        return;
    addresses->state = BETWEEN;
    if (c == '/') {
        addresses->state = SLASH;
        return;
    }
    addresses->is_src = false;
    addresses->is_due = c == ':' && is_src;
    if (c == '"' && is_due) {
        begin_address(addresses);
    } else if (c == '"') {
        addresses->state = STRING;
        addresses->is_escaped = false;
        addresses->word_len = 0;
    }
}

/* ---- a playlist ---- */

static void step_in_playlist(struct cnil_addresses *addresses, char c)
{
    if (addresses->state == MARK) {
        bool is_one = c == mark.ptr[addresses->mark_len++];

        addresses->state = !is_one ? NO_PLAYLIST : addresses->mark_len == mark.len ? TAG : MARK;
    } else if (c == '\n') {
        addresses->state = LINE;
    } else if (addresses->state == LINE) {
        addresses->state = TAG; /* else it is an address: see is_address_due() */
    } else if (c == '"' && (addresses->state == TAG || addresses->is_quoted)) {
        addresses->is_quoted = true;
        begin_address(addresses);
    }
}

/* ---- both ---- */

/* Is the first byte of an address at hand? */
static bool is_address_due(const struct cnil_addresses *addresses, char c)
{
    return addresses->state == LINE && c != '#' && c != '\n';
}

static bool ends_address(const struct cnil_addresses *addresses, char c)
{
    if (addresses->is_playlist)
        return c == '\n' || (c == '"' && addresses->is_quoted);
    return c == '"' && !addresses->is_escaped;
}

static enum cnil_status step(struct cnil_addresses *addresses, char c)
{
    switch (addresses->state) {
    case BETWEEN:
        step_between(addresses, c);
        break;
    case SLASH:
        addresses->state = c == '/' ? LINE_COMMENT : c == '*' ? COMMENT : BETWEEN;
        if (addresses->state == BETWEEN)
            step_between(addresses, c);
        break;
    case LINE_COMMENT:
        addresses->state = c == '\n' ? BETWEEN : LINE_COMMENT;
        break;
    case COMMENT:
    case COMMENT_STAR:
        addresses->state = c == '*' ? COMMENT_STAR : c == '/' && addresses->state == COMMENT_STAR ? BETWEEN : COMMENT;
        break;
    case STRING:
        return step_in_string(addresses, c);
    case MARK:
    case LINE:
    case TAG:
    case REST:
        step_in_playlist(addresses, c);
        break;
    case NO_PLAYLIST:
    case ADDRESS:
        break;
    }
    return CNIL_OK;
}

/* Moves to the end of the address in this chunk, or to where it is long enough. False: it goes on in the next one. */
static bool find_end(struct cnil_addresses *addresses, size_t *end)
{
    size_t room = CNIL_LIMIT_URL - addresses->waits.len;
    struct cnil_str rest = cnil_str_slice(addresses->chunk, addresses->at, addresses->chunk.len);
    size_t len = 0;

    while (len < rest.len && len < room && !ends_address(addresses, rest.ptr[len])) {
        addresses->is_escaped = !addresses->is_escaped && rest.ptr[len] == '\\';
        len++;
    }
    *end = addresses->at + len;
    return len < rest.len || len == room || addresses->is_last;
}

static enum cnil_status judge(struct cnil_addresses *addresses, struct cnil_str raw, bool is_open, bool *held)
{
    static const struct cnil_element_use icon = { .resource = CNIL_RESOURCE_IMAGE },
                                         media = { .resource = CNIL_RESOURCE_MEDIA };
    static const struct cnil_str manifest = CNIL_STR_INIT("manifest src"), playlist = CNIL_STR_INIT("playlist url");
    size_t variable = cnil_str_find(raw, CNIL_STR("{$"));
    struct cnil_str meaning;
    enum cnil_status status;

    if (addresses->is_playlist && variable < raw.len)
        return cnil_judge_made_url(addresses->judge, cnil_str_slice(raw, 0, variable), &media, playlist, held);
    if (addresses->is_playlist)
        return cnil_judge_url(addresses->judge, raw, is_open, &media, playlist, held);
    status = decode(addresses, raw, &meaning);
    return status == CNIL_OK ? cnil_judge_url(addresses->judge, meaning, is_open, &icon, manifest, held) : status;
}

/* What stands in the place of the address that was held back last. Of what JSON escapes a serialised URL has nothing
 * but a backslash, in its query or fragment. */
static struct cnil_str substitute(struct cnil_addresses *addresses)
{
    const struct cnil_judge_held *held = cnil_judge_held(addresses->judge);
    struct cnil_str rest = held->url.href, scheme = cnil_str_cut(&rest, ':');

    if (addresses->is_playlist || held->purposes == 0 ||
        (!cnil_str_equal(scheme, CNIL_STR("https")) && !cnil_str_equal(scheme, CNIL_STR("http"))))
        return CNIL_STR("about:invalid");
    cnil_buffer_clear(&addresses->put);
    cnil_buffer_append(&addresses->put, addresses->prefix);
    cnil_buffer_append(&addresses->put, CNIL_STR(CNIL_ADDRESSES_ICONS));
    cnil_buffer_append(&addresses->put, scheme);
    for (size_t i = 1; i < rest.len; i++)
        cnil_buffer_append(&addresses->put, rest.ptr[i] == '\\' ? CNIL_STR("\\\\") : cnil_str_slice(rest, i, i + 1));
    return cnil_buffer_status(&addresses->put) == CNIL_OK ? cnil_buffer_str(&addresses->put)
                                                          : CNIL_STR("about:invalid");
}

/* Gives the address; one that is too long, or never ends, is decided on its beginning. */
static enum cnil_status take_address(struct cnil_addresses *addresses, struct cnil_style_piece *piece)
{
    size_t end, from = addresses->at;
    bool is_over = find_end(addresses, &end);
    struct cnil_str more = cnil_str_slice(addresses->chunk, from, end);
    enum cnil_status status = CNIL_OK;

    *piece = (struct cnil_style_piece){ .raw = more, .put = CNIL_STR("about:invalid") };
    if (!is_over || addresses->waits.len > 0) {
        cnil_buffer_append(&addresses->waits, more);
        status = cnil_buffer_status(&addresses->waits);
        piece->raw = is_over ? cnil_buffer_str(&addresses->waits) : CNIL_STR_EMPTY;
    }
    if (status == CNIL_OK && is_over) {
        bool is_cut = (end == addresses->chunk.len && !addresses->is_playlist) || piece->raw.len == CNIL_LIMIT_URL;

        status = judge(addresses, piece->raw, is_cut, &piece->is_held);
        if (status == CNIL_OK && piece->is_held && !is_cut)
            piece->put = substitute(addresses);
    }
    if (status != CNIL_OK)
        return status;
    addresses->at = end;
    if (is_over) {
        addresses->state = addresses->is_playlist ? REST : STRING;
        addresses->word_len = WORD + 1;
        addresses->drops = piece->is_held;
    }
    return CNIL_OK;
}

/* Does an address wait that the input ends in? */
static bool is_last_due(const struct cnil_addresses *addresses)
{
    return addresses->is_last && addresses->state == ADDRESS && addresses->waits.len > 0;
}

enum cnil_status cnil_addresses_next(struct cnil_addresses *addresses, struct cnil_style_piece *piece, bool *more)
{
    struct cnil_str chunk = addresses->chunk;
    enum cnil_status status = CNIL_OK;

    *more = false;
    while (status == CNIL_OK && !*more && (addresses->at < chunk.len || is_last_due(addresses))) {
        size_t from = addresses->at;
        bool drops = addresses->drops;

        if (addresses->state == ADDRESS) {
            status = take_address(addresses, piece);
        } else {
            size_t at = from;

            /* what ends what is dropped stays */
            while (status == CNIL_OK && at < chunk.len && addresses->state != ADDRESS &&
                   !(drops && ends_address(addresses, chunk.ptr[at]))) {
                if (is_address_due(addresses, chunk.ptr[at])) {
                    addresses->is_quoted = false;
                    begin_address(addresses);
                } else {
                    status = step(addresses, chunk.ptr[at++]);
                }
            }
            if (at == from && status == CNIL_OK) {
                addresses->drops = false;
                continue;
            }
            addresses->at = at;
            *piece = (struct cnil_style_piece){ .raw = cnil_str_slice(chunk, from, at), .is_held = drops };
        }
        *more = status == CNIL_OK && piece->raw.len > 0;
    }
    return status;
}
