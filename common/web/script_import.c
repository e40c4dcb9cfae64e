/* SPDX-License-Identifier: Apache-2.0 */
#include "web/script_import.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = sizeof("instanceof") - 1 }; /* the longest that matters */

enum state {
    BETWEEN, /* tokens */
    WORDS,   /* a name, a keyword, the flags of an expression */
    NUMBER,
    SLASH, /* of a comment, or: */
    LINE_COMMENT,
    COMMENT,
    COMMENT_STAR,
    STRING,
    STRING_ESCAPE,
    STRING_RETURN, /* escaped: a line feed may belong to it */
    TEMPLATE,
    TEMPLATE_ESCAPE,
    TEMPLATE_DOLLAR,
    EXPRESSION, /* a regular one */
    EXPRESSION_ESCAPE,
    EXPRESSION_CLASS,
    EXPRESSION_CLASS_ESCAPE,
    OFF
};

/* The token before, as far as what follows depends on it. */
enum token {
    START,
    VALUE,    /* or whatever else ends an expression */
    NAME,     /* a word that is no keyword below */
    ACCESSOR, /* async, get, set: may stand before the name of a method */
    KEYWORD,  /* an expression follows */
    DEFAULT,  /* … or the declaration of a class */
    FOLLOWED, /* do, else: a statement follows */
    CONTROL,  /* if, while, for, with: brackets follow, and then a statement */
    CLASS_KEYWORD,
    OPERATOR,
    STAR,
    INCREMENT,
    ARROW,
    DOT,
    ELLIPSIS,
    COMMA,
    SEMICOLON,
    OPENED,       /* a bracket, but for: */
    BRACE_OPENED, /* of a block, an object, a class */
    STATEMENT_END /* of a block, of what CONTROL has in brackets */
};

enum bracket {
    ROUND,
    CONTROL_ROUND,
    CALL_ROUND, /* of import(), in its first argument */
    SQUARE,
    BLOCK,
    OBJECT,
    CLASS,
    CLASS_OPERAND,
    TEMPLATE_BRACE,
    KIND = 0x0f,
    CLASS_DUE = 0x10, /* one of at most three "class" that came: the next "{" here opens the body of the last */
    CLASSES_DUE = 0x30,
    OPERAND_DUE = 0x40, /* … which is an operand */
    ASSIGNED = 0x80,    /* a "=" came: what is in a class may be an expression */
    CONDITION = 0x100,  /* one of the "?" that await their ":" */
    CONDITIONS = 0xff00
};

/* What came of an import or export. */
enum clause {
    NONE,
    IMPORT,       /* the word */
    IMPORT_DOT,   /* import. */
    IMPORT_PHASE, /* import.source, import.defer */
    EXPORT,       /* the word */
    STATEMENT,    /* of the script's own level, in which "from" may come */
    BRACED,       /* … must come, if anything: its braces are closed */
    FROM
};

struct cnil_script_imports {
    enum state state;
    enum token before;
    enum clause clause;
    bool is_method;      /* IMPORT: it would be a name */
    bool is_statement;   /* IMPORT: a statement may begin with it */
    bool in_braces;      /* WORDS: of an escape, "\u{62}" */
    bool is_name;        /* STRING: what a statement imports from */
    bool is_regex;       /* SLASH: an expression, if no comment */
    bool is_line_start;  /* no token on this line so far */
    unsigned dashes;     /* that stand first on it */
    unsigned char quote; /* STRING */
    uint32_t recent;     /* the last bytes */
    char word[WORD];     /* WORDS: the beginning of it */
    size_t word_len;     /* more than WORD: it is none that matters */
    size_t depth;        /* of `brackets`; the first is the script itself */
    uint16_t brackets[CNIL_SCRIPT_BRACKETS];
};

struct cnil_script_imports *cnil_script_imports_new(bool in_comment)
{
    struct cnil_script_imports *imports = calloc(1, sizeof(*imports));

    if (imports == NULL)
        return NULL;
    imports->state = in_comment ? LINE_COMMENT : BETWEEN;
    imports->brackets[0] = BLOCK;
    imports->is_line_start = true;
    return imports;
}

void cnil_script_imports_free(struct cnil_script_imports *imports)
{
    free(imports);
}

