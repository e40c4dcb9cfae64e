// SPDX-License-Identifier: Apache-2.0
// One check for each vector, party, state, server and preset: was its host heard? What must not be heard: before consent
// the tracker's under both presets, and the unknown host's under `strict`. What must be heard as without us: the unknown
// host's under `balanced`, and everything after the visitor has accepted; `partly` accepted is the tracker's purpose alone.

import { press, Visitor } from './chromium.mjs';
import { oneOf } from './turns.mjs';
import { heardOf, hostOf, isHeard, stored, vectors } from './vectors.mjs';
import { until } from '../support/until.mjs';

const base = 'https://www.shop.example';
const PATIENCE = 60000; // on a busy machine some things come late
const applies = (vector, js) => vector.void === undefined && (vector.needs === undefined || (vector.needs === 'script') === js);

// `awaited(vector, party)`: whether that must be heard.
async function open(visitor, js, awaited) {
    const tabs = await Promise.all(['/static', '/hub', ...js ? ['/run'] : []].map((path) => visitor.visit(base + path)));
    const wanted = vectors.flatMap((vector) => vector.parties.filter((party) => awaited(vector, party)).map((party) => [vector, party]));

    await until(() => { const most = heardOf(visitor.net); return wanted.every(([vector, party]) => isHeard(most, vector, party)); }, PATIENCE);
    await Visitor.silence(visitor.net, 700);
    return tabs;
}

// No page asks for them: they come as one, when a visit begins, and only once what the browser knew of them is too old.
export const namesAhead = 'Chromium looks names up ahead that pages of the site needed when consent was given (docs/THREATS.md)';

// A few of many names.
const some = (names) => [...names].length > 4 ? `${[...names].slice(0, 4).join()} and ${[...names].length - 4} more` : [...names].join();

// What the browser does not ask for again, because it has it since the visitor had accepted: names, a service worker.
const isKnownAlready = (vector, state) => state === 'withdrawn' && (vector.heard !== 'request' || vector.name === 'run-worker-service');

const jarOf = async (visitor) => new Set((await visitor.context.cookies()).filter(({ domain }) => /shop\.example$/.test(domain)).map(({ name }) => name));

async function choose(visitor, word) {
    const tab = await visitor.visit(`${base}/static`);

    await Visitor.silence(visitor.net);
    if (word === 'withdraw') // what is heard before an acceptance counts: names are not asked for twice
        visitor.net.forget();
    await press(tab.page, `button[name=choice][value=${word}]`, 'commit');
    await tab.page.waitForLoadState('load').catch(() => {});
    await tab.page.close();
    await Visitor.silence(visitor.net);
}

// Of the states that are not all tried each time: before a choice with JavaScript always, any other through one of the servers.
const hasItsTurn = (server, preset, js, state) => (js && state === 'none') || server === oneOf(['nginx', 'apache'], `${preset} ${js} ${state}`);

const words = { refused: 'refuse', accepted: 'accept', partly: 'audience' };
const isHeld = (state, preset, party) => state !== 'accepted' && (party === 'tracker' ? state !== 'partly' : preset === 'strict');

// The long list of a choice of some purposes stands in the page, where workers do not see it (decision 0008).
const isBehindPage = (vector, state) => state === 'partly' && /^run-(worker|worklet)/.test(vector.name);

export async function checkVectors(ground, report) {
    const { net } = ground;
    const excused = new Set(); // names of vectors
    const stock = {}; // by "js name": what was heard without us, for each party

    for (const js of [true, false]) {
        const visitor = await Visitor.come(net, 'stock', ground.folder, ground.spki, { javaScript: js });

        net.forget();
        await open(visitor, js, (vector) => applies(vector, js));
        const most = heardOf(net);
        for (const vector of vectors) {
            const heard = vector.parties.map((party) => isHeard(most, vector, party));

            if (applies(vector, js))
                report.check(`stock, JavaScript ${js}: ${vector.name} leaks`, heard.every((one) => one));
            else if (vector.void !== undefined)
                report.check(`stock, JavaScript ${js}: ${vector.name} is void (${vector.void})`, heard.every((one) => !one), 'it leaks');
            stock[`${js} ${vector.name}`] = heard;
        }
        const jar = await jarOf(visitor);
        if (js) // no vector of markup sends one
            report.check(`stock, JavaScript ${js}: there are datagrams`, net.datagrams > 0);
        if (js)
            for (const [name] of stored)
                report.check(`stock: the cookie ${name} is stored`, jar.has(name));
        report.check(`stock, JavaScript ${js}: the cookie of the header is stored`, jar.has('tracker_header'));
        await visitor.leave();
    }
    const voids = vectors.filter((vector) => vector.void !== undefined);
    report.tell(`vectors: ${vectors.length}, of which ${voids.length} are made by no stock Chromium of today`);

    for (const server of ['nginx', 'apache'])
        for (const preset of ['balanced', 'strict'])
            for (const js of [true, false])
                for (const state of ['none', 'refused', 'partly', 'accepted', 'withdrawn'])
                    if (report.wants(`${server}-${preset}, ${state}, JavaScript ${js}`) && (report.full || hasItsTurn(server, preset, js, state)))
                        await checkState(ground, report, stock, { place: `${server}-${preset}`, preset, js, state, excused });
    if (report.whole)
        checkExcuses(report, excused);
}

// A vector that is excused is one that needs it: of those that stay open a run sees it each time, of the others one of every state.
function checkExcuses(report, excused) {
    for (const { name, open, closed } of vectors)
        if (open !== undefined || (closed !== undefined && report.full))
            report.check(`${name} needs its excuse (${open ?? closed})`, excused.has(name));
}

