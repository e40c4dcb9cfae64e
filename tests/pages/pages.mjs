// SPDX-License-Identifier: Apache-2.0
// Real pages through the core. What it gives out is kept in build/tests/pages for the servers to be compared with (with
// filter lists, in build/tests/lists/pages).
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { heldBack, insertionsOf, rewrite, signaturesOn } from "./core.mjs";
import { fetchesOf, scriptsOf } from "./rules.mjs";

// `listed`: a policy with filter lists, to be tried instead, on some of the pages.
const [folder, listed] = process.argv.slice(2);
const LISTED_EVERY = 4;
const build = new URL(`../../build/tests/${listed === undefined ? "" : "lists/"}pages/`, import.meta.url).pathname;
const holdUnknown = new URL("hold-unknown.json", import.meta.url).pathname;
let passed = 0, failed = 0;

function check(name, wrong) {
    if (wrong === null)
        return passed++;
    failed++;
    return console.log(`FAILED ${name}: ${wrong}`);
}

function attempt(name, test) {
    try {
        check(name, test());
    } catch (error) {
        check(name, error.message);
    }
}

// `bytes` without the one occurrence of each piece; null when there is not exactly one.
function without(bytes, pieces) {
    return pieces.reduce((rest, piece) => rest === null ? null : withoutOne(rest, piece), bytes);
}

function withoutOne(bytes, block) {
    const at = bytes.indexOf(block);

    return at < 0 || bytes.indexOf(block, at + 1) >= 0
        ? null : Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + block.length)]);
}

// Was `rest` made from `bytes` by leaving out bytes only?
function isSubsequence(rest, bytes) {
    let at = 0;

    for (let i = 0; i < rest.length; i++, at++) {
        while (at < bytes.length && bytes[at] !== rest[i])
            at++;
        if (at === bytes.length)
            return false;
    }
    return true;
}

const marks = /<iframe data-held="[^"]*" name="held-card-[^>]*><\/iframe>| data-held="[^"]*"(?: name="held-frame-\d+")?(?: srcdoc="[^"]*")?(?: type="text\/plain")?|about:invalid/g;

// `bytes` without the guard that stands in documents of attributes, as often as there are such.
function withoutInner(bytes, guard) {
    const inner = guard.toString().replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

    return Buffer.from(bytes.toString("latin1").replaceAll(inner, ""), "latin1");
}

// Inline scripts that have the signature of a service.
function loadersIn(html, host) {
    const signatures = signaturesOn(host);

    return scriptsOf(html.toString("latin1"))
        .filter((script) => signatures.some((signature) => script.slice(0, 65536).includes(signature)));
}

function testPage(file, host, policy, kind) {
    const name = `${file} (${kind})`, url = `https://${host}/`;
    const input = readFileSync(`${folder}/${file}`), audit = `${build}events.jsonl`;
    const whole = rewrite(input, url, policy, ["--chunk", String(1 << 26), "--audit", audit]);
    const events = readFileSync(audit, "utf8");
    const [guard, block] = insertionsOf(url, policy);
    const one = without(whole, [guard, block]), bare = one && withoutInner(one, guard);

    writeFileSync(`${build}${kind}-${file}`, whole);
    for (const size of policy === null ? [1, 7, 4096] : [4096])
        attempt(`${name}: in chunks of ${size}`, () =>
            rewrite(input, url, policy, ["--chunk", String(size)]).equals(whole) ? null : "other bytes");
    attempt(`${name}: guard and block are in it once`, () => bare !== null ? null : "it is not");
    if (bare === null)
        return;
    attempt(`${name}: nothing but removals and marks`, () => {
        const held = /"[a-z-]*-(held|cut)"/.test(events);

        if (!held)
            return bare.equals(input) ? null : "it differs though nothing was held back";
        return isSubsequence(Buffer.from(bare.toString("latin1").replace(marks, ""), "latin1"), input)
            ? null : "something else was added";
    });
    attempt(`${name}: a second time`, () => {
        const again = rewrite(bare, url, policy);

        return again.equals(whole) ? null : "it changes again";
    });
    for (const scripting of [true, false])
        attempt(`${name}: what it fetches ${scripting ? "with" : "without"} scripting`, () => {
            const held = heldBack(fetchesOf(whole.toString("utf8"), url, scripting), url, policy);

            return held.length === 0 ? null : held.slice(0, 3).map((f) => `${f.where} ${f.url.slice(0, 120)}`).join(", ");
        });
    attempt(`${name}: inline loaders`, () => {
        const unguarded = { ...(policy === null ? {} : JSON.parse(readFileSync(policy))) };
        const file = `${build}unguarded.json`;

        writeFileSync(file, JSON.stringify({ ...unguarded, trackers: { ...unguarded.trackers, guard: false } }));
        const [text] = loadersIn(rewrite(input, url, file), host);

        return text === undefined ? null : text.trim().slice(0, 120);
    });
    attempt(`${name}: inline loaders that are left to the guard`, () => {
        const text = loadersIn(whole, host).find((script) => !/\bfunction\s+[\w$]+\s*\(/.test(script));

        return text === undefined ? null : text.trim().slice(0, 120);
    });
}

mkdirSync(build, { recursive: true });
const pages = readFileSync(`${folder}/HOSTS.tsv`, "utf8").trimEnd().split("\n").slice(1).map((line) => line.split("\t"));
const kinds = listed !== undefined ? [["lists", listed]] : [["default", null], ["hold-unknown", holdUnknown]];
for (const [file, host] of pages.filter((_, i) => listed === undefined || i % LISTED_EVERY === 0))
    for (const [kind, policy] of kinds)
        try {
            testPage(file, host, policy, kind);
        } catch (error) {
            check(`${file} (${kind})`, error.message);
        }
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
