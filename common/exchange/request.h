/* SPDX-License-Identifier: Apache-2.0
 * What is done to a request before the origin sees it: trackers' cookies, encodings, ranges, validators. */
#ifndef CNIL_EXCHANGE_REQUEST_H
#define CNIL_EXCHANGE_REQUEST_H

#include "exchange/exchange.h"
#include "page/element_rules.h"

/* What the browser will do with the response. */
enum cnil_destination cnil_request_destination(const struct cnil_request *request);

/* May the block go into the document? As its destination says (below), and never for a robot, which answers nothing. */
enum cnil_insertion cnil_request_block_insertion(const struct cnil_exchange *exchange);

/* Is it for a page that may be shown later, or never? */
bool cnil_request_is_prefetch(struct cnil_headers headers);

/* Does a script of ours ask for the open page as a visitor who came now would get it (page/assets/activate.js)? Whoever
 * else says so gets a page. */
bool cnil_request_is_renewal(struct cnil_headers headers);

/* Does its User-Agent say that it is one of the known robots that index pages or preview links? */
bool cnil_request_is_of_crawler(const struct cnil_request *request);

enum cnil_insertion cnil_request_insertion(enum cnil_destination destination);

/* Is it the script of a worker that asks (`Referer` is its address)? A service worker may show what it gets as a page.
 */
bool cnil_request_is_by_worker(const struct cnil_request *request);

/* May the guard? It must in every document, frames included, and in what a worker may make one of. */
enum cnil_insertion cnil_request_guard_insertion(const struct cnil_exchange *exchange);

/* Does the browser make a document of the response, as far as it says? */
bool cnil_request_is_navigation(enum cnil_destination destination);

/* Does the browser ask for a web app's manifest? */
bool cnil_request_is_for_manifest(const struct cnil_request *request);

/* Does it ask for a video or sound, which may be a playlist? A service worker passes it on with "empty", as what a
 * script asks for, but scripts do not ask for a part that is all. */
bool cnil_request_is_for_media(const struct cnil_request *request);

/* … and does its path say that it is one? */
bool cnil_request_is_for_playlist(const struct cnil_exchange *exchange);

/* Does it ask for a drawing that a page shows a part of (`<use href="/file.svg#part">`), and which makes a document of
 * its own? Chromium and Firefox ask for no other picture in that mode; a service worker passes it on with "empty". */
bool cnil_request_is_for_part(const struct cnil_request *request);

/* Does the browser ask for a style sheet, as far as it says? Older ones say it by the path alone. */
bool cnil_request_is_for_style(const struct cnil_exchange *exchange);

/* What a browser makes of what it asks for, by Sec-Fetch-Dest. False: it fetches nothing for that. */
bool cnil_request_use(const struct cnil_request *request, struct cnil_element_use *use);

/* Does a page of the very origin ask for a module or the like, and nobody navigate, as its browser says, which no
 * script can say in its place? */
bool cnil_request_is_of_code(const struct cnil_request *request);

/* Does the browser ask for the script of a worker, as far as it says? And will the guard stand before it? */
bool cnil_request_is_of_worker(const struct cnil_request *request);
bool cnil_request_is_for_worker(const struct cnil_exchange *exchange);

/* The language of what visitors read, as far as the request decides it: the policy's, or what Accept-Language asks for
 * of those that it offers. */
enum cnil_language cnil_request_language(const struct cnil_request *request, const struct cnil_policy *policy);

/* The edits that the place's policy asks for, with their events; no edits in audit. */
CNIL_MUST_USE enum cnil_status cnil_request_edit(struct cnil_exchange *exchange, struct cnil_edits *edits);

#endif
