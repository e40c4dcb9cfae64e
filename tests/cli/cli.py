# SPDX-License-Identifier: Apache-2.0
"""What the command `cnil` prints and returns: check, explain, rewrite, scan, proof, usage. CNIL names another binary than build/asan/cnil."""
import json
import os
import re
import subprocess
import sys
import tempfile

import observe
import proof
import scan
import schema
import stats
import units

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CNIL = os.environ.get("CNIL", os.path.join(ROOT, "build/asan/cnil"))
PAGE = "https://www.shop.fr/"
passed = failed = skipped = 0


def run(*arguments, text="", directory=None):
    done = subprocess.run([CNIL, *arguments], input=text.encode(), capture_output=True, cwd=directory or ROOT, timeout=60,
                          check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def case(name, got, wanted):
    global passed, failed
    if got == wanted:
        passed += 1
    else:
        failed += 1
        print(f"not ok: {name}\n  got:    {got!r}\n  wanted: {wanted!r}")


def skip(why):
    global skipped
    skipped += 1
    print(f"skipped: {why}")


def explain(url, *options, page=PAGE):
    code, out, err = run("explain", "--json", "--page", page, *options, url)
    return json.loads(out) if code == 0 else {"code": code, "err": err}


def members(answer, *keys):
    return tuple(answer.get(key, "absent") for key in keys)


def check_usage():
    code, out, err = run()
    case("no command is a usage mistake", (code, out, "usage: cnil" in err), (2, "", True))
    code, out, err = run("frobnicate")
    case("an unknown command is named", (code, 'no command "frobnicate"' in err), (2, True))
    for word in ("help", "--help"):
        code, out, err = run(word)
        case(f"{word} goes to stdout", (code, "cnil check POLICY..." in out, err), (0, True, ""))
    code, out, err = run("--version")
    case("--version", (code, out.split()[0], len(out.split())), (0, "cnil", 2))
    case("check without a file", run("check")[0], 2)
    case("explain without a URL", run("explain", "--page", PAGE)[0], 2)
    case("explain without a page", run("explain", "https://x.example/")[0], 2)
    case("explain with an unknown option", run("explain", "--pag", PAGE, "--frob", "x")[0], 2)
    case("explain with an unknown type", run("explain", "--page", PAGE, "--type", "sound", "/x")[0], 2)
    case("explain with a page that is none", run("explain", "--page", "nothing", "/x")[0], 2)


def check_check(directory):
    def write(name, text):
        with open(os.path.join(directory, name), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())

    write("good.json", "{}")
    write("block.json", '{ "trackers": { "block": ["tracker.example"] } }')
    write("bad.json", '{\n  "mode": "enforced",\n  "cookie": {},\n  "https": { "port": 0 }\n}\n')
    write("syntax.json", '{\n  "mode": "audit",\n}\n')
    write("control.json", b'{"\\u001b[31mred\\u009b": 1}')
    write("binary.json", b"\x7fELF\x00\x00")

    code, out, _ = run("check", "good.json", "block.json", directory=directory)
    case("good policies", (code, out), (0, "good.json: ok\nblock.json: ok\n"))
    code, out, _ = run("check", "bad.json", "good.json", directory=directory)
    case("all mistakes at once, each with its place", (code, out), (1, (
        'bad.json:2:11: /mode: must be "enforce" or "audit"; did you mean "enforce"?\n'
        'bad.json:3:3: /cookie: unknown key "cookie"; did you mean "cookies"?\n'
        "bad.json:4:22: /https/port: must be between 1 and 65535\n"
        "good.json: ok\n")))
    with open(os.path.join(directory, "warned.json"), "w", encoding="utf-8") as file:
        file.write('{"trackers": {"patterns": [{"pattern": "(a)\\\\1", "purpose": "audience"}]}}')
    code, out, _ = run("check", "warned.json", directory=directory)
    case("what the guard cannot know is a warning", (code, [line[:57] for line in out.splitlines()]),
         (0, ["warned.json:1:40: /trackers/patterns/0/pattern: warning: ", "warned.json: ok"]))
    code, out, _ = run("check", "syntax.json", directory=directory)
    case("a syntax error is one mistake",
         (code, out), (1, "syntax.json:3:1: this is not JSON: string or '}' expected near '}'\n"))
    code, out, _ = run("check", "control.json", directory=directory)
    case("no control character reaches the terminal",
         (code, [c for c in out if ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160], "\\x1b[31mred" in out), (1, [], True))
    code, out, _ = run("check", "binary.json", directory=directory)
    case("a binary file", (code, out), (1, "binary.json:1:5: a NUL byte: this is not a text file\n"))
    code, out, _ = run("check", "absent.json", directory=directory)
    case("a file that is not there", (code, out), (1, "absent.json: cannot be read: No such file or directory\n"))
    code, out, _ = run("check", ".", directory=directory)
    case("a directory", (code, out), (1, ".: is not a regular file\n"))
    write("many.json", "{" + ",".join(f'"key{i}": 1' for i in range(150)) + "}")
    code, out, _ = run("check", "many.json", directory=directory)
    case("more mistakes than are told are counted", (code, out.splitlines()[-1], len(out.splitlines())),
         (1, "many.json: 50 more mistakes", 101))
    case("the example", run("check", "conf/example.json")[:2], (0, "conf/example.json: ok\n"))


def check_explain(directory):
    policy = os.path.join(directory, "explain.json")
    with open(policy, "w", encoding="utf-8") as file:
        file.write('{"trackers": {"block": ["tracker.example"], "unknown": "hold"},'
                   ' "services": {"both": {"name": "B", "controller": "C", "purposes": ["audience", "maps"],'
                   ' "hosts": ["both.example"]}}}')

    def cookie(name, *options):
        code, out, err = run("explain", "--json", *options, "--cookie", name)
        case("explain cookie %s" % name, (code, err), (0, ""))
        return json.loads(out)

    strict = os.path.join(directory, "strict.json")
    with open(strict, "w", encoding="utf-8") as file:
        file.write('{"preset": "strict", "cookies": {"necessary": [{"name": "sid", "ground": "cart"}]}}')
    case("a tracker's cookie", cookie("_ga"), {
        "cookie": "_ga", "service": "google-analytics", "purpose": "audience", "before": "hold", "after": "pass",
        "rule": "catalogue google-analytics: cookie _ga"})
    case("a session", members(cookie("PHPSESSID"), "before", "rule"), ("pass", "built in: needs no consent (session)"))
    case("a session in strict", members(cookie("PHPSESSID", "--policy", strict), "before", "after", "rule"),
         ("hold", "hold", "strict: not declared necessary"))
    case("a declared one in strict", members(cookie("sid", "--policy", strict), "before", "after"), ("pass", "pass"))
    case("a cookie for people", run("explain", "--cookie", "x")[1].splitlines()[0].split(), ["cookie", "x"])
    case("explain with a cookie and a URL", run("explain", "--cookie", "x", "https://a.example/")[0], 2)
    case("explain with a cookie and a page", run("explain", "--cookie", "x", "--page", PAGE)[0], 2)

    answer = explain("//www.GOOGLE-analytics.com:443/a%20b c")
    case("keys of the answer", list(answer),
         ["url", "host", "site", "party", "service", "purpose", "before", "after", "rule"])
    case("a tracker", answer, {
        "url": "https://www.google-analytics.com/a%20b%20c", "host": "www.google-analytics.com",
        "site": "google-analytics.com", "party": "third", "service": "google-analytics", "purpose": "audience",
        "before": "hold", "after": "pass", "rule": "catalogue google-analytics: host google-analytics.com"})
    case("the site itself", members(explain("../x"), "url", "party", "service", "purpose", "before", "after"),
         ("https://www.shop.fr/x", "first", None, None, "pass", "pass"))
    case("an unknown third party", members(explain("//x.y.co.uk/"), "site", "party", "before", "after"),
         ("y.co.uk", "third", "pass", "pass"))
    case("a font", members(explain("https://fonts.gstatic.com/x", "--type", "font"), "service", "before"),
         ("google-fonts", "pass"))
    case("no connection", members(explain("data:,x"), "host", "site", "party", "before", "after"),
         (None, None, None, "pass", "pass"))
    case("not a URL", members(explain("https://a b/"), "url", "host", "party", "before", "after"),
         (None, None, None, "pass", "pass"))
    case("a host of numbers", members(explain("http://0x7f.1/"), "host", "site"), ("127.0.0.1", "127.0.0.1"))
    case("a host of six", members(explain("http://[0:0::1]/"), "host"), ("[::1]",))
    case("a block is for good", members(explain("//a.tracker.example/", "--policy", policy), "before", "after", "rule"),
         ("hold", "hold", "policy /trackers/block/0: tracker.example"))
    case("unknown ones can be held", members(explain("//x.example/", "--policy", policy), "purpose", "before", "after"),
         ("other", "hold", "pass"))
    case("several purposes", members(explain("//both.example/", "--policy", policy), "purpose"), ("audience+maps",))
    code, out, _ = run("explain", "--page", PAGE, "https://www.google-analytics.com/x")
    case("for people", (code, "before   hold" in out, "after    pass" in out, "Google Ireland" in out), (0, True, True, True))
    code, out, err = run("explain", "--policy", os.path.join(directory, "bad.json"), "--page", PAGE, "/x")
    case("a bad policy", (code, out, err.count("\n")), (1, "", 3))


def check_lines():
    lines = [
        {"url": "https://www.google-analytics.com/x", "page": PAGE},
        {"url": "/x", "page": "https://other.example/a/", "type": "image"},
        {"url": "https://ex%00ample.com/"},
        {"url": "http://b\u00fccher.example/"},
    ]
    code, out, _ = run("explain", "--page", PAGE, "-", text="".join(json.dumps(line) + "\n" for line in lines) + "\n")
    answers = [json.loads(line) for line in out.splitlines()]
    case("an answer a line", (code, [answer["host"] for answer in answers]),
         (0, ["www.google-analytics.com", "other.example", None, "xn--bcher-kva.example"]))

    bad = ["garbage", "[]", "{}", '{"url": 1}', '{"url": "/x", "page": "x"}', '{"url": "/x", "type": "sound"}',
           '{"url": "/x", "url": "/y"}', '{"url": "/' + "x" * (1 << 20) + '"}', '{"url": "/fine"}']
    code, out, _ = run("explain", "--page", PAGE, "-", text="\n".join(bad))
    answers = [json.loads(line) for line in out.splitlines()]
    case("a bad line gets an error line and the rest its answers",
         (code, ["error" in answer for answer in answers]), (1, [True] * 8 + [False]))
    code, out, _ = run("explain", "-", text='{"url": "/x"}\n')
    case("a line needs a page", (code, "error" in json.loads(out)), (1, True))
    code, out, _ = run("explain", "-", text="")
    case("no line, no answer", (code, out), (0, ""))
    code, out, _ = run("explain", "--page", PAGE, "-", text='{"url": "/a\\ud800\\u0000b"}\n')
    case("what JSON may hold and no text can", members(json.loads(out), "url"),
         ("https://www.shop.fr/a%EF%BF%BD%00b",))

    with subprocess.Popen([CNIL, "explain", "--page", PAGE, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as talk:
        talk.stdin.write(b'{"url": "/x"}\n')
        talk.stdin.flush()
        answer = json.loads(talk.stdout.readline())  # comes before the input ends
        talk.stdin.close()
        talk.wait(timeout=60)
    case("each line is answered at once", answer["url"], PAGE + "x")


def check_docs(directory):
    with open(os.path.join(ROOT, "docs/POLICY.md"), encoding="utf-8") as file:
        blocks = re.findall("^```json\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
    source, compiled = os.path.join(directory, "docs.txt"), os.path.join(directory, "docs.cnil")
    with open(source, "w", encoding="utf-8") as file:
        file.write("||tracker.example^\n")
    run("lists", "build", "easyprivacy=" + source, "easylist=" + source, "-o", compiled)
    for index, block in enumerate(blocks):
        with open(os.path.join(directory, f"docs{index}.json"), "w", encoding="utf-8") as file:
            file.write(re.sub(r'"/var/lib/cnil/lists/[a-z]+[.]cnil"', json.dumps(compiled), block))
    names = [f"docs{index}.json" for index in range(len(blocks))]
    case("the policies of docs/POLICY.md", (len(blocks) > 1, run("check", *names, directory=directory)[:2]),
         (True, (0, "".join(f"{name}: ok\n" for name in names))))


def check_rewrite(directory):
    tracker = "https://www.google-analytics.com/a.js?uid=1"
    page = f"<!doctype html><title>a</title><body><script src=\"{tracker}\"></script><p>\u00e9</p>"
    held = '<script data-held="google-analytics" type="text/plain"></script><p>\u00e9</p>'
    audit = os.path.join(directory, "audit.jsonl")

    code, out, err = run("rewrite", "--url", PAGE, "--audit", audit, text=page)
    case("a tracker is held back, a block inserted", (code, out.endswith(held), "/_privacy/choice" in out, err),
         (0, True, True, ""))
    for size in ("1", "2", "5"):
        case(f"the same in chunks of {size}", run("rewrite", "--url", PAGE, "--chunk", size, text=page)[:2], (0, out))
    with open(audit, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    case("the audit file", [(e["event"], e["element"], e["subject"], e["service"], e["choice"]) for e in lines],
         [("element-held", "script src", "www.google-analytics.com/a.js", "google-analytics", "none")])
    case("refused", held in run("rewrite", "--url", PAGE, "--choice", "refuse", text=page)[1], True)
    for choice in ("accept", "audience"):
        case(f"after {choice}", tracker in run("rewrite", "--url", PAGE, "--choice", choice, text=page)[1], True)
    case("another purpose", tracker in run("rewrite", "--url", PAGE, "--choice", "video", text=page)[1], False)
    case("a script without an end", run("rewrite", "--url", PAGE, text="<body><script>a")[1].endswith("<script>a"), True)
    case("nothing in, nothing out", run("rewrite", "--url", PAGE, text="")[:2], (0, ""))
    utf16 = subprocess.run([CNIL, "rewrite", "--url", PAGE, "--chunk", "1"], input=page.encode("utf-16"),
                           capture_output=True, timeout=60, check=False)
    case("UTF-16 becomes UTF-8", (utf16.returncode, utf16.stdout.decode("utf-8-sig")), (0, run("rewrite", "--url", PAGE, text=page)[1]))
    for wrong in (["--chunk", "0", "--url", PAGE], ["--chunk", "7x", "--url", PAGE], [], ["--url", "/a"],
                  ["--url", PAGE, "--choice", "perhaps"], ["--url", PAGE, "more"]):
        case(f"rewrite {' '.join(wrong)}", run("rewrite", *wrong)[:2], (2, ""))
    case("a policy that is none", run("rewrite", "--url", PAGE, "--policy", "/nowhere")[0], 1)
    case("an audit file that cannot be", run("rewrite", "--url", PAGE, "--audit", directory, text=page)[0], 1)


def check_schema():
    found, tried = schema.mistakes(CNIL, ROOT)
    case(f"schema and command agree on {tried} policies", found, [])


def main():
    if not os.access(CNIL, os.X_OK):
        print(f"{CNIL} is not built: make {os.path.relpath(CNIL, ROOT)}")
        print("0 passed, 1 failed, 0 skipped")
        return 1
    with tempfile.TemporaryDirectory() as directory:
        check_usage()
        check_check(directory)
        check_explain(directory)
        check_lines()
        check_rewrite(directory)
        check_docs(directory)
        scan.check_all(run, case, directory)
        observe.check_all(run, case, CNIL, directory)
        proof.check_all(run, case)
        stats.check_all(run, case)
    units.check_all(case, skip, CNIL, ROOT)
    check_schema()
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 0 if failed == 0 else 1


sys.exit(main())
