/* SPDX-License-Identifier: Apache-2.0
 * The states are those of the HTML standard (13.2.5), its sections stand beside them. States that only look ahead
 * ("<!-", "</scr") are not there: what a chunk's end leaves undecided waits in `tail` until the next chunk decides it.
 */
#define _GNU_SOURCE /* memmem */
#include "web/html_tokenizer.h"

#include "base/scan.h"
#include "web/html_tree.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 32 /* of an element whose content is raw text */
#define LOOK_AHEAD   40 /* "</", such a name, the byte after it, and some */

/* What is seldom called stays out of the way of what is called for every token. */
#define RARE __attribute__((noinline, cold))

enum state {
    DATA,                          /* 13.2.5.1 */
    RCDATA,                        /* 13.2.5.2 */
    RAWTEXT,                       /* 13.2.5.3 */
    SCRIPT_DATA,                   /* 13.2.5.4 */
    SCRIPT_DATA_ESCAPED,           /* 13.2.5.20 */
    SCRIPT_DATA_DOUBLE_ESCAPED,    /* 13.2.5.27 */
    PLAINTEXT,                     /* 13.2.5.5 */
    CDATA_SECTION,                 /* 13.2.5.69 */
    BOGUS_COMMENT,                 /* 13.2.5.41 */
    COMMENT,                       /* 13.2.5.45 */
    DOCTYPE,                       /* 13.2.5.53 */
    XML_DOCTYPE,                   /* XML 1.0, 2.8 */
    CDATA_SECTION_END,             /* 13.2.5.71 */
    TAG_OPEN,                      /* 13.2.5.6, a letter follows */
    END_TAG_OPEN,                  /* 13.2.5.7 */
    MARKUP_DECLARATION_OPEN,       /* 13.2.5.42, and "<?" */
    TAG_NAME,                      /* 13.2.5.8; every state from here on is inside of a tag */
    BEFORE_ATTRIBUTE_NAME,         /* 13.2.5.32 */
    ATTRIBUTE_NAME,                /* 13.2.5.33 */
    AFTER_ATTRIBUTE_NAME,          /* 13.2.5.34 */
    BEFORE_ATTRIBUTE_VALUE,        /* 13.2.5.35 */
    ATTRIBUTE_VALUE_DOUBLE_QUOTED, /* 13.2.5.36 */
    ATTRIBUTE_VALUE_SINGLE_QUOTED, /* 13.2.5.37 */
    ATTRIBUTE_VALUE_UNQUOTED,      /* 13.2.5.38 */
    SELF_CLOSING_START_TAG,        /* 13.2.5.40 */
    XML_INSTRUCTION                /* XML 1.0, 2.6; held over a border as a tag is */
};

enum result { TOKEN, AGAIN, DRY, FAILED };

/* Besides the reading that comes out, as markup, there is another, as raw text up to "</name". It ends where that is
 * found, whatever the markup reading has open there. */
struct fork {
    cnil_html_name name; /* CNIL_HTML_OTHER: "]]>" ends it */
    char text[12];       /* of the name */
    size_t text_len;
    bool has_comment;    /* a script with "<!" in an earlier segment: it may be escaped */
    const char *comment; /* … in this one; NULL: none */
    const char *end;     /* where the raw text ends in this segment; NULL: not in it */
    bool undecided;      /* … or may end, when more is seen */
};

struct cnil_html_tokenizer {
    /* The segment being read: the chunk lent, or `tail`. */
    const char *at;
    const char *start; /* of the open token, without what is in `carry` */
    const char *limit; /* read up to here: the segment's end, or where a fork ends */
    const char *end;
    const char *seen; /* look up to here */
    const char *segment;
    bool at_eof; /* nothing follows what is seen */
    bool in_tail;
    bool last; /* the chunk is */

    enum state state;
    bool is_end_tag;
    bool self_closing;
    bool in_pieces;  /* pieces of the open tag are out */
    bool in_text;    /* the token before was text */
    bool in_comment; /* the comment (doctype) has pieces that are out */
    bool feedback;   /* of the tree */
    bool is_xml;
    bool in_subset;   /* of XML's doctype */
    char literal;     /* … in a literal (its quote), a comment ('-') or an instruction ('?') of it; else 0 */
    bool in_noscript; /* … read as markup */
    bool to_release;  /* the token before lies in `carry` */
    bool to_drop;     /* the open tag comes as NOTHING */
    char piece_quote; /* the open piece begins in the middle of an attribute: see cnil_html_token */
    enum cnil_html_kind kind_before;
    size_t name_len;
    size_t name_extra; /* codes more than bytes */
    cnil_html_name name;
    uint32_t initials;  /* of the open tag's attributes */
    bool to_join;       /* the tag that comes ends the fork `joining` */
    bool to_join_cdata; /* … ends in the "]]>" that ends a section */
    cnil_html_name joining;
    size_t comment_len;  /* of the comment's body in earlier segments, as far as it matters */
    const char *comment; /* … begins here in this one */
    char before[4];      /* the bytes before the segment, the nearest first */

    char raw_name[NAME_MAX_LEN]; /* what ends the raw text, in lower case */
    size_t raw_name_len;

    unsigned forks;
    int hit; /* the fork that ends at `limit`; -1: none */
    struct fork fork[CNIL_HTML_TREE_FORKS];
    char insert[64]; /* longer than all that can be inserted at once */
    size_t insert_len;

    struct cnil_str chunk;
    char tail[2 * LOOK_AHEAD + LOOK_AHEAD];
    size_t tail_len;
    char *carry; /* the open tag's bytes from earlier segments */
    size_t carry_len, carry_size, carry_sent, max_tag_len;
    struct cnil_html_tree tree; /* the last: it is large, and cleared as far as it is used */
};

/* ---- classes of bytes ---- */

enum { SPACE = 1, SLASH = 2, END = 4, EQUALS = 8 };

static const unsigned char classes[256] = {
    [' '] = SPACE,  ['\t'] = SPACE, ['\n'] = SPACE, ['\f'] = SPACE,
    ['\r'] = SPACE, ['/'] = SLASH,  ['>'] = END,    ['='] = EQUALS,
};

static bool is_class(char c, unsigned set)
{
    return (classes[(unsigned char)c] & set) != 0;
}

/* Of an attribute. */
static inline const char *find_name_end(const char *at, const char *end)
{
    while ((at = cnil_scan_name(at, end)) < end && !is_class(*at, SPACE | SLASH | END | EQUALS))
        at++;
    return at;
}

static bool starts_nocase(const char *at, const char *end, struct cnil_str prefix)
{
    return cnil_str_starts_with_nocase((struct cnil_str){ at, (size_t)(end - at) }, prefix);
}

/* ---- life ---- */

struct cnil_html_tokenizer *cnil_html_tokenizer_new(size_t max_tag_len)
{
    struct cnil_html_tokenizer *t = malloc(sizeof(*t));

    if (t == NULL)
        return NULL;
    memset(t, 0, offsetof(struct cnil_html_tokenizer, tree)); /* of the tree, what is open is all that is read */
    t->max_tag_len = max_tag_len > 16 ? max_tag_len : 16;
    t->feedback = true;
    t->hit = -1;
    cnil_html_tree_init(&t->tree);
    cnil_html_tokenizer_feed(t, CNIL_STR_EMPTY, false);
    return t;
}

void cnil_html_tokenizer_read_xml(struct cnil_html_tokenizer *tokenizer)
{
    tokenizer->is_xml = true;
    tokenizer->feedback = false;
}

