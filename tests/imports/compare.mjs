// SPDX-License-Identifier: Apache-2.0
// Where leadImports() of common/page/assets/table.js and common/web/script_import.c see imports, and where a parser does: in
// real scripts, as they are, with imports put into them and with methods that are named so; in what is easily read wrongly.
// A script that is changed must stay the script that it was; an import that is missed is counted.
//
//   node compare.mjs [--seed S] [--shown N]
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import vm from "node:vm";
import { parse as parseHtml } from "parse5";
import { scriptsIn } from "../pages/rules.mjs";
import { check, end, skip } from "../support/checks.mjs";
import { cases } from "./cases.mjs";
import { openScanner } from "./scanner.mjs";
import { edited, editsIn, isSame, treeOf, walk } from "./syntax.mjs";

const options = parseArgs({ options: { seed: { type: "string", default: "1" }, shown: { type: "string", default: "0" } } }).values;
const LARGEST = 60_000; // of what is changed at random
const PUT = 12; // what is changed in a script at once
let shown = Number(options.shown);

let state = Number(options.seed) >>> 0;
const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 4294967296) * below);
};
const pick = (list) => list[random(list.length)];

// ---- the two that are asked ----

const worker = vm.createContext({ URL, atob, unescape });
vm.runInContext(`var self = globalThis;
    self.location = "https://shop.example/worker.js";
    self.cnilHeld = { stubs: "", hosts: [" tracker.example/ "], cookies: [], cookie: false };`, worker);
vm.runInContext(readFileSync(new URL("../../common/page/assets/table.js", import.meta.url), "utf8"), worker);
const { leadImports } = worker.cnilHeld;

const scanner = openScanner();
if (!scanner)
    skip("the imports that web/script_import.c finds", "no build/asan/script-imports");

// ---- one script ----

const sums = {}; // by kind of script: imports, those that were missed
const near = (text, at) => JSON.stringify(text.slice(Math.max(0, at - 60), at + 60));

// What is wrong with the answer, if anything; the imports that are missed.
function judge(text, tree, type, wanted, out, found) {
    const key = ([kind, from]) => `${kind} ${from}`, expected = new Set(wanted.map(key)), seen = new Set(found.map(key));
    const extra = found.find((edit) => !expected.has(key(edit))), missed = wanted.filter((edit) => !seen.has(key(edit)));

    if (extra)
        return [`an edit too many, ${extra.join(" ")}: ${near(text, extra[1])}`, missed];
    if (out !== text) {
        const other = treeOf(out, [type]);

        if (!other || !isSame(tree, other[0]))
            return ["it is another script", missed];
    }
    return ["", missed];
}

// The edits that make `out` of `text`. What is put before an equal character is told from it by `wanted`, should that fit.
function editsOf(text, out, wanted) {
    const edits = [], closes = new Set(wanted.filter(([kind]) => kind === "CLOSE").map(([, at]) => at));
    let from = 0, put = 0;

    for (let at = 0; at < out.length;)
        if (text.startsWith("(", from - 1) && out.startsWith("cnilLead(", at) && !text.startsWith("cnilLead(", from)) {
            edits.push(["OPEN", from]);
            at += "cnilLead(".length;
            put++;
        } else if (put && out[at] === ")" && (text[from] !== ")" || closes.has(from)) && edits.at(-1)?.join() !== `CLOSE,${from}`) {
            edits.push(["CLOSE", from]);
            at++;
            put--;
        } else if (out[at++] !== text[from++])
            return [["UNEQUAL", from]];
    return edits;
}

// `whole`: nothing may be missed either. One that is too many or breaks the script must never be.
async function compare(kind, name, text, whole, parsed = treeOf(text)) {
    const [tree, type] = parsed, wanted = editsIn(text, tree);
    const sum = sums[kind] = sums[kind] ?? { scripts: 0, imports: 0, table: 0, scanner: 0 };
    const ask = (who, out, found, wanted) => {
        const [wrong, missed] = judge(text, tree, type, wanted, out, found);
        const opens = missed.filter(([edit]) => edit !== "CLOSE");

        sum[who] += opens.length;
        check(`${who}: ${kind}: ${name}`, !wrong && !(whole && missed.length > 0), wrong || (missed[0] && `missed, ${missed[0].join(" ")}: ${near(text, missed[0][1])}`));
        for (const [edit, at] of opens)
            if (!whole && shown-- > 0)
                console.log(`${who}: ${kind}: ${name}: missed, ${edit} ${at}: ${near(text, at)}`);
    };

    sum.scripts++;
    sum.imports += wanted.filter(([edit]) => edit === "OPEN").length;
    const own = wanted.filter(([edit]) => edit !== "SPECIFIER"), expected = edited(text, own), out = leadImports(text);
    ask("table", out, out === expected ? own : editsOf(text, out, own), own);
    // … as the guard has texts of addresses: bytes, one in a character, in which some blanks are none
    if (/[^\0-\x7f]/.test(text)) {
        const bytes = Buffer.from(leadImports(Buffer.from(text).toString("latin1")), "latin1").toString();
        check(`table: ${kind}, as bytes: ${name}`, bytes === expected || (!(whole && !/[\xa0\u2028\u2029\u3000\ufeff]/.test(text)) && !judge(text, tree, type, own, bytes, editsOf(text, bytes, own))[0]));
    }
    if (scanner) {
        const found = await scanner.ask(text);
        ask("scanner", edited(text, found), found, wanted);
    }
}

