/* SPDX-License-Identifier: Apache-2.0 */
#include "page/rewriter.h"

#include "base/limits.h"
#include "page/addresses.h"
#include "page/conditional.h"
#include "page/element_rules.h"
#include "page/embeds.h"
#include "page/holder.h"
#include "page/insertion.h"
#include "page/manager.h"
#include "page/worker_script.h"
#include "web/csp.h"
#include "web/html_entity.h"
#include "web/html_tokenizer.h"
#include "web/prologue.h"

#include <stdlib.h>
#include <string.h>

enum text {
    TEXT_PASSES,
    TEXT_WAITS,   /* of an inline script that is not decided yet */
    TEXT_DROPS,   /* of a script that is held back */
    TEXT_BLANKS,  /* … where it may be part of another script: see push_blanked() */
    TEXT_RUNS_ON, /* longer than what is held back: it passes up to the next tag */
    TEXT_COMMENT, /* a conditional comment waits */
    TEXT_CUT      /* … or is longer than that: it does not leave */
};

struct cnil_rewriter {
    struct cnil_rewriter_options options;
    struct cnil_html_tokenizer *tokenizer;
    struct cnil_judge *judge;
    struct cnil_holder *holder;
    struct cnil_embeds *embeds; /* NULL: there are no cards */
    struct cnil_style *style;
    struct cnil_addresses *addresses;            /* instead of all these */
    struct cnil_worker_script *worker;           /* the same; NULL: nothing stands before it */
    struct cnil_str worker_rest;                 /* of the chunk, behind what it is told of */
    bool is_head_here;                           /* it reads `carry`, of which this chunk has the end */
    struct cnil_insertion_point insertion, head; /* of the block, of the guard */
    bool has_manager;                            /* another one was found */
    bool has_block;                              /* the block is in */

    struct cnil_str chunk; /* lent */
    size_t before_chunk;   /* bytes of input before it */
    size_t taken;          /* bytes of input that came as tokens and were handled */
    bool is_last;

    /* What is to leave: `run`, then the spans of `queue` that follow it. Spans of one token only, so that nothing is
     * asked of the tokenizer while one of them lies in the core. */
    struct cnil_span run;
    struct cnil_span *queue;
    size_t queued, queue_at, queue_size;

    /* The inline script that waits: its start tag and its text so far, in the chunk or, over a border, in `carry`. */
    enum text text;
    struct cnil_html_token script; /* its views lie in `waiting` */
    enum cnil_script_kind kind;
    struct cnil_str waiting;
    size_t script_len;  /* of its text, in `waiting` after the tag */
    size_t script_from; /* where it began in the input */
    bool is_carried;
    bool is_doubtful; /* what stands in it may be text or markup */
    bool has_markup;  /* some of it stands there */
    unsigned inside;  /* scripts in doubt that have left and may go on: texts up to their end tags are looked at */
    bool has_doubt;   /* there was such a script: what raw text it may be in goes on to the end tag of another */
    struct cnil_buffer carry;
    struct cnil_buffer comment; /* what a conditional comment becomes; what a drawing's script runs */

    /* The <style> element that is open. */
    bool in_style;
    bool is_style_markup;  /* its content is read as markup: in a drawing, or in doubt */
    bool is_style_doubt;   /* … which may be raw text, tags and all */
    bool is_style_section; /* the comment in it may be a section */
    bool is_style_parted;  /* what is read of it from here on depends on what was a tag in it, or a comment */
    unsigned styles_inside;
    bool is_bare_open; /* nothing but the name has left of a tag that is not whole */

    struct cnil_html_token token; /* the one at hand */
    size_t style_waits;           /* bytes of a style sheet before it that had not left */
    bool drops_open;              /* the token that the tokenizer gives up must not leave */
    bool is_quiet;                /* no text is waited for or dropped, guard and block are out */
    bool is_pending;              /* it is handled once the script before it has left: they use the same buffers */
    bool is_ended;                /* nothing more in this chunk */
    bool ends_in_body;            /* the end of the input, here, would be in the body and in no text of another kind */
    bool has_language;            /* the page said which it is in */
    struct cnil_buffer policy;    /* the site's own, of a <meta>, decoded */

    struct cnil_str unsent; /* after a failure: bytes of earlier chunks, then the input from `unsent_from` on */
    size_t unsent_from;
};

static const struct cnil_span nothing = { "", 0, true };

/* Without markup, so that no tokenizer reads it. */
static bool is_one_script(const struct cnil_rewriter_options *options)
{
    return options->content == CNIL_CONTENT_SCRIPT || options->content == CNIL_CONTENT_RULES;
}

/* Takes over `judge`, also on failure. */
static struct cnil_rewriter *new_rewriter(const struct cnil_rewriter_options *options, struct cnil_judge *judge)
{
    struct cnil_rewriter *rewriter = calloc(1, sizeof(*rewriter));
    bool has_embeds;

    if (rewriter == NULL) {
        cnil_judge_free(judge);
        return NULL;
    }
    rewriter->options = *options;
    rewriter->run = nothing;
    rewriter->insertion.when =
        options->block.len > 0 || options->cards != NULL ? options->insertion : CNIL_INSERT_NEVER;
    rewriter->insertion.is_done = rewriter->insertion.when == CNIL_INSERT_NEVER;
    rewriter->head.when = options->guard.len > 0 ? options->guard_insertion : CNIL_INSERT_NEVER;
    rewriter->head.is_done = rewriter->head.when == CNIL_INSERT_NEVER;
    cnil_buffer_init(&rewriter->carry, 2 * CNIL_LIMIT_TAG);
    cnil_buffer_init(&rewriter->comment, 4 * CNIL_LIMIT_TAG);
    cnil_buffer_init(&rewriter->policy, 2 * CNIL_LIMIT_TAG);
    rewriter->judge = judge;
    if (judge != NULL && cnil_judge_depth(judge) == 0)
        cnil_judge_set_guard(judge, rewriter->head.is_done ? CNIL_STR_EMPTY : options->guard,
                             rewriter->head.is_done ? CNIL_STR_EMPTY : options->guard_apart);
    if (is_one_script(options) && judge != NULL)
        return rewriter;
    if ((options->content == CNIL_CONTENT_MANIFEST || options->content == CNIL_CONTENT_PLAYLIST) && judge != NULL) {
        rewriter->addresses = cnil_addresses_new(judge, options->page->policy->prefix, options->content);
        if (rewriter->addresses != NULL)
            return rewriter;
        cnil_rewriter_free(rewriter);
        return NULL;
    }
    rewriter->style = judge != NULL ? cnil_style_new(judge) : NULL;
    if (options->content == CNIL_CONTENT_CSS && rewriter->style != NULL) {
        cnil_style_begin(rewriter->style, CNIL_STYLE_SHEET);
        return rewriter;
    }
    rewriter->tokenizer = cnil_html_tokenizer_new(CNIL_LIMIT_TAG);
    rewriter->holder = judge != NULL ? cnil_holder_new(judge, options->cards) : NULL;
    has_embeds = options->cards != NULL && options->content != CNIL_CONTENT_XML && !rewriter->insertion.is_done;
    if (judge != NULL && has_embeds)
        rewriter->embeds = cnil_embeds_new(judge, options->cards);
    if (rewriter->tokenizer == NULL || rewriter->holder == NULL || rewriter->style == NULL ||
        (rewriter->embeds == NULL && has_embeds)) {
        cnil_rewriter_free(rewriter);
        return NULL;
    }
    if (options->content == CNIL_CONTENT_XML)
        cnil_html_tokenizer_read_xml(rewriter->tokenizer);
    return rewriter;
}

struct cnil_rewriter *cnil_rewriter_new(const struct cnil_rewriter_options *options)
{
    return new_rewriter(options, cnil_judge_new(options->page, options->choice, options->events, options->arena));
}

struct cnil_rewriter *cnil_rewriter_new_inside(struct cnil_judge *judge, struct cnil_str guard, enum cnil_inside inside)
{
    const struct cnil_rewriter_options options = { .events = cnil_judge_events(judge),
                                                   .insertion = CNIL_INSERT_NEVER,
                                                   .guard = guard,
                                                   .guard_insertion = CNIL_INSERT_ALWAYS,
                                                   .content = inside == CNIL_INSIDE_XML_URL ? CNIL_CONTENT_XML
                                                                                            : CNIL_CONTENT_HTML };

    return new_rewriter(&options, cnil_judge_new_inside(judge, inside != CNIL_INSIDE_PAGE));
}

void cnil_rewriter_free(struct cnil_rewriter *rewriter)
{
    if (rewriter == NULL)
        return;
    cnil_html_tokenizer_free(rewriter->tokenizer);
    cnil_holder_free(rewriter->holder);
    cnil_embeds_free(rewriter->embeds);
    cnil_style_free(rewriter->style);
    cnil_addresses_free(rewriter->addresses);
    cnil_worker_script_free(rewriter->worker);
    cnil_judge_free(rewriter->judge);
    cnil_buffer_free(&rewriter->carry);
    cnil_buffer_free(&rewriter->comment);
    cnil_buffer_free(&rewriter->policy);
    free(rewriter->queue);
    free(rewriter);
}

void cnil_rewriter_read_pairs(struct cnil_rewriter *rewriter, enum cnil_pairs pairs)
{
    cnil_judge_read_pairs(rewriter->judge, pairs);
}

