// SPDX-License-Identifier: Apache-2.0
// Real pages: what leaves the browser before a choice, after a refusal and after a withdrawal; that after an acceptance it
// is what it is without us; that text, layout and code of a page are what they are without us.

import { judge } from './judge.mjs';
import { leaks, tour } from './pages.mjs';

const SHARE = 4; // of what is not asked of every page each time, a page has its turn in one of so many

function turn(file, salt) {
    let hash = 7;

    for (const c of file + salt)
        hash = (hash * 31 + c.charCodeAt(0)) >>> 0;
    return hash % SHARE === 0;
}

// What a request is, without what changes from visit to visit, and without its scheme: HSTS turns http into https.
function shape(url) {
    const { host, pathname } = new URL(url);

    return `//${host.replace(/\d+/g, '0')}${pathname.replace(/[0-9a-f]{8,}|\d+/gi, '0')}`;
}

// Icons are asked for now and then: that a page names them must do.
function shapes({ asked }, icons) {
    return new Set(asked.filter(({ url }) => !url.includes('/_privacy/') && !url.endsWith('.ico') && !icons.includes(url)).map(({ url }) => shape(url)));
}

// What goes with something that is held back, and why that is as it must be.
const mixed = 'an inline script that defines or loads it loads a tracker, too, and is held back whole';
const knownErrors = {
    '_asyncStyles is not defined': mixed,
    'Krux is not defined': 'its loader is held back as a known domain\'s, and no service of the catalogue has a stub for it',
};
const knownLosses = { 'medium-1.html': mixed };

const isLeak = { balanced: (answer) => answer.before === 'hold', strict: (answer) => answer.party === 'third' };

export async function checkPages(ground, report, pages) {
    const stock = { true: await tour(ground, { place: 'stock', pages, look: true }), false: await tour(ground, { place: 'stock', javaScript: false, pages, look: true }) };

    for (const js of [true, false]) {
        const made = leaks(stock[js], pages, ground.policies.strict, isLeak.strict);
        const known = leaks(stock[js], pages, ground.policies.balanced, isLeak.balanced);

        report.check(`stock, JavaScript ${js}: third parties are called`, made.filter(({ what }) => what === 'request').length > 100);
        report.tell(`stock, JavaScript ${js}: ${made.length} third-party addresses called by ${new Set(made.flatMap((one) => one.pages)).size} of ${pages.length} pages, ${known.length} of them known trackers'`);
    }

    for (const preset of ['balanced', 'strict'])
        for (const server of ['nginx', 'apache'])
            for (const js of [true, false])
                for (const state of ['none', 'refused', 'withdrawn']) {
                    const place = `${server}-${preset}`;
                    const all = report.full || (server === 'nginx' && state === 'none');
                    const some = all ? pages : pages.filter(({ file }) => turn(file, place + js + state));

                    if ((all || js) && report.wants(`${place}, ${state}, JavaScript ${js}`))
                        await checkHeld(ground, report, stock[js], { place, preset, js, state, pages: some });
                }
    for (const place of ['nginx-balanced', 'apache-balanced', 'nginx-strict', 'apache-strict'])
        for (const js of [true, false]) {
            const all = report.full || (place === 'nginx-balanced' && js);

            if ((all || js) && report.wants(`${place}, accepted, JavaScript ${js}`))
                await checkAccepted(ground, report, stock[js], { place, js, pages: all ? pages : pages.filter(({ file }) => turn(file, place)) });
        }
}

