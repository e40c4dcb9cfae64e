# SPDX-License-Identifier: Apache-2.0
"""`cnil proof`: what it says of logs that were changed, what it lists, shows and signs."""
import base64
import csv
import datetime
import gzip
import hashlib
import io
import json
import os
import re
import stat
import subprocess
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
POLICY = hashlib.sha256(b"p").hexdigest()


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Chain:
    """Writes lines as a server does."""

    def __init__(self, name):
        self.name, self.seq, self.prev = name, 0, "0" * 64

    def line(self, time, choice, **more):
        self.seq += 1
        members = {"chain": self.name, "seq": self.seq, "prev": self.prev, "time": time, "policy": POLICY, "consent": "0123abcd",
                   "banner": sha256("b"), "language": "fr", "control": "banner", "before": "none", "choice": choice,
                   "host": "shop.example", **more}
        if self.seq == 1:
            members.update(module="0.1.0", key=7)
        line = json.dumps(members, separators=(",", ":"))
        self.prev = sha256(line)
        return line


def log():
    one, two = Chain("00000000000000a1"), Chain("00000000000000b2")
    return [one.line("2025-11-24T10:00Z", "refused"), two.line("2025-11-24T10:01Z", "accepted"),
            one.line("2025-11-24T10:02Z", "audience+video", receipt="Zm9vYmFy"), two.line("2025-11-25T09:00Z", "refused"),
            one.line("2025-11-26T08:00Z", "refused")]


def put(directory, lines, name="choices.jsonl"):
    data = "".join(line + "\n" for line in lines).encode()
    with open(os.path.join(directory, name), "wb") as file:
        file.write(gzip.compress(data) if name.endswith(".gz") else data)


def check_all(run, case):
    with tempfile.TemporaryDirectory() as directory:
        verify(run, case, directory)
    with tempfile.TemporaryDirectory() as directory:
        export(run, case, directory)
    with tempfile.TemporaryDirectory() as directory:
        table(run, case, directory)
    with tempfile.TemporaryDirectory() as directory:
        close(run, case, directory)
    with tempfile.TemporaryDirectory() as directory:
        forge(run, case, directory)
    with tempfile.TemporaryDirectory() as directory:
        unclosed(run, case, directory)
    with tempfile.TemporaryDirectory() as directory:
        show(run, case, directory)
    controls(case)
    for wrong in ((), ("frobnicate",), ("verify", "a", "b"), ("show",), ("show", "abc"), ("export", "--from", "yesterday"),
                  ("export", "--from"), ("close", "--until", "2999-01-01"), ("verify", "--until", "2999-01-01"),
                  ("verify", "--frob")):
        case(f"proof {' '.join(wrong)}", run("proof", *wrong)[:2], (2, ""))
    code, out, _ = run("proof", "verify", "/nowhere")
    case("a directory that is not there", (code, "/nowhere: cannot be read" in out), (1, True))


