// SPDX-License-Identifier: Apache-2.0
// What the guard costs, for people: `tests/guard/run measure`. No test: a busy machine must fail nobody. Each number is the
// median of some fresh pages, without the guard and with it.

const median = (list) => list.sort((a, b) => a - b)[list.length >> 1];

// Runs in the page: microseconds each.
function work() {
    const each = (times, code) => {
        const began = performance.now();
        for (let i = 0; i < times; i++)
            code(i);
        return (performance.now() - began) / times * 1000;
    };
    const parts = {
        'a question (new Request)': (i) => new Request(`https://host-${i % 50}.example.org/path/to/x.js?y=${i}`),
        'appendChild, text': () => box.appendChild(document.createTextNode('x')),
        'appendChild, leaf': () => box.appendChild(document.createElement('b')),
        'appendChild, image': (i) => box.appendChild(document.createElement('img')).src = `/x.svg?${i % 9}`,
        'append, tree of 40': () => box.append(tree.cloneNode(true)),
        'innerHTML, words': (i) => { box.innerHTML = `<p class="x">some <b>words</b> ${i}</p>`; },
        'innerHTML, a link': (i) => { box.innerHTML = `<p class="x">some <a href="https://example.org/${i}">words</a></p>`; },
        'innerHTML, 50 rows of links': () => { box.innerHTML = rows; },
        'setAttribute, class': (i) => box.setAttribute('class', `x${i}`),
        'setAttribute, href': (i) => box.setAttribute('href', `/x${i}`),
        'style.cssText': (i) => { box.style.cssText = `width: ${i}px`; },
        'style.width': (i) => { box.style.width = `${i}px`; },
    };
    const box = document.body.appendChild(document.createElement('div'));
    const tree = document.createElement('ul');
    tree.innerHTML = '<li><a href="/x">x</a><span>y</span><b>z</b></li>'.repeat(10);
    const rows = '<li><a href="https://example.org/x">x</a><img src="/x.svg" alt=""></li>'.repeat(50);
    const found = {};
    for (const [name, code] of Object.entries(parts)) {
        const times = /50 rows|tree/.test(name) ? 300 : 3000;
        each(times / 10, code);
        box.replaceChildren();
        found[name] = each(times, code);
        box.replaceChildren();
    }
    return found;
}

export async function measure({ put, visit, tracker }) {
    const plain = put('<p>x</p>', { policy: null }), guarded = put('<p>x</p>');
    const starts = [], costs = { without: {}, with: {} };
    const first = await visit(tracker, guarded);
    const texts = await first.page.evaluate(() => Promise.all(Array.from(document.scripts, async ({ src }) => (await fetch(src)).text())));
    await first.end();
    for (let i = 0; i < 9; i++) {
        const fresh = await visit(tracker, plain);
        starts.push(await fresh.page.evaluate((all) => all.map((text) => {
            const began = performance.now();
            (0, eval)(text);
            return performance.now() - began;
        }), texts));
        await fresh.end();
        for (const [name, url] of [['without', plain], ['with', guarded]]) {
            const page = await visit(tracker, url);
            for (const [part, cost] of Object.entries(await page.page.evaluate(work)))
                (costs[name][part] ??= []).push(cost);
            await page.end();
        }
    }
    console.log(`start: table ${median(starts.map(([one]) => one)).toFixed(1)} ms, guard ${median(starts.map(([, one]) => one)).toFixed(1)} ms`);
    for (const part of Object.keys(costs.with)) {
        const [before, after] = [median(costs.without[part]), median(costs.with[part])];
        console.log(`${part}: ${before.toFixed(2)} us without, ${after.toFixed(2)} us with it, ${(after / before).toFixed(1)} times`);
    }
}
