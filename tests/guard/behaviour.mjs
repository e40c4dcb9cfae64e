// SPDX-License-Identifier: Apache-2.0
// What the guard does beside holding requests back, and what it leaves alone.
import { until } from '../support/until.mjs';

export async function behaviour({ check, put, script, visit, context, base, events, tracker, explain, knownUrls }) {
    const image = 'new Image().src = u';
    const open = async (url, options) => {
        const seen = await visit(tracker, url, options);
        return { ...seen, run: (code) => seen.page.evaluate(code) };
    };

    // ---- under a policy of the site's own ----
    const nonced = { 'Content-Security-Policy': "script-src 'nonce-dXQz+A==' 'strict-dynamic'; object-src 'none'" };
    let seen = await open(put(script(image, tracker.at('nonce'), 'dXQz+A=='), { headers: nonced }));
    check('under a nonce and strict-dynamic nobody is asked', tracker.quiet(), tracker.told());
    check('under a nonce the page runs without an error', seen.errors.length === 0, seen.errors.join());
    await seen.end();
    seen = await open(put(script(image, tracker.at('nonce'), 'dXQz+A=='), { headers: nonced, policy: 'off' }), { wait: () => tracker.heard.has('nonce') });
    check('under a nonce it leaks without the guard', tracker.heard.has('nonce'));
    await seen.end();
    seen = await open(put(script(image, tracker.at('meta')), { head: '<meta http-equiv="Content-Security-Policy" content="script-src \'unsafe-inline\'">' }));
    check('a policy in the markup, which comes later, does not stop the guard', tracker.quiet(), tracker.told());
    await seen.end();
    seen = await open(put(script(`const f = document.createElement('iframe'); f.srcdoc = '<script nonce="dXQz+A==">new Image().src="' + u + '"</scr' + 'ipt>'; document.body.append(f)`,
        tracker.at('nonce-srcdoc'), 'dXQz+A=='), { headers: nonced }));
    check('a frame without address inherits policy and guard', tracker.quiet(), tracker.told());
    await seen.end();
    events.length = 0;
    seen = await open(put('<p>x</p>', { headers: { 'Content-Security-Policy': "script-src 'none'" } }));
    check('where the site lets no script run, an event says so', events.some((one) => one.event === 'guard-refused'));
    await seen.end();

    // ---- who passes ----
    const passes = async (name, host, options = {}) => {
        seen = await open(put(script(`new Image().src = ${JSON.stringify(host.split('').join('-'))}.split('-').join('').replace('$', u.split('/')[2].split(':')[1])`, tracker.at(name)), options),
            { wait: () => tracker.heard.size > 0, ...options });
        await seen.end();
        return tracker.heard.size > 0;
    };
    check('what trackers.allow names passes', await passes('good', 'http://good.tracker.localhost:$/good'));
    check('a host below it, too', await passes('good', 'http://x.good.tracker.localhost:$/good'));
    check('a path of a service is held back', !await passes('ads', 'http://shared.localhost:$/ads/x'));
    check('another path of the same host passes', await passes('other', 'http://shared.localhost:$/other'));
    check('a first party of site.hosts passes', await passes('cdn', 'http://cdn.localhost:$/x'));
    check('the site passes', await passes('own', 'http://img.shop.localhost:$/x'));
    check('a declared path on the own site is held back', !await passes('own', 'http://www.shop.localhost:$/matomo/x'));
    check('a host in trackers.block is held back', !await passes('never', 'http://never.localhost:$/x'));
    check('after consent, too', !await passes('never', 'http://never.localhost:$/x', { choice: 'accept' }));
    check('a stranger passes', await passes('stranger', 'http://stranger.localhost:$/x'));
    check('where strangers are held back one is', !await passes('stranger', 'http://stranger.localhost:$/x', { policy: 'hold' }));
    check('and the site is not', await passes('own', 'http://img.shop.localhost:$/x', { policy: 'hold' }));
    const listed = { policy: 'listed' };
    check('a host that only a list knows is held back', !await passes('listed', 'http://x.listed.localhost:$/x', listed));
    check('it comes after consent', await passes('listed', 'http://x.listed.localhost:$/x', { ...listed, choice: 'audience' }));
    check('one with an exception passes', await passes('fine', 'http://fine.localhost:$/needed', listed));
    check('another path of that host is held back', !await passes('other', 'http://fine.localhost:$/other', listed));
    check('a listed name of the site itself is held back', !await passes('spy', 'http://spy.shop.localhost:$/x', listed));
    check('another name of the site is not', await passes('own', 'http://img.shop.localhost:$/x', listed));
    check('a trailing dot does not help', !await passes('dot', 'http://dot.tracker.localhost.:$/x'));

    // ---- the guard and the server, of every host that the catalogue and the known domains have: a Request tells without asking ----
    for (const policy of ['usual', 'hold', 'strict', 'listed'])
        for (const choice of [null, 'audience']) {
            seen = await open(put('<p>x</p>', { policy }), choice ? { choice } : {});
            const urls = knownUrls();
            const wanted = explain(policy, `${base}/`, urls, choice);
            const found = await seen.run(`${JSON.stringify(urls)}.map((url) => new Request(url).url === 'about:invalid')`);
            const wrong = urls.filter((url, i) => wanted[i] !== found[i]);
            check(`${policy}, ${choice ?? 'no choice'}: the guard decides as the server does on ${urls.length} URLs`, wrong.length === 0,
                `${wrong.length}: ${wrong.slice(0, 12).join(' ')}`);
            check(`${policy}, ${choice ?? 'no choice'}: both hold something back and let something pass`, new Set(wanted).size === 2);
            await seen.end();
        }

    // ---- windows that a page opens: one that leads to a page of the site goes by what is granted there ----
    for (const choice of ['', '?audience']) {
        const page = put(script(image, tracker.at('opened')));
        seen = await open(put(`<script>open(${JSON.stringify(page + choice)})</script>`), choice ? { wait: () => tracker.heard.has('opened') } : {});
        check(`an opened page of the site, ${choice ? 'consent given there: what is granted comes' : 'no choice: nobody is asked'}`,
            choice ? tracker.heard.has('opened') : tracker.quiet(), tracker.told());
        await seen.end();
    }

    // ---- frames ----
    const inner = put(script(image, tracker.at('inner')));
    seen = await open(put(`<iframe src="${inner}"></iframe>`));
    check('a document in a frame is guarded', tracker.quiet(), tracker.told());
    await seen.end();

    // ---- in XHTML, whose own markup is of XML ----
    const xhtml = (code, name, policy = 'usual') => put(`<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title>t</title></head><body>${script(code, tracker.at(name))}</body></html>`,
        { policy, headers: { 'Content-Type': 'application/xhtml+xml' } });
    for (const [name, code] of [['image', image], ['inner-html', "const e = document.createElement('div'); e.innerHTML = '\\u003cp>\\u003cimg src=\"' + u + '\"/>\\u003c/p>'; document.body.append(e)"],
        ['import-script', "import(u).catch(() => {})"]]) {
        seen = await open(xhtml(code, name, null), { wait: () => tracker.heard.has(name) });
        check(`in XHTML ${name} leaks without us`, tracker.heard.has(name), seen.errors.join());
        await seen.end();
        seen = await open(xhtml(code, name));
        check(`in XHTML ${name}: nobody is asked, and nothing breaks`, tracker.quiet() && seen.errors.length === 0, `${tracker.told()} ${seen.errors}`);
        await seen.end();
    }
    seen = await open(xhtml("done(new DOMParser().parseFromString('\\u003cp>a\\u003cbr>\\u003cimg src=\"' + u + '\">', 'text/html').querySelectorAll('br').length)", 'parsed'));
    check('in XHTML a text of HTML is read as HTML', seen.saw === 1 && seen.errors.length === 0, `${seen.saw} ${seen.errors}`);
    await seen.end();

    // ---- cookies ----
    await context.addCookies([{ name: 'trk_old', value: '1', url: base }]);
    seen = await open(put('<p>x</p>'));
    check('cookies of trackers are not stored, others are', await seen.run(async () => {
        document.cookie = 'trk=1';
        document.cookie = ' trk_a = 1; path=/';
        document.cookie = 'own=1; path=/';
        document.cookie = 'trkother=1';
        if (self.cookieStore) {
            await cookieStore.set('trk_b', '1');
            await cookieStore.set({ name: 'trk_c', value: '1' });
            await cookieStore.set('own2', '1');
        }
        return document.cookie.split('; ').map((one) => one.split('=')[0]).sort().join();
    }) === `own,own2,trk_old,trkother`);
    check('one may be taken away', await seen.run(() => {
        document.cookie = 'trk_old=; max-age=0; path=/';
        document.cookie = 'trk_old=; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/';
        return !document.cookie.includes('trk_old');
    }));
    await seen.end();
    await context.clearCookies();
    // … and what was kept by such a name elsewhere, while it waits
    for (const [choice, left] of [['audience', 'cart,trk_kept,trkother,trk'], [null, 'cart,trkother']]) {
        seen = await open(put('<p>x</p>'), { choice });
        const names = () => seen.run(() => [localStorage, sessionStorage].map((one) => Object.keys(one).sort().join()).join('|'));
        await seen.run(() => ['trk', 'trk_kept', 'trkother', 'cart'].forEach((name) => [localStorage, sessionStorage].forEach((one) => one.setItem(name, '1'))));
        await seen.page.reload();
        await seen.run(() => new Promise((resolve) => requestIdleCallback(() => setTimeout(resolve))));
        const want = left.split(',').sort().join();
        await until(async () => await names() === `${want}|${want}`);
        check(`in the storage of the site by the names of trackers stays, ${choice}: ${left}`, await names() === `${want}|${want}`, await names());
        await seen.end();
    }

    // ---- stubs ----
    const stubs = () => [typeof self.trk, Array.isArray(self.layer), !!(self.a && Array.isArray(a.b.queue))].join();
    seen = await open(put('<script>layer.push(1); trk("send"); a.b.queue.push(2); self.mine = trk.q.length</script>'));
    check('calls run against stubs', await seen.run(stubs) === 'function,true,true' && await seen.run(() => self.mine) === 1 && seen.errors.length === 0, seen.errors.join());
    await seen.end();
    seen = await open(put('<script>self.a = self.a || []; a.b = a.b || {}; a.push(["load"]); self.mine = a.length</script>')); // as loaders begin
    check("and a loader of the page's own takes what holds them for what it would have made", await seen.run(() => self.mine) === 1 && seen.errors.length === 0,
        seen.errors.join());
    await seen.end();
    seen = await open(put('<script>var layer = layer || []; function trk() { return 5 } let own = trk(); self.five = own</script>'));
    check("the page's own definitions count", await seen.run(() => self.five) === 5 && seen.errors.length === 0, seen.errors.join());
    await seen.end();
    seen = await open(put('<p>x</p>'), { choice: 'audience' });
    check('after consent there are none', await seen.run(stubs) === 'undefined,false,false', await seen.run(stubs));
    await seen.end();

    // ---- what it leaves as it was ----
    seen = await open(put('<p id=p>x</p>'));
    const facts = await seen.run(async () => ({
        name: fetch.name, length: fetch.length, text: Function.prototype.toString.call(fetch), image: new Image() instanceof HTMLImageElement,
        extended: (() => { class Mine extends XMLHttpRequest { open(...args) { this.seen = true; return super.open(...args); } } const m = new Mine(); m.open('GET', '/'); return m.seen && m instanceof XMLHttpRequest; })(),
        constants: WebSocket.OPEN === 1 && EventSource.CLOSED === 2, prototype: Object.getPrototypeOf(new EventTarget()) === EventTarget.prototype,
        globals: Object.keys(self).filter((key) => /cnil|held|guard/i.test(key)).join(), table: typeof self.cnilHeld,
        request: new Request('/x', { method: 'POST' }).method, own: (await fetch('/a.js')).ok,
        // ids of fragments, entities, comments and odd markup come out as they went in
        html: (() => { const d = document.createElement('div'); const text = '<p>a &amp; b<!-- c --><a href="https://example.org/?a=1&amp;b=2">d</a><br></p>'; d.innerHTML = text; return d.innerHTML === text; })(),
        link: (() => { const l = document.createElement('a'); l.href = 'http://x.track' + 'er.localhost/'; return l.href; })(),
        attribute: (() => { const l = document.createElement('a'); l.setAttribute('href', 'http://x.track' + 'er.localhost/'); return l.getAttribute('href'); })(),
        illegal: (() => { try { Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src').set.call({}, 'x'); return 'no'; } catch (error) { return error.name; } })(),
        few: (() => { try { document.createElement('p').setAttribute('x'); return 'no'; } catch (error) { return error.name; } })(),
        fragment: (() => { const f = document.createDocumentFragment(); f.append('a', document.createElement('b')); document.body.append(f); return document.body.lastChild.localName; })(),
        replaced: (() => { const p = document.getElementById('p'); p.replaceChildren('y'); return p.textContent; })(),
        css: (() => { const s = document.createElement('p'); s.style.cssText = 'color: red'; return s.style.color; })(),
        style: (() => {
            const { style } = document.createElement('p'), { getPropertyValue } = CSSStyleDeclaration.prototype;
            style.color = 'red';
            Object.assign(style, { margin: '1px' });
            return [style instanceof CSSStyleDeclaration, style.constructor === CSSStyleDeclaration, getPropertyValue.call(style, 'color') === 'red', style.setProperty === style.setProperty,
                [...style].length === 5, style.length === 5, 'color' in style, style.removeProperty('color') === 'red', style.cssText === 'margin: 1px;'].every((one) => one);
        })(),
        same: (() => { const p = document.createElement('p'); p.style = 'color: red'; return p.style === p.style && p.getAttribute('style') === 'color: red;'; })(),
        // what is made of a text
        worker: await new Promise((resolve) => {
            const w = new Worker(URL.createObjectURL(new Blob(['\n\npostMessage(name + typeof self.cnilHeld); onmessage = (event) => {\nthrow new RangeError(event.data) }'])), { name: 'mine' });
            w.onmessage = (event) => { w.said = event.data; w.postMessage('why'); };
            w.onerror = (event) => { event.preventDefault(); resolve(`${w.said} ${event.message} ${event.lineno}`); };
        }),
        wrong: await new Promise((resolve) => { new Worker(URL.createObjectURL(new Blob(['{']))).onerror = (event) => { event.preventDefault(); resolve(/SyntaxError/.test(event.message)); }; }),
        buffer: await new Promise((resolve) => { new Worker(URL.createObjectURL(new Blob([new TextEncoder().encode('postMessage("\u00e9")')]))).onmessage = (event) => resolve(event.data); }),
        frame: await new Promise((resolve) => {
            const f = document.createElement('iframe');
            f.src = URL.createObjectURL(new Blob(['<!DOCTYPE html><meta charset="utf-8"><p>\u00e9t\u00e9</p>'], { type: 'text/html' }));
            f.onload = () => resolve(`${f.contentDocument.compatMode} ${f.contentDocument.body.textContent}`);
            document.body.append(f);
        }),
        blob: await new Blob(['a', new Blob(['b']), new Uint8Array([99])]).text(), file: new File(['x'], 'n', { type: 'a/b' }).name,
        // what is read, in its own coding, or too large to be kept
        bytes: await new Promise((resolve) => {
            const f = document.createElement('iframe');
            f.src = URL.createObjectURL(new Blob([new Uint8Array([0x3c, 0x70, 0x3e, 0xe9, 0x74, 0xe9])], { type: 'text/html;charset=iso-8859-1' }));
            f.onload = () => resolve(f.contentDocument.body.textContent);
            document.body.append(f);
        }),
        large: await new Promise((resolve) => {
            const f = document.createElement('iframe');
            f.src = URL.createObjectURL(new Blob(['<!DOCTYPE html><meta charset="utf-8"><p>\u00e9', 'x'.repeat(2e6)], { type: 'text/html' }));
            f.onload = () => resolve(`${f.contentDocument.compatMode} ${f.contentDocument.body.textContent.slice(0, 2)} ${f.contentDocument.body.textContent.length}`);
            document.body.append(f);
        }),
        strict: await new Promise((resolve) => { new Worker(URL.createObjectURL(new Blob(['"use strict"; postMessage((function () { return this === undefined })())']))).onmessage = (event) => resolve(event.data); }),
        srcset: (() => { const i = new Image(); const text = 'a.svg, /b.svg 2x,c,d.svg 3x , data:image/gif;base64,AAAA 4x'; i.srcset = text; return i.getAttribute('srcset') === text; })(),
        sheet: (() => {
            const s = document.createElement('style');
            s.textContent = 'b { color: red; & i { color: red } } @media all { u { color: red } } @page { margin: 1cm } @font-face { font-family: x; src: url(data:,) }';
            document.head.append(s);
            const [rule, media, page, font] = s.sheet.cssRules;
            media.insertRule('s { color: red }');
            rule.style = 'color: blue';
            rule.cssRules[0].style.color = 'green';
            const found = [media.cssRules.length === 2, rule.style.color === 'blue', rule.style === rule.style, rule.cssRules[0].style.color === 'green', page.style.marginTop === '1cm', font.style.fontFamily === 'x', /data:/.test(font.style.src)];
            s.remove();
            return found.join();
        })(),
        texts: (() => {
            const s = document.createElement('style'), t = document.createTextNode('b { color: red }'), p = document.createElement('p');
            document.head.append(s);
            s.append(t, 'i { color: red }', '');
            s.insertBefore(document.createTextNode('u { color: red }'), t);
            p.innerText = 'x\ny';
            const after = p.innerHTML;
            p.textContent = '<b>';
            p.firstChild.data += 1;
            p.firstChild.replaceData(0, 1, 'a');
            p.firstChild.nodeValue += null;
            const found = [s.childNodes.length, s.sheet.cssRules.length, s.childNodes[1] === t, after, p.textContent].join();
            s.remove();
            return found;
        })(),
        spelling: (() => {
            const s = document.createElement('style'), text = 'b::after { content: "\\201C/* */" } /* \\ */ i { background: url( "data:,x" ) }';
            document.head.append(s);
            s.append(text);
            const found = s.textContent === text && s.sheet.cssRules.length === 2;
            s.remove();
            return found;
        })(),
        makers: [WebSocket, Worker, Blob, Request].every((one) => one.prototype.constructor === one) && Audio.prototype.constructor === HTMLAudioElement,
        nodes: (() => {
            const p = document.createElement('p'), a = document.createAttribute('title'), r = document.createRange();
            a.value = 'x';
            const found = [p.setAttributeNode(a), a.ownerElement === p, p.title, p.attributes.setNamedItem(a) === a];
            p.append('ab');
            r.setStart(p.firstChild, 1);
            r.insertNode(document.createTextNode('-'));
            return [...found, p.textContent, document.adoptNode(p) === p, document.importNode(p, true).outerHTML].join();
        })(),
        xhtml: await new Promise((resolve) => {
            const f = document.createElement('iframe');
            f.src = `data:application/xhtml+xml,${encodeURIComponent('<?xml version="1.0"?><!-- > --><html xmlns="http://www.w3.org/1999/xhtml" lang="a>b"><head><title>t</title></head><body><p>é</p><script>parent.postMessage([document.body.textContent.slice(0, 1), document.scripts.length].join(), "*")</scr'+'ipt></body></html>')}`;
            self.addEventListener('message', (event) => resolve(event.data), { once: true });
            document.body.append(f);
        }),
        empty: await new Promise((resolve) => {
            const f = document.createElement('iframe');
            f.src = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg"/>')}`;
            f.onload = () => resolve(f.src.includes('script'));
            document.body.append(f);
        }),
        // what a visitor types or links to in an editor
        editor: (() => {
            const d = document.createElement('div'), u = 'http://x.track' + 'er.localhost/';
            d.contentEditable = 'true';
            document.body.append(d);
            d.focus();
            document.execCommand('insertText', false, u);
            const typed = d.textContent === u;
            getSelection().selectAllChildren(d);
            document.execCommand('createLink', false, u);
            const found = [typed, d.querySelector('a')?.getAttribute('href') === u].join();
            d.remove();
            return found;
        })(),
        script: (() => { const f = document.createElement('iframe'); f.src = 'javascript:void(0)'; return f.getAttribute('src'); })(),
        picture: (() => { const f = document.createElement('iframe'); f.src = 'data:image/gif;base64,AAAA'; return f.src; })(),
        animation: document.body.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 9, id: 'mine' }).id,
        json: (() => { const s = document.createElement('script'); s.type = 'application/json'; s.text = '{"from": "x"}'; document.body.append(s); return s.text; })(),
    }));
    const wanted = {
        name: 'fetch', length: 1, image: true, extended: true, constants: true, prototype: true, globals: '', table: 'undefined', request: 'POST', own: true,
        worker: 'mineundefined Uncaught RangeError: why 4', wrong: true, buffer: '\u00e9', frame: 'CSS1Compat \u00e9t\u00e9', blob: 'abc', file: 'n', script: 'javascript:void(0)', picture: 'data:image/gif;base64,AAAA',
        spelling: true, makers: true, nodes: ',true,x,true,a-b,true,<p title="x">a-b</p>', xhtml: '\u00e9,3', empty: false,
        editor: 'true,true', texts: '4,3,true,x<br>y,ab>1null', bytes: '\u00e9t\u00e9', large: 'CSS1Compat \u00e9x 2000001', strict: true, srcset: true, sheet: 'true,true,true,true,true,true,true',
        animation: 'mine', json: '{"from": "x"}', html: true, link: 'http://x.tracker.localhost/', attribute: 'http://x.tracker.localhost/', illegal: 'TypeError', few: 'TypeError', fragment: 'b', replaced: 'y', css: 'red', style: true, same: true,
    };
    for (const [key, value] of Object.entries(wanted))
        check(`as before: ${key}`, facts[key] === value, facts[key]);
    check('as before: functions look native', facts.text.includes('[native code]'), facts.text);
    check('no error on a plain page', seen.errors.length === 0, seen.errors.join());
    await seen.end();
    seen = await open(put('<script>document.write("<p id=q>1 < 2 "); document.write("and 3 <"); document.write("b>4</b></p>"); document.write("end <")</script>'));
    check('what is written in pieces comes out whole', await seen.run(() => `${document.getElementById('q').innerHTML}|${document.body.lastChild.textContent.trim()}`) === '1 &lt; 2 and 3 <b>4</b>|end <',
        await seen.run(() => document.body.innerHTML));
    await seen.end();

    seen = await open(put('<script>document.write("<svg><style/><path id=drawn /></svg>"); self.drawn = !!document.getElementById("drawn"); document.write("<style>b {} "); self.waits = !document.querySelector("body > style"); document.write("</style>")</script>'));
    check('an element that ends with its tag does not wait, a style sheet does', await seen.run(() => [drawn, waits].join()) === 'true,true', await seen.run(() => [drawn, waits].join()));
    await seen.end();

    // ---- markup of a path of the site itself, which only some sites have held back ----
    seen = await open(put('<div id=d></div>'));
    const markup = {
        '<img src="/matomo/x.gif">': false, '<p><img src=matomo/x.gif>': false, '<p style="background:url(/matomo/x.gif)">x</p>': false, '<style>@import "/matomo/x.css";</style>': false,
        '<img srcset="/own.svg 2x,/matomo/x.gif 1x">': false, '<img src="/own/matomo/x.gif">': true, '<a href="/matomo/">x</a>': true, '<p title="/matomo/x">x</p>': true,
    };
    for (const [html, same] of Object.entries(markup)) {
        const found = await seen.run(`document.getElementById('d').innerHTML = ${JSON.stringify(html)}`).then(() => seen.run(() => document.getElementById('d').innerHTML));
        check(`markup with a path of the site: ${html} ${same ? 'stays' : 'is held back'}`, found.includes('matomo') === same, found);
    }
    await seen.end();

    // ---- markup with a document in it, however that is written ----
    seen = await open(put('<div id=d></div>'));
    for (const inside of ['&lt;p id=&quot;in&quot;&gt;y&lt;/p&gt;', '<p id=&quot;in&quot;>y</p>', '&lt;p id=&#39;in&#39;>y'])
        for (const [name, code] of [['innerHTML', 'd.innerHTML = html'], ['DOMParser', "d.replaceChildren(...new DOMParser().parseFromString('<title>t</title><body>' + html, 'text/html').body.children)"]]) {
            const found = await seen.run(`(async () => {
                const d = document.getElementById('d'), html = ${JSON.stringify(`<p id=before>x</p><iframe srcdoc="${inside}"></iframe><p id=after>z</p>`)};
                ${code};
                const frame = d.querySelector('iframe');
                while (!frame.contentDocument?.getElementById('in'))
                    await new Promise((resolve) => setTimeout(resolve, 20));
                return [...d.children].map((element) => element.id || element.localName).join() + ' ' + frame.contentDocument.scripts.length;
            })()`);
            check(`markup with a document in it stays whole, and that is guarded: ${name}, ${inside}`, found === 'before,iframe,after 2', found);
        }
    await seen.end();

    // ---- texts without end: what takes time by the square of their length would not come back ----
    seen = await open(put('<p>x</p>'));
    const slow = await seen.run(() => {
        const long = (text) => text.repeat(150000 / text.length), image = new Image(), box = document.createElement('div'), found = {};
        const texts = {
            spaces: long(' '), commas: `a${long(',')}b`, 'commas apart': long(', '), quotes: long('"'), 'quotes apart': long('\'"'), tags: `${long('<a')}>`, 'tags and quotes': `${long('<a "\'')}>`, slashes: long('/'),
            lines: long('/\n'), urls: long('url('), sets: long('image-set( '), imports: `@import${long(' ')}`, parentheses: `import${long('(')}`, addresses: long(' https://own.localhost/x'), digits: long('1'), equals: `src${long(' ')}=`,
        };
        const calls = {
            srcset: (text) => { image.srcset = text; }, style: (text) => { box.style.cssText = text; }, markup: (text) => { box.innerHTML = text; }, attribute: (text) => { box.innerHTML = `<img srcset="${text}" style='${text}'>`; },
            refresh: (text) => { document.createElement('meta').content = text; }, script: (text) => { document.createElement('script').text = text; }, cookie: (text) => { document.cookie = text; },
            frame: (text) => { document.createElement('iframe').src = `data:text/xml,${text}`; }, write: (text) => { const f = document.body.appendChild(document.createElement('iframe')); f.contentDocument.write(text); f.remove(); },
        };
        for (const [call, run] of Object.entries(calls))
            for (const [name, text] of Object.entries(texts)) {
                const began = performance.now();
                run(text);
                found[`${call}, ${name}`] = Math.round(performance.now() - began);
            }
        // sheets that are built text by text
        const rule = `i { color: red; margin: 1px }${' '.repeat(122)}`, count = 150000 / rule.length, style = document.createElement('style'), late = [];
        document.head.append(style);
        style.sheet.disabled = true;
        const { cloneNode } = Node.prototype;
        Node.prototype.cloneNode = function (...args) {
            late.push(this);
            return cloneNode.apply(this, args);
        };
        const ways = { append: () => style.append(rule), before: () => style.firstChild.before(rule), data: () => style.firstChild.appendData(rule), insertion: () => style.insertBefore(new Text(rule), style.lastChild) };
        for (const [way, run] of Object.entries(ways)) {
            style.textContent = rule;
            const began = performance.now();
            for (let i = 0; i < count; i++)
                run();
            found[`rules, ${way}`] = Math.round(performance.now() - began);
        }
        Node.prototype.cloneNode = cloneNode;
        style.remove();
        found.copies = late.length;
        return found;
    });
    check('a sheet that is built text by text is never copied', slow.copies === 0, slow.copies);
    delete slow.copies;
    for (const [name, time] of Object.entries(slow))
        check(`a long text is read through in time: ${name}`, time < 60000, `${time} ms`);
    await seen.end();

    // ---- what is served ----
    seen = await open(put('<p>x</p>'));
    const served = await seen.run(() => Promise.all(Array.from(document.scripts, async (one) => {
        const answer = await fetch(one.src);
        return [one.src.split('/').pop().split('-')[0], answer.headers.get('cache-control'), answer.headers.get('content-type'), (await answer.text()).length];
    })));
    check('table and guard come first, each kept for good', served.slice(0, 2).every(([name, cache, type], i) =>
        name === ['held', 'guard'][i] && cache === 'public, max-age=31536000, immutable' && type === 'text/javascript; charset=utf-8'), JSON.stringify(served));
    const old = await seen.run(async () => (await fetch(document.scripts[0].src.replace(/held-.{4}/, 'held-0000'))).headers.get('cache-control'));
    check('a table of another policy is not kept', old === 'no-store', old);
    await seen.end();
    console.log(`the table is ${served[0][3]} bytes, the guard ${served[1][3]}`);
}
