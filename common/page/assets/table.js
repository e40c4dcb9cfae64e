// SPDX-License-Identifier: Apache-2.0
// What stands behind the guard's table (page/guard.c), in every realm that has one: what pages call of those that are held
// back, and the one way in which the table may become another. It stands here and not in the guard, so that a page with
// another table does not fetch that anew.
//
// What is served is table.min.js, which scripts/minify-asset makes of this.
((self, table) => {
    // What the guard asks of a table; it goes with it into the workers that a page makes of a text, without what is around it.
    (function reader(table, self = globalThis) {
        const { URL } = self, { toString } = table, asked = () => table.hosts.asked;
        table.hosts.asked = { __proto__: null };

        // A list is " word word ", in order. What is behind `key` in all words that begin with it; "<" ends what passes.
        const seek = (list, key) => {
            const words = [];
            for (let at = 0; (at = list.indexOf(` ${key}`, at) + 1);)
                words.push(list.slice(at + key.length, list.indexOf(' ', at)));
            return words;
        };

        // What is said of a host, in the order in which it decides: [the beginning of a path], or [it, ''] where that passes.
        // Of each list the longest host that has a path for it, then the longest path; "google.*" is the host under .com
        // and every country's domain (policy/host_table.c). What is no list are such pairs
        // already, with a question in the path's place (lists.js). What was found is kept, until there is another table.
        const rulesOf = (host) => {
            const rules = [];
            for (const list of table.hosts)
                if (list.map)
                    rules.push(...list);
                else
                    for (let name = host; name; name = name.replace(/^[^.]*\.?/, ''))
                        for (const key of [name, name.replace(/\.(com|cat|(com?\.)?[a-z]{2})$/, '.*')])
                            rules.push(...seek(list, `${key}/`).reverse().map((word) => word.split('<')));
            return rules;
        };
        const rulesFor = (host = '') => asked()[host] || (asked()[host] = rulesOf(host.replace(/\.$/, '')));

        const holds = (url, use) => /^(http|ws)s?:$/.test(url.protocol) && rulesFor(url.hostname)
            .find(([path]) => path.call ? path(url, use) : url.pathname.startsWith(path, 1)).length < 2;
        // CSS as it reads without comments and escapes.
        table.plain = (css) => css.replace(/\\([\da-f]{1,6}\s?|)|\/\*[^]*?(\*\/|$)/gi, (all, code) => code ? String.fromCharCode('0x' + code) : '');
        // What stands in a data: address: its text, one byte in a character, its type, its fragment; else code, which has neither.
        table.read = (href) => {
            const [, type, coded, body, end] = /^data:([^,]*?)(;\s*base64\s*)?,([^#]*)(.*)/i.exec(href) || ['', , , href.slice(11)];
            const bytes = unescape(body.replace(/%u/gi, '%25u'));
            return [coded ? atob(bytes) : bytes, type, end];
        };
        // A style sheet in an address, which a sheet imports: does it name somebody, or such a sheet?
        const namesHeld = ({ href }) => {
            try {
                return table.plain(table.read(href)[0]).match(/(?:data:|(?:https?:)?[\\/]{2})[^\s"')]+/gi)
                    ?.some((one) => table.holds(new URL(one, self.location), '@import'));
            } catch {
                return true;
            }
        };
        table.holds = (url, use) => url.protocol === 'data:' ? /^@import/i.test(use) && namesHeld(url) : holds(url, use);
        // May an address without a host be held back, one of the site itself?
        table.isMixed = ({ hostname }) => rulesFor(hostname).find((rule) => rule.length < 2 || !rule[0]).length < 2;
        table.holdsCookie = (name, unknown = table.cookie) => {
            for (const list of table.cookies) {
                let found = seek(list, `${name}/`);
                for (let end = name.length; !found.length && end; end--)
                    found = seek(list, `${name.slice(0, end)}*/`);
                if (found.length)
                    return !found[0];
            }
            return unknown;
        };
        // `import()` is syntax, which no script can wrap, and a worker takes no import map: in the text of one, `import(u)` becomes
        // `import(cnilLead(u))`. This reads tokens, as web/script_import.c does; what one is, the brackets around it and the token
        // before it tell. From where a text is no script it stays as it is.
        table.leadImports = (text) => {
            // [all, blanks or a comment, a value, a word]
            const token = /(\s+|(?:\/\/|<!--|^#!).*|\/\*[^]*?(?:\*\/|$))|(\.?\d[\w.]*|"[^"\\\n\r]*(?:\\(?:\r\n|[^])[^"\\\n\r]*)*"|'[^'\\\n\r]*(?:\\(?:\r\n|[^])[^'\\\n\r]*)*')|([^\0-"%-/:-@[-^`{-\x7f\s]+(?:\\(?:u\{[\da-f]+})?[^\0-"%-/:-@[-^`{-\x7f\s]*)*|(?:\\(?:u\{[\da-f]+})?[^\0-"%-/:-@[-^`{-\x7f\s]*)+)|=>|\+\+|--|\?\.(?!\d)|\?\?|\.{3}|[^]/iy;
            const regex = /[^[\\/\n\r\u2028\u2029]*(?:(?:\\.|\[[^\]\\\n\r\u2028\u2029]*(?:\\.[^\]\\\n\r\u2028\u2029]*)*])[^[\\/\n\r\u2028\u2029]*)*\/[\w$]*/y, rest = /.*/y;
            const template = /[^`\\$]*(?:(?:\\[^]|\$(?!\{))[^`\\$]*)*(?:`|\$\{)/y;
            // Behind what a "{" is an object's.
            const opens = /^([([,=:?&|+*!~<>%^-]|\.{3}|\?\?|return|typeof|instanceof|in|of|new|delete|void|throw|case|await|yield|extends|default|export)$/;
            // A bracket: what closes it; what is in it: 0 statements, 1 an object, 2 a class, 3 else; does an operand end with
            // it? `asks`: "?" that wait for their ":"; `named`: two bits for each `class` before its "{", the upper one where that
            // begins an operand; `set`: a "=" came since the last ";"; `lead`: an import's.
            const levels = [], edits = [];
            let level = { kind: 0, asks: 0 }, from, at = text.includes('import') ? 0 : text.length;
            // The token before; does an operand end with it; is the next one the first in its line; 1 behind `import`, 2 `import.`
            let last = ';', ends = false, first = true, imports = 0;
            const take = (pattern) => {
                pattern.lastIndex = from = at;
                let found;
                try {
                    found = pattern.exec(text);
                } catch {
                    // millions of escapes in one string are too many for engines
                }
                at = pattern.lastIndex;
                return found || [];
            };
            const put = (at, code) => edits[edits.push({ at, code }) - 1];
            const enter = (end, kind, ends) => {
                levels.push(level);
                level = { end, kind, ends, asks: 0 };
            };
            while (at < text.length && levels.length < 1025) {
                const [all, blank, value, word] = take(token), was = imports;
                if (blank || (first && all === '--' && text[at] === '>' && take(rest))) {
                    first = first || /[\n\r\u2028\u2029]/.test(blank);
                    continue;
                }
                const isMember = /^\??\.$/.test(last), isOpen = opens.test(last), { named } = level;
                let name = all;
                first = false;
                imports = was === 1 && all === '.' ? 2 : +(was > 1 && /^(source|defer)$/.test(word));
                if (last === 'class' && !word && all !== '{') // the name of a property
                    level.named >>= 2;
                if (value || (word && (isMember || (word === 'of' && level.ends !== false)))) { // … a name but in `for (`
                    name = '0';
                    ends = true;
                } else if (word) {
                    ends = !opens.test(word) && !/^(do|else)$/.test(word);
                    if (word === 'import') // no operand can be where a method's name is
                        imports = +(level.kind % 3 < 1 || last === '=>' || (isOpen && !/[*,]/.test(last) && (level.set || level.kind < 2 || !/\w/.test(last))));
                    else if (word === 'class')
                        level.named = level.named << 2 | 1 + (isOpen && last !== 'default');
                    else if (word === 'await' && last === 'for')
                        name = last;
                } else if (all === '`' || (all === '}' && level.end === '`')) {
                    if (all === '}')
                        level = levels.pop();
                    const [piece] = take(template);
                    if (!piece)
                        break;
                    ends = piece.endsWith('`');
                    name = ends ? '0' : '(';
                    if (!ends)
                        enter('`', 3);
                } else if (all === '/' && !ends) {
                    if (!take(regex)[0])
                        break;
                    name = '0';
                    ends = true;
                } else if (/[([{]/.test(all)) {
                    const kind = all !== '{' ? 3 : named ? 2 : +isOpen;
                    if (kind === 2)
                        level.named >>= 2;
                    enter({ '(': ')', '[': ']', '{': '}' }[all], kind, kind < 2 ? kind : kind < 3 ? named & 2 : !/^(if|while|for|with)$/.test(last));
                    if (was === 1 && all === '(')
                        level.lead = put(at, 'cnilLead(');
                    ends = false;
                } else if (/[)\]}]/.test(all)) {
                    if (level.end !== all)
                        break;
                    if (level.lead)
                        put(from, ')');
                    ends = level.ends;
                    level = levels.pop();
                } else if (!all || /["']/.test(all))
                    break;
                else {
                    ends = /^(\+\+|--)$/.test(all);
                    if (all === ',' && level.lead) {
                        put(from, ')');
                        level.lead = 0;
                    }
                    if (/^[=;]$/.test(all))
                        level.set = all === '=';
                    if (all === '?')
                        level.asks++;
                    else if (all === ':' && !level.kind && --level.asks < 0) {
                        level.asks = 0;
                        name = ';'; // that of a label
                    }
                }
                last = name;
            }
            for (const { lead } of [...levels, level])
                if (lead) // never closed
                    lead.code = '';
            at = 0;
            return edits.map(({ at: next, code }) => text.slice(at, at = next) + code).join('') + text.slice(at);
        };
        // Where an import in a worker leads: an address that is held back nowhere.
        if (!self.document && !self.cnilLead)
            Object.defineProperty(self, 'cnilLead', { value: (address) => {
                try {
                    address = `${address}`;
                    return table.holds(new URL(address, self.location), 'script') ? 'about:invalid' : address;
                } catch {
                    return address; // as import() has it, which may refuse it
                }
            } });
        // A window that became a page with a guard of its own keeps the hooks that its opener or parent had put there.
        table.isLeft = (window) => {
            try {
                return window !== self && window.cnilRenew;
            } catch {
                // of another origin by now
            }
        };
        // A realm: was it entered before?
        table.enter = () => {};
        table.toString = () => `(${reader})(${table.lists ? Reflect.apply(toString, table, []) : JSON.stringify(table)})`;
        return table;
    })(table);

    const { document } = self;
    const stubs = []; // of ours: "fbq()", the function
    const objects = []; // … that had to be made for them: in what, name, object

    const split = (stub) => stub.slice(0, -2).split('.');
    const isStub = (stub, names) => ` ${names}`.includes(` ${stub} `);

    // "fbq()" is a function that keeps its calls, "_paq[]" an array.
    for (const stub of table.stubs.split(' ').filter(Boolean)) {
        const names = split(stub), last = names.pop();
        let at = self;
        for (const name of names) {
            if (at && !at[name])
                objects.push([at, name, at[name] = []]); // loaders take it for the array that they would have made, and push
            at = at && at[name];
        }
        if (at && at[last] === undefined) {
            const calls = [], call = function () {
                if (calls.length < 1000)
                    calls.push(arguments);
            };
            call.q = calls;
            if (stub.endsWith('[]'))
                at[last] = calls;
            else
                stubs.push([stub, at, last, at[last] = call]);
        }
    }
    if (!document)
        return;

    // In which markup is read: of HTML, also where the document is of XML, which would take none of it.
    table.box = document.implementation.createHTMLDocument('').createElement('template');

    // The page is told of what throws by its own call.
    const attempt = (call) => {
        try {
            call();
        } catch {
        }
    };

    // A style sheet that is built text by text is not read anew with each: what stands around the place where a call would
    // put its arguments, with them, some 300 characters to each side; several where it may be one of several.
    const near = (node, side) => {
        let text = '';
        for (; node && text.length < 300; node = node[side])
            if (node.nodeType < 5) // comments are no part of a sheet
                text = side < 'o' ? text + node.textContent.slice(0, 300) : node.textContent.slice(-300) + text;
        return text;
    };
    const join = (left, text, right) => ` ${near(left, 'previousSibling')}${text}${near(right, 'nextSibling')}`;
    const around = (args, that, run, name, code) => {
        const [first, second] = args, next = /^insertB|eChild$/.test(name) && second, one = next || that, { previousSibling, nextSibling } = one;
        if (/Data/.test(name)) {
            const copy = new Text(that.data), at = 1 in args ? +first : that.length;
            attempt(() => run(copy));
            return [join(previousSibling, copy.data.slice(Math.max(0, at - 300), at + String(args[args.length - 1]).length + 300), nextSibling)];
        }
        const text = (next ? [first] : /^insertA/.test(name) ? [second] : args).map((node) => node && node.nodeType ? node.textContent : `${node}`).join('');
        return one === code ? [join(null, text, code.firstChild), join(code.lastChild, text)]
            : [join(previousSibling, text, one), join(one, text, nextSibling), join(previousSibling, text, nextSibling)];
    };
    // Where that needs to be changed: what the whole would be after the call, changed, if it must be.
    table.join = (args, that, run, name, code, fix) => {
        if (around(args, that, run, name, code).every((text) => fix(text) === text))
            return;
        const copy = code.cloneNode(true), nodes = Array.from(code.childNodes), twin = (node) => node === code ? copy
            : copy.childNodes[nodes.indexOf(node)] || (Object(node).nodeType ? new Text(node.textContent) : node);
        if (twin(that) !== that)
            attempt(() => run(twin(that), args.map(twin)));
        const text = copy.textContent, fixed = fix(text);
        return fixed === text ? undefined : fixed;
    };

    // What stands in an element of code, as the guard changes the text of each kind. Speculation rules may fetch whatever the
    // page links to, without an address in them: such a rule is left the links of the page's own origin.
    const own = { href_matches: `${self.origin}/*` };
    const bound = (rule) => Object(rule) !== rule || rule.urls || rule.where?.and?.[1]?.href_matches === own.href_matches ? rule
        : { ...rule, where: { and: [rule.where || { and: [] }, own] } };
    const boundAll = (text) => {
        const fixed = JSON.stringify(JSON.parse(text), (key, value) => value?.map && /^pre/.test(key) ? value.map(bound) : value);
        return fixed === JSON.stringify(JSON.parse(text)) ? text : fixed;
    };
    table.inner = ({ localName, type }, text, css, plain, code) => {
        if (localName === 'style')
            return css(text);
        if (localName && !/map|rule/i.test(type))
            return code(text);
        text = plain(text);
        if (/rule/i.test(type))
            attempt(() => (text = boundAll(text)));
        return text;
    };

    // What was kept by a name of theirs in the storage of the site goes as their cookies do; no page waits for it.
    const forget = () => ['localStorage', 'sessionStorage'].forEach((kind) => attempt(() =>
        Object.keys(self[kind]).forEach((name) => table.holdsCookie(name, false) && self[kind].removeItem(name))));
    (self.requestIdleCallback || setTimeout)(forget);

    const getScript = Object.getOwnPropertyDescriptor(self.Document.prototype, 'currentScript').get;
    const script = () => Reflect.apply(getScript, document, []);
    const { src, nonce } = script(), ours = src.replace(/[^/]*$/, '');

    // `import` is syntax, which no script can wrap; but an import map leads it. Where the site's own policy lets one be (the
    // fragment), and where browsers take several, else the site's own would count no more. A key that is no address is a
    // prefix of all addresses.
    const leads = src.endsWith('#imports') && self.isSecureContext &&
        self.navigator.userAgentData?.brands.some(({ brand, version }) => brand === 'Chromium' && version > 132);
    const addMap = (document, imports) => attempt(() => {
        const map = document.createElementNS('http://www.w3.org/1999/xhtml', 'script');
        Object.assign(map, { type: 'importmap', nonce, textContent: JSON.stringify({ imports }) });
        document.documentElement.append(map);
        map.remove();
    });
    const isMap = ({ type }) => /^\s*importmap\s*$/i.test(type);
    // What an element of the page names keeps its address, and so what it imports from beside itself: a module with two
    // addresses would run twice.
    const keeper = (document, origin) => {
        const kept = {};
        const keep = (address) => attempt(() => {
            const url = new URL(address, document.baseURI);
            const place = new URL(url.port ? '/' : '.', url), { href } = place; // a map leads no port
            if (url.origin === origin || kept[href] || [url, place].some((one) => table.holds(one, 'script')))
                return;
            kept[href] = true;
            addMap(document, { [href]: href });
        });
        return (node) => {
            if (/^\s*module\s*$/i.test(node.type))
                keep(node.src);
            else if (isMap(node))
                attempt(() => JSON.parse(node.textContent, (key, value) => [key, value].forEach((one) => /:\/\//.test(one) && keep(one))));
        };
    };
    // What the parser puts into a document: frames, which are entered before their own document is there, and scripts. It may
    // rest at any place, so of an import map the tag may come first and the text in pieces; the text of the others says nothing.
    const watch = (document, enterFrame, keep) => new MutationObserver((records, observer) => {
        const look = (script) => {
            keep(script);
            if (isMap(script))
                observer.observe(script, { characterData: true, subtree: true });
        };
        for (const { target, addedNodes } of records) {
            for (const one of [target, target.parentNode]) // a piece is added to the script or to its text
                if (one?.localName === 'script')
                    keep(one);
            for (const node of addedNodes)
                if ('contentWindow' in node)
                    enterFrame(node);
                else if (node.localName === 'script')
                    look(node);
                else if (node.firstElementChild && document.readyState !== 'loading')
                    node.querySelectorAll('script').forEach(look);
        }
    }).observe(document, { childList: true, subtree: true });
    // A window keeps its map where a document comes into the realm of another one, with a guard of its own or without.
    const lead = (window) => {
        const { imports } = table, { document, origin } = window, map = { [`${origin}/`]: `${origin}/` };
        if (!leads || !imports || origin === 'null') // a document without origin is not asked of us as the page's
            return false;
        for (const scheme of ['http', 'https'])
            map[`${scheme}://`] = imports.map ? 'data:text/javascript,/' : `${ours}${imports}${scheme}/`;
        if (imports.map)
            imports.forEach((host) => (map[`https://${host}/`] = `https://${host}/`));
        if (!window.cnilLed)
            addMap(document, map);
        Object.defineProperty(window, 'cnilLed', { value: true });
        return !imports.map && keeper(document, origin);
    };
    const documents = new WeakSet(), realms = new WeakSet();
    table.enter = (window, enterFrame) => {
        const { document, Object: realm } = window, isKnown = realms.has(realm);
        if (!documents.has(document)) {
            documents.add(document);
            realms.add(realm);
            watch(document, enterFrame, lead(window) || (() => {}));
        }
        return isKnown;
    };

    // After a choice a script of ours (activate.js) has a second table loaded, of what is held back now: it takes the place
    // of the first one in the guard. Only a table that comes from where the first one came may do so. Loaders look whether
    // what they make is there, so stubs of those that wait no more are taken away first.
    if (self.cnilRenew) {
        delete self.cnilHeld;
        self.cnilRenew(table);
        return;
    }
    Object.defineProperty(self, 'cnilRenew', { value: (next) => {
        const bringer = script(), { enter, hosts: { asked } } = table, refused = asked[0];
        if (!bringer || !bringer.src.startsWith(`${ours}held-`))
            return;
        for (const host of Object.keys(asked))
            delete asked[host];
        for (const key of Object.keys(table))
            delete table[key];
        Object.assign(table, next, { enter }).hosts.asked = asked;
        const lifted = stubs.filter(([stub]) => !isStub(stub, table.stubs));
        for (const [, at, last, call] of lifted)
            if (at[last] === call)
                delete at[last];
        for (const [at, name, object] of [...objects].reverse())
            if (at[name] === object && !Object.keys(object).length)
                delete at[name];
        bringer.vpRefused = refused; // has the guard refused anything that a script asked for?
        // what was called of them is called again, of what is there in their place
        bringer.vpReplay = () => {
            for (const [stub, , , { q }] of lifted) {
                const names = split(stub), last = names.pop();
                const at = names.reduce((object, name) => object && object[name], self);
                if (at && typeof at[last] === 'function')
                    q.splice(0).forEach((args) => Reflect.apply(at[last], at, args));
            }
        };
    } });
})(self, self.cnilHeld);
