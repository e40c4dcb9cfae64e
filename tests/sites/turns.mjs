// SPDX-License-Identifier: Apache-2.0
// Whose turn it is. Not everything is tried in every state each time: a salt decides what is. It is the version, so that a tree gives
// the same answer wherever it is tested; SALT=WORD, a day say, gives others their turn, and repeats the run that said it.

import crypto from 'node:crypto';
import fs from 'node:fs';

const version = fs.readFileSync(new URL('../../common/base/version.h', import.meta.url), 'utf8');

export const salt = process.env.SALT || /CNIL_VERSION "([^"]+)"/.exec(version)[1];

const dice = (text) => crypto.createHash('sha256').update(`${salt} ${text}`).digest('hex');

// One of `list`, for `what`.
export const oneOf = (list, what) => list[parseInt(dice(what).slice(0, 8), 16) % list.length];

// Of `list` one in `share`, for `what`; `name(one)` tells them apart.
export function someOf(list, what, share, name = (one) => one) {
    const shuffled = list.map((one) => [dice(`${what} ${name(one)}`), one]).sort(([a], [b]) => a < b ? -1 : 1);

    return shuffled.slice(0, Math.ceil(list.length / share)).map(([, one]) => one);
}
