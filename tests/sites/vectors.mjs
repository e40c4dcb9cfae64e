// SPDX-License-Identifier: Apache-2.0
// Every way we know in which a page makes a browser call another host, one vector each, with a host of its own for each
// party, so that a name heard in the sink says which vector it was: NAME.tracker.example (a service that the policy knows)
// and NAME.other.example (which nobody knows). Three pages carry them: /static has those of markup, /hub those that need
// a document of their own, in frames, /run those that a first-party script makes at run time.
//
// A vector: [name, how, options]. `how` is markup, or a function that runs in the page. {u} is the vector's URL, {r} that
// without its scheme, {h} its host; {P}, {W}, {S} the host in other spellings. Options:
//   needs   'script' or 'no script': when a stock browser makes it; always, if it does not say
//   heard   'request' (default), 'connection' (or more), 'name' (or more), 'datagram'
//   void    why a stock browser of today does not make it, and the vector proves nothing: told, and not counted as stopped
//   only    that party alone: two at a time would get into each other's way

import fs from 'node:fs';

const script = { needs: 'script' };

// ---- of markup: one for each row of the rules, made from the row ----

const def = fs.readFileSync(new URL('../../common/page/element_rules.def', import.meta.url), 'utf8');

const gone = 'not in the browsers of today';
const voids = {
    'applet code': gone, 'applet archive': gone, 'applet codebase': gone, 'applet object': gone, 'bgsound src': gone,
    'html manifest': gone, 'fencedframe src': 'needs a configuration object', 'portal src': gone, 'object classid': gone,
    'object codebase': gone, 'object archive': gone, 'param value': gone, 'image lowsrc': gone, 'image dynsrc': gone,
    'img lowsrc': gone, 'img dynsrc': gone, 'mglyph src': gone,
    'animate by': 'a URL has no sum', 'command icon': gone, 'ilayer src': gone, 'layer src': gone, 'menuitem icon': gone, 'webview src': gone,
    'xml src': gone, 'model src': gone, 'model environmentmap': gone, 'template shadowrootadoptedstylesheets': 'behind a flag', 'math altimg': gone, 'input lowsrc': gone, 'input dynsrc': gone,
    'use href': 'same origin only', 'use xlink:href': 'same origin only', 'svg href': 'same document only', 'svg xlink:href': 'same document only',
};

// Why a row is void, if it is.
function voidOf({ tag, attribute, label, when }) {
    return when === 'FOLLOW' || when === 'SUBMIT' ? 'when the visitor follows or sends it' : attribute === 'attributionsrc' ? 'needs an enrolled site' : tag.startsWith('amp-') ? 'made by the script of AMP' : voids[label];
}

const wrap = {
    tr: (tag) => `<table>${tag}<td>x</table>`, td: (tag) => `<table><tr>${tag}x</table>`, th: (tag) => `<table><tr>${tag}x</table>`,
    tbody: (tag) => `<table>${tag}<tr><td>x</table>`, thead: (tag) => `<table>${tag}<tr><td>x</table>`, tfoot: (tag) => `<table>${tag}<tr><td>x</table>`,
    col: (tag) => `<table>${tag}<tr><td>x</table>`, colgroup: (tag) => `<table>${tag}</colgroup><tr><td>x</table>`,
    table: (tag) => `${tag}<tr><td>x</table>`, param: (tag) => `<object>${tag}</object>`,
    track: (tag) => `<video crossorigin preload="auto" src="/own.wav">${tag.replace('<track', '<track kind="subtitles" default')}</video>`,
    source: (tag) => / srcset/.test(tag) ? `<picture>${tag}<img src="/own.svg" alt=""></picture>` : `<video preload="auto">${tag}</video>`,
    input: (tag) => `<form>${tag.replace('<input', '<input type="image" alt="x"')}</form>`,
};

function markupOf({ tag, attribute, syntax, namespace, when }) {
    if (when === 'LAZY') // /late.js plays the library
        return `<img class="late" ${attribute}="${syntax === 'SRCSET' ? '{u} 1x' : '{u}'}" alt="">`;
    if (attribute === 'ping')
        return tag === 'area' ? '<map><area class="late" href="#x" ping="{u}" alt="x"></map>' : '<a class="late" href="#x" ping="{u}">x</a>';
    if (when === 'ANIMATE')
        return `<svg width="9" height="9"><image width="9" height="9"><${tag} attributeName="href" ${attribute}="{u}" ${attribute === 'from' ? 'to="/own.svg" ' : attribute === 'to' && tag === 'animate' ? 'from="/own.svg" ' : ''}dur="1s" ${attribute === 'to' ? 'begin="-0.7s" ' : ''}repeatCount="indefinite"/></image></svg>`;
    const value = syntax === 'REFRESH' ? '0; url={u}' : syntax === 'SRCSET' ? '{u} 1x' : '{u}';
    const more = when === 'LINK' ? ' rel="stylesheet"' : when === 'PARAM' ? ' name="movie"' : when === 'META' ? ' http-equiv="refresh"' :
        attribute === 'imagesrcset' ? ' rel="preload" as="image"' : tag === 'embed' || tag === 'object' ? ' type="text/html"' :
            tag === 'video' || tag === 'audio' ? ' preload="auto"' : tag === 'iframe' ? ' width="9" height="9"' : '';
    const one = `<${tag} ${attribute}="${value}"${more}>`;

    if (namespace === 'SVG') {
        const name = { feimage: 'feImage', svg: 'linearGradient' }[tag] ?? tag;
        const open = one.replace(`<${tag}`, `<${name} width="9" height="9"`);

        return name === 'feImage' ? `<svg width="9" height="9"><filter id="f-{n}">${open}</feImage></filter><rect width="9" height="9" filter="url(#f-{n})"/></svg>`
            : `<svg width="9" height="9" xmlns:xlink="http://www.w3.org/1999/xlink">${open}</${name}></svg>`;
    }
    if (namespace === 'MATHML')
        return `<math>${one}</${tag}></math>`;
    return wrap[tag]?.(one) ?? one + (/^(img|image|embed|link|meta|base|input|source|track|param|bgsound|frame)$/.test(tag) ? '' : `</${tag}>`);
}

// Rows that need a document of their own.
const ownDocument = {
    'base href': '<head><base href="https://{h}/"></head><img src="base.svg" alt="">',
    'body background': '<body background="{u}">x',
    'frame src': '<frameset cols="50%,50%"><frame src="{u}"><frame src="/own.html"></frameset>',
    'html manifest': '<html manifest="{u}"><body>x',
    'meta content': '<meta http-equiv="refresh" content="0; url={u}">x',
};

