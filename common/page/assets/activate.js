// SPDX-License-Identifier: Apache-2.0
// Puts what a choice let in into the open page, without loading that again: bar.js imports it where that may be done. The
// page is fetched as it was and as it is now; what had been held back in the one is as it stands in the other, so the server
// alone says what comes. Elements of both are told to be the same by their order: wherever that is in doubt, or something
// cannot be changed in an open page, nothing is changed, and the page comes anew as a whole.
//
// What is served is activate.min.js, which scripts/minify-asset makes of this.

const patience = 5000; // milliseconds that the choice may wait for the page as it was
const longest = 10000; // … and a script for the one before it

// `tag`: of bar.js. `isCard`: it is about one service alone. To be awaited before the choice is sent; what it gives is to be
// called after: it rejects where the page must be loaded again, and otherwise gives the page as it is now, and a function that
// runs the scripts.
export default async (tag, isCard) => {
    const prefix = tag.src.slice(0, tag.src.lastIndexOf('/') + 1);
    const doubt = () => {
        throw new Error('to be loaded again');
    };

    // The page as a browser would get it that goes there now, or has it still, read as that would: no other way of parsing leaves
    // its addresses as they are, because the guard reads with us.
    const ask = () => new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open('GET', location.href.split('#')[0]);
        request.setRequestHeader('Accept', 'text/html');
        request.setRequestHeader('VP-Page', '1');
        request.responseType = 'document';
        request.onloadend = () => {
            const page = request.response;
            if (request.status === 200 && request.responseURL === location.href.split('#')[0] && page &&
                page.contentType === 'text/html' && document.contentType === 'text/html')
                resolve(page);
            else
                reject(new Error('no such page'));
        };
        request.send();
    });

    // ---- what is the site's, in order, in a document that the server made ----

    const isOurs = (element) => element.closest('#vp-box, [name^=held-card-], span[id^=held-]') ||
        element.localName === 'script' && element.src?.startsWith(prefix);
    const elementsOf = (page) => [...page.querySelectorAll('*')].filter((element) => !isOurs(element));

    // As far as an element is compared with itself; frames are counted anew in each document.
    const outline = (element) => {
        const copy = element.cloneNode();
        copy.removeAttribute('nonce'); // which browsers hide
        if (/^held-frame-\d+$/.test(copy.name)) {
            copy.removeAttribute('name');
            delete copy.dataset.vpCard; // in a page that a script has fetched its card is there
            if (/vp-card/.test(copy.srcdoc))
                copy.removeAttribute('srcdoc');
        }
        return copy.outerHTML;
    };
    const isCode = ({ localName }) => localName === 'style' || localName === 'script';
    const differs = (one, other) => outline(one) !== outline(other) || isCode(one) && one.textContent !== other.textContent;

    // [what stands in the open page, as it was served, as it is now]
    const pair = (before, after) => {
        const was = elementsOf(before), is = elementsOf(after);
        if (was.length !== is.length || was.some(({ localName }, i) => localName !== is[i].localName))
            doubt();
        if ([...before.querySelectorAll('template')].some(({ content }) => content.querySelector('[data-held]')))
            doubt();
        const held = [...document.querySelectorAll('[data-held]')].filter((element) => !isOurs(element));
        const styles = [...document.querySelectorAll('style')];
        const pairs = [];
        was.forEach((old, i) => {
            if (old.closest('noscript')) // text in the open page
                return;
            const at = held.length && old.dataset.held !== undefined && outline(held[0]) === outline(old)
                ? held.shift() : old.localName === 'style' && styles.find((style, k) => style.textContent === old.textContent && styles.splice(k, 1));
            if (!differs(old, is[i]))
                return;
            if (at)
                pairs.push([at, old, is[i]]);
            else if (old.dataset.held !== undefined)
                doubt();
        });
        if (held.length)
            doubt();
        return pairs;
    };

    // ---- changes ----

    const cannot = ([at, , now]) => /^(base|meta|frame|object|embed|applet|template)$/.test(at.localName) || now.hasAttribute('srcdoc') ||
        at.localName === 'script' && (at.namespaceURI !== document.body.namespaceURI || now.type === 'importmap' || !now.src && /document\s*\.\s*write/.test(now.textContent));

    const copyAttributes = (at, old, now) => {
        for (const { name, value } of now.attributes)
            if (name !== 'nonce' && old.getAttribute(name) !== value)
                at.setAttribute(name, value);
        for (const { name } of old.attributes)
            if (!now.hasAttribute(name))
                at.removeAttribute(name);
    };

    const change = ([at, old, now]) => {
        const { localName } = at, hasFocus = document.activeElement === at;
        let to = at;

        if (localName === 'iframe') // a new one: the history of the old one would hold the card
            to = at.cloneNode();
        copyAttributes(to, old, now);
        if (localName === 'style')
            to.textContent = now.textContent;
        if (to !== at)
            at.replaceWith(to);
        if (hasFocus)
            to.focus();
        if (localName === 'source' && at.parentNode.load)
            at.parentNode.load();
    };

    const makeScript = ({ attributes, textContent, nonce }) => {
        const script = document.createElement('script');
        for (const { name, value } of attributes)
            if (name !== 'nonce')
                script.setAttribute(name, value);
        if (nonce)
            script.nonce = tag.nonce;
        script.async = script.hasAttribute('async');
        script.text = textContent;
        return script;
    };
    // … and what ends when it has run; at once for one that waits for nobody, or that no browser runs.
    const isRun = ({ type, noModule, isConnected }) => isConnected && !noModule &&
        /^\s*(|module|(text|application)\/(x-)?(java|ecma)script)\s*$/i.test(type);
    const run = (script, put) => new Promise((resolve) => {
        script.addEventListener('load', resolve);
        script.addEventListener('error', resolve);
        setTimeout(resolve, longest);
        put(script);
        if (!script.src || script.async || !isRun(script))
            resolve();
    });
    const isLate = ({ src, type, defer, async }) => src && defer && !async || /^\s*module\s*$/i.test(type);

    const before = await Promise.race([ask(), new Promise((_, reject) => setTimeout(reject, patience))]);
    return async () => {
        const after = await ask();
        const head = (script) => run(script, (it) => document.head.append(it));

        // the guard's table, without which nothing more is let in
        const [was, is] = [before, after].map((page) => [...page.scripts].find(({ src }) => src === tag.src).dataset.activate);
        const name = is.split(' ')[1];
        if (was !== tag.dataset.activate) // what the open page has is not what the server would give
            doubt();
        const pairs = pair(before, after);
        if (!pairs.length || pairs.some(cannot))
            doubt();
        let table;
        if (name) {
            table = document.createElement('script');
            table.nonce = tag.nonce;
            table.async = false;
            table.src = prefix + name;
            await head(table);
            table.remove();
            if (!table.vpReplay || table.vpRefused && !isCard) // what was refused is not asked for again
                doubt();
        }

        const vendorsOf = (page) => [...page.scripts].filter(({ src }) => src?.startsWith(`${prefix}vendor-`));
        const known = vendorsOf(before).map(outline), vendors = vendorsOf(after).filter((one) => !known.includes(outline(one)));
        const isScript = ([at]) => at.localName === 'script' && at.type === 'text/plain'; // another one has run
        tag.dataset.activate = is;
        pairs.filter((one) => !isScript(one)).forEach(change);
        for (const card of document.querySelectorAll('[name^=held-card-]'))
            if (!after.getElementsByName(card.name).length)
                card.remove();
        // frames of the site that have something of their own to let in
        for (const frame of document.querySelectorAll('iframe')) {
            try {
                if (frame.contentDocument.querySelector('[data-held]') && !frame.name.startsWith('held-'))
                    frame.contentWindow.location.reload();
            } catch { /* another site's, or none */ }
        }

        return { after, run: async () => {
            const scripts = pairs.filter(isScript).map(([at, , now]) => [at, makeScript(now)]);
            for (const vendor of vendors)
                await head(makeScript(vendor));
            for (const late of [false, true])
                for (const [at, script] of scripts)
                    if (late === !!isLate(script))
                        await run(script, (it) => at.replaceWith(it));
            if (table)
                table.vpReplay();
        } };
    };
};
