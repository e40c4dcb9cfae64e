// SPDX-License-Identifier: Apache-2.0
// Bodies that cannot be read as they come, against other implementations: content codings against the encoders of Node.js
// and the zstd command, charsets against TextDecoder, XML documents (made by a grammar) against the parser saxes. The same
// questions every time.
import { spawn, spawnSync } from 'node:child_process';
import process from 'node:process';
import zlib from 'node:zlib';
import saxes from 'saxes';

let passed = 0;
let failed = 0;
let skipped = 0;
function check(sentence, holds, detail = '') {
    if (holds) {
        passed++;
    } else if (failed++ < 20) {
        console.log(`FAIL ${sentence}${detail === '' ? '' : `: ${detail}`}`);
    }
}

let seed = 1;
function random(below) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
}
const one = (list) => list[random(list.length)];

// ---- asking ----

const child = spawn(process.argv[2], { stdio: ['pipe', 'pipe', 'inherit'] });
let pending = Buffer.alloc(0);
let wake = null;
child.stdout.on('data', (data) => {
    pending = Buffer.concat([pending, data]);
    wake?.();
});
child.on('exit', () => wake?.());

async function take(ready) {
    for (;;) {
        const length = ready(pending);
        if (length !== null) {
            const taken = pending.subarray(0, length);
            pending = pending.subarray(length);
            return taken;
        }
        if (child.exitCode !== null || child.signalCode !== null)
            throw new Error('the program ended');
        await new Promise((resolve) => { wake = resolve; });
    }
}

async function ask(mode, codings, charset, body) {
    const chunk = one([1, 2, 3, 7, 100, 4096, 1 << 20]);
    child.stdin.write(`${mode} ${codings} ${charset} ${chunk} ${body.length}\n`);
    child.stdin.write(body);
    const head = (await take((bytes) => (bytes.indexOf(10) < 0 ? null : bytes.indexOf(10) + 1))).toString();
    const [status, length] = head.split(' ').map(Number);
    return { status, bytes: await take((bytes) => (bytes.length < length ? null : length)), chunk };
}

// ---- content codings ----

const words = ['<p>', 'des mots ', '</p>\n', '<img src="/a.png">', '&amp;', 'é', '漢字', '\0', '<!-- -->'];
const text = (length) => Buffer.from(Array.from({ length }, () => one(words)).join(''));

function encode(coding, body) {
    switch (coding) {
        case 'gzip':
            return zlib.gzipSync(body, { level: random(10), windowBits: 9 + random(7), memLevel: 1 + random(9) });
        case 'deflate':
            return random(2) ? zlib.deflateSync(body, { level: random(10) }) : zlib.deflateRawSync(body, { level: 1 + random(9) });
        case 'br':
            return zlib.brotliCompressSync(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: random(8),
                [zlib.constants.BROTLI_PARAM_LGWIN]: 10 + random(15) } });
        default:
            return spawnSync('zstd', ['-q', '-c', `-${1 + random(15)}`], { input: body }).stdout;
    }
}

const codings = ['gzip', 'deflate', 'br', ...(spawnSync('zstd', ['--version']).status === 0 ? ['zstd'] : [])];
if (codings.length < 4) {
    console.log('the zstd command is missing: zstd is not compared');
    skipped++;
}
for (let i = 0; i < 400; i++) {
    const chain = Array.from({ length: 1 + random(3) }, () => one(codings));
    const original = text(random(i % 20 === 0 ? 200000 : 500));
    const body = chain.reduce((bytes, coding) => encode(coding, bytes), original);
    const got = await ask('read', chain.join(','), 'utf-8', body);
    check(`${chain} of ${original.length} bytes in chunks of ${got.chunk}`, got.status === 0 && got.bytes.equals(original),
        `status ${got.status}, ${got.bytes.length} bytes`);
}

// ---- charsets ----

const utf8 = (label, bytes) => Buffer.from(new TextDecoder(label, { ignoreBOM: true }).decode(bytes));

