// SPDX-License-Identifier: Apache-2.0
// Every way in which a page's own code calls somebody at run time. `at(name)` is an address of the tracker, `done` may be
// called with what the page saw; `saw` is what it must have seen where the guard holds back. A vector without `stock: false`
// must be seen to leak without us. {n} in markup is the vector's address.

const make = (tag, set, put = 'document.body.appendChild(e)') =>
    `const e = document.createElement('${tag}'); e.onload = () => done('load'); e.onerror = () => done('error'); ${set}; ${put};`;

const svg = `const g = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); document.body.append(g);
    const el = (name, values) => { const e = document.createElementNS('http://www.w3.org/2000/svg', name); for (const key in values) e.setAttribute(key, values[key]); return e; };`;
const sheet = `const s = document.createElement('style'); document.head.append(s);`;
const rules = `const a = document.createElement('a'); a.href = u; a.append('x'); document.body.append(a); const s = document.createElement('script'); s.type = 'speculationrules';`;
const halves = `const a = u.slice(5, 12), b = u.slice(12);`; // of the address, neither of which is one
const frame = (address) => `const f = document.createElement('iframe'); f.src = ${address}; document.body.append(f);`;
// Not the body: at its beginning stands our box once there was a choice, and the caret may find no place there.
const editable = `const e = document.createElement('div'); e.contentEditable = 'true'; document.body.append(e); e.focus(); getSelection().collapse(e, 0); `;
const computed = `'<script>const i = document.createElementNS("http://www.w3.org/1999/xhtml", "img"); i.src = ' + JSON.stringify(u.slice(0, 9)) + '+' + JSON.stringify(u.slice(9)) + '</scr' + 'ipt>'`;

