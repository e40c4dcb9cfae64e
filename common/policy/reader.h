/* SPDX-License-Identifier: Apache-2.0
 * Reads values out of a JSON document and tells every mistake with its place. The only header with Jansson's types;
 * only the loader (policy.c, section.c, theme.c, catalogue.c, service_reader.c, vendor_reader.c, observed_reader.c)
 * includes it, and the build's own compiler of the catalogue. */
#ifndef CNIL_POLICY_READER_H
#define CNIL_POLICY_READER_H

#include "base/arena.h"
#include "base/errors.h"

#include <jansson.h>
#include <stdint.h>

struct cnil_shelf;

struct cnil_reader {
    struct cnil_str text;
    const char *file; /* its name, for mistakes */
    struct cnil_errors *errors;
    struct cnil_arena *arena; /* what is read is copied here */
    struct cnil_shelf *shelf; /* of filter lists; NULL: there is none */
    bool no_memory;           /* sticky */
    bool mistaken;            /* sticky: a mistake was told */
};

/* A value and the way to it. Nodes live on the stack, a child no longer than its parent. */
struct cnil_node {
    const json_t *json;
    const struct cnil_node *parent; /* NULL: the document */
    const char *key;                /* of a member; NULL: an item */
    size_t index;
};

/* Parses the text. NULL: a mistake was told (the first; JSON has no second one), or no memory. */
json_t *cnil_reader_parse(struct cnil_reader *reader);

/* Tells a mistake in the value at `node`, or in its key. */
void cnil_reader_mistake(struct cnil_reader *reader, const struct cnil_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void cnil_reader_key_mistake(struct cnil_reader *reader, const struct cnil_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Tells what the operator should know of it; the policy is good all the same. */
void cnil_reader_warning(struct cnil_reader *reader, const struct cnil_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Is `node` an object whose every key is in `known` (ends with NULL)? An unknown key is a mistake, but not a reason to
 * return false. `known` NULL: any key. */
bool cnil_reader_object(struct cnil_reader *reader, const struct cnil_node *node, const char *const known[]);
bool cnil_reader_array(struct cnil_reader *reader, const struct cnil_node *node);

/* The member `key` of an object, silently false when there is none. */
bool cnil_reader_member(const struct cnil_node *object, const char *key, struct cnil_node *member);
/* The next member that is no comment ("$comment", "$schema": they may stand in every object), in the order of the file:
 * `*iterator` NULL at first; false at the end. */
bool cnil_reader_next(const struct cnil_node *object, void **iterator, struct cnil_node *member);
/* Item `index` of an array. */
struct cnil_node cnil_reader_item(const struct cnil_node *array, size_t index);
/* "/services/x", for rules; pointer NULL without memory. */
struct cnil_str cnil_reader_pointer(struct cnil_reader *reader, const struct cnil_node *node);

/* Each gives the value and true, or tells the mistake, leaves `*out` as it is and returns false. */
bool cnil_reader_text(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *out); /* one line */
bool cnil_reader_flag(struct cnil_reader *reader, const struct cnil_node *node, bool *out);
bool cnil_reader_number(struct cnil_reader *reader, const struct cnil_node *node, uint64_t least, uint64_t most,
                        uint64_t *out);
bool cnil_reader_word(struct cnil_reader *reader, const struct cnil_node *node, const char *const words[], size_t *out);
/* A host, serialised; with `path` not NULL also "host/path". */
bool cnil_reader_host(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *host,
                      struct cnil_str *path);
/* The same, or with ".*" for its end: under .com and every country's domain (policy/host_table.h). */
bool cnil_reader_host_anywhere(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *host,
                               struct cnil_str *path);
/* An absolute URL of https, or of http too. */
bool cnil_reader_url(struct cnil_reader *reader, const struct cnil_node *node, bool http_too, struct cnil_str *out);
/* A cookie's name; one that ends with "*" is a prefix, given without it. */
bool cnil_reader_cookie(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *name, bool *prefix);
/* An absolute path of a file. */
bool cnil_reader_file(struct cnil_reader *reader, const struct cnil_node *node, struct cnil_str *out);

/* Zeroed memory of the arena; NULL sets no_memory. */
void *cnil_reader_array_of(struct cnil_reader *reader, size_t count, size_t size);

#endif
