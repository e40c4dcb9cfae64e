// SPDX-License-Identifier: Apache-2.0
// What stands in the place of content that waits for consent, and the banner beside it, in Chromium: on paper, in pages
// that run from right to left, in the visitor's own colours; and what one click on it loads, with JavaScript and without.

import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { stage } from '../browser/stage.mjs';
import { check, end } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-cards-'));

// ---- the site ----

const page = (attributes, body) => `<!DOCTYPE html><html lang="fr"${attributes}><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width"><title>t</title></head><body><h1>Boutique</h1>${body}</body></html>`;
const film = '<iframe id="film" src="https://www.youtube.com/embed/abc" title="Film" width="560" height="315"></iframe>';
const contact = '<form action="/merci"><label>Message <input name="message"></label><div class="g-recaptcha" data-sitekey="k"></div>' +
    '<button id="send">Envoyer</button></form><script src="https://www.google.com/recaptcha/api.js"></script>';
const post = '<blockquote class="twitter-tweet"><p id="words">Un message</p></blockquote>' +
    '<script async src="https://platform.twitter.com/widgets.js"></script>';
const pages = {
    '/contact': () => page('', `<div style="height: 1500px"></div>${contact}${post}<div style="height: 1500px"></div>`),
    '/autre': () => page('', contact),
    '/film': () => page('', film),
    '/moves': () => page('', '<script>addEventListener("load", () => requestAnimationFrame(() => setTimeout(() => ' +
        'document.querySelector("h1").style.marginTop = "200px", 50)))</script><p>Confitures</p>'),
    '/rtl': () => page(' dir="rtl"', `<style>* { direction: rtl; text-align: right }</style><p>שלום</p>${film}`),
};
const site = http.createServer((request, response) => {
    const make = pages[request.url.split('?')[0]];
    response.writeHead(make ? 200 : 404, { 'Content-Type': 'text/html; charset=utf-8' }).end(make ? make(request) : page('', ''));
});
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));

const policy = path.join(temporary, 'policy.json');
fs.writeFileSync(policy, JSON.stringify({ https: { redirect: false }, site: { name: 'Boutique' } }));
fs.chmodSync(temporary, 0o755);

// ---- how it looks ----

const cardOf = (page, name = 'held-frame') => page.frames().find((frame) => frame.name().startsWith(name));

async function see(browser, url, options, run) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
    const page = await context.newPage();
    await page.goto(url);
    await run(page);
    await context.close();
}

// In the page. The luminance of an opaque colour.
function luminance(colour) {
    const [r, g, b] = colour.match(/\d+/g).map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

async function onPaper(browser, base, colorScheme) {
    const say = (sentence) => `on paper, ${colorScheme}: ${sentence}`;
    await see(browser, `${base}/film`, { colorScheme }, async (page) => {
        await page.emulateMedia({ media: 'print', colorScheme });
        check(say('the banner is not there'), !await page.locator('#vp-box').isVisible());
        const card = cardOf(page);
        check(say('what the card says is'), await card.locator('h1').isVisible() && await card.locator('p').first().isVisible());
        check(say('what one would click is not'), !await card.locator('form').isVisible());
        const [ink, paper] = await card.evaluate(() => { const { color, backgroundColor } = getComputedStyle(document.querySelector('main'));
            return [color, backgroundColor]; });
        check(say('it is dark on white'), luminance(ink) < 0.05 && paper === 'rgb(255, 255, 255)', `${ink} on ${paper}`);
        await page.emulateMedia({ media: 'screen', colorScheme });
        await page.locator('#vp-box button[value=refuse]').first().click();
        await page.locator('#vp-box.vp-kept').waitFor();
        await page.emulateMedia({ media: 'print', colorScheme });
        check(say('nor is the control'), !await page.locator('#vp-box').isVisible());
        await page.emulateMedia({ media: 'screen', colorScheme });
        check(say('on the screen it is'), await page.locator('#vp-box').isVisible());
    });
}

// In the page or the card: what is not read in its own direction, or leaves its place at the sides.
function astray(root) {
    const place = document.querySelector(root).getBoundingClientRect();
    return [...document.querySelectorAll(`${root}, ${root} *`)].filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return getComputedStyle(element).direction !== 'ltr' || (right > left && (left < place.left - 1 || right > place.right + 1));
    }).map((element) => element.localName);
}

