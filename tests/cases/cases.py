#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Carries the cases of this folder (see README.md) through the core, nginx and Apache, and compares."""

import argparse
import html
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import servers  # noqa: E402
import wire  # noqa: E402

KEY = "00112233445566778899aabbccddeeff" * 2 + "\n"
CORE = os.path.join(servers.BUILD, "asan", "case-core")
CNIL = os.path.join(servers.BUILD, "cnil")

# The response fields that the core adds, changes or removes.
TOUCHED = [
    "accept-ranges", "ad-auction-additional-bid", "ad-auction-allowed", "ad-auction-result", "ad-auction-signals",
    "age", "allow", "alt-svc", "attribution-reporting-info", "attribution-reporting-redirect",
    "attribution-reporting-register-os-source", "attribution-reporting-register-os-trigger",
    "attribution-reporting-register-source", "attribution-reporting-register-trigger", "cache-control",
    "cdn-cache-control", "clear-site-data", "content-digest", "content-encoding", "content-md5", "content-security-policy",
    "content-security-policy-report-only", "content-type", "digest", "etag", "expect-ct", "expires",
    "last-modified", "link", "location", "nel", "observe-browsing-topics", "permissions-policy", "pragma",
    "public-key-pins", "public-key-pins-report-only", "referrer-policy", "refresh", "report-to",
    "reporting-endpoints", "repr-digest", "set-cookie", "shared-storage-write", "sourcemap", "speculation-rules",
    "strict-transport-security", "surrogate-control", "vary", "x-allow-fledge", "x-consent-account", "x-content-type-options",
    "x-dns-prefetch-control", "x-frame-options", "x-sourcemap", "x-xss-protection",
]
# The request fields that the core changes before the origin sees them.
ASKED = ["x-consent", "x-consent-account", "accept-encoding", "cookie", "if-match", "if-modified-since", "if-none-match", "if-range", "range"]


class Message:
    """A request or response of a case file: first line, fields in order, body."""

    def __init__(self, line, fields, body):
        self.line, self.fields, self.body = line, fields, body

    @classmethod
    def parse(cls, data):
        end = re.search(rb"\r?\n\r?\n", data)
        head, body = (data[: end.start()], data[end.end() :]) if end else (data, b"")
        lines = head.decode("latin-1").splitlines()
        fields = [line.partition(":")[::2] for line in lines[1:] if line]
        return cls(lines[0], [(name, value.strip()) for name, value in fields], body)

    def head(self):
        return "\n".join([self.line] + ["%s: %s" % field for field in self.fields]) + "\n\n"

    def bytes(self):
        return self.head().encode("latin-1") + self.body

    def status(self):
        return int(self.line.split(" ")[1])

    def chosen(self, names):
        """Values of the fields named, by lower-case name, each list in order."""
        chosen = {}
        for name, value in self.fields:
            if name.lower() in names:
                chosen.setdefault(name.lower(), []).append(value)
        return chosen

    def asked(self):
        """The request's fields that the core changes; several of Cookie as the one that they mean (RFC 9113, 8.2.3)."""
        chosen = self.chosen(ASKED)
        if "cookie" in chosen:
            chosen["cookie"] = ["; ".join(chosen["cookie"])]
        return chosen


class Result:
    """What a carrier saw: the response, what the origin was asked (None: nothing), the events."""

    def __init__(self, response, asked, events):
        self.response, self.asked, self.events = response, asked, events


def with_bytes(data):
    return re.sub(rb"\{\{bytes:([0-9A-Fa-f]*)\}\}", lambda match: bytes.fromhex(match.group(1).decode()), data)


