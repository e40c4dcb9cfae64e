// SPDX-License-Identifier: Apache-2.0
// What the guard in a page holds back against what the server does, with the same lists and policies: the guard's own code
// (guard.js) asks the table that the server makes for the page, the server is asked of the same URL as each type that it may
// be. Arguments: the folder with easyprivacy.txt and easylist.txt, the compiled file, the folder of real pages ("" when there is
// none).
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import vm from "node:vm";
import { gzipSync } from "node:zlib";
import { nearMiss, questionOf, realQuestions } from "./urls.mjs";

const [lists, image, pages] = process.argv.slice(2);
const program = new URL("../../build/list-table", import.meta.url).pathname;
const assets = new URL("../../common/page/assets/", import.meta.url).pathname;
const folder = mkdtempSync(`${tmpdir()}/cnil-lists-`);
const PAGES = 30, ASKED = 12000; // of made-up questions: a table each; of one page
let passed = 0, failed = 0, skipped = 0;

function check(name, good) {
    if (good)
        return passed++;
    failed++;
    return console.log(`FAILED ${name}`);
}

// What a page does, and the types of which one is enough for a rule to count.
const everyType = ["script", "image", "style", "font", "media", "object", "frame", "xhr", "ping", "websocket", "other"];
const uses = {
    script: ["script", ["script"]], image: ["img", ["image"]], style: ["@import \"", ["style"]], frame: ["iframe", ["frame"]],
    xhr: ["fetch", ["xhr"]], ping: ["sendBeacon", ["ping"]], websocket: ["WebSocket", ["websocket"]], media: ["video", ["media", "image"]],
    font: ["url(", ["font", "image", "style"]], object: ["object", ["object", "frame"]], other: [undefined, everyType],
};

// The guard's own question, as it stands in its source, and the pages' tables with the script that is in them.
const source = readFileSync(`${assets}/guard.js`, "utf8");
const part = source.slice(source.indexOf("// ---- who is held back ----"), source.indexOf("// ---- values that carry addresses"));
const makeIsHeld = vm.runInThisContext(`((table, self, document) => { ${part} return isHeld; })`);
check("the guard's question is where it was", part.includes("const isHeld = "));

function run(policy, choice, lines) {
    const done = spawnSync(program, [policy, choice], { input: lines.map((line) => `${line}\n`).join(""), maxBuffer: 1 << 30 });

    if (done.status !== 0)
        throw new Error(`the program ended with ${done.status}: ${done.stderr}`);
    return done.stdout;
}

function* tablesOf(policy, choice, list) {
    for (let i = 0; i < list.length; i += 20) {
        let out = run(policy, choice, list.slice(i, i + 20));

        for (const page of list.slice(i, i + 20)) {
            const line = out.indexOf("\n"), end = line + 1 + Number(out.subarray(0, line));
            const self = {};

            vm.runInThisContext(`(function (self) { ${out.subarray(line + 1, end).toString().split("for (const stub of ")[0]} })`)(self);
            yield [page, self.cnilHeld];
            out = out.subarray(end);
        }
    }
}

function compare(kind, config, choice, questions) {
    const policy = `${folder}/policy.json`, byPage = new Map();
    const lines = questions.flatMap(({ page, type, url }) => uses[type][1].map((one) => `${page}\t${one}\t${url}`));
    let held = 0, asked = 0;
    const wrong = [];

    writeFileSync(policy, JSON.stringify(config));
    const answers = run(policy, choice, lines).toString().trimEnd().split("\n").map((line) => line.split("\t"));
    check(`${kind}: every question is answered`, answers.length === lines.length);
    for (const question of questions) {
        const count = uses[question.type][1].length;
        const all = answers.slice(asked, asked + count);

        asked += count;
        question.server = all.some(([answer]) => answer === "held");
        question.rule = all.map(([, rule]) => rule).join(" | ");
        held += question.server;
        byPage.set(question.page, [...byPage.get(question.page) ?? [], question]);
    }
    for (const [page, table] of tablesOf(policy, choice, [...byPage.keys()])) {
        const isHeld = makeIsHeld(table, { location: page }, undefined);
        const again = makeIsHeld(vm.runInThisContext(String(table)), { location: page }, undefined);

        for (const question of byPage.get(page)) {
            const guard = isHeld(question.url, uses[question.type][0]);

            if (guard !== question.server)
                wrong.push({ guard, ...question });
            if (question === byPage.get(page)[0] && again(question.url, uses[question.type][0]) !== guard)
                wrong.push({ worker: true, ...question });
        }
    }
    if (questions.length > 1000 || wrong.length > 0)
        console.log(`${kind}: ${questions.length} URLs on ${byPage.size} pages, ${held} held back, ${wrong.length} otherwise in the page`);
    check(kind, wrong.length === 0);
    for (const one of wrong.slice(0, 20))
        console.log(`  ${JSON.stringify(one)}`);
}

// What a visitor's browser fetches, compressed as the server does (web/gzip.c). docs/LISTS.md has these numbers.
function weigh(name, text) {
    const bytes = Buffer.from(text), compressed = gzipSync(bytes, { level: bytes.length < 256 * 1024 ? 6 : 4, memLevel: 9 });

    console.log(`weight of ${name}: ${bytes.length} bytes, ${compressed.length} compressed`);
    return [bytes.length, compressed.length];
}

