// SPDX-License-Identifier: Apache-2.0
// What leaves Chromium on pages of every vector and on real pages, in every state of the choice, through nginx and Apache,
// under both presets, JavaScript on and off; first without us, which must be seen to leak. See the README here.
//
// sites.mjs [vectors] [pages] [cache]: those parts, else all. FULL=1: every page in every state through both servers, not
// those whose turn it is; SALT=WORD: those whose turn it was in the run that said so. ONLY=REGEX:
// states like "nginx-strict, none, JavaScript true" that match. PAGES=FILE,FILE: those pages. LEAKS=FILE: appends what leaked and
// by what, a line each. LISTS=FILE: with filter lists, compiled by `cnil lists`.

import fs from 'node:fs';
import path from 'node:path';
import { checkCache, kept } from './cache.mjs';
import { checkPages } from './check_pages.mjs';
import { checkVectors } from './check_vectors.mjs';
import { readPages, originOf, speaksOf } from './pages.mjs';
import { stage } from './stage.mjs';
import { salt } from './turns.mjs';
import { site } from './vectors.mjs';
import { check, end, skip } from '../support/checks.mjs';

const folder = path.join(process.env.CNIL_SHARED ?? new URL('../../../shared', import.meta.url).pathname, 'pages');
const parts = process.argv.slice(2);
const wants = (part) => parts.length === 0 || parts.includes(part);

const report = {
    full: process.env.FULL === '1',
    whole: process.env.ONLY === undefined,
    wants: (state) => new RegExp(process.env.ONLY ?? '').test(state),
    check,
    skip,
    tell: (sentence) => console.log(sentence),
    leak(...fields) {
        if (process.env.LEAKS)
            fs.appendFileSync(process.env.LEAKS, `${fields.join('\t')}\n`);
    },
};

const chosen = process.env.PAGES?.split(',');
const pages = (fs.existsSync(path.join(folder, 'HOSTS.tsv')) ? readPages(folder) : []).filter(({ file }) => chosen?.includes(file) ?? true);
const pageOrigin = originOf(pages);
const origins = { 'www.shop.example': site, 'kept.shop.example': kept };
const listed = { trackers: { lists: [{ file: process.env.LISTS, purposes: { easyprivacy: 'audience', easylist: 'advertising' } }] } };
let stop = async () => 1;

try {
    const ground = await stage([...Object.keys(origins), ...pages.map(({ host }) => host)],
        (request, response) => (origins[request.headers.host] ?? pageOrigin)(request, response), { spoken: speaksOf(pages), more: process.env.LISTS ? listed : {} });

    stop = ground.end;
    if (wants('vectors'))
        await checkVectors(ground, report);
    if (wants('cache'))
        await checkCache(ground, report);
    if (wants('pages') && pages.length === 0)
        report.skip('real pages', `none in ${folder}`);
    else if (wants('pages'))
        await checkPages(ground, report, pages);
} catch (error) {
    report.check('the suite comes to its end', false, error.stack);
}
if (!report.full)
    report.tell(`what had its turn was chosen by SALT=${salt}; FULL=1 does all`);
const code = await stop();
report.check('the servers stop without a problem in their logs', code === 0, `exit ${code}`);
end();