enum cnil_status cnil_rewriter_feed(struct cnil_rewriter *rewriter, struct cnil_str chunk, bool last)
{
    rewriter->before_chunk += rewriter->chunk.len;
    rewriter->chunk = chunk;
    rewriter->is_last = last;
    rewriter->is_ended = false;
    rewriter->is_head_here = false;
    if (rewriter->addresses != NULL)
        cnil_addresses_feed(rewriter->addresses, chunk, last);
    else if (rewriter->worker != NULL)
        cnil_worker_script_feed(rewriter->worker, chunk, last);
    else if (rewriter->options.content == CNIL_CONTENT_CSS)
        cnil_style_feed(rewriter->style, chunk, last ? CNIL_CSS_END : CNIL_CSS_MORE);
    else if (!is_one_script(&rewriter->options))
        cnil_html_tokenizer_feed(rewriter->tokenizer, chunk, last);
    return CNIL_OK;
}

/* ---- output ---- */

static enum cnil_status push(struct cnil_rewriter *rewriter, struct cnil_str bytes, bool from_input)
{
    if (bytes.len == 0)
        return CNIL_OK;
    if (rewriter->queued == rewriter->queue_size) {
        size_t size = rewriter->queue_size > 0 ? 2 * rewriter->queue_size : 16;
        struct cnil_span *queue = realloc(rewriter->queue, size * sizeof(*queue));

        if (queue == NULL)
            return CNIL_NO_MEMORY;
        rewriter->queue = queue;
        rewriter->queue_size = size;
    }
    rewriter->queue[rewriter->queued++] = (struct cnil_span){ bytes.ptr, bytes.len, from_input };
    return CNIL_OK;
}

/* Bytes of the input, wherever they lie now. */
static enum cnil_status push_raw(struct cnil_rewriter *rewriter, struct cnil_str raw)
{
    return push(rewriter, raw, cnil_html_tokenizer_is_input(rewriter->tokenizer, raw));
}

static enum cnil_status push_tag(struct cnil_rewriter *rewriter, struct cnil_str raw, const struct cnil_held_tag *held)
{
    enum cnil_status status = CNIL_OK;
    size_t at = 0;

    for (size_t i = 0; i < held->cut_count && status == CNIL_OK; i++) {
        status = push_raw(rewriter, cnil_str_slice(raw, at, held->cuts[i].from));
        if (status == CNIL_OK)
            status = push(rewriter, held->cuts[i].put, false);
        at = held->cuts[i].to;
    }
    return status == CNIL_OK ? push_raw(rewriter, cnil_str_slice(raw, at, raw.len)) : status;
}

static void tell(const struct cnil_rewriter *rewriter, enum cnil_event_kind kind, struct cnil_str element)
{
    const struct cnil_event event = { .kind = kind, .element = element };

    if (rewriter->options.events != NULL)
        cnil_events_add(rewriter->options.events, &event);
}

/* ---- other consent managers ---- */

static enum cnil_status write_block(struct cnil_rewriter *rewriter)
{
    struct cnil_rewriter_options *options = &rewriter->options;

    options->terms.steps_back = rewriter->has_manager && options->steps_back;
    return options->write_block(options->data, &options->terms, &options->block);
}

/* Looks at the address of a script that passes, or at its text. Behind the block it is too late to step back. */
static enum cnil_status seek_manager(struct cnil_rewriter *rewriter, struct cnil_str text)
{
    bool is_late = rewriter->insertion.is_done;
    struct cnil_event event = { .kind = is_late ? CNIL_EVENT_MANAGER_LATE : CNIL_EVENT_MANAGER_BESIDE,
                                .element = CNIL_STR("script") };

    event.subject = cnil_manager_find(text);
    if (event.subject.len == 0)
        return CNIL_OK;
    rewriter->has_manager = true;
    if (rewriter->options.events != NULL)
        cnil_events_add(rewriter->options.events, &event);
    return rewriter->options.steps_back && !is_late ? write_block(rewriter) : CNIL_OK;
}

static bool seeks_manager(const struct cnil_rewriter *rewriter)
{
    return rewriter->options.seeks_manager && !rewriter->has_manager;
}

static enum cnil_status seek_manager_in_tag(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    enum cnil_status status = CNIL_OK;
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;

    cnil_html_attributes_begin(&attributes, token);
    while (status == CNIL_OK && seeks_manager(rewriter) && cnil_html_attributes_next(&attributes, &attribute))
        if (attribute.id == CNIL_ATTR_SRC)
            status = seek_manager(rewriter, attribute.value);
    return status;
}

/* ---- texts of style sheets ---- */

/* Where a reference is one in one of two readings, it is none any more. */
static enum cnil_status push_without_references(struct cnil_rewriter *rewriter, struct cnil_str css)
{
    enum cnil_status status = CNIL_OK;

    while (css.len > 0 && status == CNIL_OK) {
        size_t at = cnil_str_find_byte(css, '&'), end = at;
        bool is_one = false;

        if (at < css.len)
            end += cnil_style_reference(cnil_str_slice(css, at, css.len), &is_one);
        status = push_raw(rewriter, cnil_str_slice(css, 0, is_one ? at : end));
        if (is_one)
            tell(rewriter, CNIL_EVENT_MARKUP_CUT, CNIL_STR("style"));
        if (is_one && status == CNIL_OK)
            status = push(rewriter, CNIL_STR("_"), false);
        if (is_one && status == CNIL_OK)
            status = push_raw(rewriter, cnil_str_slice(css, at + 1, end));
        css = cnil_str_slice(css, end, css.len);
    }
    return status;
}

static enum cnil_status feed_style(struct cnil_rewriter *rewriter, struct cnil_str css, enum cnil_css_border border)
{
    enum cnil_style_text text = cnil_style_text(rewriter->style);
    struct cnil_style_piece piece;
    enum cnil_status status;
    bool more;

    cnil_style_feed(rewriter->style, css, border);
    while ((status = cnil_style_next(rewriter->style, &piece, &more)) == CNIL_OK && more) {
        if (piece.is_held)
            status = push(rewriter, piece.put, false);
        else if (text == CNIL_STYLE_DOUBT)
            status = push_without_references(rewriter, piece.raw);
        else
            status = push_raw(rewriter, piece.raw);
        if (status != CNIL_OK)
            break;
    }
    return status;
}

static bool is_fuse(char c)
{
    return c == '(' || c == '"' || c == '\'' || c == '\\' || c == '&';
}

/* A text that may be part of a sheet of which nobody knows what came before: without quotes, escapes, references and
 * what opens a function no URL begins in it, and none that began before goes to another host. Behind a "<", where XML
 * ends, what stands for them begins no tag. */
static enum cnil_status push_defused(struct cnil_rewriter *rewriter, struct cnil_str text)
{
    struct cnil_str blank = rewriter->options.content == CNIL_CONTENT_XML ? CNIL_STR(".") : CNIL_STR("_");
    enum cnil_status status = CNIL_OK;

    while (text.len > 0 && status == CNIL_OK) {
        size_t at = 0;

        while (at < text.len && !is_fuse(text.ptr[at]))
            at++;
        status = push_raw(rewriter, cnil_str_slice(text, 0, at));
        if (status == CNIL_OK && at < text.len)
            status = push(rewriter, blank, false);
        text = cnil_str_slice(text, at + 1, text.len);
    }
    return status;
}

static enum cnil_status push_style_text(struct cnil_rewriter *rewriter, enum cnil_style_text text, struct cnil_str css)
{
    enum cnil_status status;

    if (rewriter->is_style_parted)
        return push_defused(rewriter, css);
    status = cnil_style_read_as(rewriter->style, text);
    return status == CNIL_OK ? feed_style(rewriter, css, CNIL_CSS_MORE) : status;
}

/* ---- cards ---- */

/* What goes before an element that would show something. Not in a style sheet, nor where the tag may be text. */
static enum cnil_status push_card(struct cnil_rewriter *rewriter, const struct cnil_html_token *token,
                                  const struct cnil_judge_held *held)
{
    struct cnil_str card;
    enum cnil_status status;

    if ((held == NULL && token->tag != CNIL_TAG_IFRAME && !cnil_embeds_mind(rewriter->embeds, token)) ||
        rewriter->in_style || rewriter->inside > 0)
        return CNIL_OK;
    status = cnil_embeds_at_tag(rewriter->embeds, token, held, &card);
    return status == CNIL_OK ? push(rewriter, card, false) : status;
}

/* Is what stands beside this token in the body, whatever it is in? */
static bool is_in_body(const struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    return rewriter->insertion.is_done && !token->inert && !token->noscript && !token->two_readings &&
           token->ns == CNIL_HTML_NS_HTML && !rewriter->in_style && rewriter->inside == 0;
}

static bool ends_in_body(const struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    return is_in_body(rewriter, token) && ((token->kind == CNIL_HTML_END_TAG && token->last) ||
                                           (token->kind == CNIL_HTML_TEXT && token->text_mode == CNIL_HTML_DATA));
}

/* What waited for the end of the page. */
static enum cnil_status push_last_cards(struct cnil_rewriter *rewriter)
{
    struct cnil_str cards;
    enum cnil_status status = cnil_embeds_at_end(rewriter->embeds, &cards);

    return status == CNIL_OK ? push(rewriter, cards, false) : status;
}

/* ---- inline scripts ---- */

