// SPDX-License-Identifier: Apache-2.0
// Consent managers side by side: each set up as its documentation says (managers.mjs) on the same site with the same trackers
// (site.mjs), measured in Chromium (measure.mjs); ours through both servers. The tables of docs/COMPARISON.md are made of it: they
// must say what is measured here, and name every row on which somebody is ahead of us. `--write` writes them.

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { stage } from '../browser/stage.mjs';
import { others, ours } from './managers.mjs';
import { Manager, packed } from './measure.mjs';
import { cookies, HOST, site, Trackers } from './site.mjs';
import { behind, holds, table } from './table.mjs';
import { check, end } from '../support/checks.mjs';
import { launch } from '../support/chromium.mjs';

const here = path.dirname(new URL(import.meta.url).pathname);
const root = path.join(here, '../..');
const build = path.resolve(here, process.env.BUILD ?? '../../build');
const packages = path.join(here, '../node_modules');
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'cnil-compare-'));
const document = path.join(root, 'docs/COMPARISON.md');
const isWriting = process.argv.includes('--write');

const policy = {
    https: { redirect: false }, site: { name: 'Boutique' },
    services: {
        tracker: { name: 'Tracker', controller: 'Tracker SAS', country: 'FR', purpose: 'audience', hosts: ['tracker.localhost'], cookies: cookies.map(({ name }) => name) },
        film: { name: 'Film', controller: 'Film SAS', country: 'FR', purpose: 'video', hosts: ['film.localhost'] },
    },
};
// As the others want the page marked up: the site's script that loads a tracker is told of, too; and nothing is loaded again.
const marked = { ...policy, banner: { activation: 'in-place' },
    services: { ...policy.services, tracker: { ...policy.services.tracker, hosts: ['tracker.localhost', `${HOST}/app.js`] } } };
const file = (name, contents) => {
    fs.writeFileSync(path.join(temporary, name), JSON.stringify(contents));
    return path.join(temporary, name);
};
fs.chmodSync(temporary, 0o755);

// ---- what each weighs, knows and speaks ----

function weigh(parts) {
    const all = parts.map(packed);
    return { gzip: all.reduce((sum, one) => sum + one.gzip, 0), brotli: all.reduce((sum, one) => sum + one.brotli, 0) };
}

// The bytes of a page of ours that the site's own page does not have.
function added(port) {
    return new Promise((resolve, reject) => https.get(`https://127.0.0.1:${port}/shop/plain`, { rejectUnauthorized: false, headers: { Host: HOST, 'Sec-Fetch-Dest': 'document' } }, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(['<!DOCTYPE html><html lang="fr"><head>', '<title>t</title></head><body>', '<h1>t</h1></body></html>']
            .reduce((text, part) => text.replace(part, ''), Buffer.concat(chunks).toString())));
    }).on('error', reject));
}

