// SPDX-License-Identifier: Apache-2.0
// Activation in place: what a choice lets in comes into the open page, in the order of the document, and nothing else does;
// where that cannot be told for sure the page is loaded again. Third parties are stand-ins that write down when they ran.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { stage } from '../browser/stage.mjs';
import { check, end } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';
import { until } from '../support/until.mjs';

const root = path.join(path.dirname(new URL(import.meta.url).pathname), '../..');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-activate-'));
fs.chmodSync(temporary, 0o755);

for (const name of ['activate', 'table']) {
    const kept = fs.readFileSync(path.join(root, `common/page/assets/${name}.min.js`), 'utf8');
    check(`${name}.min.js is what scripts/minify-asset makes of ${name}.js`, kept === execFileSync(path.join(root, 'scripts/minify-asset'), [name]).toString());
}
const weight = gzipSync(fs.readFileSync(path.join(root, 'common/page/assets/activate.min.js')), { level: 9 }).length;
check('what is fetched for it has at most 3 KB compressed', weight <= 3072, weight);

// ---- the site ----

const tag = 'https://www.googletagmanager.com/gtag/js?id=G-1';
const ga = 'https://www.google-analytics.com/analytics.js';
const ads = 'https://static.criteo.net/js/ld/ld.js';
const pixel = '!function(f,b,e,v,n,t,s){if(f.fbq)return;n=f.fbq=function(){n.callMethod?n.callMethod.apply(n,arguments):n.queue.push(arguments)};' +
    "n.push=n;n.loaded=!0;n.version='2.0';n.queue=[];t=b.createElement(e);t.async=!0;t.src=v;s=b.getElementsByTagName(e)[0];" +
    "s.parentNode.insertBefore(t,s)}(window,document,'script','https://connect.facebook.net/en_US/fbevents.js');";
const film = '<iframe id="film" src="https://www.youtube.com/embed/abc" title="Film" width="560" height="315"></iframe>';
const captcha = '<form action="/merci"><div class="g-recaptcha" data-sitekey="k"></div></form><script src="https://www.google.com/recaptcha/api.js"></script>';
const page = (head, body) => `<!DOCTYPE html>\n<html lang="fr"><head><title>t</title><script nonce="abc">window.order = [];</script>${head}</head>` +
    `<body><h1>Boutique</h1>${body}</body></html>`;
// in the order of the document: a late one, one that blocks, one that needs it, one for whom nobody waits, a module
const ordered = `<script defer src="${ads}?late"></script><script src="${ga}"></script><script nonce="abc">${pixel} order.push('pixel')</script>` +
    `<script nonce="abc" async src="${tag}"></script>`;
const pages = {
    '/': () => page(ordered, `<script nonce="abc">fbq('init', '1')</script><img id="seen" src="https://www.facebook.com/tr?id=1" alt="">` +
        `<style>p { background: url(https://www.google-analytics.com/x.gif) }</style><p>Confitures</p>${film}` +
        `<noscript><img src="https://www.facebook.com/tr?noscript" alt=""></noscript><iframe id="own" src="/own"></iframe>`),
    '/own': () => page('', '<img src="https://www.facebook.com/tr?own" alt="">'),
    '/film': () => page('', `${film}<p>Confitures</p>`),
    '/formulaire': () => page('', captcha),
    '/writes': () => page('', "<script nonce=\"abc\">document.write('<script src=\"https://www.google-analytics.com/written.js\"><\\/script>')</script>"),
    '/touched': () => page(`<script src="${ga}" id="one"></script><script nonce="abc">document.getElementById('one').dataset.mine = 1</script>`, ''),
    '/moved': () => page(`<script src="${ga}" id="one"></script>`, '<img src="https://www.facebook.com/tr?id=1" alt="">' +
        '<script nonce="abc">document.body.append(document.getElementById("one"))</script>'),
    '/latin': () => Buffer.from(page('', `<iframe src="https://www.youtube.com/embed/\xe9t\xe9" width="560" height="315"></iframe><p id="words">caf\xe9</p>`), 'latin1'),
    '/kinds': () => page(`<script type="text/partytown" src="${ga}?p"></script><script nomodule src="${ga}?n"></script>` +
        `<script src="${ga}" onload="order.push('loaded')"></script><script src="${ads}?late"></script>`, film),
    '/nonce': () => page(ordered, film),
    '/late': () => page('<script src="/late.js"></script>', film),
    '/late.js': () => `{ const script = document.createElement('script'); script.src = 'https://www.google-analytics.com/analytics.js'; document.head.append(script); }`,
    '/gone': () => page(`<script src="${ga}" id="one"></script>`, `${film}<script nonce="abc">document.getElementById('one').remove()</script>`),
    '/redirects': (request) => request.headers['vp-page'] ? null : page(ordered, ''),
};
let asked = []; // of the site, by a script of ours
const site = http.createServer((request, response) => {
    const name = request.url.split('?')[0], text = pages[name]?.(request);
    if (request.headers['vp-page'])
        asked.push(name);
    if (text === null)
        response.writeHead(302, { Location: '/film' }).end();
    else
        response.writeHead(text ? 200 : 404, { 'Content-Type': name.endsWith('.js') ? 'text/javascript' : `text/html; charset=${name === '/latin' ? 'windows-1252' : 'utf-8'}`,
            ...(name === '/nonce' && { 'Content-Security-Policy': "script-src 'nonce-abc'" }) }).end(text ?? page('', ''));
});
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

