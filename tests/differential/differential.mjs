// SPDX-License-Identifier: Apache-2.0
// Random documents through the rewriter, and what is served through parse5: nothing that a browser sees in it may be
// held back. First the findings of earlier runs.
//
//   node differential.mjs [--documents N | --seconds N] [--seed S]
//
// What fails is made as short as it can be and kept in build/tests/differential/, to be moved to findings/ once fixed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { documentOf } from "./grammar.mjs";
import { leakOf } from "./oracle.mjs";

const options = parseArgs({ options: {
    documents: { type: "string", default: "4000" }, seconds: { type: "string" }, seed: { type: "string", default: "1" },
    shorten: { type: "string", default: "5" },
} }).values;
const page = "https://shop.example/a/b";
const findings = new URL("findings/", import.meta.url).pathname;
const kept = new URL("../../build/tests/differential/", import.meta.url).pathname;
const program = new URL("../../build/asan/engine", import.meta.url).pathname;

// One process, asked one document after another; a new one when it has ended.
class Engine {
    constructor() {
        this.begin();
    }

    begin() {
        const child = spawn(program, { stdio: ["pipe", "pipe", "pipe"] });
        const waiting = [];
        let seen = Buffer.alloc(0), said = "";

        this.child = child;
        this.waiting = waiting;
        child.stdin.on("error", () => {}); // it has ended: told below
        child.stderr.on("data", (text) => (said += text));
        child.stdout.on("data", (bytes) => {
            seen = Buffer.concat([seen, bytes]);
            for (let line; (line = seen.indexOf("\n")) >= 0;) {
                const [verdict, a, b] = seen.toString("latin1", 0, line).split(" ");
                const first = line + 1 + Number(a), end = first + Number(b);

                if (seen.length < end)
                    break;
                waiting.shift()({ verdict, outputs: [seen.subarray(line + 1, first), seen.subarray(first, end)] });
                seen = seen.subarray(end);
            }
        });
        child.on("close", () => {
            if (this.child === child)
                this.begin();
            for (const tell of waiting.splice(0))
                tell({ verdict: "crash", said, outputs: [] });
        });
    }

    ask(bytes) {
        return new Promise((tell) => {
            this.waiting.push(tell);
            this.child.stdin.write(Buffer.concat([Buffer.from(`${bytes.length}\n`), bytes]));
        });
    }

    end() {
        const { child } = this;

        this.child = null;
        child.stdin.end();
    }
}

const engine = new Engine();

// What is wrong with a document, or null. Its first word is the oracle that failed.
async function wrongWith(bytes) {
    const { verdict, said, outputs } = await engine.ask(bytes);

    if (verdict !== "fine")
        return `${verdict}: ${said?.match(/ERROR.*|runtime error.*|engine:.*/)?.[0] ?? ""}`;
    for (const output of outputs) {
        const leak = leakOf(output, page);

        if (leak !== null)
            return `${leak}\n  served ${JSON.stringify(output.toString())}`;
    }
    return null;
}

// Delta debugging: leaves out ever smaller parts as long as the same oracle fails.
async function shorten(bytes, wrong) {
    const oracle = wrong.split(":")[0];
    const fails = async (part) => (await wrongWith(part))?.startsWith(`${oracle}:`) ?? false;

    for (const split of [(b) => b.toString("latin1").split(/(?=<)|(?<=>)/), (b) => b.toString("latin1").split("")]) {
        let parts = split(bytes);

        for (let size = Math.ceil(parts.length / 2); size >= 1;) {
            let shorter = false;

            for (let at = 0; at < parts.length;) {
                const rest = [...parts.slice(0, at), ...parts.slice(at + size)];

                if (await fails(Buffer.from(rest.join(""), "latin1"))) {
                    parts = rest;
                    shorter = true;
                } else {
                    at += size;
                }
            }
            if (size > 1)
                size = Math.floor(size / 2);
            else if (!shorter)
                break;
        }
        bytes = Buffer.from(parts.join(""), "latin1");
    }
    return bytes;
}

let passed = 0, failed = 0;

async function replay() {
    for (const name of readdirSync(findings).sort()) {
        const wrong = await wrongWith(readFileSync(findings + name));

        if (wrong === null) {
            passed++;
        } else {
            failed++;
            console.log(`FAILED findings/${name}: ${wrong}`);
        }
    }
}

async function tell(seed, bytes, wrong) {
    const short = failed <= Number(options.shorten) ? await shorten(bytes, wrong) : bytes;
    const name = `${wrong.split(":")[0]}-${createHash("sha256").update(short).digest("hex").slice(0, 8)}.html`;

    mkdirSync(kept, { recursive: true });
    writeFileSync(kept + name, short);
    console.log(`FAILED seed ${seed}: ${JSON.stringify(short.toString("latin1"))} (${name})\n  ${(await wrongWith(short)) ?? wrong}`);
}

await replay();
const started = Date.now(), first = Number(options.seed), BATCH = 50;
const isOver = (done) => options.seconds !== undefined ? Date.now() - started > Number(options.seconds) * 1000
    : done >= Number(options.documents);

for (let done = 0; !isOver(done); done += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => first + done + i).map((seed) => [seed, documentOf(seed)]);
    const results = await Promise.all(batch.map(([, bytes]) => wrongWith(bytes)));
    const crashes = results.some((wrong) => wrong?.startsWith("crash"));

    for (const [i, [seed, bytes]] of batch.entries()) {
        const wrong = crashes ? await wrongWith(bytes) : results[i]; // one crash takes the whole batch with it

        if (wrong === null) {
            passed++;
            continue;
        }
        failed++;
        await tell(seed, bytes, wrong);
    }
}
engine.end();
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
