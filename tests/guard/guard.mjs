// SPDX-License-Identifier: Apache-2.0
// The guard in Chromium, pages and addresses served by the core itself (build/asan/case-core). Each vector first on a page
// without us, where it must be seen to leak; then before a choice, where nobody may be asked and the page must see what a
// blocker would show it; then after consent, where it must come.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import vm from 'node:vm';
import zlib from 'node:zlib';
import { apart } from './apart.mjs';
import { behaviour } from './behaviour.mjs';
import { measure } from './measure.mjs';
import { vectors } from './vectors.mjs';
import { keptWorker, listedWorkers, passingWorker, workers } from './workers.mjs';
import { check, end } from '../support/checks.mjs';
import { profile } from '../support/chromium.mjs';
import { until } from '../support/until.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const build = path.resolve(here, process.env.BUILD ?? '../../build');
const core = path.join(build, 'asan/case-core');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-guard-'));
const only = process.argv.slice(2);

// ---- what it weighs, and that it is what is made of its source ----

const root = path.join(here, '../..');
const built = fs.readFileSync(path.join(build, 'guard.js'), 'utf8');
const kept = fs.readFileSync(path.join(root, 'common/page/assets/guard.min.js'), 'utf8');
const made = execFileSync(path.join(root, 'scripts/minify-asset'), ['guard']).toString();
const served = fs.readFileSync(path.join(build, 'guard.js.gz'));
check('the guard as it is served weighs at most 4096 bytes', served.length <= 4096, served.length);
check('it unpacks to the guard that is built', zlib.gunzipSync(served).toString() === built);
check('guard.min.js is what scripts/minify-asset makes of guard.js', kept === made);
check('lists.min.js is what scripts/minify-asset makes of lists.js', fs.readFileSync(path.join(root, 'common/page/assets/lists.min.js'), 'utf8') ===
    execFileSync(path.join(root, 'scripts/minify-asset'), ['lists']).toString());
check('the guard that is built is guard.min.js without its comment, one line', built === kept.split('\n')[1] && kept.split('\n').length === 3);
check('the built guard is a script', (() => { new vm.Script(built); return true; })());

// ---- the tracker: answers everybody, remembers who asked ----

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>';
// An application whose modules import each other, and say how often each of them has run.
const modules = Object.fromEntries(Object.entries({ entry: 'chunk', chunk: 'entry', lib: '', uses: 'lib', late: 'entry' }).map(([name, other]) =>
    [`${name}.script`, `${other && `import './${other}.script'; `}(self.ran ??= []).push('${name}');`]));
class Tracker {
    heard = new Set();
    connections = 0;

    async listen() {
        this.server = http.createServer((request, response) => {
            const name = request.url.slice(1).split('?')[0].toLowerCase();
            this.heard.add(name);
            const type = /script|write|realm|fragment|template/.test(name) && !/image/.test(name) ? 'text/javascript'
                : /frame|object|embed/.test(name) ? 'text/html' : /css|stylesheet/.test(name) ? 'text/css'
                    : /event-source/.test(name) ? 'text/event-stream' : 'image/svg+xml';
            response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store', 'Access-Control-Allow-Origin': '*' });
            response.end(type === 'image/svg+xml' ? svg : modules[name] ?? '');
        });
        this.server.on('connection', () => this.connections++);
        this.server.on('upgrade', (request, socket) => { this.heard.add(request.url.slice(1)); socket.destroy(); });
        await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
        this.port = this.server.address().port;
        return this;
    }

    at(name, host = `${name}.tracker.localhost`) {
        return this === plain ? `http://${host.replace('.tracker.', '.tracked.')}/${name}` : `http://${host}:${this.port}/${name}`;
    }

    forget() {
        this.server.closeAllConnections(); // who calls again must connect again
        this.heard.clear();
        this.connections = 0;
    }

    quiet() {
        return this.heard.size === 0 && this.connections === 0;
    }

