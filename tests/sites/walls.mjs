// SPDX-License-Identifier: Apache-2.0
// What each wall stops on the real pages, and what it costs them: the table of docs/THREATS.md. Before a choice, through
// nginx, JavaScript on, each page with what its own code and the scripts of the sink do. Build first: make.

import path from 'node:path';
import { judge } from './judge.mjs';
import { originOf, readPages, speaksOf, tour } from './pages.mjs';
import { stage } from './stage.mjs';

const folder = path.join(process.env.CNIL_SHARED ?? new URL('../../../shared', import.meta.url).pathname, 'pages');
const pages = readPages(folder);

const own = (host) => judge([{ url: `https://${host}/`, page: `https://${host}/`, dest: '' }], null)[0].site;
for (const page of pages)
    page.site = own(page.host);

// What a usual consent manager does on arrival: consent mode with everything denied, and the interfaces that tags ask.
const manager = `<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); }
gtag('consent', 'default', { ad_storage: 'denied', analytics_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied' });
window.__tcfapi = function (command, version, answer) { answer({ gdprApplies: true, eventStatus: 'cmpuishown', purpose: { consents: {} }, vendor: { consents: {} } }, true); };</script>`;

const added = (place, page) => place === 'csp' ? { headers: { 'Content-Security-Policy':
    `default-src 'self' https://*.${page.site} https://${page.site} 'unsafe-inline' 'unsafe-eval' data: blob:` } } :
    place === 'manager' ? { head: manager } : {};

const ourScripts = /\/_privacy\/[^?]*\.js/;
const withoutGuard = (visitor) => visitor.context.route(ourScripts, (route) => route.abort());
const noPolicy = { bypassCSP: true };

const walls = [
    ['nothing', { place: 'stock' }],
    ['a consent manager in the head', { place: 'manager' }],
    ['a CSP that allows only the site', { place: 'csp' }],
    ['`balanced`: the rewriter alone', { place: 'nginx-balanced', options: noPolicy, prepare: withoutGuard }],
    ['`balanced`: rewriter and guard', { place: 'nginx-balanced', options: noPolicy }],
    ['`balanced`, whole', { place: 'nginx-balanced' }],
    ['`strict`: the rewriter alone', { place: 'nginx-strict', options: noPolicy, prepare: withoutGuard }],
    ['`strict`: rewriter and guard', { place: 'nginx-strict', options: noPolicy }],
    ['`strict`, whole', { place: 'nginx-strict' }],
];

const chosen = process.argv.slice(2);
const ground = await stage(pages.map(({ host }) => host), originOf(pages, added), { spoken: speaksOf(pages), fast: true });
const lines = [];

// What left: { url, dest, file, tracker, third }, one a page and address, names and bare connections too.
function leftOf(result) {
    const heard = [];
    const pageOf = new Map(pages.flatMap((page) => (result.seen[page.file]?.asked ?? []).map(({ url }) => [url, page])));
    const asked = new Set();

    for (const { url, dest, host } of result.heard.requests) {
        heard.push({ what: 'request', url, dest, page: pageOf.get(url) });
        asked.add(host);
    }
    for (const { host, requests } of result.heard.connections)
        if (requests === 0 && host !== null && !asked.has(host))
            heard.push({ what: 'connection', url: `https://${host}/`, dest: '' });
    for (const name of result.heard.names)
        if (!asked.has(name))
            heard.push({ what: 'name', url: `https://${name}/`, dest: '' });
    // whose page is not known is asked for as by a page of a site that has nothing else
    const answers = judge(heard.map((one) => ({ ...one, page: one.page?.url ?? 'https://nobody.example/' })), ground.policies.balanced);
    return heard.map((one, i) => {
        const isOwn = one.page === undefined && pages.some(({ site }) => site === answers[i].site);

        return { ...one, tracker: answers[i].before === 'hold' && !isOwn, third: answers[i].party === 'third' && !isOwn };
    });
}

let stock;
for (const [name, how] of walls) {
    if (chosen.length > 0 && name !== 'nothing' && !chosen.some((word) => name.includes(word)))
        continue;
    const result = await tour(ground, { ...how, pages });
    const left = leftOf(result);
    const trackers = left.filter(({ what, tracker }) => what === 'request' && tracker);
    const hints = new Set(left.filter(({ what, tracker }) => what !== 'request' && tracker).map(({ url }) => url));
    const others = new Set(left.filter(({ what, tracker, third, dest, page }) => what === 'request' && third && !tracker && page !== undefined && (dest === 'style' || dest === 'script'))
        .map(({ page, url }) => `${page.file} ${url.split('?')[0].replace(/\d+/g, '0')}`));
    const row = {
        third: left.filter(({ what, third }) => what === 'request' && third).length, trackers: trackers.length,
        pages: new Set(trackers.map(({ page }) => page?.file)).size, hints: hints.size, others,
        errors: Object.values(result.seen).reduce((sum, { errors }) => sum + new Set(errors).size, 0),
        bytes: Object.values(result.seen).reduce((sum, { bytes }) => sum + bytes, 0),
    };

    stock ??= row;
    const lost = [...stock.others].filter((one) => !others.has(one));
    lines.push(`| ${name} | ${row.third} | ${row.trackers} | ${row.pages} | ${row.hints} | ${new Set(lost.map((one) => one.split(' ')[0])).size} | ` +
        `${(row.bytes / stock.bytes).toFixed(2)} |`);
    console.log(lines.at(-1));
}
await ground.end();
console.log(`\n| wall | third-party requests | of them to known trackers | pages that make these | trackers named or connected to without a request | pages that lose a style sheet or script of nobody known | bytes of the pages |\n|---|---|---|---|---|---|---|`);
console.log(lines.join('\n'));
process.exit(0);