static enum bracket top(const struct cnil_script_imports *imports)
{
    return imports->brackets[imports->depth] & KIND;
}

/* One that is no "-", ahead of which "-->" is no comment any more. */
static void begin_token(struct cnil_script_imports *imports)
{
    imports->is_line_start = false;
    imports->dashes = 0;
}

/* ---- words ---- */

static enum token kind_of_word(const struct cnil_script_imports *imports, struct cnil_str word)
{
    static const struct {
        struct cnil_str word;
        enum token kind;
    } keywords[] = { { CNIL_STR_INIT("in"), KEYWORD },        { CNIL_STR_INIT("of"), KEYWORD },
                     { CNIL_STR_INIT("if"), CONTROL },        { CNIL_STR_INIT("do"), FOLLOWED },
                     { CNIL_STR_INIT("new"), KEYWORD },       { CNIL_STR_INIT("for"), CONTROL },
                     { CNIL_STR_INIT("get"), ACCESSOR },      { CNIL_STR_INIT("set"), ACCESSOR },
                     { CNIL_STR_INIT("void"), KEYWORD },      { CNIL_STR_INIT("case"), KEYWORD },
                     { CNIL_STR_INIT("else"), FOLLOWED },     { CNIL_STR_INIT("with"), CONTROL },
                     { CNIL_STR_INIT("throw"), KEYWORD },     { CNIL_STR_INIT("yield"), KEYWORD },
                     { CNIL_STR_INIT("await"), KEYWORD },     { CNIL_STR_INIT("while"), CONTROL },
                     { CNIL_STR_INIT("async"), ACCESSOR },    { CNIL_STR_INIT("class"), CLASS_KEYWORD },
                     { CNIL_STR_INIT("return"), KEYWORD },    { CNIL_STR_INIT("typeof"), KEYWORD },
                     { CNIL_STR_INIT("delete"), KEYWORD },    { CNIL_STR_INIT("export"), KEYWORD },
                     { CNIL_STR_INIT("default"), DEFAULT },   { CNIL_STR_INIT("extends"), KEYWORD },
                     { CNIL_STR_INIT("instanceof"), KEYWORD } };
    static const unsigned char first[WORD + 2] = { 0, 0, 0, 4, 8, 12, 18, 22, 24, 24, 24, 25 }; /* by length */
    enum token before = imports->before;

    if (before == DOT) /* the name of a property */
        return VALUE;
    for (size_t i = first[word.len]; i < first[word.len + 1]; i++) {
        enum token kind = keywords[i].kind;

        if (memcmp(word.ptr, keywords[i].word.ptr, word.len) != 0)
            continue;
        if (before == CONTROL && cnil_str_equal(word, CNIL_STR("await"))) /* for await */
            return CONTROL;
        if (cnil_str_equal(word, CNIL_STR("of")) && (top(imports) != CONTROL_ROUND || before == OPENED))
            return NAME; /* of a variable */
        return kind;
    }
    return NAME;
}

/* Must an operand follow? */
static bool awaits_operand(const struct cnil_script_imports *imports)
{
    switch (imports->before) {
    case KEYWORD:
    case DEFAULT:
    case OPERATOR:
    case STAR:
    case ELLIPSIS:
    case COMMA:
    case OPENED:
        return true;
    default:
        return false;
    }
}

/* Can no expression begin here, so that "import" is the name of a method? */
static bool is_method(const struct cnil_script_imports *imports)
{
    enum token before = imports->before;

    if (top(imports) == CLASS || top(imports) == CLASS_OPERAND)
        return before != OPERATOR && before != ARROW &&
               (before != KEYWORD || (imports->brackets[imports->depth] & ASSIGNED) == 0);
    return top(imports) == OBJECT &&
           (before == BRACE_OPENED || before == COMMA || before == STAR || before == ACCESSOR);
}