// ---- the stories ----

const third = (url) => !url.hostname.endsWith('localhost');

async function visit(browser, run, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
    const called = [];
    await context.route(third, (route) => {
        const { hostname, pathname, search } = new URL(route.request().url());
        called.push(hostname + pathname + search);
        const name = /late/.test(search) ? 'late' : /analytics.js/.test(pathname) ? 'ga' : /gtag/.test(pathname) ? 'tag' : 'other';
        return /js|recaptcha/.test(pathname) ? route.fulfill({ contentType: 'text/javascript', body: `(window.order ??= []).push('${name}');` +
            (/fbevents/.test(pathname) ? 'window.events = fbq.queue.map((one) => [...one].join())' : '') })
            : route.fulfill({ contentType: /embed/.test(pathname) ? 'text/html' : 'image/gif', body: 'film' });
    });
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    const go = async (url) => {
        called.length = errors.length = asked.length = 0;
        await page.goto(url, { waitUntil: 'load' });
        await page.evaluate(() => { window.mark = 1; window.heard = []; document.addEventListener('vp-choice', (event) =>
            window.heard.push(event.detail.purposes.length)); });
    };
    // Whether the page that was there still is, once the choice is known.
    const stays = async (act) => {
        await act();
        return await until(() => page.evaluate(() => !window.mark || document.querySelector('#vp-box.vp-kept') !== null && !document.querySelector('dialog[open]')).catch(() => false)) &&
            page.evaluate(() => window.mark === 1);
    };
    await run({ page, go, called, errors, stays });
    await context.close();
}
const accept = (page) => page.locator('#vp-box .vp-form button[value=accept]').first().click();
const has = (called, part) => called.some((one) => one.includes(part));

async function everything(browser, base, server) {
    const say = (sentence) => `${server}, everything: ${sentence}`;
    await visit(browser, async ({ page, go, called, errors, stays }) => {
        await go(`${base}/`);
        check(say('before a choice nobody is called'), called.length === 0, called.join());
        const steps = await page.evaluate(() => history.length);
        check(say('the page stays'), await stays(() => accept(page)));
        check(say('all are called'), await until(() => ['analytics.js', 'fbevents.js', 'gtag', 'late', 'tr?id=1', 'x.gif', 'embed/abc', 'tr?own']
            .every((part) => has(called, part))), called.join());
        check(say('but for what stands in <noscript>'), !has(called, 'noscript'));
        await until(() => page.evaluate(() => order.includes('late')));
        const order = await page.evaluate(() => order.filter((name) => name !== 'tag' && name !== 'other').join());
        check(say('in the order of the document'), order === 'ga,pixel,late', order);
        check(say('what had been called of a stand-in is called of what it stood for'), await until(() => page.evaluate(() =>
            window.fbq?.queue?.some((one) => [...one].join() === 'init,1'))));
        check(say('the film has its frame, of its own name'), await page.evaluate(() => { const { name, srcdoc, src } = document.getElementById('film');
            return name === '' && srcdoc === '' && src.includes('youtube'); }));
        check(say('nothing says any more that it is held back'), await page.locator('[data-held]').count() === 0);
        check(say('the control is there and has the focus'), await page.evaluate(() => document.activeElement.matches('#vp-box summary')));
        check(say('the site’s own code has heard of it, once'), await page.evaluate(() => heard.length === 1 && heard[0] > 1));
        check(say('and is told when it asks'), await page.evaluate(() => vp.state().state) === 'granted');
        check(say('nothing was added to the history'), await page.evaluate(() => history.length) === steps);
        check(say('no error'), errors.length === 0, errors.join());
        called.length = 0;
        await page.evaluate(() => fetch('https://static.criteo.net/x', { mode: 'no-cors' }));
        check(say('what scripts ask for from then on comes'), has(called, 'criteo'));
        await page.locator('#vp-box .vp-head').click();
        called.length = 0;
        await Promise.all([page.waitForEvent('load'), page.locator('#vp-box button[value=withdraw]').first().click()]);
        check(say('after a withdrawal the page is loaded again'), await page.evaluate(() => window.mark === undefined));
        check(say('and nobody is called'), called.length === 0 && await page.locator('[data-held]').count() > 3, called.join());
    });
}

