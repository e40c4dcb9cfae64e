// SPDX-License-Identifier: Apache-2.0
// A visitor with Debian's Firefox: a fresh profile, which asks our resolver for every name and takes any certificate, with
// everything switched off that calls somebody on the browser's own account or holds something back itself.

import fs from 'node:fs';
import puppeteer from 'puppeteer-core';

const binary = ['/usr/lib/firefox-esr/firefox-esr', '/usr/bin/firefox-esr', '/usr/bin/firefox'].find((file) => fs.existsSync(file));

const preferences = {
    'network.trr.mode': 3, 'network.trr.allow-rfc1918': true, 'network.trr.confirmationNS': 'skip', 'network.trr.wait-for-portal': false,
    'network.trr.excluded-domains': '', 'network.trr.builtin-excluded-domains': '', 'network.dns.native_https_query': false,
    'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false, 'services.settings.server': 'data:,',
    'app.normandy.enabled': false, 'browser.safebrowsing.malware.enabled': false, 'browser.safebrowsing.phishing.enabled': false,
    'privacy.trackingprotection.enabled': false, 'privacy.trackingprotection.pbmode.enabled': false,
    'privacy.trackingprotection.socialtracking.enabled': false, 'network.cookie.cookieBehavior': 0, 'dom.security.https_first': false,
    // what some visitors have switched on
    'network.dns.disablePrefetchFromHTTPS': false, 'network.dns.disablePrefetch': false, 'network.prefetch-next': true, 'browser.send_pings': true,
    'network.early-hints.enabled': true, 'network.early-hints.preconnect.enabled': true,
};

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Visitor {
    // `place`: where the hosts of the sites are.
    static async come(net, place, javaScript) {
        const template = net.templates(place);
        const browser = await puppeteer.launch({
            browser: 'firefox', executablePath: binary, headless: true, acceptInsecureCerts: true, args: ['--width=1280', '--height=900'],
            extraPrefsFirefox: { ...preferences, 'network.trr.uri': template, 'network.trr.custom_uri': template, 'javascript.enabled': javaScript },
        });

        return Object.assign(new Visitor(), { net, browser });
    }

    // Loads `url` and waits until nobody has heard anything for a while.
    async visit(url) {
        const page = await this.browser.newPage();

        await page.goto(url, { waitUntil: 'load', timeout: 60000 });
        await this.silence();
        return page;
    }

    async silence(quiet = 1500, limit = 30000) {
        const end = Date.now() + limit;

        for (let count = -1; count !== this.net.count && Date.now() < end; await pause(quiet))
            count = this.net.count;
    }

    async cookies() {
        return (await this.browser.cookies()).filter(({ domain }) => /(^|\.)shop\.example$/.test(domain)).map(({ name }) => name);
    }

    leave() {
        return this.browser.close();
    }
}