void cnil_html_tokenizer_free(struct cnil_html_tokenizer *tokenizer)
{
    if (tokenizer == NULL)
        return;
    free(tokenizer->carry);
    free(tokenizer);
}

/* The text of a name that has no digit, as those of all elements with raw text. */
static size_t spell(cnil_html_name name, char text[12])
{
    size_t len = 0;

    for (int shift = 55; shift >= 0; shift -= 5)
        if (name >> shift & 31)
            text[len++] = (char)('a' - 1 + (name >> shift & 31));
    return len;
}

static enum state state_of(enum cnil_html_text_mode mode)
{
    static const enum state states[] = {
        [CNIL_HTML_DATA] = DATA,          [CNIL_HTML_RCDATA] = RCDATA,       [CNIL_HTML_RAWTEXT] = RAWTEXT,
        [CNIL_HTML_SCRIPT] = SCRIPT_DATA, [CNIL_HTML_PLAINTEXT] = PLAINTEXT, [CNIL_HTML_CDATA_SECTION] = CDATA_SECTION,
    };

    return states[mode];
}

enum cnil_status cnil_html_tokenizer_start_in(struct cnil_html_tokenizer *tokenizer, enum cnil_html_text_mode mode,
                                              struct cnil_str last_start_tag)
{
    if (last_start_tag.len > NAME_MAX_LEN)
        return CNIL_TOO_LARGE;
    for (size_t i = 0; i < last_start_tag.len; i++)
        tokenizer->raw_name[i] = cnil_lower(last_start_tag.ptr[i]);
    tokenizer->raw_name_len = last_start_tag.len;
    tokenizer->state = state_of(mode);
    tokenizer->feedback = false;
    return CNIL_OK;
}

/* ---- where raw text ends ---- */

/* Does `at` start with `prefix`, `name` (in lower case) and a byte that ends a name? With less to see than that:
 * maybe. */
static enum cnil_html_certainty match(const char *at, const char *seen, bool at_eof, const char *prefix,
                                      const char *name, size_t name_len)
{
    size_t prefix_len = strlen(prefix);
    size_t len = (size_t)(seen - at);
    size_t i = 0;

    if (name_len == 0)
        return CNIL_HTML_NO;
    while (i < len && i < prefix_len && at[i] == prefix[i])
        i++;
    if (i == prefix_len)
        while (i < len && i < prefix_len + name_len && cnil_lower(at[i]) == name[i - prefix_len])
            i++;
    if (i == len)
        return at_eof ? CNIL_HTML_NO : CNIL_HTML_MAYBE;
    return i == prefix_len + name_len && is_class(at[i], SPACE | SLASH | END) ? CNIL_HTML_YES : CNIL_HTML_NO;
}

/* Where "</name" starts in [at, limit), or may start (`undecided`), or NULL. */
static const char *find_end_tag(const char *at, const char *limit, const char *seen, bool at_eof, const char *name,
                                size_t name_len, bool *undecided)
{
    enum cnil_html_certainty found;

    *undecided = false;
    for (; (at = cnil_scan_byte(at, limit, '<')) < limit; at++) {
        if (at + 1 < seen && at[1] != '/')
            continue;
        found = match(at, seen, at_eof, "</", name, name_len);
        if (found != CNIL_HTML_NO) {
            *undecided = found == CNIL_HTML_MAYBE;
            return at;
        }
    }
    return NULL;
}

/* The same for "]]>". */
static const char *find_cdata_end(const char *at, const char *limit, const char *seen, bool at_eof, bool *undecided)
{
    *undecided = false;
    for (; (at = cnil_scan_byte(at, limit, ']')) < limit; at++) {
        size_t len = (size_t)(seen - at);

        if ((len > 1 && at[1] != ']') || (len > 2 && at[2] != '>') || (len < 3 && at_eof))
            continue;
        *undecided = len < 3;
        return at;
    }
    return NULL;
}

static void find_fork_end(struct cnil_html_tokenizer *t, struct fork *fork)
{
    const char *end;

    if (fork->name == CNIL_HTML_OTHER)
        fork->end = find_cdata_end(t->at, t->end, t->seen, t->at_eof, &fork->undecided);
    else
        fork->end = find_end_tag(t->at, t->end, t->seen, t->at_eof, fork->text, fork->text_len, &fork->undecided);
    if (fork->name != CNIL_TAG_SCRIPT || fork->has_comment)
        return;
    end = fork->end != NULL ? fork->end : t->end < t->seen ? t->end + 1 : t->end;
    if (t->at >= end)
        return;
    fork->has_comment = t->at == t->segment && t->before[0] == '<' && *t->at == '!';
    fork->comment = memmem(t->at, (size_t)(end - t->at), "<!", 2);
}

static bool may_be_escaped(const struct cnil_html_tokenizer *t, const struct fork *fork)
{
    return fork->has_comment || (fork->comment != NULL && fork->comment < t->at);
}

/* After a fork has come or gone. */
static void find_limit(struct cnil_html_tokenizer *t)
{
    t->limit = t->end;
    t->hit = -1;
    t->in_noscript = false;
    for (unsigned i = 0; i < t->forks; i++) {
        t->in_noscript = t->in_noscript || t->fork[i].name == CNIL_TAG_NOSCRIPT;
        if (t->fork[i].end != NULL && t->fork[i].end < t->limit) {
            t->limit = t->fork[i].end;
            t->hit = t->fork[i].undecided ? -1 : (int)i;
        }
    }
}

static void set_segment(struct cnil_html_tokenizer *t, const char *from, const char *end, const char *seen)
{
    for (unsigned i = 0; i < t->forks; i++) {
        t->fork[i].has_comment = may_be_escaped(t, &t->fork[i]);
        t->fork[i].comment = NULL;
    }
    t->segment = t->at = t->start = t->comment = from;
    t->end = end;
    t->seen = seen;
    t->at_eof = t->last && (!t->in_tail || seen - end == (ptrdiff_t)t->chunk.len);
    for (unsigned i = 0; i < t->forks; i++)
        find_fork_end(t, &t->fork[i]);
    find_limit(t);
}

void cnil_html_tokenizer_feed(struct cnil_html_tokenizer *tokenizer, struct cnil_str chunk, bool last)
{
    const char *ptr = chunk.ptr != NULL ? chunk.ptr : "";
    size_t look = chunk.len < LOOK_AHEAD ? chunk.len : LOOK_AHEAD;
    char *tail_end = tokenizer->tail + tokenizer->tail_len;

    tokenizer->chunk = (struct cnil_str){ ptr, chunk.len };
    tokenizer->last = last;
    tokenizer->in_tail = tokenizer->tail_len > 0;
    if (tokenizer->in_tail) {
        memcpy(tail_end, ptr, look);
        set_segment(tokenizer, tokenizer->tail, tail_end, tail_end + look);
    } else {
        set_segment(tokenizer, ptr, ptr + chunk.len, ptr + chunk.len);
    }
}

bool cnil_html_tokenizer_is_input(const struct cnil_html_tokenizer *tokenizer, struct cnil_str bytes)
{
    uintptr_t chunk = (uintptr_t)tokenizer->chunk.ptr;
    uintptr_t ptr = (uintptr_t)bytes.ptr;

    return ptr >= chunk && ptr + bytes.len <= chunk + tokenizer->chunk.len;
}

static inline bool is_inside_tag(enum state state)
{
    return state >= TAG_NAME;
}

/* ---- tokens ---- */

