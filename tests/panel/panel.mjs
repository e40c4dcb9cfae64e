// SPDX-License-Identifier: Apache-2.0
// The optional script of the banner: the panel in place, a refusal without a new page, what the site's own code is told;
// where the site's policy lets it run and where not; and that all goes on without it. And exempt measurement, opposed with and
// without scripts.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { stage } from '../browser/stage.mjs';
import zlib from 'node:zlib';
import { check, end } from '../support/checks.mjs';
import { profile } from '../support/chromium.mjs';
import { until } from '../support/until.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const root = path.join(here, '../..');
const build = path.resolve(here, process.env.BUILD ?? '../../build');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-panel-'));

// ---- what it weighs, and that it is what is made of its source ----

const built = fs.readFileSync(path.join(build, 'bar.js'), 'utf8');
const kept = fs.readFileSync(path.join(root, 'common/page/assets/bar.min.js'), 'utf8');
const weight = zlib.gzipSync(built, { level: 9 }).length;
check('the script weighs at most 3072 bytes compressed', weight <= 3072, weight);
check('bar.min.js is what scripts/minify-asset makes of bar.js',
    kept === execFileSync(path.join(root, 'scripts/minify-asset'), ['bar']).toString());
check('the script that is built is bar.min.js without its comment', built === kept.split('\n')[1] && kept.split('\n').length === 3);

// ---- the site ----

const listener = `document.addEventListener('vp-choice', (event) => (window.heard ??= []).push(event.detail));
    window.addEventListener('DOMContentLoaded', () => { window.ran = []; for (const what of ['audience', 'advertising'])
        self.vp?.on(what, () => window.ran.push(what)); });`;
const own = "default-src 'none'; connect-src 'self'; style-src 'self'; form-action 'self'";
const policies = {
    '/': undefined,
    '/self': `${own}; script-src 'self'`,
    '/nonce': `${own}; script-src 'nonce-abc' 'strict-dynamic'`,
    '/styled': `${own.replace("style-src 'self'", "style-src 'nonce-abc'")}; script-src 'self'`,
    '/refused': `${own}; script-src 'none'`,
    '/trusted': `${own}; script-src 'self'; require-trusted-types-for 'script'`,
    '/untrusting': `${own}; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'`,
    '/alone': `${own.replace("connect-src 'self'", "connect-src 'none'")}; script-src 'self'`,
};
const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
let measured = 0;
const application = { signedIn: false, begins: false, kept: undefined }; // what the site knows of its one account
function account(request) {
    const told = request.headers['x-consent-account'];
    const time = (value) => Number(value?.split('time=')[1] ?? 0);
    const isNewer = time(told) > time(application.kept) || (time(told) === time(application.kept) && told?.startsWith('refused;'));
    if (application.signedIn && !application.begins && told !== undefined && isNewer)
        application.kept = told;
    const word = application.signedIn ? `${application.kept ?? 'in'}${application.begins ? '; begin' : ''}` : 'out';
    application.begins = false;
    return { 'X-Consent-Account': word, 'Cache-Control': 'private, no-cache' };
}
const site = http.createServer((request, response) => {
    const place = request.url.split('?')[0];
    if (place === '/listener.js') {
        response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(listener);
        return;
    }
    if (place === '/measure.gif') {
        measured++;
        response.writeHead(200, { 'Content-Type': 'image/gif', 'Cache-Control': 'no-store' }).end(pixel);
        return;
    }
    if (place === '/measured') {
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Set-Cookie': 'own_id=1; Path=/; Max-Age=3600' });
        response.end('<!DOCTYPE html>\n<html lang="fr"><head><title>t</title></head><body><p>page</p><img src="/measure.gif" alt=""></body></html>');
        return;
    }
    if (place === '/account') {
        response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...account(request) });
        response.end('<!DOCTYPE html>\n<html lang="fr"><head><title>t</title></head><body><p>page</p></body></html>');
        return;
    }
    const isXml = place === '/xhtml';
    const based = place === '/based';
    const csp = policies[place];
    response.writeHead(200, { 'Content-Type': isXml ? 'application/xhtml+xml' : 'text/html; charset=utf-8', ...(csp && { 'Content-Security-Policy': csp }) });
    const open = isXml ? '<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml" lang="fr">' : '<!DOCTYPE html>\n<html lang="fr">';
    response.end(`${open}<head><title>t</title><script src="/listener.js" nonce="abc"></script>` +
        `${based ? '<base href="https://elsewhere.invalid/x/"/>' : ''}` +
        `${csp ? '' : '<style>html { font-size: 62.5% } dialog, main, h1 { display: none !important } body { height: 4000px }</style>'}</head>` +
        '<body><p id="far">page</p></body></html>');
});
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

