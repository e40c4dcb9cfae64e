/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/document.h"

#include "base/arena.h"
#include "page/script.h"

static bool has_body(const struct cnil_response *response, bool head)
{
    unsigned status = response->status;

    if (status < 200 || status == 204 || status == 205 || status == 304)
        return false;
    return head || !cnil_str_equal(cnil_headers_value(response->headers, CNIL_STR("Content-Length")), CNIL_STR("0"));
}

static bool is_attachment(struct cnil_headers headers)
{
    struct cnil_str value = cnil_headers_value(headers, CNIL_STR("Content-Disposition"));

    return cnil_str_equal_nocase(cnil_str_trim(cnil_str_cut(&value, ';')), CNIL_STR("attachment"));
}

/* What browsers show as a document of XML: the standard's types (MIME Sniffing, 4.6), Chromium's text/xsl, Firefox's
 * text/rdf. */
static bool is_xml(struct cnil_str essence)
{
    static const struct cnil_str names[] = { CNIL_STR_INIT("text/xml"), CNIL_STR_INIT("application/xml"),
                                             CNIL_STR_INIT("text/xsl"), CNIL_STR_INIT("text/rdf") };
    struct cnil_str tail = cnil_str_slice(essence, essence.len >= 4 ? essence.len - 4 : 0, essence.len);

    return CNIL_STR_IS_AMONG_NOCASE(essence, names) || cnil_str_equal_nocase(tail, CNIL_STR("+xml"));
}

/* Types for which browsers look at the bytes and may find HTML (MIME Sniffing standard, 7; the last is Firefox's). */
static bool is_sniffed(struct cnil_str essence)
{
    static const struct cnil_str names[] = { CNIL_STR_INIT("unknown/unknown"), CNIL_STR_INIT("application/unknown"),
                                             CNIL_STR_INIT("*/*"),
                                             CNIL_STR_INIT("application/x-unknown-content-type") };

    return CNIL_STR_IS_AMONG_NOCASE(essence, names);
}

bool cnil_document_type(struct cnil_headers headers, struct cnil_mime *mime)
{
    bool found = false;

    for (size_t i = 0; i < headers.count; i++) {
        struct cnil_mime one;

        if (!cnil_str_equal_nocase(headers.list[i].name, CNIL_STR("Content-Type")) ||
            !cnil_mime_parse(headers.list[i].value, &one))
            continue;
        if (found && one.charset.len == 0 && cnil_str_equal_nocase(one.essence, mime->essence))
            one.charset = mime->charset;
        *mime = one;
        found = true;
    }
    return found;
}

/* Is it one, or may a page without a doctype take it for one (HTML standard, 4.6.7.19)? */
static bool is_sheet(struct cnil_str essence, bool for_style)
{
    return cnil_str_equal_nocase(essence, CNIL_STR("text/css")) ||
           (for_style && !is_xml(essence) && !cnil_str_equal_nocase(essence, CNIL_STR("text/html")));
}

/* Types that servers give to playlists (RFC 8216, 4, and those of before). */
static bool is_playlist(struct cnil_str essence)
{
    static const struct cnil_str names[] = { CNIL_STR_INIT("application/vnd.apple.mpegurl"),
                                             CNIL_STR_INIT("application/x-mpegurl"), CNIL_STR_INIT("audio/mpegurl"),
                                             CNIL_STR_INIT("audio/x-mpegurl") };

    return CNIL_STR_IS_AMONG_NOCASE(essence, names);
}

/* Does a worker run it? Browsers want a type of JavaScript; older ones took none for one. */
static bool is_script(const struct cnil_response *response, bool has_type, struct cnil_str essence)
{
    const struct cnil_script_type type = { .type = essence };

    return response->status < 300 && (!has_type || cnil_script_kind(&type) == CNIL_SCRIPT_CLASSIC);
}

enum cnil_document cnil_document_of(const struct cnil_response *response, bool head, enum cnil_use use,
                                    struct cnil_reading *reading, const char **reason)
{
    struct cnil_mime mime = { CNIL_STR_EMPTY, CNIL_STR_EMPTY };
    enum cnil_document document = CNIL_DOCUMENT_HTML;
    bool has_type;

    *reason = NULL;
    *reading = (struct cnil_reading){ .content = CNIL_CONTENT_HTML };
    if (!has_body(response, head))
        return CNIL_DOCUMENT_NONE;
    has_type = cnil_document_type(response->headers, &mime);
    if (use == CNIL_USE_WORKER && is_script(response, has_type, mime.essence)) {
        document = CNIL_DOCUMENT_SCRIPT;
        reading->content = CNIL_CONTENT_SCRIPT;
    } else if (use == CNIL_USE_MANIFEST || cnil_str_equal_nocase(mime.essence, CNIL_STR("application/manifest+json"))) {
        document = CNIL_DOCUMENT_MANIFEST;
        reading->content = CNIL_CONTENT_MANIFEST;
    } else if (use == CNIL_USE_PLAYLIST || is_playlist(mime.essence)) {
        document = CNIL_DOCUMENT_PLAYLIST;
        reading->content = CNIL_CONTENT_PLAYLIST;
    } else if (is_sheet(mime.essence, use == CNIL_USE_STYLE)) {
        document = CNIL_DOCUMENT_CSS;
        reading->content = CNIL_CONTENT_CSS;
    } else if (cnil_str_equal_nocase(mime.essence, CNIL_STR("application/speculationrules+json"))) {
        document = CNIL_DOCUMENT_RULES;
        reading->content = CNIL_CONTENT_RULES;
    } else if (use != CNIL_USE_PART &&
               is_attachment(response->headers)) { /* shown by nobody; what pages use is used all the same */
        return CNIL_DOCUMENT_NONE;
    } else if (!has_type || is_sniffed(mime.essence)) {
        document = CNIL_DOCUMENT_UNTYPED;
        reading->is_untyped = true;
    } else if (is_xml(mime.essence)) {
        document = CNIL_DOCUMENT_XML;
        reading->content = CNIL_CONTENT_XML;
    } else if (cnil_str_equal_nocase(mime.essence, CNIL_STR("multipart/x-mixed-replace"))) {
        *reason = "multipart"; /* parts that may be pages of their own, in Firefox */
    } else if (!cnil_str_equal_nocase(mime.essence, CNIL_STR("text/html"))) {
        return CNIL_DOCUMENT_NONE;
    }
    reading->charset = cnil_charset_of(mime.charset);
    reading->pairs = cnil_charset_pairs(mime.charset);
    if (document == CNIL_DOCUMENT_RULES || document == CNIL_DOCUMENT_PLAYLIST ||
        (document == CNIL_DOCUMENT_SCRIPT && reading->charset == CNIL_CHARSET_REPLACEMENT))
        reading->charset = CNIL_CHARSET_UNKNOWN; /* they are UTF-8 */
    if (response->status == 206)
        *reason = "partial";
    else if (!cnil_decoder_codings(response->headers, &reading->codings))
        *reason = "encoding";
    else if (reading->charset == CNIL_CHARSET_REPLACEMENT ||
             (document == CNIL_DOCUMENT_MANIFEST && reading->pairs != CNIL_PAIRS_NONE)) /* half of one may be a "\\" */
        *reason = "charset";
    return *reason == NULL ? document : CNIL_DOCUMENT_UNREAD;
}