    told() {
        return `${[...this.heard].join(' ') || 'no request'}, ${this.connections} connections`;
    }
}

// ---- the site ----

const policies = {
    usual: {
        https: { redirect: false },
        site: { hosts: ['cdn.localhost'] },
        trackers: { allow: ['good.tracker.localhost'], block: ['never.localhost'] },
        services: {
            tracker: {
                name: 'T', controller: 'T', purpose: 'audience', hosts: ['tracker.localhost', 'tracked.localhost', 'shared.localhost/ads/', 'www.shop.localhost/matomo/'],
                cookies: ['trk', 'trk_*'], stubs: ['trk()', 'layer[]', 'a.b.queue[]'],
            },
        },
    },
    hold: { https: { redirect: false }, trackers: { unknown: 'hold' } },
    strict: { https: { redirect: false }, preset: 'strict' },
    listed: { https: { redirect: false }, trackers: { lists: [{ file: path.join(temporary, 'list.cnil'), purposes: { list: 'audience' } }] } },
    paths: { https: { redirect: false }, trackers: { lists: [{ file: path.join(temporary, 'paths.cnil'), purposes: { paths: 'audience' } }] } },
    patterns: { https: { redirect: false }, trackers: { patterns: [{ pattern: '(?i)[.]TRACKER[.]localhost:\\d+/(?:script|fetch)$', purpose: 'audience' }] } },
    imports: {
        https: { redirect: false }, trackers: { imports: ['cdn.localhost', 'never.localhost'], block: ['never.localhost'] },
        services: { tracker: { name: 'T', controller: 'T', purpose: 'audience', hosts: ['tracker.localhost', 'tracked.localhost'] } },
    },
    free: {
        https: { redirect: false }, trackers: { imports: false },
        services: { tracker: { name: 'T', controller: 'T', purpose: 'audience', hosts: ['tracker.localhost', 'tracked.localhost'] } },
    },
    off: {
        https: { redirect: false }, trackers: { guard: false },
        services: { tracker: { name: 'T', controller: 'T', purpose: 'audience', hosts: ['tracker.localhost'] } },
    },
};
fs.writeFileSync(path.join(temporary, 'list.txt'), ['||listed.localhost^', '||fine.localhost^$third-party', '@@||fine.localhost^*/needed', '||spy.shop.localhost^',
    '||google-analytics.com^', '||gstatic.com^', '||fonts.googleapis.com^', '||criteo.com^', '||cloudflare.com^'].join('\n'));
execFileSync(path.join(build, 'cnil'), ['lists', 'build', path.join(temporary, 'list.txt'), '-o', path.join(temporary, 'list.cnil')]);
// Each of these is known by its path, as what it is; but for what is named fine-, which an exception lets pass.
const byPath = {
    script: 'script', 'script-module': 'script', image: 'image', 'image-srcset': 'image', iframe: 'subdocument', 'link-stylesheet': 'stylesheet',
    video: 'media', audio: 'media', fetch: 'xmlhttprequest', xhr: 'xmlhttprequest', beacon: 'ping', websocket: 'websocket', 'event-source': 'other',
    'css-import': 'stylesheet', 'inner-html': 'image', 'write': 'script', 'worker-by-path': 'xmlhttprequest',
};
fs.writeFileSync(path.join(temporary, 'paths.txt'), Object.entries(byPath)
    .map(([name, type]) => `:*/${name}|$${type},third-party\n:*/fine-${name}|\n@@:*/fine-${name}|$domain=shop.localhost\n`).join(''));
execFileSync(path.join(build, 'cnil'), ['lists', 'build', path.join(temporary, 'paths.txt'), '-o', path.join(temporary, 'paths.cnil')]);
for (const [name, policy] of Object.entries(policies))
    fs.writeFileSync(path.join(temporary, `${name}.json`), JSON.stringify(policy));
