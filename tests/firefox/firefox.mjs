// SPDX-License-Identifier: Apache-2.0
// The vectors of tests/sites in Firefox: first without us, where they must be seen to leak; then before a choice, where no
// tracker may be heard and, under `strict`, nobody at all; and after an acceptance that is clicked on, where they are heard
// again. What Chromium alone makes or leaves is not asked here: tests/sites has it.

import { stage } from '../sites/stage.mjs';
import { heardOf, hostOf, isHeard, site, vectors } from '../sites/vectors.mjs';
import { Visitor } from './visitor.mjs';
import { check, end, skip } from '../support/checks.mjs';
import { until } from '../support/until.mjs';

const base = 'https://www.shop.example';
const PATIENCE = 60000; // on a busy machine some things come late
async function open(visitor, js) {
    const pages = [];

    for (const path of ['/static', '/hub', ...js ? ['/run'] : []])
        pages.push(await visitor.visit(base + path));
    return pages;
}

// What a host must be heard by, for all sorts of vectors, where it need not be held back.
const plain = ['row-img-src', 'row-script-src', 'row-iframe-src', 'row-link-href', 'run-script', 'run-fetch', 'run-image', 'run-style-property', 'run-style-drawn'];

// What must be heard of `party` and is not.
async function missing(ground, leaking, party) {
    const wanted = vectors.filter(({ name }) => plain.includes(name) && leaking.includes(name));
    const left = () => wanted.filter((vector) => !isHeard(heardOf(ground.net), vector, party)).map(({ name }) => name);

    await until(() => left().length === 0, PATIENCE);
    return { count: wanted.length, names: left() };
}

async function checkStock(ground, js) {
    ground.net.forget();
    const visitor = await Visitor.come(ground.net, 'stock', js);

    const least = js ? 250 : 80;
    const leaks = () => { const heard = heardOf(ground.net); return vectors.filter(({ name, parties }) => heard.has(hostOf(name, parties[0]))); };

    await open(visitor, js);
    await until(() => leaks().length > least && plain.every((name) => (!js && name.startsWith('run-')) || leaks().some((one) => one.name === name)), PATIENCE);
    const leaking = leaks();
    console.log(`stock, JavaScript ${js}: ${leaking.length} of ${vectors.length} vectors leak in Firefox`);
    check(`stock, JavaScript ${js}: vectors leak`, leaking.length > least, leaking.length);
    check(`stock, JavaScript ${js}: the tracker's cookie is stored`, (await visitor.cookies()).includes('tracker_header'));
    await visitor.leave();
    return leaking.map(({ name }) => name);
}

async function checkHeld(ground, leaking, place, js) {
    const say = (sentence) => `${place}, JavaScript ${js}: ${sentence}`;
    const strict = place.endsWith('strict');

    ground.net.forget();
    const visitor = await Visitor.come(ground.net, place, js);
    const pages = await open(visitor, js);
    const heard = heardOf(ground.net);
    const known = new Map();

    for (const { name, parties, open: everywhere } of vectors)
        for (const party of strict ? parties : parties.filter((one) => one === 'tracker')) {
            const why = name === 'run-import' ? 'import() is syntax, and this browser takes one import map' : everywhere;
            const how = heard.get(hostOf(name, party));

            if (how !== undefined && why !== undefined && !strict)
                known.set(why, [...known.get(why) ?? [], name]);
            else
                check(say(`${name} calls no ${party}`), how === undefined, how);
        }
    for (const [why, names] of known)
        skip(say(names.join()), why);
    if (!strict) {
        const { count, names } = await missing(ground, leaking, 'other');

        check(say('what nobody knows comes as without us'), count > 2 && names.length === 0, names.join());
    }
    const jar = await visitor.cookies();
    check(say('no tracker cookie is kept'), jar.every((name) => !name.startsWith('tracker_')), jar.join());
    check(say('the basket is kept'), jar.includes('panier'), jar.join());
    if (js && !strict) {
        await accept(pages[0]);
        check(say('an acceptance that is clicked on is kept'), (await visitor.cookies()).includes('eu-consent'));
        ground.net.forget();
        await open(visitor, js);
        const { count, names } = await missing(ground, leaking, 'tracker');

        check(say('after the acceptance the tracker is called as without us'), count > 2 && names.length === 0, names.join());
    }
    await visitor.leave();
}

async function accept(page) {
    const arrived = page.waitForNavigation({ waitUntil: 'load', timeout: 60000 });

    await page.bringToFront();
    await page.locator('#vp-box button[name=choice][value=accept]').click();
    await arrived;
}

let stop = async () => 1;

try {
    const ground = await stage(['www.shop.example'], site, { spoken: () => false });

    stop = ground.end;
    const leaking = { true: await checkStock(ground, true), false: await checkStock(ground, false) };
    for (const [place, js] of [['nginx-balanced', true], ['nginx-strict', true], ['apache-balanced', false], ['apache-strict', false]])
        await checkHeld(ground, leaking[js], place, js);
} catch (error) {
    check('the suite comes to its end', false, error.stack);
}
check('the servers stop without a problem in their logs', await stop() === 0);
end();
