// SPDX-License-Identifier: Apache-2.0
// What a browser makes of a document: parse5 with scripting on and off, with <select> as it was parsed before 2025 and
// as it is since (HTML standard, 13.2.6.4.7; parse5 knows the older rules).
import { Parser, html } from "parse5";
import { documentsIn, fetchesIn, handlersIn, scriptsIn } from "../pages/rules.mjs";

const { TAG_ID } = html;
const IN_BODY = 6, IN_CELL = 14, IN_SELECT = 15, IN_SELECT_IN_TABLE = 16; // of parse5's insertion modes

class SelectIsOrdinary extends Parser {
    constructor(...rest) {
        super(...rest);
        let mode = this.insertionMode;

        Object.defineProperty(this, "insertionMode", {
            get: () => mode,
            set: (next) => {
                if (next !== IN_SELECT && next !== IN_SELECT_IN_TABLE)
                    mode = next;
            },
        });
    }

    // Looks through <select>.
    _resetInsertionMode() {
        const tags = this.openElements.tagIDs;

        this.openElements.tagIDs = tags.map((tag) => tag === TAG_ID.SELECT ? TAG_ID.DIV : tag);
        super._resetInsertionMode();
        this.openElements.tagIDs = tags;
    }

    _startTagOutsideForeignContent(token) {
        const stack = this.openElements;

        if (this.insertionMode >= IN_BODY && this.insertionMode <= IN_CELL && stack.hasInScope(TAG_ID.SELECT)) {
            if (token.tagID === TAG_ID.SELECT || token.tagID === TAG_ID.INPUT)
                stack.popUntilTagNamePopped(TAG_ID.SELECT);
            if (token.tagID === TAG_ID.SELECT)
                return;
            if (token.tagID === TAG_ID.OPTION)
                stack.generateImpliedEndTagsWithExclusion(TAG_ID.OPTGROUP);
            if (token.tagID === TAG_ID.OPTGROUP || token.tagID === TAG_ID.HR)
                stack.generateImpliedEndTags();
        }
        super._startTagOutsideForeignContent(token);
    }
}

export const readings = [Parser, SelectIsOrdinary].flatMap((parser) => [true, false].map((scripting) => ({
    name: `scripting ${scripting ? "on" : "off"}, ${parser === Parser ? "older" : "newer"} <select>`,
    scripting,
    parse: (text) => parser.parse(text, { scriptingEnabled: scripting, sourceCodeLocationInfo: true }),
})));

function isHeld(url) {
    const host = new URL(url).hostname.replace(/\.$/, "");

    return host === "t.example" || host.endsWith(".t.example");
}

// In a document and in those in its attributes. Null: nothing.
function leakIn(text, page, { name, scripting, parse }) {
    const tree = parse(text);
    const fetch = fetchesIn(tree, page).find(({ url }) => isHeld(url));

    if (fetch !== undefined)
        return `fetch: ${name}: ${fetch.where} ${fetch.url}`;
    if (scripting && scriptsIn(tree).some((script) => script.includes("loadCounter(")))
        return `script: ${name}`;
    if (scripting && handlersIn(tree).some((script) => script.includes("loadCounter(")))
        return `handler: ${name}`;
    for (const inner of documentsIn(tree)) {
        const leak = leakIn(inner, page, { name, scripting, parse });

        if (leak !== null)
            return `nested ${leak}`;
    }
    return null;
}

// What a browser would fetch or run of it that is to be held back; null: nothing.
export function leakOf(bytes, page) {
    const text = new TextDecoder().decode(bytes);

    for (const reading of readings) {
        const leak = leakIn(text, page, reading);

        if (leak !== null)
            return leak;
    }
    return null;
}