async function aPart(browser, base, server) {
    const say = (sentence) => `${server}, a part: ${sentence}`;
    await visit(browser, async ({ page, go, called, errors, stays }) => {
        await go(`${base}/`);
        await page.locator('#vp-box .vp-more > summary').click();
        await page.locator('#vp-box input[name=purpose][value=audience]').check();
        check(say('the page stays'), await stays(() => page.locator('#vp-box button[value=custom]').click()));
        check(say('what was granted comes'), await until(() => has(called, 'analytics.js')), called.join());
        const ask = (url) => page.evaluate((address) => fetch(address, { mode: 'no-cors' }).then(() => true, () => false), url);
        check(say('scripts may ask for it, and for nothing else'), await ask('https://www.google-analytics.com/collect') &&
            !await ask('https://static.criteo.net/x'));
        await page.evaluate(() => self.cnilRenew({ hosts: [[['', '']]], cookies: [], stubs: ' ' }));
        check(say('a script of the page cannot open the rest'), !await ask('https://static.criteo.net/x'));
        check(say('nothing else has come'), called.every((one) => one.startsWith('www.google-analytics.com')), called.join());
        check(say('what still waits is called for its stand-in'), await page.evaluate(() => typeof fbq === 'function' && !fbq.queue));
        check(say('no error'), errors.length === 0, errors.join());
    });
    await visit(browser, async ({ page, go, called, errors, stays }) => {
        await go(`${base}/`);
        await page.locator('#vp-box .vp-more > summary').click();
        await page.locator('#vp-box input[name=purpose][value=audience]').check();
        await stays(() => page.locator('#vp-box button[value=custom]').click());
        await until(() => has(called, 'analytics.js'));
        called.length = 0;
        await page.evaluate(() => vp.open());
        await page.locator('dialog.vp-own button[value=accept]').first().click();
        check(say('the rest comes from the panel, into the same page'), await until(() => has(called, 'fbevents.js') && has(called, 'embed/abc')) &&
            await page.evaluate(() => window.mark === 1), called.join());
        check(say('and what was there is not asked for again'), !has(called, 'analytics.js'), called.join());
        check(say('no error'), errors.length === 0, errors.join());
    });
}

async function cards(browser, base, server) {
    const say = (sentence) => `${server}, a card: ${sentence}`;
    const cardOf = (page, name) => page.frames().find((frame) => frame.name().startsWith(name));
    await visit(browser, async ({ page, go, called, errors }) => {
        await go(`${base}/film`);
        const steps = await page.evaluate(() => history.length);
        await page.evaluate(() => document.getElementById('film').scrollIntoView());
        await cardOf(page, 'held-frame').locator('button[value=once]').click();
        check(say('once: the film comes'), await until(() => has(called, 'embed/abc')), called.join());
        check(say('into the open page'), await page.evaluate(() => window.mark === 1 && document.getElementById('film').srcdoc === ''));
        check(say('has the focus that the card had'), await until(() => page.evaluate(() => document.activeElement.id === 'film')));
        check(say('the banner goes on asking'), await page.locator('#vp-box.vp-ask').count() === 1);
        check(say('the history is as long'), await page.evaluate(() => history.length) === steps);
        await go(`${base}/film`);
        check(say('another time it waits again'), called.length === 0, called.join());
        await cardOf(page, 'held-frame').locator('button[value=add]').click();
        check(say('always: it comes into the open page'), await until(() => has(called, 'embed/abc')) && await page.evaluate(() => window.mark === 1));
        check(say('and the choice is known'), await until(() => page.locator('#vp-box.vp-kept').count().then((count) => count === 1)));
        await go(`${base}/formulaire`);
        await cardOf(page, 'held-card-').locator('button[value=once]').click();
        check(say('a captcha comes, its card goes'), await until(() => has(called, 'recaptcha')) &&
            await until(() => cardOf(page, 'held-card-') === undefined) && await page.evaluate(() => window.mark === 1), called.join());
        check(say('no error'), errors.length === 0, errors.join());
    });
}

async function doubts(browser, base, server) {
    const say = (sentence) => `${server}, in doubt: ${sentence}`;
    for (const [name, why] of [['/writes', 'a script that writes into the document'], ['/touched', 'an element that a script has changed'],
        ['/moved', 'one that a script has moved'], ['/redirects', 'another page'], ['/late', 'what a script has asked for in vain'], ['/gone', 'one that a script has taken away'], ['/nowhere', 'a page that is not there']])
        await visit(browser, async ({ page, go, stays }) => {
            await go(base + name);
            check(say(`${why}: the page is loaded again`), !await stays(() => accept(page)));
            await page.waitForLoadState('load');
            check(say(`${why}: with all that was accepted`), await page.locator('[data-held]').count() === 0 && await page.locator('#vp-box.vp-kept').count() === 1);
        });
}

