// SPDX-License-Identifier: Apache-2.0
// nginx and Apache with sanitized modules (stage.py), for the suites that look at them in Chromium.

import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';

const script = path.join(path.dirname(new URL(import.meta.url).pathname), 'stage.py');

// Starts both in front of the site at `port`, with the policy in that file. What stage.py says of them, and end(), which gives
// the exit code: 0 where nothing was wrong in their logs.
export async function stage(port, policy) {
    const child = spawn('python3', [script, port, policy], { stdio: ['pipe', 'pipe', 'inherit'] });
    const line = await new Promise((resolve, reject) => {
        readline.createInterface({ input: child.stdout }).once('line', resolve);
        child.once('exit', (code) => reject(new Error(`the servers did not start (exit ${code})`)));
    });
    return { ...JSON.parse(line), end: () => new Promise((resolve) => { child.once('exit', resolve); child.stdin.end(); }) };
}
