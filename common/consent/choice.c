/* SPDX-License-Identifier: Apache-2.0 */
#include "consent/choice.h"

#include "base/limits.h"
#include "consent/key.h"
#include "web/cookie.h"
#include "web/form.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/crypto.h>

enum { MAC_LEN = 16, MINUTES_AHEAD = 24 * 60, MINUTES_A_DAY = 24 * 60, SERVICES_LEN = 640, TIME_DIGITS = 12 };

static cnil_purposes all_purposes(const struct cnil_policy *policy)
{
    return ((cnil_purposes)1 << policy->purpose_count) - 1;
}

/* ---- services by themselves ---- */

/* Consent to it is asked for, and `granted` does not hold all of its purposes. */
static bool is_grantable(const struct cnil_service *service, cnil_purposes granted)
{
    return cnil_service_asks(service) && (service->purposes & ~granted) != 0;
}

static bool is_in_list(struct cnil_str id, struct cnil_str list)
{
    while (list.len > 0)
        if (cnil_str_equal(cnil_str_cut(&list, '.'), id))
            return true;
    return false;
}

/* `ids` with "." between them, in any order. One that nobody knows (the catalogue changes) or that `granted` covers
 * grants nothing. False: more than fit. */
static bool set_services(struct cnil_choice *choice, struct cnil_str ids, const struct cnil_policy *policy,
                         cnil_purposes granted)
{
    if (ids.len > SERVICES_LEN)
        return false;
    for (size_t i = 0; ids.len > 0 && i < policy->service_count; i++) {
        if (!is_in_list(policy->services[i].id, ids) || !is_grantable(&policy->services[i], granted))
            continue;
        if (choice->service_count == CNIL_LIMIT_CHOICE_SERVICES)
            return false;
        choice->services[choice->service_count++] = &policy->services[i];
    }
    return true;
}

static bool is_service_byte(char c)
{
    return (c >= 'a' && c <= 'z') || cnil_is_digit(c) || c == '-' || c == '.';
}

static bool are_service_ids(struct cnil_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_service_byte(text.ptr[i]))
            return false;
    return text.len <= SERVICES_LEN;
}

void cnil_choice_append_services(const struct cnil_choice *choice, struct cnil_buffer *out)
{
    for (size_t i = 0; i < choice->service_count; i++) {
        cnil_buffer_append(out, i > 0 ? CNIL_STR(".") : CNIL_STR_EMPTY);
        cnil_buffer_append(out, choice->services[i]->id);
    }
}

bool cnil_choice_set(struct cnil_choice *choice, const struct cnil_policy *policy, cnil_purposes granted,
                     struct cnil_str services, int64_t minutes)
{
    *choice = (struct cnil_choice){ .granted = granted, .minutes = minutes };
    if (!set_services(choice, services, policy, granted)) {
        *choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
        return false;
    }
    choice->state = granted != 0 || choice->service_count > 0 ? CNIL_CHOICE_GRANTED : CNIL_CHOICE_REFUSED;
    return true;
}

/* ---- the value of the cookie ---- */

/* All of it up to the MAC. `services`: ids as they stand in the cookie. */
static void append_unsigned(const struct cnil_choice *choice, const struct cnil_policy *policy,
                            struct cnil_str services, unsigned key_id, struct cnil_buffer *out)
{
    cnil_buffer_append(out, CNIL_STR("v=1"));
    if (choice->source != CNIL_SOURCE_DEVICE)
        cnil_buffer_print(out, "&a=%d", choice->source == CNIL_SOURCE_HERE ? 2 : choice->is_news ? 3 : 1);
    if (choice->state != CNIL_CHOICE_NONE)
        cnil_buffer_print(out, "&t=%" PRId64 "&h=%08" PRIx32, choice->minutes, policy->consent_hash);
    for (size_t i = 0; choice->state != CNIL_CHOICE_NONE && i < policy->purpose_count; i++)
        cnil_buffer_print(out, "&%.*s=%d", (int)policy->purposes[i].id.len, policy->purposes[i].id.ptr,
                          (int)(choice->granted >> i & 1));
    if (services.len > 0) {
        cnil_buffer_append(out, CNIL_STR("&y="));
        cnil_buffer_append(out, services);
    }
    if (choice->opposes && choice->opposed > 0)
        cnil_buffer_print(out, "&o=%" PRId64, choice->opposed);
    cnil_buffer_print(out, "&k=%u", key_id);
}

