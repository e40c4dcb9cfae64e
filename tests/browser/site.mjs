// SPDX-License-Identifier: Apache-2.0
// The site under test and the trackers it carries: one vector each, every one with an address of its own.

import http from 'node:http';

// One row a vector: its name, its markup ({t} is the tracker's origin, {n} the vector's address), and when a stock browser
// fetches it: 'always', 'script' (JavaScript on), 'noscript' (JavaScript off), 'connection' (no request, only a connection).
export const vectors = [
    ['script', '<script src="{n}"></script>', 'script'],
    ['script-async', '<script async src="{n}"></script>', 'script'],
    ['script-module', '<script type="module" src="{n}"></script>', 'script'],
    ['script-inline', '<script>(function(){var s=document.createElement("script");s.src="{n}";/*trackerLoader*/' +
        'document.head.appendChild(s)})()</script>', 'script'],
    ['img', '<img src="{n}" alt="">', 'always'],
    ['img-entity', '<img src="&#104;ttp:{rest}" alt="">', 'always'],
    ['img-tab', '<img src="ht\ttp:{rest}" alt="">', 'always'],
    ['img-backslash', '<img src="http:\\\\{bare}" alt="">', 'always'],
    ['img-unquoted', '<IMG SRC={n} ALT=x>', 'always'],
    ['img-srcset', '<img srcset="{n} 1x" alt="">', 'always'],
    ['picture', '<picture><source srcset="{n}"><img src="/own.svg" alt=""></picture>', 'always'],
    ['iframe', '<iframe src="{n}" width="20" height="20"></iframe>', 'always'],
    ['stylesheet', '<link rel="stylesheet" href="{n}">', 'always'],
    ['preload', '<link rel="preload" as="script" href="{n}">', 'script'],
    ['prefetch', '<link rel="prefetch" href="{n}">', 'always'],
    ['modulepreload', '<link rel="modulepreload" href="{n}">', 'script'],
    ['icon', '<link rel="icon" href="{n}">', 'always'],
    ['manifest-icon', '<link rel="manifest" href="/app.webmanifest">', 'always'], // in the file
    ['embed', '<embed src="{n}" type="text/html">', 'always'],
    ['object', '<object data="{n}" type="text/html"></object>', 'always'],
    ['video', '<video src="{n}" preload="auto"></video>', 'always'],
    ['poster', '<video poster="{n}"></video>', 'always'],
    ['audio', '<audio src="{n}" preload="auto"></audio>', 'always'],
    ['media-source', '<video preload="auto"><source src="{n}"></video>', 'always'],
    ['input-image', '<form><input type="image" src="{n}" alt="x"></form>', 'always'],
    ['svg-image', '<svg width="9" height="9"><image href="{n}" width="9" height="9"/></svg>', 'always'],
    ['svg-image-xlink', '<svg width="9" height="9"><image xlink:href="{n}" width="9" height="9"/></svg>', 'always'],
    ['svg-script', '<svg><script href="{n}"></script></svg>', 'script'],
    ['table-background', '<table background="{n}"><tr><td>x</td></tr></table>', 'always'],
    ['td-background', '<table><tr><td background="{n}">x</td></tr></table>', 'always'],
    ['noscript', '<noscript><img src="{n}" alt=""></noscript>', 'noscript'],
    ['image-tag', '<image src="{n}">', 'always'],
];

const page = (title, head, body) => `<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>${title}</title>${head}</head>
<body><h1>${title}</h1>${body}
<p><a id="other" href="/autre">Autre page</a> <a id="home" href="/vectors">Vecteurs</a></p></body></html>`;

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>';

