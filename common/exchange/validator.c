/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/validator.h"

#include "base/arena.h"
#include "base/hash.h"
#include "page/block.h"

#include <string.h>

enum { SUFFIX_LENGTH = 10 }; /* "-c" and 8 hexadecimal digits */

static uint32_t hash_on(uint32_t state, struct cnil_str text)
{
    return cnil_hash_bytes32(state, text.ptr, text.len);
}

void cnil_validator_init(struct cnil_validators *validators, const struct cnil_policy *policy,
                         enum cnil_language language, const struct cnil_choice *choice, enum cnil_insertion insertion,
                         enum cnil_insertion guard_insertion)
{
    uint32_t state = cnil_hash_bytes32(CNIL_HASH_SEED32, policy->digest, sizeof(policy->digest));
    unsigned char shape[6] = { (unsigned char)choice->state,   (unsigned char)choice->is_signal,
                               (unsigned char)insertion,       (unsigned char)guard_insertion,
                               (unsigned char)choice->account, (unsigned char)choice->is_news };
    cnil_purposes granted = policy->measures && choice->opposes ? choice->granted | CNIL_MEASUREMENT : choice->granted;
    static const enum cnil_asset_id named[] = { CNIL_ASSET_BAR, CNIL_ASSET_GUARD, CNIL_ASSET_SCRIPT, CNIL_ASSET_VENDOR,
                                                CNIL_ASSET_ACTIVATE }; /* by pages */

    state = cnil_hash_bytes32(state, shape, sizeof(shape));
    state = cnil_hash_bytes32(state, &granted, sizeof(granted));
    if (choice->once != NULL)
        state = hash_on(hash_on(state, CNIL_STR("1")), choice->once->id);
    for (size_t i = 0; i < choice->service_count; i++)
        state = hash_on(hash_on(state, choice->services[i]->id), CNIL_STR("."));
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        state = hash_on(state, cnil_asset_name(named[i]));
    state = hash_on(state, cnil_language_tag(language));
    *validators = (struct cnil_validators){ hash_on(state, CNIL_STR("s")), hash_on(state, CNIL_STR("w")), false };
}

/* Compressors of the server mark the tag in turn; the origin never saw that mark. */
static struct cnil_str without_coding(struct cnil_str opaque)
{
    static const struct cnil_str codings[] = { CNIL_STR_INIT("-gzip"), CNIL_STR_INIT("-br"), CNIL_STR_INIT("-zstd") };

    for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
        if (cnil_str_ends_with(opaque, codings[i]))
            return cnil_str_slice(opaque, 0, opaque.len - codings[i].len);
    }
    return opaque;
}

/* Splits the suffix off; false: there is none of ours. */
static bool split(struct cnil_str opaque, struct cnil_str *origin, uint32_t *suffix)
{
    struct cnil_str tail;

    opaque = without_coding(opaque);
    if (opaque.len < SUFFIX_LENGTH)
        return false;
    tail = cnil_str_slice(opaque, opaque.len - SUFFIX_LENGTH, opaque.len);
    if (tail.ptr[0] != '-' || tail.ptr[1] != 'c')
        return false;
    *suffix = 0;
    for (size_t i = 2; i < SUFFIX_LENGTH; i++) {
        int digit = cnil_hex_value(tail.ptr[i]);

        if (digit < 0 || (tail.ptr[i] >= 'A' && tail.ptr[i] <= 'F'))
            return false;
        *suffix = *suffix << 4 | (uint32_t)digit;
    }
    *origin = cnil_str_slice(opaque, 0, opaque.len - SUFFIX_LENGTH);
    return true;
}

static void append_tag(struct cnil_buffer *out, bool weak, struct cnil_str opaque)
{
    cnil_buffer_append(out, out->len > 0 ? CNIL_STR(", ") : CNIL_STR_EMPTY);
    cnil_buffer_append(out, weak ? CNIL_STR("W/\"") : CNIL_STR("\""));
    cnil_buffer_append(out, opaque);
    cnil_buffer_append_byte(out, '"');
}

static void append_raw(struct cnil_buffer *out, struct cnil_str raw)
{
    cnil_buffer_append(out, out->len > 0 ? CNIL_STR(", ") : CNIL_STR_EMPTY);
    cnil_buffer_append(out, raw);
}

struct cnil_str cnil_validator_inward(struct cnil_validators *validators, struct cnil_str value,
                                      enum cnil_validator_use use, struct cnil_arena *arena, bool *changed)
{
    struct cnil_str origin, rest = value, result = CNIL_STR_EMPTY;
    struct cnil_buffer out;
    struct cnil_etag tag;
    uint32_t suffix;

    *changed = false;
    cnil_buffer_init(&out, 2 * value.len + 16);
    while (cnil_etag_next(&rest, &tag)) {
        if (!split(tag.opaque, &origin, &suffix)) {
            if (use == CNIL_VALIDATOR_NAVIGATION && !cnil_str_equal(tag.raw, CNIL_STR("*")))
                *changed = true;
            else
                append_raw(&out, tag.raw);
            continue;
        }
        *changed = true;
        if (use == CNIL_VALIDATOR_STATE) {
            /* compared strongly: a tag that was weak at the origin fails there as it would have failed without us */
            append_tag(&out, false, origin);
        } else if (suffix == validators->strong || suffix == validators->weak) {
            append_tag(&out, suffix == validators->weak, origin);
            validators->matched = true;
        }
    }
    if (cnil_buffer_status(&out) == CNIL_OK)
        result = cnil_arena_copy(arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return result;
}

bool cnil_validator_is_ours(struct cnil_str value)
{
    struct cnil_str origin;
    struct cnil_etag tag;
    uint32_t suffix;

    while (cnil_etag_next(&value, &tag)) {
        if (split(tag.opaque, &origin, &suffix))
            return true;
    }
    return false;
}

struct cnil_str cnil_validator_outward(const struct cnil_validators *validators, struct cnil_str value,
                                       struct cnil_arena *arena)
{
    struct cnil_str rest = value;
    struct cnil_etag tag;

    if (!cnil_etag_next(&rest, &tag) || cnil_str_equal(tag.raw, CNIL_STR("*")))
        return value;
    return cnil_arena_print(arena, "W/\"%.*s-c%08x\"", (int)tag.opaque.len, tag.opaque.ptr,
                            tag.weak ? validators->weak : validators->strong);
}