class Case:
    def __init__(self, name):
        self.name = name
        self.dir = os.path.join(HERE, name)
        settings = json.loads(self.read("case.json") or b"{}")
        self.plain = settings.get("plain", False)
        self.ceiling = settings.get("ceiling", "on")
        self.through = settings.get("through")
        self.why = settings.get("why", "")
        self.policy = os.path.join(self.dir, "policy.json") if self.has("policy.json") else None
        if self.has("list.txt") or self.has("observed.json"):
            self.policy = self.compiled()
        self.raw_origin = self.read("origin.http")
        self.origin = Message.parse(with_bytes(self.raw_origin)) if self.raw_origin is not None else None
        self.raw_request = self.read("request.http")

    def has(self, name):
        return os.path.exists(os.path.join(self.dir, name))

    def compiled(self):
        """The policy, with the places of other files in it: of list.txt as `cnil lists` compiles it, and of observed.json."""
        folder = os.path.join(servers.BUILD, "tests/cases", self.name)
        os.makedirs(folder, exist_ok=True)
        if self.has("list.txt"):
            subprocess.run([CNIL, "lists", "build", os.path.join(self.dir, "list.txt"), "-o", os.path.join(folder, "list.cnil")],
                           check=True, stdout=subprocess.DEVNULL)
        policy = self.read("policy.json").replace(b"{{list}}", os.path.join(folder, "list.cnil").encode())
        path = os.path.join(folder, "policy.json")
        with open(path, "wb") as file:
            file.write(policy.replace(b"{{observed}}", os.path.join(os.path.abspath(self.dir), "observed.json").encode()))
        return path

    def read(self, name):
        if not self.has(name):
            return None
        with open(os.path.join(self.dir, name), "rb") as file:
            return file.read()

    def request(self, core):
        """The request with its placeholders filled, and the response; fresh each time, as choices and tokens have an age."""
        data = self.raw_request
        if self.raw_origin is not None:
            origin = re.sub(rb"\{\{account:([^}]*)\}\}", lambda match: core.account(self, match.group(1)), self.raw_origin)
            self.origin = Message.parse(with_bytes(origin))
        data = re.sub(rb"\{\{account:([^}]*)\}\}", lambda match: core.account_cookie(self, match.group(1)), data)
        data = re.sub(rb"\{\{cookie:([^}]*)\}\}", lambda match: core.cookie(self, match.group(1).decode()), data)
        data = re.sub(rb"\{\{asked\}\}", lambda match: core.asked(self), data)
        data = re.sub(rb"\{\{suffix(:weak)?\}\}", lambda match: core.suffix(self, match.group(1) is not None), data)
        data = re.sub(rb"\{\{(table|script):([^}]*)\}\}",
                      lambda match: core.guard_file(self, match.group(1) == b"script", match.group(2).decode()), data)
        data = re.sub(rb"\{\{token\}\}", lambda match: core.token(self, data), data)
        message = Message.parse(with_bytes(data))
        if message.body or message.line.startswith("POST "):
            message.fields.append(("Content-Length", str(len(message.body))))
        return message

    def url(self):
        """Of the page. Whoever is asked for it is asked over TLS, by the visitor at least."""
        request = Message.parse(self.raw_request)
        return "https://%s%s" % (request.chosen(["host"])["host"][0], request.line.split(" ")[1])

    # ---- comparison ----

    def pattern(self, text, core):
        """A regular expression for bytes with placeholders."""
        out = b""
        for part in re.split(rb"(\{\{[^}]*\}\})", text):
            if part == b"{{any}}":
                out += rb".*?"
            elif part == b"{{hex8}}":
                out += rb"[0-9a-f]{8}"
            elif part.startswith(b"{{block:"):
                block = re.escape(core.block(self, *part[8:-2].decode().split(" ")))
                out += re.sub(rb"(time\\&quot;:)\d+", rb"\1\\d+", block)  # the choice may be of another minute
            elif part.startswith(b"{{guard-inside:"):
                out += re.escape(html.escape(core.guard(self, part[15:-2].decode()).decode()).encode())
            elif part.startswith(b"{{worker:"):
                out += re.escape(core.worker(self, part[9:-2].decode()))
            elif part.startswith(b"{{guard-in-xml:"):
                tags = core.guard(self, part[15:-2].decode())
                out += re.escape(tags.replace(b"<script ", b'<script xmlns="http://www.w3.org/1999/xhtml" '))
            elif part.startswith(b"{{guard:"):
                out += re.escape(core.guard(self, *part[8:-2].decode().split(" ")))
            else:
                out += re.escape(with_bytes(part))
        return re.compile(out, re.S)

    def differences(self, result, core):
        expected = Message.parse(self.read("expect.http"))
        found = []
        if result.response.status() != expected.status():
            found.append("status %s, not %s" % (result.response.status(), expected.status()))
        found += self.field_differences("", expected.chosen(TOUCHED), result.response.chosen(TOUCHED), core)
        if not self.pattern(expected.body, core).fullmatch(result.response.body):
            found.append("body:\n%s\n-- expected:\n%s" % (show(result.response.body), show(expected.body)))
        found += self.event_differences(result.events)
        if self.origin is None and result.asked is not None:
            found.append("the site was asked")
        if self.origin is not None and result.asked is None:
            found.append("the site was not asked")
        if self.has("origin-request.http") and result.asked is not None:
            asked = Message.parse(self.read("origin-request.http"))
            if result.asked.line.split(" ")[:2] != asked.line.split(" ")[:2]:
                found.append("the site was asked %r" % result.asked.line)
            found += self.field_differences("asked: ", asked.asked(), result.asked.asked(), core)
        return found

    def field_differences(self, where, expected, actual, core):
        found = []
        for name in sorted(set(expected) | set(actual)):
            want, got = expected.get(name, []), actual.get(name, [])
            matches = len(want) == len(got) and all(
                self.pattern(one.encode("latin-1"), core).fullmatch(other.encode("latin-1")) for one, other in zip(want, got))
            if not matches:
                found.append("%s%s: %r, not %r" % (where, name, got, want))
        return found

    def expected_events(self):
        return [json.loads(line) for line in (self.read("expect.events") or b"").splitlines()]

    def event_differences(self, events):
        expected = self.expected_events()
        if sorted(map(str, events)) == sorted(map(str, expected)):  # Apache reads bodies before headers are final
            return []
        return ["events:\n%s\n-- expected:\n%s" % (json_lines(events), json_lines(expected))]


