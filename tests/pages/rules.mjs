// SPDX-License-Identifier: Apache-2.0
// The rows of common/page/element_rules.def, and which URLs of a parsed document fall under them.
import { readFileSync } from "node:fs";
import { parse } from "parse5";
import { urlsIn } from "./css.mjs";

const def = readFileSync(new URL("../../common/page/element_rules.def", import.meta.url), "utf8");

const rows = [...def.matchAll(/^(?:LONG_)?ROW\((\w+), \w+, "(\S+) (\S+)", (\w+), (\w+), (\w+), (\w+)\)/gm)]
    .map(([, symbol, tag, attribute, syntax, resource, namespace, when]) =>
        ({ tag: symbol === "OTHER" ? "other" : tag, attribute, syntax, type: resource.toLowerCase(), namespace, when }));
const rels = new Map([...def.matchAll(/^REL\("([^"]+)", (\w+)\)/gm)].map(([, name, use]) => [name, use]));

if (rows.length !== def.match(/^(?:LONG_)?ROW\(/gm).length || rels.size !== def.match(/^REL\(/gm).length)
    throw new Error("element_rules.def: a row that this cannot read");

const namespaces = {
    HTML: "http://www.w3.org/1999/xhtml",
    SVG: "http://www.w3.org/2000/svg",
    MATHML: "http://www.w3.org/1998/Math/MathML",
};

function attributeOf(element, name) {
    return element.attrs.find((a) => (a.prefix ? `${a.prefix}:${a.name}` : a.name) === name)?.value;
}

// HTML standard, "parse a srcset attribute", as far as its URLs go.
function srcset(value) {
    const urls = [];
    let rest = value;

    while ((rest = rest.replace(/^[\s,]+/, "")) !== "") {
        const url = rest.match(/^\S+/)[0];

        rest = rest.slice(url.length);
        urls.push(url.replace(/,+$/, ""));
        if (!url.endsWith(","))
            rest = rest.replace(/^(?:\([^)]*\)?|[^,(])*/, "");
    }
    return urls;
}

function refresh(value) {
    const found = value.match(/^\s*[\d.]*\s*[;,\s]\s*(?:url\s*=\s*)?(?:"([^"]*)"?|'([^']*)'?|(.*))/is);

    return found === null ? [] : [found[1] ?? found[2] ?? found[3]].filter((url) => url !== "");
}

const lazy = (value) => [value.match(/^\s*url\(\s*(["']?)(.*)\1\s*\)\s*$/is)?.[2] ?? value];
const readers = { URL: (value) => [value], VALUES: (value) => value.split(";"), URLS: (value) => value.split(/[\s,]+/), SRCSET: srcset, REFRESH: refresh,
    CSS: (value) => urlsIn(value).map(({ url }) => url) };

const paramNames = /^(archive|code|codebase|data|filename|href|movie|object|poster|source|src|url)$/i;

function applies(row, element) {
    if (row.when === "LINK") {
        const words = (attributeOf(element, "rel") ?? "").toLowerCase().split(/\s+/).filter((word) => word !== "");

        return words.some((word) => rels.get(word) !== "NOTHING");
    }
    if (row.when === "PARAM")
        return paramNames.test(attributeOf(element, "name") ?? "");
    if (row.when === "META")
        return (attributeOf(element, "http-equiv") ?? "").toLowerCase() === "refresh";
    if (row.when === "ANIMATE")
        return /^(xlink:)?href$/i.test(attributeOf(element, "attributeName") ?? attributeOf(element, "attributename") ?? "");
    return true;
}

function rowsOf(element) {
    return rows.filter((row) => (row.namespace === "ALL" || element.namespaceURI === namespaces[row.namespace]) &&
        (row.tag === element.tagName.toLowerCase() || row.tag === "*" || (row.tag === "other" && element.tagName !== "a")));
}

function* elementsOf(node) {
    if (node.tagName !== undefined)
        yield node;
    for (const child of node.childNodes ?? [])
        yield* elementsOf(child);
}

function* withTemplates(node) {
    for (const element of elementsOf(node)) {
        yield element;
        if (element.content !== undefined)
            yield* withTemplates(element.content);
    }
}

const textOf = (element) => (element.childNodes ?? []).map((node) => node.value ?? "").join("");

function resolve(url, base) {
    try {
        return new URL(url, base);
    } catch {
        return null;
    }
}

function baseOf(document, page) {
    for (const element of elementsOf(document)) {
        const href = element.tagName === "base" && element.namespaceURI === namespaces.HTML
            ? attributeOf(element, "href") : undefined;

        if (href !== undefined) {
            const url = resolve(href, page);

            return url === null || ["data:", "javascript:"].includes(url.protocol) ? page : url.href;
        }
    }
    return page;
}

// Every URL of a parsed document that a browser would connect to by itself: { where, url, type }.
export function fetchesIn(document, page) {
    const base = baseOf(document, page);
    const found = [];
    const add = (where, text, type) => {
        const url = resolve(text, base);

        if (url !== null && /^(https?|wss?|ftp):$/.test(url.protocol))
            found.push({ where, url: url.href, type });
    };

    for (const element of withTemplates(document)) {
        if (element.tagName === "style" && element.namespaceURI !== namespaces.MATHML)
            for (const { url, type } of urlsIn(textOf(element)))
                add("style", url, type);
        for (const row of rowsOf(element)) {
            const value = attributeOf(element, row.attribute);

            if (value === undefined || readers[row.syntax] === undefined || !applies(row, element) ||
                ["FOLLOW", "SUBMIT"].includes(row.when))
                continue;
            for (const text of (row.when === "LAZY" && row.syntax === "URL" ? lazy : readers[row.syntax])(value))
                add(`${element.tagName} ${row.attribute}`, text, row.type);
        }
    }
    return found;
}

export function fetchesOf(html, page, scripting) {
    return fetchesIn(parse(html, { scriptingEnabled: scripting }), page);
}

const javascript = /^(module|(text|application)\/(x-)?(java|ecma)script|text\/(javascript1\.[0-5]|jscript|livescript))$/i;

// Does the input end in this element? Such a script does not run (HTML standard, 13.2.6.4.8). Known only to a parser that
// was asked for locations.
function isOpen(element) {
    const place = element.sourceCodeLocation;

    return place && place.endTag === undefined;
}

// The texts of the inline scripts that a browser would run.
export function scriptsIn(document) {
    const found = [];

    for (const element of withTemplates(document)) {
        const isScript = element.tagName === "script" && element.namespaceURI !== namespaces.MATHML;
        const type = isScript ? attributeOf(element, "type") : undefined;
        const urls = element.namespaceURI === namespaces.SVG ? ["href", "xlink:href"] : ["src"];
        const text = textOf(element);

        if (isScript && !isOpen(element) && urls.every((url) => attributeOf(element, url) === undefined) && text !== "" &&
            (type === undefined || type === "" || javascript.test(type.trim())))
            found.push(text);
    }
    return found;
}

// The documents in attributes: srcdoc, and data: URLs of frames.
export function documentsIn(document) {
    const found = [];

    for (const element of withTemplates(document))
        for (const row of rowsOf(element)) {
            const value = attributeOf(element, row.attribute);

            if (value !== undefined && row.syntax === "DOCUMENT")
                found.push(value);
            if (value === undefined || row.type !== "frame" || row.syntax !== "URL")
                continue;
            const [, type, base64, body] = resolve(value, "x:y")?.href
                .match(/^data:([^;,]*)[^,]*?(;\s*base64\s*)?,([^#]*)/i) ?? [];

            if (/^\s*(text\/html|(text|application)\/(\S*\+)?xml|\S+\+xml)\s*$/i.test(type ?? ""))
                found.push(Buffer.from(percentDecoded(body), base64 === undefined ? "latin1" : "base64").toString());
        }
    return found;
}

function percentDecoded(text) {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

// The scripts in attributes: handlers, and javascript: URLs wherever a browser runs them; data: URLs of scripts.
export function handlersIn(document) {
    const found = [];

    for (const element of withTemplates(document)) {
        for (const { name, value } of element.attrs ?? [])
            if (/^on./i.test(name))
                found.push(value);
        for (const row of rowsOf(element)) {
            const value = attributeOf(element, row.attribute);
            const url = value !== undefined && row.syntax === "URL" ? resolve(value, "x:y") : null;

            if (url?.protocol === "javascript:" && (row.type === "frame" || ["FOLLOW", "SUBMIT"].includes(row.when)))
                found.push(percentDecoded(url.href));
            if (url?.protocol === "data:" && row.type === "script" && row.when === "ALWAYS")
                found.push(percentDecoded(url.href));
        }
    }
    return found;
}

export function scriptsOf(html) {
    return scriptsIn(parse(html));
}
