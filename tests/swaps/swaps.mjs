// SPDX-License-Identifier: Apache-2.0
// Pages that scripts exchange, in Chromium: whatever takes the place of the page that the server sent, the visitor has the banner
// before a choice, the control after it, and the way back to where they are.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stage } from '../browser/stage.mjs';
import { check, end } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';
import { until } from '../support/until.mjs';
import { kinds, open } from './site.mjs';

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-swaps-'));
fs.chmodSync(temporary, 0o755);
const policy = path.join(temporary, 'policy.json');
fs.writeFileSync(policy, JSON.stringify({ https: { redirect: false }, site: { name: 'Boutique', language: 'auto', languages: ['fr', 'en'] } }));

// ---- what the visitor has ----

// What there is of ours: "ask" or "kept" where it is one, whole, in sight and above the page; and it is the one of before.
const look = (page) => page.evaluate(() => {
    const boxes = document.querySelectorAll('#vp-box'), [box] = boxes;
    if (boxes.length !== 1)
        return `${boxes.length} of them`;
    const { left, top, width, height } = box.getBoundingClientRect(), style = getComputedStyle(box);
    const isSeen = style.position === 'fixed' && box.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    const isWhole = box.querySelector('button[value=refuse], button[value=withdraw]') && box.querySelector('a[href*="/_privacy/"]');
    return !isSeen ? 'hidden' : !isWhole ? 'in parts' : `${box.classList[0].slice(3)}${window.box && box !== window.box ? ', another' : ''}`;
});
const shows = async (sentence, page, expected) => {
    const holds = await until(async () => await look(page) === expected);
    check(sentence, holds, holds || await look(page));
};
const isOn = (page, name) => page.locator('#name', { hasText: name }).waitFor({ timeout: 60000 });
const follow = async (page, name) => {
    await page.locator(name === 'two' ? '#next' : '#back').click();
    await isOn(page, name);
};
const stays = (page) => page.evaluate(() => window.mark === 1);
const press = (page, value) => page.locator(`#vp-box button[value=${value}]`).first().click();

async function visit(browser, url, run) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 800 } });
    const page = await context.newPage();
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    await context.route((address) => !address.hostname.endsWith('localhost'), (route) => route.fulfill({ contentType: 'text/html', body: 'film' }));
    await page.goto(url, { waitUntil: 'load' });
    await page.evaluate(() => {
        window.box = document.getElementById('vp-box');
        window.mark = 1;
    });
    await run(page, context, errors);
    await context.close();
}

// ---- the stories ----

async function exchanged(browser, base, say, kind) {
    await visit(browser, `${base}/${kind}/one`, async (page, context, errors) => {
        await page.locator('#vp-box .vp-more > summary').click();
        await page.locator('#vp-box input[value=audience]').check();
        await follow(page, 'two');
        check(say('the page is exchanged'), await stays(page) && page.url().includes(`/${kind}/two`), page.url());
        await shows(say('the banner asks in the next page'), page, 'ask');
        check(say('it is as it was left'), await page.locator('#vp-box .vp-more[open] input[value=audience]:checked').count() === 1);
        check(say('it takes no focus'), await page.evaluate(() => !document.activeElement.closest('#vp-box')));
        await page.goBack();
        await isOn(page, 'one');
        await shows(say('and in the one before'), page, 'ask');
        await follow(page, 'two');
        await shows(say('and again'), page, 'ask');
        await press(page, 'refuse');
        await shows(say('a refusal is heeded'), page, 'kept');
        check(say('in the open page'), await stays(page) && page.url().includes(`/${kind}/two`), page.url());
        check(say('and stored'), /audience=0/.test((await context.cookies()).find(({ name }) => name === 'eu-consent')?.value));
        await page.goBack(); // what is kept of that page has a banner
        await isOn(page, 'one');
        await shows(say('the control is in the page before'), page, 'kept');
        await follow(page, 'two');
        await shows(say('and in the next one'), page, 'kept');
        await page.locator('#vp-box .vp-head').click();
        await page.locator('#vp-box .vp-more > summary').click();
        await page.locator('#vp-box .vp-more a').click();
        check(say('the panel opens in place, and leads back here'), await until(() => page.evaluate(() => {
            const back = document.querySelector('body > div:last-of-type')?.shadowRoot?.querySelector('dialog:modal [name=return]')?.value;
            return back === location.pathname + location.search;
        })), await page.evaluate(() => document.querySelector('body > div:last-of-type')?.shadowRoot?.querySelector('[name=return]')?.value));
        await page.keyboard.press('Escape');
        await follow(page, 'one');
        const url = page.url();
        await shows(say('the control is as it was left'), page, 'kept');
        check(say('open'), await page.locator('#vp-box > details[open]').count() === 1);
        check(say('no error'), errors.length === 0, errors.join());
        await Promise.all([page.waitForEvent('load'), press(page, 'accept')]);
        check(say('what is accepted brings this page anew'), page.url() === url && await page.evaluate(() => vp.state().state) === 'granted', page.url());
    });
}