def verify(run, case, directory):
    lines = log()
    case("nothing yet", run("proof", "verify", directory)[:2], (0, "0 choices in 0 chains, 0 days closed: in order\n"))
    put(directory, lines)
    case("in order", run("proof", "verify", directory)[:2], (0, "5 choices in 2 chains, 0 days closed: in order\n"))
    put(directory, lines[3:])
    put(directory, lines[1:3], "choices.jsonl.1")
    put(directory, lines[:1], "choices.jsonl-20251124.gz")
    case("rotated", run("proof", "verify", directory)[:2], (0, "5 choices in 2 chains, 0 days closed: in order\n"))
    os.remove(os.path.join(directory, "choices.jsonl.1"))
    code, out, _ = run("proof", "verify", directory)
    case("a file is missing", (code, "choices.jsonl:2: line 2 of its chain is missing before this one" in out, out.endswith(": not in order\n")),
         (1, True, True))
    os.remove(os.path.join(directory, "choices.jsonl-20251124.gz"))
    spoiled = lines[:]
    spoiled[0] = spoiled[0].replace("refused", "accepted")
    put(directory, spoiled)
    code, out, _ = run("proof", "verify", directory)
    place = os.path.join(directory, "choices.jsonl")
    case("a changed line", (code, out.split("\n")[0]), (1, f"{place}:1: this line was changed: it is not the one that {place}:3 follows"))
    put(directory, lines + [lines[1]])
    case("a doubled line", run("proof", "verify", directory)[1].split("\n")[0], f"{place}:6: this line is there twice: it is {place}:2, too")
    with open(place, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n" + lines[0][:100])
    case("a write that broke off", run("proof", "verify", directory)[:2],
         (0, "5 choices in 2 chains, 0 days closed; 1 writes broke off: in order\n"))
    with open(place, "w", encoding="utf-8") as file:
        file.write("\x1b[2J" + lines[0] + "\n\xff\n")
    out = run("proof", "verify", directory)[1]
    case("what it prints does nothing to a terminal", "\x1b" in out, False)


def export(run, case, directory):
    lines = log()
    put(directory, [lines[1], lines[3], lines[0]])
    put(directory, [lines[2], lines[4]], "choices.jsonl.1")

    def listed(*options):
        return run("proof", "export", *options, directory)[1].splitlines()

    case("by time", listed(), lines)
    case("from a day on", listed("--from", "2025-11-25"), lines[3:])
    case("to a day", listed("--to", "2025-11-24"), lines[:3])
    case("one day", listed("--from", "2025-11-25", "--to", "2025-11-25"), [lines[3]])
    case("a receipt", listed("--receipt", "Zm9vYmFy"), [lines[2]])
    case("a receipt that nobody has", listed("--receipt", "Zm9v"), [])
    rows = list(csv.DictReader(io.StringIO("\n".join(listed("--csv")))))
    case("as a table", [(row["time"], row["choice"], row["host"], row["receipt"], row["seq"]) for row in rows[1:3]],
         [("2025-11-24T10:01Z", "accepted", "shop.example", "", "1"), ("2025-11-24T10:02Z", "audience+video", "shop.example", "Zm9vYmFy", "2")])


def table(run, case, directory):
    """No cell is a formula: what a receipt number may begin with, and what a line may hold that somebody else wrote."""
    one = Chain("00000000000000a1")
    beginnings = ("-", "=", "+", "@", "\t", "\r", "＝", "＋", "－", "＠")
    receipts = ["-m9vYmFyZm9vYmFy", *(beginning + "1+1" for beginning in beginnings), "Zm9v-_", "_Zm9v"]
    lines = [one.line("2025-11-24T10:00Z", "=refused", host="@shop.example", language="+fr", before='a"b,c')]
    lines += [one.line("2025-11-24T10:01Z", "refused", receipt="RECEIPT").replace("RECEIPT", receipt) for receipt in receipts]
    put(directory, lines)
    code, out, _ = run("proof", "export", "--csv", directory)
    rows = list(csv.reader(io.StringIO(out, newline="")))
    case("a row for each line", (code, len(rows), {len(row) for row in rows}), (0, 1 + len(lines), {12}))
    case("no cell is a formula", [cell for row in rows for cell in row if cell.startswith(beginnings)], [])
    case("before what would be one stands an apostrophe", [rows[1][i] for i in (1, 2, 5)] + [rows[2][9]],
         ["'@shop.example", "'=refused", "'+fr", "'-m9vYmFyZm9vYmFy"])
    case("a quote ends no cell", rows[1][3], 'a\\"b,c')
    case("what is none stays as it is", [row[9] for row in rows[-2:]], receipts[-2:])


def controls(case):
    """The manual tells of each word of `control` whether what was clicked is in the block that the line names."""
    with open(os.path.join(ROOT, "common/exchange/witness.c"), encoding="utf-8") as file:
        function = file.read().split("struct cnil_str control_of(")[1].split("\n}\n")[0]
    with open(os.path.join(ROOT, "docs/OPERATIONS.md"), encoding="utf-8") as file:
        told = dict(re.findall(r"^\| `([a-z]+)` \|[^|]+\| (yes|no) \|$", file.read(), re.MULTILINE))
    case("the manual knows every control", sorted(told), sorted(set(re.findall(r'CNIL_STR(?:_INIT)?\("([a-z]+)"\)', function))))
    case("two stand in the block", [word for word in told if told[word] == "yes"], ["banner", "control"])


def signature_holds(directory, line):
    """Checked without us, by OpenSSL, with the public key."""
    text, _, rest = line.partition(',"signature":"')
    with tempfile.TemporaryDirectory() as place:
        for name, data in (("text", text.encode()), ("signature", base64.b64decode(rest.split('"')[0]))):
            with open(os.path.join(place, name), "wb") as file:
                file.write(data)
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", os.path.join(directory, "seal.pub"), "-rawin", "-in",
                               os.path.join(place, "text"), "-sigfile", os.path.join(place, "signature")], capture_output=True, check=False)
    return done.returncode == 0