const policy = path.join(temporary, 'policy.json');
fs.writeFileSync(policy, JSON.stringify({ https: { redirect: false }, site: { name: 'Boutique' }, consent: { account: 'X-Consent-Account' }, services: { own: { ground: 'audience',
    name: 'Mesure maison', controller: 'Boutique SARL', hosts: ['www.shop.localhost/measure'], cookies: [{ name: 'own_id', lifetime: '1 hour' }] } } }));
fs.chmodSync(temporary, 0o755);

let profiles = 0;
async function browser(javaScriptEnabled, spki) {
    const context = await profile(path.join(temporary, `profile-${profiles++}`), { spki, javaScriptEnabled, viewport: { width: 1000, height: 700 } });
    return { context, page: context.pages()[0] };
}

// ---- the stories ----

const banner = (page) => page.locator('#vp-box.vp-ask').count();
const dialog = (page) => page.locator('dialog.vp-own');
const chosen = async (context) => (await context.cookies()).find(({ name }) => name === 'eu-consent')?.value;

async function fresh(context, page, url) {
    await context.clearCookies();
    await page.goto(url, { waitUntil: 'load' });
}

async function openPanel(page) {
    if (await banner(page) === 0)
        await page.locator('#vp-box .vp-head').click();
    await page.locator('#vp-box .vp-more > summary').click();
    await page.locator('#vp-box .vp-more a').click();
}

async function opens(say, page) {
    await openPanel(page);
    await dialog(page).waitFor({ timeout: 60000 }).catch(() => {});
    const isOpen = await dialog(page).count() === 1 && await dialog(page).evaluate((element) => element.matches(':modal'));
    check(say('the panel opens in place'), isOpen, page.url());
    return isOpen;
}