// Who refuses while an acceptance is on its way has refused.
async function lastOne(browser, base, server) {
    const say = (sentence) => `${server}, two answers: ${sentence}`;
    await visit(browser, async ({ page, go, called }) => {
        await go(`${base}/film`);
        await page.route((url) => url.pathname === '/film', async (route) => {
            await page.locator('#vp-box .vp-form button[value=refuse]').first().click();
            await until(() => page.locator('#vp-box.vp-kept').count().then((count) => count === 1));
            await route.continue();
        }, { times: 1 });
        await accept(page);
        await page.locator('#vp-box.vp-kept').waitFor();
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
        check(say('the last one counts'), await page.evaluate(() => vp.state().state) === 'refused' && called.length === 0, called.join());
    });
}

async function others(browser, base, server) {
    const say = (sentence) => `${server}: ${sentence}`;
    await visit(browser, async ({ page, go, called, stays }) => {
        await go(`${base}/latin`);
        check(say('a page in another charset stays'), await stays(() => accept(page)));
        check(say('and is read in it'), await until(() => has(called, 'embed/%C3%A9t%C3%A9')) && await page.locator('#words').textContent() === 'café', called.join());
    });
    await visit(browser, async ({ page, go, called, stays }) => {
        await go(`${base}/kinds`);
        check(say('scripts that no browser runs keep nobody waiting'), await stays(() => accept(page)) &&
            await until(() => page.evaluate(() => order.includes('late'))), called.join());
        check(say('what a script has for when it has come is run'), await page.evaluate(() => order.join()) === 'ga,loaded,late', await page.evaluate(() => order.join()));
    });
    await visit(browser, async ({ page, go, called, errors, stays }) => {
        await go(`${base}/nonce`);
        check(say('under a policy of nonces the page stays'), await stays(() => accept(page)));
        check(say('and those of its scripts run that it lets'), await until(() => page.evaluate(() => ['pixel', 'tag'].every((name) => order.includes(name)))) &&
            await page.evaluate(() => !order.includes('ga')), called.join());
        check(say('without an error'), errors.length === 0, errors.join());
    });
    const context = await browser.newContext(); // without a route, which would keep the browser from its cache
    const page = await context.newPage();
    asked.length = 0;
    await page.goto(`${base}/film`, { waitUntil: 'load' });
    await accept(page);
    await page.waitForFunction(() => document.getElementById('film').src.includes('youtube'));
    check(say('the browser’s own copy of the page serves as well'), asked.join() === '/film,/film', asked.join());
    await context.close();
    await visit(browser, async ({ page, called }) => {
        await page.goto(`${base}/`, { waitUntil: 'load' });
        await accept(page);
        check(say('without JavaScript the page is loaded again, with what was accepted'), await until(() => has(called, 'tr?id=1')), called.join());
    }, { javaScriptEnabled: false }).catch((error) => check(say('without JavaScript'), false, error.message));
}

async function withPolicy(policy, run) {
    const file = path.join(temporary, `policy-${policy.preset ?? 'balanced'}-${policy.banner?.activation ?? 'reload'}.json`);
    fs.writeFileSync(file, JSON.stringify({ https: { redirect: false }, site: { name: 'Boutique' }, ...policy }));
    const servers = await stage(site.address().port, file);
    const browser = await launch({ spki: servers.spki, args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost'] });
    await run(browser, servers).catch((error) => check('the stories end', false, error.stack));
    await browser.close();
    const code = await servers.end();
    check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
}

await withPolicy({ banner: { activation: 'in-place' } }, async (browser, servers) => {
    for (const server of ['nginx', 'apache']) {
        const base = `https://localhost:${servers[server]}`;
        for (const story of [everything, aPart, cards, doubts, lastOne, others])
            await story(browser, base, server);
    }
});
await withPolicy({}, async (browser, servers) => {
    const base = `https://localhost:${servers.nginx}`;
    await visit(browser, async ({ page, go, called, stays }) => {
        await go(`${base}/`);
        check('where the policy does not say so, accepting loads the page again', !await stays(() => accept(page)));
        check('and asks for no other page', asked.length === 0, asked.join());
    });
});
await withPolicy({ preset: 'strict', banner: { activation: 'in-place' } }, async (browser, servers) => {
    const base = `https://localhost:${servers.apache}`;
    await visit(browser, async ({ page, go, stays }) => {
        await go(`${base}/film`);
        check('in the preset strict, accepting loads the page again', !await stays(() => accept(page)));
        await page.waitForLoadState('load');
        check('with what was accepted', await page.evaluate(() => document.getElementById('film').src.includes('youtube')));
    });
});
site.close();
fs.rmSync(temporary, { recursive: true, force: true });
end();
