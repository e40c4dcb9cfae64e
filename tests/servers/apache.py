#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real Apache httpd, the module built with sanitizers: what a connector must get right, one function a subject."""

import gzip
import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from servers import Apache, ServerError  # noqa: E402
from wire import Checks, Origin, fetch, response  # noqa: E402

checks = Checks()
check = checks.check

POLICY = {"trackers": {"block": ["tracker.example"]}, "https": {"redirect": False}}
TRACKED = b'<!DOCTYPE html><html><head><title>t</title></head><body><p>a</p><img src="https://tracker.example/p.gif"><p>b</p></body></html>'
CLEAN = b"<!DOCTYPE html><html><head><title>t</title></head><body><p>nothing here</p></body></html>"
NAVIGATION = [("Sec-Fetch-Dest", "document"), ("Accept", "text/html")]
TLS = "SSLEngine on\nSSLCertificateFile @cert@\nSSLCertificateKeyFile @key@\n"


def policy_file(policy):
    file = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
    with file:
        json.dump(policy, file)
    os.chmod(file.name, 0o644)
    return file.name


def apache(config, policy=None, **more):
    """Module on, one virtual host with TLS at port `tls`."""
    text = "Cnil On\nCnilPolicy @policy@\n<VirtualHost 127.0.0.1:@port:tls@>\n%s%s\n</VirtualHost>\n" % (TLS, config)
    return Apache(text, policy=policy_file(policy or POLICY), **more)


def site(server, name, content):
    return server.file(os.path.join("www", name), content)


def directives():
    """Inheritance, ceilings, and what the configuration test says."""
    server = Apache("""
        Cnil Off
        CnilPolicy @policy@
        <VirtualHost 127.0.0.1:@port:off@>
            %(tls)s
            <Location /on>
                Cnil On
            </Location>
        </VirtualHost>
        <VirtualHost 127.0.0.1:@port:on@>
            %(tls)s
            Cnil On
            <Directory @dir@/www/quiet>
                Cnil Audit
            </Directory>
            <Location /none>
                Cnil Off
            </Location>
            <Location /other>
                CnilPolicy @other@
            </Location>
        </VirtualHost>
    """ % {"tls": TLS}, policy=policy_file(POLICY),
        other=policy_file({"trackers": {"block": ["else.example"]}, "https": {"redirect": False}}))
    for name in ("a.html", "on/a.html", "quiet/a.html", "none/a.html", "other/a.html"):
        site(server, name, TRACKED)
    with server:
        body = {}
        for port in ("off", "on"):
            for path in ("/a.html", "/on/a.html", "/quiet/a.html", "/none/a.html", "/other/a.html"):
                body[port + path] = fetch(server.port(port), path, headers=NAVIGATION).body
        check("off in the server, off here", body["off/a.html"] == TRACKED)
        check("on in one <Location>", b"data-held" in body["off/on/a.html"])
        check("on in the virtual host", b"data-held" in body["on/a.html"])
        check("audit in a <Directory> changes nothing", body["on/quiet/a.html"] == TRACKED)
        check("off in a <Location> changes nothing", body["on/none/a.html"] == TRACKED)
        check("a <Location> has a policy of its own", b"https://tracker.example" in body["on/other/a.html"]
              and b"data-held" not in body["on/other/a.html"])
        events = open(server.events()).read()
        check("audit writes down what it would have held back", '"mode":"audit"' in events.replace(" ", ""), events)

    bad = policy_file({})
    with open(bad, "w") as file:
        file.write('{\n  "moed": "enforce",\n  "site": { "nmae": "x" }\n}\n')
    server = Apache("Cnil On\nCnilPolicy %s\n<VirtualHost 127.0.0.1:@port:tls@>\n</VirtualHost>" % bad)
    status, said = server.test()
    check("a policy with mistakes fails the configuration test", status != 0)
    check("it names file, line and column of each", bad + ":2:" in said and bad + ":3:" in said, said)
    server.clean()
    server = Apache("Cnil Maybe\n<VirtualHost 127.0.0.1:@port:tls@>\n</VirtualHost>")
    status, said = server.test()
    check("an unknown word is refused in words", status != 0 and "On, Audit or Off" in said, said)
    server.clean()


