// SPDX-License-Identifier: Apache-2.0
// What visitors see, as pictures: `make screens` (--write) takes them into tests/browser/screens. Without it the same views are made
// and looked at: everything is within the window, no text is cut off, both buttons have one box; narrow and enlarged, too. Pixels are
// not compared: letters differ from machine to machine.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { stage } from './stage.mjs';
import { check, end } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const folder = path.join(here, 'screens');
const isWriting = process.argv.includes('--write');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-screens-'));
const WEIGHT_MOST = 1.5e6; // of all pictures

// ---- the sites: a shop, and one of a public service ----

const sheet = `
:root { color-scheme: light dark; --ink: #2b1d14; --paper: #fdf8f1; --tint: #f4e6d3; --deep: #8c2f39; }
@media (prefers-color-scheme: dark) { :root { --ink: #f3e9df; --paper: #1d1613; --tint: #2c211c; --deep: #e58a8a; } }
* { box-sizing: border-box } body { margin: 0; font: 17px/1.6 Georgia, 'DejaVu Serif', serif; color: var(--ink); background: var(--paper) }
header { display: flex; flex-wrap: wrap; gap: .25em 2em; align-items: baseline; padding: 1.25em max(5vw, (100vw - 68rem) / 2); border-bottom: 1px solid var(--tint) }
header strong { font-size: 1.3em; color: var(--deep); margin-inline-end: auto } header a, footer a { color: inherit }
section, footer { padding: 2.25em max(5vw, (100vw - 68rem) / 2) } h1 { margin: 0 0 .4em; font-size: clamp(1.7em, 4vw, 2.6em); line-height: 1.15; max-width: 18em }
p { max-width: 38em; margin: 0 0 1em } .jars { display: grid; grid-template-columns: repeat(auto-fit, minmax(9em, 1fr)); gap: 1.25em }
.jars div { padding: 6.5em 1em 1em; border-radius: .5em; background: radial-gradient(circle at 50% 3.4em, var(--c) 0 2.4em, transparent 2.45em), var(--tint); text-align: center }
.film { display: block; width: min(100%, 46em); aspect-ratio: 16/9; height: auto; border: 0 }
.state { font-family: system-ui, sans-serif; --deep: #000091; --paper: #fff; --tint: #eee; --ink: #161616 } .state strong { color: var(--ink) }
@media (prefers-color-scheme: dark) { .state { --paper: #161616; --tint: #2a2a2a; --ink: #fff } }`;
const jars = [['Fraise', '#c8313a'], ['Abricot', '#e8942d'], ['Myrtille', '#46406e'], ['Rhubarbe', '#b5656d'], ['Mirabelle', '#d9b13b']];
const frame = '<iframe class="film" src="https://www.youtube.com/embed/abc" title="La cuisson au chaudron" width="736" height="414"></iframe>';
const page = (attributes, title, body, language = 'fr') => `<!DOCTYPE html><html lang="${language}"${attributes}><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${sheet}</style></head><body${attributes.includes('data-state') ? ' class="state"' : ''}>${body}</body></html>`;
const shop = (attributes = '') => page(attributes, 'Les Confitures d’Armor', `<header><strong>Les Confitures d’Armor</strong><a href="/">Boutique</a><a href="/film">L’atelier</a><a href="/">Panier</a></header>
<section><h1>Des fruits mûrs, du sucre de canne, un chaudron de cuivre</h1><p>Cinquante pots par fournée, jamais plus. Nos fruits viennent de vergers du Trégor, cueillis le matin et cuits le soir.</p></section>
<section class="jars">${jars.map(([name, colour]) => `<div style="--c: ${colour}">${name}<br>6,50 €</div>`).join('')}</section>`);
const pages = {
    '/': () => shop(),
    '/rtl': () => shop(' dir="rtl"'),
    '/ar': () => page(' dir="rtl"', 'مربّيات أرمور', `<header><strong>مربّيات أرمور</strong><a href="/ar">المتجر</a><a href="/ar">السلة</a></header>
<section><h1>فواكه ناضجة وسكر القصب وقدر من النحاس</h1><p>خمسون مرطبانًا في كل دفعة، لا أكثر. تأتي فواكهنا من بساتين تريغور، تُقطف صباحًا وتُطبخ مساءً.</p>${frame}</section>`, 'ar'),
    '/film': () => page('', 'L’atelier', `<header><strong>Les Confitures d’Armor</strong><a href="/">Boutique</a><a href="/film">L’atelier</a><a href="/">Panier</a></header>
<section><h1>L’atelier</h1><p>Deux heures de cuisson, en trois minutes.</p>${frame}</section>`),
    '/etat': () => page(' data-state', 'Service public', `<header><strong>Mes démarches en ligne</strong><a href="/etat">Accueil</a><a href="/etat">Aide</a></header>
<section><h1>Demander une copie d’un acte d’état civil</h1><p>La démarche est gratuite. La copie est envoyée par courrier sous quelques jours à l’adresse que vous indiquez.</p></section>`),
};
const site = http.createServer((request, response) => {
    const make = pages[request.url.split('?')[0]];
    response.writeHead(make ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' }).end(make ? make() : page('', 'Introuvable', ''));
});
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

const policies = {
    shop: {
        https: { redirect: false }, site: { name: 'Les Confitures d’Armor', language: 'auto', languages: ['fr', 'ar'], controller: { name: 'Les Confitures d’Armor SARL', address: '4 quai du Léguer, 22300 Lannion' },
            contact: { email: 'donnees@confitures.example' } },
        cookies: { necessary: [{ name: 'panier', ground: 'cart' }] },
    },
    state: { https: { redirect: false }, site: { name: 'Mes démarches en ligne' }, banner: { theme: { look: 'state' } } },
    corner: { https: { redirect: false }, site: { name: 'Les Confitures d’Armor' }, banner: { position: 'right' } },
};
fs.chmodSync(temporary, 0o755);

// ---- the views ----

const desktop = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 };
const narrow = { viewport: { width: 320, height: 640 }, deviceScaleFactor: 1 };
const enlarged = { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }; // 1280 by 800 at 200 %