// Where nothing can be fetched for it, the form is sent as it stands.
async function wayBack(browser, base, say, kind) {
    await visit(browser, `${base}/${kind}/one`, async (page) => {
        await follow(page, 'two');
        await shows(say('the banner asks'), page, 'ask');
        const url = page.url();
        await page.route('**/_privacy/choice', (route) => route.request().resourceType() === 'fetch' ? route.abort() : route.continue());
        await Promise.all([page.waitForEvent('load'), press(page, 'refuse')]);
        check(say('a form that is sent comes back to the page it was sent from'), page.url() === url, page.url());
    });
}

async function links(browser, base, say, kind) {
    await visit(browser, `${base}/${kind}/one`, async (page) => {
        await Promise.all([page.waitForEvent('load'), page.locator('#vp-box .vp-links a').first().click()]);
        check(say('links of ours lead to pages, in which no library shows them'), await page.evaluate(() => window.mark) === undefined &&
            page.url().startsWith(`${base}/_privacy/`), page.url());
    });
}

// What is held back in a page that a script fetched.
const hasCard = (page) => until(() => page.evaluate(() => { // heard by our script, which hears of it by the frame's "load"
    const { readyState, forms } = document.getElementById('film')?.contentDocument ?? { forms: [] };
    return readyState === 'complete' && forms.length === 1;
}));
async function cards(browser, base, say, kind) {
    const film = (page) => page.evaluate(() => document.getElementById('film')?.src ?? '');
    const button = (page, value) => page.locator('#film').contentFrame().locator(`button[value=${value}]`);
    await visit(browser, `${base}/${kind}/one`, async (page, context, errors) => {
        await follow(page, 'two');
        check(say('a film has its card'), await hasCard(page) &&
            await button(page, 'once').evaluate((one) => getComputedStyle(one).backgroundColor) === 'rgb(35, 47, 114)');
        await button(page, 'once').click();
        check(say('one click loads it'), await until(async () => (await film(page)).includes('youtube')), await film(page));
        check(say('into the open page'), await stays(page) && page.url().includes(`/${kind}/two`), page.url());
        await shows(say('and the banner goes on asking'), page, 'ask');
        check(say('no error'), errors.length === 0, errors.join());
    });
}

async function fragments(browser, base, say) {
    const put = (page) => page.evaluate(async () => {
        document.getElementById('app').insertAdjacentHTML('beforeend', await (await fetch('/fragment/film')).text());
    });
    await visit(browser, `${base}/plain/one?a=1`, async (page) => {
        await put(page);
        const buttons = page.locator('#film').contentFrame().locator('button');
        check(say('the card of a film offers what holds for every page'), await hasCard(page) && await buttons.evaluateAll((all) => all.map(({ value }) => value).join()) === 'add');
        await Promise.all([page.waitForEvent('load'), buttons.click()]);
        check(say('it leads back to the page that shows it'), page.url() === `${base}/plain/one?a=1`, page.url());
        await put(page);
        check(say('where the film comes'), await page.evaluate(() => document.getElementById('film').src.includes('youtube')));
    });
}

