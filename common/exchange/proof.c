/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/proof.h"

#include "consent/key.h"
#include "web/form.h"

#include <inttypes.h>
#include <openssl/crypto.h>

enum { TIME_DIGITS = 15, TOKEN_SECONDS = 600, TOKEN_LIMIT = 128, MESSAGE_LIMIT = 32 * 1024 };

static void append_part(struct cnil_buffer *message, struct cnil_str part)
{
    cnil_buffer_print(message, "%zu:", part.len); /* so that no two lists of parts read the same */
    cnil_buffer_append(message, part);
}

/* "SECONDS.MAC": what ties it to a visitor is in the MAC only. */
static struct cnil_str token_at(struct cnil_exchange *exchange, struct cnil_str choice_word, int64_t seconds)
{
    static const struct cnil_str traits[] = { CNIL_STR_INIT("X-Forwarded-For"), CNIL_STR_INIT("User-Agent"),
                                              CNIL_STR_INIT("Accept-Language") };
    unsigned char mac[CNIL_KEY_MAC];
    struct cnil_str token = CNIL_STR_EMPTY;
    struct cnil_buffer message, out;

    cnil_buffer_init(&message, MESSAGE_LIMIT);
    cnil_buffer_init(&out, TOKEN_LIMIT);
    cnil_buffer_print(&message, "confirm %" PRId64 " ", seconds);
    append_part(&message, choice_word);
    append_part(&message, exchange->address.host);
    append_part(&message, exchange->request.peer);
    for (size_t i = 0; i < sizeof(traits) / sizeof(traits[0]); i++)
        append_part(&message, cnil_headers_value(exchange->request.headers, traits[i]));
    if (cnil_key_mac(exchange->key, &message, mac)) {
        cnil_buffer_print(&out, "%" PRId64 ".", seconds);
        cnil_base64url((struct cnil_str){ (const char *)mac, sizeof(mac) }, &out);
        if (cnil_buffer_status(&out) == CNIL_OK)
            token = cnil_arena_copy(exchange->arena, cnil_buffer_str(&out));
    }
    cnil_buffer_free(&message);
    cnil_buffer_free(&out);
    return token;
}

struct cnil_str cnil_proof_token(struct cnil_exchange *exchange, struct cnil_str choice_word)
{
    return token_at(exchange, choice_word, exchange->server->now(exchange->data));
}

static bool token_holds(struct cnil_exchange *exchange, struct cnil_str choice_word, struct cnil_str token)
{
    int64_t now = exchange->server->now(exchange->data), seconds;
    struct cnil_str expected;
    size_t dot = cnil_str_find_byte(token, '.');

    if (dot == token.len || !cnil_str_decimal(cnil_str_slice(token, 0, dot), TIME_DIGITS, &seconds))
        return false;
    if (seconds > now || now - seconds > TOKEN_SECONDS)
        return false;
    expected = token_at(exchange, choice_word, seconds);
    return expected.ptr != NULL && expected.len == token.len && CRYPTO_memcmp(expected.ptr, token.ptr, token.len) == 0;
}

bool cnil_proof_holds(struct cnil_exchange *exchange, struct cnil_str choice_word, struct cnil_str token)
{
    struct cnil_headers headers = exchange->request.headers;
    const struct cnil_header *field = cnil_headers_find(headers, CNIL_STR("Sec-Fetch-Site"));
    struct cnil_str own;

    if (field != NULL)
        return cnil_str_equal(field->value, CNIL_STR("same-origin"));
    field = cnil_headers_find(headers, CNIL_STR("Origin"));
    if (field != NULL) {
        own = cnil_address_origin(&exchange->address, exchange->arena);
        return exchange->address.valid && own.ptr != NULL && cnil_str_equal(field->value, own);
    }
    return token_holds(exchange, choice_word, token);
}
