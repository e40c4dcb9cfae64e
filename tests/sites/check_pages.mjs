// SPDX-License-Identifier: Apache-2.0
// Real pages: what leaves the browser before a choice, after a refusal and after a withdrawal; that after an acceptance it
// is what it is without us; that text, layout and code of a page are what they are without us.

import { namesAhead } from './check_vectors.mjs';
import { isKnownName, judge } from './judge.mjs';
import { leaks, tour } from './pages.mjs';
import { oneOf, someOf } from './turns.mjs';

const SHARE = 4; // of what is not asked of every page each time, a page has its turn in one of so many

const turns = (pages, what, share = SHARE) => someOf(pages, what, share, ({ file }) => file);

// What a request is, without what changes from visit to visit, and without its scheme: HSTS turns http into https.
function shape(url) {
    const { host, pathname } = new URL(url);

    return `//${host.replace(/\d+/g, '0')}${pathname.replace(/[0-9a-f]{8,}|\d+/gi, '0')}`;
}

// Icons are asked for now and then: that a page names them must do.
function shapes({ asked }, icons) {
    return new Set(asked.filter(({ url }) => !url.includes('/_privacy/') && !url.endsWith('.ico') && !icons.includes(url)).map(({ url }) => shape(url)));
}

const isLeak = { balanced: (answer) => answer.before === 'hold', strict: (answer) => answer.party === 'third' };

const isListed = ({ rule }) => rule.startsWith('list ');

export async function checkPages(ground, report, pages) {
    const stock = { true: await tour(ground, { place: 'stock', pages, look: true }), false: await tour(ground, { place: 'stock', javaScript: false, pages, look: true }) };

    for (const js of [true, false]) {
        const made = leaks(stock[js], pages, ground.policies.strict, isLeak.strict);
        const known = leaks(stock[js], pages, ground.policies.balanced, isLeak.balanced);

        report.check(`stock, JavaScript ${js}: third parties are called`, made.filter(({ what }) => what === 'request').length > 2 * pages.length);
        report.tell(`stock, JavaScript ${js}: ${made.length} third-party addresses called by ${new Set(made.flatMap((one) => one.pages)).size} of ${pages.length} pages, ${known.length} of them known trackers'`);
        if (process.env.LISTS)
            report.check(`stock, JavaScript ${js}: hosts are called that the lists alone know`, known.some(({ answer }) => isListed(answer)));
        checkStored(ground, report, stock[js], pages, `stock, JavaScript ${js}`);
    }

    for (const preset of ['balanced', 'strict'])
        for (const server of ['nginx', 'apache'])
            for (const state of ['none', 'refused', 'withdrawn'])
                for (const js of [true, false]) {
                    const place = `${server}-${preset}`;
                    const always = server === 'nginx' && state === 'none';
                    const some = report.full || always ? pages : turns(pages, `${place} ${state}`);

                    if ((report.full || always || js === oneOf([true, false], `${place} ${state}`)) && report.wants(`${place}, ${state}, JavaScript ${js}`))
                        await checkHeld(ground, report, stock, { place, preset, js, state, pages: some });
                }
    for (const place of ['nginx-balanced', 'apache-balanced', 'nginx-strict', 'apache-strict'])
        for (const js of [true, false]) {
            const always = place === 'nginx-balanced';
            const some = report.full ? pages : turns(pages, `${place} accepted`, always && js ? 2 : SHARE);

            if ((report.full || always || js === oneOf([true, false], place)) && report.wants(`${place}, accepted, JavaScript ${js}`))
                await checkAccepted(ground, report, stock[js], { place, js, pages: some });
        }
}

// By host of a site: names of cookies in `jar` that the catalogue knows.
function knownIn(ground, jar, pages) {
    const hosts = new Set(pages.map(({ host }) => host));
    const known = new Map([...hosts].map((host) => [host, new Set()]));

    for (const { name, domain } of jar)
        for (const host of hosts)
            if ((host === domain || (domain.startsWith('.') && `.${host}`.endsWith(domain))) && isKnownName(name))
                known.get(host).add(name);
    return known;
}

// What scripts of others left in the storage of a page: the scripts' addresses.
const notesIn = ({ stored }) => stored.filter((key) => key.startsWith('sink ')).map((key) => key.slice('sink '.length));

