/* SPDX-License-Identifier: Apache-2.0 */
#include "consent/choice.h"

#include "base/limits.h"
#include "web/cookie.h"
#include "web/form.h"

#include <inttypes.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { MAC_LEN = 16, MINUTES_AHEAD = 24 * 60, MINUTES_A_DAY = 24 * 60 };

static cnil_purposes all_purposes(const struct cnil_policy *policy)
{
    return policy->purpose_count >= CNIL_LIMIT_PURPOSES ? ~(cnil_purposes)0
                                                        : ((cnil_purposes)1 << policy->purpose_count) - 1;
}

static void set_granted(struct cnil_choice *choice, cnil_purposes granted, int64_t minutes)
{
    choice->granted = granted;
    choice->minutes = minutes;
    choice->state = granted != 0 ? CNIL_CHOICE_GRANTED : CNIL_CHOICE_REFUSED;
}

/* ---- the value of the cookie ---- */

/* All of it up to the MAC. */
static void append_unsigned(const struct cnil_choice *choice, const struct cnil_policy *policy, unsigned key_id,
                            struct cnil_buffer *out)
{
    cnil_buffer_print(out, "v=1&t=%" PRId64 "&h=%08" PRIx32, choice->minutes, policy->consent_hash);
    for (size_t i = 0; i < policy->purpose_count; i++)
        cnil_buffer_print(out, "&%.*s=%d", (int)policy->purposes[i].id.len, policy->purposes[i].id.ptr,
                          (int)(choice->granted >> i & 1));
    cnil_buffer_print(out, "&k=%u", key_id);
}

/* The MAC of `text`, HMAC-SHA256 cut to 128 bits. The prefix keeps it apart from other uses of the key. */
static bool mac_of(struct cnil_str text, const struct cnil_key *key, unsigned char mac[EVP_MAX_MD_SIZE])
{
    struct cnil_buffer message;
    unsigned len;
    bool done;

    cnil_buffer_init(&message, sizeof(CNIL_CHOICE_COOKIE) + text.len);
    cnil_buffer_append(&message, CNIL_STR(CNIL_CHOICE_COOKIE ":"));
    cnil_buffer_append(&message, text);
    done = cnil_buffer_status(&message) == CNIL_OK &&
           HMAC(EVP_sha256(), key->bytes, sizeof(key->bytes), (const unsigned char *)message.ptr, message.len, mac,
                &len) != NULL;
    cnil_buffer_free(&message);
    return done;
}

void cnil_choice_write(const struct cnil_choice *choice, const struct cnil_policy *policy, const struct cnil_key *key,
                       struct cnil_buffer *out)
{
    size_t start = out->len;
    unsigned char mac[EVP_MAX_MD_SIZE];

    append_unsigned(choice, policy, key->id, out);
    if (cnil_buffer_status(out) != CNIL_OK)
        return;
    if (!mac_of(cnil_str_slice(cnil_buffer_str(out), start, out->len), key, mac)) {
        out->status = CNIL_NO_MEMORY;
        return;
    }
    cnil_buffer_append(out, CNIL_STR("&m="));
    cnil_base64url((struct cnil_str){ (const char *)mac, MAC_LEN }, out);
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

static bool read_minutes(struct cnil_str text, int64_t *minutes)
{
    *minutes = 0;
    if (text.len == 0 || text.len > 12) /* more than any time, less than would overflow */
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!cnil_is_digit(text.ptr[i]))
            return false;
        *minutes = *minutes * 10 + (text.ptr[i] - '0');
    }
    return true;
}

/* Is `value` byte for byte what we would have written for `read`? That refuses every other spelling, doubled or missing
 * fields and, with a key, a wrong MAC, all in one comparison. */
static bool is_ours(struct cnil_str value, const struct cnil_choice *read, const struct cnil_policy *policy,
                    const struct cnil_key *key)
{
    struct cnil_buffer ours;
    struct cnil_str text;
    bool equal;

    cnil_buffer_init(&ours, CNIL_LIMIT_CHOICE_COOKIE);
    if (key != NULL) {
        cnil_choice_write(read, policy, key, &ours);
    } else { /* without the key neither its id nor the MAC is known */
        append_unsigned(read, policy, 0, &ours);
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
    struct cnil_choice read = { 0 };
    cnil_purposes granted = 0;
    int64_t minutes, age;

    *choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
    if (value.len > CNIL_LIMIT_CHOICE_COOKIE || !read_minutes(field_of(value, CNIL_STR("t")), &minutes))
        return;
    age = now / 60 - minutes;
    if (age < -MINUTES_AHEAD || age > (int64_t)policy->consent_days * MINUTES_A_DAY)
        return;
    for (size_t i = 0; i < policy->purpose_count; i++)
        if (cnil_str_equal(field_of(value, policy->purposes[i].id), CNIL_STR("1")))
            granted |= (cnil_purposes)1 << i;
    set_granted(&read, granted, minutes);
    if (is_ours(value, &read, policy, key))
        *choice = read;
}

void cnil_choice_from_headers(struct cnil_headers headers, const struct cnil_policy *policy, const struct cnil_key *key,
                              int64_t now, struct cnil_choice *choice)
{
    *choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str rest = headers.list[i].value;
        struct cnil_cookie_pair pair;
        struct cnil_choice read;

        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Cookie")))
            continue;
        while (cnil_cookie_next(&rest, &pair)) {
            if (!cnil_str_equal(pair.name, CNIL_STR(CNIL_CHOICE_COOKIE)))
                continue;
            cnil_choice_read(pair.value, policy, key, now, &read);
            if (read.state != CNIL_CHOICE_NONE && (choice->state == CNIL_CHOICE_NONE || read.minutes > choice->minutes))
                *choice = read;
        }
    }
}

bool cnil_choice_allows(const struct cnil_choice *choice, const struct cnil_verdict *verdict)
{
    switch (verdict->action) {
    case CNIL_ACTION_PASS:
    case CNIL_ACTION_REPORT:
        return true;
    case CNIL_ACTION_CONSENT:
        return choice->state == CNIL_CHOICE_GRANTED && verdict->purposes != 0 &&
               (verdict->purposes & ~choice->granted) == 0;
    case CNIL_ACTION_BLOCK:
        return false;
    }
    return false;
}

/* ---- words ---- */

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
    }
}

static bool purposes_from_word(struct cnil_str word, const struct cnil_policy *policy, cnil_purposes *granted)
{
    *granted = 0;
    do {
        struct cnil_str id = cnil_str_trim(cnil_str_cut(&word, ','));
        size_t i = 0;

        while (i < policy->purpose_count && !cnil_str_equal(policy->purposes[i].id, id))
            i++;
        if (i == policy->purpose_count)
            return false;
        *granted |= (cnil_purposes)1 << i;
    } while (word.ptr != NULL);
    return true;
}

bool cnil_choice_from_word(struct cnil_str word, const struct cnil_policy *policy, int64_t now,
                           struct cnil_choice *choice)
{
    cnil_purposes granted = 0;

    *choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
    if (cnil_str_equal(word, CNIL_STR("none")))
        return true;
    if (cnil_str_equal(word, CNIL_STR("accept")))
        granted = all_purposes(policy);
    else if (!cnil_str_equal(word, CNIL_STR("refuse")) && !cnil_str_equal(word, CNIL_STR("withdraw")) &&
             !purposes_from_word(word, policy, &granted))
        return false;
    set_granted(choice, granted, now / 60);
    return true;
}
