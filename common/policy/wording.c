/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/wording.h"

#include "base/limits.h"
#include "policy/answer.h"

#include <stdio.h>

/* ---- which words ---- */

/* NULL: it has none in this language. */
static const struct cnil_translation *in_language(const struct cnil_wording *wording, enum cnil_language language)
{
    for (size_t i = 0; i < wording->count; i++)
        if (wording->list[i].language == language)
            return &wording->list[i];
    return NULL;
}

/* The policy's own words in the language; else ours; else the policy's in the language of the site, or the first. */
static struct cnil_str words_of(const struct cnil_policy *policy, const struct cnil_wording *wording,
                                enum cnil_language language)
{
    const struct cnil_translation *own = in_language(wording, language);

    if (own == NULL && wording->has_text)
        return cnil_policy_text(policy, wording->text, language);
    if (own == NULL)
        own = in_language(wording, policy->language);
    if (own == NULL && wording->count > 0)
        own = &wording->list[0];
    return own != NULL ? own->words : CNIL_STR_EMPTY;
}

struct cnil_str cnil_policy_title(const struct cnil_policy *policy, const struct cnil_purpose *purpose,
                                  enum cnil_language language)
{
    return words_of(policy, &purpose->title, language);
}

struct cnil_str cnil_policy_description(const struct cnil_policy *policy, const struct cnil_purpose *purpose,
                                        enum cnil_language language)
{
    return words_of(policy, &purpose->description, language);
}

static const struct cnil_own_text *own_text(const struct cnil_policy *policy, enum cnil_text text,
                                            enum cnil_language language)
{
    for (size_t i = 0; i < policy->text_count; i++)
        if (policy->texts[i].text == text && policy->texts[i].language == language)
            return &policy->texts[i];
    return NULL;
}

struct cnil_str cnil_policy_text(const struct cnil_policy *policy, enum cnil_text text, enum cnil_language language)
{
    const struct cnil_own_text *own = own_text(policy, text, language);

    return own != NULL ? own->words : cnil_text(text, language);
}

struct cnil_str cnil_policy_text_counted(const struct cnil_policy *policy, enum cnil_text text,
                                         enum cnil_language language, uint64_t number)
{
    const struct cnil_own_text *own = own_text(policy, text, language);

    return own != NULL ? cnil_text_form(own->words, language, number)
                       : cnil_text_form(cnil_text(text, language), cnil_text_language(text, language), number);
}

/* ---- purposes ---- */

static void add(struct cnil_wording *wording, enum cnil_language language, struct cnil_str words)
{
    wording->list[wording->count++] = (struct cnil_translation){ language, words };
}

/* The tags, and NULL. */
static void list_tags(const char *tags[CNIL_LANGUAGES + 1])
{
    for (size_t i = 0; i < CNIL_LANGUAGES; i++)
        tags[i] = cnil_language_tag((enum cnil_language)i).ptr;
    tags[CNIL_LANGUAGES] = NULL;
}

void cnil_wording_read(struct cnil_reader *reader, const struct cnil_node *parent, const char *key,
                       const struct cnil_policy *policy, struct cnil_wording *wording)
{
    const char *tags[CNIL_LANGUAGES + 1];
    struct cnil_node node, member;
    struct cnil_str words;
    void *iterator = NULL;

    if (!cnil_reader_member(parent, key, &node))
        return;
    if (!json_is_string(node.json) && !json_is_object(node.json)) {
        cnil_reader_mistake(reader, &node, "must be a string, or an object with a text a language: {\"fr\": ...}");
        return;
    }
    wording->count = 0;
    wording->list = cnil_reader_array_of(reader, json_is_string(node.json) ? 1 : json_object_size(node.json),
                                         sizeof(*wording->list));
    if (wording->list == NULL)
        return;
    if (json_is_string(node.json)) {
        if (cnil_reader_text(reader, &node, &words))
            add(wording, policy->language, words);
        return;
    }
    if (json_object_size(node.json) == 0)
        cnil_reader_mistake(reader, &node, "must hold a text a language: {\"fr\": ...}");
    list_tags(tags);
    cnil_reader_object(reader, &node, tags);
    while (cnil_reader_next(&node, &iterator, &member)) {
        enum cnil_language language;

        if (cnil_language_find(cnil_str_from(member.key), &language) && cnil_reader_text(reader, &member, &words))
            add(wording, language, words);
    }
}

