// SPDX-License-Identifier: Apache-2.0
// `cnil texts TAG` compared with the data of Intl.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

let check, skip; // the caller's: (good, sentence), (sentence)
const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];
const LARGE = 1000; // counts of ours are smaller than this
const plain = (text) => text.replace(/[\u00a0\u202f]/g, " ");
const LOCALES = { pt: "pt-PT", en: "en-GB", ar: "ar-u-nu-latn" }; // Arabic with the digits of the Maghreb
const locale = (tag) => LOCALES[tag] ?? tag;

// The forms that whole numbers below LARGE take, in CLDR's order, and the form of each number.
function plurals(tag) {
  const rules = new Intl.PluralRules(locale(tag));
  const seen = new Set();
  for (let n = 0; n < LARGE; n++) seen.add(rules.select(n));
  const order = CATEGORIES.filter((one) => seen.has(one));
  return { order, form: (n) => order.indexOf(rules.select(n)) };
}

// What CLDR does not have, or Node.js not of it: nothing to compare with.
const NOTHING = "nothing is there of it";
const LACKING = {
  ga: { units: "they are abbreviated there" },
  mt: { units: "they are abbreviated there" },
  oc: { plurals: "it has no rule", units: "one and many are alike there", dates: "they are unfinished there" },
  co: { name: NOTHING, plurals: NOTHING, units: NOTHING, dates: NOTHING, countries: NOTHING },
};

function isThere(tag, what) {
  const why = LACKING[tag]?.[what];
  if (why !== undefined) skip(`${tag}: ${what} not compared: ${why}`);
  return why === undefined;
}

function compareUnits(tag, texts) {
  const { order, form } = plurals(tag);
  const counted = isThere(tag, "plurals"), compared = isThere(tag, "units");
  for (const unit of ["second", "minute", "hour", "day", "week", "month", "year"]) {
    const forms = texts[`${unit}s`].split("|");
    if (counted) check(forms.length === order.length, `${tag}: ${unit}s has ${forms.length} forms, not ${order}`);
    if (!compared) continue;
    const number = new Intl.NumberFormat(locale(tag), { style: "unit", unit, unitDisplay: "long", useGrouping: false });
    for (const n of [1, 2, 3, 5, 10, 11, 12, 13, 20, 21, 22, 25, 30, 90, 101, 102, 111, 180, 182, 395]) {
      const ours = plain((forms[form(n)] ?? "").replace("{}", n)), theirs = plain(number.format(n));
      check(ours === theirs || UNITS[tag]?.(theirs, n) === ours, `${tag}: "${ours}" is "${theirs}" by Intl`);
    }
  }
}

// What we write otherwise, as people say it: days, not spans of 24 hours; three years; no space within a sentence.
const UNITS = {
  et: (text) => text.replace("ööpäev", "päev"),
  sv: (text, n) => text.replace("dygn", n === 1 ? "dag" : "dagar"),
  he: (text) => text.replace("שניה", "שנייה").replace(/^2 שנים/, "שנתיים"),
  ja: (text) => text.replace(" ", ""),
  nb: (text, n) => text.replace("døgn", n === 1 ? "dag" : "dager"),
  sl: (text, n) => text.replace(/ let$/, [3, 4].includes(n % 100) ? " leta" : " let"),
};

function compareDates(tag, texts) {
  if (!isThere(tag, "dates")) return;
  const format = new Intl.DateTimeFormat(locale(tag), { dateStyle: "long", timeZone: "UTC" });
  for (let month = 0; month < 12; month++) {
    for (const day of [1, 2, 24]) {
      const pattern = day === 1 ? texts.date_first : texts.date;
      const ours = plain(pattern.replace("{day}", day).replace("{month}", texts[`month_${month + 1}`])
        .replace("{year}", 2026));
      const theirs = plain(format.format(Date.UTC(2026, month, day)));
      check(ours === theirs || DATES[tag]?.(theirs) === ours, `${tag}: "${ours}" is "${theirs}" by Intl`);
    }
  }
}

const DATES = {
  fr: (date) => date.replace(/^1 /, "1er "),
  it: (date) => date.replace(/^1 /, "1º "),
  br: (date) => date.replace(/^1 /, "1añ ").replace(/^(\S+) /, "$1 a viz ").replace("\u02bc", "\u2019"),
  vi: (date) => date.replace(", ", " năm "),
};

// Slips of CLDR, and the whole country for its part.
const COUNTRIES = { mt: { BR: "il-Brażil" }, lb: { NL: "Nidderlanden" } };

function compareCountries(tag, texts) {
  if (!isThere(tag, "countries")) return;
  let unnamed = 0;
  const names = new Intl.DisplayNames(locale(tag), { type: "region" });
  const short = new Intl.DisplayNames(locale(tag), { type: "region", style: "short" });
  for (const [name, ours] of Object.entries(texts)) {
    const code = /^country_(..)$/.exec(name)?.[1].toUpperCase();
    if (code === undefined) continue;
    const theirs = names.of(code);
    if (theirs === code) {
      unnamed++;
      continue;
    }
    const good = [theirs, COUNTRIES[tag]?.[code], code === "HK" ? short.of(code) : undefined].includes(ours);
    check(good, `${tag}: ${code} "${ours}" is "${theirs}" by Intl`);
  }
  if (unnamed > 0) skip(`${tag}: ${unnamed} countries have no name there`);
}

