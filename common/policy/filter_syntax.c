/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/filter_syntax.h"

#include <string.h>

#define SAME(c)  [c] = (c)
#define LOWER(c) [c] = (c) | 0x20, [(c) | 0x20] = (c) | 0x20

const unsigned char cnil_filter_fold[256] = {
    SAME('0'),  SAME('1'),  SAME('2'),  SAME('3'),  SAME('4'),  SAME('5'),  SAME('6'),  SAME('7'),  SAME('8'),
    SAME('9'),  LOWER('A'), LOWER('B'), LOWER('C'), LOWER('D'), LOWER('E'), LOWER('F'), LOWER('G'), LOWER('H'),
    LOWER('I'), LOWER('J'), LOWER('K'), LOWER('L'), LOWER('M'), LOWER('N'), LOWER('O'), LOWER('P'), LOWER('Q'),
    LOWER('R'), LOWER('S'), LOWER('T'), LOWER('U'), LOWER('V'), LOWER('W'), LOWER('X'), LOWER('Y'), LOWER('Z'),
};

enum option_kind {
    TYPE,     /* value: the bit */
    UNSEEN,   /* a type that no markup fetches: pop-ups, whole documents */
    PARTY,    /* value: the flag */
    PAGES,    /* domain= */
    TARGETS,  /* to= */
    SPARED,   /* denyallow= */
    REDIRECT, /* what stands in the place of the file: held back all the same */
    CASE,
    IMPORTANT,
    BADFILTER,
    HIDING, /* of elements: says nothing of URLs */
    EVERY,  /* all types */
    NOOP
};

static const struct option {
    struct cnil_str name;
    enum option_kind kind;
    unsigned value;
} options[] = {
    { CNIL_STR_INIT("script"), TYPE, CNIL_FILTER_SCRIPT },
    { CNIL_STR_INIT("image"), TYPE, CNIL_FILTER_IMAGE },
    { CNIL_STR_INIT("stylesheet"), TYPE, CNIL_FILTER_STYLE },
    { CNIL_STR_INIT("css"), TYPE, CNIL_FILTER_STYLE },
    { CNIL_STR_INIT("font"), TYPE, CNIL_FILTER_FONT },
    { CNIL_STR_INIT("media"), TYPE, CNIL_FILTER_MEDIA },
    { CNIL_STR_INIT("object"), TYPE, CNIL_FILTER_OBJECT },
    { CNIL_STR_INIT("object-subrequest"), TYPE, CNIL_FILTER_OBJECT },
    { CNIL_STR_INIT("subdocument"), TYPE, CNIL_FILTER_FRAME },
    { CNIL_STR_INIT("frame"), TYPE, CNIL_FILTER_FRAME },
    { CNIL_STR_INIT("xmlhttprequest"), TYPE, CNIL_FILTER_XHR },
    { CNIL_STR_INIT("xhr"), TYPE, CNIL_FILTER_XHR },
    { CNIL_STR_INIT("ping"), TYPE, CNIL_FILTER_PING },
    { CNIL_STR_INIT("beacon"), TYPE, CNIL_FILTER_PING },
    { CNIL_STR_INIT("websocket"), TYPE, CNIL_FILTER_WEBSOCKET },
    { CNIL_STR_INIT("other"), TYPE, CNIL_FILTER_OTHER },
    { CNIL_STR_INIT("popup"), UNSEEN, 0 },
    { CNIL_STR_INIT("popunder"), UNSEEN, 0 },
    { CNIL_STR_INIT("document"), UNSEEN, 0 },
    { CNIL_STR_INIT("doc"), UNSEEN, 0 },
    { CNIL_STR_INIT("third-party"), PARTY, CNIL_FILTER_THIRD },
    { CNIL_STR_INIT("3p"), PARTY, CNIL_FILTER_THIRD },
    { CNIL_STR_INIT("first-party"), PARTY, CNIL_FILTER_FIRST },
    { CNIL_STR_INIT("1p"), PARTY, CNIL_FILTER_FIRST },
    { CNIL_STR_INIT("domain"), PAGES, 0 },
    { CNIL_STR_INIT("from"), PAGES, 0 },
    { CNIL_STR_INIT("to"), TARGETS, 0 },
    { CNIL_STR_INIT("denyallow"), SPARED, 0 },
    { CNIL_STR_INIT("redirect"), REDIRECT, 0 },
    { CNIL_STR_INIT("rewrite"), REDIRECT, 0 },
    { CNIL_STR_INIT("match-case"), CASE, 0 },
    { CNIL_STR_INIT("important"), IMPORTANT, 0 },
    { CNIL_STR_INIT("badfilter"), BADFILTER, 0 },
    { CNIL_STR_INIT("all"), EVERY, 0 },
    { CNIL_STR_INIT("generichide"), HIDING, 0 },
    { CNIL_STR_INIT("ghide"), HIDING, 0 },
    { CNIL_STR_INIT("specifichide"), HIDING, 0 },
    { CNIL_STR_INIT("shide"), HIDING, 0 },
    { CNIL_STR_INIT("elemhide"), HIDING, 0 },
    { CNIL_STR_INIT("ehide"), HIDING, 0 },
    { CNIL_STR_INIT("_"), NOOP, 0 },
};

