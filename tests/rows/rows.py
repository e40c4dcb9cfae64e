#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A case for every row of the element rules, made from the table as it was compiled: what a page with that attribute
comes out as with no choice made, refused, accepted and withdrawn, through the core, nginx and Apache; the same for every
row of the header rules. A row of a kind that this program does not know fails it. The keywords of <link rel>, too; which of
them fetch, and what, is said here once more: a row that says something else fails."""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
sys.path.insert(0, os.path.join(HERE, "..", "cases"))
import cases  # noqa: E402
import servers  # noqa: E402
import wire  # noqa: E402

PROGRAM = os.path.join(servers.BUILD, "asan", "rows")
POLICY = {"services": {"stat": {"name": "Stat", "controller": "Stat SAS", "purpose": "audience", "hosts": ["stat.example"]}}}
SCRIPT = "load('%s', signature)"
TRACKER, OWN = "https://stat.example/a", "/own/a"
STATES = ["no choice", "refused", "accepted", "withdrawn"]

# What stands around an element so that it is of that namespace.
AROUND = {"HTML": "", "SVG": "<svg>", "MATHML": "<math><mtext>"}
# What another attribute must say.
WORDS = {"ALWAYS": "", "LAZY": "", "FOLLOW": "", "SUBMIT": "", "LINK": ' rel="stylesheet"', "PARAM": ' name="src"', "META": ' http-equiv="refresh"',
         "ANIMATE": ' attributeName="href"'}
# How a URL is written.
VALUES = {"URL": "%s", "URLS": "/own/b %s", "SRCSET": "/own/b 1x, %s 2x", "REFRESH": "1;url=%s", "VALUES": "/own/b;%s",
          "ORIGINS": "sec-ch-ua-model /own; sec-ch-dpr %s", "DOCUMENT": "<img src='%s'>", "SCRIPT": SCRIPT, "CSS": "x:url(%s)"}
# What browsers make of <link rel=KEYWORD href>: alone, and with as="script"; of all other keywords in the table: nothing.
KEYWORDS = {"stylesheet": ("STYLE", "STYLE"), "icon": ("IMAGE", "IMAGE"), "apple-touch-icon": ("IMAGE", "IMAGE"),
            "apple-touch-icon-precomposed": ("IMAGE", "IMAGE"), "apple-touch-startup-image": ("IMAGE", "IMAGE"),
            "fluid-icon": ("IMAGE", "IMAGE"), "mask-icon": ("IMAGE", "IMAGE"), "manifest": ("OTHER", "OTHER"),
            "next": ("OTHER", "OTHER"), "search": ("OTHER", "OTHER"),
            "modulepreload": ("SCRIPT", "SCRIPT"), "preload": ("OTHER", "SCRIPT"), "prefetch": ("OTHER", "SCRIPT"),
            "prerender": ("FRAME", "FRAME"), "preconnect": ("HOST", "HOST"), "dns-prefetch": ("HOST", "HOST")}
# A field of a response by its syntax, as it is sent and as it leaves while the tracker, or advertising, waits; None: not at all.
FIELDS = {"URL": ("https://stat.example/a", None), "REFRESH": ("1;url=https://stat.example/a", None),
          "REDIRECT": ("https://stat.example/a", None), "RULES": ('"https://stat.example/a"', None), "ADVERTISING": ("?1", None),
          "LINKS": ("<https://stat.example/a>; rel=preload; as=script, </own/a>; rel=preload; as=script", "</own/a>; rel=preload; as=script"),
          "SERVICES": ('h3="stat.example:443", h3=":443"', 'h3=":443"'),
          "MEMBERS": ('a="https://stat.example/a", b="/own/a"', 'b="/own/a"'),
          "GROUPS": ('{"group":"g","max_age":9,"endpoints":[{"url":"https://stat.example/a"}]}', '{"group":"g","max_age":0,"endpoints":[]}'),
          "NEL": ('{"report_to":"g","max_age":9}', '{"max_age":0}'),
          "DIRECTIVES": ("report-uri https://stat.example/a /own/a; img-src 'self'", "report-uri /own/a; img-src 'self'"),
          "REPORTS": ("1; report-uri=https://stat.example/a", None), "PREFETCH": ("on", "off"),
          "REFERRER": ("unsafe-url", "strict-origin-when-cross-origin"), "PERMISSIONS": ("browsing-topics=*, camera=()", "camera=()")}
FIELDS_BY_NAME = {"X-XSS-Protection": ("1; report=https://stat.example/a", None), "Expect-CT": ('max-age=1, report-uri="https://stat.example/a"', None)}


class Row:
    def __init__(self, line):
        self.tag, self.attribute, self.syntax, self.when, self.namespace, *equiv = line.split("\t")
        self.name = " ".join([self.tag, self.attribute, *equiv])
        self.word = WORDS[self.when] if not equiv else ' http-equiv="%s"' % equiv[0]
        any_tag = {"HTML": "section", "SVG": "path", "MATHML": "mi"}[self.namespace]
        self.around = "<math>" if self.tag == "*" and any_tag == "mi" else AROUND[self.namespace]
        self.element = {"*": any_tag, "svg": "linearGradient"}.get(self.tag, self.tag)

    def page(self, url):
        """A page with the element twice: as it is asked for, and with a URL of the site's own."""
        return self.written(url) + "\n" + self.written(OWN) + "\n"

    def written(self, url):
        return '%s<%s%s %s="%s" id="b">%s' % (self.around, self.element, self.word, self.attribute,
                                             self.value(url), self.end())

    def value(self, url):
        """What a visitor follows is held back where it runs a script."""
        if self.syntax == "PREFETCH":
            return "off" if url == OWN else "on"
        return "javascript:" + SCRIPT % url if self.when == "FOLLOW" else VALUES[self.syntax] % url

    def end(self):
        return "</script>" if self.tag == "script" else ""

    def held(self):
        if self.when == "SUBMIT":
            return self.page(TRACKER)
        if self.syntax == "DOCUMENT":
            return '<%s name="held-frame-1" %s="&lt;img data-held=&quot;stat&quot;&gt;" id="b">\n%s\n' % (
                self.element, self.attribute, self.written(OWN))
        if self.syntax == "CSS":
            return '%s<%s data-held="stat" %s="x:url(about:invalid)" id="b">\n%s\n' % (
                self.around, self.element, self.attribute, self.written(OWN))
        added = ""
        if self.tag in ("iframe", "frame"):
            added = ' name="held-frame-1"'
        elif self.tag == "script" and self.attribute in ("src", "href", "xlink:href"):
            added = ' type="text/plain"'
        label = "dns-prefetch" if self.syntax == "PREFETCH" else "stat"
        return '%s<%s data-held="%s"%s%s id="b">%s\n%s\n' % (
            self.around, self.element, label, added, self.word, self.end(), self.written(OWN))