fs.mkdirSync(path.join(temporary, 'state'));
fs.writeFileSync(path.join(temporary, 'state/key'), `${'00112233445566778899aabbccddeeff'.repeat(2)}\n`, { mode: 0o600 });

const pages = new Map(); // path -> { policy (null: without us), headers, body }

function ask(policy, request, origin) {
    const head = [`${request.method} ${request.url} HTTP/1.1`, ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\n');
    const answer = [`HTTP/1.1 ${origin.status ?? 200} -`, ...Object.entries(origin.headers).map(([name, value]) => `${name}: ${value}`), '', origin.body].join('\n');
    const input = `${Buffer.byteLength(head)}\n${head}${answer}`;
    return new Promise((resolve, reject) => {
        const child = spawn(core, ['--plain', '--policy', path.join(temporary, `${policy}.json`), '--state', path.join(temporary, 'state')]);
        const chunks = [], errors = [];
        child.stdout.on('data', (chunk) => chunks.push(chunk));
        child.stderr.on('data', (chunk) => errors.push(chunk));
        child.on('close', (code) => {
            if (code !== 0)
                return reject(new Error(`case-core: ${code}\n${Buffer.concat(errors)}`));
            let out = Buffer.concat(chunks);
            const sections = {};
            while (out.length > 0) {
                const line = out.indexOf('\n');
                const [name, length] = out.subarray(0, line).toString().split(' ');
                sections[name] = out.subarray(line + 1, line + 1 + Number(length));
                out = out.subarray(line + 2 + Number(length));
            }
            resolve(sections);
        });
        child.stdin.end(input);
    });
}

const cookies = {};
const cookieOf = (policy, word) => cookies[policy + word] ??= execFileSync(core, ['--policy', path.join(temporary, `${policy}.json`), '--state',
    path.join(temporary, 'state'), '--cookie', word]).toString();

// What the server makes of these URLs: is each held back?
function explain(policy, page, urls, choice) {
    const input = urls.map((url) => `${JSON.stringify({ url })}\n`).join('');
    const out = execFileSync(path.join(build, 'asan/cnil'), ['explain', '--policy', path.join(temporary, `${policy}.json`), '--page', page, '--json', '-'],
        { input, maxBuffer: 1 << 28 }).toString();
    return out.trim().split('\n').map(JSON.parse).map(({ before, after, purpose }) => before === 'hold' &&
        !(choice !== null && after === 'pass' && purpose === choice));
}

function knownUrls() {
    const names = new Set(['www.shop.localhost', 'img.shop.localhost', 'localhost', 'stranger.localhost', 'good.tracker.localhost', 'tracker.localhost']);
    for (const file of fs.readdirSync(path.join(root, 'conf/catalogue')))
        for (const host of JSON.parse(fs.readFileSync(path.join(root, 'conf/catalogue', file), 'utf8')).hosts
            .flatMap((host) => host.includes('*') ? ['com', 'be', 'co.uk'].map((country) => host.replace('*', country)) : host)) {
            names.add(host);
            names.add(host.split('/')[0]);
            if (host.includes('/'))
                names.add(`${host}x`);
        }
    for (const line of fs.readFileSync(path.join(root, 'conf/known-domains.tsv'), 'utf8').split('\n'))
        if (line && !line.startsWith('#'))
            names.add(line.split('\t')[0]);
    return Array.from(names).flatMap((name) => [`https://${name}`, `https://below.${name}`, `https://not-${name}`]);
}

let lastPolicy = 'usual', lastChoice = '';
const events = [], tables = []; // … that were asked for
let goOn = () => {}; // with a page of which only a part was sent
const site = http.createServer(async (request, response) => {
    try {
        const place = request.url.split('?')[0];
        const from = place === '/go.html' ? new URL(request.headers.referer) : undefined;
        const page = from ? { ...go, policy: pages.get(from.pathname).policy } : pages.get(place);
        const own = place.startsWith('/_privacy/');
        if (place === '/go-on')
            goOn();
        if (place.startsWith('/_privacy/held-'))
            tables.push(place);
        const origin = page ?? { headers: { 'Content-Type': place.endsWith('.js') ? 'text/javascript' : 'image/svg+xml' }, body: place.endsWith('.js') ? '' : svg };
        if (!own && !page?.policy) {
            response.writeHead(place === '/none' ? 404 : 200, origin.headers).end(origin.body);
            return;
        }
        if (page) {
            lastPolicy = page.policy;
            lastChoice = request.url.split('?')[1] ?? '';
        }
        // the choice goes by the page: several are open at once, with one jar of cookies
        const choice = (place.startsWith('/_privacy/module/') ? lastChoice /* not every import has a referrer */ : own ? '' : from ? from.search.slice(1) : request.url.split('?')[1]) ?? '';
        const cookie = [request.headers.cookie, choice && `eu-consent=${cookieOf(lastPolicy, choice)}`].filter(Boolean).join('; ');
        const sections = await ask(lastPolicy, { method: request.method, url: request.url, headers: { ...request.headers, ...(cookie && { cookie }) } }, origin);
        const text = sections.response.toString('latin1');
        const end = text.indexOf('\r\n\r\n');
        const [line, ...fields] = text.slice(0, end).split('\r\n');
        const headers = [];
        for (const field of fields)
            headers.push([field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1).trim()]);
        for (const one of (sections.events ?? '').toString().split('\n').filter(Boolean))
            events.push(JSON.parse(one));
        response.writeHead(Number(line.split(' ')[1]), headers.filter(([name]) => name.toLowerCase() !== 'content-length'));
        const cut = page?.halt ? text.indexOf(page.halt, end) + page.halt.length : end + 4;
        if (page?.halt) {
            response.write(Buffer.from(text.slice(end + 4, cut), 'latin1'));
            await new Promise((resolve) => (goOn = resolve));
        }
        response.end(Buffer.from(text.slice(cut), 'latin1'));
    } catch (error) {
        check('the core answers', false, error.stack);
        response.destroy();
    }
});
await new Promise((resolve) => site.listen(0, '127.0.0.1', resolve));
const base = `http://www.shop.localhost:${site.address().port}`;