async function checkState(ground, report, stock, { place, preset, js, state, excused }) {
    const { net } = ground;
    const say = (sentence) => `${place}, ${state}, JavaScript ${js}: ${sentence}`;
    const cookies = [];

    if (words[state] !== undefined)
        cookies.push({ name: 'eu-consent', value: await ground.choice(place, words[state], 'www.shop.example'), url: base });
    const visitor = await Visitor.come(net, place, ground.folder, ground.spki, { javaScript: js, cookies });
    const comes = (when, vector, party) => !isHeld(when, preset, party) && stock[`${js} ${vector.name}`][vector.parties.indexOf(party)] && !isKnownAlready(vector, when);
    const awaited = (when) => (vector, party) => comes(when, vector, party) && (when === 'accepted' || vector.closed === undefined);

    if (state === 'withdrawn') {
        await choose(visitor, 'accept');
        await open(visitor, js, awaited('accepted'));
        report.check(say('consent was given before it was taken back'), net.requests.length > 0);
        await choose(visitor, 'withdraw');
        const after = heardOf(net); // of the page that the visitor comes back to
        const styled = vectors.filter(({ name }) => name.startsWith('style-')).map(({ name }) => hostOf(name, 'tracker'));
        const called = styled.filter((host) => after.get(host) === 'request');
        report.check(say('the page after the withdrawal takes no sheet of before'), called.length === 0, some(called));
        for (const page of visitor.context.pages().slice(1))
            await page.close();
    }
    await Visitor.silence(net);
    net.forget();
    const tabs = await open(visitor, js, awaited(state));
    // a response has room for so many expired cookies, and the scopes take turns by the second (docs/THREATS.md)
    const isLeft = async () => state === 'withdrawn' && [...await jarOf(visitor)].some((name) => name.startsWith('tracker_'));
    for (let i = 0; i < 20 && await isLeft(); i++) {
        await visitor.visit(`${base}/own.html`, tabs[0]);
        await new Promise((resolve) => setTimeout(resolve, 700));
    }
    const most = heardOf(net);
    const known = new Map(); // why -> vectors
    const asked = new Set(tabs.flatMap((tab) => tab.asked.map(({ url }) => new URL(url).hostname)));
    const ahead = []; // vectors

    for (const vector of vectors)
        vector.parties.forEach((party) => {
            const held = isHeld(state, preset, party);

            if (held && vector.void !== undefined && !report.full)
                return undefined;
            if (held) {
                const heard = most.get(hostOf(vector.name, party));
                const isOpen = preset === 'balanced' || isBehindPage(vector, state) || (vector.connects && heard === 'connection');

                if (heard !== undefined && vector.open !== undefined && isOpen)
                    return known.set(vector.open, [...known.get(vector.open) ?? [], vector.name]);
                if (state === 'withdrawn' && heard === 'name' && vector.heard === 'request' && !asked.has(hostOf(vector.name, party)))
                    return ahead.push(vector.name);
                report.check(say(`${vector.name} calls no ${party}`), heard === undefined, `${heard} of ${hostOf(vector.name, party)}`);
                if (heard !== undefined)
                    report.leak('vector', place, state, `js=${js}`, `${vector.page}/${vector.name}`, party, heard);
            } else if (comes(state, vector, party)) {
                const heard = isHeard(most, vector, party);

                if (!heard && vector.closed !== undefined && state !== 'accepted')
                    return known.set(vector.closed, [...known.get(vector.closed) ?? [], vector.name]);
                report.check(say(`${vector.name} of the ${party} comes as without us`), heard);
                if (!heard)
                    report.leak('vector-lost', place, state, `js=${js}`, `${vector.page}/${vector.name}`, party, 'not heard');
            }
            return undefined;
        });
    for (const name of [...known.values()].flat())
        excused.add(name);
    for (const [why, names] of known)
        report.skip(say([...new Set(names)].join()), why);
    if (ahead.length > 0)
        report.skip(say(ahead.join()), namesAhead);
    if (!['partly', 'accepted', 'withdrawn'].includes(state) && preset === 'strict') // those of the pages of before go on for a while
        report.check(say('no datagram'), net.datagrams === 0, `${net.datagrams}`);
    const jar = await jarOf(visitor);
    const trackers = [...jar].filter((name) => name.startsWith('tracker_'));
    if (!['partly', 'accepted'].includes(state))
        report.check(say('no tracker cookie is kept'), trackers.length === 0, some(trackers));
    if (!['partly', 'accepted'].includes(state) && preset === 'strict')
        report.check(say('no cookie but the necessary ones'), [...jar].every((name) => ['panier', 'eu-consent'].includes(name)), some(jar));
    if (js && preset === 'balanced') // `strict` keeps what is declared, and nothing else in any state
        report.check(say('an unknown cookie is kept'), jar.has('unknown_document'));
    if (state === 'accepted')
        report.check(say('the cookies are as without us'), jar.has('tracker_header') && (!js || stored.every(([name]) => jar.has(name) || (preset === 'strict' && name.startsWith('unknown')))), some(jar));
    report.check(say('the basket is kept'), jar.has('panier'));
    if (js && ['none', 'refused'].includes(state)) {
        const keys = await tabs[0].page.evaluate(() => Object.keys(localStorage));

        report.check(say('nothing of a tracker in the storage'), keys.every((key) => !key.startsWith('tracker')), some(keys.filter((key) => key.startsWith('tracker'))));
    }
    await visitor.leave();
}
