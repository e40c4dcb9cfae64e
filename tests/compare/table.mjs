// SPDX-License-Identifier: Apache-2.0
// The rows of docs/COMPARISON.md: what each says of a manager's measures, and how good that is (more is better), so that the suite
// knows on which rows somebody is ahead of us.

import { cookies, LOADED } from './site.mjs';

const yes = (holds, then = '') => (holds ? `yes${then}` : `no${then}`);
const list = (names) => (names.length === 0 ? '0' : `${names.length} (${names.join(', ')})`);
const same = ([a, b]) => a !== null && b !== null && Object.keys(a).every((key) => a[key] === b[key]);

const OFFICIAL = 'bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv'.split(' ');
const official = (m) => OFFICIAL.filter((language) => m.languages.includes(language)).length;

// How two buttons differ, in words.
function differ([a, b]) {
    if (b === null)
        return 'refusing has no button';
    const words = [];
    if (a.width !== b.width || a.height !== b.height)
        words.push(`${a.width}×${a.height} and ${b.width}×${b.height} px`);
    if (a.background !== b.background || a.colour !== b.colour || a.border !== b.border)
        words.push('other colours');
    if (a.size !== b.size || a.weight !== b.weight)
        words.push('other letters');
    return words.join(', ');
}

// Bytes of the pinned packages stand there as they are; our own, which every release changes a little, as what they stay below.
const kilobytes = (bytes, isOurs) => (isOurs ? `less than ${Math.ceil(bytes / 1024)} KiB` : `${bytes.toLocaleString('en')} bytes`);