// Plays the trackers of every vector and remembers who asked.
export class Tracker {
    constructor() {
        this.requests = [];
        this.connections = 0;
        this.cookies = 0;
        this.server = http.createServer((request, response) => {
            const name = request.url.slice(1).split('?')[0];
            this.requests.push(name);
            this.cookies += request.headers.cookie !== undefined;
            const headers = { 'Set-Cookie': 'third=1; Path=/', 'Cache-Control': 'no-store', 'Access-Control-Allow-Origin': '*' };
            if (/^(script|preload|modulepreload|svg-script|base)/.test(name))
                response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' }).end('window.tracked = true;');
            else if (/^stylesheet/.test(name))
                response.writeHead(200, { ...headers, 'Content-Type': 'text/css' }).end('h1 { color: teal }');
            else if (/^(iframe|embed|object|refresh|frame)/.test(name))
                response.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end('<!DOCTYPE html><p>tracker');
            else
                response.writeHead(200, { ...headers, 'Content-Type': 'image/svg+xml' }).end(svg);
        });
        this.server.on('connection', () => this.connections++);
    }

    async listen() {
        await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
        this.port = this.server.address().port;
    }

    forget() {
        this.requests = [];
        this.connections = 0;
        this.cookies = 0;
        this.server.closeAllConnections(); // so that a later visit must connect again to be heard
    }
}

export function markup(vector, port) {
    const rest = `//${vector}.tracker.localhost:${port}/${vector}`;
    return vectors.find(([name]) => name === vector)[1]
        .replaceAll('{n}', `http:${rest}`).replaceAll('{rest}', rest).replaceAll('{bare}', rest.slice(2));
}

// The site: sets a tracker's cookies as a server would, links to the trackers in every way it can.
export function origin(tracker) {
    const at = (name) => `http://${name}.tracker.localhost:${tracker.port}/${name}`;
    const isOfHead = ([name]) => /icon$/.test(name); // Chromium looks for them nowhere else
    const of = ([name]) => markup(name, tracker.port);
    const pages = {
        '/vectors': () => page('Vecteurs', vectors.filter(isOfHead).map(of).join('\n'), vectors.filter((one) => !isOfHead(one)).map(of).join('\n')),
        '/autre': () => page('Autre page', '', `<img src="${at('img-other')}" alt="">`),
        '/base': () => page('Base', `<base href="http://base.tracker.localhost:${tracker.port}/">`, '<script src="base.js"></script>'),
        '/refresh': () => page('Refresh', `<meta http-equiv="refresh" content="0; url=${at('refresh')}">`, ''),
        '/preconnect': () => page('Preconnect', `<link rel="preconnect" href="${at('preconnect')}">`, ''),
        '/frames': () => `<!DOCTYPE html><html><head><title>Cadres</title></head><frameset cols="50%,50%">` +
            `<frame src="${at('frame')}"><frame src="/own.html"></frameset></html>`,
        '/link': () => page('Link', '', ''),
        '/own.html': () => page('Cadre', '', ''),
        '/propre': () => page('Page propre', '', '<img src="/own.svg" alt="">'),
    };
    const app = JSON.stringify({ name: 'Boutique', start_url: '/vectors', display: 'standalone',
        icons: [{ src: at('manifest-icon'), sizes: 'any', type: 'image/svg+xml' }] });
    const server = http.createServer((request, response) => {
        const path = request.url.split('?')[0];
        server.seen.push({ path, cookie: request.headers.cookie ?? '' });
        if (path === '/own.svg') {
            response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(svg);
            return;
        }
        if (path === '/app.webmanifest') {
            response.writeHead(200, { 'Content-Type': 'application/manifest+json' }).end(app);
            return;
        }
        const make = pages[path];
        const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'max-age=600', ETag: `"${path}"` };
        if (path === '/vectors')
            headers['Set-Cookie'] = ['panier=1; Path=/', 'tracker_id=abc; Path=/; Max-Age=999999; HttpOnly',
                'tracker_wide=abc; Path=/; Domain=shop.localhost; Max-Age=999999'];
        if (path === '/link')
            headers.Link = `<${at('link-preload')}>; rel=preload; as=image, <${at('link-connect')}>; rel=preconnect`;
        response.writeHead(make ? 200 : 404, headers).end(make ? make() : page('Introuvable', '', ''));
    });
    server.seen = [];
    return server;
}
