// SPDX-License-Identifier: Apache-2.0
// Random hostile documents, once the tokenizer's cuts are made, against parse5 with scripting on and off: every element
// that parse5 sees begins with a start tag that the tokenizer saw, too, and what the tokenizer is sure of is so.
//
//   node readings.mjs [DOCUMENTS [SEED]]     how many of each profile
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { parse } from "parse5";

const COUNT = Number(process.argv[2] ?? 4000);
let seed = Number(process.argv[3] ?? 1);

// A linear congruential generator: the same documents everywhere.
function random(below) {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed >>> 8) / 16777216 * below);
}

const pick = list => list[random(list.length)];

const pieces = ["a", "b", "x", '"', "'", "=", ">", "<", "/", " ", "-", "!", "</", "<!--", "-->", "--!>", "<!", "<?", "--",
    "&amp;", "\n", "<p>", "</p>", "<div>", "</div>", "<b>", "</b>", "<img src=x>", '<a href="', '">', "<a b='", "'>", "<i>",
    "<span>", "</span>", "<br>", "</br>"];
const rawText = ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext"];
const foreign = ["svg", "math", "g", "path", "foreignObject", "desc", "title", "mi", "mo", "mtext", "annotation-xml",
    "annotation-xml encoding=text/html", 'annotation-xml encoding="application/xhtml+xml"', "mglyph", "malignmark", "style",
    "script", "font", "font color=x", "linearGradient", "svg/", "g/", "title/", "semantics"];
const html = ["select", "option", "template", "table", "tr", "td", "col", "colgroup", "caption", "tbody", "input", "body",
    "html", "head", "frameset", "frame", "form", "ul", "li", "button", "h1", "a", "nobr", "input type=hidden", "dd", "dl",
    "ruby", "rt", "object", "applet", "hr", "template shadowrootmode=open", "optgroup", "keygen", "label", "em", "pre",
    "image", "noscript"];
const sections = ["<![CDATA[", "]]>", "]", "]]"];
const escapes = ["<script>", "</script>", "<!--", "-->", "<script", "</script ", "--", "<svg>", "</svg>", "<style>",
    "</style>", "<desc>", "</x>"];

function tag(names) {
    const name = pick(names), bare = name.split(/[ /]/)[0], kind = random(11);

    return kind < 5 ? `<${name}>` : kind < 9 ? `</${bare}>` : kind < 10 ? `</${bare} ` : `<${name} a="`;
}

// Each profile: [weight, source] pairs.
const profiles = {
    noscript: [[3, () => tag(["noscript"])], [2, () => tag(rawText)], [6, () => pick(pieces)], [1, () => tag(html)]],
    foreign: [[6, () => tag(foreign)], [1, () => pick(sections)], [1, () => tag(rawText)], [2, () => tag(html)],
        [2, () => pick(pieces)]],
    select: [[3, () => tag(["select", "select", "option", "input", "textarea"])], [4, () => tag(rawText)],
        [1, () => tag(foreign)], [2, () => tag(html)], [2, () => pick(pieces)]],
    template: [[4, () => tag(["template", "col", "template"])], [2, () => tag(rawText)], [1, () => tag(foreign)],
        [3, () => tag(html)], [2, () => pick(pieces)]],
    script: [[4, () => pick(escapes)], [2, () => tag(["noscript", "svg", "desc", "select", "frameset"])],
        [6, () => pick(pieces)]],
    frameset: [[4, () => tag(["frameset", "frame", "body", "template", "noframes", "head", "html"])], [2, () => tag(rawText)],
        [1, () => tag(foreign)], [2, () => tag(html)], [3, () => pick(pieces)]],
    all: [[3, () => tag(rawText)], [3, () => tag(foreign)], [1, () => pick(sections)], [3, () => tag(html)],
        [2, () => pick(pieces)]],
};

