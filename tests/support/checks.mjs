// SPDX-License-Identifier: Apache-2.0
// What a suite counts: checks that hold, that fail, and what was skipped, by name and with its reason.

export const tally = { passed: 0, failed: 0, skipped: 0 };

// `detail`: what was found instead.
export function check(sentence, holds, detail = '') {
    if (holds) {
        tally.passed++;
        return;
    }
    tally.failed++;
    console.log(`FAIL ${sentence}${detail !== '' ? `: ${detail}` : ''}`);
}

export function skip(sentence, why) {
    tally.skipped++;
    console.log(`skipped: ${sentence}: ${why}`);
}

// Says the count, as tests/run reads it, and ends the process: a suite that checked nothing did not pass.
export function end() {
    console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
    process.exit(tally.failed === 0 && tally.passed > 0 ? 0 : 1);
}
