/* SPDX-License-Identifier: Apache-2.0 */
#include "web/html_tree.h"

#include <string.h>

/* The same as cnil_html_tree_hash(), for constants. */
#define CARES(symbol) [(CNIL_TAG_##symbol * 0x9bfd2c09e8dee2fdu) >> 56] = true

const bool cnil_html_tree_table[256] = {
    CARES(SCRIPT),  CARES(STYLE),    CARES(TITLE), CARES(TEXTAREA), CARES(XMP),      CARES(IFRAME),
    CARES(NOEMBED), CARES(NOFRAMES), CARES(SVG),   CARES(NOSCRIPT), CARES(TEMPLATE), CARES(PLAINTEXT),
    CARES(MATH),    CARES(FRAMESET), CARES(BODY),  CARES(SELECT),
};

void cnil_html_tree_init(struct cnil_html_tree *tree)
{
    memset(tree, 0, offsetof(struct cnil_html_tree, open));
    tree->plain = true;
}

/* Nothing is known any more, and nothing will be: every answer is "in doubt". */
static void lose(struct cnil_html_tree *tree)
{
    tree->lost = true;
    tree->plain = false;
    tree->inert = false;
}

static void update_plain(struct cnil_html_tree *tree)
{
    tree->plain = !tree->lost && tree->depth == 0 && tree->templates == 0 && tree->select == CNIL_HTML_NO;
}

static const struct cnil_html_tree_element *top(const struct cnil_html_tree *tree)
{
    return tree->depth > tree->base ? &tree->open[tree->depth - 1] : NULL;
}

static bool is_foreign(const struct cnil_html_tree_element *element)
{
    return element->ns != CNIL_HTML_NS_HTML;
}

/* Is the current node known to be HTML, SVG or MathML? */
static bool is_in_doubt(const struct cnil_html_tree *tree)
{
    return tree->lost || (tree->depth > tree->base && tree->depth <= tree->doubt);
}

static void pop_to(struct cnil_html_tree *tree, unsigned depth)
{
    tree->depth = (uint16_t)depth;
    if (tree->doubt > depth)
        tree->doubt = (uint16_t)depth;
    for (unsigned i = 0; i < tree->forks; i++)
        if (tree->fork[i].depth > depth)
            tree->fork[i].mixed = true;
}

/* Can it not be compared? NUL is read as U+FFFD in a name (13.2.5.8), the last piece of a tag does not have its
 * name: no page that means well has either. */
static bool is_nameless(const struct cnil_html_token *token)
{
    return token->tag == CNIL_HTML_OTHER &&
           (token->name.len == 0 || memchr(token->name.ptr, '\0', token->name.len) != NULL);
}

static void push(struct cnil_html_tree *tree, const struct cnil_html_token *token, enum cnil_html_namespace ns)
{
    struct cnil_html_tree_element *element = &tree->open[tree->depth];
    size_t text = tree->depth > 0 ? element[-1].text_end : 0;
    size_t len = token->tag == CNIL_HTML_OTHER ? token->name.len : 0;

    if (tree->depth == CNIL_HTML_TREE_DEPTH || len > CNIL_HTML_TREE_NAMES - text || is_nameless(token)) {
        lose(tree);
        return;
    }
    for (size_t i = 0; i < len; i++)
        tree->names[text + i] = cnil_lower(token->name.ptr[i]);
    *element = (struct cnil_html_tree_element){ token->tag, (uint16_t)text, (uint16_t)(text + len), (uint8_t)ns, 0, 0 };
    tree->depth++;
}

static bool has_name(const struct cnil_html_tree *tree, const struct cnil_html_tree_element *element,
                     const struct cnil_html_token *token)
{
    if (element->name != token->tag)
        return false;
    return token->tag != CNIL_HTML_OTHER ||
           cnil_str_equal_nocase(
               (struct cnil_str){ tree->names + element->text, (size_t)element->text_end - element->text },
               token->name);
}

