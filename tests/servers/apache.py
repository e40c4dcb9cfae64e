#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real Apache httpd, the module built with sanitizers: what a connector must get right, one function a subject."""

import gzip
import hashlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from servers import Apache, ServerError  # noqa: E402
from shop import CLEAN, FORM, NAVIGATION, POLICY, TRACKED, asked, curl, fields, held, memory, policy_file, raw, secure, site, websocket_origin, websocket_talk  # noqa: E402
import shop  # noqa: E402
from gateway import Gateway  # noqa: E402
from wire import Checks, Origin, fetch, response, until  # noqa: E402

checks = Checks()
check = checks.check

BIG = shop.big(20000)
TLS = "SSLEngine on\nSSLCertificateFile @cert@\nSSLCertificateKeyFile @key@\n"


def apache(config, policy=None, **more):
    """Module on, one virtual host with TLS at port `tls`."""
    text = "Cnil On\nCnilPolicy @policy@\n<VirtualHost 127.0.0.1:@port:tls@>\n%s%s\n</VirtualHost>\n" % (TLS, config)
    return Apache(text, policy=policy_file(policy or POLICY), **more)


def children(pid):
    with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
        return [int(word) for word in file.read().split()]


def script(server, name, text):
    os.chmod(server.file(os.path.join("cgi", name), "#!/bin/sh\n" + text), 0o755)


# ---- configuration ----


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
        until(lambda: '"mode":"audit"' in open(server.events()).read().replace(" ", ""))
        events = open(server.events()).read()
        check("audit writes down what it would have held back", '"mode":"audit"' in events.replace(" ", ""), events)


def refusals():
    """What `apachectl configtest` says of mistakes."""
    bad = policy_file('{\n  "moed": "enforce",\n  "site": { "nmae": "x" }\n}\n')
    broken = policy_file('{\n  "mode" "enforce"\n}\n')

    def said(text, inside=""):
        server = Apache("%s\n<VirtualHost 127.0.0.1:@port:tls@>\n%s\n</VirtualHost>" % (text, inside))
        status, output = server.test()
        server.clean()
        return status, output

    status, text = said("Cnil On\nCnilPolicy %s" % bad)
    check("a policy with mistakes fails the configuration test", status != 0)
    check("it names file, line and column of each", bad + ":2:" in text and bad + ":3:" in text, text)
    check("and the directive's line", re.search(r"AH00526: Syntax error on line \d+ of \S+server.conf", text), text)
    status, text = said("Cnil On", "<Location /x>\nCnilPolicy %s\n</Location>" % bad)
    check("so does one in a <Location>", status != 0 and bad + ":2:" in text, text)
    status, text = said("CnilPolicy %s" % bad)
    check("and one that nothing is on for", status != 0 and bad + ":3:" in text, text)
    status, text = said("CnilPolicy %s" % broken)
    check("a syntax error has its place", status != 0 and broken + ":2:" in text, text)
    status, text = said("CnilPolicy /nowhere/policy.json")
    check("a policy that is not there fails it", status != 0 and "/nowhere/policy.json" in text, text)
    status, text = said("CnilPolicy beside.json")
    check("a relative path begins at ServerRoot", status != 0 and re.search(r"/cnil-apache-\w+/beside.json", text), text)
    status, text = said("Cnil Maybe")
    check("an unknown word is refused in words", status != 0 and "On, Audit or Off" in text, text)
    status, text = said("Cnil On Off")
    check("two words are refused", status != 0 and "takes one argument" in text, text)
    status, text = said("", "CnilState /x")
    check("CnilState belongs to the server", status != 0 and "CnilState" in text and "VirtualHost" in text, text)
    server = apache("<Directory @dir@/www>\nAllowOverride All\n</Directory>", expect_problems=True)
    site(server, ".htaccess", b"Cnil Off\n")
    site(server, "a.html", TRACKED)
    with server:
        got = fetch(server.port("tls"), "/a.html", headers=NAVIGATION)
        check(".htaccess cannot turn it off", got.status == 500 and b"https://tracker.example" not in got.body, got.status)
        check("and the log says so", b"Cnil not allowed here" in server.log(), server.log()[-300:])
    one = policy_file(POLICY)
    started = time.monotonic()
    status, text = said("Cnil On", "\n".join("<Location /%d>\nCnilPolicy %s\n</Location>" % (i, one) for i in range(500)))
    took = time.monotonic() - started
    check("one file in 500 places is loaded once", status == 0 and took < 20, (took, text[-300:]))


def state():
    """The key, the log, and what a configuration test leaves alone."""
    server = apache("")
    shop.keeps_its_state(check, server, server.reload)
    server = Apache("Cnil Audit\nCnilPolicy @policy@\nCnilState @dir@/not/there/yet\n<VirtualHost 127.0.0.1:@port:tls@>\n%s</VirtualHost>" % TLS,
                    policy=policy_file(POLICY))
    site(server, "a.html", TRACKED)
    with server:
        fetch(server.port("tls"), "/a.html", headers=NAVIGATION)
        fetch(server.port("tls"), "/a.html", headers=NAVIGATION)
        made = os.path.join(server.dir, "not/there/yet")
        until(lambda: os.path.exists(os.path.join(made, "events.jsonl")))
        check("audit makes the directory of its log, and no key", os.listdir(made) == ["events.jsonl"], os.listdir(made))
    server = Apache("Cnil Audit\nCnilPolicy @policy@\nCnilState /proc/nowhere\n<VirtualHost 127.0.0.1:@port:tls@>\n%s</VirtualHost>" % TLS,
                    policy=policy_file(POLICY))
    site(server, "a.html", TRACKED)
    with server:
        check("audit needs no state and a log that cannot be opened stops no request",
              fetch(server.port("tls"), "/a.html", headers=NAVIGATION).body == TRACKED)
        check("but it is said", until(lambda: "is not written down: it cannot be opened" in server.text()), server.text()[-500:])
    server = apache("", main="CnilState /proc/nowhere")
    server.write("CnilState /proc/nowhere\n" + server.config)
    try:
        server.start(timeout=10)
        server.kill()
        check("without a place for its key it does not start", False)
    except ServerError as error:
        check("without a place for its key it does not start", "/proc/nowhere" in str(error), error)
    server.clean()
    server = apache("", policy=dict(POLICY, log={"file": "/proc/nowhere/events.jsonl"}))
    site(server, "a.html", TRACKED)
    with server:
        check("a log that cannot be opened stops no request that enforces",
              held(fetch(server.port("tls"), "/a.html", headers=NAVIGATION).body))
    server = Apache("<VirtualHost 127.0.0.1:@port:tls@>\n%sCnil Off\nCnilPolicy @policy@\n</VirtualHost>" % TLS, policy=policy_file(POLICY))
    os.rmdir(server.values["state"])
    site(server, "a.html", TRACKED)
    with server:
        check("off leaves pages alone", fetch(server.port("tls"), "/a.html", headers=NAVIGATION).body == TRACKED)
        check("off makes nothing", not os.path.exists(server.values["state"]))
    audit_only = policy_file(dict(POLICY, mode="audit"))
    for text, has_key in (("Cnil On\nCnilPolicy @policy@", False), ("<Location /x>\nCnil On\n</Location>\nCnilPolicy @policy@", False),
                          ("<Location /x>\nCnil On\n</Location>", True), ("Cnil On", True)):
        server = Apache("<VirtualHost 127.0.0.1:@port:other@>\n%sCnil On\nCnilPolicy @policy@\n</VirtualHost>\n"
                        "<VirtualHost 127.0.0.1:@port:tls@>\n%s%s\n</VirtualHost>" % (TLS, TLS, text), policy=audit_only)
        with server:
            check("beside a policy that only audits %r has %s" % (text, "a key" if has_key else "none"),
                  os.path.exists(os.path.join(server.values["state"], "key")) == has_key, os.listdir(server.values["state"]))


