// SPDX-License-Identifier: Apache-2.0
// Vendors of tags that take word of what was granted: nobody is called before a choice; after it, what was granted and what
// was refused is there before the vendor's own script, in its own words; after a withdrawal nobody is called again. The
// vendors' scripts are stand-ins that write down what they find.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { stage } from '../browser/stage.mjs';
import { check, end } from '../support/checks.mjs';
import { profile } from '../support/chromium.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const root = path.join(here, '../..');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-vendors-'));

check('vendor.min.js is what scripts/minify-asset makes of vendor.js', fs.readFileSync(path.join(root, 'common/page/assets/vendor.min.js'), 'utf8') ===
    execFileSync(path.join(root, 'scripts/minify-asset'), ['vendor']).toString());

// ---- the site, and the vendors ----

const tags = {
    google: 'https://www.googletagmanager.com/gtag/js?id=G-1',
    uet: 'https://bat.bing.com/bat.js',
    clarity: 'https://www.clarity.ms/tag/abc',
    piano: 'https://tag.aticdn.net/piano-analytics.js',
};
const hosts = Object.values(tags).map((url) => new URL(url).origin).join(' ');
const policies = {
    '/': undefined,
    '/csp': `script-src 'self' 'unsafe-inline' ${hosts}`,
    '/nonce': `script-src 'nonce-abc' ${hosts}`,
};
const first = '<script nonce="abc">window.first = JSON.stringify((window.dataLayer ?? []).map((one) => [Object.prototype.toString.call(one), ...one]));</script>';
const site = http.createServer((request, response) => {
    const csp = policies[request.url.split('?')[0]];
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...(csp && { 'Content-Security-Policy': csp }) });
    response.end(`<!DOCTYPE html>\n<html lang="fr"><head><title>t</title>${first}` +
        `${Object.values(tags).map((url) => `<script async src="${url}"></script>`).join('')}</head><body><p>page</p></body></html>`);
});
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

// What a vendor's script finds when it begins to run.
const finds = {
    google: 'dataLayer.map((one) => [...one])',
    uet: 'uetq',
    clarity: '[...clarity.q].map((one) => [...one])',
    piano: 'pdl',
};
const standIn = (vendor) => `(window.found ??= {}).${vendor} = JSON.stringify(${finds[vendor]});`;

const policy = path.join(temporary, 'policy.json');
fs.writeFileSync(policy, JSON.stringify({
    https: { redirect: false }, consent: { modes: ['google', 'microsoft', 'piano'] },
    services: { 'google-tag': { purposes: ['audience'] } }, // as a site that measures says, and leaves the rest to its signals
}));
fs.chmodSync(temporary, 0o755);

const context = (spki) => profile(path.join(temporary, `profile-${Math.random()}`), { spki });

// ---- the stories ----

const denied = { ad_storage: 'denied', ad_user_data: 'denied', ad_personalization: 'denied', analytics_storage: 'denied',
    functionality_storage: 'denied', personalization_storage: 'denied' };
const granted = Object.fromEntries(Object.keys(denied).map((name) => [name, 'granted']));
const measuring = { ...denied, analytics_storage: 'granted' };
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