static const unsigned char modes[] = {
    [DATA] = CNIL_HTML_DATA,
    [RCDATA] = CNIL_HTML_RCDATA,
    [RAWTEXT] = CNIL_HTML_RAWTEXT,
    [SCRIPT_DATA] = CNIL_HTML_SCRIPT,
    [SCRIPT_DATA_ESCAPED] = CNIL_HTML_SCRIPT,
    [SCRIPT_DATA_DOUBLE_ESCAPED] = CNIL_HTML_SCRIPT,
    [PLAINTEXT] = CNIL_HTML_PLAINTEXT,
    [CDATA_SECTION] = CNIL_HTML_CDATA_SECTION,
};

/* Field by field: an initializer clears the whole token first, which takes longer than all the rest. */
static inline void fill(struct cnil_html_tokenizer *t, struct cnil_html_token *token, enum cnil_html_kind kind,
                        const char *end)
{
    token->kind = kind;
    token->raw.ptr = t->start;
    token->raw.len = (size_t)(end - t->start);
    token->name.ptr = NULL;
    token->name.len = 0;
    token->tag = CNIL_HTML_OTHER;
    token->text_mode = CNIL_HTML_DATA;
    token->ns = CNIL_HTML_NS_HTML;
    token->self_closing = false;
    token->is_xml = t->is_xml;
    token->is_subset = false;
    token->inert = t->tree.inert;
    token->noscript = t->in_noscript;
    token->two_readings = false;
    token->first = true;
    token->last = true;
    token->inside_value = false;
    token->quote = 0;
    token->drop_open = false;
    token->cut_off = false;
    token->insert.ptr = NULL;
    token->insert.len = 0;
    t->kind_before = kind;
    t->in_text = false;
    t->start = t->at = end;
}

/* Text up to `end`; the open token goes on in state `next`. */
static inline enum result text(struct cnil_html_tokenizer *t, struct cnil_html_token *token, const char *end,
                               enum state next)
{
    bool first = !t->in_text;

    fill(t, token, CNIL_HTML_TEXT, end);
    token->text_mode = modes[t->state];
    token->first = first;
    token->last = t->state != next;
    if (!t->tree.no_frameset && t->state == DATA && t->feedback)
        cnil_html_tree_text(&t->tree, token);
    t->in_text = true;
    t->state = next;
    return TOKEN;
}

/* A piece of a comment or doctype. */
static enum result piece(struct cnil_html_tokenizer *t, struct cnil_html_token *token, const char *end, bool last)
{
    fill(t, token, t->state == DOCTYPE || t->state == XML_DOCTYPE ? CNIL_HTML_DOCTYPE : CNIL_HTML_COMMENT, end);
    token->ns = t->tree.plain ? CNIL_HTML_NS_HTML : CNIL_HTML_NS_UNSURE;
    token->first = !t->in_comment;
    token->last = last || (t->at_eof && end == t->seen);
    t->in_comment = !last;
    if (last)
        t->state = DATA;
    return TOKEN;
}

/* Keeps the open tag's bytes in this segment. */
static RARE enum result carry(struct cnil_html_tokenizer *t)
{
    size_t len = (size_t)(t->at - t->start);

    if (len > t->carry_size - t->carry_len) {
        size_t size = t->carry_size > 0 ? t->carry_size : 1024;
        char *grown;

        while (size - t->carry_len < len)
            size *= 2;
        grown = realloc(t->carry, size);
        if (grown == NULL)
            return FAILED;
        t->carry = grown;
        t->carry_size = size;
    }
    memcpy(t->carry + t->carry_len, t->start, len);
    t->carry_len += len;
    t->start = t->at;
    return TOKEN;
}

/* The token's raw bytes, when some of them are carried. */
static RARE enum result join_carry(struct cnil_html_tokenizer *t, struct cnil_html_token *token, const char *end)
{
    t->at = end;
    t->start -= token->raw.len; /* fill() has moved it */
    if (carry(t) == FAILED)
        return FAILED;
    token->raw = (struct cnil_str){ t->carry, t->carry_len };
    t->carry_sent = t->carry_len;
    t->to_release = true;
    return TOKEN;
}

/* The names of XML: without their prefix; an instruction's begins a byte later. */
static RARE void name_xml(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    struct cnil_str name = token->name;
    size_t at;

    token->ns = CNIL_HTML_NS_UNSURE;
    token->tag = t->name;
    if (!token->first)
        return;
    if (t->state == XML_INSTRUCTION) {
        name = cnil_str_slice(token->raw, 2, token->raw.len);
        for (at = 0; at < name.len && !is_class(name.ptr[at], SPACE | END) && name.ptr[at] != '?';)
            at++;
        token->name = cnil_str_slice(name, 0, at);
        t->name = cnil_str_equal(token->name, CNIL_STR("xml-stylesheet")) ? CNIL_TAG_LINK : CNIL_HTML_OTHER;
    } else {
        while ((at = cnil_str_find_byte(name, ':')) < name.len)
            name = cnil_str_slice(name, at + 1, name.len);
        token->name = name;
        t->name = cnil_html_name_of(name);
    }
    token->tag = t->name;
}

static inline enum result fill_tag(struct cnil_html_tokenizer *t, struct cnil_html_token *token, const char *end)
{
    fill(t, token, t->is_end_tag ? CNIL_HTML_END_TAG : CNIL_HTML_START_TAG, end);
    if (t->carry_len > 0 && join_carry(t, token, end) == FAILED)
        return FAILED;
    token->tag = t->name;
    token->initials = t->initials;
    token->self_closing = t->self_closing;
    token->first = !t->in_pieces;
    token->inside_value = t->piece_quote != 0;
    token->quote = t->piece_quote;
    if (token->first)
        token->name = (struct cnil_str){ token->raw.ptr + (t->is_end_tag ? 2 : 1), t->name_len };
    if (t->is_xml)
        name_xml(t, token);
    return TOKEN;
}

/* From `mark` on there is another reading. One of that name that is open already ends at the same place. */
static void add_fork(struct cnil_html_tokenizer *t, const struct cnil_html_tree_fork *mark)
{
    struct fork *fork = &t->fork[t->forks];

    cnil_html_tree_part(&t->tree, mark);
    for (unsigned i = 0; i < t->forks; i++)
        if (t->fork[i].name == mark->name)
            return;
    *fork = (struct fork){ .name = mark->name };
    fork->text_len = spell(mark->name, fork->text);
    find_fork_end(t, fork);
    t->forks++;
    find_limit(t);
}

static void remove_fork(struct cnil_html_tokenizer *t, unsigned i)
{
    t->fork[i] = t->fork[--t->forks];
    find_limit(t);
}

static __attribute__((noinline)) void tag_in_tree(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    struct cnil_html_tree_fork mark;

    if (t->is_end_tag) {
        cnil_html_tree_end(&t->tree, token);
        return;
    }
    cnil_html_tree_mark(&t->tree, token->tag, &mark);
    token->two_readings = cnil_html_tree_start(&t->tree, token, !t->in_pieces);
    if (!token->two_readings) {
        t->state = state_of(token->text_mode);
        t->raw_name_len = t->state != DATA ? spell(token->tag, t->raw_name) : 0;
        return;
    }
    if (token->tag != CNIL_TAG_PLAINTEXT) /* which never ends, and then nothing that follows does harm */
        add_fork(t, &mark);
    token->text_mode = CNIL_HTML_DATA;
}

static RARE void join_in_tree(struct cnil_html_tokenizer *t)
{
    if (t->to_join)
        cnil_html_tree_join(&t->tree, t->joining);
    if (t->to_join_cdata)
        cnil_html_tree_join(&t->tree, CNIL_HTML_OTHER);
    t->to_join = false;
    t->to_join_cdata = false;
}