/* The value of an attribute; false when the tag has none of that name. */
static bool attribute(const struct cnil_html_token *token, struct cnil_str name, struct cnil_str *value)
{
    struct cnil_html_attributes iterator;
    struct cnil_html_attribute found;

    cnil_html_attributes_begin(&iterator, token);
    while (cnil_html_attributes_next(&iterator, &found)) {
        if (cnil_str_equal_nocase(found.name, name)) {
            *value = found.value;
            return true;
        }
    }
    return false;
}

/* ---- start tags in HTML content ---- */

static bool is_heading(cnil_html_name name)
{
    return name >= CNIL_TAG_H1 && name <= CNIL_TAG_H6;
}

/* Is one of that name open in the HTML content of the innermost integration point? */
static bool is_open(const struct cnil_html_tree *tree, cnil_html_name name)
{
    for (unsigned i = tree->depth; i > tree->base && !is_foreign(&tree->open[i - 1]); i--)
        if (tree->open[i - 1].name == name)
            return true;
    return false;
}

static bool is_void(cnil_html_name name)
{
    switch (name) {
    case CNIL_TAG_AREA:
    case CNIL_TAG_BASE:
    case CNIL_TAG_BASEFONT:
    case CNIL_TAG_BGSOUND:
    case CNIL_TAG_BR:
    case CNIL_TAG_EMBED:
    case CNIL_TAG_HR:
    case CNIL_TAG_IMAGE:
    case CNIL_TAG_IMG:
    case CNIL_TAG_INPUT:
    case CNIL_TAG_KEYGEN:
    case CNIL_TAG_LINK:
    case CNIL_TAG_META:
    case CNIL_TAG_PARAM:
    case CNIL_TAG_SOURCE:
    case CNIL_TAG_TRACK:
    case CNIL_TAG_WBR:
        return true;
    default:
        return false;
    }
}

static bool closes_p(cnil_html_name name)
{
    switch (name) {
    case CNIL_TAG_ADDRESS:
    case CNIL_TAG_ARTICLE:
    case CNIL_TAG_ASIDE:
    case CNIL_TAG_BLOCKQUOTE:
    case CNIL_TAG_CENTER:
    case CNIL_TAG_DD:
    case CNIL_TAG_DETAILS:
    case CNIL_TAG_DIALOG:
    case CNIL_TAG_DIR:
    case CNIL_TAG_DIV:
    case CNIL_TAG_DL:
    case CNIL_TAG_DT:
    case CNIL_TAG_FIELDSET:
    case CNIL_TAG_FIGCAPTION:
    case CNIL_TAG_FIGURE:
    case CNIL_TAG_FOOTER:
    case CNIL_TAG_HEADER:
    case CNIL_TAG_HGROUP:
    case CNIL_TAG_HR:
    case CNIL_TAG_LI:
    case CNIL_TAG_LISTING:
    case CNIL_TAG_MAIN:
    case CNIL_TAG_MENU:
    case CNIL_TAG_NAV:
    case CNIL_TAG_OL:
    case CNIL_TAG_P:
    case CNIL_TAG_PLAINTEXT:
    case CNIL_TAG_PRE:
    case CNIL_TAG_SEARCH:
    case CNIL_TAG_SECTION:
    case CNIL_TAG_SUMMARY:
    case CNIL_TAG_TABLE:
    case CNIL_TAG_UL:
    case CNIL_TAG_XMP:
        return true;
    default:
        return is_heading(name);
    }
}