# ---- not doing harm ----


SCRIPTS = {
    "show": 'echo "Content-Type: text/html"\necho "Set-Cookie: _fbp=1"\necho\necho "<p>cookie=[$HTTP_COOKIE] encoding=[$HTTP_ACCEPT_ENCODING]</p>"\n',
    "many": 'echo "Content-Type: text/html"\necho\nfor i in 1 2 3 4 5; do head -c 30000 /dev/zero | tr "\\\\0" x; done\n',
    "nph": 'echo "Status: 404 Gone Away"\necho "Content-Type: text/html; charset=utf-8"\necho "ETag: \\"s\\""\necho\necho "<img src=//tracker.example/p.gif>"\n',
    "where": 'echo "Location: /files/a.html"\necho\n',
}


def audit():
    """Audit and off: byte for byte, header for header, what it would be without the module; the origin sees what it would."""
    answers = {
        "/page": response(TRACKED, headers=[("Set-Cookie", "_ga=1; Path=/"), ("ETag", '"x"'), ("Cache-Control", "max-age=60"),
                                            ("Link", "<https://tracker.example/s.js>; rel=preload; as=script"),
                                            ("Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT")]),
        "/_privacy/": response(CLEAN),
        "/gzip": response(gzip.compress(TRACKED, mtime=0), headers=[("Content-Encoding", "gzip")]),
        "/chunked": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<p>a<\r\n3\r\n/p>\r\n0\r\n\r\n",
    }
    origin = Origin(lambda request: answers.get(request.target.split("?")[0], response(b"no", "404 Not Found")))
    text = """
        <VirtualHost 127.0.0.1:@port:tls@>
        %s
        ProxyPass /o http://127.0.0.1:@origin@
        Header always set X-Always "1"
        Header add Set-Cookie "_gid=1"
        AddOutputFilterByType DEFLATE text/html
        AddOutputFilter INCLUDES .shtml
        AddLanguage fr .fr
        AddHandler send-as-is asis
        Alias /files @dir@/www
        ScriptAlias /cgi @dir@/cgi
        ErrorDocument 404 /files/a.html
        ErrorDocument 403 "<img src=//tracker.example/p.gif>"
        RewriteEngine On
        RewriteRule ^/pt/(.*) /files/$1 [PT]
        RewriteRule ^/moved /files/a.html [R=302,L]
        TraceEnable On
        DavLockDB @dir@/logs/dav
        <Directory @dir@/www>
            Options +Includes +Indexes +MultiViews
            DirectoryIndex a.html
            ExpiresActive On
            ExpiresDefault "access plus 0 seconds"
        </Directory>
        <Directory @dir@/www/list>
            DirectoryIndex disabled
            Dav On
        </Directory>
        <Location /closed>
            Require all denied
        </Location>
        </VirtualHost>
    """ % TLS
    paths = ["/o/page", "/_privacy/", "/o/_privacy/", "/o/nothing", "/o/gzip", "/o/chunked", "/files/a.html", "/a.html", "/none", "/files/a.shtml",
             "/list/", "/list", "/files/", "/doc", "/pt/a.html", "/moved", "/closed", "/as.asis", "/big.html", "/plain.txt", "/empty.html"]
    paths += ["/cgi/" + name for name in SCRIPTS]
    seen = {}
    for kind, config in (("without", text), ("audit", "Cnil Audit\nCnilPolicy @policy@\n" + text), ("off", "Cnil Off\nCnilPolicy @policy@\n" + text)):
        server = Apache(config, load=kind != "without", policy=policy_file({"trackers": {"block": ["tracker.example"]}}), origin=origin.port,
                        extra=["cgid", "cgi", "autoindex", "negotiation", "expires", "asis", "dav", "dav_fs"])
        for name, content in (("a.html", TRACKED), ("big.html", BIG[:300000]), ("a.shtml", b'<body><!--#include virtual="/files/a.html" --></body>'),
                              ("list/x.html", TRACKED), ("list/README.html", b'<img src="//tracker.example/p.gif">'), ("doc.html.fr", TRACKED),
                              ("as.asis", b"Status: 200 Fine\nContent-Type: text/html\nSet-Cookie: _ga=2\n\n<p>x"), ("plain.txt", b"0123456789" * 5000),
                              ("empty.html", b"")):
            site(server, name, content)
        os.utime(server.dir + "/www", (1700000000, 1700000000))
        for name, body in SCRIPTS.items():
            script(server, name, body)
        with server:
            port = server.port("tls")

            def ask(path, method, version, extra):
                got = fetch(port, path, method, NAVIGATION + extra + [("Host", "shop.example"), ("Cookie", "_ga=1; a=b")], version=version)
                request = origin.last(path[2:]) if path.startswith("/o/") else None
                body = got.body
                if body[:2] == b"\x1f\x8b" and path.startswith("/cgi"):
                    body = gzip.decompress(body)  # where it was flushed is up to the script's speed
                # nor is it certain whether a script's page has a length, or comes in one piece, too short for mod_deflate to
                # think of it; or in which order methods are named
                ignored = ("date", "expires") + (("content-length", "transfer-encoding", "vary") if path.startswith("/cgi") else ())
                headers = [(k, ",".join(sorted(v.split(","))) if k == "Allow" else v.replace(":%d" % port, "")) for k, v in fields(got, ignored)]
                seen[kind, method, version, path, str(extra)] = (
                    got.status, re.sub(rb"creationdate>[^<]*", b"", body).replace(b":%d" % port, b""), got.complete, headers,
                    request and [field for field in request.headers if not field[1].startswith("127.0.0.1:")])

            for path in paths:
                # a script's page has a range or is compressed only where all of it is there at once, with or without us
                of_whole = [] if path.startswith("/cgi") else [[("Accept-Encoding", "gzip")], [("Range", "bytes=0-3")]]
                for extra in [[], [("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")]] + of_whole:
                    ask(path, "GET", "1.1", extra)
                ask(path, "HEAD", "1.1", [])
                if of_whole:
                    ask(path, "HEAD", "1.1", [("Accept-Encoding", "gzip")])
                ask(path, "GET", "1.0", [])
            ask("/big.html", "GET", "1.1", [("Range", "bytes=-5")])
            ask("/plain.txt", "GET", "1.1", [("Range", "bytes=90000-")])
            for method, path in (("OPTIONS", "*"), ("OPTIONS", "/a.html"), ("OPTIONS", "/list/"), ("TRACE", "/a.html"), ("PROPFIND", "/list/"),
                                 ("DELETE", "/a.html"), ("BREW", "/a.html"), ("POST", "/cgi/show"), ("GET", "http://shop.example/a.html")):
                ask(path, method, "1.1", [])
    shop.leaves_alone(check, seen)
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