for (let i = 0; i < 600; i++) { // any bytes at all, surrogates often
    const bytes = Buffer.from(Array.from({ length: 2 + random(300) }, () => (random(4) ? random(256) : 0xd8 + random(8))));
    if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xef && bytes[1] === 0xbb))
        bytes[0] = 0x20;
    const label = one(['utf-16le', 'utf-16be']);
    const got = await ask('read', '-', label, bytes);
    check(`${label} in chunks of ${got.chunk}: ${bytes.toString('hex')}`, got.status === 0 && got.bytes.equals(utf8(label, bytes)));
}

for (let row = 0x21; row < 0x7f; row++) { // every character of ISO-2022-JP
    const bytes = Buffer.from([0x1b, 0x24, 0x42, ...Array.from({ length: 94 }, (_, cell) => [row, 0x21 + cell]).flat(), 0x1b, 0x28, 0x42]);
    const got = await ask('read', '-', 'iso-2022-jp', bytes);
    check(`ISO-2022-JP, row ${row}`, got.status === 0 && got.bytes.equals(utf8('iso-2022-jp', bytes)));
}
for (let i = 0; i < 300; i++) { // and well-formed texts of it
    const parts = Array.from({ length: 1 + random(20) }, () => one([
        () => [0x1b, 0x28, 0x42, ...text(1).filter((byte) => byte > 0x1f && byte < 0x7f)],
        () => [0x1b, 0x28, 0x4a, 0x41 + random(26), 0x5c, 0x7e],
        () => [0x1b, 0x24, one([0x40, 0x42]), 0x24, 0x21 + random(0x50), 0x30 + random(31), 0x21 + random(94)],
    ])());
    const bytes = Buffer.from([...parts.flat(), 0x1b, 0x28, 0x42, 0x2e]);
    const got = await ask('read', '-', 'iso-2022-jp', bytes);
    const expected = utf8('iso-2022-jp', bytes);
    // An escape that nothing follows is an error in the standard, which other decoders do not see.
    if (!/\x1b\(B\x1b/.test(bytes.toString('latin1')))
        check(`ISO-2022-JP in chunks of ${got.chunk}: ${bytes.toString('hex')}`, got.status === 0 && got.bytes.equals(expected));
}

// ---- XML ----

const TRACKER = ['https://t.example/x', '//t.example/x', 'https:&#47;/t.example/x', 'https://a.t.example/?&amp;b', ' https://T.example/x '];
const ELEMENTS = { script: ['src', 'href', 'q:href'], img: ['src', 'srcset'], iframe: ['src'], image: ['href', 'q:href'], embed: ['src'],
    link: ['href'], feImage: ['href', 'q:href'], video: ['src', 'poster'], source: ['src', 'srcset'], object: ['data'], use: ['href', 'q:href'],
    body: ['background'], p: [], title: [], style: [], textarea: [], noscript: [], template: [], svg: [], _x: [], 'é': [], plaintext: [], select: [] };
const PREFIXES = ['', '', '', 'h:', '_h:', 's:'];
const MISC = ['<!-- a > "b" \' <img src="//t.example/c"/> -->', '<!-->-->', '<!--->-->', '<!---->', '<?pi > "?>', "<?pi it's <img src='//t.example/c'/> ?>",
    '<![CDATA[<img src="//t.example/c"/> ]] > "]]>', '<![CDATA[]]>', '&lt;script&gt;', 'text > "quoted" \'', '\n', ' ]]&gt; '];

function attribute(names) {
    const name = one(names);
    const quote = one(['"', "'"]);
    const value = random(3) ? one(TRACKER) : one(['/own', 'a>b', "it's", '"', '', '  ', 'https://shop.example/a']);
    return [name, ` ${one(['', '\n'])}${name}${one(['', ' '])}=${one(['', '\t'])}${quote}${value.replaceAll(quote, '')}${quote}`];
}

function element(depth) {
    const name = one(Object.keys(ELEMENTS));
    const full = `${one(PREFIXES)}${name}`;
    const used = new Map();
    for (let i = random(4); i > 0; i--) {
        const [key, written] = attribute([...ELEMENTS[name], 'title', 'type', 'data-held', 'h:src']);
        used.set(key, written);
    }
    const attributes = [...used.values()].join('');
    if (random(3) === 0)
        return `<${full}${attributes}${one(['', ' '])}/>`;
    if (name === 'script' || name === 'style') // whose text may change when it names a tracker
        return `<${full}${attributes}>${content(0)}</${full}>`;
    return `<${full}${attributes}>${content(depth - 1)}</${full}${one(['', '\n'])}>`;
}

function content(depth) {
    return Array.from({ length: random(5) }, () => (depth > 0 && random(2) ? element(depth) : one(MISC))).join('');
}

function document() {
    const doctype = one(['', '', '<!DOCTYPE r>', "<!DOCTYPE r SYSTEM '> <img a=\"'>", '<!DOCTYPE r PUBLIC "-//>" "b">']);
    const sheet = one(['', '<?xml-stylesheet href="//t.example/s" type="text/css"?>', '<?xml-stylesheet type="text/css" href=\'/own\'?>']);
    return `${one(['', '<?xml version="1.0"?>'])}${sheet}${doctype}<r xmlns:h="http://www.w3.org/1999/xhtml" xmlns:_h="http://www.w3.org/1999/xhtml"` +
        ` xmlns:s="http://www.w3.org/2000/svg" xmlns:q="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/1999/xhtml">${content(4)}</r>`;
}

// What a browser would make of it.
function parse(xml) {
    const parser = new saxes.SaxesParser({ xmlns: true });
    const found = { tags: [], texts: [], fetched: [], hasCode: false, error: null };
    parser.on('error', (error) => { found.error ??= error.message; });
    parser.on('text', (value) => found.texts.push(value));
    parser.on('cdata', (value) => found.texts.push(value));
    parser.on('processinginstruction', ({ target, body }) => {
        if (target === 'xml-stylesheet' && /href\s*=\s*["'][^"']*t\.example/i.test(body))
            found.fetched.push(`<?${target} ${body}?>`);
    });
    parser.on('opentag', (tag) => {
        found.tags.push(tag.name);
        found.hasCode ||= ['script', 'style'].includes(tag.local) && !tag.isSelfClosing;
        const rules = ELEMENTS[tag.local] ?? [];
        for (const { name, local, uri, value } of Object.values(tag.attributes)) {
            const ruled = uri === '' ? rules.includes(name) : uri === 'http://www.w3.org/1999/xlink' && rules.includes(`q:${local}`);
            if (ruled && /t\.example/i.test(value))
                found.fetched.push(`<${tag.name} ${name}="${value}">`);
        }
    });
    parser.write(xml).close();
    return found;
}

let leaks = 0;
for (let i = 0; i < 3000; i++) {
    const xml = document();
    const before = parse(xml);
    const got = await ask('xml', '-', '-', Buffer.from(xml));
    const out = got.bytes.toString();
    const after = parse(out);
    check('the grammar makes well-formed documents', before.error === null, `${before.error}: ${xml}`);
    check(`what is served is well-formed, in chunks of ${got.chunk}`, got.status === 0 && after.error === null, `${after.error}: ${xml} became ${out}`);
    leaks += before.fetched.length;
    check('nothing is fetched that is held back', after.fetched.length === 0, `${after.fetched[0]} of ${xml}`);
    check('elements stay', after.tags.join() === before.tags.join(), `${xml} became ${out}`);
    if (before.hasCode) // its text may name trackers
        continue;
    check('texts stay', after.texts.join('') === before.texts.join(''), `${xml} became ${out}`);
    if (before.fetched.length === 0)
        check('what fetches nothing is served as it is', out === xml, `${xml} became ${out}`);
}
check('the documents would have fetched', leaks > 1000, leaks);

child.stdin.end();
await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve()));
check('the program ended well', child.exitCode === 0, child.exitCode);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed ? 1 : 0);