/* HTML in an integration point: does this start tag do nothing but open one element more? */
static bool only_opens(const struct cnil_html_tree *tree, cnil_html_name name)
{
    const struct cnil_html_tree_element *current = top(tree);
    cnil_html_name parent = is_foreign(current) ? CNIL_HTML_OTHER : current->name;

    if (closes_p(name) && is_open(tree, CNIL_TAG_P))
        return false;
    switch (name) {
    case CNIL_TAG_HTML: /* ignored where they stand, or in some places */
    case CNIL_TAG_HEAD:
    case CNIL_TAG_BODY:
    case CNIL_TAG_FRAME:
    case CNIL_TAG_FRAMESET:
    case CNIL_TAG_FORM:
    case CNIL_TAG_SELECT:
    case CNIL_TAG_OPTION:
    case CNIL_TAG_OPTGROUP:
        return false;
    case CNIL_TAG_CAPTION:
    case CNIL_TAG_COLGROUP:
    case CNIL_TAG_COL:
    case CNIL_TAG_TBODY:
    case CNIL_TAG_TD:
    case CNIL_TAG_TFOOT:
    case CNIL_TAG_TH:
    case CNIL_TAG_THEAD:
    case CNIL_TAG_TR:
        return is_open(tree, CNIL_TAG_TABLE) && name != CNIL_TAG_COL;
    case CNIL_TAG_A:
    case CNIL_TAG_NOBR:
    case CNIL_TAG_BUTTON:
        return !is_open(tree, name);
    case CNIL_TAG_LI:
        return parent == CNIL_TAG_UL || parent == CNIL_TAG_OL || parent == CNIL_TAG_MENU || !is_open(tree, name);
    case CNIL_TAG_DD:
    case CNIL_TAG_DT:
        return parent == CNIL_TAG_DL || (!is_open(tree, CNIL_TAG_DD) && !is_open(tree, CNIL_TAG_DT));
    case CNIL_TAG_RB:
    case CNIL_TAG_RP:
    case CNIL_TAG_RT:
    case CNIL_TAG_RTC:
        return parent == CNIL_TAG_RUBY;
    default:
        return !(is_heading(name) && is_heading(parent));
    }
}

/* These may be opened once more behind the template that they stand in (13.2.4.3), where they are not inert. */
static bool is_formatting(cnil_html_name name)
{
    switch (name) {
    case CNIL_TAG_A:
    case CNIL_TAG_B:
    case CNIL_TAG_BIG:
    case CNIL_TAG_CODE:
    case CNIL_TAG_EM:
    case CNIL_TAG_FONT:
    case CNIL_TAG_I:
    case CNIL_TAG_NOBR:
    case CNIL_TAG_S:
    case CNIL_TAG_SMALL:
    case CNIL_TAG_STRIKE:
    case CNIL_TAG_STRONG:
    case CNIL_TAG_TT:
    case CNIL_TAG_U:
        return true;
    default:
        return false;
    }
}

/* The mode that an HTML element puts the tokenizer in. */
static enum cnil_html_text_mode mode_of(cnil_html_name name)
{
    switch (name) {
    case CNIL_TAG_TITLE:
    case CNIL_TAG_TEXTAREA:
        return CNIL_HTML_RCDATA;
    case CNIL_TAG_STYLE:
    case CNIL_TAG_XMP:
    case CNIL_TAG_IFRAME:
    case CNIL_TAG_NOEMBED:
    case CNIL_TAG_NOFRAMES:
    case CNIL_TAG_NOSCRIPT:
        return CNIL_HTML_RAWTEXT;
    case CNIL_TAG_SCRIPT:
        return CNIL_HTML_SCRIPT;
    case CNIL_TAG_PLAINTEXT:
        return CNIL_HTML_PLAINTEXT;
    default:
        return CNIL_HTML_DATA;
    }
}

/* The first start tag in template contents chooses how the rest is read (13.2.6.4.18). */
static bool is_ignored_in_template(struct cnil_html_tree *tree, cnil_html_name name)
{
    struct cnil_html_tree_template *innermost;

    if (tree->templates == 0 || name == CNIL_TAG_TEMPLATE)
        return false;
    innermost = &tree->template[tree->templates - 1];
    if (!innermost->begun) {
        switch (name) {
        case CNIL_TAG_BASE:
        case CNIL_TAG_BASEFONT:
        case CNIL_TAG_BGSOUND:
        case CNIL_TAG_LINK:
        case CNIL_TAG_META:
        case CNIL_TAG_NOFRAMES:
        case CNIL_TAG_SCRIPT:
        case CNIL_TAG_STYLE:
        case CNIL_TAG_TITLE:
            return false;
        }
        innermost->begun = true;
        innermost->columns = name == CNIL_TAG_COL;
    }
    return innermost->columns;
}

