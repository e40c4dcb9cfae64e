// SPDX-License-Identifier: Apache-2.0
// Pages in forms that cannot be read as they come, in Chromium: straight from their origin, where each must be seen to call
// its tracker; through nginx and Apache before a choice, where none may; after an acceptance, where all that is read calls
// again.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { stage } from '../browser/stage.mjs';
import zlib from 'node:zlib';
import { check, end, tally } from '../support/checks.mjs';
import { profile } from '../support/chromium.mjs';
import { until } from '../support/until.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-bodies-'));
fs.chmodSync(temporary, 0o755);

// ---- the tracker ----

let heard = [];
const tracker = http.createServer((request, response) => {
    heard.push(request.url.slice(1));
    response.writeHead(200, { 'Content-Type': 'text/javascript', 'Cache-Control': 'no-store' }).end();
});
await new Promise((resolve) => tracker.listen(0, '127.0.0.1', resolve));
const at = (name) => `http://tracker.localhost:${tracker.address().port}/${name}`;

// ---- the pages: headers, body, and whether a tracker that is accepted is called ----

const html = (name, text = 'a') => `<!DOCTYPE html><html><head><title>t</title></head><body><p>${text}</p><script src="${at(name)}"></script></body></html>\n`;
const X = 'xmlns="http://www.w3.org/1999/xhtml"';
const xhtml = (name) => `<?xml version="1.0"?>\n<html ${X}><head><title>t</title></head><body><p>a</p><script src="${at(name)}"/></body></html>`;
const made = (name) => `new Image().src = '${at(name)}'.replace('@', '');`.replace('tracker', 'track@er'); // by code that names nobody
const bytes = (text) => Buffer.from(text, 'latin1');
const big = (buffer) => Buffer.from(buffer).swap16();
const zstd = (text) => spawnSync('zstd', ['-q', '-c'], { input: text }).stdout;
const UTF8 = 'Content-Type: text/html; charset=utf-8';
const pages = {
    gzip: [[UTF8, 'Content-Encoding: gzip'], zlib.gzipSync(html('gzip'))],
    deflate: [[UTF8, 'Content-Encoding: deflate'], zlib.deflateRawSync(html('deflate'))],
    br: [[UTF8, 'Content-Encoding: br'], zlib.brotliCompressSync(html('br')), 'https'],
    zstd: [[UTF8, 'Content-Encoding: zstd'], zstd(html('zstd')), 'https'],
    twice: [[UTF8, 'Content-Encoding: deflate, gzip'], zlib.gzipSync(zlib.deflateSync(html('twice')))],
    'no-coding': [[UTF8, 'Content-Encoding: utf-8'], html('no-coding')],
    'unknown-coding': [[UTF8, 'Content-Encoding: compress'], html('unknown-coding'), 'walled'],
    utf16: [['Content-Type: text/html; charset=utf-16le'], Buffer.from(html('utf16', 'é漢'), 'utf16le')],
    'utf16-mark': [[UTF8], big(Buffer.from(`\ufeff${html('utf16-mark', 'é漢')}`, 'utf16le'))],
    'utf16-xml': [['Content-Type: text/html'], Buffer.from(`<?xml version="1.0"?>${html('utf16-xml')}`, 'utf16le')],
    'iso-2022-jp': [['Content-Type: text/html; charset=iso-2022-jp'], bytes(`<p title="\x1b$B4A""\x1b(B">\x1b$B4A\x1b(B</p><script src="${at('iso-2022-jp')}"></script>`)],
    'iso-2022-jp-meta': [['Content-Type: text/html'], bytes(`<meta charset=iso-2022-jp><p title="\x1b$B4A""\x1b(B">\x1b$B4A\x1b(B</p><script src="${at('iso-2022-jp-meta')}"></script>`)],
    'iso-2022-jp-late': [['Content-Type: text/html'], bytes(`<!--${'x'.repeat(3000)}--><meta charset=iso-2022-jp><p title="\x1b$B4A""\x1b(B"><script src="${at('iso-2022-jp-late')}"></script><p title="">`), 'blanked'],
    'no-charset': [['Content-Type: text/html; charset=klingon'], html('no-charset')],
    'no-type': [[], ` \n${html('no-type')}`],
    'no-type-xml': [[], xhtml('no-type-xml')],
    'bad-type': [['Content-Type: html'], html('bad-type')],
    xhtml: [['Content-Type: application/xhtml+xml'], xhtml('xhtml')],
    'xhtml-prefix': [['Content-Type: application/xhtml+xml'], `<_h:html xmlns:_h="http://www.w3.org/1999/xhtml"><_h:script src="${at('xhtml-prefix')}"/></_h:html>`],
    'xhtml-comment': [['Content-Type: application/xhtml+xml'], `<html ${X}><body><!--> <a title=" --><script src="${at('xhtml-comment')}"/><p title=""/></body></html>`],
    'xhtml-attlist': [['Content-Type: application/xhtml+xml'], `<!DOCTYPE html [<!ATTLIST script src CDATA "${at('xhtml-attlist')}">]><html ${X}><body><script/></body></html>`, 'cut'],
    'xhtml-sheet': [['Content-Type: application/xhtml+xml'], `<?xml-stylesheet type="text/css" href="${at('xhtml-sheet')}"?><html ${X}><body/></html>`],
    'xhtml-made': [['Content-Type: application/xhtml+xml'], `<?xml version="1.0"?><?xml-stylesheet href="data:text/css,"?><html ${X}><head><script>${made('xhtml-made')}</script></head><body/></html>`],
    'xhtml-made-prefix': [['Content-Type: application/xhtml+xml'], `<_h:html xmlns:_h="http://www.w3.org/1999/xhtml"><_h:script>${made('xhtml-made-prefix')}</_h:script></_h:html>`],
    'xml-address': [[UTF8], `<!DOCTYPE html><title>t</title><iframe src='data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg"><script>${made('xml-address').replaceAll("'", '%27')}</script></svg>'></iframe>`],
    svg: [['Content-Type: image/svg+xml'], `<svg xmlns="http://www.w3.org/2000/svg" xmlns:q="http://www.w3.org/1999/xlink"><script q:href="${at('svg')}"/></svg>`, 'walled'],
    'svg-attlist': [['Content-Type: image/svg+xml'], `<!DOCTYPE svg [<!ATTLIST script href CDATA "${at('svg-attlist')}">]><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, 'walled'],
    xml: [['Content-Type: text/xml'], `<r><script ${X} src="${at('xml')}"/></r>`, 'walled'],
    page: [[UTF8], '<!DOCTYPE html><html><head><title>t</title></head><body><p>a</p></body></html>'],
};

const origin = net.createServer((socket) => {
    let request = '';
    socket.on('error', () => {});
    socket.on('data', (data) => {
        request += data.toString('latin1');
        if (!request.includes('\r\n\r\n'))
            return;
        const [headers, body] = pages[request.split(' ')[1].slice(1)] ?? [['Content-Type: text/plain'], ''];
        socket.write(`HTTP/1.1 200 OK\r\n${[...headers, 'Connection: close', ''].join('\r\n')}\r\n`);
        socket.end(body);
    });
});
await new Promise((resolve) => origin.listen(0, '127.0.0.1', resolve));

const policy = path.join(temporary, 'policy.json');
fs.writeFileSync(policy, JSON.stringify({
    https: { redirect: false },
    services: { tracker: { name: 'Tracker', controller: 'Tracker SAS', country: 'FR', purpose: 'audience', hosts: ['tracker.localhost'] } },
}));

let profiles = 0;
async function browser(spki) {
    const context = await profile(path.join(temporary, `profile-${profiles++}`), {
        spki, args: ['--allow-running-insecure-content', '--unsafely-treat-insecure-origin-as-secure=' + at('').slice(0, -1)],
    });
    return { context, page: context.pages()[0] ?? await context.newPage() };
}

// Who was called; `awaited`: who is expected to be.
async function visit(page, url, awaited = null) {
    heard = [];
    await page.goto(url, { waitUntil: 'load', timeout: 60000 }).catch(() => {});
    if (awaited !== null)
        await until(() => heard.includes(awaited));
    else
        await new Promise((resolve) => setTimeout(resolve, 200));
    return heard;
}

const names = Object.keys(pages).filter((name) => name !== 'page' && pages[name][1] !== null && pages[name][1] !== undefined);
tally.skipped += Object.keys(pages).length - 1 - names.length;

{
    const { context, page } = await browser();
    for (const name of names) {
        if (pages[name][2] === 'https') // Chromium decodes br and zstd over https alone
            continue;
        check(`straight from the origin, ${name} leaks`, (await visit(page, `http://www.shop.localhost:${origin.address().port}/${name}`, name)).includes(name));
    }
    await context.close();
}