/* The MAC of `text`, cut to 128 bits. The prefix keeps it apart from other uses of the key. */
static bool mac_of(struct cnil_str text, const struct cnil_key *key, unsigned char mac[CNIL_KEY_MAC])
{
    struct cnil_buffer message;
    bool done;

    cnil_buffer_init(&message, sizeof(CNIL_CHOICE_COOKIE) + text.len);
    cnil_buffer_append(&message, CNIL_STR(CNIL_CHOICE_COOKIE ":"));
    cnil_buffer_append(&message, text);
    done = cnil_key_mac(key, &message, mac);
    cnil_buffer_free(&message);
    return done;
}

static void write_signed(const struct cnil_choice *choice, const struct cnil_policy *policy, struct cnil_str services,
                         const struct cnil_key *key, struct cnil_buffer *out)
{
    size_t start = out->len;
    unsigned char mac[CNIL_KEY_MAC];

    append_unsigned(choice, policy, services, key->id, out);
    if (cnil_buffer_status(out) != CNIL_OK)
        return;
    if (!mac_of(cnil_str_slice(cnil_buffer_str(out), start, out->len), key, mac)) {
        out->status = CNIL_NO_MEMORY;
        return;
    }
    cnil_buffer_append(out, CNIL_STR("&m="));
    cnil_base64url((struct cnil_str){ (const char *)mac, MAC_LEN }, out);
}

void cnil_choice_write(const struct cnil_choice *choice, const struct cnil_policy *policy, const struct cnil_key *key,
                       struct cnil_buffer *out)
{
    struct cnil_buffer services;

    cnil_buffer_init(&services, SERVICES_LEN);
    cnil_choice_append_services(choice, &services);
    if (cnil_buffer_status(&services) == CNIL_OK)
        write_signed(choice, policy, cnil_buffer_str(&services), key, out);
    else
        out->status = cnil_buffer_status(&services);
    cnil_buffer_free(&services);
}

/* ---- reading ---- */

/* The value of the field `name` in "a=1&b=2"; empty when there is none. */
static struct cnil_str field_of(struct cnil_str value, struct cnil_str name)
{
    while (value.len > 0) {
        struct cnil_str field = cnil_str_cut(&value, '&');

        if (cnil_str_equal(cnil_str_cut(&field, '='), name))
            return field;
    }
    return CNIL_STR_EMPTY;
}

/* Does the value's own MAC hold? Whatever stands before it then is ours. Without a key nobody knows. */
static bool is_authentic(struct cnil_str value, const struct cnil_key *key)
{
    struct cnil_str name = CNIL_STR("&m="), text = cnil_str_slice(value, 0, cnil_str_find(value, name));
    unsigned char mac[CNIL_KEY_MAC];
    struct cnil_buffer ours;
    bool equal;

    if (key == NULL)
        return true;
    if (text.len == value.len || !mac_of(text, key, mac))
        return false;
    value = cnil_str_slice(value, text.len + name.len, value.len);
    cnil_buffer_init(&ours, 2 * MAC_LEN);
    cnil_base64url((struct cnil_str){ (const char *)mac, MAC_LEN }, &ours);
    equal = cnil_buffer_status(&ours) == CNIL_OK && ours.len == value.len &&
            CRYPTO_memcmp(ours.ptr, value.ptr, value.len) == 0;
    cnil_buffer_free(&ours);
    return equal;
}

static bool is_of_age(int64_t minutes, int64_t now, unsigned days)
{
    int64_t age = now / 60 - minutes;

    return age >= -MINUTES_AHEAD && age <= (int64_t)days * MINUTES_A_DAY;
}

/* What stands in the cookie by itself, whatever the choice beside it is worth: what is opposed, whose choice it is, and
 * whether the visitor has yet to be told of it. */
