/* SPDX-License-Identifier: Apache-2.0 */
#include "page/holder.h"

#include "base/limits.h"
#include "page/judge.h"
#include "page/nested.h"
#include "page/script.h"
#include "web/html_entity.h"
#include "web/srcset.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_CANDIDATES = 32,                /* ruled attributes of one tag; further ones are held back */
    MAX_MARK = 4096,                    /* data-held="..." */
    MAX_CARD = 32 * 1024,               /* a document of ours with its character references */
    MAX_DOCUMENT = 16 * CNIL_LIMIT_TAG, /* a document in an attribute, with its character references */
    VALUES_MEMORY = 32                  /* decoded values, in times CNIL_LIMIT_TAG */
};

static const struct cnil_str filler = CNIL_STR_INIT("data-held=\"\"");
static const struct cnil_str plain_type = CNIL_STR_INIT(" type=\"text/plain\"");

enum context { TYPE, LANGUAGE, REL, AS, HTTP_EQUIV, NAME, ATTRIBUTE_NAME, CONTEXTS };

struct value {
    struct cnil_str text; /* decoded once it has been asked for */
    bool seen;
    bool open; /* goes on in the next piece */
};

struct candidate {
    const struct cnil_element_rule *rule;
    struct cnil_str name; /* of the attribute, as written */
    struct value value;
    bool held;
    size_t css_from, css_to; /* CSS: what of holder->css_cuts are its own */
    struct cnil_str put;     /* in its place, unless it is empty */
};

/* What a tag, or one piece of it, says. */
struct reading {
    struct candidate candidates[MAX_CANDIDATES];
    size_t count;
    struct value context[CONTEXTS];
    bool is_full;    /* there are more candidates */
    bool partial;    /* other pieces came or come: what is not seen here may stand there */
    bool is_foreign; /* perhaps */
};

struct cuts {
    struct cnil_cut *list;
    size_t count, size;
};

struct cnil_holder {
    struct cnil_judge *judge; /* the caller's */
    struct cnil_html_filter filter;
    const struct cnil_card_place *cards;
    const struct cnil_embeds *embeds; /* NULL: no containers are minded, the body of a page has not begun */
    struct cnil_style *style;
    struct cnil_arena *values; /* decoded values of one tag */
    struct cnil_buffer text;   /* a value being decoded */

    struct cnil_buffer mark; /* ` data-held="x" name="held-frame-1" type="text/plain"` of this tag */
    bool is_named;           /* that name is all of it */
    size_t mark_len;         /* of it without the type; 0: nothing is held back yet */
    struct cuts cuts;
    struct cuts css_cuts; /* within values, by offset in the tag */

    /* the tag that comes in pieces */
    const struct cnil_element_rule *rules;
    bool marked;    /* data-held is written */
    bool dropping;  /* the value that is open is being dropped */
    bool runs;      /* a script whose type a browser runs */
    bool has_url;   /* a script that takes its text from elsewhere */
    bool drop_text; /* see struct cnil_held_tag */
    enum cnil_script_kind kind;
    const struct cnil_element_rule *css_rule; /* of the value that is open, when it is CSS */

    bool is_frame;                /* a tag that makes a navigable even without a URL */
    size_t frame_count;           /* frames of this document that were renamed */
    struct cnil_buffer document;  /* what an attribute with a document in it becomes */
    struct cnil_buffer card;      /* ` srcdoc="..."` of this tag; empty: none */
    struct cnil_judge_held embed; /* what this tag would show; the URL is in `values` */
};

/* ---- life ---- */

static bool is_plain(void *context, cnil_html_name tag, const struct cnil_html_attribute *attribute);

struct cnil_holder *cnil_holder_new(struct cnil_judge *judge, const struct cnil_card_place *cards)
{
    struct cnil_holder *holder = calloc(1, sizeof(*holder));

    if (holder == NULL)
        return NULL;
    holder->judge = judge;
    holder->filter = (struct cnil_html_filter){ .tags = cnil_element_tags,
                                                .initials_of = cnil_element_initials,
                                                .initials = CNIL_ELEMENT_INITIALS,
                                                .is_plain = is_plain,
                                                .context = holder };
    holder->cards = cards;
    holder->style = cnil_style_new(judge);
    cnil_buffer_init(&holder->text, 2 * CNIL_LIMIT_URL);
    cnil_buffer_init(&holder->mark, MAX_MARK);
    cnil_buffer_init(&holder->document, MAX_DOCUMENT);
    cnil_buffer_init(&holder->card, MAX_CARD);
    holder->values = cnil_arena_new(VALUES_MEMORY * CNIL_LIMIT_TAG);
    if (holder->style == NULL || holder->values == NULL) {
        cnil_holder_free(holder);
        return NULL;
    }
    return holder;
}

void cnil_holder_mind(struct cnil_holder *holder, const struct cnil_embeds *embeds)
{
    holder->embeds = embeds;
    holder->filter.initials |= cnil_html_initial('c');
}

void cnil_holder_free(struct cnil_holder *holder)
{
    if (holder == NULL)
        return;
    cnil_style_free(holder->style);
    cnil_arena_free(holder->values);
    cnil_buffer_free(&holder->text);
    cnil_buffer_free(&holder->mark);
    free(holder->cuts.list);
    free(holder->css_cuts.list);
    cnil_buffer_free(&holder->document);
    cnil_buffer_free(&holder->card);
    free(holder);
}

/* ---- reading a tag ---- */

