// SPDX-License-Identifier: Apache-2.0
// What Chromium really asks for: before a choice, after a refusal, after an acceptance, after a withdrawal; JavaScript on and
// off; the back button after each step; through nginx and through Apache. First the same pages without us, which must be
// seen to leak: a test that cannot see a leak proves nothing.
//
// Chromium's binary itself (Debian's wrapper adds flags) and a fresh persistent profile a visit: contexts like those of a
// private window neither preconnect nor keep third-party cookies.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stage } from './stage.mjs';
import { Tracker, origin, vectors } from './site.mjs';
import { check, end } from '../support/checks.mjs';
import { profile } from '../support/chromium.mjs';
import { until } from '../support/until.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-browser-'));
const PATIENCE = 60000; // ms for what is expected to come
const SETTLE = 700; // ms without a new request before a page counts as at rest

const tracker = new Tracker();
await tracker.listen();
const site = origin(tracker);
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

const policy = path.join(temporary, 'policy.json');
fs.writeFileSync(policy, JSON.stringify({
    site: { name: 'Boutique', language: 'fr', controller: { name: 'Boutique SARL', address: '1 rue du Port' } },
    https: { redirect: false },
    services: {
        tracker: {
            name: 'Tracker', controller: 'Tracker SAS', country: 'FR', purpose: 'audience',
            hosts: ['tracker.localhost'], cookies: ['tracker_*'], signatures: ['trackerLoader'],
        },
    },
    cookies: { necessary: [{ name: 'panier', ground: 'cart' }] },
}));
fs.chmodSync(temporary, 0o755);

let profiles = 0;
async function browser(javaScriptEnabled, spki) {
    const context = await profile(path.join(temporary, `profile-${profiles++}`), {
        spki, javaScriptEnabled, viewport: { width: 1000, height: 700 },
        // What the driver would switch off and a visitor's browser has: the back/forward cache, third-party cookies as they are.
        ignoreDefaultArgs: ['--disable-back-forward-cache', '--disable-features=BackForwardCache'],
    });
    return { context, page: context.pages()[0] ?? await context.newPage() };
}

// Waits until what is expected has come, and until nobody asks for anything any more.
async function rest(hasCome = () => true) {
    let seen = -1;

    await until(hasCome, PATIENCE);
    for (let i = 0; i < 20 && seen !== tracker.connections + tracker.requests.length; i++) {
        seen = tracker.connections + tracker.requests.length;
        await new Promise((resolve) => setTimeout(resolve, SETTLE));
    }
}

const haveCome = (names) => () => names.every((name) => tracker.requests.includes(name));

async function visit(page, url, hasCome) {
    tracker.forget();
    await page.goto(url, { waitUntil: 'load', timeout: PATIENCE }).catch(() => {}); // a refresh away may abort it
    await rest(hasCome);
    return { requests: [...tracker.requests], connections: tracker.connections };
}

const quiet = (heard) => heard.connections === 0 && heard.requests.length === 0;
const told = (heard) => `${heard.connections} connections, requests ${heard.requests.join(' ') || 'none'}`;

// ---- stock: every vector must be seen ----

// The vectors that a stock browser fetches.
const leaking = (js) => vectors.filter(([, , when]) => when === 'always' || when === (js ? 'script' : 'noscript')).map(([name]) => name);

for (const js of [true, false]) {
    const { context, page } = await browser(js);
    const base = `http://www.shop.localhost:${site.address().port}`;
    const heard = await visit(page, `${base}/vectors`, haveCome(leaking(js)));
    for (const name of leaking(js))
        check(`stock, JavaScript ${js}: ${name} leaks`, heard.requests.includes(name));
    for (const other of ['base', 'refresh', 'preconnect', 'frames', 'link', 'autre'])
        if (other !== 'base' || js)
            check(`stock, JavaScript ${js}: /${other} leaks`, !quiet(await visit(page, `${base}/${other}`, () => tracker.connections > 0)));
    check(`stock, JavaScript ${js}: the site's tracker cookies are stored`,
        (await context.cookies()).some((cookie) => cookie.name.startsWith('tracker_')));
    await context.close();
}

// ---- with us ----

async function choose(page, choice, js, hasCome) {
    const button = page.locator(`button[name=choice][value=${choice}]`).first();
    if (!await button.isVisible()) // behind the small control
        await page.locator('details:has(button[name=choice]) > summary').first().click();
    const isInPlace = choice === 'refuse' && js; // our script needs no new page for that
    tracker.forget();
    await Promise.all([isInPlace ? page.locator('#vp-box.vp-kept').waitFor({ timeout: PATIENCE })
        : page.waitForNavigation({ waitUntil: 'load', timeout: PATIENCE }), button.click()]);
    await rest(hasCome);
    return { requests: [...tracker.requests], connections: tracker.connections };
}

