// SPDX-License-Identifier: Apache-2.0
// The guard where the server puts it besides the head of a page: before the scripts of the site's workers, and in documents
// of srcdoc. Each first without us, where it must be seen to leak; then before a choice; then after consent.

import { until } from '../support/until.mjs';

const javascript = { 'Content-Type': 'text/javascript' };

// What each script calls, by name.
const scripts = {
    classic: 'call("classic");',
    imports: 'try { importScripts(at("imports")); } catch (error) {}',
    socket: 'try { new WebSocket(at("socket").replace("http", "ws")); } catch (error) {}',
    request: 'const x = new XMLHttpRequest(); x.open("GET", at("request")); x.send();',
    inner: 'importScripts(own("imported"));',
    imported: 'call("imported");',
    strict: '\'use strict\'; call("strict"); try { undeclared = 1; tell("sloppy"); } catch (error) { tell("strict"); }',
    sloppy: 'call("sloppy"); tell((function () { return this === self; })() ? "sloppy" : "strict");',
    lines: '\n\ncall("lines"); tell(/:3:/.test(new Error().stack) ? "line 3" : new Error().stack);',
    shared: 'call("shared");',
    'computed-script': 'import(at("computed-script")).then(() => tell("came"), () => tell("refused"));',
    service: 'self.addEventListener("install", (event) => event.waitUntil(call("service")));',
};
const modules = {
    module: 'import "DEPENDENCY"; call("module"); import("LATER"); import(at("module-computed"), {}).catch(() => {});',
    dependency: 'call("dependency"); import.meta.url && import(/* of its own */ at("dependency-computed")).catch(() => {});',
    later: 'call("later");',
};
// What modules import besides; "literal" is imported by a statement.
const imported = ['module-computed', 'dependency-computed', 'literal'];
const told = { strict: 'strict', sloppy: 'sloppy', lines: 'line 3' };

