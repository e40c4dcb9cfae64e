// SPDX-License-Identifier: Apache-2.0
// How long a question takes, here and in @ghostery/adblocker, side by side: the URLs of the pages in a folder, the same
// lists. Arguments as differential.mjs. Processor time; both get the URL parsed; the rounds take turns and the best of each
// counts.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { FiltersEngine, Request } from "@ghostery/adblocker";
import { realQuestions } from "./urls.mjs";

const [lists, image, pages] = process.argv.slice(2);
const engine = new URL("../../build/list-engine", import.meta.url).pathname;
const ROUNDS = 8;
const names = { frame: "sub_frame", style: "stylesheet", xhr: "xmlhttprequest" };
const questions = realQuestions(pages);
const input = questions.map(({ page, type, url }) => `${page}\t${type}\t${url}\n`).join("");
const text = ["easyprivacy", "easylist"].map((name) => readFileSync(`${lists}/${name}.txt`, "utf8")).join("\n");
const ghostery = FiltersEngine.parse(text, { loadCosmeticFilters: false });

function ours() {
    return Number(/, (\d+) ns each/.exec(spawnSync(engine, [image, "20"], { input, encoding: "utf8" }).stdout)[1]);
}

function theirs() {
    const requests = questions.map(({ page, type, url }) =>
        Request.fromRawDetails({ url, sourceUrl: page, type: names[type] ?? type }));
    const start = process.cpuUsage();

    for (const request of requests)
        ghostery.match(request);
    const { user, system } = process.cpuUsage(start);

    return 1000 * (user + system) / requests.length;
}

const best = [Infinity, Infinity];
for (let round = 0; round < ROUNDS; round++) {
    best[0] = Math.min(best[0], ours());
    best[1] = Math.min(best[1], theirs());
}
console.log(`lists      ${questions.length} URLs: ${best[0].toFixed(0)} ns each, @ghostery/adblocker ${best[1].toFixed(0)} ns: ${(best[1] / best[0]).toFixed(1)} times as long`);