static void rebase(struct cnil_rewriter *rewriter)
{
    struct cnil_html_token *script = &rewriter->script;
    size_t name;

    if (script->raw.len == 0) { /* the tag has left */
        script->raw = script->name = CNIL_STR_EMPTY;
        return;
    }
    name = (size_t)(script->name.ptr - script->raw.ptr);
    script->raw.ptr = rewriter->waiting.ptr;
    script->name.ptr = rewriter->waiting.ptr + name;
}

/* Makes the script that waits outlive its chunk. */
static enum cnil_status carry(struct cnil_rewriter *rewriter, struct cnil_str more)
{
    enum cnil_status status;

    if (!rewriter->is_carried) {
        cnil_buffer_clear(&rewriter->carry);
        cnil_buffer_append(&rewriter->carry, rewriter->waiting);
    }
    cnil_buffer_append(&rewriter->carry, more);
    status = cnil_buffer_status(&rewriter->carry);
    if (status != CNIL_OK)
        return status;
    rewriter->is_carried = true;
    rewriter->waiting = cnil_buffer_str(&rewriter->carry);
    rebase(rewriter);
    return CNIL_OK;
}

/* `tag`: the script's start tag, or an empty view when it has left. */
static enum cnil_status begin_script(struct cnil_rewriter *rewriter, const struct cnil_html_token *token,
                                     struct cnil_str tag)
{
    rewriter->text = TEXT_WAITS;
    rewriter->script = *token;
    rewriter->script.raw = tag;
    rewriter->waiting = tag;
    rewriter->script_len = 0;
    rewriter->script_from = rewriter->taken + token->raw.len - tag.len;
    rewriter->is_carried = false;
    rewriter->has_markup = false;
    return tag.len == 0 || cnil_html_tokenizer_is_input(rewriter->tokenizer, tag) ? CNIL_OK
                                                                                  : carry(rewriter, CNIL_STR_EMPTY);
}

/* In a <style> that is open it is that one's, too, of which nobody reads it: nothing of it may begin or end there. */
static bool is_blanked(const struct cnil_rewriter *rewriter, char c)
{
    return cnil_is_alpha(c) || cnil_is_digit(c) || (rewriter->in_style && is_fuse(c));
}

/* A text that is held back where it may be part of a script or of the page: without its letters and digits it loads
 * nothing, both readings of it remain, and it is no space, after which a <frameset> could come. */
static enum cnil_status push_blanked(struct cnil_rewriter *rewriter, struct cnil_str text, bool from_input)
{
    static const struct cnil_str blanks = CNIL_STR_INIT("________________________________");
    static const struct cnil_str section = CNIL_STR_INIT("<![CDATA[");
    enum cnil_status status = CNIL_OK;

    while (text.len > 0 && status == CNIL_OK) {
        size_t kept = 0, end;

        while (kept < text.len && !is_blanked(rewriter, text.ptr[kept]))
            kept += cnil_str_starts_with(cnil_str_slice(text, kept, text.len), section) ? section.len : 1;
        end = kept;
        while (end < text.len && end - kept < blanks.len && is_blanked(rewriter, text.ptr[end]))
            end++;
        status = push(rewriter, cnil_str_slice(text, 0, kept), from_input);
        if (status == CNIL_OK)
            status = push(rewriter, cnil_str_slice(blanks, 0, end - kept), false);
        text = cnil_str_slice(text, end, text.len);
    }
    return status;
}

/* What becomes of the text after a part of it was decided. */
static enum text rest_of_text(const struct cnil_rewriter *rewriter, bool is_held, bool keeps_text)
{
    if (!is_held)
        return rewriter->inside > 0 ? TEXT_RUNS_ON : TEXT_PASSES;
    if (keeps_text)
        return TEXT_PASSES;
    return rewriter->has_doubt && rewriter->options.content != CNIL_CONTENT_XML ? TEXT_BLANKS : TEXT_DROPS;
}

/* Does a section end in this text that has begun before it? */
static bool ends_section_before(struct cnil_str text)
{
    size_t end = cnil_str_find(text, CNIL_STR("]]>"));

    return end < text.len && cnil_str_find(text, CNIL_STR("<![CDATA[")) > end;
}

static bool has_byte(struct cnil_str text, char byte)
{
    return cnil_str_find_byte(text, byte) < text.len;
}

/* … not with a comment, a section or a reference, which may be of a space: these rule out no <frameset>. */
static bool begins_with_text(struct cnil_str text)
{
    size_t at = 0;

    while (at < text.len && text.ptr[at] >= 0 && text.ptr[at] <= ' ')
        at++;
    return at < text.len && text.ptr[at] > ' ' && text.ptr[at] <= '~' && text.ptr[at] != '<' && text.ptr[at] != '&';
}

/* Its text as it stands, and where it may be a drawing's as that is read. */
static enum cnil_status judge_script(struct cnil_rewriter *rewriter, struct cnil_str text, bool *is_held,
                                     struct cnil_held_tag *held)
{
    enum cnil_status status =
        cnil_holder_script(rewriter->holder, &rewriter->script, rewriter->kind, text, is_held, held);

    if (status != CNIL_OK || *is_held ||
        (!rewriter->is_doubtful && rewriter->inside == 0 && rewriter->script.ns == CNIL_HTML_NS_HTML))
        return status;
    if (!has_byte(text, '<') && !has_byte(text, '&'))
        return CNIL_OK;
    for (int with_elements = 1; with_elements >= 0 && status == CNIL_OK && !*is_held; with_elements--) {
        cnil_buffer_clear(&rewriter->comment);
        cnil_script_foreign_text(text, with_elements == 1, &rewriter->comment);
        status = cnil_buffer_status(&rewriter->comment);
        if (status == CNIL_OK)
            status = cnil_holder_script(rewriter->holder, &rewriter->script, rewriter->kind,
                                        cnil_buffer_str(&rewriter->comment), is_held, held);
        if (!rewriter->has_markup)
            break;
    }
    return status;
}

static enum cnil_status has_loader(struct cnil_rewriter *rewriter, struct cnil_str text, bool *found)
{
    static const struct cnil_html_token no_tag;
    struct cnil_held_tag held;

    return cnil_holder_script(rewriter->holder, &no_tag, CNIL_SCRIPT_CLASSIC, text, found, &held);
}

/* Does a tag that may be part of a script whose own tag has left hold a loader, in its bytes or in those that it leaves
 * with? The cuts of such a tag are not valid any more. */
static enum cnil_status is_armed(struct cnil_rewriter *rewriter, const struct cnil_html_token *token,
                                 const struct cnil_held_tag *held, bool *armed)
{
    struct cnil_buffer *leaves = &rewriter->comment;
    enum cnil_status status;
    size_t at = 0;

    *armed = false;
    if (rewriter->inside == 0 || !token->first || !token->last || token->is_xml)
        return CNIL_OK;
    cnil_buffer_clear(leaves);
    for (size_t i = 0; held != NULL && i < held->cut_count; i++) {
        cnil_buffer_append(leaves, cnil_str_slice(token->raw, at, held->cuts[i].from));
        cnil_buffer_append(leaves, held->cuts[i].put);
        at = held->cuts[i].to;
    }
    cnil_buffer_append(leaves, cnil_str_slice(token->raw, at, token->raw.len));
    status = cnil_buffer_status(leaves);
    if (status == CNIL_OK)
        status = has_loader(rewriter, token->raw, armed);
    if (status == CNIL_OK && !*armed && at > 0)
        status = has_loader(rewriter, cnil_buffer_str(leaves), armed);
    return status;
}

/* A <font> with one of these ends foreign content (13.2.6.5). */
static bool leaves_drawings(const struct cnil_html_token *token)
{
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;

    cnil_html_attributes_begin(&attributes, token);
    while (cnil_html_attributes_next(&attributes, &attribute))
        if (cnil_str_equal_nocase(attribute.name, CNIL_STR("color")) ||
            cnil_str_equal_nocase(attribute.name, CNIL_STR("face")) ||
            cnil_str_equal_nocase(attribute.name, CNIL_STR("size")))
            return true;
    return false;
}

/* Nothing is left of a tag but its name (of a name that holds a loader its first letter) and what the tree depends on.
 * It may come in pieces. */
static enum cnil_status push_bare(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    size_t name = (size_t)(token->name.ptr - token->raw.ptr);
    bool is_whole = token->last && !token->cut_off, is_loader = false;
    enum cnil_status status = CNIL_OK;

    if (token->first && rewriter->inside > 0)
        status = has_loader(rewriter, token->name, &is_loader);
    if (token->first && status == CNIL_OK)
        status = push_defused(rewriter, cnil_str_slice(token->raw, 0, name + (is_loader ? 1 : token->name.len)));
    if (token->first && status == CNIL_OK && token->tag == CNIL_TAG_SCRIPT && token->kind == CNIL_HTML_START_TAG)
        status = push(rewriter, CNIL_STR(" type=\"text/plain\""), false);
    if (token->first && status == CNIL_OK && token->tag == CNIL_TAG_FONT && leaves_drawings(token))
        status = push(rewriter, CNIL_STR(" color"), false);
    if (status == CNIL_OK && is_whole)
        status = push(rewriter, token->self_closing ? CNIL_STR("/>") : CNIL_STR(">"), false);
    rewriter->is_bare_open = token->last && !is_whole; /* a cut ends it */
    return status;
}

