/* SPDX-License-Identifier: Apache-2.0 */
#include "web/script_import.h"

#include <stdlib.h>

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
    TEMPLATE_BRACE,
    KIND = 0x0f,
    CLASS_DUE = 0x10, /* "class" came: the next "{" here opens its body */
    CONDITION = 0x20, /* one of at most seven "?" that await their ":" */
    CONDITIONS = 0xe0
};

/* What came of an import or export. */
enum clause {
    NONE,
    IMPORT,       /* the word */
    IMPORT_DOT,   /* import. */
    IMPORT_PHASE, /* import.source, import.defer */
    STATEMENT,    /* of the script's own level, in which "from" may come */
    FROM
};

struct cnil_script_imports {
    enum state state;
    enum token before;
    enum clause clause;
    bool is_method;      /* IMPORT: it would be a name */
    bool is_statement;   /* IMPORT: a statement may begin with it */
    bool is_name;        /* STRING: what a statement imports from */
    bool is_regex;       /* SLASH: an expression, if no comment */
    bool is_line_start;  /* no token on this line so far */
    unsigned dashes;     /* that stand first on it */
    unsigned char quote; /* STRING */
    uint32_t recent;     /* the last bytes */
    char word[WORD];     /* WORDS: the beginning of it */
    size_t word_len;     /* more than WORD: it is none that matters */
    size_t depth;        /* of `brackets`; the first is the script itself */
    unsigned char brackets[CNIL_SCRIPT_BRACKETS];
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

/* ---- words ---- */

static enum token kind_of_word(const struct cnil_script_imports *imports, struct cnil_str word)
{
    static const struct {
        struct cnil_str word;
        enum token kind;
    } keywords[] = { { CNIL_STR_INIT("in"), KEYWORD },          { CNIL_STR_INIT("of"), KEYWORD },
                     { CNIL_STR_INIT("if"), CONTROL },          { CNIL_STR_INIT("do"), FOLLOWED },
                     { CNIL_STR_INIT("new"), KEYWORD },         { CNIL_STR_INIT("for"), CONTROL },
                     { CNIL_STR_INIT("get"), ACCESSOR },        { CNIL_STR_INIT("set"), ACCESSOR },
                     { CNIL_STR_INIT("void"), KEYWORD },        { CNIL_STR_INIT("case"), KEYWORD },
                     { CNIL_STR_INIT("else"), FOLLOWED },       { CNIL_STR_INIT("with"), CONTROL },
                     { CNIL_STR_INIT("throw"), KEYWORD },       { CNIL_STR_INIT("yield"), KEYWORD },
                     { CNIL_STR_INIT("while"), CONTROL },       { CNIL_STR_INIT("async"), ACCESSOR },
                     { CNIL_STR_INIT("class"), CLASS_KEYWORD }, { CNIL_STR_INIT("return"), KEYWORD },
                     { CNIL_STR_INIT("typeof"), KEYWORD },      { CNIL_STR_INIT("delete"), KEYWORD },
                     { CNIL_STR_INIT("export"), KEYWORD },      { CNIL_STR_INIT("default"), KEYWORD },
                     { CNIL_STR_INIT("extends"), KEYWORD },     { CNIL_STR_INIT("instanceof"), KEYWORD } };
    enum token before = imports->before;

    if (before == DOT) /* the name of a property */
        return VALUE;
    if (before == CONTROL && cnil_str_equal(word, CNIL_STR("await"))) /* for await */
        return CONTROL;
    if (cnil_str_equal(word, CNIL_STR("of")) && (top(imports) != CONTROL_ROUND || before == OPENED))
        return NAME; /* of a variable */
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (cnil_str_equal(word, keywords[i].word))
            return keywords[i].kind;
    return NAME;
}

/* Can no expression begin here, so that "import" is the name of a method? */
static bool is_method(const struct cnil_script_imports *imports)
{
    enum token before = imports->before;

    if (top(imports) == CLASS)
        return before != OPERATOR && before != KEYWORD && before != ARROW;
    return top(imports) == OBJECT &&
           (before == BRACE_OPENED || before == COMMA || before == STAR || before == ACCESSOR);
}

/* What a word says of the statement that it is in. */
static void note_clause(struct cnil_script_imports *imports, struct cnil_str word)
{
    bool is_own_level = imports->depth == 0;

    if (cnil_str_equal(word, CNIL_STR("import")) && imports->before != DOT) {
        imports->clause = IMPORT;
        imports->is_method = is_method(imports);
        imports->is_statement = is_own_level;
    } else if (cnil_str_equal(word, CNIL_STR("export")) && imports->before != DOT && is_own_level) {
        imports->clause = STATEMENT;
    } else if (imports->clause == IMPORT_DOT &&
               (cnil_str_equal(word, CNIL_STR("source")) || cnil_str_equal(word, CNIL_STR("defer")))) {
        imports->clause = IMPORT_PHASE;
    } else if (imports->clause == IMPORT_DOT || imports->clause == IMPORT_PHASE) {
        imports->clause = NONE;
    } else if (is_own_level && imports->clause != NONE) {
        bool is_from = cnil_str_equal(word, CNIL_STR("from"));

        imports->clause = imports->clause == IMPORT && !imports->is_statement ? NONE : is_from ? FROM : STATEMENT;
    } else if (imports->clause == IMPORT) {
        imports->clause = NONE;
    }
}

static void end_word(struct cnil_script_imports *imports)
{
    struct cnil_str word = { imports->word, imports->word_len <= WORD ? imports->word_len : 0 };

    imports->state = BETWEEN;
    if (imports->word_len == 0) /* it was space */
        return;
    note_clause(imports, word);
    imports->is_line_start = false;
    imports->dashes = 0;
    imports->before = kind_of_word(imports, word);
    if (imports->before == CLASS_KEYWORD)
        imports->brackets[imports->depth] |= CLASS_DUE;
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

static bool is_word(unsigned char c)
{
    return cnil_is_alpha((char)c) || cnil_is_digit((char)c) || c == '_' || c == '$' || c == '\\' || c == '#' ||
           c >= 0x80;
}

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
    imports->brackets[++imports->depth] = (unsigned char)kind;
    imports->before = kind == BLOCK || kind == OBJECT || kind == CLASS ? BRACE_OPENED : OPENED;
}

static enum bracket kind_of_brace(struct cnil_script_imports *imports)
{
    unsigned char *bracket = &imports->brackets[imports->depth];

