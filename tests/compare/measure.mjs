// SPDX-License-Identifier: Apache-2.0
// What one consent manager does on the site, in Chromium. Each measure has a browser context of its own, so that none knows of
// another; nothing is timed: what is waited for is what is expected to come, and absence is looked at once all else is there.

import { createRequire } from 'node:module';
import fs from 'node:fs';
import zlib from 'node:zlib';
import { until } from '../support/until.mjs';
import { cookies, LOADED } from './site.mjs';

const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = 15000; // for what is expected to come

export const packed = (bytes) => ({
    raw: bytes.length, gzip: zlib.gzipSync(bytes, { level: 9 }).length,
    brotli: zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
});

export class Manager {
    // `manager` as in managers.mjs; `base`: where the site is for it; `files`: the packages' folder.
    constructor(manager, { browser, base, trackers, seen, packages }) {
        Object.assign(this, { manager, browser, base, trackers, seen, packages });
    }

    async context(run, options = {}) {
        const context = await this.browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', locale: 'fr-FR', ...options });
        try {
            await context.addInitScript((whole) => {
                window.shifts = 0;
                new PerformanceObserver((list) => list.getEntries().filter(({ sources }) => sources.some(({ node }) => node?.closest?.(whole))).forEach((entry) => {
                    window.shifts += entry.value; })).observe({ type: 'layout-shift', buffered: true });
            }, this.manager.whole);
            this.trackers.asked = [];
            const page = await context.newPage();
            return await run(page, context);
        } finally {
            await context.close();
        }
    }