def state():
    """The key, the log, and what a configuration test leaves alone."""
    server = apache("")
    state_dir = server.values["state"]
    os.rmdir(state_dir)
    status, said = server.test()
    check("the configuration test passes", status == 0, said)
    check("a configuration test creates nothing", not os.path.exists(state_dir))
    site(server, "a.html", TRACKED)
    with server:
        keys = [name for name in os.listdir(state_dir) if "key" in name]
        check("a key was made", len(keys) == 1, os.listdir(state_dir))
        mode = stat.S_IMODE(os.stat(os.path.join(state_dir, keys[0])).st_mode)
        check("only its owner reads the key", mode == 0o600, oct(mode))
        key = open(os.path.join(state_dir, keys[0]), "rb").read()
        fetch(server.port("tls"), "/a.html?secret=1", headers=NAVIGATION)
        server.reload()
        fetch(server.port("tls"), "/a.html", headers=NAVIGATION)
        check("a graceful restart keeps the key", open(os.path.join(state_dir, keys[0]), "rb").read() == key)
        time.sleep(0.3)
        lines = [json.loads(line) for line in open(server.events())]
        check("events are written before and after a restart", len(lines) >= 2, lines)
        check("no query string is written down", "secret" not in open(server.events()).read())
    server = Apache("Cnil Audit\nCnilPolicy @policy@\nCnilState /proc/nowhere\n<VirtualHost 127.0.0.1:@port:tls@>\n%s</VirtualHost>" % TLS,
                    policy=policy_file(POLICY))
    site(server, "a.html", TRACKED)
    with server:
        check("audit needs no state and a log that cannot be opened stops no request",
              fetch(server.port("tls"), "/a.html", headers=NAVIGATION).body == TRACKED)


def audit():
    """Byte for byte, header for header, what it would be without the module; and the origin sees what it would see."""
    answers = {
        "/page": response(TRACKED, headers=[("Set-Cookie", "_ga=1; Path=/"), ("ETag", '"x"'), ("Cache-Control", "max-age=60"),
                                            ("Link", "<https://tracker.example/s.js>; rel=preload; as=script"),
                                            ("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")]),
        "/_privacy/": response(CLEAN),
    }
    origin = Origin(lambda request: answers.get(request.target.split("?")[0], response(b"no", "404 Not Found")))
    text = "<VirtualHost 127.0.0.1:@port:tls@>\n" + TLS + "ProxyPass / http://127.0.0.1:@origin@/\n</VirtualHost>\n"
    seen = {}
    for kind, config in (("without", text), ("audit", "Cnil Audit\nCnilPolicy @policy@\n" + text)):
        server = Apache(config, load=kind == "audit", policy=policy_file(POLICY), origin=origin.port)
        site(server, "a.html", TRACKED)
        with server:
            for path in ("/page", "/_privacy/", "/nothing"):
                for method in ("GET", "HEAD"):
                    got = fetch(server.port("tls"), path, method, NAVIGATION + [
                        ("Host", "shop.example"), ("Cookie", "_ga=1; a=b"), ("Range", "bytes=0-3"), ("If-None-Match", '"y"')])
                    request = origin.last(path)
                    seen[kind, method, path] = (
                        got.status, got.body, [field for field in got.headers if field[0] != "Date"],
                        [field for field in request.headers])
    for method in ("GET", "HEAD"):
        for path in ("/page", "/_privacy/", "/nothing"):
            check("audit leaves %s %s alone" % (method, path), seen["audit", method, path] == seen["without", method, path],
                  (seen["audit", method, path], seen["without", method, path]))
    origin.close()