static enum cnil_status push_disarmed(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    rewriter->has_doubt = true;
    return push_bare(rewriter, token);
}

/* The text of a script that passes; in a <style> that is open it may be that one's. */
static enum cnil_status push_passed(struct cnil_rewriter *rewriter, struct cnil_str text)
{
    if (!rewriter->in_style)
        return push_raw(rewriter, text);
    return push_style_text(rewriter, rewriter->is_style_doubt ? CNIL_STYLE_DOUBT : CNIL_STYLE_REFERENCES, text);
}

/* More of a text that is decided. */
static enum cnil_status add_rest(struct cnil_rewriter *rewriter, struct cnil_str raw)
{
    switch (rewriter->text) {
    case TEXT_DROPS:
        return CNIL_OK;
    case TEXT_BLANKS:
        return push_blanked(rewriter, raw, cnil_html_tokenizer_is_input(rewriter->tokenizer, raw));
    default:
        return push_passed(rewriter, raw);
    }
}

/* The script is whole, or longer than what is held back. */
static enum cnil_status end_script(struct cnil_rewriter *rewriter, bool is_whole)
{
    struct cnil_str waiting = rewriter->waiting, tag = rewriter->script.raw;
    struct cnil_held_tag held;
    struct cnil_str text = cnil_str_slice(waiting, tag.len, waiting.len);
    /* Without its text the readings might part elsewhere, tags might lose their partners; the script's tag is enough.
     */
    bool has_partners =
        rewriter->is_doubtful && (rewriter->script.two_readings || rewriter->has_markup || ends_section_before(text));
    bool keeps_text = has_partners && tag.len > 0;
    bool was_doubtful = rewriter->is_doubtful; /* text in foreign content rules out a <frameset>: some must stay */
    bool is_held = false, armed = false;
    enum cnil_status status = judge_script(rewriter, text, &is_held, &held);

    if (status != CNIL_OK)
        return status;
    if (!is_held && seeks_manager(rewriter) && !rewriter->script.inert)
        status = seek_manager(rewriter, text);
    if (status != CNIL_OK)
        return status;
    if (rewriter->is_doubtful && !is_whole && (!is_held || tag.len == 0))
        rewriter->inside = 1;
    rewriter->has_doubt |= rewriter->inside > 0 || (is_held && has_partners && !keeps_text); /* the tag has left */
    rewriter->is_doubtful = false;
    rewriter->text = is_whole ? TEXT_PASSES : rest_of_text(rewriter, is_held, keeps_text);
    if (!is_held && !is_whole)
        tell(rewriter, CNIL_EVENT_SCRIPT_UNDECIDED, CNIL_STR("script"));
    if (!is_held)
        return push_passed(rewriter, waiting);
    if (rewriter->embeds != NULL && !was_doubtful && rewriter->inside == 0)
        status = push_card(rewriter, &rewriter->script, held.embed);
    if (status == CNIL_OK && tag.len > 0)
        status = is_armed(rewriter, &rewriter->script, &held, &armed);
    if (status == CNIL_OK && tag.len > 0)
        status = armed ? push_disarmed(rewriter, &rewriter->script) : push_tag(rewriter, tag, &held);
    if (status == CNIL_OK && keeps_text && rewriter->inside == 0)
        return push_passed(rewriter, text);
    /* In XML nobody doubts what is text: without it the rest stays well-formed. */
    if (status == CNIL_OK && rewriter->has_doubt &&
        (rewriter->options.content != CNIL_CONTENT_XML || rewriter->has_markup))
        return push_blanked(rewriter, text, !rewriter->is_carried);
    if (status != CNIL_OK || !was_doubtful)
        return status;
    return rewriter->options.content == CNIL_CONTENT_XML || begins_with_text(text)
               ? push(rewriter, CNIL_STR("//"), false)
               : push_blanked(rewriter, text, !rewriter->is_carried);
}

/* Takes what still may wait of `raw`; the rest is decided on what came before it. */
static enum cnil_status add_to_script(struct cnil_rewriter *rewriter, struct cnil_str raw)
{
    size_t room = CNIL_LIMIT_TAG - rewriter->script_len;
    struct cnil_str part = cnil_str_slice(raw, 0, room < raw.len ? room : raw.len);
    enum cnil_status status = CNIL_OK;

    if (rewriter->waiting.len == 0)
        rewriter->waiting.ptr = part.ptr;
    if (!rewriter->is_carried && rewriter->waiting.ptr + rewriter->waiting.len == part.ptr &&
        cnil_html_tokenizer_is_input(rewriter->tokenizer, part))
        rewriter->waiting.len += part.len;
    else
        status = carry(rewriter, part);
    rewriter->script_len += part.len;
    if (status != CNIL_OK || part.len == raw.len)
        return status;
    status = end_script(rewriter, false);
    return status == CNIL_OK ? add_rest(rewriter, cnil_str_slice(raw, part.len, raw.len)) : status;
}

/* ---- style sheets ---- */

/* Is there nothing between this start tag and its end? */
static bool closes_itself(const struct cnil_html_token *token)
{
    return token->self_closing && (token->is_xml || token->ns != CNIL_HTML_NS_HTML);
}

/* Does a <style> end with this token, or at least what a browser may take for its text? */
static bool ends_style(const struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    if (!rewriter->is_style_markup)
        return true;
    switch (token->kind) {
    case CNIL_HTML_START_TAG: /* that ends the drawing */
        return !rewriter->is_style_doubt && token->ns == CNIL_HTML_NS_HTML && !token->is_xml;
    case CNIL_HTML_END_TAG:
        return (token->tag == CNIL_TAG_STYLE && rewriter->styles_inside == 0) ||
               (token->tag == CNIL_TAG_SVG && !rewriter->is_style_doubt);
    case CNIL_HTML_CUT: /* of another reading, it goes on */
        return cnil_str_find(token->insert, CNIL_STR("</style>")) < token->insert.len;
    default:
        return false;
    }
}

/* A URL that begins before a tag or comment, and perhaps only behind it. */
static enum cnil_status stop_url(struct cnil_rewriter *rewriter)
{
    return feed_style(rewriter, cnil_style_stopgap(rewriter->style), CNIL_CSS_CUT);
}

static enum cnil_status part_style(struct cnil_rewriter *rewriter)
{
    if (rewriter->is_style_parted)
        return CNIL_OK;
    tell(rewriter, CNIL_EVENT_MARKUP_CUT, CNIL_STR("style"));
    rewriter->is_style_parted = true;
    return stop_url(rewriter);
}

/* A comment where it may be part of the sheet: what it begins and ends with stays. */
static enum cnil_status feed_comment(struct cnil_rewriter *rewriter, struct cnil_str raw, bool last)
{
    struct cnil_style_piece piece;
    enum cnil_status status;
    bool more;

    cnil_style_feed(rewriter->style, raw, last ? CNIL_CSS_CUT : CNIL_CSS_MORE);
    while ((status = cnil_style_next(rewriter->style, &piece, &more)) == CNIL_OK && more) {
        bool is_plain = piece.put.len > 0 && !has_byte(piece.raw, '<') && !has_byte(piece.raw, '>');

        if (!piece.is_held)
            status = push_raw(rewriter, piece.raw);
        else if (is_plain)
            status = push(rewriter, piece.put, false);
        else
            status = push_blanked(rewriter, piece.raw, cnil_html_tokenizer_is_input(rewriter->tokenizer, piece.raw));
        if (status != CNIL_OK)
            break;
    }
    return status;
}

static enum cnil_status handle_comment_in_style(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    static const struct cnil_str section = CNIL_STR_INIT("<![CDATA[");
    struct cnil_str raw = token->raw;
    enum cnil_status status = CNIL_OK;

    if (token->first && !rewriter->is_style_parted) {
        status = feed_style(rewriter, CNIL_STR_EMPTY, CNIL_CSS_CUT);
        if (status == CNIL_OK) /* it is text in one reading alone */
            status = cnil_style_read_as(rewriter->style, CNIL_STYLE_PLAIN);
        if (status == CNIL_OK)
            status = stop_url(rewriter);
    }
    if (status == CNIL_OK && token->first && !rewriter->is_style_doubt) {
        status = push_raw(rewriter, cnil_str_slice(raw, 0, section.len));
        raw = cnil_str_slice(raw, section.len, raw.len);
    }
    if (status == CNIL_OK)
        status = rewriter->is_style_parted ? push_defused(rewriter, raw) : feed_comment(rewriter, raw, token->last);
    return status == CNIL_OK && token->last ? part_style(rewriter) : status;
}

/* A tag in a <style>: is an element, part of the sheet, or both. What follows it may be its text or the sheet's. */
static enum cnil_status handle_tag_in_style(struct cnil_rewriter *rewriter, const struct cnil_html_token *token,
                                            bool *taken)
{
    bool is_start = token->kind == CNIL_HTML_START_TAG;
    enum cnil_status status = CNIL_OK;

    if (token->tag == CNIL_TAG_STYLE && token->last && is_start && !closes_itself(token))
        rewriter->styles_inside++;
    if (token->tag == CNIL_TAG_STYLE && token->kind == CNIL_HTML_END_TAG && token->last)
        rewriter->styles_inside--;
    *taken = rewriter->is_style_doubt || (is_start && (token->tag == CNIL_TAG_SCRIPT || token->tag == CNIL_TAG_STYLE));
    if (*taken || (is_start && token->last && !closes_itself(token)))
        status = part_style(rewriter);
    if (status != CNIL_OK || !*taken)
        return status;
    rewriter->has_doubt |= token->tag == CNIL_TAG_SCRIPT && token->two_readings;
    if (token->kind == CNIL_HTML_NOTHING) /* the input ends in this tag, or nothing stands in it */
        return cnil_str_equal(token->raw, CNIL_STR("</>")) ? push_raw(rewriter, token->raw) : CNIL_OK;
    return push_bare(rewriter, token);
}