// Rows that other vectors below make by hand: their value is more than a URL.
const byHand = /^(CSS|STYLE|SRCDOC|DOCUMENT|IMPORTMAP|SPECULATION|SCRIPT|PING|FORM|DATA|LAZY)/;

const rows = [...def.matchAll(/^(?:LONG_)?ROW\(\w+, \w+, "(\S+) (\S+)", (\w+), (\w+), (\w+), (\w+)\)/gm)]
    .map(([, tag, attribute, syntax, , namespace, when]) => ({ tag, attribute, label: `${tag} ${attribute}`, syntax, namespace, when }));

const named = (label) => `row-${label.replace('* ', 'any-').replace(/[^a-z]+/g, '-')}`;
// Links and forms are the visitor's act.
const usual = rows.filter(({ label, syntax, when }) => !(label in ownDocument) && when !== 'FOLLOW' && when !== 'SUBMIT' && ['URL', 'URLS', 'SRCSET', 'VALUES'].includes(syntax) && !byHand.test(syntax));

const fromRows = usual.map((row) => [named(row.label) + (row.namespace === 'SVG' ? '-svg' : ''), markupOf(row),
    { void: voidOf(row), needs: row.tag === 'script' || row.when === 'LAZY' || row.attribute === 'ping' ? 'script' : undefined }]);

// ---- of markup, by hand ----

const byMarkup = [
    ['script-async', '<script async src="{u}"></script>', script],
    ['script-module', '<script type="module" src="{u}"></script>', script],
    ['script-module-inline', '<script type="module">import "{u}"</script>', script],
    ['script-import-map', '<script type="importmap">{"imports":{"{n}":"{u}"}}</script><script type="module">import "{n}"</script>', script],
    ['script-loader', '<script>(function(){var s=document.createElement("script");s.src="{u}";/*{loader}*/document.head.appendChild(s)})()</script>', script],
    ['script-shared', '<script>function shared(u) { document.createElement("img").src = u; } shared("{u}")</script>', script],
    ['script-write', '<script>document.write("<img src=\\"{u}\\">")</script>', script],
    ['script-speculation', '<script type="speculationrules">{"prefetch":[{"source":"list","urls":["{u}"]}]}</script>', { ...script, void: 'a cross-site prefetch goes through a proxy that is not there' }],
    ['img-entity', '<img src="&#104;ttps:{r}" alt="">'],
    ['img-entity-open', '<img src="https&#58//{h}/x" alt="">'],
    ['img-tab', '<img src="ht\ttps:{r}" alt="">'],
    ['img-newline', '<img src="https:\n//{h}/x" alt="">'],
    ['img-backslash', '<img src="https:\\\\{h}\\x" alt="">'],
    ['img-slashes', '<img src="https:/{h}/x" alt="">', { void: 'a URL of the same scheme without slashes is relative' }],
    ['img-unquoted', '<IMG SRC={u} ALT=x>'],
    ['img-relative', '<img src="{r}" alt="">'],
    ['img-credentials', '<img src="https://shop.example@{h}/x" alt="">', { void: 'Chromium asks for nothing with credentials in a subresource' }],
    ['img-port', '<img src="https://{h}:443/x" alt="">'],
    ['img-dot', '<img src="https://{h}./x" alt="">', { heard: 'name' }],
    ['img-percent', '<img src="https://{P}/x" alt="">'],
    ['img-wide', '<img src="https://{W}/x" alt="">'],
    ['img-full-stop', '<img src="https://{S}/x" alt="">'],
    ['img-spelt-entity', '<img src="https://&#37;{P2}/x" alt="">'],
    ['img-spelt-relative', '<img srcset="//{W} 1x" alt="">'],
    ['script-spelt', '<script src="https:\\\\{P}/x"></script>', script],
    ['frame-spelt', '<iframe src="//{S}/x" width="9" height="9"></iframe>'],
    ['preconnect-spelt', '<link rel="preconnect" href="https://{W}">', { heard: 'connection' }],
    ['style-spelt', '<style>#{n} { background: url(https://{P}/x) }</style><div id="{n}">x</div>'],
    ['script-spelt-text', '<script>new Image().src = "https://{P}/x"/*{loader}*/</script>', script],
    ['img-case', '<img src="HTTPS://{H}/x" alt="">'],
    ['img-lazy', '<img loading="lazy" src="{u}" alt="" width="9" height="9">'],
    ['img-in-noscript', '<noscript><img src="{u}" alt=""></noscript>', { needs: 'no script' }],
    ['img-in-select', '<select><option><img src="{u}" alt=""></option></select>'],
    ['img-in-math', '<math><annotation-xml encoding="text/html"><img src="{u}" alt=""></annotation-xml></math>'],
    ['img-in-foreign-object', '<svg width="9" height="9"><foreignObject width="9" height="9"><img src="{u}" alt=""></foreignObject></svg>'],
    ['img-breaks-out', '<svg><p><img src="{u}" alt=""></svg>'],
    ['img-shadow', '<div><template shadowrootmode="open"><img src="{u}" alt=""></template></div>'],
    ['svg-script-text', '<svg><script>new Image().src = "{u}"/*{loader}*/</script></svg>', script],
    ['iframe-srcdoc', '<iframe srcdoc="&lt;img src=&quot;{u}&quot;&gt;" width="9" height="9"></iframe>'],
    ['iframe-srcdoc-script', '<iframe srcdoc="&lt;script src=&quot;{u}&quot;&gt;&lt;/script&gt;" width="9" height="9"></iframe>', script],
    ['iframe-data', '<iframe src="data:text/html,<img src=\'{u}\'>" width="9" height="9"></iframe>'],
    ['iframe-data-xml', '<iframe src="data:application/xhtml+xml,<html xmlns=\'http://www.w3.org/1999/xhtml\'><title><img src=\'{u}\'/></title></html>" width="9" height="9"></iframe>'],
    ['srcdoc-refresh-data', `<iframe srcdoc="<meta http-equiv=refresh content='0;url=data:text/html,<img src={u}>'>" width="9" height="9"></iframe>`],
    ['script-webbundle', '<script type="webbundle">{"source":"{u}","resources":["{u}?a"]}</script>', script],
    ['iframe-javascript', '<iframe src="javascript:\'<img src={u}>\'" width="9" height="9"></iframe>', script],
    ['object-data-url', '<object data="data:text/html,<img src=\'{u}\'>" type="text/html"></object>'],
    ['embed-data-url', '<embed src="data:text/html,<img src=\'{u}\'>" type="text/html">'],
    ['img-onerror', '<img src="data:," onerror="new Image().src=\'{u}\'" alt="">', script],
    ['link-preconnect', '<link rel="preconnect" href="https://{h}">', { heard: 'connection' }],
    ['link-dns-prefetch', '<link rel="dns-prefetch" href="{r}">', { heard: 'name' }],
    ['link-preload', '<link rel="preload" as="image" href="{u}">'],
    ['link-prefetch', '<link rel="prefetch" href="{u}">'],
    ['link-modulepreload', '<link rel="modulepreload" href="{u}">', script],
    ['link-prerender', '<link rel="prerender" href="{u}">', { void: 'a cross-site prerender is not made' }],
    ['link-icon', '<link rel="icon" href="{u}">', { void: 'looked for in <head> alone: tests/browser has it' }],
    ['link-manifest', '<link rel="manifest" href="{u}">', { void: 'looked for in <head> alone: tests/browser has its icon' }],
    ['link-in-body', '<p><link rel="stylesheet" href="{u}" media="print">'],
    ['link-alternate-style', '<link rel="alternate stylesheet" title="x" href="{u}">'],
    ['style-url', '<style>#{n} { background: url({u}) }</style><div id="{n}">x</div>'],
    ['style-string', '<style>#{n} { background-image: image-set("{u}" 1x) }</style><div id="{n}">x</div>'],
    ['style-import', '<style>@import "{u}";</style>'],
    ['style-import-url', '<style>@import url({u}) print;</style>'],
    ['style-escape', '<style>#{n} { background: \\75rl("https:\\2f\\2f{h}/x") }</style><div id="{n}">x</div>'],
    ['style-font', '<style>@font-face { font-family: "{n}"; src: url({u}) } #{n} { font-family: "{n}" }</style><div id="{n}">x</div>'],
    ['style-list', '<style>#{n} { display: list-item; list-style: url({u}) }</style><div id="{n}">x</div>'],
    ['style-content', '<style>#{n}::before { content: url("{u}") }</style><div id="{n}">x</div>'],
    ['style-cursor', '<style>#{n} { cursor: url({u}), auto }</style><div id="{n}">x</div>'],
    ['style-variable', '<style>#{n} { --u: url({u}); background: var(--u) }</style><div id="{n}">x</div>'],
    ['style-border', '<style>#{n} { border: 3px solid; border-image: url({u}) 1 }</style><div id="{n}">x</div>'],
    ['style-mask', '<style>#{n} { mask-image: url({u}) }</style><div id="{n}">x</div>'],
    ['style-in-svg', '<svg width="9" height="9"><style>#{n} { background: url({u}) }</style></svg><div id="{n}">x</div>'],
    ['style-attribute', '<div style="background: url({u})">x</div>'],
    ['style-attribute-entity', '<div style="background: url(&quot;{u}&quot;)">x</div>'],
    ['style-attribute-escape', '<div style="background: u\\72l(\'https:\\2f /{h}/x\')">x</div>'],
    ['style-sheet', '<link rel="stylesheet" href="/sheet.css?url={h}&amp;id={n}"><div id="{n}">x</div>'],
    ['style-sheet-import', '<link rel="stylesheet" href="/sheet.css?import={h}">'],
    ['svg-style-attribute', '<svg width="9" height="9"><g style="background: url({u})"><rect width="9" height="9" style="fill: url({u}#x)"/></g></svg>'],
    ['svg-use-file', '<svg width="9" height="9"><use href="/drawing.svg?{h}#x"/></svg>'],
    ['video-playlist', '<video muted preload="auto" src="/list.m3u8?{h}"></video>'],
    ['svg-mask-attribute', '<svg width="9" height="9"><rect width="9" height="9" mask="url({u}#a)"/></svg>'],
    ['svg-set', '<svg width="9" height="9"><image width="9" height="9"><set attributeName="href" to="{u}"/></image></svg>'],
    ['svg-animate', '<svg width="9" height="9"><image width="9" height="9"><animate attributeName="href" values="{u};{u}" dur="9s"/></image></svg>'],
    ['select-image', '<input type="image" src="{u}" alt="x">'],
    ['conditional-comment', '<!--[if !IE]><!--><img src="{u}" alt=""><!--<![endif]-->'],
    ['attribution-source', '<img src="/own.svg" attributionsrc="{u}" alt="">', { void: 'needs an enrolled site' }],
];

