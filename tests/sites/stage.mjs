// SPDX-License-Identifier: Apache-2.0
// Everything that a visit needs: the origin of all sites under test, the servers in front of it, the rest of the internet.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { text } from 'node:stream/consumers';
import { Net, addresses } from './net.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);

export const places = ['stock', 'csp', 'manager', 'nginx-balanced', 'nginx-strict', 'apache-balanced', 'apache-strict'];

// A service that the policies know beside the catalogue's: the tracker of the vectors.
const common = {
    site: { name: 'Boutique', language: 'fr', controller: { name: 'Boutique SARL', address: '1 rue du Port' } },
    https: { redirect: false },
    services: {
        tracker: {
            name: 'Tracker', controller: 'Tracker SAS', country: 'FR', purpose: 'audience',
            hosts: ['tracker.example'], cookies: ['tracker_*'], signatures: ['trackerLoader'],
        },
    },
    cookies: { necessary: [{ name: 'panier', ground: 'cart' }] },
};

// `serve(request, response)` is the origin of every host in `sites`. `spoken(name)`: whether what it serves speaks of a host.
export async function stage(sites, serve, { spoken, fast = false, more = {} }) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-sites-'));
    const origin = http.createServer(serve);
    const [sink, moving, ...rest] = addresses(places.length + 2);
    const at = Object.fromEntries(places.map((place, i) => [place, rest[i]]));
    const policies = {};

    fs.chmodSync(folder, 0o755);
    for (const preset of ['balanced', 'strict']) {
        policies[preset] = path.join(folder, `${preset}.json`);
        fs.writeFileSync(policies[preset], JSON.stringify({ ...common, preset, ...more }));
    }
    origin.keepAliveTimeout = 60000;
    origin.listen(0, '127.0.0.1');
    await once(origin, 'listening');

    const child = spawn('python3', [path.join(here, 'stage.py'), origin.address().port, JSON.stringify({ addresses: at, policies, fast })],
        { stdio: ['pipe', 'pipe', 'inherit'] });
    const told = JSON.parse(await new Promise((resolve, reject) => {
        readline.createInterface({ input: child.stdout }).once('line', resolve);
        child.once('exit', (code) => reject(new Error(`the servers did not start (exit ${code})`)));
    }));
    const net = new Net({ key: fs.readFileSync(told.key), cert: fs.readFileSync(told.cert), sink, places: { ...at, moving }, sites: new Set(sites), spoken });
    await net.listen();

    // The cookie of a choice, as the server gives it to whoever makes it.
    async function choice(place, word, host) {
        const asked = https.get({ host: at[place], port: 443, path: '/_privacy/state', rejectUnauthorized: false, servername: host, headers: { Host: host } });
        const [told] = await once(asked, 'response');
        const { list } = JSON.parse(await text(told));
        const request = https.request({
            host: at[place], port: 443, path: '/_privacy/choice', method: 'POST', rejectUnauthorized: false, servername: host,
            headers: { Host: host, 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin', Origin: `https://${host}` },
        });

        request.end(`choice=${word}&return=%2F&list=${list}`);
        const [response] = await once(request, 'response');
        response.resume();
        const cookie = (response.headers['set-cookie'] ?? []).find((one) => one.startsWith('eu-consent='));
        if (cookie === undefined)
            throw new Error(`${place}: the choice ${word} was not taken: ${response.statusCode}`);
        return cookie.slice('eu-consent='.length).split(';')[0];
    }

    async function end() {
        const gone = once(child, 'exit');

        child.stdin.end();
        const [code] = await gone;
        net.close();
        origin.closeAllConnections();
        origin.close();
        fs.rmSync(folder, { recursive: true, force: true });
        return code;
    }

    return { net, folder, policies, choice, end, spki: told.spki, events: told.events };
}