def show(data):
    return data.decode("utf-8", errors="backslashreplace")


def json_lines(events):
    return "\n".join(json.dumps(event, ensure_ascii=False) for event in events)


def read_events(data):
    events = [json.loads(line) for line in data.splitlines()]
    for event in events:
        event.pop("time", None)
        event.pop("day", None)
    return events


# ---- who carries ----


class Core:
    """The core alone."""

    def __init__(self):
        self.state = tempfile.TemporaryDirectory(prefix="cnil-case-")
        write_key(self.state.name)
        self.memory = {}

    def arguments(self, case):
        out = [CORE, "--state", self.state.name, "--ceiling", case.ceiling]
        if case.policy:
            out += ["--policy", case.policy]
        if case.plain:
            out += ["--plain"]
        return out

    def call(self, arguments, data=b""):
        done = subprocess.run(arguments, input=data, capture_output=True)
        if done.returncode != 0:
            raise servers.ServerError("case-core: exit %d\n%s" % (done.returncode, done.stderr.decode(errors="replace")))
        return done.stdout

    def sections(self, case, request, origin, chunk=0):
        data = request.bytes()
        data = b"%d\n%s%s" % (len(data), data, origin.bytes() if origin else b"HTTP/1.1 500 -\n\n")
        out = self.call(self.arguments(case) + ["--chunk", str(chunk)], data)
        sections = {}
        while out:
            line, _, out = out.partition(b"\n")
            name, length = line.split(b" ")
            sections[name.decode()] = out[: int(length)]
            out = out[int(length) + 1 :]
        return sections

    def carry(self, case, chunk=0):
        sections = self.sections(case, case.request(self), case.origin, chunk)
        asked = sections.get("origin-request")
        return Result(Message.parse(sections["response"]), Message.parse(asked) if asked is not None else None,
                      read_events(sections.get("events", b"")))

    def remembered(self, key, make):
        if key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]

    def cookie(self, case, word):
        return self.remembered((case.policy, "cookie", word),
                               lambda: self.call(self.arguments(case) + ["--cookie", word]))

    def account(self, case, word):
        """What a site says of an account whose choice was made an hour ago."""
        if word in (b"in", b"out"):
            return word
        state = self.sections(case, Message.parse(b"GET /_privacy/state HTTP/1.1\nHost: shop.example\n\n"), None)
        return b"%s; list=%s; time=%d" % (word, re.search(rb'"list":"([^"]*)"', state["response"]).group(1),
                                          time.time() // 60 * 60 - 3600)

    def account_cookie(self, case, word):
        visit = Message.parse(b"GET / HTTP/1.1\nHost: shop.example\nSec-Fetch-Dest: document\n\n")
        page = b"HTTP/1.1 200 OK\nContent-Type: text/html\nCache-Control: private\nX-Consent-Account: %s\n\n"
        response = self.sections(case, visit, Message.parse(page % self.account(case, word)))["response"]
        return re.search(rb"eu-consent-account=([^;]*)", response).group(1)

    def guard(self, case, word, nonce="", leads="imports"):
        arguments = self.arguments(case) + ["--guard", case.url(), "--choice", word, "--nonce", nonce]
        tags = self.remembered((case.policy, "guard", word, nonce, case.url()), lambda: self.call(arguments))
        return tags if leads == "imports" else tags.replace(b"#imports", b"")

    def guard_file(self, case, is_script, word):
        """The name of what the guard's second tag fetches, or its first."""
        return re.findall(rb'src="[^"]*/([^"/#]*)[#"]', self.guard(case, word))[is_script]

    def block(self, case, choice, *how):
        arguments = self.arguments(case) + ["--block", case.url(), "--choice", choice]
        for word in how:
            name, _, value = word.partition("=")
            if word in ("bare", "files"):
                arguments += ["--" + word]
            else:
                arguments += ["--" + name, value] if value else ["--language", word]
        return self.remembered((case.policy, "block", choice, how, case.url()), lambda: self.call(arguments))

    def worker(self, case, word):
        arguments = self.arguments(case) + ["--worker", case.url(), "--choice", word]
        return self.remembered((case.policy, "worker", word, case.url()), lambda: self.call(arguments))

    def suffix(self, case, weak):
        data = re.sub(rb"(?im)^if-[^\n]*\n", b"", case.raw_request)
        data = re.sub(rb"\{\{cookie:([^}]*)\}\}", lambda match: self.cookie(case, match.group(1).decode()), data)
        page = Message.parse(b'HTTP/1.1 200 OK\nContent-Type: text/html\nETag: %s"x"\n\n' % (b"W/" if weak else b""))
        response = Message.parse(self.sections(case, Message.parse(data), page)["response"])
        return response.chosen(["etag"])["etag"][0][-9:-1].encode()

    def asked(self, case):
        """The list of purposes and third parties that the policy asks about now."""
        message = Message("GET /_privacy/state HTTP/1.1", [("Host", "shop.example")], b"")
        return self.remembered((case.policy, "asked"),
                               lambda: re.search(rb'"list":"([^"]*)"', self.sections(case, message, None)["response"]).group(1))

    def token(self, case, data):
        message = Message.parse(data.replace(b"{{token}}", b""))
        page = self.sections(case, message, None)["response"]
        return re.search(rb'name="token"[^>]*value="([^"]*)"', page).group(1)


def write_key(directory):
    path = os.path.join(directory, "key")
    with open(path, "w", encoding="ascii") as file:
        file.write(KEY)
    os.chmod(path, 0o600)


class Served:
    """A real server in front of an origin that answers as the case says. One virtual host for each pair of policy and
    ceiling, in one server for all cases."""

    def __init__(self, cases, core):
        self.core = core
        self.case = None
        self.origin = wire.Origin(self.answer)
        self.places = {}
        for case in cases:
            self.places.setdefault((case.policy, case.ceiling), "p%d" % len(self.places))
        self.server = self.make()
        write_key(self.server.values["state"])
        self.server.start()
        self.seen = 0

    def answer(self, request):
        origin = self.case.origin or Message("HTTP/1.1 500 -", [], b"")
        fields = [(name, value) for name, value in origin.fields if name.lower() not in ("content-length", "connection")]
        length = [("Content-Length", str(len(origin.body)))] if origin.status() not in (204, 304) else []
        head = Message(origin.line, fields + length + [("Connection", "close")], b"")
        body = b"" if request.method == "HEAD" else origin.body
        return head.head().replace("\n", "\r\n").encode("latin-1") + body

    def carry(self, case):
        self.case = case
        self.origin.requests.clear()
        request = case.request(self.core)
        method, target, _ = request.line.split(" ")
        port = self.server.port(("plain" if case.plain else "tls") + self.places[case.policy, case.ceiling])
        fields = [field for field in request.fields if field[0].lower() != "content-length"]
        got = wire.fetch(port, target, method, fields, request.body, tls=not case.plain)
        asked = self.origin.last()
        events = self.new_events(len(case.expected_events()))
        response = Message("HTTP/1.1 %d -" % got.status, got.headers, got.body)
        return Result(response, asked and Message("%s %s HTTP/1.1" % (asked.method, asked.target), asked.headers, asked.body),
                      events)

    def new_events(self, count, patience=30):
        """The events since the last call: written after the response has left, so they are waited for."""
        until = time.monotonic() + (patience if count > 0 else 0.1)
        while True:
            lines = []
            if os.path.exists(self.server.events()):
                with open(self.server.events(), "rb") as file:
                    lines = file.read().splitlines()
            if len(lines) - self.seen >= max(count, 1) or time.monotonic() > until:
                new, self.seen = lines[self.seen :], len(lines)
                return read_events(b"\n".join(new))
            time.sleep(0.01)

    def stop(self):
        self.origin.close()
        self.server.stop()


class Nginx(Served):
    def make(self):
        text = ""
        for (policy, ceiling), name in self.places.items():
            text += """
                server {
                    listen 127.0.0.1:@port:plain%(name)s@;
                    listen 127.0.0.1:@port:tls%(name)s@ ssl;
                    ssl_certificate @cert@;
                    ssl_certificate_key @key@;
                    cnil %(ceiling)s;
                    %(policy)s
                    location / {
                        proxy_pass http://127.0.0.1:@origin@;
                        proxy_set_header Host $http_host;
                    }
                }
            """ % {"name": name, "ceiling": ceiling, "policy": "cnil_policy %s;" % policy if policy else ""}
        return servers.Nginx(text, origin=self.origin.port)


class Apache(Served):
    def make(self):
        text = ""
        for (policy, ceiling), name in self.places.items():
            for kind in ("plain", "tls"):
                text += """
<VirtualHost 127.0.0.1:@port:%(kind)s%(name)s@>
    %(tls)s
    Cnil %(ceiling)s
    %(policy)s
    ProxyPass / http://127.0.0.1:@origin@/
    ProxyPreserveHost On
</VirtualHost>
""" % {"kind": kind, "name": name, "ceiling": ceiling.capitalize(), "policy": "CnilPolicy %s" % policy if policy else "",
       "tls": "SSLEngine On\n    SSLCertificateFile @cert@\n    SSLCertificateKeyFile @key@" if kind == "tls" else ""}
        return servers.Apache(text, origin=self.origin.port)


# ---- running ----


def accept(case, core):
    """Writes what the core gives as what is expected; what changes from day to day becomes a placeholder."""
    result = core.carry(case)
    fields = [(name, value) for name, value in result.response.fields if name.lower() in TOUCHED]
    head = Message(result.response.line, fields, b"").head()
    save(case, "expect.http", steady(head.encode("latin-1")) + expected_body(case, core, result))
    save(case, "expect.events", (json_lines(result.events) + "\n").encode() if result.events else None)
    if result.asked is not None and any(name.lower() in ASKED for name, _ in case.request(core).fields):
        fields = [(name, value) for name, value in result.asked.fields if name.lower() in ASKED]
        save(case, "origin-request.http", steady(Message(result.asked.line, fields, b"").head().encode("latin-1")))


def expected_body(case, core, result):
    body = result.response.body
    if result.asked is None and body:  # a page of ours: its words may change, its form counts here
        kept = re.findall(rb'name="(?:return|token|choice)" value="[^"]*"', body)
        kept = [re.sub(rb'(name="token" value=)"[^"]*"', rb'\1"{{any}}"', one) for one in kept]
        return b"{{any}}".join([b"<!DOCTYPE html>"] + kept + [b"</html>\n"])
    for word in ["none", "refuse", "accept"] + re.findall(r"\{\{cookie:([^}]*)\}\}", case.raw_request.decode("latin-1")):
        for kind, bytes_of in ((b"block", core.block), (b"guard", core.guard), (b"worker", core.worker)):
            found = bytes_of(case, word)
            if found:
                body = body.replace(found, b"{{%s:%s}}" % (kind, word.encode()))
    return body


def steady(head):
    head = re.sub(rb'-c[0-9a-f]{8}"', b'-c{{hex8}}"', head)
    return re.sub(rb"(eu-consent(?:-account)?)=v=1[^;\n]*", rb"\1={{any}}", head)


def save(case, name, data):
    path = os.path.join(case.dir, name)
    if data is not None:
        with open(path, "wb") as file:
            file.write(data)
    elif os.path.exists(path):
        os.remove(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--through", choices=["core", "nginx", "apache"], action="append")
    parser.add_argument("--accept", action="store_true", help="write expectations from the core")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    names = options.names or sorted(name for name in os.listdir(HERE) if os.path.exists(os.path.join(HERE, name, "request.http")))
    cases = [Case(name) for name in names]
    core = Core()
    if options.accept:
        for case in cases:
            accept(case, core)
        return 0
    checks = wire.Checks()
    for through in options.through or ["core", "nginx", "apache"]:
        run(through, cases, core, checks)
    return checks.end()


def run(through, cases, core, checks):
    wanted = [case for case in cases if case.through is None or through in case.through]
    for case in cases:
        if case not in wanted:
            print("%s is not carried through %s: %s" % (case.name, through, case.why))
    if not wanted:
        return
    try:
        carrier = core if through == "core" else {"nginx": Nginx, "apache": Apache}[through](wanted, core)
    except servers.ServerError as error:
        checks.check("%s starts" % through, False, error)
        return
    try:
        for case in wanted:
            compare("%s through %s" % (case.name, through), lambda: carrier.carry(case), case, core, checks)
            if through == "core":
                compare("%s through core, byte by byte" % case.name, lambda: core.carry(case, chunk=1), case, core, checks)
    finally:
        if through != "core":
            stop(through, carrier, checks)


def compare(name, carry, case, core, checks):
    try:
        found = case.differences(carry(), core)
    except (OSError, servers.ServerError) as error:
        found = [str(error)]
    checks.check(name, not found, "\n  ".join([""] + found))


def stop(through, carrier, checks):
    try:
        carrier.stop()
    except servers.ServerError as error:
        checks.check("%s stops with a clean log" % through, False, error)


if __name__ == "__main__":
    sys.exit(main())
