/* SPDX-License-Identifier: Apache-2.0
 * FNV-1a: it spreads keys over tables and keeps copies apart; it keeps no secret. Rolled over a host from its last byte
 * to its first, it has the hash of each end of the host on the way.
 *
 * Its values stand in compiled filter lists, in the guard's table and in entity tags: they stay what they are. */
#ifndef CNIL_BASE_HASH_H
#define CNIL_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define CNIL_HASH_SEED   0xcbf29ce484222325u
#define CNIL_HASH_SEED32 0x811c9dc5u

static inline uint64_t cnil_hash_roll(uint64_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * 0x100000001b3u;
}

static inline uint32_t cnil_hash_roll32(uint32_t hash, char byte)
{
    return (hash ^ (unsigned char)byte) * 0x01000193u;
}

/* Goes on with bytes, from the first to the last. */
static inline uint64_t cnil_hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    for (const char *at = bytes; len > 0; len--)
        hash = cnil_hash_roll(hash, *at++);
    return hash;
}

static inline uint32_t cnil_hash_bytes32(uint32_t hash, const void *bytes, size_t len)
{
    for (const char *at = bytes; len > 0; len--)
        hash = cnil_hash_roll32(hash, *at++);
    return hash;
}

/* For the slots of a table. */
static inline uint32_t cnil_hash_fold(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32);
}

#endif
