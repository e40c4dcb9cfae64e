#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Statistics on real nginx and Apache with many workers: what is written down is exactly what was seen, whatever is
reloaded or killed in between; and nothing in it is of one visitor."""

import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from servers import BUILD, Apache, Nginx  # noqa: E402
from shop import CLEAN, FORM, NAVIGATION, POLICY, asked, policy_file, site  # noqa: E402
import shop  # noqa: E402
from wire import Checks, fetch  # noqa: E402

checks = Checks()
check = checks.check
CNIL = os.path.join(BUILD, "asan", "cnil")
THREADS, ROUNDS = 4, 2
# What could lead to somebody; all of it is sent.
SECRETS = ["127.0.0.1", "Mozilla", "jeanne", "secret", "session", "4711", "poste-", "192.168", "panier?", "https://", "http://"]
BROWSER = NAVIGATION + [("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"), ("Cookie", "session=secret4711")]
FRAME = [("Sec-Fetch-Dest", "iframe"), ("Accept", "text/html")]
ROBOT = NAVIGATION + [("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")]


def referrer(url):
    return [("Referer", url)]


# (path, fields, template, referrer); without a template it is no page
VISITS = [
    ("/a.html?id=secret4711", BROWSER, "/a.html", "(none)"),
    ("/blog/jeanne@exemple.fr.html", BROWSER + referrer("https://www.moteur.example/s?q=jeanne"), "/blog", "moteur.example"),
    ("/blog/4711.html", BROWSER + referrer("https://localhost/panier?id=secret"), "/blog", "(site)"),
    ("/4711.html", BROWSER + referrer("http://192.168.0.7/jeanne"), "(other)", "(other)"),
    ("/a.html", BROWSER + referrer("https://jeanne:secret@b.moteur.example:8443/x#jeanne"), "/a.html", "moteur.example"),
    ("/a.html", BROWSER + referrer("http://poste-jeanne/"), "/a.html", "(other)"),
    ("/a.html", FRAME, None, None),
    ("/a.html", ROBOT, None, None),
    ("/style.css", BROWSER, None, None),
    ("/missing-jeanne.html", BROWSER, None, None),
    ("/_privacy/", BROWSER, None, None),
]
CHOICES = ["accept", "refuse", "audience"]
KINDS = {"accept": "accepted", "refuse": "refused", "audience": "customised"}


class Place:
    """The policies and the log of a run, outside of the server's directory, which is gone when it has stopped."""

    def __init__(self, **more):
        self.dir = tempfile.mkdtemp(prefix="cnil-statistics-")
        os.chmod(self.dir, 0o755)
        self.log = os.path.join(self.dir, "events.jsonl")
        self.policy = policy_file(dict(POLICY, log={"file": self.log}, site={"name": "Boutique"}, statistics=dict({"enabled": True, "least": 1}, **more)))
        self.second = policy_file(dict(POLICY, log={"file": self.log}, site={"name": "Seconde"}, statistics={"enabled": True, "least": 1}))

    def lines(self):
        with open(self.log, encoding="utf-8") as file:
            return [json.loads(line) for line in file if '"event":"statistics"' in line]

    def text(self):
        with open(self.log, encoding="utf-8") as file:
            return "".join(line for line in file if '"event":"statistics"' in line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.dir, ignore_errors=True)
        os.unlink(self.policy)
        os.unlink(self.second)


def nginx(place, **more):
    """Four workers."""
    server = Nginx("""
        cnil on;
        cnil_policy @policy@;
        server {
            listen 127.0.0.1:@port:site@;
            root @dir@/www;
        }
        server {
            listen 127.0.0.1:@port:audit@;
            cnil audit; cnil_policy @second@;
            root @dir@/www;
        }
    """, policy=place.policy, second=place.second, **more)
    wrap = server.wrap
    server.wrap = lambda config: wrap(config).replace("worker_processes 1;", "worker_processes 4;")
    server.write(server.config)
    return server


VHOSTS = """Cnil On
CnilPolicy @policy@
<VirtualHost 127.0.0.1:@port:site@>
</VirtualHost>
<VirtualHost 127.0.0.1:@port:audit@>
Cnil Audit
CnilPolicy @second@
</VirtualHost>
"""


def graceful(server):
    """Requests that were answered come to their end before it stops."""
    server.stop_signal = signal.SIGWINCH
    return server


