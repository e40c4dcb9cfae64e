// SPDX-License-Identifier: Apache-2.0
// What a parser says of a script: where its imports are, and whether two scripts are the same.
import { parse } from "acorn";

// [tree, type], or nothing.
export function treeOf(text, types = ["module", "script"]) {
    for (const sourceType of types)
        try {
            return [parse(text, { ecmaVersion: "latest", sourceType, allowHashBang: true }), sourceType];
        } catch {
        }
    return undefined;
}

// Calls `see(node, parent, key)` for all of a tree. Trees may be deep: no recursion.
export function walk(tree, see) {
    const nodes = [tree], parents = [undefined], keys = [""];

    while (nodes.length > 0) {
        const node = nodes.pop(), parent = parents.pop(), key = keys.pop();

        see(node, parent, key);
        for (const name in node) {
            const value = node[name];

            if (typeof value !== "object" || value === null)
                continue;
            for (const one of Array.isArray(value) ? value : [value])
                if (typeof one?.type === "string") {
                    nodes.push(one);
                    parents.push(node);
                    keys.push(name);
                }
        }
    }
}

const blank = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*/y;
const blankOrClose = /(?:[\s)]|\/\/.*|\/\*[^]*?\*\/)*/y;
const behind = (pattern, text, at) => {
    pattern.lastIndex = at;
    pattern.exec(text);
    return pattern.lastIndex;
};

// [kind, from, to] in the order of the text: where what goes into it goes, and the literal addresses of declarations.
export function editsIn(text, tree) {
    const edits = [];

    walk(tree, (node) => {
        if (node.type === "ImportExpression") {
            const comma = behind(blankOrClose, text, node.source.end);

            edits.push(["OPEN", behind(blank, text, node.start + "import".length) + 1]);
            edits.push(["CLOSE", comma < node.end && text[comma] === "," ? comma : node.end - 1]);
        }
        if (/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type) && node.source)
            edits.push(["SPECIFIER", node.source.start + 1, node.source.end - 1]);
    });
    return edits.sort(([, a], [, b]) => a - b);
}

const code = { OPEN: "cnilLead(", CLOSE: ")" };

export function edited(text, edits) {
    let done = 0, out = "";

    for (const [kind, at] of edits)
        if (code[kind]) {
            out += text.slice(done, at) + code[kind];
            done = at;
        }
    return out + text.slice(done);
}

// Is `other` the tree `tree`, but for `cnilLead()` around addresses of imports?
export function isSame(tree, other) {
    const ones = [tree], others = [other];

    while (ones.length > 0) {
        const one = ones.pop();
        let two = others.pop();

        if (one instanceof RegExp && two instanceof RegExp ? `${one}` !== `${two}` : Array.isArray(one) !== Array.isArray(two))
            return false;
        if (one.type === "ImportExpression" && two.type === one.type && two.source.callee?.name === "cnilLead" &&
            one.source.callee?.name !== "cnilLead" && two.source.arguments.length === 1)
            two = { ...two, source: two.source.arguments[0] };
        for (const key in two)
            if (!(key in one))
                return false;
        for (const key in one) {
            const value = one[key];

            if (key === "start" || key === "end")
                continue;
            if (typeof value !== "object" || typeof two[key] !== "object" || value === null || two[key] === null) {
                if (!Object.is(value, two[key]))
                    return false;
                continue;
            }
            ones.push(value);
            others.push(two[key]);
        }
    }
    return true;
}
