/* SPDX-License-Identifier: Apache-2.0 */
#include "page/embeds.h"

#include "base/limits.h"
#include "policy/container.h"
#include "web/html_entity.h"

#include <stdlib.h>

enum { HTML_LIMIT = CNIL_LIMIT_CARDS * 32 * 1024 };

struct cnil_embeds {
    struct cnil_judge *judge;
    const struct cnil_card_place *cards;
    bool is_open;
    const struct cnil_service *shown[CNIL_LIMIT_CARDS]; /* have a card, or a place that is marked */
    size_t shown_count;
    struct cnil_judge_held waiting[CNIL_LIMIT_CARDS]; /* for the end of the page; of the URLs, nothing */
    size_t waiting_count;
    struct cnil_buffer html; /* what stands before a tag */
    struct cnil_buffer last; /* … at the end: both may leave at one time */
};

struct cnil_embeds *cnil_embeds_new(struct cnil_judge *judge, const struct cnil_card_place *cards)
{
    struct cnil_embeds *embeds = calloc(1, sizeof(*embeds));

    if (embeds == NULL)
        return NULL;
    embeds->judge = judge;
    embeds->cards = cards;
    cnil_buffer_init(&embeds->html, HTML_LIMIT);
    cnil_buffer_init(&embeds->last, HTML_LIMIT);
    return embeds;
}

void cnil_embeds_free(struct cnil_embeds *embeds)
{
    if (embeds == NULL)
        return;
    cnil_buffer_free(&embeds->html);
    cnil_buffer_free(&embeds->last);
    free(embeds);
}

void cnil_embeds_open(struct cnil_embeds *embeds)
{
    embeds->is_open = true;
}

bool cnil_embeds_mind_class(const struct cnil_embeds *embeds, struct cnil_str classes)
{
    return embeds->is_open && cnil_container_find(embeds->cards->policy, classes) != NULL;
}

static struct cnil_str value_of(const struct cnil_html_token *token, cnil_html_name name)
{
    struct cnil_html_attributes attributes;
    struct cnil_html_attribute attribute;

    cnil_html_attributes_begin(&attributes, token);
    while (cnil_html_attributes_next(&attributes, &attribute))
        if (attribute.id == name)
            return attribute.value;
    return CNIL_STR_EMPTY;
}

/* The service that would fill this element; NULL: none. Scripts and style sheets are filled by nobody. */
static const struct cnil_service *service_of(const struct cnil_embeds *embeds, const struct cnil_html_token *token)
{
    if (!embeds->is_open || (token->initials & cnil_html_initial('c')) == 0 || token->tag == CNIL_TAG_SCRIPT ||
        token->tag == CNIL_TAG_STYLE)
        return NULL;
    return cnil_container_find(embeds->cards->policy, value_of(token, CNIL_ATTR_CLASS));
}

bool cnil_embeds_mind(const struct cnil_embeds *embeds, const struct cnil_html_token *token)
{
    return embeds != NULL && service_of(embeds, token) != NULL;
}

bool cnil_embeds_wait(const struct cnil_embeds *embeds)
{
    return embeds != NULL && embeds->waiting_count > 0;
}

static bool is_shown(const struct cnil_embeds *embeds, const struct cnil_service *service)
{
    for (size_t i = 0; i < embeds->shown_count; i++)
        if (embeds->shown[i] == service)
            return true;
    return false;
}

/* False: it was, or there is no room for another. */
static bool show(struct cnil_embeds *embeds, const struct cnil_service *service)
{
    if (service == NULL || embeds->shown_count == CNIL_LIMIT_CARDS || is_shown(embeds, service))
        return false;
    embeds->shown[embeds->shown_count++] = service;
    return true;
}

/* What stays for the end: the service alone, whatever becomes of the URL. */
static void wait_for_end(struct cnil_embeds *embeds, const struct cnil_judge_held *held)
{
    for (size_t i = 0; i < embeds->waiting_count; i++)
        if (embeds->waiting[i].service == held->service)
            return;
    if (embeds->waiting_count < CNIL_LIMIT_CARDS && !is_shown(embeds, held->service))
        embeds->waiting[embeds->waiting_count++] = (struct cnil_judge_held){ .label = held->service->id,
                                                                             .service = held->service,
                                                                             .purposes = held->purposes };
}

