// SPDX-License-Identifier: Apache-2.0
// The core through the command line, and what its matcher says.
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const cnil = new URL("build/asan/cnil", root).pathname;
const fast = new URL("build/cnil", root).pathname;

function policyOf(policy) {
    return policy === null ? [] : ["--policy", policy];
}

// Rewrites `input` (bytes) as the page at `url`; throws with what the command said.
export function rewrite(input, url, policy, more = []) {
    const done = spawnSync(cnil, ["rewrite", ...policyOf(policy), "--url", url, ...more],
        { input, maxBuffer: 1 << 28 });

    if (done.status !== 0)
        throw new Error(`cnil rewrite: exit ${done.status}: ${done.stderr}`);
    return done.stdout;
}

// What a page at `url` gets: the guard's tags first in head, the block first in body.
export function insertionsOf(url, policy) {
    const shell = /^<!doctype html><head>(.+)<\/head><body>(.+)$/s;
    const [, guard, block] = shell.exec(rewrite("<!doctype html><head></head><body>", url, policy).toString());

    return [Buffer.from(guard), Buffer.from(block)];
}

// Those of `questions` ({ url, type, ... }) that the matcher holds back before consent.
export function heldBack(questions, page, policy) {
    const lines = questions.map(({ url, type }) => JSON.stringify({ url, page, type })).join("\n");

    if (questions.length === 0)
        return [];
    const answers = execFileSync(fast, ["explain", ...policyOf(policy), "--json", "-"],
        { input: `${lines}\n`, encoding: "utf8", maxBuffer: 1 << 28 }).trimEnd().split("\n").map(JSON.parse);

    if (answers.length !== questions.length || answers.some((answer) => answer.before === undefined))
        throw new Error("cnil explain did not answer every question");
    return questions.filter((_, i) => answers[i].before === "hold");
}

const catalogue = new URL("conf/catalogue/", root);
const services = readdirSync(catalogue).filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(new URL(name, catalogue), "utf8")));

// The signatures of the catalogue that count on a page of `host`: not those of services that live there.
export function signaturesOn(host) {
    const site = host.split(".").slice(-2).join(".");

    return services.filter((service) => !JSON.stringify(service.hosts).includes(site))
        .flatMap((service) => service.signatures ?? []);
}
