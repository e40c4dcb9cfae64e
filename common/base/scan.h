/* SPDX-License-Identifier: Apache-2.0
 * Where the next byte of a kind stands: sixteen bytes at a time where the machine has SSE2, one by one elsewhere (and
 * everywhere with CNIL_SCAN_PORTABLE, for tests). Nothing at or behind `end` is read; each gives `end` when there is
 * none, and `at` when that is past the end. What most runs are shorter than is cheaper here than a call of memchr(). */
#ifndef CNIL_BASE_SCAN_H
#define CNIL_BASE_SCAN_H

#include <stddef.h>
#include <string.h>

#if defined(__SSE2__) && !defined(CNIL_SCAN_PORTABLE)
#define CNIL_SCAN_SSE2 1
#include <emmintrin.h>

static inline __m128i cnil_scan_load(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

static inline __m128i cnil_scan_is(__m128i bytes, char byte)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte));
}

static inline __m128i cnil_scan_up_to(__m128i bytes, char highest) /* unsigned */
{
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(highest)), bytes);
}

/* One bit a byte, the first one lowest. */
static inline unsigned cnil_scan_bits(__m128i found)
{
    return (unsigned)_mm_movemask_epi8(found);
}
#else
#define CNIL_SCAN_SSE2 0
#endif

/* `byte` itself. */
static inline const char *cnil_scan_byte(const char *at, const char *end, char byte)
{
    const char *found;

#if CNIL_SCAN_SSE2
    for (int i = 0; i < 2 && end - at >= 16; i++, at += 16) {
        unsigned bits = cnil_scan_bits(cnil_scan_is(cnil_scan_load(at), byte));

        if (bits != 0)
            return at + __builtin_ctz(bits);
    }
#endif
    if (at >= end)
        return at;
    found = memchr(at, byte, (size_t)(end - at));
    return found != NULL ? found : end;
}

/* One of two. */
static inline const char *cnil_scan_two(const char *at, const char *end, char one, char other)
{
#if CNIL_SCAN_SSE2
    for (; end - at >= 16; at += 16) {
        __m128i bytes = cnil_scan_load(at);
        unsigned bits = cnil_scan_bits(_mm_or_si128(cnil_scan_is(bytes, one), cnil_scan_is(bytes, other)));

        if (bits != 0)
            return at + __builtin_ctz(bits);
    }
#endif
    while (at < end && *at != one && *at != other)
        at++;
    return at;
}

/* What ends the name of a tag or an attribute: up to the space, '/', '=' or '>', and, in doubt, '<' and '?'. */
static inline const char *cnil_scan_name(const char *at, const char *end)
{
#if CNIL_SCAN_SSE2
    for (; end - at >= 16; at += 16) {
        __m128i bytes = cnil_scan_load(at);
        __m128i found = _mm_or_si128(cnil_scan_up_to(bytes, ' '), cnil_scan_is(bytes, '/'));
        unsigned bits;

        found = _mm_or_si128(found, cnil_scan_is(_mm_or_si128(bytes, _mm_set1_epi8(3)), '?'));
        bits = cnil_scan_bits(found);
        if (bits != 0)
            return at + __builtin_ctz(bits);
    }
#endif
    while (at < end && (unsigned char)*at > ' ' && *at != '/' && ((unsigned char)*at | 3) != '?')
        at++;
    return at;
}

#endif
