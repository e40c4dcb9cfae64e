// SPDX-License-Identifier: Apache-2.0
// Random documents that a browser and a rewriter may read differently. The same seed gives the same document.
import { readFileSync } from "node:fs";

const def = readFileSync(new URL("../../common/page/element_rules.def", import.meta.url), "utf8");
const rows = [...def.matchAll(/^(?:LONG_)?ROW\((\w+), \w+, "(\S+) (\S+)", (\w+), (\w+), (\w+), (\w+)\)/gm)]
    .map(([, symbol, tag, attribute, syntax, resource, , when]) =>
        ({ tag: symbol === "OTHER" ? "feTile" : tag, attribute: attribute === "on..." ? "onload" : attribute, syntax, resource, when }));
const anyTags = ["div", "p", "img", "a", "iframe", "script", "li", "rect", "mi", "section", "x-y"];

// Host t.example is held back.
const trackerUrls = ["//t.example/x", "//t.example/x", "https://t.example/x", "HTTPS://T.EXAMPLE/x", "https:\\\\t.example\\x",
    "/\\t.example/x", "\\/t.example", "ht\ntps://t.exa\tmple/", " //t.example/", "http:t.example", "https:t.example/",
    "https://user:pw@t.example/", "https://shop.example@t.example/", "https://t.example:443/", "https://t.example.:8080/x",
    "https://a.b.t.example/", "https://t%2eexample/", "https://t\u3002example/", "https://\uff54.example/",
    "https://t&#46;example/", "https://t&period;example/", "//t&Tab;.example/", "&#x2f;&#47t.example/x",
    "&sol;&sol;t.example/", "https&colon;//t.example", "//t.exam&NewLine;ple/", "//t.example", "//t.example?x", "//t.example#x",
    "https:///t.example/", "////t.example/", "wss://t.example/", "ftp://t.example/", "//t\u00ad.example/", "\u0001//t.example/",
    "//t.ex&#97mple/&amp", "&#47;\\t.example/", "/\n/t.example/", "\r\n//t.example", "https:/t.example/", "https:/\t/t.example",
    "//%74.example/", "&#x0002f/t.example/", "//x:y@t.example", "https://[::1]@t.example/"];
const ownUrls = ["/a.gif", "a.gif", "//shop.example/", "data:,x", "#", "", "about:blank", "https://cdn.shop.example/a"];
const signatures = ["loadCounter(1)", "x;loadCounter(2);y", "<!--\nloadCounter(3)\n//-->", "loadCounter(", "/*</x>*/loadCounter(1)",
    "'<img src=x>';loadCounter(1)", "'<b>';loadCounter(1)", "'<script>loadCounter(2)<\\/script>'", "loadCounter(4)-->", "//<![CDATA[\nloadCounter(1)\n//]]>",
    "<!--loadCounter(1)-->", "i<n;loadCounter(5)", "load&#67;ounter(6)", "loadC<!-- -->ounter(7)", "load<![CDATA[Counter]]>(8)",
    "loadCoun&#x74er(9)", "a&&b;loadCounter&lpar;1)"];
const types = ["", "text/javascript", "module", " text/JavaScript ", "text/plain", "application/json", "importmap"];

const groups = {
    select: ["select", "option", "optgroup", "hr", "input", "keygen", "textarea", "button", "selectedcontent", "datalist", "select"],
    table: ["table", "tr", "td", "th", "tbody", "thead", "tfoot", "caption", "col", "colgroup", "table"],
    foreign: ["svg", "math", "foreignObject", "desc", "title", "mi", "mtext", "mo", "annotation-xml",
        "annotation-xml encoding=text/html", "annotation-xml encoding='application/xhtml+xml'",
        "annotation-xml encoding=TEXT&#47;HTML", "mglyph", "malignmark", "g", "font", "font color", "font size=1", "svg/", "math/",
        "g/", "semantics", "linearGradient", "script", "style", "a", "br", "p", "desc/", "a\0b"],
    raw: ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext", "script", "noscript",
        "listing", "script type=text/plain"],
    page: ["html", "head", "body", "frameset", "frame", "noframes", "noscript", "meta", "link", "title", "base", "bgsound", "basefont",
        "script", "style", "template"],
    template: ["template", "template shadowrootmode=open", "col", "tr", "td", "table", "select", "script", "template", "template"],
    body: ["p", "div", "br", "a", "b", "i", "nobr", "form", "button", "li", "ul", "dd", "dl", "h1", "h2", "font", "object", "applet",
        "marquee", "ruby", "rt", "rp", "rb", "rtc", "pre", "img", "image", "input", "hr", "span", "em", "address", "center", "isindex",
        "param", "area", "embed", "wbr", "details", "summary", "search", "main"],
};

// Mulberry32.
export function generator(seed) {
    let state = seed >>> 0;

    return (below) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), state | 1);

        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
    };
}