def redirects():
    """Fields of both tables and redirects that the server itself makes: the same rules hold."""
    server = apache("""
        Header set Report-To '{"group":"default","max_age":9,"endpoints":[{"url":"https://tracker.example/r"}]}'
        Header always set Reporting-Endpoints 'a="https://tracker.example/r"'
        Header always set NEL '{"report_to":"default","max_age":9}'
        Header always set Link '<https://tracker.example/s.js>; rel=preload; as=script'
        Header always set Refresh "0; url=https://tracker.example/" "expr=%{REQUEST_URI} == '/reload'"
        Redirect /away https://tracker.example/p.gif
        Redirect permanent /home /a.html
        RewriteEngine On
        RewriteRule ^/again/(.*) https://tracker.example/$1 [R=307,L]
    """)
    site(server, "reload", b"x")
    with server:
        port = server.port("tls")
        image = [("Sec-Fetch-Dest", "image"), ("Sec-Fetch-Mode", "no-cors"), ("Accept", "image/*")]
        for path in ("/away", "/again/p.gif"):
            got = fetch(port, path, headers=image)
            check("%s leads no image to a tracker" % path, got.status in (302, 307) and not got.all("location"), got.headers)
        check("an image of the site is still found", len(fetch(port, "/home", headers=image).all("location")) == 1)
        check("a visitor goes where a link leads", fetch(port, "/away", headers=NAVIGATION).all("location") == ["https://tracker.example/p.gif"])
        for path, ended in (("/away", ['{"max_age":0}']), ("/missing", ['{"max_age":0}']), ("/reload", [])):  # a cache may keep the last for others
            got = fetch(port, path, headers=image)
            check("%s reports to nobody" % path, not got.all("report-to") and not got.all("reporting-endpoints") and got.all("nel") == ended
                  and not got.all("link") and not got.all("refresh"), got.headers)