static void open_template(struct cnil_html_tree *tree, const struct cnil_html_token *token, bool whole)
{
    struct cnil_str value;

    if (tree->templates == CNIL_HTML_TREE_TEMPLATES) {
        lose(tree);
        return;
    }
    tree->template[tree->templates++] = (struct cnil_html_tree_template){
        .depth = tree->depth,
        .base = tree->base,
        .doubt = tree->doubt,
        .select = tree->select,
        .inert = tree->inert,
    };
    tree->base = tree->depth;
    tree->select = CNIL_HTML_NO;
    /* A declarative shadow root is live (13.2.6.4.4); Chromium knew it under another name first. */
    if (whole && !attribute(token, CNIL_STR("shadowrootmode"), &value) &&
        !attribute(token, CNIL_STR("shadowroot"), &value))
        tree->inert = true;
}

static void close_template(struct cnil_html_tree *tree)
{
    const struct cnil_html_tree_template *closed = &tree->template[--tree->templates];

    tree->base = closed->base;
    pop_to(tree, closed->depth);
    tree->doubt = closed->doubt;
    tree->select = closed->select;
    tree->inert = closed->inert;
    for (unsigned i = 0; i < tree->forks; i++)
        if (tree->fork[i].templates > tree->templates)
            tree->fork[i].mixed = true;
}

/* <select> as it was parsed before 2025 (13.2.6.4.16 of that time) ignores most tags; since then it is like any
 * other. These may close it; table parts do so only inside of a table. */
static bool may_close_select(cnil_html_name name, bool is_end_tag)
{
    switch (name) {
    case CNIL_TAG_CAPTION:
    case CNIL_TAG_TABLE:
    case CNIL_TAG_TBODY:
    case CNIL_TAG_TFOOT:
    case CNIL_TAG_THEAD:
    case CNIL_TAG_TR:
    case CNIL_TAG_TD:
    case CNIL_TAG_TH:
        return true;
    case CNIL_TAG_SELECT:
    case CNIL_TAG_INPUT:
    case CNIL_TAG_KEYGEN:
    case CNIL_TAG_TEXTAREA:
        return !is_end_tag;
    default:
        return false;
    }
}

static void start_in_select(struct cnil_html_tree *tree, cnil_html_name name)
{
    if (name == CNIL_TAG_INPUT || name == CNIL_TAG_TEXTAREA ||
        (name == CNIL_TAG_SELECT && tree->select == CNIL_HTML_YES))
        tree->select = CNIL_HTML_NO;
    else if (may_close_select(name, false))
        tree->select = CNIL_HTML_MAYBE;
}