/* In a style sheet in doubt a doctype is one, too: both come in pieces. */
static bool is_comment(const struct cnil_html_token *token)
{
    return token->kind == CNIL_HTML_COMMENT || token->kind == CNIL_HTML_DOCTYPE;
}

static enum cnil_style_text style_text_of(const struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    if (!rewriter->is_style_markup || token->text_mode != CNIL_HTML_DATA)
        return CNIL_STYLE_PLAIN;
    return rewriter->is_style_doubt ? CNIL_STYLE_DOUBT : CNIL_STYLE_REFERENCES;
}

/* Takes what belongs to the open <style>; `*taken` is false for a token that must be handled as any other. What stands
 * between texts (a comment in a drawing's) parts the bytes, not the sheet: nothing may wait then. */
static enum cnil_status handle_in_style(struct cnil_rewriter *rewriter, const struct cnil_html_token *token,
                                        bool *taken)
{
    enum cnil_status status = CNIL_OK;

    *taken = token->kind == CNIL_HTML_TEXT &&
             (!rewriter->is_style_markup || rewriter->is_style_doubt || token->text_mode == CNIL_HTML_DATA ||
              token->text_mode == CNIL_HTML_CDATA_SECTION);
    if (*taken)
        return push_style_text(rewriter, style_text_of(rewriter, token), token->raw);
    if (token->kind == CNIL_HTML_COMMENT && token->first)
        rewriter->is_style_section = cnil_str_starts_with(token->raw, CNIL_STR("<![CDATA["));
    *taken = is_comment(token) && rewriter->is_style_markup &&
             (rewriter->is_style_doubt || (token->kind == CNIL_HTML_COMMENT && rewriter->is_style_section));
    if (*taken)
        return handle_comment_in_style(rewriter, token);
    if (token->kind == CNIL_HTML_NOTHING && rewriter->drops_open)
        return CNIL_OK; /* it does not leave */
    rewriter->in_style = !ends_style(rewriter, token);
    if (!rewriter->is_style_parted)
        status = feed_style(rewriter, CNIL_STR_EMPTY, rewriter->in_style ? CNIL_CSS_CUT : CNIL_CSS_END);
    if (status != CNIL_OK || !rewriter->in_style)
        return status;
    if (token->kind == CNIL_HTML_CDATA && rewriter->is_style_doubt)
        return part_style(rewriter);
    if (token->kind == CNIL_HTML_START_TAG || token->kind == CNIL_HTML_END_TAG ||
        (token->kind == CNIL_HTML_NOTHING && rewriter->is_style_doubt))
        return handle_tag_in_style(rewriter, token, taken);
    return CNIL_OK;
}

static void begin_style(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    rewriter->in_style = !closes_itself(token);
    rewriter->is_style_markup = token->text_mode == CNIL_HTML_DATA;
    rewriter->is_style_doubt = token->two_readings;
    rewriter->is_style_parted = false;
    rewriter->styles_inside = 0;
    cnil_style_begin(rewriter->style, CNIL_STYLE_ELEMENT);
}

/* ---- conditional comments ---- */

static enum cnil_status cut_comment(struct cnil_rewriter *rewriter, bool is_whole)
{
    enum cnil_status status;

    tell(rewriter, CNIL_EVENT_MARKUP_CUT, CNIL_STR("comment"));
    rewriter->text = TEXT_CUT;
    status = push(rewriter, CNIL_STR("<!--"), false);
    if (status != CNIL_OK || !is_whole)
        return status;
    rewriter->text = TEXT_PASSES;
    return push(rewriter, CNIL_STR("-->"), false);
}

/* It is whole, or the input ends in it. */
static enum cnil_status end_comment(struct cnil_rewriter *rewriter)
{
    bool changed;
    enum cnil_status status =
        cnil_conditional_rewrite(rewriter->judge, rewriter->waiting, &rewriter->comment, &changed);

    if (status == CNIL_TOO_LARGE)
        return cut_comment(rewriter, true);
    if (status != CNIL_OK)
        return status;
    rewriter->text = TEXT_PASSES;
    return changed ? push(rewriter, cnil_buffer_str(&rewriter->comment), false)
                   : push(rewriter, rewriter->waiting, !rewriter->is_carried);
}

static enum cnil_status add_to_comment(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    enum cnil_status status = CNIL_OK;

    if (rewriter->text == TEXT_CUT) {
        if (!token->last)
            return CNIL_OK;
        rewriter->text = TEXT_PASSES;
        return push(rewriter, CNIL_STR("-->"), false);
    }
    rewriter->script_len += token->raw.len;
    if (rewriter->script_len > CNIL_LIMIT_TAG)
        return cut_comment(rewriter, token->last);
    if (!token->first)
        status = carry(rewriter, token->raw);
    else if (!cnil_html_tokenizer_is_input(rewriter->tokenizer, token->raw))
        status = carry(rewriter, CNIL_STR_EMPTY);
    if (status == CNIL_OK && !cnil_conditional_may_begin(rewriter->waiting)) { /* its first bytes did not tell */
        rewriter->text = TEXT_PASSES;
        return push(rewriter, rewriter->waiting, !rewriter->is_carried);
    }
    return status == CNIL_OK && token->last ? end_comment(rewriter) : status;
}

/* What follows is no part of it, or the input ends. */
static enum cnil_status end_waiting_comment(struct cnil_rewriter *rewriter)
{
    if (rewriter->text == TEXT_COMMENT)
        return end_comment(rewriter);
    rewriter->text = TEXT_PASSES;
    return push(rewriter, CNIL_STR("-->"), false);
}

static bool begins_comment(const struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    return token->kind == CNIL_HTML_COMMENT && token->first && cnil_conditional_may_begin(token->raw) &&
           token->ns == CNIL_HTML_NS_HTML && !token->noscript && rewriter->inside == 0;
}

static enum cnil_status begin_comment(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    rewriter->text = TEXT_COMMENT;
    rewriter->script.raw = CNIL_STR_EMPTY;
    rewriter->waiting = token->raw;
    rewriter->script_len = 0;
    rewriter->script_from = rewriter->taken;
    rewriter->is_carried = false;
    return add_to_comment(rewriter, token);
}

/* ---- tokens ---- */

static enum cnil_status handle_end_tag(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    bool armed;
    enum cnil_status status = is_armed(rewriter, token, NULL, &armed);

    if (status == CNIL_OK && cnil_embeds_wait(rewriter->embeds) && token->first && is_in_body(rewriter, token) &&
        (token->tag == CNIL_TAG_BODY || token->tag == CNIL_TAG_HTML))
        status = push_last_cards(rewriter);
    if (status != CNIL_OK)
        return status;
    return armed ? push_disarmed(rewriter, token) : push_raw(rewriter, token->raw);
}

static enum cnil_status handle_start_tag(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    struct cnil_held_tag held;
    enum cnil_status status = cnil_holder_tag(rewriter->holder, token, &held);
    bool armed;

    if (status == CNIL_OK && rewriter->embeds != NULL)
        status = push_card(rewriter, token, held.embed);
    if (status == CNIL_OK)
        status = is_armed(rewriter, token, &held, &armed);
    if (status != CNIL_OK)
        return status;
    rewriter->drops_open = held.drops_value;
    if (token->tag == CNIL_TAG_SCRIPT && held.cut_count == 0 && token->first && !token->inert && !token->noscript)
        status = seek_manager_in_tag(rewriter, token);
    if (status != CNIL_OK)
        return status;
    if (token->tag == CNIL_TAG_STYLE && token->last)
        begin_style(rewriter, token);
    rewriter->has_doubt |= token->tag == CNIL_TAG_SCRIPT && token->two_readings;
    if (armed)
        return push_disarmed(rewriter, token);
    if (held.drop_text && token->last)
        rewriter->text = TEXT_DROPS;
    if (token->is_xml && token->self_closing) /* no text is its own */
        return push_tag(rewriter, token->raw, &held);
    if (held.runs_inline && !held.drop_text && token->last) {
        rewriter->kind = held.kind;
        /* In foreign content the text goes on after what is ignored or stands in it, such as "</>". */
        rewriter->is_doubtful =
            rewriter->inside == 0 && (token->two_readings || (token->ns != CNIL_HTML_NS_HTML && !token->self_closing));
        if (token->first && held.cut_count == 0)
            return begin_script(rewriter, token, token->raw);
        status = push_tag(rewriter, token->raw, &held);
        return status == CNIL_OK ? begin_script(rewriter, token, CNIL_STR_EMPTY) : status;
    }
    return push_tag(rewriter, token->raw, &held);
}

/* Text of scripts, and what stands for it in foreign content. */
static bool is_text(const struct cnil_html_token *token)
{
    return token->kind == CNIL_HTML_TEXT || token->kind == CNIL_HTML_CDATA || token->kind == CNIL_HTML_COMMENT ||
           token->kind == CNIL_HTML_DOCTYPE;
}