// A frame that goes where its address says; guarded as the page that it is in.
const go = { headers: { 'Content-Type': 'text/html' }, body: '<!DOCTYPE html><script>location = decodeURIComponent(location.search.slice(1))</script>' };

let count = 0;
// `halt`: what is behind it waits until the page asks for /go-on.
function put(body, { policy = 'usual', headers = {}, head = '', halt } = {}) {
    const place = `/page-${count++}`;
    pages.set(place, {
        policy, halt, headers: { 'Content-Type': 'text/html; charset=utf-8', ...headers },
        body: body.startsWith('<!') ? body : `<!DOCTYPE html><html><head><title>t</title>${head}</head><body>${body}</body></html>`,
    });
    return base + place;
}
// The address is in pieces: the server would hold back an inline script that names a host of the policy's.
const script = (code, url, nonce) => `<script${nonce ? ` nonce="${nonce}"` : ''}>
    { const done = (value) => { if (!('saw' in self)) self.saw = value; }; const u = ${JSON.stringify(url.replace('track', '-+-'))}.replace('-+-', 'track'); ${code} }</script>`;

const plain = await new Tracker().listen(); // of hosts with the usual port: an import map leads no other one
const context = await profile(path.join(temporary, 'profile'), { args: ['--disable-quic', `--host-resolver-rules=MAP *.tracked.localhost 127.0.0.1:${plain.port}, MAP *.plain.localhost 127.0.0.1:${plain.port}`, '--autoplay-policy=no-user-gesture-required'] });

// A connection that nobody asks over may be one that an earlier visit left behind, on a busy machine: then it is gone the next time.
async function visit(tracker, url, options = {}) {
    for (let left = 3; ; left--) {
        const seen = await visitOnce(tracker, url, options);
        if (left === 1 || options.wait || tracker.quiet() || tracker.heard.size > 0)
            return seen;
        await seen.end();
    }
}