def apache(place, **more):
    """Two children of sixteen threads."""
    return graceful(Apache("StartServers 2\nMinSpareThreads 32\n" + VHOSTS, policy=place.policy, second=place.second, **more))


def apache_prefork(place, **more):
    return graceful(Apache("StartServers 6\nMinSpareServers 6\n" + VHOSTS, policy=place.policy, second=place.second, without=["mpm_event"],
                           extra=["mpm_prefork"], **more))


def fill(server):
    for name in ("a.html", "blog/jeanne@exemple.fr.html", "blog/4711.html", "4711.html"):
        os.makedirs(os.path.dirname(os.path.join(server.dir, "www", name)), exist_ok=True)
        site(server, name, CLEAN)
    site(server, "style.css", b"body { margin: 0 }")


class Expected:
    """What the log must say, summed over its days."""

    def __init__(self):
        self.lock = threading.Lock()
        self.pages, self.referrers, self.banner = collections.Counter(), collections.Counter(), collections.Counter()

    def page(self, template, origin, asked):
        with self.lock:
            self.pages[template] += 1
            self.referrers[origin] += 1
            self.banner["shown"] += asked

    def choice(self, kind):
        with self.lock:
            self.banner[kind] += 1


def visit(port, expected, rounds, asks=True):
    for _ in range(rounds):
        for path, fields, template, origin in VISITS:
            got = fetch(port, path, headers=fields, host="localhost", tls=False)
            if template is not None and got.status == 200:
                expected.page(template, origin, asks)


def choose(port, expected):
    for word in CHOICES:
        got = fetch(port, "/_privacy/choice", "POST", FORM, b"list=%s&choice=%s&return=%%2Fa.html%%3Fid%%3Dsecret" % (asked(port, False), word.encode()), host="localhost", tls=False)
        if got.status == 303:
            expected.choice(KINDS[word])
        if word == "accept":
            cookie = [value.split(";")[0] for value in got.all("set-cookie") if value.startswith("eu-consent=")][0]
            got = fetch(port, "/_privacy/choice", "POST", FORM + [("Cookie", cookie)], b"choice=withdraw&return=%2Fa.html", host="localhost", tls=False)
            if got.status == 303:
                expected.choice("withdrawn")


def come_again(port, expected):
    """The browser has the page, and is told that it is still right."""
    tag = fetch(port, "/a.html", headers=BROWSER, host="localhost", tls=False).one("etag")
    expected.page("/a.html", "(none)", True)
    got = fetch(port, "/a.html", headers=BROWSER + [("If-None-Match", tag)], host="localhost", tls=False)
    if got.status == 304:
        expected.page("/a.html", "(none)", True)
    return got.status == 304


def totals(log):
    """What `cnil stats` makes of it: day by day the same sums."""
    done = subprocess.run([CNIL, "stats", "--json", "--site", "Boutique", log], capture_output=True, text=True, check=False)
    return sum(row["count"] for row in json.loads(done.stdout)["pages"]) if done.returncode == 0 else done.stderr