/* What looks like markup in a script that may be text or markup ("i<n"), and would fetch nothing if it were. Where
 * there are two readings, an end tag may end one of them, and with it the script. */
static bool is_doubtful_text(const struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    if (!rewriter->is_doubtful || rewriter->text != TEXT_WAITS)
        return false;
    if (token->kind == CNIL_HTML_END_TAG || token->kind == CNIL_HTML_NOTHING)
        return token->tag != CNIL_TAG_SCRIPT && !rewriter->script.two_readings;
    return token->kind == CNIL_HTML_START_TAG && token->text_mode == CNIL_HTML_DATA && !token->two_readings &&
           token->tag != CNIL_TAG_SCRIPT && token->tag != CNIL_TAG_STYLE && cnil_holder_ignores(token);
}

/* Does a script in doubt end with this token, in every reading? */
static bool ends_doubt(const struct cnil_html_token *token)
{
    if (token->kind == CNIL_HTML_CUT)
        return cnil_str_find(token->insert, CNIL_STR("</script>")) < token->insert.len;
    return token->kind == CNIL_HTML_END_TAG && token->tag == CNIL_TAG_SCRIPT;
}

static enum cnil_status handle_cut(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    struct cnil_str insert = token->insert;

    tell(rewriter, CNIL_EVENT_MARKUP_CUT, CNIL_STR_EMPTY);
    rewriter->drops_open = token->drop_open;
    while (rewriter->is_bare_open && insert.len > 0 && (*insert.ptr == '"' || *insert.ptr == '\''))
        insert = cnil_str_slice(insert, 1, insert.len); /* it was to end a value that has not left */
    rewriter->is_bare_open = false;
    return push(rewriter, insert, false);
}

/* Entities may hide markup and URLs, declared attributes may fetch. */
static enum cnil_status drop_subset(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    if (cnil_str_starts_with(token->raw, CNIL_STR("[")))
        tell(rewriter, CNIL_EVENT_MARKUP_CUT, CNIL_STR("doctype"));
    return CNIL_OK;
}

/* A tag in which the input ends may end a script that has left. */
static enum cnil_status push_nothing(struct cnil_rewriter *rewriter, struct cnil_str raw)
{
    bool is_loader = false;
    enum cnil_status status = rewriter->inside > 0 ? has_loader(rewriter, raw, &is_loader) : CNIL_OK;

    return status == CNIL_OK && !is_loader ? push_raw(rewriter, raw) : status;
}

static enum cnil_status handle_plainly(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    switch (token->kind) {
    case CNIL_HTML_START_TAG:
        return handle_start_tag(rewriter, token);
    case CNIL_HTML_END_TAG:
        return handle_end_tag(rewriter, token);
    case CNIL_HTML_CUT:
        return handle_cut(rewriter, token);
    case CNIL_HTML_DOCTYPE:
        return token->is_subset && rewriter->options.drops_subset ? drop_subset(rewriter, token)
                                                                  : push_raw(rewriter, token->raw);
    case CNIL_HTML_NOTHING:
        if (!rewriter->drops_open)
            return push_nothing(rewriter, token->raw);
        rewriter->drops_open = false;
        return CNIL_OK;
    default:
        return push_raw(rewriter, token->raw);
    }
}

static enum cnil_status push_insertions(struct cnil_rewriter *rewriter, bool guard, bool block)
{
    enum cnil_status status = guard ? push(rewriter, rewriter->options.guard, false) : CNIL_OK;

    if (guard && rewriter->options.guards)
        cnil_judge_guarded(rewriter->judge);
    rewriter->has_block |= block && rewriter->options.block.len > 0;
    if (block && rewriter->embeds != NULL) {
        cnil_embeds_open(rewriter->embeds);
        cnil_holder_mind(rewriter->holder, rewriter->embeds);
    }
    return status == CNIL_OK && block ? push(rewriter, rewriter->options.block, false) : status;
}

/* With the guard, the block or both at their offsets in the token: before a tag, after one, or within a text (there it
 * is the same place). */
static enum cnil_status handle_insertion(struct cnil_rewriter *rewriter, const struct cnil_html_token *token,
                                         size_t guard, size_t block)
{
    size_t at = guard < block ? guard : block;
    enum cnil_status status;

    if (token->kind == CNIL_HTML_TEXT) {
        status = push_raw(rewriter, cnil_str_slice(token->raw, 0, at));
        if (status == CNIL_OK)
            status = push_insertions(rewriter, guard == at, block == at);
        return status == CNIL_OK ? push_raw(rewriter, cnil_str_slice(token->raw, at, token->raw.len)) : status;
    }
    status = push_insertions(rewriter, guard == 0, block == 0);
    if (status == CNIL_OK)
        status = handle_plainly(rewriter, token);
    if (status != CNIL_OK)
        return status;
    return push_insertions(rewriter, guard > 0 && guard != CNIL_INSERTION_NOT_HERE,
                           block > 0 && block != CNIL_INSERTION_NOT_HERE);
}

/* The value of `lang` (in XML, `xml:lang` goes before it); empty: there is none. */
static struct cnil_str language_of(const struct cnil_html_token *token)
{
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;
    struct cnil_str value = CNIL_STR_EMPTY;

    cnil_html_attributes_begin(&attributes, token);
    while (cnil_html_attributes_next(&attributes, &attribute)) {
        if (token->is_xml && cnil_str_equal(attribute.name, CNIL_STR("xml:lang")))
            return cnil_str_trim(attribute.value);
        if (value.len == 0 && cnil_str_equal_nocase(attribute.name, CNIL_STR("lang")))
            value = cnil_str_trim(attribute.value);
    }
    return value;
}

/* The first <html> that names a language names the page's; where the policy offers it, the block is in it, too. */
static enum cnil_status read_language(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    struct cnil_rewriter_options *options = &rewriter->options;
    enum cnil_language language = options->terms.language;
    struct cnil_str value;

    if (token->kind != CNIL_HTML_START_TAG || token->tag != CNIL_TAG_HTML || !token->first || !token->last ||
        token->inert || rewriter->has_language)
        return CNIL_OK;
    value = language_of(token);
    rewriter->has_language = value.len > 0;
    if (!cnil_language_lookup(value, options->page->policy->languages, &language) ||
        language == options->terms.language)
        return CNIL_OK;
    options->terms.language = language;
    return write_block(rewriter);
}

/* The site's own policy may stand in the page: what it says of styles counts for ours. */
static enum cnil_status read_policy(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    struct cnil_block_terms *terms = &rewriter->options.terms;
    struct cnil_str equiv = CNIL_STR_EMPTY, content = CNIL_STR_EMPTY;
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;
    enum cnil_status status;

    if (token->kind != CNIL_HTML_START_TAG || token->tag != CNIL_TAG_META || token->inert || !terms->style_in_page)
        return CNIL_OK;
    cnil_html_attributes_begin(&attributes, token);
    while (cnil_html_attributes_next(&attributes, &attribute)) {
        if (attribute.id == CNIL_ATTR_HTTP_EQUIV && equiv.len == 0)
            equiv = attribute.value;
        else if (attribute.id == CNIL_ATTR_CONTENT && content.len == 0)
            content = attribute.value;
    }
    if (!cnil_str_equal_nocase(cnil_str_trim(equiv), CNIL_STR("content-security-policy")))
        return CNIL_OK;
    cnil_buffer_clear(&rewriter->policy);
    cnil_html_decode(content, true, &rewriter->policy);
    status = cnil_buffer_status(&rewriter->policy);
    if (status != CNIL_OK)
        return status;
    terms->style_in_page = cnil_csp_allows_style(cnil_buffer_str(&rewriter->policy), terms->style_nonce);
    return terms->style_in_page ? CNIL_OK : write_block(rewriter);
}

/* A token that is no text of a script and nothing of a style sheet. */
static enum cnil_status handle_elsewhere(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    enum cnil_status status = CNIL_OK;
    size_t guard, block;

    if (!rewriter->insertion.is_done && rewriter->options.write_block != NULL) {
        status = read_language(rewriter, token);
        if (status == CNIL_OK)
            status = read_policy(rewriter, token);
    }
    if (status != CNIL_OK)
        return status;
    guard = rewriter->head.is_done ? CNIL_INSERTION_NOT_HERE : cnil_insertion_find_head(&rewriter->head, token);
    block = rewriter->insertion.is_done ? CNIL_INSERTION_NOT_HERE : cnil_insertion_find(&rewriter->insertion, token);
    if (begins_comment(rewriter, token) && guard == CNIL_INSERTION_NOT_HERE)
        return begin_comment(rewriter, token);
    return guard == CNIL_INSERTION_NOT_HERE && block == CNIL_INSERTION_NOT_HERE
               ? handle_plainly(rewriter, token)
               : handle_insertion(rewriter, token, guard, block);
}

