// SPDX-License-Identifier: Apache-2.0
// The list engine against @ghostery/adblocker: the same lists, the same URLs, both ways. Arguments: the folder with
// easyprivacy.txt and easylist.txt, the compiled file, the folder of real pages ("" when there is none).
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { FiltersEngine, Request } from "@ghostery/adblocker";
import { nearMiss, questionOf, realQuestions } from "./urls.mjs";

const [lists, image, pages] = process.argv.slice(2);
const engine = new URL("../../build/asan/list-engine", import.meta.url).pathname;
const REAL_AT_LEAST = 6000;
const names = { frame: "sub_frame", style: "stylesheet", xhr: "xmlhttprequest" };
let passed = 0, failed = 0, skipped = 0;

const texts = ["easyprivacy", "easylist"].map((name) => readFileSync(`${lists}/${name}.txt`, "utf8"));
// Blocks under !#if are for one kind of browser: this engine leaves them out, so the other must not see them.
function withoutConditions(lines) {
    let depth = 0;

    return lines.filter((line) => {
        depth += line.startsWith("!#if") ? 1 : line.startsWith("!#endif") ? -1 : 0;
        return depth === 0;
    });
}
const text = texts.map((list) => withoutConditions(list.split("\n")).join("\n")).join("\n");
const ghostery = FiltersEngine.parse(text, { enableCompression: false, loadCosmeticFilters: false, debug: true });

function ours(questions) {
    const input = questions.map(({ page, type, url }) => `${page}\t${type}\t${url}\n`).join("");
    const done = spawnSync(engine, [image], { input, encoding: "utf8", maxBuffer: 1 << 30 });

    if (done.status !== 0)
        throw new Error(`the engine ended with ${done.status}: ${done.stderr}`);
    return done.stdout.trimEnd().split("\n").map((line) => {
        const [result, site, pageSite, href, rule] = line.split("\t");

        return { result, site, pageSite, href, rule };
    });
}

// Ghostery gets our registrable domains: its own list of public suffixes lacks the private ones, and the question here is
// what the rules say, not who is a third party.
function theirs({ page, type, url }, { site, pageSite }) {
    const { match, filter, exception } = ghostery.match(Request.fromRawDetails({
        url, type: names[type] ?? type, hostname: new URL(url).hostname, domain: site,
        sourceUrl: page, sourceHostname: new URL(page).hostname, sourceDomain: pageSite,
    }));

    return { result: match ? "block" : exception !== undefined ? "except" : "none", rule: (exception ?? filter)?.rawLine ?? "" };
}

// Disagreements with a reason. Each says which engine reads the rule as its list's documentation does.
const explanations = [
    {
        why: "@ghostery/adblocker leaves out a rule with \"popup\" among its types; for the other types it holds all the same",
        is: (our) => our.result === "block" && /\$(?:.*,)?popup(?:,|$)/.test(our.rule),
    },
    {
        why: "@ghostery/adblocker does not know \"rewrite\", by which Adblock Plus puts something empty in a file's place: held back here",
        is: (our) => our.result === "block" && our.rule.includes("$rewrite=abp-resource:"),
    },
    {
        why: "@ghostery/adblocker ends a host at its first bracket: it never finds IPv6 addresses",
        is: (our, their, { url }) => our.result === "block" && our.rule.includes("||[") && new URL(url).hostname.startsWith("["),
    },
];

function check(name, good) {
    if (good)
        return passed++;
    failed++;
    return console.log(`FAILED ${name}`);
}

function compare(kind, questions) {
    const unexplained = [], explained = new Map(), results = { block: 0, except: 0, none: 0 };

    ours(questions).forEach((our, i) => {
        if (our.result === "unasked")
            return;
        const their = theirs(questions[i], our);

        results[our.result]++;
        if ((our.result === "block") === (their.result === "block"))
            return;
        const explanation = explanations.find(({ is }) => is(our, their, questions[i]));
        if (explanation !== undefined)
            explained.set(explanation.why, (explained.get(explanation.why) ?? 0) + 1);
        else
            unexplained.push(`${questions[i].type} ${questions[i].url} on ${questions[i].page}: ours ${our.result} ${our.rule}, theirs ${their.result} ${their.rule}`);
    });
    console.log(`${kind}: ${questions.length} URLs, ${results.block} blocked, ${results.except} excepted`);
    for (const [why, count] of explained)
        console.log(`    ${count} explained: ${why}`);
    for (const line of unexplained.slice(0, Number(process.env.SHOW ?? 10)))
        console.log(`    FAILED ${line}`);
    if (unexplained.length > 0)
        console.log(`    ${unexplained.length} not explained`);
    check(`every answer about ${kind} is the same, or explained`, unexplained.length === 0);
    return results;
}

if (pages === "") {
    console.log("no real pages: their URLs are not compared");
    skipped++;
} else {
    const questions = realQuestions(pages), results = compare("real URLs", questions);

    // For tests/bench/run.
    writeFileSync(`${image}.questions`, questions.map(({ page, type, url }) => `${page}\t${type}\t${url}\n`).join(""));
    check(`at least ${REAL_AT_LEAST} real URLs, not ${questions.length}`, questions.length >= REAL_AT_LEAST);
    check("some real URLs are blocked", results.block > 300);
}

const rules = text.split("\n").filter((line) => line !== "" && !/^[![]|#[@?$%]*#/.test(line));
const made = rules.map((rule, i) => questionOf(rule.trim(), i)).filter((question) => question !== null);
const results = compare("URLs made of rules", made);
check("most URLs made of rules are blocked", results.block > 0.7 * made.length);
compare("URLs that just miss their rule", made.filter((_, i) => i % 3 === 0).map(nearMiss).filter((question) => question !== null));
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