function documentOf(profile) {
    const sources = profile.flatMap(([weight, source]) => Array(weight).fill(source));
    let text = pick(["", "<!DOCTYPE html>", "<!DOCTYPE html><body>", "<!DOCTYPE html><body><p>x"]);

    for (let left = 3 + random(22); left > 0; left--)
        text += pick(sources)();
    return text;
}

const namespaces = { "http://www.w3.org/1999/xhtml": 0, "http://www.w3.org/2000/svg": 1,
    "http://www.w3.org/1998/Math/MathML": 2 };
const UNSURE = 3;
const modes = { title: 1, textarea: 1, style: 2, xmp: 2, iframe: 2, noembed: 2, noframes: 2, script: 3, plaintext: 4 };

function* elementsOf(node, inert) {
    for (const child of node.childNodes ?? []) {
        if (child.tagName !== undefined)
            yield [child, inert];
        yield* elementsOf(child, inert);
        if (child.content !== undefined)
            yield* elementsOf(child.content, inert || !child.attrs.some(({ name }) => name === "shadowrootmode"));
    }
}

// What is wrong with one element, or null.
function wrongWith(element, inert, start, text) {
    if (start === undefined)
        return "not seen";
    const [, , namespace, saysInert, twoReadings, mode] = start;
    const expected = namespaces[element.namespaceURI];

    // parse5 lets a table in a template close one outside of it; the standard and browsers do not.
    if (saysInert && !inert && !(/<template/.test(text) && /<table/.test(text)))
        return "is not inert";
    if (namespace !== UNSURE && namespace !== expected)
        return `is in namespace ${expected}, not ${namespace}`;
    if (!twoReadings && mode !== 0 && (expected !== 0 || modes[element.tagName] !== mode))
        return `holds no text of mode ${mode}`;
    if (!twoReadings && expected === 0 && element.tagName === "script" && mode !== 3)
        return "holds script text";
    return null;
}

function wrongIn({ again, out, starts }) {
    const text = Buffer.from(out, "hex").toString("latin1");
    const seen = new Map(starts.map(start => [start[0], start]));

    if (again > 0)
        return "needs cuts again";
    for (const scriptingEnabled of [true, false]) {
        const tree = parse(text, { scriptingEnabled, sourceCodeLocationInfo: true });

        for (const [element, inert] of elementsOf(tree, false)) {
            const place = element.sourceCodeLocation?.startTag ?? element.sourceCodeLocation;

            if (place === undefined || place === null || text[place.startOffset] !== "<")
                continue;
            const wrong = wrongWith(element, inert, seen.get(place.startOffset), text);

            if (wrong !== null)
                return `scripting ${scriptingEnabled}: ${element.tagName} at ${place.startOffset} ${wrong}: ${text}`;
        }
    }
    return null;
}

async function run(name, profile) {
    const program = spawn("build/asan/readings", { stdio: ["pipe", "pipe", "inherit"] });
    const documents = [];
    let answered = 0, failures = 0, cuts = 0;

    program.stdin.on("error", () => {}); // it has ended: told below
    const answers = (async () => {
        for await (const line of createInterface({ input: program.stdout })) {
            const answer = JSON.parse(line);
            const wrong = wrongIn(answer);

            cuts += answer.cuts;
            if (wrong !== null && failures++ < 5)
                console.log(`FAILED: ${JSON.stringify(documents[answered])}\n  ${wrong}`);
            answered++;
        }
    })();
    for (let i = 0; i < COUNT; i++) {
        documents.push(documentOf(profile));
        program.stdin.write(`${documents[i].length}\n${documents[i]}`);
    }
    program.stdin.end();
    await answers;
    if (answered < COUNT)
        console.log(`FAILED: ${name}: no answer to ${JSON.stringify(documents[answered])}`);
    if (cuts === 0 && name === "noscript")
        console.log("FAILED: noscript: no document needed a cut");
    return failures === 0 && answered === COUNT && (cuts > 0 || name !== "noscript");
}

let passed = 0, failed = 0;

for (const [name, profile] of Object.entries(profiles)) {
    if (await run(name, profile))
        passed++;
    else
        failed++;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
