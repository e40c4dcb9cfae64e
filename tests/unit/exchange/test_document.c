/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/arena.h"
#include "exchange/document.h"

static const struct {
    const char *name, *response;
    bool head;
    const char *is; /* "html", "xml", "untyped" with how it is read behind it, "none", or why it is unread */
} cases[] = {
    { "a page", "200\nContent-Type: text/html\n", false, "html" },
    { "case and space", "200\nContent-Type: TEXT/HTML ; charset=\"UTF-8\"\n", false, "html" },
    { "Latin", "200\nContent-Type: text/html; charset=iso-8859-1\n", false, "html" },
    { "an error page", "404\nContent-Type: text/html\n", false, "html" },
    { "identity is no encoding", "200\nContent-Type: text/html\nContent-Encoding: identity\n", false, "html" },
    { "HEAD", "200\nContent-Type: text/html\nContent-Length: 0\n", true, "html" },
    { "no body", "200\nContent-Type: text/html\nContent-Length: 0\n", false, "none" },
    { "inline", "200\nContent-Type: text/html\nContent-Disposition: inline; filename=a.html\n", false, "html" },
    { "a download", "200\nContent-Type: text/html\nContent-Disposition: ATTACHMENT; filename=a.html\n", false, "none" },
    { "not modified", "304\nContent-Type: text/html\n", false, "none" },
    { "no content", "204\nContent-Type: text/html\n", false, "none" },
    { "reset", "205\nContent-Type: text/html\n", false, "none" },
    { "an upgrade", "101\nUpgrade: websocket\n", false, "none" },
    { "a script", "200\nContent-Type: text/javascript\n", false, "none" },
    { "plain text", "200\nContent-Type: text/plain\nContent-Encoding: gzip\n", false, "none" },
    { "compressed", "200\nContent-Type: text/html\nContent-Encoding: gzip\n", false, "html 0" },
    { "compressed on top", "200\nContent-Type: text/html\nContent-Encoding: identity, br\n", false, "html 2" },
    { "compressed in two fields", "200\nContent-Type: text/html\nContent-Encoding: deflate\nContent-Encoding: br\n",
      false, "html 12" },
    { "compressed in a way nobody knows", "200\nContent-Type: text/html\nContent-Encoding: gzip, dcb\n", false,
      "encoding" },
    { "a charset where a coding should be", "200\nContent-Type: text/html\nContent-Encoding: utf-8\n", false, "html" },
    { "UTF-16", "200\nContent-Type: text/html; charset=utf-16\n", false, "html le" },
    { "a charset nobody knows", "200\nContent-Type: text/html; charset=klingon\n", false, "html" },
    { "escapes that hide markup", "200\nContent-Type: text/html; charset=iso-2022-jp\n", false, "html jp" },
    { "a charset of one character", "200\nContent-Type: text/html; charset=iso-2022-kr\n", false, "charset" },
    { "a part", "206\nContent-Type: text/html\nContent-Range: bytes 0-9/100\n", false, "partial" },
    { "a part of a picture", "206\nContent-Type: image/png\n", false, "none" },
    { "no type", "200\nServer: x\n", false, "untyped" },
    { "an empty type", "200\nContent-Type:\n", false, "untyped" },
    { "no MIME type", "200\nContent-Type: html\n", false, "untyped" },
    { "two types: the last counts", "200\nContent-Type: text/plain\nContent-Type: text/html\n", false, "html" },
    { "two types, the last is none", "200\nContent-Type: text/html\nContent-Type: html\n", false, "html" },
    { "two types, the last is plain", "200\nContent-Type: text/html\nContent-Type: text/plain\n", false, "none" },
    { "two charsets", "200\nContent-Type: text/html; charset=utf-8\nContent-Type: text/html; charset=utf-16be\n", false,
      "html be" },
    { "a charset, then none", "200\nContent-Type: text/html; charset=utf-16\nContent-Type: text/html\n", false,
      "html le" },
    { "pictures of a camera", "200\nContent-Type: multipart/x-mixed-replace; boundary=b\n", false, "multipart" },
    { "two types in one field: the last counts", "200\nContent-Type: text/plain, text/html\n", false, "html" },
    { "a type that is sniffed", "200\nContent-Type: */*\nContent-Encoding: zstd\n", false, "untyped 3" },
    { "XHTML", "200\nContent-Type: application/xhtml+xml\n", false, "xml" },
    { "SVG", "200\nContent-Type: image/svg+xml\n", false, "xml" },
    { "XML", "200\nContent-Type: text/xml; charset=utf-8\n", false, "xml" },
    { "XML of XSLT, in Chromium", "200\nContent-Type: Text/XSL\n", false, "xml" },
    { "XML of RDF, in Firefox", "200\nContent-Type: text/rdf\n", false, "xml" },
    { "a type that Firefox sniffs", "200\nContent-Type: application/x-unknown-content-type\n", false, "untyped" },
    { "a download of a drawing", "200\nContent-Type: image/svg+xml\nContent-Disposition: attachment\n", false, "none" },
    { "a style sheet to download, too", "200\nContent-Type: text/css\nContent-Disposition: attachment\n", false,
      "css" },
    { "rules to download, too",
      "200\nContent-Type: application/speculationrules+json\nContent-Disposition: attachment\n", false, "rules" },
    { "a web app's manifest", "200\nContent-Type: application/manifest+json; charset=utf-16\n", false, "manifest le" },
    { "a playlist is UTF-8", "200\nContent-Type: Application/x-mpegURL; charset=utf-16\nContent-Encoding: br\n", false,
      "playlist 2" },
    { "a playlist of sounds", "200\nContent-Type: audio/mpegurl\n", false, "playlist" },
    { "a part of a playlist", "206\nContent-Type: application/vnd.apple.mpegurl\n", false, "partial" },
    { "one in a charset of pairs", "200\nContent-Type: application/manifest+json; charset=sjis\n", false, "charset" },
    { "a style sheet", "200\nContent-Type: Text/CSS; charset=utf-8\n", false, "css" },
    { "a compressed one", "200\nContent-Type: text/css\nContent-Encoding: br\n", false, "css 2" },
    { "a part of one", "206\nContent-Type: text/css\n", false, "partial" },
    { "a part of an XML document", "206\nContent-Type: text/xml; charset=utf-8\n", false, "partial" },
};

