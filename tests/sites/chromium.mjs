// SPDX-License-Identifier: Apache-2.0
// A visitor's browser: Chromium with a fresh profile, which asks our resolver for every name and takes our certificate for
// every host, and is otherwise as it comes. A private window would neither
// preconnect nor keep third-party cookies.

import fs from 'node:fs';
import path from 'node:path';
import { profile } from '../support/chromium.mjs';

// The same dice for every visit, so that two visits of a page can be compared.
function seeded() {
    let state = 42;

    Math.random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

// An error that no missing script of somebody else's explains: code that cannot be read or may not run, or an error in ours.
function isGrave(error) {
    const place = /^ +at .*/m.exec(error.stack ?? '')?.[0] ?? '';

    return /SyntaxError|EvalError/.test(error.name ?? '') || /Content Security Policy/.test(error.message ?? '') || place.includes('/_privacy/');
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Sends the form of the button in `page` that `selector` finds, and waits until the browser has the answer. Where it gives up, on a
// busy machine, that is tried again, unless the button has gone: then it was heeded.
export async function press(page, selector, waitUntil) {
    for (let left = 3; ; left--) {
        const arrived = page.waitForNavigation({ waitUntil, timeout: 60000 });

        try {
            await Promise.all([arrived, page.evaluate((wanted) => { const one = document.querySelector(wanted); one.form.requestSubmit(one); }, selector)]);
            return;
        } catch (error) {
            await arrived.catch(() => {});
            if (left === 1 || !/ERR_TIMED_OUT|Timeout/.test(error.message))
                throw error;
            await page.goBack({ timeout: 60000 }).catch(() => {});
            await page.reload({ timeout: 60000 });
            if (await page.locator(selector).count() === 0)
                return;
        }
    }
}

export class Visitor {
    // `place`: where the hosts of the sites are. `cookies` of a choice made before, put in without a visit.
    static async come(net, place, folder, spki, { javaScript = true, cookies = [], options = {} } = {}) {
        const own = fs.mkdtempSync(path.join(folder, 'profile-'));
        const resolver = { dns_over_https: { mode: 'secure', templates: net.templates(place) } };

        // A slow page makes Chromium ask whether there is a network at all; visits of a site are told to nobody else.
        const preferences = { alternate_error_pages: { enabled: false }, safebrowsing: { enabled: false } };

        fs.writeFileSync(path.join(own, 'Local State'), JSON.stringify(resolver));
        fs.mkdirSync(path.join(own, 'Default'));
        fs.writeFileSync(path.join(own, 'Default', 'Preferences'), JSON.stringify(preferences));
        const context = await profile(own, {
            spki, javaScriptEnabled: javaScript, viewport: { width: 1280, height: 900 }, locale: 'fr-FR', ...options,
            // pages saved when http was usual ask for http scripts
            args: ['--mute-audio', '--gaia-url=https://127.0.0.1:9/', '--allow-running-insecure-content'],
            // What the driver would switch off and a visitor's browser has.
            ignoreDefaultArgs: ['--disable-back-forward-cache', '--disable-features=BackForwardCache', '--disable-popup-blocking'],
        });

        await context.addInitScript(seeded);
        await context.addCookies(cookies);
        const visitor = new Visitor();
        Object.assign(visitor, { net, place, context, profile: own, javaScript });
        return visitor;
    }

    // Opens a tab that remembers what it asks for and what fails in it.
    async tab() {
        const page = await this.context.newPage();
        const seen = { page, asked: [], open: new Map(), errors: [], grave: [], last: Date.now() };

        page.on('request', (request) => {
            const one = { url: request.url(), type: request.resourceType() };

            seen.asked.push(one);
            seen.open.set(request, one);
            seen.last = Date.now();
        });
        page.on('requestfailed', (request) => { // told of, though it never left
            if (/csp|blocked/i.test(request.failure()?.errorText ?? ''))
                seen.asked.splice(seen.asked.indexOf(seen.open.get(request)), 1);
            seen.last = Date.now();
        });
        page.on('websocket', (socket) => seen.asked.push({ url: socket.url(), type: 'websocket' }));
        page.on('pageerror', (error) => {
            const sentence = String(error.message ?? error).split('\n')[0];

            seen.errors.push(sentence);
            if (isGrave(error))
                seen.grave.push(sentence);
        });
        page.on('popup', (popup) => popup.close().catch(() => {}));
        return seen;
    }

    // Until the tab has asked for nothing for `quiet` ms; a page that never rests is left after `limit`.
    static async rest(seen, quiet = 400, limit = 8000) {
        const end = Date.now() + limit;

        while (Date.now() < end && Date.now() - seen.last < quiet)
            await pause(50);
    }

    // Until nobody has heard anything for `quiet` ms.
    static async silence(net, quiet = 500, limit = 20000) {
        const end = Date.now() + limit;

        for (let count = -1; count !== net.count && Date.now() < end; await pause(quiet))
            count = net.count;
    }

    // Loads `url`, looks at all of it, waits until it rests.
    async visit(url, seen) {
        const tab = seen ?? await this.tab();

        tab.last = Date.now();
        await tab.page.goto(url, { waitUntil: 'load', timeout: 60000 }).catch((error) => { tab.failure = error.message; });
        await Visitor.rest(tab);
        return tab;
    }

    async leave() {
        await this.context.close();
        fs.rmSync(this.profile, { recursive: true, force: true });
    }
}