const banner = (page) => page.locator('#vp-box.vp-ask').waitFor();
async function refused(page) {
    await page.locator('#vp-box.vp-ask .vp-form [value=refuse]').click();
    await page.locator('#vp-box.vp-kept').waitFor();
}
const card = (page) => page.frames().find((one) => one.name().startsWith('held-frame'));

// Each: its policy, its address, what leads to it, and the frame that it is in, if it is not the page.
const views = {
    banner: { policy: 'shop', at: '/', until: banner },
    'banner-unfolded': { policy: 'shop', at: '/', until: async (page) => { await banner(page); await page.locator('#vp-box .vp-more > summary').click(); } },
    'banner-corner': { policy: 'corner', at: '/', until: banner },
    'banner-state': { policy: 'state', at: '/etat', until: banner },
    'banner-right-to-left': { policy: 'shop', at: '/rtl', until: banner },
    'banner-arabic': { policy: 'shop', at: '/ar', until: banner },
    'card-arabic': { policy: 'shop', at: '/ar', until: refused, within: card },
    'panel-arabic': { policy: 'shop', at: '/_privacy/panel', locale: 'ar', until: (page) => page.locator('html[dir=rtl] main form').first().waitFor() },
    panel: { policy: 'shop', at: '/_privacy/panel', until: (page) => page.locator('main form').first().waitFor() },
    'panel-in-place': { policy: 'shop', at: '/', until: async (page) => {
        await banner(page);
        await page.locator('#vp-box .vp-more > summary').click();
        await page.locator('#vp-box .vp-more a').click();
        await page.locator('dialog.vp-own').waitFor();
    } },
    privacy: { policy: 'shop', at: '/_privacy/', until: (page) => page.locator('main h1').waitFor() },
    card: { policy: 'shop', at: '/film', until: refused, within: card },
    control: { policy: 'shop', at: '/', until: async (page) => { await refused(page); await page.locator('#vp-box .vp-head').click(); } },
};

