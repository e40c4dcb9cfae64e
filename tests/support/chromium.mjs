// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium itself (its wrapper adds flags), which asks nobody for anything on its own account.

import { chromium } from 'playwright-core';
import fs from 'node:fs';

const binary = ['/usr/lib/chromium/chromium', '/usr/bin/chromium'].find((file) => fs.existsSync(file));

const quiet = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

// `spki`: the keys of the certificates that it takes, as a stage tells them; `args`: more of its own; the rest is the driver's.
const how = ({ spki, args = [], ...options }) => ({
    executablePath: binary, headless: true, args: [...quiet, ...spki ? [`--ignore-certificate-errors-spki-list=${spki}`] : [], ...args], ...options,
});

// A browser, whose contexts are like those of a private window.
export const launch = (options = {}) => chromium.launch(how(options));

// A visitor's browser: its one context, with the profile in `folder`.
export const profile = (folder, options = {}) => chromium.launchPersistentContext(folder, how(options));