async function checkHeld(ground, report, stock, { place, preset, js, state, pages }) {
    const result = await tour(ground, { place, state, javaScript: js, pages, look: true });
    const say = (file, sentence) => `${place}, ${state}, JavaScript ${js}: ${file}: ${sentence}`;
    const from = leaks(result, pages, ground.policies[preset], isLeak[preset]);

    for (const { file } of pages) {
        const own = from.filter((one) => one.pages.includes(file) && one.sure);

        report.check(say(file, 'is there'), result.seen[file].failure === undefined, result.seen[file].failure);
        report.check(say(file, 'calls nobody that it must not'), own.length === 0,
            `${own.length}: ${own.slice(0, 3).map(({ what, dest, url }) => `${what} ${dest} ${url.slice(0, 100)}`).join(', ')}`);
    }
    const strays = from.filter(({ sure }) => !sure);
    report.check(say('all pages', 'nothing that no page says it asked for'), strays.length === 0,
        strays.slice(0, 5).map(({ what, url }) => `${what} ${url.slice(0, 80)}`).join(', '));
    for (const { what, dest, url, pages: by, answer } of from)
        report.leak('page', place, state, `js=${js}`, [...new Set(by)].slice(0, 3).join(), `${what} ${dest}`, url.slice(0, 200), answer.rule);
    const hosts = new Set(pages.map(({ host }) => host));
    const mustWait = ({ name, domain }) => hosts.has(domain.replace(/^\./, '')) && (preset === 'strict' ? !['panier', 'eu-consent'].includes(name) : name === '_ga');
    const kept = result.jar.filter(mustWait);

    report.check(say('all pages', 'no cookie of the sites that must wait'), kept.length === 0, `${kept.length}: ${kept.slice(0, 3).map(({ name, domain }) => `${name} of ${domain}`).join(', ')}`);
    for (const { name, domain } of kept)
        report.leak('cookie', place, state, `js=${js}`, domain, name);
    const differences = await differencesOf(ground, stock, result, pages, preset);

    for (const { file } of pages) {
        const { errors, lost, text, moved } = differences[file];

        if (preset === 'balanced' && errors.some((one) => !(one in knownErrors)))
            report.check(say(file, 'no error that was not there before'), false, errors.slice(0, 3).join(' | '));
        else if (preset === 'balanced' && errors.length > 0)
            report.skip(say(file, `the error "${errors[0]}"`), knownErrors[errors[0]]);
        else if (preset === 'balanced')
            report.check(say(file, 'no error that was not there before'), true);
        if (preset === 'balanced' && lost.length > 0 && file in knownLosses)
            report.skip(say(file, brief(lost)), knownLosses[file]);
        else if (preset === 'balanced')
            report.check(say(file, 'asks for the rest as without us'), lost.length === 0, `${lost.length} missing: ${brief(lost)}`);
        if (js)
            continue;
        report.check(say(file, 'its text'), text.length === 0);
        if (preset === 'balanced')
            report.check(say(file, 'its layout'), moved.length === 0, `${moved.length} of ${Object.keys(result.seen[file].boxes).length}: ${moved.slice(0, 2).join(', ')}`);
    }
    report.tell(`${place}, ${state}, JavaScript ${js}: ${pages.length} pages, ${from.length} addresses called that must not be`);
}

const brief = (urls) => urls.slice(0, 3).map((url) => url.slice(0, 100)).join(' ');

// By file: how a page differs from itself without us. What differs is looked at twice: a tab is left after some time, and on
// a busy machine some things come later.
async function differencesOf(ground, stock, result, pages, preset) {
    const { place, state, javaScript } = result;
    const differ = (before, after, page) => {
        const [then, now] = [before.seen[page.file], after.seen[page.file]];

        const text = javaScript || now.text === then.text ? [] : ['another text'];

        if (preset === 'strict') // third parties' scripts, pictures and style sheets are not there
            return { errors: [], lost: [], text, moved: [] };
        return {
            errors: [...new Set(now.errors)].filter((one) => !then.errors.includes(one)),
            lost: lostIn(then, now, page, ground.policies.balanced),
            text,
            moved: javaScript ? [] : movedIn(then.boxes, now.boxes),
        };
    };
    const both = (one, other, key = (it) => it) => { const known = new Set(other.map(key)); return one.filter((it) => known.has(key(it))); };
    const found = Object.fromEntries(pages.map((page) => [page.file, differ(stock, result, page)]));
    const doubtful = pages.filter(({ file }) => Object.values(found[file]).some((list) => list.length > 0));

    if (doubtful.length === 0)
        return found;
    const before = await tour(ground, { place: 'stock', javaScript, pages: doubtful, look: true });
    const after = await tour(ground, { place, state, javaScript, pages: doubtful, look: true });

    for (const page of doubtful) {
        const { errors, lost, text, moved } = found[page.file];
        const again = differ(before, after, page);

        found[page.file] = {
            errors: both(errors, again.errors), lost: both(lost, again.lost, shape), text: both(text, again.text),
            moved: both(moved, again.moved, (one) => one.split(' ')[0]),
        };
    }
    return found;
}

