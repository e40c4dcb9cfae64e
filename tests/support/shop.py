# SPDX-License-Identifier: Apache-2.0
"""The shop that both servers' tests serve, the few things that they ask of it, and how their subjects are gone through."""

import functools
import hashlib
import json
import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import threading
import time

from servers import BUILD, Apache, ServerError
from wire import Origin, fetch, response, until

POLICY = {"trackers": {"block": ["tracker.example"]}, "https": {"redirect": False}}
TRACKED = b'<!DOCTYPE html><html><head><title>t</title></head><body><p>a</p><img src="https://tracker.example/p.gif"><p>b</p></body></html>'
CLEAN = b"<!DOCTYPE html><html><head><title>t</title></head><body><p>nothing here</p></body></html>"
NAVIGATION = [("Sec-Fetch-Dest", "document"), ("Accept", "text/html")]
FORM = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")]


def big(count):
    """A page of `count` pixels."""
    lines = b"".join(b'<p>line %d</p>\n<img src="https://tracker.example/%d.gif">\n' % (i, i) for i in range(count))
    return b"<!DOCTYPE html><html><head><title>t</title></head><body>" + lines + b"</body></html>"


def policy_file(policy):
    file = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
    with file:
        file.write(policy if isinstance(policy, str) else json.dumps(policy))
    os.chmod(file.name, 0o644)
    return file.name


def policies(count):
    """Files of `count` policies that name one compiled filter list, each with a host of its own: the list's path, theirs."""
    folder = tempfile.mkdtemp(prefix="cnil-policies.")
    os.chmod(folder, 0o755)
    rules, compiled, paths = os.path.join(folder, "rules.txt"), os.path.join(folder, "list.cnil"), []
    with open(rules, "w") as file:
        file.write("||listed.example^\n")
    subprocess.run([os.path.join(BUILD, "asan/cnil"), "lists", "build", rules, "-o", compiled], check=True, stdout=subprocess.DEVNULL)
    for i in range(count):
        paths.append(os.path.join(folder, "%d.json" % i))
        with open(paths[-1], "w") as file:
            json.dump({"trackers": {"block": ["only-%d.example" % i], "lists": [{"file": compiled, "purposes": {"rules": "audience"}}]},
                       "https": {"redirect": False}}, file)
    return compiled, paths


def of_policy(body, index):
    """Is this page of policies_page() held back as policy `index` says, and no other?"""
    return (b"//listed.example/" not in body and b"//only-%d.example/" % index not in body
            and b"//only-%d.example/" % (index + 1) in body and body.count(b"data-held=") == 2)


def policies_page(index):
    return CLEAN.replace(b"nothing", b'<img src="https://listed.example/a.gif"><img src="https://only-%d.example/"><img src="https://only-%d.example/">'
                         % (index, index + 1))


def mappings(pid, path):
    with open("/proc/%d/maps" % pid) as file:
        return sum(line.rstrip("\n").endswith(path) for line in file)


def site(server, name, content):
    """A file of some age: httpd's tag for one that was just written is another a second later."""
    path = server.file(os.path.join("www", name), content)
    os.utime(path, (1700000000, 1700000000))
    return path


def held(body):
    return b"data-held" in body and b"tracker.example/p.gif" not in body


def md5(data):
    return hashlib.md5(data).hexdigest()


def fields(got, ignored=("date",)):
    return [field for field in got.headers if field[0].lower() not in ignored]


@functools.lru_cache(maxsize=None)
def asked(port, tls=True):
    """The list of purposes and third parties that is asked about there, as forms of ours say it."""
    return json.loads(fetch(port, "/_privacy/state", tls=tls).body)["list"].encode()


def curl(port, path, *more):
    """Over HTTP/2, as no client of ours speaks it."""
    done = subprocess.run(["curl", "-sk", "--http2", "-H", "Sec-Fetch-Dest: document", *more, "https://localhost:%d%s" % (port, path)],
                          capture_output=True)
    return done.stdout