async function story(say, page, url) {
    let called = [];
    let own = [];
    await page.context().unrouteAll();
    await page.context().route((place) => !place.hostname.endsWith('.localhost'), (route) => {
        const vendor = Object.keys(tags).find((name) => route.request().url() === tags[name]);
        called.push(vendor ?? route.request().url());
        return vendor ? route.fulfill({ contentType: 'text/javascript', body: standIn(vendor) }) : route.abort();
    });
    page.removeAllListeners('request');
    page.on('request', (request) => own.push(request.url()));
    const found = async () => Object.fromEntries(Object.entries(await page.evaluate(() => window.found ?? {})).map(([name, text]) => [name, JSON.parse(text)]));
    const told = () => own.filter((address) => /\/_privacy\/vendor-/.test(address)).length;
    const reset = () => { called = []; own = []; };

    await page.context().clearCookies();
    await page.goto(url, { waitUntil: 'load' });
    check(say('before a choice nobody is called'), called.length === 0, called.join());
    check(say('nor told anything'), told() === 0 && await page.evaluate(() => window.first) === '[]' &&
        await page.evaluate(() => self.pdl === undefined && (self.uetq ?? []).length === 0));

    reset();
    await page.locator('#vp-box .vp-more > summary').click();
    await page.locator('#vp-box input[name=purpose][value=audience]').check();
    await Promise.all([page.waitForEvent('load'), page.locator('#vp-box button[value=custom]').click()]);
    let state = await found();
    check(say('audience alone: its vendors are called, and no other'), same([...called].sort(), ['clarity', 'google', 'piano']), called.join());
    check(say('what we told stands before the page’s own first script'), same(JSON.parse(await page.evaluate(() => window.first)), [
        ['[object Arguments]', 'consent', 'default', denied], ['[object Arguments]', 'set', 'ads_data_redaction', true],
        ['[object Arguments]', 'consent', 'update', measuring]]), await page.evaluate(() => window.first));
    check(say('Google finds it'), same(state.google?.slice(0, 3), [['consent', 'default', denied], ['set', 'ads_data_redaction', true],
        ['consent', 'update', measuring]]), JSON.stringify(state.google));
    check(say('Clarity finds it'), same(state.clarity, [['consentv2', { ad_Storage: 'denied', analytics_Storage: 'granted' }]]), JSON.stringify(state.clarity));
    check(say('Piano finds it'), same(state.piano, { requireConsent: 'v2', consent: { products: ['PA', 'COMPOSER', 'DMP'],
        defaultPreset: { PA: 'opt-in', COMPOSER: 'opt-out', DMP: 'opt-out' } } }), JSON.stringify(state.piano));

    reset();
    await page.locator('#vp-box .vp-head').click();
    await Promise.all([page.waitForEvent('load'), page.locator('#vp-box button[value=accept]').click()]);
    state = await found();
    check(say('everything: all are called'), same([...called].sort(), ['clarity', 'google', 'piano', 'uet']), called.join());
    check(say('Google finds it granted'), same(state.google?.slice(0, 2), [['consent', 'default', denied], ['consent', 'update', granted]]), JSON.stringify(state.google));
    check(say('Microsoft finds it granted'), same(state.uet, ['consent', 'default', { ad_storage: 'denied' }, 'consent', 'update', { ad_storage: 'granted' }]) &&
        same(state.clarity, [['consentv2', { ad_Storage: 'granted', analytics_Storage: 'granted' }]]), JSON.stringify(state));
    check(say('Piano finds it granted'), same(state.piano?.consent.defaultPreset, { PA: 'opt-in', COMPOSER: 'opt-in', DMP: 'opt-in' }), JSON.stringify(state.piano));

    await page.goto(`${url}?further`, { waitUntil: 'load' }); // what is sent from a page comes back in its place in the history
    reset();
    await page.locator('#vp-box .vp-head').click();
    await Promise.all([page.waitForEvent('load'), page.locator('#vp-box button[value=withdraw]').first().click()]);
    check(say('after a withdrawal nobody is called, nor told'), called.length === 0 && told() === 0 && await page.evaluate(() => window.first) === '[]', called.join());
    reset();
    await page.goBack({ waitUntil: 'load' });
    check(say('the browser goes back to a page that called them'), page.url() === url, page.url());
    check(say('nor by going back'), called.length === 0 && told() === 0, called.join());
}

const servers = await stage(site.address().port, policy);
try {
    for (const server of ['nginx', 'apache']) {
        const browser = await context(servers.spki);
        const page = browser.pages()[0];
        const errors = [];
        page.on('pageerror', (error) => errors.push(error.message));
        for (const place of server === 'nginx' ? ['/', '/csp', '/nonce'] : ['/'])
            await story((sentence) => `${server} ${place}: ${sentence}`, page, `https://www.shop.localhost:${servers[server]}${place}`);
        check(`${server}: no error`, errors.length === 0, errors.join());
        await browser.close();
    }
} catch (error) {
    check('the stories end', false, error.stack);
}
const code = await servers.end();
check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
site.close();
fs.rmSync(temporary, { recursive: true, force: true });
end();