def forge(run, case, directory):
    """The whole log anew, and in each closing what fits it, behind the signature."""
    seal = os.path.join(directory, "seal.pub")
    put(directory, log())
    run("proof", "close", "--until", "2025-11-25", directory)
    one, two = Chain("00000000000000a1"), Chain("00000000000000b2")
    lines = [one.line("2025-11-24T10:00Z", "accepted"), two.line("2025-11-24T10:01Z", "accepted"), one.line("2025-11-24T10:02Z", "accepted"),
             two.line("2025-11-25T09:00Z", "accepted")]
    put(directory, lines)
    digests = {(line["chain"], line["seq"]): sha256(text) for text, line in ((text, json.loads(text)) for text in lines)}
    closings, prev = [], "0" * 64
    with open(os.path.join(directory, "closings.jsonl"), encoding="utf-8") as file:
        for line in file.read().splitlines():
            heads = [head.split("/")[:2] for head in json.loads(line)["heads"].split()]
            heads = " ".join(f"{chain}/{seq}/{digests[chain, int(seq)]}" for chain, seq in heads)
            closings.append(f'{line[:-1]},"prev":"{prev}","heads":"{heads}"}}')
            prev = sha256(closings[-1])
    put(directory, closings, "closings.jsonl")
    code, out, _ = run("proof", "verify", "--key", seal, directory)
    case("nothing follows a signature", (code, out.count("this closes no day: it is not as it was written"), out.endswith(": not in order\n")),
         (1, 2, True))
    code, out, _ = run("proof", "close", "--until", "2025-11-25", directory)
    case("nor is anything signed behind it", code, 1)


