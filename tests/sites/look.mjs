// SPDX-License-Identifier: Apache-2.0
// What a visitor sees of a page, as data: its text, the boxes of its elements and its icons, without what is ours. Runs in the
// page.

export function look() {
    for (const own of document.querySelectorAll('#vp-box, iframe[name^=held-card-]'))
        own.remove();
    const boxes = {};
    const walk = (element, path) => {
        const rectangle = element.getBoundingClientRect();
        let n = 0;

        boxes[path] = [rectangle.x + scrollX, rectangle.y + scrollY, rectangle.width, rectangle.height].map(Math.round);
        for (const child of element.children)
            if (!['SCRIPT', 'NOSCRIPT', 'STYLE', 'LINK', 'TEMPLATE'].includes(child.tagName))
                walk(child, `${path}>${child.localName}${n++}${child.hasAttribute('data-held') ? '!' : ''}`);
    };

    if (document.body !== null)
        walk(document.body, 'body');
    const icons = [...document.querySelectorAll('link[rel~=icon i]')].map((link) => link.href);

    return { text: document.body?.innerText ?? '', boxes, icons };
}
