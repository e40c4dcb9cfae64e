/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/account.h"

#include "exchange/request.h"
#include "exchange/set_cookie.h"
#include "exchange/witness.h"
#include "web/cookie.h"

#include <inttypes.h>

enum { FIELD_LIMIT = CNIL_LIMIT_CHOICE_COOKIE, TIME_DIGITS = 12, HASH_DIGITS = 8 };

bool cnil_account_is_signed_in(const struct cnil_exchange *exchange)
{
    return exchange->account.source != CNIL_SOURCE_DEVICE;
}

/* ---- which choice counts ---- */

/* What both grant: a newer choice of the device takes away, and never adds. */
static void narrow(struct cnil_choice *choice, const struct cnil_choice *device)
{
    struct cnil_choice both = *choice;

    cnil_choice_narrow(&both, device);
    if (both.granted != choice->granted || both.service_count != choice->service_count) {
        both.minutes = device->minutes;
        both.is_signal = device->is_signal && both.state == CNIL_CHOICE_REFUSED;
        both.account = CNIL_ACCOUNT_YIELDS;
    }
    *choice = both;
}

/* Was the device's choice made after the account's? Of two in one minute its refusal. */
static bool is_later(const struct cnil_choice *device, const struct cnil_choice *account)
{
    return device->minutes > account->minutes ||
           (device->minutes == account->minutes && device->state == CNIL_CHOICE_REFUSED &&
            account->source == CNIL_SOURCE_SITE);
}

/* The account's, but that an acceptance told by the site lifts neither a newer refusal of this device nor a signal of
 * its browser. What was chosen here, while signed in, is newer than a signal, and explicit. */
void cnil_account_merge(struct cnil_exchange *exchange)
{
    const struct cnil_choice *device = &exchange->device, *account = &exchange->account;
    struct cnil_choice choice = *device;

    if (cnil_account_is_signed_in(exchange)) {
        if (account->state != CNIL_CHOICE_NONE)
            choice = *account;
        choice.account = account->state != CNIL_CHOICE_NONE ? CNIL_ACCOUNT_APPLIES : CNIL_ACCOUNT_IN;
        if (choice.account == CNIL_ACCOUNT_APPLIES && choice.state == CNIL_CHOICE_GRANTED &&
            ((device->is_signal && account->source == CNIL_SOURCE_SITE) ||
             (device->state != CNIL_CHOICE_NONE && !device->is_signal && is_later(device, account))))
            narrow(&choice, device);
        choice.opposes = device->opposes; /* what measures is of the device */
        choice.opposed = device->opposed;
    }
    choice.once = exchange->choice.once;
    exchange->choice = choice;
    exchange->choice_word = CNIL_STR_EMPTY;
}

void cnil_account_enter(struct cnil_exchange *exchange)
{
    struct cnil_cookies cookies = cnil_cookies_of(exchange->request.headers);
    bool has_accounts = exchange->policy->account.len > 0 && exchange->key != NULL;
    int64_t now = exchange->server->now(exchange->data);
    struct cnil_cookie_pair pair;
    struct cnil_choice read;

    exchange->account = (struct cnil_choice){ .source = CNIL_SOURCE_DEVICE };
    exchange->account_told = CNIL_ACCOUNT_UNTOLD;
    while (has_accounts && cnil_cookies_next_named(&cookies, CNIL_STR(CNIL_ACCOUNT_COOKIE), &pair)) {
        cnil_choice_read(pair.value, exchange->policy, exchange->key, now, &read);
        if (read.source == CNIL_SOURCE_DEVICE)
            continue;
        if (!cnil_account_is_signed_in(exchange) || read.minutes > exchange->account.minutes)
            exchange->account = read;
        else if (read.minutes == exchange->account.minutes && read.state != CNIL_CHOICE_NONE &&
                 exchange->account.state != CNIL_CHOICE_NONE)
            cnil_choice_narrow(&exchange->account, &read);
    }
    cnil_account_merge(exchange);
}

/* ---- what the site says ---- */

struct told {
    bool out, begins; /* nobody is signed in; somebody has just signed in, maybe another one */
    bool is_ahead;    /* of the clock */
    struct cnil_choice choice;
};

/* "audience+service.youtube", "accepted", "refused". */
static bool read_word(struct cnil_exchange *exchange, struct cnil_str word, int64_t seconds, struct told *told)
{
    char text[FIELD_LIMIT];
    struct cnil_str words = { text, word.len };

    if (word.len == 0 || word.len > sizeof(text))
        return false;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] == ',')
            return false;
        text[i] = word.ptr[i] == '+' ? ',' : word.ptr[i];
    }
    if (cnil_str_equal(word, CNIL_STR("accepted")))
        words = CNIL_STR("accept");
    else if (cnil_str_equal(word, CNIL_STR("refused")))
        words = CNIL_STR("refuse");
    else if (cnil_str_equal(word, CNIL_STR("accept")) || cnil_str_equal(word, CNIL_STR("withdraw")) ||
             cnil_str_equal(word, CNIL_STR("refuse")))
        return false; /* one word for one thing */
    return cnil_choice_from_word(words, exchange->policy, seconds, &told->choice) &&
           told->choice.state != CNIL_CHOICE_NONE && !told->choice.opposes;
}