async function rightToLeft(browser, base) {
    for (const width of [320, 1000])
        await see(browser, `${base}/rtl`, { viewport: { width, height: 800 } }, async (page) => {
            const say = (sentence) => `in a page from right to left, ${width} px: ${sentence}`;
            check(say('the page is one'), await page.evaluate(() => getComputedStyle(document.body).direction) === 'rtl');
            await page.locator('#vp-box .vp-more > summary').click();
            const banner = await page.evaluate(astray, '#vp-box');
            check(say('the banner reads from left to right'), banner.length === 0, banner.join());
            const card = await cardOf(page).evaluate(astray, 'main');
            check(say('and so does the card'), card.length === 0, card.join());
            const box = await page.locator('#vp-box label').first().evaluate((label) =>
                label.querySelector('input').getBoundingClientRect().right <= label.querySelector('strong').getClientRects()[0].left);
            check(say('a box stands before its words'), box);
        });
}

// In the page or the card: buttons without an edge or whose edge is not seen, and colours that are not the visitor's.
function unseen(root) {
    const probe = document.createElement('p');
    document.body.append(probe);
    const colours = ['Canvas', 'CanvasText', 'ButtonFace', 'ButtonText', 'ButtonBorder', 'LinkText', 'VisitedText', 'GrayText', 'Highlight',
        'Field', 'FieldText'].map((name) => { probe.style.color = name; return getComputedStyle(probe).color; });
    probe.remove();
    return [...document.querySelectorAll(`${root} *`)].flatMap((element) => {
        const style = getComputedStyle(element);
        const what = [];
        if (element.getClientRects().length > 0 && !colours.includes(style.color))
            what.push(`${element.localName}: ${style.color}`);
        if (element.localName === 'button' && (parseFloat(style.borderTopWidth) < 1 || style.borderTopStyle !== 'solid' ||
            style.borderTopColor === style.backgroundColor || style.color === style.backgroundColor))
            what.push(`${element.textContent}: no edge`);
        return what;
    });
}

async function ownColours(browser, base) {
    for (const colorScheme of ['light', 'dark'])
        await see(browser, `${base}/film`, { colorScheme, forcedColors: 'active' }, async (page) => {
            const say = (sentence) => `in the visitor’s colours, ${colorScheme}: ${sentence}`;
            check(say('they are'), await page.evaluate(() => matchMedia('(forced-colors: active)').matches));
            await page.locator('#vp-box .vp-more > summary').click();
            const banner = await page.evaluate(unseen, '#vp-box');
            check(say('the banner is in them, each button with an edge'), banner.length === 0, banner.join());
            const card = await cardOf(page).evaluate(unseen, 'main');
            check(say('and so is the card'), card.length === 0, card.join());
            const answers = await page.locator('#vp-box .vp-row button').evaluateAll((buttons) => buttons.map((button) => {
                const { color, backgroundColor, borderTopColor, fontWeight } = getComputedStyle(button);
                return [color, backgroundColor, borderTopColor, fontWeight].join(); }));
            check(say('both answers look alike'), answers.length === 2 && answers[0] === answers[1], answers.join(' and '));
        });
}