static bool context_of(const struct cnil_html_attribute *attribute, enum context *context)
{
    switch (attribute->id) {
    case CNIL_ATTR_TYPE:
        *context = TYPE;
        return true;
    case CNIL_ATTR_LANGUAGE:
        *context = LANGUAGE;
        return true;
    case CNIL_ATTR_REL:
        *context = REL;
        return true;
    case CNIL_ATTR_AS:
        *context = AS;
        return true;
    case CNIL_ATTR_HTTP_EQUIV:
        *context = HTTP_EQUIV;
        return true;
    case CNIL_ATTR_NAME:
        *context = NAME;
        return true;
    case CNIL_HTML_OTHER:
        *context = ATTRIBUTE_NAME;
        return cnil_str_equal_nocase(attribute->name, CNIL_STR("attributename"));
    default:
        return false;
    }
}

static struct candidate *candidate_of(struct reading *reading, struct cnil_str name)
{
    for (size_t i = 0; i < reading->count; i++)
        if (cnil_str_equal_nocase(reading->candidates[i].name, name))
            return &reading->candidates[i];
    return NULL;
}

/* A browser ignores a duplicate attribute (13.2.5.33), so only the first of a name is read. */
static void add_candidate(struct reading *reading, const struct cnil_element_rule *rule,
                          const struct cnil_html_attribute *attribute)
{
    if (candidate_of(reading, attribute->name) != NULL)
        return;
    if (reading->count == MAX_CANDIDATES)
        reading->is_full = true;
    else
        reading->candidates[reading->count++] = (struct candidate){
            .rule = rule, .name = attribute->name, .value = { attribute->value, true, attribute->open }
        };
}

/* cnil_html_initial() of what may matter about a tag: attributes with a rule, and those that say what another is. */
static uint32_t initials_of(const struct cnil_holder *holder, const struct cnil_html_token *token)
{
    const uint32_t contexts = cnil_html_initial('a') | cnil_html_initial('h') | cnil_html_initial('l') |
                              cnil_html_initial('n') | cnil_html_initial('r') | cnil_html_initial('t');

    if (holder->rules == NULL)
        return token->ns == CNIL_HTML_NS_HTML ? CNIL_ELEMENT_INITIALS : CNIL_ELEMENT_SVG_INITIALS;
    if (token->ns != CNIL_HTML_NS_HTML || token->tag == CNIL_TAG_META)
        return UINT32_MAX;
    return CNIL_ELEMENT_INITIALS | cnil_element_initials(token->tag) | (token->tag != CNIL_TAG_IMG ? contexts : 0);
}

static void read_tag(const struct cnil_holder *holder, const struct cnil_html_token *token, struct reading *reading)
{
    uint32_t initials = initials_of(holder, token);
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;

    reading->count = 0;
    reading->is_full = false;
    reading->partial = !token->first || !token->last;
    reading->is_foreign = token->ns != CNIL_HTML_NS_HTML;
    memset(reading->context, 0, sizeof(reading->context));
    cnil_html_attributes_begin(&attributes, token);
    while (cnil_html_attributes_next_of(&attributes, initials, &attribute)) {
        const struct cnil_element_rule *rule = cnil_element_rules_find(holder->rules, &attribute, token->ns);
        enum context context;

        if (attribute.raw.ptr == token->raw.ptr && holder->css_rule != NULL)
            add_candidate(reading, holder->css_rule, &attribute); /* more of what the piece before left open */
        else if (rule != NULL &&
                 (rule->syntax != CNIL_ELEMENT_CSS || attribute.open || cnil_css_may_have_urls(attribute.value)))
            add_candidate(reading, rule, &attribute);
        else if (context_of(&attribute, &context) && !reading->context[context].seen)
            reading->context[context] = (struct value){ attribute.value, true, attribute.open };
    }
}

/* Decodes character references; most values have none. */
static enum cnil_status decode(struct cnil_holder *holder, struct value *value)
{
    enum cnil_status status;

    if (value->text.len == 0 || memchr(value->text.ptr, '&', value->text.len) == NULL)
        return CNIL_OK;
    cnil_buffer_clear(&holder->text);
    cnil_html_decode(value->text, true, &holder->text);
    status = cnil_buffer_status(&holder->text);
    if (status != CNIL_OK)
        return status;
    value->text = cnil_arena_copy(holder->values, cnil_buffer_str(&holder->text));
    return value->text.ptr != NULL ? CNIL_OK : CNIL_NO_MEMORY;
}

static bool add_cut(struct cuts *cuts, size_t from, size_t to, struct cnil_str put)
{
    if (cuts->count == cuts->size) {
        size_t size = cuts->size > 0 ? 2 * cuts->size : 16;
        struct cnil_cut *list = realloc(cuts->list, size * sizeof(*list));

        if (list == NULL)
            return false;
        cuts->list = list;
        cuts->size = size;
    }
    cuts->list[cuts->count++] = (struct cnil_cut){ from, to, put };
    return true;
}

/* ---- judging ---- */

static void set_mark(struct cnil_holder *holder, struct cnil_str label)
{
    if (holder->mark_len > 0 && !holder->is_named)
        return; /* the first that was held back names the tag */
    holder->frame_count -= holder->is_named;
    holder->is_named = false;
    cnil_buffer_clear(&holder->mark);
    cnil_buffer_append(&holder->mark, CNIL_STR(" data-held=\""));
    cnil_html_escape(label, &holder->mark);
    cnil_buffer_append_byte(&holder->mark, '"');
    /* A browser that goes back in its history loads into a frame what was in the frame of that name (that place,
     * without a name) when the page was left, whatever its attributes say now: a new name has no history. */
    if (holder->is_frame)
        cnil_buffer_print(&holder->mark, " name=\"held-frame-%zu\"", ++holder->frame_count);
    holder->mark_len = holder->mark.len;
    cnil_buffer_append(&holder->mark, plain_type);
}

