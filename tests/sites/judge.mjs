// SPDX-License-Identifier: Apache-2.0
// What the matcher says of URLs: the party, and whether it holds them back before consent.

import { execFileSync } from 'node:child_process';

const cnil = new URL('../../build/cnil', import.meta.url).pathname;

const types = {
    script: 'script', image: 'image', style: 'style', iframe: 'frame', frame: 'frame', embed: 'frame', object: 'frame', document: 'frame',
    stylesheet: 'style', media: 'media', font: 'font', audio: 'media', video: 'media', track: 'media',
};

// `questions`: { url, page, dest }; gives { party, before, service, ... } for each.
export function judge(questions, policy) {
    const lines = questions.map(({ url, page, dest }) => JSON.stringify({ url, page, type: types[dest] ?? 'other' }));

    if (lines.length === 0)
        return [];
    const answers = execFileSync(cnil, ['explain', ...policy === null ? [] : ['--policy', policy], '--json', '-'],
        { input: `${lines.join('\n')}\n`, encoding: 'utf8', maxBuffer: 1 << 28 }).trimEnd().split('\n').map(JSON.parse);

    if (answers.length !== questions.length)
        throw new Error('cnil explain did not answer every question');
    return answers;
}

const names = new Map();

// Whether the catalogue knows a cookie by its name, and would have it wait.
export function isKnownName(name) {
    if (!names.has(name))
        names.set(name, JSON.parse(execFileSync(cnil, ['explain', '--json', '--cookie', name], { encoding: 'utf8' })).before === 'hold');
    return names.get(name);
}