/* ---- texts ---- */

static size_t count_of(struct cnil_str text, struct cnil_str needle)
{
    size_t count = 0, at;

    while ((at = cnil_str_find(text, needle)) < text.len) {
        count++;
        text = cnil_str_slice(text, at + needle.len, text.len);
    }
    return count;
}

/* Every gap of ours, as often: names and numbers belong to what a visitor must be told. */
static bool has_gaps(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str form,
                     struct cnil_str ours)
{
    while (ours.len > 0) {
        size_t from = cnil_str_find_byte(ours, '{'), to = cnil_str_find_byte(ours, '}');
        struct cnil_str gap = cnil_str_slice(ours, from, to + 1);

        if (gap.len == 0)
            return true;
        if (count_of(form, gap) != 1) {
            cnil_reader_mistake(reader, node, "must hold \"%.*s\" once: it is filled in there", (int)gap.len, gap.ptr);
            return false;
        }
        ours = cnil_str_slice(ours, to + 1, ours.len);
    }
    return true;
}

static bool has_no_braces(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str words,
                          struct cnil_str ours)
{
    if (cnil_str_find_byte(ours, '{') < ours.len || cnil_str_find_byte(words, '{') == words.len)
        return true;
    cnil_reader_mistake(reader, node, "must not hold \"{\": nothing is filled in here");
    return false;
}

/* As many forms as the language has, with the gaps of ours in each: Arabic has words for one and two of a thing. */
static bool is_like_ours(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str words,
                         enum cnil_text text, enum cnil_language language)
{
    struct cnil_str ours = cnil_text(text, language), rest = words, rest_of_ours = ours;
    bool is_counted = cnil_str_find_byte(ours, '|') < ours.len;
    size_t forms = is_counted ? cnil_language_forms(language) : 1;

    if (words.len > CNIL_LIMIT_TEXT) {
        cnil_reader_mistake(reader, node, "must have %d bytes at most", CNIL_LIMIT_TEXT);
        return false;
    }
    if (count_of(words, CNIL_STR("|")) + 1 != forms) {
        if (is_counted)
            cnil_reader_mistake(reader, node, "must have %zu forms with \"|\" between them, like ours: \"%.*s\"", forms,
                                (int)ours.len, ours.ptr);
        else
            cnil_reader_mistake(reader, node, "must not hold \"|\": nothing is counted here");
        return false;
    }
    for (size_t i = 0; i < forms; i++)
        if (!has_gaps(reader, node, cnil_str_cut(&rest, '|'), cnil_str_cut(&rest_of_ours, '|')))
            return false;
    return has_no_braces(reader, node, words, ours);
}

enum { FAULT_LIMIT = 1024 };

/* What accepts, refuses or withdraws does not say the opposite, in words that are known. */
static bool says_no_opposite(enum cnil_text text, struct cnil_str words, enum cnil_language language,
                             struct cnil_buffer *fault)
{
    if (text == CNIL_TEXT_ACCEPT || text == CNIL_TEXT_CONFIRM_ACCEPT)
        return cnil_answer_accepts(words, language, fault);
    if (text == CNIL_TEXT_REFUSE || text == CNIL_TEXT_CONFIRM_REFUSE)
        return cnil_answer_refuses(words, language, fault);
    if (text == CNIL_TEXT_WITHDRAW || text == CNIL_TEXT_CONFIRM_WITHDRAW)
        return cnil_answer_withdraws(words, fault);
    return true;
}