def cookies():
    """Both tables of Set-Cookie, and the Cookie that proxies and scripts see."""
    origin = Origin(lambda request: response(CLEAN, headers=[("Set-Cookie", "_ga=from-origin; Path=/"), ("Set-Cookie", "cart=1")]))
    script = '#!/bin/sh\necho "Content-Type: text/html"\necho "Set-Cookie: _fbp=from-script"\necho "Set-Cookie: sid=2"\necho\n' \
             'echo "<p>cookie=[$HTTP_COOKIE] choice=[$CNIL_CHOICE] mode=[$CNIL_MODE] encoding=[$HTTP_ACCEPT_ENCODING]</p>"\n'
    server = apache("""
        Header add Set-Cookie "_gid=from-header"
        Header always add Set-Cookie "_hjid=from-always"
        ProxyPass /proxied http://127.0.0.1:@origin@/
        ScriptAlias /cgi @dir@/cgi
        <Location /cgi>
            SetOutputFilter DEFLATE
        </Location>
    """, extra=["cgid", "cgi"], origin=origin.port)
    path = server.file("cgi/show", script)
    os.chmod(path, 0o755)
    with server:
        sent = [("Cookie", "_ga=1; cart=9; _fbp=2"), ("Accept-Encoding", "gzip, br")]
        got = fetch(server.port("tls"), "/proxied", headers=NAVIGATION + sent)
        check("a tracker's cookies are taken out of both tables", got.all("set-cookie") == ["cart=1"], got.all("set-cookie"))
        check("the proxied origin sees its own cookie alone", [v for k, v in origin.last().headers if k.lower() == "cookie"] == ["cart=9"],
              origin.last().headers)
        check("the origin is not asked for compressed pages",
              not [v for k, v in origin.last().headers if k.lower() == "accept-encoding"], origin.last().headers)
        got = fetch(server.port("tls"), "/cgi/show", headers=NAVIGATION + sent)
        check("a script's pages are compressed for the client all the same", got.one("content-encoding") == "gzip", got.headers)
        text = gzip.decompress(got.body) if got.one("content-encoding") == "gzip" else got.body
        check("a script sees its own cookie alone, and the choice",
              b"cookie=[cart=9] choice=[none] mode=[enforce] encoding=[]" in text, text)
        check("a script's tracker cookies are taken out", got.all("set-cookie") == ["sid=2"], got.all("set-cookie"))
    origin.close()