// ---- documents of their own, in frames: [name, head and body, options]; `type` and `header` of the response ----

const inDocument = [
    ...rows.filter(({ label }) => label in ownDocument).map(({ label }) => [named(label), `<!DOCTYPE html><title>x</title>${ownDocument[label]}`, { void: voids[label] }]),
    ['header-link-preload', '<!DOCTYPE html><title>x</title>', { header: ['Link', '<{u}>; rel=preload; as=image'] }],
    ['header-link-preconnect', '<!DOCTYPE html><title>x</title>', { header: ['Link', '<https://{h}>; rel=preconnect'], heard: 'connection' }],
    ['header-link-dns', '<!DOCTYPE html><title>x</title>', { header: ['Link', '<https://{h}>; rel=dns-prefetch'], heard: 'name' }],
    ['header-link-preload-script', '<!DOCTYPE html><title>x</title>', { header: ['Link', '<{u}>; rel="preload"; as="script"'], ...script }],
    ['header-link-prefetch', '<!DOCTYPE html><title>x</title>', { header: ['Link', '</own.svg>; rel=next, <{u}>; rel=prefetch'] }],
    ['header-link-modulepreload', '<!DOCTYPE html><title>x</title>', { header: ['Link', '<{u}>; rel=modulepreload'], ...script }],
    ['header-link-spelt', '<!DOCTYPE html><title>x</title>', { header: ['Link', '<//{P}/x>; rel=preload; as=image'] }],
    ['header-refresh-spelt', '<!DOCTYPE html><title>x</title>', { header: ['Refresh', "0; url='//{P}/x'"] }],
    ['header-link-style', '<!DOCTYPE html><title>x</title>', { header: ['Link', '<{u}>; rel=stylesheet'], void: 'Chromium takes no style sheet from a header' }],
    ['header-refresh', '<!DOCTYPE html><title>x</title>', { header: ['Refresh', '0; url={u}'] }],
    ['header-csp-report', '<!DOCTYPE html><title>x</title><script src="data:text/javascript,1"></script>', { header: ['Content-Security-Policy', "script-src 'self'; report-uri {u}"], ...script }],
    ['header-csp-report-only', '<!DOCTYPE html><title>x</title><script src="data:text/javascript,1"></script>', { header: ['Content-Security-Policy-Report-Only', "script-src 'self'; report-uri {u}"], ...script }],
    ['header-nel', '<!DOCTYPE html><title>x</title>', { header: ['Report-To', '{"group":"n","max_age":999,"endpoints":[{"url":"{u}"}]}'], void: 'reports come a minute later' }],
    ['header-speculation', '<!DOCTYPE html><title>x</title>', { header: ['Speculation-Rules', '"{u}"'], void: 'read in top documents alone' }],
    ['document-svg', '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image width="9" height="9" xlink:href="{u}"/></svg>', { type: 'image/svg+xml' }],
    ['document-svg-script', '<svg xmlns="http://www.w3.org/2000/svg"><script href="{u}"/></svg>', { type: 'image/svg+xml', ...script }],
    ['document-svg-style', '<?xml-stylesheet href="{u}" type="text/css"?><svg xmlns="http://www.w3.org/2000/svg"/>', { type: 'image/svg+xml' }],
    ['document-xhtml', '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body><img src="{u}" alt=""/></body></html>', { type: 'application/xhtml+xml' }],
    ['document-xhtml-prefix', '<h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>x</h:title></h:head><h:body><h:img src="{u}" alt=""/></h:body></h:html>', { type: 'application/xhtml+xml' }],
    ['document-xml-style', '<?xml version="1.0"?><?xml-stylesheet href="{u}" type="text/css"?><a>x</a>', { type: 'text/xml' }],
    ['document-utf-16', '<!DOCTYPE html><title>x</title><img src="{u}" alt="">', { type: 'text/html; charset=utf-16le', encode: (text) => Buffer.from(text, 'utf16le') }],
    ['document-no-type', '<!DOCTYPE html><title>x</title><img src="{u}" alt="">', { type: null }],
    ['document-plaintext', '<!DOCTYPE html><title>x</title><img src="{u}" alt=""><plaintext>', {}],
    ['document-quirks', '<img src="{u}" alt="">', {}],
    ['document-redirected', '<!DOCTYPE html><title>x</title><img src="/away?{h}" alt="">', {}],
    ['document-redirected-script', '<!DOCTYPE html><title>x</title><script src="/away?{h}"></script>', script],
    ['document-redirected-frame', '<!DOCTYPE html><title>x</title><iframe src="/away?{h}"></iframe>', {}],
];