// Tab goes through the banner as one reads it, refusing first; what it covers can be read without an answer.
async function keys(browser, base) {
    for (const [width, height] of [[320, 640], [1000, 800]])
        await see(browser, `${base}/film`, { viewport: { width, height } }, async (page) => {
            const say = (sentence) => `by the keyboard, ${width} px: ${sentence}`;
            const met = [];
            for (let i = 0; i < 20; i++) {
                await page.keyboard.press('Tab');
                const at = await page.evaluate(() => {
                    const element = document.activeElement;
                    const box = element.closest('#vp-box');
                    const { left, top, bottom } = element.getBoundingClientRect();
                    return box && { name: element.value ?? element.parentElement.className, left, top: top + box.scrollTop, bottom: bottom + box.scrollTop };
                });
                if (!at)
                    break;
                met.push(at);
            }
            check(say('Tab meets refusing first, then accepting, the fold, the rest'), met.map(({ name }) => name).join() === 'refuse,accept,vp-fold,vp-more,vp-links', JSON.stringify(met));
            check(say('down, or beside and to the right'), met.every((one, i) => i === 0 || one.top >= met[i - 1].bottom || one.left > met[i - 1].left), JSON.stringify(met));
            const fold = page.locator('#vp-box .vp-fold > summary');
            const high = () => page.locator('#vp-box').evaluate((box) => box.getBoundingClientRect().height);
            await page.locator('#vp-box').evaluate((box) => { box.scrollTop = 0; });
            const { y } = await fold.boundingBox();
            check(say('the fold is in sight'), y > 0 && y < page.viewportSize().height, y);
            await fold.focus();
            await page.keyboard.press('Enter');
            check(say('it leaves the title and itself'), await high() < 80 && await page.locator('#vp-title').isVisible() && await fold.isVisible() &&
                !await page.locator('#vp-box button').first().isVisible() && !await page.locator('#vp-box a').last().isVisible(), await high());
            await page.keyboard.press('Enter');
            check(say('and brings all of it back'), await high() > 150 && await page.locator('#vp-box [value=refuse]').isVisible(), await high());
        });
}

// The dialog cuts off what is outside of it: the mark of the focus must be inside.
async function focusInTheDialog(browser, base) {
    await see(browser, `${base}/film`, {}, async (page) => {
        await page.evaluate(() => vp.open());
        const close = page.locator('dialog.vp-own .vp-close');
        await close.waitFor();
        await page.waitForFunction(() => getComputedStyle(document.querySelector('body > div:last-child').shadowRoot.querySelector('dialog')).padding === '0px');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Shift+Tab');
        const mark = await close.evaluate((element) => { const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(element);
            return { style: outlineStyle, width: parseFloat(outlineWidth), offset: parseFloat(outlineOffset) }; });
        check('the focus is marked within the dialog', mark.style === 'solid' && mark.width >= 2 && mark.width + mark.offset <= 0, JSON.stringify(mark));
    });
}

// ---- what it loads ----

const captcha = 'held-card-google-recaptcha';

async function aScript(browser, base, server, javaScriptEnabled) {
    const say = (sentence) => `${server}, JavaScript ${javaScriptEnabled ? 'on' : 'off'}: ${sentence}`;
    await see(browser, 'about:blank', { javaScriptEnabled }, async (page) => {
        const asked = [];
        await page.context().route((url) => url.hostname !== 'localhost', (route) => {
            asked.push(new URL(route.request().url()).hostname);
            return route.fulfill({ contentType: 'text/javascript', body: "document.querySelector('.g-recaptcha').textContent = 'robot ?'" });
        });
        const visit = async (path) => { asked.length = 0; await page.goto(base + path, { waitUntil: 'load' }); };
        // without a script the page is loaded again, at the place of the card; with one it stays (see tests/activate, too)
        const click = async (word) => {
            const button = cardOf(page, captcha).locator(`button[value=${word}]`);
            asked.length = 0;
            if (!javaScriptEnabled) {
                await Promise.all([page.waitForURL((url) => url.hash !== ''), button.click()]);
                return page.waitForLoadState('load');
            }
            await page.evaluate(() => { window.mark = 1; });
            await button.click();
            await page.waitForFunction(() => document.querySelector('.g-recaptcha').textContent !== '');
            check(say(`${word}: the page is not loaded again`), await page.evaluate(() => window.mark === 1));
        };
        const held = async () => [cardOf(page, captcha) !== undefined, cardOf(page, 'held-card-x') !== undefined].join();
        const source = () => page.locator('script[src^="https://www.google.com/"]').count();

        await visit('/contact');
        check(say('both wait'), await held() === 'true,true' && asked.length === 0, `${await held()} ${asked}`);
        check(say('the card is in the form'), await page.locator(`form > iframe[name="${captcha}"] + .g-recaptcha`).count() === 1);
        check(say('it says so'), await cardOf(page, captcha).getByText('Sans ce contenu, le formulaire').count() === 1);
        check(say('what the post says is there'), await page.locator('#words').isVisible());
        await click('once');
        check(say('once leads back to its place'), page.url() === `${base}/contact${javaScriptEnabled ? '' : '#held-google-recaptcha'}`, page.url());
        const top = (await page.locator(javaScriptEnabled ? '.g-recaptcha' : '#held-google-recaptcha').boundingBox()).y;
        check(say('and there the page is'), top >= -1 && top < 800, top);
        check(say('it is loaded, and nothing else'), await source() === 1 && await held() === 'false,true' &&
            asked.join() === (javaScriptEnabled ? 'www.google.com' : ''), `${await held()} ${asked}`);
        if (javaScriptEnabled)
            check(say('it shows itself'), await page.locator('.g-recaptcha').textContent() === 'robot ?');
        await visit('/autre');
        check(say('on another page it waits'), (await held()).startsWith('true') && asked.length === 0, asked.join());
        await visit('/contact');
        check(say('and here again'), await held() === 'true,true' && asked.length === 0, asked.join());
        await click('add');
        await visit('/autre');
        check(say('always is on every page'), await source() === 1 && await held() === 'false,false', await held());
    });
}