async function others(browser, base, say) {
    const inPage = (name, run) => visit(browser, `${base}/${name}/one`, run);
    await inPage('early', (page) => shows(say('where it was taken out before our script ran, the banner asks'), page, 'ask'));
    await inPage('plain', async (page) => {
        await page.evaluate(() => {
            const all = document.createElement('div');
            all.append(...document.body.childNodes);
            document.body.append(all);
        });
        await shows(say('the banner may be wrapped'), page, 'ask');
        await page.evaluate(() => { document.querySelector('body > div').innerHTML = '<p>page</p>'; });
        await shows(say('and what it is in exchanged'), page, 'ask');
        check(say('nothing else is put anywhere'), await page.evaluate(() => document.body.childElementCount) === 2);
        await page.evaluate(() => { document.body.innerHTML = '<div>' + document.getElementById('vp-box').outerHTML + '</div>'; });
        await shows(say('a copy of it gives way'), page, 'ask');
        await page.evaluate(() => vp.open());
        await page.locator('dialog.vp-own').waitFor();
        await page.evaluate(() => { document.body.innerHTML = '<p>page</p>'; });
        await page.evaluate(() => vp.open());
        await page.locator('dialog.vp-own').waitFor();
        check(say('a panel that went with its page opens again'), await page.locator('dialog.vp-own').count() === 1);
    });
    await inPage('plain', async (page) => {
        const title = page.locator('#vp-title');
        const french = await title.textContent();
        await page.evaluate(() => {
            document.documentElement.lang = 'en';
            document.body.innerHTML = '<a href="/" id="mine">page</a>';
            document.getElementById('mine').focus();
        });
        check(say('in a page of another language it asks in that'), await until(async () => await title.textContent() !== french &&
            await page.locator('#vp-box').getAttribute('lang') === 'en'), await title.textContent());
        await shows(say('and is the one'), page, 'ask');
        check(say('which takes no focus'), await page.evaluate(() => document.activeElement.id) === 'mine');
    });
    await inPage('file', async (page) => {
        const [display, position] = await page.evaluate(async () => {
            document.body.innerHTML = '<p>page</p>';
            await null;
            const style = getComputedStyle(document.getElementById('vp-box'));
            return [style.display, style.position];
        });
        check(say('where its style sheet is a file it is not seen without'), display === 'none' || position === 'fixed', `${display}, ${position}`);
        await shows(say('and then is'), page, 'ask');
    });
    await inPage('plain', async (page) => {
        await page.evaluate(() => {
            window.taken = 0;
            const takeOut = () => document.querySelectorAll('body > #vp-box').forEach((one) => { one.remove(); window.taken++; });
            new MutationObserver(takeOut).observe(document.documentElement, { childList: true, subtree: true });
            takeOut();
        });
        await shows(say('a page that takes it out of the body again and again has it beside that'), page, 'ask');
        check(say('soon'), await page.evaluate(() => window.taken) < 10, await page.evaluate(() => window.taken));
        await page.evaluate(() => { document.body.innerHTML = '<p>page</p>'; });
        await shows(say('where it stays'), page, 'ask');
    });
    await inPage('plain', async (page) => {
        await page.evaluate(() => {
            window.taken = 0;
            window.takeOut = () => document.querySelectorAll('#vp-box').forEach((one) => { one.remove(); window.taken++; });
            window.watching = new MutationObserver(window.takeOut);
            window.watching.observe(document, { childList: true, subtree: true });
            window.takeOut();
        });
        check(say('one that takes it out everywhere still runs'), await until(() => page.evaluate(() => window.taken >= 6)) &&
            await page.evaluate(() => window.taken) < 200, await page.evaluate(() => window.taken));
        await page.evaluate(() => window.watching.disconnect());
        await shows(say('and has it again as soon as it lets go'), page, 'ask');
    });
}

const site = await open();
const servers = await stage(site.address().port, policy);
const browser = await launch({ spki: servers.spki, args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost'] });
try {
    for (const [server, some] of [['nginx', kinds], ['apache', ['turbo']]]) {
        const base = `https://localhost:${servers[server]}`;
        for (const kind of some)
            await exchanged(browser, base, (sentence) => `${server}, ${kind}: ${sentence}`, kind);
    }
    const base = `https://localhost:${servers.nginx}`;
    for (const kind of ['router', 'body', 'open'])
        await wayBack(browser, base, (sentence) => `${kind}: ${sentence}`, kind);
    for (const kind of ['turbo', 'htmx2', 'htmx4'])
        await links(browser, base, (sentence) => `${kind}: ${sentence}`, kind);
    for (const kind of ['turbo', 'htmx2', 'router', 'open'])
        await cards(browser, base, (sentence) => `${kind}, a card: ${sentence}`, kind);
    await fragments(browser, base, (sentence) => `in a fragment: ${sentence}`);
    await others(browser, base, (sentence) => sentence);
} catch (error) {
    check('the stories end', false, error.stack);
}
await browser.close();
const code = await servers.end();
check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
site.close();
fs.rmSync(temporary, { recursive: true, force: true });
end();