// ---- scripts ----

const root = new URL("../node_modules/", import.meta.url).pathname;
const filesIn = (folder) => readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(`${folder}${entry.name}/`) : entry.isFile() && /\.[cm]?js$/.test(entry.name) ? [folder + entry.name] : []);
const scripts = filesIn(root).sort().map((file) => [file.slice(root.length), readFileSync(file, "utf8")]);
const pages = `${process.env.CNIL_SHARED ?? "../shared"}/pages`;
if (existsSync(pages))
    for (const file of readdirSync(pages).filter((name) => name.endsWith(".html")))
        scriptsIn(parseHtml(readFileSync(`${pages}/${file}`, "utf8"), { sourceCodeLocationInfo: true }))
            .forEach((text, i) => scripts.push([`${file} ${i}`, text]));
else
    skip("the scripts of the real pages", `no ${pages}`);

// ---- what is put into them ----

const methods = ["import(x) {}", "static import(a, b) {}", "get import() { return 1; }", "async import(q) {}", "*import(z) {}", "async *import(y) {}",
    "static async import() {}", "static get import() { return /[(]/; }", "/* a */ import /* b */ (c) {}"];
const imports = ["import(x)", "import(/* a, ( */ x, {with:{type:'json'}})", "import (a ? b : [c, d])", "import(f(x, import(y)))", "import(`a${import(b, c)}`)",
    "import(\n// (\n'x' ,)", "(await_, import(x))", "import(x => { return /[)]/; }, y)"];

// Where an expression stands that another one may take the place of: its parent, as what.
const places = {
    ArrayExpression: ["elements"], ArrowFunctionExpression: ["body"], AssignmentExpression: ["right"], AssignmentPattern: ["right"], AwaitExpression: ["argument"],
    BinaryExpression: ["left", "right"], CallExpression: ["arguments", "callee"], ConditionalExpression: ["test", "consequent", "alternate"],
    DoWhileStatement: ["test"], ExpressionStatement: ["expression"], ForInStatement: ["right"], ForOfStatement: ["right"], ForStatement: ["init", "test", "update"],
    IfStatement: ["test"], ImportExpression: ["source"], LogicalExpression: ["left", "right"], MemberExpression: ["object"], NewExpression: ["arguments"],
    Property: ["value"], PropertyDefinition: ["value"], ReturnStatement: ["argument"], SequenceExpression: ["expressions"], SpreadElement: ["argument"],
    SwitchCase: ["test"], SwitchStatement: ["discriminant"], TemplateLiteral: ["expressions"], ThrowStatement: ["argument"], UnaryExpression: ["argument"],
    VariableDeclarator: ["init"], WhileStatement: ["test"], YieldExpression: ["argument"],
};

function changed(text, changes) {
    let done = 0, out = "";

    for (const [from, to, code] of changes) {
        out += `${text.slice(done, from)}${/[\w$]$/.test(text.slice(0, from).slice(-1)) ? " " : ""}${code}${/[\w$]/.test(text[to]) ? " " : ""}`;
        done = to;
    }
    return out + text.slice(done);
}

// As many of the changes, in the order of the text, as leave it a script.
function applied(text, type, changes) {
    const out = changed(text, changes), tree = treeOf(out, [type]);

    return tree || changes.length < 2 ? [out, tree] : applied(text, type, changes.slice(0, changes.length >> 1));
}