static void read_marks(struct cnil_str value, const struct cnil_key *key, int64_t now, struct cnil_choice *choice)
{
    struct cnil_str source = field_of(value, CNIL_STR("a")), opposed = field_of(value, CNIL_STR("o"));
    int64_t minutes = 0;

    if ((source.len == 0 && opposed.len == 0) ||
        (!is_authentic(value, key) && (key->previous == NULL || !is_authentic(value, key->previous))))
        return;
    choice->is_news = cnil_str_equal(source, CNIL_STR("3"));
    choice->source = cnil_str_equal(source, CNIL_STR("1"))   ? CNIL_SOURCE_SITE
                     : choice->is_news                       ? CNIL_SOURCE_SITE
                     : cnil_str_equal(source, CNIL_STR("2")) ? CNIL_SOURCE_HERE
                                                             : CNIL_SOURCE_DEVICE;
    if (cnil_str_decimal(opposed, TIME_DIGITS, &minutes) && minutes > 0 &&
        is_of_age(minutes, now, CNIL_OPPOSITION_DAYS)) {
        choice->opposes = true;
        choice->opposed = minutes;
    }
}

bool cnil_choice_is_current(const struct cnil_choice *choice, const struct cnil_policy *policy, int64_t now)
{
    return is_of_age(choice->minutes, now, policy->consent_days);
}

/* Is `value` byte for byte what we would have written for `read` and these services? That refuses every other spelling,
 * doubled or missing fields and, with a key, a wrong MAC, all in one comparison. */
static bool is_ours(struct cnil_str value, const struct cnil_choice *read, const struct cnil_policy *policy,
                    struct cnil_str services, const struct cnil_key *key)
{
    struct cnil_buffer ours;
    struct cnil_str text;
    bool equal;

    cnil_buffer_init(&ours, CNIL_LIMIT_CHOICE_COOKIE);
    if (key != NULL) {
        write_signed(read, policy, services, key, &ours);
    } else { /* without the key neither its id nor the MAC is known */
        append_unsigned(read, policy, services, 0, &ours);
        if (ours.len > 0)
            ours.len--; /* the id that stands for the unknown one */
        value.len = value.len < ours.len ? value.len : ours.len;
    }
    text = cnil_buffer_str(&ours);
    equal = cnil_buffer_status(&ours) == CNIL_OK && text.len == value.len &&
            CRYPTO_memcmp(text.ptr, value.ptr, text.len) == 0;
    cnil_buffer_free(&ours);
    return equal;
}

void cnil_choice_read(struct cnil_str value, const struct cnil_policy *policy, const struct cnil_key *key, int64_t now,
                      struct cnil_choice *choice)
{
    struct cnil_choice read;
    struct cnil_str services = field_of(value, CNIL_STR("y"));
    cnil_purposes granted = 0;
    int64_t minutes;

    *choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
    if (value.len > CNIL_LIMIT_CHOICE_COOKIE)
        return;
    read_marks(value, key, now, choice);
    if (!are_service_ids(services) || !cnil_str_decimal(field_of(value, CNIL_STR("t")), TIME_DIGITS, &minutes) ||
        !is_of_age(minutes, now, policy->consent_days))
        return;
    for (size_t i = 0; i < policy->purpose_count; i++)
        if (cnil_str_equal(field_of(value, policy->purposes[i].id), CNIL_STR("1")))
            granted |= (cnil_purposes)1 << i;
    if (!cnil_choice_set(&read, policy, granted, services, minutes))
        return;
    read.opposes = choice->opposes;
    read.opposed = choice->opposed;
    read.source = choice->source;
    read.is_news = choice->is_news;
    if (is_ours(value, &read, policy, services, key) ||
        (key != NULL && key->previous != NULL && is_ours(value, &read, policy, services, key->previous)))
        *choice = read;
}

/* The opposition that a signal means comes with it, whatever is chosen. */
bool cnil_choice_widens(const struct cnil_choice *before, const struct cnil_choice *after)
{
    if (before->opposed > 0 && !after->opposes)
        return true;
    if (after->state != CNIL_CHOICE_GRANTED)
        return false;
    for (size_t i = 0; i < after->service_count; i++)
        if (!cnil_choice_grants(before, after->services[i]))
            return true;
    return before->state != CNIL_CHOICE_GRANTED || (after->granted & ~before->granted) != 0;
}

