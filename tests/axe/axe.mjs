// SPDX-License-Identifier: Apache-2.0
// Banner, control, cards and our own pages, in every language, in Chromium before axe-core: no violation of any of its rules.
// A page of the site's that has one stands first: a checker that finds nothing proves nothing.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { stage } from '../browser/stage.mjs';
import { check, end } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const build = path.resolve(here, process.env.BUILD ?? '../../build');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-axe-'));
const VISITORS = 3; // at once
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const languages = execFileSync(path.join(build, 'cnil'), ['texts'], { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(/\s/)[0]);
check('there are languages', languages.length > 20 && languages.includes('fr'), languages.join(' '));

// ---- the site ----

const site = http.createServer((request, response) => {
    const url = new URL(request.url, 'http://site.invalid');
    const language = url.searchParams.get('l') ?? 'fr';
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    if (url.pathname === '/bad')
        response.end('<!DOCTYPE html><html lang="fr"><head><title>t</title></head><body><main><h1>t</h1><p style="color: #aaa">pâle</p><img src="/x.png"></main></body></html>');
    else
        response.end(`<!DOCTYPE html><html lang="${language}"><head><title>Boutique</title></head><body><main><h1>Boutique</h1>` +
            '<iframe src="https://www.youtube.com/embed/abc" title="Film" width="560" height="315"></iframe>' +
            '<form><label>Message <input name="message"></label><div class="g-recaptcha"></div><button>OK</button></form></main></body></html>');
});
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

const policy = path.join(temporary, 'policy.json');
fs.writeFileSync(policy, JSON.stringify({
    https: { redirect: false },
    site: { name: 'Boutique', language: 'auto', languages, controller: { name: 'Boutique SARL', email: 'bonjour@boutique.example' } },
    pages: { legal: '/mentions' },
    cookies: { necessary: [{ name: 'panier', ground: 'cart' }] },
    services: { matomo: { ground: 'audience', controller: 'Boutique SARL', country: 'FR' } },
}));
fs.chmodSync(temporary, 0o755);

// ---- what is looked at ----

// The checker comes in through the debugger: our own pages let no script in.
async function violations(frame, within) {
    if (!await frame.evaluate(() => 'axe' in globalThis))
        await frame.evaluate(axe);
    const found = await frame.evaluate((selector) => globalThis.axe.run(selector === null ? document : { include: [selector] },
        { iframes: false, resultTypes: ['violations'] }), within);
    return found.violations.map((one) => `${one.id} (${one.nodes.slice(0, 2).map((node) => node.target.join(' ')).join(', ')})`);
}

async function look(name, frame, within = null) {
    const found = await violations(frame, within);
    check(name, found.length === 0, found.join('; '));
}

async function visit(page, base, language, say) {
    await page.goto(`${base}/?l=${language}`);
    check(say('is in its language'), await page.locator('#vp-box').getAttribute('lang') === language, await page.locator('#vp-box').getAttribute('lang') ?? 'none');
    await look(say('the banner, and the page with it'), page);
    await page.locator('#vp-box .vp-more > summary').click();
    await look(say('the banner, unfolded'), page);
    const card = page.frames().find((frame) => frame.name().startsWith('held-frame'));
    check(say('has a card'), card !== undefined);
    if (card !== undefined)
        await look(say('the card'), card);
    const embed = page.frames().find((frame) => frame.name() === 'held-card-google-recaptcha');
    check(say('has a card of a script'), embed !== undefined);
    if (embed !== undefined && ['fr', 'de', 'el'].includes(language)) // it has the words of the other
        await look(say('the card of a script'), embed);
    for (const own of ['', 'panel', 'receipt', 'nothing']) {
        await page.goto(`${base}/_privacy/${own}`);
        check(say(`/${own} is in its language`), await page.locator('html').getAttribute('lang') === language);
        await page.evaluate(() => document.querySelectorAll('details').forEach((details, i) => (details.open = i < 1)));
        await look(say(`our page /${own}`), page);
    }
    await page.goto('about:blank'); // a form of nobody's: we ask
    await page.setContent(`<form method="post" action="${base}/_privacy/choice"><button name="choice" value="accept">x</button></form>`);
    await page.locator('button').click();
    await page.waitForURL(`${base}/_privacy/choice`); // whole: a click does not wait for what it leads to
    await look(say('the page that asks to confirm'), page);
    await page.goto(`${base}/?l=${language}`);
    await page.locator('#vp-box button[value=refuse]').click();
    await page.locator('#vp-box.vp-kept').waitFor();
    await look(say('the control'), page);
    await page.locator('#vp-box .vp-head').click();
    await look(say('the control, unfolded'), page);
    if (!['fr', 'de', 'ar'].includes(language)) // what is in it has been looked at as a page
        return;
    await page.evaluate(() => globalThis.vp.open());
    await page.locator('dialog.vp-own').waitFor();
    await look(say('the open dialog'), page);
}

const servers = await stage(site.address().port, policy);
const looks = [
    { name: 'light', all: true, options: { viewport: { width: 1000, height: 800 }, colorScheme: 'light' } },
    { name: 'dark', options: { viewport: { width: 1000, height: 800 }, colorScheme: 'dark' } },
    { name: 'narrow', options: { viewport: { width: 320, height: 640 }, colorScheme: 'light' } },
];
const base = `https://localhost:${servers.nginx}`;
const browser = await launch({ spki: servers.spki });
try {
    const first = await (await browser.newContext()).newPage();
    await first.goto(`${base}/bad`);
    const seen = await violations(first, null);
    check('the checker sees what is wrong in a page', seen.some((one) => one.startsWith('image-alt')) && seen.some((one) => one.startsWith('color-contrast')), seen.join('; '));
    const todo = looks.flatMap(({ name, all, options }) => (all ? languages : ['fr', 'de', 'el']).map((language) => ({ name, language, options })));
    await Promise.all(Array.from({ length: VISITORS }, async () => {
        for (let one; (one = todo.shift()) !== undefined;) {
            const { name, language, options } = one;
            const context = await browser.newContext({ ...options, extraHTTPHeaders: { 'Accept-Language': language } });
            const page = await context.newPage();
            const say = (what) => `${language}, ${name}: ${what}`;
            await visit(page, base, language, say).catch((error) => check(say('ended'), false, error.message));
            await context.close();
        }
    }));
} finally {
    await browser.close();
    const code = await servers.end();
    check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
    site.close();
    fs.rmSync(temporary, { recursive: true, force: true });
}
end();