def gateways():
    """The Cookie that applications see behind every protocol that Apache speaks."""
    applications = {protocol: Gateway(protocol) for protocol in Gateway.readers}
    server = apache("""
        ProxyPass /fastcgi fcgi://127.0.0.1:@fastcgi@/
        ProxyPass /scgi scgi://127.0.0.1:@scgi@/
        ProxyPass /uwsgi uwsgi://127.0.0.1:@uwsgi@/
    """, extra=["proxy_fcgi", "proxy_scgi", "proxy_uwsgi"], **{name: one.port for name, one in applications.items()})
    with server:
        port = server.port("tls")
        for protocol, application in applications.items():
            got = fetch(port, "/%s/page" % protocol, headers=NAVIGATION + [("Cookie", "_ga=1; cart=9; _fbp=2")])
            check("an application behind %s sees its own cookie alone" % protocol, application.cookie() == b"cart=9", application.cookie())
            check("and sets its own alone, %s" % protocol, got.all("set-cookie") == ["sid=2"], got.headers)
            fetch(port, "/%s/page" % protocol, headers=NAVIGATION + [("Cookie", "_ga=1")])
            check("with nothing left %s says nothing" % protocol, application.cookie() is None, application.cookie())
            application.close()


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
        ErrorDocument 403 "<html><body><img src=https://tracker.example/p.gif>"
        ErrorDocument 503 /missing.html
        AddOutputFilterByType DEFLATE text/html
        Protocols h2 http/1.1
        Header always add Set-Cookie "_ga=1"
        RewriteEngine On
        RewriteRule ^/pt/(.*) /$1 [PT]
        RewriteRule ^/gone - [G]
        ErrorDocument 410 /cgi/gone
        ProxyPass /dead http://127.0.0.1:1/
        ScriptAlias /cgi @dir@/cgi
        <Location /closed>
            Require all denied
        </Location>
        <Location /quiet>
            Cnil Off
        </Location>
        <Location /quiet/denied>
            Require all denied
            ErrorDocument 403 /missing.html
        </Location>
        <Directory @dir@/www/rules>
            RewriteEngine On
            RewriteRule .* /a.html
        </Directory>
        <Directory @dir@/www/list>
            Options +Indexes
            ReadmeName README.html
            DirectoryIndex disabled
        </Directory>
    """, extra=["substitute", "http2", "autoindex", "cgid", "cgi"])
    script(server, "gone", 'echo "Content-Type: text/html"\necho "Set-Cookie: _fbp=1"\necho "Set-Cookie: sid=1"\necho\necho "<body><img src=https://tracker.example/p.gif>"\n')
    site(server, "list/x.txt", b"x")
    site(server, "list/README.html", b'<img src="https://tracker.example/p.gif">')
    site(server, "rules/x.html", CLEAN)
    site(server, "index.html", TRACKED)
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
        for path, status, why in (("/closed", 403, "a text of ErrorDocument"), ("/pt/a.html", 200, "what a rule passes through"),
                                  ("/rules/x.html", 200, "what a directory's rule leads to"), ("/", 200, "an index"),
                                  ("/list/", 200, "a listing"), ("/dead", 503, "the error page of a dead origin"), ("/gone", 410, "a script's error page"),
                                  ("/quiet/denied", 403, "the error page of a place that is off")):
            for version in ("1.1", "1.0"):
                got = fetch(port, path, headers=NAVIGATION, version=version)
                check("%s is rewritten and keeps its status, HTTP/%s" % (why, version), got.status == status and held(got.body) and got.complete, (got.status, got.body))
                check("%s sets no tracker's cookie, HTTP/%s" % (why, version), got.all("set-cookie") == (["sid=1"] if path == "/gone" else []), got.all("set-cookie"))
        got = fetch(port, "http://localhost/a.html", headers=NAVIGATION)
        check("the absolute form is a page like others", got.status == 200 and held(got.body), got.status)
        got = fetch(port, "http://localhost", headers=NAVIGATION)
        check("also without a path", got.status == 200 and held(got.body), (got.status, got.body))
        got = fetch(port, "/a.html?\xe9=\xff", headers=NAVIGATION + [("X-\xfe", "\xff"), ("Cookie", "\xe9=\xff; _ga=1"), ("Referer", "\x80")])
        check("bytes past ASCII do no harm", got.status in (200, 400) and b"https://tracker.example" not in got.body, got.status)
        got = fetch(port, "/a.html", headers=NAVIGATION + [("X-%d" % i, "y" * 50) for i in range(80)])
        check("nor do many fields", got.status == 200 and held(got.body), got.status)
        got = fetch(port, "*", "OPTIONS")
        check("OPTIONS * is answered", got.status == 200, got.status)
        got = fetch(port, "/a.html", "TRACE", [("Cookie", "_ga=1")])
        check("TRACE says nothing of trackers", b"_ga" not in got.body, got.body)
        with secure(port) as connection:
            for last in (False, True):
                connection.sendall(b"GET /a.html HTTP/1.0\r\nHost: localhost\r\nSec-Fetch-Dest: document\r\n%s\r\n" % (b"" if last else b"Connection: keep-alive\r\n"))
                kept = b""
                while b"</html>" not in kept:
                    piece = connection.recv(65536)
                    if not piece:
                        break
                    kept += piece
                if b"keep-alive" not in kept.lower():
                    break
            check("HTTP/1.0 with keep-alive gets whole pages", held(kept) and kept.endswith(b"</html>"), kept[-100:])
        check("a kept connection answers again", curl(port, "/a.html", "https://localhost:%d/a.html" % port, "-w", "%{num_connects}")[-1:] == b"0")
        for path in ("/a.html", "/nowhere", "/closed", "/a.shtml", "/cgi/gone"):
            extra = [("Accept-Encoding", "gzip")] if path != "/closed" else []
            get, head = fetch(port, path, headers=NAVIGATION + extra), fetch(port, path, "HEAD", NAVIGATION + extra)
            ignored = ("date", "content-length", "transfer-encoding")
            check("HEAD %s has the headers of GET" % path, get.status == head.status and head.body == b"" and fields(get, ignored) == fields(head, ignored),
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
    origin = Origin(lambda request: response(b"", "304 Not Modified", [("ETag", '"o"')], length=False)
                    if ("If-None-Match", '"o"') in request.headers else response(TRACKED, headers=[("ETag", '"o"')]))
    server = apache("ProxyPass /o http://127.0.0.1:@origin@/\nAddOutputFilterByType BROTLI_COMPRESS;DEFLATE text/html", extra=["brotli"], origin=origin.port)
    site(server, "a.html", TRACKED)
    site(server, "plain.txt", b"0123456789")
    with server:
        port = server.port("tls")
        shop.validators_of_pages(check, port)
        for path in ("/a.html", "/o"):
            for coding in ("gzip", "br"):
                encoding = [("Accept-Encoding", coding)]
                got = fetch(port, path, headers=NAVIGATION + encoding)
                check("%s is sent as %s" % (path, coding), got.one("content-encoding") == coding, got.headers)
                again = fetch(port, path, headers=NAVIGATION + encoding + [("If-None-Match", got.one("etag") or "")])
                check("the tag of %s as %s gives 304" % (path, coding), again.status == 304 and "-c" in (again.one("etag") or ""), (got.headers, again.headers))
                check("and 304 repeats the guard of caching", again.one("cache-control") == "private, no-cache", again.headers)
        got = fetch(port, "/o", headers=NAVIGATION + [("If-None-Match", '"o"')])
        check("the origin is not asked about what it sent before the installation", got.status == 200 and held(got.body)
              and not [k for k, _ in origin.last().headers if k == "If-None-Match"], got.status)
        got = fetch(port, "/o", headers=NAVIGATION + [("Range", "bytes=0-3")])
        check("nor for a range of a page", got.status == 200 and not [k for k, _ in origin.last().headers if k == "Range"], origin.last().headers)
    origin.close()


def streaming():
    """What the origin sends now, the visitor gets now; every size of chunk gives the same bytes."""
    def answer(request):
        if request.target == "/slow":
            def pieces():
                yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<!DOCTYPE html><body>"
                for i in range(4):
                    time.sleep(1)
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
        if request.target == "/broken":
            return [response(TRACKED)[:-20]]
        if request.target == "/hints":
            return (b"HTTP/1.1 103 Early Hints\r\nLink: <https://tracker.example/s.js>; rel=preload; as=script\r\nSet-Cookie: _ga=1\r\n\r\n"
                    + response(TRACKED))
        return response(TRACKED)

    origin = Origin(answer)
    server = apache("ProxyPass / http://127.0.0.1:@origin@/\nAddOutputFilterByType DEFLATE text/html\nProtocols h2 http/1.1", extra=["http2"], origin=origin.port)
    with server:
        port = server.port("tls")
        got = fetch(port, "/slow", headers=NAVIGATION + [("Accept-Encoding", "gzip")])
        check("also compressed", got.one("content-encoding") == "gzip" and got.times[-1][0] - got.times[0][0] > 0.9, (got.headers, got.times))
        with subprocess.Popen(["curl", "-skN", "--http2", "-H", "Sec-Fetch-Dest: document", "https://localhost:%d/slow" % port], stdout=subprocess.PIPE) as process:
            began = time.monotonic()
            os.read(process.stdout.fileno(), 100)
            first = time.monotonic() - began
            process.communicate()
            check("also over HTTP/2", time.monotonic() - began - first > 0.5, first)
        got = fetch(port, "/broken", headers=NAVIGATION)
        check("a page that the origin broke off stays broken off", not got.complete or got.status == 0, (got.status, got.body[-50:]))
        got = raw(port, b"GET /hints HTTP/1.1\r\nHost: a\r\nSec-Fetch-Dest: document\r\nConnection: close\r\n\r\n")
        check("an interim response names no tracker", b"https://tracker.example" not in got and b"_ga=" not in got and b"HTTP/1.1 200" in got, got[:400])
        got = fetch(port, "/slow", headers=NAVIGATION)
        spread = got.times[-1][0] - got.times[0][0]
        check("a page that comes slowly goes out as it comes", spread > 0.9 and len(got.times) >= 4, got.times)
        whole = fetch(port, "/whole", headers=NAVIGATION).body
        for size in (1, 2, 3, 7, 4096):
            cut = fetch(port, "/cut/%d" % size, headers=NAVIGATION).body.replace(b"/cut/%d" % size, b"/whole")
            check("chunks of %d give the same page" % size, cut == whole, cut)
        got = fetch(port, "/gzip", headers=NAVIGATION)
        check("a page that comes compressed all the same is decoded", held(got.body) and not got.all("content-encoding"), got.headers)
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
        Header always add Set-Cookie "_ga=1"
        SetOutputFilter BROTLI_COMPRESS;DEFLATE
        Protocols h2 http/1.1
    """, extra=["brotli", "http2"], policy=dict(POLICY, https={"redirect": True, "port": 443}))
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
        got = raw(port, b"POST /_privacy/choice HTTP/1.1\r\nHost: localhost:%d\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                        b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n5\r\nchoic\r\n13\r\ne=refuse&return=%%2F\r\n0\r\n\r\n" % port)
        check("a form in chunks too, also one that waits to be asked for", b"HTTP/1.1 100 Continue" in got and b"HTTP/1.1 303" in got, got)
        got = raw(port, b"POST /_privacy/choice HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n\r\n")
        check("a broken body is an error and changes nothing", re.match(rb"HTTP/1.1 4\d\d", got) and b"eu-consent" not in got, got)
        got = curl(port, "/_privacy/choice", "-d", "choice=refuse&return=/", "-H", "Sec-Fetch-Site: same-origin", "-o", "/dev/null", "-w", "%{http_code} %{http_version}")
        check("over HTTP/2 too", got == b"303 2", got)
        page = fetch(port, "/_privacy/", headers=NAVIGATION)
        check("it has its own headers alone", not page.all("set-cookie") and len(page.all("cache-control")) == 1 and len(page.all("content-type")) == 1, page.headers)
        head = fetch(port, "/_privacy/", "HEAD", NAVIGATION)
        check("HEAD of it has the same headers", fields(head) == fields(page) and head.body == b"", (head.headers, page.headers))
        again = fetch(port, "/_privacy/", headers=NAVIGATION + [("If-None-Match", "*"), ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"), ("Range", "bytes=0-3")])
        check("no condition keeps it back", again.status == 200 and again.body == page.body, again.status)
        path = "/_privacy/" + re.search(rb"page-[0-9a-f]{8}\.css", page.body).group(0).decode()
        plain, packed = fetch(port, path), fetch(port, path, headers=[("Accept-Encoding", "gzip, br")])
        check("a file of ours comes compressed, once, where the browser takes it", packed.all("content-encoding") == ["gzip"]
              and gzip.decompress(packed.body) == plain.body, packed.headers)
        check("each form of it has its tag and length", packed.one("etag") == plain.one("etag")[:-1] + '.gz"'
              and packed.one("content-length") == str(len(packed.body)) and "Accept-Encoding" in packed.one("vary"), packed.headers)
        check("over HTTP/2 it is the same", curl(port, "/_privacy/") == page.body)
        got = fetch(port, "/_privacy/choice", headers=NAVIGATION)
        check("GET changes nothing", got.status == 405 and not got.all("set-cookie"), got.status)
    for document, kind in (("/denied.html", "a page"), ("\"<html><body><img src='https://tracker.example/p.gif'>\"", "a text")):
        server = apache("""
            ErrorDocument 401 %s
            ErrorDocument 403 %s
            Header always add Set-Cookie "_ga=1"
            <Location /_privacy/>
                AuthType Basic
                AuthName closed
                AuthUserFile @dir@/users
                Require valid-user
            </Location>
            <Location /_privacy/choice>
                Require all denied
            </Location>
        """ % (document, document), extra=["authn_core", "authn_file", "auth_basic", "authz_user"])
        done = subprocess.run(["htpasswd", "-bns", "a", "b"], capture_output=True, text=True)
        server.file("users", done.stdout)
        site(server, "denied.html", TRACKED)
        with server:
            port = server.port("tls")
            got = fetch(port, "/_privacy/", headers=NAVIGATION)
            check("a password of the site guards them (%s)" % kind, got.status == 401 and held(got.body) and not got.all("set-cookie"), (got.status, got.headers, got.body))
            got = fetch(port, "/_privacy/", headers=NAVIGATION + [("Authorization", "Basic YTpi")])
            check("and opens them (%s)" % kind, got.status == 200 and b"<html" in got.body, got.status)
            got = fetch(port, "/_privacy/choice", "POST", FORM, b"choice=accept&return=%2F")
            check("what the site denies stays denied, its error page rewritten (%s)" % kind,
                  got.status == 403 and b"https://tracker.example/p.gif" not in got.body and not got.all("set-cookie"), (got.status, got.headers, got.body))
    server = Apache("<VirtualHost 127.0.0.1:@port:tls@>\n%s<Location />\nCnil On\nCnilPolicy @policy@\n</Location>\n</VirtualHost>" % TLS, policy=policy_file(POLICY))
    site(server, "a.html", TRACKED)
    with server:
        got = fetch(server.port("tls"), "/_privacy/", headers=NAVIGATION)
        check("a <Location> alone has them, too", got.status == 200 and held(fetch(server.port("tls"), "/a.html", headers=NAVIGATION).body), got.status)
        got = fetch(server.port("tls"), "/_privacy/choice", "POST", FORM, b"choice=refuse&return=%2F")
        check("and takes choices", got.status == 303 and got.all("set-cookie"), got.headers)


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
        got = fetch(server.port("plain"), "/a", "HEAD", tls=False, host="shop.example")
        check("HEAD too is told", got.status in (301, 308), got.status)
        got = fetch(server.port("plain"), "/a.html", tls=False, headers=[("X-Forwarded-Proto", "https")])
        check("nobody says that it was https but who may", got.status == 301, got.status)
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


def cache_of_before():
    """What mod_cache kept before the module was on is not what it sends now without a guard."""
    def answer(request):
        if "If-None-Match" in [k for k, _ in request.headers]:
            return response(b"", "304 Not Modified", [("ETag", '"o"'), ("Cache-Control", "max-age=600")], length=False)
        age = "1" if "stale" in request.target else "600"
        return response(TRACKED, headers=[("Cache-Control", "max-age=" + age), ("ETag", '"o"')])

    origin = Origin(answer)
    place = tempfile.mkdtemp(prefix="cnil-cache-")
    os.chmod(place, 0o777)
    for quick in ("On", "Off"):
        text = "ProxyPass / http://127.0.0.1:@origin@/\nCacheEnable disk /\nCacheRoot @place@\nCacheQuickHandler %s\n" % quick
        kept = []
        for state in ("Off", "On"):
            server = Apache("Cnil %s\nCnilPolicy @policy@\n<VirtualHost 127.0.0.1:@port:tls@>\n%s%s</VirtualHost>" % (state, TLS, text),
                            policy=policy_file(POLICY), extra=["cache", "cache_disk"], origin=origin.port, place=place)
            with server:
                for path in ("/fresh" + quick, "/stale" + quick):
                    headers = NAVIGATION + [("Host", "shop.example:443")]
                    got = fetch(server.port("tls"), path, headers=headers)
                    if state == "Off":
                        check("%s %s is kept" % (quick, path), got.body == TRACKED, got.body)
                        kept.append(got)
                        continue
                    guarded = any("default-src" in value for value in got.all("content-security-policy"))
                    check("quick handler %s: %s of before is rewritten or guarded" % (quick, path), got.status == 200 and (guarded or held(got.body)), (got.headers, got.body))
                    check("quick handler %s: %s is private" % (quick, path), guarded or got.one("cache-control") == "private, no-cache", got.headers)
                    got = fetch(server.port("tls"), path, headers=headers + [("If-None-Match", '"o"')])
                    check("quick handler %s: the validator of before gives %s anew" % (quick, path), got.status == 200, got.status)
            time.sleep(1.2)
    origin.close()


def many_policies():
    shop.many_policies(check, apache, "<Location /p%d/>\nCnilPolicy %s\n</Location>\n")


def reloads():
    """Graceful restarts under load: no failed request, no growth."""
    many = int(os.environ.get("CNIL_RELOADS", "20"))
    def answer(request):
        def pieces():
            yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<!DOCTYPE html><body>"
            for _ in range(60000):
                yield b"<p>one more line of a page without end</p>\n" * 10
        return pieces()

    origin = Origin(answer)
    server = apache("ProxyPass /endless http://127.0.0.1:@origin@/", sanitize=False, origin=origin.port)
    if not os.path.exists(server.module_path()):
        checks.skip("graceful restarts", "the module without sanitizers, which keep freed memory, is not built")
        return
    site(server, "a.html", TRACKED)
    with server:
        port, sizes = server.port("tls"), shop.reload_under_load(check, server, many)
        check("memory does not grow with them", sizes[-1] - sizes[len(sizes) // 2] < 1500, sizes)
        check("files do not pile up", len(os.listdir("/proc/%d/fd" % server.process.pid)) < 40)
        time.sleep(1)
        ab = ["ab", "-q", "-c", "8", "-H", "Sec-Fetch-Dest: document", "https://127.0.0.1:%d/a.html" % port]
        subprocess.run(ab[:1] + ["-k", "-n", "2000"] + ab[1:], capture_output=True)
        before = sum(memory(pid) for pid in children(server.process.pid))
        done = subprocess.run(ab[:1] + ["-k", "-n", "4000"] + ab[1:], capture_output=True, text=True).stdout
        after = sum(memory(pid) for pid in children(server.process.pid))
        check("thousands of requests, none failed", "Complete requests:      4000" in done and "Non-2xx" not in done, done[-800:])
        check("nor do the children grow with requests", after - before < 6000, (before, after))
        with secure(port) as tls:
            tls.sendall(b"GET /endless HTTP/1.0\r\nHost: a\r\nSec-Fetch-Dest: document\r\n\r\n")
            seen, sizes = 0, []
            while seen < 20_000_000:
                piece = tls.recv(65536)
                if not piece:
                    break
                if seen // 5_000_000 != (seen + len(piece)) // 5_000_000:
                    sizes.append(sum(memory(pid) for pid in children(server.process.pid)))
                seen += len(piece)
        check("nor with a page without end", seen >= 20_000_000 and sizes[-1] - sizes[0] < 3000, (seen, sizes))
    origin.close()


def websocket():
    """An upgrade goes through, and both sides talk."""
    listener = websocket_origin()
    server = apache("ProxyPass / http://127.0.0.1:@origin@/ upgrade=websocket", extra=["proxy_wstunnel"], origin=listener.getsockname()[1])
    with server:
        got = websocket_talk(server.port("tls"))
        check("101 passes and both sides talk", got.startswith(b"HTTP/1.1 101") and got.endswith(b"echo:hello"), got)
        check("without a tracker's cookie", b"_ga" not in got and b"Set-Cookie: cart=1" in got, got)
    listener.close()


def interim():
    """Interim responses, which pass none of the request's filters: in one piece, in many, and too long."""
    hints = (b"HTTP/1.1 103 Early Hints\r\nLink: <https://tracker.example/s.js>; rel=preload; as=script\r\nSet-Cookie: _ga=1\r\n\r\n"
             b"HTTP/1.1 102 Processing\r\nSet-Cookie: _ga=1\r\n\r\n")
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSet-Cookie: _ga=1; Path=/\r\nSet-Cookie: cart=1\r\n\r\nraw:HTTP/1.1 101 "
    answers = {"/hints": hints + response(CLEAN), "/long": b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"x" * 70000 + b"\r\nSet-Cookie: _ga=1\r\n\r\n",
               "/many": b"HTTP/1.1 103 Early Hints\r\n" + b"".join(b"X-%d: %s\r\n" % (i, b"x" * 4000) for i in range(20)) + b"\r\n" + response(CLEAN)}

    def answer(request):
        data = answers.get(request.target, upgrade)
        return [data[i : i + 1] for i in range(len(data))] if request.target == "/bytes" else data

    origin = Origin(answer)
    # a tunnel of the older kind: what the origin sends is the connection's, from the first byte on
    server = apache("""
        ProxyPass /hints http://127.0.0.1:@origin@/hints
        ProxyPass /many http://127.0.0.1:@origin@/many
        ProxyPass /quiet/many http://127.0.0.1:@origin@/many
        ProxyPass /quiet/long ws://127.0.0.1:@origin@/long
        ProxyPass /quiet http://127.0.0.1:@origin@/hints
        ProxyPass / ws://127.0.0.1:@origin@/
        ProxyWebsocketFallbackToProxyHttp Off
        <Location /quiet>
            Cnil Audit
        </Location>
        Protocols h2 http/1.1
        H2EarlyHints on
    """, extra=["proxy_wstunnel", "http2"], origin=origin.port, expect_problems=True, main="MaxMemFree 1\n") # a request's memory goes at once

    def ask(path, more=b""):
        return raw(server.port("tls"), b"GET %s HTTP/1.1\r\nHost: a\r\nSec-Fetch-Dest: document\r\nConnection: %s\r\n%s\r\n"
                   % (path, b"Upgrade" if more else b"close", more))

    with server:
        got = ask(b"/hints")
        check("early hints do not go on", got.startswith(b"HTTP/1.1 102") and b"HTTP/1.1 200" in got and b" 103 " not in got, got[:300])
        check("nor does a field of another interim response", b"_ga" not in got and b"tracker.example" not in got, got[:300])
        line = b"GET %s HTTP/1.1\r\nHost: a\r\nSec-Fetch-Dest: document\r\n%s\r\n"
        got = raw(server.port("tls"), line % (b"/hints", b"") + line % (b"/quiet", b"") + line % (b"/hints", b"Connection: close\r\n"))
        check("each request of a connection is treated as its place says",
              re.findall(rb"HTTP/1\.1 (\d+)", got) == [b"102", b"200", b"103", b"102", b"200", b"102", b"200"] and got.count(b"_ga=1") == 2, got[:600])
        got = ask(b"/quiet")
        check("in audit they pass as they are", got.startswith(b"HTTP/1.1 103") and got.count(b"_ga=1") == 2, got[:300])
        for path, statuses in (("/hints", ["200"]), ("/quiet", ["103", "200"])):
            done = subprocess.run(["curl", "-sk", "--http2", "-i", "-H", "Sec-Fetch-Dest: document", "https://localhost:%d%s" % (server.port("tls"), path)],
                                  capture_output=True, text=True, timeout=30)
            got = done.stdout
            check("%s: so it is over HTTP/2" % path, [one for one in re.findall(r"^HTTP/2 (\d+)", got, re.M) if one != "102"] == statuses
                  and ("tracker.example" in got) == ("103" in statuses), (done.stderr, got[:400]))
        for path in (b"/whole", b"/bytes"):
            got = ask(path, b"Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n")
            check("%s: what a tunnel begins with is read" % path.decode(), got.startswith(b"HTTP/1.1 101") and b"_ga" not in got and b"cart=1" in got, got[:300])
            check("%s: what follows is not" % path.decode(), got.endswith(b"\r\n\r\nraw:HTTP/1.1 101 "), got[-100:])
        got = ask(b"/long", b"Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n")
        check("one that is too long ends the connection", b"_ga" not in got and b"xxx" not in got, got[:100])
        check("and the log says so", until(lambda: b"an interim response is too long" in server.log()), server.log()[-300:])
        got = ask(b"/many")
        check("so does one of many fields", got == b"", got[:100])
        got = ask(b"/quiet/long", b"Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n")
        check("in audit one that is too long passes", got.endswith(b"x" * 70000 + b"\r\nSet-Cookie: _ga=1\r\n\r\n"), (len(got), got[:100]))
        got = ask(b"/quiet/many")
        check("with what follows it", got.startswith(b"HTTP/1.1 103") and b"X-19: xxx" in got and b"HTTP/1.1 200" in got, (len(got), got[:100]))
    origin.close()


def upload():
    """Expect: 100-continue, through a proxy to an origin that says it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def origin():
        connection, _ = listener.accept()
        connection.settimeout(5)
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4096)
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            while not head.endswith(b"abc"):
                head += connection.recv(100)
            connection.sendall(response(b"arrived"))

    threading.Thread(target=origin, daemon=True).start()
    server = apache("ProxyPass / http://127.0.0.1:@origin@/", origin=listener.getsockname()[1])
    with server:
        with secure(server.port("tls")) as tls:
            tls.sendall(b"POST /upload HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n")
            asked = tls.recv(1000)
            tls.sendall(b"abc")
            got = asked
            while b"arrived" not in got:
                piece = tls.recv(1000)
                if not piece:
                    break
                got += piece
        check("an upload that waits to be asked for arrives", asked.startswith(b"HTTP/1.1 100") and b"arrived" in got, got[:300])
    listener.close()


def bad_requests():
    """Requests that httpd cannot read, and those that come to the wrong port."""
    for document, kind in (("/missing.html", "a page"), ("\"<html><body><img src='https://tracker.example/p.gif'>\"", "a text")):
        server = apache("ErrorDocument 400 %s\nErrorDocument 414 %s\nErrorDocument 408 %s\nLimitRequestLine 500" % ((document,) * 3))
        site(server, "missing.html", TRACKED)
        with server:
            port = server.port("tls")
            for why, data, tls in (("no request line", b"\x01\x02\r\n\r\n", True), ("no host", b"GET / HTTP/1.1\r\n\r\n", True),
                                   ("two hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", True),
                                   ("a bad field", b"GET / HTTP/1.1\r\nHost: a\r\nX y\r\n\r\n", True),
                                   ("a long line", b"GET /" + b"a" * 2000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", True),
                                   ("a field too long", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20000 + b"\r\n\r\n", True),
                                   ("plain http on a TLS port", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", False)):
                got = raw(port, data, tls)
                check("%s is an error (%s)" % (why, kind), re.match(rb"HTTP/1.1 4\d\d ", got), got[:300])
                check("%s: %s holds no tracker" % (why, kind), b"https://tracker.example/p.gif" not in got, got)


def failures():
    """A page that turns out to be unreadable after its headers have left, and visitors who leave."""
    page = gzip.compress(b"<!DOCTYPE html><body><img src=https://tracker.example/p.gif></body>" * 2000)[:-9]
    origin = Origin(lambda request: response(page, headers=[("Cache-Control", "max-age=60"), ("Content-Encoding", "gzip")]))
    server = apache("""
        ProxyPass /o http://127.0.0.1:@origin@/
        ProxyPass /quiet http://127.0.0.1:@origin@/
        ProxyPass /open http://127.0.0.1:@origin@/
        Protocols h2 http/1.1
        <Location /open>
            CnilPolicy @open@
        </Location>
        <Location /quiet>
            Cnil Audit
        </Location>
        AddEncoding x-gzip .gz
        AddType text/html .gz
    """, extra=["http2"], open=policy_file(dict(POLICY, on_error="open")), origin=origin.port)
    site(server, "a.gz", page)
    site(server, "whole.gz", gzip.compress(TRACKED if isinstance(TRACKED, bytes) else TRACKED.encode()))
    site(server, "big.html", BIG)
    with server:
        port = server.port("tls")
        for path in ("/a.gz", "/o", "/open"):
            got = fetch(port, path, headers=NAVIGATION)
            check("%s ends where it cannot be read" % path, not got.complete or got.status >= 500, (got.status, len(got.body)))
            check("%s: no tracker in what left" % path, b"https://tracker.example" not in got.body)
            check("%s: nor over HTTP/2" % path, b"https://tracker.example" not in curl(port, path))
        got = fetch(port, "/whole.gz", headers=NAVIGATION)
        check("what mod_mime calls encoded is decoded", held(got.body) and not got.all("content-encoding"), got.headers)
        got = fetch(port, "/quiet", headers=NAVIGATION)
        check("/quiet passes as it is", got.complete and got.body == page, (got.status, len(got.body)))
        for _ in range(5):
            with secure(port) as tls:
                tls.sendall(b"GET /big.html HTTP/1.1\r\nHost: a\r\nSec-Fetch-Dest: document\r\n\r\n")
                tls.recv(1000)
        check("who leaves early does no harm", held(fetch(port, "/big.html", headers=NAVIGATION).body))
    origin.close()


def place_alone():
    """On in a <Location> only: what reads cookies there, access control too, sees what the site may; a redirect to https asks no
    password."""
    server = Apache("""
        CnilPolicy @policy@
        <VirtualHost 127.0.0.1:@port:tls@>
            %s
            <Location /on>
                Cnil On
                Require expr %%{HTTP_COOKIE} !~ /_ga=/
            </Location>
            <Location /off>
                Require expr %%{HTTP_COOKIE} !~ /_ga=/
            </Location>
            <Location /on/closed>
                Require all denied
            </Location>
        </VirtualHost>
        <VirtualHost 127.0.0.1:@port:plain@>
            <Location /on>
                Cnil On
                Require all denied
            </Location>
        </VirtualHost>
    """ % TLS, policy=policy_file(dict(POLICY, https={"redirect": True}, prefix="/on/_privacy/")))
    for name in ("on/a.html", "off/a.html"):
        site(server, name, TRACKED)
    with server:
        port = server.port("tls")
        headers = NAVIGATION + [("Cookie", "a=b; _ga=1")]
        check("without the module access control sees the cookie", fetch(port, "/off/a.html", headers=headers).status == 403)
        got = fetch(port, "/on/a.html", headers=headers)
        check("with it, it does not", got.status == 200 and held(got.body), got.status)
        got = fetch(port, "/on/_privacy/state")
        check("an own address in the place is answered", got.status == 200, (got.status, got.headers, got.body[:300]))
        check("what is closed stays closed", fetch(port, "/on/closed", headers=headers).status == 403)
        got = fetch(server.port("plain"), "/on/a.html", headers=headers + [("Host", "shop.example")], tls=False)
        check("https comes before access control", got.status == 301 and got.one("location") == "https://shop.example/on/a.html", (got.status, got.headers))


def refuses():
    shop.fails_closed(check, apache, "ProxyPass / http://127.0.0.1:@origin@/\nErrorDocument 500 \"<img src=https://tracker.example/p.gif>\"",
                      b"the response is not sent")


def processes():
    """The other MPMs."""
    for name in ("prefork", "worker"):
        server = apache("", without=["mpm_event"], extra=["mpm_" + name], main="StartServers 2\nMaxRequestWorkers 16\n" +
                        ("ThreadsPerChild 8\nServerLimit 2\n" if name == "worker" else ""))
        site(server, "a.html", TRACKED)
        with server:
            port = server.port("tls")
            check("%s: pages are rewritten" % name, all(held(fetch(port, "/a.html", headers=NAVIGATION).body) for _ in range(10)))
            got = fetch(port, "/_privacy/choice", "POST", FORM, b"choice=refuse&return=%2F")
            choice = [v.split(";")[0] for v in got.all("set-cookie") if v.startswith("eu-consent=")]
            check("%s: choices are kept" % name, got.status == 303 and len(choice) == 1, got.headers)
            server.reload()
            check("%s: over a graceful restart too" % name, held(fetch(port, "/a.html", headers=NAVIGATION + [("Cookie", choice[0])]).body))


def variables():
    """CNIL_CHOICE, CNIL_MODE and CNIL_BLOCKED in the access log."""
    server = apache("""
        CustomLog @dir@/logs/access.log "%U %{CNIL_CHOICE}e %{CNIL_MODE}e %{CNIL_BLOCKED}e"
        ErrorDocument 404 /a.html
        <Location /quiet>
            Cnil Audit
        </Location>
        <Location /none>
            Cnil Off
        </Location>
    """)
    for name in ("a.html", "quiet.html", "quiet/a.html", "none/a.html"):
        site(server, name, TRACKED)
    with server:
        port = server.port("tls")
        got = fetch(port, "/_privacy/choice", "POST", FORM, b"choice=accept&return=%2F&list=" + asked(port))
        choice = [v.split(";")[0] for v in got.all("set-cookie") if v.startswith("eu-consent=")]
        fetch(port, "/a.html", headers=NAVIGATION)
        fetch(port, "/quiet.html", headers=NAVIGATION + [("Cookie", choice[0])])
        fetch(port, "/quiet/a.html", headers=NAVIGATION)
        fetch(port, "/none/a.html", headers=NAVIGATION)
        fetch(port, "/missing", headers=NAVIGATION)
        until(lambda: {"/a.html", "/quiet.html", "/quiet/a.html", "/none/a.html", "/missing"} <= {
            line.split(" ")[0] for line in open(server.dir + "/logs/access.log")})
        lines = dict(line.strip().split(" ", 1) for line in open(server.dir + "/logs/access.log"))
        check("in the log, after the page", lines.get("/a.html") == "none enforce 1", lines)
        check("in the log, accepted", lines.get("/quiet.html", "").startswith("accepted enforce"), lines)
        check("in the log, audit", lines.get("/quiet/a.html", "").startswith("none audit"), lines)
        check("in the log, off", lines.get("/none/a.html", "").split(" ")[1:2] in (["off"], ["-"]), lines)
        check("in the log, an error page", lines.get("/missing") == "none enforce 1", lines)


def exports():
    """Only what httpd looks up is visible."""
    for path in (Apache("", sanitize=False).module_path(), Apache("").module_path()):
        names = subprocess.run(["nm", "-D", "--defined-only", path], capture_output=True, text=True).stdout.split("\n")
        names = [line.split()[-1] for line in names if line and "__odr_asan" not in line]
        check("symbols of " + path, names == ["cnil_module"], names)


if __name__ == "__main__":
    sys.exit(shop.run(checks, [(subject,) for subject in (
        exports, directives, refusals, state, audit, cookies, redirects, gateways, pages, bad_requests, validators,
        streaming, failures, refuses, place_alone, upload, websocket, interim, own_addresses, https, cache, cache_of_before, variables, processes,
        many_policies, reloads
    )]))
