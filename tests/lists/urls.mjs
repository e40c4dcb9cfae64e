// SPDX-License-Identifier: Apache-2.0
// Questions for the list engine: { page, type, url }.
import { readFileSync } from "node:fs";
import { parse } from "parse5";

const typeOfTag = {
    script: "script", img: "image", image: "image", input: "image", iframe: "frame", frame: "frame", source: "media",
    video: "media", audio: "media", track: "media", object: "object", embed: "object",
};
const typeOfExtension = {
    js: "script", mjs: "script", css: "style", png: "image", jpg: "image", jpeg: "image", gif: "image", svg: "image",
    webp: "image", ico: "image", woff: "font", woff2: "font", ttf: "font", mp4: "media", mp3: "media", webm: "media",
    json: "xhr", html: "frame", htm: "frame",
};

// What a browser would most likely use the URL as.
function typeOf(url, tag, attribute) {
    const extension = /\.(\w+)$/.exec(url.pathname)?.[1].toLowerCase();

    if (tag !== "a" && typeOfTag[tag] !== undefined && attribute !== "href")
        return typeOfTag[tag];
    return typeOfExtension[extension] ?? (tag === undefined ? "xhr" : "other");
}

function* elementsOf(node) {
    if (node.tagName !== undefined)
        yield node;
    for (const child of [...(node.childNodes ?? []), ...(node.content !== undefined ? [node.content] : [])])
        yield* elementsOf(child);
}

function resolve(text, base) {
    try {
        const url = new URL(text, base);

        return /^https?:$/.test(url.protocol) && url.hostname !== "" ? url : null;
    } catch {
        return null;
    }
}

const literal = /(?:https?:)?\\?\/\\?\/[\w.-]+\.[a-z]{2,}(?::\d+)?(?:\\?\/[^\s"'<>\\)(`,;{}|^]*)*/gi;

// Every URL that a page's text names: in any attribute, in scripts and styles, relative ones too.
function* urlsOf(html, base) {
    for (const element of elementsOf(parse(html))) {
        for (const { name, value } of element.attrs) {
            const whole = /^(?:https?:|\/|\.{0,2}\/|[\w.-]+\/)\S*$/.test(value.trim()) ? resolve(value.trim(), base) : null;

            if (whole !== null)
                yield { url: whole, tag: element.tagName, attribute: name };
            else
                for (const [text] of value.matchAll(literal))
                    yield { url: resolve(text, base), tag: element.tagName, attribute: name };
        }
        if (element.tagName === "script" || element.tagName === "style")
            for (const child of element.childNodes)
                for (const [text] of (child.value ?? "").matchAll(literal))
                    yield { url: resolve(text.replaceAll("\\", ""), base), tag: undefined, attribute: undefined };
    }
}

// Those of the pages in `folder`, each as of the page's own host.
export function realQuestions(folder) {
    const questions = new Map();

    for (const line of readFileSync(`${folder}/HOSTS.tsv`, "utf8").trimEnd().split("\n").slice(1)) {
        const [file, host] = line.split("\t"), page = `https://${host}/`;

        for (const { url, tag, attribute } of urlsOf(readFileSync(`${folder}/${file}`, "utf8"), page)) {
            if (url === null || url.href.length > 8192)
                continue;
            url.hash = "";
            const question = { page, type: typeOf(url, tag, attribute), url: url.href };
            questions.set(JSON.stringify(question), question);
        }
    }
    return [...questions.values()];
}

const words = {
    script: "script", image: "image", stylesheet: "style", css: "style", font: "font", media: "media", object: "object",
    subdocument: "frame", frame: "frame", xmlhttprequest: "xhr", xhr: "xhr", ping: "ping", websocket: "websocket", other: "other",
};

// For a rule of a list a URL that it speaks of, on a page that it speaks of; null where none can be made.
export function questionOf(rule, number) {
    const dollar = rule.lastIndexOf("$"), body = (dollar > 0 ? rule.slice(0, dollar) : rule).replace(/^@@/, "");
    const options = dollar > 0 ? rule.slice(dollar + 1).split(",") : [];
    const type = options.map((option) => words[option]).find((word) => word !== undefined)
        ?? ["script", "image", "xhr", "frame", "style"][number % 5];
    const pages = options.find((option) => option.startsWith("domain="))?.slice(7).split("|").filter((d) => /^[\w.-]+$/.test(d));
    let text = body;

    if (/^\/.*\/$/.test(body) || /[^\x21-\x7e]/.test(body))
        return null;
    text = text.replace(/^\|\|/, `https://${number % 3 === 0 ? "a." : ""}`).replace(/^\|/, "").replace(/\|$/, "");
    text = text.replaceAll("*", number % 2 === 0 ? "x" : "/y-z_1/").replace(/\^$/, number % 4 === 0 ? "/p/q.js?r=1" : "/");
    text = text.replaceAll("^", "/");
    if (body.startsWith("||") && body.endsWith("."))
        text += "example/";
    if (!/^(?:https?|wss?):/.test(text))
        text = /^[/?&.:_-]/.test(text) ? `https://cdn.site.example${/^[/]/.test(text) ? "" : "/x"}${text}z` : `https://cdn.site.example/x?${text}=1`;
    if (type === "websocket")
        text = text.replace(/^http/, "ws");
    const url = resolve(text.replace(/^ws/, "http"), undefined);
    if (url === null)
        return null;
    url.hash = "";
    return {
        page: pages?.length > 0 ? `https://${pages[number % pages.length]}/` : options.includes("~third-party") || number % 7 === 0
            ? `https://${url.hostname.replace(/^a\./, "")}/` : "https://www.page.example/",
        type,
        url: type === "websocket" ? url.href.replace(/^http/, "ws") : url.href,
    };
}

const otherType = { script: "image", image: "script", xhr: "frame", frame: "style", style: "font", font: "media", media: "other",
    other: "object", object: "ping", ping: "xhr", websocket: "websocket" };

// A question beside the one that was made of a rule: another host, path, end, type or page.
export function nearMiss({ page, type, url }, number) {
    const slash = url.indexOf("/", 8), host = url.indexOf("//") + 2;
    const changed = [
        () => ({ page, type, url: `${url.slice(0, host)}x${url.slice(host)}` }),
        () => ({ page, type, url: `${url.slice(0, slash)}x${url.slice(slash)}` }),
        () => ({ page, type, url: `${url.slice(0, slash + 1)}x${url.slice(slash + 1)}` }),
        () => ({ page, type, url: url.slice(0, -1) }),
        () => ({ page, type, url: `${url}x` }),
        () => ({ page, type: otherType[type], url }),
        () => ({ page: "https://another.example/", type, url }),
        () => ({ page: `https://${url.slice(host, slash).replace(/:\d+$/, "")}/`, type, url }),
        () => ({ page, type, url: url.slice(0, slash) + url.slice(slash).toUpperCase() }),
        () => ({ page, type, url: url.replace(/[/?=&-]([^/?=&-]*)$/, "_$1") }),
    ][number % 10]();

    try {
        const { href, hostname } = new URL(changed.url);
        return hostname === "" ? null : { ...changed, url: href, page: new URL(changed.page).href };
    } catch {
        return null;
    }
}