// ---- at run time: (u, h, name) => ..., run in the page by /run.js ----

const add = (element) => document.body.appendChild(element);
const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

const atRunTime = [
    ['run-script', (u) => add(make('script', { src: u }))],
    ['run-script-attribute', (u) => { const s = make('script'); s.setAttribute('src', u); add(s); }],
    ['run-script-ns', (u) => { const s = make('script'); s.setAttributeNS(null, 'src', u); add(s); }],
    ['run-script-node', (u) => { const s = make('script'), a = document.createAttribute('src'); a.value = u; s.setAttributeNode(a); add(s); }],
    ['run-script-module', (u) => add(make('script', { type: 'module', src: u }))],
    ['run-script-text', (u) => add(make('script', { text: `new Image().src=${JSON.stringify(u)}` }))],
    ['run-script-before', (u) => document.head.insertBefore(make('script', { src: u }), document.head.firstChild)],
    ['run-script-append', (u) => document.head.append(make('script', { src: u }))],
    ['run-script-prepend', (u) => document.head.prepend(make('script', { src: u }))],
    ['run-script-after', (u) => document.head.lastChild.after(make('script', { src: u }))],
    ['run-script-replace', (u) => { const e = add(make('i')); e.replaceWith(make('script', { src: u })); }],
    ['run-script-later', (u) => { const s = add(make('script')); s.src = u; }],
    ['run-script-svg', (u) => { const s = document.createElementNS('http://www.w3.org/2000/svg', 'script'); s.setAttribute('href', u); add(document.createElementNS('http://www.w3.org/2000/svg', 'svg')).append(s); }],
    ['run-image-percent', (u, h) => { new Image().src = `https://%${h.charCodeAt(0).toString(16)}${h.slice(1)}/x`; }],
    ['run-image-wide', (u, h) => { new Image().src = `https://${String.fromCharCode(h.charCodeAt(0) + 0xfee0)}${h.slice(1)}/x`; }],
    ['run-fetch-full-stop', (u, h) => fetch(`//${h.replaceAll('.', '\u3002')}/x`, { mode: 'no-cors' }).catch(() => {})],
    ['run-html-spelt', (u, h) => { add(make('div')).innerHTML = `<img src="https:\\\\%${h.charCodeAt(0).toString(16)}${h.slice(1)}/x" alt="">`; }],
    ['run-image', (u) => { new Image().src = u; }],
    ['run-image-element', (u) => { document.createElement('img').src = u; }],
    ['run-image-attribute', (u) => { document.createElement('img').setAttribute('src', u); }],
    ['run-image-srcset', (u) => { new Image().srcset = `${u} 1x`; }],
    ['run-image-attribute-srcset', (u) => { add(make('img')).setAttribute('srcset', `/own.svg 9x, ${u} 1x`); }],
    ['run-picture', (u) => { const p = add(make('picture')); p.append(make('source', { srcset: u })); p.append(make('img', { src: '/own.svg' })); }],
    ['run-input-image', (u) => add(make('input', { type: 'image', src: u }))],
    ['run-body-background', (u) => add(make('table')).setAttribute('background', u)],
    ['run-svg-image', (u) => { const s = add(document.createElementNS('http://www.w3.org/2000/svg', 'svg')), i = document.createElementNS('http://www.w3.org/2000/svg', 'image'); s.append(i); i.setAttributeNS('http://www.w3.org/1999/xlink', 'xlink:href', u); }],
    ['run-svg-image-base', (u) => { const s = add(document.createElementNS('http://www.w3.org/2000/svg', 'svg')), i = document.createElementNS('http://www.w3.org/2000/svg', 'image'); i.setAttribute('width', 9); i.setAttribute('height', 9); s.append(i); i.href.baseVal = u; }],
    ['run-iframe', (u) => add(make('iframe', { src: u }))],
    ['run-iframe-attribute', (u) => add(make('iframe')).setAttribute('src', u)],
    ['run-iframe-srcdoc', (u) => add(make('iframe', { srcdoc: `<img src="${u}">` }))],
    ['run-iframe-srcdoc-script', (u) => add(make('iframe', { srcdoc: `<script>new Image().src=${JSON.stringify(u)}</` + 'script>' }))],
    ['run-iframe-data', (u) => add(make('iframe', { src: `data:text/html,<img src="${u}">` }))],
    ['run-iframe-blob', (u) => add(make('iframe', { src: URL.createObjectURL(new Blob([`<img src="${u}">`], { type: 'text/html' })) }))],
    ['run-iframe-bytes', (u) => add(make('iframe', { src: URL.createObjectURL(new Blob([new TextEncoder().encode(`<img src="${u}">`)], { type: 'text/html' })) }))],
    ['run-iframe-javascript', (u) => add(make('iframe', { src: `javascript:'<img src="${u}">'` }))],
    ['run-iframe-realm-fetch', (u) => { add(make('iframe')).contentWindow.fetch(u, { mode: 'no-cors' }); }],
    ['run-iframe-realm-image', (u) => { const w = add(make('iframe')).contentWindow; new w.Image().src = u; }],
    ['run-iframe-realm-beacon', (u) => { add(make('iframe')).contentWindow.navigator.sendBeacon(u, 'x'); }],
    ['run-iframe-realm-by-index', (u) => { const n = window.length; document.body.insertAdjacentHTML('beforeend', '<iframe></iframe>'); window[n].fetch(u, { mode: 'no-cors' }); }],
    ['run-iframe-realm-borrowed', (u) => { const w = add(make('iframe')).contentWindow; w.Function('u', 'new XMLHttpRequest().constructor; const x = new XMLHttpRequest(); x.open("GET", u); x.send()')(u); }],
    ['run-iframe-write', (u) => { const d = add(make('iframe')).contentDocument; d.open(); d.write(`<img src="${u}">`); d.close(); }],
    ['run-iframe-location', (u) => { add(make('iframe')).contentWindow.location = u; }],
    ['run-embed', (u) => add(make('embed', { type: 'text/html', src: u }))],
    ['run-object', (u) => add(make('object', { type: 'text/html', data: u }))],
    ['run-fetch', (u) => { fetch(u, { mode: 'no-cors' }); }],
    ['run-fetch-request', (u) => { fetch(new Request(u, { mode: 'no-cors' })); }],
    ['run-fetch-url', (u) => { fetch(new URL(u)).catch(() => {}); }],
    ['run-fetch-keepalive', (u) => { fetch(u, { mode: 'no-cors', keepalive: true, method: 'POST', body: 'x' }); }],
    ['run-fetch-redirected', (u, h) => { fetch(`/away?${h}`, { mode: 'no-cors' }).catch(() => {}); }],
    ['run-xhr', (u) => { const x = new XMLHttpRequest(); x.open('GET', u); x.send(); }],
    ['run-xhr-relative', (u, h) => { const x = new XMLHttpRequest(); x.open('GET', `//${h}/x`); x.send(); }],
    ['run-beacon', (u) => { navigator.sendBeacon(u, 'x'); }],
    ['run-websocket', (u, h) => { new WebSocket(`wss://${h}/x`); }],
    ['run-websocket-relative', (u) => { new WebSocket(u.slice(u.indexOf('//'))); }],
    ['run-eventsource', (u) => { new EventSource(u); }],
    ['run-webtransport', (u, h) => { new WebTransport(`https://${h}:443/x`).ready.catch(() => {}); }, { heard: 'name' }],
    ['run-rtc', (u, h) => { const p = new RTCPeerConnection({ iceServers: [{ urls: `stun:${h}:3478` }] }); p.createDataChannel('x'); p.createOffer().then((o) => p.setLocalDescription(o)); }, { heard: 'name' }],
    ['run-fetch-later', (u) => { fetchLater(u, { activateAfter: 0 }); }],
    ['run-worker', (u) => { new Worker(`/worker.js?${encodeURIComponent(u)}`); }],
    ['run-worker-import', (u) => { new Worker(`/worker.js?import=${encodeURIComponent(u)}`); }],
    ['run-worker-module', (u) => { new Worker(`/worker-module.js?${encodeURIComponent(u)}`, { type: 'module' }); }],
    ['run-worker-blob', (u) => { new Worker(URL.createObjectURL(new Blob([`fetch(${JSON.stringify(u)}, { mode: 'no-cors' })`]))); }],
    ['run-worker-data', (u) => { new Worker(`data:text/javascript,${encodeURIComponent(`fetch(${JSON.stringify(u)}, { mode: 'no-cors' })`)}`); }],
    ['run-worker-socket', (u, h) => { new Worker(URL.createObjectURL(new Blob([`new WebSocket("wss://${h}/x")`]))); }],
    ['run-worker-nested', (u) => { const inner = `fetch(${JSON.stringify(u)}, { mode: 'no-cors' })`; new Worker(URL.createObjectURL(new Blob([`new Worker(URL.createObjectURL(new Blob([${JSON.stringify(inner)}])))`]))); }],
    ['run-worker-shared', (u) => { new SharedWorker(`/worker.js?${encodeURIComponent(u)}`); }],
    ['run-worker-service', (u, h, name) => { navigator.serviceWorker.register(`/service/worker.js?${encodeURIComponent(u)}`, { scope: `/service/${name}` }).catch(() => {}); }],
    ['run-worklet-audio', (u) => { new AudioContext().audioWorklet.addModule(u).catch(() => {}); }],
    ['run-worklet-paint', (u) => { CSS.paintWorklet.addModule(u).catch(() => {}); }],
    ['run-inner-html', (u) => { add(make('div')).innerHTML = `<img src="${u}">`; }],
    ['run-inner-html-style', (u) => { add(make('div')).innerHTML = `<b style="background: url(${u})">x</b>`; }],
    ['run-inner-html-handler', (u) => { add(make('div')).innerHTML = `<img src="data:," onerror="fetch('${u}', {mode: 'no-cors'})">`; }],
    ['run-inner-html-frame', (u) => { add(make('div')).innerHTML = `<iframe src="${u}"></iframe>`; }],
    ['run-outer-html', (u) => { add(make('div')).outerHTML = `<img src="${u}">`; }],
    ['run-insert-adjacent', (u) => document.body.insertAdjacentHTML('beforeend', `<img src="${u}">`)],
    ['run-contextual', (u) => add(document.createRange().createContextualFragment(`<script src="${u}"></` + 'script>'))],
    ['run-dom-parser', (u) => add(new DOMParser().parseFromString(`<img src="${u}">`, 'text/html').body.firstChild)],
    ['run-template', (u) => { const t = make('template'); t.innerHTML = `<img src="${u}">`; add(t.content.cloneNode(true)); }],
    ['run-shadow', (u) => { add(make('div')).attachShadow({ mode: 'closed' }).innerHTML = `<img src="${u}">`; }],
    ['run-set-html', (u) => { add(make('div')).setHTMLUnsafe(`<img src="${u}">`); }],
    ['run-set-html-shadow', (u) => { add(make('div')).setHTMLUnsafe(`<div><template shadowrootmode="open"><img src="${u}"></template></div>`); }],
    ['run-adopt', (u) => { const d = document.implementation.createHTMLDocument(''); d.body.innerHTML = `<img src="${u}">`; add(document.adoptNode(d.body.firstChild)); }],
    ['run-style', (u) => { const e = add(make('div', { textContent: 'x' })); e.style.backgroundImage = `url(${u})`; }],
    ['run-style-drawn', (u) => { const e = add(make('div', { textContent: 'x' })); e.style.background = `url(${u})`; e.getBoundingClientRect(); }],
    ['run-rule-style', (u) => { add(make('div', { className: 'ruled', textContent: 'x' })); const sheet = add(make('style', { textContent: '.ruled {}' })).sheet; sheet.cssRules[0].style.backgroundImage = `url(${u})`; document.body.getBoundingClientRect(); }],
    ['run-rule-nested', (u) => { add(make('div', { className: 'nested', textContent: 'x' })); const sheet = add(make('style', { textContent: '.nested { & b {} color: red }' })).sheet; sheet.cssRules[0].cssRules[1].style.backgroundImage = `url(${u})`; document.body.getBoundingClientRect(); }],
    ['run-rule-forwarded', (u) => { add(make('div', { className: 'forwarded', textContent: 'x' })); add(make('style', { textContent: '.forwarded {}' })).sheet.cssRules[0].style = `background: url(${u})`; document.body.getBoundingClientRect(); }],
    ['run-rule-in-rule', (u) => { add(make('div', { className: 'inner', textContent: 'x' })); add(make('style', { textContent: '@media all {}' })).sheet.cssRules[0].insertRule(`.inner { background: url(${u}) }`); document.body.getBoundingClientRect(); }],
    ['run-style-text-node', (u) => { add(make('style')).appendChild(document.createTextNode(`@import "${u}";`)); }],
    ['run-style-borrowed', (u) => { const e = add(make('div', { textContent: 'x' })); Object.getOwnPropertyDescriptor(CSSStyleDeclaration.prototype, 'cssText').set.call(e.style, `background: url(${u})`); }],
    ['run-style-text', (u) => { const e = add(make('div', { textContent: 'x' })); e.style.cssText = `background: url(${u})`; }],
    ['run-style-property', (u) => { const e = add(make('div', { textContent: 'x' })); e.style.setProperty('background', `url(${u})`); }],
    ['run-style-attribute', (u) => { const e = add(make('div', { textContent: 'x' })); e.setAttribute('style', `background: url(${u})`); }],
    ['run-style-map', (u) => { const e = add(make('div', { textContent: 'x' })); e.attributeStyleMap.set('background-image', `url(${u})`); }],
    ['run-style-element', (u) => { add(make('style', { textContent: `@import "${u}";` })); }],
    ['run-style-rule', (u, h, name) => { const s = add(make('style')); s.sheet.insertRule(`#${name} { background: url(${u}) }`); add(make('div', { id: name, textContent: 'x' })); }],
    ['run-style-adopted', (u, h, name) => { const s = new CSSStyleSheet(); s.replaceSync(`#${name} { background: url(${u}) }`); document.adoptedStyleSheets = [...document.adoptedStyleSheets, s]; add(make('div', { id: name, textContent: 'x' })); }],
    ['run-style-animation', (u) => { add(make('div', { textContent: 'x' })).animate([{ backgroundImage: `url(${u})` }, { backgroundImage: `url(${u})` }], 9999); }],
    ['run-style-link', (u) => add(make('link', { rel: 'stylesheet', href: u }))],
    ['run-font', (u, h, name) => { new FontFace(name, `url(${u})`).load().catch(() => {}); }],
    ['run-import', (u) => { import(u).catch(() => {}); }],
    ['run-import-map', (u, h, name) => { add(make('script', { type: 'importmap', text: JSON.stringify({ imports: { [name]: u } }) })); add(make('script', { type: 'module', text: `import ${JSON.stringify(name)}` })); }],
    ['run-audio', (u) => { new Audio(u).preload = 'auto'; }],
    ['run-video', (u) => add(make('video', { preload: 'auto', src: u }))],
    ['run-video-poster', (u) => add(make('video', { poster: u }))],
    ['run-video-source', (u) => { const v = make('video', { preload: 'auto' }); v.append(make('source', { src: u })); add(v); }],
    ['run-track', (u) => { const v = add(make('video', { crossOrigin: '', src: '/own.wav' })), t = make('track', { kind: 'subtitles', default: true, src: u }); v.append(t); t.track.mode = 'showing'; }],
    ['run-link-preconnect', (u) => document.head.append(make('link', { rel: 'preconnect', href: u })), { heard: 'connection' }],
    ['run-link-dns', (u) => document.head.append(make('link', { rel: 'dns-prefetch', href: u })), { heard: 'name' }],
    ['run-link-prefetch', (u) => document.head.append(make('link', { rel: 'prefetch', href: u }))],
    ['run-link-preload', (u) => document.head.append(make('link', { rel: 'preload', as: 'image', href: u }))],
    ['run-link-modulepreload', (u) => document.head.append(make('link', { rel: 'modulepreload', href: u }))],
    ['run-link-html', (u) => document.head.insertAdjacentHTML('beforeend', `<link rel="prefetch" href="${u}">`)],
    ['run-link-rel-last', (u) => { const l = make('link', { href: u }); document.head.append(l); l.relList.add('stylesheet'); }],
    ['run-ping', (u) => { const a = add(make('a', { href: '#x', ping: u, textContent: 'x' })); a.click(); }],
    ['run-form', (u) => { const f = add(make('iframe', { name: `form-${Math.random()}` })), m = add(make('form', { action: u, target: f.name, method: 'post' })); m.submit(); }],
    ['run-form-click', (u) => { const f = add(make('iframe', { name: `form-${Math.random()}` })), m = add(make('form', { action: '/own.html', target: f.name })), b = make('button', { type: 'submit' }); b.formAction = u; m.append(b); b.click(); }],
    ['run-anchor-click', (u) => { const f = add(make('iframe', { name: `a-${Math.random()}` })); add(make('a', { href: u, target: f.name })).click(); }],
    ['run-window-open', (u) => { const f = add(make('iframe', { name: `w-${Math.random()}` })); window.open(u, f.name); }],
    ['run-popup', (u) => { window.open(u); }, { void: 'a window without a click is not opened' }],
    ['run-meta-refresh', (u) => { const d = add(make('iframe')).contentDocument; d.head.append(Object.assign(d.createElement('meta'), { httpEquiv: 'refresh', content: `0; url=${u}` })); }],
    ['run-base', (u, h) => { const d = add(make('iframe')).contentDocument; d.head.append(Object.assign(d.createElement('base'), { href: `https://${h}/` })); d.body.append(Object.assign(d.createElement('img'), { src: 'x' })); }],
    ['run-location', (u) => { add(make('iframe', { src: `/own.html?go=${encodeURIComponent(u)}` })); }],
    ['run-timer-text', (u) => { setTimeout(`new Image().src = ${JSON.stringify(u)}`, 0); }],
    ['run-eval', (u) => { (0, eval)(`new Image().src = ${JSON.stringify(u)}`); }],
    ['run-handler', (u) => { const e = add(make('b')); e.setAttribute('onclick', `new Image().src = ${JSON.stringify(u)}`); e.click(); }],
    ['run-custom-element', (u, h, name) => { customElements.define(name, class extends HTMLElement { connectedCallback() { this.innerHTML = `<img src="${u}">`; } }); add(document.createElement(name)); }],
    ['run-xslt', (u) => { const f = add(make('iframe')); f.src = URL.createObjectURL(new Blob([`<?xml-stylesheet href="${u}" type="text/css"?><a xmlns="http://www.w3.org/1999/xhtml">x</a>`], { type: 'text/xml' })); }],
    ['run-svg-use-image', (u) => { add(make('div')).innerHTML = `<svg width="9" height="9"><defs><image id="i" width="9" height="9" href="${u}"/></defs><use href="#i"/></svg>`; }],
    ['run-credential', (u) => { navigator.credentials.get({ identity: { providers: [{ configURL: u, clientId: 'x' }] } }).catch(() => {}); }, { only: 'tracker' }],
    ['run-payment', (u) => { new PaymentRequest([{ supportedMethods: u }], { total: { label: 'x', amount: { currency: 'EUR', value: '1' } } }).canMakePayment().catch(() => {}); }],
    ['run-media-session', (u) => { navigator.mediaSession.metadata = new MediaMetadata({ artwork: [{ src: u }] }); }, { void: 'asked for while something plays' }],
];