static enum cnil_status handle(struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    enum cnil_status status = CNIL_OK;
    bool taken = false;

    if (rewriter->text == TEXT_COMMENT || rewriter->text == TEXT_CUT) {
        if (token->kind == CNIL_HTML_COMMENT && !token->first) {
            if (!rewriter->insertion.is_done)
                cnil_insertion_find(&rewriter->insertion, token); /* never in a comment, but it must see how it ends */
            if (!rewriter->head.is_done)
                cnil_insertion_find_head(&rewriter->head, token);
            return add_to_comment(rewriter, token);
        }
        status = end_waiting_comment(rewriter);
        rewriter->is_pending = rewriter->queued > 0;
        if (status != CNIL_OK || rewriter->is_pending)
            return status;
    }
    if (rewriter->text != TEXT_PASSES) {
        if (token->is_subset && rewriter->options.drops_subset)
            return drop_subset(rewriter, token);
        if (is_text(token))
            return rewriter->text == TEXT_WAITS ? add_to_script(rewriter, token->raw) : add_rest(rewriter, token->raw);
        if (is_doubtful_text(rewriter, token)) {
            rewriter->has_markup |= token->kind != CNIL_HTML_NOTHING;
            return add_to_script(rewriter, token->raw);
        }
        if (rewriter->text == TEXT_WAITS)
            status = end_script(rewriter, !rewriter->is_doubtful || ends_doubt(token));
        rewriter->text = TEXT_PASSES;
        rewriter->is_pending = rewriter->queued > 0;
        if (status != CNIL_OK || rewriter->is_pending)
            return status;
    }
    if (rewriter->in_style)
        status = handle_in_style(rewriter, token, &taken);
    if (status == CNIL_OK && !taken)
        status = handle_elsewhere(rewriter, token);
    if (rewriter->inside > 0 && token->kind == CNIL_HTML_START_TAG && token->tag == CNIL_TAG_SCRIPT && token->last)
        rewriter->inside++; /* in foreign content scripts nest */
    else if (rewriter->inside > 0 && ends_doubt(token))
        rewriter->inside--;
    if (status == CNIL_OK && rewriter->inside > 0 && rewriter->text == TEXT_PASSES && !is_text(token)) {
        rewriter->kind = CNIL_SCRIPT_CLASSIC;
        status = begin_script(rewriter, token, CNIL_STR_EMPTY);
    }
    return status;
}

/* After the last token of a chunk. */
static enum cnil_status end_chunk(struct cnil_rewriter *rewriter)
{
    enum cnil_status status = CNIL_OK;

    if (rewriter->text == TEXT_WAITS && rewriter->is_last) {
        status = end_script(rewriter, true);
        rewriter->text = TEXT_PASSES;
    } else if ((rewriter->text == TEXT_COMMENT || rewriter->text == TEXT_CUT) && rewriter->is_last) {
        status = end_waiting_comment(rewriter);
    } else if ((rewriter->text == TEXT_WAITS || rewriter->text == TEXT_COMMENT) && !rewriter->is_carried) {
        status = carry(rewriter, CNIL_STR_EMPTY);
    }
    if (status == CNIL_OK && rewriter->in_style && rewriter->is_last)
        status = feed_style(rewriter, CNIL_STR_EMPTY, CNIL_CSS_END);
    if (status == CNIL_OK && rewriter->is_last && cnil_embeds_wait(rewriter->embeds) && rewriter->ends_in_body)
        status = push_last_cards(rewriter);
    if (status == CNIL_OK && rewriter->is_last && cnil_insertion_at_end(&rewriter->insertion)) {
        rewriter->insertion.is_done = true;
        rewriter->has_block = rewriter->options.block.len > 0;
        status = push(rewriter, rewriter->options.block, false);
    }
    return status;
}

/* Moves spans from the queue to `run` as long as they lengthen it. True: `run` must leave before anything else. */
static bool gather(struct cnil_rewriter *rewriter)
{
    struct cnil_span *run = &rewriter->run;

    while (rewriter->queue_at < rewriter->queued) {
        const struct cnil_span *next = &rewriter->queue[rewriter->queue_at];

        if (run->len == 0)
            *run = *next;
        else if (run->from_input && next->from_input && run->ptr + run->len == next->ptr)
            run->len += next->len;
        else
            return true;
        rewriter->queue_at++;
    }
    rewriter->queue_at = rewriter->queued = 0;
    return run->len > 0 && !run->from_input;
}

/* Nothing to decide about it? Only while nothing is pending, see `is_quiet`. */
static inline bool is_plain(const struct cnil_rewriter *rewriter, const struct cnil_html_token *token)
{
    return token->kind == CNIL_HTML_TEXT || token->kind == CNIL_HTML_END_TAG ||
           (token->kind == CNIL_HTML_START_TAG && token->tag != CNIL_TAG_STYLE && cnil_holder_has_no_rule(token) &&
            !cnil_embeds_mind(rewriter->embeds, token)) ||
           (token->kind == CNIL_HTML_COMMENT && (!token->first || !cnil_conditional_may_begin(token->raw)));
}

/* Lengthens what is about to leave by all that needs no look, if that comes right behind it. */
static void pass_plain(struct cnil_rewriter *rewriter)
{
    struct cnil_span *run = &rewriter->run;
    struct cnil_str passed;

    if (rewriter->taken < rewriter->before_chunk ||
        (run->len > 0 && run->ptr + run->len != rewriter->chunk.ptr + (rewriter->taken - rewriter->before_chunk)))
        return;
    passed = cnil_html_tokenizer_pass(rewriter->tokenizer, cnil_holder_filter(rewriter->holder));
    if (run->len == 0)
        run->ptr = passed.ptr;
    run->len += passed.len;
    rewriter->taken += passed.len;
}

/* Takes tokens as long as they only lengthen what is about to leave: the common case, without the queue. Leaves the
 * first other one in `token`. */
static enum cnil_status take_plain(struct cnil_rewriter *rewriter, bool *more)
{
    struct cnil_html_token *token = &rewriter->token;
    struct cnil_span *run = &rewriter->run;
    const char *end = rewriter->chunk.ptr + rewriter->chunk.len; /* what lies there is not of the chunk */
    bool is_quiet = rewriter->is_quiet && run->from_input;
    enum cnil_status status;

    for (;;) {
        if (is_quiet)
            pass_plain(rewriter);
        token->raw = CNIL_STR_EMPTY;
        status = cnil_html_tokenizer_next(rewriter->tokenizer, token, more);
        if (!is_quiet || !*more || status != CNIL_OK || run->ptr + run->len != token->raw.ptr ||
            token->raw.ptr == end || !is_plain(rewriter, token))
            return status;
        run->len += token->raw.len;
        rewriter->taken += token->raw.len;
    }
}

/* A call failed: the token at hand has not left, nor what waited for it. */
static void note_unsent(struct cnil_rewriter *rewriter, bool waited)
{
    struct cnil_str raw = rewriter->token.raw;
    bool is_input = raw.len == 0 || cnil_html_tokenizer_is_input(rewriter->tokenizer, raw);

    rewriter->queued = 0;
    rewriter->unsent_from = rewriter->taken;
    if (rewriter->run.len > 0) {
        rewriter->unsent_from = rewriter->before_chunk + (size_t)(rewriter->run.ptr - rewriter->chunk.ptr);
    } else if (rewriter->style_waits > 0) {
        rewriter->unsent_from -= rewriter->style_waits;
    } else if (waited && !rewriter->is_carried) {
        rewriter->unsent_from = rewriter->script_from;
    } else if (waited) {
        rewriter->unsent_from = rewriter->script_from + rewriter->waiting.len;
        if (!is_input && rewriter->unsent_from == rewriter->taken && carry(rewriter, raw) == CNIL_OK)
            rewriter->unsent_from += raw.len;
        rewriter->unsent = rewriter->waiting;
    } else if (!is_input) {
        rewriter->unsent = raw;
        rewriter->unsent_from += raw.len;
    }
}

/* What of earlier chunks is not taken, of what comes in pieces. */
static struct cnil_str waiting_of_pieces(const struct cnil_rewriter *rewriter)
{
    struct cnil_str carried = cnil_buffer_str(&rewriter->carry);

    if (rewriter->addresses != NULL)
        return cnil_addresses_waiting(rewriter->addresses);
    if (rewriter->options.content == CNIL_CONTENT_CSS)
        return cnil_style_waiting(rewriter->style);
    if (rewriter->worker == NULL || rewriter->is_head_here)
        return cnil_str_slice(carried, rewriter->taken, carried.len);
    return cnil_worker_script_waiting(rewriter->worker);
}

/* The same for what comes in pieces: a style sheet, addresses, a worker's script. */
static void note_unsent_pieces(struct cnil_rewriter *rewriter)
{
    struct cnil_str waiting = waiting_of_pieces(rewriter);
    size_t from = rewriter->taken;

    rewriter->queued = 0;
    if (rewriter->run.len > 0)
        from = rewriter->before_chunk + (size_t)(rewriter->run.ptr - rewriter->chunk.ptr);
    if (from < rewriter->before_chunk) {
        rewriter->unsent = cnil_str_slice(waiting, 0, rewriter->before_chunk - from);
        from += rewriter->unsent.len;
    }
    rewriter->unsent_from = from;
}

static enum cnil_status take_piece(struct cnil_rewriter *rewriter, bool *more)
{
    struct cnil_style_piece piece;
    enum cnil_status status = rewriter->addresses != NULL ? cnil_addresses_next(rewriter->addresses, &piece, more)
                              : rewriter->worker != NULL  ? cnil_worker_script_next(rewriter->worker, &piece, more)
                                                          : cnil_style_next(rewriter->style, &piece, more);
    uintptr_t chunk = (uintptr_t)rewriter->chunk.ptr, at;