static bool start_html(struct cnil_html_tree *tree, struct cnil_html_token *token, bool whole)
{
    cnil_html_name name = token->tag;
    enum cnil_html_text_mode mode = mode_of(name);
    bool was_in_select = tree->select != CNIL_HTML_NO;

    token->ns = CNIL_HTML_NS_HTML;
    token->text_mode = CNIL_HTML_DATA;
    if (is_ignored_in_template(tree, name))
        return false;
    if (was_in_select)
        start_in_select(tree, name);
    else if (name == CNIL_TAG_SELECT)
        tree->select = CNIL_HTML_YES;
    switch (name) {
    case CNIL_TAG_SVG:
    case CNIL_TAG_MATH:
        token->ns = name == CNIL_TAG_SVG ? CNIL_HTML_NS_SVG : CNIL_HTML_NS_MATHML;
        if (!token->self_closing) {
            push(tree, token, token->ns);
            if (was_in_select) { /* ignored there until 2025 */
                if (tree->depth - 1 > tree->base)
                    lose(tree);
                else
                    tree->doubt = tree->depth;
            }
        }
        return false;
    case CNIL_TAG_FRAMESET: /* in the frameset modes everything but frames is ignored */
        if (!tree->no_frameset)
            lose(tree);
        return false;
    case CNIL_TAG_BODY:
    case CNIL_TAG_SELECT:
    case CNIL_TAG_TEXTAREA: /* they stand in the body and "set the frameset-ok flag to not ok" */
        if (tree->forks == 0 && tree->templates == 0)
            tree->no_frameset = true;
        break;
    }
    if (name == CNIL_TAG_TEMPLATE) {
        open_template(tree, token, whole);
        return false;
    }
    if (tree->depth > tree->base && !is_void(name)) {
        if (only_opens(tree, name))
            push(tree, token, CNIL_HTML_NS_HTML);
        else
            lose(tree);
    }
    if (mode == CNIL_HTML_DATA)
        return false;
    token->text_mode = mode;
    if (name == CNIL_TAG_NOSCRIPT) /* raw text when scripts run, else markup */
        return true;
    return tree->lost || (was_in_select && name != CNIL_TAG_SCRIPT && name != CNIL_TAG_TEXTAREA);
}

/* ---- start tags in foreign content (13.2.6.5) ---- */

/* Does it end foreign content? */
static bool breaks_out(const struct cnil_html_token *token)
{
    struct cnil_str value;

    switch (token->tag) {
    case CNIL_TAG_B:
    case CNIL_TAG_BIG:
    case CNIL_TAG_BLOCKQUOTE:
    case CNIL_TAG_BODY:
    case CNIL_TAG_BR:
    case CNIL_TAG_CENTER:
    case CNIL_TAG_CODE:
    case CNIL_TAG_DD:
    case CNIL_TAG_DIV:
    case CNIL_TAG_DL:
    case CNIL_TAG_DT:
    case CNIL_TAG_EM:
    case CNIL_TAG_EMBED:
    case CNIL_TAG_H1:
    case CNIL_TAG_H2:
    case CNIL_TAG_H3:
    case CNIL_TAG_H4:
    case CNIL_TAG_H5:
    case CNIL_TAG_H6:
    case CNIL_TAG_HEAD:
    case CNIL_TAG_HR:
    case CNIL_TAG_I:
    case CNIL_TAG_IMG:
    case CNIL_TAG_LI:
    case CNIL_TAG_LISTING:
    case CNIL_TAG_MENU:
    case CNIL_TAG_META:
    case CNIL_TAG_NOBR:
    case CNIL_TAG_OL:
    case CNIL_TAG_P:
    case CNIL_TAG_PRE:
    case CNIL_TAG_RUBY:
    case CNIL_TAG_S:
    case CNIL_TAG_SMALL:
    case CNIL_TAG_SPAN:
    case CNIL_TAG_STRONG:
    case CNIL_TAG_STRIKE:
    case CNIL_TAG_SUB:
    case CNIL_TAG_SUP:
    case CNIL_TAG_TABLE:
    case CNIL_TAG_TT:
    case CNIL_TAG_U:
    case CNIL_TAG_UL:
    case CNIL_TAG_VAR:
        return true;
    case CNIL_TAG_FONT:
        return attribute(token, CNIL_STR("color"), &value) || attribute(token, CNIL_STR("face"), &value) ||
               attribute(token, CNIL_STR("size"), &value);
    default:
        return false;
    }
}

/* Pops until the current node is HTML or an integration point. */
static void break_out(struct cnil_html_tree *tree)
{
    unsigned depth = tree->depth;

    while (depth > tree->base && is_foreign(&tree->open[depth - 1]) && !tree->open[depth - 1].html_inside)
        depth--;
    pop_to(tree, depth);
}

static bool is_named(const struct cnil_html_token *token, struct cnil_str name)
{
    return token->tag == CNIL_HTML_OTHER && cnil_str_equal_nocase(token->name, name);
}

/* Sets what HTML may stand inside of the element just pushed. Whatever an encoding's character references decode to,
 * they are not looked into: the answer is then in doubt. */