/* What a word says of the statement that it is in. */
static void note_clause(struct cnil_script_imports *imports, struct cnil_str word)
{
    bool is_own_level = imports->depth == 0;

    if (imports->clause == NONE && word.len != sizeof("import") - 1)
        return;
    if (!is_own_level && imports->clause >= STATEMENT) /* between its braces */
        return;
    if (cnil_str_equal(word, CNIL_STR("import")) && imports->before != DOT) {
        imports->clause = IMPORT;
        imports->is_method = is_method(imports);
        imports->is_statement = is_own_level;
    } else if (cnil_str_equal(word, CNIL_STR("export")) && imports->before != DOT && is_own_level) {
        imports->clause = EXPORT;
    } else if (imports->clause == IMPORT_DOT &&
               (cnil_str_equal(word, CNIL_STR("source")) || cnil_str_equal(word, CNIL_STR("defer")))) {
        imports->clause = IMPORT_PHASE;
    } else if (imports->clause == IMPORT_DOT || imports->clause == IMPORT_PHASE || imports->clause == EXPORT) {
        imports->clause = NONE;
    } else if (is_own_level && imports->clause != NONE) {
        bool may_go_on = imports->clause != BRACED && (imports->clause != IMPORT || imports->is_statement);

        imports->clause = cnil_str_equal(word, CNIL_STR("from")) ? FROM : may_go_on ? STATEMENT : NONE;
    } else if (imports->clause == IMPORT) {
        imports->clause = NONE;
    }
}

static void end_word(struct cnil_script_imports *imports)
{
    struct cnil_str word = { imports->word, imports->word_len <= WORD ? imports->word_len : 0 };
    uint16_t *bracket = &imports->brackets[imports->depth];
    enum token kind;

    imports->state = BETWEEN;
    if (imports->word_len == 0) /* it was space */
        return;
    note_clause(imports, word);
    begin_token(imports);
    kind = kind_of_word(imports, word);
    if (kind == CLASS_KEYWORD && (*bracket & CLASSES_DUE) != CLASSES_DUE)
        *bracket = (uint16_t)((*bracket + CLASS_DUE) |
                              (awaits_operand(imports) && imports->before != DEFAULT ? OPERAND_DUE : 0));
    imports->before = kind;
}

/* ECMA-262, 12.2 and 12.3: spaces and line ends that are no ASCII, as the bytes so far end in one; 0: in none. */
static size_t space_length(uint32_t recent)
{
    if ((recent & 0xffff) == 0xc2a0)
        return 2;
    recent &= 0xffffff;
    if (recent == 0xefbbbf || recent == 0xe38080 || recent == 0xe19a80 || recent == 0xe2819f || recent == 0xe280af ||
        (recent >= 0xe28080 && recent <= 0xe2808a) || recent == 0xe280a8 || recent == 0xe280a9)
        return 3;
    return 0;
}

static bool is_line_separator(uint32_t recent)
{
    recent &= 0xffffff;
    return recent == 0xe280a8 || recent == 0xe280a9;
}

/* ECMA-262, 12.7; with "#" of private names, and escapes. */
static const bool is_word[256] = {
    ['0' ... '9'] = true, ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['_'] = true,
    ['$'] = true,         ['#'] = true,         ['\\'] = true,        [0x80 ... 0xff] = true
};

static void step_in_word(struct cnil_script_imports *imports, unsigned char c)
{
    size_t space;

    if (imports->word_len < WORD)
        imports->word[imports->word_len] = (char)c;
    imports->word_len += imports->word_len < 2 * WORD ? 1 : 0;
    space = c >= 0x80 ? space_length(imports->recent) : 0;
    if (space == 0)
        return;
    imports->word_len -= space; /* of a longer one it does not matter */
    end_word(imports);
    imports->is_line_start |= is_line_separator(imports->recent);
}

/* ---- brackets ---- */

static void open_bracket(struct cnil_script_imports *imports, enum bracket kind)
{
    if (imports->depth + 1 == CNIL_SCRIPT_BRACKETS) {
        imports->state = OFF;
        return;
    }
    imports->brackets[++imports->depth] = (uint16_t)kind;
    imports->before = kind >= BLOCK && kind != TEMPLATE_BRACE ? BRACE_OPENED : OPENED;
}

static enum bracket kind_of_brace(struct cnil_script_imports *imports)
{
    uint16_t *bracket = &imports->brackets[imports->depth];
    bool is_operand = (*bracket & OPERAND_DUE) != 0;

