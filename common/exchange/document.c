/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/document.h"

#include "base/arena.h"

enum { SECURITY_POLICY_LIMIT = 4096 }; /* servers and proxies refuse much longer header fields */

static bool has_body(const struct cnil_response *response, bool head)
{
    unsigned status = response->status;

    if (status < 200 || status == 204 || status == 205 || status == 304)
        return false;
    return head || !cnil_str_equal(cnil_headers_value(response->headers, CNIL_STR("Content-Length")), CNIL_STR("0"));
}

static bool is_encoded(struct cnil_headers headers)
{
    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_str rest = headers.list[i].value, coding;

        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Content-Encoding")))
            continue;
        while (cnil_header_list_next(&rest, &coding)) {
            if (!cnil_str_equal_nocase(coding, CNIL_STR("identity")))
                return true;
        }
    }
    return false;
}

static bool is_attachment(struct cnil_headers headers)
{
    struct cnil_str value = cnil_headers_value(headers, CNIL_STR("Content-Disposition"));

    return cnil_str_equal_nocase(cnil_str_trim(cnil_str_cut(&value, ';')), CNIL_STR("attachment"));
}

static bool is_xml(struct cnil_str essence)
{
    static const struct cnil_str names[] = { CNIL_STR_INIT("text/xml"), CNIL_STR_INIT("application/xml") };
    struct cnil_str tail = cnil_str_slice(essence, essence.len >= 4 ? essence.len - 4 : 0, essence.len);

    return cnil_str_equal_nocase(essence, names[0]) || cnil_str_equal_nocase(essence, names[1]) ||
           cnil_str_equal_nocase(tail, CNIL_STR("+xml"));
}

/* Types for which browsers look at the bytes and may find HTML (MIME Sniffing standard, 7). */
static bool is_sniffed(struct cnil_str essence)
{
    static const struct cnil_str names[] = { CNIL_STR_INIT("unknown/unknown"), CNIL_STR_INIT("application/unknown"),
                                             CNIL_STR_INIT("*/*") };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (cnil_str_equal_nocase(essence, names[i]))
            return true;
    }
    return false;
}

/* Servers and browsers disagree on which of two types counts. */
static bool has_two_types(struct cnil_headers headers)
{
    const struct cnil_header *first = cnil_headers_find(headers, CNIL_STR("Content-Type"));

    for (size_t i = 0; i < headers.count; i++) {
        if (&headers.list[i] != first && cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Content-Type")))
            return true;
    }
    return false;
}

enum cnil_document cnil_document_of(const struct cnil_response *response, bool head, const char **reason)
{
    struct cnil_mime mime = { CNIL_STR_EMPTY, CNIL_STR_EMPTY };

    *reason = NULL;
    if (!has_body(response, head) || is_attachment(response->headers))
        return CNIL_DOCUMENT_NONE;
    if (!cnil_mime_parse(cnil_headers_value(response->headers, CNIL_STR("Content-Type")), &mime) ||
        is_sniffed(mime.essence) || has_two_types(response->headers)) {
        *reason = "type";
    } else if (is_xml(mime.essence)) {
        *reason = "xml"; /* names with case, CDATA, entities of its own: another language than the tokenizer's */
    } else if (!cnil_str_equal_nocase(mime.essence, CNIL_STR("text/html"))) {
        return CNIL_DOCUMENT_NONE;
    } else if (response->status == 206) {
        *reason = "partial";
    } else if (is_encoded(response->headers)) {
        *reason = "encoding";
    } else if (mime.charset.len > 0 && cnil_charset_of(mime.charset) != CNIL_CHARSET_LIKE_ASCII) {
        *reason = "charset";
    }
    return *reason == NULL ? CNIL_DOCUMENT_HTML : CNIL_DOCUMENT_UNREAD;
}

static void append_host(struct cnil_buffer *out, struct cnil_str host, bool is_domain)
{
    size_t needed = 2 * host.len + 4;

    if (host.len == 0 || host.ptr[0] == '[' || needed > out->limit - out->len)
        return; /* a source that is left out is refused: never more than the first party */
    cnil_buffer_append_byte(out, ' ');
    cnil_buffer_append(out, host);
    if (is_domain) {
        cnil_buffer_append(out, CNIL_STR(" *."));
        cnil_buffer_append(out, host);
    }
}

static bool is_address(struct cnil_str host)
{
    for (size_t i = 0; i < host.len; i++) {
        if (!cnil_is_digit(host.ptr[i]) && host.ptr[i] != '.')
            return false;
    }
    return true;
}

struct cnil_str cnil_document_security_policy(const struct cnil_policy *policy, struct cnil_str site, bool is_domain,
                                              struct cnil_arena *arena)
{
    struct cnil_str value = CNIL_STR_EMPTY;
    struct cnil_buffer out;

    cnil_buffer_init(&out, SECURITY_POLICY_LIMIT);
    /* object, worker, frame, connect and the rest fall back to default-src; "base-uri" does not */
    cnil_buffer_append(&out, CNIL_STR("base-uri 'self'; default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"));
    append_host(&out, site, is_domain);
    for (size_t i = 0; i < policy->first_party_host_count; i++)
        append_host(&out, policy->first_party_hosts[i], !is_address(policy->first_party_hosts[i]));
    if (cnil_buffer_status(&out) == CNIL_OK)
        value = cnil_arena_copy(arena, cnil_buffer_str(&out));
    cnil_buffer_free(&out);
    return value;
}