async function inPlace(say, context, page, base, place) {
    await fresh(context, page, base + place);
    const heard = await page.evaluate(() => window.heard);
    check(say('the start is told once'), heard?.length === 1 && heard[0].state === 'none', JSON.stringify(heard));
    if (!await opens(say, page))
        return;
    check(say('the address is the page’s'), page.url() === base + place, page.url());
    check(say('it has a name'), await page.getByRole('dialog', { name: 'Vos choix, service par service' }).count() === 1);
    check(say('the first control has the focus'), await page.evaluate(() =>
        document.activeElement.shadowRoot?.activeElement?.className) === 'vp-close');
    check(say('nothing is ticked'), await dialog(page).locator(':checked').count() === 0);
    const look = () => dialog(page).evaluate((element) => ({
        size: parseFloat(getComputedStyle(element).fontSize) * element.currentCSSZoom, width: element.getBoundingClientRect().width,
        shown: getComputedStyle(element.querySelector('h1')).display, fill: getComputedStyle(element.querySelector('.vp-button')).backgroundColor,
    }));
    const isRight = ({ size, width, shown, fill }) => size >= 16 && width > 600 && shown === 'block' && fill === 'rgb(35, 47, 114)';
    check(say('it looks like the page'), await until(async () => isRight(await look())), JSON.stringify(await look())); // its style sheet comes behind it
    await page.keyboard.press('Escape');
    check(say('Escape closes it'), await until(async () => await dialog(page).count() === 0));
    check(say('the focus is back on the link'), await page.evaluate(() => document.activeElement.closest?.('#vp-box')?.id !== undefined &&
        document.activeElement.localName === 'a'));
    check(say('nothing was chosen by that'), await chosen(context) === undefined);
    await page.locator('#vp-box .vp-more a').click();
    await dialog(page).locator('.vp-close').click();
    check(say('the button closes it'), await until(async () => await dialog(page).count() === 0));

    // a refusal, in place
    await page.evaluate(() => { window.same = true; window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
        window.shift += entry.value; })).observe({ type: 'layout-shift' }); });
    await page.locator('#vp-box button[value=refuse]').click();
    await page.locator('#vp-box.vp-kept').waitFor({ timeout: 60000 }).catch(() => {});
    check(say('a refusal needs no new page'), await banner(page) === 0 && await page.evaluate(() => window.same === true));
    check(say('nothing moves'), await page.evaluate(() => window.shift) === 0);
    check(say('it is stored'), (await chosen(context)) !== undefined);
    check(say('it is told'), await page.evaluate(() => window.heard.map(({ state }) => state).join()) === 'none,refused');
    check(say('and known'), await page.evaluate(() => { const { state, purposes, time } = vp.state(); return state === 'refused' &&
        purposes.length === 0 && Math.abs(time - Date.now() / 1000) < 120; }));
    await page.reload();
    check(say('it holds'), await banner(page) === 0 && await page.evaluate(() => vp.state().state) === 'refused');

    // a purpose, in the panel; by the site's own code this time
    await page.evaluate(() => { window.scrollTo(0, 900); vp.open(); });
    await dialog(page).waitFor();
    const scrolled = await page.evaluate(() => window.scrollY);
    await dialog(page).locator('input[name=purpose][value=audience]').check();
    await Promise.all([page.waitForEvent('load'), dialog(page).locator('button[value=custom]').click()]);
    check(say('a grant brings the page anew'), await page.evaluate(() => window.same) === undefined && page.url() === base + place);
    check(say('at the same place'), await page.evaluate(() => window.scrollY) === scrolled, scrolled);
    check(say('it is granted'), await page.evaluate(() => vp.state().purposes.join()) === 'audience');
    check(say('what waits for it runs, and nothing else'), await page.evaluate(() => window.ran.join()) === 'audience');
    check(say('the JSON says the same'), await page.evaluate(async () => JSON.stringify(await (await fetch(`${location.origin}/_privacy/state`)).json()) ===
        JSON.stringify(vp.state())));

    // withdrawal, in the control; what the site's own code keeps of its pages, as service workers do
    await page.evaluate(async () => {
        await caches.delete('kept');
        const cache = await caches.open('kept');
        for (const [name, type] of [['page', 'text/html; charset=utf-8'], ['other', 'application/xhtml+xml'], ['picture', 'image/png']])
            await cache.put(`${location.origin}/kept-${name}`, new Response('x', { headers: { 'Content-Type': type, Vary: 'Accept' } }));
    });
    const kept = () => page.evaluate(async () => (await (await caches.open('kept')).keys()).map(({ url }) => url.split('-').pop()).join());
    check(say('pages are kept'), await kept() === 'page,other,picture');
    await page.locator('#vp-box .vp-head').click();
    await Promise.all([page.waitForEvent('load'), page.locator('#vp-box button[value=withdraw]').first().click()]);
    check(say('a withdrawal forgets pages that are kept, and nothing else'), await kept() === 'picture', await kept());
    check(say('a withdrawal brings the page anew'), await page.evaluate(() => vp.state().state) === 'refused');
    check(say('nothing runs any more'), await page.evaluate(() => window.ran.length) === 0);
}