class Keyword(Row):
    """A keyword of <link rel> that fetches or connects."""

    def __init__(self, keyword):
        super().__init__("link\thref\tURL\tLINK\tHTML")
        self.name, self.word = "link rel=%s" % keyword, ' rel="%s"' % keyword


class Quiet:
    """A page with a link of each keyword that does neither: it comes as it is."""

    name, when, syntax = "links that fetch nothing", "NEVER", "URL"

    def __init__(self, keywords):
        self.body = "".join('<link rel="%s" href="%s">\n' % (keyword, TRACKER) for keyword in keywords)

    def page(self, _):
        return self.body

    def held(self):
        return self.body


def choice_field(cookie):
    return [("Cookie", "eu-consent=" + cookie)] if cookie else []


class Page:
    """A row in a state, as a case that cases.py can carry."""

    plain, ceiling, through, why = False, "on", None, ""

    def __init__(self, row, state, policy, cookie):
        self.row, self.state, self.policy, self.cookie = row, state, policy, cookie
        self.name = "%s, %s" % (row.name, state)
        self.origin = cases.Message("HTTP/1.1 200 OK", [("Content-Type", "text/html; charset=utf-8")],
                                    row.page(TRACKER).encode())

    def request(self, core):
        fields = [("Host", "shop.example"), ("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors")]
        return cases.Message("GET /a/page HTTP/1.1", fields + choice_field(self.cookie), b"")

    def expected_events(self):
        return self.wanted_events()

    def differences(self, result):
        wanted = self.row.page(TRACKER) if self.state == "accepted" else self.row.held()
        got, found = result.response.body.decode(), []
        if got != wanted:
            lines = [set(text.splitlines(True)) for text in (got, wanted)]
            found.append("%r, not %r" % ("".join(sorted(lines[0] - lines[1])), "".join(sorted(lines[1] - lines[0]))))
        events = [event["event"] for event in result.events]
        if events != self.wanted_events():
            found.append("events %r" % events)
        return found

    def wanted_events(self):
        if self.row.when == "SUBMIT":
            return ["form-elsewhere"]
        if self.row.when == "NEVER":
            return []
        held = "script-held" if "SCRIPT" in self.row.syntax or self.row.when == "FOLLOW" else "element-held"
        return [] if self.state == "accepted" else [held]


class Field:
    """A row of the header rules in a state, on a style sheet; what is for documents alone, on one; a redirect, of an image."""

    plain, ceiling, through, why = False, "on", None, ""

    def __init__(self, line, state, policy, cookie):
        self.field, syntax, self.event = line
        self.state, self.policy, self.cookie = state, policy, cookie
        self.name = "%s, %s" % (self.field, state)
        self.tells = syntax != "PERMISSIONS"  # it is made safer for the browser's own sake: nobody is held back
        self.sent, self.held = FIELDS_BY_NAME.get(self.field) or FIELDS[syntax]
        self.use, kind = {"PERMISSIONS": ("document", "text/html"), "REDIRECT": ("image", "image/png")}.get(syntax, ("style", "text/css"))
        status = "302 Found" if syntax == "REDIRECT" else "200 OK"
        self.origin = cases.Message("HTTP/1.1 " + status, [("Content-Type", kind), (self.field, self.sent)], b"a {}")

    def request(self, core):
        fields = [("Host", "shop.example"), ("Sec-Fetch-Dest", self.use)]
        return cases.Message("GET /a/sheet HTTP/1.1", fields + choice_field(self.cookie), b"")

    def expected_events(self):
        return [] if self.state == "accepted" or not self.tells else [self.event.lower().replace("_", "-")]

    def differences(self, result):
        wanted = self.sent if self.state == "accepted" else self.held
        got = result.response.chosen([self.field.lower()]).get(self.field.lower(), [])
        found = [] if self.is_in(got, wanted) else ["%r, not %r" % (got, wanted)]
        events = [event["event"] for event in result.events]
        if events != self.expected_events():
            found.append("events %r" % events)
        return found

    def is_in(self, got, wanted):
        """A document has a field of ours, too, while advertising waits."""
        ours = [value for value in got if self.use == "document" and "browsing-topics=()" in value]
        return [value for value in got if value not in ours] == ([] if wanted is None else [wanted]) and \
            len(ours) == (self.use == "document" and self.state != "accepted")