// What is later seen to be absent: without us it is there.
function checkStored(ground, report, { javaScript, seen, heard, jar }, pages, where) {
    const known = [...knownIn(ground, jar, pages).values()];

    report.check(`${where}: every site's _ga is kept`, known.every((names) => names.has('_ga')), `${known.filter((names) => !names.has('_ga')).length} have none`);
    if (!javaScript)
        return;
    report.check(`${where}: scripts of others keep cookies, for the host and for all of the site`,
        ['_fbp', '_gcl_au'].every((name) => known.filter((names) => names.has(name)).length > pages.length / 4));
    const notes = pages.flatMap((page) => notesIn(seen[page.file]).map((url) => ({ url, page: page.url, dest: 'script' })));
    const waiting = judge(notes, ground.policies.balanced).filter(({ before }) => before === 'hold');

    report.check(`${where}: known trackers keep something in the storage`, waiting.length > pages.length / 4, `${waiting.length} of ${notes.length}`);
    report.check(`${where}: there are datagrams`, heard.datagrams > 0);
}

async function checkHeld(ground, report, stocks, { place, preset, js, state, pages }) {
    const stock = stocks[js];
    const result = await tour(ground, { place, state, javaScript: js, pages, look: true });
    const say = (file, sentence) => `${place}, ${state}, JavaScript ${js}: ${file}: ${sentence}`;
    const isAhead = ({ what, sure }) => state === 'withdrawn' && what === 'name' && !sure;
    const all = leaks(result, pages, ground.policies[preset], isLeak[preset]);
    const from = all.filter((one) => !isAhead(one)), ahead = all.filter(isAhead);

    if (ahead.length > 0)
        report.skip(say('all pages', brief(ahead.map(({ url }) => url))), namesAhead);
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
    if (state !== 'withdrawn') // those of the pages of before go on for a while
        report.check(say('all pages', preset === 'strict' ? 'no datagram' : 'no datagram of a known tracker'), result.heard.datagrams === 0, `${result.heard.datagrams}`);
    checkKept(ground, report, stock, result, pages, preset, say);
    const differences = await differencesOf(ground, stocks, result, pages, preset);

    for (const { file } of pages) {
        const { errors, lost, text, moved } = differences[file];

        report.check(say(file, 'no error that was not there before'), errors.length === 0, errors.slice(0, 3).join(' | '));
        report.check(say(file, 'asks for the rest as without us'), lost.length === 0, `${lost.length} missing: ${brief(lost)}`);
        if (js)
            continue;
        report.check(say(file, 'its text'), text.length === 0);
        if (preset === 'balanced')
            report.check(say(file, 'its layout'), moved.length === 0, `${moved.length} of ${Object.keys(result.seen[file].boxes).length}: ${moved.slice(0, 2).join(', ')}`);
    }
    report.tell(`${place}, ${state}, JavaScript ${js}: ${pages.length} pages, ${from.length} addresses called that must not be`);
}

// Cookies and storage: nothing of what must wait, and something that a withdrawal took away.
function checkKept(ground, report, stock, result, pages, preset, say) {
    const { place, state, javaScript: js } = result;
    const mustWait = ({ name }) => preset === 'strict' ? !['panier', 'eu-consent'].includes(name) : isKnownName(name);
    const kept = result.jar.filter((one) => ground.net.siteOf(one.domain) !== undefined && mustWait(one));

    report.check(say('all pages', 'no cookie of the sites that must wait'), kept.length === 0, `${kept.length}: ${kept.slice(0, 3).map(({ name, domain }) => `${name} of ${domain}`).join(', ')}`);
    for (const { name, domain } of kept)
        report.leak('cookie', place, state, `js=${js}`, domain, name);
    if (state === 'withdrawn')
        checkGiven(ground, report, stock, result.given, pages, (sentence) => say('before the withdrawal', sentence));
    const notes = pages.flatMap((page) => notesIn(result.seen[page.file]).map((url) => ({ url, page: page.url, dest: 'script' })));
    const answers = judge(notes, ground.policies[preset]);
    const waiting = notes.filter((_, i) => isLeak[preset](answers[i]));

    report.check(say('all pages', 'nothing in the storage that must wait'), waiting.length === 0, `${waiting.length}: ${brief(waiting.map(({ url }) => url))}`);
}

// The cookies that a visitor who accepts gets: of the header every one, of scripts some, when there are any without us.
function checkGiven(ground, report, stock, jar, pages, say) {
    const [given, without] = [knownIn(ground, jar, pages), knownIn(ground, stock.jar, pages)];
    const hosts = (known, name) => [...known].filter(([, names]) => names.has(name)).map(([host]) => host);

    report.check(say('every site keeps its _ga'), hosts(given, '_ga').length === given.size, `${hosts(given, '_ga').length} of ${given.size}`);
    for (const name of ['_fbp', '_gcl_au'])
        report.check(say(`scripts of others keep ${name}`), hosts(without, name).length === 0 || hosts(given, name).length > 0);
}