async function nothingMoves(browser, base) {
    await see(browser, 'about:blank', {}, async (page) => {
        await page.addInitScript(() => {
            window.shift = 0;
            window.count = (entries) => entries.forEach(({ value }) => { window.shift += value; });
            window.observer = new PerformanceObserver((list) => window.count(list.getEntries()));
            window.observer.observe({ type: 'layout-shift', buffered: true });
        });
        const shift = () => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => {
            window.count(window.observer.takeRecords()); // what has not been delivered yet
            resolve(window.shift);
        }))));
        await page.goto(`http://localhost:${site.address().port}/moves`, { waitUntil: 'load' });
        await page.waitForFunction(() => window.shift > 0, null, { timeout: 15000 }).catch(() => {});
        check('a page that moves is seen to', await shift() > 0, await shift());
        await page.goto(`${base}/autre`, { waitUntil: 'load' });
        check('nothing moves while a card comes', await shift() === 0, await shift());
        check('and there is a card', cardOf(page, captcha) !== undefined);
    });
}

// Its buttons within it, or within reach.
async function narrow(browser, base) {
    for (const width of [320, 1000])
        await see(browser, `${base}/contact`, { viewport: { width, height: 800 } }, async (page) => {
            for (const name of [captcha, 'held-card-x']) {
                const size = await cardOf(page, name).evaluate(() => ({ wide: document.documentElement.scrollWidth - innerWidth,
                    below: document.querySelector('button').getBoundingClientRect().bottom - innerHeight }));
                check(`${name} at ${width} px: nothing is cut off at the side, "once" is in sight`, size.wide <= 0 && size.below <= 0, JSON.stringify(size));
            }
        });
}

const servers = await stage(site.address().port, policy);
const browser = await launch({ spki: servers.spki });
try {
    const base = `https://localhost:${servers.nginx}`;
    for (const scheme of ['light', 'dark'])
        await onPaper(browser, base, scheme);
    await rightToLeft(browser, base);
    await ownColours(browser, base);
    await keys(browser, base);
    await focusInTheDialog(browser, base);
    for (const server of ['nginx', 'apache'])
        for (const on of [true, false])
            await aScript(browser, `https://localhost:${servers[server]}`, server, on);
    await nothingMoves(browser, base);
    await narrow(browser, base);
} catch (error) {
    check('the stories end', false, error.stack);
}
await browser.close();
const code = await servers.end();
check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
site.close();
fs.rmSync(temporary, { recursive: true, force: true });
end();
