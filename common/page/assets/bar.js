// SPDX-License-Identifier: Apache-2.0
// What the banner gains where scripts run: the panel opens in place, a refusal needs no new page, and the site's own code
// is told of the choice. All of it works without: whatever fails here is left to the link or the form itself. What is
// chosen is what the form says, sent as the form would; a script of ours never chooses.
//
// What is served is bar.min.js, which scripts/minify-asset makes of this.
(() => {
    let box = document.getElementById('vp-box'); // the one that the page came with; what scripts keep of pages has copies
    if (self !== top) // a frame has no banner, but the server cannot tell one whose request a service worker passed on
        return box?.remove();
    if (self.vpBar) // a copy of this
        return;
    self.vpBar = true;
    const tag = document.currentScript;
    const prefix = tag.src.slice(0, tag.src.lastIndexOf('/') + 1); // of our addresses, whatever the page's <base> says
    let state = tag.dataset.state; // as text: each reader gets an object of its own
    let host; // of the dialog, while it is open
    let turns = 0; // answers that were given: the last one counts
    let chosen; // in the dialog, and the page behind it is of before

    const read = () => JSON.parse(state);
    const tell = () => document.dispatchEvent(new CustomEvent('vp-choice', { detail: read() }));
    const get = async (name) => {
        const answer = await fetch(prefix + name);
        if (!answer.ok)
            throw answer;
        return answer.text();
    };
    // The way back, as the server would write it: scripts may have changed the page's address.
    const path = () => [location.pathname + location.search, location.pathname, '/'].find((one) => encodeURIComponent(one).length <= 3000);
    const here = () => encodeURIComponent(path());
    const parse = (html) => new DOMParser().parseFromString(html, 'text/html');

    // A page of ours in a dialog. Behind a shadow root, so that neither side's style sheets reach the other.
    function show(html) {
        const own = parse(html);
        const main = document.createElement('div'); // the page has a <main> already
        const dialog = document.createElement('dialog');
        const close = document.createElement('button');
        const title = own.querySelector('h1');
        const outer = host;

        for (const name of ['href', 'action'])
            for (const element of own.querySelectorAll(`[${name}]`))
                element.setAttribute(name, new URL(element.getAttribute(name), prefix));
        host = document.createElement('div');
        host.onclick = (event) => event.stopPropagation(); // (isOurs)
        host.style.cssText = 'all:initial!important;position:fixed!important';
        dialog.className = 'vp-own';
        dialog.lang = own.documentElement.lang;
        dialog.dir = own.documentElement.dir;
        dialog.style.zoom = Math.max(1, 16 / parseFloat(getComputedStyle(document.documentElement).fontSize)); // rem is the site's
        title.id = 'vp-title';
        dialog.setAttribute('aria-labelledby', title.id);
        main.className = 'vp-main';
        main.append(...own.querySelector('main').childNodes);
        close.className = 'vp-close';
        close.textContent = tag.dataset.close;
        close.onclick = () => dialog.close();
        dialog.append(close, main);
        dialog.onclose = (event) => {
            event.target.getRootNode().host.remove();
            host = null;
            if (chosen)
                location.reload();
        };
        dialog.addEventListener('submit', submit);
        host.attachShadow({ mode: 'open' }).append(...own.querySelectorAll('link[rel=stylesheet]'), dialog);
        document.body.append(host);
        dialog.showModal();
        if (outer) // the dialog before
            outer.remove();
    }

    async function open(address) {
        if (host?.isConnected)
            return;
        try {
            show(await (await fetch(address)).text());
        } catch {
            location.href = address;
        }
    }

    // What stands in the page now, with the style sheets that it has: linked anew, they would come too late.
    const fetchBlock = async (language) => parse(await get(`block?return=${here()}&language=${language}`)).getElementById('vp-box');
    async function renew(page, language) {
        const fresh = page ? page.getElementById('vp-box') : await fetchBlock(language || box.lang);
        const isKept = (element) => /^(link|style)$/.test(element.localName);

        box.style = 'display:none!important'; // what was not seen has not moved, however long after the click it comes
        box.getBoundingClientRect();
        for (const { name, value } of fresh.attributes)
            box.setAttribute(name, value);
        for (const element of [...box.children].filter((element) => !isKept(element)))
            element.remove();
        box.append(...[...fresh.children].filter((element) => !isKept(element)));
        box.removeAttribute('style');
        if (language) // nobody has done anything in it
            return;
        if (host)
            host.shadowRoot.querySelector('dialog').close();
        if (document.activeElement.localName !== 'iframe') // a card's place, where there is something to see now
            box.querySelector('summary').focus({ preventScroll: true });
    }

    // What was granted comes into the open page, where that may be and nothing that was granted before is taken back. To be
    // called before the choice is sent; gives what does it then, or nothing.
    async function prepare(fields) {
        const [file] = (tag.dataset.activate || '').split(' ');

        if (!file || !/^(accept|add|once|custom)$/.test(fields.get('choice')) || !('inPlace' in tag.dataset || isOfCard(fields)))
            return;
        try {
            return await (await import(prefix + file)).default(tag, isOfCard(fields));
        } catch { /* the page will come anew */ }
    }
    const isOfCard = (fields) => fields.get('control') === 'card';
    const isMore = (before, now) => now.opposed === before.opposed &&
        ['purposes', 'services'].every((kind) => before[kind].every((id) => now[kind].includes(id)));

    // What the site's own code, a service worker say, keeps of its pages holds what was granted when they came.
    async function forgetPages() {
        for (const name of await caches.keys()) {
            const cache = await caches.open(name);

            for (const request of await cache.keys())
                if (/html/.test((await cache.match(request, { ignoreVary: true }))?.headers.get('content-type')))
                    await cache.delete(request, { ignoreVary: true });
        }
    }

    // As the browser would, without us.
    function send(form, button) {
        const field = document.createElement('input');

        field.type = 'hidden';
        field.name = button.name;
        field.value = button.value;
        form.append(field);
        form.submit();
    }

    // Where something was granted before, or is now and cannot be put in place, or measurement stops or begins, the page must
    // come anew.
    async function submit(event) {
        const form = event.target;
        const button = event.submitter;
        let answer;

        if (event.defaultPrevented || !button || !String(form.action).startsWith(prefix))
            return;
        event.preventDefault();
        const turn = ++turns;
        if (event.currentTarget.localName !== 'dialog')
            form.elements.return.value = path();
        const fields = new URLSearchParams(new FormData(form));
        fields.append(button.name, button.value);
        const activate = await prepare(fields);
        if (turn !== turns) // another answer was given meanwhile
            return;
        try {
            answer = await fetch(form.action, { method: 'POST', body: fields, redirect: 'manual', keepalive: true }); // nor is the way back
        } catch {
            return send(form, button);
        }
        try {
            const before = read();
            const isChange = () => state !== tag.dataset.state;
            state = (await get('state')).trim();
            const isPlain = answer.type === 'opaqueredirect'; // else a question, a number to keep, or what is wrong
            if (turn !== turns)
                return;
            const active = isPlain && activate && isMore(before, read()) && await activate().catch(() => null);
            if (active) {
                tag.dataset.state = state;
                await renew(active.after);
                await active.run();
                return tell();
            }
            if (isChange())
                tell();
            if (!isMore(before, read()))
                await forgetPages().catch(() => {});
            if (!isPlain) {
                chosen = isChange();
                return show(await answer.text());
            }
            if (before.state !== 'granted' && read().state !== 'granted' && before.opposed === read().opposed && !isOfCard(fields) &&
                fields.get('choice') !== 'once') {
                await fetch(location.href); // its answer expires cookies that are sent there alone
                return await renew();
            }
        } catch { /* the page that comes will tell */ }
        if (fields.get('choice') === 'once' && form.ownerDocument.defaultView) // our own look at the page has used it up
            return send(form, button);
        location.reload(); // to the same place of it, as browsers do
    }

    // What is in our block: libraries that exchange pages would fetch what it leads to, and show that in the page.
    const isOurs = (event) => box?.contains(event.target) && !event.stopPropagation();
    const onSubmit = (event) => isOurs(event) && submit(event);
    const onClick = (event) => {
        const link = event.target.closest?.('a[href]');
        const isPanel = link?.href.startsWith?.(`${prefix}panel`);

        if (event.currentTarget === self) {
            if (!isOurs(event))
                return;
            if (isPanel)
                link.href = link.href.replace(/(return=)[^&]*/, `$1${here()}`);
        }
        if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !isPanel)
            return;
        event.preventDefault();
        open(link.href);
    };
    // Cards are documents of their own, in which no script runs. In what scripts fetch they wait in an attribute.
    const listen = (frame) => {
        const { localName, dataset, srcdoc } = frame;

        if (localName === 'iframe' && dataset.held !== undefined) {
            if (dataset.vpCard && !srcdoc)
                frame.srcdoc = dataset.vpCard;
            frame.contentDocument?.addEventListener('submit', submit);
        }
    };
    const onLoad = (event) => listen(event.target);
    const listenToFrames = () => document.querySelectorAll('iframe').forEach(listen);
    listenToFrames();

    // ---- the block in a page whose code takes it out, as what exchanges pages does ----

    let { lang } = document.documentElement;
    let losses = 0; // of the last two seconds

    // As it was, first in the body; ahead of that where it does not stay there.
    function putBack() {
        const sheets = [...box.querySelectorAll('link')].map((link) => new Promise((done) => {
            link.onload = link.onerror = done;
        }));

        if (sheets.length) { // which come anew
            box.style = 'display:none!important';
            Promise.all(sheets).then(() => box.removeAttribute('style'));
        }
        if (losses > 3)
            document.body.before(box);
        else
            document.body.prepend(box);
        const now = document.documentElement.lang;
        if (now && now !== lang && box.querySelector('[name=language]'))
            renew(null, lang = now).catch(() => {}); // then it stays as it was
    }

    // A page that takes it out as soon as it is there meets it again all the same, but does not keep the browser busy with that.
    function keep() {
        const copies = [...document.querySelectorAll('#vp-box')].filter((one) => one !== box);
        const isGone = !document.contains(box);

        if (box && document.body && losses < 5 && (isGone || copies.length)) {
            losses++;
            setTimeout(() => {
                losses--;
                keep();
            }, 2000);
            copies.forEach((copy) => copy.remove());
            if (isGone)
                putBack();
            listenAll();
            listenToFrames();
        }
        watch();
    }

    // All that it can go with.
    const observer = new MutationObserver(keep);
    function watch() {
        observer.disconnect();
        for (let node = document.contains(box) ? box.parentNode : document.documentElement || document; node; node = node.parentNode)
            observer.observe(node, { childList: true });
    }

    // Again after document.open(), which takes away listeners; those that are there do not come twice.
    function listenAll() {
        addEventListener('submit', onSubmit, true);
        addEventListener('click', onClick, true);
        document.addEventListener('click', onClick);
        document.addEventListener('load', onLoad, true);
        document.addEventListener('DOMContentLoaded', tell); // so that scripts that came after this one hear it
    }
    listenAll();
    watch();
    if (!box) // it is gone already
        fetchBlock(lang).then((block) => {
            box = block;
            keep();
        });

    // A policy that the server did not see has forbidden the style in the page.
    const style = document.querySelector('#vp-box > style');
    if (style && !style.sheet)
        style.replaceWith(...style.dataset.files.split(' ').map((name) =>
            Object.assign(document.createElement('link'), { rel: 'stylesheet', href: prefix + name })));

    self.vp ??= {
        state: read,
        open: () => open(`${prefix}panel?return=${here()}`),
        on: (what, run) => {
            const { purposes, services } = read();

            if (purposes.includes(what) || services.some((id) => what === `service.${id}`))
                run(read());
        },
    };
})();