export const vectors = [
    // elements by their properties
    ['script', make('script', 'e.src = u'), { saw: 'error' }],
    ['script-object', make('script', 'e.src = new URL(u)'), { saw: 'error' }],
    ['script-attribute', make('script', 'e.setAttribute("src", u)'), { saw: 'error' }],
    ['script-attribute-case', make('script', 'e.setAttribute("SRC", u)'), { saw: 'error' }],
    ['script-attribute-ns', make('script', 'e.setAttributeNS(null, "src", u)'), { saw: 'error' }],
    ['script-attribute-node', make('script', 'const a = document.createAttribute("src"); a.value = u; e.setAttributeNode(a)'), { saw: 'error' }],
    ['script-attribute-map', make('script', 'const a = document.createAttribute("src"); a.value = u; e.attributes.setNamedItem(a)'), { saw: 'error' }],
    ['script-attribute-value', make('script', 'e.setAttribute("src", "/a.js"); e.getAttributeNode("src").value = u'), { saw: 'error' }],
    ['script-module', make('script', 'e.type = "module"; e.src = u'), { saw: 'error' }],
    ['script-protocol-relative', make('script', 'e.src = u.slice(5)'), { saw: 'error' }],
    ['script-upper-case', make('script', 'e.src = u.toUpperCase()'), { saw: 'error' }],
    ['script-insert-before', make('script', 'e.src = u', 'document.head.insertBefore(e, document.head.firstChild)'), { saw: 'error' }],
    ['script-svg', `const s = document.createElementNS('http://www.w3.org/2000/svg', 'script'); s.href.baseVal = u;
        const g = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); g.append(s); document.body.append(g)`],
    ['script-svg-xlink', `const s = document.createElementNS('http://www.w3.org/2000/svg', 'script');
        s.setAttributeNS('http://www.w3.org/1999/xlink', 'xlink:href', u);
        const g = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); g.append(s); document.body.append(g)`],
    ['svg-image', `const i = document.createElementNS('http://www.w3.org/2000/svg', 'image'); i.setAttribute('href', u);
        const g = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); g.append(i); document.body.append(g)`],
    ['svg-mask', `const g = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), r = document.createElementNS('http://www.w3.org/2000/svg', 'rect'); g.append(r);
        r.setAttribute('mask', 'url(' + u + '#m)'); document.body.append(g)`],
    ['svg-marker-markup', `document.body.innerHTML = '<svg><path d="M0 0L9 9" marker-end="url(' + u + '#m)"/></svg>'`],
    ['image', `const e = new Image(); e.onload = () => done('load'); e.onerror = () => done('error'); e.src = u`, { saw: 'error' }],
    ['image-handler-late', `const e = new Image(); e.src = u; e.onerror = () => done('error')`, { saw: 'error' }],
    ['image-srcset', make('img', 'e.srcset = "/a.svg?x 1x, " + u + " 2x, " + u + " 1x"; e.srcset = u + " 1x"'), { saw: 'error' }],
    ['image-srcset-close', make('img', 'e.srcset = "/a.svg 1x," + u + " 1x"; e.srcset = "/a.svg 9x," + u + " 1x"')],
    ['image-of-prototype', `Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src').set.call(new Image(), u)`],
    ['image-from-inner', `const d = document.createElement('div'); d.innerHTML = '<img src="' + u + '">'`],
    ['image-clone', make('img', 'e.src = u', 'document.body.append(e.cloneNode())')],
    ['iframe', make('iframe', 'e.src = u'), { saw: 'load' }],
    ['iframe-srcdoc', make('iframe', 'e.srcdoc = "<img src=\'" + u + "\'>"')],
    ['iframe-srcdoc-script', make('iframe', 'e.srcdoc = "<script>new Image().src=\'" + u + "\'</scr" + "ipt>"')],
    ['iframe-srcdoc-attribute', make('iframe', 'e.setAttribute("srcdoc", "<!doctype html><script> fetch(\'" + u + "\').catch(() => {})</scr" + "ipt>")')],
    ['link-stylesheet', make('link', 'e.rel = "stylesheet"; e.href = u', 'document.head.append(e)'), { saw: 'error' }],
    ['link-preload', make('link', 'e.rel = "preload"; e.as = "image"; e.href = u', 'document.head.append(e)'), { saw: 'error' }],
    ['link-prefetch', make('link', 'e.rel = "prefetch"; e.href = u', 'document.head.append(e)')],
    ['link-preconnect', make('link', 'e.rel = "preconnect"; e.href = u', 'document.head.append(e)'), { connects: true }],
    ['object', make('object', 'e.data = u')],
    ['embed', make('embed', 'e.type = "text/html"; e.src = u')],
    ['video', make('video', 'e.preload = "auto"; e.src = u'), { saw: 'error' }],
    ['video-poster', make('video', 'e.poster = u')],
    ['video-source', `const v = document.createElement('video'), s = document.createElement('source'); s.src = u; v.append(s); document.body.append(v)`],
    ['audio', `new Audio(u)`],
    ['input-image', make('input', 'e.type = "image"; e.src = u'), { saw: 'error' }],
    ['body-background', `document.body.background = u`],
    ['track', `const v = document.createElement('video'), t = document.createElement('track'); v.crossOrigin = 'anonymous'; v.src = '/a.svg';
        t.default = true; t.src = u; v.append(t); document.body.append(v); t.track.mode = 'showing'`],
    // markup
    ['inner-html', `document.body.innerHTML = '<p><img src="' + u + '"></p>'; done(document.body.innerHTML.startsWith('<p><img'))`, { saw: true }],
    ['inner-html-entity', `document.body.innerHTML = '<img src="&#104;ttp:&sol;&sol;' + u.slice(7) + '">'`],
    ['inner-html-handler', `document.body.innerHTML = '<img src="/a.js" onerror="new Image().src=\\'' + u + '\\'">'`],
    ['inner-html-style', `document.body.innerHTML = '<div style="background:url(' + u + ')">x</div>'`],
    ['inner-html-style-element', `document.body.innerHTML = '<style>body{background:url(' + u + ')}</style>x'`],
    ['inner-html-svg', `document.body.innerHTML = '<svg><image href="' + u + '" width="9" height="9"/></svg>'; done(document.querySelector('svg > *').localName)`, { saw: 'image' }],
    ['inner-html-table', `document.body.innerHTML = '<table><tbody id=t></tbody></table>'; document.getElementById('t').innerHTML = '<tr><td background="' + u + '">x';
        done(document.querySelectorAll('tbody > tr > td').length)`, { saw: 1 }],
    ['inner-html-iframe', `document.body.innerHTML = '<iframe></iframe>'; frames[0].fetch(u).catch(() => {})`],
    ['outer-html', `const d = document.createElement('div'); document.body.append(d); d.outerHTML = '<img src=' + u + '>'`],
    ['insert-adjacent-html', `document.body.insertAdjacentHTML('beforeend', '<iframe src="' + u + '"></iframe>')`],
    ['fragment', `const r = document.createRange(); document.body.append(r.createContextualFragment('<script src="' + u + '"></scr' + 'ipt>'))`],
    ['parser', `document.body.append(...new DOMParser().parseFromString('<img src="' + u + '">', 'text/html').body.childNodes)`],
    ['parser-xml', `const x = new DOMParser().parseFromString('<svg xmlns="http://www.w3.org/2000/svg"><image href="' + u + '" width="9" height="9"/></svg>', 'image/svg+xml');
        document.body.append(document.adoptNode(x.documentElement))`],
    ['template', `const t = document.createElement('template'); t.innerHTML = '<p><img src="' + u + '">'; document.body.append(document.importNode(t.content, true))`],
    ['set-html-unsafe', `document.body.setHTMLUnsafe('<img src="' + u + '">')`],
    ['shadow', `const d = document.createElement('div'); document.body.append(d); d.attachShadow({ mode: 'open' }).innerHTML = '<img src="' + u + '">'`],
    ['write', `document.write('<p>x</p><script src="' + u + '"></scr' + 'ipt><p id=after>y</p>'); done(!!document.getElementById('after') || 'waits')`],
    ['write-image', `document.write('<div><b><img src="' + u + '">'); document.write('</b></div><p id=p>z</p>'); done(document.getElementById('p').parentNode.localName)`, { saw: 'body' }],
    ['write-in-pieces', `document.write('<scr'); document.write('ipt sr'); document.write('c="'); document.write(u); document.write('"></scr'); document.write('ipt>')`],
    ['write-many', `document.write('<img src="', u, '">')`],
    ['writeln', `document.writeln('<img src="' + u + '">')`],
    // what comes with an address of its own
    ['fetch', `fetch(u, { mode: 'no-cors' }).then(() => done('answer'), (error) => done(error instanceof TypeError ? 'TypeError' : 'other'))`, { saw: 'TypeError' }],
    ['fetch-request', `fetch(new Request(u, { mode: 'no-cors' })).then(() => done('answer'), (error) => done(error instanceof TypeError ? 'TypeError' : 'other'))`, { saw: 'TypeError' }],
    ['fetch-url', `fetch(new URL(u)).catch(() => done('refused'))`, { saw: 'refused' }],
    ['xhr', `const x = new XMLHttpRequest(); x.onload = () => done('load'); x.onerror = () => done('error'); x.open('GET', u); x.send()`, { saw: 'error' }],
    ['xhr-sync', `const x = new XMLHttpRequest(); x.open('POST', u, false); try { x.send('x'); done('sent') } catch (error) { done(error.name) }`, { saw: 'NetworkError' }],
    ['beacon', `done(navigator.sendBeacon(u, 'x'))`, { saw: true }],
    ['websocket', `const w = new WebSocket(u.replace('http', 'ws')); w.onerror = () => done('error'); w.onopen = () => done('open')`, { saw: 'error', connects: true }],
    ['websocket-relative', `const w = new WebSocket(u.slice(u.indexOf('//'))); w.onerror = () => done('error'); w.onopen = () => done('open')`, { saw: 'error', connects: true }],
    ['style-drawn', `document.body.style.backgroundImage = 'url(' + u + ')'; document.body.getBoundingClientRect()`],
    ['style-of-rule', `const s = document.createElement('style'); s.textContent = 'body {}'; document.head.append(s); s.sheet.cssRules[0].style.background = 'url(' + u + ')'`],
    ['style-borrowed', `Object.getOwnPropertyDescriptor(CSSStyleDeclaration.prototype, 'cssText').set.call(document.body.style, 'background: url(' + u + ')')`],
    ['style-of-nested-rule', `const s = document.createElement('style'); s.textContent = 'html { & body {} }'; document.head.append(s); s.sheet.cssRules[0].cssRules[0].style.background = 'url(' + u + ')'`],
    ['style-of-declarations', `const s = document.createElement('style'); s.textContent = 'body { & b {} color: red }'; document.head.append(s); s.sheet.cssRules[0].cssRules[1].style.background = 'url(' + u + ')'`],
    ['style-of-font', `const s = document.createElement('style'); s.textContent = '@font-face { font-family: x; src: url(data:,) } body { font-family: x }'; document.head.append(s); document.body.append('x');
        s.sheet.cssRules[0].style.src = 'url(' + u + ')'; document.body.getBoundingClientRect()`],
    ['style-of-rule-forwarded', `const s = document.createElement('style'); s.textContent = 'body {}'; document.head.append(s); s.sheet.cssRules[0].style = 'background: url(' + u + ')'`],
    ['event-source', `const s = new EventSource(u); s.onerror = () => done(s.readyState === 2 ? 'closed' : 'error')`, { saw: 'closed' }],
    ['font-face', `new FontFace('x', 'url(' + u + ')').load().catch(() => done('refused'))`, { saw: 'refused' }],
    ['css-rule', `const s = document.createElement('style'); document.head.append(s); s.sheet.insertRule('body { background: url(' + u + ') }')`],
    ['css-rule-added', `const s = document.createElement('style'); document.head.append(s); s.sheet.addRule('body', 'background: url(' + u + ')')`],
    ['css-rule-in-media', `const s = document.createElement('style'); s.textContent = '@media all {}'; document.head.append(s); s.sheet.cssRules[0].insertRule('body { background: url(' + u + ') }')`],
    ['css-rule-in-rule', `const s = document.createElement('style'); s.textContent = 'html {}'; document.head.append(s); s.sheet.cssRules[0].insertRule('& body { background: url(' + u + ') }')`],
    ['css-registered', `CSS.registerProperty({ name: '--picture', syntax: '<image>', inherits: false, initialValue: 'url(' + u + ')' }); document.body.style.backgroundImage = 'var(--picture)'`],
    ['css-import-url', `const s = document.createElement('style'); s.textContent = '@import url("' + u + '") print;'; document.head.append(s)`],
    ['css-import-bare', `const s = document.createElement('style'); s.textContent = '@import url(' + u + ');'; document.head.append(s)`],
    ['css-image-set', `document.body.setAttribute('style', 'background: image-set("/a.svg" 2x, "' + u + '" 1x)')`],
    ['css-image-set-url', `document.body.setAttribute('style', 'background: image-set(url(' + u + ') 1x, url("/a.svg") 2x)')`],
    ['css-import', `const s = document.createElement('style'); s.textContent = '@import "' + u + '";'; document.head.append(s)`],
    ['css-text-node', `const s = document.createElement('style'); document.head.append(s); s.appendChild(document.createTextNode('@import "' + u + '";'))`],
    ['css-text-appended', `const s = document.createElement('style'); document.head.append(s); s.append('body { background: url(' + u + ') }')`],
    ['css-text-data', `const s = document.createElement('style'); s.append(' '); document.head.append(s); s.firstChild.data = 'body { background: url(' + u + ') }'`],
    ['css-text-in-pieces', `const s = document.createElement('style'); s.append('body {}'); document.head.append(s); s.firstChild.appendData('@media all { body { background: url(' + u + ') } }')`],
    ['css-inner-text', `const s = document.createElement('style'); document.head.append(s); s.innerText = 'body { background: url(' + u + ') }'`],
    ['css-replace', `const s = new CSSStyleSheet(); s.replaceSync('body { background: url(' + u + ') }'); document.adoptedStyleSheets = [s]`],
    ['css-text', `document.body.style.cssText = 'background: url(' + u + ')'`],
    ['css-property', `document.body.style.setProperty('background-image', 'url("' + u + '")')`],
    ['style-attribute', `document.body.setAttribute('style', 'background: url(' + u + ')')`],
    ['style-forwarded', `document.body.style = 'background: url(' + u + ')'`],
    ['ping', `const a = document.createElement('a'); a.ping = u; a.href = '#x'; document.body.append(a); a.click()`],
    ['ping-area', `document.body.innerHTML = '<map><area href="#x" shape="default"></map>'; const a = document.querySelector('area'); a.ping = u; a.click()`],
    // fresh realms
    ['realm-fetch', `const f = document.createElement('iframe'); document.body.append(f); f.contentWindow.fetch(u).catch(() => {})`],
    ['realm-by-name', `const f = document.createElement('iframe'); f.name = 'fresh'; document.body.append(f); frames.fresh.navigator.sendBeacon(u)`],
    ['realm-image', `const f = document.createElement('iframe'); document.body.append(f); new f.contentWindow.Image().src = u`],
    ['realm-write', `const f = document.createElement('iframe'); document.body.append(f); const d = f.contentDocument; d.open(); d.write('<script src="' + u + '"></scr' + 'ipt>'); d.close()`],
    ['realm-script', `const f = document.createElement('iframe'); document.body.append(f); const s = f.contentDocument.createElement('script'); s.src = u; f.contentDocument.body.append(s)`],
    ['realm-of-a-fragment', `const t = document.createDocumentFragment(), d = document.createElement('div'); d.append(document.createElement('iframe')); t.append(d); document.body.append(t); frames[0].fetch(u).catch(() => {})`],
    ['realm-in-realm', `const f = document.createElement('iframe'); document.body.append(f); const g = f.contentDocument.createElement('iframe'); f.contentDocument.body.append(g); g.contentWindow.fetch(u).catch(() => {})`],
    // workers of a text of the page's own; {saw} comes by a message from inside
    ['worker-blob', `const w = new Worker(URL.createObjectURL(new Blob(['fetch("' + u + '", { mode: "no-cors" }).then(() => postMessage("answer"), (error) => postMessage(error.name))'])));
        w.onmessage = (event) => done(event.data)`, { saw: 'TypeError' }],
    ['worker-blob-named', `const w = new Worker(URL.createObjectURL(new Blob(['fetch("' + u + '", { mode: "no-cors" }).catch(() => {}); postMessage(name)'], { type: 'text/javascript' })), { name: 'mine' });
        w.onmessage = (event) => done(event.data + (w instanceof Worker))`, { saw: 'minetrue' }],
    ['worker-blob-revoked', `const b = URL.createObjectURL(new Blob(['fetch("' + u + '", { mode: "no-cors" }).catch(() => postMessage("refused"))'])), w = new Worker(b); URL.revokeObjectURL(b);
        w.onmessage = (event) => done(event.data)`, { saw: 'refused' }],
    ['worker-blob-module', `const w = new Worker(URL.createObjectURL(new Blob(['fetch("' + u + '", { mode: "no-cors" }).catch(() => postMessage("refused"))'], { type: 'text/javascript' })), { type: 'module' }); w.onmessage = (event) => done(event.data)`, { saw: 'refused' }],
    ['worker-blob-strict', `const w = new Worker(URL.createObjectURL(new Blob(["'use strict'; fetch('" + u + "', { mode: 'no-cors' }).catch(() => {}); postMessage((function () { return this === undefined })())"])));
        w.onmessage = (event) => done(event.data)`, { saw: true }],
    ['worker-blob-import', `const w = new Worker(URL.createObjectURL(new Blob(['try { importScripts("' + u + '"); postMessage("loaded") } catch (error) { postMessage(error.name) }'])));
        w.onmessage = (event) => done(event.data)`, { saw: 'NetworkError' }],
    ['worker-blob-xhr', `new Worker(URL.createObjectURL(new Blob(['const x = new XMLHttpRequest(); x.open("GET", "' + u + '"); x.send()'])))`],
    ['worker-blob-socket', `new Worker(URL.createObjectURL(new Blob(['new WebSocket("' + u.replace('http', 'ws') + '")'])))`, { connects: true }],
    ['worker-blob-events', `new Worker(URL.createObjectURL(new Blob(['new EventSource("' + u + '")'])))`],
    ['worker-data', `const w = new Worker('data:text/javascript,' + encodeURIComponent('fetch("' + u + '", { mode: "no-cors" }).catch(() => postMessage("refused é"))')); w.onmessage = (event) => done(event.data)`, { saw: 'refused \u00e9' }],
    ['worker-data-base64', `const w = new Worker('data:text/javascript;base64,' + btoa('fetch("' + u + '", { mode: "no-cors" }).catch(() => postMessage("refused"))')); w.onmessage = (event) => done(event.data)`, { saw: 'refused' }],
    ['worker-nested', `const inner = 'fetch("' + u + '", { mode: "no-cors" }).catch(() => {})';
        new Worker(URL.createObjectURL(new Blob(['new Worker(URL.createObjectURL(new Blob([' + JSON.stringify(inner) + '])))'])))`],
    ['worker-shared-blob', `const b = URL.createObjectURL(new Blob(['self.n = 0; onconnect = (event) => { n++; if (n === 1) fetch("' + u + '", { mode: "no-cors" }).catch(() => {}); event.ports[0].postMessage(n) }']));
        new SharedWorker(b); setTimeout(() => { const w = new SharedWorker(b); w.port.onmessage = (event) => done(event.data) }, 100)`, { saw: 2 }],
    ['worklet', `new OfflineAudioContext(1, 1, 8000).audioWorklet.addModule(u).catch((error) => done(error.name))`, { saw: 'AbortError' }],
    // documents in addresses
    ['frame-data', make('iframe', `e.src = 'data:text/html,<p>x</p><img src="' + u + '">'`)],
    ['frame-data-base64', make('iframe', `e.src = 'data:text/html;base64,' + btoa('<!doctype html><img src="' + u + '">')`)],
    ['frame-data-base64-space', make('iframe', `e.src = 'data:text/html; base64 ,' + btoa('<!doctype html><img src="' + u + '">')`)],
    ['frame-data-script', make('iframe', `e.setAttribute('src', 'data:text/html,' + encodeURIComponent('<script>new Image().src = ' + JSON.stringify(u.slice(0, 9)) + '+' + JSON.stringify(u.slice(9)) + '</scr' + 'ipt>'))`)],
    ['frame-data-svg', make('iframe', `e.src = 'data:image/svg+xml,' + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg"><image width="9" height="9" href="' + u + '"/></svg>')`)],
    ['frame-data-utf-16', make('iframe', `e.src = 'data:text/html;charset=utf-16le,' + Array.from('<img src="' + u + '">', (c) => encodeURIComponent(c) + '%00').join('')`), { unread: true }],
    ['frame-data-utf-16-mark', make('iframe', `e.src = 'data:text/html;base64,' + btoa('\\xfe\\xff' + Array.from('<img src="' + u + '">', (c) => '\\0' + c).join(''))`), { unread: true }],
    ['frame-data-iso-2022-jp', make('iframe', `e.src = 'data:text/html;charset=iso-2022-jp,' + escape('<img src="' + u.replace('t', 't\\x1b(B') + '">')`), { unread: true }],
    ['frame-blob-utf-16', make('iframe', `e.src = URL.createObjectURL(new Blob([Uint16Array.from('\\ufeff<img src="' + u + '">', (c) => c.charCodeAt())], { type: 'text/html' }))`)],
    ['frame-blob', make('iframe', `e.src = URL.createObjectURL(new Blob(['<img src="' + u + '">'], { type: 'text/html' }))`)],
    ['frame-blob-script', make('iframe', `e.src = URL.createObjectURL(new Blob(['<!doctype html><body><script>', 'new Image().src = ' + JSON.stringify(u.slice(0, 9)) + '+' + JSON.stringify(u.slice(9)), '</scr', 'ipt>'], { type: 'text/html' }))`)],
    ['frame-blob-xml', make('iframe', `e.src = URL.createObjectURL(new Blob(['<?xml-stylesheet href="' + u + '" type="text/css"?><a xmlns="http://www.w3.org/1999/xhtml">x</a>'], { type: 'text/xml' }))`)],
    ['frame-blob-bytes', make('iframe', `e.src = URL.createObjectURL(new Blob([new TextEncoder().encode('<img src="' + u + '">')], { type: 'text/html' }))`)],
    ['frame-blob-bytes-script', make('iframe', `e.src = URL.createObjectURL(new Blob([new TextEncoder().encode('<script>new Image().src = ' + JSON.stringify(u.slice(0, 9)) + '+' + JSON.stringify(u.slice(9)) + '</scr' + 'ipt>')], { type: 'text/html' }))`)],
    ['frame-blob-large', make('iframe', `e.src = URL.createObjectURL(new Blob(['<p>' + 'x'.repeat(2e6) + '<img src="' + u + '">'], { type: 'text/html' }))`)],
    ['frame-javascript', make('iframe', `e.src = "javascript:'<img src=" + u + ">'"`)],
    ['frame-inner-data', `document.body.innerHTML = '<iframe src="data:text/html,<img src=' + u + '>"></iframe>'`],
    ['object-data-address', make('object', `e.data = 'data:text/html,<img src="' + u + '">'`)],
    // navigations of a frame by its own code
    ['frame-location', make('iframe', `e.src = '/go.html?' + encodeURIComponent(u)`)],
    ['frame-refresh', `const f = document.createElement('iframe'); document.body.append(f); const d = f.contentDocument, m = d.createElement('meta');
        m.httpEquiv = 'refresh'; m.content = '0; url=' + u; d.head.append(m)`],
    ['frame-refresh-markup', `const f = document.createElement('iframe'); document.body.append(f); f.contentDocument.head.innerHTML = '<meta http-equiv=refresh content="0;' + u + '">'`],
    // texts of scripts
    ['import-map', `const m = document.createElement('script'); m.type = 'importmap'; m.text = JSON.stringify({ imports: { it: u } }); document.body.append(m);
        const s = document.createElement('script'); s.type = 'module'; s.text = 'import "it"'; document.body.append(s)`],
    ['speculation-document', rules + `s.textContent = JSON.stringify({ prefetch: [{ where: { selector_matches: 'a' }, eagerness: 'immediate' }] }); document.head.append(s)`, { unread: true }],
    ['speculation-any', rules + `document.head.append(s); s.append('{"prefetch":[null,', '{"source":"document","eagerness":"immediate"}]}')`, { unread: true }],
    ['module-text', `const s = document.createElement('script'); s.type = 'module'; s.textContent = 'import ' + JSON.stringify(u); document.body.append(s)`],
    ['import-text', `const s = document.createElement('script'); s.append('import("' + u + '").catch(() => {})'); document.body.append(s)`],
    ['animation', `const e = document.createElement('div'); document.body.append(e); e.animate([{ backgroundImage: 'url(' + u + ')' }, { backgroundImage: 'url(' + u + ')' }], 9999)`],
    ['animation-effect', `const e = document.createElement('div'); document.body.append(e); new Animation(new KeyframeEffect(e, { backgroundImage: ['url(' + u + ')', 'url(' + u + ')'] }, 9999)).play()`],
    ['inner-function', `Function.prototype.call.call(Node.prototype.appendChild, document.body, Object.assign(document.createElement('img'), { src: u }))`],
    // values of attributes as nodes
    ['attr-node-value', `const i = new Image(); i.setAttribute('src', '/a.svg'); i.getAttributeNode('src').nodeValue = u`],
    ['attr-text-content', `const i = new Image(); i.setAttribute('src', '/a.svg'); i.getAttributeNode('src').textContent = u`],
    ['attr-free-node-value', `const i = new Image(), a = document.createAttribute('src'); a.nodeValue = u; i.setAttributeNode(a)`],
    ['attr-of-link', `const l = document.createElement('a'), i = document.createElement('link'); i.rel = 'stylesheet'; document.head.append(i); l.href = u; const a = l.getAttributeNode('href'); l.removeAttributeNode(a); i.setAttributeNode(a)`],
    // texts of style sheets and scripts that are in the page
    ['style-after', sheet + halves + `const t = document.createTextNode('@import "'); s.append(t); t.after(a, b, '";')`],
    ['style-after-whole', sheet + `const t = document.createTextNode(' '); s.append(t); t.after('@import "' + u + '";')`],
    ['style-before-whole', sheet + `const t = document.createTextNode(' '); s.append(t); t.before('@import "' + u + '";')`],
    ['style-replace-with', sheet + `const t = document.createTextNode(' '); s.append(t); t.replaceWith('@import "' + u + '";')`],
    ['style-fragment', sheet + `const f = document.createDocumentFragment(); f.append('@import "' + u + '";'); s.append(f)`],
    ['style-joined', sheet + halves + `s.append('@import "' + a); s.append(b + '";')`],
    ['style-joined-before', sheet + halves + `s.append(b + '";'); s.firstChild.before('@import "' + a)`],
    ['style-joined-between', sheet + halves + `s.append('@import "', '";'); s.insertBefore(new Text(a), s.lastChild); s.insertBefore(new Text(b), s.lastChild)`],
    ['style-joined-late', sheet + halves + `s.append('i {} '.repeat(500), ' '); s.lastChild.after('body { background: url(' + a); s.lastChild.appendData(b + ') }')`],
    ['style-joined-once', sheet + halves + `s.append('@import "' + a, b + '";')`],
    ['style-insert-data', sheet + halves + `s.append('@import "";'); s.firstChild.insertData(9, a); s.firstChild.insertData(9 + a.length, b)`],
    ['style-replace-data', sheet + halves + `s.append('@import "XX";'); s.firstChild.replaceData(9, 2, a); s.firstChild.replaceData(9 + a.length, 0, b)`],
    ['style-adjacent-text', sheet + `s.insertAdjacentText('beforeend', '@import "' + u + '";')`],
    ['style-range', sheet + `s.append(' '); const r = document.createRange(); r.setStart(s, 0); r.insertNode(document.createTextNode('@import "' + u + '";'))`],
    ['script-text-late', `const s = document.createElement('script'); document.body.append(s); s.text = 'import("' + u + '").catch(() => {})'`],
    ['script-text-content-late', `const s = document.createElement('script'); document.body.append(s); s.textContent = 'import("' + u + '").catch(() => {})'`],
    // markup beside or in place of them
    ['insert-html-script', `document.currentScript.insertAdjacentHTML('afterend', '<img src="' + u + '">')`],
    ['insert-html-style', sheet + `document.body.append(s); s.insertAdjacentHTML('beforebegin', '<img src="' + u + '">')`],
    ['outer-html-style', `const s = document.createElement('style'); document.body.append(s); s.outerHTML = '<img src="' + u + '">'`],
    ['outer-text', `const s = document.createElement('style'), x = document.createElement('b'); s.append(' '); document.head.append(s); s.append(x); x.outerText = '@import "' + u + '";'`],
    ['style-inner-element', `const s = document.createElement('style'), x = document.createElement('b'); document.head.append(s); s.append(x); x.outerText = '@import "' + u + '";'`],
    // nodes of documents that ask for nothing
    ['adopt-xhr', `const x = new XMLHttpRequest(); x.open('GET', 'data:text/xml,' + encodeURIComponent('<img xmlns="http://www.w3.org/1999/xhtml" src="' + u + '"/>')); x.responseType = 'document'; x.onload = () => { const i = x.response.documentElement; i.remove(); document.adoptNode(i) }; x.send()`],
    ['import-xhr', `const x = new XMLHttpRequest(); x.open('GET', 'data:text/xml,' + encodeURIComponent('<img xmlns="http://www.w3.org/1999/xhtml" src="' + u + '"/>')); x.responseType = 'document'; x.onload = () => document.importNode(x.response.documentElement); x.send()`],
    ['append-xhr-detached', `const x = new XMLHttpRequest(); x.open('GET', 'data:text/xml,' + encodeURIComponent('<img xmlns="http://www.w3.org/1999/xhtml" src="' + u + '"/>')); x.responseType = 'document'; x.onload = () => document.createElement('div').append(x.response.documentElement); x.send()`],
    // animations
    ['svg-animate-to', svg + `const i = el('image', { href: '/a.svg', width: 9, height: 9 }); i.append(el('set', { attributeName: 'href', to: u })); g.append(i)`],
    ['svg-animate-values', svg + `const i = el('image', { href: '/a.svg', width: 9, height: 9 }); i.append(el('animate', { attributeName: 'href', values: '/a.svg;' + u, dur: '100ms', repeatCount: 'indefinite' })); g.append(i)`],
    ['svg-animate-markup', `document.body.innerHTML = '<svg><image href="/a.svg" width=9 height=9><set attributeName=href to="' + u + '"/></image></svg>'`],
    ['svg-fill-animate', svg + `const r = el('rect', { width: 9, height: 9 }); r.append(el('set', { attributeName: 'mask', to: 'url(' + u + '#f)' })); g.append(r)`],
    // style sheets in odd spellings, in instructions and in addresses
    ['css-url-space', `document.body.style.cssText = 'background: url(" ' + u + '")'`],
    ['css-url-escape', `document.body.style.cssText = 'background: u\\\\72l("' + u + '")'`],
    ['css-value-escape', `document.body.style.cssText = 'background: url("' + u.replace('t', '\\\\74 ') + '")'`],
    ['css-import-comment', sheet + `s.textContent = '@import/**/"' + u + '";'`],
    ['css-import-escape', sheet + `s.textContent = '@\\\\69mport "' + u + '";'`],
    ['css-var-string', `document.body.style.setProperty('--x', '"' + u + '"'); document.body.style.cssText += ';background-image: image-set(var(--x) 1x)'`],
    ['css-var-sheet', sheet + `s.textContent = 'body { --x: "' + u + '"; background-image: image-set(var(--x) 1x) }'`],
    ['css-image-set-comment', `document.body.style.cssText = 'background: image-set(/**/"' + u + '" 1x)'`],
    ['css-link-blob', `const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = URL.createObjectURL(new Blob(['body { background: url(' + u + ') }'], { type: 'text/css' })); document.head.append(l)`],
    ['css-link-data', `const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = 'data:text/css,' + encodeURIComponent('body { background: url(' + u + ') }'); document.head.append(l)`],
    ['css-import-data', sheet + `s.textContent = '@import "data:text/css,' + encodeURIComponent('body { background: url(' + u + ') }') + '";'`],
    ['css-import-data-base64', sheet + `s.textContent = '@import url(data:text/css;base64,' + btoa('@import "' + u + '";') + ')'`],
    ['css-import-data-twice', sheet + `const data = (t) => '@import "data:text/css,' + encodeURIComponent(t) + '";'; s.textContent = data(data('body { background: u\\\\72l(' + u + ') }'))`],
    ['css-function', sheet + `s.textContent = '@function --x() { result: "' + u + '" } body { background-image: image-set(--x() 1x) }'`],
    ['css-function-argument', sheet + `s.textContent = '@function --x(--y) { result: var(--y) } body { background-image: image-set(--x("' + u + '") 1x) }'`],
    ['css-if', sheet + `s.textContent = 'body { background-image: image-set(if(style(--x): "/a"; else: "' + u + '") 1x) }'`],
    ['css-import-blob', sheet + `s.textContent = '@import "' + URL.createObjectURL(new Blob(['body { background: url(' + u + ') }'], { type: 'text/css' })) + '";'`],
    ['css-pi', `document.insertBefore(document.createProcessingInstruction('xml-stylesheet', 'type="text/css" href="' + u + '"'), document.documentElement)`],
    ['css-om-unparsed', `document.body.attributeStyleMap.set('background-image', new CSSUnparsedValue(['url(' + u + ')']))`],
    // code in addresses
    ['script-blob-import', `const s = document.createElement('script'); s.type = 'module'; s.src = URL.createObjectURL(new Blob(['import "' + u + '"'], { type: 'text/javascript' })); document.body.append(s)`],
    ['script-data-import', `const s = document.createElement('script'); s.type = 'module'; s.src = 'data:text/javascript,import ' + JSON.stringify(u); document.body.append(s)`],
    ['import-blob', `import(URL.createObjectURL(new Blob(['import "' + u + '"'], { type: 'text/javascript' }))).catch(() => {})`],
    ['worker-blob-module-import', `new Worker(URL.createObjectURL(new Blob(['import "' + u + '"'], { type: 'text/javascript' })), { type: 'module' })`],
    ['worker-blob-import-literal', `new Worker(URL.createObjectURL(new Blob(['import("' + u + '").catch(() => {})'], { type: 'text/javascript' })))`],
    ['worker-blob-import-computed', `const w = new Worker(URL.createObjectURL(new Blob(['const u = "' + u.split('').reverse().join('') + '"; const go = (x) => import(x.split("").reverse().join("")); /* import(u) */ go(u).catch(() => postMessage("refused"))'])));
        w.onmessage = (event) => done(event.data)`, { saw: 'refused' }],
    ['worker-blob-module-import-computed', `const w = new Worker(URL.createObjectURL(new Blob(['import(atob("' + btoa(u) + '"), {}).catch(() => postMessage("refused"))'], { type: 'text/javascript' })), { type: 'module' });
        w.onmessage = (event) => done(event.data)`, { saw: 'refused' }],
    ['worker-blob-import-blob', `const inner = 'import(atob("' + btoa(u) + '")).catch(() => {})';
        new Worker(URL.createObjectURL(new Blob(['import(URL.createObjectURL(new Blob([' + JSON.stringify(inner) + '], { type: "text/javascript" }))).catch(() => {})'])))`],
    ['worker-data-import-computed', `const w = new Worker('data:text/javascript,' + encodeURIComponent('import(atob("' + btoa(u) + '")).catch(() => postMessage("refused"))'), { type: 'module' }); w.onmessage = (event) => done(event.data)`, { saw: 'refused' }],
    ['worker-nested-import-computed', `const inner = 'import(atob("' + btoa(u) + '")).catch(() => {})';
        new Worker(URL.createObjectURL(new Blob(['new Worker(URL.createObjectURL(new Blob([' + JSON.stringify(inner) + '])))'])))`],
    ['worker-data-module-script', `new Worker('data:text/javascript,import ' + JSON.stringify(u), { type: 'module' })`],
    // other interfaces
    ['cache-add', `caches.open('x').then((c) => c.add(u)).catch(() => {})`],
    ['cache-add-all', `caches.open('x').then((c) => c.addAll([u])).catch(() => {})`],
    ['rtc-set', `const p = new RTCPeerConnection(); p.setConfiguration({ iceServers: [{ urls: u.replace('http://', 'turn:').split('/')[0] + '?transport=tcp', username: 'a', credential: 'b' }] }); p.createDataChannel('x'); p.createOffer().then((o) => p.setLocalDescription(o))`, { connects: true }],
    ['rtc-webkit', `const p = new webkitRTCPeerConnection({ iceServers: [{ urls: u.replace('http://', 'turn:').split('/')[0] + '?transport=tcp', username: 'a', credential: 'b' }] }); p.createDataChannel('x'); p.createOffer().then((o) => p.setLocalDescription(o))`, { connects: true }],
    ['websocket-stream', `const w = new WebSocketStream(u.replace('http', 'ws')); w.opened.catch(() => {}); w.closed.catch(() => {})`, { connects: true }],
    ['websocket-constructor', `new (WebSocket.prototype.constructor)(u.replace('http', 'ws'))`, { connects: true }],
    ['worker-constructor', `const B = Worker.prototype.constructor; new B(URL.createObjectURL(new Blob(['fetch("' + u + '", { mode: "no-cors" }).catch(() => {})'])))`],
    // windows and frames
    ['popup-write', `const w = open('', 'x', 'width=100'); w.document.write('<img src="' + u + '">')`],
    ['popup-image', `const w = open(); new w.Image().src = u`],
    ['popup-blob', `open(URL.createObjectURL(new Blob(['<img src="' + u + '">'], { type: 'text/html' })))`],
    ['realm-range', `const f = document.createElement('iframe'), r = document.createRange(); r.selectNodeContents(document.body); r.insertNode(f); frames[0].fetch(u).catch(() => {})`],
    ['realm-text', `document.body.appendChild(document.createElement('p')).outerHTML = '<iframe></iframe>'; frames[0].fetch(u).catch(() => {})`],
    ['realm-body', `const b = document.createElement('body'); b.append(document.createElement('iframe')); document.body = b; frames[0].fetch(u).catch(() => {})`],
    // commands, forms
    ['exec-command', editable + `document.execCommand('insertHTML', false, '<img src="' + u + '">')`],
    ['exec-image', editable + `document.execCommand('insertImage', false, u)`],
    ['form-clobbered', `const f = document.createElement('iframe'), m = document.createElement('form'), i = document.createElement('input'); f.name = m.target = 't'; m.action = u; i.name = 'action'; m.append(i); document.body.append(f, m); HTMLFormElement.prototype.submit.call(m)`],
    ['form-button', `const f = document.createElement('iframe'), m = document.createElement('form'), i = document.createElement('button'); f.name = m.target = 't'; m.action = u; m.append(i); document.body.append(f, m); i.click()`],
    ['form-request', `const f = document.createElement('iframe'), m = document.createElement('form'), i = document.createElement('button'); f.name = m.target = 't'; i.formAction = u; m.append(i); document.body.append(f, m); m.requestSubmit(i)`],
    ['open-frame-data', `const f = document.createElement('iframe'); f.name = 't'; document.body.append(f); open('data:text/html,<img src="' + u + '">', 't')`],
    // documents in addresses, made elsewhere or in XML
    ['frame-blob-worker', `const w = new Worker(URL.createObjectURL(new Blob(['postMessage(URL.createObjectURL(new Blob([' + JSON.stringify('<img src="' + u + '">') + '], { type: "text/html" })))']))); w.onmessage = (e) => { const f = document.createElement('iframe'); f.src = e.data; document.body.append(f) }`],
    ['worker-of-worker-blob', `const w = new Worker(URL.createObjectURL(new Blob(['postMessage(URL.createObjectURL(new Blob([' + JSON.stringify('fetch("' + u + '", { mode: "no-cors" }).catch(() => {})') + '], { type: "text/javascript" })))']))); w.onmessage = (e) => { new Worker(e.data) }`],
    ['frame-xhtml-script', frame(`'data:application/xhtml+xml,' + encodeURIComponent('<html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body>' + ${computed} + '</body></html>')`)],
    ['frame-svg-script', frame(`'data:image/svg+xml,' + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg"><script>const i = document.createElementNS("http://www.w3.org/1999/xhtml", "img"); i.src = ' + JSON.stringify(u.slice(0, 9)) + '+' + JSON.stringify(u.slice(9)) + '</scr' + 'ipt></svg>')`)],
    ['navigation-frame-data', `const f = document.createElement('iframe'); f.src = '/a.svg'; f.onload = () => { f.onload = null; f.contentWindow.location = 'data:text/html,<img src="' + u + '">' }; document.body.append(f)`],
    ['navigation-frame-blob', `const f = document.createElement('iframe'); f.src = '/a.svg'; f.onload = () => { f.onload = null; f.contentWindow.location = URL.createObjectURL(new Blob(['<img src="' + u + '">'], { type: 'text/html' })) }; document.body.append(f)`],
    // what is written in pieces
    ['write-style-whole', `document.write('<style>'); document.write('body { background: url(' + u + ') }'); document.write('</style>')`],
    ['write-script-pieces', `document.write('<script>import('); document.write('"' + u + '").catch(() => {})'); document.write('</scr' + 'ipt>')`],
];