def close(run, case, directory):
    lines = log()
    place = os.path.join(directory, "choices.jsonl")
    put(directory, lines)
    code, out, _ = run("proof", "close", "--until", "2025-11-25", directory)
    closings = out.splitlines()
    case("a line for each day with choices", (code, [json.loads(line)["day"] for line in closings]), (0, ["2025-11-24", "2025-11-25"]))
    case("what is printed is what is written", open(os.path.join(directory, "closings.jsonl"), encoding="utf-8").read(), out)
    case("OpenSSL says that they are signed", [signature_holds(directory, line) for line in closings], [True, True])
    case("and not when they are changed", signature_holds(directory, closings[0].replace("2025", "2024")), False)
    case("the heads", [json.loads(line)["heads"] for line in closings],
         [f"00000000000000a1/2/{sha256(lines[2])} 00000000000000b2/1/{sha256(lines[1])}", f"00000000000000b2/2/{sha256(lines[3])}"])
    mode = stat.S_IMODE(os.stat(os.path.join(directory, "seal.key")).st_mode)
    case("the secret key is its owner's", oct(mode), "0o600")
    case("closed", run("proof", "verify", "--until", "2025-11-25", directory)[:2], (0, "5 choices in 2 chains, 2 days closed until 2025-11-25: in order\n"))
    case("a day is closed once", run("proof", "close", "--until", "2025-11-25", directory)[:2], (0, ""))
    put(directory, lines[:1] + lines[2:])
    code, out, _ = run("proof", "verify", directory)
    case("a line taken away", (code, "not in order" in out), (1, True))
    put(directory, lines[:3])
    code, out, _ = run("proof", "verify", directory)
    case("a chain cut off", (code, "chain 00000000000000b2 was cut off: its line 2, which this names, is missing" in out), (1, True))
    code, out, _ = run("proof", "close", "--until", "2025-11-26", directory)
    case("what is not in order is not signed", (code, "nothing was closed" in out), (1, True))
    put(directory, lines[3:])
    code, out, _ = run("proof", "close", "--until", "2025-11-26", "--kept-from", "2025-11-25", directory)
    case("older choices are given up, with a signature", (code, json.loads(out)["kept"]), (0, "2025-11-25"))
    case("and are no mistake then", run("proof", "verify", directory)[:2],
         (0, "2 choices in 2 chains, 3 days closed until 2025-11-26; 3 older choices of closed days are not kept any more: in order\n"))
    code, out, _ = run("proof", "close", directory)
    case("until yesterday, without a day", (code, json.loads(out)["heads"], json.loads(out)["kept"]), (0, "", "2025-11-25"))
    with tempfile.TemporaryDirectory() as elsewhere:
        other = os.path.join(elsewhere, "closings.jsonl")
        with open(other, "w", encoding="utf-8") as file:
            file.write(open(os.path.join(directory, "closings.jsonl"), encoding="utf-8").read())
        os.rename(os.path.join(directory, "seal.pub"), os.path.join(elsewhere, "seal.pub"))
        os.remove(os.path.join(directory, "closings.jsonl"))
        code, out, _ = run("proof", "verify", "--key", os.path.join(elsewhere, "seal.pub"), "--closings", other, directory)
        case("with a key and closings that were kept elsewhere", code, 0)
        spoiled = lines[4].replace("refused", "granted")
        put(directory, [lines[3], spoiled])
        code, out, _ = run("proof", "verify", "--key", os.path.join(elsewhere, "seal.pub"), "--closings", other, directory)
        case("they tell what was changed here", (code, out.split("\n")[0]),
             (1, f"{place}:2: this line was changed: it is not the one that 2025-11-26 was closed with"))
        code, out, _ = run("proof", "verify", "--closings", other, directory)
        case("without the key it cannot say", (code, "seal.pub: the key cannot be opened" in out), (1, True))


