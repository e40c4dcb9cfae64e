// SPDX-License-Identifier: Apache-2.0
// The URLs of style sheets, by another tokenizer.
import { tokenize } from "@csstools/css-tokenizer";

const takesStrings = /^(url|src|image|(-webkit-)?image-set|(-webkit-)?cross-fade)$/i;
const namesHost = /^[\0- ]*(([\t\r\n]*[/\\]){2}|(https?|wss?|ftp):)/i;
const closers = { "{": "}", "[": "]", "(": ")", "function": ")" };

// What a browser may fetch because of this CSS: { url, type }. See common/web/css.h for what counts.
export function urlsIn(css) {
    const found = [], open = [];
    let prelude = "";
    const add = (url, type) => {
        if (url !== "" && (type === "style" || !/^data:/i.test(url)))
            found.push({ url, type });
    };
    const typeHere = () => open.at(-1)?.sheet ? "style" : open.some((block) => block.font) ? "font" : "image";
    const typeOfPrelude = () => {
        const type = prelude === "import" ? "style" : typeHere();

        if (prelude === "import")
            prelude = "";
        return type;
    };

    for (const [type, text, , , data] of tokenize({ css }))
        switch (type) {
        case "at-keyword-token":
            prelude = data.value.toLowerCase();
            break;
        case "semicolon-token":
            prelude = "";
            break;
        case "function-token":
            open.push({ closer: ")", strings: takesStrings.test(data.value),
                sheet: takesStrings.test(data.value) && prelude === "import" });
            if (open.at(-1).sheet)
                prelude = "";
            break;
        case "{-token":
            open.push({ closer: "}", font: prelude === "font-face" });
            prelude = "";
            break;
        case "[-token":
        case "(-token":
            open.push({ closer: closers[text] });
            break;
        case "}-token":
            prelude = "";
        case "]-token": // falls through
        case ")-token":
            if (open.at(-1)?.closer === text)
                open.pop();
            break;
        case "bad-string-token":
        case "bad-url-token": // what follows is not what is imported
            typeOfPrelude();
            break;
        case "url-token":
            if (prelude !== "namespace")
                add(data.value, typeOfPrelude());
            break;
        case "string-token":
            if (prelude === "namespace")
                break;
            if (open.at(-1)?.strings || prelude === "import" ||
                (open.at(-1)?.closer !== "]" && namesHost.test(data.value)))
                add(data.value, typeOfPrelude());
            break;
        }
    return found;
}