// Without the script the link leads to the page, and saving there back.
async function onThePage(say, context, page, base, place) {
    await fresh(context, page, base + place);
    await Promise.all([page.waitForURL(/_privacy\/panel\?return=/), openPanel(page)]);
    await page.locator('input[name=purpose][value=audience]').check();
    await Promise.all([page.waitForURL(base + place), page.locator('button[value=custom]').click()]);
    check(say('a choice on the panel’s page holds'), await banner(page) === 0 && /audience=1/.test(await chosen(context)), await chosen(context));
    await fresh(context, page, base + place);
    await page.locator('#vp-box button[value=refuse]').click();
    await page.locator('#vp-box.vp-kept').waitFor({ timeout: 60000 }).catch(() => {});
    check(say('a refusal holds'), await banner(page) === 0 && await chosen(context) !== undefined);
}

// One account on two devices, without scripts: what is chosen on one reaches the other, and neither's own choice changes.
async function onAllDevices(say, base, spki) {
    const devices = [await browser(false, spki), await browser(false, spki)];
    const [one, other] = devices;
    const url = `${base}/account`;
    const own = async (device) => await chosen(device.context) ?? '';
    const held = async ({ page }) => ({ state: await page.locator('#vp-box.vp-ask').count() ? 'none' : await page.locator('#vp-box button[value=withdraw]').count() ? 'granted' : 'refused',
        open: await page.locator('#vp-box.vp-kept > details[open]').count(), scope: await page.getByText('Vous utilisez votre compte').count() });
    const sees = async (sentence, device, expected) => {
        await device.page.goto(url);
        const seen = await held(device);
        check(say(sentence), JSON.stringify(seen) === JSON.stringify({ ...seen, ...expected }), JSON.stringify(seen));
    };
    const press = async ({ page }, value) => {
        if (await banner(page) === 0 && await page.locator('#vp-box.vp-kept > details[open]').count() === 0)
            await page.locator('#vp-box .vp-head').click();
        await Promise.all([page.waitForURL(url), page.locator(`#vp-box button[value=${value}]`).click()]);
    };

    Object.assign(application, { signedIn: false, begins: false, kept: undefined });
    await sees('nobody is signed in', one, { state: 'none', scope: 0 });
    await press(one, 'refuse');
    const refused = await own(one);
    Object.assign(application, { signedIn: true, begins: true });
    await sees('signed in, the device’s choice counts as long as the account has none, and the reach is told', one, { state: 'refused', open: 0, scope: 1 });
    await press(one, 'accept');
    await sees('what is chosen then is the account’s', one, { state: 'granted', open: 0 });
    check(say('the site was told'), /^accepted; list=[0-9a-f]{8}; time=\d+$/.test(application.kept), application.kept);
    check(say('the device’s own choice stays'), await own(one) === refused && refused.includes('audience=0'), await own(one));
    application.begins = true;
    await sees('it comes to another device, which tells it', other, { state: 'granted', open: 1, scope: 1 });
    await sees('once', other, { state: 'granted', open: 0 });
    check(say('and stores nothing of its own'), await own(other) === '', await own(other));
    await press(other, 'withdraw');
    await sees('withdrawn there', other, { state: 'refused' });
    await sees('it is withdrawn here', one, { state: 'refused', open: 1 });
    application.signedIn = false;
    await sees('signed out, the device has its own choice again', one, { state: 'refused', open: 0, scope: 0 });
    await sees('and the other one none', other, { state: 'none', scope: 0 });
    for (const { context } of devices)
        await context.close();
}