/* The tag that ends before `end`. */
static inline __attribute__((always_inline)) enum result tag(struct cnil_html_tokenizer *t,
                                                             struct cnil_html_token *token, const char *end)
{
    if (fill_tag(t, token, end) == FAILED)
        return FAILED;
    t->state = DATA;
    if (t->feedback && (!t->tree.plain || (!t->is_end_tag && cnil_html_tree_cares(t->name))))
        tag_in_tree(t, token);
    if (t->to_join || t->to_join_cdata)
        join_in_tree(t);
    t->in_pieces = false;
    t->piece_quote = 0;
    return TOKEN;
}

/* What a later piece begins in. */
static char quote_of(enum state state)
{
    switch (state) {
    case TAG_NAME:
        return 't';
    case ATTRIBUTE_NAME:
    case AFTER_ATTRIBUTE_NAME:
        return 'n';
    case BEFORE_ATTRIBUTE_VALUE:
        return '=';
    case ATTRIBUTE_VALUE_DOUBLE_QUOTED:
        return '"';
    case ATTRIBUTE_VALUE_SINGLE_QUOTED:
        return '\'';
    case ATTRIBUTE_VALUE_UNQUOTED:
        return ' ';
    default:
        return 0;
    }
}

/* A piece of a tag that has reached its longest length: up to the attribute that is open, if it is not all there is. */
static RARE enum result cut_tag(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    const char *end = t->at;
    char quote = quote_of(t->state);
    struct cnil_html_attributes iterator;
    struct cnil_html_attribute attribute;

    if (fill_tag(t, token, end) == FAILED)
        return FAILED;
    token->last = false;
    token->ns = CNIL_HTML_NS_UNSURE; /* that depends on attributes to come */
    token->inert = false;
    t->piece_quote = quote;
    if (quote != 0 && quote != 't') {
        size_t keep = 0;

        cnil_html_attributes_begin(&iterator, token);
        while (cnil_html_attributes_next(&iterator, &attribute))
            if (attribute.raw.ptr > token->raw.ptr)
                keep = (size_t)(attribute.raw.ptr - token->raw.ptr);
        if (keep > 0) {
            t->piece_quote = 0;
            if (t->to_release)
                t->carry_sent = keep;
            else
                t->start -= token->raw.len - keep;
            token->raw.len = keep;
        }
    }
    t->in_pieces = true;
    return TOKEN;
}

/* ---- the states ---- */

/* The open tag's name, or more of it. Returns where it ends, or `stop`. */
static inline const char *tag_name(struct cnil_html_tokenizer *t, const char *at, const char *stop)
{
    const char *from = at;
    cnil_html_name name = t->name;
    size_t extra = t->name_extra;

    for (; at < stop; at++) {
        unsigned code = cnil_html_name_codes[(unsigned char)*at];

        if (code - 1 < 28) {
            name = name << 5 | code;
        } else if (code >= 32) { /* a digit takes two codes */
            name = name << 10 | CNIL_HTML_CODE_digit << 5 | (code - 31);
            extra++;
        } else if (is_class(*at, SPACE | SLASH | END)) {
            break;
        } else {
            extra = 13; /* no integer */
        }
    }
    t->name_extra = extra;
    t->name_len += (size_t)(at - from);
    t->name = t->name_len + extra > 12 ? CNIL_HTML_OTHER : name;
    return at;
}

/* The byte `back` bytes before `at`. */
static char byte_before(const struct cnil_html_tokenizer *t, const char *at, size_t back)
{
    size_t here = (size_t)(at - t->segment);

    return here >= back ? at[-(ptrdiff_t)back] : t->before[back - here - 1];
}

/* Does the '>' at `at` end a comment? "<!-->" and "<!--->" do, "<!--!>" does not. */
static bool ends_comment(const struct cnil_html_tokenizer *t, const char *at)
{
    char last = byte_before(t, at, 1);

    if (t->is_xml) /* there "-->" does it, alone */
        return last == '-' && byte_before(t, at, 2) == '-' && t->comment_len + (size_t)(at - t->comment) >= 2;
    if (last == '-')
        return byte_before(t, at, 2) == '-';
    return last == '!' && byte_before(t, at, 2) == '-' && byte_before(t, at, 3) == '-' &&
           t->comment_len + (size_t)(at - t->comment) >= 3;
}

/* Is what can be seen the beginning of `prefix`, with more to come? */
static bool may_start(const struct cnil_html_tokenizer *t, const char *at, struct cnil_str prefix)
{
    struct cnil_str seen = { at, (size_t)(t->seen - at) };

    return !t->at_eof && seen.len < prefix.len && cnil_str_starts_with_nocase(prefix, seen);
}

/* XML 1.0, 2.6. `at` is past its '>'. */
static RARE enum result instruction(struct cnil_html_tokenizer *t, struct cnil_html_token *token, const char *end)
{
    if (fill_tag(t, token, end) == FAILED)
        return FAILED;
    if (token->first && token->tag != CNIL_TAG_LINK) {
        token->kind = t->kind_before = CNIL_HTML_COMMENT;
        token->name = CNIL_STR_EMPTY;
    }
    t->state = DATA;
    t->in_pieces = false;
    return TOKEN;
}

static RARE enum result subset_piece(struct cnil_html_tokenizer *t, struct cnil_html_token *token, const char *end)
{
    piece(t, token, end, false);
    token->is_subset = true;
    return TOKEN;
}

/* XML 1.0, 2.8: a '>' ends it that stands in no literal and not in the internal subset, which comes in pieces of its
 * own. In there, comments and instructions may hold any quotes. */
static RARE enum result xml_doctype(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    for (const char *at = t->at; at < t->limit; at++) {
        char c = *at;

        if (t->literal == '-') {
            if (c == '>' && byte_before(t, at, 1) == '-' && byte_before(t, at, 2) == '-' &&
                t->comment_len + (size_t)(at - t->comment) >= 2)
                t->literal = 0;
        } else if (t->literal == '?') {
            if (c == '>' && byte_before(t, at, 1) == '?')
                t->literal = 0;
        } else if (t->literal != 0) {
            if (c == t->literal)
                t->literal = 0;
        } else if (c == '"' || c == '\'') {
            t->literal = c;
        } else if (c == '[' && !t->in_subset) {
            t->in_subset = true;
            if (at > t->start)
                return piece(t, token, at, false);
        } else if (c == ']' && t->in_subset) {
            t->in_subset = false;
            return subset_piece(t, token, at + 1);
        } else if (c == '?' && byte_before(t, at, 1) == '<') {
            t->literal = c;
        } else if (c == '-' && byte_before(t, at, 1) == '-' && byte_before(t, at, 2) == '!' &&
                   byte_before(t, at, 3) == '<') {
            t->literal = c;
            t->comment_len = 0;
            t->comment = at + 1;
        } else if (c == '>' && !t->in_subset) {
            return piece(t, token, at + 1, true);
        }
    }
    t->at = t->limit;
    if (t->at == t->start)
        return DRY;
    return t->in_subset ? subset_piece(t, token, t->at) : piece(t, token, t->at, false);
}

/* 13.2.5.42. The bytes at `at` are "<!". */
static __attribute__((noinline)) enum result markup_declaration(struct cnil_html_tokenizer *t,
                                                                struct cnil_html_token *token)
{
    const char *at = t->at + 2;
    enum cnil_html_certainty cdata = t->is_xml     ? CNIL_HTML_YES
                                     : t->feedback ? cnil_html_tree_cdata(&t->tree)
                                                   : CNIL_HTML_NO;
    struct cnil_html_tree_fork mark;