const read = (name) => fs.readFileSync(path.join(packages, name));
const count = (text, pattern) => new Set([...text.matchAll(pattern)].map(([, name]) => name)).size;
const files = (folder, pattern) => fs.readdirSync(path.join(packages, folder)).map((name) => pattern.exec(name)?.[1]).filter(Boolean);
const facts = {
    tarteaucitron: () => ({
        languages: files('tarteaucitronjs/lang', /^tarteaucitron\.([a-z]+)\.js$/).map((name) => (name === 'se' ? 'sv' : name)), // its Swedish
        services: count(read('tarteaucitronjs/tarteaucitron.services.js').toString(), /^tarteaucitron\.services\.(\w+) = \{/gm),
    }),
    klaro: () => ({ languages: files('klaro/src/translations', /^([a-z]+)\.yml$/), services: 0 }),
    vanilla: () => ({ languages: [], services: 0 }),
    orejime: () => ({ languages: files('orejime/dist', /^orejime-standard-([a-z]+)\.js$/), services: 0 }),
    ours: () => ({
        languages: execFileSync(path.join(build, 'cnil'), ['texts'], { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(/\s/)[0]),
        services: fs.readdirSync(path.join(root, 'conf/catalogue')).filter((name) => name.endsWith('.json')).length,
    }),
};

// ---- the measures ----

const stand = async (certificate) => {
    const trackers = new Trackers();
    await trackers.listen();
    const shop = await site(trackers, others, packages, certificate);
    return { trackers, shop, end: () => [trackers.server, shop.secure].forEach((server) => { server.close(); server.closeAllConnections(); }) };
};

async function measured(it) {
    return {
        id: it.manager.id, name: it.manager.name, control: it.manager.control,
        before: await it.before(), unmarked: await it.unmarked(), bare: await it.bare(), off: await it.withoutScript(), buttons: await it.buttons(), story: await it.story(), signal: await it.signal(),
    };
}

// What an owner's configuration can do to the button that refuses.
async function harder(it) {
    const kept = [it.manager.options, it.manager.refusing];
    it.manager.options = it.manager.harder;
    it.manager.refusing = it.manager.harderRefusing;
    const [accept, refuse] = await it.buttons();
    [it.manager.options, it.manager.refusing] = kept;
    if (refuse === null)
        return `yes: ${it.manager.harderName}, and there is no button`;
    return refuse.width < accept.width ? `yes: ${it.manager.harderName}, and it is ${refuse.width} px beside ${accept.width}` : 'no';
}

async function other(manager, browser, certificate) {
    const { trackers, shop, end } = await stand(certificate);
    try {
        const it = new Manager(manager, { browser, base: `https://${HOST}:${shop.secure.address().port}`, trackers });
        it.seen = shop.seen;
        const found = await measured(it);
        const parts = found.before.resources.map((name) => [name, read(name.slice('/m/'.length))]);
        check(`${manager.name}: its files were seen`, parts.length > 0);
        return { ...found, ...facts[manager.id](), version: JSON.parse(read(`${manager.package}/package.json`)).version, harder: await harder(it),
            proof: found.before.sent > 0 ? 'sends the choice' : null, choice: { ...weigh(parts.map(([, bytes]) => bytes)), files: parts.length, blocking: found.before.blocking.length },
            guard: null, script: weigh(parts.filter(([name]) => name.endsWith('.js')).map(([, bytes]) => bytes)) };
    } finally {
        end();
    }
}

// Policies that would make refusing harder: each is refused, with its reason.
const unfair = {
    'other colours': { banner: { theme: { light: { accept: '#1a5fb4', refuse: '#d8d8d8' } } } },
    'a long text': { texts: { fr: { accept: 'OK', refuse: 'Continuer sans rien accepter du tout' } } },
    'no text': { texts: { fr: { accept: 'Tout accepter', refuse: '' } } },
    'a blank': { texts: { fr: { accept: 'Oui', refuse: '\u2800\u2800\u2800' } } },
    'a character without a width': { texts: { fr: { accept: 'OK', refuse: '\u200b\u200b' } } },
    'a text that looks the same': { texts: { fr: { accept: 'Continuer', refuse: 'Continuer\u200b' } } },
    'letters that look the same': { texts: { fr: { accept: 'Continuer', refuse: '\u0421ontinuer' } } },
    'small letters': { texts: { fr: { accept: 'J’accepte', refuse: 'ʲᵉ ʳᵉᶠᵘˢᵉ' } } },
    'bold letters': { texts: { fr: { accept: '𝗧𝗼𝘂𝘁 𝗮𝗰𝗰𝗲𝗽𝘁𝗲𝗿', refuse: 'Tout refuser' } } },
    'letters that are struck out': { texts: { fr: { accept: 'Oui', refuse: 'N\u0336o\u0336n\u0336' } } },
    'capitals': { texts: { fr: { accept: 'TOUT ACCEPTER', refuse: 'tout Refuser' } } },
    'answers that are swapped': { texts: { fr: { accept: 'Tout refuser', refuse: 'Tout accepter' } } },
    'two answers that accept': { texts: { fr: { accept: 'Accepter tout', refuse: 'J’accepte tout' } } },
    'answers of another language that are swapped': { texts: { fr: { accept: 'Reject all', refuse: 'Accept all' } } },
    'one answer': { texts: { fr: { refuse: 'Non' } } },
    'a blank in the place of the control': { texts: { fr: { control: '\u2800', control_page: '\u00a0' } } },
    'a blank in the place of withdrawal': { texts: { fr: { withdraw: '\u200b' } } },
};

async function own(servers, inPlace, shop, trackers, browser) {
    const through = {};
    for (const server of ['nginx', 'apache']) {
        const it = new Manager(ours, { browser, base: `https://${HOST}:${servers[server]}`, trackers });
        it.seen = shop.seen;
        through[server] = await measured(it);
        const again = new Manager({ ...ours, reloads: true }, { browser, base: `https://${HOST}:${inPlace[server]}`, trackers });
        again.seen = shop.seen;
        const { loads, reloads } = await again.story();
        Object.assign(through[server], { marked: { loads, reloads } });
        const html = await added(servers[server]);
        const files = Object.fromEntries(await Promise.all(through[server].before.resources.map(async (name) => [name, await new Promise((resolve, reject) => https.get(
            `https://127.0.0.1:${servers[server]}${name}`, { rejectUnauthorized: false, headers: { Host: HOST } }, (response) => {
                const chunks = [];
                response.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
            }).on('error', reject))])));
        const bodies = Object.values(files);
        check(`${server}: the banner is in the page, and its files are served`, html.includes('vp-box') && bodies.length > 0 && bodies.every(({ length }) => length > 0));
        const job = (isWanted, rest) => {
            const places = Object.keys(files).filter(isWanted);
            return { ...weigh([...rest, ...places.map((place) => files[place])]), files: places.length, blocking: through[server].before.blocking.filter(isWanted).length };
        };
        const isOfGuard = (place) => /\/(guard|held)-/.test(place);
        Object.assign(through[server], { choice: job((place) => !isOfGuard(place), [Buffer.from(html)]), guard: job(isOfGuard, []), weight: job(() => true, [Buffer.from(html)]) });
        const log = path.join(path.dirname(servers.events[server]), 'proof');
        const verify = spawnSync(path.join(build, 'cnil'), ['proof', 'verify', log], { encoding: 'utf8' });
        check(`${server}: cnil proof verify passes`, verify.status === 0, verify.stdout + verify.stderr);
        through[server].proof = verify.status === 0 && /[1-9][0-9]* choice/.test(verify.stdout) ? 'yes: a chain that `cnil proof verify` checks' : null;
        check(`${server}: choices are written down`, through[server].proof !== null, verify.stdout);
    }
    check('both servers: the same measures', JSON.stringify(through.nginx) === JSON.stringify(through.apache), `${JSON.stringify(through.nginx)}\n${JSON.stringify(through.apache)}`);
    const refused = Object.entries(unfair).filter(([, change]) => spawnSync(path.join(build, 'cnil'), ['check', file('unfair.json', { ...policy, ...change })]).status !== 0);
    check('cnil check refuses policies that make refusing harder', refused.length === Object.keys(unfair).length,
        `taken: ${Object.keys(unfair).filter((name) => !refused.some(([it]) => it === name)).join(', ')}`);
    check('cnil check takes the policy that they are made of', spawnSync(path.join(build, 'cnil'), ['check', file('fair.json', policy)]).status === 0);
    return { ...through.nginx, ...facts.ours(), isOurs: true, name: 'cnil', harder: 'no: `cnil check` refuses such a policy', script: { gzip: 0 } };
}

// ---- the document ----

const START = '<!-- measured by tests/compare/run: do not edit -->';
const END = '<!-- end of what is measured -->';

function compare(us, them) {
    const ahead = behind(us, them);
    const words = ahead.map(([row, names]) => `* ${row}: ${names.join(', ')}`).join('\n');
    const text = `${START}\n\n${table(us, them)}\n\n### Rows on which another one is ahead of us\n\n${words || 'None.'}\n\n${END}`;
    const now = fs.existsSync(document) ? fs.readFileSync(document, 'utf8') : `${START}\n${END}\n`;
    const [from, to] = [now.indexOf(START), now.indexOf(END)];
    check('docs/COMPARISON.md has a place for what is measured', from >= 0 && to > from);
    if (isWriting)
        fs.writeFileSync(document, now.slice(0, from) + text + now.slice(to + END.length));
    else {
        const kept = now.slice(from, to + END.length).split('\n');
        const lines = text.split('\n');
        for (let i = 0; i < Math.max(lines.length, kept.length); i++)
            check(`docs/COMPARISON.md says what is measured (tests/compare/run --write writes it), line ${i}`, holds(kept[i], lines[i]), `\n  measured ${lines[i]}\n  says     ${kept[i]}`);
    }
}

let shop = null;
const front = http.createServer((request, response) => shop.answer(request, response));
await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve));
const servers = await stage(front.address().port, file('policy.json', policy));
const inPlace = await stage(front.address().port, file('marked.json', marked));
const browser = await launch({ spki: `${servers.spki},${inPlace.spki}` });
try {
    const mine = await stand(servers.certificate);
    shop = mine.shop;
    const [us, ...them] = await Promise.all([own(servers, inPlace, mine.shop, mine.trackers, browser), ...others.map((manager) => other(manager, browser, servers.certificate))]);
    mine.end();
    check('what is put into the open page is all that was accepted', us.marked.loads);
    check('every manager asks, takes the choice and loads what was accepted', [us, ...them].every(({ story, before }) => story.loads && story.withdrawn && before.kept && story.set.length === cookies.length),
        JSON.stringify([us, ...them].map(({ name, story, before }) => [name, story, before])));
    compare(us, them);
} catch (error) {
    check('the measures end', false, error.stack);
} finally {
    await browser.close();
    for (const some of [servers, inPlace]) {
        const code = await some.end();
        check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
    }
    front.close();
    front.closeAllConnections();
    fs.rmSync(temporary, { recursive: true, force: true });
}
end();