function withImports(text, tree, type) {
    const found = [];

    walk(tree, (node, parent, key) => {
        if (places[parent?.type]?.includes(key) && !/Pattern$|Super|Function|Class/.test(node.type) && !parent.shorthand)
            found.push([node.start, node.end]);
    });
    const chosen = Array.from({ length: found.length && PUT }, () => pick(found)).sort(([a], [b]) => a - b), changes = [];
    for (const [from, to] of chosen)
        if (from >= (changes.at(-1)?.[1] ?? 0))
            changes.push([from, to, pick(imports)]);
    return applied(text, type, changes);
}

function withMethods(text, tree, type) {
    const found = [];

    walk(tree, (node) => {
        if (node.type === "ClassBody") {
            found.push([node.start + 1, ";"], [node.end - 1, ";", "\n"]);
            for (const member of node.body)
                found.push([member.type === "PropertyDefinition" ? member.start : member.end, "", " "]);
        }
        if (node.type === "ObjectExpression") {
            found.push([node.start + 1, ","]);
            for (const member of node.properties)
                found.push([member.start, ","]);
        }
    });
    const changes = Array.from({ length: found.length && PUT }, () => pick(found)).sort(([a], [b]) => a - b)
        .filter(([at], i, all) => at !== all[i - 1]?.[0])
        .map(([at, behind, before = ""]) => [at, at, before + pick(methods.filter((one) => behind !== "," || !one.startsWith("static"))) + (behind === "," ? "," : "")]);
    return applied(text, type, changes);
}

// ---- what is asked ----

for (const [text, type] of cases) {
    const parsed = treeOf(text, type && [type]);

    check(`a case is a script: ${JSON.stringify(text)}`, parsed);
    if (parsed)
        await compare("cases", JSON.stringify(text), text, true, parsed);
}

const known = new Set();
for (const [name, text] of scripts) {
    const hash = createHash("md5").update(text).digest("hex"), whole = `${text}\n;import(x)`;
    const parsed = known.has(hash) || (!text.includes("import") && random(5) > 0) ? undefined : treeOf(whole);

    known.add(hash);
    if (!parsed)
        continue;
    // … with one more, so that each is read to its end
    const [tree, type] = parsed;
    await compare("as they are", name, whole, true, parsed);
    if (text.length > LARGEST)
        continue;
    for (const [kind, change] of [["with imports", withImports], ["with methods of that name", withMethods]]) {
        const [out, parsed] = change(whole, tree, type);

        if (parsed && out !== whole)
            await compare(kind, name, out, false, parsed);
    }
}

// ---- time: what is nested, never closed or full of beginnings takes no longer than other texts ----

const SIZE = 300_000;
const seconds = (text) => {
    const started = performance.now();

    leadImports(text);
    return performance.now() - started;
};
const filled = (piece) => `import(x);${piece.repeat(SIZE / piece.length)}`;
const plain = Math.max(...[1, 2, 3].map(() => seconds(filled("a = b + c; f(d, 1); "))));
for (const piece of ["import(", "(", "[", "{", "\"", "'", "/", "`", "`${", "\\", "\"\\", "/[", "/*", "<!--", "-->", "\n-->", "import(`${", "import.", "\n", "?", "import(/*"])
    check(`${JSON.stringify(piece)} again and again takes no time of its own`, seconds(filled(piece)) < 20 * plain + 200);
check("a string that is too long for the engine leaves a text as it is behind it",
    leadImports(`import(x);"${"\\x".repeat(8_000_000)}";`).startsWith("import(cnilLead(x));"));

// ---- where an import leads ----

const lead = worker.cnilLead;
check("what is held back leads nowhere", lead("https://tracker.example/x.js") === "about:invalid" && lead("//tracker.example/x") === "about:invalid");
for (const address of ["./x.js", "https://shop.example/x.js", "bare", "https://[", "", "data:text/javascript,1"])
    check(`${address} leads where it leads`, lead(address) === address);
let asked = 0;
check("an object is asked once", lead({ toString: () => `https://tracker.example/${asked++}` }) === "about:invalid" && asked === 1);
for (const odd of [Symbol("x"), { toString() { throw Error("x"); } }, Object.create(null), undefined, null, 1])
    check("what is no address is left to import()", [odd, `${Object(odd) === odd || typeof odd === "symbol" ? "" : odd}`].includes(lead(odd)));
check("what leads is not seen", !Object.keys(worker).includes("cnilLead"));

await scanner?.end();
for (const [kind, { scripts: count, imports: all, ...missed }] of Object.entries(sums))
    for (const who of scanner ? ["table", "scanner"] : ["table"])
        console.log(`${kind}: ${count} scripts, ${all} imports, ${missed[who]} missed by the ${who} (${(100 * missed[who] / (all || 1)).toFixed(3)} %)`);
end();
