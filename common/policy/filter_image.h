/* SPDX-License-Identifier: Apache-2.0
 * The form of a compiled filter list: one file of offsets, no pointers, mapped as it is. Written by filter_compiler.c,
 * checked and read by filter_list.c, told to the guard by filter_script.c; nobody else needs this. */
#ifndef CNIL_POLICY_FILTER_IMAGE_H
#define CNIL_POLICY_FILTER_IMAGE_H

#include "base/str.h"

#include <stdint.h>

#define CNIL_FILTER_MAGIC "cnil-fl\n"

enum {
    CNIL_FILTER_VERSION = 3,
    CNIL_FILTER_ORDER = 0x01020304, /* reads otherwise on a machine of the other byte order */
    CNIL_FILTER_ALIGN = 64,
    CNIL_FILTER_BITMAP = 8192 /* bytes: a bit for each value of 16 bits of a token's hash */
};

enum cnil_filter_drop {
#define DROP(symbol, name, sentence) CNIL_FILTER_DROP_##symbol,
#include "policy/filter_drops.def"
#undef DROP
    CNIL_FILTER_DROPS /* how many there are */
};

enum cnil_filter_index { /* each has tables of its own */
                         CNIL_FILTER_BLOCK,
                         CNIL_FILTER_EXCEPT,    /* asked only of what is blocked */
                         CNIL_FILTER_IMPORTANT, /* asked only of what is excepted; these rules stand in BLOCK, too */
                         CNIL_FILTER_INDEXES
};

enum cnil_filter_section {
    CNIL_FILTER_SOURCES, /* struct cnil_filter_source_record[] */
    CNIL_FILTER_STRINGS, /* patterns, names */
    CNIL_FILTER_TEXTS,   /* what a verdict says of a rule; read when it has decided, so it stays on disk */
    CNIL_FILTER_DOMAINS, /* uint64_t[]: sets of hashes */
    CNIL_FILTER_RULES,   /* struct cnil_filter_rule[] */
    CNIL_FILTER_CHAINS,  /* uint32_t[]: numbers of rules, CNIL_FILTER_LAST on the last of each chain */
    CNIL_FILTER_TABLES,  /* from here on seven sections for each index */
    CNIL_FILTER_SECTIONS = CNIL_FILTER_TABLES + 7 * CNIL_FILTER_INDEXES
};

enum cnil_filter_table {
    CNIL_FILTER_HOST_KEYS,   /* uint64_t[]: hashes of reversed hosts */
    CNIL_FILTER_HOST_VALUES, /* uint32_t[], beside the keys; 0: free */
    CNIL_FILTER_TOKEN_BITS,  /* CNIL_FILTER_BITMAP bytes */
    CNIL_FILTER_TOKENS,      /* struct cnil_filter_token[]; their number is a power of two */
    CNIL_FILTER_PAGE_KEYS,   /* as HOST_KEYS: rules without a good token that name their pages */
    CNIL_FILTER_PAGE_VALUES, /* uint32_t[]: places of chains; 0: free */
    CNIL_FILTER_SCAN         /* uint32_t[]: numbers of rules that nothing leads to */
};

#define CNIL_FILTER_TABLE(index, table) (CNIL_FILTER_TABLES + 7 * (index) + (table))

/* The value of a host: the place of a chain, or, for a rule for all of the host, the place of its text. */
#define CNIL_FILTER_HOST_ANY     0x80000000u /* a rule for the whole host, whatever the party */
#define CNIL_FILTER_HOST_THIRD   0xc0000000u /* a rule for the whole host, for third parties */
#define CNIL_FILTER_HOST_PAYLOAD 0x3fffffffu /* of a text: its offset / 4 */

#define CNIL_FILTER_LAST 0x80000000u

enum { /* cnil_filter_rule.flags */
       CNIL_FILTER_FIRST = 1,
       CNIL_FILTER_THIRD = 2,
       CNIL_FILTER_LEFT = 4,     /* begins where the URL begins */
       CNIL_FILTER_RIGHT = 8,    /* ends where the URL ends */
       CNIL_FILTER_LABEL = 16,   /* begins where a label of the host begins */
       CNIL_FILTER_CASE = 32,    /* case matters */
       CNIL_FILTER_BEHIND = 64,  /* stands right behind the host that the table found */
       CNIL_FILTER_STARRED = 128 /* its token stands behind a "*" */
};

struct cnil_filter_rule {
    uint32_t pattern;               /* offset into the strings; of a regex: its text */
    uint16_t pattern_len, token_at; /* where the token stands in the pattern; CNIL_FILTER_NOWHERE: it has none */
    uint16_t types;
    uint8_t flags, source;
    uint32_t text;           /* offset into the texts */
    uint32_t pages, targets; /* place of a set in the domains + 1; 0: any */
    uint32_t regex;          /* its number + 1; 0: a pattern */
};

#define CNIL_FILTER_NOWHERE 0xffffu

/* Options of pcre2_compile() that read an expression as JavaScript does, which lists are written for. */
#define CNIL_FILTER_PCRE2(match_case)                                                                                  \
    (PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF |                     \
     PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | ((match_case) ? 0u : PCRE2_CASELESS))

struct cnil_filter_text { /* followed by the text */
    uint8_t source, unused;
    uint16_t len;
};

struct cnil_filter_set { /* the first word of a set; the hashes follow in this order, each part sorted */
    uint16_t not_hosts, not_entities, hosts, entities;
};

struct cnil_filter_token {
    uint32_t hash, chain; /* place of a chain; 0: free */
};

struct cnil_filter_source_record {
    uint32_t name, name_len; /* in the strings */
    uint32_t lines, cosmetic, rules, kept, dropped[CNIL_FILTER_DROPS];
    unsigned char digest[32]; /* SHA-256 of its text */
};

struct cnil_filter_header {
    char magic[8];
    uint32_t version, order;
    uint64_t size;                               /* of the file */
    unsigned char digest[32];                    /* SHA-256 of all that follows it */
    uint64_t rest[2 * CNIL_FILTER_SECTIONS + 1]; /* offset and size of each section, then the number of regexes */
};

/* The slot, of `size`, that the search for a host begins at. Hosts are hashed from the last byte to the first. */
static inline uint32_t cnil_filter_slot(uint64_t hash, uint32_t size)
{
    return (uint32_t)((hash * 0x9e3779b97f4a7c15u >> 32) * size >> 32);
}

/* 16 mixed bits of a token's hash, which is of 32 bits and over its folded bytes. */
static inline uint32_t cnil_filter_token_bits(uint32_t hash)
{
    return hash * 2654435761u >> 16;
}

/* The bytes of tokens, in lower case; 0 for what ends one. */
extern const unsigned char cnil_filter_fold[256];

#endif
