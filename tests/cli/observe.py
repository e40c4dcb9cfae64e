# SPDX-License-Identifier: Apache-2.0
"""`cnil observe`: what it makes of logs of events, and that a policy takes it."""
import gzip
import json
import os
import subprocess


def event(kind, day, service="", host="www.shop.fr", **more):
    return json.dumps({"time": f"{day}T10:00:00Z", "event": kind, "count": 1, "mode": "enforce", "host": host, "path": "/",
                       **({"service": service} if service else {}), **more})


LOG = [
    event("element-held", "2026-11-02", "google-analytics", count=3, subject="www.google-analytics.com/analytics.js"),
    event("script-held", "2026-11-01", "google-analytics"),
    event("cookie-dropped", "2026-11-05", "matomo", subject="_pk_id"),
    event("unknown-host", "2026-11-03", "strange.example", subject="cdn.strange.example/x"),
    event("unknown-host", "2026-11-03", "other.example", host="blog.shop.fr"),
    event("unknown-cookie", "2026-11-04", subject="zz"),
    event("choice-made", "2026-11-06"),
    event("https-redirect", "2026-11-06"),
    '{"time":"2026-11-27T00:01:12Z","event":"statistics","site":"Boutique","day":"2026-11-26","of":"banner","shown":412}',
]


def put(path, lines):
    data = "".join(line + "\n" for line in lines).encode()
    with open(path, "wb") as file:
        file.write(gzip.compress(data) if path.endswith(".gz") else data)


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def check_all(run, case, cnil, directory):
    log, out = os.path.join(directory, "events.jsonl"), os.path.join(directory, "observed.json")
    put(log, LOG)
    done = run("observe", "-o", out, log)
    case("what it says", done, (0, "8 events, 2026-11-01 to 2026-11-05: 2 services, 2 other hosts, 1 cookies that nobody declared\n", ""))
    seen = read(out)
    case("services by their days", seen["services"], {"google-analytics": {"first": "2026-11-01", "last": "2026-11-02", "count": 4},
                                                      "matomo": {"first": "2026-11-05", "last": "2026-11-05", "count": 1}})
    case("hosts by their domains", sorted(seen["hosts"]), ["other.example", "strange.example"])
    case("cookies by name", list(seen["cookies"]), ["zz"])
    case("nothing of a visit", [word for word in ("cdn.", "analytics.js", "www.shop.fr", "10:00") if word in open(out, encoding="utf-8").read()], [])
    policy = os.path.join(directory, "observing.json")
    with open(policy, "w", encoding="utf-8") as file:
        json.dump({"site": {"observed": out}}, file)
    case("a policy takes it", run("check", policy)[:2], (0, f"{policy}: ok\n"))

    put(log, [event("element-held", "2026-10-20", "google-analytics"), event("unknown-host", "2026-12-01", "third.example")])
    run("observe", "-o", out, log)
    seen = read(out)
    case("what was seen before stays", (seen["from"], seen["to"], sorted(seen["hosts"]), seen["services"]["google-analytics"]),
         ("2026-10-20", "2026-12-01", ["other.example", "strange.example", "third.example"],
          {"first": "2026-10-20", "last": "2026-11-02", "count": 5}))

    os.remove(out)
    put(log + ".gz", LOG)
    run("observe", "--host", "blog.shop.fr", "-o", out, log + ".gz")
    case("one site, from a compressed log", (list(read(out)["hosts"]), read(out)["services"]), (["other.example"], {}))
    os.remove(out)
    with open(log + ".gz", "rb") as file:
        piped = subprocess.run([cnil, "observe", "--least", "2", "-o", out, "-"], stdin=file, capture_output=True, timeout=60, check=False)
    case("seldom ones left out, from a pipe", (piped.returncode, list(read(out)["services"]), read(out)["hosts"]), (0, ["google-analytics"], {}))

    os.remove(out)
    wrong = ["no json", "[]", '{"event":"element-held"}', event("element-held", "yesterday!", "x"), "x" * 200000,
             event("element-held", "2026-11-02", "google-analytics", count=-1), event("unknown-host", "2026-11-02", "a b.example"),
             event("unknown-host", "2026-11-02", "$comment.example"), event("unknown-host", "2026-11-02", "\x1b[2J.example"), LOG[0]]
    put(log, wrong)
    code, _, err = run("observe", "-o", out, log)
    case("lines that are none", (code, err, sorted(read(out)["hosts"]), list(read(out)["services"])),
         (0, "cnil observe: 6 lines are no events\n", [], ["google-analytics"]))
    put(log, [event("unknown-host", "2026-11-02", f"h{i}.example", count=1 + (i == 1500)) for i in range(1600)])
    os.remove(out)
    code, _, err = run("observe", "-o", out, log)
    case("the most frequent of too many", (code, len(read(out)["hosts"]), "h1500.example" in read(out)["hosts"], err),
         (0, 1024, True, "cnil observe: 576 names are more than a policy reads: the most frequent were kept\n"))
    case("and a policy takes them", run("check", policy)[0], 0)
    with open(out, "w", encoding="utf-8") as file:
        file.write('{"precious": true}')
    code, _, err = run("observe", "-o", out, log)
    case("somebody else's file is left as it is", (code, open(out, encoding="utf-8").read()), (1, '{"precious": true}'))
    os.remove(out)
    case("a log that is not there", (run("observe", "-o", out, "/nowhere")[0], os.path.exists(out)), (1, False))
    case("a place that is not there", run("observe", "-o", "/nowhere/out.json", log)[0], 1)
    for options in ((), ("-o", out), (log,), ("-o", out, "--least", "0", log), ("-o", out, "--least", "1x", log), ("--frob", "-o", out, log)):
        case(f"observe {' '.join(options)}", run("observe", *options)[:2], (2, ""))
    case("nothing was left behind", [name for name in os.listdir(directory) if name.startswith("observed.json")], [])