export async function workers({ check, pages, base, visit, tracker }) {
    const names = [...Object.keys(scripts).filter((name) => name !== 'inner'), ...Object.keys(modules), ...imported, 'nested'];

    for (const [state, policy, choice] of [['without us', null, null], ['before a choice', 'usual', null], ['after consent', 'usual', 'audience']]) {
        const query = choice ? `?${choice}` : '';
        const own = (name) => `/${policy ?? 'stock'}-${choice ?? 'none'}-${name}`;
        const helpers = `const at = (name) => ${JSON.stringify(tracker.at('{n}'))}.replaceAll('{n}', name), own = (name) => '/${policy ?? 'stock'}-${choice ?? 'none'}-' + name + '${query}';
            const call = (name) => fetch(at(name), { mode: 'no-cors' }).catch(() => {}), tell = (word) => postMessage(word);`.replace(/\n\s*/g, ' ');
        const withHelpers = (code) => /^'use strict'/.test(code) ? code.replace(';', `; ${helpers}`) : helpers + code;

        for (const [name, code] of Object.entries(scripts))
            pages.set(own(name), { policy, headers: javascript, body: name === 'imported' ? code : withHelpers(code) });
        for (const [name, code] of Object.entries(modules))
            pages.set(own(name), { policy, headers: javascript,
                body: code.replace('DEPENDENCY', own('dependency') + query).replace('LATER', own('later') + query).replace(/^(import "[^"]*"; )?/, `$1${helpers}`) });
        pages.set(own('literal-module'), { policy, headers: javascript, body: `import ${JSON.stringify(tracker.at('literal'))};` });
        const inside = `<p>x<script>fetch([${JSON.stringify(tracker.at('nested')).replace('tracker', 'tra", "cker')}].join(''), { mode: 'no-cors' }).catch(() => {});</script>`;
        pages.set(own('page'), {
            policy, headers: { 'Content-Type': 'text/html; charset=utf-8' },
            body: `<!DOCTYPE html><html><head><title>t</title></head><body><iframe srcdoc="${inside.replace(/&/g, '&amp;').replace(/"/g, '&quot;')}"></iframe><script>
                self.told = {};
                for (const name of ${JSON.stringify(Object.keys(scripts).filter((name) => !/shared|service|^imported/.test(name)))})
                    new Worker('${own('')}' + name + '${query}').onmessage = (event) => { self.told[name] = event.data; };
                new Worker('${own('module')}${query}', { type: 'module' });
                new Worker('${own('literal-module')}${query}', { type: 'module' });
                new SharedWorker('${own('shared')}${query}');
                navigator.serviceWorker.register('${own('service')}${query}', { scope: '${own('scope')}' });
            </script></body></html>`,
        });
        const leaks = (name) => tracker.heard.has(name);
        const seen = await visit(tracker, base + own('page'), { wait: () => policy !== null && !choice ? true : names.every(leaks), patience: policy !== null && !choice ? 2500 : 0, choice });
        let words = {};
        await until(async () => {
            words = await seen.page.evaluate(() => self.told);
            return [...Object.keys(told), 'computed-script'].every((name) => name in words);
        }, 30000);
        for (const name of names)
            check(`worker, ${state}: ${name} ${policy !== null && !choice ? 'asks nobody' : 'comes'}`, leaks(name) === (policy === null || choice !== null), tracker.told());
        for (const [name, word] of Object.entries(told))
            check(`worker, ${state}: ${name} stays ${word}`, words[name] === word, JSON.stringify(words));
        check(`worker, ${state}: what import() gives`, words['computed-script'] === (policy === null || choice ? 'came' : 'refused'), words['computed-script']);
        await seen.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).forEach((one) => one.unregister()));
        await seen.end();
    }
}

// One that was registered before the module came: the visit that finds it there is still its own, the browser asks for its script
// by itself, and once the tabs of that visit are closed the guarded one is in its place.
export async function keptWorker({ check, pages, base, visit, tracker }) {
    const script = `const u = ${JSON.stringify(tracker.at('kept'))};
        self.addEventListener('fetch', (event) => {
            if (event.request.mode === 'navigate')
                fetch(u, { mode: 'no-cors' }).catch(() => {});
            if (event.request.url.endsWith('/who'))
                event.respondWith(new Response(Symbol.for('cnil') in self ? 'guarded' : 'old'));
        });`;
    const put = (policy) => {
        pages.set('/kept/service', { policy, headers: { ...javascript, 'Cache-Control': 'max-age=36000' }, body: script });
        pages.set('/kept/page', { policy, headers: { 'Content-Type': 'text/html; charset=utf-8' },
            body: '<!DOCTYPE html><html><head><title>t</title></head><body><script>navigator.serviceWorker.register("/kept/service")</script></body></html>' });
    };
    const open = () => visit(tracker, `${base}/kept/page`, { patience: 0 });
    const answer = (seen) => seen.page.evaluate(() => fetch('/kept/who').then((one) => one.text()));

    put(null);
    let seen = await open();
    await seen.page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated' || new Promise((resolve) => { active.onstatechange = resolve; })));
    await seen.end();
    seen = await open();
    check('a kept service worker, without us: calls', await until(() => tracker.heard.has('kept')) && await answer(seen) === 'old', tracker.told());
    await seen.end();

    put('usual');
    seen = await open();
    check('a kept service worker: the browser asks for its script, and gets the guarded one', await until(() => seen.page.evaluate(async () =>
        !!(await navigator.serviceWorker.getRegistration()).waiting), 60000));
    await seen.end();
    check('a kept service worker: the guarded one is in its place when the tabs are closed', await until(async () => {
        seen = await open();
        const found = await answer(seen);
        await seen.end();
        return found === 'guarded';
    }, 60000));
    seen = await visit(tracker, `${base}/kept/page`);
    check('a kept service worker: nobody is asked from then on', await answer(seen) === 'guarded' && tracker.quiet(), tracker.told());
    await seen.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).forEach((one) => one.unregister()));
    await seen.end();
}

// What a filter list alone knows: a worker imports the pages' table or, a module, reads it, where it may; else it is as if there
// were no lists. What is fine is asked for last, so that it tells when all was.
export async function listedWorkers({ check, pages, base, visit, tracker, tables }) {
    const code = `(async () => { for (const u of ${JSON.stringify([tracker.at('fetch'), tracker.at('fine-fetch')])}) await fetch(u, { mode: 'no-cors' }).catch(() => {}); })();`;
    const kinds = { classic: {}, module: { options: '{ type: "module" }' }, 'shared module': { maker: 'SharedWorker', options: '{ type: "module" }' }, forbidden: { headers: { 'Content-Security-Policy': "script-src 'none'" } } };

    tables.length = 0;
    for (const [kind, { maker = 'Worker', options = '{}', headers }] of Object.entries(kinds)) {
        const knows = !headers;
        for (const choice of [null, 'audience']) {
            const own = `/listed-${kind.replace(' ', '-')}-${choice ?? 'none'}`, query = choice ? `?${choice}` : '';

            pages.set(`${own}.js`, { policy: 'paths', headers: { ...javascript, ...headers }, body: code });
            pages.set(own, { policy: 'paths', headers: { 'Content-Type': 'text/html; charset=utf-8' },
                body: `<!DOCTYPE html><html><head><title>t</title></head><body><script>new ${maker}('${own}.js${query}', ${options})</script></body></html>` });
            const seen = await visit(tracker, base + own, { wait: () => tracker.heard.has('fine-fetch'), patience: 0, choice });
            check(`a worker and a list, ${kind}, ${choice ?? 'no choice'}: what passes comes`, tracker.heard.has('fine-fetch'), tracker.told());
            check(`a worker and a list, ${kind}, ${choice ?? 'no choice'}: the other ${knows && !choice ? 'does not' : 'does, too'}`,
                tracker.heard.has('fetch') === !(knows && !choice), tracker.told());
            await seen.end();
        }
    }
    check('a worker and a list: the table is fetched once, for pages and workers', tables.length > 0 && new Set(tables).size === tables.length, tables.join());
}