/* "in", "out", or WORD with "; list=9f2c01ab; time=1764000000"; "; begin" behind any but "out". False: it is none of
 * these, whatever is wrong with it. A choice about another list, or one too old, is told well, and is none. */
static bool parse(struct cnil_exchange *exchange, struct cnil_str value, struct told *told)
{
    struct cnil_str word = cnil_str_trim(cnil_str_cut(&value, ';')), list = CNIL_STR_EMPTY, time = CNIL_STR_EMPTY;
    int64_t seconds = 0, now = exchange->server->now(exchange->data);
    bool is_in = cnil_str_equal(word, CNIL_STR("in")), current;
    struct cnil_buffer hash;

    *told = (struct told){ .out = cnil_str_equal(word, CNIL_STR("out")) };
    while (value.ptr != NULL) {
        struct cnil_str part = cnil_str_trim(cnil_str_cut(&value, ';')), name = cnil_str_cut(&part, '=');

        if (cnil_str_equal(name, CNIL_STR("begin")) && part.ptr == NULL && !told->begins)
            told->begins = true;
        else if (cnil_str_equal(name, CNIL_STR("list")) && list.len == 0 && part.len == HASH_DIGITS)
            list = part;
        else if (cnil_str_equal(name, CNIL_STR("time")) && time.len == 0 && part.len > 0)
            time = part;
        else
            return false;
    }
    if (is_in || told->out)
        return list.len + time.len == 0 && !(told->out && told->begins);
    if (list.len == 0 || !cnil_str_decimal(time, TIME_DIGITS, &seconds) || !read_word(exchange, word, seconds, told))
        return false;
    cnil_buffer_init(&hash, HASH_DIGITS);
    cnil_buffer_print(&hash, "%08" PRIx32, exchange->policy->consent_hash);
    current = cnil_buffer_status(&hash) == CNIL_OK && cnil_str_equal(cnil_buffer_str(&hash), list) &&
              cnil_choice_is_current(&told->choice, exchange->policy, now);
    cnil_buffer_free(&hash);
    if (!current)
        told->choice = (struct cnil_choice){ .state = CNIL_CHOICE_NONE };
    told->is_ahead = told->choice.minutes > now / 60;
    if (told->is_ahead)
        told->choice.minutes = now / 60;
    return true;
}

/* With a page, or what its scripts fetch: not with each of its images, which may all be on their way before the first
 * of their cookies is kept. */
static bool may_speak(const struct cnil_exchange *exchange)
{
    return cnil_request_is_navigation(exchange->destination) || exchange->destination == CNIL_DESTINATION_FETCH;
}

static bool is_same(const struct cnil_choice *a, const struct cnil_choice *b)
{
    if (a->state != b->state || a->granted != b->granted || a->service_count != b->service_count)
        return false;
    for (size_t i = 0; i < a->service_count; i++)
        if (a->services[i] != b->services[i])
            return false;
    return true;
}

/* Of two in one minute, which is all that is known of either, the refusal. When an acceptance of the future was made
 * nobody knows: it is not newer than what was chosen here. */
static bool is_newer(const struct told *told, const struct cnil_choice *account)
{
    const struct cnil_choice *choice = &told->choice;

    if (told->is_ahead && choice->state == CNIL_CHOICE_GRANTED && account->source == CNIL_SOURCE_HERE)
        return false;
    return choice->minutes > account->minutes ||
           (choice->minutes == account->minutes && choice->state == CNIL_CHOICE_REFUSED &&
            account->state == CNIL_CHOICE_GRANTED);
}

/* The choice of the account comes to this device: the visitor is told, by the next page where this is none, and it is
 * written down. */
static void apply(struct cnil_exchange *exchange, const struct cnil_choice *before)
{
    const struct cnil_witness_form form = { .target = CNIL_STR("/"), .is_told = true };
    bool is_other = !is_same(before, &exchange->choice);
    struct cnil_str receipt;

    if (exchange->choice.account == CNIL_ACCOUNT_IN)
        return;
    exchange->account.is_news = exchange->choice.is_news = is_other || before->is_news;
    if (!is_other)
        return;
    if (cnil_witness_choice(exchange, before, &form, &receipt)) {
        cnil_exchange_tell(exchange, CNIL_EVENT_ACCOUNT_APPLIED, CNIL_STR("account"),
                           cnil_exchange_variable(exchange, CNIL_VARIABLE_CHOICE), NULL);
        return;
    }
    exchange->account = (struct cnil_choice){ .source = CNIL_SOURCE_SITE }; /* what cannot be proven is not granted */
    cnil_account_merge(exchange);
}

