// SPDX-License-Identifier: Apache-2.0
// Pages that a browser kept from before the module was installed: what a visit, a reload and a service worker of the site
// make of them once it is there. The site moves from the stock server to ours between two visits.

import net from 'node:net';
import { Visitor } from './chromium.mjs';
import { until } from '../support/until.mjs';

const host = 'kept.shop.example';

// The place `moving`: an address that leads to whichever place `to` names.
class Moving {
    constructor(places) {
        this.sockets = new Set();
        this.servers = [80, 443].map((port) => net.createServer((client) => {
            const server = net.connect(port, places[this.to]);

            for (const socket of [client, server]) {
                this.sockets.add(socket);
                socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
            }
            client.pipe(server).pipe(client);
        }).listen(port, places.moving));
    }

    move(place) {
        this.to = place;
        for (const socket of this.sockets)
            socket.destroy();
    }

    close() {
        this.move(null);
        for (const server of this.servers)
            server.close();
    }
}

export async function checkCache(ground, report) {
    const moving = new Moving(ground.net.places);

    for (const server of ['nginx', 'apache'])
        for (const preset of ['balanced', 'strict'])
            await checkOne(ground, report, moving, `${server}-${preset}`);
    moving.close();
}

async function checkOne(ground, report, moving, place) {
    const { net: heard } = ground;
    const say = (sentence) => `kept pages, ${place}: ${sentence}`;
    const calls = (name) => [...heard.names, ...heard.requests.map((one) => one.host)].includes(`${name}.tracker.example`);
    const visitor = await Visitor.come(heard, 'moving', ground.folder, ground.spki);
    const visit = async (path, how = 'goto', called = null) => {
        const tab = visitor.context.pages()[0];

        heard.forget();
        if (how === 'goto')
            await tab.goto(`https://${host}${path}`, { waitUntil: 'load' });
        else
            await tab.reload({ waitUntil: 'load' });
        if (called !== null)
            await until(() => calls(called), 60000);
        await Visitor.silence(heard);
        return tab;
    };

    moving.move('stock');
    for (const name of ['tagged', 'dated', 'fresh']) {
        await visit(`/kept/${name}`, 'goto', name);
        report.check(say(`stock: /kept/${name} leaks`), calls(name));
    }
    await visit('/kept/worker');
    await visitor.context.pages()[0].evaluate(() => navigator.serviceWorker.ready.then(() => caches.open('kept')).then((cache) => cache.add('/kept/served')));
    await visit('/kept/served', 'goto', 'served');
    report.check(say('stock: a page that the site’s service worker kept leaks'), calls('served'));

    moving.move(place);
    for (const name of ['tagged', 'dated']) {
        await visit(`/kept/${name}`);
        report.check(say(`/kept/${name} comes anew and calls nobody`), !calls(name));
        await visit(`/kept/${name}`, 'reload');
        report.check(say(`/kept/${name} reloaded calls nobody`), !calls(name));
    }
    await visit('/kept/fresh');
    report.tell(`kept pages, ${place}: a page whose lifetime is not over, visited: ${calls('fresh') ? 'the browser shows its old copy' : 'calls nobody'}`);
    await visit('/kept/fresh', 'reload');
    report.check(say('/kept/fresh reloaded calls nobody'), !calls('fresh'));
    await visit('/kept/fresh');
    report.check(say('/kept/fresh visited after that calls nobody'), !calls('fresh'));
    await visit('/kept/served');
    report.tell(`kept pages, ${place}: a page out of the site's own service worker's cache: ${calls('served') ? 'calls the tracker' : 'calls nobody'}`);
    await visitor.leave();
}

const old = (name) => `<!DOCTYPE html><html><head><title>${name}</title></head><body><img src="https://${name}.tracker.example/x" alt=""></body></html>`;
const headers = {
    tagged: { ETag: '"old"', 'Cache-Control': 'no-cache' }, dated: { 'Last-Modified': 'Wed, 01 Jan 2020 00:00:00 GMT', 'Cache-Control': 'no-cache' },
    fresh: { ETag: '"old"', 'Cache-Control': 'max-age=36000' }, served: { ETag: '"old"', 'Cache-Control': 'no-cache' },
};

// The origin of this story: answers with 304 when the browser's copy is the origin's.
export function kept(request, response) {
    const name = request.url.split('/')[2];

    if (name === 'worker')
        return response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!DOCTYPE html><title>x</title><script src="/kept/register.js"></script>');
    if (name === 'register.js')
        return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end('navigator.serviceWorker.register("/kept/service.js", { scope: "/kept/served" });navigator.serviceWorker.register("/kept/service.js", { scope: "/kept/worker" });');
    if (name === 'service.js')
        return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end('self.addEventListener("fetch", (event) => event.respondWith(caches.match(event.request).then((found) => found ?? fetch(event.request))));');
    if (!(name in headers))
        return response.writeHead(404).end();
    const same = request.headers['if-none-match'] === headers[name].ETag || request.headers['if-modified-since'] === headers[name]['Last-Modified'];

    if (request.headers['if-none-match'] !== undefined ? request.headers['if-none-match'] === headers[name].ETag
        : request.headers['if-modified-since'] !== undefined && same)
        return response.writeHead(304, headers[name]).end();
    return response.writeHead(200, { 'Content-Type': 'text/html', ...headers[name] }).end(old(name));
}
