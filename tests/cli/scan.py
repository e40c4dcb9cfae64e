# SPDX-License-Identifier: Apache-2.0
"""What `cnil scan` finds: third parties of pages, and names that are trackers' aliases, told by a zone file or by a name
server that this test plays. The proposal is taken back in: what it names is held back then."""
import json
import os
import socket
import struct
import threading


def labels(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"


def record(name, kind, data):
    return labels(name) + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


def alias(name, target):
    return record(name, 5, labels(target))


def address(name):
    return record(name, 1, bytes([192, 0, 2, 1]))


class NameServer:
    """Answers by name: (response code, records), None for no answer at all, bytes for what is sent as it is."""

    def __init__(self, answers):
        self.answers, self.asked = answers, []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        self.tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.tcp.bind(("127.0.0.1", self.port))
        self.tcp.listen()
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()

    def answer(self, query, truncated):
        at, parts = 12, []
        while query[at]:
            parts.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        name, question = ".".join(parts), query[12:at + 5]
        self.asked.append(name)
        found = self.answers.get(name, (3, []))
        if found is None or isinstance(found, bytes):
            return query[:2] + found if found else None
        code, records = found
        if truncated and name.startswith("long."):
            return query[:2] + struct.pack(">HHHHH", 0x8780 | code, 1, 0, 0, 0) + question
        return (query[:2] + struct.pack(">HHHHH", 0x8580 | code, 1, len(records), 0, 0) + question + b"".join(records))

    def serve_udp(self):
        while True:
            query, peer = self.udp.recvfrom(4096)
            answer = self.answer(query, True)
            if answer is not None:
                self.udp.sendto(answer, peer)

    def serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            with connection:
                size = struct.unpack(">H", connection.recv(2))[0]
                answer = self.answer(connection.recv(size), False)
                connection.sendall(struct.pack(">H", len(answer)) + answer)


def check_pages(run, case, directory):
    page = os.path.join(directory, "page.html")
    with open(page, "w", encoding="utf-8") as file:
        file.write('<!doctype html><script src="https://www.google-analytics.com/a.js"></script>'
                   '<img src="https://www.google-analytics.com/b.gif"><img src="https://x.unknown.example/1">'
                   '<link rel="stylesheet" href="https://fonts.googleapis.com/css"><script src="//cdn.mgid.com/m.js"></script>'
                   '<script src="https://js.stripe.com/v3/"></script><img src="/own.png">'
                   "<script>(function(w){w[l].push({'gtm.start':1});})(window)</script>")
    code, out, err = run("scan", "--url", "https://www.shop.fr/", "--json", page)
    answer = json.loads(out)
    parties = {party["label"]: party for party in answer["third_parties"]}
    case("scan: the third parties of a page", (code, err, answer["pages"], sorted(parties)),
         (0, "", 1, ["google-analytics", "google-fonts", "google-tag-manager", "mgid.com", "stripe", "unknown.example"]))
    case("scan: one that is held back", {key: parties["google-analytics"][key] for key in
                                         ("name", "country", "purpose", "held", "count", "subject")},
         {"name": "Google Analytics", "country": "IE", "purpose": "audience", "held": True, "count": 2,
          "subject": "www.google-analytics.com/a.js"})
    case("scan: a known domain", (parties["mgid.com"]["name"], parties["mgid.com"]["held"]), ("MGID", True))
    case("scan: one that passes", (parties["stripe"]["held"], parties["unknown.example"]["name"]), (False, None))
    code, out, _ = run("scan", "--url", "https://www.shop.fr/", page, page)
    case("scan: for people", (code, out.splitlines()[-1], "hold      4  google-analytics: Google Analytics, Google" in out),
         (0, "2 pages, 6 third parties, 3 of them held back before consent", True))
    case("scan: a page without a URL", run("scan", page)[0], 2)
    case("scan: a page that is not there", run("scan", "--url", "https://www.shop.fr/", page + "x")[0], 2)
    case("scan: a page from standard input",
         run("scan", "--url", "https://www.shop.fr/", "-", text="<img src=//a.example>")[1].splitlines()[-1],
         "1 pages, 1 third parties, 0 of them held back before consent")
    with open(page, "wb") as file:
        file.write(b"\xff\xfe" + '<img src="https://www.google-analytics.com/b.gif">'.encode("utf-16-le"))
    case("scan: UTF-16", run("scan", "--url", "https://www.shop.fr/", page)[1].splitlines()[-1],
         "1 pages, 1 third parties, 1 of them held back before consent")
    many = "".join(f'<img src="//a{number}.example/">' for number in range(300))
    case("scan: more hosts than an exchange's log has room for",
         run("scan", "--url", "https://www.shop.fr/", "-", text=many)[1].splitlines()[-1],
         "1 pages, 300 third parties, 0 of them held back before consent")


def check_zone(run, case, directory):
    zone = os.path.join(directory, "zone")
    with open(zone, "w", encoding="utf-8") as file:
        file.write("; shop.fr\n$ORIGIN shop.fr.\n@ 300 IN SOA ns root 1 2 3 4 5\nstats 300 IN CNAME Shop.EULERIAN.net.\n"
                   "own\tCNAME metrics ; one of ours first\nmetrics IN CNAME shop.102.112.2o7.net.\n"
                   "www CNAME lb.hoster.example.\nhelp CNAME shop.zendesk.com.\nloop CNAME loop\nfiles CNAME d1.cloudfront.net.\n"
                   "news CNAME x.actonsoftware.com.\nmail\n   CNAME x.rdtk.io.\nbroken CNAME\n")
    code, out, err = run("scan", "--resolve", "--zone", zone, "--json")
    answer = json.loads(out)
    case("scan --resolve: a zone's aliases of trackers", (code, err, {each["name"]: each["target"] for each in answer["aliases"]}),
         (1, "", {"stats.shop.fr": "shop.eulerian.net", "own.shop.fr": "shop.102.112.2o7.net",
                  "metrics.shop.fr": "shop.102.112.2o7.net", "news.shop.fr": "x.actonsoftware.com",
                  "mail.shop.fr": "x.rdtk.io"}))
    case("scan --resolve: the proposal", answer["policy"]["services"], {
        "adobe-analytics": {"hosts": ["metrics.shop.fr", "own.shop.fr"]}, "eulerian": {"hosts": ["stats.shop.fr"]},
        "actonsoftware-com": {"name": "Act-On Software", "controller": "Act-On Software", "purposes": ["advertising"],
                              "hosts": ["news.shop.fr"]},
        "rdtk-io": {"name": "RedTrack", "controller": "RedTrack", "purposes": ["advertising"], "hosts": ["mail.shop.fr"]}})
    policy = os.path.join(directory, "scanned.json")
    with open(policy, "w", encoding="utf-8") as file:
        json.dump(answer["policy"], file)
    case("scan --resolve: the proposal is a policy", run("check", policy)[0], 0)
    code, out, _ = run("explain", "--json", "--policy", policy, "--page", "https://www.shop.fr/", "https://stats.shop.fr/x.js")
    case("scan --resolve: what it names is held back", (json.loads(out)["before"], json.loads(out)["service"]),
         ("hold", "eulerian"))
    code, out, _ = run("scan", "--resolve", "--zone", zone, "--policy", policy, "--json")
    case("scan --resolve: nothing more to do with it",
         (code, json.loads(out)["policy"], all(each["declared"] for each in json.loads(out)["aliases"])),
         (0, {"services": {}}, True))
    code, out, _ = run("scan", "--resolve", "--zone", zone)
    people = json.loads(out.split("policy:\n", 1)[1])
    case("scan --resolve: for people", ("own.shop.fr -> metrics.shop.fr -> shop.102.112.2o7.net: Adobe Analytics" in out,
                                        people == answer["policy"]), (True, True))
    code, out, _ = run("scan", "--resolve", "--zone", zone, "--json", "help.shop.fr", "https://WWW.shop.fr/x", "loop.shop.fr")
    case("scan --resolve: names that are none", (code, json.loads(out)["names"], json.loads(out)["aliases"]), (0, 3, []))
    text = ('<a href="https://STATS.shop.fr/x">own.shop.fr.</a> xshop.fr stats.shop.fr.example wwwshop.fr '
            '<script>var h = "\\/\\/metrics.shop.fr\\/b", o = "x-stats.shop.frs";</script>')
    code, out, _ = run("scan", "--resolve", "--zone", zone, "--json", "--url", "https://www.shop.fr/", "-", text=text)
    case("scan --resolve: names of a page", [each["name"] for each in json.loads(out)["aliases"]],
         ["stats.shop.fr", "own.shop.fr", "metrics.shop.fr"])
    names = os.path.join(directory, "names")
    with open(names, "w", encoding="utf-8") as file:
        file.write("# ours\n\nstats.shop.fr\nstats.shop.fr.\n-bad-.\n..\n" + "a" * 300 + ".fr\n")
    code, out, _ = run("scan", "--resolve", "--zone", zone, "--json", "--names", names)
    case("scan --resolve: a list of names", (json.loads(out)["names"], len(json.loads(out)["aliases"])), (1, 1))
    case("scan --resolve: a zone that is not there", run("scan", "--resolve", "--zone", zone + "x")[0], 2)
    with open(zone, "wb") as file:
        file.write(bytes(range(256)) * 40 + b"\na CNAME " + b"b" * 70000 + b"\n$ORIGIN\n@ CNAME @\n")
    case("scan --resolve: a zone of any bytes", run("scan", "--resolve", "--zone", zone)[0] in (0, 1, 2), True)


def check_server(run, case):
    server = NameServer({
        "stats.shop.fr": (0, [alias("stats.shop.fr", "shop.eulerian.net"), address("shop.eulerian.net")]),
        "steps.shop.fr": (0, [alias("steps.shop.fr", "two.shop.fr")]),
        "two.shop.fr": (0, [alias("two.shop.fr", "three.host.example")]),
        "three.host.example": (0, [alias("three.host.example", "x.2o7.net")]),
        "gone.shop.fr": (3, [alias("gone.shop.fr", "gone.eulerian.net")]),
        "long.shop.fr": (0, [alias("long.shop.fr", "long.eulerian.net"), address("long.eulerian.net")]),
        "mixed.shop.fr": (0, [address("Shop.Eulerian.NET"), alias("MIXED.shop.fr", "Shop.Eulerian.NET")]),
        "loop.shop.fr": (0, [alias("loop.shop.fr", "loop.shop.fr")]),
        "www.shop.fr": (0, [address("www.shop.fr")]),
        "stray.shop.fr": (0, [alias("other.shop.fr", "x.eulerian.net"), address("stray.shop.fr")]),
        "fails.shop.fr": (2, []),
        "silent.shop.fr": None,
        "wild.shop.fr": b"\x85\x80\x00\x01\x00\x05\x00\x00\x00\x00" + b"\xc0\x0c" * 40,
    })
    names = sorted(server.answers)
    code, out, err = run("scan", "--resolve", "--server", f"127.0.0.1:{server.port}", "--timeout", "1", "--json",
                         *[name for name in names if name.endswith("shop.fr")])
    answer = json.loads(out)
    case("scan --resolve: what a name server tells", (code, err, {each["name"]: each["chain"] for each in answer["aliases"]}),
         (1, "", {"stats.shop.fr": "shop.eulerian.net", "steps.shop.fr": "two.shop.fr -> three.host.example -> x.2o7.net",
                  "two.shop.fr": "three.host.example -> x.2o7.net", "gone.shop.fr": "gone.eulerian.net",
                  "long.shop.fr": "long.eulerian.net", "mixed.shop.fr": "shop.eulerian.net"}))
    case("scan --resolve: no answer", answer["failed"], ["fails.shop.fr", "silent.shop.fr", "wild.shop.fr"])
    code, out, _ = run("scan", "--resolve", "--server", f"127.0.0.1:{server.port}", "--timeout", "1", "silent.shop.fr")
    case("scan --resolve: nothing but silence", (code, out.splitlines()[0]), (2, "silent.shop.fr: no answer"))
    code, out, _ = run("scan", "--resolve", "--server", f"127.0.0.1:{server.port}", "www.shop.fr")
    case("scan --resolve: nothing found", (code, out), (0, "1 names, 0 aliases of trackers, 0 of them not in the policy, "
                                                           "0 without an answer\n"))
    asked = len(server.asked)
    for wrong in ("localhost", "127.0.0.1:0", "127.0.0.1:x", "127.0.0.1:65536", "[::1]", "127.0.0.1.1.1.1.1.1.1.1.1"):
        case(f"scan --resolve: the server {wrong}", run("scan", "--resolve", "--server", wrong, "a.fr")[0], 2)
    for wrong in (["scan"], ["scan", "--resolve"], ["scan", "--url", "https://a.fr/"], ["scan", "--server", "127.0.0.1", "x"],
                  ["scan", "--resolve", "--timeout", "0", "a.fr"], ["scan", "--resolve", "--url", "nothing", "a.fr"]):
        case(f"scan: {' '.join(wrong)}", run(*wrong)[:2], (2, ""))
    case("scan: nobody was asked for nothing", len(server.asked), asked)


def check_all(run, case, directory):
    check_pages(run, case, directory)
    check_zone(run, case, directory)
    check_server(run, case)
