// SPDX-License-Identifier: Apache-2.0
// What a host on the internet might answer, told by what the browser wants it for: enough that pages go on as usual, and
// that a script which should not have run leaves its traces: a cookie, an entry in the storage, a further request.

// Stands in for any library that a page's own code needs to go on: whatever is read, called or made of it is itself
// again; functions given to it are called.
const library = `(() => {
    let calls = 0;
    const any = new Proxy(function () {}, {
        get: (target, name) => name === Symbol.toPrimitive ? () => '' : name === Symbol.iterator ? function* () {} :
            name === 'then' || name === 'length' ? undefined : name === 'prototype' ? target.prototype : any,
        set: () => true,
        has: () => true,
        apply: (target, self, given) => { for (const one of given) if (typeof one === 'function' && calls++ < 50) try { one(any, any); } catch (e) {} return any; },
        construct: () => any,
    });
    for (const name of ['$', 'jQuery', 'require', 'requirejs', 'define'])
        window[name] ??= any;
})();`;

// A tracker's script: notes itself in the page's cookies and storage, as trackers do, and calls home; those of two hosts that every
// catalogue knows also look for the visitor's address over UDP, which says no name.
const tracker = `(() => {
    const at = document.currentScript ? new URL(document.currentScript.src || document.currentScript.href.baseVal, document.baseURI) : null;
    if (at === null || at.host === location.host) return;
    const isVector = at.hostname.endsWith('.tracker.example');
    const cookies = [(isVector ? 'tracker_' : '') + 'sink=1'];
    if (!at.hostname.endsWith('.example'))
        cookies.push('_fbp=fb.1.1.1', '_gcl_au=1.1.1; domain=' + location.hostname.split('.').slice(-2).join('.'));
    for (const one of cookies)
        try { document.cookie = one + '; path=/; max-age=9999'; } catch (e) {}
    for (const storage of ['localStorage', 'sessionStorage'])
        try { window[storage].setItem((isVector ? 'tracker_' : '') + 'sink ' + at.href, '1'); } catch (e) {}
    if (/(^|[.])(google-analytics[.]com|facebook[.]net)$/.test(at.hostname) && top === self) {
        const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:' + at.hostname + ':3478' }] });
        peer.createDataChannel('x');
        peer.createOffer().then((offer) => peer.setLocalDescription(offer)).catch(() => {});
    }
    new Image().src = at.origin + '/follow';
})();`;

const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><path id="a" d="M0 0h1v1z"/></svg>';
const frame = '<!DOCTYPE html><title>frame</title><p>A frame of another site.';

const byDest = {
    script: 'js', worker: 'js', sharedworker: 'js', serviceworker: 'js', audioworklet: 'js', paintworklet: 'js',
    style: 'css', image: 'svg', iframe: 'html', frame: 'html', embed: 'html', object: 'html', document: 'html', fencedframe: 'html',
    audio: 'wav', video: 'wav', font: 'woff', track: 'vtt', manifest: 'json', xslt: 'xsl',
};
const byEnding = { js: 'js', mjs: 'js', css: 'css', html: 'html', php: 'html', json: 'json', svg: 'svg', png: 'svg', gif: 'svg', jpg: 'svg' };
const types = {
    js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', html: 'text/html; charset=utf-8', wav: 'audio/wav', woff: 'font/woff2',
    vtt: 'text/vtt', json: 'application/json', xsl: 'text/xsl',
};

function script(url) {
    const callback = url.searchParams.get('callback') ?? url.searchParams.get('jsonp') ?? url.searchParams.get('cb');

    if (callback !== null && /^[\w.$]+$/.test(callback))
        return `try { ${callback}({}); } catch (e) {} ${tracker}`;
    return library + tracker;
}

export function answer(request, response) {
    const url = new URL(request.url, 'http://host/');
    const dest = request.headers['sec-fetch-dest'] ?? '';
    const kind = byDest[dest] ?? byEnding[url.pathname.split('.').pop().toLowerCase()] ?? 'json';
    const origin = request.headers.origin;
    const headers = {
        'Content-Type': types[kind], 'Cache-Control': 'no-store', 'Set-Cookie': 'third=1; Path=/; Secure; SameSite=None; Max-Age=9999',
        'Access-Control-Allow-Origin': origin ?? '*', 'Access-Control-Allow-Headers': '*', 'Access-Control-Allow-Methods': '*',
        'Timing-Allow-Origin': '*',
    };
    const body = kind === 'js' ? script(url) : kind === 'css' ? '.sink { color: teal }' : kind === 'svg' ? svg : kind === 'html' ? frame :
        kind === 'vtt' ? 'WEBVTT\n' : kind === 'json' ? '{}' : '';

    if (origin !== undefined)
        headers['Access-Control-Allow-Credentials'] = 'true';
    if (request.method === 'OPTIONS')
        response.writeHead(204, headers).end();
    else if (dest === 'empty' && /eventsource|event-stream/.test(request.headers.accept ?? ''))
        response.writeHead(204, headers).end();
    else
        response.writeHead(200, headers).end(body);
}
