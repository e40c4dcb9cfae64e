// SPDX-License-Identifier: Apache-2.0
// The banner of every language in Chromium, narrow and wide, in a page that runs the other way: both answers alike, no
// word wider than its button, nothing wider than the window, and read in its own direction.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../support/chromium.mjs";

const page = (direction) => `<!doctype html><html dir=${direction}><meta charset=utf-8>` +
  `<meta name=viewport content='width=device-width'><style>* { direction: ${direction} }</style>` +
  "<body><h1>\u05e9\u05dc\u05d5\u05dd</h1></body></html>";
const OTHER = { ltr: page("rtl"), rtl: page("ltr") };
const WIDTHS = [320, 1200];

// In the page.
function look() {
  const box = document.getElementById("vp-box");
  const style = (element) => {
    const { color, backgroundColor, fontSize, fontWeight, borderTopColor } = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    return JSON.stringify({ color, backgroundColor, fontSize, fontWeight, borderTopColor, width, height });
  };
  const answers = ["refuse", "accept"].map((value) => box.querySelector(`button[value=${value}]`));
  return {
    styles: answers.map(style),
    tight: answers.some((button) => button.scrollWidth > button.clientWidth),
    wide: box.scrollWidth > box.clientWidth || document.documentElement.scrollWidth > innerWidth,
    directions: [...new Set([box, ...box.querySelectorAll("*")].map((element) => getComputedStyle(element).direction))],
    wanted: box.dir,
  };
}

export async function looks(cnil, check) {
  const directory = mkdtempSync(join(tmpdir(), "cnil-texts-"));
  const browser = await launch();
  let html = "";
  try {
    const tab = await browser.newPage();
    await tab.route("**/*", (route) => {
      const url = route.request().url();
      if (url === "https://site.example/") route.fulfill({ contentType: "text/html; charset=utf-8", body: html });
      else if (url.endsWith(".css")) route.fulfill({ contentType: "text/css", body: readFileSync("common/page/assets/bar.css") });
      else route.abort();
    });
    for (const line of execFileSync(cnil, ["texts"], { encoding: "utf8" }).trim().split("\n")) {
      const tag = line.split("\t")[0], policy = join(directory, "policy.json");
      writeFileSync(policy, JSON.stringify({ site: { language: tag } }));
      const rewrite = (input) => execFileSync(cnil, ["rewrite", "--policy", policy, "--url", "https://site.example/"],
        { input, encoding: "utf8" });
      html = rewrite(OTHER.ltr);
      if (html.includes(`lang="${tag}" dir="rtl"`)) html = rewrite(OTHER.rtl);
      for (const width of WIDTHS) {
        await tab.setViewportSize({ width, height: 640 });
        await tab.goto("https://site.example/");
        const seen = await tab.evaluate(look), where = `${tag} at ${width} px: `;
        check(seen.styles[0] === seen.styles[1], `${where}the answers differ: ${seen.styles.join(" and ")}`);
        check(!seen.tight, `${where}a word is wider than its button`);
        check(!seen.wide, `${where}something is wider than the window`);
        check(seen.directions.length === 1 && seen.directions[0] === seen.wanted, `${where}runs ${seen.directions}`);
      }
    }
  } finally {
    await browser.close();
    rmSync(directory, { recursive: true });
  }
}