def together(work, *arguments):
    threads = [threading.Thread(target=work, args=arguments) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def sums(lines, name, of, label):
    counter = collections.Counter()
    for line in lines:
        if line.get("site") == name and line["of"] == of:
            counter[line[label]] += line["count"]
    return counter


def banner(lines, name):
    counter = collections.Counter()
    for line in lines:
        if line.get("site") == name and line["of"] == "banner":
            counter.update({kind: line[kind] for kind in ("shown", "accepted", "refused", "customised", "withdrawn")})
    return counter


def check_sums(which, lines, name, expected):
    for of, label, wanted in (("pages", "template", expected.pages), ("referrers", "referrer", expected.referrers)):
        found = sums(lines, name, of, label)
        check("%s: %s" % (which, of), found == wanted, (dict(found), dict(wanted)))
    found = +banner(lines, name)
    check("%s: the banner" % which, found == +expected.banner, (dict(found), dict(expected.banner)))


def workers_of(server):
    with open("/proc/%d/task/%d/children" % (server.process.pid, server.process.pid), encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def exact(name, make):
    """Many visitors, a reload, many visitors; another site beside it, in audit."""
    with Place() as place:
        server, expected, second = make(place), Expected(), Expected()
        fill(server)
        with server:
            port, audit = server.port("site"), server.port("audit")
            together(visit, port, expected, ROUNDS)
            together(choose, port, expected)
            together(visit, audit, second, 1, False)
            written = place.text() if os.path.exists(place.log) else ""
            check("%s: nothing of a day is written before its end" % name, "\"day\":\"%s\"" % today() not in written, written[:200])
            server.reload()
            together(visit, port, expected, ROUNDS)
            together(choose, port, expected)
            server.reload()
            together(choose, port, expected)
            check("%s: a page is confirmed" % name, come_again(port, expected))
        lines = place.lines()
        check_sums("%s, with two reloads" % name, lines, "Boutique", expected)
        check_sums("%s, in audit" % name, lines, "Seconde", second)
        wanted = 2 + 2 * THREADS * ROUNDS * sum(template is not None for _, _, template, _ in VISITS)
        check("%s: cnil stats adds it up" % name, totals(place.log) == wanted, totals(place.log))
        check("%s: all visitors were answered" % name, sum(expected.pages.values()) == wanted, (dict(expected.pages), wanted))
        check("%s: and all choices were made" % name, expected.banner["withdrawn"] == expected.banner["refused"] == 3 * THREADS, dict(expected.banner))
        text = place.text()
        found = [secret for secret in SECRETS if secret in text]
        check("%s: nothing in it is of one visitor" % name, text and not found, (found, text[:400]))
        known = {"time", "event", "rule", "site", "day", "of", "template", "referrer", "language", "count", "shown", "accepted", "refused",
                 "customised", "withdrawn"}
        check("%s: and nothing else stands there" % name, all(set(line) <= known for line in lines), lines[:1])
        if len({line["day"] for line in lines}) == 1:  # a form finds its page's template while the day lasts
            check("%s: choices belong to their page" % name, all(line["template"] in ("/a.html", "/blog", "(other)") and line["language"] == "fr" and (
                line["template"] == "/a.html" or line["accepted"] + line["refused"] + line["withdrawn"] == 0)
                for line in lines if line["of"] == "banner"), [line for line in lines if line["of"] == "banner"])


def today():
    return subprocess.run(["date", "-u", "+%F"], check=True, capture_output=True, text=True).stdout.strip()


def busy(name, make):
    """Reloads while visitors come: no more is counted than came, and no less than was answered."""
    with Place() as place:
        server, expected, stopped = make(place), Expected(), threading.Event()
        attempts = collections.Counter()
        fill(server)

        def keep_coming(number):
            while not stopped.is_set():
                attempts[number] += 1
                try:
                    got = fetch(server.port("site"), "/a.html", headers=BROWSER, host="localhost", tls=False)
                except (OSError, ValueError, IndexError, AttributeError):
                    continue  # between two servers: nobody knows whether it was seen
                if got.status == 200:
                    expected.page("/a.html", "(none)", True)

        with server:
            threads = [threading.Thread(target=keep_coming, args=(i,)) for i in range(THREADS)]
            for thread in threads:
                thread.start()
            for _ in range(3):
                server.reload()
            stopped.set()
            for thread in threads:
                thread.join()
        counted = sum(sums(place.lines(), "Boutique", "pages", "template").values())
        answered, tried = expected.pages["/a.html"], sum(attempts.values())
        check("%s: reloads under load" % name, 0 < answered <= counted <= tried, (answered, counted, tried))


def killed(name, make):
    """Workers die; what they had counted is there. A page is counted when its answer is out: each of the workers' threads may
    have had one in its hands."""
    in_hands = 4 if make is nginx else 32
    with Place() as place:
        server, expected = make(place, expect_problems=True), Expected()
        fill(server)
        with server:
            together(visit, server.port("site"), expected, 3)
            for worker in workers_of(server):
                try:
                    os.kill(worker, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            until = time.monotonic() + 60
            while time.monotonic() < until:  # connections that a dying worker had taken are closed
                try:
                    if fetch(server.port("site"), "/style.css", headers=BROWSER, host="localhost", tls=False).status == 200:
                        break
                except (OSError, ValueError, IndexError, AttributeError):
                    time.sleep(0.05)
            visit(server.port("site"), expected, 1)
        found, wanted = sum(sums(place.lines(), "Boutique", "pages", "template").values()), sum(expected.pages.values())
        check("%s, its workers killed: what they had counted" % name, wanted - in_hands <= found <= wanted, (found, wanted))


def restarted(name, make):
    """The log is renamed and opened anew; Apache is restarted the hard way, which ends all its children: the numbers go on, and
    stand in the new log. What a child had in its hands may be gone."""
    with Place() as place:
        server, expected = make(place), Expected()
        fill(server)
        with server:
            together(visit, server.port("site"), expected, 3)
            os.rename(place.log, place.log + ".1")
            if make is nginx:
                server.reopen()
            else:
                before, until = len(server.log()), time.monotonic() + 60
                server.signal(signal.SIGHUP)
                while b"resuming normal operations" not in server.log()[before:] and time.monotonic() < until:
                    time.sleep(0.05)
            visit(server.port("site"), expected, 1)
        found, wanted = sum(sums(place.lines(), "Boutique", "pages", "template").values()), sum(expected.pages.values())
        lost = 0 if make is nginx else 32
        check("%s, started anew: the numbers go on" % name, wanted - lost <= found <= wanted, (found, wanted))


def small(name, make):
    """What seldom happened is merged."""
    with Place(least=5) as place:
        server, expected = make(place), Expected()
        fill(server)
        with server:
            visit(server.port("site"), expected, 3)
        lines = place.lines()
        if len({line["day"] for line in lines}) == 1:
            check("%s: small numbers are merged" % name,
                  sums(lines, "Boutique", "pages", "template") == {"/a.html": 9, "/blog": 6, "(other)": 3}
                  and sums(lines, "Boutique", "referrers", "referrer") == {"(none)": 3, "(site)": 3, "moteur.example": 6, "(other)": 6}, lines)
        check("%s: and none is lost" % name, sum(sums(lines, "Boutique", "pages", "template").values()) == 18, lines)


def silent(name, make):
    """Without the policy's word nothing is counted, and no memory is asked for."""
    with Place(enabled=False) as place:
        os.unlink(place.second)
        shutil.copy(place.policy, place.second)
        os.chmod(place.second, 0o644)
        server = make(place)
        fill(server)
        with server:
            visit(server.port("site"), Expected(), 1)
        check("%s: nothing is counted unasked" % name, place.lines() == [])


# New shared memory as an nginx that looks for mistakes of memory has it, or with something else where our table would begin.
FILLED = r"""
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096, LARGE = 5000000 };

void *mmap(void *addr, size_t len, int access, int flags, int fd, off_t offset)
{
    char *memory = (char *)syscall(SYS_mmap, addr, len, access, flags, fd, offset);

    if (memory != MAP_FAILED && len > LARGE && (flags & MAP_SHARED) != 0 && (flags & MAP_ANONYMOUS) != 0) {
        memset(memory + PAGE, 0xa5, len - PAGE);
        for (size_t at = PAGE; at < len && getenv("FILLED_BY_OTHERS") != NULL; at += PAGE)
            memory[at] = 0;
    }
    return memory;
}

void *mmap64(void *addr, size_t len, int access, int flags, int fd, off_t offset)
{
    return mmap(addr, len, access, flags, fd, offset);
}
"""


def filled(name, make):
    """Memory that is not zeroed is counted in all the same; in that of others nothing is, and the site is there."""
    if make is not nginx:
        return
    for others in (False, True):
        with Place() as place:
            source, library = os.path.join(place.dir, "filled.c"), os.path.join(place.dir, "filled.so")
            with open(source, "w", encoding="utf-8") as file:
                file.write(FILLED)
            subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
            server, expected = make(place, sanitize=False, expect_problems=True), Expected()
            more = dict({"FILLED_BY_OTHERS": "1"} if others else {}, LD_PRELOAD=library)
            server.environment = lambda more=more: dict(os.environ, **more)
            fill(server)
            with server:
                visit(server.port("site"), expected, 1)
                server.reload()
                visit(server.port("site"), expected, 1)
                said = server.text().count("no statistics are kept")
            check("%s: visitors are answered, whatever the memory" % name, sum(expected.pages.values()) == 12, dict(expected.pages))
            if others:
                check("%s: others' memory is left alone" % name, said > 0 and place.lines() == [], said)
            else:
                check_sums("%s, with memory that was filled" % name, place.lines(), "Boutique", expected)
                check("%s: and says nothing" % name, said == 0, said)


if __name__ == "__main__":
    subjects = (exact, busy, killed, restarted, small, silent, filled)
    sys.exit(shop.run(checks, shop.through(checks, subjects, nginx, apache, apache_prefork, short=(exact,))))