// What a tracker's code keeps in the site's own name: [name of what is stored, how].
export const stored = [
    ['tracker_document', () => { document.cookie = 'tracker_document=1; path=/; max-age=9999'; }],
    ['tracker_wide', () => { document.cookie = 'tracker_wide=1; domain=shop.example; path=/; max-age=9999'; }],
    ['tracker_store', () => cookieStore.set('tracker_store', '1')],
    ['tracker_realm', () => { add(make('iframe')).contentDocument.cookie = 'tracker_realm=1; path=/; max-age=9999'; }],
    ['tracker_setter', () => { Object.getOwnPropertyDescriptor(Document.prototype, 'cookie').set.call(document, 'tracker_setter=1; path=/'); }],
    ['unknown_document', () => { document.cookie = 'unknown_document=1; path=/; max-age=9999'; }],
    ['panier', () => { document.cookie = 'panier=2; path=/'; }],
];

// What the guard cannot hook: under `balanced` nothing else stands behind it. Under `strict` the policy refuses it; Chromium
// connects for a navigation before it asks the policy.
const openIn = {
    'run-iframe-location': 'the first document of a frame asks nobody when it is navigated through location',
};
const connects = ['run-iframe-location'];
// What waits though its service was accepted, as long as not everything is; most of it in `strict` alone.
const closedIn = {
    'img-dot': 'the hosts of a policy end without a dot, and browsers compare bytes',
    'srcdoc-refresh-data': 'a document in an address that a document in an attribute leads to waits until everything is granted',
    'row-base-href': 'a base is no service: base-uri allows the site and nobody else', 'run-base': 'base-uri allows the site and nobody else',
};
const unread = 'a document of which not all is read stands behind a policy that allows the site and what fits besides (decision 0002)';