def pages():
    """Includes, substitutions, error documents, HEAD, compression, protocols."""
    server = apache("""
        AddOutputFilter INCLUDES .shtml
        <Directory @dir@/www>
            Options +Includes
        </Directory>
        <Location /subst>
            SetOutputFilter SUBSTITUTE
            Substitute "s|MARK|<img src=//tracker.example/x>|"
        </Location>
        ErrorDocument 404 /missing.html
        AddOutputFilterByType DEFLATE text/html
        Protocols h2 http/1.1
    """, extra=["substitute", "http2"])
    site(server, "a.html", TRACKED)
    site(server, "big.html", TRACKED + b"<p>x</p>\n" * 400000)
    site(server, "a.shtml", b'<!DOCTYPE html><body><!--#include virtual="/part.html" --><p>x</p></body>')
    site(server, "part.html", b'<img src="https://tracker.example/part">')
    site(server, "missing.html", TRACKED)
    site(server, "subst/a.html", b"<!DOCTYPE html><body>MARK</body>")
    with server:
        port = server.port("tls")
        got = fetch(port, "/a.shtml", headers=NAVIGATION)
        check("an included fragment is rewritten", b"data-held" in got.body and b"tracker.example/part" not in got.body, got.body)
        got = fetch(port, "/subst/a.html", headers=NAVIGATION)
        check("what mod_substitute puts in is rewritten", b"data-held" in got.body, got.body)
        got = fetch(port, "/nowhere", headers=NAVIGATION)
        check("an error document is rewritten and keeps its status", got.status == 404 and b"data-held" in got.body, got.status)
        for path in ("/a.html", "/nowhere"):
            get, head = fetch(port, path, headers=NAVIGATION), fetch(port, path, "HEAD", NAVIGATION)
            ignored = ("date", "content-length", "transfer-encoding", "vary")
            check("HEAD %s has the headers of GET" % path,
                  [f for f in get.headers if f[0].lower() not in ignored] == [f for f in head.headers if f[0].lower() not in ignored],
                  (get.headers, head.headers))
            length = head.one("content-length")
            check("HEAD %s tells no other length than GET's" % path, length is None or int(length) == len(get.body), length)
        got = fetch(port, "/a.html", headers=NAVIGATION + [("Accept-Encoding", "gzip")])
        check("rewritten pages are compressed after us", got.one("content-encoding") == "gzip"
              and b"data-held" in gzip.decompress(got.body))
        got = fetch(port, "/a.html", headers=NAVIGATION, version="1.0")
        check("HTTP/1.0 gets the whole page", got.complete and b"data-held" in got.body and got.body.endswith(b"</html>"), got.body[-80:])
        once = hashlib.md5(fetch(port, "/big.html", headers=NAVIGATION).body).hexdigest()
        slow = fetch(port, "/big.html", headers=NAVIGATION, rate=4_000_000)
        check("a slow reader of 3 MB gets the same bytes", hashlib.md5(slow.body).hexdigest() == once)
        done = subprocess.run(["curl", "-sk", "--http2", "-H", "Sec-Fetch-Dest: document", "-w", "%{http_version}",
                               "https://localhost:%d/big.html" % port], capture_output=True)
        check("HTTP/2 gets the same bytes", done.stdout.endswith(b"2") and hashlib.md5(done.stdout[:-1]).hexdigest() == once,
              done.stdout[-20:])


def validators():
    """304 in both directions, ranges, and a page that the browser keeps."""
    server = apache("")
    site(server, "a.html", TRACKED)
    site(server, "plain.txt", b"0123456789")
    with server:
        port = server.port("tls")
        got = fetch(port, "/a.html", headers=NAVIGATION)
        etag = got.one("etag")
        check("a rewritten page has a weak validator of its own", etag and etag.startswith('W/"') and "-c" in etag, etag)
        check("it is private and asked for again", got.one("cache-control") == "private, no-cache", got.headers)
        check("it has no Last-Modified, no Accept-Ranges", got.one("last-modified") is None and got.one("accept-ranges") is None)
        again = fetch(port, "/a.html", headers=NAVIGATION + [("If-None-Match", etag)])
        check("its own validator gives 304", again.status == 304 and again.one("etag") == etag, (again.status, again.headers))
        original = '"' + etag[3:].split("-c")[0] + '"'
        got = fetch(port, "/a.html", headers=NAVIGATION + [("If-None-Match", original)])
        check("the validator of before the installation gives the page", got.status == 200 and b"data-held" in got.body, got.status)
        got = fetch(port, "/a.html", headers=NAVIGATION + [("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")])
        check("so does If-Modified-Since", got.status == 200)
        got = fetch(port, "/a.html", headers=NAVIGATION + [("Range", "bytes=0-3")])
        check("a page comes whole whatever range is asked for", got.status == 200 and b"data-held" in got.body, got.status)
        got = fetch(port, "/a.html", headers=[("Range", "bytes=0-3")])
        check("also where nothing says it is a navigation", got.status == 200 and b"data-held" in got.body, got.status)
        got = fetch(port, "/plain.txt", headers=[("Range", "bytes=2-4")])
        check("other files keep their ranges", got.status == 206 and got.body == b"234", got.body)


