// SPDX-License-Identifier: Apache-2.0
// What filter lists and patterns of the policy say of a URL, asked in the page: a part of the guard's table where the policy has
// any (page/guard.c, policy/filter_script.c). It decides as policy/listed.c and policy/filter_list.c do, by those rules that may
// speak on this page. Rules are searched in the strings in which they come: nothing is read when a page begins.
//
// What is served is lists.min.js, which scripts/minify-asset makes of this.
self.cnilHeld = (function held(table) {
const everyType = 2047, twoTo32 = 2 ** 32;

// ---- hosts: known by the upper 36 bits of a hash (FNV-1a, from the last byte to the first), six letters ----

const letters = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
// [name, key] of the host and of those above it.
const keysOf = (host) => {
    const keys = [];
    let high = 0xcbf29ce4, low = 0x84222325;
    for (let at = host.length; at-- > 0;) {
        low = (low ^ host.charCodeAt(at)) >>> 0;
        const product = low * 435;
        high = (high * 435 + Math.floor(product / twoTo32) + (low << 8 >>> 0)) % twoTo32;
        low = product % twoTo32;
        if (!at || host[at - 1] === '.')
            keys.push([host.slice(at), [high >>> 26, high >>> 20, high >>> 14, high >>> 8, high >>> 2, high << 4 | low >>> 28]
                .map((bits) => letters[bits & 63]).join('')]);
    }
    return keys;
};

// Whole hosts: "abcdefgh ijkl  ": for each beginning of a key, two letters, the other four of each that begins so.
const makeHosts = (text) => {
    let buckets;
    return (key) => {
        buckets = buckets || text.split(' ');
        const bucket = buckets[letters.indexOf(key[0]) * 64 + letters.indexOf(key[1])] || '', rest = key.slice(2);
        let at = bucket.indexOf(rest);
        while (at % 4 > 0)
            at = bucket.indexOf(rest, at + 1);
        return at >= 0;
    };
};

// ---- rules: " key<options<pattern key<...", in order; a key is a word of URLs, or "." and the key of a host, or empty ----

const readRule = (record) => {
    const [, flags, types, set, pattern] = /^([a-z]*)(\d*),?(\d*)<(.*)/.exec(record), has = (flag) => flags.includes(flag);
    return {
        types: +types || everyType, parties: has('a') ? 1 : has('b') ? 2 : 3, left: has('l'), right: has('r'), label: has('d'),
        matchCase: has('c'), side: +has('h'), regex: has('x') && RegExp(pattern, has('c') ? '' : 'i'), set, pieces: pattern.split('*'),
    };
};
const makeRules = (text) => {
    const known = new Map();
    return (key) => {
        let rules = known.get(key);
        if (!rules) {
            const start = ` ${key}<`;
            let from = 0, to = text.length - 1;
            while (from < to) {
                const at = text.lastIndexOf(' ', from + to >> 1);
                if (text.slice(at, at + start.length) < start)
                    from = text.indexOf(' ', at + 1);
                else
                    to = at;
            }
            for (rules = []; text.startsWith(start, from); from = text.indexOf(' ', from + 1))
                rules.push(readRule(text.slice(from + start.length, text.indexOf(' ', from + 1))));
            if (known.size > 9999)
                known.clear();
            known.set(key, rules);
        }
        return rules;
    };
};

// ---- one rule ----

// The place behind `piece`, should it stand at `at`; -1: it does not. "^" is a separator, or the end.
const standsAt = (url, at, piece) => {
    if (!piece.includes('^'))
        return url.startsWith(piece, at) ? at + piece.length : -1;
    for (const byte of piece)
        if (at >= url.length ? byte !== '^' : byte === '^' ? /[\w.%-]/.test(url[at++]) : byte !== url[at++])
            return -1;
    return at;
};
// The place behind the first one from `at` on.
const findPiece = (url, at, piece) => {
    if (!piece.includes('^')) {
        at = url.indexOf(piece, at);
        return at < 0 ? at : at + piece.length;
    }
    for (; at <= url.length; at++) {
        const end = standsAt(url, at, piece);
        if (end >= 0)
            return end;
    }
    return -1;
};
const standsLast = (url, from, piece) => {
    for (let at = Math.max(from, url.length - piece.length); at <= url.length; at++)
        if (standsAt(url, at, piece) === url.length)
            return true;
    return false;
};
// What follows the first piece, which ends at `at`: behind a "*" the first place is the best one.
const followsAt = (url, at, { pieces, right }) => {
    for (let i = 1; i < pieces.length && at >= 0; i++) {
        if (right && i === pieces.length - 1)
            return standsLast(url, at, pieces[i]);
        at = findPiece(url, at, pieces[i]);
    }
    return at >= 0 && (!right || at === url.length);
};
const matches = (rule, request, ofHost) => {
    const url = rule.matchCase ? request.url : request.lower, first = rule.pieces[0];
    const matchesAt = (at) => followsAt(url, standsAt(url, at, first), rule);
    if (rule.regex)
        return rule.regex.test(request.url);
    if (ofHost || rule.left)
        return matchesAt(ofHost ? request.hostEnd : 0);
    if (!rule.label)
        return rule.right && rule.pieces.length === 1 ? standsLast(url, 0, first) : followsAt(url, findPiece(url, 0, first), rule);
    for (let at = request.host; at < request.hostEnd; at++)
        if ((at === request.host || url[at - 1] === '.') && matchesAt(at))
            return true;
    return false;
};
// Sets of hosts: [those that are not meant, those that are], keys without anything between them.
const holds = (keys, list) => list.some(([, key]) => {
    let at = keys.indexOf(key);
    while (at % 6 > 0)
        at = keys.indexOf(key, at + 1);
    return at >= 0;
});
const isMeant = ([not, only], { keys }) => {
    return !holds(not, keys.slice(0, 12)) && (!only || holds(only, keys.slice(0, 12)));
};

// ---- a question to one list: for what types do rules speak, [of those that wait for consent, of those that do not] ----

const search = (request, { sets }, rules, hosts, ofHosts, ofPatterns, spares) => {
    const found = [0, 0];
    const tryRules = (key, name) => {
        for (const rule of rules(key))
            if (rule.types & ~found[rule.side] && rule.parties & (request.third ? 2 : 1) &&
                !(name && spares && !rule.pieces.join() && isSpared(request, name)) &&
                matches(rule, request, name) && isMeant(sets[rule.set] || ['', ''], request))
                found[rule.side] |= rule.types;
    };
    for (const [name, key] of ofHosts ? request.keys : []) {
        hosts.forEach((has, i) => { // any party and third party, first those that wait
            if (found[i >> 1] < everyType && (request.third || (!(i & 1) && !isSpared(request, name))) && has(key))
                found[i >> 1] = everyType;
        });
        tryRules('.' + key, name);
    }
    if (ofPatterns)
        ['', ...request.words].forEach((word) => tryRules(word));
    return found;
};
// A rule for all of a host says nothing on that host's own pages.
const isSpared = ({ third }, name) => !third && `.${table.page}`.endsWith('.' + name);

const lists = table.lists.map((list) => ({ ...list, hosts: list.hosts.map(makeHosts), rules: list.rules.map(makeRules) }));
const none = [0, 0];
// The rounds of asking, each [rules that hold back, exceptions, rules that no exception touches].
const roundsOf = (list, request) =>
    (request.third ? [[1, 1]] : list.own ? [[1, 0], [0, 1]] : [[1, 0]]).map(([ofHosts, ofPatterns]) => {
        const block = search(request, list, list.rules[0], list.hosts, ofHosts, ofPatterns, true);
        const except = block[0] | block[1] ? search(request, list, list.rules[1], [], 1, 1, false) : none;
        return [block, except, except[0] | except[1] ? search(request, list, list.rules[2], [], ofHosts, ofPatterns, true) : none];
    });

// ---- what a URL would be ----

const uses = [
    [2 + 4 + 8, /url\(|image-set\(/i], [4, /^@import/i], [1, /^(script|importScripts|addModule)$|^(import|from)\b/], [1 + 1024, /^(Shared)?Worker$/],
    [2, /^[\s,]*(img|image|feImage|use|input|body|table|tbody|td|tfoot|th|thead|tr)$/], [2 + 16, /^[\s,]*(video|audio|source|track|Audio)$/],
    [64, /^(i?frame|embed)$/], [32 + 64, /^object$/], [128, /^(fetch|Request|open)$/], [128 + 1024, /^EventSource$/],
    [256, /^[\s,]*(a|area|sendBeacon|fetchLater)$/], [512, /^WebSocket$/],
];
// What cannot be told is asked as each of all types.
const typesOf = (use) => (uses.find(([, pattern]) => pattern.test(use)) || [everyType])[0];

// ---- the answer: 2 it is held back, 1 it passes, 0 nothing is said ----

const own = { __proto__: null };
const isOwn = (host) => host in own ? own[host]
    : (own[host] = host === table.site || keysOf(host).some(([name]) => table.hosts[3].includes(` ${name}/`)));
const patterns = table.patterns.map(([source, flags, side]) => [RegExp(source, flags), side]);
// What is said of the URL, whatever it would be: the answer of a pattern, or the rounds of each list.
const read = (url, third) => {
    const pattern = patterns.find(([code]) => code.test(url.href));
    if (pattern)
        return 2 - pattern[1];
    const name = url.hostname.replace(/\.$/, ''), href = url.href.split('#')[0];
    const start = href.indexOf('//') + 2, host = start + href.slice(start, href.indexOf('/', start)).lastIndexOf('@') + 1;
    const request = {
        third, url: href, lower: href.toLowerCase(), host, hostEnd: host + url.hostname.length, keys: keysOf(name),
    };
    request.words = new Set(request.lower.match(/[a-z0-9]+/g));
    return lists.map((list) => roundsOf(list, request));
};
const readings = new Map();
const ask = (url, use, third) => {
    const { href } = url;
    if (isOwn(url.hostname.replace(/\.$/, '')) === third)
        return 0;
    if (!readings.has(href)) {
        if (readings.size > 2999)
            readings.clear();
        readings.set(href, read(url, third));
    }
    const reading = readings.get(href), types = typesOf(use), said = [];
    if (!reading.map)
        return reading;
    for (let type = 1; type < everyType; type *= 2)
        if (type & types) {
            const speaks = (found) => (found[0] | found[1]) & type;
            said.push(Math.max(0, ...reading.map((rounds) => {
                const [block, except, important] = rounds.find(([found]) => speaks(found)) || [none, none, none];
                const found = !speaks(except) ? block : speaks(important) ? important : none;
                return found[0] & type ? 2 : found[1] & type ? 1 : 0;
            })));
        }
    // held back where it is as one of the types; of a type of which nothing is said others decide
    return said.includes(2) ? 2 : Math.min(...said);
};
const question = (third) => [[(url, use) => ask(url, use, third) === 2], [(url, use) => ask(url, use, third) === 1, '']];
const { hosts } = table;
// After what the policy declares they are asked of the site's own URLs, which nothing else holds back, and of others' after the
// catalogue.
return {
    ...table,
    hosts: [
        ...hosts.slice(0, 3), [...question(false), [({ hostname }) => hostname.replace(/\.$/, '') === table.site, '']],
        ...hosts.slice(3, 5), question(true), ...hosts.slice(5),
    ],
    toString: () => `(${held})(${JSON.stringify(table)})`,
};
})(self.cnilHeld);
