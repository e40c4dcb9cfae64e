#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The log of choices on real nginx and Apache, with many writers: nothing that was acknowledged is missing, whatever is
reloaded, rotated or killed; a refusal works whatever becomes of the log."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from servers import BUILD, Apache, Nginx  # noqa: E402
from shop import CLEAN, FORM, POLICY, asked, policy_file, site  # noqa: E402
import shop  # noqa: E402
from wire import Checks, fetch, until  # noqa: E402

checks = Checks()
check = checks.check
CNIL = os.path.join(BUILD, "asan", "cnil")
THREADS = 8


def nginx(policy, **more):
    return Nginx("""
        cnil on;
        cnil_policy @policy@;
        server {
            listen 127.0.0.1:@port:tls@ ssl;
            ssl_certificate @cert@; ssl_certificate_key @key@; root @dir@/www;
        }
    """, policy=policy_file(policy), **more)


def many_nginx(policy, **more):
    """Four workers; the module opens its files before they are made."""
    server = nginx(policy, **more)
    wrap = server.wrap
    server.wrap = lambda config: wrap(config).replace("worker_processes 1;", "worker_processes 4;")
    server.write(server.config)
    return server


VHOST = """Cnil On
CnilPolicy @policy@
<VirtualHost 127.0.0.1:@port:tls@>
SSLEngine on
SSLCertificateFile @cert@
SSLCertificateKeyFile @key@
</VirtualHost>
"""


def apache(policy, **more):
    """Two children of sixteen threads."""
    return Apache("StartServers 2\nMinSpareThreads 32\n" + VHOST, policy=policy_file(policy), **more)


def apache_prefork(policy, **more):
    """A process for each request at one time."""
    return Apache("StartServers 6\nMinSpareServers 6\n" + VHOST, policy=policy_file(policy), without=["mpm_event"],
                  extra=["mpm_prefork"], **more)


class Visitors:
    """Choose as fast as they can, each under a host name of its own, and note what was acknowledged."""

    def __init__(self, port):
        self.port, self.acknowledged, self.answers = port, [], 0
        self.stopped = False
        self.threads = [threading.Thread(target=self.choose, args=(i,)) for i in range(THREADS)]

    def choose(self, number):
        count = 0
        while not self.stopped:
            host = "v%d-%d.shop.example" % (number, count)
            count += 1
            try:
                got = post(self.port, "accept" if count % 2 else "refuse", host)
            except (OSError, ValueError, IndexError, AttributeError):
                continue  # killed, or between two servers: nothing was acknowledged
            self.answers += 1
            if got.status == 303 and got.one("set-cookie"):
                self.acknowledged.append(host)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopped = True
        for thread in self.threads:
            thread.join()

    def wait(self, more, timeout=60):
        """Until so many more were acknowledged."""
        wanted, until = len(self.acknowledged) + more, time.monotonic() + timeout
        while len(self.acknowledged) < wanted and time.monotonic() < until:
            time.sleep(0.01)
        return len(self.acknowledged) >= wanted


def post(port, choice, host="shop.example", more=(), target="%2Fa.html"):
    return fetch(port, "/_privacy/choice", "POST", FORM + list(more), b"list=%s&choice=%s&return=%s" % (asked(port), choice.encode(), target.encode()), host=host)