const servers = await stage(origin.address().port, policy);
for (const server of ['nginx', 'apache']) {
    const { context, page } = await browser(servers.spki);
    const base = `https://www.shop.localhost:${servers[server]}`;
    for (const name of names) {
        const calls = await visit(page, `${base}/${name}`);
        check(`${server}, before a choice, ${name} calls nobody`, calls.length === 0, calls.join(' '));
    }
    await page.goto(`${base}/xhtml`, { waitUntil: 'load' });
    check(`${server}: the banner is shown in XHTML`, await page.locator('button[name=choice][value=accept]').first().isVisible());
    await page.goto(`${base}/utf16`, { waitUntil: 'load' });
    check(`${server}: UTF-16 reads well`, (await page.locator('p', { hasText: 'é漢' }).count()) > 0);
    await page.goto(`${base}/page`, { waitUntil: 'load' });
    await Promise.all([page.waitForNavigation({ waitUntil: 'load', timeout: 60000 }), page.locator('button[name=choice][value=accept]').first().click()]);
    for (const name of names) {
        if (pages[name][2] !== undefined && pages[name][2] !== 'https')
            continue;
        const calls = await visit(page, `${base}/${name}`, name);
        check(`${server}, after an acceptance, ${name} calls`, calls.includes(name), calls.join(' '));
    }
    await context.close();
}
await servers.end();
origin.close();
tracker.close();
fs.rmSync(temporary, { recursive: true, force: true });
end();