    if (status != CNIL_OK || !*more)
        return status;
    at = (uintptr_t)piece.raw.ptr;
    status = piece.is_held ? push(rewriter, piece.put, false)
                           : push(rewriter, piece.raw, at >= chunk && at < chunk + rewriter->chunk.len);
    if (status == CNIL_OK)
        rewriter->taken += piece.raw.len;
    return status;
}

/* `take` takes one; `*more` false: there is none in this chunk. */
static enum cnil_status next_piece(struct cnil_rewriter *rewriter, struct cnil_span *span,
                                   enum cnil_status (*take)(struct cnil_rewriter *rewriter, bool *more))
{
    bool more = !rewriter->is_ended;

    while (!gather(rewriter) && more) {
        enum cnil_status status = take(rewriter, &more);

        if (status != CNIL_OK) {
            note_unsent_pieces(rewriter);
            return status;
        }
        rewriter->is_ended = !more;
    }
    *span = rewriter->run;
    rewriter->run = (struct cnil_span){ NULL, 0, true };
    return CNIL_OK;
}

/* ---- a worker's script ---- */

/* The guard, where it can stand: behind a byte order mark, and not so that a "use strict" ends. `head` is read next. */
static enum cnil_status begin_worker(struct cnil_rewriter *rewriter, struct cnil_str head, bool from_input,
                                     const struct cnil_prologue *prologue)
{
    static const struct cnil_str strict = CNIL_STR_INIT("'use strict';"), comment = CNIL_STR_INIT("//");
    size_t behind = prologue->mark + (prologue->is_hashbang ? comment.len : 0);
    enum cnil_status status = push(rewriter, cnil_str_slice(head, 0, prologue->mark), from_input);

    if (status == CNIL_OK && prologue->is_strict)
        status = push(rewriter, strict, false);
    if (status == CNIL_OK)
        status = push(rewriter, rewriter->options.guard, false);
    if (status == CNIL_OK && prologue->is_hashbang)
        status = push(rewriter, comment, false);
    if (status != CNIL_OK)
        return status;
    rewriter->worker = cnil_worker_script_new(rewriter->judge, prologue->is_hashbang);
    if (rewriter->worker == NULL)
        return CNIL_NO_MEMORY;
    cnil_worker_script_feed(rewriter->worker, cnil_str_slice(head, behind, head.len),
                            rewriter->is_last && rewriter->worker_rest.len == 0);
    rewriter->taken = behind;
    return CNIL_OK;
}

/* What the script begins with waits in `carry` until it can be told. */
static enum cnil_status take_head_of_script(struct cnil_rewriter *rewriter, bool *more)
{
    struct cnil_str chunk = rewriter->chunk, head;
    size_t room = CNIL_LIMIT_PROLOGUE - rewriter->carry.len;
    bool waited = rewriter->carry.len > 0;
    struct cnil_prologue prologue;
    enum cnil_status status = CNIL_OK;

    head = cnil_str_slice(chunk, 0, room);
    rewriter->worker_rest = cnil_str_slice(chunk, head.len, chunk.len);
    if (waited) {
        cnil_buffer_append(&rewriter->carry, head);
        status = cnil_buffer_status(&rewriter->carry);
        head = cnil_buffer_str(&rewriter->carry);
    }
    *more =
        status == CNIL_OK && cnil_prologue_read(head, head.len == CNIL_LIMIT_PROLOGUE || rewriter->is_last, &prologue);
    if (*more) {
        rewriter->is_head_here = waited;
        status = begin_worker(rewriter, head, !waited, &prologue);
        rewriter->head.is_done = status == CNIL_OK;
    } else if (status == CNIL_OK && !waited) {
        cnil_buffer_append(&rewriter->carry, head);
        status = cnil_buffer_status(&rewriter->carry);
    }
    return status;
}

static enum cnil_status take_script(struct cnil_rewriter *rewriter, bool *more)
{
    enum cnil_status status;

    if (!rewriter->head.is_done)
        return take_head_of_script(rewriter, more);
    if (rewriter->worker == NULL) { /* without the guard it leaves as it came */
        *more = false;
        status = push(rewriter, rewriter->chunk, true);
        rewriter->taken += status == CNIL_OK ? rewriter->chunk.len : 0;
        return status;
    }
    status = take_piece(rewriter, more);
    if (status == CNIL_OK && !*more && rewriter->worker_rest.len > 0) {
        cnil_worker_script_feed(rewriter->worker, rewriter->worker_rest, rewriter->is_last);
        rewriter->worker_rest = CNIL_STR_EMPTY;
        *more = true;
    }
    return status;
}

/* ---- a file of speculation rules ---- */

/* All of it waits; what is longer than a script may be is not read, and does not leave. */
static enum cnil_status take_rules(struct cnil_rewriter *rewriter)
{
    static const struct cnil_str element = CNIL_STR_INIT("speculation rules"), empty = CNIL_STR_INIT("{}");
    struct cnil_str rules = rewriter->chunk;
    bool is_whole = rewriter->is_last && rewriter->carry.len == 0, is_held = false;
    enum cnil_status status = CNIL_OK;

    if (rewriter->text == TEXT_DROPS)
        return CNIL_OK;
    if (rewriter->carry.len + rules.len > CNIL_LIMIT_TAG) {
        rewriter->text = TEXT_DROPS;
        cnil_judge_hold(rewriter->judge, element);
        return push(rewriter, empty, false);
    }
    if (!is_whole) {
        cnil_buffer_append(&rewriter->carry, rules);
        status = cnil_buffer_status(&rewriter->carry);
        rules = cnil_buffer_str(&rewriter->carry);
    }
    if (status != CNIL_OK || !rewriter->is_last)
        return status;
    status = cnil_judge_script(rewriter->judge, CNIL_SCRIPT_MAP, rules, element, &is_held);
    if (status == CNIL_OK)
        rewriter->head.is_done = true;
    return status == CNIL_OK ? push(rewriter, is_held ? empty : rules, !is_held && is_whole) : status;
}

static enum cnil_status next_of_rules(struct cnil_rewriter *rewriter, struct cnil_span *span)
{
    size_t waited = rewriter->carry.len;
    bool is_out = rewriter->head.is_done;
    enum cnil_status status = rewriter->is_ended ? CNIL_OK : take_rules(rewriter);

    if (status != CNIL_OK) { /* nothing of this chunk has left, nor what waited before it */
        rewriter->queued = rewriter->queue_at = 0;
        rewriter->unsent = is_out ? CNIL_STR_EMPTY : cnil_str_slice(cnil_buffer_str(&rewriter->carry), 0, waited);
        rewriter->unsent_from = rewriter->before_chunk;
        return status;
    }
    rewriter->is_ended = true;
    (void)gather(rewriter);
    *span = rewriter->run;
    rewriter->run = (struct cnil_span){ NULL, 0, true };
    return CNIL_OK;
}

enum cnil_status cnil_rewriter_next(struct cnil_rewriter *rewriter, struct cnil_span *span)
{
    bool more = !rewriter->is_ended; /* the tokenizer is not asked again before it is fed */

    if (rewriter->options.content == CNIL_CONTENT_CSS || rewriter->addresses != NULL)
        return next_piece(rewriter, span, take_piece);
    if (rewriter->options.content == CNIL_CONTENT_SCRIPT)
        return next_piece(rewriter, span, take_script);
    if (rewriter->options.content == CNIL_CONTENT_RULES)
        return next_of_rules(rewriter, span);
    while (!gather(rewriter) && more) {
        bool waits = rewriter->text == TEXT_WAITS || rewriter->text == TEXT_COMMENT;
        enum cnil_status status = rewriter->is_pending ? CNIL_OK : take_plain(rewriter, &more);

        rewriter->is_pending = false;
        rewriter->style_waits = rewriter->in_style ? cnil_style_waiting(rewriter->style).len : 0;
        if (status == CNIL_OK && more)
            status = handle(rewriter, &rewriter->token);
        else if (status == CNIL_OK && !rewriter->is_ended)
            status = end_chunk(rewriter);
        if (status != CNIL_OK) {
            note_unsent(rewriter, waits);
            return status;
        }
        if (more && cnil_embeds_wait(rewriter->embeds))
            rewriter->ends_in_body = ends_in_body(rewriter, &rewriter->token);
        rewriter->is_quiet = rewriter->text == TEXT_PASSES && rewriter->insertion.is_done && rewriter->head.is_done &&
                             rewriter->inside == 0 && !rewriter->in_style && !cnil_embeds_wait(rewriter->embeds);
        rewriter->is_ended = !more;
        rewriter->taken += rewriter->is_pending ? 0 : rewriter->token.raw.len;
    }
    *span = rewriter->run;
    rewriter->run = (struct cnil_span){ NULL, 0, true };
    return CNIL_OK;
}

bool cnil_rewriter_has_block(const struct cnil_rewriter *rewriter)
{
    return rewriter->has_block;
}

bool cnil_rewriter_unsent(const struct cnil_rewriter *rewriter, struct cnil_str *held, struct cnil_str *rest)
{
    bool is_whole = rewriter->unsent_from >= rewriter->before_chunk; /* else the tokenizer holds some of it */

    *held = rewriter->unsent;
    *rest = cnil_str_slice(rewriter->chunk, is_whole ? rewriter->unsent_from - rewriter->before_chunk : 0,
                           rewriter->chunk.len);
    return is_whole;
}
