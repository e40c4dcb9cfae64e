// SPDX-License-Identifier: Apache-2.0
// A tracker's cookies of every scope (domain, path, HttpOnly, prefix, jar) in Chromium's own jar: they are there after an
// acceptance, and after a withdrawal the jar holds none of them, within so many pages as the budget of a response makes of
// it. The same for those of a time before the module was there, after a refusal. The site itself sees none of them meanwhile,
// and keeps its own cookie.

import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { stage } from '../browser/stage.mjs';
import { check, end } from '../support/checks.mjs';
import { profile } from '../support/chromium.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-cookies-'));
const HOST = 'a.www.shop.localhost';
const PAGE = '/shop/cart/x';
const PAGES_MOST = 100; // see the words above
const BATCH = 20; // cookies that one response sets: servers take headers of some KiB from a site

// ---- the matrix ----

const domains = ['', '; Domain=shop.localhost', '; Domain=www.shop.localhost', '; Domain=a.www.shop.localhost'];
const paths = ['/', '/shop', '/shop/', '/shop/cart', '/shop/cart/', PAGE];
const matrix = [];
for (const domain of domains)
    for (const where of paths) {
        matrix.push(`tracker_a=1; Path=${where}${domain}; Secure; Max-Age=9999`);
        matrix.push(`tracker_b=1; Path=${where}${domain}; Secure; HttpOnly; SameSite=Strict; Max-Age=9999`);
        matrix.push(`tracker_c=1; Path=${where}${domain}; Secure; SameSite=None; Partitioned; Max-Age=9999`);
        matrix.push(`__Secure-tracker=1; Path=${where}${domain}; Secure; HttpOnly; Max-Age=9999`);
    }
matrix.push('__Host-tracker=1; Path=/; Secure; HttpOnly; Max-Age=9999');
// Taken from a header with HttpOnly alone, by browsers that know these prefixes; a name like others by those that do not.
matrix.push('__Host-Http-tracker=1; Path=/; Secure; HttpOnly; Max-Age=9999');
matrix.push('__Http-tracker=1; Path=/shop/; Domain=shop.localhost; Secure; HttpOnly; Max-Age=9999');
matrix.push('__Host-tracker_p=1; Path=/; Secure; SameSite=None; Partitioned; Max-Age=9999');
// Sent with no page that the story visits: only its paths, which the policy names, tell where it is.
const far = ['tracker_far=1; Path=/blog; Domain=shop.localhost; Secure; Max-Age=9999', 'tracker_far=1; Path=/old/; Secure; HttpOnly; Max-Age=9999'];

const policy = path.join(temporary, 'policy.json');
fs.writeFileSync(policy, JSON.stringify({
    https: { redirect: false },
    services: {
        tracker: {
            name: 'Tracker', controller: 'Tracker SAS', country: 'FR', purpose: 'audience',
            cookies: ['tracker_*', '__Secure-tracker', '__Host-tracker', '__Host-tracker_p', '__Host-Http-tracker', '__Http-tracker', { name: 'tracker_far', paths: ['/blog', '/old/'] }],
        },
    },
    cookies: { necessary: [{ name: 'panier', ground: 'cart' }] },
}));
fs.chmodSync(temporary, 0o755);

// ---- the site ----

const site = http.createServer((request, response) => {
    site.seen.push(request.headers.cookie ?? '');
    const [, from] = request.url.match(/^\/shop.*\?set=([0-9]+)$/) ?? [];
    const cookies = from !== undefined ? [...matrix, ...far].slice(Number(from), Number(from) + BATCH) : [];
    if (request.url.startsWith('/shop'))
        cookies.push('panier=7; Path=/; Secure');
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Set-Cookie': cookies });
    const [, port] = request.url.match(/^\/embedder\?([0-9]+)$/) ?? [];
    const frame = port ? `<iframe src="https://${HOST}:${port}/framed"></iframe>` : '';
    response.end(`<!DOCTYPE html><html lang="fr"><head><title>Boutique</title></head><body><h1>Boutique</h1>${frame}</body></html>`);
});
site.seen = [];
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

// ---- the browser ----

let profiles = 0;
async function browser(spki) {
    const context = await profile(path.join(temporary, `profile-${profiles++}`), { spki });
    const page = context.pages()[0] ?? await context.newPage();
    return { context, page, devtools: await context.newCDPSession(page) };
}

// What the jar holds, as "name domain path jar", the choice apart.
async function jar(devtools) {
    const { cookies } = await devtools.send('Storage.getCookies');
    return cookies.filter((cookie) => cookie.name !== 'eu-consent')
        .map((cookie) => `${cookie.name} ${cookie.domain} ${cookie.path}${cookie.partitionKey ? ' partitioned' : ''}`).sort();
}

const trackers = (list) => list.filter((line) => !line.startsWith('panier '));