    t->in_comment = false;
    if (t->at[1] == '!' && (may_start(t, at, CNIL_STR("--")) || may_start(t, at, CNIL_STR("doctype")) ||
                            (may_start(t, at, CNIL_STR("[CDATA[")) && cdata != CNIL_HTML_NO)))
        return DRY;
    if (t->at[1] == '!' && starts_nocase(at, t->seen, CNIL_STR("--"))) {
        t->at = t->comment = at + 2;
        t->comment_len = 0;
        t->state = COMMENT;
    } else if (t->at[1] == '!' && starts_nocase(at, t->seen, CNIL_STR("doctype"))) {
        t->at = at + 7;
        t->state = t->is_xml ? XML_DOCTYPE : DOCTYPE;
        t->literal = 0;
        t->in_subset = false;
    } else if (t->is_xml && t->at[1] == '?') {
        t->at = at;
        t->state = XML_INSTRUCTION;
        t->is_end_tag = t->self_closing = false;
        t->initials = 0;
    } else if (t->at[1] == '!' && cdata != CNIL_HTML_NO &&
               cnil_str_starts_with((struct cnil_str){ at, (size_t)(t->seen - at) }, CNIL_STR("[CDATA["))) {
        if (cdata == CNIL_HTML_YES) {
            fill(t, token, CNIL_HTML_CDATA, at + 7);
            t->state = CDATA_SECTION;
            return TOKEN;
        }
        t->at = at + 7;
        t->state = BOGUS_COMMENT;
        cnil_html_tree_mark(&t->tree, CNIL_HTML_OTHER, &mark);
        add_fork(t, &mark);
    } else {
        t->at = at;
        t->state = BOGUS_COMMENT;
    }
    return AGAIN;
}

/* Text up to `end`, where a token starts if `next` is another state. */
static enum result text_to(struct cnil_html_tokenizer *t, struct cnil_html_token *token, const char *end,
                           enum state next)
{
    if (end > t->start)
        return text(t, token, end, next);
    t->at = end;
    if (t->state == next)
        return DRY;
    t->state = next;
    return AGAIN;
}

/* Where this segment ends; what was seen whole may reach further. */
static const char *all(const struct cnil_html_tokenizer *t)
{
    return t->at > t->limit ? t->at : t->limit;
}

static __attribute__((noinline)) enum result raw_text(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    const char *end;
    bool undecided;

    end = find_end_tag(t->at, t->limit, t->seen, t->at_eof, t->raw_name, t->raw_name_len, &undecided);
    if (end == NULL)
        return text_to(t, token, all(t), t->state);
    return text_to(t, token, end, undecided ? t->state : END_TAG_OPEN);
}

static __attribute__((noinline)) enum result cdata_text(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    const char *end;
    bool undecided;

    end = find_cdata_end(t->at, t->limit, t->seen, t->at_eof, &undecided);
    if (end == NULL)
        return text_to(t, token, all(t), t->state);
    return text_to(t, token, end, undecided ? t->state : CDATA_SECTION_END);
}

/* 13.2.5.4 and 13.2.5.15 to 13.2.5.31. A '>' after "--" ends what "<!--" has begun. */
static __attribute__((noinline)) enum result script_text(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    static const struct cnil_str comment = CNIL_STR_INIT("<!--");
    const char *at = t->at;
    enum cnil_html_certainty found;

    for (; at < t->limit; at++) {
        if (t->state == SCRIPT_DATA)
            at = cnil_scan_byte(at, t->limit, '<');
        else
            while (at < t->limit && *at != '<' && *at != '>')
                at++;
        if (at == t->limit)
            break;
        if (*at == '>') {
            if (byte_before(t, at, 1) == '-' && byte_before(t, at, 2) == '-')
                t->state = SCRIPT_DATA;
            continue;
        }
        if (t->state == SCRIPT_DATA_DOUBLE_ESCAPED) {
            found = match(at, t->seen, t->at_eof, "</", "script", 6);
            if (found == CNIL_HTML_YES)
                t->state = SCRIPT_DATA_ESCAPED;
        } else {
            found = match(at, t->seen, t->at_eof, "</", t->raw_name, t->raw_name_len);
            if (found == CNIL_HTML_YES)
                return text_to(t, token, at, END_TAG_OPEN);
            if (found == CNIL_HTML_NO && t->state == SCRIPT_DATA_ESCAPED) {
                found = match(at, t->seen, t->at_eof, "<", "script", 6);
                if (found == CNIL_HTML_YES)
                    t->state = SCRIPT_DATA_DOUBLE_ESCAPED;
            } else if (found == CNIL_HTML_NO && starts_nocase(at, t->seen, comment)) {
                t->state = SCRIPT_DATA_ESCAPED;
                at += 3;
            } else if (found == CNIL_HTML_NO && may_start(t, at, comment)) {
                found = CNIL_HTML_MAYBE;
            }
        }
        if (found == CNIL_HTML_MAYBE)
            break;
    }
    return text_to(t, token, at, t->state);
}

/* How far an open tag may be read: past its longest length it comes in pieces. */
static inline const char *tag_stop(const struct cnil_html_tokenizer *t)
{
    ptrdiff_t room = (ptrdiff_t)(t->max_tag_len - t->carry_len);

    return t->limit - t->start > room ? t->start + room : t->limit;
}

static RARE enum result dry_tag(struct cnil_html_tokenizer *t, struct cnil_html_token *token, const char *at)
{
    t->at = at;
    return t->carry_len + (size_t)(at - t->start) >= t->max_tag_len ? cut_tag(t, token) : DRY;
}

/* Where no letter follows "<" or "</": does a name of XML? */
static RARE bool begins_xml_name(const struct cnil_html_tokenizer *t, char c)
{
    return t->is_xml && (c == '_' || c == ':' || (unsigned char)c >= 0x80);
}

