/* SPDX-License-Identifier: Apache-2.0
 * HTTP header fields: how lists of them are passed, and the few formats that the core reads. */
#ifndef CNIL_WEB_HEADER_H
#define CNIL_WEB_HEADER_H

#include "base/buffer.h"
#include "base/str.h"

struct cnil_header {
    struct cnil_str name;
    struct cnil_str value;
};

struct cnil_headers {
    const struct cnil_header *list;
    size_t count;
};

/* The first field of that name (ASCII case ignored), or NULL. */
const struct cnil_header *cnil_headers_find(struct cnil_headers headers, struct cnil_str name);

/* Value of the first field of that name; empty when there is none. */
struct cnil_str cnil_headers_value(struct cnil_headers headers, struct cnil_str name);

/* Does Cache-Control, in any of its fields, hold that directive without an argument (ASCII case ignored)? */
bool cnil_headers_have_directive(struct cnil_headers headers, struct cnil_str directive);

/* May no shared cache keep the response (RFC 9111, 5.2.2: "private", "no-store")? */
bool cnil_headers_are_private(struct cnil_headers headers);

/* Takes the next element off a comma-separated list (RFC 9110, 5.6.1), quoted strings respected; trimmed. False at the
 * end; empty elements are passed over. */
bool cnil_header_list_next(struct cnil_str *rest, struct cnil_str *element);

/* Is this a dictionary of structured fields (RFC 8941, 4.2.2) with at least one member, and no sequence of bytes?
 * Browsers take such a field whole or not at all, and all fields of its name together. */
bool cnil_header_is_dictionary(struct cnil_str value);

/* One link of a Link header (RFC 8288): takes it off `*rest`; false at the end. */
struct cnil_link {
    struct cnil_str raw;    /* the whole link-value, without the commas around it */
    struct cnil_str target; /* between "<" and ">" */
    struct cnil_str rel;    /* of the first rel parameter, unquoted */
    struct cnil_str as;
    struct cnil_str imagesrcset;
};
bool cnil_link_next(struct cnil_str *rest, struct cnil_link *link);

/* One entity tag of If-None-Match, If-Match or ETag (RFC 9110, 8.8.3): takes it off `*rest`; false at the end. */
struct cnil_etag {
    struct cnil_str raw;    /* W/"x", "x" or * */
    struct cnil_str opaque; /* between the quotes; "*" for * */
    bool weak;
};
bool cnil_etag_next(struct cnil_str *rest, struct cnil_etag *etag);

/* Content-Type as browsers read it (MIME Sniffing standard, "parse a MIME type"). */
struct cnil_mime {
    struct cnil_str essence; /* "text/html" as written; compare without case */
    struct cnil_str charset; /* unquoted, as written; empty when there is none */
};
bool cnil_mime_parse(struct cnil_str value, struct cnil_mime *mime); /* false: not a MIME type */

/* What bytes mean under a label of the Encoding standard. */
enum cnil_charset {
    CNIL_CHARSET_UNKNOWN,    /* no label, or one that no browser knows, which counts as none */
    CNIL_CHARSET_LIKE_ASCII, /* every ASCII byte means ASCII where HTML gives it a meaning */
    CNIL_CHARSET_UTF_16LE,
    CNIL_CHARSET_UTF_16BE,
    CNIL_CHARSET_ISO_2022_JP,
    CNIL_CHARSET_REPLACEMENT /* browsers show one U+FFFD for all of it */
};
enum cnil_charset cnil_charset_of(struct cnil_str label);

/* Which bytes of such a charset begin a character of two, of which the second may be one of ASCII's, such as "\"?
 * (Encoding standard, the decoders of Shift_JIS, of gb18030 and GBK, of Big5.) */
enum cnil_pairs { CNIL_PAIRS_NONE, CNIL_PAIRS_SHIFT_JIS, CNIL_PAIRS_CHINESE };
enum cnil_pairs cnil_charset_pairs(struct cnil_str label);

/* Is `address` (text form of an IPv4 or IPv6 address) within `network` ("10.0.0.0/8", "::1", "fe80::/10")? An
 * IPv4-mapped IPv6 address is read as IPv4. False for anything malformed. */
bool cnil_ip_within(struct cnil_str address, struct cnil_str network);
bool cnil_ip_network_is_valid(struct cnil_str network);

#endif