def unclosed(run, case, directory):
    """Days that are over and that no closing names, where days are closed."""
    lines, seal = log(), os.path.join(directory, "seal.pub")
    place, closings = os.path.join(directory, "choices.jsonl"), os.path.join(directory, "closings.jsonl")

    def mistake(number, day, count, where=place):
        return (f"{where}:{number}: no closing names this line of {day}, a day that is over: it was not closed, or closings were taken "
                f"away (lines like this: {count})")

    def told(*options):
        code, out, _ = run("proof", "verify", *options, directory)
        return code, out.splitlines()[0]

    today = Chain("00000000000000c3").line(datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ"), "refused")
    in_order = (0, "5 choices in 2 chains, 3 days closed until 2025-11-26: in order")
    put(directory, lines)
    case("nobody closes days here", told(), (0, "5 choices in 2 chains, 0 days closed: in order"))
    run("proof", "close", "--until", "2025-11-26", directory)
    case("all are closed", told(), in_order)
    case("also for whoever has the key", told("--key", seal), in_order)
    put(directory, lines + [today])
    case("a day that is not over", told("--key", seal), (0, "6 choices in 3 chains, 3 days closed until 2025-11-26: in order"))
    with open(closings, encoding="utf-8") as file:
        kept = file.read().splitlines()
    put(directory, kept[:2], "closings.jsonl")
    case("the last closing taken away", told(), (1, mistake(5, "2025-11-26", 1)))
    case("unless it is asked of the days before alone", told("--until", "2025-11-25")[0], 0)
    put(directory, kept[:1], "closings.jsonl")
    case("two of them", told(), (1, mistake(4, "2025-11-25", 2)))
    os.remove(closings)
    case("all of them", told(), (1, mistake(1, "2025-11-24", 5)))
    code, out, _ = run("proof", "verify", directory)
    case("and that is not in order", out.splitlines()[1], "6 choices in 3 chains, 0 days closed: not in order")
    put(directory, lines[3:] + [today])
    put(directory, lines[:3], "choices.jsonl.1")
    case("also where the log is rotated", told(), (1, mistake(1, "2025-11-24", 5, place + ".1")))
    os.remove(place + ".1")
    with tempfile.TemporaryDirectory() as elsewhere:
        other = os.path.join(elsewhere, "seal.pub")
        os.rename(seal, other)
        put(directory, lines)
        case("nor does it help to take the key away", told("--key", other), (1, mistake(1, "2025-11-24", 5)))
        put(directory, [today])
        case("the first day of a log", told("--key", other), (0, "1 choices in 1 chains, 0 days closed: in order"))
        os.rename(other, seal)
    case("the first day where the key is", told(), (0, "1 choices in 1 chains, 0 days closed: in order"))
    case("closings that are not there", told("--closings", "/nowhere/closings.jsonl"),
         (1, "/nowhere/closings.jsonl: cannot be read: No such file or directory"))
    put(directory, lines)
    run("proof", "close", "--until", "2025-11-26", "--kept-from", "2025-11-26", directory)
    put(directory, lines[4:])
    case("days that are not kept any more", told()[1].endswith("3 days closed until 2025-11-26; 4 older choices of closed days are not kept any more: "
                                                              "in order"), True)


def show(run, case, directory):
    archive = os.path.join(directory, "archive")
    os.mkdir(archive)
    bar, theme = "#vp-box { color: red }", "#vp-box { color: blue }"
    sheets = {f"bar-{sha256(bar)[:8]}.css": bar, f"theme-{sha256(theme)[:8]}.css": theme, "bar-00112233.css": bar}
    links = [f'<link rel="stylesheet" href="/_privacy/{name}"/>' for name in sheets]
    block = f'<div id="vp-box">{links[0]}{links[1]}<p>Votre choix é</p></div>'
    spoiled = f'<div id="vp-box">{links[2]}</div>'
    lost = '<link rel="stylesheet" href="/_privacy/bar-12345678.css"/>'
    policy = '{"module":"0","policy":{}}\n'
    for name, text in ((sha256(block) + ".html", block), *sheets.items(), (sha256(policy) + ".json", policy),
                       (sha256("x") + ".html", "y"), (sha256(spoiled) + ".html", spoiled), (sha256(lost) + ".html", lost)):
        with open(os.path.join(archive, name), "w", encoding="utf-8") as file:
            file.write(text)
    code, out, _ = run("proof", "show", sha256(block), directory)
    case("the banner with its style, in one file", (code, f"<style>\n{bar}</style>\n<style>\n{theme}</style>" in out, "<p>Votre choix é</p></div>" in out,
                                                   "<link" in out, sha256(block) in out), (0, True, True, False, True))
    case("the policy as it was", run("proof", "show", sha256(policy), directory)[:2], (0, policy))
    code, _, err = run("proof", "show", sha256("x"), directory)
    case("what was changed is not shown", (code, "was changed" in err), (1, True))
    code, out, err = run("proof", "show", sha256(lost), directory)
    case("nor what has lost its style", (code, out, "is not in the archive" in err), (1, "", True))
    code, out, err = run("proof", "show", sha256(spoiled), directory)
    case("nor what has another style", (code, out, "style sheet of it was changed" in err), (1, "", True))
    code, _, err = run("proof", "show", sha256("z"), directory)
    case("nor what nobody knows", (code, "neither the archive nor a line" in err), (1, True))
    put(directory, log())
    code, _, err = run("proof", "show", sha256("b"), directory)
    case("nor what cannot be made again", (code, "it was not archived" in err), (1, True))
