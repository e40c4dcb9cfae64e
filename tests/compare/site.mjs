// SPDX-License-Identifier: Apache-2.0
// One site and its trackers, for every consent manager: a tracker's script, a script of the site's own that loads another one at
// run time, a film in a frame, a picture for browsers without JavaScript, and cookies that the site's server sets for a tracker.

import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

export const HOST = 'www.shop.localhost';
export const PARENT = 'shop.localhost';
export const LOADED = ['stat.js', 'late.js', 'film']; // what a page loads of trackers, with JavaScript

// Every kind of cookie that a tracker has a server set: what the table calls it, its name, what is behind it in Set-Cookie, and the
// path and domain that a manager needs to be told so that it can erase it.
export const cookies = [
    { kind: 'of the host, readable by scripts', name: 't_host', attributes: 'Path=/' },
    { kind: 'of the parent domain', name: 't_parent', attributes: `Path=/; Domain=${PARENT}`, domain: PARENT },
    { kind: 'of a sub-path', name: 't_path', attributes: 'Path=/shop/', path: '/shop/' },
    { kind: 'HttpOnly', name: 't_http', attributes: 'Path=/; HttpOnly' },
    { kind: 'HttpOnly, of the parent domain', name: 't_http_parent', attributes: `Path=/; HttpOnly; Domain=${PARENT}`, domain: PARENT },
    { kind: '`__Secure-`', name: '__Secure-t', attributes: 'Path=/' },
    { kind: '`__Host-`', name: '__Host-t', attributes: 'Path=/' },
    { kind: 'partitioned (CHIPS)', name: 't_part', attributes: 'Path=/; SameSite=None; Partitioned' },
];

// Plays the trackers and remembers what was asked for.
export class Trackers {
    constructor() {
        this.asked = [];
        this.server = http.createServer((request, response) => {
            const name = request.url.slice(1).split('?')[0];
            this.asked.push(name);
            const headers = { 'Cache-Control': 'no-store', 'Access-Control-Allow-Origin': '*' };
            if (name === 'stat.js') // it goes on measuring for as long as the page lives
                response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' })
                    .end('addEventListener("click", () => fetch(document.querySelector("#beacon").dataset.at, { mode: "no-cors" }));');
            else if (name === 'late.js')
                response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' }).end('window.late = true;');
            else if (name === 'film')
                response.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end('<!DOCTYPE html><title>film</title><p>film');
            else
                response.writeHead(200, { ...headers, 'Content-Type': 'image/svg+xml' })
                    .end('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>');
        });
    }

    async listen() {
        await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
        this.port = this.server.address().port;
    }

    at(name) { return `http://${name === 'film' ? 'film' : 'stat.tracker'}.localhost:${this.port}/${name}`; }
    loaded() { return LOADED.filter((name) => this.asked.includes(name)); }
}

// The page as its author wrote it, or as a manager wants it marked up.
function page(trackers, manager, isMarked) {
    const marks = isMarked && manager ? manager.mark(trackers) : {
        stat: `<script src="${trackers.at('stat.js')}"></script>`,
        late: '<script src="/app.js"></script>',
        film: `<iframe src="${trackers.at('film')}" title="Film" width="560" height="315"></iframe>`,
        picture: `<noscript><img src="${trackers.at('pixel')}" alt=""></noscript>`,
    };
    return `<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Boutique</title>
<style>body { margin: 0; font: 16px/1.5 sans-serif } main { min-height: 2000px; padding: 0 20px } #middle { position: fixed; top: 50%; left: 50% }</style>
${manager?.head?.(trackers) ?? ''}${marks.stat}</head>
<body>${manager?.body?.(trackers) ?? ''}<main><h1>Boutique</h1><p id="beacon" data-at="${trackers.at('beacon')}">Confitures.</p>
${marks.film}${marks.late}${marks.picture ?? ''}
<p><a id="middle" href="/shop/page">Le milieu</a></p></main>${manager?.foot?.(trackers) ?? ''}</body></html>`;
}

const types = { '.js': 'text/javascript', '.css': 'text/css' };

// The site: over http for servers in front of it, and over https by itself, as it is where nobody enforces anything. `managers` are
// those of managers.mjs; ?m=ID&marked names one.
export async function site(trackers, managers, packages, [certificate, key]) {
    const seen = [];
    const answer = (request, response) => {
        const url = new URL(request.url, 'https://site.invalid');
        seen.push({ method: request.method, path: url.pathname, cookie: request.headers.cookie ?? '' });
        const headers = { 'Cache-Control': 'no-store' };
        if (url.pathname.startsWith('/m/')) { // a file of a manager's package
            const file = path.join(packages, path.normalize(url.pathname.slice(2)));
            if (!fs.existsSync(file))
                return response.writeHead(404, headers).end();
            return response.writeHead(200, { ...headers, 'Content-Type': types[path.extname(file)] ?? 'text/plain' }).end(fs.readFileSync(file));
        }
        if (url.pathname === '/app.js')
            return response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' }).end(
                `const one = document.createElement('script'); one.src = '${trackers.at('late.js')}'; document.head.append(one);`);
        if (!url.pathname.startsWith('/shop/'))
            return response.writeHead(404, headers).end();
        if (url.pathname === '/shop/set')
            headers['Set-Cookie'] = cookies.map(({ name, attributes }) => `${name}=1; ${attributes}; Secure; Max-Age=99999`);
        const html = url.pathname === '/shop/plain' ? '<!DOCTYPE html><html lang="fr"><head><title>t</title></head><body><h1>t</h1></body></html>'
            : page(trackers, managers.find(({ id }) => id === url.searchParams.get('m')), url.searchParams.has('marked'));
        return response.writeHead(200, { ...headers, 'Content-Type': 'text/html; charset=utf-8' }).end(html);
    };
    const plain = http.createServer(answer);
    const secure = https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, answer);
    await new Promise((resolve) => secure.listen(0, '127.0.0.1', resolve));
    return { answer, plain, secure, seen };
}