/* `id`: of what it stands before; `is_container`: if that has none, its place is marked once it is let in. */
static enum cnil_status write_card(struct cnil_embeds *embeds, const struct cnil_judge_held *held, bool is_container,
                                   bool is_content, struct cnil_str id, struct cnil_buffer *out)
{
    struct cnil_buffer anchor;
    enum cnil_status status;

    cnil_buffer_init(&anchor, CNIL_LIMIT_TAG);
    if (id.len > 0)
        cnil_html_decode(id, true, &anchor);
    else if (is_container)
        cnil_buffer_print(&anchor, CNIL_CARD_PLACE "%s", held->service->id.ptr);
    status = cnil_buffer_status(&anchor);
    if (status == CNIL_OK) {
        cnil_card_write_frame(embeds->cards, held, is_content, cnil_buffer_str(&anchor), out);
        status = cnil_buffer_status(out);
    }
    cnil_buffer_free(&anchor);
    return status;
}

/* Where the visitor's click on "once" leads back to, if the container itself has no id. */
static void write_place(struct cnil_embeds *embeds, const struct cnil_service *service)
{
    cnil_buffer_print(&embeds->html, "<span id=\"" CNIL_CARD_PLACE "%s\"></span>", service->id.ptr);
}

static enum cnil_status at_container(struct cnil_embeds *embeds, const struct cnil_service *service, struct cnil_str id)
{
    bool is_held;
    enum cnil_status status;

    if (is_shown(embeds, service))
        return CNIL_OK;
    status = cnil_judge_service(embeds->judge, service, &is_held);
    if (status != CNIL_OK)
        return status;
    if (is_held)
        return cnil_card_is_due(embeds->cards, cnil_judge_held(embeds->judge)) && show(embeds, service)
                   ? write_card(embeds, cnil_judge_held(embeds->judge), true, false, id, &embeds->html)
                   : CNIL_OK;
    if (cnil_judge_once(embeds->judge) == service && id.len == 0 && show(embeds, service))
        write_place(embeds, service);
    return cnil_buffer_status(&embeds->html);
}

static enum cnil_status at_held(struct cnil_embeds *embeds, const struct cnil_html_token *token,
                                const struct cnil_judge_held *held, struct cnil_str id)
{
    const struct cnil_service *service = held->service;
    bool is_script = token->tag == CNIL_TAG_SCRIPT;

    if (service == NULL || !cnil_card_is_due(embeds->cards, held) ||
        (is_script && service->card == CNIL_SERVICE_CARD_NONE))
        return CNIL_OK;
    if (embeds->is_open && token->raw.len > 0 && (!is_script || service->card == CNIL_SERVICE_CARD_SCRIPT))
        return show(embeds, service) ? write_card(embeds, held, false, !is_script, id, &embeds->html) : CNIL_OK;
    if (is_script)
        wait_for_end(embeds, held);
    return CNIL_OK;
}

/* A card that is there already, of a first pass: its service has one. */
static void note_card(struct cnil_embeds *embeds, const struct cnil_html_token *token)
{
    (void)show(embeds, cnil_policy_service(embeds->cards->policy, value_of(token, CNIL_ATTR_DATA_HELD)));
}

enum cnil_status cnil_embeds_at_tag(struct cnil_embeds *embeds, const struct cnil_html_token *token,
                                    const struct cnil_judge_held *held, struct cnil_str *html)
{
    const struct cnil_service *service;
    enum cnil_status status = CNIL_OK;
    struct cnil_str id = CNIL_STR_EMPTY;

    *html = CNIL_STR_EMPTY;
    if (!token->first || !token->last || token->inert || token->noscript || token->two_readings || token->is_xml ||
        token->ns != CNIL_HTML_NS_HTML)
        return CNIL_OK;
    cnil_buffer_clear(&embeds->html);
    if (token->tag == CNIL_TAG_IFRAME) {
        note_card(embeds, token);
        return CNIL_OK;
    }
    service = held != NULL ? NULL : service_of(embeds, token);
    if ((service == NULL && held == NULL) || (token->raw.len > 0 && !cnil_card_fits(token, &id)))
        return CNIL_OK;
    status = held != NULL ? at_held(embeds, token, held, id) : at_container(embeds, service, id);
    *html = cnil_buffer_str(&embeds->html);
    return status;
}

enum cnil_status cnil_embeds_at_end(struct cnil_embeds *embeds, struct cnil_str *html)
{
    enum cnil_status status = CNIL_OK;

    cnil_buffer_clear(&embeds->last);
    for (size_t i = 0; i < embeds->waiting_count && status == CNIL_OK; i++)
        if (show(embeds, embeds->waiting[i].service))
            status = write_card(embeds, &embeds->waiting[i], false, false, CNIL_STR_EMPTY, &embeds->last);
    embeds->waiting_count = 0;
    *html = cnil_buffer_str(&embeds->last);
    return status;
}