export function documentOf(seed) {
    const random = generator(seed);
    const pick = (list) => list[random(list.length)];
    const chance = (percent) => random(100) < percent;
    const kinds = Object.keys(groups);
    const names = [];
    const open = [];

    // A few names, often: what is rare by itself must meet.
    for (let i = 1 + random(3); i > 0; i--) {
        const group = groups[pick(kinds)];

        for (let n = 2 + random(4); n > 0; n--)
            names.push(pick(group));
    }

    function value(text) {
        const kind = random(12);

        if (kind < 5)
            return `"${text.replaceAll('"', "&quot;")}"`;
        if (kind < 8)
            return `'${text.replaceAll("'", "&#39;")}'`;
        if (kind < 9)
            return ` \n"${text.replaceAll('"', "&quot;")}"`;
        return text === "" || /[\s>"'=]/.test(text[0]) ? '""' : text.replace(/[\s>]/g, (c) => `&#${c.charCodeAt(0)};`);
    }

    const spell = (name) => chance(15) ? name.toUpperCase() : name;
    const junk = () => chance(75) ? "" : pick([" a", " a=b", ' a="b"', " a='>'", "/", " /", ' "', " '", " =", " <", ' data-held="x"', " ==x",
        "\f", "\0", " a=\"b", " a='", " a=`b", " =\"", " s\0rc=//t.example/", " type", " name=src", " rel=x", ' a="<!--"', " a=']]>'",
        " a='</noscript>'", ' a="</script>"', " a=<!--", " a='-->'"]);

    function attribute(name, text) {
        const one = `${spell(name)}${pick(["=", "=", "=", " =", "= ", "\n=\t"])}${value(text)}`;

        switch (random(16)) {
        case 0:
            return `${pick([" ", "/"])}${name}=${value(pick(ownUrls))} ${one}`;
        case 1:
            return ` ${one} ${name}=${value(pick(ownUrls))}`;
        case 2:
            return ` ${one}${pick([" ", "/"])}${name}=${value(pick(trackerUrls))}`;
        case 3:
            return `/${one}`;
        case 4:
            return ` a="b"${one}`;
        default:
            return `${pick([" ", " ", " ", "\n", "\t", "  ", "\f", "/ "])}${one}`;
        }
    }

    function url() {
        return chance(85) ? pick(trackerUrls) : chance(30) ? "x.gif" : pick(ownUrls);
    }

    function inner() {
        const one = pick([`<img src="${url()}">`, `<p>x<img src='${url()}'>`, `<script>${pick(signatures)}</script>`, `<a ping=${url()} href=x>y`,
            `<b onclick="${pick(signatures)}">`, `<base href="${url()}"><img src=x>`, `<p>${url()}`, `<svg><image href="${url()}"/></svg>`]);

        return chance(15) ? `<iframe srcdoc="${one.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"></iframe>` : one;
    }

    function carried(row) {
        const text = pick(signatures);

        if (row.syntax === "SCRIPT")
            return text;
        if (row.syntax === "DOCUMENT")
            return inner();
        if (["FOLLOW", "SUBMIT"].includes(row.when) || chance(40))
            return pick(["javascript:", "JavaScript:", "java\nscript:", " javascript:", "javascript:%20"]) + text;
        if (row.tag === "script")
            return pick(["data:,", "data:text/javascript,", "DATA:text/plain,"]) + text;
        return chance(20) ? `data:text/html;base64,${Buffer.from(inner()).toString("base64")}`
            : pick(["data:text/html,", "DATA:text/HTML;charset=utf-8,", "data: text/html ,"]) + inner().replaceAll("#", "%23");
    }

    function written(row) {
        if (["SCRIPT", "DOCUMENT"].includes(row.syntax) || ["FOLLOW", "SUBMIT"].includes(row.when) ||
            (["FRAME", "SCRIPT"].includes(row.resource) && row.when === "ALWAYS" && row.syntax === "URL" && chance(30)))
            return carried(row);
        if (row.syntax === "SRCSET")
            return pick([`${url()} 2x`, `/a.gif 1x, ${url()} 2x`, `/a.gif,, ${url()}`, `, ${url()},/b`, `/a.gif (x,y), ${url()} 1w`]);
        if (row.syntax === "REFRESH")
            return pick(["0;url=", "0; URL = ", "5,", ".5 ;", "0;url='", "0 ", "0;", " 1;Url=\"", "0;ur", "0,url"]) + url();
        if (row.syntax === "VALUES")
            return pick([url(), `/a;${url()}`, `${url()} ; /b`]);
        if (row.when === "LAZY" && row.syntax === "URL" && chance(20))
            return pick([`url(${url()})`, `url("${url()}")`, ` URL( '${url()}' ) `]);
        if (row.syntax === "URLS")
            return pick([url(), `/a ${url()}`, `/a,${url()}`]);
        return url();
    }

    function carrier() {
        const row = chance(40) ? pick(rows.filter(({ tag }) => ["img", "script", "iframe", "image", "use", "source", "a"].includes(tag))) : pick(rows);
        const tag = row.tag === "*" ? pick(anyTags) : row.tag;
        let text = `<${spell(tag)}${junk()}`;
        const context = row.when === "LINK" ? attribute("rel", pick(["stylesheet", "icon", "preload", "x", "next icon", "preconnect"]))
            : row.when === "META" ? attribute("http-equiv", pick(["refresh", "Refresh", "refres&#104;"]))
            : row.when === "PARAM" ? attribute("name", pick(["src", "movie", "DATA"]))
            : row.when === "ANIMATE" ? attribute("attributeName", pick(["href", "xlink:href", "HREF", "fill"])) : "";
        const first = chance(50);

        text += `${first ? context : ""}${attribute(row.attribute, written(row))}${first ? "" : context}${junk()}`;
        if (tag === "script" && chance(20))
            text += attribute("type", pick(types));
        return `${text}${pick([">", ">", ">", ">", ">", "/>", " >", " / >"])}`;
    }

    function start(name = pick(names)) {
        open.push(name.split(/[ /]/)[0]);
        return `<${spell(name)}${chance(80) ? "" : junk()}${chance(3) ? "/" : ""}>`;
    }

    function end() {
        const name = chance(60) && open.length > 0 ? open.pop() : pick(names).split(/[ /]/)[0];

        return `</${spell(name)}${pick(["", "", "", "", " ", "/", " a='>'", "\n", " a=\"", " x"])}${chance(97) ? ">" : ""}`;
    }

    function script() {
        return `<script${chance(80) ? "" : attribute("type", pick(types))}${junk()}>${pick(signatures)}${chance(90) ? "</script>" : ""}`;
    }

    // Where a drawing or a formula is open, with references that are read.
    function sheet() {
        const spelled = (text) => chance(50) ? text : text.replace(/[a-z/:."'()]/gi, (c) => chance(80) ? c
            : pick([`&#${c.charCodeAt(0)};`, `&#x${c.charCodeAt(0).toString(16)};`, `&#${c.charCodeAt(0)}`]));
        const rule = () => pick([`a{b:url(${url()})}`, `a{b:url("${url()}")}`, `@import '${url()}';`, "a &gt; b{c:d}", "/* &amp; */",
            `a{b:url(/c?d&amp;e=${url()})}`, `a{b:image-set(&quot;${url()}&quot; 2x)}`, "&", "&#", "&am"]);

        return `${pick(["<svg>", "", "<math><mtext>"])}<style>${spelled(Array.from({ length: 1 + random(3) }, rule).join(""))}${
            chance(80) ? "</style>" : ""}`;
    }

    const comment = () => pick(["<!---->", "<!-->", "<!--->", "<!--", "-->", "--!>", "--", "-", "<!", "<?", "<!x>", "</>", "</ ", "</3", "<?x?>",
        "<!--x--", "<!--x--!>", "<!--x->", "<!--<!-->", "<!--<!--->", "<!--a--!b-->", "<!--!>", "<!----!", "<!doctype html>", "<!DOCTYPE",
        "<!doctype x \">\" '>'>", "<!--<script>", "<!--<script ", "<script>", "</script>", "</script ", "<!---", "--\0>",
        "<!--[if IE]>", "<![endif]-->", "<!--[IF lt IE 9]><!-->", "<!--<![endif]-->", "<!--[if", "<![if !IE]>", "<![endif]>"]);
    const section = () => pick(["<![CDATA[", "]]>", "]]", "]>", "]]]>", "<![cdata[", "<![CDATA[x]]>", "<![CDATA", "<![CDATA[<!--", "]]&gt;"]);
    const text = () => pick(["x", " ", "\n", "\0", "&", "&#32;", "&amp", "&lt;", "<", ">", "a<b", "\u00e9", "\r", "'", '"', "=", "1 < 2", "\f",
        "\u00a0", "<a", "<img", "/", "loadCounter(9)"]);
    const base = () => `<base href=${value(pick(["//t.example/", "https://t.example/y/", "//shop.example/z", "x:y", "//[", "data:,x", "/"]))}>`;

    const sources = [[24, start], [18, end], [22, carrier], [6, script], [2, sheet], [chance(40) ? 12 : 2, comment], [chance(40) ? 8 : 1, section],
        [8, text], [1, base], [3, () => start(pick(groups[pick(kinds)]))]].flatMap(([weight, source]) => Array(weight).fill(source));
    let out = pick(["", "", "<!doctype html>", "<!DOCTYPE html><body>", "<!doctype html><body><p>x", "<html><head>", "<noscript>", "\ufeff", "<svg>",
        "<select>", "<template>", "<table>", "<math>", "<frameset>"]);

    for (let left = 2 + random(chance(20) ? 40 : 14); left > 0; left--)
        out += pick(sources)();
    if (chance(15)) /* cut off anywhere */
        out = out.slice(0, random(out.length + 1));
    if (chance(10)) {
        const at = random(out.length + 1);

        out = out.slice(0, at) + pick(["", "<", ">", '"', "'", "\0", "-", "/", "=", " ", "&"]) + out.slice(at + random(2));
    }
    return Buffer.from(out, "utf8");
}
