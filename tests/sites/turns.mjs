// SPDX-License-Identifier: Apache-2.0
// Whose turn it is. Not everything is tried in every state each time: a salt, which moves with every commit, decides what is.
// SALT=WORD repeats a run; the run says its salt.

import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';

function moving() {
    try {
        return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname ?? '.', encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    } catch { // no repository: the day
        return new Date().toISOString().slice(0, 10);
    }
}

export const salt = process.env.SALT || moving();

const dice = (text) => crypto.createHash('sha256').update(`${salt} ${text}`).digest('hex');

// One of `list`, for `what`.
export const oneOf = (list, what) => list[parseInt(dice(what).slice(0, 8), 16) % list.length];

// Of `list` one in `share`, for `what`; `name(one)` tells them apart.
export function someOf(list, what, share, name = (one) => one) {
    const shuffled = list.map((one) => [dice(`${what} ${name(one)}`), one]).sort(([a], [b]) => a < b ? -1 : 1);

    return shuffled.slice(0, Math.ceil(list.length / share)).map(([, one]) => one);
}