function known(name) {
    return { open: openIn[name], connects: connects.includes(name), closed: closedIn[name] ?? (/^document-(svg|xml)/.test(name) ? unread : undefined) };
}

export const parties = ['tracker', 'other'];
const all = [
    ...fromRows.map((one) => ({ page: 'static', one })), ...byMarkup.map((one) => ({ page: 'static', one })),
    ...inDocument.map((one) => ({ page: 'hub', one })), ...atRunTime.map((one) => ({ page: 'run', one })),
].map(({ page, one: [name, how, options = {}] }) => ({ page, name, how, heard: 'request', ...known(name), ...options, needs: page === 'run' ? 'script' : options.needs }));
export const vectors = all.map((vector) => ({ ...vector, parties: parties.filter((party) => (vector.only ?? party) === party) }));

if (new Set(vectors.map(({ name }) => name)).size !== vectors.length)
    throw new Error('two vectors of one name');
const unknown = rows.filter(({ label, syntax }) => !(label in ownDocument) && !['URL', 'URLS', 'SRCSET', 'VALUES'].includes(syntax) && !byHand.test(syntax));
if (unknown.length > 0 || rows.length !== def.match(/^(LONG_)?ROW\(/gm).length)
    throw new Error(`element_rules.def: rows that no vector is made from: ${unknown.map(({ label }) => label).join(', ') || 'unreadable ones'}`);

export const hostOf = (name, party) => `${name}.${party}.example`;

// A host's first letter percent-encoded, its letters full-width, its dots ideographic full stops.
const percent = (host) => `%${host.charCodeAt(0).toString(16)}${host.slice(1)}`;
const wide = (host) => host.replace(/[a-z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));
const fullStop = (host) => host.replaceAll('.', '\u3002');

function fill(text, name, party) {
    const host = hostOf(name, party);

    return text.replaceAll('{P}', percent(host)).replaceAll('{P2}', percent(host).slice(1)).replaceAll('{W}', wide(host)).replaceAll('{S}', fullStop(host)).replaceAll('{u}', `https://${host}/${name}`).replaceAll('{r}', `//${host}/${name}`).replaceAll('{h}', host)
        .replaceAll('{H}', host.toUpperCase()).replaceAll('{n}', `${name}-${party}`).replaceAll('{loader}', party === 'tracker' ? 'trackerLoader' : 'someLoader');
}

// ---- the site ----

const shell = (title, body) => `<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;

const pages = {
    '/static': () => shell('Markup', vectors.filter(({ page }) => page === 'static').flatMap(({ name, how, parties: some }) => some.map((party) => fill(how, name, party))).join('\n') + '<script src="/late.js"></script>'),
    '/hub': () => shell('Documents', vectors.filter(({ page }) => page === 'hub').flatMap(({ name, parties: some }) =>
        some.map((party) => `<iframe src="/own/${name}/${party}" width="50" height="30"></iframe>`)).join('\n')),
    '/run': () => shell('Code', '<script src="/run.js"></script>'),
    '/own.html': () => shell('Own', '<script src="/go.js"></script>'),
};

// A first-party script, whose text no server reads.
const run = () => `'use strict';
const add = ${add};
const make = ${make};
window.addEventListener('load', () => {
    const attempts = [${vectors.filter(({ page }) => page === 'run').flatMap(({ name, how, parties: some }) =>
        some.map((party) => `[${JSON.stringify(fill('{u}', name, party))}, ${JSON.stringify(hostOf(name, party))}, ${JSON.stringify(`${name}-${party}`)}, ${how}]`)).join(',\n')}];
    const failed = window.failed = {};
    for (const [url, host, name, how] of attempts)
        try { Promise.resolve(how(url, host, name)).catch((error) => { failed[name] = String(error); }); } catch (error) { failed[name] = String(error); }
    for (const [name, how] of [${stored.map(([name, how]) => `[${JSON.stringify(name)}, ${how}]`).join(',\n')}])
        try { Promise.resolve(how()).catch((error) => { failed[name] = String(error); }); } catch (error) { failed[name] = String(error); }
});`;

const workers = {
    '/worker.js': `const q = decodeURIComponent(location.search.slice(1)); q.startsWith('import=') ? importScripts(q.slice(7)) : fetch(q, { mode: 'no-cors' });`,
    '/worker-module.js': `import(decodeURIComponent(location.search.slice(1))).catch(() => fetch(decodeURIComponent(location.search.slice(1)), { mode: 'no-cors' }));`,
    '/service/worker.js': `self.addEventListener('install', (event) => event.waitUntil(fetch(decodeURIComponent(location.search.slice(1)), { mode: 'no-cors' }).catch(() => {})));`,
    '/go.js': `const go = new URLSearchParams(location.search).get('go'); if (go !== null) location = go;`,
    '/run.js': run(),
    '/late.js': `for (const one of document.querySelectorAll('.late'))
        one.localName === 'img' ? [...one.attributes].filter(({ name }) => /^data-(?!held)|^suppressed/.test(name))
            .forEach(({ name, value }) => { one[/set$/.test(name) ? 'srcset' : 'src'] = value; }) : one.click();`,
};

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>';
const wav = Buffer.from('UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA==', 'base64');

export function site(request, response) {
    const url = new URL(request.url, 'https://www.shop.example/');
    const headers = { 'Cache-Control': 'no-cache', 'Set-Cookie': ['panier=1; Path=/', 'tracker_header=1; Path=/; HttpOnly; Max-Age=9999'] };
    const [, own, name, party] = url.pathname.split('/');
    const vector = own === 'own' ? vectors.find((one) => one.name === name) : undefined;

    if (url.pathname in pages)
        return response.writeHead(200, { ...headers, 'Content-Type': 'text/html; charset=utf-8' }).end(pages[url.pathname]());
    if (url.pathname in workers)
        return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(workers[url.pathname]);
    if (url.pathname === '/own.wav')
        return response.writeHead(200, { 'Content-Type': 'audio/wav' }).end(wav);
    if (url.pathname === '/own.svg')
        return response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(svg);
    if (url.pathname === '/sheet.css') {
        const text = url.searchParams.has('import') ? `@import "https://${url.searchParams.get('import')}/x";`
            : `#${url.searchParams.get('id')} { background: url(https://${url.searchParams.get('url')}/x) }`;
        return response.writeHead(200, { 'Content-Type': 'text/css', 'Cache-Control': 'public, max-age=31536000, immutable' }).end(text);
    }
    if (url.pathname === '/drawing.svg')
        return response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(`<svg xmlns="http://www.w3.org/2000/svg"><g id="x"><image width="9" height="9" href="https:${url.search.replace('?', '//')}/x"/></g></svg>`);
    if (url.pathname === '/list.m3u8')
        return response.writeHead(200, { 'Content-Type': 'application/vnd.apple.mpegurl' }).end(`#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nhttps:${url.search.replace('?', '//')}/x.ts\n#EXT-X-ENDLIST\n`);
    if (url.pathname === '/away')
        return response.writeHead(302, { Location: `https://${url.search.slice(1)}/away` }).end();
    if (vector !== undefined) {
        const body = fill(vector.how, name, party);
        if (vector.type !== null)
            headers['Content-Type'] = vector.type ?? 'text/html; charset=utf-8';
        if (vector.header !== undefined)
            headers[vector.header[0]] = fill(vector.header[1], name, party);
        return response.writeHead(200, headers).end(vector.encode?.(body) ?? body);
    }
    return response.writeHead(404, { 'Content-Type': 'text/html; charset=utf-8' }).end(shell('Introuvable', ''));
}

// ---- what was heard of each ----

const weight = { name: 1, connection: 2, request: 3 };

// host -> 'name', 'connection' or 'request': the most that was heard of it.
export function heardOf(net) {
    const most = new Map();
    const note = (host, what) => {
        const key = (host ?? '').replace(/\.$/, '');
        if ((weight[most.get(key)] ?? 0) < weight[what])
            most.set(key, what);
    };

    for (const name of net.names)
        note(name, 'name');
    for (const { host, requests } of net.connections)
        if (requests === 0)
            note(host, 'connection');
    for (const { host } of net.requests)
        note(host, 'request');
    return most;
}

export const isHeard = (most, vector, party) => (weight[most.get(hostOf(vector.name, party))] ?? 0) >= weight[vector.heard];