def streaming():
    """What the origin sends now, the visitor gets now; every size of chunk gives the same bytes."""
    def answer(request):
        if request.target == "/slow":
            def pieces():
                yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<!DOCTYPE html><body>"
                for i in range(4):
                    time.sleep(0.4)
                    yield b"<p>%d</p>" % i
            return pieces()
        if request.target.startswith("/cut/"):
            size = int(request.target[5:])

            def cut():
                yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
                for at in range(0, len(TRACKED), size):
                    yield TRACKED[at:at + size]
            return cut()
        if request.target == "/gzip":
            return response(gzip.compress(TRACKED), headers=[("Content-Encoding", "gzip")])
        return response(TRACKED)

    origin = Origin(answer)
    server = apache("ProxyPass / http://127.0.0.1:@origin@/", origin=origin.port)
    with server:
        port = server.port("tls")
        got = fetch(port, "/slow", headers=NAVIGATION)
        spread = got.times[-1][0] - got.times[0][0]
        check("a page that comes slowly goes out as it comes", spread > 0.9 and len(got.times) >= 4, got.times)
        whole = fetch(port, "/whole", headers=NAVIGATION).body
        for size in (1, 2, 3, 7, 4096):
            cut = fetch(port, "/cut/%d" % size, headers=NAVIGATION).body.replace(b"/cut/%d" % size, b"/whole")
            check("chunks of %d give the same page" % size, cut == whole, cut)
        got = fetch(port, "/gzip", headers=NAVIGATION)
        check("a page that comes compressed all the same leaves behind a policy",
              any("default-src" in value for value in got.all("content-security-policy")), got.headers)
    origin.close()


def own_addresses():
    """Claimed before anything of the site's can take them; no site rule breaks the choice."""
    server = apache("""
        RewriteEngine On
        RewriteRule ^/(.*)$ /index.php/$1 [PT]
        ProxyPass /_privacy http://127.0.0.1:9/
        Alias /_privacy /nowhere
        <Location />
            RewriteEngine On
            RewriteRule .* - [F]
        </Location>
    """, policy=dict(POLICY, https={"redirect": True, "port": 443}))
    with server:
        port = server.port("tls")
        got = fetch(port, "/_privacy/", headers=NAVIGATION)
        check("the privacy page is ours", got.status == 200 and b"<html" in got.body, (got.status, got.body[:200]))
        form = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")]
        got = fetch(port, "/_privacy/choice", "POST", form, b"choice=refuse&return=%2Fa%3Fb")
        check("a choice is answered with 303 to the page", got.status == 303 and got.one("location").endswith("/a?b"), got.headers)
        check("and with the choice's cookie", any(v.startswith("eu-consent=") for v in got.all("set-cookie")), got.headers)
        got = fetch(port, "/_privacy/choice", "POST", form, b"x=" + b"y" * 10000)
        check("a body past the limit is refused", got.status == 413, got.status)
        got = fetch(port, "/_privacy/choice", "POST", form[:1] + [("Origin", "https://evil.example")], b"choice=accept&return=%2F")
        check("another site's form changes nothing", got.status == 200 and not got.all("set-cookie"), (got.status, got.headers))
        got = fetch(port, "/_privacy/choice", headers=NAVIGATION)
        check("GET changes nothing", got.status == 405 and not got.all("set-cookie"), got.status)


def https():
    """Plain http goes to https, before access control."""
    server = Apache("""
        Cnil On
        CnilPolicy @policy@
        <VirtualHost 127.0.0.1:@port:plain@>
            <Location />
                Require all denied
            </Location>
        </VirtualHost>
        <VirtualHost 127.0.0.1:@port:tls@>
            %s
        </VirtualHost>
    """ % TLS, policy=policy_file({"https": {"port": 8443}}))
    site(server, "a.html", CLEAN)
    with server:
        got = fetch(server.port("plain"), "/a?b=c", tls=False, host="shop.example")
        check("GET goes to https for good", got.status == 301 and got.one("location") == "https://shop.example:8443/a?b=c", got.headers)
        got = fetch(server.port("plain"), "/a", "POST", tls=False, host="shop.example", body=b"x")
        check("POST keeps its method", got.status == 308, got.status)
        check("no HSTS over plain http", got.one("strict-transport-security") is None)
        for path in ("/a.html", "/nowhere"):
            got = fetch(server.port("tls"), path, headers=NAVIGATION)
            check("HSTS over TLS on %s, once" % path, len(got.all("strict-transport-security")) == 1, got.headers)