// What a page asked for, or named as its icon, without us and does not with us, though it need not be held back.
function lostIn(before, after, page, policy) {
    const now = shapes(after, before.icons);
    const missing = before.asked.filter(({ url }) => !before.icons.includes(url) && !now.has(shape(url)) && !/\.ico$|\/follow$/.test(url)); // /follow is asked for by scripts of the sink

    missing.push(...before.icons.filter((url) => /^https?:/.test(url) && !after.icons.includes(url)).map((url) => ({ url, type: 'image' })));
    const answers = judge(missing.map(({ url, type }) => ({ url, dest: type, page: page.url })), policy);

    return missing.filter((_, i) => answers[i].before !== 'hold').map(({ url }) => url);
}

// Elements whose box is not where or as it was, apart from what is held back and what stands beside that.
function movedIn(before, after) {
    const beside = new Set(Object.keys(after).filter((key) => key.endsWith('!')).map((key) => key.slice(0, key.lastIndexOf('>'))));

    return Object.entries(after).filter(([key, box]) => {
        if (beside.has(key.slice(0, key.lastIndexOf('>'))))
            return false;
        const old = before[key.replaceAll('!', '')];

        return !key.includes('!') && (old === undefined || Math.abs(old[0] - box[0]) > 1 || Math.abs(old[2] - box[2]) > 1 ||
            Math.abs(old[1] - box[1]) > 1 || Math.abs(old[3] - box[3]) > 1);
    }).map(([key, box]) => `${key.slice(-60)} ${before[key]?.join()} -> ${box.join()}`);
}

async function checkAccepted(ground, report, stock, { place, js, pages }) {
    const say = (file, sentence) => `${place}, accepted, JavaScript ${js}: ${file}: ${sentence}`;
    const result = await tour(ground, { place, state: 'accepted', javaScript: js, pages, look: true });
    const differ = (with_, without) => {
        const icons = [...with_.icons, ...without.icons];
        const [now, then] = [shapes(with_, icons), shapes(without, icons)];

        return { missing: [...then].filter((one) => !now.has(one)), more: [...now].filter((one) => !then.has(one)) };
    };
    const doubtful = pages.filter(({ file }) => { const { missing, more } = differ(result.seen[file], stock.seen[file]); return missing.length + more.length > 0; });
    let again, stockAgain;

    if (doubtful.length > 0) { // what does not come with every visit is no difference of ours
        stockAgain = await tour(ground, { place: 'stock', javaScript: js, pages: doubtful, look: true });
        again = await tour(ground, { place, state: 'accepted', javaScript: js, pages: doubtful, look: true });
    }
    for (const { file } of pages) {
        let { missing, more } = differ(result.seen[file], stock.seen[file]);

        if (missing.length + more.length > 0) {
            const second = differ(again.seen[file], stockAgain.seen[file]);

            missing = missing.filter((one) => second.missing.includes(one));
            more = more.filter((one) => second.more.includes(one));
        }
        report.check(say(file, 'asks for what it asks for without us'), missing.length + more.length === 0,
            `${missing.length} missing ${missing.slice(0, 2).join(' ')}, ${more.length} more ${more.slice(0, 2).join(' ')}`);
        const errors = [...new Set(result.seen[file].errors)].filter((one) => !stock.seen[file].errors.includes(one) && !stockAgain?.seen[file]?.errors.includes(one));
        report.check(say(file, 'no error that was not there before'), errors.length === 0, errors.slice(0, 3).join(' | '));
        report.check(say(file, 'its text'), result.seen[file].text === stock.seen[file].text || js, 'another text');
    }
}