// To the page before. The driver does not hear of a page that comes out of the back/forward cache, so it is not asked.
async function back(page) {
    const devtools = await page.context().newCDPSession(page);
    const history = () => devtools.send('Page.getNavigationHistory').catch(() => ({})); // between two pages it has no answer
    const { currentIndex, entries } = await history();
    tracker.forget();
    await devtools.send('Page.navigateToHistoryEntry', { entryId: entries[currentIndex - 1].id });
    const isThere = await until(async () => (await history()).currentIndex === currentIndex - 1 &&
        page.evaluate(() => document.readyState === 'complete').catch(() => false));
    if (!isThere)
        throw new Error(`it does not go back to ${entries[currentIndex - 1].url}`);
    await rest();
    return { requests: [...tracker.requests], connections: tracker.connections };
}

const banner = (page) => page.locator('[role=region] button[name=choice][value=accept]').first().isVisible();
const cookieNames = async (context) => (await context.cookies()).map((cookie) => cookie.name).sort();

async function story(server, port, spki, js) {
    const { context, page } = await browser(js, spki);
    const base = `https://www.shop.localhost:${port}`;
    const say = (sentence) => `${server}, JavaScript ${js}: ${sentence}`;
    const unknown = []; // to the browser, of what our headers name
    let heard;

    page.on('console', (message) => /unrecognized|unknown directive/i.test(message.text()) && unknown.push(message.text()));
    // before a choice
    for (const where of ['vectors', 'base', 'refresh', 'preconnect', 'frames', 'link', 'autre']) {
        heard = await visit(page, `${base}/${where}`);
        check(say(`before a choice /${where} calls nobody`), quiet(heard), told(heard));
    }
    heard = await visit(page, `${base}/vectors`);
    check(say('the banner is there'), await banner(page));
    check(say('nothing but the basket is stored'), (await cookieNames(context)).join() === 'panier',
        (await cookieNames(context)).join());

    // refusal
    heard = await choose(page, 'refuse', js);
    check(say('the refusal calls nobody'), quiet(heard), told(heard));
    check(say('the refusal comes back to the page'), page.url() === `${base}/vectors`, page.url());
    check(say('no banner after the refusal'), !await banner(page));
    check(say('the refusal stores the choice alone'), (await cookieNames(context)).join() === 'eu-consent,panier',
        (await cookieNames(context)).join());
    heard = await back(page);
    check(say('back after the refusal calls nobody'), quiet(heard), told(heard));
    check(say('back after the refusal shows no banner'), !await banner(page), page.url());
    heard = await visit(page, `${base}/autre`);
    check(say('another page after the refusal calls nobody'), quiet(heard), told(heard));
    check(say('no banner on another page'), !await banner(page));

    // acceptance
    heard = await visit(page, `${base}/vectors`);
    heard = await choose(page, 'accept', js, haveCome(leaking(js)));
    const missing = leaking(js).filter((name) => !heard.requests.includes(name));
    check(say('after the acceptance every vector comes'), missing.length === 0, `missing: ${missing.join(' ')}`);
    await visit(page, `${base}/vectors`);
    check(say('the tracker may set its cookies now'),
        (await cookieNames(context)).includes('tracker_id') && (await cookieNames(context)).includes('tracker_wide'),
        (await cookieNames(context)).join());
    site.seen = [];
    await visit(page, `${base}/autre`);
    check(say('the origin sees the tracker cookies'), site.seen.some((one) => one.cookie.includes('tracker_id')));
    heard = await back(page);
    check(say('back after the acceptance shows no banner'), !await banner(page));

    // withdrawal
    await visit(page, `${base}/autre`);
    heard = await choose(page, 'withdraw', js);
    check(say('the withdrawal calls nobody'), quiet(heard), told(heard));
    heard = await back(page);
    check(say('back after the withdrawal calls nobody'), quiet(heard), told(heard));
    heard = await back(page);
    check(say('back again calls nobody'), quiet(heard), told(heard));
    const left = (await cookieNames(context)).filter((name) => name.startsWith('tracker_'));
    check(say('the site keeps no tracker cookie, HttpOnly and parent domain ones too'), left.length === 0, left.join());
    site.seen = [];
    heard = await visit(page, `${base}/vectors`);
    check(say('after the withdrawal nobody is called'), quiet(heard), told(heard));
    check(say('the origin sees no tracker cookie'), site.seen.every((one) => !one.cookie.includes('tracker_')));
    check(say('a page without trackers comes too'), (await visit(page, `${base}/propre`)).connections === 0 &&
        await page.locator('h1').innerText() === 'Page propre');
    check(say('the browser knows all that it is told'), unknown.length === 0, [...new Set(unknown)].join());
    await context.close();
}

const servers = await stage(site.address().port, policy);
try {
    for (const server of ['nginx', 'apache'])
        for (const js of [true, false])
            await story(server, servers[server], servers.spki, js);
} catch (error) {
    check('the stories end', false, error.stack);
}
const code = await servers.end();
check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
site.close();
tracker.server.close();
fs.rmSync(temporary, { recursive: true, force: true });
end();