/* What a browser goes back to in its history is not in the frame of this name. */
static void set_name(struct cnil_holder *holder)
{
    if (holder->mark_len > 0)
        return;
    cnil_buffer_clear(&holder->mark);
    cnil_buffer_print(&holder->mark, " name=\"held-frame-%zu\"", ++holder->frame_count);
    holder->mark_len = holder->mark.len;
    holder->is_named = true;
}

static enum cnil_status judge(struct cnil_holder *holder, const struct value *value, const struct cnil_element_use *use,
                              struct cnil_str element, bool *held)
{
    enum cnil_status status = cnil_judge_url(holder->judge, value->text, value->open, use, element, held);

    if (*held)
        set_mark(holder, cnil_judge_label(holder->judge));
    return status;
}

static void hold_undecided(struct cnil_holder *holder, struct cnil_str element)
{
    cnil_judge_hold(holder->judge, element);
    set_mark(holder, cnil_judge_label(holder->judge));
}

static enum cnil_status judge_base(struct cnil_holder *holder, const struct candidate *candidate, bool is_inert,
                                   bool *held)
{
    const struct cnil_element_use use = { .resource = candidate->rule->resource };
    enum cnil_status status = cnil_judge_base(holder->judge, candidate->value.text, candidate->value.open, is_inert,
                                              &use, candidate->rule->label, held);

    if (*held)
        set_mark(holder, cnil_judge_label(holder->judge));
    return status;
}

static enum cnil_status judge_link(struct cnil_holder *holder, struct reading *reading,
                                   const struct candidate *candidate, bool *held)
{
    struct value *rel = &reading->context[REL], *as = &reading->context[AS];
    struct cnil_element_use use = { .resource = candidate->rule->resource };
    enum cnil_status status = decode(holder, rel);
    struct cnil_str rels;

    if (status == CNIL_OK)
        status = decode(holder, as);
    if (status == CNIL_OK && reading->is_foreign) /* where it is a drawing's, `rel` says nothing */
        status = judge(holder, &candidate->value, &use, candidate->rule->label, held);
    if (!rel->seen && !reading->partial)
        return status; /* a link that says nothing of itself does nothing */
    if (!rel->seen || rel->open)
        return status == CNIL_OK ? judge(holder, &candidate->value, &use, candidate->rule->label, held) : status;
    rels = rel->text;
    while (status == CNIL_OK && !*held && cnil_element_link_use(&rels, as->text, &use))
        status = judge(holder, &candidate->value, &use, candidate->rule->label, held);
    return status;
}

/* XML has any prefix for "xlink:". */
static struct cnil_str without_prefix(struct cnil_str name)
{
    size_t colon = cnil_str_find_byte(name, ':');

    return cnil_str_slice(name, colon < name.len ? colon + 1 : 0, name.len);
}

/* Does another attribute say that this one is no URL at all? */
static enum cnil_status is_out_of_play(struct cnil_holder *holder, struct reading *reading, struct candidate *candidate,
                                       bool *out)
{
    static const enum context words[] = {
        [CNIL_ELEMENT_META] = HTTP_EQUIV, [CNIL_ELEMENT_PARAM] = NAME, [CNIL_ELEMENT_ANIMATE] = ATTRIBUTE_NAME
    };
    const struct cnil_element_rule *rule = candidate->rule;
    bool depends =
        rule->when == CNIL_ELEMENT_META || rule->when == CNIL_ELEMENT_PARAM || rule->when == CNIL_ELEMENT_ANIMATE;
    struct value *word = &reading->context[depends ? words[rule->when] : NAME];
    enum cnil_status status = CNIL_OK;

    *out = false;
    if (!depends)
        return CNIL_OK;
    if (!word->seen || word->open) {
        *out = !reading->partial;
        return CNIL_OK;
    }
    status = decode(holder, word);
    if (rule->when == CNIL_ELEMENT_META) {
        rule = cnil_element_equiv(word->text);
        *out = rule == NULL;
        candidate->rule = *out ? candidate->rule : rule;
    } else if (rule->when == CNIL_ELEMENT_PARAM)
        *out = !cnil_element_param_fetches(word->text);
    else
        *out = !cnil_str_equal_nocase(without_prefix(word->text), CNIL_STR("href"));
    return status;
}

static bool separates(enum cnil_element_syntax syntax, char c)
{
    bool is_space = c == ',' || cnil_is_space(c);

    return syntax == CNIL_ELEMENT_VALUES ? c == ';' : syntax == CNIL_ELEMENT_ORIGINS ? c == ';' || is_space : is_space;
}

static enum cnil_status judge_list(struct cnil_holder *holder, const struct candidate *candidate, bool *held)
{
    const struct cnil_element_use use = { .resource = candidate->rule->resource,
                                          .host_only = candidate->rule->syntax == CNIL_ELEMENT_ORIGINS };
    struct cnil_str rest = candidate->value.text;
    struct value one = { .seen = true };
    enum cnil_status status = CNIL_OK;