// Letters of another script in a word are a slip of the keyboard (Cyrillic "а" is no "a"), and so are letters that the
// language does not have. Words of Latin letters alone are names.
function compareLetters(tag, texts) {
  for (const [name, text] of Object.entries(texts)) {
    const odd = (text.match(/\p{L}[\p{L}\p{M}]*/gu) ?? []).filter((word) => {
      if (/^[A-Za-z]+$/.test(word)) return false;
      const mayBeLatin = !["ar", "bg", "el", "he", "ru", "sr", "uk"].includes(tag);
      return [...word.toLocaleLowerCase(tag)].some((letter) =>
        !ALPHABETS[tag].includes(letter) && !(mayBeLatin && /[a-z]/.test(letter)));
    });
    check(odd.length === 0, `${tag}.${name}: ${odd.map((word) => `"${word}"`)}`);
    check(text === text.normalize("NFC"), `${tag}.${name} is not in normal form C`);
  }
}

// The characters of some rows of a national standard: those that are read and written there.
function rows(encoding, from, to) {
  const bytes = [];
  for (let row = from; row <= to; row++) for (let cell = 0xa1; cell <= 0xfe; cell++) bytes.push(row, cell);
  return new TextDecoder(encoding).decode(new Uint8Array(bytes)).replaceAll("\ufffd", "");
}

const ALPHABETS = {
  fr: "àâäæçéèêëîïôöœùûüÿ", en: "", de: "äöüß", es: "áéíñóúü", it: "àèéìòùº", pt: "áâãàçéêíóôõú", ca: "àçèéíïóòúü",
  nl: "áéëïóöü", pl: "ąćęłńóśźż", ro: "ăâîșț", cs: "áčďéěíňóřšťúůýž", sk: "áäčďéíĺľňóôŕšťúýž", sl: "čšž", hr: "čćđšž",
  bg: "абвгдежзийклмнопрстуфхцчшщъьюяѝ", el: "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ", hu: "áéíóöőúüű", da: "æøåé", sv: "åäöé",
  fi: "äöåšž", et: "äõöüšž", lv: "āčēģīķļņšūž", lt: "ąčęėįšųūž",
  ar: "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيًٌٍَُِّْ", ru: "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", uk: "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяʼ",
  sr: "абвгдђежзијклљмнњопрстћуфхцчџш", he: "אבגדהוזחטיכךלמםנןסעפףצץקרשת", tr: "çğıöşüâîû", sq: "çë",
  vi: "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ",
  zh: rows("gbk", 0xb0, 0xf7), // GB 2312: simplified characters alone
  ja: rows("euc-jp", 0xa4, 0xa5) + "ー" + rows("euc-jp", 0xb0, 0xf4), // JIS X 0208
  ko: rows("euc-kr", 0xb0, 0xc8), // KS X 1001, without its Chinese characters
  ga: "áéíóú",
  mt: "ċġħżàèìòù",
  oc: "áàçèéíïòóúüñ",
  eu: "ñçü",
  gl: "áéíïóúüñ",
  nb: "æøåéòó",
  br: "âêñôùû",
  co: "àèéìòùï",
  lb: "äéëöüôê",
  is: "áðéíóúýþæö",
};

// What is said of the languages elsewhere.
function compareLists(tags) {
  const manual = readFileSync("docs/POLICY.md", "utf8");
  const schema = JSON.parse(readFileSync("conf/policy.schema.json", "utf8"));
  const { language, languages } = schema.properties.site.properties;
  for (const tag of tags) check(manual.includes(`(\`${tag}\`)`), `docs/POLICY.md does not name ${tag}`);
  const lists = {
    "site.language": language.enum.filter((word) => word !== "auto"),
    "site.languages": languages.items.enum,
    texts: Object.keys(schema.properties.texts.properties),
    wording: Object.keys(schema.$defs.wording.oneOf[1].properties),
  };
  for (const [name, list] of Object.entries(lists))
    check(list.join() === tags.join(), `conf/policy.schema.json, ${name}: ${list}, not ${tags}`);
}

export function compare(cnil, checkOfCaller, skipOfCaller) {
  const call = (...args) => execFileSync(cnil, ["texts", ...args], { encoding: "utf8" });
  check = checkOfCaller;
  skip = skipOfCaller;
  const languages = call().trim().split("\n").map((line) => line.split("\t"));
  compareLists(languages.map(([tag]) => tag));
  for (const [tag, name] of languages) {
    const texts = JSON.parse(call(tag)).texts[tag];
    const own = new Intl.DisplayNames(tag, { type: "language" }).of(tag);
    if (isThere(tag, "name")) check(name === own, `${tag}: "${name}" calls itself "${own}" by Intl`);
    compareUnits(tag, texts);
    compareDates(tag, texts);
    compareCountries(tag, texts);
    compareLetters(tag, texts);
  }
}