// `speaks`: the page says what it saw.
async function visitOnce(tracker, url, { wait = () => true, patience = 350, choice = null, speaks = false } = {}) {
    const page = await context.newPage();
    const errors = [], refused = [], pages = [page];
    page.on('console', (message) => /Content Security Policy/i.test(message.text()) && refused.push(message.text()));
    page.on('popup', (popup) => pages.push(popup));
    page.on('pageerror', (error) => errors.push(error.message));
    tracker.forget();
    await page.goto(`${url}${choice ? `?${choice}` : ''}`, { waitUntil: 'load', timeout: 60000 });
    await new Promise((resolve) => setTimeout(resolve, patience));
    await until(async () => wait() && (!speaks || await page.evaluate(() => 'saw' in self).catch(() => false)), 30000);
    return { page, errors, refused, saw: await page.evaluate(() => self.saw).catch(() => undefined), end: () => Promise.all(pages.map((one) => one.close())) };
}

// `unread`: in bytes that nobody reads, it waits as long as anything does.
async function tryVector(tracker, name, code, { saw, connects = false, unread = false } = {}) {
    const leaks = () => tracker.heard.has(name) || (connects && tracker.connections > 0);
    const markup = script(code, tracker.at(name));
    let seen = await visit(tracker, put(markup, { policy: null }), { wait: leaks, patience: 0 });
    check(`${name}: leaks without us`, leaks(), `errors ${seen.errors}`);
    await seen.end();
    seen = await visit(tracker, put(markup), { speaks: saw !== undefined });
    check(`${name}: nobody is asked before a choice`, tracker.quiet(), tracker.told());
    check(`${name}: no error of the page's`, seen.errors.length === 0, seen.errors.join());
    if (saw !== undefined)
        check(`${name}: the page sees it held back`, seen.saw === saw, seen.saw);
    await seen.end();
    seen = await visit(tracker, put(markup), unread ? { choice: 'audience' } : { wait: leaks, patience: 0, choice: 'audience' });
    check(`${name}: ${unread ? 'waits' : 'comes'} after consent to that purpose`, leaks() !== unread, `errors ${seen.errors}`);
    await seen.end();
}

async function tryPath(tracker, name, code) {
    const fine = `fine-${name}`;
    let seen = await visit(tracker, put(script(code, tracker.at(name)), { policy: 'paths' }));
    check(`${name}: nobody is asked where a list knows the path alone`, tracker.quiet(), tracker.told());
    await seen.end();
    seen = await visit(tracker, put(script(code, tracker.at(fine)), { policy: 'paths' }), { wait: () => tracker.heard.has(fine), patience: 0 });
    check(`${name}: comes where the list has an exception`, tracker.heard.has(fine), `errors ${seen.errors}`);
    await seen.end();
    if (name !== 'script' && name !== 'fetch')
        return;
    seen = await visit(tracker, put(script(code, tracker.at(name)), { policy: 'patterns' }));
    check(`${name}: nobody is asked where a pattern of the policy knows it`, tracker.quiet(), tracker.told());
    await seen.end();
}