static void tell(struct cnil_reader *reader, const struct cnil_node *node, const char *prefix,
                 const struct cnil_buffer *fault)
{
    if (cnil_buffer_status(fault) != CNIL_OK)
        reader->no_memory = true;
    else
        cnil_reader_mistake(reader, node, "%s%.*s", prefix, (int)fault->len, fault->ptr);
}

static bool is_honest(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str words,
                      enum cnil_text text, enum cnil_language language)
{
    struct cnil_buffer fault;
    bool honest;

    cnil_buffer_init(&fault, FAULT_LIMIT);
    honest = says_no_opposite(text, words, language, &fault);
    if (!honest)
        tell(reader, node, "", &fault);
    cnil_buffer_free(&fault);
    return honest;
}

/* What accept and what refuse are worded together, and alike. */
static void check_answers(struct cnil_reader *reader, const struct cnil_node *node, const struct cnil_policy *policy,
                          enum cnil_language language)
{
    static const enum cnil_text pairs[][2] = { CNIL_WORDING_ANSWERS };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const struct cnil_own_text *first = own_text(policy, pairs[i][0], language);
        const struct cnil_own_text *second = own_text(policy, pairs[i][1], language);
        char names[2][CNIL_TEXT_NAME_SIZE], prefix[2 * CNIL_TEXT_NAME_SIZE + 16];
        struct cnil_node members[2];
        struct cnil_buffer fault;

        cnil_text_name(pairs[i][0], names[0]);
        cnil_text_name(pairs[i][1], names[1]);
        if (cnil_reader_member(node, names[0], &members[0]) != cnil_reader_member(node, names[1], &members[1]))
            cnil_reader_mistake(reader, node,
                                "\"%s\" and \"%s\" can only be worded together: both answers are as easy to give",
                                names[0], names[1]);
        if (first == NULL || second == NULL)
            continue;
        cnil_buffer_init(&fault, FAULT_LIMIT);
        snprintf(prefix, sizeof(prefix), "\"%s\" and \"%s\" ", names[0], names[1]);
        if (!cnil_answers_are_alike(first->words, second->words, &fault))
            tell(reader, node, prefix, &fault);
        cnil_buffer_free(&fault);
    }
}

static void read_texts_of(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_own_text *texts,
                          struct cnil_policy *policy)
{
    char names[CNIL_TEXTS][CNIL_TEXT_NAME_SIZE];
    const char *list[CNIL_TEXTS + 1] = { NULL };
    enum cnil_language language;

    for (int i = 0; i < CNIL_TEXTS; i++) {
        cnil_text_name((enum cnil_text)i, names[i]);
        list[i] = names[i];
    }
    if (!cnil_language_find(cnil_str_from(node->key), &language) || !cnil_reader_object(reader, node, list))
        return;
    for (int i = 0; i < CNIL_TEXTS; i++) {
        struct cnil_own_text own = { language, (enum cnil_text)i, CNIL_STR_EMPTY };
        struct cnil_node member;

        if (cnil_reader_member(node, names[i], &member) && cnil_reader_text(reader, &member, &own.words) &&
            is_like_ours(reader, &member, own.words, own.text, language) &&
            is_honest(reader, &member, own.words, own.text, language))
            texts[policy->text_count++] = own;
    }
    check_answers(reader, node, policy, language);
}

void cnil_wording_texts(struct cnil_reader *reader, const struct cnil_node *root, struct cnil_policy *policy)
{
    const char *tags[CNIL_LANGUAGES + 1];
    struct cnil_node texts, member;
    struct cnil_own_text *list;
    void *iterator = NULL;
    size_t room = 0;

    list_tags(tags);
    if (!cnil_reader_member(root, "texts", &texts) || !cnil_reader_object(reader, &texts, tags))
        return;
    while (cnil_reader_next(&texts, &iterator, &member))
        room += json_object_size(member.json);
    list = cnil_reader_array_of(reader, room, sizeof(*list));
    if (list == NULL)
        return;
    policy->texts = list;
    for (iterator = NULL; cnil_reader_next(&texts, &iterator, &member);)
        read_texts_of(reader, &member, list, policy);
}