static void set_integration(struct cnil_html_tree *tree, const struct cnil_html_token *token)
{
    struct cnil_html_tree_element *element = &tree->open[tree->depth - 1];
    struct cnil_str encoding;

    if (element->ns == CNIL_HTML_NS_SVG) {
        element->html_inside =
            token->tag == CNIL_TAG_DESC || token->tag == CNIL_TAG_TITLE || is_named(token, CNIL_STR("foreignobject"));
        return;
    }
    switch (token->tag) {
    case CNIL_TAG_MI:
    case CNIL_TAG_MO:
    case CNIL_TAG_MN:
    case CNIL_TAG_MS:
    case CNIL_TAG_MTEXT:
        element->html_inside = true;
    }
    if (!is_named(token, CNIL_STR("annotation-xml")))
        return;
    element->svg_inside = true;
    if (!attribute(token, CNIL_STR("encoding"), &encoding))
        return;
    element->html_inside = cnil_str_equal_nocase(encoding, CNIL_STR("text/html")) ||
                           cnil_str_equal_nocase(encoding, CNIL_STR("application/xhtml+xml"));
    if (cnil_str_find_byte(encoding, '&') < encoding.len)
        lose(tree);
}

static void start_foreign(struct cnil_html_tree *tree, struct cnil_html_token *token, bool whole)
{
    token->ns = top(tree)->ns;
    token->text_mode = CNIL_HTML_DATA;
    if (!whole && (token->tag == CNIL_TAG_FONT || token->tag == CNIL_HTML_OTHER))
        lose(tree);
    else if (!token->self_closing) {
        push(tree, token, token->ns);
        if (!tree->lost)
            set_integration(tree, token);
    }
}

/* In foreign content that may have been left: what follows holds in both readings. */
static bool start_in_doubt(struct cnil_html_tree *tree, struct cnil_html_token *token)
{
    enum cnil_html_namespace parent = top(tree)->ns;
    uint16_t depth = tree->depth;

    token->text_mode = mode_of(token->tag);
    switch (token->tag) {
    case CNIL_TAG_SVG:
    case CNIL_TAG_MATH:
        /* The same element in both, when it is named as what is around it, and not ignored. */
        if (parent != (token->tag == CNIL_TAG_SVG ? CNIL_HTML_NS_SVG : CNIL_HTML_NS_MATHML)) {
            lose(tree);
        } else if (!token->self_closing) {
            push(tree, token, parent);
            if (tree->select != CNIL_HTML_NO)
                tree->doubt = tree->depth;
        }
        token->ns = tree->lost ? CNIL_HTML_NS_UNSURE : parent;
        return false;
    case CNIL_TAG_TEMPLATE:
        lose(tree);
        break;
    case CNIL_TAG_FRAMESET:
        if (!tree->no_frameset)
            lose(tree);
        break;
    case CNIL_TAG_SELECT:
        tree->select = CNIL_HTML_MAYBE;
        break;
    }
    token->ns = CNIL_HTML_NS_UNSURE;
    if (!tree->lost && !token->self_closing) {
        push(tree, token, parent);
        if (!tree->lost) {
            set_integration(tree, token);
            if (tree->open[depth].html_inside || tree->open[depth].svg_inside)
                lose(tree);
            tree->doubt = tree->depth;
        }
    }
    return token->text_mode != CNIL_HTML_DATA;
}

/* Is it a MathML text integration point, if it is an integration point? */
static bool is_mathml_text(const struct cnil_html_tree_element *element)
{
    return element->ns == CNIL_HTML_NS_MATHML && !element->svg_inside;
}