// Addresses that a script computes, for which there is no hook: only an import map stands before them.
async function tryImports(tracker) {
    const code = "import(u).then(() => done('came'), () => done('refused'))", leaks = () => tracker.heard.has('import-script');
    // a frame's own code, too, and a document that has no address
    const framed = "self.done = done; const f = document.body.appendChild(document.createElement('iframe')); f.contentWindow.eval(`import('${u}').then(() => parent.done('came'), () => parent.done('refused'))`)";
    const apart = "self.done = done; const f = document.createElement('iframe'); f.srcdoc = `<script>import('${u.replace('track', \"'+'track'+'\")}').then(() => parent.done('came'), () => parent.done('refused'))<` + '/script>'; document.body.append(f)";
    const listed = (name) => tracker.at(name, 'stranger.plain.localhost'); // of a host that nobody knows
    for (const [policy, what, quiet] of [[null, code, false], ['free', code, false], ['usual', code, true], ['imports', code, true], ['usual', framed, true], ['usual', apart, true]]) {
        const seen = await visit(tracker, put(script(what, tracker.at('import-script')), { policy }), quiet ? { speaks: true } : { wait: leaks, patience: 0 });
        const name = `import() of a computed address${what === code ? '' : what === framed ? ' in a frame' : ' in a frame of a text'}, ${policy ?? 'without us'}`;
        check(`${name}: ${quiet ? 'nobody is asked' : 'leaks'}`, quiet ? tracker.quiet() : leaks(), tracker.told());
        if (quiet)
            check(`${name}: the page sees a refused promise`, seen.saw === 'refused' && seen.errors.length === 0, `${seen.saw} ${seen.errors}`);
        await seen.end();
    }
    // by a list that knows the path alone, and its exception; after consent; of a host that nobody knows
    for (const [name, options, choice, comes] of [['script', { policy: 'paths' }, null, false], ['fine-script', { policy: 'paths' }, null, true], ['script', {}, 'audience', true]]) {
        const seen = await visit(tracker, put(script(code, tracker.at(name)), options), comes ? { wait: () => tracker.heard.has(name), patience: 0, choice } : {});
        check(`import() of a computed address, ${name}, ${JSON.stringify(options)}, ${choice}: ${comes ? 'comes' : 'nobody is asked'}`, comes ? tracker.heard.has(name) : tracker.quiet(), tracker.told());
        await seen.end();
    }
    for (const nonce of ['', 'abc']) {
        const headers = { 'Content-Security-Policy': `script-src 'self' http: ${nonce ? `'nonce-${nonce}'` : ''}` };
        const seen = await visit(tracker, put(nonce ? script(code, tracker.at('import-script'), nonce) : '<script src="/a.js"></script>', { headers }));
        check(`a site's own policy ${nonce ? 'with a nonce lets the map be' : 'that lets nothing stand in the page is not asked to'}`,
            tracker.quiet() && seen.refused.length === 0, `${tracker.told()} ${seen.refused}`);
        await seen.end();
    }
    // what an element names runs once, however it is named by others
    const map = `<script type="importmap">{"imports":{"lib":"${listed('lib.script')}"}}</script><script type="module">import 'lib'; import '${listed('uses.script')}';</script>`;
    const slow = "<script>new MutationObserver(() => document.querySelector('[type=importmap]') && fetch('/go-on')).observe(document, { childList: true, subtree: true })</script>";
    const entry = (name) => `<script type="module" src="${listed(`${name}.script`)}"></script>`;
    for (const [name, body, ran, halt] of [
        ['an application', entry('entry'), 'chunk entry'],
        ['two entries', entry('entry') + entry('late'), 'chunk entry late'],
        ['an entry that code puts in', `<script>{ const s = document.createElement('script'); s.type = 'module'; s.src = '${listed('entry.script')}'; document.body.append(s); }</script>`, 'chunk entry'],
        ['an import map of the site', map, 'lib uses'],
        ['one of which the parser has the tag first', slow + map, 'lib uses', '"importmap">'],
        ['one of which it has a part first', slow + map, 'lib uses', '{"imports":'],
        ['one whose end comes late', slow + map, 'lib uses', '.script"}}'],
        ['what is imported alone', `<script>import('${listed('entry.script')}')</script>`, 'chunk entry'],
    ]) {
        const seen = await visit(tracker, put(body, { halt }), { wait: () => tracker.heard.size > 1, patience: 0 });
        let got;
        await until(async () => (got = await seen.page.evaluate(() => [...self.ran ?? []].sort().join(' '))).length >= ran.length);
        check(`modules of strangers: ${name}: each runs once`, got === ran && seen.errors.length === 0, `${got} ${seen.errors}`);
        await seen.end();
    }
    const seen = await visit(tracker, put(`<script type="importmap">{"imports":{"mine":"/a.js"}}</script><script type="module" src="/a.js"></script>`, { policy: 'imports' }));
    const found = await seen.page.evaluate(async (stranger) => {
        const go = (url) => import(url).then(() => 'came', (error) => error.message);
        return { mine: await go('mine'), own: await go('/a.js?1'), whole: await go(`${origin}/a.js?2`), data: await go('data:text/javascript,0'), stranger: await go(stranger),
            named: await go('https://cdn.localhost/x.js'), blocked: await go('https://never.localhost/x.js'), tags: document.querySelectorAll('script[type=importmap]').length };
    }, 'https://stranger.localhost/x.js');
    check('the own modules come, by every name', [found.mine, found.own, found.whole, found.data].every((one) => one === 'came') && found.tags === 1, JSON.stringify(found));
    check('nobody else is asked but whom the policy names', /resolve/.test(found.stranger) && /fetch/.test(found.named) && /resolve/.test(found.blocked), JSON.stringify(found));
    await seen.end();
}