    if (candidate->rule->syntax == CNIL_ELEMENT_REFRESH && cnil_refresh_url(rest, &one.text)) {
        one.open = candidate->value.open;
        status =
            cnil_nested_url(holder->judge, one.text, one.open, CNIL_RESOURCE_FRAME, candidate->rule->label, NULL, held);
        if (*held)
            set_mark(holder, cnil_judge_label(holder->judge));
        return status != CNIL_OK || *held ? status : judge(holder, &one, &use, candidate->rule->label, held);
    }
    if (candidate->value.open) { /* what follows may name anything */
        hold_undecided(holder, candidate->rule->label);
        *held = true;
    }
    if (candidate->value.open || candidate->rule->syntax == CNIL_ELEMENT_REFRESH)
        return CNIL_OK;
    if (candidate->rule->syntax == CNIL_ELEMENT_SRCSET) {
        while (status == CNIL_OK && !*held && cnil_srcset_next(&rest, &one.text))
            status = judge(holder, &one, &use, candidate->rule->label, held);
        return status;
    }
    while (status == CNIL_OK && !*held && rest.len > 0) {
        size_t at = 0;

        while (at < rest.len && !separates(candidate->rule->syntax, rest.ptr[at]))
            at++;
        one.text = cnil_str_slice(rest, 0, at);
        rest = cnil_str_slice(rest, at + 1, rest.len);
        status = judge(holder, &one, &use, candidate->rule->label, held);
    }
    return status;
}

/* A place in a decoded value, and the one in the tag that it comes from. */
struct place {
    size_t decoded, raw;
};

/* As decode(), with a place after each character reference, and one for the end of all. */
static enum cnil_status decode_with_places(struct cnil_holder *holder, struct cnil_str raw, struct cnil_str *text,
                                           struct place **places)
{
    size_t count = 0, at = 0;

    for (size_t i = 0; i < raw.len; i++)
        count += raw.ptr[i] == '&' ? 1 : 0;
    *places = cnil_arena_array(holder->values, count + 1, sizeof(**places));
    if (*places == NULL)
        return CNIL_NO_MEMORY;
    cnil_buffer_clear(&holder->text);
    for (count = 0; at < raw.len;) {
        size_t from = at;

        at += cnil_str_find_byte(cnil_str_slice(raw, at, raw.len), '&');
        cnil_buffer_append(&holder->text, cnil_str_slice(raw, from, at));
        if (at == raw.len)
            break;
        at += cnil_html_decode_reference(cnil_str_slice(raw, at, raw.len), true, &holder->text);
        (*places)[count++] = (struct place){ holder->text.len, at };
    }
    (*places)[count] = (struct place){ SIZE_MAX, 0 };
    *text = cnil_buffer_str(&holder->text);
    return cnil_buffer_status(&holder->text);
}

/* `last` goes on from call to call, with places that only grow. */
static size_t raw_place(const struct place **places, struct place *last, size_t decoded)
{
    while (*places != NULL && (*places)->decoded <= decoded)
        *last = *(*places)++;
    return last->raw + (decoded - last->decoded);
}

/* In a style attribute, or another with CSS in it, the URLs are replaced in their place. */
static enum cnil_status judge_css(struct cnil_holder *holder, struct candidate *candidate, size_t offset)
{
    struct cnil_str text = candidate->value.text;
    struct place *places = NULL, last = { 0, 0 };
    const struct place *place;
    struct cnil_style_piece piece;
    enum cnil_status status = CNIL_OK;
    size_t at = 0;
    bool more;

    candidate->css_from = holder->css_cuts.count;
    if (text.len > 0 && memchr(text.ptr, '&', text.len) != NULL)
        status = decode_with_places(holder, text, &text, &places);
    place = places;
    if (holder->css_rule == NULL)
        cnil_style_begin_attribute(holder->style, candidate->rule->label);
    cnil_style_feed(holder->style, text, candidate->value.open ? CNIL_CSS_CUT : CNIL_CSS_END);
    while (status == CNIL_OK && (status = cnil_style_next(holder->style, &piece, &more)) == CNIL_OK && more) {
        if (piece.is_held) {
            size_t from = offset + raw_place(&place, &last, at);

            set_mark(holder, cnil_judge_label(holder->judge));
            if (!add_cut(&holder->css_cuts, from, offset + raw_place(&place, &last, at + piece.raw.len), piece.put))
                status = CNIL_NO_MEMORY;
        }
        at += piece.raw.len;
    }
    candidate->css_to = holder->css_cuts.count;
    holder->css_rule = candidate->value.open ? candidate->rule : NULL;
    return status;
}

static bool has_url(struct cnil_str text)
{
    return cnil_str_starts_with_nocase(cnil_str_trim(text), CNIL_STR("url("));
}

/* Some libraries take "url(...)" in an attribute of theirs, too. */
static struct cnil_str without_url(struct cnil_str text)
{
    text = cnil_str_trim(text);
    text = cnil_str_trim(cnil_str_slice(text, 4, text.len - cnil_str_ends_with(text, CNIL_STR(")"))));
    if (text.len > 1 && (text.ptr[0] == '"' || text.ptr[0] == '\'') && text.ptr[text.len - 1] == text.ptr[0])
        text = cnil_str_slice(text, 1, text.len - 1);
    return text;
}

/* What is in holder->text takes the attribute's value. */
static enum cnil_status replace(struct cnil_holder *holder, struct candidate *candidate, struct cnil_str name)
{
    enum cnil_status status;

    cnil_buffer_clear(&holder->document);
    cnil_buffer_append(&holder->document, name);
    cnil_buffer_append(&holder->document, CNIL_STR("=\""));
    cnil_nested_escape(cnil_buffer_str(&holder->text), &holder->document);
    cnil_buffer_append_byte(&holder->document, '"');
    status = cnil_buffer_status(&holder->document);
    if (status != CNIL_OK)
        return status;
    candidate->put = cnil_arena_copy(holder->values, cnil_buffer_str(&holder->document));
    return candidate->put.ptr != NULL ? CNIL_OK : CNIL_NO_MEMORY;
}

