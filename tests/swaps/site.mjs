// SPDX-License-Identifier: Apache-2.0
// A site of two pages for each way in which scripts exchange them: libraries as npm has them, and what sites write themselves.

import { createRequire } from 'node:module';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const require = createRequire(import.meta.url);
const modules = path.join(path.dirname(new URL(import.meta.url).pathname), '../node_modules');
const file = (name) => fs.readFileSync(path.join(modules, name), 'utf8');

// What a site writes that fetches its next page and shows it by `put`, of its text and of what that is parsed to.
const exchange = (put) => `{ const show = async (address) => {
        const text = await (await fetch(address)).text();
        const next = new DOMParser().parseFromString(text, 'text/html');
        ${put};
    };
    addEventListener('popstate', () => show(location.href));
    document.addEventListener('click', (event) => {
        const link = event.target.closest('#next, #back');
        if (!link)
            return;
        event.preventDefault();
        history.pushState(null, '', link.href);
        show(link.href);
    }); }`;

// React has no file for browsers any more: its modules, each with what it requires.
const react = () => {
    const names = { react: 'react/cjs/react.production.js', scheduler: 'scheduler/cjs/scheduler.production.js',
        'react-dom': 'react-dom/cjs/react-dom.production.js', client: 'react-dom/cjs/react-dom-client.production.js' };
    return `{ const made = {}, makers = { ${Object.entries(names).map(([name, at]) => `'${name}': (module, exports, require) => { ${file(at)} }`).join()} };
    const require = (name) => { if (!made[name]) { made[name] = { exports: {} }; makers[name](made[name], made[name].exports, require); } return made[name].exports; };
    globalThis.React = require('react'); globalThis.ReactDOM = require('client'); }
    const app = ${app}; ReactDOM.hydrateRoot(document, React.createElement(app, { React, path: location.pathname }));`;
};
// Runs here and, as its text, in the page.
const app = ({ React, path }) => {
    const [at, go] = React.useState(path);
    React.useEffect(() => { window.onpopstate = () => go(location.pathname); }, []);
    const e = React.createElement, name = at.split('/')[2], to = `/react/${name === 'one' ? 'two' : 'one'}`;
    const follow = (event) => {
        event.preventDefault();
        history.pushState(null, '', to);
        go(to);
    };
    return e('html', { lang: 'fr' }, e('head', null, e('title', null, 'Boutique')),
        e('body', null, e('div', { key: name }, e('h1', { id: 'name' }, name),
            e('a', { id: name === 'one' ? 'next' : 'back', href: to, onClick: follow }, 'Suite'))));
};
const rendered = (at) => {
    const React = require('react');
    return require('react-dom/server').renderToString(React.createElement(app, { React, path: at }))
        .replace('</head>', '<script defer src="/lib/react.js"></script></head>');
};

const libraries = {
    turbo: () => file('@hotwired/turbo/dist/turbo.es2017-umd.js'),
    htmx2: () => file('htmx2/dist/htmx.min.js'),
    htmx4: () => file('htmx.org/dist/htmx.min.js'),
    body: () => exchange('document.body.replaceWith(next.body)'),
    inner: () => exchange('document.body.innerHTML = next.body.innerHTML'),
    root: () => exchange('document.documentElement.replaceWith(next.documentElement)'),
    open: () => exchange('document.open(); document.write(text); document.close()'),
    router: () => exchange("document.getElementById('app').replaceWith(next.getElementById('app'))"),
    react,
};
export const kinds = Object.keys(libraries);
libraries.file = libraries.body; // under a policy of the site that lets no style stand in the page

const body = { htmx2: ' hx-boost="true"', htmx4: ' hx-boost:inherited="true"' };
const film = '<iframe id="film" src="https://www.youtube.com/embed/abc" title="Film" width="560" height="315"></iframe>';
const page = (kind, name) => `<!DOCTYPE html>\n<html lang="fr"><head><title>Boutique</title>${libraries[kind] ? `<script defer src="/lib/${kind}.js"></script>` : ''}</head>` +
    `<body${body[kind] ?? ''}><div id="app"><h1 id="name">${name}</h1><p><a id="${name === 'one' ? 'next' : 'back'}" href="/${kind}/${name === 'one' ? 'two' : 'one'}?a=1">Suite</a></p>` +
    `${name === 'two' ? film : ''}</div>${kind === 'early' ? '<script>document.body.innerHTML = "<h1 id=\'name\'>one</h1>"</script>' : ''}</body></html>`;

// The site, listening.
export async function open() {
    const site = http.createServer((request, response) => {
        const [, first, second] = request.url.split('?')[0].split('/');
        const kind = second?.split('.')[0];
        if (first === 'lib' && libraries[kind])
            response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(libraries[kind]());
        else if (first === 'fragment')
            response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(film);
        else if (second === 'one' || second === 'two')
            response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8',
                ...first === 'file' && { 'Content-Security-Policy': "default-src 'self'" } }).end(first === 'react' ? rendered(`/react/${second}`) : page(first, second));
        else
            response.writeHead(404, { 'Content-Type': 'text/html' }).end('<!DOCTYPE html><title>t</title>');
    });
    await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
    return site;
}
