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
const { createObjectURL, revokeObjectURL } = URL, { elements, rules, styles, markup, insertions, providers, offers, values } = table.names;

// ---- who is held back ----

// A list is " word word ", in order. What is behind `key` in all words that begin with it; "<" ends what passes.
const seek = (list, key) => {
    const words = [];
    for (let at = 0; (at = list.indexOf(' ' + key, at) + 1);)
        words.push(list.slice(at + key.length, list.indexOf(' ', at)));
    return words;
};

// What is said of a host, in the order in which it decides: [the beginning of a path], or [it, ''] where that passes. Of
// each list the longest host that has a path for it, then the longest path. What is no list are such pairs already, with a
// question in the path's place (lists.js). What was found is kept where table.js finds it, too.
const asked = table.hosts.asked = { __proto__: null };
// That something was is told to who would change the table for another.
const nowhere = () => (asked[0] = 'about:invalid');
const rulesOf = (host) => {
    const rules = [];
    for (const list of table.hosts)
        if (list.map)
            rules.push(...list);
        else
            for (let name = host; name; name = name.replace(/^[^.]*\.?/, ''))
                rules.push(...seek(list, name + '/').reverse().map((word) => word.split('<')));
    return rules;
};
const rulesFor = (host = '') => asked[host] || (asked[host] = rulesOf(host.replace(/\.$/, '')));

const parseUrl = (address) => {
    try {
        return new URL(address, document ? document.baseURI : self.location);
    } catch {
        return {};
    }
};
// `use`: what it would be, the name of an element, of an interface, or what stands before it in a text.
const isHeld = (address, use) => {
    const url = parseUrl(address);
    return /^(http|ws)s?:$/.test(url.protocol) &&
        rulesFor(url.hostname).find(([path]) => path.call ? path(url, use) : url.pathname.startsWith(path, 1)).length < 2;
};
// May an address without a host be held back, one of the site itself?
const isMixed = () => rulesFor(parseUrl('').hostname).find((rule) => rule.length < 2 || !rule[0]).length < 2;

const isHeldCookie = (name) => {
    for (const list of table.cookies) {
        let found = seek(list, name + '/');
        for (let end = name.length; !found.length && end; end--)
            found = seek(list, name.slice(0, end) + '*/');
        if (found.length)
            return !found[0];
    }
    return table.cookie;
};

// ---- values that carry addresses: the same value comes back when nothing in it is held back ----