bool cnil_html_tree_start(struct cnil_html_tree *tree, struct cnil_html_token *token, bool whole)
{
    const struct cnil_html_tree_element *current = top(tree);
    bool two_readings = false;

    token->inert = tree->inert && !is_formatting(token->tag);
    if (tree->lost) {
        token->ns = CNIL_HTML_NS_UNSURE;
        token->text_mode = mode_of(token->tag);
        return token->text_mode != CNIL_HTML_DATA;
    }
    if (current == NULL || !is_foreign(current)) {
        two_readings = start_html(tree, token, whole);
    } else if (current->html_inside &&
               !(is_mathml_text(current) && (token->tag == CNIL_TAG_MGLYPH || token->tag == CNIL_TAG_MALIGNMARK))) {
        two_readings = start_html(tree, token, whole);
    } else if (current->svg_inside && token->tag == CNIL_TAG_SVG) {
        two_readings = start_html(tree, token, whole);
    } else if (breaks_out(token)) {
        break_out(tree);
        two_readings = start_html(tree, token, whole);
    } else {
        if (tree->select != CNIL_HTML_NO && may_close_select(token->tag, false))
            tree->select = CNIL_HTML_MAYBE;
        if (is_in_doubt(tree))
            two_readings = start_in_doubt(tree, token);
        else
            start_foreign(tree, token, whole);
    }
    update_plain(tree);
    return two_readings;
}

/* ---- end tags ---- */

static void end_html(struct cnil_html_tree *tree, const struct cnil_html_token *token)
{
    const struct cnil_html_tree_element *current = top(tree);

    if (token->tag == CNIL_TAG_TEMPLATE && tree->templates > 0) {
        close_template(tree);
        return;
    }
    if (current == NULL)
        return;
    switch (token->tag) {
    case CNIL_TAG_HTML: /* these close nothing inside of the body */
    case CNIL_TAG_BODY:
    case CNIL_TAG_HEAD:
    case CNIL_TAG_BR:
    case CNIL_TAG_TEMPLATE:
        return;
    case CNIL_TAG_P:
        if (!is_open(tree, CNIL_TAG_P)) /* an empty <p> in its place */
            return;
    }
    if (!is_foreign(current) && has_name(tree, current, token))
        pop_to(tree, tree->depth - 1u);
    else
        lose(tree);
}

static void end_foreign(struct cnil_html_tree *tree, const struct cnil_html_token *token)
{
    bool has_html_inside = false;
    unsigned i;

    if (token->tag == CNIL_TAG_BR || token->tag == CNIL_TAG_P) {
        break_out(tree);
        end_html(tree, token);
        return;
    }
    for (i = tree->depth; i > tree->base && is_foreign(&tree->open[i - 1]); i--) {
        if (has_name(tree, &tree->open[i - 1], token)) {
            pop_to(tree, i - 1);
            return;
        }
        has_html_inside = has_html_inside || tree->open[i - 1].html_inside || tree->open[i - 1].svg_inside;
    }
    switch (token->tag) { /* now the rules for HTML content */
    case CNIL_TAG_TEMPLATE:
        if (tree->templates > 0)
            close_template(tree);
        return;
    case CNIL_TAG_HTML:
    case CNIL_TAG_BODY:
    case CNIL_TAG_HEAD:
        return;
    }
    if (has_html_inside)
        lose(tree);
    else if (i == tree->base)
        tree->doubt = tree->depth; /* does an HTML element outside answer to it? */
    else if (has_name(tree, &tree->open[i - 1], token))
        pop_to(tree, i - 1);
    else
        lose(tree);
}

void cnil_html_tree_end(struct cnil_html_tree *tree, struct cnil_html_token *token)
{
    const struct cnil_html_tree_element *current = top(tree);

    token->inert = tree->inert;
    token->ns = is_in_doubt(tree) ? CNIL_HTML_NS_UNSURE
                : current != NULL ? (enum cnil_html_namespace)current->ns
                                  : CNIL_HTML_NS_HTML;
    if (tree->lost)
        return;
    if (tree->select != CNIL_HTML_NO && token->tag == CNIL_TAG_SELECT)
        tree->select = CNIL_HTML_NO;
    else if (tree->select != CNIL_HTML_NO && may_close_select(token->tag, true))
        tree->select = CNIL_HTML_MAYBE;
    if (current != NULL && is_nameless(token))
        lose(tree);
    else if (current != NULL && is_foreign(current))
        end_foreign(tree, token);
    else
        end_html(tree, token);
    update_plain(tree);
}