static void describe(enum cnil_document document, const struct cnil_reading *reading, const char *reason, char *is)
{
    static const char *kinds[] = { "none", "html", "xml", "untyped", "css", "script", "rules", "manifest", "playlist" };
    static const char *charsets[] = { "", "", " le", " be", " jp", " replacement" };

    strcpy(is, document == CNIL_DOCUMENT_UNREAD ? reason : kinds[document]);
    if (document == CNIL_DOCUMENT_UNREAD || document == CNIL_DOCUMENT_NONE)
        return;
    assert_true(reading->is_untyped == (document == CNIL_DOCUMENT_UNTYPED));
    assert_true((reading->content == CNIL_CONTENT_XML) == (document == CNIL_DOCUMENT_XML));
    assert_true((reading->content == CNIL_CONTENT_CSS) == (document == CNIL_DOCUMENT_CSS));
    for (size_t i = 0; i < reading->codings.count; i++)
        sprintf(is + strlen(is), i == 0 ? " %d" : "%d", reading->codings.list[i]);
    strcat(is, charsets[reading->charset]);
}

/* What an answer of these headers to such a request is must be `wanted`. */
static void expect(const char *text, bool head, enum cnil_use use, const char *name, const char *wanted)
{
    struct fixture fixture = { 0 };
    struct fixture_message message;
    struct cnil_response response;
    enum cnil_document document;
    struct cnil_reading reading;
    const char *reason;
    char is[64];

    fixture_parse(&fixture, text, &message);
    response = fixture_response(&message);
    document = cnil_document_of(&response, head, use, &reading, &reason);
    describe(document, &reading, reason, is);
    if (strcmp(is, wanted) != 0)
        fail_msg("%s: %s, not %s", name, is, wanted);
}