const lanes = await Promise.all(Array.from({ length: 3 }, () => new Tracker().listen()));
try {
    // one after the other: what code imports comes from the usual port alone, and no page fetches links ahead that is not in front
    const isAlone = ([name]) => /^(module-text|import-text|import-blob|script-(text|text-content)-late|script-(blob|data)-import|write-script-pieces|speculation-(document|any))$/.test(name);
    const wanted = vectors.filter(([name]) => only.length === 0 || only.includes(name)), rows = wanted.filter((row) => !isAlone(row));
    for (const row of wanted.filter(isAlone))
        await tryVector(plain, ...row).catch((error) => check(`${row[0]}: ends`, false, error.stack));
    await Promise.all(lanes.map(async (tracker) => {
        for (let row; (row = rows.shift());)
            await tryVector(tracker, ...row).catch((error) => check(`${row[0]}: ends`, false, error.stack));
    }));
    if (only.length === 0 || only.includes('paths')) {
        const paths = [...vectors.filter(([name]) => name in byPath),
            ['worker-by-path', `new Worker(URL.createObjectURL(new Blob(['fetch("' + u + '", { mode: "no-cors" })'])))`]];
        check('each path has a vector', paths.length === Object.keys(byPath).length, paths.map(([name]) => name).join());
        await Promise.all(lanes.map(async (tracker) => {
            for (let row; (row = paths.shift());)
                await tryPath(tracker, ...row).catch((error) => check(`${row[0]}, by its path: ends`, false, error.stack));
        }));
    }
    if (only.length === 0 || only.includes('imports'))
        await tryImports(plain);
    if (only.length === 0 || only.includes('apart'))
        await apart({ check, put, visit, tracker: lanes[0] });
    if (only.length === 0 || only.includes('workers')) {
        await workers({ check, pages, base, visit, tracker: lanes[0] });
        await keptWorker({ check, pages, base, visit, tracker: lanes[0] });
        await listedWorkers({ check, pages, base, visit, tracker: lanes[0], tables });
    }
    if (only.length === 0 || only.includes('passing'))
        await passingWorker({ check, pages, base, visit, tracker: lanes[0] });
    if (only.length === 0 || only.includes('behaviour'))
        await behaviour({ check, put, script, visit, context, base, events, tracker: lanes[0], explain, knownUrls });
    if (only.includes('measure'))
        await measure({ put, visit, tracker: lanes[0] });
} catch (error) {
    check('the suite ends', false, error.stack);
}
await context.close();
for (const { server } of [{ server: site }, ...lanes]) {
    server.close();
    server.closeAllConnections();
}
fs.rmSync(temporary, { recursive: true, force: true });
end();