static const struct option *find_option(struct cnil_str name)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        if (cnil_str_equal_nocase(options[i].name, name))
            return &options[i];
    return NULL;
}

static enum cnil_filter_kind drop(struct cnil_filter *filter, enum cnil_filter_drop why)
{
    filter->drop = why;
    return CNIL_FILTER_LINE_DROPPED;
}

/* "##", "#@#", "#?#", "#$#", "#@$?#" ... behind a list of domains, or at the start. */
static bool is_cosmetic(struct cnil_str line)
{
    for (size_t i = 0; i + 1 < line.len; i++) {
        size_t end = i + 1;

        if (line.ptr[i] != '#')
            continue;
        while (end < line.len && end < i + 4 && strchr("@?$%", line.ptr[end]) != NULL && line.ptr[end] != '\0')
            end++;
        if (end < line.len && line.ptr[end] == '#')
            return true;
    }
    return false;
}

/* Where the options begin ("$"), or the length of the line. The last "$" counts, unless it belongs to an expression
 * ("/x$/") or is escaped. */
static size_t options_start(struct cnil_str line)
{
    for (size_t i = line.len; i > 0; i--) {
        if (line.ptr[i - 1] != '$' || (i > 1 && line.ptr[i - 2] == '\\'))
            continue;
        return i < line.len && (cnil_is_alpha(line.ptr[i]) || line.ptr[i] == '~' || line.ptr[i] == '_' ||
                                cnil_is_digit(line.ptr[i]))
                   ? i - 1
                   : line.len;
    }
    return line.len;
}

struct types { /* what the options have said of them so far */
    unsigned only, without;
    bool some, unseen, hiding;
};

static bool read_option(struct cnil_filter *filter, struct types *types, struct cnil_str text)
{
    struct cnil_str value = text, name = cnil_str_cut(&value, '=');
    bool negated = name.len > 0 && *name.ptr == '~';
    const struct option *option = find_option(cnil_str_slice(name, negated ? 1 : 0, name.len));

    if (option == NULL || (negated && option->kind > PARTY))
        return false;
    switch (option->kind) {
    case TYPE:
        types->some = types->some || !negated;
        *(negated ? &types->without : &types->only) |= option->value;
        break;
    case UNSEEN:
        types->unseen = types->unseen || !negated;
        break;
    case HIDING:
        types->hiding = true;
        break;
    case EVERY:
        types->some = true;
        types->only = CNIL_FILTER_ALL;
        break;
    case PARTY:
        filter->flags &= negated ? ~option->value : option->value | ~(CNIL_FILTER_FIRST | CNIL_FILTER_THIRD);
        break;
    case PAGES:
        filter->pages = value;
        return value.len > 0;
    case TARGETS:
        filter->targets = value;
        return value.len > 0;
    case SPARED:
        filter->spared = value;
        return value.len > 0;
    case REDIRECT: /* an exception from it would not let the file pass */
        return !filter->exception;
    case CASE:
        filter->flags |= CNIL_FILTER_CASE;
        break;
    case IMPORTANT:
        filter->important = !filter->exception;
        break;
    case BADFILTER:
        filter->badfilter = true;
        break;
    case NOOP:
        break;
    }
    return true;
}

