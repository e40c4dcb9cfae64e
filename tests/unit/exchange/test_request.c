/* SPDX-License-Identifier: Apache-2.0
 * What a request says of who asks and what for. */
#include "fixture.h"

#include "exchange/request.h"

static struct cnil_request with(struct cnil_header *field, const char *name, const char *value)
{
    *field = (struct cnil_header){ cnil_str_from(name), cnil_str_from(value) };
    return (struct cnil_request){ .headers = { field, 1 } };
}

static void robots_are_known_by_whole_words(void **state)
{
    static const char *const crawlers[] = {
#define CRAWLER(word, source) word,
#include "exchange/crawlers.def"
#undef CRAWLER
    };
    static const char *const people[] = {
        "",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (Linux; Android 14; Pinterest) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
        "Mozilla/5.0 Chrome-Lighthouse",
    };
    struct cnil_header field;
    struct cnil_request request;
    char agent[700];

    (void)state;
    for (size_t i = 0; i < sizeof(crawlers) / sizeof(crawlers[0]); i++) {
        static const struct {
            const char *before, *after;
            bool known;
        } forms[] = { { "", "/2.1", true },
                      { "Mozilla/5.0 (compatible; ", "/2.1; +https://x)", true },
                      { "", "", true },
                      { "Mozilla/5.0 X", "/2.1", false },
                      { "", "s/1.0", false } };

        for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
            snprintf(agent, sizeof(agent), "%s%s%s", forms[f].before, crawlers[i], forms[f].after);
            request = with(&field, "user-agent", agent);
            if (cnil_request_is_of_crawler(&request) != forms[f].known)
                fail_msg("%s", agent);
        }
    }
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        request = with(&field, "User-Agent", people[i]);
        if (cnil_request_is_of_crawler(&request))
            fail_msg("%s", people[i]);
    }
    memset(agent, ' ', sizeof(agent));
    strcpy(agent + CNIL_LIMIT_USER_AGENT - 4, "CCBot/2.0"); /* not within what is looked at */
    request = with(&field, "User-Agent", agent);
    assert_false(cnil_request_is_of_crawler(&request));
}

static void what_scripts_of_old_browsers_fetch(void **state)
{
    struct cnil_header field;
    struct cnil_request request = with(&field, "X-Requested-With", "XMLHttpRequest");
    struct cnil_header both[] = { { CNIL_STR_INIT("X-Requested-With"), CNIL_STR_INIT("XMLHttpRequest") },
                                  { CNIL_STR_INIT("Sec-Fetch-Dest"), CNIL_STR_INIT("document") } };

    (void)state;
    assert_int_equal(cnil_request_destination(&request), CNIL_DESTINATION_FETCH);
    request = with(&field, "X-Requested-With", "com.example.app");
    assert_int_equal(cnil_request_destination(&request), CNIL_DESTINATION_UNKNOWN);
    request.headers = (struct cnil_headers){ both, 2 };
    assert_int_equal(cnil_request_destination(&request), CNIL_DESTINATION_DOCUMENT); /* a browser knows better */
}

/* `respondWith(fetch(event.request))`, as Chromium sends it. */
static void what_a_service_worker_passes_on(void **state)
{
    static const struct {
        const char *mode, *name, *value;
        enum cnil_destination is;
    } rows[] = {
        { "navigate", "X", "y", CNIL_DESTINATION_LIKELY },
        { "Navigate ", "X", "y", CNIL_DESTINATION_LIKELY },
        { "cors", "X", "y", CNIL_DESTINATION_FETCH },
        { "same-origin", "Accept", "text/html", CNIL_DESTINATION_FETCH },
        { "", "X", "y", CNIL_DESTINATION_FETCH },
        { "navigate", "Sec-Purpose", "prefetch", CNIL_DESTINATION_PREFETCH },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cnil_header fields[] = { { CNIL_STR_INIT("Sec-Fetch-Dest"), CNIL_STR_INIT("empty") },
                                        { CNIL_STR_INIT("Sec-Fetch-Mode"), cnil_str_from(rows[i].mode) },
                                        { cnil_str_from(rows[i].name), cnil_str_from(rows[i].value) } };
        struct cnil_request request = { .headers = { fields, 3 } };

        assert_int_equal(cnil_request_destination(&request), rows[i].is);
    }
}

static void what_the_script_of_a_worker_asks_for(void **state)
{
    static const struct {
        const char *referrer;
        bool is_by_worker;
    } rows[] = {
        { "https://shop.example/sw.js", true },
        { "https://shop.example/sw.js?v=/a", true },
        { "https://shop.example/a/sw.mjs ", true },
        { "https://shop.example/", false },
        { "https://shop.example/?sw.js", false },
        { "https://shop.example/js", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cnil_header field;
        struct cnil_request request = with(&field, "referer", rows[i].referrer);

        if (cnil_request_is_by_worker(&request) != rows[i].is_by_worker)
            fail_msg("%s", rows[i].referrer);
    }
}

static void what_makes_a_document_of_a_drawing(void **state)
{
    static const struct {
        const char *destination, *mode;
        bool is_for_part;
    } rows[] = {
        { "image", "same-origin", true }, { "Image ", " Same-Origin", true }, { "empty", "same-origin", true },
        { "image", "no-cors", false },    { "image", "cors", false },         { "image", "", false },
        { "", "same-origin", false },     { "document", "navigate", false },  { "track", "same-origin", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cnil_header fields[] = { { CNIL_STR_INIT("Sec-Fetch-Dest"), cnil_str_from(rows[i].destination) },
                                        { CNIL_STR_INIT("Sec-Fetch-Mode"), cnil_str_from(rows[i].mode) } };
        struct cnil_request request = { .headers = { fields, 2 } };

        if (cnil_request_is_for_part(&request) != rows[i].is_for_part)
            fail_msg("%s, %s", rows[i].destination, rows[i].mode);
    }
}

static void what_may_be_a_playlist(void **state)
{
    static const struct {
        const char *destination, *range, *path;
        bool is_for_media, is_for_playlist;
    } rows[] = {
        { "video", "bytes=0-", "/a.m3u8", true, true },
        { "Audio", "", "/a.M3U", true, true },
        { "video", "", "/a.mp4", true, false },
        { "video", "", "m3u", true, false },
        { "video", "", "", true, false },
        { "empty", "bytes=0-", "/.m3u8", true, true },
        { "empty", "", "/a.m3u8", false, false },
        { "empty", "bytes=0-9", "/a.m3u8", false, false },
        { "", "bytes=0-", "/a.m3u8", false, false },
        { "document", "", "/a.m3u8", false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cnil_header fields[] = { { CNIL_STR_INIT("Sec-Fetch-Dest"), cnil_str_from(rows[i].destination) },
                                        { CNIL_STR_INIT("Range"), cnil_str_from(rows[i].range) } };
        struct cnil_exchange exchange = { .request = { .headers = { fields, 2 } },
                                          .address = { .path = cnil_str_from(rows[i].path) } };

        if (cnil_request_is_for_media(&exchange.request) != rows[i].is_for_media ||
            cnil_request_is_for_playlist(&exchange) != rows[i].is_for_playlist)
            fail_msg("%s, %s, %s", rows[i].destination, rows[i].range, rows[i].path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(robots_are_known_by_whole_words),    cmocka_unit_test(what_scripts_of_old_browsers_fetch),
        cmocka_unit_test(what_a_service_worker_passes_on),    cmocka_unit_test(what_the_script_of_a_worker_asks_for),
        cmocka_unit_test(what_makes_a_document_of_a_drawing), cmocka_unit_test(what_may_be_a_playlist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