const brief = (urls) => urls.slice(0, 3).map((url) => url.slice(0, 100)).join(' ');

// By file: how a page differs from itself without us. What differs is looked at twice: a tab is left after some time, and on
// a busy machine some things come later.
async function differencesOf(ground, stocks, result, pages, preset) {
    const { place, state, javaScript } = result;
    const stock = stocks[javaScript];
    const differ = (before, after, page) => {
        const [then, now] = [before.seen[page.file], after.seen[page.file]];
        const lost = lostIn(then, now, page, ground.policies[preset]);
        const byMarkup = shapes(stocks[!javaScript].seen[page.file], []);
        const mixed = shapes({ asked: then.asked.filter(({ url, type }) => url.startsWith('http:') && !['image', 'media'].includes(type)) }, []);
        const isMarkups = (url) => !mixed.has(shape(url)) && (!javaScript || byMarkup.has(shape(url)));

        return {
            // Under `strict` third parties' scripts, pictures and style sheets are not there: what no script of the page makes must
            // be. Over http there is no such thing in an https page, but for this browser, which was told so.
            errors: [...new Set(preset === 'strict' ? now.grave : now.errors)].filter((one) => !then.errors.includes(one)),
            lost: preset === 'strict' ? lost.filter(isMarkups) : lost,
            text: javaScript || now.text === then.text ? [] : ['another text'],
            // filter lists have pictures between the paragraphs wait
            moved: javaScript || preset === 'strict' || process.env.LISTS ? [] : movedIn(then.boxes, now.boxes),
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

        return {
            missing: [...then].filter((one) => !now.has(one)), more: [...now].filter((one) => !then.has(one)),
            errors: [...new Set(with_.errors)].filter((one) => !without.errors.includes(one)),
            text: with_.text === without.text ? [] : ['another text'], boxes: changedIn(without.boxes, with_.boxes),
        };
    };
    const differs = (difference) => Object.values(difference).some((list) => list.length > 0);
    const found = new Map(pages.map(({ file }) => [file, differ(result.seen[file], stock.seen[file])]));
    const doubtful = pages.filter(({ file }) => differs(found.get(file)));

    if (doubtful.length > 0) { // what does not come with every visit is no difference of ours
        const without = await tour(ground, { place: 'stock', javaScript: js, pages: doubtful, look: true });
        const again = await tour(ground, { place, state: 'accepted', javaScript: js, pages: doubtful, look: true });

        for (const { file } of doubtful) {
            const second = differ(again.seen[file], without.seen[file]);
            const visits = differ(without.seen[file], stock.seen[file]); // two without us

            for (const [what, list] of Object.entries(found.get(file)))
                found.get(file)[what] = list.filter((one) => second[what].includes(one) && !visits[what].includes(one));
        }
    }
    for (const { file } of pages) {
        const { missing, more, errors, text, boxes } = found.get(file);

        report.check(say(file, 'is there'), result.seen[file].failure === undefined, result.seen[file].failure);
        report.check(say(file, 'asks for what it asks for without us'), missing.length + more.length === 0,
            `${missing.length} missing ${missing.slice(0, 2).join(' ')}, ${more.length} more ${more.slice(0, 2).join(' ')}`);
        report.check(say(file, 'no error that was not there before'), errors.length === 0, errors.slice(0, 3).join(' | '));
        report.check(say(file, 'its text'), text.length === 0);
        report.check(say(file, 'its layout'), boxes.length === 0, `${boxes.length} of ${Object.keys(result.seen[file].boxes ?? {}).length}: ${boxes.slice(0, 2).map((key) => key.slice(-60)).join(', ')}`);
    }
    checkGiven(ground, report, stock, result.jar, pages, (sentence) => say('all pages', sentence));
    report.tell(`${place}, accepted, JavaScript ${js}: ${pages.length} pages, ${doubtful.length} of them visited twice`);
}

// Elements that are not where and as they were, are gone or new, or still held back.
function changedIn(before = {}, after = {}) {
    const near = (one, other) => other !== undefined && one.every((length, i) => Math.abs(length - other[i]) <= 1);

    return [...Object.keys(after).filter((key) => !near(after[key], before[key])), ...Object.keys(before).filter((key) => !(key in after))];
}