static enum cnil_filter_kind read_options(struct cnil_filter *filter, struct cnil_str text)
{
    struct types types = { 0 };

    filter->flags = CNIL_FILTER_FIRST | CNIL_FILTER_THIRD;
    while (text.len > 0)
        if (!read_option(filter, &types, cnil_str_cut(&text, ',')))
            return drop(filter, CNIL_FILTER_DROP_OPTION);
    if (types.hiding)
        return drop(filter, CNIL_FILTER_DROP_HIDING);
    if (!types.some && types.unseen)
        return drop(filter, CNIL_FILTER_DROP_NAVIGATION);
    filter->types = (types.some ? types.only : CNIL_FILTER_ALL) & ~types.without;
    if (filter->types == 0)
        return drop(filter, CNIL_FILTER_DROP_NAVIGATION);
    if ((filter->flags & (CNIL_FILTER_FIRST | CNIL_FILTER_THIRD)) == 0)
        return drop(filter, CNIL_FILTER_DROP_OPTION);
    return CNIL_FILTER_LINE_RULE;
}

/* An expression without any operator is the text itself. */
static bool is_plain(struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr("\\^$.|?*+()[]{}", text.ptr[i]) != NULL)
            return false;
    return true;
}

static bool is_host_byte(char c)
{
    return cnil_is_alpha(c) || cnil_is_digit(c) || c == '-' || c == '_' || c == '.';
}

static size_t host_length(struct cnil_str text)
{
    size_t len = 0;

    if (text.len > 0 && *text.ptr == '[') {
        len = cnil_str_find_byte(text, ']') + 1;
        return len <= text.len ? len : 0;
    }
    while (len < text.len && is_host_byte(text.ptr[len]))
        len++;
    return len;
}

/* Behind "||": a host that surely ends where the text says goes into the table of hosts. "||name." and "||name*" match
 * more than one, "||name.example" means that host. */
static void read_host(struct cnil_filter *filter, bool ends, bool starred)
{
    struct cnil_str text = filter->pattern;
    size_t len = host_length(text);
    bool whole =
        len == text.len && len > 0 && (ends || (!starred && text.ptr[len - 1] != '.' && text.ptr[len - 1] != '-'));

    if (len > 0 && *text.ptr != '.' && (whole || (len < text.len && memchr("^/:?", text.ptr[len], 4) != NULL))) {
        filter->host = cnil_str_slice(text, 0, len);
        filter->pattern = cnil_str_slice(text, len, text.len);
        if (cnil_str_equal(filter->pattern, CNIL_STR("^")) && !ends)
            filter->pattern.len = 0;
        filter->flags |= CNIL_FILTER_BEHIND | (ends && filter->pattern.len > 0 ? CNIL_FILTER_RIGHT : 0u);
    } else {
        filter->flags |= CNIL_FILTER_LABEL | (ends ? CNIL_FILTER_RIGHT : 0u);
    }
}

/* Copies `text` into `room`: lower case, runs of "*" as one. */
static struct cnil_str fold(struct cnil_str text, bool keep_case, char *room)
{
    size_t len = 0;

    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '*' || len == 0 || room[len - 1] != '*')
            room[len++] = keep_case ? text.ptr[i] : cnil_lower(text.ptr[i]);
    return (struct cnil_str){ room, len };
}

