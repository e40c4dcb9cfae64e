// SPDX-License-Identifier: Apache-2.0
// Random sheets, and the <style> elements of the real pages, through the scanner and through another tokenizer: each
// URL that the other finds must be found, with the same value and use. The scanner may find more: a URL that turns out
// to be a bad one behind a space.
//
//   node compare.mjs [--sheets N] [--seed S]
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { urlsIn } from "../pages/css.mjs";

const { sheets, seed } = parseArgs({ options: { sheets: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" } } }).values;
const pages = `${process.env.CNIL_SHARED ?? "../shared"}/pages`;
const program = spawn(new URL("../../build/asan/css-urls", import.meta.url).pathname, { stdio: ["pipe", "pipe", "inherit"] });

let state = Number(seed) >>> 0;
const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
};
const pick = (list) => list[random(list.length)];

// Spellings of a name: case, escapes.
const spelled = (name) => [...name].map((c) => {
    const code = c.codePointAt(0).toString(16);

    switch (random(12)) {
    case 0:
        return c.toUpperCase();
    case 1:
        return `\\${code.padStart(6, "0")}`;
    case 2:
        return `\\${code}${pick([" ", "\t", "\n", "\r\n"])}`;
    case 3:
        return /[0-9a-f]/i.test(c) ? c : `\\${c}`;
    default:
        return c;
    }
}).join("");
const space = () => pick(["", "", "", " ", "\n", "\t", "/**/", "/* url(x) */", "/*'*/", " \f", "\r\n"]);
const url = () => pick(["//t/x", "https://t/y", "z.gif", "/v", "ht\\74p://t", "data:x,y", "data:text/css,z", "\\2f/t", "x y", "x(y",
    "x'y", "x\\)y", "x\\\ny", "", "é", "x\0y", "wss:t", "mailto:x"]);
const string = () => pick([`"${url()}"`, `'${url()}'`, `"${url()}\\\n"`, `'${url()}\\27 '`, `"${url()}\n`, `'it\\'s'`, "\"\""]);
const names = ["url", "src", "image-set", "-webkit-image-set", "image", "cross-fade", "rgb", "calc", "xurl", "url-x", "local", "format",
    "var", "-url", "--url", "1url", "é"];
const call = () => `${spelled(pick(names))}${pick(["(", "(", "(", " (", "/**/("])}${space()}${pick([url, string, url, value])()}${space()}${pick([")", ")", ")", "", "))"])}`;
const atRule = () => `@${spelled(pick(["import", "font-face", "namespace", "media", "charset", "supports", "property", "imports"]))}${space()}${pick([string, call, value, block])()}${pick([";", ";", "", block()])}`;
const rest = () => pick(["#", "@", "-", "--", "<!--", "-->", "<!", "!", ".", "1", "1e3", "+", "%", "\\", "u+1", "=", "|", "[", "]", "{", "}", "(", ")", ",",
    ":", ";", "/", "*", "a", "b:", "--c:", "\"", "'", "\0", "[href^=\"//t\"]", "\\\n"]);
let depth = 0;
function value() {
    if (depth > 3)
        return "x";
    depth++;
    const text = Array.from({ length: 1 + random(4) }, () => pick([call, string, rest, call, block])()).join(pick(["", " ", ",", space()]));

    depth--;
    return text;
}
function block() {
    return `${pick(["{", "{", "[", "("])}${value()}${pick(["}", "}", "]", ")", ""])}`;
}
const sheet = () => Array.from({ length: 1 + random(5) }, () => pick([atRule, value, call, () => `a{b:${value()}}`, rest])()).join(space());

let passed = 0, failed = 0, skipped = 0;
const waiting = [];
let seen = "";

// The other tokenizer has no unicode-range; it and the scanner must agree on what is left.
function check(css, lines) {
    const found = lines.map((line) => {
        const [type, hex] = line.split(" ");

        return { type, url: Buffer.from(hex ?? "", "hex").toString("utf8") };
    });
    let at = 0;

    for (const wanted of urlsIn(css)) {
        while (at < found.length && !(found[at].url === wanted.url && found[at].type === wanted.type))
            at++;
        if (at++ >= found.length) {
            failed++;
            console.log(`FAILED ${JSON.stringify(css)}\n  wanted ${JSON.stringify(wanted)}\n  found ${JSON.stringify(found)}`);
            return;
        }
    }
    passed++;
}

program.stdout.on("data", (bytes) => {
    seen += bytes.toString("latin1");
    for (let end; waiting.length > 0 && (end = seen.startsWith("\n") ? 0 : seen.indexOf("\n\n")) >= 0;) {
        const lines = end === 0 ? [] : seen.slice(0, end).split("\n");

        seen = seen.slice(end === 0 ? 1 : end + 2);
        waiting.shift()(lines);
    }
});
program.stdin.on("error", () => {});
program.on("close", (code) => {
    if (code !== 0 || waiting.length > 0) {
        failed++;
        console.log(`FAILED the scanner ended with ${code}, ${waiting.length} sheets left`);
    }
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    process.exit(failed > 0 ? 1 : 0);
});

function ask(css) {
    const bytes = Buffer.from(css);
    const answer = new Promise((tell) => waiting.push(tell)).then((lines) => check(css, lines));

    program.stdin.write(`${bytes.length}\n`);
    program.stdin.write(bytes);
    return answer;
}

if (existsSync(pages))
    for (const file of readdirSync(pages).filter((name) => name.endsWith(".html")))
        for (const [, css] of readFileSync(`${pages}/${file}`, "utf8").matchAll(/<style[^>]*>(.*?)<\/style/gis))
            await ask(css);
else
    skipped++;
for (let i = 0; i < Number(sheets) && failed < 20; i++)
    await ask(sheet());
program.stdin.end();