class Answer:
    """The visitor's answer to the banner, as a case; the cookie that comes back is the state."""

    plain, ceiling, through, why, origin, name = False, "on", None, "", None, "the answer"

    def __init__(self, word, policy, cookie):
        self.word, self.policy, self.cookie = word, policy, cookie

    def request(self, core):
        fields = [("Host", "shop.example"), ("Content-Type", "application/x-www-form-urlencoded"),
                  ("Sec-Fetch-Site", "same-origin")]
        body = b"list=%s&choice=%s&return=%%2F" % (core.asked(self), self.word.encode())
        return cases.Message("POST /_privacy/choice HTTP/1.1", fields + choice_field(self.cookie) + [("Content-Length", str(len(body)))],
                             body)

    def expected_events(self):
        return [{}]


def cookie_after(word, carrier, policy, cookie):
    response = carrier.carry(Answer(word, policy, cookie)).response
    for value in response.chosen(["set-cookie"]).get("set-cookie", []):
        found = re.match(r"eu-consent=([^;]*)", value)
        if found:
            return found.group(1)
    raise servers.ServerError("no cookie after %r: %s" % (word, response.line))


def cookies_by(carrier, policy):
    """The cookies that the carrier itself gave for each state."""
    accepted = cookie_after("accept", carrier, policy, None)
    return {"no choice": None, "refused": cookie_after("refuse", carrier, policy, None), "accepted": accepted,
            "withdrawn": cookie_after("withdraw", carrier, policy, accepted)}


def told():
    """The lines of the tables: of attributes, of rel's keywords, of fields."""
    lines = subprocess.run([PROGRAM], check=True, capture_output=True, text=True).stdout.splitlines()
    return ([line for line in lines if not line.startswith(("rel\t", "header\t"))],
            [line.split("\t")[1:] for line in lines if line.startswith("rel\t")],
            [line.split("\t")[1:] for line in lines if line.startswith("header\t")])


def rows():
    attributes, keywords, _ = told()
    quiet = [keyword for keyword, *_ in keywords if keyword not in KEYWORDS]
    return [Row(line) for line in attributes] + [Keyword(keyword) for keyword in KEYWORDS] + [Quiet(quiet)]


def check_keywords(checks):
    _, keywords, _ = told()
    checks.check("every keyword that fetches has its row", set(KEYWORDS) <= {keyword for keyword, *_ in keywords})
    for keyword, *uses in keywords:
        wanted = KEYWORDS.get(keyword, ("NOTHING", "NOTHING"))
        checks.check("rel=%s is %s, with as=script %s" % (keyword, *wanted), tuple(uses) == wanted, "%s, %s" % tuple(uses))


def run(through, policy, checks):
    core = cases.Core()
    try:
        first = Answer("accept", policy, None)
        carrier = core if through == "core" else {"nginx": cases.Nginx, "apache": cases.Apache}[through]([first], core)
        cookies = cookies_by(carrier, policy)
    except servers.ServerError as error:
        checks.check("%s starts" % through, False, error)
        return
    try:
        tried = [(Page, row) for row in rows()] + [(Field, line) for line in told()[2]]
        for kind, row in tried:
            for state in STATES:
                case = kind(row, state, policy, cookies[state])
                try:
                    found = case.differences(carrier.carry(case))
                except (OSError, servers.ServerError) as error:
                    found = [str(error)]
                checks.check("%s through %s" % (case.name, through), not found, "; ".join(found))
    finally:
        if through != "core":
            cases.stop(through, carrier, checks)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--through", choices=["core", "nginx", "apache"], action="append")
    options = parser.parse_args()
    checks = wire.Checks()
    with tempfile.TemporaryDirectory(prefix="cnil-rows-") as directory:
        os.chmod(directory, 0o755)  # the servers' workers read the policy
        policy = os.path.join(directory, "policy.json")
        with open(policy, "w", encoding="ascii") as file:
            json.dump(POLICY, file)
        if "core" in (options.through or ["core"]):
            check_keywords(checks)
        for through in options.through or ["core", "nginx", "apache"]:
            run(through, policy, checks)
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