    at(place, isMarked) { return `${this.base}/shop/${place}?m=${this.manager.id}${isMarked ? '&marked' : ''}`; }
    async go(page, place, isMarked) {
        const response = await page.goto(this.at(place, isMarked), { waitUntil: 'load' });
        if (this.manager.ready)
            await page.waitForFunction('window.ready === true');
        return response;
    }
    asks(page) { return page.locator(this.manager.banner).first().isVisible(); }
    async visit(page, place, isMarked) {
        const response = await this.go(page, place, isMarked);
        await page.locator(this.manager.banner).first().waitFor({ state: 'visible', timeout: 15000 });
        await this.still(page);
        return response;
    }
    still(page) { return page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})))); }

    async jar(context) {
        const all = await context.cookies();
        return cookies.filter(({ name }) => all.some((one) => one.name === name)).map(({ kind }) => kind);
    }
    async choice(context) { return (await context.cookies()).find(({ name }) => name === this.manager.choice); }
    async days(context) { return Math.round(((await this.choice(context))?.expires - Date.now() / 1000) / 86400); }

    // ---- the measures ----

    // Before any choice: who is called, what is stored, what the page carries for it, how the banner behaves; then a refusal.
    before() {
        return this.context(async (page, context) => {
            const html = await (await this.visit(page, 'set', true)).text(); // what was asked for delayed the load: it has arrived
            // Chromium does not call a style sheet in the body blocking, but what stands behind its link waits for it.
            const early = [...html.slice(html.indexOf('<body'), html.indexOf('<main')).matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, place]) => new URL(place, this.base).pathname);
            const own = (await page.evaluate(() => performance.getEntriesByType('resource').map(({ name, renderBlockingStatus }) => [new URL(name).pathname, renderBlockingStatus])))
                .filter(([place]) => place.startsWith(this.manager.own)).map(([place, status]) => ({ place, blocks: status === 'blocking' || early.includes(place) }));
            const found = {
                called: this.trackers.loaded().length, stored: (await this.jar(context)).length, shifts: await page.evaluate(() => window.shifts),
                resources: [...new Set(own.map(({ place }) => place))].sort(), blocking: own.filter(({ blocks }) => blocks).map(({ place }) => place).sort(),
                steals: await page.evaluate(() => document.activeElement !== document.body),
                covers: await page.evaluate(() => { // is a link in the middle of the page still there to be clicked?
                    const { x, y } = document.querySelector('#middle').getBoundingClientRect();
                    return document.elementFromPoint(x + 5, y + 5)?.id !== 'middle';
                }),
                tabs: await this.tabs(page), violations: await this.violations(page, this.manager.banner),
            };
            let sent = 0;
            page.on('request', (request) => { sent += request.method() === 'POST'; });
            await page.locator(this.manager.refuse).first().click();
            found.kept = await until(async () => await this.choice(context) !== undefined && !await this.asks(page));
            return { ...found, sent, days: await this.days(context) };
        });
    }

    // Tab until the button that refuses has the focus.
    async tabs(page) {
        for (let tabs = 1; tabs <= 60; tabs++) {
            await page.keyboard.press('Tab');
            if (await page.evaluate((selector) => document.activeElement.matches(selector), this.manager.refuse))
                return tabs;
        }
        return null;
    }

    // The rules of axe-core that a part of the page breaks; ours may be behind a shadow root.
    async violations(page, selector) {
        await page.evaluate(axe);
        return page.evaluate(async (one) => {
            const roots = [document, ...[...document.body.children].map((element) => element.shadowRoot).filter(Boolean)];
            const part = roots.map((root) => root.querySelector(one)).find(Boolean);
            return (await globalThis.axe.run({ include: [part] }, { iframes: false })).violations.map(({ id }) => id).sort();
        }, selector);
    }

    // The page as its author wrote it, and the panel that the banner opens.
    unmarked() {
        return this.context(async (page) => {
            await this.visit(page, 'page', false);
            const called = this.trackers.loaded();
            for (const selector of this.manager.openPanel)
                await page.locator(selector).first().click();
            await page.locator(this.manager.panel).first().waitFor({ state: 'visible' });
            await this.still(page);
            return { called: called.length, late: called.includes('late.js'), violations: await this.violations(page, this.manager.panel) };
        });
    }

    // None of its files arrives: a network that breaks, a list that blocks.
    bare() {
        return this.context(async (page, context) => {
            await page.route((url) => url.pathname.startsWith(this.manager.own) && /\.(js|css)$/.test(url.pathname), (route) => route.abort());
            await page.goto(this.at('page', true), { waitUntil: 'load' });
            if (!await this.asks(page))
                return false;
            await page.locator(this.manager.refuse).first().click();
            return until(async () => await this.choice(context) !== undefined);
        });
    }

    async withoutScript() {
        return this.context(async (page, context) => {
            await page.goto(this.at('page', false));
            const unmarked = this.trackers.asked.length;
            this.trackers.asked = [];
            await page.goto(this.at('page', true));
            const marked = this.trackers.asked.length;
            const asks = await this.asks(page);
            if (asks)
                await Promise.all([page.waitForNavigation(), page.locator(this.manager.refuse).first().click()]);
            return { unmarked, marked, asks, chosen: await this.choice(context) !== undefined };
        }, { javaScriptEnabled: false });
    }

    // How both buttons look; null for one that is not there.
    buttons() {
        return this.context(async (page) => {
            await this.visit(page, 'page', true);
            return page.evaluate((selectors) => selectors.map((selector) => {
                const element = document.querySelector(selector);
                if (element === null || element.getClientRects().length === 0)
                    return null;
                const style = getComputedStyle(element);
                const { width, height } = element.getBoundingClientRect();
                return { tag: element.localName, width: Math.round(width), height: Math.round(height), colour: style.color, background: style.backgroundColor,
                    border: style.borderTopColor, size: style.fontSize, weight: style.fontWeight };
            }), [this.manager.accept, this.manager.refuse]);
        });
    }

    // Accepted, measured, withdrawn: what goes on in the page that is open, what is left in the jar, what the next pages do.
    story() {
        return this.context(async (page, context) => {
            await this.visit(page, 'page', true);
            await page.evaluate(() => { window.same = true; });
            await page.locator(this.manager.accept).first().click();
            const loads = await until(() => this.trackers.loaded().length === LOADED.length);
            await page.waitForLoadState('load');
            const reloads = !await page.evaluate(() => window.same === true);
            const days = await this.days(context);
            await this.go(page, 'set', true);
            const set = await this.jar(context);

            await this.go(page, 'page', true);
            await until(() => this.trackers.loaded().length === LOADED.length);
            const old = (await this.choice(context)).value;
            const changed = async () => { const now = await this.choice(context); return now === undefined || now.value !== old; };
            await page.evaluate(() => { window.same = true; });
            let clicks = 0;
            for (const selector of this.manager.withdraw) {
                const button = page.locator(selector).first();
                await until(async () => await button.isVisible() || await changed());
                if (!await button.isVisible()) // it closed by itself
                    break;
                await button.click();
                clicks++;
            }
            const withdrawn = await until(changed);
            if (this.manager.reloads)
                await until(() => page.evaluate(() => window.same !== true).catch(() => false));
            await page.waitForLoadState('load');
            this.trackers.asked = [];
            await page.locator('h1').first().dispatchEvent('click'); // to which the tracker listens, if it is there
            await page.evaluate((at) => fetch(at, { mode: 'no-cors' }).catch(() => {}), this.trackers.at('after')); // comes behind it
            const goesOn = await until(() => this.trackers.asked.includes('beacon'), 1000);

            const from = this.seen.length;
            this.trackers.asked = [];
            await this.go(page, 'page', true);
            const left = await this.jar(context);
            const next = this.trackers.loaded().length;
            const sent = this.seen.slice(from).filter(({ cookie }) => cookies.some(({ name }) => cookie.includes(`${name}=`))).length;
            await this.go(page, 'set', true);
            const again = await this.jar(context);
            return { loads, reloads, set, withdrawn, clicks, goesOn, left, next, sent: sent > 0, again: again.length, days };
        });
    }

    // A browser that says that its user wants not to be sold or shared.
    signal() {
        return this.context(async (page, context) => {
            await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }));
            await this.go(page, 'page', true);
            return { asks: await until(() => this.asks(page), this.manager.id === 'ours' ? 0 : PATIENCE), // ours is in the page or is not
                called: this.trackers.loaded().length };
        }, { extraHTTPHeaders: { 'Sec-GPC': '1' } });
    }
}
