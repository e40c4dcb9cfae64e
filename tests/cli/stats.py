# SPDX-License-Identifier: Apache-2.0
"""`cnil stats`: what it adds up of logs of events, and what it says of lines that are none."""
import csv
import gzip
import io
import json
import os
import tempfile

KINDS = ("shown", "accepted", "refused", "customised", "withdrawn")


def line(of, day="2026-11-26", site="Boutique", **more):
    members = {"time": "2026-11-27T00:01:12Z", "event": "statistics", "rule": "C23", "site": site, "day": day, "of": of, **more}
    return json.dumps({key: value for key, value in members.items() if value is not None}, separators=(",", ":"), ensure_ascii=False)


def page(template, count, **more):
    return line("pages", template=template, count=count, **more)


def banner(language, template, *numbers, **more):
    return line("banner", language=language, template=template, **dict(zip(KINDS, numbers)), **more)


EVENT = '{"time":"2026-11-26T10:00:00Z","event":"element-held","rule":"C2","count":1,"path":"/a"}'
LOG = [page("/", 10), EVENT, page("/blog", 7), page("/", 5), page("/", 2, day="2026-11-27"),
       line("referrers", referrer="moteur.example", count=9), line("referrers", referrer="(none)", count=13),
       banner("fr", "/", 8, 3, 2, 1, 0), banner("fr", "/", 1, 0, 1, 0, 1), banner("en", "(other)", 4, 0, 4, 0, 0),
       page("/", 100, site='L"Été'), page("/", 1000, site=None)]


def put(directory, name, lines):
    data = "".join(text + "\n" for text in lines).encode()
    path = os.path.join(directory, name)
    with open(path, "wb") as file:
        file.write(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def check_all(run, case):
    with tempfile.TemporaryDirectory() as directory:
        log = put(directory, "events.jsonl", LOG)
        sums(run, case, log)
        files(run, case, directory, log)
        mistakes(run, case, directory)
        usage(run, case, log)


def sums(run, case, log):
    code, out, err = run("stats", "--json", log)
    found = json.loads(out)
    case("the tables", (code, err, sorted(found)), (0, "", ["banner", "pages", "referrers"]))
    case("pages add up", found["pages"], [
        {"site": None, "day": "2026-11-26", "template": "/", "count": 1000},
        {"site": "Boutique", "day": "2026-11-26", "template": "/", "count": 15},
        {"site": "Boutique", "day": "2026-11-26", "template": "/blog", "count": 7},
        {"site": "Boutique", "day": "2026-11-27", "template": "/", "count": 2},
        {"site": 'L"Été', "day": "2026-11-26", "template": "/", "count": 100}])
    case("referrers", [(row["referrer"], row["count"]) for row in found["referrers"]], [("(none)", 13), ("moteur.example", 9)])
    case("the banner", [(row["language"], row["template"], *(row[kind] for kind in KINDS)) for row in found["banner"]],
         [("en", "(other)", 4, 0, 4, 0, 0), ("fr", "/", 9, 3, 3, 1, 1)])
    rows = list(csv.DictReader(io.StringIO(run("stats", "--csv", log)[1])))
    case("as CSV", (len(rows), rows[1]["count"], [rows[-2][kind] for kind in KINDS], rows[-1]["site"]),
         (9, "15", ["9", "3", "3", "1", "1"], 'L"Été'))
    code, out, err = run("stats", log)
    case("for people", (code, err, "         17  /\n" in out, "          7  /blog\n" in out, 'L"Été\n' in out, "a site without a name\n" in out),
         (0, "", True, True, True, True))
    case("of one site", [row["count"] for row in json.loads(run("stats", "--json", "--site", 'L"Été', log)[1])["pages"]], [100])
    case("of some days", [row["count"] for row in json.loads(run("stats", "--json", "--from", "2026-11-27", log)[1])["pages"]], [2])
    case("until one", sum(row["count"] for row in json.loads(run("stats", "--json", "--to", "2026-11-26", log)[1])["pages"]), 1122)
    case("of none", run("stats", "--to", "2020-01-01", log), (0, "no statistics\n", ""))


def files(run, case, directory, log):
    other = put(directory, "events.jsonl.1.gz", LOG[:3])
    found = json.loads(run("stats", "--json", "--site", "Boutique", log, other)[1])
    case("several files, one compressed", [row["count"] for row in found["pages"]], [25, 14, 2])
    many = put(directory, "many.jsonl", [line("referrers", referrer=f"h{i}.example", count=i + 1) for i in range(30)])
    out = run("stats", many)[1]
    case("more than a screen", ("         30  h29.example\n" in out, "h9.example" in out, "         55  10 more\n" in out), (True, False, True))
    case("a formula is none", '"\'=1+1"' in run("stats", "--csv", put(directory, "f.jsonl", [page("/", 1, site="=1+1")]))[1], True)
    case("an empty log", run("stats", put(directory, "empty.jsonl", [])), (0, "no statistics\n", ""))


def mistakes(run, case, directory):
    good = page("/", 1)
    bad = {"garbage": "is no whole line of a log of events", good[:-5]: "is no whole line of a log of events",
           good[:40] + good: "begins with what is no whole line of a log of events"}
    for text, sentence in bad.items():
        path = put(directory, "bad.jsonl", [good, text, good])
        code, out, err = run("stats", "--json", path)
        count = 3 if sentence.startswith("begins") else 2
        case(f"{text[:60]}: told, and the rest counts", (code, err, json.loads(out)["pages"][0]["count"]), (1, f"{path}:2: {sentence}\n", count))
    for text in (line("pages", template="/"), line("pages", count=1), line("visitors", template="/", count=1), page("/", -1), page("/", "1"),
                 page("/", 1, day="yesterday"), banner("fr", "/", 1, 2, 3), line("banner", template="/", count=1), page("/", 10 ** 18),
                 page("/", 1).replace(",\"of\"", ", \"of\""), page("", 1)):
        path = put(directory, "bad.jsonl", [good, text])
        code, out, err = run("stats", "--json", path)
        case(f"{text[90:]}: told", (code, err, json.loads(out)["pages"][0]["count"]), (1, f"{path}:2: is no line of statistics that can be read\n", 1))
    code, out, err = run("stats", put(directory, "worse.jsonl", ["x"] * 150))
    case("not more than a hundred are told", (code, err.count("\n"), "50 more mistakes" in err), (1, 101, True))
    code, out, err = run("stats", os.path.join(directory, "nowhere"))
    case("no such file", (code, out, "nowhere: cannot be read: No such file" in err), (1, "", True))
    path = os.path.join(directory, "cut.gz")
    with open(path, "wb") as file:
        file.write(gzip.compress(b"".join(os.urandom(100).hex().encode() for _ in range(100)))[:-500])
    case("a compressed file that is cut", run("stats", path)[0], 1)
    case("terminals act upon nothing", "\x1b" in "".join(run("stats", put(directory, "t.jsonl", [page("/", 1, site="\x1b[31m"), "\x1b[31m"]))[1:]), False)


def usage(run, case, log):
    for wrong in ([], ["--json", "--csv", log], ["--from", "yesterday", log], ["--to", "2026-1-1", log], ["--frmo", "2026-01-01", log]):
        case(f"stats {' '.join(wrong)}", run("stats", *wrong)[:2], (2, ""))