// A choice that has a number shows it before anything else, in the place of the panel, too.
async function numbered(say, context, page, url) {
    const number = async () => (await dialog(page).locator('.vp-main strong').textContent()).match(/[A-Za-z0-9_-]{16,}/)?.[0];
    await fresh(context, page, url);
    await page.evaluate(() => { window.same = true; });
    await page.locator('#vp-box button[value=refuse]').click();
    await dialog(page).waitFor({ timeout: 60000 }).catch(() => {});
    check(say('a refusal shows its number in place'), await dialog(page).count() === 1 && await page.evaluate(() => window.same === true), page.url());
    const first = await number();
    check(say('it is a number'), first !== undefined, await dialog(page).textContent());
    check(say('the choice is stored'), await chosen(context) !== undefined);
    check(say('the address is the page’s'), page.url() === url, page.url());
    await Promise.all([page.waitForEvent('load'), dialog(page).locator('.vp-close').click()]);
    check(say('closed, the page comes anew'), await banner(page) === 0 && await page.evaluate(() => window.same) === undefined);
    await opens(say, page);
    await dialog(page).locator('input[name=purpose][value=audience]').check();
    await dialog(page).locator('button[value=custom]').click();
    await dialog(page).locator('.vp-main strong').waitFor({ timeout: 60000 }).catch(() => {});
    check(say('a choice in the panel shows its number in the panel’s place'), await dialog(page).count() === 1 &&
        await dialog(page).locator('input[name=purpose]').count() === 0);
    check(say('it is another one'), ![first, undefined].includes(await number()));
    await Promise.all([page.waitForEvent('load'), dialog(page).locator('.vp-main a').first().click()]);
    check(say('its link leads back'), page.url() === url && await page.evaluate(() => vp.state().purposes.join()) === 'audience', page.url());
}

async function withNumbers() {
    const place = path.join(temporary, 'numbered.json');
    fs.writeFileSync(place, JSON.stringify({ https: { redirect: false }, site: { name: 'Boutique' }, proof: { receipt: true } }));
    const servers = await stage(site.address().port, place);
    try {
        for (const server of ['nginx', 'apache']) {
            const { context, page } = await browser(true, servers.spki);
            await numbered((sentence) => `${server}, with a number: ${sentence}`, context, page, `https://www.shop.localhost:${servers[server]}/`);
            await context.close();
        }
    } catch (error) {
        check('the stories with a number end', false, error.stack);
    }
    const code = await servers.end();
    check('the servers with a number stop without a problem in their logs', code === 0, `exit ${code}`);
}