/* ---- the rest ---- */

void cnil_html_tree_text(struct cnil_html_tree *tree, const struct cnil_html_token *token)
{
    if (tree->no_frameset || tree->forks > 0 || tree->templates > 0 || tree->lost)
        return;
    if (token->first)
        tree->reference = false;
    for (size_t i = 0; i < token->raw.len; i++) {
        char c = token->raw.ptr[i];

        if (c == '&')
            tree->reference = true;
        else if (c > ' ' && c <= '~' && !tree->reference) { /* a byte order mark is no text */
            tree->no_frameset = true;
            return;
        }
    }
}

enum cnil_html_certainty cnil_html_tree_cdata(const struct cnil_html_tree *tree)
{
    const struct cnil_html_tree_element *current = top(tree);

    /* Chromium and parse5 do not take an integration point for foreign here, the standard and Firefox do. */
    if (is_in_doubt(tree) || (current != NULL && current->html_inside))
        return CNIL_HTML_MAYBE;
    return current != NULL && is_foreign(current) ? CNIL_HTML_YES : CNIL_HTML_NO;
}

void cnil_html_tree_mark(const struct cnil_html_tree *tree, cnil_html_name name, struct cnil_html_tree_fork *mark)
{
    /* Raw text is HTML: what was in doubt has been closed. A CDATA section is not: it is open. */
    bool is_html = is_in_doubt(tree) && name != CNIL_HTML_OTHER;

    *mark = (struct cnil_html_tree_fork){
        .name = name,
        .depth = is_html ? tree->base : tree->depth,
        .doubt = tree->doubt,
        .templates = tree->templates,
        .select = tree->select,
    };
}

void cnil_html_tree_part(struct cnil_html_tree *tree, const struct cnil_html_tree_fork *mark)
{
    for (unsigned i = 0; i < tree->forks; i++) {
        struct cnil_html_tree_fork *fork = &tree->fork[i];

        if (fork->name != mark->name)
            continue;
        /* Both end at the same place, but the tree may differ. Not for <noscript>: scripts run, or they do not. */
        if (mark->name != CNIL_TAG_NOSCRIPT && (fork->depth != mark->depth || fork->doubt != mark->doubt ||
                                                fork->templates != mark->templates || fork->select != mark->select))
            fork->mixed = true;
        return;
    }
    tree->fork[tree->forks++] = *mark; /* there are no more names */
}

/* Makes the tree hold for the reading that left it at `fork`, too. */
static void merge(struct cnil_html_tree *tree, const struct cnil_html_tree_fork *fork)
{
    if (fork->mixed || tree->templates != fork->templates) {
        lose(tree);
        return;
    }
    if (tree->depth > fork->depth) {
        /* Left open in one reading: until a tag breaks out in both, unless HTML can stand in it. */
        if (fork->depth != tree->base)
            lose(tree);
        for (unsigned i = fork->depth; i < tree->depth; i++)
            if (!is_foreign(&tree->open[i]) || tree->open[i].html_inside || tree->open[i].svg_inside)
                lose(tree);
        tree->doubt = tree->depth;
    }
    if (tree->doubt < fork->doubt)
        tree->doubt = fork->doubt < tree->depth ? fork->doubt : tree->depth;
    if (tree->select != fork->select)
        tree->select = CNIL_HTML_MAYBE;
}

void cnil_html_tree_join(struct cnil_html_tree *tree, cnil_html_name name)
{
    unsigned i = 0;

    while (i < tree->forks && tree->fork[i].name != name)
        i++;
    if (i == tree->forks)
        return;
    if (!tree->lost)
        merge(tree, &tree->fork[i]);
    tree->fork[i] = tree->fork[--tree->forks];
    update_plain(tree);
}