export const groups = [
    ['Banner, panel and choice: what a page carries for them', [
        ['HTML, CSS, scripts, gzip', (m) => kilobytes(m.choice.gzip, m.isOurs), (m) => -m.choice.gzip],
        ['the same, brotli', (m) => kilobytes(m.choice.brotli, m.isOurs), (m) => -m.choice.brotli],
        ['JavaScript without which nobody can choose, gzip', (m) => (m.isOurs ? '0 bytes' : kilobytes(m.script.gzip)), (m) => (m.isOurs ? 0 : -m.script.gzip)],
        ['files', (m) => String(m.choice.files), (m) => -m.choice.files],
        ['where none of these files arrives, a visitor is asked and can choose', (m) => yes(m.bare), (m) => Number(m.bare)],
        ['requests that block rendering', (m) => String(m.choice.blocking), (m) => -m.choice.blocking],
        ['layout shift (CLS) of the banner', (m) => (m.before.shifts === 0 ? '0' : m.before.shifts.toFixed(3)), (m) => -m.before.shifts],
    ]],
    ['What stops trackers that other scripts load at run time', [
        ['a tracker that a script of the site loads is called before a choice, page as it was written', (m) => yes(m.unmarked.late), (m) => -Number(m.unmarked.late)],
        ['what stops it, gzip', (m) => (m.guard === null ? 'nothing does' : kilobytes(m.guard.gzip, m.isOurs)), null],
        ['files', (m) => (m.guard === null ? '–' : String(m.guard.files)), null],
        ['requests that block rendering', (m) => (m.guard === null ? '–' : String(m.guard.blocking)), null],
    ], (us) => `A page with both carries ${us.weight.files} files of ours, ${kilobytes(us.weight.gzip, true)} with gzip; ${us.weight.blocking} of them block rendering. ` +
        'A page of the others carries what the first table says.'],
    ['Before a choice', [
        [`trackers called by pages marked up as it asks (of ${LOADED.length})`, (m) => String(m.before.called), (m) => -m.before.called],
        [`trackers called by pages as their author wrote them (of ${LOADED.length})`, (m) => String(m.unmarked.called), (m) => -m.unmarked.called],
        [`trackers’ cookies that the site’s server sets, stored (of ${cookies.length})`, (m) => String(m.before.stored), (m) => -m.before.stored],
    ]],
    ['JavaScript off', [
        ['the visitor is asked', (m) => yes(m.off.asks), (m) => Number(m.off.asks)],
        ['and can choose', (m) => yes(m.off.chosen), (m) => Number(m.off.chosen)],
        ['requests to trackers, page marked up', (m) => String(m.off.marked), (m) => -m.off.marked],
        ['requests to trackers, page as it was written', (m) => String(m.off.unmarked), (m) => -m.off.unmarked],
    ]],
    ['The choice', [
        ['clicks to refuse', (m) => (m.before.kept ? '1' : 'more'), (m) => Number(m.before.kept)],
        ['both buttons have one size, colour and weight', (m) => (same(m.buttons) ? 'yes' : `no: ${differ(m.buttons)}`), (m) => Number(same(m.buttons))],
        ['the owner’s configuration can make refusing harder', (m) => m.harder, (m) => Number(m.harder.startsWith('no'))],
        ['days that yes is kept, and no', (m) => `${m.story.days} and ${m.before.days}`, (m) => Number(m.story.days <= 190 && m.before.days === m.story.days)],
        ['`Sec-GPC: 1` is a refusal', (m) => yes(!m.signal.asks, m.signal.asks ? ': asks all the same' : ': no banner'), (m) => Number(!m.signal.asks)],
        ['the site has a record of the choice', (m) => (m.proof === null ? 'no: nothing is sent' : m.proof), (m) => Number(m.proof !== null)],
        ['what was accepted comes without loading the page again, page marked up as it asks', (m) => yes(!(m.marked ?? m.story).reloads, m.marked ? ': `"activation": "in-place"`' : ''), (m) => Number(!(m.marked ?? m.story).reloads)],
    ]],
    ['Withdrawal', [
        ['a control on every page comes with it', (m) => yes(m.control, m.control ? '' : ': the site’s own link'), (m) => Number(m.control)],
        ['clicks, until the page is free again', (m) => String(m.story.clicks), (m) => -m.story.clicks],
        ['a tracker that runs in the open page goes on', (m) => yes(m.story.goesOn), (m) => -Number(m.story.goesOn)],
        ['trackers called by the next page', (m) => String(m.story.next), (m) => -m.story.next],
        ...cookies.map(({ kind }) => [`cookie ${kind}: gone from the jar`, (m) => yes(!m.story.left.includes(kind)), (m) => Number(!m.story.left.includes(kind))]),
        ['trackers’ cookies are still sent to the site', (m) => yes(m.story.sent), (m) => -Number(m.story.sent)],
        [`stored again when the server sets them again (of ${cookies.length})`, (m) => String(m.story.again), (m) => -m.story.again],
    ]],
    ['Accessibility', [
        ['rules of axe-core that the banner breaks', (m) => list(m.before.violations), (m) => -m.before.violations.length],
        ['rules of axe-core that the panel breaks', (m) => list(m.unmarked.violations), (m) => -m.unmarked.violations.length],
        ['takes the focus when the page opens', (m) => yes(m.before.steals), (m) => -Number(m.before.steals)],
        ['covers the middle of the page', (m) => yes(m.before.covers), (m) => -Number(m.before.covers)],
        ['Tab reaches « refuse » after', (m) => (m.before.tabs === null ? 'never' : `${m.before.tabs} ${m.before.tabs === 1 ? 'press' : 'presses'}`), (m) => (m.before.tabs === null ? -99 : -m.before.tabs)],
    ]],
    ['What comes with it', [
        ['official languages of the European Union (of 24)', (m) => String(official(m)), official],
        ['languages, all', (m) => (m.languages.length === 0 ? '0: the site writes the texts' : String(m.languages.length)), (m) => m.languages.length],
        ['services that it knows by name', (m) => String(m.isOurs ? `more than ${Math.floor(m.services / 50) * 50}` : m.services), (m) => m.services],
    ]],
];

// Does a line of the document hold of what is measured? As it is written; what we stay below may be written a little higher.
export function holds(written, measured) {
    const bound = /less than ([0-9]+) KiB/g;
    const [claims, facts] = [written, measured].map((line) => [...(line ?? '').matchAll(bound)].map(([, number]) => Number(number)));
    return written?.replace(bound, '') === measured?.replace(bound, '') && claims.length === facts.length && claims.every((claim, i) => claim >= facts[i] && claim <= facts[i] + 2);
}

// Rows on which another manager is ahead of us: [row, who].
export function behind(us, others) {
    return groups.flatMap(([, rows]) => rows).filter(([, , score]) => score !== null)
        .map(([row, , score]) => [row, others.filter((other) => score(other) > score(us)).map(({ name }) => name)]).filter(([, names]) => names.length > 0);
}

export function table(us, others) {
    const all = [us, ...others];
    const line = (cells) => `| ${cells.join(' | ')} |`;
    const head = [line(['', ...all.map(({ name, version }) => (version ? `${name} ${version}` : name))]), line(['---', ...all.map(() => '---')])];
    return groups.map(([title, rows, note]) => [`### ${title}`, '', ...head, ...rows.map(([row, text]) => line([row, ...all.map(text)])), ...(note ? ['', note(us)] : [])].join('\n')).join('\n\n');
}