static inline enum result run(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    const char *at = t->at;
    const char *stop = is_inside_tag(t->state) ? tag_stop(t) : t->limit;
    enum result result;

    for (;;) {
        switch (t->state) {
        case DATA:
            at = cnil_scan_byte(at, t->limit, '<');
            if (at >= t->limit)
                return text_to(t, token, at, DATA);
            if (at + 1 == t->seen) {
                if (!t->at_eof) /* undecided */
                    return text_to(t, token, at, DATA);
                at++;
            } else if (cnil_is_alpha(at[1])) {
                if (at > t->start)
                    return text(t, token, at, TAG_OPEN);
                goto tag_open;
            } else if (at[1] == '/' || at[1] == '!' || at[1] == '?') {
                if (at > t->start)
                    return text(t, token, at, at[1] == '/' ? END_TAG_OPEN : MARKUP_DECLARATION_OPEN);
                t->at = at;
                t->state = at[1] == '/' ? END_TAG_OPEN : MARKUP_DECLARATION_OPEN;
                if (at[1] == '/')
                    goto end_tag_open;
            } else if (begins_xml_name(t, at[1])) {
                return text_to(t, token, at, TAG_OPEN);
            } else {
                at++; /* "<3": it was text all along */
            }
            break;

        case TAG_OPEN:
        tag_open:
            stop = tag_stop(t);
            t->is_end_tag = false;
            at++;
            goto open_tag;

        case END_TAG_OPEN:
        end_tag_open:
            if (t->seen - at < 3) {
                if (!t->at_eof)
                    return DRY;
                t->state = DATA; /* "</" at the end is text */
                at = t->seen;
                break;
            }
            if (at[2] == '>') {
                fill(t, token, CNIL_HTML_NOTHING, at + 3);
                t->state = DATA;
                return TOKEN;
            }
            if (!cnil_is_alpha(at[2]) && !begins_xml_name(t, at[2])) {
                t->state = BOGUS_COMMENT;
                t->in_comment = false;
                at += 2;
                break;
            }
            stop = tag_stop(t);
            t->is_end_tag = true;
            at += 2;
        open_tag:
            t->self_closing = false;
            t->name = 0;
            t->name_len = 0;
            t->name_extra = 0;
            t->initials = 0;
            t->state = TAG_NAME;
            __attribute__((fallthrough));

        case TAG_NAME:
            at = tag_name(t, at, stop);
            if (at >= stop)
                return dry_tag(t, token, at);
            t->state = BEFORE_ATTRIBUTE_NAME;
            __attribute__((fallthrough));

        case BEFORE_ATTRIBUTE_NAME:
            while (at < stop && is_class(*at, SPACE))
                at++;
            if (at >= stop)
                return dry_tag(t, token, at);
            if (*at == '>')
                return tag(t, token, at + 1);
            if (*at == '/') {
                at++;
                t->state = SELF_CLOSING_START_TAG;
                break;
            }
            if (at + 1 >= stop || at[1] != '=') /* drawings are full of d="..." */
                t->initials |= cnil_html_initial(*at);
            at++; /* whatever it is, '=' too */
            t->state = ATTRIBUTE_NAME;
            __attribute__((fallthrough));

        case ATTRIBUTE_NAME:
            at = find_name_end(at, stop);
            if (at >= stop)
                return dry_tag(t, token, at);
            t->state = AFTER_ATTRIBUTE_NAME;
            __attribute__((fallthrough));

        case AFTER_ATTRIBUTE_NAME:
            while (at < stop && is_class(*at, SPACE))
                at++;
            if (at >= stop)
                return dry_tag(t, token, at);
            if (*at != '=') {
                t->state = BEFORE_ATTRIBUTE_NAME;
                break;
            }
            at++;
            t->state = BEFORE_ATTRIBUTE_VALUE;
            __attribute__((fallthrough));

        case BEFORE_ATTRIBUTE_VALUE:
            while (at < stop && is_class(*at, SPACE))
                at++;
            if (at >= stop)
                return dry_tag(t, token, at);
            if (*at == '\'') {
                at++;
                t->state = ATTRIBUTE_VALUE_SINGLE_QUOTED;
                break;
            }
            if (*at != '"') {
                t->state = ATTRIBUTE_VALUE_UNQUOTED;
                break;
            }
            at++;
            t->state = ATTRIBUTE_VALUE_DOUBLE_QUOTED;
            __attribute__((fallthrough));

        case ATTRIBUTE_VALUE_DOUBLE_QUOTED:
            at = cnil_scan_byte(at, stop, '"');
            if (at >= stop)
                return dry_tag(t, token, at);
            at++;
            t->state = BEFORE_ATTRIBUTE_NAME;
            break;

        case ATTRIBUTE_VALUE_SINGLE_QUOTED:
            at = cnil_scan_byte(at, stop, '\'');
            if (at >= stop)
                return dry_tag(t, token, at);
            at++;
            t->state = BEFORE_ATTRIBUTE_NAME;
            break;

        case ATTRIBUTE_VALUE_UNQUOTED:
            while (at < stop && !is_class(*at, SPACE | END))
                at++;
            if (at >= stop)
                return dry_tag(t, token, at);
            t->state = BEFORE_ATTRIBUTE_NAME;
            break;

        case SELF_CLOSING_START_TAG:
            if (at >= stop)
                return dry_tag(t, token, at);
            t->self_closing = *at == '>' && !t->is_end_tag;
            t->state = BEFORE_ATTRIBUTE_NAME;
            break;

        case MARKUP_DECLARATION_OPEN:
            result = markup_declaration(t, token);
            if (result != AGAIN)
                return result;
            at = t->at;
            if (t->state == XML_INSTRUCTION)
                stop = tag_stop(t);
            break;

        case COMMENT:
            at = cnil_scan_byte(at, t->limit, '>');
            if (at < t->limit) {
                at++;
                if (!ends_comment(t, at - 1))
                    break;
                return piece(t, token, at, true);
            }
            t->at = at;
            return at > t->start ? piece(t, token, at, false) : DRY;

        case BOGUS_COMMENT:
        case DOCTYPE:
            at = cnil_scan_byte(at, t->limit, '>');
            if (at < t->limit)
                return piece(t, token, at + 1, true);
            t->at = at;
            return at > t->start ? piece(t, token, at, false) : DRY;

        case XML_DOCTYPE:
            t->at = at;
            return xml_doctype(t, token);

        case XML_INSTRUCTION:
            at = cnil_scan_byte(at, stop, '>');
            if (at >= stop)
                return dry_tag(t, token, at);
            at++;
            if (byte_before(t, at - 1, 1) == '?')
                return instruction(t, token, at);
            break;

        case CDATA_SECTION_END:
            fill(t, token, CNIL_HTML_CDATA, at + 3);
            t->state = DATA;
            return TOKEN;

        case RCDATA:
        case RAWTEXT:
        case CDATA_SECTION:
        case SCRIPT_DATA:
        case SCRIPT_DATA_ESCAPED:
        case SCRIPT_DATA_DOUBLE_ESCAPED:
        case PLAINTEXT:
            if (t->state == PLAINTEXT)
                result = text_to(t, token, all(t), PLAINTEXT);
            else if (t->state == CDATA_SECTION)
                result = cdata_text(t, token);
            else if (t->state == RCDATA || t->state == RAWTEXT)
                result = raw_text(t, token);
            else
                result = script_text(t, token);
            if (result != AGAIN)
                return result;
            at = t->at;
            break;
        }
    }
}

/* ---- attributes, one by one ---- */

/* Sets `value` and `open`; `at` stands before it. Returns what follows. */
static inline const char *read_value(struct cnil_html_attribute *attribute, char quote, const char *at, const char *end)
{
    const char *from = at;

    attribute->has_value = true;
    if (quote == '=') {
        while (at < end && is_class(*at, SPACE))
            at++;
        quote = at < end && (*at == '"' || *at == '\'') ? *at++ : ' ';
        from = at;
    }
    if (quote == ' ')
        while (at < end && !is_class(*at, SPACE | END))
            at++;
    else
        at = cnil_scan_byte(at, end, quote);
    attribute->value = (struct cnil_str){ from, (size_t)(at - from) };
    attribute->open = at == end;
    return at < end && quote != ' ' ? at + 1 : at;
}

/* The same for one whose name ends at `name_end`. */
static inline const char *read_behind_name(struct cnil_html_attribute *attribute, const char *name_end, const char *end)
{
    const char *at = name_end;

    if (end - at > 1 && at[0] == '=' && at[1] == '"') /* as nearly all are */
        return read_value(attribute, '"', at + 2, end);
    while (at < end && is_class(*at, SPACE))
        at++;
    if (at < end && *at == '=')
        return read_value(attribute, '=', at + 1, end);
    attribute->value = CNIL_STR_EMPTY;
    attribute->has_value = false;
    attribute->open = at == end;
    return name_end;
}

/* Sets `name` and the rest of the attribute that begins at `at`, whatever stands there, '=' too. Its tag goes on up to
 * `end`, or ends in a '>' before. Returns what follows. */
static inline const char *read_attribute(struct cnil_html_attribute *attribute, const char *at, const char *end)
{
    const char *name_end = find_name_end(at + 1, end);

    attribute->name = (struct cnil_str){ at, (size_t)(name_end - at) };
    return read_behind_name(attribute, name_end, end);
}