// Which pictures are kept; every view is looked at in every window all the same.
const light = { colorScheme: 'light' };
const dark = { colorScheme: 'dark' };
const pictures = [
    ['banner', 'desktop-light', { ...desktop, ...light }], ['banner', 'desktop-dark', { ...desktop, ...dark }],
    ['banner', 'phone-light', { ...phone, ...light }], ['banner', 'phone-dark', { ...phone, ...dark }],
    ['banner-unfolded', 'desktop-light', { ...desktop, ...light }], ['banner-unfolded', 'phone-light', { ...phone, ...light }],
    ['banner-corner', 'desktop-light', { ...desktop, ...light }], ['banner-corner', 'desktop-dark', { ...desktop, ...dark }],
    ['banner-state', 'desktop-light', { ...desktop, ...light }], ['banner-state', 'phone-dark', { ...phone, ...dark }],
    ['banner-right-to-left', 'desktop-light', { ...desktop, ...light }],
    ['banner-arabic', 'desktop-light', { ...desktop, ...light }], ['banner-arabic', 'phone-light', { ...phone, ...light }],
    ['card-arabic', 'phone-light', { ...phone, ...light }], ['panel-arabic', 'desktop-light', { ...desktop, ...light }],
    ['panel', 'desktop-light', { ...desktop, ...light }], ['panel', 'phone-dark', { ...phone, ...dark }],
    ['panel-in-place', 'desktop-light', { ...desktop, ...light }], ['panel-in-place', 'phone-light', { ...phone, ...light }],
    ['privacy', 'desktop-light', { ...desktop, ...light }], ['privacy', 'desktop-dark', { ...desktop, ...dark }],
    ['card', 'desktop-light', { ...desktop, ...light }], ['card', 'phone-dark', { ...phone, ...dark }],
    ['control', 'desktop-light', { ...desktop, ...light }], ['control', 'phone-dark', { ...phone, ...dark }],
];
const windows = { desktop, phone, narrow, enlarged };

// ---- what is looked at, in the page ----

function problems(part) {
    const roots = [document, ...[...document.querySelectorAll('*')].map((element) => element.shadowRoot).filter(Boolean)];
    const own = roots.map((root) => root.querySelector(part)).find(Boolean);
    if (!own)
        return ['it is not there'];
    const found = [];
    const say = (element) => `${element.localName}${element.className ? `.${element.className}` : ''} «${element.textContent.trim().slice(0, 30)}»`;
    const width = document.documentElement.clientWidth;
    if (document.scrollingElement.scrollWidth > width)
        found.push(`the page is ${document.scrollingElement.scrollWidth} px wide in ${width}`);
    const box = own.getBoundingClientRect();
    if (box.left < -0.5 || box.right > width + 0.5 || (getComputedStyle(own).position === 'fixed' && (box.top < -0.5 || box.bottom > innerHeight + 0.5)))
        found.push(`it is not within the window: ${JSON.stringify(box)}`);
    for (const element of [own, ...own.querySelectorAll('*')]) {
        if (!element.checkVisibility({ checkVisibilityCSS: true }))
            continue;
        const { left, right } = element.getBoundingClientRect();
        if (left < -0.5 || right > width + 0.5)
            found.push(`beyond the window: ${say(element)}`);
        const style = getComputedStyle(element);
        if (style.overflowY === 'hidden' && element.scrollHeight > element.clientHeight + 1)
            found.push(`text is cut off: ${say(element)}`);
        let block = element;
        while (getComputedStyle(block).display.startsWith('inline') && block !== own && block.localName !== 'button')
            block = block.parentElement;
        const around = block.getBoundingClientRect();
        for (const text of [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '')) {
            const range = document.createRange();
            range.selectNodeContents(text);
            if ([...range.getClientRects()].some((rect) => rect.left < around.left - 1 || rect.right > around.right + 1))
                found.push(`text is wider than its box: ${say(element)}`);
        }
    }
    return found;
}