async function choose(page, choice) {
    const button = page.locator(`button[name=choice][value=${choice}]`).first();
    if (!await button.isVisible()) // behind the small control
        await page.locator('details:has(button[name=choice]) > summary').first().click();
    // our script needs no new page for a refusal
    await Promise.all([choice === 'refuse' ? page.locator('#vp-box.vp-kept').waitFor({ timeout: 60000 })
        : page.waitForNavigation({ waitUntil: 'load', timeout: 60000 }), button.click()]);
}

const go = (page, url) => page.goto(url, { waitUntil: 'load', timeout: 60000 });

// Asks for the page until the jar is empty; how often.
async function empty(page, devtools, url) {
    let pages = 0;
    while (trackers(await jar(devtools)).length > 0 && pages < PAGES_MOST) {
        await new Promise((resolve) => setTimeout(resolve, 1000)); // the turns go by the second
        await go(page, url);
        pages++;
    }
    return pages;
}

async function story(server, port, spki) {
    const base = `https://${HOST}:${port}`;
    const say = (sentence) => `${server}: ${sentence}`;
    const { context, page, devtools } = await browser(spki);

    // accepted, set, withdrawn
    const setAll = async () => {
        for (let from = 0; from < matrix.length + far.length; from += BATCH)
            await go(page, `${base}${PAGE}?set=${from}`);
    };
    await setAll();
    check(say('nothing of the tracker is stored before a choice'), trackers(await jar(devtools)).length === 0);
    await choose(page, 'accept');
    await setAll();
    const set = await jar(devtools);
    check(say('after the acceptance the jar takes every scope'), trackers(set).length === matrix.length + far.length,
        `${trackers(set).length} of ${matrix.length + far.length}`);
    await go(page, `${base}${PAGE}`);
    check(say('and keeps them'), (await jar(devtools)).length === set.length);
    check(say('the site sees them'), site.seen.at(-1).includes('tracker_a') && site.seen.at(-1).includes('__Host-tracker'));
    await choose(page, 'withdraw');
    site.seen = [];
    const withdrawn = await empty(page, devtools, `${base}${PAGE}`);
    check(say('after the withdrawal the jar holds none of them'), trackers(await jar(devtools)).length === 0,
        trackers(await jar(devtools)).slice(0, 20).join(', '));
    check(say('the site has seen none since'), site.seen.every((cookie) => !cookie.includes('tracker')));
    check(say('its own cookie is still there'), (await jar(devtools)).some((line) => line.startsWith('panier ')));
    await context.close();

    // from before the module was there, then refused; few enough for one response
    const old = await browser(spki);
    for (const domain of [HOST, '.shop.localhost'])
        for (const where of ['/', '/shop/'])
            await old.devtools.send('Storage.setCookies', { cookies: [{ name: 'tracker_old', value: '1', domain, path: where, secure: true, httpOnly: true }] });
    await old.devtools.send('Storage.setCookies', { cookies: [{ name: 'tracker_far', value: '1', domain: '.shop.localhost', path: '/blog', secure: true }] });
    check(say('the jar holds cookies of before'), (await jar(old.devtools)).length === 5, (await jar(old.devtools)).join(', '));
    site.seen = [];
    await go(old.page, `${base}${PAGE}`);
    await choose(old.page, 'refuse');
    check(say('after the refusal they are gone, at once'), trackers(await jar(old.devtools)).length === 0, (await jar(old.devtools)).join(', '));
    check(say('the site saw none of them, before the refusal neither'), site.seen.length >= 2 && site.seen.every((cookie) => !cookie.includes('tracker')));
    await old.context.close();

    // in a frame of another site, where nothing that was chosen is sent: the browser's signal refuses
    const framed = await browser(spki);
    await framed.devtools.send('Storage.setCookies', { cookies: [{
        name: 'tracker_framed', value: '1', domain: HOST, path: '/', secure: true, httpOnly: true, sameSite: 'None',
        partitionKey: { topLevelSite: 'https://embedder.localhost', hasCrossSiteAncestor: true } }] });
    check(say('the jar holds a cookie of a frame'), (await jar(framed.devtools)).join() === `tracker_framed ${HOST} / partitioned`);
    await framed.page.setExtraHTTPHeaders({ 'Sec-GPC': '1' });
    await go(framed.page, `https://embedder.localhost:${port}/embedder?${port}`);
    check(say('a frame in another site takes it away'), trackers(await jar(framed.devtools)).length === 0, (await jar(framed.devtools)).join(', '));
    await framed.context.close();
    return withdrawn;
}

const servers = await stage(site.address().port, policy);
try {
    for (const server of ['nginx', 'apache'])
        console.log(`${server}: ${matrix.length + far.length} cookies are gone after the withdrawal and ${await story(server, servers[server], servers.spki)} pages`);
} catch (error) {
    check('the stories end', false, error.stack);
}
const code = await servers.end();
check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
site.close();
fs.rmSync(temporary, { recursive: true, force: true });
end();