/* ---- passing over what holds nothing ---- */

static void release_carry(struct cnil_html_tokenizer *t)
{
    t->carry_len -= t->carry_sent;
    memmove(t->carry, t->carry + t->carry_sent, t->carry_len);
    t->to_release = false;
}

/* Is text or a tag next, in a document without anything open that says how it reads? */
static bool may_pass(const struct cnil_html_tokenizer *t)
{
    bool is_between = t->state == DATA || t->state == TAG_OPEN || t->state == END_TAG_OPEN;

    return is_between && t->at == t->start && t->feedback && t->tree.plain && t->tree.no_frameset && t->forks == 0 &&
           !t->in_tail && t->carry_len == 0 && !t->to_drop && !t->to_join && !t->to_join_cdata;
}

/* Where the end tag at `at` ends; NULL: to be looked at. */
static inline const char *pass_end_tag(const char *at, const char *end)
{
    at += 2;
    if (at == end || !cnil_is_alpha(*at))
        return NULL;
    at = cnil_scan_name(at, end);
    return at < end && *at == '>' ? at + 1 : NULL;
}

/* The same for a start tag. */
static inline const char *pass_start_tag(struct cnil_html_tokenizer *t, const struct cnil_html_filter *filter,
                                         const char *at, const char *end)
{
    struct cnil_html_attribute attribute;
    uint32_t initials = filter->initials;
    const char *start = at++;
    uint64_t hash;

    if (!cnil_is_alpha(*at))
        return NULL;
    t->name = 0;
    t->name_len = 0;
    t->name_extra = 0;
    at = tag_name(t, at, end);
    if (cnil_html_tree_cares(t->name))
        return NULL;
    hash = CNIL_HTML_NAME_HASH(t->name);
    if ((filter->tags[hash >> 6] >> (hash & 63) & 1) != 0)
        initials |= filter->initials_of(t->name);
    for (;;) {
        while (at < end && is_class(*at, SPACE | SLASH))
            at++;
        if (at == end)
            return NULL;
        if (*at == '>')
            return (size_t)(at - start) < t->max_tag_len ? at + 1 : NULL;
        at = read_attribute(&attribute, at, end);
        if (attribute.open || ((initials & cnil_html_initial(*attribute.name.ptr)) != 0 &&
                               !filter->is_plain(filter->context, t->name, &attribute)))
            return NULL;
    }
}

struct cnil_str cnil_html_tokenizer_pass(struct cnil_html_tokenizer *t, const struct cnil_html_filter *filter)
{
    const char *from, *at, *after;

    if (t->to_release)
        release_carry(t);
    if (!may_pass(t))
        return CNIL_STR_EMPTY;
    for (from = after = t->at;;) {
        const char *next;

        at = cnil_scan_byte(after, t->end, '<');
        if (t->end - at < 2)
            break;
        next = at[1] == '/' ? pass_end_tag(at, t->end) : pass_start_tag(t, filter, at, t->end);
        if (next == NULL)
            break;
        after = next;
    }
    if (at == from)
        return CNIL_STR_EMPTY;
    t->in_text = at > after;
    t->kind_before =
        t->in_text ? CNIL_HTML_TEXT : CNIL_HTML_END_TAG; /* or a start tag: what matters is that it is none */
    t->start = t->at = at;
    t->state = DATA;
    return (struct cnil_str){ from, (size_t)(at - from) };
}

/* ---- where two readings meet again ---- */

static void insert(struct cnil_html_tokenizer *t, struct cnil_str bytes)
{
    memcpy(t->insert + t->insert_len, bytes.ptr, bytes.len);
    t->insert_len += bytes.len;
}

/* Does the script that ends here end for sure, even if it was escaped? A rewriter may change tags, never text. */
static bool ends_escaped_script(const struct cnil_html_tokenizer *t)
{
    if (t->insert_len >= 3)
        return memcmp(t->insert + t->insert_len - 3, "-->", 3) == 0;
    return (t->kind_before == CNIL_HTML_TEXT || t->kind_before == CNIL_HTML_COMMENT) &&
           byte_before(t, t->at, 1) == '>' && byte_before(t, t->at, 2) == '-' && byte_before(t, t->at, 3) == '-';
}

/* The end tag of the raw text that the markup reading is in. It ends a fork of that name, too. */
static void insert_end_tag(struct cnil_html_tokenizer *t)
{
    struct cnil_html_token token = { .kind = CNIL_HTML_END_TAG, .name = { t->raw_name, t->raw_name_len } };
    bool was_escaped = false;

    token.tag = cnil_html_name_of(token.name);
    for (unsigned i = 0; i < t->forks; i++)
        was_escaped = was_escaped || (t->fork[i].name == token.tag && may_be_escaped(t, &t->fork[i]));
    if (was_escaped && !ends_escaped_script(t))
        insert(t, CNIL_STR("-->"));
    insert(t, CNIL_STR("</"));
    insert(t, token.name);
    insert(t, CNIL_STR(">"));
    cnil_html_tree_end(&t->tree, &token);
    cnil_html_tree_join(&t->tree, token.tag);
    for (unsigned i = 0; i < t->forks; i++)
        if (t->fork[i].name == token.tag)
            remove_fork(t, i);
}

/* Does the '>' of "]]>" end what is open, too? */
static bool ends_with_section(enum state state)
{
    return state == BOGUS_COMMENT || state == DOCTYPE || state == CDATA_SECTION ||
           (is_inside_tag(state) && state != ATTRIBUTE_VALUE_DOUBLE_QUOTED && state != ATTRIBUTE_VALUE_SINGLE_QUOTED);
}

/* What brings the markup reading back to the data state, where a fork of the name `ending` ends. */
static void insert_end_of_state(struct cnil_html_tokenizer *t, cnil_html_name ending)
{
    switch (t->state) {
    case COMMENT:
        insert(t, CNIL_STR("-->"));
        break;
    case BOGUS_COMMENT:
    case DOCTYPE:
        insert(t, CNIL_STR(">"));
        break;
    case CDATA_SECTION:
        insert(t, CNIL_STR("]]>"));
        break;
    case SCRIPT_DATA_DOUBLE_ESCAPED:
        insert(t, CNIL_STR("-->"));
        __attribute__((fallthrough));
    case RCDATA:
    case RAWTEXT:
    case SCRIPT_DATA:
    case SCRIPT_DATA_ESCAPED:
        if (cnil_html_name_of((struct cnil_str){ t->raw_name, t->raw_name_len }) != ending)
            insert_end_tag(t);
        break;
    default:
        break;
    }
}

/* What closes the open tag. */
static void insert_end_of_tag(struct cnil_html_tokenizer *t)
{
    char quote = quote_of(t->state);

    if (quote == '"' || quote == '\'')
        insert(t, (struct cnil_str){ &quote, 1 });
    else if (quote == '=')
        insert(t, CNIL_STR("\"\""));
    insert(t, CNIL_STR(">"));
}

/* At `at` the fork `hit` ends. What the markup reading has open there is closed, or taken back, so that both go on
 * in the data state. */
