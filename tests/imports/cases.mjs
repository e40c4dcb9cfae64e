// SPDX-License-Identifier: Apache-2.0
// What is easily read wrongly. [script, type] where it is no module.
const list = [
    "import(a)", "import(a, b)", "import(a,)", "import(a, b,)", "import\n(a)", "import/**/(a)", "import // (\n (a)", "import((a, b), c)", "import([a, b], c)",
    "import({a, b}, c)", "import((a))", "import((a),)", "import(((a) /* ) */), b)", "import(import(import(a), b))", "import(() => {}, x)", "import((a, b) => c)",
    "import(function (a, b) { return import(c); })", "import(`a,${b, c})`, d)", "import(',', \")\")", "import(/[,)]/)", "import(a /* , */, b)", "import(a // )\n)",
    "`${import(a)}`", "`${`${import(a)}`}import(b)`", "`$import(a)${'}'}$`; import(b)", "`\\${import(a)`", "`\\`import(a)`", "`${{a: import(b)}.a}import(c)`", "`${() => { import(a) }}`",
    "a`import(b)`", "a`${b}`/import(c)/d", "`a`/import(c)/d", "tag`${{}}` / 2; import(a)", "`$${import(a)}$`", "`$$${a}$$`; import(b)",
    // a division, or a regular expression
    "a / import(b) / c", "/import(a)/", "x = /import(a)/", "(a) / import(b) / c", "[a] / import(b) / c", "if (a) /import(b)/.test(c)", "while (a) /import(b)/.test(c)",
    "for (a of b) /import(c)/.test(d)", "for await (a of b) /import(c)/.test(d)", "x.if(a) / import(b) / c", "x?.while(a) / import(b) / c", "a++ / import(b) / c", "a-- / import(b) / c",
    "return_ / import(b) / c", "x.return / import(b) / c", "x?.a / import(b) / c", "this / import(a) / b", "null / import(a) / b", "1 / import(a) / b", ".5 / import(a) / b",
    "1. / import(a) / b", "1.e3 / import(a) / b", "0xf / import(a) / b", "1n / import(a) / b", "1_0 / import(a) / b", "'a' / import(b) / c", "a?.5 / import(b) / c : d", "{} /import(a)/.test(b)",
    "x = {} / import(a) / b", "({}) / import(a) / b", "a => {}\n/import(a)/.test(b)", "function f() {} /import(a)/.test(b)", "typeof /import(a)/", "void /import(a)/", "a in /import(b)/", "a, /import(b)/",
    "!/import(a)/", "a ? /import(b)/ : /import(c)/", "[/import(a)/, /[/]import(a)/]", "/[/]/ / import(a) / b", "/\\// / import(a) / b", "/\\[/; import(a); /]/", "/[\\]]/; import(a)", "/[[]/; import(a)",
    "/[^]/g / import(a) / b", "/'/; import(a); /'/", "/\"/; import(a); /\"/", "/`/; import(a); /`/", "/a/\n/import(b)/c", "a\n/import(b)/c", "a = b\n/import(c)/d",
    "({a: /import(b)/})", "switch (a) { case /import(b)/: }", "switch (a) { case b: /import(c)/ }", "switch (a) { default: /import(c)/ }", "do /import(a)/; while (b)", "if (a); else /import(b)/",
    "a => /import(b)/", "() => ({}) / import(a) / b", "[.../import(a)/[b]]", "f(.../[(]/[0], import(a))", "a = b ? c : /import(d)/", "label: /import(a)/",
    "label: { import(a) } /import(b)/", "({a() {}}) / import(b) / c", "a = {b: {}} / import(c) / d", "function* f() { yield /import(a)/ }", "function* f() { yield\n/import(a)/ }",
    "async () => { await /import(a)/ }", "x = a / b / import(c)", "x = a /b/ import(c)", "if (a) {} /import(b)/", "if (a) {} else {} /import(b)/", "a = class {} / import(b) / c", "class A {} /import(a)/",
    "a = function () {}\n(b) / import(c) / d", "[] / import(a) / b", "a = b / /import(c)/", "a = b / /'/; import(c)", "a /= import(b) / c", "a\n/= import(b) / c",
    "export default /import(a)/", "throw_\n/import(a)/g", "async () => { for (const a of /import(b)/) ; }", "for (const a in /import(b)/) ;", "new /a/.b(import(c))", "delete /import(a)/.b",
    "of / import(a) / b", "x = of / 2, y = 'a/', import(b)", "({of: a}).of / import(b) / c", "for (f(of / import(b) / c); ; ) ;",
    // comments
    "// import(a)\nimport(b)", "/* import(a) */ import(b)", "/** // */ import(a)", "/*/ import(a) */", "a /* / */ / import(b) / c", "//\u2028import(a)", "//\u2029import(a)", "//\rimport(a)", "//\r\nimport(a)",
    "#!/usr/bin/env node import(a)\nimport(b)", "#!/'\nimport(b)", ["<!-- import(a)\nimport(b)", "script"], ["a\n--> import(b)\nimport(c)", "script"], ["/*\n*/ --> import(b)\nimport(c)", "script"],
    ["a-->import(b)", "script"], ["--> import(a)\nimport(b)", "script"], ["x = a<!--import(b)\nimport(c)", "script"],
    // strings
    "'import(a)'", "\"import(a)\"", "'\\'import(a)'", "'\\\\'; import(a)", "'\\\nimport(a)'", "'\\\r\nimport(a)'; import(b)", "'\u2028import(a)'; import(b)", "'a' + import(b) + 'c'", "'//'; import(a)", "'/*'; import(a)",
    // names
    "a.import(b)", "a?.import(b)", "a.\nimport(b)", "a./**/import(b)", "[...import(a)]", "f(...import(a))", "({...import(a)})", "import.meta", "import.meta.url(a)", "a = import.meta\n(b, c)", "importa(b)", "_import(a)",
    "$import(a)", "aimport(b)", "éimport(a)", "importé(a)", "x.importé(a)", "a.é / import(b) / c", "é / import(a) / b", "\u00a0import(a)", "import\u00a0(a)", "import\ufeff(a)", "\ufeffimport(a)", "a\u3000/ import(b) / c",
    "({import: a}).import(b)", "({import: import(a)})", "({import(a) {}})", "({import() {}, b: import(c)})", "({async import(a) {}})", "({*import(a) {}})", "({async *import(a) {}})", "({get import() {}})",
    "({set import(a) {}})", "({a, import(b) {}})", "({a: b, import(c) { import(d) }})", "({[import(a)]: b})", "({[a](b = import(c)) {}})", "({'a'() {}, import(b) {}})", "({a: import(b), c})", "({a: b ? import(c) : import(d)})",
    "({a: b, ...import(c)})", "({a: async () => await import(b)})", "({a: () => import(b)})", "({a: typeof import(b), b: void import(c), c: !import(d)})", "({a: (import(b))})", "({a = import(b)} = c)",
    "class A { import(a) {} }", "class A { static import(a) {} }", "class A { a() {} import(b) {} }", "class A { a; import(b) {} }", "class A { a = b; import(c) {} }", "class A { a = b\nimport(c) {} }", "class A { a\nimport(b) {} }",
    "class A { a = import(b) }", "class A { a = import(b); import(c) {} }", "class A { static a = import(b) }", "class A { static { import(a) } }", "class A { #a = import(b) }", "class A { #import(a) {} b() { this.#import(c) } }",
    "class A { a = () => import(b) }", "class A { a = b || import(c) }", "class A { a = b ? import(c) : import(d) }", "class A { a = [import(b)] }", "class A { a = async () => { await import(b) } }", "class A { a = async () => await import(b) }",
    "class A { 'use'\nimport(b) {} }", "class A { 1\nimport(b) {} }", "class A { [a]\nimport(b) {} }", "class A { get import() {} set import(a) {} }", "class A { async import(a) {} }", "class A { async *import(a) {} }",
    "class A { *import(a) {} }", "class A { static async *import(a) {} }", "class A { [import(a)]() {} }", "class A { a(b = import(c)) {} }", "class A extends import(a) {}", "class A extends (b, import(a)) { import(c) {} }",
    "class A extends f({a: 1}) { import(b) {} }", "class A extends b[c] { import(d) {} }", "class A extends class B { import(a) {} } { import(b) {} }", "a = class { import(b) {} }", "a = class A { import(b) {} }", "(class { import(b) {} })",
    "({class: {a: import(b)}})", "({class: {import(a) {}}})", "a.class; { import(b) }", "({class() { import(a) }})", "({get class() { return import(a) }})", "class A { class() { import(a) } }", "class A { class = {a: import(b)} }",
    "class A { get\nimport() {} }", "class A { static\nimport(a) {} }", "f(class { import(a) {} }, import(b))", "export class A { import(a) {} }", "export default class { import(a) {} }", "a ? class { import(b) {} } : {import(c) {}}",
    // statements, and objects
    "{ import(a) }", "{ import(a), import(b) }", "{}import(a)", "if (a) { import(b) }", "if (a) import(b); else import(c)", "else_: { import(a) }", "try { import(a) } catch { import(b) } finally { import(c) }",
    "switch (a) { case b: { import(c) } default: { import(d), import(e) } }", "switch (a) { case b ? c : d: { import(e) } }", "switch (a) { case {b: c}.b: { import(d) } }", "a: { import(b) }", "a: b: { import(c), import(d) }", "a ? b : {import(c) {}}",
    "x = a ? b : {import(c) {}, d: import(e)}", "x = a ? {import(b) {}} : {import(c) {}}", "a ?? {import(b) {}}", "a?.b ? c : {import(d) {}}", "a?.[b] ? c : {import(d) {}}", "a?.5:{import(b) {}}", "do { import(a) } while (import(b))", "for (;;) { import(a) }",
    "for (import(a); import(b); import(c)) import(d)", "for (const a of import(b)) {}", "for (const a in {import(b) {}}) { import(c) }", "for (const a of {import(b) {}}.c) { import(d) }", "function f() { return {import(a) {}} }",
    "function f() { return import(a), import(b) }", "() => { import(a), import(b) }", "() => ({import(a) {}})", "async () => { await {import(a) {}}; await import(b) }", "function* f() { yield {import(a) {}}; yield import(b) }",
    "throw {import(a) {}}", "new import_({import(b) {}})", "typeof {import(a) {}}", "export default {import(a) {}}", "export default import(a)", "a = {import(b) {}}", "a = b, {import(c) {}}", "f({import(a) {}})", "[{import(a) {}}]",
    "a && {import(b) {}}", "a < {import(b) {}}", "a > {import(b) {}}", "a >= {import(b) {}}", "a => { import(b) }", "`${{import(a) {}}}`", "({a: {import(b) {}}})", "({a: {b: {import(c) {}}}})", "a ||= {import(b) {}}",
    "{ a: { import(b), import(c) } }", "({default: {import(a) {}}})", "({case: {import(a) {}}})", "const {a: {b}} = c; import(d)", "let {a = import(b)} = c", "var a = b ? function () { c: { import(d) } } : e",
    "{ let a; { import(b), import(c) } }", "'use strict'\n{ import(a), import(b) }", "(a)\n{ import(b), import(c) }", "({}\n[import(a)])", "async function f() { for await (const a of import(b)) import(c) }",
    "({if(a) { import(b) }, while(a) { /import(c)/ }})", "class A { if(a) { import(b) } }", "({do: /import(a)/, else: import(b)})", "({in: import(a), of: import(b), new: import(c)})", "({a, in: {import(b) {}}})",
    // declarations
    "import 'x'", "import a from 'x'; import(b)", "import {a} from 'x'; import(b)", "import {a as b, c as from} from 'x'", "import from from 'x'", "import * as a from 'x'", "import a, {b} from 'x'", "import a, * as b from 'x'",
    "import {default as a} from 'x'; import(b)", "import {'a-b' as c} from 'x'", "import a from 'x' with {type: 'json'}; import(b)", "import 'x' with {type: 'json'}", "export {a} from 'x'; import(b)", "export * from 'x'", "export * as a from 'x'",
    "export {'a' as 'b'} from 'x'", "let a; export {a}; 'y'; import(b)", "let a; export {a}\n'y'; import(b)", "export const a = 'x', from = 'y'", "export const a = from => 'x'", "export default 'x'", "export default from\n'y'", "export default function from() {} 'x'",
    "import{a}from'x';import'y';export*from'z'", "import/**/'x'", "import a/**/from/**/'x'", "export function from() { 'x' }", "export class from { a = 'x' }", "import a from 'x'\nimport b from 'y'\nexport {c} from 'z'", "let a; export {a as from}\n'x'",
    "import 'é'; import 'x'; import(a)", "import a from \"x\"; '\u{1F600}'; import(b)", "export let from\n'x'", "import {from} from 'x'", "import {} from 'x'", "export {} from 'x'", "export {}\n'x'",
    "export * as 'n' from 'x'", "import {import as x} from 'x'", "let a; export {a as import}; import(b)", "export {import as x} from 'x'", "export {x as import} from 'x'", "import a, {import as b} from 'x'; import(b)",
    "let a; export {a}\nclass B { x = import(a); import(b) {} }", "let a; export {a}\n{ import(b) }", "let a; export {a}\nif (a) { import(b) }",
    // what is left of classes and names
    "export default class A {}\n/[\"]/.test(b);import(x)", "export default class {}\n/import(a)/.x", "export default {a: 1} / import(b)", "class A { delete\n import(a) {} }", "class A { yield\n import(a) {} x = typeof import(b) }",
    "class A { a = typeof import(b); in\n import(a) {} }", "class A { a = async () => await import(b); await\n import(c) {} }",
    "a\\u{62}import(x)", "\\u{62} / import(x) / c", "a\\u0062 / import(x)",
];

export const cases = list.map((one) => [one].flat());
