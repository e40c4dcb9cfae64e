// SPDX-License-Identifier: Apache-2.0
// The rest of the internet, on loopback addresses of this machine: a resolver that Chromium asks over https and that knows
// every name, and a sink that answers for every host that is not the site under test, over http, https, WebSocket and
// UDP. Names keep their ports and certificates their checks by name apart, so that a page runs as it does out there, and
// all that leaves the browser is heard: names asked for, connections without a request, requests, cookies sent.

import crypto from 'node:crypto';
import dgram from 'node:dgram';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { once } from 'node:events';
import { answer } from './bodies.mjs';

// What Chromium asks for on its own account, now and then and whatever the page is; a name that a page speaks of is the page's.
const OWN = /^((clients\d?|update|accounts|optimizationguide-pa|content-autofill|safebrowsing|redirector|edgedl\.me)\.(google|googleapis|gvt1)|(www|connectivitycheck)\.gstatic)\.com$/;

// Loopback addresses whose ports 80 and 443 are ours: a block of its own for each run.
export function addresses(count) {
    const block = `127.${1 + crypto.randomInt(250)}.${crypto.randomInt(250)}`;

    return Array.from({ length: count }, (_, i) => `${block}.${i + 1}`);
}

function question(packet) {
    const labels = [];
    let at = 12;

    while (packet[at] > 0) {
        labels.push(packet.toString('latin1', at + 1, at + 1 + packet[at]));
        at += packet[at] + 1;
    }
    return { name: labels.join('.').toLowerCase(), type: packet.readUInt16BE(at + 1), end: at + 5 };
}

// One address for an A question, an empty answer for any other; refused: there is no such name.
function reply(packet, { type, end }, address) {
    const found = address !== null && type === 1;
    const head = Buffer.from([packet[0], packet[1], 0x81, address === null ? 0x83 : 0x80, 0, 1, 0, found ? 1 : 0, 0, 0, 0, 0]);
    const record = found ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...address.split('.').map(Number)]) : Buffer.alloc(0);

    return Buffer.concat([head, packet.subarray(12, end), record]);
}

export class Net {
    // `places`: name -> address; a browser that lives at a place finds the hosts of `sites` there, all others in the sink.
    // `spoken(name)`: whether a page speaks of a host.
    constructor({ key, cert, sink, places, sites, spoken }) {
        Object.assign(this, { key, cert, sink, places, sites, spoken });
        this.sockets = new Set();
        this.forget();
    }

    // Closes what is open, so that whoever comes again must connect again to be heard.
    forget() {
        this.names = new Set();
        this.connections = []; // { host, requests }: the TLS name, or that of the first request
        this.requests = []; // { host, url, method, dest, referer, cookie }
        this.datagrams = 0;
        for (const socket of this.sockets)
            socket.destroy();
    }

    // Changes whenever anything is heard.
    get count() {
        return this.names.size + this.connections.length + this.requests.length + this.datagrams;
    }

    // A host of a site that cookies of `domain` go to, if there is one.
    siteOf(domain) {
        const name = domain.replace(/^\./, '');

        return [...this.sites].find((host) => host === name || (domain.startsWith('.') && host.endsWith(domain)));
    }

    resolve(place, name) {
        if (OWN.test(name) && !this.spoken(name))
            return null;
        if (this.sites.has(name))
            return this.places[place];
        this.names.add(name);
        return this.sink;
    }

    hear(request, scheme) {
        const host = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
        const connection = request.socket.heard;

        if (connection !== undefined) {
            connection.requests++;
            connection.host ??= host;
        }
        this.requests.push({
            host, url: `${scheme}://${request.headers.host}${request.url}`, method: request.method,
            dest: request.headers['sec-fetch-dest'] ?? '', referer: request.headers.referer ?? '', cookie: request.headers.cookie ?? '',
        });
    }

    async listen() {
        const secure = { key: this.key, cert: this.cert };

        this.resolver = http2.createSecureServer({ ...secure, allowHTTP1: true }, async (request, response) => {
            const parts = [];

            for await (const part of request)
                parts.push(part);
            const url = new URL(request.url, 'https://resolver/');
            const packet = request.method === 'POST' ? Buffer.concat(parts) : Buffer.from(url.searchParams.get('dns'), 'base64url');
            const asked = question(packet);

            response.writeHead(200, { 'Content-Type': 'application/dns-message' });
            response.end(reply(packet, asked, this.resolve(url.pathname.slice(1), asked.name)));
        });
        this.servers = [this.resolver];
        this.resolver.listen(0, '127.0.0.1');
        await once(this.resolver, 'listening');

        for (const [scheme, port] of [['http', 80], ['https', 443]]) {
            const server = scheme === 'http' ? http.createServer() : https.createServer(secure);

            server.on('connection', (socket) => {
                this.sockets.add(socket);
                socket.on('close', () => this.sockets.delete(socket));
                socket.on('error', () => {});
                if (scheme === 'http')
                    this.connections.push(socket.heard = { host: null, requests: 0 });
            });
            server.on('secureConnection', (socket) => {
                this.connections.push(socket.heard = { host: socket.servername || null, requests: 0 });
            });
            server.on('tlsClientError', () => {}); // hung up, which is its right
            server.on('request', (request, response) => {
                this.hear(request, scheme);
                request.resume();
                answer(request, response);
            });
            server.on('upgrade', (request, socket) => {
                const accept = crypto.createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);

                this.hear(request, scheme === 'http' ? 'ws' : 'wss');
                socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest('base64')}\r\n\r\n`);
            });
            server.listen(port, this.sink);
            await once(server, 'listening');
            this.servers.push(server);
        }
        this.udp = [];
        for (const port of [443, 3478, 19302]) {
            const socket = dgram.createSocket('udp4');

            socket.on('message', () => this.datagrams++);
            socket.bind(port, this.sink);
            await once(socket, 'listening');
            this.udp.push(socket);
        }
    }

    // Where a browser that lives at `place` asks for names.
    templates(place) {
        return `https://127.0.0.1:${this.resolver.address().port}/${place}{?dns}`;
    }

    close() {
        this.forget();
        for (const server of this.servers)
            server.close();
        for (const socket of this.udp)
            socket.close();
    }
}