def proof(*arguments):
    done = subprocess.run([CNIL, "proof", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def directory_of(server):
    return os.path.join(server.values["state"], "proof")


def lines_of(server):
    return [json.loads(line) for line in proof("export", directory_of(server))[1].splitlines()]


def check_log(name, server, visitors):
    """In order, and all that was acknowledged is there, once."""
    code, said = proof("verify", directory_of(server))
    check("%s: the log is in order" % name, code == 0, said[-800:])
    hosts = [line["host"] for line in lines_of(server)]
    missing = set(visitors.acknowledged) - set(hosts)
    check("%s: every acknowledged choice is in it" % name, visitors.acknowledged and not missing, (len(visitors.acknowledged), list(missing)[:5]))
    check("%s: once" % name, len(hosts) == len(set(hosts)), len(hosts) - len(set(hosts)))
    return said


def workers_of(server):
    """The processes that answer: the children of the server's own."""
    path = "/proc/%d/task/%d/children" % (server.process.pid, server.process.pid)
    with open(path, encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def many_writers(name, make):
    """Reloads and rotation while visitors choose."""
    server = make(POLICY)
    site(server, "a.html", CLEAN)
    with server:
        log = os.path.join(directory_of(server), "choices.jsonl")
        with Visitors(server.port("tls")) as visitors:
            check("%s: visitors choose" % name, visitors.wait(60))
            server.reload()
            check("%s: and after a reload" % name, visitors.wait(60))
            os.rename(log, log + ".1")
            server.reopen()
            check("%s: and after a rotation" % name, visitors.wait(60))
            server.reload()
            check("%s: and after another reload" % name, visitors.wait(60))
        time.sleep(0.2)
        said = check_log(name, server, visitors)
        chains = int(re.search(r"in (\d+) chains", said).group(1))
        check("%s: written by many" % name, chains > 3, said)
        check("%s: rotated" % name, os.path.getsize(log) > 0 and os.path.getsize(log + ".1") > 0, os.listdir(directory_of(server)))
        text = proof("export", directory_of(server))[1]
        check("%s: who it was is not in it" % name, "127.0.0.1" not in text and "eu-consent" not in text and "Mozilla" not in text)
        mode = os.stat(log + ".1").st_mode & 0o777  # nginx makes the next one as its own logs
        check("%s: not everybody reads it" % name, mode == 0o640, oct(mode))


def killed(name, make):
    """Workers are killed while visitors choose; what was torn belongs to nobody."""
    server = make(dict(POLICY, proof={"fsync": True}), expect_problems=True)
    site(server, "a.html", CLEAN)
    with server:
        with Visitors(server.port("tls")) as visitors:
            for _ in range(4):
                check("%s: visitors choose between two kills" % name, visitors.wait(20))
                for worker in workers_of(server):
                    try:
                        os.kill(worker, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            check("%s: and after them" % name, visitors.wait(20))
        time.sleep(0.2)
        check_log(name, server, visitors)
        problems = [line for line in server.problems() if "signal 9" not in line and "Killed (9)" not in line]
        check("%s: nothing but the kills is a problem" % name, not problems, problems[:3])


def unwritable(name, make):
    """A place that cannot be written to, a disk that is full: who refuses is heard."""
    for required in (False, True):
        server = make(dict(POLICY, proof={"directory": "/proc/nowhere", "required": required}), expect_problems=True)
        site(server, "a.html", CLEAN)
        with server:
            which = "%s, %s" % (name, "required" if required else "not required")
            got = post(server.port("tls"), "refuse")
            check("%s: a refusal needs no log" % which, got.status == 303 and got.one("set-cookie"), got.status)
            got = post(server.port("tls"), "accept")
            check("%s: an acceptance %s" % (which, "does" if required else "does not either"), got.status == (500 if required else 303), got.status)
            check("%s: and is not made" % which, bool(got.all("set-cookie")) != required, got.headers)
            cookie = "; ".join(value.split(";")[0] for value in post(server.port("tls"), "refuse").all("set-cookie") if value.startswith("eu-"))
            check("%s: nor is a withdrawal kept back" % which, post(server.port("tls"), "withdraw", more=[("Cookie", cookie)]).status == 303)
            until(lambda: "log of choices" in server.text() and "proof-unwritten" in open(server.events(), encoding="utf-8").read())
            check("%s: it is said" % which, "log of choices" in server.text() and "/proc/nowhere" in server.text(), server.text()[-500:])
            events = open(server.events(), encoding="utf-8").read()
            check("%s: and told" % which, "proof-unwritten" in events, events[-300:])


def full(name, make):
    """A file system with room for a few lines, then none, then room again."""
    place = tempfile.mkdtemp(prefix="cnil-full-")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k,mode=755", "cnil", place], capture_output=True, check=False).returncode != 0:
        os.rmdir(place)
        checks.skip("%s: a full disk" % name, "no file system can be mounted here")
        return
    try:
        server = make(dict(POLICY, proof={"directory": os.path.join(place, "proof"), "required": True}), expect_problems=True)
        site(server, "a.html", CLEAN)
        with server:
            port = server.port("tls")
            check("%s: with room, an acceptance is made" % name, post(port, "accept").status == 303)
            filler = os.path.join(place, "filler")
            subprocess.run(["dd", "if=/dev/zero", "of=" + filler, "bs=1k"], capture_output=True, check=False)
            accepted = [post(port, "accept", "full%d.example" % i).status for i in range(40)]
            check("%s: without, none is" % name, accepted[-1] == 500, accepted)
            check("%s: a refusal is" % name, post(port, "refuse", "refused.example").status == 303)
            os.remove(filler)
            check("%s: with room again it is" % name, post(port, "accept", "again.example").status == 303)
            code, said = proof("verify", os.path.join(place, "proof"))
            check("%s: the log is in order" % name, code == 0, said)
            hosts = [json.loads(line)["host"] for line in proof("export", os.path.join(place, "proof"))[1].splitlines()]
            acknowledged = {"full%d.example" % i for i, status in enumerate(accepted) if status == 303} | {"again.example"}
            check("%s: with all that was accepted" % name, acknowledged <= set(hosts), acknowledged - set(hosts))
            refused = {"full%d.example" % i for i, status in enumerate(accepted) if status != 303}
            check("%s: and nothing that was not" % name, not refused & set(hosts), refused & set(hosts))
    finally:
        subprocess.run(["umount", "-l", place], check=False)
        os.rmdir(place)


def shown(name, make):
    """What a line names can be shown: banner and control as they were, also of a choice that nobody archived."""
    themed = dict(POLICY, banner={"theme": {"light": {"accent": "#0b5d1e"}}}, services={"matomo": {"ground": "audience"}})
    server = make(themed)
    site(server, "a.html", CLEAN)
    with server:
        port = server.port("tls")
        cookies = []
        for choice in ("accept", "audience,video", "refuse"):
            got = post(port, choice, more=[("Cookie", cookies[-1])] if cookies else [])
            cookies.append([value.split(";")[0] for value in got.all("set-cookie") if value.startswith("eu-consent=")][0])
        post(port, "accept", more=[("Cookie", cookies[1])])
        got = post(port, "oppose", more=[("Cookie", cookies[1])])
        opposed = [value.split(";")[0] for value in got.all("set-cookie") if value.startswith("eu-consent=")][0]
        post(port, "refuse", more=[("Cookie", opposed)])
        lines = lines_of(server)
        words = [(line["before"], line["choice"]) for line in lines]
        check("%s: what was before and what became" % name, sorted(words) == sorted(
            [("none", "accepted"), ("accepted", "audience+video"), ("audience+video", "refused"), ("audience+video", "accepted"),
             ("audience+video", "audience+video+opposed.measurement"),
             ("audience+video+opposed.measurement", "refused+opposed.measurement")]), words)
        for line in lines:
            code, page = proof("show", line["banner"], directory_of(server))
            check("%s: what a visitor of %s saw" % (name, line["before"]), code == 0 and ("vp-ask" in page.split("<body>")[1]) == (line["before"] == "none")
                  and "<style>" in page and "<link" not in page, page[:300])
            code, policy = proof("show", line["policy"], directory_of(server))
            check("%s: the policy" % name, code == 0 and json.loads(policy)["policy"] == themed, policy[:200])
        archive = os.listdir(os.path.join(directory_of(server), "archive"))
        server.reload()
        check("%s: a reload archives nothing anew" % name, sorted(os.listdir(os.path.join(directory_of(server), "archive"))) == sorted(archive), archive)


def receipt(name, make):
    """A number, on a page in the place of the way back."""
    server = make(dict(POLICY, proof={"receipt": True}))
    site(server, "a.html", CLEAN)
    with server:
        got = post(server.port("tls"), "refuse")
        lines = lines_of(server)
        check("%s: the number on the page is the log's" % name, got.status == 200 and lines and lines[0]["receipt"].encode() in got.body, got.status)
        check("%s: with the choice's cookie" % name, any(value.startswith("eu-consent=") for value in got.all("set-cookie")))
        check("%s: found by it" % name, len(proof("export", "--receipt", lines[0]["receipt"], directory_of(server))[1].splitlines()) == 1)


if __name__ == "__main__":
    subjects = (many_writers, killed, unwritable, full, shown, receipt)
    sys.exit(shop.run(checks, shop.through(checks, subjects, many_nginx, apache, apache_prefork, short=(many_writers, killed))))