function tableWith(names) {
    const policy = `${folder}/policy.json`, file = `${folder}/weighed.cnil`, page = "https://www.shop.fr/";
    const built = spawnSync(new URL("../../build/cnil", import.meta.url).pathname, ["lists", "build", ...names.map((name) => `${lists}/${name}.txt`), "-o", file]);

    if (names.length > 0 && built.status !== 0)
        throw new Error(built.stderr);
    writeFileSync(policy, JSON.stringify(names.length === 0 ? {} : { trackers: { lists: [{ file, purposes: Object.fromEntries(names.map((name) => [name, "advertising"])) }] } }));
    const out = run(policy, "none", [page]);
    return out.subarray(out.indexOf("\n") + 1).toString();
}

const texts = ["easyprivacy", "easylist"].map((name) => readFileSync(`${lists}/${name}.txt`, "utf8"));
const made = texts.flatMap((text) => text.split("\n").map((line) => line.trim()))
    .filter((line) => line !== "" && !/^[![]|#@?[?$%]?#|##/.test(line)).map(questionOf).filter((question) => question !== null);
const near = made.map(nearMiss).filter((question) => question !== null);

// All that are asked of one page, and of others' pages as many as PAGES.
function sample(questions) {
    const step = (list, count) => list.filter((_, i) => i % Math.max(1, Math.floor(list.length / count)) === 0).slice(0, count);
    const common = questions.filter(({ page }) => page === "https://www.page.example/");
    const others = new Map(questions.filter(({ page }) => page !== "https://www.page.example/").map(({ page }) => [page, []]));
    const kept = new Set(step([...others.keys()], PAGES));

    return [...step(common, ASKED), ...questions.filter(({ page }) => kept.has(page))];
}

// The cases of the engine's unit test: rules of every kind, expressions among them, some lists at a time in one.
function* oddCases() {
    const text = readFileSync(new URL("../unit/policy/test_filter_list.c", import.meta.url), "utf8");
    const cases = [...text.matchAll(/\{ ("(?:[^"\\]|\\.)*"),\s*(PAGE|"[^"]*"),\s*("(?:[^"\\]|\\.)*"),\s*CNIL_FILTER_([A-Z]+),/g)]
        .map(([, rules, page, url, type]) => ({ rules: JSON.parse(rules), page: page === "PAGE" ? "https://www.shop.fr/" : JSON.parse(page), url: JSON.parse(url), type: type.toLowerCase() }))
        .filter(({ type }) => type in uses);

    check("the unit test's cases are found", cases.length > 100);
    for (let i = 0; i < cases.length; i += 5) {
        const part = cases.slice(i, i + 5);

        writeFileSync(`${folder}/odd.txt`, [...new Set(part.flatMap(({ rules }) => rules.split("\n")))].join("\n"));
        const built = spawnSync(new URL("../../build/cnil", import.meta.url).pathname, ["lists", "build", `${folder}/odd.txt`, "-o", `${folder}/odd.cnil`]);
        if (built.status !== 0)
            throw new Error(built.stderr);
        yield part.flatMap(({ page, type }) => part.map(({ url }) => ({ page, type, url: new URL(url, page).href })));
    }
}

const both = (more) => [{ file: image, purposes: { easyprivacy: "audience", easylist: "advertising" }, ...more }];
try {
    const [, ...told] = readFileSync(new URL("../../docs/LISTS.md", import.meta.url), "utf8").match(/^\| the table without lists \| (\d+) KB \| (\d+) KB \|$/m) ?? [];
    check("docs/LISTS.md says what the table weighs, within a tenth", told.length === 2 && weigh("the table without lists", tableWith([]))
        .every((bytes, i) => Math.abs(told[i] * 1000 / bytes - 1) < 0.1));
    weigh("the table with EasyPrivacy", tableWith(["easyprivacy"]));
    weigh("the table with EasyList", tableWith(["easylist"]));
    weigh("the table with both", tableWith(["easyprivacy", "easylist"]));
    const real = pages ? realQuestions(pages) : [];

    if (pages) {
        compare("real URLs", { trackers: { lists: both() } }, "none", real);
        compare("real URLs, audience granted", { trackers: { lists: both() } }, "audience", real);
        compare("real URLs, hold and exceptions off", { trackers: { unknown: "hold", lists: both({ first_party: "hold", exceptions: false }) } }, "advertising", real);
    } else {
        console.log("lists: no pages, so no real URLs");
        skipped += 3;
    }
    compare("URLs made of rules", { trackers: { lists: both() } }, "none", sample(made));
    compare("URLs that just miss their rule", { trackers: { lists: both({ first_party: "hold" }) } }, "advertising", sample(near));
    for (const questions of oddCases())
        compare("rules of every kind", { trackers: { lists: [{ file: `${folder}/odd.cnil`, purposes: { odd: "audience" }, first_party: "hold" }] } }, "none", questions);
    const patterns = [
        { pattern: "(?i)/PIXEL\\.(?:gif|png)(?:\\?|$)", purpose: "audience" }, { pattern: "^https://[^/]+/[a-z]{3,8}\\.js\\?", purpose: "advertising" },
    ];
    const addresses = readFileSync(new URL("../catalogue/addresses.tsv", import.meta.url), "utf8").split("\n")
        .filter((line) => line && !line.startsWith("#")).map((line) => line.split("\t"));
    check("there are addresses of the catalogue", addresses.length > 70);
    compare("addresses of the catalogue", {}, "none", addresses.map(([host, path]) => ({ page: "https://www.shop.fr/", type: "script", url: `https://${host}${path}` })));
    compare("patterns of the policy", { trackers: { patterns } }, "advertising", sample(near).slice(0, 5000));
} catch (error) {
    check(error.stack, false);
}
rmSync(folder, { recursive: true });
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
