// SPDX-License-Identifier: Apache-2.0
// usage: texts.mjs CNIL
import { compare } from "./compare.mjs";
import { looks } from "./looks.mjs";

let passed = 0, failed = 0, skipped = 0;
const check = (good, sentence) => {
  if (good) passed++;
  else { failed++; console.log(sentence); }
};

const skip = (sentence) => {
  skipped++;
  console.log(`skipped: ${sentence}`);
};

compare(process.argv[2], check, skip);
await looks(process.argv[2], check);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 ? 1 : 0);