    if ((*bracket & CLASSES_DUE) == 0)
        return awaits_operand(imports) ? OBJECT : BLOCK;
    *bracket = (uint16_t)((*bracket & ~OPERAND_DUE) - CLASS_DUE);
    return is_operand ? CLASS_OPERAND : CLASS;
}

static void close_bracket(struct cnil_script_imports *imports, unsigned char c)
{
    enum bracket kind = top(imports);
    bool fits = c == ')' ? kind == ROUND || kind == CONTROL_ROUND : c == ']' ? kind == SQUARE : kind >= BLOCK;

    if (imports->depth == 0 || !fits) {
        imports->state = OFF;
        return;
    }
    imports->depth--;
    if (imports->depth == 0 && imports->clause == STATEMENT)
        imports->clause = BRACED;
    imports->before = kind == CONTROL_ROUND || kind == BLOCK || kind == CLASS ? STATEMENT_END : VALUE;
    if (kind == TEMPLATE_BRACE)
        imports->state = TEMPLATE;
}

/* ---- single characters ---- */

static bool ends_expression(const struct cnil_script_imports *imports)
{
    return imports->before == VALUE || imports->before == NAME || imports->before == ACCESSOR ||
           imports->before == INCREMENT || imports->before == CLASS_KEYWORD || imports->before == CONTROL;
}

static void count_condition(uint16_t *bracket)
{
    if ((*bracket & CONDITIONS) != CONDITIONS)
        *bracket = (uint16_t)(*bracket + CONDITION);
}

/* Does this ":" end a label or a case, so that a statement follows? It counts the "?" of conditions, not those of "??"
 * and "?.". */
static bool ends_label(struct cnil_script_imports *imports, unsigned char c)
{
    uint16_t *bracket = &imports->brackets[imports->depth];
    bool is_double = (imports->recent >> 8 & 0xff) == '?' && imports->before == OPERATOR;

    if (c == ':' && (*bracket & CONDITIONS) == 0)
        return (*bracket & KIND) == BLOCK;
    if (c == ':' || (is_double && (c == '?' || c == '.') && (*bracket & CONDITIONS) != 0))
        *bracket = (uint16_t)(*bracket - CONDITION);
    else if (c == '?')
        count_condition(bracket);
    return false;
}

static enum token kind_of_sign(struct cnil_script_imports *imports, unsigned char c)
{
    unsigned char last = imports->recent >> 8 & 0xff;

    if (ends_label(imports, c))
        return SEMICOLON;
    switch (c) {
    case ',':
        return COMMA;
    case ';':
        return SEMICOLON;
    case '.':
        return last == '.' && (imports->before == DOT || imports->before == ELLIPSIS) ? ELLIPSIS : DOT;
    case '*':
        return STAR;
    case '>':
        return last == '=' && imports->before == OPERATOR ? ARROW : OPERATOR;
    case '+':
    case '-':
        return last == c && imports->before == OPERATOR ? INCREMENT : OPERATOR;
    default:
        return OPERATOR;
    }
}

/* HTML-like comments (ECMA-262, B.1.1): "<!--", and "-->" where it is the first of a line. */
static bool begins_html_comment(struct cnil_script_imports *imports, unsigned char c)
{
    if (c == '-' && imports->is_line_start)
        imports->dashes = 1;
    else if (c == '-' && imports->dashes == 1 && (imports->recent >> 8 & 0xff) == '-')
        imports->dashes = 2;
    else if (!(c == '>' && imports->dashes == 2 && (imports->recent & 0xffff00) == 0x2d2d00))
        imports->dashes = 0;
    return imports->recent == 0x3c212d2d || (c == '>' && imports->dashes == 2);
}

/* What a sign says of the statement that it is in. */
static void note_sign(struct cnil_script_imports *imports, unsigned char c)
{
    if (imports->clause == IMPORT && c == '.')
        imports->clause = IMPORT_DOT;
    else if ((imports->clause == EXPORT || (imports->clause == IMPORT && imports->is_statement)) &&
             (c == '{' || c == '*'))
        imports->clause = STATEMENT;
    else if (imports->depth == 0 && (imports->clause == STATEMENT || imports->clause == FROM) &&
             (c == '{' || c == '*' || c == ','))
        imports->clause = STATEMENT;
    else if (imports->depth == 0 || imports->clause < STATEMENT)
        imports->clause = NONE;
    if (imports->before == CLASS_KEYWORD && c != '{') /* the name of a property */
        imports->brackets[imports->depth] &= (uint16_t) ~(CLASSES_DUE | OPERAND_DUE);
}