void cnil_choice_narrow(struct cnil_choice *choice, const struct cnil_choice *other)
{
    struct cnil_choice both = *choice;

    both.granted &= other->granted;
    both.service_count = 0;
    for (size_t i = 0; i < choice->service_count; i++)
        if (cnil_choice_grants(other, choice->services[i]))
            both.services[both.service_count++] = choice->services[i];
    for (size_t i = 0; i < other->service_count; i++)
        if ((other->services[i]->purposes & ~choice->granted) == 0 && both.service_count < CNIL_LIMIT_CHOICE_SERVICES)
            both.services[both.service_count++] = other->services[i];
    both.state = both.granted != 0 || both.service_count > 0 ? CNIL_CHOICE_GRANTED : CNIL_CHOICE_REFUSED;
    *choice = both;
}

void cnil_choice_from_headers(struct cnil_headers headers, const struct cnil_policy *policy, const struct cnil_key *key,
                              int64_t now, struct cnil_choice *choice)
{
    struct cnil_cookies cookies = cnil_cookies_of(headers);
    struct cnil_cookie_pair pair;
    struct cnil_choice read;
    int64_t opposed = 0;

    *choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
    while (cnil_cookies_next_named(&cookies, CNIL_STR(CNIL_CHOICE_COOKIE), &pair)) {
        cnil_choice_read(pair.value, policy, key, now, &read);
        if (read.source != CNIL_SOURCE_DEVICE) /* an account's, copied */
            continue;
        opposed = read.opposed > opposed ? read.opposed : opposed;
        if (read.state == CNIL_CHOICE_NONE)
            continue;
        if (choice->state == CNIL_CHOICE_NONE || read.minutes > choice->minutes)
            *choice = read;
        else if (read.minutes == choice->minutes) /* which of them came first, nobody knows */
            cnil_choice_narrow(choice, &read);
    }
    choice->opposes = opposed > 0;
    choice->opposed = opposed;
}

static bool says_one(struct cnil_headers headers, struct cnil_str name)
{
    return cnil_str_equal(cnil_str_trim(cnil_headers_value(headers, name)), CNIL_STR("1"));
}

void cnil_choice_from_signals(struct cnil_headers headers, const struct cnil_policy *policy, struct cnil_choice *choice)
{
    if (!(policy->honours_gpc && says_one(headers, CNIL_STR("Sec-GPC"))) &&
        !(policy->honours_dnt && says_one(headers, CNIL_STR("DNT"))))
        return;
    choice->opposes |= policy->signals_oppose;
    if (choice->state == CNIL_CHOICE_NONE) {
        choice->state = CNIL_CHOICE_REFUSED;
        choice->is_signal = true;
    }
}

cnil_purposes cnil_choice_granted(const struct cnil_choice *choice)
{
    cnil_purposes granted = choice->state == CNIL_CHOICE_GRANTED ? choice->granted : 0;

    return choice->opposes ? granted : granted | CNIL_MEASUREMENT;
}

bool cnil_choice_names(const struct cnil_choice *choice, const struct cnil_service *service)
{
    for (size_t i = 0; i < choice->service_count; i++)
        if (choice->services[i] == service)
            return true;
    return false;
}

bool cnil_choice_grants(const struct cnil_choice *choice, const struct cnil_service *service)
{
    if (choice->once == service)
        return true;
    return (service->purposes != 0 && (service->purposes & ~cnil_choice_granted(choice)) == 0) ||
           (choice->state == CNIL_CHOICE_GRANTED && cnil_choice_names(choice, service));
}

bool cnil_choice_allows(const struct cnil_choice *choice, const struct cnil_verdict *verdict)
{
    switch (verdict->action) {
    case CNIL_ACTION_PASS:
    case CNIL_ACTION_REPORT:
        return true;
    case CNIL_ACTION_CONSENT:
        if (verdict->service != NULL && !verdict->is_joint && verdict->service == choice->once)
            return true;
        return (verdict->purposes != 0 && (verdict->purposes & ~cnil_choice_granted(choice)) == 0) ||
               (choice->state == CNIL_CHOICE_GRANTED && verdict->service != NULL && !verdict->is_joint &&
                cnil_choice_names(choice, verdict->service));
    case CNIL_ACTION_BLOCK:
        return false;
    }
    return false;
}