const fixUrl = (value, use) => isHeld(value, use) ? nowhere() : value;
const fixWith = (pattern) => (value, use) => {
    const text = String(value);
    const fixed = text.replace(pattern, (all, head, url) => isHeld(url, head + use) ? all.replace(url, nowhere()) : all);
    return fixed === text ? value : fixed;
};
const fixList = fixWith(/(\.?\d[\w.+-]*,+|)([^\s,]+(?:,+[^\s,]+)*)/g);
const fixCss = fixWith(/((?:(?:@import\s*|image-set\(\s*)?url\(|@import|image-set\(|,\s*(?=["']))\s*["']?)([^"')\s]+)/gi);
const fixImport = fixWith(/(\b(?:import|from)\b[\s(]*["'`])([^"'`]+)/g);
const fixRefresh = fixWith(/(^[\s\d.]+[;,\s]\s*(?:url\s*=)?\s*["']?)([^"']+)/i);
const fixText = fixWith(/(["'`=]|\b(?=https?:))((?:https?:)?[\\/]{2}[^\s"'`<>)]+)/gi);

// The same for the strings in objects and arrays.
const fixDeep = (kind) => function deep(value) {
    const type = value && value.constructor && value.constructor.name;
    return type === 'Array' ? Array.from(value, deep) : type === 'String' ? kind(value)
        : type === 'Object' ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, deep(one)])) : value;
};

// Blobs by their addresses, and what goes in the place of each: [blob, for a worker, for a frame].
const blobs = new Map();

// The proxies of styles. The texts of some blobs; the documents that are guarded, themselves; the styles of those proxies.
const proxies = new WeakMap(), known = new WeakMap();

// An address that may carry a text of the page's own, or of a blob. Texts are bytes, one in a character.
const decode = (text) => unescape(text.replace(/%u/gi, '%25u'));
const fixOwn = (index, change, changeBlob) => (value, use) => {
    const { protocol, href } = parseUrl(value);
    let fixed = fixUrl(href, use);
    try {
        const [, type, coded, body, end] = /^data:([^,]*?)(;\s*base64)?,([^#]*)(.*)/i.exec(href) || ['', , , href.slice(11)];
        const bytes = decode(body), text = coded ? atob(bytes) : bytes, other = (end === undefined ? fixText : change)(text, type);
        if (other !== text && /^(data|java)/.test(href))
            fixed = end === undefined ? protocol + escape(other) : `data:${type};base64,${btoa(other)}${end}`;
        const entry = blobs.get(href.split('#')[0]);
        if (entry) {
            const parts = !entry[index] && changeBlob(entry[0], known.get(entry[0]), href);
            fixed = entry[index] = parts ? createObjectURL(new Blob(parts, entry[0])) : entry[index] || href;
        }
        return fixed === href ? value : trust(fixed, 'ScriptURL');
    } catch {
        return value;
    }
};

// A worker: this script goes in front. It is one line, so that others keep their numbers.
const prefix = (text) => `${/^\s*.use strict/.test(text) ? "'use strict';" : ''}self.cnilHeld=${table.lists ? table : JSON.stringify(table)};(${guard})(self);`;
const fixWorker = fixOwn(1, (text) => prefix(text) + text, (blob, text) => [prefix(text), blob]);

// ---- values of attributes ----

const kinds = { __proto__: null };
[fixUrl, fixList, fixCss, fixRefresh].forEach((kind, i) => values[i].split(' ').forEach((name) => {
    kinds[name.toLowerCase()] = kind;
}));

// A link that is followed is the visitor's own doing.
const fix = (tag, name, value) => {
    name = String(name).toLowerCase().replace(/^.*:/, '');
    const kind = kinds[name];
    return !kind || (name === 'href' && /^a(rea)?$/i.test(tag)) ? value
        : (kind === fixUrl && /frame|obj|embed/i.test(tag) ? fixFrame : kind)(value, tag);
};

// ---- markup ----

let trust = (text) => text;
try {
    const policy = self.trustedTypes.createPolicy('cnil', { createHTML: trust, createScript: trust, createScriptURL: trust });
    trust = (text, kind) => policy[`create${kind || 'HTML'}`](text);
} catch {
}
const box = document && document.createElement('template');
const setInner = box && Object.getOwnPropertyDescriptor(self.Element.prototype, 'innerHTML').set;

// What stands in a style sheet or script of the page's own.
const isCode = (element) => element && /^(style|script)$/.test(element.localName);
const fixInner = ({ localName, type }, text) => (localName === 'style' ? fixCss : /map|rule/i.test(type) ? fixText : fixImport)(text);

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
    fixElement(element).concat((element.content || '').querySelectorAll ? fixTree(element.content) : []));

// Could there be an address in it that is written in no plain way, or a document in an address?
const odd = /srcdoc|(data|blob|script|https?):(?!\/\/)|&(?!amp;|[lg]t;|nbsp;)|\\|\/[\w./-]{0,99}[\t\n\r]+[\w./]/i;
// Text is changed where it stands, so that a part of a document stays a part. What cannot be changed so is written anew.
const fixHtml = (value) => {
    let html = String(value);
    if (!odd.test(html) && !(/=|<s/i.test(html) && isMixed()) && !(html.match(/\/\/[^\s"'<>)]+/g) || []).some(isHeld))
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
const tags = scripts ? [scripts.previousElementSibling, scripts].map(({ src, nonce }) => `<script src="${src}" nonce="${nonce}"></script>`).join('') : '';
const fixSrcdoc = (value) => {
    const html = String(fixHtml(value));
    return html.includes(tags) ? value : trust(html.replace(/^(\s*<!doctype[^>]*>)?/i, '$&' + tags));
};
kinds.srcdoc = fixSrcdoc;

// A frame: as fixSrcdoc() for HTML, addresses alone in other markup and in code.
const fixDocument = (text, type) => /t\/html/i.test(type) ? String(fixSrcdoc(trust(text))) : /^$|xml/i.test(type) ? fixText(text) : text;
// What is read is bytes, one in a character: those of a blob that is large or was not made of strings. Empty where it cannot be.
const read = (url) => {
    const request = new self.XMLHttpRequest();
    try {
        request.open('GET', url, false);
        request.overrideMimeType('x/x;charset=x-user-defined');
        request.send();
    } catch {
    }
    return request.responseText;
};
const fixFrame = fixOwn(2, fixDocument, ({ type }, text, url) => !/^$|ml/.test(type) ? 0 : text ? [fixDocument(text, type)]
    : [Uint8Array.from(fixDocument(read(url), type), (byte) => byte.charCodeAt())]);

// ---- a realm: this window's, and those of the frames that it can reach ----

const enter = (frame) => {
    try {
        install(frame.contentWindow);
    } catch {
        // of another origin
    }
};
const enterAll = (root) => root.querySelectorAll('iframe,frame,object').forEach(enter);

const install = (self) => {
    const key = self.document || self;
    if (known.has(key))
        return;
    known.set(key, key);

    // Methods, and what is called for a property, of types (of the window itself: ''). A proxy keeps name, length, properties,
    // instanceof and new.target as they are.
    const hook = (types, names, handle, side) => {
        for (const type of types.split(' '))
            for (const object of type ? [self[type], (self[type] || {}).prototype] : [self])
                for (const name of names.split(' ')) {
                    const property = object && Object.getOwnPropertyDescriptor(object, name);
                    if (property && property.configurable) {
                        const part = side || ['value', 'set', 'get'].find((one) => property[one]);
                        property[part] = new Proxy(property[part], {
                            apply: (target, that, args) => {
                                that = known.get(that) || that;
                                return handle(args, that, () => Reflect.apply(target, that, args), name);
                            },
                            construct: (target, args, made) => handle(args, null, () => Reflect.construct(target, args, made), name),
                        });
                        Object.defineProperty(object, name, property);
                    }
                }
    };
    const change = (kind) => (args, that, run, name) => {
        args.forEach((value, i) => {
            args[i] = kind(value, name);
        });
        return run();
    };

    // ---- requests; those that a service worker is asked for come from a page, which is guarded itself ----
    hook(' WorkerGlobalScope', 'fetch Request EventSource Audio', (args, that, run, name) => {
        const url = args[0] && args[0].url;
        if (args.length && !(url && self.skipWaiting) && isHeld(url || args[0], name))
            args[0] = nowhere();
        return run();
    });
    hook('WorkerGlobalScope Worklet XMLHttpRequest', 'importScripts addModule open', change(fixUrl));
    // a bad port: browsers give up before they ask anybody
    hook('', 'WebSocket WebTransport', change((url, name) => isHeld(url, name) ? 'wss://0:1' : url));
    // its servers are asked for by name
    hook('', 'RTCPeerConnection', change(fixDeep((url) => isHeld(url.replace(/^\w+:/, '//')) ? 'stun:0.0.0.0' : url)));
    hook(' Navigator', 'sendBeacon fetchLater', (args, that, run, name) =>
        isHeld(args[0], name) ? name < 'g' ? { activated: false } : true : run());
    // the name of a payment method that nobody has; to a sign-in an address of the site's own where nothing is
    hook(providers, offers, change(fixDeep((value) => isHeld(value) ? 'nobody' : value)));

    // ---- workers and frames of blobs ----
    hook('', 'Worker SharedWorker', change(fixWorker));
    hook('', 'Blob File', (args, that, run) => {
        const blob = run(), list = args[0];
        if (list && blob.size < 1e6 && list.every && list.every((part) => Object(part).trim))
            known.set(blob, list.join(''));
        return blob;
    });
    hook('URL', 'createObjectURL', (args, that, run) => {
        const url = run();
        if (args[0].text)
            blobs.set(url, [args[0]]);
        return url;
    });
    hook('URL', 'revokeObjectURL', (args, that, run) => {
        (blobs.get(args[0]) || []).slice(1).forEach(revokeObjectURL);
        blobs.delete(args[0]);
        return run();
    });

    // ---- navigations, of frames and by code; what the visitor clicks on goes where it leads ----
    const isVisitor = () => !navigator.userActivation || navigator.userActivation.isActive;
    const skip = (args, that, run) =>
        isVisitor() || !isHeld(that && (that.formAction || that.action || that.href) || args[0]) ? run() : null;
    hook(' ' + elements, 'open submit requestSubmit click', skip);
    if (self.navigation && self.parent !== self)
        self.navigation.addEventListener('navigate', (event) => {
            if (!isVisitor() && isHeld(event.destination.url))
                event.preventDefault();
        });

    // ---- elements ----
    hook(elements + ' SVGAnimatedString Attr Element',
        values.join(' ') + ' srcdoc value setAttribute setAttributeNS', (args, that, run, name) => {
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
    hook(' KeyframeEffect Element CSS ' + rules, styles, change(fixDeep(fixCss)));
    hook('StylePropertyMap', 'set append', change(fixCss));
    // `style.background = ...` calls nothing that could be hooked
    hook(`${elements} ${rules}`, 'style', (args, that, run) => {
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
    // ---- markup ----
    hook('Node Element Document CharacterData HTMLElement ShadowRoot Range DOMParser', markup, (args, that, run, name) => {
            const at = /^ins/.test(name) + 2 * /^rep/.test(name), text = args[at], code = [that, that && that.parentNode].find(isCode);
            args[at] = code ? fixInner(code, text) : /HTML|F/.test(name) ? fixHtml(text) : text;
            const result = run();
            if (/<i?frame/i.test(text) && that.ownerDocument)
                enterAll(that.parentNode || that);
            return result;
        });

    // A tag may come in pieces: the beginning of one waits for what the same script writes next.
    const open = new WeakMap();
    hook('Document', 'write writeln', (args, that, run, name) => {
        const text = (open.get(that) || '') + args.map(String).join('') + (name[5] ? '\n' : '');
        let rest = '';
        text.replace(/<!--[^]*?-->|<[a-z/!](?:"[^"]*"|'[^']*'|[^"'>])*(>|["'][^]*|$)/gi, (all, end = '>') => {
            rest = end === '>' ? '' : all;
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
    hook('Node Element Document CharacterData DocumentFragment',
        insertions, (args, that, run) => {
            const inner = [];
            for (const node of that && that.isConnected ? args : [])
                if (node && node.querySelectorAll)
                    inner.push(...node.attributes ? [node] : [], ...node.firstElementChild ? node.querySelectorAll('*') : []);
            inner.forEach(fixElement);
            if (isCode(that)) // a text for a style sheet that is in the page already
                args.forEach((node, i) => {
                    const { data = node } = Object(node), fixed = fixInner(that, data);
                    if (fixed !== data)
                        data === node ? args[i] = fixed : node.data = fixed;
                });
            const result = run();
            for (const node of inner)
                if ('contentWindow' in node) {
                    enter(node);
                    node.addEventListener('load', () => enter(node));
                }
            return result;
        });
    hook(elements, 'contentWindow contentDocument', (args, that, run) => {
        const result = run();
        enter({ contentWindow: result && result.defaultView || result });
        return result;
    });

    // ---- cookies: one that is taken away may be ----
    hook('Document', 'cookie', (args, that, run) => {
        const text = String(args[0]), ends = /;\s*expires\s*=([^;]*)/i.exec(text);
        const removes = /;\s*max-age\s*=\s*(0|-)/i.test(text) || (ends && Date.parse(ends[1]) < Date.now());
        if (removes || !isHeldCookie(text.split(/[=;]/)[0].trim()))
            run();
    });
    hook('CookieStore', 'set', (args, that, run) => {
        const { name = args[0] } = Object(args[0]);
        return isHeldCookie(String(name)) ? Promise.resolve() : run();
    });
};
install(self);
})(self);