/* A URL that holds a document or a script itself. */
static enum cnil_status judge_nested(struct cnil_holder *holder, struct candidate *candidate)
{
    enum cnil_resource resource =
        candidate->rule->when == CNIL_ELEMENT_LINK ? CNIL_RESOURCE_STYLE : candidate->rule->resource;
    enum cnil_status status;

    cnil_buffer_clear(&holder->text);
    status = cnil_nested_url(holder->judge, candidate->value.text, candidate->value.open, resource,
                             candidate->rule->label, &holder->text, &candidate->held);
    if (candidate->held)
        set_mark(holder, cnil_judge_label(holder->judge));
    if (status != CNIL_OK || candidate->held || holder->text.len == 0)
        return status;
    if (holder->is_frame) /* its history may have the URL without the guard */
        set_name(holder);
    return replace(holder, candidate, candidate->name);
}

static enum cnil_status judge_handler(struct cnil_holder *holder, struct candidate *candidate)
{
    enum cnil_status status = CNIL_OK;

    candidate->held = candidate->value.open;
    if (candidate->held)
        hold_undecided(holder, candidate->rule->label);
    else
        status = cnil_judge_script(holder->judge, CNIL_SCRIPT_CLASSIC, candidate->value.text, candidate->rule->label,
                                   &candidate->held);
    if (candidate->held)
        set_mark(holder, cnil_judge_label(holder->judge));
    return status;
}

/* NUL in an attribute is U+FFFD (13.2.5.36), in a document nothing. */
static enum cnil_status without_nul(struct cnil_holder *holder, struct cnil_str *text)
{
    struct cnil_str rest = *text;

    if (rest.len == 0 || memchr(rest.ptr, '\0', rest.len) == NULL)
        return CNIL_OK;
    cnil_buffer_clear(&holder->text);
    while (rest.len > 0) {
        cnil_buffer_append(&holder->text, cnil_str_cut(&rest, '\0'));
        if (rest.ptr != NULL)
            cnil_buffer_append(&holder->text, CNIL_STR("\xef\xbf\xbd"));
    }
    if (cnil_buffer_status(&holder->text) != CNIL_OK)
        return cnil_buffer_status(&holder->text);
    *text = cnil_arena_copy(holder->values, cnil_buffer_str(&holder->text));
    return text->ptr != NULL ? CNIL_OK : CNIL_NO_MEMORY;
}

static enum cnil_status judge_document(struct cnil_holder *holder, struct candidate *candidate)
{
    struct cnil_str guard = cnil_judge_guard(holder->judge);
    enum cnil_status status = without_nul(holder, &candidate->value.text);
    bool changed = false;
    size_t at;

    cnil_buffer_clear(&holder->text);
    if (status == CNIL_OK)
        status = candidate->value.open
                     ? CNIL_TOO_LARGE
                     : cnil_nested_rewrite(holder->judge, candidate->value.text, guard, &holder->text, &changed);
    if (status == CNIL_OK && changed) {
        status = replace(holder, candidate, CNIL_STR("srcdoc"));
        /* a frame into which the guard alone has come stays what it is */
        if (!cnil_nested_is_guarded_alone(candidate->value.text, cnil_buffer_str(&holder->text), guard, &at))
            set_name(holder);
    }
    if (status != CNIL_TOO_LARGE)
        return status;
    candidate->held = true;
    candidate->put = CNIL_STR_EMPTY;
    hold_undecided(holder, candidate->rule->label);
    return CNIL_OK;
}

/* The most common URLs stay on the page's host whatever they are used for. */
static bool stays(const struct cnil_holder *holder, const struct cnil_element_rule *rule, struct cnil_str value)
{
    return rule->syntax == CNIL_ELEMENT_URL && rule->tag != CNIL_TAG_BASE &&
           !(rule->when == CNIL_ELEMENT_LAZY && has_url(value)) && cnil_judge_passes(holder->judge, value);
}

static enum cnil_status judge_candidate(struct cnil_holder *holder, struct reading *reading,
                                        const struct cnil_html_token *token, struct candidate *candidate)
{
    const struct cnil_element_use use = { .resource = candidate->rule->resource,
                                          .submits = candidate->rule->when == CNIL_ELEMENT_SUBMIT };
    size_t offset = (size_t)(candidate->value.text.ptr - token->raw.ptr);
    bool is_lazy = candidate->rule->when == CNIL_ELEMENT_LAZY, out_of_play;
    enum cnil_status status;

    if (candidate->rule->syntax == CNIL_ELEMENT_CSS)
        return judge_css(holder, candidate, offset);
    if (!candidate->value.open && stays(holder, candidate->rule, candidate->value.text))
        return CNIL_OK;
    status = is_out_of_play(holder, reading, candidate, &out_of_play);
    if (status == CNIL_OK && out_of_play && candidate->rule->when == CNIL_ELEMENT_ANIMATE)
        return judge_css(holder, candidate, offset); /* of another attribute: fill, mask */
    if (status != CNIL_OK || out_of_play)
        return status;
    status = decode(holder, &candidate->value);
    if (status != CNIL_OK)
        return status;
    if (is_lazy && has_url(candidate->value.text))
        candidate->value.text = without_url(candidate->value.text);
    if (candidate->rule->syntax == CNIL_ELEMENT_SCRIPT)
        return judge_handler(holder, candidate);
    if (candidate->rule->syntax == CNIL_ELEMENT_DOCUMENT)
        return judge_document(holder, candidate);
    if (candidate->rule->syntax == CNIL_ELEMENT_PREFETCH) {
        candidate->held = cnil_str_equal_nocase(cnil_str_trim(candidate->value.text), CNIL_STR("on")) &&
                          cnil_judge_prefetch(holder->judge, candidate->rule->label);
        if (candidate->held)
            set_mark(holder, cnil_judge_label(holder->judge));
        return CNIL_OK;
    }
    if (candidate->rule->tag == CNIL_TAG_BASE)
        return judge_base(holder, candidate, token->inert, &candidate->held);
    if (candidate->rule->syntax == CNIL_ELEMENT_URL) {
        status = judge_nested(holder, candidate);
        if (status != CNIL_OK || candidate->held || candidate->rule->when == CNIL_ELEMENT_FOLLOW)
            return status;
    }
    if (candidate->rule->when == CNIL_ELEMENT_LINK)
        return judge_link(holder, reading, candidate, &candidate->held);
    if (candidate->rule->syntax == CNIL_ELEMENT_URL)
        return judge(holder, &candidate->value, &use, candidate->rule->label, &candidate->held);
    return judge_list(holder, candidate, &candidate->held);
}