// Accept and refuse, where both are: one box, and both to be clicked where they are.
const boxes = (part) => {
    const own = document.querySelector(part);
    const buttons = ['accept', 'refuse'].map((value) => own?.querySelector(`.vp-form [value=${value}]`)).filter(Boolean);
    return buttons.map((button) => {
        const { x, y, width, height } = button.getBoundingClientRect();
        return { width, height, seen: button.contains(document.elementFromPoint(x + width / 2, y + height / 2)) };
    });
};

const parts = { card: 'main', 'card-arabic': 'main', panel: 'main', 'panel-arabic': 'main', privacy: 'main', 'panel-in-place': 'dialog.vp-own' };

async function look(browser, bases, name, options, say, run = null) {
    const view = views[name];
    const context = await browser.newContext({ ...options, locale: view.locale ?? 'fr-FR', reducedMotion: 'reduce' });
    const page = await context.newPage();
    try {
        await page.goto(bases[view.policy] + view.at, { waitUntil: 'load' });
        await view.until(page);
        await page.evaluate(() => document.fonts.ready);
        const part = parts[name] ?? '#vp-box';
        const found = await (view.within ? view.within(page) : page).evaluate(problems, part);
        check(say('all of it is within the window, and no text is cut off'), found.length === 0, [...new Set(found)].slice(0, 5).join('; '));
        if (view.within) {
            const hidden = await view.within(page).evaluate(() => [...document.querySelectorAll('button')].filter((button) => button.getBoundingClientRect().bottom > innerHeight).length);
            check(say('its buttons are in sight'), hidden === 0, hidden);
        }
        if (name.startsWith('banner')) {
            const both = await page.evaluate(boxes, '#vp-box');
            check(say('both buttons have one box and are seen'), both.length === 2 && both[0].width === both[1].width && both[0].height === both[1].height && both.every(({ seen }) => seen),
                JSON.stringify(both));
        }
        if (run)
            await run(page);
    } catch (error) {
        check(say('ended'), false, error.message);
    }
    await context.close();
}

const stages = [];
const browser = { close() {} };
try {
    const bases = {};
    for (const [name, policy] of Object.entries(policies)) {
        const file = path.join(temporary, `${name}.json`);
        fs.writeFileSync(file, JSON.stringify(policy));
        stages.push(await stage(site.address().port, file));
        bases[name] = `https://localhost:${stages.at(-1).nginx}`;
    }
    const own = await launch({ spki: stages.map(({ spki }) => spki).join(), args: ['--hide-scrollbars'] });
    browser.close = () => own.close();
    if (isWriting) {
        fs.rmSync(folder, { recursive: true, force: true });
        fs.mkdirSync(folder);
    }
    for (const [name, as, options] of pictures)
        await look(own, bases, name, options, (what) => `${name}, ${as}: ${what}`, async (page) => {
            const file = path.join(isWriting ? folder : temporary, `${name}-${as}.png`);
            await page.screenshot({ path: file });
            if (isWriting)
                execFileSync('pngquant', ['--force', '--skip-if-larger', '--strip', '--quality', '60-90', '--speed', '1', '--output', file, file]);
            check(`${name}, ${as}: the picture is taken`, fs.statSync(file).size > 0);
        });
    if (!isWriting)
        for (const name of Object.keys(views))
            for (const as of ['narrow', 'enlarged'])
                await look(own, bases, name, { ...windows[as], ...light }, (what) => `${name}, ${as}: ${what}`);
    const kept = fs.readdirSync(folder).sort();
    check('tests/browser/screens holds these pictures and no others (make screens)', kept.join() === pictures.map(([name, as]) => `${name}-${as}.png`).sort().join(), kept.join(' '));
    const weight = kept.reduce((sum, name) => sum + fs.statSync(path.join(folder, name)).size, 0);
    check(`they weigh less than ${WEIGHT_MOST} bytes`, weight > 0 && weight < WEIGHT_MOST, weight);
} catch (error) {
    check('the views end', false, error.stack);
} finally {
    await browser.close();
    for (const one of stages)
        check('the servers stop without a problem in their logs', await one.end() === 0);
    site.close();
    fs.rmSync(temporary, { recursive: true, force: true });
}
end();