    if ((*bracket & CLASS_DUE) != 0) {
        *bracket &= (unsigned char)~CLASS_DUE;
        return CLASS;
    }
    switch (imports->before) {
    case KEYWORD:
    case OPERATOR:
    case STAR:
    case ELLIPSIS:
    case COMMA:
    case OPENED:
        return OBJECT;
    default:
        return BLOCK;
    }
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

/* Does this ":" end a label or a case, so that a statement follows? It counts the "?" of conditions, not those of "??"
 * and "?.". */
static bool ends_label(struct cnil_script_imports *imports, unsigned char c)
{
    unsigned char *bracket = &imports->brackets[imports->depth];
    bool is_double = (imports->recent >> 8 & 0xff) == '?' && imports->before == OPERATOR;

    if (c == ':' && (*bracket & CONDITIONS) == 0)
        return (*bracket & KIND) == BLOCK;
    if (c == ':' || (is_double && (c == '?' || c == '.') && (*bracket & CONDITIONS) != 0))
        *bracket -= CONDITION;
    else if (c == '?' && (*bracket & CONDITIONS) != CONDITIONS)
        *bracket += CONDITION;
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
    else if (imports->clause == IMPORT && imports->is_statement && (c == '{' || c == '*'))
        imports->clause = STATEMENT;
    else if (imports->depth == 0 && (imports->clause == STATEMENT || imports->clause == FROM) &&
             (c == '{' || c == '*' || c == ','))
        imports->clause = STATEMENT;
    else if (imports->depth == 0 || (imports->clause != STATEMENT && imports->clause != FROM))
        imports->clause = NONE;
    if (imports->before == CLASS_KEYWORD && c != '{') /* the name of a property */
        imports->brackets[imports->depth] &= (unsigned char)~CLASS_DUE;
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
    if (imports->depth == 0 || imports->clause < STATEMENT)
        imports->clause = NONE;
    imports->is_line_start = false;
    imports->dashes = 0;
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
        imports->state = NUMBER;
        note_sign(imports, c);
        imports->is_line_start = false;
        imports->dashes = 0;
    } else if (is_word(c)) {
        imports->state = WORDS;
        imports->word_len = 0;
        step_in_word(imports, c);
    } else if (c == '"' || c == '\'') {
        *found = CNIL_SCRIPT_NAME_OPENS;
        return open_string(imports, c);
    } else if (c == '`') {
        note_sign(imports, c);
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
    imports->is_line_start = false;
    imports->dashes = 0;
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
        imports->is_name = false;
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

/* True: there is something behind this byte. */
static bool step(struct cnil_script_imports *imports, unsigned char c, enum cnil_script_import *found)
{
    imports->recent = imports->recent << 8 | c;
    switch (imports->state) {
    case WORDS:
        if (is_word(c)) {
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
        imports->is_line_start |= c == '\n' || c == '\r';
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

    if (is_between && (c == ',' || c == ')') && top(imports) == CALL_ROUND) {
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

bool cnil_script_imports_next(struct cnil_script_imports *imports, struct cnil_str chunk, size_t *at,
                              enum cnil_script_import *found)
{
    while (*at < chunk.len && imports->state != OFF) {
        unsigned char c = (unsigned char)chunk.ptr[*at];

        if (ends_before(imports, c, found))
            return true;
        *at += 1;
        if (step(imports, c, found))
            return true;
    }
    *at = chunk.len;
    return false;
}