def memory(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def secure(port):
    """A TLS connection whose certificate nobody looks at."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 10))


def raw(port, data, tls=True):
    """All that comes back for these bytes."""
    with secure(port) if tls else socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(data)
        got = b""
        while True:
            try:
                piece = connection.recv(65536)
            except OSError:
                piece = b""
            if not piece:
                return got
            got += piece


def websocket_origin():
    """Takes one connection, upgrades it, with a tracker's cookie, and echoes what it is sent; gives the listening socket."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Set-Cookie: _ga=1; Path=/\r\nSet-Cookie: cart=1\r\n\r\n")
            connection.sendall(b"echo:" + connection.recv(100))

    threading.Thread(target=serve, daemon=True).start()
    return listener


def websocket_talk(port):
    """Upgrades, says hello; all that came back."""
    with secure(port) as tls:
        tls.sendall(b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n")
        got = b""
        while b"\r\n\r\n" not in got:
            got += tls.recv(4096)
        tls.sendall(b"hello")
        while b"echo" not in got:
            got += tls.recv(100)
        return got


def leaves_alone(check, seen):
    """What came of the same requests without the module, in audit and where it is off, by a key that begins with which: the same."""
    for kind in ("audit", "off"):
        for key in [key for key in seen if key[0] == "without"]:
            mine = seen[(kind,) + key[1:]]
            check("%s leaves alone %s" % (kind, key[1:]), mine == seen[key],
                  [(a[:300] if isinstance(a, bytes) else a, b[:300] if isinstance(b, bytes) else b)
                   for a, b in zip(mine, seen[key]) if a != b])


def keeps_its_state(check, server, reopen):
    """The key and the log of a server that enforces, over a reload; `reopen()` is what opens a log anew that was moved away."""
    place = server.values["state"]
    os.rmdir(place)
    status, said = server.test()
    check("the configuration test passes", status == 0, said)
    check("a configuration test creates nothing", not os.path.exists(place))
    site(server, "a.html", TRACKED)
    with server:
        port, log = server.port("tls"), server.events()
        keys = [name for name in os.listdir(place) if "key" in name]
        check("a key was made", len(keys) == 1, os.listdir(place))
        path = os.path.join(place, keys[0])
        mode = stat.S_IMODE(os.stat(path).st_mode)
        check("only its owner reads the key", mode == 0o600 and os.stat(path).st_uid == os.geteuid(), oct(mode))
        mode = stat.S_IMODE(os.stat(log).st_mode)
        check("not everybody reads the log", mode == 0o640, oct(mode))
        with open(path, "rb") as file:
            key = file.read()
        fetch(port, "/a.html?secret=1", headers=NAVIGATION)
        until(lambda: os.path.getsize(log) > 0)
        first = os.path.getsize(log)
        server.reload()
        fetch(port, "/a.html", headers=NAVIGATION)
        with open(path, "rb") as file:
            check("a reload keeps the key", file.read() == key)
        until(lambda: os.path.getsize(log) > first)
        with open(log) as file:
            text = file.read()
        check("events are written before and after a reload", len([json.loads(line) for line in text.splitlines()]) >= 2, text)
        check("no query string is written down", "secret" not in text)

        os.rename(log, log + ".1")
        before = os.path.getsize(log + ".1")
        reopen()
        until(lambda: os.path.exists(log))
        fetch(port, "/a.html", headers=NAVIGATION)
        until(lambda: os.path.getsize(log) > 0)
        check("the log is opened anew", os.path.exists(log) and os.path.getsize(log) > 0 and os.path.getsize(log + ".1") == before,
              os.listdir(place))


def validators_of_pages(check, port):
    """Of /a.html, a page with something to hold back, and of /plain.txt, ten digits: files both."""
    got = fetch(port, "/a.html", headers=NAVIGATION)
    etag = got.one("etag")
    check("a rewritten page has a weak validator of its own", etag and etag.startswith('W/"') and "-c" in etag, etag)
    check("it is private and asked for again", got.one("cache-control") == "private, no-cache", got.headers)
    check("it has no Last-Modified, no Accept-Ranges", not got.all("last-modified") and not got.all("accept-ranges"), got.headers)
    again = fetch(port, "/a.html", headers=NAVIGATION + [("If-None-Match", etag)])
    check("its own validator gives 304", again.status == 304 and again.one("etag") == etag, (again.status, again.headers))
    original = '"' + etag[3:].split("-c")[0].rstrip('"') + '"'
    for value in (original, "W/" + original):
        got = fetch(port, "/a.html", headers=NAVIGATION + [("If-None-Match", value)])
        check("the validator of before the installation gives the page", got.status == 200 and held(got.body), got.status)
    got = fetch(port, "/a.html", headers=NAVIGATION + [("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")])
    check("so does If-Modified-Since", got.status == 200)
    for headers in (NAVIGATION, [], NAVIGATION + [("If-Range", original)]):
        got = fetch(port, "/a.html", headers=headers + [("Range", "bytes=0-3")])
        check("a page comes whole whatever range is asked for", got.status == 200 and held(got.body), (got.status, headers))
    got = fetch(port, "/plain.txt", headers=[("Range", "bytes=2-4")])
    check("other files keep their ranges", got.status == 206 and got.body == b"234", got.body)


def too_many_fields(request):
    """A response whose fields are more than an exchange has memory for, once a tracker is taken out of each; /etag: once each is
    a page's."""
    if request.target == "/etag":
        return response(TRACKED, headers=[("ETag", '"%d%s"' % (i, "x" * 7000)) for i in range(500)])
    own = ", ".join("</own/%d/%s>; rel=preload; as=image" % (i, "x" * 100) for i in range(52))
    links = [("Link", own + ", <https://tracker.example/%d.js>; rel=preload; as=script" % i) for i in range(400)]
    return response(TRACKED, headers=[("Set-Cookie", "_ga=1; Path=/")] + links)


def fails_closed(check, make, proxy, complaint):
    """A server of make(), in front of an origin that answers too_many_fields(); `complaint` is in its log."""
    origin = Origin(too_many_fields)
    for open_or_close in ("close", "open"):
        server = make(proxy, policy=dict(POLICY, on_error=open_or_close), origin=origin.port, expect_problems=True)
        with server:
            for path, method in (("/", "GET"), ("/", "HEAD"), ("/etag", "GET"), ("/etag", "HEAD")):
                got = fetch(server.port("tls"), path, method, NAVIGATION)
                check("%s %s: a response whose fields cannot be edited is an error" % (method, path), got.status == 500, (got.status, got.headers[:20]))
                check("%s %s: nothing of it leaves" % (method, path), not any(map(got.all, ("link", "set-cookie", "etag"))) and
                      b"tracker.example" not in got.body, (got.headers[:20], got.body[:300]))
            if complaint:
                check("and the log says so", until(lambda: complaint in server.log()), server.log()[-300:])
    origin.close()


def many_policies(check, make, place):
    """Sixty places, each with its own policy: the filter list that all of them name is mapped once, over reloads too. `make`
    gives a server of a configuration; `place` is what it says of one, with room for its number and the policy's path."""
    listed, paths = policies(60)
    server = make("".join(place % pair for pair in enumerate(paths)))
    for i in range(0, 60, 10):
        site(server, "p%d/a.html" % i, policies_page(i))
    with server:
        port = server.port("tls")
        for reloads in range(4):
            wrong = [i for i in range(0, 60, 10) if not of_policy(fetch(port, "/p%d/a.html" % i, headers=NAVIGATION).body, i)]
            check("each place has its policy, after %d reloads" % reloads, not wrong, wrong)
            check("the list is mapped once, after %d reloads" % reloads, mappings(server.process.pid, listed) == 1, mappings(server.process.pid, listed))
            server.reload()
        check("nothing was logged", not server.problems(), server.problems())
    shutil.rmtree(os.path.dirname(listed))


def reload_under_load(check, server, times):
    """Reloads again and again while others ask for /a.html, and are answered at least once after each: no request fails. Gives
    the server's memory after each."""
    port, stop, bad, count, sizes = server.port("tls"), threading.Event(), [], [0], []

    def load():
        while not stop.is_set():
            try:
                got = fetch(port, "/a.html", headers=NAVIGATION)
                count[0] += 1
                if got.status != 200 or not got.complete or not held(got.body):
                    bad.append((got.status, got.body[:100]))
            except OSError as error:
                bad.append(repr(error))

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(times):
        server.reload()
        before, end = count[0], time.monotonic() + 30
        while count[0] == before and time.monotonic() < end:
            time.sleep(0.02)
        sizes.append(memory(server.process.pid))
    stop.set()
    for thread in threads:
        thread.join()
    check("no request failed over %d reloads" % times, not bad and count[0] >= times, (bad[:3], count[0]))
    return sizes


def through(checks, subjects, nginx, apache, prefork, short):
    """For run(): each subject with each server, a name and what makes it; with prefork, if it is there, those of `short` alone."""
    makes = {"nginx": nginx, "Apache": apache}
    if os.path.exists(os.path.join(Apache.modules, "mod_mpm_prefork.so")):
        makes["Apache prefork"] = prefork
    else:
        checks.skip("Apache prefork", "mod_mpm_prefork.so is not there")
    return [(subject, name, make) for subject in subjects for name, make in makes.items() if make is not prefork or subject in short]


def run(checks, subjects):
    """Goes through subjects, each a function and its arguments, or those that the command line names. One that breaks off is a
    check that does not hold."""
    for subject, *arguments in subjects:
        if len(sys.argv) > 1 and subject.__name__ not in sys.argv[1:]:
            continue
        try:
            subject(*arguments)
        except (ServerError, OSError, IndexError, AttributeError, ValueError, TypeError, KeyError, subprocess.SubprocessError) as error:
            checks.check(": ".join([*arguments[:1], subject.__name__]), False, "%s: %s" % (type(error).__name__, error))
    return checks.end()