// One that passes on what tabs and frames ask for, as many do: the request says "empty" then, so that nobody knows which of them
// it was. The page is guarded all the same, has its banner and the policy of `strict`; a frame takes its banner out by itself.
export async function passingWorker({ check, pages, base, visit, tracker }) {
    const html = { 'Content-Type': 'text/html; charset=utf-8' };
    const page = (inside) => `<!DOCTYPE html><html><head><title>t</title></head><body><p>x</p>${inside}</body></html>`;
    const call = (code, name) => page(`<script>{ const u = ${JSON.stringify(tracker.at(name).replace('track', '-+-'))}.replace('-+-', 'track'); ${code} }</script>`);
    const calls = "fetch(u, { mode: 'no-cors' }).catch(() => {});", imports = 'import(u).catch(() => {});';

    pages.set('/passing/service', { policy: 'usual', headers: javascript, body: `self.onactivate = (event) => event.waitUntil(clients.claim());
        const made = ${JSON.stringify(call(calls, 'passed'))};
        self.onfetch = (event) => { if (event.request.mode === 'navigate') event.respondWith(/made$/.test(event.request.url) ?
            new Response(made, { headers: { 'Content-Type': 'text/html' } }) : fetch(event.request)); };` });
    pages.set('/passing/stock-frame', { policy: null, headers: html, body: page('<iframe src="/passing/made"></iframe>') });
    pages.set('/passing/frame', { policy: 'usual', headers: html, body: page('<iframe src="/passing/made"></iframe>') });
    pages.set('/passing/start', { policy: null, headers: html, body: page("<script>navigator.serviceWorker.register('/passing/service')</script>") });
    pages.set('/passing/stock', { policy: null, headers: html, body: call(calls, 'passed') });
    pages.set('/passing/page', { policy: 'usual', headers: html, body: call(calls, 'passed') });
    pages.set('/passing/outer', { policy: 'usual', headers: html, body: page('<iframe src="/passing/page"></iframe>') });
    pages.set('/passing/stock-strict', { policy: null, headers: html, body: call(imports, 'passed-script') });
    pages.set('/passing/strict', { policy: 'strict', headers: html, body: call(imports, 'passed-script') });
    const start = await visit(tracker, `${base}/passing/start`, { patience: 0 });
    await start.page.evaluate(() => navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated' ||
        new Promise((resolve) => { active.onstatechange = () => active.state === 'activated' && resolve(); })));
    const look = (frame) => frame.evaluate(() => ({ passed: performance.getEntriesByType('navigation')[0].workerStart > 0,
        box: document.getElementById('vp-box') !== null, guard: document.head.querySelectorAll('script[src*="/_privacy/"]').length === 2 }));

    for (const [name, heard] of [['stock', 'passed'], ['stock-strict', 'passed-script'], ['stock-frame', 'passed']]) {
        const seen = await visit(tracker, `${base}/passing/${name}`, { wait: () => tracker.heard.has(heard), patience: 0 });
        check(`a page that a service worker passes on, ${name}: leaks`, (await look(seen.page)).passed && tracker.heard.has(heard), tracker.told());
        await seen.end();
    }
    for (const name of ['page', 'strict', 'outer', 'frame']) {
        const seen = await visit(tracker, `${base}/passing/${name}`);
        const found = await look(seen.page);
        check(`a page that a service worker passes on, ${name}: nobody is asked`, found.passed && tracker.quiet(), `${JSON.stringify(found)} ${tracker.told()}`);
        check(`a page that a service worker passes on, ${name}: it has banner and guard`, found.box && found.guard, JSON.stringify(found));
        if (name === 'outer') {
            const inner = await look(seen.page.frames()[1]);
            check('a frame that a service worker passes on: it is guarded, and has no banner', inner.passed && inner.guard && !inner.box, JSON.stringify(inner));
        }
        if (name === 'frame') // its document comes into the realm that the page's guard has entered
            check('a frame that a service worker makes itself: it is there', await seen.page.frames()[1].evaluate(() => document.body.textContent.startsWith('x')));
        await seen.end();
    }
    await start.page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).forEach((one) => one.unregister()));
    await start.end();
}
