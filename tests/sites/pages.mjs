// SPDX-License-Identifier: Apache-2.0
// Real pages (in $CNIL_SHARED/pages, HOSTS.tsv says whose they are) in Chromium, with every other host in the sink.

import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import { answer } from './bodies.mjs';
import { press, Visitor } from './chromium.mjs';
import { isKnownName, judge } from './judge.mjs';
import { look } from './look.mjs';

const TABS = 3;

export function readPages(folder) {
    const lines = fs.readFileSync(`${folder}/HOSTS.tsv`, 'utf8').trimEnd().split('\n').slice(1);

    return lines.map((line) => line.split('\t')).map(([file, host]) => {
        const bytes = fs.readFileSync(`${folder}/${file}`);
        // Without a charset Chromium guesses, from whatever comes first off the wire.
        const type = isUtf8(bytes) ? 'text/html; charset=utf-8' : 'text/html';

        return { file, host, url: `https://${host}/${file}`, bytes, type };
    });
}

// Whether one of them speaks of a host.
export const speaksOf = (pages) => (name) => pages.some(({ bytes }) => bytes.toString('latin1').toLowerCase().includes(name));

// The origin of all of them: the pages, and for whatever else they ask of their own hosts, what there may have been.
// `more(place, page)` gives what a place adds to a page: { headers, head }.
export function originOf(pages, more = () => ({})) {
    const byPath = new Map(pages.map((page) => [`${page.host}/${page.file}`, page]));

    return (request, response) => {
        const page = byPath.get((request.headers.host ?? '').toLowerCase() + request.url.split('?')[0]);

        if (page === undefined)
            return answer(request, response);
        const headers = { 'Content-Type': page.type, 'Cache-Control': 'no-cache', 'Set-Cookie': ['panier=1; Path=/', '_ga=GA1.1.1; Path=/'] };
        const added = more(request.headers['x-place'], page);
        const text = page.bytes.toString('latin1');
        const bytes = added.head === undefined ? page.bytes : Buffer.from(text.replace(/<head[^>]*>/i, (tag) => tag + added.head), 'latin1');

        return response.writeHead(200, { ...headers, ...added.headers }).end(bytes);
    };
}

// The browser's requests that are the network's business.
const isNetwork = (url) => /^(https?|wss?):/.test(url);

// One visitor in one state opens all of `pages`, a few at a time. Gives, by file: what was asked, what failed, what was
// seen and stored; under `heard`, what the sink heard meanwhile, each with the pages that may have made it; under `jar` the cookies,
// and under `given` those that there were before the consent was taken back.
export async function tour(stage, { place, state = 'none', javaScript = true, pages, look: looks = false, options, prepare }) {
    const { net } = stage;
    const cookies = [];

    if (state !== 'none') {
        const value = await stage.choice(place, state === 'accepted' || state === 'withdrawn' ? 'accept' : 'refuse', pages[0].host);

        for (const host of new Set(pages.map((page) => page.host)))
            cookies.push({ name: 'eu-consent', value, domain: host, path: '/', secure: true, sameSite: 'Lax' });
    }
    net.forget();
    const visitor = await Visitor.come(net, place, stage.folder, stage.spki, { javaScript, cookies, options });
    const seen = {};
    let given = [];

    await prepare?.(visitor);
    if (state === 'withdrawn') {
        await each(pages, async (page) => (await visitor.visit(page.url)).page.close());
        given = await visitor.context.cookies();
        await each(new Set(pages.map((page) => page.host)), (host) => withdraw(visitor, host));
        await Visitor.silence(net);
        net.forget();
    }
    await each(pages, async (page) => {
        const tab = await visitor.tab();
        const start = Date.now();

        await visitor.visit(page.url, tab);
        await tab.page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight)).catch(() => {});
        await Visitor.rest(tab, 250);
        const one = { file: page.file, errors: tab.errors, grave: tab.grave, failure: tab.failure, time: Date.now() - start, icons: [] };

        one.stored = await tab.page.evaluate(() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]).catch(() => []);
        if (looks)
            Object.assign(one, await tab.page.evaluate(look).catch((error) => ({ failure: error.message })));
        one.bytes = await tab.page.evaluate(() => performance.getEntriesByType('navigation')[0]?.encodedBodySize ?? 0).catch(() => 0);
        one.asked = tab.asked.filter(({ url }) => isNetwork(url));
        seen[page.file] = one;
        await tab.page.close();
    });
    await Visitor.silence(net);
    const heard = { names: [...net.names], connections: [...net.connections], requests: [...net.requests], datagrams: net.datagrams };
    if (state === 'withdrawn')
        await wearOff(visitor, given);
    const jar = await visitor.context.cookies();
    await visitor.leave();
    return { place, state, javaScript, seen, heard, jar, given };
}

