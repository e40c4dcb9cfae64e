/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/once.h"

#include "consent/key.h"
#include "web/cookie.h"
#include "web/form.h"

#include <inttypes.h>
#include <openssl/crypto.h>

enum { TIME_DIGITS = 12, LIFE = 60, MAC_LEN = 16, VALUE_LIMIT = 256, MESSAGE_LIMIT = 80 * 1024 };

/* "ID.SECONDS.MAC" into `out`; false without memory. */
static bool write_value(struct cnil_exchange *exchange, struct cnil_str service, int64_t seconds,
                        struct cnil_str target, struct cnil_buffer *out)
{
    unsigned char mac[CNIL_KEY_MAC];
    struct cnil_buffer message;
    bool done;

    cnil_buffer_init(&message, MESSAGE_LIMIT);
    cnil_buffer_append(&message, CNIL_STR(CNIL_ONCE_COOKIE ":"));
    cnil_buffer_append(&message, service);
    cnil_buffer_print(&message, ".%" PRId64 ".", seconds);
    cnil_buffer_append(&message, exchange->address.host);
    cnil_buffer_append(&message, target);
    done = cnil_key_mac(exchange->key, &message, mac);
    cnil_buffer_free(&message);
    if (!done)
        return false;
    cnil_buffer_append(out, service);
    cnil_buffer_print(out, ".%" PRId64 ".", seconds);
    cnil_base64url((struct cnil_str){ (const char *)mac, MAC_LEN }, out);
    return cnil_buffer_status(out) == CNIL_OK;
}

struct cnil_str cnil_once_cookie(struct cnil_exchange *exchange, const struct cnil_service *service,
                                 struct cnil_str target)
{
    struct cnil_str value = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    cnil_buffer_init(&out, VALUE_LIMIT);
    cnil_buffer_append(&out, CNIL_STR(CNIL_ONCE_COOKIE "="));
    if (write_value(exchange, service->id, exchange->server->now(exchange->data), target, &out)) {
        cnil_buffer_print(&out, "; Path=/; Max-Age=%d; Secure; HttpOnly; SameSite=Lax", LIFE);
        if (cnil_buffer_status(&out) == CNIL_OK)
            value = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    }
    cnil_buffer_free(&out);
    return value;
}

struct cnil_str cnil_once_end(void)
{
    return CNIL_STR(CNIL_ONCE_COOKIE "=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
}

/* Is it byte for byte what we would have written? Then `*service` is the id in it. */
static bool holds(struct cnil_exchange *exchange, struct cnil_str value, struct cnil_str *service)
{
    struct cnil_str rest = value, digits;
    int64_t now = exchange->server->now(exchange->data), seconds;
    struct cnil_buffer ours;
    bool equal;

    *service = cnil_str_cut(&rest, '.');
    digits = cnil_str_cut(&rest, '.');
    if (value.len > VALUE_LIMIT || !cnil_str_decimal(digits, TIME_DIGITS, &seconds) || seconds > now ||
        now - seconds > LIFE)
        return false;
    cnil_buffer_init(&ours, VALUE_LIMIT);
    equal = write_value(exchange, *service, seconds, exchange->request.target, &ours) && ours.len == value.len &&
            CRYPTO_memcmp(ours.ptr, value.ptr, value.len) == 0;
    cnil_buffer_free(&ours);
    return equal;
}

void cnil_once_read(struct cnil_exchange *exchange)
{
    struct cnil_cookies cookies = cnil_cookies_of(exchange->request.headers);
    struct cnil_cookie_pair pair;
    struct cnil_str service;

    exchange->once = false;
    if (exchange->key == NULL ||
        (exchange->destination != CNIL_DESTINATION_DOCUMENT && exchange->destination != CNIL_DESTINATION_LIKELY))
        return;
    while (cnil_cookies_next_named(&cookies, CNIL_STR(CNIL_ONCE_COOKIE), &pair)) {
        if (!exchange->once && holds(exchange, pair.value, &service))
            exchange->choice.once = cnil_policy_service(exchange->policy, service);
        exchange->once = true;
    }
}