/* True: it opens the brackets of import(). */
static bool step_at_sign(struct cnil_script_imports *imports, unsigned char c)
{
    bool is_call = c == '(' && ((imports->clause == IMPORT && !imports->is_method) || imports->clause == IMPORT_PHASE);

    if (begins_html_comment(imports, c)) {
        imports->state = LINE_COMMENT;
        return false;
    }
    note_sign(imports, c);
    imports->is_line_start = false;
    switch (c) {
    case '(':
        open_bracket(imports, is_call ? CALL_ROUND : imports->before == CONTROL ? CONTROL_ROUND : ROUND);
        return is_call && imports->state != OFF;
    case '[':
        open_bracket(imports, SQUARE);
        return false;
    case '{':
        open_bracket(imports, kind_of_brace(imports));
        return false;
    case ')':
    case ']':
    case '}':
        close_bracket(imports, c);
        return false;
    case ';':
        imports->brackets[imports->depth] &= KIND;
        break;
    case '=':
        imports->brackets[imports->depth] |= ASSIGNED;
        break;
    default:
        break;
    }
    imports->before = kind_of_sign(imports, c);
    return false;
}

/* True: it is the quote before what a statement imports from. */
static bool open_string(struct cnil_script_imports *imports, unsigned char c)
{
    imports->state = STRING;
    imports->quote = c;
    imports->is_name =
        imports->depth == 0 && (imports->clause == FROM || (imports->clause == IMPORT && imports->is_statement));
    if (imports->clause != STATEMENT) /* in it, a string may be a name that others import by */
        imports->clause = NONE;
    begin_token(imports);
    return imports->is_name;
}

/* True: there is something behind this byte. */
static bool step_between(struct cnil_script_imports *imports, unsigned char c, enum cnil_script_import *found)
{
    if (c == '\n' || c == '\r') {
        imports->is_line_start = true;
        return false;
    }
    if (c == ' ' || c == '\t' || c == '\v' || c == '\f')
        return false;
    if (cnil_is_digit((char)c)) {
        if (imports->before == DOT && (imports->recent >> 8 & 0xffff) == 0x3f2e) /* "?.5" is a condition */
            count_condition(&imports->brackets[imports->depth]);
        imports->state = NUMBER;
        note_sign(imports, c);
        begin_token(imports);
    } else if (is_word[c]) {
        imports->state = WORDS;
        imports->word_len = 0;
        step_in_word(imports, c);
    } else if (c == '"' || c == '\'') {
        *found = CNIL_SCRIPT_NAME_OPENS;
        return open_string(imports, c);
    } else if (c == '`') {
        note_sign(imports, c);
        begin_token(imports);
        imports->state = TEMPLATE;
    } else if (c == '/') {
        imports->state = SLASH;
        imports->is_regex = !ends_expression(imports);
    } else {
        *found = CNIL_SCRIPT_CALL_OPENS;
        return step_at_sign(imports, c);
    }
    return false;
}

static bool step_behind_slash(struct cnil_script_imports *imports, unsigned char c, enum cnil_script_import *found)
{
    if (c == '/' || c == '*') {
        imports->state = c == '/' ? LINE_COMMENT : COMMENT;
        return false;
    }
    note_sign(imports, '/');
    begin_token(imports);
    imports->before = OPERATOR;
    if (!imports->is_regex) {
        imports->state = BETWEEN;
        return step_between(imports, c, found);
    }
    imports->state = c == '['                 ? EXPRESSION_CLASS
                     : c == '\\'              ? EXPRESSION_ESCAPE
                     : c == '\n' || c == '\r' ? OFF
                                              : EXPRESSION;
    return false;
}

/* ---- strings, templates, expressions ---- */