static RARE enum result meet(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    struct fork fork = t->fork[t->hit];
    bool is_cdata = fork.name == CNIL_HTML_OTHER;
    bool drop = is_inside_tag(t->state);
    const char *start;

    if (is_cdata && ends_with_section(t->state)) {
        remove_fork(t, (unsigned)t->hit);
        t->to_join_cdata = drop;
        if (!drop)
            cnil_html_tree_join(&t->tree, fork.name);
        return AGAIN;
    }
    if (drop && (t->is_end_tag || t->in_pieces)) { /* an end tag may have ended a fork: it must stay */
        enum result result;

        insert_end_of_tag(t);
        result = tag(t, token, t->at);
        token->cut_off = true;
        return result;
    }
    remove_fork(t, (unsigned)t->hit);
    insert_end_of_state(t, fork.name);
    t->state = DATA;
    if (may_be_escaped(t, &fork) && (drop || !ends_escaped_script(t))) /* what is dropped ends nothing */
        insert(t, CNIL_STR("-->"));
    if (is_cdata)
        cnil_html_tree_join(&t->tree, fork.name);
    else
        t->joining = fork.name;
    t->to_join = !is_cdata;
    if (!drop && t->insert_len == 0)
        return AGAIN;
    start = t->start;
    fill(t, token, CNIL_HTML_CUT, t->at);
    t->start = start; /* of what is dropped */
    token->raw = CNIL_STR_EMPTY;
    token->drop_open = drop;
    token->insert = (struct cnil_str){ t->insert, t->insert_len };
    t->to_drop = drop;
    t->insert_len = 0;
    return TOKEN;
}

/* ---- from segment to segment ---- */

/* The last bytes of the segment, for those that look back. */
static void remember_bytes(struct cnil_html_tokenizer *t)
{
    char before[sizeof(t->before)];

    if (t->at == t->segment)
        return;
    for (size_t i = 0; i < sizeof(before); i++)
        before[i] = byte_before(t, t->at, i + 1);
    memcpy(t->before, before, sizeof(before));
    t->comment_len += (size_t)(t->at - t->comment);
}

/* What is undecided goes to the tail, an open tag to `carry`. AGAIN: there is another segment to read. */
static RARE enum result next_segment(struct cnil_html_tokenizer *t)
{
    size_t left;

    if (is_inside_tag(t->state) && t->at > t->start && carry(t) == FAILED)
        return FAILED;
    remember_bytes(t);
    if (t->in_tail && t->at >= t->end) {
        const char *from = t->chunk.ptr + (t->at - t->end);
        const char *end = t->chunk.ptr + t->chunk.len;

        t->in_tail = false;
        t->tail_len = 0;
        set_segment(t, from, end, end);
        return AGAIN;
    }
    left = (size_t)((t->in_tail ? t->seen : t->end) - t->at);
    memmove(t->tail, t->at, left);
    t->tail_len = left;
    t->in_tail = false;
    t->segment = t->at = t->start = t->comment = t->limit = t->end = t->seen = t->chunk.ptr + t->chunk.len;
    t->hit = -1;
    return DRY;
}

/* An open tag at the end of the input, or where two readings meet, is no token. */
static RARE enum result drop_tag(struct cnil_html_tokenizer *t, struct cnil_html_token *token)
{
    const char *end = t->at;

    fill(t, token, CNIL_HTML_NOTHING, end);
    t->to_drop = false;
    t->state = DATA;
    return t->carry_len > 0 ? join_carry(t, token, end) : TOKEN;
}

enum cnil_status cnil_html_tokenizer_next(struct cnil_html_tokenizer *tokenizer, struct cnil_html_token *token,
                                          bool *more)
{
    enum result result;

    if (tokenizer->to_release)
        release_carry(tokenizer);
    do {
        if (tokenizer->to_drop)
            result = drop_tag(tokenizer, token);
        else
            result = run(tokenizer, token);
        if (result == DRY) {
            if (tokenizer->at >= tokenizer->limit && tokenizer->hit >= 0)
                result = meet(tokenizer, token);
            else
                result = next_segment(tokenizer);
        }
        if (result == DRY && tokenizer->last && is_inside_tag(tokenizer->state))
            result = drop_tag(tokenizer, token);
    } while (result == AGAIN);
    *more = result == TOKEN;
    return result == FAILED ? CNIL_NO_MEMORY : CNIL_OK;
}

/* ---- attributes ---- */

void cnil_html_attributes_begin(struct cnil_html_attributes *iterator, const struct cnil_html_token *token)
{
    const char *at = token->raw.ptr;
    const char *end = at + token->raw.len;

    if (token->last && !token->cut_off && end > at && end[-1] == '>')
        end--;
    if (token->first)
        at = token->name.ptr + token->name.len;
    if (token->quote == 't') /* the rest of the tag's name */
        while (at < end && !is_class(*at, SPACE | SLASH))
            at++;
    if (token->is_xml && token->last && end > at && end[-1] == '?') /* an instruction's end is no part of a value */
        end--;
    iterator->rest = (struct cnil_str){ at, (size_t)(end - at) };
    iterator->quote = token->quote == 't' ? 0 : token->quote;
    iterator->last = token->last;
    iterator->is_xml = token->is_xml;
    iterator->count = 0;
    iterator->seen = 0;
}

static bool is_duplicate(struct cnil_html_attributes *iterator, const struct cnil_html_attribute *attribute)
{
    uint64_t hash = attribute->id != CNIL_HTML_OTHER ? attribute->id * 0x9bfd2c09e8dee2fdu >> 58 : attribute->name.len;
    uint64_t bit = (uint64_t)1 << (hash & 63);

    if (iterator->seen & bit)
        for (unsigned i = 0; i < iterator->count; i++)
            if (cnil_str_equal_nocase(iterator->names[i], attribute->name))
                return true;
    iterator->seen |= bit;
    if (iterator->count < CNIL_LIMIT_ATTRIBUTES)
        iterator->names[iterator->count++] = attribute->name;
    return false;
}

/* All but `id` and `duplicate`. */
static inline bool next_attribute(struct cnil_html_attributes *iterator, struct cnil_html_attribute *attribute)
{
    const char *at = iterator->rest.ptr;
    const char *end = at + iterator->rest.len;
    const char *from;

    if (iterator->quote == 0)
        while (at < end && is_class(*at, SPACE | SLASH))
            at++;
    if (iterator->quote == 0 && at == end)
        return false;
    from = at;
    if (iterator->quote == 0) {
        at = read_attribute(attribute, at, end);
    } else {
        attribute->name = CNIL_STR_EMPTY;
        at = iterator->quote == 'n' ? read_behind_name(attribute, find_name_end(at, end), end)
                                    : read_value(attribute, iterator->quote, at, end);
        iterator->quote = 0;
    }
    attribute->open = attribute->open && !iterator->last;
    attribute->raw = (struct cnil_str){ from, (size_t)(at - from) };
    iterator->rest = (struct cnil_str){ at, (size_t)(end - at) };
    return true;
}

static inline void set_id(const struct cnil_html_attributes *iterator, struct cnil_html_attribute *attribute)
{
    attribute->id = cnil_html_name_of(attribute->name);
    if (iterator->is_xml && cnil_str_ends_with(attribute->name, CNIL_STR(":href")))
        attribute->id = CNIL_ATTR_XLINK_HREF;
}

bool cnil_html_attributes_next(struct cnil_html_attributes *iterator, struct cnil_html_attribute *attribute)
{
    if (!next_attribute(iterator, attribute))
        return false;
    set_id(iterator, attribute);
    attribute->duplicate = attribute->name.len > 0 && is_duplicate(iterator, attribute);
    return true;
}

bool cnil_html_attributes_next_of(struct cnil_html_attributes *iterator, uint32_t initials,
                                  struct cnil_html_attribute *attribute)
{
    do
        if (!next_attribute(iterator, attribute))
            return false;
    while (attribute->name.len > 0 && (cnil_html_initial(*attribute->name.ptr) & initials) == 0);
    set_id(iterator, attribute);
    attribute->duplicate = false;
    return true;
}