/* ---- what stands in a frame ---- */

/* `candidate` is held back: what it was for is at hand only now. Not where the frame has a document already, or where
 * the tag may be text. */
static enum cnil_status write_card(struct cnil_holder *holder, const struct reading *reading,
                                   const struct cnil_html_token *token, const struct candidate *candidate)
{
    const struct cnil_judge_held *held = cnil_judge_held(holder->judge);
    struct value id = { CNIL_STR_EMPTY, true, false };
    enum cnil_status status;

    if (holder->cards == NULL || token->tag != CNIL_TAG_IFRAME || token->ns != CNIL_HTML_NS_HTML || token->is_xml ||
        !token->first || !token->last || token->inert || token->noscript || token->two_readings ||
        !cnil_str_equal_nocase(candidate->name, CNIL_STR("src")) || reading->is_full ||
        !cnil_card_is_due(holder->cards, held))
        return CNIL_OK;
    for (size_t i = 0; i < reading->count; i++)
        if (reading->candidates[i].rule->syntax == CNIL_ELEMENT_DOCUMENT)
            return CNIL_OK;
    if (!cnil_card_fits(token, &id.text))
        return CNIL_OK;
    status = decode(holder, &id);
    if (status != CNIL_OK)
        return status;
    cnil_card_write(holder->cards, held, id.text, holder->embeds != NULL, &holder->card);
    return cnil_buffer_status(&holder->card);
}

/* Without a frame of its own: a script may, media do. */
static bool shows_something(const struct cnil_html_token *token, const struct candidate *candidate)
{
    switch (token->tag) {
    case CNIL_TAG_SCRIPT:
    case CNIL_TAG_VIDEO:
    case CNIL_TAG_EMBED:
        return cnil_str_equal_nocase(candidate->name, CNIL_STR("src"));
    case CNIL_TAG_OBJECT:
        return cnil_str_equal_nocase(candidate->name, CNIL_STR("data"));
    default:
        return false;
    }
}

/* Keeps what was held back last: the judge is asked for the tag's other attributes before it is needed. */
static enum cnil_status keep_embed(struct cnil_holder *holder, struct cnil_held_tag *held)
{
    const struct cnil_judge_held *last = cnil_judge_held(holder->judge);
    struct cnil_url url = { .port = -1 };

    if (held->embed != NULL)
        return CNIL_OK;
    holder->embed = (struct cnil_judge_held){ .service = NULL };
    held->embed = &holder->embed;
    if (last->service == NULL)
        return CNIL_OK;
    if (last->url.host.len > 0) {
        url.href = cnil_arena_copy(holder->values, last->url.href);
        url.host = cnil_arena_copy(holder->values, last->url.host);
        if (url.href.ptr == NULL || url.host.ptr == NULL)
            return CNIL_NO_MEMORY;
    }
    holder->embed = (struct cnil_judge_held){ url, last->service->id, last->service, last->purposes };
    return CNIL_OK;
}

/* ---- cutting ---- */

/* The byte that will stand before offset `at` once the cuts so far are made. */
static char byte_before(const struct cnil_holder *holder, struct cnil_str raw, size_t at)
{
    for (size_t i = holder->cuts.count; i > 0 && holder->cuts.list[i - 1].to == at; i--) {
        const struct cnil_cut *cut = &holder->cuts.list[i - 1];

        if (cut->put.len > 0)
            return cut->put.ptr[cut->put.len - 1];
        at = cut->from;
    }
    return at > 0 ? raw.ptr[at - 1] : ' ';
}

/* Takes out the attribute that stands at [from, to) of `raw`, so that what is left reads as it did: the space before it
 * goes only where a space or the end of the tag follows, "/" never moves next to ">", and an attribute whose name
 * begins with "=" (13.2.5.32) never becomes the value of the one before. */
static bool cut_attribute(struct cnil_holder *holder, struct cnil_str raw, size_t from, size_t to, bool is_last_piece)
{
    size_t floor = holder->cuts.count > 0 ? holder->cuts.list[holder->cuts.count - 1].to : 0;
    size_t space = from, next = to;
    struct cnil_str put = CNIL_STR_EMPTY;

    while (space > floor && cnil_is_space(raw.ptr[space - 1]))
        space--;
    while (next < raw.len && cnil_is_space(raw.ptr[next]))
        next++;
    if (!holder->marked) { /* a later piece: there is no name to put it after */
        put = cnil_str_slice(cnil_buffer_str(&holder->mark), 1, holder->mark_len);
        holder->marked = true;
    } else if (next == raw.len ? !is_last_piece : raw.ptr[next] == '=') {
        put = filler;
    } else if (next > to) {
        from = space;
    } else if (to < raw.len && raw.ptr[to] == '>') {
        if (byte_before(holder, raw, space) != '/')
            from = space;
        else if (space == from)
            put = filler;
    }
    return add_cut(&holder->cuts, from, to, put);
}