def cache():
    """mod_cache never gives one visitor's page to another."""
    origin = Origin(lambda request: response(TRACKED, headers=[("Cache-Control", "max-age=600"), ("ETag", '"o"')]))
    for title, quick in (("quick handler", "On"), ("normal handler", "Off")):
        before = len(origin.requests)
        server = apache("""
            ProxyPass / http://127.0.0.1:@origin@/
            CacheEnable disk /
            CacheRoot @dir@/cache
            CacheQuickHandler %s
            %s
        """ % (quick, "" if quick == "On" else "SetOutputFilter CACHE"), extra=["cache", "cache_disk"], origin=origin.port)
        os.mkdir(os.path.join(server.dir, "cache"))
        subprocess.run(["chown", "www-data", os.path.join(server.dir, "cache")], check=False)
        with server:
            port = server.port("tls")
            form = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")]
            got = fetch(port, "/_privacy/choice", "POST", form, b"choice=refuse&return=%2F")
            choice = [v.split(";")[0] for v in got.all("set-cookie") if v.startswith("eu-consent=")]
            first = fetch(port, "/p", headers=NAVIGATION).body
            refused = fetch(port, "/p", headers=NAVIGATION + [("Cookie", choice[0])]).body if choice else b""
            new = fetch(port, "/p", headers=NAVIGATION).body
            check("%s: the banner of one is not the page of another" % title, refused != first and new == first and refused)
            check("%s: held back for everybody" % title, all(b"https://tracker.example" not in one for one in (first, refused, new)))
            if quick == "Off":
                check("normal handler: the origin's page is kept", len(origin.requests) - before < 3, len(origin.requests) - before)
    origin.close()


def reloads():
    """Graceful restarts under load: no failed request."""
    server = apache("")
    site(server, "a.html", TRACKED)
    with server:
        port, stop, bad, count = server.port("tls"), threading.Event(), [], [0]

        def load():
            while not stop.is_set():
                try:
                    got = fetch(port, "/a.html", headers=NAVIGATION)
                    count[0] += 1
                    if got.status != 200 or not got.complete or b"data-held" not in got.body:
                        bad.append(got.status)
                except OSError as error:
                    bad.append(repr(error))

        threads = [threading.Thread(target=load) for _ in range(2)]
        for thread in threads:
            thread.start()
        for _ in range(5):
            server.reload()
            time.sleep(0.3)
        stop.set()
        for thread in threads:
            thread.join()
        check("no request failed over 5 graceful restarts", not bad and count[0] > 10, (bad[:3], count[0]))


def websocket():
    """An upgrade goes through."""
    def answer(request):
        yield b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello"

    origin = Origin(answer)
    server = apache("ProxyPass / http://127.0.0.1:@origin@/ upgrade=websocket", extra=["proxy_wstunnel"], origin=origin.port)
    with server:
        got = fetch(server.port("tls"), "/ws", headers=[("Upgrade", "websocket"), ("Sec-WebSocket-Key", "x")])
        check("101 passes", got.status == 101, (got.status, got.headers))
    origin.close()


def main():
    for subject in (directives, state, audit, cookies, pages, validators, streaming, own_addresses, https, cache, reloads, websocket):
        if len(sys.argv) > 1 and subject.__name__ not in sys.argv[1:]:
            continue
        try:
            subject()
        except (ServerError, OSError, IndexError, AttributeError, subprocess.SubprocessError) as error:
            check(subject.__name__, False, "%s: %s" % (type(error).__name__, error))
    return checks.end()


if __name__ == "__main__":
    sys.exit(main())
