// SPDX-License-Identifier: Apache-2.0
// Documents in data: URLs of a page's markup, which have no origin and no address: what their scripts ask for, first without us,
// where it must be seen to leak; then before a choice; then after consent.

// By name, code that asks for u; what else it does must raise no error of ours.
const codes = {
    fetch: "fetch(u, { mode: 'no-cors' }).catch(() => {})",
    script: "document.head.appendChild(Object.assign(document.createElement('script'), { src: u }))",
    image: 'new Image().src = u',
    markup: "document.body.innerHTML = '<img src=' + u + '><img src=/relative>'",
    write: "document.write('<img src=' + u + '>')",
    srcdoc: "document.body.appendChild(Object.assign(document.createElement('iframe'), { srcdoc: '<script>new Image().src = \"' + u + '\"</scr' + 'ipt>' }))",
    worker: "new Worker(URL.createObjectURL(new Blob(['fetch(\"' + u + '\", { mode: \"no-cors\" }).catch(() => {})'])))",
    cookie: "try { document.cookie = 'trk=1' } catch (error) { if (error.name !== 'SecurityError') throw error } new Image().src = u",
};
const uri = (text) => `data:text/html,${encodeURIComponent(text)}`;
const base64 = (text) => `data:text/html;charset=utf-8;base64,${Buffer.from(text).toString('base64')}`;
const frames = {
    iframe: (text) => `<iframe src="${uri(text)}"></iframe>`,
    base64: (text) => `<iframe src="${base64(text)}"></iframe>`,
    object: (text) => `<object data="${uri(text)}" type="text/html"></object>`,
    embed: (text) => `<embed src="${base64(text)}" type="text/html">`,
    inner: (text) => `<iframe srcdoc="<iframe src='${uri(text).replace(/'/g, '%27')}'></iframe>"></iframe>`,
};
const nonces = { 'Content-Security-Policy': "script-src 'nonce-abc' 'strict-dynamic'" };

export async function apart({ check, put, visit, tracker }) {
    const names = [...Object.keys(codes), ...Object.keys(frames), 'nonce', 'own-sandbox'].map((name) => `apart-${name}`);
    const at = (name) => `u = ${JSON.stringify(tracker.at(name).replace('tracker', '-+-'))}.replace('-+-', 'track' + 'er')`;
    const text = (name, code, nonce = '') => `<!DOCTYPE html><title>t</title><body><script${nonce}>const ${at(name)}; ${code}</script>`;
    const plain = [...Object.entries(codes).map(([name, code]) => frames.iframe(text(`apart-${name}`, code))),
        ...Object.entries(frames).map(([name, frame]) => frame(text(`apart-${name}`, codes.image))),
        frames.iframe(text('apart-own-sandbox', codes.image)).replace('<iframe', '<iframe sandbox="allow-scripts"')].join('\n');
    const noncing = frames.iframe(text('apart-nonce', codes.image, ' nonce="abc"'));

    for (const [state, policy, choice] of [['without us', null, null], ['before a choice', 'usual', null], ['after consent', 'usual', 'audience']]) {
        for (const [body, some, headers] of [[plain, names.filter((name) => name !== 'apart-nonce'), {}], [noncing, ['apart-nonce'], nonces]]) {
            const silent = policy !== null && choice === null, leaks = (name) => tracker.heard.has(name);
            const seen = await visit(tracker, put(body, { policy, headers }), { wait: () => silent || some.every(leaks), patience: silent ? 1500 : 0, choice });

            for (const name of some)
                check(`a document in a URL, ${state}: ${name} ${silent ? 'asks nobody' : 'comes'}`, leaks(name) !== silent, tracker.told());
            check(`documents in URLs, ${state}: no error`, seen.errors.length === 0, seen.errors.join());
            const guarded = await Promise.all(seen.page.frames().filter((frame) => frame.url().startsWith('data:')).map((frame) => frame.evaluate(() => document.querySelector('head script')?.src ?? '')));
            check(`documents in URLs, ${state}: ${policy === null ? 'are as they were' : 'begin with the guard'}`,
                guarded.length > 0 && guarded.every((src) => (policy !== null) === src.includes('/_privacy/held-')), guarded.join());
            await seen.end();
        }
    }
}