static void documents_are_known_by_their_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(cases[i].response, cases[i].head, CNIL_USE_ANY, cases[i].name, cases[i].is);
}

/* A page without a doctype takes whatever it gets for the style sheet that it asked for; a worker runs what says that
 * it is JavaScript, and in older browsers what says nothing. */
static void the_request_tells_what_a_body_is(void **state)
{
    static const struct {
        enum cnil_use use;
        const char *response, *is;
    } tries[] = {
        { CNIL_USE_STYLE, "200\nContent-Type: text/plain\n", "css" },
        { CNIL_USE_STYLE, "200\nServer: x\n", "css" },
        { CNIL_USE_STYLE, "200\nContent-Type: */*\n", "css" },
        { CNIL_USE_STYLE, "200\nContent-Type: text/html\n", "html" },
        { CNIL_USE_STYLE, "200\nContent-Type: image/svg+xml\n", "xml" },
        { CNIL_USE_STYLE, "304\nContent-Type: text/css\n", "none" },
        { CNIL_USE_STYLE, "200\nContent-Type: text/css; charset=utf-16\n", "css le" },
        { CNIL_USE_MANIFEST, "200\nContent-Type: application/json\n", "manifest" },
        { CNIL_USE_MANIFEST, "200\nServer: x\n", "manifest" },
        { CNIL_USE_MANIFEST, "200\nContent-Type: text/html\nContent-Encoding: gzip\n", "manifest 0" },
        { CNIL_USE_MANIFEST, "200\nContent-Type: text/css\nContent-Disposition: attachment\n", "manifest" },
        { CNIL_USE_MANIFEST, "206\nContent-Type: application/json\n", "partial" },
        { CNIL_USE_MANIFEST, "304\nContent-Type: application/json\n", "none" },
        { CNIL_USE_PART, "200\nContent-Type: image/svg+xml\n", "xml" },
        { CNIL_USE_PART, "200\nContent-Type: text/xml\nContent-Disposition: attachment\n", "xml" },
        { CNIL_USE_PART, "200\nContent-Type: image/png\nContent-Disposition: attachment\n", "none" },
        { CNIL_USE_PART, "206\nContent-Type: image/svg+xml\n", "partial" },
        { CNIL_USE_WORKER, "200\nContent-Type: text/javascript\n", "script" },
        { CNIL_USE_WORKER, "203\nContent-Type: application/javascript; charset=utf-8\n", "script" },
        { CNIL_USE_WORKER, "200\nServer: x\n", "script" },
        { CNIL_USE_WORKER, "200\nContent-Type: text/javascript\nContent-Encoding: br\n", "script 2" },
        { CNIL_USE_WORKER, "200\nContent-Type: text/javascript\nContent-Disposition: attachment\n", "script" },
        { CNIL_USE_WORKER, "200\nContent-Type: text/javascript; charset=utf-16le\n", "script le" },
        { CNIL_USE_WORKER, "200\nContent-Type: text/javascript; charset=iso-2022-kr\n", "script" },
        { CNIL_USE_WORKER, "200\nContent-Type: text/javascript\nContent-Encoding: dcb\n", "encoding" },
        { CNIL_USE_WORKER, "206\nContent-Type: text/javascript\n", "partial" },
        { CNIL_USE_WORKER, "200\nContent-Type: text/javascript\nContent-Length: 0\n", "none" },
        { CNIL_USE_WORKER, "304\nContent-Type: text/javascript\n", "none" },
        { CNIL_USE_WORKER, "404\nContent-Type: text/javascript\n", "none" },
        { CNIL_USE_WORKER, "200\nContent-Type: application/json\n", "none" },
        { CNIL_USE_WORKER, "200\nContent-Type: text/html\n", "html" },
        { CNIL_USE_WORKER, "200\nContent-Type: text/css\n", "css" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
        expect(tries[i].response, false, tries[i].use, tries[i].response, tries[i].is);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_known_by_their_headers),
        cmocka_unit_test(the_request_tells_what_a_body_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