// What needs no consent goes on until it is opposed, and again after that; the banner waits for its answer all the while.
async function opposed(say, context, page, base, scripts) {
    const visit = async () => {
        measured = 0;
        await page.goto(`${base}/measured`, { waitUntil: 'load' });
        return { measured: measured > 0, kept: (await context.cookies()).some(({ name }) => name === 'own_id'), banner: await banner(page) };
    };
    const press = async (value) => {
        await openPanel(page);
        const button = (scripts ? dialog(page) : page).locator(`#vp-measurement button[value=${value}]`);
        await button.waitFor();
        check(say(`${value}: nothing to tick for it`), await page.locator('input[value=own]').count() === 0);
        if (scripts)
            await Promise.all([page.waitForEvent('load'), button.click()]);
        else
            await Promise.all([page.waitForURL(/_privacy\/panel\?return=.*#vp-measurement$/), button.click()]);
    };

    await context.clearCookies();
    let seen = await visit();
    check(say('visits are counted before a choice'), seen.measured && seen.kept && seen.banner === 1, JSON.stringify(seen));
    check(say('nothing is stored by us'), await chosen(context) === undefined);
    await press('oppose');
    if (!scripts)
        check(say('the panel tells what has become of it'), await page.locator('#vp-measurement button[value=unoppose]').count() === 1);
    check(say('the opposition is stored, and no choice'), /^v=1&o=\d+&k=/.test(await chosen(context) ?? ''), await chosen(context));
    seen = await visit();
    check(say('nothing is counted or kept any more, and the banner asks'), !seen.measured && !seen.kept && seen.banner === 1, JSON.stringify(seen));
    if (scripts)
        check(say('the site’s own code is told'), await page.evaluate(() => vp.state().opposed === true && vp.state().state === 'none'));
    await page.locator('#vp-box button[value=accept]').click();
    await page.locator('#vp-box.vp-kept').waitFor();
    seen = await visit();
    check(say('whatever is accepted beside it'), !seen.measured && !seen.kept && seen.banner === 0 && /audience=1.*&o=/.test(await chosen(context)), JSON.stringify(seen));
    await press('unoppose');
    seen = await visit();
    check(say('until it is taken back'), seen.measured && seen.kept && seen.banner === 0 && !/&o=/.test(await chosen(context)), JSON.stringify(seen));
}

// Where the banner's style is: in the page, with the nonce of the site's policy, in a file where that refuses; and a policy that
// somebody adds who stands before the server.
async function dressed(say, context, page, base, scripts) {
    const isDressed = () => page.locator('#vp-box').evaluate((box) => getComputedStyle(box).position === 'fixed');
    const wears = async (place, wanted) => {
        await fresh(context, page, base + place);
        const worn = await page.locator('#vp-box').evaluate((box) => [...box.querySelectorAll('style,link')].map(({ localName, nonce }) => `${localName} ${nonce}`).join());
        check(say(`${place}: its style is in "${wanted}", and counts`), worn === wanted && await isDressed(), worn);
    };
    await wears('/', 'style ');
    await wears('/xhtml', 'style ');
    await wears('/self', 'link ');
    await wears('/styled', 'style abc');
    const session = await context.newCDPSession(page);
    session.on('Fetch.requestPaused', async ({ requestId, responseHeaders }) => {
        const { body, base64Encoded } = await session.send('Fetch.getResponseBody', { requestId });
        await session.send('Fetch.fulfillRequest', { requestId, responseCode: 200, body: base64Encoded ? body : Buffer.from(body).toString('base64'),
            responseHeaders: [...responseHeaders, { name: 'Content-Security-Policy', value: "style-src 'self'" }] });
    });
    await session.send('Fetch.enable', { patterns: [{ urlPattern: '*/unseen', requestStage: 'Response' }] });
    await fresh(context, page, `${base}/unseen`);
    check(say('a policy of a proxy refuses it'), await page.locator('#vp-box > style').evaluateAll((styles) => styles.every(({ sheet }) => !sheet)), await page.content());
    check(say(`a policy of a proxy: ${scripts ? 'the script brings the file' : 'it is bare'}`), await until(async () => await isDressed() === scripts));
    await session.detach();
}

const servers = await stage(site.address().port, policy);
try {
    for (const server of ['nginx', 'apache']) {
        const base = `https://www.shop.localhost:${servers[server]}`;
        const { context, page } = await browser(true, servers.spki);
        const errors = [];
        await dressed((sentence) => `${server}: ${sentence}`, context, page, base, true);
        page.on('pageerror', (error) => errors.push(error.message));
        for (const place of server === 'nginx' ? ['/', '/self', '/nonce', '/based', '/xhtml'] : ['/'])
            await inPlace((sentence) => `${server} ${place}: ${sentence}`, context, page, base, place);
        for (const place of server === 'nginx' ? ['/trusted', '/untrusting', '/refused', '/alone'] : ['/trusted', '/refused'])
            await onThePage((sentence) => `${server} ${place}: ${sentence}`, context, page, base, place);
        const scripted = await browser(true, servers.spki);
        await opposed((sentence) => `${server}, opposition: ${sentence}`, scripted.context, scripted.page, base, true);
        await scripted.context.close();
        check(`${server}: no script of ours where none may run`, await page.locator('script[src*="/_privacy/bar-"]').count() === (server === 'nginx' ? 1 : 0));
        check(`${server}: no error`, errors.length === 0, errors.join());
        await context.close();
        const without = await browser(false, servers.spki);
        await onThePage((sentence) => `${server}, JavaScript off: ${sentence}`, without.context, without.page, base, '/');
        await dressed((sentence) => `${server}, JavaScript off: ${sentence}`, without.context, without.page, base, false);
        await opposed((sentence) => `${server}, opposition, JavaScript off: ${sentence}`, without.context, without.page, base, false);
        await without.context.close();
        await onAllDevices((sentence) => `${server}, an account: ${sentence}`, base, servers.spki);
    }
} catch (error) {
    check('the stories end', false, error.stack);
}
const code = await servers.end();
check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
await withNumbers();
site.close();
fs.rmSync(temporary, { recursive: true, force: true });
end();