/* ---- words ---- */

static const struct cnil_str service_word = CNIL_STR_INIT("service."), oppose_word = CNIL_STR_INIT("oppose");

void cnil_choice_word(const struct cnil_choice *choice, const struct cnil_policy *policy, struct cnil_buffer *out)
{
    const char *separator = "";

    if (choice->state == CNIL_CHOICE_NONE) {
        cnil_buffer_append(out, CNIL_STR("none"));
    } else if (choice->state == CNIL_CHOICE_REFUSED) {
        cnil_buffer_append(out, CNIL_STR("refused"));
    } else if (choice->granted == all_purposes(policy)) {
        cnil_buffer_append(out, CNIL_STR("accepted"));
    } else {
        for (size_t i = 0; i < policy->purpose_count; i++) {
            if ((choice->granted >> i & 1) == 0)
                continue;
            cnil_buffer_append(out, cnil_str_from(separator));
            cnil_buffer_append(out, policy->purposes[i].id);
            separator = "+";
        }
        for (size_t i = 0; i < choice->service_count; i++) {
            cnil_buffer_append(out, cnil_str_from(separator));
            cnil_buffer_append(out, service_word);
            cnil_buffer_append(out, choice->services[i]->id);
            separator = "+";
        }
    }
    if (policy->measures && choice->opposes)
        cnil_buffer_append(out, CNIL_STR("+opposed.measurement"));
}

static bool add_purpose(struct cnil_str id, const struct cnil_policy *policy, cnil_purposes *granted)
{
    for (size_t i = 0; i < policy->purpose_count; i++) {
        if (!cnil_str_equal(policy->purposes[i].id, id))
            continue;
        *granted |= (cnil_purposes)1 << i;
        return true;
    }
    return false;
}

/* Purposes, and services' ids with "." between them. */
static bool read_word(struct cnil_str word, const struct cnil_policy *policy, cnil_purposes *granted,
                      struct cnil_buffer *services)
{
    do {
        struct cnil_str id = cnil_str_trim(cnil_str_cut(&word, ','));
        const struct cnil_service *service;

        if (cnil_str_starts_with(id, service_word)) {
            id = cnil_str_slice(id, service_word.len, id.len);
            service = cnil_policy_service(policy, id);
            if (service == NULL || !cnil_service_asks(service))
                return false;
            cnil_buffer_append(services, services->len > 0 ? CNIL_STR(".") : CNIL_STR_EMPTY);
            cnil_buffer_append(services, id);
        } else if (!add_purpose(id, policy, granted)) {
            return false;
        }
    } while (word.ptr != NULL);
    return cnil_buffer_status(services) == CNIL_OK;
}

/* "oppose", or the same behind another word and a ",": takes it off. */
static bool cut_opposition(struct cnil_str *word)
{
    size_t at = word->len - oppose_word.len;

    if (!cnil_str_ends_with(*word, oppose_word) || (at > 0 && word->ptr[at - 1] != ','))
        return false;
    *word = at > 0 ? cnil_str_slice(*word, 0, at - 1) : CNIL_STR("none");
    return true;
}

bool cnil_choice_from_word(struct cnil_str word, const struct cnil_policy *policy, int64_t now,
                           struct cnil_choice *choice)
{
    bool opposes = cut_opposition(&word), good = true;
    cnil_purposes granted = 0;
    struct cnil_buffer services;

    *choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
    cnil_buffer_init(&services, SERVICES_LEN);
    if (cnil_str_equal(word, CNIL_STR("accept")))
        granted = all_purposes(policy);
    else if (!cnil_str_equal(word, CNIL_STR("none")) && !cnil_str_equal(word, CNIL_STR("refuse")) &&
             !cnil_str_equal(word, CNIL_STR("withdraw")))
        good = read_word(word, policy, &granted, &services);
    if (!cnil_str_equal(word, CNIL_STR("none")))
        good = good && cnil_choice_set(choice, policy, granted, cnil_buffer_str(&services), now / 60);
    cnil_buffer_free(&services);
    choice->opposes = good && opposes;
    choice->opposed = choice->opposes ? now / 60 : 0;
    return good;
}
