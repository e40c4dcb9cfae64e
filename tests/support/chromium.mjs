// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium itself: its wrapper adds flags.

import fs from 'node:fs';

export const binary = ['/usr/lib/chromium/chromium', '/usr/bin/chromium'].find((file) => fs.existsSync(file));