static void step_in_string(struct cnil_script_imports *imports, unsigned char c)
{
    if (imports->state == STRING_ESCAPE) {
        imports->state = c == '\r' ? STRING_RETURN : STRING;
    } else if (c == '\n' && imports->state == STRING_RETURN) {
        imports->state = STRING;
    } else if (c == imports->quote) {
        imports->state = BETWEEN;
        imports->before = VALUE;
    } else {
        imports->state = c == '\n' || c == '\r' ? OFF : c == '\\' ? STRING_ESCAPE : STRING;
    }
}

static void step_in_template(struct cnil_script_imports *imports, unsigned char c)
{
    if (imports->state == TEMPLATE_ESCAPE) {
        imports->state = TEMPLATE;
    } else if (c == '`') {
        imports->state = BETWEEN;
        imports->before = VALUE;
    } else if (c == '{' && imports->state == TEMPLATE_DOLLAR) {
        imports->state = BETWEEN;
        open_bracket(imports, TEMPLATE_BRACE);
    } else {
        imports->state = c == '\\' ? TEMPLATE_ESCAPE : c == '$' ? TEMPLATE_DOLLAR : TEMPLATE;
    }
}

static void step_in_expression(struct cnil_script_imports *imports, unsigned char c)
{
    bool in_class = imports->state == EXPRESSION_CLASS || imports->state == EXPRESSION_CLASS_ESCAPE;

    if (c == '\n' || c == '\r') {
        imports->state = OFF;
    } else if (imports->state == EXPRESSION_ESCAPE || imports->state == EXPRESSION_CLASS_ESCAPE) {
        imports->state = in_class ? EXPRESSION_CLASS : EXPRESSION;
    } else if (c == '\\') {
        imports->state = in_class ? EXPRESSION_CLASS_ESCAPE : EXPRESSION_ESCAPE;
    } else if (c == '/' && !in_class) {
        imports->state = BETWEEN;
        imports->before = VALUE;
    } else if (c == '[' || c == ']') {
        imports->state = c == '[' || (in_class && c != ']') ? EXPRESSION_CLASS : EXPRESSION;
    }
}

/* ---- all ---- */

/* "\u{62}" in a name. */
static bool is_brace_of_escape(struct cnil_script_imports *imports, unsigned char c)
{
    bool opens = c == '{' && (imports->recent >> 8 & 0xffff) == 0x5c75, closes = c == '}' && imports->in_braces;

    imports->in_braces = opens;
    return opens || closes;
}

/* True: there is something behind this byte. */
static bool step(struct cnil_script_imports *imports, unsigned char c, enum cnil_script_import *found)
{
    imports->recent = imports->recent << 8 | c;
    switch (imports->state) {
    case WORDS:
        if (is_word[c] || is_brace_of_escape(imports, c)) {
            step_in_word(imports, c);
            return false;
        }
        end_word(imports);
        return step_between(imports, c, found);
    case NUMBER:
        if (cnil_is_alpha((char)c) || cnil_is_digit((char)c) || c == '_' || c == '.')
            return false;
        imports->state = BETWEEN;
        imports->before = VALUE;
        return step_between(imports, c, found);
    case BETWEEN:
        return step_between(imports, c, found);
    case SLASH:
        return step_behind_slash(imports, c, found);
    case LINE_COMMENT:
        if (c == '\n' || c == '\r' || is_line_separator(imports->recent)) {
            imports->state = BETWEEN;
            imports->is_line_start = true;
        }
        return false;
    case COMMENT:
    case COMMENT_STAR:
        imports->is_line_start |= c == '\n' || c == '\r' || is_line_separator(imports->recent);
        imports->state = c == '*' ? COMMENT_STAR : c == '/' && imports->state == COMMENT_STAR ? BETWEEN : COMMENT;
        return false;
    case STRING:
    case STRING_ESCAPE:
    case STRING_RETURN:
        step_in_string(imports, c);
        return false;
    case TEMPLATE:
    case TEMPLATE_ESCAPE:
    case TEMPLATE_DOLLAR:
        step_in_template(imports, c);
        return false;
    case EXPRESSION:
    case EXPRESSION_ESCAPE:
    case EXPRESSION_CLASS:
    case EXPRESSION_CLASS_ESCAPE:
        step_in_expression(imports, c);
        return false;
    case OFF:
        return false;
    }
    return false;
}