// Does `how` with each of `list`, a few at a time.
async function each(list, how) {
    const todo = [...list];
    const work = async () => { while (todo.length > 0) await how(todo.shift()); };

    await Promise.all(Array.from({ length: TABS }, work));
}

// Until the cookies of before the withdrawal are gone: a response has room for so many expired ones, and the scopes take turns by
// the second (docs/THREATS.md).
async function wearOff(visitor, given) {
    const names = new Set(given.filter(({ name }) => isKnownName(name)).map(({ name }) => name));

    for (let i = 0; i < 20; i++) {
        const left = (await visitor.context.cookies()).filter(({ name, domain }) => names.has(name) && visitor.net.siteOf(domain));

        if (left.length === 0)
            return;
        for (const host of new Set(left.map(({ domain }) => visitor.net.siteOf(domain))))
            await (await visitor.visit(`https://${host}/_privacy/`)).page.close();
        await new Promise((resolve) => setTimeout(resolve, 700));
    }
}

// Takes the consent back on a page of the site that calls nobody. What its scripts had stored is the site's to forget: it is taken
// away, so that what is there later was stored later.
async function withdraw(visitor, host) {
    const { page } = await visitor.visit(`https://${host}/_privacy/`);

    await page.evaluate(() => localStorage.clear());
    await press(page, 'button[name=choice][value=withdraw]', 'load');
    await page.close();
}

// The pages that may have made a request that the sink heard: those that say so, else all.
function makersOf(request, result, pages) {
    const same = pages.filter((page) => result.seen[page.file]?.asked.some(({ url }) => url === request.url));

    return same.length > 0 ? same : pages;
}

// What the sink heard that it should not have: [{ what, url, pages, answer }]. `isLeak(answer)` decides about one.
export function leaks(result, pages, policy, isLeak) {
    const questions = [];

    for (const request of result.heard.requests) {
        const makers = makersOf(request, result, pages);
        for (const page of makers)
            questions.push({ what: 'request', url: request.url, dest: request.dest, page: page.url, file: page.file, sure: makers.length < pages.length });
    }
    for (const page of pages) // what the site itself answered
        for (const { url, type } of result.seen[page.file]?.asked ?? [])
            if (new URL(url).host === page.host && url.split('#')[0] !== page.url)
                questions.push({ what: 'request', url, dest: type, page: page.url, file: page.file, sure: true });
    // A connection over http that says nothing says no host either: its name, when it is another's, was asked for and is below.
    for (const { host, requests } of result.heard.connections)
        if (requests === 0 && host !== null)
            for (const page of pages)
                questions.push({ what: 'connection', url: `https://${host}/`, dest: '', page: page.url, file: page.file, sure: false });
    for (const name of result.heard.names)
        if (!result.heard.requests.some(({ host }) => host === name) && !result.heard.connections.some(({ host }) => host === name))
            for (const page of pages)
                questions.push({ what: 'name', url: `https://${name}/`, dest: '', page: page.url, file: page.file, sure: false });
    const answers = judge(questions, policy);
    const bad = new Map();
    const good = new Set();

    questions.forEach((one, i) => {
        const key = `${one.what} ${one.url}`;

        if (!isLeak(answers[i]))
            good.add(key); // of one of the pages that may have made it it is no leak
        else
            bad.set(key, { ...one, pages: [...bad.get(key)?.pages ?? [], one.file], answer: answers[i] });
    });
    return [...bad].filter(([key, { sure }]) => sure || !good.has(key)).map(([, one]) => one);
}
