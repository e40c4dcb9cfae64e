// SPDX-License-Identifier: Apache-2.0
// What a page costs with us and without, in Chromium: layout shift, requests, which of them block rendering, what comes from the
// cache. Nothing is timed.

import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { stage } from '../browser/stage.mjs';
import { check, end } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-metrics-'));
const HELD_UP = 600; // milliseconds that a file comes late: whatever is painted before it, is; past 500 a move is no more the click's

const film = '<iframe src="https://www.youtube.com/embed/abc" title="Film" width="560" height="315"></iframe>';
const shifting = '<script>addEventListener("load", () => requestAnimationFrame(() => setTimeout(() => document.querySelector("h1").style.marginTop = "200px", 50)))</script>';
const site = http.createServer((request, response) => {
    const place = request.url.split('?')[0];
    if (place === '/own.css') {
        response.writeHead(200, { 'Content-Type': 'text/css' }).end('body { font: 16px sans-serif }');
        return;
    }
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(`<!DOCTYPE html><html lang="fr"><head><title>t</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/own.css"></head><body><h1>Boutique</h1>` +
        `<p>${'Confitures. '.repeat(200)}</p>${place === '/film' ? film : ''}${place === '/shifting' ? shifting : ''}</body></html>`);
});
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

// The last: with the style sheet in a file, which may come late.
const policies = { bottom: {}, top: { trackers: { guard: false } }, left: {}, right: { banner: { style: 'file' } } };
fs.chmodSync(temporary, 0o755);

// The sum of what moved by itself (not by a click), as web vitals count it.
const shifts = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.count(window.observer.takeRecords());
    resolve(window.shifts);
}))));
const resources = (page) => page.evaluate(() => performance.getEntriesByType('resource').map(({ name, renderBlockingStatus, transferSize }) => ({
    name: new URL(name).pathname.replace(/-[0-9a-f-]+\./, '.'), blocks: renderBlockingStatus === 'blocking', sent: transferSize })).sort((a, b) => (a.name < b.name ? -1 : 1)));
const names = (list) => list.map(({ name }) => name).join(' ');

async function visit(browser, run) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
    await context.addInitScript(() => {
        window.shifts = 0;
        window.count = (entries) => entries.forEach(({ value, hadRecentInput }) => { window.shifts += hadRecentInput ? 0 : value; });
        window.observer = new PerformanceObserver((list) => window.count(list.getEntries()));
        window.observer.observe({ type: 'layout-shift', buffered: true });
    });
    const page = await context.newPage();
    await run(page);
    await context.close();
}

const late = (page, files) => page.route(files, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, HELD_UP));
    await route.continue();
});

async function story(browser, base, position, { trackers, banner }) {
    const sheet = banner ? ['/_privacy/bar.css'] : [];
    const say = (what) => `${position}: ${what}`;
    // without us
    let before = null;
    await visit(browser, async (page) => {
        await page.goto(`http://localhost:${site.address().port}/`);
        before = await resources(page);
    });
    check(say('the page alone asks for what is its own'), names(before) === '/own.css', names(before));
    await visit(browser, async (page) => {
        await page.goto(`${base}/`);
        await page.locator('#vp-box.vp-ask').waitFor();
        const all = await resources(page);
        const own = all.filter(({ name }) => name.startsWith('/_privacy/'));
        const guard = trackers ? [] : ['/_privacy/guard.js', '/_privacy/held.js'];
        check(say(`with us it asks for a script, ${sheet.length ? 'the style sheet, ' : ''}and the guard and its table more`),
            names(own) === [...sheet, '/_privacy/bar.js', ...guard].join(' ') && names(all.filter((one) => !own.includes(one))) === names(before), names(all));
        check(say('of which the guard and its table block in the head, and nothing else'), names(own.filter(({ blocks }) => blocks)) === guard.join(' '), names(own.filter(({ blocks }) => blocks)));
        check(say('nothing moves'), await shifts(page) === 0, await shifts(page));
        await page.goto(`${base}/?again`);
        const again = (await resources(page)).filter(({ name }) => name.startsWith('/_privacy/'));
        check(say('on the next page all of it comes from the cache'), again.length === own.length && again.every(({ sent }) => sent === 0), JSON.stringify(again));
    });
    if (sheet.length) await visit(browser, async (page) => {
        await late(page, '**/_privacy/bar-*.css');
        await page.goto(`${base}/`);
        await page.locator('#vp-box.vp-ask').waitFor();
        check(say('nothing moves when the style sheet comes late'), await shifts(page) === 0, await shifts(page));
    });
    await visit(browser, async (page) => {
        await page.goto(`${base}/film`);
        await page.locator('#vp-box.vp-ask').waitFor();
        check(say('nothing moves around a card'), await shifts(page) === 0, await shifts(page));
        await page.locator('#vp-box .vp-more > summary').click(); // the banner grows because the visitor said so
        await shifts(page);
        await page.evaluate(() => { window.shifts = 0; });
        await page.locator('#vp-box .vp-more a').click();
        await page.locator('dialog.vp-own').waitFor();
        check(say('nothing moves when the panel opens'), await shifts(page) === 0, await shifts(page));
        await page.locator('dialog.vp-own .vp-close').click();
        await late(page, '**/_privacy/choice');
        await page.locator('#vp-box .vp-form [value=refuse]').click();
        await page.locator('#vp-box.vp-kept').waitFor();
        check(say('nothing moves after a refusal'), await shifts(page) === 0, await shifts(page));
        await page.goto(`${base}/film?next`);
        await page.locator('#vp-box.vp-kept').waitFor();
        check(say('nothing moves on the page after it'), await shifts(page) === 0, await shifts(page));
    });
}

const stages = [];
let browser = null;
try {
    const bases = {};
    for (const [position, more] of Object.entries(policies)) {
        const file = path.join(temporary, `${position}.json`);
        fs.writeFileSync(file, JSON.stringify({ https: { redirect: false }, site: { name: 'Boutique' }, ...more, banner: { position, ...more.banner } }));
        stages.push(await stage(site.address().port, file));
        bases[position] = stages.at(-1);
    }
    browser = await launch({ spki: stages.map(({ spki }) => spki).join() });
    await visit(browser, async (page) => {
        await page.goto(`http://localhost:${site.address().port}/shifting`);
        await page.waitForFunction(() => window.shifts > 0, null, { timeout: 15000 }).catch(() => {});
        check('a page that moves is seen to', await shifts(page) > 0, await shifts(page));
    });
    for (const [position, more] of Object.entries(policies))
        for (const server of position === 'bottom' ? ['nginx', 'apache'] : ['nginx'])
            await story(browser, `https://localhost:${bases[position][server]}`, `${position}, ${server}`, more);
} catch (error) {
    check('the visits end', false, error.stack);
} finally {
    await browser?.close();
    for (const one of stages)
        check('the servers stop without a problem in their logs', await one.end() === 0);
    site.close();
    site.closeAllConnections();
    fs.rmSync(temporary, { recursive: true, force: true });
}
end();
