// SPDX-License-Identifier: Apache-2.0
// Asks build/asan/script-imports, which answers for each script with lines "OPEN offset", "CLOSE offset", "SPECIFIER from to"
// and an empty one.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { check } from "../support/checks.mjs";

const path = new URL("../../build/asan/script-imports", import.meta.url).pathname;

export function openScanner() {
    if (!existsSync(path))
        return undefined;

    const program = spawn(path, { stdio: ["pipe", "pipe", "inherit"] }), waiting = [];
    const ended = new Promise((tell) => program.on("close", (code) => {
        check("the scanner ends as it should", code === 0 && waiting.length === 0, `with ${code}, ${waiting.length} scripts left`);
        waiting.splice(0).forEach(([, tell]) => tell([]));
        tell();
    }));
    let seen = "";

    program.stdin.on("error", () => {});
    program.stdout.on("data", (bytes) => {
        seen += bytes.toString("latin1");
        for (let end; waiting.length > 0 && (end = seen.startsWith("\n") ? 0 : seen.indexOf("\n\n")) >= 0;) {
            const [bytes, tell] = waiting.shift(), lines = end === 0 ? [] : seen.slice(0, end).split("\n");

            seen = seen.slice(end === 0 ? 1 : end + 2);
            tell(lines.map((line) => {
                const [kind, ...offsets] = line.split(" ");

                // … of bytes; a parser's are of characters
                return [kind, ...offsets.map((offset) => bytes.subarray(0, Number(offset)).toString().length)];
            }));
        }
    });
    return {
        ask: (text) => new Promise((tell) => {
            const bytes = Buffer.from(text);

            if (program.exitCode !== null || program.signalCode !== null)
                return tell([]);
            waiting.push([bytes, tell]);
            program.stdin.write(`${bytes.length}\n`);
            program.stdin.write(bytes);
        }),
        end: () => {
            program.stdin.end();
            return ended;
        },
    };
}
