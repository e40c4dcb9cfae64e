// SPDX-License-Identifier: Apache-2.0
// The guard: holds back what a page's own code would fetch from, or store for, those that wait for consent. The server
// cannot see that code run; this stands before it. What is held back goes to an address that nobody has, so that the page
// meets what it would meet behind a blocker: an error event, a refused promise. Its table, a script of its own before this
// one, says who waits: self.cnilHeld; it has made the stubs for what pages call of them, too.
//
// What is served is guard.min.js, which scripts/minify-guard makes of this; every page pays for it (4 KB compressed).
(function (self) {
'use strict';
const table = self.cnilHeld, document = self.document;
if (!table || !self.Proxy)
    return;
delete self.cnilHeld;
const { URL } = self;
const nowhere = 'about:invalid';

// ---- who is held back ----

// A list is " word !word word ", in order ("!", before what passes, does not count for it). Where is the first word that
// begins with `key`? [the place after it, its rest, is it held back?], or nothing.
const seek = (list, key) => {
    let low = 0, high = list.length - 1;
    while (low < high) {
        const start = list.lastIndexOf(' ', (low + high) >> 1), at = start + 1 + (list[start + 1] === '!');
        if (list.slice(at, at + key.length) < key)
            low = list.indexOf(' ', at);
        else
            high = start;
    }
    return read(list, key, low);
};
const read = (list, key, start) => {
    const passes = list[start + 1] === '!', at = start + 1 + passes;
    if (list.startsWith(key, at)) {
        const end = list.indexOf(' ', at);
        return [end, list.slice(at + key.length, end), !passes];
    }
};

// Of the longest host that has a path for it, the longest path: the last one, in order.
const find = (list, host, path) => {
    for (let held; host; host = host.replace(/^[^.]*\.?/, '')) {
        for (let word = seek(list, host + '/'); word; word = read(list, host + '/', word[0]))
            if (path.startsWith(word[1]))
                held = word[2];
        if (held !== undefined)
            return [held];
    }
};

const isHeld = (address) => {
    let url;
    try {
        url = new URL(address, document.baseURI);
    } catch (error) {
        return false;
    }
    if (!/^(http|ws)s?:$/.test(url.protocol))
        return false;
    const host = url.hostname.replace(/\.$/, '');
    for (let i = 0; i < table.hosts.length; i++) {
        const found = find(table.hosts[i], host, url.pathname.slice(1));
        if (found)
            return i === 1 || (i !== 3 && found[0]);
        // what follows is said of third parties
        if (i === 2 && (host === table.site || (!table.exact && host.endsWith('.' + table.site))))
            return false;
    }
    return !!table.unknown;
};

const isHeldCookie = (name) => {
    for (const list of table.cookies) {
        let found = seek(list, name + ' ');
        for (let end = name.length; !found && end > 0; end--)
            found = seek(list, name.slice(0, end) + '* ');
        if (found)
            return found[2];
    }
    return !!table.cookie;
};

// ---- values that carry addresses: the same value comes back when nothing in it is held back ----

const fixUrl = (value) => isHeld(value) ? nowhere : value;
const fixWith = (pattern) => (value) => {
    const text = String(value);
    const fixed = text.replace(pattern, (all, head, url) => isHeld(url) ? head + nowhere : all);
    return fixed === text ? value : fixed;
};
const fixList = fixWith(/([\s,]*)(\S+?)(?=,*(?:\s|$))/g);
const fixCss = fixWith(/((?:url\(|@import|image-set\()\s*["']?)([^"')\s]+)/gi);

const kinds = new Map([['srcset', fixList], ['imagesrcset', fixList], ['ping', fixList], ['style', fixCss]]);
for (const name of ['src', 'href', 'data', 'poster', 'background'])
    kinds.set(name, fixUrl);

// A link that is followed is the visitor's own doing.
const fix = (tag, name, value) => {
    name = String(name).toLowerCase().replace(/^.*:/, '');
    const kind = kinds.get(name);
    return kind && !(name === 'href' && /^a(rea)?$/i.test(tag)) ? kind(value) : value;
};

// ---- markup ----

const { set: setInner } = Object.getOwnPropertyDescriptor(self.Element.prototype, 'innerHTML');
const { setAttribute } = self.Element.prototype;
const box = document.createElement('template');
let trust = (html) => html;
try {
    const policy = self.trustedTypes.createPolicy('cnil', { createHTML: trust, createScriptURL: trust });
    trust = (html) => policy.createHTML(html);
} catch (error) {
}

const fixElement = (element) => {
    let changed = false;
    for (const { name, value } of Array.from(element.attributes)) {
        const fixed = fix(element.localName, name, value);
        if (fixed !== value) {
            changed = true;
            Reflect.apply(setAttribute, element, [name, fixed]);
        }
    }
    if (element.localName === 'style') {
        const text = element.textContent, fixed = fixCss(text);
        if (fixed !== text) {
            changed = true;
            element.textContent = fixed;
        }
    }
    return changed;
};
const carriers = 'style,template,[*|href],[srcdoc],' + Array.from(kinds.keys(), (name) => `[${name}]`);
const fixTree = (root) => {
    let changed = false;
    for (const element of root.querySelectorAll(carriers)) {
        changed = fixElement(element) || changed;
        if (element.content)
            changed = fixTree(element.content) || changed;
    }
    return changed;
};
const parse = (html) => {
    Reflect.apply(setInner, box, [html]);
    return box.content;
};

// Text is changed where it stands, so that a part of a document stays a part. What cannot be changed so is written anew.
const fixHtml = (value) => {
    const html = String(value);
    if (!/[\\/]\s*[\\/]|https?:|&(#|b?sol|colon)/i.test(html) || !fixTree(parse(value)))
        return value;
    const fixed = html.replace(/<([a-z][^\s/>]*)(?:"[^"]*"|'[^']*'|[^"'>])*>/gi, (all, tag) =>
        all.replace(/([^\s"'<>/=]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'>][^\s>]*)/g, (text) => {
            const { name, value } = parse(trust(`<a ${text}>`)).firstChild.attributes[0];
            const found = fix(tag, name, value);
            return found === value ? text : `${name}="${found.replace(/&/g, '&amp;').replace(/"/g, '&quot;')}"`;
        }));
    return trust(fixTree(parse(trust(fixed))) ? box.innerHTML : fixed);
};
// A frame's own document is guarded as this one is.
const scripts = document.currentScript;
const tags = scripts ? [scripts.previousElementSibling, scripts].map(({ src, nonce }) =>
    `<script src="${src}"${nonce ? ` nonce="${nonce}"` : ''}></script>`).join('') : '';
kinds.set('srcdoc', (value) => {
    const html = String(fixHtml(value));
    return html.includes(tags) ? value : trust(html.replace(/^(\s*<!doctype[^>]*>)?/i, (doctype) => doctype + tags));
});

// ---- a realm: this window's, and those of the frames that it can reach ----

const realms = new WeakSet();
const enter = (frame) => {
    try {
        const inner = frame.contentWindow;
        if (inner && inner.document)
            install(inner);
    } catch (error) {
        // of another origin
    }
};
const framesOf = (root) => Array.from(root.querySelectorAll('iframe,frame,object'));

const install = (self) => {
    if (realms.has(self))
        return;
    realms.add(self);

    // A proxy keeps name, length, properties, instanceof and new.target as they are.
    const around = (original, handle) => new Proxy(original, {
        apply: (target, that, args) => handle(args, that, () => Reflect.apply(target, that, args)),
        construct: (target, args, made) => handle(args, null, () => Reflect.construct(target, args, made)),
    });
    const hook = (object, names, handle) => {
        for (const name of names.split(' '))
            if (object && typeof object[name] === 'function')
                object[name] = around(object[name], handle);
    };
    const hookProperty = (object, name, side, handle) => {
        const property = object && Object.getOwnPropertyDescriptor(object, name);
        if (property && property[side] && property.configurable) {
            property[side] = around(property[side], handle);
            Object.defineProperty(object, name, property);
        }
    };
    const of = (name) => self[name] && self[name].prototype;
    const change = (index, kind) => (args, that, run) => {
        if (index in args)
            args[index] = kind(args[index]);
        return run();
    };

    // ---- requests ----
    hook(self, 'fetch Request EventSource Audio Worker SharedWorker', (args, that, run) => {
        if (args.length && isHeld(args[0] && args[0].url || args[0]))
            args[0] = nowhere;
        return run();
    });
    hook(of('XMLHttpRequest'), 'open', change(1, fixUrl));
    // a bad port: browsers give up before they ask anybody
    hook(self, 'WebSocket WebTransport', change(0, (url) => isHeld(url) ? String(url).replace(/:.*/, '://nobody.invalid:1') : url));
    // its servers are asked for by name
    hook(self, 'RTCPeerConnection', change(0, (value) => /"\w+:([^"?]+)/.test(JSON.stringify(value)) && isHeld('https://' + RegExp.$1) ? {} : value));
    hook(of('Navigator'), 'sendBeacon', (args, that, run) => isHeld(args[0]) || run());
    hook(self, 'fetchLater', (args, that, run) => isHeld(args[0]) ? { activated: false } : run());
    hook(self, 'FontFace', change(1, fixCss));

    // ---- navigations, of frames and by code; what the visitor clicks on goes where it leads ----
    const skip = (args, that, run) =>
        navigator.userActivation.isActive || !isHeld(that && (that.formAction || that.action || that.href) || args[0]) ? run() : null;
    hook(self, 'open', skip);
    hook(of('HTMLFormElement'), 'submit requestSubmit', skip);
    hook(of('HTMLElement'), 'click', skip);

    // ---- elements ----
    const setProperty = (name) => (args, that, run) => {
        const value = args[0];
        args[0] = fix(that && that.localName, name, value);
        try {
            return run();
        } catch (error) {
            if (args[0] === value)
                throw error;
        }
    };
    for (const tag of 'Anchor Area Base Body Embed Frame IFrame Image Input Link Media Object Script Source Table TableCell Track Video'.split(' '))
        for (const name of ['src', 'href', 'data', 'poster', 'srcset', 'imageSrcset', 'background', 'ping', 'srcdoc'])
            hookProperty(of(`HTML${tag}Element`), name, 'set', setProperty(name));
    hookProperty(of('SVGAnimatedString'), 'baseVal', 'set', setProperty('src'));
    for (const name of ['HTMLElement', 'SVGElement'])
        hookProperty(of(name), 'style', 'set', setProperty('style'));
    hookProperty(of('CSSStyleDeclaration'), 'cssText', 'set', setProperty('style'));
    hook(of('CSSStyleDeclaration'), 'setProperty', change(1, fixCss));
    // `style.background = ...` cannot be hooked; it is seen before it is drawn
    new self.MutationObserver((args) => args.forEach((one) => fixElement(one.target)))
        .observe(self.document, { subtree: true, attributeFilter: ['style'] });
    hook(of('CSSStyleSheet'), 'insertRule replace replaceSync', change(0, fixCss));
    const Element = of('Element');
    hook(Element, 'setAttribute setAttributeNS', (args, that, run) => {
        const at = args.length > 2 ? 1 : 0;
        if (args.length > 1)
            args[at + 1] = fix(that && that.localName, args[at], args[at + 1]);
        return run();
    });
    hookProperty(of('Attr'), 'value', 'set', (args, that, run) => {
        args[0] = fix((that.ownerElement || that).localName, that.name, args[0]);
        return run();
    });

    // ---- markup ----
    const setHtml = (index) => (args, that, run) => {
        const style = that && that.localName === 'style';
        args[index] = (style ? fixCss : fixHtml)(args[index]);
        const result = run();
        if (/<i?frame/i.test(args[index]) && that.ownerDocument)
            framesOf(that.parentNode || that).forEach(enter);
        return result;
    };
    for (const type of ['Element', 'ShadowRoot'])
        for (const name of ['innerHTML', 'outerHTML'])
            hookProperty(of(type), name, 'set', setHtml(0));
    hook(Element, 'setHTMLUnsafe setHTML', setHtml(0));
    hook(of('ShadowRoot'), 'setHTMLUnsafe setHTML', setHtml(0));
    hook(Element, 'insertAdjacentHTML', setHtml(1));
    hook(of('Range'), 'createContextualFragment', change(0, fixHtml));
    hook(of('DOMParser'), 'parseFromString', change(0, fixHtml));
    hook(self.Document, 'parseHTMLUnsafe parseHTML', change(0, fixHtml));
    hookProperty(of('Node'), 'textContent', 'set', (args, that, run) => {
        if (that && that.localName === 'style')
            args[0] = fixCss(args[0]);
        return run();
    });

    // A tag may come in pieces: the beginning of one waits for what the same script writes next.
    const open = new WeakMap();
    const write = (end) => (args, that, run) => {
        const text = (open.get(that) || '') + args.map(String).join('') + end;
        const [rest] = /<[a-z/!](?:"[^"]*"|'[^']*'|[^"'>])*(?:"[^"]*|'[^']*)?$|$/i.exec(text);
        args.splice(0, args.length, fixHtml(trust(text.slice(0, text.length - rest.length))));
        open.set(that, rest);
        run();
        if (rest)
            self.Promise.resolve().then(() => {
                if (open.get(that) === rest) {
                    open.delete(that);
                    args[0] = trust(rest);
                    run();
                }
            });
        framesOf(that).forEach(enter);
    };
    hook(of('Document'), 'write', write(''));
    hook(of('Document'), 'writeln', write('\n'));

    // ---- insertion: what came about in some other way, and frames ----
    const insert = (args, that, run) => {
        const inner = [];
        if (that && that.isConnected)
            for (const node of args)
                if (node && node.querySelectorAll) {
                    if (node.attributes) {
                        fixElement(node);
                        inner.push(node);
                    }
                    fixTree(node);
                    inner.push(...framesOf(node));
                }
        const result = run();
        for (const node of inner)
            if ('contentWindow' in node) {
                enter(node);
                node.addEventListener('load', () => enter(node));
            }
        return result;
    };
    hook(of('Node'), 'appendChild insertBefore replaceChild', insert);
    for (const type of ['Element', 'Document', 'DocumentFragment', 'CharacterData'])
        hook(of(type), 'append prepend replaceChildren before after replaceWith insertAdjacentElement', insert);
    for (const type of ['IFrame', 'Frame', 'Object'])
        for (const name of ['contentWindow', 'contentDocument'])
            hookProperty(of(`HTML${type}Element`), name, 'get', (args, that, run) => {
                const result = run();
                enter({ contentWindow: result && result.defaultView || result });
                return result;
            });

    // ---- cookies: one that is taken away may be ----
    hookProperty(of('Document'), 'cookie', 'set', (args, that, run) => {
        const text = String(args[0]), ends = /;\s*expires\s*=([^;]*)/i.exec(text);
        const removes = /;\s*max-age\s*=\s*(0|-)/i.test(text) || (ends && Date.parse(ends[1]) < Date.now());
        if (removes || !isHeldCookie(text.split(/[=;]/)[0].trim()))
            run();
    });
    hook(of('CookieStore'), 'set', (args, that, run) => {
        const name = args[0] && args[0].name !== undefined ? args[0].name : args[0];
        return isHeldCookie(String(name)) ? self.Promise.resolve() : run();
    });
};
install(self);
})(self);