/* Is there something before this byte? Once: it is told of no second time. */
static bool ends_before(struct cnil_script_imports *imports, unsigned char c, enum cnil_script_import *found)
{
    bool is_between = imports->state == BETWEEN || imports->state == WORDS || imports->state == NUMBER;

    if ((c == ',' || c == ')') && is_between && top(imports) == CALL_ROUND) {
        imports->brackets[imports->depth] = ROUND;
        *found = CNIL_SCRIPT_CALL_CLOSES;
        return true;
    }
    if (imports->is_name && (imports->state == STRING || (imports->state == STRING_RETURN && c != '\n')) &&
        (c == imports->quote || c == '\n' || c == '\r')) {
        imports->is_name = false;
        *found = CNIL_SCRIPT_NAME_CLOSES;
        return true;
    }
    return false;
}

/* Where a byte means something in a text; the others in it are passed at once. */
enum { IN_STRING = 1, IN_TEMPLATE = 2, IN_EXPRESSION = 4, IN_LINE = 8, IN_COMMENT = 16 };

static const unsigned char meaning[256] = { ['\n'] = IN_STRING | IN_EXPRESSION | IN_LINE | IN_COMMENT,
                                            ['\r'] = IN_STRING | IN_EXPRESSION | IN_LINE | IN_COMMENT,
                                            ['"'] = IN_STRING,
                                            ['\''] = IN_STRING,
                                            ['\\'] = IN_STRING | IN_TEMPLATE | IN_EXPRESSION,
                                            ['`'] = IN_TEMPLATE,
                                            ['$'] = IN_TEMPLATE,
                                            ['['] = IN_EXPRESSION,
                                            [']'] = IN_EXPRESSION,
                                            ['/'] = IN_EXPRESSION,
                                            ['*'] = IN_COMMENT,
                                            [0xa8] = IN_LINE | IN_COMMENT, /* the last bytes of U+2028 and U+2029 */
                                            [0xa9] = IN_LINE | IN_COMMENT };

/* How many bytes go on with what there is. */
static inline size_t run_length(const struct cnil_script_imports *imports, const unsigned char *at, size_t room)
{
    static const unsigned char places[OFF + 1] = { [STRING] = IN_STRING,
                                                   [TEMPLATE] = IN_TEMPLATE,
                                                   [EXPRESSION] = IN_EXPRESSION,
                                                   [LINE_COMMENT] = IN_LINE,
                                                   [COMMENT] = IN_COMMENT };
    unsigned place = places[imports->state];
    size_t len = 0;

    if (imports->state == WORDS)
        while (len < room && is_word[at[len]] && at[len] < 0x80)
            len++;
    else if (imports->state == BETWEEN)
        while (len < room && at[len] == ' ')
            len++;
    else if (place != 0)
        while (len < room && (meaning[at[len]] & place) == 0)
            len++;
    return len;
}

static inline void pass_run(struct cnil_script_imports *imports, struct cnil_str run)
{
    if (imports->state == WORDS) {
        size_t room = imports->word_len < WORD ? WORD - imports->word_len : 0;

        if (room > 0)
            memcpy(imports->word + imports->word_len, run.ptr, run.len < room ? run.len : room);
        imports->word_len = imports->word_len + run.len < 2 * WORD ? imports->word_len + run.len : 2 * WORD;
    }
    for (size_t i = run.len < 4 ? 0 : run.len - 4; i < run.len; i++)
        imports->recent = imports->recent << 8 | (unsigned char)run.ptr[i];
}

bool cnil_script_imports_next(struct cnil_script_imports *imports, struct cnil_str chunk, size_t *at,
                              enum cnil_script_import *found)
{
    const unsigned char *bytes = (const unsigned char *)chunk.ptr;

    while (*at < chunk.len && imports->state != OFF) {
        size_t run = run_length(imports, bytes + *at, chunk.len - *at);

        if (run > 0) {
            pass_run(imports, cnil_str_slice(chunk, *at, *at + run));
            *at += run;
            continue;
        }
        if (ends_before(imports, bytes[*at], found))
            return true;
        *at += 1;
        if (step(imports, bytes[*at - 1], found))
            return true;
    }
    *at = chunk.len;
    return false;
}