static bool is_cut(const struct cnil_holder *holder, const struct cnil_html_token *token, struct reading *reading,
                   const struct cnil_html_attribute *attribute, bool retypes)
{
    const struct candidate *candidate = candidate_of(reading, attribute->name);
    bool marks = token->first && holder->mark_len > 0;

    if (candidate != NULL)
        return candidate->held;
    return (marks && attribute->id == CNIL_ATTR_DATA_HELD) || (retypes && attribute->id == CNIL_ATTR_TYPE) ||
           (marks && holder->is_frame && attribute->id == CNIL_ATTR_NAME) ||
           (holder->card.len > 0 && cnil_str_equal_nocase(attribute->name, CNIL_STR("sandbox"))) ||
           (reading->is_full && cnil_element_rules_find(holder->rules, attribute, token->ns) != NULL);
}

/* The cuts within a value, when this is the attribute that they are of: the first of its name. */
static bool cut_value(struct cnil_holder *holder, struct reading *reading, const struct cnil_html_attribute *attribute)
{
    const struct candidate *candidate = candidate_of(reading, attribute->name);

    if (candidate == NULL || candidate->value.text.ptr != attribute->value.ptr)
        return true;
    for (size_t i = candidate->css_from; i < candidate->css_to; i++) {
        const struct cnil_cut *cut = &holder->css_cuts.list[i];

        if (!add_cut(&holder->cuts, cut->from, cut->to, cut->put))
            return false;
    }
    return true;
}

/* Cuts every attribute of a name that is held back: once the first is gone a browser would take the next. Our own come
 * right after the tag's name, so that they win over any duplicate. */
static enum cnil_status cut_tag(struct cnil_holder *holder, const struct cnil_html_token *token,
                                struct reading *reading, bool retypes)
{
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;
    bool marks = token->first;

    if (cnil_buffer_status(&holder->mark) != CNIL_OK)
        return cnil_buffer_status(&holder->mark);
    if (marks && holder->mark_len > 0) {
        size_t at = (size_t)(token->name.ptr - token->raw.ptr) + token->name.len;
        struct cnil_str mark = cnil_buffer_str(&holder->mark);

        if (!add_cut(&holder->cuts, at, at, retypes ? mark : cnil_str_slice(mark, 0, holder->mark_len)))
            return CNIL_NO_MEMORY;
        if (holder->card.len > 0 && !add_cut(&holder->cuts, at, at, cnil_buffer_str(&holder->card)))
            return CNIL_NO_MEMORY;
        holder->marked = true;
    }
    cnil_html_attributes_begin(&attributes, token);
    while (cnil_html_attributes_next(&attributes, &attribute)) {
        size_t from = (size_t)(attribute.raw.ptr - token->raw.ptr);

        const struct candidate *candidate = candidate_of(reading, attribute.name);

        if (candidate != NULL && candidate->put.len > 0 && !attribute.duplicate) {
            if (!add_cut(&holder->cuts, from, from + attribute.raw.len, candidate->put))
                return CNIL_NO_MEMORY;
        } else if (token->inside_value && holder->dropping && from == 0) {
            if (!add_cut(&holder->cuts, 0, attribute.raw.len, CNIL_STR_EMPTY)) /* a filler stands before it */
                return CNIL_NO_MEMORY;
        } else if (!is_cut(holder, token, reading, &attribute, retypes)) {
            if (!cut_value(holder, reading, &attribute))
                return CNIL_NO_MEMORY;
            continue;
        } else if (!cut_attribute(holder, token->raw, from, from + attribute.raw.len, token->last)) {
            return CNIL_NO_MEMORY;
        }
        holder->dropping = attribute.open;
    }
    return CNIL_OK;
}

/* ---- tags and scripts ---- */

static void begin_tag(struct cnil_holder *holder, const struct cnil_html_token *token)
{
    holder->rules = cnil_element_rules_of(token->tag, token->ns);
    holder->is_frame = token->tag == CNIL_TAG_IFRAME || token->tag == CNIL_TAG_FRAME;
    holder->css_rule = NULL;
    holder->marked = holder->dropping = holder->runs = holder->has_url = holder->drop_text = false;
}

/* The decoded types of a script; those of other namespaces have no `language`. */
static enum cnil_status read_type(struct cnil_holder *holder, struct reading *reading,
                                  const struct cnil_html_token *token)
{
    struct value *type = &reading->context[TYPE], *language = &reading->context[LANGUAGE];
    struct cnil_script_type script = { CNIL_STR_EMPTY, CNIL_STR_EMPTY };
    enum cnil_status status = decode(holder, type);

    if (status == CNIL_OK)
        status = decode(holder, language);
    if (type->seen)
        script.type = type->text.ptr != NULL ? type->text : CNIL_STR("");
    else if (token->ns == CNIL_HTML_NS_HTML && !reading->partial)
        script.language = language->text;
    holder->kind = cnil_script_kind(&script);
    holder->runs = holder->kind != CNIL_SCRIPT_DATA;
    return status;
}