static void read_pattern(struct cnil_filter *filter, struct cnil_str text, char *room)
{
    bool ends = cnil_str_ends_with(text, CNIL_STR("|"));
    bool at_label, at_start, starred;

    text.len -= ends ? 1 : 0;
    at_label = cnil_str_starts_with(text, CNIL_STR("||"));
    at_start = !at_label && cnil_str_starts_with(text, CNIL_STR("|"));
    text = fold(cnil_str_slice(text,
                               at_label   ? 2
                               : at_start ? 1
                                          : 0,
                               text.len),
                (filter->flags & CNIL_FILTER_CASE) != 0, room);
    starred = cnil_str_ends_with(text, CNIL_STR("*"));
    if (starred) {
        text.len--;
        ends = false;
    }
    if (!at_label && cnil_str_starts_with(text, CNIL_STR("*"))) {
        text = cnil_str_slice(text, 1, text.len);
        at_start = false;
    }
    filter->pattern = text;
    if (at_label)
        read_host(filter, ends, starred);
    else
        filter->flags |= (at_start ? CNIL_FILTER_LEFT : 0u) | (ends && text.len > 0 ? CNIL_FILTER_RIGHT : 0u);
}

static bool matches_everything(const struct cnil_filter *filter)
{
    return filter->pattern.len == 0 && filter->host.len == 0 && filter->types == CNIL_FILTER_ALL &&
           filter->pages.len == 0 && filter->targets.len == 0;
}

/* URLs have none left: they are escaped, and hosts are in A-labels. */
static bool has_unicode(struct cnil_str line)
{
    for (size_t i = 0; i < line.len; i++)
        if ((unsigned char)line.ptr[i] >= 0x80)
            return true;
    return false;
}

static enum cnil_filter_kind read_rule(struct cnil_str line, char *room, struct cnil_filter *filter)
{
    size_t start = options_start(line);
    struct cnil_str text = cnil_str_slice(line, 0, start), inner;
    enum cnil_filter_kind kind;

    if (has_unicode(line))
        return drop(filter, CNIL_FILTER_DROP_DOMAIN);
    filter->exception = cnil_str_starts_with(text, CNIL_STR("@@"));
    kind = read_options(filter, cnil_str_slice(line, start + 1, line.len));
    if (kind != CNIL_FILTER_LINE_RULE)
        return kind;
    if (filter->exception)
        text = cnil_str_slice(text, 2, text.len);
    inner = cnil_str_slice(text, 1, text.len - (text.len > 0 ? 1 : 0));
    filter->regex = text.len > 2 && *text.ptr == '/' && text.ptr[text.len - 1] == '/';
    if (filter->regex && is_plain(inner)) {
        filter->regex = false;
        filter->pattern = fold(inner, (filter->flags & CNIL_FILTER_CASE) != 0, room);
    } else if (filter->regex) {
        filter->pattern = inner;
    } else {
        read_pattern(filter, text, room);
    }
    if (filter->pattern.len >= CNIL_FILTER_NOWHERE)
        return drop(filter, CNIL_FILTER_DROP_LENGTH);
    return matches_everything(filter) ? drop(filter, CNIL_FILTER_DROP_GENERAL) : CNIL_FILTER_LINE_RULE;
}

enum cnil_filter_kind cnil_filter_parse(struct cnil_str line, char *room, struct cnil_filter *filter)
{
    *filter = (struct cnil_filter){ .types = 0 };
    line = cnil_str_trim(line);
    if (cnil_str_starts_with(line, CNIL_STR("!#if")))
        return CNIL_FILTER_LINE_IF;
    if (cnil_str_starts_with(line, CNIL_STR("!#else")))
        return CNIL_FILTER_LINE_ELSE;
    if (cnil_str_starts_with(line, CNIL_STR("!#endif")))
        return CNIL_FILTER_LINE_ENDIF;
    if (line.len == 0 || *line.ptr == '!' || (*line.ptr == '[' && line.ptr[line.len - 1] == ']'))
        return CNIL_FILTER_LINE_NOTHING;
    if (is_cosmetic(line))
        return CNIL_FILTER_LINE_COSMETIC;
    if (*line.ptr == '#')
        return CNIL_FILTER_LINE_NOTHING;
    return read_rule(line, room, filter);
}
