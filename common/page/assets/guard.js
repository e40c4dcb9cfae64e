// SPDX-License-Identifier: Apache-2.0
// The guard: holds back what a page's own code would fetch from, or store for, those that wait for consent. The server
// cannot see that code run; this stands before it. What is held back goes to an address that nobody has, so that the page
// meets what it would meet behind a blocker: an error event, a refused promise. Its table, a script of its own before this
// one, says who waits: self.cnilHeld; it has made the stubs for what pages call of them, too.
//
// What is served is guard.min.js, which scripts/minify-asset makes of this; every page pays for it (4 KB compressed).
(function guard(self) {
const table = self.cnilHeld, { document, URL, Blob } = self;
if (!table)
    return;
delete self.cnilHeld;
const { createObjectURL, revokeObjectURL } = URL;
// Names of attributes by kind, and what is hooked: [types, names] (guard.c).
const [values, elements, changing, asking, beacons, files, making, revoking, leaving, setting, taking, style, markup, writing, insertions, windows,
    cookie, cookieStore] = table.names;

// ---- who is held back ---- the table is asked (table.js)

// That something was is told to who would change the table for another.
const nowhere = () => (table.hosts.asked[0] = 'about:invalid');
const parseUrl = (address) => {
    try {
        return new URL(address, document ? document.baseURI : self.location);
    } catch {
        return {};
    }
};
// `use`: what it would be, the name of an element, of an interface, or what stands before it in a text.
const isHeld = (address, use) => table.holds(parseUrl(address), use);

// ---- values that carry addresses: the same value comes back when nothing in it is held back ----

const fixUrl = (value, use) => isHeld(value, use) ? nowhere() : value;
const fixWith = (pattern) => (value, use) => {
    const text = String(value);
    const fixed = text.replace(pattern, (all, head, url) => isHeld(url, head + use) ? all.replace(url, nowhere()) : all);
    return fixed === text ? value : fixed;
};
const fixList = fixWith(/(\.?\d[\w.+-]*,+|)([^\s,]+(?:,+[^\s,]+)*)/g);
const fixPlainCss = fixWith(/((?:(?:@import\s*|image-set\(\s*)?url\(|@import|image-set\(|,\s*(?=["'])|(?=["']\s*(?:https?:)?[\\/]{2}))\s*(?:["']\s*)?)([^"')\s]+)/gi);
// … as it is written, then as it reads without comments and escapes.
const fixCss = (value) => {
    const css = fixPlainCss(value), plain = table.plain(String(css));
    const fixed = fixPlainCss(plain);
    return fixed === plain ? css : fixed;
};
const fixImport = fixWith(/(\b(?:import|from)\b[\s(]*["'`])([^"'`]+)/g);
const fixRefresh = fixWith(/(^[\s\d.]+[;,\s]\s*(?:url\s*=)?\s*["']?)([^"']+)/i);
const fixText = fixWith(/(["'`=;(]|^|\b(?=https?:))((?:https?:)?[\\/]{2}[^\s"'`<>)]+)/gi);

// The same for the strings in objects and arrays.
const fixDeep = (kind) => function deep(value) {
    const type = value?.constructor?.name;
    return type === 'Array' ? Array.from(value, deep)
        : type === 'Object' ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, deep(one)])) : type ? kind(value) : value;
};

// Blobs by their addresses, and what goes in the place of each: [blob, for a worker, for a frame]; no blob where another document made it.
const blobs = new Map();

// The proxies of styles. The texts of some blobs; the documents that are guarded, themselves; the styles of those proxies.
const proxies = new WeakMap(), known = new WeakMap();

// What is read is bytes, one in a character, and its type: a blob that is large, was not made of strings, or that another
// document made. Empty where it cannot be.
const read = (url) => {
    const request = new self.XMLHttpRequest();
    try {
        request.open('GET', url, false);
        request.overrideMimeType('x/x;charset=x-user-defined');
        request.send();
    } catch {
    }
    return [request.responseText, request.getResponseHeader('content-type') || ''];
};

// An address that may carry a text of the page's own, or of a blob, of these types. Texts are bytes, one in a character.
const fixOwn = (index, change, types) => (value, use) => {
    const { protocol, href } = parseUrl(value);
    let fixed = fixUrl(href, use);
    try {
        const [text, type, end] = table.read(href), other = (end === undefined ? fixText : change)(text, type);
        if (other !== text && /^(data|java)/.test(href))
            fixed = end === undefined ? protocol + escape(other) : `data:${type};base64,${btoa(other)}${end}`;
        if (protocol === 'blob:') {
            const url = href.split('#')[0], entry = blobs.get(url) || [], [blob = { type: '' }] = entry, own = known.get(blob);
            blobs.set(url, entry);
            if (!entry[index] && types.test(blob.type)) {
                // a worker's is not read where it can do without
                const [bytes, found] = own === undefined && (index > 1 || !blob.size) ? read(url) : [own || ''];
                const type = entry[0] ? blob.type : found; // Firefox tells what it was told to override it with
                const text = change(bytes, type);
                if (text !== bytes && types.test(type) && (bytes || blob.size))
                    entry[index] = createObjectURL(new Blob(own === undefined ? bytes ? [Uint8Array.from(text, (byte) => byte.charCodeAt())] : [text, blob] : [text], { type }));
            }
            fixed = entry[index] || href;
        }
        return fixed === href ? value : trust(fixed, 'ScriptURL');
    } catch {
        return value;
    }
};

// A worker: this script goes in front. It is one line, so that others keep their numbers.
const prefix = (text) => `${/^\s*.use strict/.test(text) ? "'use strict';" : ''}self.cnilHeld=${table};(${guard})(self);`;
const lead = (text) => table.leadImports(fixImport(text));
const fixWorker = fixOwn(1, (text) => prefix(text) + lead(text), /^/);
const fixCode = (text, type) => /css/i.test(type) ? fixCss(text) : /script/i.test(type) ? (document ? fixImport : lead)(text) : text;
const fixFile = fixOwn(3, fixCode, /,/); // blobs of code were changed when they got their address

// ---- values of attributes ----

const kinds = { __proto__: null };
[fixUrl, fixList, fixCss, fixRefresh, fixText].forEach((kind, i) => values[i].split(' ').forEach((name) => {
    kinds[name.toLowerCase()] = kind;
}));

// A link that is followed is the visitor's own doing.
const fix = (tag, name, value) => {
    name = String(name).toLowerCase().replace(/^.*:/, '');
    const kind = kinds[name];
    return !kind || (name === 'href' && /^a(rea)?$/i.test(tag)) ? value
        : (kind !== fixUrl ? kind : /frame|obj|embed/i.test(tag) ? fixFrame : /link|script/i.test(tag) ? fixFile : kind)(value, tag);
};

// ---- markup ----

let trust = (text) => text;
try {
    const policy = self.trustedTypes.createPolicy('cnil', { createHTML: trust, createScript: trust, createScriptURL: trust });
    trust = (text, kind) => policy[`create${kind || 'HTML'}`](text);
} catch {
}
const box = document && table.box;
const setInner = box && Object.getOwnPropertyDescriptor(self.Element.prototype, 'innerHTML').set;

// What stands in a style sheet or script of the page's own, or in an instruction that names a style sheet.
const isCode = (element) => /^(style|script|xml-stylesheet)$/.test(element?.localName || element?.target);
const fixInner = (element, text) => table.inner(element, text, fixCss, fixText, fixImport);

// All that is changed in it: [name of an attribute, its value, the new one].
const fixElement = (element) => {
    const found = [];
    for (const name of element.getAttributeNames()) {
        const value = element.getAttribute(name), fixed = fix(element.localName, name, value);
        if (fixed !== value) {
            found.push([name, value, fixed]);
            element.setAttribute(name, fixed);
        }
    }
    if (isCode(element)) {
        const text = element.textContent, fixed = fixInner(element, text);
        if (fixed !== text) {
            found.push(['', text, fixed]);
            element.textContent = trust(fixed, 'Script');
        }
    }
    return found;
};
const fixTree = (root) => Array.from(root.querySelectorAll('*')).flatMap((element) =>
    fixElement(element).concat(element.content?.querySelectorAll ? fixTree(element.content) : []));

// Could there be an address in it that is written in no plain way, or a document in an address?
const odd = /srcdoc|(data|blob|script|https?):(?!\/\/)|&(?!amp;|[lg]t;|nbsp;)|\\|\/[\w./-]{0,99}[\t\n\r]+[\w./]/i;
// Text is changed where it stands, so that a part of a document stays a part. What cannot be changed so is written anew.
const fixHtml = (value) => {
    let html = String(value);
    if (!odd.test(html) && !(/=|<s/i.test(html) && table.isMixed(parseUrl(''))) && !html.match(/(?:https?:)?[\\/]{2}[^\s"'`<>)]+/g)?.some(isHeld))
        return value;
    const own = box.cloneNode(), read = (text) => { // there may be documents in it, which are read meanwhile
        Reflect.apply(setInner, own, [text]);
        return fixTree(own.content);
    };
    const found = read(value), escaped = (text) => String(text).replace(/&/g, '&amp;').replace(/"/g, '&quot;');
    for (const [name, old, fixed] of found)
        for (const raw of [old, escaped(old)])
            html = html.split(raw).reduce((text, rest, at, all) => text + (!name ? fixed
                : RegExp(name + `\\s*=\\s*["']?$`, 'i').test(all[at - 1]) ? escaped(fixed) : raw) + rest);
    return found.length ? trust(read(trust(html)).length ? own.innerHTML : html) : value;
};
// A frame's own document is guarded as this one is.
const scripts = document && document.currentScript;
const tags = scripts ? [scripts.previousElementSibling, scripts].map(({ src, nonce }) =>
    `<script xmlns="http://www.w3.org/1999/xhtml" src="${src}" nonce="${nonce}"></script>`).join('') : '';
const addTags = (text, place) => text.includes(tags) ? text : text.replace(place, '$&' + tags);
const fixSrcdoc = (value) => {
    const html = addTags(String(fixHtml(value)), /^(\s*<!doctype[^>]*>)?/i);
    return html === String(value) ? value : trust(html);
};
kinds.srcdoc = fixSrcdoc;

// A frame: as fixSrcdoc() for HTML; in XML the tags stand behind the first start tag, and addresses alone are replaced, as in code.
const fixDocument = (text, type) => /ml/i.test(type) && /[\0\x1b]/.test(text) ? '' : /t\/html/i.test(type) ? String(fixSrcdoc(trust(text))) : /[/+]xml/i.test(type) ?
    addTags(fixText(text), /^(?:<[!?][^>]*>|[^<])*<\w(?:"[^"]*"|'[^']*'|[^"'>/]|\/(?!>))*>/) : type ? text : fixText(text);
const fixFrame = fixOwn(2, fixDocument, /^$|t\/html|[/+]xml/i);

// ---- a realm: this window's, and those of the frames that it can reach ----

const enter = (frame) => {
    try {
        const { contentWindow } = frame; // … or a document
        install(contentWindow.defaultView || contentWindow);
    } catch {
        // of another origin
    }
};
const enterAll = (root) => root.querySelectorAll('iframe,frame,object').forEach(enter);

const install = (self) => {
    if (table.enter(self, enter))
        return;

    // Methods, and what is called for a property, of types (of the window itself: ''; of elements: *). A proxy keeps name,
    // length, properties, instanceof and new.target as they are.
    const hook = ([types, names], handle, side) => {
        for (const type of types.replace('*', elements).split(' '))
            for (const object of type ? [self[type], self[type]?.prototype] : [self])
                for (const name of names.split(' ')) {
                    const property = object && Object.getOwnPropertyDescriptor(object, name);
                    if (property && property.configurable) {
                        const part = side || ['value', 'set', 'get'].find((one) => property[one]), target = property[part];
                        const go = (run, args, that) => table.isLeft(self) ? run() : handle(args, that, run, name);
                        const proxy = property[part] = new Proxy(target, {
                            apply: (target, that, args) => {
                                that = known.get(that) || that;
                                return go((self = that, given = args) => Reflect.apply(target, self, given), args, that);
                            },
                            construct: (target, args, made) => go(() => Reflect.construct(target, args, made), args),
                        });
                        Object.defineProperty(object, name, property);
                        const own = target.prototype;
                        if (own?.constructor === target)
                            own.constructor = proxy;
                    }
                }
    };

    // ---- requests; those that a service worker is asked for come from a page, which is guarded itself ----
    hook(asking, (args, that, run, name) => {
        const url = args[0]?.url;
        if (args.length && !(url && self.skipWaiting) && isHeld(url || args[0], name))
            args[0] = nowhere();
        return run();
    });
    hook(beacons, (args, that, run, name) =>
        isHeld(args[0], name) ? name < 'g' ? { activated: false } : true : run());

    // ---- what changes its arguments ----
    [
        fixDeep(fixUrl), fixWorker, fixText, fixDeep(fixCss), fixCss,
        // sockets: a bad port, browsers give up before they ask anybody
        (url, name) => isHeld(url, name) ? 'wss://0:1' : url,
        // peers: their servers are asked for by name
        fixDeep((url) => isHeld(String(url).replace(/^\w+:/, '//')) ? 'stun:0.0.0.0' : url),
        // the name of a payment method that nobody has; to a sign-in an address of the site's own where nothing is
        fixDeep((value) => isHeld(value) ? 'nobody' : value),
    ].forEach((kind, i) => hook(changing[i], (args, that, run, name) => {
        args.forEach((value, i) => {
            args[i] = kind(value, name);
        });
        return run();
    }));

    // ---- blobs ----
    hook(files, (args, that, run) => {
        const blob = run(), list = args[0];
        if (blob.size < 1e6 && list?.every?.((part) => part?.trim))
            known.set(blob, list.join(''));
        return blob;
    });
    hook(making, (args, that, run) => {
        const [blob] = args, text = known.get(blob), fixed = text && fixCode(text, blob.type);
        if (fixed !== text)
            args[0] = new Blob([fixed], blob);
        const url = run();
        if (blob.text)
            blobs.set(url, [args[0]]);
        return url;
    });
    hook(revoking, (args, that, run) => {
        blobs.get(args[0])?.slice(1).forEach(revokeObjectURL);
        blobs.delete(args[0]);
        return run();
    });

    // ---- navigations, of frames and by code; what the visitor clicks on goes where it leads ----
    const isVisitor = () => table.isLeft(self) || (self.navigator.userActivation?.isActive ?? true);
    const enterResult = (args, that, run) => {
        const contentWindow = run();
        enter({ contentWindow });
        return contentWindow;
    };
    hook(leaving, (args, that, run, name) => {
        const [address] = args, { href, formAction, type, form = that } = Object(that);
        if (!isVisitor() && [address, href, formAction, address?.formAction,
            (name !== 'click' || /^(sub|im)/.test(type)) && form?.getAttribute?.('action')].some(isHeld))
            return null;
        if (/^(data|blob):/.test(address))
            args[0] = fixFrame(address);
        return enterResult(args, that, run);
    });
    if (self.navigation && self.parent !== self)
        self.navigation.addEventListener('navigate', (event) => {
            const { url } = event.destination, fixed = fixFrame(url);
            if (!isVisitor() && !event.downloadRequest && fixed !== url) {
                event.preventDefault();
                if (/^[bd]/.test(fixed))
                    self.location = fixed;
            }
        });

    // ---- elements ----
    hook(setting, (args, that, run, name) => {
            const at = /^setA/.test(name) ? name.length / 2 - 5 : 0, value = args[at];
            if (at in args)
                args[at] = fix(that && (that.ownerElement || that).localName, at ? args[at - 1] : that.nodeType === 2 ? that.name : name, value);
            try {
                return run();
            } catch (error) {
                if (args[at] === value)
                    throw error;
            }
        });
    hook(taking, (args, that, run) => {
        const [attribute] = args;
        attribute.value = fix(that.localName, attribute.name, attribute.value);
        return run();
    });
    // `style.background = ...` calls nothing that could be hooked
    hook(style, (args, that, run) => {
        const style = run();
        let proxy = proxies.get(style);
        if (!proxy) {
            proxies.set(style, proxy = new Proxy(style, {
                get: (target, name) => target[name],
                set: (target, name, value) => Reflect.set(target, name, fixCss(value)),
            }));
            known.set(proxy, style);
        }
        return proxy;
    }, 'get');

    // ---- what is put into a style sheet or script: its texts, and, where that is in the page, what it would hold then ----
    const intoCode = (args, that, run, name) => {
        const code = [that, that?.parentNode, that?.startContainer].find(isCode);
        if (code) {
            args.forEach((node, i) => {
                const { data = node } = Object(node), fixed = fixInner(code, data);
                if (fixed !== data)
                    data === node ? args[i] = trust(fixed, 'Script') : node.data = fixed;
            });
            const fixed = code.isConnected && table.join(args, that, run, name, code, (text) => fixInner(code, text));
            if (fixed) {
                code.textContent = trust(fixed, 'Script');
                return;
            }
        }
        return run();
    };

    // ---- markup ----
    hook(markup, (args, that, run, name) => {
        const command = /^ex/.test(name) ? args[0] : name, at = command === name ? +/^ins/.test(name) : 2, root = that?.parentNode || that;
        if (/html|fr/i.test(command))
            args[at] = fixHtml(args[at]);
        if (/^insertim/i.test(command))
            args[at] = fixUrl(args[at], 'img');
        const result = intoCode(args, that, run, name);
        if (/<i?frame/i.test(args[at]) && root?.querySelectorAll)
            enterAll(root);
        return result;
    });

    // A tag may come in pieces: the beginning of one waits for what the same script writes next.
    const open = new WeakMap();
    hook(writing, (args, that, run, name) => {
        const text = (open.get(that) || '') + args.map(String).join('') + (name[5] ? '\n' : '');
        let rest = '';
        text.replace(/<!--[^]*?-->|<(style|script)\b(?!(?:[^>]*["'\s])?\/>)[^]*?(<\/\1|$)|<[a-z/!](?:"[^"]*"|'[^']*'|[^"'>])*(>|["'][^]*|$)/gi, (all, code, close, end = '>') => {
            rest = (code ? close : end === '>') ? '' : all;
        });
        args.splice(0, args.length, fixHtml(trust(text.slice(0, text.length - rest.length))));
        open.set(that, rest);
        run();
        if (rest)
            Promise.resolve().then(() => {
                if (open.get(that) === rest) {
                    open.delete(that);
                    args[0] = fixHtml(trust(rest));
                    run();
                }
            });
        enterAll(that);
    });

    // ---- insertion: what came about in some other way, and frames ----
    hook(insertions, (args, that, run, name) => {
            const inner = [];
            for (const node of args)
                if (node?.querySelectorAll && (that.isConnected !== false || node.ownerDocument !== that.ownerDocument))
                    inner.push(...node.attributes ? [node] : [], ...node.firstElementChild ? node.querySelectorAll('*') : []);
            inner.forEach(fixElement);
            const result = intoCode(args, that, run, name);
            for (const node of inner)
                if ('contentWindow' in node) {
                    enter(node);
                    node.addEventListener('load', () => enter(node));
                }
            return result;
        });
    hook(windows, enterResult);

    // ---- cookies: one that is held back is taken away, as may be what it was written for; the last age counts ----
    hook(cookie, (args, that, run) => {
        const text = String(args[0]);
        if (table.holdsCookie(text.split(/[=;]/)[0].trim()))
            args[0] = text.replace(/[\0\r\n][^]*|$/, ';max-age=0');
        run();
    });
    hook(cookieStore, (args, that, run) => {
        const { name = args[0] } = Object(args[0]);
        return table.holdsCookie(String(name)) ? Promise.resolve() : run();
    });
};
install(self);
})(self);