void cnil_account_read(struct cnil_exchange *exchange, const struct cnil_response *response)
{
    const struct cnil_header *field = NULL;
    struct cnil_choice before = exchange->choice;
    struct told told;
    size_t count = 0;

    if (exchange->policy->account.len == 0 || exchange->account_told != CNIL_ACCOUNT_UNTOLD ||
        exchange->mode != CNIL_MODE_ENFORCE || exchange->key == NULL || !may_speak(exchange))
        return;
    for (size_t i = 0; i < response->headers.count; i++) {
        if (!cnil_str_equal_nocase(response->headers.list[i].name, exchange->policy->account))
            continue;
        field = &response->headers.list[i];
        count++;
    }
    if (field == NULL)
        return;
    exchange->account_told = CNIL_ACCOUNT_SAME;
    if (count > 1 || !exchange->address.secure || /* where the cookie would not be kept */
        !parse(exchange, field->value, &told) ||
        !cnil_headers_are_private(response->headers)) { /* a shared cache would hand the account to others */
        cnil_exchange_tell(exchange, CNIL_EVENT_ACCOUNT_IGNORED, CNIL_STR("account"), CNIL_STR_EMPTY, NULL);
        return;
    }
    if (told.out) {
        if (cnil_account_is_signed_in(exchange))
            exchange->account_told = CNIL_ACCOUNT_ENDS;
        exchange->account = (struct cnil_choice){ .source = CNIL_SOURCE_DEVICE };
    } else if (!cnil_account_is_signed_in(exchange) || told.begins || is_newer(&told, &exchange->account)) {
        exchange->account = told.choice;
        exchange->account.source = CNIL_SOURCE_SITE;
        exchange->account_told = CNIL_ACCOUNT_CHANGES;
    }
    if (exchange->account_told == CNIL_ACCOUNT_SAME)
        return;
    cnil_account_merge(exchange);
    if (exchange->account_told == CNIL_ACCOUNT_CHANGES)
        apply(exchange, &before);
    if (response->status == 304)
        exchange->wall_known = false; /* the copy that it confirms is still of the choice before, and tagged so */
    else
        cnil_exchange_choice_changed(exchange);
}

/* ---- fields ---- */

static struct cnil_str cookie(struct cnil_exchange *exchange, const struct cnil_choice *account, bool ends)
{
    struct cnil_str value = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    cnil_buffer_init(&out, CNIL_LIMIT_CHOICE_COOKIE + 256 + exchange->policy->consent_domain.len);
    cnil_buffer_append(&out, CNIL_STR(CNIL_ACCOUNT_COOKIE "="));
    if (!ends)
        cnil_choice_write(account, exchange->policy, exchange->key, &out);
    cnil_buffer_append(&out, ends ? CNIL_STR("; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax")
                                  : CNIL_STR("; Path=/; Secure; HttpOnly; SameSite=Lax"));
    cnil_set_cookie_append_domain(exchange, &out);
    if (cnil_buffer_status(&out) == CNIL_OK)
        value = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return value;
}

struct cnil_str cnil_account_cookie(struct cnil_exchange *exchange)
{
    return cookie(exchange, &exchange->account, false);
}

void cnil_account_tell(struct cnil_exchange *exchange, struct cnil_editor *editor)
{
    const struct cnil_policy *policy = exchange->policy;
    struct cnil_str value = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    if (exchange->account.state == CNIL_CHOICE_NONE)
        return;
    cnil_buffer_init(&out, CNIL_LIMIT_CHOICE_COOKIE);
    cnil_choice_word(&exchange->account, policy, &out);
    cnil_buffer_print(&out, "; list=%08" PRIx32 "; time=%" PRId64, policy->consent_hash,
                      exchange->account.minutes * 60);
    if (cnil_buffer_status(&out) == CNIL_OK)
        value = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    cnil_edits_add(editor, policy->account, value);
}

bool cnil_account_edit(struct cnil_exchange *exchange, struct cnil_headers headers, bool shows,
                       struct cnil_editor *editor)
{
    struct cnil_choice account = exchange->account;
    bool ends = exchange->account_told == CNIL_ACCOUNT_ENDS;

    if (exchange->policy->account.len == 0)
        return false;
    cnil_edits_remove_all(editor, headers, exchange->policy->account);
    if (!ends && exchange->account_told != CNIL_ACCOUNT_CHANGES && !(shows && account.is_news))
        return false;
    account.is_news = account.is_news && !shows;
    cnil_edits_add(editor, CNIL_STR("Set-Cookie"), cookie(exchange, &account, ends));
    return true;
}