static enum cnil_status read_script(struct cnil_holder *holder, struct reading *reading,
                                    const struct cnil_html_token *token, bool held, bool *retypes)
{
    enum cnil_status status = CNIL_OK;

    if (token->first)
        status = read_type(holder, reading, token);
    if (token->ns == CNIL_HTML_NS_HTML && candidate_of(reading, CNIL_STR("src")) != NULL)
        holder->has_url = true;
    if (held && holder->runs) {
        if (token->first)
            *retypes = true;
        else
            holder->drop_text = true; /* too late for its type; without its URL the text would run */
        holder->runs = false;
    }
    return status;
}

bool cnil_holder_has_no_rule(const struct cnil_html_token *token)
{
    bool is_html = token->ns == CNIL_HTML_NS_HTML;

    if (!token->first || !token->last || token->tag == CNIL_TAG_SCRIPT ||
        (token->initials & (is_html ? CNIL_ELEMENT_INITIALS : CNIL_ELEMENT_SVG_INITIALS)) != 0)
        return false;
    return is_html ? (token->initials & cnil_element_initials(token->tag)) == 0
                   : cnil_element_rules_of(token->tag, token->ns) == NULL;
}

enum cnil_status cnil_holder_tag(struct cnil_holder *holder, const struct cnil_html_token *token,
                                 struct cnil_held_tag *held)
{
    struct reading reading;
    bool any, loses_text = false, retypes = false;
    enum cnil_status status = CNIL_OK;

    *held = (struct cnil_held_tag){ .cuts = NULL };
    if (token->first)
        begin_tag(holder, token);
    if (cnil_holder_has_no_rule(token))
        return CNIL_OK;
    holder->cuts.count = holder->css_cuts.count = 0;
    cnil_buffer_clear(&holder->card);
    holder->mark_len = 0;
    holder->is_named = false;
    cnil_arena_reset(holder->values);
    read_tag(holder, token, &reading);
    any = reading.is_full;
    if (reading.is_full)
        hold_undecided(holder, CNIL_STR("*"));
    for (size_t i = 0; i < reading.count && status == CNIL_OK; i++) {
        struct candidate *candidate = &reading.candidates[i];

        status = judge_candidate(holder, &reading, token, candidate);
        if (status == CNIL_OK && candidate->held)
            status = write_card(holder, &reading, token, candidate);
        if (status == CNIL_OK && candidate->held && shows_something(token, candidate))
            status = keep_embed(holder, held);
        any |= candidate->held || candidate->put.len > 0 || candidate->css_to > candidate->css_from;
        loses_text |= candidate->held && candidate->rule->resource == CNIL_RESOURCE_SCRIPT;
    }
    /* The text of a script in doubt is judged with its tag: one that has changed may not run. */
    loses_text |= reading.is_full || (any && (token->two_readings || token->ns != CNIL_HTML_NS_HTML));
    if (status == CNIL_OK && token->tag == CNIL_TAG_SCRIPT)
        status = read_script(holder, &reading, token, loses_text, &retypes);
    if (status == CNIL_OK && (any || (token->inside_value && holder->dropping)))
        status = cut_tag(holder, token, &reading, retypes);
    held->cuts = holder->cuts.list;
    held->cut_count = holder->cuts.count;
    held->runs_inline = holder->runs && !holder->has_url;
    held->kind = holder->kind;
    held->drop_text = holder->drop_text;
    held->drops_value = holder->dropping && !token->last;
    return status;
}

static bool is_plain(void *context, cnil_html_name tag, const struct cnil_html_attribute *attribute)
{
    const struct cnil_holder *holder = context;
    const struct cnil_element_rule *rule;

    /* its id is not known here */
    if (holder->embeds != NULL && cnil_str_equal_nocase(attribute->name, CNIL_STR("class")))
        return !cnil_embeds_mind_class(holder->embeds, attribute->value);
    rule = cnil_element_rules_look(tag, attribute);
    return rule == NULL || stays(context, rule, attribute->value);
}

const struct cnil_html_filter *cnil_holder_filter(const struct cnil_holder *holder)
{
    return &holder->filter;
}

bool cnil_holder_ignores(const struct cnil_html_token *token)
{
    const struct cnil_element_rule *rules = cnil_element_rules_of(token->tag, token->ns);
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;

    if (!token->first || !token->last)
        return false;
    cnil_html_attributes_begin(&attributes, token);
    while (cnil_html_attributes_next(&attributes, &attribute))
        if (cnil_element_rules_find(rules, &attribute, token->ns) != NULL || attribute.id == CNIL_ATTR_DATA_HELD)
            return false;
    return true;
}

enum cnil_status cnil_holder_script(struct cnil_holder *holder, const struct cnil_html_token *token,
                                    enum cnil_script_kind kind, struct cnil_str text, bool *is_held_back,
                                    struct cnil_held_tag *held)
{
    struct reading nothing; /* of it, only these two are asked for: the rest is large */
    enum cnil_status status;

    nothing.count = 0;
    nothing.is_full = false;
    *held = (struct cnil_held_tag){ .cuts = NULL };
    status = cnil_judge_script(holder->judge, kind, text, CNIL_STR("script"), is_held_back);
    if (status != CNIL_OK || !*is_held_back)
        return status;
    holder->cuts.count = 0;
    cnil_buffer_clear(&holder->card);
    holder->mark_len = 0;
    holder->is_named = false;
    holder->is_frame = false;
    set_mark(holder, cnil_judge_label(holder->judge));
    status = keep_embed(holder, held);
    if (status == CNIL_OK && token->raw.len > 0)
        status = cut_tag(holder, token, &nothing, true);
    held->cuts = holder->cuts.list;
    held->cut_count = holder->cuts.count;
    return status;
}
